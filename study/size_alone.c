/* The least depth of a channel with all others unbounded.
 *
 * Of the interval: only what lies on a way from the channel's producer to its consumer can matter,
 * as a cycle through its space goes from the one to the other. So a trial runs that part of the net,
 * mostly two processes, whose FIFOs but the one are deep. Of a latency, or of arrivals that are a
 * list, the whole net is run.
 */
#include "base/arena.h"
#include "study/pace.h"
#include "study/sizing.h"
#include <stdlib.h>
#include <string.h>

/* Processes that can be reached from `start`, or that can reach it. */
static void reach(const weir_net *net, uint32_t start, bool forward, bool *reached) {
    uint32_t n = weir_net_channels(net);
    bool more = true;
    reached[start] = true;
    while (more) {
        more = false;
        for (uint32_t c = 0; c < n; c++) {
            const weir_net_channel *channel = weir_net_channel_at(net, c);
            uint32_t from = forward ? channel->producer : channel->consumer;
            uint32_t to = forward ? channel->consumer : channel->producer;
            if (!reached[from] || reached[to]) continue;
            reached[to] = true;
            more = true;
        }
    }
}

typedef struct alone {
    sizing *s; /* of the whole or the part */
    uint32_t channel;
    uint32_t *depths;
} alone;

static void test_alone(void *context, const uint32_t *depths, uint32_t count, bool *met) {
    alone *a = context;
    uint32_t n = a->s->n, *sets = weir_xcalloc((size_t)count * n, sizeof *sets);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(sets + (size_t)i * n, a->depths, n * sizeof *sets);
        sets[(size_t)i * n + a->channel] = depths[i];
    }
    sizing_test(a->s, sets, count, met);
    free(sets);
}

/* Least depth of `low` .. `high` in `s`, all others as deep as they could be of use. */
static uint32_t least_in(sizing *s, const bool *inner, uint32_t channel, uint32_t low,
                         uint32_t high) {
    alone a = {s, channel, weir_xcalloc(s->n, sizeof *a.depths)};
    for (uint32_t c = 0; c < s->n; c++) {
        uint32_t initial = weir_net_channel_at(s->net, c)->initial;
        uint64_t depth = 2 * weir_net_frame_beats(s->net, c) + s->most[c] + 64 + initial;
        if (inner != NULL && !inner[c]) depth = initial + 4;
        a.depths[c] = depth < WEIR_MAX_DEPTH ? (uint32_t)depth : WEIR_MAX_DEPTH;
    }
    uint32_t found = sizing_bisect(s, channel, low - 1, high, test_alone, &a);
    free(a.depths);
    return found;
}

void sizing_alone_one(sizing *s, uint32_t channel) {
    /* `most` is enough, with some for what an occupancy does not tell (a slot's way back). */
    uint32_t least = sizing_floor(s, channel);
    if (s->alone[channel] > least) least = s->alone[channel];
    uint32_t low = sizing_top(s, channel, least);
    uint32_t high = sizing_top(s, channel, s->most[channel] + 16);
    s->alone[channel] = low;
    if (low >= high) return;
    if (!sizing_has_parts(s)) {
        s->alone[channel] = least_in(s, NULL, channel, low, high);
        return;
    }
    uint32_t n_processes = weir_net_processes(s->net), own = 0;
    bool *inside = weir_xcalloc(n_processes, sizeof *inside);
    bool *back = weir_xcalloc(n_processes, sizeof *back);
    const weir_net_channel *c = weir_net_channel_at(s->net, channel);
    reach(s->net, c->producer, true, inside);
    reach(s->net, c->consumer, false, back);
    for (uint32_t i = 0; i < n_processes; i++)
        inside[i] = inside[i] && back[i];
    sizing_part part;
    sizing_part_init(&part, s, inside);
    while (part.whole[own] != channel)
        own++;
    s->alone[channel] = least_in(&part.s, part.inner, own, low, high);
    sizing_part_done(&part, s);
    free(inside);
    free(back);
}

void sizing_make_memory(sizing *s, uint32_t channel) {
    s->memory[channel] = true;
    /* Where shift registers would do for it alone, that is its own minimum still. */
    if (s->alone[channel] > WEIR_SRL_DEPTH) sizing_alone_one(s, channel);
}

uint32_t sizing_least(const sizing *s, uint32_t channel) {
    uint32_t least = sizing_top(s, channel, sizing_floor(s, channel));
    return s->alone[channel] > least ? s->alone[channel] : least;
}

void sizing_alone(sizing *s) {
    for (uint32_t c = 0; c < s->n && !sizing_stopped(s); c++)
        if (s->alone[c] == 0) sizing_alone_one(s, c);
}
