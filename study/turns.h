/* Turns: which part of a network each process of its graph belongs to, where parts are loaded in turn.
 *
 * A part is a run of layers that follow one another in the network's order, in which every layer comes
 * after those that it reads: so beats only go from a part to itself or to a later one. A process is
 * in the part of the layer that it came from; a source and a sink go with their neighbour. Parts are
 * cut before the layers that are named, or where the largest part is smallest: the largest share of
 * the device that any part takes of any resource, FIFOs that cross a border counted on both sides; of
 * cuts that are equal in this, where the fewest bits of a frame wait between parts.
 */
#ifndef WEIR_STUDY_TURNS_H
#define WEIR_STUDY_TURNS_H

#include "models/resource.h"
#include "study/draft.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_turns_request {
    const weir_graph *graph; /* compiled of `network` */
    const weir_network *network;
    const weir_device *device;
    const weir_turns *turns;
    const weir_cost *processes, *channels; /* one a process, and a channel, of the graph */
} weir_turns_request;

/* `part` has an entry a process. False with an error: more parts than layers that have processes, a
 * part without any, or a channel from a part to an earlier one. */
bool weir_turns_assign(const weir_turns_request *request, uint32_t *part, weir_diag *diag);

/* What a part takes: its processes, and the FIFOs within it and at its borders. */
void weir_turns_need(const weir_turns_request *request, const uint32_t *part, uint32_t which,
                     uint64_t need[WEIR_RESOURCES]);

#ifdef __cplusplus
}
#endif
#endif
