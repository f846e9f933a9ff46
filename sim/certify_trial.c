/* One case: the RTL run, the replay, and what differs. */
#include "base/arena.h"
#include "base/text.h"
#include "sim/certify_parts.h"
#include "sim/replay_run.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (UINT64_C(1) << 28) /* of beats that are only compared */

/* ------------------------------------------------------------------ beats */

static void fill(void *context, uint32_t channel, uint64_t frame, uint64_t first, uint64_t count,
                 uint8_t *out) {
    const weir_beats *beats = context;
    const weir_channel *c = weir_graph_channel(beats->graph, channel);
    uint64_t frame_beats = weir_stream_beats(&c->stream);
    uint64_t at = frame % beats->frames * frame_beats + first;
    memcpy(out, beats->channels[channel] + at * c->beat_bytes, count * c->beat_bytes);
}

/* Of each channel, the bytes of its beats in all frames; 0 where they are not needed. Sources must have
 * theirs; the others are compared too, where they are known, unless that takes too much memory. */
static bool plan_beats(const weir_graph *graph, const weir_graph *whole, uint64_t frames,
                       uint64_t *bytes) {
    uint64_t others = 0;
    /* What an imported process makes of its beats is not known: there is no reference to compare with,
     * for it and those that it hands them to. Its times must not depend on them, which random beats in
     * the cases put to the test. */
    bool known = true;
    for (uint32_t p = 0; p < weir_graph_processes(whole); p++)
        known &= !weir_graph_process(whole, p)->imported;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        bytes[c] = frames * weir_stream_beats(&channel->stream) * channel->beat_bytes;
        if (weir_graph_process(graph, channel->producer)->kind != WEIR_SOURCE) others += bytes[c];
    }
    if (known && others <= MOST_BYTES) return true;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        if (weir_graph_process(graph, channel->producer)->kind != WEIR_SOURCE) bytes[c] = 0;
    }
    return false;
}

/* Frame `frame` of a channel of a cut, part by part; where there are more parts than frames, the first
 * ones come again. */
static void fill_cut(const weir_trial *trial, const weir_expect *expect, const weir_graph *graph,
                     const weir_cut *cut, uint32_t c, uint64_t frame, uint8_t *out) {
    const weir_channel *own = weir_graph_channel(trial->graph, c);
    uint32_t parts = weir_cut_parts(cut, graph, c);
    uint64_t beats = weir_stream_beats(&own->stream) / parts;
    for (uint32_t part = 0; part < parts; part++)
        expect->fill(expect->context, cut->channel[c],
                     weir_cut_frame(cut, graph, c, frame, part) % trial->beats.frames, 0, beats,
                     out + part * beats * own->beat_bytes);
}

/* Frame by frame over all channels: who makes the beats computes each frame once. */
void weir_trial_beats(weir_trial *trial, const weir_expect *expect, const weir_graph *graph,
                      const weir_cut *cut, uint64_t frames) {
    weir_beats *beats = &trial->beats;
    uint32_t n = weir_graph_channels(trial->graph);
    *beats = (weir_beats){.graph = trial->graph, .frames = frames};
    beats->channels = weir_xcalloc(n, sizeof *beats->channels);
    uint64_t *bytes = weir_xcalloc(n, sizeof *bytes);
    beats->checked = plan_beats(trial->graph, graph, frames, bytes);
    for (uint32_t c = 0; c < n; c++)
        if (bytes[c] > 0) beats->channels[c] = weir_xcalloc(1, bytes[c]);
    for (uint64_t f = 0; f < frames; f++) {
        for (uint32_t c = 0; c < n; c++) {
            const weir_channel *own = weir_graph_channel(trial->graph, c);
            uint64_t frame_beats = weir_stream_beats(&own->stream);
            if (bytes[c] == 0) continue;
            uint8_t *to = beats->channels[c] + f * frame_beats * own->beat_bytes;
            if (cut != NULL)
                fill_cut(trial, expect, graph, cut, c, f, to);
            else
                expect->fill(expect->context, c, f, 0, frame_beats, to);
        }
    }
    free(bytes);
    beats->expect = (weir_expect){.context = beats, .fill = fill};
}

/* ------------------------------------------------------------------ the net */

