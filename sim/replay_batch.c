/* The batched replay: lanes made, run frame by frame and answered; threads over batches. */
#include "sim/replay_batch.h"
#include "base/arena.h"
#include "sim/replay_run.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes that the rings of a batch may take; a set that needs more is left to the scalar replay. */
#define WEIR_BATCH_BYTES (UINT64_C(1) << 29)

/* Frames whose times at the ends are kept at most: the longest repeat that is found. */
#define WEIR_HISTORY 4096

static void *aligned(uint64_t lanes) {
    void *memory = aligned_alloc(sizeof(weir_lanes), lanes * sizeof(weir_lanes));
    if (memory == NULL) abort();
    return memory;
}

static weir_lanes *arena_lanes(struct weir_arena *arena, uint64_t count) {
    char *bytes = weir_arena_alloc(arena, (count + 1) * sizeof(weir_lanes));
    return (weir_lanes *)(bytes + (-(uintptr_t)bytes & (sizeof(weir_lanes) - 1)));
}

static void fill(weir_lanes *lanes, uint64_t count, int64_t value) {
    for (uint64_t i = 0; i < count; i++)
        for (uint32_t l = 0; l < WEIR_LANES; l++)
            lanes[i].at[l] = value;
}

static uint64_t power_above(uint64_t n) {
    uint64_t power = 1;
    while (power < n)
        power *= 2;
    return power;
}

/* ------------------------------------------------------------------ what lanes can do */

static bool net_suits(const weir_net *net) {
    if (net->n_sinks == 0 || net->n_sources == 0 || net->scalar) return false;
    for (uint32_t c = 0; c < net->n_channels; c++)
        if (net->channels[c].at_port) return false;
    for (uint32_t p = 0; p < net->n_processes; p++) {
        const weir_net_node *node = &net->nodes[p];
        if (node->kind == WEIR_PROCESS && node->timing == WEIR_FRP) return false;
    }
    return true;
}

static bool set_suits(const weir_net *net, const weir_replay_parameters *set) {
    if (set->frames == 0 || set->drop || set->until_ps > 0) return false;
    uint64_t bytes = 0, frames = set->frames, most = WEIR_LANE_MOST_PS;
    for (uint32_t c = 0; c < net->n_channels; c++)
        bytes += 2 * sizeof(weir_lanes) * power_above((uint64_t)set->channels[c].depth + 1);
    if (bytes > WEIR_BATCH_BYTES) return false;
    for (uint32_t d = 0; d < net->n_domains; d++)
        if (set->domains[d].phase_ps > most) return false;
    if (set->arrival_ps != NULL) return set->arrival_ps[frames - 1] <= most;
    return set->arrival_period_ps == 0 || frames - 1 <= most / set->arrival_period_ps;
}

/* ------------------------------------------------------------------ a batch, made once */

static void make_actor(weir_batch *batch, uint32_t p, uint64_t frames) {
    weir_lane_actor *a = &batch->actors[p];
    const weir_net_node *node = a->node = &batch->net->nodes[p];
    struct weir_arena *arena = batch->arena;
    if (node->kind != WEIR_PROCESS) {
        bool source = node->kind == WEIR_SOURCE;
        uint32_t c = source ? node->outputs[0] : node->inputs[0];
        a->step = source ? WEIR_STEP_SOURCE : WEIR_STEP_SINK;
        a->frame_beats = batch->net->channels[c].frame_beats;
        uint64_t kept = frames < WEIR_HISTORY ? power_above(frames) : WEIR_HISTORY;
        a->history = arena_lanes(arena, kept);
        a->history_mask = kept - 1;
        return;
    }
    bool elastic = node->timing == WEIR_ELASTIC && node->stages > 1;
    a->step = !elastic ? WEIR_STEP_SINGLE : node->plain ? WEIR_STEP_DEEP : WEIR_STEP_STAGES;
    bool lockstep = node->timing == WEIR_LOCKSTEP || node->timing == WEIR_UNKNOWN;
    a->interval = lockstep ? 1 : (int64_t)node->ii_cycles;
    a->length = (int64_t)node->stages - 1;
    a->mask = power_above(node->stages + 1) - 1;
    a->issues = arena_lanes(arena, a->mask + 1);
    a->ends = arena_lanes(arena, a->mask + 1);
    a->passed = WEIR_NEW(arena, uint64_t, node->stages);
    a->sets = WEIR_NEW(arena, uint32_t, a->mask + 1);
    a->at.levels = WEIR_NEW(arena, weir_net_level, node->nesting + 1);
    a->exit.levels = WEIR_NEW(arena, weir_net_level, node->nesting + 1);
}

