/* depth: beats that a FIFO holds. */
#include "study/transform.h"
#include <string.h>

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t depth;
    if (!weir_word_count(words, 2, 1, WEIR_MAX_DEPTH, &depth, diag)) return false;
    if (strcmp(words->at[1], "*") == 0) {
        weir_draft_note(draft, "FIFOs: depth %u -> %llu where none is said",
                        draft->design->default_depth, (unsigned long long)depth);
        draft->design->default_depth = (uint32_t)depth;
        return true;
    }
    weir_fifo_settings *fifo = weir_draft_fifo(draft, words->at[1], words->loc);
    fifo->depth = (uint32_t)depth;
    weir_draft_note(draft, "FIFO %s: depth %llu", words->at[1], (unsigned long long)depth);
    return true;
}

/* A depth that moves an `auto` FIFO into other memory changes its timing too. */
static bool stays(const weir_channel *channel, uint64_t depth) {
    if (channel->latency == WEIR_LATENCY_CDC) return true;
    return (channel->depth > WEIR_SRL_DEPTH) == (depth > WEIR_SRL_DEPTH);
}

static weir_tuned tune(weir_tuning *tuning, const weir_words *words, weir_diag *diag) {
    uint64_t depth;
    for (uint32_t c = 0; c < weir_graph_channels(tuning->graph); c++) {
        const weir_channel *channel = weir_graph_channel(tuning->graph, c);
        if (strcmp(channel->name, words->at[1]) != 0) continue;
        if (!weir_word_count(words, 2, 1, WEIR_MAX_DEPTH, &depth, diag)) return WEIR_TUNING_FAILED;
        uint32_t least = channel->latency == WEIR_LATENCY_MEMORY ? 2 : 1;
        if (channel->write_gap > 1 || !stays(channel, depth) || depth < least)
            return WEIR_NOT_TUNED;
        tuning->channels[c].depth = (uint32_t)depth;
        tuning->changed[c / 64] |= UINT64_C(1) << c % 64;
        return WEIR_TUNED;
    }
    return WEIR_NOT_TUNED;
}

const weir_transform weir_transform_depth = {
    .name = "depth",
    .usage = "depth FIFO|* BEATS",
    .what = "beats that a FIFO holds",
    .least = 2,
    .most = 2,
    .apply = apply,
    .tune = tune,
};
