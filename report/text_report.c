#include "base/format.h"
#include "report/power.h"
#include "report/report.h"
#include "report/resources.h"
#include <string.h>

typedef unsigned long long ull;

#define BAR 10

static void add_header(const weir_record *record, weir_text *out) {
    char mhz[WEIR_FORMAT], cycles[WEIR_FORMAT];
    weir_text_addf(out, "%s: %s engine, %u processes, %u channels\n", record->design,
                   record->engine, record->n_processes, record->n_channels);
    for (uint32_t i = 0; i < record->n_domains; i++) {
        const weir_record_domain *domain = &record->domains[i];
        weir_text_addf(out, "  clock %s: %s, %llu ps", domain->name,
                       weir_format_mhz(mhz, domain->period_ps), (ull)domain->period_ps);
        if (domain->phase_ps > 0) weir_text_addf(out, " from %llu ps", (ull)domain->phase_ps);
        weir_text_addf(out, ", %s cycles\n", weir_format_count(cycles, domain->cycles));
    }
    if (strcmp(record->stitched, "vendor") == 0)
        weir_text_add(out, "  ran as the vendor's own top, Verilated whole\n");
    else if (strcmp(record->stitched, "weir") == 0 && record->n_vendor > 0)
        weir_text_add(out,
                      "  ran as one Verilated top of the wrapped processes and Weir's FIFOs: the "
                      "vendor's own has no such clocks or storage\n");
    if (record->partial) weir_text_add(out, "  stopped early: what follows is the part that ran\n");
}

static void add_times(const char *what, const weir_spread *spread, uint64_t period_ps,
                      weir_table *table) {
    uint64_t times[] = {spread->first_ps, spread->min_ps, spread->median_ps, spread->max_ps};
    char cell[2 * WEIR_FORMAT], count[WEIR_FORMAT];
    snprintf(cell, sizeof cell, "%s, ps", what);
    weir_table_cell(table, cell);
    for (int i = 0; i < 4; i++)
        weir_table_cell(table, weir_format_count(count, times[i]));
    snprintf(cell, sizeof cell, "%s, cycles", what);
    weir_table_cell(table, cell);
    for (int i = 0; i < 4; i++)
        weir_table_cell(table, weir_format_count(count, (times[i] + period_ps - 1) / period_ps));
}

/* Cycles of a frame time are those of the sink's clock, rounded up. */
static const weir_record_domain *sink_domain(const weir_record *record) {
    for (uint32_t i = 0; i < record->n_processes; i++)
        if (strcmp(record->processes[i].kind, "sink") == 0)
            return &record->domains[record->processes[i].domain];
    return record->n_domains > 0 ? &record->domains[0] : NULL;
}

