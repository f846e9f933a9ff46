/* start: how the host starts an imported design, once for ever or for each frame again. */
#include "study/transform.h"

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    int start;
    if (draft->design->imported == NULL)
        return weir_error(diag, words->loc,
                          "change \"%s\": design \"%s\" runs freely; only imported designs are "
                          "started",
                          words->line, draft->design->name);
    if (!weir_word_choice(words, 1, weir_start_names, &start, diag)) return false;
    weir_draft_note(draft, "start: %s -> %s", weir_start_names[draft->design->pulsed],
                    weir_start_names[start]);
    draft->design->pulsed = start == 1;
    return true;
}

const weir_transform weir_transform_start = {
    .name = "start",
    .usage = "start held|pulsed",
    .what = "how the host starts an imported design",
    .least = 1,
    .most = 1,
    .apply = apply,
};
