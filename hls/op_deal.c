#include "hls/op_common.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Distributor and collector: share i of a stream goes to, comes from, copy i modulo the copies. */

typedef struct deal_params {
    uint32_t copies;
    uint64_t beats;  /* of a share */
    uint64_t shares; /* of a frame; of whole frames in turn, of all that the steps go through */
} deal_params;

/* A share's place among those of its copy is its number divided by the copies. */
static void distribute_infer(const weir_operator *op, const int32_t *const *in,
                             int32_t *const *out) {
    const deal_params *p = op->params;
    uint64_t size = p->beats * op->in[0].lanes;
    for (uint64_t i = 0; i < p->shares; i++)
        memcpy(out[i % p->copies] + i / p->copies * size, in[0] + i * size, size * sizeof **in);
}

static void collect_infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const deal_params *p = op->params;
    uint64_t size = p->beats * op->out[0].lanes;
    for (uint64_t i = 0; i < p->shares; i++)
        memcpy(out[0] + i * size, in[i % p->copies] + i / p->copies * size, size * sizeof **in);
}

/* Of whole frames in turn: every copy would send what the one does. */
static void frame_infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    for (uint32_t q = 0; q < op->n_outputs; q++)
        memcpy(out[q], in[0], weir_stream_elements(&op->in[0]) * sizeof *out[q]);
}

static uint32_t turn_of(const weir_operator *op, uint64_t index) {
    const deal_params *p = op->params;
    return (uint32_t)(index / p->beats % p->copies);
}

static unsigned distribute_step(const weir_operator *op, uint64_t index) {
    return WEIR_READS(0) | WEIR_WRITES(turn_of(op, index));
}

static unsigned collect_step(const weir_operator *op, uint64_t index) {
    return WEIR_READS(turn_of(op, index)) | WEIR_WRITES(0);
}

/* `name<n-1>, ..., name0` of the ports, as a concatenation. */
static void emit_ports(const char *prefix, const char *suffix, uint32_t count, weir_text *sv) {
    weir_text_add(sv, "{");
    for (uint32_t p = count; p-- > 0;)
        weir_text_addf(sv, "%s%u%s%s", prefix, p, suffix, p > 0 ? ", " : "}");
}

static void emit_parameters(const weir_operator *op, const weir_stream *whole, const char *ports,
                            weir_text *sv) {
    const deal_params *p = op->params;
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "WIDTH", weir_stream_beat_bits(whole));
    weir_emit_int(&list, ports, p->copies);
    weir_emit_int(&list, "BEATS", (int64_t)p->beats);
    weir_emit_int(&list, "SHARES", p->shares % p->copies ? (int64_t)p->shares : 0);
    weir_text_add(sv, "\n    ) core (\n        .clk,\n        .rst,\n");
}

static void distribute_emit(const weir_operator *op, const char *module, weir_text *sv) {
    uint32_t bits = weir_stream_beat_bits(&op->in[0]);
    weir_emit_begin(op, module, "// A step sends a beat to the output whose turn it is.\n", sv);
    weir_text_addf(sv, "    logic [%u:0] beat;\n    weir_distribute #(\n", bits - 1);
    emit_parameters(op, &op->in[0], "OUTPUTS", sv);
    weir_text_add(sv, "        .in_valid (in0_valid),\n"
                      "        .in_ready (in0_ready),\n"
                      "        .in_data  (in0_data),\n"
                      "        .out_valid(");
    emit_ports("out", "_valid", op->n_outputs, sv);
    weir_text_add(sv, "),\n        .out_ready(");
    emit_ports("out", "_ready", op->n_outputs, sv);
    weir_text_add(sv, "),\n        .out_data (beat)\n    );\n");
    for (uint32_t q = 0; q < op->n_outputs; q++)
        weir_text_addf(sv, "    assign out%u_data = beat;\n", q);
    weir_emit_end(sv);
}

static void collect_emit(const weir_operator *op, const char *module, weir_text *sv) {
    weir_emit_begin(op, module, "// A step sends a beat of the input whose turn it is.\n", sv);
    weir_text_add(sv, "    weir_collect #(\n");
    emit_parameters(op, &op->out[0], "INPUTS", sv);
    weir_text_add(sv, "        .in_valid (");
    emit_ports("in", "_valid", op->n_inputs, sv);
    weir_text_add(sv, "),\n        .in_ready (");
    emit_ports("in", "_ready", op->n_inputs, sv);
    weir_text_add(sv, "),\n        .in_data  (");
    emit_ports("in", "_data", op->n_inputs, sv);
    weir_text_add(sv, "),\n"
                      "        .out_valid(out0_valid),\n"
                      "        .out_ready(out0_ready),\n"
                      "        .out_data (out0_data)\n"
                      "    );\n");
    weir_emit_end(sv);
}

