#include "hls/multiplications.h"
#include "hls/op_unrolled.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Stage 0 takes the beat (reuse factor above 1: and selects each multiplier's factors), stage 1
 * multiplies, stages 2 .. 1 + tree_stages add; then a stage converts where that takes logic. */

static uint64_t magnitude(int64_t weight) {
    return (uint64_t)(weight < 0 ? -weight : weight);
}

/* Bits of an element as a signed number. */
static int signed_width(const weir_operator *op) {
    return op->in[0].element.width + !op->in[0].element.is_signed;
}

/* "in0_data[..]" as a signed number of signed_width bits. */
static void emit_slice(const weir_operator *op, weir_text *sv, uint32_t element) {
    uint32_t width = (uint32_t)op->in[0].element.width;
    weir_text_addf(sv, op->in[0].element.is_signed ? "in0_data[%u:%u]" : "{1'b0, in0_data[%u:%u]}",
                   (element + 1) * width - 1, element * width);
}

static void widen(weir_addend *range, weir_element element, int64_t factor) {
    int64_t low = (factor < 0 ? weir_op_high(element) : weir_op_low(element)) * factor;
    int64_t high = (factor < 0 ? weir_op_low(element) : weir_op_high(element)) * factor;
    if (low < range->low) range->low = low;
    if (high > range->high) range->high = high;
}

/* ------------------------------------------------------------------ one product, one place */

/* x times a constant without a sign, `bits` wide. */
static void emit_constant_product(weir_text *sv, uint32_t x, uint64_t m, int bits) {
    int low = __builtin_ctzll(m), high = weir_op_bits(m) - 1;
    if (!weir_is_shifts(m)) {
        weir_text_addf(sv, "%d'(x%u) * %d'sd%" PRIu64, bits, x, bits, m);
    } else if (low == high) {
        weir_text_addf(sv, "%d'(x%u) <<< %d", bits, x, low);
    } else {
        /* 2^a + 2^b has two bits set; 2^a - 2^b is a run of ones, which three ones or more are. */
        bool minus = __builtin_popcountll(m) > 2;
        weir_text_addf(sv, "(%d'(x%u) <<< %d) %c (%d'(x%u) <<< %d)", bits, x, high + minus,
                       minus ? '-' : '+', bits, x, low);
    }
}

static weir_addend constant_product(const weir_operator *op, uint32_t k, int *bits) {
    const weir_unrolled *p = op->params;
    uint64_t m = magnitude(p->products[k].weight);
    weir_addend product = {.minus = p->products[k].weight < 0};
    widen(&product, op->in[0].element, (int64_t)m);
    snprintf(product.name, sizeof product.name, "p%u", k);
    *bits = weir_op_signed_bits(product.low, product.high);
    /* The factor itself must fit too. */
    if (*bits < weir_op_bits(m) + 1) *bits = weir_op_bits(m) + 1;
    return product;
}

static void emit_constant_products(const weir_operator *op, weir_text *sv) {
    const weir_unrolled *p = op->params;
    bool *used = weir_xcalloc(op->in[0].channels, sizeof *used);
    for (uint32_t k = 0; k < p->n_products; k++)
        used[p->products[k].input] = true;
    weir_text *take = weir_text_new(), *multiply = weir_text_new();
    for (uint32_t i = 0; i < op->in[0].channels; i++) {
        if (!used[i]) continue;
        weir_text_addf(sv, "    logic signed [%d:0] x%u;\n", signed_width(op) - 1, i);
        weir_text_addf(take, "            x%u <= ", i);
        emit_slice(op, take, i);
        weir_text_add(take, ";\n");
    }
    for (uint32_t k = 0; k < p->n_products; k++) {
        int bits;
        constant_product(op, k, &bits);
        weir_text_addf(sv, "    logic signed [%d:0] p%u;\n", bits - 1, k);
        weir_text_addf(multiply, "            p%u <= ", k);
        emit_constant_product(multiply, p->products[k].input, magnitude(p->products[k].weight),
                              bits);
        weir_text_add(multiply, ";\n");
    }
    weir_text_addf(sv,
                   "    always_ff @(posedge clk) begin\n        if (fire[0]) begin\n%s"
                   "        end\n        if (fire[1]) begin\n%s        end\n    end\n",
                   weir_text_string(take), weir_text_string(multiply));
    weir_text_free(take);
    weir_text_free(multiply);
    free(used);
}

