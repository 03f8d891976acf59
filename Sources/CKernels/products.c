// Products of packed weights: int8, bfloat16 and Float32, on the instruction sets that have them.
//
// Four bytes of a row of inputs, a group, are one Float32, two bfloat16 or four 8-bit values; one
// instruction multiplies them by the same group of 16 outputs' weights and adds to 16 sums. The
// weights lie as the loop reads them: panels of 64 outputs, in a panel group after group, in a group
// output after output. A tile of 6 rows by 64 outputs takes 24 of the 32 registers and reads 10
// vectors for 24 multiplications, which is less than the processor can read meanwhile; where there
// are fewer outputs, as many more rows.
#include "common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define PANEL CK_PANEL
#define MOST_ROWS 12

// A panel's width in memory: whole vectors.
INLINE ptrdiff_t panel_width(ptrdiff_t outputs) {
  return outputs >= PANEL ? PANEL : (outputs + 15) / 16 * 16;
}

INLINE void activate(float *values, ptrdiff_t count, int activation, int isNear) {
  if (activation == CK_GELU && isNear)
    for (ptrdiff_t c = 0; c < count; c++) values[c] = near_gelu_inline(values[c]);
  if (activation == CK_GELU && !isNear)
    for (ptrdiff_t c = 0; c < count; c++) values[c] = gelu_inline(values[c]);
  if (activation == CK_SILU)
    for (ptrdiff_t c = 0; c < count; c++) values[c] *= sigmoid_inline(values[c]);
}

// The biases of a panel, and zeros behind the last one.
INLINE void pad_bias(float *padded, const struct ck_product *p, ptrdiff_t column) {
  ptrdiff_t count = p->outputs - column < PANEL ? p->outputs - column : PANEL;
  memset(padded, 0, PANEL * sizeof *padded);
  if (p->bias) memcpy(padded, p->bias + column, (size_t)count * sizeof *padded);
}

// The biases of a line whose segments have scales of their own, with what their zeros take off.
INLINE void zeros_of_line(float *restrict shifted, const float *restrict bias,
                          const struct ck_product *p, ptrdiff_t column, ptrdiff_t panel,
                          ptrdiff_t line) {
  const float *restrict scales = p->weight_scales + column;
  for (ptrdiff_t c = 0; c < panel; c++) shifted[c] = bias[c];
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const int32_t *restrict sums =
        p->weight_sums + s * ((p->outputs + PANEL - 1) / PANEL * PANEL) + column;
    float zero = p->input_scales[line + s] * (float)p->input_zeros[line + s];
    for (ptrdiff_t c = 0; c < panel; c++) shifted[c] -= zero * (float)sums[c] * scales[c];
  }
}

// What follows the sums of a row: scale, bias, activation, and what is added.
INLINE void finish_row(const struct ck_product *p, const char *tile, int kind, ptrdiff_t row,
                       ptrdiff_t column, const float *bias) {
  float values[PANEL];
  ptrdiff_t count = p->outputs - column < PANEL ? p->outputs - column : PANEL;
  if (kind == CK_INT8 && p->segments > 1) {
    const float *restrict sums = (const float *)(const void *)tile;
    for (ptrdiff_t c = 0; c < count; c++)
      values[c] = sums[c] * p->weight_scales[column + c] + bias[c];
  } else if (kind == CK_INT8) {
    const int32_t *restrict sums = (const int32_t *)(const void *)tile;
    const int32_t *restrict columns = p->weight_sums + column;
    const float *restrict scales = p->weight_scales + column;
    float scale = p->input_scales[row];
    int32_t zero = p->input_zeros[row];
    for (ptrdiff_t c = 0; c < count; c++)
      values[c] = (float)(sums[c] - zero * columns[c]) * (scale * scales[c]) + bias[c];
  } else {
    const float *restrict sums = (const float *)(const void *)tile;
    float factor = p->input_scales ? p->factor * p->input_scales[row] : p->factor;
    for (ptrdiff_t c = 0; c < count; c++) values[c] = sums[c] * factor + bias[c];
  }
  activate(values, count, p->activation, kind != CK_FLOAT32);
  float *y = p->y + row * p->y_stride + column;
  const float *added = p->added ? p->added + row * p->y_stride + column : NULL;
  for (ptrdiff_t c = 0; c < count; c++) y[c] = values[c] + (added ? added[c] : 0.0f);
}

