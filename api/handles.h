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
#include "models/resource.h"
#include "report/record.h"
#include "sim/run.h"
#include "traces/stimulus.h"

struct weir_simulation {
    weir_arena *arena;
    weir_design *design;
    weir_compiled *compiled;
    weir_frames frames;
    weir_run_options options; /* what the setters set; the rest is filled in for each run */
    weir_cost_source resources;
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

/* Costs of the graph's processes and channels, the caller's; NULL: they are not asked for. */
bool weir_simulation_costs(const weir_simulation *simulation, weir_cost **processes,
                           weir_cost **channels, weir_diag *diag);
/* WEIR_NO_FIT, and an error for each resource, where the device has too little. */
weir_status weir_outcome_check_fit(const weir_outcome *outcome, weir_diag *diag);

typedef struct weir_outcome_extras { /* what a run does not know itself; NULL: not known */
    const weir_accuracy *accuracy;
    const weir_cost *processes, *channels;
} weir_outcome_extras;

/* Takes the trace out of `result`. */
weir_outcome *weir_outcome_new(const weir_simulation *simulation, weir_result *result, bool checked,
                               const weir_outcome_extras *extras);

#endif
