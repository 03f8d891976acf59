// Attention of one head in inference, by the products of packed weights: the keys are the weights of
// the scores, the values those of the result.
#include <math.h>

#include "common.h"

// Rows of queries at a time: whole tiles, whose scores stay in the second-level cache.
enum { BLOCK = 48 };

// Scores are logarithms to the base of 2.
#define LOG_2 0.693147180559945309f

INLINE ptrdiff_t round_up(ptrdiff_t n, ptrdiff_t step) { return (n + step - 1) / step * step; }

// Where the parts of the scratch memory begin, in bytes; each is whole cache lines.
struct places {
  ptrdiff_t keys, values, queries, scores, weights, inverses, end;
};

INLINE struct places places_of(int kind, ptrdiff_t time, ptrdiff_t size) {
  struct places p = {0, 0, 0, 0, 0, 0, 0};
  ptrdiff_t keyBytes = round_up(time, CK_PANEL) * ck_groups(kind, size) * 4;
  p.values = round_up(keyBytes, 64);
  p.queries = p.values + round_up(round_up(size, 16) * ck_groups(kind, time) * 4, 64);
  p.scores = p.queries + round_up(BLOCK * ck_groups(kind, size) * 4, 64);
  p.weights = p.scores + BLOCK * round_up(time, CK_PANEL) * 4;
  p.inverses = p.weights + round_up(BLOCK * ck_groups(kind, time) * 4, 64);
  p.end = p.inverses + BLOCK * 4;
  return p;
}

ptrdiff_t ck_attention_scratch(int kind, ptrdiff_t time, ptrdiff_t size) {
  return places_of(kind, time, size).end;
}

// Declared apart: what is compiled several times cannot be static in its definition alone.
static void pack_keys(int32_t *packed, const struct ck_attention *a, int half);
static void pack_values(int32_t *packed, const struct ck_attention *a, int half);
static void pack_queries(int32_t *packed, const struct ck_attention *a, int half, ptrdiff_t row,
                         ptrdiff_t rows);
static void exponentials(void *weights, float *inverses, const float *scores, int half,
                         ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, ptrdiff_t bytes,
                         ptrdiff_t low, ptrdiff_t high);

// One row turned by its position, as ck_rotary does.
INLINE void turn(float *restrict y, const float *restrict x, const float *restrict table,
                 ptrdiff_t half) {
  for (ptrdiff_t i = 0; i < half; i++) {
    float c = table[i], s = table[half + i];
    y[i] = x[i] * c - x[half + i] * s;
    y[half + i] = x[half + i] * c + x[i] * s;
  }
}

// A row in groups of four bytes: one value, or two halves.
INLINE void group_row(int32_t *restrict groups, const float *restrict x, ptrdiff_t size, int half) {
  uint16_t *restrict halves = (uint16_t *)(void *)groups;
  if (half)
    for (ptrdiff_t i = 0; i < size; i++) halves[i] = bfloat16_inline(x[i]);
  else
    memcpy(groups, x, (size_t)size * 4);
}

DISPATCHED static void pack_keys(int32_t *restrict packed, const struct ck_attention *a, int half) {
  enum { TOGETHER = 16 };
  ptrdiff_t groups = half ? a->size / 2 : a->size;
  float row[CK_MOST_HEAD];
  int32_t lines[TOGETHER * CK_MOST_HEAD];
  for (ptrdiff_t t = 0; t < a->time; t += TOGETHER) {
    ptrdiff_t first = t / CK_PANEL * CK_PANEL, panel = round_up(a->time - first, 16);
    panel = panel < CK_PANEL ? panel : CK_PANEL;
    for (ptrdiff_t r = 0; r < TOGETHER; r++) {
      if (t + r < a->time) {
        turn(row, a->keys + (t + r) * a->stride, a->table + (t + r) * a->size, a->size / 2);
        group_row(lines + r * groups, row, a->size, half);
      } else {
        memset(lines + r * groups, 0, (size_t)groups * 4);
      }
    }
    int32_t *to = packed + first * groups + t % CK_PANEL;
    for (ptrdiff_t g = 0; g < groups; g++)
      for (int r = 0; r < TOGETHER; r++) to[g * panel + r] = lines[r * groups + g];
  }
}

DISPATCHED static void pack_values(int32_t *restrict packed, const struct ck_attention *a,
                                   int half) {
  static const float zeros[CK_MOST_HEAD];
  ptrdiff_t step = half ? 2 : 1;
  for (ptrdiff_t first = 0; first < a->size; first += CK_PANEL) {
    ptrdiff_t count = a->size - first < CK_PANEL ? a->size - first : CK_PANEL;
    ptrdiff_t panel = round_up(count, 16);
    for (ptrdiff_t t = 0; t < a->time; t += step, packed += panel) {
      const float *x = a->values + t * a->stride + first;
      const float *next = t + 1 < a->time ? x + a->stride : zeros;
      if (half)
        for (ptrdiff_t c = 0; c < count; c++)
          packed[c] = (int32_t)((uint32_t)bfloat16_inline(x[c]) |
                                (uint32_t)bfloat16_inline(next[c]) << 16);
      else
        memcpy(packed, x, (size_t)count * 4);
      for (ptrdiff_t c = count; c < panel; c++) packed[c] = 0;
    }
  }
}

