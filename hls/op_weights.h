/* Streamed weights: a matrix-vector product or depthwise convolution of the resource strategy that
 * takes its weights from a second input, a word a step, and the process that sends them.
 *
 * The sender has no inputs and one output: the words of its image in their order, again and again,
 * without end; a frame of them is one word for each step of the reader. It is a logical port of a
 * packed memory (hls/memories.h), rtl/weir_weight_stream.sv.
 */
#ifndef WEIR_HLS_OP_WEIGHTS_H
#define WEIR_HLS_OP_WEIGHTS_H

#include "hls/memories.h"
#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_weights_params {
    uint32_t words, bits;
    weir_memory_place place;
    weir_memory_block block;
    bool first; /* of its block, which is counted with it */
} weir_weights_params;

bool weir_is_weights(const weir_operator *op);

/* Makes of `reader`, whose first image is its weights, one that reads them as words of `type` elements
 * at input 1, and of `weights` the process `name` that sends them. */
void weir_stream_weights(weir_operator *reader, weir_operator *weights, weir_arena *arena,
                         const char *name, weir_fixed type);

/* What a process of kind "weights" takes: its port's logic and, of the first of a block, the block. */
void weir_weights_cost(const weir_operator *op, weir_cost *cost);

#ifdef __cplusplus
}
#endif
#endif
