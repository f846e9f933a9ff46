#include "api/answer.h"
#include "api/handles.h"
#include "api/imported.h"
#include "api/weir_stimulus.h"
#include "api/weir_study.h"
#include "hls/imported_classes.h"
#include "report/certify_report.h"
#include "sim/certify.h"
#include "study/explore.h"
#include "study/size.h"
#include "study/size_report.h"
#include <stdlib.h>
#include <string.h>

#define CERTIFY_FRAMES 3
#define CERTIFY_CASES 10
#define CERTIFY_FITTED_CASES 100 /* of imported processes: what is wrong must fall in one of them */
#define CERTIFY_WHOLE_CASES 20
#define SIZE_FRAMES 64

typedef struct form {
    const char *name;
    weir_text *text;
} form;

struct weir_answer {
    form forms[3];
    uint32_t n_forms;
};

weir_answer *weir_answer_new(void) {
    return weir_xcalloc(1, sizeof(weir_answer));
}

weir_text *weir_answer_add(weir_answer *answer, const char *name) {
    weir_text *text = weir_text_new();
    answer->forms[answer->n_forms++] = (form){name, text};
    return text;
}

const char *weir_answer_form(const weir_answer *answer, const char *name) {
    for (uint32_t i = 0; i < answer->n_forms; i++)
        if (strcmp(answer->forms[i].name, name) == 0)
            return weir_text_string(answer->forms[i].text);
    return NULL;
}

weir_status weir_answer_save(const weir_answer *answer, const char *name, const char *path,
                             weir_messages *log) {
    for (uint32_t i = 0; i < answer->n_forms; i++)
        if (strcmp(answer->forms[i].name, name) == 0)
            return weir_text_save(answer->forms[i].text, path, weir_messages_diag(log))
                       ? WEIR_OK
                       : WEIR_BAD_INPUT;
    weir_error(weir_messages_diag(log), WEIR_NOWHERE, "%s: the answer has no form \"%s\"", path,
               name);
    return WEIR_BAD_INPUT;
}

void weir_answer_free(weir_answer *answer) {
    if (answer == NULL) return;
    for (uint32_t i = 0; i < answer->n_forms; i++)
        weir_text_free(answer->forms[i].text);
    free(answer);
}

static bool is_compiled(const weir_simulation *sim, weir_diag *diag) {
    if (sim->compiled != NULL) return true;
    return weir_error(diag, WEIR_NOWHERE, "design \"%s\" is not compiled", sim->design->name);
}

/* ---- certification ---- */

/* The classes that were found are kept for replay, unless the whole says that they are wrong together. */
static bool keep_classes(const weir_simulation *sim, const weir_certification *found,
                         weir_diag *diag) {
    const weir_design *design = sim->design;
    if (found->partial) return true;
    const weir_schedule **kept = weir_xcalloc(design->imported->n_processes + 1, sizeof *kept);
    for (uint32_t p = 0; p < found->n_fitted && found->whole.verdict != WEIR_DIFFERENT; p++) {
        uint32_t origin = weir_imported_origin(design, p); /* of copies the first will do */
        if (origin != WEIR_NONE && kept[origin] == NULL) kept[origin] = found->fitted[p];
    }
    bool good = weir_imported_classes_save(design->imported, kept, diag);
    free(kept);
    return good;
}

weir_status weir_simulation_certify(weir_simulation *sim, const weir_certify_request *request,
                                    weir_answer **answer, weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    *answer = NULL;
    if (!is_compiled(sim, diag)) return WEIR_USAGE;
    uint64_t frames = request->frames > 0 ? request->frames : CERTIFY_FRAMES;
    if (weir_simulation_random_frames(sim, frames, request->seed, log) != WEIR_OK ||
        (sim->design->imported == NULL && !weir_simulation_make_frames(sim, diag)))
        return WEIR_BAD_INPUT;
    /* Imported RTL has no reference; its times do not depend on data, or no class is found for it. */
    bool imported = sim->design->imported != NULL;
    weir_random_beats beats = {sim->compiled->graph, request->seed};
    const weir_expect random = {&beats, weir_random_beats_fill};
    weir_reference *reference =
        imported ? NULL : weir_reference_new(sim->compiled, sim->frames.values, sim->frames.count);
    const weir_certify_options options = {
        .seed = request->seed,
        .cases_alone = request->cases > 0 ? request->cases
                       : imported         ? CERTIFY_FITTED_CASES
                                          : CERTIFY_CASES,
        .cases_whole = request->whole_cases > 0 ? request->whole_cases : CERTIFY_WHOLE_CASES,
        .frames = frames,
        .anew = imported,
        .expect = imported ? &random : weir_reference_expect(reference),
        .stop = sim->options.stop,
        .progress = sim->options.progress,
    };
    weir_certification *found = NULL;
    weir_status status = weir_certify(sim->compiled->graph, &options, &found, diag);
    if (found != NULL) {
        *answer = weir_answer_new();
        weir_certify_text(found, weir_answer_add(*answer, "text"));
        weir_certify_json(found, weir_answer_add(*answer, "json"));
        if (imported && !keep_classes(sim, found, diag)) status = WEIR_BAD_INPUT;
    }
    weir_certification_free(found);
    if (!imported) weir_reference_free(reference);
    return status;
}

/* ---- sizing ---- */

typedef struct stimuli {
    weir_replay_setup setup;
    uint32_t count;
    weir_replay_parameters *parameters; /* `count` */
    uint64_t **arrival_ps;              /* `count`, NULL entries: none */
} stimuli;

