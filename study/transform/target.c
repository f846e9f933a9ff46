/* target: folding that gives a frame every so many cycles, with the fewest multipliers, of the whole
 * design or of some layers. */
#include "study/transform.h"

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t cycles;
    if (draft->design->network == NULL)
        return weir_error(diag, words->loc,
                          "change \"%s\": design \"%s\" is imported, its folding is done",
                          words->line, draft->design->name);
    if (!weir_word_count(words, words->n - 1, 1, UINT64_C(1) << 48, &cycles, diag)) return false;
    if (words->n == 2) {
        weir_draft_note(draft, "target interval %llu -> %llu cycles",
                        (unsigned long long)draft->design->target_interval_cycles,
                        (unsigned long long)cycles);
        draft->design->target_interval_cycles = cycles;
        draft->design->target_fps = 0;
        return true;
    }
    const uint32_t *layers;
    uint32_t n = weir_draft_layers(draft, words->at[1], NULL, &layers, words->loc, diag);
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        weir_draft_note(draft, "layer %s: target interval %llu -> %llu cycles",
                        weir_network_layer(draft->design->network, layers[i])->name,
                        (unsigned long long)settings->target_interval_cycles,
                        (unsigned long long)cycles);
        settings->target_interval_cycles = cycles;
        settings->reuse_factor = settings->pe = settings->simd = 0;
        settings->loc = settings->fold_loc = words->loc;
    }
    return n > 0;
}

const weir_transform weir_transform_target = {
    .name = "target",
    .usage = "target [LAYER[,LAYER...]|*] CYCLES",
    .what = "folding that gives a frame every so many cycles",
    .least = 1,
    .most = 2,
    .apply = apply,
};
