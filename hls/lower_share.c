#include "hls/lower_parts.h"
#include "models/graph.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* Layers that take turns in one block. The block's place in the plan is that of its first member; the
 * other members' inputs come from nodes further on. What it is made of is known when all members have
 * been lowered; PE and SIMD, which the streams around it need, follow from the network alone. */

struct weir_block {
    const char *name;
    uint32_t node, n, lowered;
    uint32_t layers[WEIR_MAX_PORTS]; /* of the members, in the network's order */
    uint32_t inputs[WEIR_MAX_PORTS], outputs[WEIR_MAX_PORTS]; /* of a vector */
    uint64_t vectors[WEIR_MAX_PORTS];                         /* a frame */
    uint32_t pe, simd;
    bool good;
    weir_matvec_spec specs[WEIR_MAX_PORTS];
    const char *names[WEIR_MAX_PORTS];
    weir_block *next;
};

static const weir_layer *layer_of(const weir_lowering *low, uint32_t index) {
    return weir_network_layer(low->design->network, index);
}

static bool is_depthwise(const weir_layer *layer) {
    return layer->kind == WEIR_LAYER_CONV && layer->groups > 1 &&
           layer->groups == layer->in.channels && layer->groups == layer->out.channels;
}

static bool has_product(const weir_layer *layer) {
    return layer->kind == WEIR_LAYER_CONV || layer->kind == WEIR_LAYER_DENSE;
}

bool weir_lower_can_share(const weir_lowering *low) {
    return has_product(low->layer) && !weir_lower_is_parallel(low);
}

/* ------------------------------------------------------------------ what members may be */

static bool is_identifier(const char *name) {
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_') return false;
    return !isdigit((unsigned char)*name);
}

static bool check_member(weir_lowering *low, const weir_block *block, uint32_t layer) {
    const weir_layer_settings *s = &low->design->settings[layer];
    const weir_layer_settings *first = &low->design->settings[block->layers[0]];
    const char *name = layer_of(low, layer)->name;
    bool good = true;
    if (is_depthwise(layer_of(low, layer)))
        good = weir_error(low->diag, s->loc,
                          "layer \"%s\": share \"%s\": a depthwise convolution has no product to "
                          "share; other convolutions and dense layers are allowed",
                          name, block->name);
    if (s->domain != first->domain)
        good = weir_error(low->diag, s->loc,
                          "layer \"%s\": share \"%s\": its clock is \"%s\", must be \"%s\" as of "
                          "the block's first member \"%s\"",
                          name, block->name, low->design->domains[s->domain].name,
                          low->design->domains[first->domain].name,
                          layer_of(low, block->layers[0])->name);
    if (s->strategy == WEIR_LATENCY)
        good = weir_error(low->diag, s->loc,
                          "layer \"%s\": share \"%s\": strategy \"latency\" builds the layer's own "
                          "constants; allowed are \"resource\" and \"auto\"",
                          name, block->name);
    return good;
}

static void find_members(weir_lowering *low, weir_block *block) {
    uint32_t n = weir_network_layers(low->design->network);
    for (uint32_t l = 0; l < n; l++) {
        const char *share = low->design->settings[l].share;
        const weir_layer *layer = layer_of(low, l);
        if (!share || strcmp(share, block->name) || !has_product(layer)) continue;
        if (block->n++ >= WEIR_MAX_PORTS) continue;
        uint32_t m = block->n - 1, kernel = 1, positions = layer->out.rows * layer->out.columns;
        block->layers[m] = l;
        block->names[m] = layer->name;
        block->outputs[m] = layer->out.channels;
        block->vectors[m] = positions;
        block->inputs[m] = layer->in.channels;
        if (layer->kind == WEIR_LAYER_CONV)
            kernel = layer->window.kernel_rows * layer->window.kernel_columns;
        else
            kernel = layer->in.rows * layer->in.columns / positions;
        block->inputs[m] *= kernel;
    }
}

/* ------------------------------------------------------------------ PE and SIMD */

static uint64_t steps_of(const weir_block *block, uint32_t pe, uint32_t simd) {
    uint64_t steps = 0;
    for (uint32_t m = 0; m < block->n; m++)
        steps += block->vectors[m] * (block->inputs[m] / simd) * (block->outputs[m] / pe);
    return steps;
}

