#include "sim/replay.h"
#include "base/arena.h"
#include "sim/replay_move.h"
#include "sim/replay_stats.h"
#include <stdlib.h>
#include <string.h>

static uint64_t power_above(uint64_t n) {
    uint64_t power = 1;
    while (power < n)
        power *= 2;
    return power;
}

static bool has_stage(const weir_net_node *node, uint32_t stage) {
    for (uint32_t s = 0; s < node->n_sets; s++) {
        const weir_net_set *set = &node->sets[s];
        for (uint32_t i = 0; i < set->n_reads; i++)
            if (set->reads[i].stage == stage) return true;
        for (uint32_t i = 0; i < set->n_writes; i++)
            if (set->writes[i].stage == stage) return true;
    }
    return false;
}

static void make_stages(weir_replay *run, weir_actor *actor) {
    const weir_net_node *node = actor->node;
    actor->stages = WEIR_NEW(run->arena, weir_gated_stage, node->stages);
    for (uint32_t stage = 0; stage < node->stages; stage++) {
        if (stage > 0 && !has_stage(node, stage)) continue;
        weir_gated_stage *at = &actor->stages[actor->n_stages++];
        at->stage = stage;
        at->distance = stage > 0 ? stage - (at - 1)->stage : 0;
        uint64_t ring = power_above(node->stages + 1);
        at->mask = ring - 1;
        at->recent = WEIR_NEW(run->arena, int64_t, ring);
        at->at.levels = WEIR_NEW(run->arena, weir_net_level, node->nesting);
    }
}

static void make_skids(weir_replay *run, weir_actor *actor) {
    const weir_net_node *node = actor->node;
    actor->skid_depth = (node->stages + node->ii_cycles - 1) / node->ii_cycles;
    actor->skids = WEIR_NEW(run->arena, weir_skid, node->n_outputs + 1);
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        actor->skids[q].channel = node->outputs[q];
        actor->skids[q].waiting = WEIR_NEW(run->arena, weir_pending, actor->ring_mask + 1);
        actor->skids[q].largest = WEIR_NEW(run->arena, int64_t, actor->skid_depth);
    }
}

static void make_actor(weir_replay *run, uint32_t p) {
    weir_actor *actor = &run->actors[p];
    const weir_net_node *node = actor->node = &run->net->nodes[p];
    actor->index = p;
    if (node->kind == WEIR_SOURCE)
        actor->frame_beats = run->net->channels[node->outputs[0]].frame_beats;
    if (node->kind == WEIR_SINK)
        actor->frame_beats = run->net->channels[node->inputs[0]].frame_beats;
    if (node->kind != WEIR_PROCESS) return;
    actor->interval = (int64_t)node->ii_cycles;
    actor->length = (int64_t)node->stages - 1;
    actor->at.levels = WEIR_NEW(run->arena, weir_net_level, node->nesting);
    actor->ring_mask = power_above(node->stages + 1) - 1;
    actor->echo = WEIR_NEW(run->arena, int64_t, actor->ring_mask + 1);
    actor->pending = WEIR_NEW(run->arena, weir_pending, actor->ring_mask + 1);
    if (node->timing == WEIR_ELASTIC && !node->plain) make_stages(run, actor);
    if (node->timing == WEIR_FRP) make_skids(run, actor);
}

weir_replay *weir_replay_new(const weir_net *net) {
    weir_replay *run = weir_xcalloc(1, sizeof *run);
    run->net = net;
    run->arena = weir_arena_new();
    run->channels = WEIR_NEW(run->arena, weir_replay_channel, net->n_channels + 1);
    run->actors = WEIR_NEW(run->arena, weir_actor, net->n_processes + 1);
    uint64_t ring = power_above(net->n_processes + 1);
    run->queue_mask = (uint32_t)ring - 1;
    run->queue = WEIR_NEW(run->arena, uint32_t, ring);
    run->later = WEIR_NEW(run->arena, uint32_t, ring);
    for (uint32_t p = 0; p < net->n_processes; p++)
        make_actor(run, p);
    weir_replay_result *result = &run->result;
    result->waits = WEIR_NEW(run->arena, weir_replay_wait, net->n_processes + 1);
    result->writes = WEIR_NEW(run->arena, uint64_t, net->n_channels + 1);
    result->reads = WEIR_NEW(run->arena, uint64_t, net->n_channels + 1);
    return run;
}

