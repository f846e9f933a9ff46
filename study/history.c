#include "study/history.h"
#include "base/arena.h"
#include "study/past.h"
#include <stdlib.h>
#include <string.h>

struct weir_history {
    past_source source;
    const weir_net *net;
    const weir_replay_parameters *parameters;
    const weir_replay_result *result;
    past **pasts; /* of each process, made when first asked for */
};

/* What the events' binding constraints are not written down for: a register slice's own events, the
 * halves of an initiation, and frames that begin or end beyond the outside's FIFOs. */
static bool check_net(const weir_net *net, weir_diag *diag) {
    bool good = true;
    for (uint32_t p = 0; p < net->n_processes; p++) {
        const weir_net_node *node = &net->nodes[p];
        bool slices = false, halves = false;
        for (uint32_t i = 0; i < node->n_inputs; i++)
            slices |= net->slice_in[node->inputs[i]] > 0;
        for (uint32_t q = 0; q < node->n_outputs; q++)
            slices |= net->slice_out[node->outputs[q]] > 0;
        for (uint32_t s = 0; s < node->n_sets; s++)
            halves |= node->sets[s].halves;
        if (slices || halves)
            good =
                weir_error(diag, WEIR_NOWHERE,
                           "process \"%s\": its schedule has %s, the bottleneck analysis knows "
                           "reads, writes and waits alone",
                           net->processes[p].name,
                           slices ? "register slices" : "writes ahead of a stall (post or lead)");
    }
    for (uint32_t c = 0; c < net->n_channels && good; c++)
        if (net->channels[c].at_port)
            good = weir_error(diag, WEIR_NOWHERE,
                              "fifo \"%s\": frames begin or end at its far side, the bottleneck "
                              "analysis knows those that begin at a source and end at a sink",
                              net->channels[c].name);
    return good;
}

weir_history *weir_history_new(const weir_net *net, const weir_replay_parameters *parameters,
                               const weir_replay_result *result, weir_diag *diag) {
    const weir_trace *trace = result->trace;
    if (!check_net(net, diag)) return NULL;
    for (uint32_t c = 0; c < trace->n_channels; c++) {
        const weir_trace_channel *channel = &trace->channels[c];
        uint64_t last = channel->n_writes > 0 ? channel->writes[channel->n_writes - 1] : 0;
        if (channel->n_reads > 0 && channel->reads[channel->n_reads - 1] > last)
            last = channel->reads[channel->n_reads - 1];
        if (last >= UINT32_MAX / 2 || channel->n_writes >= UINT32_MAX) {
            weir_error(diag, WEIR_NOWHERE,
                       "fifo \"%s\": event at edge %llu, the bottleneck analysis allows %u",
                       channel->name, (unsigned long long)last, UINT32_MAX / 2);
            return NULL;
        }
    }
    weir_history *history = weir_xcalloc(1, sizeof *history);
    history->source = (past_source){net, parameters, trace, result->n_frames};
    history->net = net;
    history->parameters = parameters;
    history->result = result;
    history->pasts = weir_xcalloc(net->n_processes, sizeof(past *));
    return history;
}

void weir_history_free(weir_history *history) {
    if (history == NULL) return;
    for (uint32_t p = 0; p < history->net->n_processes; p++)
        past_free(history->pasts[p]);
    free(history->pasts);
    free(history);
}

static past *past_of(weir_history *history, uint32_t process) {
    past **p = &history->pasts[process];
    if (*p == NULL) *p = past_new(&history->source, process);
    return *p;
}

static const weir_net_node *node_of(const weir_history *history, uint32_t process) {
    return &history->net->nodes[process];
}

static const weir_domain *domain_of(const weir_history *history, uint32_t process) {
    return &history->parameters->domains[node_of(history, process)->domain];
}

/* The channel at a source or sink. */
static uint32_t end_channel(const weir_history *history, uint32_t process) {
    const weir_net_node *node = node_of(history, process);
    return node->kind == WEIR_SOURCE ? node->outputs[0] : node->inputs[0];
}

/* ------------------------------------------------------------------ events of channels */

