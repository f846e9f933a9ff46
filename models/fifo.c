/* FIFO: a ring of slots. Each slot carries the edge from which its beat is readable and the edge
 * from which it is free again; the stamps of the next read and write are kept in `readable_from`
 * and `writable_from`, so that the questions of every cycle are one comparison. */
#include "models/fifo.h"
#include "base/arena.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX

typedef struct slot {
    uint64_t readable_from, free_from;
} slot;

/* Follows the other domain's clock: the first edge strictly after a time that never decreases. */
typedef struct follower {
    weir_domain own, other;
    uint64_t edge, edge_ps; /* of `other`: the answer to the latest question */
} follower;

struct weir_fifo {
    uint64_t writable_from, readable_from;
    uint32_t write_slot, read_slot;
    uint32_t depth, beat_bytes;
    uint64_t forward, backward; /* Lf, Lb; of a CDC FIFO the synchroniser flops */
    uint64_t gap, gap_until; /* cycles from write to write; the edge from which the next may come */
    bool crosses;
    uint32_t max_occupancy; /* after all instants before pending_time */
    uint32_t pending;       /* beats held after pending_time, as far as is known */
    uint64_t pending_time;  /* of the latest write: edge, or picoseconds in a CDC FIFO */
    uint64_t written, was_read;
    slot *slots;
    uint8_t *beats;
    follower to_consumer, to_producer;
};

const char *weir_latency_class_name(weir_latency_class latency) {
    switch (latency) {
    case WEIR_LATENCY_PLAIN:
        return "plain";
    case WEIR_LATENCY_MEMORY:
        return "memory";
    case WEIR_LATENCY_CDC:
        return "cdc";
    }
    return "plain";
}

static void follower_reset(follower *f) {
    f->edge = 0;
    f->edge_ps = f->other.phase_ps;
}

/* weir_clock_after without a division in the common case of a few edges at a time. */
static uint64_t follower_after(follower *f, uint64_t time_ps) {
    for (int step = 0; f->edge_ps <= time_ps; step++) {
        if (step == 8) {
            f->edge = weir_clock_after(&f->other, time_ps);
            f->edge_ps = weir_clock_edge_ps(&f->other, f->edge);
            break;
        }
        f->edge++;
        f->edge_ps += f->other.period_ps;
    }
    return f->edge;
}

weir_fifo *weir_fifo_new(const weir_fifo_spec *spec) {
    assert(spec->depth >= 1 && spec->beat_bytes >= 1);
    weir_fifo *fifo = weir_xcalloc(1, sizeof *fifo);
    fifo->depth = spec->depth;
    fifo->beat_bytes = spec->beat_bytes;
    fifo->forward = spec->latency == WEIR_LATENCY_MEMORY ? 2 : 1;
    fifo->backward = 1;
    fifo->gap = spec->write_gap;
    if (spec->latency == WEIR_LATENCY_CDC) {
        assert(spec->flops >= 1 && spec->producer != NULL && spec->consumer != NULL);
        fifo->gap = 0;
        fifo->crosses = true;
        fifo->forward = fifo->backward = spec->flops;
        fifo->to_consumer = (follower){.own = *spec->producer, .other = *spec->consumer};
        fifo->to_producer = (follower){.own = *spec->consumer, .other = *spec->producer};
    }
    fifo->slots = weir_xcalloc(spec->depth, sizeof *fifo->slots);
    fifo->beats = weir_xcalloc(spec->depth, spec->beat_bytes);
    weir_fifo_reset(fifo);
    return fifo;
}

void weir_fifo_free(weir_fifo *fifo) {
    if (fifo == NULL) return;
    free(fifo->slots);
    free(fifo->beats);
    free(fifo);
}

void weir_fifo_reset(weir_fifo *fifo) {
    fifo->writable_from = fifo->gap_until = 0;
    fifo->readable_from = NEVER;
    fifo->write_slot = fifo->read_slot = 0;
    fifo->max_occupancy = fifo->pending = 0;
    fifo->pending_time = NEVER;
    fifo->written = fifo->was_read = 0;
    memset(fifo->slots, 0, fifo->depth * sizeof *fifo->slots);
    follower_reset(&fifo->to_consumer);
    follower_reset(&fifo->to_producer);
}

