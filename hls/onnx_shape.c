/* Operators that move no data: they change how a tensor is seen. */
#include "hls/onnx_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct dims {
    uint32_t rank;
    uint32_t sizes[WEIR_ONNX_RANK];
} dims;

/* Input 0, of either kind. */
static const weir_onnx_value *any_input(weir_onnx_reader *reader, const OnnxNode *node, dims *old) {
    const weir_onnx_value *value =
        weir_onnx_has_input(node, 0) ? weir_onnx_find_value(reader, node->input[0]) : NULL;
    *old = (dims){0};
    if (!value) return weir_onnx_computed(reader, node, 0); /* says why not */
    old->rank = value->constant ? value->constant->rank : value->layout.rank;
    memcpy(old->sizes, value->constant ? value->constant->dims : value->layout.dims,
           sizeof old->sizes);
    return value;
}

static uint64_t product(const dims *of) {
    uint64_t elements = 1;
    for (uint32_t d = 0; d < of->rank; d++)
        elements *= of->sizes[d];
    return elements;
}

/* The dimension that has the place and size of the old one; -1: none. */
static int same_dim(const weir_onnx_constant *old, const dims *now) {
    uint64_t above = 1, before = 1;
    for (int d = 0; d < old->quant_dim; d++)
        above *= old->dims[d];
    for (uint32_t d = 0; d < now->rank; before *= now->sizes[d++])
        if (before == above && now->sizes[d] == old->dims[old->quant_dim]) return (int)d;
    return -1;
}

/* The node's output is `value` with other dimensions of the same product. */
static bool reshaped(weir_onnx_reader *reader, const OnnxNode *node, const weir_onnx_value *value,
                     const dims *now) {
    if (value->constant) {
        weir_onnx_constant *constant = WEIR_NEW(reader->arena, weir_onnx_constant, 1);
        *constant = *value->constant;
        if (constant->quant && constant->quant->channels > 1) {
            constant->quant_dim = same_dim(constant, now);
            if (constant->quant_dim < 0)
                return weir_onnx_refuse(reader, node, "regroups what \"%s\" is quantised along",
                                        constant->name);
        }
        constant->rank = now->rank;
        memcpy(constant->dims, now->sizes, sizeof now->sizes);
        weir_onnx_set_constant(reader, node, constant);
        return true;
    }
    weir_onnx_layout layout = value->layout;
    weir_onnx_layout_reshape(&layout, now->rank, now->sizes);
    return weir_onnx_set_computed(reader, node, value->layer, layout);
}

bool weir_onnx_constant_node(weir_onnx_reader *reader, const OnnxNode *node) {
    const OnnxAttribute *attribute = node->n_attribute == 1 ? node->attribute[0] : NULL;
    const char *kind = attribute && attribute->name ? attribute->name : "";
    weir_onnx_constant *constant = WEIR_NEW(reader->arena, weir_onnx_constant, 1);
    const weir_onnx_constant *decoded = constant;
    *constant = (weir_onnx_constant){.name = node->output[0], .count = 1, .dims = {1}};
    if (strcmp(kind, "value") == 0 && attribute->t) {
        decoded = weir_onnx_decode(reader, node->output[0], attribute->t);
        if (!decoded) return false;
    } else if (strcmp(kind, "value_float") == 0) {
        constant->floats = &attribute->f;
    } else if (strcmp(kind, "value_int") == 0) {
        constant->ints = &attribute->i;
    } else if (strcmp(kind, "value_floats") == 0) {
        constant->rank = 1;
        constant->count = constant->dims[0] = (uint32_t)attribute->n_floats;
        constant->floats = attribute->floats;
    } else if (strcmp(kind, "value_ints") == 0) {
        constant->rank = 1;
        constant->count = constant->dims[0] = (uint32_t)attribute->n_ints;
        constant->ints = attribute->ints;
    } else {
        return weir_onnx_refuse(reader, node,
                                "a constant by attribute \"%s\", only value, value_float, "
                                "value_floats, value_int and value_ints are supported",
                                kind);
    }
    for (uint32_t i = 0; decoded->floats && i < decoded->count; i++)
        if (!isfinite(decoded->floats[i]))
            return weir_onnx_refuse(reader, node, "element %u is %s, constants must be finite", i,
                                    isnan(decoded->floats[i]) ? "NaN" : "infinite");
    weir_onnx_set_constant(reader, node, decoded);
    return true;
}

