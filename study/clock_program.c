#include "study/clock_program.h"
#include "base/tool.h"
#include "models/power.h"
#include "study/evaluate_parts.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PS_MHZ = 1000000, MOST_REPAIRS = 4 };

typedef struct clock {
    uint64_t period_ps;
    double mhz;
    bool allowed; /* for layers; else only of the source or the sink */
} clock;

typedef struct solving {
    weir_clock_program program; /* first: a pointer to it is a pointer to this */
    const weir_clock_request *request;
    weir_arena *arena;
    weir_structure structure; /* the design as it is */
    const weir_power_model *model;
    const weir_grade *grade; /* NULL: no limits are known */
    uint32_t vccint_mv;
    uint32_t n_clocks, n_nodes, n_edges;
    clock *clocks;
    uint32_t *layers;  /* of each node */
    uint32_t *node_of; /* of each process */
    uint64_t *steps;   /* of each node: the most of its processes */
    double *mw;
    weir_clock_edge *edges;
    uint32_t *picks;
    weir_diag *diag;
} solving;

static const weir_graph *graph_of(const solving *s) {
    return s->structure.compiled->graph;
}

/* ---- clocks ---- */

static uint32_t clock_of(const solving *s, uint64_t period_ps) {
    for (uint32_t c = 0; c < s->n_clocks; c++)
        if (s->clocks[c].period_ps == period_ps) return c;
    return WEIR_NONE;
}

static void add_clock(solving *s, uint64_t period_ps, double mhz, bool allowed) {
    uint32_t known = clock_of(s, period_ps);
    if (known == WEIR_NONE) s->clocks[known = s->n_clocks++] = (clock){period_ps, mhz, false};
    if (allowed) s->clocks[known].allowed = true;
}

static void make_clocks(solving *s) {
    const weir_graph *graph = graph_of(s);
    s->clocks = WEIR_NEW(s->arena, clock, s->request->n_mhz + weir_graph_domains(graph) + 1);
    for (uint32_t i = 0; i < s->request->n_mhz; i++)
        add_clock(s, (uint64_t)llround(PS_MHZ / s->request->mhz[i]), s->request->mhz[i], true);
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        uint64_t period_ps = weir_graph_domain(graph, process->domain)->period_ps;
        if (process->kind != WEIR_PROCESS)
            add_clock(s, period_ps, PS_MHZ / (double)period_ps, false);
    }
}

/* ---- nodes: layers that have processes ---- */

static void make_nodes(solving *s) {
    const weir_graph *graph = graph_of(s);
    const weir_network *network = s->structure.draft->design->network;
    uint32_t n = weir_graph_processes(graph);
    s->layers = WEIR_NEW(s->arena, uint32_t, n + 1);
    s->node_of = WEIR_NEW(s->arena, uint32_t, n + 1);
    s->steps = WEIR_NEW(s->arena, uint64_t, n + 1);
    for (uint32_t p = 0; p < n; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        uint32_t layer = 0, node = 0;
        while (strcmp(weir_network_layer(network, layer)->name, process->layer) != 0)
            layer++;
        while (node < s->n_nodes && s->layers[node] != layer)
            node++;
        if (node == s->n_nodes) s->layers[s->n_nodes++] = layer;
        s->node_of[p] = node;
        if (process->steps_per_frame > s->steps[node]) s->steps[node] = process->steps_per_frame;
    }
}

static bool is_outside(const solving *s, uint32_t node, uint64_t *period_ps) {
    const weir_graph *graph = graph_of(s);
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (s->node_of[p] != node || process->kind == WEIR_PROCESS) continue;
        *period_ps = weir_graph_domain(graph, process->domain)->period_ps;
        return true;
    }
    return false;
}

/* ---- power ---- */

static double power_of(const solving *s, const weir_cost *cost, uint64_t cycles, uint32_t c,
                       uint64_t interval_ps) {
    double busy = (double)cycles * (double)s->clocks[c].period_ps / (double)interval_ps;
    const weir_activity activity = {.period_ps = s->clocks[c].period_ps,
                                    .vccint_mv = s->vccint_mv,
                                    .busy = busy < 1 ? busy : 1,
                                    .toggle_rate = WEIR_TOGGLE_RATE};
    return weir_power_of(s->model, cost, &activity).total;
}

