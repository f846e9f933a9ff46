/* libweir: cycle-accurate simulation of streaming neural-network accelerators.
 *
 *   weir_messages *messages = weir_messages_new();
 *   weir_simulation *simulation = weir_simulation_open("mlp.onnx", messages);
 *   weir_outcome *outcome = NULL;
 *   if (simulation && weir_simulation_compile(simulation, "mlp.design", messages) == WEIR_OK)
 *       weir_simulation_run(simulation, &outcome, messages);
 *
 * A simulation is one design (a .cfg, a compiled folder or a bare .onnx) and its frames; an outcome
 * is what one run of it gave, and lives on without it. Nothing here prints or exits. A call that
 * fails returns NULL or a status other than WEIR_OK and tells why in `log`. Times are picoseconds.
 * Pointers returned are borrowed from the handle unless said otherwise.
 */
#ifndef WEIR_H
#define WEIR_H

#include "base/progress.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
const char *weir_version(void);

/* ---- messages ---- */
typedef struct weir_messages weir_messages;
typedef struct weir_message {
    const char *level; /* "note", "warning", "error" */
    const char *file;  /* NULL: no file involved */
    int line;          /* 0: the file as a whole */
    const char *text;
} weir_message;

weir_messages *weir_messages_new(void);
void weir_messages_free(weir_messages *log);
size_t weir_messages_count(const weir_messages *log);
weir_message weir_messages_at(const weir_messages *log, size_t index);
void weir_messages_print(const weir_messages *log, FILE *out);

/* ---- a simulation: design and stimulus ---- */
typedef struct weir_simulation weir_simulation;
typedef struct weir_opening {         /* 0: as the design says */
    uint32_t crop_rows, crop_columns; /* in place of the size of the network's input */
    uint64_t target_interval_cycles;  /* folding that gives a frame so often, or: */
    double target_fps;
    const char *io;     /* "stream", or "parallel": a beat is a whole tensor */
    const char *device; /* a name such as "xczu9eg", or the path of a file */
} weir_opening;
weir_simulation *weir_simulation_open(const char *path, weir_messages *log);
weir_simulation *weir_simulation_open_with(const char *path, const weir_opening *opening,
                                           weir_messages *log);
void weir_simulation_close(weir_simulation *sim);
const char *weir_simulation_name(const weir_simulation *sim);
/* The compiled folder that the design was opened from; NULL: none, or other than it. */
const char *weir_simulation_folder(const weir_simulation *sim);
/* Values of one frame of the network's input and output, in the order of the network's file. */
uint64_t weir_simulation_inputs(const weir_simulation *sim);
uint64_t weir_simulation_outputs(const weir_simulation *sim);

/* Changes of the design; to be made before compiling. */
weir_status weir_simulation_set_depth(weir_simulation *sim, const char *fifo, uint32_t depth,
                                      weir_messages *log);
weir_status weir_simulation_set_period(weir_simulation *sim, const char *domain, uint64_t period_ps,
                                       weir_messages *log);
/* From a file (.npy or text; `frames` 0: all of it), copied, or random; default: 10 of seed 1. */
weir_status weir_simulation_load_frames(weir_simulation *sim, const char *path, uint64_t frames,
                                        weir_messages *log);
weir_status weir_simulation_set_frames(weir_simulation *sim, const float *values, uint64_t frames,
                                       weir_messages *log);
weir_status weir_simulation_random_frames(weir_simulation *sim, uint64_t frames, uint64_t seed,
                                          weir_messages *log);
/* "rtl" (default): one Verilated model a process; "stitched": one Verilated top. */
weir_status weir_simulation_set_engine(weir_simulation *sim, const char *name, weir_messages *log);
void weir_simulation_set_trace(weir_simulation *sim, bool trace);   /* on */
void weir_simulation_set_freeze(weir_simulation *sim, bool freeze); /* on */
void weir_simulation_set_shuffle(weir_simulation *sim, uint64_t seed);
void weir_simulation_set_stall(weir_simulation *sim, uint64_t cycles);
/* For `report` see base/progress.h. Once `*stop` is not 0 (a signal handler may) the work ends. */
void weir_simulation_set_progress(weir_simulation *sim, weir_report_fn report, void *context);
void weir_simulation_set_stop(weir_simulation *sim, const volatile int *stop);
weir_status weir_simulation_compile(weir_simulation *sim, const char *folder, weir_messages *log);

/* ---- an outcome ---- */
typedef struct weir_outcome weir_outcome;
/* Needs a compiled simulation. DEADLOCK, DISAGREE and NO_FIT (weir_resources.h) have outcomes too. */
weir_status weir_simulation_run(weir_simulation *sim, weir_outcome **outcome, weir_messages *log);
/* Reads back, or writes, the folder of a run: result.json and, where recorded, trace.weir. */
weir_outcome *weir_outcome_load(const char *folder, weir_messages *log);
weir_status weir_outcome_save(const weir_outcome *outcome, const char *folder, weir_messages *log);
void weir_outcome_free(weir_outcome *outcome);

typedef struct weir_frame_info {
    uint64_t index; /* in the stimulus, counting dropped frames */
    uint64_t first_in_ps, last_out_ps;
} weir_frame_info;

typedef struct weir_process_info {
    const char *name, *operator_name, *domain;
    uint64_t initiations, busy_cycles, starved_cycles, blocked_cycles, idle_cycles;
} weir_process_info;

typedef struct weir_channel_info {
    const char *name, *producer, *consumer;
    uint32_t beat_bits, depth, max_occupancy;
} weir_channel_info;

typedef struct weir_summary {
    uint64_t frames, dropped, beats_checked, mismatches;
    bool partial, deadlock;
    uint64_t steady_interval_ps;  /* 0: fewer than two frames */
    const char *bottleneck, *why; /* of a process; NULL: no frame has passed */
    double share;
    const char *deadlock_text; /* NULL: none */
} weir_summary;
/* Indices count from 0; all zero where the index is too large. */
weir_summary weir_outcome_summary(const weir_outcome *outcome);
weir_frame_info weir_outcome_frame(const weir_outcome *outcome, uint64_t index);
uint32_t weir_outcome_processes(const weir_outcome *outcome);
weir_process_info weir_outcome_process(const weir_outcome *outcome, uint32_t index);
uint32_t weir_outcome_channels(const weir_outcome *outcome);
weir_channel_info weir_outcome_channel(const weir_outcome *outcome, uint32_t index);
/* What the hardware sent for one frame (weir_simulation_outputs values); NULL after a load. */
const float *weir_outcome_values(const weir_outcome *outcome, uint64_t frame);

/* "text", "json" or "csv"; the caller frees. NULL: unknown format. */
char *weir_outcome_report(const weir_outcome *outcome, const char *format);
/* Two outcomes side by side, under the names given; the caller frees. */
char *weir_outcome_diff(const weir_outcome *a, const char *name_a, const weir_outcome *b,
                        const char *name_b);
/* Handshakes of every channel as a waveform, "vcd" or "fst"; needs a trace. */
weir_status weir_outcome_wave(const weir_outcome *outcome, const char *format, const char *path,
                              weir_messages *log);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