bool weir_onnx_identity(weir_onnx_reader *reader, const OnnxNode *node) {
    dims same;
    const weir_onnx_value *value = any_input(reader, node, &same);
    return value && reshaped(reader, node, value, &same);
}

/* At inference, dropout hands its input on. Input 2 has type bool, which no constant can have here,
 * so only its absence is accepted. */
bool weir_onnx_dropout(weir_onnx_reader *reader, const OnnxNode *node) {
    if (weir_onnx_has_input(node, 2))
        return weir_onnx_refuse(reader, node, "training_mode is not supported");
    return weir_onnx_identity(reader, node);
}

bool weir_onnx_reshape(weir_onnx_reader *reader, const OnnxNode *node) {
    dims old, now = {0};
    const weir_onnx_value *value = any_input(reader, node, &old);
    const weir_onnx_constant *shape = weir_onnx_ints(reader, node, 1);
    int guessed = -1;
    uint64_t elements = 1;
    if (!value || !shape) return false;
    if (shape->count > WEIR_ONNX_RANK)
        return weir_onnx_refuse(reader, node, "%u dimensions, at most %d are supported",
                                shape->count, WEIR_ONNX_RANK);
    now.rank = shape->count;
    for (uint32_t d = 0; d < now.rank; d++) {
        int64_t size = shape->ints[d];
        bool copied = size == 0 && weir_onnx_int(node, "allowzero", 0) == 0 && d < old.rank;
        if (copied) size = old.sizes[d];
        if (size == -1 && guessed < 0) {
            guessed = (int)d;
            size = 1;
        }
        if (size < 1 || size > WEIR_MAX_ELEMENTS ||
            (elements *= (uint64_t)size) > WEIR_MAX_ELEMENTS)
            return weir_onnx_refuse(reader, node, "dimension %u of its shape is %lld", d,
                                    (long long)shape->ints[d]);
        now.sizes[d] = (uint32_t)size;
    }
    if (guessed >= 0 && product(&old) % elements == 0)
        now.sizes[guessed] = (uint32_t)(product(&old) / elements);
    if (product(&now) != product(&old))
        return weir_onnx_refuse(reader, node, "%llu elements do not fit its shape of %llu",
                                (unsigned long long)product(&old),
                                (unsigned long long)product(&now));
    return reshaped(reader, node, value, &now);
}

bool weir_onnx_flatten(weir_onnx_reader *reader, const OnnxNode *node) {
    dims old, now = {.rank = 2, .sizes = {1, 1}};
    const weir_onnx_value *value = any_input(reader, node, &old);
    if (!value) return false;
    int64_t axis = weir_onnx_int(node, "axis", 1);
    if (axis < 0) axis += old.rank;
    if (axis < 0 || axis > old.rank)
        return weir_onnx_refuse(reader, node, "axis %lld of a tensor of %u dimensions",
                                (long long)weir_onnx_int(node, "axis", 1), old.rank);
    for (uint32_t d = 0; d < old.rank; d++)
        now.sizes[d < axis ? 0 : 1] *= old.sizes[d];
    return reshaped(reader, node, value, &now);
}

/* The `axes` of Squeeze and Unsqueeze, an attribute before opset 13 and an input since. Marks them
 * among `rank` dimensions. */
static bool marked_axes(weir_onnx_reader *reader, const OnnxNode *node, uint32_t rank, bool *marked,
                        bool *any) {
    const OnnxAttribute *attribute = weir_onnx_attribute(node, "axes");
    const int64_t *axes = attribute ? attribute->ints : NULL;
    size_t n_axes = attribute ? attribute->n_ints : 0;
    if (weir_onnx_has_input(node, 1)) {
        const weir_onnx_constant *constant = weir_onnx_ints(reader, node, 1);
        if (!constant) return false;
        axes = constant->ints;
        n_axes = constant->count;
    }
    *any = n_axes > 0;
    for (size_t a = 0; a < n_axes; a++) {
        int64_t axis = axes[a] < 0 ? axes[a] + rank : axes[a];
        if (axis < 0 || axis >= rank || marked[axis])
            return weir_onnx_refuse(reader, node, "axis %lld of %u dimensions, or given twice",
                                    (long long)axes[a], rank);
        marked[axis] = true;
    }
    return true;
}

