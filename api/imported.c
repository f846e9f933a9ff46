#include "api/imported.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ values */

static const weir_imported_channel *channel_at(const weir_imported *in, uint32_t end) {
    for (uint32_t c = 0; c < in->n_channels; c++)
        if (in->channels[c].producer == end || in->channels[c].consumer == end)
            return &in->channels[c];
    return NULL;
}

static uint64_t values_at(const weir_design *design, uint32_t process) {
    return design->port_types[process].lanes * channel_at(design->imported, process)->beats;
}

uint64_t weir_imported_values(const weir_design *design, weir_process_kind kind) {
    uint64_t values = 0;
    for (uint32_t p = 0; p < design->imported->n_processes; p++)
        if (design->imported->processes[p].kind == kind) values += values_at(design, p);
    return values;
}

/* Values into beats; sources without a type have random ones. */
typedef struct value_beats {
    weir_random_beats random;
    const weir_design *design;
    const weir_frames *frames;
} value_beats;

static void fill_values(void *context, uint32_t channel, uint64_t frame, uint64_t first,
                        uint64_t count, uint8_t *out) {
    const value_beats *from = context;
    const weir_design *design = from->design;
    const weir_channel *c = weir_graph_channel(from->random.graph, channel);
    const weir_port_type *type = &design->port_types[c->producer];
    if (type->lanes == 0) {
        weir_random_beats_fill(context, channel, frame, first, count, out);
        return;
    }
    uint64_t offset = first * type->lanes;
    for (uint32_t p = 0; p < c->producer; p++)
        if (design->imported->processes[p].kind == WEIR_SOURCE) offset += values_at(design, p);
    const float *values = from->frames->values + frame * from->frames->elements + offset;
    const weir_fixed fixed = {type->element.width, type->element.integer, type->element.is_signed,
                              WEIR_RND, WEIR_SAT};
    uint64_t n = count * type->lanes;
    int32_t *integers = weir_xcalloc(n, sizeof *integers);
    for (uint64_t i = 0; i < n; i++)
        integers[i] = (int32_t)weir_fixed_from_double(values[i], fixed);
    weir_stream_pack(&c->stream, integers, count, out);
    free(integers);
}

/* ------------------------------------------------------------------ reports */

/* Least cycles between the reads of two start tokens; and from the first read of a frame to its last
 * write, both of the process's own events. Needs a trace. */
static void see_process(const weir_simulation *sim, const weir_result *result, uint32_t process,
                        weir_record_vendor *out) {
    const weir_imported *in = sim->design->imported;
    uint64_t first = UINT64_MAX, last = 0;
    for (uint32_t c = 0; c < in->n_channels && result->trace != NULL; c++) {
        const weir_imported_channel *channel = &in->channels[c];
        const weir_trace_channel *events = &result->trace->channels[c];
        bool data = channel->carries == WEIR_CARRIES_DATA;
        if (channel->consumer == process && data && events->n_reads > 0 && events->reads[0] < first)
            first = events->reads[0];
        if (channel->producer == process && data && events->n_writes >= channel->beats &&
            events->writes[channel->beats - 1] > last)
            last = events->writes[channel->beats - 1];
        if (channel->consumer != process || channel->carries != WEIR_CARRIES_START) continue;
        for (uint64_t k = 1; k < events->n_reads; k++)
            if (events->reads[k] - events->reads[k - 1] < out->seen_ii_cycles)
                out->seen_ii_cycles = events->reads[k] - events->reads[k - 1];
    }
    if (first < last) out->seen_latency_cycles = last - first;
}

static void see_top(const weir_simulation *sim, const weir_result *result,
                    weir_record_vendor *out) {
    uint64_t period = sim->design->domains[sim->design->sink_domain].period_ps;
    const weir_frame_times *frames = result->frames;
    if (result->n_frames > 0)
        out->seen_latency_cycles = (frames[0].last_out_ps - frames[0].first_in_ps) / period;
    for (uint64_t f = 1; f < result->n_frames; f++) {
        uint64_t interval = (frames[f].last_out_ps - frames[f - 1].last_out_ps) / period;
        if (interval < out->seen_ii_cycles) out->seen_ii_cycles = interval;
    }
}

