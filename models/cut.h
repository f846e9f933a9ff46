/* Cut: one process of a graph alone, with a source at each input and a sink at each output.
 *
 * The cut graph has the process, its RTL and schedule, the channels of its ports with their streams,
 * storage and depth, and the ends in the domains of the neighbours that they stand for: a port that
 * crossed clocks still does. Domains that none of these is in are left out. `channel[c]` says which channel
 * of the whole graph channel c of the cut is, so that its beats can be asked for. The cut borrows nothing but the schedule.
 *
 * A process that takes turns with others, or deals them their frames, has a frame of the cut for each
 * pass of its schedule: `frames` of the whole graph's, of which a channel of the cut has those that
 * it carried there, one after another (weir_cut_frame says which).
 */
#ifndef WEIR_MODELS_CUT_H
#define WEIR_MODELS_CUT_H

#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cut {
    weir_graph *graph; /* sealed */
    uint32_t process;  /* the process in it */
    uint32_t n_channels;
    uint32_t *channel;
    uint32_t frames; /* of the whole, in one of the cut's */
} weir_cut;

/* Of channel c of the cut: the graph's frames in one of the cut's, and the number of part `part` of
 * the cut's frame `frame`. */
uint32_t weir_cut_parts(const weir_cut *cut, const weir_graph *graph, uint32_t channel);
uint64_t weir_cut_frame(const weir_cut *cut, const weir_graph *graph, uint32_t channel,
                        uint64_t frame, uint32_t part);

bool weir_cut_process(const weir_graph *graph, uint32_t process, weir_cut *cut, weir_diag *diag);
void weir_cut_free(weir_cut *cut);

/* A sealed copy with other domains' periods and phases, depths and storage; NULL arguments keep what
 * the graph has. One entry a domain, and a channel. Refused as weir_graph_seal refuses. */
weir_graph *weir_graph_changed(const weir_graph *graph, const weir_domain *domains,
                               const uint32_t *depths, const weir_storage *storages,
                               weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
