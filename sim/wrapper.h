/* The C++ that turns Verilator's output into the C face of rtl_abi.h.
 *
 * One translation unit per model: the ABI's text, every source file that Verilator wrote, and the
 * functions behind weir_rtl_open. A module all of whose logic hangs on the rising edge of `clk` is
 * stepped by its two phases directly: the logic that depends on inputs (settle) and the clocked
 * logic with all that follows from it (tick). Any other goes through the whole evaluation loop for
 * each clock level. Which of the two applies is read off the text that Verilator wrote; in doubt it
 * is the whole loop.
 */
#ifndef WEIR_SIM_WRAPPER_H
#define WEIR_SIM_WRAPPER_H

#include "base/text.h"
#include "sim/build.h"

/* How a model is stepped; found by weir_wrapper_phases. */
typedef struct weir_phases {
    bool direct;     /* settle and tick call the phases themselves */
    bool has_inputs; /* some logic depends on inputs */
} weir_phases;

/* Class name that Verilator is told to use for every model. */
#define WEIR_MODEL_CLASS "Vm"

weir_phases weir_wrapper_phases(const weir_build_request *request, const char *root_header,
                                const char *sources);

/* Every port that the request expects is there with its width; errors name module and port. */
bool weir_wrapper_check(const weir_build_request *request, const char *root_header,
                        weir_diag *diag);

/* Everything but the #includes of Verilator's files, which the caller puts first. */
void weir_wrapper_write(weir_text *out, const weir_build_request *request, weir_phases phases);

/* Verilator's control file that keeps the memories of `roms` reachable. */
void weir_wrapper_control(weir_text *out, const weir_build_request *request);

#endif
