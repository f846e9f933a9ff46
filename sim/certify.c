#include "sim/certify.h"
#include "base/arena.h"
#include "base/text.h"
#include "models/cut.h"
#include "sim/certify_parts.h"
#include <stdlib.h>
#include <string.h>

typedef struct certifier {
    const weir_graph *graph;
    const weir_certify_options *options;
    weir_certification *result;
    weir_opened *opened;  /* of each process of the graph */
    weir_opened idle;     /* of sources and sinks: none */
    uint64_t done, total; /* cases */
    double started, reported;
    weir_diag *diag;
} certifier;

static bool is_stopped(const certifier *c) {
    return c->options->stop != NULL && *c->options->stop != 0;
}

static void report(certifier *c, bool now) {
    const weir_progress *progress = &c->options->progress;
    if (progress->report == NULL) return;
    double seconds = weir_seconds();
    if (!now && seconds - c->reported < 0.1) return;
    c->reported = seconds;
    const weir_work work = {.what = "certifying",
                            .done = c->done,
                            .total = c->total,
                            .share = c->total > 0 ? (double)c->done / (double)c->total : 1,
                            .seconds = seconds - c->started};
    progress->report(progress->context, &work);
}

/* ------------------------------------------------------------------ cases */

/* Where the difference was found, what it is, and how to see it again. */
static char *difference_text(const certifier *c, const weir_trial *trial, uint32_t number,
                             const weir_case *drawn, const char *difference) {
    weir_text *text = weir_text_new();
    char *parameters = weir_case_text(drawn);
    weir_text_addf(
        text, "%s (RTL against replay); case %u of \"%s\" with seed %lu and %lu frames: %s",
        difference, number, trial->name, c->options->seed, c->options->frames, parameters);
    free(parameters);
    char *copy = strdup(weir_text_string(text));
    weir_text_free(text);
    return copy;
}

/* One case; false with diagnostics. `exact` false once there is a difference. */
static bool run_case(certifier *c, const weir_trial *trial, weir_draw how, uint64_t trial_number,
                     uint32_t number, weir_certificate *certificate) {
    weir_case drawn;
    uint64_t seed = weir_seed_of(c->options->seed, trial_number, number);
    bool good = weir_case_draw(&drawn, trial->graph, how, c->options->frames, seed, c->diag);
    weir_result *rtl = good ? weir_trial_run(trial, &drawn, c->diag) : NULL;
    good = rtl != NULL;
    weir_outcome outcome = {0};
    if (good && !rtl->partial) {
        good = weir_trial_compare(trial, &drawn, rtl, &outcome, c->diag);
        certificate->cases++;
        certificate->events += outcome.events;
        certificate->deadlocks += outcome.deadlock;
        if (outcome.difference != NULL)
            certificate->difference = difference_text(c, trial, number, &drawn, outcome.difference);
        free(outcome.difference);
    }
    weir_result_free(rtl);
    weir_case_free(&drawn);
    return good;
}

/* Cases until the first difference. */
static bool run_cases(certifier *c, const weir_trial *trial, weir_draw how, uint64_t trial_number,
                      uint32_t cases, weir_certificate *certificate) {
    for (uint32_t i = 0; i < cases && certificate->difference == NULL && !is_stopped(c); i++) {
        if (!run_case(c, trial, how, trial_number, i, certificate)) return false;
        c->done++;
        report(c, false);
    }
    certificate->verdict = certificate->difference != NULL ? WEIR_DIFFERENT
                           : certificate->cases > 0        ? WEIR_EXACT
                                                           : WEIR_RTL_ONLY;
    return true;
}

/* ------------------------------------------------------------------ trials */

static weir_opened **opened_of(certifier *c, const weir_graph *graph, const weir_cut *cut,
                               uint32_t process) {
    uint32_t n = weir_graph_processes(graph);
    weir_opened **list = weir_xcalloc(n, sizeof *list);
    for (uint32_t p = 0; p < n; p++)
        list[p] = cut == NULL ? &c->opened[p] : p == cut->process ? &c->opened[process] : &c->idle;
    return list;
}

static void take_class(weir_certificate *certificate, const weir_schedule *schedule) {
    certificate->timing = schedule->timing;
    certificate->stages = schedule->stages;
}

static const weir_schedule *known_of(const certifier *c, const weir_process *process) {
    bool again = c->options->anew && process->imported && process->blocking;
    return again ? NULL : process->schedule;
}

/* A process in its cut; fits its class first where that is not known. */
static bool certify_cut(certifier *c, uint32_t p, const weir_cut *cut,
                        weir_certificate *certificate) {
    const weir_certify_options *options = c->options;
    const weir_process *process = weir_graph_process(c->graph, p);
    weir_trial trial = {.name = process->name, .graph = cut->graph, .stop = options->stop};
    trial.opened = opened_of(c, cut->graph, cut, p);
    trial.schedules = weir_xcalloc(weir_graph_processes(cut->graph), sizeof *trial.schedules);
    const weir_schedule *known = known_of(c, process);
    trial.schedules[cut->process] = known;
    weir_trial_beats(&trial, options->expect, c->graph, cut, options->frames);
    bool good;
    if (known != NULL) {
        take_class(certificate, known);
        weir_trial_schedules(&trial);
        good = run_cases(c, &trial, WEIR_DRAW_ALONE, p, options->cases_alone, certificate);
    } else {
        good =
            weir_fit(&trial, cut->process, p, options, certificate, &c->result->fitted[p], c->diag);
        c->done += options->cases_alone;
        report(c, false);
    }
    free(trial.opened);
    weir_trial_free(&trial);
    return good;
}

