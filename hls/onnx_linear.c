/* Matrix products, and what is linear for each channel: batch normalisation and arithmetic with a
 * constant, which fold into the layer before where that is linear too.
 */
#include "hls/onnx_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- matrix products --- */

typedef struct matrix {
    const weir_onnx_constant *constant;
    uint32_t inputs, outputs;
    bool transposed; /* [outputs][inputs] in the file */
    float factor;
} matrix;

/* [inputs][outputs], the inputs in stream order. */
static float *matrix_weights(weir_onnx_reader *reader, const matrix *m, const uint32_t *order) {
    float *weights = WEIR_NEW(reader->arena, float, m->constant->count);
    for (uint32_t i = 0; i < m->inputs; i++)
        for (uint32_t o = 0; o < m->outputs; o++) {
            size_t from = m->transposed ? (size_t)o * m->inputs + i : (size_t)i * m->outputs + o;
            weights[(size_t)order[i] * m->outputs + o] = m->factor * m->constant->floats[from];
        }
    return weights;
}

static bool read_matrix(weir_onnx_reader *reader, const OnnxNode *node, matrix *m) {
    m->constant = weir_onnx_floats(reader, node, 1);
    if (!m->constant) return false;
    if (m->constant->rank != 2 || m->constant->count == 0)
        return weir_onnx_refuse(reader, node, "weights \"%s\" of %u dimensions, they must be 2",
                                m->constant->name, m->constant->rank);
    m->inputs = m->constant->dims[m->transposed];
    m->outputs = m->constant->dims[!m->transposed];
    return true;
}

