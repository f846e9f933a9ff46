#include "base/arena.h"
#include "study/search.h"
#include <math.h>
#include <stdlib.h>

typedef struct row {
    const double *values;
    uint32_t n, number;
} row;

/* By the first objective, then the next: what comes later can dominate nothing before it. */
static int by_values(const void *a, const void *b) {
    const row *x = a, *y = b;
    for (uint32_t o = 0; o < x->n; o++)
        if (x->values[o] != y->values[o]) return x->values[o] < y->values[o] ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* No worse in all and, as rows are in order, not equal: better in one. */
static bool dominates(const row *a, const row *b) {
    bool better = false;
    for (uint32_t o = 0; o < a->n; o++) {
        if (a->values[o] > b->values[o]) return false;
        better |= a->values[o] < b->values[o];
    }
    return better;
}

static bool is_number(const double *values, uint32_t n) {
    for (uint32_t o = 0; o < n; o++)
        if (isnan(values[o])) return false;
    return true;
}

void weir_pareto(const double *values, uint32_t n, uint32_t n_objectives, bool *front) {
    row *rows = weir_xcalloc(n + 1, sizeof *rows);
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        front[i] = false;
        const double *own = values + (size_t)i * n_objectives;
        if (is_number(own, n_objectives)) rows[count++] = (row){own, n_objectives, i};
    }
    qsort(rows, count, sizeof *rows, by_values);
    for (uint32_t i = 0; i < count; i++) {
        bool beaten = false;
        for (uint32_t k = 0; k < kept && !beaten; k++)
            beaten = dominates(&rows[k], &rows[i]);
        if (beaten) continue;
        front[rows[i].number] = true;
        rows[kept++] = rows[i];
    }
    free(rows);
}
