/* Structured pruning that takes what it prunes out: a network with fewer channels, of the same layers.
 *
 * A pruned filter's output is zero. Where layers hand a zero on as zero (rectifiers, tanh, selu,
 * pooling, enlargement, scales and grids that keep it, depthwise filters without a bias) the channel
 * goes from all of them, up to the convolutions and dense layers that read it, which lose the weights
 * that it met; through a flatten it goes from every position, in a concatenation from its place, in a
 * sum or product where all inputs lose the same. A pruned channel (an input of a layer) goes from what
 * makes it instead, whatever its values, up to the convolution or dense layer that does. The outputs
 * are those of the pruned network with its zeros in place.
 * What cannot be taken out is refused at the line of the layer that asks for it: channels of the
 * network's input and output, of a softmax, of convolutions in groups; values that a layer makes of
 * zero (sigmoid); channels that another layer reads too. Layers and their order stay.
 */
#ifndef WEIR_HLS_SHRINK_H
#define WEIR_HLS_SHRINK_H

#include "hls/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* After weir_network_prune; `settings` has one entry a layer. Where it fails the network stays. */
bool weir_network_shrink(weir_network *network, const weir_layer_settings *settings,
                         weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
