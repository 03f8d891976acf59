#include <math.h>

#include "common.h"

DISPATCHED void ck_bias(float *restrict y, const float *restrict bias, ptrdiff_t rows,
                        ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++) y[r * columns + c] = bias[c];
}

DISPATCHED void ck_column_sums(float *restrict sums, const float *restrict x, ptrdiff_t rows,
                               ptrdiff_t columns) {
  for (ptrdiff_t c = 0; c < columns; c++) sums[c] = 0.0f;
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++) sums[c] += x[r * columns + c];
}

DISPATCHED void ck_affine(float *restrict y, const float *restrict x, const float *restrict scale,
                          const float *restrict shift, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++)
      y[r * columns + c] = x[r * columns + c] * scale[c] + shift[c];
}

DISPATCHED void ck_affine_backward(float *restrict dx, float *restrict dscale,
                                   float *restrict dshift, const float *restrict x,
                                   const float *restrict scale, const float *restrict dy,
                                   ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++) {
      float g = dy[r * columns + c];
      dscale[c] += g * x[r * columns + c];
      dshift[c] += g;
      dx[r * columns + c] = g * scale[c];
    }
}

DISPATCHED void ck_glu(float *restrict y, const float *restrict x, ptrdiff_t rows,
                       ptrdiff_t half) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *a = x + r * 2 * half, *b = a + half;
    for (ptrdiff_t c = 0; c < half; c++) y[r * half + c] = a[c] * sigmoid_inline(b[c]);
  }
}

DISPATCHED void ck_glu_backward(float *restrict dx, const float *restrict x,
                                const float *restrict dy, ptrdiff_t rows, ptrdiff_t half) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *a = x + r * 2 * half, *b = a + half;
    float *restrict da = dx + r * 2 * half, *restrict db = da + half;
    for (ptrdiff_t c = 0; c < half; c++) {
      float s = sigmoid_inline(b[c]), g = dy[r * half + c];
      da[c] = g * s;
      db[c] = g * a[c] * s * (1.0f - s);
    }
  }
}

DISPATCHED void ck_layer_norm(float *restrict y, float *restrict mean, float *restrict rstd,
                              const float *restrict x, const float *restrict scale,
                              const float *restrict shift, float epsilon, ptrdiff_t rows,
                              ptrdiff_t columns) {
  REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    float sum = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) sum += row[c];
    float mu = sum / (float)columns;
    // A second pass over a row that is still in cache: no cancellation as in E[x^2] - E[x]^2.
    float squares = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) squares += (row[c] - mu) * (row[c] - mu);
    float inverse = 1.0f / sqrtf(squares / (float)columns + epsilon);
    mean[r] = mu;
    rstd[r] = inverse;
    for (ptrdiff_t c = 0; c < columns; c++)
      y[r * columns + c] = (row[c] - mu) * inverse * scale[c] + shift[c];
  }
}

DISPATCHED void ck_norm(float *restrict y, const float *restrict x, const float *restrict scale,
                        const float *restrict shift, float epsilon, int activation, int near,
                        ptrdiff_t rows, ptrdiff_t columns) {
  REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
    float sum = 0.0f, squares = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) sum += x[c];
    float mu = sum / (float)columns;
    for (ptrdiff_t c = 0; c < columns; c++) squares += (x[c] - mu) * (x[c] - mu);
    float inverse = 1.0f / sqrtf(squares / (float)columns + epsilon);
    if (activation == CK_GELU && near)
      for (ptrdiff_t c = 0; c < columns; c++)
        y[c] = near_gelu_inline((x[c] - mu) * inverse * scale[c] + shift[c]);
    else if (activation == CK_GELU)
      for (ptrdiff_t c = 0; c < columns; c++)
        y[c] = gelu_inline((x[c] - mu) * inverse * scale[c] + shift[c]);
    else if (activation == CK_SILU)
      for (ptrdiff_t c = 0; c < columns; c++) {
        float v = (x[c] - mu) * inverse * scale[c] + shift[c];
        y[c] = v * sigmoid_inline(v);
      }
    else
      for (ptrdiff_t c = 0; c < columns; c++)
        y[c] = (x[c] - mu) * inverse * scale[c] + shift[c];
  }
}

