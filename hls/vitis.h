/* Importer of Vivado and Vitis HLS solutions: SOLUTION/syn/verilog (or impl/verilog) of a dataflow
 * top, 2019.2 to 2025.x, into an imported design (hls/imported.h).
 *
 *   scan     which module lies in which file and names which others; only what is reachable is copied
 *   netlist  Yosys reads the top alone, its children as black boxes, and writes JSON
 *   fifos    children with FIFO ports; each distinct one is to be probed by the caller (sim/probe.h),
 *            which fills in `fit`
 *   cut      the region falls apart at the FIFOs that fit a latency class. What is joined by anything
 *            else (gates and flip-flops of ap_sync, a FIFO that fits none) stays one process
 *   emit     one wrapper a process, the stitched top around the vendor's, import.cfg, design.cfg
 */
#ifndef WEIR_HLS_VITIS_H
#define WEIR_HLS_VITIS_H

#include "hls/imported.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_vitis_options {
    const char *top; /* NULL: found */
    bool whole;      /* the top as one process, whatever it is */
} weir_vitis_options;

typedef struct weir_vitis_fifo { /* a distinct FIFO module with its parameters */
    const char *module;
    uint32_t bits;
    int64_t depth_parameter, address_bits; /* as instantiated; -1: it has no such parameter */
    const char *wrapper;                   /* module to be probed: in0 is written, out0 read */
    const char *shallow;                   /* the same with its smallest memory; NULL: none */
    const char *const *sources;            /* full paths */
    uint32_t n_sources;
    const char *const *shallow_sources;
    /* The caller's: */
    bool fits, shallow_fits;
    weir_latency_class latency;
    uint32_t capacity, shallow_capacity, shallow_gap;
} weir_vitis_fifo;

typedef struct weir_vitis weir_vitis;

/* Scans the solution, copies the sources into `folder`, reads the netlist. NULL with diagnostics. */
weir_vitis *weir_vitis_open(const char *solution, const char *folder,
                            const weir_vitis_options *options, weir_diag *diag);
void weir_vitis_free(weir_vitis *vitis);
weir_vitis_fifo *weir_vitis_fifos(weir_vitis *vitis, uint32_t *count);

/* Takes the region apart; `beats` of its channels are 1 until the caller knows better. Wrappers are in
 * the folder then. The result is the importer's. */
weir_imported *weir_vitis_cut(weir_vitis *vitis, weir_diag *diag);

/* Writes import.cfg and design.cfg. */
bool weir_vitis_save(weir_vitis *vitis, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
