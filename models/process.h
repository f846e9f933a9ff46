/* Process: one hardware process, its timing class and its RTL.
 *
 * Timing (class, stages, ii_cycles) follows the recurrences of the manual's timing chapter: a
 * process executes a fixed sequence of steps; step i may read its inputs at stage 0 and write its
 * outputs at its last stage. ELASTIC collapses bubbles, LOCKSTEP freezes as a whole, CREDIT
 * reserves output space at issue, FRP is the free-running pipeline of vendor HLS, UNKNOWN is RTL
 * whose class has not been established.
 *
 * RTL ports of input p and output q (FIFO side, all synchronous to `clk`, active-high `rst`):
 *   in<p>_valid (in)  in<p>_ready (out)  in<p>_data (in)   beat when valid and ready
 *   out<q>_valid(out) out<q>_ready(in)   out<q>_data (out)
 * out_valid never depends on out_ready of the same port. in_ready is high whenever the process
 * waits for a beat on that port, whether or not in_valid is.
 */
#ifndef WEIR_MODELS_PROCESS_H
#define WEIR_MODELS_PROCESS_H

#include "base/diag.h"
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_MAX_PORTS 8      /* inputs, and outputs, of a process that the layer compiler makes */
#define WEIR_GRAPH_PORTS 1024 /* of any process: imported ones may have arrays of streams */

typedef enum weir_process_kind { WEIR_PROCESS, WEIR_SOURCE, WEIR_SINK } weir_process_kind;

typedef enum weir_timing_class {
    WEIR_UNKNOWN,
    WEIR_LOCKSTEP,
    WEIR_ELASTIC,
    WEIR_CREDIT,
    WEIR_FRP,
} weir_timing_class;

const char *weir_timing_class_name(weir_timing_class timing);

/* A ROM whose contents are loaded when a model starts, so that layers of one shape share a model.
 * `path` is the memory's hierarchical name below the module ("core.weights.mem"), `file` its image
 * (one hexadecimal word a line). */
typedef struct weir_rom {
    const char *path;
    const char *file;
    uint32_t word_bits, words;
} weir_rom;

typedef struct weir_rtl {
    const char *module;         /* top module of the process; NULL: no RTL */
    const char *const *sources; /* files that hold `module` and all below it, in order */
    uint32_t n_sources;
    const weir_rom *roms;
    uint32_t n_roms;
} weir_rtl;

typedef struct weir_process {
    const char *name;
    const char *operator_name; /* "window", "matvec", ...; "source", "sink" */
    weir_process_kind kind;
    uint32_t domain;
    uint32_t n_inputs, n_outputs;
    weir_timing_class timing;
    uint32_t stages;    /* pipeline stages of a step */
    uint64_t ii_cycles; /* cycles between initiations when nothing blocks */
    uint64_t initiations_per_frame;
    uint64_t steps_per_frame;        /* cycles of a frame when nothing blocks */
    uint64_t reuse_factor, pe, simd; /* as folded; 0 where they mean nothing */
    const char *strategy;            /* "latency", "resource" or "" */
    const char *precision;           /* of the output, ap_fixed<...> text, or "" */
    const char *layer;               /* the network's layer it came from, or "" */
    uint64_t multipliers;
    bool
        blocking; /* its ready and valid are high only in the cycle in which a beat can move, as those
                      of HLS with blocking accesses: that it waits does not show at its ports */
    weir_rtl rtl;
    const char *rom_folder; /* images that the RTL reads itself: macro WEIR_ROM_DIR; NULL: none */
    bool imported; /* RTL not written by weir: loops of shift registers are unrolled in full */
    const struct weir_schedule *schedule; /* traces/schedule.h, borrowed; NULL: not known */
    weir_loc loc;
} weir_process;

#ifdef __cplusplus
}
#endif
#endif
