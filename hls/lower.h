/* Lowering: from the layers of a network to stream processes.
 *
 * The plan lists the processes in order of the data, source first and sink last, each with its
 * operator (kind NULL for source and sink), clock domain and where its inputs come from. A layer
 * becomes: conv -> window (unless 1x1) + matvec; pooling -> window + pool; dense -> matvec; with
 * width converters where the lanes of neighbours do not fit. Names: the process that does the
 * layer's arithmetic has the layer's name; helpers are <layer>_window and <layer>_width.
 *
 * Where a layer's process is wanted in copies: <layer>_distribute, <layer>_copy0, ..., and
 * <layer>_collect in its place. A product that is split becomes several (lower_split.c), several that
 * share a block become one, with a port for each (lower_share.c).
 *
 * A depthwise convolution is window + depthwise. A tensor with several readers gets a <layer>_fork.
 * A Quant node becomes the output type of the process before it where that is exact, else a process.
 *
 * Folding chosen by size where the design leaves it open: up to WEIR_LATENCY_LIMIT multiplications
 * a vector the latency strategy, above it the resource strategy with the smallest reuse factor that
 * needs at most WEIR_MULTIPLIER_LIMIT multipliers. A beat is at most WEIR_BEAT_LIMIT bits wide
 * where the lanes can be chosen.
 */
#ifndef WEIR_HLS_LOWER_H
#define WEIR_HLS_LOWER_H

#include "hls/design.h"
#include "hls/operators.h"

#define WEIR_LATENCY_LIMIT 512
#define WEIR_MULTIPLIER_LIMIT 128
#define WEIR_BEAT_LIMIT 1024
#define WEIR_WINDOW_LIMIT 4096 /* bits of a window beat */

typedef struct weir_plan_edge { /* an output port of a node */
    uint32_t node, port;
} weir_plan_edge;

typedef struct weir_plan_node {
    weir_operator op;
    weir_process_kind kind;
    uint32_t layer; /* of the network */
    uint32_t domain;
    /* What feeds each input. Nodes come after their inputs, but for one of members that take turns
     * (op.kind->turns), which comes after those of its first member. */
    weir_plan_edge in[WEIR_MAX_PORTS];
    uint32_t depth[WEIR_MAX_PORTS];  /* least depth of each input's channel; 0: the design's */
    weir_fixed type;                 /* of a source: how real values become integers */
    const char *const *output_names; /* NULL: outputs have the process's name and their number */
    /* Of a copy that takes whole frames in turn: its frames are number frame_first of the network's,
     * and every frame_step-th after it; 0: all. */
    uint32_t frame_step, frame_first;
    uint32_t same_as; /* 1 + the node that sends the same for the same frame; 0: none */
} weir_plan_node;

typedef struct weir_plan {
    uint32_t n_nodes, room;
    weir_plan_node *nodes;
    uint32_t n_domains; /* the design's, and those of the slots of packed memories */
    const weir_domain *domains;
    /* What an output integer v of channel c stands for: scale[c] * (v * 2^-fraction - zero). */
    const double *output_scale; /* NULL: 1 */
    double output_zero;
} weir_plan;

/* Fills the plan; all memory from the arena. False with diagnostics. */
bool weir_lower(const weir_design *design, weir_arena *arena, weir_plan *plan, weir_diag *diag);

/* The most steps a frame that meet an interval target: 1/50 more than the target, which padding and
 * the like may cost; without a target, no limit. */
uint64_t weir_step_limit(uint64_t target_cycles);

uint64_t weir_common_divisor(uint64_t a, uint64_t b); /* the greatest; of a and 0: a */

/* How a matrix-vector product of `inputs` x `outputs` is folded. */
typedef struct weir_folding {
    bool latency;
    bool gather; /* the whole vector must come in one beat */
    uint32_t pe, simd;
} weir_folding;

typedef struct weir_fold_spec {
    const char *layer;
    uint32_t inputs, outputs; /* of a vector */
    uint32_t lanes;           /* elements of a vector that arrive in a beat */
    uint64_t vectors;         /* a frame */
    uint64_t target_cycles;   /* 0: none */
} weir_fold_spec;

/* Chooses the folding; refuses a reuse factor, PE or SIMD that does not divide, naming what is
 * allowed. With a target: the fewest multipliers that meet it. */
bool weir_fold(const weir_fold_spec *spec, const weir_layer_settings *settings,
               weir_folding *folding, weir_diag *diag);

/* Lanes of a stream of `channels`, `positions` of them a frame: with a target the fewest that meet
 * it, else as many as WEIR_BEAT_LIMIT allows; a multiple of `unit`. 0 if the target cannot be met. */
uint32_t weir_fold_lanes(uint32_t channels, uint32_t unit, uint64_t positions, int width,
                         uint64_t target_cycles);

#endif
