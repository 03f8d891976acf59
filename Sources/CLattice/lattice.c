#include <math.h>
#include <string.h>

#include "clattice.h"

// The thread sanitizer crashes on ifuncs, so such builds take the baseline.
#if defined(__x86_64__) && defined(__linux__) && !__has_feature(thread_sanitizer) && \
    !__has_feature(address_sanitizer)
#define DISPATCHED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

#define NEVER -1e30f
#define WHOLES (CL_LANES - CL_HALVES)

// Downbeats follow the last beat of the same kind of bar, or of another.
static cl_entry enter_bars(float *here, const float *ended, const cl_bars *bars, float bonus) {
  cl_entry entry = {0, 0, 0, 0};
  float best = NEVER, bestCommon = NEVER;
  for (int32_t k = 0; k < bars->kinds; k++) {
    float score = ended[bars->last[k]];
    if (score > best) {
      best = score;
      entry.best = (uint8_t)k;
    }
    if (k >= bars->commonFirst && k < bars->commonEnd && score > bestCommon) {
      bestCommon = score;
      entry.bestCommon = (uint8_t)k;
    }
  }
  for (int32_t k = 0; k < bars->kinds; k++) {
    float score = best + bars->enter[k];
    if (k >= bars->commonFirst && k < bars->commonEnd && bestCommon + bars->swap > score) {
      score = bestCommon + bars->swap;
      entry.swaps |= (uint16_t)(1u << k);
    }
    float stay = ended[bars->last[k]] + bars->stay[k];
    if (stay >= score) {
      score = stay;
      entry.stays |= (uint16_t)(1u << k);
    }
    here[bars->first[k]] = score + bars->bar[k] + bonus;
  }
  return entry;
}

DISPATCHED void cl_arrive(float *here, cl_entry *entries, const float *ended, const float *start,
                          const cl_bars *bars, int32_t reached, float bonus, float barBonus) {
  for (int32_t p = 0; p < bars->periods; p++) {
    float *to = here + p * CL_LANES;
    const float *from = ended + p * CL_LANES;
    if (p >= reached) {
      memcpy(to, start, CL_LANES * sizeof *to);
      entries[p] = (cl_entry){0, 0, 0, 0};
      continue;
    }
    to[0] = NEVER;
    for (int i = 1; i < WHOLES; i++) to[i] = from[i - 1] + bonus;
    for (int i = WHOLES; i < CL_LANES; i++) to[i] = NEVER;
    for (int32_t h = 0; h < bars->halves; h++)
      to[WHOLES + h] = from[bars->beforeHalf[h]] + bonus;
    entries[p] = enter_bars(to, from, bars, barBonus);
  }
}

// Takes the scores of another period where they are better.
static inline __attribute__((always_inline)) void take(float *restrict score,
                                                       int32_t *restrict from,
                                                       const float *restrict other,
                                                       const int32_t *restrict origin,
                                                       float cost) {
  for (int i = 0; i < CL_LANES; i++) {
    float candidate = other[i] + cost;
    int32_t better = candidate > score[i];
    from[i] = better ? origin[i] : from[i];
    score[i] = better ? candidate : score[i];
  }
}

