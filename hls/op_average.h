/* The division of an average, as rtl/weir_average.sv does it: sum * multiplier * 2^-shift, converted
 * to the output type.
 *
 * Where every divisor is a power of two there is no multiplication (multiplier_bits 0), and the
 * conversion rounds the exact quotient. Otherwise the multiplier is 2^shift / divisor, rounded to
 * nearest, and the quotient differs from the exact one by at most `error` (a real value) before it
 * is converted. The shift is the largest useful one for which sums and products stay below 2^61.
 */
#ifndef WEIR_HLS_OP_AVERAGE_H
#define WEIR_HLS_OP_AVERAGE_H

#include "hls/op_common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_average {
    weir_fixed out;
    int sum_bits;        /* of the sum, as a signed number */
    int multiplier_bits; /* 0: no multiplication */
    int shift;
    int fraction; /* of the product: input fraction + shift */
    double error;
} weir_average;

/* For sums of up to `elements` elements divided by one of divisors[0 .. n); false if such a sum
 * can exceed 48 bits. */
bool weir_average_init(weir_average *average, weir_element in, uint64_t elements,
                       const uint64_t *divisors, uint32_t n, weir_fixed out);
uint64_t weir_average_multiplier(const weir_average *average, uint64_t divisor);

/* The average of `sum`; `multiplier` is that of its divisor. */
static inline int32_t weir_average_of(const weir_average *average, int64_t sum,
                                      uint64_t multiplier) {
    int64_t product = average->multiplier_bits > 0 ? sum * (int64_t)multiplier : sum;
    return (int32_t)weir_fixed_convert(product, average->fraction, average->out);
}

/* Parameters SUM_WIDTH, MULTIPLIER_WIDTH, FRACTION and OUT_... of an instance. */
void weir_average_emit(const weir_average *average, weir_emit_parameters *list);
/* A line of the header comment; `size` bytes, 160 are enough. */
void weir_average_note(const weir_average *average, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
