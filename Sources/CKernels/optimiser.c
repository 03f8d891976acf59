#include <math.h>

#include "common.h"

DISPATCHED double ck_bce(float *_Nullable gradient, const float *logits, const float *targets,
                         const float *weights, float factor, ptrdiff_t n) {
  double total = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) {
    float z = logits[i];
    // max(z, 0) - z t + log(1 + e^-|z|) never overflows.
    float loss = (z > 0.0f ? z : 0.0f) - z * targets[i] + log1pf(exp_inline(-fabsf(z)));
    total += (double)(weights[i] * loss);
  }
  if (gradient)
    for (ptrdiff_t i = 0; i < n; i++)
      gradient[i] = factor * weights[i] * (sigmoid_inline(logits[i]) - targets[i]);
  return total;
}

DISPATCHED double ck_sum(const float *x, ptrdiff_t n) {
  REASSOCIATE
  double total = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) total += (double)x[i];
  return total;
}

DISPATCHED double ck_sum_of_squares(const float *x, ptrdiff_t n) {
  REASSOCIATE
  double total = 0.0;
  for (ptrdiff_t i = 0; i < n; i++) total += (double)x[i] * (double)x[i];
  return total;
}

DISPATCHED int ck_all_finite(const float *x, ptrdiff_t n) {
  int32_t bad = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    int32_t exponent = float_to_bits(x[i]) & 0x7F800000;
    bad |= exponent == 0x7F800000;
  }
  return !bad;
}

DISPATCHED void ck_adamw(float *restrict w, float *restrict m, float *restrict v,
                         const float *restrict gradient, float gradientScale, float rate,
                         float beta1, float beta2, float epsilon, float decay, float correction1,
                         float correction2, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = gradient[i] * gradientScale;
    m[i] = beta1 * m[i] + (1.0f - beta1) * g;
    v[i] = beta2 * v[i] + (1.0f - beta2) * g * g;
    float step = (m[i] / correction1) / (__builtin_sqrtf(v[i] / correction2) + epsilon);
    w[i] = w[i] * (1.0f - rate * decay) - rate * step;
  }
}

DISPATCHED void ck_ema(float *restrict average, const float *restrict w, float decay,
                       ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) average[i] += (1.0f - decay) * (w[i] - average[i]);
}
