#include "study/size.h"
#include "base/arena.h"
#include "study/sizing.h"
#include <stdlib.h>
#include <string.h>

enum { FRONT_POINTS = 10 };

/* ------------------------------------------------------------------ one goal */

static bool test_one(sizing *s, const uint32_t *depths) {
    bool met;
    sizing_test(s, depths, 1, &met);
    return met;
}

/* Plain channels that cannot stay in shift registers become memories. */
static bool reclass(sizing *s, const uint32_t *depths) {
    bool changed = false;
    for (uint32_t c = 0; c < s->n; c++) {
        if (!s->automatic[c] || s->memory[c] || depths[c] <= WEIR_SRL_DEPTH) continue;
        sizing_make_memory(s, c);
        changed = true;
    }
    return changed;
}

/* A memory one class down: shift registers are a cycle faster, so that fewer beats may do. */
static void retry_plain(sizing *s, const bool *proved, uint32_t *depths) {
    uint32_t *which = weir_xcalloc(s->n, sizeof *which), count = 0;
    uint32_t *sets = weir_xcalloc((size_t)s->n * s->n, sizeof *sets);
    uint32_t *least = weir_xcalloc(s->n, sizeof *least);
    bool *met = weir_xcalloc(s->n, sizeof *met);
    for (uint32_t c = 0; c < s->n; c++) {
        if (!s->automatic[c] || !s->memory[c] || proved[c]) continue;
        memcpy(sets + (size_t)count * s->n, depths, s->n * sizeof *depths);
        sets[(size_t)count * s->n + c] = WEIR_SRL_DEPTH;
        which[count++] = c;
    }
    if (count > 0) sizing_test(s, sets, count, met);
    for (uint32_t i = 0; i < count && !sizing_stopped(s); i++) {
        uint32_t c = which[i], depth = depths[c];
        depths[c] = WEIR_SRL_DEPTH;
        if (met[i] && test_one(s, depths)) {
            s->memory[c] = false;
            for (uint32_t k = 0; k < s->n; k++)
                least[k] = sizing_least(s, k);
            sizing_reduce(s, least, depths);
        } else {
            depths[c] = depth;
        }
    }
    free(which);
    free(sets);
    free(least);
    free(met);
}

/* All channels at once, from a start that does. */
static bool search_whole(sizing *s, uint32_t *depths) {
    uint32_t *least = weir_xcalloc(s->n, sizeof *least);
    bool good;
    do {
        for (uint32_t c = 0; c < s->n; c++)
            least[c] = depths[c] = sizing_least(s, c);
        good = sizing_start(s, least, NULL, depths);
        if (good) sizing_reduce(s, least, depths);
    } while (good && !sizing_stopped(s) && reclass(s, depths));
    free(least);
    if (!good && !sizing_stopped(s))
        weir_error(s->diag, WEIR_NOWHERE,
                   "sizing: the goal is not met with the depths that unbounded FIFOs filled");
    return good;
}

/* One search. An own minimum that was found with another channel still plain is no more than it is
 * now: a memory is slower. */
static bool search(sizing *s, uint64_t limit, uint32_t *depths, bool *reached) {
    memset(s->memory, 0, s->n * sizeof *s->memory);
    memset(s->alone, 0, s->n * sizeof *s->alone);
    if (!sizing_unbounded(s, limit, reached)) return false;
    sizing_alone(s);
    if (sizing_stopped(s)) return true;
    bool *proved = weir_xcalloc(s->n, sizeof *proved);
    for (uint32_t c = 0; c < s->n; c++)
        proved[c] = s->alone[c] > WEIR_SRL_DEPTH;
    reclass(s, s->alone);
    bool good = sizing_has_parts(s) && sizing_blocks(s, depths) && test_one(s, depths);
    if (!good && !sizing_stopped(s)) good = search_whole(s, depths);
    if (good && !sizing_stopped(s)) retry_plain(s, proved, depths);
    free(proved);
    return good;
}

/* The depths of one goal (`limit` as the goal has it). Trials are short; where what they found does
 * not hold over many frames, longer ones are made. */
static bool solve(sizing *s, uint64_t limit, uint32_t *depths, bool *reached) {
    enum { MOST_PATIENCE = 16 };
    for (s->patience = 1; s->patience <= MOST_PATIENCE; s->patience *= 4) {
        if (!search(s, limit, depths, reached)) return false;
        if (sizing_stopped(s) || sizing_verify(s, depths)) return true;
    }
    return weir_error(s->diag, WEIR_NOWHERE,
                      "sizing: what trials found does not hold over many frames");
}

/* ------------------------------------------------------------------ points */

