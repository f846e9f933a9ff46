#include "api/handles.h"
#include "api/imported.h"
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FRAMES 10
#define DEFAULT_SEED 1
#define MAX_INTERVAL (UINT64_C(1) << 48) /* as in the file */
#define MAX_FPS 1e12
#define TOGGLE_FRAMES 2 /* what the reference still has in memory */

static uint64_t elements_of(weir_shape shape) {
    return (uint64_t)shape.rows * shape.columns * shape.channels;
}

static uint64_t inputs_of(const weir_design *design) {
    if (design->imported != NULL) return weir_imported_values(design, WEIR_SOURCE);
    return elements_of(
        weir_network_layer(design->network, weir_network_input(design->network))->out);
}

static uint64_t outputs_of(const weir_design *design) {
    if (design->imported != NULL) return weir_imported_values(design, WEIR_SINK);
    return elements_of(
        weir_network_layer(design->network, weir_network_output(design->network))->out);
}

static bool check_opening(const weir_opening *opening, weir_diag *diag) {
    double fps = opening->target_fps;
    if (!(fps >= 0 && fps <= MAX_FPS))
        return weir_error(diag, WEIR_NOWHERE, "target_fps: %g, allowed are 0 to %g", fps, MAX_FPS);
    if (opening->target_interval_cycles > MAX_INTERVAL)
        return weir_error(diag, WEIR_NOWHERE, "target_interval_cycles: %llu, maximum %llu",
                          (unsigned long long)opening->target_interval_cycles,
                          (unsigned long long)MAX_INTERVAL);
    if (opening->target_interval_cycles > 0 && fps > 0)
        return weir_error(diag, WEIR_NOWHERE,
                          "target_interval_cycles and target_fps say the same thing twice; allowed "
                          "is one of them");
    return true;
}

weir_simulation *weir_simulation_open(const char *path, weir_messages *log) {
    return weir_simulation_open_with(path, &(weir_opening){0}, log);
}

weir_simulation *weir_simulation_open_with(const char *path, const weir_opening *opening,
                                           weir_messages *log) {
    if (!check_opening(opening, weir_messages_diag(log))) return NULL;
    const weir_design_options options = {
        opening->crop_rows,  opening->crop_columns, opening->target_interval_cycles,
        opening->target_fps, opening->io,           opening->device};
    weir_design *design = weir_design_load(path, &options, weir_messages_diag(log));
    if (design == NULL) return NULL;
    weir_arena *arena = weir_arena_new();
    weir_simulation *sim = WEIR_NEW(arena, weir_simulation, 1);
    sim->arena = arena;
    sim->design = design;
    sim->resources = WEIR_COST_ESTIMATE;
    sim->source_pause = design->source_pause;
    sim->options = (weir_run_options){
        .engine = WEIR_ENGINE_RTL,
        .drop = design->drop,
        .sink_pause = design->sink_pause,
        .trace = true,
        .freeze = true,
    };
    return sim;
}

static void drop_compiled(weir_simulation *sim) {
    weir_compiled_free(sim->compiled);
    sim->compiled = NULL;
}

void weir_simulation_close(weir_simulation *sim) {
    if (sim == NULL) return;
    drop_compiled(sim);
    weir_design_free(sim->design);
    weir_frames_free(&sim->frames);
    weir_arena_free(sim->arena);
}

const char *weir_simulation_name(const weir_simulation *sim) {
    return sim->design->name;
}

const char *weir_simulation_folder(const weir_simulation *sim) {
    return sim->design->folder;
}

uint64_t weir_simulation_inputs(const weir_simulation *sim) {
    return inputs_of(sim->design);
}

uint64_t weir_simulation_outputs(const weir_simulation *sim) {
    return outputs_of(sim->design);
}

/* The RTL of a compiled folder is that of the unchanged design. */
static void mark_changed(weir_simulation *sim) {
    drop_compiled(sim);
    sim->design->folder = NULL;
}