static void clear_result(weir_replay *run) {
    weir_replay_result *result = &run->result;
    free(result->index);
    free(result->first_in_ps);
    free(result->last_out_ps);
    free(result->max_occupancy);
    weir_trace_free(result->trace);
    *result = (weir_replay_result){
        .waits = result->waits, .writes = result->writes, .reads = result->reads};
}

void weir_replay_free(weir_replay *run) {
    if (run == NULL) return;
    clear_result(run);
    weir_replay_log_free(run);
    weir_replay_stats_free(run);
    weir_replay_steady_free(run);
    for (uint32_t c = 0; c < run->net->n_channels; c++) {
        free(run->channels[c].readable);
        free(run->channels[c].writable);
    }
    free(run->frames);
    weir_arena_free(run->arena);
    free(run);
}

/* ------------------------------------------------------------------ the start of a run */

static weir_crossing crossing_between(const weir_domain *own, const weir_domain *other) {
    uint64_t d = other->period_ps;
    unsigned bits = 0;
    while ((UINT64_C(1) << bits) < d)
        bits++;
    unsigned __int128 excess = (unsigned __int128)((UINT64_C(1) << bits) - d) << 64;
    return (weir_crossing){.period_ps = (int64_t)own->period_ps,
                           .offset_ps = (int64_t)(own->phase_ps - other->phase_ps),
                           .reciprocal = (uint64_t)(excess / d) + 1,
                           .shift_one = bits > 0,
                           .shift_rest = (uint8_t)(bits > 0 ? bits - 1 : 0)};
}

/* Gates of an earlier run must not be taken for this one's: they are erased where there were any. */
static void make_rings(weir_replay_channel *c, uint64_t depth) {
    uint64_t ring = power_above(depth), used = c->written + c->depth;
    if (ring > c->ring) {
        free(c->readable);
        free(c->writable);
        c->readable = weir_xcalloc(ring, sizeof *c->readable);
        c->writable = weir_xcalloc(ring, sizeof *c->writable);
        c->ring = ring;
    } else {
        if (used > c->ring) used = c->ring;
        memset(c->readable, 0, used * sizeof *c->readable);
        memset(c->writable, 0, used * sizeof *c->writable);
    }
    c->mask = ring - 1;
}

static void start_channel(weir_replay *run, uint32_t index) {
    weir_replay_channel *c = &run->channels[index];
    const weir_net_channel *channel = &run->net->channels[index];
    const weir_channel_timing *timing = &run->parameters->channels[index];
    make_rings(c, timing->depth);
    c->depth = timing->depth;
    c->initial = c->written = channel->initial;
    c->taken = 0;
    c->producer = channel->producer;
    c->consumer = channel->consumer;
    c->crosses = weir_net_crosses(run->net, index);
    /* Across clocks the first edge after the event counts as one of the cycles already. */
    c->forward = (int64_t)timing->forward - c->crosses;
    c->backward = (int64_t)timing->backward - c->crosses;
    c->write_gap = timing->write_gap > 1 ? timing->write_gap : 0;
    c->last_write = c->last_read = INT64_MIN / 2;
    c->skipped = c->used = c->put = 0;
    const weir_net_node *nodes = run->net->nodes;
    c->begins = channel->at_port && nodes[c->producer].kind == WEIR_SOURCE ? run : NULL;
    c->ends = channel->at_port && nodes[c->consumer].kind == WEIR_SINK ? run : NULL;
    c->frame_beats = channel->frame_beats;
    c->slice_in = run->net->slice_in[index];
    c->slice_out = run->net->slice_out[index];
    c->special = c->slice_in + c->slice_out > 0 || c->begins != NULL || c->ends != NULL;
    c->reader_waits = c->writer_waits = false;
    const weir_domain *domains = run->parameters->domains;
    const weir_domain *writer = &domains[run->net->nodes[c->producer].domain];
    const weir_domain *reader = &domains[run->net->nodes[c->consumer].domain];
    c->to_consumer = crossing_between(writer, reader);
    c->to_producer = crossing_between(reader, writer);
    c->writes.from = c->reads.from = 0;
    c->counted_writes = c->counted_reads = 0;
    c->most_held = (uint32_t)c->initial;
}

static void start_skids(weir_actor *actor) {
    for (uint32_t q = 0; q < actor->node->n_outputs; q++) {
        weir_skid *skid = &actor->skids[q];
        skid->head = skid->n = 0;
        skid->last = -1;
        for (uint64_t k = 0; k < actor->skid_depth; k++)
            skid->largest[k] = -1;
    }
}

static bool is_slow(const weir_replay_channel *c) {
    return c->write_gap > 0 || c->special;
}

