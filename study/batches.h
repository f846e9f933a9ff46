/* Batches: what the size of a batch does to a reconfigured idea of a study: frames per second and
 * latency of each size, and the smallest that is as good as a design that is never reconfigured: the
 * study's baseline, and the same idea with all its parts there at once (which may not fit).
 */
#ifndef WEIR_STUDY_BATCHES_H
#define WEIR_STUDY_BATCHES_H

#include "study/reconfigure.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_batches {
    weir_reconfigured *reconfigured;
    weir_finding at_once;                       /* the same changes without reconfiguration */
    double baseline_ps;                         /* interval of the study's baseline; 0: not known */
    uint64_t against_baseline, against_at_once; /* break-even; 0: never */
} weir_batches;

/* Does a change of the point load parts in turn? */
bool weir_point_reconfigured(const weir_point *point);
/* NULL with diagnostics. */
weir_batches *weir_batches_new(const weir_evaluation *evaluation, const weir_point *point,
                               double baseline_ps, weir_diag *diag);
void weir_batches_free(weir_batches *batches);

/* Sizes of the table: 1, 2, 4, ... up to the first within a hundredth of the limit. `size` is the
 * one before, 0 at first; 0: there is no further one. */
uint64_t weir_batches_next(const weir_batches *batches, uint64_t size);

/* For a person, and for other programs (jansson's). */
void weir_batches_text(const weir_batches *batches, const char *idea, weir_text *out);
struct json_t *weir_batches_json(const weir_batches *batches);

#ifdef __cplusplus
}
#endif
#endif
