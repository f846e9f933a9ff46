/* crop: another size of the network's input image. */
#include "study/transform.h"

enum { MOST = 1 << 20 };

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t rows, columns;
    if (draft->design->network == NULL)
        return weir_error(diag, words->loc, "change \"%s\": design \"%s\" is imported", words->line,
                          draft->design->name);
    if (!weir_word_count(words, 1, 1, MOST, &rows, diag) ||
        !weir_word_count(words, 2, 1, MOST, &columns, diag))
        return false;
    weir_draft_note(draft, "input: %llu x %llu", (unsigned long long)rows,
                    (unsigned long long)columns);
    draft->design->crop_rows = (uint32_t)rows;
    draft->design->crop_columns = (uint32_t)columns;
    draft->reload = true;
    return true;
}

const weir_transform weir_transform_crop = {
    .name = "crop",
    .usage = "crop ROWS COLUMNS",
    .what = "another size of the input image",
    .least = 2,
    .most = 2,
    .apply = apply,
};
