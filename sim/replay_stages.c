/* Elastic processes whose ports are at several stages, and credit processes.
 *
 * Of an elastic pipeline only the stages that do operations matter. For neighbours a < b among them,
 * d = b - a, the stages between give nothing but
 *   E(i,b) >= E(i,a) + d    and    E(i,a) >= E(i-d,b):
 * a path of the recurrence from (i,a) up to (j,b) has d more steps upwards (one cycle each) than back
 * down (none), and as many steps to the next i of either sort as j - i, so it is d + j - i long; one
 * from (i,b) to (j,a) is j - i - d long. Both follow from the two lines and E(i+1,s) >= E(i,s) + 1.
 */
#include "sim/replay_sets.h"

/* Are the operations of one stage possible? */
static bool possible(weir_replay *run, const weir_net_set *set, uint32_t stage) {
    for (uint32_t i = 0; i < set->n_reads; i++) {
        weir_replay_channel *c = &run->channels[set->reads[i].channel];
        if (set->reads[i].stage != stage || weir_beats(c) > 0) continue;
        c->reader_waits = true;
        return false;
    }
    for (uint32_t i = 0; i < set->n_writes; i++) {
        weir_replay_channel *c = &run->channels[set->writes[i].channel];
        if (set->writes[i].stage != stage || weir_space(c) > 0) continue;
        c->writer_waits = true;
        return false;
    }
    return true;
}

static int64_t gate_of(const weir_replay *run, const weir_net_set *set, uint32_t stage) {
    int64_t t = 0;
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (set->reads[i].stage == stage)
            t = weir_later_of(t, weir_read_gate(&run->channels[set->reads[i].channel]));
    for (uint32_t i = 0; i < set->n_writes; i++)
        if (set->writes[i].stage == stage)
            t = weir_later_of(t, weir_write_gate(&run->channels[set->writes[i].channel]));
    return t;
}

static void move(weir_replay *run, const weir_net_set *set, uint32_t stage, int64_t t) {
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (set->reads[i].stage == stage && set->reads[i].moves)
            weir_read_at(&run->channels[set->reads[i].channel], t, run->record);
    for (uint32_t i = 0; i < set->n_writes; i++)
        if (set->writes[i].stage == stage && set->writes[i].moves)
            weir_write_at(&run->channels[set->writes[i].channel], t, run->record);
}

/* One step at gated stage `g`; false if it lacks an event, here or at a neighbouring stage. */
static bool step_stage(weir_replay *run, weir_actor *actor, uint32_t g) {
    weir_gated_stage *at = &actor->stages[g];
    const weir_net_node *node = actor->node;
    if (!weir_may_issue(run, node, &at->at)) return false;
    uint64_t i = at->count;
    int64_t t = at->time + (g == 0 ? actor->interval : 1);
    if (g > 0) {
        const weir_gated_stage *before = at - 1;
        if (i >= before->count) return false;
        t = weir_later_of(t, before->recent[i & before->mask] + (int64_t)at->distance);
    }
    if (g + 1 < actor->n_stages) {
        const weir_gated_stage *after = at + 1;
        if (i >= after->count + after->distance) return false;
        if (i >= after->distance)
            t = weir_later_of(t, after->recent[(i - after->distance) & after->mask]);
    }
    const weir_net_set *set = &node->sets[node->loops[at->at.loop].set];
    if (!possible(run, set, at->stage)) return false;
    t = weir_later_of(t, gate_of(run, set, at->stage));
    move(run, set, at->stage, t);
    at->recent[i & at->mask] = at->time = t;
    at->count++;
    if (--at->at.left == 0) weir_net_next(node, &at->at);
    return true;
}

/* From the last stage to the first, so that steps leave before others come. */
void weir_step_stages(weir_replay *run, weir_actor *actor) {
    bool moved;
    do {
        moved = false;
        for (uint32_t g = actor->n_stages; g-- > 0;)
            while (step_stage(run, actor, g))
                moved = true;
    } while (moved);
    actor->at.frame = actor->stages[actor->n_stages - 1].at.frame;
    actor->time = actor->stages[0].time;
    weir_wake_peers(run, actor);
}

/* All gates are at issue; an operation happens a fixed number of cycles later. */
void weir_step_credit(weir_replay *run, weir_actor *actor) {
    const weir_net_node *node = actor->node;
    while (weir_may_issue(run, node, &actor->at)) {
        const weir_net_set *set = &node->sets[node->loops[actor->at.loop].set];
        uint64_t n = set->shape == WEIR_SHAPE_EMPTY ? actor->at.left : 1;
        if (!weir_reads_possible(run, set) || !weir_writes_possible(run, set)) break;
        int64_t t = actor->time + actor->interval * (int64_t)n;
        t = weir_writes_gate(run, set, weir_reads_gate(run, set, t));
        for (uint32_t i = 0; i < set->n_reads; i++)
            if (set->reads[i].moves)
                weir_read_at(&run->channels[set->reads[i].channel], t + set->reads[i].stage,
                             run->record);
        for (uint32_t i = 0; i < set->n_writes; i++)
            if (set->writes[i].moves)
                weir_write_at(&run->channels[set->writes[i].channel], t + set->writes[i].stage,
                              run->record);
        actor->time = t;
        actor->count += n;
        actor->at.left -= n;
        if (actor->at.left == 0) weir_net_next(node, &actor->at);
    }
    weir_wake_peers(run, actor);
}
