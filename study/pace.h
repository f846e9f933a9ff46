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

/* Beats of a channel in a frame. */
uint64_t weir_net_frame_beats(const weir_net *net, uint32_t channel);

/* A copy of `net` in which process `process` has another schedule. */
weir_net *weir_net_rescheduled(const weir_net *net, uint32_t process,
                               const weir_schedule *schedule);

/* The parameters with which the steady state shows soonest: those given, or, where frames arrive as
 * fast as they can and FIFOs before the bottleneck take long to fill, frames that arrive at the pace of
 * the slowest process. The interval is the same: it is never shorter than that pace, and longer only
 * where the source waits, so that arrivals do not matter. False where no steady state shows;
 * `answer` then tells of the parameters as they are. */
bool weir_net_steady(const weir_net *net, const weir_replay_parameters *parameters,
                     weir_replay_parameters *steady, weir_replay_answer *answer, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
