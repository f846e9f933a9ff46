/* The inside of lowering: what the passes over one layer share.
 *
 * Every layer leaves a *flow*: an output port of a node, the stream it sends, and the unit of its
 * numbers. A stream's integer v stands for the fixed-point number v * 2^-fraction, and that for the
 * real value scale[c] * (number - zero). Most streams are *plain* (scale 1, zero 0); grids of QONNX
 * networks whose scales are no powers of two are not, and carry their unit along until a process
 * can take it into its constants.
 */
#ifndef WEIR_HLS_LOWER_PARTS_H
#define WEIR_HLS_LOWER_PARTS_H

#include "hls/lower.h"

typedef struct weir_unit {
    const double *scale; /* one a channel; NULL: 1 */
    double zero;
} weir_unit;

typedef struct weir_flow {
    weir_plan_edge edge;
    weir_stream stream;
    weir_unit unit;
} weir_flow;

typedef struct weir_block weir_block; /* of layers that take turns; lower_share.c */

typedef struct weir_lowering {
    const weir_design *design;
    weir_arena *arena;
    weir_plan *plan;
    weir_diag *diag;
    weir_flow *flows;      /* of each layer */
    uint32_t *readers;     /* of each layer's output */
    uint32_t *absorbed_by; /* of each layer: the QUANT layer that is its output type, or none */
    bool quantised;        /* the network has grids of its own */
    weir_block *blocks;    /* so far */
    bool copied, refused;  /* of the layer at hand: its copies were made, could not be (an error) */
    /* of the layer at hand */
    uint32_t index;
    const weir_layer *layer;
    const weir_layer_settings *settings;
    weir_flow inputs[WEIR_MAX_PORTS];
    weir_flow flow; /* the data as it stands; at first inputs[0] */
} weir_lowering;

static inline bool weir_unit_plain(weir_unit unit) {
    return !unit.scale && unit.zero == 0;
}

/* --- lower.c: nodes and shapes --- */
void weir_lower_add(weir_lowering *low, weir_process_kind kind, const weir_operator *op,
                    const weir_flow *inputs);
const char *weir_lower_helper(weir_lowering *low, const char *suffix);
bool weir_lower_width(weir_lowering *low, uint32_t lanes);
bool weir_lower_reshape(weir_lowering *low, weir_shape shape);
uint64_t weir_lower_target(const weir_lowering *low); /* cycles of the layer's domain; 0: none */
/* weir_fold_lanes for the flow's stream at `positions` a frame, with an error for 0. */
bool weir_lower_lanes(weir_lowering *low, uint32_t channels, uint32_t unit, uint64_t positions,
                      int width, uint32_t *lanes);

/* --- lower_numbers.c: types, units and constants --- */
/* The grid as a fixed-point type; false if it is not one (its scale no power of two, a zero point,
 * one value only). */
bool weir_grid_fixed(const weir_quant *quant, weir_fixed *type);
/* The output type of the layer: the grid it absorbs, else `otherwise`. */
weir_fixed weir_lower_type(const weir_lowering *low, weir_fixed otherwise);
/* The type that holds low..high of integers with `fraction`; false with an error above 32 bits. */
bool weir_lower_exact(weir_lowering *low, double lowest, double highest, int fraction,
                      weir_fixed *type);
weir_fixed weir_element_fixed(weir_element element);

/* Weights and bias of a conv or dense layer for the flow at hand, in the network's order: codes are
 * [weights a group output][outputs]. */
typedef struct weir_constants {
    int32_t *codes;
    weir_fixed type;
    int64_t *bias;    /* [outputs], NULL: none */
    weir_unit unit;   /* of the sums */
    weir_fixed exact; /* a type that holds every sum; width 0: more than 32 bits */
} weir_constants;

bool weir_lower_constants(weir_lowering *low, uint32_t inputs_per_output, weir_constants *out);
/* Brings the flow to `target`'s grid, or to the layer's precision, by a per-channel multiply. */
bool weir_lower_rescale(weir_lowering *low, const char *suffix, const weir_quant *target);
/* The first of a Trunc's two roundings, where the flow's integers are not those of the finer grid
 * already. Trunc has one scale for all channels. */