static weir_batch *batch_new(const weir_net *net, uint64_t frames) {
    weir_arena *arena = weir_arena_new();
    weir_batch *batch = weir_xcalloc(1, sizeof *batch);
    batch->arena = arena;
    batch->net = net;
    batch->channels = aligned(net->n_channels * (sizeof *batch->channels / sizeof(weir_lanes)) + 1);
    memset(batch->channels, 0, net->n_channels * sizeof *batch->channels);
    batch->actors = aligned(net->n_processes * (sizeof *batch->actors / sizeof(weir_lanes)) + 1);
    memset(batch->actors, 0, net->n_processes * sizeof *batch->actors);
    batch->n_words = (net->n_processes + 63) / 64;
    batch->ready = WEIR_NEW(arena, uint64_t, batch->n_words + 1);
    for (uint32_t p = 0; p < net->n_processes; p++)
        make_actor(batch, p, frames);
    return batch;
}

static void batch_free(weir_batch *batch) {
    for (uint32_t c = 0; c < batch->net->n_channels; c++) {
        free(batch->channels[c].readable);
        free(batch->channels[c].writable);
    }
    for (uint32_t p = 0; p < batch->net->n_processes; p++)
        for (uint32_t l = 0; l < WEIR_LANES; l++)
            free(batch->actors[p].skip[l]);
    weir_moment_free(batch);
    free(batch->channels);
    free(batch->actors);
    weir_arena_free(batch->arena);
    free(batch);
}

/* ------------------------------------------------------------------ the start of a run */

static void start_crossing(weir_lane_crossing *x, uint32_t lane, const weir_domain *from,
                           const weir_domain *to) {
    x->period.at[lane] = (double)from->period_ps;
    x->offset.at[lane] = (double)((int64_t)from->phase_ps - (int64_t)to->phase_ps);
    x->other.at[lane] = (double)to->period_ps;
    x->inverse.at[lane] = 1.0 / (double)to->period_ps;
}

static void start_rings(weir_lane_channel *c, uint64_t entries) {
    uint64_t ring = power_above(entries);
    if (ring > c->ring) {
        free(c->readable);
        free(c->writable);
        c->readable = aligned(ring);
        c->writable = aligned(ring);
        c->ring = ring;
    }
    memset(c->readable, 0, ring * sizeof *c->readable);
    memset(c->writable, 0, ring * sizeof *c->writable);
    c->mask = ring - 1;
}

static void start_channel(weir_batch *batch, uint32_t index) {
    const weir_net *net = batch->net;
    weir_lane_channel *c = &batch->channels[index];
    const weir_net_channel *channel = &net->channels[index];
    c->producer = channel->producer;
    c->consumer = channel->consumer;
    c->crosses = weir_net_crosses(net, index);
    c->gaps = c->reader_waits = c->writer_waits = false;
    c->depth = UINT64_MAX;
    c->most = 0;
    for (uint32_t l = 0; l < WEIR_LANES; l++) {
        const weir_replay_parameters *set = batch->sets[l];
        const weir_channel_timing *timing = &set->channels[index];
        uint64_t depth = c->depths[l] = timing->depth;
        if (depth < c->depth) c->depth = depth;
        if (depth > c->most) c->most = depth;
        c->forward.at[l] = (int64_t)timing->forward - c->crosses;
        c->backward.at[l] = (int64_t)timing->backward - c->crosses;
        c->gap.at[l] = timing->write_gap > 1 ? timing->write_gap : 0;
        c->gaps = c->gaps || timing->write_gap > 1;
        const weir_domain *writer = &set->domains[net->nodes[c->producer].domain];
        const weir_domain *reader = &set->domains[net->nodes[c->consumer].domain];
        start_crossing(&c->to_consumer, l, writer, reader);
        start_crossing(&c->to_producer, l, reader, writer);
    }
    fill(&c->next_write, 1, 0);
    c->even = c->depth == c->most;
    start_rings(c, c->most + 1);
    c->written = channel->initial;
    c->taken = 0;
}

