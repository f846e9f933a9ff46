/* Bottleneck: walks back from the last output, along what bound each event.
 *
 * The first frame's walk ends where the frame came in. In the steady state every event has a twin
 * one period (`steady_frames` frames, `steady_ps`) earlier that was bound by the twin of what bound
 * it; so the walk is kept within the last period of the trace, by going on from the later twin
 * whenever it leaves it. Events in one period are finite: it must come round, and then what it has
 * gone through since is the critical cycle. (R. P. Brent's method finds the cycle without a memory
 * of what was visited.)
 */
#include "study/bottleneck.h"
#include "base/arena.h"
#include "study/critical.h"
#include "study/history.h"
#include "study/pace.h"
#include <stdlib.h>
#include <string.h>

const char *weir_cause_name(weir_cause cause) {
    static const char *const names[] = {"compute", "transfer", "space", "crossing", "outside"};
    return names[cause];
}

/* ------------------------------------------------------------------ adding up */

typedef struct tally {
    uint32_t n_processes, n_channels;
    uint64_t *ps; /* of (cause, process or channel) */
    uint32_t *process;
} tally;

enum { N_CAUSES = WEIR_CAUSE_OUTSIDE + 1 };

static tally tally_new(const weir_net *net) {
    tally t = {weir_net_processes(net), weir_net_channels(net), NULL, NULL};
    t.ps = weir_xcalloc((size_t)N_CAUSES * (t.n_processes + t.n_channels), sizeof *t.ps);
    t.process = weir_xcalloc(t.n_channels, sizeof *t.process);
    return t;
}

static void tally_free(tally *t) {
    free(t->ps);
    free(t->process);
}

static void tally_add(tally *t, weir_cause cause, uint32_t process, uint32_t channel, uint64_t ps) {
    uint32_t at = channel == WEIR_NONE ? process : t->n_processes + channel;
    t->ps[(size_t)cause * (t->n_processes + t->n_channels) + at] += ps;
    if (channel != WEIR_NONE && cause == WEIR_CAUSE_SPACE) t->process[channel] = process;
}

static int by_share(const void *a, const void *b) {
    const weir_stretch *x = a, *y = b;
    if (x->ps != y->ps) return x->ps < y->ps ? 1 : -1;
    if (x->cause != y->cause) return (int)x->cause - (int)y->cause;
    if (x->channel != y->channel) return x->channel < y->channel ? -1 : 1;
    return x->process < y->process ? -1 : 1;
}

static weir_critical tally_sum(const tally *t, uint64_t frames) {
    uint32_t all = t->n_processes + t->n_channels;
    weir_critical critical = {.frames = frames};
    critical.stretches = weir_xcalloc((size_t)N_CAUSES * all, sizeof *critical.stretches);
    critical.channels_full = weir_xcalloc(t->n_channels, sizeof *critical.channels_full);
    for (uint32_t cause = 0; cause < N_CAUSES; cause++)
        for (uint32_t i = 0; i < all; i++) {
            uint64_t ps = t->ps[(size_t)cause * all + i];
            if (ps == 0) continue;
            bool of_channel = i >= t->n_processes;
            uint32_t channel = of_channel ? i - t->n_processes : WEIR_NONE;
            bool space = cause == WEIR_CAUSE_SPACE;
            uint32_t process = !of_channel ? i : space ? t->process[channel] : WEIR_NONE;
            critical.stretches[critical.n_stretches++] =
                (weir_stretch){(weir_cause)cause, process, channel, ps, 0};
            if (space) critical.channels_full[critical.n_channels_full++] = channel;
            critical.ps += ps;
        }
    for (uint32_t i = 0; i < critical.n_stretches; i++)
        critical.stretches[i].share = (double)critical.stretches[i].ps / (double)critical.ps;
    if (critical.n_stretches > 1)
        qsort(critical.stretches, critical.n_stretches, sizeof *critical.stretches, by_share);
    return critical;
}

void weir_critical_free(weir_critical *critical) {
    free(critical->stretches);
    free(critical->channels_full);
    *critical = (weir_critical){0};
}

/* ------------------------------------------------------------------ walking */

typedef struct walk {
    weir_history *history;
    weir_event at;
    uint64_t ps;             /* of `at` */
    int64_t moved;           /* frames by which `at` stands later than where the walk really is */
    uint64_t base;           /* first frame of the period kept to; 0: go back without end */
    uint64_t frames, length; /* of a period, and its ps */
    bool periodic;           /* so far every event was where its twin says */
} walk;