static void free_stimuli(stimuli *all) {
    for (uint32_t i = 0; i < all->count; i++)
        free(all->arrival_ps[i]);
    weir_replay_setup_free(&all->setup);
    free(all->parameters);
    free(all->arrival_ps);
}

/* The simulation's own arrivals first, then those of the files. */
static bool make_stimuli(weir_simulation *sim, const weir_size_request *request, stimuli *all,
                         weir_diag *diag) {
    sim->n_frames = request->frames > 0 ? request->frames : SIZE_FRAMES;
    weir_replay_setup_make(&all->setup, sim, sim->n_frames);
    all->count = 1 + request->n_arrival_files;
    all->parameters = weir_xcalloc(all->count, sizeof *all->parameters);
    all->arrival_ps = weir_xcalloc(all->count, sizeof *all->arrival_ps);
    bool good = true;
    for (uint32_t i = 0; i < all->count; i++) {
        all->parameters[i] = all->setup.parameters;
        if (i == 0 && sim->design->arrival_path == NULL) continue;
        if (i > 0) weir_simulation_set_arrival_file(sim, request->arrival_files[i - 1]);
        good = weir_simulation_arrivals(sim, &all->arrival_ps[i], diag) && good;
        all->parameters[i].arrival_ps = all->arrival_ps[i];
    }
    return good;
}

static bool goal_of(const weir_size_request *request, weir_size_options *options, weir_diag *diag) {
    const struct {
        weir_size_goal goal;
        uint64_t limit;
    } limits[] = {{WEIR_MAX_INTERVAL, request->interval_ps},
                  {WEIR_MAX_LATENCY, request->latency_ps},
                  {WEIR_MAX_MEMORY, request->memory}};
    int given = 0;
    options->goal = WEIR_KEEP_INTERVAL;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].limit == 0) continue;
        options->goal = limits[i].goal;
        options->limit = limits[i].limit;
        given++;
    }
    if (given <= 1) return true;
    return weir_error(diag, WEIR_NOWHERE,
                      "sizing: %d limits, allowed is one of interval, latency and memory", given);
}

/* A FIFO with a gap between its writes has another timing at other depths, which a search in one class
 * of times does not know. */
static bool can_be_sized(const weir_graph *graph, weir_diag *diag) {
    bool good = true;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        if (channel->write_gap > 1)
            good =
                weir_error(diag, channel->loc,
                           "fifo \"%s\": depth %u, at which its writes are %u cycles apart; to be "
                           "sized it starts from 3 at least",
                           channel->name, channel->depth, channel->write_gap);
    }
    return good;
}

weir_status weir_simulation_size(weir_simulation *sim, const weir_size_request *request,
                                 weir_answer **answer, weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    *answer = NULL;
    if (!is_compiled(sim, diag)) return WEIR_USAGE;
    const weir_graph *graph = sim->compiled->graph;
    if (!can_be_sized(graph, diag)) return WEIR_BAD_INPUT;
    weir_size_options options = {
        .unit = request->device_steps ? WEIR_UNIT_DEVICE : WEIR_UNIT_BITS,
        .threads = request->threads,
        .pareto = request->pareto,
        .stop = sim->options.stop,
        .report = sim->options.progress.report,
        .context = sim->options.progress.context,
    };
    stimuli all = {0};
    weir_net *net = goal_of(request, &options, diag) ? weir_net_of_graph(graph, diag) : NULL;
    weir_size *size = NULL;
    if (net != NULL && make_stimuli(sim, request, &all, diag)) {
        options.stimuli = all.parameters;
        options.n_stimuli = all.count;
        size = weir_size_find(net, graph, &options, diag);
    }
    if (size != NULL) {
        *answer = weir_answer_new();
        weir_size_text(size, graph, &options, weir_answer_add(*answer, "text"));
        weir_size_json(size, graph, &options, weir_answer_add(*answer, "json"));
        if (size->reached) weir_size_config(size, graph, weir_answer_add(*answer, "cfg"));
    }
    bool whole = size != NULL && size->reached && !size->partial;
    weir_size_free(size);
    weir_net_free(net);
    free_stimuli(&all);
    return whole ? WEIR_OK : WEIR_BAD_INPUT;
}

/* ---- what-if studies ---- */

weir_status weir_study(const char *path, const weir_study_request *request, weir_answer **answer,
                       weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    *answer = NULL;
    weir_study_file *file =
        weir_study_file_load(path, request->settings, request->n_settings, diag);
    if (file == NULL) return WEIR_BAD_INPUT;
    const weir_design_options opening = {.device = file->device};
    weir_design *base = weir_design_load(file->design, &opening, diag);
    const weir_explore_options options = {.store = request->store,
                                          .scratch = request->scratch,
                                          .threads = request->threads,
                                          .progress = request->progress};
    weir_exploration *found = NULL;
    weir_status status =
        base != NULL ? weir_explore(file, base, &options, &found, diag) : WEIR_BAD_INPUT;
    if (found != NULL && status != WEIR_BAD_INPUT) {
        *answer = weir_answer_new();
        weir_exploration_text(found, weir_answer_add(*answer, "text"));
        weir_exploration_json(found, weir_answer_add(*answer, "json"));
        weir_exploration_csv(found, weir_answer_add(*answer, "csv"));
    }
    weir_exploration_free(found);
    weir_design_free(base);
    weir_study_file_free(file);
    return status;
}
