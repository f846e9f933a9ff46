/* Inside the evaluation: one compiled graph, and the points that are replayed on it. */
#ifndef WEIR_STUDY_EVALUATE_PARTS_H
#define WEIR_STUDY_EVALUATE_PARTS_H

#include "hls/compile.h"
#include "study/evaluate.h"

typedef struct weir_structure { /* a graph that points share */
    weir_draft *draft;
    weir_compiled *compiled;
    weir_net *net;
    weir_cost *processes; /* one a process; NULL: not asked for */
    weir_cost *channels;  /* at the depths of the graph */
    weir_cost total;      /* of all of them */
    uint64_t fifo_bits;
    double accuracy;
    const char *accuracy_source; /* NULL: not known */
    uint64_t *arrival_ps;        /* of each frame, where the design has a file of them */
} weir_structure;

/* Compiles the changes, in the scratch folder where costs need RTL. False with diagnostics. */
bool weir_structure_make(weir_structure *structure, const weir_evaluation *evaluation,
                         const weir_change *changes, uint32_t n_changes, weir_diag *diag);
/* A folder of the scratch one for this draft alone; of its arena. */
char *weir_scratch_folder(const weir_evaluation *evaluation, const weir_draft *draft);
void weir_structure_free(weir_structure *structure);

/* What a point has of its own: clocks and depths. */
typedef struct weir_tuned_point {
    weir_tuning tuning;
    weir_domain *domains;
    weir_channel_timing *channels;
    uint64_t arrival_period_ps;
} weir_tuned_point;

/* Costs, fit and clocks of a tuned point. */
void weir_structure_costs(const weir_structure *structure, const weir_evaluation *evaluation,
                          const weir_tuned_point *point, weir_finding *finding);

/* Power and efficiency, once the interval is known. */
void weir_structure_power(const weir_structure *structure, const weir_evaluation *evaluation,
                          const weir_tuned_point *point, weir_finding *finding);

#endif
