#include "base/arena.h"
#include "base/random.h"
#include "sim/cycle.h"
#include "sim/deadlock.h"
#include "sim/embed.h"
#include "sim/opened.h"
#include <stdlib.h>
#include <string.h>

/* Everything of a co-simulation that weir_cycle only borrows. */
typedef struct cosimulation {
    weir_book *book;
    weir_cycle cycle;
    weir_node *nodes;   /* by process index */
    weir_link *links;   /* by channel index */
    weir_node **orders; /* the domains' node lists, one after the other */
    weir_opened *own;   /* models of this run alone, or NULL */
    uint32_t n_domains, n_nodes, n_links;
} cosimulation;

static void make_links(cosimulation *sim) {
    const weir_graph *graph = sim->book->graph;
    for (uint32_t c = 0; c < sim->n_links; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        weir_link *link = &sim->links[c];
        link->lane = &sim->book->lanes[c];
        link->producer = &sim->nodes[channel->producer];
        link->consumer = &sim->nodes[channel->consumer];
        link->beat_bytes = channel->beat_bytes;
        weir_fifo_spec spec = {.depth = channel->depth,
                               .beat_bytes = channel->beat_bytes,
                               .latency = channel->latency,
                               .flops = channel->flops,
                               .write_gap = channel->write_gap};
        spec.producer =
            weir_graph_domain(graph, weir_graph_process(graph, channel->producer)->domain);
        spec.consumer =
            weir_graph_domain(graph, weir_graph_process(graph, channel->consumer)->domain);
        link->fifo = weir_fifo_new(&spec);
        link->writable_from = weir_fifo_writable_from(link->fifo);
        link->readable_from = weir_fifo_readable_from(link->fifo);
    }
}

static void make_nodes(cosimulation *sim) {
    const weir_graph *graph = sim->book->graph;
    uint32_t sources = 0, sinks = 0;
    for (uint32_t p = 0; p < sim->n_nodes; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        weir_node *node = &sim->nodes[p];
        node->kind = process->kind;
        node->process = p;
        node->domain = process->domain;
        node->n_inputs = process->n_inputs;
        node->n_outputs = process->n_outputs;
        node->blocking = process->blocking;
        node->inputs = weir_xcalloc(node->n_inputs + node->n_outputs + 1, sizeof *node->inputs);
        node->outputs = node->inputs + node->n_inputs;
        if (node->kind == WEIR_SOURCE) node->source = &sim->book->sources[sources++];
        if (node->kind == WEIR_SINK) node->sink = &sim->book->sinks[sinks++];
        for (uint32_t i = 0; i < node->n_inputs; i++)
            node->inputs[i].link = &sim->links[weir_graph_input(graph, p, i)];
        for (uint32_t q = 0; q < node->n_outputs; q++)
            node->outputs[q].link = &sim->links[weir_graph_output(graph, p, q)];
    }
}

/* Ports, room for snapshots, reset. */
static void start_model(weir_node *node, weir_opened *opened) {
    weir_rtl_model *model = node->model = opened->model;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        node->inputs[i].valid = model->inputs[i].valid;
        node->inputs[i].ready = model->inputs[i].ready;
        node->inputs[i].data = model->inputs[i].data;
    }
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        node->outputs[q].valid = model->outputs[q].valid;
        node->outputs[q].ready = model->outputs[q].ready;
        node->outputs[q].data = model->outputs[q].data;
    }
    uint64_t bytes = opened->bytes;
    node->snapshot = opened->snapshot;
    node->patience = node->least_patience = bytes < 4096 ? 1 : bytes < 65536 ? 2 : 4;
    weir_opened_reset(opened);
}

/* The models that the caller has open, or our own. */
static bool take_models(cosimulation *sim, weir_diag *diag) {
    const weir_graph *graph = sim->book->graph;
    weir_opened *const *given = sim->book->opened;
    if (given == NULL) {
        sim->own = weir_opened_new(graph, sim->book, NULL, diag);
        if (sim->own == NULL) return false;
    }
    for (uint32_t p = 0; p < sim->n_nodes; p++)
        if (weir_graph_process(graph, p)->kind == WEIR_PROCESS)
            start_model(&sim->nodes[p], given != NULL ? given[p] : &sim->own[p]);
    return true;
}

