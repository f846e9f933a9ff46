/* The ONNX reader: values, layers, and the walk over the nodes. */
#include "hls/onnx_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct operator_entry {
    const char *op_type;
    weir_onnx_handler *handler;
} operator_entry;

static weir_onnx_handler *find_operator(const operator_entry *entries, size_t count,
                                        const char *op_type) {
    for (size_t e = 0; e < count; e++)
        if (strcmp(op_type, entries[e].op_type) == 0) return entries[e].handler;
    return NULL;
}

weir_onnx_handler *weir_onnx_find_handler(const OnnxNode *node) {
    static const operator_entry standard[] = {
        {"Add", weir_onnx_arithmetic},
        {"AveragePool", weir_onnx_average_pool},
        {"BatchNormalization", weir_onnx_batch_norm},
        {"Concat", weir_onnx_concat},
        {"Constant", weir_onnx_constant_node},
        {"Conv", weir_onnx_conv},
        {"Div", weir_onnx_arithmetic},
        {"Dropout", weir_onnx_dropout},
        {"Flatten", weir_onnx_flatten},
        {"Gemm", weir_onnx_gemm},
        {"GlobalAveragePool", weir_onnx_global_average_pool},
        {"Identity", weir_onnx_identity},
        {"LeakyRelu", weir_onnx_activation},
        {"MatMul", weir_onnx_matmul},
        {"MaxPool", weir_onnx_max_pool},
        {"Mul", weir_onnx_arithmetic},
        {"Relu", weir_onnx_activation},
        {"Reshape", weir_onnx_reshape},
        {"Resize", weir_onnx_resize},
        {"Selu", weir_onnx_activation},
        {"Sigmoid", weir_onnx_activation},
        {"Softmax", weir_onnx_softmax},
        {"Squeeze", weir_onnx_squeeze},
        {"Sub", weir_onnx_arithmetic},
        {"Tanh", weir_onnx_activation},
        {"Transpose", weir_onnx_transpose},
        {"Unsqueeze", weir_onnx_squeeze},
        {"Upsample", weir_onnx_upsample},
    };
    static const operator_entry quantisers[] = {
        {"BipolarQuant", weir_onnx_bipolar_quant},
        {"IntQuant", weir_onnx_quant},
        {"Quant", weir_onnx_quant},
        {"Trunc", weir_onnx_trunc},
    };
    static const operator_entry channels_last[] = {
        {"AveragePool", weir_onnx_average_pool},
        {"BatchNormalization", weir_onnx_batch_norm},
        {"Conv", weir_onnx_conv},
        {"GlobalAveragePool", weir_onnx_global_average_pool},
        {"MaxPool", weir_onnx_max_pool},
    };
    static const char *const quant_domains[] = {"qonnx.custom_op.general", "onnx.brevitas",
                                                "finn.custom_op.general"};
    if (!node->op_type) return NULL;
    if (weir_onnx_default_domain(node->domain))
        return find_operator(standard, sizeof standard / sizeof *standard, node->op_type);
    if (weir_onnx_is_channels_last(node))
        return find_operator(channels_last, sizeof channels_last / sizeof *channels_last,
                             node->op_type);
    for (size_t d = 0; d < sizeof quant_domains / sizeof *quant_domains; d++)
        if (strcmp(node->domain, quant_domains[d]) == 0)
            return find_operator(quantisers, sizeof quantisers / sizeof *quantisers, node->op_type);
    return NULL;
}

bool weir_onnx_default_domain(const char *domain) {
    return !domain || !*domain || strcmp(domain, "ai.onnx") == 0;
}

bool weir_onnx_is_channels_last(const OnnxNode *node) {
    return node->domain && strcmp(node->domain, "qonnx.custom_op.channels_last") == 0;
}

