/* Capture: the schedule of a process from an event trace of its RTL.
 *
 * The trace is that of a run in which nothing waited: beats were always there, space always free
 * (deep channels, sources that never pause). Local cycle a of the process is then a fixed distance
 * from its first event, and the operations of each cycle, frame after frame, are a program whose
 * repeats are found. It begins with the first event, whose edge is `start`: cycles before it leave no
 * trace, and whether the process was at work in them or waited for the first beat, only the caller
 * knows (it lowers `start` where it was the beat). As frames overlap in a pipeline, what comes before
 * the cycles repeat is the preamble, the shortest there can be; a frame is the cycles from one frame
 * to the next, and idle ones stay in it wherever they are.
 * The times alone cannot tell the timing class: the schedule is that of LOCKSTEP, and weir_capture_as
 * turns it into another class, which a certification must confirm.
 * Needs at least three frames; refused where the frames after the first are not all alike (the order
 * of operations depends on data or time) or where beats of a frame are missing.
 */
#ifndef WEIR_TRACES_CAPTURE_H
#define WEIR_TRACES_CAPTURE_H

#include "traces/schedule.h"
#include "traces/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_capture_port {
    const uint64_t *edges; /* of the reads of an input, the writes of an output */
    uint64_t count;        /* frames * beats a frame */
} weir_capture_port;

/* `inputs` then `outputs`. */
weir_schedule *weir_capture(const char *process, const weir_capture_port *inputs, uint32_t n_inputs,
                            const weir_capture_port *outputs, uint32_t n_outputs, uint64_t frames,
                            weir_diag *diag);

/* The same program read as another class: reads at stage 0, writes at stage `stages` - 1, which come
 * `stages` - 1 cycles earlier in the program, and an initiation every `ii_cycles` cycles. NULL where
 * that cannot be: a write would come before edge 0, an operation between two initiations, or one is
 * neither READ, WRITE nor ACQUIRE. */
weir_schedule *weir_capture_as(const weir_schedule *captured, weir_timing_class timing,
                               uint32_t stages, uint64_t ii_cycles);

/* The same program with waits for beats that are taken later, which leave no trace. Each input of the
 * set `inputs` (bit i: input i), read once a frame, is acquired `after` cycles after the read of the
 * frame before, and in the first frame as long before its read; each output of `outputs`, written
 * once a frame in the cycle of a wait, is a `kind`, POST or LEAD. NULL where that cannot be: more
 * beats a frame, a write in another cycle, or a wait before edge 0. */
weir_schedule *weir_capture_waiting(const weir_schedule *captured, uint64_t inputs,
                                    uint64_t outputs, weir_operation_kind kind, uint64_t after);

#ifdef __cplusplus
}
#endif
#endif
