/* Binding the input: which of its dimensions are rows, columns and channels. */
#include "hls/onnx_reader.h"

#include <stdlib.h>

static float *repeat(weir_arena *arena, const float *one, uint32_t count) {
    if (!one) return NULL;
    float *all = WEIR_NEW(arena, float, count);
    for (uint32_t i = 0; i < count; i++)
        all[i] = *one;
    return all;
}

/* All values so far are views of the input's elements: they follow it to the new order. */
static void translate_values(weir_onnx_reader *reader, weir_onnx_layout from, weir_onnx_layout to) {
    weir_onnx_digit digits[WEIR_ONNX_AXES];
    uint32_t n_digits;
    bool fine = weir_onnx_layout_digits(&from, &to, digits, &n_digits);
    for (uint32_t v = 0; v < reader->n_values; v++) {
        weir_onnx_value *value = &reader->values[v];
        if (value->constant) continue;
        value->lost = !fine || !weir_onnx_layout_translate(&value->layout, digits, n_digits);
    }
}

static void bind(weir_onnx_reader *reader, weir_onnx_value *value, weir_onnx_layout layout,
                 weir_shape shape) {
    uint32_t elements = (uint32_t)weir_shape_elements(shape);
    uint32_t *file = weir_xcalloc(elements, sizeof *file);
    uint32_t *ours = weir_xcalloc(elements, sizeof *ours);
    uint32_t *order = WEIR_NEW(reader->arena, uint32_t, elements);
    bool identity = true;
    weir_onnx_layout_order(&value->layout, file);
    weir_onnx_layout_order(&layout, ours);
    for (uint32_t i = 0; i < elements; i++) {
        order[ours[i]] = file[i];
        identity = identity && ours[i] == file[i];
    }
    free(file);
    free(ours);
    for (uint32_t l = 0; l < reader->n_drafts; l++) {
        weir_onnx_draft *draft = &reader->drafts[l];
        draft->layer.in = draft->layer.out = shape;
        if (!draft->uniform) continue;
        draft->weights = repeat(reader->arena, draft->weights, shape.channels);
        draft->bias = repeat(reader->arena, draft->bias, shape.channels);
        draft->uniform = false;
    }
    reader->input_order = identity ? NULL : order;
    reader->bound = true;
    if (!identity) translate_values(reader, value->layout, layout);
    value->lost = false;
    value->layout = layout;
}

void weir_onnx_bind_vector(weir_onnx_reader *reader, weir_onnx_value *value) {
    uint32_t elements = (uint32_t)weir_onnx_layout_elements(&value->layout);
    uint32_t rank = value->layout.rank;
    if (reader->bound) return;
    /* Weights absorb any order, so the stream keeps the file's. */
    weir_onnx_layout file = weir_onnx_layout_plain(rank, value->layout.dims), kept = value->layout;
    value->layout = file;
    bind(reader, value, file, (weir_shape){1, 1, elements});
    value->layout = kept;
}

/* Whether the offsets of dimension `dim` are 0, step, 2 step, ... (any if dim is negative). */
static bool regular(const weir_onnx_layout *layout, int dim, uint64_t step) {
    bool fine = true;
    if (dim < 0) return true;
    uint32_t size = layout->dims[dim];
    uint32_t *offsets = weir_xcalloc(size, sizeof *offsets);
    fine = weir_onnx_layout_offsets(layout, (uint32_t)dim, offsets);
    for (uint32_t i = 0; fine && i < size; i++)
        fine = offsets[i] == i * step;
    free(offsets);
    return fine;
}

/* Whether the offsets of dimension `dim` are a permutation of 0..size-1, which goes to `order`. */
static bool permuted(const weir_onnx_layout *layout, uint32_t dim, uint32_t *order) {
    uint32_t size = layout->dims[dim];
    bool *seen = weir_xcalloc(size, sizeof *seen);
    bool fine = weir_onnx_layout_offsets(layout, dim, order);
    for (uint32_t i = 0; fine && i < size; i++) {
        fine = order[i] < size && !seen[order[i]];
        if (fine) seen[order[i]] = true;
    }
    free(seen);
    return fine;
}

bool weir_onnx_fits_image(const weir_onnx_layout *layout, const int dims[3]) {
    uint32_t columns = dims[1] < 0 ? 1 : layout->dims[dims[1]], channels = layout->dims[dims[2]];
    return regular(layout, dims[0], (uint64_t)columns * channels) &&
           regular(layout, dims[1], channels) && regular(layout, dims[2], 1);
}

bool weir_onnx_image(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                     const int dims[3], weir_shape *shape, uint32_t *channel_order) {
    weir_onnx_layout *layout = &value->layout;
    uint32_t size[3];
    for (int d = 0; d < 3; d++)
        size[d] = dims[d] < 0 ? 1 : layout->dims[dims[d]];
    *shape = (weir_shape){size[0], size[1], size[2]};
    if (weir_onnx_layout_elements(layout) != weir_shape_elements(*shape))
        return weir_onnx_refuse(reader, node, "its input has a batch of more than 1");
    if (!reader->bound) {
        const uint32_t strides[3] = {size[1] * size[2], size[2], 1};
        weir_onnx_layout bound = {.rank = layout->rank};
        for (uint32_t d = 0; d < layout->rank; d++) {
            bound.dims[d] = layout->dims[d];
            for (int i = 0; i < 3; i++)
                if (dims[i] == (int)d && size[i] > 1)
                    bound.axes[bound.n_axes++] = (weir_onnx_axis){size[i], strides[i]};
        }
        bind(reader, value, bound, *shape);
    }
    if (regular(layout, dims[0], (uint64_t)size[1] * size[2]) &&
        regular(layout, dims[1], size[2]) &&
        (channel_order ? permuted(layout, (uint32_t)dims[2], channel_order)
                       : regular(layout, dims[2], 1)))
        return true;
    return weir_onnx_refuse(reader, node,
                            "its input would have to be rearranged: a Transpose or Reshape before "
                            "it does more than to change the layout");
}

bool weir_onnx_positions(weir_onnx_reader *reader, const OnnxNode *node, weir_onnx_value *value,
                         uint32_t channel_dim, weir_shape *shape, uint32_t *channel_order) {
    int dims[3] = {-1, -1, (int)channel_dim};
    for (uint32_t d = value->layout.rank; d-- > 0;) {
        if (d == channel_dim || value->layout.dims[d] == 1) continue;
        if (dims[0] >= 0)
            return weir_onnx_refuse(reader, node, "its input has too many dimensions");
        dims[dims[1] >= 0 ? 0 : 1] = (int)d;
    }
    return weir_onnx_image(reader, node, value, dims, shape, channel_order);
}