static void start_process(weir_replay *run, weir_actor *actor) {
    const weir_net_node *node = actor->node;
    actor->time = (int64_t)node->start - actor->interval;
    actor->lag = INT64_MIN / 2;
    actor->half = 0;
    actor->echo_until = 0;
    memset(actor->echo, 0, (actor->ring_mask + 1) * sizeof *actor->echo);
    actor->pending_head = actor->n_pending = 0;
    actor->gapped = false;
    for (uint32_t q = 0; q < node->n_outputs; q++)
        actor->gapped |= is_slow(&run->channels[node->outputs[q]]);
    for (uint32_t i = 0; i < node->n_inputs; i++)
        actor->gapped |= is_slow(&run->channels[node->inputs[i]]);
    if (node->end > 0) weir_net_start(node, &actor->at);
    if (actor->skids != NULL) start_skids(actor);
    for (uint32_t g = 0; g < actor->n_stages; g++) {
        weir_gated_stage *stage = &actor->stages[g];
        stage->time = g == 0 ? actor->time : -1;
        stage->count = 0;
        stage->at.frame = 0;
        if (node->end > 0) weir_net_start(node, &stage->at);
    }
}

static void start_actor(weir_replay *run, weir_actor *actor) {
    const char *const *pauses = run->parameters->pauses;
    actor->queued = actor->queued_later = false;
    actor->count = actor->beat = actor->stimulus = actor->bound_frame = 0;
    actor->at.frame = 0;
    actor->pause = pauses != NULL ? pauses[actor->index] : NULL;
    actor->pause_length = actor->pause != NULL ? strlen(actor->pause) : 0;
    actor->time = -1;
    if (actor->node->kind == WEIR_SOURCE) weir_replay_set_arrival(run, actor);
    if (actor->node->kind == WEIR_PROCESS) start_process(run, actor);
}

/* Does a list of arrivals rise by the same step throughout? */
static void find_arrivals(weir_replay *run) {
    const weir_replay_parameters *parameters = run->parameters;
    const uint64_t *times = parameters->arrival_ps;
    run->affine = true;
    run->first_arrival_ps = 0;
    run->arrival_period_ps = parameters->arrival_period_ps;
    if (times == NULL || parameters->frames == 0) return;
    run->first_arrival_ps = times[0];
    run->arrival_period_ps = parameters->frames > 1 ? times[1] - times[0] : 0;
    for (uint64_t f = 1; f < parameters->frames && run->affine; f++)
        run->affine = times[f] - times[f - 1] == run->arrival_period_ps;
}

static void start(weir_replay *run, const weir_replay_parameters *parameters, unsigned want) {
    clear_result(run);
    run->parameters = parameters;
    run->want = want;
    run->record = (want & (WEIR_WANT_OCCUPANCY | WEIR_WANT_TRACE | WEIR_WANT_CYCLES)) != 0;
    run->stats = (want & WEIR_WANT_CYCLES) != 0;
    if (run->stats) weir_replay_stats_begin(run);
    run->limit = run->skipped = run->skipped_stimulus = run->skipped_from = 0;
    run->stimulus_of_repeat = 0;
    run->cut_short = run->ran_out = false;
    /* Where nothing else begins frames there is no end but the one that was asked for. */
    run->runs_out = run->net->n_sources > 0 &&
                    (run->stats || run->net->scalar || (want & WEIR_WANT_AFTER) != 0);
    run->queue_head = run->n_queue = run->later_head = run->n_later = 0;
    find_arrivals(run);
    for (uint32_t c = 0; c < run->net->n_channels; c++)
        start_channel(run, c);
    for (uint32_t p = 0; p < run->net->n_processes; p++)
        start_actor(run, &run->actors[p]);
    weir_replay_steady_begin(run);
}

/* ------------------------------------------------------------------ frame by frame */

static uint64_t count_events(const weir_replay *run) {
    uint64_t events = 0;
    for (uint32_t c = 0; c < run->net->n_channels; c++) {
        const weir_replay_channel *channel = &run->channels[c];
        events += channel->written - channel->initial + channel->taken;
    }
    return events;
}

static void open_frame(weir_replay *run, uint64_t frame) {
    uint64_t at = frame - run->skipped;
    if (at >= run->frames_room) {
        run->frames_room = run->frames_room * 2 + 64;
        run->frames = weir_xrealloc(run->frames, run->frames_room * sizeof *run->frames);
    }
    run->frames[at] = (weir_replay_frame){.first_in_ps = UINT64_MAX};
    run->limit = frame + 1;
    if (run->record) weir_replay_log_reserve(run);
    for (uint32_t c = 0; run->net->scalar && c < run->net->n_channels; c++)
        weir_replay_slices(&run->channels[c], run->record); /* take beats there are at the start */
}

