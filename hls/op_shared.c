#include "hls/op_matvec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Several matrix-vector products that take turns in one block. Each member is an operator of its own
 * here (hls/op_matvec.c), of which inference, steps and weights are taken; the module has the members'
 * tables and conversions around a call of rtl/weir_shared_matvec.sv. */

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const weir_shared *shared = op->params;
    for (uint32_t m = 0; m < op->n_inputs; m++)
        if (in[m] && out[m]) shared->members[m].kind->infer(&shared->members[m], &in[m], &out[m]);
}

static unsigned step(const weir_operator *op, uint64_t index) {
    const weir_shared *shared = op->params;
    uint32_t m = 0;
    for (; index >= shared->members[m].steps; m++)
        index -= shared->members[m].steps;
    unsigned ports = shared->members[m].kind->step(&shared->members[m], index);
    return (ports & WEIR_READS(0) ? WEIR_READS(m) : 0) |
           (ports & WEIR_WRITES(0) ? WEIR_WRITES(m) : 0);
}

/* ------------------------------------------------------------------ the module */

static const weir_matvec *matvec_of(const weir_shared *shared, uint32_t m) {
    return shared->members[m].params;
}

enum { PARTS, BEATS, GROUPS, COLLECT, POSITIONS, WEIGHT_BASE, BIAS_BASE, TABLES };

static const char *const table_names[TABLES] = {"PARTS",     "BEATS",       "GROUPS",   "COLLECT",
                                                "POSITIONS", "WEIGHT_BASE", "BIAS_BASE"};

/* Member m's entries; its weights and biases begin where those of the members before it end. */
static void table_entries(const weir_operator *op, uint32_t m, uint32_t *entries) {
    const weir_shared *shared = op->params;
    entries[WEIGHT_BASE] = entries[BIAS_BASE] = 0;
    for (uint32_t i = 0; i <= m; i++) {
        const weir_stream *in = &op->in[i], *out = &op->out[i];
        uint32_t groups = out->channels / (uint32_t)op->pe;
        if (i < m) {
            entries[WEIGHT_BASE] += groups * (in->channels / (uint32_t)op->simd);
            entries[BIAS_BASE] += groups;
            continue;
        }
        entries[PARTS] = in->lanes / (uint32_t)op->simd;
        entries[BEATS] = in->channels / in->lanes;
        entries[GROUPS] = groups;
        entries[COLLECT] = out->lanes / (uint32_t)op->pe;
        entries[POSITIONS] = (uint32_t)shared->members[m].initiations;
    }
}

static void emit_tables(const weir_operator *op, weir_emit_parameters *list) {
    uint32_t entries[WEIR_MAX_PORTS][TABLES];
    for (uint32_t m = 0; m < op->n_inputs; m++)
        table_entries(op, m, entries[m]);
    for (int t = 0; t < WEIGHT_BASE; t++) {
        uint32_t most = 1;
        for (uint32_t m = 0; m < op->n_inputs; m++)
            if (entries[m][t] > most) most = entries[m][t];
        char name[32];
        snprintf(name, sizeof name, "MOST_%s", table_names[t]);
        weir_emit_int(list, name, most);
    }
    for (int t = 0; t < TABLES; t++) {
        weir_text *text = weir_text_new();
        for (uint32_t m = op->n_inputs; m-- > 0;)
            weir_text_addf(text, "%s32'd%u", m + 1 < op->n_inputs ? ", " : "{", entries[m][t]);
        weir_text_add(text, "}");
        weir_emit_value(list, table_names[t], weir_text_string(text));
        weir_text_free(text);
    }
}

/* Port m's elements as factors of one width, as beat<m>. */
static void emit_factors(const weir_operator *op, uint32_t m, weir_text *sv) {
    const weir_shared *shared = op->params;
    const weir_stream *in = &op->in[m];
    int factor = shared->factor, width = in->element.width;
    uint32_t all = shared->lanes * (uint32_t)factor, used = in->lanes * (uint32_t)factor;
    weir_text_addf(sv, "    logic [%u:0] beat%u;\n", all - 1, m);
    weir_text_addf(sv,
                   "    for (genvar l = 0; l < %u; l++) begin : factors%u\n"
                   "        assign beat%u[l*%d+:%d] = ",
                   in->lanes, m, m, factor, factor);
    if (factor > width) {
        weir_text_addf(sv, "{{%d{", factor - width);
        if (in->element.is_signed)
            weir_text_addf(sv, "in%u_data[l*%d+%d]", m, width, width - 1);
        else
            weir_text_add(sv, "1'b0");
        weir_text_addf(sv, "}}, in%u_data[l*%d+:%d]};\n    end\n", m, width, width);
    } else {
        weir_text_addf(sv, "in%u_data[l*%d+:%d];\n    end\n", m, width, width);
    }
    if (used < all) weir_text_addf(sv, "    assign beat%u[%u:%u] = '0;\n", m, all - 1, used);
}