weir_status weir_simulation_set_depth(weir_simulation *sim, const char *fifo, uint32_t depth,
                                      weir_messages *log) {
    if (depth < 1) {
        weir_error(weir_messages_diag(log), WEIR_NOWHERE, "fifo \"%s\": depth %u, minimum 1", fifo,
                   depth);
        return WEIR_BAD_INPUT;
    }
    weir_design *design = sim->design;
    weir_fifo_settings *fifos = WEIR_NEW(sim->arena, weir_fifo_settings, design->n_fifos + 1);
    weir_fifo_settings changed = {.name = weir_arena_strdup(sim->arena, fifo),
                                  .flops = design->default_flops,
                                  .storage = design->default_storage};
    for (uint32_t i = 0; i < design->n_fifos; i++) {
        fifos[i] = design->fifos[i];
        if (strcmp(fifos[i].name, fifo) == 0) changed = fifos[i];
    }
    changed.depth = depth;
    changed.loc = WEIR_NOWHERE;
    fifos[design->n_fifos] = changed; /* the last entry of a name counts */
    design->fifos = fifos;
    design->n_fifos++;
    mark_changed(sim);
    return WEIR_OK;
}

weir_status weir_simulation_set_period(weir_simulation *sim, const char *name, uint64_t period_ps,
                                       weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    weir_design *design = sim->design;
    weir_domain *domains = WEIR_NEW(sim->arena, weir_domain, design->n_domains);
    weir_text *known = weir_text_new();
    bool found = false, good = period_ps > 0;
    for (uint32_t i = 0; i < design->n_domains; i++) {
        domains[i] = design->domains[i];
        weir_text_addf(known, "%s%s", i > 0 ? ", " : "", domains[i].name);
        if (strcmp(domains[i].name, name) != 0) continue;
        domains[i].period_ps = period_ps;
        found = true;
    }
    if (!found)
        weir_error(diag, WEIR_NOWHERE, "clock domain \"%s\" is unknown; defined: %s", name,
                   weir_text_string(known));
    if (!good) weir_error(diag, WEIR_NOWHERE, "clock domain \"%s\": period 0 ps, minimum 1", name);
    weir_text_free(known);
    if (!found || !good) return WEIR_BAD_INPUT;
    design->domains = domains;
    mark_changed(sim);
    return WEIR_OK;
}

static bool some_frames(const weir_simulation *sim, uint64_t frames, weir_diag *diag) {
    uint64_t values = inputs_of(sim->design);
    uint64_t most = weir_memory_bytes() / ((values > 0 ? values : 1) * sizeof(float));
    if (frames == 0) return weir_error(diag, WEIR_NOWHERE, "frames: 0, minimum 1");
    if (frames <= most) return true;
    return weir_error(diag, WEIR_NOWHERE, "frames: %llu, this machine's memory holds %llu",
                      (unsigned long long)frames, (unsigned long long)most);
}

static void take_frames(weir_simulation *sim, weir_frames frames) {
    weir_frames_free(&sim->frames);
    sim->frames = frames;
    sim->n_frames = frames.count;
    sim->random = false;
}

weir_status weir_simulation_load_frames(weir_simulation *sim, const char *path, uint64_t frames,
                                        weir_messages *log) {
    weir_frames loaded = {0};
    if (inputs_of(sim->design) == 0) {
        weir_error(
            weir_messages_diag(log), WEIR_NOWHERE,
            "design \"%s\": no input of known type; design.cfg says how values lie in beats: "
            "inputs = ({ name; lanes; type; })",
            sim->design->name);
        return WEIR_BAD_INPUT;
    }
    if (!weir_frames_load(&loaded, path, inputs_of(sim->design), frames, weir_messages_diag(log)))
        return WEIR_BAD_INPUT;
    take_frames(sim, loaded);
    return WEIR_OK;
}

