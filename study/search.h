/* Search: the points of a study's axes that no other beats in all objectives.
 *
 * NSGA-II (pagmo) over indices into the axes' values; a generation's points are evaluated together.
 * Where the whole grid is small (WEIR_ENUMERATE points) it is enumerated instead, and the front is
 * exact. Infeasible points rank behind feasible ones by how far they are from it.
 */
#ifndef WEIR_STUDY_SEARCH_H
#define WEIR_STUDY_SEARCH_H

#include "study/study_file.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_ENUMERATE 4096

/* Objective values, the smaller the better, `n_objectives` of each of `n` rows of indices; false ends
 * the search. Rows that were asked before may be asked again. */
typedef bool (*weir_objectives_fn)(void *context, const uint32_t *indices, uint32_t n,
                                   double *values);

/* Calls `objectives` with one generation after another; all that was evaluated is the caller's to
 * keep. False where a call was. */
bool weir_search_nsga2(const weir_study_file *file, weir_objectives_fn objectives, void *context,
                       weir_diag *diag);

/* Marks the rows of `values` that no other row dominates; rows with a NaN never are. */
void weir_pareto(const double *values, uint32_t n, uint32_t n_objectives, bool *front);

#ifdef __cplusplus
}
#endif
#endif
