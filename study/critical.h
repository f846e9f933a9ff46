/* The critical path of a frame and the critical cycle of the steady state, by walking back through
 * a history (study/history.h). */
#ifndef WEIR_STUDY_CRITICAL_H
#define WEIR_STUDY_CRITICAL_H

#include "study/bottleneck.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills both; `interval->frames` 0 where no steady state was found in `parameters->frames` frames.
 * `latency` may be NULL. False with an error where no frame left. */
bool weir_critical_find(const weir_net *net, const weir_replay_parameters *parameters,
                        weir_critical *latency, weir_critical *interval, weir_diag *diag);
void weir_critical_free(weir_critical *critical);

/* What takes over when what has the largest share of `interval` is relaxed (study/next.c). */
weir_next weir_next_find(const weir_net *net, const weir_replay_parameters *parameters,
                         const weir_critical *interval, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