void weir_trial_schedules(weir_trial *trial) {
    const weir_graph *graph = trial->graph;
    uint32_t n_processes = weir_graph_processes(graph), n_channels = weir_graph_channels(graph);
    weir_net_process *processes = weir_xcalloc(n_processes, sizeof *processes);
    weir_net_channel *channels = weir_xcalloc(n_channels, sizeof *channels);
    uint32_t *ports = weir_xcalloc(2 * n_channels + 1, sizeof *ports), *next = ports;
    for (uint32_t p = 0; p < n_processes; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        processes[p] = (weir_net_process){.name = process->name,
                                          .kind = process->kind,
                                          .domain = process->domain,
                                          .schedule = trial->schedules[p],
                                          .inputs = next,
                                          .outputs = next + process->n_inputs};
        for (uint32_t i = 0; i < process->n_inputs; i++)
            *next++ = weir_graph_input(graph, p, i);
        for (uint32_t q = 0; q < process->n_outputs; q++)
            *next++ = weir_graph_output(graph, p, q);
    }
    for (uint32_t c = 0; c < n_channels; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        channels[c] = (weir_net_channel){.name = channel->name,
                                         .producer = channel->producer,
                                         .producer_port = channel->producer_port,
                                         .consumer = channel->consumer,
                                         .consumer_port = channel->consumer_port,
                                         .frame_beats = weir_stream_beats(&channel->stream),
                                         .frame_step = channel->frame_step,
                                         .frame_first = channel->frame_first,

                                         .at_port = channel->at_port};
    }
    weir_replay_free(trial->replay);
    weir_net_free(trial->net);
    trial->net = weir_net_new(weir_graph_name(graph), weir_graph_domains(graph), processes,
                              n_processes, channels, n_channels);
    trial->replay = weir_replay_new(trial->net);
    free(processes);
    free(channels);
    free(ports);
}

void weir_trial_free(weir_trial *trial) {
    weir_replay_free(trial->replay);
    weir_net_free(trial->net);
    for (uint32_t c = 0; trial->beats.channels != NULL && c < weir_graph_channels(trial->graph);
         c++)
        free(trial->beats.channels[c]);
    free(trial->beats.channels);
    free(trial->schedules);
}

/* ------------------------------------------------------------------ both sides */

weir_result *weir_trial_run(const weir_trial *trial, const weir_case *drawn, weir_diag *diag) {
    const weir_run_options options = {.engine = WEIR_ENGINE_RTL,
                                      .frames = drawn->frames,
                                      .arrival_ps = drawn->arrival_ps,
                                      .drop = drawn->drop,
                                      .pauses = (const char *const *)drawn->pauses,
                                      .stimulus = &trial->beats.expect,
                                      .expect = trial->beats.checked ? &trial->beats.expect : NULL,
                                      .trace = true,
                                      .freeze = true,
                                      .stop = trial->stop};
    weir_result *result = NULL;
    weir_run_opened(drawn->graph, &options, trial->opened, &result, diag);
    return result;
}

static bool replay_case(const weir_trial *trial, const weir_case *drawn,
                        const weir_replay_result **result, weir_diag *diag) {
    uint32_t n_domains = weir_graph_domains(drawn->graph);
    weir_domain *domains = weir_xcalloc(n_domains, sizeof *domains);
    weir_channel_timing *timing = weir_xcalloc(weir_graph_channels(drawn->graph), sizeof *timing);
    weir_replay_of_graph(drawn->graph, domains, timing);
    const weir_replay_parameters parameters = {.domains = domains,
                                               .channels = timing,
                                               .frames = drawn->frames,
                                               .arrival_ps = drawn->arrival_ps,
                                               .drop = drawn->drop,
                                               .pauses = (const char *const *)drawn->pauses};
    bool good = weir_replay_run(trial->replay, &parameters,
                                WEIR_WANT_TIMES | WEIR_WANT_TRACE | WEIR_WANT_AFTER, result, diag);
    free(domains);
    free(timing);
    return good;
}

/* ------------------------------------------------------------------ differences */