bool weir_fifo_can_write(const weir_fifo *fifo, uint64_t producer_edge) {
    return producer_edge >= fifo->writable_from;
}

bool weir_fifo_can_read(const weir_fifo *fifo, uint64_t consumer_edge) {
    return consumer_edge >= fifo->readable_from;
}

uint64_t weir_fifo_writable_from(const weir_fifo *fifo) {
    return fifo->writable_from;
}

uint64_t weir_fifo_readable_from(const weir_fifo *fifo) {
    return fifo->readable_from;
}

static void copy_beat(uint8_t *to, const void *from, uint32_t bytes) {
    switch (bytes) { /* constant sizes become single moves */
    case 1:
        memcpy(to, from, 1);
        break;
    case 2:
        memcpy(to, from, 2);
        break;
    case 4:
        memcpy(to, from, 4);
        break;
    case 8:
        memcpy(to, from, 8);
        break;
    default:
        memcpy(to, from, bytes);
    }
}

void weir_fifo_write(weir_fifo *fifo, uint64_t producer_edge, const void *beat) {
    uint64_t time = producer_edge, stamp = producer_edge;
    if (fifo->crosses) {
        time = weir_clock_edge_ps(&fifo->to_consumer.own, producer_edge);
        stamp = follower_after(&fifo->to_consumer, time);
    }
    uint32_t at = fifo->write_slot;
    fifo->slots[at].readable_from = stamp + fifo->forward;
    copy_beat(fifo->beats + (size_t)at * fifo->beat_bytes, beat, fifo->beat_bytes);
    if (fifo->written == fifo->was_read) fifo->readable_from = stamp + fifo->forward;
    fifo->written++;
    if (++at == fifo->depth) at = 0;
    fifo->write_slot = at;
    uint32_t held = (uint32_t)(fifo->written - fifo->was_read);
    fifo->writable_from = held == fifo->depth ? NEVER : fifo->slots[at].free_from;
    fifo->gap_until = producer_edge + fifo->gap;
    if (fifo->writable_from < fifo->gap_until) fifo->writable_from = fifo->gap_until;

    if (fifo->pending > fifo->max_occupancy) fifo->max_occupancy = fifo->pending;
    fifo->pending = held;
    fifo->pending_time = time;
}

const void *weir_fifo_head(const weir_fifo *fifo) {
    return fifo->beats + (size_t)fifo->read_slot * fifo->beat_bytes;
}

void weir_fifo_read(weir_fifo *fifo, uint64_t consumer_edge) {
    uint64_t time = consumer_edge, stamp = consumer_edge;
    if (fifo->crosses) {
        time = weir_clock_edge_ps(&fifo->to_producer.own, consumer_edge);
        stamp = follower_after(&fifo->to_producer, time);
    }
    uint32_t at = fifo->read_slot;
    fifo->slots[at].free_from = stamp + fifo->backward;
    if (fifo->writable_from == NEVER) {
        fifo->writable_from = stamp + fifo->backward;
        if (fifo->writable_from < fifo->gap_until) fifo->writable_from = fifo->gap_until;
    }
    fifo->was_read++;
    if (++at == fifo->depth) at = 0;
    fifo->read_slot = at;
    bool empty = fifo->written == fifo->was_read;
    fifo->readable_from = empty ? NEVER : fifo->slots[at].readable_from;

    if (time == fifo->pending_time) fifo->pending--; /* it left in the instant of the write */
}

uint64_t weir_fifo_written(const weir_fifo *fifo) {
    return fifo->written;
}

uint64_t weir_fifo_was_read(const weir_fifo *fifo) {
    return fifo->was_read;
}

uint32_t weir_fifo_max_occupancy(const weir_fifo *fifo) {
    return fifo->pending > fifo->max_occupancy ? fifo->pending : fifo->max_occupancy;
}
