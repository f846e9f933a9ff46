/* The timing class of RTL that does not say: every class is tried against the same random cases.
 *
 * A run in which nothing waits gives the order of the port operations, and with it the lockstep
 * program; each other class, with each number of stages and interval that the program allows, is that
 * program read in another way. A candidate falls with its first case that is not exact.
 */
#include "base/arena.h"
#include "base/text.h"
#include "sim/certify_parts.h"
#include "traces/capture.h"
#include <stdlib.h>
#include <string.h>

#define MOST_STAGES 32
#define MOST_II 32
#define MOST_FREE 4   /* ports of which every set is tried */
#define MOST_SINGLE 8 /* ports of which each is tried with a slice of its own */
#define MOST_AFTER 4
#define CAPTURED_FRAMES 4
#define FREE_DEPTH 65536
#define FREE_PERIOD_PS 5000
#define FREE_FLOPS 1  /* also the first edge at which there is a beat to read */
#define FREE_START 64 /* cycles that the outside is ahead */

/* Which ports are taken to have a register slice, of the first 64: more are not tried. */
#define MOST_TRIED 64
typedef struct slices {
    uint64_t inputs, outputs;
} slices;

typedef struct candidates {
    weir_schedule **list; /* NULL: fallen */
    uint32_t n, room, left;
    bool stopped;
    slices with; /* of those that are added */
} candidates;

/* ------------------------------------------------------------------ candidates */

/* A copy of the trial's graph in which the process never waits: all that is outside runs at its pace, in
 * a domain of its own that is some cycles ahead of it, through channels of any depth. */
static weir_graph *free_graph(const weir_graph *graph, uint32_t p, uint64_t frames,
                              weir_diag *diag) {
    weir_graph *copy = weir_graph_new(weir_graph_name(graph));
    weir_domain outside = {.name = "outside", .period_ps = FREE_PERIOD_PS};
    weir_domain inside = {
        .name = "inside", .period_ps = FREE_PERIOD_PS, .phase_ps = FREE_START * FREE_PERIOD_PS};
    weir_graph_add_domain(copy, &outside);
    weir_graph_add_domain(copy, &inside);
    for (uint32_t i = 0; i < weir_graph_processes(graph); i++) {
        weir_process process = *weir_graph_process(graph, i);
        process.domain = i == p;
        weir_graph_add_process(copy, &process);
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        weir_channel channel = *weir_graph_channel(graph, c);
        uint64_t beats = weir_stream_beats(&channel.stream);
        channel.depth = (uint32_t)(beats < FREE_DEPTH / frames ? beats * frames : FREE_DEPTH);
        if (channel.drained && channel.depth < weir_drained_depth(WEIR_LATENCY_CDC))
            channel.depth = weir_drained_depth(WEIR_LATENCY_CDC);
        channel.storage = WEIR_STORAGE_LUTRAM;
        channel.flops = FREE_FLOPS;
        weir_graph_add_channel(copy, &channel);
    }
    if (weir_graph_seal(copy, diag)) return copy;
    weir_graph_free(copy);
    return NULL;
}

/* One frame more is run than is captured: a run may end before the last reads of its last frame. */
static weir_result *run_freely(const weir_trial *trial, uint32_t p, weir_diag *diag) {
    const uint64_t frames = CAPTURED_FRAMES + 1;
    weir_case free_case = {.frames = frames};
    free_case.graph = free_graph(trial->graph, p, frames, diag);
    if (free_case.graph == NULL) return NULL;
    free_case.pauses = weir_xcalloc(weir_graph_processes(trial->graph), sizeof *free_case.pauses);
    weir_result *rtl = weir_trial_run(trial, &free_case, diag);
    weir_case_free(&free_case);
    return rtl;
}

/* When the process itself moves its beats at a port: where a slice is in between and nothing waits, a
 * cycle before a place in the slice is filled anew, or a beat of it goes out. */
static weir_capture_port port_of(const weir_graph *graph, uint32_t channel, const uint64_t *edges,
                                 uint64_t count, uint64_t ahead, bool slice, uint64_t **own) {
    uint64_t most =
        CAPTURED_FRAMES * weir_stream_beats(&weir_graph_channel(graph, channel)->stream);
    if (!slice) return (weir_capture_port){edges, count < most ? count : most};
    count = count > ahead ? count - ahead : 0;
    if (count > most) count = most;
    uint64_t *moved = *own = weir_xcalloc(count + 1, sizeof *moved);
    for (uint64_t k = 0; k < count; k++)
        moved[k] = edges[k + ahead] > 0 ? edges[k + ahead] - 1 : 0;
    return (weir_capture_port){moved, count};
}

