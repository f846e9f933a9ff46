/* Inside the scalar replay: what a run holds, and how its parts move.
 *
 * A channel has two rings of gates, indexed by the number of the beat: the writer leaves in `readable`
 * the edge from which its beat can be read, the reader leaves in `writable`, `depth` beats on, the edge
 * from which that slot can be written. Gate 0 is "always": no event comes before edge 0. A ring of a
 * power of two not below the depth is enough, as the writer is never more than `depth` beats ahead.
 * An actor (process, source or sink) runs until it lacks a beat, or space, that another must give
 * first; it then says so at the channel, and is queued again once the other has moved.
 * An elastic process issues a step at stage 0 and ends it at its last stage. It ends each step before
 * it issues the next; only when nothing else can move does it issue on, ahead of steps that cannot end
 * yet (`later` holds those that may), for that takes longer and is seldom needed.
 */
#ifndef WEIR_SIM_REPLAY_CORE_H
#define WEIR_SIM_REPLAY_CORE_H

#include "sim/replay_cursor.h"

/* The first edge of one domain strictly after an edge of another, exactly and without a division:
 * quotients by multiplication with a 65-bit reciprocal (Granlund and Montgomery, PLDI 1994). */
typedef struct weir_crossing {
    int64_t period_ps, offset_ps; /* own; own phase - the other's */
    uint64_t reciprocal;
    uint8_t shift_one, shift_rest;
} weir_crossing;

static inline int64_t weir_crossing_after(const weir_crossing *x, int64_t edge) {
    int64_t ps = edge * x->period_ps + x->offset_ps;
    uint64_t n = (uint64_t)ps;
    uint64_t high = (uint64_t)(((unsigned __int128)x->reciprocal * n) >> 64);
    uint64_t quotient = (high + ((n - high) >> x->shift_one)) >> x->shift_rest;
    return ps < 0 ? 0 : (int64_t)quotient + 1;
}

typedef struct weir_event_log { /* edges of events number `from` on */
    int64_t *edges;
    uint64_t from, room;
} weir_event_log;

typedef struct weir_replay_channel {
    int64_t *readable, *writable;
    uint64_t mask, depth;
    uint64_t written, taken; /* beats; `written` counts the initial ones */
    int64_t forward, backward;
    bool crosses, reader_waits, writer_waits;
    bool special; /* a slice at an end, or frames that begin or end here */
    uint32_t producer, consumer;
    weir_crossing to_consumer, to_producer;
    int64_t write_gap;             /* 0: none */
    int64_t last_write, last_read; /* none yet: far before edge 0 */
    uint64_t ring;                 /* entries there is memory for */
    uint64_t initial, skipped;     /* beats extrapolated */
    weir_event_log writes, reads;  /* where a run records; `writes` without the initial beats */
    uint64_t counted_writes, counted_reads; /* for the occupancy */
    /* Register slices of the consumer and of the producer, in beats; 0: none. `used` beats have left
     * that of the consumer, `put` have come into that of the producer. Rings of the latest edges. */
    uint64_t slice_in, slice_out, used, put;
    int64_t read_at[WEIR_MOST_SLICE], used_at[WEIR_MOST_SLICE];
    int64_t put_at[WEIR_MOST_SLICE], sent_at[WEIR_MOST_SLICE];
    uint32_t most_held;
    struct weir_replay *begins,
        *ends; /* frames begin with a read, end with a write of it; NULL: not */
    uint64_t frame_beats;
} weir_replay_channel;

typedef struct weir_pending { /* a step that was issued and has not ended */
    int64_t exit;             /* from when it could */
    uint64_t count;           /* its number */
    uint32_t set;
} weir_pending;

typedef struct weir_gated_stage { /* of an elastic process that is not plain */
    uint32_t stage;
    uint64_t distance; /* from the gated stage before */
    weir_net_cursor at;
    int64_t time;    /* of the latest step */
    uint64_t count;  /* steps so far */
    int64_t *recent; /* ring of times, by number of step */
    uint64_t mask;
} weir_gated_stage;

typedef struct weir_skid { /* one output of a free-running pipeline */
    uint32_t channel;
    weir_pending *waiting; /* ring: steps whose beat has not left */
    uint64_t head, n;
    int64_t last;     /* latest beat out */
    int64_t *largest; /* the latest C releases by size, falling; -1: fewer so far */
} weir_skid;

typedef struct weir_actor {
    const weir_net_node *node;
    weir_net_cursor at;
    uint32_t index;
    bool queued, queued_later, gapped; /* gapped: a gap between writes, or a slice, at a port */
    int64_t time;                      /* of the latest issue, or beat of a source or sink */
    uint64_t count;                    /* initiations so far */
    int64_t interval, length;          /* ii_cycles; stages - 1 */
    unsigned half;      /* of an initiation in two halves, the one that is done: 1, 2; 0: none */
    int64_t half_time;  /* when */
    int64_t half_beats; /* from when it waited for space alone */
    /* A plain elastic process: X(i), the end of step i, is at least `lag` + i; issue i waits for
     * echo[i], the end of step i - length, which cannot bind for i > `echo_until`. */
    int64_t lag;
    uint64_t echo_until;
    int64_t *echo;
    weir_pending *pending; /* a ring, like `echo`, of more than `length` */
    uint64_t ring_mask, pending_head, n_pending;
    weir_gated_stage *stages; /* of an elastic process that is not plain */
    uint32_t n_stages;
    weir_skid *skids; /* of each output of an frp process, `skid_depth` beats deep */
    uint64_t skid_depth;
    /* A source or sink. */
    uint64_t beat, frame_beats; /* next one of the frame */
    uint64_t stimulus;          /* a source's next frame, lost ones counted */
    int64_t arrival;            /* its edge; -1: none is left */
    uint64_t bound_frame;       /* 1 + the latest frame that waited for its arrival; 0: none did */
    const char *pause;
    uint64_t pause_length;          /* 0: never */
    struct weir_activity *activity; /* where a run keeps account of cycles (sim/replay_stats.h) */
} weir_actor;

#endif
