/* What a design's memories take without packing: each in blocks of its own, the readers of a ROM
 * two to a block. */
#include "study/packing_parts.h"
#include "study/program.h"
#include <math.h>
#include <stdlib.h>

#define NODES 10000

typedef struct memory { /* the arrays first .. first + readers - 1, which lie together */
    uint32_t first, readers;
    weir_memory_cost in[3]; /* block RAM, LUT, URAM */
    bool may[3];
} memory;

static bool same_memory(const weir_array *a, const weir_array *b) {
    return a->kind == b->kind && a->process == b->process && a->index == b->index;
}

/* All of one storage: two readers of a block, and one for a reader that is left. */
static bool cost_in(const packer *p, const memory *m, weir_storage storage,
                    weir_memory_cost *cost) {
    const uint32_t members[2] = {m->first, m->first + 1};
    uint32_t most = storage == WEIR_STORAGE_LUTRAM ? 1 : 2;
    weir_memory_group group;
    *cost = (weir_memory_cost){0};
    for (uint32_t left = m->readers; left > 0;) {
        uint32_t n = left < most ? left : most;
        if (!weir_group_plan(p->arrays, members, n, storage, 1, &group)) return false;
        cost->bram18 += group.cost.bram18;
        cost->lut += group.cost.lut;
        cost->uram += group.cost.uram;
        left -= n;
    }
    return true;
}

static void look_at(const packer *p, memory *m) {
    static const weir_storage storages[] = {WEIR_STORAGE_BRAM, WEIR_STORAGE_LUTRAM,
                                            WEIR_STORAGE_URAM};
    const weir_packing_options *o = p->options;
    for (int s = 0; s < 3; s++)
        m->may[s] = cost_in(p, m, storages[s], &m->in[s]);
    double worth = (double)m->in[0].bram18;
    m->may[1] = m->may[1] && (double)m->in[1].lut <= worth * o->lut_per_bram18;
    m->may[2] = m->may[2] && (double)m->in[2].uram * o->bram18_per_uram <= worth;
    for (uint32_t r = 0; r < m->readers; r++)
        p->worth[m->first + r] = worth / m->readers;
}

static uint32_t find_memories(const packer *p, memory *all) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_arrays; i++) {
        if (i > 0 && same_memory(&p->arrays[i - 1], &p->arrays[i]) && p->arrays[i].reader > 0) {
            all[n - 1].readers++;
            continue;
        }
        all[n++] = (memory){.first = i, .readers = 1};
    }
    return n;
}

/* Most RAMB18 saved within the limits, and then fewest LUT and URAM: 0.25 of a RAMB18 for all
 * there are. */
static void choose(packer *p, const memory *all, uint32_t n) {
    const weir_packing_options *o = p->options;
    weir_program *program = weir_program_new();
    uint32_t lut =
        weir_program_row(program, -INFINITY, o->lut < UINT64_MAX ? (double)o->lut : INFINITY);
    uint32_t uram =
        weir_program_row(program, -INFINITY, o->uram < UINT64_MAX ? (double)o->uram : INFINITY);
    double sums[3] = {0};
    for (uint32_t i = 0; i < n; i++) {
        sums[1] += (double)all[i].in[1].lut;
        sums[2] += (double)all[i].in[2].uram;
    }
    uint32_t *columns[3] = {NULL, weir_xcalloc(n + 1, sizeof(uint32_t)),
                            weir_xcalloc(n + 1, sizeof(uint32_t))};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = weir_program_row(program, -INFINITY, 1);
        for (int s = 1; s < 3; s++) {
            double uses = (double)(s == 1 ? all[i].in[1].lut : all[i].in[2].uram);
            double cost = -(double)all[i].in[0].bram18 + 0.25 * uses / (sums[s] + 1);
            const weir_term terms[] = {{row, 1}, {s == 1 ? lut : uram, uses}};
            columns[s][i] =
                weir_program_column(program, cost, all[i].may[s] ? 1 : 0, true, terms, 2);
        }
    }
    double value;
    bool found = weir_program_relax(program, &value) &&
                 weir_program_whole(program, INFINITY, NODES, o->stop).found;
    p->alone = (weir_memory_cost){0};
    for (uint32_t i = 0; i < n; i++) {
        int s = 0;
        for (int other = 1; other < 3 && found; other++)
            if (weir_program_value(program, columns[other][i]) > 0.5) s = other;
        p->alone.bram18 += all[i].in[s].bram18;
        p->alone.lut += all[i].in[s].lut;
        p->alone.uram += all[i].in[s].uram;
    }
    free(columns[1]);
    free(columns[2]);
    weir_program_free(program);
}

void weir_packer_alone(packer *p) {
    memory *all = weir_xcalloc(p->n_arrays + 1, sizeof *all);
    p->worth = weir_xcalloc(p->n_arrays + 1, sizeof *p->worth);
    uint32_t n = find_memories(p, all);
    for (uint32_t i = 0; i < n; i++)
        look_at(p, &all[i]);
    choose(p, all, n);
    free(all);
}
