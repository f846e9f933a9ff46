/* What takes over: the interval that is left when one thing is relaxed as far as it goes, and the
 * least that must be done to it for that. */
#include "base/arena.h"
#include "study/bottleneck.h"
#include "study/critical.h"
#include "study/pace.h"
#include <stdlib.h>
#include <string.h>

/* An interval, or that none was found (frames 0). */
typedef struct interval {
    uint64_t ps, frames;
} interval;

static int compare(interval a, interval b) {
    unsigned __int128 x = (unsigned __int128)a.ps * b.frames,
                      y = (unsigned __int128)b.ps * a.frames;
    return (x > y) - (x < y);
}

static bool less(interval a, interval b) {
    return a.frames > 0 && b.frames > 0 && compare(a, b) < 0;
}

static bool as_good(interval a, interval b) {
    return a.frames > 0 && compare(a, b) <= 0;
}

static interval interval_of(const weir_net *net, const weir_replay_parameters *parameters) {
    weir_replay_parameters as_run;
    weir_replay_answer answer;
    weir_diag *diag =
        weir_diag_new(); /* what does not run is no help: that is all there is to say */
    interval found = {0, 0};
    if (weir_net_steady(net, parameters, &as_run, &answer, diag) != WEIR_STEADY_NOT)
        found = (interval){answer.steady_ps, answer.steady_frames};
    weir_diag_free(diag);
    return found;
}

typedef struct search {
    const weir_net *net;
    const weir_replay_parameters *parameters;
    interval now;
    weir_diag *diag;
} search;

/* What binds once that is done, the process with the largest share; false where the walk does not find
 * the interval that was predicted. */
static bool binds_then(const search *s, const weir_net *net,
                       const weir_replay_parameters *parameters, weir_next *next) {
    weir_critical critical;
    bool good = weir_critical_find(net, parameters, NULL, &critical, s->diag) &&
                critical.frames > 0 &&
                compare((interval){critical.ps, critical.frames},
                        (interval){next->interval_ps, next->frames}) == 0;
    next->next_process = WEIR_NONE;
    for (uint32_t i = 0; i < critical.n_stretches && next->next_process == WEIR_NONE; i++)
        if (critical.stretches[i].cause == WEIR_CAUSE_COMPUTE)
            next->next_process = critical.stretches[i].process;
    weir_critical_free(&critical);
    return good;
}

/* ------------------------------------------------------------------ a process */

static interval paced_interval(const search *s, uint32_t process, uint64_t cycles) {
    const weir_schedule *schedule = weir_net_process_at(s->net, process)->schedule;
    weir_schedule *paced = weir_schedule_paced(schedule, cycles);
    if (paced == NULL) return (interval){0, 0};
    weir_net *net = weir_net_rescheduled(s->net, process, paced);
    interval found = interval_of(net, s->parameters);
    weir_net_free(net);
    weir_schedule_free(paced);
    return found;
}

static bool relax_alone(const search *s, uint32_t process, weir_next *next) {
    const weir_net_process *p = weir_net_process_at(s->net, process);
    uint64_t now = weir_schedule_cycles(p->schedule), fewest = weir_schedule_working(p->schedule);
    if (fewest == 0 || fewest >= now) return false;
    interval best = paced_interval(s, process, fewest);
    if (!less(best, s->now)) return false;
    /* So many cycles alone take as long as the best interval. */
    uint64_t high = best.ps * weir_net_turns(s->net, process) / best.frames /
                    s->parameters->domains[p->domain].period_ps;
    uint64_t low = fewest;
    if (high >= now) high = now - 1;
    if (high < low) high = low;
    if (as_good(paced_interval(s, process, high), best)) low = high;
    while (high - low > 1) { /* low does, high does not */
        uint64_t middle = low + (high - low) / 2;
        if (as_good(paced_interval(s, process, middle), best))
            low = middle;
        else
            high = middle;
    }
    *next = (weir_next){.kind = WEIR_CHANGE_PROCESS,
                        .process = process,
                        .channel = WEIR_NONE,
                        .from = now,
                        .value = low,
                        .interval_ps = best.ps,
                        .frames = best.frames};
    weir_schedule *paced = weir_schedule_paced(p->schedule, fewest);
    weir_net *net = weir_net_rescheduled(s->net, process, paced);
    bool good = binds_then(s, net, s->parameters, next);
    weir_net_free(net);
    weir_schedule_free(paced);
    return good;
}

/* With what others only send for it left out, where that does not change the interval by itself: then
 * it is not they who bind. */