static const char *const distribute_library[] = {"weir_pipe.sv", "weir_turn.sv",
                                                 "weir_distribute.sv", NULL};
static const char *const collect_library[] = {"weir_pipe.sv", "weir_turn.sv", "weir_collect.sv",
                                              NULL};

static const weir_operator_kind distribute_kind = {.name = "distribute",
                                                   .infer = distribute_infer,
                                                   .step = distribute_step,
                                                   .emit = distribute_emit,
                                                   .library = distribute_library,
                                                   .deals = true};
static const weir_operator_kind collect_kind = {.name = "collect",
                                                .infer = collect_infer,
                                                .step = collect_step,
                                                .emit = collect_emit,
                                                .library = collect_library};
static const weir_operator_kind distribute_frames_kind = {.name = "distribute",
                                                          .infer = frame_infer,
                                                          .step = distribute_step,
                                                          .emit = distribute_emit,
                                                          .library = distribute_library,
                                                          .copies = true};
static const weir_operator_kind collect_frames_kind = {.name = "collect",
                                                       .infer = frame_infer,
                                                       .step = collect_step,
                                                       .emit = collect_emit,
                                                       .library = collect_library,
                                                       .copies = true};

uint64_t weir_deal_shares(uint64_t shares, uint32_t copies, uint32_t copy) {
    return shares / copies + (shares % copies > copy);
}

static bool check(const char *name, const weir_deal *d, weir_loc loc, weir_diag *diag) {
    if (d->copies < 2 || d->copies > WEIR_MAX_PORTS)
        return weir_error(diag, loc, "process \"%s\": %u copies, 2 to %u allowed", name, d->copies,
                          WEIR_MAX_PORTS);
    if (!weir_op_check_stream(&d->whole, name, "whole stream", loc, diag)) return false;
    uint64_t beats = weir_stream_beats(&d->whole);
    if (!d->parts) return true;
    if (d->beats == 0 || beats % d->beats != 0 || beats / d->beats < d->copies)
        return weir_error(diag, loc,
                          "process \"%s\": shares of %" PRIu64 " beats, must divide the %" PRIu64
                          " of a frame and give each of %u copies at least one",
                          name, d->beats, beats, d->copies);
    bool fine = true;
    for (uint32_t c = 0; c < d->copies; c++) {
        uint64_t due = weir_deal_shares(beats / d->beats, d->copies, c) * d->beats;
        char what[32];
        snprintf(what, sizeof what, "stream of copy %u", c);
        if (!weir_op_check_stream(&d->parts[c], name, what, loc, diag))
            fine = false;
        else if (weir_stream_beats(&d->parts[c]) != due ||
                 weir_stream_beat_bits(&d->parts[c]) != weir_stream_beat_bits(&d->whole))
            fine = weir_error(
                diag, loc,
                "process \"%s\": %s has %" PRIu64 " beats of %u bits, must be %" PRIu64 " of %u",
                name, what, weir_stream_beats(&d->parts[c]), weir_stream_beat_bits(&d->parts[c]),
                due, weir_stream_beat_bits(&d->whole));
    }
    return fine;
}

static void finish(weir_operator *op, weir_arena *arena, const weir_deal *d) {
    deal_params *p = WEIR_NEW(arena, deal_params, 1);
    uint64_t beats = weir_stream_beats(&d->whole);
    *p = (deal_params){.copies = d->copies, .beats = d->parts ? d->beats : beats};
    p->shares = d->parts ? beats / p->beats : d->copies;
    op->params = p;
    op->frames = d->parts ? 1 : d->copies;
    op->ii_cycles = p->beats;
    op->initiations = p->shares;
    op->steps = p->shares * p->beats;
    op->stages = 2;
}

bool weir_distribute_operator(weir_operator *op, weir_arena *arena, const char *name,
                              const weir_deal *d, weir_loc loc, weir_diag *diag) {
    if (!check(name, d, loc, diag)) return false;
    weir_op_begin(op, d->parts ? &distribute_kind : &distribute_frames_kind, arena, name, d->whole,
                  d->whole);
    op->n_outputs = d->copies;
    for (uint32_t c = 0; c < d->copies; c++)
        op->out[c] = d->parts ? d->parts[c] : d->whole;
    finish(op, arena, d);
    return true;
}

bool weir_collect_operator(weir_operator *op, weir_arena *arena, const char *name,
                           const weir_deal *d, weir_loc loc, weir_diag *diag) {
    if (!check(name, d, loc, diag)) return false;
    weir_op_begin(op, d->parts ? &collect_kind : &collect_frames_kind, arena, name, d->whole,
                  d->whole);
    op->n_inputs = d->copies;
    for (uint32_t c = 0; c < d->copies; c++)
        op->in[c] = d->parts ? d->parts[c] : d->whole;
    finish(op, arena, d);
    return true;
}
