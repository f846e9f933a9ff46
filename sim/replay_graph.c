/* The net of a graph, its timing, and what a run's parameters must be like. */
#include "base/arena.h"
#include "sim/replay_net.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool check_schedule(const weir_process *process, weir_diag *diag) {
    const weir_schedule *schedule = process->schedule;
    if (process->kind != WEIR_PROCESS) return true;
    if (schedule == NULL && process->imported)
        return weir_error(diag, process->loc,
                          "process \"%s\": its timing class is not known, replay needs one; weir "
                          "certify looks for it",
                          process->name);
    if (schedule == NULL)
        return weir_error(diag, process->loc, "process \"%s\": no schedule, replay needs one",
                          process->name);
    if (schedule->n_inputs == process->n_inputs && schedule->n_outputs == process->n_outputs)
        return true;
    return weir_error(diag, process->loc,
                      "process \"%s\": its schedule has %u inputs and %u outputs, the process %u "
                      "and %u",
                      process->name, schedule->n_inputs, schedule->n_outputs, process->n_inputs,
                      process->n_outputs);
}

static weir_net *make_net(const weir_graph *graph) {
    uint32_t n_processes = weir_graph_processes(graph), n_channels = weir_graph_channels(graph);
    weir_net_process *processes = weir_xcalloc(n_processes + 1, sizeof *processes);
    weir_net_channel *channels = weir_xcalloc(n_channels + 1, sizeof *channels);
    for (uint32_t p = 0; p < n_processes; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        processes[p] = (weir_net_process){.name = process->name,
                                          .kind = process->kind,
                                          .domain = process->domain,
                                          .schedule = process->schedule};
        if (process->kind != WEIR_PROCESS) processes[p].schedule = NULL;
    }
    for (uint32_t c = 0; c < n_channels; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        channels[c] = (weir_net_channel){.name = channel->name,
                                         .producer = channel->producer,
                                         .producer_port = channel->producer_port,
                                         .consumer = channel->consumer,
                                         .consumer_port = channel->consumer_port,
                                         .frame_beats = weir_stream_beats(&channel->stream),
                                         .frame_step = channel->frame_step,
                                         .frame_first = channel->frame_first,

                                         .at_port = channel->at_port};
    }
    weir_net *net = weir_net_new(weir_graph_name(graph), weir_graph_domains(graph), processes,
                                 n_processes, channels, n_channels);
    free(processes);
    free(channels);
    return net;
}

weir_net *weir_net_of_graph(const weir_graph *graph, weir_diag *diag) {
    bool good = true;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        good = check_schedule(weir_graph_process(graph, p), diag) && good;
    return good ? make_net(graph) : NULL;
}

void weir_channel_timing_set(weir_channel_timing *timing, weir_latency_class latency,
                             uint32_t flops) {
    bool crosses = latency == WEIR_LATENCY_CDC;
    /* A CDC FIFO is readable from N_c(E_p(w)) + flops (models/fifo.h): forward - 1 edges later. */
    timing->forward = crosses ? flops + 1 : latency == WEIR_LATENCY_MEMORY ? 2 : 1;
    timing->backward = crosses ? flops + 1 : 1;
    timing->write_gap = 0;
}

void weir_replay_of_graph(const weir_graph *graph, weir_domain *domains,
                          weir_channel_timing *channels) {
    for (uint32_t d = 0; d < weir_graph_domains(graph); d++)
        domains[d] = *weir_graph_domain(graph, d);
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        channels[c].depth = channel->depth;
        weir_channel_timing_set(&channels[c], channel->latency, channel->flops);
        channels[c].write_gap = channel->write_gap;
    }
}

static bool check_domains(const weir_net *net, const weir_domain *domains, weir_diag *diag) {
    bool good = true;
    for (uint32_t d = 0; d < net->n_domains; d++)
        if (domains[d].period_ps < 1 || domains[d].period_ps > WEIR_MAX_PERIOD_PS)
            good = weir_error(diag, domains[d].loc,
                              "domain \"%s\": period %" PRIu64 " ps, 1 to %" PRIu64 " are allowed",
                              domains[d].name != NULL ? domains[d].name : "?", domains[d].period_ps,
                              WEIR_MAX_PERIOD_PS);
    return good;
}

static bool check_channels(const weir_net *net, const weir_channel_timing *timing,
                           weir_diag *diag) {
    bool good = true;
    for (uint32_t c = 0; c < net->n_channels; c++) {
        const weir_net_channel *channel = &net->channels[c];
        uint32_t least = channel->initial > 1 ? channel->initial : 1;
        if (timing[c].depth < least || timing[c].depth > WEIR_MAX_DEPTH)
            good = weir_error(diag, WEIR_NOWHERE, "channel \"%s\": depth %u, %u to %u are allowed",
                              channel->name, timing[c].depth, least, WEIR_MAX_DEPTH);
        if (timing[c].forward < 1 || timing[c].backward < 1)
            good = weir_error(diag, WEIR_NOWHERE,
                              "channel \"%s\": forward %u and backward %u cycles, minimum 1",
                              channel->name, timing[c].forward, timing[c].backward);
    }
    return good;
}

static bool check_arrivals(const weir_replay_parameters *parameters, weir_diag *diag) {
    const uint64_t most = UINT64_C(1) << 62, *times = parameters->arrival_ps;
    uint64_t frames = parameters->frames;
    for (uint64_t f = 1; times != NULL && f < frames; f++)
        if (times[f] < times[f - 1])
            return weir_error(diag, WEIR_NOWHERE,
                              "arrival of frame %" PRIu64 ": %" PRIu64
                              " ps, earlier than the frame before it (%" PRIu64 " ps)",
                              f, times[f], times[f - 1]);
    if (frames == 0) return true;
    uint64_t period = parameters->arrival_period_ps;
    bool far = times != NULL ? times[frames - 1] > most : period > 0 && frames - 1 > most / period;
    if (far)
        return weir_error(diag, WEIR_NOWHERE,
                          "arrival of frame %" PRIu64 ": after %" PRIu64 " ps, the latest allowed",
                          frames - 1, most);
    return true;
}

static bool check_pauses(const weir_net *net, const char *const *pauses, weir_diag *diag) {
    bool good = true;
    for (uint32_t p = 0; pauses != NULL && p < net->n_processes; p++) {
        const char *pattern = pauses[p];
        if (pattern == NULL || pattern[0] == '\0') continue;
        const char *name = net->processes[p].name;
        if (net->nodes[p].kind == WEIR_PROCESS)
            good = weir_error(diag, WEIR_NOWHERE,
                              "process \"%s\": pause pattern \"%s\", only sources and sinks pause",
                              name, pattern);
        else if (pattern[strspn(pattern, "01")] != '\0' || strchr(pattern, '1') == NULL)
            good = weir_error(diag, WEIR_NOWHERE,
                              "pause pattern of \"%s\": \"%s\", needs digits 0 and 1, with at "
                              "least one 1",
                              name, pattern);
    }
    return good;
}

bool weir_replay_check(const weir_net *net, const weir_replay_parameters *parameters,
                       weir_diag *diag) {
    bool good = check_domains(net, parameters->domains, diag);
    good = check_channels(net, parameters->channels, diag) && good;
    good = check_arrivals(parameters, diag) && good;
    good = check_pauses(net, parameters->pauses, diag) && good;
    if (parameters->drop && net->n_sources > 1)
        good = weir_error(diag, WEIR_NOWHERE,
                          "replay of \"%s\": %u sources, at most 1 that drops frames", net->name,
                          net->n_sources);
    return good;
}
