#include "study/sharing.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

typedef struct sharer {
    const weir_lifetime *buffers;
    uint32_t n;
    bool *overlaps; /* n x n */
    uint64_t *first, *best, peak;
    bool *placed;
    uint64_t nodes, bound;
} sharer;

/* ------------------------------------------------------------------ lifetimes */

/* Whether a buffer lives at time t, 0 <= t < period. */
static bool lives_at(const weir_lifetime *b, uint64_t t, uint64_t period) {
    if (period == 0) return b->from <= t && t < b->to;
    uint64_t since = (t + period - b->from % period) % period;
    return since < b->to - b->from;
}

/* Two overlap where one lives when the other begins. */
bool weir_lifetimes_overlap(const weir_lifetime *a, const weir_lifetime *b, uint64_t period) {
    uint64_t start_a = period > 0 ? a->from % period : a->from;
    uint64_t start_b = period > 0 ? b->from % period : b->from;
    return lives_at(a, start_b, period) || lives_at(b, start_a, period);
}

/* The most that lives at one moment; it does at some buffer's beginning. */
static uint64_t most_alive(const weir_lifetime *buffers, uint32_t n, uint64_t period) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t t = period > 0 ? buffers[i].from % period : buffers[i].from, alive = 0;
        for (uint32_t j = 0; j < n; j++)
            if (lives_at(&buffers[j], t, period)) alive += buffers[j].words;
        if (alive > most) most = alive;
    }
    return most;
}

/* ------------------------------------------------------------------ first fit */

/* The lowest word from which buffer i does not touch what is placed. */
static uint64_t lowest(const sharer *s, uint32_t i) {
    uint64_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t j = 0; j < s->n; j++) {
            bool apart = !s->placed[j] || !s->overlaps[(size_t)i * s->n + j] ||
                         s->first[j] >= at + s->buffers[i].words ||
                         at >= s->first[j] + s->buffers[j].words;
            if (apart) continue;
            at = s->first[j] + s->buffers[j].words;
            moved = true;
        }
    }
    return at;
}

static void keep(sharer *s, uint64_t peak) {
    s->peak = peak;
    memcpy(s->best, s->first, s->n * sizeof *s->best);
}

typedef struct order {
    uint64_t key;
    uint32_t buffer;
} order;

static int by_key(const void *a, const void *b) {
    const order *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->buffer > y->buffer) - (x->buffer < y->buffer);
}

static void fit_in_order(sharer *s, order *list) {
    uint64_t peak = 0;
    qsort(list, s->n, sizeof *list, by_key);
    memset(s->placed, 0, s->n * sizeof *s->placed);
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t i = list[k].buffer;
        s->first[i] = lowest(s, i);
        s->placed[i] = true;
        if (s->first[i] + s->buffers[i].words > peak) peak = s->first[i] + s->buffers[i].words;
    }
    if (peak < s->peak) keep(s, peak);
}

/* By beginning, by size, by length, by size times length; the large ones first. */
static void first_fit(sharer *s) {
    order *list = weir_xcalloc(s->n, sizeof *list);
    for (int rule = 0; rule < 4; rule++) {
        for (uint32_t i = 0; i < s->n; i++) {
            const weir_lifetime *b = &s->buffers[i];
            uint64_t length = b->to - b->from;
            uint64_t area = length > UINT64_MAX / b->words ? UINT64_MAX : length * b->words;
            const uint64_t keys[] = {b->from, UINT64_MAX - b->words, UINT64_MAX - length,
                                     UINT64_MAX - area};
            list[i] = (order){keys[rule], i};
        }
        fit_in_order(s, list);
    }
    free(list);
}

/* ------------------------------------------------------------------ all arrangements */

/* Places one more buffer, none lower than the last one; false: out of nodes, or nothing is left to
 * gain. */
static bool search(sharer *s, uint32_t n_placed, uint64_t last, uint32_t last_buffer,
                   uint64_t peak) {
    if (n_placed == s->n) {
        keep(s, peak);
        return s->peak > s->bound;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->placed[i]) continue;
        if (s->nodes == 0) return false;
        s->nodes--;
        uint64_t at = lowest(s, i), top = at + s->buffers[i].words;
        if (at < last || (at == last && n_placed > 0 && i < last_buffer) || top >= s->peak)
            continue;
        s->first[i] = at;
        s->placed[i] = true;
        bool on = search(s, n_placed + 1, at, i, top > peak ? top : peak);
        s->placed[i] = false;
        if (!on) return false;
    }
    return true;
}

weir_sharing *weir_share(const weir_lifetime *buffers, uint32_t n, uint64_t period,
                         uint64_t nodes) {
    weir_sharing *sharing = weir_xcalloc(1, sizeof *sharing);
    sharer s = {.buffers = buffers, .n = n, .peak = UINT64_MAX};
    s.overlaps = weir_xcalloc((size_t)n * n + 1, sizeof *s.overlaps);
    s.first = weir_xcalloc(n + 1, sizeof *s.first);
    s.best = weir_xcalloc(n + 1, sizeof *s.best);
    s.placed = weir_xcalloc(n + 1, sizeof *s.placed);
    for (uint32_t i = 0; i < n; i++) {
        sharing->separate += buffers[i].words;
        for (uint32_t j = 0; j < n; j++)
            s.overlaps[(size_t)i * n + j] =
                weir_lifetimes_overlap(&buffers[i], &buffers[j], period);
    }
    s.bound = sharing->bound = most_alive(buffers, n, period);
    if (n > 0) first_fit(&s);
    if (n > 0 && s.peak > s.bound) {
        s.nodes = nodes > 0 ? nodes : WEIR_SHARING_NODES;
        memset(s.placed, 0, n * sizeof *s.placed);
        /* A whole search is a proof; so is what reaches the bound. */
        if (search(&s, 0, 0, 0, 0)) sharing->bound = s.peak;
    }
    sharing->words = n > 0 ? s.peak : 0;
    sharing->optimal = sharing->words == sharing->bound;
    sharing->first = s.best;
    free(s.overlaps);
    free(s.first);
    free(s.placed);
    return sharing;
}

void weir_sharing_free(weir_sharing *sharing) {
    if (sharing == NULL) return;
    free(sharing->first);
    free(sharing);
}

/* ------------------------------------------------------------------ of runs */

bool weir_lifetime_of_channel(const weir_trace_channel *channel, uint64_t beats, uint64_t frame,
                              weir_lifetime *lifetime) {
    uint64_t first = frame * beats, end = first + beats, read = first;
    if (beats == 0 || channel->n_writes < end || channel->n_reads < end) return false;
    *lifetime = (weir_lifetime){0};
    for (uint64_t write = first; write < end; write++) {
        uint64_t now = channel->write_phase_ps + channel->writes[write] * channel->write_period_ps;
        if (write == first) lifetime->from = now;
        while (read < write &&
               channel->read_phase_ps + channel->reads[read] * channel->read_period_ps <= now)
            read++;
        uint64_t held = write + 1 - read;
        if (held > lifetime->words) lifetime->words = held;
    }
    lifetime->to = channel->read_phase_ps + channel->reads[end - 1] * channel->read_period_ps + 1;
    return true;
}
