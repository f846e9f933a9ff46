#include "hls/op_common.h"

#include <stdlib.h>

#define MAX_SUM_BITS 62

typedef struct scale_params {
    const int32_t *scale; /* [channels] */
    const int64_t *bias;  /* [channels] */
    weir_fixed weight_type, out;
    int bias_bits, sum_bits, fraction;
} scale_params;

static int64_t scale_value(const scale_params *p, uint32_t channel) {
    return weir_op_value(weir_fixed_element(p->weight_type), p->scale[channel]);
}

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const scale_params *p = op->params;
    const weir_stream *from = &op->in[0];
    uint64_t n = weir_stream_elements(from);
    for (uint64_t i = 0; i < n; i++) {
        uint32_t c = (uint32_t)(i % from->channels);
        int64_t sum = weir_op_value(from->element, in[0][i]) * scale_value(p, c) + p->bias[c];
        out[0][i] = (int32_t)weir_fixed_convert(sum, p->fraction, p->out);
    }
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const scale_params *p = op->params;
    const weir_stream *in = &op->in[0];
    weir_emit_begin(op, module, NULL, sv);
    weir_emit_pipe(op, sv);
    weir_text_addf(sv,
                   "    assign start = in0_valid;\n"
                   "    assign in0_ready = advance;\n"
                   "    assign out0_valid = valid[%u];\n"
                   "    assign finish = out0_ready;\n\n"
                   "    weir_scale #(\n",
                   op->stages - 2);
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "LANES", in->lanes);
    weir_emit_int(&list, "FOLDS", in->channels / in->lanes);
    weir_emit_int(&list, "IN_WIDTH", in->element.width);
    weir_emit_int(&list, "IN_SIGNED", in->element.is_signed);
    weir_emit_int(&list, "SCALE_WIDTH", p->weight_type.width);
    weir_emit_int(&list, "SCALE_SIGNED", p->weight_type.is_signed);
    weir_emit_int(&list, "BIAS_WIDTH", p->bias_bits);
    weir_emit_int(&list, "SUM_WIDTH", p->sum_bits);
    weir_emit_int(&list, "FRACTION", p->fraction);
    weir_emit_value(&list, "FILE", "ROM_FILE0");
    weir_emit_type(&list, "OUT_", p->out);
    weir_text_addf(
        sv, "\n    ) core (.clk, .rst, .fire(fire[%u:0]), .in(in0_data), .out(out0_data));\n",
        op->stages - 2);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", "weir_rom.sv",
                                      "weir_scale.sv", NULL};

static const weir_operator_kind kind = {
    .name = "scale", .infer = infer, .step = weir_op_step_each, .emit = emit, .library = library};

/* {biases, scales} of a fold in a word, as rtl/weir_scale.sv reads them. */
static const weir_image *make_image(weir_arena *arena, const scale_params *p,
                                    const weir_stream *in) {
    uint32_t word_bits = in->lanes * (uint32_t)(p->weight_type.width + p->bias_bits);
    uint32_t folds = in->channels / in->lanes;
    /* One bit a value: the two parts of a word differ in width. */
    int64_t *bits = weir_xcalloc((size_t)folds * word_bits, sizeof *bits);
    int64_t *next = bits;
    for (uint32_t f = 0; f < folds; f++) {
        for (uint32_t l = 0; l < in->lanes; l++)
            for (int b = 0; b < p->weight_type.width; b++)
                *next++ = scale_value(p, f * in->lanes + l) >> b & 1;
        for (uint32_t l = 0; l < in->lanes; l++)
            for (int b = 0; b < p->bias_bits; b++)
                *next++ = p->bias[f * in->lanes + l] >> b & 1;
    }
    weir_image *image = WEIR_NEW(arena, weir_image, 1);
    weir_op_image(arena, image, "core.rom.mem", bits, folds, word_bits, 1);
    free(bits);
    return image;
}

/* Widths by the types' limits, not by the values, so that equal shapes give equal modules; the
 * biases' width is rounded up to a multiple of 8 for the same reason. */
static bool choose_widths(scale_params *p, const weir_stream *in, const char *name, weir_loc loc,
                          weir_diag *diag) {
    int needed = 1;
    for (uint32_t c = 0; c < in->channels; c++) {
        int bits = weir_op_signed_bits(p->bias[c], p->bias[c]);
        if (bits > needed) needed = bits;
    }
    p->bias_bits = (needed + 7) / 8 * 8;
    int product_bits = in->element.width + p->weight_type.width + 1;
    p->sum_bits = (product_bits > p->bias_bits ? product_bits : p->bias_bits) + 1;
    p->fraction = weir_op_fraction(in->element) + weir_fixed_fraction(p->weight_type);
    if (p->sum_bits <= MAX_SUM_BITS) return true;
    return weir_error(diag, loc,
                      "process \"%s\": %d-bit elements times %d-bit scales plus %d-bit biases need "
                      "%d bits, at most %d",
                      name, in->element.width, p->weight_type.width, p->bias_bits, p->sum_bits,
                      MAX_SUM_BITS);
}

bool weir_scale_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                         const int32_t *scale, weir_fixed weight_type, const int64_t *bias,
                         weir_fixed out, weir_loc loc, weir_diag *diag) {
    bool fine = weir_op_check_stream(&in, name, "input", loc, diag);
    fine = weir_op_check_type(weight_type, name, "scale", loc, diag) && fine;
    fine = weir_op_check_type(out, name, "output", loc, diag) && fine;
    if (!fine) return false;
    scale_params *p = WEIR_NEW(arena, scale_params, 1);
    int32_t *scales = WEIR_NEW(arena, int32_t, in.channels);
    int64_t *biases = WEIR_NEW(arena, int64_t, in.channels);
    for (uint32_t c = 0; c < in.channels; c++) {
        scales[c] = scale[c];
        if (bias) biases[c] = bias[c];
    }
    *p = (scale_params){.scale = scales, .bias = biases, .weight_type = weight_type, .out = out};
    if (!choose_widths(p, &in, name, loc, diag)) return false;
    weir_stream to = in;
    to.element = weir_fixed_element(out);
    weir_op_begin(op, &kind, arena, name, in, to);
    op->params = p;
    op->images = make_image(arena, p, &in);
    op->n_images = 1;
    op->scope = WEIR_SCOPE_POSITION;
    op->steps = op->initiations = weir_stream_beats(&in);
    op->ii_cycles = 1;
    op->stages = 4;
    op->multipliers = in.lanes;
    return true;
}
