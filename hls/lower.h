/* Lowering: from the layers of a network to stream processes.
 *
 * The plan lists the processes in order of the data, source first and sink last, each with its
 * operator (kind NULL for source and sink), clock domain and where its inputs come from. A layer
 * becomes: conv -> window (unless 1x1) + matvec; pooling -> window + pool; dense -> matvec; with
 * width converters where the lanes of neighbours do not fit. Names: the process that does the
 * layer's arithmetic has the layer's name; helpers are <layer>_window and <layer>_width.
 *
 * Folding chosen by size where the design leaves it open: up to WEIR_LATENCY_LIMIT multiplications
 * a vector the latency strategy, above it the resource strategy with the smallest reuse factor that
 * needs at most WEIR_MULTIPLIER_LIMIT multipliers. A beat is at most WEIR_BEAT_LIMIT bits wide
 * where the lanes can be chosen.
 */
#ifndef WEIR_HLS_LOWER_H
#define WEIR_HLS_LOWER_H

#include "hls/design.h"
#include "hls/operator.h"

#define WEIR_LATENCY_LIMIT 512
#define WEIR_MULTIPLIER_LIMIT 128
#define WEIR_BEAT_LIMIT 1024

typedef struct weir_plan_edge { /* an output port of a node */
    uint32_t node, port;
} weir_plan_edge;

typedef struct weir_plan_node {
    weir_operator op;
    weir_process_kind kind;
    uint32_t layer; /* of the network */
    uint32_t domain;
    weir_plan_edge in[WEIR_MAX_PORTS]; /* what feeds each input; nodes come after their inputs */
    uint32_t depth[WEIR_MAX_PORTS];    /* least depth of each input's channel; 0: the design's */
} weir_plan_node;

typedef struct weir_plan {
    uint32_t n_nodes, room;
    weir_plan_node *nodes;
} weir_plan;

/* Fills the plan; all memory from the arena. False with diagnostics. */
bool weir_lower(const weir_design *design, weir_arena *arena, weir_plan *plan, weir_diag *diag);

/* How a matrix-vector product of `inputs` x `outputs` is folded. */
typedef struct weir_folding {
    bool latency;
    bool gather; /* the whole vector must come in one beat */
    uint32_t pe, simd;
} weir_folding;

/* Chooses the folding for vectors that arrive `lanes` elements a beat; refuses a reuse factor, PE
 * or SIMD that does not divide, naming what is allowed. */
bool weir_fold(const char *layer, const weir_layer_settings *settings, uint32_t inputs,
               uint32_t outputs, uint32_t lanes, weir_folding *folding, weir_diag *diag);

#endif
