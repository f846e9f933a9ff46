/* Past: the times of one process's initiations, block by block, from an event trace.
 *
 * `values` of a row (initiation) are the edges of its nodes: the stages that matter, in order; of a
 * process of class lockstep or frp one, when it happens (issues). UNKNOWN_EDGE: it did not happen.
 */
#ifndef WEIR_STUDY_PAST_H
#define WEIR_STUDY_PAST_H

#include "sim/replay_cursor.h"

#ifdef __cplusplus
extern "C" {
#endif

#define UNKNOWN_EDGE UINT32_MAX

typedef struct past_operation {
    uint32_t channel, stage, node;
    uint32_t slot; /* of the beat counts: input ports, then output ports */
    bool moves, reads;
} past_operation;

typedef struct past_set {
    const past_operation *operations;
    uint32_t count;
} past_set;

typedef struct past_row { /* one initiation of a block */
    uint64_t index;
    const uint32_t *values; /* of its nodes; values[-n_nodes * d] is d rows before, d <= reach */
    const uint32_t *beats;  /* of each slot, before it */
    const past_set *set;
    const uint32_t *issue_row, *issue_beat; /* frp, of each output: the C-th latest release before;
                                               row UNKNOWN_EDGE: none, beat UNKNOWN_EDGE: the row
                                               did not write */
} past_row;

/* What the gates and the trace are made of, shared by all processes. */
typedef struct past_source {
    const weir_net *net;
    const weir_replay_parameters *parameters;
    const weir_trace *trace;
    uint64_t frames;
} past_source;

typedef struct past past;

past *past_new(const past_source *source, uint32_t process);
void past_free(past *p);

const weir_net_node *past_node(const past *p);
uint32_t past_nodes(const past *p);
const uint32_t *past_stages(const past *p); /* of each node */
uint64_t past_frame_rows(const past *p);
uint64_t past_preamble_rows(const past *p);

/* Valid until the next two calls for this process. */
past_row past_row_at(past *p, uint64_t index);
/* The initiation that moved beat `beat` of a slot. */
uint64_t past_row_of(past *p, uint32_t slot, uint64_t beat);

/* Earliest edge of a read or write by its gate, 0 where there is none; UNKNOWN_EDGE: the other side's
 * event did not happen. `other`: that event's beat, UINT64_MAX where there is none. */
uint32_t past_gate(const past_source *source, uint32_t channel, bool reads, uint64_t beat,
                   uint64_t *other);
uint32_t past_moved(const past_source *source, uint32_t channel, bool reads, uint64_t beat);

#ifdef __cplusplus
}
#endif
#endif