/* As the members say; each that says so says the same, and it divides every member's. */
static bool fold_as_given(weir_lowering *low, weir_block *block, const uint32_t *numbers,
                          const char *key, uint32_t common, uint32_t *chosen) {
    uint64_t wish = 0;
    bool simd = !strcmp(key, "simd"), good = true;
    for (uint32_t m = 0; m < block->n; m++) {
        const weir_layer_settings *s = &low->design->settings[block->layers[m]];
        uint64_t own = simd ? s->simd : s->pe;
        if (own && wish && own != wish)
            good =
                weir_error(low->diag, s->fold_loc,
                           "layer \"%s\": %s %" PRIu64 " in block \"%s\", where an earlier member "
                           "has %" PRIu64 "; members share it",
                           block->names[m], key, own, block->name, wish);
        if (own) wish = own;
    }
    *chosen = wish ? (uint32_t)wish : 1;
    for (uint32_t m = 0; m < block->n && good; m++)
        if (wish > numbers[m] || numbers[m] % *chosen)
            good = weir_error(low->diag, low->design->settings[block->layers[m]].fold_loc,
                              "layer \"%s\": %s %" PRIu64 " of block \"%s\" does not divide %u %s; "
                              "allowed are divisors of %u, which divides every member's",
                              block->names[m], key, wish, block->name, numbers[m],
                              simd ? "inputs" : "outputs", common);
    return good;
}

/* As many multipliers as the largest member would have alone. */
static uint64_t multiplier_limit(const weir_lowering *low, const weir_block *block) {
    uint64_t most = 0;
    for (uint32_t m = 0; m < block->n; m++) {
        uint64_t product = (uint64_t)block->inputs[m] * block->outputs[m];
        uint64_t reuse = low->design->settings[block->layers[m]].reuse_factor;
        uint64_t alone = reuse ? (product + reuse - 1) / reuse : 0;
        if (alone > most) most = alone;
    }
    return most ? most : WEIR_MULTIPLIER_LIMIT;
}

/* A frame of the block is one of all its members: the shortest of their intervals. */
static uint64_t target_of(const weir_lowering *low, const weir_block *block) {
    uint64_t least = 0;
    for (uint32_t m = 0; m < block->n; m++) {
        weir_lowering member = *low;
        member.settings = &low->design->settings[block->layers[m]];
        uint64_t target = weir_lower_target(&member);
        if (target && (!least || target < least)) least = target;
    }
    return least;
}

/* With a target the fewest multipliers that meet it, else the fewest steps within the limit; of equal
 * ones the widest SIMD, which needs the fewest accumulators. */
static bool fold_by_size(weir_lowering *low, weir_block *block, uint32_t outputs, uint32_t inputs) {
    uint64_t target = target_of(low, block), limit = weir_step_limit(target);
    uint64_t most = target ? UINT64_MAX : multiplier_limit(low, block), best = UINT64_MAX;
    for (uint32_t simd = inputs; simd >= 1; simd--)
        for (uint32_t pe = outputs; pe >= 1 && inputs % simd == 0; pe--) {
            if (outputs % pe) continue;
            uint64_t steps = steps_of(block, pe, simd), multipliers = (uint64_t)pe * simd;
            uint64_t cost = target ? multipliers : steps;
            if (multipliers > most || steps > limit || cost >= best) continue;
            best = cost;
            block->pe = pe;
            block->simd = simd;
        }
    return best != UINT64_MAX ||
           weir_error(low->diag, low->settings->loc,
                      "layer \"%s\": share \"%s\": an interval of %" PRIu64 " cycles cannot be met "
                      "with %u PE and %u SIMD, which divide every member's outputs and inputs; "
                      "least: %" PRIu64,
                      low->layer->name, block->name, target, outputs, inputs,
                      steps_of(block, outputs, inputs));
}

