#include "hls/lower_parts.h"
#include "hls/unrolled.h"

/* io "parallel": every stream is one beat a frame, 1 x 1 x all elements, so that element i of a tensor
 * of C channels is of channel i % C. A flow's unit has a scale for each element. */

static uint64_t elements(weir_shape shape) {
    return (uint64_t)shape.rows * shape.columns * shape.channels;
}

weir_stream weir_lower_whole(weir_shape shape, weir_element element) {
    uint32_t n = (uint32_t)elements(shape);
    return (weir_stream){1, 1, n, n, element};
}

bool weir_lower_is_parallel(const weir_lowering *low) {
    return low->design->io == WEIR_IO_PARALLEL;
}

static bool refuse(const weir_lowering *low, const char *why) {
    return weir_error(low->diag, low->settings->loc,
                      "layer \"%s\": %s; io \"stream\" has no such limit", low->layer->name, why);
}

/* ------------------------------------------------------------------ units */

/* A unit with a scale a channel as one with a scale an element. */
static weir_unit spread_unit(weir_lowering *low, weir_unit unit, uint32_t channels, uint32_t n) {
    if (!unit.scale) return unit;
    double *scale = WEIR_NEW(low->arena, double, n);
    for (uint32_t i = 0; i < n; i++)
        scale[i] = unit.scale[i % channels];
    return (weir_unit){scale, unit.zero};
}

/* Layers that know channels take a unit that follows them; a reshape may have broken that. */
static bool follow_channels(weir_lowering *low) {
    const double *scale = low->flow.unit.scale;
    bool follows = true;
    for (uint32_t i = 0; scale && i < low->flow.stream.channels; i++)
        follows &= scale[i] == scale[i % low->layer->in.channels];
    return follows || weir_lower_make_plain(low);
}

/* ------------------------------------------------------------------ lists of elements */

typedef struct list_builder {
    uint32_t outputs, count;
    uint32_t *first, *inputs, *codes; /* inputs, codes NULL: only counted */
} list_builder;

static void add_entry(list_builder *list, uint32_t input, uint32_t code) {
    if (list->inputs) {
        list->inputs[list->count] = input;
        list->codes[list->count] = code;
    }
    list->count++;
}

static void end_list(list_builder *list) {
    if (list->inputs) list->first[list->outputs + 1] = list->count;
    list->outputs++;
}

/* The position that a window element falls on; false if it lies in the padding. */
static bool locate(const weir_layer *layer, uint32_t row, uint32_t column, uint32_t k,
                   uint32_t *position) {
    const weir_window_shape *w = &layer->window;
    uint32_t kr = k / w->kernel_columns, kc = k % w->kernel_columns;
    int64_t r = (int64_t)row * w->stride_rows + (int64_t)kr * w->dilation_rows - w->pad_top;
    int64_t c =
        (int64_t)column * w->stride_columns + (int64_t)kc * w->dilation_columns - w->pad_left;
    if (r < 0 || r >= layer->in.rows || c < 0 || c >= layer->in.columns) return false;
    *position = (uint32_t)r * layer->in.columns + (uint32_t)c;
    return true;
}

/* Codes are [kernel][channels of a group][outputs]; those that are zero make no entry. Padding that
 * stands for a value that is not zero, `pad`, goes into the bias. */
static void list_conv(const weir_layer *layer, const int32_t *codes, int64_t pad, int64_t *bias,
                      list_builder *list) {
    uint32_t outputs = layer->out.channels, channels = layer->in.channels;
    uint32_t group_in = channels / layer->groups, group_out = outputs / layer->groups;
    uint32_t kernel = layer->window.kernel_rows * layer->window.kernel_columns, position;
    for (uint32_t at = 0; at < layer->out.rows * layer->out.columns; at++)
        for (uint32_t n = 0; n < outputs; n++) {
            for (uint32_t k = 0; k < kernel; k++) {
                bool inside =
                    locate(layer, at / layer->out.columns, at % layer->out.columns, k, &position);
                for (uint32_t i = 0; i < group_in; i++) {
                    uint32_t code = (k * group_in + i) * outputs + n;
                    if (codes[code] == 0) continue;
                    if (inside)
                        add_entry(list, position * channels + n / group_out * group_in + i, code);
                    else if (list->inputs && pad != 0)
                        bias[list->outputs] += pad * codes[code];
                }
            }
            end_list(list);
        }
}

