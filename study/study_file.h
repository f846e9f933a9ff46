/* Study file: a base design, the ideas and axes to be tried on it, and what is asked.
 *
 *   name        = "unet";                 # else the file's
 *   variables   = ( { name = "network"; value = "unet.onnx"; } );  # --set network=PATH
 *   design      = "${network}";           # as `weir run` takes it; relative to this file
 *                                         # or to where weir is run
 *   device      = "xczu9eg";  grade = "-2";
 *   frames      = 8;
 *   resources   = "estimate" | "synthesis" | "none";
 *   base        = ( "crop 64 64", ... );                        # changes to the baseline itself
 *   ideas       = ( { name = "fast_conv"; changes = ( "clock conv1 400", "replicate conv2 2" ); } );
 *   axes        = ( { change = "depth conv1_out {}"; values = [ 2, 4, 8 ]; },
 *                   { change = "clock main {}"; from = 100; to = 400; step = 50; },
 *                   { change = "{}"; values = [ "", "split conv1 2 outputs" ]; } );
 *   sample      = { method = "grid" | "random" | "sobol"; points = 1000; seed = 1; };
 *   constraints = ( "interval_ps <= 1000000", "dsp <= 1200" );
 *   objectives  = ( "interval_ps", "dsp" );
 *   search      = { method = "nsga2"; population = 64; generations = 40; seed = 1; };
 *   program     = { kind = "folding"; ... };                     # study/programs.h
 *   confirm     = 2;                      # the best on RTL
 *   confirm_frames = 3;  confirm_stitched = true;     # on one Verilated top too
 *   accuracy    = { features = "x.npy"; labels = "y.npy"; };     # relative to this file
 * `{}` is the axis's value; an empty change is none. Ideas and samples of the axes are all evaluated,
 * beside the baseline. Every key but `design` is optional.
 */
#ifndef WEIR_STUDY_STUDY_FILE_H
#define WEIR_STUDY_STUDY_FILE_H

#include "base/config.h"
#include "study/programs.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_axis {
    const char *change; /* with {} */
    uint32_t n_values;
    const char *const *values;
    weir_loc loc;
} weir_axis;

typedef struct weir_limit { /* a constraint */
    weir_figure figure;
    bool at_most; /* else at least */
    double value;
    const char *text;
    weir_loc loc;
} weir_limit;

typedef enum weir_sampling {
    WEIR_SAMPLE_GRID,
    WEIR_SAMPLE_RANDOM,
    WEIR_SAMPLE_SOBOL
} weir_sampling;
typedef enum weir_search_method { WEIR_SEARCH_NONE, WEIR_SEARCH_NSGA2 } weir_search_method;

typedef struct weir_study_file {
    const char *path, *name, *design; /* `design` with the study's folder before it */
    const char *device, *grade;       /* NULL: none */
    uint64_t frames;
    weir_cost_source source;
    uint32_t n_base, n_ideas, n_axes, n_limits, n_objectives;
    const weir_change *base;
    const weir_point *ideas;
    const weir_axis *axes;
    const weir_limit *limits;
    const weir_figure *objectives;
    weir_sampling sampling;
    uint64_t points, seed; /* of the sample; points 0: all of the grid */
    weir_search_method search;
    uint64_t population, generations, search_seed;
    weir_program_request program;
    uint64_t confirm, confirm_frames;
    bool confirm_stitched;
    const char *features, *labels; /* NULL: none */
} weir_study_file;

/* `settings`: NAME=VALUE each, in place of the file's variables. NULL with diagnostics. */
weir_study_file *weir_study_file_load(const char *path, const char *const *settings,
                                      uint32_t n_settings, weir_diag *diag);
void weir_study_file_free(weir_study_file *file);

#ifdef __cplusplus
}
#endif
#endif
