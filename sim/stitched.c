/* The stitched engine: one Verilated model of the whole design, FIFOs included, driven edge by edge
 * with the sources and sinks of the co-simulation. An instant at which clocks rise takes two
 * evaluations: all of them rise together; then they fall, while sources and sinks show what they
 * will do at their next edge, so that every signal is settled when that edge comes.
 *
 * Ports of the top: clk_<d>, rst_<d> of domain d; in<s>_* of source s and out<s>_* of sink s; probes,
 * bits 4c .. 4c+3 of channel c: write_valid, write_ready, read_valid, read_ready.
 */
#include "base/arena.h"
#include "sim/deadlock.h"
#include "sim/engines.h"
#include <stdlib.h>
#include <string.h>

#define RESET_CYCLES (2 * WEIR_RESET_CYCLES) /* through the synchronisers of CDC FIFOs too */
#define CHANNELS_A_WORD 16
#define POLL_INSTANTS 512

typedef struct clocked { /* a domain */
    weir_domain clock;
    uint64_t edge, time_ps;   /* of the next edge */
    uint64_t *writes, *reads; /* by probe word: bit 4c of the channels that it writes, reads */
    uint64_t *probed;         /* by probe word: all bits that its processes see */
    uint64_t *last;           /* those bits at its latest edge */
    uint64_t repeats;         /* edges since then with the same bits, not yet counted */
    uint32_t n_processes;
    uint32_t *processes;
    weir_class *classes; /* at the latest edge */
} clocked;

typedef struct stitched {
    weir_book *book;
    weir_rtl_model *model;
    clocked *domains;
    uint32_t n_domains, n_channels, n_words;
    uint64_t *probes; /* at the present instant */
    uint64_t beats_seen, quiet_instants;
    uint64_t stall_cycles;
} stitched;

static bool build_top(stitched *sim, weir_diag *diag) {
    const weir_book *book = sim->book;
    const weir_run_options *options = book->options;
    if (options->stitched_top == NULL)
        return weir_error(diag, WEIR_NOWHERE, "run of \"%s\": no stitched top",
                          weir_graph_name(book->graph));
    if (book->n_sources > WEIR_GRAPH_PORTS || book->n_sinks > WEIR_GRAPH_PORTS)
        return weir_error(diag, WEIR_NOWHERE, "run of \"%s\": %u sources and %u sinks, at most %d",
                          weir_graph_name(book->graph), book->n_sources, book->n_sinks,
                          WEIR_GRAPH_PORTS);
    weir_build_request *r = weir_xcalloc(1, sizeof *r);
    r->module = options->stitched_top;
    r->sources = options->stitched_sources;
    r->n_sources = options->n_stitched_sources;
    r->n_inputs = book->n_sources;
    r->n_outputs = book->n_sinks;
    for (uint32_t s = 0; s < book->n_sources; s++)
        r->input_bits[s] = book->sources[s].lane->channel->beat_bits;
    for (uint32_t s = 0; s < book->n_sinks; s++)
        r->output_bits[s] = book->sinks[s].lane->channel->beat_bits;
    r->n_clocks = sim->n_domains;
    r->probe_channels = sim->n_channels;
    r->rom_folder = options->rom_folder;
    r->imported = options->stitched_imported;
    if (weir_build_for_run(sim->book, r, 1, diag))
        sim->model = weir_model_open(r->object, NULL, 0, diag);
    free(r);
    return sim->model != NULL;
}

static void set_bit(uint64_t *words, uint32_t channel, unsigned nibble) {
    words[channel / CHANNELS_A_WORD] |= (uint64_t)nibble << (4 * (channel % CHANNELS_A_WORD));
}

