/* Matrix-vector product: what the two strategies share. op_matvec.c has the operator, its checks,
 * inference, and the resource strategy (a call of rtl/weir_matvec.sv and two ROM images);
 * op_matvec_latency.c writes the logic of the latency strategy.
 *
 * Resource: steps (outputs / pe) x (channels / simd) a vector, output group outer; 5 stages and one
 * more for each three levels of adders above a PE's products.
 * Latency: one vector a step; a stage takes the vector, one multiplies, one for each factor of eight
 * in the number of terms adds, one converts, one sends: 4 stages + adders.
 */
#ifndef WEIR_HLS_OP_MATVEC_H
#define WEIR_HLS_OP_MATVEC_H

#include "hls/adders.h"

typedef struct weir_matvec {
    uint32_t outputs;
    const int32_t *weights; /* [channels][outputs] */
    const int64_t *bias;    /* [outputs], never NULL */
    weir_fixed weight_type;
    weir_sum_type sums;
    uint32_t pe, simd;
    int acc_width; /* bits of the exact sums, resource strategy */
} weir_matvec;

/* Of products that take turns (op_shared.c). */
typedef struct weir_shared {
    const weir_operator *members;  /* one a port */
    int factor, weight, acc_width; /* bits of the common operands, signed, and of their sums */
    uint32_t lanes;                /* of the widest input */
} weir_shared;

static inline int64_t weir_matvec_weight(const weir_matvec *matvec, int32_t weight) {
    return matvec->weight_type.is_signed ? weight : (int64_t)(uint32_t)weight;
}

/* Weights of the resource strategy in the order of its steps: PE x SIMD a word. */
void weir_matvec_words(const weir_matvec *matvec, uint32_t channels, int64_t *values);

uint32_t weir_matvec_latency_stages(const weir_operator *op);
void weir_matvec_latency_emit(const weir_operator *op, const char *module, weir_text *sv);

#endif
