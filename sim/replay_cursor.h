/* A cursor in the program of a process: the leaf that it stands at, how many initiations of it and repeats
 * of the loops around it are left, and how many passes of the program are done. Moves on leaf by leaf,
 * the preamble first and then frame after frame, without end.
 */
#ifndef WEIR_SIM_REPLAY_CURSOR_H
#define WEIR_SIM_REPLAY_CURSOR_H

#include "sim/replay_net.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_net_level {
    uint64_t left; /* repeats, this one included */
    uint32_t loop;
} weir_net_level;

typedef struct weir_net_cursor {
    uint32_t loop;          /* the leaf */
    uint32_t level;         /* inner nodes around it */
    uint64_t left;          /* initiations left of it */
    uint64_t frame;         /* passes done; the preamble counts as part of the first */
    weir_net_level *levels; /* node->nesting of them */
} weir_net_cursor;

/* From node `loop` down to its first leaf. */
static inline void weir_net_descend(const weir_net_node *node, weir_net_cursor *at, uint32_t loop) {
    while (node->loops[loop].set == WEIR_NONE) {
        at->levels[at->level++] = (weir_net_level){node->loops[loop].count, loop};
        loop++;
    }
    at->loop = loop;
    at->left = node->loops[loop].count;
}

/* A node without a program (end == 0) has no cursor to start; one without a frame program (frame ==
 * end) stands still after its preamble. */
static inline void weir_net_start(const weir_net_node *node, weir_net_cursor *at) {
    at->level = 0;
    at->frame = 0;
    weir_net_descend(node, at, 0);
}

/* The first of the net's frames that the pass at hand can be of. */
static inline uint64_t weir_net_frame(const weir_net_node *node, const weir_net_cursor *at) {
    return at->frame * node->turns;
}

/* The leaf is done: on to the next. True if that ended a frame. */
static inline bool weir_net_next(const weir_net_node *node, weir_net_cursor *at) {
    uint32_t next = at->loop + 1;
    for (uint32_t closes = node->loops[at->loop].closes; closes > 0; closes--) {
        weir_net_level *level = &at->levels[at->level - 1];
        if (--level->left > 0) {
            next = level->loop + 1;
            break;
        }
        at->level--;
    }
    bool ended = next == node->end;
    if (ended) {
        at->frame++;
        next = node->frame;
        if (next == node->end) return true;
    }
    weir_net_descend(node, at, next);
    return ended;
}

#ifdef __cplusplus
}
#endif

#endif