/* WEIR_NO_FIGURE and WEIR_UNMEASURED are one. */
static weir_record_vendor reported(const char *name, const char *source,
                                   const weir_vendor_figures *f) {
    return (weir_record_vendor){.name = name,
                                .source = source,
                                .latency_cycles = f->latency_max,
                                .ii_cycles = f->ii_max,
                                .seen_latency_cycles = WEIR_UNMEASURED,
                                .seen_ii_cycles = WEIR_UNMEASURED,
                                .lut = f->lut,
                                .ff = f->ff,
                                .dsp = f->dsp,
                                .bram18 = f->bram18,
                                .uram = f->uram};
}

/* The reports of the top, and what ran: depths, storage and clocks as imported? */
static uint32_t add_top(const weir_simulation *sim, const weir_result *result,
                        weir_record_vendor *vendor) {
    static const char *const vivado[] = {NULL, "vivado synthesis", "vivado implementation"};
    const weir_imported *in = sim->design->imported;
    weir_vendor_figures cosim = {WEIR_NO_FIGURE, in->cosim_latency, WEIR_NO_FIGURE,
                                 in->cosim_ii,   WEIR_NO_FIGURE,    WEIR_NO_FIGURE,
                                 WEIR_NO_FIGURE, WEIR_NO_FIGURE,    WEIR_NO_FIGURE};
    uint32_t n = 0;
    vendor[n++] = reported(in->top, "csynth", &in->figures);
    if (in->cosim_latency != WEIR_NO_FIGURE || in->cosim_ii != WEIR_NO_FIGURE)
        vendor[n++] = reported(in->top, "cosim", &cosim);
    if (in->vivado_stage != WEIR_VIVADO_NONE)
        vendor[n++] = reported(in->top, vivado[in->vivado_stage], &in->vivado);
    bool as_run = weir_imported_is_unchanged(sim->design, sim->compiled->graph);
    for (uint32_t i = 0; i < n; i++) {
        vendor[i].whole = true;
        vendor[i].as_run = as_run;
        see_top(sim, result, &vendor[i]);
    }
    return n;
}

void weir_imported_reports(const weir_simulation *sim, const weir_result *result, weir_arena *arena,
                           weir_record_source *source) {
    const weir_imported *in = sim->design->imported;
    weir_record_vendor *vendor = WEIR_NEW(arena, weir_record_vendor, in->n_processes + 3);
    uint32_t n = add_top(sim, result, vendor);
    for (uint32_t p = 0; p < in->n_processes; p++) {
        const weir_vendor_figures *f = &in->processes[p].figures;
        if (f->latency_max == WEIR_NO_FIGURE && f->ii_max == WEIR_NO_FIGURE) continue;
        vendor[n] = reported(in->processes[p].name, "csynth", f);
        vendor[n].as_run = true;
        /* The channels that are known by the process's number are its dealers' where it has copies. */
        if (sim->design->process_copies[p] < 2) see_process(sim, result, p, &vendor[n]);
        n++;
    }
    source->vendor = vendor;
    source->n_vendor = n;
}

void weir_imported_take_values(weir_outcome *outcome, const weir_simulation *sim,
                               const weir_result *result) {
    const weir_graph *graph = sim->compiled->graph;
    uint32_t sink = 0, n = weir_graph_processes(graph);
    while (sink < n && weir_graph_process(graph, sink)->kind != WEIR_SINK)
        sink++;
    if (sink == n || sim->design->port_types[sink].lanes == 0 || result->outputs == NULL) return;
    const weir_channel *channel = weir_graph_channel(graph, weir_graph_input(graph, sink, 0));
    const weir_element element = sim->design->port_types[sink].element;
    const weir_fixed fixed = {element.width, element.integer, element.is_signed, WEIR_TRN,
                              WEIR_WRAP};
    uint64_t beats = weir_stream_beats(&channel->stream);
    uint64_t n_values = weir_stream_elements(&channel->stream);
    int32_t *integers = weir_xcalloc(n_values, sizeof *integers);
    outcome->n_outputs = n_values;
    outcome->values = weir_xcalloc(result->n_frames * n_values + 1, sizeof *outcome->values);
    for (uint64_t f = 0; f < result->n_frames; f++) {
        weir_stream_unpack(&channel->stream, result->outputs + f * beats * channel->beat_bytes,
                           beats, integers);
        for (uint64_t i = 0; i < n_values; i++) {
            /* Spare bits above the value are of no account. */
            int64_t value = weir_fixed_convert(integers[i], weir_fixed_fraction(fixed), fixed);
            outcome->values[f * n_values + i] = (float)weir_fixed_to_double(value, fixed);
        }
    }
    free(integers);
}

