#include "hls/op_common.h"

#include <inttypes.h>

#define VALUE_LIMIT ((__int128)1 << 62) /* what weir_fixed_convert takes */

typedef struct add_params {
    bool product;
    int shift[2]; /* left, to the sum's fraction */
    int value_bits, fraction;
    weir_fixed out;
} add_params;

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const add_params *p = op->params;
    uint64_t n = weir_stream_elements(&op->in[0]);
    for (uint64_t i = 0; i < n; i++) {
        int64_t a = weir_op_value(op->in[0].element, in[0][i]);
        int64_t b = weir_op_value(op->in[1].element, in[1][i]);
        int64_t value =
            p->product ? a * b : a * ((int64_t)1 << p->shift[0]) + b * ((int64_t)1 << p->shift[1]);
        out[0][i] = (int32_t)weir_fixed_convert(value, p->fraction, p->out);
    }
}

static unsigned step(const weir_operator *op, uint64_t index) {
    (void)op, (void)index;
    return WEIR_READS(0) | WEIR_READS(1) | WEIR_WRITES(0);
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const add_params *p = op->params;
    weir_emit_begin(op, module,
                    p->product ? "//   product, exact before conversion\n"
                               : "//   sum, exact before conversion\n",
                    sv);
    weir_emit_pipe(op, sv);
    /* A port without a beat is shown as waited for; one with a beat waits for the other. */
    weir_text_addf(sv,
                   "    assign start = in0_valid & in1_valid;\n"
                   "    assign in0_ready = advance & (in1_valid | ~in0_valid);\n"
                   "    assign in1_ready = advance & (in0_valid | ~in1_valid);\n"
                   "    assign out0_valid = valid[%u];\n"
                   "    assign finish = out0_ready;\n\n"
                   "    weir_add #(\n",
                   op->stages - 2);
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "LANES", op->in[0].lanes);
    weir_emit_int(&list, "PRODUCT", p->product);
    weir_emit_int(&list, "A_WIDTH", op->in[0].element.width);
    weir_emit_int(&list, "A_SIGNED", op->in[0].element.is_signed);
    weir_emit_int(&list, "A_SHIFT", p->shift[0]);
    weir_emit_int(&list, "B_WIDTH", op->in[1].element.width);
    weir_emit_int(&list, "B_SIGNED", op->in[1].element.is_signed);
    weir_emit_int(&list, "B_SHIFT", p->shift[1]);
    weir_emit_int(&list, "VALUE_WIDTH", p->value_bits);
    weir_emit_int(&list, "FRACTION", p->fraction);
    weir_emit_type(&list, "OUT_", p->out);
    weir_text_addf(
        sv,
        "\n    ) core (.clk, .fire(fire[%u:0]), .a(in0_data), .b(in1_data), .out(out0_data));\n",
        op->stages - 2);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", "weir_add.sv", NULL};

static const weir_operator_kind add_kind = {
    .name = "add", .infer = infer, .step = step, .emit = emit, .library = library};
static const weir_operator_kind multiply_kind = {
    .name = "multiply", .infer = infer, .step = step, .emit = emit, .library = library};

/* Shifts, fraction and width from the element types alone, so that equal shapes give equal modules;
 * an error where the exact result needs more than weir_fixed_convert takes. */
static bool choose_widths(add_params *p, const weir_stream *in, const char *name, weir_loc loc,
                          weir_diag *diag) {
    weir_element a = in[0].element, b = in[1].element;
    __int128 low = 0, high = 0;
    if (p->product) {
        p->fraction = weir_op_fraction(a) + weir_op_fraction(b);
        const int64_t ends[2][2] = {{weir_op_low(a), weir_op_high(a)},
                                    {weir_op_low(b), weir_op_high(b)}};
        for (int i = 0; i < 4; i++) {
            __int128 corner = (__int128)ends[0][i / 2] * ends[1][i % 2];
            if (corner < low) low = corner;
            if (corner > high) high = corner;
        }
    } else {
        int fraction = weir_op_fraction(a) - weir_op_fraction(b);
        p->fraction = fraction > 0 ? weir_op_fraction(a) : weir_op_fraction(b);
        p->shift[0] = fraction < 0 ? -fraction : 0;
        p->shift[1] = fraction > 0 ? fraction : 0;
        for (int i = 0; i < 2; i++) {
            if (p->shift[i] > 62) {
                high = VALUE_LIMIT;
                break;
            }
            low += weir_op_low(in[i].element) * ((__int128)1 << p->shift[i]);
            high += weir_op_high(in[i].element) * ((__int128)1 << p->shift[i]);
        }
    }
    if (low <= -VALUE_LIMIT || high >= VALUE_LIMIT)
        return weir_error(diag, loc,
                          "process \"%s\": the exact %s of %d-bit elements with %d fraction bits "
                          "and %d-bit elements with %d needs more than the 63 bits allowed",
                          name, p->product ? "product" : "sum", a.width, weir_op_fraction(a),
                          b.width, weir_op_fraction(b));
    p->value_bits = weir_op_signed_bits((int64_t)low, (int64_t)high);
    return true;
}

static bool check_shapes(const weir_stream *in, const char *name, weir_loc loc, weir_diag *diag) {
    if (in[0].rows == in[1].rows && in[0].columns == in[1].columns &&
        in[0].channels == in[1].channels && in[0].lanes == in[1].lanes)
        return true;
    return weir_error(diag, loc,
                      "process \"%s\": inputs of %u x %u x %u with %u lanes and %u x %u x %u with "
                      "%u lanes, must be the same",
                      name, in[0].rows, in[0].columns, in[0].channels, in[0].lanes, in[1].rows,
                      in[1].columns, in[1].channels, in[1].lanes);
}

bool weir_add_operator(weir_operator *op, weir_arena *arena, const char *name,
                       const weir_stream *in, uint32_t n, bool product, weir_fixed out,
                       weir_loc loc, weir_diag *diag) {
    if (n != 2)
        return weir_error(diag, loc, "process \"%s\": %s of %u streams, must be 2", name,
                          product ? "product" : "sum", n);
    bool fine = weir_op_check_stream(&in[0], name, "first input", loc, diag);
    fine = weir_op_check_stream(&in[1], name, "second input", loc, diag) && fine;
    fine = weir_op_check_type(out, name, "output", loc, diag) && fine;
    if (fine) fine = check_shapes(in, name, loc, diag);
    if (!fine) return false;
    add_params *p = WEIR_NEW(arena, add_params, 1);
    *p = (add_params){.product = product, .out = out};
    if (!choose_widths(p, in, name, loc, diag)) return false;
    weir_stream to = in[0];
    to.element = weir_fixed_element(out);
    weir_op_begin(op, product ? &multiply_kind : &add_kind, arena, name, in[0], to);
    op->n_inputs = 2;
    op->in[1] = in[1];
    op->params = p;
    op->scope = WEIR_SCOPE_BEAT;
    op->steps = op->initiations = weir_stream_beats(&in[0]);
    op->ii_cycles = 1;
    op->stages = 3;
    op->multipliers = product ? in[0].lanes : 0;
    return true;
}
