/* Where branches meet: Add and Mul of two computed tensors, Concat of several. */
#include "hls/onnx_reader.h"
#include "models/process.h"

#include <stdio.h>
#include <string.h>

/* "1 x 4 x 8 x 8" */
static const char *dims_text(weir_onnx_reader *reader, const weir_onnx_layout *layout) {
    const char *text = "";
    for (uint32_t d = 0; d < layout->rank; d++)
        text =
            weir_arena_printf(reader->arena, "%s%s%u", text, d > 0 ? " x " : "", layout->dims[d]);
    return text;
}

/* Gives the layout as many dimensions as `rank`, with ones in front. */
static void pad_rank(weir_onnx_layout *layout, uint32_t rank) {
    uint32_t dims[WEIR_ONNX_RANK], added = rank - layout->rank;
    for (uint32_t d = 0; d < rank; d++)
        dims[d] = d < added ? 1 : layout->dims[d - added];
    weir_onnx_layout_reshape(layout, rank, dims);
}

bool weir_onnx_join(weir_onnx_reader *reader, const OnnxNode *node) {
    weir_onnx_value values[2];
    uint32_t inputs[2];
    for (uint32_t i = 0; i < 2; i++) {
        const weir_onnx_value *value = weir_onnx_computed(reader, node, i);
        if (!value) return false;
        values[i] = *value;
        inputs[i] = value->layer;
    }
    weir_onnx_layout *one = &values[0].layout, *other = &values[1].layout;
    uint32_t rank = one->rank > other->rank ? one->rank : other->rank;
    pad_rank(one, rank);
    pad_rank(other, rank);
    if (memcmp(one->dims, other->dims, rank * sizeof *one->dims) != 0)
        return weir_onnx_refuse(reader, node,
                                "inputs of %s and %s elements, they must have equal shapes",
                                dims_text(reader, one), dims_text(reader, other));
    if (!weir_onnx_layout_same(one, other))
        return weir_onnx_refuse(reader, node,
                                "inputs \"%s\" and \"%s\" have their elements in different orders",
                                values[0].name, values[1].name);
    weir_layer_kind kind = node->op_type[0] == 'A' ? WEIR_LAYER_ADD : WEIR_LAYER_MUL;
    weir_shape shape = reader->drafts[inputs[0]].layer.out;
    return weir_onnx_add_join(reader, node, kind, 2, inputs, shape, shape) &&
           weir_onnx_set_computed(reader, node, reader->n_drafts - 1, *one);
}

/* --- Concat --- */

/* The layout of a tensor of `shape` with the channels at `dim` and the dimensions of `like` else. */
static weir_onnx_layout with_channels(const weir_onnx_layout *like, uint32_t dim,
                                      weir_shape shape) {
    weir_onnx_layout layout = {.rank = like->rank};
    uint32_t strides[2] = {shape.columns * shape.channels, shape.channels}, next = 0;
    if (shape.rows == 1) next = 1;
    for (uint32_t d = 0; d < layout.rank; d++) {
        layout.dims[d] = d == dim ? shape.channels : like->dims[d];
        if (layout.dims[d] == 1) continue;
        uint32_t stride = d == dim ? 1 : strides[next++];
        layout.axes[layout.n_axes++] = (weir_onnx_axis){layout.dims[d], stride};
    }
    return layout;
}

/* Whether the tensor has its channels, or nothing, at `dim`. */
static bool has_channels_at(const weir_onnx_reader *reader, const weir_onnx_layout *layout,
                            uint32_t dim) {
    int dims[3] = {-1, -1, (int)dim};
    return !reader->bound || weir_onnx_fits_image(layout, dims);
}

static bool find_axis(weir_onnx_reader *reader, const OnnxNode *node, uint32_t rank,
                      uint32_t *axis) {
    int64_t given = weir_onnx_int(node, "axis", reader->opset < 4 ? 1 : INT64_MAX);
    int64_t from_front = given < 0 ? given + rank : given;
    if (given == INT64_MAX) return weir_onnx_refuse(reader, node, "has no axis");
    if (from_front < 0 || from_front >= rank)
        return weir_onnx_refuse(reader, node, "axis %lld of a tensor of %u dimensions",
                                (long long)given, rank);
    if (from_front == 0 && rank > 1)
        return weir_onnx_refuse(reader, node, "axis 0 is the batch, only channels can be joined");
    *axis = (uint32_t)from_front;
    return true;
}

/* Checks input `i` against the first and finds its shape. */
static bool concat_input(weir_onnx_reader *reader, const OnnxNode *node, uint32_t i, uint32_t axis,
                         const weir_onnx_layout *first, uint32_t *layer, weir_shape *shape) {
    const weir_onnx_value *input = weir_onnx_computed(reader, node, i);
    if (!input) return false;
    weir_onnx_value value = *input;
    bool same = value.layout.rank == first->rank;
    for (uint32_t d = 0; same && d < first->rank; d++)
        same = d == axis || value.layout.dims[d] == first->dims[d];
    if (!same)
        return weir_onnx_refuse(reader, node,
                                "inputs of %s and %s elements, they must be the same but for "
                                "dimension %u",
                                dims_text(reader, first), dims_text(reader, &value.layout), axis);
    if (!has_channels_at(reader, &value.layout, axis))
        return weir_onnx_refuse(reader, node,
                                "dimension %u of input \"%s\" is not the channels, only those can "
                                "be joined",
                                axis, value.name);
    *layer = value.layer;
    return weir_onnx_positions(reader, node, &value, axis, shape, NULL);
}

bool weir_onnx_concat(weir_onnx_reader *reader, const OnnxNode *node) {
    const weir_onnx_value *first = weir_onnx_computed(reader, node, 0);
    uint32_t axis = 0, inputs[WEIR_MAX_PORTS], n_inputs = (uint32_t)node->n_input;
    if (!first || !find_axis(reader, node, first->layout.rank, &axis)) return false;
    weir_onnx_layout like = first->layout;
    weir_shape in[WEIR_MAX_PORTS], out = {0, 0, 0};
    if (n_inputs > WEIR_MAX_PORTS)
        return weir_onnx_refuse(reader, node, "%u inputs, at most %d are supported", n_inputs,
                                WEIR_MAX_PORTS);
    for (uint32_t i = 0; i < n_inputs; i++) {
        if (!concat_input(reader, node, i, axis, &like, &inputs[i], &in[i])) return false;
        out = (weir_shape){in[0].rows, in[0].columns, out.channels + in[i].channels};
    }
    weir_onnx_layout layout = with_channels(&like, axis, out);
    if (n_inputs == 1) return weir_onnx_set_computed(reader, node, inputs[0], layout);
    return weir_onnx_add_join(reader, node, WEIR_LAYER_CONCAT, n_inputs, inputs, in[0], out) &&
           weir_onnx_set_computed(reader, node, reader->n_drafts - 1, layout);
}
