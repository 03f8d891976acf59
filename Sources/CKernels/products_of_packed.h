// The products of one kind on one instruction set. products.c includes this file once for each,
// with these defined:
//   NAME(x)           its own name for x
//   TARGET            the attribute that lets the compiler use the instructions
//   VECTOR, LANES     a vector of 32-bit lanes, and how many they are
//   VECTORS           vectors of outputs in a tile: 6 rows of them, their weights and an input must
//                     fit into the registers
//   ZERO(), LOAD(p), STORE(p, v), BROADCAST(p)
//   DOT(sum, x, w)    adds the products of one group of inputs and weights to every lane
//   KIND              of values

typedef float NAME(floats) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t NAME(integers) __attribute__((vector_size(LANES * 4), aligned(4)));

// Rows of a tile of so many vectors: no more than there are registers for.
INLINE ptrdiff_t NAME(most_rows)(int vectors) {
  if (VECTORS < 4 || vectors == 4) return 6;
  return vectors == 3 ? 8 : MOST_ROWS;
}

// Vectors of a panel side by side. Eight rows, which would leave two over, go in halves of a panel.
INLINE int NAME(vectors)(const struct ck_product *p, ptrdiff_t panel) {
  if (VECTORS < 4) return VECTORS;
  return panel == PANEL && (p->rows == 8 || p->rows == 12) ? 2 : (int)(panel / LANES);
}

