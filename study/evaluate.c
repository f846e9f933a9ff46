#include "base/cache.h"
#include "hls/costs.h"
#include "study/evaluate_parts.h"
#include "study/reconfigure.h"
#include "traces/stimulus.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SETS = 256 }; /* points replayed together */

typedef struct member { /* a point on its way through the groups */
    uint32_t point;
    uint64_t structural; /* a bit a change: it needs a graph of its own */
    char *key;           /* the structural changes, a line each */
    bool done;
} member;

typedef struct group { /* members with one graph: members[first .. first + count - 1] */
    uint32_t first, count;
} group;

typedef struct work {
    const weir_evaluation *evaluation;
    const weir_point *points;
    weir_finding *findings;
    member *members;
    group *groups;
    uint32_t n_groups, threads;
    atomic_uint next;
    atomic_bool broken; /* nothing more can be evaluated: `diag` says why */
    pthread_mutex_t lock;
    weir_diag *diag;
} work;

/* ---- structures ---- */

weir_draft *weir_point_draft(const weir_design *base, const weir_point *point, weir_diag *diag) {
    weir_draft *draft = weir_draft_new(base);
    bool good = true;
    for (uint32_t c = 0; c < point->n_changes && good; c++)
        good = weir_change_apply(draft, point->changes[c].line, point->changes[c].loc, diag);
    if (good && draft->reload) good = weir_design_reload(draft->design, diag);
    if (good) return draft;
    weir_draft_free(draft);
    return NULL;
}

char *weir_scratch_folder(const weir_evaluation *evaluation, const weir_draft *draft) {
    weir_text *text = weir_text_new();
    weir_design_text(draft->design, draft->design->network_path, text);
    char key[WEIR_KEY_CHARS];
    weir_hash *hash = weir_hash_new();
    weir_hash_text(hash, weir_text_string(text));
    weir_hash_end(hash, key);
    weir_text_free(text);
    return weir_arena_printf(weir_design_arena(draft->design), "%s/%.16s", evaluation->scratch,
                             key);
}

static void sum_costs(weir_structure *s) {
    const weir_graph *graph = s->compiled->graph;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        s->fifo_bits += (uint64_t)channel->depth * channel->beat_bits;
        for (int r = 0; r < WEIR_RESOURCES && s->channels != NULL; r++)
            s->total.total[r] += s->channels[c].total[r];
    }
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        for (int r = 0; r < WEIR_RESOURCES && s->processes != NULL; r++)
            s->total.total[r] += s->processes[p].total[r];
}

static bool make_costs(weir_structure *s, const weir_evaluation *evaluation, weir_diag *diag) {
    const weir_graph *graph = s->compiled->graph;
    if (evaluation->source == WEIR_COST_NONE) return true;
    s->processes = weir_xcalloc(weir_graph_processes(graph) + 1, sizeof *s->processes);
    s->channels = weir_xcalloc(weir_graph_channels(graph) + 1, sizeof *s->channels);
    return weir_compiled_costs(s->compiled, evaluation->source, &evaluation->progress, s->processes,
                               s->channels, diag);
}

/* A crop has other features than those there are. */
static bool same_input(const weir_design *a, const weir_design *b) {
    return a->crop_rows == b->crop_rows && a->crop_columns == b->crop_columns;
}

bool weir_structure_make(weir_structure *s, const weir_evaluation *evaluation,
                         const weir_change *changes, uint32_t n_changes, weir_diag *diag) {
    const weir_point point = {"", n_changes, changes};
    *s = (weir_structure){.draft = weir_point_draft(evaluation->base, &point, diag)};
    if (s->draft == NULL) return false;
    bool needs_rtl =
        evaluation->source == WEIR_COST_SYNTHESIS && evaluation->base->imported == NULL;
    s->compiled = weir_compile(s->draft->design, NULL, diag);
    if (s->compiled == NULL) return false;
    s->broken = true;
    if (needs_rtl) {
        weir_compiled_free(s->compiled);
        s->compiled =
            weir_compile(s->draft->design, weir_scratch_folder(evaluation, s->draft), diag);
        if (s->compiled == NULL) return false;
    }
    if (!make_costs(s, evaluation, diag)) return false;
    sum_costs(s);
    if (s->draft->design->arrival_path != NULL) {
        s->arrival_ps = weir_xcalloc(evaluation->frames, sizeof *s->arrival_ps);
        if (!weir_arrival_load(s->arrival_ps, evaluation->frames, s->draft->design->arrival_path,
                               diag))
            return false;
    }
    if (evaluation->labelled != NULL && s->draft->design->network != NULL &&
        same_input(s->draft->design, evaluation->base))
        s->accuracy =
            weir_labelled_accuracy(evaluation->labelled, s->compiled, &s->accuracy_source);
    s->broken = false;
    s->net = weir_net_of_graph(s->compiled->graph, diag);
    return s->net != NULL;
}