/* ------------------------------------------------------------------ shared multipliers */

/* The product that multiplier m forms in step r; NULL: none. */
static const weir_product *product_at(const weir_unrolled *p, uint32_t m, uint32_t r) {
    uint32_t k = m * p->reuse + r;
    return k < p->n_products ? &p->products[k] : NULL;
}

/* What the multiplier's product can be, and the bits of its constants. */
static weir_addend shared_product(const weir_operator *op, uint32_t m, int *factor_bits,
                                  int *bits) {
    const weir_unrolled *p = op->params;
    weir_addend product = {.low = 0};
    int64_t low = 0, high = 0;
    for (uint32_t r = 0; r < p->reuse; r++) {
        const weir_product *at = product_at(p, m, r);
        if (!at) continue;
        widen(&product, op->in[0].element, at->weight);
        if (at->weight < low) low = at->weight;
        if (at->weight > high) high = at->weight;
    }
    *factor_bits = weir_op_signed_bits(low, high);
    *bits = weir_op_signed_bits(product.low, product.high);
    if (*bits < *factor_bits) *bits = *factor_bits;
    if (*bits < signed_width(op)) *bits = signed_width(op);
    snprintf(product.name, sizeof product.name, "p%u", m);
    return product;
}

/* Whether a multiplier has products of two outputs. */
static bool splits(const weir_unrolled *p) {
    for (uint32_t o = 0; o < p->outputs; o++)
        if (p->first[o + 1] % p->reuse != 0 && p->first[o + 1] < p->n_products) return true;
    return false;
}

/* Which step is at which stage: `step` at stage 0; behind stage s whether it is the frame's last, and
 * behind those before the last adders whether it is the first. */
static void emit_steps(const weir_operator *op, weir_text *sv) {
    const weir_unrolled *p = op->params;
    int bits = weir_op_bits(p->reuse - 1);
    uint32_t last = op->stages - 2, sums = p->tree_stages;
    weir_text_addf(sv,
                   "\n    // Steps of a frame: the first reads, the last writes.\n"
                   "    logic [%d:0] step;\n"
                   "    logic [%u:0] ends;\n    logic [%u:0] begins;\n"
                   "    assign start = step != '0 | in0_valid;\n"
                   "    assign in0_ready = advance & step == '0;\n"
                   "    always_ff @(posedge clk)\n"
                   "        if (rst) step <= '0;\n"
                   "        else if (fire[0]) step <= step == %d'd%u ? '0 : step + 1'b1;\n"
                   "    always_ff @(posedge clk) begin\n"
                   "        if (fire[0]) begin\n"
                   "            ends[0] <= step == %d'd%u;\n"
                   "            begins[0] <= step == '0;\n"
                   "        end\n"
                   "        for (int s = 1; s <= %u; s++) if (fire[s]) ends[s] <= ends[s-1];\n"
                   "        for (int s = 1; s <= %u; s++) if (fire[s]) begins[s] <= begins[s-1];\n"
                   "    end\n",
                   bits - 1, last, sums, bits, p->reuse - 1, bits, p->reuse - 1, last, sums);
    if (splits(p))
        weir_text_addf(sv,
                       "    logic [%d:0] step0, step1;\n"
                       "    always_ff @(posedge clk) begin\n"
                       "        if (fire[0]) step0 <= step;\n"
                       "        if (fire[1]) step1 <= step0;\n"
                       "    end\n",
                       bits - 1);
}

