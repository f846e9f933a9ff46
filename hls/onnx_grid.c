/* Grids: what the inputs and attributes of QONNX's Quant say, and which values lie on one. */
#include "hls/onnx_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BITS_MAX 32
#define PROOF_BITS 16        /* a grid of more integers is not enumerated */
#define PROOF_VALUES 1000000 /* nor more than these over all channels */
#define PROOF_LAYERS 256     /* layers looked at behind one Quant */

/* --- reading --- */

static const weir_onnx_constant *numbers(weir_onnx_reader *reader, const OnnxNode *node,
                                         uint32_t index) {
    const weir_onnx_value *value =
        weir_onnx_has_input(node, index) ? weir_onnx_find_value(reader, node->input[index]) : NULL;
    if (!value || !value->constant) return weir_onnx_floats(reader, node, index); /* says why not */
    if (value->constant->count > 0) return value->constant;
    weir_onnx_refuse(reader, node, "input \"%s\" has no elements", value->name);
    return NULL;
}

static double number(const weir_onnx_constant *constant, uint32_t index) {
    if (constant->count == 1) index = 0;
    return constant->floats ? (double)constant->floats[index] : (double)constant->ints[index];
}

/* The dimension of the tensor that the constant runs along, -1 if it is a single value. */
static bool along(weir_onnx_reader *reader, const OnnxNode *node,
                  const weir_onnx_constant *constant, uint32_t rank, const uint32_t *dims,
                  int *dim) {
    *dim = -1;
    if (constant->count == 1) return true;
    for (uint32_t d = 0; d < constant->rank; d++) {
        int to = (int)d + (int)rank - (int)constant->rank;
        if (constant->dims[d] == 1) continue;
        if (*dim >= 0 || to < 0 || dims[to] != constant->dims[d])
            return weir_onnx_refuse(reader, node,
                                    "\"%s\" must be a single value or run along one dimension of "
                                    "what it quantises",
                                    constant->name);
        *dim = to;
    }
    return true;
}

static bool uniform(const float *values, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        if (values[i] != values[0]) return false;
    return true;
}

bool weir_onnx_read_scales(weir_onnx_reader *reader, const OnnxNode *node, uint32_t rank,
                           const uint32_t *dims, bool zero_point, weir_quant *quant, int *dim) {
    const weir_onnx_constant *scale = numbers(reader, node, 1), *zero = NULL;
    int zero_dim = -1;
    if (!scale || (zero_point && !(zero = numbers(reader, node, 2)))) return false;
    if (!along(reader, node, scale, rank, dims, dim) ||
        (zero && !along(reader, node, zero, rank, dims, &zero_dim)))
        return false;
    if (*dim >= 0 && zero_dim >= 0 && *dim != zero_dim)
        return weir_onnx_refuse(reader, node, "scale and zero point run along dimensions %d and %d",
                                *dim, zero_dim);
    if (*dim < 0) *dim = zero_dim;
    quant->channels = *dim < 0 ? 1 : dims[*dim];
    float *scales = WEIR_NEW(reader->arena, float, quant->channels);
    float *zeros = WEIR_NEW(reader->arena, float, quant->channels);
    for (uint32_t c = 0; c < quant->channels; c++) {
        scales[c] = (float)number(scale, c);
        zeros[c] = zero ? (float)number(zero, c) : 0;
        if (scales[c] > 0) continue;
        return weir_onnx_refuse(reader, node, "scale %g of channel %u, it must be above 0",
                                (double)scales[c], c);
    }
    if (uniform(scales, quant->channels) && uniform(zeros, quant->channels)) {
        quant->channels = 1;
        *dim = -1;
    }
    quant->scale = scales;
    quant->zero_point = zeros;
    return true;
}

bool weir_onnx_read_bits(weir_onnx_reader *reader, const OnnxNode *node, uint32_t index,
                         int *bits) {
    const weir_onnx_constant *constant = numbers(reader, node, index);
    if (!constant) return false;
    for (uint32_t i = 0; i < constant->count; i++) {
        double width = number(constant, i);
        if (width != number(constant, 0))
            return weir_onnx_refuse(reader, node,
                                    "bit widths %g and %g, they must be the same for all channels",
                                    number(constant, 0), width);
        if (!(width >= 1 && width <= BITS_MAX) || width != floor(width))
            return weir_onnx_refuse(reader, node,
                                    "bit width %g, it must be a whole number from 1 to %d", width,
                                    BITS_MAX);
    }
    *bits = (int)number(constant, 0);
    return true;
}

bool weir_onnx_read_rounding(weir_onnx_reader *reader, const OnnxNode *node, const char *otherwise,
                             weir_quant_rounding *rounding) {
    static const struct {
        const char *name;
        weir_quant_rounding rounding;
    } modes[] = {
        {"ROUND", WEIR_QUANT_ROUND},
        {"HALF_EVEN", WEIR_QUANT_ROUND},
        {"CEIL", WEIR_QUANT_CEIL},
        {"FLOOR", WEIR_QUANT_FLOOR},
        {"UP", WEIR_QUANT_UP},
        {"DOWN", WEIR_QUANT_DOWN},
        {"ROUND_TO_ZERO", WEIR_QUANT_DOWN},
        {"HALF_UP", WEIR_QUANT_HALF_UP},
        {"HALF_DOWN", WEIR_QUANT_HALF_DOWN},
    };
    const OnnxAttribute *attribute = weir_onnx_attribute(node, "rounding_mode");
    const char *name = otherwise;
    if (attribute && attribute->has_s)
        name = weir_arena_printf(reader->arena, "%.*s", (int)attribute->s.len,
                                 attribute->s.len ? (const char *)attribute->s.data : "");
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++) {
        if (strcasecmp(name, modes[m].name) != 0) continue;
        *rounding = modes[m].rounding;
        return true;
    }
    return weir_onnx_refuse(reader, node,
                            "rounding_mode \"%s\", it may be ROUND, CEIL, FLOOR, UP, DOWN, HALF_UP "
                            "or HALF_DOWN",
                            name);
}

