/* The dataflow graph: what hls/ makes, sim/ runs, study/ transforms and report/ draws.
 *
 * Processes with ports, joined by channels (FIFOs), each process in a clock domain. Every channel
 * has one producer port and one consumer port; when their domains differ it is a CDC FIFO. The
 * outside is a process too: kind SOURCE (one output, plays a stimulus) or SINK (one input). A process
 * without inputs sends the same beats in every frame, and goes on with the next one's as long as there
 * is room, whether or not that frame ever comes.
 * A graph is filled by the weir_graph_add_* functions, then checked and sealed by weir_graph_seal;
 * from then on it never changes: all that moves while running is held by a run.
 * Strings passed in are copied. Indices are handles: domains, processes and channels count from 0
 * in the order of adding.
 */
#ifndef WEIR_MODELS_GRAPH_H
#define WEIR_MODELS_GRAPH_H

#include "models/clock.h"
#include "models/fifo.h"
#include "models/process.h"
#include "models/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_storage {
    WEIR_STORAGE_AUTO,
    WEIR_STORAGE_SRL,
    WEIR_STORAGE_LUTRAM,
    WEIR_STORAGE_BRAM,
    WEIR_STORAGE_URAM,
} weir_storage;

/* Far above any device (4096 beats of a URAM288, 1280 of them) and any clock (1 s): what keeps sums
 * of depths and times within their types. */
#define WEIR_MAX_DEPTH (1u << 24)
#define WEIR_MAX_PERIOD_PS UINT64_C(1000000000000)

extern const char *const weir_storage_names[]; /* "auto", "srl", ...; NULL-ended */

typedef struct weir_channel {
    const char *name;
    uint32_t producer, producer_port; /* process index, output port index */
    uint32_t consumer, consumer_port; /* process index, input port index */
    weir_stream stream;
    uint32_t beat_bits;  /* as weir_stream_beat_bits, set by seal */
    uint32_t beat_bytes; /* as weir_beat_bytes, set by seal */
    uint32_t depth;
    weir_storage storage; /* seal resolves AUTO: SRL up to WEIR_SRL_DEPTH beats, else BRAM; a CDC
                             FIFO is always LUTRAM (its memory is read without a clock) */
    weir_latency_class latency; /* set by seal: CDC across domains, PLAIN for SRL, else MEMORY */
    uint32_t flops;             /* synchroniser flops of a CDC FIFO */
    uint32_t write_gap; /* least cycles between two writes; 0 and 1: none; not of a CDC FIFO */
    /* Where it carries not all frames of the run but number `frame_first` and every frame_step-th
     * after it: between copies of a process that take frames in turn. A step of 0 and 1: all. */
    uint32_t frame_step, frame_first;
    uint32_t gapless; /* least depth without a gap, of a FIFO that has one where it is shallower; 0:
                           at any depth as it is */
    bool at_port; /* of a source or a sink: the FIFO is part of the outside. A frame begins when its
                     first beat is read from it, and ends when its last is written to it */
    bool
        drained; /* its producer does not ask for space, and it is never full: its consumer takes each
                     beat at once, or no beat comes before the one before was taken */
    weir_loc loc;
} weir_channel;

/* Deepest FIFO that `auto` keeps in shift registers: two SRL32 in series per bit (UG474, "SLICEM
 * shift registers"); deeper ones go to block RAM. */
#define WEIR_SRL_DEPTH 64
#define WEIR_CDC_FLOPS 2

/* Of `frames` frames of the run, so many the channel carries; the number of its own frame `own`. */
static inline uint64_t weir_frames_carried(uint32_t step, uint32_t first, uint64_t frames) {
    if (step < 2) return frames;
    return frames > first ? (frames - first - 1) / step + 1 : 0;
}
static inline bool weir_frame_carried(uint32_t step, uint32_t first, uint64_t frame) {
    return step < 2 || frame % step == first;
}
static inline uint64_t weir_frame_number(uint32_t step, uint32_t first, uint64_t own) {
    return step < 2 ? own : first + own * step;
}
/* Least depth of a drained channel: a beat a cycle finds space where one is read as soon as it can be
 * (forward and backward cycles, models/fifo.h); across clocks, a beat in every four cycles does with
 * three flops and a reader at a third of the writer's clock. */
uint32_t weir_drained_depth(weir_latency_class latency);

/* Least depth at which a channel of a sealed graph has the timing that it has now. */
uint32_t weir_channel_least(const weir_channel *channel);

typedef struct weir_graph weir_graph;

weir_graph *weir_graph_new(const char *name);
void weir_graph_free(weir_graph *graph);

uint32_t weir_graph_add_domain(weir_graph *graph, const weir_domain *domain);
uint32_t weir_graph_add_process(weir_graph *graph, const weir_process *process);
uint32_t weir_graph_add_channel(weir_graph *graph, const weir_channel *channel);

/* Checks the whole graph, reports every problem once (dangling port, port with two channels, depth
 * 0 or below the class's minimum, unknown domain, zero period, unreachable process, duplicate name,
 * stream mismatch), resolves what is left open and seals. False if there was an error. */
bool weir_graph_seal(weir_graph *graph, weir_diag *diag);

const char *weir_graph_name(const weir_graph *graph);
uint32_t weir_graph_domains(const weir_graph *graph);
uint32_t weir_graph_processes(const weir_graph *graph);
uint32_t weir_graph_channels(const weir_graph *graph);
const weir_domain *weir_graph_domain(const weir_graph *graph, uint32_t index);
const weir_process *weir_graph_process(const weir_graph *graph, uint32_t index);
const weir_channel *weir_graph_channel(const weir_graph *graph, uint32_t index);

/* Channel at an input (output) port of a process of a sealed graph. */
uint32_t weir_graph_input(const weir_graph *graph, uint32_t process, uint32_t port);
uint32_t weir_graph_output(const weir_graph *graph, uint32_t process, uint32_t port);

/* Frames of the run in a pass of the process's schedule: the step of its channels where it takes turns
 * with others or deals them their frames; else 1. */
uint32_t weir_graph_turns(const weir_graph *graph, uint32_t process);
/* It has one in so many frames: that step where none of its channels carries all of them; else 1. */
uint32_t weir_graph_own_step(const weir_graph *graph, uint32_t process);

#define WEIR_NONE UINT32_MAX

/* Patterns by process: `source` for sources, `sink` for sinks, NULL for the rest. The caller frees;
 * NULL where neither pattern says anything (NULL or ""). */
const char **weir_graph_pauses(const weir_graph *graph, const char *source, const char *sink);

#ifdef __cplusplus
}
#endif
#endif
