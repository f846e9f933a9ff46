#include "study/choice.h"
#include "base/arena.h"
#include "study/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a choice is worth ---- */

uint64_t weir_choice_time(const weir_choice *choice, const uint32_t *picks) {
    uint64_t time_ps = 0;
    for (uint32_t g = 0; g < choice->n_groups; g++)
        if (choice->options[picks[g]].time_ps > time_ps)
            time_ps = choice->options[picks[g]].time_ps;
    return time_ps;
}

void weir_choice_cost(const weir_choice *choice, const uint32_t *picks,
                      uint64_t cost[WEIR_RESOURCES]) {
    for (int r = 0; r < WEIR_RESOURCES; r++) {
        cost[r] = 0;
        for (uint32_t g = 0; g < choice->n_groups; g++)
            cost[r] += choice->options[picks[g]].cost[r];
    }
}

bool weir_choice_fits(const weir_choice *choice, const uint64_t cost[WEIR_RESOURCES]) {
    for (int r = 0; r < WEIR_RESOURCES; r++)
        if (choice->budget[r] != WEIR_NO_LIMIT && cost[r] > choice->budget[r]) return false;
    return true;
}

double weir_choice_share(const weir_choice *choice, const uint64_t cost[WEIR_RESOURCES]) {
    double share = 0;
    for (int r = 0; r < WEIR_RESOURCES; r++)
        if (choice->budget[r] != WEIR_NO_LIMIT && choice->budget[r] > 0)
            share += (double)cost[r] / (double)choice->budget[r];
    return share;
}

/* ---- greedy ---- */

static bool is_forbidden(const weir_choice *choice, const uint32_t *picks) {
    for (uint32_t f = 0; f < choice->n_forbidden; f++)
        if (memcmp(choice->forbidden + (size_t)f * choice->n_groups, picks,
                   choice->n_groups * sizeof *picks) == 0)
            return true;
    return false;
}

/* The slowest of a group's options that is faster than `time_ps`, of equal ones the cheapest;
 * UINT32_MAX: there is none. */
static uint32_t next_faster(const weir_choice *choice, uint32_t group, uint64_t time_ps) {
    uint32_t best = UINT32_MAX;
    for (uint32_t o = choice->first[group]; o < choice->first[group + 1]; o++) {
        const weir_option *option = &choice->options[o];
        if (option->time_ps >= time_ps) continue;
        const weir_option *old = best != UINT32_MAX ? &choice->options[best] : NULL;
        if (old == NULL || option->time_ps > old->time_ps ||
            (option->time_ps == old->time_ps &&
             weir_choice_share(choice, option->cost) < weir_choice_share(choice, old->cost)))
            best = o;
    }
    return best;
}

bool weir_choice_balanced(const weir_choice *choice, uint32_t *picks) {
    uint32_t n = choice->n_groups;
    uint32_t *now = weir_xcalloc(n + 1, sizeof *now);
    bool found = false, good = true;
    for (uint32_t g = 0; g < n && good; g++) {
        now[g] = next_faster(choice, g, UINT64_MAX);
        good = now[g] != UINT32_MAX;
    }
    while (good) {
        uint64_t cost[WEIR_RESOURCES], time_ps = weir_choice_time(choice, now);
        weir_choice_cost(choice, now, cost);
        bool fits = weir_choice_fits(choice, cost) && !is_forbidden(choice, now);
        if (!fits && found) break;
        if (fits) memcpy(picks, now, n * sizeof *now);
        found = found || fits;
        for (uint32_t g = 0; g < n && good; g++) {
            if (choice->options[now[g]].time_ps < time_ps) continue;
            now[g] = next_faster(choice, g, time_ps);
            good = now[g] != UINT32_MAX;
        }
        good = good && n > 0;
    }
    free(now);
    return found;
}

/* ---- integer programs ---- */

typedef enum verdict { REACHED, OUT_OF_REACH, UNDECIDED } verdict;

