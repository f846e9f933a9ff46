/* The layer compiler: a design in, a folder of RTL and the dataflow graph out.
 *
 * Folder:  rtl/NAME.sv      one module per process shape, the library, the stitched top
 *          roms/NAME.mem    ROM images, one hexadecimal word a line
 *          schedules.weir  what each process does in a frame (traces/schedule.h), in the graph's
 *                          order, sources and sinks left out
 *          graph.json      processes, channels, domains, for other tools
 *          design.cfg      the resolved design;  network.onnx  a copy: `weir run FOLDER` reads both
 * The compiled design owns the graph, its schedules and the operators; it borrows the design.
 */
#ifndef WEIR_HLS_COMPILE_H
#define WEIR_HLS_COMPILE_H

#include "hls/design.h"
#include "hls/operator.h"
#include "models/expect.h"
#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_compiled {
    const weir_design *design;
    weir_graph *graph;
    const weir_operator *operators; /* one a process of the graph; kind NULL for source and sink */
    const char *top;                /* module name of the stitched top */
    const char *const *top_sources;
    uint32_t n_top_sources;
    const char *rom_folder;
    bool top_is_vendors;   /* of an imported design: the stitched top is the vendor's own */
    weir_fixed input_type; /* how real input values become the source's integers */
    weir_arena *arena;
} weir_compiled;

/* Writes `folder` (created where absent) and returns the compiled design; NULL with diagnostics. A
 * design that was read from `folder` itself leaves the files there as they are. `folder` NULL: the
 * graph, its schedules and operators alone, without RTL and top, for replay and estimates; nothing
 * is written. */
weir_compiled *weir_compile(const weir_design *design, const char *folder, weir_diag *diag);
/* The same for an imported design, whose RTL is there already: the graph, and a stitched top in
 * `folder`. `operators` has those of copies' distributors and
 * collectors alone, NULL without. weir_compile calls it where `design->imported` is set. */
weir_compiled *weir_compile_imported(const weir_design *design, const char *folder,
                                     weir_diag *diag);
void weir_compiled_free(weir_compiled *compiled);

/* Real value of integer `value` of output element `index` (stream order). */
double weir_compiled_output(const weir_compiled *compiled, uint64_t index, int32_t value);

/* Reference inference over the frames of a stimulus (values in the input file's element order):
 * integer values of every stream, computed frame by frame as they are asked for. The channels are
 * those of the compiled graph; source channels' beats are the quantised input. */
typedef struct weir_reference weir_reference;

weir_reference *weir_reference_new(const weir_compiled *compiled, const float *frames,
                                   uint64_t n_frames);
void weir_reference_free(weir_reference *reference);
const weir_expect *weir_reference_expect(weir_reference *reference);

/* How the fixed-point outputs compare with float inference, over the frames that a run has asked
 * for, or all of them if none has. For a network whose
 * output has several positions (rows x columns) arg-max counts positions. */
typedef struct weir_accuracy {
    uint64_t frames, positions, argmax_equal;
    double largest_error; /* |fixed - float|, output units */
} weir_accuracy;

weir_accuracy weir_reference_accuracy(weir_reference *reference);

/* Fixed-point output of one frame as values, in the output file's element order: rows x columns x
 * channels of the output layer. */
void weir_reference_output(weir_reference *reference, uint64_t frame, float *values);

#ifdef __cplusplus
}
#endif
#endif