/* Elements that later steps than the first multiply are kept; the first takes them as they come. */
static void emit_kept(const weir_operator *op, weir_text *sv) {
    const weir_unrolled *p = op->params;
    bool *kept = weir_xcalloc(op->in[0].channels, sizeof *kept);
    for (uint32_t k = 0; k < p->n_products; k++)
        if (k % p->reuse) kept[p->products[k].input] = true;
    weir_text *take = weir_text_new();
    for (uint32_t i = 0; i < op->in[0].channels; i++) {
        if (!kept[i]) continue;
        weir_text_addf(sv, "    logic signed [%d:0] x%u;\n", signed_width(op) - 1, i);
        weir_text_addf(take, "            x%u <= ", i);
        emit_slice(op, take, i);
        weir_text_add(take, ";\n");
    }
    weir_text_addf(sv,
                   "    always_ff @(posedge clk)\n"
                   "        if (fire[0] && step == '0) begin\n%s        end\n",
                   weir_text_string(take));
    weir_text_free(take);
    free(kept);
}

static void emit_factors(const weir_operator *op, weir_text *sv, uint32_t r,
                         const int *factor_bits) {
    const weir_unrolled *p = op->params;
    for (uint32_t m = 0; m < p->multipliers; m++) {
        const weir_product *at = product_at(p, m, r);
        if (!at) {
            weir_text_addf(sv, "                    f%u <= '0;\n                    w%u <= '0;\n",
                           m, m);
            continue;
        }
        weir_text_addf(sv, "                    f%u <= ", m);
        if (r == 0)
            emit_slice(op, sv, at->input);
        else
            weir_text_addf(sv, "x%u", at->input);
        weir_text_addf(sv, ";\n                    w%u <= ", m);
        weir_emit_signed(sv, factor_bits[m], at->weight);
        weir_text_add(sv, ";\n");
    }
}

static void emit_shared_products(const weir_operator *op, weir_text *sv) {
    const weir_unrolled *p = op->params;
    weir_text *multiply = weir_text_new();
    int *factor_bits = weir_xcalloc(p->multipliers, sizeof *factor_bits);
    emit_kept(op, sv);
    for (uint32_t m = 0; m < p->multipliers; m++) {
        int bits;
        shared_product(op, m, &factor_bits[m], &bits);
        weir_text_addf(sv,
                       "    logic signed [%d:0] f%u;\n    logic signed [%d:0] w%u;\n"
                       "    logic signed [%d:0] p%u;\n",
                       signed_width(op) - 1, m, factor_bits[m] - 1, m, bits - 1, m);
        weir_text_addf(multiply, "            p%u <= %d'(f%u) * %d'(w%u);\n", m, bits, m, bits, m);
    }
    weir_text_add(sv, "    always_ff @(posedge clk) begin\n"
                      "        if (fire[0])\n            case (step)\n");
    int step_bits = weir_op_bits(p->reuse - 1);
    for (uint32_t r = 0; r < p->reuse; r++) {
        if (r + 1 < p->reuse)
            weir_text_addf(sv, "                %d'd%u: begin\n", step_bits, r);
        else
            weir_text_add(sv, "                default: begin\n");
        emit_factors(op, sv, r, factor_bits);
        weir_text_add(sv, "                end\n");
    }
    weir_text_addf(sv, "            endcase\n        if (fire[1]) begin\n%s        end\n    end\n",
                   weir_text_string(multiply));
    weir_text_free(multiply);
    free(factor_bits);
}

/* The product of multiplier m as an addend of `output`. One that has products of other outputs too is
 * 0 in the steps of those. */
