/* The arrays of a compiled design: every memory in its RTL that is read with a clock, and so can be
 * kept in block RAM (models/packing.h).
 *
 *   ROMs     every image of an operator of two words or more; of a table with several readers
 *            (rtl/weir_table.sv) an array for each
 *   buffers  rows that a window keeps, a row that a resize repeats, the vector that a folded
 *            matrix product reads again, what a folded softmax keeps between its passes
 *   FIFOs    channels in block RAM or UltraRAM, without their output register
 * FIFOs in shift registers and LUT memory, those between clocks, registers, and sums read without a clock
 * stay in LUT and are not arrays. Of an imported design only FIFOs are known.
 */
#ifndef WEIR_STUDY_ARRAYS_H
#define WEIR_STUDY_ARRAYS_H

#include "hls/compile.h"
#include "models/packing.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names are made in the arena. The result is ordered: readers of one ROM follow one another. */
weir_array *weir_arrays_of(const weir_compiled *compiled, weir_arena *arena, uint32_t *n);

#ifdef __cplusplus
}
#endif
#endif
