/* Reconfiguration: the parts cut out and replayed, their region, and the memories between them. */
#include "study/reconfigure.h"
#include "models/memory.h"
#include "study/turns.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Frames replayed of a part: so many at first, and more until it is steady. */
enum { FIRST_FRAMES = 64, MOST_FRAMES = 4096, GROWTH = 4 };

#define MOST_PS 4e18 /* of a batch */

typedef struct making {
    const weir_structure *structure;
    const weir_domain *domains;
    const weir_channel_timing *channels;
    weir_cost *channel_costs; /* at the point's own depths */
    bool listed;              /* arrivals of a file */
    weir_turns_request request;
    weir_reconfigured *r;
    weir_diag *diag;
} making;

/* ---- parts ---- */

static void cost_channels(making *m) {
    const weir_structure *s = m->structure;
    uint32_t n = weir_graph_channels(s->compiled->graph);
    m->channel_costs = weir_xcalloc(n + 1, sizeof *m->channel_costs);
    for (uint32_t c = 0; c < n; c++) {
        weir_channel channel = *weir_graph_channel(s->compiled->graph, c);
        m->channel_costs[c] = s->channels[c];
        if (channel.depth == m->channels[c].depth) continue;
        channel.depth = m->channels[c].depth;
        weir_channel_cost(&channel, &m->channel_costs[c]);
    }
}

/* The layers of a part, in the network's order. */
static const char *layers_of(const making *m, uint32_t which) {
    const weir_graph *graph = m->request.graph;
    const weir_network *network = m->request.network;
    weir_text *text = weir_text_new();
    for (uint32_t l = 0; l < weir_network_layers(network); l++) {
        const char *name = weir_network_layer(network, l)->name;
        for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
            const weir_process *process = weir_graph_process(graph, p);
            if (process->kind != WEIR_PROCESS || m->r->part[p] != which ||
                strcmp(process->layer, name) != 0)
                continue;
            weir_text_addf(text, "%s%s", weir_text_length(text) > 0 ? ", " : "", name);
            break;
        }
    }
    const char *copy = weir_arena_strdup(m->r->arena, weir_text_string(text));
    weir_text_free(text);
    return copy;
}

static bool cut_part(making *m, uint32_t which) {
    const weir_graph *graph = m->request.graph;
    uint32_t n = weir_graph_processes(graph);
    bool *inside = weir_xcalloc(n + 1, sizeof *inside);
    for (uint32_t p = 0; p < n; p++)
        inside[p] = m->r->part[p] == which;
    weir_turn *turn = &m->r->turns[which];
    const char *name =
        weir_arena_printf(m->r->arena, "%s_part%u", weir_graph_name(graph), which + 1);
    bool good = weir_cut_processes(graph, inside, name, &turn->cut, m->diag);
    free(inside);
    turn->layers = layers_of(m, which);
    weir_turns_need(&m->request, m->r->part, which, turn->need);
    return good;
}

/* ---- times ---- */

static bool say_deadlock(making *m, uint32_t which, const weir_replay_result *result) {
    const weir_graph *graph = m->r->turns[which].cut.graph;
    const weir_replay_wait *wait = result->n_waits > 0 ? &result->waits[0] : NULL;
    return weir_error(m->diag, m->request.turns->loc,
                      "part %u: deadlock at %" PRIu64 " ps: %s waits", which + 1,
                      result->deadlock_ps,
                      wait != NULL ? weir_graph_process(graph, wait->process)->name : "a process");
}

static void take_times(weir_turn *turn, const weir_replay_result *result) {
    turn->n_out = result->n_frames;
    turn->out_ps = weir_xcalloc(turn->n_out, sizeof *turn->out_ps);
    for (uint64_t f = 0; f < turn->n_out; f++)
        turn->out_ps[f] = result->last_out_ps[f] - result->first_in_ps[0];
    turn->exact = result->steady;
    if (result->steady) {
        turn->steady_frames = result->steady_frames;
        turn->steady_ps = result->steady_ps;
    } else {
        turn->steady_frames = turn->n_out - turn->n_out / 2;
        turn->steady_ps =
            turn->out_ps[turn->n_out - 1] - turn->out_ps[turn->n_out - 1 - turn->steady_frames];
    }
}

static bool replay_turn(making *m, uint32_t which, weir_replay *replay,
                        weir_replay_parameters *parameters) {
    for (uint64_t frames = FIRST_FRAMES;; frames *= GROWTH) {
        const weir_replay_result *result;
        parameters->frames = frames;
        if (!weir_replay_run(replay, parameters, WEIR_WANT_TIMES, &result, m->diag)) return false;
        if (result->deadlock) return say_deadlock(m, which, result);
        if (!result->steady && frames < MOST_FRAMES) continue;
        take_times(&m->r->turns[which], result);
        return true;
    }
}

