/* Operators with a sliding window: convolution and pooling, in one or two dimensions. */
#include "hls/onnx_grid.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_MAX 65536 /* of any kernel size, stride, dilation or padding */

typedef struct axis {
    uint32_t kernel, stride, dilation, before, after, in, out;
} axis;

/* The list attribute `name` of `count` entries, each from `min`; `otherwise` fills what is not
 * there. */
static bool list(weir_onnx_reader *reader, const OnnxNode *node, const char *name, uint32_t count,
                 int64_t min, int64_t otherwise, uint32_t *values) {
    const OnnxAttribute *attribute = weir_onnx_attribute(node, name);
    bool given = attribute && attribute->n_ints > 0;
    if (given && attribute->n_ints != count)
        return weir_onnx_refuse(reader, node, "%s has %zu entries, it needs %u", name,
                                attribute->n_ints, count);
    for (uint32_t i = 0; i < count; i++) {
        int64_t value = given ? attribute->ints[i] : otherwise;
        if (value < min || value > WINDOW_MAX)
            return weir_onnx_refuse(reader, node, "%s %lld, it must be %lld to %d", name,
                                    (long long)value, (long long)min, WINDOW_MAX);
        values[i] = (uint32_t)value;
    }
    return true;
}

/* Splits the padding that makes an axis as long as its input over its stride. */
static void pad_same(axis *a, bool upper) {
    uint64_t window = (uint64_t)(a->kernel - 1) * a->dilation + 1;
    uint64_t out = (a->in + a->stride - 1) / a->stride, covered = (out - 1) * a->stride + window;
    uint64_t padding = covered > a->in ? covered - a->in : 0;
    a->before = (uint32_t)(upper ? padding / 2 : padding - padding / 2);
    a->after = (uint32_t)(padding - a->before);
}

static bool pad(weir_onnx_reader *reader, const OnnxNode *node, uint32_t n_axes, axis *axes) {
    const OnnxAttribute *automatic = weir_onnx_attribute(node, "auto_pad");
    const char *mode = "NOTSET";
    uint32_t pads[4];
    if (automatic && automatic->s.len > 0)
        mode = weir_arena_printf(reader->arena, "%.*s", (int)automatic->s.len,
                                 (const char *)automatic->s.data);
    if (strcmp(mode, "SAME_UPPER") == 0 || strcmp(mode, "SAME_LOWER") == 0) {
        for (uint32_t i = 0; i < n_axes; i++)
            pad_same(&axes[i], mode[5] == 'U');
        return true;
    }
    if (strcmp(mode, "VALID") == 0) return true;
    if (strcmp(mode, "NOTSET") != 0)
        return weir_onnx_refuse(
            reader, node, "auto_pad \"%s\", it may be NOTSET, SAME_UPPER, SAME_LOWER or VALID",
            mode);
    if (!list(reader, node, "pads", 2 * n_axes, 0, 0, pads)) return false;
    for (uint32_t i = 0; i < n_axes; i++) {
        axes[i].before = pads[i];
        axes[i].after = pads[n_axes + i];
    }
    return true;
}

static bool measure(weir_onnx_reader *reader, const OnnxNode *node, axis *a) {
    uint64_t window = (uint64_t)(a->kernel - 1) * a->dilation + 1;
    uint64_t padded = (uint64_t)a->in + a->before + a->after;
    if (window > padded)
        return weir_onnx_refuse(reader, node,
                                "a kernel of %llu over an input of %llu, padding included",
                                (unsigned long long)window, (unsigned long long)padded);
    a->out = (uint32_t)((padded - window) / a->stride + 1);
    if (weir_onnx_int(node, "ceil_mode", 0) && (padded - window) % a->stride != 0)
        return weir_onnx_refuse(reader, node, "ceil_mode is not supported where it adds a window");
    return true;
}

/* Fills the window from the attributes; `kernel` has one size a spatial dimension. The output
 * shape's channels are the caller's. */
static bool find_window(weir_onnx_reader *reader, const OnnxNode *node, uint32_t n_axes,
                        const uint32_t *kernel, weir_shape in, weir_window_shape *window,
                        weir_shape *out) {
    axis axes[2];
    uint32_t strides[2], dilations[2];
    if (!list(reader, node, "strides", n_axes, 1, 1, strides) ||
        !list(reader, node, "dilations", n_axes, 1, 1, dilations))
        return false;
    for (uint32_t i = 0; i < n_axes; i++)
        axes[i] = (axis){.kernel = kernel[i],
                         .stride = strides[i],
                         .dilation = dilations[i],
                         .in = i + 1 == n_axes ? in.columns : in.rows};
    if (!pad(reader, node, n_axes, axes)) return false;
    for (uint32_t i = 0; i < n_axes; i++)
        if (!measure(reader, node, &axes[i])) return false;
    axis r = n_axes == 2 ? axes[0] : (axis){1, 1, 1, 0, 0, 1, 1}, c = axes[n_axes - 1];
    *window = (weir_window_shape){r.kernel,   c.kernel, r.stride, c.stride, r.dilation,
                                  c.dilation, r.before, c.before, r.after,  c.after};
    out->rows = r.out;
    out->columns = c.out;
    return true;
}

