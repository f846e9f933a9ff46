/* Frame times and the bottleneck of a record.
 *
 * The window of a run is from the first beat in to the last beat anywhere: that of the last frame
 * out, but where the input's last beats do not matter to the output, where a run was stopped, or
 * where it ended in a deadlock, processes work on after it. The bottleneck is the process
 * that is busy for the largest part of it. Cycles in which a pipeline fills or drains count as busy
 * too, so processes within 1/64 of the window of the largest are taken as equal, and the one with
 * the longest schedule (steps of a frame x period) is named. Where frames arrive more slowly than
 * any process works, or a source or sink pauses for longer, that is what is named instead. Where the
 * critical cycle is known, it says what binds, and none of this is needed.
 */
#include "base/format.h"
#include "report/record.h"
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static int compare_times(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static weir_spread spread_of(uint64_t *times, uint64_t n) {
    if (n == 0) return (weir_spread){0};
    weir_spread spread = {.count = n, .first_ps = times[0]};
    qsort(times, n, sizeof *times, compare_times);
    spread.min_ps = times[0];
    spread.median_ps = times[(n - 1) / 2];
    spread.max_ps = times[n - 1];
    return spread;
}

static void measure_frames(weir_record *record) {
    uint64_t n = record->n_frames;
    record->latency = record->interval = (weir_spread){0};
    record->steady_interval_ps = 0;
    if (n == 0) return;
    const weir_frame_times *frames = record->frames;
    uint64_t *times = weir_xcalloc(n, sizeof *times);
    for (uint64_t i = 0; i < n; i++)
        times[i] = frames[i].last_out_ps - frames[i].first_in_ps;
    record->latency = spread_of(times, n);
    for (uint64_t i = 1; i < n; i++)
        times[i - 1] = frames[i].last_out_ps - frames[i - 1].last_out_ps;
    record->interval = spread_of(times, n - 1);
    free(times);
    if (n < 2) return;
    uint64_t from = (n - 1) / 2;
    record->steady_interval_ps =
        (frames[n - 1].last_out_ps - frames[from].last_out_ps) / (n - 1 - from);
}

static uint64_t period_of(const weir_record *record, const weir_record_process *process) {
    return record->domains[process->domain].period_ps;
}

static uint64_t busy_ps(const weir_record *record, const weir_record_process *process) {
    return process->busy_cycles * period_of(record, process);
}

/* What a frame takes of the process; of one that has every k-th of them, k times as long for it. */
static uint64_t schedule_ps(const weir_record *record, const weir_record_process *process) {
    uint64_t turns = process->frame_step > 1 ? process->frame_step : 1;
    return process->steps_per_frame * period_of(record, process) / turns;
}

static bool is_process(const weir_record_process *process) {
    return strcmp(process->kind, "process") == 0;
}

/* The first process of `kind`; NULL if there is none. */
static const weir_record_process *of_kind(const weir_record *record, const char *kind) {
    for (uint32_t i = 0; i < record->n_processes; i++)
        if (strcmp(record->processes[i].kind, kind) == 0) return &record->processes[i];
    return NULL;
}

static const weir_record_process *busiest(const weir_record *record, uint64_t window) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < record->n_processes; i++)
        if (is_process(&record->processes[i]) && busy_ps(record, &record->processes[i]) > most)
            most = busy_ps(record, &record->processes[i]);
    const weir_record_process *best = NULL;
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_record_process *process = &record->processes[i];
        if (!is_process(process) || busy_ps(record, process) + window / 64 < most) continue;
        if (best == NULL || schedule_ps(record, process) > schedule_ps(record, best))
            best = process;
    }
    return best;
}

/* The longest schedule of any other process. */
static const weir_record_process *next_longest(const weir_record *record,
                                               const weir_record_process *but) {
    const weir_record_process *next = NULL;
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_record_process *process = &record->processes[i];
        if (process == but || !is_process(process)) continue;
        if (next == NULL || schedule_ps(record, process) > schedule_ps(record, next))
            next = process;
    }
    return next;
}

static uint64_t cycles_of(const weir_record_process *process) {
    return process->busy_cycles + process->starved_cycles + process->blocked_cycles +
           process->idle_cycles;
}

/* "conv1_window before it is blocked in 45.0 % of its cycles" for the neighbour that waits most. */
static void add_neighbours(const weir_record *record, const weir_record_process *process,
                           weir_text *why) {
    uint32_t index = (uint32_t)(process - record->processes);
    const weir_record_process *before = NULL, *after = NULL;
    for (uint32_t i = 0; i < record->n_channels; i++) {
        const weir_record_channel *channel = &record->channels[i];
        const weir_record_process *producer = &record->processes[channel->producer];
        const weir_record_process *consumer = &record->processes[channel->consumer];
        if (channel->consumer == index &&
            (before == NULL || producer->blocked_cycles > before->blocked_cycles))
            before = producer;
        if (channel->producer == index &&
            (after == NULL || consumer->starved_cycles > after->starved_cycles))
            after = consumer;
    }
    /* Waiting that is hardly there says nothing. */
    char percent[WEIR_FORMAT];
    bool blocks = before != NULL && 100 * before->blocked_cycles >= cycles_of(before) &&
                  before->blocked_cycles > 0;
    bool starves = after != NULL && 100 * after->starved_cycles >= cycles_of(after) &&
                   after->starved_cycles > 0;
    if (blocks)
        weir_text_addf(why, " %s before it is blocked in %s %% of its cycles", before->name,
                       weir_format_percent(percent, before->blocked_cycles, cycles_of(before)));
    if (starves)
        weir_text_addf(why, "%s %s after it is starved in %s %%%s", blocks ? "," : "", after->name,
                       weir_format_percent(percent, after->starved_cycles, cycles_of(after)),
                       blocks ? "" : " of its cycles");
    if (blocks || starves) weir_text_add(why, ".");
}

