#include "sim/replay_stats.h"
#include "base/arena.h"
#include "sim/classes.h"
#include "sim/replay_sets.h"
#include <stdlib.h>
#include <string.h>

void weir_activity_add(weir_spans *spans, int64_t from, int64_t to, int64_t frame) {
    if (from >= to) return;
    if (spans->n == spans->room) {
        spans->room = spans->room * 2 + 256;
        spans->at = weir_xrealloc(spans->at, spans->room * sizeof *spans->at);
    }
    spans->at[spans->n++] = (weir_span){from, to, frame};
}

/* The latest frame that all inputs can stand at the start of, where they stand between two of theirs. */
int64_t weir_activity_frame(const weir_replay *run, const weir_actor *actor) {
    uint64_t least = 0, most = UINT64_MAX;
    for (uint32_t i = 0; i < actor->node->n_inputs; i++) {
        uint32_t c = actor->node->inputs[i];
        const weir_net_channel *channel = &run->net->channels[c];
        uint64_t beats = weir_net_own_beats(channel, actor->node, run->net->frame_reads[c]);
        uint64_t taken = run->channels[c].taken;
        if (beats == 0 || taken % beats != 0) return -1;
        uint32_t step = channel->frame_step, first = channel->frame_first;
        uint64_t own = taken / beats, last = weir_frame_number(step, first, own);
        uint64_t before = own > 0 ? weir_frame_number(step, first, own - 1) + 1 : 0;
        if (before > least) least = before;
        if (last < most) most = last;
    }
    return most == UINT64_MAX || least > most ? -1 : (int64_t)most;
}

/* The edges after which, and up to which, all outputs have sent exactly the beats of `frame` frames. */
static void between_frames(const weir_replay *run, const weir_actor *actor, int64_t frame,
                           int64_t *after, int64_t *until) {
    *after = -1;
    *until = INT64_MAX;
    for (uint32_t q = 0; q < actor->node->n_outputs; q++) {
        const weir_replay_channel *c = &run->channels[actor->node->outputs[q]];
        uint32_t index = actor->node->outputs[q];
        const weir_net_channel *channel = &run->net->channels[index];
        uint64_t beats =
            weir_frames_carried(channel->frame_step, channel->frame_first, (uint64_t)frame) *
            weir_net_own_beats(channel, actor->node, run->net->frame_writes[index]);
        uint64_t written = c->written - c->initial;
        if (beats > c->writes.from) { /* else long past */
            int64_t last =
                written >= beats ? c->writes.edges[beats - 1 - c->writes.from] : INT64_MAX - 1;
            if (last > *after) *after = last;
        }
        if (written > beats) {
            int64_t first = c->writes.edges[beats - c->writes.from];
            if (first < *until) *until = first;
        }
    }
}

/* Where a sweep over a process's lists has come to. */
typedef struct sweep {
    const weir_activity *activity;
    uint64_t blocked, end, issue;
} sweep;

/* Of the edges from .. to - 1 those on which no output waits or moves. Rising calls. */
static uint64_t free_edges(sweep *s, int64_t from, int64_t to) {
    const weir_spans *blocked = &s->activity->blocked, *ends = &s->activity->ends;
    if (from >= to) return 0;
    uint64_t n = (uint64_t)(to - from);
    while (s->blocked < blocked->n && blocked->at[s->blocked].to <= from)
        s->blocked++;
    for (uint64_t b = s->blocked; b < blocked->n && blocked->at[b].from < to; b++) {
        int64_t first = weir_later_of(blocked->at[b].from, from), last = blocked->at[b].to;
        n -= (uint64_t)((last < to ? last : to) - first);
    }
    while (s->end < ends->n && ends->at[s->end].from < from)
        s->end++;
    for (; s->end < ends->n && ends->at[s->end].from < to; s->end++)
        n--;
    return n;
}

static void sweep_starved(const weir_replay *run, const weir_actor *actor, int64_t horizon) {
    weir_activity *activity = actor->activity;
    sweep s = {.activity = activity};
    for (uint64_t k = 0; k < activity->starved.n; k++) {
        const weir_span *span = &activity->starved.at[k];
        int64_t from = span->from, to = span->to < horizon ? span->to : horizon;
        int64_t after = INT64_MAX - 1, until = INT64_MAX;
        if (span->frame >= 0) between_frames(run, actor, span->frame, &after, &until);
        int64_t begin = weir_later_of(from, after + 1), end = until < to ? until + 1 : to;
        if (begin > to) begin = to;
        if (end > to) end = to;
        if (end < begin) end = begin;
        activity->cycles[WEIR_STARVED] += free_edges(&s, from, begin);
        activity->cycles[WEIR_IDLE] += free_edges(&s, begin, end);
        activity->cycles[WEIR_STARVED] += free_edges(&s, end, to);
    }
    activity->starved.n = 0;
}

static void sweep_blocked(weir_activity *activity, int64_t horizon) {
    const weir_spans *issues = &activity->issues;
    uint64_t issue = 0, kept = 0;
    for (uint64_t k = 0; k < activity->blocked.n; k++) {
        weir_span span = activity->blocked.at[k];
        int64_t to = span.to < horizon ? span.to : horizon;
        if (span.from < to) {
            activity->cycles[WEIR_BLOCKED] += (uint64_t)(to - span.from);
            while (issue < issues->n && issues->at[issue].from < span.from)
                issue++;
            for (; issue < issues->n && issues->at[issue].from < to; issue++)
                activity->cycles[WEIR_BLOCKED]--;
        }
        if (span.to <= horizon) continue;
        span.from = weir_later_of(span.from, horizon);
        activity->blocked.at[kept++] = span;
    }
    activity->blocked.n = kept;
}

