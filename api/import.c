/* weir import: the importer of hls/, the probes and the first run of sim/, brought together.
 *
 * How many beats make a frame is not written in RTL. It is counted: in a run with beats always there,
 * the beats of a channel between two starts (tokens of ap_ready), or two ends (ap_done), of the process
 * beside it. */
#include "api/handles.h"
#include "api/imported.h"
#include "api/weir_import.h"
#include "hls/vitis.h"
#include "sim/probe.h"
#include <stdlib.h>
#include <string.h>

#define FIRST_BEATS 256
#define MOST_BEATS (UINT64_C(1) << 24)

typedef struct importing {
    weir_vitis *vitis;
    weir_imported *imported;
    const char *folder;
    weir_progress progress;
    weir_diag *diag;
} importing;

/* ------------------------------------------------------------------ FIFOs */

static void take_fit(weir_vitis_fifo *fifo, const weir_fifo_probe *own,
                     const weir_fifo_probe *shallow) {
    fifo->fits = own->fits;
    fifo->latency = own->latency;
    fifo->capacity = own->capacity;
    /* A gap that shows at the own depth shows for good: only at depth 2 has one been seen. */
    fifo->shallow_gap = own->capacity == 2 ? own->write_gap : 0;
    if (shallow == NULL || !shallow->fits || shallow->capacity != 2) return;
    fifo->shallow_fits = true;
    if (shallow->latency == own->latency) fifo->shallow_gap = shallow->write_gap;
}

static bool probe_fifos(importing *run) {
    uint32_t n, next = 0;
    weir_vitis_fifo *fifos = weir_vitis_fifos(run->vitis, &n);
    weir_fifo_probe *probes = weir_xcalloc(2 * (size_t)n + 1, sizeof *probes);
    for (uint32_t f = 0; f < n; f++) {
        probes[next++] = (weir_fifo_probe){.module = fifos[f].wrapper,
                                           .sources = fifos[f].sources,
                                           .n_sources = fifos[f].n_sources,
                                           .bits = fifos[f].bits};
        if (fifos[f].shallow == NULL) continue;
        probes[next] = probes[next - 1];
        probes[next].module = fifos[f].shallow;
        probes[next++].sources = fifos[f].shallow_sources;
    }
    bool good = weir_probe_fifos(probes, next, &run->progress, run->diag);
    next = 0;
    for (uint32_t f = 0; f < n && good; f++) {
        const weir_fifo_probe *own = &probes[next++];
        take_fit(&fifos[f], own, fifos[f].shallow != NULL ? &probes[next++] : NULL);
        if (!fifos[f].fits)
            weir_diag_add(
                run->diag, WEIR_WARNING, WEIR_NOWHERE,
                "FIFO module \"%s\": fits no latency class; it stays RTL, and the processes "
                "at its two ends become one with it",
                fifos[f].module);
    }
    free(probes);
    return good;
}

/* ------------------------------------------------------------------ beats of a frame */

