// The loops that Swift's compiler cannot vectorise for the machine it runs on: each is compiled for
// AVX-512, AVX2 and the baseline, and the right one is chosen when the program is loaded.
// All arrays are Float32, row-major and contiguous; but for the threads and the memory at the end, no
// function allocates or keeps state.
#ifndef CHARTHERO_CKERNELS_H
#define CHARTHERO_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Elementwise, n values. "_backward" functions write dx; they do not accumulate.
void ck_exp(float *y, const float *x, ptrdiff_t n);
void ck_sigmoid(float *y, const float *x, ptrdiff_t n);
void ck_gelu(float *y, const float *x, ptrdiff_t n);
void ck_gelu_backward(float *dx, const float *x, const float *dy, ptrdiff_t n);
void ck_silu(float *y, const float *x, ptrdiff_t n);
void ck_silu_backward(float *dx, const float *x, const float *dy, ptrdiff_t n);
void ck_add(float *y, const float *a, const float *b, ptrdiff_t n);
void ck_scale(float *y, const float *x, float factor, ptrdiff_t n);
void ck_multiply(float *y, const float *a, const float *b, ptrdiff_t n);
void ck_fill(float *y, float value, ptrdiff_t n);
// The upper halves of x (rows, columns), whose rows lie `stride` apart, rounded to the nearest.
void ck_to_bfloat16(uint16_t *y, const float *x, ptrdiff_t rows, ptrdiff_t columns,
                    ptrdiff_t stride);
// mask (n) = 0 or scale, chosen by a counter-based generator: element i depends on seed and i only.
void ck_dropout_mask(float *mask, uint64_t seed, ptrdiff_t first, float probability, ptrdiff_t n);

// Rows. x (rows, columns)
void ck_bias(float *y, const float *bias, ptrdiff_t rows, ptrdiff_t columns);
void ck_column_sums(float *sums, const float *x, ptrdiff_t rows, ptrdiff_t columns);
// y = x * scale + shift, by column; the backward adds to dscale and dshift.
void ck_affine(float *y, const float *x, const float *scale, const float *shift, ptrdiff_t rows,
               ptrdiff_t columns);
void ck_affine_backward(float *dx, float *dscale, float *dshift, const float *x,
                        const float *scale, const float *dy, ptrdiff_t rows, ptrdiff_t columns);
// x (rows, 2 * half) -> y (rows, half): y = x[:half] * sigmoid(x[half:])
void ck_glu(float *y, const float *x, ptrdiff_t rows, ptrdiff_t half);
void ck_glu_backward(float *dx, const float *x, const float *dy, ptrdiff_t rows, ptrdiff_t half);
// mean, rstd (rows) are kept for the backward, which adds to dscale and dshift (columns).
void ck_layer_norm(float *y, float *mean, float *rstd, const float *x, const float *scale,
                   const float *shift, float epsilon, ptrdiff_t rows, ptrdiff_t columns);
void ck_layer_norm_backward(float *dx, float *dscale, float *dshift, const float *x,
                            const float *mean, const float *rstd, const float *scale,
                            const float *dy, ptrdiff_t rows, ptrdiff_t columns);
// The same for inference, which keeps nothing, with an activation after it.
// `near`: GELU as near as what is rounded afterwards needs.
void ck_norm(float *y, const float *x, const float *scale, const float *shift, float epsilon,
             int activation, int near, ptrdiff_t rows, ptrdiff_t columns);
// In place. Row r keeps the columns [r + low, r + high) cut to [0, columns) and zeroes the others;
// lse (rows) receives log(sum(exp(x))) of what was kept.
void ck_softmax(float *x, float *lse, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t low,
                ptrdiff_t high);
// In place: scores -> probabilities from the kept lse, with the same columns zeroed.
void ck_softmax_again(float *x, const float *lse, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t low,
                      ptrdiff_t high);
// In place on dp: ds = p * (dp - delta[row]) * scale
void ck_softmax_backward(float *dp, const float *p, const float *delta, float scale,
                         ptrdiff_t rows, ptrdiff_t columns);
// delta[row] = dot of a and b; both have `columns` values per row and a row stride.
void ck_row_dots(float *delta, const float *a, const float *b, ptrdiff_t rows, ptrdiff_t columns,
                 ptrdiff_t stride);

// Convolutions, channel-last.
// x (time, channels), w (taps, channels), same padding -> y, of which the rows [first, last).
void ck_depthwise(float *y, const float *x, const float *w, const float *bias, ptrdiff_t time,
                  ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t first, ptrdiff_t last);
// Writes dx, adds to dw and dbias.
void ck_depthwise_backward(float *dx, float *dw, float *dbias, const float *x, const float *w,
                           const float *dy, ptrdiff_t time, ptrdiff_t channels, ptrdiff_t taps);
// 3x3 patches with a border of zeros: x (time, bins, channels) ->
// columns ((last - first) * outBins, 9 * channels) of output rows [first, last).
void ck_patches(float *columns, const float *x, ptrdiff_t time, ptrdiff_t bins,
                ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t last);
