/* A schedule at another pace: the same operations in the same order, the initiations without any
 * spread in proportion to where they were. */
#include "base/arena.h"
#include "study/bottleneck.h"
#include "study/pace.h"
#include "traces/schedule.h"
#include <stdlib.h>
#include <string.h>

/* Initiations with operations of a frame. */
static uint64_t working(const weir_schedule *schedule, uint32_t first, uint32_t end) {
    uint64_t count = 0;
    for (uint32_t i = first; i < end; i += schedule->loops[i].length + 1) {
        const weir_loop *loop = &schedule->loops[i];
        uint64_t once = loop->length > 0 ? working(schedule, i + 1, i + 1 + loop->length)
                                         : schedule->sets[loop->set].count > 0;
        count += loop->count * once;
    }
    return count;
}

uint64_t weir_schedule_working(const weir_schedule *schedule) {
    return working(schedule, schedule->n_preamble, schedule->n_loops);
}

static void copy_set(weir_schedule_builder *builder, const weir_schedule *from, uint32_t set,
                     uint64_t count) {
    const weir_operation_set *s = &from->sets[set];
    weir_schedule_add(builder, weir_schedule_set(builder, from->operations + s->first, s->count),
                      count);
}

/* `part` of `whole` idle initiations were done: how many of `idle` that makes. */
static uint64_t scaled(uint64_t part, uint64_t whole, uint64_t idle) {
    return (uint64_t)((unsigned __int128)part * idle / whole);
}

typedef struct pacing {
    weir_schedule_builder *builder;
    const weir_schedule *schedule;
    uint64_t work, before,
        idle; /* initiations of a frame: with operations; without, then and now */
    uint64_t done, passed, added;
} pacing;

static void add_idle(pacing *p, uint64_t due) {
    weir_schedule_add(p->builder, 0, due - p->added);
    p->added = due;
}

static void pace_run(pacing *p, uint32_t set, uint64_t count) {
    if (p->schedule->sets[set].count == 0) {
        p->passed += count;
        add_idle(p, scaled(p->passed, p->before, p->idle));
        return;
    }
    if (p->before > 0 || p->idle == 0) {
        copy_set(p->builder, p->schedule, set, count);
        return;
    }
    for (uint64_t i = 0; i < count; i++) { /* nothing was idle: evenly between what works */
        copy_set(p->builder, p->schedule, set, 1);
        add_idle(p, scaled(++p->done, p->work, p->idle));
    }
}

/* The preamble as it is, or the frame paced: `count` initiations of the walk. */
static void copy_runs(pacing *p, weir_schedule_walk *walk, uint64_t left, bool paced) {
    while (left > 0) {
        uint64_t count;
        uint32_t set = weir_schedule_walk_next(walk, &count);
        if (paced)
            pace_run(p, set, count);
        else
            copy_set(p->builder, p->schedule, set, count);
        left -= count;
    }
}

static uint64_t preamble_of(const weir_schedule *schedule) {
    weir_schedule head = *schedule;
    head.n_loops = schedule->n_preamble;
    head.n_preamble = 0;
    return weir_schedule_initiations(&head);
}

weir_schedule *weir_schedule_paced(const weir_schedule *schedule, uint64_t cycles) {
    uint64_t work = weir_schedule_working(schedule);
    if (cycles < work || work == 0) return NULL;
    bool spaced = schedule->timing != WEIR_LOCKSTEP && schedule->timing != WEIR_UNKNOWN;
    uint64_t ii = spaced && schedule->ii_cycles > 1 ? schedule->ii_cycles : 1;
    if (cycles / work < ii) ii = cycles / work;
    pacing p = {.schedule = schedule, .work = work, .idle = cycles / ii - work};
    p.before = weir_schedule_initiations(schedule) - work;
    p.builder =
        weir_schedule_builder_new(schedule->process, schedule->n_inputs, schedule->n_outputs);
    weir_schedule_walk *walk = weir_schedule_walk_new(schedule);
    copy_runs(&p, walk, preamble_of(schedule), false);
    if (schedule->n_preamble > 0) weir_schedule_end_preamble(p.builder);
    copy_runs(&p, walk, work + p.before, true);
    weir_schedule_walk_free(walk);
    weir_schedule *paced = weir_schedule_build(p.builder);
    paced->timing = schedule->timing;
    paced->stages = schedule->stages;
    paced->ii_cycles = ii;
    paced->start = schedule->start;
    memcpy(paced->read_stage, schedule->read_stage, schedule->n_inputs * sizeof *paced->read_stage);
    memcpy(paced->write_stage, schedule->write_stage,
           schedule->n_outputs * sizeof *paced->write_stage);
    return paced;
}

