/* Event trace: for every channel the edge index of each write (producer's domain) and each read
 * (consumer's domain), in order. It is what engines are compared by and what replay starts from.
 *
 * The arrays have room for all beats of a run from the start: recording never allocates.
 * File format: "WEIRTRC1", then a zlib stream of: design name, domains, channels (name, counts) and
 * the edges as varint differences, then the CRC-32 of the uncompressed bytes. A truncated, damaged
 * or foreign file is refused with the offset.
 */
#ifndef WEIR_TRACES_TRACE_H
#define WEIR_TRACES_TRACE_H

#include "base/diag.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_trace_channel {
    char *name;
    uint64_t capacity; /* beats there is room for */
    uint64_t n_writes, n_reads;
    uint64_t *writes, *reads;                 /* edge indices */
    uint64_t write_period_ps, write_phase_ps; /* producer's domain */
    uint64_t read_period_ps, read_phase_ps;   /* consumer's domain */
} weir_trace_channel;

typedef struct weir_trace {
    char *design;
    uint32_t n_channels;
    weir_trace_channel *channels;
} weir_trace;

weir_trace *weir_trace_new(const char *design, uint32_t n_channels);
/* Names channel `index` and gives it room. */
void weir_trace_reserve(weir_trace *trace, uint32_t index, const char *name, uint64_t capacity);
void weir_trace_free(weir_trace *trace);

bool weir_trace_save(const weir_trace *trace, const char *path, weir_diag *diag);
weir_trace *weir_trace_load(const char *path, weir_diag *diag);

/* The first difference, as one line of text for a person ("channel \"conv1_out\": write 17: 1300 ps
 * against 1400 ps"); the caller frees. NULL when the traces are equal. */
char *weir_trace_difference(const weir_trace *a, const weir_trace *b);

#ifdef __cplusplus
}
#endif
#endif
