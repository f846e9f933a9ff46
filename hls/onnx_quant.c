/* QONNX's Quant, BipolarQuant and Trunc. On constants they are worked out here and leave a grid
 * behind; on computed tensors they are QUANT layers, unless the values lie on the grid already.
 */
#include "hls/onnx_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a quantiser works on: a constant, whose floats it may change, or a computed value. */
typedef struct subject {
    weir_onnx_constant *constant;
    float *floats;
    weir_onnx_value value;
    uint32_t rank;
    const uint32_t *dims;
} subject;

static bool find_subject(weir_onnx_reader *reader, const OnnxNode *node, subject *on) {
    const weir_onnx_value *value =
        weir_onnx_has_input(node, 0) ? weir_onnx_find_value(reader, node->input[0]) : NULL;
    *on = (subject){.constant = NULL};
    if (!value || !value->constant) {
        value = weir_onnx_computed(reader, node, 0);
        if (!value) return false;
        on->value = *value;
        on->rank = value->layout.rank;
        on->dims = on->value.layout.dims;
        return true;
    }
    const weir_onnx_constant *old = weir_onnx_floats(reader, node, 0);
    if (!old) return false;
    on->constant = WEIR_NEW(reader->arena, weir_onnx_constant, 1);
    on->floats = WEIR_NEW(reader->arena, float, old->count);
    if (old->count) memcpy(on->floats, old->floats, old->count * sizeof *on->floats);
    *on->constant = *old;
    on->constant->floats = on->floats;
    on->rank = old->rank;
    on->dims = on->constant->dims;
    return true;
}

static bool finish_subject(weir_onnx_reader *reader, const OnnxNode *node, const subject *on) {
    if (!on->constant)
        return weir_onnx_set_computed(reader, node, on->value.layer, on->value.layout);
    weir_onnx_set_constant(reader, node, on->constant);
    return true;
}

static bool quantise_constant(weir_onnx_reader *reader, const OnnxNode *node, subject *on,
                              const weir_quant *quant, int dim) {
    uint32_t below = 1; /* elements for each index of `dim` */
    for (uint32_t d = on->rank; dim >= 0 && d-- > (uint32_t)dim + 1;)
        below *= on->dims[d];
    for (uint32_t i = 0; i < on->constant->count; i++) {
        uint32_t channel = i / below % quant->channels;
        double integer = weir_quant_integer(quant, channel, on->floats[i]);
        on->floats[i] = (float)((integer - quant->zero_point[channel]) * quant->scale[channel]);
        if (!isfinite(on->floats[i]))
            return weir_onnx_refuse(reader, node, "element %u of \"%s\" becomes infinite", i,
                                    on->constant->name);
    }
    on->constant->quant = weir_onnx_keep_grid(reader, quant, NULL);
    on->constant->quant_dim = dim;
    return true;
}

static bool quantise(weir_onnx_reader *reader, const OnnxNode *node, subject *on,
                     const weir_quant *quant, int dim) {
    if (on->constant) return quantise_constant(reader, node, on, quant, dim);
    weir_onnx_value *value = &on->value;
    weir_shape shape = reader->drafts[value->layer].layer.out;
    uint32_t *order = NULL;
    if (quant->channels > 1) {
        order = WEIR_NEW(reader->arena, uint32_t, quant->channels);
        if (!weir_onnx_positions(reader, node, value, (uint32_t)dim, &shape, order)) return false;
    }
    const weir_quant *kept = weir_onnx_keep_grid(reader, quant, order);
    if (weir_onnx_on_grid(reader, value->layer, kept)) return true;
    weir_onnx_draft *draft =
        weir_onnx_add_layer(reader, node, WEIR_LAYER_QUANT, value->layer, shape, shape);
    if (!draft) return false;
    draft->layer.quant = kept;
    value->layer = reader->n_drafts - 1;
    return true;
}

bool weir_onnx_quant(weir_onnx_reader *reader, const OnnxNode *node) {
    subject on;
    weir_quant quant;
    int dim;
    return find_subject(reader, node, &on) &&
           weir_onnx_read_grid(reader, node, on.rank, on.dims, &quant, &dim) &&
           quantise(reader, node, &on, &quant, dim) && finish_subject(reader, node, &on);
}

bool weir_onnx_bipolar_quant(weir_onnx_reader *reader, const OnnxNode *node) {
    subject on;
    weir_quant quant = {.bits = 1, .is_signed = true, .bipolar = true};
    int dim;
    return find_subject(reader, node, &on) &&
           weir_onnx_read_scales(reader, node, on.rank, on.dims, false, &quant, &dim) &&
           quantise(reader, node, &on, &quant, dim) && finish_subject(reader, node, &on);
}

