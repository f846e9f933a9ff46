/* The packer's heuristic: best fit in order of size, then taking a few groups apart and fitting
 * anew. */
#include "study/packing_parts.h"
#include <stdlib.h>
#include <string.h>

#define TRIALS 20000
#define MOST_APART 5     /* groups taken apart in a trial */
#define BLOCK_BITS 18432 /* of a RAMB18 */
#define URAM_BITS (4096 * 72)

static uint64_t next_random(uint64_t *state) { /* xorshift64* */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

bool weir_packed_better(const weir_memory_cost *a, const weir_memory_cost *b) {
    if (a->bram18 != b->bram18) return a->bram18 < b->bram18;
    return a->uram != b->uram ? a->uram < b->uram : a->lut < b->lut;
}

static void add_cost(weir_memory_cost *sum, const weir_memory_cost *more) {
    sum->lut += more->lut;
    sum->bram18 += more->bram18;
    sum->uram += more->uram;
}

static void take_cost(weir_memory_cost *sum, const weir_memory_cost *less) {
    sum->lut -= less->lut;
    sum->bram18 -= less->bram18;
    sum->uram -= less->uram;
}

void weir_packed_add(packed *all, const weir_memory_group *group) {
    all->groups[all->n_groups++] = *group;
    add_cost(&all->cost, &group->cost);
}

/* ------------------------------------------------------------------ fitting */

typedef struct fit { /* one way to take an array in */
    bool any;
    uint32_t into; /* a group; n_groups: a new one */
    weir_memory_group group;
    weir_memory_cost more;
    uint64_t waste; /* bits of its blocks that hold nothing */
} fit;

static uint64_t waste_of(const packer *p, const weir_memory_group *group) {
    return group->cost.bram18 * BLOCK_BITS + group->cost.uram * URAM_BITS -
           (group->storage != WEIR_STORAGE_LUTRAM ? weir_group_bits(p->arrays, group) : 0);
}

/* `group` in place of what `before` cost, if the limits allow it and it is better than the best. */
static void offer(const packer *p, const packed *all, fit *best, uint32_t into,
                  const weir_memory_group *group, weir_memory_cost before) {
    const weir_packing_options *o = p->options;
    weir_memory_cost more = group->cost;
    take_cost(&more, &before); /* never less: a group only grows */
    if (group->storage != WEIR_STORAGE_BRAM &&
        (!weir_packer_leaves(p, group) || all->cost.lut + more.lut > o->lut ||
         all->cost.uram + more.uram > o->uram))
        return;
    uint64_t waste = waste_of(p, group);
    bool better = !best->any || weir_packed_better(&more, &best->more);
    bool equal = best->any && !better && !weir_packed_better(&best->more, &more);
    if (better || (equal && waste < best->waste))
        *best = (fit){.any = true, .into = into, .group = *group, .more = more, .waste = waste};
}

static void fit_one(const packer *p, packed *all, uint32_t array) {
    static const weir_storage storages[] = {WEIR_STORAGE_BRAM, WEIR_STORAGE_URAM,
                                            WEIR_STORAGE_LUTRAM};
    fit best = {.any = false};
    weir_memory_group group;
    uint32_t members[WEIR_GROUP_ARRAYS], clock = p->options->memory_clock;
    for (uint32_t g = 0; g < all->n_groups; g++) {
        const weir_memory_group *old = &all->groups[g];
        uint32_t n = old->n_members;
        if (n == WEIR_GROUP_ARRAYS || old->storage == WEIR_STORAGE_LUTRAM) continue;
        for (uint32_t i = 0; i < n; i++)
            members[i] = old->members[i].array;
        members[n] = array;
        if (weir_group_plan(p->arrays, members, n + 1, old->storage, clock, &group))
            offer(p, all, &best, g, &group, old->cost);
    }
    for (size_t s = 0; s < sizeof storages / sizeof *storages; s++)
        if (weir_group_plan(p->arrays, &array, 1, storages[s], clock, &group))
            offer(p, all, &best, all->n_groups, &group, (weir_memory_cost){0});
    if (best.into == all->n_groups) {
        weir_packed_add(all, &best.group);
        return;
    }
    add_cost(&all->cost, &best.more);
    all->groups[best.into] = best.group;
}

void weir_packed_fit(const packer *p, packed *all, const uint32_t *waiting, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        fit_one(p, all, waiting[i]);
}

/* ------------------------------------------------------------------ search */

typedef struct sized {
    uint64_t bits;
    uint32_t array;
} sized;

static int larger_first(const void *a, const void *b) {
    const sized *x = a, *y = b;
    if (x->bits != y->bits) return x->bits > y->bits ? -1 : 1;
    return (x->array > y->array) - (x->array < y->array);
}

static void by_size(const packer *p, uint32_t *waiting, uint32_t n) {
    sized *order = weir_xcalloc(n + 1, sizeof *order);
    for (uint32_t i = 0; i < n; i++)
        order[i] = (sized){p->arrays[waiting[i]].words * p->arrays[waiting[i]].bits, waiting[i]};
    qsort(order, n, sizeof *order, larger_first);
    for (uint32_t i = 0; i < n; i++)
        waiting[i] = order[i].array;
    free(order);
}

static void shuffle(uint32_t *list, uint32_t n, uint64_t *random) {
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = (uint32_t)(next_random(random) % i), kept = list[i - 1];
        list[i - 1] = list[j];
        list[j] = kept;
    }
}