static void drop_before(weir_spans *spans, int64_t horizon) {
    uint64_t kept = 0;
    for (uint64_t k = 0; k < spans->n; k++)
        if (spans->at[k].from >= horizon) spans->at[kept++] = spans->at[k];
    spans->n = kept;
}

static void sweep_process(const weir_replay *run, const weir_actor *actor, int64_t horizon) {
    weir_activity *activity = actor->activity;
    sweep_starved(run, actor, horizon);
    sweep_blocked(activity, horizon);
    drop_before(&activity->issues, horizon);
    drop_before(&activity->ends, horizon);
}

/* No issue is to come before the edge after the latest, and no end before the steps issued so far. */
void weir_replay_stats_sweep(weir_replay *run) {
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        const weir_actor *actor = &run->actors[p];
        if (actor->node->kind != WEIR_PROCESS) continue;
        int64_t horizon = actor->time + 1, last_end = actor->lag + (int64_t)actor->count;
        if (actor->n_pending > 0 && last_end < horizon) horizon = last_end;
        sweep_process(run, actor, horizon);
    }
}

void weir_replay_stats_keep(weir_replay *run) {
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        weir_activity *activity = run->actors[p].activity;
        memcpy(activity->kept, activity->cycles, sizeof activity->kept);
    }
}

static void shift(weir_spans *spans, int64_t edges) {
    for (uint64_t k = 0; k < spans->n; k++) {
        spans->at[k].from += edges;
        spans->at[k].to += edges;
    }
}

void weir_replay_stats_repeat(weir_replay *run, uint64_t repeats, uint64_t shift_ps) {
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        const weir_actor *actor = &run->actors[p];
        weir_activity *activity = actor->activity;
        const weir_domain *domain = &run->parameters->domains[actor->node->domain];
        int64_t edges = (int64_t)(shift_ps / domain->period_ps);
        for (int k = 0; k < 4; k++)
            activity->cycles[k] += repeats * (activity->cycles[k] - activity->kept[k]);
        shift(&activity->starved, edges);
        shift(&activity->blocked, edges);
        shift(&activity->issues, edges);
        shift(&activity->ends, edges);
    }
}

/* The step that a process stands before when the run ends: what it asks for, what it offers. */
static void add_last_wait(const weir_replay *run, const weir_actor *actor) {
    const weir_net_node *node = actor->node;
    weir_activity *activity = actor->activity;
    if (actor->n_pending > 0) {
        const weir_pending *step = &actor->pending[actor->pending_head & actor->ring_mask];
        int64_t offered = actor->lag + (int64_t)step->count;
        weir_activity_add(&activity->blocked, weir_later_of(step->exit, offered), INT64_MAX, -1);
        if (step->count + (uint64_t)actor->length <= actor->count) return;
    }
    if (!weir_may_issue(run, node, &actor->at)) return;
    const weir_net_set *set = &node->sets[node->loops[actor->at.loop].set];
    int64_t from = actor->time + actor->interval;
    if (actor->length > 0) from = weir_later_of(from, actor->echo[actor->count & actor->ring_mask]);
    int64_t reads = weir_later_of(from, weir_reads_gate(run, set, 0));
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (weir_beats(&run->channels[set->reads[i].channel]) == 0) reads = INT64_MAX;
    weir_activity_add(&activity->starved, from, reads, weir_activity_frame(run, actor));
    if (actor->length == 0 && reads < INT64_MAX)
        weir_activity_add(&activity->blocked, reads, INT64_MAX, -1);
}

static void close_sink(const weir_replay *run, const weir_actor *actor, uint64_t cycles) {
    uint64_t taken = run->channels[actor->node->inputs[0]].taken;
    bool between = actor->frame_beats > 0 && taken % actor->frame_beats == 0;
    uint64_t from = (uint64_t)(actor->time + 1);
    if (cycles > from) actor->activity->cycles[between ? WEIR_IDLE : WEIR_STARVED] += cycles - from;
}

void weir_replay_stats_close(weir_replay *run, uint32_t index, uint64_t cycles,
                             uint64_t by_class[4]) {
    const weir_actor *actor = &run->actors[index];
    weir_activity *activity = actor->activity;
    if (actor->node->kind == WEIR_PROCESS) {
        add_last_wait(run, actor);
        sweep_process(run, actor, (int64_t)cycles);
    } else if (actor->node->kind == WEIR_SINK) {
        close_sink(run, actor, cycles);
    } else {
        uint64_t busy = run->channels[actor->node->outputs[0]].written +
                        run->channels[actor->node->outputs[0]].skipped;
        activity->cycles[WEIR_IDLE] = cycles - busy - activity->cycles[WEIR_BLOCKED];
    }
    memcpy(by_class, activity->cycles, sizeof activity->cycles);
    by_class[WEIR_BUSY] =
        cycles - by_class[WEIR_STARVED] - by_class[WEIR_BLOCKED] - by_class[WEIR_IDLE];
}

void weir_replay_stats_begin(weir_replay *run) {
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        weir_actor *actor = &run->actors[p];
        if (actor->activity == NULL) actor->activity = weir_xcalloc(1, sizeof *actor->activity);
        weir_activity *activity = actor->activity;
        activity->starved.n = activity->blocked.n = activity->issues.n = activity->ends.n = 0;
        memset(activity->cycles, 0, sizeof activity->cycles);
    }
}

void weir_replay_stats_free(weir_replay *run) {
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        weir_activity *activity = run->actors[p].activity;
        if (activity == NULL) continue;
        free(activity->starved.at);
        free(activity->blocked.at);
        free(activity->issues.at);
        free(activity->ends.at);
        free(activity);
    }
}
