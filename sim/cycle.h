/* The cycle loop of the co-simulation: what an edge of a clock domain does.
 *
 * For each node (process, source, sink) that is not asleep: sample (its FIFOs' gates and heads go to
 * the model's ports, its combinational logic settles), evaluate (valid and ready of this edge), commit
 * (beats move between model and FIFOs, the model's clock rises). FIFOs stamp what they take with a
 * later edge, so no node sees what another did at the same edge, and their order is free.
 *
 * A node sleeps until edge `wake`. A process sleeps (is frozen) once a clock edge has left its whole
 * state, inputs included, as it was: it would stay so for ever. It wakes when a gate of a closed port
 * opens. Trying costs a copy and a comparison of the state, so a process for which it keeps failing
 * is tried less often. Sleeping cycles are all of one class and are counted when the sleep ends.
 */
#ifndef WEIR_SIM_CYCLE_H
#define WEIR_SIM_CYCLE_H

#include "sim/book.h"
#include "sim/kernel.h"
#include "sim/rtl_abi.h"

typedef struct weir_node weir_node;

typedef struct weir_link { /* a channel of the co-simulation */
    weir_fifo *fifo;
    weir_lane *lane;
    weir_node *producer, *consumer;
    uint64_t writable_from, readable_from; /* the FIFO's answers, WEIR_NEVER while unknown */
    uint32_t beat_bytes;
} weir_link;

typedef struct weir_node_port {
    weir_link *link;
    uint8_t *valid, *ready;
    void *data;
    uint64_t shown; /* input: 1 + number of the beat on `data`, 0 for none */
} weir_node_port;

struct weir_node {
    uint64_t wake; /* the node sleeps before this edge; 0: it is awake */
    weir_process_kind kind;
    uint32_t process, domain;
    uint32_t n_inputs, n_outputs;
    weir_node_port *inputs, *outputs; /* in one array, that of the inputs */
    bool blocking;                    /* as of the process */
    weir_rtl_model *model;
    weir_source_node *source;
    weir_sink_node *sink;
    bool asleep;
    weir_class class_;     /* of the latest cycle, and of all cycles of a sleep */
    uint64_t asleep_since; /* first edge of the sleep */
    uint64_t cycles[4];    /* by class */
    uint64_t asleep_cycles;
    uint32_t quiet;    /* cycles without a beat */
    uint32_t patience; /* quiet cycles before the state is compared */
    uint32_t least_patience;
    uint8_t *snapshot;
};

typedef struct weir_node_domain {
    weir_domain clock;
    weir_node **nodes;
    uint32_t n_nodes;
    uint64_t beats_seen, quiet_edges; /* edges since a beat moved anywhere */
    uint64_t next_poll;
} weir_node_domain;

typedef struct weir_cycle {
    weir_book *book;
    weir_kernel *kernel;
    weir_node_domain *domains;
    uint64_t stall_cycles;
    bool freeze;
    bool stalled;
} weir_cycle;

#define WEIR_POLL_EDGES 512 /* a large design takes a tenth of a second for a few hundred */
#define WEIR_MAX_PATIENCE 64

/* An edge function (sim/kernel.h); `context` is a weir_cycle. */
uint64_t weir_cycle_edge(void *context, uint32_t domain, uint64_t edge);

/* Shows an open gate at every port, so that a process with blocking ports raises ready and valid at
 * those that it waits for. What the ports showed is lost: for a run that is over. */
void weir_cycle_open_gates(weir_node *node);

/* Counts a sleep that is still on when the run ends after `edges` edges of the node's domain. */
void weir_cycle_close(weir_node *node, uint64_t edges);

#endif
