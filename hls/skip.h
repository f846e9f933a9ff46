/* Skip depths: how deep the channels into a join must be so that its branches cannot deadlock.
 *
 * A fork sends each beat into all its branches; a join (add, concat) takes from them in a fixed
 * order. While the join waits for the branch that answers late (one that must see rows before it
 * sends), the other branches' beats must fit into their channels, else the fork blocks and nothing
 * moves again. Every operator's steps are fixed, so how much must fit is arithmetic. With one fork:
 *   need(i)    beats that the fork must have sent before the join's step i can be done: the largest
 *              over its ports, each followed back through the steps that write what is read
 *   forced(f)  beats that must have entered the channel at port p for the fork to have sent f: a
 *              process on the way takes a beat only once the steps before it are done and written
 *   least(p) = max over the join's steps i: forced(need(i)) - beats of p read before i
 * Several forks and joins constrain one another, so the steps of one frame are gone through once,
 * without time: skip.c has the method, the proof and a worked example. Depth in beats.
 */
#ifndef WEIR_HLS_SKIP_H
#define WEIR_HLS_SKIP_H

#include "hls/lower.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t weir_port_depths[WEIR_MAX_PORTS];

/* The least depths without deadlock, `least[node][port]`, of a plan of whole streams (what a
 * channel's producer writes in a frame its consumer reads), all other channels having room for one
 * beat. 0 where the channel lies on no way from a fork to a join; 1 at least where it does. One
 * beat less at a join blocks the plan, unless a process on that branch keeps a step in its stages,
 * or the waiting cycle passes another join that could be given the room instead. */
void weir_skip_least_depths(const weir_plan *plan, weir_port_depths *least);

/* Fills `depth` of the joins' early ports: the least depth, and room for what the fork sends in the
 * time that a beat takes through the slower branch's stages and channels, so that the join does not
 * hold up the fork. Other ports keep theirs. */
void weir_skip_depths(weir_plan *plan);

/* Room where beats come or are read in bursts (a row of a strided window or an enlargement, a vector
 * of a folded matrix-vector product); before weir_skip_depths, which counts it as a delay. */
void weir_burst_depths(weir_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