static void add_schedule(const weir_record *record, const weir_record_process *process,
                         weir_text *why) {
    char steps[WEIR_FORMAT], time[WEIR_FORMAT], mhz[WEIR_FORMAT];
    weir_text_addf(why, "%s (%s) takes %s cycle%s at %s for a frame, %s", process->name,
                   process->operator_name, weir_format_count(steps, process->steps_per_frame),
                   process->steps_per_frame == 1 ? "" : "s",
                   weir_format_mhz(mhz, period_of(record, process)),
                   weir_format_time(time, process->steps_per_frame * period_of(record, process)));
    if (process->frame_step > 1)
        weir_text_addf(why, ", and has one in %u of them", process->frame_step);
    if (process->reuse_factor > 1)
        weir_text_addf(why, " (%s initiation%s of reuse factor %llu)",
                       weir_format_count(steps, process->initiations_per_frame),
                       process->initiations_per_frame == 1 ? "" : "s", (ull)process->reuse_factor);
    weir_text_add(why, ".");
}

/* "conv2 and 4 more take 330.000 ns a frame as well: all must become shorter." */
static void add_equals(const weir_record *record, const weir_record_process *process,
                       const weir_record_process *next, weir_text *hint) {
    char time[WEIR_FORMAT];
    uint32_t more = 0;
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_record_process *other = &record->processes[i];
        more += other != process && other != next && is_process(other) &&
                schedule_ps(record, other) >= schedule_ps(record, process);
    }
    weir_text_addf(hint, " %s ", next->name);
    if (more > 0)
        weir_text_addf(hint, "and %u more take", more);
    else
        weir_text_add(hint, "takes");
    weir_text_addf(hint, " %s a frame%s as well: all must become shorter.",
                   weir_format_time(time, schedule_ps(record, next)),
                   schedule_ps(record, next) > schedule_ps(record, process) ? " or more" : "");
}

static void name_process(weir_record *record, const weir_record_process *process, uint64_t window) {
    weir_text *why = weir_text_new(), *hint = weir_text_new();
    char time[WEIR_FORMAT], percent[WEIR_FORMAT], longest[WEIR_FORMAT];
    bool one = record->n_frames < 2;
    add_schedule(record, process, why);
    weir_text_addf(why, " It is busy for %s %% of the run;",
                   weir_format_percent(percent, busy_ps(record, process), window));
    if (one)
        weir_text_addf(why,
                       " with one frame this says what makes up the latency of %s, not what"
                       " limits the interval.",
                       weir_format_time(time, record->latency.first_ps));
    else
        weir_text_addf(why, " a frame leaves every %s.",
                       weir_format_time(time, record->steady_interval_ps));
    add_neighbours(record, process, why);

    const weir_record_process *next = next_longest(record, process);
    const char *how = process->reuse_factor > 1 ? "A lower reuse factor (more PE or SIMD) or a"
                                                : "More lanes in its stream or a";
    weir_text_addf(hint, "%s faster clock shortens it.", how);
    if (next != NULL && schedule_ps(record, next) < schedule_ps(record, process))
        weir_text_addf(hint,
                       " The next is %s, %s a frame: below that, shortening %s alone gains"
                       " nothing.",
                       next->name, weir_format_time(longest, schedule_ps(record, next)),
                       process->name);
    else if (next != NULL)
        add_equals(record, process, next, hint);
    record->bottleneck =
        (weir_record_bottleneck){.process = process->name,
                                 .limit = one ? "latency" : "process",
                                 .share = (double)busy_ps(record, process) / (double)window,
                                 .why = weir_arena_strdup(record->arena, weir_text_string(why)),
                                 .hint = weir_arena_strdup(record->arena, weir_text_string(hint))};
    weir_text_free(why);
    weir_text_free(hint);
}

/* Names what lies outside the design; `need_ps` is what it takes for a frame. */
static void name_outside(weir_record *record, const weir_record_process *outside,
                         const weir_record_process *process, uint64_t need_ps, uint64_t window,
                         const char *what) {
    char need[WEIR_FORMAT], steady[WEIR_FORMAT], percent[WEIR_FORMAT], schedule[WEIR_FORMAT];
    double share = (double)need_ps / (double)record->steady_interval_ps;
    record->bottleneck = (weir_record_bottleneck){
        .process = outside->name,
        .limit = outside->kind,
        .share = share > 1 ? 1 : share,
        .why = weir_arena_printf(
            record->arena,
            "%s %s, and a frame leaves every %s: the design waits for its outside. The busiest "
            "process, %s, is busy for %s %% of the run.",
            what, weir_format_time(need, need_ps),
            weir_format_time(steady, record->steady_interval_ps), process->name,
            weir_format_percent(percent, busy_ps(record, process), window)),
        .hint = weir_arena_printf(record->arena,
                                  "The design could take a frame every %s (%s); until then no "
                                  "process needs to be faster.",
                                  weir_format_time(schedule, schedule_ps(record, process)),
                                  process->name)};
}

