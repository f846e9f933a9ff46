#include "api/handles.h"
#include "api/imported.h"
#include "report/report.h"
#include "report/wave.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The sink's beats as values, in the order of the network's file. */
static void take_values(weir_outcome *outcome, const weir_simulation *simulation,
                        const weir_result *result) {
    const weir_graph *graph = simulation->compiled->graph;
    uint32_t sink = 0, n = weir_graph_processes(graph);
    while (sink < n && weir_graph_process(graph, sink)->kind != WEIR_SINK)
        sink++;
    if (sink == n || result->outputs == NULL) return;
    const weir_channel *channel = weir_graph_channel(graph, weir_graph_input(graph, sink, 0));
    uint64_t beats = weir_stream_beats(&channel->stream);
    uint64_t elements = weir_stream_elements(&channel->stream);
    const uint32_t *order = weir_network_output_order(simulation->design->network);
    int32_t *integers = weir_xcalloc(elements, sizeof *integers);
    outcome->n_outputs = elements;
    outcome->values = weir_xcalloc(result->n_frames * elements + 1, sizeof *outcome->values);
    for (uint64_t f = 0; f < result->n_frames; f++) {
        weir_stream_unpack(&channel->stream, result->outputs + f * beats * channel->beat_bytes,
                           beats, integers);
        for (uint64_t i = 0; i < elements; i++) {
            uint64_t at = order != NULL ? order[i] : i;
            outcome->values[f * elements + i] =
                (float)weir_compiled_output(simulation->compiled, at, integers[at]);
        }
    }
    free(integers);
}

/* Whose top was run whole; an imported design's is the vendor's own where there is such a one. */
static const char *stitched_of(const weir_simulation *simulation) {
    if (simulation->options.engine != WEIR_ENGINE_STITCHED) return "";
    return simulation->compiled->top_is_vendors ? "vendor" : "weir";
}

weir_outcome *weir_outcome_new(const weir_simulation *simulation, weir_result *result, bool checked,
                               const weir_outcome_extras *extras) {
    const weir_design *design = simulation->design;
    weir_record_source source = {
        .graph = simulation->compiled->graph,
        .result = result,
        .checked = checked,
        .accuracy = extras->accuracy,
        .processes = extras->processes,
        .channels = extras->channels,
        .toggles = extras->toggles,
        .device = design->device,
        .arrival_period_ps = design->arrival_path == NULL ? design->arrival_period_ps : 0,
        .source_pause = simulation->source_pause,
        .sink_pause = simulation->options.sink_pause,
        .stitched = stitched_of(simulation),
    };
    weir_outcome *outcome = weir_xcalloc(1, sizeof *outcome);
    weir_arena *arena = weir_arena_new();
    if (design->imported != NULL) weir_imported_reports(simulation, result, arena, &source);
    outcome->record = weir_record_new(&source);
    weir_arena_free(arena);
    outcome->trace = result->trace;
    result->trace = NULL;
    if (design->imported == NULL)
        take_values(outcome, simulation, result);
    else
        weir_imported_take_values(outcome, simulation, result);
    return outcome;
}

static char *joined(const char *folder, const char *file) {
    size_t size = strlen(folder) + strlen(file) + 2;
    char *path = weir_xcalloc(size, 1);
    snprintf(path, size, "%s/%s", folder, file);
    return path;
}

weir_outcome *weir_outcome_load(const char *folder, weir_messages *log) {
    char *path = joined(folder, "result.json");
    weir_record *record = weir_record_load(path, weir_messages_diag(log));
    free(path);
    if (record == NULL) return NULL;
    weir_outcome *outcome = weir_xcalloc(1, sizeof *outcome);
    outcome->record = record;
    outcome->folder = joined(folder, "");
    return outcome;
}

weir_status weir_outcome_save(const weir_outcome *outcome, const char *folder, weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    if (!weir_make_folder(folder, diag)) return WEIR_BAD_INPUT;
    weir_text *json = weir_text_new();
    weir_record_json(outcome->record, json);
    char *result = joined(folder, "result.json"), *trace = joined(folder, "trace.weir");
    bool good = weir_text_save(json, result, diag);
    if (outcome->trace != NULL)
        good = weir_trace_save(outcome->trace, trace, diag) && good;
    else if (outcome->folder == NULL)
        unlink(trace); /* of an earlier run */
    free(result);
    free(trace);
    weir_text_free(json);
    return good ? WEIR_OK : WEIR_BAD_INPUT;
}

