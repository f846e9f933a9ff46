/* depth: beats that a FIFO holds. */
#include "study/transform.h"
#include <inttypes.h>
#include <string.h>

static void note(weir_text *changed, const char *fifo, uint64_t depth) {
    weir_text_addf(changed, "FIFO %s: depth %" PRIu64 "\n", fifo, depth);
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t depth;
    if (!weir_word_count(words, 2, 1, WEIR_MAX_DEPTH, &depth, diag)) return false;
    if (strcmp(words->at[1], "*") == 0) {
        if (draft->design->imported != NULL)
            return weir_error(diag, words->loc,
                              "change \"%s\": design \"%s\" is imported, each of its FIFOs has a "
                              "depth; name one",
                              words->line, draft->design->name);
        weir_draft_note(draft, "FIFOs: depth %u -> %llu where none is said",
                        draft->design->default_depth, (unsigned long long)depth);
        draft->design->default_depth = (uint32_t)depth;
        return true;
    }
    weir_fifo_settings *fifo = weir_draft_fifo(draft, words->at[1], words->loc);
    fifo->depth = (uint32_t)depth;
    note(draft->changed, words->at[1], depth);
    return true;
}

/* Is the FIFO the same but for its depth? One that is `auto` may move into other memory, with other
 * timing; a vendor's has a write gap at a depth of two; one that is too shallow the compiler refuses. */
static bool stays(const weir_tuning *tuning, const weir_channel *channel, uint64_t depth) {
    if (depth < weir_channel_least(channel)) return false;
    if (channel->latency == WEIR_LATENCY_CDC) return true;
    if (tuning->design->imported != NULL && (depth == 2 || channel->depth == 2)) return false;
    return (channel->depth > WEIR_SRL_DEPTH) == (depth > WEIR_SRL_DEPTH);
}

static weir_tuned tune(weir_tuning *tuning, const weir_words *words, weir_diag *diag) {
    uint64_t depth;
    for (uint32_t c = 0; c < weir_graph_channels(tuning->graph); c++) {
        const weir_channel *channel = weir_graph_channel(tuning->graph, c);
        if (strcmp(channel->name, words->at[1]) != 0) continue;
        if (!weir_word_count(words, 2, 1, WEIR_MAX_DEPTH, &depth, diag)) return WEIR_TUNING_FAILED;
        if (!stays(tuning, channel, depth)) return WEIR_NOT_TUNED;
        tuning->channels[c].depth = (uint32_t)depth;
        tuning->deepened[c / 64] |= UINT64_C(1) << c % 64;
        note(tuning->changed, channel->name, depth);
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
