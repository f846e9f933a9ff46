#include "hls/op_matvec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void matvec_infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const weir_matvec *matvec = op->params;
    const weir_stream *from = &op->in[0];
    uint32_t outputs = matvec->outputs;
    int64_t *sums = weir_xcalloc(outputs, sizeof *sums);
    for (uint64_t v = 0; v < (uint64_t)from->rows * from->columns; v++) {
        const int32_t *x = in[0] + v * from->channels;
        memcpy(sums, matvec->bias, outputs * sizeof *sums);
        for (uint32_t i = 0; i < from->channels; i++) {
            int64_t value = weir_op_value(from->element, x[i]);
            const int32_t *row = matvec->weights + (uint64_t)i * outputs;
            if (value == 0) continue;
            for (uint32_t o = 0; o < outputs; o++)
                sums[o] += value * weir_matvec_weight(matvec, row[o]);
        }
        for (uint32_t o = 0; o < outputs; o++)
            out[0][v * outputs + o] = (int32_t)weir_sum_convert(&matvec->sums, sums[o]);
    }
    free(sums);
}

static unsigned resource_step(const weir_operator *op, uint64_t index) {
    const weir_matvec *matvec = op->params;
    uint32_t in_groups = op->in[0].channels / matvec->simd;
    uint32_t out_groups = matvec->outputs / matvec->pe;
    uint32_t parts = op->in[0].lanes / matvec->simd, collect = op->out[0].lanes / matvec->pe;
    uint64_t in_vector = index % ((uint64_t)in_groups * out_groups);
    uint64_t group = in_vector / in_groups, input = in_vector % in_groups;
    bool reads = group == 0 && input % parts == 0;
    bool writes = input == in_groups - 1 && group % collect == collect - 1;
    unsigned weights = op->n_inputs > 1 ? WEIR_READS(1) : 0;
    return weights | (reads ? WEIR_READS(0) : 0) | (writes ? WEIR_WRITES(0) : 0);
}

static void resource_emit(const weir_operator *op, const char *module, weir_text *sv) {
    const weir_matvec *matvec = op->params;
    const weir_stream *in = &op->in[0];
    bool streamed = op->n_inputs > 1;
    char note[256];
    snprintf(note, sizeof note, "// Reuse factor %" PRIu64 ": %u PE x %u SIMD multipliers. %s.\n",
             op->reuse_factor, matvec->pe, matvec->simd,
             streamed ? "Weights come at in1, ROM_FILE0 has the biases"
                      : "ROM_FILE0 has the weights, ROM_FILE1 the biases");
    weir_emit_begin(op, module, note, sv);
    weir_emit_weights(op, (uint32_t)op->reuse_factor,
                      matvec->pe * matvec->simd * (uint32_t)matvec->weight_type.width, sv);
    const struct {
        const char *name;
        int64_t value;
    } values[] = {
        {"CHANNELS", in->channels},
        {"LANES", in->lanes},
        {"IN_WIDTH", in->element.width},
        {"IN_SIGNED", in->element.is_signed},
        {"OUTPUTS", matvec->outputs},
        {"OUT_LANES", op->out[0].lanes},
        {"PE", matvec->pe},
        {"SIMD", matvec->simd},
        {"WEIGHT_WIDTH", matvec->weight_type.width},
        {"WEIGHT_SIGNED", matvec->weight_type.is_signed},
        {"ACC_WIDTH", matvec->acc_width},
        {"ACC_FRACTION", matvec->sums.fraction},
        {"ACC_CONVERT", matvec->sums.has_accumulator},
    };
    weir_text_add(sv, "    weir_matvec #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        weir_emit_int(&list, values[i].name, values[i].value);
    if (matvec->sums.has_accumulator) weir_emit_type(&list, "MID_", matvec->sums.accumulator);
    weir_emit_type(&list, "OUT_", matvec->sums.out);
    weir_emit_value(&list, "BIAS_FILE", streamed ? "ROM_FILE0" : "ROM_FILE1");
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
                      "        .out_data (out0_data)\n"
                      "    );\n");
    weir_emit_end(sv);
}

static const char *const resource_library[] = {"weir_pipe.sv", "weir_requant.sv", "weir_rom.sv",
                                               "weir_ram.sv",  "weir_matvec.sv",  NULL};
static const char *const latency_library[] = {"weir_pipe.sv", "weir_requant.sv", NULL};

static const weir_operator_kind resource_kind = {
    .name = "matvec",
    .infer = matvec_infer,
    .step = resource_step,
    .emit = resource_emit,
    .library = resource_library,
};

static const weir_operator_kind latency_kind = {
    .name = "matvec",
    .infer = matvec_infer,
    .step = weir_op_step_each,
    .emit = weir_matvec_latency_emit,
    .library = latency_library,
};

