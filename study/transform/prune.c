/* prune: a share of the weights becomes zero, element by element or whole filters and channels, which
 * `shrink` takes out together with what made or read them. */
#include "study/transform.h"
#include <string.h>

static bool take_options(const weir_words *words, weir_pruning *pruning, weir_diag *diag) {
    for (uint32_t w = 3; w < words->n; w++) {
        uint64_t seed;
        int by;
        if (strcmp(words->at[w], "shrink") == 0) {
            pruning->shrink = true;
        } else if (words->at[w][0] >= '0' && words->at[w][0] <= '9') {
            if (!weir_word_count(words, w, 0, INT32_MAX, &seed, diag)) return false;
            pruning->seed = seed;
        } else {
            if (!weir_word_choice(words, w, weir_prune_names, &by, diag)) return false;
            pruning->by = (weir_prune_by)by;
        }
    }
    bool whole = pruning->by == WEIR_PRUNE_FILTER || pruning->by == WEIR_PRUNE_CHANNEL;
    return !pruning->shrink || whole ||
           weir_error(diag, words->loc, "change \"%s\": only filters and channels can be taken out",
                      words->line);
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    const uint32_t *layers;
    weir_pruning pruning = {.seed = 1};
    uint32_t n =
        weir_draft_layers(draft, words->at[1], weir_layer_has_weights, &layers, words->loc, diag);
    if (n == 0 || !weir_word_number(words, 2, 0, 1, &pruning.share, diag) ||
        !take_options(words, &pruning, diag))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        weir_draft_note(draft, "layer %s: pruned %g -> %g by %s%s",
                        weir_network_layer(draft->design->network, layers[i])->name,
                        settings->prune.share, pruning.share, weir_prune_names[pruning.by],
                        pruning.shrink ? ", shrunk" : "");
        settings->prune = pruning;
        settings->loc = words->loc;
    }
    draft->reload = true;
    return true;
}

const weir_transform weir_transform_prune = {
    .name = "prune",
    .usage = "prune LAYER[,LAYER...]|* SHARE [magnitude|random|filter|channel] [SEED] [shrink]",
    .what = "a share of the weights becomes zero",
    .least = 2,
    .most = 5,
    .apply = apply,
};
