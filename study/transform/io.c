/* io: a beat as some channels of a position, or as a whole tensor. */
#include "study/transform.h"

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    int io;
    if (draft->design->network == NULL)
        return weir_error(diag, words->loc, "change \"%s\": design \"%s\" is imported", words->line,
                          draft->design->name);
    if (!weir_word_choice(words, 1, weir_io_names, &io, diag)) return false;
    weir_draft_note(draft, "io: %s -> %s", weir_io_names[draft->design->io], weir_io_names[io]);
    draft->design->io = (weir_io)io;
    return true;
}

const weir_transform weir_transform_io = {
    .name = "io",
    .usage = "io stream|parallel",
    .what = "a beat as some channels of a position, or as a whole tensor",
    .least = 1,
    .most = 1,
    .apply = apply,
};
