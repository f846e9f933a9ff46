/* The C face of a Verilated process: what a model's shared object exports.
 *
 * The object exports one symbol, `weir_rtl_open` (type weir_rtl_open_fn). A model is a set of
 * pointers into the Verilated class: the simulator writes inputs and reads outputs in place, and
 * calls `eval` for each change of clock level. Port data is little endian, weir_beat_bytes(bits)
 * long (models/stream.h), unused bits zero.
 *
 * One cycle: write inputs, *clk = 0, eval, read valid/ready (settled for this edge), *clk = 1, eval.
 * Reset: a few such cycles with *rst = 1. `state` .. `state + state_bytes` is everything that a
 * cycle can change: if it and the inputs are the same after two consecutive cycles, the model will
 * not move until an input does.
 */
#ifndef WEIR_SIM_RTL_ABI_H
#define WEIR_SIM_RTL_ABI_H

#include <stdint.h>

#define WEIR_RTL_ABI_VERSION 1

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

typedef struct weir_rtl_model {
    uint32_t version;
    void *self;
    void (*eval)(void *self);
    void (*close)(struct weir_rtl_model *model);
    uint8_t *clk, *rst;
    weir_rtl_port *inputs, *outputs;
    uint32_t n_inputs, n_outputs;
    weir_rtl_memory *memories;
    uint32_t n_memories;
    void *state;
    uint64_t state_bytes;
} weir_rtl_model;

typedef weir_rtl_model *(*weir_rtl_open_fn)(void);

#endif
