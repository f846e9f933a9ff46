/* Register slices at the ports of lockstep processes: a slice of S beats is a FIFO of that depth, of which
 * a beat can leave one cycle after it came and a place is free one cycle after its beat left.
 *
 * A slice at an input reads on its own as long as it has a place; the process takes beats out of it. One
 * at an output sends on its own what the process has put into it. The channel's events are the slice's.
 */
#include "sim/replay_move.h"

static bool read_on(weir_replay_channel *c, bool record) {
    if (c->slice_in == 0 || weir_held(c) == 0 || c->taken - c->used >= c->slice_in) return false;
    uint64_t k = c->taken;
    int64_t t = weir_later_of(c->readable[k & c->mask], c->last_read + 1);
    if (k >= c->slice_in && c->slice_in <= WEIR_MOST_SLICE)
        t = weir_later_of(t, *weir_slot(c->used_at, k - c->slice_in) + 1);
    *weir_slot(c->read_at, k) = t;
    weir_take(c, t, record);
    return true;
}

static bool send_on(weir_replay_channel *c, bool record) {
    uint64_t k = c->written - c->initial;
    if (c->slice_out == 0 || k == c->put || weir_free(c) == 0) return false;
    int64_t t = weir_later_of(*weir_slot(c->put_at, k), c->last_write) + 1;
    t = weir_later_of(t, weir_channel_write_gate(c));
    *weir_slot(c->sent_at, k) = t;
    weir_send(c, t, record);
    return true;
}

void weir_replay_slices(weir_replay_channel *c, bool record) {
    bool moved = true;
    while (moved) {
        moved = send_on(c, record);
        moved |= read_on(c, record);
    }
}
