#include "hls/op_average.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct global_pool_params {
    uint64_t positions;
    weir_average divide;
} global_pool_params;

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const global_pool_params *p = op->params;
    const weir_stream *from = &op->in[0];
    uint64_t multiplier = weir_average_multiplier(&p->divide, p->positions);
    for (uint32_t c = 0; c < from->channels; c++) {
        int64_t sum = 0;
        for (uint64_t at = 0; at < p->positions; at++)
            sum += weir_op_value(from->element, in[0][at * from->channels + c]);
        out[0][c] = weir_average_of(&p->divide, sum, multiplier);
    }
}

static unsigned step(const weir_operator *op, uint64_t index) {
    return WEIR_READS(0) |
           (op->steps - index <= weir_stream_beats(&op->out[0]) ? WEIR_WRITES(0) : 0u);
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const global_pool_params *p = op->params;
    const weir_stream *in = &op->in[0];
    char note[256], average[160], multiplier[64] = "1'b0";
    weir_average_note(&p->divide, average, sizeof average);
    snprintf(note, sizeof note, "//   average over %" PRIu64 " positions\n%s", p->positions,
             average);
    if (p->divide.multiplier_bits > 0)
        snprintf(multiplier, sizeof multiplier, "%d'd%" PRIu64, p->divide.multiplier_bits,
                 weir_average_multiplier(&p->divide, p->positions));
    weir_emit_begin(op, module, note, sv);
    weir_emit_pipe(op, sv);
    weir_text_addf(sv,
                   "    logic writes;\n"
                   "    assign start = in0_valid;\n"
                   "    assign in0_ready = advance;\n"
                   "    assign out0_valid = valid[%u] & writes;\n"
                   "    assign finish = ~writes | out0_ready;\n\n"
                   "    weir_global_pool #(\n",
                   op->stages - 2);
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "LANES", in->lanes);
    weir_emit_int(&list, "FOLDS", in->channels / in->lanes);
    weir_emit_int(&list, "POSITIONS", (int64_t)p->positions);
    weir_emit_int(&list, "IN_WIDTH", in->element.width);
    weir_emit_int(&list, "IN_SIGNED", in->element.is_signed);
    weir_average_emit(&p->divide, &list);
    weir_text_addf(sv,
                   "\n    ) core (\n"
                   "        .clk, .rst, .fire(fire[%u:0]), .in(in0_data), .multiplier(%s),\n"
                   "        .writes, .out(out0_data)\n    );\n",
                   op->stages - 2, multiplier);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", "weir_average.sv",
                                      "weir_global_pool.sv", NULL};

static const weir_operator_kind kind = {
    .name = "global_pool", .infer = infer, .step = step, .emit = emit, .library = library};

bool weir_global_pool_operator(weir_operator *op, weir_arena *arena, const char *name,
                               weir_stream in, weir_fixed out, weir_loc loc, weir_diag *diag) {
    if (!weir_op_check_stream(&in, name, "input", loc, diag)) return false;
    if (!weir_op_check_type(out, name, "output", loc, diag)) return false;
    global_pool_params *p = WEIR_NEW(arena, global_pool_params, 1);
    weir_stream to = {.rows = 1,
                      .columns = 1,
                      .channels = in.channels,
                      .lanes = in.lanes,
                      .element = weir_fixed_element(out)};
    p->positions = (uint64_t)in.rows * in.columns;
    weir_op_begin(op, &kind, arena, name, in, to);
    if (!weir_average_init(&p->divide, in.element, p->positions, &p->positions, 1, out))
        return weir_error(diag, loc,
                          "process \"%s\": sum of %" PRIu64 " elements of %d bits, at most 48 bits",
                          name, p->positions, in.element.width);
    op->params = p;
    op->steps = weir_stream_beats(&in);
    op->initiations = 1;
    op->ii_cycles = op->steps;
    op->stages = p->divide.multiplier_bits > 0 ? 4 : 3;
    op->multipliers = p->divide.multiplier_bits > 0 ? in.lanes : 0;
    op->table_error = p->divide.error;
    return true;
}
