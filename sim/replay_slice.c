/* Register slices at the ports of lockstep processes: a slice of S beats is a FIFO of that depth, of which
 * a beat can leave one cycle after it came and a place is free one cycle after its beat left.
 *
 * A slice at an input reads on its own as long as it has a place; the process takes beats out of it. One
 * at an output sends on its own what the process has put into it. The channel's events are the slice's.
 * Frames that begin with a read, or end with a write, of a channel are timed here too.
 */
#include "sim/replay_move.h"

static int64_t *slot(int64_t *ring, uint64_t number) {
    return &ring[number % WEIR_MOST_SLICE];
}

/* ------------------------------------------------------------------ frames */

static void begin_frame(const weir_replay_channel *c, int64_t edge) {
    weir_replay *run = c->begins;
    uint64_t frame = c->taken / c->frame_beats;
    if (c->taken % c->frame_beats != 0 || frame >= run->limit - run->skipped) return;
    uint64_t ps = weir_replay_edge_ps(run, &run->actors[c->consumer], edge);
    if (ps < run->frames[frame].first_in_ps) run->frames[frame].first_in_ps = ps;
}

static void end_frame(const weir_replay_channel *c, int64_t edge) {
    weir_replay *run = c->ends;
    uint64_t written = c->written + 1 - c->initial, frame = written / c->frame_beats - 1;
    if (written % c->frame_beats != 0 || frame >= run->limit - run->skipped) return;
    uint64_t ps = weir_replay_edge_ps(run, &run->actors[c->producer], edge);
    if (ps > run->frames[frame].last_out_ps) run->frames[frame].last_out_ps = ps;
}

static void take(weir_replay_channel *c, int64_t edge, bool record) {
    if (c->begins != NULL) begin_frame(c, edge);
    weir_take(c, edge, record);
}

static void send(weir_replay_channel *c, int64_t edge, bool record) {
    if (c->ends != NULL) end_frame(c, edge);
    weir_send(c, edge, record);
}

/* ------------------------------------------------------------------ what slices do by themselves */

static bool read_on(weir_replay_channel *c, bool record) {
    if (c->slice_in == 0 || weir_held(c) == 0 || c->taken - c->used >= c->slice_in) return false;
    uint64_t k = c->taken;
    int64_t t = weir_later_of(c->readable[k & c->mask], c->last_read + 1);
    if (k >= c->slice_in && c->slice_in <= WEIR_MOST_SLICE)
        t = weir_later_of(t, *slot(c->used_at, k - c->slice_in) + 1);
    *slot(c->read_at, k) = t;
    take(c, t, record);
    return true;
}

static bool send_on(weir_replay_channel *c, bool record) {
    uint64_t k = c->written - c->initial;
    if (c->slice_out == 0 || k == c->put || weir_free(c) == 0) return false;
    int64_t t = weir_later_of(*slot(c->put_at, k), c->last_write) + 1;
    t = weir_later_of(t, weir_channel_write_gate(c));
    *slot(c->sent_at, k) = t;
    send(c, t, record);
    return true;
}

void weir_replay_slices(weir_replay_channel *c, bool record) {
    bool moved = c->slice_in + c->slice_out > 0;
    while (moved) {
        moved = send_on(c, record);
        moved |= read_on(c, record);
    }
}

/* ------------------------------------------------------------------ as processes see it */

uint64_t weir_special_beats(const weir_replay_channel *c) {
    return c->slice_in > 0 ? c->taken - c->used : weir_held(c);
}

uint64_t weir_special_space(const weir_replay_channel *c) {
    return c->slice_out > 0 ? c->written - c->initial + c->slice_out - c->put : weir_free(c);
}

int64_t weir_special_read_gate(const weir_replay_channel *c) {
    if (c->slice_in > 0) return c->read_at[c->used % WEIR_MOST_SLICE] + 1;
    return c->readable[c->taken & c->mask];
}

int64_t weir_special_write_gate(const weir_replay_channel *c) {
    if (c->slice_out == 0) return weir_channel_write_gate(c);
    if (c->put < c->slice_out) return 0;
    return c->sent_at[(c->put - c->slice_out) % WEIR_MOST_SLICE] + 1;
}

void weir_special_read_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (c->slice_in > 0)
        *slot(c->used_at, c->used++) = edge;
    else
        take(c, edge, record);
    weir_replay_slices(c, record);
}

void weir_special_write_at(weir_replay_channel *c, int64_t edge, bool record) {
    if (c->slice_out > 0)
        *slot(c->put_at, c->put++) = edge;
    else
        send(c, edge, record);
    weir_replay_slices(c, record);
}

/* Beats that the outputs hold, and those behind one that deals them out. */
uint64_t weir_held_ahead(const weir_replay *run, const weir_net_node *node) {
    uint64_t held = node->stages;
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        const weir_replay_channel *c = &run->channels[node->outputs[q]];
        const weir_net_node *next = &run->net->nodes[c->consumer];
        held += c->depth;
        if (next->own > 1) held += weir_held_ahead(run, next);
    }
    return held;
}

bool weir_may_run_ahead(const weir_replay *run, const weir_net_node *node,
                        const weir_net_cursor *at) {
    if (node->own > 1) return true;
    uint64_t held = weir_held_ahead(run, node);
    return weir_net_frame(node, at) < run->limit + held;
}