static void start_pause(weir_lane_actor *a, uint32_t lane, const char *pattern) {
    uint64_t length = pattern != NULL ? strlen(pattern) : 0;
    a->skip_length[lane] = length;
    if (length == 0) return;
    a->pauses = true;
    a->skip[lane] = weir_xrealloc(a->skip[lane], length * sizeof **a->skip);
    for (uint64_t i = 0; i < length; i++) {
        uint32_t skip = 0;
        while (pattern[(i + skip) % length] == '0')
            skip++;
        a->skip[lane][i] = skip;
    }
}

static void start_actor(weir_batch *batch, uint32_t p) {
    weir_lane_actor *a = &batch->actors[p];
    const weir_net_node *node = a->node;
    a->issued = a->ended = a->frame = a->beat = 0;
    a->pauses = false;
    fill(&a->time, 1, -1);
    fill(&a->end, 1, -1);
    fill(&a->bound, 1, 0);
    if (node->kind != WEIR_PROCESS) {
        for (uint32_t l = 0; l < WEIR_LANES; l++)
            start_pause(a, l, batch->sets[l]->pauses != NULL ? batch->sets[l]->pauses[p] : NULL);
        return;
    }
    fill(&a->time, 1, (int64_t)node->start - a->interval);
    fill(a->ends, a->mask + 1, a->step == WEIR_STEP_STAGES ? -1 : 0);
    if (a->step == WEIR_STEP_STAGES) fill(a->ends, 1, (int64_t)node->start - a->interval);
    memset(a->passed, 0, node->stages * sizeof *a->passed);
    a->at.frame = 0;
    if (node->end > 0) weir_net_start(node, &a->at);
}

static void start(weir_batch *batch, const weir_replay_parameters *const *sets, uint32_t n) {
    for (uint32_t l = 0; l < WEIR_LANES; l++)
        batch->sets[l] = sets[l < n ? l : n - 1];
    batch->asked = (1u << n) - 1;
    batch->done = 0;
    batch->limit = batch->events = batch->saved.frame = 0;
    batch->next_save = 1;
    for (uint32_t c = 0; c < batch->net->n_channels; c++)
        start_channel(batch, c);
    for (uint32_t p = 0; p < batch->net->n_processes; p++)
        start_actor(batch, p);
}

/* ------------------------------------------------------------------ answers */

/* A frame about halfway that is still remembered when the last has left. */
static uint64_t halfway(uint64_t frames) {
    uint64_t kept = frames / 2 < WEIR_HISTORY - 1 ? frames / 2 : WEIR_HISTORY - 1;
    return frames - 1 - kept;
}

/* A frame's first or last time at the ends of the net. From frame `from` on, `period` frames repeat
 * those before them `shift_ps` later; period 0: the frame was computed. */
static uint64_t frame_ps(const weir_batch *batch, uint32_t lane, bool in, uint64_t frame,
                         uint64_t from, uint64_t period, uint64_t shift_ps) {
    uint64_t repeats = period > 0 && frame >= from ? (frame - from) / period : 0;
    uint64_t at = frame - repeats * period, best = in ? UINT64_MAX : 0;
    const weir_net *net = batch->net;
    for (uint32_t i = 0; i < (in ? net->n_sources : net->n_sinks); i++) {
        const weir_lane_actor *a = &batch->actors[in ? net->sources[i] : net->sinks[i]];
        const weir_lanes *edges = frame == 0 ? &a->first : &a->history[at & a->history_mask];
        uint64_t ps = weir_clock_edge_ps(&batch->sets[lane]->domains[a->node->domain],
                                         (uint64_t)edges->at[lane]);
        if (in ? ps < best : ps > best) best = ps;
    }
    return best + repeats * shift_ps;
}