bool weir_onnx_refuse(weir_onnx_reader *reader, const OnnxNode *node, const char *format, ...) {
    char text[512], crop[96] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (reader->crop)
        snprintf(crop, sizeof crop, " (with the input cropped to %u x %u)", reader->crop->rows,
                 reader->crop->columns);
    return weir_error(reader->diag, reader->loc, "%s: %s%s", weir_onnx_node_text(reader, node),
                      text, crop);
}

/* --- values --- */

bool weir_onnx_has_input(const OnnxNode *node, uint32_t index) {
    return index < node->n_input && *node->input[index];
}

weir_onnx_value *weir_onnx_find_value(const weir_onnx_reader *reader, const char *name) {
    for (uint32_t v = reader->n_values; v-- > 0;)
        if (strcmp(reader->values[v].name, name) == 0) return &reader->values[v];
    return NULL;
}

static weir_onnx_value *add_value(weir_onnx_reader *reader, const char *name) {
    reader->values = weir_xrealloc(reader->values, (reader->n_values + 1) * sizeof *reader->values);
    weir_onnx_value *value = &reader->values[reader->n_values++];
    *value = (weir_onnx_value){.name = name};
    return value;
}

static weir_onnx_value *find_input(weir_onnx_reader *reader, const OnnxNode *node, uint32_t index) {
    if (!weir_onnx_has_input(node, index)) {
        weir_onnx_refuse(reader, node, "has no input %u", index);
        return NULL;
    }
    weir_onnx_value *value = weir_onnx_find_value(reader, node->input[index]);
    if (!value)
        weir_onnx_refuse(reader, node, "input \"%s\" is not computed by any node before it",
                         node->input[index]);
    return value;
}

static const weir_onnx_constant *find_constant(weir_onnx_reader *reader, const OnnxNode *node,
                                               uint32_t index, bool floats) {
    const weir_onnx_value *value = find_input(reader, node, index);
    if (!value) return NULL;
    if (value->constant &&
        (floats ? value->constant->floats != NULL : value->constant->ints != NULL))
        return value->constant;
    weir_onnx_refuse(reader, node, "input \"%s\" must be a constant of %s", value->name,
                     floats ? "floats" : "integers");
    return NULL;
}

const weir_onnx_constant *weir_onnx_floats(weir_onnx_reader *reader, const OnnxNode *node,
                                           uint32_t index) {
    return find_constant(reader, node, index, true);
}

const weir_onnx_constant *weir_onnx_ints(weir_onnx_reader *reader, const OnnxNode *node,
                                         uint32_t index) {
    return find_constant(reader, node, index, false);
}

weir_onnx_value *weir_onnx_computed(weir_onnx_reader *reader, const OnnxNode *node,
                                    uint32_t index) {
    weir_onnx_value *value = find_input(reader, node, index);
    if (value && value->lost) {
        weir_onnx_refuse(reader, node,
                         "input \"%s\" has the network's input in an order that does not fit its "
                         "rows, columns and channels",
                         value->name);
        return NULL;
    }
    if (!value || !value->constant) return value;
    weir_onnx_refuse(reader, node, "input \"%s\" is a constant, which is not supported here",
                     value->name);
    return NULL;
}

void weir_onnx_set_constant(weir_onnx_reader *reader, const OnnxNode *node,
                            const weir_onnx_constant *constant) {
    add_value(reader, node->output[0])->constant = constant;
}

bool weir_onnx_set_computed(weir_onnx_reader *reader, const OnnxNode *node, uint32_t layer,
                            weir_onnx_layout layout) {
    weir_onnx_value *value = add_value(reader, node->output[0]);
    value->layer = layer;
    value->layout = layout;
    return true;
}

/* --- layers --- */

static weir_onnx_draft *add_draft(weir_onnx_reader *reader, weir_layer layer) {
    reader->drafts = weir_xrealloc(reader->drafts, (reader->n_drafts + 1) * sizeof *reader->drafts);
    weir_onnx_draft *draft = &reader->drafts[reader->n_drafts++];
    *draft = (weir_onnx_draft){.layer = layer};
    return draft;
}

