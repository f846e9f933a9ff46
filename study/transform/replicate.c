/* replicate: copies of a process, which take initiations, rows or frames in turn. */
#include "study/transform.h"

static bool apply_imported(weir_draft *draft, const weir_words *words, uint32_t copies, int by,
                           weir_diag *diag) {
    weir_design *design = draft->design;
    uint32_t process = weir_imported_find(design->imported, words->at[1]);
    if (process == WEIR_NONE || design->imported->processes[process].kind != WEIR_PROCESS)
        return weir_error(diag, words->loc, "process \"%s\" is unknown: import.cfg lists them",
                          words->at[1]);
    if (words->n > 3 && by != WEIR_COPY_FRAMES)
        return weir_error(diag, words->loc,
                          "change \"%s\": what an imported process does with a beat is not known; "
                          "its copies take whole frames in turn",
                          words->line);
    weir_draft_note(draft, "process %s: %u copies", words->at[1], copies);
    ((uint32_t *)design->process_copies)[process] = copies;
    return true;
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    const uint32_t *layers;
    uint64_t copies;
    int by;
    if (!weir_word_count(words, 2, 2, WEIR_MAX_PORTS, &copies, diag) ||
        !weir_word_choice(words, 3, weir_copy_names, &by, diag))
        return false;
    if (draft->design->imported != NULL)
        return apply_imported(draft, words, (uint32_t)copies, by, diag);
    uint32_t n = weir_draft_layers(draft, words->at[1], NULL, &layers, words->loc, diag);
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        weir_draft_note(draft, "layer %s: %llu copies, by %s",
                        weir_network_layer(draft->design->network, layers[i])->name,
                        (unsigned long long)copies, weir_copy_names[by]);
        settings->copies = (uint32_t)copies;
        settings->copy_by = (weir_copy_by)by;
        settings->loc = words->loc;
    }
    return n > 0;
}

const weir_transform weir_transform_replicate = {
    .name = "replicate",
    .usage = "replicate LAYER[,LAYER...]|PROCESS COPIES [beats|rows|frames]",
    .what = "copies of a process that take turns",
    .least = 2,
    .most = 3,
    .apply = apply,
};