// Adds the patches' gradient to dx (time, bins, channels).
void ck_patches_backward(float *dx, const float *columns, ptrdiff_t time, ptrdiff_t bins,
                         ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t last);
// x (a, b, columns) -> y (b, a, columns)
void ck_swap(float *y, const float *x, ptrdiff_t a, ptrdiff_t b, ptrdiff_t columns);
// Windows of height by width that move by the steps over x (rows, columns), with a border of zeros
// -> y (ceil(rows / rowStep), ceil(columns / columnStep), height * width). A window begins half of
// what it is larger than its step before the place it stands for.
void ck_windows(float *y, const float *x, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t height,
                ptrdiff_t width, ptrdiff_t rowStep, ptrdiff_t columnStep);
// Adds the windows' gradient to dx (rows, columns).
void ck_windows_backward(float *dx, const float *dy, ptrdiff_t rows, ptrdiff_t columns,
                         ptrdiff_t height, ptrdiff_t width, ptrdiff_t rowStep,
                         ptrdiff_t columnStep);
// x (rows, bins, channels) -> y (rows, ceil(bins / pool), channels): the largest of `pool` bins.
void ck_maximum(float *y, const float *x, ptrdiff_t rows, ptrdiff_t bins, ptrdiff_t channels,
                ptrdiff_t pool);
void ck_maximum_backward(float *dx, const float *x, const float *y, const float *dy,
                         ptrdiff_t rows, ptrdiff_t bins, ptrdiff_t channels, ptrdiff_t pool);

// Rotary positions (Su et al. 2021, halves rotated against each other as in GPT-NeoX) on
// `heads` heads of `size` values in each row; table (time, size) holds size/2 cosines then sines.
// direction is 1, or -1 for the backward.
void ck_rotary(float *y, const float *x, const float *table, float direction, ptrdiff_t time,
               ptrdiff_t heads, ptrdiff_t size, ptrdiff_t stride);

// Losses and the optimiser.
// Returns sum(w * bce(logit, target)); writes gradient = factor * w * (sigmoid(logit) - target)
// where gradient is not null.
double ck_bce(float *_Nullable gradient, const float *logits, const float *targets,
              const float *weights, float factor, ptrdiff_t n);
// The same of (rows, columns), each value times |sigmoid(logit) - target|^focus[column].
double ck_focal(float *_Nullable gradient, const float *logits, const float *targets,
                const float *weights, const float *focus, float factor, ptrdiff_t rows,
                ptrdiff_t columns);
// Returns the sum over neighbouring frames of (time, columns), where both have a weight, of
// (step of the probability - step of the target)^2; the gradient likewise.
double ck_consistency(float *_Nullable gradient, const float *logits, const float *targets,
                      const float *weights, float factor, ptrdiff_t time, ptrdiff_t columns);
// x (time, columns) -> y: in the columns [low, high) the largest value within `reach` frames.
void ck_maximum_near(float *y, const float *x, ptrdiff_t time, ptrdiff_t columns, ptrdiff_t low,
                     ptrdiff_t high, ptrdiff_t reach);
void ck_maximum_near_backward(float *dx, const float *x, const float *dy, ptrdiff_t time,
                              ptrdiff_t columns, ptrdiff_t low, ptrdiff_t high, ptrdiff_t reach);
double ck_sum(const float *x, ptrdiff_t n);
double ck_sum_of_squares(const float *x, ptrdiff_t n);
int ck_all_finite(const float *x, ptrdiff_t n);
// AdamW (Loshchilov & Hutter 2019): decoupled decay, then the step with bias correction.
void ck_adamw(float *w, float *m, float *v, const float *gradient, float gradientScale, float rate,
              float beta1, float beta2, float epsilon, float decay, float correction1,
              float correction2, ptrdiff_t n);
// average += (1 - decay) * (w - average)
void ck_ema(float *average, const float *w, float decay, ptrdiff_t n);

// Products of packed weights: y (rows, outputs) = activation(inputs * weights^T + bias) + added.
// Kinds of values, and the instructions that multiply them, in the order of their speed.
enum { CK_INT8, CK_BFLOAT16, CK_FLOAT32 };
enum { CK_PORTABLE, CK_AVX2, CK_AVX_VNNI, CK_AVX512 };
enum { CK_NO_ACTIVATION, CK_GELU, CK_SILU };
// Outputs side by side in packed weights.
enum { CK_PANEL = 64 };

struct ck_product {
  // A row of inputs is `segments` stretches of `groups` groups of 4 bytes, each of one Float32, two
  // bfloat16 or four 8-bit values; the strides are in bytes. There are `lines` of so many rows, whose
  // results follow each other. Int8 inputs are input_scales[row] * (value - input_zeros[row]), with
  // more than one segment input_scales[line + segment] * (value - input_zeros[line + segment]).
  const void *inputs;
  ptrdiff_t lines, line_stride, rows, row_stride, segments, segment_stride, groups;
  const float *_Nullable input_scales;
  const int32_t *_Nullable input_zeros;
  // As ck_pack_panel leaves them; the scales of int8 weights and the sums (segments, outputs) of each
  // output's are readable up to a multiple of CK_PANEL.
  const void *weights;
  const float *_Nullable weight_scales;
  const int32_t *_Nullable weight_sums;
  const float *_Nullable bias;
  ptrdiff_t outputs;
  // Of what is not int8: y = activation(factor * sums + bias) + added, where the sums of a row are
  // multiplied by input_scales[row] too if there are any.
  float factor;
  int activation;
  // Rows of both lie y_stride values apart; `added` is not y.
  const float *_Nullable added;
  float *y;
  ptrdiff_t y_stride;
};

