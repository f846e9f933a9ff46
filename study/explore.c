#include "study/explore.h"
#include "base/tool.h"
#include "study/sample.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Points that are evaluated and stored together: as many as take about so long. */
enum { FIRST_BATCH = 32, MOST_BATCH = 4096 };
#define BATCH_SECONDS 0.5

typedef struct exploring {
    weir_exploration answer; /* first: a pointer to it is a pointer to this */
    weir_arena *arena;
    weir_evaluation evaluation;
    weir_store *store;
    const weir_explore_options *options;
    char base_key[WEIR_KEY_CHARS]; /* of all that points share */
    uint32_t room;
    uint32_t batch;
    weir_diag *diag;
} exploring;

/* ---- keys ---- */

static bool make_base_key(exploring *e) {
    const weir_study_file *file = e->answer.file;
    const weir_design *base = e->answer.base;
    weir_text *text = weir_text_new();
    weir_design_text(base, base->network_path != NULL ? base->network_path : "", text);
    weir_text_addf(text, "version %s\nframes %" PRIu64 "\nresources %s\ngrade %s\n",
                   WEIR_VERSION_TEXT, file->frames, weir_cost_source_name(file->source),
                   file->grade != NULL ? file->grade : "");
    weir_hash *hash = weir_hash_new();
    weir_hash_text(hash, weir_text_string(text));
    weir_text_free(text);
    bool good = base->network_path == NULL || weir_hash_file(hash, base->network_path, e->diag);
    if (base->arrival_path != NULL)
        good = weir_hash_file(hash, base->arrival_path, e->diag) && good;
    const char *data[] = {file->features, file->labels};
    for (int d = 0; d < 2; d++)
        if (data[d] != NULL) good = weir_hash_file(hash, data[d], e->diag) && good;
    const char *import = base->imported != NULL
                             ? weir_arena_printf(e->arena, "%s/import.cfg", base->imported->folder)
                             : NULL;
    if (import != NULL) good = weir_hash_file(hash, import, e->diag) && good;
    weir_hash_end(hash, e->base_key);
    return good;
}

static void point_key(const exploring *e, const weir_point *point, char key[WEIR_KEY_CHARS]) {
    weir_hash *hash = weir_hash_new();
    weir_hash_text(hash, e->base_key);
    for (uint32_t c = 0; c < point->n_changes; c++)
        weir_hash_text(hash, point->changes[c].line);
    weir_hash_end(hash, key);
}

/* ---- points ---- */

/* The baseline's changes come before a point's own. */
static weir_point with_base(exploring *e, const weir_point *point) {
    const weir_study_file *file = e->answer.file;
    uint32_t n = file->n_base + point->n_changes;
    weir_change *changes = WEIR_NEW(e->arena, weir_change, n + 1);
    memcpy(changes, file->base, file->n_base * sizeof *changes);
    memcpy(changes + file->n_base, point->changes, point->n_changes * sizeof *changes);
    return (weir_point){point->name, n, changes};
}

static weir_found *add_point(exploring *e, const weir_point *point) {
    weir_exploration *answer = &e->answer;
    if (answer->n_found == e->room) {
        e->room = e->room > 0 ? 2 * e->room : 64;
        answer->found = weir_xrealloc(answer->found, e->room * sizeof *answer->found);
    }
    weir_found *found = &answer->found[answer->n_found++];
    *found = (weir_found){.point = with_base(e, point)};
    point_key(e, &found->point, found->hash);
    return found;
}

/* The study's constraints are not the store's business: they may be others the next time. */
static void check_limits(const weir_study_file *file, weir_finding *finding) {
    for (uint32_t l = 0; l < file->n_limits; l++) {
        const weir_limit *limit = &file->limits[l];
        if (finding->source[limit->figure] == NULL) {
            weir_finding_refuse(finding, "%s: not known", limit->text);
            continue;
        }
        double value = finding->value[limit->figure];
        if (limit->at_most ? value > limit->value : value < limit->value)
            weir_finding_refuse(finding, "%s: it is %.10g", limit->text, value);
    }
}

