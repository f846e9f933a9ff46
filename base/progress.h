/* How far a long piece of work has come, for whoever shows it to a person.
 *
 * Reported some ten times a second at most, from the thread that does the work. `share` is the part
 * of the work that is done, 0 to 1, and moves within a frame too: of a simulation it counts the
 * beats that have moved on all channels. `cycles` are those of the fastest clock.
 */
#ifndef WEIR_BASE_PROGRESS_H
#define WEIR_BASE_PROGRESS_H

#include <stdint.h>

typedef struct weir_work {
    const char *what;     /* "verilating", "simulating" */
    uint64_t done, total; /* models, frames */
    double share;
    uint64_t cycles; /* simulated; 0: nothing is */
    double seconds;  /* since the work began */
} weir_work;

typedef void (*weir_report_fn)(void *context, const weir_work *work);

typedef struct weir_progress { /* all zero: quiet */
    void *context;
    weir_report_fn report;
    const volatile int *stop; /* not NULL: the work ends with an error once it is set */
} weir_progress;

#endif
