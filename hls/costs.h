/* Costs of a compiled design: of each process from the source that is asked for, of each FIFO by the
 * shapes of its memory.
 *
 * ESTIMATE needs no RTL; SYNTHESIS does, and leaves a module that takes too long with its estimate
 * and a warning. An imported process has what its vendor reported, whatever is asked for.
 */
#ifndef WEIR_HLS_COSTS_H
#define WEIR_HLS_COSTS_H

#include "base/progress.h"
#include "hls/compile.h"
#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One cost a process, and a channel, of the graph; all zero before. False with diagnostics. */
bool weir_compiled_costs(const weir_compiled *compiled, weir_cost_source source,
                         const weir_progress *progress, weir_cost *processes, weir_cost *channels,
                         weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
