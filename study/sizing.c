/* Trials of FIFO depths. A trial of the interval lets frames arrive at the interval that is to be
 * kept: whether depths can keep it does not depend on that (the interval is the larger of the two), but
 * FIFOs before the bottleneck then need not fill up before the steady state shows. */
#include "study/sizing.h"
#include "base/arena.h"
#include "study/pace.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SPARE_FRAMES = 3,    /* of a trial, beyond those in which unbounded FIFOs were steady */
    STEADY_FRAMES = 256, /* in which unbounded FIFOs must show a steady state */
};

bool sizing_stopped(const sizing *s) {
    return s->options->stop != NULL && *s->options->stop;
}

weir_storage sizing_storage(const sizing *s, uint32_t channel, uint32_t depth) {
    if (s->automatic[channel])
        return s->memory[channel] && depth > WEIR_SRL_DEPTH ? WEIR_STORAGE_BRAM : WEIR_STORAGE_SRL;
    return s->of[channel]->storage;
}

weir_channel_timing sizing_timing(const sizing *s, uint32_t stimulus, uint32_t channel,
                                  uint32_t depth) {
    weir_channel_timing timing = s->options->stimuli[stimulus].channels[channel];
    if (s->automatic[channel]) {
        bool memory = s->memory[channel] && depth > WEIR_SRL_DEPTH;
        weir_channel_timing_set(&timing, memory ? WEIR_LATENCY_MEMORY : WEIR_LATENCY_PLAIN, 0);
    }
    timing.depth = depth;
    return timing;
}

uint32_t sizing_floor(const sizing *s, uint32_t channel) {
    const weir_channel *c = s->of[channel];
    uint32_t least = weir_channel_least(c);
    if (s->automatic[channel]) {
        least = s->memory[channel] ? WEIR_SRL_DEPTH + 1 : 1;
        if (c->drained && !s->memory[channel]) least = weir_drained_depth(WEIR_LATENCY_PLAIN);
        /* The gap is of the maker's own FIFO, which a plain one in place of a memory is not. */
        if (c->storage == WEIR_STORAGE_SRL && c->gapless > least) least = c->gapless;
    }
    uint32_t initial = weir_net_channel_at(s->net, channel)->initial;
    return initial > least ? initial : least;
}

/* Words of memory: one beat of a memory FIFO is in its output register, and it has two words at
 * least; the pointers of one between clocks count modulo a power of two (rtl/weir_fifo_*.sv). */
static uint64_t words_of(const sizing *s, uint32_t channel, uint32_t depth) {
    const weir_channel *c = s->of[channel];
    if (c->latency == WEIR_LATENCY_CDC) {
        uint64_t words = 2;
        while (words < depth)
            words *= 2;
        return words;
    }
    if (sizing_storage(s, channel, depth) == WEIR_STORAGE_SRL) return depth;
    return depth > 2 ? depth - 1 : 2;
}

uint64_t sizing_cost(const sizing *s, uint32_t channel, uint32_t depth) {
    uint32_t bits = s->of[channel]->beat_bits;
    if (s->options->unit == WEIR_UNIT_BITS) return (uint64_t)depth * bits;
    weir_storage storage = sizing_storage(s, channel, depth);
    return weir_memory_weight(weir_memory_of(storage, words_of(s, channel, depth), bits));
}

uint64_t sizing_total(const sizing *s, const uint32_t *depths) {
    uint64_t total = 0;
    for (uint32_t c = 0; c < s->n; c++)
        total += sizing_cost(s, c, depths[c]);
    return total;
}

uint32_t sizing_top(const sizing *s, uint32_t channel, uint32_t depth) {
    if (s->options->unit == WEIR_UNIT_BITS) return depth;
    bool capped = s->automatic[channel] && !s->memory[channel] && depth <= WEIR_SRL_DEPTH;
    uint32_t end = capped ? WEIR_SRL_DEPTH : WEIR_MAX_DEPTH;
    uint64_t cost = sizing_cost(s, channel, depth);
    if (sizing_cost(s, channel, end) == cost) return end;
    uint32_t same = depth;
    while (end - same > 1) {
        uint32_t middle = same + (end - same) / 2;
        if (sizing_cost(s, channel, middle) == cost)
            same = middle;
        else
            end = middle;
    }
    return same;
}