/* The sums brought to member m's type, and collected to a beat of its outputs. */
static void emit_outputs(const weir_operator *op, uint32_t m, weir_text *sv) {
    const weir_shared *shared = op->params;
    const weir_sum_type *sums = &matvec_of(shared, m)->sums;
    int acc = shared->acc_width, width = sums->out.width, middle = acc, fraction = sums->fraction;
    uint32_t group = (uint32_t)op->pe * (uint32_t)width, bits = weir_stream_beat_bits(&op->out[m]);
    char result[48];
    const char *value = "sum";
    snprintf(result, sizeof result, "converted%u[p*%d+:%d]", m, width, width);
    weir_text_addf(sv,
                   "\n    logic [%u:0] converted%u;\n"
                   "    for (genvar p = 0; p < %" PRIu64 "; p++) begin : convert%u\n"
                   "        logic signed [%d:0] sum;\n"
                   "        assign sum = sums[p*%d+:%d];\n",
                   group - 1, m, op->pe, m, acc - 1, acc, acc);
    if (sums->has_accumulator) {
        weir_fixed mid = sums->accumulator;
        weir_text_addf(sv, "        logic [%d:0] brought;\n", mid.width - 1);
        weir_emit_requant(sv, "        ", "to_accumulator", acc, fraction, mid, "sum", "brought");
        middle = mid.width + !mid.is_signed;
        fraction = weir_fixed_fraction(mid);
        weir_text_addf(sv,
                       "        logic signed [%d:0] middle;\n"
                       "        assign middle = %s;\n",
                       middle - 1, mid.is_signed ? "brought" : "{1'b0, brought}");
        value = "middle";
    }
    weir_emit_requant(sv, "        ", "to_output", middle, fraction, sums->out, value, result);
    weir_text_addf(sv, "    end\n    always_ff @(posedge clk) if (collect[%u]) out%u_data <= ", m,
                   m);
    if (bits > group)
        weir_text_addf(sv, "{converted%u, out%u_data[%u:%u]};\n", m, m, bits - 1, group);
    else
        weir_text_addf(sv, "converted%u;\n", m);
}

/* `{prefix<n-1>suffix, ..., prefix0suffix}` */
static void emit_ports(const weir_operator *op, const char *prefix, const char *suffix,
                       weir_text *sv) {
    weir_text_add(sv, "{");
    for (uint32_t m = op->n_inputs; m-- > 0;)
        weir_text_addf(sv, "%s%u%s%s", prefix, m, suffix, m > 0 ? ", " : "}");
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const weir_shared *shared = op->params;
    char note[256];
    snprintf(note, sizeof note,
             "// %u members take turns, a frame each, with %" PRIu64 " PE x %" PRIu64
             " SIMD multipliers. ROM_FILE0\n// has the weights, ROM_FILE1 the biases.\n",
             op->n_inputs, op->pe, op->simd);
    weir_emit_begin(op, module, note, sv);
    for (uint32_t m = 0; m < op->n_inputs; m++)
        emit_factors(op, m, sv);
    weir_text_addf(sv,
                   "    logic [%" PRIu64 ":0] sums;\n    logic [%u:0] collect;\n\n"
                   "    weir_shared_matvec #(\n",
                   op->pe * (uint64_t)shared->acc_width - 1, op->n_inputs - 1);
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "MEMBERS", op->n_inputs);
    weir_emit_int(&list, "PE", (int64_t)op->pe);
    weir_emit_int(&list, "SIMD", (int64_t)op->simd);
    weir_emit_int(&list, "FACTOR", shared->factor);
    weir_emit_int(&list, "WEIGHT", shared->weight);
    weir_emit_int(&list, "ACC_WIDTH", shared->acc_width);
    weir_emit_int(&list, "WEIGHT_WORDS", op->images[0].words);
    weir_emit_int(&list, "BIAS_WORDS", op->images[1].words);
    emit_tables(op, &list);
    weir_emit_value(&list, "WEIGHT_FILE", "ROM_FILE0");
    weir_emit_value(&list, "BIAS_FILE", "ROM_FILE1");
    weir_text_add(sv, "\n    ) core (\n        .clk,\n        .rst,\n        .in_valid (");
    emit_ports(op, "in", "_valid", sv);
    weir_text_add(sv, "),\n        .in_ready (");
    emit_ports(op, "in", "_ready", sv);
    weir_text_add(sv, "),\n        .in_data  (");
    emit_ports(op, "beat", "", sv);
    weir_text_add(sv, "),\n        .sums,\n        .collect,\n        .out_valid(");
    emit_ports(op, "out", "_valid", sv);
    weir_text_add(sv, "),\n        .out_ready(");
    emit_ports(op, "out", "_ready", sv);
    weir_text_add(sv, ")\n    );\n");
    for (uint32_t m = 0; m < op->n_inputs; m++)
        emit_outputs(op, m, sv);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv",       "weir_rom.sv",
                                      "weir_ram.sv",  "weir_shared_matvec.sv", NULL};

