/* What a replay answers: frames, waits, counts. */
#include "base/arena.h"
#include "sim/replay_sets.h"
#include <stdlib.h>

/* Frames, from the first on, that were sent and have left every sink. */
static uint64_t frames_done(const weir_replay *run) {
    const weir_net *net = run->net;
    uint64_t done = net->n_sinks + net->n_sources > 0 ? UINT64_MAX : 0, started = 0;
    for (uint32_t s = 0; s < net->n_sources; s++) {
        const weir_actor *source = &run->actors[net->sources[s]];
        uint64_t frames = source->at.frame + (source->beat > 0);
        if (frames > started) started = frames;
    }
    if (net->n_sources > 0) done = started;
    for (uint32_t s = 0; s < net->n_sinks; s++) {
        uint64_t frames = run->actors[net->sinks[s]].at.frame;
        if (frames < done) done = frames;
    }
    return done;
}

/* A frame of the result, from those that were computed: some were skipped, repeats of others. */
weir_replay_frame weir_replay_frame_at(const weir_replay *run, uint64_t frame) {
    const weir_replay_result *result = &run->result;
    uint64_t first = run->skipped_from;
    if (run->skipped == 0 || frame < first) return run->frames[frame];
    if (frame >= first + run->skipped) return run->frames[frame - run->skipped];
    uint64_t repeats = (frame - first) / result->steady_frames + 1;
    weir_replay_frame at = run->frames[frame - repeats * result->steady_frames];
    at.index += repeats * run->stimulus_of_repeat;
    at.first_in_ps += repeats * result->steady_ps;
    at.last_out_ps += repeats * result->steady_ps;
    at.done_ps += repeats * result->steady_ps;
    return at;
}

static void fill_frames(weir_replay *run) {
    weir_replay_result *result = &run->result;
    uint64_t n = result->n_frames;
    if (n > 0) {
        weir_replay_frame first = weir_replay_frame_at(run, 0);
        weir_replay_frame last = weir_replay_frame_at(run, n - 1);
        result->latency_ps = first.last_out_ps - first.first_in_ps;
        result->last_latency_ps = last.last_out_ps - last.first_in_ps;
        result->end_ps = last.last_out_ps;
    }
    if (!(run->want & WEIR_WANT_TIMES)) return;
    result->index = weir_xcalloc(n + 1, sizeof *result->index);
    result->first_in_ps = weir_xcalloc(n + 1, sizeof *result->first_in_ps);
    result->last_out_ps = weir_xcalloc(n + 1, sizeof *result->last_out_ps);
    for (uint64_t f = 0; f < n; f++) {
        weir_replay_frame frame = weir_replay_frame_at(run, f);
        result->index[f] = frame.index;
        result->first_in_ps[f] = frame.first_in_ps;
        result->last_out_ps[f] = frame.last_out_ps;
    }
}

/* Of a set the first operation of stage `stage` (WEIR_NONE: of any) that lacks its event. */
static bool lacking(const weir_replay *run, const weir_net_set *set, uint32_t stage, bool writes,
                    weir_replay_wait *wait) {
    const weir_net_operation *operations = writes ? set->writes : set->reads;
    uint32_t n = writes ? set->n_writes : set->n_reads;
    for (uint32_t i = 0; i < n; i++) {
        const weir_replay_channel *c = &run->channels[operations[i].channel];
        if (stage != WEIR_NONE && operations[i].stage != stage) continue;
        if ((writes ? weir_space(c) : weir_beats(c)) > 0) continue;
        wait->channel = operations[i].channel;
        wait->full = writes;
        return true;
    }
    return false;
}

static const weir_net_set *set_at(const weir_actor *actor, const weir_net_cursor *at) {
    return &actor->node->sets[actor->node->loops[at->loop].set];
}

/* What a process waits for that could go on if it had it: space first, as steps under way end
 * before others begin. False if it has come to its end. */
