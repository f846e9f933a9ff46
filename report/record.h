/* Record: all that is kept of one run. It is made from a graph and a run's result, written as
 * result.json, read back from it, and is the only thing that the reports are drawn from: a report
 * of a folder and the report at the end of a run are the same.
 *
 * Times are picoseconds, cycles are those of the process's own domain. Latency of a frame is from
 * its first beat taken to its last beat delivered; the interval is between the last beats of two
 * frames that follow one another. The steady interval is the mean over the last half of the frames.
 * References between objects are names in the file and indices in memory. Resources that nothing
 * has measured are null in the file, with the source "none" (report/resources.h).
 * Everything belongs to the record's arena.
 */
#ifndef WEIR_REPORT_RECORD_H
#define WEIR_REPORT_RECORD_H

#include "base/arena.h"
#include "base/text.h"
#include "hls/compile.h"
#include "models/power.h"
#include "report/critical.h"
#include "report/vendor.h"
#include "sim/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_spread { /* of a list of times; count 0: the rest means nothing */
    uint64_t count, first_ps, min_ps, median_ps, max_ps;
} weir_spread;

typedef struct weir_record_domain {
    const char *name;
    uint64_t period_ps, phase_ps, cycles;
} weir_record_domain;

typedef struct weir_record_process {
    const char *name, *kind, *operator_name, *domain_name, *layer, *strategy, *precision, *timing;
    uint32_t domain, stages;
    uint32_t frame_step; /* it takes one in so many frames, in turn with others; 1: all */
    uint64_t ii_cycles, initiations_per_frame, steps_per_frame;
    uint64_t reuse_factor, pe, simd, multipliers;
    uint64_t initiations, busy_cycles, starved_cycles, blocked_cycles, idle_cycles, frozen_cycles;
    weir_cost cost;
} weir_record_process;

typedef struct weir_record_channel {
    const char *name, *producer_name, *consumer_name, *storage, *latency_class;
    uint32_t producer, consumer, beat_bits, depth, max_occupancy;
    uint64_t writes, reads, bit_flips, bits_compared; /* between beats; 0, 0: no data were seen */
    weir_cost cost;
} weir_record_channel;

typedef struct weir_record_device { /* name NULL: none was named */
    const char *name;
    uint64_t has[WEIR_RESOURCES]; /* 0: not known, or none */
    weir_static_class static_class;
    weir_supply supply;
} weir_record_device;

typedef struct weir_record_step { /* of the waiting cycle */
    const char *process, *channel;
    bool full;
} weir_record_step;

typedef struct weir_record_data {
    bool checked;
    uint64_t beats, mismatches;
    const char *channel; /* of the first mismatch; NULL: none */
    uint64_t frame, beat;
    const char *found, *expected;
} weir_record_data;

typedef struct weir_record_deadlock {
    bool happened;
    uint64_t time_ps;
    uint32_t n_steps;
    weir_record_step *steps;
    const char *text;
} weir_record_deadlock;

typedef struct weir_record_bottleneck {
    const char *process; /* NULL: no frame has passed, nothing to say */
    const char *limit;   /* "process", "source", "sink", "latency" */
    double share;        /* of the run that it is busy, or that it explains */
    const char *why, *hint;
} weir_record_bottleneck;

typedef struct weir_record {
    const char *weir, *design, *engine;
    uint64_t arrival_period_ps, n_dropped, end_ps;
    uint64_t frame_pixels; /* rows x columns of the input; elements of a vector */
    const char *source_pause, *sink_pause;
    const char *stitched; /* whose top that engine ran: "vendor", "weir"; "": another engine */
    bool partial;
    double build_seconds, run_seconds;
    uint64_t models_built, models_cached;
    uint32_t n_domains, n_processes, n_channels;
    weir_record_domain *domains;
    weir_record_process *processes;
    weir_record_channel *channels;
    uint64_t n_frames;
    weir_frame_times *frames;
    weir_spread latency, interval;
    uint64_t steady_interval_ps;
    weir_record_data data;
    bool has_accuracy;
    weir_accuracy accuracy;
    weir_record_deadlock deadlock;
    weir_record_bottleneck bottleneck;
    const weir_record_critical *critical; /* NULL: not known */
    uint32_t n_vendor;                    /* 0: not an imported design */
    weir_record_vendor *vendor;
    weir_record_device device;
    weir_arena *arena;
} weir_record;

typedef struct weir_record_source {
    const weir_graph *graph;
    const weir_result *result;
    bool checked;                          /* the run compared its beats */
    const weir_accuracy *accuracy;         /* NULL: not known */
    uint64_t arrival_period_ps;            /* 0: as fast as possible, or irregular */
    const char *source_pause, *sink_pause; /* NULL or "": never */
    const char *stitched;                  /* as of the record; NULL: "" */
    const weir_cost *processes, *channels; /* costs, in the graph's order; NULL: not known */
    const weir_device *device;             /* NULL: none */
    const weir_toggles *toggles;           /* of each channel; NULL: no data were seen */
    const weir_record_vendor *vendor;
    uint32_t n_vendor;
} weir_record_source;

weir_record *weir_record_new(const weir_record_source *source);
void weir_record_free(weir_record *record);

void weir_record_json(const weir_record *record, weir_text *out);
/* NULL with diagnostics that name the file and the place in it ("processes[3].name: missing"). */
weir_record *weir_record_load(const char *path, weir_diag *diag);

/* Fills latency, interval, steady_interval_ps and bottleneck from the rest; anew where `critical` is
 * set after weir_record_new. */
void weir_record_analyse(weir_record *record);

#ifdef __cplusplus
}
#endif
#endif