static bool unsqueeze(weir_onnx_reader *reader, const OnnxNode *node, const weir_onnx_value *value,
                      const dims *old) {
    const OnnxAttribute *attribute = weir_onnx_attribute(node, "axes");
    size_t added = attribute ? attribute->n_ints : 0;
    bool marked[WEIR_ONNX_RANK] = {false}, any;
    if (weir_onnx_has_input(node, 1)) {
        const weir_onnx_constant *axes = weir_onnx_ints(reader, node, 1);
        if (!axes) return false;
        added = axes->count;
    }
    if (old->rank + added > WEIR_ONNX_RANK)
        return weir_onnx_refuse(reader, node, "%zu dimensions, at most %d are supported",
                                old->rank + added, WEIR_ONNX_RANK);
    dims now = {.rank = old->rank + (uint32_t)added};
    if (!marked_axes(reader, node, now.rank, marked, &any)) return false;
    for (uint32_t d = 0, from = 0; d < now.rank; d++)
        now.sizes[d] = marked[d] ? 1 : old->sizes[from++];
    return reshaped(reader, node, value, &now);
}

/* Squeeze and Unsqueeze. */
bool weir_onnx_squeeze(weir_onnx_reader *reader, const OnnxNode *node) {
    dims old, now = {0};
    bool marked[WEIR_ONNX_RANK] = {false}, any;
    const weir_onnx_value *value = any_input(reader, node, &old);
    if (!value) return false;
    if (strcmp(node->op_type, "Unsqueeze") == 0) return unsqueeze(reader, node, value, &old);
    if (!marked_axes(reader, node, old.rank, marked, &any)) return false;
    for (uint32_t d = 0; d < old.rank; d++) {
        if (any && marked[d] && old.sizes[d] != 1)
            return weir_onnx_refuse(reader, node, "dimension %u is %u, it must be 1", d,
                                    old.sizes[d]);
        if (any ? !marked[d] : old.sizes[d] != 1) now.sizes[now.rank++] = old.sizes[d];
    }
    return reshaped(reader, node, value, &now);
}

/* Moves the elements of a constant. */
static void transpose_constant(weir_onnx_reader *reader, const OnnxNode *node,
                               const weir_onnx_constant *old, const uint32_t *perm) {
    weir_onnx_constant *now = WEIR_NEW(reader->arena, weir_onnx_constant, 1);
    float *floats = old->floats ? WEIR_NEW(reader->arena, float, old->count) : NULL;
    int64_t *ints = old->ints ? WEIR_NEW(reader->arena, int64_t, old->count) : NULL;
    *now = *old;
    now->floats = floats;
    now->ints = ints;
    for (uint32_t d = 0; d < old->rank; d++) {
        now->dims[d] = old->dims[perm[d]];
        if ((int)perm[d] == old->quant_dim) now->quant_dim = (int)d;
    }
    for (uint32_t i = 0; i < old->count; i++) {
        uint32_t index[WEIR_ONNX_RANK], left = i, from = 0;
        for (uint32_t d = old->rank; d-- > 0; left /= now->dims[d])
            index[perm[d]] = left % now->dims[d];
        for (uint32_t d = 0; d < old->rank; d++)
            from = from * old->dims[d] + index[d];
        if (floats) floats[i] = old->floats[from];
        if (ints) ints[i] = old->ints[from];
    }
    weir_onnx_set_constant(reader, node, now);
}

bool weir_onnx_transpose(weir_onnx_reader *reader, const OnnxNode *node) {
    dims old;
    uint32_t perm[WEIR_ONNX_RANK];
    bool seen[WEIR_ONNX_RANK] = {false};
    const weir_onnx_value *value = any_input(reader, node, &old);
    const OnnxAttribute *attribute = weir_onnx_attribute(node, "perm");
    if (!value) return false;
    if (attribute && attribute->n_ints != old.rank)
        return weir_onnx_refuse(reader, node, "perm has %zu entries for %u dimensions",
                                attribute->n_ints, old.rank);
    for (uint32_t d = 0; d < old.rank; d++) {
        int64_t from = attribute ? attribute->ints[d] : old.rank - 1 - d;
        if (from < 0 || from >= old.rank || seen[from])
            return weir_onnx_refuse(reader, node, "perm is no permutation of %u dimensions",
                                    old.rank);
        seen[from] = true;
        perm[d] = (uint32_t)from;
    }
    if (value->constant) {
        transpose_constant(reader, node, value->constant, perm);
        return true;
    }
    weir_onnx_layout layout = value->layout;
    if (!weir_onnx_layout_transpose(&layout, perm))
        return weir_onnx_refuse(reader, node,
                                "regroups what another Transpose has moved: it does more than to "
                                "change the layout");
    return weir_onnx_set_computed(reader, node, value->layer, layout);
}
