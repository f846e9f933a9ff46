#include "hls/op_common.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct weir_window {
    weir_window_shape shape;
    uint32_t folds, padded_rows, padded_columns;
    int32_t pad;
} weir_window;

static void window_infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const weir_window *window = op->params;
    const weir_window_shape *shape = &window->shape;
    const weir_stream *from = &op->in[0];
    int32_t *to = out[0];
    for (uint32_t y = 0; y < op->out[0].rows; y++)
        for (uint32_t x = 0; x < op->out[0].columns; x++)
            for (uint32_t f = 0; f < window->folds; f++)
                for (uint32_t ky = 0; ky < shape->kernel_rows; ky++)
                    for (uint32_t kx = 0; kx < shape->kernel_columns; kx++) {
                        int64_t row = (int64_t)y * shape->stride_rows +
                                      (int64_t)ky * shape->dilation_rows - shape->pad_top;
                        int64_t column = (int64_t)x * shape->stride_columns +
                                         (int64_t)kx * shape->dilation_columns - shape->pad_left;
                        bool inside =
                            row >= 0 && row < from->rows && column >= 0 && column < from->columns;
                        const int32_t *beat =
                            inside ? in[0] + (row * from->columns + column) * from->channels +
                                         (uint64_t)f * from->lanes
                                   : NULL;
                        for (uint32_t lane = 0; lane < from->lanes; lane++)
                            *to++ = inside ? beat[lane] : window->pad;
                    }
}

/* Whether a window of `span` elements, `stride` apart, ends at `position`. */
static bool ends_at(uint32_t position, uint32_t span, uint32_t stride) {
    return position + 1 >= span && (position + 1 - span) % stride == 0;
}

static unsigned window_step(const weir_operator *op, uint64_t index) {
    const weir_window *window = op->params;
    const weir_window_shape *shape = &window->shape;
    uint64_t position = index / window->folds;
    uint32_t row = (uint32_t)(position / window->padded_columns);
    uint32_t column = (uint32_t)(position % window->padded_columns);
    bool reads = row >= shape->pad_top && row - shape->pad_top < op->in[0].rows &&
                 column >= shape->pad_left && column - shape->pad_left < op->in[0].columns;
    bool writes =
        ends_at(row, (shape->kernel_rows - 1) * shape->dilation_rows + 1, shape->stride_rows) &&
        ends_at(column, (shape->kernel_columns - 1) * shape->dilation_columns + 1,
                shape->stride_columns);
    return (reads ? WEIR_READS(0) : 0) | (writes ? WEIR_WRITES(0) : 0);
}

