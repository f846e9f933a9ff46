/* FIFO: the C model of a channel, equal to rtl/weir_fifo.sv, weir_fifo_memory.sv and
 * weir_fifo_cdc.sv in every cycle.
 *
 * Times are edge indices of the owner's domain. D is the depth in beats, output register included.
 *   plain  (register/SRL): readable from n + 1, freed from n + 1
 *   memory (BRAM/URAM/LUTRAM with output register): readable from n + 2, freed from n + 1; D >= 2
 *   CDC    (n synchroniser flops, combinational flags): a write at time t is readable from consumer
 *          edge N_c(t) + flops, a read at t frees its slot from producer edge N_p(t) + flops
 * A write is never accepted while full, even with a read in the same cycle; with `write_gap` g, nor
 * earlier than g cycles after the write before it.
 *
 * The model stamps every beat with the edge from which it is readable and every slot with the edge
 * from which it is free. A stamp always lies after the edge that made it, so neither the order of
 * processes within an edge nor that of domains with simultaneous edges can be seen.
 * Units: edges, beats, bytes. Nothing here allocates after weir_fifo_new.
 */
#ifndef WEIR_MODELS_FIFO_H
#define WEIR_MODELS_FIFO_H

#include "models/clock.h"
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_latency_class {
    WEIR_LATENCY_PLAIN,
    WEIR_LATENCY_MEMORY,
    WEIR_LATENCY_CDC,
} weir_latency_class;

const char *weir_latency_class_name(weir_latency_class latency);

typedef struct weir_fifo_spec {
    uint32_t depth;
    uint32_t beat_bytes;
    weir_latency_class latency;
    uint32_t flops; /* CDC only, at least 1 */
    const weir_domain *producer, *consumer;
    uint32_t write_gap; /* least edges from one write to the next; 0 and 1: none; not CDC */
} weir_fifo_spec;

typedef struct weir_fifo weir_fifo;

weir_fifo *weir_fifo_new(const weir_fifo_spec *spec);
void weir_fifo_free(weir_fifo *fifo);
void weir_fifo_reset(weir_fifo *fifo);

bool weir_fifo_can_write(const weir_fifo *fifo, uint64_t producer_edge);
bool weir_fifo_can_read(const weir_fifo *fifo, uint64_t consumer_edge);
/* The edge from which the next write (read) is possible; UINT64_MAX while only an operation of the
 * other side can make it so. */
uint64_t weir_fifo_writable_from(const weir_fifo *fifo);
uint64_t weir_fifo_readable_from(const weir_fifo *fifo);

/* The caller has checked can_write / can_read. The head stays valid until its slot is written. */
void weir_fifo_write(weir_fifo *fifo, uint64_t producer_edge, const void *beat);
const void *weir_fifo_head(const weir_fifo *fifo);
void weir_fifo_read(weir_fifo *fifo, uint64_t consumer_edge);

uint64_t weir_fifo_written(const weir_fifo *fifo); /* beats since reset */
uint64_t weir_fifo_was_read(const weir_fifo *fifo);
/* The largest number of beats held after any instant; simultaneous reads are counted first. */
uint32_t weir_fifo_max_occupancy(const weir_fifo *fifo);

#ifdef __cplusplus
}
#endif
#endif