/* One event back. `binding->before` is where it really was; false: nothing came before. */
static bool step_back(walk *w, weir_binding *binding, uint64_t *took) {
    if (!weir_history_before(w->history, w->at, binding)) {
        w->periodic = false;
        return false;
    }
    if (binding->first) return false;
    weir_event before = binding->before;
    uint64_t ps = weir_history_ps(w->history, before);
    *took = w->ps - ps;
    uint64_t frame = w->base > 0 ? weir_history_frame(w->history, before) : 0;
    if (frame < w->base) {
        uint64_t periods = (w->base - frame + w->frames - 1) / w->frames;
        before = weir_history_shift(w->history, before, (int64_t)(periods * w->frames));
        uint64_t twin = weir_history_ps(w->history, before);
        w->moved += (int64_t)(periods * w->frames);
        w->periodic = w->periodic && twin == ps + periods * w->length;
        ps = twin;
    }
    w->at = before;
    w->ps = ps;
    return w->periodic;
}

static void add_stretch(tally *t, weir_event event, const weir_binding *binding, uint64_t took) {
    uint64_t pause = binding->pause_ps < took ? binding->pause_ps : took;
    if (pause > 0) tally_add(t, WEIR_CAUSE_OUTSIDE, event.process, WEIR_NONE, pause);
    tally_add(t, binding->cause, binding->process, binding->channel, took - pause);
}

/* From the first frame's last output to where the frame came in. */
static bool walk_latency(weir_history *history, const weir_net *net, uint64_t first_in_ps,
                         weir_critical *latency) {
    walk w = {.history = history, .at = weir_history_last_out(history, 0), .periodic = true};
    w.ps = weir_history_ps(history, w.at);
    tally t = tally_new(net);
    while (w.ps > first_in_ps) {
        weir_binding binding;
        weir_event event = w.at;
        uint64_t from = w.ps, took = 0;
        if (!step_back(&w, &binding, &took)) {
            if (!binding.first) break;
            took = from - first_in_ps; /* it stood ready before the frame came */
            w.ps = first_in_ps;
        }
        if (took > from - first_in_ps) took = from - first_in_ps;
        add_stretch(&t, event, &binding, took);
    }
    if (w.periodic) *latency = tally_sum(&t, 1);
    tally_free(&t);
    return w.periodic;
}

static bool same_event(weir_event a, weir_event b) {
    return a.kind == b.kind && a.process == b.process && a.node == b.node && a.index == b.index;
}

/* Finds the cycle, then goes round it once more and adds it up. False where the times are not yet
 * periodic. */
static bool walk_interval(weir_history *history, const weir_net *net,
                          const weir_replay_result *result, uint64_t frames, uint64_t ps,
                          weir_critical *interval) {
    uint64_t n = result->n_frames;
    walk w = {.history = history,
              .at = weir_history_last_out(history, n - 1),
              .base = n - frames,
              .frames = frames,
              .length = ps,
              .periodic = true};
    w.ps = weir_history_ps(history, w.at);
    weir_binding binding;
    uint64_t took;
    weir_event marked = w.at;
    for (uint64_t steps = 0, power = 1;;) {
        if (!step_back(&w, &binding, &took)) return false;
        if (same_event(w.at, marked)) break;
        if (++steps < power) continue;
        steps = 0;
        power *= 2;
        marked = w.at;
    }
    tally t = tally_new(net);
    int64_t moved = w.moved;
    do {
        weir_event event = w.at;
        if (!step_back(&w, &binding, &took)) break;
        add_stretch(&t, event, &binding, took);
    } while (!same_event(w.at, marked));
    if (w.periodic) *interval = tally_sum(&t, (uint64_t)(w.moved - moved));
    tally_free(&t);
    return w.periodic;
}

/* The same place in the program of a frame, some frames earlier: how many; 0: it is not. */
static uint64_t frames_between(weir_history *history, weir_event later, weir_event earlier) {
    if (later.kind != earlier.kind || later.process != earlier.process ||
        later.node != earlier.node || later.index <= earlier.index)
        return 0;
    uint64_t frames = weir_history_frame(history, later) - weir_history_frame(history, earlier);
    weir_event twin = weir_history_shift(history, earlier, (int64_t)frames);
    return same_event(twin, later) ? frames : 0;
}

/* Where the times are not periodic yet: a way back from an event to the same place of an earlier frame
 * in just the time that so many intervals take. As any such way bounds the interval from below, and
 * it is known to be no longer, that is the critical cycle. */
static bool walk_bound(weir_history *history, const weir_net *net, const weir_replay_result *result,
                       uint64_t frames, uint64_t ps, weir_critical *interval) {
    walk w = {.history = history, .periodic = true};
    w.at = weir_history_last_out(history, result->n_frames - 1);
    w.ps = weir_history_ps(history, w.at);
    weir_binding binding;
    weir_event marked = w.at;
    uint64_t took, marked_ps = w.ps, between = 0;
    for (uint64_t steps = 0, power = 1;;) {
        if (!step_back(&w, &binding, &took)) return false;
        between = frames_between(history, marked, w.at);
        if (between > 0 && (marked_ps - w.ps) * frames == between * ps) break;
        if (++steps < power) continue;
        steps = 0;
        power *= 2;
        marked = w.at;
        marked_ps = w.ps;
    }
    weir_event end = w.at;
    tally t = tally_new(net);
    w.at = marked;
    w.ps = marked_ps;
    while (!same_event(w.at, end)) {
        weir_event event = w.at;
        if (!step_back(&w, &binding, &took)) break;
        add_stretch(&t, event, &binding, took);
    }
    *interval = tally_sum(&t, between);
    tally_free(&t);
    return true;
}

