// Weights and inputs as products.c reads them.
#include "common.h"

ptrdiff_t ck_packed_bytes(int kind, ptrdiff_t outputs, ptrdiff_t segments, ptrdiff_t length) {
  ptrdiff_t padded = (outputs + 15) / 16 * 16;
  return padded * segments * ck_groups(kind, length) * 4;
}

ptrdiff_t ck_groups(int kind, ptrdiff_t length) {
  ptrdiff_t values = kind == CK_INT8 ? 4 : kind == CK_BFLOAT16 ? 2 : 1;
  return (length + values - 1) / values;
}

// One segment of one output, `groups` groups of 4 bytes that lie a panel apart. `bytes` are there.
INLINE void scatter_groups(char *to, const char *from, ptrdiff_t bytes, ptrdiff_t groups,
                           ptrdiff_t panel) {
  for (ptrdiff_t g = 0; g < bytes / 4; g++) memcpy(to + g * panel * 4, from + g * 4, 4);
  if (groups > bytes / 4) {
    char last[4] = {0, 0, 0, 0};
    memcpy(last, from + bytes / 4 * 4, (size_t)(bytes % 4));
    memcpy(to + (groups - 1) * panel * 4, last, 4);
  }
}

void ck_pack_panel(char *packed, const void *weights, int kind, ptrdiff_t outputs,
                   ptrdiff_t segments, ptrdiff_t length, ptrdiff_t first) {
  ptrdiff_t size = kind == CK_INT8 ? 1 : kind == CK_BFLOAT16 ? 2 : 4;
  ptrdiff_t groups = ck_groups(kind, length), row = segments * length * size;
  ptrdiff_t count = outputs - first < CK_PANEL ? outputs - first : CK_PANEL;
  ptrdiff_t panel = (count + 15) / 16 * 16;
  char *to = packed + first * segments * groups * 4;
  if (count < panel) memset(to, 0, (size_t)(panel * segments * groups * 4));
  for (ptrdiff_t o = 0; o < count; o++)
    for (ptrdiff_t s = 0; s < segments; s++)
      scatter_groups(to + (s * groups * panel + o) * 4,
                     (const char *)weights + (first + o) * row + s * length * size, length * size,
                     groups, panel);
}

// Sixteen running extremes, as in ck_softmax: a single one would not vectorise.
INLINE void extremes(const float *x, ptrdiff_t n, float *low, float *high) {
  float least[16], most[16];
  for (int j = 0; j < 16; j++) least[j] = most[j] = 0.0f;
  ptrdiff_t c = 0;
  for (; c + 16 <= n; c += 16)
    for (int j = 0; j < 16; j++) {
      least[j] = x[c + j] < least[j] ? x[c + j] : least[j];
      most[j] = x[c + j] > most[j] ? x[c + j] : most[j];
    }
  float a = 0.0f, b = 0.0f;
  for (; c < n; c++) {
    a = x[c] < a ? x[c] : a;
    b = x[c] > b ? x[c] : b;
  }
  for (int j = 0; j < 16; j++) {
    a = least[j] < a ? least[j] : a;
    b = most[j] > b ? most[j] : b;
  }
  *low = a;
  *high = b;
}

DISPATCHED void ck_extremes(float *low, float *high, const float *x, ptrdiff_t n) {
  extremes(x, n, low, high);
}

DISPATCHED void ck_quantize_weights(int8_t *restrict q, float *restrict scales,
                                    const float *restrict w, ptrdiff_t outputs,
                                    ptrdiff_t inputs) {
  for (ptrdiff_t o = 0; o < outputs; o++) {
    const float *row = w + o * inputs;
    float low, high;
    extremes(row, inputs, &low, &high);
    float largest = -low > high ? -low : high;
    scales[o] = largest / 127.0f;
    float inverse = largest > 0.0f ? 127.0f / largest : 0.0f;
    for (ptrdiff_t i = 0; i < inputs; i++) {
      float v = row[i] * inverse;
      // Away from zero by half, then towards it: the nearest, at most 127.
      q[o * inputs + i] = (int8_t)(int32_t)(v + (v < 0.0f ? -0.5f : 0.5f));
    }
  }
}

