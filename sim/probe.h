/* Probing of FIFOs: which of weir's latency classes is this RTL, if any?
 *
 * The module has the ports of a process (models/process.h), in0 written and out0 read. Its capacity is
 * how many beats it takes while none is read. Then it runs against models/fifo.h under random writes
 * and reads, full and empty phases among them, and every candidate that shows the same flags and beats
 * in every cycle fits: plain or memory, with or without a gap between writes. None: it stays RTL.
 */
#ifndef WEIR_SIM_PROBE_H
#define WEIR_SIM_PROBE_H

#include "models/fifo.h"
#include "sim/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_fifo_probe {
    const char *module;
    const char *const *sources;
    uint32_t n_sources;
    uint32_t bits;
    /* out: */
    bool fits;
    weir_latency_class latency;
    uint32_t capacity, write_gap;
} weir_fifo_probe;

/* All of them, built in parallel. False with diagnostics where one cannot be built. */
bool weir_probe_fifos(weir_fifo_probe *probes, uint32_t n, const weir_progress *progress,
                      weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
