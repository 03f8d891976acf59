// The inner loops of the beat tracker's lattice (BarLattice in Transcription), in C so that they
// run at full speed in debug builds too.
//
// A row holds one value for each of `periods` beat periods and CL_LANES lanes, lanes innermost. The
// last CL_HALVES lanes are the half beats at the end of bars such as 7/8.
#ifndef CHARTHERO_CLATTICE_H
#define CHARTHERO_CLATTICE_H

#include <stdint.h>

#pragma clang assume_nonnull begin

#define CL_LANES 72
#define CL_HALVES 8
#define CL_KINDS 16

// How the bars that begin at one frame after one period were entered; bit k stands for the kind of
// bar k.
typedef struct {
  // The best kind of bar that ended here, of all and of the styles of 4/4.
  uint8_t best, bestCommon;
  // Kinds that follow their like, and styles of 4/4 that follow another.
  uint16_t stays, swaps;
} cl_entry;

// Which lanes and kinds of bar there are.
typedef struct {
  int32_t periods, shortest, kinds, halves;
  // The styles of 4/4: kinds commonFirst..<commonEnd.
  int32_t commonFirst, commonEnd;
  // First and last lane of each kind; the lane before each half beat.
  int32_t first[CL_KINDS], last[CL_KINDS], beforeHalf[CL_HALVES];
  // Costs of bars, by kind; bar is added to each.
  float enter[CL_KINDS], stay[CL_KINDS], bar[CL_KINDS];
  float swap;
} cl_bars;

// Turns the beats that end at a frame into those that begin there. ended: the row of that frame;
// start (CL_LANES): scores where the song begins; at most `reached` periods fit before the frame.
void cl_arrive(float *here, cl_entry *entries, const float *ended, const float *start,
               const cl_bars *bars, int32_t reached, float bonus, float barBonus);

// Lets every lane go on with another period. came: the period before, of each lane and period.
void cl_change_periods(float *here, uint8_t *came, const float *slope, int32_t periods,
                       float nudge, float jump);

// Lets a beat of every period run from a frame. ended: ring of `longest + 1` rows; bias (CL_LANES);
// perBeat, perEvent (periods); scores (periods, kinds of event, places, CL_LANES).
typedef struct {
  int32_t periods, shortest, places, eventKinds, frame;
  float temperature;
} cl_beat;

void cl_advance(float *ended, const float *here, const cl_beat *beat, const float *bias,
                const float *perBeat, const float *perEvent, const float *scores,
                const float *times, const int32_t *kinds, const float *weights, int32_t events);

// One kind of event's fit over a bar of `count` places, widened around the bar line too:
// log((1 - stray) * (densities * kernel) + stray). densities (count / sub), kernel (2 reach + 1).
void cl_widen(float *fit, int32_t count, const float *densities, int32_t sub, const float *kernel,
              int32_t reach, float stray);

#pragma clang assume_nonnull end

#endif