static void make_domain(stitched *sim, uint32_t d) {
    const weir_graph *graph = sim->book->graph;
    clocked *domain = &sim->domains[d];
    domain->clock = *weir_graph_domain(graph, d);
    domain->time_ps = domain->clock.phase_ps;
    uint64_t *words = weir_xcalloc(4 * sim->n_words, sizeof *words);
    domain->writes = words;
    domain->reads = words + sim->n_words;
    domain->probed = words + 2 * sim->n_words;
    domain->last = words + 3 * sim->n_words;
    uint32_t n = weir_graph_processes(graph);
    domain->processes = weir_xcalloc(n, sizeof *domain->processes);
    domain->classes = weir_xcalloc(n, sizeof *domain->classes);
    for (uint32_t p = 0; p < n; p++)
        if (weir_graph_process(graph, p)->domain == d) domain->processes[domain->n_processes++] = p;
    for (uint32_t c = 0; c < sim->n_channels; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        const weir_process *producer = weir_graph_process(graph, channel->producer);
        const weir_process *consumer = weir_graph_process(graph, channel->consumer);
        /* Sources and sinks are looked after at the top's ports. */
        if (producer->domain == d) {
            set_bit(domain->probed, c, 3);
            if (producer->kind != WEIR_SOURCE) set_bit(domain->writes, c, 1);
        }
        if (consumer->domain == d) {
            set_bit(domain->probed, c, 12);
            if (consumer->kind != WEIR_SINK) set_bit(domain->reads, c, 1);
        }
    }
    memset(domain->last, 0xff, sim->n_words * sizeof *domain->last);
}

static void reset(stitched *sim) {
    weir_rtl_model *model = sim->model;
    for (uint32_t d = 0; d < model->n_clocks; d++)
        *model->resets[d] = 1;
    for (int i = 0; i < RESET_CYCLES; i++) {
        for (uint32_t d = 0; d < model->n_clocks; d++)
            *model->clocks[d] = 1;
        model->eval(model->self);
        for (uint32_t d = 0; d < model->n_clocks; d++)
            *model->clocks[d] = 0;
        if (i == RESET_CYCLES - 1)
            for (uint32_t d = 0; d < model->n_clocks; d++)
                *model->resets[d] = 0;
        model->eval(model->self);
    }
}

/* What the sources and sinks of a domain do at its next edge goes to the top's ports. */
static void show_ends(stitched *sim, const clocked *domain, uint32_t index) {
    weir_book *book = sim->book;
    for (uint32_t s = 0; s < book->n_sources; s++) {
        weir_source_node *source = &book->sources[s];
        if (weir_graph_process(book->graph, source->process)->domain != index) continue;
        const uint8_t *beat = weir_source_offer(book, source, domain->edge);
        *sim->model->inputs[s].valid = beat != NULL;
        if (beat != NULL)
            memcpy(sim->model->inputs[s].data, beat, source->lane->channel->beat_bytes);
    }
    for (uint32_t s = 0; s < book->n_sinks; s++) {
        const weir_sink_node *sink = &book->sinks[s];
        if (weir_graph_process(book->graph, sink->process)->domain != index) continue;
        *sim->model->outputs[s].ready = weir_sink_ready(book, sink, domain->edge);
    }
}

static void book_ends(stitched *sim, const clocked *domain, uint32_t index) {
    weir_book *book = sim->book;
    for (uint32_t s = 0; s < book->n_sources; s++) {
        weir_source_node *source = &book->sources[s];
        const weir_rtl_port *port = &sim->model->inputs[s];
        if (weir_graph_process(book->graph, source->process)->domain != index) continue;
        if (!*port->valid || !*port->ready) continue;
        weir_book_write(book, source->lane, domain->edge, domain->time_ps, NULL);
        weir_source_sent(book, source, domain->edge, domain->time_ps);
    }
    for (uint32_t s = 0; s < book->n_sinks; s++) {
        weir_sink_node *sink = &book->sinks[s];
        const weir_rtl_port *port = &sim->model->outputs[s];
        if (weir_graph_process(book->graph, sink->process)->domain != index) continue;
        if (!*port->valid || !*port->ready) continue;
        weir_lane *lane = sink->lane;
        weir_book_check(book, lane, lane->read_frame, lane->read_beat, port->data);
        weir_sink_took(book, sink, domain->edge, domain->time_ps, port->data);
    }
}

/* Beats between processes. */
static void book_channels(stitched *sim, const clocked *domain) {
    for (uint32_t w = 0; w < sim->n_words; w++) {
        uint64_t bits = sim->probes[w];
        weir_lane *lanes = &sim->book->lanes[w * CHANNELS_A_WORD];
        for (uint64_t moved = bits & (bits >> 1) & domain->writes[w]; moved != 0;
             moved &= moved - 1)
            weir_book_write(sim->book, &lanes[__builtin_ctzll(moved) / 4], domain->edge,
                            domain->time_ps, NULL);
        for (uint64_t moved = (bits >> 2) & (bits >> 3) & domain->reads[w]; moved != 0;
             moved &= moved - 1)
            weir_book_read(sim->book, &lanes[__builtin_ctzll(moved) / 4], domain->edge,
                           domain->time_ps);
    }
}