/* A block whose limit the clock is above. */
static bool too_fast(const solving *s, const weir_cost *cost, uint32_t c) {
    if (s->grade == NULL) return false;
    double mhz = PS_MHZ / (double)s->clocks[c].period_ps;
    const struct {
        weir_resource resource;
        double mhz;
    } limits[] = {{WEIR_DSP, s->grade->dsp_mhz},
                  {WEIR_BRAM18, s->grade->bram_mhz},
                  {WEIR_URAM, s->grade->uram_mhz}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (cost->total[limits[i].resource] > 0 && limits[i].mhz > 0 && mhz > limits[i].mhz)
            return true;
    return false;
}

static double *mw_of(const solving *s, uint32_t node, uint32_t c) {
    return &s->mw[(size_t)node * s->n_clocks + c];
}

static void add_process_power(solving *s, uint32_t process, uint64_t interval_ps) {
    const weir_process *p = weir_graph_process(graph_of(s), process);
    const weir_cost *cost = &s->structure.processes[process];
    for (uint32_t c = 0; c < s->n_clocks && p->kind == WEIR_PROCESS; c++) {
        double *mw = mw_of(s, s->node_of[process], c);
        bool slow = p->steps_per_frame * s->clocks[c].period_ps > interval_ps;
        if (slow || too_fast(s, cost, c) || !s->clocks[c].allowed)
            *mw = INFINITY;
        else
            *mw += power_of(s, cost, p->steps_per_frame, c, interval_ps);
    }
}

/* As it is within one clock, and between two, which only lutram serves. */
static void fifo_costs(const weir_channel *channel, weir_cost *plain, weir_cost *crossing) {
    weir_channel same = *channel, cdc = *channel;
    if (channel->latency == WEIR_LATENCY_CDC) {
        same.storage = same.depth <= WEIR_SRL_DEPTH ? WEIR_STORAGE_SRL : WEIR_STORAGE_BRAM;
        same.latency = same.storage == WEIR_STORAGE_SRL ? WEIR_LATENCY_PLAIN : WEIR_LATENCY_MEMORY;
    }
    cdc.storage = WEIR_STORAGE_LUTRAM;
    cdc.latency = WEIR_LATENCY_CDC;
    weir_channel_cost(&same, plain);
    weir_channel_cost(&cdc, crossing);
}

static weir_clock_edge *edge_between(solving *s, uint32_t from, uint32_t to) {
    for (uint32_t e = 0; e < s->n_edges; e++)
        if (s->edges[e].from == from && s->edges[e].to == to) return &s->edges[e];
    s->edges[s->n_edges] = (weir_clock_edge){from, to, WEIR_NEW(s->arena, double, s->n_clocks),
                                             WEIR_NEW(s->arena, double, s->n_clocks)};
    return &s->edges[s->n_edges++];
}

static void add_channel_power(solving *s, const weir_channel *channel, uint64_t interval_ps) {
    uint32_t from = s->node_of[channel->producer], to = s->node_of[channel->consumer];
    uint64_t beats = weir_stream_beats(&channel->stream);
    weir_clock_edge *edge = from != to ? edge_between(s, from, to) : NULL;
    weir_cost plain, crossing;
    fifo_costs(channel, &plain, &crossing);
    for (uint32_t c = 0; c < s->n_clocks; c++) {
        double mw = power_of(s, &plain, beats, c, interval_ps);
        bool slow = beats * s->clocks[c].period_ps > interval_ps;
        if (slow || too_fast(s, &plain, c)) *mw_of(s, from, c) = *mw_of(s, to, c) = INFINITY;
        if (edge == NULL) {
            *mw_of(s, from, c) += mw;
        } else {
            ((double *)edge->plain)[c] += mw;
            ((double *)edge->crossing)[c] += power_of(s, &crossing, beats, c, interval_ps);
        }
    }
}

static bool fill_power(solving *s, uint64_t interval_ps) {
    const weir_graph *graph = graph_of(s);
    uint32_t n_channels = weir_graph_channels(graph);
    s->mw = WEIR_NEW(s->arena, double, (size_t)s->n_nodes * s->n_clocks + 1);
    s->edges = WEIR_NEW(s->arena, weir_clock_edge, n_channels + 1);
    s->n_edges = 0;
    for (uint32_t n = 0; n < s->n_nodes; n++) {
        uint64_t period_ps;
        bool outside = is_outside(s, n, &period_ps);
        for (uint32_t c = 0; c < s->n_clocks; c++)
            if (outside && s->clocks[c].period_ps != period_ps) *mw_of(s, n, c) = INFINITY;
    }
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        add_process_power(s, p, interval_ps);
    for (uint32_t c = 0; c < n_channels; c++)
        add_channel_power(s, weir_graph_channel(graph, c), interval_ps);
    bool good = true;
    for (uint32_t n = 0; n < s->n_nodes; n++) {
        bool any = false;
        for (uint32_t c = 0; c < s->n_clocks; c++)
            any = any || !isinf(*mw_of(s, n, c));
        if (!any)
            good = weir_error(
                s->diag, s->request->loc,
                "program: layer \"%s\" has %" PRIu64 " steps a frame; at none of the frequencies, "
                "within its blocks' limits, do they take %" PRIu64 " ps; least: %.6g MHz",
                weir_network_layer(s->structure.draft->design->network, s->layers[n])->name,
                s->steps[n], interval_ps, (double)s->steps[n] * PS_MHZ / (double)interval_ps);
    }
    return good;
}

/* ---- the answer ---- */

/* A layer that the source's domain has and keeps needs no change. */
static bool stays(const solving *s, uint32_t node) {
    const weir_design *design = s->structure.draft->design;
    uint32_t domain = design->settings[s->layers[node]].domain;
    return domain == design->source_domain &&
           design->domains[domain].period_ps == s->clocks[s->picks[node]].period_ps;
}

static void make_changes(solving *s) {
    const weir_network *network = s->structure.draft->design->network;
    weir_change *changes = WEIR_NEW(s->arena, weir_change, s->n_clocks + 1);
    uint32_t n_changes = 0;
    for (uint32_t c = 0; c < s->n_clocks; c++) {
        weir_text *line = weir_text_new();
        for (uint32_t n = 0; n < s->n_nodes; n++) {
            uint64_t period_ps;
            if (s->picks[n] != c || is_outside(s, n, &period_ps) || stays(s, n)) continue;
            weir_text_addf(line, "%s%s", weir_text_length(line) > 0 ? "," : "clock ",
                           weir_network_layer(network, s->layers[n])->name);
        }
        if (weir_text_length(line) > 0)
            changes[n_changes++] = (weir_change){
                weir_arena_printf(s->arena, "%s %.15g", weir_text_string(line), s->clocks[c].mhz),
                s->request->loc};
        weir_text_free(line);
    }
    s->program.changes = changes;
    s->program.n_changes = n_changes;
}

static void describe(solving *s) {
    weir_clock_program *program = &s->program;
    program->n_layers = s->n_nodes;
    program->n_domains = program->n_borders = 0;
    program->predicted_ps = 0;
    for (uint32_t c = 0; c < s->n_clocks; c++) {
        bool used = false;
        for (uint32_t n = 0; n < s->n_nodes; n++)
            used = used || s->picks[n] == c;
        program->n_domains += used;
    }
    for (uint32_t n = 0; n < s->n_nodes; n++) {
        uint64_t time_ps = s->steps[n] * s->clocks[s->picks[n]].period_ps;
        if (time_ps > program->predicted_ps) program->predicted_ps = time_ps;
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph_of(s)); c++) {
        const weir_channel *channel = weir_graph_channel(graph_of(s), c);
        uint32_t from = s->node_of[channel->producer], to = s->node_of[channel->consumer];
        program->n_borders += s->picks[from] != s->picks[to];
    }
}

