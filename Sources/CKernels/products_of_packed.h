// The products of one kind on one instruction set. products.c includes this file once for each,
// with these defined:
//   NAME(x)           its own name for x
//   TARGET            the attribute that lets the compiler use the instructions
//   VECTOR, LANES     a vector of 32-bit lanes, and how many they are
//   VECTORS           vectors of outputs in a tile: 6 rows of them, their weights and an input must
//                     fit into the registers
//   ZERO(), LOAD(p), STORE(p, v), BROADCAST(p)
//   DOT(sum, x, w)    adds the products of one group of inputs and weights to every lane
//   INTEGERS          1 where the sums are integers, to be scaled

// tile (rows, PANEL) = the sums of `rows` rows of inputs for `vectors` vectors of outputs. Both are
// constants wherever this is inlined, so that the sums stay in registers.
INLINE TARGET void NAME(tile)(char *tile, const struct ck_product *p, const char *inputs,
                              const char *weights, ptrdiff_t panel, int rows, int vectors) {
  VECTOR sums[TILE_ROWS][VECTORS];
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

INLINE TARGET void NAME(rows)(char *tile, const struct ck_product *p, const char *inputs,
                              const char *weights, ptrdiff_t panel, ptrdiff_t rows, int vectors) {
  switch (rows) {
    case 1: NAME(tile)(tile, p, inputs, weights, panel, 1, vectors); break;
    case 2: NAME(tile)(tile, p, inputs, weights, panel, 2, vectors); break;
    case 3: NAME(tile)(tile, p, inputs, weights, panel, 3, vectors); break;
    case 4: NAME(tile)(tile, p, inputs, weights, panel, 4, vectors); break;
    case 5: NAME(tile)(tile, p, inputs, weights, panel, 5, vectors); break;
    default: NAME(tile)(tile, p, inputs, weights, panel, TILE_ROWS, vectors); break;
  }
}

// The tile of all outputs of a panel, as many vectors at a time as there are registers for.
INLINE TARGET void NAME(sums)(char *tile, const struct ck_product *p, const char *inputs,
                              const char *weights, ptrdiff_t panel, ptrdiff_t rows) {
  for (ptrdiff_t done = 0; done < panel; done += VECTORS * LANES) {
    const char *own = weights + done * 4;
    char *to = tile + done * 4;
    switch ((panel - done) / LANES) {
#if VECTORS > 2
      case 1: NAME(rows)(to, p, inputs, own, panel, rows, 1); break;
      case 2: NAME(rows)(to, p, inputs, own, panel, rows, 2); break;
      case 3: NAME(rows)(to, p, inputs, own, panel, rows, 3); break;
#endif
      default: NAME(rows)(to, p, inputs, own, panel, rows, VECTORS); break;
    }
  }
}

TARGET static void NAME(product)(const struct ck_product *p) {
  _Alignas(64) char tile[TILE_ROWS * PANEL * 4];
  const char *weights = p->weights;
  for (ptrdiff_t column = 0; column < p->outputs; column += PANEL) {
    ptrdiff_t panel = panel_width(p->outputs - column);
    const char *next = weights + p->segments * p->groups * panel * 4;
    // The next panel comes into the second-level cache while this one is used.
    ptrdiff_t share = column + PANEL < p->outputs
                          ? (next - weights) / ((p->rows + TILE_ROWS - 1) / TILE_ROWS)
                          : 0;
    const char *ahead = next;
    for (ptrdiff_t row = 0; row < p->rows; row += TILE_ROWS, ahead += share) {
      for (ptrdiff_t i = 0; i < share; i += 64) __builtin_prefetch(ahead + i, 0, 2);
      ptrdiff_t rows = p->rows - row < TILE_ROWS ? p->rows - row : TILE_ROWS;
      NAME(sums)(tile, p, (const char *)p->inputs + row * p->row_stride, weights, panel, rows);
      finish_tile(p, tile, INTEGERS, row, rows, column, panel);
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
#undef INTEGERS
