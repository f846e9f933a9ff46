/* Steady state: the whole state at the end of a frame, relative to time, against that of an earlier
 * frame. Equal states have equal futures, shifted in time: every rule of a replay is made of sums and
 * maxima of times, and of clock crossings, which shift with a multiple of both periods.
 *
 * Brent's scheme: the frame compared with moves on at powers of two, so that a repeat of any length
 * is found, and one state is kept. Times are relative to that of one actor; the clocks' relation is that
 * time modulo each period. A gate that cannot bind any more counts as none: the n-th event from
 * now on one side of a channel is at least n cycles after the latest.
 */
#include "base/arena.h"
#include "sim/replay_move.h"
#include "sim/replay_stats.h"
#include <stdlib.h>
#include <string.h>

typedef struct words {
    int64_t *at;
    uint64_t n, room;
} words;

typedef struct weir_steady {
    bool off, kept;
    words head, body; /* of the frame compared with */
    words now;
    uint64_t frame, stimulus; /* its number; that of the source's next frame */
    uint64_t ps;              /* the reference time then */
    uint64_t length;          /* frames until another is kept */
    uint64_t *written;        /* of each channel, then */
} weir_steady;

static void put(words *w, int64_t word) {
    if (w->n == w->room) {
        w->room = w->room * 2 + 256;
        w->at = weir_xrealloc(w->at, w->room * sizeof *w->at);
    }
    w->at[w->n++] = word;
}

static bool equal(const words *a, const words *b) {
    return a->n == b->n && memcmp(a->at, b->at, a->n * sizeof *a->at) == 0;
}

static bool repeats(const weir_actor *actor) {
    return actor->node->kind != WEIR_PROCESS || actor->node->frame < actor->node->end;
}

static uint64_t actor_ps(const weir_replay *run, const weir_actor *actor) {
    return weir_replay_edge_ps(run, actor, actor->time);
}

/* Every clock runs, and every actor has begun: false before. */
static bool under_way(const weir_replay *run, uint64_t *ps) {
    uint64_t latest_phase = 0;
    for (uint32_t d = 0; d < run->net->n_domains; d++)
        if (run->parameters->domains[d].phase_ps > latest_phase)
            latest_phase = run->parameters->domains[d].phase_ps;
    bool any = false;
    for (uint32_t p = 0; p < run->net->n_processes; p++) {
        const weir_actor *actor = &run->actors[p];
        if (!repeats(actor)) continue;
        if (actor->time < 0 || actor_ps(run, actor) < latest_phase) return false;
        if (!any) *ps = actor_ps(run, actor);
        any = true;
    }
    return any;
}

static void put_cursor(const weir_replay *run, words *w, const weir_net_node *node,
                       const weir_net_cursor *at) {
    put(w, (int64_t)(run->limit - weir_net_frame(node, at)));
    put(w, at->loop);
    put(w, (int64_t)at->left);
    for (uint32_t l = 0; l < at->level; l++)
        put(w, (int64_t)at->levels[l].left);
}

/* What is cheap to tell, and differs most of the time. */
static void put_head(const weir_replay *run, words *w, uint64_t ps) {
    const weir_net *net = run->net;
    for (uint32_t d = 0; d < net->n_domains; d++)
        put(w, (int64_t)(ps % run->parameters->domains[d].period_ps));
    for (uint32_t p = 0; p < net->n_processes; p++) {
        const weir_actor *actor = &run->actors[p];
        if (!repeats(actor)) continue;
        put(w, (int64_t)(actor_ps(run, actor) - ps));
        put(w, (int64_t)actor->beat);
        put(w, (int64_t)(run->limit - weir_net_frame(actor->node, &actor->at)));
        if (actor->pause_length > 0) put(w, (int64_t)((uint64_t)actor->time % actor->pause_length));
    }
    for (uint32_t c = 0; c < net->n_channels; c++)
        put(w, (int64_t)weir_held(&run->channels[c]));
}

/* The latest edge of one side of a channel that the gates of its next events cannot bind at. Credit and
 * frp processes ask for space at issue, before they write. */
static int64_t passed(const weir_actor *actor, int64_t last_event) {
    bool early = actor->node->kind == WEIR_PROCESS &&
                 (actor->node->timing == WEIR_CREDIT || actor->node->timing == WEIR_FRP);
    return early && actor->time < last_event ? actor->time : last_event;
}

