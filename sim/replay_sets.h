/* A set of port operations in the scalar replay: are all of them possible, from when, and done. For its .c
 * files. A set is one initiation's operations; what is not possible leaves word at the channel that
 * lacks a beat or space, and the process is queued again once the other side has moved.
 * Times are edges of the process's domain.
 */
#ifndef WEIR_SIM_REPLAY_SETS_H
#define WEIR_SIM_REPLAY_SETS_H

#include "sim/replay_move.h"

/* A beat on each input of a set, space on each output? Says so at the first channel without. */
WEIR_INLINE bool weir_reads_possible(weir_replay *run, const weir_net_set *set) {
    for (uint32_t i = 0; i < set->n_reads; i++) {
        weir_replay_channel *c = &run->channels[set->reads[i].channel];
        if (weir_beats(c) > 0) continue;
        c->reader_waits = true;
        return false;
    }
    return true;
}

WEIR_INLINE bool weir_writes_possible(weir_replay *run, const weir_net_set *set) {
    for (uint32_t i = 0; i < set->n_writes; i++) {
        weir_replay_channel *c = &run->channels[set->writes[i].channel];
        if (weir_space(c) > 0) continue;
        c->writer_waits = true;
        return false;
    }
    return true;
}

WEIR_INLINE int64_t weir_reads_gate(const weir_replay *run, const weir_net_set *set, int64_t t) {
    for (uint32_t i = 0; i < set->n_reads; i++)
        t = weir_later_of(t, weir_read_gate(&run->channels[set->reads[i].channel]));
    return t;
}

WEIR_INLINE int64_t weir_writes_gate(const weir_replay *run, const weir_net_set *set, int64_t t) {
    for (uint32_t i = 0; i < set->n_writes; i++)
        t = weir_later_of(t, weir_write_gate(&run->channels[set->writes[i].channel]));
    return t;
}

WEIR_INLINE void weir_reads_do(weir_replay *run, const weir_net_set *set, int64_t t, bool record) {
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (set->reads[i].moves) weir_read_at(&run->channels[set->reads[i].channel], t, record);
}

WEIR_INLINE void weir_writes_do(weir_replay *run, const weir_net_set *set, int64_t t, bool record) {
    for (uint32_t i = 0; i < set->n_writes; i++)
        if (set->writes[i].moves) weir_write_at(&run->channels[set->writes[i].channel], t, record);
}

/* A program with initiations that are allowed now. */
WEIR_INLINE bool weir_may_issue(const weir_replay *run, const weir_net_node *node,
                                const weir_net_cursor *at) {
    bool within = weir_net_frame(node, at) < run->limit ||
                  (WEIR_SELDOM(node->unbound) && weir_may_run_ahead(run, node, at));
    return within && node->end > 0 && (at->frame == 0 || node->frame < node->end);
}

#endif