/* Dense over vectors that lie one after another; codes are [inputs][outputs]. */
static void list_dense(const weir_layer *layer, const int32_t *codes, list_builder *list) {
    uint32_t outputs = layer->out.channels;
    uint32_t vectors = layer->out.rows * layer->out.columns;
    uint32_t inputs = (uint32_t)(elements(layer->in) / vectors);
    for (uint32_t v = 0; v < vectors; v++)
        for (uint32_t n = 0; n < outputs; n++) {
            for (uint32_t i = 0; i < inputs; i++)
                if (codes[i * outputs + n] != 0) add_entry(list, v * inputs + i, i * outputs + n);
            end_list(list);
        }
}

/* ------------------------------------------------------------------ weighted sums */

static bool check_folding(const weir_lowering *low) {
    const weir_layer_settings *s = low->settings;
    if (s->strategy == WEIR_RESOURCE || s->pe || s->simd)
        return weir_error(
            low->diag, s->pe || s->simd ? s->fold_loc : s->loc,
            "layer \"%s\": io \"parallel\" has its weights in the logic and is folded "
            "by reuse_factor; strategy \"resource\", pe and simd are not allowed",
            low->layer->name);
    return true;
}

/* The interval in cycles is the reuse factor: without one, the target's. */
static uint64_t reuse_factor(const weir_lowering *low) {
    uint64_t target = weir_lower_target(low);
    if (low->settings->reuse_factor) return low->settings->reuse_factor;
    return target ? target : 1;
}

/* Adds the process whose output o is bias[o] + the sum of its list's elements times their codes. */
static bool add_unrolled(weir_lowering *low, const char *name, const list_builder *list,
                         const int32_t *codes, weir_fixed weight_type, const int64_t *bias,
                         weir_fixed out, double error) {
    const weir_layer_settings *s = low->settings;
    int32_t *weights = WEIR_NEW(low->arena, int32_t, list->count + 1);
    for (uint32_t k = 0; k < list->count; k++)
        weights[k] = codes[list->codes[k]];
    bool sums = low->layer->kind == WEIR_LAYER_CONV || low->layer->kind == WEIR_LAYER_DENSE;
    weir_unrolled_spec spec = {
        .in = low->flow.stream,
        .lists = {list->outputs, list->first, list->inputs},
        .weights = weights,
        .weight_type = weight_type,
        .bias = bias,
        .accumulator = s->has_accumulator && sums ? &s->accumulator : NULL,
        .out = out,
        .reuse_factor = reuse_factor(low),
        .tree_levels = s->tree_levels,
    };
    weir_operator op = {0};
    if (!check_folding(low) ||
        !weir_unrolled_operator(&op, low->arena, name, &spec, s->loc, low->diag))
        return false;
    op.table_error = error;
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    return true;
}

/* The layer's lists: counted, then filled. */
static bool build_lists(weir_lowering *low, const int32_t *codes, int64_t pad, int64_t *bias,
                        list_builder *list) {
    const weir_layer *layer = low->layer;
    for (int filled = 0; filled < 2; filled++) {
        uint32_t outputs = list->outputs, count = list->count;
        *list = (list_builder){0};
        if (filled) {
            list->first = WEIR_NEW(low->arena, uint32_t, outputs + 1);
            list->inputs = WEIR_NEW(low->arena, uint32_t, count + 1);
            list->codes = WEIR_NEW(low->arena, uint32_t, count + 1);
        }
        if (layer->kind == WEIR_LAYER_CONV)
            list_conv(layer, codes, pad, bias, list);
        else
            list_dense(layer, codes, list);
        if (list->count > WEIR_UNROLL_LIMIT)
            return weir_error(low->diag, low->settings->loc,
                              "layer \"%s\": %u multiplications, at most %u with io \"parallel\", "
                              "which builds every position; io \"stream\" has no such limit",
                              layer->name, list->count, WEIR_UNROLL_LIMIT);
    }
    return true;
}

