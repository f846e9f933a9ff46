/* Skip depths: how deep the channels into a join must be so that its branches cannot deadlock.
 *
 * A fork sends each beat into all its branches; a join (add, concat) takes from them in a fixed
 * order. While the join waits for the branch that answers late (one that must see rows before it
 * sends), the other branches' beats must fit into their channels, else the fork blocks and nothing
 * moves again. Every operator's steps are fixed, so how many beats of the fork any beat downstream
 * depends on is arithmetic:
 *   need(c, j)  beats the fork must have sent before beat j of channel c can be written:
 *               the maximum over the inputs p of c's producer of need(p, the last beat of p that is
 *               read up to the step that writes j); at the fork's own outputs need = j + 1
 *   sent(c, f)  beats that channel c carries once the fork has sent f: the j with need(c, j) <= f
 * and before the join's step i the channel on port p holds at most
 *   sent(p, max over the other ports q of need(q, beat read at i)) - beats read from p before i.
 * The largest such number over a frame is the least depth without deadlock. For throughput the
 * stages of the processes on the longest branch are added, as each may hold one more beat.
 */
#ifndef WEIR_HLS_SKIP_H
#define WEIR_HLS_SKIP_H

#include "hls/lower.h"

/* Fills `depth` of every node that joins branches of a fork. */
void weir_skip_depths(weir_plan *plan);

#endif
