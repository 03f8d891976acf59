#include "cspectral.h"

#include <string.h>

// The thread sanitizer crashes on ifuncs, so such builds take the baseline.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer) && \
    !__has_feature(address_sanitizer)
#define DISPATCHED                                                             \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), \
                 min_vector_width(512)))
#else
#define DISPATCHED
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE float bits_to_float(int32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE int32_t float_to_bits(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// log(1 + x) for x >= 0 within 2 ulp; 0 for 0. With u = 2^e m, sqrt(1/2) <= m < sqrt(2), and the
// Cephes polynomial for log(m); what 1 + x rounds away comes back as its share of u.
INLINE float log1p_inline(float x) {
  float u = 1.0f + x;
  float lost = x - (u - 1.0f);
  int32_t exponent = (float_to_bits(u) - 0x3F3504F3) >> 23;
  float e = (float)exponent;
  float m = bits_to_float(float_to_bits(u) - (int32_t)((uint32_t)exponent << 23)) - 1.0f;
  float square = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  p = p * m * square - 2.12194440e-4f * e - 0.5f * square;
  return m + p + 0.693359375f * e + lost / u;
}

DISPATCHED void cs_window(float *restrict frame, const float *restrict samples, ptrdiff_t count,
                          ptrdiff_t start, const float *restrict window, ptrdiff_t length) {
  ptrdiff_t first = start < 0 ? -start : 0, end = count - start;
  first = first > length ? length : first;
  end = end > length ? length : end < first ? first : end;
  for (ptrdiff_t i = 0; i < first; i++) frame[i] = 0.0f;
  for (ptrdiff_t i = first; i < end; i++) frame[i] = samples[start + i] * window[i];
  for (ptrdiff_t i = end; i < length; i++) frame[i] = 0.0f;
}

DISPATCHED void cs_magnitudes(float *restrict magnitudes, const float *restrict spectrum,
                              ptrdiff_t bins) {
  for (ptrdiff_t i = 0; i < bins; i++) {
    float real = spectrum[2 * i], imaginary = spectrum[2 * i + 1];
    magnitudes[i] = __builtin_sqrtf(real * real + imaginary * imaginary);
  }
}

DISPATCHED void cs_bands(float *restrict values, const float *restrict magnitudes,
                         const int32_t *restrict firsts, const int32_t *restrict counts,
                         const float *restrict weights, ptrdiff_t bands, float compression) {
  for (ptrdiff_t band = 0; band < bands; band++) {
    // Sums in any order, so that they vectorise. The order is fixed once compiled.
#pragma clang fp reassociate(on)
    const float *from = magnitudes + firsts[band];
    float sum = 0.0f;
    for (int32_t i = 0; i < counts[band]; i++) sum += weights[i] * from[i];
    weights += counts[band];
    values[band] = sum;
  }
  for (ptrdiff_t band = 0; band < bands; band++) {
    values[band] = log1p_inline(compression * values[band]);
  }
}
