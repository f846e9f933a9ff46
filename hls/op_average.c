#include "hls/op_average.h"

#include <math.h>
#include <stdio.h>

#define MAX_SUM_BITS 48

static bool is_power_of_two(uint64_t value) {
    return (value & (value - 1)) == 0;
}

static int floor_log2(uint64_t value) {
    return weir_op_bits(value) - 1;
}

uint64_t weir_average_multiplier(const weir_average *average, uint64_t divisor) {
    return (((uint64_t)1 << average->shift) + divisor / 2) / divisor;
}

bool weir_average_init(weir_average *average, weir_element in, uint64_t elements,
                       const uint64_t *divisors, uint32_t n, weir_fixed out) {
    int64_t low = weir_op_low(in), high = weir_op_high(in);
    int in_fraction = weir_op_fraction(in), out_fraction = weir_fixed_fraction(out);
    *average = (weir_average){.out = out};
    if (weir_op_bits(elements) + in.width > MAX_SUM_BITS) return false;
    average->sum_bits = weir_op_signed_bits(low * (int64_t)elements, high * (int64_t)elements);
    uint64_t smallest = divisors[0], largest = divisors[0];
    bool exact = true;
    for (uint32_t i = 0; i < n; i++) {
        if (divisors[i] < smallest) smallest = divisors[i];
        if (divisors[i] > largest) largest = divisors[i];
        exact = exact && is_power_of_two(divisors[i]);
    }
    if (exact) {
        average->shift = floor_log2(largest);
    } else {
        /* An error of at most 1/16 of the finer of the two types' steps, if there is room for it. */
        int finer = out_fraction > in_fraction ? out_fraction - in_fraction : 0;
        int room = 62 - average->sum_bits + floor_log2(smallest);
        average->shift = average->sum_bits + 3 + finer;
        if (average->shift > room) average->shift = room;
    }
    average->fraction = in_fraction + average->shift;
    if (exact && smallest == largest) return true; /* the fraction does it all */
    average->multiplier_bits = weir_op_bits(weir_average_multiplier(average, smallest));
    double reach = ldexp((double)(-low > high ? -low : high), -in_fraction);
    for (uint32_t i = 0; i < n; i++) {
        double multiplier = (double)weir_average_multiplier(average, divisors[i]);
        double relative = fabs(ldexp(multiplier * (double)divisors[i], -average->shift) - 1);
        if (relative * reach > average->error) average->error = relative * reach;
    }
    return true;
}

void weir_average_emit(const weir_average *average, weir_emit_parameters *list) {
    weir_emit_int(list, "SUM_WIDTH", average->sum_bits);
    weir_emit_int(list, "MULTIPLIER_WIDTH", average->multiplier_bits);
    weir_emit_int(list, "FRACTION", average->fraction);
    weir_emit_type(list, "OUT_", average->out);
}

void weir_average_note(const weir_average *average, char *out, size_t size) {
    if (average->error > 0)
        snprintf(out, size, "//   error of the quotient before conversion: at most %.3g\n",
                 average->error);
    else
        snprintf(out, size, "//   the quotient is exact before conversion\n");
}
