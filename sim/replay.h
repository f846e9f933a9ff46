/* Replay: the time of every port event by arithmetic, exactly the RTL's.
 *
 * A net is built once: processes with their schedules (traces/schedule.h), sources, sinks and
 * channels. Depths, latencies, clocks, arrivals and pauses are parameters of a run. Each process runs
 * ahead until it lacks an event of another, then the other runs; times do not depend on that order.
 * When the whole state at the end of a frame repeats that of an earlier one, shifted in time, the rest
 * is extrapolated: the times are those that the long way gives.
 *
 * Gates (DESIGN's and models/fifo.h's): a read of beat k waits for write k - initial, plus `forward`
 * cycles, or, where the channel crosses domains, N_c(E_p(w)) + forward - 1; a write of beat j waits for
 * read j + initial - depth, plus `backward`, or N_p(E_c(r)) + backward - 1.
 * Units: edges of the owner's domain, picoseconds where named so.
 */
#ifndef WEIR_SIM_REPLAY_H
#define WEIR_SIM_REPLAY_H

#include "models/graph.h"
#include "traces/schedule.h"
#include "traces/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_net_process {
    const char *name;
    weir_process_kind kind;
    uint32_t domain;
    const weir_schedule *schedule;    /* of a PROCESS; of a source and sink NULL */
    const uint32_t *inputs, *outputs; /* channel at each port, as many as the schedule says */
} weir_net_process;

typedef struct weir_net_channel {
    const char *name;
    uint32_t producer, producer_port, consumer, consumer_port;
    uint64_t frame_beats;             /* of a source's or sink's channel: beats of a frame */
    uint32_t initial;                 /* beats it holds before the first edge */
    uint32_t frame_step, frame_first; /* as of weir_channel */
    bool at_port; /* of a source's or sink's: frames begin and end at its far side */
} weir_net_channel;

typedef struct weir_net weir_net;

/* Copies everything but the schedules, which are borrowed. */
weir_net *weir_net_new(const char *name, uint32_t n_domains, const weir_net_process *processes,
                       uint32_t n_processes, const weir_net_channel *channels, uint32_t n_channels);
/* The net of a sealed graph; NULL with an error for each process without a schedule. */
weir_net *weir_net_of_graph(const weir_graph *graph, weir_diag *diag);
void weir_net_free(weir_net *net);
uint32_t weir_net_channels(const weir_net *net);
uint32_t weir_net_processes(const weir_net *net);
const weir_net_process *weir_net_process_at(const weir_net *net, uint32_t index);
const weir_net_channel *weir_net_channel_at(const weir_net *net, uint32_t index);

/* Frames in a pass of a process's schedule (1 of a source, a sink, and most processes): steady states
 * repeat after a multiple of it. And the least number that all passes fit into. */
uint32_t weir_net_turns(const weir_net *net, uint32_t process);
uint32_t weir_net_period(const weir_net *net);

typedef struct weir_channel_timing {
    uint32_t depth;
    uint32_t forward, backward; /* cycles, at least 1; crossing: synchroniser flops + 1 */
    uint32_t write_gap;         /* least cycles between two writes; 0 and 1: none */
} weir_channel_timing;

typedef struct weir_replay_parameters {
    const weir_domain *domains;
    const weir_channel_timing *channels;
    uint64_t frames;            /* of the stimulus */
    const uint64_t *arrival_ps; /* one a frame; NULL: periodic */
    uint64_t arrival_period_ps; /* frame f arrives at f times this; 0: as fast as possible */
    bool drop;                  /* sources lose frames as sim/run.h says; one source only */
    const char *const *pauses;  /* of each process, '0' of a pattern = a source sends (a sink takes)
                                   nothing in that cycle; NULL, and NULL entries: never */
    bool no_steady;             /* go the long way */
    uint64_t until_ps;          /* events after it are not needed; 0: none */
} weir_replay_parameters;

/* Timing and clocks of a sealed graph, to be changed at will; `channels` and `domains` have room for
 * all of them. */
void weir_replay_of_graph(const weir_graph *graph, weir_domain *domains,
                          weir_channel_timing *channels);
/* What storage means for time: cycles of a channel of one latency class. */
void weir_channel_timing_set(weir_channel_timing *timing, weir_latency_class latency,
                             uint32_t flops);

typedef struct weir_replay_wait { /* where a process stood when nothing could move */
    uint32_t process, channel;    /* channel WEIR_NONE: it waits for nothing */
    bool full;                    /* waits for space, else for a beat */
} weir_replay_wait;

typedef struct weir_replay_result {
    uint64_t n_frames, n_dropped; /* that left every sink; lost by the source */
    uint64_t *index;              /* of each frame in the stimulus; all entries of this and the */
    uint64_t *first_in_ps,
        *last_out_ps; /* next two, n_frames of them, where `times` was asked for */
    uint64_t latency_ps, last_latency_ps; /* of the first and of the last frame */
    uint64_t end_ps;                      /* the last frame's last beat */
    bool steady;          /* from frame `steady_from` on, `steady_frames` frames take */
    uint64_t steady_from; /*   `steady_ps` */
    uint64_t steady_frames, steady_ps;
    bool deadlock;
    uint64_t deadlock_ps; /* the last event */
    uint32_t n_waits;
    weir_replay_wait *waits; /* of every process that waits */
    uint64_t events;         /* port events computed one by one, extrapolated ones left out */
    uint32_t
        *max_occupancy; /* of each channel, as weir_fifo_max_occupancy; NULL unless asked for */
    uint64_t *writes, *reads; /* of each channel, in all */
    weir_trace *trace;        /* NULL unless asked for */
} weir_replay_result;

typedef enum weir_replay_want {
    WEIR_WANT_TIMES = 1, /* of every frame */
    WEIR_WANT_OCCUPANCY = 2,
    WEIR_WANT_TRACE = 4, /* every event of all frames; no extrapolation then */
} weir_replay_want;

/* A replay keeps the memory of a run, to be used again and again by one thread. */
typedef struct weir_replay weir_replay;
weir_replay *weir_replay_new(const weir_net *net);
void weir_replay_free(weir_replay *replay);
/* False with diagnostics where the parameters make no sense (depth 0, falling arrivals, a pattern
 * that always pauses). A deadlock is a result like any other, exact up to it. The result belongs to
 * the replay and holds until its next run. */
bool weir_replay_run(weir_replay *replay, const weir_replay_parameters *parameters, unsigned want,
                     const weir_replay_result **result, weir_diag *diag);

/* Many parameter sets at once: vector lanes in each thread, threads over sets. Sets may differ in
 * all but `frames`; an answer is what weir_replay_run says. `threads` 0: all cores. */
typedef struct weir_replay_answer {
    uint64_t n_frames, latency_ps, last_latency_ps, end_ps;
    uint64_t half,
        half_ps; /* where it is not steady: a frame about halfway, and its last beat; 0: of
                               fewer than two frames */
    bool steady, deadlock;
    uint64_t steady_from, steady_frames, steady_ps;
    uint64_t events;
} weir_replay_answer;
bool weir_replay_many(const weir_net *net, const weir_replay_parameters *sets, uint32_t n_sets,
                      uint32_t threads, weir_replay_answer *answers, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