bool weir_onnx_read_grid(weir_onnx_reader *reader, const OnnxNode *node, uint32_t rank,
                         const uint32_t *dims, weir_quant *quant, int *dim) {
    *quant = (weir_quant){.is_signed = weir_onnx_int(node, "signed", 1) != 0,
                          .narrow = weir_onnx_int(node, "narrow", 0) != 0};
    if (!weir_onnx_read_scales(reader, node, rank, dims, true, quant, dim) ||
        !weir_onnx_read_bits(reader, node, 3, &quant->bits) ||
        !weir_onnx_read_rounding(reader, node, "ROUND", &quant->rounding))
        return false;
    /* One bit with a sign is -1 and 1 in QONNX, not -1 and 0. */
    quant->bipolar = quant->bits == 1 && quant->is_signed;
    return true;
}

const weir_quant *weir_onnx_keep_grid(weir_onnx_reader *reader, const weir_quant *quant,
                                      const uint32_t *order) {
    weir_quant *kept = WEIR_NEW(reader->arena, weir_quant, 1);
    *kept = *quant;
    if (!order || quant->channels == 1) return kept;
    float *scales = WEIR_NEW(reader->arena, float, quant->channels);
    float *zeros = WEIR_NEW(reader->arena, float, quant->channels);
    for (uint32_t c = 0; c < quant->channels; c++) {
        scales[order[c]] = quant->scale[c];
        zeros[order[c]] = quant->zero_point[c];
    }
    kept->scale = scales;
    kept->zero_point = zeros;
    return kept;
}

bool weir_onnx_channel_grid(weir_onnx_reader *reader, const OnnxNode *node,
                            const weir_onnx_constant *constant, int dim, const weir_quant **quant) {
    *quant = constant->quant;
    if (!*quant || (*quant)->channels == 1 || constant->quant_dim == dim) return true;
    return weir_onnx_refuse(reader, node,
                            "\"%s\" is quantised by scales along its dimension %d, only one scale "
                            "or scales along the output channels (dimension %d) are supported",
                            constant->name, constant->quant_dim, dim);
}

/* --- values that lie on a grid already --- */

/* Whether `quant` leaves `value` of `channel` as it is. */
static bool keeps(const weir_quant *quant, uint32_t channel, float value) {
    if (quant->channels == 1) channel = 0;
    double integer = weir_quant_integer(quant, channel, value);
    return (float)((integer - quant->zero_point[channel]) * quant->scale[channel]) == value;
}

/* The same for all values of `grid`, whose channel 0 is channel `first` of `quant`. */
static bool keeps_grid(const weir_quant *quant, const weir_quant *grid, uint32_t first,
                       uint32_t channels) {
    double min = weir_quant_min(grid), max = weir_quant_max(grid), step = grid->bipolar ? 2 : 1;
    if (quant->channels == 1 && grid->channels == 1) channels = 1;
    if (grid->bits > PROOF_BITS || (max - min + 1) * channels > PROOF_VALUES) return false;
    for (uint32_t c = 0; c < channels; c++) {
        uint32_t g = grid->channels == 1 ? 0 : c;
        for (double i = min; i <= max; i += step)
            if (!keeps(quant, first + c, (float)((i - grid->zero_point[g]) * grid->scale[g])))
                return false;
    }
    return true;
}

/* Values only move through maximum pooling (padding never is a maximum), Resize and Concat; Relu
 * adds zero. */
static bool on_grid(const weir_onnx_reader *reader, uint32_t index, const weir_quant *quant,
                    uint32_t first, uint32_t *visits) {
    const weir_layer *layer = &reader->drafts[index].layer;
    if (++*visits > PROOF_LAYERS) return false;
    for (uint32_t c = 0; layer->kind == WEIR_LAYER_RELU && c < quant->channels; c++)
        if (!keeps(quant, c, 0)) return false;
    switch (layer->kind) {
    case WEIR_LAYER_QUANT:
        return keeps_grid(quant, layer->quant, first, layer->out.channels);
    case WEIR_LAYER_RELU:
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_RESIZE:
    case WEIR_LAYER_CONCAT:
        break;
    default:
        return false;
    }
    bool concat = layer->kind == WEIR_LAYER_CONCAT;
    uint32_t channels = 0;
    for (uint32_t i = 0; i < layer->n_inputs; i++) {
        uint32_t input = layer->inputs[i];
        if (!on_grid(reader, input, quant, first + channels, visits)) return false;
        channels += reader->drafts[input].layer.out.channels;
    }
    /* A Reshape in between may have made other channels of them. */
    return quant->channels == 1 || channels == (concat ? layer->out : layer->in).channels;
}

bool weir_onnx_on_grid(const weir_onnx_reader *reader, uint32_t layer, const weir_quant *quant) {
    uint32_t visits = 0, channels = reader->drafts[layer].layer.out.channels;
    return (quant->channels == 1 || quant->channels == channels) &&
           on_grid(reader, layer, quant, 0, &visits);
}
