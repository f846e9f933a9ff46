/* Stimulus: the frames that a source plays and when they arrive.
 *
 * Frames are float tensors of the network's input shape, in the order of the input file (flat,
 * `elements` values a frame). Formats: .npy (float32/float64/integers, C order, either one frame or
 * a leading frame axis), whitespace-separated text with one frame a line, or seeded random frames
 * (uniform in -1 .. 1 by splitmix64, so that a seed means the same everywhere).
 * Arrival times are picoseconds, one a frame, non-decreasing: as fast as possible (all 0), a fixed
 * frame period, or a text file of times.
 */
#ifndef WEIR_TRACES_STIMULUS_H
#define WEIR_TRACES_STIMULUS_H

#include "base/diag.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_frames {
    uint64_t count;    /* frames */
    uint64_t elements; /* values a frame */
    float *values;     /* count x elements */
} weir_frames;

/* `limit` 0: all frames of the file, else the first `limit` (an error if there are fewer). */
bool weir_frames_load(weir_frames *frames, const char *path, uint64_t elements, uint64_t limit,
                      weir_diag *diag);
void weir_frames_random(weir_frames *frames, uint64_t count, uint64_t elements, uint64_t seed);
void weir_frames_free(weir_frames *frames);

/* Arrival times of `count` frames into `times_ps` (count entries); a periodic one that 64 bits cannot
 * hold is UINT64_MAX. */
void weir_arrival_periodic(uint64_t *times_ps, uint64_t count, uint64_t period_ps);
bool weir_arrival_load(uint64_t *times_ps, uint64_t count, const char *path, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
