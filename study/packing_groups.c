/* Which groups of arrays can be part of a packing. */
#include "study/packing_parts.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK_BITS 18432
#define MOST_KINDS 2000 /* their pairs are kept in a table */

/* ------------------------------------------------------------------ kinds */

static bool alike(const weir_array *a, const weir_array *b) {
    return a->kind == b->kind && a->words == b->words && a->bits == b->bits &&
           a->domain == b->domain && a->clock == b->clock && a->content == b->content;
}

static void find_kinds(packer *p) {
    p->kinds = weir_xcalloc(p->n_arrays + 1, sizeof *p->kinds);
    for (uint32_t i = 0; i < p->n_arrays; i++) {
        uint32_t k = 0;
        while (k < p->n_kinds && !(alike(&p->arrays[p->kinds[k].arrays[0]], &p->arrays[i]) &&
                                   p->worth[p->kinds[k].arrays[0]] == p->worth[i]))
            k++;
        kind *same = &p->kinds[k];
        if (k == p->n_kinds) {
            p->n_kinds++;
            same->arrays = weir_xcalloc(p->n_arrays, sizeof *same->arrays);
            same->is_rom = p->arrays[i].kind == WEIR_ARRAY_ROM;
        }
        same->arrays[same->n++] = i;
    }
}

void weir_packer_members(const packer *p, const uint32_t *kinds, uint32_t n, uint32_t *members) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t before = 0;
        for (uint32_t j = 0; j < i; j++)
            before += kinds[j] == kinds[i];
        members[i] = p->kinds[kinds[i]].arrays[before];
    }
}

/* ------------------------------------------------------------------ groups */

static void add_candidate(packer *p, const weir_memory_group *group, const uint32_t *kinds) {
    if (p->n_candidates >= WEIR_PACKING_CANDIDATES) {
        p->complete = false;
        return;
    }
    if (p->n_candidates == p->room) {
        p->room = p->room > 0 ? 2 * p->room : 1024;
        p->candidates = weir_xrealloc(p->candidates, p->room * sizeof *p->candidates);
    }
    candidate *more = &p->candidates[p->n_candidates++];
    *more = (candidate){.bram18 = (uint32_t)group->cost.bram18,
                        .uram = (uint32_t)group->cost.uram,
                        .lut = group->cost.lut,
                        .storage = group->storage,
                        .n = group->n_members};
    memcpy(more->kinds, kinds, group->n_members * sizeof *kinds);
}

bool weir_packer_leaves(const packer *p, const weir_memory_group *group) {
    double worth = 0;
    for (uint32_t i = 0; i < group->n_members; i++)
        worth += p->worth[group->members[i].array];
    if (group->storage == WEIR_STORAGE_LUTRAM)
        return (double)group->cost.lut <= worth * p->options->lut_per_bram18;
    return (double)group->cost.uram * p->options->bram18_per_uram <= worth;
}

static void consider_alone(packer *p, uint32_t k) {
    static const weir_storage storages[] = {WEIR_STORAGE_BRAM, WEIR_STORAGE_LUTRAM,
                                            WEIR_STORAGE_URAM};
    const weir_packing_options *o = p->options;
    for (size_t s = 0; s < sizeof storages / sizeof *storages; s++) {
        weir_memory_group group;
        if (!weir_group_plan(p->arrays, p->kinds[k].arrays, 1, storages[s], o->memory_clock,
                             &group))
            continue;
        if (s > 0 && (!weir_packer_leaves(p, &group) || group.cost.lut > o->lut ||
                      group.cost.uram > o->uram))
            continue;
        add_candidate(p, &group, &k);
        if (s == 0) p->singles[k] = (uint32_t)group.cost.bram18;
    }
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* RAMB18 of the best way to take a group apart into pairs and single arrays. */
static uint32_t apart(const packer *p, const uint32_t *k, uint32_t n) {
    size_t m = p->n_kinds;
    if (n == 2) return p->singles[k[0]] + p->singles[k[1]];
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < 3 && n == 3; i++)
        best = least(best, p->singles[k[i]] + p->pairs[k[(i + 1) % 3] * m + k[(i + 2) % 3]]);
    for (uint32_t i = 1; i < 4 && n == 4; i++) {
        uint32_t a = i == 1 ? 2 : 1, b = i == 3 ? 2 : 3;
        best = least(best, p->pairs[k[0] * m + k[i]] + p->pairs[k[a] * m + k[b]]);
    }
    return best;
}

