#include "study/explore.h"
#include "base/tool.h"
#include "study/sample.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Points that are evaluated and stored together: as many as take about so long. */
enum { FIRST_BATCH = 8, MOST_BATCH = 4096 };
#define BATCH_SECONDS 0.5

typedef struct exploring {
    weir_exploration answer; /* first: a pointer to it is a pointer to this */
    weir_arena *arena;
    weir_evaluation evaluation;
    weir_store *store;
    const weir_explore_options *options;
    char base_key[WEIR_KEY_CHARS]; /* of all that points share */
    uint32_t room, batch;
    uint32_t *slots, n_slots; /* of hashes: one more than the index of the first that has it */
    weir_diag *diag;
} exploring;

/* ---- keys ---- */

/* Settings, but neither names nor paths: a project that moves keeps what it knows. */
static void hash_settings(weir_hash *hash, const weir_design *base) {
    weir_design design = *base;
    weir_imported imported;
    design.name = "";
    design.device = NULL;
    if (design.arrival_path != NULL) design.arrival_path = "file";
    design.expected_path = NULL;
    if (base->imported != NULL) {
        imported = *base->imported;
        imported.folder = "";
        design.imported = &imported;
    }
    weir_text *text = weir_text_new();
    weir_design_text(&design, "", text);
    weir_hash_text(hash, weir_text_string(text));
    weir_text_free(text);
}

static void hash_device(weir_hash *hash, const weir_device *d) {
    weir_text *text = weir_text_new();
    weir_text_addf(
        text,
        "device %d %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %u\ndsp %" PRIu64
        " %u %u %u\nsupply %.17g %.17g %u\nport %s %u %.17g %" PRIu64 " %u\n",
        d->family, d->static_class, d->lut, d->lut_memory, d->ff, d->bram36, d->uram288, d->slr,
        d->dsp.count, d->dsp.a_bits, d->dsp.b_bits, d->dsp.sum_bits, d->supply.static_mw,
        d->supply.junction_c, d->supply.vccint_mv,
        d->configuration.name != NULL ? d->configuration.name : "", d->configuration.width_bits,
        d->configuration.mhz, d->configuration.bits, d->configuration.frame_words);
    for (uint32_t g = 0; g < d->n_grades; g++)
        weir_text_addf(text, "grade %s %u %.17g %.17g %.17g\n", d->grades[g].name,
                       d->grades[g].vccint_mv, d->grades[g].bram_mhz, d->grades[g].uram_mhz,
                       d->grades[g].dsp_mhz);
    weir_hash_text(hash, weir_text_string(text));
    weir_text_free(text);
}

static bool hash_contents(weir_hash *hash, const char *what, const char *path, weir_diag *diag) {
    if (path == NULL) return true;
    weir_hash_text(hash, what);
    return weir_hash_file(hash, path, diag);
}

/* What was found of the vendor's design, by its certification too, and the RTL that confirms it. */
static bool hash_import(weir_hash *hash, const weir_imported *in, weir_arena *arena,
                        weir_diag *diag) {
    const char *classes = weir_arena_printf(arena, "%s/schedules.weir", in->folder);
    bool good = hash_contents(hash, "import.cfg",
                              weir_arena_printf(arena, "%s/import.cfg", in->folder), diag);
    if (access(classes, F_OK) == 0) good = hash_contents(hash, "classes", classes, diag) && good;
    for (uint32_t p = 0; p < in->n_processes && good; p++)
        for (uint32_t i = 0; i < in->processes[p].n_sources && good; i++) {
            const char *source = in->processes[p].sources[i];
            good = hash_contents(hash, source,
                                 weir_arena_printf(arena, "%s/%s", in->folder, source), diag);
        }
    return good;
}

