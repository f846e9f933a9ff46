/* Weights that come from packed memories: the processes that send them, and where they lie. */
#include "hls/lower_parts.h"
#include "hls/op_weights.h"
#include <string.h>

/* ------------------------------------------------------------------ one layer */

static bool refuse(const weir_lowering *low, const char *why) {
    return weir_error(low->diag, low->settings->loc, "layer \"%s\": weights \"packed\" %s",
                      low->layer->name, why);
}

static bool check(const weir_lowering *low, const weir_operator *op) {
    const weir_layer_settings *s = low->settings;
    const weir_domain *domain = &low->design->domains[s->domain];
    if (strcmp(op->strategy, "resource") != 0)
        return refuse(low, "needs strategy \"resource\", it has \"latency\"");
    if (s->copies > 1 || s->split > 1 || s->share)
        return refuse(low, "does not go with copies, split or share");
    return domain->period_ps % 2 == 0 ||
           weir_error(low->diag, s->loc,
                      "layer \"%s\": weights \"packed\" need a memory at twice its clock; domain "
                      "\"%s\" has period_ps %llu, must be even",
                      low->layer->name, domain->name, (unsigned long long)domain->period_ps);
}

/* Flip-flops of the synchronisers of the words' FIFO. */
static uint32_t flops_of(const weir_design *design, const char *process) {
    uint32_t flops = design->default_flops;
    size_t length = strlen(process);
    for (uint32_t f = 0; f < design->n_fifos; f++) {
        const char *name = design->fifos[f].name;
        if (!strncmp(name, process, length) && !strcmp(name + length, "_out"))
            flops = design->fifos[f].flops;
    }
    return flops;
}

bool weir_lower_with_weights(weir_lowering *low, weir_operator *op, weir_fixed type) {
    if (low->settings->weights == WEIR_WEIGHTS_OWN) {
        weir_lower_add(low, WEIR_PROCESS, op, &low->flow);
        return true;
    }
    if (!check(low, op)) return false;
    weir_operator weights;
    weir_flow inputs[2] = {low->flow};
    weir_unit unit = low->flow.unit;
    weir_stream_weights(op, &weights, low->arena, weir_lower_helper(low, "weights"), type);
    weir_lower_add(low, WEIR_PROCESS, &weights, NULL);
    inputs[1] = low->flow;
    weir_lower_add(low, WEIR_PROCESS, op, inputs);
    low->flow.unit = unit;
    /* A slot comes back flops + 1 cycles after its beat was read, which was flops + 1 cycles after it
     * was written, at most: with so many slots there is a word in every cycle. */
    low->plan->nodes[low->flow.edge.node].depth[1] = 2 * (flops_of(low->design, weights.name) + 1);
    return true;
}

/* ------------------------------------------------------------------ all layers */

/* Domain `domain`'s clock in the even or odd cycles of its memories. */
static uint32_t slot_domain(const weir_design *design, weir_arena *arena, weir_plan *plan,
                            uint32_t domain, uint32_t odd) {
    const weir_domain *base = &plan->domains[domain];
    const char *name = weir_arena_printf(arena, "%s_slot%u", base->name, odd);
    for (uint32_t d = design->n_domains; d < plan->n_domains; d++)
        if (!strcmp(plan->domains[d].name, name)) return d;
    weir_domain *domains = WEIR_NEW(arena, weir_domain, plan->n_domains + 1);
    memcpy(domains, plan->domains, plan->n_domains * sizeof *domains);
    domains[plan->n_domains] = *base;
    domains[plan->n_domains].name = name;
    domains[plan->n_domains].phase_ps += odd * (base->period_ps / 2);
    plan->domains = domains;
    return plan->n_domains++;
}

void weir_lower_memories(const weir_design *design, weir_arena *arena, weir_plan *plan) {
    weir_packed_layer *layers = WEIR_NEW(arena, weir_packed_layer, plan->n_nodes);
    weir_memory_place *places = WEIR_NEW(arena, weir_memory_place, plan->n_nodes);
    weir_memory_block *blocks = WEIR_NEW(arena, weir_memory_block, plan->n_nodes);
    uint32_t *nodes = WEIR_NEW(arena, uint32_t, plan->n_nodes), n = 0;
    plan->n_domains = design->n_domains;
    plan->domains = design->domains;
    for (uint32_t i = 0; i < plan->n_nodes; i++) {
        const weir_plan_node *node = &plan->nodes[i];
        if (!node->op.kind || !weir_is_weights(&node->op)) continue;
        const weir_weights_params *p = node->op.params;
        nodes[n] = i;
        layers[n++] = (weir_packed_layer){node->domain, p->words, p->bits};
    }
    weir_plan_memories(arena, layers, n, places, blocks);
    for (uint32_t i = 0; i < n; i++) {
        weir_weights_params *p = WEIR_NEW(arena, weir_weights_params, 1);
        *p = *(const weir_weights_params *)plan->nodes[nodes[i]].op.params;
        p->place = places[i];
        p->block = blocks[places[i].group];
        p->first = places[i].slot == 0; /* slots are in order of the layers */
        plan->nodes[nodes[i]].op.params = p;
        plan->nodes[nodes[i]].domain =
            slot_domain(design, arena, plan, layers[i].domain, places[i].slot % 2);
    }
}
