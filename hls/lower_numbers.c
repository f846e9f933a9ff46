#include "hls/lower_parts.h"
#include "models/graph.h"
#include <math.h>

/* ------------------------------------------------------------------ types */

/* QONNX's rounding modes as those of a conversion (its ROUND is half to even). */
static weir_rounding rounding_of(weir_quant_rounding rounding) {
    static const weir_rounding modes[] = {
        [WEIR_QUANT_ROUND] = WEIR_RND_CONV,     [WEIR_QUANT_CEIL] = WEIR_CEIL,
        [WEIR_QUANT_FLOOR] = WEIR_TRN,          [WEIR_QUANT_UP] = WEIR_UP,
        [WEIR_QUANT_DOWN] = WEIR_TRN_ZERO,      [WEIR_QUANT_HALF_UP] = WEIR_RND_INF,
        [WEIR_QUANT_HALF_DOWN] = WEIR_RND_ZERO,
    };
    return modes[rounding];
}

/* The exponent of a power of two that all scales are; false if they are none. */
static bool scale_exponent(const weir_quant *quant, int *exponent) {
    for (uint32_t c = 0; c < quant->channels; c++) {
        if (quant->scale[c] != quant->scale[0]) return false;
        if (quant->zero_point[quant->channels > 1 ? c : 0] != 0) return false;
    }
    double mantissa = frexp(quant->scale[0], exponent);
    (*exponent)--;
    return mantissa == 0.5;
}

/* The grid's integers as a type without fraction. Those of a bipolar one, -1 and 1, take two bits:
 * then padding is a zero, and sums of products are those of the real values. */
static weir_fixed grid_integers(const weir_quant *quant) {
    if (quant->bipolar) return (weir_fixed){2, 2, true, WEIR_TRN, WEIR_SIGN};
    weir_overflow narrow = quant->is_signed ? WEIR_SAT_SYM : WEIR_SAT_NARROW;
    return (weir_fixed){quant->bits, quant->bits, quant->is_signed, rounding_of(quant->rounding),
                        quant->narrow ? narrow : WEIR_SAT};
}

bool weir_grid_fixed(const weir_quant *quant, weir_fixed *type) {
    int exponent;
    if (weir_quant_min(quant) == weir_quant_max(quant) || !scale_exponent(quant, &exponent))
        return false;
    *type = grid_integers(quant);
    type->integer += exponent;
    return true;
}

weir_fixed weir_lower_type(const weir_lowering *low, weir_fixed otherwise) {
    weir_fixed type = otherwise;
    uint32_t by = low->absorbed_by[low->index];
    if (by != WEIR_NONE)
        weir_grid_fixed(weir_network_layer(low->design->network, by)->quant, &type);
    return type;
}

weir_fixed weir_element_fixed(weir_element element) {
    return (weir_fixed){element.width, element.integer, element.is_signed, WEIR_TRN, WEIR_WRAP};
}

static int bits_for(double lowest, double highest) {
    int bits = lowest < 0 ? 1 : 0;
    double limit = fmax(highest + 1, -lowest);
    while (ldexp(1, bits - (lowest < 0)) < limit)
        bits++;
    return bits ? bits : 1;
}

bool weir_lower_exact(weir_lowering *low, double lowest, double highest, int fraction,
                      weir_fixed *type) {
    int width = bits_for(lowest, highest);
    *type = (weir_fixed){width, width - fraction, lowest < 0, WEIR_TRN, WEIR_WRAP};
    return width <= 32 || weir_error(low->diag, low->settings->loc,
                                     "layer \"%s\": its exact values need %d bits, maximum 32",
                                     low->layer->name, width);
}

/* ------------------------------------------------------------------ constants */

static double unit_scale(weir_unit unit, uint32_t channel) {
    return unit.scale ? unit.scale[channel] : 1;
}

/* One scale for all channels. */
static bool uniform(const weir_lowering *low) {
    weir_unit unit = low->flow.unit;
    for (uint32_t c = 1; unit.scale && c < low->flow.stream.channels; c++)
        if (unit.scale[c] != unit.scale[0]) return false;
    return true;
}

static double grid_scale(const weir_quant *quant, uint32_t channel) {
    return quant->scale[channel % quant->channels];
}

/* Weights without a grid of their own take the precision of the design. */
static void precision_codes(weir_lowering *low, size_t count, weir_constants *out) {
    out->type = low->settings->weight_precision;
    for (size_t i = 0; i < count; i++)
        out->codes[i] = (int32_t)weir_fixed_from_double(low->layer->weights[i], out->type);
    if (!low->layer->bias) return;
    int fraction = low->flow.stream.element.width - low->flow.stream.element.integer +
                   weir_fixed_fraction(out->type);
    for (uint32_t n = 0; n < low->layer->out.channels; n++) {
        int64_t code = weir_fixed_from_double(low->layer->bias[n], out->type);
        out->bias[n] = (int64_t)floor(ldexp(weir_fixed_to_double(code, out->type), fraction));
    }
}

