/* Grids of values. All arithmetic up to the rounding is in single precision, as in QONNX: 0.7 / 0.1
 * is 7 there and slightly less in double precision, which matters to FLOOR.
 */
#include "hls/network.h"

#include <math.h>

double weir_quant_min(const weir_quant *quant) {
    if (quant->bipolar) return -1;
    if (!quant->is_signed) return 0;
    return (quant->narrow ? 1 : 0) - ldexp(1, quant->bits - 1);
}

double weir_quant_max(const weir_quant *quant) {
    if (quant->bipolar) return 1;
    if (quant->is_signed) return ldexp(1, quant->bits - 1) - 1;
    return ldexp(1, quant->bits) - (quant->narrow ? 2 : 1);
}

/* Halves go to the even neighbour whatever rounding mode the processor is in. */
static double half_to_even(double x) {
    double below = floor(x), rest = x - below;
    if (rest != 0.5) return rest < 0.5 ? below : below + 1;
    return fmod(below, 2) == 0 ? below : below + 1;
}

static double round_by(weir_quant_rounding rounding, double x) {
    switch (rounding) {
    case WEIR_QUANT_ROUND:
        return half_to_even(x);
    case WEIR_QUANT_CEIL:
        return ceil(x);
    case WEIR_QUANT_FLOOR:
        return floor(x);
    case WEIR_QUANT_UP:
        return x < 0 ? floor(x) : ceil(x);
    case WEIR_QUANT_DOWN:
        return trunc(x);
    case WEIR_QUANT_HALF_UP:
        return x < 0 ? ceil(x - 0.5) : floor(x + 0.5);
    case WEIR_QUANT_HALF_DOWN:
        return x < 0 ? floor(x + 0.5) : ceil(x - 0.5);
    }
    return x;
}

double weir_quant_integer(const weir_quant *quant, uint32_t channel, double value) {
    if (quant->channels == 1) channel = 0;
    float scaled = (float)value / quant->scale[channel] + quant->zero_point[channel];
    /* BipolarQuant looks at the value itself, which may be too small to be divided. */
    if (quant->bipolar && quant->zero_point[channel] == 0) scaled = (float)value;
    if (quant->bipolar) return scaled >= 0 ? 1 : -1;
    double fine = scaled;
    if (quant->places) fine = ldexp(half_to_even(ldexp(scaled, quant->places)), -quant->places);
    double min = weir_quant_min(quant), max = weir_quant_max(quant);
    /* What cannot be compared becomes the smallest. */
    if (!(fine > min)) return min;
    return fine > max ? max : round_by(quant->rounding, fine) + 0.0;
}
