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
#include "sim/replay.h"
#include "sim/run.h"
#include "traces/stimulus.h"

struct weir_simulation {
    weir_arena *arena;
    weir_design *design;
    weir_compiled *compiled;
    uint64_t n_frames, seed; /* of the stimulus; seed of random ones */
    bool random;             /* they are made when RTL runs, not before: replay needs none */
    bool always_critical;    /* the critical cycle is looked for in large frames too */
    weir_frames frames;
    const char *source_pause; /* of all sources; NULL or "": never */
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

/* Arrival times of all frames, NULL if there are none to keep; false on errors. */
bool weir_simulation_arrivals(const weir_simulation *simulation, uint64_t **times, weir_diag *diag);

/* Makes the frames of a random stimulus, unless they are there; false on errors. */
bool weir_simulation_make_frames(weir_simulation *simulation, weir_diag *diag);

/* Pause of each process of the compiled graph, the caller's to free; NULL: none pauses. */
const char **weir_simulation_pauses(const weir_simulation *simulation);

/* Clocks, channels, pauses and arrivals of the compiled simulation as a replay takes them. */
typedef struct weir_replay_setup {
    weir_domain *domains;
    weir_channel_timing *channels;
    const char **pauses;
    weir_replay_parameters parameters; /* points into the rest; no arrival times yet */
} weir_replay_setup;
void weir_replay_setup_make(weir_replay_setup *setup, const weir_simulation *simulation,
                            uint64_t frames);
void weir_replay_setup_free(weir_replay_setup *setup);

/* What binds the run of an outcome, for its record; nothing where a process has no schedule. */
void weir_outcome_add_critical(weir_outcome *outcome, const weir_simulation *simulation,
                               const uint64_t *arrival_ps);
/* Costs of the graph's processes and channels, the caller's; NULL where they are not asked for, and
 * on errors. An imported process has what its vendor reported. */
bool weir_simulation_costs(const weir_simulation *simulation, weir_cost **processes,
                           weir_cost **channels, weir_diag *diag);
/* WEIR_NO_FIT, and an error for each resource, where the device has too little. */
weir_status weir_outcome_check_fit(const weir_outcome *outcome, weir_diag *diag);

typedef struct weir_outcome_extras { /* what a run does not know itself; NULL: not known */
    const weir_accuracy *accuracy;
    const weir_cost *processes, *channels;
    const weir_toggles *toggles; /* of each channel */
} weir_outcome_extras;

/* Takes the trace out of `result`. */
weir_outcome *weir_outcome_new(const weir_simulation *simulation, weir_result *result, bool checked,
                               const weir_outcome_extras *extras);

#endif
