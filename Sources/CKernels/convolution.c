#include "common.h"

DISPATCHED void ck_depthwise(float *restrict y, const float *restrict x, const float *restrict w,
                             const float *restrict bias, ptrdiff_t time, ptrdiff_t channels,
                             ptrdiff_t taps, ptrdiff_t first, ptrdiff_t last) {
  // So many channels at a time have their sums in registers.
  enum { MANY = 64 };
  ptrdiff_t reach = taps / 2;
  for (ptrdiff_t t = first; t < last; t++) {
    ptrdiff_t from = t < reach ? reach - t : 0;
    ptrdiff_t to = t + taps - reach > time ? time + reach - t : taps;
    const float *in = x + (t - reach) * channels;
    ptrdiff_t c = 0;
    for (; c + MANY <= channels; c += MANY) {
      float sums[MANY];
      for (int i = 0; i < MANY; i++) sums[i] = bias[c + i];
      for (ptrdiff_t k = from; k < to; k++)
        for (int i = 0; i < MANY; i++)
          sums[i] += w[k * channels + c + i] * in[k * channels + c + i];
      for (int i = 0; i < MANY; i++) y[t * channels + c + i] = sums[i];
    }
    for (; c < channels; c++) {
      float sum = bias[c];
      for (ptrdiff_t k = from; k < to; k++) sum += w[k * channels + c] * in[k * channels + c];
      y[t * channels + c] = sum;
    }
  }
}

DISPATCHED void ck_depthwise_backward(float *restrict dx, float *restrict dw,
                                      float *restrict dbias, const float *restrict x,
                                      const float *restrict w, const float *restrict dy,
                                      ptrdiff_t time, ptrdiff_t channels, ptrdiff_t taps) {
  ptrdiff_t reach = taps / 2;
  for (ptrdiff_t t = 0; t < time; t++) {
    float *row = dx + t * channels;
    for (ptrdiff_t c = 0; c < channels; c++) row[c] = 0.0f;
    const float *own = dy + t * channels;
    for (ptrdiff_t c = 0; c < channels; c++) dbias[c] += own[c];
    for (ptrdiff_t k = 0; k < taps; k++) {
      // Output `target` read this input through tap k.
      ptrdiff_t target = t - k + reach;
      if (target < 0 || target >= time) continue;
      const float *g = dy + target * channels, *tap = w + k * channels, *in = x + t * channels;
      float *restrict dtap = dw + k * channels;
      for (ptrdiff_t c = 0; c < channels; c++) {
        row[c] += tap[c] * g[c];
        dtap[c] += in[c] * g[c];
      }
    }
  }
}

// For each output (t, f) three stretches of three neighbouring bins, which lie side by side in
// memory because the channels come last: the copy is long and straight except at the border.
void ck_patches(float *restrict columns, const float *restrict x, ptrdiff_t time, ptrdiff_t bins,
                ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t last) {
  ptrdiff_t outBins = (bins + stride - 1) / stride, stretch = 3 * channels;
  for (ptrdiff_t t = first; t < last; t++) {
    for (ptrdiff_t f = 0; f < outBins; f++) {
      float *patch = columns + ((t - first) * outBins + f) * 3 * stretch;
      ptrdiff_t bin = f * stride - 1;
      for (ptrdiff_t k = 0; k < 3; k++, patch += stretch) {
        ptrdiff_t source = t + k - 1;
        if (source < 0 || source >= time) {
          memset(patch, 0, (size_t)stretch * sizeof(float));
          continue;
        }
        const float *row = x + source * bins * channels;
        if (bin >= 0 && bin + 3 <= bins) {
          memcpy(patch, row + bin * channels, (size_t)stretch * sizeof(float));
          continue;
        }
        for (ptrdiff_t j = 0; j < 3; j++) {
          if (bin + j < 0 || bin + j >= bins)
            memset(patch + j * channels, 0, (size_t)channels * sizeof(float));
          else
            memcpy(patch + j * channels, row + (bin + j) * channels,
                   (size_t)channels * sizeof(float));
        }
      }
    }
  }
}

DISPATCHED void ck_patches_backward(float *restrict dx, const float *restrict columns,
                                    ptrdiff_t time, ptrdiff_t bins, ptrdiff_t channels,
                                    ptrdiff_t stride, ptrdiff_t first, ptrdiff_t last) {
  ptrdiff_t outBins = (bins + stride - 1) / stride, stretch = 3 * channels;
  for (ptrdiff_t t = first; t < last; t++) {
    for (ptrdiff_t f = 0; f < outBins; f++) {
      const float *patch = columns + ((t - first) * outBins + f) * 3 * stretch;
      ptrdiff_t bin = f * stride - 1;
      ptrdiff_t from = bin < 0 ? channels : 0;
      ptrdiff_t to = bin + 3 > bins ? (bins - bin) * channels : stretch;
      for (ptrdiff_t k = 0; k < 3; k++, patch += stretch) {
        ptrdiff_t source = t + k - 1;
        if (source < 0 || source >= time) continue;
        float *row = dx + (source * bins + bin) * channels;
        for (ptrdiff_t c = from; c < to; c++) row[c] += patch[c];
      }
    }
  }
}

