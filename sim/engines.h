/* The engines behind weir_run. Each takes an open book, fills it by running the graph to its end,
 * and returns the time at which it ended. False: bad input (diagnostics say what), no result.
 * `result->deadlock` is filled by weir_explain_deadlock where nothing could move any more.
 */
#ifndef WEIR_SIM_ENGINES_H
#define WEIR_SIM_ENGINES_H

#include "sim/book.h"
#include "sim/build.h"

/* options->stall_cycles, or their default: far above what any process of the graph computes between
 * two beats. */
uint64_t weir_stall_cycles(const weir_book *book);

#define WEIR_RESET_CYCLES 8 /* before edge 0, outside simulated time; all clocks together */

bool weir_run_rtl(weir_book *book, uint64_t *end_ps, weir_diag *diag);
bool weir_run_stitched(weir_book *book, uint64_t *end_ps, weir_diag *diag);
/* Times only: no beat is computed, none is checked, and `frozen_cycles` stay 0. */
bool weir_run_replay(weir_book *book, uint64_t *end_ps, weir_diag *diag);

/* What weir_run does with an open book, which it frees. */
weir_status weir_run_book(weir_book *book, weir_result **result, weir_diag *diag);

/* Builds, counting what was built and what was cached, and the time it took, in the result. */
bool weir_build_for_run(weir_book *book, weir_build_request *requests, uint32_t n, weir_diag *diag);

#endif
