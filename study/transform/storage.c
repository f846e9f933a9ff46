/* storage: what a FIFO's memory is made of. */
#include "study/transform.h"
#include <string.h>

/* FIFOs whose depth alone was set have the default's storage, old and new. */
static void set_unsaid(weir_design *design, weir_storage storage) {
    for (uint32_t f = 0; f < design->n_fifos; f++) {
        weir_fifo_settings *fifo = (weir_fifo_settings *)&design->fifos[f];
        if (fifo->storage == design->default_storage) fifo->storage = storage;
    }
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    int storage;
    if (!weir_word_choice(words, 2, weir_storage_names, &storage, diag)) return false;
    if (strcmp(words->at[1], "*") == 0) {
        if (draft->design->imported != NULL)
            return weir_error(diag, words->loc,
                              "change \"%s\": design \"%s\" is imported, each of its FIFOs has its "
                              "storage; name one",
                              words->line, draft->design->name);
        set_unsaid(draft->design, (weir_storage)storage);
        weir_draft_note(draft, "FIFOs: storage %s -> %s where none is said",
                        weir_storage_names[draft->design->default_storage],
                        weir_storage_names[storage]);
        draft->design->default_storage = (weir_storage)storage;
        return true;
    }
    weir_draft_fifo(draft, words->at[1], words->loc)->storage = (weir_storage)storage;
    weir_draft_note(draft, "FIFO %s: storage %s", words->at[1], weir_storage_names[storage]);
    return true;
}

const weir_transform weir_transform_storage = {
    .name = "storage",
    .usage = "storage FIFO|* auto|srl|lutram|bram|uram",
    .what = "what a FIFO's memory is made of",
    .least = 2,
    .most = 2,
    .apply = apply,
};
