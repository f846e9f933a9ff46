/* Dataflow graph: three arrays and an arena that holds every string; sealing fills the ports. */
#include "models/graph.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

const char *const weir_storage_names[] = {"auto", "srl", "lutram", "bram", "uram", NULL};

typedef struct ports { /* channel indices or WEIR_NONE, as many as the process has */
    uint32_t *inputs, *outputs;
} ports;

struct weir_graph {
    weir_arena *arena;
    const char *name;
    weir_domain *domains;
    weir_process *processes;
    weir_channel *channels;
    ports *ports; /* per process, with room in `joined` */
    uint32_t *joined;
    uint32_t n_domains, n_processes, n_channels;
    uint32_t domain_room, process_room, channel_room;
};

weir_graph *weir_graph_new(const char *name) {
    weir_graph *graph = weir_xcalloc(1, sizeof *graph);
    graph->arena = weir_arena_new();
    graph->name = weir_arena_strdup(graph->arena, name);
    return graph;
}

void weir_graph_free(weir_graph *graph) {
    if (graph == NULL) return;
    weir_arena_free(graph->arena);
    free(graph->domains);
    free(graph->processes);
    free(graph->channels);
    free(graph->ports);
    free(graph->joined);
    free(graph);
}

/* Room for one more in an array of `count`; returns the array. */
static void *grown(void *array, uint32_t count, uint32_t *room, size_t size) {
    if (count < *room) return array;
    *room = *room ? 2 * *room : 16;
    return weir_xrealloc(array, *room * size);
}

static const char *copied(weir_graph *graph, const char *text) {
    return weir_arena_strdup(graph->arena, text ? text : "");
}

static weir_loc copied_loc(weir_graph *graph, weir_loc loc) {
    if (loc.file != NULL) loc.file = weir_arena_strdup(graph->arena, loc.file);
    return loc;
}

uint32_t weir_graph_add_domain(weir_graph *graph, const weir_domain *domain) {
    graph->domains =
        grown(graph->domains, graph->n_domains, &graph->domain_room, sizeof *graph->domains);
    weir_domain *added = &graph->domains[graph->n_domains];
    *added = *domain;
    added->name = copied(graph, domain->name);
    added->loc = copied_loc(graph, domain->loc);
    return graph->n_domains++;
}

static weir_rtl copied_rtl(weir_graph *graph, const weir_rtl *rtl) {
    weir_rtl copy = *rtl;
    if (rtl->module != NULL) copy.module = weir_arena_strdup(graph->arena, rtl->module);
    const char **sources = WEIR_NEW(graph->arena, const char *, rtl->n_sources);
    for (uint32_t i = 0; i < rtl->n_sources; i++)
        sources[i] = copied(graph, rtl->sources[i]);
    copy.sources = sources;
    weir_rom *roms = WEIR_NEW(graph->arena, weir_rom, rtl->n_roms);
    for (uint32_t i = 0; i < rtl->n_roms; i++) {
        roms[i] = rtl->roms[i];
        roms[i].path = copied(graph, rtl->roms[i].path);
        roms[i].file = copied(graph, rtl->roms[i].file);
    }
    copy.roms = roms;
    return copy;
}

uint32_t weir_graph_add_process(weir_graph *graph, const weir_process *process) {
    graph->processes =
        grown(graph->processes, graph->n_processes, &graph->process_room, sizeof *graph->processes);
    weir_process *added = &graph->processes[graph->n_processes];
    *added = *process;
    added->name = copied(graph, process->name);
    added->operator_name = copied(graph, process->operator_name);
    added->strategy = copied(graph, process->strategy);
    added->precision = copied(graph, process->precision);
    added->layer = copied(graph, process->layer);
    added->rtl = copied_rtl(graph, &process->rtl);
    if (process->rom_folder != NULL)
        added->rom_folder = weir_arena_strdup(graph->arena, process->rom_folder);
    added->loc = copied_loc(graph, process->loc);
    return graph->n_processes++;
}

