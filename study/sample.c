#include "study/sample.h"
#include "base/random.h"
#include <gsl/gsl_qrng.h>
#include <stdlib.h>
#include <string.h>

uint64_t weir_grid_points(const weir_study_file *file) {
    uint64_t n = file->n_axes > 0;
    for (uint32_t a = 0; a < file->n_axes; a++) {
        n *= file->axes[a].n_values;
        if (n > WEIR_GRID_POINTS) return 0;
    }
    return n;
}

static bool grid(const weir_study_file *file, uint32_t **indices, uint32_t *n, weir_diag *diag) {
    uint64_t all = weir_grid_points(file);
    if (all == 0)
        return weir_error(diag, file->axes[0].loc,
                          "axes: a grid of more than %u points; sample it: method random or sobol",
                          WEIR_GRID_POINTS);
    uint64_t wanted = file->points > 0 && file->points < all ? file->points : all;
    *indices = weir_xcalloc(wanted * file->n_axes + 1, sizeof **indices);
    for (uint64_t i = 0; i < wanted; i++) {
        uint64_t rest = i;
        for (uint32_t a = file->n_axes; a-- > 0; rest /= file->axes[a].n_values)
            (*indices)[i * file->n_axes + a] = (uint32_t)(rest % file->axes[a].n_values);
    }
    *n = (uint32_t)wanted;
    return true;
}

static void random_rows(const weir_study_file *file, uint32_t *indices) {
    uint64_t state = file->seed;
    for (uint64_t i = 0; i < file->points; i++)
        for (uint32_t a = 0; a < file->n_axes; a++)
            *indices++ = (uint32_t)(weir_random(&state) % file->axes[a].n_values);
}

/* Sobol's sequence begins at `seed`: other seeds are later parts of it. */
static bool sobol_rows(const weir_study_file *file, uint32_t *indices, weir_diag *diag) {
    if (file->n_axes > gsl_qrng_sobol->max_dimension)
        return weir_error(diag, file->axes[0].loc,
                          "axes: %u, Sobol's sequence is known for at most %u; sample at random",
                          file->n_axes, gsl_qrng_sobol->max_dimension);
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, file->n_axes);
    double *x = weir_xcalloc(file->n_axes, sizeof *x);
    for (uint64_t i = 0; i < file->seed; i++)
        gsl_qrng_get(sequence, x);
    for (uint64_t i = 0; i < file->points; i++) {
        gsl_qrng_get(sequence, x);
        for (uint32_t a = 0; a < file->n_axes; a++)
            *indices++ = (uint32_t)(x[a] * file->axes[a].n_values);
    }
    free(x);
    gsl_qrng_free(sequence);
    return true;
}

typedef struct row {
    const uint32_t *indices;
    uint32_t n, number;
} row;

static int by_indices(const void *a, const void *b) {
    const row *x = a, *y = b;
    int order = memcmp(x->indices, y->indices, x->n * sizeof *x->indices);
    if (order != 0) return order;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Leaves the first of equal rows, in their order. */
static uint32_t without_repeats(uint32_t *indices, uint32_t n, uint32_t axes) {
    row *rows = weir_xcalloc(n + 1, sizeof *rows);
    bool *again = weir_xcalloc(n + 1, sizeof *again);
    for (uint32_t i = 0; i < n; i++)
        rows[i] = (row){indices + (size_t)i * axes, axes, i};
    qsort(rows, n, sizeof *rows, by_indices);
    for (uint32_t i = 1; i < n; i++)
        again[rows[i].number] =
            memcmp(rows[i].indices, rows[i - 1].indices, axes * sizeof *indices) == 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (again[i]) continue;
        memmove(indices + (size_t)kept * axes, indices + (size_t)i * axes, axes * sizeof *indices);
        kept++;
    }
    free(rows);
    free(again);
    return kept;
}

bool weir_sample(const weir_study_file *file, uint32_t **indices, uint32_t *n, weir_diag *diag) {
    *indices = NULL;
    *n = 0;
    if (file->n_axes == 0) return true;
    if (file->sampling == WEIR_SAMPLE_GRID) return grid(file, indices, n, diag);
    *indices = weir_xcalloc(file->points * file->n_axes + 1, sizeof **indices);
    bool good = true;
    if (file->sampling == WEIR_SAMPLE_SOBOL)
        good = sobol_rows(file, *indices, diag);
    else
        random_rows(file, *indices);
    if (good) *n = without_repeats(*indices, (uint32_t)file->points, file->n_axes);
    return good;
}

weir_point weir_sample_point(const weir_study_file *file, const uint32_t *indices,
                             weir_arena *arena) {
    weir_change *changes = WEIR_NEW(arena, weir_change, file->n_axes + 1);
    uint32_t n = 0;
    for (uint32_t a = 0; a < file->n_axes; a++) {
        const weir_axis *axis = &file->axes[a];
        const char *hole = strstr(axis->change, "{}");
        char *line = weir_arena_printf(arena, "%.*s%s%s", (int)(hole - axis->change), axis->change,
                                       axis->values[indices[a]], hole + 2);
        if (line[strspn(line, " \t")] != '\0') changes[n++] = (weir_change){line, axis->loc};
    }
    return (weir_point){"", n, changes};
}
