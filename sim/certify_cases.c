#include "base/arena.h"
#include "base/random.h"
#include "base/text.h"
#include "models/cut.h"
#include "sim/certify_parts.h"
#include <stdlib.h>
#include <string.h>

#define MOST_DEPTH 4096 /* that is drawn, unless the graph's own is more */

uint64_t weir_seed_of(uint64_t seed, uint64_t trial, uint64_t number) {
    uint64_t state = seed;
    state = weir_random(&state) ^ trial;
    state = weir_random(&state) ^ number;
    return weir_random(&state);
}

/* least .. most */
static uint64_t draw(uint64_t *random, uint64_t least, uint64_t most) {
    return least + weir_random(random) % (most - least + 1);
}

/* ------------------------------------------------------------------ clocks */

/* Periods that share no factor, one and the same, multiples of one, nearly equal ones, the graph's
 * own; phases anywhere within the first two periods. */
static void draw_clocks(weir_domain *domains, uint32_t n, uint64_t *random) {
    uint64_t kind = weir_random(random) % 6, base = draw(random, 1000, 9999);
    for (uint32_t d = 0; d < n; d++) {
        weir_domain *domain = &domains[d];
        if (kind == 0) continue;
        domain->period_ps = kind == 1   ? draw(random, 1000, 9999)
                            : kind == 2 ? 2 * draw(random, 500, 5000) + 1
                            : kind == 3 ? base
                            : kind == 4 ? base * draw(random, 1, 4)
                                        : base + draw(random, 0, 2);
        domain->phase_ps = weir_random(random) % 2 ? draw(random, 0, 2 * domain->period_ps) : 0;
    }
}

/* ------------------------------------------------------------------ channels */

static bool crosses(const weir_graph *graph, const weir_channel *channel) {
    return weir_graph_process(graph, channel->producer)->domain !=
           weir_graph_process(graph, channel->consumer)->domain;
}

static uint32_t draw_depth(const weir_channel *channel, uint32_t least, weir_draw how, bool below,
                           uint64_t *random) {
    uint64_t own = channel->depth, few = draw(random, 2, 4);
    uint64_t depth;
    if (how == WEIR_DRAW_ALONE)
        depth = weir_random(random) % 2 ? draw(random, least, least + 2)
                                        : draw(random, least, few * (own < 8 ? 8 : own));
    else if (below && weir_random(random) % 2)
        depth = draw(random, 1, own);
    else
        depth = draw(random, own, few * own);
    uint64_t most = own > MOST_DEPTH ? own : MOST_DEPTH;
    if (depth > most) depth = most;
    return (uint32_t)(depth < least ? least : depth);
}

/* In one case of six a whole design gets less than its own depths. */
static void draw_channels(const weir_graph *graph, weir_draw how, uint32_t *depths,
                          weir_storage *storages, uint64_t *random) {
    static const weir_storage kinds[] = {WEIR_STORAGE_SRL,  WEIR_STORAGE_LUTRAM, WEIR_STORAGE_BRAM,
                                         WEIR_STORAGE_URAM, WEIR_STORAGE_SRL,    WEIR_STORAGE_SRL};
    bool below = weir_random(random) % 6 == 0;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        bool between = crosses(graph, channel);
        storages[c] = between ? WEIR_STORAGE_LUTRAM : kinds[weir_random(random) % 6];
        weir_latency_class latency = between                           ? WEIR_LATENCY_CDC
                                     : storages[c] == WEIR_STORAGE_SRL ? WEIR_LATENCY_PLAIN
                                                                       : WEIR_LATENCY_MEMORY;
        uint32_t least = latency == WEIR_LATENCY_MEMORY ? 2 : 1;
        if (channel->drained)
            least = weir_drained_depth(latency); /* as the graph itself is held to */
        if (channel->drained && how == WEIR_DRAW_WHOLE && channel->depth > least)
            least = channel->depth; /* as many may come before they are taken in turn */
        depths[c] = draw_depth(channel, least, how, below, random);
    }
}

/* ------------------------------------------------------------------ the outside */

/* A pattern of prime length, so that it meets every phase of a process's own period; its cycles pause
 * singly or in bursts. */
static char *draw_pattern(uint64_t *random) {
    static const uint32_t lengths[] = {2, 3, 31, 127, 499, 997};
    static const uint32_t densities[] = {2, 5, 8, 11, 14, 15}; /* of sixteen cycles, so many move */
    uint32_t length = lengths[weir_random(random) % 6];
    uint32_t density = densities[weir_random(random) % 6];
    uint32_t burst = weir_random(random) % 2 ? 1 : (uint32_t)draw(random, 2, 24);
    char *pattern = weir_xcalloc(length + 1, 1);
    char now = '1';
    for (uint32_t i = 0; i < length; i++) {
        if (i % burst == 0) now = weir_random(random) % 16 < density ? '1' : '0';
        pattern[i] = now;
    }
    pattern[weir_random(random) % length] = '1';
    return pattern;
}

/* A drained channel's beats are taken at once by what it leads to, whose part a sink plays in a cut: its
 * producer's RTL has no input that could tell it to wait, so a pause is nothing it can meet. */
static bool may_pause(const weir_graph *graph, uint32_t p) {
    const weir_process *process = weir_graph_process(graph, p);
    return process->kind == WEIR_SOURCE ||
           (process->kind == WEIR_SINK &&
            !weir_graph_channel(graph, weir_graph_input(graph, p, 0))->drained);
}

