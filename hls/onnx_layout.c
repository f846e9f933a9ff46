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

/* Neighbouring axes that run on from one another become one. */
static weir_onnx_layout merged(const weir_onnx_layout *layout) {
    weir_onnx_layout result = *layout;
    result.n_axes = 0;
    for (uint32_t a = 0; a < layout->n_axes; a++) {
        weir_onnx_axis axis = layout->axes[a];
        weir_onnx_axis *last = &result.axes[result.n_axes];
        if (result.n_axes > 0 && last[-1].stride == axis.size * axis.stride)
            last[-1] = (weir_onnx_axis){last[-1].size * axis.size, axis.stride};
        else
            result.axes[result.n_axes++] = axis;
    }
    return result;
}

bool weir_onnx_layout_same(const weir_onnx_layout *a, const weir_onnx_layout *b) {
    weir_onnx_layout one = merged(a), other = merged(b);
    bool same = one.rank == other.rank && one.n_axes == other.n_axes;
    for (uint32_t d = 0; same && d < one.rank; d++)
        same = one.dims[d] == other.dims[d];
    for (uint32_t i = 0; same && i < one.n_axes; i++)
        same = one.axes[i].size == other.axes[i].size && one.axes[i].stride == other.axes[i].stride;
    return same;
}

bool weir_onnx_layout_digits(const weir_onnx_layout *from, const weir_onnx_layout *to,
                             weir_onnx_digit digits[WEIR_ONNX_AXES], uint32_t *n_digits) {
    uint32_t f = from->n_axes, t = to->n_axes;
    weir_onnx_axis one = {1, 1}, other = {1, 1};
    for (*n_digits = 0;; ++*n_digits) {
        if (one.size == 1 && f > 0) one = from->axes[--f];
        if (other.size == 1 && t > 0) other = to->axes[--t];
        if (one.size == 1 && other.size == 1) return true;
        uint32_t size = one.size < other.size ? one.size : other.size;
        if (size == 1 || one.size % size || other.size % size || *n_digits == WEIR_ONNX_AXES)
            return false;
        digits[*n_digits] = (weir_onnx_digit){size, one.stride, other.stride};
        one = (weir_onnx_axis){one.size / size, one.stride * size};
        other = (weir_onnx_axis){other.size / size, other.stride * size};
    }
}

/* The largest part of the axis, from its least significant end, that lies in one digit. */
static bool next_piece(weir_onnx_axis *axis, const weir_onnx_digit *digits, uint32_t n_digits,
                       weir_onnx_axis *piece) {
    for (uint32_t d = 0; d < n_digits; d++) {
        uint32_t skipped = axis->stride / digits[d].from;
        if (axis->stride % digits[d].from || skipped >= digits[d].size) continue;
        if (digits[d].size % skipped) return false;
        uint32_t left = digits[d].size / skipped, size = axis->size < left ? axis->size : left;
        if (axis->size % size || left % size) return false;
        *piece = (weir_onnx_axis){size, digits[d].to * skipped};
        *axis = (weir_onnx_axis){axis->size / size, axis->stride * size};
        return true;
    }
    return false;
}

bool weir_onnx_layout_translate(weir_onnx_layout *layout, const weir_onnx_digit *digits,
                                uint32_t n_digits) {
    weir_onnx_layout result = *layout;
    result.n_axes = 0;
    for (uint32_t a = layout->n_axes; a-- > 0;)
        for (weir_onnx_axis axis = layout->axes[a], piece; axis.size > 1;)
            if (!next_piece(&axis, digits, n_digits, &piece) || !insert_axis(&result, 0, piece))
                return false;
    *layout = result;
    return true;
}
