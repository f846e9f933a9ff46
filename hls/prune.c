#include "hls/prune.h"
#include "base/random.h"
#include "hls/network_parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const weir_prune_names[] = {"magnitude", "random", "filter", "channel", NULL};

/* Something that becomes zero as a whole, by its rank: the smaller, the sooner. */
typedef struct candidate {
    double rank;
    uint64_t index;
} candidate;

static int compare(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Weights as [taps][inputs][outputs]: kernel elements; inputs of a group; all outputs. */
typedef struct layout {
    uint64_t taps, inputs, outputs;
} layout;

static layout layout_of(const weir_layer *layer) {
    if (layer->kind == WEIR_LAYER_DENSE) {
        uint64_t positions = (uint64_t)layer->out.rows * layer->out.columns;
        return (layout){1, weir_shape_elements(layer->in) / positions, layer->out.channels};
    }
    return (layout){(uint64_t)layer->window.kernel_rows * layer->window.kernel_columns,
                    layer->in.channels / layer->groups, layer->out.channels};
}

/* What weight i belongs to: itself, its filter or its channel. */
static uint64_t owner_of(layout l, weir_prune_by by, uint64_t i) {
    if (by == WEIR_PRUNE_FILTER) return i % l.outputs;
    if (by == WEIR_PRUNE_CHANNEL) return i / l.outputs % l.inputs;
    return i;
}

uint8_t *weir_network_pruned(const weir_network *network, uint32_t index,
                             const weir_pruning *pruning, uint64_t *count) {
    const weir_layer *layer = &network->layers[index];
    const float *weights = layer->weights;
    layout l = layout_of(layer);
    uint64_t n = l.taps * l.inputs * l.outputs;
    uint64_t owners = pruning->by == WEIR_PRUNE_FILTER    ? l.outputs
                      : pruning->by == WEIR_PRUNE_CHANNEL ? l.inputs
                                                          : n;
    candidate *list = weir_xcalloc(owners, sizeof *list);
    uint64_t state = pruning->seed * UINT64_C(0x2545f4914f6cdd1d) + index;
    for (uint64_t o = 0; o < owners; o++) {
        list[o].index = o;
        if (pruning->by == WEIR_PRUNE_RANDOM) list[o].rank = (double)(weir_random(&state) >> 11);
    }
    for (uint64_t i = 0; i < n && pruning->by != WEIR_PRUNE_RANDOM; i++)
        list[owner_of(l, pruning->by, i)].rank += fabs((double)weights[i]);
    qsort(list, owners, sizeof *list, compare);
    uint64_t gone = (uint64_t)floor(pruning->share * (double)owners + 0.5);
    uint8_t *zero = weir_xcalloc(owners, 1);
    for (uint64_t o = 0; o < gone && o < owners; o++)
        zero[list[o].index] = 1;
    free(list);
    *count = owners;
    return zero;
}

void weir_network_prune(weir_network *network, uint32_t index, const weir_pruning *pruning) {
    /* The network is its reader's until somebody else has seen it. */
    weir_layer *layer = (weir_layer *)&network->layers[index];
    bool has_weights = layer->kind == WEIR_LAYER_CONV || layer->kind == WEIR_LAYER_DENSE;
    if (!has_weights || !(pruning->share > 0)) return;
    layout l = layout_of(layer);
    uint64_t n = l.taps * l.inputs * l.outputs, owners;
    uint8_t *zero = weir_network_pruned(network, index, pruning, &owners);
    float *weights = WEIR_NEW(network->arena, float, n + 1);
    memcpy(weights, layer->weights, n * sizeof *weights);
    for (uint64_t i = 0; i < n; i++)
        if (zero[owner_of(l, pruning->by, i)]) weights[i] = 0;
    layer->weights = weights;
    if (pruning->by == WEIR_PRUNE_FILTER && layer->bias != NULL) {
        float *bias = WEIR_NEW(network->arena, float, l.outputs);
        for (uint64_t o = 0; o < l.outputs; o++)
            bias[o] = zero[o] ? 0 : layer->bias[o];
        layer->bias = bias;
    }
    free(zero);
}
