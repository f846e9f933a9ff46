#include "sim/book.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Half of what 64 bits hold, so that no time after the last arrival overflows. */
#define WEIR_LAST_ARRIVAL_PS (UINT64_C(1) << 62)

double weir_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t beats_a_block(const weir_lane *lane) {
    uint64_t beats = WEIR_EXPECT_BLOCK / lane->channel->beat_bytes;
    return beats > 0 ? beats : 1;
}

static uint64_t block_bytes(const weir_lane *lane) {
    uint64_t beats = beats_a_block(lane);
    if (beats > lane->frame_beats) beats = lane->frame_beats;
    return beats * lane->channel->beat_bytes;
}

static void set_arrival(weir_book *book, weir_source_node *source) {
    const weir_run_options *options = book->options;
    if (source->frame >= options->frames)
        source->arrival_edge = WEIR_NEVER;
    else
        source->arrival_edge = weir_clock_at_or_after(
            source->domain, options->arrival_ps != NULL ? options->arrival_ps[source->frame] : 0);
}

/* A result and its trace have room for all frames from the start: is there so much memory? */
static bool check_memory(const weir_graph *graph, const weir_run_options *options,
                         weir_diag *diag) {
    double frame_bytes = sizeof(weir_frame_times);
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        double beats = (double)weir_stream_beats(&channel->stream);
        if (channel->frame_step > 1) beats = beats / channel->frame_step + 1;
        if (options->trace) frame_bytes += beats * 2 * sizeof(uint64_t);
        if (weir_graph_process(graph, channel->consumer)->kind == WEIR_SINK)
            frame_bytes += beats * channel->beat_bytes;
    }
    double most = (double)weir_memory_bytes() / frame_bytes;
    if ((double)options->frames <= most) return true;
    return weir_error(diag, WEIR_NOWHERE,
                      "run of \"%s\": %lu frames, this machine's memory %s %.0f",
                      weir_graph_name(graph), options->frames,
                      options->trace ? "and an event trace allow" : "allows", most);
}

static bool check_arrivals(const weir_run_options *options, weir_diag *diag) {
    const uint64_t *times = options->arrival_ps;
    if (times == NULL) return true;
    for (uint64_t f = 1; f < options->frames; f++)
        if (times[f] < times[f - 1])
            return weir_error(
                diag, WEIR_NOWHERE,
                "arrival of frame %lu: %lu ps, earlier than the frame before it (%lu ps)", f,
                times[f], times[f - 1]);
    uint64_t last = options->frames > 0 ? options->frames - 1 : 0;
    if (options->frames > 0 && times[last] > WEIR_LAST_ARRIVAL_PS)
        return weir_error(diag, WEIR_NOWHERE, "arrival of frame %lu: %lu ps, at most %lu", last,
                          times[last], WEIR_LAST_ARRIVAL_PS);
    return true;
}

/* Is it of digits 0 and 1, with at least one 1, or nothing? */
static bool is_pattern(const char *pattern) {
    return pattern[strspn(pattern, "01")] == '\0' &&
           (pattern[0] == '\0' || strchr(pattern, '1') != NULL);
}

static bool check_pauses(const weir_graph *graph, const weir_run_options *options,
                         weir_diag *diag) {
    bool good = true;
    if (options->pauses == NULL && options->sink_pause != NULL && !is_pattern(options->sink_pause))
        good = weir_error(diag, WEIR_NOWHERE,
                          "sink pause pattern \"%s\": needs digits 0 and 1, with at least one 1",
                          options->sink_pause);
    for (uint32_t p = 0; options->pauses != NULL && p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        const char *pattern = options->pauses[p];
        if (pattern == NULL || pattern[0] == '\0') continue;
        if (process->kind == WEIR_PROCESS)
            good = weir_error(diag, process->loc,
                              "process \"%s\": pause pattern \"%s\", only sources and sinks pause",
                              process->name, pattern);
        else if (!is_pattern(pattern))
            good = weir_error(diag, process->loc,
                              "%s \"%s\": pause pattern \"%s\": needs digits 0 and 1, with at "
                              "least one 1",
                              process->kind == WEIR_SOURCE ? "source" : "sink", process->name,
                              pattern);
    }
    return good;
}