static bool fold(weir_lowering *low, weir_block *block) {
    uint32_t outputs = 0, inputs = 0;
    bool given = false;
    for (uint32_t m = 0; m < block->n; m++) {
        const weir_layer_settings *s = &low->design->settings[block->layers[m]];
        outputs = (uint32_t)weir_common_divisor(outputs, block->outputs[m]);
        inputs = (uint32_t)weir_common_divisor(inputs, block->inputs[m]);
        given |= s->pe || s->simd;
    }
    if (!given) return fold_by_size(low, block, outputs, inputs);
    bool good = fold_as_given(low, block, block->outputs, "pe", outputs, &block->pe);
    return fold_as_given(low, block, block->inputs, "simd", inputs, &block->simd) && good;
}

/* ------------------------------------------------------------------ the block */

/* Its place in the plan, still without ports. */
static void add_place(weir_lowering *low, weir_block *block) {
    weir_flow flow = low->flow;
    weir_operator op = {.name = block->name};
    weir_lower_add(low, WEIR_PROCESS, &op, NULL);
    block->node = low->flow.edge.node;
    low->flow = flow;
}

static bool check_block(weir_lowering *low, weir_block *block) {
    weir_loc loc = low->settings->loc;
    if (!is_identifier(block->name))
        return weir_error(low->diag, loc,
                          "layer \"%s\": share \"%s\" is no name; letters, digits and _ are "
                          "allowed, a digit not first",
                          low->layer->name, block->name);
    if (block->n < 2 || block->n > WEIR_MAX_PORTS)
        return weir_error(low->diag, loc, "layer \"%s\": share \"%s\": %u layer%s, 2 to %d allowed",
                          low->layer->name, block->name, block->n, block->n == 1 ? "" : "s",
                          WEIR_MAX_PORTS);
    bool good = true;
    for (uint32_t m = 0; m < block->n; m++)
        good &= check_member(low, block, block->layers[m]);
    return good && fold(low, block);
}

static weir_block *block_of(weir_lowering *low) {
    for (weir_block *block = low->blocks; block; block = block->next)
        if (!strcmp(block->name, low->settings->share)) return block;
    weir_block *block = WEIR_NEW(low->arena, weir_block, 1);
    *block = (weir_block){.name = low->settings->share, .next = low->blocks};
    low->blocks = block;
    find_members(low, block);
    block->good = check_block(low, block);
    if (block->good) add_place(low, block);
    return block;
}

/* Beats of which SIMD elements can be taken. */
static bool fit_lanes(weir_lowering *low, uint32_t simd) {
    uint32_t lanes = low->flow.stream.lanes;
    return weir_lower_width(low, lanes / (uint32_t)weir_common_divisor(lanes, simd) * simd);
}

bool weir_lower_member(weir_lowering *low, const weir_constants *constants, const int32_t *matrix) {
    const weir_layer_settings *s = low->settings;
    weir_block *block = block_of(low);
    uint32_t m = block->lowered++, lanes, outputs = low->layer->out.channels;
    weir_fixed out;
    if (!block->good || !weir_lower_sum_type(low, constants, &out) ||
        !fit_lanes(low, block->simd) ||
        !weir_lower_lanes(low, outputs, block->pe, block->vectors[m], out.width, &lanes))
        return false;
    block->specs[m] = (weir_matvec_spec){
        .in = low->flow.stream,
        .outputs = outputs,
        .out_lanes = lanes,
        .weights = matrix,
        .weight_type = constants->type,
        .bias = constants->bias,
        .accumulator = s->has_accumulator ? &s->accumulator : NULL,
        .out = out,
        .pe = block->pe,
        .simd = block->simd,
    };
    low->plan->nodes[block->node].in[m] = low->flow.edge;
    low->flow.edge = (weir_plan_edge){block->node, m};
    low->flow.stream.channels = outputs;
    low->flow.stream.lanes = lanes;
    low->flow.stream.element = weir_fixed_element(out);
    low->flow.unit = constants->unit;
    return true;
}

bool weir_lower_blocks(weir_lowering *low) {
    bool good = true;
    for (weir_block *block = low->blocks; block; block = block->next) {
        weir_plan_node *node = &low->plan->nodes[block->node];
        const weir_layer_settings *s = &low->design->settings[block->layers[0]];
        good &= weir_shared_operator(&node->op, low->arena, block->name, block->names, block->specs,
                                     block->n, s->loc, low->diag);
        node->output_names = block->names;
    }
    return good;
}