static bool relax_process(const search *s, uint32_t process, weir_next *next) {
    if (weir_net_process_at(s->net, process)->kind != WEIR_PROCESS) return false;
    weir_unfed *unfed = weir_net_unfed(s->net, process);
    search own = *s;
    if (unfed != NULL) own.net = unfed->net;
    interval now = unfed != NULL ? interval_of(own.net, own.parameters) : s->now;
    bool found = now.frames > 0 && compare(now, s->now) == 0 && relax_alone(&own, process, next);
    weir_unfed_free(unfed);
    return found || (unfed != NULL && relax_alone(s, process, next));
}

/* ------------------------------------------------------------------ a full FIFO */

static weir_channel_timing *timings_of(const search *s) {
    uint32_t n = weir_net_channels(s->net);
    weir_channel_timing *timings = weir_xcalloc(n, sizeof *timings);
    memcpy(timings, s->parameters->channels, n * sizeof *timings);
    return timings;
}

static interval deep_interval(const search *s, uint32_t channel, uint32_t depth) {
    weir_channel_timing *timings = timings_of(s);
    weir_replay_parameters changed = *s->parameters;
    timings[channel].depth = depth;
    changed.channels = timings;
    interval found = interval_of(s->net, &changed);
    free(timings);
    return found;
}

static bool relax_depth(const search *s, uint32_t channel, weir_next *next) {
    uint32_t now = s->parameters->channels[channel].depth;
    /* A FIFO that holds two frames and what it holds now leaves nothing to be gained; one that long
     * takes to fill may have no steady state in so few frames, then a smaller one must do. */
    uint64_t most = now + 2 * weir_net_frame_beats(s->net, channel) + 16;
    uint32_t high = most < WEIR_MAX_DEPTH ? (uint32_t)most : WEIR_MAX_DEPTH;
    interval best = deep_interval(s, channel, high);
    while (best.frames == 0 && high > now + 1) {
        high = now + (high - now) / 2;
        best = deep_interval(s, channel, high);
    }
    if (!less(best, s->now)) return false;
    uint32_t deepest = high, low = now;
    while (high - low > 1) { /* high does, low does not */
        uint32_t middle = low + (high - low) / 2;
        if (as_good(deep_interval(s, channel, middle), best))
            high = middle;
        else
            low = middle;
    }
    *next = (weir_next){.kind = WEIR_CHANGE_DEPTH,
                        .process = WEIR_NONE,
                        .channel = channel,
                        .from = now,
                        .value = high,
                        .interval_ps = best.ps,
                        .frames = best.frames};
    weir_channel_timing *timings = timings_of(s);
    weir_replay_parameters changed = *s->parameters;
    timings[channel].depth = deepest;
    changed.channels = timings;
    bool good = binds_then(s, s->net, &changed, next);
    free(timings);
    return good;
}

/* ------------------------------------------------------------------ arrivals */

static bool relax_source(const search *s, uint32_t process, weir_next *next) {
    uint64_t now = s->parameters->arrival_period_ps;
    if (s->parameters->arrival_ps != NULL || now == 0) return false;
    if (weir_net_process_at(s->net, process)->kind != WEIR_SOURCE) return false;
    weir_replay_parameters changed = *s->parameters;
    changed.arrival_period_ps = 0;
    interval best = interval_of(s->net, &changed);
    if (!less(best, s->now)) return false;
    *next = (weir_next){.kind = WEIR_CHANGE_SOURCE,
                        .process = process,
                        .channel = WEIR_NONE,
                        .from = now,
                        .value = best.ps / best.frames,
                        .interval_ps = best.ps,
                        .frames = best.frames};
    return binds_then(s, s->net, &changed, next);
}

weir_next weir_next_find(const weir_net *net, const weir_replay_parameters *parameters,
                         const weir_critical *critical, weir_diag *diag) {
    weir_next next = {.kind = WEIR_CHANGE_NONE,
                      .process = WEIR_NONE,
                      .channel = WEIR_NONE,
                      .next_process = WEIR_NONE,
                      .interval_ps = critical->ps,
                      .frames = critical->frames};
    if (critical->frames == 0) return next;
    const weir_next none = next;
    search s = {net, parameters, {critical->ps, critical->frames}, diag};
    for (uint32_t i = 0; i < critical->n_stretches; i++) { /* the largest share first */
        const weir_stretch *stretch = &critical->stretches[i];
        bool found = false;
        if (stretch->cause == WEIR_CAUSE_COMPUTE)
            found = relax_process(&s, stretch->process, &next);
        if (stretch->cause == WEIR_CAUSE_SPACE) found = relax_depth(&s, stretch->channel, &next);
        if (stretch->cause == WEIR_CAUSE_OUTSIDE) found = relax_source(&s, stretch->process, &next);
        if (found) return next;
    }
    return none;
}