static bool is_in(uint64_t set, uint32_t port) {
    return port < MOST_TRIED && (set >> port & 1) != 0;
}

static uint32_t first_leaf(const weir_schedule *schedule) {
    uint32_t node = 0;
    while (schedule->loops[node].length > 0)
        node++;
    return node;
}

static weir_schedule *capture(const weir_graph *graph, uint32_t p, const weir_result *rtl,
                              slices with, weir_diag *diag) {
    const weir_process *process = weir_graph_process(graph, p);
    uint32_t n = process->n_inputs + process->n_outputs;
    weir_capture_port *inputs = weir_xcalloc(n + 1, sizeof *inputs);
    weir_capture_port *outputs = inputs + process->n_inputs;
    uint64_t **own = weir_xcalloc(n + 1, sizeof *own);
    for (uint32_t i = 0; i < process->n_inputs; i++) {
        uint32_t c = weir_graph_input(graph, p, i);
        const weir_trace_channel *traced = &rtl->trace->channels[c];
        inputs[i] = port_of(graph, c, traced->reads, traced->n_reads, WEIR_MOST_SLICE,
                            is_in(with.inputs, i), &own[i]);
    }
    for (uint32_t q = 0; q < process->n_outputs; q++) {
        uint32_t c = weir_graph_output(graph, p, q);
        const weir_trace_channel *traced = &rtl->trace->channels[c];
        outputs[q] = port_of(graph, c, traced->writes, traced->n_writes, 0, is_in(with.outputs, q),
                             &own[process->n_inputs + q]);
    }
    weir_schedule *captured = weir_capture(process->name, inputs, process->n_inputs, outputs,
                                           process->n_outputs, CAPTURED_FRAMES, diag);
    for (uint32_t i = 0; i < n; i++)
        free(own[i]);
    free(own);
    free(inputs);
    return captured;
}

/* No beat can be read at edge 0, in any channel: a process that begins with a wait for one at the first
 * edge at which it can be there has waited for it. A slice adds a cycle. */
static void lower_start(weir_schedule *schedule) {
    if (schedule->start > FREE_FLOPS + 1) return;
    const weir_operation_set *first = &schedule->sets[schedule->loops[first_leaf(schedule)].set];
    for (uint32_t i = 0; i < first->count; i++) {
        const weir_operation *o = &schedule->operations[first->first + i];
        bool reads = o->kind == WEIR_READ || o->kind == WEIR_ACQUIRE;
        bool slice = schedule->timing == WEIR_LOCKSTEP && reads && schedule->read_stage[o->port];
        if (reads && schedule->start == (slice ? FREE_FLOPS + 1u : FREE_FLOPS + 0u))
            schedule->start = 0;
    }
}

static void add(candidates *all, weir_schedule *schedule) {
    if (schedule == NULL) return;
    for (uint32_t i = 0; i < schedule->n_inputs; i++)
        if (is_in(all->with.inputs, i)) schedule->read_stage[i] = WEIR_MOST_SLICE;
    for (uint32_t q = 0; q < schedule->n_outputs; q++)
        if (is_in(all->with.outputs, q)) schedule->write_stage[q] = WEIR_MOST_SLICE;
    lower_start(schedule);
    if (all->n == all->room) {
        all->room = 2 * all->room + 64;
        all->list = weir_xrealloc(all->list, all->room * sizeof *all->list);
    }
    all->list[all->n++] = schedule;
}

/* A program in all classes, in the order in which they are preferred. An interval means the same as
 * initiations that do nothing, but to a free-running pipeline, whose room depends on it. */
static void add_classes(candidates *all, const weir_schedule *program) {
    add(all, weir_capture_as(program, WEIR_LOCKSTEP, 1, 1));
    if (all->with.inputs + all->with.outputs > 0) return;
    for (uint32_t s = 1; s <= MOST_STAGES; s++)
        add(all, weir_capture_as(program, WEIR_ELASTIC, s, 1));
    for (uint32_t s = 1; s <= MOST_STAGES; s++)
        add(all, weir_capture_as(program, WEIR_CREDIT, s, 1));
    for (uint32_t s = 1; s <= MOST_STAGES; s++)
        for (uint64_t ii = 1; ii <= MOST_II; ii++)
            add(all, weir_capture_as(program, WEIR_FRP, s, ii));
}

/* Ports with one beat a frame: tokens, perhaps. */
static uint64_t tokens_of(const weir_schedule *captured, weir_operation_kind kind, uint32_t ports) {
    uint64_t set = 0;
    for (uint32_t p = 0; p < ports && p < MOST_TRIED; p++)
        if (weir_schedule_count(captured, kind, p, false) == 1) set |= UINT64_C(1) << p;
    return set;
}