/* Weights on a grid are its integers; a power of two in all scales becomes the fraction. */
static void grid_codes(weir_lowering *low, size_t count, weir_constants *out, bool plain) {
    const weir_layer *layer = low->layer;
    const weir_quant *grid = layer->weight_quant;
    uint32_t outputs = layer->out.channels;
    int exponent = 0;
    double lowest = -1, highest = 1;
    bool power = plain && scale_exponent(grid, &exponent);
    for (size_t i = 0; i < count; i++) {
        double code = rint(layer->weights[i] / grid_scale(grid, (uint32_t)(i % outputs)));
        out->codes[i] = (int32_t)code;
        lowest = fmin(lowest, code);
        highest = fmax(highest, code);
    }
    /* As wide as the grid, so that layers of one shape share a module; wider for a zero point. */
    int width = bits_for(lowest, highest);
    if (width < grid->bits + !grid->is_signed) width = grid->bits + !grid->is_signed;
    out->type = (weir_fixed){width, power ? width + exponent : width, true, WEIR_TRN, WEIR_WRAP};
    if (power) return;
    double *scale = WEIR_NEW(low->arena, double, outputs);
    for (uint32_t n = 0; n < outputs; n++)
        scale[n] =
            grid_scale(grid, n) * unit_scale(low->flow.unit, layer->groups == outputs ? n : 0);
    out->unit.scale = scale;
}

/* A bias may lie between the steps of the products: then the weights are shifted left until it does
 * not, which costs bits and keeps the sum exact. Scales that are no powers of two seldom allow that:
 * there a bias is rounded to 1/64 of a step of the products. */
static void grid_bias(weir_lowering *low, size_t count, weir_constants *out) {
    const weir_layer *layer = low->layer;
    uint32_t outputs = layer->out.channels;
    size_t taps = count / outputs;
    int fraction = low->flow.stream.element.width - low->flow.stream.element.integer +
                   weir_fixed_fraction(out->type);
    double *real = WEIR_NEW(low->arena, double, outputs);
    for (uint32_t n = 0; n < outputs; n++) {
        double sum = 0;
        for (size_t k = 0; k < taps; k++)
            sum += out->codes[k * outputs + n];
        double bias = layer->bias ? layer->bias[n] / unit_scale(out->unit, n) : 0;
        /* The zero point of the input, taken out of every product at once. */
        real[n] = ldexp(bias, fraction) -
                  ldexp(sum * low->flow.unit.zero, fraction - weir_fixed_fraction(out->type));
    }
    int shift = 0, most = out->unit.scale ? 6 : 12;
    for (uint32_t n = 0; n < outputs; n++)
        while (shift < most && ldexp(real[n], shift) != rint(ldexp(real[n], shift)))
            shift++;
    for (size_t i = 0; shift && i < count; i++)
        out->codes[i] *= 1 << shift;
    out->type.width += shift;
    for (uint32_t n = 0; n < outputs; n++)
        out->bias[n] = (int64_t)rint(ldexp(real[n], shift));
}

/* A type for the sums: from the types of weights and input alone, so that layers of one shape share
 * a module; from the weights themselves where that would be too wide. */
static void bound_sums(weir_lowering *low, size_t count, weir_constants *out) {
    weir_element element = low->flow.stream.element;
    weir_fixed in = weir_element_fixed(element);
    double top = (double)weir_fixed_max(in), bottom = (double)weir_fixed_min(in);
    uint32_t outputs = low->layer->out.channels;
    double taps = (double)(count / outputs), lowest = -1, highest = 1, bias = 0;
    for (uint32_t n = 0; n < outputs; n++) {
        double start = out->bias ? (double)out->bias[n] : 0, low_sum = start, high_sum = start;
        for (size_t i = n; i < count; i += outputs) {
            double code = out->codes[i];
            high_sum += code > 0 ? code * top : code * bottom;
            low_sum += code > 0 ? code * bottom : code * top;
        }
        lowest = fmin(lowest, low_sum);
        highest = fmax(highest, high_sum);
        bias = fmax(bias, fabs(start));
    }
    double factor = ldexp(1, out->type.width - 1);
    double any = taps * factor * fmax(top, -bottom);
    /* One bit for the sign, one more for the bias where there is one. */
    int width = bits_for(-any, any - 1) + (out->bias != NULL);
    while (out->bias && ldexp(1, width - 2) < bias)
        width++;
    if (width > 32) width = bits_for(lowest, highest);
    int fraction = element.width - element.integer + weir_fixed_fraction(out->type);
    out->exact = (weir_fixed){width, width - fraction, true, WEIR_TRN, WEIR_WRAP};
    if (width > 32) out->exact.width = 0;
}