static weir_event moved_by(weir_history *history, uint32_t channel, bool reads, uint64_t beat) {
    const weir_net_channel *c = &history->net->channels[channel];
    uint32_t process = reads ? c->consumer : c->producer;
    uint32_t port = reads ? c->consumer_port : c->producer_port;
    const weir_net_node *node = node_of(history, process);
    if (node->kind != WEIR_PROCESS) return (weir_event){WEIR_EVENT_BEAT, process, 0, beat};
    if (node->timing == WEIR_FRP && !reads)
        return (weir_event){WEIR_EVENT_LEAVES, process, port, beat};
    past *p = past_of(history, process);
    uint32_t slot = reads ? port : node->n_inputs + port;
    uint64_t index = past_row_of(p, slot, beat);
    const past_set *set = past_row_at(p, index).set;
    uint32_t at = 0;
    for (uint32_t o = 0; o < set->count; o++)
        if (set->operations[o].slot == slot) at = set->operations[o].node;
    return (weir_event){WEIR_EVENT_STEP, process, at, index};
}

/* True where the gate of a read or write is what held it until `edge` (less `stage`). */
static bool gate_binds(weir_history *history, uint32_t channel, bool reads, uint64_t beat,
                       uint32_t edge, weir_binding *binding) {
    const weir_net_channel *c = &history->net->channels[channel];
    const weir_channel_timing *timing = &history->parameters->channels[channel];
    uint64_t other;
    uint32_t gate = past_gate(&history->source, channel, reads, beat, &other);
    bool crosses = node_of(history, c->producer)->domain != node_of(history, c->consumer)->domain;
    if (other != UINT64_MAX && gate == edge) {
        binding->before = moved_by(history, channel, !reads, other);
        binding->cause = !reads    ? WEIR_CAUSE_SPACE
                         : crosses ? WEIR_CAUSE_CROSSING
                                   : WEIR_CAUSE_TRANSFER;
        binding->process = reads ? WEIR_NONE : c->producer;
        binding->channel = channel;
        return true;
    }
    if (reads || timing->write_gap < 2 || beat == 0) return false;
    if (past_moved(&history->source, channel, false, beat - 1) + timing->write_gap != edge)
        return false;
    binding->before = moved_by(history, channel, false, beat - 1);
    binding->cause = WEIR_CAUSE_TRANSFER;
    binding->channel = channel;
    return true;
}

/* ------------------------------------------------------------------ steps */

static bool step_gates(weir_history *history, past *p, past_row row, uint32_t at, uint32_t edge,
                       weir_binding *binding) {
    weir_timing_class timing = past_node(p)->timing;
    /* What gate_binds asks for may drop the block of `row`. */
    uint32_t beats[2 * WEIR_GRAPH_PORTS];
    const past_set *set = row.set;
    memcpy(beats, row.beats,
           (past_node(p)->n_inputs + past_node(p)->n_outputs) * sizeof *row.beats);
    for (int reads = 1; reads >= 0; reads--)
        for (uint32_t o = 0; o < set->count; o++) {
            const past_operation *operation = &set->operations[o];
            if (operation->reads != (reads == 1)) continue;
            if (timing == WEIR_FRP && !operation->reads) continue;
            if (timing == WEIR_ELASTIC && operation->node != at) continue;
            if (gate_binds(history, operation->channel, operation->reads, beats[operation->slot],
                           edge, binding))
                return true;
        }
    return false;
}

/* frp: the output whose skid FIFO was full. */
static bool release_binds(weir_history *history, past *p, weir_event event, uint32_t edge,
                          weir_binding *binding) {
    const weir_net_node *node = past_node(p);
    for (uint32_t q = 0; q < node->n_outputs; q++) {
        past_row row = past_row_at(p, event.index);
        uint32_t by_row = row.issue_row[q], by_beat = row.issue_beat[q];
        if (by_row == UNKNOWN_EDGE) continue;
        bool wrote = by_beat != UNKNOWN_EDGE;
        uint32_t released = wrote ? past_moved(&history->source, node->outputs[q], false, by_beat)
                                  : past_row_at(p, by_row).values[0] + node->stages - 1;
        if (released + 1 != edge) continue;
        binding->before = wrote ? (weir_event){WEIR_EVENT_LEAVES, event.process, q, by_beat}
                                : (weir_event){WEIR_EVENT_STEP, event.process, 0, by_row};
        return true;
    }
    return false;
}