/* The interval of the answer, by replay; 0 where it has none. */
static bool replay(solving *s) {
    const weir_clock_request *request = s->request;
    weir_clock_program *program = &s->program;
    weir_evaluation evaluation = *request->evaluation;
    evaluation.source = WEIR_COST_NONE;
    evaluation.labelled = NULL;
    weir_change *changes =
        WEIR_NEW(s->arena, weir_change, request->n_base + program->n_changes + 1);
    if (request->n_base > 0) memcpy(changes, request->base, request->n_base * sizeof *changes);
    memcpy(changes + request->n_base, program->changes, program->n_changes * sizeof *changes);
    const weir_point point = {"", request->n_base + program->n_changes, changes};
    weir_finding finding;
    bool good = weir_evaluate(&evaluation, &point, 1, &finding, s->diag);
    if (good && !finding.applied)
        good = weir_error(s->diag, request->loc, "program: its clocks cannot be: %s",
                          finding.why != NULL ? finding.why : "the design cannot be built");
    bool known = good && finding.source[WEIR_FIGURE_INTERVAL] != NULL;
    program->interval_ps = known ? (uint64_t)llround(finding.value[WEIR_FIGURE_INTERVAL]) : 0;
    weir_finding_clear(&finding);
    return good;
}

static bool solve_for(solving *s, uint64_t interval_ps) {
    const weir_clock_request *request = s->request;
    if (!fill_power(s, interval_ps)) return false;
    const weir_clock_choice choice = {s->n_nodes,       s->n_clocks, s->n_edges,
                                      request->domains, s->mw,       s->edges};
    weir_clock_chosen chosen = weir_clock_choice_least(
        &choice, request->nodes, request->evaluation->progress.stop, s->picks);
    if (interval_ps == request->interval_ps) s->program.chosen = chosen;
    if (!chosen.found)
        return weir_error(s->diag, request->loc,
                          "program: no %u domains of the frequencies, source and sink as they are, "
                          "do for an interval of %" PRIu64 " ps%s",
                          request->domains, interval_ps,
                          chosen.optimal ? "" : " that were found in so many nodes");
    s->program.found = true;
    s->program.mw = chosen.mw;
    make_changes(s);
    describe(s);
    return true;
}

