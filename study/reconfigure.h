/* Reconfiguration: a network whose parts are loaded in turn into one region of a device.
 *
 *   a batch:  load 1, run 1, load 2, run 2, ... load n, run n;  then the next batch
 * A part (study/turns.h) is a graph of its own with sources and sinks where channels crossed its border.
 * Its run takes from the first input to the last output of the batch's frames, all of which are there
 * when it begins, and is replayed: exact, for every size of the batch. All loads take as long, that of
 * the region (models/region.h: an estimate). So with b frames a batch takes
 *   T(b) = sum over parts of (load + run(b)),   frames per second = b / T(b)
 * and T(b) / b comes down to the sum of the parts' intervals. A frame's latency is counted from the
 * time at which the whole batch is there; frames that arrive at a period wait for it before.
 * Tensors between parts (one a channel that crosses a border) wait in memories beside the region, each
 * in one of its own that holds the whole batch: block RAM while the device has it left, else UltraRAM,
 * else outside, with the bandwidth that this needs. What lies in the region does not draw power while
 * another part is loaded; loading itself is not counted.
 */
#ifndef WEIR_STUDY_RECONFIGURE_H
#define WEIR_STUDY_RECONFIGURE_H

#include "models/cut_set.h"
#include "models/region.h"
#include "study/evaluate_parts.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_turn { /* of one part */
    const char *layers;    /* their names, with commas between */
    uint64_t need[WEIR_RESOURCES];
    weir_cut_set cut;
    /* Last output of frame f from the first input of all, for f < n_out; from then on
     * out(f) = out(f - steady_frames) + steady_ps. */
    uint64_t n_out, *out_ps, steady_frames, steady_ps;
    bool exact; /* the rest is that: a steady state was found; else the mean of the later half */
} weir_turn;

typedef struct weir_border { /* a tensor that waits between two parts */
    const char *name;        /* of its channel */
    uint32_t channel, from, to;
    uint64_t frame_bits;
    weir_storage storage; /* AUTO: outside */
    uint64_t bram18, uram;
} weir_border;

typedef struct weir_reconfigured {
    const weir_device *device;
    uint64_t batch;
    uint64_t arrival_period_ps; /* 0: frames are there as soon as they are wanted */
    uint32_t n_turns;
    weir_turn *turns;
    uint32_t *part; /* of each process of the whole graph */
    weir_region region;
    uint32_t n_borders;
    weir_border *borders;
    uint64_t bram18, uram;          /* of all of them */
    double outside_bits_per_second; /* in the turn that needs most; 0: all are on the chip */
    weir_arena *arena;
} weir_reconfigured;

/* Of a structure whose draft has turns, at the clocks, FIFOs and arrivals given; `listed`: those are of
 * a file. NULL with diagnostics: no
 * costs, a device whose configuration is not known, parts that cannot be, or that deadlock. */
weir_reconfigured *weir_reconfigured_new(const weir_structure *structure,
                                         const weir_domain *domains,
                                         const weir_channel_timing *channels,
                                         uint64_t arrival_period_ps, bool listed, weir_diag *diag);
/* With the structure's own. */
weir_reconfigured *weir_reconfigured_of(const weir_structure *structure, weir_diag *diag);
void weir_reconfigured_free(weir_reconfigured *r);

/* Of batches of so many frames, at least 1. */
uint64_t weir_reconfigured_run_ps(const weir_turn *turn, uint64_t frames);
uint64_t weir_reconfigured_batch_ps(const weir_reconfigured *r, uint64_t frames);
double weir_reconfigured_interval_ps(const weir_reconfigured *r, uint64_t frames);
typedef struct weir_batch_latency {
    uint64_t worst_ps;
    double mean_ps;
} weir_batch_latency;
weir_batch_latency weir_reconfigured_latency(const weir_reconfigured *r, uint64_t frames);
/* What the interval comes down to as the batch grows. */
double weir_reconfigured_limit_ps(const weir_reconfigured *r);
/* The smallest batch with at least as many frames per second as one frame every `interval_ps`; 0: there
 * is none. */
uint64_t weir_reconfigured_break_even(const weir_reconfigured *r, double interval_ps);

/* A line a part, the region, and each tensor that waits. */
void weir_reconfigured_describe(const weir_reconfigured *r, weir_text *out);
/* Figures of the point: times, region and memories, fit, power. */
bool weir_reconfigured_point(const weir_structure *structure, const weir_evaluation *evaluation,
                             const weir_tuned_point *point, weir_finding *finding, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
