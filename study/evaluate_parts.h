/* Inside the evaluation: one compiled graph, and the points that are replayed on it. */
#ifndef WEIR_STUDY_EVALUATE_PARTS_H
#define WEIR_STUDY_EVALUATE_PARTS_H

#include "hls/compile.h"
#include "study/evaluate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_structure { /* a graph that points share */
    bool broken; /* could not be made, and not by its changes' fault: a file, a tool, a stop */
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
} weir_tuned_point;

/* The device's grade that is asked for, else the slowest: the one with the lowest limits. NULL: none is
 * known. The device must be. */
const weir_grade *weir_evaluation_grade(const weir_evaluation *evaluation);

/* Costs, fit and clocks of a tuned point. */
void weir_structure_costs(const weir_structure *structure, const weir_evaluation *evaluation,
                          const weir_tuned_point *point, weir_finding *finding);

/* Power and efficiency, once the interval is known. */
void weir_structure_power(const weir_structure *structure, const weir_evaluation *evaluation,
                          const weir_tuned_point *point, weir_finding *finding);

/* Processes of one part, and the FIFOs that one of them reads or writes; `part` NULL: all. */
typedef struct weir_section {
    const uint32_t *part; /* one a process */
    uint32_t which;
} weir_section;

/* The parts of these. Totals with their figures, and whether the device has so much (NULL: any has). */
void weir_finding_resources(weir_finding *finding, const uint64_t *total, const char *source,
                            const weir_device *device);
/* The least sure source of the costs; NULL: there are none. */
const char *weir_structure_source(const weir_structure *structure);
/* Dynamic power of the scope at a frame every `interval_ps`; false: not known. */
bool weir_structure_dynamic(const weir_structure *structure, const weir_evaluation *evaluation,
                            const weir_tuned_point *point, double interval_ps,
                            const weir_section *scope, double *mw);
void weir_finding_power(weir_finding *finding, const weir_structure *structure,
                        const weir_device *device, double dynamic_mw);

#ifdef __cplusplus
}
#endif
#endif
