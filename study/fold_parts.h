/* Inside the folding program: the options of each group of layers, and how a choice is compiled. */
#ifndef WEIR_STUDY_FOLD_PARTS_H
#define WEIR_STUDY_FOLD_PARTS_H

#include "study/fold_program.h"

typedef struct weir_fold_setting { /* of a group's first layer */
    uint64_t target_cycles;
    uint64_t pe, simd;        /* 0: as the target says */
    bool constants;           /* weights in the logic */
    uint64_t low_ps, high_ps; /* limits of the rungs at which it was seen: any of them gives it */
} weir_fold_setting;

typedef struct weir_fold_group {
    uint32_t layer; /* the first, which the others follow at its pace */
    const char *name;
    bool is_input; /* it has the design's target, no setting of its own */
    bool may_be_constants;
    uint64_t period_ps; /* of the layer's clock */
    uint32_t outputs;   /* channels */
    uint32_t n_options, room;
    weir_option *options; /* the slowest first */
    weir_fold_setting *settings;
} weir_fold_group;

typedef struct weir_fold_space {
    const weir_fold_request *request;
    weir_arena *arena;
    weir_draft *base; /* with the changes that come before */
    uint32_t n_groups, n_compiled;
    weir_fold_group *groups;
    uint32_t *group_of; /* of each layer */
    uint64_t budget[WEIR_RESOURCES];
    struct { /* greedy balancing: the last rung, from the slowest on, that is within the budget */
        bool found, ended;
        uint64_t limit_ps, time_ps, cost[WEIR_RESOURCES];
    } peer;
} weir_fold_space;

typedef struct weir_fold_trial { /* a compiled design, by groups */
    weir_option *groups;
    struct {
        uint64_t pe, simd;
    } * folded;        /* of the groups' matrix-vector products; 0: none */
    uint64_t time_ps;  /* of the slowest process */
    uint64_t below_ps; /* of the slowest that keeps within the limit asked for */
    uint64_t cost[WEIR_RESOURCES];
} weir_fold_trial;

bool weir_fold_space_make(weir_fold_space *space, const weir_fold_request *request,
                          weir_diag *diag);
void weir_fold_space_free(weir_fold_space *space);

/* The largest target with which no process takes more cycles than `cycles`. */
uint64_t weir_fold_target(uint64_t cycles);
/* Every group within `limit_ps`; false where a clock is too slow for even one cycle. */
bool weir_fold_targets(const weir_fold_space *space, uint64_t limit_ps,
                       weir_fold_setting *settings);
/* Changes that give each group its setting, of the arena. */
weir_change *weir_fold_changes(const weir_fold_space *space, const weir_fold_setting *settings,
                               weir_arena *arena, uint32_t *n_changes);
/* Compiles them; `limit_ps` is for `below_ps`. False, with diagnostics, where they cannot be built.
 * Several threads may, of one space. */
bool weir_fold_try(const weir_fold_space *space, const weir_fold_setting *settings,
                   uint64_t limit_ps, weir_fold_trial *trial, weir_diag *diag);
void weir_fold_trial_free(weir_fold_trial *trial);

/* Fills the groups' options. */
bool weir_fold_gather(weir_fold_space *space, weir_diag *diag);

#endif
