/* Fixed-point numbers with the meaning of hls4ml's and Vivado HLS's ap_fixed<W,I,Q,O>.
 *
 * W bits, I of them left of the binary point (may be negative or exceed W), value = integer *
 * 2^-(W-I). Quantisation Q when bits are dropped on the right, overflow O when they do not fit on
 * the left. Source: AMD UG1399, "Arbitrary Precision Fixed-Point Data Types".
 *   Q: AP_TRN (towards minus infinity, default), AP_TRN_ZERO, AP_RND (half up), AP_RND_ZERO (half
 *      towards zero), AP_RND_MIN_INF (half down), AP_RND_INF (half away from zero), AP_RND_CONV (half to even)
 *      and two that ap_fixed lacks and QONNX has: CEIL (towards plus infinity), UP (away from zero)
 *   O: AP_WRAP (default), AP_SAT, AP_SAT_ZERO, AP_SAT_SYM
 *      and two more for QONNX: SAT_NARROW (unsigned: saturates below the largest integer) and SIGN
 *      (two bits, signed: -1 for all values below zero, else 1, whatever Q)
 */
#ifndef WEIR_HLS_FIXED_H
#define WEIR_HLS_FIXED_H

#include "models/stream.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_rounding {
    WEIR_TRN,
    WEIR_TRN_ZERO,
    WEIR_RND,
    WEIR_RND_ZERO,
    WEIR_RND_MIN_INF,
    WEIR_RND_INF,
    WEIR_RND_CONV,
    WEIR_CEIL,
    WEIR_UP,
} weir_rounding;

typedef enum weir_overflow {
    WEIR_WRAP,
    WEIR_SAT,
    WEIR_SAT_ZERO,
    WEIR_SAT_SYM,
    WEIR_SAT_NARROW,
    WEIR_SIGN,
} weir_overflow;

typedef struct weir_fixed {
    int width, integer; /* width 1..32 for streams and weights, up to 63 for accumulators */
    bool is_signed;
    weir_rounding rounding;
    weir_overflow overflow;
} weir_fixed;

static inline int weir_fixed_fraction(weir_fixed fixed) {
    return fixed.width - fixed.integer;
}

/* Parses "ap_fixed<16,6>", "ap_ufixed<8,0,AP_RND,AP_SAT>", "ap_int<8>", "ap_uint<4>" (spaces and the
 * prefix "fixed<" / "ufixed<" are allowed); false if it is none. */
bool weir_fixed_parse(weir_fixed *fixed, const char *text);
/* The canonical text into `out`, which has `size` bytes (48 are enough). */
void weir_fixed_text(weir_fixed fixed, char *out, size_t size);

/* value * 2^-fraction brought to `to`: quantised, then checked for overflow; the RTL module
 * weir_requant does the same. |value| < 2^62. */
int64_t weir_fixed_convert(int64_t value, int fraction, weir_fixed to);
int64_t weir_fixed_from_double(double value, weir_fixed to);
double weir_fixed_to_double(int64_t value, weir_fixed type);
int64_t weir_fixed_min(weir_fixed type); /* smallest and largest integer of the type */
int64_t weir_fixed_max(weir_fixed type);
/* Whether every integer of the type's bits is one of its values, so that elements of the same bits
 * need no conversion. */
bool weir_fixed_whole(weir_fixed type);
/* Whether the overflow mode is one for the type's sign and width. */
bool weir_fixed_valid(weir_fixed type);
weir_element weir_fixed_element(weir_fixed type);

#ifdef __cplusplus
}
#endif
#endif
