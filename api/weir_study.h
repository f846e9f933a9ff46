/* What weir.h's simulations can be asked beyond one run: is the arithmetic of the replay engine the
 * RTL's, and how deep must each FIFO be.
 *
 * All calls need a compiled simulation, and take its design, clocks, arrivals and pauses as they
 * are. An answer holds the same thing in several forms: "text" for a person, "json", and, of a
 * sizing, "cfg", the `fifos` of a design file, to be included by it.
 * Errors: as weir.h; nothing is returned but the status, and the log says why.
 */
#ifndef WEIR_STUDY_H
#define WEIR_STUDY_H

#include "api/weir.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct weir_answer weir_answer;
/* NULL: it has no such form. Belongs to the answer. */
const char *weir_answer_form(const weir_answer *answer, const char *form);
weir_status weir_answer_save(const weir_answer *answer, const char *form, const char *path,
                             weir_messages *log);
void weir_answer_free(weir_answer *answer);

/* Certification: every process alone, then the whole design, on RTL and on replay, under random
 * gaps, pauses, depths and clocks; every port event is compared. */
typedef struct weir_certify_request {
    uint64_t seed;
    uint64_t frames;      /* of each case; 0: 3 */
    uint32_t cases;       /* of each process; 0: 10, of an imported design 100 */
    uint32_t whole_cases; /* of the whole design; 0: 20 */
} weir_certify_request;
/* WEIR_OK: no difference; WEIR_DISAGREE: one at least. The answer names RTL that no timing class
 * describes: such a design has no certificate, and only RTL gives its times. Classes that are found of
 * an imported design are kept beside it, and the replay engine has them when it is opened again. */
weir_status weir_simulation_certify(weir_simulation *sim, const weir_certify_request *request,
                                    weir_answer **answer, weir_messages *log);

/* The critical cycle of a run, which its report then names, is looked for where a frame has at most two
 * million port events; `always`: whatever it takes (minutes, gigabytes). */
void weir_simulation_set_critical(weir_simulation *sim, bool always);

/* FIFO sizing: the smallest depths that keep the steady interval of unbounded FIFOs, or that keep
 * within one limit. */
typedef struct weir_size_request {
    uint64_t interval_ps; /* at most so much a frame; 0: no limit */
    uint64_t latency_ps;  /* at most so much, every frame; 0: no limit */
    uint64_t memory;      /* at most so much in all, and the best interval with it; 0: no limit */
    bool device_steps;    /* memory counts in the device's LUT, RAMB18 and URAM288, not in bits */
    bool pareto;          /* the front of interval against memory as well */
    uint64_t frames;      /* the most that a trial simulates; 0: 64 */
    const char *const *arrival_files; /* further stimuli: arrival times, picoseconds, one a frame */
    uint32_t n_arrival_files;
    uint32_t threads; /* 0: all cores */
} weir_size_request;
weir_status weir_simulation_size(weir_simulation *sim, const weir_size_request *request,
                                 weir_answer **answer, weir_messages *log);

/* What-if studies: a file (study/study_file.h has its keys) of ideas and axes, all points of which are
 * evaluated, and kept in a store so that an interrupted study goes on where it was. Forms "text",
 * "json", "csv". WEIR_DISAGREE: RTL that was to confirm a point gave other times. */
typedef struct weir_study_request {
    const char *const *settings; /* NAME=VALUE of the file's variables */
    uint32_t n_settings;
    const char *store;   /* SQLite file; NULL: nothing is kept */
    const char *scratch; /* a folder for RTL */
    uint32_t threads;    /* 0: all cores */
    weir_progress progress;
} weir_study_request;
weir_status weir_study(const char *path, const weir_study_request *request, weir_answer **answer,
                       weir_messages *log);

/* Comparing for CI. `limits`: FIGURE=PERCENT each, such as "interval_ps=2": how much worse b may be.
 * WEIR_OK, or WEIR_BAD_INPUT with a message for each regression; where there are limits, a point that is
 * no longer feasible is one too. `text`: the caller frees; of points every changed setting and figure. A
 * point is "STORE#NAME", or # and the beginning of its hash. */
weir_status weir_point_diff(const char *a, const char *b, const char *const *limits,
                            uint32_t n_limits, char **text, weir_messages *log);
weir_status weir_outcome_regressions(const weir_outcome *a, const weir_outcome *b,
                                     const char *const *limits, uint32_t n_limits,
                                     weir_messages *log);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
