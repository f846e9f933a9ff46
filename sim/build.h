/* Verilated models: builds the shared object of each RTL module behind the C ABI of rtl_abi.h, and
 * keeps it in a content-addressed cache ($XDG_CACHE_HOME/weir, else ~/.cache/weir): same RTL, same
 * tools, no rebuild. Builds run in parallel (one job a processor) into a private folder and are
 * renamed into place when whole, so that an interrupt at any time leaves the cache sound.
 *
 * The key is the SHA-256 of the sources' contents, module name, parameters, port list, ABI version
 * and the versions of Verilator and g++. A process's ROM images are not part of it: they are loaded
 * at start. A stitched top reads its images itself (parameter ROM_DIR), so they are part of its key
 * and are copied beside the object: the same path always means the same contents.
 *
 * Needs `verilator` and `g++` on PATH, and the Verilated runtime (libweir_verilated), which is
 * looked for beside the program or library that holds this code, in ../lib from there, then where
 * it was built and where it is installed.
 */
#ifndef WEIR_SIM_BUILD_H
#define WEIR_SIM_BUILD_H

#include "models/process.h"
#include "sim/rtl_abi.h"
#include "sim/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_build_request {
    const char *module;
    const char *const *sources;
    uint32_t n_sources;
    uint32_t n_inputs, n_outputs; /* ports named as models/process.h says */
    uint32_t input_bits[WEIR_GRAPH_PORTS], output_bits[WEIR_GRAPH_PORTS];
    const weir_rom *roms; /* only `path`, `word_bits` and `words` are used here */
    uint32_t n_roms;
    uint32_t n_clocks;       /* 0: ports `clk` and `rst`; else clk_<d> and rst_<d>, d < n_clocks */
    uint32_t probe_channels; /* not 0: WEIR_PROBES is defined, port `probes` has 4 bits a channel */
    const char *rom_folder; /* not NULL: parameter ROM_DIR and, as a string, macro WEIR_ROM_DIR; its
                                .hex, .mem and .dat files */
    bool imported;          /* as of weir_process */
    char object[4096];      /* out: path of the shared object */
    bool cached;            /* out: it was there already */
} weir_build_request;

/* Builds all requests (equal ones once). Errors name module and tool, and quote its first message.
 */
bool weir_build(weir_build_request *requests, uint32_t n, const weir_progress *progress,
                weir_diag *diag);

/* Opens an instance and fills its memories from the images' files. NULL with diagnostics. */
weir_rtl_model *weir_model_open(const char *object, const weir_rom *roms, uint32_t n_roms,
                                weir_diag *diag);
void weir_model_close(weir_rtl_model *model);

#ifdef __cplusplus
}
#endif
#endif