/* More multiplications than can be counted are too many, zeros or not. */
static bool check_size(const weir_lowering *low, uint64_t taps) {
    uint64_t most = (uint64_t)1 << 32;
    return elements(low->layer->out) * taps < most ||
           refuse(low, "more than 2^32 multiplications with every position built");
}

static bool lower_sums(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    const weir_window_shape *w = &layer->window;
    uint32_t outputs = (uint32_t)elements(layer->out), taps;
    if (layer->kind == WEIR_LAYER_CONV)
        taps = w->kernel_rows * w->kernel_columns * (layer->in.channels / layer->groups);
    else
        taps = low->flow.stream.channels / (layer->out.rows * layer->out.columns);
    weir_constants constants;
    weir_fixed out;
    if (!check_size(low, taps) || !follow_channels(low) ||
        !weir_lower_constants(low, taps, &constants) || !weir_lower_sum_type(low, &constants, &out))
        return false;
    int64_t pad, *bias = WEIR_NEW(low->arena, int64_t, outputs);
    if (!weir_lower_padding(low, &pad)) return false;
    for (uint32_t o = 0; o < outputs && constants.bias; o++)
        bias[o] = constants.bias[o % layer->out.channels];
    list_builder list = {0};
    if (!build_lists(low, constants.codes, pad, bias, &list) ||
        !add_unrolled(low, layer->name, &list, constants.codes, constants.type, bias, out, 0))
        return false;
    low->flow.unit = spread_unit(low, constants.unit, layer->out.channels, outputs);
    return true;
}

bool weir_lower_parallel_factors(weir_lowering *low, const char *name, const int32_t *factors,
                                 uint32_t n, weir_fixed type, const int64_t *bias, weir_fixed out,
                                 double error) {
    uint32_t count = low->flow.stream.channels;
    list_builder list = {count, count, WEIR_NEW(low->arena, uint32_t, count + 1),
                         WEIR_NEW(low->arena, uint32_t, count),
                         WEIR_NEW(low->arena, uint32_t, count)};
    int64_t *own = WEIR_NEW(low->arena, int64_t, count);
    for (uint32_t i = 0; i < count; i++) {
        list.first[i + 1] = i + 1;
        list.inputs[i] = i;
        list.codes[i] = i % n;
        own[i] = bias ? bias[i % n] : 0;
    }
    return add_unrolled(low, name, &list, factors, type, own, out, error);
}

/* ------------------------------------------------------------------ pooling, wires */

/* All elements inside each window; of a global pool, the whole tensor. */
static void list_windows(const weir_layer *layer, bool global, list_builder *list) {
    uint32_t channels = layer->in.channels, position = 0;
    uint32_t kernel = global ? layer->in.rows * layer->in.columns
                             : layer->window.kernel_rows * layer->window.kernel_columns;
    for (uint32_t at = 0; at < layer->out.rows * layer->out.columns; at++)
        for (uint32_t c = 0; c < channels; c++) {
            for (uint32_t k = 0; k < kernel; k++)
                if (global)
                    add_entry(list, k * channels + c, 0);
                else if (locate(layer, at / layer->out.columns, at % layer->out.columns, k,
                                &position))
                    add_entry(list, position * channels + c, 0);
            end_list(list);
        }
}

static bool lower_pool(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    bool global = layer->kind == WEIR_LAYER_GLOBAL_AVERAGE_POOL;
    bool average = layer->kind != WEIR_LAYER_MAX_POOL;
    uint32_t outputs = (uint32_t)elements(layer->out);
    uint32_t kernel = global ? layer->in.rows * layer->in.columns
                             : layer->window.kernel_rows * layer->window.kernel_columns;
    if (!check_size(low, kernel) || !(average ? weir_lower_make_plain(low) : follow_channels(low)))
        return false;
    uint64_t most = (uint64_t)outputs * kernel, *divisors = WEIR_NEW(low->arena, uint64_t, outputs);
    list_builder list = {.first = WEIR_NEW(low->arena, uint32_t, outputs + 1),
                         .inputs = WEIR_NEW(low->arena, uint32_t, most),
                         .codes = WEIR_NEW(low->arena, uint32_t, most)};
    list_windows(layer, global, &list);
    for (uint32_t o = 0; o < outputs; o++) {
        divisors[o] =
            layer->count_include_pad && !global ? kernel : list.first[o + 1] - list.first[o];
        if (divisors[o] == 0) divisors[o] = 1; /* nothing but padding: 0 / 1 */
    }
    weir_lists lists = {outputs, list.first, list.inputs};
    weir_operator op = {0};
    if (!weir_unrolled_pool_operator(
            &op, low->arena, layer->name, low->flow.stream, &lists, average, divisors,
            weir_lower_type(low, low->settings->precision), low->settings->loc, low->diag))
        return false;
    low->flow.unit = spread_unit(low, low->flow.unit, layer->in.channels, outputs);
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    return true;
}

