// The inner loops of the mel front end, each compiled for AVX-512, AVX2 and the baseline; the right
// one is chosen when the program is loaded. No function allocates or keeps state.
#ifndef CHARTHERO_CSPECTRAL_H
#define CHARTHERO_CSPECTRAL_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// frame (length) = samples [start, start + length) times window; outside of the `count` samples there
// is silence.
void cs_window(float *frame, const float *samples, ptrdiff_t count, ptrdiff_t start,
               const float *window, ptrdiff_t length);
// magnitudes (bins) of an interleaved spectrum.
void cs_magnitudes(float *magnitudes, const float *spectrum, ptrdiff_t bins);
// values (bands) = log(1 + compression * sum(weights * magnitudes)): band b has the next counts[b]
// weights, for the magnitudes from firsts[b] on.
void cs_bands(float *values, const float *magnitudes, const int32_t *firsts, const int32_t *counts,
              const float *weights, ptrdiff_t bands, float compression);

#pragma clang assume_nonnull end
#endif
