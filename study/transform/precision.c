/* precision: types of a layer's output and weights. */
#include "study/transform.h"

enum { MOST_BITS = 32 };

static bool parse(const weir_words *words, uint32_t index, weir_fixed *type, weir_diag *diag) {
    if (weir_fixed_parse(type, words->at[index]) && type->width <= MOST_BITS) return true;
    return weir_error(diag, words->loc,
                      "change \"%s\": \"%s\", allowed are fixed-point types of at most %d bits, "
                      "such as ap_fixed<16,6>",
                      words->line, words->at[index], MOST_BITS);
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    const uint32_t *layers;
    weir_fixed type, weights;
    uint32_t n = weir_draft_layers(draft, words->at[1], NULL, &layers, words->loc, diag);
    if (n == 0 || !parse(words, 2, &type, diag)) return false;
    if (words->n > 3 && !parse(words, 3, &weights, diag)) return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        const weir_layer *layer = weir_network_layer(draft->design->network, layers[i]);
        char before[48];
        weir_fixed_text(settings->precision, before, sizeof before);
        weir_draft_note(draft, "layer %s: precision %s -> %s", layer->name, before, words->at[2]);
        settings->precision = type;
        settings->loc = words->loc;
        if (words->n < 4) continue;
        weir_fixed_text(settings->weight_precision, before, sizeof before);
        if (weir_layer_has_weights(layer))
            weir_draft_note(draft, "layer %s: weight precision %s -> %s", layer->name, before,
                            words->at[3]);
        settings->weight_precision = weights;
    }
    return true;
}

const weir_transform weir_transform_precision = {
    .name = "precision",
    .usage = "precision LAYER[,LAYER...]|* TYPE [WEIGHT_TYPE]",
    .what = "fixed-point types of output and weights",
    .least = 2,
    .most = 3,
    .apply = apply,
};