weir_onnx_draft *weir_onnx_add_join(weir_onnx_reader *reader, const OnnxNode *node,
                                    weir_layer_kind kind, uint32_t n_inputs, const uint32_t *inputs,
                                    weir_shape in, weir_shape out) {
    uint64_t positions = (uint64_t)out.rows * out.columns;
    if (positions > WEIR_MAX_ELEMENTS || positions * out.channels > WEIR_MAX_ELEMENTS) {
        weir_onnx_refuse(reader, node,
                         "an output of %u x %u x %u elements, at most %u are supported", out.rows,
                         out.columns, out.channels, WEIR_MAX_ELEMENTS);
        return NULL;
    }
    uint32_t *own = WEIR_NEW(reader->arena, uint32_t, n_inputs);
    memcpy(own, inputs, n_inputs * sizeof *own);
    weir_layer layer = {
        .name = weir_onnx_layer_name(reader, node),
        .node = weir_arena_strdup(reader->arena,
                                  node->name && *node->name ? node->name : node->output[0]),
        .kind = kind,
        .n_inputs = n_inputs,
        .inputs = own,
        .in = in,
        .out = out,
        .groups = 1,
    };
    return add_draft(reader, layer);
}

weir_onnx_draft *weir_onnx_add_layer(weir_onnx_reader *reader, const OnnxNode *node,
                                     weir_layer_kind kind, uint32_t input, weir_shape in,
                                     weir_shape out) {
    return weir_onnx_add_join(reader, node, kind, 1, &input, in, out);
}

/* Live nodes that read the tensor, and the graph's output. */
static uint32_t count_readers(const weir_onnx_reader *reader, const char *name) {
    const OnnxGraph *graph = reader->graph;
    uint32_t count = strcmp(graph->output[0]->name, name) == 0;
    for (size_t n = 0; n < graph->n_node; n++)
        for (size_t i = 0; reader->live[n] && i < graph->node[n]->n_input; i++)
            count += strcmp(graph->node[n]->input[i], name) == 0;
    return count;
}

bool weir_onnx_sole_reader(const weir_onnx_reader *reader, uint32_t layer) {
    for (uint32_t v = 0; v < reader->n_values; v++) {
        const weir_onnx_value *value = &reader->values[v];
        if (!value->constant && value->layer == layer && count_readers(reader, value->name) > 1)
            return false;
    }
    return true;
}

/* --- the walk --- */

/* Dimensions of the network's input; those of the batch become 1. */
static bool input_dims(weir_onnx_reader *reader, const OnnxValue *input, uint32_t *rank,
                       uint32_t *dims) {
    const OnnxTensorType *type = input->type ? input->type->tensor_type : NULL;
    uint64_t elements = 1;
    if (!type || !type->shape || type->shape->n_dim == 0)
        return weir_error(reader->diag, reader->loc, "input \"%s\": has no shape", input->name);
    if (type->elem_type != 1 && type->elem_type != 10 && type->elem_type != 11)
        return weir_error(reader->diag, reader->loc,
                          "input \"%s\": data type %d, only 1 (float), 10 (float16) and 11 "
                          "(double) are supported",
                          input->name, type->elem_type);
    if (type->shape->n_dim > WEIR_ONNX_RANK)
        return weir_error(reader->diag, reader->loc,
                          "input \"%s\": %zu dimensions, at most %d are supported", input->name,
                          type->shape->n_dim, WEIR_ONNX_RANK);
    *rank = (uint32_t)type->shape->n_dim;
    for (uint32_t d = 0; d < *rank; d++) {
        const OnnxDimension *dim = type->shape->dim[d];
        int64_t size = dim->has_dim_value ? dim->dim_value : 0;
        for (int i = 0; reader->crop && i < 2; i++)
            if (reader->crop->dims[i] == (int)d)
                size = i == 0 ? reader->crop->rows : reader->crop->columns;
        if (d == 0 && *rank > 1) {
            if (size > 1)
                return weir_error(reader->diag, reader->loc,
                                  "input \"%s\": a batch of %lld, only 1 is supported", input->name,
                                  (long long)size);
            size = 1;
        }
        if (size < 1)
            return weir_error(reader->diag, reader->loc,
                              "input \"%s\": dimension %u is unknown, only the batch may be",
                              input->name, d);
        if (size > WEIR_MAX_ELEMENTS || (elements *= (uint64_t)size) > WEIR_MAX_ELEMENTS)
            return weir_error(reader->diag, reader->loc, "input \"%s\": more than %u elements",
                              input->name, WEIR_MAX_ELEMENTS);
        dims[d] = (uint32_t)size;
    }
    return true;
}