static void add_frames(const weir_record *record, weir_text *out) {
    char count[WEIR_FORMAT], time[WEIR_FORMAT];
    weir_text_addf(out, "\nframes: %s", weir_format_count(count, record->n_frames));
    if (record->n_dropped > 0)
        weir_text_addf(out, ", %s dropped by the source",
                       weir_format_count(count, record->n_dropped));
    const weir_record_domain *domain = sink_domain(record);
    if (record->n_frames == 0 || domain == NULL) {
        weir_text_add(out, "\n");
        return;
    }
    if (record->steady_interval_ps > 0)
        weir_text_addf(out, "; steady interval %s, %.6g frames/s",
                       weir_format_time(time, record->steady_interval_ps),
                       1e12 / (double)record->steady_interval_ps);
    weir_text_addf(out, "; cycles of clock %s\n", domain->name);
    static const char *const titles[] = {"", "first", "min", "median", "max"};
    weir_table *table = weir_table_new(5);
    for (uint32_t c = 0; c < 5; c++)
        weir_table_column(table, c, titles[c], c > 0);
    add_times("latency", &record->latency, domain->period_ps, table);
    if (record->interval.count > 0)
        add_times("interval", &record->interval, domain->period_ps, table);
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

/* "RF 16, 4x9" for reuse factor 16 on 4 PE of 9 SIMD lanes; "latency" where nothing is reused. */
static void fold_text(const weir_record_process *process, char *out, size_t size) {
    if (process->reuse_factor == 0 || strcmp(process->strategy, "latency") == 0)
        snprintf(out, size, "%s", *process->strategy != '\0' ? process->strategy : "-");
    else if (process->pe == 0)
        snprintf(out, size, "RF %llu", (ull)process->reuse_factor);
    else
        snprintf(out, size, "RF %llu, %llux%llu", (ull)process->reuse_factor, (ull)process->pe,
                 (ull)process->simd);
}

static void bar_text(const weir_record_process *process, uint64_t total, char *out) {
    const uint64_t parts[] = {process->busy_cycles, process->blocked_cycles,
                              process->starved_cycles, process->idle_cycles};
    uint64_t sum = 0;
    int at = 0;
    for (int i = 0; i < 4; i++) {
        sum += parts[i];
        int to = total == 0 ? 0 : (int)((double)sum / (double)total * BAR + 0.5);
        while (at < to)
            out[at++] = "#><."[i];
    }
    out[at] = '\0';
}

static void add_processes(const weir_record *record, weir_text *out) {
    static const char *const titles[] = {"process", "operator", "clock", "folding", "starts",
                                         "busy",    "starv",    "block", "idle",    "cycles"};
    char cell[80], bar[BAR + 1];
    uint32_t n_columns = sizeof titles / sizeof *titles;
    weir_table *table = weir_table_new(n_columns);
    for (uint32_t c = 0; c < n_columns; c++)
        weir_table_column(table, c, titles[c], c >= 4);
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_record_process *process = &record->processes[i];
        uint64_t states[] = {process->busy_cycles, process->starved_cycles, process->blocked_cycles,
                             process->idle_cycles};
        uint64_t total = states[0] + states[1] + states[2] + states[3];
        weir_table_cell(table, process->name);
        weir_table_cell(table, process->operator_name);
        weir_table_cell(table, process->domain_name);
        fold_text(process, cell, sizeof cell);
        weir_table_cell(table, cell);
        weir_table_cell(table, weir_format_count(cell, process->initiations));
        for (int s = 0; s < 4; s++)
            weir_table_cell(table, weir_format_percent(cell, states[s], total));
        bar_text(process, total, bar);
        weir_table_cell(table, bar);
    }
    weir_text_add(out, "\nprocesses (per cent of cycles; # busy > blocked < starved . idle)\n");
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_channels(const weir_record *record, weir_text *out) {
    static const char *const titles[] = {"channel", "producer", "consumer", "bits",
                                         "depth",   "most",     "storage",  "latency"};
    char cell[80];
    uint32_t n_columns = sizeof titles / sizeof *titles;
    weir_table *table = weir_table_new(n_columns);
    for (uint32_t c = 0; c < n_columns; c++)
        weir_table_column(table, c, titles[c], c >= 3 && c <= 5);
    for (uint32_t i = 0; i < record->n_channels; i++) {
        const weir_record_channel *channel = &record->channels[i];
        weir_table_cell(table, channel->name);
        weir_table_cell(table, channel->producer_name);
        weir_table_cell(table, channel->consumer_name);
        weir_table_cell(table, weir_format_count(cell, channel->beat_bits));
        weir_table_cell(table, weir_format_count(cell, channel->depth));
        weir_table_cell(table, weir_format_count(cell, channel->max_occupancy));
        weir_table_cell(table, channel->storage);
        weir_table_cell(table, channel->latency_class);
    }
    weir_text_add(out, "\nchannels (most: largest number of beats held)\n");
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_checks(const weir_record *record, weir_text *out) {
    char count[WEIR_FORMAT], wrong[WEIR_FORMAT];
    const weir_record_data *data = &record->data;
    if (!data->checked)
        weir_text_add(out, "\ndata: not checked\n");
    else if (data->mismatches == 0)
        weir_text_addf(out, "\ndata: %s beats checked against the reference, all equal\n",
                       weir_format_count(count, data->beats));
    else
        weir_text_addf(out, "\ndata: %s of %s beats differ from the reference\n",
                       weir_format_count(wrong, data->mismatches),
                       weir_format_count(count, data->beats));
    if (data->channel != NULL)
        weir_text_addf(out, "  first: channel %s, frame %llu, beat %llu: %s, expected %s\n",
                       data->channel, (ull)data->frame, (ull)data->beat, data->found,
                       data->expected);
    if (!record->has_accuracy) return;
    const weir_accuracy *accuracy = &record->accuracy;
    weir_text_addf(out, "accuracy against float over %s frames: arg-max equal in ",
                   weir_format_count(count, accuracy->frames));
    weir_text_addf(out, "%s/", weir_format_count(count, accuracy->argmax_equal));
    weir_text_addf(out, "%s, largest error %.6g\n", weir_format_count(count, accuracy->positions),
                   accuracy->largest_error);
}

/* What would break the cycle: those lines of the engine's account. */
static void add_remedies(const char *text, weir_text *out) {
    static const char start[] = "enlarge ";
    for (const char *line = text; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, start, sizeof start - 1) == 0)
            weir_text_addf(out, "  %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void add_deadlock(const weir_record *record, weir_text *out) {
    char time[WEIR_FORMAT];
    weir_text_addf(out, "\ndeadlock at %s (%llu ps): each process waits for the next\n",
                   weir_format_time(time, record->deadlock.time_ps), (ull)record->deadlock.time_ps);
    for (uint32_t i = 0; i < record->deadlock.n_steps; i++) {
        const weir_record_step *step = &record->deadlock.steps[i];
        weir_text_addf(out, "  %s waits: channel %s is %s\n", step->process, step->channel,
                       step->full ? "full" : "empty");
    }
    if (record->deadlock.n_steps == 0)
        weir_format_paragraph(out, 2, record->deadlock.text);
    else
        add_remedies(record->deadlock.text, out);
}

static void add_bottleneck(const weir_record *record, weir_text *out) {
    const weir_record_bottleneck *bottleneck = &record->bottleneck;
    if (bottleneck->process == NULL) {
        if (!record->deadlock.happened)
            weir_text_add(out, "\nbottleneck: no frame has passed, so there is none to name\n");
        return;
    }
    weir_text_addf(out, "\nbottleneck: %s (%.1f %%)\n", bottleneck->process,
                   100 * bottleneck->share);
    weir_format_paragraph(out, 2, bottleneck->why);
    weir_format_paragraph(out, 2, bottleneck->hint);
    if (record->critical != NULL) weir_critical_text(record->critical, out);
}

static void add_effort(const weir_record *record, weir_text *out) {
    uint64_t frozen = 0, total = 0;
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_record_process *process = &record->processes[i];
        if (strcmp(process->kind, "process") != 0) continue;
        frozen += process->frozen_cycles;
        total += process->busy_cycles + process->starved_cycles + process->blocked_cycles +
                 process->idle_cycles;
    }
    char percent[WEIR_FORMAT];
    weir_text_addf(out, "\nmodels: %llu built, %llu cached (%.2f s); run %.2f s",
                   (ull)record->models_built, (ull)record->models_cached, record->build_seconds,
                   record->run_seconds);
    if (strcmp(record->engine, "rtl") == 0)
        weir_text_addf(out, "; %s %% of process cycles frozen",
                       weir_format_percent(percent, frozen, total));
    weir_text_add(out, "\n");
}

void weir_report_text(const weir_record *record, weir_text *out) {
    add_header(record, out);
    add_frames(record, out);
    add_processes(record, out);
    add_channels(record, out);
    weir_vendor_text(record->vendor, record->n_vendor, out);
    weir_usage_text(record, out);
    weir_power_text(record, out);
    add_checks(record, out);
    if (record->deadlock.happened) add_deadlock(record, out);
    add_bottleneck(record, out);
    add_effort(record, out);
}