static bool before_step(weir_history *history, weir_event event, weir_binding *binding) {
    past *p = past_of(history, event.process);
    past_row row = past_row_at(p, event.index);
    const weir_net_node *node = past_node(p);
    const uint32_t *stages = past_stages(p);
    uint32_t n = past_nodes(p), k = event.node, edge = row.values[k];
    binding->cause = WEIR_CAUSE_COMPUTE;
    binding->process = event.process;
    binding->before = event;
    if (k > 0 &&
        (node->timing == WEIR_CREDIT || row.values[k - 1] + stages[k] - stages[k - 1] == edge)) {
        binding->before.node = node->timing == WEIR_CREDIT ? 0 : k - 1;
        return true;
    }
    uint64_t ii = node->timing == WEIR_LOCKSTEP || node->timing == WEIR_UNKNOWN || k > 0 ||
                          node->ii_cycles == 0
                      ? 1
                      : node->ii_cycles;
    if (event.index > 0 && (row.values + k)[-(ptrdiff_t)n] + ii == edge) {
        binding->before.index--;
        return true;
    }
    if (node->timing == WEIR_ELASTIC && k + 1 < n) {
        uint32_t gap = stages[k + 1] - stages[k];
        if (event.index >= gap && (row.values + k + 1)[-(ptrdiff_t)n * (ptrdiff_t)gap] == edge) {
            binding->before.index -= gap;
            binding->before.node++;
            return true;
        }
    }
    if (event.index == 0 && k == 0 && edge == node->start) {
        binding->first = true;
        return true;
    }
    if (node->timing == WEIR_FRP && release_binds(history, p, event, edge, binding)) return true;
    return step_gates(history, p, past_row_at(p, event.index), k, edge, binding);
}

/* A word leaves the skid FIFO: when it comes out of the pipeline, after the one before it, or when
 * there is space. */
static bool before_leaves(weir_history *history, weir_event event, weir_binding *binding) {
    past *p = past_of(history, event.process);
    const weir_net_node *node = past_node(p);
    uint32_t channel = node->outputs[event.node];
    uint32_t edge = past_moved(&history->source, channel, false, event.index);
    binding->cause = WEIR_CAUSE_COMPUTE;
    binding->process = event.process;
    uint64_t row = past_row_of(p, node->n_inputs + event.node, event.index);
    if (past_row_at(p, row).values[0] + node->stages - 1 == edge) {
        binding->before = (weir_event){WEIR_EVENT_STEP, event.process, 0, row};
        return true;
    }
    if (event.index > 0 &&
        past_moved(&history->source, channel, false, event.index - 1) + 1 == edge) {
        binding->before = event;
        binding->before.index--;
        return true;
    }
    return gate_binds(history, channel, false, event.index, edge, binding);
}

/* ------------------------------------------------------------------ sources and sinks */

static uint64_t arrival_of(const weir_history *history, uint64_t frame) {
    const weir_replay_parameters *parameters = history->parameters;
    uint64_t index = history->result->index != NULL ? history->result->index[frame] : frame;
    if (parameters->arrival_ps != NULL) return parameters->arrival_ps[index];
    return index * parameters->arrival_period_ps;
}

static bool pauses(const weir_history *history, uint32_t process) {
    const char *const *patterns = history->parameters->pauses;
    return patterns != NULL && patterns[process] != NULL && patterns[process][0] != '\0';
}

/* Without a pause one of the constraints is met to the edge; with one, the latest of them counts,
 * and the rest of the time is the pause's. */
static bool before_beat(weir_history *history, weir_event event, weir_binding *binding) {
    const weir_net_node *node = node_of(history, event.process);
    const weir_domain *domain = domain_of(history, event.process);
    uint32_t channel = end_channel(history, event.process);
    bool reads = node->kind == WEIR_SINK;
    uint32_t edge = past_moved(&history->source, channel, reads, event.index);
    uint64_t other, beats = history->net->channels[channel].frame_beats;
    uint32_t gate = past_gate(&history->source, channel, reads, event.index, &other);
    uint32_t own =
        event.index == 0 ? 0 : past_moved(&history->source, channel, reads, event.index - 1) + 1;
    uint32_t arrival = 0;
    bool opens = !reads && event.index % beats == 0; /* the first beat of a frame */
    if (opens)
        arrival =
            (uint32_t)weir_clock_at_or_after(domain, arrival_of(history, event.index / beats));
    uint32_t base = own > gate ? own : gate;
    if (arrival > base) base = arrival;
    if (base < edge) {
        if (!pauses(history, event.process)) {
            /* A gap between writes; only the gate knows it. */
            return gate_binds(history, channel, reads, event.index, edge, binding);
        }
        binding->pause_ps = weir_clock_edge_ps(domain, edge) - weir_clock_edge_ps(domain, base);
    }
    binding->cause = WEIR_CAUSE_OUTSIDE;
    binding->process = event.process;
    binding->before = event;
    if (opens && arrival == base) { /* an arrival of 0 is there from the start */
        uint64_t frame = event.index / beats;
        if (arrival_of(history, frame) > 0) {
            binding->before = (weir_event){WEIR_EVENT_ARRIVES, event.process, 0, frame};
            return true;
        }
    }
    /* Where the design binds as much as the outside, it is the design that is named. */
    weir_binding own_beat = *binding;
    if (gate == base && gate_binds(history, channel, reads, event.index, base, binding))
        return true;
    *binding = own_beat;
    if (event.index > 0 && own == base) {
        binding->before.index--;
        return true;
    }
    binding->first = base == 0;
    return binding->first;
}

