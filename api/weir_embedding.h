/* A compiled design as part of a larger SystemC simulation: the plain face of weir_systemc.h.
 *
 * To be made while SystemC elaborates. From then on the design's clocks run with SystemC's time
 * (edge n of a domain at phase + n * period, reset before time 0), and at each edge of its source's
 * and sink's clock it asks the platform for a beat, or hands one over. Beats are in stream order:
 * rows, columns, channels (channels fastest), as many values a beat as the stream has lanes.
 */
#ifndef WEIR_EMBEDDING_H
#define WEIR_EMBEDDING_H

#include "api/weir.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct weir_embedding weir_embedding;

typedef struct weir_platform {
    void *context;
    bool (*offer)(void *context, float *beat); /* true: the beat is filled in and handed over */
    bool (*ready)(void *context);              /* is a beat taken at this edge */
    void (*took)(void *context, const float *beat);
} weir_platform;

/* `simulation` is compiled, and must live as long; at most `frames` frames pass. */
weir_embedding *weir_embedding_new(weir_simulation *simulation, const weir_platform *platform,
                                   uint64_t frames, weir_messages *log);
uint32_t weir_embedding_lanes(const weir_embedding *embedding, bool output);
/* A frame of the network's file to stream order (input), and back (output). */
void weir_embedding_to_stream(const weir_embedding *embedding, const float *file, float *stream);
void weir_embedding_to_file(const weir_embedding *embedding, const float *stream, float *file);
/* What has passed, once the simulation is over; NULL the second time. */
weir_outcome *weir_embedding_finish(weir_embedding *embedding);
void weir_embedding_free(weir_embedding *embedding);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