/* ------------------------------------------------------------------ nets */

uint64_t weir_schedule_cycles(const weir_schedule *schedule) {
    bool spaced = schedule->timing != WEIR_LOCKSTEP && schedule->timing != WEIR_UNKNOWN;
    uint64_t ii = spaced && schedule->ii_cycles > 1 ? schedule->ii_cycles : 1;
    return weir_schedule_initiations(schedule) * ii;
}

uint64_t weir_net_frame_beats(const weir_net *net, uint32_t channel) {
    const weir_net_channel *c = weir_net_channel_at(net, channel);
    const weir_net_process *producer = weir_net_process_at(net, c->producer);
    if (producer->kind == WEIR_SOURCE) return c->frame_beats;
    uint64_t of_pass = weir_schedule_count(producer->schedule, WEIR_WRITE, c->producer_port, false);
    uint32_t step = c->frame_step > 1 ? c->frame_step : 1;
    return of_pass * step / weir_net_turns(net, c->producer);
}

/* Cycles in which a source or sink moves so many beats. */
static uint64_t paused(uint64_t beats, const char *pause) {
    uint64_t length = pause != NULL ? strlen(pause) : 0, open = 0;
    for (uint64_t k = 0; k < length; k++)
        open += pause[k] != '0';
    return open == 0 ? beats : (beats * length + open - 1) / open;
}

uint64_t weir_net_slowest_ps(const weir_net *net, const weir_replay_parameters *parameters) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < weir_net_processes(net); i++) {
        const weir_net_process *process = weir_net_process_at(net, i);
        uint64_t cycles;
        if (process->kind == WEIR_PROCESS) {
            cycles = weir_schedule_cycles(process->schedule);
        } else {
            uint32_t channel =
                process->kind == WEIR_SOURCE ? process->outputs[0] : process->inputs[0];
            cycles = paused(weir_net_frame_beats(net, channel),
                            parameters->pauses != NULL ? parameters->pauses[i] : NULL);
        }
        uint64_t ps =
            cycles * parameters->domains[process->domain].period_ps / weir_net_turns(net, i);
        if (ps > most) most = ps;
    }
    return most;
}

weir_net *weir_net_rescheduled(const weir_net *net, uint32_t process,
                               const weir_schedule *schedule) {
    uint32_t n_processes = weir_net_processes(net), n_channels = weir_net_channels(net);
    weir_net_process *processes = weir_xcalloc(n_processes, sizeof *processes);
    weir_net_channel *channels = weir_xcalloc(n_channels, sizeof *channels);
    uint32_t domains = 0;
    for (uint32_t p = 0; p < n_processes; p++) {
        processes[p] = *weir_net_process_at(net, p);
        if (processes[p].domain >= domains) domains = processes[p].domain + 1;
    }
    for (uint32_t c = 0; c < n_channels; c++)
        channels[c] = *weir_net_channel_at(net, c);
    processes[process].schedule = schedule;
    weir_net *changed = weir_net_new(processes[process].name, domains, processes, n_processes,
                                     channels, n_channels);
    free(processes);
    free(channels);
    return changed;
}

bool weir_net_pauses(const weir_net *net, const weir_replay_parameters *parameters) {
    for (uint32_t i = 0; parameters->pauses != NULL && i < weir_net_processes(net); i++)
        if (parameters->pauses[i] != NULL && strchr(parameters->pauses[i], '0') != NULL)
            return true;
    return false;
}

enum { FEW_FRAMES = 16 };

