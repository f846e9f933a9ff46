/* The inside of a network, for the readers that make one and the inference that walks it.
 *
 * Layers are in the order of the data: inputs come before their readers. Weights, names and orders
 * belong to the arena, which is the network's own and goes with it. A reader fills the struct once
 * all layers have a shape and nothing changes it afterwards.
 */
#ifndef WEIR_HLS_NETWORK_PARTS_H
#define WEIR_HLS_NETWORK_PARTS_H

#include "base/arena.h"
#include "hls/network.h"

struct weir_network {
    weir_arena *arena;
    const char *name;
    uint32_t n_layers;
    const weir_layer *layers;
    uint32_t input, output;
    const uint32_t *input_order, *output_order; /* NULL: the identity */
};

static inline uint64_t weir_shape_elements(weir_shape shape) {
    return (uint64_t)shape.rows * shape.columns * shape.channels;
}

#endif