static bool before_arrival(weir_event event, weir_binding *binding) {
    binding->cause = WEIR_CAUSE_OUTSIDE;
    binding->process = event.process;
    binding->before = event;
    if (event.index == 0)
        binding->first = true;
    else
        binding->before.index--;
    return true;
}

bool weir_history_before(weir_history *history, weir_event event, weir_binding *binding) {
    *binding = (weir_binding){.process = WEIR_NONE, .channel = WEIR_NONE};
    switch (event.kind) {
    case WEIR_EVENT_STEP:
        return before_step(history, event, binding);
    case WEIR_EVENT_BEAT:
        return before_beat(history, event, binding);
    case WEIR_EVENT_LEAVES:
        return before_leaves(history, event, binding);
    case WEIR_EVENT_ARRIVES:
        return before_arrival(event, binding);
    }
    return false;
}

/* ------------------------------------------------------------------ time and place */

uint64_t weir_history_ps(weir_history *history, weir_event event) {
    const weir_domain *domain = domain_of(history, event.process);
    const weir_net_node *node = node_of(history, event.process);
    switch (event.kind) {
    case WEIR_EVENT_STEP:
        return weir_clock_edge_ps(
            domain, past_row_at(past_of(history, event.process), event.index).values[event.node]);
    case WEIR_EVENT_BEAT:
        return weir_clock_edge_ps(domain,
                                  past_moved(&history->source, end_channel(history, event.process),
                                             node->kind == WEIR_SINK, event.index));
    case WEIR_EVENT_LEAVES:
        return weir_clock_edge_ps(
            domain, past_moved(&history->source, node->outputs[event.node], false, event.index));
    case WEIR_EVENT_ARRIVES:
        return arrival_of(history, event.index);
    }
    return 0;
}

/* Of an event: how many of its kind there are in a frame, and before the first. */
static uint64_t round_of(weir_history *history, weir_event event, uint64_t *preamble) {
    const weir_net_node *node = node_of(history, event.process);
    *preamble = 0;
    switch (event.kind) {
    case WEIR_EVENT_STEP:
        *preamble = past_preamble_rows(past_of(history, event.process));
        return past_frame_rows(past_of(history, event.process));
    case WEIR_EVENT_BEAT:
        return history->net->channels[end_channel(history, event.process)].frame_beats;
    case WEIR_EVENT_LEAVES:
        *preamble = history->net->preamble_writes[node->outputs[event.node]];
        return history->net->frame_writes[node->outputs[event.node]];
    case WEIR_EVENT_ARRIVES:
        return 1;
    }
    return 1;
}

uint64_t weir_history_frame(weir_history *history, weir_event event) {
    const weir_net_node *node = node_of(history, event.process);
    uint64_t preamble, round = round_of(history, event, &preamble);
    if (event.index < preamble) return node->first;
    uint64_t own = (event.index - preamble) * node->own / round;
    return own * (node->turns / node->own) + node->first;
}

weir_event weir_history_shift(weir_history *history, weir_event event, int64_t frames) {
    uint64_t preamble, round = round_of(history, event, &preamble);
    int64_t passes = frames / (int64_t)node_of(history, event.process)->turns;
    event.index += (uint64_t)passes * round; /* wraps where negative, as it should */
    return event;
}

weir_event weir_history_last_out(weir_history *history, uint64_t frame) {
    weir_event last = {WEIR_EVENT_BEAT, WEIR_NONE, 0, 0};
    for (uint32_t s = 0; s < history->net->n_sinks; s++) {
        uint32_t process = history->net->sinks[s];
        uint64_t beats = history->net->channels[end_channel(history, process)].frame_beats;
        weir_event event = {WEIR_EVENT_BEAT, process, 0, beats * (frame + 1) - 1};
        if (last.process == WEIR_NONE ||
            weir_history_ps(history, event) > weir_history_ps(history, last))
            last = event;
    }
    return last;
}
