/* The models of a graph's processes, built and opened once, for many runs one after the other.
 *
 * Building looks at every source, the tools and the cache, and opening reads ROM images: far more
 * than a short run takes. An opened model keeps the state it has after reset and is put back into it
 * before each run, so that every run is as the first. One run at a time may use it. A run may be of
 * another graph (a cut, other depths or clocks): what counts is the process.
 */
#ifndef WEIR_SIM_OPENED_H
#define WEIR_SIM_OPENED_H

#include "sim/engines.h"

typedef struct weir_opened {
    weir_rtl_model *model;
    uint64_t bytes;    /* of its spans */
    uint8_t *snapshot; /* room for a copy of them, for the run */
    uint8_t *reset;    /* what they hold after reset; NULL before the first one */
} weir_opened;

/* One entry a process of the graph, without model where it is a source or a sink. What was built, and
 * the time it took, goes to the book's result; `book` may be NULL. NULL with diagnostics. */
weir_opened *weir_opened_new(const weir_graph *graph, weir_book *book,
                             const weir_progress *progress, weir_diag *diag);
void weir_opened_free(weir_opened *opened, uint32_t n_processes);

/* Puts a model into the state after reset. */
void weir_opened_reset(weir_opened *opened);

/* weir_run of the RTL engine with models that are open: of each process of `graph`, entries of sources
 * and sinks are not looked at. */
weir_status weir_run_opened(const weir_graph *graph, const weir_run_options *options,
                            weir_opened *const *opened, weir_result **result, weir_diag *diag);

#endif
