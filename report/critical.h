/* What binds a run, as study/bottleneck.h finds it, in the form that a record keeps: names in place of
 * indices. `latency` is the way back from the first frame's last beat, `interval` the critical cycle of
 * the steady state (frames 0: none was found), `next` what takes over when its largest part is relaxed.
 * Everything belongs to the record's arena.
 */
#ifndef WEIR_REPORT_CRITICAL_H
#define WEIR_REPORT_CRITICAL_H

#include "base/text.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_record_stretch {
    const char *cause;             /* "compute", "transfer", "space", "crossing", "outside" */
    const char *process, *channel; /* "": none */
    uint64_t ps;
    double share; /* of the path */
} weir_record_stretch;

typedef struct weir_record_path {
    uint64_t ps, frames;
    uint32_t n_stretches;
    weir_record_stretch *stretches; /* the largest first */
} weir_record_path;

typedef struct weir_record_next {
    const char *kind;              /* "process", "depth", "source", "none" */
    const char *process, *channel; /* what is changed; "": none */
    const char *then;              /* the process that binds then; "": the outside */
    uint64_t from, value; /* cycles a frame, beats, or ps: now, and where `then` takes over */
    uint64_t interval_ps, frames; /* then, so long for so many frames */
} weir_record_next;

typedef struct weir_record_critical {
    weir_record_path latency, interval;
    weir_record_next next;
} weir_record_critical;

void weir_critical_text(const weir_record_critical *critical, weir_text *out);

/* One sentence each: what it is made of for the most part; what to change, and what that gives. */
void weir_critical_why(const weir_record_critical *critical, weir_text *out);
void weir_critical_hint(const weir_record_critical *critical, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