/* Rank 3 or 4, channels at 1 or last: the number of spatial dimensions, 0 with an error. */
static uint32_t spatial_dims(weir_onnx_reader *reader, const OnnxNode *node,
                             const weir_onnx_value *value, int dims[3]) {
    uint32_t rank = value->layout.rank;
    if (rank != 3 && rank != 4) {
        weir_onnx_refuse(reader, node, "an input of %u dimensions, it must be 3 or 4", rank);
        return 0;
    }
    bool last = weir_onnx_is_channels_last(node);
    int first = last ? 1 : 2;
    dims[0] = rank == 4 ? first : -1;
    dims[1] = rank == 4 ? first + 1 : first;
    dims[2] = last ? (int)rank - 1 : 1;
    return rank - 2;
}

/* [outputs][inputs / groups][rows][columns], or [outputs][rows][columns][inputs / groups], to
 * [rows][columns][inputs / groups][outputs], the inputs in stream order. */
static float *kernel_weights(weir_onnx_reader *reader, const weir_onnx_constant *weights, bool last,
                             const uint32_t *order) {
    uint32_t outputs = weights->dims[0], inputs = weights->dims[last ? weights->rank - 1 : 1];
    uint32_t taps = weights->count / (outputs * inputs);
    float *result = WEIR_NEW(reader->arena, float, weights->count);
    for (uint32_t o = 0; o < outputs; o++)
        for (uint32_t i = 0; i < inputs; i++)
            for (uint32_t t = 0; t < taps; t++) {
                size_t from = last ? ((size_t)o * taps + t) * inputs + i
                                   : ((size_t)o * inputs + i) * taps + t;
                result[((size_t)t * inputs + (order ? order[i] : i)) * outputs + o] =
                    weights->floats[from];
            }
    return result;
}

static bool check_conv(weir_onnx_reader *reader, const OnnxNode *node,
                       const weir_onnx_constant *weights, uint32_t n_axes, uint32_t channels,
                       int64_t groups) {
    bool last = weir_onnx_is_channels_last(node);
    if (weights->rank != n_axes + 2 || weights->count == 0)
        return weir_onnx_refuse(reader, node, "weights \"%s\" of %u dimensions, they must be %u",
                                weights->name, weights->rank, n_axes + 2);
    uint32_t inputs = weights->dims[last ? weights->rank - 1 : 1];
    const uint32_t *kernel = &weights->dims[last ? 1 : 2];
    if (groups < 1 || channels % groups != 0 || weights->dims[0] % groups != 0 ||
        inputs * groups != channels)
        return weir_onnx_refuse(reader, node,
                                "%u input channels in %lld groups do not fit weights \"%s\" of "
                                "%u x %u channels",
                                channels, (long long)groups, weights->name, weights->dims[0],
                                inputs);
    const OnnxAttribute *shape = weir_onnx_attribute(node, "kernel_shape");
    for (uint32_t i = 0; shape && i < n_axes; i++)
        if (shape->n_ints != n_axes || shape->ints[i] != kernel[i])
            return weir_onnx_refuse(
                reader, node, "kernel_shape differs from that of weights \"%s\"", weights->name);
    return true;
}

