#include "study/transform.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const weir_transform *const weir_transforms[] = {
    &weir_transform_arrival,   &weir_transform_clock,
    &weir_transform_crop,      &weir_transform_depth,
    &weir_transform_fold,      &weir_transform_io,
    &weir_transform_pe,        &weir_transform_precision,
    &weir_transform_prune,     &weir_transform_reconfigure,
    &weir_transform_replicate, &weir_transform_reuse,
    &weir_transform_simd,      &weir_transform_split,
    &weir_transform_start,     &weir_transform_storage,
    &weir_transform_strategy,  &weir_transform_target,
    &weir_transform_weights,   NULL};

static const weir_transform *find(const char *name) {
    for (uint32_t t = 0; weir_transforms[t] != NULL; t++)
        if (strcmp(weir_transforms[t]->name, name) == 0) return weir_transforms[t];
    return NULL;
}

static const weir_transform *no_transform(const char *name, weir_loc loc, weir_diag *diag) {
    weir_text *known = weir_text_new();
    for (uint32_t t = 0; weir_transforms[t] != NULL; t++)
        weir_text_addf(known, "%s%s", t > 0 ? ", " : "", weir_transforms[t]->name);
    weir_error(diag, loc, "change \"%s\" is unknown; there are: %s", name, weir_text_string(known));
    weir_text_free(known);
    return NULL;
}

const weir_transform *weir_change_parse(const char *line, weir_loc loc, weir_arena *arena,
                                        weir_words *words, weir_diag *diag) {
    *words = (weir_words){.line = line, .loc = loc};
    char *rest = weir_arena_strdup(arena, line), *next = NULL;
    for (char *word = strtok_r(rest, " \t", &next); word != NULL;
         word = strtok_r(NULL, " \t", &next)) {
        if (words->n == WEIR_CHANGE_WORDS) {
            weir_error(diag, loc, "change \"%s\": more than %d words", line, WEIR_CHANGE_WORDS);
            return NULL;
        }
        words->at[words->n++] = word;
    }
    if (words->n == 0) {
        weir_error(diag, loc, "change \"%s\": no words; the name of a transform comes first", line);
        return NULL;
    }
    const weir_transform *transform = find(words->at[0]);
    if (transform == NULL) return no_transform(words->at[0], loc, diag);
    if (words->n - 1 >= transform->least && words->n - 1 <= transform->most) return transform;
    weir_error(diag, loc, "change \"%s\": %u words after the name; usage: %s", line, words->n - 1,
               transform->usage);
    return NULL;
}

bool weir_change_apply(weir_draft *draft, const char *line, weir_loc loc, weir_diag *diag) {
    weir_words words;
    const weir_transform *transform =
        weir_change_parse(line, loc, weir_design_arena(draft->design), &words, diag);
    return transform != NULL && transform->apply(draft, &words, diag);
}

bool weir_word_count(const weir_words *words, uint32_t index, uint64_t least, uint64_t most,
                     uint64_t *value, weir_diag *diag) {
    const char *word = words->at[index];
    char *end = NULL;
    errno = 0;
    uint64_t read = strtoull(word, &end, 10);
    if (*word >= '0' && *word <= '9' && *end == '\0' && errno == 0 && read >= least &&
        read <= most) {
        *value = read;
        return true;
    }
    return weir_error(diag, words->loc,
                      "change \"%s\": \"%s\", allowed are whole numbers from %" PRIu64
                      " to %" PRIu64,
                      words->line, word, least, most);
}

bool weir_word_number(const weir_words *words, uint32_t index, double least, double most,
                      double *value, weir_diag *diag) {
    const char *word = words->at[index];
    char *end = NULL;
    double read = strtod(word, &end);
    if (end != word && *end == '\0' && isfinite(read) && read >= least && read <= most) {
        *value = read;
        return true;
    }
    return weir_error(diag, words->loc, "change \"%s\": \"%s\", allowed are numbers from %g to %g",
                      words->line, word, least, most);
}

bool weir_word_choice(const weir_words *words, uint32_t index, const char *const *choices,
                      int *value, weir_diag *diag) {
    *value = 0;
    if (index >= words->n) return true;
    weir_text *known = weir_text_new();
    bool found = false;
    for (int c = 0; choices[c] != NULL; c++) {
        weir_text_addf(known, "%s%s", c > 0 ? ", " : "", choices[c]);
        if (strcmp(choices[c], words->at[index]) != 0) continue;
        *value = c;
        found = true;
    }
    if (!found)
        weir_error(diag, words->loc, "change \"%s\": \"%s\", allowed are %s", words->line,
                   words->at[index], weir_text_string(known));
    weir_text_free(known);
    return found;
}
