#include "hls/lower_parts.h"
#include "models/graph.h"
#include <math.h>

/* One function a layer kind: from the flow of its input to the flow of its output. */

static bool is_pointwise(const weir_window_shape *w) {
    return w->kernel_rows == 1 && w->kernel_columns == 1 && w->stride_rows == 1 &&
           w->stride_columns == 1 && !w->pad_top && !w->pad_left && !w->pad_bottom && !w->pad_right;
}

static uint64_t padded_positions(const weir_layer *layer) {
    const weir_window_shape *w = &layer->window;
    return (uint64_t)(layer->in.rows + w->pad_top + w->pad_bottom) *
           (layer->in.columns + w->pad_left + w->pad_right);
}

static uint64_t out_positions(const weir_layer *layer) {
    return (uint64_t)layer->out.rows * layer->out.columns;
}

/* Adds the operator that `ok` says was made. */
static bool add(weir_lowering *low, bool ok, const weir_operator *op, const weir_flow *inputs) {
    if (ok) weir_lower_add(low, WEIR_PROCESS, op, inputs);
    return ok;
}

/* ------------------------------------------------------------------ windows */

/* Channel lanes of a window stream: what the target or the width of a beat allows. */
static bool window_lanes(weir_lowering *low, uint32_t multipliers_per_lane, uint32_t *lanes) {
    const weir_layer *layer = low->layer;
    uint32_t kernel = layer->window.kernel_rows * layer->window.kernel_columns;
    uint32_t channels = layer->in.channels;
    if (!weir_lower_lanes(low, channels, 1, padded_positions(layer), low->flow.stream.element.width,
                          lanes))
        return false;
    if (weir_lower_target(low)) return true;
    uint32_t bits = kernel * (uint32_t)low->flow.stream.element.width;
    while (*lanes > 1 && (channels % *lanes || *lanes * bits > WEIR_WINDOW_LIMIT ||
                          *lanes * multipliers_per_lane > WEIR_MULTIPLIER_LIMIT))
        --*lanes;
    return true;
}

static bool add_window(weir_lowering *low, uint32_t lanes, int32_t pad) {
    weir_operator op = {0};
    return weir_lower_width(low, lanes) &&
           add(low,
               weir_window_operator(&op, low->arena, weir_lower_helper(low, "window"),
                                    low->flow.stream, low->layer->window, pad, low->settings->loc,
                                    low->diag),
               &op, &low->flow);
}

bool weir_lower_padding(weir_lowering *low, int64_t *pad) {
    const weir_window_shape *w = &low->layer->window;
    weir_element element = low->flow.stream.element;
    double zero = ldexp(low->flow.unit.zero, element.width - element.integer);
    bool padded = low->layer->kind == WEIR_LAYER_CONV &&
                  (w->pad_top || w->pad_left || w->pad_bottom || w->pad_right);
    *pad = padded ? (int64_t)zero : 0;
    return !padded || zero == rint(zero) ||
           weir_error(low->diag, low->settings->loc,
                      "layer \"%s\": padding with zero, which the grid of its input does not "
                      "have: zero point %g, must be an integer",
                      low->layer->name, low->flow.unit.zero);
}

static bool add_zero_window(weir_lowering *low, uint32_t lanes) {
    int64_t pad;
    return weir_lower_padding(low, &pad) && add_window(low, lanes, (int32_t)pad);
}

/* ------------------------------------------------------------------ matrix-vector products */

bool weir_lower_sum_type(weir_lowering *low, const weir_constants *constants, weir_fixed *type) {
    bool absorbs = low->absorbed_by[low->index] != WEIR_NONE && weir_unit_plain(constants->unit);
    if (absorbs || !low->layer->weight_quant) {
        *type = weir_lower_type(low, low->settings->precision);
        return true;
    }
    *type = constants->exact;
    return constants->exact.width ||
           weir_error(low->diag, low->settings->loc,
                      "layer \"%s\": its exact sums need more than 32 bits", low->layer->name);
}

/* The matrix over a stream of windows, element order (fold, kernel row, kernel column, lane); a
 * group's weights are zero outside it. */