static void answer(weir_batch *batch, uint32_t lane, uint64_t period, uint64_t shift_ps,
                   weir_replay_answer *to) {
    uint64_t from = batch->saved.frame, frames = batch->sets[lane]->frames;
    uint64_t first_in = frame_ps(batch, lane, true, 0, 0, 0, 0);
    uint64_t first_out = frame_ps(batch, lane, false, 0, 0, 0, 0);
    uint64_t last_in = frame_ps(batch, lane, true, frames - 1, from, period, shift_ps);
    uint64_t last_out = frame_ps(batch, lane, false, frames - 1, from, period, shift_ps);
    *to = (weir_replay_answer){.n_frames = frames,
                               .latency_ps = first_out - first_in,
                               .last_latency_ps = last_out - last_in,
                               .end_ps = last_out,
                               .events = batch->events};
    batch->done |= 1u << lane;
    if (period == 0) {
        if (frames < 2) return;
        to->half = halfway(frames);
        to->half_ps = frame_ps(batch, lane, false, to->half, from, 0, 0);
        return;
    }
    to->steady = true;
    to->steady_from = from;
    to->steady_frames = period;
    to->steady_ps = shift_ps;
}

/* All ends have had all frames that could be begun. */
static bool frames_ended(const weir_batch *batch) {
    for (uint32_t p = 0; p < batch->net->n_processes; p++) {
        const weir_lane_actor *a = &batch->actors[p];
        if (a->node->kind != WEIR_PROCESS && a->frame < batch->limit) return false;
    }
    return true;
}

/* Beyond these times conversions between clocks are no longer exact. */
static bool too_late(const weir_batch *batch) {
    for (uint32_t p = 0; p < batch->net->n_processes; p++) {
        const weir_lane_actor *a = &batch->actors[p];
        for (uint32_t l = 0; l < WEIR_LANES; l++) {
            int64_t most =
                WEIR_LANE_MOST_PS / (int64_t)batch->sets[l]->domains[a->node->domain].period_ps;
            if (a->time.at[l] > most || a->end.at[l] > most) return true;
        }
    }
    return false;
}

/* Answers up to WEIR_LANES sets of one number of frames; lanes that are not `done` then are left to
 * the scalar replay. */
static void batch_run(weir_batch *batch, weir_lanes_fn run,
                      const weir_replay_parameters *const *sets, weir_replay_answer *const *answers,
                      uint32_t n) {
    start(batch, sets, n);
    uint64_t frames = batch->sets[0]->frames;
    while (batch->limit < frames) {
        batch->limit++;
        for (uint32_t p = 0; p < batch->net->n_processes; p++)
            batch->ready[p / 64] |= UINT64_C(1) << (p % 64);
        run(batch);
        if (!frames_ended(batch) || too_late(batch)) return;
        if (batch->limit == frames) break;
        uint64_t shift_ps[WEIR_LANES];
        uint32_t again = weir_moment_take(batch, shift_ps);
        uint64_t period = batch->limit - batch->saved.frame;
        for (uint32_t l = 0; l < n; l++)
            if ((again >> l & 1) != 0 && period <= WEIR_HISTORY)
                answer(batch, l, period, shift_ps[l], answers[l]);
        if ((batch->done & batch->asked) == batch->asked) return;
        weir_moment_keep(batch);
    }
    for (uint32_t l = 0; l < n; l++)
        if ((batch->done >> l & 1) == 0) answer(batch, l, 0, 0, answers[l]);
}

/* ------------------------------------------------------------------ many sets */

typedef struct crowd { /* what the threads share */
    weir_lanes_fn run;
    const weir_net *net;
    const weir_replay_parameters *sets;
    weir_replay_answer *answers;
    uint32_t n_sets;
    bool net_suits;
    _Atomic uint32_t next;
} crowd;

