/* Sharing: frame buffers whose lifetimes do not overlap, in one memory.
 *
 * A buffer holds `words` words from time `from` (inclusive) to time `to` (exclusive), in whatever
 * unit of time; with a `period` the same happens again every period, and times count modulo it. All
 * buffers have words of one width, so that one memory holds them: each gets a first word, and two
 * that live at the same time never lie on one another. No memory is smaller than what lives at any
 * one moment (`bound`). Without a period, of buffers of one size as many places as live at once
 * suffice (an interval graph): in order of their beginnings, each takes the first free one. Else
 * first fit by several orders, then, up to `nodes` steps, a search over all arrangements: in some order each
 * buffer lies as low as it can, and never below the one before.
 */
#ifndef WEIR_STUDY_SHARING_H
#define WEIR_STUDY_SHARING_H

#include "traces/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_lifetime {
    uint64_t from, to; /* from < to */
    uint64_t words;    /* at least 1 */
} weir_lifetime;

typedef struct weir_sharing {
    uint64_t words;    /* of the memory */
    uint64_t separate; /* without sharing */
    uint64_t bound;    /* no memory smaller than that will do */
    bool optimal;      /* proved */
    uint64_t *first;   /* word of each buffer */
} weir_sharing;

#define WEIR_SHARING_NODES 1000000

/* `period` 0: none. `nodes` 0: WEIR_SHARING_NODES. */
weir_sharing *weir_share(const weir_lifetime *buffers, uint32_t n, uint64_t period, uint64_t nodes);
void weir_sharing_free(weir_sharing *sharing);

/* Whether two buffers live at the same time. */
bool weir_lifetimes_overlap(const weir_lifetime *a, const weir_lifetime *b, uint64_t period);

/* When a channel of a run holds the beats of one frame, of `beats` beats each, and how many at most (a read
 * counts before a write at the same time): from the first one's write until just after the last one's
 * read, picoseconds. False: the run does not have the whole frame. In a steady run the frames are an
 * interval apart, which is the period for weir_share. */
bool weir_lifetime_of_channel(const weir_trace_channel *channel, uint64_t beats, uint64_t frame,
                              weir_lifetime *lifetime);

#ifdef __cplusplus
}
#endif
#endif
