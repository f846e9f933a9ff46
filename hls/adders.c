#include "hls/adders.h"

#include <inttypes.h>
#include <stdio.h>

/* The sum of `count` addends as balanced additions `bits` wide. */
static void emit_sum(weir_text *sv, const weir_addend *addends, uint32_t count, int bits) {
    if (count == 1) {
        weir_text_addf(sv, addends->minus ? "-(%d'(%s))" : "%d'(%s)", bits, addends->name);
        return;
    }
    uint32_t half = (count + 1) / 2;
    weir_text_add(sv, "(");
    emit_sum(sv, addends, half, bits);
    if (count - half == 1 && addends[half].minus) {
        weir_text_addf(sv, " - %d'(%s)", bits, addends[half].name);
    } else {
        weir_text_add(sv, " + ");
        emit_sum(sv, addends + half, count - half, bits);
    }
    weir_text_add(sv, ")");
}

/* The range of the sum, and of all that goes into it: what is added is never cut. */
static weir_addend sum_of(const weir_adder_stage *stage, const weir_addend *from, uint32_t count) {
    weir_addend sum = {.low = stage->bias, .high = stage->bias};
    for (uint32_t k = 0; k < count; k++) {
        sum.low += from[k].minus ? -from[k].high : from[k].low;
        sum.high += from[k].minus ? -from[k].low : from[k].high;
    }
    if (stage->as) {
        sum.low = stage->as->low;
        sum.high = stage->as->high;
    }
    if (stage->bias < sum.low) sum.low = stage->bias;
    if (stage->bias > sum.high) sum.high = stage->bias;
    for (uint32_t k = 0; k < count; k++) {
        if (from[k].low < sum.low) sum.low = from[k].low;
        if (from[k].high > sum.high) sum.high = from[k].high;
    }
    return sum;
}

uint32_t weir_emit_adder_stage(const weir_adder_stage *stage, weir_text *declare, weir_text *add,
                               weir_addend *addends, uint32_t count) {
    uint32_t groups = (count + stage->group - 1) / stage->group;
    for (uint32_t g = 0; g < groups; g++) {
        uint32_t start = g * stage->group;
        const weir_addend *from = addends + start;
        uint32_t n = count - start < stage->group ? count - start : stage->group;
        weir_addend sum = sum_of(stage, from, n);
        int bits = weir_op_signed_bits(sum.low, sum.high);
        snprintf(sum.name, sizeof sum.name, "s%u_%u_%u", stage->output, stage->stage, g);
        weir_text_addf(declare, "    logic signed [%d:0] %s;\n", bits - 1, sum.name);
        weir_text_addf(add, "            %s <= ", sum.name);
        emit_sum(add, from, n, bits);
        if (stage->bias != 0) {
            weir_text_add(add, " + ");
            weir_emit_signed(add, bits, stage->bias);
        }
        weir_text_add(add, ";\n");
        addends[g] = sum;
    }
    return groups;
}

int64_t weir_sum_convert(const weir_sum_type *type, int64_t sum) {
    if (!type->has_accumulator) return weir_fixed_convert(sum, type->fraction, type->out);
    int64_t kept = weir_fixed_convert(sum, type->fraction, type->accumulator);
    return weir_fixed_convert(kept, weir_fixed_fraction(type->accumulator), type->out);
}

void weir_emit_sum_conversion(const weir_sum_type *type, weir_text *sv, uint32_t output,
                              const weir_addend *sum, int64_t bias) {
    weir_fixed to = type->out;
    char from[64], result[32], instance[32];
    snprintf(result, sizeof result, "y%u", output);
    weir_text_addf(sv, "    logic [%d:0] %s;\n", to.width - 1, result);
    if (!sum) {
        uint64_t mask = ((uint64_t)1 << to.width) - 1;
        weir_text_addf(sv, "    assign %s = %d'h%" PRIx64 ";\n", result, to.width,
                       (uint64_t)weir_sum_convert(type, bias) & mask);
        return;
    }
    int bits = weir_op_signed_bits(sum->low, sum->high), fraction = type->fraction;
    snprintf(from, sizeof from, "%s", sum->name);
    if (type->has_accumulator) {
        weir_fixed acc = type->accumulator;
        char kept[32];
        snprintf(kept, sizeof kept, "a%u", output);
        snprintf(instance, sizeof instance, "to_accumulator%u", output);
        weir_text_addf(sv, "    logic [%d:0] %s;\n", acc.width - 1, kept);
        weir_emit_requant(sv, "    ", instance, bits, fraction, acc, from, kept);
        snprintf(from, sizeof from, acc.is_signed ? "%s" : "{1'b0, %s}", kept);
        bits = acc.width + !acc.is_signed;
        fraction = weir_fixed_fraction(acc);
    }
    snprintf(instance, sizeof instance, "to_output%u", output);
    weir_emit_requant(sv, "    ", instance, bits, fraction, to, from, result);
}
