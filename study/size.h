/* FIFO sizing: the smallest depths that keep what is asked for.
 *
 * Time is monotone in depth within one latency class, so every depth is proved minimal: with one step
 * less of it, all others kept, the goal is missed. What is left to gain by another choice is bounded:
 * no depths of smaller cost than `bound` can reach the goal (each channel's own minimum with all others
 * unbounded, added up). A step is one beat, or one step of the device's memory where costs are counted
 * so; a channel in block RAM is a cycle slower than one in shift registers, so the search is made
 * per latency class. Costs in bits, or in the units of models/memory.h.
 */
#ifndef WEIR_STUDY_SIZE_H
#define WEIR_STUDY_SIZE_H

#include "base/progress.h"
#include "models/memory.h"
#include "sim/replay.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_size_goal {
    WEIR_KEEP_INTERVAL, /* the steady interval of unbounded FIFOs */
    WEIR_MAX_INTERVAL,  /* at most `limit_ps` a frame */
    WEIR_MAX_LATENCY,   /* from a frame's arrival to its last beat out at most `limit_ps`: of every
                           frame, or, where arrivals are as fast as possible, of the first */
    WEIR_MAX_MEMORY,    /* cost at most `limit`; the best interval that can be had with it */
} weir_size_goal;

typedef enum weir_size_unit { WEIR_UNIT_BITS, WEIR_UNIT_DEVICE } weir_size_unit;

typedef struct weir_size_options {
    weir_size_goal goal;
    uint64_t limit;
    weir_size_unit unit;
    const weir_replay_parameters *stimuli; /* one at least: domains, frames, arrivals, pauses; their
                                              channels are where the search starts (latency, flops) */
    uint32_t n_stimuli;
    uint32_t threads; /* 0: all cores */
    bool pareto;      /* the front of interval against cost as well */
    const volatile int *stop;
    weir_report_fn report;
    void *context;
} weir_size_options;

typedef struct weir_size_channel {
    uint32_t depth, unbounded; /* found; the largest that could be of use, which max-occupancy
                                  sizing would give */
    uint32_t alone;            /* its own minimum with all others unbounded */
    uint64_t cost;
    bool minimal; /* one step less was tried and misses the goal, or there is none */
} weir_size_channel;

typedef struct weir_size_point {
    uint64_t interval_ps, interval_frames, latency_ps, cost;
    uint32_t *depths; /* of each channel */
} weir_size_point;

typedef struct weir_size {
    bool reached; /* false: the goal cannot be reached; `best` is what unbounded FIFOs give */
    weir_size_point best;
    uint32_t n_channels;
    weir_size_channel *channels;
    uint64_t bound;                                 /* no depths cost less */
    uint64_t cost_max_occupancy, cost_power_of_two; /* of the rules of thumb, for comparison: depths
                                                       `unbounded`, and those rounded up to 2^n */
    uint64_t evaluations, events;
    uint32_t n_front;
    weir_size_point *front; /* by rising cost */
    bool partial;
} weir_size;

/* NULL with diagnostics for bad input. `graph` gives beat widths and storage. */
weir_size *weir_size_find(const weir_net *net, const weir_graph *graph,
                          const weir_size_options *options, weir_diag *diag);
void weir_size_free(weir_size *size);

/* The depths as `fifos = (...)`, to be included by a design (`@include "FILE"`). */
void weir_size_config(const weir_size *size, const weir_graph *graph, weir_text *out);

/* The smallest single enlargement (one channel, how many beats) that removes the deadlock of a run;
 * false where one channel alone does not. */
bool weir_size_remove_deadlock(const weir_net *net, const weir_replay_parameters *parameters,
                               uint32_t *channel, uint32_t *depth, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