DISPATCHED void ck_dequantize_weights(float *restrict w, const int8_t *restrict q,
                                      const float *restrict scales, ptrdiff_t outputs,
                                      ptrdiff_t inputs) {
  for (ptrdiff_t o = 0; o < outputs; o++)
    for (ptrdiff_t i = 0; i < inputs; i++)
      w[o * inputs + i] = (float)q[o * inputs + i] * scales[o];
}

DISPATCHED void ck_row_sums(int32_t *restrict sums, const int8_t *restrict q, ptrdiff_t rows,
                            ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    int32_t sum = 0;
    for (ptrdiff_t c = 0; c < columns; c++) sum += q[r * columns + c];
    sums[r] = sum;
  }
}

// One row to 0...255, so that `low`...`high` fits and zero is a whole step.
INLINE void quantize_row(uint8_t *restrict q, float *restrict scale, int32_t *restrict zero,
                         const float *restrict x, ptrdiff_t columns, ptrdiff_t stride, float low,
                         float high) {
  float range = high - low;
  float step = range > 1e-30f ? range / 255.0f : 1.0f;
  float inverse = 1.0f / step;
  float offset = (float)(int32_t)(-low * inverse + 0.5f);
  *scale = step;
  *zero = (int32_t)offset;
  for (ptrdiff_t c = 0; c < columns; c++) {
    float v = x[c] * inverse + offset;
    v = v > 0.0f ? v : 0.0f;
    v = v < 255.0f ? v : 255.0f;
    q[c] = (uint8_t)(int32_t)(v + 0.5f);
  }
  for (ptrdiff_t c = columns; c < stride; c++) q[c] = 0;
}

DISPATCHED void ck_quantize_rows(uint8_t *restrict q, float *restrict scales,
                                 int32_t *restrict zeros, const float *restrict x, ptrdiff_t rows,
                                 ptrdiff_t columns, ptrdiff_t stride) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    float low, high;
    extremes(x + r * columns, columns, &low, &high);
    quantize_row(q + r * stride, scales + r, zeros + r, x + r * columns, columns, stride, low,
                 high);
  }
}

DISPATCHED void ck_quantize_rows_within(uint8_t *restrict q, float *restrict scales,
                                        int32_t *restrict zeros, const float *restrict x,
                                        ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride,
                                        float low, float high) {
  for (ptrdiff_t r = 0; r < rows; r++)
    quantize_row(q + r * stride, scales + r, zeros + r, x + r * columns, columns, stride, low,
                 high);
}

INLINE void bordered(char *restrict y, float *restrict scale, int32_t *restrict zero,
                     const float *restrict x, int kind, ptrdiff_t values, ptrdiff_t before,
                     ptrdiff_t after) {
  char *inner = y + before;
  *scale = 0.0f;
  *zero = 0;
  if (kind == CK_INT8) {
    float low, high;
    extremes(x, values, &low, &high);
    quantize_row((uint8_t *)inner, scale, zero, x, values, values, low, high);
    inner += values;
  } else if (kind == CK_BFLOAT16) {
    uint16_t *halves = (uint16_t *)(void *)inner;
    for (ptrdiff_t i = 0; i < values; i++) halves[i] = bfloat16_inline(x[i]);
    inner += values * 2;
  } else {
    memcpy(inner, x, (size_t)values * 4);
    inner += values * 4;
  }
  memset(y, *zero, (size_t)before);
  memset(inner, *zero, (size_t)after);
}

DISPATCHED void ck_bordered(void *restrict y, float *restrict scales, int32_t *restrict zeros,
                            const float *restrict x, int kind, ptrdiff_t frames, ptrdiff_t values,
                            ptrdiff_t channels, ptrdiff_t width) {
  ptrdiff_t size = kind == CK_INT8 ? 1 : kind == CK_BFLOAT16 ? 2 : 4;
  ptrdiff_t before = channels * size, after = ((width - 1) * channels - values) * size;
  for (ptrdiff_t t = 0; t < frames; t++)
    bordered((char *)y + t * width * channels * size, scales + t, zeros + t, x + t * values, kind,
             values, before, after);
}

DISPATCHED void ck_bfloat16_rows(uint16_t *restrict y, const float *restrict x, ptrdiff_t rows,
                                 ptrdiff_t columns, ptrdiff_t stride) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < columns; c++)
      y[r * stride + c] = bfloat16_inline(x[r * columns + c]);
    for (ptrdiff_t c = columns; c < stride; c++) y[r * stride + c] = 0;
  }
}
