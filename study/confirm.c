/* A point of a study on its own RTL: does the arithmetic that its figures rest on hold there? */
#include "hls/compile.h"
#include "models/expect.h"
#include "sim/run.h"
#include "study/reconfigure.h"
#include "traces/stimulus.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 1 };

typedef struct confirming {
    const weir_evaluation *evaluation;
    const weir_compiled *compiled;
    const weir_reconfigured *turns; /* NULL: all of the design is there at once */
    weir_run_options options;
    weir_result *rtl;
} confirming;

/* A run that was stopped early says nothing about the rest. */
static bool run(confirming *c, const weir_graph *graph, weir_engine engine, weir_result **result,
                weir_diag *diag) {
    weir_run_options options = c->options;
    options.engine = engine;
    if (engine == WEIR_ENGINE_REPLAY) options.stimulus = options.expect = NULL;
    if (weir_run(graph, &options, result, diag) == WEIR_BAD_INPUT || *result == NULL) return false;
    return !(*result)->partial ||
           weir_error(diag, WEIR_NOWHERE, "study: stopped before it was finished");
}

/* The first thing that differs from the RTL, of frames' times, port events and data. */
static char *difference(const confirming *c, const weir_result *other) {
    char line[256];
    const char *name = weir_engine_name(other->engine);
    uint64_t n = c->rtl->n_frames;
    if (n != other->n_frames) {
        snprintf(line, sizeof line, "%" PRIu64 " frames on rtl, %" PRIu64 " on %s", n,
                 other->n_frames, name);
        return weir_xstrdup(line);
    }
    for (uint64_t f = 0; f < n; f++) {
        const weir_frame_times *a = &c->rtl->frames[f], *b = &other->frames[f];
        if (a->first_in_ps == b->first_in_ps && a->last_out_ps == b->last_out_ps) continue;
        snprintf(line, sizeof line,
                 "frame %" PRIu64 ": %" PRIu64 " to %" PRIu64 " ps on rtl, %" PRIu64 " to %" PRIu64
                 " ps on %s",
                 f, a->first_in_ps, a->last_out_ps, b->first_in_ps, b->last_out_ps, name);
        return weir_xstrdup(line);
    }
    if (c->rtl->mismatches + other->mismatches > 0) {
        snprintf(line, sizeof line,
                 "%" PRIu64 " beats differ from the reference on rtl, %" PRIu64 " on %s",
                 c->rtl->mismatches, other->mismatches, name);
        return weir_xstrdup(line);
    }
    return weir_trace_difference(c->rtl->trace, other->trace);
}

static void take_rtl(const confirming *c, weir_confirmation *out) {
    const weir_result *rtl = c->rtl;
    uint64_t n = rtl->n_frames;
    out->ran = true;
    out->frames = c->options.frames;
    out->mismatches = rtl->mismatches;
    if (n == 0) return;
    out->latency_ps = rtl->frames[0].last_out_ps - rtl->frames[0].first_in_ps;
    out->run_ps = rtl->frames[n - 1].last_out_ps - rtl->frames[0].first_in_ps;
    if (n > 1) out->interval_ps = rtl->frames[n - 1].last_out_ps - rtl->frames[n - 2].last_out_ps;
}

/* Each of the other engines against the RTL, until one differs. A part has no stitched top. */
static bool run_engines(confirming *c, const weir_graph *graph, weir_confirmation *out,
                        weir_diag *diag) {
    const weir_engine others[] = {WEIR_ENGINE_REPLAY, WEIR_ENGINE_STITCHED};
    int n = c->evaluation->stitched && c->turns == NULL ? 2 : 1;
    bool good = run(c, graph, WEIR_ENGINE_RTL, &c->rtl, diag);
    for (int i = 0; i < n && good && out->text == NULL; i++) {
        weir_result *other = NULL;
        good = run(c, graph, others[i], &other, diag);
        if (good) out->text = difference(c, other);
        weir_result_free(other);
    }
    if (good) take_rtl(c, out);
    out->agrees = good && out->text == NULL;
    weir_result_free(c->rtl);
    c->rtl = NULL;
    return good;
}

/* ---- parts that are loaded in turn ---- */

typedef struct mapped { /* beats of the whole design, asked for by a part's channels */
    const weir_expect *whole;
    const uint32_t *channel;
} mapped;

static void mapped_fill(void *context, uint32_t channel, uint64_t frame, uint64_t first,
                        uint64_t count, uint8_t *out) {
    const mapped *m = context;
    m->whole->fill(m->whole->context, m->channel[channel], frame, first, count, out);
}

