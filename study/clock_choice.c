#include "study/clock_choice.h"
#include "base/arena.h"
#include "study/program.h"
#include <math.h>
#include <stdlib.h>

double weir_clock_choice_power(const weir_clock_choice *choice, const uint32_t *picks) {
    double mw = 0;
    for (uint32_t n = 0; n < choice->n_nodes; n++)
        mw += choice->mw[(size_t)n * choice->n_clocks + picks[n]];
    for (uint32_t e = 0; e < choice->n_edges; e++) {
        const weir_clock_edge *edge = &choice->edges[e];
        uint32_t clock = picks[edge->to];
        mw += picks[edge->from] == clock ? edge->plain[clock] : edge->crossing[clock];
    }
    return mw;
}

/* Rows, in this order:
 *   a node has one clock:             sum over clocks of x = 1
 *   so many clocks are used:          sum over clocks of used <= domains
 *   a clock that a node has is used:  x - used <= 0
 *   both ends of an edge have it:     both - x(from) <= 0,  both - x(to) <= 0,
 *                                     x(from) + x(to) - both <= 1 */
typedef struct rows {
    uint32_t node, domains, used, edge;
} rows;

typedef struct building {
    const weir_clock_choice *choice;
    weir_program *program;
    rows rows;
    uint32_t *columns; /* n_clocks a node; UINT32_MAX: it cannot have the clock */
    weir_term *terms;
    uint32_t n_terms;
} building;

static void add_rows(building *b) {
    const weir_clock_choice *choice = b->choice;
    uint32_t n = choice->n_nodes, clocks = choice->n_clocks;
    b->rows = (rows){0, n, n + 1, n + 1 + n * clocks};
    for (uint32_t i = 0; i < n; i++)
        weir_program_row(b->program, 1, 1);
    weir_program_row(b->program, -INFINITY, choice->domains);
    for (uint32_t i = 0; i < n * clocks; i++)
        weir_program_row(b->program, -INFINITY, 0);
    for (uint32_t i = 0; i < choice->n_edges * clocks; i++) {
        weir_program_row(b->program, -INFINITY, 0);
        weir_program_row(b->program, -INFINITY, 0);
        weir_program_row(b->program, -INFINITY, 1);
    }
}

static uint32_t edge_row(const building *b, uint32_t edge, uint32_t clock) {
    return b->rows.edge + 3 * (edge * b->choice->n_clocks + clock);
}

static void term(building *b, uint32_t row, double factor) {
    b->terms[b->n_terms++] = (weir_term){row, factor};
}

static uint32_t column(building *b, double cost, bool whole) {
    uint32_t index = weir_program_column(b->program, cost, 1, whole, b->terms, b->n_terms);
    b->n_terms = 0;
    return index;
}

static void add_node(building *b, uint32_t node, uint32_t clock) {
    const weir_clock_choice *choice = b->choice;
    uint32_t place = node * choice->n_clocks + clock;
    double cost = choice->mw[place];
    b->columns[place] = UINT32_MAX;
    if (isinf(cost)) return;
    term(b, b->rows.node + node, 1);
    term(b, b->rows.used + place, 1);
    for (uint32_t e = 0; e < choice->n_edges; e++) {
        const weir_clock_edge *edge = &choice->edges[e];
        uint32_t row = edge_row(b, e, clock);
        if (edge->from == node) term(b, row, -1);
        if (edge->to == node) term(b, row + 1, -1);
        if (edge->from == node || edge->to == node) term(b, row + 2, 1);
        if (edge->to == node) cost += edge->crossing[clock];
    }
    b->columns[place] = column(b, cost, true);
}

static void add_edge(building *b, uint32_t e, uint32_t clock) {
    const weir_clock_edge *edge = &b->choice->edges[e];
    uint32_t row = edge_row(b, e, clock);
    term(b, row, 1);
    term(b, row + 1, 1);
    term(b, row + 2, -1);
    column(b, edge->plain[clock] - edge->crossing[clock], false);
}

static void add_used(building *b, uint32_t clock) {
    term(b, b->rows.domains, 1);
    for (uint32_t n = 0; n < b->choice->n_nodes; n++)
        term(b, b->rows.used + n * b->choice->n_clocks + clock, -1);
    column(b, 0, true);
}

static void build(building *b) {
    const weir_clock_choice *choice = b->choice;
    add_rows(b);
    for (uint32_t clock = 0; clock < choice->n_clocks; clock++) {
        for (uint32_t n = 0; n < choice->n_nodes; n++)
            add_node(b, n, clock);
        for (uint32_t e = 0; e < choice->n_edges; e++)
            add_edge(b, e, clock);
        add_used(b, clock);
    }
}

static void take_picks(const building *b, uint32_t *picks) {
    uint32_t clocks = b->choice->n_clocks;
    for (uint32_t n = 0; n < b->choice->n_nodes; n++)
        for (uint32_t c = 0; c < clocks; c++) {
            uint32_t x = b->columns[n * clocks + c];
            if (x != UINT32_MAX && weir_program_value(b->program, x) > 0.5) picks[n] = c;
        }
}

weir_clock_chosen weir_clock_choice_least(const weir_clock_choice *choice, uint32_t nodes,
                                          const volatile int *stop, uint32_t *picks) {
    weir_clock_chosen chosen = {.found = false};
    building b = {.choice = choice, .program = weir_program_new()};
    b.columns = weir_xcalloc((size_t)choice->n_nodes * choice->n_clocks + 1, sizeof *b.columns);
    b.terms = weir_xcalloc(2 + choice->n_nodes + 4 * (size_t)choice->n_edges, sizeof *b.terms);
    build(&b);
    double relaxed;
    if (weir_program_relax(b.program, &relaxed)) {
        weir_whole whole = weir_program_whole(b.program, INFINITY, nodes, stop);
        chosen.found = whole.found;
        chosen.optimal = whole.optimal;
        chosen.branched = whole.nodes;
        chosen.bound_mw = whole.bound > relaxed ? whole.bound : relaxed;
        if (whole.found) {
            take_picks(&b, picks);
            chosen.mw = weir_clock_choice_power(choice, picks);
            /* Sums in another order may differ in the last digits. */
            if (whole.optimal || chosen.bound_mw > chosen.mw) chosen.bound_mw = chosen.mw;
        }
    } else {
        chosen.optimal = weir_program_impossible(b.program);
    }
    weir_program_free(b.program);
    free(b.columns);
    free(b.terms);
    return chosen;
}