static int32_t *conv_matrix(weir_lowering *low, const int32_t *codes, uint32_t lanes) {
    const weir_layer *layer = low->layer;
    uint32_t channels = layer->in.channels, outputs = layer->out.channels;
    uint32_t group_in = channels / layer->groups, group_out = outputs / layer->groups;
    uint32_t kernel = layer->window.kernel_rows * layer->window.kernel_columns;
    int32_t *matrix = WEIR_NEW(low->arena, int32_t, (size_t)kernel * channels * outputs);
    for (uint32_t c = 0; c < channels; c++)
        for (uint32_t k = 0; k < kernel; k++) {
            size_t row = (size_t)(c / lanes * kernel + k) * lanes + c % lanes;
            uint32_t group = c / group_in;
            for (uint32_t n = group * group_out; n < (group + 1) * group_out; n++)
                matrix[row * outputs + n] =
                    codes[((size_t)k * group_in + c % group_in) * outputs + n];
        }
    return matrix;
}

static bool add_matvec(weir_lowering *low, const weir_constants *constants, const int32_t *matrix) {
    const weir_layer *layer = low->layer;
    const weir_layer_settings *settings = low->settings;
    uint32_t groups, vector = low->flow.stream.channels;
    if (settings->share) return weir_lower_member(low, constants, matrix);
    uint64_t target = weir_lower_target(low), positions = out_positions(layer);
    if (!weir_lower_groups(low, &groups)) return false;
    uint32_t outputs = layer->out.channels / groups, out_lanes = outputs;
    weir_fold_spec spec = {layer->name, vector, outputs, low->flow.stream.lanes, positions, target};
    weir_folding fold;
    weir_fixed out, sums;
    if (!weir_fold(&spec, settings, &fold, low->diag) ||
        !weir_lower_sum_type(low, constants, &out) ||
        !weir_lower_sums(low, constants, out, &sums) ||
        (fold.gather && !weir_lower_width(low, vector)))
        return false;
    if (!fold.latency &&
        !weir_lower_lanes(low, outputs, fold.pe, positions * groups, sums.width, &out_lanes))
        return false;
    weir_matvec_spec matvec = {
        .in = low->flow.stream,
        .outputs = outputs,
        .out_lanes = out_lanes,
        .weights = matrix,
        .weight_type = constants->type,
        .bias = constants->bias,
        .accumulator = settings->has_accumulator ? &settings->accumulator : NULL,
        .out = sums,
        .latency = fold.latency,
        .pe = fold.pe,
        .simd = fold.simd,
    };
    low->flow.unit = constants->unit;
    return weir_lower_product(low, &matvec, groups, out);
}

/* ------------------------------------------------------------------ convolutions */

/* Taps of a kernel that are multiplied at once: settings, the target, or all of them. */
static bool fold_taps(weir_lowering *low, uint32_t kernel, uint64_t beats, uint32_t *taps) {
    const weir_layer_settings *s = low->settings;
    uint64_t target = weir_lower_target(low), wish = s->simd ? s->simd : kernel;
    if (s->reuse_factor > 1) wish = s->reuse_factor <= kernel ? kernel / s->reuse_factor : 0;
    bool divides =
        wish && kernel % wish == 0 && (s->reuse_factor <= 1 || kernel % s->reuse_factor == 0);
    if (!divides)
        return weir_error(low->diag, s->fold_loc,
                          "layer \"%s\": reuse_factor and simd of a depthwise convolution divide "
                          "its %u kernel elements",
                          low->layer->name, kernel);
    *taps = (uint32_t)wish;
    if (!target || s->reuse_factor || s->simd) return true;
    for (*taps = 1; *taps < kernel; ++*taps)
        if (kernel % *taps == 0 && beats * (kernel / *taps) <= weir_step_limit(target)) break;
    return true;
}

static bool depthwise_lanes(weir_lowering *low, uint32_t kernel, uint32_t *lanes) {
    const weir_layer_settings *s = low->settings;
    uint32_t channels = low->layer->in.channels;
    if (!s->pe) return window_lanes(low, kernel, lanes);
    *lanes = (uint32_t)s->pe;
    return (s->pe <= channels && channels % s->pe == 0) ||
           weir_error(low->diag, s->fold_loc,
                      "layer \"%s\": pe %llu does not divide its %u channels", low->layer->name,
                      (unsigned long long)s->pe, channels);
}

