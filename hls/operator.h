/* Operator: one stream process as the layer compiler knows it, between network layer and RTL.
 *
 * An operator turns a frame of its input streams into a frame of its output streams, exactly: `infer`
 * is the integer reference, `emit` writes the SystemVerilog module that must send the same beats,
 * and `step` is its timing. All operators are ELASTIC pipelines of steps (models/process.h): a frame
 * is `steps` steps; step i reads the inputs that step(i) names at stage 0 and writes the outputs it
 * names at stage `stages` - 1; steps follow one another without end, frame after frame.
 *   E(i,s) = max(E(i,s-1) + 1, E(i-1,s) + 1, E(i-1,s+1) if s < stages-1, gates of the step at s)
 * Tensors are int32, flat, in stream order (models/stream.h). Sums are exact in 64 bits.
 * An emitted module has ports clk, rst, in<p>_{valid,ready,data}, out<q>_{valid,ready,data}, and for
 * operators with ROMs a parameter ROM_FILE<r> = "" (image file; empty: left to the simulator).
 */
#ifndef WEIR_HLS_OPERATOR_H
#define WEIR_HLS_OPERATOR_H

#include "base/arena.h"
#include "base/text.h"
#include "hls/fixed.h"
#include "hls/network.h"
#include "models/process.h"
#include "models/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_READS(port) (1u << (port))
#define WEIR_WRITES(port) (1u << (16 + (port)))

typedef struct weir_operator weir_operator;

typedef struct weir_operator_kind {
    const char *name; /* "window", "matvec", ... also the module name's prefix */
    void (*infer)(const weir_operator *op, const int32_t *const *in, int32_t *const *out);
    unsigned (*step)(const weir_operator *op, uint64_t index); /* index < op->steps */
    void (*emit)(const weir_operator *op, const char *module, weir_text *sv);
    const char *const *library; /* files of rtl/ that the module needs, NULL-ended, in order */
    bool copies;                /* every output carries the input's elements in their order */
} weir_operator_kind;

typedef struct weir_image { /* contents of one ROM */
    const char *path;       /* of the memory below the module, "core.rom.mem" */
    uint32_t word_bits, words;
    const uint8_t *bytes; /* words x weir_beat_bytes(word_bits), packed like beats */
} weir_image;

struct weir_operator {
    const weir_operator_kind *kind;
    const char *name;
    uint32_t n_inputs, n_outputs;
    weir_stream in[WEIR_MAX_PORTS], out[WEIR_MAX_PORTS];
    uint32_t stages;
    uint64_t steps;       /* of a frame */
    uint64_t ii_cycles;   /* steps of one initiation */
    uint64_t initiations; /* of a frame: steps = ii_cycles * initiations where it divides */
    uint64_t multipliers;
    uint64_t reuse_factor, pe, simd;
    const char *strategy; /* "latency", "resource", "" */
    double table_error;   /* largest error of an activation table, in output units */
    uint32_t n_images;
    const weir_image *images;
    const void *params; /* the kind's own struct */
};

/* Constructors fill `op`; all memory comes from the arena. Streams must already fit each other
 * (lanes, channels): what cannot be built is refused with an error at `loc`. */

/* Sliding window: in rows x columns x channels, `lanes` channels a beat; out rows' x columns' x
 * (channel folds x kernel rows x kernel columns x lanes), one whole kernel window of `lanes`
 * channels a beat, channel folds innermost in time: beat order (row, column, fold), element order in
 * the beat (kernel row, kernel column, lane). Padding elements have the integer value `pad`. Steps
 * walk the padded input, one beat each. */
bool weir_window_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                          weir_window_shape shape, int32_t pad, weir_loc loc, weir_diag *diag);

typedef struct weir_matvec_spec {
    weir_stream in;         /* vectors of in.channels, one a position, lanes a beat */
    uint32_t outputs;       /* rows x columns x outputs out */
    uint32_t out_lanes;     /* divides outputs; resource: a multiple of pe */
    const int32_t *weights; /* [in.channels][outputs], in stream order */
    weir_fixed weight_type;
    const int64_t *bias; /* [outputs], fraction = in fraction + weight fraction; NULL: none */
    const weir_fixed *accumulator; /* NULL: wide enough to be exact */
    weir_fixed out;
    bool latency;      /* latency strategy: in.lanes must equal in.channels */
    uint32_t pe, simd; /* resource: pe divides outputs, simd divides in.lanes */
} weir_matvec_spec;

