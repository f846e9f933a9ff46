/* How events move in the scalar replay: gates asked for, events done, others woken. For its .c files.
 * A process sees a channel through a register slice where its schedule has one at that port
 * (sim/replay_slice.c): it takes beats out of the slice, or puts them in, and the slice moves them through
 * the channel on its own. Without one both are the same.
 * Times are edges of the owner's domain.
 */
#ifndef WEIR_SIM_REPLAY_MOVE_H
#define WEIR_SIM_REPLAY_MOVE_H

#include "sim/replay_run.h"

#define WEIR_INLINE static inline __attribute__((always_inline))
#define WEIR_SELDOM(condition) __builtin_expect(condition, false)

WEIR_INLINE int64_t weir_later_of(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* In the channel itself. */
WEIR_INLINE uint64_t weir_held(const weir_replay_channel *c) {
    return c->written - c->taken;
}

WEIR_INLINE uint64_t weir_free(const weir_replay_channel *c) {
    return c->taken + c->depth - c->written;
}

/* Channels with a slice at an end, or at which frames begin or end (sim/replay_slice.c). */
uint64_t weir_special_beats(const weir_replay_channel *c);
uint64_t weir_special_space(const weir_replay_channel *c);
int64_t weir_special_read_gate(const weir_replay_channel *c);
int64_t weir_special_write_gate(const weir_replay_channel *c);
void weir_special_read_at(weir_replay_channel *c, int64_t edge, bool record);
void weir_special_write_at(weir_replay_channel *c, int64_t edge, bool record);
/* What its slices do by themselves with the beats that are there. */
void weir_replay_slices(weir_replay_channel *c, bool record);

/* An unbound process is ahead of the frames allowed by no more than its outputs hold, and those behind
 * one that deals: a frame of it writes. One that deals has no bound but its inputs. */
uint64_t weir_held_ahead(const weir_replay *run, const weir_net_node *node);
bool weir_may_run_ahead(const weir_replay *run, const weir_net_node *node,
                        const weir_net_cursor *at);

/* As the processes at its ends see it. */
WEIR_INLINE uint64_t weir_beats(const weir_replay_channel *c) {
    return WEIR_SELDOM(c->special) ? weir_special_beats(c) : weir_held(c);
}

WEIR_INLINE uint64_t weir_space(const weir_replay_channel *c) {
    return WEIR_SELDOM(c->special) ? weir_special_space(c) : weir_free(c);
}

WEIR_INLINE int64_t weir_channel_write_gate(const weir_replay_channel *c) {
    int64_t gate = c->writable[c->written & c->mask];
    return c->write_gap > 0 ? weir_later_of(gate, c->last_write + c->write_gap) : gate;
}

/* From when the next beat can be read, the next one written; there is one, there is space. */
WEIR_INLINE int64_t weir_read_gate(const weir_replay_channel *c) {
    return WEIR_SELDOM(c->special) ? weir_special_read_gate(c) : c->readable[c->taken & c->mask];
}

WEIR_INLINE int64_t weir_write_gate(const weir_replay_channel *c) {
    return WEIR_SELDOM(c->special) ? weir_special_write_gate(c) : weir_channel_write_gate(c);
}

WEIR_INLINE void weir_log_event(weir_event_log *log, uint64_t number, int64_t edge) {
    log->edges[number - log->from] = edge;
}

/* Through the channel itself. */
WEIR_INLINE void weir_take(weir_replay_channel *c, int64_t edge, bool record) {
    if (record) weir_log_event(&c->reads, c->taken, edge);
    c->writable[(c->taken + c->depth) & c->mask] =
        (c->crosses ? weir_crossing_after(&c->to_producer, edge) : edge) + c->backward;
    c->last_read = edge;
    c->taken++;
}

WEIR_INLINE void weir_send(weir_replay_channel *c, int64_t edge, bool record) {
    if (record) weir_log_event(&c->writes, c->written - c->initial, edge);
    c->readable[c->written & c->mask] =
        (c->crosses ? weir_crossing_after(&c->to_consumer, edge) : edge) + c->forward;
    c->last_write = edge;
    c->written++;
}

WEIR_INLINE void weir_read_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (WEIR_SELDOM(c->special))
        weir_special_read_at(c, edge, record);
    else
        weir_take(c, edge, record);
}

WEIR_INLINE void weir_write_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (WEIR_SELDOM(c->special))
        weir_special_write_at(c, edge, record);
    else
        weir_send(c, edge, record);
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

void weir_step_stages(weir_replay *run, weir_actor *actor); /* elastic, any stages */
void weir_step_credit(weir_replay *run, weir_actor *actor);
void weir_step_frp(weir_replay *run, weir_actor *actor);

#endif