/* The sets of some of `all` that are tried, number 0 on; 0 after the last: every one of up to four ports,
 * of more each alone and all together. */
static uint64_t subset(uint64_t all, uint32_t number) {
    if (__builtin_popcountll(all) > MOST_FREE) {
        for (uint64_t left = all; left != 0; left &= left - 1)
            if (number-- == 0) return left & -left;
        return number == 0 ? all : 0;
    }
    uint64_t set = 0;
    do
        set = (set - all) & all;
    while (set != 0 && number-- > 0);
    return set;
}

/* What goes with a wait: each set of writes, on its own or leading the rest. */
static void add_posts(candidates *all, const weir_schedule *captured, uint64_t waits, uint64_t out,
                      uint64_t after) {
    for (uint32_t n = 0; subset(out, n) != 0; n++)
        for (unsigned kind = WEIR_POST; kind <= WEIR_LEAD; kind++)
            add(all, weir_capture_waiting(captured, waits, subset(out, n),
                                          (weir_operation_kind)kind, after));
}

/* A beat that is read once a frame may be a token, which had to be there from the frame's beginning: a
 * few cycles after the one before it was taken. One written once a frame may go with it. */
static void add_program(candidates *all, const weir_schedule *captured) {
    add_classes(all, captured);
    uint64_t in = tokens_of(captured, WEIR_READ, captured->n_inputs);
    uint64_t out = tokens_of(captured, WEIR_WRITE, captured->n_outputs);
    for (uint32_t n = 0; subset(in, n) != 0; n++)
        for (uint64_t after = 1; after <= MOST_AFTER; after++) {
            uint64_t waits = subset(in, n);
            weir_schedule *waiting = weir_capture_waiting(captured, waits, 0, WEIR_POST, after);
            if (waiting == NULL) continue;
            add_classes(all, waiting);
            weir_schedule_free(waiting);
            add_posts(all, captured, waits, out, after);
        }
}

/* With slices at the ports given, or no candidate where that cannot be. */
static void add_sliced(candidates *all, const weir_graph *graph, uint32_t p, const weir_result *rtl,
                       slices with) {
    weir_diag *unheard = weir_diag_new();
    weir_schedule *captured = capture(graph, p, rtl, with, unheard);
    all->with = with;
    if (captured != NULL) add_program(all, captured);
    weir_schedule_free(captured);
    weir_diag_free(unheard);
}

/* Without slices, with one at a port of few, with one at each port to the outside. */
static candidates make_candidates(const weir_graph *graph, uint32_t p, const weir_result *rtl,
                                  const weir_schedule *captured) {
    candidates all = {0};
    slices outside = {0};
    const weir_process *process = weir_graph_process(graph, p);
    bool single = process->n_inputs + process->n_outputs <= MOST_SINGLE;
    add_program(&all, captured);
    for (uint32_t i = 0; i < process->n_inputs && i < MOST_TRIED; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if (single) add_sliced(&all, graph, p, rtl, (slices){.inputs = bit});
        if (weir_graph_channel(graph, weir_graph_input(graph, p, i))->at_port)
            outside.inputs |= bit;
    }
    for (uint32_t q = 0; q < process->n_outputs && q < MOST_TRIED; q++) {
        uint64_t bit = UINT64_C(1) << q;
        if (single) add_sliced(&all, graph, p, rtl, (slices){.outputs = bit});
        if (weir_graph_channel(graph, weir_graph_output(graph, p, q))->at_port)
            outside.outputs |= bit;
    }
    if (outside.inputs + outside.outputs > 0) add_sliced(&all, graph, p, rtl, outside);
    all.left = all.n;
    return all;
}

static char *name_class(const weir_schedule *schedule) {
    weir_text *text = weir_text_new();
    weir_text_addf(text, "%s", weir_timing_class_name(schedule->timing));
    if (schedule->timing != WEIR_LOCKSTEP)
        weir_text_addf(text, " with %u stages", schedule->stages);
    if (schedule->ii_cycles > 1) weir_text_addf(text, " every %lu cycles", schedule->ii_cycles);
    char *copy = strdup(weir_text_string(text));
    weir_text_free(text);
    return copy;
}

/* ------------------------------------------------------------------ cases */

/* Is the candidate exact in this case? If not, `difference` says where. */
static bool is_exact(weir_trial *trial, uint32_t p, const weir_schedule *candidate,
                     const weir_case *drawn, const weir_result *rtl, weir_outcome *outcome) {
    trial->schedules[p] = candidate;
    weir_trial_schedules(trial);
    weir_diag *unheard = weir_diag_new(); /* what cannot be replayed does not fit */
    if (!weir_trial_compare(trial, drawn, rtl, outcome, unheard))
        outcome->difference = strdup(weir_diag_count(unheard) > 0 ? weir_diag_at(unheard, 0)->text
                                                                  : "cannot be replayed");
    weir_diag_free(unheard);
    return outcome->difference == NULL;
}

