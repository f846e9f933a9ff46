/* The operators: a constructor for each kind of stream process (hls/operator.h).
 *
 * Shapes are rows x columns x channels, sent `lanes` elements a beat (models/stream.h). Constructors
 * fill `op`; all memory comes from the arena. Streams must already fit each other (lanes, channels):
 * what cannot be built is refused with an error at `loc`, and false returned. Weights and biases are
 * integers in the order of the stream that they meet; a bias has the fraction of the products.
 */
#ifndef WEIR_HLS_OPERATORS_H
#define WEIR_HLS_OPERATORS_H

#include "hls/operator.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* `n` (2..WEIR_MAX_PORTS) such products of the resource strategy, all of the same PE and SIMD, that
 * take turns in one block: a turn is the whole frame of one member, from input m to output m, and the
 * next turn begins in the next cycle. Steps are the sum of the members'. `names`: of the members. */
bool weir_shared_operator(weir_operator *op, weir_arena *arena, const char *name,
                          const char *const *names, const weir_matvec_spec *specs, uint32_t n,
                          weir_loc loc, weir_diag *diag);

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

/* What is dealt to copies of a process, or comes from them: shares of `beats` beats in turn, so many
 * to each copy as weir_deal_shares says; every frame begins with copy 0. `parts` NULL: whole frames
 * in turn, frame after frame; the operator's steps then go through a frame of each copy. */
typedef struct weir_deal {
    weir_stream whole;
    const weir_stream *parts; /* of each copy */
    uint32_t copies;          /* 2..WEIR_MAX_PORTS */
    uint64_t beats;           /* of a share */
} weir_deal;

uint64_t weir_deal_shares(uint64_t shares, uint32_t copies, uint32_t copy);
/* One input to `copies` outputs; `copies` inputs to one output, in the order of the shares. */
bool weir_distribute_operator(weir_operator *op, weir_arena *arena, const char *name,
                              const weir_deal *deal, weir_loc loc, weir_diag *diag);
bool weir_collect_operator(weir_operator *op, weir_arena *arena, const char *name,
                           const weir_deal *deal, weir_loc loc, weir_diag *diag);

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
