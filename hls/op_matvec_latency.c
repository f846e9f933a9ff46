#include "hls/multiplications.h"
#include "hls/op_matvec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Terms that are added between two registers: three levels of adders. */
#define GROUP 8

typedef weir_addend term; /* a product or a sum of the adder tree */

static uint32_t count_terms(const weir_operator *op, uint32_t output) {
    const weir_matvec *matvec = op->params;
    uint32_t count = 0;
    for (uint32_t i = 0; i < op->in[0].channels; i++)
        count += matvec->weights[(uint64_t)i * matvec->outputs + output] != 0;
    return count;
}

/* Stages of adders: as many as the output with the most terms needs, at least one. */
static uint32_t adder_stages(const weir_operator *op) {
    const weir_matvec *matvec = op->params;
    uint64_t most = 0;
    for (uint32_t o = 0; o < matvec->outputs; o++) {
        uint32_t count = count_terms(op, o);
        if (count > most) most = count;
    }
    uint32_t stages = 1;
    for (uint64_t reach = GROUP; reach < most; reach *= GROUP)
        stages++;
    return stages;
}

uint32_t weir_matvec_latency_stages(const weir_operator *op) {
    return 4 + adder_stages(op);
}

static uint64_t magnitude(const weir_matvec *matvec, int32_t weight) {
    int64_t value = weir_matvec_weight(matvec, weight);
    return (uint64_t)(value < 0 ? -value : value);
}

/* The product of input i and a weight of magnitude m; outputs that need the same one share it. */
static term product_of(const weir_operator *op, uint32_t i, uint64_t m) {
    const weir_element element = op->in[0].element;
    term product = {.low = weir_op_low(element) * (int64_t)m,
                    .high = weir_op_high(element) * (int64_t)m};
    snprintf(product.name, sizeof product.name, "p%u_%" PRIu64, i, m);
    return product;
}

static int product_bits(const term *product, uint64_t m) {
    /* The factor itself must fit too. */
    int bits = weir_op_signed_bits(product->low, product->high);
    int factor = weir_op_bits(m) + 1;
    return bits > factor ? bits : factor;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The different magnitudes, 0 excepted, of the weights of input i, in rising order. */
static uint32_t magnitudes(const weir_matvec *matvec, uint32_t i, uint64_t *list) {
    uint32_t count = 0, kept = 0;
    for (uint32_t o = 0; o < matvec->outputs; o++) {
        int32_t weight = matvec->weights[(uint64_t)i * matvec->outputs + o];
        if (weight != 0) list[count++] = magnitude(matvec, weight);
    }
    qsort(list, count, sizeof *list, compare);
    for (uint32_t k = 0; k < count; k++)
        if (k == 0 || list[k] != list[k - 1]) list[kept++] = list[k];
    return kept;
}

/* x * m at `wide` bits: shifts and one addition where m has at most two signed digits, which costs
 * no multiplier. */
static void emit_product(weir_text *sv, int wide, uint32_t i, uint64_t m) {
    weir_digit digits[WEIR_MAX_DIGITS];
    uint32_t n = weir_signed_digits(m, digits);
    if (n > WEIR_SHIFT_DIGITS) {
        weir_text_addf(sv, "%d'(x%u) * %d'sd%" PRIu64, wide, i, wide, m);
        return;
    }
    for (uint32_t d = n; d-- > 0;) {
        if (d + 1 < n) weir_text_add(sv, digits[d].minus ? " - " : " + ");
        if (digits[d].shift > 0)
            weir_text_addf(sv, "(%d'(x%u) <<< %u)", wide, i, digits[d].shift);
        else
            weir_text_addf(sv, "%d'(x%u)", wide, i);
    }
}

/* Stage 0 takes the elements that any output uses, stage 1 multiplies them. */
static void emit_products(const weir_operator *op, weir_text *sv) {
    const weir_matvec *matvec = op->params;
    const weir_element element = op->in[0].element;
    int width = element.width, bits = width + !element.is_signed;
    uint64_t *list = weir_xcalloc(matvec->outputs, sizeof *list);
    weir_text *take = weir_text_new(), *multiply = weir_text_new();
    for (uint32_t i = 0; i < op->in[0].channels; i++) {
        uint32_t count = magnitudes(matvec, i, list);
        if (count == 0) continue;
        weir_text_addf(sv, "    logic signed [%d:0] x%u;\n", bits - 1, i);
        weir_text_addf(take,
                       element.is_signed ? "            x%u <= in0_data[%u:%u];\n"
                                         : "            x%u <= {1'b0, in0_data[%u:%u]};\n",
                       i, (i + 1) * (uint32_t)width - 1, i * (uint32_t)width);
        for (uint32_t k = 0; k < count; k++) {
            term product = product_of(op, i, list[k]);
            int wide = product_bits(&product, list[k]);
            weir_text_addf(sv, "    logic signed [%d:0] %s;\n", wide - 1, product.name);
            weir_text_addf(multiply, "            %s <= ", product.name);
            emit_product(multiply, wide, i, list[k]);
            weir_text_add(multiply, ";\n");
        }
    }
    weir_text_add(sv, "    always_ff @(posedge clk) begin\n        if (fire[0]) begin\n");
    weir_text_add(sv, weir_text_string(take));
    weir_text_add(sv, "        end\n        if (fire[1]) begin\n");
    weir_text_add(sv, weir_text_string(multiply));
    weir_text_add(sv, "        end\n    end\n");
    weir_text_free(take);
    weir_text_free(multiply);
    free(list);
}

/* Stages 2 .. 1 + n add; each output's last sum goes to `ends` (an empty name: only the bias). */
static void emit_adders(const weir_operator *op, weir_text *sv, uint32_t n_stages, term *ends) {
    const weir_matvec *matvec = op->params;
    uint32_t channels = op->in[0].channels;
    weir_text **adds = weir_xcalloc(n_stages, sizeof(weir_text *));
    term *terms = weir_xcalloc(channels, sizeof *terms);
    for (uint32_t s = 0; s < n_stages; s++)
        adds[s] = weir_text_new();
    for (uint32_t o = 0; o < matvec->outputs; o++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < channels; i++) {
            int32_t weight = matvec->weights[(uint64_t)i * matvec->outputs + o];
            if (weight == 0) continue;
            terms[count] = product_of(op, i, magnitude(matvec, weight));
            terms[count++].minus = weir_matvec_weight(matvec, weight) < 0;
        }
        for (uint32_t s = 0; s < n_stages; s++) {
            weir_adder_stage stage = {.output = o, .stage = s, .group = GROUP};
            if (s + 1 == n_stages) stage.bias = matvec->bias[o];
            count = weir_emit_adder_stage(&stage, sv, adds[s], terms, count);
        }
        ends[o] = count > 0 ? terms[0] : (term){.name = ""};
    }
    weir_text_add(sv, "    always_ff @(posedge clk) begin\n");
    for (uint32_t s = 0; s < n_stages; s++) {
        weir_text_addf(sv, "        if (fire[%u]) begin\n", 2 + s);
        weir_text_add(sv, weir_text_string(adds[s]));
        weir_text_add(sv, "        end\n");
        weir_text_free(adds[s]);
    }
    weir_text_add(sv, "    end\n");
    free(adds);
    free(terms);
}

