/* One run of a graph: parameters in, result out. Every engine takes the same parameters and fills
 * the same result, and must give the same times for every frame and every port event.
 *
 * Source: pushes one beat a cycle, frame f from its arrival time on. A source with `drop` set loses
 * frame f whole, and counts it, if frame f - 1 is not completely sent when f arrives. Sink: takes a
 * beat whenever there is one, except in the cycles that its pause pattern marks ('0' of "1101" =
 * paused; bit of edge n is n modulo the length). Several sources share one arrival list.
 * A cycle of a process is exactly one of: busy (a beat moved, or it computes), blocked (an output
 * is valid and not ready), starved (it waits for an input), idle (none of these and no frame in it;
 * also waiting between frames).
 */
#ifndef WEIR_SIM_RUN_H
#define WEIR_SIM_RUN_H

#include "base/progress.h"
#include "base/status.h"
#include "models/expect.h"
#include "models/graph.h"
#include "traces/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_engine {
    WEIR_ENGINE_RTL,
    WEIR_ENGINE_STITCHED,
    WEIR_ENGINE_REPLAY,
} weir_engine;
const char *weir_engine_name(weir_engine engine);

/* The ends of a graph in the hands of other code, edge by edge: what takes the place of stimulus,
 * arrival times and pauses where the graph is part of a larger simulation (sim/embed.h). */
typedef struct weir_outside {
    void *context;
    const uint8_t *(*offer)(void *context); /* beat for this edge or NULL; the same until `sent` */
    void (*sent)(void *context);
    bool (*ready)(void *context); /* is a beat taken at this edge */
    void (*took)(void *context, const uint8_t *beat);
} weir_outside;

typedef struct weir_run_options {
    weir_engine engine;
    uint64_t frames;
    const uint64_t *arrival_ps; /* one a frame; NULL: all 0 */
    bool drop;
    const char *sink_pause;      /* of all sinks; NULL or "": never */
    const char *const *pauses;   /* of each process, NULL entries: never; in place of sink_pause. A
                                    source sends nothing in the cycles that its pattern marks */
    const weir_expect *stimulus; /* fills the source channels' beats; required unless `outside` */
    const weir_outside
        *outside;              /* one source and one sink; `frames` is then the most there can be */
    const weir_expect *expect; /* beats to check on every channel; NULL: no checking */
    bool trace;                /* record the event trace */
    bool freeze;               /* freezing on (normal); off measures what it is worth */
    uint64_t shuffle_seed;     /* not 0: order of processes within a domain is shuffled */
    uint64_t stall_cycles;     /* no beat anywhere for so many cycles is a deadlock too, for RTL
                                    that never becomes still; 0: 1,000,000 and some
                                    more where a process computes for long */
    const char *stitched_top;  /* stitched engine: module name of the top */
    const char *const *stitched_sources;
    uint32_t n_stitched_sources;
    bool stitched_imported;   /* as weir_process says */
    const char *rom_folder;   /* stitched engine: where ROM images lie */
    const volatile int *stop; /* not NULL: the run ends early, marked partial, once it is set */
    weir_progress progress;
} weir_run_options;

typedef struct weir_frame_times {
    uint64_t index; /* in the stimulus, counting dropped frames */
    uint64_t first_in_ps, last_out_ps;
} weir_frame_times;

typedef struct weir_process_stats {
    uint64_t initiations;
    uint64_t busy_cycles, starved_cycles, blocked_cycles, idle_cycles;
    uint64_t frozen_cycles; /* of all these, how many were not evaluated */
} weir_process_stats;

typedef struct weir_channel_stats {
    uint64_t writes, reads;
    uint32_t max_occupancy;
} weir_channel_stats;

typedef struct weir_mismatch { /* the first wrong beat */
    uint32_t channel;
    uint64_t frame, beat;
    char *found, *expected; /* hexadecimal */
} weir_mismatch;

typedef struct weir_deadlock {
    bool happened;
    uint64_t time_ps;
    uint32_t n_steps; /* the waiting cycle: process[i] waits at channel[i] for process[i+1] */
    uint32_t *processes, *channels;
    bool *full; /* channel[i] is full (else empty) */
    char *text; /* the same for a person, one line a step, and what to enlarge */
} weir_deadlock;

typedef struct weir_result {
    weir_engine engine;
    uint64_t n_frames, n_dropped; /* completed; lost by the source */
    weir_frame_times *frames;
    uint64_t *domain_cycles;
    weir_process_stats *processes; /* per process of the graph */
    weir_channel_stats *channels;
    uint64_t beats_checked, mismatches;
    weir_mismatch first_mismatch;
    weir_deadlock deadlock;
    bool partial; /* stopped early */
    uint64_t end_ps;
    double build_seconds, run_seconds;
    uint64_t models_built, models_cached; /* distinct ones */
    weir_trace *trace;                    /* NULL unless asked for */
    uint8_t *outputs;                     /* beats of the first sink, frame after frame */
} weir_result;

/* WEIR_OK, WEIR_BAD_INPUT (with diagnostics, no result), WEIR_DEADLOCK or WEIR_DISAGREE (data
 * mismatch); in the last two cases the result is complete up to that point. */
weir_status weir_run(const weir_graph *graph, const weir_run_options *options, weir_result **result,
                     weir_diag *diag);
void weir_result_free(weir_result *result);

#ifdef __cplusplus
}
#endif
#endif
