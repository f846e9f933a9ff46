/* Cut: copies of a graph, of one process of it with new ends, or of all with other parameters. */
#include "models/cut.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

/* A cut being made. */
typedef struct cutting {
    const weir_graph *graph;
    const weir_process *process;
    uint32_t index; /* of the process in the graph */
    weir_cut *cut;
    uint32_t *domain; /* of the graph's domains, the index in the cut; WEIR_NONE: not there yet */
    weir_arena *arena;
} cutting;

/* A domain of the graph as one of the cut's: only those that a part of the cut is in. */
static uint32_t domain_of(cutting *c, uint32_t domain) {
    if (c->domain[domain] == WEIR_NONE)
        c->domain[domain] =
            weir_graph_add_domain(c->cut->graph, weir_graph_domain(c->graph, domain));
    return c->domain[domain];
}

/* Channel names are unique, so names made of them are, but for the process's own. */
static const char *end_name(cutting *c, const weir_channel *channel, const char *suffix) {
    const char *name = weir_arena_printf(c->arena, "%s_%s", channel->name, suffix);
    return strcmp(name, c->process->name) ? name : weir_arena_printf(c->arena, "%s_", name);
}

/* Of the graph's frames in one of the cut's, so many the channel carries. */
static uint32_t parts_of(const weir_cut *cut, const weir_channel *channel) {
    return channel->frame_step > 1 ? cut->frames / channel->frame_step : cut->frames;
}

uint32_t weir_cut_parts(const weir_cut *cut, const weir_graph *graph, uint32_t channel) {
    return parts_of(cut, weir_graph_channel(graph, cut->channel[channel]));
}

uint64_t weir_cut_frame(const weir_cut *cut, const weir_graph *graph, uint32_t channel,
                        uint64_t frame, uint32_t part) {
    const weir_channel *c = weir_graph_channel(graph, cut->channel[channel]);
    return weir_frame_number(c->frame_step, c->frame_first, frame * parts_of(cut, c) + part);
}

/* The channel as the cut has it: all frames, each of them the parts of one. */
static weir_channel channel_of(const cutting *c, uint32_t index) {
    weir_channel channel = *weir_graph_channel(c->graph, index);
    channel.stream.rows *= parts_of(c->cut, &channel);
    channel.frame_step = channel.frame_first = 0;
    return channel;
}

/* What stands for the neighbour at the far end of a channel. */
static uint32_t add_end(cutting *c, uint32_t index, bool source) {
    const weir_channel of_cut = channel_of(c, index), *channel = &of_cut;
    uint32_t neighbour = source ? channel->producer : channel->consumer;
    const weir_process *far = weir_graph_process(c->graph, neighbour);
    weir_process end = {
        .name = end_name(c, channel, source ? "source" : "sink"),
        .operator_name = source ? "source" : "sink",
        .kind = source ? WEIR_SOURCE : WEIR_SINK,
        .domain = domain_of(c, far->domain),
        .n_inputs = source ? 0 : 1,
        .n_outputs = source ? 1 : 0,
        .initiations_per_frame = weir_stream_beats(&channel->stream),
        .steps_per_frame = weir_stream_beats(&channel->stream),
        .loc = far->loc,
    };
    return weir_graph_add_process(c->cut->graph, &end);
}

static void add_channel(cutting *c, uint32_t index, uint32_t end, bool input) {
    weir_channel channel = channel_of(c, index);
    /* A channel from the process to itself is one at either side of the cut. */
    if (!input && channel.consumer == c->index)
        channel.name = weir_arena_printf(c->arena, "%s_written", channel.name);
    if (input) {
        channel.producer = end;
        channel.producer_port = 0;
        channel.consumer = c->cut->process;
    } else {
        channel.producer = c->cut->process;
        channel.consumer = end;
        channel.consumer_port = 0;
    }
    c->cut->channel[weir_graph_add_channel(c->cut->graph, &channel)] = index;
}

