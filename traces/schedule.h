/* Schedule: what one process does in a frame, as a loop program, and the timing class that says when.
 *
 * A program is a sequence of initiations, run-length and loop coded. Each initiation does one set of
 * port operations (perhaps none); after the last initiation of the frame's program it starts again,
 * frame after frame. `preamble` initiations come once, before the first frame.
 *   WEIR_READ     waits for a beat and takes it        WEIR_WRITE    waits for space and sends
 *   WEIR_ACQUIRE  waits for a beat and leaves it       WEIR_RESERVE  waits for space, sends nothing
 *   WEIR_POST     is a WRITE that goes with the ACQUIREs of its initiation, which is then in two halves:
 *                 these, and all else; each happens at max(T(i-1) + 1, its own gates), T(i) is the later
 *                 one. So a stall at a frame's last beats does not hold back that the next one starts
 *   WEIR_LEAD     is a POST for whose half the other half waits
 * Timing (i counts initiations without end; L = stages; gates as in models/fifo.h):
 *   lockstep  T(i) = max(T(i-1) + 1, gates of all operations of i); an initiation is a local cycle, all
 *             its operations happen at T(i); stages and ii_cycles are 1
 *             the stage of a port is the beats that a register slice at it holds, 0 without one: it
 *             reads (sends) on its own, takes a beat a cycle after it came, has a place a cycle after
 *             a beat left, and the process's operations are those on the slice
 *   elastic   E(i,s) = max(E(i,s-1) + 1, E(i-1,s) + 1, E(i-1,s+1) if s < L-1, gates of i at s),
 *             E(i,0) >= E(i-1,0) + II; an operation of port p happens at E(i, stage of p)
 *   credit    I(i) = max(I(i-1) + II, all gates of i); an operation happens at I(i) + stage of p
 *   frp       reads at I(i); writes leave through a skid FIFO of C = ceil(L / II) beats an output:
 *             x = max(I(i) + L - 1, previous x of the port + 1, gate); I(i) = max(I(i-1) + II, read
 *             gates, 1 + C-th largest release of any j < i), release = x if j writes, else I(j) + L - 1
 * Nothing happens before edge `start`. The program does not depend on time or data.
 * File: "WEIRSCH1", zlib stream of the schedules, CRC-32 of the uncompressed bytes; a truncated,
 * damaged or foreign file is refused with the offset.
 */
#ifndef WEIR_TRACES_SCHEDULE_H
#define WEIR_TRACES_SCHEDULE_H

#include "base/diag.h"
#include "base/text.h"
#include "models/process.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_operation_kind {
    WEIR_READ,
    WEIR_WRITE,
    WEIR_ACQUIRE,
    WEIR_RESERVE,
    WEIR_POST, /* lockstep alone */
    WEIR_LEAD, /* lockstep alone */
} weir_operation_kind;

typedef struct weir_operation {
    uint16_t kind; /* weir_operation_kind */
    uint16_t port; /* input port of READ and ACQUIRE, else output port */
} weir_operation;

typedef struct weir_operation_set { /* operations[first .. first + count - 1]; set 0 is empty */
    uint32_t first, count;
} weir_operation_set;

/* In preorder: a leaf (length 0) is `count` initiations with the operations of `set`; an inner node
 * is its body, the next `length` nodes, `count` times. */
typedef struct weir_loop {
    uint64_t count;
    uint32_t set, length;
} weir_loop;

/* Levels of loops, at most: more cannot come of what 64 bits count. */
#define WEIR_SCHEDULE_NESTING 64

/* Beats of a register slice, at most: two keep up with a beat a cycle. */
#define WEIR_MOST_SLICE 2
/* In the place of a slice's beats, of an input that the program never reads: what comes is taken as soon
 * as it is there, whatever the process does. */
#define WEIR_DRAINED 3

typedef struct weir_schedule {
    char *process; /* name */
    weir_timing_class timing;
    uint32_t stages;
    uint64_t ii_cycles, start;
    uint32_t n_inputs, n_outputs;
    uint32_t *read_stage, *write_stage; /* of each port; see below where lockstep */
    uint32_t n_operations, n_sets, n_preamble, n_loops;
    weir_operation *operations;
    weir_operation_set *sets;
    weir_loop *loops; /* n_preamble nodes of the preamble, then those of a frame; n_loops in all */
} weir_schedule;

/* Makes a schedule from initiations in order; repeats are found as they come. */
typedef struct weir_schedule_builder weir_schedule_builder;
weir_schedule_builder *weir_schedule_builder_new(const char *process, uint32_t n_inputs,
                                                 uint32_t n_outputs);
/* The number of a set of operations; equal sets share one, in whatever order they are given. */
uint32_t weir_schedule_set(weir_schedule_builder *builder, const weir_operation *operations,
                           uint32_t count);
void weir_schedule_add(weir_schedule_builder *builder, uint32_t set, uint64_t count);
void weir_schedule_end_preamble(weir_schedule_builder *builder); /* what follows is the frame */
/* Class LOCKSTEP with stages = ii_cycles = 1 until the caller says otherwise. Frees the builder. */
weir_schedule *weir_schedule_build(weir_schedule_builder *builder);
void weir_schedule_free(weir_schedule *schedule);

uint64_t weir_schedule_initiations(const weir_schedule *schedule); /* of a frame */
uint64_t weir_schedule_before(const weir_schedule *schedule);      /* of the preamble */
/* Operations of one kind on one port in a frame (or, once, in the preamble). */
uint64_t weir_schedule_count(const weir_schedule *schedule, weir_operation_kind kind, uint32_t port,
                             bool preamble);

/* Goes through the initiations of the preamble and then of frame after frame, run by run. */
typedef struct weir_schedule_walk weir_schedule_walk;
weir_schedule_walk *weir_schedule_walk_new(const weir_schedule *schedule);
/* The next run of initiations with one set: its number, and how many. Never ends. */
uint32_t weir_schedule_walk_next(weir_schedule_walk *walk, uint64_t *count);
void weir_schedule_walk_free(weir_schedule_walk *walk);

/* A line for each node, indented by depth, for a person. */
void weir_schedule_dump(const weir_schedule *schedule, weir_text *out);

bool weir_schedules_save(const weir_schedule *const *schedules, uint32_t count, const char *path,
                         weir_diag *diag);
/* The schedules of a file, in its order; the caller frees each and the array. NULL with diagnostics.
 * What is read is checked: counts, nesting, sets, ports and stages lie within their bounds. */
weir_schedule **weir_schedules_load(const char *path, uint32_t *count, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