static bool process_waits(const weir_replay *run, const weir_actor *actor, weir_replay_wait *wait) {
    const weir_net_node *node = actor->node;
    for (uint32_t q = 0; actor->skids != NULL && q < node->n_outputs; q++) {
        if (actor->skids[q].n == 0) continue;
        wait->channel = actor->skids[q].channel;
        return wait->full = true;
    }
    for (uint32_t g = actor->n_stages; g-- > 0;) {
        const weir_gated_stage *stage = &actor->stages[g];
        if (!weir_may_issue(run, node, &stage->at)) continue;
        if (g > 0 && stage->count >= (stage - 1)->count) continue;
        if (lacking(run, set_at(actor, &stage->at), stage->stage, true, wait) ||
            lacking(run, set_at(actor, &stage->at), stage->stage, false, wait))
            return true;
    }
    if (actor->n_stages > 0) return weir_may_issue(run, node, &actor->stages[0].at);
    if (actor->n_pending > 0) {
        uint32_t set = actor->pending[actor->pending_head & actor->ring_mask].set;
        return lacking(run, &node->sets[set], WEIR_NONE, true, wait);
    }
    if (!weir_may_issue(run, node, &actor->at)) return false;
    const weir_net_set *set = set_at(actor, &actor->at);
    if (actor->length > 0 && node->timing == WEIR_ELASTIC)
        return lacking(run, set, WEIR_NONE, false, wait) ||
               lacking(run, set, WEIR_NONE, true, wait);
    return lacking(run, set, WEIR_NONE, true, wait) || lacking(run, set, WEIR_NONE, false, wait);
}

static bool waits(const weir_replay *run, const weir_actor *actor, weir_replay_wait *wait) {
    *wait = (weir_replay_wait){.process = actor->index, .channel = WEIR_NONE};
    if (actor->node->kind == WEIR_PROCESS) return process_waits(run, actor, wait);
    if (actor->at.frame >= run->limit) return false;
    if (actor->node->kind == WEIR_SINK) {
        wait->channel = actor->node->inputs[0];
        return true;
    }
    wait->channel = actor->node->outputs[0];
    wait->full = true;
    return actor->arrival >= 0;
}

/* Of all events the last in time. Each side of a channel moves in order, so its latest is known from
 * the actor: its own time, or that of the beats it has sent or taken later than it issued them. */
static uint64_t last_event_ps(const weir_replay *run) {
    uint64_t last = 0;
    for (uint32_t c = 0; c < run->net->n_channels; c++) {
        const weir_replay_channel *channel = &run->channels[c];
        if (channel->written > channel->initial) {
            uint64_t ps =
                weir_replay_edge_ps(run, &run->actors[channel->producer], channel->last_write);
            if (ps > last) last = ps;
        }
        if (channel->taken > 0) {
            uint64_t ps =
                weir_replay_edge_ps(run, &run->actors[channel->consumer], channel->last_read);
            if (ps > last) last = ps;
        }
    }
    return last;
}

void weir_replay_finish(weir_replay *run) {
    const weir_net *net = run->net;
    weir_replay_result *result = &run->result;
    result->n_frames = frames_done(run);
    if (net->n_sources > 0) {
        const weir_actor *source = &run->actors[net->sources[0]];
        result->n_dropped = source->stimulus - source->at.frame;
    }
    result->deadlock =
        !run->cut_short && result->n_frames + result->n_dropped < run->parameters->frames;
    if (result->deadlock) result->deadlock_ps = last_event_ps(run);
    for (uint32_t p = 0; result->deadlock && p < net->n_processes; p++)
        if (waits(run, &run->actors[p], &result->waits[result->n_waits])) result->n_waits++;
    fill_frames(run);
    for (uint32_t c = 0; c < net->n_channels; c++) {
        const weir_replay_channel *channel = &run->channels[c];
        uint64_t writes = channel->written - channel->initial;
        result->events += writes + channel->taken;
        result->writes[c] = writes + channel->skipped;
        result->reads[c] = channel->taken + channel->skipped;
    }
    if (run->record)
        weir_replay_log_count(run, true, run->stats ? weir_replay_end_ps(run) : UINT64_MAX);
    if (run->want & WEIR_WANT_OCCUPANCY) {
        result->max_occupancy = weir_xcalloc(net->n_channels + 1, sizeof *result->max_occupancy);
        for (uint32_t c = 0; c < net->n_channels; c++)
            result->max_occupancy[c] = run->channels[c].most_held;
    }
    if (run->want & WEIR_WANT_TRACE) result->trace = weir_replay_log_trace(run);
}

uint64_t weir_replay_end_ps(const weir_replay *run) {
    const weir_net *net = run->net;
    uint64_t started = 0, n = run->result.n_frames;
    for (uint32_t s = 0; s < net->n_sources; s++) {
        const weir_actor *source = &run->actors[net->sources[s]];
        if (source->arrival >= 0 || source->beat > 0) return last_event_ps(run);
        if (source->at.frame > started) started = source->at.frame;
    }
    if (n == 0 || n < started) return last_event_ps(run);
    return weir_replay_frame_at(run, n - 1).done_ps;
}
