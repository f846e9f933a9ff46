#include "sim/cycle.h"
#include <string.h>

/* Something that a sleeping node waits for will be so from `edge` on. */
static void rouse(weir_cycle *run, weir_node *node, uint32_t from_domain, uint64_t edge) {
    if (node->wake <= edge) return;
    node->wake = edge;
    if (node->domain != from_domain) weir_kernel_wake(run->kernel, node->domain, edge);
}

static void write_beat(weir_cycle *run, weir_link *link, uint64_t edge, uint64_t time_ps,
                       const void *beat) {
    weir_book_write(run->book, link->lane, edge, time_ps, beat);
    weir_fifo_write(link->fifo, edge, beat);
    link->writable_from = weir_fifo_writable_from(link->fifo);
    if (link->readable_from != WEIR_NEVER) return;
    link->readable_from = weir_fifo_readable_from(link->fifo);
    rouse(run, link->consumer, link->producer->domain, link->readable_from);
}

/* The reader has told the book already (a sink has more to tell). */
static void read_beat(weir_cycle *run, weir_link *link, uint64_t edge) {
    weir_fifo_read(link->fifo, edge);
    link->readable_from = weir_fifo_readable_from(link->fifo);
    if (link->writable_from != WEIR_NEVER) return;
    link->writable_from = weir_fifo_writable_from(link->fifo);
    rouse(run, link->producer, link->consumer->domain, link->writable_from);
}

static void fall_asleep(weir_node *node, uint64_t edge, uint64_t wake) {
    if (wake <= edge + 1) return;
    node->wake = wake;
    node->asleep = true;
    node->asleep_since = edge + 1;
}

static void count_sleep(weir_node *node, uint64_t edge) {
    uint64_t cycles = edge - node->asleep_since;
    if (node->source != NULL && node->class_ == WEIR_BLOCKED) { /* idle where it pauses */
        cycles = weir_pause_open(&node->source->pause, node->asleep_since, edge);
        node->cycles[WEIR_IDLE] += edge - node->asleep_since - cycles;
    }
    node->cycles[node->class_] += cycles;
    node->asleep_cycles += edge - node->asleep_since;
    node->asleep = false;
}

void weir_cycle_close(weir_node *node, uint64_t edges) {
    if (node->asleep && edges > node->asleep_since) count_sleep(node, edges);
}

static void step_source(weir_cycle *run, weir_node *node, uint64_t edge, uint64_t time_ps) {
    weir_source_node *source = node->source;
    weir_link *link = node->outputs[0].link;
    const uint8_t *beat = weir_source_offer(run->book, source, edge);
    bool ready = edge >= link->writable_from;
    node->class_ = weir_classify(WEIR_SOURCE, 0, 0, beat != NULL, ready);
    node->cycles[node->class_]++;
    if (node->class_ == WEIR_BUSY) {
        write_beat(run, link, edge, time_ps, beat);
        weir_source_sent(run->book, source, edge, time_ps);
    } else if (run->freeze) {
        uint64_t wake = node->class_ == WEIR_BLOCKED  ? link->writable_from
                        : edge < source->arrival_edge ? source->arrival_edge
                                                      : weir_pause_ends(&source->pause, edge);
        fall_asleep(node, edge, wake);
    }
}

static void step_sink(weir_cycle *run, weir_node *node, uint64_t edge, uint64_t time_ps) {
    weir_link *link = node->inputs[0].link;
    bool valid = edge >= link->readable_from;
    bool ready = weir_sink_ready(run->book, node->sink, edge);
    node->class_ = weir_classify(WEIR_SINK, valid, ready, 0, 0);
    if (node->class_ == WEIR_STARVED && weir_book_between_frames(run->book, node->process))
        node->class_ = WEIR_IDLE;
    node->cycles[node->class_]++;
    if (node->class_ == WEIR_BUSY) {
        weir_sink_took(run->book, node->sink, edge, time_ps, weir_fifo_head(link->fifo));
        read_beat(run, link, edge);
    } else if (!valid && run->freeze) {
        fall_asleep(node, edge, link->readable_from);
    }
}