/* ------------------------------------------------------------------ the whole */

typedef struct finding {
    const weir_net *net;
    weir_replay_parameters parameters;
    weir_steady_by by;
    uint64_t steady_frames, steady_ps;
    weir_critical *latency, *interval;
    weir_diag *diag;
} finding;

static bool find_interval(const finding *f, weir_history *history,
                          const weir_replay_result *result) {
    if (f->by == WEIR_STEADY_BOUND)
        return walk_bound(history, f->net, result, f->steady_frames, f->steady_ps, f->interval);
    return result->n_frames > f->steady_frames &&
           walk_interval(history, f->net, result, f->steady_frames, f->steady_ps, f->interval);
}

/* Traces `frames` frames and walks. 1: done; 0: more frames are needed; -1: it cannot be. */
static int walk_trace(finding *f, uint64_t frames) {
    weir_replay_parameters traced = f->parameters;
    traced.frames = frames;
    traced.no_steady = true;
    weir_replay *replay = weir_replay_new(f->net);
    const weir_replay_result *result;
    int done = -1;
    if (weir_replay_run(replay, &traced, WEIR_WANT_TRACE | WEIR_WANT_TIMES, &result, f->diag) &&
        result->n_frames > 0) {
        weir_history *history = weir_history_new(f->net, &traced, result, f->diag);
        if (history != NULL) {
            done = 1;
            if (f->latency != NULL && f->latency->frames == 0 &&
                !walk_latency(history, f->net, result->first_in_ps[0], f->latency)) {
                weir_error(f->diag, WEIR_NOWHERE,
                           "an event of the replay has no cause: its net and its times do not "
                           "belong together");
                done = -1;
            }
            if (done > 0 && f->by != WEIR_STEADY_NOT) done = find_interval(f, history, result);
        }
        weir_history_free(history);
    }
    weir_replay_free(replay);
    return done;
}

bool weir_critical_find(const weir_net *net, const weir_replay_parameters *parameters,
                        weir_critical *latency, weir_critical *interval, weir_diag *diag) {
    enum { BOUND_FRAMES = 6 };
    if (latency != NULL) *latency = (weir_critical){0};
    *interval = (weir_critical){0};
    weir_replay_answer first;
    finding f = {.net = net, .latency = latency, .interval = interval, .diag = diag};
    f.by = weir_net_steady(net, parameters, &f.parameters, &first, diag);
    if (first.n_frames == 0)
        return weir_error(diag, WEIR_NOWHERE,
                          "no frame left the design%s: there is no bottleneck to speak of",
                          first.deadlock ? ", it is in a deadlock" : "");
    f.steady_frames = first.steady_frames;
    f.steady_ps = first.steady_ps;
    uint64_t frames = 1, most = 1;
    if (f.by == WEIR_STEADY_BOUND) { /* the walk is along the run as it is given */
        f.parameters = *parameters;
        most = 4 * (frames = BOUND_FRAMES);
    } else if (f.by != WEIR_STEADY_NOT) {
        frames = first.steady_from + first.steady_frames + 2;
        most = parameters->frames > 2 * frames ? parameters->frames : 2 * frames;
    }
    if (parameters->arrival_ps != NULL) most = parameters->frames;
    for (;;) {
        if (frames > most) frames = most;
        int done = walk_trace(&f, frames);
        if (done != 0) return done > 0;
        if (frames == most) return true; /* without the interval */
        frames *= 2;
    }
}

weir_bottleneck *weir_bottleneck_find(const weir_net *net, const weir_replay_parameters *parameters,
                                      weir_diag *diag) {
    weir_bottleneck *bottleneck = weir_xcalloc(1, sizeof *bottleneck);
    if (!weir_critical_find(net, parameters, &bottleneck->latency, &bottleneck->interval, diag)) {
        weir_bottleneck_free(bottleneck);
        return NULL;
    }
    bottleneck->next = weir_next_find(net, parameters, &bottleneck->interval, diag);
    return bottleneck;
}

void weir_bottleneck_free(weir_bottleneck *bottleneck) {
    if (bottleneck == NULL) return;
    weir_critical_free(&bottleneck->latency);
    weir_critical_free(&bottleneck->interval);
    free(bottleneck);
}