uint32_t sizing_step_down(const sizing *s, uint32_t channel, uint32_t depth) {
    uint32_t least = sizing_floor(s, channel);
    if (depth <= least) return 0;
    if (s->options->unit == WEIR_UNIT_BITS) return depth - 1;
    uint64_t cost = sizing_cost(s, channel, depth);
    if (sizing_cost(s, channel, least) == cost) return 0;
    uint32_t same = depth; /* `least` costs less */
    while (same - least > 1) {
        uint32_t middle = least + (same - least) / 2;
        if (sizing_cost(s, channel, middle) < cost)
            least = middle;
        else
            same = middle;
    }
    return least;
}

/* ------------------------------------------------------------------ trials */

/* The stimulus as trials play it. */
static weir_replay_parameters trial_of(const sizing *s, uint32_t stimulus) {
    weir_replay_parameters trial = s->options->stimuli[stimulus];
    const sizing_target *target = &s->targets[stimulus];
    trial.drop = false; /* a source that never waits loses nothing */
    trial.no_steady = false;
    trial.until_ps = 0;
    if (target->latency || target->listed) return trial;
    trial.arrival_ps = NULL;
    trial.arrival_period_ps = target->pace_ps;
    trial.frames = target->trial_frames;
    return trial;
}

/* No more than `ps` for `frames` frames. */
static bool within(uint64_t ps, uint64_t frames, const sizing_target *target) {
    return (unsigned __int128)ps * target->frames <= (unsigned __int128)target->ps * frames;
}

bool sizing_meets(const sizing *s, uint32_t stimulus, const weir_replay_answer *answer) {
    const sizing_target *target = &s->targets[stimulus];
    if (answer->deadlock) return false;
    if (target->latency) return answer->latency_ps <= target->ps;
    if (target->listed) return answer->end_ps <= target->ps;
    if (answer->steady) return within(answer->steady_ps, answer->steady_frames, target);
    /* Frames that come as they should left no later than the first: it keeps up. FIFOs that fill or
     * drain by less than a beat a frame can hide the steady state for long. */
    uint64_t late = answer->end_ps - answer->latency_ps;
    return target->pace_ps > 0 && within(late, answer->n_frames - 1, target);
}

/* Time from a frame's arrival to its last beat out, the longest of all frames; without arrival
 * times all but the first would wait outside, so the first counts alone. */
static void longest_latency(sizing *s, const weir_replay_parameters *trial,
                            weir_replay_answer *answer) {
    weir_replay *replay = weir_replay_new(s->net);
    const weir_replay_result *result;
    if (weir_replay_run(replay, trial, WEIR_WANT_TIMES, &result, s->diag)) {
        answer->deadlock = result->deadlock;
        answer->n_frames = result->n_frames;
        answer->steady = result->steady;
        answer->steady_ps = result->steady_ps;
        answer->steady_frames = result->steady_frames;
        answer->events = result->events;
        answer->end_ps = result->end_ps;
        for (uint64_t f = 0; f < result->n_frames; f++) {
            uint64_t arrival =
                trial->arrival_ps != NULL ? trial->arrival_ps[f] : f * trial->arrival_period_ps;
            uint64_t took = result->last_out_ps[f] - arrival;
            if (took > answer->latency_ps) answer->latency_ps = took;
        }
    } else {
        answer->deadlock = true;
    }
    weir_replay_free(replay);
}

static bool waits_outside(const weir_replay_parameters *trial) {
    return trial->arrival_ps == NULL && trial->arrival_period_ps == 0;
}

/* Trials of one stimulus, `sets[i]` with depths[i]. */
static bool run_trials(sizing *s, uint32_t stimulus, const uint32_t *const *depths, uint32_t n_sets,
                       weir_replay_answer *answers) {
    weir_replay_parameters trial = trial_of(s, stimulus);
    bool latency = s->targets[stimulus].latency, good = true;
    weir_channel_timing *timings = weir_xcalloc((size_t)n_sets * s->n, sizeof *timings);
    weir_replay_parameters *sets = weir_xcalloc(n_sets, sizeof *sets);
    for (uint32_t i = 0; i < n_sets; i++) {
        for (uint32_t c = 0; c < s->n; c++)
            timings[(size_t)i * s->n + c] = sizing_timing(s, stimulus, c, depths[i][c]);
        sets[i] = trial;
        sets[i].channels = &timings[(size_t)i * s->n];
        if (latency && waits_outside(&trial)) sets[i].frames = 1;
    }
    memset(answers, 0, n_sets * sizeof *answers);
    if (latency && !waits_outside(&trial))
        for (uint32_t i = 0; i < n_sets; i++)
            longest_latency(s, &sets[i], &answers[i]);
    else
        good = weir_replay_many(s->net, sets, n_sets, s->options->threads, answers, s->diag);
    for (uint32_t i = 0; i < n_sets; i++)
        s->events += answers[i].events;
    s->evaluations += n_sets;
    free(sets);
    free(timings);
    return good;
}

