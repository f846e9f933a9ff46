/* Folding under a budget: how fast can a network be on a device, and how is each layer folded for it.
 *
 * Each layer (with what follows it at its pace, such as an activation) has options: the foldings that
 * a ladder of targets gives (hls/settings.h, target_interval_cycles), other shares of PE and SIMD, and
 * for small layers weights as constants. The ladder has a rung for every number of steps that some
 * process can take: the next target is always just below the slowest process of the rung before. The
 * design is compiled at every rung; an option's time is steps a frame times the clock's period, its cost
 * the estimate of the layer's processes and of the FIFOs before them.
 * An integer program (study/choice.h) picks the options with the least interval that the budget allows,
 * and of those the cheapest. Its peer is greedy balancing: down the ladder, where every rung speeds up
 * what is slowest, while the design fits. What is picked is compiled as a whole:
 * neighbours of other widths need converters and other FIFOs, so the true cost may differ from the
 * sum. One that is over the budget, or cannot be built, is forbidden, and the program solved again,
 * with as much less of a budget as was exceeded.
 * The bound is that of the program of all sums: no choice of these options is faster within the budget.
 */
#ifndef WEIR_STUDY_FOLD_PROGRAM_H
#define WEIR_STUDY_FOLD_PROGRAM_H

#include "study/choice.h"
#include "study/evaluate.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_PROGRAM_NODES 20000 /* of branch and cut, a program */
#define WEIR_LOGIC_SHARE 0.8     /* of LUT and FF: routing wants room, and estimates have a band */

typedef struct weir_fold_request {
    const weir_evaluation *evaluation; /* its base's device is the budget's */
    uint32_t n_base;                   /* changes that come before the folding */
    const weir_change *base;
    double share; /* of the device's DSP, BRAM18 and URAM, above 0 to 1 */
    double logic; /* of its LUT and FF, which estimates know less well */
    uint32_t nodes;
    weir_loc loc; /* for messages */
} weir_fold_request;

typedef struct weir_fold_answer {
    bool found;                         /* one that fits, compiled as a whole */
    uint64_t predicted_ps, interval_ps; /* of the options; of the slowest process as compiled */
    uint64_t predicted[WEIR_RESOURCES]; /* sums of the options */
    uint64_t cost[WEIR_RESOURCES];      /* as compiled */
    uint32_t repairs; /* choices that, compiled, were over the budget or could not be */
    uint32_t n_changes;
    const weir_change *changes; /* those of the folding alone */
    const char *design;         /* the same as keys of a design file */
} weir_fold_answer;

typedef struct weir_fold_program {
    uint64_t budget[WEIR_RESOURCES]; /* or WEIR_NO_LIMIT */
    uint32_t n_groups, n_options, n_compiled;
    weir_fold_answer program, greedy;
    weir_chosen chosen;  /* of the program of all sums, before any repair */
    bool peer_is_better; /* as compiled; the program's answer is then the peer's */
    double seconds;
} weir_fold_program;

/* NULL with diagnostics where there is nothing to choose. One with neither answer found says that the
 * design cannot be made to fit. */
weir_fold_program *weir_fold_program_solve(const weir_fold_request *request, weir_diag *diag);
void weir_fold_program_free(weir_fold_program *program);

#ifdef __cplusplus
}
#endif
#endif
