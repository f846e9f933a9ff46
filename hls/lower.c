#include "hls/lower_parts.h"
#include "hls/memories.h"
#include "hls/skip.h"
#include "models/graph.h"
#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ nodes */

/* Adds a process that reads `inputs` (one a port) and makes the flow what its first output sends. */
void weir_lower_add(weir_lowering *low, weir_process_kind kind, const weir_operator *op,
                    const weir_flow *inputs) {
    weir_plan *plan = low->plan;
    if (kind == WEIR_PROCESS && weir_lower_is_copied(low, op)) {
        low->copied = true;
        low->refused = !weir_lower_copies(low, op, inputs);
        return;
    }
    if (plan->n_nodes == plan->room) {
        uint32_t room = plan->room ? 2 * plan->room : 64;
        weir_plan_node *nodes = WEIR_NEW(low->arena, weir_plan_node, room);
        if (plan->n_nodes) memcpy(nodes, plan->nodes, plan->n_nodes * sizeof *nodes);
        plan->nodes = nodes;
        plan->room = room;
    }
    weir_plan_node *node = &plan->nodes[plan->n_nodes];
    *node = (weir_plan_node){
        .op = *op, .kind = kind, .layer = low->index, .domain = low->settings->domain};
    for (uint32_t i = 0; i < op->n_inputs; i++)
        node->in[i] = inputs[i].edge;
    low->flow.edge = (weir_plan_edge){plan->n_nodes++, 0};
    if (op->n_outputs) low->flow.stream = op->out[0];
}

const char *weir_lower_helper(weir_lowering *low, const char *suffix) {
    for (uint32_t n = 1;; n++) {
        const char *name =
            n == 1 ? weir_arena_printf(low->arena, "%s_%s", low->layer->name, suffix)
                   : weir_arena_printf(low->arena, "%s_%s%u", low->layer->name, suffix, n);
        bool taken = false;
        for (uint32_t i = 0; i < low->plan->n_nodes && !taken; i++)
            taken = !strcmp(low->plan->nodes[i].op.name, name);
        if (!taken) return name;
    }
}

bool weir_lower_width(weir_lowering *low, uint32_t lanes) {
    uint32_t now = low->flow.stream.lanes;
    if (now == lanes) return true;
    if (now % lanes && lanes % now &&
        !weir_lower_width(low, (uint32_t)weir_common_divisor(now, lanes)))
        return false;
    weir_operator op = {0};
    if (!weir_width_operator(&op, low->arena, weir_lower_helper(low, "width"), low->flow.stream,
                             lanes, low->settings->loc, low->diag))
        return false;
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    return true;
}

/* Reads the same elements as a tensor of another shape (flatten, reshape). A beat that would lie
 * across two positions is split first. */
bool weir_lower_reshape(weir_lowering *low, weir_shape shape) {
    weir_stream *stream = &low->flow.stream;
    if (stream->channels != shape.channels && low->flow.unit.scale && !weir_lower_make_plain(low))
        return false;
    if (!weir_lower_width(low, (uint32_t)weir_common_divisor(stream->lanes, shape.channels)))
        return false;
    stream->rows = shape.rows;
    stream->columns = shape.columns;
    stream->channels = shape.channels;
    return true;
}

uint64_t weir_lower_target(const weir_lowering *low) {
    const weir_design *design = low->design;
    if (low->settings->target_interval_cycles) return low->settings->target_interval_cycles;
    if (design->target_fps > 0) {
        double period = (double)design->domains[low->settings->domain].period_ps;
        return (uint64_t)floor(1e12 / design->target_fps / period);
    }
    return design->target_interval_cycles;
}

bool weir_lower_lanes(weir_lowering *low, uint32_t channels, uint32_t unit, uint64_t positions,
                      int width, uint32_t *lanes) {
    uint64_t target = weir_lower_target(low);
    *lanes = weir_fold_lanes(channels, unit, positions, width, target);
    return *lanes ||
           weir_error(low->diag, low->settings->loc,
                      "layer \"%s\": an interval of %llu cycles cannot be met; its frame has %llu "
                      "positions, a cycle each at least",
                      low->layer->name, (unsigned long long)target, (unsigned long long)positions);
}

/* ------------------------------------------------------------------ forks */

/* A stream has one reader: a tensor with more is copied. Readers take the copies in their order. */
static bool add_fork(weir_lowering *low) {
    uint32_t readers = low->readers[low->index];
    if (readers < 2) return true;
    weir_operator op = {0};
    if (!weir_fork_operator(&op, low->arena, weir_lower_helper(low, "fork"), low->flow.stream,
                            readers, low->settings->loc, low->diag))
        return false;
    weir_lower_add(low, WEIR_PROCESS, &op, &low->flow);
    return true;
}

static bool absorbs(weir_layer_kind kind) {
    switch (kind) {
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_RESIZE:
    case WEIR_LAYER_QUANT:
    case WEIR_LAYER_OUTPUT:
        return false;
    default:
        return true;
    }
}

/* Whether the QUANT layer can become one with what feeds it: as its output type, or a scale of
 * channels as the thresholds of a bipolar grid. */
static bool can_take(const weir_layer *from, const weir_layer *quant) {
    weir_fixed type;
    if (from->kind == WEIR_LAYER_SCALE && quant->quant->bipolar)
        return from->out.channels == quant->out.channels;
    return absorbs(from->kind) && weir_grid_fixed(quant->quant, &type);
}

