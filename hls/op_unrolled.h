/* Weighted sums with every position built: what op_unrolled.c (checks, inference, timing) and
 * op_unrolled_rtl.c (the module's text) share.
 *
 * Products are numbered in the order of the outputs. With a reuse factor R, multiplier m forms the
 * products m * R + r in steps r = 0 .. R - 1, so that nearly all of its products go into one sum.
 */
#ifndef WEIR_HLS_OP_UNROLLED_H
#define WEIR_HLS_OP_UNROLLED_H

#include "hls/adders.h"
#include "hls/unrolled.h"

typedef struct weir_product {
    uint32_t input;
    int64_t weight; /* never 0 */
} weir_product;

typedef struct weir_unrolled {
    uint32_t outputs, n_products;
    const uint32_t *first; /* [outputs + 1] */
    const weir_product *products;
    const int64_t *bias; /* [outputs], never NULL */
    weir_sum_type sums;
    uint32_t reuse, multipliers; /* multipliers: of reuse > 1 */
    uint32_t tree_levels, tree_stages;
    bool converts; /* conversion is more than wires, and has a stage */
} weir_unrolled;

/* The multipliers that have products of `output`: `begin` .. `end` - 1. */
static inline void weir_unrolled_span(const weir_unrolled *p, uint32_t output, uint32_t *begin,
                                      uint32_t *end) {
    uint32_t first = p->first[output], after = p->first[output + 1];
    *begin = first / p->reuse;
    *end = after > first ? (after - 1) / p->reuse + 1 : *begin;
}

void weir_unrolled_emit(const weir_operator *op, const char *module, weir_text *sv);

#endif