/* `last_ps`: between the last two frames out, where that was so twice. */
static bool run_once(const weir_net *net, const weir_replay_parameters *parameters,
                     weir_replay_answer *answer, uint64_t *last_ps, weir_diag *diag) {
    weir_replay *replay = weir_replay_new(net);
    const weir_replay_result *result;
    unsigned want = last_ps != NULL ? WEIR_WANT_TIMES : 0;
    bool good = weir_replay_run(replay, parameters, want, &result, diag);
    if (good)
        *answer = (weir_replay_answer){.n_frames = result->n_frames,
                                       .latency_ps = result->latency_ps,
                                       .last_latency_ps = result->last_latency_ps,
                                       .end_ps = result->end_ps,
                                       .steady = result->steady && !result->deadlock,
                                       .deadlock = result->deadlock,
                                       .steady_from = result->steady_from,
                                       .steady_frames = result->steady_frames,
                                       .steady_ps = result->steady_ps,
                                       .events = result->events};
    if (good && last_ps != NULL && result->n_frames > 2) {
        const uint64_t *end = &result->last_out_ps[result->n_frames - 1];
        *last_ps = end[0] - end[-1] == end[-1] - end[-2] ? end[0] - end[-1] : 0;
    }
    weir_replay_free(replay);
    return good;
}

/* Does every event of frames 3 .. 6 come no later, after the one a frame before it, than frames arrive?
 * Then so does every event of all that follow: times are monotone, and what they depend on lies in
 * those frames (no FIFO holds more than two). */
static bool keeps_pace(const weir_net *net, const weir_replay_parameters *parameters,
                       weir_diag *diag) {
    enum { FRAMES = 6, FROM = 2, HELD = 2 };
    weir_replay_parameters traced = *parameters;
    traced.frames = FRAMES;
    traced.no_steady = true;
    weir_replay *replay = weir_replay_new(net);
    const weir_replay_result *result;
    bool good = weir_replay_run(replay, &traced, WEIR_WANT_TRACE, &result, diag) &&
                result->n_frames == FRAMES;
    for (uint32_t c = 0; good && c < weir_net_channels(net); c++) {
        const weir_trace_channel *channel = &result->trace->channels[c];
        const weir_net_channel *ends = weir_net_channel_at(net, c);
        uint64_t beats = weir_net_frame_beats(net, c);
        for (int reads = 0; reads < 2; reads++) {
            uint32_t process = reads ? ends->consumer : ends->producer;
            const weir_domain *domain =
                &parameters->domains[weir_net_process_at(net, process)->domain];
            const uint64_t *edges = reads ? channel->reads : channel->writes;
            uint64_t n = reads ? channel->n_reads : channel->n_writes;
            uint64_t most = parameters->arrival_period_ps / domain->period_ps;
            /* Clocks must stand as they did a frame before. */
            good = good && parameters->arrival_period_ps % domain->period_ps == 0 &&
                   n >= FRAMES * beats && parameters->channels[c].depth <= HELD * beats;
            for (uint64_t k = FROM * beats; good && k < n; k++)
                good = edges[k] - edges[k - beats] <= most;
        }
    }
    weir_replay_free(replay);
    return good;
}

weir_steady_by weir_net_steady(const weir_net *net, const weir_replay_parameters *parameters,
                               weir_replay_parameters *steady, weir_replay_answer *answer,
                               weir_diag *diag) {
    bool free_running = parameters->arrival_ps == NULL && parameters->arrival_period_ps == 0;
    uint64_t last_ps = 0;
    *steady = *parameters;
    *answer = (weir_replay_answer){0};
    steady->no_steady = false;
    if (free_running && steady->frames > FEW_FRAMES && !weir_net_pauses(net, parameters)) {
        steady->frames = FEW_FRAMES;
        if (!run_once(net, steady, answer, &last_ps, diag)) return WEIR_STEADY_NOT;
        if (answer->steady) return WEIR_STEADY_AS_GIVEN;
        if (answer->deadlock) return WEIR_STEADY_NOT;
        uint64_t slowest = weir_net_slowest_ps(net, parameters);
        steady->arrival_period_ps = slowest;
        if (!run_once(net, steady, answer, NULL, diag)) return WEIR_STEADY_NOT;
        if (answer->steady) return WEIR_STEADY_PACED;
        steady->arrival_period_ps = last_ps;
        if (last_ps > slowest && weir_net_period(net) == 1 && keeps_pace(net, steady, diag)) {
            answer->steady_frames = 1;
            answer->steady_ps = last_ps;
            return WEIR_STEADY_BOUND;
        }
        steady->frames = parameters->frames;
        steady->arrival_period_ps = 0;
    }
    if (!run_once(net, steady, answer, NULL, diag)) return WEIR_STEADY_NOT;
    return answer->steady ? WEIR_STEADY_AS_GIVEN : WEIR_STEADY_NOT;
}
