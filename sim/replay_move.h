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

/* As the processes at its ends see it, which may have a register slice between. */
WEIR_INLINE uint64_t weir_beats(const weir_replay_channel *c) {
    return c->slice_in > 0 ? c->taken - c->used : weir_held(c);
}

WEIR_INLINE uint64_t weir_space(const weir_replay_channel *c) {
    return c->slice_out > 0 ? c->written - c->initial + c->slice_out - c->put : weir_free(c);
}

WEIR_INLINE int64_t *weir_slot(int64_t *ring, uint64_t number) {
    return &ring[number % WEIR_MOST_SLICE];
}

WEIR_INLINE int64_t weir_channel_write_gate(const weir_replay_channel *c) {
    int64_t gate = c->writable[c->written & c->mask];
    return c->write_gap > 0 ? weir_later_of(gate, c->last_write + c->write_gap) : gate;
}

/* From when the next beat can be read, the next one written; there is one, there is space. */
WEIR_INLINE int64_t weir_read_gate(const weir_replay_channel *c) {
    if (c->slice_in > 0) return c->read_at[c->used % WEIR_MOST_SLICE] + 1;
    return c->readable[c->taken & c->mask];
}

WEIR_INLINE int64_t weir_write_gate(const weir_replay_channel *c) {
    if (c->slice_out == 0) return weir_channel_write_gate(c);
    if (c->put < c->slice_out) return 0;
    return c->sent_at[(c->put - c->slice_out) % WEIR_MOST_SLICE] + 1;
}

WEIR_INLINE void weir_log_event(weir_event_log *log, uint64_t number, int64_t edge) {
    log->edges[number - log->from] = edge;
}

/* A frame begins, or ends, with this beat. */
void weir_replay_begin_at(const weir_replay_channel *c, int64_t edge);
void weir_replay_end_at(const weir_replay_channel *c, int64_t edge);

WEIR_INLINE void weir_take(weir_replay_channel *c, int64_t edge, bool record) {
    if (record) weir_log_event(&c->reads, c->taken, edge);
    c->writable[(c->taken + c->depth) & c->mask] =
        (c->crosses ? weir_crossing_after(&c->to_producer, edge) : edge) + c->backward;
    if (c->begins != NULL) weir_replay_begin_at(c, edge);
    c->last_read = edge;
    c->taken++;
}

WEIR_INLINE void weir_send(weir_replay_channel *c, int64_t edge, bool record) {
    if (record) weir_log_event(&c->writes, c->written - c->initial, edge);
    c->readable[c->written & c->mask] =
        (c->crosses ? weir_crossing_after(&c->to_consumer, edge) : edge) + c->forward;
    c->last_write = edge;
    c->written++;
    if (c->ends != NULL) weir_replay_end_at(c, edge);
}

/* What slices do by themselves (sim/replay_slice.c). */
void weir_replay_slices(weir_replay_channel *c, bool record);

WEIR_INLINE void weir_read_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (c->slice_in > 0)
        *weir_slot(c->used_at, c->used++) = edge;
    else
        weir_take(c, edge, record);
    if (c->slice_in + c->slice_out > 0) weir_replay_slices(c, record);
}

WEIR_INLINE void weir_write_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (c->slice_out > 0)
        *weir_slot(c->put_at, c->put++) = edge;
    else
        weir_send(c, edge, record);
    if (c->slice_in + c->slice_out > 0) weir_replay_slices(c, record);
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
