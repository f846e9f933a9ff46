#include "hls/lower.h"
#include "models/graph.h"
#include <math.h>
#include <string.h>

/* What one layer's lowering works on. `stream` and `node` are the data as it stands: the last
 * process added and what it sends. */
typedef struct lowering {
    const weir_design *design;
    weir_arena *arena;
    weir_plan *plan;
    weir_diag *diag;
    const weir_layer *layer;
    const weir_layer_settings *settings;
    uint32_t index; /* of the layer */
    uint32_t node;
    weir_stream stream;
} lowering;

static weir_plan_node *add_node(lowering *low, weir_process_kind kind, const weir_operator *op) {
    weir_plan *plan = low->plan;
    if (plan->n_nodes == plan->room) {
        uint32_t room = plan->room ? 2 * plan->room : 32;
        weir_plan_node *nodes = WEIR_NEW(low->arena, weir_plan_node, room);
        if (plan->n_nodes) memcpy(nodes, plan->nodes, plan->n_nodes * sizeof *nodes);
        plan->nodes = nodes;
        plan->room = room;
    }
    weir_plan_node *node = &plan->nodes[plan->n_nodes];
    *node = (weir_plan_node){*op, kind, low->index, low->settings->domain, low->node};
    low->node = plan->n_nodes++;
    if (op->n_outputs) low->stream = op->out[0];
    return node;
}

static const char *helper_name(lowering *low, const char *suffix) {
    return weir_arena_printf(low->arena, "%s_%s", low->layer->name, suffix);
}

/* The largest divisor of `channels` that keeps a beat within the limit, in steps of `unit`. */
static uint32_t narrow(uint32_t channels, uint32_t unit, int width) {
    for (uint32_t lanes = channels; lanes > unit; lanes--)
        if (channels % lanes == 0 && lanes % unit == 0 &&
            (uint64_t)lanes * (uint32_t)width <= WEIR_BEAT_LIMIT)
            return lanes;
    return unit;
}

static bool convert_width(lowering *low, uint32_t lanes) {
    if (low->stream.lanes == lanes) return true;
    weir_operator op = {0};
    if (!weir_width_operator(&op, low->arena, helper_name(low, "width"), low->stream, lanes,
                             low->settings->loc, low->diag))
        return false;
    add_node(low, WEIR_PROCESS, &op);
    return true;
}

/* Reads the same elements as a tensor of another shape (flatten, reshape). A beat that would lie
 * across two positions is split first. */
static bool reshape(lowering *low, weir_shape shape) {
    uint32_t lanes = low->stream.lanes;
    while (shape.channels % lanes || low->stream.lanes % lanes)
        lanes--;
    if (!convert_width(low, lanes)) return false;
    low->stream.rows = shape.rows;
    low->stream.columns = shape.columns;
    low->stream.channels = shape.channels;
    return true;
}

static bool is_pointwise(const weir_window_shape *w) {
    return w->kernel_rows == 1 && w->kernel_columns == 1 && w->stride_rows == 1 &&
           w->stride_columns == 1 && !w->pad_top && !w->pad_left && !w->pad_bottom && !w->pad_right;
}

static bool add_window(lowering *low, int32_t pad) {
    weir_operator op = {0};
    if (!weir_window_operator(&op, low->arena, helper_name(low, "window"), low->stream,
                              low->layer->window, pad, low->settings->loc, low->diag))
        return false;
    add_node(low, WEIR_PROCESS, &op);
    return true;
}

/* ------------------------------------------------------------------ weights */

/* Weights of a convolution as a matrix over the window stream: element order (fold, kernel row,
 * kernel column, lane), see weir_window_operator. A group's weights are zero outside it. */
static int32_t *conv_matrix(lowering *low, uint32_t lanes) {
    const weir_layer *layer = low->layer;
    const weir_window_shape *w = &layer->window;
    uint32_t channels = layer->in.channels, outputs = layer->out.channels;
    uint32_t group_in = channels / layer->groups, group_out = outputs / layer->groups;
    uint32_t kernel = w->kernel_rows * w->kernel_columns;
    int32_t *matrix = WEIR_NEW(low->arena, int32_t, (size_t)kernel * channels * outputs);
    for (uint32_t c = 0; c < channels; c++)
        for (uint32_t k = 0; k < kernel; k++) {
            size_t row = (size_t)(c / lanes * kernel + k) * lanes + c % lanes;
            uint32_t group = c / group_in;
            for (uint32_t n = group * group_out; n < (group + 1) * group_out; n++) {
                float value = layer->weights[((size_t)k * group_in + c % group_in) * outputs + n];
                matrix[row * outputs + n] =
                    (int32_t)weir_fixed_from_double(value, low->settings->weight_precision);
            }
        }
    return matrix;
}

