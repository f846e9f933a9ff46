/* Samples of a study's axes: whole grids, random points (splitmix64 by a seed), or points of Sobol's
 * sequence (GSL), which fill the space evenly. A sample is an index into the values of each axis.
 * Random and Sobol points may repeat; repeats are left out, so that fewer than asked for may come.
 */
#ifndef WEIR_STUDY_SAMPLE_H
#define WEIR_STUDY_SAMPLE_H

#include "base/arena.h"
#include "study/study_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `n` rows of `file->n_axes` indices; the caller frees. 0 rows: no axes. False with an error where a
 * grid has more than WEIR_GRID_POINTS points, or Sobol's sequence too few dimensions. */
#define WEIR_GRID_POINTS (1u << 24)
/* Points of the whole grid; 0: more than that, or no axes. */
uint64_t weir_grid_points(const weir_study_file *file);
bool weir_sample(const weir_study_file *file, uint32_t **indices, uint32_t *n, weir_diag *diag);

/* The changes of a sample, of the arena; those of no words are left out. */
weir_point weir_sample_point(const weir_study_file *file, const uint32_t *indices,
                             weir_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