// With the scores' factor in them.
DISPATCHED static void pack_queries(int32_t *restrict packed, const struct ck_attention *a,
                                    int half, ptrdiff_t row, ptrdiff_t rows) {
  ptrdiff_t groups = half ? a->size / 2 : a->size;
  float turned[CK_MOST_HEAD], factor = a->factor / LOG_2;
  for (ptrdiff_t r = row; r < row + rows; r++, packed += groups) {
    turn(turned, a->queries + r * a->stride, a->table + r * a->size, a->size / 2);
    for (ptrdiff_t i = 0; i < a->size; i++) turned[i] *= factor;
    group_row(packed, turned, a->size, half);
  }
}

// scores (rows, columns) -> 2^(score - largest) in each row's columns [low + r, high + r), zero in
// the others, and the inverse of each row's sum.
DISPATCHED static void exponentials(void *restrict weights, float *restrict inverses,
                                    const float *restrict scores, int half, ptrdiff_t rows,
                                    ptrdiff_t columns, ptrdiff_t stride, ptrdiff_t bytes,
                                    ptrdiff_t low, ptrdiff_t high) {
  REASSOCIATE
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *restrict row = scores + r * stride;
    ptrdiff_t a = low + r < 0 ? 0 : low + r, b = high + r > columns ? columns : high + r;
    ptrdiff_t c;
    float largest = largest_inline(row, a, b);
    char *to = (char *)weights + r * bytes;
    float sum = 0.0f;
    if (half) {
      uint16_t *restrict halves = (uint16_t *)(void *)to;
      for (c = 0; c < a; c++) halves[c] = 0;
      for (c = a; c < b; c++) {
        float e = near_exp2_inline(row[c] - largest);
        sum += e;
        halves[c] = (uint16_t)(((uint32_t)float_to_bits(e) + 0x8000u) >> 16);
      }
      for (c = b; c < bytes / 2; c++) halves[c] = 0;
    } else {
      float *restrict values = (float *)(void *)to;
      for (c = 0; c < a; c++) values[c] = 0.0f;
      for (c = a; c < b; c++) {
        values[c] = exp_inline((row[c] - largest) * LOG_2);
        sum += values[c];
      }
      for (c = b; c < bytes / 4; c++) values[c] = 0.0f;
    }
    inverses[r] = 1.0f / sum;
  }
}

void ck_attend(const struct ck_attention *a, int kind, int path) {
  struct places at = places_of(kind, a->time, a->size);
  char *memory = a->scratch;
  int half = kind == CK_BFLOAT16;
  ptrdiff_t step = half ? 2 : 1, groups = ck_groups(kind, a->size);
  int32_t *keys = (int32_t *)(void *)memory, *values = (int32_t *)(void *)(memory + at.values);
  int32_t *queries = (int32_t *)(void *)(memory + at.queries);
  float *scores = (float *)(void *)(memory + at.scores);
  float *inverses = (float *)(void *)(memory + at.inverses);
  pack_keys(keys, a, half);
  pack_values(values, a, half);
  for (ptrdiff_t row = 0; row < a->time; row += BLOCK) {
    ptrdiff_t rows = a->time - row < BLOCK ? a->time - row : BLOCK;
    // The keys that these rows see, from the panel on in which the first one lies.
    ptrdiff_t low = 0, end = a->time;
    if (a->reach >= 0) {
      low = row - a->reach < 0 ? 0 : (row - a->reach) / CK_PANEL * CK_PANEL;
      end = row + rows + a->reach < end ? row + rows + a->reach : end;
    }
    ptrdiff_t seen = end - low, stride = round_up(seen, CK_PANEL);
    // Whole panels but for the last of all.
    ptrdiff_t outputs = low + stride < a->time ? stride : a->time - low;
    pack_queries(queries, a, half, row, rows);
    struct ck_product product = {
        .inputs = queries, .lines = 1, .rows = rows, .row_stride = groups * 4, .segments = 1,
        .groups = groups, .weights = keys + low * groups, .outputs = outputs,
        .factor = 1.0f, .y = scores, .y_stride = stride};
    ck_multiply_packed(&product, kind, path);
    ptrdiff_t bytes = ck_groups(kind, seen) * 4;
    ptrdiff_t shift = row - low;
    exponentials(memory + at.weights, inverses, scores, half, rows, seen, stride, bytes,
                 a->reach < 0 ? -a->time : shift - a->reach,
                 a->reach < 0 ? 2 * a->time : shift + a->reach + 1);
    for (ptrdiff_t first = 0; first < a->size; first += CK_PANEL) {
      ptrdiff_t count = a->size - first < CK_PANEL ? a->size - first : CK_PANEL;
      const int32_t *panel = values + first * ck_groups(kind, a->time);
      struct ck_product result = {
          .inputs = memory + at.weights, .lines = 1, .rows = rows, .row_stride = bytes,
          .segments = 1, .groups = ck_groups(kind, seen), .input_scales = inverses,
          .weights = panel + low / step * round_up(count, 16), .outputs = count, .factor = 1.0f,
          .y = a->y + row * a->y_stride + first, .y_stride = a->y_stride};
      ck_multiply_packed(&result, kind, path);
    }
  }
}
