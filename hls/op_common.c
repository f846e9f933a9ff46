#include "hls/op_common.h"

#include <inttypes.h>
#include <stdio.h>

int weir_op_bits(uint64_t largest) {
    int bits = 1;
    while (bits < 64 && largest >> bits)
        bits++;
    return bits;
}

int weir_op_signed_bits(int64_t low, int64_t high) {
    uint64_t reach = low < 0 ? ~(uint64_t)low : 0;
    if (high > 0 && (uint64_t)high > reach) reach = (uint64_t)high;
    return reach == 0 ? 1 : weir_op_bits(reach) + 1;
}

uint64_t weir_op_ceil_div(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

int64_t weir_op_low(weir_element element) {
    return element.is_signed ? -((int64_t)1 << (element.width - 1)) : 0;
}

int64_t weir_op_high(weir_element element) {
    return ((int64_t)1 << (element.is_signed ? element.width - 1 : element.width)) - 1;
}

void weir_op_begin(weir_operator *op, const weir_operator_kind *kind, weir_arena *arena,
                   const char *name, weir_stream in, weir_stream out) {
    *op = (weir_operator){
        .kind = kind,
        .name = weir_arena_strdup(arena, name),
        .n_inputs = 1,
        .n_outputs = 1,
        .strategy = "",
    };
    op->in[0] = in;
    op->out[0] = out;
}

unsigned weir_op_step_each(const weir_operator *op, uint64_t index) {
    (void)op, (void)index;
    return WEIR_READS(0) | WEIR_WRITES(0);
}

bool weir_op_check_stream(const weir_stream *stream, const char *name, const char *what,
                          weir_loc loc, weir_diag *diag) {
    if (stream->rows == 0 || stream->columns == 0 || stream->channels == 0 || stream->lanes == 0)
        return weir_error(
            diag, loc, "process \"%s\": %s of %u x %u x %u with %u lanes, each must be at least 1",
            name, what, stream->rows, stream->columns, stream->channels, stream->lanes);
    bool fine = true;
    if ((uint64_t)stream->rows * stream->columns > WEIR_MAX_ELEMENTS ||
        weir_stream_elements(stream) > WEIR_MAX_ELEMENTS)
        fine =
            weir_error(diag, loc, "process \"%s\": %s of %u x %u x %u elements, at most %u", name,
                       what, stream->rows, stream->columns, stream->channels, WEIR_MAX_ELEMENTS);
    if (stream->channels % stream->lanes != 0)
        fine = weir_error(diag, loc, "process \"%s\": %s has %u lanes, must divide its %u channels",
                          name, what, stream->lanes, stream->channels);
    if (stream->element.width < 1 || stream->element.width > 32)
        fine = weir_error(diag, loc, "process \"%s\": %s element of %d bits, 1 to 32 allowed", name,
                          what, stream->element.width);
    return fine;
}

bool weir_op_check_type(weir_fixed type, const char *name, const char *what, weir_loc loc,
                        weir_diag *diag) {
    if (type.width >= 1 && type.width <= 32) return true;
    return weir_error(diag, loc, "process \"%s\": %s type of %d bits, 1 to 32 allowed", name, what,
                      type.width);
}

void weir_op_image(weir_arena *arena, weir_image *image, const char *path, const int64_t *values,
                   uint32_t words, uint32_t per_word, int bits) {
    uint32_t word_bits = per_word * (uint32_t)bits, word_bytes = weir_beat_bytes(word_bits);
    uint8_t *bytes = WEIR_NEW(arena, uint8_t, (size_t)words * word_bytes);
    for (uint32_t w = 0; w < words; w++)
        for (uint32_t v = 0; v < per_word; v++) {
            uint64_t value = (uint64_t)values[(size_t)w * per_word + v];
            uint8_t *word = bytes + (size_t)w * word_bytes;
            uint64_t at = (uint64_t)v * (uint32_t)bits;
            for (int b = 0; b < bits; b++, at++)
                word[at / 8] |= (uint8_t)((value >> b & 1) << at % 8);
        }
    *image = (weir_image){.path = weir_arena_strdup(arena, path),
                          .word_bits = word_bits,
                          .words = words,
                          .bytes = bytes};
}

static void emit_shape(weir_text *sv, const char *what, uint32_t port, const weir_stream *s) {
    weir_text_addf(sv, "//   %s%u: %u x %u x %u, %u %s a beat, %d bits %s, %d of them integer\n",
                   what, port, s->rows, s->columns, s->channels, s->lanes,
                   s->lanes == 1 ? "element" : "elements", s->element.width,
                   s->element.is_signed ? "signed" : "unsigned", s->element.integer);
}

static void emit_port(weir_text *sv, const char *what, uint32_t port, const weir_stream *stream,
                      bool input, bool last) {
    const char *there = input ? "input " : "output", *back = input ? "output" : "input ";
    uint32_t high = weir_stream_beat_bits(stream) - 1;
    weir_text_addf(sv, "    %s logic %s%u_valid,\n", there, what, port);
    weir_text_addf(sv, "    %s logic %s%u_ready,\n", back, what, port);
    weir_text_addf(sv, "    %s logic [%u:0] %s%u_data%s\n", there, high, what, port,
                   last ? "" : ",");
}

void weir_emit_begin(const weir_operator *op, const char *module, const char *note, weir_text *sv) {
    weir_text_addf(sv, "// Operator %s%s%s. Timing class ELASTIC: %u stages, bubbles collapse.\n",
                   op->kind->name, op->strategy[0] ? ", strategy " : "", op->strategy, op->stages);
    weir_text_addf(sv,
                   "// A frame is %" PRIu64 " steps, %" PRIu64 " initiations with an initiation "
                   "interval of %" PRIu64 " cycles.\n",
                   op->steps, op->initiations, op->ii_cycles);
    for (uint32_t p = 0; p < op->n_inputs; p++)
        emit_shape(sv, "in", p, &op->in[p]);
    for (uint32_t q = 0; q < op->n_outputs; q++)
        emit_shape(sv, "out", q, &op->out[q]);
    if (note) weir_text_add(sv, note);
    weir_text_addf(sv, "module %s ", module);
    if (op->n_images > 0) {
        weir_text_add(sv, "#(\n");
        for (uint32_t r = 0; r < op->n_images; r++)
            weir_text_addf(sv, "    parameter ROM_FILE%u = \"\"%s\n", r,
                           r + 1 < op->n_images ? "," : "");
        weir_text_add(sv, ") ");
    }
    weir_text_add(sv, "(\n    input  logic clk,\n    input  logic rst,\n");
    for (uint32_t p = 0; p < op->n_inputs; p++)
        emit_port(sv, "in", p, &op->in[p], true, op->n_outputs == 0 && p + 1 == op->n_inputs);
    for (uint32_t q = 0; q < op->n_outputs; q++)
        emit_port(sv, "out", q, &op->out[q], false, q + 1 == op->n_outputs);
    weir_text_add(sv, ");\n");
}

void weir_emit_pipe(const weir_operator *op, weir_text *sv) {
    weir_text_addf(sv,
                   "    logic start, finish, advance;\n"
                   "    // verilator lint_off UNUSEDSIGNAL\n"
                   "    logic [%u:0] fire;\n"
                   "    logic [%u:0] valid;\n"
                   "    // verilator lint_on UNUSEDSIGNAL\n"
                   "    weir_pipe #(.STAGES(%u)) pipe (.*);\n",
                   op->stages - 1, op->stages - 2, op->stages);
}

void weir_emit_end(weir_text *sv) {
    weir_text_add(sv, "endmodule\n");
}

void weir_emit_weights(const weir_operator *op, uint32_t words, uint32_t bits, weir_text *sv) {
    int address_bits = words > 1 ? weir_op_bits(words - 1) : 1;
    weir_text_addf(sv,
                   "    logic weight_valid, weight_enable;\n"
                   "    // verilator lint_off UNUSEDSIGNAL\n"
                   "    logic weight_ready;\n"
                   "    logic [%d:0] weight_address;\n"
                   "    // verilator lint_on UNUSEDSIGNAL\n"
                   "    logic [%u:0] weight_word;\n",
                   address_bits - 1, bits - 1);
    if (op->n_inputs > 1)
        weir_text_add(sv,
                      "    assign weight_valid = in1_valid;\n"
                      "    assign in1_ready = weight_ready;\n"
                      "    always_ff @(posedge clk) if (weight_enable) weight_word <= in1_data;\n");
    else
        weir_text_addf(sv,
                       "    assign weight_valid = 1'b1;\n"
                       "    weir_rom #(.WIDTH(%u), .DEPTH(%u), .FILE(ROM_FILE0)) weights (\n"
                       "        .clk,\n"
                       "        .enable (weight_enable),\n"
                       "        .address(weight_address),\n"
                       "        .data   (weight_word)\n"
                       "    );\n",
                       bits, words);
}

void weir_emit_value(weir_emit_parameters *list, const char *name, const char *text) {
    weir_text_addf(list->sv, "%s%s.%s(%s)", list->any ? ",\n" : "", list->indent, name, text);
    list->any = true;
}

void weir_emit_int(weir_emit_parameters *list, const char *name, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    weir_emit_value(list, name, text);
}

void weir_emit_core(weir_text *sv) {
    weir_text_add(sv, "\n    ) core (\n"
                      "        .clk,\n"
                      "        .rst,\n"
                      "        .in_valid (in0_valid),\n"
                      "        .in_ready (in0_ready),\n"
                      "        .in_data  (in0_data),\n"
                      "        .out_valid(out0_valid),\n"
                      "        .out_ready(out0_ready),\n"
                      "        .out_data (out0_data)\n"
                      "    );\n");
}

void weir_emit_type(weir_emit_parameters *list, const char *prefix, weir_fixed type) {
    const struct {
        const char *name;
        int value;
    } fields[] = {
        {"WIDTH", type.width},
        {"FRACTION", weir_fixed_fraction(type)},
        {"SIGNED", type.is_signed},
        {"ROUNDING", (int)type.rounding},
        {"OVERFLOW", (int)type.overflow},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", prefix, fields[i].name);
        weir_emit_int(list, name, fields[i].value);
    }
}

void weir_emit_requant(weir_text *sv, const char *indent, const char *instance, int in_width,
                       int in_fraction, weir_fixed to, const char *in, const char *out) {
    weir_text_addf(sv,
                   "%sweir_requant #(.IN_WIDTH(%d), .IN_FRACTION(%d), .OUT_WIDTH(%d), "
                   ".OUT_FRACTION(%d), .OUT_SIGNED(%d), .ROUNDING(%d), .OVERFLOW(%d)) %s\n"
                   "%s    (.value(%s), .result(%s));\n",
                   indent, in_width, in_fraction, to.width, weir_fixed_fraction(to), to.is_signed,
                   (int)to.rounding, (int)to.overflow, instance, indent, in, out);
}

void weir_emit_signed(weir_text *sv, int bits, int64_t value) {
    if (value >= 0)
        weir_text_addf(sv, "%d'sd%" PRId64, bits, value);
    else if (value == -((int64_t)1 << (bits - 1)))
        weir_text_addf(sv, "%d'sh%" PRIx64, bits, (uint64_t)1 << (bits - 1));
    else
        weir_text_addf(sv, "-%d'sd%" PRId64, bits, -value);
}

void weir_emit_packed(weir_text *sv, const char *name, int bits, uint32_t count,
                      const int64_t *values) {
    uint64_t mask = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    weir_text_addf(sv, "    localparam logic [%" PRIu64 ":0] %s = {",
                   (uint64_t)count * (uint32_t)bits - 1, name);
    for (uint32_t i = count; i-- > 0;)
        weir_text_addf(sv, "%s%d'h%" PRIx64 "%s", (count - 1 - i) % 8 == 0 ? "\n        " : " ",
                       bits, (uint64_t)values[i] & mask, i > 0 ? "," : "");
    weir_text_add(sv, "};\n");
}
