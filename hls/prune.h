/* Pruning as a what-if: sets a share of a layer's weights to zero, before the network is lowered, so
 * that everything after it (RTL, reference and float inference, costs) is of the pruned network.
 *
 *   magnitude  the weights nearest to zero         random  any, by a seed
 *   filter     whole output channels with their biases, those of the least sum of |weight|
 *   channel    whole input channels of the weights, likewise
 * Of n weights (filters, channels) floor(share * n + 1/2) become zero. Ties go to the first. Shapes
 * stay unless `shrink` is set (hls/shrink.h): in the latency strategy a weight of zero is not built,
 * in the resource strategy it is a zero in a ROM. Convolutions and dense layers only. Nothing is
 * trained again: what accuracy is lost is what the run shows.
 */
#ifndef WEIR_HLS_PRUNE_H
#define WEIR_HLS_PRUNE_H

#include "hls/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_prune_by {
    WEIR_PRUNE_MAGNITUDE,
    WEIR_PRUNE_RANDOM,
    WEIR_PRUNE_FILTER,
    WEIR_PRUNE_CHANNEL,
} weir_prune_by;

extern const char *const weir_prune_names[]; /* "magnitude", ...; NULL-ended */

typedef struct weir_pruning {
    double share; /* 0..1; 0: none */
    weir_prune_by by;
    uint64_t seed; /* of RANDOM; the layer's index goes into it too */
    bool shrink;   /* filters and channels are taken out, here and where they are made or read */
} weir_pruning;

/* A flag for each weight (filter, channel) of a convolution or dense layer that becomes zero, `count` of
 * them; of a network that is pruned so already, those that did. The caller frees. */
uint8_t *weir_network_pruned(const weir_network *network, uint32_t layer,
                             const weir_pruning *pruning, uint64_t *count);
/* Layers of other kinds are left as they are. */
void weir_network_prune(weir_network *network, uint32_t layer, const weir_pruning *pruning);

#ifdef __cplusplus
}
#endif
#endif
