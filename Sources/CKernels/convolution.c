#include "common.h"

DISPATCHED void ck_depthwise(float *restrict y, const float *restrict x, const float *restrict w,
                             const float *restrict bias, ptrdiff_t time, ptrdiff_t channels,
                             ptrdiff_t taps) {
  ptrdiff_t reach = taps / 2;
  for (ptrdiff_t t = 0; t < time; t++) {
    float *row = y + t * channels;
    for (ptrdiff_t c = 0; c < channels; c++) row[c] = bias[c];
    for (ptrdiff_t k = 0; k < taps; k++) {
      ptrdiff_t source = t + k - reach;
      if (source < 0 || source >= time) continue;
      const float *in = x + source * channels, *tap = w + k * channels;
      for (ptrdiff_t c = 0; c < channels; c++) row[c] += tap[c] * in[c];
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
