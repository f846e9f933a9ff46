/* Pace: how long a frame takes each process by itself, and nets in which one goes at another pace. */
#ifndef WEIR_STUDY_PACE_H
#define WEIR_STUDY_PACE_H

#include "study/bottleneck.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cycles of a frame of a process that waits for nobody. */
uint64_t weir_schedule_cycles(const weir_schedule *schedule);
/* Initiations of a frame that have operations: what weir_schedule_paced cannot go below. */
uint64_t weir_schedule_working(const weir_schedule *schedule);

/* The longest that any process, source or sink by itself needs for a frame, pauses counted: no interval
 * is shorter, and without feedback none longer where FIFOs are deep. */
uint64_t weir_net_slowest_ps(const weir_net *net, const weir_replay_parameters *parameters);

/* Does any source or sink pause? */
bool weir_net_pauses(const weir_net *net, const weir_replay_parameters *parameters);

/* Beats of a channel in one of the frames that it carries. */
uint64_t weir_net_frame_beats(const weir_net *net, uint32_t channel);

/* A copy of `net` in which process `process` has another schedule. */
weir_net *weir_net_rescheduled(const weir_net *net, uint32_t process,
                               const weir_schedule *schedule);

/* What processes without inputs send to `process` (a layer's weights) would be fewer beats if it did its
 * work in fewer steps. A copy of `net` in which they send nothing and it does not read it; NULL if
 * there are none. */
typedef struct weir_unfed {
    weir_net *net;
    uint32_t n_schedules;
    weir_schedule **schedules; /* of the net's own */
} weir_unfed;
weir_unfed *weir_net_unfed(const weir_net *net, uint32_t process);
void weir_unfed_free(weir_unfed *unfed);

/* How a steady interval was found. */
typedef enum weir_steady_by {
    WEIR_STEADY_NOT,
    WEIR_STEADY_AS_GIVEN, /* the run itself is steady */
    WEIR_STEADY_PACED, /* with frames that arrive at the pace of the slowest process; no interval is
                             shorter than that, and if longer, arrivals do not matter */
    WEIR_STEADY_BOUND, /* with frames that arrive as the last ones left: no longer than that */
} weir_steady_by;

/* The steady interval where frames arrive as fast as they can may show late, as FIFOs before the
 * bottleneck fill up first, perhaps by less than a beat a frame. It can be had from a run in which
 * they arrive at that interval. `steady`: the parameters that did it. */
weir_steady_by weir_net_steady(const weir_net *net, const weir_replay_parameters *parameters,
                               weir_replay_parameters *steady, weir_replay_answer *answer,
                               weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