static void take_snapshot(weir_node *node) {
    uint8_t *at = node->snapshot;
    for (uint32_t i = 0; i < node->model->n_spans; i++) {
        memcpy(at, node->model->spans[i].bytes, node->model->spans[i].count);
        at += node->model->spans[i].count;
    }
}

static bool same_as_snapshot(const weir_node *node) {
    const uint8_t *at = node->snapshot;
    for (uint32_t i = 0; i < node->model->n_spans; i++) {
        if (memcmp(at, node->model->spans[i].bytes, node->model->spans[i].count) != 0) return false;
        at += node->model->spans[i].count;
    }
    return true;
}

/* The edge at which the next closed port opens. */
static uint64_t next_opening(const weir_node *node) {
    uint64_t next = WEIR_NEVER;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        const weir_node_port *port = &node->inputs[i];
        if (!*port->valid && port->link->readable_from < next) next = port->link->readable_from;
    }
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        const weir_node_port *port = &node->outputs[q];
        if (!*port->ready && port->link->writable_from < next) next = port->link->writable_from;
    }
    return next;
}

/* The clock rises in a cycle without a beat; the process freezes if that changes nothing. */
static void quiet_tick(weir_cycle *run, weir_node *node, uint64_t edge) {
    weir_rtl_model *model = node->model;
    bool try = run->freeze && ++node->quiet >= node->patience;
    if (!try) {
        model->tick(model->self);
        return;
    }
    take_snapshot(node);
    model->tick(model->self);
    node->quiet = 0;
    if (same_as_snapshot(node)) {
        node->patience = node->least_patience;
        fall_asleep(node, edge, next_opening(node));
    } else if (node->patience < WEIR_MAX_PATIENCE) {
        node->patience *= 2;
    }
}

static void copy_beat(void *to, const void *from, uint32_t bytes) {
    switch (bytes) { /* constant sizes become single moves */
    case 1:
        memcpy(to, from, 1);
        break;
    case 2:
        memcpy(to, from, 2);
        break;
    case 4:
        memcpy(to, from, 4);
        break;
    case 8:
        memcpy(to, from, 8);
        break;
    default:
        memcpy(to, from, bytes);
    }
}

/* Brings gates and heads to the model's ports; true if any input of the model changed. */
static bool sample(weir_node *node, uint64_t edge) {
    bool changed = false;
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        weir_node_port *port = &node->inputs[i];
        const weir_link *link = port->link;
        uint8_t valid = edge >= link->readable_from;
        if (valid && port->shown != link->lane->reads + 1) {
            copy_beat(port->data, weir_fifo_head(link->fifo), link->beat_bytes);
            port->shown = link->lane->reads + 1;
            changed = true;
        }
        changed |= *port->valid != valid;
        *port->valid = valid;
    }
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        weir_node_port *port = &node->outputs[q];
        uint8_t ready = edge >= port->link->writable_from;
        changed |= *port->ready != ready;
        *port->ready = ready;
    }
    return changed;
}

/* The class that the ports show; true if a beat moves. */
static bool look(const weir_node *node, weir_class *class_) {
    unsigned in_valid = 0, in_ready = 0, out_valid = 0, out_ready = 0;
    for (uint32_t i = 0; i < node->n_inputs; i++)
        weir_classify_port(*node->inputs[i].valid, *node->inputs[i].ready, &in_valid, &in_ready);
    for (uint32_t q = 0; q < node->n_outputs; q++)
        weir_classify_port(*node->outputs[q].valid, *node->outputs[q].ready, &out_valid,
                           &out_ready);
    *class_ = weir_classify(WEIR_PROCESS, in_valid, in_ready, out_valid, out_ready);
    return ((in_valid & in_ready) | (out_valid & out_ready)) != 0;
}

void weir_cycle_open_gates(weir_node *node) {
    for (uint32_t i = 0; i < node->n_inputs; i++)
        *node->inputs[i].valid = 1;
    for (uint32_t q = 0; q < node->n_outputs; q++)
        *node->outputs[q].ready = 1;
    node->model->settle(node->model->self);
}

