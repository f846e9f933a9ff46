#include "hls/op_common.h"
#include "hls/unrolled.h"

#include <stdio.h>
#include <string.h>

typedef struct gather_params {
    const weir_wire *wires;
    weir_fixed out;
} gather_params;

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const gather_params *p = op->params;
    uint32_t outputs = op->out[0].channels;
    for (uint64_t i = 0; i < op->steps; i++)
        for (uint32_t o = 0; o < outputs; o++) {
            weir_wire from = p->wires[o];
            const weir_stream *stream = &op->in[from.port];
            int32_t value = in[from.port][i * stream->channels + from.element];
            out[0][i * outputs + o] = (int32_t)weir_fixed_convert(
                weir_op_value(stream->element, value), weir_op_fraction(stream->element), p->out);
        }
}

static unsigned step(const weir_operator *op, uint64_t index) {
    (void)index;
    return (WEIR_READS(op->n_inputs) - WEIR_READS(0)) | WEIR_WRITES(0);
}

/* Whether elements of the type need no conversion. */
static bool is_same(weir_element element, weir_fixed out) {
    return element.width == out.width && element.integer == out.integer &&
           element.is_signed == out.is_signed && weir_fixed_whole(out);
}

/* Output element o, as e<o>. */
static void emit_element(const weir_operator *op, uint32_t o, weir_text *sv) {
    const gather_params *p = op->params;
    weir_wire from = p->wires[o];
    weir_element element = op->in[from.port].element;
    uint32_t width = (uint32_t)element.width, low = from.element * width;
    char slice[64], result[32], instance[32];
    snprintf(slice, sizeof slice, "in%u_data[%u:%u]", from.port, low + width - 1, low);
    snprintf(result, sizeof result, "e%u", o);
    snprintf(instance, sizeof instance, "convert%u", o);
    weir_text_addf(sv, "    logic [%d:0] %s;\n", p->out.width - 1, result);
    if (is_same(element, p->out)) {
        weir_text_addf(sv, "    assign %s = %s;\n", result, slice);
        return;
    }
    weir_text_addf(sv, "    logic signed [%d:0] v%u;\n    assign v%u = {%s%s};\n",
                   element.width - element.is_signed, o, o, element.is_signed ? "" : "1'b0, ",
                   slice);
    char value[32];
    snprintf(value, sizeof value, "v%u", o);
    weir_emit_requant(sv, "    ", instance, element.width + !element.is_signed,
                      weir_op_fraction(element), p->out, value, result);
}

/* A port without a beat is shown as waited for; one with a beat waits for the others. */
static void emit_handshake(const weir_operator *op, weir_text *sv) {
    weir_text_add(sv, "    assign start = ");
    for (uint32_t p = 0; p < op->n_inputs; p++)
        weir_text_addf(sv, "%sin%u_valid", p ? " & " : "", p);
    weir_text_add(sv, ";\n");
    for (uint32_t p = 0; p < op->n_inputs; p++)
        weir_text_addf(sv, "    assign in%u_ready = advance & (start | ~in%u_valid);\n", p, p);
    weir_text_addf(sv,
                   "    assign out0_valid = valid[%u];\n"
                   "    assign finish = out0_ready;\n"
                   "    logic unused;\n    assign unused = &{1'b0",
                   op->stages - 2);
    for (uint32_t p = 0; p < op->n_inputs; p++)
        weir_text_addf(sv, ", in%u_data", p);
    weir_text_add(sv, "};\n\n");
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    weir_emit_begin(op, module, "// Wires, and conversion to the output's type.\n", sv);
    weir_emit_pipe(op, sv);
    emit_handshake(op, sv);
    uint32_t n = op->out[0].channels;
    for (uint32_t o = 0; o < n; o++)
        emit_element(op, o, sv);
    weir_text_add(sv, "    always_ff @(posedge clk)\n        if (fire[0]) out0_data <= {");
    for (uint32_t o = n; o-- > 0;)
        weir_text_addf(sv, "e%u%s", o, o > 0 ? ", " : "};\n");
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", NULL};

static const weir_operator_kind kind = {
    .name = "gather", .infer = infer, .step = step, .emit = emit, .library = library};

static bool check(const char *name, const weir_stream *in, uint32_t n, const weir_wire *wires,
                  uint32_t outputs, weir_loc loc, weir_diag *diag) {
    bool fine = true;
    for (uint32_t p = 0; p < n; p++) {
        char what[32];
        snprintf(what, sizeof what, "input %u", p);
        if (!weir_op_check_stream(&in[p], name, what, loc, diag))
            fine = false;
        else if (in[p].lanes != in[p].channels || in[p].rows != in[0].rows ||
                 in[p].columns != in[0].columns)
            fine = weir_error(diag, loc,
                              "process \"%s\": %s has %u x %u positions of %u beats, must be %u x "
                              "%u of one",
                              name, what, in[p].rows, in[p].columns, in[p].channels / in[p].lanes,
                              in[0].rows, in[0].columns);
    }
    for (uint32_t o = 0; o < outputs && fine; o++)
        if (wires[o].port >= n || wires[o].element >= in[wires[o].port].channels)
            fine = weir_error(diag, loc, "process \"%s\": no element %u of input %u", name,
                              wires[o].element, wires[o].port);
    return fine;
}

bool weir_gather_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const weir_stream *in, uint32_t n, const weir_wire *wires,
                          uint32_t outputs, weir_fixed out, weir_loc loc, weir_diag *diag) {
    if (n < 1 || n > WEIR_MAX_PORTS)
        return weir_error(diag, loc, "process \"%s\": %u inputs, 1 to %u allowed", name, n,
                          WEIR_MAX_PORTS);
    weir_stream to = {in[0].rows, in[0].columns, outputs, outputs, weir_fixed_element(out)};
    bool fine = check(name, in, n, wires, outputs, loc, diag);
    fine = weir_op_check_type(out, name, "output", loc, diag) && fine;
    if (!fine || !weir_op_check_stream(&to, name, "output", loc, diag)) return false;
    gather_params *p = WEIR_NEW(arena, gather_params, 1);
    weir_wire *own = WEIR_NEW(arena, weir_wire, outputs);
    memcpy(own, wires, outputs * sizeof *own);
    *p = (gather_params){own, out};
    weir_op_begin(op, &kind, arena, name, in[0], to);
    op->n_inputs = n;
    for (uint32_t i = 1; i < n; i++)
        op->in[i] = in[i];
    op->params = p;
    op->steps = op->initiations = weir_stream_beats(&op->out[0]);
    op->ii_cycles = 1;
    op->stages = 2;
    return true;
}