bool weir_lower_places(weir_lowering *low);
/* Whether the layer is a SCALE that only decides on which side of a bipolar grid's zero values lie:
 * it has no process, the grid's is all. */
bool weir_lower_is_threshold(const weir_lowering *low, uint32_t index);
/* Brings the flow to the bipolar grid of a QUANT layer; through `scale` first, if not NULL. */
bool weir_lower_sign(weir_lowering *low, const weir_layer *scale);
/* Ends a flow with a unit of its own, where a layer needs real fixed point. */
bool weir_lower_make_plain(weir_lowering *low);

/* A process that multiplies each channel of the flow by a factor, and adds a bias: `n` of each, taken
 * in turn. `error`: largest error of the factors in output units. */
bool weir_lower_factors(weir_lowering *low, const char *name, const int32_t *factors, uint32_t n,
                        weir_fixed type, const int64_t *bias, weir_fixed out, double error);

/* --- lower_layers.c --- */
bool weir_lower_layer(weir_lowering *low);
/* The type of sums: the grid that follows, their exact one in a network with grids, the precision. */
bool weir_lower_sum_type(weir_lowering *low, const weir_constants *constants, weir_fixed *type);
/* The integer that padding with the real zero has in the numbers of the flow; 0 without padding. */
bool weir_lower_padding(weir_lowering *low, int64_t *pad);

/* --- lower_split.c: a layer's sums of products in several processes --- */
bool weir_lower_can_split(const weir_lowering *low);
/* Groups of outputs side by side; false where they do not divide. */
bool weir_lower_groups(weir_lowering *low, uint32_t *groups);
/* What the products send for a layer that is to send `out`: split by stages, its sums as they are. */
bool weir_lower_sums(weir_lowering *low, const weir_constants *constants, weir_fixed out,
                     weir_fixed *sums);
const char *weir_lower_sums_name(weir_lowering *low);           /* of the process that sends them */
bool weir_lower_conversion(weir_lowering *low, weir_fixed out); /* nothing where not split so */
/* The processes of a product of which `group` is one of `groups`; weights and bias are those of all. */
bool weir_lower_product(weir_lowering *low, const weir_matvec_spec *group, uint32_t groups,
                        weir_fixed out);

/* --- lower_share.c: layers that take turns in one block --- */
bool weir_lower_can_share(const weir_lowering *low);
/* Gives the layer's product its turn in the block that its settings name. */
bool weir_lower_member(weir_lowering *low, const weir_constants *constants, const int32_t *matrix);
bool weir_lower_blocks(weir_lowering *low); /* makes the blocks, once all members are there */

/* --- lower_copies.c --- */
/* Whether it is the operator whose process the settings want in copies. */
bool weir_lower_is_copied(const weir_lowering *low, const weir_operator *op);
/* In its place: a distributor for each input, the copies, and a collector, which is the flow then. */
bool weir_lower_copies(weir_lowering *low, const weir_operator *op, const weir_flow *inputs);

/* --- lower_weights.c --- */
/* Adds the process of a layer's arithmetic, whose first image is its weights, of `type`: as it is or,
 * where the layer's weights are packed, with a process "<layer>_weights" that sends them. */
bool weir_lower_with_weights(weir_lowering *low, weir_operator *op, weir_fixed type);

/* --- lower_parallel.c: io "parallel" --- */
bool weir_lower_is_parallel(const weir_lowering *low);
weir_stream weir_lower_whole(weir_shape shape, weir_element element); /* all in one beat */
/* True if the layer's kind is one that this style builds in its own way; then `ok` says whether it
 * could. */
bool weir_lower_parallel(weir_lowering *low, bool *ok);
bool weir_lower_parallel_factors(weir_lowering *low, const char *name, const int32_t *factors,
                                 uint32_t n, weir_fixed type, const int64_t *bias, weir_fixed out,
                                 double error);
bool weir_lower_parallel_concat(weir_lowering *low, weir_operator *op, const weir_flow *inputs,
                                weir_fixed out);

#endif
