/* Parts of a net, as nets of their own. */
#include "base/arena.h"
#include "study/pace.h"
#include "study/sizing.h"
#include <stdlib.h>
#include <string.h>

bool sizing_has_parts(const sizing *s) {
    /* A part with copies that take turns would have ends with some of the frames only. */
    if (weir_net_period(s->net) > 1) return false;
    for (uint32_t k = 0; k < s->options->n_stimuli; k++)
        if (s->targets[k].latency || s->targets[k].listed || s->targets[k].pace_ps == 0)
            return false;
    return true;
}

typedef struct building {
    const weir_net *from;
    weir_net_process *processes;
    weir_net_channel *channels;
    uint32_t *number; /* of each process of the whole: in the part */
    uint32_t *origin; /* the other way, WEIR_NONE for a new source or sink */
    uint32_t n_processes, n_channels, n_domains;
} building;

static void add_channel(building *b, sizing_part *part, const bool *inside, uint32_t c) {
    weir_net_channel channel = *weir_net_channel_at(b->from, c);
    bool from = inside[channel.producer], to = inside[channel.consumer];
    if (!from && !to) return;
    uint32_t domain =
        weir_net_process_at(b->from, from ? channel.producer : channel.consumer)->domain;
    uint32_t end = b->n_processes;
    channel.frame_beats = weir_net_frame_beats(b->from, c);
    part->whole[b->n_channels] = c;
    part->inner[b->n_channels] = from && to;
    if (!from || !to) {
        weir_process_kind kind = from ? WEIR_SINK : WEIR_SOURCE;
        b->processes[end] = (weir_net_process){channel.name, kind, domain, NULL, NULL, NULL};
        b->origin[end] = WEIR_NONE;
        b->n_processes++;
    }
    channel.producer = from ? b->number[channel.producer] : end;
    channel.consumer = to ? b->number[channel.consumer] : end;
    if (!from) channel.producer_port = 0;
    if (!to) channel.consumer_port = 0;
    b->channels[b->n_channels++] = channel;
}

/* The channels at the ports of each process, by their new numbers. */
static void connect_ports(building *b, uint32_t *ports) {
    for (uint32_t i = 0; i < b->n_processes; i++) {
        uint32_t n_inputs = 0, n_outputs = 0;
        for (uint32_t c = 0; c < b->n_channels; c++)
            if (b->channels[c].consumer == i) ports[b->channels[c].consumer_port] = c, n_inputs++;
        b->processes[i].inputs = ports;
        ports += n_inputs;
        for (uint32_t c = 0; c < b->n_channels; c++)
            if (b->channels[c].producer == i) ports[b->channels[c].producer_port] = c, n_outputs++;
        b->processes[i].outputs = ports;
        ports += n_outputs;
    }
}

/* The stimuli as the part sees them: timing of its channels, pauses of its own ends. */
static void take_stimuli(sizing_part *part, const sizing *whole, const building *b) {
    uint32_t n = b->n_channels, n_stimuli = whole->options->n_stimuli;
    weir_replay_parameters *stimuli = weir_xcalloc(n_stimuli, sizeof *stimuli);
    weir_channel_timing *timings = weir_xcalloc((size_t)n_stimuli * n, sizeof *timings);
    const char **pauses = weir_xcalloc((size_t)n_stimuli * b->n_processes, sizeof *pauses);
    for (uint32_t k = 0; k < n_stimuli; k++) {
        const weir_replay_parameters *from = &whole->options->stimuli[k];
        stimuli[k] = *from;
        stimuli[k].channels = timings + (size_t)k * n;
        stimuli[k].pauses = pauses + (size_t)k * b->n_processes;
        for (uint32_t c = 0; c < n; c++) {
            weir_channel_timing *timing = &timings[(size_t)k * n + c];
            if (part->inner[c])
                *timing = from->channels[part->whole[c]];
            else
                weir_channel_timing_set(timing, WEIR_LATENCY_PLAIN, 0);
        }
        for (uint32_t i = 0; i < b->n_processes; i++)
            if (from->pauses != NULL && b->origin[i] != WEIR_NONE)
                pauses[(size_t)k * b->n_processes + i] = from->pauses[b->origin[i]];
    }
    part->options = *whole->options;
    part->options.stimuli = stimuli;
    part->options.report = NULL;
    part->memory[0] = stimuli;
    part->memory[1] = timings;
    part->memory[2] = pauses;
}

void sizing_part_init(sizing_part *part, const sizing *whole, const bool *inside) {
    uint32_t n = whole->n, n_processes = weir_net_processes(whole->net);
    *part = (sizing_part){0};
    part->whole = weir_xcalloc(n, sizeof *part->whole);
    part->inner = weir_xcalloc(n, sizeof *part->inner);
    building b = {.from = whole->net};
    b.processes = weir_xcalloc((size_t)n_processes + n, sizeof *b.processes);
    b.origin = weir_xcalloc((size_t)n_processes + n, sizeof *b.origin);
    b.channels = weir_xcalloc(n, sizeof *b.channels);
    b.number = weir_xcalloc(n_processes, sizeof *b.number);
    for (uint32_t i = 0; i < n_processes; i++) {
        const weir_net_process *process = weir_net_process_at(whole->net, i);
        if (process->domain >= b.n_domains) b.n_domains = process->domain + 1;
        if (!inside[i]) continue;
        b.number[i] = b.n_processes;
        b.origin[b.n_processes] = i;
        b.processes[b.n_processes++] = *process;
    }
    for (uint32_t c = 0; c < n; c++)
        add_channel(&b, part, inside, c);
    uint32_t *ports = weir_xcalloc(2 * (size_t)n, sizeof *ports);
    connect_ports(&b, ports);
    part->net =
        weir_net_new("part", b.n_domains, b.processes, b.n_processes, b.channels, b.n_channels);
    take_stimuli(part, whole, &b);
    part->memory[3] = ports;
    sizing *s = &part->s;
    *s = *whole;
    s->net = part->net;
    s->options = &part->options;
    s->n = b.n_channels;
    s->of = weir_xcalloc(s->n, sizeof *s->of);
    s->automatic = weir_xcalloc(s->n, sizeof *s->automatic);
    s->memory = weir_xcalloc(s->n, sizeof *s->memory);
    s->most = weir_xcalloc(s->n, sizeof *s->most);
    s->alone = weir_xcalloc(s->n, sizeof *s->alone);
    s->evaluations = s->events = 0;
    for (uint32_t c = 0; c < s->n; c++) {
        uint32_t w = part->whole[c];
        s->of[c] = whole->of[w];
        s->automatic[c] = part->inner[c] && whole->automatic[w];
        s->memory[c] = whole->memory[w];
        s->most[c] = whole->most[w];
        s->alone[c] = whole->alone[w];
    }
    free(b.processes);
    free(b.origin);
    free(b.channels);
    free(b.number);
}

void sizing_part_done(sizing_part *part, sizing *whole) {
    whole->evaluations += part->s.evaluations;
    whole->events += part->s.events;
    part->s.targets = NULL; /* the whole's */
    sizing_done(&part->s);
    weir_net_free(part->net);
    free(part->whole);
    free(part->inner);
    for (size_t i = 0; i < sizeof part->memory / sizeof *part->memory; i++)
        free(part->memory[i]);
}