static void draw_pauses(weir_case *drawn, uint64_t *random) {
    for (uint32_t p = 0; p < weir_graph_processes(drawn->graph); p++)
        if (may_pause(drawn->graph, p) && weir_random(random) % 3)
            drawn->pauses[p] = draw_pattern(random);
}

/* What a frame keeps the slowest process for, about. */
static uint64_t frame_ps(const weir_graph *graph) {
    uint64_t most = 1;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        uint64_t cycles = process->steps_per_frame;
        for (uint32_t q = 0; q < process->n_outputs; q++) {
            uint32_t c = weir_graph_output(graph, p, q);
            uint64_t beats = weir_stream_beats(&weir_graph_channel(graph, c)->stream);
            if (beats > cycles) cycles = beats;
        }
        uint64_t ps = cycles * weir_graph_domain(graph, process->domain)->period_ps;
        if (ps > most) most = ps;
    }
    return most;
}

/* Half the cases as fast as possible; else apart by up to twice what a frame takes, and, with one
 * source, perhaps lost where it comes too early. */
static void draw_arrivals(weir_case *drawn, uint64_t *random) {
    if (weir_random(random) % 2) return;
    uint32_t sources = 0;
    bool drained = false; /* its producer is never blocked, and so has no frame to lose */
    for (uint32_t p = 0; p < weir_graph_processes(drawn->graph); p++) {
        if (weir_graph_process(drawn->graph, p)->kind != WEIR_SOURCE) continue;
        uint32_t c = weir_graph_output(drawn->graph, p, 0);
        drained |= weir_graph_channel(drawn->graph, c)->drained;
        sources++;
    }
    uint64_t most = 2 * frame_ps(drawn->graph), now = 0;
    drawn->arrival_ps = weir_xcalloc(drawn->frames + 1, sizeof *drawn->arrival_ps);
    for (uint64_t f = 0; f < drawn->frames; f++) {
        now += draw(random, 0, most);
        drawn->arrival_ps[f] = now;
    }
    drawn->drop = sources == 1 && !drained && weir_random(random) % 2;
}

bool weir_case_draw(weir_case *drawn, const weir_graph *graph, weir_draw how, uint64_t frames,
                    uint64_t seed, weir_diag *diag) {
    *drawn = (weir_case){.frames = frames};
    uint32_t n_domains = weir_graph_domains(graph), n_channels = weir_graph_channels(graph);
    weir_domain *domains = weir_xcalloc(n_domains, sizeof *domains);
    uint32_t *depths = weir_xcalloc(n_channels, sizeof *depths);
    weir_storage *storages = weir_xcalloc(n_channels, sizeof *storages);
    for (uint32_t d = 0; d < n_domains; d++)
        domains[d] = *weir_graph_domain(graph, d);
    draw_clocks(domains, n_domains, &seed);
    draw_channels(graph, how, depths, storages, &seed);
    drawn->graph = weir_graph_changed(graph, domains, depths, storages, diag);
    free(domains);
    free(depths);
    free(storages);
    if (drawn->graph == NULL) return false;
    drawn->pauses = weir_xcalloc(weir_graph_processes(graph), sizeof *drawn->pauses);
    draw_pauses(drawn, &seed);
    draw_arrivals(drawn, &seed);
    return true;
}

void weir_case_free(weir_case *drawn) {
    for (uint32_t p = 0; drawn->pauses != NULL && p < weir_graph_processes(drawn->graph); p++)
        free(drawn->pauses[p]);
    free(drawn->pauses);
    free(drawn->arrival_ps);
    weir_graph_free(drawn->graph);
    *drawn = (weir_case){0};
}

/* Long patterns by their length and share alone: the seed has them whole. */
static void add_pause(weir_text *text, const weir_process *process, const char *pattern) {
    size_t length = strlen(pattern), open = 0;
    for (size_t i = 0; i < length; i++)
        open += pattern[i] == '1';
    if (length <= 31)
        weir_text_addf(text, ", \"%s\" moves in %s", process->name, pattern);
    else
        weir_text_addf(text, ", \"%s\" moves in %zu of %zu cycles", process->name, open, length);
}

char *weir_case_text(const weir_case *drawn) {
    weir_text *text = weir_text_new();
    const weir_graph *graph = drawn->graph;
    for (uint32_t d = 0; d < weir_graph_domains(graph); d++) {
        const weir_domain *domain = weir_graph_domain(graph, d);
        weir_text_addf(text, "%sclock \"%s\" %lu ps from %lu ps", d > 0 ? ", " : "", domain->name,
                       domain->period_ps, domain->phase_ps);
    }
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        uint32_t depth = weir_graph_channel(graph, c)->depth;
        if (depth < least) least = depth;
        if (depth > most) most = depth;
    }
    weir_text_addf(text, ", depths %u to %u", least, most);
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        if (drawn->pauses[p] != NULL)
            add_pause(text, weir_graph_process(graph, p), drawn->pauses[p]);
    if (drawn->arrival_ps != NULL)
        weir_text_addf(text, ", frames %s", drawn->drop ? "arrive and may be lost" : "arrive");
    char *copy = strdup(weir_text_string(text));
    weir_text_free(text);
    return copy;
}
