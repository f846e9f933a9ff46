/* Resize and Upsample: nearest, by whole factors of rows and columns. */
#include "hls/onnx_reader.h"

#include <math.h>
#include <string.h>

/* How an output's place on an axis gives the input's: the exact place is numerator / denominator. */
typedef enum coordinates {
    ASYMMETRIC,
    HALF_PIXEL,
    PYTORCH_HALF_PIXEL,
    ALIGN_CORNERS,
    TF_HALF_PIXEL_FOR_NN,
} coordinates;

typedef enum nearest { ROUND_PREFER_FLOOR, ROUND_PREFER_CEIL, FLOOR, CEIL } nearest;

static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* The input element for output element `o` of `in` elements enlarged by `factor`. */
static int64_t source_of(coordinates mode, nearest rounding, int64_t in, int64_t factor,
                         int64_t o) {
    int64_t out = in * factor, n = o, d = factor;
    if (mode == HALF_PIXEL || (mode == PYTORCH_HALF_PIXEL && out > 1)) {
        n = 2 * o + 1 - factor;
        d = 2 * factor;
    } else if (mode == TF_HALF_PIXEL_FOR_NN) {
        n = 2 * o + 1;
        d = 2 * factor;
    } else if (mode == ALIGN_CORNERS) {
        n = out > 1 ? o * (in - 1) : 0;
        d = out > 1 ? out - 1 : 1;
    }
    int64_t place = rounding == FLOOR               ? floor_divide(n, d)
                    : rounding == CEIL              ? -floor_divide(-n, d)
                    : rounding == ROUND_PREFER_CEIL ? floor_divide(2 * n + d, 2 * d)
                                                    : -floor_divide(d - 2 * n, 2 * d);
    return place < 0 ? 0 : place < in ? place : in - 1;
}

static bool repeats_elements(coordinates mode, nearest rounding, uint32_t in, uint32_t factor) {
    for (int64_t o = 0; o < (int64_t)in * factor; o++)
        if (source_of(mode, rounding, in, factor, o) != o / factor) return false;
    return true;
}

/* --- attributes and inputs --- */

static const char *text_of(weir_onnx_reader *reader, const OnnxNode *node, const char *name,
                           const char *otherwise) {
    const OnnxAttribute *attribute = weir_onnx_attribute(node, name);
    if (!attribute || attribute->s.len == 0) return otherwise;
    return weir_arena_printf(reader->arena, "%.*s", (int)attribute->s.len,
                             (const char *)attribute->s.data);
}

static int find_name(const char *name, const char *const *names, int count) {
    for (int n = 0; n < count; n++)
        if (strcmp(name, names[n]) == 0) return n;
    return -1;
}

static bool check_mode(weir_onnx_reader *reader, const OnnxNode *node) {
    const char *mode = text_of(reader, node, "mode", "nearest");
    if (strcmp(mode, "nearest") == 0) return true;
    return weir_onnx_refuse(reader, node, "mode \"%s\", only nearest is supported", mode);
}

/* Whether the modes do no more than to repeat elements, which is what the first opset did. */
static bool check_coordinates(weir_onnx_reader *reader, const OnnxNode *node,
                              const weir_onnx_layout *layout, const uint32_t *factors) {
    static const char *const modes[] = {"asymmetric", "half_pixel", "pytorch_half_pixel",
                                        "align_corners", "tf_half_pixel_for_nn"};
    static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                            "ceil"};
    if (reader->opset < 11) return true;
    const char *mode_text = text_of(reader, node, "coordinate_transformation_mode", "half_pixel");
    const char *rounding_text = text_of(reader, node, "nearest_mode", "round_prefer_floor");
    int mode = find_name(mode_text, modes, 5), rounding = find_name(rounding_text, roundings, 4);
    bool fine = mode >= 0 && rounding >= 0;
    for (uint32_t d = 0; fine && d < layout->rank; d++)
        fine = repeats_elements((coordinates)mode, (nearest)rounding, layout->dims[d], factors[d]);
    if (fine) return true;
    return weir_onnx_refuse(reader, node,
                            "coordinate_transformation_mode \"%s\" with nearest_mode \"%s\" does "
                            "more than to repeat elements",
                            mode_text, rounding_text);
}

/* Scales of each dimension, as whole numbers. */
static bool read_scales(weir_onnx_reader *reader, const OnnxNode *node,
                        const weir_onnx_layout *layout, const float *scales, size_t count,
                        uint32_t *factors) {
    if (count != layout->rank)
        return weir_onnx_refuse(reader, node, "%zu scales for %u dimensions", count, layout->rank);
    for (uint32_t d = 0; d < layout->rank; d++) {
        if (!(scales[d] >= 1 && scales[d] <= 65536) || scales[d] != floorf(scales[d]))
            return weir_onnx_refuse(reader, node,
                                    "scale %g of dimension %u, it must be a whole number",
                                    (double)scales[d], d);
        factors[d] = (uint32_t)scales[d];
    }
    return true;
}

