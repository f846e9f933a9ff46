#include "hls/memories.h"
#include "models/packing.h"
#include <assert.h>

enum { MEMORY_CLOCK = 2, BLOCK_BITS = 18 * 1024, ROUNDS = 8 };

static_assert(WEIR_MEMORY_SLOTS == WEIR_GROUP_ARRAYS, "a group is what four ports serve");

/* ------------------------------------------------------------------ groups and their cost */

typedef struct group { /* layers, of one domain */
    uint32_t n, layers[WEIR_MEMORY_SLOTS];
    uint64_t blocks;
} group;

typedef struct grouping {
    uint32_t n;
    group *groups; /* at most one a layer */
} grouping;

/* The members in order of the layers, so that a group is the same however it was found. */
static void lay_out(const weir_array *arrays, const group *g, weir_memory_group *layout) {
    uint32_t members[WEIR_MEMORY_SLOTS];
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t at = i;
        for (; at > 0 && members[at - 1] > g->layers[i]; at--)
            members[at] = members[at - 1];
        members[at] = g->layers[i];
    }
    bool possible = weir_group_plan(arrays, members, g->n, WEIR_STORAGE_BRAM, MEMORY_CLOCK, layout);
    assert(possible);
    (void)possible;
}

static uint64_t blocks_of(const weir_array *arrays, const group *g) {
    weir_memory_group layout;
    if (g->n == 0) return 0;
    lay_out(arrays, g, &layout);
    return layout.cost.bram18;
}

static uint64_t total(const grouping *all) {
    uint64_t blocks = 0;
    for (uint32_t g = 0; g < all->n; g++)
        blocks += all->groups[g].blocks;
    return blocks;
}

/* What their bits alone take. */
static uint64_t least_of(const weir_array *arrays, const group *a, const group *b) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < a->n; i++)
        bits += arrays[a->layers[i]].words * arrays[a->layers[i]].bits;
    for (uint32_t i = 0; i < b->n; i++)
        bits += arrays[b->layers[i]].words * arrays[b->layers[i]].bits;
    return bits / BLOCK_BITS + (bits % BLOCK_BITS != 0);
}

static group *add_group(grouping *all, uint32_t layer) {
    group *added = &all->groups[all->n++];
    *added = (group){.n = 1, .layers = {layer}};
    return added;
}

/* ------------------------------------------------------------------ first groupings */

/* Each goes into the latest group of its domain that has a slot left, else a new one. */
static void in_order(const weir_array *arrays, uint32_t n, grouping *all) {
    all->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t g = all->n;
        while (g > 0 && arrays[all->groups[g - 1].layers[0]].domain != arrays[i].domain)
            g--;
        if (g > 0 && all->groups[g - 1].n < WEIR_MEMORY_SLOTS) {
            group *latest = &all->groups[g - 1];
            latest->layers[latest->n++] = i;
        } else {
            add_group(all, i);
        }
    }
    for (uint32_t g = 0; g < all->n; g++)
        all->groups[g].blocks = blocks_of(arrays, &all->groups[g]);
}

