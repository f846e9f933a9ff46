/* arrival: a frame every so many picoseconds; 0: as soon as there is room. */
#include "study/transform.h"
#include <inttypes.h>

#define LONGEST_PS UINT64_C(1000000000000000)

static void note(weir_text *changed, uint64_t before_ps, uint64_t after_ps) {
    weir_text_addf(changed, "arrival: a frame every %" PRIu64 " -> %" PRIu64 " ps\n", before_ps,
                   after_ps);
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t period_ps;
    if (!weir_word_count(words, 1, 0, LONGEST_PS, &period_ps, diag)) return false;
    note(draft->changed, draft->design->arrival_period_ps, period_ps);
    draft->design->arrival_period_ps = period_ps;
    draft->design->arrival_path = NULL;
    return true;
}

static weir_tuned tune(weir_tuning *tuning, const weir_words *words, weir_diag *diag) {
    uint64_t before_ps = tuning->arrival_period_ps;
    if (!weir_word_count(words, 1, 0, LONGEST_PS, &tuning->arrival_period_ps, diag))
        return WEIR_TUNING_FAILED;
    tuning->periodic = true;
    note(tuning->changed, before_ps, tuning->arrival_period_ps);
    return WEIR_TUNED;
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