void weir_structure_free(weir_structure *s) {
    weir_net_free(s->net);
    weir_compiled_free(s->compiled);
    weir_draft_free(s->draft);
    free(s->processes);
    free(s->channels);
    free(s->arrival_ps);
    *s = (weir_structure){0};
}

/* ---- refusals ---- */

static void refuse(weir_finding *finding, const weir_diag *diag) {
    finding->applied = false;
    for (size_t i = 0; i < weir_diag_count(diag); i++) {
        const weir_diag_item *item = weir_diag_at(diag, i);
        if (item->level != WEIR_ERROR) continue;
        if (item->file != NULL)
            weir_finding_refuse(finding, "%s:%d: %s", item->file, item->line, item->text);
        else
            weir_finding_refuse(finding, "%s", item->text);
        return;
    }
    weir_finding_refuse(finding, "it cannot be built");
}

/* ---- tuning ---- */

static void tuned_new(weir_tuned_point *t, const weir_structure *s) {
    const weir_graph *graph = s->compiled->graph;
    uint32_t n = weir_graph_channels(graph);
    *t = (weir_tuned_point){
        .domains = weir_xcalloc(weir_graph_domains(graph) + 1, sizeof *t->domains),
        .channels = weir_xcalloc(n + 1, sizeof *t->channels),
    };
    weir_replay_of_graph(graph, t->domains, t->channels);
    t->tuning = (weir_tuning){.graph = graph,
                              .design = s->draft->design,
                              .domains = t->domains,
                              .channels = t->channels,
                              .deepened = weir_xcalloc(n / 64 + 1, sizeof *t->tuning.deepened),
                              .arrival_period_ps = s->draft->design->arrival_period_ps,
                              .changed = weir_text_new()};
    weir_text_add(t->tuning.changed, weir_text_string(s->draft->changed));
}

static void tuned_free(weir_tuned_point *t) {
    free(t->domains);
    free(t->channels);
    free(t->tuning.deepened);
    weir_text_free(t->tuning.changed);
}

/* Word number `index` of two changes is the same. */
static bool same_word(const char *a, const char *b, int index) {
    for (;; index--) {
        a += strspn(a, " \t");
        b += strspn(b, " \t");
        size_t length = strcspn(a, " \t");
        if (index == 0) return strcspn(b, " \t") == length && memcmp(a, b, length) == 0;
        a += length;
        b += strcspn(b, " \t");
    }
}

/* Changes of the same thing are made in their order: where one of them needs a graph of its own the
 * others are made there too. */
static bool is_bound(const weir_point *point, const member *m, uint32_t change, bool ordered) {
    const char *line = point->changes[change].line;
    for (uint32_t c = 0; c < point->n_changes; c++) {
        const char *other = point->changes[c].line;
        if ((m->structural >> c & 1) == 0 || !same_word(line, other, 0)) continue;
        if ((ordered && c > change) || same_word(line, other, 1)) return true;
    }
    return false;
}

/* False: the point needs another graph, or (refused) can have none. */
static bool tune(weir_tuned_point *t, const weir_point *point, member *m, weir_finding *finding,
                 weir_arena *arena) {
    bool good = true;
    for (uint32_t c = 0; c < point->n_changes; c++) {
        if (m->structural >> c & 1) continue;
        weir_diag *diag = weir_diag_new();
        weir_words words;
        const weir_transform *transform =
            weir_change_parse(point->changes[c].line, point->changes[c].loc, arena, &words, diag);
        weir_tuned tuned = transform == NULL ? WEIR_TUNING_FAILED
                           : is_bound(point, m, c, transform->ordered)
                               ? WEIR_NOT_TUNED
                               : transform->tune(&t->tuning, &words, diag);
        if (tuned == WEIR_NOT_TUNED) m->structural |= UINT64_C(1) << c;
        if (tuned == WEIR_TUNING_FAILED) {
            refuse(finding, diag);
            m->done = true;
        }
        good = good && tuned == WEIR_TUNED;
        weir_diag_free(diag);
    }
    return good;
}

