/* The operators of io "parallel": a beat is a whole tensor, and every position of a layer is built.
 *
 * Their streams are one beat a frame: 1 x 1 x n with n lanes, elements in stream order (row, column,
 * channel). Constructors are as those of hls/operators.h: they fill `op`, take all memory from the
 * arena, and refuse with an error at `loc` what cannot be built. What an output is made of is a list of
 * the input's elements, which has the taps inside the tensor only: padding is not built.
 * Element-wise operators of hls/operators.h (activation, add) do for this style as they are.
 */
#ifndef WEIR_HLS_UNROLLED_H
#define WEIR_HLS_UNROLLED_H

#include "hls/operator.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Multiplications of one layer, zeros excepted: beyond it RTL is no longer built in minutes. */
#define WEIR_UNROLL_LIMIT (1u << 16)
#define WEIR_TREE_LEVELS 3 /* default adder levels between two registers */
#define WEIR_MAX_TREE_LEVELS 8

typedef struct weir_lists { /* of input elements, one list an output */
    uint32_t outputs;
    const uint32_t *first;  /* [outputs + 1]: output o has entries first[o] .. first[o + 1] - 1 */
    const uint32_t *inputs; /* of each entry */
} weir_lists;

typedef struct weir_unrolled_spec {
    weir_stream in;
    weir_lists lists;
    const int32_t *weights; /* of each entry; zeros are not built */
    weir_fixed weight_type;
    const int64_t *bias; /* [outputs], fraction = in fraction + weight fraction; NULL: none */
    const weir_fixed *accumulator; /* NULL: wide enough to be exact */
    weir_fixed out;
    uint64_t reuse_factor; /* above the number of multiplications: as that number */
    uint32_t tree_levels;  /* 1 .. WEIR_MAX_TREE_LEVELS adder levels a stage */
} weir_unrolled_spec;

/* Weighted sums: out[o] = bias[o] + sum of weight * in over o's list, converted to `out`. n products
 * with weights that are not zero, reuse factor R:
 *   R = 1: every product has a constant factor. Constants of at most two signed digits are shifts
 *          and an adder (they need no DSP; hls4ml does the same), all others multipliers.
 *   R > 1: ceil(n / R) multipliers, each with R constants and a selector of its inputs; a frame is R
 *          steps, read in the first and written in the last.
 * Stages: take and select; multiply; adders; convert (where that is more than wires); send. */
bool weir_unrolled_operator(weir_operator *op, weir_arena *arena, const char *name,
                            const weir_unrolled_spec *spec, weir_loc loc, weir_diag *diag);

/* Maximum of each list, or its average with `divisors` (one an output), converted to `out`. An empty
 * list gives the type's lowest value, or 0. A maximum keeps the input's element type. */
bool weir_unrolled_pool_operator(weir_operator *op, weir_arena *arena, const char *name,
                                 weir_stream in, const weir_lists *lists, bool average,
                                 const uint64_t *divisors, weir_fixed out, weir_loc loc,
                                 weir_diag *diag);

typedef struct weir_wire { /* an element of an input */
    uint32_t port, element;
} weir_wire;

/* Elements in another order, from `n` streams that are read together: out[o] = in[wires[o].port]
 * [wires[o].element], converted to `out`. Of streams with more positions than one, each in a beat of
 * its own, those of every position. */
bool weir_gather_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const weir_stream *in, uint32_t n, const weir_wire *wires,
                          uint32_t outputs, weir_fixed out, weir_loc loc, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