static bool check_options(const weir_graph *graph, const weir_run_options *options,
                          weir_diag *diag) {
    bool good = true;
    uint32_t sources = 0;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        sources += weir_graph_process(graph, p)->kind == WEIR_SOURCE;
    if (options->stimulus == NULL && options->outside == NULL &&
        options->engine != WEIR_ENGINE_REPLAY)
        good = weir_error(diag, WEIR_NOWHERE, "run of \"%s\": no stimulus", weir_graph_name(graph));
    if (options->drop && sources > 1)
        good =
            weir_error(diag, WEIR_NOWHERE, "run of \"%s\": %u sources, at most 1 that drops frames",
                       weir_graph_name(graph), sources);
    good = check_pauses(graph, options, diag) && good;
    good = check_arrivals(options, diag) && good;
    return check_memory(graph, options, diag) && good;
}

static void make_lane(weir_book *book, uint32_t c) {
    const weir_run_options *options = book->options;
    weir_lane *lane = &book->lanes[c];
    lane->index = c;
    lane->channel = weir_graph_channel(book->graph, c);
    lane->frame_beats = weir_stream_beats(&lane->channel->stream);
    lane->room =
        lane->frame_beats *
        weir_frames_carried(lane->channel->frame_step, lane->channel->frame_first, options->frames);
    bool of_source = weir_graph_process(book->graph, lane->channel->producer)->kind == WEIR_SOURCE;
    const weir_process *producer = weir_graph_process(book->graph, lane->channel->producer);
    lane->constant = producer->kind == WEIR_PROCESS && producer->n_inputs == 0;
    bool of_sink = weir_graph_process(book->graph, lane->channel->consumer)->kind == WEIR_SINK;
    lane->begins = lane->channel->at_port && of_source;
    lane->ends = lane->channel->at_port && of_sink;
    if (options->expect != NULL && !of_source) lane->block = weir_xcalloc(1, block_bytes(lane));
    if (!options->trace) return;
    weir_trace_reserve(book->result->trace, c, lane->channel->name, lane->room);
    weir_trace_channel *traced = &book->result->trace->channels[c];
    const weir_domain *writer = weir_graph_domain(
        book->graph, weir_graph_process(book->graph, lane->channel->producer)->domain);
    const weir_domain *reader = weir_graph_domain(
        book->graph, weir_graph_process(book->graph, lane->channel->consumer)->domain);
    traced->write_period_ps = writer->period_ps;
    traced->write_phase_ps = writer->phase_ps;
    traced->read_period_ps = reader->period_ps;
    traced->read_phase_ps = reader->phase_ps;
    lane->traced = traced;
}

static weir_pause make_pause(const weir_book *book, uint32_t p, const char *of_all) {
    const char *const *pauses = book->options->pauses;
    weir_pause pause = {.pattern = pauses != NULL ? pauses[p] : of_all};
    pause.length = pause.pattern != NULL ? strlen(pause.pattern) : 0;
    if (pause.length == 0) return pause;
    pause.open = weir_xcalloc(pause.length + 1, sizeof *pause.open);
    for (uint64_t k = 0; k < pause.length; k++)
        pause.open[k + 1] = pause.open[k] + (pause.pattern[k] == '1');
    return pause;
}

static uint64_t open_before(const weir_pause *pause, uint64_t edge) {
    return edge / pause->length * pause->open[pause->length] + pause->open[edge % pause->length];
}

uint64_t weir_pause_open(const weir_pause *pause, uint64_t first, uint64_t end) {
    if (pause->length == 0) return end - first;
    return open_before(pause, end) - open_before(pause, first);
}

uint64_t weir_pause_ends(const weir_pause *pause, uint64_t edge) {
    while (weir_pause_at(pause, edge))
        edge++;
    return edge;
}

static void make_ends(weir_book *book) {
    uint32_t n = weir_graph_processes(book->graph);
    book->sources = weir_xcalloc(n + 1, sizeof *book->sources);
    book->sinks = weir_xcalloc(n + 1, sizeof *book->sinks);
    for (uint32_t p = 0; p < n; p++) {
        const weir_process *process = weir_graph_process(book->graph, p);
        const weir_domain *domain = weir_graph_domain(book->graph, process->domain);
        if (process->kind == WEIR_SOURCE) {
            weir_lane *lane = &book->lanes[weir_graph_output(book->graph, p, 0)];
            weir_source_node *source = &book->sources[book->n_sources++];
            *source = (weir_source_node){.domain = domain, .process = p, .lane = lane};
            source->block = weir_xcalloc(1, block_bytes(lane));
            source->pause = make_pause(book, p, NULL);
            set_arrival(book, source);
        } else if (process->kind == WEIR_SINK) {
            weir_lane *lane = &book->lanes[weir_graph_input(book->graph, p, 0)];
            weir_sink_node *sink = &book->sinks[book->n_sinks++];
            *sink = (weir_sink_node){.domain = domain, .process = p, .lane = lane};
            sink->pause = make_pause(book, p, book->options->sink_pause);
            if (book->n_sinks > 1) continue;
            book->result->outputs = weir_xcalloc(lane->room + 1, lane->channel->beat_bytes);
            sink->outputs = book->result->outputs;
        }
    }
}