typedef struct search {
    const weir_choice *choice;
    uint32_t node_limit;
    const volatile int *stop;
    weir_chosen *chosen;
    uint32_t *columns; /* of each option, or UINT32_MAX: not in the program */
    uint32_t *picks;   /* of the last solution */
    uint32_t *best;    /* of the fastest so far: the caller's */
} search;

/* Rows: one a group (exactly one option), then one a resource, then one a forbidden choice. */
static void add_rows(const weir_choice *choice, weir_program *program) {
    for (uint32_t g = 0; g < choice->n_groups; g++)
        weir_program_row(program, 1, 1);
    for (int r = 0; r < WEIR_RESOURCES; r++)
        weir_program_row(program, -INFINITY, choice->budget[r] == WEIR_NO_LIMIT ? INFINITY : 1);
    for (uint32_t f = 0; f < choice->n_forbidden; f++)
        weir_program_row(program, -INFINITY, (double)choice->n_groups - 1);
}

/* In shares of the budget, so that all rows are of one scale. */
static double share_of(const weir_choice *choice, const weir_option *option, int r) {
    uint64_t budget = choice->budget[r];
    if (budget == WEIR_NO_LIMIT) return 0;
    return (double)option->cost[r] / (double)(budget > 0 ? budget : 1);
}

static void add_option(const search *s, weir_program *program, uint32_t group, uint32_t o,
                       bool cheapest, weir_term *terms) {
    const weir_choice *choice = s->choice;
    const weir_option *option = &choice->options[o];
    uint32_t n = 0, row = choice->n_groups;
    terms[n++] = (weir_term){group, 1};
    for (int r = 0; r < WEIR_RESOURCES; r++, row++)
        if (share_of(choice, option, r) > 0)
            terms[n++] = (weir_term){row, share_of(choice, option, r)};
    for (uint32_t f = 0; f < choice->n_forbidden; f++, row++)
        if (choice->forbidden[(size_t)f * choice->n_groups + group] == o)
            terms[n++] = (weir_term){row, 1};
    double cost = cheapest ? weir_choice_share(choice, option->cost) : 0;
    s->columns[o] = weir_program_column(program, cost, 1, true, terms, n);
}

static weir_program *program_of(const search *s, uint64_t time_ps, bool cheapest) {
    const weir_choice *choice = s->choice;
    weir_program *program = weir_program_new();
    weir_term *terms =
        weir_xcalloc(1 + WEIR_RESOURCES + (size_t)choice->n_forbidden, sizeof *terms);
    add_rows(choice, program);
    for (uint32_t g = 0; g < choice->n_groups; g++)
        for (uint32_t o = choice->first[g]; o < choice->first[g + 1]; o++) {
            s->columns[o] = UINT32_MAX;
            if (choice->options[o].time_ps <= time_ps)
                add_option(s, program, g, o, cheapest, terms);
        }
    free(terms);
    return program;
}

static void take_picks(const search *s, const weir_program *program) {
    const weir_choice *choice = s->choice;
    for (uint32_t g = 0; g < choice->n_groups; g++)
        for (uint32_t o = choice->first[g]; o < choice->first[g + 1]; o++)
            if (s->columns[o] != UINT32_MAX && weir_program_value(program, s->columns[o]) > 0.5)
                s->picks[g] = o;
}

/* Floating point may let a choice pass that is over by less than its tolerance. */
static bool picks_fit(const search *s) {
    uint64_t cost[WEIR_RESOURCES];
    weir_choice_cost(s->choice, s->picks, cost);
    return weir_choice_fits(s->choice, cost);
}

static bool every_group_has(const weir_choice *choice, uint64_t time_ps) {
    for (uint32_t g = 0; g < choice->n_groups; g++) {
        bool any = false;
        for (uint32_t o = choice->first[g]; o < choice->first[g + 1] && !any; o++)
            any = choice->options[o].time_ps <= time_ps;
        if (!any) return false;
    }
    return true;
}