static bool find(solving *s) {
    uint64_t interval_ps = s->request->interval_ps;
    for (;;) {
        if (!solve_for(s, interval_ps) || !replay(s)) return false;
        uint64_t got_ps = s->program.interval_ps;
        if (got_ps <= s->request->interval_ps || s->program.repairs == MOST_REPAIRS) return true;
        /* As much shorter as it came out longer, and never shorter than any clock allows. */
        uint64_t next_ps =
            (uint64_t)((double)interval_ps * (double)s->request->interval_ps / (double)got_ps);
        weir_diag *quiet = weir_diag_new(), *diag = s->diag;
        s->diag = quiet;
        bool possible = fill_power(s, next_ps);
        s->diag = diag;
        weir_diag_free(quiet);
        if (!possible || next_ps >= interval_ps) return true;
        interval_ps = next_ps;
        s->program.repairs++;
    }
}

static bool prepare(solving *s) {
    const weir_clock_request *request = s->request;
    const weir_device *device = request->evaluation->base->device;
    if (request->evaluation->base->network == NULL)
        return weir_error(s->diag, request->loc,
                          "program: design \"%s\" is imported; clocks are assigned to layers",
                          request->evaluation->base->name);
    s->model = device != NULL ? weir_power_model_of(device->static_class) : NULL;
    if (s->model == NULL)
        return weir_error(s->diag, request->loc,
                          "program: the study names no device whose power is known");
    s->vccint_mv = device->supply.vccint_mv > 0 ? device->supply.vccint_mv : s->model->vccint_mv;
    s->grade = weir_evaluation_grade(request->evaluation);
    weir_evaluation estimate = *request->evaluation;
    estimate.source = WEIR_COST_ESTIMATE;
    if (!weir_structure_make(&s->structure, &estimate, request->base, request->n_base, s->diag))
        return false;
    make_clocks(s);
    make_nodes(s);
    s->picks = WEIR_NEW(s->arena, uint32_t, s->n_nodes + 1);
    return true;
}

weir_clock_program *weir_clock_program_solve(const weir_clock_request *request, weir_diag *diag) {
    solving *s = weir_xcalloc(1, sizeof *s);
    double began = weir_tool_seconds();
    s->request = request;
    s->arena = weir_arena_new();
    s->diag = diag;
    bool good = prepare(s) && find(s);
    s->program.seconds = weir_tool_seconds() - began;
    if (good) return &s->program;
    weir_clock_program_free(&s->program);
    return NULL;
}

void weir_clock_program_free(weir_clock_program *program) {
    if (program == NULL) return;
    solving *s = (solving *)program;
    weir_structure_free(&s->structure);
    weir_arena_free(s->arena);
    free(s);
}