/* Clocks, FIFOs and pauses of the whole; what ends are new never pauses. */
static bool time_part(making *m, uint32_t which) {
    const weir_cut_set *cut = &m->r->turns[which].cut;
    const weir_design *design = m->structure->draft->design;
    weir_domain *domains = weir_xcalloc(cut->n_domains + 1, sizeof *domains);
    weir_channel_timing *channels = weir_xcalloc(cut->n_channels + 1, sizeof *channels);
    const char **pauses = weir_xcalloc(cut->n_processes + 1, sizeof *pauses);
    const char **whole =
        weir_graph_pauses(m->request.graph, design->source_pause, design->sink_pause);
    for (uint32_t d = 0; d < cut->n_domains; d++)
        domains[d] = m->domains[cut->domain[d]];
    for (uint32_t c = 0; c < cut->n_channels; c++)
        channels[c] = m->channels[cut->channel[c]];
    for (uint32_t p = 0; p < cut->n_processes && whole != NULL; p++)
        if (cut->process[p] != WEIR_NONE) pauses[p] = whole[cut->process[p]];
    weir_replay_parameters parameters = {
        .domains = domains, .channels = channels, .pauses = whole != NULL ? pauses : NULL};
    weir_net *net = weir_net_of_graph(cut->graph, m->diag);
    weir_replay *replay = net != NULL ? weir_replay_new(net) : NULL;
    bool good = replay != NULL && replay_turn(m, which, replay, &parameters);
    weir_replay_free(replay);
    weir_net_free(net);
    free(whole);
    free(pauses);
    free(channels);
    free(domains);
    return good;
}

/* ---- the region, and what waits beside it ---- */

static bool find_region(making *m) {
    uint64_t need[WEIR_RESOURCES] = {0};
    for (uint32_t k = 0; k < m->r->n_turns; k++)
        for (int i = 0; i < WEIR_RESOURCES; i++)
            if (m->r->turns[k].need[i] > need[i]) need[i] = m->r->turns[k].need[i];
    return weir_region_of(m->r->device, need, m->request.turns->loc, &m->r->region, m->diag);
}

static int by_size(const void *a, const void *b) {
    const weir_border *x = a, *y = b;
    if (x->frame_bits != y->frame_bits) return x->frame_bits < y->frame_bits ? -1 : 1;
    return x->channel < y->channel ? -1 : x->channel > y->channel;
}

static int by_channel(const void *a, const void *b) {
    const weir_border *x = a, *y = b;
    return x->channel < y->channel ? -1 : x->channel > y->channel;
}

static uint64_t left_of(uint64_t has, uint64_t region, uint64_t taken) {
    return has > region + taken ? has - region - taken : 0;
}

/* The smallest tensors first: so most of them are on the chip. */
static void place(weir_reconfigured *r, weir_border *border, const weir_channel *channel) {
    unsigned __int128 words = (unsigned __int128)weir_stream_beats(&channel->stream) * r->batch;
    if (words > UINT32_MAX) return; /* of no device */
    weir_memory_cost bram = weir_memory_of(WEIR_STORAGE_BRAM, (uint64_t)words, channel->beat_bits);
    weir_memory_cost uram = weir_memory_of(WEIR_STORAGE_URAM, (uint64_t)words, channel->beat_bits);
    const uint64_t *region = r->region.total;
    if (bram.bram18 <=
        left_of(weir_device_has(r->device, WEIR_BRAM18), region[WEIR_BRAM18], r->bram18)) {
        border->storage = WEIR_STORAGE_BRAM;
        border->bram18 = bram.bram18;
    } else if (uram.uram <=
               left_of(weir_device_has(r->device, WEIR_URAM), region[WEIR_URAM], r->uram)) {
        border->storage = WEIR_STORAGE_URAM;
        border->uram = uram.uram;
    }
    r->bram18 += border->bram18;
    r->uram += border->uram;
}

static double outside_rate(const weir_reconfigured *r) {
    double most = 0;
    for (uint32_t k = 0; k < r->n_turns; k++) {
        double bits = 0;
        for (uint32_t b = 0; b < r->n_borders; b++) {
            const weir_border *border = &r->borders[b];
            if (border->storage == WEIR_STORAGE_AUTO && (border->from == k || border->to == k))
                bits += (double)border->frame_bits * (double)r->batch;
        }
        double rate = bits * 1e12 / (double)weir_reconfigured_run_ps(&r->turns[k], r->batch);
        if (rate > most) most = rate;
    }
    return most;
}