/* Counts readers, and finds the grids that can be the type of what feeds them. */
static void look_ahead(weir_lowering *low) {
    const weir_network *network = low->design->network;
    uint32_t n = weir_network_layers(network);
    for (uint32_t l = 0; l < n; l++) {
        const weir_layer *layer = weir_network_layer(network, l);
        low->absorbed_by[l] = WEIR_NONE;
        for (uint32_t i = 0; i < layer->n_inputs; i++)
            low->readers[layer->inputs[i]]++;
        if (layer->kind == WEIR_LAYER_QUANT || layer->weight_quant) low->quantised = true;
    }
    for (uint32_t l = 0; l < n; l++) {
        const weir_layer *layer = weir_network_layer(network, l);
        if (layer->kind != WEIR_LAYER_QUANT || low->readers[layer->inputs[0]] != 1) continue;
        if (can_take(weir_network_layer(network, layer->inputs[0]), layer))
            low->absorbed_by[layer->inputs[0]] = l;
    }
}

static void output_unit(weir_lowering *low) {
    low->plan->output_scale = low->flow.unit.scale;
    low->plan->output_zero = low->flow.unit.zero;
}

/* A layer of products, which may take its weights from elsewhere; not one whose positions are all
 * built. */
static bool takes_weights(const weir_lowering *low) {
    weir_layer_kind kind = low->layer->kind;
    return (kind == WEIR_LAYER_CONV || kind == WEIR_LAYER_DENSE) && !weir_lower_is_parallel(low);
}

/* After the layer was lowered: were there copies of its process, if any were wanted? */
static bool check_copies(const weir_lowering *low) {
    if (low->refused) return false;
    return low->settings->copies < 2 || low->copied ||
           weir_error(low->diag, low->settings->loc,
                      "layer \"%s\": %u copies, but a %s layer has no process of its own here",
                      low->layer->name, low->settings->copies,
                      weir_layer_kind_name(low->layer->kind));
}

/* What the settings ask for and no layer can have yet. */
static bool check_settings(const weir_lowering *low) {
    const weir_layer_settings *s = low->settings;
    const char *key = s->split > 1 && !weir_lower_can_split(low) ? "split"
                      : s->share && !weir_lower_can_share(low)   ? "share"
                      : s->weights && !takes_weights(low)        ? "weights"
                                                                 : NULL;
    const char *style = weir_lower_is_parallel(low) ? " with io \"parallel\"" : "";
    if (key)
        return weir_error(low->diag, s->loc, "layer \"%s\": %s is not available for a %s layer%s",
                          low->layer->name, key, weir_layer_kind_name(low->layer->kind), style);
    const char *ways[] = {s->split > 1 ? "split" : NULL, s->share ? "share" : NULL,
                          s->copies > 1 ? "copies" : NULL, s->weights ? "packed weights" : NULL};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (first && ways[i])
            return weir_error(low->diag, s->loc,
                              "layer \"%s\": %s and %s, allowed is one of split, share, copies and "
                              "packed weights",
                              low->layer->name, first, ways[i]);
        if (ways[i]) first = ways[i];
    }
    return true;
}

bool weir_lower(const weir_design *design, weir_arena *arena, weir_plan *plan, weir_diag *diag) {
    const weir_network *network = design->network;
    uint32_t n = weir_network_layers(network);
    weir_lowering low = {.design = design,
                         .arena = arena,
                         .plan = plan,
                         .diag = diag,
                         .flows = WEIR_NEW(arena, weir_flow, n),
                         .readers = WEIR_NEW(arena, uint32_t, n),
                         .absorbed_by = WEIR_NEW(arena, uint32_t, n)};
    uint32_t *taken = WEIR_NEW(arena, uint32_t, n);
    *plan = (weir_plan){0};
    look_ahead(&low);
    bool ok = true;
    for (uint32_t l = 0; l < n; l++) {
        low.index = l;
        low.layer = weir_network_layer(network, l);
        low.settings = &design->settings[l];
        for (uint32_t i = 0; i < low.layer->n_inputs; i++) {
            /* Each reader of a fork takes the next of its ports. */
            uint32_t from = low.layer->inputs[i];
            low.inputs[i] = low.flows[from];
            low.inputs[i].edge.port += taken[from]++;
        }
        low.flow = low.inputs[0];
        low.copied = low.refused = false;
        if (!check_settings(&low) || !weir_lower_layer(&low) || !check_copies(&low) ||
            !add_fork(&low)) {
            ok = false;
            /* Go on with what the layer should have sent, to report every layer at once. */
            weir_shape out = low.layer->out;
            low.flow.stream = (weir_stream){out.rows, out.columns, out.channels, out.channels,
                                            weir_fixed_element(low.settings->precision)};
            if (weir_lower_is_parallel(&low))
                low.flow.stream = weir_lower_whole(out, low.flow.stream.element);
            low.flow.unit = (weir_unit){0};
        }
        if (low.layer->kind == WEIR_LAYER_OUTPUT) output_unit(&low);
        low.flows[l] = low.flow;
    }
    ok = ok && weir_lower_blocks(&low);
    if (ok) weir_lower_memories(design, arena, plan);
    bool forks = false, branches = false;
    for (uint32_t i = 0; i < plan->n_nodes; i++) {
        const weir_operator *op = &plan->nodes[i].op;
        forks |= op->n_outputs > 1 && !op->kind->deals && op->frames < 2;
    }
    for (uint32_t l = 0; l < n; l++)
        branches |= low.readers[l] > 1;
    bool paced = design->target_interval_cycles || design->target_fps > 0;
    for (uint32_t l = 0; l < n; l++)
        paced |= design->settings[l].target_interval_cycles > 0;
    /* A layer that is split by its outputs leaves the depths elsewhere as they are. */
    if (ok && (branches || paced)) weir_burst_depths(plan);
    if (ok && forks) weir_skip_depths(plan);
    return ok;
}