uint32_t weir_graph_add_channel(weir_graph *graph, const weir_channel *channel) {
    graph->channels =
        grown(graph->channels, graph->n_channels, &graph->channel_room, sizeof *graph->channels);
    weir_channel *added = &graph->channels[graph->n_channels];
    *added = *channel;
    added->name = copied(graph, channel->name);
    added->loc = copied_loc(graph, channel->loc);
    return graph->n_channels++;
}

/* What sealing knows of each process beside its ports. */
typedef struct sealing {
    weir_graph *graph;
    weir_diag *diag;
    bool *reached; /* per process; also set where an earlier error makes the question moot */
    bool good;
} sealing;

#define FAIL(s, ...) ((s)->good = weir_error((s)->diag, __VA_ARGS__))

typedef struct named {
    const char *name;
    uint32_t index;
} named;

static int by_name(const void *a, const void *b) {
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Reports each second use of a name; `name_of` and `loc_of` read object `index`. */
static void check_names(sealing *s, const char *kind, uint32_t count,
                        const char *(*name_of)(const weir_graph *, uint32_t),
                        weir_loc (*loc_of)(const weir_graph *, uint32_t)) {
    named *names = weir_xcalloc(count, sizeof *names);
    for (uint32_t i = 0; i < count; i++)
        names[i] = (named){name_of(s->graph, i), i};
    qsort(names, count, sizeof *names, by_name);
    for (uint32_t i = 1; i < count; i++)
        if (strcmp(names[i - 1].name, names[i].name) == 0)
            FAIL(s, loc_of(s->graph, names[i].index),
                 "%s \"%s\": the name is taken by another %s, must be unique", kind, names[i].name,
                 kind);
    free(names);
}

static const char *domain_name(const weir_graph *g, uint32_t i) {
    return g->domains[i].name;
}
static const char *process_name(const weir_graph *g, uint32_t i) {
    return g->processes[i].name;
}
static const char *channel_name(const weir_graph *g, uint32_t i) {
    return g->channels[i].name;
}
static weir_loc domain_loc(const weir_graph *g, uint32_t i) {
    return g->domains[i].loc;
}
static weir_loc process_loc(const weir_graph *g, uint32_t i) {
    return g->processes[i].loc;
}
static weir_loc channel_loc(const weir_graph *g, uint32_t i) {
    return g->channels[i].loc;
}

static void check_domains(sealing *s) {
    weir_graph *graph = s->graph;
    check_names(s, "domain", graph->n_domains, domain_name, domain_loc);
    for (uint32_t i = 0; i < graph->n_domains; i++) {
        const weir_domain *domain = &graph->domains[i];
        if (domain->period_ps == 0)
            FAIL(s, domain->loc, "domain \"%s\": period_ps 0, minimum 1", domain->name);
        if (domain->period_ps > WEIR_MAX_PERIOD_PS)
            FAIL(s, domain->loc, "domain \"%s\": period_ps %lu, maximum %lu", domain->name,
                 domain->period_ps, WEIR_MAX_PERIOD_PS);
        if (domain->phase_ps > WEIR_MAX_PERIOD_PS)
            FAIL(s, domain->loc, "domain \"%s\": phase_ps %lu, maximum %lu", domain->name,
                 domain->phase_ps, WEIR_MAX_PERIOD_PS);
    }
}

static void check_process(sealing *s, const weir_process *process) {
    weir_graph *graph = s->graph;
    if (process->domain >= graph->n_domains)
        FAIL(s, process->loc, "process \"%s\": domain %u is unknown, the graph has %u",
             process->name, process->domain, graph->n_domains);
    if (process->n_inputs > WEIR_GRAPH_PORTS || process->n_outputs > WEIR_GRAPH_PORTS)
        FAIL(s, process->loc, "process \"%s\": %u inputs and %u outputs, maximum %d each",
             process->name, process->n_inputs, process->n_outputs, WEIR_GRAPH_PORTS);
    if (process->kind == WEIR_SOURCE && (process->n_inputs != 0 || process->n_outputs != 1))
        FAIL(s, process->loc,
             "source \"%s\": %u inputs and %u outputs, must have no input and one output",
             process->name, process->n_inputs, process->n_outputs);
    if (process->kind == WEIR_SINK && (process->n_inputs != 1 || process->n_outputs != 0))
        FAIL(s, process->loc,
             "sink \"%s\": %u inputs and %u outputs, must have one input and no output",
             process->name, process->n_inputs, process->n_outputs);
}

/* So many ports have room in the table; more are an error of their own. */
static uint32_t limited(uint32_t ports) {
    return ports < WEIR_GRAPH_PORTS ? ports : WEIR_GRAPH_PORTS;
}

/* The port's slot in the table, or NULL with an error. */
static uint32_t *port_slot(sealing *s, const weir_channel *channel, bool producer) {
    weir_graph *graph = s->graph;
    uint32_t process = producer ? channel->producer : channel->consumer;
    uint32_t port = producer ? channel->producer_port : channel->consumer_port;
    const char *role = producer ? "producer" : "consumer";
    if (process >= graph->n_processes) {
        FAIL(s, channel->loc, "fifo \"%s\": %s process %u is unknown, the graph has %u",
             channel->name, role, process, graph->n_processes);
        return NULL;
    }
    const weir_process *at = &graph->processes[process];
    uint32_t count = producer ? at->n_outputs : at->n_inputs;
    if (port >= count || port >= WEIR_GRAPH_PORTS) {
        FAIL(s, channel->loc, "fifo \"%s\": %s \"%s\" has no %s %u, it has %u", channel->name, role,
             at->name, producer ? "output" : "input", port, count);
        return NULL;
    }
    ports *table = &graph->ports[process];
    return producer ? &table->outputs[port] : &table->inputs[port];
}

/* Joins one end of channel `index`; false if it could not be. */
static bool join(sealing *s, uint32_t index, bool producer) {
    weir_graph *graph = s->graph;
    const weir_channel *channel = &graph->channels[index];
    uint32_t *slot = port_slot(s, channel, producer);
    if (slot == NULL) return false;
    if (*slot == WEIR_NONE) {
        *slot = index;
        return true;
    }
    const weir_process *process =
        &graph->processes[producer ? channel->producer : channel->consumer];
    FAIL(s, channel->loc,
         "fifo \"%s\": %s %u of process \"%s\" already %s fifo \"%s\", allowed: one", channel->name,
         producer ? "output" : "input", producer ? channel->producer_port : channel->consumer_port,
         process->name, producer ? "writes" : "reads", graph->channels[*slot].name);
    return false;
}

static void check_stream(sealing *s, weir_channel *channel) {
    const weir_stream *stream = &channel->stream;
    if (stream->rows == 0 || stream->columns == 0 || stream->channels == 0)
        FAIL(s, channel->loc, "fifo \"%s\": stream of %u x %u x %u elements, minimum 1 x 1 x 1",
             channel->name, stream->rows, stream->columns, stream->channels);
    if (stream->element.width < 1 || stream->element.width > 32)
        FAIL(s, channel->loc, "fifo \"%s\": element width %d, allowed: 1..32", channel->name,
             stream->element.width);
    if (stream->lanes == 0)
        FAIL(s, channel->loc, "fifo \"%s\": lanes 0, minimum 1", channel->name);
    else if (stream->channels % stream->lanes != 0)
        FAIL(s, channel->loc, "fifo \"%s\": %u lanes, must divide the stream's %u channels",
             channel->name, stream->lanes, stream->channels);
    channel->beat_bits = weir_stream_beat_bits(stream);
    channel->beat_bytes = weir_beat_bytes(channel->beat_bits);
}

uint32_t weir_drained_depth(weir_latency_class latency) {
    return latency == WEIR_LATENCY_PLAIN ? 2 : latency == WEIR_LATENCY_MEMORY ? 3 : 16;
}

uint32_t weir_channel_least(const weir_channel *channel) {
    uint32_t least = channel->latency == WEIR_LATENCY_MEMORY ? 2 : 1;
    if (channel->drained) least = weir_drained_depth(channel->latency);
    return channel->gapless > least ? channel->gapless : least;
}

/* Resolves storage and latency class and checks what the class asks for. */
static void check_storage(sealing *s, weir_channel *channel, bool crosses) {
    if (crosses) {
        if (channel->storage != WEIR_STORAGE_AUTO && channel->storage != WEIR_STORAGE_LUTRAM)
            weir_diag_add(s->diag, WEIR_WARNING, channel->loc,
                          "fifo \"%s\": storage %s, between clocks it is built in lutram",
                          channel->name, weir_storage_names[channel->storage]);
        channel->storage = WEIR_STORAGE_LUTRAM;
        channel->latency = WEIR_LATENCY_CDC;
        if (channel->flops < 1)
            FAIL(s, channel->loc, "fifo \"%s\": flops 0, minimum 1", channel->name);
    } else {
        if (channel->storage == WEIR_STORAGE_AUTO)
            channel->storage =
                channel->depth <= WEIR_SRL_DEPTH ? WEIR_STORAGE_SRL : WEIR_STORAGE_BRAM;
        bool srl = channel->storage == WEIR_STORAGE_SRL;
        channel->latency = srl ? WEIR_LATENCY_PLAIN : WEIR_LATENCY_MEMORY;
    }
    uint32_t least = channel->drained ? weir_drained_depth(channel->latency)
                     : channel->latency == WEIR_LATENCY_MEMORY ? 2
                                                               : 1;
    const char *why = channel->drained ? " (its producer does not wait for space)"
                      : least == 2     ? " (memory with an output register)"
                                       : "";
    if (channel->depth < least)
        FAIL(s, channel->loc, "fifo \"%s\": depth %u, minimum %u%s", channel->name, channel->depth,
             least, why);
    if (channel->depth > WEIR_MAX_DEPTH)
        FAIL(s, channel->loc, "fifo \"%s\": depth %u, maximum %u", channel->name, channel->depth,
             WEIR_MAX_DEPTH);
}

static void check_channel(sealing *s, uint32_t index) {
    weir_graph *graph = s->graph;
    weir_channel *channel = &graph->channels[index];
    bool from = join(s, index, true);
    join(s, index, false);
    /* Past a channel with a loose end nothing can be said about what reaches its consumer. */
    if (!from && channel->consumer < graph->n_processes) s->reached[channel->consumer] = true;
    bool known = channel->producer < graph->n_processes && channel->consumer < graph->n_processes;
    bool crosses = known && graph->processes[channel->producer].domain !=
                                graph->processes[channel->consumer].domain;
    if (channel->frame_step < 2 ? channel->frame_first > 0
                                : channel->frame_first >= channel->frame_step)
        FAIL(s, channel->loc, "fifo \"%s\": frames from number %u on in steps of %u, must be less",
             channel->name, channel->frame_first, channel->frame_step);
    check_stream(s, channel);
    check_storage(s, channel, crosses);
}

/* All ports of a process carry all frames, or every k-th, one k: which of them its frames are. */
static void check_turns(sealing *s, uint32_t index) {
    const weir_graph *graph = s->graph;
    const weir_process *process = &graph->processes[index];
    const ports *table = &graph->ports[index];
    uint32_t step = 1, inputs = limited(process->n_inputs), outputs = limited(process->n_outputs);
    for (uint32_t p = 0; p < inputs + outputs; p++) {
        uint32_t at = p < inputs ? table->inputs[p] : table->outputs[p - inputs];
        const weir_channel *channel = at == WEIR_NONE ? NULL : &graph->channels[at];
        if (channel == NULL || channel->frame_step < 2) continue;
        if (process->kind != WEIR_PROCESS)
            FAIL(s, channel->loc,
                 "fifo \"%s\": frames in steps of %u at a %s, which has all of them", channel->name,
                 channel->frame_step, process->kind == WEIR_SOURCE ? "source" : "sink");
        else if (step > 1 && channel->frame_step != step)
            FAIL(s, channel->loc,
                 "fifo \"%s\": frames in steps of %u, other ports of \"%s\" have steps of %u",
                 channel->name, channel->frame_step, process->name, step);
        step = channel->frame_step;
    }
}

static void check_dangling(sealing *s, uint32_t index) {
    const weir_process *process = &s->graph->processes[index];
    const ports *table = &s->graph->ports[index];
    for (uint32_t p = 0; p < process->n_inputs && p < WEIR_GRAPH_PORTS; p++)
        if (table->inputs[p] == WEIR_NONE) {
            FAIL(s, process->loc, "process \"%s\": input %u has no fifo, needs one", process->name,
                 p);
            s->reached[index] = true;
        }
    for (uint32_t p = 0; p < process->n_outputs && p < WEIR_GRAPH_PORTS; p++)
        if (table->outputs[p] == WEIR_NONE)
            FAIL(s, process->loc, "process \"%s\": output %u has no fifo, needs one", process->name,
                 p);
}

static void check_reachable(sealing *s) {
    weir_graph *graph = s->graph;
    uint32_t *queue = weir_xcalloc(graph->n_processes, sizeof *queue), head = 0, tail = 0;
    uint32_t sources = 0;
    for (uint32_t i = 0; i < graph->n_processes; i++) {
        const weir_process *process = &graph->processes[i];
        bool begins =
            process->kind == WEIR_SOURCE ||
            (process->kind == WEIR_PROCESS && process->n_inputs == 0 && process->n_outputs > 0);
        if (begins) sources++, s->reached[i] = true;
        if (s->reached[i]) queue[tail++] = i;
    }
    while (head < tail) {
        uint32_t at = queue[head++];
        uint32_t outputs = limited(graph->processes[at].n_outputs);
        for (uint32_t p = 0; p < outputs; p++) {
            uint32_t channel = graph->ports[at].outputs[p];
            uint32_t next = channel == WEIR_NONE ? WEIR_NONE : graph->channels[channel].consumer;
            if (next >= graph->n_processes || s->reached[next]) continue;
            s->reached[next] = true;
            queue[tail++] = next;
        }
    }
    free(queue);
    if (sources == 0) {
        FAIL(s, WEIR_NOWHERE, "graph \"%s\": 0 sources, minimum 1", graph->name);
        return;
    }
    for (uint32_t i = 0; i < graph->n_processes; i++)
        if (!s->reached[i])
            FAIL(s, graph->processes[i].loc,
                 "process \"%s\": no source reaches it, every process needs a path from a source",
                 graph->processes[i].name);
}

/* Room for the channels at the ports of every process, none joined yet. */
static void make_ports(weir_graph *graph) {
    size_t room = 1;
    for (uint32_t i = 0; i < graph->n_processes; i++)
        room += limited(graph->processes[i].n_inputs) + limited(graph->processes[i].n_outputs);
    graph->ports = weir_xrealloc(graph->ports, (graph->n_processes + 1) * sizeof *graph->ports);
    graph->joined = weir_xrealloc(graph->joined, room * sizeof *graph->joined);
    memset(graph->joined, 0xff, room * sizeof *graph->joined); /* WEIR_NONE */
    uint32_t *next = graph->joined;
    for (uint32_t i = 0; i < graph->n_processes; i++) {
        graph->ports[i].inputs = next;
        next += limited(graph->processes[i].n_inputs);
        graph->ports[i].outputs = next;
        next += limited(graph->processes[i].n_outputs);
    }
}

bool weir_graph_seal(weir_graph *graph, weir_diag *diag) {
    sealing s = {.graph = graph, .diag = diag, .good = true};
    s.reached = weir_xcalloc(graph->n_processes, sizeof *s.reached);
    make_ports(graph);
    check_domains(&s);
    check_names(&s, "process", graph->n_processes, process_name, process_loc);
    for (uint32_t i = 0; i < graph->n_processes; i++)
        check_process(&s, &graph->processes[i]);
    check_names(&s, "fifo", graph->n_channels, channel_name, channel_loc);
    for (uint32_t i = 0; i < graph->n_channels; i++)
        check_channel(&s, i);
    for (uint32_t i = 0; i < graph->n_processes; i++)
        check_dangling(&s, i);
    for (uint32_t i = 0; i < graph->n_processes; i++)
        check_turns(&s, i);
    check_reachable(&s);
    free(s.reached);
    return s.good;
}

const char *weir_graph_name(const weir_graph *graph) {
    return graph->name;
}
uint32_t weir_graph_domains(const weir_graph *graph) {
    return graph->n_domains;
}
uint32_t weir_graph_processes(const weir_graph *graph) {
    return graph->n_processes;
}
uint32_t weir_graph_channels(const weir_graph *graph) {
    return graph->n_channels;
}

const weir_domain *weir_graph_domain(const weir_graph *graph, uint32_t index) {
    return index < graph->n_domains ? &graph->domains[index] : NULL;
}

const weir_process *weir_graph_process(const weir_graph *graph, uint32_t index) {
    return index < graph->n_processes ? &graph->processes[index] : NULL;
}

const weir_channel *weir_graph_channel(const weir_graph *graph, uint32_t index) {
    return index < graph->n_channels ? &graph->channels[index] : NULL;
}

uint32_t weir_graph_input(const weir_graph *graph, uint32_t process, uint32_t port) {
    if (process >= graph->n_processes || port >= limited(graph->processes[process].n_inputs))
        return WEIR_NONE;
    return graph->ports[process].inputs[port];
}

uint32_t weir_graph_output(const weir_graph *graph, uint32_t process, uint32_t port) {
    if (process >= graph->n_processes || port >= limited(graph->processes[process].n_outputs))
        return WEIR_NONE;
    return graph->ports[process].outputs[port];
}

/* The channel at port `port` of a process, its inputs first; NULL after the last. */
static const weir_channel *channel_at(const weir_graph *graph, uint32_t process, uint32_t port) {
    const weir_process *at = &graph->processes[process];
    uint32_t inputs = limited(at->n_inputs), outputs = limited(at->n_outputs);
    if (port >= inputs + outputs) return NULL;
    const ports *table = &graph->ports[process];
    uint32_t c = port < inputs ? table->inputs[port] : table->outputs[port - inputs];
    return weir_graph_channel(graph, c);
}

uint32_t weir_graph_turns(const weir_graph *graph, uint32_t process) {
    uint32_t turns = 1;
    const weir_channel *channel;
    if (process >= graph->n_processes) return turns;
    for (uint32_t p = 0; (channel = channel_at(graph, process, p)) != NULL; p++)
        if (channel->frame_step > turns) turns = channel->frame_step;
    return turns;
}

uint32_t weir_graph_own_step(const weir_graph *graph, uint32_t process) {
    const weir_channel *channel;
    for (uint32_t p = 0; (channel = channel_at(graph, process, p)) != NULL; p++)
        if (channel->frame_step < 2) return 1;
    return weir_graph_turns(graph, process);
}

const char **weir_graph_pauses(const weir_graph *graph, const char *source, const char *sink) {
    if (source != NULL && *source == '\0') source = NULL;
    if (sink != NULL && *sink == '\0') sink = NULL;
    if (source == NULL && sink == NULL) return NULL;
    uint32_t n = weir_graph_processes(graph);
    const char **pauses = weir_xcalloc(n, sizeof *pauses);
    for (uint32_t p = 0; p < n; p++) {
        weir_process_kind kind = weir_graph_process(graph, p)->kind;
        pauses[p] = kind == WEIR_SOURCE ? source : kind == WEIR_SINK ? sink : NULL;
    }
    return pauses;
}