static void count_repeats(stitched *sim, clocked *domain) {
    for (uint32_t i = 0; i < domain->n_processes && domain->repeats > 0; i++)
        weir_stats_add(&sim->book->result->processes[domain->processes[i]], domain->classes[i],
                       domain->repeats);
    domain->repeats = 0;
}

static unsigned bits_of(const stitched *sim, uint32_t channel) {
    return (unsigned)(sim->probes[channel / CHANNELS_A_WORD] >> (4 * (channel % CHANNELS_A_WORD)));
}

static weir_class waits_of(const stitched *sim, uint32_t p) {
    const weir_graph *graph = sim->book->graph;
    const weir_process *process = weir_graph_process(graph, p);
    for (uint32_t q = 0; q < process->n_outputs; q++)
        if (!(bits_of(sim, weir_graph_output(graph, p, q)) & 2)) return WEIR_BLOCKED;
    for (uint32_t i = 0; i < process->n_inputs; i++)
        if (!(bits_of(sim, weir_graph_input(graph, p, i)) & 4)) return WEIR_STARVED;
    return WEIR_BUSY;
}

static weir_class class_of(const stitched *sim, uint32_t p) {
    const weir_graph *graph = sim->book->graph;
    const weir_process *process = weir_graph_process(graph, p);
    unsigned in_valid = 0, in_ready = 0, out_valid = 0, out_ready = 0;
    for (uint32_t i = 0; i < process->n_inputs; i++) {
        unsigned bits = bits_of(sim, weir_graph_input(graph, p, i));
        weir_classify_port(bits >> 2 & 1, bits >> 3 & 1, &in_valid, &in_ready);
    }
    for (uint32_t q = 0; q < process->n_outputs; q++) {
        unsigned bits = bits_of(sim, weir_graph_output(graph, p, q));
        weir_classify_port(bits & 1, bits >> 1 & 1, &out_valid, &out_ready);
    }
    weir_class class_ = weir_classify(process->kind, in_valid, in_ready, out_valid, out_ready);
    /* That it waits does not show: in a cycle without a beat a full output, else an empty input, is
     * taken for the reason, though it may compute meanwhile. The co-simulation knows better. */
    bool beat = ((in_valid & in_ready) | (out_valid & out_ready)) != 0;
    if (process->blocking && !beat) class_ = waits_of(sim, p);
    if (class_ == WEIR_STARVED && weir_book_between_frames(sim->book, p)) return WEIR_IDLE;
    return class_;
}

/* A process whose bits are those of the edge before is in the same class: only beats of its own
 * could change it, and a beat is busy in both cycles. */
static void classify(stitched *sim, clocked *domain) {
    bool same = true;
    for (uint32_t w = 0; w < sim->n_words; w++)
        same &= (sim->probes[w] & domain->probed[w]) == domain->last[w];
    if (!same) {
        count_repeats(sim, domain);
        for (uint32_t w = 0; w < sim->n_words; w++)
            domain->last[w] = sim->probes[w] & domain->probed[w];
        for (uint32_t i = 0; i < domain->n_processes; i++)
            domain->classes[i] = class_of(sim, domain->processes[i]);
    }
    domain->repeats++;
}

/* All clocks whose next edge is at `now` rise, then fall. */
static void instant(stitched *sim, uint64_t now) {
    weir_rtl_model *model = sim->model;
    memcpy(sim->probes, model->probes, (model->probe_bits + 7) / 8);
    for (uint32_t d = 0; d < sim->n_domains; d++) {
        clocked *domain = &sim->domains[d];
        if (domain->time_ps != now) continue;
        classify(sim, domain);
        book_channels(sim, domain);
        book_ends(sim, domain, d);
        *model->clocks[d] = 1;
    }
    model->eval(model->self);
    for (uint32_t d = 0; d < sim->n_domains; d++) {
        clocked *domain = &sim->domains[d];
        if (domain->time_ps != now) continue;
        domain->edge++;
        domain->time_ps += domain->clock.period_ps;
        show_ends(sim, domain, d);
        *model->clocks[d] = 0;
    }
    model->eval(model->self);
}

