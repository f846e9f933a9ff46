/* storage: what a FIFO's memory is made of. */
#include "study/transform.h"
#include <string.h>

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    int storage;
    if (!weir_word_choice(words, 2, weir_storage_names, &storage, diag)) return false;
    if (strcmp(words->at[1], "*") == 0) {
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
