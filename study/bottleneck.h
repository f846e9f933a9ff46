/* Bottleneck: what binds, from the replay.
 *
 * Every event of a replay has a binding constraint: the step before it in the same process, a beat
 * that came late, space that came late, the outside. From the last output of a frame the walk goes
 * back along them, and each stretch of time has a cause: it makes up the frame's latency. Followed
 * over frames in the steady state the walk closes to the critical cycle: its length over its frames
 * is the interval, and its stretches say what the interval is made of.
 * "Next": what takes over when the cause with the largest share is relaxed, and what the interval
 * then is; each change is a thing that a user can do, and the prediction is itself replayed.
 * Times in ps; shares of 0 .. 1 add up to 1.
 */
#ifndef WEIR_STUDY_BOTTLENECK_H
#define WEIR_STUDY_BOTTLENECK_H

#include "sim/replay.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_cause {
    WEIR_CAUSE_COMPUTE,  /* initiations and stages of a process */
    WEIR_CAUSE_TRANSFER, /* a beat's way through a FIFO (forward latency, waiting for nobody) */
    WEIR_CAUSE_SPACE,    /* a slot's way back: the process waited for space in a FIFO */
    WEIR_CAUSE_CROSSING, /* synchronisers between two clocks */
    WEIR_CAUSE_OUTSIDE,  /* arrival of a frame, pauses of source and sink */
} weir_cause;
const char *weir_cause_name(weir_cause cause);

typedef struct weir_stretch {
    weir_cause cause;
    uint32_t process, channel; /* WEIR_NONE where it has none */
    uint64_t ps;               /* in all */
    double share;
} weir_stretch;

typedef struct weir_critical { /* stretches with the largest first */
    uint64_t ps, frames;
    uint32_t n_stretches;
    weir_stretch *stretches;
    uint32_t n_channels_full; /* channels whose space lies on it */
    uint32_t *channels_full;
} weir_critical;

typedef enum weir_change_kind {
    WEIR_CHANGE_PROCESS, /* the process needs at most `value` cycles a frame */
    WEIR_CHANGE_DEPTH,   /* the channel's depth becomes `value` */
    WEIR_CHANGE_SOURCE,  /* frames arrive every `value` ps */
    WEIR_CHANGE_NONE,    /* nothing that helps alone is known */
} weir_change_kind;

typedef struct weir_next {
    weir_change_kind kind;
    uint32_t process, channel;
    uint64_t from, value; /* cycles a frame, beats, or ps: now, and where the next takes over */
    uint64_t interval_ps; /* then, per `frames` */
    uint64_t frames;
    uint32_t next_process; /* with the largest share of the interval then; WEIR_NONE: the outside */
} weir_next;

typedef struct weir_bottleneck {
    weir_critical latency;  /* of the first frame: frames = 1 */
    weir_critical interval; /* frames = 0: no steady state was found */
    weir_next next;
} weir_bottleneck;

/* `parameters->frames` is the most that is replayed to find the steady state. NULL with diagnostics
 * where nothing can be said (a deadlock before the first frame has left). */
weir_bottleneck *weir_bottleneck_find(const weir_net *net, const weir_replay_parameters *parameters,
                                      weir_diag *diag);
void weir_bottleneck_free(weir_bottleneck *bottleneck);

/* The schedule of a process that needs `cycles` a frame, and does the same operations in the same order:
 * initiations without operations are left out, or added, evenly. NULL: so few cannot be. */
weir_schedule *weir_schedule_paced(const weir_schedule *schedule, uint64_t cycles);

#ifdef __cplusplus
}
#endif
#endif