/* ---- answers ---- */

/* The long way, for who waits for whom. */
static void explain_deadlock(const weir_structure *s, const weir_replay_parameters *parameters,
                             weir_finding *finding) {
    weir_diag *diag = weir_diag_new();
    weir_replay *replay = weir_replay_new(s->net);
    const weir_replay_result *result = NULL;
    if (!weir_replay_run(replay, parameters, 0, &result, diag)) {
        refuse(finding, diag);
    } else if (result->deadlock) {
        const weir_replay_wait *wait = result->n_waits > 0 ? &result->waits[0] : NULL;
        for (uint32_t w = 0; w < result->n_waits; w++)
            if (result->waits[w].full) wait = &result->waits[w];
        const weir_graph *graph = s->compiled->graph;
        finding->applied = false;
        weir_finding_refuse(
            finding, "deadlock at %" PRIu64 " ps: %s waits for %s %s", result->deadlock_ps,
            wait != NULL ? weir_graph_process(graph, wait->process)->name : "a process",
            wait != NULL && wait->full ? "space in" : "a beat of",
            wait != NULL && wait->channel != WEIR_NONE
                ? weir_graph_channel(graph, wait->channel)->name
                : "a FIFO");
    }
    weir_replay_free(replay);
    weir_diag_free(diag);
}

static void take_answer(const weir_structure *s, const weir_replay_answer *answer,
                        const weir_replay_parameters *parameters, weir_finding *finding) {
    if (answer->deadlock) {
        explain_deadlock(s, parameters, finding);
        return;
    }
    weir_finding_set(finding, WEIR_FIGURE_LATENCY, (double)answer->latency_ps, "replay");
    if (answer->steady)
        weir_finding_set(finding, WEIR_FIGURE_INTERVAL,
                         (double)answer->steady_ps / (double)answer->steady_frames, "replay");
    else if (answer->n_frames > 1) /* the mean over the later half of the frames */
        weir_finding_set(finding, WEIR_FIGURE_INTERVAL,
                         (double)(answer->end_ps - answer->half_ps) /
                             (double)(answer->n_frames - 1 - answer->half),
                         "replay");
    double interval = finding->value[WEIR_FIGURE_INTERVAL];
    if (finding->source[WEIR_FIGURE_INTERVAL] != NULL && interval > 0)
        weir_finding_set(finding, WEIR_FIGURE_FPS, 1e12 / interval, "replay");
}

/* Parts that are loaded in turn have times of their own, whatever all of them at once do. */
static void take_turns(const weir_structure *s, const weir_evaluation *evaluation,
                       const weir_tuned_point *point, weir_finding *finding) {
    weir_diag *diag = weir_diag_new();
    if (!weir_reconfigured_point(s, evaluation, point, finding, diag)) refuse(finding, diag);
    weir_diag_free(diag);
}

/* Replays the tuned members of a group, SETS at a time. */
static void replay_group(work *w, const weir_structure *s, member **ready, weir_tuned_point *tuned,
                         uint32_t n) {
    weir_replay_parameters *sets = weir_xcalloc(n + 1, sizeof *sets);
    weir_replay_answer *answers = weir_xcalloc(n + 1, sizeof *answers);
    const weir_design *design = s->draft->design;
    const char **pauses =
        weir_graph_pauses(s->compiled->graph, design->source_pause, design->sink_pause);
    for (uint32_t i = 0; i < n; i++)
        sets[i] =
            (weir_replay_parameters){.domains = tuned[i].domains,
                                     .channels = tuned[i].channels,
                                     .frames = w->evaluation->frames,
                                     .arrival_ps = tuned[i].tuning.periodic ? NULL : s->arrival_ps,
                                     .arrival_period_ps = tuned[i].tuning.arrival_period_ps,
                                     .drop = design->drop,
                                     .pauses = pauses};
    weir_diag *diag = weir_diag_new();
    bool good = weir_replay_many(s->net, sets, n, w->n_groups > 1 ? 1 : w->threads, answers, diag);
    for (uint32_t i = 0; i < n; i++) {
        weir_finding *finding = &w->findings[ready[i]->point];
        finding->changed = weir_xstrdup(weir_text_string(tuned[i].tuning.changed));
        finding->applied = finding->feasible = good;
        ready[i]->done = true;
        if (s->accuracy_source != NULL)
            weir_finding_set(finding, WEIR_FIGURE_ACCURACY, s->accuracy, s->accuracy_source);
        if (good) {
            weir_structure_costs(s, w->evaluation, &tuned[i], finding);
            if (s->draft->turns.n_parts > 0) {
                take_turns(s, w->evaluation, &tuned[i], finding);
                continue;
            }
            take_answer(s, &answers[i], &sets[i], finding);
            weir_structure_power(s, w->evaluation, &tuned[i], finding);
        } else {
            refuse(finding, diag);
        }
    }
    weir_diag_free(diag);
    free(pauses);
    free(sets);
    free(answers);
}