static uint64_t count_until(const uint64_t *edges, uint64_t n, uint64_t edge) {
    uint64_t low = 0, high = n;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (edges[middle] <= edge)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Beats between two marks that follow one another, the same twice; 0: not to be seen. */
static uint64_t between_marks(const uint64_t *edges, uint64_t n, const uint64_t *marks,
                              uint64_t n_marks) {
    for (uint64_t m = 2; m < n_marks; m++) {
        uint64_t a = count_until(edges, n, marks[m - 2]), b = count_until(edges, n, marks[m - 1]);
        uint64_t c = count_until(edges, n, marks[m]);
        if (c - b == b - a && c > b) return c - b;
    }
    return 0;
}

/* The channel by which a process is started, or says that it is done. */
static uint32_t token_of(const weir_imported *in, uint32_t process, weir_carries carries) {
    for (uint32_t c = 0; c < in->n_channels; c++) {
        const weir_imported_channel *channel = &in->channels[c];
        uint32_t end = carries == WEIR_CARRIES_START ? channel->consumer : channel->producer;
        if (channel->carries == carries && end == process) return c;
    }
    return WEIR_NONE;
}

static uint64_t count_beats(const weir_imported *in, const weir_trace *trace, uint32_t c) {
    const weir_imported_channel *channel = &in->channels[c];
    const weir_trace_channel *events = &trace->channels[c];
    if (channel->carries != WEIR_CARRIES_DATA) return 1;
    uint32_t start = token_of(in, channel->consumer, WEIR_CARRIES_START);
    uint32_t done = token_of(in, channel->producer, WEIR_CARRIES_DONE);
    uint32_t before = token_of(in, channel->producer, WEIR_CARRIES_START);
    uint64_t beats = 0;
    if (start != WEIR_NONE)
        beats = between_marks(events->reads, events->n_reads, trace->channels[start].reads,
                              trace->channels[start].n_reads);
    if (beats == 0 && done != WEIR_NONE)
        beats = between_marks(events->writes, events->n_writes, trace->channels[done].writes,
                              trace->channels[done].n_writes);
    if (beats == 0 && before != WEIR_NONE)
        beats = between_marks(events->writes, events->n_writes, trace->channels[before].reads,
                              trace->channels[before].n_reads);
    return beats;
}

/* One run of so many beats; true when every channel's are known. */
static bool count_run(importing *run, const weir_compiled *compiled, uint64_t beats, bool *known) {
    weir_random_beats random = {.graph = compiled->graph, .seed = 1};
    const weir_expect stimulus = {&random, weir_random_beats_fill};
    weir_run_options options = {.engine = WEIR_ENGINE_RTL,
                                .frames = beats,
                                .stimulus = &stimulus,
                                .trace = true,
                                .freeze = true,
                                .stop = run->progress.stop,
                                .progress = run->progress};
    weir_result *result = NULL;
    weir_status status = weir_run(compiled->graph, &options, &result, run->diag);
    if (result == NULL) return false;
    bool good = (status == WEIR_OK || status == WEIR_DEADLOCK) && !result->partial;
    *known = true;
    for (uint32_t c = 0; c < run->imported->n_channels && good; c++) {
        uint64_t found = count_beats(run->imported, result->trace, c);
        *known = *known && found > 0;
        if (found > 0) run->imported->channels[c].beats = found;
    }
    weir_result_free(result);
    return good;
}

static bool count_frames(importing *run) {
    weir_design *design = weir_design_load(run->folder, NULL, run->diag);
    weir_compiled *compiled = design != NULL ? weir_compile(design, run->folder, run->diag) : NULL;
    bool good = compiled != NULL, known = false;
    for (uint64_t beats = FIRST_BEATS; good && !known && beats <= MOST_BEATS; beats *= 4)
        good = count_run(run, compiled, beats, &known);
    for (uint32_t c = 0; good && !known && c < run->imported->n_channels; c++)
        if (run->imported->channels[c].carries == WEIR_CARRIES_DATA &&
            run->imported->channels[c].beats == 1)
            weir_diag_add(
                run->diag, WEIR_WARNING, WEIR_NOWHERE,
                "channel \"%s\": beats of a frame not found out; taken as 1, to be set in "
                "import.cfg",
                run->imported->channels[c].name);
    weir_compiled_free(compiled);
    weir_design_free(design);
    return good;
}

weir_status weir_import_vitis(const char *solution, const char *folder, const weir_import *options,
                              weir_messages *log) {
    importing run = {.folder = folder, .diag = weir_messages_diag(log)};
    run.progress = (weir_progress){
        .context = options->context, .report = options->report, .stop = options->stop};
    const weir_vitis_options opening = {.top = options->top, .whole = options->whole};
    run.vitis = weir_vitis_open(solution, folder, &opening, run.diag);
    bool good = run.vitis != NULL && probe_fifos(&run);
    if (good) run.imported = weir_vitis_cut(run.vitis, run.diag);
    good = good && run.imported != NULL && weir_vitis_save(run.vitis, run.diag) &&
           count_frames(&run) && weir_vitis_save(run.vitis, run.diag);
    weir_vitis_free(run.vitis);
    return good ? WEIR_OK : WEIR_BAD_INPUT;
}