DISPATCHED void ck_layer_norm_backward(float *restrict dx, float *restrict dscale,
                                       float *restrict dshift, const float *restrict x,
                                       const float *restrict mean, const float *restrict rstd,
                                       const float *restrict scale, const float *restrict dy,
                                       ptrdiff_t rows, ptrdiff_t columns) {
  REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns, *g = dy + r * columns;
    float mu = mean[r], inverse = rstd[r], sum = 0.0f, dot = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) {
      float normal = (row[c] - mu) * inverse, scaled = g[c] * scale[c];
      sum += scaled;
      dot += scaled * normal;
      dscale[c] += g[c] * normal;
      dshift[c] += g[c];
    }
    sum /= (float)columns;
    dot /= (float)columns;
    for (ptrdiff_t c = 0; c < columns; c++) {
      float normal = (row[c] - mu) * inverse;
      dx[r * columns + c] = inverse * (g[c] * scale[c] - sum - normal * dot);
    }
  }
}

INLINE ptrdiff_t clamp_column(ptrdiff_t c, ptrdiff_t columns) {
  return c < 0 ? 0 : (c > columns ? columns : c);
}

DISPATCHED void ck_softmax(float *restrict x, float *restrict lse, ptrdiff_t rows,
                           ptrdiff_t columns, ptrdiff_t low, ptrdiff_t high) {
  REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    ptrdiff_t a = clamp_column(r + low, columns), b = clamp_column(r + high, columns);
    ptrdiff_t c;
    float largest = largest_inline(row, a, b);
    float sum = 0.0f;
    for (c = a; c < b; c++) {
      float e = exp_inline(row[c] - largest);
      row[c] = e;
      sum += e;
    }
    float inverse = 1.0f / sum;
    for (c = a; c < b; c++) row[c] *= inverse;
    for (c = 0; c < a; c++) row[c] = 0.0f;
    for (c = b; c < columns; c++) row[c] = 0.0f;
    lse[r] = largest + logf(sum);
  }
}

DISPATCHED void ck_softmax_again(float *restrict x, const float *restrict lse, ptrdiff_t rows,
                                 ptrdiff_t columns, ptrdiff_t low, ptrdiff_t high) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    float total = lse[r];
    ptrdiff_t a = clamp_column(r + low, columns), b = clamp_column(r + high, columns);
    for (ptrdiff_t c = a; c < b; c++) row[c] = exp_inline(row[c] - total);
    for (ptrdiff_t c = 0; c < a; c++) row[c] = 0.0f;
    for (ptrdiff_t c = b; c < columns; c++) row[c] = 0.0f;
  }
}

DISPATCHED void ck_softmax_backward(float *restrict dp, const float *restrict p,
                                    const float *restrict delta, float scale, ptrdiff_t rows,
                                    ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    float d = delta[r];
    for (ptrdiff_t c = 0; c < columns; c++) {
      ptrdiff_t i = r * columns + c;
      dp[i] = p[i] * (dp[i] - d) * scale;
    }
  }
}

DISPATCHED void ck_row_dots(float *restrict delta, const float *restrict a,
                            const float *restrict b, ptrdiff_t rows, ptrdiff_t columns,
                            ptrdiff_t stride) {
  REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    float sum = 0.0f;
    for (ptrdiff_t c = 0; c < columns; c++) sum += a[r * stride + c] * b[r * stride + c];
    delta[r] = sum;
  }
}

DISPATCHED void ck_rotary(float *restrict y, const float *restrict x, const float *restrict table,
                          float direction, ptrdiff_t time, ptrdiff_t heads, ptrdiff_t size,
                          ptrdiff_t stride) {
  ptrdiff_t half = size / 2;
  for (ptrdiff_t t = 0; t < time; t++) {
    const float *cosines = table + t * size, *sines = cosines + half;
    for (ptrdiff_t h = 0; h < heads; h++) {
      const float *a = x + t * stride + h * size, *b = a + half;
      float *restrict c = y + t * stride + h * size, *restrict d = c + half;
      for (ptrdiff_t i = 0; i < half; i++) {
        float s = sines[i] * direction;
        c[i] = a[i] * cosines[i] - b[i] * s;
        d[i] = b[i] * cosines[i] + a[i] * s;
      }
    }
  }
}
