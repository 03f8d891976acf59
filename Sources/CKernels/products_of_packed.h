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
#define FLOATS(from) (*(const NAME(floats) *)(const void *)(from))
#define INTEGERS(from) (*(const NAME(integers) *)(const void *)(from))
#define SET(to, values) (*(NAME(floats) *)(void *)(to) = (values))

// Rows of a tile of so many vectors: no more than there are registers for.
INLINE ptrdiff_t NAME(most_rows)(int vectors) {
  if (VECTORS < 4 || vectors == 4) return 6;
  return vectors == 3 ? 8 : MOST_ROWS;
}

// Vectors of a panel side by side. Eight rows, which would leave two over, go in halves of a panel.
INLINE int NAME(vectors)(const struct ck_product *p, ptrdiff_t panel) {
  if (VECTORS < 4) return VECTORS;
  return panel == PANEL && p->rows == 8 ? 2 : (int)(panel / LANES);
}

// tile (rows, tileStride bytes) = the sums of `rows` rows of inputs for `vectors` vectors of
// outputs. Both are constants wherever this is inlined, so that the sums stay in registers.
INLINE TARGET void NAME(tile)(char *tile, ptrdiff_t tileStride, const struct ck_product *p,
                              ptrdiff_t segments, const char *inputs, const char *weights,
                              ptrdiff_t panel, int rows, int vectors) {
  VECTOR sums[MOST_ROWS][VECTORS];
#pragma unroll
  for (int r = 0; r < rows; r++)
#pragma unroll
    for (int v = 0; v < vectors; v++) sums[r][v] = ZERO();
  for (ptrdiff_t s = 0; s < segments; s++) {
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
    for (int v = 0; v < vectors; v++) STORE(tile + r * tileStride + v * LANES * 4, sums[r][v]);
}

#define TILE(count) \
  case count: NAME(tile)(tile, tileStride, p, segments, inputs, weights, panel, count, vectors); break;

INLINE TARGET void NAME(rows)(char *tile, ptrdiff_t tileStride, const struct ck_product *p,
                              ptrdiff_t segments, const char *inputs, const char *weights,
                              ptrdiff_t panel, ptrdiff_t rows, int vectors) {
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
INLINE TARGET void NAME(sums)(char *tile, ptrdiff_t tileStride, const struct ck_product *p,
                              ptrdiff_t segments, const char *inputs, const char *weights,
                              ptrdiff_t panel, ptrdiff_t rows, int vectors) {
  for (ptrdiff_t done = 0; done < panel; done += vectors * LANES) {
    const char *own = weights + done * 4;
    char *to = tile + done * 4;
    switch (vectors) {
#if VECTORS > 2
      case 1: NAME(rows)(to, tileStride, p, segments, inputs, own, panel, rows, 1); break;
      case 2: NAME(rows)(to, tileStride, p, segments, inputs, own, panel, rows, 2); break;
      case 3: NAME(rows)(to, tileStride, p, segments, inputs, own, panel, rows, 3); break;
#endif
      default: NAME(rows)(to, tileStride, p, segments, inputs, own, panel, rows, VECTORS); break;
    }
  }
}

// Adds the sums of one segment, times its scale, to those of the segments before it.
INLINE TARGET void NAME(gather)(char *total, const char *tile, ptrdiff_t rows, ptrdiff_t panel,
                                float scale, int isFirst) {
  for (ptrdiff_t r = 0; r < rows; r++, tile += PANEL * 4, total += PANEL * 4)
    for (ptrdiff_t c = 0; c < panel * 4; c += LANES * 4) {
      float *to = (float *)(void *)(total + c);
      NAME(integers) whole = INTEGERS(tile + c);
      NAME(floats) sum = __builtin_convertvector(whole, NAME(floats)) * scale;
      SET(to, isFirst ? sum : FLOATS(to) + sum);
    }
}

// The sums of some rows of a line, each of whose segments has a scale of its own.
INLINE TARGET void NAME(segments)(char *total, const struct ck_product *p, const char *inputs,
                                  const char *weights, ptrdiff_t panel, ptrdiff_t rows, int vectors,
                                  ptrdiff_t line) {
  _Alignas(64) char tile[MOST_ROWS * PANEL * 4];
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    NAME(sums)(tile, PANEL * 4, p, 1, inputs + s * p->segment_stride, weights + s * p->groups * panel * 4,
               panel, rows, vectors);
    NAME(gather)(total, tile, rows, panel, p->input_scales[line + s], s == 0);
  }
}

// One row of sums, scaled, with its bias.
INLINE TARGET void NAME(scale)(float *to, const struct ck_product *p, const char *sums,
                               ptrdiff_t row, ptrdiff_t column, ptrdiff_t panel,
                               const float *bias) {
  const float *scales = p->weight_scales + column;
  const int32_t *columns = p->weight_sums + column;
  if (KIND == CK_INT8 && p->segments > 1) {
    for (ptrdiff_t c = 0; c < panel; c += LANES)
      SET(to + c, FLOATS((const float *)(const void *)sums + c) * FLOATS(scales + c) +
                      FLOATS(bias + c));
  } else if (KIND == CK_INT8) {
    float scale = p->input_scales[row];
    int32_t zero = p->input_zeros[row];
    for (ptrdiff_t c = 0; c < panel; c += LANES) {
      NAME(integers) whole = INTEGERS((const int32_t *)(const void *)sums + c);
      whole -= INTEGERS(columns + c) * zero;
      SET(to + c, __builtin_convertvector(whole, NAME(floats)) * (FLOATS(scales + c) * scale) +
                      FLOATS(bias + c));
    }
  } else {
    float factor = p->input_scales ? p->factor * p->input_scales[row] : p->factor;
    for (ptrdiff_t c = 0; c < panel; c += LANES)
      SET(to + c, FLOATS((const float *)(const void *)sums + c) * factor + FLOATS(bias + c));
  }
}

// What follows the sums of a row of whole vectors.
INLINE TARGET void NAME(finish_whole)(float *y, const struct ck_product *p, const char *sums,
                                      const float *added, ptrdiff_t row, ptrdiff_t column,
                                      ptrdiff_t panel, const float *bias) {
  NAME(scale)(y, p, sums, row, column, panel, bias);
  activate(y, panel, p->activation, KIND != CK_FLOAT32);
  for (ptrdiff_t c = 0; added && c < panel; c += LANES)
    SET(y + c, FLOATS(y + c) + FLOATS(added + c));
}

// What follows the sums of some rows: scale, bias, activation, and what is added.
INLINE TARGET void NAME(finish)(const struct ck_product *p, const char *tile, ptrdiff_t first,
                                ptrdiff_t rows, ptrdiff_t column, ptrdiff_t panel,
                                const float *bias) {
  _Alignas(64) float values[PANEL];
  ptrdiff_t count = p->outputs - column < panel ? p->outputs - column : panel;
  for (ptrdiff_t row = first; row < first + rows; row++, tile += PANEL * 4) {
    float *y = p->y + row * p->y_stride + column;
    const float *added = p->added ? p->added + row * p->y_stride + column : NULL;
    if (count == PANEL)
      NAME(finish_whole)(y, p, tile, added, row, column, PANEL, bias);
    else if (count == panel)
      NAME(finish_whole)(y, p, tile, added, row, column, panel, bias);
    else {
      NAME(finish_whole)(values, p, tile, NULL, row, column, panel, bias);
      for (ptrdiff_t c = 0; added && c < count; c++) values[c] += added[c];
      ptrdiff_t c = 0;
      for (; c + 8 <= count; c += 8) {
        memcpy(y + c, values + c, 32);
        // Not to be made a call, which takes longer than the copy.
        __asm__ volatile("" : : : "memory");
      }
      for (; c < count; c++) y[c] = values[c];
    }
  }
}

TARGET static void NAME(product)(const struct ck_product *p) {
  _Alignas(64) char tile[MOST_ROWS * PANEL * 4];
  _Alignas(64) float bias[PANEL], shifted[PANEL];
  const int apart = KIND == CK_INT8 && p->segments > 1;
  // Nothing follows the sums: they go where they belong.
  const int isBare = KIND != CK_INT8 && p->factor == 1.0f && !p->input_scales && !p->bias &&
                     !p->added && p->activation == CK_NO_ACTIVATION;
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
    for (ptrdiff_t line = 0; line < p->lines; line++) {
      if (apart) zeros_of_line(shifted, bias, p, column, panel, line);
      for (ptrdiff_t row = 0; row < p->rows; row += most, ahead += share) {
        for (ptrdiff_t i = 0; i < share; i += 64) __builtin_prefetch(ahead + i, 0, 2);
        ptrdiff_t rows = p->rows - row < most ? p->rows - row : most;
        const char *inputs =
            (const char *)p->inputs + line * p->line_stride + row * p->row_stride;
        if (apart) {
          NAME(segments)(tile, p, inputs, weights, panel, rows, vectors, line);
        } else if (isBare && p->outputs - column >= panel) {
          char *y = (char *)(p->y + (line * p->rows + row) * p->y_stride + column);
          NAME(sums)(y, p->y_stride * 4, p, p->segments, inputs, weights, panel, rows, vectors);
          continue;
        } else {
          NAME(sums)(tile, PANEL * 4, p, p->segments, inputs, weights, panel, rows, vectors);
        }
        NAME(finish)(p, tile, line * p->rows + row, rows, column, panel, apart ? shifted : bias);
      }
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
#undef FLOATS
#undef INTEGERS
#undef SET
