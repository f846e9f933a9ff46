/* Spill: the choice of weights and FIFOs that stay on the chip (models/spill.h) with the least
 * outside traffic.
 *
 * A knapsack, solved exactly by branch and bound in whole numbers: items in order of traffic saved
 * for a bit, bounded by what the rest of the budget would save if one could stay in part. Beside it
 * the greedy rule (in the same order, what still fits) and that bound.
 */
#ifndef WEIR_STUDY_SPILL_H
#define WEIR_STUDY_SPILL_H

#include "models/packing.h"
#include "models/spill.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Items are the weights and FIFOs, in the order of the arrays. */
weir_spill *weir_spill_choose(const weir_array *arrays, uint32_t n, uint64_t budget_bits);
void weir_spill_free(weir_spill *spill);

#ifdef __cplusplus
}
#endif
#endif