static bool add_input(weir_onnx_reader *reader) {
    const OnnxValue *input = weir_onnx_graph_input(reader->graph);
    uint32_t rank = 0, dims[WEIR_ONNX_RANK];
    if (!input_dims(reader, input, &rank, dims)) return false;
    add_draft(reader, (weir_layer){.name = "input",
                                   .node = weir_arena_strdup(reader->arena, input->name),
                                   .kind = WEIR_LAYER_INPUT,
                                   .groups = 1});
    add_value(reader, input->name)->layout = weir_onnx_layout_plain(rank, dims);
    return true;
}

/* The initializers that live nodes use; all bad ones are reported. */
static bool add_initializers(weir_onnx_reader *reader) {
    const OnnxGraph *graph = reader->graph;
    bool fine = true;
    for (size_t i = 0; i < graph->n_initializer; i++) {
        const char *name = graph->initializer[i]->name;
        bool used = false;
        for (size_t n = 0; name && n < graph->n_node; n++)
            for (size_t k = 0; reader->live[n] && k < graph->node[n]->n_input; k++)
                used = used || strcmp(graph->node[n]->input[k], name) == 0;
        if (!used) continue;
        const weir_onnx_constant *constant = weir_onnx_decode(reader, name, graph->initializer[i]);
        if (constant)
            add_value(reader, name)->constant = constant;
        else
            fine = false;
    }
    return fine;
}

/* The output layer; `order` receives the network's output order. */
static bool add_output(weir_onnx_reader *reader, const uint32_t **output_order) {
    const char *name = reader->graph->output[0]->name;
    weir_onnx_value *value = weir_onnx_find_value(reader, name);
    weir_onnx_bind_vector(reader, value);
    uint32_t elements = (uint32_t)weir_onnx_layout_elements(&value->layout);
    uint32_t *order = WEIR_NEW(reader->arena, uint32_t, elements), i = 0;
    uint32_t *inputs = WEIR_NEW(reader->arena, uint32_t, 1);
    inputs[0] = value->layer;
    weir_shape shape = reader->drafts[value->layer].layer.out;
    weir_onnx_layout_order(&value->layout, order);
    while (i < elements && order[i] == i)
        i++;
    *output_order = i < elements ? order : NULL;
    add_draft(reader, (weir_layer){.name = "output",
                                   .node = weir_arena_strdup(reader->arena, name),
                                   .kind = WEIR_LAYER_OUTPUT,
                                   .n_inputs = 1,
                                   .inputs = inputs,
                                   .in = shape,
                                   .out = shape,
                                   .groups = 1});
    return true;
}

