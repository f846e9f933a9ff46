/* Packing a design's arrays (models/packing.h) into the fewest RAMB18.
 *
 * Set partitioning over all groups that take less than their parts; arrays that are alike count as one
 * kind with a number. Three steps: a heuristic (best fit in order of size, then some groups taken apart and
 * fitted anew, by a seed); the linear relaxation by column generation, whose value rounded up no packing
 * can beat; where the two differ, an integer program over the groups that could be part of something
 * better. Exact within the limits below; beyond, the heuristic's answer with the bound that is proved.
 *
 * LUT and URAM288 have limits, and an array leaves block RAM only where it is worth it: at most
 * `lut_per_bram18` LUT for each RAMB18 that it would take alone, at least `bram18_per_uram` RAMB18 for each
 * URAM288. Of answers with equally many RAMB18 the heuristic prefers fewer URAM, then fewer LUT.
 */
#ifndef WEIR_STUDY_PACKING_H
#define WEIR_STUDY_PACKING_H

#include "models/packing.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_PACKING_CANDIDATES 1000000 /* groups that are kept */
#define WEIR_PACKING_TRIED 10000000     /* and looked at */
#define WEIR_PACKING_COLUMNS 6000       /* of the integer program */
#define WEIR_PACKING_NODES 2000

typedef struct weir_packing_options {
    uint32_t memory_clock; /* 1 or 2 */
    uint64_t lut, uram;    /* at most so many; UINT64_MAX: no limit */
    double lut_per_bram18, bram18_per_uram;
    uint64_t seed;
    uint32_t trials; /* of the heuristic; 0: 20000 */
    uint32_t nodes;  /* of the integer program; 0: WEIR_PACKING_NODES */
    bool no_program; /* the heuristic and its bound alone */
    bool no_groups;  /* nor any groups enumerated: the bound is that of bits and ports */
    const volatile int *stop;
} weir_packing_options;

/* `arrays` is borrowed. Never fails: stopped early, it is the best found so far. */
weir_packing *weir_pack(const weir_array *arrays, uint32_t n_arrays,
                        const weir_packing_options *options);
void weir_packing_free(weir_packing *packing);

#ifdef __cplusplus
}
#endif
#endif