static void make_domains(cosimulation *sim) {
    const weir_graph *graph = sim->book->graph;
    uint64_t seed = sim->book->options->shuffle_seed;
    weir_node **next = sim->orders;
    for (uint32_t d = 0; d < sim->n_domains; d++) {
        weir_node_domain *domain = &sim->cycle.domains[d];
        domain->clock = *weir_graph_domain(graph, d);
        domain->nodes = next;
        for (uint32_t p = 0; p < sim->n_nodes; p++)
            if (sim->nodes[p].domain == d) domain->nodes[domain->n_nodes++] = &sim->nodes[p];
        next += domain->n_nodes;
        for (uint32_t i = domain->n_nodes; seed != 0 && i > 1; i--) {
            uint32_t k = (uint32_t)(weir_random(&seed) % i);
            weir_node *swap = domain->nodes[k];
            domain->nodes[k] = domain->nodes[i - 1];
            domain->nodes[i - 1] = swap;
        }
    }
}

static void explain(cosimulation *sim) {
    for (uint32_t p = 0; p < sim->n_nodes; p++)
        if (sim->nodes[p].blocking) weir_cycle_open_gates(&sim->nodes[p]);
    uint8_t *waits = weir_xcalloc(sim->n_links, sizeof *waits);
    uint32_t *occupancy = weir_xcalloc(sim->n_links, sizeof *occupancy);
    for (uint32_t c = 0; c < sim->n_links; c++) {
        const weir_link *link = &sim->links[c];
        const weir_channel *channel = link->lane->channel;
        occupancy[c] = (uint32_t)(link->lane->writes - link->lane->reads);
        bool full = occupancy[c] == channel->depth, empty = occupancy[c] == 0;
        const weir_node_port *out = &link->producer->outputs[channel->producer_port];
        const weir_node_port *in = &link->consumer->inputs[channel->consumer_port];
        bool offers = link->producer->kind == WEIR_SOURCE
                          ? link->producer->source->arrival_edge != WEIR_NEVER
                          : *out->valid != 0;
        bool asks = link->consumer->kind == WEIR_SINK || *in->ready != 0;
        if (full && offers) waits[c] |= WEIR_WAITS_FULL;
        if (empty && asks) waits[c] |= WEIR_WAITS_EMPTY;
    }
    weir_explain_deadlock(sim->book, waits, occupancy);
    free(waits);
    free(occupancy);
}

static void close_cosimulation(cosimulation *sim) {
    weir_kernel_free(sim->cycle.kernel);
    weir_opened_free(sim->own, sim->n_nodes);
    for (uint32_t p = 0; p < sim->n_nodes; p++)
        free(sim->nodes[p].inputs);
    for (uint32_t c = 0; c < sim->n_links; c++)
        weir_fifo_free(sim->links[c].fifo);
    free(sim->cycle.domains);
    free(sim->orders);
    free(sim->links);
    free(sim->nodes);
    free(sim);
}

/* Statistics of all cycles up to the end, sleeping ones included. */
static void close_account(cosimulation *sim, uint64_t end_ps) {
    weir_result *result = sim->book->result;
    for (uint32_t d = 0; d < sim->n_domains; d++)
        result->domain_cycles[d] =
            sim->book->beats == 0 && end_ps == 0 && sim->book->options->frames == 0
                ? 0
                : weir_clock_after(&sim->cycle.domains[d].clock, end_ps);
    for (uint32_t p = 0; p < sim->n_nodes; p++) {
        weir_node *node = &sim->nodes[p];
        weir_cycle_close(node, result->domain_cycles[node->domain]);
        weir_process_stats *stats = &result->processes[p];
        for (int class_ = WEIR_BUSY; class_ <= WEIR_IDLE; class_++)
            weir_stats_add(stats, (weir_class)class_, node->cycles[class_]);
        stats->frozen_cycles = node->asleep_cycles;
    }
    for (uint32_t c = 0; c < sim->n_links; c++)
        result->channels[c].max_occupancy = weir_fifo_max_occupancy(sim->links[c].fifo);
}

