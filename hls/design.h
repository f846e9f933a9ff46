/* Design: a network together with what the designer decided about it. Read from a `.cfg`, from a
 * folder that `weir compile` wrote, or made of defaults for a bare `.onnx`.
 *
 *   name = "digits";  network = "../networks/digits.onnx";   # relative to this file
 *   domains  = ( { name = "slow"; period_ps = 8000; phase_ps = 0; }, ... );
 *   defaults = { io = "stream" | "parallel"; domain; precision; weight_precision; strategy;
 *                reuse_factor; tree_levels; table_size; prune; prune_by; prune_seed; fifo_depth;
 *                storage; cdc_flops; };
 *   layers   = ( { name = "conv1"; domain; precision; weight_precision; accumulator_precision;
 *                  strategy = "auto" | "latency" | "resource"; reuse_factor; pe; simd;
 *                  target_interval_cycles;
 *                  tree_levels; table_size; prune = 0.5; prune_by = "magnitude" | "random" |
 *                  "filter" | "channel"; prune_seed; prune_shrink; copies = 2; copy_by = "beats" | "rows" |
 *                  "frames"; split = 2; split_by = "outputs" | "stages"; share = "block";
 *                  weights = "own" | "packed"; }, ... );
 *   fifos    = ( { name = "conv1_out"; depth = 16; storage = "bram"; flops = 2; }, ... );
 *   source   = { domain; policy = "wait" | "drop"; arrival_period_ps; arrival_file; pause = "110"; };
 *   sink     = { domain; pause = "1101"; };
 *   crop     = { rows = 64; columns = 64; };      # in place of the network's input size
 *   device   = "xczu9eg";                         # or the path of a file as models/device.h says
 *   target_interval_cycles = 262144;  # or target_fps: folding where no layer setting says otherwise
 * Every key is optional but `network`, in whose place an imported design (hls/imported.h) has
 *   import = "import.cfg";  start = "held" | "pulsed";
 *   processes = ( { name; domain; copies; }, ... );       # copies take whole frames in turn
 *   inputs, outputs = ( { name; lanes; type = "ap_fixed<16,6>"; }, ... );
 *   sink = { ...; expected_file = "tb_output_predictions.dat"; };
 * and no layers, targets or crop. Defaults: one domain "main" of 5000 ps, ap_fixed<16,6>,
 * strategy by size, io "stream". Domains are indices into `domains`; settings are per layer of the network.
 */
#ifndef WEIR_HLS_DESIGN_H
#define WEIR_HLS_DESIGN_H

#include "base/arena.h"
#include "base/text.h"
#include "hls/imported.h"
#include "hls/network.h"
#include "hls/settings.h"
#include "models/clock.h"
#include "models/device.h"
#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_design {
    const char *name;
    const char *folder; /* not NULL: read from a compiled folder, whose RTL is used as it is; NULL
                             too where the options say something else than the folder does */
    const char *network_path;
    const weir_network *network;
    weir_io io;
    uint32_t n_domains;
    const weir_domain *domains;
    const weir_layer_settings *settings; /* one a layer of the network */
    uint32_t default_depth, default_flops;
    weir_storage default_storage;
    uint32_t n_fifos;
    const weir_fifo_settings *fifos;
    uint32_t source_domain, sink_domain;
    uint32_t crop_rows, crop_columns; /* 0: as the network says */
    uint64_t target_interval_cycles;  /* 0: none */
    double target_fps;                /* 0: none */
    bool drop;
    uint64_t arrival_period_ps;
    const char *arrival_path;              /* NULL: none */
    const char *source_pause, *sink_pause; /* NULL: never */
    const weir_device *device;             /* NULL: none named */
    const char *device_name;          /* as named; a path is the file's own, not the design's */
    const weir_imported *imported;    /* NULL: of a network. Else the rest is of this alone: */
    bool pulsed;                      /* the start policy; else held */
    const uint32_t *process_domains;  /* of each process of `imported` */
    const uint32_t *process_copies;   /* likewise, at least 1 */
    const weir_loc *process_locs;     /* likewise: where the file speaks of it */
    const char *expected_path;        /* values that should leave, a frame a line; NULL: none */
    const weir_port_type *port_types; /* of each, of a source or sink; lanes 0: not known */
} weir_design;

/* What a caller decides above the file; 0: nothing. At most one of the targets. */
typedef struct weir_design_options {
    uint32_t crop_rows, crop_columns;
    uint64_t target_interval_cycles;
    double target_fps;
    const char *io;     /* "stream" or "parallel" */
    const char *device; /* NULL: as the file says */
} weir_design_options;

/* NULL with diagnostics if anything is wrong. `options` may be NULL. */
weir_design *weir_design_load(const char *path, const weir_design_options *options,
                              weir_diag *diag);
void weir_design_free(weir_design *design);
/* A design that can be changed: its arrays (domains, settings, fifos, those of processes) are its own,
 * network, device and import are borrowed from `base`, and no folder's RTL is its. */
weir_design *weir_design_copy(const weir_design *base);
/* Reads the network of a copy anew, pruned as its settings say now. */
bool weir_design_reload(weir_design *design, weir_diag *diag);
weir_arena *weir_design_arena(weir_design *design); /* for what a change puts into it */

/* Reads what is only in the file of an imported design into `design`; nodes may be NULL. */
struct weir_config_node;
typedef struct weir_imported_settings {
    const struct weir_config_node *processes, *inputs, *outputs;
} weir_imported_settings;
bool weir_imported_read_settings(weir_design *design, weir_arena *arena,
                                 const weir_imported_settings *settings, weir_diag *diag);

/* The fully resolved design as configuration text, which reads back to the same design. */
void weir_design_text(const weir_design *design, const char *network_path, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
