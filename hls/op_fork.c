#include "hls/op_common.h"

#include <string.h>

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    for (uint32_t q = 0; q < op->n_outputs; q++)
        memcpy(out[q], in[0], weir_stream_elements(&op->in[0]) * sizeof *out[q]);
}

static unsigned step(const weir_operator *op, uint64_t index) {
    (void)index;
    return WEIR_READS(0) | (WEIR_WRITES(op->n_outputs) - WEIR_WRITES(0));
}

static void emit_ports(const char *name, uint32_t count, weir_text *sv) {
    for (uint32_t q = count; q-- > 0;)
        weir_text_addf(sv, "out%u_%s%s", q, name, q > 0 ? ", " : "");
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    uint32_t bits = weir_stream_beat_bits(&op->in[0]);
    weir_emit_begin(op, module, "// A step sends its beat to all outputs in one cycle.\n", sv);
    weir_text_addf(sv,
                   "    logic [%u:0] beat;\n"
                   "    weir_fork #(.WIDTH(%u), .OUTPUTS(%u)) core (\n"
                   "        .clk,\n"
                   "        .rst,\n"
                   "        .in_valid (in0_valid),\n"
                   "        .in_ready (in0_ready),\n"
                   "        .in_data  (in0_data),\n"
                   "        .out_valid({",
                   bits - 1, bits, op->n_outputs);
    emit_ports("valid", op->n_outputs, sv);
    weir_text_add(sv, "}),\n        .out_ready({");
    emit_ports("ready", op->n_outputs, sv);
    weir_text_add(sv, "}),\n        .out_data (beat)\n    );\n");
    for (uint32_t q = 0; q < op->n_outputs; q++)
        weir_text_addf(sv, "    assign out%u_data = beat;\n", q);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_fork.sv", NULL};

static const weir_operator_kind kind = {
    .name = "fork", .infer = infer, .step = step, .emit = emit, .library = library, .copies = true};

bool weir_fork_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                        uint32_t outputs, weir_loc loc, weir_diag *diag) {
    bool fine = weir_op_check_stream(&in, name, "input", loc, diag);
    if (outputs < 2 || outputs > WEIR_MAX_PORTS)
        fine = weir_error(diag, loc, "process \"%s\": fork to %u streams, 2 to %u allowed", name,
                          outputs, WEIR_MAX_PORTS);
    if (!fine) return false;
    weir_op_begin(op, &kind, arena, name, in, in);
    op->n_outputs = outputs;
    for (uint32_t q = 1; q < outputs; q++)
        op->out[q] = in;
    op->steps = op->initiations = weir_stream_beats(&in);
    op->ii_cycles = 1;
    op->stages = 2;
    return true;
}
