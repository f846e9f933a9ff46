/* Depths part by part.
 *
 * The processes, in the order of the data, are halved again and again. The channels within the halves
 * of a part come first; then those between the halves are searched with the others as they are.
 * With those between deep enough the halves do not hold each other up, so there always are depths
 * that do. And what was too little for a part of the net is too little for the whole, so each depth
 * stays proved minimal while the parts grow: most trials run few processes.
 */
#include "base/arena.h"
#include "study/sizing.h"
#include <stdlib.h>
#include <string.h>

typedef struct blocks {
    sizing *s;
    uint32_t *depths;   /* of all channels */
    uint32_t *order;    /* processes, producers before consumers */
    uint32_t *position; /* of each process in it */
    bool *inside;
    bool good;
} blocks;

/* Producers before consumers; where there is feedback, in the order of the net. */
static void sort_processes(blocks *b) {
    const weir_net *net = b->s->net;
    uint32_t n = weir_net_processes(net), n_channels = weir_net_channels(net), done = 0;
    uint32_t *missing = weir_xcalloc(n, sizeof *missing);
    bool *placed = weir_xcalloc(n, sizeof *placed);
    for (uint32_t c = 0; c < n_channels; c++) {
        const weir_net_channel *channel = weir_net_channel_at(net, c);
        if (channel->initial == 0) missing[channel->consumer]++;
    }
    while (done < n) {
        uint32_t next = WEIR_NONE;
        for (uint32_t i = 0; i < n && (next == WEIR_NONE || missing[next] > 0); i++)
            if (!placed[i] && (next == WEIR_NONE || missing[i] == 0)) next = i;
        placed[next] = true;
        b->position[next] = done;
        b->order[done++] = next;
        for (uint32_t c = 0; c < n_channels; c++) {
            const weir_net_channel *channel = weir_net_channel_at(net, c);
            if (channel->producer == next && channel->initial == 0 &&
                missing[channel->consumer] > 0)
                missing[channel->consumer]--;
        }
    }
    free(missing);
    free(placed);
}

static bool between(const blocks *b, uint32_t channel, uint32_t from, uint32_t middle,
                    uint32_t end) {
    const weir_net_channel *c = weir_net_channel_at(b->s->net, channel);
    uint32_t x = b->position[c->producer], y = b->position[c->consumer];
    if (x > y) {
        uint32_t swap = x;
        x = y, y = swap;
    }
    return x >= from && x < middle && y >= middle && y < end;
}

/* Near the middle, where the channels between are narrowest: they are searched last, and pay for
 * what the others did not get. */
static uint32_t best_cut(const blocks *b, uint32_t from, uint32_t end) {
    uint32_t best = from + (end - from) / 2, slack = (end - from) / 4;
    uint64_t least = UINT64_MAX;
    for (uint32_t middle = best - slack; middle <= best + slack && middle < end; middle++) {
        uint64_t bits = 0;
        if (middle <= from) continue;
        for (uint32_t c = 0; c < b->s->n; c++)
            if (between(b, c, from, middle, end)) bits += b->s->of[c]->beat_bits;
        uint64_t distance = middle > from + (end - from) / 2 ? middle - from - (end - from) / 2
                                                             : from + (end - from) / 2 - middle;
        uint64_t weight = (bits << 8) + distance;
        if (weight < least) least = weight, best = middle;
    }
    return best;
}

/* Searches the channels `choice` of `s`, from the depths that they have up, and then down to their
 * own minima. */
static bool search_between(sizing *s, const bool *choice, uint32_t *depths) {
    uint32_t *base = weir_xcalloc(s->n, sizeof *base);
    memcpy(base, depths, s->n * sizeof *base);
    bool good = sizing_start(s, base, choice, depths);
    for (uint32_t c = 0; c < s->n; c++)
        if (choice[c]) base[c] = sizing_least(s, c);
    if (good) sizing_reduce(s, base, depths);
    free(base);
    return good;
}

/* Channels that came out too deep for shift registers become memories; are there any? */
static bool reclass(blocks *b, const bool *choice) {
    bool changed = false;
    sizing *s = b->s;
    for (uint32_t c = 0; c < s->n; c++) {
        if (!choice[c] || !s->automatic[c] || s->memory[c]) continue;
        if (b->depths[c] <= WEIR_SRL_DEPTH) continue;
        sizing_make_memory(s, c);
        if (b->depths[c] < sizing_least(s, c)) b->depths[c] = sizing_least(s, c);
        changed = true;
    }
    return changed;
}

static void search_part(blocks *b, uint32_t from, uint32_t end, const bool *choice) {
    sizing *s = b->s;
    sizing_part part;
    memset(b->inside, 0, weir_net_processes(s->net) * sizeof *b->inside);
    for (uint32_t i = from; i < end; i++)
        b->inside[b->order[i]] = true;
    sizing_part_init(&part, s, b->inside);
    uint32_t *depths = weir_xcalloc(part.s.n, sizeof *depths);
    bool *chosen = weir_xcalloc(part.s.n, sizeof *chosen);
    for (uint32_t c = 0; c < part.s.n; c++) {
        uint32_t w = part.whole[c];
        depths[c] = part.inner[c] ? b->depths[w] : weir_net_channel_at(s->net, w)->initial + 4;
        chosen[c] = choice[w];
    }
    b->good = search_between(&part.s, chosen, depths) && b->good;
    for (uint32_t c = 0; c < part.s.n; c++)
        if (chosen[c]) b->depths[part.whole[c]] = depths[c];
    sizing_part_done(&part, s);
    free(chosen);
    free(depths);
}

static void solve_block(blocks *b, uint32_t from, uint32_t end) {
    sizing *s = b->s;
    if (end - from < 2 || !b->good || sizing_stopped(s)) return;
    uint32_t middle = best_cut(b, from, end);
    solve_block(b, from, middle);
    solve_block(b, middle, end);
    bool *choice = weir_xcalloc(s->n, sizeof *choice), any = false;
    for (uint32_t c = 0; c < s->n; c++) {
        choice[c] = between(b, c, from, middle, end);
        any = any || choice[c];
    }
    while (any && b->good && !sizing_stopped(s)) {
        if (end - from == weir_net_processes(s->net))
            b->good = search_between(s, choice, b->depths);
        else
            search_part(b, from, end, choice);
        any = reclass(b, choice);
    }
    free(choice);
}

bool sizing_blocks(sizing *s, uint32_t *depths) {
    uint32_t n = weir_net_processes(s->net);
    blocks b = {.s = s, .depths = depths, .good = true};
    b.order = weir_xcalloc(n, sizeof *b.order);
    b.position = weir_xcalloc(n, sizeof *b.position);
    b.inside = weir_xcalloc(n, sizeof *b.inside);
    sort_processes(&b);
    for (uint32_t c = 0; c < s->n; c++)
        depths[c] = sizing_least(s, c);
    solve_block(&b, 0, n);
    free(b.order);
    free(b.position);
    free(b.inside);
    return b.good;
}
