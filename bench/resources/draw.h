/* Modules drawn at random: one of every kind of operator after another, with types, sizes and weights
 * of any sort. What hls/estimate.h's model is fitted on (bench/resources/sweep.c) and tested on.
 *
 * The same seed gives the same modules, and more of a kind change no other.
 */
#ifndef WEIR_BENCH_RESOURCES_DRAW_H
#define WEIR_BENCH_RESOURCES_DRAW_H

#include "hls/operator.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEIR_DRAWN_KINDS = 18 };

/* `each` modules a kind, twice as many activations, as they are lines or tables or both, and half as
 * many of each kind of whole tensors. They are named KIND_<i>, and go to `ops`, which has room for
 * (WEIR_DRAWN_KINDS + 1) * each; what they point to is the arena's. Returns how many there are. */
uint32_t weir_draw_modules(weir_arena *arena, uint64_t seed, uint32_t each, weir_operator *ops);

#ifdef __cplusplus
}
#endif
#endif
