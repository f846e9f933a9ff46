/* Event logs of a replay that records: reserved a frame ahead, so that recording never allocates. */
#include "base/arena.h"
#include "sim/replay_move.h"
#include <stdlib.h>
#include <string.h>

static void make_room(weir_event_log *log, uint64_t most) {
    uint64_t room = most > log->from ? most - log->from : 0;
    if (room <= log->room) return;
    log->room = room + room / 2;
    log->edges = weir_xrealloc(log->edges, log->room * sizeof *log->edges);
}

void weir_replay_log_reserve(weir_replay *run) {
    const weir_net *net = run->net;
    uint64_t frames = run->limit - run->skipped;
    for (uint32_t c = 0; c < net->n_channels; c++) {
        weir_replay_channel *channel = &run->channels[c];
        const weir_net_node *producer = &net->nodes[channel->producer];
        const weir_net_node *consumer = &net->nodes[channel->consumer];
        uint64_t writes = (frames + producer->turns - 1) / producer->turns;
        uint64_t reads = (frames + consumer->turns - 1) / consumer->turns;
        /* An unbound process may be ahead by what lies between it and one that is not. */
        uint64_t ahead = producer->unbound || consumer->unbound
                             ? channel->depth + weir_held_ahead(run, producer) +
                                   weir_held_ahead(run, consumer) + net->frame_writes[c]
                             : 0;
        make_room(&channel->writes,
                  net->preamble_writes[c] + writes * net->frame_writes[c] + ahead);
        make_room(&channel->reads, net->preamble_reads[c] + reads * net->frame_reads[c] + ahead +
                                       2 * WEIR_MOST_SLICE);
    }
}

/* When event `number` was, comparable between the two sides. */
static uint64_t when(const weir_replay *run, const weir_replay_channel *c, bool write,
                     uint64_t number) {
    const weir_event_log *log = write ? &c->writes : &c->reads;
    int64_t edge = log->edges[number - log->from];
    return weir_replay_edge_ps(run, &run->actors[write ? c->producer : c->consumer], edge);
}

/* Beats are held from a write on; reads of the same instant are counted first. A write is counted
 * once all reads up to its instant are known: a later one is, or there is no beat left to read. */
static void count_channel(const weir_replay *run, weir_replay_channel *c, bool last,
                          uint64_t cut_ps) {
    uint64_t writes = c->written - c->initial;
    for (; c->counted_writes < writes; c->counted_writes++) {
        uint64_t now = when(run, c, true, c->counted_writes);
        if (now > cut_ps) break;
        while (c->counted_reads < c->taken && when(run, c, false, c->counted_reads) <= now)
            c->counted_reads++;
        uint64_t held = c->initial + c->counted_writes + 1 - c->counted_reads;
        if (!last && c->counted_reads == c->taken && held > 0) break;
        if (held > c->most_held) c->most_held = (uint32_t)held;
    }
}

void weir_replay_log_count(weir_replay *run, bool last, uint64_t cut_ps) {
    if (!(run->want & WEIR_WANT_OCCUPANCY)) return;
    for (uint32_t c = 0; c < run->net->n_channels; c++)
        count_channel(run, &run->channels[c], last, cut_ps);
}

static void discard(weir_event_log *log, uint64_t until, uint64_t count) {
    if (until <= log->from) return;
    memmove(log->edges, log->edges + (until - log->from), (count - until) * sizeof *log->edges);
    log->from = until;
}

void weir_replay_log_discard(weir_replay *run) {
    if (run->want & WEIR_WANT_TRACE) return;
    for (uint32_t c = 0; c < run->net->n_channels; c++) {
        weir_replay_channel *channel = &run->channels[c];
        uint64_t writes = channel->written - channel->initial, reads = channel->taken;
        uint64_t done_writes = run->want & WEIR_WANT_OCCUPANCY ? channel->counted_writes : writes;
        uint64_t done_reads = run->want & WEIR_WANT_OCCUPANCY ? channel->counted_reads : reads;
        if (run->stats) { /* when the frame before ended, and for the end of the run */
            uint64_t frame = run->net->frame_writes[c] + 1;
            done_writes = done_writes > 2 * frame ? done_writes - 2 * frame : 0;
            frame = run->net->frame_reads[c];
            done_reads = done_reads > 2 * frame ? done_reads - 2 * frame : 0;
        }
        discard(&channel->writes, done_writes, writes);
        discard(&channel->reads, done_reads, reads);
    }
}

void weir_replay_log_shift(weir_replay *run, uint32_t index, int64_t write_edges,
                           int64_t read_edges) {
    weir_replay_channel *c = &run->channels[index];
    for (uint64_t k = c->writes.from; k < c->written - c->initial; k++)
        c->writes.edges[k - c->writes.from] += write_edges;
    for (uint64_t k = c->reads.from; k < c->taken; k++)
        c->reads.edges[k - c->reads.from] += read_edges;
}

void weir_replay_log_free(weir_replay *run) {
    for (uint32_t c = 0; c < run->net->n_channels; c++) {
        free(run->channels[c].writes.edges);
        free(run->channels[c].reads.edges);
    }
}

weir_trace *weir_replay_log_trace(const weir_replay *run) {
    const weir_net *net = run->net;
    weir_trace *trace = weir_trace_new(net->name, net->n_channels);
    for (uint32_t c = 0; c < net->n_channels; c++) {
        const weir_replay_channel *channel = &run->channels[c];
        uint64_t writes = channel->written - channel->initial, reads = channel->taken;
        weir_trace_reserve(trace, c, net->channels[c].name, writes > reads ? writes : reads);
        weir_trace_channel *to = &trace->channels[c];
        to->n_writes = writes;
        to->n_reads = reads;
        if (writes > 0) memcpy(to->writes, channel->writes.edges, writes * sizeof *to->writes);
        if (reads > 0) memcpy(to->reads, channel->reads.edges, reads * sizeof *to->reads);
        const weir_domain *domains = run->parameters->domains;
        const weir_domain *writer = &domains[net->nodes[channel->producer].domain];
        const weir_domain *reader = &domains[net->nodes[channel->consumer].domain];
        to->write_period_ps = writer->period_ps;
        to->write_phase_ps = writer->phase_ps;
        to->read_period_ps = reader->period_ps;
        to->read_phase_ps = reader->phase_ps;
    }
    return trace;
}
