/* arrival: a frame every so many picoseconds; 0: as soon as there is room. */
#include "study/transform.h"

#define LONGEST_PS UINT64_C(1000000000000000)

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t period_ps;
    if (!weir_word_count(words, 1, 0, LONGEST_PS, &period_ps, diag)) return false;
    weir_draft_note(draft, "arrival: a frame every %llu -> %llu ps",
                    (unsigned long long)draft->design->arrival_period_ps,
                    (unsigned long long)period_ps);
    draft->design->arrival_period_ps = period_ps;
    draft->design->arrival_path = NULL;
    return true;
}

static weir_tuned tune(weir_tuning *tuning, const weir_words *words, weir_diag *diag) {
    return weir_word_count(words, 1, 0, LONGEST_PS, tuning->arrival_period_ps, diag)
               ? WEIR_TUNED
               : WEIR_TUNING_FAILED;
}

const weir_transform weir_transform_arrival = {
    .name = "arrival",
    .usage = "arrival PERIOD_PS",
    .what = "time between two frames that arrive",
    .least = 1,
    .most = 1,
    .apply = apply,
    .tune = tune,
};