static void set_reason(weir_certificate *certificate, const weir_schedule *last, uint32_t number,
                       const weir_certify_options *options, const char *difference) {
    char *class_ = name_class(last);
    weir_text *text = weir_text_new();
    weir_text_addf(text,
                   "no timing class is exact; the last that was, %s, is not in case %u with seed "
                   "%lu and %lu frames: %s (RTL against replay)",
                   class_, number, options->seed, options->frames, difference);
    free(certificate->difference);
    certificate->difference = strdup(weir_text_string(text));
    weir_text_free(text);
    free(class_);
}

/* Takes away what is not exact in this case. */
static void sift(weir_trial *trial, uint32_t p, candidates *all, const weir_case *drawn,
                 const weir_result *rtl, uint32_t number, const weir_certify_options *options,
                 weir_certificate *certificate) {
    uint64_t events = 0;
    bool timed = false; /* by one that has fallen: what is wrong with it says more */
    for (uint32_t i = 0; i < all->n; i++) {
        weir_outcome outcome = {0};
        if (all->list[i] == NULL) continue;
        bool exact = is_exact(trial, p, all->list[i], drawn, rtl, &outcome);
        if (outcome.events > 0) events = outcome.events;
        if (!exact) {
            if (--all->left == 0 ? !timed : outcome.timed && !timed)
                set_reason(certificate, all->list[i], number, options, outcome.difference);
            timed |= outcome.timed;
            weir_schedule_free(all->list[i]);
            all->list[i] = NULL;
        }
        free(outcome.difference);
    }
    if (all->left > 0) {
        free(certificate->difference);
        certificate->difference = NULL;
    }
    certificate->cases++;
    certificate->events += events;
    certificate->deadlocks += rtl->deadlock.happened;
}

/* Sifts the candidates with the trial's random cases. False with diagnostics. */
static bool sift_all(weir_trial *trial, uint32_t p, candidates *all, uint64_t number,
                     const weir_certify_options *options, weir_certificate *certificate,
                     weir_diag *diag) {
    bool good = true;
    for (uint32_t i = 0; i < options->cases_alone && all->left > 0 && good && !all->stopped; i++) {
        weir_case drawn;
        good = weir_case_draw(&drawn, trial->graph, WEIR_DRAW_ALONE, options->frames,
                              weir_seed_of(options->seed, number, i), diag);
        weir_result *rtl = good ? weir_trial_run(trial, &drawn, diag) : NULL;
        good = rtl != NULL;
        all->stopped = good && rtl->partial;
        if (good && !all->stopped) sift(trial, p, all, &drawn, rtl, i, options, certificate);
        weir_result_free(rtl);
        weir_case_free(&drawn);
    }
    return good;
}

/* RTL that cannot be captured is no error: the certificate says why. */
static bool find_candidates(const weir_trial *trial, uint32_t p, weir_certificate *why,
                            candidates *all, weir_diag *diag) {
    *all = (candidates){0};
    weir_result *rtl = run_freely(trial, p, diag);
    bool good = rtl != NULL;
    if (good && !rtl->partial) {
        weir_diag *reasons = weir_diag_new();
        weir_schedule *captured = capture(trial->graph, p, rtl, (slices){0}, reasons);
        if (captured == NULL)
            why->difference = strdup(weir_diag_at(reasons, 0)->text);
        else
            *all = make_candidates(trial->graph, p, rtl, captured);
        weir_schedule_free(captured);
        weir_diag_free(reasons);
    }
    weir_result_free(rtl);
    return good;
}

bool weir_fit(weir_trial *trial, uint32_t process, uint64_t number,
              const weir_certify_options *options, weir_certificate *certificate,
              weir_schedule **fitted, weir_diag *diag) {
    candidates all;
    *fitted = NULL;
    bool good = find_candidates(trial, process, certificate, &all, diag);
    if (all.n == 0) return good;
    good = sift_all(trial, process, &all, number, options, certificate, diag);
    for (uint32_t i = 0; i < all.n; i++) {
        if (*fitted == NULL && good && !all.stopped && options->cases_alone > 0)
            *fitted = all.list[i];
        else
            weir_schedule_free(all.list[i]);
    }
    free(all.list);
    trial->schedules[process] = NULL;
    if (*fitted == NULL) return good;
    certificate->verdict = WEIR_EXACT;
    certificate->fitted = true;
    certificate->timing = (*fitted)->timing;
    certificate->stages = (*fitted)->stages;
    return true;
}