static bool evaluate_batch(exploring *e, weir_found **wanted, uint32_t n) {
    weir_point *points = weir_xcalloc(n + 1, sizeof *points);
    weir_finding *findings = weir_xcalloc(n + 1, sizeof *findings);
    char(*hashes)[WEIR_KEY_CHARS] = weir_xcalloc(n + 1, sizeof *hashes);
    for (uint32_t i = 0; i < n; i++) {
        points[i] = wanted[i]->point;
        memcpy(hashes[i], wanted[i]->hash, sizeof hashes[i]);
    }
    double began = weir_tool_seconds();
    bool good = weir_evaluate(&e->evaluation, points, n, findings, e->diag);
    double seconds = weir_tool_seconds() - began;
    e->answer.seconds += seconds;
    if (seconds < BATCH_SECONDS / 2 && e->batch < MOST_BATCH) e->batch *= 2;
    if (seconds > 2 * BATCH_SECONDS && e->batch > 1) e->batch /= 2;
    if (good && e->store != NULL)
        good = weir_store_add(e->store, hashes, points, findings, n, e->diag);
    for (uint32_t i = 0; i < n; i++) {
        if (good) {
            wanted[i]->finding = findings[i];
            wanted[i]->fresh = true;
            e->answer.n_fresh++;
        } else {
            weir_finding_clear(&findings[i]);
        }
    }
    free(points);
    free(findings);
    free(hashes);
    return good;
}

static bool stopped(const exploring *e) {
    const volatile int *stop = e->options->progress.stop;
    return stop != NULL && *stop != 0;
}

static void show(const exploring *e, uint32_t done, uint32_t total) {
    const weir_progress *progress = &e->options->progress;
    if (progress->report == NULL) return;
    weir_work work = {.what = "points",
                      .done = done,
                      .total = total,
                      .share = total > 0 ? (double)done / total : 1,
                      .seconds = e->answer.seconds};
    progress->report(progress->context, &work);
}

/* Findings of points from..: from the store, from an equal point before, or evaluated. */
static bool fill(exploring *e, uint32_t from) {
    weir_exploration *answer = &e->answer;
    uint32_t n = answer->n_found - from, left = 0;
    weir_found **wanted = weir_xcalloc(n + 1, sizeof *wanted);
    for (uint32_t i = from; i < answer->n_found; i++) {
        weir_found *found = &answer->found[i];
        if (e->store == NULL || !weir_store_find(e->store, found->hash, &found->finding))
            wanted[left++] = found;
    }
    bool good = true;
    for (uint32_t done = 0; done < left && good;) {
        uint32_t batch = left - done < e->batch ? left - done : e->batch;
        show(e, n - left + done, n);
        good = !stopped(e) && evaluate_batch(e, wanted + done, batch);
        done += batch;
    }
    if (stopped(e)) answer->partial = true;
    for (uint32_t i = from; i < answer->n_found && good; i++)
        check_limits(answer->file, &answer->found[i].finding);
    free(wanted);
    return good;
}

/* ---- objectives ---- */

#define FAR 1e30 /* from any front */

static double objective(const weir_finding *finding, weir_figure figure) {
    if (finding->source[figure] == NULL) return NAN;
    return weir_figure_infos[figure].least ? finding->value[figure] : -finding->value[figure];
}

/* Rows of a generation: those that are not feasible lie behind all that are. */
static bool objectives_of(void *context, const uint32_t *indices, uint32_t n, double *values) {
    exploring *e = context;
    const weir_study_file *file = e->answer.file;
    uint32_t from = e->answer.n_found;
    for (uint32_t i = 0; i < n; i++) {
        weir_point point = weir_sample_point(file, indices + (size_t)i * file->n_axes, e->arena);
        add_point(e, &point);
    }
    if (!fill(e, from)) return false;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t o = 0; o < file->n_objectives; o++) {
            const weir_finding *finding = &e->answer.found[from + i].finding;
            double value = objective(finding, file->objectives[o]);
            bool known = finding->applied && !isnan(value);
            values[(size_t)i * file->n_objectives + o] = !known              ? FAR
                                                         : finding->feasible ? value
                                                                             : FAR / 2 + value;
        }
    return true;
}