/* The file's name without folder and ending. */
static const char *network_name(weir_arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    char *name = weir_arena_strdup(arena, slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    return name;
}

static weir_network *finish(weir_onnx_reader *reader, const char *path) {
    const uint32_t *output_order;
    add_output(reader, &output_order);
    weir_layer *layers = WEIR_NEW(reader->arena, weir_layer, reader->n_drafts);
    for (uint32_t l = 0; l < reader->n_drafts; l++) {
        layers[l] = reader->drafts[l].layer;
        layers[l].weights = reader->drafts[l].weights;
        layers[l].bias = reader->drafts[l].bias;
    }
    weir_network *network = WEIR_NEW(reader->arena, weir_network, 1);
    *network = (weir_network){
        .arena = reader->arena,
        .name = network_name(reader->arena, path),
        .n_layers = reader->n_drafts,
        .layers = layers,
        .output = reader->n_drafts - 1,
        .input_order = reader->input_order,
        .output_order = output_order,
    };
    return network;
}

static bool read_graph(weir_onnx_reader *reader, const OnnxModel *model) {
    if (!weir_onnx_check(reader, model)) return false;
    bool fine = add_initializers(reader);
    fine = add_input(reader) && fine;
    for (size_t n = 0; fine && n < reader->graph->n_node; n++) {
        const OnnxNode *node = reader->graph->node[n];
        if (reader->live[n]) fine = weir_onnx_find_handler(node)(reader, node);
    }
    const char *output = reader->graph->output[0]->name;
    if (fine && !weir_onnx_find_value(reader, output))
        fine = weir_error(reader->diag, reader->loc, "output \"%s\": no node computes it", output);
    return fine;
}

/* Which dimensions of the file's input are rows and columns, now that it is bound. */
static bool find_crop(weir_onnx_reader *reader, uint32_t rows, uint32_t columns,
                      weir_onnx_crop *crop) {
    const char *name = weir_onnx_graph_input(reader->graph)->name;
    const weir_onnx_value *value = weir_onnx_find_value(reader, name);
    weir_shape shape = reader->drafts[0].layer.out;
    uint32_t rank = value->layout.rank;
    for (int last = 0; last < 2; last++) {
        int first = last ? 1 : 2, channel = last ? (int)rank - 1 : 1;
        int dims[3] = {rank == 4 ? first : -1, rank == 4 ? first + 1 : first, channel};
        if ((rank != 3 && rank != 4) || value->lost ||
            value->layout.dims[channel] != shape.channels ||
            !weir_onnx_fits_image(&value->layout, dims))
            continue;
        *crop = (weir_onnx_crop){
            {dims[0], dims[1]}, rows ? rows : shape.rows, columns ? columns : shape.columns};
        if (rank == 4 || crop->rows == 1) return true;
        return weir_error(reader->diag, reader->loc,
                          "crop of %u rows: input \"%s\" has one row only", rows, name);
    }
    return weir_error(reader->diag, reader->loc,
                      "crop of %u x %u: input \"%s\" has no rows and columns", rows, columns, name);
}

/* One pass over the model. `crop` may be NULL; `next` receives that of rows x columns if either is
 * given. */
static weir_network *read_model(const OnnxModel *model, const char *path,
                                const weir_onnx_crop *crop, uint32_t rows, uint32_t columns,
                                weir_onnx_crop *next, weir_diag *diag) {
    weir_onnx_reader reader = {.arena = weir_arena_new(),
                               .diag = diag,
                               .loc = {path, 0},
                               .graph = model->graph,
                               .crop = crop};
    weir_network *network = NULL;
    if (read_graph(&reader, model)) {
        network = finish(&reader, path);
        if ((rows || columns) && !find_crop(&reader, rows, columns, next)) network = NULL;
    }
    if (!network) weir_arena_free(reader.arena);
    free(reader.values);
    free(reader.drafts);
    return network;
}

weir_network *weir_network_load_onnx_crop(const char *path, uint32_t rows, uint32_t columns,
                                          weir_diag *diag) {
    OnnxModel *model = weir_onnx_parse(path, diag);
    weir_onnx_crop crop;
    if (!model) return NULL;
    /* Only a whole pass tells rows and columns from channels. */
    weir_network *network = read_model(model, path, NULL, rows, columns, &crop, diag);
    if (network && (rows || columns)) {
        weir_network_free(network);
        network = read_model(model, path, &crop, 0, 0, NULL, diag);
    }
    onnx_model__free_unpacked(model, NULL);
    return network;
}

weir_network *weir_network_load_onnx(const char *path, weir_diag *diag) {
    return weir_network_load_onnx_crop(path, 0, 0, diag);
}
