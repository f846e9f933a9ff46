/* The schedule of an operator: its steps as initiations of an ELASTIC process (hls/operator.h).
 *
 * Initiation i of a frame does the port operations that the kind's step(i) names, reads at stage 0,
 * writes at stage `stages` - 1; ii_cycles is 1, as a step may follow a step in the next cycle.
 */
#ifndef WEIR_HLS_SCHEDULE_H
#define WEIR_HLS_SCHEDULE_H

#include "hls/operator.h"
#include "traces/schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The caller frees. */
weir_schedule *weir_operator_schedule(const weir_operator *op);

#ifdef __cplusplus
}
#endif
#endif