static bool lower_depthwise(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    uint32_t kernel = layer->window.kernel_rows * layer->window.kernel_columns, lanes, taps = 1;
    uint32_t channels = layer->in.channels;
    weir_constants constants;
    weir_fixed out, sums;
    if (low->settings->split > 1 && low->settings->split_by == WEIR_SPLIT_OUTPUTS)
        return weir_error(low->diag, low->settings->loc,
                          "layer \"%s\": a depthwise convolution has a group for each channel "
                          "already; pe says how many are built, split_by \"stages\" is allowed",
                          layer->name);
    if (!weir_lower_constants(low, kernel, &constants) || !depthwise_lanes(low, kernel, &lanes) ||
        !fold_taps(low, kernel, out_positions(layer) * (channels / lanes), &taps) ||
        !weir_lower_sum_type(low, &constants, &out) ||
        !weir_lower_sums(low, &constants, out, &sums))
        return false;
    bool windowed = !is_pointwise(&layer->window);
    if (!(windowed ? add_zero_window(low, lanes) : weir_lower_width(low, lanes))) return false;
    weir_depthwise_spec spec = {.in = low->flow.stream,
                                .kernel = kernel,
                                .weights = constants.codes,
                                .weight_type = constants.type,
                                .bias = constants.bias,
                                .out = sums,
                                .taps = taps};
    weir_operator op = {0};
    bool ok = weir_depthwise_operator(&op, low->arena, weir_lower_sums_name(low), &spec,
                                      low->settings->loc, low->diag);
    low->flow.unit = constants.unit;
    return ok && weir_lower_with_weights(low, &op, constants.type) &&
           weir_lower_conversion(low, out);
}

static bool lower_conv(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    const weir_window_shape *w = &layer->window;
    uint32_t kernel = w->kernel_rows * w->kernel_columns, channels = layer->in.channels;
    bool depthwise = layer->groups == channels && layer->out.channels == channels && channels > 1;
    if (depthwise && low->settings->strategy != WEIR_LATENCY && !low->settings->share)
        return lower_depthwise(low);
    weir_constants constants;
    if (!weir_lower_constants(low, kernel * channels / layer->groups, &constants)) return false;
    uint32_t lanes = low->flow.stream.lanes;
    if (!is_pointwise(w) && (!window_lanes(low, 1, &lanes) || !add_zero_window(low, lanes)))
        return false;
    return add_matvec(low, &constants, conv_matrix(low, constants.codes, lanes));
}

static bool lower_dense(weir_lowering *low) {
    weir_constants constants;
    return weir_lower_constants(low, low->flow.stream.channels, &constants) &&
           add_matvec(low, &constants, constants.codes);
}

/* ------------------------------------------------------------------ pooling, resizing */

static bool lower_pool(weir_lowering *low, bool average) {
    const weir_layer *layer = low->layer;
    uint32_t lanes;
    if ((average && !weir_lower_make_plain(low)) || !window_lanes(low, 1, &lanes)) return false;
    weir_element element = low->flow.stream.element;
    /* A maximum must never choose padding. */
    int32_t lowest = element.is_signed ? (int32_t)(-(INT64_C(1) << (element.width - 1))) : 0;
    weir_operator op = {0};
    return add_window(low, lanes, average ? 0 : lowest) &&
           add(low,
               weir_pool_operator(&op, low->arena, layer->name, low->flow.stream, layer->window,
                                  layer->in, lanes, average, layer->count_include_pad,
                                  weir_lower_type(low, low->settings->precision),
                                  low->settings->loc, low->diag),
               &op, &low->flow);
}

static bool lower_global_pool(weir_lowering *low) {
    weir_operator op = {0};
    return weir_lower_make_plain(low) &&
           add(low,
               weir_global_pool_operator(&op, low->arena, low->layer->name, low->flow.stream,
                                         weir_lower_type(low, low->settings->precision),
                                         low->settings->loc, low->diag),
               &op, &low->flow);
}

static bool lower_resize(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    uint32_t lanes;
    weir_operator op = {0};
    return weir_lower_lanes(low, layer->in.channels, 1, out_positions(layer),
                            low->flow.stream.element.width, &lanes) &&
           weir_lower_width(low, lanes) &&
           add(low,
               weir_resize_operator(&op, low->arena, layer->name, low->flow.stream,
                                    layer->resize_rows, layer->resize_columns, low->settings->loc,
                                    low->diag),
               &op, &low->flow);
}

/* ------------------------------------------------------------------ joins */

/* Each input of a join as a plain flow with the lanes that all of them have. */
static bool join_inputs(weir_lowering *low, uint32_t lanes, weir_flow *inputs) {
    const weir_layer *layer = low->layer;
    bool whole = weir_lower_is_parallel(low);
    for (uint32_t i = 0; i < layer->n_inputs; i++) {
        low->flow = inputs[i];
        weir_shape out = layer->out;
        if (!whole && layer->kind != WEIR_LAYER_CONCAT && !weir_lower_reshape(low, out))
            return false;
        if (!weir_lower_make_plain(low) || (!whole && !weir_lower_width(low, lanes))) return false;
        inputs[i] = low->flow;
    }
    return true;
}