static void find_front(exploring *e) {
    weir_exploration *answer = &e->answer;
    uint32_t n_objectives = answer->file->n_objectives;
    if (n_objectives == 0) return;
    double *values = weir_xcalloc((size_t)answer->n_found * n_objectives + 1, sizeof *values);
    bool *front = weir_xcalloc(answer->n_found + 1, sizeof *front);
    for (uint32_t i = 0; i < answer->n_found; i++)
        for (uint32_t o = 0; o < n_objectives; o++)
            values[(size_t)i * n_objectives + o] =
                answer->found[i].finding.feasible
                    ? objective(&answer->found[i].finding, answer->file->objectives[o])
                    : NAN;
    weir_pareto(values, answer->n_found, n_objectives, front);
    for (uint32_t i = 0; i < answer->n_found; i++)
        answer->found[i].front = front[i];
    free(values);
    free(front);
}

/* ---- RTL ---- */

/* The best first: of the front, then by the first objective, else the interval. */
static bool better(const exploring *e, const weir_found *a, const weir_found *b) {
    const weir_study_file *file = e->answer.file;
    weir_figure figure = file->n_objectives > 0 ? file->objectives[0] : WEIR_FIGURE_INTERVAL;
    if (a->front != b->front) return a->front;
    double x = objective(&a->finding, figure), y = objective(&b->finding, figure);
    return !isnan(x) && (isnan(y) || x < y);
}

static bool confirm_one(exploring *e, weir_found *found) {
    const weir_study_file *file = e->answer.file;
    if (e->store == NULL ||
        !weir_store_find_confirmation(e->store, found->hash, &found->confirmation)) {
        if (!weir_confirm(&e->evaluation, &found->point, file->confirm_frames, &found->confirmation,
                          e->diag))
            return false;
        if (e->store != NULL &&
            !weir_store_confirm(e->store, found->hash, &found->confirmation, e->diag))
            return false;
    }
    if (!found->confirmation.agrees) e->answer.n_disagree++;
    return true;
}

static bool confirm_best(exploring *e) {
    weir_exploration *answer = &e->answer;
    for (uint64_t round = 0; round < answer->file->confirm; round++) {
        weir_found *best = NULL;
        for (uint32_t i = 0; i < answer->n_found; i++) {
            weir_found *found = &answer->found[i];
            if (!found->finding.feasible || found->confirmation.ran) continue;
            if (best == NULL || better(e, found, best)) best = found;
        }
        if (best == NULL) break;
        if (!confirm_one(e, best)) return false;
    }
    return true;
}

/* ---- batches ---- */

/* Of named ideas only; from the store or not, as sizes of batches are not kept there. */
static bool find_batches(exploring *e) {
    weir_exploration *answer = &e->answer;
    const weir_finding *baseline = &answer->found[0].finding;
    bool known = baseline->source[WEIR_FIGURE_INTERVAL] != NULL;
    for (uint32_t i = 0; i < answer->n_found; i++) {
        weir_found *found = &answer->found[i];
        if (found->point.name[0] == '\0' || !found->finding.applied ||
            !weir_point_reconfigured(&found->point))
            continue;
        found->batches =
            weir_batches_new(&e->evaluation, &found->point,
                             known ? baseline->value[WEIR_FIGURE_INTERVAL] : 0, e->diag);
        if (found->batches == NULL) return false;
    }
    return true;
}

/* ---- the study ---- */

