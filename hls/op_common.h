/* What the operators share: constructing a weir_operator, packing ROM images, and the parts of an
 * emitted module that look the same in each.
 *
 * An emitted module is weir_emit_begin (header comment, module line, ports), then weir_emit_pipe
 * (the instance of rtl/weir_pipe.sv with its signals), the operator's own logic, and weir_emit_end.
 * The signals that weir_emit_pipe declares:
 *   start    stage 0: every beat that the next step reads is there    (the operator drives it)
 *   finish   last stage: every beat that its step writes is taken     (the operator drives it)
 *   advance  stage 0 would take a step now: inK_ready = advance & "the next step reads port K"
 *   fire[s]  stage s executes; the register behind stage s loads on the edge when fire[s] is high
 *   valid[s] the register behind stage s holds a step: outK_valid = valid[stages-2] & "it writes"
 * The text depends on shapes, types and constants only, never on a layer's name, so that equal
 * operators give equal modules.
 */
#ifndef WEIR_HLS_OP_COMMON_H
#define WEIR_HLS_OP_COMMON_H

#include "hls/operators.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of the unsigned numbers 0 .. largest, at least 1. */
int weir_op_bits(uint64_t largest);
/* Bits of a signed number that holds low .. high, at least 1. */
int weir_op_signed_bits(int64_t low, int64_t high);
uint64_t weir_op_ceil_div(uint64_t a, uint64_t b);

/* Smallest and largest integer of an element, and the integer that an int32 of a tensor stands for
 * (they differ for unsigned 32-bit elements only). */
int64_t weir_op_low(weir_element element);
int64_t weir_op_high(weir_element element);
static inline int64_t weir_op_value(weir_element element, int32_t value) {
    return element.is_signed ? value : (int64_t)(uint32_t)value;
}
static inline int weir_op_fraction(weir_element element) {
    return element.width - element.integer;
}

/* Zeroes `op` and sets kind, name (copied), one input and one output, strategy "". */
void weir_op_begin(weir_operator *op, const weir_operator_kind *kind, weir_arena *arena,
                   const char *name, weir_stream in, weir_stream out);

/* The timing of an operator that reads a beat and writes one in every step. */
unsigned weir_op_step_each(const weir_operator *op, uint64_t index);

/* False, with an error for each fault: a dimension of 0, lanes that do not divide the channels, a
 * width outside 1..32, more than WEIR_MAX_ELEMENTS elements. `what`: "input", "output". */
bool weir_op_check_stream(const weir_stream *stream, const char *name, const char *what,
                          weir_loc loc, weir_diag *diag);
/* False with an error if `type` cannot be a stream's or a weight's (width outside 1..32). */
bool weir_op_check_type(weir_fixed type, const char *name, const char *what, weir_loc loc,
                        weir_diag *diag);

/* Fills a ROM image: `words` words of `per_word` values, `bits` wide each (1..64), value 0 lowest;
 * two's complement. */
void weir_op_image(weir_arena *arena, weir_image *image, const char *path, const int64_t *values,
                   uint32_t words, uint32_t per_word, int bits);

/* `note`: one or more lines about this operator for the header comment, each "// ...\n"; or NULL.
 * Ports for all inputs and outputs; parameters ROM_FILE<r> for op->n_images ROMs. */
void weir_emit_begin(const weir_operator *op, const char *module, const char *note, weir_text *sv);
void weir_emit_pipe(const weir_operator *op, weir_text *sv);
void weir_emit_end(weir_text *sv);
/* Where a core's words of weights come from, with the signals of its ports weight_*: input 1, or, of an
 * operator without one, the ROM `weights` of `words` words of `bits` with the contents ROM_FILE0. */
void weir_emit_weights(const weir_operator *op, uint32_t words, uint32_t bits, weir_text *sv);

/* One parameter of an instance per call: `.NAME(value)`, with commas between. */
typedef struct weir_emit_parameters {
    weir_text *sv;
    const char *indent;
    bool any;
} weir_emit_parameters;
void weir_emit_int(weir_emit_parameters *list, const char *name, int64_t value);
void weir_emit_value(weir_emit_parameters *list, const char *name, const char *text);
/* Ends the parameters of an instance `core` of a library module with one input and one output,
 * whose ports are clk, rst, in_{valid,ready,data} and out_{valid,ready,data}. */
void weir_emit_core(weir_text *sv);
/* OUT_WIDTH, OUT_FRACTION, OUT_SIGNED, ROUNDING and OVERFLOW, each with `prefix` before it. */
void weir_emit_type(weir_emit_parameters *list, const char *prefix, weir_fixed type);

/* An instance of weir_requant: `in` (signed, `in_width` bits, `in_fraction`) brought to `out`, an
 * expression of to.width bits. `indent` is the blanks before the line. */
void weir_emit_requant(weir_text *sv, const char *indent, const char *instance, int in_width,
                       int in_fraction, weir_fixed to, const char *in, const char *out);

/* `value` as a sized signed literal, such as -16'sd3; the most negative number is written in
 * hexadecimal, as its magnitude does not fit. */
void weir_emit_signed(weir_text *sv, int bits, int64_t value);

/* `localparam logic [count*bits-1:0] NAME = {...};` value 0 in the lowest bits. */
void weir_emit_packed(weir_text *sv, const char *name, int bits, uint32_t count,
                      const int64_t *values);

#ifdef __cplusplus
}
#endif
#endif