void ck_swap(float *restrict y, const float *restrict x, ptrdiff_t a, ptrdiff_t b,
             ptrdiff_t columns) {
  for (ptrdiff_t i = 0; i < a; i++)
    for (ptrdiff_t j = 0; j < b; j++)
      memcpy(y + (j * a + i) * columns, x + (i * b + j) * columns,
             (size_t)columns * sizeof(float));
}

// The part [from, to) of a window of `size` that lies within [0, n) when it begins at `start`.
INLINE void window_part(ptrdiff_t start, ptrdiff_t size, ptrdiff_t n, ptrdiff_t *from,
                        ptrdiff_t *to) {
  *from = start < 0 ? -start : 0;
  *to = start + size > n ? n - start : size;
  if (*from > size) *from = size;
  if (*to < *from) *to = *from;
}

void ck_windows(float *restrict y, const float *restrict x, ptrdiff_t rows, ptrdiff_t columns,
                ptrdiff_t height, ptrdiff_t width, ptrdiff_t rowStep, ptrdiff_t columnStep) {
  ptrdiff_t top = (height - rowStep) / 2, left = (width - columnStep) / 2, from, to;
  for (ptrdiff_t r = -top; r + top < rows; r += rowStep)
    for (ptrdiff_t c = -left; c + left < columns; c += columnStep) {
      window_part(c, width, columns, &from, &to);
      for (ptrdiff_t k = 0; k < height; k++, y += width) {
        if (r + k < 0 || r + k >= rows) {
          memset(y, 0, (size_t)width * sizeof(float));
          continue;
        }
        for (ptrdiff_t j = 0; j < from; j++) y[j] = 0.0f;
        memcpy(y + from, x + (r + k) * columns + c + from, (size_t)(to - from) * sizeof(float));
        for (ptrdiff_t j = to; j < width; j++) y[j] = 0.0f;
      }
    }
}

DISPATCHED void ck_windows_backward(float *restrict dx, const float *restrict dy, ptrdiff_t rows,
                                    ptrdiff_t columns, ptrdiff_t height, ptrdiff_t width,
                                    ptrdiff_t rowStep, ptrdiff_t columnStep) {
  ptrdiff_t top = (height - rowStep) / 2, left = (width - columnStep) / 2, from, to;
  for (ptrdiff_t r = -top; r + top < rows; r += rowStep)
    for (ptrdiff_t c = -left; c + left < columns; c += columnStep) {
      window_part(c, width, columns, &from, &to);
      for (ptrdiff_t k = 0; k < height; k++, dy += width) {
        if (r + k < 0 || r + k >= rows) continue;
        float *restrict row = dx + (r + k) * columns + c;
        for (ptrdiff_t j = from; j < to; j++) row[j] += dy[j];
      }
    }
}

DISPATCHED void ck_maximum(float *restrict y, const float *restrict x, ptrdiff_t rows,
                           ptrdiff_t bins, ptrdiff_t channels, ptrdiff_t pool) {
  for (ptrdiff_t r = 0; r < rows; r++, x += bins * channels)
    for (ptrdiff_t f = 0; f < bins; f += pool, y += channels) {
      const float *group = x + f * channels;
      ptrdiff_t members = f + pool > bins ? bins - f : pool;
      for (ptrdiff_t c = 0; c < channels; c++) y[c] = group[c];
      for (ptrdiff_t k = 1; k < members; k++)
        for (ptrdiff_t c = 0; c < channels; c++) {
          float value = group[k * channels + c];
          y[c] = value > y[c] ? value : y[c];
        }
    }
}

DISPATCHED void ck_maximum_backward(float *restrict dx, const float *restrict x,
                                    const float *restrict y, const float *restrict dy,
                                    ptrdiff_t rows, ptrdiff_t bins, ptrdiff_t channels,
                                    ptrdiff_t pool) {
  for (ptrdiff_t r = 0; r < rows; r++, x += bins * channels, dx += bins * channels)
    for (ptrdiff_t f = 0; f < bins; f += pool, y += channels, dy += channels) {
      ptrdiff_t members = f + pool > bins ? bins - f : pool;
      const float *group = x + f * channels;
      float *restrict own = dx + f * channels;
      for (ptrdiff_t c = 0; c < channels; c++) {
        // The first of equals takes all, as in PyTorch.
        float left = dy[c];
        for (ptrdiff_t k = 0; k < members; k++) {
          int wins = group[k * channels + c] == y[c];
          own[k * channels + c] = wins ? left : 0.0f;
          left = wins ? 0.0f : left;
        }
      }
    }
}