weir_book *weir_book_new(const weir_graph *graph, const weir_run_options *options,
                         weir_diag *diag) {
    if (!check_options(graph, options, diag)) return NULL;
    weir_book *book = weir_xcalloc(1, sizeof *book);
    uint32_t channels = weir_graph_channels(graph);
    book->graph = graph;
    book->options = options;
    weir_result *result = book->result = weir_xcalloc(1, sizeof *result);
    result->engine = options->engine;
    result->frames = weir_xcalloc(options->frames + 1, sizeof *result->frames);
    for (uint64_t f = 0; f < options->frames; f++)
        result->frames[f].first_in_ps = WEIR_NEVER;
    result->domain_cycles = weir_xcalloc(weir_graph_domains(graph), sizeof(uint64_t));
    result->processes = weir_xcalloc(weir_graph_processes(graph), sizeof *result->processes);
    result->channels = weir_xcalloc(channels, sizeof *result->channels);
    if (options->trace) result->trace = weir_trace_new(weir_graph_name(graph), channels);
    book->lanes = weir_xcalloc(channels, sizeof *book->lanes);
    for (uint32_t c = 0; c < channels; c++)
        make_lane(book, c);
    make_ends(book);
    book->ended = options->frames == 0;
    if (book->n_sources == 0) book->n_started = options->frames; /* nobody has to send them */
    book->started_at = book->reported_at = weir_seconds();
    return book;
}

void weir_book_free(weir_book *book) {
    if (book == NULL) return;
    for (uint32_t c = 0; c < weir_graph_channels(book->graph); c++)
        free(book->lanes[c].block);
    for (uint32_t s = 0; s < book->n_sources; s++) {
        free(book->sources[s].block);
        free(book->sources[s].pause.open);
    }
    for (uint32_t s = 0; s < book->n_sinks; s++)
        free(book->sinks[s].pause.open);
    free(book->lanes);
    free(book->sources);
    free(book->sinks);
    weir_result_free(book->result);
    free(book);
}

