/* The compiled form of a net, shared by the scalar replay and the batched one.
 *
 * weir_net_new makes it once: every process's loop program without useless nodes, its sets resolved to
 * channels. Nothing here depends on the parameters of a run, and nothing changes after it is made.
 * A program is in preorder, as in traces/schedule.h: loops [first, frame) are the preamble, [frame,
 * end) a frame, again and again. In what is compiled every count is at least 1, every inner node
 * repeats at least twice, and a body is never a single leaf. A program may be empty (first == end).
 * Duplicate operations of a set are one; an ACQUIRE (RESERVE) beside a READ (WRITE) of the same port
 * adds nothing and is left out.
 */
#ifndef WEIR_SIM_REPLAY_NET_H
#define WEIR_SIM_REPLAY_NET_H

#include "sim/replay.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_net_operation {
    uint32_t channel;
    uint32_t stage; /* 0 where lockstep */
    bool moves;     /* READ, WRITE or POST; else ACQUIRE or RESERVE, which only wait */
    bool apart;     /* of the half with the POST, in a set that has one */
} weir_net_operation;

typedef enum weir_net_shape {
    WEIR_SHAPE_EMPTY,
    WEIR_SHAPE_READ,    /* one READ, of channel `in` */
    WEIR_SHAPE_WRITE,   /* one WRITE, of channel `out` */
    WEIR_SHAPE_PASS,    /* one READ and one WRITE */
    WEIR_SHAPE_GENERAL, /* whatever else */
} weir_net_shape;

typedef struct weir_net_set {
    weir_net_shape shape;
    uint32_t in, out; /* channels, where the shape says so */
    uint32_t n_reads, n_writes;
    bool halves; /* it has a POST or LEAD, and is done in two halves; lockstep alone */
    bool leads;  /* the second half waits for the first */
    const weir_net_operation *reads;  /* of input ports, in order of port */
    const weir_net_operation *writes; /* of output ports, in order of port */
} weir_net_set;

typedef struct weir_net_loop {
    uint64_t count;
    uint32_t set;    /* of a leaf; WEIR_NONE: an inner node */
    uint32_t end;    /* index after its body; of a leaf, after itself */
    uint32_t closes; /* of a leaf: how many enclosing nodes end with it */
} weir_net_loop;

typedef struct weir_net_node { /* a process, source or sink */
    weir_process_kind kind;
    uint32_t domain;
    /* A pass of the program is `turns` of the net's frames, of which the process has `own`, number
     * turns * pass + first and on: copies that take turns have one, who deals to them has all. */
    uint32_t turns, own, first;
    uint32_t n_inputs, n_outputs;
    const uint32_t *inputs, *outputs; /* channel at each port */
    /* of a PROCESS: */
    weir_timing_class timing; /* UNKNOWN is replayed as LOCKSTEP */
    uint32_t stages;
    uint64_t ii_cycles, start;
    bool plain; /* ELASTIC with all reads at stage 0 and all writes at stage `stages` - 1 */
    const weir_net_loop *loops; /* of this node; indices count from its first */
    uint32_t frame, end;        /* preamble [0, frame), frame [frame, end) */
    bool reads;                 /* its program has a READ or ACQUIRE */
    /* Frames are no bound to it: space alone is, as it has none but a drained input; or its inputs,
     * as it deals to copies, or collects, and reads in each initiation. */
    bool unbound;
    uint32_t nesting; /* most inner nodes around a leaf */
    const weir_net_set *sets;
    uint32_t n_sets;
} weir_net_node;

struct weir_net {
    char *name;
    uint32_t n_domains, n_processes, n_channels;
    weir_net_process *processes;
    weir_net_channel *channels;
    weir_net_node *nodes;   /* one a process */
    uint32_t *slice_in;     /* of each channel, beats of a register slice at its reader */
    uint32_t *slice_out;    /* and at its writer; 0: none */
    bool scalar;            /* it has what only the scalar replay can do: halves or slices */
    uint64_t *frame_writes; /* of each channel, in a pass of the one and the other process */
    uint64_t *frame_reads;
    uint64_t *preamble_writes; /* before the first */
    uint64_t *preamble_reads;
    uint32_t n_sources, n_sinks;
    uint32_t *sources, *sinks; /* processes */
    struct weir_arena *arena;  /* holds all of this */
};

/* Beats of one of a channel's own frames. */
static inline uint64_t weir_net_own_beats(const weir_net_channel *channel,
                                          const weir_net_node *node, uint64_t of_pass) {
    uint32_t step = channel->frame_step > 1 ? channel->frame_step : 1;
    return of_pass * step / node->turns;
}

/* What a run may not be given: false with a diagnostic for each. */
bool weir_replay_check(const weir_net *net, const weir_replay_parameters *parameters,
                       weir_diag *diag);
bool weir_net_crosses(const weir_net *net, uint32_t channel);

#ifdef __cplusplus
}
#endif
#endif
