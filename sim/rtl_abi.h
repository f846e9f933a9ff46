/* The C face of a Verilated process: what a model's shared object exports.
 *
 * The object exports one symbol, `weir_rtl_open` (type weir_rtl_open_fn). A model is a set of
 * pointers into the Verilated class: the simulator writes inputs and reads outputs in place. Port
 * data is little endian, weir_beat_bytes(bits) long (models/stream.h), unused bits zero.
 *
 * Fill the memories, then `start` once. One cycle of a model with one clock: write inputs, `settle`
 * (not needed if no input changed since the last `settle` or `tick`), read valid and ready, which
 * are those of this edge, `tick`; both leave *clk 0. A model with several clocks is driven by
 * writing *clocks[d] and calling `eval` for every change of level.
 * Reset: a few cycles with *rst = 1. `spans` are the memory that a cycle can change, inputs included
 * and ROMs left out: if a `tick` leaves them as they were before it, the model will not move until
 * an input does.
 */
#ifndef WEIR_SIM_RTL_ABI_H
#define WEIR_SIM_RTL_ABI_H

#include <stdint.h>

#define WEIR_RTL_ABI_VERSION 2

typedef struct weir_rtl_port {
    uint8_t *valid, *ready;
    void *data;
    uint32_t data_bytes;
} weir_rtl_port;

typedef struct weir_rtl_memory { /* a ROM to be filled before reset */
    const char *path;
    void *words; /* `count` words of `word_bytes` */
    uint32_t word_bytes, count;
} weir_rtl_memory;

typedef struct weir_rtl_span {
    const void *bytes;
    uint64_t count;
} weir_rtl_span;

typedef struct weir_rtl_model {
    uint32_t version;
    void *self;
    const char *(*start)(void *self); /* NULL, or what went wrong (a missing ROM image) */
    void (*settle)(void *self);
    void (*tick)(void *self);
    void (*eval)(void *self);
    void (*close)(struct weir_rtl_model *model);
    uint8_t *clk, *rst;
    weir_rtl_port *inputs, *outputs;
    uint32_t n_inputs, n_outputs;
    weir_rtl_memory *memories;
    uint32_t n_memories;
    weir_rtl_span *spans;
    uint32_t n_spans;
    uint8_t **clocks, **resets; /* clk and rst are the first of them */
    uint32_t n_clocks;
    const void *probes; /* of a stitched top: 4 bits a channel, little endian; else NULL */
    uint32_t probe_bits;
    void *owner; /* the wrapper's own */
} weir_rtl_model;

typedef weir_rtl_model *(*weir_rtl_open_fn)(void);

#endif
