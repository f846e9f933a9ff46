/* A study from its file to its answer: the baseline, all ideas, the sampled or searched axes, each
 * point from the store or evaluated and then stored, and the best of them on RTL.
 *
 * Interrupted at any moment (a signal, a power cut) it goes on from what the store holds and ends with
 * what the uninterrupted study would have found.
 */
#ifndef WEIR_STUDY_EXPLORE_H
#define WEIR_STUDY_EXPLORE_H

#include "base/status.h"
#include "study/batches.h"
#include "study/search.h"
#include "study/store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_found { /* a point with all that is known of it */
    weir_point point;
    char hash[WEIR_KEY_CHARS];
    weir_finding finding;
    weir_confirmation confirmation; /* `ran` false: not asked for */
    weir_batches *batches;          /* of an idea whose parts are loaded in turn; else NULL */
    uint32_t first; /* of `found` with these changes; itself, where none before it has them */
    bool front;     /* none beats it in all objectives; of feasible points */
    bool fresh;     /* evaluated now, not taken from the store */
} weir_found;

typedef struct weir_exploration {
    const weir_study_file *file;
    const weir_design *base;
    uint32_t n_found;
    weir_found *found; /* the baseline first, then ideas, programs' points, samples in order */
    weir_programmed *programmed;
    uint32_t first_programmed; /* point of `found` */
    uint32_t n_fresh, n_stored;
    bool enumerated;     /* a search whose axes were small enough to try all their points */
    uint64_t n_disagree; /* confirmations that failed */
    double seconds;      /* of evaluation, without RTL */
    bool partial;        /* stopped early */
} weir_exploration;

typedef struct weir_explore_options {
    const char *store;   /* path; NULL: nothing is kept */
    const char *scratch; /* as weir_evaluation */
    uint32_t threads;
    weir_progress progress;
} weir_explore_options;

/* WEIR_OK, WEIR_DISAGREE (RTL did not confirm a point), or WEIR_BAD_INPUT with diagnostics; the
 * exploration may be there in all cases. `file` and `base` must outlive it. */
weir_status weir_explore(const weir_study_file *file, const weir_design *base,
                         const weir_explore_options *options, weir_exploration **exploration,
                         weir_diag *diag);
void weir_exploration_free(weir_exploration *exploration);

/* One table for a person; "json" and "csv" exports. */
void weir_exploration_text(const weir_exploration *exploration, weir_text *out);
void weir_exploration_json(const weir_exploration *exploration, weir_text *out);
void weir_exploration_csv(const weir_exploration *exploration, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
