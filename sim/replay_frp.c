/* Free-running pipelines: reads at issue, writes through a skid FIFO of C beats at each output.
 *
 * A step may be issued once fewer than C of the steps before it hold a place in each output's skid: one
 * cycle after the C-th largest of their releases, known or not. Of those not known (their beat waits
 * for space) there are u < C. If none of them can come before the (C - u)-th largest known one, that
 * one is the C-th largest of all. Else the answer depends on what others do first; when nothing else
 * can move, the earliest of all such steps in the net is issued as if the unknown ones came later,
 * which is so, as whatever frees their space happens after it.
 */
#include "sim/replay_sets.h"
#include <string.h>

/* A release joins the C largest. */
static void release(const weir_actor *actor, weir_skid *skid, int64_t edge) {
    uint64_t k = actor->skid_depth;
    if (edge <= skid->largest[k - 1]) return;
    for (k--; k > 0 && skid->largest[k - 1] < edge; k--)
        skid->largest[k] = skid->largest[k - 1];
    skid->largest[k] = edge;
}

static const weir_net_operation *write_of(const weir_net_set *set, uint32_t channel) {
    for (uint32_t w = 0; w < set->n_writes; w++)
        if (set->writes[w].channel == channel && set->writes[w].moves) return &set->writes[w];
    return NULL;
}

/* Beats leave as far as there is space. */
static void send_beats(weir_replay *run, weir_actor *actor) {
    for (uint32_t q = 0; q < actor->node->n_outputs; q++) {
        weir_skid *skid = &actor->skids[q];
        weir_replay_channel *c = &run->channels[skid->channel];
        for (; skid->n > 0; skid->n--, skid->head++) {
            if (weir_space(c) == 0) {
                c->writer_waits = true;
                break;
            }
            int64_t exit = skid->waiting[skid->head & actor->ring_mask].exit;
            int64_t t = weir_later_of(weir_later_of(exit, skid->last + 1), weir_write_gate(c));
            weir_write_at(c, t, run->record);
            skid->last = t;
            release(actor, skid, t);
        }
    }
}

/* When a skid has place for one more; false if that is not known. */
static bool place(const weir_actor *actor, const weir_skid *skid, bool guess, int64_t *t) {
    uint64_t depth = actor->skid_depth;
    if (skid->n >= depth) return false;
    int64_t known = skid->largest[depth - skid->n - 1];
    if (skid->n > 0 && !guess) {
        int64_t exit = skid->waiting[skid->head & actor->ring_mask].exit;
        if (weir_later_of(exit, skid->last + 1) < known) return false;
    }
    if (known >= 0) *t = weir_later_of(*t, known + 1);
    return true;
}

/* The edge of the next issue; false if it lacks a beat or is not known. */
static bool next_issue(weir_replay *run, weir_actor *actor, bool guess, int64_t *t) {
    const weir_net_node *node = actor->node;
    if (!weir_may_issue(run, node, &actor->at)) return false;
    const weir_net_set *set = &node->sets[node->loops[actor->at.loop].set];
    if (!weir_reads_possible(run, set)) return false;
    *t = weir_reads_gate(run, set, actor->time + actor->interval);
    for (uint32_t w = 0; w < set->n_writes; w++) {
        if (set->writes[w].moves) continue;
        weir_replay_channel *c = &run->channels[set->writes[w].channel];
        if (weir_space(c) == 0) {
            c->writer_waits = true;
            return false;
        }
        *t = weir_later_of(*t, weir_write_gate(c));
    }
    for (uint32_t q = 0; q < node->n_outputs; q++)
        if (!place(actor, &actor->skids[q], guess, t)) return false;
    return true;
}

static void issue(weir_replay *run, weir_actor *actor, int64_t t) {
    const weir_net_node *node = actor->node;
    uint32_t index = node->loops[actor->at.loop].set;
    const weir_net_set *set = &node->sets[index];
    weir_reads_do(run, set, t, run->record);
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        weir_skid *skid = &actor->skids[q];
        if (write_of(set, skid->channel) == NULL)
            release(actor, skid, t + actor->length);
        else
            skid->waiting[(skid->head + skid->n++) & actor->ring_mask] =
                (weir_pending){.exit = t + actor->length, .count = actor->count, .set = index};
    }
    actor->time = t;
    actor->count++;
    if (--actor->at.left == 0) weir_net_next(node, &actor->at);
}

void weir_step_frp(weir_replay *run, weir_actor *actor) {
    int64_t t;
    send_beats(run, actor);
    while (next_issue(run, actor, false, &t)) {
        issue(run, actor, t);
        send_beats(run, actor);
    }
    weir_wake_peers(run, actor);
}

/* An actor that stands at the end of the frames allowed could go on at `edge`, or later: what happens
 * then might come before a guess. */
static bool could_go_on(const weir_replay *run, const weir_actor *actor, int64_t *edge) {
    const weir_net_node *node = actor->node;
    *edge = actor->time + 1;
    if (actor->n_stages > 0) { /* its first stage is ahead of the others */
        *edge = actor->stages[0].time + 1;
        return weir_net_frame(node, &actor->stages[0].at) >= run->limit && node->frame < node->end;
    }
    if (node->own > 1 || weir_net_frame(node, &actor->at) < run->limit) return false;
    if (node->kind == WEIR_SOURCE) {
        const weir_replay_channel *c = &run->channels[node->outputs[0]];
        if (actor->arrival < 0 || weir_space(c) == 0) return false;
        *edge = weir_later_of(weir_later_of(*edge, actor->arrival), weir_write_gate(c));
        return true;
    }
    if (node->kind == WEIR_SINK) {
        const weir_replay_channel *c = &run->channels[node->inputs[0]];
        if (weir_beats(c) == 0) return false;
        *edge = weir_later_of(*edge, weir_read_gate(c));
        return true;
    }
    if (node->frame == node->end) return false;
    const weir_net_set *set = &node->sets[node->loops[actor->at.loop].set];
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (weir_beats(&run->channels[set->reads[i].channel]) == 0) return false;
    return true;
}

/* Is there a frame more to allow, in which something could happen at or before a time? */
static bool next_frame_matters(const weir_replay *run, uint64_t ps) {
    bool last = run->limit >= run->parameters->frames || weir_replay_sources_done(run);
    if (last && (!run->runs_out || run->ran_out)) return false;
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        int64_t edge;
        const weir_actor *actor = &run->actors[p];
        if (could_go_on(run, actor, &edge) &&
            (edge < 0 || weir_replay_edge_ps(run, actor, edge) <= ps))
            return true;
    }
    return false;
}

weir_guess weir_replay_guess(weir_replay *run) {
    weir_actor *best = NULL;
    uint64_t best_ps = 0;
    int64_t best_edge = 0, t;
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        weir_actor *actor = &run->actors[p];
        if (actor->skids == NULL || !next_issue(run, actor, true, &t)) continue;
        uint64_t ps = weir_replay_edge_ps(run, actor, t);
        if (best != NULL && ps >= best_ps) continue;
        best = actor;
        best_ps = ps;
        best_edge = t;
    }
    if (best == NULL) return WEIR_GUESS_NONE;
    if (next_frame_matters(run, best_ps)) return WEIR_GUESS_EARLY;
    issue(run, best, best_edge);
    weir_step_frp(run, best);
    return WEIR_GUESS_MADE;
}
