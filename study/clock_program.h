/* Clock assignment: which layer runs at which clock so that a frame passes every so many picoseconds at
 * the least dynamic power.
 *
 * A layer (all processes of it) has one of the allowed frequencies, at which its steps a frame take no
 * longer than the interval and its blocks keep within the device's clock limits; in all there are at
 * most so many domains, those of source and sink among them, which stay as the design has them. A FIFO
 * between two clocks is a CDC FIFO, and counted as one. Power is that of models/power.h for the
 * estimated resources, busy for their steps or beats, so that what a slower clock saves is mostly the
 * clock tree; the figure is the one that the study gives the point as its dynamic power.
 * An integer program (study/clock_choice.h) finds the least, with its bound. The answer is replayed;
 * where borders make it slower than was asked for, it is solved again for a shorter interval.
 */
#ifndef WEIR_STUDY_CLOCK_PROGRAM_H
#define WEIR_STUDY_CLOCK_PROGRAM_H

#include "study/clock_choice.h"
#include "study/evaluate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_clock_request {
    const weir_evaluation *evaluation;
    uint32_t n_base; /* changes that come before */
    const weir_change *base;
    uint64_t interval_ps;
    uint32_t n_mhz;
    const double *mhz;
    uint32_t domains, nodes;
    weir_loc loc; /* for messages */
} weir_clock_request;

typedef struct weir_clock_program {
    bool found;
    weir_clock_chosen chosen; /* of the first program: for the interval that was asked for */
    double mw;                /* of the answer, at the interval it was solved for */
    uint64_t predicted_ps;    /* of the slowest process */
    uint64_t interval_ps;     /* replayed; 0: not known */
    uint32_t n_layers, n_domains, n_borders; /* FIFOs between clocks */
    uint32_t repairs;
    uint32_t n_changes;
    const weir_change *changes; /* of the clocks alone */
    double seconds;
} weir_clock_program;

/* NULL with diagnostics where no clocks do. */
weir_clock_program *weir_clock_program_solve(const weir_clock_request *request, weir_diag *diag);
void weir_clock_program_free(weir_clock_program *program);

#ifdef __cplusplus
}
#endif
#endif
