/* Cycles of each process by class (sim/classes.h), from a replay that keeps account of activity.
 *
 * The classes are those of the valid and ready bits that generated RTL shows. For an elastic pipeline of
 * L >= 2 stages, reads at stage 0 and writes at the last:
 *   step i asks for its beats from max(I(i-1) + II, X(i-(L-1))) on until I(i): starved;
 *   step j offers its beat from A(j) = max(I(j) + L - 1, X(j-1) + 1) on until X(j): blocked; of
 *   several outputs of one step each waits for the others, so only while a single one has no space;
 *   a cycle with a beat moved is busy, a blocked one is not starved, what is left over is busy.
 * A starved cycle is idle where every port has moved the beats of the same number of frames. Processes
 * of one stage are blocked once their beats are there, starved before. Units: edges of the domain.
 */
#ifndef WEIR_SIM_REPLAY_STATS_H
#define WEIR_SIM_REPLAY_STATS_H

#include "sim/replay_run.h"

typedef struct weir_span { /* edges from .. to - 1 */
    int64_t from, to;
    int64_t frame; /* starved: all inputs stand at the start of this frame; -1: they do not */
} weir_span;

typedef struct weir_spans {
    weir_span *at;
    uint64_t n, room;
} weir_spans;

typedef struct weir_activity {
    weir_spans starved, blocked;
    weir_spans issues, ends; /* single edges: steps that read, that write */
    uint64_t cycles[4];      /* by class; busy ones are the rest */
    uint64_t kept[4];        /* those at the state that may come back */
} weir_activity;

void weir_activity_add(weir_spans *spans, int64_t from, int64_t to, int64_t frame);
/* The frame at whose start all inputs of a process stand; -1: none. */
int64_t weir_activity_frame(const weir_replay *run, const weir_actor *actor);

/* Counts what is sure to be complete; keeps the counts; adds `repeats` times what came since. */
void weir_replay_stats_sweep(weir_replay *run);
void weir_replay_stats_keep(weir_replay *run);
void weir_replay_stats_repeat(weir_replay *run, uint64_t repeats, uint64_t shift_ps);
/* Of process `index` all cycles before edge `cycles`, by class. Once, after the run. */
void weir_replay_stats_close(weir_replay *run, uint32_t index, uint64_t cycles,
                             uint64_t by_class[4]);

void weir_replay_stats_begin(weir_replay *run);
void weir_replay_stats_free(weir_replay *run);

#endif
