/* Certification: does the arithmetic of sim/replay.h give the RTL's time for every port event?
 *
 * Each process alone (models/cut.h) and then the whole design are run as RTL and as replay, under
 * random source gaps, sink pauses, depths, storage, and clock periods and phases, and all port events
 * are compared. A process is `exact` with the number of cases and events, or has its first difference.
 * A process whose class is unknown is fitted first: its schedule is captured, each class and number
 * of stages is tried, and the first one that is exact in all cases is kept; none: RTL only.
 * Cases come from `seed`; the same seed gives the same cases. The depths drawn lie between the least
 * that the channel's class allows (for a whole design: its own depths at least, so that it cannot
 * deadlock; also a few cases below, where a deadlock must be the same in both) and a few times more.
 */
#ifndef WEIR_SIM_CERTIFY_H
#define WEIR_SIM_CERTIFY_H

#include "sim/replay.h"
#include "sim/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_certify_options {
    uint64_t seed;
    uint32_t cases_alone, cases_whole; /* of each process; of the design */
    uint64_t frames;                   /* of each case */
    bool anew; /* of imported processes with blocking ports, known classes are looked for again */
    const weir_expect *expect; /* beats of every channel of the graph */
    const volatile int *stop;
    weir_progress progress;
} weir_certify_options;

typedef enum weir_verdict { WEIR_EXACT, WEIR_DIFFERENT, WEIR_RTL_ONLY } weir_verdict;

typedef struct weir_certificate {
    const char *name; /* of the process, or of the design */
    weir_verdict verdict;
    bool fitted; /* the class was found by trying */
    weir_timing_class timing;
    uint32_t stages;
    uint64_t cases, events, deadlocks; /* compared; how many cases ended in a (common) deadlock */
    char *difference; /* the first one: channel, beat, both times; case and seed. Of
                                          RTL only: why no class fits, if it was tried. NULL: none */
} weir_certificate;

typedef struct weir_certification {
    uint32_t n_processes;
    weir_certificate
        *processes; /* of each process of the graph that is no source or sink, in order */
    weir_certificate whole;
    weir_schedule **fitted; /* of each process of the graph: found by trying, or NULL */
    uint32_t n_fitted;      /* entries of it: the graph's processes */
    bool partial;           /* stopped early */
} weir_certification;

/* WEIR_OK: all exact; WEIR_DISAGREE: a difference; WEIR_BAD_INPUT with diagnostics, no result. A
 * process that is RTL only leaves the whole design uncertified: `whole` is RTL_ONLY too. */
weir_status weir_certify(const weir_graph *graph, const weir_certify_options *options,
                         weir_certification **certification, weir_diag *diag);
void weir_certification_free(weir_certification *certification);

#ifdef __cplusplus
}
#endif
#endif
