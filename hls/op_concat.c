#include "hls/op_common.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct concat_params {
    weir_fixed out;
    uint32_t folds[WEIR_MAX_PORTS]; /* beats of a position */
} concat_params;

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const concat_params *params = op->params;
    uint64_t positions = (uint64_t)op->out[0].rows * op->out[0].columns;
    int32_t *to = out[0];
    for (uint64_t i = 0; i < positions; i++)
        for (uint32_t p = 0; p < op->n_inputs; p++) {
            const weir_stream *from = &op->in[p];
            int fraction = weir_op_fraction(from->element);
            for (uint32_t c = 0; c < from->channels; c++)
                *to++ = (int32_t)weir_fixed_convert(
                    weir_op_value(from->element, in[p][i * from->channels + c]), fraction,
                    params->out);
        }
}

static unsigned step(const weir_operator *op, uint64_t index) {
    const concat_params *params = op->params;
    uint64_t fold = index % op->ii_cycles;
    uint32_t port = 0;
    while (fold >= params->folds[port])
        fold -= params->folds[port++];
    return WEIR_READS(port) | WEIR_WRITES(0);
}

/* Whether the conversion changes nothing. */
static bool is_same(weir_element element, weir_fixed out) {
    return element.width == out.width && element.integer == out.integer &&
           element.is_signed == out.is_signed && weir_fixed_whole(out);
}

/* Port p's beat brought to the output's type, as converted<p>. */
static void emit_conversion(const weir_operator *op, uint32_t p, weir_text *sv) {
    const concat_params *params = op->params;
    const weir_stream *in = &op->in[p];
    int width = in->element.width, out_width = params->out.width;
    weir_text_addf(sv, "    logic [%u:0] converted%u;\n", weir_stream_beat_bits(&op->out[0]) - 1,
                   p);
    if (is_same(in->element, params->out)) {
        weir_text_addf(sv, "    assign converted%u = in%u_data;\n", p, p);
        return;
    }
    weir_text_addf(sv, "    for (genvar l = 0; l < %u; l++) begin : convert%u\n", in->lanes, p);
    const char *sign = in->element.is_signed ? "" : "1'b0, ";
    int value_width = width + !in->element.is_signed;
    weir_text_addf(sv,
                   "        logic signed [%d:0] value;\n"
                   "        assign value = $signed({%sin%u_data[l*%d+:%d]});\n",
                   value_width - 1, sign, p, width, width);
    char result[64];
    snprintf(result, sizeof result, "converted%u[l*%d+:%d]", p, out_width, out_width);
    weir_emit_requant(sv, "        ", "requant", value_width, weir_op_fraction(in->element),
                      params->out, "value", result);
    weir_text_add(sv, "    end\n");
}

/* `{prefix<n-1>suffix, ..., prefix0suffix}` */
static void emit_ports(const weir_operator *op, const char *prefix, const char *suffix,
                       weir_text *sv) {
    weir_text_add(sv, "{");
    for (uint32_t p = op->n_inputs; p-- > 0;)
        weir_text_addf(sv, "%s%u%s%s", prefix, p, suffix, p > 0 ? ", " : "}");
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const concat_params *params = op->params;
    uint32_t most = 1;
    weir_emit_begin(op, module, "// A step is a beat of the input whose turn it is.\n", sv);
    for (uint32_t p = 0; p < op->n_inputs; p++) {
        emit_conversion(op, p, sv);
        if (params->folds[p] > most) most = params->folds[p];
    }
    weir_text_addf(sv,
                   "    weir_concat #(\n"
                   "        .PORTS(%u),\n"
                   "        .WIDTH(%u),\n"
                   "        .MOST(%u),\n"
                   "        .FOLDS({",
                   op->n_inputs, weir_stream_beat_bits(&op->out[0]), most);
    for (uint32_t p = op->n_inputs; p-- > 0;)
        weir_text_addf(sv, "32'd%u%s", params->folds[p], p > 0 ? ", " : "})\n");
    weir_text_add(sv, "    ) core (\n        .clk,\n        .rst,\n        .in_valid (");
    emit_ports(op, "in", "_valid", sv);
    weir_text_add(sv, "),\n        .in_ready (");
    emit_ports(op, "in", "_ready", sv);
    weir_text_add(sv, "),\n        .in_data  (");
    emit_ports(op, "converted", "", sv);
    weir_text_add(sv, "),\n"
                      "        .out_valid(out0_valid),\n"
                      "        .out_ready(out0_ready),\n"
                      "        .out_data (out0_data)\n"
                      "    );\n");
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", "weir_concat.sv", NULL};

static const weir_operator_kind kind = {
    .name = "concat", .infer = infer, .step = step, .emit = emit, .library = library};

static bool check(const char *name, const weir_stream *in, uint32_t n, weir_loc loc,
                  weir_diag *diag) {
    bool fine = true;
    for (uint32_t p = 0; p < n; p++) {
        char what[32];
        snprintf(what, sizeof what, "input %u", p);
        if (!weir_op_check_stream(&in[p], name, what, loc, diag))
            fine = false;
        else if (in[p].rows != in[0].rows || in[p].columns != in[0].columns ||
                 in[p].lanes != in[0].lanes)
            fine = weir_error(diag, loc,
                              "process \"%s\": %s of %u x %u positions with %u lanes, must be %u x "
                              "%u with %u lanes as input 0",
                              name, what, in[p].rows, in[p].columns, in[p].lanes, in[0].rows,
                              in[0].columns, in[0].lanes);
    }
    return fine;
}

bool weir_concat_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const weir_stream *in, uint32_t n, weir_fixed out, weir_loc loc,
                          weir_diag *diag) {
    bool fine = true;
    if (n < 2 || n > WEIR_MAX_PORTS)
        return weir_error(diag, loc, "process \"%s\": concat of %u streams, 2 to %u allowed", name,
                          n, WEIR_MAX_PORTS);
    fine = check(name, in, n, loc, diag);
    fine = weir_op_check_type(out, name, "output", loc, diag) && fine;
    if (!fine) return false;
    concat_params *params = WEIR_NEW(arena, concat_params, 1);
    params->out = out;
    weir_stream to = in[0];
    to.element = weir_fixed_element(out);
    to.channels = 0;
    for (uint32_t p = 0; p < n; p++) {
        params->folds[p] = in[p].channels / in[p].lanes;
        to.channels += in[p].channels; /* at most WEIR_MAX_PORTS * WEIR_MAX_ELEMENTS: fits */
    }
    if (!weir_op_check_stream(&to, name, "output", loc, diag)) return false;
    weir_op_begin(op, &kind, arena, name, in[0], to);
    op->n_inputs = n;
    for (uint32_t p = 1; p < n; p++)
        op->in[p] = in[p];
    op->params = params;
    op->steps = weir_stream_beats(&to);
    op->initiations = (uint64_t)to.rows * to.columns; /* one a position */
    op->ii_cycles = to.channels / to.lanes;
    op->scope = WEIR_SCOPE_POSITION;
    op->stages = 2;
    return true;
}
