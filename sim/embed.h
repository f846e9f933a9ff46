/* A graph as part of a larger SystemC simulation: the co-simulation of sim/run.h, with time and the
 * two ends of the graph in the hands of the platform around it (weir_outside in sim/run.h).
 *
 * To be made while SystemC elaborates. Models are built and reset then, outside simulated time; edge
 * n of a domain is at phase + n * period of SystemC's time. The outside is called from within the
 * methods of the source's and the sink's domain, once an edge, while a source has not sent
 * `options->frames` frames, and as long as the node is not asleep (blocked, or without a beat).
 * No deadlock is looked for: the platform alone knows whether more is to come.
 */
#ifndef WEIR_SIM_EMBED_H
#define WEIR_SIM_EMBED_H

#include "sim/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_embedded weir_embedded;

/* NULL with diagnostics. The graph and what the options point to must live as long. */
weir_embedded *weir_embedded_new(const weir_graph *graph, const weir_run_options *options,
                                 weir_diag *diag);
/* Ends the design's clocks and gives the account up to now; NULL the second time. */
weir_result *weir_embedded_finish(weir_embedded *embedded);
void weir_embedded_free(weir_embedded *embedded);

#ifdef __cplusplus
}
#endif
#endif
