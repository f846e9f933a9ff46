/* Figures: what a study finds out about a design, each with its source.
 *
 * Times are those of the replay, which are the RTL's: latency of the first frame, interval of those that
 * leave, once it is steady (else the mean of the later half); frames that a source drops are not among
 * them. Costs have the sources of models/resource.h
 * (the least sure of all that is summed); power and efficiency are estimates. `least` says which way
 * is better. Keys are columns of tables, of the store and of exports.
 */
#ifndef WEIR_STUDY_FIGURE_H
#define WEIR_STUDY_FIGURE_H

#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_figure {
    WEIR_FIGURE_LATENCY,  /* ps, of the first frame */
    WEIR_FIGURE_INTERVAL, /* ps, steady: between two frames */
    WEIR_FIGURE_LUT,
    WEIR_FIGURE_FF,
    WEIR_FIGURE_DSP,
    WEIR_FIGURE_BRAM18,
    WEIR_FIGURE_URAM,
    WEIR_FIGURE_FIFO_BITS, /* depth times width of all FIFOs */
    WEIR_FIGURE_DYNAMIC,   /* mW */
    WEIR_FIGURE_POWER,     /* mW, static and dynamic */
    WEIR_FIGURE_FPS,
    WEIR_FIGURE_PIXELS_PER_WATT_SECOND,
    WEIR_FIGURE_ENERGY, /* uJ a frame */
    WEIR_FIGURE_ACCURACY,
    WEIR_FIGURES,
} weir_figure;

typedef struct weir_figure_info {
    const char *key;   /* "latency_ps" */
    const char *title; /* of a column, "latency" */
    bool least;        /* the smaller, the better */
} weir_figure_info;
extern const weir_figure_info weir_figure_infos[WEIR_FIGURES];
/* WEIR_FIGURES: there is none of this key. */
weir_figure weir_figure_find(const char *key);

typedef struct weir_finding { /* of one point of a study */
    double value[WEIR_FIGURES];
    const char *source[WEIR_FIGURES]; /* "replay", "rtl", "synthesis", "estimate", ...; NULL: not
                                         known, then the value means nothing */
    bool applied; /* every change could be made, and the design ran to its end */
    bool
        feasible; /* applied, fits the device, meets its clock limits and the study's constraints */
    char *why;    /* not feasible: the first reason; the owner's */
    char *changed; /* what the changes changed, a line each; the owner's */
} weir_finding;

void weir_finding_set(weir_finding *finding, weir_figure figure, double value, const char *source);
/* Notes a reason, the first of which stays. */
void weir_finding_refuse(weir_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void weir_finding_clear(weir_finding *finding); /* frees what it owns */

#ifdef __cplusplus
}
#endif
#endif
