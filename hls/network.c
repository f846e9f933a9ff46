#include "hls/network_parts.h"

const char *weir_layer_kind_name(weir_layer_kind kind) {
    static const char *const names[] = {
        [WEIR_LAYER_INPUT] = "input",
        [WEIR_LAYER_CONV] = "conv",
        [WEIR_LAYER_DENSE] = "dense",
        [WEIR_LAYER_SCALE] = "scale",
        [WEIR_LAYER_RELU] = "relu",
        [WEIR_LAYER_LEAKY_RELU] = "leaky_relu",
        [WEIR_LAYER_SELU] = "selu",
        [WEIR_LAYER_SIGMOID] = "sigmoid",
        [WEIR_LAYER_TANH] = "tanh",
        [WEIR_LAYER_SOFTMAX] = "softmax",
        [WEIR_LAYER_MAX_POOL] = "max_pool",
        [WEIR_LAYER_AVERAGE_POOL] = "average_pool",
        [WEIR_LAYER_GLOBAL_AVERAGE_POOL] = "global_average_pool",
        [WEIR_LAYER_QUANT] = "quant",
        [WEIR_LAYER_ADD] = "add",
        [WEIR_LAYER_MUL] = "mul",
        [WEIR_LAYER_CONCAT] = "concat",
        [WEIR_LAYER_RESIZE] = "resize",
        [WEIR_LAYER_OUTPUT] = "output",
    };
    return names[kind];
}

void weir_network_free(weir_network *network) {
    if (network) weir_arena_free(network->arena);
}

const char *weir_network_name(const weir_network *network) {
    return network->name;
}
uint32_t weir_network_layers(const weir_network *network) {
    return network->n_layers;
}

const weir_layer *weir_network_layer(const weir_network *network, uint32_t index) {
    return &network->layers[index];
}

uint32_t weir_network_input(const weir_network *network) {
    return network->input;
}
uint32_t weir_network_output(const weir_network *network) {
    return network->output;
}

const uint32_t *weir_network_input_order(const weir_network *network) {
    return network->input_order;
}

const uint32_t *weir_network_output_order(const weir_network *network) {
    return network->output_order;
}