static const weir_record_process *by_name(const weir_record *record, const char *name) {
    for (uint32_t i = 0; i < record->n_processes; i++)
        if (strcmp(record->processes[i].name, name) == 0) return &record->processes[i];
    return NULL;
}

/* The process of the critical cycle's largest stretch; NULL where no cycle is known. */
static const weir_record_process *most_critical(const weir_record *record) {
    if (record->critical == NULL || record->critical->interval.frames == 0) return NULL;
    const weir_record_path *cycle = &record->critical->interval;
    return cycle->n_stretches > 0 ? by_name(record, cycle->stretches[0].process) : NULL;
}

static void name_critical(weir_record *record, const weir_record_process *process) {
    weir_text *why = weir_text_new(), *hint = weir_text_new();
    weir_critical_why(record->critical, why);
    weir_text_add(why, " ");
    if (is_process(process)) add_schedule(record, process, why);
    add_neighbours(record, process, why);
    weir_critical_hint(record->critical, hint);
    record->bottleneck =
        (weir_record_bottleneck){.process = process->name,
                                 .limit = process->kind,
                                 .share = record->critical->interval.stretches[0].share,
                                 .why = weir_arena_strdup(record->arena, weir_text_string(why)),
                                 .hint = weir_arena_strdup(record->arena, weir_text_string(hint))};
    weir_text_free(why);
    weir_text_free(hint);
}

/* Picoseconds of a frame that a source or sink needs with its pauses: beats x period x pattern /
 * cycles that are open. */
static uint64_t paused_ps(const weir_record *record, const weir_record_process *end,
                          const char *pause) {
    uint64_t open = 0, length = strlen(pause), beats = 0;
    for (uint64_t i = 0; i < length; i++)
        open += pause[i] != '0';
    if (end == NULL || open == 0 || open == length) return 0;
    for (uint32_t i = 0; i < record->n_channels; i++) {
        const weir_record_channel *channel = &record->channels[i];
        if (&record->processes[channel->producer] == end) beats = channel->writes;
        if (&record->processes[channel->consumer] == end) beats = channel->reads;
    }
    return beats / record->n_frames * period_of(record, end) * length / open;
}

static uint64_t window_of(const weir_record *record) {
    uint64_t last = record->frames[record->n_frames - 1].last_out_ps;
    uint64_t end = record->deadlock.happened ? record->deadlock.time_ps : record->end_ps;
    return (end > last ? end : last) - record->frames[0].first_in_ps;
}

static void find_bottleneck(weir_record *record) {
    record->bottleneck = (weir_record_bottleneck){0};
    if (record->n_frames == 0) return;
    const weir_record_process *critical = most_critical(record);
    if (critical != NULL) {
        name_critical(record, critical);
        return;
    }
    uint64_t window = window_of(record);
    const weir_record_process *process = busiest(record, window);
    const weir_record_process *source = of_kind(record, "source"), *sink = of_kind(record, "sink");
    if (process == NULL || window == 0) return;

    /* "Slower than the design" allows for 1 part in 64, as the interval of a short run has its
     * share of filling and draining. */
    uint64_t schedule = schedule_ps(record, process), steady = record->steady_interval_ps;
    uint64_t arrival = record->arrival_period_ps;
    bool busy_throughout = busy_ps(record, process) >= window - window / 64;
    if (steady > 0 && source != NULL && arrival > schedule && !busy_throughout &&
        steady <= arrival + arrival / 64) {
        name_outside(record, source, process, arrival, window, "Frames arrive every");
        return;
    }
    uint64_t gaps = paused_ps(record, source, record->source_pause);
    uint64_t pause = paused_ps(record, sink, record->sink_pause);
    if (steady > 0 && gaps > schedule && gaps >= pause && steady <= gaps + gaps / 64) {
        name_outside(record, source, process, gaps, window,
                     "With its pauses the source needs for a frame");
        return;
    }
    if (steady > 0 && pause > schedule && steady <= pause + pause / 64) {
        name_outside(record, sink, process, pause, window,
                     "With its pauses the sink needs for a frame");
        return;
    }
    uint64_t sending = source != NULL ? busy_ps(record, source) : 0;
    if (steady > 0 && sending > busy_ps(record, process) && sending > window - window / 64) {
        name_outside(record, source, process, sending / record->n_frames, window,
                     "The source sends a beat in almost every cycle, and needs for a frame");
        return;
    }
    name_process(record, process, window);
}

void weir_record_analyse(weir_record *record) {
    measure_frames(record);
    find_bottleneck(record);
}
