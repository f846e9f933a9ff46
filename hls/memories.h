/* Packed memories: which layers' weights share a block RAM, and through which of its ports each is
 * read.
 *
 * A RAMB18 has two ports (UG573, "Block RAM"; true dual port up to 1K x 18). With the memory's clock at
 * exactly twice the layers' each port serves two logical ports, in alternate cycles: four in all, each
 * with one slot in every cycle of the layers' clock, so that each reads a word a cycle. Slot s of a
 * block is logical port s of rtl/weir_packed_memory.sv: physical port s / 2, and the even or odd cycles
 * of the memory's clock by s % 2, which are the edges of a clock of the layers' period that is half a
 * period later for odd s. Layers of one block have one clock; their words lie one layer after the
 * other, as wide as the widest.
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
} weir_memory_place;

/* In order of the layers: each goes into the block of its domain that has a slot left, else a new one. */
void weir_plan_memories(const weir_packed_layer *layers, uint32_t n, weir_memory_place *places);

/* Gives every process of kind "weights" of the plan its place and the domain of its slot, which is
 * added to the plan's: "<domain>_slot0" and "<domain>_slot1". */
void weir_lower_memories(const weir_design *design, weir_arena *arena, weir_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
