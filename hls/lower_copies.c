#include "hls/lower_parts.h"
#include "models/graph.h"
#include <inttypes.h>
#include <string.h>

/* Copies of a process: a distributor for each input, `copies` of the operator, a collector. A copy
 * that is dealt parts of a frame has streams of that many rows or positions; one that is dealt whole
 * frames is the operator as it was. */

typedef struct dealing {
    weir_lowering *low;
    const weir_operator *op;
    weir_copy_by by;
    uint32_t copies;
    uint64_t shares; /* of a frame; of whole frames 1 */
} dealing;

bool weir_lower_is_copied(const weir_lowering *low, const weir_operator *op) {
    return low->settings->copies > 1 && strcmp(op->name, low->layer->name) == 0;
}

/* What such a process could be copied by, for its errors. */
static const char *alternative(const weir_operator *op) {
    return op->scope >= WEIR_SCOPE_ROW ? "\"rows\" or \"frames\" is" : "\"frames\" is";
}

static bool find_shares(dealing *d) {
    const weir_operator *op = d->op;
    const weir_layer_settings *settings = d->low->settings;
    const weir_stream *in = &op->in[0];
    const char *layer = d->low->layer->name;
    d->shares = d->by == WEIR_COPY_FRAMES          ? 1
                : d->by == WEIR_COPY_ROWS          ? in->rows
                : op->scope == WEIR_SCOPE_POSITION ? (uint64_t)in->rows * in->columns
                                                   : weir_stream_beats(in);
    if (d->by == WEIR_COPY_FRAMES) return true;
    if (op->scope < (d->by == WEIR_COPY_ROWS ? WEIR_SCOPE_ROW : WEIR_SCOPE_POSITION))
        return weir_error(d->low->diag, settings->loc,
                          "layer \"%s\": copy_by \"%s\", but what its %s process sends depends on "
                          "more of the frame, or on where in it that lies; copy_by %s possible",
                          layer, weir_copy_names[d->by], op->kind->name, alternative(op));
    return d->shares >= d->copies ||
           weir_error(d->low->diag, settings->loc,
                      "layer \"%s\": %u copies by %s, but a frame has shares for %" PRIu64
                      " at most; copy_by \"frames\" is possible",
                      layer, d->copies, weir_copy_names[d->by], d->shares);
}

/* What copy number `copy` has of a stream of the operator. */
static weir_stream part_of(const dealing *d, const weir_stream *whole, uint32_t copy) {
    weir_stream part = *whole;
    uint32_t own = (uint32_t)weir_deal_shares(d->shares, d->copies, copy);
    if (d->by == WEIR_COPY_FRAMES) return part;
    if (d->by == WEIR_COPY_ROWS) {
        part.rows = whole->rows / (uint32_t)d->shares * own;
        return part;
    }
    part.rows = 1;
    part.columns = own;
    if (d->op->scope == WEIR_SCOPE_BEAT) part.channels = part.lanes;
    return part;
}

static uint64_t share_beats(const dealing *d, const weir_stream *whole) {
    return weir_stream_beats(whole) / d->shares;
}

/* Room for a share between distributor, copy and collector: what lets the copies work side by side. */
static void set_room(const dealing *d, weir_plan_node *node, uint32_t port,
                     const weir_stream *whole) {
    uint64_t beats = share_beats(d, whole);
    node->depth[port] = beats < WEIR_MAX_DEPTH ? (uint32_t)beats : WEIR_MAX_DEPTH;
}

static weir_deal deal_of(const dealing *d, const weir_stream *whole, weir_stream *parts) {
    for (uint32_t c = 0; c < d->copies; c++)
        parts[c] = part_of(d, whole, c);
    return (weir_deal){.whole = *whole,
                       .parts = d->by == WEIR_COPY_FRAMES ? NULL : parts,
                       .copies = d->copies,
                       .beats = share_beats(d, whole)};
}

static bool add_distributor(dealing *d, uint32_t port, const weir_flow *input) {
    weir_lowering *low = d->low;
    weir_stream parts[WEIR_MAX_PORTS];
    weir_deal deal = deal_of(d, &d->op->in[port], parts);
    weir_operator op = {0};
    if (!weir_distribute_operator(&op, low->arena, weir_lower_helper(low, "distribute"), &deal,
                                  low->settings->loc, low->diag))
        return false;
    weir_lower_add(low, WEIR_PROCESS, &op, input);
    return true;
}

/* Copy number `copy`, whose inputs come from the distributors that begin at node `first`. */
static void add_copy(dealing *d, uint32_t copy, uint32_t first) {
    weir_lowering *low = d->low;
    weir_operator op = *d->op;
    weir_flow inputs[WEIR_MAX_PORTS] = {0};
    for (uint32_t p = 0; p < op.n_inputs; p++) {
        op.in[p] = part_of(d, &d->op->in[p], copy);
        inputs[p].edge = (weir_plan_edge){first + p, copy};
    }
    op.out[0] = part_of(d, &d->op->out[0], copy);
    uint64_t own = d->by == WEIR_COPY_FRAMES ? 1 : weir_deal_shares(d->shares, d->copies, copy);
    op.steps = op.steps / d->shares * own;
    op.initiations = op.initiations / d->shares * own;
    op.name = weir_lower_helper(low, weir_arena_printf(low->arena, "copy%u", copy));
    weir_lower_add(low, WEIR_PROCESS, &op, inputs);
    weir_plan_node *node = &low->plan->nodes[low->flow.edge.node];
    for (uint32_t p = 0; p < op.n_inputs; p++)
        set_room(d, node, p, &d->op->in[p]);
    if (d->by != WEIR_COPY_FRAMES) return;
    node->frame_step = d->copies;
    node->frame_first = copy;
    if (copy > 0) node->same_as = low->flow.edge.node - copy + 1;
}

static bool add_collector(dealing *d, uint32_t first) {
    weir_lowering *low = d->low;
    weir_stream parts[WEIR_MAX_PORTS];
    weir_deal deal = deal_of(d, &d->op->out[0], parts);
    weir_flow inputs[WEIR_MAX_PORTS] = {0};
    for (uint32_t c = 0; c < d->copies; c++)
        inputs[c].edge = (weir_plan_edge){first + c, 0};
    weir_operator op = {0};
    if (!weir_collect_operator(&op, low->arena, weir_lower_helper(low, "collect"), &deal,
                               low->settings->loc, low->diag))
        return false;
    weir_lower_add(low, WEIR_PROCESS, &op, inputs);
    for (uint32_t c = 0; c < d->copies; c++)
        set_room(d, &low->plan->nodes[low->flow.edge.node], c, &d->op->out[0]);
    return true;
}

bool weir_lower_copies(weir_lowering *low, const weir_operator *op, const weir_flow *inputs) {
    dealing d = {
        .low = low, .op = op, .by = low->settings->copy_by, .copies = low->settings->copies};
    if (!find_shares(&d)) return false;
    uint32_t first = low->plan->n_nodes;
    for (uint32_t p = 0; p < op->n_inputs; p++)
        if (!add_distributor(&d, p, &inputs[p])) return false;
    uint32_t copies = low->plan->n_nodes;
    for (uint32_t c = 0; c < d.copies; c++)
        add_copy(&d, c, first);
    return add_collector(&d, copies);
}