/* Takes some groups apart; their arrays are left in `waiting`. */
static uint32_t take_apart(packed *all, uint32_t *waiting, uint64_t *random) {
    uint32_t n = 0, groups = 2 + (uint32_t)(next_random(random) % (MOST_APART - 1));
    for (uint32_t g = 0; g < groups && all->n_groups > 0; g++) {
        uint32_t at = (uint32_t)(next_random(random) % all->n_groups);
        weir_memory_group *group = &all->groups[at];
        for (uint32_t i = 0; i < group->n_members; i++)
            waiting[n++] = group->members[i].array;
        take_cost(&all->cost, &group->cost);
        *group = all->groups[--all->n_groups];
    }
    return n;
}

static void copy(packed *to, const packed *from) {
    memcpy(to->groups, from->groups, from->n_groups * sizeof *from->groups);
    to->n_groups = from->n_groups;
    to->cost = from->cost;
}

void weir_packed_search(const packer *p, packed *all, uint64_t bound) {
    const weir_packing_options *o = p->options;
    uint32_t trials = o->trials > 0 ? o->trials : TRIALS;
    uint32_t *waiting = weir_xcalloc(p->n_arrays + 1, sizeof *waiting);
    uint64_t random = o->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    packed trial = {.groups = weir_xcalloc(p->n_arrays + 1, sizeof *trial.groups)};
    if (all->n_groups == 0) {
        for (uint32_t i = 0; i < p->n_arrays; i++)
            waiting[i] = i;
        by_size(p, waiting, p->n_arrays);
        weir_packed_fit(p, all, waiting, p->n_arrays);
    }
    for (uint32_t t = 0; t < trials && p->n_arrays > 1; t++) {
        bool least = all->cost.bram18 == bound && all->cost.uram == 0 && all->cost.lut == 0;
        if (least || (o->stop != NULL && *o->stop)) break;
        copy(&trial, all);
        uint32_t n = take_apart(&trial, waiting, &random);
        if (next_random(&random) % 2 == 0)
            by_size(p, waiting, n);
        else
            shuffle(waiting, n, &random);
        weir_packed_fit(p, &trial, waiting, n);
        if (!weir_packed_better(&all->cost, &trial.cost)) copy(all, &trial);
    }
    free(trial.groups);
    free(waiting);
}
