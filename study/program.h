/* Program: a linear or integer program, minimised.
 *
 *   minimise sum cost[j] x[j]  with  low[i] <= sum a[i][j] x[j] <= high[i],  0 <= x[j] <= most[j]
 *
 * Solved by GLPK, which only program.c includes: the simplex method for the relaxation, branch and
 * cut for whole x. The search is limited in nodes, not in time, so that an answer depends on the
 * program alone. Bounds are in floating point; callers whose costs are whole round them up with
 * WEIR_PROGRAM_SLACK taken off. Nothing is printed.
 */
#ifndef WEIR_STUDY_PROGRAM_H
#define WEIR_STUDY_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_PROGRAM_SLACK 1e-6

typedef struct weir_program weir_program;

weir_program *weir_program_new(void);
void weir_program_free(weir_program *program);

/* -INFINITY and INFINITY where a row has no limit on that side. Returns the row's index, from 0. */
uint32_t weir_program_row(weir_program *program, double low, double high);

typedef struct weir_term {
    uint32_t row;
    double factor;
} weir_term;
/* `most` may be INFINITY; `whole`: for weir_program_whole. Returns the column's index, from 0. */
uint32_t weir_program_column(weir_program *program, double cost, double most, bool whole,
                             const weir_term *terms, uint32_t n_terms);

/* The relaxation; may be called again after further columns. False: no solution. */
bool weir_program_relax(weir_program *program, double *value);
/* Whether that was because there is none, and not because the arithmetic gave up. */
bool weir_program_impossible(const weir_program *program);
double weir_program_price(const weir_program *program, uint32_t row); /* of its limit: the dual */
double weir_program_value(const weir_program *program, uint32_t column);

typedef struct weir_whole {
    bool found;   /* values of the columns are those of the best solution found */
    bool optimal; /* and there is no better one; with `found` false: there is none at all */
    double value, bound;
    uint32_t nodes;
} weir_whole;
/* After weir_program_relax. Ends once `bound` shows that nothing below `enough` is left (INFINITY:
 * go on to the optimum), after `nodes` nodes, or when *stop is set (may be NULL). */
weir_whole weir_program_whole(weir_program *program, double enough, uint32_t nodes,
                              const volatile int *stop);

#ifdef __cplusplus
}
#endif
#endif
