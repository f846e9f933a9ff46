/* The linear relaxation of a packing: columns come in as their prices ask for. */
#include "study/packing_parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEW_COLUMNS 500 /* at most, a round of column generation */

static double limit_of(uint64_t count) {
    return count < UINT64_MAX ? (double)count : INFINITY;
}

master *weir_master_new(const packer *p) {
    master *m = weir_xcalloc(1, sizeof *m);
    m->program = weir_program_new();
    for (uint32_t k = 0; k < p->n_kinds; k++)
        weir_program_row(m->program, p->kinds[k].n, p->kinds[k].n);
    m->lut_row = weir_program_row(m->program, -INFINITY, limit_of(p->options->lut));
    m->uram_row = weir_program_row(m->program, -INFINITY, limit_of(p->options->uram));
    m->prices = weir_xcalloc(p->n_kinds + 2, sizeof *m->prices);
    return m;
}

void weir_master_free(master *m) {
    weir_program_free(m->program);
    free(m->columns);
    free(m->prices);
    free(m);
}

void weir_master_add(const packer *p, master *m, uint64_t at, bool whole) {
    const candidate *c = &p->candidates[at];
    weir_term terms[WEIR_GROUP_ARRAYS + 2];
    uint32_t n = 0;
    double most = INFINITY;
    for (uint32_t i = 0; i < c->n; i++) {
        if (i > 0 && c->kinds[i] == c->kinds[i - 1])
            terms[n - 1].factor++;
        else
            terms[n++] = (weir_term){c->kinds[i], 1};
        most = fmin(most, floor(p->kinds[c->kinds[i]].n / terms[n - 1].factor));
    }
    if (c->lut > 0) terms[n++] = (weir_term){m->lut_row, (double)c->lut};
    if (c->uram > 0) terms[n++] = (weir_term){m->uram_row, (double)c->uram};
    if (m->n_columns == m->room) {
        m->room = m->room > 0 ? 2 * m->room : 256;
        m->columns = weir_xrealloc(m->columns, m->room * sizeof *m->columns);
    }
    m->columns[m->n_columns++] = at;
    weir_program_column(m->program, c->bram18, whole ? most : INFINITY, whole, terms, n);
}

/* ------------------------------------------------------------------ columns */

double weir_master_reduced(const master *m, const candidate *c) {
    const double *prices = m->prices;
    double cost = c->bram18 - (double)c->lut * prices[m->lut_row] - c->uram * prices[m->uram_row];
    for (uint32_t i = 0; i < c->n; i++)
        cost -= prices[c->kinds[i]];
    return cost;
}

typedef struct ranked {
    double key;
    uint64_t at;
} ranked;

static int least_first(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static bool add_priced(packer *p, master *m) {
    ranked *list = weir_xcalloc(p->n_candidates + 1, sizeof *list);
    uint64_t n = 0;
    for (uint64_t i = 0; i < p->n_candidates; i++) {
        if (p->candidates[i].in_program) continue;
        double cost = weir_master_reduced(m, &p->candidates[i]);
        if (cost < -WEIR_PROGRAM_SLACK / 10) list[n++] = (ranked){cost, i};
    }
    qsort(list, n, sizeof *list, least_first);
    for (uint64_t i = 0; i < n && i < NEW_COLUMNS; i++) {
        weir_master_add(p, m, list[i].at, false);
        p->candidates[list[i].at].in_program = true;
    }
    free(list);
    return n > 0;
}

double weir_master_relax(packer *p, master *m) {
    double value = -1;
    for (uint64_t i = 0; i < p->n_candidates && p->candidates[i].n == 1; i++) {
        weir_master_add(p, m, i, false);
        p->candidates[i].in_program = true;
    }
    do {
        bool stopped = p->options->stop != NULL && *p->options->stop;
        if (stopped || !weir_program_relax(m->program, &value)) return -1;
        for (uint32_t row = 0; row <= m->uram_row; row++)
            m->prices[row] = weir_program_price(m->program, row);
    } while (add_priced(p, m));
    return value;
}