/* What depths give the stimuli as they are: the worst of all. */
static weir_size_point point_of(sizing *s, const uint32_t *depths) {
    weir_size_point point = {.cost = sizing_total(s, depths)};
    point.depths = weir_xcalloc(s->n, sizeof *point.depths);
    memcpy(point.depths, depths, s->n * sizeof *depths);
    weir_channel_timing *timings = weir_xcalloc(s->n, sizeof *timings);
    for (uint32_t k = 0; k < s->options->n_stimuli; k++) {
        weir_replay_parameters set = s->options->stimuli[k];
        weir_replay_answer answer;
        for (uint32_t c = 0; c < s->n; c++)
            timings[c] = sizing_timing(s, k, c, depths[c]);
        set.channels = timings;
        if (set.frames < 256 && set.arrival_ps == NULL) set.frames = 256;
        set.drop = false;
        if (!weir_replay_many(s->net, &set, 1, 1, &answer, s->diag)) break;
        s->evaluations++;
        s->events += answer.events;
        if (answer.latency_ps > point.latency_ps) point.latency_ps = answer.latency_ps;
        if (!answer.steady) continue;
        if (point.interval_frames == 0 ||
            (unsigned __int128)answer.steady_ps * point.interval_frames >
                (unsigned __int128)point.interval_ps * answer.steady_frames) {
            point.interval_ps = answer.steady_ps;
            point.interval_frames = answer.steady_frames;
        }
    }
    free(timings);
    return point;
}

/* The number that the goal limits. */
static uint64_t value_of(const sizing *s, const weir_size_point *point) {
    if (s->options->goal == WEIR_MAX_LATENCY) return point->latency_ps;
    if (point->interval_frames == 0) return UINT64_MAX;
    return (point->interval_ps + point->interval_frames - 1) / point->interval_frames;
}

/* What the least depths of all channels give; where that is a deadlock, a guess. */
static uint64_t worst_value(sizing *s, uint64_t best) {
    uint32_t *depths = weir_xcalloc(s->n, sizeof *depths);
    bool *memory = weir_xcalloc(s->n, sizeof *memory);
    memcpy(memory, s->memory, s->n * sizeof *memory);
    memset(s->memory, 0, s->n * sizeof *s->memory);
    for (uint32_t c = 0; c < s->n; c++)
        depths[c] = sizing_top(s, c, sizing_floor(s, c));
    weir_size_point point = point_of(s, depths);
    uint64_t value = value_of(s, &point);
    memcpy(s->memory, memory, s->n * sizeof *memory);
    free(point.depths);
    free(memory);
    free(depths);
    return value == UINT64_MAX || value < best ? 8 * best : value;
}

/* ------------------------------------------------------------------ memory budget, front */

typedef struct solution { /* a point, and the classes and own minima that go with it */
    weir_size_point point;
    bool *memory;
    uint32_t *alone, *most;
    bool reached;
} solution;

static void solution_free(solution *x) {
    free(x->point.depths);
    free(x->memory);
    free(x->alone);
    free(x->most);
    *x = (solution){0};
}

static void *copy_of(const void *from, size_t size) {
    void *copy = weir_xcalloc(1, size);
    memcpy(copy, from, size);
    return copy;
}

static bool solve_point(sizing *s, uint64_t limit, solution *x) {
    uint32_t *depths = weir_xcalloc(s->n, sizeof *depths);
    *x = (solution){0};
    bool good = solve(s, limit, depths, &x->reached);
    if (good && depths[0] == 0) good = false; /* stopped before there was anything */
    if (good) {
        x->point = point_of(s, depths);
        x->memory = copy_of(s->memory, s->n * sizeof *s->memory);
        x->alone = copy_of(s->alone, s->n * sizeof *s->alone);
        x->most = copy_of(s->most, s->n * sizeof *s->most);
    }
    free(depths);
    return good;
}

/* The best interval that costs at most the limit: bisection over intervals, each of which has its
 * least depths. */
static bool solve_budget(sizing *s, solution *x) {
    if (!solve_point(s, 0, x)) return false;
    x->reached = x->point.cost <= s->options->limit;
    if (x->reached) return true;
    uint64_t low = value_of(s, &x->point), high = worst_value(s, low);
    uint64_t cycle = UINT64_MAX;
    const weir_replay_parameters *stimulus = &s->options->stimuli[0];
    for (uint32_t p = 0; p < weir_net_processes(s->net); p++) {
        uint64_t period = stimulus->domains[weir_net_process_at(s->net, p)->domain].period_ps;
        if (period < cycle) cycle = period;
    }
    solution found = {0};
    for (uint64_t limit = high; limit - low >= cycle && !sizing_stopped(s);
         limit = low + (high - low) / 2) {
        solution next;
        if (!solve_point(s, limit, &next)) break;
        bool fits = next.point.cost <= s->options->limit;
        if (!fits && limit == high) { /* even the slowest does not fit */
            solution_free(&next);
            break;
        }
        if (fits) {
            solution_free(&found);
            found = next;
            uint64_t value = value_of(s, &next.point);
            high = value < limit ? value : limit;
            if (high < low) high = low;
        } else {
            low = limit;
            solution_free(&next);
        }
    }
    if (found.point.depths == NULL) return true;
    solution_free(x);
    found.reached = true;
    *x = found;
    return true;
}

