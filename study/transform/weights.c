/* weights: in memories of the layer's own, or packed with others' into blocks that are read at twice
 * the clock. */
#include "study/transform.h"

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    const uint32_t *layers;
    int weights;
    uint32_t n =
        weir_draft_layers(draft, words->at[1], weir_layer_has_weights, &layers, words->loc, diag);
    if (n == 0 || !weir_word_choice(words, 2, weir_weights_names, &weights, diag)) return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        weir_draft_note(draft, "layer %s: weights %s -> %s",
                        weir_network_layer(draft->design->network, layers[i])->name,
                        weir_weights_names[settings->weights], weir_weights_names[weights]);
        settings->weights = (weir_weights)weights;
        settings->loc = words->loc;
    }
    return true;
}

const weir_transform weir_transform_weights = {
    .name = "weights",
    .usage = "weights LAYER[,LAYER...]|* own|packed",
    .what = "memories of weights, own or shared at twice the clock",
    .least = 2,
    .most = 2,
    .apply = apply,
};
