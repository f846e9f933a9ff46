/* Each cycle of a process is of exactly one class. Both engines find it from the same thing, the valid
 * and ready bits of the process's ports at the edge that ends the cycle:
 *   busy     a beat moved, or no port waits: it computes
 *   blocked  an output is valid and not ready; of a sink: it pauses while a beat is there
 *   starved  an input is ready and not valid
 *   idle     a starved process between frames (all its ports at the start of the same frame), which
 *            is for the caller to know; a source with nothing to send
 */
#ifndef WEIR_SIM_CLASSES_H
#define WEIR_SIM_CLASSES_H

#include "sim/run.h"

typedef enum weir_class { WEIR_BUSY, WEIR_STARVED, WEIR_BLOCKED, WEIR_IDLE } weir_class;

/* The bits of one port, added to those of its side: 1 for both valid and ready, 2 for valid alone, 4
 * for ready alone. However many ports there are, only whether there is one of each matters. */
static inline void weir_classify_port(bool valid, bool ready, unsigned *valids, unsigned *readies) {
    if (valid) *valids |= ready ? 1 : 2;
    if (ready) *readies |= valid ? 1 : 4;
}

/* Bits of both sides as made by weir_classify_port. */
static inline weir_class weir_classify(weir_process_kind kind, unsigned in_valid, unsigned in_ready,
                                       unsigned out_valid, unsigned out_ready) {
    if ((in_valid & in_ready) | (out_valid & out_ready)) return WEIR_BUSY;
    if (out_valid & ~out_ready) return WEIR_BLOCKED;
    if (kind == WEIR_SOURCE) return WEIR_IDLE;
    if (kind == WEIR_SINK) return in_valid ? WEIR_BLOCKED : WEIR_STARVED;
    return in_ready & ~in_valid ? WEIR_STARVED : WEIR_BUSY;
}

static inline void weir_stats_add(weir_process_stats *stats, weir_class class_, uint64_t cycles) {
    uint64_t *const of[] = {&stats->busy_cycles, &stats->starved_cycles, &stats->blocked_cycles,
                            &stats->idle_cycles};
    *of[class_] += cycles;
}

#endif
