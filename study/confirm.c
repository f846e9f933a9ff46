/* A point of a study on its own RTL: does the arithmetic that its figures rest on hold there? */
#include "hls/compile.h"
#include "models/expect.h"
#include "sim/run.h"
#include "study/evaluate_parts.h"
#include "traces/stimulus.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 1 };

typedef struct confirming {
    const weir_evaluation *evaluation;
    const weir_compiled *compiled;
    weir_run_options options;
    weir_result *rtl, *replay;
} confirming;

static weir_status run(confirming *c, weir_engine engine, weir_result **result, weir_diag *diag) {
    weir_run_options options = c->options;
    options.engine = engine;
    if (engine == WEIR_ENGINE_REPLAY) options.stimulus = options.expect = NULL;
    return weir_run(c->compiled->graph, &options, result, diag);
}

static char *text_of(const char *text) {
    char *copy = weir_xcalloc(strlen(text) + 1, 1);
    return strcpy(copy, text);
}

/* The first thing that differs, of frames' times, port events and data. */
static char *difference(const confirming *c) {
    char line[256];
    uint64_t n = c->rtl->n_frames;
    if (n != c->replay->n_frames) {
        snprintf(line, sizeof line, "%" PRIu64 " frames on RTL, %" PRIu64 " by replay", n,
                 c->replay->n_frames);
        return text_of(line);
    }
    for (uint64_t f = 0; f < n; f++) {
        const weir_frame_times *a = &c->rtl->frames[f], *b = &c->replay->frames[f];
        if (a->first_in_ps == b->first_in_ps && a->last_out_ps == b->last_out_ps) continue;
        snprintf(line, sizeof line,
                 "frame %" PRIu64 ": %" PRIu64 " to %" PRIu64 " ps on RTL, %" PRIu64 " to %" PRIu64
                 " ps by replay",
                 f, a->first_in_ps, a->last_out_ps, b->first_in_ps, b->last_out_ps);
        return text_of(line);
    }
    if (c->rtl->mismatches > 0) {
        snprintf(line, sizeof line, "%" PRIu64 " beats differ from the reference",
                 c->rtl->mismatches);
        return text_of(line);
    }
    return weir_trace_difference(c->rtl->trace, c->replay->trace);
}

static void compare(const confirming *c, weir_confirmation *out) {
    const weir_result *rtl = c->rtl;
    out->ran = true;
    out->frames = c->options.frames;
    out->mismatches = rtl->mismatches;
    out->text = difference(c);
    out->agrees = out->text == NULL;
    if (rtl->n_frames > 0)
        out->latency_ps = rtl->frames[0].last_out_ps - rtl->frames[0].first_in_ps;
    if (rtl->n_frames > 1)
        out->interval_ps =
            rtl->frames[rtl->n_frames - 1].last_out_ps - rtl->frames[rtl->n_frames - 2].last_out_ps;
}

/* A run that was stopped early says nothing about the rest. */
static bool run_both(confirming *c, weir_confirmation *out, weir_diag *diag) {
    bool good = run(c, WEIR_ENGINE_RTL, &c->rtl, diag) != WEIR_BAD_INPUT &&
                run(c, WEIR_ENGINE_REPLAY, &c->replay, diag) != WEIR_BAD_INPUT;
    if (good && (c->rtl->partial || c->replay->partial))
        good = weir_error(diag, WEIR_NOWHERE, "study: stopped before it was finished");
    if (good) compare(c, out);
    weir_result_free(c->rtl);
    weir_result_free(c->replay);
    return good;
}

/* Stimulus of random frames, and for Weir's own designs the reference's beats to check. */
static bool with_data(confirming *c, uint64_t frames, weir_confirmation *out, weir_diag *diag) {
    const weir_network *network = c->compiled->design->network;
    if (network == NULL) {
        weir_random_beats beats = {c->compiled->graph, SEED};
        const weir_expect random = {&beats, weir_random_beats_fill};
        c->options.stimulus = &random;
        return run_both(c, out, diag);
    }
    const weir_layer *input = weir_network_layer(network, weir_network_input(network));
    weir_frames values = {0};
    weir_frames_random(&values, frames,
                       (uint64_t)input->out.rows * input->out.columns * input->out.channels, SEED);
    weir_reference *reference = weir_reference_new(c->compiled, values.values, frames);
    c->options.stimulus = c->options.expect = weir_reference_expect(reference);
    bool good = run_both(c, out, diag);
    weir_reference_free(reference);
    weir_frames_free(&values);
    return good;
}

/* Arrival times of the point's own; the caller frees. */
static bool arrivals(const weir_design *design, uint64_t frames, uint64_t **times,
                     weir_diag *diag) {
    *times = weir_xcalloc(frames, sizeof **times);
    if (design->arrival_path != NULL)
        return weir_arrival_load(*times, frames, design->arrival_path, diag);
    weir_arrival_periodic(*times, frames, design->arrival_period_ps);
    return true;
}

bool weir_confirm(const weir_evaluation *evaluation, const weir_point *point, uint64_t frames,
                  weir_confirmation *confirmation, weir_diag *diag) {
    *confirmation = (weir_confirmation){0};
    weir_draft *draft = weir_point_draft(evaluation->base, point, diag);
    if (draft == NULL) return false;
    char *folder = weir_scratch_folder(evaluation, draft);
    weir_compiled *compiled = weir_compile(draft->design, folder, diag);
    uint64_t *times = NULL;
    bool good = compiled != NULL && arrivals(draft->design, frames, &times, diag);
    if (good) {
        const char **pauses = weir_graph_pauses(compiled->graph, draft->design->source_pause,
                                                draft->design->sink_pause);
        confirming c = {.evaluation = evaluation, .compiled = compiled};
        c.options = (weir_run_options){.frames = frames,
                                       .arrival_ps = times,
                                       .drop = draft->design->drop,
                                       .pauses = pauses,
                                       .trace = true,
                                       .freeze = true,
                                       .rom_folder = compiled->rom_folder,
                                       .stop = evaluation->progress.stop,
                                       .progress = evaluation->progress};
        good = with_data(&c, frames, confirmation, diag);
        free(pauses);
    }
    free(times);
    weir_compiled_free(compiled);
    weir_draft_free(draft);
    return good;
}