static weir_addend shared_addend(const weir_operator *op, weir_text *sv, uint32_t m,
                                 uint32_t output) {
    const weir_unrolled *p = op->params;
    int factor_bits, bits, step_bits = weir_op_bits(p->reuse - 1);
    weir_addend product = shared_product(op, m, &factor_bits, &bits);
    uint32_t start = m * p->reuse, end = start + p->reuse;
    uint32_t from = p->first[output] > start ? p->first[output] - start : 0;
    uint32_t to = p->first[output + 1] < end ? p->first[output + 1] - start : p->reuse;
    bool others = from > 0 || (to < p->reuse && p->first[output + 1] < p->n_products);
    if (!others) return product;
    weir_addend own = {.low = 0};
    snprintf(own.name, sizeof own.name, "p%u_%u", m, output);
    for (uint32_t r = from; r < to; r++)
        widen(&own, op->in[0].element, p->products[start + r].weight);
    int own_bits = weir_op_signed_bits(own.low, own.high);
    weir_text_addf(sv, "    logic signed [%d:0] %s;\n    assign %s = ", own_bits - 1, own.name,
                   own.name);
    if (from > 0) weir_text_addf(sv, "step1 >= %d'd%u", step_bits, from);
    if (from > 0 && to < p->reuse) weir_text_add(sv, " && ");
    if (to < p->reuse) weir_text_addf(sv, "step1 < %d'd%u", step_bits, to);
    weir_text_addf(sv, " ? p%u[%d:0] : '0;\n", m, own_bits - 1);
    return own;
}

/* ------------------------------------------------------------------ sums */

/* The range of the whole sum. */
static weir_addend sum_range(const weir_operator *op, uint32_t output) {
    const weir_unrolled *p = op->params;
    weir_element element = op->in[0].element;
    weir_addend sum = {.low = p->bias[output], .high = p->bias[output]};
    for (uint32_t k = p->first[output]; k < p->first[output + 1]; k++) {
        weir_addend product = {.low = 0};
        widen(&product, element, p->products[k].weight);
        sum.low += product.low;
        sum.high += product.high;
    }
    return sum;
}

static uint32_t gather_addends(const weir_operator *op, weir_text *sv, uint32_t output,
                               weir_addend *addends) {
    const weir_unrolled *p = op->params;
    uint32_t begin, end;
    int bits;
    weir_unrolled_span(p, output, &begin, &end);
    for (uint32_t m = begin; m < end; m++)
        addends[m - begin] =
            p->reuse > 1 ? shared_addend(op, sv, m, output) : constant_product(op, m, &bits);
    return end - begin;
}

/* The last stage of adders: with a reuse factor it adds to what earlier steps have summed, which is
 * the bias at first. */
static void emit_last_stage(const weir_operator *op, weir_text *declare, weir_text *add,
                            uint32_t output, weir_addend *addends, uint32_t count) {
    const weir_unrolled *p = op->params;
    weir_adder_stage stage = {
        .output = output, .stage = p->tree_stages - 1, .group = 1u << p->tree_levels};
    if (p->reuse == 1) {
        stage.bias = p->bias[output];
        weir_emit_adder_stage(&stage, declare, add, addends, count);
        return;
    }
    weir_addend whole = sum_range(op, output), *before = &addends[count];
    *before = whole;
    snprintf(before->name, sizeof before->name, "c%u", output);
    stage.as = &whole;
    weir_emit_adder_stage(&stage, declare, add, addends, count + 1);
    int bits = weir_op_signed_bits(addends[0].low, addends[0].high);
    weir_text_addf(declare, "    logic signed [%d:0] c%u;\n    assign c%u = begins[%u] ? ",
                   bits - 1, output, output, p->tree_stages);
    weir_emit_signed(declare, bits, p->bias[output]);
    weir_text_addf(declare, " : %s;\n", addends[0].name);
}