void weir_matvec_latency_emit(const weir_operator *op, const char *module, weir_text *sv) {
    const weir_matvec *matvec = op->params;
    uint32_t n_stages = adder_stages(op);
    char note[160];
    snprintf(note, sizeof note,
             "// Weights are constants: %" PRIu64 " multiplications of %" PRIu64 ", zeros are not "
             "built and equal ones shared.\n",
             op->multipliers, (uint64_t)op->in[0].channels * matvec->outputs);
    weir_emit_begin(op, module, note, sv);
    weir_emit_pipe(op, sv);
    weir_text_add(sv, "    assign in0_ready = advance;\n"
                      "    assign start = in0_valid;\n"
                      "    // Elements that meet only zeros are not looked at.\n"
                      "    logic unused;\n"
                      "    assign unused = &{1'b0, in0_data};\n\n"
                      "    // Stages 0 and 1: take the vector, multiply.\n");
    emit_products(op, sv);
    weir_text_add(sv, "\n    // Adders, eight terms a stage.\n");
    term *ends = weir_xcalloc(matvec->outputs, sizeof *ends);
    emit_adders(op, sv, n_stages, ends);
    weir_text_add(sv, "\n    // Conversion, and the beat that is sent.\n");
    for (uint32_t o = 0; o < matvec->outputs; o++)
        weir_emit_sum_conversion(&matvec->sums, sv, o, ends[o].name[0] ? &ends[o] : NULL,
                                 matvec->bias[o]);
    weir_text_addf(sv, "    always_ff @(posedge clk)\n        if (fire[%u]) out0_data <= {",
                   2 + n_stages);
    for (uint32_t o = matvec->outputs; o-- > 0;)
        weir_text_addf(sv, "y%u%s", o, o > 0 ? ", " : "};\n");
    weir_text_addf(sv,
                   "    assign out0_valid = valid[%u];\n"
                   "    assign finish = out0_ready;\n",
                   op->stages - 2);
    weir_emit_end(sv);
    free(ends);
}
