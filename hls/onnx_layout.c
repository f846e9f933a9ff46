#include "hls/onnx_layout.h"

#include <string.h>

weir_onnx_layout weir_onnx_layout_plain(uint32_t rank, const uint32_t *dims) {
    weir_onnx_layout layout = {.rank = rank};
    uint32_t elements = 1;
    for (uint32_t d = 0; d < rank; d++) {
        layout.dims[d] = dims[d];
        elements *= dims[d];
    }
    if (elements > 1) layout.axes[layout.n_axes++] = (weir_onnx_axis){elements, 1};
    return layout;
}

weir_onnx_layout weir_onnx_layout_image(uint32_t rank, uint32_t channel_dim, weir_shape shape) {
    weir_onnx_layout layout = {.rank = rank};
    weir_onnx_axis spatial[2] = {{shape.rows, shape.columns * shape.channels},
                                 {shape.columns, shape.channels}};
    uint32_t next = rank == 4 ? 0 : 1;
    for (uint32_t d = 0; d < rank; d++) {
        weir_onnx_axis axis = {1, 1};
        if (d == channel_dim)
            axis.size = shape.channels;
        else if (d > 0 && next < 2)
            axis = spatial[next++];
        layout.dims[d] = axis.size;
        if (axis.size > 1) layout.axes[layout.n_axes++] = axis;
    }
    return layout;
}

uint64_t weir_onnx_layout_elements(const weir_onnx_layout *layout) {
    uint64_t elements = 1;
    for (uint32_t d = 0; d < layout->rank; d++)
        elements *= layout->dims[d];
    return elements;
}

void weir_onnx_layout_reshape(weir_onnx_layout *layout, uint32_t rank, const uint32_t *dims) {
    layout->rank = rank;
    memcpy(layout->dims, dims, rank * sizeof *dims);
}

static bool insert_axis(weir_onnx_layout *layout, uint32_t at, weir_onnx_axis axis) {
    if (layout->n_axes == WEIR_ONNX_AXES) return false;
    memmove(&layout->axes[at + 1], &layout->axes[at],
            (layout->n_axes - at) * sizeof layout->axes[0]);
    layout->axes[at] = axis;
    layout->n_axes++;
    return true;
}

/* Cuts axes so that each dimension owns whole ones; dimension d's are first[d] to first[d + 1]. */
static bool cut_axes(weir_onnx_layout *layout, uint32_t *first) {
    uint32_t counts[WEIR_ONNX_RANK] = {0};
    uint32_t left = layout->n_axes; /* axes not yet owned are 0..left-1 */
    for (uint32_t d = layout->rank; d-- > 0;)
        for (uint32_t need = layout->dims[d]; need > 1; counts[d]++) {
            if (left == 0) return false;
            weir_onnx_axis *axis = &layout->axes[left - 1];
            if (need % axis->size == 0) {
                need /= axis->size;
                left--;
                continue;
            }
            if (axis->size % need != 0) return false;
            weir_onnx_axis low = {need, axis->stride};
            axis->size /= need;
            axis->stride *= need;
            if (!insert_axis(layout, left, low)) return false;
            need = 1;
        }
    first[0] = 0;
    for (uint32_t d = 0; d < layout->rank; d++)
        first[d + 1] = first[d] + counts[d];
    return true;
}

bool weir_onnx_layout_transpose(weir_onnx_layout *layout, const uint32_t *perm) {
    uint32_t first[WEIR_ONNX_RANK + 1];
    if (!cut_axes(layout, first)) return false;
    weir_onnx_layout old = *layout;
    layout->n_axes = 0;
    for (uint32_t d = 0; d < old.rank; d++) {
        layout->dims[d] = old.dims[perm[d]];
        for (uint32_t a = first[perm[d]]; a < first[perm[d] + 1]; a++)
            layout->axes[layout->n_axes++] = old.axes[a];
    }
    return true;
}

static uint32_t offset_of(const weir_onnx_axis *axes, uint32_t n_axes, uint32_t index) {
    uint32_t offset = 0;
    for (uint32_t a = n_axes; a-- > 0; index /= axes[a].size)
        offset += index % axes[a].size * axes[a].stride;
    return offset;
}

bool weir_onnx_layout_offsets(const weir_onnx_layout *layout, uint32_t dim, uint32_t *offsets) {
    weir_onnx_layout cut = *layout;
    uint32_t first[WEIR_ONNX_RANK + 1];
    if (!cut_axes(&cut, first)) return false;
    for (uint32_t i = 0; i < cut.dims[dim]; i++)
        offsets[i] = offset_of(&cut.axes[first[dim]], first[dim + 1] - first[dim], i);
    return true;
}

void weir_onnx_layout_order(const weir_onnx_layout *layout, uint32_t *order) {
    uint64_t elements = weir_onnx_layout_elements(layout);
    for (uint32_t i = 0; i < elements; i++)
        order[i] = offset_of(layout->axes, layout->n_axes, i);
}