static void track_occupancy(stitched *sim) {
    for (uint32_t c = 0; c < sim->n_channels; c++) {
        const weir_lane *lane = &sim->book->lanes[c];
        uint32_t held = (uint32_t)(lane->writes - lane->reads);
        weir_channel_stats *stats = &sim->book->result->channels[c];
        if (held > stats->max_occupancy) stats->max_occupancy = held;
    }
}

static void explain(stitched *sim) {
    uint8_t *waits = weir_xcalloc(sim->n_channels, sizeof *waits);
    uint32_t *occupancy = weir_xcalloc(sim->n_channels, sizeof *occupancy);
    for (uint32_t c = 0; c < sim->n_channels; c++) {
        const weir_lane *lane = &sim->book->lanes[c];
        unsigned bits =
            (unsigned)(sim->probes[c / CHANNELS_A_WORD] >> (4 * (c % CHANNELS_A_WORD))) & 15;
        occupancy[c] = (uint32_t)(lane->writes - lane->reads);
        if ((bits & 3) == 1) waits[c] |= WEIR_WAITS_FULL;
        if ((bits & 12) == 8) waits[c] |= WEIR_WAITS_EMPTY;
    }
    /* Sources and sinks wait too where they pause just now. */
    for (uint32_t s = 0; s < sim->book->n_sources; s++) {
        const weir_source_node *source = &sim->book->sources[s];
        uint32_t c = source->lane->index;
        if (source->arrival_edge != WEIR_NEVER && occupancy[c] == source->lane->channel->depth)
            waits[c] |= WEIR_WAITS_FULL;
    }
    for (uint32_t s = 0; s < sim->book->n_sinks; s++) {
        uint32_t c = sim->book->sinks[s].lane->index;
        if (occupancy[c] == 0) waits[c] |= WEIR_WAITS_EMPTY;
    }
    weir_explain_deadlock(sim->book, waits, occupancy);
    free(waits);
    free(occupancy);
}

/* True while the run goes on. */
static bool watch(stitched *sim, uint64_t instants, uint64_t now) {
    weir_book *book = sim->book;
    if (instants % POLL_INSTANTS == 0) weir_book_poll(book, now);
    if (book->beats != sim->beats_seen) {
        sim->beats_seen = book->beats;
        sim->quiet_instants = 0;
        track_occupancy(sim);
    } else if (++sim->quiet_instants >= sim->stall_cycles && !weir_book_awaits_frame(book, now)) {
        explain(sim);
        return false;
    }
    return !book->ended;
}

static uint64_t simulate(stitched *sim) {
    weir_book *book = sim->book;
    uint64_t now = 0;
    for (uint32_t d = 0; d < sim->n_domains; d++)
        show_ends(sim, &sim->domains[d], d);
    reset(sim);
    book->started_at = weir_seconds();
    for (uint64_t instants = 0; !book->ended; instants++) {
        now = WEIR_NEVER;
        for (uint32_t d = 0; d < sim->n_domains; d++)
            if (sim->domains[d].time_ps < now) now = sim->domains[d].time_ps;
        instant(sim, now);
        if (!watch(sim, instants, now)) break;
    }
    for (uint32_t d = 0; d < sim->n_domains; d++) {
        count_repeats(sim, &sim->domains[d]);
        book->result->domain_cycles[d] = sim->domains[d].edge;
    }
    return now;
}

bool weir_run_stitched(weir_book *book, uint64_t *end_ps, weir_diag *diag) {
    stitched sim = {.book = book};
    sim.stall_cycles = weir_stall_cycles(book);
    sim.n_domains = weir_graph_domains(book->graph);
    sim.n_channels = weir_graph_channels(book->graph);
    sim.n_words = (sim.n_channels + CHANNELS_A_WORD - 1) / CHANNELS_A_WORD;
    if (!build_top(&sim, diag)) return false;
    sim.probes = weir_xcalloc(sim.n_words, sizeof *sim.probes);
    sim.domains = weir_xcalloc(sim.n_domains, sizeof *sim.domains);
    for (uint32_t d = 0; d < sim.n_domains; d++)
        make_domain(&sim, d);
    *end_ps = simulate(&sim);
    for (uint32_t d = 0; d < sim.n_domains; d++) {
        free(sim.domains[d].writes);
        free(sim.domains[d].processes);
        free(sim.domains[d].classes);
    }
    free(sim.domains);
    free(sim.probes);
    weir_model_close(sim.model);
    return true;
}
