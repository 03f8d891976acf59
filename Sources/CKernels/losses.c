#include <math.h>

#include "common.h"

DISPATCHED double ck_focal(float *_Nullable gradient, const float *logits, const float *targets,
                           const float *weights, const float *focus, float factor, ptrdiff_t rows,
                           ptrdiff_t columns) {
  double total = 0.0;
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < columns; c++) {
      ptrdiff_t i = r * columns + c;
      float z = logits[i], t = targets[i];
      float loss = (z > 0.0f ? z : 0.0f) - z * t + log1pf(exp_inline(-fabsf(z)));
      float p = sigmoid_inline(z), wrong = p - t, size = fabsf(wrong);
      float share = focus[c] > 0.0f ? powf(size, focus[c]) : 1.0f;
      total += (double)(weights[i] * share * loss);
      if (!gradient) continue;
      float slope = share * wrong;
      // Where the target is met exactly the share has no slope worth the name.
      if (focus[c] > 0.0f && size > 1e-7f)
        slope += focus[c] * share / wrong * p * (1.0f - p) * loss;
      gradient[i] = factor * weights[i] * slope;
    }
  }
  return total;
}

DISPATCHED double ck_consistency(float *_Nullable gradient, const float *logits,
                                 const float *targets, const float *weights, float factor,
                                 ptrdiff_t time, ptrdiff_t columns) {
  double total = 0.0;
  if (gradient) memset(gradient, 0, (size_t)(time * columns) * sizeof(float));
  for (ptrdiff_t i = 0; i + columns < time * columns; i++) {
    ptrdiff_t j = i + columns;
    if (weights[i] <= 0.0f || weights[j] <= 0.0f) continue;
    float p = sigmoid_inline(logits[i]), q = sigmoid_inline(logits[j]);
    float wrong = (q - p) - (targets[j] - targets[i]);
    total += (double)(wrong * wrong);
    if (!gradient) continue;
    gradient[i] -= factor * 2.0f * wrong * p * (1.0f - p);
    gradient[j] += factor * 2.0f * wrong * q * (1.0f - q);
  }
  return total;
}

// The frame of the largest value of one column within `reach` of t, the first of equals.
INLINE ptrdiff_t largest_near(const float *x, ptrdiff_t t, ptrdiff_t c, ptrdiff_t time,
                              ptrdiff_t columns, ptrdiff_t reach) {
  ptrdiff_t first = t < reach ? 0 : t - reach;
  ptrdiff_t last = t + reach >= time ? time - 1 : t + reach;
  ptrdiff_t best = first;
  for (ptrdiff_t s = first + 1; s <= last; s++)
    if (x[s * columns + c] > x[best * columns + c]) best = s;
  return best;
}

void ck_maximum_near(float *restrict y, const float *restrict x, ptrdiff_t time,
                     ptrdiff_t columns, ptrdiff_t low, ptrdiff_t high, ptrdiff_t reach) {
  memcpy(y, x, (size_t)(time * columns) * sizeof(float));
  for (ptrdiff_t t = 0; t < time; t++)
    for (ptrdiff_t c = low; c < high; c++)
      y[t * columns + c] = x[largest_near(x, t, c, time, columns, reach) * columns + c];
}

void ck_maximum_near_backward(float *restrict dx, const float *restrict x,
                              const float *restrict dy, ptrdiff_t time, ptrdiff_t columns,
                              ptrdiff_t low, ptrdiff_t high, ptrdiff_t reach) {
  memcpy(dx, dy, (size_t)(time * columns) * sizeof(float));
  for (ptrdiff_t t = 0; t < time; t++)
    for (ptrdiff_t c = low; c < high; c++) dx[t * columns + c] = 0.0f;
  for (ptrdiff_t t = 0; t < time; t++)
    for (ptrdiff_t c = low; c < high; c++)
      dx[largest_near(x, t, c, time, columns, reach) * columns + c] += dy[t * columns + c];
}