static void find_borders(making *m) {
    const weir_graph *graph = m->request.graph;
    weir_reconfigured *r = m->r;
    r->borders = WEIR_NEW(r->arena, weir_border, weir_graph_channels(graph) + 1);
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        uint32_t from = r->part[channel->producer], to = r->part[channel->consumer];
        if (from == to) continue;
        r->borders[r->n_borders++] =
            (weir_border){.name = weir_arena_strdup(r->arena, channel->name),
                          .channel = c,
                          .from = from,
                          .to = to,
                          .frame_bits = weir_stream_beats(&channel->stream) * channel->beat_bits};
    }
    qsort(r->borders, r->n_borders, sizeof *r->borders, by_size);
    for (uint32_t b = 0; b < r->n_borders; b++)
        place(r, &r->borders[b], weir_graph_channel(graph, r->borders[b].channel));
    qsort(r->borders, r->n_borders, sizeof *r->borders, by_channel);
    r->outside_bits_per_second = outside_rate(r);
}

/* ---- all of it ---- */

static bool check(const making *m) {
    const weir_structure *s = m->structure;
    const weir_design *design = s->draft->design;
    if (s->processes == NULL)
        return weir_error(
            m->diag, m->request.turns->loc,
            "reconfigure: no costs are asked for (resources = \"none\"), so the region "
            "has no size");
    if (m->listed || design->drop)
        return weir_error(m->diag, m->request.turns->loc,
                          "reconfigure: a batch waits for its frames; a source that %s is not "
                          "followed, one that waits, at any period, is",
                          design->drop ? "drops frames" : "has a file of arrivals");
    return true;
}

/* Times are counted in 64 bits. */
static bool check_batch(const making *m) {
    double batch = (double)m->r->batch;
    double ps = batch * weir_reconfigured_limit_ps(m->r) +
                (double)m->r->n_turns * (double)m->r->region.load_ps;
    return ps < MOST_PS || weir_error(m->diag, m->request.turns->loc,
                                      "reconfigure: a batch of %" PRIu64 " frames takes %.3g s, at "
                                      "most %.3g s are counted",
                                      m->r->batch, ps * 1e-12, MOST_PS * 1e-12);
}

static bool make(making *m) {
    weir_reconfigured *r = m->r;
    if (!check(m)) return false;
    cost_channels(m);
    m->request.channels = m->channel_costs;
    r->part = WEIR_NEW(r->arena, uint32_t, weir_graph_processes(m->request.graph) + 1);
    if (!weir_turns_assign(&m->request, r->part, m->diag)) return false;
    for (uint32_t k = 0; k < r->n_turns; k++)
        if (!cut_part(m, k) || !time_part(m, k)) return false;
    if (!find_region(m) || !check_batch(m)) return false;
    find_borders(m);
    return true;
}

weir_reconfigured *weir_reconfigured_new(const weir_structure *s, const weir_domain *domains,
                                         const weir_channel_timing *channels,
                                         uint64_t arrival_period_ps, bool listed, weir_diag *diag) {
    const weir_design *design = s->draft->design;
    const weir_turns *turns = &s->draft->turns;
    weir_reconfigured *r = weir_xcalloc(1, sizeof *r);
    *r = (weir_reconfigured){.device = design->device,
                             .batch = turns->batch,
                             .arrival_period_ps = arrival_period_ps,
                             .n_turns = turns->n_parts,
                             .turns = weir_xcalloc(turns->n_parts, sizeof *r->turns),
                             .arena = weir_arena_new()};
    making m = {.structure = s,
                .domains = domains,
                .channels = channels,
                .listed = listed,
                .request = {.graph = s->compiled->graph,
                            .network = design->network,
                            .device = design->device,
                            .turns = turns,
                            .processes = s->processes},
                .r = r,
                .diag = diag};
    bool good = make(&m);
    free(m.channel_costs);
    if (good) return r;
    weir_reconfigured_free(r);
    return NULL;
}

weir_reconfigured *weir_reconfigured_of(const weir_structure *s, weir_diag *diag) {
    const weir_graph *graph = s->compiled->graph;
    weir_domain *domains = weir_xcalloc(weir_graph_domains(graph) + 1, sizeof *domains);
    weir_channel_timing *channels = weir_xcalloc(weir_graph_channels(graph) + 1, sizeof *channels);
    weir_replay_of_graph(graph, domains, channels);
    weir_reconfigured *r = weir_reconfigured_new(
        s, domains, channels, s->draft->design->arrival_period_ps, s->arrival_ps != NULL, diag);
    free(domains);
    free(channels);
    return r;
}

void weir_reconfigured_free(weir_reconfigured *r) {
    if (r == NULL) return;
    for (uint32_t k = 0; k < r->n_turns; k++) {
        weir_cut_set_free(&r->turns[k].cut);
        free(r->turns[k].out_ps);
    }
    free(r->turns);
    weir_arena_free(r->arena);
    free(r);
}