// tile (rows, PANEL) = the sums of `rows` rows of inputs for `vectors` vectors of outputs. Both are
// constants wherever this is inlined, so that the sums stay in registers.
INLINE TARGET void NAME(tile)(char *tile, const struct ck_product *p, const char *inputs,
                              const char *weights, ptrdiff_t panel, int rows, int vectors) {
  VECTOR sums[MOST_ROWS][VECTORS];
#pragma unroll
  for (int r = 0; r < rows; r++)
#pragma unroll
    for (int v = 0; v < vectors; v++) sums[r][v] = ZERO();
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const char *in = inputs + s * p->segment_stride;
    for (ptrdiff_t g = 0; g < p->groups; g++, weights += panel * 4, in += 4) {
      VECTOR w[VECTORS];
#pragma unroll
      for (int v = 0; v < vectors; v++) w[v] = LOAD(weights + v * LANES * 4);
#pragma unroll
      for (int r = 0; r < rows; r++) {
        VECTOR x = BROADCAST(in + r * p->row_stride);
#pragma unroll
        for (int v = 0; v < vectors; v++) sums[r][v] = DOT(sums[r][v], x, w[v]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < rows; r++)
#pragma unroll
    for (int v = 0; v < vectors; v++) STORE(tile + (r * PANEL + v * LANES) * 4, sums[r][v]);
}

#define TILE(count) \
  case count: NAME(tile)(tile, p, inputs, weights, panel, count, vectors); break;

INLINE TARGET void NAME(rows)(char *tile, const struct ck_product *p, const char *inputs,
                              const char *weights, ptrdiff_t panel, ptrdiff_t rows, int vectors) {
  switch (rows) {
    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if VECTORS > 2
    default:
      if (vectors > 3) return;
      switch (rows) {
        TILE(7) TILE(8)
        default:
          if (vectors > 2) return;
          switch (rows) {
            TILE(9) TILE(10) TILE(11) TILE(12)
          }
      }
#endif
  }
}
#undef TILE

// The tile of all outputs of a panel, so many vectors at a time.
INLINE TARGET void NAME(sums)(char *tile, const struct ck_product *p, const char *inputs,
                              const char *weights, ptrdiff_t panel, ptrdiff_t rows, int vectors) {
  for (ptrdiff_t done = 0; done < panel; done += vectors * LANES) {
    const char *own = weights + done * 4;
    char *to = tile + done * 4;
    switch (vectors) {
#if VECTORS > 2
      case 1: NAME(rows)(to, p, inputs, own, panel, rows, 1); break;
      case 2: NAME(rows)(to, p, inputs, own, panel, rows, 2); break;
      case 3: NAME(rows)(to, p, inputs, own, panel, rows, 3); break;
#endif
      default: NAME(rows)(to, p, inputs, own, panel, rows, VECTORS); break;
    }
  }
}

// One vector of the sums of a row, scaled, with its bias.
INLINE TARGET NAME(floats) NAME(scaled)(const struct ck_product *p, const char *sums, ptrdiff_t row,
                                        ptrdiff_t column, const float *bias) {
  NAME(floats) added = *(const NAME(floats) *)(const void *)bias;
  if (KIND != CK_INT8) {
    float factor = p->input_scales ? p->factor * p->input_scales[row] : p->factor;
    return *(const NAME(floats) *)(const void *)sums * factor + added;
  }
  NAME(integers) whole = *(const NAME(integers) *)(const void *)sums;
  NAME(integers) columns = *(const NAME(integers) *)(const void *)(p->weight_sums + column);
  NAME(floats) scales = *(const NAME(floats) *)(const void *)(p->weight_scales + column);
  whole -= columns * p->input_zeros[row];
  return __builtin_convertvector(whole, NAME(floats)) * (scales * p->input_scales[row]) + added;
}

// What follows the sums of some rows: scale, bias, activation, and what is added.
INLINE TARGET void NAME(finish)(const struct ck_product *p, const char *tile, ptrdiff_t first,
                                ptrdiff_t rows, ptrdiff_t column, ptrdiff_t panel,
                                const float *bias) {
  _Alignas(64) float values[PANEL];
  ptrdiff_t count = p->outputs - column < panel ? p->outputs - column : panel;
  int isPlain = count == panel && p->activation == CK_NO_ACTIVATION && !p->added;
  for (ptrdiff_t row = first; row < first + rows; row++, tile += PANEL * 4) {
    float *y = p->y + row * p->y_stride + column;
    float *to = isPlain ? y : values;
    for (ptrdiff_t c = 0; c < panel; c += LANES)
      *(NAME(floats) *)(void *)(to + c) =
          NAME(scaled)(p, tile + c * 4, row, column + c, bias + c);
    if (isPlain) continue;
    if (panel == PANEL)
      activate(values, PANEL, p->activation, KIND != CK_FLOAT32);
    else
      activate(values, panel, p->activation, KIND != CK_FLOAT32);
    if (p->added) {
      const float *added = p->added + row * p->y_stride + column;
      for (ptrdiff_t c = 0; c < count; c++) values[c] += added[c];
    }
    ptrdiff_t c = 0;
    for (; c + LANES <= count; c += LANES)
      *(NAME(floats) *)(void *)(y + c) = *(const NAME(floats) *)(const void *)(values + c);
    if (c + 8 <= count) {
      memcpy(y + c, values + c, 32);
      c += 8;
    }
    for (; c < count; c++) y[c] = values[c];
  }
}

TARGET static void NAME(product)(const struct ck_product *p) {
  _Alignas(64) char tile[MOST_ROWS * PANEL * 4];
  _Alignas(64) float bias[PANEL];
  const char *weights = p->weights;
  for (ptrdiff_t column = 0; column < p->outputs; column += PANEL) {
    ptrdiff_t panel = panel_width(p->outputs - column);
    int vectors = NAME(vectors)(p, panel);
    ptrdiff_t most = NAME(most_rows)(vectors);
    const char *next = weights + p->segments * p->groups * panel * 4;
    // The next panel comes into the second-level cache while this one is used.
    ptrdiff_t share = column + PANEL < p->outputs
                          ? (next - weights) / ((p->rows + most - 1) / most * p->lines)
                          : 0;
    const char *ahead = next;
    pad_bias(bias, p, column);
    for (ptrdiff_t line = 0; line < p->lines; line++)
      for (ptrdiff_t row = 0; row < p->rows; row += most, ahead += share) {
        for (ptrdiff_t i = 0; i < share; i += 64) __builtin_prefetch(ahead + i, 0, 2);
        ptrdiff_t rows = p->rows - row < most ? p->rows - row : most;
        const char *inputs =
            (const char *)p->inputs + line * p->line_stride + row * p->row_stride;
        NAME(sums)(tile, p, inputs, weights, panel, rows, vectors);
        NAME(finish)(p, tile, line * p->rows + row, rows, column, panel, bias);
      }
    weights = next;
  }
}

#undef NAME
#undef TARGET
#undef VECTOR
#undef LANES
#undef VECTORS
#undef ZERO
#undef LOAD
#undef STORE
#undef BROADCAST
#undef DOT
#undef KIND
