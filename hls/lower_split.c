#include "hls/lower_parts.h"
#include "hls/unrolled.h"
#include "models/graph.h"
#include <string.h>

/* A layer's sums of products in several processes. By outputs: the vectors are copied to one product
 * a group of outputs, each with its columns of the matrix, and the groups' outputs are put together
 * again. By stages: the product sends its sums as they are, and a process of its own converts them.
 * In either case the last process has the layer's name, and so the layer's FIFO keeps its own. */

static bool by(const weir_lowering *low, weir_split_by how) {
    return low->settings->split > 1 && low->settings->split_by == how;
}

bool weir_lower_can_split(const weir_lowering *low) {
    bool has_sums = low->layer->kind == WEIR_LAYER_CONV || low->layer->kind == WEIR_LAYER_DENSE;
    return has_sums && !weir_lower_is_parallel(low);
}

/* ------------------------------------------------------------------ by outputs */

bool weir_lower_groups(weir_lowering *low, uint32_t *groups) {
    uint32_t outputs = low->layer->out.channels, wish = low->settings->split;
    *groups = by(low, WEIR_SPLIT_OUTPUTS) ? wish : 1;
    if (outputs % *groups == 0) return true;
    weir_text *allowed = weir_text_new();
    weir_text_add(allowed, "1");
    for (uint32_t k = 2; k <= WEIR_MAX_PORTS; k++)
        if (outputs % k == 0) weir_text_addf(allowed, ", %u", k);
    weir_error(low->diag, low->settings->loc,
               "layer \"%s\": split %u does not divide its %u outputs; allowed: %s",
               low->layer->name, wish, outputs, weir_text_string(allowed));
    weir_text_free(allowed);
    return false;
}

/* Columns first .. first + n - 1 of a matrix of `rows` x `outputs`. */
static int32_t *columns_of(weir_arena *arena, const int32_t *matrix, uint32_t rows,
                           uint32_t outputs, uint32_t first, uint32_t n) {
    int32_t *columns = WEIR_NEW(arena, int32_t, (size_t)rows * n);
    for (uint32_t r = 0; r < rows; r++)
        memcpy(columns + (size_t)r * n, matrix + (size_t)r * outputs + first, n * sizeof *columns);
    return columns;
}

/* The groups' positions side by side where each comes in one beat and all fit into one, else one
 * group after another. */
static bool join_groups(weir_lowering *low, const weir_flow *parts, uint32_t groups) {
    weir_stream streams[WEIR_MAX_PORTS], one = parts[0].stream;
    uint32_t outputs = groups * one.channels;
    weir_fixed type = weir_element_fixed(one.element);
    bool wide = (uint64_t)outputs * (uint32_t)type.width <= WEIR_BEAT_LIMIT;
    for (uint32_t g = 0; g < groups; g++)
        streams[g] = parts[g].stream;
    weir_operator op = {0};
    const char *name = low->layer->name;
    bool ok;
    if (one.lanes == one.channels && wide) {
        weir_wire *wires = WEIR_NEW(low->arena, weir_wire, outputs);
        for (uint32_t o = 0; o < outputs; o++)
            wires[o] = (weir_wire){o / one.channels, o % one.channels};
        ok = weir_gather_operator(&op, low->arena, name, streams, groups, wires, outputs, type,
                                  low->settings->loc, low->diag);
    } else {
        ok = weir_concat_operator(&op, low->arena, name, streams, groups, type, low->settings->loc,
                                  low->diag);
    }
    if (ok) weir_lower_add(low, WEIR_PROCESS, &op, parts);
    return ok;
}

static bool add_groups(weir_lowering *low, const weir_matvec_spec *group, uint32_t groups) {
    weir_flow vectors, parts[WEIR_MAX_PORTS];
    weir_operator op = {0};
    uint32_t n = group->outputs;
    weir_loc loc = low->settings->loc;
    if (!weir_fork_operator(&op, low->arena, weir_lower_helper(low, "split"), low->flow.stream,
                            groups, loc, low->diag))
        return false;
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    vectors = low->flow;
    for (uint32_t g = 0; g < groups; g++) {
        weir_matvec_spec part = *group;
        part.weights =
            columns_of(low->arena, group->weights, group->in.channels, n * groups, g * n, n);
        if (group->bias) part.bias = group->bias + (size_t)g * n;
        const char *name = weir_arena_printf(low->arena, "%s_part%u", low->layer->name, g);
        low->flow = vectors;
        low->flow.edge.port = g;
        if (!weir_matvec_operator(&op, low->arena, name, &part, loc, low->diag)) return false;
        weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
        parts[g] = low->flow;
    }
    return join_groups(low, parts, groups);
}

/* ------------------------------------------------------------------ by stages */

bool weir_lower_sums(weir_lowering *low, const weir_constants *constants, weir_fixed out,
                     weir_fixed *sums) {
    const weir_layer_settings *s = low->settings;
    *sums = out;
    if (!by(low, WEIR_SPLIT_STAGES)) return true;
    if (s->split != 2)
        return weir_error(low->diag, s->loc,
                          "layer \"%s\": split %u by stages, allowed is 2: its sums, and what "
                          "converts them; an activation is a process of its own",
                          low->layer->name, s->split);
    *sums = s->has_accumulator ? s->accumulator : constants->exact;
    if (sums->width < 1 || sums->width > 32)
        return weir_error(low->diag, s->loc,
                          "layer \"%s\": split by stages, its sums need more than the 32 bits of a "
                          "stream's elements; allowed with an accumulator_precision of at most 32",
                          low->layer->name);
    weir_element element = weir_fixed_element(out), sent = weir_fixed_element(*sums);
    return memcmp(&element, &sent, sizeof element) != 0 ||
           weir_error(low->diag, s->loc,
                      "layer \"%s\": split by stages, but its sums are sent as they are: there is "
                      "no conversion to split off",
                      low->layer->name);
}

const char *weir_lower_sums_name(weir_lowering *low) {
    return by(low, WEIR_SPLIT_STAGES) ? weir_lower_helper(low, "sums") : low->layer->name;
}

bool weir_lower_conversion(weir_lowering *low, weir_fixed out) {
    weir_operator op = {0};
    if (!by(low, WEIR_SPLIT_STAGES)) return true;
    if (!weir_activation_operator(&op, low->arena, low->layer->name, low->flow.stream,
                                  WEIR_LAYER_QUANT, 0, 0, 0, out, low->settings->loc, low->diag))
        return false;
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    return true;
}

/* ------------------------------------------------------------------ either */

bool weir_lower_product(weir_lowering *low, const weir_matvec_spec *group, uint32_t groups,
                        weir_fixed out) {
    weir_operator op = {0};
    if (groups > 1) return add_groups(low, group, groups);
    if (!weir_matvec_operator(&op, low->arena, weir_lower_sums_name(low), group, low->settings->loc,
                              low->diag))
        return false;
    return weir_lower_with_weights(low, &op, group->weight_type) && weir_lower_conversion(low, out);
}
