/* Estimate: what an operator's module would cost, in no time.
 *
 * What can be counted is counted: DSP and RAMB18 by the rules that synthesis goes by, memories by the
 * shapes of the device, additions and registers bit by bit. What is left of LUT and FF (control,
 * selection, what optimisation takes away) is fitted: a cost is the sum of an operator's features,
 * each times a coefficient of its kind, none of them negative. The coefficients and the error band of
 * each kind are in hls/estimate_fit.h, which bench/resources/fit.py makes of bench/resources/sweep.csv:
 * modules drawn at random and synthesised for UltraScale+ (hls/synthesis.h).
 * A band of 0.2 says that nine modules in ten lie within 20 per cent of their estimate, or within
 * WEIR_ESTIMATE_SLACK units of it, LUT and FF alike.
 */
#ifndef WEIR_HLS_ESTIMATE_H
#define WEIR_HLS_ESTIMATE_H

#include "hls/operator.h"
#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_ESTIMATE_SLACK 12 /* LUT or FF: small modules are mostly rounding */

typedef enum weir_feature {
    WEIR_FEATURE_ONE,      /* 1: what every module of the kind has */
    WEIR_FEATURE_CONTROL,  /* bits of counters and handshakes */
    WEIR_FEATURE_MULTIPLY, /* bits of multipliers made of LUT: a x b each */
    WEIR_FEATURE_ADD,      /* bits of additions and comparisons */
    WEIR_FEATURE_CONVERT,  /* bits that rounding and saturation touch */
    WEIR_FEATURE_SELECT,   /* bits chosen from several, times their number less one */
    WEIR_FEATURE_STORE,    /* LUT of memories, by shape */
    WEIR_FEATURE_TABLE,    /* bits of constants in ROMs that become LUT, over 64 */
    WEIR_FEATURE_REGISTER, /* bits of registers between stages */
    WEIR_FEATURE_PIPE,     /* bits of registers beside multipliers, which a DSP may take in */
    WEIR_FEATURES,
} weir_feature;

const char *weir_feature_name(weir_feature feature); /* "one", "control", ... */

typedef struct weir_features {
    /* Of the model: the operator's name; of a matvec and of weighted sums with every position built
     * how they are built, too: "matvec_latency", "unrolled_shared". */
    const char *kind;
    double value[WEIR_FEATURES];
    uint64_t lut_memory, dsp, bram18; /* counted */
} weir_features;

void weir_estimate_features(const weir_operator *op, weir_features *features);

/* Source ESTIMATE, with the band of the operator's kind. */
void weir_estimate(const weir_operator *op, weir_cost *cost);

#ifdef __cplusplus
}
#endif
#endif
