/* Network: what the ONNX reader makes of a file. A directed acyclic graph of layers over tensors of
 * rows x columns x channels (channels last, also where the file is channels-first: the reader
 * permutes weights and dense rows, so that layout never costs hardware). A 1-D tensor has rows = 1,
 * a vector rows = columns = 1. The batch axis is gone.
 *
 * Weights of conv: [kernel rows][kernel columns][input channels / groups][output channels];
 * of dense: [inputs][outputs], inputs = all elements of `in` in stream order; bias: [outputs].
 * Batch normalisation is folded into the layer before it where that is linear, else it is a SCALE
 * layer (weights = scale, bias, both [channels]). All values float. A network is immutable once
 * loaded.
 */
#ifndef WEIR_HLS_NETWORK_H
#define WEIR_HLS_NETWORK_H

#include "base/diag.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_layer_kind {
    WEIR_LAYER_INPUT,
    WEIR_LAYER_CONV, /* groups 1, or depthwise / grouped */
    WEIR_LAYER_DENSE,
    WEIR_LAYER_SCALE, /* per-channel scale and bias */
    WEIR_LAYER_RELU,
    WEIR_LAYER_LEAKY_RELU, /* alpha */
    WEIR_LAYER_SELU,       /* alpha, gamma */
    WEIR_LAYER_SIGMOID,
    WEIR_LAYER_TANH,
    WEIR_LAYER_SOFTMAX, /* over channels */
    WEIR_LAYER_MAX_POOL,
    WEIR_LAYER_AVERAGE_POOL,
    WEIR_LAYER_GLOBAL_AVERAGE_POOL,
    WEIR_LAYER_QUANT,  /* quant: values brought to a grid */
    WEIR_LAYER_ADD,    /* of computed tensors, element by element */
    WEIR_LAYER_MUL,    /* likewise */
    WEIR_LAYER_CONCAT, /* of channels, in the order of the inputs */
    WEIR_LAYER_RESIZE, /* nearest, each element resize_rows x resize_columns times */
    WEIR_LAYER_OUTPUT,
} weir_layer_kind;

const char *weir_layer_kind_name(weir_layer_kind kind); /* "conv", "max_pool", ... */

typedef struct weir_shape {
    uint32_t rows, columns, channels;
} weir_shape;

typedef struct weir_window_shape { /* conv and pooling */
    uint32_t kernel_rows, kernel_columns, stride_rows, stride_columns;
    uint32_t dilation_rows, dilation_columns;
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
} weir_window_shape;

/* A grid of values: real = scale * (integer - zero_point), with the integers of `bits` bits. QONNX's
 * Quant, BipolarQuant (bits 1, integers -1 and 1) and Trunc; ONNX-QONNX operator documents. */
typedef enum weir_quant_rounding {
    WEIR_QUANT_ROUND, /* half to even */
    WEIR_QUANT_CEIL,
    WEIR_QUANT_FLOOR,
    WEIR_QUANT_UP,        /* away from zero */
    WEIR_QUANT_DOWN,      /* towards zero */
    WEIR_QUANT_HALF_UP,   /* half away from zero */
    WEIR_QUANT_HALF_DOWN, /* half towards zero */
} weir_quant_rounding;

typedef struct weir_quant {
    uint32_t channels; /* 1: per tensor; else one scale and zero point a channel */
    const float *scale, *zero_point;
    int bits;
    bool is_signed, narrow, bipolar;
    weir_quant_rounding rounding;
    /* Of a Trunc: its input lies on a grid 2^places times finer, and is first rounded to that (half
     * to even), so that the inexactness of floats never shows. 0: none. */
    int places;
} weir_quant;

/* The grid's smallest and largest integer. */
double weir_quant_min(const weir_quant *quant);
double weir_quant_max(const weir_quant *quant);
/* The integer that stands for `value` in `channel` (QONNX: clamp(round(value / scale + zero)), in
 * single precision). */
double weir_quant_integer(const weir_quant *quant, uint32_t channel, double value);

typedef struct weir_layer {
    const char *name; /* unique, a valid identifier: what configs, processes and reports call it */
    const char *node; /* the file's node name, for messages */
    weir_layer_kind kind;
    uint32_t n_inputs;
    const uint32_t *inputs; /* layer indices, all smaller than this layer's */
    /* Of the first input and of the output. A reshape may give `in` other rows, columns and
     * channels than the producer's `out`: the elements and their order are the same. */
    weir_shape in, out;
    weir_window_shape window;
    uint32_t groups;
    bool count_include_pad; /* average pool: padding counts in the divisor */
    float alpha, gamma;
    const float *weights, *bias; /* bias NULL: none; values of their grid where they have one */
    uint32_t resize_rows, resize_columns;
    const weir_quant *quant;                     /* of a QUANT layer */
    const weir_quant *weight_quant, *bias_quant; /* grids of weights and bias; NULL: none. Channels
                                                    are output channels. */
} weir_layer;

typedef struct weir_network weir_network;

/* Reads an ONNX file; NULL with diagnostics (naming node and operator) if it cannot be used. */
weir_network *weir_network_load_onnx(const char *path, weir_diag *diag);
/* The same with rows x columns in place of the input's, for a crop of the image; 0: as the file. */
weir_network *weir_network_load_onnx_crop(const char *path, uint32_t rows, uint32_t columns,
                                          weir_diag *diag);
void weir_network_free(weir_network *network);

const char *weir_network_name(const weir_network *network);
uint32_t weir_network_layers(const weir_network *network);
const weir_layer *weir_network_layer(const weir_network *network, uint32_t index);
uint32_t weir_network_input(const weir_network *network);  /* layer index */
uint32_t weir_network_output(const weir_network *network); /* layer index */

/* Permutation from the file's element order to ours (channels last) for the input: ours[i] =
 * file[input_order[i]]; NULL when they are the same. Likewise ours -> file for the output. */
const uint32_t *weir_network_input_order(const weir_network *network);
const uint32_t *weir_network_output_order(const weir_network *network);

/* Float inference of one frame: `values[l]` receives layer l's output (out.rows x out.columns x
 * out.channels), for each l whose pointer is not NULL; the output layer's is required. `input` is
 * in our order. */
void weir_network_infer(const weir_network *network, const float *input, float *const *values);

/* The largest input size and channel counts keep every product below this many elements. */
#define WEIR_MAX_ELEMENTS (1u << 28)

#ifdef __cplusplus
}
#endif
#endif
