/* Programs of a study: points that an integer program finds, beside those that the file names.
 *
 *   program = { kind = "folding"; share = 1.0; logic = 0.8; };
 *   program = { kind = "clocks"; interval_ps = 1000000; mhz = [ 100, 150, 200 ]; domains = 3; };
 * `share` is how much of the device's DSP, BRAM18 and URAM a folding may take, `logic` of its LUT and
 * FF; `nodes` limits branch and cut (study/fold_program.h, study/clock_program.h).
 */
#ifndef WEIR_STUDY_PROGRAMS_H
#define WEIR_STUDY_PROGRAMS_H

#include "base/config.h"
#include "study/clock_program.h"
#include "study/fold_program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_program_kind {
    WEIR_PROGRAM_NONE,
    WEIR_PROGRAM_FOLDING,
    WEIR_PROGRAM_CLOCKS
} weir_program_kind;

typedef struct weir_program_request {
    weir_program_kind kind;
    double share, logic;
    uint64_t interval_ps;
    uint32_t n_mhz;
    const double *mhz;
    uint32_t domains, nodes;
    weir_loc loc;
} weir_program_request;

/* `node` NULL: none is asked for. Strings and lists are of the arena. */
bool weir_program_request_read(weir_program_request *request, const weir_config_node *node,
                               weir_arena *arena, weir_diag *diag);

enum { WEIR_PROGRAM_POINTS = 2 };

typedef struct weir_programmed {
    weir_program_request request;
    weir_fold_program *folding; /* of its kind; else NULL */
    weir_clock_program *clocks;
    uint32_t n_points;
    weir_point points[WEIR_PROGRAM_POINTS]; /* without the changes of the baseline */
} weir_programmed;

/* `base`: the changes of the baseline. NULL with diagnostics. */
weir_programmed *weir_programs_run(const weir_program_request *request,
                                   const weir_evaluation *evaluation, const weir_change *base,
                                   uint32_t n_base, weir_diag *diag);
void weir_programmed_free(weir_programmed *programmed);

/* What was found and what bounds it; `findings` are those of the points, in their order. */
void weir_programmed_text(const weir_programmed *programmed, const weir_finding *const *findings,
                          weir_text *out);
struct json_t;
struct json_t *weir_programmed_json(const weir_programmed *programmed);

#ifdef __cplusplus
}
#endif
#endif