static bool note_study(exploring *e) {
    const weir_study_file *file = e->answer.file;
    char numbers[160];
    if (e->store == NULL) return true;
    snprintf(numbers, sizeof numbers,
             "frames %" PRIu64 ", sample seed %" PRIu64 ", search seed %" PRIu64, file->frames,
             file->seed, file->search_seed);
    return weir_store_note(e->store, "weir", WEIR_VERSION_TEXT, e->diag) &&
           weir_store_note(e->store, "study", file->name, e->diag) &&
           weir_store_note(e->store, "design", e->answer.base->name, e->diag) &&
           weir_store_note(e->store, "device", file->device != NULL ? file->device : "", e->diag) &&
           weir_store_note(e->store, "settings", numbers, e->diag) &&
           weir_store_note(e->store, "key", e->base_key, e->diag);
}

static bool add_all(exploring *e) {
    const weir_study_file *file = e->answer.file;
    const weir_point baseline = {"baseline", 0, NULL};
    add_point(e, &baseline);
    for (uint32_t i = 0; i < file->n_ideas; i++)
        add_point(e, &file->ideas[i]);
    e->answer.programmed =
        weir_programs_run(&file->program, &e->evaluation, file->base, file->n_base, e->diag);
    if (e->answer.programmed == NULL) return false;
    e->answer.first_programmed = e->answer.n_found;
    for (uint32_t i = 0; i < e->answer.programmed->n_points; i++)
        add_point(e, &e->answer.programmed->points[i]);
    if (file->search != WEIR_SEARCH_NONE)
        return fill(e, 0) && weir_search_nsga2(file, objectives_of, e, e->diag);
    uint32_t *indices, n;
    if (!weir_sample(file, &indices, &n, e->diag)) return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_point point = weir_sample_point(file, indices + (size_t)i * file->n_axes, e->arena);
        add_point(e, &point);
    }
    free(indices);
    return fill(e, 0);
}

weir_status weir_explore(const weir_study_file *file, const weir_design *base,
                         const weir_explore_options *options, weir_exploration **exploration,
                         weir_diag *diag) {
    exploring *e = weir_xcalloc(1, sizeof *e);
    e->answer = (weir_exploration){.file = file, .base = base};
    e->arena = weir_arena_new();
    e->options = options;
    e->diag = diag;
    e->batch = FIRST_BATCH;
    e->evaluation = (weir_evaluation){.base = base,
                                      .frames = file->frames,
                                      .source = file->source,
                                      .grade = file->grade,
                                      .stitched = file->confirm_stitched,
                                      .scratch = options->scratch,
                                      .threads = options->threads,
                                      .progress = {.stop = options->progress.stop}};
    bool good = make_base_key(e);
    if (good && file->features != NULL && base->network == NULL)
        good = weir_error(diag, (weir_loc){file->path, 0},
                          "accuracy: design \"%s\" is imported; there is no network to ask",
                          base->name);
    if (good && file->features != NULL) {
        e->evaluation.labelled =
            weir_labelled_load(base->network, file->features, file->labels, diag);
        good = e->evaluation.labelled != NULL;
    }
    if (good && options->store != NULL) {
        e->store = weir_store_open(options->store, diag);
        good = e->store != NULL && note_study(e);
    }
    good = good && add_all(e);
    if (good) {
        find_front(e);
        good = find_batches(e) && confirm_best(e);
    }
    weir_labelled_free(e->evaluation.labelled);
    weir_store_close(e->store);
    e->store = NULL;
    *exploration = &e->answer;
    if (!good) return WEIR_BAD_INPUT;
    return e->answer.n_disagree > 0 ? WEIR_DISAGREE : WEIR_OK;
}

void weir_exploration_free(weir_exploration *exploration) {
    if (exploration == NULL) return;
    exploring *e = (exploring *)exploration;
    for (uint32_t i = 0; i < exploration->n_found; i++) {
        weir_finding_clear(&exploration->found[i].finding);
        free(exploration->found[i].confirmation.text);
        weir_batches_free(exploration->found[i].batches);
    }
    free(exploration->found);
    weir_programmed_free(exploration->programmed);
    weir_arena_free(e->arena);
    free(e);
}