static void tune_group(work *w, const weir_structure *s, const group *g) {
    weir_tuned_point tuned[SETS];
    member *ready[SETS];
    weir_arena *arena = weir_arena_new();
    for (uint32_t from = 0; from < g->count; from += SETS) {
        uint32_t n = 0;
        for (uint32_t i = from; i < g->count && i < from + SETS; i++) {
            member *m = &w->members[g->first + i];
            tuned_new(&tuned[n], s);
            ready[n] = m;
            if (tune(&tuned[n], &w->points[m->point], m, &w->findings[m->point], arena))
                n++;
            else
                tuned_free(&tuned[n]);
        }
        replay_group(w, s, ready, tuned, n);
        for (uint32_t i = 0; i < n; i++)
            tuned_free(&tuned[i]);
    }
    weir_arena_free(arena);
}

/* What cannot be built may become so by the changes that would be tuned: then once more, with them. */
static void refuse_group(work *w, const group *g, const weir_diag *diag) {
    for (uint32_t i = 0; i < g->count; i++) {
        member *m = &w->members[g->first + i];
        uint32_t n = w->points[m->point].n_changes;
        uint64_t all = n < WEIR_POINT_CHANGES ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
        if (m->structural != all) {
            m->structural = all;
            continue;
        }
        refuse(&w->findings[m->point], diag);
        m->done = true;
    }
}

static void give_up(work *w, const weir_diag *diag) {
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < weir_diag_count(diag) && !atomic_load(&w->broken); i++) {
        const weir_diag_item *item = weir_diag_at(diag, i);
        weir_diag_add(w->diag, item->level, (weir_loc){item->file, item->line}, "%s", item->text);
    }
    atomic_store(&w->broken, true);
    pthread_mutex_unlock(&w->lock);
}

static void evaluate_group(work *w, const group *g) {
    const member *first = &w->members[g->first];
    const weir_point *point = &w->points[first->point];
    weir_change *changes = weir_xcalloc(point->n_changes + 1, sizeof *changes);
    uint32_t n = 0;
    for (uint32_t c = 0; c < point->n_changes; c++)
        if (first->structural >> c & 1) changes[n++] = point->changes[c];
    weir_diag *diag = weir_diag_new();
    weir_structure structure;
    if (weir_structure_make(&structure, w->evaluation, changes, n, diag))
        tune_group(w, &structure, g);
    else if (structure.broken)
        give_up(w, diag);
    else
        refuse_group(w, g, diag);
    weir_structure_free(&structure);
    weir_diag_free(diag);
    free(changes);
}

/* ---- groups ---- */

static void *worker(void *context) {
    work *w = context;
    const volatile int *stop = w->evaluation->progress.stop;
    for (;;) {
        uint32_t g = atomic_fetch_add(&w->next, 1);
        if (g >= w->n_groups || atomic_load(&w->broken) || (stop != NULL && *stop != 0))
            return NULL;
        evaluate_group(w, &w->groups[g]);
    }
}

