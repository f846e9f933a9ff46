/* The ONNX reader from the inside.
 *
 * onnx_file.c parses the file, onnx_check.c refuses what cannot be a graph of known operators, and
 * then onnx.c walks the nodes in the file's order; one function an operator (onnx_shape.c,
 * onnx_window.c, onnx_linear.c, onnx_join.c, onnx_resize.c, onnx_quant.c) drafts layers. Every
 * tensor is either a constant or the output of a drafted layer seen through a layout
 * (onnx_layout.h).
 * Whether the network's input is channels-first or channels-last shows only at the first node that
 * tells channels from positions. Until that node *binds* the input, its layout counts elements in
 * the file's order, and the layers drafted so far (element-wise ones) have no shape; binding
 * (onnx_bind.c) brings all of them and their views to rows, columns and channels.
 * Errors name the node as `node "conv1" (Conv)`.
 */
#ifndef WEIR_HLS_ONNX_READER_H
#define WEIR_HLS_ONNX_READER_H

#include "hls/network_parts.h"
#include "hls/onnx_layout.h"
#include "onnx.pb-c.h"

typedef struct weir_onnx_constant {
    const char *name;
    uint32_t rank, count;
    uint32_t dims[WEIR_ONNX_RANK];
    const float *floats; /* one of the two is NULL */
    const int64_t *ints;
    const weir_quant *quant; /* the grid of the values, NULL: none */
    int quant_dim;           /* that the grid's channels run along, if there are several */
} weir_onnx_constant;

typedef struct weir_onnx_value {
    const char *name;
    const weir_onnx_constant *constant; /* NULL: a computed tensor */
    uint32_t layer;                     /* the draft it comes from */
    weir_onnx_layout layout;
    bool lost; /* the layout does not fit the order to which the input was bound */
} weir_onnx_value;

typedef struct weir_onnx_crop {
    int dims[2]; /* of the file's input: rows (-1: none) and columns */
    uint32_t rows, columns;
} weir_onnx_crop;

typedef struct weir_onnx_draft {
    weir_layer layer;
    float *weights, *bias;
    bool uniform; /* SCALE: one weight and bias for all channels until the input is bound */
} weir_onnx_draft;

typedef struct weir_onnx_reader {
    weir_arena *arena;
    weir_diag *diag;
    weir_loc loc;
    const OnnxGraph *graph;
    int64_t opset;
    bool *live; /* one a node: the output depends on it */
    uint32_t n_values, n_drafts;
    weir_onnx_value *values;
    weir_onnx_draft *drafts;
    bool bound;
    const uint32_t *input_order;
    const weir_onnx_crop *crop; /* NULL: none */
} weir_onnx_reader;

/* --- onnx_file.c --- */
OnnxModel *weir_onnx_parse(const char *path, weir_diag *diag);
const OnnxAttribute *weir_onnx_attribute(const OnnxNode *node, const char *name);
int64_t weir_onnx_int(const OnnxNode *node, const char *name, int64_t otherwise);
float weir_onnx_float(const OnnxNode *node, const char *name, float otherwise);
/* NULL with an error if the tensor cannot be used. `name` is what messages call it. */
const weir_onnx_constant *weir_onnx_decode(weir_onnx_reader *reader, const char *name,
                                           const OnnxTensor *tensor);

/* --- onnx_check.c --- */
/* All that can be said before any node is read: opset, inputs, outputs, operators, joins. Fills
 * `live`. */
bool weir_onnx_check(weir_onnx_reader *reader, const OnnxModel *model);
/* The first graph input that is not an initializer; NULL: none. */
const OnnxValue *weir_onnx_graph_input(const OnnxGraph *graph);

/* --- onnx_names.c --- */
/* A new layer's name: the node's in lower case, every run of other characters one '_', none at the
 * ends; without a name the operator and a number from 1. `suffix` numbers make it unique. */
const char *weir_onnx_layer_name(weir_onnx_reader *reader, const OnnxNode *node);
/* `node "conv1" (Conv)`, or `node with output "t5" (Conv)` where it has no name. */
const char *weir_onnx_node_text(weir_onnx_reader *reader, const OnnxNode *node);

