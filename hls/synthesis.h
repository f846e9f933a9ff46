/* Synthesis: what each module of a design costs, by Yosys's synth_xilinx.
 *
 * A module is synthesised alone, flattened, without pads and clock buffers, with its ROM images
 * (without them, a memory that is never written would be nothing). Additions go to carry chains one
 * by one, as vendor tools build them; left to itself Yosys makes compressors of LUT from trees of
 * adders, which takes more than twice as many. Nor does it join LUT by the wide multiplexers beside
 * them: its functions of seven to nine inputs, for speed, take up to five times the LUT.
 * Modules are synthesised in parallel, one a processor, equal ones once; results lie in the cache of
 * base/cache.h under the SHA-256 of sources, images, family, script and Yosys's version. One that
 * takes longer than the limit is ended and left without a cost, which the cache remembers too.
 *
 * Needs `yosys` on PATH.
 */
#ifndef WEIR_HLS_SYNTHESIS_H
#define WEIR_HLS_SYNTHESIS_H

#include "base/progress.h"
#include "hls/netlist.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_SYNTHESIS_SECONDS 600 /* a module: what a default design's modules take a tenth of */

typedef struct weir_synthesis_request {
    const char *module;
    const char *const *sources;
    uint32_t n_sources;
    const weir_rom *roms; /* their files are parameters ROM_FILE0, ROM_FILE1, ... */
    uint32_t n_roms;
    uint32_t n_inputs, n_outputs;
    uint32_t input_bits[WEIR_MAX_PORTS], output_bits[WEIR_MAX_PORTS];
    uint32_t n_clocks;      /* 0: ports `clk` and `rst`; else a stitched top: clk_<d> and rst_<d> */
    const char *rom_folder; /* of a stitched top: parameter ROM_DIR; NULL: none */
    weir_cost cost;         /* out; source NONE: it took too long */
    weir_cells cells;       /* out */
    bool cached;            /* out */
} weir_synthesis_request;

/* False with diagnostics that name the module and quote the tool. */
bool weir_synthesise(weir_synthesis_request *requests, uint32_t n, weir_family family,
                     double limit_seconds, const weir_progress *progress, weir_diag *diag);

/* A request for every process of the graph that has RTL, in order; others are zero (module NULL). */
void weir_synthesis_requests(const weir_graph *graph, weir_synthesis_request *requests);

#ifdef __cplusplus
}
#endif
#endif