bool sizing_run(sizing *s, uint32_t stimulus, const uint32_t *depths, weir_replay_answer *answer) {
    return run_trials(s, stimulus, &depths, 1, answer);
}

static void report(sizing *s, const char *what) {
    if (s->options->report == NULL) return;
    weir_work work = {.what = what, .done = s->evaluations, .total = 0};
    s->options->report(s->options->context, &work);
}

void sizing_test(sizing *s, const uint32_t *depths, uint32_t n_sets, bool *met) {
    const uint32_t **open = weir_xcalloc(n_sets, sizeof *open);
    uint32_t *which = weir_xcalloc(n_sets, sizeof *which), left = n_sets;
    weir_replay_answer *answers = weir_xcalloc(n_sets, sizeof *answers);
    for (uint32_t i = 0; i < n_sets; i++)
        which[i] = i, met[i] = false;
    for (uint32_t k = 0; k < s->options->n_stimuli && left > 0 && !sizing_stopped(s); k++) {
        for (uint32_t i = 0; i < left; i++)
            open[i] = depths + (size_t)which[i] * s->n;
        if (!run_trials(s, k, open, left, answers)) left = 0;
        uint32_t passed = 0;
        for (uint32_t i = 0; i < left; i++)
            if (sizing_meets(s, k, &answers[i])) which[passed++] = which[i];
        left = passed;
    }
    for (uint32_t i = 0; i < left && !sizing_stopped(s); i++)
        met[which[i]] = true;
    report(s, "sizing");
    free(answers);
    free(which);
    free(open);
}

bool sizing_verify(sizing *s, const uint32_t *depths) {
    bool good = true;
    for (uint32_t k = 0; k < s->options->n_stimuli && good; k++) {
        sizing_target *target = &s->targets[k];
        uint64_t frames = target->trial_frames;
        weir_replay_answer answer;
        if (frames < STEADY_FRAMES) target->trial_frames = STEADY_FRAMES;
        good = sizing_run(s, k, depths, &answer) && sizing_meets(s, k, &answer);
        target->trial_frames = frames;
    }
    return good;
}

/* ------------------------------------------------------------------ unbounded */

/* Depths that hold `frames` frames. */
static void deep(const sizing *s, uint64_t frames, uint32_t *depths) {
    for (uint32_t c = 0; c < s->n; c++) {
        uint64_t depth = frames * weir_net_frame_beats(s->net, c) + 64;
        uint32_t initial = weir_net_channel_at(s->net, c)->initial;
        depth += initial;
        depths[c] = depth < WEIR_MAX_DEPTH ? (uint32_t)depth : WEIR_MAX_DEPTH;
    }
}

/* One run with so deep FIFOs that none is ever full; false where it cannot be had. */
static bool run_deep(sizing *s, uint32_t stimulus, uint32_t *most, weir_replay_answer *answer) {
    weir_replay_parameters trial = trial_of(s, stimulus);
    if (s->targets[stimulus].latency && waits_outside(&trial))
        trial.frames = 1;
    else if (!s->targets[stimulus].listed)
        trial.frames = STEADY_FRAMES;
    uint32_t *depths = weir_xcalloc(s->n, sizeof *depths);
    weir_channel_timing *timings = weir_xcalloc(s->n, sizeof *timings);
    weir_replay *replay = weir_replay_new(s->net);
    bool found = false, good = true;
    for (uint64_t frames = 2; frames <= 64 && !found && good; frames *= 4) {
        deep(s, frames, depths);
        for (uint32_t c = 0; c < s->n; c++)
            timings[c] = sizing_timing(s, stimulus, c, depths[c]);
        trial.channels = timings;
        const weir_replay_result *result;
        good = weir_replay_run(replay, &trial, WEIR_WANT_OCCUPANCY, &result, s->diag);
        if (!good) break;
        s->events += result->events;
        s->evaluations++;
        found = true;
        for (uint32_t c = 0; c < s->n; c++) {
            if (result->max_occupancy[c] + 16 > depths[c] && depths[c] < WEIR_MAX_DEPTH)
                found = false;
            most[c] = result->max_occupancy[c];
        }
        *answer = (weir_replay_answer){.n_frames = result->n_frames,
                                       .latency_ps = result->latency_ps,
                                       .last_latency_ps = result->last_latency_ps,
                                       .end_ps = result->end_ps,
                                       .steady = result->steady,
                                       .deadlock = result->deadlock,
                                       .steady_from = result->steady_from,
                                       .steady_frames = result->steady_frames,
                                       .steady_ps = result->steady_ps};
    }
    weir_replay_free(replay);
    free(timings);
    free(depths);
    return found && good;
}

