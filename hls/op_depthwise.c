#include "hls/op_common.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SUM_LIMIT ((__int128)1 << 62) /* what weir_fixed_convert takes; sums of 63 bits */

typedef struct depthwise_params {
    uint32_t kernel, taps, channels; /* channels and lanes of the output */
    uint32_t lanes, folds;
    const int32_t *weights; /* [kernel][channels] */
    const int64_t *bias;    /* [channels], or NULL */
    weir_fixed weight_type, out;
    int fraction, acc_width; /* of the exact sums */
} depthwise_params;

static int64_t weight_value(weir_fixed type, int32_t weight) {
    return weir_op_value(weir_fixed_element(type), weight);
}

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const depthwise_params *p = op->params;
    weir_element element = op->in[0].element;
    uint64_t beats = weir_stream_beats(&op->out[0]);
    for (uint64_t b = 0; b < beats; b++) {
        uint32_t first = (uint32_t)(b % p->folds) * p->lanes;
        const int32_t *beat = in[0] + b * p->kernel * p->lanes;
        for (uint32_t l = 0; l < p->lanes; l++) {
            int64_t sum = p->bias ? p->bias[first + l] : 0;
            for (uint32_t k = 0; k < p->kernel; k++)
                sum +=
                    weir_op_value(element, beat[k * p->lanes + l]) *
                    weight_value(p->weight_type, p->weights[(uint64_t)k * p->channels + first + l]);
            out[0][b * p->lanes + l] = (int32_t)weir_fixed_convert(sum, p->fraction, p->out);
        }
    }
}

static unsigned step(const weir_operator *op, uint64_t index) {
    uint64_t group = index % op->ii_cycles;
    unsigned weights = op->n_inputs > 1 ? WEIR_READS(1) : 0;
    return weights | (group == 0 ? WEIR_READS(0) : 0) |
           (group == op->ii_cycles - 1 ? WEIR_WRITES(0) : 0);
}

