/* From the analysis of a replay, in indices, to the record of a run, in names. */
#include "api/handles.h"
#include "api/weir_study.h"
#include "study/bottleneck.h"
#include <stdlib.h>
#include <string.h>

/* Frames that are replayed to find the steady state. */
#define CRITICAL_FRAMES 64

void weir_replay_setup_make(weir_replay_setup *setup, const weir_simulation *sim, uint64_t frames) {
    const weir_graph *graph = sim->compiled->graph;
    setup->domains = weir_xcalloc(weir_graph_domains(graph), sizeof *setup->domains);
    setup->channels = weir_xcalloc(weir_graph_channels(graph), sizeof *setup->channels);
    setup->pauses = weir_simulation_pauses(sim);
    weir_replay_of_graph(graph, setup->domains, setup->channels);
    setup->parameters =
        (weir_replay_parameters){.domains = setup->domains,
                                 .channels = setup->channels,
                                 .frames = frames,
                                 .arrival_period_ps = sim->design->arrival_period_ps,
                                 .drop = sim->options.drop,
                                 .pauses = setup->pauses};
}

void weir_replay_setup_free(weir_replay_setup *setup) {
    free(setup->domains);
    free(setup->channels);
    free(setup->pauses);
}

static const char *process_name(const weir_net *net, uint32_t process) {
    return process == WEIR_NONE ? "" : weir_net_process_at(net, process)->name;
}

static const char *channel_name(const weir_net *net, uint32_t channel) {
    return channel == WEIR_NONE ? "" : weir_net_channel_at(net, channel)->name;
}

static weir_record_path path_of(const weir_critical *critical, const weir_net *net,
                                weir_arena *arena) {
    weir_record_path path = {.ps = critical->ps,
                             .frames = critical->frames,
                             .n_stretches = critical->n_stretches,
                             .stretches =
                                 WEIR_NEW(arena, weir_record_stretch, critical->n_stretches + 1)};
    for (uint32_t i = 0; i < critical->n_stretches; i++) {
        const weir_stretch *stretch = &critical->stretches[i];
        path.stretches[i] = (weir_record_stretch){
            .cause = weir_cause_name(stretch->cause),
            .process = weir_arena_strdup(arena, process_name(net, stretch->process)),
            .channel = weir_arena_strdup(arena, channel_name(net, stretch->channel)),
            .ps = stretch->ps,
            .share = stretch->share};
    }
    return path;
}

static weir_record_next next_of(const weir_next *next, const weir_net *net, weir_arena *arena) {
    static const char *const kinds[] = {[WEIR_CHANGE_PROCESS] = "process",
                                        [WEIR_CHANGE_DEPTH] = "depth",
                                        [WEIR_CHANGE_SOURCE] = "source",
                                        [WEIR_CHANGE_NONE] = "none"};
    bool process = next->kind == WEIR_CHANGE_PROCESS, depth = next->kind == WEIR_CHANGE_DEPTH;
    bool any = next->kind != WEIR_CHANGE_NONE;
    return (weir_record_next){
        .kind = kinds[next->kind],
        .process = process ? weir_arena_strdup(arena, process_name(net, next->process)) : "",
        .channel = depth ? weir_arena_strdup(arena, channel_name(net, next->channel)) : "",
        .then = any ? weir_arena_strdup(arena, process_name(net, next->next_process)) : "",
        .from = next->from,
        .value = next->value,
        .interval_ps = next->interval_ps,
        .frames = next->frames};
}

/* Port events of a frame above which it takes too long to be part of every run. */
#define CRITICAL_EVENTS 2000000

void weir_simulation_set_critical(weir_simulation *sim, bool always) {
    sim->always_critical = always;
}

static bool is_small(const weir_graph *graph) {
    uint64_t events = 0;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        events += 2 * weir_stream_beats(&weir_graph_channel(graph, c)->stream);
    return events <= CRITICAL_EVENTS;
}

static bool has_schedules(const weir_graph *graph) {
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (process->kind == WEIR_PROCESS && process->schedule == NULL) return false;
    }
    return true;
}

void weir_outcome_add_critical(weir_outcome *outcome, const weir_simulation *sim,
                               const uint64_t *arrival_ps) {
    const weir_graph *graph = sim->compiled->graph;
    weir_record *record = outcome->record;
    if (record->n_frames == 0 || record->deadlock.happened || !has_schedules(graph)) return;
    if (!sim->always_critical && !is_small(graph)) return;
    /* What cannot be analysed leaves the report without it: the run itself was good. */
    weir_diag *quiet = weir_diag_new();
    weir_net *net = weir_net_of_graph(graph, quiet);
    /* Listed arrivals end with the run's last frame; else the steady state is the design's own. */
    uint64_t frames =
        arrival_ps != NULL && sim->n_frames < CRITICAL_FRAMES ? sim->n_frames : CRITICAL_FRAMES;
    weir_replay_setup setup = {0};
    weir_bottleneck *found = NULL;
    if (net != NULL) {
        weir_replay_setup_make(&setup, sim, frames);
        if (setup.parameters.arrival_period_ps == 0) setup.parameters.arrival_ps = arrival_ps;
        found = weir_bottleneck_find(net, &setup.parameters, quiet);
        weir_replay_setup_free(&setup);
    }
    if (found != NULL) {
        weir_record_critical *critical = WEIR_NEW(record->arena, weir_record_critical, 1);
        critical->latency = path_of(&found->latency, net, record->arena);
        critical->interval = path_of(&found->interval, net, record->arena);
        critical->next = next_of(&found->next, net, record->arena);
        record->critical = critical;
        weir_record_analyse(record);
    }
    weir_bottleneck_free(found);
    weir_net_free(net);
    weir_diag_free(quiet);
}