bool weir_lower_constants(weir_lowering *low, uint32_t inputs_per_output, weir_constants *out) {
    const weir_layer *layer = low->layer;
    size_t count = (size_t)inputs_per_output * layer->out.channels;
    bool depthwise = layer->kind == WEIR_LAYER_CONV && layer->groups == layer->out.channels &&
                     layer->groups == layer->in.channels;
    if (!weir_unit_plain(low->flow.unit) &&
        (!layer->weight_quant || (!uniform(low) && !depthwise)) && !weir_lower_make_plain(low))
        return false;
    *out = (weir_constants){.codes = WEIR_NEW(low->arena, int32_t, count)};
    bool zero = low->flow.unit.zero != 0;
    if (layer->bias || zero) out->bias = WEIR_NEW(low->arena, int64_t, layer->out.channels);
    if (layer->weight_quant) {
        grid_codes(low, count, out, !low->flow.unit.scale);
        if (out->bias) grid_bias(low, count, out);
    } else {
        precision_codes(low, count, out);
    }
    bound_sums(low, count, out);
    return true;
}

/* ------------------------------------------------------------------ units */

/* The largest type of up to 18 bits (a DSP48's multiplier takes 18 x 25 or 27, UG479 and UG579)
 * for constants up to `largest`: relative error at most 2^-17. */
static weir_fixed multiplier_type(double largest) {
    int exponent;
    frexp(largest, &exponent);
    return (weir_fixed){18, exponent + 1, true, WEIR_RND_CONV, WEIR_SAT};
}

/* A stream's unit has one zero for all channels, and a stream carries something. */
static bool check_grid(const weir_lowering *low, const weir_quant *grid) {
    for (uint32_t c = 1; c < grid->channels; c++)
        if (grid->zero_point[c] != grid->zero_point[0])
            return weir_error(low->diag, low->settings->loc,
                              "layer \"%s\": zero points %g of channel 0 and %g of channel %u on a "
                              "computed tensor, they must be the same",
                              low->layer->name, (double)grid->zero_point[0],
                              (double)grid->zero_point[c], c);
    return weir_quant_min(grid) < weir_quant_max(grid) ||
           weir_error(
               low->diag, low->settings->loc,
               "layer \"%s\": a narrow grid of 1 bit has one value only, at least 2 bits are "
               "allowed",
               low->layer->name);
}

static weir_unit grid_unit(const weir_lowering *low, const weir_quant *grid) {
    uint32_t channels = low->flow.stream.channels;
    double *scale = WEIR_NEW(low->arena, double, channels);
    for (uint32_t c = 0; c < channels; c++)
        scale[c] = grid_scale(grid, c);
    return (weir_unit){scale, grid->zero_point[0]};
}

bool weir_lower_factors(weir_lowering *low, const char *name, const int32_t *factors, uint32_t n,
                        weir_fixed type, const int64_t *bias, weir_fixed out, double error) {
    if (weir_lower_is_parallel(low))
        return weir_lower_parallel_factors(low, name, factors, n, type, bias, out, error);
    weir_operator op = {0};
    if (!weir_scale_operator(&op, low->arena, name, low->flow.stream, factors, type, bias, out,
                             low->settings->loc, low->diag))
        return false;
    op.table_error = error;
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    return true;
}

bool weir_lower_rescale(weir_lowering *low, const char *suffix, const weir_quant *target) {
    weir_stream stream = low->flow.stream;
    weir_unit unit = low->flow.unit;
    weir_fixed out = low->settings->precision;
    uint32_t channels = stream.channels;
    double *scale = WEIR_NEW(low->arena, double, channels);
    double largest = 0, zero = 0;
    /* A grid that is a fixed-point type is reached by real values. */
    if (target && weir_grid_fixed(target, &out)) target = NULL;
    if (target) {
        if (!check_grid(low, target)) return false;
        zero = target->zero_point[0];
        out = grid_integers(target);
    }
    for (uint32_t c = 0; c < channels; c++) {
        scale[c] = unit_scale(unit, c) / (target ? grid_scale(target, c) : 1);
        largest = fmax(largest, scale[c]);
    }
    weir_fixed type = multiplier_type(largest);
    int fraction = stream.element.width - stream.element.integer + weir_fixed_fraction(type);
    int32_t *codes = WEIR_NEW(low->arena, int32_t, channels);
    int64_t *bias = WEIR_NEW(low->arena, int64_t, channels);
    double error = 0;
    for (uint32_t c = 0; c < channels; c++) {
        codes[c] = (int32_t)weir_fixed_from_double(scale[c], type);
        bias[c] = (int64_t)rint(ldexp(zero - scale[c] * unit.zero, fraction));
        error = fmax(error, fabs(weir_fixed_to_double(codes[c], type) - scale[c]));
    }
    const char *name = suffix ? weir_lower_helper(low, suffix) : low->layer->name;
    if (!weir_lower_factors(low, name, codes, channels, type, bias, out,
                            ldexp(error, stream.element.integer)))
        return false;
    low->flow.unit = target ? grid_unit(low, target) : (weir_unit){0};
    return true;
}

