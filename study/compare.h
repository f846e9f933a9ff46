/* Two findings side by side, and whether the second is worse than limits allow: for use in CI. */
#ifndef WEIR_STUDY_COMPARE_H
#define WEIR_STUDY_COMPARE_H

#include "base/text.h"
#include "study/figure.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_worse { /* how much worse, in per cent of the first, is still allowed */
    weir_figure figure;
    double percent;
} weir_worse;

/* "interval_ps=2" or "dsp=0"; false with an error. */
bool weir_worse_parse(const char *text, weir_worse *worse, weir_diag *diag);
/* An error for each figure of `b` that is worse than allowed, or no longer known; how many. */
uint32_t weir_compare(const weir_finding *a, const weir_finding *b, const weir_worse *allowed,
                      uint32_t n_allowed, weir_diag *diag);
/* Every figure that either knows. */
void weir_compare_text(const weir_finding *a, const weir_finding *b, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