static uint64_t events_until(const uint64_t *edges, uint64_t count, const weir_domain *clock,
                             uint64_t end_ps) {
    while (count > 0 && weir_clock_edge_ps(clock, edges[count - 1]) > end_ps)
        count--;
    return count;
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* The RTL run ends with the last beat that leaves, and its trace has room for the beats of the frames
 * asked for: of a process that is ahead of its inputs (a host that holds ap_start high), or has none,
 * it keeps those alone. What the replay has beyond either is not compared; up to there nothing is left
 * out. A deadlock has no later events. */
static weir_trace until(const weir_graph *graph, const weir_trace *trace, uint64_t frames,
                        uint64_t end_ps) {
    weir_trace cut = *trace;
    cut.channels = weir_xcalloc(trace->n_channels, sizeof *cut.channels);
    for (uint32_t c = 0; c < trace->n_channels; c++) {
        weir_trace_channel *channel = &cut.channels[c];
        *channel = trace->channels[c];
        const weir_channel *of = weir_graph_channel(graph, c);
        uint64_t most = weir_frames_carried(of->frame_step, of->frame_first, frames) *
                        weir_stream_beats(&of->stream);
        channel->n_writes = least(channel->n_writes, most);
        channel->n_reads = least(channel->n_reads, most);
        const weir_domain writer = {.period_ps = channel->write_period_ps,
                                    .phase_ps = channel->write_phase_ps};
        const weir_domain reader = {.period_ps = channel->read_period_ps,
                                    .phase_ps = channel->read_phase_ps};
        channel->n_writes = events_until(channel->writes, channel->n_writes, &writer, end_ps);
        channel->n_reads = events_until(channel->reads, channel->n_reads, &reader, end_ps);
    }
    return cut;
}

static char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) text = NULL;
    va_end(arguments);
    return text;
}

static char *frames_differ(const weir_result *rtl, const weir_replay_result *replay) {
    if (rtl->n_frames != replay->n_frames)
        return say("frames that left: %lu against %lu", rtl->n_frames, replay->n_frames);
    if (rtl->n_dropped != replay->n_dropped)
        return say("frames lost: %lu against %lu", rtl->n_dropped, replay->n_dropped);
    for (uint64_t f = 0; f < rtl->n_frames; f++) {
        const weir_frame_times *times = &rtl->frames[f];
        if (times->index != replay->index[f])
            return say("frame %lu: number %lu of the stimulus against %lu", f, times->index,
                       replay->index[f]);
        if (times->first_in_ps != replay->first_in_ps[f])
            return say("frame %lu: enters at %lu ps against %lu ps", f, times->first_in_ps,
                       replay->first_in_ps[f]);
        /* A host may hand on starts ahead of its inputs: the RTL gives no time to a frame that left
         * before it came, and then the replay's must say the same. */
        bool ahead = times->last_out_ps == 0 && replay->last_out_ps[f] <= replay->first_in_ps[f];
        if (!ahead && times->last_out_ps != replay->last_out_ps[f])
            return say("frame %lu: leaves at %lu ps against %lu ps", f, times->last_out_ps,
                       replay->last_out_ps[f]);
    }
    return NULL;
}

static char *wrong_data(const weir_graph *graph, const weir_result *rtl) {
    if (rtl->mismatches == 0) return NULL;
    const weir_mismatch *first = &rtl->first_mismatch;
    return say("channel \"%s\": frame %lu, beat %lu of the RTL: %s, not %s",
               weir_graph_channel(graph, first->channel)->name, first->frame, first->beat,
               first->found, first->expected);
}

bool weir_trial_compare(const weir_trial *trial, const weir_case *drawn, const weir_result *rtl,
                        weir_outcome *outcome, weir_diag *diag) {
    *outcome = (weir_outcome){.deadlock = rtl->deadlock.happened};
    const weir_replay_result *replay = NULL;
    if (!replay_case(trial, drawn, &replay, diag)) return false;
    for (uint32_t c = 0; c < rtl->trace->n_channels; c++)
        outcome->events += rtl->trace->channels[c].n_writes + rtl->trace->channels[c].n_reads;
    weir_trace cut = until(drawn->graph, replay->trace, drawn->frames,
                           outcome->deadlock ? UINT64_MAX : rtl->end_ps);
    outcome->difference = weir_trace_difference(rtl->trace, &cut);
    free(cut.channels);
    if (outcome->difference == NULL && outcome->deadlock != replay->deadlock)
        outcome->difference =
            say("a deadlock in the %s alone", outcome->deadlock ? "RTL" : "replay");
    if (outcome->difference == NULL) outcome->difference = frames_differ(rtl, replay);
    outcome->timed = outcome->difference == NULL;
    if (outcome->timed) outcome->difference = wrong_data(trial->graph, rtl);
    return true;
}
