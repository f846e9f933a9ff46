/* The file: parsing, attributes, constants. */
#include "base/text.h"
#include "hls/onnx_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_FLOAT = 1, TYPE_INT32 = 6, TYPE_INT64 = 7, TYPE_FLOAT16 = 10, TYPE_DOUBLE = 11 };

OnnxModel *weir_onnx_parse(const char *path, weir_diag *diag) {
    size_t length;
    weir_loc loc = {path, 0};
    char *bytes = weir_file_read(path, &length, diag);
    if (!bytes) return NULL;
    OnnxModel *model = onnx_model__unpack(NULL, length, (const uint8_t *)bytes);
    free(bytes);
    /* Bytes of another kind may happen to parse, as unknown fields. */
    bool complete = model && model->graph && model->has_ir_version;
    if (complete && model->graph->n_node > 0) return model;
    weir_error(diag, loc, complete ? "graph: has no nodes" : "not a complete ONNX model");
    if (model) onnx_model__free_unpacked(model, NULL);
    return NULL;
}

const OnnxAttribute *weir_onnx_attribute(const OnnxNode *node, const char *name) {
    for (size_t a = 0; a < node->n_attribute; a++)
        if (node->attribute[a]->name && strcmp(node->attribute[a]->name, name) == 0)
            return node->attribute[a];
    return NULL;
}

int64_t weir_onnx_int(const OnnxNode *node, const char *name, int64_t otherwise) {
    const OnnxAttribute *attribute = weir_onnx_attribute(node, name);
    return attribute && attribute->has_i ? attribute->i : otherwise;
}

float weir_onnx_float(const OnnxNode *node, const char *name, float otherwise) {
    const OnnxAttribute *attribute = weir_onnx_attribute(node, name);
    return attribute && attribute->has_f ? attribute->f : otherwise;
}

static float half_to_float(uint16_t half) {
    int exponent = half >> 10 & 31, fraction = half & 1023;
    float sign = half >> 15 ? -1.0f : 1.0f;
    if (exponent == 31) return fraction ? NAN : sign * INFINITY;
    if (exponent == 0) return sign * ldexpf((float)fraction, -24);
    return sign * ldexpf((float)(fraction + 1024), exponent - 25);
}

/* Element `i`, from raw_data (little endian, like every machine that Weir runs on) or the list. */
static double float_element(const OnnxTensor *tensor, size_t i) {
    const uint8_t *raw = tensor->raw_data.data;
    float single;
    double wide;
    uint16_t half;
    switch (tensor->data_type) {
    case TYPE_FLOAT:
        if (tensor->n_float_data) return tensor->float_data[i];
        memcpy(&single, raw + i * sizeof single, sizeof single);
        return single;
    case TYPE_DOUBLE:
        if (tensor->n_double_data) return tensor->double_data[i];
        memcpy(&wide, raw + i * sizeof wide, sizeof wide);
        return wide;
    default:
        if (tensor->n_int32_data) return half_to_float((uint16_t)tensor->int32_data[i]);
        memcpy(&half, raw + i * sizeof half, sizeof half);
        return half_to_float(half);
    }
}

static int64_t int_element(const OnnxTensor *tensor, size_t i) {
    int64_t wide;
    int32_t narrow;
    if (tensor->data_type == TYPE_INT64) {
        if (tensor->n_int64_data) return tensor->int64_data[i];
        memcpy(&wide, tensor->raw_data.data + i * sizeof wide, sizeof wide);
        return wide;
    }
    if (tensor->n_int32_data) return tensor->int32_data[i];
    memcpy(&narrow, tensor->raw_data.data + i * sizeof narrow, sizeof narrow);
    return narrow;
}

/* Elements that the data field of the tensor's type holds. */
static size_t stored_elements(const OnnxTensor *tensor) {
    size_t listed = 0, bytes = 4;
    switch (tensor->data_type) {
    case TYPE_FLOAT:
        listed = tensor->n_float_data;
        break;
    case TYPE_INT32:
        listed = tensor->n_int32_data;
        break;
    case TYPE_INT64:
        listed = tensor->n_int64_data;
        bytes = 8;
        break;
    case TYPE_DOUBLE:
        listed = tensor->n_double_data;
        bytes = 8;
        break;
    case TYPE_FLOAT16:
        listed = tensor->n_int32_data;
        bytes = 2;
        break;
    }
    return listed ? listed : tensor->raw_data.len / bytes;
}

static bool check_tensor(weir_onnx_reader *reader, const char *name, const OnnxTensor *tensor,
                         weir_onnx_constant *constant) {
    uint64_t count = 1;
    if (tensor->data_location == 1 || tensor->n_external_data > 0)
        return weir_error(reader->diag, reader->loc,
                          "initializer \"%s\": its data is in another file, which is not supported",
                          name);
    if (tensor->n_dims > WEIR_ONNX_RANK)
        return weir_error(reader->diag, reader->loc,
                          "initializer \"%s\": %zu dimensions, at most %d are supported", name,
                          tensor->n_dims, WEIR_ONNX_RANK);
    constant->rank = (uint32_t)tensor->n_dims;
    for (uint32_t d = 0; d < constant->rank; d++) {
        if (tensor->dims[d] < 0 || tensor->dims[d] > WEIR_MAX_ELEMENTS ||
            (count *= (uint64_t)tensor->dims[d]) > WEIR_MAX_ELEMENTS)
            return weir_error(reader->diag, reader->loc,
                              "initializer \"%s\": dimension %u is %lld, the elements must be 0 to "
                              "%u",
                              name, d, (long long)tensor->dims[d], WEIR_MAX_ELEMENTS);
        constant->dims[d] = (uint32_t)tensor->dims[d];
    }
    constant->count = (uint32_t)count;
    switch (tensor->data_type) {
    case TYPE_FLOAT:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_FLOAT16:
    case TYPE_DOUBLE:
        break;
    default:
        return weir_error(reader->diag, reader->loc,
                          "initializer \"%s\": data type %d, only 1 (float), 6 (int32), 7 (int64), "
                          "10 (float16) and 11 (double) are supported",
                          name, tensor->data_type);
    }
    if (stored_elements(tensor) != count)
        return weir_error(reader->diag, reader->loc,
                          "initializer \"%s\": %zu elements of data, its shape has %llu", name,
                          stored_elements(tensor), (unsigned long long)count);
    return true;
}

const weir_onnx_constant *weir_onnx_decode(weir_onnx_reader *reader, const char *name,
                                           const OnnxTensor *tensor) {
    weir_onnx_constant *constant = WEIR_NEW(reader->arena, weir_onnx_constant, 1);
    constant->name = name;
    if (!check_tensor(reader, name, tensor, constant)) return NULL;
    if (tensor->data_type == TYPE_INT32 || tensor->data_type == TYPE_INT64) {
        int64_t *ints = WEIR_NEW(reader->arena, int64_t, constant->count);
        for (uint32_t i = 0; i < constant->count; i++)
            ints[i] = int_element(tensor, i);
        constant->ints = ints;
        return constant;
    }
    float *floats = WEIR_NEW(reader->arena, float, constant->count);
    for (uint32_t i = 0; i < constant->count; i++) {
        floats[i] = (float)float_element(tensor, i);
        if (isfinite(floats[i])) continue;
        weir_error(reader->diag, reader->loc,
                   "initializer \"%s\": element %u is %s, weights must be finite", name, i,
                   isnan(floats[i]) ? "NaN" : "infinite");
        return NULL;
    }
    constant->floats = floats;
    return constant;
}