/* The steady interval where FIFOs hold two frames and nothing but they holds the source up: of a net
 * with feedback or pauses, whose interval no process by itself tells. */
static bool run_saturated(sizing *s, uint32_t stimulus, uint32_t *most,
                          weir_replay_answer *answer) {
    weir_replay_parameters trial = trial_of(s, stimulus);
    trial.frames = STEADY_FRAMES;
    trial.arrival_period_ps = s->options->stimuli[stimulus].arrival_period_ps;
    uint32_t *depths = weir_xcalloc(s->n, sizeof *depths);
    weir_channel_timing *timings = weir_xcalloc(s->n, sizeof *timings);
    deep(s, 2, depths);
    for (uint32_t c = 0; c < s->n; c++)
        timings[c] = sizing_timing(s, stimulus, c, depths[c]);
    trial.channels = timings;
    weir_replay *replay = weir_replay_new(s->net);
    const weir_replay_result *result;
    bool good = weir_replay_run(replay, &trial, WEIR_WANT_OCCUPANCY, &result, s->diag) &&
                result->steady && !result->deadlock;
    if (good) {
        memcpy(most, result->max_occupancy, s->n * sizeof *most);
        *answer = (weir_replay_answer){.n_frames = result->n_frames,
                                       .latency_ps = result->latency_ps,
                                       .steady = true,
                                       .steady_from = result->steady_from,
                                       .steady_frames = result->steady_frames,
                                       .steady_ps = result->steady_ps};
    } else {
        weir_error(s->diag, WEIR_NOWHERE,
                   "sizing: no steady state in %d frames with FIFOs that hold two frames",
                   STEADY_FRAMES);
    }
    weir_replay_free(replay);
    free(timings);
    free(depths);
    return good;
}

static void set_trial_frames(const sizing *s, sizing_target *target,
                             const weir_replay_answer *answer) {
    uint64_t steady = answer->steady_from + 2 * answer->steady_frames;
    /* Without a pace FIFOs before the bottleneck fill first. */
    target->trial_frames =
        s->patience * (target->pace_ps > 0 ? steady + SPARE_FRAMES : 2 * steady + 64);
}

static bool set_interval(sizing *s, uint32_t stimulus, uint64_t limit, bool *reached,
                         uint32_t *most) {
    const weir_replay_parameters *p = &s->options->stimuli[stimulus];
    sizing_target *target = &s->targets[stimulus];
    weir_replay_answer *answer = &target->unbounded;
    uint64_t pace = weir_net_slowest_ps(s->net, p);
    if (p->arrival_period_ps > pace) pace = p->arrival_period_ps;
    target->pace_ps = pace;
    bool paced = !weir_net_pauses(s->net, p) && run_deep(s, stimulus, most, answer) &&
                 answer->steady && answer->steady_ps == pace * answer->steady_frames;
    if (!paced) {
        if (!run_saturated(s, stimulus, most, answer)) return false;
        bool whole = answer->steady_ps % answer->steady_frames == 0;
        uint32_t *held = weir_xcalloc(s->n, sizeof *held);
        weir_replay_answer again = {0};
        target->pace_ps = whole ? answer->steady_ps / answer->steady_frames : 0;
        paced = whole && run_deep(s, stimulus, held, &again) && again.steady;
        if (paced)
            memcpy(most, held, s->n * sizeof *most);
        else
            target->pace_ps = 0;
        free(held);
    }
    target->ps = answer->steady_ps;
    target->frames = answer->steady_frames;
    set_trial_frames(s, target, answer);
    if (limit == 0) return true;
    if (within(limit, 1, target)) { /* no better than unbounded FIFOs */
        *reached = *reached && limit * target->frames == target->ps;
        return true;
    }
    target->ps = target->pace_ps = limit;
    target->frames = 1;
    weir_replay_answer slower = {0};
    if (run_deep(s, stimulus, most, &slower)) set_trial_frames(s, target, &slower);
    return true;
}