static void window_emit(const weir_operator *op, const char *module, weir_text *sv) {
    const weir_window *window = op->params;
    const weir_window_shape *shape = &window->shape;
    const weir_stream *in = &op->in[0];
    weir_emit_begin(op, module,
                    "// A step is a position of the padded input, (row, column, channel fold).\n",
                    sv);
    const struct {
        const char *name;
        uint32_t value;
    } values[] = {
        {"ROWS", in->rows},
        {"COLUMNS", in->columns},
        {"FOLDS", window->folds},
        {"KERNEL_ROWS", shape->kernel_rows},
        {"KERNEL_COLUMNS", shape->kernel_columns},
        {"STRIDE_ROWS", shape->stride_rows},
        {"STRIDE_COLUMNS", shape->stride_columns},
        {"DILATION_ROWS", shape->dilation_rows},
        {"DILATION_COLUMNS", shape->dilation_columns},
        {"PAD_TOP", shape->pad_top},
        {"PAD_LEFT", shape->pad_left},
        {"PAD_BOTTOM", shape->pad_bottom},
        {"PAD_RIGHT", shape->pad_right},
        {"WIDTH", weir_stream_beat_bits(in)},
    };
    weir_text_add(sv, "    weir_window #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        weir_emit_int(&list, values[i].name, values[i].value);
    char pad[64];
    uint64_t mask = ((uint64_t)1 << in->element.width) - 1;
    snprintf(pad, sizeof pad, "{%u{%d'h%" PRIx64 "}}", in->lanes, in->element.width,
             (uint64_t)(int64_t)window->pad & mask);
    weir_emit_value(&list, "PAD", pad);
    weir_emit_core(sv);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_ram.sv", "weir_window.sv", NULL};

static const weir_operator_kind window_kind = {
    .name = "window",
    .infer = window_infer,
    .step = window_step,
    .emit = window_emit,
    .library = library,
};

/* One axis of the window: the padded size and the number of positions, or an error. */
static bool check_axis(const char *name, const char *axis, const uint32_t size[3], uint32_t kernel,
                       uint32_t stride, uint32_t dilation, uint32_t *padded, uint32_t *positions,
                       weir_loc loc, weir_diag *diag) {
    if (kernel == 0 || stride == 0 || dilation == 0)
        return weir_error(diag, loc,
                          "process \"%s\": window of kernel %u, stride %u, dilation %u along the "
                          "%s, each must be at least 1",
                          name, kernel, stride, dilation, axis);
    uint64_t all = (uint64_t)size[0] + size[1] + size[2];
    uint64_t span = (uint64_t)(kernel - 1) * dilation + 1;
    if (all > WEIR_MAX_ELEMENTS || stride > WEIR_MAX_ELEMENTS)
        return weir_error(diag, loc,
                          "process \"%s\": %" PRIu64 " padded %s with stride %u, at most %u each",
                          name, all, axis, stride, WEIR_MAX_ELEMENTS);
    if (span > all)
        return weir_error(diag, loc,
                          "process \"%s\": window spans %" PRIu64 " %s, the padded input has "
                          "%" PRIu64,
                          name, span, axis, all);
    *padded = (uint32_t)all;
    *positions = (uint32_t)((all - span) / stride) + 1;
    return true;
}

bool weir_window_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                          weir_window_shape shape, int32_t pad, weir_loc loc, weir_diag *diag) {
    if (!weir_op_check_stream(&in, name, "input", loc, diag)) return false;
    weir_window *window = WEIR_NEW(arena, weir_window, 1);
    weir_stream out = in;
    const uint32_t rows[3] = {shape.pad_top, in.rows, shape.pad_bottom};
    const uint32_t columns[3] = {shape.pad_left, in.columns, shape.pad_right};
    bool fine = check_axis(name, "rows", rows, shape.kernel_rows, shape.stride_rows,
                           shape.dilation_rows, &window->padded_rows, &out.rows, loc, diag);
    fine &= check_axis(name, "columns", columns, shape.kernel_columns, shape.stride_columns,
                       shape.dilation_columns, &window->padded_columns, &out.columns, loc, diag);
    if (!fine) return false;
    uint64_t elements = (uint64_t)shape.kernel_rows * shape.kernel_columns;
    if (elements * in.channels > WEIR_MAX_ELEMENTS)
        return weir_error(diag, loc,
                          "process \"%s\": window of %" PRIu64 " positions of %u channels, at most "
                          "%u elements",
                          name, elements, in.channels, WEIR_MAX_ELEMENTS);
    out.channels = (uint32_t)elements * in.channels;
    out.lanes = (uint32_t)elements * in.lanes;
    if (!weir_op_check_stream(&out, name, "output", loc, diag)) return false;
    if (weir_op_value(in.element, pad) < weir_op_low(in.element) ||
        weir_op_value(in.element, pad) > weir_op_high(in.element))
        return weir_error(diag, loc,
                          "process \"%s\": padding of %" PRId32 ", elements hold %" PRId64
                          " to %" PRId64,
                          name, pad, weir_op_low(in.element), weir_op_high(in.element));

    weir_op_begin(op, &window_kind, arena, name, in, out);
    window->shape = shape;
    window->folds = in.channels / in.lanes;
    window->pad = pad;
    op->params = window;
    op->stages = 3;
    op->steps = (uint64_t)window->padded_rows * window->padded_columns * window->folds;
    /* An initiation is an output position; where the positions do not divide the steps, because of
     * the rows and columns that only fill the window, the interval is the average rounded up. */
    op->initiations = (uint64_t)out.rows * out.columns;
    op->ii_cycles = weir_op_ceil_div(op->steps, op->initiations);
    return true;
}
