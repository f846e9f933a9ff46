#include "study/packing.h"
#include "study/packing_parts.h"
#include "study/program.h"
#include <math.h>
#include <stdlib.h>

#define BLOCK_BITS 18432

/* ------------------------------------------------------------------ the integer program */

typedef struct priced {
    double cost;
    uint64_t at;
} priced;

static int cheaper_first(const void *a, const void *b) {
    const priced *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Columns for all candidates of a reduced cost of at most `limit`. False: there are too many; the
 * cheapest are in. */
static bool add_columns(const packer *p, const master *relaxed, master *whole, double limit) {
    priced *list = weir_xcalloc(p->n_candidates + 1, sizeof *list);
    uint64_t n = 0;
    for (uint64_t i = 0; i < p->n_candidates; i++) {
        double cost = weir_master_reduced(relaxed, &p->candidates[i]);
        if (cost <= limit) list[n++] = (priced){cost, i};
    }
    qsort(list, n, sizeof *list, cheaper_first);
    for (uint64_t i = 0; i < n && i < WEIR_PACKING_COLUMNS; i++)
        weir_master_add(p, whole, list[i].at, true);
    free(list);
    return n <= WEIR_PACKING_COLUMNS;
}

/* Members of the groups that were chosen, of each kind one array after another. */
static void take_chosen(const packer *p, const master *m, packed *all) {
    uint32_t *used = weir_xcalloc(p->n_kinds + 1, sizeof *used);
    all->n_groups = 0;
    all->cost = (weir_memory_cost){0};
    for (uint32_t i = 0; i < m->n_columns; i++) {
        const candidate *c = &p->candidates[m->columns[i]];
        int times = (int)lround(weir_program_value(m->program, i));
        for (int t = 0; t < times; t++) {
            uint32_t members[WEIR_GROUP_ARRAYS];
            weir_memory_group group;
            for (uint32_t k = 0; k < c->n; k++)
                members[k] = p->kinds[c->kinds[k]].arrays[used[c->kinds[k]]++];
            weir_group_plan(p->arrays, members, c->n, c->storage, p->options->memory_clock, &group);
            weir_packed_add(all, &group);
        }
    }
    free(used);
}

/* Looks for a packing of fewer blocks than `all`. Only groups whose reduced cost leaves room for
 * that can be part of one. */
static void improve(const packer *p, const master *relaxed, packed *all, weir_packing *result) {
    uint64_t least = all->cost.bram18;
    double fewer = (double)least - 1, value;
    master *m = weir_master_new(p);
    bool whole = add_columns(p, relaxed, m, fewer - result->relaxed + WEIR_PROGRAM_SLACK);
    result->nodes = 1;
    if (weir_program_relax(m->program, &value)) {
        uint32_t nodes = p->options->nodes > 0 ? p->options->nodes : WEIR_PACKING_NODES;
        weir_whole found = weir_program_whole(m->program, fewer + 1e-3, nodes, p->options->stop);
        if (found.nodes > 1) result->nodes = found.nodes;
        if (found.found && found.value < fewer + 0.5) take_chosen(p, m, all);
        if (found.optimal && !found.found) found.bound = (double)least;
        double bound = ceil(found.bound - WEIR_PROGRAM_SLACK), now = (double)all->cost.bram18;
        if (bound > now) bound = now; /* what was left out is no better than what was known */
        if (whole && bound > (double)result->bound) result->bound = (uint64_t)bound;
    } else if (whole && weir_program_impossible(m->program)) {
        result->bound = least; /* these groups alone make no packing: none is better */
    }
    weir_master_free(m);
}

/* ------------------------------------------------------------------ bounds */

/* Whether a kind before k holds the same words, and so perhaps the same copy. */
static bool held_before(const packer *p, uint32_t k) {
    uint32_t content = p->arrays[p->kinds[k].arrays[0]].content;
    for (uint32_t i = 0; i < k && content != 0; i++)
        if (p->arrays[p->kinds[i].arrays[0]].content == content) return true;
    return false;
}

/* What cannot leave block RAM needs blocks for its bits and for its ports. */
static uint64_t simple_bound(const packer *p) {
    uint64_t bits = 0, ports = 0;
    for (uint32_t k = 0; k < p->n_kinds; k++) {
        const kind *of = &p->kinds[k];
        const weir_array *array = &p->arrays[of->arrays[0]];
        bool leaves = !of->is_rom && p->options->uram > 0; /* in a group, perhaps */
        for (uint64_t i = 0; i < p->n_candidates && p->candidates[i].n == 1; i++)
            leaves = leaves || (p->candidates[i].kinds[0] == k &&
                                p->candidates[i].storage != WEIR_STORAGE_BRAM);
        if (leaves) continue;
        if (!held_before(p, k))
            bits += array->words * array->bits * (array->content == 0 ? of->n : 1);
        ports += (uint64_t)of->n * weir_array_ports(array);
    }
    uint64_t by_bits = (bits + BLOCK_BITS - 1) / BLOCK_BITS, each = 2 * p->options->memory_clock;
    uint64_t by_ports = (ports + each - 1) / each;
    return by_bits > by_ports ? by_bits : by_ports;
}

static void free_packer(packer *p) {
    for (uint32_t k = 0; k < p->n_kinds; k++)
        free(p->kinds[k].arrays);
    free(p->kinds);
    free(p->worth);
    free(p->singles);
    free(p->pairs);
    free(p->candidates);
}

static void solve(packer *p, packed *all, weir_packing *result) {
    master *m = weir_master_new(p);
    result->relaxed = p->complete ? weir_master_relax(p, m) : -1;
    result->bound = simple_bound(p);
    double bound = ceil(result->relaxed - WEIR_PROGRAM_SLACK);
    if (bound > (double)result->bound) result->bound = (uint64_t)bound;
    weir_packed_search(p, all, result->bound);
    result->heuristic = all->cost.bram18;
    if (result->relaxed >= 0 && !p->options->no_program && all->cost.bram18 > result->bound) {
        improve(p, m, all, result);
        weir_packed_search(p, all, result->bound);
    }
    weir_master_free(m);
}

static int by_first_array(const void *a, const void *b) {
    const weir_memory_group *x = a, *y = b;
    return (x->members[0].array > y->members[0].array) -
           (x->members[0].array < y->members[0].array);
}

static void sort_members(weir_memory_group *group) {
    for (uint32_t i = 1; i < group->n_members; i++)
        for (uint32_t j = i; j > 0 && group->members[j].array < group->members[j - 1].array; j--) {
            weir_group_member kept = group->members[j];
            group->members[j] = group->members[j - 1];
            group->members[j - 1] = kept;
        }
}

weir_packing *weir_pack(const weir_array *arrays, uint32_t n_arrays,
                        const weir_packing_options *options) {
    weir_packing *result = weir_xcalloc(1, sizeof *result);
    packer p = {.arrays = arrays, .n_arrays = n_arrays, .options = options};
    packed all = {.groups = weir_xcalloc(n_arrays + 1, sizeof *all.groups)};
    result->arrays = arrays;
    result->n_arrays = n_arrays;
    result->memory_clock = options->memory_clock;
    weir_packer_alone(&p);
    weir_packer_enumerate(&p);
    solve(&p, &all, result);
    for (uint32_t g = 0; g < all.n_groups; g++)
        sort_members(&all.groups[g]);
    qsort(all.groups, all.n_groups, sizeof *all.groups, by_first_array);
    result->n_candidates = p.n_candidates;
    result->alone = p.alone;
    result->groups = all.groups;
    result->n_groups = all.n_groups;
    result->cost = all.cost;
    result->optimal = all.cost.bram18 == result->bound;
    free_packer(&p);
    return result;
}

void weir_packing_free(weir_packing *packing) {
    if (packing == NULL) return;
    free(packing->groups);
    free(packing);
}
