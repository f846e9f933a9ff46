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
    /* NULL of a kind without inputs: it sends the words of its first image again and again */
    void (*infer)(const weir_operator *op, const int32_t *const *in, int32_t *const *out);
    unsigned (*step)(const weir_operator *op, uint64_t index); /* index < op->steps */
    void (*emit)(const weir_operator *op, const char *module, weir_text *sv);
    const char *const *library; /* files of rtl/ that the module needs, NULL-ended, in order */
    bool copies;                /* every output carries the input's elements in their order */
    bool turns; /* output q is made of input q alone; `infer` passes over ports that are NULL */
    bool deals; /* each output carries a part of them, `infer` fills them apart */
} weir_operator_kind;

/* On how much of the input a part of the output depends, wherever in the frame that part lies: the
 * same beat, position or row; FRAME: on more, or on where it lies. */
typedef enum weir_scope {
    WEIR_SCOPE_FRAME,
    WEIR_SCOPE_ROW,
    WEIR_SCOPE_POSITION,
    WEIR_SCOPE_BEAT,
} weir_scope;

typedef struct weir_image { /* contents of one ROM */
    const char *path;       /* of the memory below the module, "core.rom.mem" */
    uint32_t word_bits, words;
    const uint8_t *bytes; /* words x weir_beat_bytes(word_bits), packed like beats */
} weir_image;

/* As a file: one hexadecimal word a line. */
void weir_image_text(const weir_image *image, weir_text *text);

struct weir_operator {
    const weir_operator_kind *kind;
    const char *name;
    uint32_t n_inputs, n_outputs;
    weir_stream in[WEIR_MAX_PORTS], out[WEIR_MAX_PORTS];
    uint32_t stages;
    uint64_t steps;       /* of a frame */
    uint64_t ii_cycles;   /* steps of one initiation */
    uint64_t initiations; /* of a frame: steps = ii_cycles * initiations where it divides */
    uint32_t
        frames; /* that `steps` and `initiations` are of, where one does not end where it began;
                        0 and 1: one */
    weir_scope scope;
    uint64_t multipliers;
    uint64_t reuse_factor, pe, simd;
    const char *strategy; /* "latency", "resource", "" */
    double table_error;   /* largest error of an activation table, in output units */
    uint32_t n_images;
    const weir_image *images;
    const void *params; /* the kind's own struct */
};

#ifdef __cplusplus
}
#endif
#endif
