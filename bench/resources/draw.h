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

enum { WEIR_DRAWN_KINDS = 14 };

/* `each` modules a kind, to ops[kind * each + i], named KIND_<i>; what they point to is the arena's. */
void weir_draw_modules(weir_arena *arena, uint64_t seed, uint32_t each, weir_operator *ops);

#ifdef __cplusplus
}
#endif
#endif
