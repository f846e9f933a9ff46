/* Multiplications: how many a layer needs, counted as hls4ml counts its DSP.
 *
 * A weight is brought to its fixed-point type first. A multiplication counts once for each weight
 * and each position where its input lies inside the tensor (padding is never multiplied). Weights
 * that become zero cost nothing. Where every multiplication is built (reuse factor 1), a constant
 * of at most two signed digits is a shift and an addition and needs no DSP; with a reuse factor of
 * R above 1 the constants differ from cycle to cycle, and the layer has ceil(n / R) multipliers.
 * Source: hls4ml issue 56, "Pruning conv1d", whose DSP counts this arithmetic gives exactly.
 *
 * Signed digits are the canonical ones (non-adjacent form): digits -1, 0, 1 with the fewest that are
 * not zero, no two of them side by side. 7 = 8 - 1 has two, 11 = 8 + 2 + 1 = 8 + 4 - 1 three.
 */
#ifndef WEIR_HLS_MULTIPLICATIONS_H
#define WEIR_HLS_MULTIPLICATIONS_H

#include "hls/fixed.h"
#include "hls/network.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_MAX_DIGITS 32  /* not zero, of a number below 2^63 */
#define WEIR_SHIFT_DIGITS 2 /* at most: no multiplier is needed */

typedef struct weir_digit { /* 2^shift, or -2^shift */
    uint32_t shift;
    bool minus;
} weir_digit;

/* The digits of `magnitude` (below 2^63) that are not zero, lowest first; their number. */
uint32_t weir_signed_digits(uint64_t magnitude, weir_digit digits[WEIR_MAX_DIGITS]);
/* Whether a multiplication by it is at most shifts and one addition. */
bool weir_is_shifts(uint64_t magnitude);

typedef struct weir_multiplications {
    uint64_t positions; /* places where a weight meets an input, padding excepted */
    uint64_t built;     /* of these, with a weight that is not zero */
    uint64_t dsp;       /* of these, with a constant of more than two digits */
} weir_multiplications;

/* Of a convolution or dense layer with weights of `type`; zero of every other layer. */
weir_multiplications weir_layer_multiplications(const weir_layer *layer, weir_fixed type);

/* Multipliers that need a DSP at reuse factor `reuse`, 1 or more. */
uint64_t weir_layer_dsp(weir_multiplications counts, uint64_t reuse);

#ifdef __cplusplus
}
#endif
#endif