static bool read_sizes(weir_onnx_reader *reader, const OnnxNode *node,
                       const weir_onnx_layout *layout, const weir_onnx_constant *sizes,
                       uint32_t *factors) {
    if (reader->crop)
        return weir_onnx_refuse(reader, node, "sizes fix its output, only scales follow a crop");
    if (sizes->count != layout->rank)
        return weir_onnx_refuse(reader, node, "%u sizes for %u dimensions", sizes->count,
                                layout->rank);
    for (uint32_t d = 0; d < layout->rank; d++) {
        int64_t factor = sizes->ints[d] / layout->dims[d];
        if (factor < 1 || factor > 65536 || factor * layout->dims[d] != sizes->ints[d])
            return weir_onnx_refuse(reader, node,
                                    "size %lld of dimension %u, it must be a whole multiple of %u",
                                    (long long)sizes->ints[d], d, layout->dims[d]);
        factors[d] = (uint32_t)factor;
    }
    return true;
}

/* --- the layer --- */

/* Enlarged dimensions are positions; where that leaves a choice, the stream tells, or else the
 * channels come first. */
static uint32_t channel_dim(const weir_onnx_reader *reader, const weir_onnx_layout *layout,
                            const uint32_t *factors) {
    uint32_t last = layout->rank - 1;
    int dims[3] = {layout->rank == 4 ? 2 : -1, layout->rank == 4 ? 3 : 2, 1};
    if (factors[last] > 1) return 1;
    if (factors[1] > 1) return last;
    return !reader->bound || weir_onnx_fits_image(layout, dims) ? 1 : last;
}

static bool enlarge(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                    const uint32_t *factors) {
    weir_onnx_layout *layout = &value->layout;
    uint32_t rank = layout->rank, channel = channel_dim(reader, layout, factors), above_1 = 0;
    for (uint32_t d = 0; d < rank; d++)
        above_1 += factors[d] > 1;
    if (above_1 == 0) return weir_onnx_set_computed(reader, node, value->layer, *layout);
    if (factors[0] > 1 || factors[channel] > 1)
        return weir_onnx_refuse(reader, node,
                                "enlarges dimension %u, only rows and columns can be enlarged",
                                factors[0] > 1 ? 0 : channel);
    int first = channel == 1 ? 2 : 1;
    int dims[3] = {rank == 4 ? first : -1, rank == 4 ? first + 1 : first, (int)channel};
    weir_shape in;
    if (!weir_onnx_image(reader, node, value, dims, &in, NULL)) return false;
    uint32_t rows = rank == 4 ? factors[first] : 1, columns = factors[dims[1]];
    if ((uint64_t)in.rows * rows > WEIR_MAX_ELEMENTS ||
        (uint64_t)in.columns * columns > WEIR_MAX_ELEMENTS)
        return weir_onnx_refuse(reader, node, "enlarges %u x %u positions by %u x %u", in.rows,
                                in.columns, rows, columns);
    weir_shape out = {in.rows * rows, in.columns * columns, in.channels};
    weir_onnx_draft *draft =
        weir_onnx_add_layer(reader, node, WEIR_LAYER_RESIZE, value->layer, in, out);
    if (!draft) return false;
    draft->layer.resize_rows = rows;
    draft->layer.resize_columns = columns;
    return weir_onnx_set_computed(reader, node, reader->n_drafts - 1,
                                  weir_onnx_layout_image(rank, channel, out));
}

static bool find_image(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value) {
    const weir_onnx_value *input = weir_onnx_computed(reader, node, 0);
    if (!input) return false;
    *value = *input;
    if (value->layout.rank == 3 || value->layout.rank == 4) return true;
    return weir_onnx_refuse(reader, node, "an input of %u dimensions, it must be 3 or 4",
                            value->layout.rank);
}

/* Inputs are the scales in opset 10, since then a region of interest, scales and sizes, of which
 * those that are not used may be empty. */
bool weir_onnx_resize(weir_onnx_reader *reader, const OnnxNode *node) {
    weir_onnx_value value;
    uint32_t factors[WEIR_ONNX_RANK], at = reader->opset < 11 ? 1 : 2;
    if (!find_image(reader, node, &value) || !check_mode(reader, node)) return false;
    const weir_onnx_constant *scales = NULL, *sizes = NULL;
    if (weir_onnx_has_input(node, at) && !(scales = weir_onnx_floats(reader, node, at)))
        return false;
    if (weir_onnx_has_input(node, 3) && !(sizes = weir_onnx_ints(reader, node, 3))) return false;
    bool sized = sizes && sizes->count > 0;
    if (!sized && (!scales || scales->count == 0))
        return weir_onnx_refuse(reader, node, "has neither scales nor sizes");
    if (sized ? !read_sizes(reader, node, &value.layout, sizes, factors)
              : !read_scales(reader, node, &value.layout, scales->floats, scales->count, factors))
        return false;
    return check_coordinates(reader, node, &value.layout, factors) &&
           enlarge(reader, node, &value, factors);
}

/* The scales are an attribute before opset 9 and an input since. */
bool weir_onnx_upsample(weir_onnx_reader *reader, const OnnxNode *node) {
    weir_onnx_value value;
    uint32_t factors[WEIR_ONNX_RANK];
    if (!find_image(reader, node, &value) || !check_mode(reader, node)) return false;
    const OnnxAttribute *attribute = weir_onnx_attribute(node, "scales");
    const weir_onnx_constant *constant = NULL;
    if (!attribute && !(constant = weir_onnx_floats(reader, node, 1))) return false;
    return read_scales(reader, node, &value.layout, constant ? constant->floats : attribute->floats,
                       constant ? constant->count : attribute->n_floats, factors) &&
           enlarge(reader, node, &value, factors);
}