/* One vector is a dense layer; a vector at each of several positions is a convolution of 1 x 1. */
static bool multiply(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                     const matrix *m) {
    weir_onnx_layout *layout = &value->layout;
    weir_shape in, out = {1, 1, m->outputs};
    const weir_quant *grid;
    uint32_t last = layout->rank - 1;
    if (layout->rank == 0 || layout->dims[last] != m->inputs)
        return weir_onnx_refuse(reader, node, "%u inputs do not fit weights \"%s\" of %u x %u",
                                layout->rank == 0 ? 1 : layout->dims[last], m->constant->name,
                                m->inputs, m->outputs);
    if (!weir_onnx_channel_grid(reader, node, m->constant, !m->transposed, &grid)) return false;
    /* Other factors than 1 take the weights off their grid. */
    if (m->factor != 1) grid = NULL;
    bool dense = weir_onnx_layout_elements(layout) == m->inputs;
    uint32_t *order = WEIR_NEW(reader->arena, uint32_t, m->inputs);
    if (dense) {
        weir_onnx_bind_vector(reader, value);
        in = reader->drafts[value->layer].layer.out;
        weir_onnx_layout_order(layout, order);
    } else if (weir_onnx_positions(reader, node, value, last, &in, order)) {
        out.rows = in.rows;
        out.columns = in.columns;
    } else {
        return false;
    }
    weir_onnx_draft *draft = weir_onnx_add_layer(
        reader, node, dense ? WEIR_LAYER_DENSE : WEIR_LAYER_CONV, value->layer, in, out);
    if (!draft) return false;
    if (!dense) draft->layer.window = (weir_window_shape){1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    draft->weights = matrix_weights(reader, m, order);
    draft->layer.weight_quant = grid;
    uint32_t dims[WEIR_ONNX_RANK], rank = layout->rank;
    memcpy(dims, layout->dims, sizeof dims);
    dims[last] = m->outputs;
    return weir_onnx_set_computed(reader, node, reader->n_drafts - 1,
                                  weir_onnx_layout_plain(rank, dims));
}

bool weir_onnx_matmul(weir_onnx_reader *reader, const OnnxNode *node) {
    matrix m = {.factor = 1};
    weir_onnx_value *value = weir_onnx_computed(reader, node, 0);
    return value && read_matrix(reader, node, &m) && multiply(reader, node, value, &m);
}

bool weir_onnx_gemm(weir_onnx_reader *reader, const OnnxNode *node) {
    matrix m = {.transposed = weir_onnx_int(node, "transB", 0) != 0,
                .factor = weir_onnx_float(node, "alpha", 1)};
    float beta = weir_onnx_float(node, "beta", 1);
    const weir_onnx_constant *bias = NULL;
    weir_onnx_value *value = weir_onnx_computed(reader, node, 0);
    if (!value || !read_matrix(reader, node, &m)) return false;
    if (weir_onnx_has_input(node, 2) && !(bias = weir_onnx_floats(reader, node, 2))) return false;
    if (weir_onnx_int(node, "transA", 0) != 0)
        return weir_onnx_refuse(reader, node, "transA is not supported");
    if (bias && bias->count != 1 &&
        (bias->count != m.outputs || bias->dims[bias->rank - 1] != m.outputs))
        return weir_onnx_refuse(reader, node, "bias \"%s\" of %u elements, it must be 1 or %u",
                                bias->name, bias->count, m.outputs);
    if (!multiply(reader, node, value, &m)) return false;
    if (!bias) return true;
    weir_onnx_draft *draft = &reader->drafts[reader->n_drafts - 1];
    if (!weir_onnx_channel_grid(reader, node, bias, (int)bias->rank - 1, &draft->layer.bias_quant))
        return false;
    if (beta != 1) draft->layer.bias_quant = NULL;
    float *result = WEIR_NEW(reader->arena, float, m.outputs);
    for (uint32_t o = 0; o < m.outputs; o++)
        result[o] = beta * bias->floats[bias->count == 1 ? 0 : o];
    draft->bias = result;
    return true;
}

/* --- scale and shift --- */

typedef struct affine {
    int dim;        /* of the channels; -1: the same for all elements */
    uint32_t count; /* 1 or the channels */
    double *scale, *shift;
    const weir_quant *shift_quant; /* the grid of the shifts where all scales are 1, else NULL */
} affine;

static affine new_affine(weir_onnx_reader *reader, int dim, uint32_t count) {
    return (affine){dim, count, WEIR_NEW(reader->arena, double, count),
                    WEIR_NEW(reader->arena, double, count), NULL};
}

static size_t count_weights(const weir_layer *layer) {
    const weir_window_shape *w = &layer->window;
    if (layer->kind == WEIR_LAYER_DENSE)
        return weir_shape_elements(layer->in) * layer->out.channels;
    return (size_t)w->kernel_rows * w->kernel_columns * (layer->in.channels / layer->groups) *
           layer->out.channels;
}

/* out = scale * (weights in + bias) + shift, by `channels` outputs; a uniform SCALE has one. */
static void fold(weir_onnx_reader *reader, weir_onnx_draft *draft, const affine *by,
                 const uint32_t *order) {
    bool scale_layer = draft->layer.kind == WEIR_LAYER_SCALE;
    uint32_t channels = draft->uniform ? 1 : draft->layer.out.channels;
    size_t n_weights = scale_layer ? channels : count_weights(&draft->layer);
    double *scale = weir_xcalloc(channels, sizeof *scale);
    double *shift = weir_xcalloc(channels, sizeof *shift);
    bool shifted = false;
    for (uint32_t c = 0; c < channels; c++) {
        uint32_t to = by->count > 1 ? order[c] : c, from = by->count > 1 ? c : 0;
        scale[to] = by->scale[from];
        shift[to] = by->shift[from];
        shifted = shifted || shift[to] != 0;
    }
    for (size_t w = 0; w < n_weights; w++)
        draft->weights[w] = (float)(draft->weights[w] * scale[w % channels]);
    if (shifted && !draft->bias) draft->bias = WEIR_NEW(reader->arena, float, channels);
    for (uint32_t c = 0; draft->bias && c < channels; c++)
        draft->bias[c] = (float)(draft->bias[c] * scale[c] + shift[c]);
    free(scale);
    free(shift);
}

/* Whether the draft can take `by` up: it is linear, nothing else reads it, and quantised weights
 * stay on their grid. */
static bool can_fold(const weir_onnx_reader *reader, const weir_onnx_draft *draft, weir_shape shape,
                     const affine *by) {
    const weir_layer *layer = &draft->layer;
    bool shifts_only = true;
    for (uint32_t c = 0; c < by->count; c++)
        shifts_only = shifts_only && by->scale[c] == 1;
    return (layer->kind == WEIR_LAYER_CONV || layer->kind == WEIR_LAYER_DENSE ||
            layer->kind == WEIR_LAYER_SCALE) &&
           layer->out.channels == shape.channels && (shifts_only || !layer->weight_quant) &&
           weir_onnx_sole_reader(reader, (uint32_t)(draft - reader->drafts));
}

/* Applies `by` to the value: in the layer before, else as a SCALE layer. */
static bool apply(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                  const affine *by) {
    uint32_t *order = by->dim < 0 ? NULL : WEIR_NEW(reader->arena, uint32_t, by->count);
    weir_shape shape;
    for (uint32_t c = 0; c < by->count; c++)
        if (!isfinite(by->scale[c]) || !isfinite(by->shift[c]))
            return weir_onnx_refuse(reader, node, "scales channel %u by %g and shifts it by %g", c,
                                    by->scale[c], by->shift[c]);
    if (by->dim < 0)
        shape = reader->drafts[value->layer].layer.out;
    else if (!weir_onnx_positions(reader, node, value, (uint32_t)by->dim, &shape, order))
        return false;
    weir_onnx_draft *draft = &reader->drafts[value->layer];
    bool unbiased = !draft->bias;
    if (!can_fold(reader, draft, shape, by)) {
        draft = weir_onnx_add_layer(reader, node, WEIR_LAYER_SCALE, value->layer, shape, shape);
        if (!draft) return false;
        value->layer = reader->n_drafts - 1;
        draft->uniform = !reader->bound;
        uint32_t channels = draft->uniform ? 1 : shape.channels;
        draft->weights = WEIR_NEW(reader->arena, float, channels);
        for (uint32_t c = 0; c < channels; c++)
            draft->weights[c] = 1;
    }
    fold(reader, draft, by, order);
    draft->layer.bias_quant = NULL;
    if (unbiased && by->shift_quant && draft->layer.kind != WEIR_LAYER_SCALE)
        draft->layer.bias_quant = weir_onnx_keep_grid(reader, by->shift_quant, order);
    return true;
}

bool weir_onnx_scale_value(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                           double scale, double shift) {
    affine by = new_affine(reader, -1, 1);
    by.scale[0] = scale;
    by.shift[0] = shift;
    return apply(reader, node, value, &by);
}

bool weir_onnx_batch_norm(weir_onnx_reader *reader, const OnnxNode *node) {
    const weir_onnx_constant *terms[4]; /* scale, bias, mean, variance */
    const weir_onnx_value *input = weir_onnx_computed(reader, node, 0);
    if (!input) return false;
    weir_onnx_value own = *input, *value = &own;
    if (value->layout.rank < 2)
        return weir_onnx_refuse(reader, node, "an input of %u dimensions, at least 2 are needed",
                                value->layout.rank);
    if (weir_onnx_int(node, "training_mode", 0) != 0)
        return weir_onnx_refuse(reader, node, "training_mode is not supported");
    if (weir_onnx_int(node, "spatial", 1) == 0 && value->layout.rank > 2)
        return weir_onnx_refuse(reader, node, "spatial = 0 is not supported");
    uint32_t dim = weir_onnx_is_channels_last(node) ? value->layout.rank - 1 : 1;
    uint32_t channels = value->layout.dims[dim];
    for (uint32_t t = 0; t < 4; t++) {
        terms[t] = weir_onnx_floats(reader, node, t + 1);
        if (!terms[t]) return false;
        if (terms[t]->count != channels)
            return weir_onnx_refuse(reader, node, "\"%s\" has %u elements for %u channels",
                                    terms[t]->name, terms[t]->count, channels);
    }
    affine by = new_affine(reader, (int)dim, channels);
    float epsilon = weir_onnx_float(node, "epsilon", 1e-5f);
    for (uint32_t c = 0; c < channels; c++) {
        by.scale[c] = terms[0]->floats[c] / sqrt((double)terms[3]->floats[c] + epsilon);
        by.shift[c] = terms[1]->floats[c] - terms[2]->floats[c] * by.scale[c];
    }
    return apply(reader, node, value, &by) &&
           weir_onnx_set_computed(reader, node, value->layer, value->layout);
}

/* The dimension of the value that the constant runs along; false if it is more than one. */
static bool align(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                  const weir_onnx_constant *constant, int *dim) {
    uint32_t rank = value->layout.rank, dims[WEIR_ONNX_RANK];
    if (constant->rank > rank) { /* the value has further dimensions of 1 in front */
        for (uint32_t d = 0; d < constant->rank; d++)
            dims[d] =
                d < constant->rank - rank ? 1 : value->layout.dims[d - (constant->rank - rank)];
        rank = constant->rank;
        weir_onnx_layout_reshape(&value->layout, rank, dims);
    }
    /* Before opset 7 the attribute `axis` says where the constant begins. */
    int64_t first = rank - constant->rank;
    if (reader->opset < 7) first = weir_onnx_int(node, "axis", first);
    if (first < 0) first += rank;
    if (first < 0 || first > rank - constant->rank)
        return weir_onnx_refuse(reader, node,
                                "axis %lld for a constant of %u and a tensor of %u dimensions",
                                (long long)weir_onnx_int(node, "axis", 0), constant->rank, rank);
    *dim = -1;
    for (uint32_t d = 0; d < constant->rank; d++) {
        if (constant->dims[d] == 1) continue;
        if (*dim >= 0 || value->layout.dims[first + d] != constant->dims[d])
            return weir_onnx_refuse(reader, node,
                                    "constant \"%s\" must be a single value or run along one "
                                    "dimension of its other input",
                                    constant->name);
        *dim = (int)(first + d);
    }
    return true;
}

/* Add, Sub, Mul and Div by a constant; Add and Mul of two computed tensors. */
bool weir_onnx_arithmetic(weir_onnx_reader *reader, const OnnxNode *node) {
    const weir_onnx_value *sides[2];
    for (uint32_t i = 0; i < 2; i++)
        sides[i] =
            weir_onnx_has_input(node, i) ? weir_onnx_find_value(reader, node->input[i]) : NULL;
    if (sides[0] && sides[1] && !sides[0]->constant && !sides[1]->constant)
        return weir_onnx_join(reader, node);
    const weir_onnx_value *front = sides[0];
    bool swapped = front && front->constant; /* the constant is the left operand */
    int dim = -1;
    const weir_onnx_value *input = weir_onnx_computed(reader, node, swapped ? 1 : 0);
    const weir_onnx_constant *constant = weir_onnx_floats(reader, node, swapped ? 0 : 1);
    if (!input || !constant) return false;
    weir_onnx_value own = *input, *value = &own;
    if (!align(reader, node, value, constant, &dim)) return false;
    char operator= node->op_type[0];
    if (operator== 'D' && swapped)
        return weir_onnx_refuse(reader, node, "division of a constant is not supported");
    affine by = new_affine(reader, dim, constant->count);
    for (uint32_t c = 0; c < constant->count; c++) {
        double x = constant->floats[c];
        switch (operator) {
        case 'A':
            by.scale[c] = 1;
            by.shift[c] = x;
            break;
        case 'S':
            by.scale[c] = swapped ? -1 : 1;
            by.shift[c] = swapped ? x : -x;
            break;
        case 'M':
            by.scale[c] = x;
            break;
        default:
            by.scale[c] = 1 / x;
        }
    }
    /* A grid along another dimension than the channels is none of theirs. */
    bool along = constant->quant &&
                 (constant->quant->channels == 1 || constant->quant->channels == constant->count);
    if (operator== 'A' && along) by.shift_quant = constant->quant;
    return apply(reader, node, value, &by) &&
           weir_onnx_set_computed(reader, node, value->layer, value->layout);
}

/* --- activations --- */

bool weir_onnx_activation(weir_onnx_reader *reader, const OnnxNode *node) {
    static const struct {
        const char *op_type;
        weir_layer_kind kind;
        float alpha, gamma;
    } kinds[] = {
        {"Relu", WEIR_LAYER_RELU, 0, 0},
        {"LeakyRelu", WEIR_LAYER_LEAKY_RELU, 0.01f, 0},
        {"Selu", WEIR_LAYER_SELU, 1.67326319217681884765625f, 1.05070102214813232421875f},
        {"Sigmoid", WEIR_LAYER_SIGMOID, 0, 0},
        {"Tanh", WEIR_LAYER_TANH, 0, 0},
    };
    size_t k = 0;
    while (strcmp(node->op_type, kinds[k].op_type) != 0)
        k++;
    weir_onnx_value *value = weir_onnx_computed(reader, node, 0);
    if (!value) return false;
    weir_shape shape = reader->drafts[value->layer].layer.out;
    weir_onnx_layout layout = value->layout;
    weir_onnx_draft *draft =
        weir_onnx_add_layer(reader, node, kinds[k].kind, value->layer, shape, shape);
    if (!draft) return false;
    draft->layer.alpha = weir_onnx_float(node, "alpha", kinds[k].alpha);
    draft->layer.gamma = weir_onnx_float(node, "gamma", kinds[k].gamma);
    if (!isfinite(draft->layer.alpha) || !isfinite(draft->layer.gamma))
        return weir_onnx_refuse(reader, node, "alpha %g, gamma %g: they must be finite",
                                draft->layer.alpha, draft->layer.gamma);
    return weir_onnx_set_computed(reader, node, reader->n_drafts - 1, layout);
}

/* Before opset 13 all dimensions from `axis` on are one, then only `axis` itself. */
static uint32_t softmax_dim(weir_onnx_layout *layout, uint32_t axis, bool coerced) {
    uint32_t dims[2] = {1, 1}, dim = axis, above_1 = 0;
    if (!coerced) return axis;
    for (uint32_t d = 0; d < layout->rank; d++) {
        dims[d >= axis] *= layout->dims[d];
        if (d < axis || layout->dims[d] == 1) continue;
        above_1++;
        dim = d;
    }
    if (above_1 < 2) return dim;
    weir_onnx_layout_reshape(layout, 2, dims);
    return 1;
}

bool weir_onnx_softmax(weir_onnx_reader *reader, const OnnxNode *node) {
    const weir_onnx_value *input = weir_onnx_computed(reader, node, 0);
    if (!input) return false;
    weir_onnx_value own = *input, *value = &own;
    uint32_t rank = value->layout.rank, dims[WEIR_ONNX_RANK];
    memcpy(dims, value->layout.dims, sizeof dims);
    bool coerced = reader->opset < 13;
    int64_t axis = weir_onnx_int(node, "axis", coerced ? 1 : -1);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank)
        return weir_onnx_refuse(reader, node, "axis %lld of a tensor of %u dimensions",
                                (long long)weir_onnx_int(node, "axis", coerced ? 1 : -1), rank);
    weir_shape shape;
    uint32_t dim = softmax_dim(&value->layout, (uint32_t)axis, coerced);
    uint32_t *order = WEIR_NEW(reader->arena, uint32_t, value->layout.dims[dim]);
    if (!weir_onnx_positions(reader, node, value, dim, &shape, order)) return false;
    weir_onnx_layout layout = value->layout;
    weir_onnx_layout_reshape(&layout, rank, dims);
    if (!weir_onnx_add_layer(reader, node, WEIR_LAYER_SOFTMAX, value->layer, shape, shape))
        return false;
    return weir_onnx_set_computed(reader, node, reader->n_drafts - 1, layout);
}