static bool check_folding(const char *name, const weir_matvec_spec *spec, weir_loc loc,
                          weir_diag *diag) {
    bool fine = true;
    if (spec->latency) {
        if (spec->in.lanes != spec->in.channels)
            fine = weir_error(diag, loc,
                              "process \"%s\": %u input lanes, the latency strategy needs all %u "
                              "channels in one beat",
                              name, spec->in.lanes, spec->in.channels);
        if (spec->out_lanes != spec->outputs)
            fine = weir_error(diag, loc,
                              "process \"%s\": %u output lanes, the latency strategy sends all %u "
                              "outputs in one beat",
                              name, spec->out_lanes, spec->outputs);
        return fine;
    }
    if (spec->pe == 0 || spec->outputs % spec->pe != 0)
        fine = weir_error(diag, loc, "process \"%s\": PE %u, must divide the %u outputs", name,
                          spec->pe, spec->outputs);
    else if (spec->out_lanes % spec->pe != 0)
        fine = weir_error(diag, loc, "process \"%s\": %u output lanes, must be a multiple of PE %u",
                          name, spec->out_lanes, spec->pe);
    if (spec->simd == 0 || spec->in.lanes % spec->simd != 0)
        fine = weir_error(diag, loc, "process \"%s\": SIMD %u, must divide the %u input lanes",
                          name, spec->simd, spec->in.lanes);
    return fine;
}

static bool check_types(const char *name, const weir_matvec_spec *spec, weir_loc loc,
                        weir_diag *diag) {
    bool fine = weir_op_check_type(spec->weight_type, name, "weight", loc, diag);
    fine &= weir_op_check_type(spec->out, name, "output", loc, diag);
    if (spec->accumulator) {
        int most = spec->accumulator->is_signed ? 63 : 62;
        if (spec->accumulator->width < 1 || spec->accumulator->width > most)
            fine = weir_error(diag, loc,
                              "process \"%s\": accumulator type of %d bits, 1 to %d allowed", name,
                              spec->accumulator->width, most);
    }
    return fine;
}

/* Bits that hold every sum, partial ones too; an error where 63 do not. Partial sums need no more,
 * as zero is an input: each term's range includes 0. */
static bool sum_bits(const char *name, const weir_matvec_spec *spec, const weir_matvec *matvec,
                     int *bits, weir_loc loc, weir_diag *diag) {
    int64_t x_low = weir_op_low(spec->in.element), x_high = weir_op_high(spec->in.element);
    int64_t w_low = weir_fixed_min(spec->weight_type), w_high = weir_fixed_max(spec->weight_type);
    bool fine = true;
    *bits = 1;
    for (uint32_t o = 0; o < spec->outputs; o++) {
        __int128 low = matvec->bias[o], high = low;
        for (uint32_t i = 0; i < spec->in.channels; i++) {
            int64_t w = weir_matvec_weight(matvec, spec->weights[(uint64_t)i * spec->outputs + o]);
            if (fine && (w < w_low || w > w_high))
                fine = weir_error(diag, loc,
                                  "process \"%s\": weight %" PRId64 " of input %u, output %u; its "
                                  "type holds %" PRId64 " to %" PRId64,
                                  name, w, i, o, w_low, w_high);
            low += (__int128)w * (w < 0 ? x_high : x_low);
            high += (__int128)w * (w < 0 ? x_low : x_high);
        }
        if (low <= -WEIR_SUM_LIMIT || high >= WEIR_SUM_LIMIT)
            return weir_error(diag, loc,
                              "process \"%s\": the sum of output %u needs more than 63 bits; "
                              "at most 63 are allowed, narrow the input or the weights",
                              name, o);
        int needed = weir_op_signed_bits((int64_t)low, (int64_t)high);
        if (needed > *bits) *bits = needed;
    }
    return fine;
}

void weir_matvec_words(const weir_matvec *matvec, uint32_t channels, int64_t *values) {
    uint32_t outputs = matvec->outputs, pe = matvec->pe, simd = matvec->simd;
    uint64_t at = 0;
    for (uint32_t group = 0; group < outputs / pe; group++)
        for (uint32_t input = 0; input < channels / simd; input++)
            for (uint32_t p = 0; p < pe; p++)
                for (uint32_t s = 0; s < simd; s++) {
                    uint64_t row = (uint64_t)input * simd + s;
                    values[at++] =
                        weir_matvec_weight(matvec, matvec->weights[row * outputs + group * pe + p]);
                }
}