weir_status weir_simulation_set_frames(weir_simulation *sim, const float *values, uint64_t frames,
                                       weir_messages *log) {
    if (!some_frames(sim, frames, weir_messages_diag(log))) return WEIR_BAD_INPUT;
    uint64_t elements = inputs_of(sim->design);
    weir_frames copy = {frames, elements,
                        weir_xcalloc(frames * elements, sizeof *sim->frames.values)};
    memcpy(copy.values, values, frames * elements * sizeof *copy.values);
    take_frames(sim, copy);
    return WEIR_OK;
}

weir_status weir_simulation_random_frames(weir_simulation *sim, uint64_t frames, uint64_t seed,
                                          weir_messages *log) {
    if (frames == 0) {
        weir_error(weir_messages_diag(log), WEIR_NOWHERE, "frames: 0, minimum 1");
        return WEIR_BAD_INPUT;
    }
    take_frames(sim, (weir_frames){0});
    sim->n_frames = frames;
    sim->seed = seed;
    sim->random = true;
    return WEIR_OK;
}

bool weir_simulation_make_frames(weir_simulation *sim, weir_diag *diag) {
    if (!sim->random || sim->frames.count == sim->n_frames) return true;
    if (!some_frames(sim, sim->n_frames, diag)) return false;
    weir_frames_random(&sim->frames, sim->n_frames, inputs_of(sim->design), sim->seed);
    return true;
}

weir_status weir_simulation_set_engine(weir_simulation *sim, const char *engine,
                                       weir_messages *log) {
    static const weir_engine engines[] = {WEIR_ENGINE_RTL, WEIR_ENGINE_STITCHED,
                                          WEIR_ENGINE_REPLAY};
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (strcmp(weir_engine_name(engines[i]), engine) != 0) continue;
        sim->options.engine = engines[i];
        return WEIR_OK;
    }
    weir_error(weir_messages_diag(log), WEIR_NOWHERE,
               "engine \"%s\" is unknown; there are: rtl, stitched, replay", engine);
    return WEIR_BAD_INPUT;
}

void weir_simulation_set_trace(weir_simulation *sim, bool trace) {
    sim->options.trace = trace;
}

void weir_simulation_set_freeze(weir_simulation *sim, bool freeze) {
    sim->options.freeze = freeze;
}

void weir_simulation_set_shuffle(weir_simulation *sim, uint64_t seed) {
    sim->options.shuffle_seed = seed;
}

void weir_simulation_set_stall(weir_simulation *sim, uint64_t cycles) {
    sim->options.stall_cycles = cycles;
}

void weir_simulation_set_progress(weir_simulation *sim, weir_report_fn report, void *context) {
    sim->options.progress =
        (weir_progress){.context = context, .report = report, .stop = sim->options.stop};
}

void weir_simulation_set_stop(weir_simulation *sim, const volatile int *stop) {
    sim->options.stop = sim->options.progress.stop = stop;
}

weir_status weir_simulation_compile(weir_simulation *sim, const char *folder, weir_messages *log) {
    drop_compiled(sim);
    sim->compiled = weir_compile(sim->design, folder, weir_messages_diag(log));
    return sim->compiled != NULL ? WEIR_OK : WEIR_BAD_INPUT;
}

bool weir_simulation_arrivals(const weir_simulation *sim, uint64_t **times, weir_diag *diag) {
    const weir_design *design = sim->design;
    *times = NULL;
    if (design->arrival_path == NULL && design->arrival_period_ps == 0) return true;
    uint64_t count = sim->n_frames;
    *times = weir_xcalloc(count, sizeof **times);
    if (design->arrival_path != NULL)
        return weir_arrival_load(*times, count, design->arrival_path, diag);
    weir_arrival_periodic(*times, count, design->arrival_period_ps);
    return true;
}

/* Bit flips on each channel in the last frames that went through, from the reference: its beats are
 * the hardware's as long as every beat is equal. After the run, so that it does not pay for it. */
