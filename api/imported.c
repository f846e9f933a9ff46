#include "api/imported.h"
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ random beats */

static uint64_t mixed(uint64_t z) { /* splitmix64's finish */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void weir_random_beats_fill(void *context, uint32_t channel, uint64_t frame, uint64_t first,
                            uint64_t count, uint8_t *out) {
    const weir_random_beats *random = context;
    const weir_channel *c = weir_graph_channel(random->graph, channel);
    uint64_t beats = weir_stream_beats(&c->stream);
    for (uint64_t b = 0; b < count; b++) {
        uint64_t state = mixed(mixed(random->seed + 1) ^ mixed(channel + 1) ^
                               (frame * beats + first + b) * 0x9e3779b97f4a7c15u);
        uint8_t *beat = out + b * c->beat_bytes;
        for (uint32_t i = 0; i < c->beat_bytes; i++) {
            if (i % 8 == 0) state = mixed(state + 0x9e3779b97f4a7c15u);
            beat[i] = 8 * i >= c->beat_bits ? 0 : (uint8_t)(state >> (i % 8 * 8));
        }
        if (c->beat_bits % 8 != 0)
            beat[c->beat_bits / 8] &= (uint8_t)((1u << c->beat_bits % 8) - 1);
    }
}

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
    weir_result *result = NULL;
    weir_status status = weir_run(compiled->graph, &options, &result, diag);
    if (result == NULL) return status;
    *outcome = weir_outcome_new(sim, result, false, NULL);
    weir_result_free(result);
    return status;
}
