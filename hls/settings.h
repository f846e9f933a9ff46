/* Settings: what a designer decides about each layer and each FIFO of a design. The keys of the file
 * are the fields' names (hls/design.h); a layer starts from the design's defaults.
 */
#ifndef WEIR_HLS_SETTINGS_H
#define WEIR_HLS_SETTINGS_H

#include "hls/fixed.h"
#include "hls/prune.h"
#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values of keys, in the order of their enumerations; NULL-ended. */
extern const char *const weir_io_names[];
extern const char *const weir_strategy_names[];
extern const char *const weir_policy_names[];
extern const char *const weir_start_names[];
extern const char *const weir_copy_names[];
extern const char *const weir_split_names[];
extern const char *const weir_weights_names[];

/* What a beat is: some channels of a position, or (hls4ml's io_parallel) a whole tensor, and then
 * every position of every layer is built. */
typedef enum weir_io { WEIR_IO_STREAM, WEIR_IO_PARALLEL } weir_io;

typedef enum weir_strategy { WEIR_AUTO, WEIR_LATENCY, WEIR_RESOURCE } weir_strategy;

/* What the copies of a process take in turn: the beats of one initiation, of a row, of a frame. */
typedef enum weir_copy_by { WEIR_COPY_BEATS, WEIR_COPY_ROWS, WEIR_COPY_FRAMES } weir_copy_by;

/* OUTPUTS: groups of output channels side by side; STAGES: sums, then their conversion and the
 * activation that follows. */
typedef enum weir_split_by { WEIR_SPLIT_OUTPUTS, WEIR_SPLIT_STAGES } weir_split_by;

/* OWN: in ROMs of the process; PACKED: in memories shared with others and read at twice the clock. */
typedef enum weir_weights { WEIR_WEIGHTS_OWN, WEIR_WEIGHTS_PACKED } weir_weights;

typedef struct weir_layer_settings {
    uint32_t domain;
    weir_fixed precision, weight_precision, accumulator;
    bool has_accumulator;
    weir_strategy strategy;
    uint64_t reuse_factor, pe, simd; /* 0: chosen */
    uint64_t target_interval_cycles; /* 0: the design's */
    uint32_t table_size, tree_levels;
    weir_pruning prune;
    uint32_t copies; /* of the process that does the layer's arithmetic; 1: it alone */
    weir_copy_by copy_by;
    uint32_t split; /* parts it is split into; 1: none */
    weir_split_by split_by;
    const char *share; /* layers that name one block take turns in it; NULL: a block of its own */
    weir_weights weights;
    weir_loc loc, fold_loc; /* of the layer's group, of its folding key */
} weir_layer_settings;

typedef struct weir_fifo_settings {
    const char *name;
    uint32_t depth, flops; /* depth 0: as without the entry */
    weir_storage storage;
    weir_loc loc;
} weir_fifo_settings;

#ifdef __cplusplus
}
#endif
#endif
