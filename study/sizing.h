/* Inside FIFO sizing: what is asked for, what a set of depths costs, and whether it does it.
 *
 * A channel that may be kept in shift registers or in block RAM is `automatic`: up to WEIR_SRL_DEPTH
 * beats it is plain, beyond a memory. The search works in one class at a time (`memory`), in which
 * times are monotone in depth; a plain channel that comes out deeper becomes a memory, and what it is
 * searched with is searched anew. A memory of no more than WEIR_SRL_DEPTH beats is tried as plain. Depths of a set are an array with one entry a channel.
 */
#ifndef WEIR_STUDY_SIZING_H
#define WEIR_STUDY_SIZING_H

#include "study/size.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sizing_target { /* of one stimulus */
    bool latency, listed; /* else interval; arrivals are a list, so that there is no steady state */
    uint64_t ps, frames;  /* at most, per `frames`; listed: the last output */
    uint64_t pace_ps;     /* arrival period of trials; 0: as fast as they can */
    uint64_t trial_frames; /* in which depths that do show it */
    weir_replay_answer unbounded;
} sizing_target;

typedef struct sizing {
    const weir_net *net;
    const weir_graph *graph;
    const weir_size_options *options;
    weir_diag *diag;
    uint32_t n;
    const weir_channel **of; /* of each channel: what the graph says */
    bool *automatic, *memory;
    sizing_target *targets;
    uint32_t *most;  /* occupancy with unbounded FIFOs, the largest of all stimuli */
    uint32_t *alone; /* own minimum with all others unbounded; 0: not known */
    uint32_t lanes;  /* sets worth evaluating at once */
    uint64_t evaluations, events;
    uint64_t patience; /* trials are so many times as long as they normally need to be */
} sizing;

bool sizing_init(sizing *s, const weir_net *net, const weir_graph *graph,
                 const weir_size_options *options, weir_diag *diag);
void sizing_done(sizing *s);

bool sizing_stopped(const sizing *s);

weir_channel_timing sizing_timing(const sizing *s, uint32_t stimulus, uint32_t channel,
                                  uint32_t depth);
uint32_t sizing_floor(const sizing *s, uint32_t channel);
uint64_t sizing_cost(const sizing *s, uint32_t channel, uint32_t depth);
uint64_t sizing_total(const sizing *s, const uint32_t *depths);
/* The largest depth that costs what `depth` does; in bits that is `depth`. */
uint32_t sizing_top(const sizing *s, uint32_t channel, uint32_t depth);
/* The largest depth that costs less; 0: none. */
uint32_t sizing_step_down(const sizing *s, uint32_t channel, uint32_t depth);
weir_storage sizing_storage(const sizing *s, uint32_t channel, uint32_t depth);

/* Does each of `n_sets` sets (n_sets * n depths) meet the targets of all stimuli? */
void sizing_test(sizing *s, const uint32_t *depths, uint32_t n_sets, bool *met);
bool sizing_meets(const sizing *s, uint32_t stimulus, const weir_replay_answer *answer);
/* Answers of one stimulus; false with diagnostics where it cannot run. */
bool sizing_run(sizing *s, uint32_t stimulus, const uint32_t *depths, weir_replay_answer *answer);
/* The same as sizing_test of one set, over many frames. */
bool sizing_verify(sizing *s, const uint32_t *depths);

/* Unbounded FIFOs: fills `most` and the targets, for the classes as they are now. `limit` 0: no worse
 * than they are. False with
 * diagnostics where there is no answer; *reached is false where no depths can meet the goal. */
bool sizing_unbounded(sizing *s, uint64_t limit, bool *reached);

/* Smallest of `low` + 1 .. `high` that passes, given that `high` does and `low` does not; `test` is
 * given as many at once as are worth it. */
typedef void (*sizing_test_fn)(void *context, const uint32_t *depths, uint32_t count, bool *met);
uint32_t sizing_bisect(sizing *s, uint32_t channel, uint32_t low, uint32_t high,
                       sizing_test_fn test, void *context);

/* Part of a net: the processes `inside` and the channels at their ports. What leads in always has a
 * beat of a frame from when it is due, what leads out always has space, so that it can only be faster
 * than the whole. Of interval goals with a pace only. */
typedef struct sizing_part {
    sizing s; /* its channels are numbered anew */
    weir_net *net;
    uint32_t *whole; /* of each channel: in the whole net */
    bool *inner;     /* of each channel: both ends are inside */
    weir_size_options options;
    void *memory[4]; /* what those are made of */
} sizing_part;

void sizing_part_init(sizing_part *part, const sizing *whole, const bool *inside);
/* Adds what was evaluated to `whole`. */
void sizing_part_done(sizing_part *part, sizing *whole);
bool sizing_has_parts(const sizing *s);

/* Fills `alone` where it is 0. */
void sizing_alone(sizing *s);
/* Of one channel; what `alone` says already is known to be no more than it needs. */
void sizing_alone_one(sizing *s, uint32_t channel);
/* A plain channel becomes a memory, which is slower: it needs no less than before. */
void sizing_make_memory(sizing *s, uint32_t channel);
/* What the search need not go below: the own minimum, or the least of the class. */
uint32_t sizing_least(const sizing *s, uint32_t channel);

/* Depths of which none can be less, part by part: false where goals or nets do not allow it. */
bool sizing_blocks(sizing *s, uint32_t *depths);

/* Some depths that do, where `choice` (one a channel, or NULL for all) says which may be more than
 * `least`; false where none of a few do. */
bool sizing_start(sizing *s, const uint32_t *least, const bool *choice, uint32_t *depths);

/* From depths that do to depths of which none can be less; `least`: less is known not to do. */
void sizing_reduce(sizing *s, const uint32_t *least, uint32_t *depths);

#ifdef __cplusplus
}
#endif
#endif
