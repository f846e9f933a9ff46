/* Evaluation: the figures of points of a study, a point being a list of changes to one base design.
 *
 * Points that differ in depths and clocks only share one compiled graph and are replayed together,
 * vector lanes in each thread; other points are compiled, one a thread. A point is found infeasible
 * where a change cannot be made, the compiler refuses it, it deadlocks, does not fit the device, or
 * has a clock above its blocks' limit; the rest of its figures are kept as far as they are known. What
 * no change is to blame for (a file that cannot be read, a tool that is missing) ends the evaluation.
 */
#ifndef WEIR_STUDY_EVALUATE_H
#define WEIR_STUDY_EVALUATE_H

#include "base/progress.h"
#include "study/accuracy.h"
#include "study/figure.h"
#include "study/transform.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_change {
    const char *line;
    weir_loc loc;
} weir_change;

#define WEIR_BASELINE "baseline" /* name of the point that the others are compared with */
#define WEIR_POINT_CHANGES 64    /* of one point, at most */

typedef struct weir_point {
    const char *name; /* of an idea; "" of a sample */
    uint32_t n_changes;
    const weir_change *changes;
} weir_point;

typedef struct weir_evaluation { /* what all points of a study share */
    const weir_design *base;     /* its device may be NULL */
    uint64_t frames;             /* replayed of each point, at least 2 for an interval */
    weir_cost_source source;     /* of costs */
    const char *grade;           /* of the device, for clock limits; NULL: its slowest */
    weir_labelled *labelled;     /* for accuracy; NULL: none */
    bool stitched;               /* confirmed on one Verilated top too */
    const char *scratch;         /* folder for RTL, where costs come from synthesis or RTL is run */
    uint32_t threads;            /* 0: all cores */
    weir_progress progress;
} weir_evaluation;

/* Fills one finding a point. False with diagnostics only where nothing can be evaluated at all. */
bool weir_evaluate(const weir_evaluation *evaluation, const weir_point *points, uint32_t n_points,
                   weir_finding *findings, weir_diag *diag);

/* The same point on RTL: its frames' times on the `rtl` engine against replay's. */
typedef struct weir_confirmation {
    bool ran, agrees;
    bool stitched;   /* on the stitched top too, where there is one */
    uint64_t frames; /* of the stimulus */
    uint64_t mismatches;
    uint64_t latency_ps, interval_ps; /* of the RTL; of parts loaded in turn those of a batch of
                                         the frames, loads among them */
    uint64_t run_ps; /* from the first input to the last output of all frames; not kept in stores */
    char *text;      /* what differs; NULL: nothing does */
} weir_confirmation;
bool weir_confirm(const weir_evaluation *evaluation, const weir_point *point, uint64_t frames,
                  weir_confirmation *confirmation, weir_diag *diag);

/* A point's draft, changed and with its network read anew where need be; NULL with diagnostics. */
weir_draft *weir_point_draft(const weir_design *base, const weir_point *point, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
