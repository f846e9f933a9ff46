/* What becomes of a sizing: a design's `fifos`; and the one enlargement that removes a deadlock. */
#include "base/arena.h"
#include "study/pace.h"
#include "study/sizing.h"
#include <stdlib.h>
#include <string.h>

void weir_size_config(const weir_size *size, const weir_graph *graph, weir_text *out) {
    weir_text_add(out, "fifos = (\n");
    for (uint32_t c = 0; c < size->n_channels; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        uint32_t depth = size->channels[c].depth;
        weir_storage storage = channel->storage;
        bool shallow = channel->depth <= WEIR_SRL_DEPTH;
        /* What was left to the depth still is. */
        if (storage == (shallow ? WEIR_STORAGE_SRL : WEIR_STORAGE_BRAM))
            storage = depth <= WEIR_SRL_DEPTH ? WEIR_STORAGE_SRL : WEIR_STORAGE_BRAM;
        weir_text_addf(out, "    { name = \"%s\"; depth = %u; storage = \"%s\";", channel->name,
                       depth, weir_storage_names[storage]);
        if (channel->latency == WEIR_LATENCY_CDC)
            weir_text_addf(out, " flops = %u;", channel->flops);
        weir_text_addf(out, " }%s\n", c + 1 < size->n_channels ? "," : "");
    }
    weir_text_add(out, ");\n");
}

typedef struct unlocking {
    const weir_net *net;
    weir_replay_parameters parameters;
    weir_channel_timing *timings;
    weir_replay *replay;
    weir_diag *diag;
} unlocking;

static bool runs_with(unlocking *u, uint32_t channel, uint32_t depth) {
    uint32_t before = u->timings[channel].depth;
    const weir_replay_result *result;
    u->timings[channel].depth = depth;
    bool good =
        weir_replay_run(u->replay, &u->parameters, 0, &result, u->diag) && !result->deadlock;
    u->timings[channel].depth = before;
    return good;
}

/* The least depth of `channel` that lets all frames through; 0: none does. */
static uint32_t unlocks_at(unlocking *u, uint32_t channel, uint32_t most) {
    uint32_t low = u->timings[channel].depth, high = most;
    if (high <= low || !runs_with(u, channel, high)) return 0;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (runs_with(u, channel, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

bool weir_size_remove_deadlock(const weir_net *net, const weir_replay_parameters *parameters,
                               uint32_t *channel, uint32_t *depth, weir_diag *diag) {
    uint32_t n = weir_net_channels(net), least = UINT32_MAX;
    unlocking u = {.net = net, .parameters = *parameters, .diag = diag};
    u.timings = weir_xcalloc(n, sizeof *u.timings);
    memcpy(u.timings, parameters->channels, n * sizeof *u.timings);
    u.parameters.channels = u.timings;
    u.replay = weir_replay_new(net);
    const weir_replay_result *result;
    bool *full = weir_xcalloc(n, sizeof *full);
    if (weir_replay_run(u.replay, &u.parameters, 0, &result, diag) && result->deadlock)
        for (uint32_t i = 0; i < result->n_waits; i++)
            if (result->waits[i].full && result->waits[i].channel < n)
                full[result->waits[i].channel] = true;
    for (uint32_t c = 0; c < n; c++) {
        if (!full[c]) continue;
        /* Two frames more leave nothing to wait for; and no more than was found elsewhere. */
        uint32_t now = u.timings[c].depth;
        uint64_t most = now + 2 * weir_net_frame_beats(net, c) + 2;
        if (most > WEIR_MAX_DEPTH) most = WEIR_MAX_DEPTH;
        if (least != UINT32_MAX && most >= (uint64_t)now + least) most = (uint64_t)now + least - 1;
        uint32_t found = unlocks_at(&u, c, (uint32_t)most);
        if (found == 0) continue;
        least = found - now;
        *channel = c;
        *depth = found;
    }
    free(full);
    weir_replay_free(u.replay);
    free(u.timings);
    return least != UINT32_MAX;
}
