#include "hls/op_common.h"

#include <inttypes.h>
#include <string.h>

typedef struct resize_params {
    uint32_t rows, columns; /* factors */
} resize_params;

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const resize_params *p = op->params;
    uint32_t channels = op->in[0].channels;
    int32_t *to = out[0];
    for (uint32_t r = 0; r < op->out[0].rows; r++)
        for (uint32_t c = 0; c < op->out[0].columns; c++) {
            uint64_t position = (uint64_t)(r / p->rows) * op->in[0].columns + c / p->columns;
            memcpy(to, in[0] + position * channels, channels * sizeof *to);
            to += channels;
        }
}

static unsigned step(const weir_operator *op, uint64_t index) {
    const resize_params *p = op->params;
    uint64_t position = index / (op->out[0].channels / op->out[0].lanes);
    uint64_t row = position / op->out[0].columns, column = position % op->out[0].columns;
    bool reads = row % p->rows == 0 && column % p->columns == 0;
    return (reads ? WEIR_READS(0) : 0) | WEIR_WRITES(0);
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const resize_params *p = op->params;
    const weir_stream *in = &op->in[0];
    weir_emit_begin(op, module, "// A step is a beat of the output.\n", sv);
    weir_text_add(sv, "    weir_resize #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "COLUMNS", in->columns);
    weir_emit_int(&list, "FOLDS", in->channels / in->lanes);
    weir_emit_int(&list, "ROW_FACTOR", p->rows);
    weir_emit_int(&list, "COLUMN_FACTOR", p->columns);
    weir_emit_int(&list, "WIDTH", weir_stream_beat_bits(in));
    weir_emit_core(sv);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_ram.sv", "weir_resize.sv", NULL};

static const weir_operator_kind kind = {
    .name = "resize", .infer = infer, .step = step, .emit = emit, .library = library};

bool weir_resize_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                          uint32_t rows, uint32_t columns, weir_loc loc, weir_diag *diag) {
    bool fine = weir_op_check_stream(&in, name, "input", loc, diag);
    if (rows == 0 || columns == 0)
        fine = weir_error(diag, loc,
                          "process \"%s\": enlargement by %u rows and %u columns, each must be at "
                          "least 1",
                          name, rows, columns);
    if (!fine) return false;
    uint64_t out_rows = (uint64_t)in.rows * rows, out_columns = (uint64_t)in.columns * columns;
    if (out_rows > WEIR_MAX_ELEMENTS || out_columns > WEIR_MAX_ELEMENTS)
        return weir_error(diag, loc,
                          "process \"%s\": output of %" PRIu64 " rows and %" PRIu64
                          " columns, at most %u each",
                          name, out_rows, out_columns, WEIR_MAX_ELEMENTS);
    weir_stream out = in;
    out.rows = (uint32_t)out_rows;
    out.columns = (uint32_t)out_columns;
    if (!weir_op_check_stream(&out, name, "output", loc, diag)) return false;
    resize_params *p = WEIR_NEW(arena, resize_params, 1);
    *p = (resize_params){.rows = rows, .columns = columns};
    weir_op_begin(op, &kind, arena, name, in, out);
    op->params = p;
    op->steps = weir_stream_beats(&out);
    op->initiations = (uint64_t)out.rows * out.columns; /* one a position of the output */
    op->ii_cycles = out.channels / out.lanes;
    op->scope = WEIR_SCOPE_ROW;
    op->stages = 2;
    return true;
}
