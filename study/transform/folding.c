/* reuse, pe, simd: how often each multiplier of a layer is used for one initiation, or how many
 * outputs and inputs are worked on at once. */
#include "study/transform.h"
#include <stddef.h>

static bool set(weir_draft *draft, const weir_words *words, size_t field, weir_diag *diag) {
    const uint32_t *layers;
    uint64_t count;
    uint32_t n =
        weir_draft_layers(draft, words->at[1], weir_layer_has_weights, &layers, words->loc, diag);
    if (n == 0 || !weir_word_count(words, 2, 1, UINT32_MAX, &count, diag)) return false;
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        uint64_t *setting = (uint64_t *)((char *)settings + field);
        weir_draft_note(draft, "layer %s: %s %llu -> %llu",
                        weir_network_layer(draft->design->network, layers[i])->name, words->at[0],
                        (unsigned long long)*setting, (unsigned long long)count);
        /* A reuse factor says the same thing as PE and SIMD, in another way. */
        if (field == offsetof(weir_layer_settings, reuse_factor))
            settings->pe = settings->simd = 0;
        else
            settings->reuse_factor = 0;
        *setting = count;
        settings->loc = settings->fold_loc = words->loc;
    }
    return true;
}

static bool apply_reuse(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    return set(draft, words, offsetof(weir_layer_settings, reuse_factor), diag);
}

static bool apply_pe(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    return set(draft, words, offsetof(weir_layer_settings, pe), diag);
}

static bool apply_simd(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    return set(draft, words, offsetof(weir_layer_settings, simd), diag);
}

const weir_transform weir_transform_reuse = {
    .name = "reuse",
    .usage = "reuse LAYER[,LAYER...]|* FACTOR",
    .what = "uses of each multiplier per initiation",
    .least = 2,
    .most = 2,
    .apply = apply_reuse,
};

const weir_transform weir_transform_pe = {
    .name = "pe",
    .usage = "pe LAYER[,LAYER...]|* COUNT",
    .what = "outputs worked on at once",
    .least = 2,
    .most = 2,
    .apply = apply_pe,
};

const weir_transform weir_transform_simd = {
    .name = "simd",
    .usage = "simd LAYER[,LAYER...]|* COUNT",
    .what = "inputs worked on at once",
    .least = 2,
    .most = 2,
    .apply = apply_simd,
};
