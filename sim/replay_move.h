/* How events move in the scalar replay: gates asked for, events done, others woken. For its .c files.
 * Times are edges of the owner's domain.
 */
#ifndef WEIR_SIM_REPLAY_MOVE_H
#define WEIR_SIM_REPLAY_MOVE_H

#include "sim/replay_run.h"

#define WEIR_INLINE static inline __attribute__((always_inline))

WEIR_INLINE int64_t weir_later_of(int64_t a, int64_t b) {
    return a > b ? a : b;
}

WEIR_INLINE uint64_t weir_beats(const weir_replay_channel *c) {
    return c->written - c->taken;
}

WEIR_INLINE uint64_t weir_space(const weir_replay_channel *c) {
    return c->taken + c->depth - c->written;
}

/* From when the next beat can be read, the next one written; there is one, there is space. */
WEIR_INLINE int64_t weir_read_gate(const weir_replay_channel *c) {
    return c->readable[c->taken & c->mask];
}

WEIR_INLINE int64_t weir_write_gate(const weir_replay_channel *c) {
    int64_t gate = c->writable[c->written & c->mask];
    return c->write_gap > 0 ? weir_later_of(gate, c->last_write + c->write_gap) : gate;
}

WEIR_INLINE void weir_log_event(weir_event_log *log, uint64_t number, int64_t edge) {
    log->edges[number - log->from] = edge;
}

WEIR_INLINE void weir_read_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (record) weir_log_event(&c->reads, c->taken, edge);
    c->writable[(c->taken + c->depth) & c->mask] =
        (c->crosses ? weir_crossing_after(&c->to_producer, edge) : edge) + c->backward;
    c->last_read = edge;
    c->taken++;
}

WEIR_INLINE void weir_write_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (record) weir_log_event(&c->writes, c->written - c->initial, edge);
    c->readable[c->written & c->mask] =
        (c->crosses ? weir_crossing_after(&c->to_consumer, edge) : edge) + c->forward;
    c->last_write = edge;
    c->written++;
}

WEIR_INLINE void weir_enqueue(weir_replay *run, uint32_t actor) {
    if (run->actors[actor].queued) return;
    run->actors[actor].queued = true;
    run->queue[(run->queue_head + run->n_queue++) & run->queue_mask] = actor;
}

WEIR_INLINE void weir_enqueue_later(weir_replay *run, weir_actor *actor) {
    if (actor->queued_later) return;
    actor->queued_later = true;
    run->later[(run->later_head + run->n_later++) & run->queue_mask] = actor->index;
}

/* Those who waited for what an actor has done by now. */
WEIR_INLINE void weir_wake_peers(weir_replay *run, const weir_actor *actor) {
    const weir_net_node *node = actor->node;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        weir_replay_channel *c = &run->channels[node->inputs[i]];
        if (!c->writer_waits || weir_space(c) == 0) continue;
        c->writer_waits = false;
        weir_enqueue(run, c->producer);
    }
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        weir_replay_channel *c = &run->channels[node->outputs[q]];
        if (!c->reader_waits || weir_beats(c) == 0) continue;
        c->reader_waits = false;
        weir_enqueue(run, c->consumer);
    }
}

/* A beat on each input of a set, space on each output? Says so at the first channel without. */
WEIR_INLINE bool weir_reads_possible(weir_replay *run, const weir_net_set *set) {
    for (uint32_t i = 0; i < set->n_reads; i++) {
        weir_replay_channel *c = &run->channels[set->reads[i].channel];
        if (weir_beats(c) > 0) continue;
        c->reader_waits = true;
        return false;
    }
    return true;
}

WEIR_INLINE bool weir_writes_possible(weir_replay *run, const weir_net_set *set) {
    for (uint32_t i = 0; i < set->n_writes; i++) {
        weir_replay_channel *c = &run->channels[set->writes[i].channel];
        if (weir_space(c) > 0) continue;
        c->writer_waits = true;
        return false;
    }
    return true;
}

WEIR_INLINE int64_t weir_reads_gate(const weir_replay *run, const weir_net_set *set, int64_t t) {
    for (uint32_t i = 0; i < set->n_reads; i++)
        t = weir_later_of(t, weir_read_gate(&run->channels[set->reads[i].channel]));
    return t;
}

WEIR_INLINE int64_t weir_writes_gate(const weir_replay *run, const weir_net_set *set, int64_t t) {
    for (uint32_t i = 0; i < set->n_writes; i++)
        t = weir_later_of(t, weir_write_gate(&run->channels[set->writes[i].channel]));
    return t;
}

WEIR_INLINE void weir_reads_do(weir_replay *run, const weir_net_set *set, int64_t t, bool record) {
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (set->reads[i].moves) weir_read_at(&run->channels[set->reads[i].channel], t, record);
}

WEIR_INLINE void weir_writes_do(weir_replay *run, const weir_net_set *set, int64_t t, bool record) {
    for (uint32_t i = 0; i < set->n_writes; i++)
        if (set->writes[i].moves) weir_write_at(&run->channels[set->writes[i].channel], t, record);
}

/* A program with initiations that are allowed now. */
WEIR_INLINE bool weir_may_issue(const weir_replay *run, const weir_net_node *node,
                                const weir_net_cursor *at) {
    return weir_net_frame(node, at) < run->limit && node->end > 0 &&
           (at->frame == 0 || node->frame < node->end);
}

void weir_step_stages(weir_replay *run, weir_actor *actor); /* elastic, any stages */
void weir_step_credit(weir_replay *run, weir_actor *actor);
void weir_step_frp(weir_replay *run, weir_actor *actor);

#endif