static const weir_operator_kind kind = {.name = "shared_matvec",
                                        .infer = infer,
                                        .step = step,
                                        .emit = emit,
                                        .library = library,
                                        .turns = true};

/* ------------------------------------------------------------------ construction */

/* One ROM of all members' words, each of the widest value. */
static void join_images(weir_operator *op, weir_arena *arena) {
    const weir_shared *shared = op->params;
    uint64_t weight_words = 0, bias_words = 0, weight_at = 0, bias_at = 0;
    uint32_t pe = (uint32_t)op->pe, simd = (uint32_t)op->simd;
    for (uint32_t m = 0; m < op->n_inputs; m++) {
        weight_words += op->out[m].channels / pe * (op->in[m].channels / simd);
        bias_words += op->out[m].channels / pe;
    }
    int64_t *weights = weir_xcalloc(weight_words * pe * simd, sizeof *weights);
    int64_t *biases = weir_xcalloc(bias_words * pe, sizeof *biases);
    for (uint32_t m = 0; m < op->n_inputs; m++) {
        const weir_matvec *matvec = matvec_of(shared, m);
        weir_matvec_words(matvec, op->in[m].channels, weights + weight_at);
        weight_at += (uint64_t)op->in[m].channels * op->out[m].channels;
        for (uint32_t o = 0; o < op->out[m].channels; o++)
            biases[bias_at++] = matvec->bias[o];
    }
    weir_image *images = WEIR_NEW(arena, weir_image, 2);
    weir_op_image(arena, &images[0], "core.weights.mem", weights, (uint32_t)weight_words, pe * simd,
                  shared->weight);
    weir_op_image(arena, &images[1], "core.biases.mem", biases, (uint32_t)bias_words, pe,
                  shared->acc_width);
    free(weights);
    free(biases);
    op->n_images = 2;
    op->images = images;
}

/* The common datapath: every operand as wide as the widest member's. */
static void widen(weir_shared *shared, const weir_operator *member) {
    const weir_matvec *matvec = member->params;
    weir_element element = member->in[0].element;
    int factor = element.width + !element.is_signed;
    int weight = matvec->weight_type.width + !matvec->weight_type.is_signed;
    if (factor > shared->factor) shared->factor = factor;
    if (weight > shared->weight) shared->weight = weight;
    if (matvec->acc_width > shared->acc_width) shared->acc_width = matvec->acc_width;
    if (member->in[0].lanes > shared->lanes) shared->lanes = member->in[0].lanes;
}

bool weir_shared_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const char *const *names, const weir_matvec_spec *specs, uint32_t n,
                          weir_loc loc, weir_diag *diag) {
    if (n < 2 || n > WEIR_MAX_PORTS)
        return weir_error(diag, loc, "process \"%s\": %u members take turns, 2 to %u allowed", name,
                          n, WEIR_MAX_PORTS);
    weir_operator *members = WEIR_NEW(arena, weir_operator, n);
    weir_shared *shared = WEIR_NEW(arena, weir_shared, 1);
    bool fine = true;
    for (uint32_t m = 0; m < n; m++) {
        if (specs[m].latency || specs[m].pe != specs[0].pe || specs[m].simd != specs[0].simd)
            fine = weir_error(diag, loc,
                              "process \"%s\": member \"%s\" with %u PE and %u SIMD%s, must be of "
                              "the resource strategy with %u and %u",
                              name, names[m], specs[m].pe, specs[m].simd,
                              specs[m].latency ? ", latency strategy" : "", specs[0].pe,
                              specs[0].simd);
        else
            fine &= weir_matvec_operator(&members[m], arena, names[m], &specs[m], loc, diag);
    }
    if (!fine) return false;
    shared->members = members;
    weir_op_begin(op, &kind, arena, name, members[0].in[0], members[0].out[0]);
    op->n_inputs = op->n_outputs = n;
    for (uint32_t m = 0; m < n; m++) {
        op->in[m] = members[m].in[0];
        op->out[m] = members[m].out[0];
        op->steps += members[m].steps;
        widen(shared, &members[m]);
    }
    op->params = shared;
    op->stages = members[0].stages;
    op->ii_cycles = op->reuse_factor = op->steps; /* an initiation is a frame of every member */
    op->initiations = 1;
    op->multipliers = members[0].multipliers;
    op->pe = members[0].pe;
    op->simd = members[0].simd;
    op->strategy = members[0].strategy;
    join_images(op, arena);
    return true;
}