static bool make_kernel(cosimulation *sim, weir_diag *diag) {
    const weir_domain **clocks = weir_xcalloc(sim->n_domains, sizeof *clocks);
    for (uint32_t d = 0; d < sim->n_domains; d++)
        clocks[d] = &sim->cycle.domains[d].clock;
    sim->cycle.kernel = weir_kernel_new(clocks, sim->n_domains, weir_cycle_edge, &sim->cycle, diag);
    free(clocks);
    sim->book->started_at = weir_seconds();
    return sim->cycle.kernel != NULL;
}

static uint64_t finish(cosimulation *sim) {
    uint64_t end_ps = weir_kernel_now_ps(sim->cycle.kernel);
    close_account(sim, end_ps);
    return end_ps;
}

/* Models built and reset, kernel made: all but the passing of time. NULL with diagnostics. */
static cosimulation *open_cosimulation(weir_book *book, weir_diag *diag) {
    cosimulation *sim = weir_xcalloc(1, sizeof *sim);
    const weir_run_options *options = book->options;
    sim->book = book;
    sim->n_domains = weir_graph_domains(book->graph);
    sim->n_nodes = weir_graph_processes(book->graph);
    sim->n_links = weir_graph_channels(book->graph);
    sim->nodes = weir_xcalloc(sim->n_nodes, sizeof *sim->nodes);
    sim->links = weir_xcalloc(sim->n_links, sizeof *sim->links);
    sim->orders = weir_xcalloc(sim->n_nodes, sizeof(weir_node *));
    sim->cycle = (weir_cycle){.book = book, .freeze = options->freeze};
    sim->cycle.domains = weir_xcalloc(sim->n_domains, sizeof *sim->cycle.domains);
    sim->cycle.stall_cycles = weir_stall_cycles(book);
    make_links(sim);
    make_nodes(sim);
    make_domains(sim);
    if (take_models(sim, diag) && make_kernel(sim, diag)) return sim;
    close_cosimulation(sim);
    return NULL;
}

bool weir_run_rtl(weir_book *book, uint64_t *end_ps, weir_diag *diag) {
    cosimulation *sim = open_cosimulation(book, diag);
    if (sim == NULL) return false;
    bool good = book->ended || weir_kernel_run(sim->cycle.kernel, diag);
    if (good) {
        *end_ps = finish(sim);
        if (sim->cycle.stalled || !book->ended) explain(sim);
    }
    close_cosimulation(sim);
    return good;
}

/* ------------------------------------------------------------------ part of a platform */

struct weir_embedded {
    weir_run_options options;
    weir_book *book;
    cosimulation *sim;
};

weir_embedded *weir_embedded_new(const weir_graph *graph, const weir_run_options *options,
                                 weir_diag *diag) {
    weir_embedded *embedded = weir_xcalloc(1, sizeof *embedded);
    embedded->options = *options;
    embedded->options.stall_cycles =
        UINT64_MAX; /* the platform may be silent as long as it likes */
    embedded->book = weir_book_new(graph, &embedded->options, diag);
    if (embedded->book != NULL) embedded->sim = open_cosimulation(embedded->book, diag);
    if (embedded->sim != NULL && weir_kernel_begin(embedded->sim->cycle.kernel, diag))
        return embedded;
    weir_embedded_free(embedded);
    return NULL;
}

weir_result *weir_embedded_finish(weir_embedded *embedded) {
    if (embedded->book->result == NULL) return NULL;
    weir_kernel_stop(embedded->sim->cycle.kernel);
    embedded->book->result->partial = !embedded->book->ended;
    return weir_book_finish(embedded->book, finish(embedded->sim));
}

void weir_embedded_free(weir_embedded *embedded) {
    if (embedded == NULL) return;
    if (embedded->sim != NULL) close_cosimulation(embedded->sim);
    weir_book_free(embedded->book);
    free(embedded);
}
