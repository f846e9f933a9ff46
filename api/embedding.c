#include "api/handles.h"
#include "api/weir_embedding.h"
#include "sim/embed.h"
#include <stdlib.h>
#include <string.h>

/* One end of the graph: a beat as bytes, as integers and as values. */
typedef struct end {
    const weir_channel *channel;
    uint8_t *bytes;
    int32_t *integers;
    float *values;
    uint64_t beats; /* so far */
} end;

struct weir_embedding {
    weir_simulation *simulation;
    weir_platform platform;
    weir_outside outside;
    weir_embedded *embedded;
    end source, sink;
    weir_cost *processes, *channels;
    weir_fixed input_type;
    bool holds; /* a beat that the platform has handed over and the design not yet taken */
};

static void open_end(const weir_graph *graph, weir_process_kind kind, end *made) {
    uint32_t p = 0;
    while (weir_graph_process(graph, p)->kind != kind)
        p++; /* a compiled design has one of each */
    uint32_t c =
        kind == WEIR_SOURCE ? weir_graph_output(graph, p, 0) : weir_graph_input(graph, p, 0);
    made->channel = weir_graph_channel(graph, c);
    uint32_t lanes = made->channel->stream.lanes;
    made->bytes = weir_xcalloc(made->channel->beat_bytes, 1);
    made->integers = weir_xcalloc(lanes, sizeof *made->integers);
    made->values = weir_xcalloc(lanes, sizeof *made->values);
}

static void close_end(end *closed) {
    free(closed->bytes);
    free(closed->integers);
    free(closed->values);
}

static const uint8_t *offer(void *context) {
    weir_embedding *e = context;
    const weir_stream *stream = &e->source.channel->stream;
    if (!e->holds && e->platform.offer(e->platform.context, e->source.values)) {
        for (uint32_t l = 0; l < stream->lanes; l++)
            e->source.integers[l] =
                (int32_t)weir_fixed_from_double(e->source.values[l], e->input_type);
        weir_stream_pack(stream, e->source.integers, 1, e->source.bytes);
        e->holds = true;
    }
    return e->holds ? e->source.bytes : NULL;
}

static void sent(void *context) {
    ((weir_embedding *)context)->holds = false;
}

static bool ready(void *context) {
    const weir_embedding *e = context;
    return e->platform.ready(e->platform.context);
}

static void took(void *context, const uint8_t *beat) {
    weir_embedding *e = context;
    const weir_stream *stream = &e->sink.channel->stream;
    weir_stream_unpack(stream, beat, 1, e->sink.integers);
    for (uint32_t l = 0; l < stream->lanes; l++)
        e->sink.values[l] = (float)weir_compiled_output(
            e->simulation->compiled, e->sink.beats * stream->lanes + l, e->sink.integers[l]);
    e->sink.beats++;
    e->platform.took(e->platform.context, e->sink.values);
}

weir_embedding *weir_embedding_new(weir_simulation *simulation, const weir_platform *platform,
                                   uint64_t frames, weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    if (simulation->compiled == NULL) {
        weir_error(diag, WEIR_NOWHERE, "design \"%s\" is not compiled", simulation->design->name);
        return NULL;
    }
    const weir_graph *graph = simulation->compiled->graph;
    weir_embedding *e = weir_xcalloc(1, sizeof *e);
    e->simulation = simulation;
    e->platform = *platform;
    e->outside = (weir_outside){e, offer, sent, ready, took};
    e->input_type = simulation->compiled->input_type;
    open_end(graph, WEIR_SOURCE, &e->source);
    open_end(graph, WEIR_SINK, &e->sink);
    weir_run_options options = simulation->options;
    options.engine = WEIR_ENGINE_RTL;
    options.frames = frames;
    options.outside = &e->outside;
    if (weir_simulation_costs(simulation, &e->processes, &e->channels, diag))
        e->embedded = weir_embedded_new(graph, &options, diag);
    if (e->embedded != NULL) return e;
    weir_embedding_free(e);
    return NULL;
}

uint32_t weir_embedding_lanes(const weir_embedding *e, bool output) {
    return (output ? &e->sink : &e->source)->channel->stream.lanes;
}

void weir_embedding_to_stream(const weir_embedding *e, const float *file, float *stream) {
    const uint32_t *order = weir_network_input_order(e->simulation->design->network);
    uint64_t n = weir_stream_elements(&e->source.channel->stream);
    for (uint64_t i = 0; i < n; i++)
        stream[i] = file[order != NULL ? order[i] : i];
}

void weir_embedding_to_file(const weir_embedding *e, const float *stream, float *file) {
    const uint32_t *order = weir_network_output_order(e->simulation->design->network);
    uint64_t n = weir_stream_elements(&e->sink.channel->stream);
    for (uint64_t i = 0; i < n; i++)
        file[i] = stream[order != NULL ? order[i] : i];
}

weir_outcome *weir_embedding_finish(weir_embedding *e) {
    weir_result *result = weir_embedded_finish(e->embedded);
    if (result == NULL) return NULL;
    const weir_outcome_extras extras = {NULL, e->processes, e->channels, NULL};
    weir_outcome *outcome = weir_outcome_new(e->simulation, result, false, &extras);
    weir_result_free(result);
    return outcome;
}

void weir_embedding_free(weir_embedding *e) {
    if (e == NULL) return;
    weir_embedded_free(e->embedded);
    free(e->processes);
    free(e->channels);
    close_end(&e->source);
    close_end(&e->sink);
    free(e);
}
