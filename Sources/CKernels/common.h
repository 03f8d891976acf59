// What every kernel file shares: run-time choice of the instruction set, and the vectorisable exp.
#ifndef CHARTHERO_COMMON_H
#define CHARTHERO_COMMON_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "ckernels.h"

// The thread sanitizer crashes on ifuncs, so such builds take the baseline.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer) && \
    !__has_feature(address_sanitizer)
#define DISPATCHED                                                            \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), \
                 min_vector_width(512)))
#else
#define DISPATCHED
#endif

#define INLINE static inline __attribute__((always_inline))

// Sums in any order, so that reductions vectorise. The order is fixed once compiled, so the same
// machine gives the same bits.
#define REASSOCIATE _Pragma("clang fp reassociate(on)")

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

// The largest of row[from..<to), -infinity where there is none.
INLINE float largest_inline(const float *row, ptrdiff_t from, ptrdiff_t to) {
  // Sixteen running maxima: a single one would not vectorise without ignoring NaN.
  float lanes[16];
  for (int j = 0; j < 16; j++) lanes[j] = -INFINITY;
  ptrdiff_t c = from;
  for (; c + 16 <= to; c += 16)
    for (int j = 0; j < 16; j++) lanes[j] = row[c + j] > lanes[j] ? row[c + j] : lanes[j];
  float largest = -INFINITY;
  for (; c < to; c++) largest = row[c] > largest ? row[c] : largest;
  for (int j = 0; j < 16; j++) largest = lanes[j] > largest ? lanes[j] : largest;
  return largest;
}

// To the nearest, ties to even; NaN stays one because its high bits do.
INLINE uint16_t bfloat16_inline(float value) {
  uint32_t bits = (uint32_t)float_to_bits(value);
  uint32_t rounded = bits + 0x7FFFu + ((bits >> 16) & 1u);
  int isNaN = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  return (uint16_t)((isNaN ? bits | 0x400000u : rounded) >> 16);
}

// e^x within 2 ulp over the finite range; below -87.3 it stays at the smallest normal number, above
// 88.3 at the largest power. x = n ln 2 + r, |r| <= ln 2 / 2, with the Cephes polynomial for e^r.
INLINE float exp_inline(float x) {
  x = x < -87.3f ? -87.3f : x;
  x = x > 88.3f ? 88.3f : x;
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  const float magic = 12582912.0f;
  float shifted = x * 1.44269504088896341f + magic;
  float n = shifted - magic;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t exponent = (float_to_bits(shifted) - float_to_bits(magic) + 127) << 23;
  return p * bits_to_float(exponent);
}

INLINE float sigmoid_inline(float x) { return 1.0f / (1.0f + exp_inline(-x)); }

// GELU by its tanh form (Hendrycks & Gimpel 2016): x * sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)).
#define GELU_A 1.5957691216057308f
#define GELU_B 0.044715f

INLINE float gelu_inline(float v) {
  return v * sigmoid_inline(GELU_A * (v + GELU_B * v * v * v));
}

// The same within 3e-5, without a division, for values that are rounded to 8 bits of mantissa or
// fewer before they are multiplied: its sigmoid is 1/2 + v P(v^2) up to 4.2, and 0 or 1 beyond.
INLINE float near_gelu_inline(float v) {
  float above = v < -4.2f ? -4.2f : v;
  float x = above > 4.2f ? 4.2f : above;
  float z = x * x;
  float p = 5.853383056031447e-11f;
  p = p * z - 5.609907649528623e-9f;
  p = p * z + 2.3742444454910583e-7f;
  p = p * z - 5.902336852159351e-6f;
  p = p * z + 9.717899229144678e-5f;
  p = p * z - 1.1379965580999851e-3f;
  p = p * z + 9.93288028985262e-3f;
  p = p * z - 6.649323552846909e-2f;
  p = p * z + 0.39880722761154175f;
  return above * (x * p + 0.5f);
}

// 2^x within 8e-5 of it, for x up to 126 and values that are rounded likewise; below -125 it stays.
INLINE float near_exp2_inline(float x) {
  x = x < -125.0f ? -125.0f : x;
  const float magic = 12582912.0f;
  float shifted = x + magic;
  float r = x - (shifted - magic);
  float p = 0.05517161f;
  p = p * r + 0.24261117f;
  p = p * r + 0.693261f;
  p = p * r + 0.99992807f;
  uint32_t exponent = (uint32_t)float_to_bits(shifted) << 23;
  return bits_to_float((int32_t)((uint32_t)float_to_bits(p) + exponent));
}

#endif