INLINE float float_of_bfloat16(uint16_t half) { return bits_to_float((int32_t)half << 16); }

// Any processor: one output after the other of each group, in the compiler's own vectors.
static void portable_product(const struct ck_product *p, int kind) {
  _Alignas(64) char tile[PANEL * 4];
  float bias[PANEL], shifted[PANEL], total[PANEL];
  const int apart = kind == CK_INT8 && p->segments > 1;
  const char *panelWeights = p->weights;
  for (ptrdiff_t column = 0; column < p->outputs; column += PANEL) {
    ptrdiff_t panel = panel_width(p->outputs - column);
    pad_bias(bias, p, column);
    for (ptrdiff_t row = 0; row < p->lines * p->rows; row++) {
      const char *inputs = (const char *)p->inputs + row / p->rows * p->line_stride +
                           row % p->rows * p->row_stride;
      const char *weights = panelWeights;
      memset(tile, 0, sizeof tile);
      memset(total, 0, sizeof total);
      if (apart) zeros_of_line(shifted, bias, p, column, panel, row / p->rows);
      int32_t *sums = (int32_t *)(void *)tile;
      float *values = (float *)(void *)tile;
      for (ptrdiff_t s = 0; s < p->segments; s++) {
        const char *in = inputs + s * p->segment_stride;
        for (ptrdiff_t g = 0; g < p->groups; g++, in += 4, weights += panel * 4) {
          if (kind == CK_INT8) {
            const uint8_t *x = (const uint8_t *)in;
            const int8_t *w = (const int8_t *)weights;
            for (ptrdiff_t c = 0; c < panel; c++)
              sums[c] += x[0] * w[4 * c] + x[1] * w[4 * c + 1] + x[2] * w[4 * c + 2] +
                         x[3] * w[4 * c + 3];
          } else if (kind == CK_BFLOAT16) {
            const uint16_t *x = (const uint16_t *)(const void *)in;
            const uint16_t *w = (const uint16_t *)(const void *)weights;
            float first = float_of_bfloat16(x[0]), second = float_of_bfloat16(x[1]);
            for (ptrdiff_t c = 0; c < panel; c++)
              values[c] += first * float_of_bfloat16(w[2 * c]) +
                           second * float_of_bfloat16(w[2 * c + 1]);
          } else {
            float x = *(const float *)(const void *)in;
            const float *w = (const float *)(const void *)weights;
            for (ptrdiff_t c = 0; c < panel; c++) values[c] += x * w[c];
          }
        }
        if (!apart) continue;
        for (ptrdiff_t c = 0; c < panel; c++) {
          total[c] += (float)sums[c] * p->input_scales[row / p->rows + s];
          sums[c] = 0;
        }
      }
      finish_row(p, apart ? (const char *)total : tile, kind, row, column, apart ? shifted : bias);
    }
    panelWeights += p->segments * p->groups * panel * 4;
  }
}

#if defined(__x86_64__)

// Whole vectors after the product too: the compiler would halve them for the earliest processors.
#define IN_512(features)                                              \
  __attribute__((target("arch=x86-64-v4,no-prefer-256-bit" features), \
                 min_vector_width(512)))
#define IN_256(features) __attribute__((target("arch=x86-64-v3" features)))

#define NAME(x) avx512_int8_##x
#define TARGET IN_512(",avx512vnni")
#define VECTOR __m512i
#define LANES 16
#define VECTORS 4
#define ZERO() _mm512_setzero_si512()
#define LOAD(p) _mm512_loadu_si512(p)
#define STORE(p, v) _mm512_storeu_si512(p, v)
#define BROADCAST(p) _mm512_set1_epi32(*(const int32_t *)(const void *)(p))
#define DOT(sum, x, w) _mm512_dpbusd_epi32(sum, x, w)
#define KIND CK_INT8
#include "products_of_packed.h"

#define NAME(x) avx512_bfloat16_##x
#define TARGET IN_512(",avx512bf16")
#define VECTOR __m512
#define LANES 16
#define VECTORS 4
#define ZERO() _mm512_setzero_ps()
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define BROADCAST(p) _mm512_set1_ps(*(const float *)(const void *)(p))
#define DOT(sum, x, w) _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(w))
#define KIND CK_BFLOAT16
#include "products_of_packed.h"