/* --- Trunc --- */

/* value * 2^-places + shift */
static bool shift_down(weir_onnx_reader *reader, const OnnxNode *node, subject *on, int places,
                       double shift) {
    if (places == 0) return true;
    if (!on->constant)
        return weir_onnx_scale_value(reader, node, &on->value, ldexp(1, -places), shift);
    for (uint32_t i = 0; i < on->constant->count; i++)
        on->floats[i] = (float)(ldexp(on->floats[i], -places) + shift);
    return true;
}

/* Where nothing is cut off, only the float's inexactness is left to round. */
static void set_places(weir_quant *after, int places) {
    after->places = places;
    if (places == 0) after->rounding = WEIR_QUANT_ROUND;
}

/* Version 1 (inputs: scale, zero point, bits before, bits after) keeps the scale, so that the value
 * itself becomes 2^-places times what it was, and does not clamp: the grid has room for either sign
 * and for one rounding up. */
static bool trunc_1(weir_onnx_reader *reader, const OnnxNode *node, subject *on,
                    const weir_quant *before, int after_bits) {
    int places = before->bits - after_bits, exponent;
    double scale = before->scale[0], zero = before->zero_point[0];
    if (zero != 0 && frexp(scale, &exponent) != 0.5)
        return weir_onnx_refuse(reader, node,
                                "zero point %g with scale %g: only a zero point of 0, or a scale "
                                "that is a power of two, is supported",
                                zero, scale);
    weir_quant after = *before;
    after.bits = after_bits < 30 ? after_bits + 2 : 32;
    if (!weir_onnx_read_rounding(reader, node, "FLOOR", &after.rounding)) return false;
    set_places(&after, places);
    return shift_down(reader, node, on, places, scale * zero * (ldexp(1, -places) - 1)) &&
           quantise(reader, node, on, &after, -1);
}

/* Version 2 (inputs: scale, zero point, bits before, scale after, bits after) is a coarser grid. */
static bool trunc_2(weir_onnx_reader *reader, const OnnxNode *node, subject *on,
                    const weir_quant *before) {
    weir_quant after = {.channels = 1,
                        .is_signed = weir_onnx_int(node, "signed", 1) != 0,
                        .narrow = weir_onnx_int(node, "narrow", 0) != 0};
    const weir_onnx_constant *constant = weir_onnx_floats(reader, node, 4);
    if (!constant || !weir_onnx_read_bits(reader, node, 5, &after.bits) ||
        !weir_onnx_read_rounding(reader, node, "FLOOR", &after.rounding))
        return false;
    int exponent;
    float scale = constant->count == 1 ? constant->floats[0] : 0;
    if (!(scale >= before->scale[0]) || frexp((double)scale / before->scale[0], &exponent) != 0.5)
        return weir_onnx_refuse(reader, node,
                                "\"%s\" must be one scale: 1, 2, 4 or another power of two times "
                                "the scale %g before",
                                constant->name, (double)before->scale[0]);
    float zero = (float)ldexp(before->zero_point[0], 1 - exponent);
    float *own = WEIR_NEW(reader->arena, float, 2);
    own[0] = scale;
    own[1] = zero;
    set_places(&after, exponent - 1);
    after.scale = own;
    after.zero_point = own + 1;
    return quantise(reader, node, on, &after, -1);
}

/* Trunc first rounds to the grid before, whose bits it does not enforce. */
bool weir_onnx_trunc(weir_onnx_reader *reader, const OnnxNode *node) {
    subject on;
    weir_quant before = {.is_signed = true};
    int dim, after_bits = 0;
    bool second = weir_onnx_has_input(node, 5);
    if (!find_subject(reader, node, &on) ||
        !weir_onnx_read_scales(reader, node, on.rank, on.dims, true, &before, &dim) ||
        !weir_onnx_read_bits(reader, node, 3, &before.bits) ||
        (!second && !weir_onnx_read_bits(reader, node, 4, &after_bits)))
        return false;
    if (before.channels > 1)
        return weir_onnx_refuse(reader, node, "%u scales or zero points, only one is supported",
                                before.channels);
    if (!second && after_bits > before.bits)
        return weir_onnx_refuse(reader, node, "from %d to %d bits, there must be fewer after",
                                before.bits, after_bits);
    weir_quant wide = before;
    wide.bits = before.bits < 32 ? before.bits + 1 : 32;
    return quantise(reader, node, &on, &wide, -1) &&
           (second ? trunc_2(reader, node, &on, &before)
                   : trunc_1(reader, node, &on, &before, after_bits)) &&
           finish_subject(reader, node, &on);
}