/* The type that holds every input's values. */
static weir_fixed common_type(const weir_flow *inputs, uint32_t n, int carry) {
    int fraction = -64, integer = -64;
    bool is_signed = false;
    for (uint32_t i = 0; i < n; i++)
        is_signed |= inputs[i].stream.element.is_signed;
    for (uint32_t i = 0; i < n; i++) {
        weir_element e = inputs[i].stream.element;
        int needed = e.integer + (is_signed && !e.is_signed);
        if (e.width - e.integer > fraction) fraction = e.width - e.integer;
        if (needed > integer) integer = needed;
    }
    integer += carry;
    return (weir_fixed){integer + fraction, integer, is_signed, WEIR_TRN, WEIR_WRAP};
}

static bool lower_join(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    uint32_t n = layer->n_inputs, common = 0, lanes = 0;
    bool whole = weir_lower_is_parallel(low);
    weir_flow inputs[WEIR_MAX_PORTS];
    for (uint32_t i = 0; i < n; i++) {
        inputs[i] = low->inputs[i];
        common = (uint32_t)weir_common_divisor(common, layer->kind == WEIR_LAYER_CONCAT
                                                           ? inputs[i].stream.channels
                                                           : layer->out.channels);
    }
    uint64_t folds = layer->out.channels / common;
    if ((!whole && !weir_lower_lanes(low, common, 1, out_positions(layer) * folds,
                                     inputs[0].stream.element.width, &lanes)) ||
        !join_inputs(low, lanes, inputs))
        return false;
    weir_stream streams[WEIR_MAX_PORTS];
    for (uint32_t i = 0; i < n; i++)
        streams[i] = inputs[i].stream;
    bool concat = layer->kind == WEIR_LAYER_CONCAT;
    weir_fixed wide = common_type(inputs, n, concat ? 0 : 1);
    if (!concat && !low->quantised) wide = low->settings->precision;
    if (layer->kind == WEIR_LAYER_MUL || wide.width > 32) wide = low->settings->precision;
    weir_fixed out = weir_lower_type(low, wide);
    weir_operator op = {0};
    bool ok = concat && whole ? weir_lower_parallel_concat(low, &op, inputs, out)
              : concat        ? weir_concat_operator(&op, low->arena, layer->name, streams, n, out,
                                                     low->settings->loc, low->diag)
                              : weir_add_operator(&op, low->arena, layer->name, streams, n,
                                                  layer->kind == WEIR_LAYER_MUL, out, low->settings->loc,
                                                  low->diag);
    low->flow.unit = (weir_unit){0};
    return add(low, ok, &op, inputs);
}

/* ------------------------------------------------------------------ element-wise */

/* Integers on the left of the point that are no more than the type's, and fractions likewise. */
static bool contains(weir_fixed type, weir_element element) {
    return type.width - type.integer >= element.width - element.integer &&
           type.integer >= element.integer + (type.is_signed && !element.is_signed) &&
           (type.is_signed || !element.is_signed) && weir_fixed_whole(type);
}

static bool convert(weir_lowering *low, weir_fixed out) {
    const weir_layer *layer = low->layer;
    weir_operator op = {0};
    bool ok = weir_activation_operator(&op, low->arena, layer->name, low->flow.stream, layer->kind,
                                       layer->alpha, layer->gamma, low->settings->table_size, out,
                                       low->settings->loc, low->diag);
    return add(low, ok, &op, &low->flow);
}

static bool lower_quant(weir_lowering *low) {
    const weir_quant *quant = low->layer->quant;
    weir_fixed type;
    bool plain = weir_unit_plain(low->flow.unit);
    uint32_t from = low->layer->inputs[0];
    if (weir_lower_is_threshold(low, from))
        return weir_lower_sign(low, weir_network_layer(low->design->network, from));
    /* Whatever leaves a plain flow and could take this grid as its type has done so. */
    if (plain && low->absorbed_by[from] == low->index) return true;
    if (quant->bipolar) return weir_lower_sign(low, NULL);
    if (!plain || !weir_grid_fixed(quant, &type))
        return weir_lower_places(low) && weir_lower_rescale(low, NULL, quant);
    return contains(type, low->flow.stream.element) || convert(low, type);
}

