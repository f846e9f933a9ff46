/* Accuracy of points that change numbers, by the integer reference, which the RTL equals beat by beat:
 * the share of positions (one a frame, for a network whose output is a vector) whose class is the
 * expected one. A class is the channel of the largest value; of one channel, whether it reaches 1/2.
 *
 * Expected are labels from a file (a number a position, or a value a class), or, where there is none,
 * what the float network of the study's design answers. Features are frames as `weir run` takes them.
 * What has been worked out for one set of numbers (types, weights) is kept for all points that have
 * the same.
 */
#ifndef WEIR_STUDY_ACCURACY_H
#define WEIR_STUDY_ACCURACY_H

#include "hls/compile.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_labelled weir_labelled;

/* `labels` NULL: the float network's answers. NULL with diagnostics. */
weir_labelled *weir_labelled_load(const weir_network *network, const char *features,
                                  const char *labels, weir_diag *diag);
void weir_labelled_free(weir_labelled *labelled);

/* May be called by several threads at once. `source` becomes "labels" or "float". */
double weir_labelled_accuracy(weir_labelled *labelled, const weir_compiled *compiled,
                              const char **source);

#ifdef __cplusplus
}
#endif
#endif
