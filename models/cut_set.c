/* Cut set: some processes of a graph with new ends where channels cross the border. */
#include "models/cut_set.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

/* A cut being made: `domain_in` and `process_in` are the indices in the cut; WEIR_NONE: not there. */
typedef struct cutting {
    const weir_graph *graph;
    const bool *inside;
    weir_cut_set *cut;
    uint32_t *domain_in, *process_in;
    weir_arena *arena;
} cutting;

static uint32_t domain_of(cutting *c, uint32_t domain) {
    weir_cut_set *cut = c->cut;
    if (c->domain_in[domain] == WEIR_NONE) {
        c->domain_in[domain] =
            weir_graph_add_domain(cut->graph, weir_graph_domain(c->graph, domain));
        cut->domain[cut->n_domains++] = domain;
    }
    return c->domain_in[domain];
}

static void add_process(cutting *c, const weir_process *process, uint32_t whole) {
    uint32_t index = weir_graph_add_process(c->cut->graph, process);
    c->cut->process[c->cut->n_processes++] = whole;
    if (whole != WEIR_NONE) c->process_in[whole] = index;
}

/* A name that no process of the graph has: channels' names differ, so those made of them do. */
static const char *end_name(cutting *c, const weir_channel *channel, const char *suffix) {
    const char *name = weir_arena_printf(c->arena, "%s_%s", channel->name, suffix);
    for (uint32_t p = 0; p < weir_graph_processes(c->graph); p++)
        if (strcmp(weir_graph_process(c->graph, p)->name, name) == 0) {
            name = weir_arena_printf(c->arena, "%s_", name);
            p = WEIR_NONE; /* from the first again */
        }
    return name;
}

/* What stands for the neighbour at the far end of a channel. */
static uint32_t add_end(cutting *c, const weir_channel *channel, bool source) {
    const weir_process *far =
        weir_graph_process(c->graph, source ? channel->producer : channel->consumer);
    uint64_t beats = weir_stream_beats(&channel->stream);
    const weir_process end = {
        .name = end_name(c, channel, source ? "source" : "sink"),
        .operator_name = source ? "source" : "sink",
        .kind = source ? WEIR_SOURCE : WEIR_SINK,
        .domain = domain_of(c, far->domain),
        .n_inputs = source ? 0 : 1,
        .n_outputs = source ? 1 : 0,
        .initiations_per_frame = beats,
        .steps_per_frame = beats,
        .loc = far->loc,
    };
    add_process(c, &end, WEIR_NONE);
    return c->cut->n_processes - 1;
}

static void add_channel(cutting *c, uint32_t index) {
    weir_channel channel = *weir_graph_channel(c->graph, index);
    bool from = c->inside[channel.producer], to = c->inside[channel.consumer];
    if (!from && !to) return;
    const weir_channel whole = channel;
    channel.producer = from ? c->process_in[whole.producer] : add_end(c, &whole, true);
    channel.consumer = to ? c->process_in[whole.consumer] : add_end(c, &whole, false);
    if (!from) channel.producer_port = 0;
    if (!to) channel.consumer_port = 0;
    weir_graph_add_channel(c->cut->graph, &channel);
    c->cut->channel[c->cut->n_channels++] = index;
}

bool weir_cut_processes(const weir_graph *graph, const bool *inside, const char *name,
                        weir_cut_set *cut, weir_diag *diag) {
    uint32_t processes = weir_graph_processes(graph), channels = weir_graph_channels(graph);
    uint32_t domains = weir_graph_domains(graph), within = 0;
    for (uint32_t p = 0; p < processes; p++)
        within += inside[p] && weir_graph_process(graph, p)->kind == WEIR_PROCESS;
    *cut = (weir_cut_set){0};
    if (within == 0)
        return weir_error(diag, WEIR_NOWHERE, "graph \"%s\": \"%s\" has no process of it",
                          weir_graph_name(graph), name);
    *cut = (weir_cut_set){
        .graph = weir_graph_new(name),
        .channel = weir_xcalloc(channels + 1, sizeof *cut->channel),
        .process = weir_xcalloc(processes + 2 * (size_t)channels + 1, sizeof *cut->process),
        .domain = weir_xcalloc(domains + 1, sizeof *cut->domain)};
    cutting c = {graph,
                 inside,
                 cut,
                 weir_xcalloc(domains + 1, sizeof(uint32_t)),
                 weir_xcalloc(processes + 1, sizeof(uint32_t)),
                 weir_arena_new()};
    memset(c.domain_in, 0xff, domains * sizeof *c.domain_in); /* WEIR_NONE */
    for (uint32_t p = 0; p < processes; p++) {
        if (!inside[p]) continue;
        weir_process process = *weir_graph_process(graph, p);
        process.domain = domain_of(&c, process.domain);
        add_process(&c, &process, p);
    }
    for (uint32_t i = 0; i < channels; i++)
        add_channel(&c, i);
    free(c.domain_in);
    free(c.process_in);
    weir_arena_free(c.arena);
    if (weir_graph_seal(cut->graph, diag)) return true;
    weir_cut_set_free(cut);
    return false;
}

void weir_cut_set_free(weir_cut_set *cut) {
    weir_graph_free(cut->graph);
    free(cut->channel);
    free(cut->process);
    free(cut->domain);
    *cut = (weir_cut_set){0};
}