static bool make_base_key(exploring *e) {
    const weir_study_file *file = e->answer.file;
    const weir_design *base = e->answer.base;
    weir_hash *hash = weir_hash_new();
    weir_hash_text(hash, WEIR_VERSION_TEXT);
    weir_hash_text(hash, weir_arena_printf(e->arena, "frames %" PRIu64 ", resources %s, grade %s",
                                           file->frames, weir_cost_source_name(file->source),
                                           file->grade != NULL ? file->grade : ""));
    hash_settings(hash, base);
    if (base->device != NULL) hash_device(hash, base->device);
    bool good = hash_contents(hash, "network", base->network_path, e->diag);
    good = hash_contents(hash, "arrivals", base->arrival_path, e->diag) && good;
    good = hash_contents(hash, "features", file->features, e->diag) && good;
    good = hash_contents(hash, "labels", file->labels, e->diag) && good;
    if (base->imported != NULL) good = hash_import(hash, base->imported, e->arena, e->diag) && good;
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

/* Where a hash is among the slots, or would be. */
static uint32_t *slot_of(const exploring *e, const char *hash) {
    uint64_t at = 0;
    for (int i = 0; i < 16; i++)
        at = at << 4 | (uint64_t)(hash[i] <= '9' ? hash[i] - '0' : hash[i] - 'a' + 10);
    for (;; at++) {
        uint32_t *slot = &e->slots[at & (e->n_slots - 1)];
        if (*slot == 0 || strcmp(e->answer.found[*slot - 1].hash, hash) == 0) return slot;
    }
}

static void grow(exploring *e) {
    weir_exploration *answer = &e->answer;
    e->room = e->room > 0 ? 2 * e->room : 64;
    answer->found = weir_xrealloc(answer->found, e->room * sizeof *answer->found);
    free(e->slots);
    e->n_slots = 2 * e->room;
    e->slots = weir_xcalloc(e->n_slots, sizeof *e->slots);
    for (uint32_t i = answer->n_found; i-- > 0;)
        if (answer->found[i].first == i) *slot_of(e, answer->found[i].hash) = i + 1;
}

/* Its index. `again` false: that of the first with these changes, where there is one. */
static uint32_t add_point(exploring *e, const weir_point *point, bool again) {
    weir_exploration *answer = &e->answer;
    if (answer->n_found == e->room) grow(e);
    weir_found found = {.point = with_base(e, point)};
    point_key(e, &found.point, found.hash);
    uint32_t *slot = slot_of(e, found.hash);
    if (*slot != 0 && !again) return *slot - 1;
    if (*slot == 0) *slot = answer->n_found + 1;
    found.first = *slot - 1;
    answer->found[answer->n_found] = found;
    return answer->n_found++;
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

static void copy_finding(weir_finding *to, const weir_finding *from) {
    *to = *from;
    to->why = weir_xstrdup(from->why);
    to->changed = weir_xstrdup(from->changed);
}

/* Findings of points from..: from the store, from an equal point before, or evaluated. */
static bool fill(exploring *e, uint32_t from) {
    weir_exploration *answer = &e->answer;
    uint32_t n = answer->n_found - from, left = 0;
    weir_found **wanted = weir_xcalloc(n + 1, sizeof *wanted);
    for (uint32_t i = from; i < answer->n_found; i++) {
        weir_found *found = &answer->found[i];
        if (found->first != i) continue;
        if (e->store != NULL && weir_store_find(e->store, found->hash, &found->finding))
            answer->n_stored++;
        else
            wanted[left++] = found;
    }
    bool good = true;
    for (uint32_t done = 0; done < left && good && !stopped(e);) {
        uint32_t batch = left - done < e->batch ? left - done : e->batch;
        show(e, n - left + done, n);
        good = evaluate_batch(e, wanted + done, batch);
        done += batch;
    }
    free(wanted);
    answer->partial = answer->partial || stopped(e);
    if (good && stopped(e))
        good = weir_error(e->diag, WEIR_NOWHERE, "study: stopped before it was finished");
    for (uint32_t i = from; i < answer->n_found && good; i++) {
        weir_found *found = &answer->found[i];
        if (found->first == i)
            check_limits(answer->file, &found->finding);
        else
            copy_finding(&found->finding, &answer->found[found->first].finding);
    }
    return good;
}

/* ---- objectives ---- */

#define FAR 1e30 /* from any front */

static double objective(const weir_finding *finding, weir_figure figure) {
    if (finding->source[figure] == NULL) return NAN;
    return weir_figure_infos[figure].least ? finding->value[figure] : -finding->value[figure];
}

/* By how much, relative to what is allowed, the constraints are broken. */
static double excess_of(const weir_study_file *file, const weir_finding *finding) {
    double excess = 0;
    for (uint32_t l = 0; l < file->n_limits; l++) {
        const weir_limit *limit = &file->limits[l];
        double value = finding->source[limit->figure] != NULL ? finding->value[limit->figure] : NAN;
        double over = limit->at_most ? value - limit->value : limit->value - value;
        if (!(over <= 0)) excess += isnan(over) ? 1 : over / (fabs(limit->value) + 1e-9);
    }
    return excess;
}

/* Those that are not feasible lie behind all that are, the further the more the constraints are broken;
 * those that cannot be made behind them. */
static void objectives_of_finding(const weir_study_file *file, const weir_finding *finding,
                                  double *values) {
    double excess = excess_of(file, finding);
    for (uint32_t o = 0; o < file->n_objectives; o++) {
        double value = objective(finding, file->objectives[o]);
        bool known = finding->applied && !isnan(value);
        values[o] = !known              ? 3 * FAR
                    : finding->feasible ? value
                                        : FAR * (1 + excess / (1 + excess));
    }
}

static bool objectives_of(void *context, const uint32_t *indices, uint32_t n, double *values) {
    exploring *e = context;
    const weir_study_file *file = e->answer.file;
    uint32_t from = e->answer.n_found;
    uint32_t *rows = weir_xcalloc(n + 1, sizeof *rows);
    for (uint32_t i = 0; i < n; i++) {
        weir_point point = weir_sample_point(file, indices + (size_t)i * file->n_axes, e->arena);
        rows[i] = add_point(e, &point, false);
    }
    bool good = fill(e, from);
    for (uint32_t i = 0; i < n && good; i++)
        objectives_of_finding(file, &e->answer.found[rows[i]].finding,
                              values + (size_t)i * file->n_objectives);
    free(rows);
    return good;
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
        !weir_store_find_confirmation(e->store, found->hash, file->confirm_frames,
                                      file->confirm_stitched, &found->confirmation)) {
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
            if (!found->finding.feasible || found->confirmation.ran || found->first != i) continue;
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

/* Ideas that are equal to one before have its point's name too. */
static bool note_names(exploring *e) {
    const weir_exploration *answer = &e->answer;
    if (e->store == NULL) return true;
    const char **names = weir_xcalloc(answer->n_found + 1, sizeof *names);
    const char **hashes = weir_xcalloc(answer->n_found + 1, sizeof *hashes);
    uint32_t n = 0;
    for (uint32_t i = 0; i < answer->n_found; i++) {
        if (answer->found[i].point.name[0] == '\0') continue;
        names[n] = answer->found[i].point.name;
        hashes[n++] = answer->found[i].hash;
    }
    bool good = weir_store_names(e->store, answer->file->name, names, hashes, n, e->diag);
    free(names);
    free(hashes);
    return good;
}

static bool add_samples(exploring *e, const weir_study_file *file) {
    uint32_t *indices, n;
    if (!weir_sample(file, &indices, &n, e->diag)) return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_point point = weir_sample_point(file, indices + (size_t)i * file->n_axes, e->arena);
        add_point(e, &point, true);
    }
    free(indices);
    return true;
}

static bool add_all(exploring *e) {
    weir_study_file file = *e->answer.file;
    const weir_point baseline = {WEIR_BASELINE, 0, NULL};
    add_point(e, &baseline, true);
    for (uint32_t i = 0; i < file.n_ideas; i++)
        add_point(e, &file.ideas[i], true);
    e->answer.programmed =
        weir_programs_run(&file.program, &e->evaluation, file.base, file.n_base, e->diag);
    if (e->answer.programmed == NULL) return false;
    e->answer.first_programmed = e->answer.n_found;
    for (uint32_t i = 0; i < e->answer.programmed->n_points; i++)
        add_point(e, &e->answer.programmed->points[i], true);
    if (!note_names(e)) return false;
    uint64_t grid = weir_grid_points(&file);
    e->answer.enumerated = file.search != WEIR_SEARCH_NONE && grid > 0 && grid <= WEIR_ENUMERATE;
    if (e->answer.enumerated) file.sampling = WEIR_SAMPLE_GRID, file.points = 0;
    if (file.search != WEIR_SEARCH_NONE && !e->answer.enumerated)
        return fill(e, 0) && weir_search_nsga2(e->answer.file, objectives_of, e, e->diag);
    return add_samples(e, &file) && fill(e, 0);
}

/* Clock limits are those of a grade that there is. */
static bool check_grade(const weir_study_file *file, const weir_design *base, weir_diag *diag) {
    const weir_loc place = {file->path, 0};
    if (file->grade == NULL) return true;
    if (base->device == NULL)
        return weir_error(diag, place, "grade \"%s\": no device is named, whose grade it would be",
                          file->grade);
    weir_text *known = weir_text_new();
    bool found = false;
    for (uint32_t g = 0; g < base->device->n_grades; g++) {
        const char *name = base->device->grades[g].name;
        found = found || strcmp(name, file->grade) == 0;
        weir_text_addf(known, "%s%s", g > 0 ? ", " : "", name);
    }
    if (!found)
        weir_error(diag, place, "grade \"%s\" is unknown; %s has: %s", file->grade,
                   base->device->name,
                   base->device->n_grades > 0 ? weir_text_string(known) : "none");
    weir_text_free(known);
    return found;
}

weir_status weir_explore(const weir_study_file *file, const weir_design *base,
                         const weir_explore_options *options, weir_exploration **exploration,
                         weir_diag *diag) {
    exploring *e = weir_xcalloc(1, sizeof *e);
    e->answer = (weir_exploration){.file = file, .base = base};
    e->arena = weir_arena_new();
    e->options = options;
    e->diag = diag;
    e->batch = file->source == WEIR_COST_SYNTHESIS ? 1 : FIRST_BATCH;
    e->evaluation = (weir_evaluation){.base = base,
                                      .frames = file->frames,
                                      .source = file->source,
                                      .grade = file->grade,
                                      .stitched = file->confirm_stitched,
                                      .scratch = options->scratch,
                                      .threads = options->threads,
                                      .progress = options->progress};
    bool good = check_grade(file, base, diag) && make_base_key(e);
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
    free(e->slots);
    e->slots = NULL;
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