bool weir_onnx_conv(weir_onnx_reader *reader, const OnnxNode *node) {
    int dims[3];
    weir_shape in, out;
    weir_window_shape window;
    weir_onnx_value *value = weir_onnx_computed(reader, node, 0);
    const weir_onnx_constant *weights = weir_onnx_floats(reader, node, 1), *bias = NULL;
    if (!value || !weights) return false;
    if (weir_onnx_has_input(node, 2) && !(bias = weir_onnx_floats(reader, node, 2))) return false;
    uint32_t n_axes = spatial_dims(reader, node, value, dims);
    if (n_axes == 0) return false;
    int64_t groups = weir_onnx_int(node, "group", 1);
    bool last = weir_onnx_is_channels_last(node);
    uint32_t channels = value->layout.dims[dims[2]];
    if (!check_conv(reader, node, weights, n_axes, channels, groups)) return false;
    if (bias && bias->count != weights->dims[0])
        return weir_onnx_refuse(reader, node, "bias \"%s\" of %u elements, it must be %u",
                                bias->name, bias->count, weights->dims[0]);
    const weir_quant *weight_grid, *bias_grid = NULL;
    if (!weir_onnx_channel_grid(reader, node, weights, 0, &weight_grid) ||
        (bias && !weir_onnx_channel_grid(reader, node, bias, (int)bias->rank - 1, &bias_grid)))
        return false;
    uint32_t *order = groups == 1 ? WEIR_NEW(reader->arena, uint32_t, channels) : NULL;
    if (!weir_onnx_image(reader, node, value, dims, &in, order) ||
        !find_window(reader, node, n_axes, &weights->dims[last ? 1 : 2], in, &window, &out))
        return false;
    out.channels = weights->dims[0];
    uint32_t rank = value->layout.rank;
    weir_onnx_draft *draft =
        weir_onnx_add_layer(reader, node, WEIR_LAYER_CONV, value->layer, in, out);
    if (!draft) return false;
    draft->layer.window = window;
    draft->layer.groups = (uint32_t)groups;
    draft->layer.weight_quant = weight_grid;
    draft->weights = kernel_weights(reader, weights, last, order);
    if (bias) {
        draft->layer.bias_quant = bias_grid;
        draft->bias = WEIR_NEW(reader->arena, float, bias->count);
        memcpy(draft->bias, bias->floats, bias->count * sizeof *bias->floats);
    }
    return weir_onnx_set_computed(reader, node, reader->n_drafts - 1,
                                  weir_onnx_layout_image(rank, (uint32_t)dims[2], out));
}

static bool check_pool(weir_onnx_reader *reader, const OnnxNode *node,
                       const weir_window_shape *window) {
    uint64_t rows = (uint64_t)(window->kernel_rows - 1) * window->dilation_rows + 1;
    uint64_t columns = (uint64_t)(window->kernel_columns - 1) * window->dilation_columns + 1;
    if (window->pad_top >= rows || window->pad_bottom >= rows || window->pad_left >= columns ||
        window->pad_right >= columns)
        return weir_onnx_refuse(
            reader, node, "padding %u, %u, %u, %u reaches over the window of %llu x %llu",
            window->pad_top, window->pad_left, window->pad_bottom, window->pad_right,
            (unsigned long long)rows, (unsigned long long)columns);
    return true;
}

static bool pool(weir_onnx_reader *reader, const OnnxNode *node, weir_layer_kind kind) {
    int dims[3];
    uint32_t kernel[2];
    weir_shape in, out;
    weir_window_shape window;
    weir_onnx_value *value = weir_onnx_computed(reader, node, 0);
    uint32_t n_axes = value ? spatial_dims(reader, node, value, dims) : 0;
    /* 0 is below the least size, so that an absent kernel_shape is refused. */
    if (n_axes == 0 || !list(reader, node, "kernel_shape", n_axes, 1, 0, kernel) ||
        !weir_onnx_image(reader, node, value, dims, &in, NULL) ||
        !find_window(reader, node, n_axes, kernel, in, &window, &out) ||
        !check_pool(reader, node, &window))
        return false;
    out.channels = in.channels;
    uint32_t rank = value->layout.rank;
    weir_onnx_draft *draft = weir_onnx_add_layer(reader, node, kind, value->layer, in, out);
    if (!draft) return false;
    draft->layer.window = window;
    draft->layer.count_include_pad = weir_onnx_int(node, "count_include_pad", 0) != 0;
    return weir_onnx_set_computed(reader, node, reader->n_drafts - 1,
                                  weir_onnx_layout_image(rank, (uint32_t)dims[2], out));
}

bool weir_onnx_max_pool(weir_onnx_reader *reader, const OnnxNode *node) {
    return pool(reader, node, WEIR_LAYER_MAX_POOL);
}

bool weir_onnx_average_pool(weir_onnx_reader *reader, const OnnxNode *node) {
    return pool(reader, node, WEIR_LAYER_AVERAGE_POOL);
}

bool weir_onnx_global_average_pool(weir_onnx_reader *reader, const OnnxNode *node) {
    int dims[3];
    weir_shape in;
    weir_onnx_value *value = weir_onnx_computed(reader, node, 0);
    if (!value || spatial_dims(reader, node, value, dims) == 0 ||
        !weir_onnx_image(reader, node, value, dims, &in, NULL))
        return false;
    weir_shape out = {1, 1, in.channels};
    uint32_t rank = value->layout.rank;
    if (!weir_onnx_add_layer(reader, node, WEIR_LAYER_GLOBAL_AVERAGE_POOL, value->layer, in, out))
        return false;
    return weir_onnx_set_computed(reader, node, reader->n_drafts - 1,
                                  weir_onnx_layout_image(rank, (uint32_t)dims[2], out));
}