static void put_slices(words *w, const weir_replay_channel *c, int64_t writer, int64_t reader) {
    if (c->slice_in > 0 && c->slice_in <= WEIR_MOST_SLICE) put(w, (int64_t)(c->taken - c->used));
    if (c->slice_out > 0) put(w, (int64_t)(c->put - (c->written - c->initial)));
    for (uint64_t k = 1; k <= c->slice_in && k <= WEIR_MOST_SLICE; k++) {
        put(w, c->taken < k ? INT64_MIN : c->read_at[(c->taken - k) % WEIR_MOST_SLICE] - reader);
        put(w, c->used < k ? INT64_MIN : c->used_at[(c->used - k) % WEIR_MOST_SLICE] - reader);
    }
    for (uint64_t k = 1; k <= c->slice_out; k++) {
        uint64_t sent = c->written - c->initial;
        put(w, c->put < k ? INT64_MIN : c->put_at[(c->put - k) % WEIR_MOST_SLICE] - writer);
        put(w, sent < k ? INT64_MIN : c->sent_at[(sent - k) % WEIR_MOST_SLICE] - writer);
    }
}

static void put_channel(const weir_replay *run, words *w, const weir_replay_channel *c) {
    const weir_actor *producer = &run->actors[c->producer], *consumer = &run->actors[c->consumer];
    /* Nothing may ever have moved, where nobody sends. */
    put(w, c->written > c->initial ? c->last_write - producer->time : INT64_MIN);
    put(w, c->taken > 0 ? c->last_read - consumer->time : INT64_MIN);
    int64_t from = passed(consumer, c->last_read) + 1;
    for (uint64_t k = 0, n = weir_held(c); k < n; k++) {
        int64_t late = c->readable[(c->taken + k) & c->mask] - (from + (int64_t)k);
        put(w, late > 0 ? late : 0);
    }
    from = passed(producer, c->last_write) + 1;
    for (uint64_t k = 0, n = weir_free(c); k < n; k++) {
        int64_t late = c->writable[(c->written + k) & c->mask] - (from + (int64_t)k);
        put(w, late > 0 ? late : 0);
    }
    put_slices(w, c, producer->time, consumer->time);
}

/* Ends of steps, that later ones wait for: X(j) >= lag + j and I(j) >= I + (j - count + 1) * II, so
 * neither binds that lies no further. */
static void put_plain(words *w, const weir_actor *actor) {
    int64_t late = actor->lag + (int64_t)actor->count - 1 - (actor->time + actor->length);
    put(w, late > 0 ? late : 0);
    put(w, actor->half);
    if (actor->half != 0) put(w, actor->half_time - actor->time);
    for (int64_t k = 0; k < actor->length; k++) {
        uint64_t target = actor->count + (uint64_t)k;
        int64_t least = actor->time + (k + 1) * actor->interval;
        late = actor->echo[target & actor->ring_mask] - least;
        put(w, target <= actor->echo_until && late > 0 ? late : 0);
    }
    put(w, (int64_t)actor->n_pending);
    for (uint64_t k = 0; k < actor->n_pending; k++) {
        const weir_pending *step = &actor->pending[(actor->pending_head + k) & actor->ring_mask];
        put(w, step->exit - actor->time);
        put(w, (int64_t)(actor->count - step->count));
        put(w, step->set);
    }
}

static void put_stages(const weir_replay *run, words *w, const weir_actor *actor) {
    for (uint32_t g = 0; g < actor->n_stages; g++) {
        const weir_gated_stage *stage = &actor->stages[g];
        put_cursor(run, w, actor->node, &stage->at);
        put(w, (int64_t)(actor->stages[0].count - stage->count));
        for (uint64_t k = 1; k <= stage->mask + 1; k++)
            put(w, k <= stage->count ? stage->recent[(stage->count - k) & stage->mask] - actor->time
                                     : INT64_MIN);
    }
}

static void put_skids(words *w, const weir_actor *actor) {
    for (uint32_t q = 0; actor->skids != NULL && q < actor->node->n_outputs; q++) {
        const weir_skid *skid = &actor->skids[q];
        put(w, skid->last - actor->time);
        put(w, (int64_t)skid->n);
        for (uint64_t k = 0; k < skid->n; k++)
            put(w, skid->waiting[(skid->head + k) & actor->ring_mask].exit - actor->time);
        for (uint64_t k = 0; k < actor->skid_depth; k++)
            put(w, skid->largest[k] - actor->time);
    }
}

/* Cycles that are known and not counted yet. */
static void put_spans(words *w, const weir_actor *actor, const weir_spans *spans) {
    put(w, (int64_t)spans->n);
    for (uint64_t k = 0; k < spans->n; k++) {
        put(w, spans->at[k].from - actor->time);
        put(w, spans->at[k].to - actor->time);
    }
}

/* Frames that are under way: their times so far. */
static uint64_t frames_through(const weir_replay *run) {
    uint64_t through = run->limit;
    for (uint32_t p = 0; p < run->net->n_processes; p++)
        if (run->net->nodes[p].kind != WEIR_PROCESS && run->actors[p].at.frame < through)
            through = run->actors[p].at.frame;
    return through;
}