/* The class of a process with blocking ports in a cycle without a beat: what would it do at its closed
 * ports, were they open? */
static weir_class look_behind(weir_node *node, uint64_t edge) {
    bool closed = false, blocked = false, starved = false;
    for (uint32_t i = 0; i < node->n_inputs; i++)
        closed |= edge < node->inputs[i].link->readable_from;
    for (uint32_t q = 0; q < node->n_outputs; q++)
        closed |= edge < node->outputs[q].link->writable_from;
    if (!closed) return WEIR_BUSY;
    weir_cycle_open_gates(node);
    for (uint32_t i = 0; i < node->n_inputs; i++)
        starved |= edge < node->inputs[i].link->readable_from && *node->inputs[i].ready;
    for (uint32_t q = 0; q < node->n_outputs; q++)
        blocked |= edge < node->outputs[q].link->writable_from && *node->outputs[q].valid;
    sample(node, edge);
    node->model->settle(node->model->self);
    return blocked ? WEIR_BLOCKED : starved ? WEIR_STARVED : WEIR_BUSY;
}

static void step_process(weir_cycle *run, weir_node *node, uint64_t edge, uint64_t time_ps) {
    weir_rtl_model *model = node->model;
    if (sample(node, edge)) model->settle(model->self);
    if (!look(node, &node->class_)) {
        if (node->blocking) node->class_ = look_behind(node, edge);
        if (node->class_ == WEIR_STARVED && weir_book_between_frames(run->book, node->process))
            node->class_ = WEIR_IDLE;
        node->cycles[node->class_]++;
        quiet_tick(run, node, edge);
        return;
    }
    node->cycles[WEIR_BUSY]++;
    node->quiet = 0;
    for (uint32_t q = 0; q < node->n_outputs; q++)
        if (*node->outputs[q].valid && *node->outputs[q].ready)
            write_beat(run, node->outputs[q].link, edge, time_ps, node->outputs[q].data);
    for (uint32_t i = 0; i < node->n_inputs; i++) {
        if (!*node->inputs[i].valid || !*node->inputs[i].ready) continue;
        weir_book_read(run->book, node->inputs[i].link->lane, edge, time_ps);
        read_beat(run, node->inputs[i].link, edge);
    }
    model->tick(model->self);
}

/* Stop requests, progress, and RTL that moves for ever without passing a beat. */
static void watch(weir_cycle *run, weir_node_domain *domain, uint64_t edge, uint64_t time_ps) {
    if (edge >= domain->next_poll) {
        domain->next_poll = edge + WEIR_POLL_EDGES;
        weir_book_poll(run->book, time_ps);
    }
    if (domain->beats_seen != run->book->beats) {
        domain->beats_seen = run->book->beats;
        domain->quiet_edges = 0;
    } else if (++domain->quiet_edges >= run->stall_cycles &&
               !weir_book_awaits_frame(run->book, time_ps)) {
        run->stalled = run->book->ended = true;
    }
}

uint64_t weir_cycle_edge(void *context, uint32_t index, uint64_t edge) {
    weir_cycle *run = context;
    weir_node_domain *domain = &run->domains[index];
    uint64_t time_ps = weir_clock_edge_ps(&domain->clock, edge);
    for (uint32_t i = 0; i < domain->n_nodes; i++) {
        weir_node *node = domain->nodes[i];
        if (node->wake > edge) continue;
        if (node->asleep) count_sleep(node, edge);
        node->wake = 0;
        if (node->kind == WEIR_PROCESS)
            step_process(run, node, edge, time_ps);
        else if (node->kind == WEIR_SOURCE)
            step_source(run, node, edge, time_ps);
        else
            step_sink(run, node, edge, time_ps);
    }
    watch(run, domain, edge, time_ps);
    if (run->book->ended) weir_kernel_stop(run->kernel);
    uint64_t next = WEIR_NEVER;
    for (uint32_t i = 0; i < domain->n_nodes; i++)
        if (domain->nodes[i]->wake < next) next = domain->nodes[i]->wake;
    return next > edge ? next : edge + 1;
}