static weir_toggles *count_toggles(const weir_graph *graph, const weir_result *result,
                                   const weir_expect *expect) {
    uint32_t n = weir_graph_channels(graph);
    weir_toggles *toggles = weir_xcalloc(n + 1, sizeof *toggles);
    uint64_t frames = result->n_frames < TOGGLE_FRAMES ? result->n_frames : TOGGLE_FRAMES;
    for (uint32_t c = 0; c < n && frames > 0; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        uint64_t beats = weir_stream_beats(&channel->stream), bytes = channel->beat_bytes;
        uint8_t *packed = weir_xcalloc(frames * beats, bytes);
        uint64_t carried = 0;
        for (uint64_t f = result->n_frames - frames; f < result->n_frames; f++) {
            if (!weir_frame_carried(channel->frame_step, channel->frame_first, f)) continue;
            expect->fill(expect->context, c, result->frames[f].index, 0, beats,
                         packed + carried++ * beats * bytes);
        }
        weir_toggles_count(&toggles[c], packed, carried * beats, channel->beat_bits);
        free(packed);
    }
    return toggles;
}

static weir_status run_compiled(weir_simulation *sim, const uint64_t *arrival_ps,
                                weir_outcome **outcome, weir_diag *diag) {
    if (sim->design->imported != NULL)
        return weir_simulation_run_imported(sim, arrival_ps, outcome, diag);
    const weir_compiled *compiled = sim->compiled;
    weir_cost *processes, *channels;
    bool has_data = sim->options.engine != WEIR_ENGINE_REPLAY;
    if (has_data && !weir_simulation_make_frames(sim, diag)) return WEIR_BAD_INPUT;
    if (!weir_simulation_costs(sim, &processes, &channels, diag)) return WEIR_BAD_INPUT;
    weir_reference *reference =
        has_data ? weir_reference_new(compiled, sim->frames.values, sim->frames.count) : NULL;
    weir_run_options options = sim->options;
    options.frames = sim->n_frames;
    options.arrival_ps = arrival_ps;
    const char **pauses = weir_simulation_pauses(sim);
    options.pauses = pauses;
    if (has_data) options.stimulus = options.expect = weir_reference_expect(reference);
    options.stitched_top = compiled->top;
    options.stitched_sources = compiled->top_sources;
    options.n_stitched_sources = compiled->n_top_sources;
    options.rom_folder = compiled->rom_folder;

    weir_result *result = NULL;
    weir_status status = weir_run(compiled->graph, &options, &result, diag);
    free(pauses);
    if (result != NULL) {
        /* The accuracy is the reference's: the hardware's too as long as every beat is equal. */
        bool whole =
            has_data && !result->partial && !result->deadlock.happened && result->mismatches == 0;
        weir_accuracy accuracy = {0};
        if (whole) accuracy = weir_reference_accuracy(reference);
        weir_toggles *toggles =
            has_data ? count_toggles(compiled->graph, result, options.expect) : NULL;
        const weir_outcome_extras extras = {whole ? &accuracy : NULL, processes, channels, toggles};
        *outcome = weir_outcome_new(sim, result, has_data, &extras);
        free(toggles);
        weir_outcome_add_critical(*outcome, sim, arrival_ps);
        weir_result_free(result);
        if (status == WEIR_OK) status = weir_outcome_check_fit(*outcome, diag);
    }
    if (has_data) weir_reference_free(reference);
    free(processes);
    free(channels);
    return status;
}

weir_status weir_simulation_run(weir_simulation *sim, weir_outcome **outcome, weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    *outcome = NULL;
    if (sim->compiled == NULL) {
        weir_error(diag, WEIR_NOWHERE, "design \"%s\" is not compiled", sim->design->name);
        return WEIR_USAGE;
    }
    if (sim->n_frames == 0) weir_simulation_random_frames(sim, DEFAULT_FRAMES, DEFAULT_SEED, log);
    uint64_t *times;
    weir_status status = WEIR_BAD_INPUT;
    if (weir_simulation_arrivals(sim, &times, diag))
        status = run_compiled(sim, times, outcome, diag);
    free(times);
    return status;
}
