/* Waveforms of every channel's handshakes, from the event trace, for a waveform viewer.
 *
 * One scope a channel with three signals: `write` and `read` are high for the cycle that begins at
 * the edge at which the beat passed (of the producer's and the consumer's clock), `occupancy` is
 * the number of beats held after that edge. Time unit: 1 ps. Beats that pass at consecutive edges
 * keep the strobe high. VCD follows IEEE 1364-2005, section 18; FST is written by Verilator's copy
 * of the fstapi library. Events are merged as they are written: memory does not grow with the
 * length of the trace.
 */
#ifndef WEIR_REPORT_WAVE_H
#define WEIR_REPORT_WAVE_H

#include "base/diag.h"
#include "traces/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

bool weir_wave_vcd(const weir_trace *trace, const char *path, weir_diag *diag);
bool weir_wave_fst(const weir_trace *trace, const char *path, weir_diag *diag);

/* What both are written by. Signals count from 0: 3 c + {0 write, 1 read, 2 occupancy}; all are 0
 * at time 0. Changes come in order of time, only real ones, and at one time in order of signal. */
typedef struct weir_wave_writer {
    void *context;
    void (*time)(void *context, uint64_t time_ps);
    void (*change)(void *context, uint32_t signal, uint64_t value);
} weir_wave_writer;

void weir_wave_play(const weir_trace *trace, const weir_wave_writer *writer);

#define WEIR_OCCUPANCY_BITS 32

#ifdef __cplusplus
}
#endif
#endif