// Attention of one head to itself, in bfloat16 or Float32: y (time, size) from queries, keys and
// values (time, size), whose rows lie `stride` values apart.
struct ck_attention {
  const float *queries, *keys, *values;
  ptrdiff_t stride, time, size;
  // Cosines and sines (time, size) of each position.
  const float *table;
  // Of the scores.
  float factor;
  // Rows to each side that a row sees; all where it is negative.
  ptrdiff_t reach;
  float *y;
  ptrdiff_t y_stride;
  // ck_attention_scratch bytes.
  void *scratch;
};
// The largest size of a head.
enum { CK_MOST_HEAD = 1024 };
ptrdiff_t ck_attention_scratch(int kind, ptrdiff_t time, ptrdiff_t size);
void ck_attend(const struct ck_attention *attention, int kind, int path);

int ck_has_path(int kind, int path);
void ck_multiply_packed(const struct ck_product *product, int kind, int path);
// Groups in a segment of so many values; the last one may be filled up with zeros.
ptrdiff_t ck_groups(int kind, ptrdiff_t length);
// Bytes of packed weights (outputs, segments * length).
ptrdiff_t ck_packed_bytes(int kind, ptrdiff_t outputs, ptrdiff_t segments, ptrdiff_t length);
// Packs the panel that begins with output `first` of weights (outputs, segments * length), which
// are of their kind already.
void ck_pack_panel(char *packed, const void *weights, int kind, ptrdiff_t outputs,
                   ptrdiff_t segments, ptrdiff_t length, ptrdiff_t first);
// The smallest and largest of n values and zero.
void ck_extremes(float *low, float *high, const float *x, ptrdiff_t n);
// Each row symmetrically to -127...127: w = scales[output] * q.
void ck_quantize_weights(int8_t *q, float *scales, const float *w, ptrdiff_t outputs,
                         ptrdiff_t inputs);
void ck_dequantize_weights(float *w, const int8_t *q, const float *scales, ptrdiff_t outputs,
                           ptrdiff_t inputs);
void ck_row_sums(int32_t *sums, const int8_t *q, ptrdiff_t rows, ptrdiff_t columns);
// Each row from its smallest to its largest value to 0...255: x = scales[row] * (q - zeros[row]).
// Rows of q lie `stride` bytes apart, filled up with zeros.
void ck_quantize_rows(uint8_t *q, float *scales, int32_t *zeros, const float *x, ptrdiff_t rows,
                      ptrdiff_t columns, ptrdiff_t stride);
// The same from `low` to `high`; what lies beyond is cut to them.
void ck_quantize_rows_within(uint8_t *q, float *scales, int32_t *zeros, const float *x,
                             ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, float low,
                             float high);
// Frames of x, of so many values (bins * channels), rounded to their kind, with a border of zeros: one
// bin before the first and the rest of `width` behind the last. Scales and zeros (frames) are of int8.
void ck_bordered(void *y, float *scales, int32_t *zeros, const float *x, int kind,
                 ptrdiff_t frames, ptrdiff_t values, ptrdiff_t channels, ptrdiff_t width);
// x (rows, columns) to bfloat16; rows of y lie `stride` values apart, filled up with zeros.
void ck_bfloat16_rows(uint16_t *y, const float *x, ptrdiff_t rows, ptrdiff_t columns,
                      ptrdiff_t stride);

// Calls `piece` once for every index below `pieces`, on this thread and up to threads - 1 others, and
// returns when all are done; 0 where a loop is being computed already, and nothing was called.
int ck_together(ptrdiff_t pieces, int threads,
                void (*piece)(void *_Nullable argument, ptrdiff_t index), void *_Nullable argument);

// Memory: 64-byte aligned, large blocks in huge pages, freed ones kept for reuse. `ck_free` is told
// the bytes that were asked for. Both may be called from any thread.
void *_Nullable ck_allocate(size_t bytes);
void ck_free(void *block, size_t bytes);
// The most bytes in use at once since the last call with `afresh`.
size_t ck_most_memory(int afresh);
// How many blocks came from the system so far, because none that was freed was of their size.
size_t ck_fresh_blocks(void);
// How many freed bytes are kept for reuse at most; what is beyond goes back to the system.
void ck_keep_memory(size_t bytes);
// 1 where this CPU has AVX-512 F, BW, CD, DQ and VL (x86-64-v4).
int ck_has_avx512(void);
// 1 where it multiplies bfloat16 values by itself (AVX-512 BF16).
int ck_has_bfloat16(void);

#pragma clang assume_nonnull end
#endif