static char *hexadecimal(const uint8_t *beat, uint32_t bytes) {
    char *text = weir_xcalloc(2 * bytes + 1, 1);
    for (uint32_t i = 0; i < bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", beat[bytes - 1 - i]);
    return text;
}

/* The first wrong beat is kept; it is the only moment of a run that allocates. */
static void mismatch(weir_book *book, const weir_lane *lane, uint64_t frame, uint64_t number,
                     const uint8_t *found, const uint8_t *expected) {
    weir_result *result = book->result;
    if (result->mismatches++ > 0) return;
    uint32_t bytes = lane->channel->beat_bytes;
    result->first_mismatch =
        (weir_mismatch){.channel = lane->index, .frame = frame, .beat = number};
    result->first_mismatch.found = hexadecimal(found, bytes);
    result->first_mismatch.expected =
        expected != NULL ? hexadecimal(expected, bytes) : strdup("no beat");
}

void weir_book_check(weir_book *book, weir_lane *lane, uint64_t own, uint64_t number,
                     const void *beat) {
    if (lane->block == NULL) return;
    uint64_t order = weir_frame_number(lane->channel->frame_step, lane->channel->frame_first, own);
    const weir_expect *expect = book->options->expect;
    book->result->beats_checked++;
    if (order >= book->n_started && !lane->constant) { /* a beat of a frame that nobody has sent */
        mismatch(book, lane, order, number, beat, NULL);
        return;
    }
    uint64_t frame = lane->constant ? 0 : book->result->frames[order].index;
    if (lane->left == 0) {
        uint64_t count = lane->frame_beats - number;
        if (count > beats_a_block(lane)) count = beats_a_block(lane);
        expect->fill(expect->context, lane->index, frame, number, count, lane->block);
        lane->next = lane->block;
        lane->left = count;
    }
    if (memcmp(lane->next, beat, lane->channel->beat_bytes) != 0)
        mismatch(book, lane, frame, number, beat, lane->next);
    lane->next += lane->channel->beat_bytes;
    lane->left--;
}

const uint8_t *weir_source_offer(weir_book *book, weir_source_node *source, uint64_t edge) {
    if (edge < source->arrival_edge || weir_pause_at(&source->pause, edge)) return NULL;
    const weir_outside *outside = book->options->outside;
    if (outside != NULL) return outside->offer(outside->context);
    if (source->left == 0) {
        const weir_lane *lane = source->lane;
        const weir_expect *stimulus = book->options->stimulus;
        uint64_t count = lane->frame_beats - source->beat;
        if (count > beats_a_block(lane)) count = beats_a_block(lane);
        stimulus->fill(stimulus->context, lane->index, source->frame, source->beat, count,
                       source->block);
        source->next = source->block;
        source->left = count;
    }
    return source->next;
}

/* All sources have nothing left, and all sinks have had every frame that was sent. */
static bool all_done(const weir_book *book) {
    for (uint32_t s = 0; s < book->n_sources; s++)
        if (book->sources[s].arrival_edge != WEIR_NEVER) return false;
    for (uint32_t s = 0; s < book->n_sinks; s++)
        if (book->sinks[s].lane->read_frame < book->n_started) return false;
    return true;
}

void weir_source_sent(weir_book *book, weir_source_node *source, uint64_t edge, uint64_t time_ps) {
    const weir_lane *lane = source->lane;
    weir_frame_times *times = &book->result->frames[source->order];
    if (source->beat == 0) {
        times->index = source->frame;
        if (!lane->begins && time_ps < times->first_in_ps) times->first_in_ps = time_ps;
        if (book->n_started <= source->order) book->n_started = source->order + 1;
    }
    const weir_outside *outside = book->options->outside;
    if (outside != NULL) {
        outside->sent(outside->context);
    } else {
        source->next += lane->channel->beat_bytes;
        source->left--;
    }
    if (++source->beat < lane->frame_beats) return;
    source->beat = 0;
    source->order++;
    source->frame++;
    set_arrival(book, source);
    while (book->options->drop && source->arrival_edge <= edge) {
        book->result->n_dropped++;
        source->frame++;
        set_arrival(book, source);
    }
    /* A frame's last beats need not matter to its output, which may have left before them. */
    if (all_done(book)) book->ended = true;
}

void weir_book_begin_frame(weir_book *book, const weir_lane *lane, uint64_t time_ps) {
    if (lane->read_frame >= book->options->frames) return;
    weir_frame_times *times = &book->result->frames[lane->read_frame];
    if (time_ps < times->first_in_ps) times->first_in_ps = time_ps;
}

void weir_book_end_frame(weir_book *book, const weir_lane *lane, uint64_t time_ps) {
    if (lane->write_frame > book->options->frames) return;
    weir_frame_times *times = &book->result->frames[lane->write_frame - 1];
    if (time_ps > times->last_out_ps) times->last_out_ps = time_ps;
}

bool weir_sink_ready(const weir_book *book, const weir_sink_node *sink, uint64_t edge) {
    const weir_outside *outside = book->options->outside;
    if (outside != NULL) return outside->ready(outside->context);
    return !weir_pause_at(&sink->pause, edge);
}

void weir_sink_took(weir_book *book, weir_sink_node *sink, uint64_t edge, uint64_t time_ps,
                    const void *beat) {
    weir_lane *lane = sink->lane;
    uint32_t bytes = lane->channel->beat_bytes;
    if (sink->outputs != NULL && lane->reads < lane->room)
        memcpy(sink->outputs + lane->reads * bytes, beat, bytes);
    const weir_outside *outside = book->options->outside;
    if (outside != NULL) outside->took(outside->context, beat);
    weir_book_read(book, lane, edge, time_ps);
    if (lane->read_beat > 0) return;
    if (lane->read_frame <= book->n_started && !lane->ends) {
        weir_frame_times *times = &book->result->frames[lane->read_frame - 1];
        if (time_ps > times->last_out_ps) times->last_out_ps = time_ps;
    }
    if (all_done(book)) book->ended = true;
}

static uint64_t frames_completed(const weir_book *book) {
    uint64_t done = book->n_started;
    for (uint32_t s = 0; s < book->n_sinks; s++)
        if (book->sinks[s].lane->read_frame < done) done = book->sinks[s].lane->read_frame;
    return done;
}

static double steps_of(const weir_channel *channel) {
    return channel->frame_step > 1 ? channel->frame_step : 1;
}

/* Beats moved so far, of all that the frames not lost take; each is written once and read once. */
static double share_done(const weir_book *book) {
    double a_frame = 0;
    uint64_t frames = book->options->frames - book->result->n_dropped;
    for (uint32_t c = 0; c < weir_graph_channels(book->graph); c++)
        a_frame += 2 * (double)book->lanes[c].frame_beats / steps_of(book->lanes[c].channel);
    double all = a_frame * (double)frames;
    return book->beats < all ? (double)book->beats / all : 1;
}

static void report_progress(const weir_book *book, uint64_t time_ps, double now) {
    const weir_progress *progress = &book->options->progress;
    uint64_t period = WEIR_NEVER;
    for (uint32_t d = 0; d < weir_graph_domains(book->graph); d++)
        if (weir_graph_domain(book->graph, d)->period_ps < period)
            period = weir_graph_domain(book->graph, d)->period_ps;
    const weir_work work = {.what = "simulating",
                            .done = frames_completed(book) + book->result->n_dropped,
                            .total = book->options->frames,
                            .share = share_done(book),
                            .cycles = time_ps / period + 1,
                            .seconds = now - book->started_at};
    progress->report(progress->context, &work);
}

void weir_book_poll(weir_book *book, uint64_t time_ps) {
    const weir_run_options *options = book->options;
    if (options->stop != NULL && *options->stop != 0 && !book->ended)
        book->ended = book->result->partial = true;
    if (options->progress.report == NULL) return;
    double now = weir_seconds();
    if (now - book->reported_at < 0.1) return;
    book->reported_at = now;
    report_progress(book, time_ps, now);
}

bool weir_book_awaits_frame(const weir_book *book, uint64_t time_ps) {
    for (uint32_t s = 0; s < book->n_sources; s++) {
        const weir_source_node *source = &book->sources[s];
        if (source->arrival_edge != WEIR_NEVER &&
            weir_clock_edge_ps(source->domain, source->arrival_edge) > time_ps)
            return true;
    }
    return false;
}

/* Before which frames of the run a lane stands that has had `own` of its own. False within one. */
static bool stands(const weir_lane *lane, uint64_t own, uint64_t beat, uint64_t *least,
                   uint64_t *most) {
    uint32_t step = lane->channel->frame_step, first = lane->channel->frame_first;
    uint64_t last = weir_frame_number(step, first, own);
    uint64_t before = own > 0 ? weir_frame_number(step, first, own - 1) + 1 : 0;
    if (before > *least) *least = before;
    if (last < *most) *most = last;
    return beat == 0 && *least <= *most;
}

bool weir_book_between_frames(const weir_book *book, uint32_t p) {
    const weir_process *process = weir_graph_process(book->graph, p);
    uint64_t least = 0, most = WEIR_NEVER;
    for (uint32_t i = 0; i < process->n_inputs; i++) {
        const weir_lane *lane = &book->lanes[weir_graph_input(book->graph, p, i)];
        if (!stands(lane, lane->read_frame, lane->read_beat, &least, &most)) return false;
    }
    for (uint32_t q = 0; q < process->n_outputs; q++) {
        const weir_lane *lane = &book->lanes[weir_graph_output(book->graph, p, q)];
        if (!stands(lane, lane->write_frame, lane->write_beat, &least, &most)) return false;
    }
    return true;
}

/* (beats read on input 0, or written on output 0 where there is no input, or where it has not all of
 * the process's frames) as initiations. */
static uint64_t initiations(const weir_book *book, uint32_t p) {
    const weir_process *process = weir_graph_process(book->graph, p);
    const weir_lane *in = NULL, *out = NULL;
    if (process->n_inputs > 0) in = &book->lanes[weir_graph_input(book->graph, p, 0)];
    if (process->n_outputs > 0) out = &book->lanes[weir_graph_output(book->graph, p, 0)];
    bool collects =
        in != NULL && out != NULL && in->channel->frame_step > 1 && out->channel->frame_step < 2;
    bool written = in == NULL || collects;
    const weir_lane *lane = written ? out : in;
    uint64_t frames = written ? lane->write_frame : lane->read_frame;
    uint64_t beat = written ? lane->write_beat : lane->read_beat;
    return frames * process->initiations_per_frame +
           beat * process->initiations_per_frame / lane->frame_beats;
}

weir_result *weir_book_finish(weir_book *book, uint64_t end_ps) {
    weir_result *result = book->result;
    result->end_ps = end_ps;
    result->n_frames = frames_completed(book);
    for (uint32_t p = 0; p < weir_graph_processes(book->graph); p++)
        result->processes[p].initiations = initiations(book, p);
    for (uint32_t c = 0; c < weir_graph_channels(book->graph); c++) {
        result->channels[c].writes = book->lanes[c].writes;
        result->channels[c].reads = book->lanes[c].reads;
    }
    double now = weir_seconds();
    if (book->options->progress.report != NULL) report_progress(book, end_ps, now);
    result->run_seconds = now - book->started_at;
    book->result = NULL;
    return result;
}