/* The widest first, of these the deepest, of these the first. */
static void sort(const weir_array *arrays, uint32_t n, uint32_t *order) {
    for (uint32_t i = 0; i < n; i++) {
        const weir_array *a = &arrays[i];
        uint32_t at = i;
        for (; at > 0; at--) {
            const weir_array *b = &arrays[order[at - 1]];
            if (b->bits > a->bits || (b->bits == a->bits && b->words >= a->words)) break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

/* Each goes where the blocks rise least: into a group of its domain, or one of its own. Of equals
 * the first, and a group rather than none. */
static void least_rise(const weir_array *arrays, uint32_t n, const uint32_t *order, grouping *all) {
    all->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        group alone = {.n = 1, .layers = {order[i]}};
        uint32_t best = all->n;
        uint64_t rise = UINT64_MAX;
        alone.blocks = blocks_of(arrays, &alone);
        for (uint32_t g = 0; g < all->n && rise > 0; g++) {
            group more = all->groups[g];
            if (more.n == WEIR_MEMORY_SLOTS ||
                arrays[more.layers[0]].domain != arrays[order[i]].domain)
                continue;
            more.layers[more.n++] = order[i];
            uint64_t rises = blocks_of(arrays, &more) - all->groups[g].blocks;
            if (rises < rise) {
                rise = rises;
                best = g;
            }
        }
        if (rise > alone.blocks) {
            *add_group(all, order[i]) = alone;
        } else {
            group *g = &all->groups[best];
            g->layers[g->n++] = order[i];
            g->blocks += rise;
        }
    }
}

/* ------------------------------------------------------------------ improvement */

static void drop(group *g, uint32_t at) {
    g->n--;
    for (uint32_t i = at; i < g->n; i++)
        g->layers[i] = g->layers[i + 1];
}

static bool accept(const weir_array *arrays, group *a, group *b, group *x, group *y) {
    x->blocks = blocks_of(arrays, x);
    if (x->blocks >= a->blocks + b->blocks) return false;
    y->blocks = blocks_of(arrays, y);
    if (x->blocks + y->blocks >= a->blocks + b->blocks) return false;
    *a = *x;
    *b = *y;
    return true;
}

/* Moves a layer of the first to the second, or exchanges two; true: they now take fewer blocks. */
static bool improve_pair(const weir_array *arrays, group *a, group *b) {
    if (a->blocks + b->blocks <= least_of(arrays, a, b)) return false;
    for (uint32_t i = 0; i < a->n; i++) {
        group x = *a, y = *b;
        drop(&x, i);
        if (y.n < WEIR_MEMORY_SLOTS) {
            y.layers[y.n++] = a->layers[i];
            if (accept(arrays, a, b, &x, &y)) return true;
        }
        for (uint32_t k = 0; k < b->n; k++) {
            x = *a;
            y = *b;
            x.layers[i] = b->layers[k];
            y.layers[k] = a->layers[i];
            if (accept(arrays, a, b, &x, &y)) return true;
        }
    }
    return false;
}

/* A layer that is better off by itself leaves; true: one did. */
static bool release(const weir_array *arrays, grouping *all, uint32_t g) {
    group *from = &all->groups[g];
    for (uint32_t i = 0; i < from->n && from->n > 1; i++) {
        group less = *from, alone = {.n = 1, .layers = {from->layers[i]}};
        drop(&less, i);
        less.blocks = blocks_of(arrays, &less);
        alone.blocks = blocks_of(arrays, &alone);
        if (less.blocks + alone.blocks >= from->blocks) continue;
        *from = less;
        *add_group(all, alone.layers[0]) = alone;
        return true;
    }
    return false;
}

/* Every step takes fewer blocks; the rounds are bounded, as designs are compiled often. */
static void improve(const weir_array *arrays, grouping *all) {
    bool better = true;
    for (uint32_t round = 0; better && round < ROUNDS; round++) {
        better = false;
        for (uint32_t a = 0; a < all->n; a++) {
            while (release(arrays, all, a))
                better = true;
            for (uint32_t b = 0; b < all->n; b++) {
                const group *x = &all->groups[a], *y = &all->groups[b];
                if (a == b || x->n == 0 || y->n == 0) continue;
                if (arrays[x->layers[0]].domain != arrays[y->layers[0]].domain) continue;
                better |= improve_pair(arrays, &all->groups[a], &all->groups[b]);
            }
        }
        uint32_t kept = 0;
        for (uint32_t g = 0; g < all->n; g++)
            if (all->groups[g].n > 0) all->groups[kept++] = all->groups[g];
        all->n = kept;
    }
}

/* ------------------------------------------------------------------ the plan */

static uint32_t first_layer(const group *g) {
    uint32_t first = g->layers[0];
    for (uint32_t i = 1; i < g->n; i++)
        if (g->layers[i] < first) first = g->layers[i];
    return first;
}

/* Groups in order of their first layers, slots in order of the layers: two layers have slots 0 and 1,
 * which are one physical port, as the widest shape needs (simple dual port, one to read). */
static uint32_t write_places(const weir_array *arrays, uint32_t n, const grouping *all,
                             weir_memory_place *places, weir_memory_block *blocks) {
    uint32_t written = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t g = 0; g < all->n; g++) {
            weir_memory_group layout;
            if (first_layer(&all->groups[g]) != i) continue;
            lay_out(arrays, &all->groups[g], &layout);
            blocks[written] = (weir_memory_block){(uint32_t)layout.words, layout.bits,
                                                  (uint32_t)layout.cost.bram18};
            for (uint32_t m = 0; m < layout.n_members; m++)
                places[layout.members[m].array] =
                    (weir_memory_place){.group = written,
                                        .slot = m,
                                        .word = (uint32_t)layout.members[m].word,
                                        .bit = layout.members[m].bit};
            written++;
        }
    return written;
}

uint32_t weir_plan_memories(weir_arena *arena, const weir_packed_layer *layers, uint32_t n,
                            weir_memory_place *places, weir_memory_block *blocks) {
    weir_array *arrays = WEIR_NEW(arena, weir_array, n);
    uint32_t *order = WEIR_NEW(arena, uint32_t, n);
    grouping tries[4], *best = &tries[0];
    for (uint32_t i = 0; i < n; i++)
        arrays[i] = (weir_array){.kind = WEIR_ARRAY_ROM,
                                 .domain = layers[i].domain,
                                 .clock = layers[i].domain,
                                 .words = layers[i].words,
                                 .bits = layers[i].bits,
                                 .weights = true};
    for (uint32_t t = 0; t < 4; t++)
        tries[t] = (grouping){.groups = WEIR_NEW(arena, group, n)};
    sort(arrays, n, order);
    in_order(arrays, n, &tries[0]);
    in_order(arrays, n, &tries[1]);
    least_rise(arrays, n, order, &tries[2]);
    for (uint32_t i = 0; i < n; i++) {
        group *alone = add_group(&tries[3], i);
        alone->blocks = blocks_of(arrays, alone);
    }
    for (uint32_t t = 1; t < 4; t++) {
        improve(arrays, &tries[t]);
        if (total(&tries[t]) < total(best)) best = &tries[t];
    }
    return write_places(arrays, n, best, places, blocks);
}