/* Fewer blocks than that cannot hold the members' bits. */
static uint64_t blocks_for_bits(const packer *p, const uint32_t *members, uint32_t n) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < n; i++) {
        const weir_array *array = &p->arrays[members[i]];
        bool again = false;
        for (uint32_t j = 0; j < i; j++)
            again =
                again || (array->content != 0 && p->arrays[members[j]].content == array->content);
        if (!again) bits += array->words * array->bits;
    }
    return (bits + BLOCK_BITS - 1) / BLOCK_BITS;
}

static void consider(packer *p, const uint32_t *k, uint32_t n) {
    uint32_t members[WEIR_GROUP_ARRAYS], parts = apart(p, k, n);
    weir_memory_group group;
    const weir_packing_options *o = p->options;
    p->tried++;
    weir_packer_members(p, k, n, members);
    bool saves =
        blocks_for_bits(p, members, n) < parts &&
        weir_group_plan(p->arrays, members, n, WEIR_STORAGE_BRAM, o->memory_clock, &group) &&
        group.cost.bram18 < parts;
    if (saves) add_candidate(p, &group, k);
    if (n == 2) {
        uint32_t both = saves ? (uint32_t)group.cost.bram18 : parts;
        p->pairs[(size_t)k[0] * p->n_kinds + k[1]] = p->pairs[(size_t)k[1] * p->n_kinds + k[0]] =
            both;
    }
    if (o->uram > 0 && !p->kinds[k[0]].is_rom &&
        weir_group_plan(p->arrays, members, n, WEIR_STORAGE_URAM, o->memory_clock, &group) &&
        group.cost.uram <= o->uram && weir_packer_leaves(p, &group))
        add_candidate(p, &group, k);
}

/* All groups of `size` that begin with the n kinds in `k`. */
static void extend(packer *p, uint32_t *k, uint32_t n, uint32_t size, uint32_t ports) {
    if (n == size) {
        consider(p, k, n);
        return;
    }
    const weir_array *first = n > 0 ? &p->arrays[p->kinds[k[0]].arrays[0]] : NULL;
    for (uint32_t next = n > 0 ? k[n - 1] : 0; next < p->n_kinds; next++) {
        const kind *more = &p->kinds[next];
        const weir_array *array = &p->arrays[more->arrays[0]];
        uint32_t used = 0, all = ports + weir_array_ports(array);
        for (uint32_t i = 0; i < n; i++)
            used += k[i] == next;
        if (used == more->n || all > 2 * p->options->memory_clock) continue;
        /* Of domains that only ROMs may share, weir_group_plan says the rest. */
        if (first != NULL && array->clock != first->clock) continue;
        if (p->tried >= WEIR_PACKING_TRIED || (p->options->stop && *p->options->stop)) {
            p->complete = false;
            return;
        }
        k[n] = next;
        extend(p, k, n + 1, size, all);
    }
}

/* Pairs that may not share take what they take apart. */
static void start_pairs(packer *p) {
    for (uint32_t a = 0; a < p->n_kinds; a++)
        for (uint32_t b = 0; b < p->n_kinds; b++)
            p->pairs[(size_t)a * p->n_kinds + b] = p->singles[a] + p->singles[b];
}

void weir_packer_enumerate(packer *p) {
    uint32_t k[WEIR_GROUP_ARRAYS];
    find_kinds(p);
    p->complete = true;
    p->singles = weir_xcalloc(p->n_kinds + 1, sizeof *p->singles);
    for (uint32_t i = 0; i < p->n_kinds; i++)
        consider_alone(p, i);
    if (p->options->no_groups || p->n_kinds > MOST_KINDS) {
        p->complete = false;
        return;
    }
    p->pairs = weir_xcalloc((size_t)p->n_kinds * p->n_kinds + 1, sizeof *p->pairs);
    start_pairs(p);
    for (uint32_t size = 2; size <= 2 * p->options->memory_clock; size++)
        extend(p, k, 0, size, 0);
}
