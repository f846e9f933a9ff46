/* Imported design: RTL that another maker's HLS wrote, cut at its FIFOs into processes and channels.
 *
 * DIR/import.cfg   what the importer found: processes with the module that wraps each (ports as
 *                  models/process.h says), channels with their probed timing; not to be edited
 * DIR/design.cfg   what a designer decides: hls/design.h's keys `import`, `start`, `domains`,
 *                  `processes`, `fifos`, `source`, `sink`, `inputs`, `outputs`
 * DIR/rtl/         the wrappers, the stitched top, and in rtl/vendor/ copies of the sources
 * DIR/roms/        images that the sources read: of the whole design, and in roms/MODULE of a wrapper
 *
 * Tokens are channels too: a start FIFO carries one beat of one bit an initiation. The process of kind
 * PROCESS named "host" plays the testbench: it raises the top's ap_start by a token, `held` for ever
 * or `pulsed`, again after each ap_done.
 */
#ifndef WEIR_HLS_IMPORTED_H
#define WEIR_HLS_IMPORTED_H

#include "base/arena.h"
#include "base/text.h"
#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_HOST "host"

typedef struct weir_vendor_figures { /* of a csynth report; WEIR_NO_FIGURE: not said */
    uint64_t latency_min, latency_max, ii_min, ii_max;
    uint64_t lut, ff, dsp, bram18, uram;
} weir_vendor_figures;
#define WEIR_NO_FIGURE UINT64_MAX

/* What Vivado made of the whole top before it counted its resources. */
typedef enum weir_vivado_stage {
    WEIR_VIVADO_NONE,
    WEIR_VIVADO_SYNTHESIS,
    WEIR_VIVADO_IMPLEMENTATION,
} weir_vivado_stage;
extern const char *const weir_vivado_stage_names[]; /* "none", "synthesis", ...; NULL-ended */

typedef struct weir_imported_process {
    const char *name;
    const char *vendor; /* module that it wraps, the first of several; "" of host, sources, sinks */
    const char *module; /* the wrapper; "" of sources and sinks */
    weir_process_kind kind;
    const char *const *sources; /* below the folder */
    uint32_t n_sources;
    bool has_roms; /* in roms/MODULE */
    uint32_t n_inputs, n_outputs;
    uint32_t n_wrapped; /* instances of the dataflow region in it */
    weir_vendor_figures figures;
} weir_imported_process;

typedef enum weir_carries { WEIR_CARRIES_DATA, WEIR_CARRIES_START, WEIR_CARRIES_DONE } weir_carries;

typedef struct weir_imported_channel {
    const char *name;
    weir_carries carries;
    uint32_t producer, producer_port, consumer, consumer_port;
    uint32_t bits;
    uint64_t beats; /* of a frame */
    uint32_t depth;
    weir_storage storage;  /* SRL or BRAM: what says the latency class that was probed */
    uint32_t shallow_gap;  /* write gap where the depth is 2 */
    const char *instance;  /* FIFO of the vendor's top; "": at the top's border, weir's own */
    int32_t depth_less;    /* its parameter DEPTH is the depth less this */
    uint32_t address_bits; /* its parameter ADDR_WIDTH; 0: it has none */
    const char *fifo;      /* its module */
} weir_imported_channel;

typedef struct weir_imported {
    const char *name, *top, *folder; /* folder: where import.cfg lies */
    uint64_t period_ps;              /* of the target clock; 0: not known */
    uint32_t n_processes, n_channels;
    weir_imported_process *processes;
    weir_imported_channel *channels;
    const char *const *top_sources; /* of the vendor's top, whole, below the folder */
    uint32_t n_top_sources;
    bool has_roms;
    weir_vendor_figures figures;      /* of the top */
    weir_vivado_stage vivado_stage;   /* of: */
    weir_vendor_figures vivado;       /* resources of the top after Vivado */
    uint64_t cosim_latency, cosim_ii; /* as the vendor's co-simulation reported; WEIR_NO_FIGURE */
    const struct weir_top_port *top_ports; /* while importing only */
} weir_imported;

/* How the values of a source or a sink lie in its beats. */
typedef struct weir_port_type {
    uint32_t lanes; /* elements a beat, each in bits / lanes bits */
    weir_element element;
    weir_loc loc;
} weir_port_type;

struct weir_design;

/* Reads import.cfg into the arena; NULL with diagnostics. */
weir_imported *weir_imported_load(weir_arena *arena, const char *folder, weir_diag *diag);
void weir_imported_text(const weir_imported *imported, weir_text *out);

/* A first design.cfg: all that can be set, as it was found. */
void weir_imported_design_text(const weir_imported *imported, weir_text *out);

/* Index of a process by name; WEIR_NONE. */
uint32_t weir_imported_find(const weir_imported *imported, const char *name);

/* The graph under a design's settings, unsealed sizes as in `imported`; NULL with diagnostics. The
 * dealers are those of its copies (hls/imported_copies.h). `classes`: a schedule of each process of the
 * import, NULL entries where it is not known; the graph borrows them. */
struct weir_dealers;
struct weir_schedule;
weir_graph *weir_imported_graph(const struct weir_design *design,
                                const struct weir_dealers *dealers,
                                struct weir_schedule *const *classes, weir_diag *diag);

/* The process of the import that one of the graph is, or is a copy of; WEIR_NONE: of a dealer. */
uint32_t weir_imported_origin(const struct weir_design *design, uint32_t process);

/* Whether the design differs from what was imported in nothing but depths within the same latency
 * class: the vendor's top can be the stitched one. */
bool weir_imported_is_vendors(const struct weir_design *design, const weir_graph *graph);
/* Whether it differs in nothing but clock periods: what Vivado made of the top holds. */
bool weir_imported_is_unchanged(const struct weir_design *design, const weir_graph *graph);

#ifdef __cplusplus
}
#endif
#endif
