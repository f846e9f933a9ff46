/* reconfigure: parts of the network are loaded in turn into one region, each for a batch of frames. */
#include "study/transform.h"
#include <string.h>

enum { MOST_PARTS = 64 };

static bool take_batch(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    draft->turns.batch = 1;
    if (words->n == 2) return true;
    if (words->n == 4 && strcmp(words->at[2], "batch") == 0)
        return weir_word_count(words, 3, 1, UINT32_MAX, &draft->turns.batch, diag);
    return weir_error(diag, words->loc, "change \"%s\"; usage: %s", words->line,
                      weir_transform_reconfigure.usage);
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    weir_turns *turns = &draft->turns;
    if (draft->design->network == NULL)
        return weir_error(diag, words->loc,
                          "change \"%s\": design \"%s\" is imported; its parts are not known to "
                          "stand alone",
                          words->line, draft->design->name);
    if (draft->design->device == NULL)
        return weir_error(diag, words->loc,
                          "change \"%s\": no device is named, whose port and frames say how long a "
                          "load takes",
                          words->line);
    if (!take_batch(draft, words, diag)) return false;
    turns->loc = words->loc;
    if (words->at[1][0] >= '0' && words->at[1][0] <= '9') {
        uint64_t parts;
        if (!weir_word_count(words, 1, 2, MOST_PARTS, &parts, diag)) return false;
        turns->n_parts = (uint32_t)parts;
        turns->cuts = NULL;
    } else {
        const uint32_t *layers;
        uint32_t n = weir_draft_layers(draft, words->at[1], NULL, &layers, words->loc, diag);
        if (n == 0 || n >= MOST_PARTS) return false;
        const char **cuts = WEIR_NEW(weir_design_arena(draft->design), const char *, n);
        for (uint32_t i = 0; i < n; i++)
            cuts[i] = weir_network_layer(draft->design->network, layers[i])->name;
        turns->n_parts = n + 1;
        turns->cuts = cuts;
    }
    weir_draft_note(draft, "%u parts loaded in turn, %llu frames each", turns->n_parts,
                    (unsigned long long)turns->batch);
    return true;
}

const weir_transform weir_transform_reconfigure = {
    .name = "reconfigure",
    .usage = "reconfigure PARTS|LAYER[,LAYER...] [batch FRAMES]",
    .what = "parts of the network loaded in turn into one region",
    .least = 1,
    .most = 3,
    .apply = apply,
};
