/* Inside the certification: a trial is a graph whose RTL and replay are to be compared (a cut around
 * one process, or the whole design), a case is one set of random parameters for it.
 *
 * A case comes from its seed alone, which comes from the certification's seed, the trial's number and
 * the case's number, so that any one of them can be run again. Both sides get the same graph copy,
 * arrivals and pause patterns.
 */
#ifndef WEIR_SIM_CERTIFY_PARTS_H
#define WEIR_SIM_CERTIFY_PARTS_H

#include "models/cut.h"
#include "sim/certify.h"
#include "sim/opened.h"

typedef struct weir_case {
    weir_graph *graph; /* with the case's clocks, depths and storage */
    char **pauses;     /* of each process, NULL where it never pauses */
    uint64_t *arrival_ps;
    bool drop;
    uint64_t frames;
} weir_case;

typedef enum weir_draw {
    WEIR_DRAW_ALONE, /* depths from the least that the class allows */
    WEIR_DRAW_WHOLE, /* mostly the graph's own depths and more */
} weir_draw;

/* False with diagnostics. */
bool weir_case_draw(weir_case *drawn, const weir_graph *graph, weir_draw how, uint64_t frames,
                    uint64_t seed, weir_diag *diag);
void weir_case_free(weir_case *drawn);
/* For a person: clocks, depths, pauses, arrivals. The caller frees. */
char *weir_case_text(const weir_case *drawn);

uint64_t weir_seed_of(uint64_t seed, uint64_t trial, uint64_t number);

/* Beats of a trial's channels for all its frames, asked for once. */
typedef struct weir_beats {
    const weir_graph *graph;
    uint64_t frames;    /* of which there are beats; later ones are these again */
    uint8_t **channels; /* NULL where not needed */
    bool checked;       /* the beats of all channels are there, not of sources alone */
    weir_expect expect; /* of all channels, from this copy */
} weir_beats;

typedef struct weir_trial {
    const char *name;
    const weir_graph *graph;
    weir_opened **opened;            /* of each process */
    const weir_schedule **schedules; /* of each process, NULL at ends */
    weir_net *net;                   /* of these schedules */
    weir_replay *replay;
    weir_beats beats;
    const volatile int *stop;
} weir_trial;

/* `expect` knows `graph`, of which the trial's is a cut; NULL: it is that graph. */
void weir_trial_beats(weir_trial *trial, const weir_expect *expect, const weir_graph *graph,
                      const weir_cut *cut, uint64_t frames);
/* The net of other schedules takes the place of the one before. */
void weir_trial_schedules(weir_trial *trial);
void weir_trial_free(weir_trial *trial); /* all but what `graph` and `opened` point to */

/* The RTL side of a case. */
weir_result *weir_trial_run(const weir_trial *trial, const weir_case *drawn, weir_diag *diag);

typedef struct weir_outcome {
    uint64_t events;
    bool deadlock, timed; /* timed: all times are equal, the difference is another */
    char *difference;     /* NULL: none; the caller frees */
} weir_outcome;

/* The replay of a case against its RTL result. False with diagnostics. */
bool weir_trial_compare(const weir_trial *trial, const weir_case *drawn, const weir_result *rtl,
                        weir_outcome *outcome, weir_diag *diag);

/* The class of process `process` of a cut, whose schedule is not known: the first candidate that is
 * exact in all cases alone, to `fitted`. The certificate is filled; NULL where no class fits (verdict
 * RTL only, the reason in `difference`) or it was stopped. Seeds as for cases of trial number
 * `number`. False with diagnostics. */
bool weir_fit(weir_trial *trial, uint32_t process, uint64_t number,
              const weir_certify_options *options, weir_certificate *certificate,
              weir_schedule **fitted, weir_diag *diag);

#endif