/* Positive scales commute with these: the unit stays. */
static bool lower_relu(weir_lowering *low) {
    weir_element element = low->flow.stream.element;
    bool leaky = low->layer->kind == WEIR_LAYER_LEAKY_RELU;
    if ((low->flow.unit.zero != 0 || !low->quantised) && !weir_lower_make_plain(low)) return false;
    weir_fixed out = weir_element_fixed(element);
    /* Room for the slope's fraction, in a network that says itself where values are rounded. */
    if (leaky) out.width = out.width + 8 > 32 ? 32 : out.width + 8;
    if (!low->quantised) out = low->settings->precision;
    return convert(low, weir_unit_plain(low->flow.unit) ? weir_lower_type(low, out) : out);
}

static bool lower_simple(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    const weir_layer_settings *s = low->settings;
    if (weir_lower_is_threshold(low, low->index)) return true;
    if (!weir_lower_make_plain(low)) return false;
    weir_fixed out = weir_lower_type(low, s->precision);
    weir_operator op = {0};
    weir_constants constants;
    switch (layer->kind) {
    case WEIR_LAYER_SCALE:
        return weir_lower_constants(low, 1, &constants) &&
               weir_lower_factors(low, layer->name, constants.codes, layer->out.channels,
                                  constants.type, constants.bias, out, 0);
    case WEIR_LAYER_SOFTMAX:
        return add(low,
                   weir_softmax_operator(&op, low->arena, layer->name, low->flow.stream,
                                         s->table_size, out, s->loc, low->diag),
                   &op, &low->flow);
    default:
        return convert(low, out);
    }
}

/* ------------------------------------------------------------------ ends */

static bool lower_input(weir_lowering *low) {
    weir_fixed type = weir_lower_type(low, low->settings->precision);
    weir_element element = weir_fixed_element(type);
    weir_shape shape = low->layer->out;
    weir_operator op = {.name = low->layer->name, .n_outputs = 1};
    uint32_t lanes;
    if (!weir_lower_lanes(low, shape.channels, 1, (uint64_t)shape.rows * shape.columns,
                          element.width, &lanes))
        return false;
    op.out[0] = (weir_stream){shape.rows, shape.columns, shape.channels, lanes, element};
    weir_lower_add(low, WEIR_SOURCE, &op, NULL);
    low->plan->nodes[low->flow.edge.node].domain = low->design->source_domain;
    low->plan->nodes[low->flow.edge.node].type = type;
    low->flow.unit = (weir_unit){0};
    return true;
}

static bool lower_output(weir_lowering *low) {
    weir_operator op = {.name = low->layer->name, .n_inputs = 1};
    op.in[0] = low->flow.stream;
    weir_lower_add(low, WEIR_SINK, &op, &low->flow);
    low->plan->nodes[low->flow.edge.node].domain = low->design->sink_domain;
    return true;
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

bool weir_lower_layer(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    bool done;
    if (weir_lower_is_parallel(low) && weir_lower_parallel(low, &done)) return done;
    bool join = layer->kind == WEIR_LAYER_ADD || layer->kind == WEIR_LAYER_MUL ||
                layer->kind == WEIR_LAYER_CONCAT;
    if (layer->n_inputs && !join && !weir_lower_is_parallel(low) &&
        !weir_lower_reshape(low, vector_shape(layer)))
        return false;
    switch (layer->kind) {
    case WEIR_LAYER_INPUT:
        return lower_input(low);
    case WEIR_LAYER_CONV:
        return lower_conv(low);
    case WEIR_LAYER_DENSE:
        return lower_dense(low);
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_AVERAGE_POOL:
        return lower_pool(low, layer->kind == WEIR_LAYER_AVERAGE_POOL);
    case WEIR_LAYER_GLOBAL_AVERAGE_POOL:
        return lower_global_pool(low);
    case WEIR_LAYER_RESIZE:
        return lower_resize(low);
    case WEIR_LAYER_ADD:
    case WEIR_LAYER_MUL:
    case WEIR_LAYER_CONCAT:
        return lower_join(low);
    case WEIR_LAYER_QUANT:
        return lower_quant(low);
    case WEIR_LAYER_RELU:
    case WEIR_LAYER_LEAKY_RELU:
        return lower_relu(low);
    case WEIR_LAYER_OUTPUT:
        return lower_output(low);
    default:
        return lower_simple(low);
    }
}
