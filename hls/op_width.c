#include "hls/op_common.h"

#include <string.h>

/* A step is one beat of the narrower side. */
static uint32_t ratio(const weir_operator *op) {
    uint32_t in = op->in[0].lanes, out = op->out[0].lanes;
    return in > out ? in / out : out / in;
}

static void width_infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    memcpy(out[0], in[0], weir_stream_elements(&op->in[0]) * sizeof *out[0]);
}

static unsigned width_step(const weir_operator *op, uint64_t index) {
    uint64_t part = index % ratio(op);
    if (op->in[0].lanes > op->out[0].lanes) return (part == 0 ? WEIR_READS(0) : 0) | WEIR_WRITES(0);
    return WEIR_READS(0) | (part == ratio(op) - 1 ? WEIR_WRITES(0) : 0);
}

static void width_emit(const weir_operator *op, const char *module, weir_text *sv) {
    weir_emit_begin(op, module, "// A step is a beat of the narrower side.\n", sv);
    weir_text_add(sv, "    weir_width #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "IN_BITS", weir_stream_beat_bits(&op->in[0]));
    weir_emit_int(&list, "OUT_BITS", weir_stream_beat_bits(&op->out[0]));
    weir_emit_core(sv);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_width.sv", NULL};

static const weir_operator_kind width_kind = {
    .name = "width",
    .infer = width_infer,
    .step = width_step,
    .emit = width_emit,
    .library = library,
    .copies = true,
};

bool weir_width_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                         uint32_t lanes, weir_loc loc, weir_diag *diag) {
    weir_stream out = in;
    out.lanes = lanes;
    bool fine = weir_op_check_stream(&in, name, "input", loc, diag);
    if (fine) fine = weir_op_check_stream(&out, name, "output", loc, diag);
    if (!fine) return false;
    if (in.lanes % lanes != 0 && lanes % in.lanes != 0)
        return weir_error(diag, loc,
                          "process \"%s\": %u lanes to %u, one number must divide the other", name,
                          in.lanes, lanes);
    weir_op_begin(op, &width_kind, arena, name, in, out);
    op->stages = 2;
    op->ii_cycles = ratio(op);
    op->steps = weir_stream_beats(in.lanes < lanes ? &op->in[0] : &op->out[0]);
    op->initiations = op->steps / op->ii_cycles;
    return true;
}