static void put_body(const weir_replay *run, words *w, uint64_t ps) {
    const weir_net *net = run->net;
    for (uint32_t c = 0; c < net->n_channels; c++)
        put_channel(run, w, &run->channels[c]);
    for (uint32_t p = 0; p < net->n_processes; p++) {
        const weir_actor *actor = &run->actors[p];
        if (!repeats(actor) || actor->node->kind != WEIR_PROCESS) continue;
        put_cursor(run, w, actor->node, &actor->at);
        put_plain(w, actor);
        put_stages(run, w, actor);
        put_skids(w, actor);
        if (!run->stats) continue;
        put_spans(w, actor, &actor->activity->blocked);
        put_spans(w, actor, &actor->activity->ends);
    }
    for (uint64_t f = frames_through(run); f < run->limit; f++) {
        const weir_replay_frame *frame = &run->frames[f];
        put(w, frame->first_in_ps == UINT64_MAX ? -1 : (int64_t)(frame->first_in_ps - ps));
        put(w, frame->last_out_ps == 0 ? INT64_MIN : (int64_t)(frame->last_out_ps - ps));
        put(w, frame->done_ps == 0 ? INT64_MIN : (int64_t)(frame->done_ps - ps));
    }
}

static uint64_t next_stimulus(const weir_replay *run) {
    return run->net->n_sources > 0 ? run->actors[run->net->sources[0]].stimulus : 0;
}

/* Arrivals shift along with the state, or come ever earlier against it and never bound. A source
 * that drops sees them all, so there they must shift along. */
static bool arrivals_repeat(const weir_replay *run, const weir_steady *steady, uint64_t shift_ps) {
    uint64_t taken = next_stimulus(run) - steady->stimulus;
    uint64_t arrivals_ps = taken * run->arrival_period_ps;
    if (arrivals_ps == shift_ps || run->net->n_sources == 0) return true;
    if (run->parameters->drop || arrivals_ps > shift_ps) return false;
    for (uint32_t s = 0; s < run->net->n_sources; s++)
        if (run->actors[run->net->sources[s]].bound_frame > steady->frame) return false;
    return true;
}

/* ------------------------------------------------------------------ moving on */

static int64_t edges_of(const weir_replay *run, const weir_actor *actor, uint64_t shift_ps) {
    return (int64_t)(shift_ps / run->parameters->domains[actor->node->domain].period_ps);
}

static void shift_ring(int64_t *ring, uint64_t mask, uint64_t first, uint64_t n, int64_t edges) {
    for (uint64_t k = 0; k < n; k++)
        ring[(first + k) & mask] += edges;
}

static void shift_channel(weir_replay *run, uint32_t index, uint64_t shift_ps, uint64_t beats) {
    weir_replay_channel *c = &run->channels[index];
    int64_t writer = edges_of(run, &run->actors[c->producer], shift_ps);
    int64_t reader = edges_of(run, &run->actors[c->consumer], shift_ps);
    shift_ring(c->readable, c->mask, c->taken, weir_held(c), reader);
    shift_ring(c->writable, c->mask, c->written, weir_free(c), writer);
    c->last_write += writer;
    c->last_read += reader;
    for (uint32_t k = 0; k < WEIR_MOST_SLICE; k++) {
        c->read_at[k] += reader;
        c->used_at[k] += reader;
        c->put_at[k] += writer;
        c->sent_at[k] += writer;
    }
    c->skipped = beats;
    if (run->record) weir_replay_log_shift(run, index, writer, reader);
}

static void shift_actor(weir_replay *run, weir_actor *actor, uint64_t shift_ps, uint64_t frames) {
    int64_t edges = edges_of(run, actor, shift_ps);
    if (!repeats(actor)) return;
    actor->time += edges;
    actor->lag += edges;
    actor->half_time += edges;
    actor->at.frame += frames / actor->node->turns;
    if (actor->node->kind == WEIR_SOURCE) {
        actor->stimulus += run->skipped_stimulus;
        weir_replay_set_arrival(run, actor);
    }
    if (actor->node->kind != WEIR_PROCESS) return;
    shift_ring(actor->echo, actor->ring_mask, 0, actor->ring_mask + 1, edges);
    for (uint64_t k = 0; k <= actor->ring_mask; k++)
        actor->pending[k].exit += edges;
    for (uint32_t g = 0; g < actor->n_stages; g++) {
        weir_gated_stage *stage = &actor->stages[g];
        stage->time += edges;
        stage->at.frame += frames / actor->node->turns;
        shift_ring(stage->recent, stage->mask, 0, stage->mask + 1, edges);
    }
    for (uint32_t q = 0; actor->skids != NULL && q < actor->node->n_outputs; q++) {
        weir_skid *skid = &actor->skids[q];
        skid->last += edges;
        for (uint64_t k = 0; k <= actor->ring_mask; k++)
            skid->waiting[k].exit += edges;
        for (uint64_t k = 0; k < actor->skid_depth; k++)
            skid->largest[k] += edges;
    }
}