void weir_outcome_free(weir_outcome *outcome) {
    if (outcome == NULL) return;
    weir_record_free(outcome->record);
    if (outcome->trace != NULL) weir_trace_free(outcome->trace);
    free(outcome->folder);
    free(outcome->values);
    free(outcome);
}

weir_summary weir_outcome_summary(const weir_outcome *outcome) {
    const weir_record *record = outcome->record;
    return (weir_summary){
        .frames = record->n_frames,
        .dropped = record->n_dropped,
        .beats_checked = record->data.beats,
        .mismatches = record->data.mismatches,
        .partial = record->partial,
        .deadlock = record->deadlock.happened,
        .steady_interval_ps = record->steady_interval_ps,
        .bottleneck = record->bottleneck.process,
        .why = record->bottleneck.why,
        .share = record->bottleneck.share,
        .deadlock_text = record->deadlock.text,
    };
}

weir_frame_info weir_outcome_frame(const weir_outcome *outcome, uint64_t index) {
    if (index >= outcome->record->n_frames) return (weir_frame_info){0};
    const weir_frame_times *frame = &outcome->record->frames[index];
    return (weir_frame_info){frame->index, frame->first_in_ps, frame->last_out_ps};
}

uint32_t weir_outcome_processes(const weir_outcome *outcome) {
    return outcome->record->n_processes;
}

weir_process_info weir_outcome_process(const weir_outcome *outcome, uint32_t index) {
    if (index >= outcome->record->n_processes) return (weir_process_info){0};
    const weir_record_process *process = &outcome->record->processes[index];
    return (weir_process_info){process->name,           process->operator_name,
                               process->domain_name,    process->initiations,
                               process->busy_cycles,    process->starved_cycles,
                               process->blocked_cycles, process->idle_cycles};
}

uint32_t weir_outcome_channels(const weir_outcome *outcome) {
    return outcome->record->n_channels;
}

weir_channel_info weir_outcome_channel(const weir_outcome *outcome, uint32_t index) {
    if (index >= outcome->record->n_channels) return (weir_channel_info){0};
    const weir_record_channel *channel = &outcome->record->channels[index];
    return (weir_channel_info){channel->name,      channel->producer_name, channel->consumer_name,
                               channel->beat_bits, channel->depth,         channel->max_occupancy};
}

const float *weir_outcome_values(const weir_outcome *outcome, uint64_t frame) {
    if (outcome->values == NULL || frame >= outcome->record->n_frames) return NULL;
    return outcome->values + frame * outcome->n_outputs;
}

/* The text as a string of the caller's; frees the text. */
static char *handed_over(weir_text *text) {
    char *copy = strdup(weir_text_string(text));
    weir_text_free(text);
    return copy;
}

char *weir_outcome_report(const weir_outcome *outcome, const char *format) {
    static const struct {
        const char *format;
        void (*write)(const weir_record *record, weir_text *out);
    } writers[] = {
        {"text", weir_report_text}, {"json", weir_record_json}, {"csv", weir_report_csv}};
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (strcmp(writers[i].format, format) != 0) continue;
        weir_text *text = weir_text_new();
        writers[i].write(outcome->record, text);
        return handed_over(text);
    }
    return NULL;
}

char *weir_outcome_diff(const weir_outcome *a, const char *name_a, const weir_outcome *b,
                        const char *name_b) {
    weir_text *text = weir_text_new();
    weir_report_diff(a->record, name_a, b->record, name_b, text);
    return handed_over(text);
}

static weir_status write_wave(const weir_trace *trace, const char *format, const char *path,
                              weir_diag *diag) {
    bool good;
    if (strcmp(format, "vcd") == 0)
        good = weir_wave_vcd(trace, path, diag);
    else if (strcmp(format, "fst") == 0)
        good = weir_wave_fst(trace, path, diag);
    else
        good = weir_error(diag, WEIR_NOWHERE,
                          "waveform format \"%s\" is unknown; there are: vcd, fst", format);
    return good ? WEIR_OK : WEIR_BAD_INPUT;
}

weir_status weir_outcome_wave(const weir_outcome *outcome, const char *format, const char *path,
                              weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    if (outcome->trace != NULL) return write_wave(outcome->trace, format, path, diag);
    if (outcome->folder == NULL) {
        weir_error(diag, WEIR_NOWHERE, "%s: the run was not traced, so there are no events to draw",
                   path);
        return WEIR_BAD_INPUT;
    }
    char *file = joined(outcome->folder, "trace.weir");
    weir_trace *trace = weir_trace_load(file, diag);
    free(file);
    if (trace == NULL) return WEIR_BAD_INPUT;
    weir_status status = write_wave(trace, format, path, diag);
    weir_trace_free(trace);
    return status;
}