static bool lower_resize(weir_lowering *low) {
    const weir_layer *layer = low->layer;
    uint32_t channels = layer->out.channels, n = (uint32_t)elements(layer->out);
    weir_wire *wires = WEIR_NEW(low->arena, weir_wire, n);
    if (!follow_channels(low)) return false;
    for (uint32_t o = 0; o < n; o++) {
        uint32_t row = o / channels / layer->out.columns,
                 column = o / channels % layer->out.columns;
        uint32_t from =
            row / layer->resize_rows * layer->in.columns + column / layer->resize_columns;
        wires[o] = (weir_wire){0, from * channels + o % channels};
    }
    weir_operator op = {0};
    if (!weir_gather_operator(&op, low->arena, layer->name, &low->flow.stream, 1, wires, n,
                              weir_element_fixed(low->flow.stream.element), low->settings->loc,
                              low->diag))
        return false;
    low->flow.unit = spread_unit(low, low->flow.unit, channels, n);
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    return true;
}

bool weir_lower_parallel_concat(weir_lowering *low, weir_operator *op, const weir_flow *inputs,
                                weir_fixed out) {
    const weir_layer *layer = low->layer;
    uint32_t positions = layer->out.rows * layer->out.columns, at = 0;
    uint32_t n = (uint32_t)elements(layer->out);
    weir_wire *wires = WEIR_NEW(low->arena, weir_wire, n);
    weir_stream streams[WEIR_MAX_PORTS];
    for (uint32_t i = 0; i < layer->n_inputs; i++)
        streams[i] = inputs[i].stream;
    for (uint32_t p = 0; p < positions; p++)
        for (uint32_t i = 0; i < layer->n_inputs; i++) {
            uint32_t channels = streams[i].channels / positions;
            for (uint32_t c = 0; c < channels; c++)
                wires[at++] = (weir_wire){i, p * channels + c};
        }
    return weir_gather_operator(op, low->arena, layer->name, streams, layer->n_inputs, wires, n,
                                out, low->settings->loc, low->diag);
}

/* ------------------------------------------------------------------ layers */

static bool lower_input(weir_lowering *low) {
    weir_fixed type = weir_lower_type(low, low->settings->precision);
    weir_operator op = {.name = low->layer->name, .n_outputs = 1};
    op.out[0] = weir_lower_whole(low->layer->out, weir_fixed_element(type));
    weir_lower_add(low, WEIR_SOURCE, &op, NULL);
    low->plan->nodes[low->flow.edge.node].domain = low->design->source_domain;
    low->plan->nodes[low->flow.edge.node].type = type;
    low->flow.unit = (weir_unit){0};
    return true;
}

bool weir_lower_parallel(weir_lowering *low, bool *ok) {
    const weir_layer *layer = low->layer;
    switch (layer->kind) {
    case WEIR_LAYER_INPUT:
        *ok = lower_input(low);
        return true;
    case WEIR_LAYER_CONV:
    case WEIR_LAYER_DENSE:
        *ok = lower_sums(low);
        return true;
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_AVERAGE_POOL:
    case WEIR_LAYER_GLOBAL_AVERAGE_POOL:
        *ok = lower_pool(low);
        return true;
    case WEIR_LAYER_RESIZE:
        *ok = lower_resize(low);
        return true;
    case WEIR_LAYER_SOFTMAX:
        if (layer->in.rows * layer->in.columns == 1) return false;
        *ok =
            refuse(low, "softmax over the channels of more than one position is not built with io "
                        "\"parallel\"");
        return true;
    default:
        return false;
    }
}
