/* Transforms: the what-ifs of a study, each a change of a design by name and words.
 *
 *   split conv1 2 outputs        replicate conv2 2 beats       fold conv2 conv3
 *   clock conv1 400              reuse conv2 4                 pe conv2 8
 *   precision conv1 ap_fixed<8,3>                              prune * 0.5 magnitude
 *   depth conv1_out 16           storage conv1_out bram        weights conv2 packed
 *   start pulsed                 arrival 40000000              reconfigure 2 batch 100
 *   ...
 * One file each in study/transform/. A change is applied to a draft; changes compose in the order in
 * which they are made. One that cannot apply says why, at the line of the configuration that asks for
 * it, and leaves the draft unfit for use. The parameters of a run (depths and clocks) can also be
 * *tuned*: set in the arrays of a compiled graph, without compiling it anew, to the same effect.
 */
#ifndef WEIR_STUDY_TRANSFORM_H
#define WEIR_STUDY_TRANSFORM_H

#include "sim/replay.h"
#include "study/draft.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_CHANGE_WORDS 32

typedef struct weir_words { /* a change: its words, the transform's name first */
    uint32_t n;
    const char *at[WEIR_CHANGE_WORDS];
    const char *line; /* all of it */
    weir_loc loc;
} weir_words;

typedef struct weir_tuning { /* of a compiled graph */
    const weir_graph *graph;
    const weir_design *design;     /* that it was compiled from */
    weir_domain *domains;          /* one a domain */
    weir_channel_timing *channels; /* one a channel */
    uint64_t *deepened;            /* a bit a channel whose depth is another */
    bool periodic;                 /* arrivals are, whatever file the design names: */
    uint64_t arrival_period_ps;
    weir_text *changed; /* as a draft's */
} weir_tuning;

typedef enum weir_tuned { WEIR_TUNED, WEIR_NOT_TUNED, WEIR_TUNING_FAILED } weir_tuned;

typedef struct weir_transform {
    const char *name, *usage; /* "clock", "clock NAME[,NAME...] MHZ" */
    const char *what;         /* a line for a person */
    uint32_t least, most;     /* words after the name */
    bool (*apply)(weir_draft *draft, const weir_words *words, weir_diag *diag);
    /* A later one may depend on what this one made, also where it names another thing. */
    bool ordered;
    /* NULL: never. NOT_TUNED: this very change needs a new graph. */
    weir_tuned (*tune)(weir_tuning *tuning, const weir_words *words, weir_diag *diag);
} weir_transform;

extern const weir_transform *const weir_transforms[]; /* NULL-ended */

extern const weir_transform weir_transform_arrival, weir_transform_clock, weir_transform_crop,
    weir_transform_depth, weir_transform_fold, weir_transform_io, weir_transform_pe,
    weir_transform_precision, weir_transform_prune, weir_transform_reconfigure,
    weir_transform_replicate, weir_transform_reuse, weir_transform_simd, weir_transform_split,
    weir_transform_start, weir_transform_storage, weir_transform_strategy, weir_transform_target,
    weir_transform_weights;

/* Words of a line, with the transform that its first names; NULL with an error that lists those there
 * are, or the usage of one with too few or too many words. Words are of the arena. */
const weir_transform *weir_change_parse(const char *line, weir_loc loc, weir_arena *arena,
                                        weir_words *words, weir_diag *diag);
bool weir_change_apply(weir_draft *draft, const char *line, weir_loc loc, weir_diag *diag);

/* Values of words; false with an error that says what is allowed. */
bool weir_word_count(const weir_words *words, uint32_t index, uint64_t least, uint64_t most,
                     uint64_t *value, weir_diag *diag);
bool weir_word_number(const weir_words *words, uint32_t index, double least, double most,
                      double *value, weir_diag *diag);
/* Index into the NULL-ended `choices`; a word that is missing is the first. */
bool weir_word_choice(const weir_words *words, uint32_t index, const char *const *choices,
                      int *value, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
