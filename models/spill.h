/* Spill: which weights and FIFOs stay on the chip under a budget of memory, and which lie outside.
 *
 * Weights outside are read again in every step of every frame, as the ROM would be: their traffic
 * is the ROM's words read in a frame times their width. A FIFO outside is written and read once a
 * beat. Buffers that are read and written in every step, biases and tables stay on the chip.
 * Outside memory is one port that all share, without gaps; so a frame takes at least its bytes over
 * the bandwidth. Its latency, and what is kept on the chip to hide it, are not counted. Units:
 * bits, bytes, picoseconds.
 */
#ifndef WEIR_MODELS_SPILL_H
#define WEIR_MODELS_SPILL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct weir_spill_item {
    const char *name;
    uint32_t array;
    uint64_t bits;        /* that it takes on the chip */
    uint64_t frame_bytes; /* that it takes to and from outside, a frame */
    bool outside, greedy; /* chosen; what the greedy rule would choose */
} weir_spill_item;

typedef struct weir_spill {
    uint64_t budget_bits;
    uint64_t fixed_bits; /* that cannot leave: more than the budget, and nothing suffices */
    uint64_t free_bits;  /* that can */
    uint64_t kept_bits;  /* of these, on the chip */
    uint32_t n_items;
    weir_spill_item *items;
    uint64_t frame_bytes, greedy_bytes; /* to and from outside, a frame */
    uint64_t bound_bytes;               /* no choice takes less */
    bool optimal;                       /* proved */
    uint64_t interval_ps;               /* of frames with all on the chip; 0: not known */
    double bandwidth;                   /* of outside memory, bytes a second; 0: not given */
} weir_spill;

/* Bytes a second that the interval asks for; 0 where it is not known. */
static inline double weir_spill_needs(const weir_spill *spill) {
    double bytes = (double)spill->frame_bytes;
    return spill->interval_ps > 0 ? bytes * 1e12 / (double)spill->interval_ps : 0;
}

/* Picoseconds between frames at the bandwidth; that of the chip where none is given. */
static inline double weir_spill_interval(const weir_spill *spill) {
    double chip = (double)spill->interval_ps, bytes = (double)spill->frame_bytes;
    double outside = spill->bandwidth > 0 ? bytes * 1e12 / spill->bandwidth : 0;
    return outside > chip ? outside : chip;
}

#endif