/* The biases' ROM stands beside the core, as there may be none. */
static void emit_biases(const depthwise_params *p, const char *file, weir_text *sv) {
    int address_bits = p->folds > 1 ? weir_op_bits(p->folds - 1) : 1;
    uint64_t word_bits = (uint64_t)p->lanes * (uint32_t)p->acc_width;
    if (!p->bias) weir_text_add(sv, "    // verilator lint_off UNUSEDSIGNAL\n");
    weir_text_addf(sv,
                   "    logic bias_enable;\n"
                   "    logic [%d:0] bias_address;\n",
                   address_bits - 1);
    if (!p->bias) weir_text_add(sv, "    // verilator lint_on UNUSEDSIGNAL\n");
    weir_text_addf(sv, "    logic [%" PRIu64 ":0] bias_word;\n", word_bits - 1);
    if (!p->bias) {
        weir_text_add(sv, "    assign bias_word = '0;\n");
        return;
    }
    weir_text_addf(sv,
                   "    weir_rom #(.WIDTH(%" PRIu64 "), .DEPTH(%u), .FILE(%s)) biases (\n"
                   "        .clk,\n"
                   "        .enable (bias_enable),\n"
                   "        .address(bias_address),\n"
                   "        .data   (bias_word)\n"
                   "    );\n",
                   word_bits, p->folds, file);
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const depthwise_params *p = op->params;
    weir_element element = op->in[0].element;
    bool streamed = op->n_inputs > 1;
    weir_text *note = weir_text_new();
    weir_text_addf(note, "// Reuse factor %" PRIu64 ": %u lanes x %u taps. %s%s%s.\n",
                   op->reuse_factor, p->lanes, p->taps,
                   streamed ? "Weights come at in1" : "ROM_FILE0 has the weights",
                   !p->bias   ? ""
                   : streamed ? ", ROM_FILE0 has"
                              : ", ROM_FILE1",
                   p->bias ? " the biases" : "");
    weir_emit_begin(op, module, weir_text_string(note), sv);
    weir_text_free(note);
    emit_biases(p, streamed ? "ROM_FILE0" : "ROM_FILE1", sv);
    weir_emit_weights(op, p->folds * (p->kernel / p->taps),
                      p->lanes * p->taps * (uint32_t)p->weight_type.width, sv);
    const struct {
        const char *name;
        int64_t value;
    } values[] = {
        {"LANES", p->lanes},
        {"FOLDS", p->folds},
        {"KERNEL", p->kernel},
        {"TAPS", p->taps},
        {"IN_WIDTH", element.width},
        {"IN_SIGNED", element.is_signed},
        {"WEIGHT_WIDTH", p->weight_type.width},
        {"WEIGHT_SIGNED", p->weight_type.is_signed},
        {"ACC_WIDTH", p->acc_width},
        {"ACC_FRACTION", p->fraction},
    };
    weir_text_add(sv, "    weir_depthwise #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        weir_emit_int(&list, values[i].name, values[i].value);
    weir_emit_type(&list, "OUT_", p->out);
    weir_text_add(sv, "\n    ) core (\n"
                      "        .clk,\n"
                      "        .rst,\n"
                      "        .in_valid (in0_valid),\n"
                      "        .in_ready (in0_ready),\n"
                      "        .in_data  (in0_data),\n"
                      "        .weight_valid,\n"
                      "        .weight_ready,\n"
                      "        .weight_enable,\n"
                      "        .weight_address,\n"
                      "        .weight_word,\n"
                      "        .out_valid(out0_valid),\n"
                      "        .out_ready(out0_ready),\n"
                      "        .out_data (out0_data),\n"
                      "        .bias_enable,\n"
                      "        .bias_address,\n"
                      "        .bias_word\n"
                      "    );\n");
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", "weir_rom.sv",
                                      "weir_depthwise.sv", NULL};

static const weir_operator_kind kind = {
    .name = "depthwise", .infer = infer, .step = step, .emit = emit, .library = library};

static bool check(const char *name, const weir_depthwise_spec *spec, weir_loc loc,
                  weir_diag *diag) {
    bool fine = weir_op_check_stream(&spec->in, name, "input", loc, diag);
    fine = weir_op_check_type(spec->weight_type, name, "weight", loc, diag) && fine;
    fine = weir_op_check_type(spec->out, name, "output", loc, diag) && fine;
    if (spec->kernel == 0 || spec->in.lanes % spec->kernel != 0)
        fine = weir_error(diag, loc,
                          "process \"%s\": kernel of %u elements, must divide the %u input lanes",
                          name, spec->kernel, spec->in.lanes);
    else if (spec->taps == 0 || spec->kernel % spec->taps != 0)
        fine = weir_error(diag, loc, "process \"%s\": %u taps, must divide the %u kernel elements",
                          name, spec->taps, spec->kernel);
    return fine;
}

/* Bits that hold every sum; an error where 63 do not, or where a weight is beyond its type. Partial
 * sums need no more, as each term's range includes 0. */
static bool sum_bits(const char *name, const depthwise_params *p, weir_element element, int *bits,
                     weir_loc loc, weir_diag *diag) {
    int64_t x_low = weir_op_low(element), x_high = weir_op_high(element);
    int64_t w_low = weir_fixed_min(p->weight_type), w_high = weir_fixed_max(p->weight_type);
    bool fine = true;
    *bits = 1;
    for (uint32_t c = 0; c < p->channels; c++) {
        __int128 low = p->bias ? p->bias[c] : 0, high = low;
        for (uint32_t k = 0; k < p->kernel; k++) {
            int64_t w = weight_value(p->weight_type, p->weights[(uint64_t)k * p->channels + c]);
            if (fine && (w < w_low || w > w_high))
                fine = weir_error(diag, loc,
                                  "process \"%s\": weight %" PRId64
                                  " of kernel element %u, channel %u; its type holds %" PRId64
                                  " to %" PRId64,
                                  name, w, k, c, w_low, w_high);
            low += (__int128)w * (w < 0 ? x_high : x_low);
            high += (__int128)w * (w < 0 ? x_low : x_high);
        }
        if (low <= -SUM_LIMIT || high >= SUM_LIMIT)
            return weir_error(diag, loc,
                              "process \"%s\": the sum of channel %u needs more than 63 bits; at "
                              "most 63 are allowed, narrow the input or the weights",
                              name, c);
        int needed = weir_op_signed_bits((int64_t)low, (int64_t)high);
        if (needed > *bits) *bits = needed;
    }
    return fine;
}

/* Weights ordered as the steps use them, then biases. */
static void build_images(weir_operator *op, const depthwise_params *p, weir_arena *arena) {
    uint64_t at = 0;
    int64_t *values = weir_xcalloc((uint64_t)p->kernel * p->channels, sizeof *values);
    for (uint32_t f = 0; f < p->folds; f++)
        for (uint32_t k = 0; k < p->kernel; k++)
            for (uint32_t l = 0; l < p->lanes; l++)
                values[at++] = p->weights[(uint64_t)k * p->channels + f * p->lanes + l];
    op->n_images = p->bias ? 2 : 1;
    weir_image *images = WEIR_NEW(arena, weir_image, op->n_images);
    weir_op_image(arena, &images[0], "weights.mem", values, p->folds * (p->kernel / p->taps),
                  p->taps * p->lanes, p->weight_type.width);
    if (p->bias)
        weir_op_image(arena, &images[1], "biases.mem", p->bias, p->folds, p->lanes, p->acc_width);
    free(values);
    op->images = images;
}

static void finish(weir_operator *op, depthwise_params *p, int bits, weir_arena *arena) {
    /* The shape alone gives the width where it can, so that layers of one shape share a module. */
    int product = op->in[0].element.width + !op->in[0].element.is_signed + p->weight_type.width +
                  !p->weight_type.is_signed;
    int shape = product + weir_op_bits(p->kernel - 1) + 1;
    int rounded = (bits + 3) / 4 * 4;
    p->acc_width = shape > rounded ? shape : rounded;
    if (p->acc_width > 63) p->acc_width = 63;

    uint32_t levels = p->taps > 1 ? (uint32_t)weir_op_bits(p->taps - 1) : 0;
    op->stages = 5 + (levels + 2) / 3;
    op->reuse_factor = op->ii_cycles = p->kernel / p->taps;
    op->initiations = weir_stream_beats(&op->in[0]);
    op->steps = op->initiations * op->ii_cycles;
    op->multipliers = (uint64_t)p->lanes * p->taps;
    op->pe = p->lanes;
    op->simd = p->taps;
    op->strategy = "resource";
    op->params = p;
    op->scope = WEIR_SCOPE_POSITION;
    build_images(op, p, arena);
}

bool weir_depthwise_operator(weir_operator *op, weir_arena *arena, const char *name,
                             const weir_depthwise_spec *spec, weir_loc loc, weir_diag *diag) {
    if (!check(name, spec, loc, diag)) return false;
    weir_stream out = spec->in;
    out.channels /= spec->kernel;
    out.lanes /= spec->kernel;
    out.element = weir_fixed_element(spec->out);
    if (!weir_op_check_stream(&out, name, "output", loc, diag)) return false;

    uint64_t n_weights = spec->in.channels;
    depthwise_params *p = WEIR_NEW(arena, depthwise_params, 1);
    int32_t *weights = WEIR_NEW(arena, int32_t, n_weights);
    memcpy(weights, spec->weights, n_weights * sizeof *weights);
    int64_t *bias = NULL;
    if (spec->bias) {
        bias = WEIR_NEW(arena, int64_t, out.channels);
        memcpy(bias, spec->bias, out.channels * sizeof *bias);
    }
    *p = (depthwise_params){
        .kernel = spec->kernel,
        .taps = spec->taps,
        .channels = out.channels,
        .lanes = out.lanes,
        .folds = out.channels / out.lanes,
        .weights = weights,
        .bias = bias,
        .weight_type = spec->weight_type,
        .out = spec->out,
        .fraction = weir_op_fraction(spec->in.element) + weir_fixed_fraction(spec->weight_type),
    };
    int bits;
    if (!sum_bits(name, p, spec->in.element, &bits, loc, diag)) return false;
    weir_op_begin(op, &kind, arena, name, spec->in, out);
    finish(op, p, bits, arena);
    return true;
}
