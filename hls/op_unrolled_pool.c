#include "hls/op_average.h"
#include "hls/unrolled.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct pool_params {
    weir_lists lists;
    bool average;
    const uint64_t *divisors; /* of an average */
    uint32_t most;            /* elements of the longest list */
    uint32_t tree;            /* stages of weir_reduce */
    weir_average divide;
} pool_params;

static int64_t lowest(const weir_operator *op) {
    return weir_op_low(op->in[0].element);
}

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const pool_params *p = op->params;
    for (uint32_t o = 0; o < p->lists.outputs; o++) {
        int64_t sum = 0, best = lowest(op);
        for (uint32_t k = p->lists.first[o]; k < p->lists.first[o + 1]; k++) {
            int64_t x = weir_op_value(op->in[0].element, in[0][p->lists.inputs[k]]);
            sum += x;
            if (x > best) best = x;
        }
        out[0][o] = p->average
                        ? weir_average_of(&p->divide, sum,
                                          weir_average_multiplier(&p->divide, p->divisors[o]))
                        : (int32_t)best;
    }
}

/* `{in0_data[..], ..}`: the elements of a list, its first lowest. */
static void emit_list(const weir_operator *op, uint32_t output, weir_text *sv) {
    const pool_params *p = op->params;
    uint32_t width = (uint32_t)op->in[0].element.width;
    weir_text_add(sv, "{");
    for (uint32_t k = p->lists.first[output + 1]; k-- > p->lists.first[output];) {
        uint32_t low = p->lists.inputs[k] * width;
        weir_text_addf(sv, "in0_data[%u:%u]%s", low + width - 1, low,
                       k > p->lists.first[output] ? ", " : "}");
    }
}

static void emit_reduce(const weir_operator *op, uint32_t output, int bits, weir_text *sv) {
    const pool_params *p = op->params;
    weir_element element = op->in[0].element;
    weir_text_addf(sv,
                   "    weir_reduce #(.COUNT(%u), .IN_WIDTH(%d), .IN_SIGNED(%d), .SUM(%d), "
                   ".OUT_WIDTH(%d), .STAGES(%u)) tree%u\n"
                   "        (.clk, .fire(fire[%u:0]), .in(",
                   p->lists.first[output + 1] - p->lists.first[output], element.width,
                   element.is_signed, p->average, bits, p->tree, output, p->tree - 1);
    emit_list(op, output, sv);
    weir_text_addf(sv, "), .out(r%u));\n", output);
}

