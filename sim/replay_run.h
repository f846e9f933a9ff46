/* A run of the scalar replay, and what its source files do for one another.
 *
 * Frame by frame: all actors may go on to the end of frame f, and do until none can move; then f + 1.
 * The order in which they move makes no difference to times, so a frame's end is a state like any
 * other, but one that comes back. Units: edges of the owner's domain, picoseconds where named so.
 */
#ifndef WEIR_SIM_REPLAY_RUN_H
#define WEIR_SIM_REPLAY_RUN_H

#include "sim/replay_core.h"

/* Besides weir_replay_want, for the engine behind weir_run: cycles by class, and no write counted for
 * the occupancy after the last beat of the last frame. */
#define WEIR_WANT_CYCLES 256u
/* Of all processes what they do before they ask for a beat of a frame that never comes; part of
 * WEIR_WANT_CYCLES. */
#define WEIR_WANT_AFTER 512u

typedef struct weir_replay_frame {
    uint64_t index, first_in_ps, last_out_ps;
    uint64_t done_ps; /* its last beat at any source or sink */
} weir_replay_frame;

struct weir_replay {
    const weir_net *net;
    const weir_replay_parameters *parameters;
    struct weir_arena *arena; /* what no run changes the size of */
    weir_replay_channel *channels;
    weir_actor *actors;
    uint32_t *queue, *later; /* rings of actors */
    uint32_t queue_mask, queue_head, n_queue, later_head, n_later;
    uint64_t limit; /* no actor goes beyond this many frames */
    unsigned want;
    const volatile int *stop; /* not NULL: the run ends, cut short, once it is set */
    bool record;              /* events are logged */
    bool stats;               /* activity is, too */
    bool runs_out;            /* processes go on as if there were a frame more than there is */
    bool ran_out;             /* that frame is allowed by now */
    bool affine;              /* frame f arrives at first_arrival + f * arrival_period */
    uint64_t first_arrival_ps, arrival_period_ps;
    weir_replay_frame *frames; /* those computed: frame f is at f - skipped once any were skipped */
    uint64_t frames_room;
    /* What was extrapolated: frames, of the stimulus and those sent, and from which one on. */
    uint64_t skipped, skipped_stimulus, skipped_from;
    uint64_t stimulus_of_repeat;
    bool cut_short; /* ended by until_ps, or `stop` */
    struct weir_steady *steady;
    weir_replay_result result;
};

/* Runs an actor as far as it gets. */
void weir_replay_step(weir_replay *run, weir_actor *actor);
void weir_replay_step_ahead(weir_replay *run, weir_actor *actor);
/* When nothing moves: the earliest issue of an frp process that waits for what cannot come before.
 * EARLY: something of the next frame could. */
typedef enum weir_guess { WEIR_GUESS_NONE, WEIR_GUESS_MADE, WEIR_GUESS_EARLY } weir_guess;
weir_guess weir_replay_guess(weir_replay *run);
void weir_replay_set_arrival(weir_replay *run, weir_actor *source);
/* There are sources, and none has anything left to send. */
bool weir_replay_sources_done(const weir_replay *run);
uint64_t weir_replay_edge_ps(const weir_replay *run, const weir_actor *actor, int64_t edge);

/* Event logs: room for the events up to `limit`, beats held so far, what is not needed any more. */
void weir_replay_log_reserve(weir_replay *run);
void weir_replay_log_count(weir_replay *run, bool last, uint64_t cut_ps);
void weir_replay_log_discard(weir_replay *run);
void weir_replay_log_shift(weir_replay *run, uint32_t channel, int64_t write_edges,
                           int64_t read_edges);
void weir_replay_log_free(weir_replay *run);
weir_trace *weir_replay_log_trace(const weir_replay *run);

/* Steady state. At the end of each frame: has the state come back? Then the run is moved on by as many
 * whole repeats as leave a frame to compute, and the result says so. */
void weir_replay_steady_begin(weir_replay *run);
void weir_replay_steady_look(weir_replay *run);
void weir_replay_steady_free(weir_replay *run);

/* The result, once all frames are computed; a frame of it; when every source and sink is through with
 * the last of them, or, where they never are, the last event. */
void weir_replay_finish(weir_replay *run);
weir_replay_frame weir_replay_frame_at(const weir_replay *run, uint64_t frame);
uint64_t weir_replay_end_ps(const weir_replay *run);

#endif