/* Sources that have nothing left have sent their last frame; a net without sources has them all. */
bool weir_replay_sources_done(const weir_replay *run) {
    const weir_net *net = run->net;
    for (uint32_t s = 0; s < net->n_sources; s++)
        if (run->actors[net->sources[s]].arrival >= 0) return false;
    return net->n_sources > 0;
}

/* Runs until nothing can move within `limit` frames, which are one more where that matters. */
static void settle(weir_replay *run) {
    bool started = true;
    for (;;) {
        for (uint32_t p = 0; started && p < run->net->n_processes; p++)
            weir_enqueue(run, p);
        started = false;
        while (run->n_queue > 0) {
            weir_actor *actor = &run->actors[run->queue[run->queue_head++ & run->queue_mask]];
            run->n_queue--;
            actor->queued = false;
            weir_replay_step(run, actor);
        }
        if (run->n_later > 0) {
            weir_actor *actor = &run->actors[run->later[run->later_head++ & run->queue_mask]];
            run->n_later--;
            actor->queued_later = false;
            weir_replay_step_ahead(run, actor);
            continue;
        }
        weir_guess guess = weir_replay_guess(run);
        if (guess == WEIR_GUESS_NONE) return;
        started = guess == WEIR_GUESS_EARLY;
        if (!started) continue;
        run->ran_out = run->limit >= run->parameters->frames || weir_replay_sources_done(run);
        open_frame(run, run->limit);
    }
}

uint64_t weir_replay_edge_ps(const weir_replay *run, const weir_actor *actor, int64_t edge) {
    return weir_clock_edge_ps(&run->parameters->domains[actor->node->domain], (uint64_t)edge);
}

/* Every event still to come is after the time asked for. */
static bool past_until(const weir_replay *run) {
    uint64_t until = run->parameters->until_ps;
    if (until == 0) return false;
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        const weir_actor *actor = &run->actors[p];
        if (actor->node->kind == WEIR_PROCESS && actor->node->end == actor->node->frame) continue;
        if (actor->time < 0 || weir_replay_edge_ps(run, actor, actor->time) <= until) return false;
    }
    return true;
}

static void run_frames(weir_replay *run) {
    uint64_t events = 0;
    for (uint64_t f = 0; f < run->parameters->frames; f = run->limit) {
        open_frame(run, f);
        settle(run);
        uint64_t now = count_events(run);
        run->cut_short = past_until(run) || (run->stop != NULL && *run->stop != 0);
        if (now == events || weir_replay_sources_done(run) || run->cut_short) break;
        events = now;
        if (run->limit >= run->parameters->frames) break;
        if (run->record) weir_replay_log_count(run, false, UINT64_MAX);
        if (run->stats) weir_replay_stats_sweep(run);
        if (run->record) weir_replay_log_discard(run);
        weir_replay_steady_look(run);
    }
}

/* Frames by which a process without inputs can be ahead of those that read from it, at most. */
static uint64_t most_ahead(const weir_replay *run) {
    uint64_t most = 0;
    for (uint32_t c = 0; c < run->net->n_channels; c++) {
        const weir_net_node *producer = &run->net->nodes[run->channels[c].producer];
        uint64_t beats = run->net->frame_writes[c];
        if (producer->kind != WEIR_PROCESS || producer->n_inputs > 0 || beats == 0) continue;
        uint64_t frames = (run->channels[c].depth + producer->stages + beats - 1) / beats;
        if (frames > most) most = frames;
    }
    return most;
}

/* As if there were a frame more of each process: what they do before they ask for a beat of it. One
 * without inputs asks for none and goes on as long as there is space. */
static void run_out(weir_replay *run) {
    run->ran_out = true;
    for (uint64_t more = weir_net_period(run->net) + most_ahead(run); more > 0; more--)
        open_frame(run, run->limit);
    settle(run);
}

bool weir_replay_run(weir_replay *run, const weir_replay_parameters *parameters, unsigned want,
                     const weir_replay_result **result, weir_diag *diag) {
    *result = NULL;
    if (!weir_replay_check(run->net, parameters, diag)) return false;
    start(run, parameters, want);
    run_frames(run);
    if (run->runs_out && !run->ran_out && run->limit > 0) run_out(run);
    weir_replay_finish(run);
    *result = &run->result;
    return true;
}