static int32_t *quantise(lowering *low, const float *values, size_t count) {
    int32_t *out = WEIR_NEW(low->arena, int32_t, count);
    for (size_t i = 0; i < count; i++)
        out[i] = (int32_t)weir_fixed_from_double(values[i], low->settings->weight_precision);
    return out;
}

/* A bias has the weights' precision, then stands at the fraction of the products. */
static int64_t *quantise_bias(lowering *low, const float *bias, uint32_t count) {
    if (!bias) return NULL;
    weir_fixed type = low->settings->weight_precision;
    int fraction =
        low->stream.element.width - low->stream.element.integer + weir_fixed_fraction(type);
    int64_t *out = WEIR_NEW(low->arena, int64_t, count);
    for (uint32_t i = 0; i < count; i++) {
        double value = weir_fixed_to_double(weir_fixed_from_double(bias[i], type), type);
        out[i] = (int64_t)floor(ldexp(value, fraction));
    }
    return out;
}

/* ------------------------------------------------------------------ layers */

static bool add_matvec(lowering *low, uint32_t vector, const int32_t *(*weights)(lowering *)) {
    const weir_layer *layer = low->layer;
    const weir_layer_settings *settings = low->settings;
    weir_folding fold;
    if (!weir_fold(layer->name, settings, vector, layer->out.channels, low->stream.lanes, &fold,
                   low->diag))
        return false;
    const int32_t *matrix = weights(low); /* in the order of the stream, which a gather keeps */
    if (fold.gather && !convert_width(low, vector)) return false;
    uint32_t outputs = layer->out.channels;
    uint32_t out_lanes =
        fold.latency ? outputs : narrow(outputs, fold.pe, settings->precision.width);
    weir_matvec_spec spec = {
        .in = low->stream,
        .outputs = outputs,
        .out_lanes = out_lanes,
        .weights = matrix,
        .weight_type = settings->weight_precision,
        .bias = quantise_bias(low, layer->bias, outputs),
        .accumulator = settings->has_accumulator ? &settings->accumulator : NULL,
        .out = settings->precision,
        .latency = fold.latency,
        .pe = fold.pe,
        .simd = fold.simd,
    };
    weir_operator op = {0};
    if (!weir_matvec_operator(&op, low->arena, layer->name, &spec, settings->loc, low->diag))
        return false;
    add_node(low, WEIR_PROCESS, &op);
    return true;
}

static const int32_t *conv_weights(lowering *low) {
    const weir_window_shape *w = &low->layer->window;
    uint32_t lanes = low->stream.lanes;
    if (!is_pointwise(w)) lanes /= w->kernel_rows * w->kernel_columns;
    return conv_matrix(low, lanes);
}

static const int32_t *dense_weights(lowering *low) {
    return quantise(low, low->layer->weights,
                    (size_t)low->stream.channels * low->layer->out.channels);
}

static bool lower_conv(lowering *low) {
    const weir_window_shape *w = &low->layer->window;
    if (!is_pointwise(w) && !add_window(low, 0)) return false;
    return add_matvec(low, w->kernel_rows * w->kernel_columns * low->layer->in.channels,
                      conv_weights);
}

static bool lower_pool(lowering *low, bool average) {
    weir_element element = low->stream.element;
    weir_shape before = {low->stream.rows, low->stream.columns, low->stream.channels};
    uint32_t lanes = low->stream.lanes;
    /* A maximum must never choose padding. */
    int32_t lowest = element.is_signed ? (int32_t)(-(INT64_C(1) << (element.width - 1))) : 0;
    if (!add_window(low, average ? 0 : lowest)) return false;
    weir_operator op = {0};
    if (!weir_pool_operator(&op, low->arena, low->layer->name, low->stream, low->layer->window,
                            before, lanes, average, low->layer->count_include_pad,
                            low->settings->precision, low->settings->loc, low->diag))
        return false;
    add_node(low, WEIR_PROCESS, &op);
    return true;
}