static bool run_cut(confirming *c, const weir_cut_set *cut, weir_confirmation *out,
                    weir_diag *diag) {
    const weir_run_options whole = c->options;
    mapped beats = {whole.expect, cut->channel};
    const weir_expect expect = {&beats, mapped_fill};
    const char **pauses = weir_xcalloc(cut->n_processes + 1, sizeof *pauses);
    for (uint32_t p = 0; p < cut->n_processes && whole.pauses != NULL; p++)
        if (cut->process[p] != WEIR_NONE) pauses[p] = whole.pauses[cut->process[p]];
    c->options.stimulus = c->options.expect = &expect;
    c->options.pauses = whole.pauses != NULL ? pauses : NULL;
    c->options.arrival_ps = NULL; /* the batch is there */
    bool good = run_engines(c, cut->graph, out, diag);
    c->options = whole;
    free(pauses);
    return good;
}

/* Adds a part's run to what was found of those before it. */
static void add_part(const weir_confirmation *part, uint32_t which, weir_confirmation *out) {
    out->ran = true;
    out->frames = part->frames;
    out->mismatches += part->mismatches;
    out->agrees = (which == 0 || out->agrees) && part->agrees;
    if (part->text == NULL || out->text != NULL) return;
    size_t size = strlen(part->text) + 32;
    out->text = weir_xcalloc(size, 1);
    snprintf(out->text, size, "part %u: %s", which + 1, part->text);
}

/* Each part by itself, with the beats that the whole design has at its borders. The confirmation's
 * latency is that of a batch of its frames, loads among it. */
static bool run_parts(confirming *c, weir_confirmation *out, weir_diag *diag) {
    const weir_graph *graph = c->compiled->graph;
    uint32_t n = weir_graph_processes(graph);
    bool *inside = weir_xcalloc(n + 1, sizeof *inside), good = true;
    for (uint32_t k = 0; k < c->turns->n_turns && good; k++) {
        weir_confirmation part = {0};
        weir_cut_set cut;
        for (uint32_t p = 0; p < n; p++)
            inside[p] = c->turns->part[p] == k;
        const char *name = weir_graph_name(c->turns->turns[k].cut.graph);
        good = weir_cut_processes(graph, inside, name, &cut, diag);
        if (!good) break;
        good = run_cut(c, &cut, &part, diag);
        if (good) add_part(&part, k, out);
        out->latency_ps += c->turns->region.load_ps + part.run_ps;
        free(part.text);
        weir_cut_set_free(&cut);
    }
    if (good && out->frames > 0) out->interval_ps = out->latency_ps / out->frames;
    out->run_ps = out->latency_ps;
    free(inside);
    return good;
}

static bool run_all(confirming *c, weir_confirmation *out, weir_diag *diag) {
    return c->turns != NULL ? run_parts(c, out, diag)
                            : run_engines(c, c->compiled->graph, out, diag);
}

/* Stimulus of random frames, and for Weir's own designs the reference's beats to check. */
static bool with_data(confirming *c, uint64_t frames, weir_confirmation *out, weir_diag *diag) {
    const weir_network *network = c->compiled->design->network;
    if (network == NULL) {
        weir_random_beats beats = {c->compiled->graph, SEED};
        const weir_expect random = {&beats, weir_random_beats_fill};
        c->options.stimulus = &random;
        return run_all(c, out, diag);
    }
    const weir_layer *input = weir_network_layer(network, weir_network_input(network));
    weir_frames values = {0};
    weir_frames_random(&values, frames,
                       (uint64_t)input->out.rows * input->out.columns * input->out.channels, SEED);
    weir_reference *reference = weir_reference_new(c->compiled, values.values, frames);
    c->options.stimulus = c->options.expect = weir_reference_expect(reference);
    bool good = run_all(c, out, diag);
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

/* The parts of a point whose draft has turns: they depend on what it costs. */
static bool find_turns(confirming *c, const weir_point *point, weir_diag *diag) {
    weir_structure structure;
    bool good =
        weir_structure_make(&structure, c->evaluation, point->changes, point->n_changes, diag);
    if (good) c->turns = weir_reconfigured_of(&structure, diag);
    weir_structure_free(&structure);
    return c->turns != NULL;
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
                                       .stitched_top = compiled->top,
                                       .stitched_sources = compiled->top_sources,
                                       .n_stitched_sources = compiled->n_top_sources,
                                       .stitched_imported = draft->design->imported != NULL,
                                       .stop = evaluation->progress.stop,
                                       .progress = evaluation->progress};
        good = draft->turns.n_parts == 0 || find_turns(&c, point, diag);
        good = good && with_data(&c, frames, confirmation, diag);
        weir_reconfigured_free((weir_reconfigured *)c.turns);
        free(pauses);
    }
    confirmation->stitched = evaluation->stitched;
    if (!good) {
        free(confirmation->text);
        *confirmation = (weir_confirmation){0};
    }
    free(times);
    weir_compiled_free(compiled);
    weir_draft_free(draft);
    return good;
}
