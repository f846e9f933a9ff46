/* What the opaque handles of weir.h are. `weir_messages` is the diagnostics list itself.
 *
 * A simulation owns its design, the compiled design and the frames. Changes of the design are made
 * in the loaded weir_design, with arrays of the simulation's own arena; they drop what was compiled.
 */
#ifndef WEIR_API_HANDLES_H
#define WEIR_API_HANDLES_H

#include "api/weir.h"
#include "base/arena.h"
#include "base/diag.h"
#include "hls/compile.h"
#include "report/record.h"
#include "sim/run.h"
#include "traces/stimulus.h"

struct weir_simulation {
    weir_arena *arena;
    weir_design *design;
    weir_compiled *compiled;
    uint64_t n_frames, seed; /* of the stimulus; seed of random ones */
    bool random;
    weir_frames frames;
    weir_run_options options; /* what the setters set; the rest is filled in for each run */
};

struct weir_outcome {
    weir_record *record;
    weir_trace *trace;  /* NULL: not recorded, or still in `folder` */
    char *folder;       /* NULL: of a run in this program */
    float *values;      /* frames x outputs; NULL after a load */
    uint64_t n_outputs; /* of a frame */
};

static inline weir_diag *weir_messages_diag(weir_messages *log) {
    return (weir_diag *)log;
}

/* Takes the trace out of `result`. */
weir_outcome *weir_outcome_new(const weir_simulation *simulation, weir_result *result, bool checked,
                               const weir_accuracy *accuracy);

#endif