/* Matrix-vector product: out = W^T in + bias, converted to `out`. Initiation = one vector; resource:
 * reuse factor = (outputs / pe) * (in.channels / simd) steps. */
bool weir_matvec_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const weir_matvec_spec *spec, weir_loc loc, weir_diag *diag);

/* Width converter: same elements, other number of lanes; one count divides the other. */
bool weir_width_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                         uint32_t lanes, weir_loc loc, weir_diag *diag);

/* Reduces every window beat of weir_window_operator (kernel elements per lane) to its maximum, or
 * to its average converted to `out`. `shape` and `before` (the windowed tensor) give the divisor
 * where padding does not count. Maximum keeps the input's element type. */
bool weir_pool_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                        weir_window_shape shape, weir_shape before, uint32_t lanes, bool average,
                        bool count_include_pad, weir_fixed out, weir_loc loc, weir_diag *diag);

/* Average over all rows and columns: out 1 x 1 x channels, same lanes. */
bool weir_global_pool_operator(weir_operator *op, weir_arena *arena, const char *name,
                               weir_stream in, weir_fixed out, weir_loc loc, weir_diag *diag);

/* Element-wise activation (RELU, LEAKY_RELU, SELU, SIGMOID, TANH; QUANT: conversion alone), result
 * converted to `out`;
 * `table_size` entries (a power of two) where a table is used. */
bool weir_activation_operator(weir_operator *op, weir_arena *arena, const char *name,
                              weir_stream in, weir_layer_kind kind, double alpha, double gamma,
                              uint32_t table_size, weir_fixed out, weir_loc loc, weir_diag *diag);

/* Per-channel scale and bias: out[c] = scale[c] * in[c] + bias[c], constants of `weight_type`; bias
 * integers have fraction in + weight. */
bool weir_scale_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                         const int32_t *scale, weir_fixed weight_type, const int64_t *bias,
                         weir_fixed out, weir_loc loc, weir_diag *diag);

typedef struct weir_depthwise_spec {
    weir_stream in;  /* window beats of weir_window_operator: channels = input channels x kernel,
                       lanes = channel lanes x kernel, element order (kernel, channel lane) */
    uint32_t kernel; /* kernel rows x columns */
    const int32_t *weights; /* [kernel][channels] */
    weir_fixed weight_type;
    const int64_t *bias; /* [channels], fraction = in + weight; NULL: none */
    weir_fixed out;
    uint32_t taps; /* multipliers a channel lane; divides kernel */
} weir_depthwise_spec;

/* Depthwise convolution over window beats: one output lane a channel lane; a beat takes kernel /
 * taps steps (its reuse factor), read at the first, written at the last. Weights and biases in
 * ROMs. Multipliers: channel lanes x taps. */
bool weir_depthwise_operator(weir_operator *op, weir_arena *arena, const char *name,
                             const weir_depthwise_spec *spec, weir_loc loc, weir_diag *diag);

/* Copies every beat to each of `outputs` (2..WEIR_MAX_PORTS) streams, all in the same step. */
bool weir_fork_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                        uint32_t outputs, weir_loc loc, weir_diag *diag);

/* Element-wise sum (product) of `n` (2) streams of one shape and lanes, exact, then converted. The
 * inputs may differ in element type. */
bool weir_add_operator(weir_operator *op, weir_arena *arena, const char *name,
                       const weir_stream *in, uint32_t n, bool product, weir_fixed out,
                       weir_loc loc, weir_diag *diag);

/* Channels of `n` streams one after another at each position: same rows, columns and lanes, lanes
 * divide each one's channels; elements converted to `out`. Reads one port a step. */
bool weir_concat_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const weir_stream *in, uint32_t n, weir_fixed out, weir_loc loc,
                          weir_diag *diag);

/* Nearest neighbour enlargement by whole factors: element (r, c) of the output is element
 * (r / rows, c / columns) of the input. Same lanes and type. A row is kept in a memory while it is
 * repeated; steps = beats out. */
bool weir_resize_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                          uint32_t rows, uint32_t columns, weir_loc loc, weir_diag *diag);

/* Softmax over the channels of each position, any lanes. */
bool weir_softmax_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                           uint32_t table_size, weir_fixed out, weir_loc loc, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