/* Operators that take one stream and give one. */
static bool lower_simple(lowering *low) {
    const weir_layer *layer = low->layer;
    const weir_layer_settings *s = low->settings;
    weir_operator op = {0};
    bool ok;
    switch (layer->kind) {
    case WEIR_LAYER_GLOBAL_AVERAGE_POOL:
        ok = weir_global_pool_operator(&op, low->arena, layer->name, low->stream, s->precision,
                                       s->loc, low->diag);
        break;
    case WEIR_LAYER_SCALE:
        ok = weir_scale_operator(
            &op, low->arena, layer->name, low->stream,
            quantise(low, layer->weights, layer->in.channels), s->weight_precision,
            quantise_bias(low, layer->bias, layer->in.channels), s->precision, s->loc, low->diag);
        break;
    case WEIR_LAYER_SOFTMAX:
        ok = weir_softmax_operator(&op, low->arena, layer->name, low->stream, s->table_size,
                                   s->precision, s->loc, low->diag);
        break;
    default:
        ok = weir_activation_operator(&op, low->arena, layer->name, low->stream, layer->kind,
                                      layer->alpha, layer->gamma, s->table_size, s->precision,
                                      s->loc, low->diag);
    }
    if (ok) add_node(low, WEIR_PROCESS, &op);
    return ok;
}

static void lower_input(lowering *low) {
    weir_element element = weir_fixed_element(low->settings->precision);
    weir_shape shape = low->layer->out;
    weir_operator op = {.name = low->layer->name, .n_outputs = 1};
    op.out[0] = (weir_stream){shape.rows, shape.columns, shape.channels,
                              narrow(shape.channels, 1, element.width), element};
    add_node(low, WEIR_SOURCE, &op)->domain = low->design->source_domain;
}

static void lower_output(lowering *low) {
    weir_operator op = {.name = low->layer->name, .n_inputs = 1};
    op.in[0] = low->stream;
    add_node(low, WEIR_SINK, &op)->domain = low->design->sink_domain;
}

/* The shape in which a layer takes its input. A dense layer's vectors may span rows and columns (a
 * flattened tensor): one vector a position of the output. */
static weir_shape vector_shape(const weir_layer *layer) {
    weir_shape in = layer->in;
    if (layer->kind != WEIR_LAYER_DENSE) return in;
    uint32_t positions = layer->out.rows * layer->out.columns;
    return (weir_shape){layer->out.rows, layer->out.columns,
                        in.rows * in.columns / positions * in.channels};
}

static bool lower_layer(lowering *low) {
    const weir_layer *layer = low->layer;
    if (layer->kind == WEIR_LAYER_INPUT) {
        lower_input(low);
        return true;
    }
    if (!reshape(low, vector_shape(layer))) return false;
    switch (layer->kind) {
    case WEIR_LAYER_CONV:
        return lower_conv(low);
    case WEIR_LAYER_DENSE:
        return add_matvec(low, low->stream.channels, dense_weights);
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_AVERAGE_POOL:
        return lower_pool(low, layer->kind == WEIR_LAYER_AVERAGE_POOL);
    case WEIR_LAYER_OUTPUT:
        lower_output(low);
        return true;
    default:
        return lower_simple(low);
    }
}

bool weir_lower(const weir_design *design, weir_arena *arena, weir_plan *plan, weir_diag *diag) {
    const weir_network *network = design->network;
    uint32_t n = weir_network_layers(network);
    uint32_t *last_node = WEIR_NEW(arena, uint32_t, n);
    weir_stream *streams = WEIR_NEW(arena, weir_stream, n);
    uint32_t *readers = WEIR_NEW(arena, uint32_t, n);
    bool ok = true;
    *plan = (weir_plan){0};
    for (uint32_t l = 0; l < n; l++) {
        const weir_layer *layer = weir_network_layer(network, l);
        lowering low = {design, arena, plan, diag, layer, &design->settings[l], l, WEIR_NONE, {0}};
        if (layer->n_inputs) {
            uint32_t from = layer->inputs[0];
            if (readers[from]++)
                return weir_error(diag, WEIR_NOWHERE,
                                  "layer \"%s\": its output has more than one reader; a stream has "
                                  "exactly one",
                                  weir_network_layer(network, from)->name);
            low.node = last_node[from];
            low.stream = streams[from];
        }
        if (!lower_layer(&low)) {
            ok = false;
            /* Go on with what the layer should have sent, to report every layer at once. */
            weir_element element = weir_fixed_element(low.settings->precision);
            low.stream = (weir_stream){layer->out.rows, layer->out.columns, layer->out.channels,
                                       layer->out.channels, element};
        }
        last_node[l] = low.node;
        streams[l] = low.stream;
    }
    return ok;
}
