/* The beats that a channel should carry: how hls/ (the reference inference) tells sim/ (the run)
 * without either knowing the other.
 *
 * `fill` writes beats first .. first + count - 1 of `frame` on `channel` into `out`, packed as
 * models/stream.h says (count * beat_bytes). It is called from one thread, in increasing order per
 * channel, about once per WEIR_EXPECT_BLOCK bytes, never per beat. `frame` is the index in the
 * stimulus of a frame that was really sent: frames that a source drops are never asked for. What a
 * process without inputs sends is the same in every frame, and asked for as frame 0's.
 */
#ifndef WEIR_MODELS_EXPECT_H
#define WEIR_MODELS_EXPECT_H

#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_EXPECT_BLOCK 65536

typedef struct weir_expect {
    void *context;
    void (*fill)(void *context, uint32_t channel, uint64_t frame, uint64_t first, uint64_t count,
                 uint8_t *out);
} weir_expect;

/* Context of a weir_expect that fills channels with random bits, the same for the same seed. */
typedef struct weir_random_beats {
    const weir_graph *graph;
    uint64_t seed;
} weir_random_beats;

void weir_random_beats_fill(void *context, uint32_t channel, uint64_t frame, uint64_t first,
                            uint64_t count, uint8_t *out);

#ifdef __cplusplus
}
#endif

#endif