static void answer_alone(weir_replay *replay, const weir_replay_parameters *set,
                         weir_replay_answer *to) {
    weir_diag *diag = weir_diag_new();
    const weir_replay_result *result = NULL;
    *to = (weir_replay_answer){0};
    if (weir_replay_run(replay, set, 0, &result, diag))
        *to = (weir_replay_answer){.n_frames = result->n_frames,
                                   .latency_ps = result->latency_ps,
                                   .last_latency_ps = result->last_latency_ps,
                                   .end_ps = result->end_ps,
                                   .steady = result->steady,
                                   .deadlock = result->deadlock,
                                   .steady_from = result->steady_from,
                                   .steady_frames = result->steady_frames,
                                   .steady_ps = result->steady_ps,
                                   .events = result->events};
    uint64_t n = to->n_frames;
    if (!to->steady && n > 1) {
        to->half = halfway(n);
        to->half_ps = weir_replay_frame_at(replay, to->half).last_out_ps;
    }
    weir_diag_free(diag);
}

static void answer_some(const crowd *all, weir_batch *batch, weir_replay *replay, uint32_t from,
                        uint32_t n) {
    const weir_replay_parameters *sets[WEIR_LANES];
    weir_replay_answer *answers[WEIR_LANES];
    uint32_t lanes = 0;
    for (uint32_t i = from; i < from + n; i++) {
        if (all->net_suits && set_suits(all->net, &all->sets[i])) {
            sets[lanes] = &all->sets[i];
            answers[lanes++] = &all->answers[i];
        } else {
            answer_alone(replay, &all->sets[i], &all->answers[i]);
        }
    }
    if (lanes == 0) return;
    batch_run(batch, all->run, sets, answers, lanes);
    for (uint32_t l = 0; l < lanes; l++)
        if ((batch->done >> l & 1) == 0) answer_alone(replay, sets[l], answers[l]);
}

static void *work(void *shared) {
    crowd *all = shared;
    weir_batch *batch = batch_new(all->net, all->sets[0].frames);
    weir_replay *replay = weir_replay_new(all->net);
    for (;;) {
        uint32_t from = atomic_fetch_add(&all->next, WEIR_LANES);
        if (from >= all->n_sets) break;
        uint32_t n = all->n_sets - from < WEIR_LANES ? all->n_sets - from : WEIR_LANES;
        answer_some(all, batch, replay, from, n);
    }
    batch_free(batch);
    weir_replay_free(replay);
    return NULL;
}

bool weir_replay_many_by(weir_lanes_fn run, const weir_net *net, const weir_replay_parameters *sets,
                         uint32_t n_sets, uint32_t threads, weir_replay_answer *answers,
                         weir_diag *diag) {
    bool good = true;
    for (uint32_t i = 0; i < n_sets; i++) {
        good = weir_replay_check(net, &sets[i], diag) && good;
        if (sets[i].frames != sets[0].frames)
            good = weir_error(diag, WEIR_NOWHERE,
                              "parameter set %u: %lu frames, all sets need the %lu of the first", i,
                              sets[i].frames, sets[0].frames);
    }
    if (!good) return false;
    crowd all = {.run = run,
                 .net = net,
                 .sets = sets,
                 .answers = answers,
                 .n_sets = n_sets,
                 .net_suits = net_suits(net)};
    uint32_t batches = (n_sets + WEIR_LANES - 1) / WEIR_LANES;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads == 0) threads = cores > 0 ? (uint32_t)cores : 1;
    if (threads > batches) threads = batches;
    pthread_t *others = weir_xcalloc(threads + 1, sizeof *others);
    uint32_t started = 0;
    for (; started + 1 < threads; started++)
        if (pthread_create(&others[started], NULL, work, &all) != 0) break;
    work(&all);
    for (uint32_t t = 0; t < started; t++)
        pthread_join(others[t], NULL);
    free(others);
    return true;
}

bool weir_lanes_have_avx512(void) {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512f");
#else
    return false;
#endif
}

bool weir_lanes_have_avx2(void) {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

bool weir_replay_many(const weir_net *net, const weir_replay_parameters *sets, uint32_t n_sets,
                      uint32_t threads, weir_replay_answer *answers, weir_diag *diag) {
    weir_lanes_fn run = weir_lanes_run_plain;
#ifdef __x86_64__
    if (weir_lanes_have_avx2()) run = weir_lanes_run_avx2;
    if (weir_lanes_have_avx512()) run = weir_lanes_run_avx512;
#endif
    return weir_replay_many_by(run, net, sets, n_sets, threads, answers, diag);
}
