#include "common.h"

DISPATCHED void ck_exp(float *restrict y, const float *restrict x, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = exp_inline(x[i]);
}

DISPATCHED void ck_sigmoid(float *restrict y, const float *restrict x, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = sigmoid_inline(x[i]);
}

DISPATCHED void ck_gelu(float *restrict y, const float *restrict x, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = gelu_inline(x[i]);
}

DISPATCHED void ck_gelu_backward(float *restrict dx, const float *restrict x,
                                 const float *restrict dy, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    float v = x[i];
    float s = sigmoid_inline(GELU_A * (v + GELU_B * v * v * v));
    float slope = GELU_A * (1.0f + 3.0f * GELU_B * v * v);
    dx[i] = dy[i] * (s + v * s * (1.0f - s) * slope);
  }
}

DISPATCHED void ck_silu(float *restrict y, const float *restrict x, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] * sigmoid_inline(x[i]);
}

DISPATCHED void ck_silu_backward(float *restrict dx, const float *restrict x,
                                 const float *restrict dy, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    float s = sigmoid_inline(x[i]);
    dx[i] = dy[i] * s * (1.0f + x[i] * (1.0f - s));
  }
}

// y may be a or b.
DISPATCHED void ck_add(float *y, const float *a, const float *b, ptrdiff_t n) {
#pragma clang loop vectorize(assume_safety)
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

// y may be x.
DISPATCHED void ck_scale(float *y, const float *x, float factor, ptrdiff_t n) {
#pragma clang loop vectorize(assume_safety)
  for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] * factor;
}

DISPATCHED void ck_multiply(float *restrict y, const float *restrict a, const float *restrict b,
                            ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

DISPATCHED void ck_fill(float *y, float value, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = value;
}

// The 32-bit finaliser of MurmurHash3 over a Weyl sequence: good enough to decide what is dropped,
// and it vectorises.
DISPATCHED void ck_dropout_mask(float *mask, uint64_t seed, ptrdiff_t first, float probability,
                                ptrdiff_t n) {
  const uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32);
  const uint32_t threshold = (uint32_t)((double)probability * 16777216.0);
  const float scale = 1.0f / (1.0f - probability);
  for (ptrdiff_t i = 0; i < n; i++) {
    uint32_t h = ((uint32_t)(first + i) ^ high) * 0x9E3779B9u + low;
    h ^= h >> 16;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13;
    h *= 0xC2B2AE35u;
    h ^= h >> 16;
    mask[i] = (h >> 8) < threshold ? 0.0f : scale;
  }
}

DISPATCHED void ck_to_bfloat16(uint16_t *restrict y, const float *restrict x, ptrdiff_t rows,
                               ptrdiff_t columns, ptrdiff_t stride) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++)
      y[r * columns + c] = bfloat16_inline(x[r * stride + c]);
}