static bool set_latency(sizing *s, uint32_t stimulus, uint64_t limit, bool *reached,
                        const uint32_t *most) {
    sizing_target *target = &s->targets[stimulus];
    weir_replay_answer *answer = &target->unbounded;
    uint32_t *depths = weir_xcalloc(s->n, sizeof *depths);
    for (uint32_t c = 0; c < s->n; c++)
        depths[c] = most[c] + 16;
    bool good = sizing_run(s, stimulus, depths, answer);
    free(depths);
    target->ps = limit > answer->latency_ps ? limit : answer->latency_ps;
    *reached = *reached && answer->latency_ps <= limit;
    return good;
}

/* Sets the target of one stimulus from what unbounded FIFOs give. */
static bool set_target(sizing *s, uint32_t stimulus, uint64_t limit, bool *reached,
                       uint32_t *most) {
    const weir_replay_parameters *p = &s->options->stimuli[stimulus];
    sizing_target *target = &s->targets[stimulus];
    *target = (sizing_target){.latency = s->options->goal == WEIR_MAX_LATENCY,
                              .listed = p->arrival_ps != NULL,
                              .frames = 1};
    if (!target->latency && !target->listed) return set_interval(s, stimulus, limit, reached, most);
    weir_replay_answer *answer = &target->unbounded;
    if (!run_deep(s, stimulus, most, answer) || answer->deadlock)
        return weir_error(s->diag, WEIR_NOWHERE,
                          "sizing: unbounded FIFOs give no answer for stimulus %u", stimulus);
    if (target->latency) return set_latency(s, stimulus, limit, reached, most);
    target->ps = answer->end_ps;
    if (limit > 0 && answer->n_frames > 0) {
        uint64_t end = answer->latency_ps + (answer->n_frames - 1) * limit;
        *reached = *reached && answer->end_ps <= end;
        if (end > target->ps) target->ps = end;
    }
    return true;
}

bool sizing_unbounded(sizing *s, uint64_t limit, bool *reached) {
    uint32_t *most = weir_xcalloc(s->n, sizeof *most);
    bool good = true;
    *reached = true;
    memset(s->most, 0, s->n * sizeof *s->most);
    for (uint32_t k = 0; k < s->options->n_stimuli && good; k++) {
        good = set_target(s, k, limit, reached, most);
        for (uint32_t c = 0; c < s->n; c++)
            if (most[c] > s->most[c]) s->most[c] = most[c];
    }
    free(most);
    return good;
}

/* ------------------------------------------------------------------ the whole */

bool sizing_init(sizing *s, const weir_net *net, const weir_graph *graph,
                 const weir_size_options *options, weir_diag *diag) {
    *s = (sizing){.net = net, .graph = graph, .options = options, .diag = diag, .patience = 1};
    s->n = weir_net_channels(net);
    if (options->n_stimuli == 0)
        return weir_error(diag, WEIR_NOWHERE, "sizing: 0 stimuli, minimum 1");
    if (weir_graph_channels(graph) != s->n)
        return weir_error(diag, WEIR_NOWHERE, "sizing: the net has %u fifos, the graph %u", s->n,
                          weir_graph_channels(graph));
    s->of = weir_xcalloc(s->n, sizeof *s->of);
    s->automatic = weir_xcalloc(s->n, sizeof *s->automatic);
    s->memory = weir_xcalloc(s->n, sizeof *s->memory);
    s->most = weir_xcalloc(s->n, sizeof *s->most);
    s->alone = weir_xcalloc(s->n, sizeof *s->alone);
    s->targets = weir_xcalloc(options->n_stimuli, sizeof *s->targets);
    for (uint32_t c = 0; c < s->n; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        s->of[c] = channel;
        bool shallow = channel->depth <= WEIR_SRL_DEPTH;
        s->automatic[c] = channel->latency != WEIR_LATENCY_CDC &&
                          channel->storage == (shallow ? WEIR_STORAGE_SRL : WEIR_STORAGE_BRAM);
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t threads = options->threads > 0 ? options->threads : cores > 0 ? (uint32_t)cores : 1;
    s->lanes = 8 * threads; /* vector lanes of weir_replay_many */
    return true;
}

void sizing_done(sizing *s) {
    free(s->of);
    free(s->automatic);
    free(s->memory);
    free(s->most);
    free(s->alone);
    free(s->targets);
}