static bool certify_processes(certifier *c) {
    uint32_t next = 0;
    for (uint32_t p = 0; p < weir_graph_processes(c->graph); p++) {
        const weir_process *process = weir_graph_process(c->graph, p);
        if (process->kind != WEIR_PROCESS) continue;
        weir_certificate *certificate = &c->result->processes[next++];
        *certificate = (weir_certificate){.name = process->name, .verdict = WEIR_RTL_ONLY};
        if (is_stopped(c)) continue;
        weir_cut cut;
        if (!weir_cut_process(c->graph, p, &cut, c->diag)) return false;
        bool good = certify_cut(c, p, &cut, certificate);
        weir_cut_free(&cut);
        if (!good) return false;
    }
    return true;
}

static bool certify_whole(certifier *c) {
    weir_certificate *whole = &c->result->whole;
    const weir_certify_options *options = c->options;
    uint32_t n = weir_graph_processes(c->graph);
    *whole = (weir_certificate){.name = weir_graph_name(c->graph), .verdict = WEIR_RTL_ONLY};
    if (is_stopped(c)) return true;
    weir_trial trial = {.name = whole->name, .graph = c->graph, .stop = options->stop};
    trial.schedules = weir_xcalloc(n, sizeof *trial.schedules);
    bool known = true;
    for (uint32_t p = 0; p < n; p++) {
        const weir_process *process = weir_graph_process(c->graph, p);
        const weir_schedule *schedule = known_of(c, process);
        trial.schedules[p] = schedule != NULL ? schedule : c->result->fitted[p];
        known &= process->kind != WEIR_PROCESS || trial.schedules[p] != NULL;
    }
    bool good = true;
    if (known && options->cases_whole > 0) {
        trial.opened = opened_of(c, c->graph, NULL, 0);
        weir_trial_beats(&trial, options->expect, c->graph, NULL, options->frames);
        weir_trial_schedules(&trial);
        good = run_cases(c, &trial, WEIR_DRAW_WHOLE, n, options->cases_whole, whole);
        free(trial.opened);
    }
    weir_trial_free(&trial);
    return good;
}

/* ------------------------------------------------------------------ in all */

static bool check(const weir_certify_options *options, const weir_graph *graph, weir_diag *diag) {
    bool good = true;
    if (options->expect == NULL)
        good = weir_error(diag, WEIR_NOWHERE, "certification of \"%s\": no stimulus",
                          weir_graph_name(graph));
    if (options->frames == 0)
        good = weir_error(diag, WEIR_NOWHERE, "certification of \"%s\": 0 frames, at least 1",
                          weir_graph_name(graph));
    return good;
}

static uint32_t count_processes(const weir_graph *graph) {
    uint32_t n = 0;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        n += weir_graph_process(graph, p)->kind == WEIR_PROCESS;
    return n;
}

static bool all_exact(const weir_certification *result) {
    bool good = result->whole.verdict != WEIR_DIFFERENT;
    for (uint32_t p = 0; p < result->n_processes; p++)
        good &= result->processes[p].verdict != WEIR_DIFFERENT;
    return good;
}

weir_status weir_certify(const weir_graph *graph, const weir_certify_options *options,
                         weir_certification **certification, weir_diag *diag) {
    *certification = NULL;
    if (!check(options, graph, diag)) return WEIR_BAD_INPUT;
    uint32_t n = weir_graph_processes(graph);
    weir_certification *result = weir_xcalloc(1, sizeof *result);
    result->n_processes = count_processes(graph);
    result->processes = weir_xcalloc(result->n_processes + 1, sizeof *result->processes);
    result->n_fitted = n;
    result->fitted = weir_xcalloc(n, sizeof *result->fitted);
    certifier c = {.graph = graph, .options = options, .result = result, .diag = diag};
    c.total = (uint64_t)result->n_processes * options->cases_alone + options->cases_whole;
    c.opened = weir_opened_new(graph, NULL, &options->progress, diag);
    c.started = weir_seconds();
    bool good = c.opened != NULL && certify_processes(&c) && certify_whole(&c);
    report(&c, true);
    weir_opened_free(c.opened, n);
    result->partial = is_stopped(&c);
    result->whole.name = weir_graph_name(graph);
    if (!good) {
        weir_certification_free(result);
        return WEIR_BAD_INPUT;
    }
    *certification = result;
    return all_exact(result) ? WEIR_OK : WEIR_DISAGREE;
}

void weir_certification_free(weir_certification *certification) {
    if (certification == NULL) return;
    for (uint32_t p = 0; p < certification->n_fitted; p++)
        weir_schedule_free(certification->fitted[p]);
    for (uint32_t i = 0; i < certification->n_processes; i++)
        free(certification->processes[i].difference);
    free(certification->whole.difference);
    free(certification->processes);
    free(certification->fitted);
    free(certification);
}
