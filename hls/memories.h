/* Packed memories: which layers' weights share a block RAM, and through which of its ports each is
 * read.
 *
 * A RAMB18 has two ports (UG573, "Block RAM"; true dual port up to 1K x 18). With the memory's clock at
 * exactly twice the layers' each port serves two logical ports, in alternate cycles: four in all, each
 * with one slot in every cycle of the layers' clock, so that each reads a word a cycle. Slot s of a
 * block is logical port s of rtl/weir_packed_memory.sv: physical port s / 2, and the even or odd cycles
 * of the memory's clock by s % 2, which are the edges of a clock of the layers' period that is half a
 * period later for odd s. Layers of one block have one clock; their words lie one layer after the
 * other or side by side, whichever takes the fewest RAMB18 (models/packing.h). A block is as many RAMB18
 * as its words x bits take; one of two layers uses one port alone and can be 512 x 36.
 */
#ifndef WEIR_HLS_MEMORIES_H
#define WEIR_HLS_MEMORIES_H

#include "hls/lower.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_MEMORY_SLOTS 4

typedef struct weir_packed_layer {
    uint32_t domain; /* the layer's */
    uint32_t words, bits;
} weir_packed_layer;

typedef struct weir_memory_place {
    uint32_t group, slot; /* of the groups of all domains; 0 .. WEIR_MEMORY_SLOTS - 1 */
    uint32_t word, bit;   /* of the block, where the layer's first word begins */
} weir_memory_place;

typedef struct weir_memory_block {
    uint32_t words, bits, bram18;
} weir_memory_block;

/* Shares blocks out so that they take few RAMB18: of what is reached from the order of the layers, from
 * the widest first, each where the blocks rise least, and from a block for each layer, by moving and
 * exchanging layers as long as that saves, the best. So never more than one of these takes. Where
 * nothing is saved, layers are placed in their order. Returns the number of blocks; `blocks` has room
 * for n. */
uint32_t weir_plan_memories(weir_arena *arena, const weir_packed_layer *layers, uint32_t n,
                            weir_memory_place *places, weir_memory_block *blocks);

/* Gives every process of kind "weights" of the plan its place and the domain of its slot, which is
 * added to the plan's: "<domain>_slot0" and "<domain>_slot1". */
void weir_lower_memories(const weir_design *design, weir_arena *arena, weir_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