static void run_groups(work *w) {
    /* Synthesis has a pool of its own. */
    uint32_t threads = w->evaluation->source == WEIR_COST_SYNTHESIS ? 1 : w->threads;
    if (threads > w->n_groups) threads = w->n_groups;
    pthread_t *running = weir_xcalloc(threads + 1, sizeof *running);
    uint32_t started = 0;
    atomic_store(&w->next, 0);
    while (started + 1 < threads && pthread_create(&running[started], NULL, worker, w) == 0)
        started++;
    worker(w);
    for (uint32_t t = 0; t < started; t++)
        pthread_join(running[t], NULL);
    free(running);
}

static void set_key(member *m, const weir_point *point) {
    weir_text *key = weir_text_new();
    for (uint32_t c = 0; c < point->n_changes; c++)
        if (m->structural >> c & 1) weir_text_addf(key, "%s\n", point->changes[c].line);
    free(m->key);
    m->key = weir_xstrdup(weir_text_string(key));
    weir_text_free(key);
}

static int by_key(const void *a, const void *b) {
    const member *x = a, *y = b;
    if (x->done != y->done) return x->done ? 1 : -1;
    int order = x->done ? 0 : strcmp(x->key, y->key); /* what is done may have none */
    if (order != 0) return order;
    return x->point < y->point ? -1 : x->point > y->point;
}

/* Members that are not done, by key; how many there are. */
static uint32_t make_groups(work *w, uint32_t n) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!w->members[i].done) {
            set_key(&w->members[i], &w->points[w->members[i].point]);
            left++;
        }
    qsort(w->members, n, sizeof *w->members, by_key);
    w->n_groups = 0;
    for (uint32_t i = 0; i < left; i++) {
        if (i > 0 && strcmp(w->members[i - 1].key, w->members[i].key) == 0)
            w->groups[w->n_groups - 1].count++;
        else
            w->groups[w->n_groups++] = (group){i, 1};
    }
    return left;
}

/* Changes that no transform tunes need a graph of their own from the start. */
static void find_structural(member *m, const weir_point *point, weir_finding *finding) {
    weir_arena *arena = weir_arena_new();
    weir_diag *diag = weir_diag_new();
    for (uint32_t c = 0; c < point->n_changes && !m->done; c++) {
        weir_words words;
        const weir_transform *transform =
            weir_change_parse(point->changes[c].line, point->changes[c].loc, arena, &words, diag);
        if (transform != NULL && transform->tune == NULL) m->structural |= UINT64_C(1) << c;
        m->done = transform == NULL;
    }
    if (m->done) refuse(finding, diag);
    weir_diag_free(diag);
    weir_arena_free(arena);
}

static bool check_points(const weir_point *points, uint32_t n, weir_diag *diag) {
    for (uint32_t p = 0; p < n; p++)
        if (points[p].n_changes > WEIR_POINT_CHANGES)
            return weir_error(diag, points[p].changes[0].loc,
                              "point \"%s\": %u changes, at most %d", points[p].name,
                              points[p].n_changes, WEIR_POINT_CHANGES);
    return true;
}

bool weir_evaluate(const weir_evaluation *evaluation, const weir_point *points, uint32_t n_points,
                   weir_finding *findings, weir_diag *diag) {
    if (!check_points(points, n_points, diag)) return false;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    work w = {.evaluation = evaluation,
              .points = points,
              .findings = findings,
              .members = weir_xcalloc(n_points + 1, sizeof *w.members),
              .groups = weir_xcalloc(n_points + 1, sizeof *w.groups),
              .lock = PTHREAD_MUTEX_INITIALIZER,
              .diag = diag,
              .threads = evaluation->threads > 0 ? evaluation->threads
                         : cores > 0             ? (uint32_t)cores
                                                 : 1};
    for (uint32_t p = 0; p < n_points; p++) {
        w.members[p].point = p;
        findings[p] = (weir_finding){0};
        find_structural(&w.members[p], &points[p], &findings[p]);
    }
    const volatile int *stop = evaluation->progress.stop;
    while (make_groups(&w, n_points) > 0 && !atomic_load(&w.broken) && (stop == NULL || *stop == 0))
        run_groups(&w);
    bool whole = true;
    for (uint32_t p = 0; p < n_points; p++) {
        whole = whole && w.members[p].done;
        free(w.members[p].key);
    }
    free(w.members);
    free(w.groups);
    if (whole || atomic_load(&w.broken)) return whole;
    return weir_error(diag, WEIR_NOWHERE, "study: stopped before it was finished");
}