/* --- onnx.c --- */
typedef bool weir_onnx_handler(weir_onnx_reader *reader, const OnnxNode *node);
/* NULL: the operator is not supported. */
weir_onnx_handler *weir_onnx_find_handler(const OnnxNode *node);
bool weir_onnx_default_domain(const char *domain);
/* Whether the node's tensors have their channels last, those of its weights included. */
bool weir_onnx_is_channels_last(const OnnxNode *node);
bool weir_onnx_refuse(weir_onnx_reader *reader, const OnnxNode *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the node has an input `index`; optional inputs may be missing or have no name. */
bool weir_onnx_has_input(const OnnxNode *node, uint32_t index);
weir_onnx_value *weir_onnx_find_value(const weir_onnx_reader *reader, const char *name);
/* An input of the wanted kind; NULL with an error otherwise. */
const weir_onnx_constant *weir_onnx_floats(weir_onnx_reader *reader, const OnnxNode *node,
                                           uint32_t index);
const weir_onnx_constant *weir_onnx_ints(weir_onnx_reader *reader, const OnnxNode *node,
                                         uint32_t index);
weir_onnx_value *weir_onnx_computed(weir_onnx_reader *reader, const OnnxNode *node, uint32_t index);

void weir_onnx_set_constant(weir_onnx_reader *reader, const OnnxNode *node,
                            const weir_onnx_constant *constant);
/* The node's output is draft `layer` seen through `layout`; always true. */
bool weir_onnx_set_computed(weir_onnx_reader *reader, const OnnxNode *node, uint32_t layer,
                            weir_onnx_layout layout);
/* Drafts a layer behind draft `input`. NULL with an error if the shape is too large. */
weir_onnx_draft *weir_onnx_add_layer(weir_onnx_reader *reader, const OnnxNode *node,
                                     weir_layer_kind kind, uint32_t input, weir_shape in,
                                     weir_shape out);
weir_onnx_draft *weir_onnx_add_join(weir_onnx_reader *reader, const OnnxNode *node,
                                    weir_layer_kind kind, uint32_t n_inputs, const uint32_t *inputs,
                                    weir_shape in, weir_shape out);
/* Whether no tensor of the draft has a second reader, so that the draft may change with it. */
bool weir_onnx_sole_reader(const weir_onnx_reader *reader, uint32_t layer);

/* --- onnx_bind.c --- */
/* Whether rows, columns and channels in these dimensions (-1: none) have the stream's order. */
bool weir_onnx_fits_image(const weir_onnx_layout *layout, const int dims[3]);
/* Sees the value as an image whose rows, columns and channels are these dimensions (-1: one row,
 * one column), binding the input if need be; all other dimensions must be 1. `channel_order` (may be
 * NULL) receives the stream channel of each channel of the file, else both orders must agree.
 * False with an error if the stream does not have this order. */
bool weir_onnx_image(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                     const int dims[3], weir_shape *shape, uint32_t *channel_order);
/* The same where only the channels are known: rows and columns are the other dimensions above 1. */
bool weir_onnx_positions(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                         uint32_t channel_dim, weir_shape *shape, uint32_t *channel_order);
/* Binds the input as one vector, in the file's order. */
void weir_onnx_bind_vector(weir_onnx_reader *reader, weir_onnx_value *value);

/* --- the operators --- */
weir_onnx_handler weir_onnx_constant_node, weir_onnx_identity, weir_onnx_dropout, weir_onnx_reshape,
    weir_onnx_flatten, weir_onnx_squeeze, weir_onnx_transpose;
weir_onnx_handler weir_onnx_conv, weir_onnx_max_pool, weir_onnx_average_pool,
    weir_onnx_global_average_pool;
weir_onnx_handler weir_onnx_gemm, weir_onnx_matmul;
weir_onnx_handler weir_onnx_batch_norm, weir_onnx_arithmetic, weir_onnx_activation,
    weir_onnx_softmax;
weir_onnx_handler weir_onnx_join, weir_onnx_concat, weir_onnx_resize, weir_onnx_upsample;
weir_onnx_handler weir_onnx_quant, weir_onnx_bipolar_quant, weir_onnx_trunc;

#endif