#define NAME(x) avx512_float32_##x
#define TARGET IN_512("")
#define VECTOR __m512
#define LANES 16
#define VECTORS 4
#define ZERO() _mm512_setzero_ps()
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define BROADCAST(p) _mm512_set1_ps(*(const float *)(const void *)(p))
#define DOT(sum, x, w) _mm512_fmadd_ps(x, w, sum)
#define KIND CK_FLOAT32
#include "products_of_packed.h"

#define NAME(x) avxvnni_int8_##x
#define TARGET IN_256(",avxvnni")
#define VECTOR __m256i
#define LANES 8
#define VECTORS 2
#define ZERO() _mm256_setzero_si256()
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define BROADCAST(p) _mm256_set1_epi32(*(const int32_t *)(const void *)(p))
#define DOT(sum, x, w) _mm256_dpbusd_avx_epi32(sum, x, w)
#define KIND CK_INT8
#include "products_of_packed.h"

// Without the instruction for it: even and odd bytes apart, as 16-bit values, so that no sum of two
// products is cut off as the instruction that takes bytes would.
INLINE IN_256("") __m256i dot_in_halves(__m256i sum, __m256i x, __m256i w) {
  const __m256i low = _mm256_set1_epi16(0xFF);
  __m256i even = _mm256_madd_epi16(_mm256_and_si256(x, low),
                                   _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8));
  __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(x, 8), _mm256_srai_epi16(w, 8));
  return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

#define NAME(x) avx2_int8_##x
#define TARGET IN_256("")
#define VECTOR __m256i
#define LANES 8
#define VECTORS 1
#define ZERO() _mm256_setzero_si256()
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define BROADCAST(p) _mm256_set1_epi32(*(const int32_t *)(const void *)(p))
#define DOT(sum, x, w) dot_in_halves(sum, x, w)
#define KIND CK_INT8
#include "products_of_packed.h"

#define NAME(x) avx2_float32_##x
#define TARGET IN_256("")
#define VECTOR __m256
#define LANES 8
#define VECTORS 2
#define ZERO() _mm256_setzero_ps()
#define LOAD(p) _mm256_loadu_ps((const float *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_ps((float *)(void *)(p), v)
#define BROADCAST(p) _mm256_set1_ps(*(const float *)(const void *)(p))
#define DOT(sum, x, w) _mm256_fmadd_ps(x, w, sum)
#define KIND CK_FLOAT32
#include "products_of_packed.h"

int ck_has_path(int kind, int path) {
  __builtin_cpu_init();
  int v3 = __builtin_cpu_supports("x86-64-v3"), v4 = __builtin_cpu_supports("x86-64-v4");
  switch (path) {
    case CK_PORTABLE: return 1;
    case CK_AVX2: return v3 && kind != CK_BFLOAT16;
    case CK_AVX_VNNI: return v3 && kind == CK_INT8 && __builtin_cpu_supports("avxvnni");
    case CK_AVX512:
      if (kind == CK_INT8) return v4 && __builtin_cpu_supports("avx512vnni");
      if (kind == CK_BFLOAT16) return v4 && __builtin_cpu_supports("avx512bf16");
      return v4 != 0;
    default: return 0;
  }
}

void ck_multiply_packed(const struct ck_product *p, int kind, int path) {
  if (path == CK_AVX512 && kind == CK_INT8) return avx512_int8_product(p);
  if (path == CK_AVX512 && kind == CK_BFLOAT16) return avx512_bfloat16_product(p);
  if (path == CK_AVX512 && kind == CK_FLOAT32) return avx512_float32_product(p);
  if (path == CK_AVX_VNNI && kind == CK_INT8) return avxvnni_int8_product(p);
  if (path == CK_AVX2 && kind == CK_INT8) return avx2_int8_product(p);
  if (path == CK_AVX2 && kind == CK_FLOAT32) return avx2_float32_product(p);
  portable_product(p, kind);
}

#else

int ck_has_path(int kind, int path) {
  (void)kind;
  return path == CK_PORTABLE;
}

void ck_multiply_packed(const struct ck_product *p, int kind, int path) {
  (void)path;
  portable_product(p, kind);
}

#endif