/* ROMs of the resource strategy: weights ordered as the steps use them, then biases. */
static void build_images(weir_operator *op, weir_matvec *matvec, weir_arena *arena) {
    uint32_t outputs = matvec->outputs, channels = op->in[0].channels;
    uint32_t pe = matvec->pe, simd = matvec->simd;
    int64_t *values = weir_xcalloc((uint64_t)outputs * channels, sizeof *values);
    weir_matvec_words(matvec, channels, values);
    weir_image *images = WEIR_NEW(arena, weir_image, 2);
    weir_op_image(arena, &images[0], "weights.mem", values, (outputs / pe) * (channels / simd),
                  pe * simd, matvec->weight_type.width);
    weir_op_image(arena, &images[1], "core.biases.mem", matvec->bias, outputs / pe, pe,
                  matvec->acc_width);
    free(values);
    op->n_images = 2;
    op->images = images;
}

static void finish_resource(weir_operator *op, weir_matvec *matvec, int bits, weir_arena *arena) {
    /* The shape alone gives the width where it can, so that layers of one shape share a module. */
    const weir_stream *in = &op->in[0];
    int product = in->element.width + !in->element.is_signed + matvec->weight_type.width +
                  !matvec->weight_type.is_signed;
    int shape = product + weir_op_bits(in->channels - 1) + 1;
    int rounded = (bits + 3) / 4 * 4;
    matvec->acc_width = shape > rounded ? shape : rounded;
    if (matvec->acc_width > 63) matvec->acc_width = 63;

    uint32_t levels = matvec->simd > 1 ? (uint32_t)weir_op_bits(matvec->simd - 1) : 0;
    op->stages = 5 + (levels + 2) / 3;
    op->reuse_factor = (uint64_t)(matvec->outputs / matvec->pe) * (in->channels / matvec->simd);
    op->ii_cycles = op->reuse_factor;
    op->multipliers = (uint64_t)matvec->pe * matvec->simd;
    op->pe = matvec->pe;
    op->simd = matvec->simd;
    op->strategy = "resource";
    build_images(op, matvec, arena);
}

static void finish_latency(weir_operator *op, const weir_matvec *matvec) {
    for (uint64_t i = 0; i < (uint64_t)op->in[0].channels * matvec->outputs; i++)
        op->multipliers += matvec->weights[i] != 0;
    op->stages = weir_matvec_latency_stages(op);
    op->reuse_factor = 1;
    op->ii_cycles = 1;
    op->strategy = "latency";
}

bool weir_matvec_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const weir_matvec_spec *spec, weir_loc loc, weir_diag *diag) {
    weir_stream out = {.rows = spec->in.rows,
                       .columns = spec->in.columns,
                       .channels = spec->outputs,
                       .lanes = spec->out_lanes,
                       .element = weir_fixed_element(spec->out)};
    bool fine = weir_op_check_stream(&spec->in, name, "input", loc, diag);
    fine &= check_types(name, spec, loc, diag);
    if (fine) fine = weir_op_check_stream(&out, name, "output", loc, diag);
    if (fine) fine = check_folding(name, spec, loc, diag);
    uint64_t n_weights = (uint64_t)spec->in.channels * spec->outputs;
    if (fine && n_weights > WEIR_MAX_ELEMENTS)
        fine = weir_error(diag, loc, "process \"%s\": %" PRIu64 " weights, at most %u", name,
                          n_weights, WEIR_MAX_ELEMENTS);
    if (!fine) return false;

    weir_matvec *matvec = WEIR_NEW(arena, weir_matvec, 1);
    int32_t *weights = WEIR_NEW(arena, int32_t, n_weights);
    int64_t *bias = WEIR_NEW(arena, int64_t, spec->outputs);
    memcpy(weights, spec->weights, n_weights * sizeof *weights);
    if (spec->bias) memcpy(bias, spec->bias, spec->outputs * sizeof *bias);
    *matvec = (weir_matvec){
        .outputs = spec->outputs,
        .weights = weights,
        .bias = bias,
        .weight_type = spec->weight_type,
        .sums = {.fraction =
                     weir_op_fraction(spec->in.element) + weir_fixed_fraction(spec->weight_type),
                 .has_accumulator = spec->accumulator != NULL,
                 .out = spec->out},
        .pe = spec->pe,
        .simd = spec->simd,
    };
    if (spec->accumulator) matvec->sums.accumulator = *spec->accumulator;
    int bits;
    if (!sum_bits(name, spec, matvec, &bits, loc, diag)) return false;

    weir_op_begin(op, spec->latency ? &latency_kind : &resource_kind, arena, name, spec->in, out);
    op->params = matvec;
    if (spec->latency)
        finish_latency(op, matvec);
    else
        finish_resource(op, matvec, bits, arena);
    op->initiations = (uint64_t)spec->in.rows * spec->in.columns;
    op->scope = WEIR_SCOPE_POSITION;
    op->steps = op->initiations * op->ii_cycles;
    return true;
}