/* As many whole repeats as leave a frame to compute, and with `drop` one of the stimulus. */
static uint64_t repeats_left(const weir_replay *run, const weir_steady *steady, uint64_t done) {
    uint64_t frames = run->parameters->frames, length = done - steady->frame;
    uint64_t left = (frames - done - 1) / length;
    uint64_t next = next_stimulus(run), taken = next - steady->stimulus;
    if (taken == 0) return left;
    uint64_t of_stimulus = next < frames ? (frames - 1 - next) / taken : 0;
    return of_stimulus < left ? of_stimulus : left;
}

static void move_on(weir_replay *run, weir_steady *steady, uint64_t done, uint64_t ps) {
    weir_replay_result *result = &run->result;
    uint64_t through = frames_through(run);
    result->steady = true;
    result->steady_frames = done - steady->frame;
    result->steady_from = through - result->steady_frames;
    result->steady_ps = ps - steady->ps;
    uint64_t repeats = repeats_left(run, steady, done);
    if (repeats == 0) return;
    uint64_t shift_ps = repeats * result->steady_ps;
    uint64_t frames = repeats * result->steady_frames;
    run->stimulus_of_repeat = next_stimulus(run) - steady->stimulus;
    run->skipped_stimulus = repeats * run->stimulus_of_repeat;
    for (uint32_t c = 0; c < run->net->n_channels; c++)
        shift_channel(run, c, shift_ps, repeats * (run->channels[c].written - steady->written[c]));
    if (run->stats) weir_replay_stats_repeat(run, repeats, shift_ps);
    for (uint32_t p = 0; p < run->net->n_processes; p++)
        shift_actor(run, &run->actors[p], shift_ps, frames);
    for (uint64_t f = through; f < done; f++) {
        weir_replay_frame *frame = &run->frames[f];
        frame->index += run->skipped_stimulus;
        if (frame->first_in_ps != UINT64_MAX) frame->first_in_ps += shift_ps;
        if (frame->last_out_ps > 0) frame->last_out_ps += shift_ps;
        if (frame->done_ps > 0) frame->done_ps += shift_ps;
    }
    run->skipped = frames;
    run->skipped_from = through;
    run->limit += frames;
}

static void keep(weir_replay *run, weir_steady *steady, uint64_t frame, uint64_t ps) {
    words swap = steady->head;
    steady->head = steady->now;
    steady->now = swap;
    steady->body.n = 0;
    put_body(run, &steady->body, ps);
    steady->kept = true;
    steady->frame = frame;
    steady->ps = ps;
    steady->stimulus = next_stimulus(run);
    if (run->stats) weir_replay_stats_keep(run);
    for (uint32_t c = 0; c < run->net->n_channels; c++)
        steady->written[c] = run->channels[c].written;
}

void weir_replay_steady_look(weir_replay *run) {
    weir_steady *steady = run->steady;
    uint64_t ps = 0, done = run->limit;
    if (steady->off || run->result.steady || done >= run->parameters->frames) return;
    if (!under_way(run, &ps)) return;
    steady->now.n = 0;
    put_head(run, &steady->now, ps);
    if (steady->kept && ps > steady->ps && equal(&steady->now, &steady->head) &&
        frames_through(run) >= done - steady->frame &&
        arrivals_repeat(run, steady, ps - steady->ps)) {
        uint64_t head = steady->now.n;
        put_body(run, &steady->now, ps);
        words body = {.at = steady->now.at + head, .n = steady->now.n - head};
        if (equal(&body, &steady->body)) {
            move_on(run, steady, done, ps);
            return;
        }
        steady->now.n = head;
    }
    if (steady->kept && done - steady->frame < steady->length) return;
    if (steady->kept) steady->length *= 2;
    keep(run, steady, done, ps);
}

void weir_replay_steady_begin(weir_replay *run) {
    if (run->steady == NULL) {
        run->steady = weir_xcalloc(1, sizeof *run->steady);
        run->steady->written = weir_xcalloc(run->net->n_channels + 1, sizeof(uint64_t));
    }
    weir_steady *steady = run->steady;
    steady->kept = false;
    steady->length = 1;
    steady->off = run->parameters->no_steady || !run->affine || (run->want & WEIR_WANT_TRACE);
}

void weir_replay_steady_free(weir_replay *run) {
    if (run->steady == NULL) return;
    free(run->steady->head.at);
    free(run->steady->body.at);
    free(run->steady->now.at);
    free(run->steady->written);
    free(run->steady);
}
