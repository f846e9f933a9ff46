/* fold: several layers take turns in one block. */
#include "study/transform.h"
#include <string.h>

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    const uint32_t *layers;
    const char *block = NULL;
    for (uint32_t w = 1; w < words->n; w++) {
        uint32_t n = weir_draft_layers(draft, words->at[w], weir_layer_has_weights, &layers,
                                       words->loc, diag);
        if (n == 0) return false;
        const weir_network *network = draft->design->network;
        if (block == NULL)
            block = weir_arena_printf(weir_design_arena(draft->design), "%s_block",
                                      weir_network_layer(network, layers[0])->name);
        for (uint32_t i = 0; i < n; i++) {
            weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
            weir_draft_note(draft, "layer %s: takes turns in %s",
                            weir_network_layer(network, layers[i])->name, block);
            settings->share = block;
            settings->loc = words->loc;
        }
    }
    return true;
}

const weir_transform weir_transform_fold = {
    .name = "fold",
    .usage = "fold LAYER LAYER...",
    .what = "several layers take turns in one block",
    .least = 2,
    .most = WEIR_MAX_PORTS,
    .apply = apply,
};
