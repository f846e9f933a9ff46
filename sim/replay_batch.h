/* Inside the batched replay: eight parameter sets side by side, one lane each.
 *
 * All lanes take the same steps in the same order: what can move is decided by beat counts alone,
 * with the least depth of all lanes, and only times are per lane. So a reader leaves the time from
 * which a slot can be written `depth` beats on, each lane with its own depth; a lane that has more
 * depth than the least finds it there early. Where that order cannot go on although some lane alone
 * could (a depth set that deadlocks beside one that does not), the lanes not yet done are left to
 * the scalar replay, as are free-running pipelines, lost frames and times asked for up to an
 * instant. A lane is done when its state repeats that of an earlier frame, or all its frames are.
 * Memory is laid out the same for every instruction set; the steps (replay_lanes.c) are compiled
 * for each. Times are signed edges of the owner's domain; up to WEIR_LANE_MOST_PS they convert
 * between clocks exactly in double precision.
 */
#ifndef WEIR_SIM_REPLAY_BATCH_H
#define WEIR_SIM_REPLAY_BATCH_H

#include "sim/replay_cursor.h"

#ifdef __cplusplus
extern "C" {
#define WEIR_ALIGNED alignas(64)
#else
#define WEIR_ALIGNED _Alignas(64)
#endif

#define WEIR_LANES 8
#define WEIR_LANE_MOST_PS (INT64_C(1) << 50)

typedef struct weir_lanes {
    WEIR_ALIGNED int64_t at[WEIR_LANES];
} weir_lanes;

typedef struct weir_lane_numbers {
    WEIR_ALIGNED double at[WEIR_LANES];
} weir_lane_numbers;

typedef struct weir_lane_crossing {   /* from edges of one domain to the next ones of another */
    weir_lane_numbers period, offset; /* of the first; its phase less the other's */
    weir_lane_numbers other, inverse; /* period of the other, and 1 over it */
} weir_lane_crossing;

typedef struct weir_lane_channel {
    weir_lanes *readable, *writable; /* rings of gates, by number of beat */
    uint64_t mask;
    uint64_t written, taken; /* beats; `written` counts the initial ones */
    uint64_t depth, most;    /* least and greatest of all lanes */
    bool crosses, even, gaps, reader_waits, writer_waits; /* even: every lane has `depth` */
    uint32_t producer, consumer;
    uint64_t depths[WEIR_LANES];
    weir_lanes forward, backward; /* crossing: less the one that the conversion adds */
    weir_lanes gap, next_write;   /* where `gaps` */
    weir_lane_crossing to_consumer, to_producer;
    uint64_t ring; /* entries there is memory for */
} weir_lane_channel;

typedef enum weir_lane_step {
    WEIR_STEP_SINGLE, /* all gates bind the issue: lockstep, credit, elastic of one stage */
    WEIR_STEP_DEEP,   /* plain elastic: reads at issue, writes at the end */
    WEIR_STEP_STAGES, /* any elastic: stage by stage */
    WEIR_STEP_SOURCE,
    WEIR_STEP_SINK,
} weir_lane_step;

typedef struct weir_lane_actor {
    const weir_net_node *node;
    weir_lane_step step;
    weir_net_cursor at, exit; /* exit: of a DEEP one that issued further than it ended */
    uint64_t issued, ended;
    int64_t interval, length;  /* between issues; stages - 1 */
    weir_lanes time, end;      /* of the latest issue, the latest end */
    weir_lanes *issues, *ends; /* rings by number of step; of STAGES `ends` has each stage's time */
    uint64_t mask;
    uint64_t *passed;                  /* STAGES: steps that left each stage */
    uint32_t *sets;                    /* STAGES: ring by number of step */
    uint64_t frame, beat, frame_beats; /* of a source or sink: the next one */
    bool pauses;
    uint32_t *skip[WEIR_LANES]; /* edges to the next one without pause, by phase of the pattern */
    uint64_t skip_length[WEIR_LANES];
    weir_lanes first, *history; /* a source's first, a sink's last beat of each frame */
    weir_lanes bound;           /* 1 + a source's latest frame that waited for its arrival */
    uint64_t history_mask;
} weir_lane_actor;

typedef struct weir_lane_moment { /* the state between two frames, to be found again */
    uint64_t frame;               /* how many are done; 0: none saved yet */
    uint64_t *counts;             /* what is common to all lanes */
    weir_lanes *times;            /* gates and times; those that cannot bind all look the same */
    uint32_t *domains;            /* of each time */
    uint64_t n_counts, n_times, room_counts, room_times;
} weir_lane_moment;

typedef struct weir_batch {
    const weir_net *net;
    const weir_replay_parameters *sets[WEIR_LANES]; /* unused lanes repeat the last */
    uint32_t asked, done;                           /* a bit a lane */
    weir_lane_channel *channels;
    weir_lane_actor *actors;
    uint64_t *ready; /* a bit an actor */
    uint32_t n_words;
    uint64_t limit;  /* frames that may be begun */
    uint64_t events; /* of one lane */
    weir_lane_moment now, saved;
    uint64_t next_save; /* the frame after which the state is saved again */
    struct weir_arena *arena;
} weir_batch;

/* Runs until nothing can move within `limit` frames. */
typedef void (*weir_lanes_fn)(weir_batch *batch);
void weir_lanes_run_avx512(weir_batch *batch);
void weir_lanes_run_avx2(weir_batch *batch);
void weir_lanes_run_plain(weir_batch *batch);

/* Does this machine have what they are compiled for? */
bool weir_lanes_have_avx512(void);
bool weir_lanes_have_avx2(void);

/* weir_replay_many by the steps of one instruction set. */
bool weir_replay_many_by(weir_lanes_fn lanes, const weir_net *net,
                         const weir_replay_parameters *sets, uint32_t n_sets, uint32_t threads,
                         weir_replay_answer *answers, weir_diag *diag);

/* Moments (replay_moment.c): a bit for each lane whose state is that of `saved` again, and how long
 * that took. */
uint32_t weir_moment_take(weir_batch *batch, uint64_t shift_ps[WEIR_LANES]);
/* Saves the state just taken where it is time to. */
void weir_moment_keep(weir_batch *batch);
void weir_moment_free(weir_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