/* Solves the program of options up to `time_ps`; of its least cost where `cheapest`. */
static verdict solve(search *s, uint64_t time_ps, bool cheapest, bool *optimal) {
    if (!every_group_has(s->choice, time_ps)) return OUT_OF_REACH;
    weir_program *program = program_of(s, time_ps, cheapest);
    verdict verdict = UNDECIDED;
    double value;
    s->chosen->programs++;
    if (!weir_program_relax(program, &value)) {
        verdict = weir_program_impossible(program) ? OUT_OF_REACH : UNDECIDED;
    } else {
        weir_whole whole = weir_program_whole(program, INFINITY, s->node_limit, s->stop);
        s->chosen->nodes += whole.nodes;
        if (whole.found) take_picks(s, program);
        if (whole.found && picks_fit(s)) verdict = REACHED;
        if (!whole.found && whole.optimal) verdict = OUT_OF_REACH;
        if (optimal != NULL) *optimal = whole.optimal;
    }
    weir_program_free(program);
    return verdict;
}

static int by_time(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Every time that an option has, ascending, each once. */
static uint64_t *times_of(const weir_choice *choice, uint32_t *n) {
    uint32_t count = choice->first[choice->n_groups];
    uint64_t *times = weir_xcalloc(count + 1, sizeof *times);
    for (uint32_t o = 0; o < count; o++)
        times[o] = choice->options[o].time_ps;
    qsort(times, count, sizeof *times, by_time);
    *n = 0;
    for (uint32_t o = 0; o < count; o++)
        if (*n == 0 || times[*n - 1] != times[o]) times[(*n)++] = times[o];
    return times;
}

/* The least time reached, by bisection of the first `n`; those below `proved` are out of reach. */
static uint32_t bisect(search *s, const uint64_t *times, uint32_t n, uint32_t *proved) {
    const uint32_t groups = s->choice->n_groups;
    uint32_t low = 0, high = n; /* what is below low is not to be tried, high is reached or n */
    *proved = 0;
    while (low < high && (s->stop == NULL || *s->stop == 0)) {
        uint32_t middle = low + (high - low) / 2;
        verdict v = solve(s, times[middle], false, NULL);
        if (v == REACHED) {
            /* What was found may be faster than what was asked for. */
            uint64_t time_ps = weir_choice_time(s->choice, s->picks);
            for (high = middle; high > low && times[high - 1] >= time_ps;)
                high--;
            memcpy(s->best, s->picks, groups * sizeof *s->best);
        } else {
            if (v == OUT_OF_REACH) *proved = middle + 1;
            low = middle + 1;
        }
    }
    return high;
}

weir_chosen weir_choice_fastest(const weir_choice *choice, uint32_t nodes, const volatile int *stop,
                                uint32_t *picks) {
    weir_chosen chosen = {.bound_ps = 0};
    uint32_t n, proved, groups = choice->n_groups;
    search s = {.choice = choice, .node_limit = nodes, .stop = stop, .chosen = &chosen};
    s.columns = weir_xcalloc(choice->first[groups] + 1, sizeof *s.columns);
    s.picks = weir_xcalloc(groups + 1, sizeof *s.picks);
    s.best = picks;
    uint64_t *times = times_of(choice, &n);
    const uint32_t all = n;
    /* What the peer reaches can be done: nothing slower needs to be tried. */
    bool known = weir_choice_balanced(choice, picks);
    while (known && n > 1 && times[n - 1] > weir_choice_time(choice, picks))
        n--;
    uint32_t best = bisect(&s, times, known ? n - 1 : n, &proved);
    chosen.bound_ps = proved < all ? times[proved] : UINT64_MAX;
    chosen.found = known || best < n;
    if (chosen.found) {
        bool optimal = false;
        if (solve(&s, times[best], true, &optimal) == REACHED) {
            memcpy(picks, s.picks, groups * sizeof *picks);
            chosen.cheapest = optimal;
        }
        chosen.time_ps = weir_choice_time(choice, picks);
        weir_choice_cost(choice, picks, chosen.cost);
        chosen.fastest = chosen.time_ps == chosen.bound_ps;
    }
    free(times);
    free(s.columns);
    free(s.picks);
    return chosen;
}
