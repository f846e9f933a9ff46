/* Cut set: a set of processes of a graph as a graph of its own, with a source wherever a channel comes
 * from outside the set and a sink wherever one leaves it.
 *
 * Processes of the set keep their RTL, schedule and domain, sources and sinks among them; a channel
 * between two of them stays as it is. One that crosses the border has the stream, storage and depth
 * that it had, and its new end is in the domain of the neighbour that it stands for: what crossed
 * clocks still does. Domains that none of these is in are left out. `channel[c]`, `process[p]` and
 * `domain[d]` say which of the whole graph's they are (WEIR_NONE: a new end), so that beats, costs
 * and clocks of the whole can be asked for. The cut borrows nothing but the schedules.
 */
#ifndef WEIR_MODELS_CUT_SET_H
#define WEIR_MODELS_CUT_SET_H

#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cut_set {
    weir_graph *graph; /* sealed */
    uint32_t n_channels, n_processes, n_domains;
    uint32_t *channel, *process, *domain;
} weir_cut_set;

/* `inside` has an entry a process of the graph. Refused: a set without processes, and what
 * weir_graph_seal refuses. */
bool weir_cut_processes(const weir_graph *graph, const bool *inside, const char *name,
                        weir_cut_set *cut, weir_diag *diag);
void weir_cut_set_free(weir_cut_set *cut);

#ifdef __cplusplus
}
#endif
#endif
