/* split: a layer's product into groups of outputs side by side, or into stages one after the other. */
#include "study/transform.h"

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    const uint32_t *layers;
    uint64_t parts;
    int by;
    uint32_t n =
        weir_draft_layers(draft, words->at[1], weir_layer_has_weights, &layers, words->loc, diag);
    if (n == 0 || !weir_word_count(words, 2, 2, WEIR_MAX_PORTS, &parts, diag) ||
        !weir_word_choice(words, 3, weir_split_names, &by, diag))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        weir_draft_note(draft, "layer %s: split into %llu by %s",
                        weir_network_layer(draft->design->network, layers[i])->name,
                        (unsigned long long)parts, weir_split_names[by]);
        settings->split = (uint32_t)parts;
        settings->split_by = (weir_split_by)by;
        settings->loc = words->loc;
    }
    return true;
}

const weir_transform weir_transform_split = {
    .name = "split",
    .usage = "split LAYER[,LAYER...] PARTS [outputs|stages]",
    .what = "a layer into processes side by side, or in sequence",
    .least = 2,
    .most = 3,
    .apply = apply,
};