/* Output element o, as y<o>. */
static void emit_element(const weir_operator *op, uint32_t o, weir_text *sv) {
    const pool_params *p = op->params;
    int width = op->out[0].element.width, bits = p->average ? p->divide.sum_bits : width;
    weir_text_addf(sv, "    logic [%d:0] y%u;\n", width - 1, o);
    if (p->lists.first[o + 1] == p->lists.first[o]) {
        uint64_t mask = ((uint64_t)1 << width) - 1;
        int64_t empty = p->average ? 0 : lowest(op);
        weir_text_addf(sv, "    assign y%u = %d'h%" PRIx64 ";\n", o, width, (uint64_t)empty & mask);
        return;
    }
    weir_text_addf(sv, "    logic [%d:0] r%u;\n", bits - 1, o);
    emit_reduce(op, o, bits, sv);
    if (!p->average) {
        weir_text_addf(sv, "    assign y%u = r%u;\n", o, o);
        return;
    }
    weir_text_add(sv, "    weir_average #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_average_emit(&p->divide, &list);
    weir_text_addf(sv, "\n    ) divide%u (.clk, .fire(fire[%u:%u]), .sum(r%u), .multiplier(", o,
                   op->stages - 2, p->tree, o);
    if (p->divide.multiplier_bits > 0)
        weir_text_addf(sv, "%d'd%" PRIu64, p->divide.multiplier_bits,
                       weir_average_multiplier(&p->divide, p->divisors[o]));
    else
        weir_text_add(sv, "1'b0");
    weir_text_addf(sv, "), .result(y%u));\n", o);
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const pool_params *p = op->params;
    char note[256], average[160];
    weir_average_note(&p->divide, average, sizeof average);
    snprintf(note, sizeof note, "//   %s of up to %u elements, every position built\n%s",
             p->average ? "average" : "maximum", p->most, p->average ? average : "");
    weir_emit_begin(op, module, note, sv);
    weir_emit_pipe(op, sv);
    weir_text_addf(sv,
                   "    assign start = in0_valid;\n"
                   "    assign in0_ready = advance;\n"
                   "    assign out0_valid = valid[%u];\n"
                   "    assign finish = out0_ready;\n"
                   "    logic unused;\n"
                   "    assign unused = &{1'b0, in0_data};\n\n",
                   op->stages - 2);
    for (uint32_t o = 0; o < p->lists.outputs; o++)
        emit_element(op, o, sv);
    weir_text_add(sv, "    assign out0_data = {");
    for (uint32_t o = p->lists.outputs; o-- > 0;)
        weir_text_addf(sv, "y%u%s", o, o > 0 ? ", " : "};\n");
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", "weir_reduce.sv",
                                      "weir_average.sv", NULL};

static const weir_operator_kind kind = {.name = "unrolled_pool",
                                        .infer = infer,
                                        .step = weir_op_step_each,
                                        .emit = emit,
                                        .library = library};

static bool check(const char *name, const weir_stream *in, const weir_lists *lists, weir_loc loc,
                  weir_diag *diag) {
    if (!weir_op_check_stream(in, name, "input", loc, diag)) return false;
    if (weir_stream_beats(in) != 1)
        return weir_error(diag, loc,
                          "process \"%s\": a frame of %" PRIu64 " beats, must be one beat", name,
                          weir_stream_beats(in));
    for (uint32_t k = 0; k < lists->first[lists->outputs]; k++)
        if (lists->inputs[k] >= in->channels)
            return weir_error(diag, loc, "process \"%s\": element %u of an input of %u", name,
                              lists->inputs[k], in->channels);
    return true;
}

static void copy_lists(pool_params *p, weir_arena *arena, const weir_lists *lists) {
    uint32_t n = lists->first[lists->outputs];
    uint32_t *first = WEIR_NEW(arena, uint32_t, lists->outputs + 1);
    uint32_t *inputs = WEIR_NEW(arena, uint32_t, n + 1);
    memcpy(first, lists->first, (lists->outputs + 1) * sizeof *first);
    memcpy(inputs, lists->inputs, n * sizeof *inputs);
    p->lists = (weir_lists){lists->outputs, first, inputs};
    p->most = 1;
    for (uint32_t o = 0; o < lists->outputs; o++)
        if (first[o + 1] - first[o] > p->most) p->most = first[o + 1] - first[o];
    p->tree = 1;
    for (uint64_t reach = 4; reach < p->most; reach *= 4)
        p->tree++;
}

bool weir_unrolled_pool_operator(weir_operator *op, weir_arena *arena, const char *name,
                                 weir_stream in, const weir_lists *lists, bool average,
                                 const uint64_t *divisors, weir_fixed out, weir_loc loc,
                                 weir_diag *diag) {
    if (!check(name, &in, lists, loc, diag)) return false;
    if (average && !weir_op_check_type(out, name, "output", loc, diag)) return false;
    weir_stream to = {1, 1, lists->outputs, lists->outputs,
                      average ? weir_fixed_element(out) : in.element};
    if (!weir_op_check_stream(&to, name, "output", loc, diag)) return false;
    pool_params *p = WEIR_NEW(arena, pool_params, 1);
    *p = (pool_params){.average = average};
    copy_lists(p, arena, lists);
    weir_op_begin(op, &kind, arena, name, in, to);
    if (average) {
        uint64_t *own = WEIR_NEW(arena, uint64_t, lists->outputs);
        memcpy(own, divisors, lists->outputs * sizeof *own);
        p->divisors = own;
        if (!weir_average_init(&p->divide, in.element, p->most, own, lists->outputs, out))
            return weir_error(diag, loc,
                              "process \"%s\": sum of %u elements of %d bits, at most 48 bits",
                              name, p->most, in.element.width);
    }
    op->params = p;
    op->steps = op->initiations = op->ii_cycles = 1;
    op->stages = p->tree + 1;
    if (average) op->stages += p->divide.multiplier_bits > 0 ? 2 : 1;
    op->multipliers = p->divide.multiplier_bits > 0 ? lists->outputs : 0;
    op->table_error = p->divide.error;
    return true;
}
