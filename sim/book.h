/* What every engine keeps account of while a run goes on: beats, frames, the event trace, expected
 * data, the classes of each cycle, sources and sinks. The engines differ in who tells the book that
 * a beat moved; what follows from it is here, once.
 *
 * A source sends one beat a cycle; frame f from the first edge at or after its arrival on. With
 * `drop`, frame f is lost if the frame before it is not completely sent before that edge. A sink is
 * ready, and a source sends, in every cycle that its pause pattern does not mark.
 * Nothing here allocates between weir_book_new and weir_book_finish. Times: edge indices of the
 * owner's domain, and picoseconds where named so.
 */
#ifndef WEIR_SIM_BOOK_H
#define WEIR_SIM_BOOK_H

#include "sim/classes.h"
#include "sim/run.h"

#define WEIR_NEVER UINT64_MAX

/* A channel of the run. `frame` and `beat` say where the next write and read are, in its own frames. */
typedef struct weir_lane {
    const weir_channel *channel;
    uint32_t index;
    uint64_t frame_beats, writes, reads;
    uint64_t write_frame, write_beat, read_frame, read_beat;
    weir_trace_channel *traced; /* or NULL */
    uint64_t room;              /* beats of all frames */
    uint8_t *block;             /* expected beats, or NULL: unchecked */
    const uint8_t *next;        /* the next one in it */
    uint64_t left;              /* beats left in it */
    bool begins, ends; /* frames, at the port of the process behind a source, before a sink */
    bool constant;     /* its producer has no inputs: every frame is alike, sent or not */
} weir_lane;

typedef struct weir_pause {
    const char *pattern; /* bit of edge n is n modulo the length */
    uint64_t length;     /* 0: never */
    uint64_t *open;      /* of the first k cycles, so many do not pause; length + 1 entries */
} weir_pause;

typedef struct weir_source_node {
    const weir_domain *domain;
    uint32_t process;
    weir_lane *lane;
    uint64_t frame, order; /* in the stimulus, among those sent */
    uint64_t beat;         /* next one of the frame */
    uint64_t arrival_edge; /* of the frame; WEIR_NEVER when none is left */
    weir_pause pause;
    uint8_t *block;
    const uint8_t *next;
    uint64_t left;
} weir_source_node;

typedef struct weir_sink_node {
    const weir_domain *domain;
    uint32_t process;
    weir_lane *lane;
    weir_pause pause;
    uint8_t *outputs; /* of the first sink: the result's */
} weir_sink_node;

typedef struct weir_book {
    const weir_graph *graph;
    const weir_run_options *options;
    struct weir_opened *const *opened; /* models to be used (sim/opened.h); NULL: build and open */
    weir_result *result;
    weir_lane *lanes;
    weir_source_node *sources; /* in graph order */
    weir_sink_node *sinks;
    uint32_t n_sources, n_sinks;
    uint64_t beats;        /* moved on any channel, both sides counted */
    uint64_t last_beat_ps; /* when the latest moved */
    uint64_t n_started;    /* frames of which a source has sent a beat */
    bool ended;            /* all frames that were sent have left the sinks, or `stop` was set */
    double started_at, reported_at; /* seconds */
} weir_book;

/* Checks the options against the graph, and makes an empty result with room for everything. */
weir_book *weir_book_new(const weir_graph *graph, const weir_run_options *options, weir_diag *diag);
/* Ends the account: totals, first mismatch, frames completed. The result is the caller's. */
weir_result *weir_book_finish(weir_book *book, uint64_t end_ps);
void weir_book_free(weir_book *book); /* with its result, unless finished */

/* Compares beat `number` of the lane's own frame `own`; in order, each beat once. */
void weir_book_check(weir_book *book, weir_lane *lane, uint64_t own, uint64_t number,
                     const void *beat);

/* A frame begins with the read just about to be told, ends with the write just told (`at_port`). */
void weir_book_begin_frame(weir_book *book, const weir_lane *lane, uint64_t time_ps);
void weir_book_end_frame(weir_book *book, const weir_lane *lane, uint64_t time_ps);

/* A beat was written to, or read from, a channel; written beats are checked unless NULL. */
static inline void weir_book_write(weir_book *book, weir_lane *lane, uint64_t edge,
                                   uint64_t time_ps, const void *beat) {
    if (lane->block != NULL && beat != NULL)
        weir_book_check(book, lane, lane->write_frame, lane->write_beat, beat);
    if (lane->traced != NULL && lane->writes < lane->room) {
        lane->traced->writes[lane->writes] = edge;
        lane->traced->n_writes = lane->writes + 1;
    }
    lane->writes++;
    if (++lane->write_beat == lane->frame_beats) {
        lane->write_beat = 0;
        lane->write_frame++;
        if (lane->ends) weir_book_end_frame(book, lane, time_ps);
    }
    book->beats++;
    book->last_beat_ps = time_ps;
}

static inline void weir_book_read(weir_book *book, weir_lane *lane, uint64_t edge,
                                  uint64_t time_ps) {
    if (lane->begins && lane->read_beat == 0) weir_book_begin_frame(book, lane, time_ps);
    if (lane->traced != NULL && lane->reads < lane->room) {
        lane->traced->reads[lane->reads] = edge;
        lane->traced->n_reads = lane->reads + 1;
    }
    lane->reads++;
    if (++lane->read_beat == lane->frame_beats) {
        lane->read_beat = 0;
        lane->read_frame++;
    }
    book->beats++;
    book->last_beat_ps = time_ps;
}

static inline bool weir_pause_at(const weir_pause *pause, uint64_t edge) {
    return pause->length > 0 && pause->pattern[edge % pause->length] == '0';
}
/* How many of the edges first .. end - 1 do not pause; the first from `edge` on that does not. */
uint64_t weir_pause_open(const weir_pause *pause, uint64_t first, uint64_t end);
uint64_t weir_pause_ends(const weir_pause *pause, uint64_t edge);
/* Source: the beat it offers at `edge`, NULL if none; what follows when it was taken. */
const uint8_t *weir_source_offer(weir_book *book, weir_source_node *source, uint64_t edge);
void weir_source_sent(weir_book *book, weir_source_node *source, uint64_t edge, uint64_t time_ps);
/* Sink: does it take a beat at `edge`; what follows when it did. */
bool weir_sink_ready(const weir_book *book, const weir_sink_node *sink, uint64_t edge);
void weir_sink_took(weir_book *book, weir_sink_node *sink, uint64_t edge, uint64_t time_ps,
                    const void *beat);

/* Now and then (every few hundred edges): reports progress, heeds `stop`. */
void weir_book_poll(weir_book *book, uint64_t time_ps);
/* A source has nothing to send yet, but will: a run without beats is not stuck then. */
bool weir_book_awaits_frame(const weir_book *book, uint64_t time_ps);

/* No frame of the process is under way: all its ports stand at the start of the same frame. */
bool weir_book_between_frames(const weir_book *book, uint32_t process);

double weir_seconds(void); /* of a steady clock */

#endif