/* Each output's last sum goes to `ends` (an empty name: only the bias). */
static void emit_adders(const weir_operator *op, weir_text *sv, weir_addend *ends) {
    const weir_unrolled *p = op->params;
    weir_text **adds = weir_xcalloc(p->tree_stages, sizeof(weir_text *));
    weir_addend *addends = weir_xcalloc(p->n_products + 2, sizeof *addends);
    for (uint32_t s = 0; s < p->tree_stages; s++)
        adds[s] = weir_text_new();
    for (uint32_t o = 0; o < p->outputs; o++) {
        uint32_t count = gather_addends(op, sv, o, addends), s = 0;
        ends[o] = (weir_addend){.name = ""};
        if (count == 0) continue;
        for (; s + 1 < p->tree_stages; s++) {
            weir_adder_stage stage = {.output = o, .stage = s, .group = 1u << p->tree_levels};
            count = weir_emit_adder_stage(&stage, sv, adds[s], addends, count);
        }
        emit_last_stage(op, sv, adds[s], o, addends, count);
        ends[o] = addends[0];
    }
    weir_text_add(sv, "    always_ff @(posedge clk) begin\n");
    for (uint32_t s = 0; s < p->tree_stages; s++) {
        weir_text_addf(sv, "        if (fire[%u]) begin\n%s        end\n", 2 + s,
                       weir_text_string(adds[s]));
        weir_text_free(adds[s]);
    }
    weir_text_add(sv, "    end\n");
    free(adds);
    free(addends);
}

/* ------------------------------------------------------------------ the module */

static void emit_output(const weir_operator *op, weir_text *sv, const weir_addend *ends) {
    const weir_unrolled *p = op->params;
    uint32_t last = op->stages - 2;
    for (uint32_t o = 0; o < p->outputs; o++)
        weir_emit_sum_conversion(&p->sums, sv, o, ends[o].name[0] ? &ends[o] : NULL, p->bias[o]);
    if (p->converts)
        weir_text_addf(sv, "    always_ff @(posedge clk)\n        if (fire[%u]) out0_data <= {",
                       last);
    else
        weir_text_add(sv, "    assign out0_data = {");
    for (uint32_t o = p->outputs; o-- > 0;)
        weir_text_addf(sv, "y%u%s", o, o > 0 ? ", " : "};\n");
    if (p->reuse > 1)
        weir_text_addf(sv,
                       "    assign out0_valid = valid[%u] & ends[%u];\n"
                       "    assign finish = ~ends[%u] | out0_ready;\n",
                       last, last, last);
    else
        weir_text_addf(sv, "    assign out0_valid = valid[%u];\n    assign finish = out0_ready;\n",
                       last);
}

void weir_unrolled_emit(const weir_operator *op, const char *module, weir_text *sv) {
    const weir_unrolled *p = op->params;
    char note[256];
    snprintf(note, sizeof note,
             "// Every position is built: %u multiplications, zeros and padding not counted; reuse "
             "factor %u: %" PRIu64 " multipliers.\n",
             p->n_products, p->reuse, op->multipliers);
    weir_emit_begin(op, module, note, sv);
    weir_emit_pipe(op, sv);
    weir_text_add(sv, "    // Elements that meet only zeros are not looked at.\n"
                      "    logic unused;\n"
                      "    assign unused = &{1'b0, in0_data};\n");
    if (p->reuse > 1) {
        emit_steps(op, sv);
        weir_text_add(sv, "\n    // Stages 0 and 1: select the factors, multiply.\n");
        emit_shared_products(op, sv);
    } else {
        weir_text_add(sv, "    assign in0_ready = advance;\n    assign start = in0_valid;\n"
                          "\n    // Stages 0 and 1: take the beat, multiply.\n");
        emit_constant_products(op, sv);
    }
    weir_text_addf(sv, "\n    // Adders, up to %u levels a stage.\n", p->tree_levels);
    weir_addend *ends = weir_xcalloc(p->outputs, sizeof *ends);
    emit_adders(op, sv, ends);
    weir_text_add(sv, "\n    // The output's type.\n");
    emit_output(op, sv, ends);
    weir_emit_end(sv);
    free(ends);
}