static void fill(cutting *c) {
    const weir_process *process = c->process;
    uint32_t n = 0;
    uint32_t *ends = WEIR_NEW(c->arena, uint32_t, process->n_inputs + process->n_outputs + 1);
    for (uint32_t p = 0; p < process->n_inputs; p++) {
        uint32_t index = weir_graph_input(c->graph, c->index, p);
        ends[n++] = add_end(c, index, true);
    }
    weir_process copy = *process;
    copy.domain = domain_of(c, process->domain);
    uint32_t own = 1; /* of the process's own frames */
    for (uint32_t p = 0; p < process->n_inputs + process->n_outputs; p++) {
        uint32_t index = p < process->n_inputs
                             ? weir_graph_input(c->graph, c->index, p)
                             : weir_graph_output(c->graph, c->index, p - process->n_inputs);
        uint32_t parts = parts_of(c->cut, weir_graph_channel(c->graph, index));
        if (parts > own) own = parts;
    }
    copy.steps_per_frame *= own;
    copy.initiations_per_frame *= own;
    c->cut->process = weir_graph_add_process(c->cut->graph, &copy);
    for (uint32_t q = 0; q < process->n_outputs; q++) {
        uint32_t index = weir_graph_output(c->graph, c->index, q);
        ends[n++] = add_end(c, index, false);
    }
    n = 0;
    for (uint32_t p = 0; p < process->n_inputs; p++)
        add_channel(c, weir_graph_input(c->graph, c->index, p), ends[n++], true);
    for (uint32_t q = 0; q < process->n_outputs; q++)
        add_channel(c, weir_graph_output(c->graph, c->index, q), ends[n++], false);
}

bool weir_cut_process(const weir_graph *graph, uint32_t process, weir_cut *cut, weir_diag *diag) {
    *cut = (weir_cut){0};
    const weir_process *at = weir_graph_process(graph, process);
    if (at == NULL)
        return weir_error(diag, WEIR_NOWHERE, "graph \"%s\": process %u is unknown, it has %u",
                          weir_graph_name(graph), process, weir_graph_processes(graph));
    if (at->kind != WEIR_PROCESS)
        return weir_error(diag, at->loc,
                          "process \"%s\": it is a %s, only what lies between the ends can be cut "
                          "out",
                          at->name, at->kind == WEIR_SOURCE ? "source" : "sink");
    uint32_t domains = weir_graph_domains(graph);
    cutting c = {graph,           at, process, cut, weir_xcalloc(domains, sizeof(uint32_t)),
                 weir_arena_new()};
    memset(c.domain, 0xff, domains * sizeof *c.domain); /* WEIR_NONE */
    cut->graph = weir_graph_new(at->name);
    cut->n_channels = at->n_inputs + at->n_outputs;
    cut->frames = weir_graph_turns(graph, process);
    cut->channel = weir_xcalloc(cut->n_channels, sizeof *cut->channel);
    fill(&c);
    free(c.domain);
    weir_arena_free(c.arena);
    if (weir_graph_seal(cut->graph, diag)) return true;
    weir_cut_free(cut);
    return false;
}

void weir_cut_free(weir_cut *cut) {
    weir_graph_free(cut->graph);
    free(cut->channel);
    *cut = (weir_cut){0};
}

weir_graph *weir_graph_changed(const weir_graph *graph, const weir_domain *domains,
                               const uint32_t *depths, const weir_storage *storages,
                               weir_diag *diag) {
    weir_graph *copy = weir_graph_new(weir_graph_name(graph));
    for (uint32_t d = 0; d < weir_graph_domains(graph); d++) {
        weir_domain domain = *weir_graph_domain(graph, d);
        if (domains != NULL) {
            domain.period_ps = domains[d].period_ps;
            domain.phase_ps = domains[d].phase_ps;
        }
        weir_graph_add_domain(copy, &domain);
    }
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        weir_graph_add_process(copy, weir_graph_process(graph, p));
    for (uint32_t i = 0; i < weir_graph_channels(graph); i++) {
        weir_channel channel = *weir_graph_channel(graph, i);
        if (depths != NULL) channel.depth = depths[i];
        if (storages != NULL) channel.storage = storages[i];
        weir_graph_add_channel(copy, &channel);
    }
    if (weir_graph_seal(copy, diag)) return copy;
    weir_graph_free(copy);
    return NULL;
}
