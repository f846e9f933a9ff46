/* Clock choice: a clock for each node of a graph, at least power, with few clocks in all.
 *
 *   minimise  sum over nodes of mw[node][clock]
 *           + sum over edges of plain[clock] where both ends have one clock, else crossing[clock of `to`]
 *   with at most `domains` different clocks. mw INFINITY: the node cannot have that clock.
 * An integer program: a column a node and clock, one an edge and clock (both ends have it), one a clock
 * (it is used); branch and cut, whose bound is stated where its limit of nodes ends it.
 */
#ifndef WEIR_STUDY_CLOCK_CHOICE_H
#define WEIR_STUDY_CLOCK_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_clock_edge {
    uint32_t from, to;
    const double *plain, *crossing; /* mW, one a clock */
} weir_clock_edge;

typedef struct weir_clock_choice {
    uint32_t n_nodes, n_clocks, n_edges, domains;
    const double *mw; /* n_clocks a node */
    const weir_clock_edge *edges;
} weir_clock_choice;

typedef struct weir_clock_chosen {
    bool found, optimal; /* not found and optimal: there is none */
    double mw, bound_mw; /* no choice takes less than the bound */
    uint32_t branched;   /* nodes of branch and cut */
} weir_clock_chosen;

/* `picks`: the clock of each node. */
weir_clock_chosen weir_clock_choice_least(const weir_clock_choice *choice, uint32_t nodes,
                                          const volatile int *stop, uint32_t *picks);
double weir_clock_choice_power(const weir_clock_choice *choice, const uint32_t *picks);

#ifdef __cplusplus
}
#endif
#endif