DISPATCHED void cl_change_periods(float *here, uint8_t *came, const float *slope,
                                  int32_t periods, float nudge, float jump) {
  float best[CL_LANES], before[CL_LANES], now[CL_LANES];
  int32_t bestFrom[CL_LANES], origin[CL_LANES];
  int32_t from[256 * CL_LANES];
  for (int i = 0; i < CL_LANES; i++) {
    best[i] = NEVER;
    before[i] = NEVER;
    bestFrom[i] = 0;
  }
  for (int32_t p = 0; p < periods; p++) {
    for (int i = 0; i < CL_LANES; i++) origin[i] = p;
    take(best, bestFrom, here + p * CL_LANES, origin, 0);
  }
  for (int32_t p = 0; p < periods; p++) {
    float *score = here + p * CL_LANES;
    int32_t *source = from + p * CL_LANES;
    memcpy(now, score, sizeof now);
    for (int i = 0; i < CL_LANES; i++) {
      source[i] = p;
      origin[i] = p - 1;
    }
    take(score, source, before, origin, nudge);
    if (p + 1 < periods) {
      for (int i = 0; i < CL_LANES; i++) origin[i] = p + 1;
      take(score, source, score + CL_LANES, origin, nudge);
    }
    take(score, source, best, bestFrom, jump);
    memcpy(before, now, sizeof before);
  }
  // Larger changes cost more the farther they go: one sweep each way.
  for (int32_t p = 1; p < periods; p++)
    take(here + p * CL_LANES, from + p * CL_LANES, here + (p - 1) * CL_LANES,
         from + (p - 1) * CL_LANES, slope[p]);
  for (int32_t p = periods - 2; p >= 0; p--)
    take(here + p * CL_LANES, from + p * CL_LANES, here + (p + 1) * CL_LANES,
         from + (p + 1) * CL_LANES, slope[p]);
  for (int32_t i = 0; i < periods * CL_LANES; i++) came[i] = (uint8_t)from[i];
}

DISPATCHED void cl_advance(float *ended, const float *here, const cl_beat *beat,
                           const float *bias, const float *perBeat, const float *perEvent,
                           const float *scores, const float *times, const int32_t *kinds,
                           const float *weights, int32_t events) {
  const int32_t row = beat->periods * CL_LANES;
  const int32_t ring = beat->shortest + beat->periods;
  for (int32_t p = 0; p < beat->periods; p++) {
    const int32_t length = beat->shortest + p, half = (length + 1) / 2;
    const float *from = here + p * CL_LANES;
    float *whole = ended + ((beat->frame + length) % ring) * row + p * CL_LANES;
    float *halves = ended + ((beat->frame + half) % ring) * row + p * CL_LANES + WHOLES;
    const float scale = (float)beat->places / (float)length;
    float sums[CL_LANES];
    for (int i = 0; i < WHOLES; i++) sums[i] = from[i] + bias[i] + perBeat[p];
    for (int i = WHOLES; i < CL_LANES; i++) sums[i] = from[i] + bias[i] + 0.5f * perBeat[p];
    for (int32_t e = 0; e < events; e++) {
      // Rounded to the nearest place, also below zero.
      int32_t place = (int32_t)((times[e] - (float)beat->frame) * scale + 16.5f) - 16;
      if (place >= beat->places) break;
      if (place < 0) continue;
      const float *fit =
          scores + ((p * beat->eventKinds + kinds[e]) * beat->places + place) * CL_LANES;
      const float weight = weights[e] * beat->temperature;
      // Half beats hear only their half; the rest of their scores is nought.
      const float constant = perEvent[p];
      for (int i = 0; i < WHOLES; i++) sums[i] += (fit[i] + constant) * weight;
      if (2 * place < beat->places)
        for (int i = WHOLES; i < CL_LANES; i++) sums[i] += (fit[i] + constant) * weight;
    }
    memcpy(whole, sums, WHOLES * sizeof *whole);
    memcpy(halves, sums + WHOLES, CL_HALVES * sizeof *halves);
  }
}

DISPATCHED void cl_widen(float *fit, int32_t count, const float *densities, int32_t sub,
                         const float *kernel, int32_t reach, float stray) {
  for (int32_t i = 0; i < count; i++) fit[i] = 0;
  for (int32_t place = 0; place < count / sub; place++)
    for (int32_t k = 0; k <= 2 * reach; k++)
      fit[(place * sub + k - reach + 2 * count) % count] += densities[place] * kernel[k];
  for (int32_t i = 0; i < count; i++) fit[i] = logf((1 - stray) * fit[i] + stray);
}