/* How the values that left compare with those expected. */
static bool compare_values(const weir_simulation *sim, const weir_outcome *outcome,
                           const weir_frames *expected, weir_accuracy *accuracy) {
    uint64_t n = outcome->n_outputs;
    uint64_t frames = outcome->record->n_frames;
    if (outcome->values == NULL || n == 0 || sim->random) return false;
    *accuracy = (weir_accuracy){0};
    for (uint64_t f = 0; f < frames && outcome->record->frames[f].index < expected->count; f++) {
        const float *found = outcome->values + f * n;
        const float *wanted = expected->values + outcome->record->frames[f].index * n;
        uint64_t largest = 0, likeliest = 0;
        for (uint64_t v = 0; v < n; v++) {
            if (found[v] > found[largest]) largest = v;
            if (wanted[v] > wanted[likeliest]) likeliest = v;
            double error = fabs((double)found[v] - (double)wanted[v]);
            if (error > accuracy->largest_error) accuracy->largest_error = error;
        }
        accuracy->frames++;
        accuracy->positions++;
        accuracy->argmax_equal += largest == likeliest;
    }
    return accuracy->frames > 0;
}

static bool check_values(const weir_simulation *sim, weir_outcome *outcome, weir_diag *diag) {
    const char *path = sim->design->expected_path;
    weir_frames expected = {0};
    if (path == NULL || sim->random || sim->options.engine == WEIR_ENGINE_REPLAY) return true;
    if (outcome->n_outputs == 0)
        return weir_error(diag, (weir_loc){path, 0},
                          "values to be compared, and no output of known type: design.cfg says it "
                          "as outputs = ({ name; lanes; type; })");
    if (!weir_frames_load(&expected, path, outcome->n_outputs, 0, diag)) return false;
    outcome->record->has_accuracy =
        compare_values(sim, outcome, &expected, &outcome->record->accuracy);
    weir_frames_free(&expected);
    return true;
}

weir_status weir_simulation_run_imported(weir_simulation *sim, const uint64_t *arrival_ps,
                                         weir_outcome **outcome, weir_diag *diag) {
    const weir_compiled *compiled = sim->compiled;
    value_beats beats = {
        .random = {compiled->graph, sim->seed}, .design = sim->design, .frames = &sim->frames};
    const weir_expect stimulus = {&beats,
                                  sim->random || weir_imported_values(sim->design, WEIR_SOURCE) == 0
                                      ? weir_random_beats_fill
                                      : fill_values};
    weir_run_options options = sim->options;
    options.frames = sim->n_frames;
    options.arrival_ps = arrival_ps;
    options.stimulus = &stimulus;
    options.stitched_top = compiled->top;
    options.stitched_sources = compiled->top_sources;
    options.n_stitched_sources = compiled->n_top_sources;
    options.stitched_imported = true;
    options.rom_folder = compiled->rom_folder;
    if (options.engine == WEIR_ENGINE_STITCHED && !compiled->top_is_vendors)
        weir_diag_add(
            diag, WEIR_WARNING, WEIR_NOWHERE,
            "design \"%s\": clocks, FIFO storage or copies of processes are not as imported: "
            "the stitched top is weir's, of the imported processes and weir's own FIFOs%s, "
            "not the vendor's",
            sim->design->name, compiled->operators != NULL ? ", distributors and collectors" : "");
    weir_outcome_extras extras = {0};
    weir_cost *processes, *channels;
    if (!weir_simulation_costs(sim, &processes, &channels, diag)) return WEIR_BAD_INPUT;
    extras.processes = processes;
    extras.channels = channels;
    weir_result *result = NULL;
    const char **pauses = weir_simulation_pauses(sim);
    options.pauses = pauses;
    weir_status status = weir_run(compiled->graph, &options, &result, diag);
    free(pauses);
    if (result != NULL) {
        *outcome = weir_outcome_new(sim, result, false, &extras);
        weir_result_free(result);
        if (!check_values(sim, *outcome, diag) && status == WEIR_OK) status = WEIR_BAD_INPUT;
        if (status == WEIR_OK) status = weir_outcome_check_fit(*outcome, diag);
    }
    free(processes);
    free(channels);
    return status;
}
