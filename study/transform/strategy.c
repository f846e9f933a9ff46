/* strategy: constants in the logic (latency), or weights in memories and multipliers used again
 * (resource). */
#include "study/transform.h"

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    const uint32_t *layers;
    int strategy;
    uint32_t n =
        weir_draft_layers(draft, words->at[1], weir_layer_has_weights, &layers, words->loc, diag);
    if (n == 0 || !weir_word_choice(words, 2, weir_strategy_names, &strategy, diag)) return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        weir_draft_note(draft, "layer %s: strategy %s -> %s",
                        weir_network_layer(draft->design->network, layers[i])->name,
                        weir_strategy_names[settings->strategy], weir_strategy_names[strategy]);
        settings->strategy = (weir_strategy)strategy;
        settings->loc = words->loc;
    }
    return true;
}

const weir_transform weir_transform_strategy = {
    .name = "strategy",
    .usage = "strategy LAYER[,LAYER...]|* auto|latency|resource",
    .what = "weights as constants in the logic, or in memories",
    .least = 2,
    .most = 2,
    .apply = apply,
};
