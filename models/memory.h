/* Memory: what a FIFO or an array of `words` x `bits` costs on a device, by the real shapes.
 *
 *   SRL     SRLC32E, 1 LUT a bit and 32 words (SRL16E pairs: 2 bits a LUT up to 16 words)
 *   LUTRAM  RAM32M: 4 LUT for 32 x 6 simple dual port; RAM64M: 4 LUT for 64 x 3; RAM32X1D and
 *           RAM64X1D: 2 LUT for a bit that is left over
 *   BRAM    RAMB18 as 16K x 1, 8K x 2, 4K x 4, 2K x 9 and 1K x 18, side by side where that is less, in
 *           units of RAMB18. 512 x 36 (simple dual port) is left out of FIFOs, as the vendor's do:
 *           published reports have 576 x 132 in 8, 576 x 48 in 3, 64 x 400 in 23, 16 x 128 in 8
 *   URAM    URAM288: 4K x 72
 * The sources of the shapes stand beside the tables in memory.c.
 */
#ifndef WEIR_MODELS_MEMORY_H
#define WEIR_MODELS_MEMORY_H

#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_memory_cost {
    uint64_t lut, bram18, uram;
} weir_memory_cost;

/* Of the least cost for the storage; `storage` must not be AUTO. Words and bits at least 1. */
weir_memory_cost weir_memory_of(weir_storage storage, uint64_t words, uint32_t bits);

/* RAMB18 of words x bits; `simple` dual port: 512 x 36 is a shape too. */
uint64_t weir_memory_ramb18(uint64_t words, uint32_t bits, bool simple);

/* One number for comparing: LUT, with a RAMB18 and a URAM288 taken as many LUT as hold the same bits in
 * LUTRAM (64 a LUT x 3/4): what sizing minimises where costs are counted in device steps. */
uint64_t weir_memory_weight(weir_memory_cost cost);

/* The next smaller number of words that costs less; 0: none. */
uint64_t weir_memory_step_down(weir_storage storage, uint64_t words, uint32_t bits);

#ifdef __cplusplus
}
#endif
#endif
