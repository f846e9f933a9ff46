/* Choice: one option a group, so that the slowest of those chosen is as fast as can be and their costs
 * together stay within a budget.
 *
 *   minimise T   with   time of each group's option <= T,   sum of costs[r] <= budget[r] for every r
 * and, of all choices with that T, one that takes the least sum of shares of the limited budgets.
 * It is solved exactly: T is one of the options' times, so the least that an integer program of the
 * options up to T has a solution for is found by bisection. Every T refused was proved to be out of
 * reach (by the relaxation, or by branch and cut), which gives the bound; a search that came to its
 * limit of nodes proves nothing and leaves a gap.
 * Its peer is greedy: from the slowest options on, whatever is slowest is made faster while it fits.
 */
#ifndef WEIR_STUDY_CHOICE_H
#define WEIR_STUDY_CHOICE_H

#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_NO_LIMIT UINT64_MAX

typedef struct weir_option {
    uint64_t time_ps;
    uint64_t cost[WEIR_RESOURCES];
} weir_option;

typedef struct weir_choice {
    uint32_t n_groups;
    const uint32_t *first; /* n_groups + 1: options of group g are first[g] .. first[g + 1] - 1 */
    const weir_option *options;
    uint64_t budget[WEIR_RESOURCES]; /* or WEIR_NO_LIMIT */
    /* Choices that are not to be made again: n_groups options each. */
    uint32_t n_forbidden;
    const uint32_t *forbidden;
} weir_choice;

typedef struct weir_chosen {
    bool found;    /* else none was found, and `bound_ps` says up to where none is possible */
    bool fastest;  /* no choice within the budget has a smaller time */
    bool cheapest; /* and none of this time takes less */
    uint64_t time_ps;
    uint64_t bound_ps; /* no choice within the budget is faster; UINT64_MAX: there is none at all */
    uint64_t cost[WEIR_RESOURCES];
    uint32_t programs, nodes; /* that were solved; of branch and cut */
} weir_chosen;

/* `picks`: the option of each group, index into `options`. After at most `nodes` nodes a program, or
 * when *stop is set (may be NULL), what was found by then. */
weir_chosen weir_choice_fastest(const weir_choice *choice, uint32_t nodes, const volatile int *stop,
                                uint32_t *picks);
/* False where nothing on its way fits. */
bool weir_choice_balanced(const weir_choice *choice, uint32_t *picks);

uint64_t weir_choice_time(const weir_choice *choice, const uint32_t *picks);
void weir_choice_cost(const weir_choice *choice, const uint32_t *picks,
                      uint64_t cost[WEIR_RESOURCES]);
bool weir_choice_fits(const weir_choice *choice, const uint64_t cost[WEIR_RESOURCES]);
/* Sum of the shares of limited budgets; what cheaper means. */
double weir_choice_share(const weir_choice *choice, const uint64_t cost[WEIR_RESOURCES]);

#ifdef __cplusplus
}
#endif
#endif