bool weir_lower_places(weir_lowering *low) {
    const weir_quant *target = low->layer->quant;
    bool exact = true;
    int exponent;
    for (uint32_t c = 0; c < low->flow.stream.channels; c++)
        exact &= frexp(unit_scale(low->flow.unit, c) / grid_scale(target, c), &exponent) == 0.5;
    if (exact || target->places == 0) return true;
    weir_quant fine = *target;
    float *own = WEIR_NEW(low->arena, float, 2);
    own[0] = (float)ldexp(target->scale[0], -target->places);
    own[1] = (float)ldexp(target->zero_point[0], target->places);
    fine.scale = own;
    fine.zero_point = own + 1;
    fine.rounding = WEIR_QUANT_ROUND;
    fine.narrow = false;
    fine.bits = target->bits + target->places < 32 ? target->bits + target->places : 32;
    return weir_lower_rescale(low, "places", &fine);
}

/* Where a layer's values reach the grid's own zero: factor * integer + offset >= 0, factor -1, 0 or
 * 1. Exact whatever the scales are: the real value rises or falls with the integer. */
typedef struct threshold {
    int32_t factor;
    int64_t offset;
} threshold;

/* Beyond the integers of every stream, and far within those of a sum. */
#define THRESHOLD_LIMIT 0x1p34

static threshold find_threshold(const weir_lowering *low, const weir_layer *scale, uint32_t c) {
    const weir_quant *target = low->layer->quant;
    weir_element element = low->flow.stream.element;
    uint32_t s = scale ? c % scale->out.channels : 0;
    double slope = unit_scale(low->flow.unit, c) * (scale ? scale->weights[s] : 1);
    double shift = scale && scale->bias ? scale->bias[s] : 0;
    shift += (double)target->zero_point[0] * grid_scale(target, c);
    if (slope == 0) return (threshold){0, shift >= 0 ? 0 : -1};
    double at = ldexp(low->flow.unit.zero - shift / slope, element.width - element.integer);
    at = fmin(fmax(at, -THRESHOLD_LIMIT), THRESHOLD_LIMIT);
    if (slope > 0) return (threshold){1, -(int64_t)ceil(at)};
    return (threshold){-1, (int64_t)floor(at)};
}

bool weir_lower_is_threshold(const weir_lowering *low, uint32_t index) {
    const weir_network *network = low->design->network;
    uint32_t by = low->absorbed_by[index];
    return by != WEIR_NONE && weir_network_layer(network, index)->kind == WEIR_LAYER_SCALE &&
           weir_network_layer(network, by)->quant->bipolar;
}

bool weir_lower_sign(weir_lowering *low, const weir_layer *scale) {
    const weir_quant *target = low->layer->quant;
    weir_stream stream = low->flow.stream;
    if (!check_grid(low, target)) return false;
    weir_fixed out, factor = {2, 2, true, WEIR_TRN, WEIR_WRAP};
    bool power = weir_grid_fixed(target, &out), plain_sign = true;
    if (!power) out = grid_integers(target);
    int32_t *factors = WEIR_NEW(low->arena, int32_t, stream.channels);
    int64_t *offsets = WEIR_NEW(low->arena, int64_t, stream.channels);
    for (uint32_t c = 0; c < stream.channels; c++) {
        threshold found = find_threshold(low, scale, c);
        factors[c] = found.factor;
        offsets[c] = found.offset;
        plain_sign &= found.factor == 1 && found.offset == 0;
    }
    weir_operator op = {0};
    if (plain_sign) {
        if (!weir_activation_operator(&op, low->arena, low->layer->name, stream, WEIR_LAYER_QUANT,
                                      0, 0, 0, out, low->settings->loc, low->diag))
            return false;
        weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    } else if (!weir_lower_factors(low, low->layer->name, factors, stream.channels, factor, offsets,
                                   out, 0)) {
        return false;
    }
    low->flow.unit = power ? (weir_unit){0} : grid_unit(low, target);
    return true;
}

bool weir_lower_make_plain(weir_lowering *low) {
    return weir_unit_plain(low->flow.unit) || weir_lower_rescale(low, "scale", NULL);
}