static int by_cost(const void *a, const void *b) {
    const weir_size_point *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? -1 : 1;
    return 0;
}

static void find_front(sizing *s, const solution *best, weir_size *size) {
    bool latency = s->options->goal == WEIR_MAX_LATENCY;
    solution first;
    if (!solve_point(s, 0, &first)) return; /* the best that unbounded FIFOs give */
    uint64_t low = value_of(s, &first.point), high = worst_value(s, low);
    weir_size_point *points = weir_xcalloc(FRONT_POINTS + 2, sizeof *points);
    uint32_t n = 0;
    points[n++] = first.point;
    first.point.depths = NULL;
    solution_free(&first);
    if (best->reached) {
        points[n] = best->point;
        points[n++].depths = copy_of(best->point.depths, s->n * sizeof *best->point.depths);
    }
    for (uint32_t i = 1; i <= FRONT_POINTS && !sizing_stopped(s); i++) {
        /* Closer together where the interval is short. */
        uint64_t limit =
            low + (uint64_t)((double)(high - low) * i * i / (FRONT_POINTS * FRONT_POINTS));
        solution next;
        if (!solve_point(s, limit, &next)) break;
        points[n++] = next.point;
        next.point.depths = NULL;
        solution_free(&next);
    }
    qsort(points, n, sizeof *points, by_cost);
    size->front = points;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t value = latency ? points[i].latency_ps : value_of(s, &points[i]);
        bool better = value < least;
        /* Of equal cost the better one is met first or takes the other's place. */
        if (better && size->n_front > 0 && points[size->n_front - 1].cost == points[i].cost)
            free(points[--size->n_front].depths);
        if (better) {
            least = value;
            points[size->n_front++] = points[i];
        } else {
            free(points[i].depths);
        }
    }
}

/* ------------------------------------------------------------------ the whole */

/* Costs of a rule of thumb: depths from what unbounded FIFOs held. */
static uint64_t rule_cost(sizing *s, const uint32_t *most, bool power) {
    uint64_t total = 0;
    for (uint32_t c = 0; c < s->n; c++) {
        uint64_t depth = most[c];
        if (power)
            for (depth = 1; depth < most[c];)
                depth *= 2;
        s->memory[c] = s->automatic[c] && depth > WEIR_SRL_DEPTH;
        uint32_t least = sizing_floor(s, c);
        total += sizing_cost(s, c, depth > least ? (uint32_t)depth : least);
    }
    return total;
}

static void fill_result(sizing *s, solution *x, weir_size *size) {
    size->reached = x->reached;
    size->n_channels = s->n;
    size->channels = weir_xcalloc(s->n, sizeof *size->channels);
    memcpy(s->memory, x->memory, s->n * sizeof *s->memory);
    for (uint32_t c = 0; c < s->n; c++) {
        size->channels[c] = (weir_size_channel){.depth = x->point.depths[c],
                                                .unbounded = x->most[c],
                                                .alone = x->alone[c],
                                                .cost = sizing_cost(s, c, x->point.depths[c]),
                                                .minimal = !sizing_stopped(s)};
        if (x->alone[c] > 0) size->bound += sizing_cost(s, c, x->alone[c]);
    }
    size->best = x->point;
    size->cost_max_occupancy = rule_cost(s, x->most, false);
    size->cost_power_of_two = rule_cost(s, x->most, true);
    x->point.depths = NULL;
}

weir_size *weir_size_find(const weir_net *net, const weir_graph *graph,
                          const weir_size_options *options, weir_diag *diag) {
    sizing s;
    weir_size *size = NULL;
    solution best;
    bool good = sizing_init(&s, net, graph, options, diag);
    uint64_t limit = options->limit > 0 ? options->limit : 1;
    if (options->goal == WEIR_KEEP_INTERVAL) limit = 0;
    if (good)
        good = options->goal == WEIR_MAX_MEMORY ? solve_budget(&s, &best)
                                                : solve_point(&s, limit, &best);
    if (good) {
        size = weir_xcalloc(1, sizeof *size);
        if (options->pareto) find_front(&s, &best, size);
        fill_result(&s, &best, size);
        size->partial = sizing_stopped(&s);
        size->evaluations = s.evaluations;
        size->events = s.events;
        solution_free(&best);
    } else if (sizing_stopped(&s)) {
        weir_error(diag, WEIR_NOWHERE, "sizing: stopped before any depths were found");
    }
    sizing_done(&s);
    return size;
}

void weir_size_free(weir_size *size) {
    if (size == NULL) return;
    for (uint32_t i = 0; i < size->n_front; i++)
        free(size->front[i].depths);
    free(size->front);
    free(size->best.depths);
    free(size->channels);
    free(size);
}
