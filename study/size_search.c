/* From depths that meet the goal to depths of which none can be less.
 *
 * Channels are taken one after another, those first that have most to give, each down to the least
 * depth that does with what was found for those before it and the full depth of those after: less
 * did not do with deeper FIFOs around it, so it cannot do with what they become. Most channels end at
 * the least that they need alone, so many are taken down to that at once, as far as it goes.
 */
#include "base/arena.h"
#include "study/sizing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Offset of trial `i` of 1 .. `lanes` in a range. At first half of them are the smallest, which most
 * channels need, and the rest rise by a constant factor; then all are even. */
static uint32_t spread(uint32_t range, uint32_t i, uint32_t lanes, bool rising) {
    uint32_t half = lanes / 2;
    if (range <= lanes + 1) return i;
    if (!rising) return (uint32_t)((uint64_t)range * i / (lanes + 1));
    if (i <= half) return i;
    return (uint32_t)(half * pow((double)range / half, (double)(i - half) / (half + 1)));
}

uint32_t sizing_bisect(sizing *s, uint32_t channel, uint32_t low, uint32_t high,
                       sizing_test_fn test, void *context) {
    uint32_t *tried = weir_xcalloc(s->lanes, sizeof *tried);
    bool *met = weir_xcalloc(s->lanes, sizeof *met);
    for (bool first = true; high - low > 1 && !sizing_stopped(s); first = false) {
        uint32_t count = 0;
        for (uint32_t i = 1; i <= s->lanes; i++) {
            uint32_t at = low + spread(high - low, i, s->lanes, first);
            if (at <= low) continue;
            at = sizing_top(s, channel, at);
            if (at >= high) break;
            if (count == 0 || at > tried[count - 1]) tried[count++] = at;
        }
        /* Often there is nothing to gain: the next smaller depth is among the first. */
        uint32_t down = sizing_step_down(s, channel, high);
        if (down <= low) break;
        if (first && count == s->lanes && tried[count - 1] < down) count--;
        if (count == 0 || (first && tried[count - 1] < down)) tried[count++] = down;
        test(context, tried, count, met);
        uint32_t passes = 0;
        while (passes < count && !met[passes])
            passes++;
        if (passes < count) high = tried[passes];
        if (passes > 0) low = tried[passes - 1];
    }
    free(tried);
    free(met);
    return high;
}

typedef struct reduction {
    sizing *s;
    uint32_t channel;
    uint32_t *depths, *sets;
} reduction;

static void test_depths(void *context, const uint32_t *depths, uint32_t count, bool *met) {
    const reduction *r = context;
    uint32_t n = r->s->n;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(r->sets + (size_t)i * n, r->depths, n * sizeof *r->depths);
        r->sets[(size_t)i * n + r->channel] = depths[i];
    }
    sizing_test(r->s, r->sets, count, met);
}

typedef struct saving {
    uint64_t saved;
    uint32_t channel;
} saving;

static int by_saving(const void *a, const void *b) {
    const saving *x = a, *y = b;
    if (x->saved != y->saved) return x->saved < y->saved ? 1 : -1;
    return x->channel < y->channel ? -1 : 1;
}

/* How many of the channels from `from` on can all be at their least; what is between is tried too. */
static uint32_t longest_prefix(reduction *r, const saving *order, uint32_t from, uint32_t n_order,
                               const uint32_t *least) {
    sizing *s = r->s;
    uint32_t low = from, high = n_order + 1; /* prefix `low` does, `high` does not */
    bool *met = weir_xcalloc(s->lanes, sizeof *met);
    uint32_t *ends = weir_xcalloc(s->lanes, sizeof *ends);
    while (high - low > 1 && !sizing_stopped(s)) {
        uint32_t count = 0;
        for (uint32_t i = 1; i <= s->lanes; i++) {
            uint32_t end = high > n_order && i == s->lanes
                               ? n_order
                               : low + (uint32_t)((uint64_t)(high - low) * i / (s->lanes + 1));
            if (end > low && (count == 0 || end > ends[count - 1])) ends[count++] = end;
        }
        if (count == 0) ends[count++] = low + 1;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t *set = r->sets + (size_t)i * s->n;
            memcpy(set, r->depths, s->n * sizeof *set);
            for (uint32_t k = from; k < ends[i]; k++)
                set[order[k].channel] = least[order[k].channel];
        }
        sizing_test(s, r->sets, count, met);
        uint32_t passes = count;
        while (passes > 0 && !met[passes - 1])
            passes--;
        if (passes < count) high = ends[passes];
        if (passes > 0) low = ends[passes - 1];
    }
    free(ends);
    free(met);
    return low;
}

void sizing_reduce(sizing *s, const uint32_t *least, uint32_t *depths) {
    saving *order = weir_xcalloc(s->n, sizeof *order);
    uint32_t n_order = 0;
    for (uint32_t c = 0; c < s->n; c++)
        if (depths[c] > least[c])
            order[n_order++] =
                (saving){sizing_cost(s, c, depths[c]) - sizing_cost(s, c, least[c]), c};
    if (n_order > 1) qsort(order, n_order, sizeof *order, by_saving);
    reduction r = {.s = s, .depths = depths};
    r.sets = weir_xcalloc((size_t)s->lanes * s->n, sizeof *r.sets);
    for (uint32_t from = 0; from < n_order && !sizing_stopped(s); from++) {
        uint32_t end = longest_prefix(&r, order, from, n_order, least);
        for (; from < end; from++)
            depths[order[from].channel] = least[order[from].channel];
        if (from == n_order) break;
        r.channel = order[from].channel;
        depths[r.channel] =
            sizing_bisect(s, r.channel, least[r.channel], depths[r.channel], test_depths, &r);
    }
    free(r.sets);
    free(order);
}

/* ------------------------------------------------------------------ a start */

/* One of a few sets: a little more than each channel needs alone, or than unbounded FIFOs held. */
static uint32_t start_depth(const sizing *s, uint32_t channel, uint32_t trial, uint32_t least) {
    static const uint32_t slack[] = {0, 1, 2, 3, 4, 6, 8, 16};
    enum { N_SLACK = sizeof slack / sizeof *slack, SHARES = 6 };
    uint64_t most = (uint64_t)s->most[channel] + 16, depth;
    if (trial < N_SLACK)
        depth = least + slack[trial];
    else if (trial < N_SLACK + SHARES)
        depth = 16 + least + (most > least ? (most - least) * (trial - N_SLACK + 1) / SHARES : 0);
    else
        depth = (most + least) << (3 * (trial - N_SLACK - SHARES + 1));
    return sizing_top(s, channel, depth < WEIR_MAX_DEPTH ? (uint32_t)depth : WEIR_MAX_DEPTH);
}

bool sizing_start(sizing *s, const uint32_t *least, const bool *choice, uint32_t *depths) {
    enum { TRIALS = 16 };
    uint32_t *sets = weir_xcalloc((size_t)TRIALS * s->n, sizeof *sets);
    bool met[TRIALS] = {false}, found = false;
    for (uint32_t i = 0; i < TRIALS; i++)
        for (uint32_t c = 0; c < s->n; c++)
            sets[(size_t)i * s->n + c] =
                choice == NULL || choice[c] ? start_depth(s, c, i, least[c]) : depths[c];
    sizing_test(s, sets, TRIALS, met);
    for (uint32_t i = 0; i < TRIALS && !found; i++) {
        found = met[i];
        if (found) memcpy(depths, sets + (size_t)i * s->n, s->n * sizeof *depths);
    }
    free(sets);
    return found;
}
