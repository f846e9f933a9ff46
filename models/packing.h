/* Packing: which memories of a device a design's arrays are kept in, several in one where it can be.
 *
 * An array is one memory as the RTL has it: words x bits, so many ports, in a clock domain. A RAMB18 (and
 * a URAM288) has two ports, each with its own address: two reads or writes in an edge of its clock, or,
 * clocked twice as fast as the domain, four. 512 x 36 (simple dual port) has one read and one write.
 * Arrays that share are stacked in depth or stand side by side, in any nesting; where one is written, places
 * side by side begin at multiples of 9 bits, the unit of write enables (UG573, "Byte-Write Enable").
 *   who may share   arrays of one domain; ROMs also across domains of equal period and phase
 *   URAM288         cannot be loaded with contents (UG573, "UltraRAM"): no ROM
 *   LUT             an array alone: memory LUT, or, of a ROM, one LUT for 64 x 1 or 32 x 2 and the
 *                   multiplexers of four of them (UG574, "Look-Up Table", "Multiplexers")
 * At twice the clock each written array has an edge of its own, so no two arrays meet at an address.
 * Readers of equal ROM contents share one copy. Units: words, bits, RAMB18, URAM288, LUT.
 */
#ifndef WEIR_MODELS_PACKING_H
#define WEIR_MODELS_PACKING_H

#include "models/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_GROUP_ARRAYS 4

typedef enum weir_array_kind { WEIR_ARRAY_ROM, WEIR_ARRAY_BUFFER, WEIR_ARRAY_FIFO } weir_array_kind;

const char *weir_array_kind_name(weir_array_kind kind); /* "rom", "buffer", "fifo" */

typedef struct weir_array {
    const char *name; /* "conv1.weights", "conv1_window.lines"; of a FIFO the channel's */
    weir_array_kind kind;
    uint32_t process; /* of a FIFO its consumer */
    uint32_t index;   /* ROM: image of the process; FIFO: channel; else which of the process's */
    uint32_t reader;  /* of a ROM with several read ports there is an array for each: which */
    uint32_t domain, clock; /* clock: the first domain of this period and phase */
    uint32_t content;       /* ROMs of one number hold the same words; 0: nothing else does */
    uint64_t words;
    uint32_t bits;
    bool weights;             /* a layer's, read in every step */
    uint64_t reads_per_frame; /* words; 0: not known */
} weir_array;

static inline uint32_t weir_array_ports(const weir_array *array) {
    return array->kind == WEIR_ARRAY_ROM ? 1 : 2;
}

typedef struct weir_group_member {
    uint32_t array;
    uint64_t word; /* where it lies in the group's words x bits */
    uint32_t bit;
} weir_group_member;

typedef struct weir_memory_group {
    weir_storage storage; /* LUTRAM: of a ROM, LUT that hold constants */
    uint32_t clock;       /* edges of the memory in one of the domain: 1 or 2 */
    bool wide;            /* simple dual port: 512 x 36 too */
    uint64_t words;       /* of the whole, */
    uint32_t bits;        /* in which the members lie */
    weir_memory_cost cost;
    uint32_t n_members;
    weir_group_member members[WEIR_GROUP_ARRAYS];
} weir_memory_group;

/* The cheapest layout of the members (indices into `arrays`) in memories of one storage (LUTRAM,
 * BRAM, URAM), clocked at most `memory_clock` times as fast as their domain. False where they
 * cannot share. */
bool weir_group_plan(const weir_array *arrays, const uint32_t *members, uint32_t n,
                     weir_storage storage, uint32_t memory_clock, weir_memory_group *group);

/* What is wrong with a group, for people; NULL: nothing. Ports, domains, places within it, no
 * overlap, and a cost that is its shape's. */
const char *weir_group_fault(const weir_array *arrays, const weir_memory_group *group);

/* Bits that the members hold, of equal contents once. */
uint64_t weir_group_bits(const weir_array *arrays, const weir_memory_group *group);

typedef struct weir_packing {
    uint32_t n_arrays, n_groups;
    const weir_array *arrays;
    weir_memory_group *groups; /* every array is in exactly one */
    uint32_t memory_clock;
    weir_memory_cost cost, alone; /* of the groups; with each memory in blocks of its own */
    uint64_t bound;               /* no packing needs fewer RAMB18 */
    uint64_t heuristic;           /* RAMB18 that the heuristic found */
    double relaxed;               /* the value of the linear relaxation; negative: not solved */
    bool optimal;                 /* proved: cost.bram18 == bound */
    uint64_t n_candidates;        /* groups that take less than their parts, and single arrays */
    uint32_t nodes;               /* of the integer program; 0: it was not needed */
} weir_packing;

#ifdef __cplusplus
}
#endif
#endif
