/* History: why every event of a replay happened when it did.
 *
 * Made from a replay's event trace. An event is a stage of an initiation of a process, a beat of a
 * source or sink, a word that leaves a free-running pipeline's skid FIFO, or the arrival of a frame.
 * For each there is one binding event before it: the latest of those that it had to wait for, the
 * process's own ones first where several are equally late. The times of stages without a port
 * operation are not in the trace: they are derived again from the recurrences of
 * traces/schedule.h, a block of initiations at a time, so that memory does not grow with the run.
 * Stages between two that matter (0, the last, those with ports) are left out: n stages take n cycles
 * forward, and hold n initiations back.
 * Units: edges of the owner's domain; picoseconds where named so. Edges must fit 32 bits.
 */
#ifndef WEIR_STUDY_HISTORY_H
#define WEIR_STUDY_HISTORY_H

#include "sim/replay.h"
#include "study/bottleneck.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_event_kind {
    WEIR_EVENT_STEP,    /* initiation `index` of `process` at its stage number `node` */
    WEIR_EVENT_BEAT,    /* beat `index` of a source or sink */
    WEIR_EVENT_LEAVES,  /* beat `index` of output `node` leaves a process of class frp */
    WEIR_EVENT_ARRIVES, /* frame `index` arrives at a source */
} weir_event_kind;

typedef struct weir_event {
    weir_event_kind kind;
    uint32_t process, node;
    uint64_t index;
} weir_event;

typedef struct weir_binding {
    weir_event before;
    weir_cause cause;
    uint32_t process, channel; /* as in weir_stretch */
    uint64_t pause_ps; /* the end of the time between the two: a pause of a source or sink */
    bool first;        /* nothing came before: `before` is not set */
} weir_binding;

typedef struct weir_history weir_history;

/* `result` has trace and times of all frames; all three are borrowed. NULL with an error where times
 * do not fit, or the net is one of an imported design: register slices, POST and LEAD
 * (traces/schedule.h) and frames that begin or end at_port are refused. */
weir_history *weir_history_new(const weir_net *net, const weir_replay_parameters *parameters,
                               const weir_replay_result *result, weir_diag *diag);
void weir_history_free(weir_history *history);

uint64_t weir_history_ps(weir_history *history, weir_event event);
/* False where no constraint explains the event's time: the trace is not of this net. */
bool weir_history_before(weir_history *history, weir_event event, weir_binding *binding);

/* The frame whose event it is (a preamble counts as frame 0), its place in the program of a frame, and
 * the same event `frames` later (earlier, where negative), a multiple of weir_net_period. */
uint64_t weir_history_frame(weir_history *history, weir_event event);
weir_event weir_history_shift(weir_history *history, weir_event event, int64_t frames);

/* The last beat of frame `frame` out of the sink that ends last. */
weir_event weir_history_last_out(weir_history *history, uint64_t frame);

#ifdef __cplusplus
}
#endif
#endif
