#include "report/diff.h"
#include "report/power.h"
#include "report/report.h"
#include <string.h>

typedef unsigned long long ull;

static void add_row(weir_table *table, const char *name, const char *a, const char *b,
                    const char *change) {
    weir_table_cell(table, name);
    weir_table_cell(table, a);
    weir_table_cell(table, b);
    weir_table_cell(table, change);
}

/* The change of a quantity from a to b, "" where there is none or no base to compare with. */
static const char *change_text(char *out, uint64_t a, uint64_t b) {
    if (a == b || a == 0)
        snprintf(out, WEIR_FORMAT, "%s", a == b ? "=" : "");
    else
        snprintf(out, WEIR_FORMAT, "%+.1f %%", 100.0 * ((double)b - (double)a) / (double)a);
    return out;
}

static void add_counts(weir_table *table, const char *name, uint64_t a, uint64_t b) {
    char text_a[WEIR_FORMAT], text_b[WEIR_FORMAT], change[WEIR_FORMAT];
    add_row(table, name, weir_format_count(text_a, a), weir_format_count(text_b, b),
            change_text(change, a, b));
}

static weir_table *new_table(const char *what, const char *a, const char *b) {
    weir_table *table = weir_table_new(4);
    weir_table_column(table, 0, what, false);
    weir_table_column(table, 1, a, true);
    weir_table_column(table, 2, b, true);
    weir_table_column(table, 3, "change", true);
    return table;
}

static void print_table(weir_table *table, weir_text *out) {
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static const char *bottleneck_name(const weir_record *record) {
    return record->bottleneck.process != NULL ? record->bottleneck.process : "-";
}

static void add_summary(const weir_record *a, const weir_record *b, weir_text *out) {
    weir_table *table = new_table("run", "a", "b");
    bool same_design = strcmp(a->design, b->design) == 0;
    bool same_limit = strcmp(bottleneck_name(a), bottleneck_name(b)) == 0;
    add_row(table, "design", a->design, b->design, same_design ? "=" : "");
    add_row(table, "engine", a->engine, b->engine, strcmp(a->engine, b->engine) == 0 ? "=" : "");
    add_counts(table, "frames", a->n_frames, b->n_frames);
    add_counts(table, "frames dropped", a->n_dropped, b->n_dropped);
    add_counts(table, "latency of the first, ps", a->latency.first_ps, b->latency.first_ps);
    add_counts(table, "latency median, ps", a->latency.median_ps, b->latency.median_ps);
    add_counts(table, "latency max, ps", a->latency.max_ps, b->latency.max_ps);
    add_counts(table, "steady interval, ps", a->steady_interval_ps, b->steady_interval_ps);
    add_counts(table, "wrong beats", a->data.mismatches, b->data.mismatches);
    add_row(table, "deadlock", a->deadlock.happened ? "yes" : "no",
            b->deadlock.happened ? "yes" : "no",
            a->deadlock.happened == b->deadlock.happened ? "=" : "");
    add_row(table, "bottleneck", bottleneck_name(a), bottleneck_name(b), same_limit ? "=" : "");
    weir_diff_costs(a, b, table, add_counts);
    print_table(table, out);
}

static void add_frames(const weir_record *a, const weir_record *b, weir_text *out) {
    uint64_t n = a->n_frames < b->n_frames ? a->n_frames : b->n_frames, i = 0;
    while (i < n && memcmp(&a->frames[i], &b->frames[i], sizeof *a->frames) == 0)
        i++;
    if (i == n)
        weir_text_addf(out, "\nframe times: the %s%llu are equal to the picosecond\n",
                       a->n_frames == b->n_frames ? "" : "first ", (ull)n);
    else
        weir_text_addf(out,
                       "\nframe times: first difference at frame %llu: %llu to %llu ps against "
                       "%llu to %llu ps\n",
                       (ull)i, (ull)a->frames[i].first_in_ps, (ull)a->frames[i].last_out_ps,
                       (ull)b->frames[i].first_in_ps, (ull)b->frames[i].last_out_ps);
}

static const weir_record_process *process_named(const weir_record *record, const char *name) {
    for (uint32_t i = 0; i < record->n_processes; i++)
        if (strcmp(record->processes[i].name, name) == 0) return &record->processes[i];
    return NULL;
}

static const char *busy_text(char *out, const weir_record_process *process) {
    if (process == NULL) return "-";
    return weir_format_percent(out, process->busy_cycles,
                               process->busy_cycles + process->starved_cycles +
                                   process->blocked_cycles + process->idle_cycles);
}

static void add_processes(const weir_record *a, const weir_record *b, weir_text *out) {
    char text_a[WEIR_FORMAT], text_b[WEIR_FORMAT], change[WEIR_FORMAT];
    weir_table *table = new_table("process, busy % of cycles", "a", "b");
    for (uint32_t i = 0; i < a->n_processes; i++) {
        const weir_record_process *p = &a->processes[i], *q = process_named(b, p->name);
        change_text(change, p->busy_cycles, q != NULL ? q->busy_cycles : 0);
        add_row(table, p->name, busy_text(text_a, p), busy_text(text_b, q),
                q == NULL ? "only in a" : change);
    }
    for (uint32_t i = 0; i < b->n_processes; i++)
        if (process_named(a, b->processes[i].name) == NULL)
            add_row(table, b->processes[i].name, "-", busy_text(text_b, &b->processes[i]),
                    "only in b");
    weir_text_add(out, "\n");
    print_table(table, out);
}

static const weir_record_channel *channel_named(const weir_record *record, const char *name) {
    for (uint32_t i = 0; i < record->n_channels; i++)
        if (strcmp(record->channels[i].name, name) == 0) return &record->channels[i];
    return NULL;
}

static const char *held_text(char *out, const weir_record_channel *channel) {
    if (channel == NULL) return "-";
    snprintf(out, WEIR_FORMAT, "%u/%u", channel->max_occupancy, channel->depth);
    return out;
}

static void add_channels(const weir_record *a, const weir_record *b, weir_text *out) {
    char text_a[WEIR_FORMAT], text_b[WEIR_FORMAT];
    weir_table *table = new_table("channel, most held/depth", "a", "b");
    for (uint32_t i = 0; i < a->n_channels; i++) {
        const weir_record_channel *c = &a->channels[i], *d = channel_named(b, c->name);
        held_text(text_a, c);
        bool same = d != NULL && strcmp(text_a, held_text(text_b, d)) == 0;
        add_row(table, c->name, text_a, d == NULL ? "-" : text_b,
                d == NULL ? "only in a" : (same ? "=" : ""));
    }
    for (uint32_t i = 0; i < b->n_channels; i++)
        if (channel_named(a, b->channels[i].name) == NULL)
            add_row(table, b->channels[i].name, "-", held_text(text_b, &b->channels[i]),
                    "only in b");
    weir_text_add(out, "\n");
    print_table(table, out);
}

static void add_real(weir_table *table, const char *name, double a, double b) {
    char text_a[WEIR_FORMAT], text_b[WEIR_FORMAT], change[WEIR_FORMAT] = "";
    snprintf(text_a, sizeof text_a, a > 0 ? "%.4g" : "-", a);
    snprintf(text_b, sizeof text_b, b > 0 ? "%.4g" : "-", b);
    if (a == b)
        snprintf(change, sizeof change, "%s", a > 0 ? "=" : "");
    else if (a > 0 && b > 0)
        snprintf(change, sizeof change, "%+.1f %%", 100 * (b - a) / a);
    add_row(table, name, text_a, text_b, change);
}

/* Where both runs know what they draw. */
static void add_power(const weir_record *a, const weir_record *b, weir_text *out) {
    const weir_record_power p = weir_power_of_record(a), q = weir_power_of_record(b);
    if (!p.known || !q.known) return;
    const weir_efficiency *e = &p.efficiency, *f = &q.efficiency;
    weir_table *table = new_table("power (estimate)", "a", "b");
    bool same = strcmp(a->device.name, b->device.name) == 0;
    add_row(table, "device", a->device.name, b->device.name, same ? "=" : "");
    add_real(table, "dynamic, mW", p.dynamic.total, q.dynamic.total);
    add_real(table, "static, mW", p.static_mw, q.static_mw);
    add_real(table, "total, mW", p.static_mw > 0 ? p.total_mw : 0,
             q.static_mw > 0 ? q.total_mw : 0);
    add_real(table, "frames/s", e->frames_per_second, f->frames_per_second);
    add_real(table, "pixels/(W s)", e->pixels_per_watt_second, f->pixels_per_watt_second);
    add_real(table, "energy of a frame, uJ", e->frame_uj, f->frame_uj);
    add_real(table, "dynamic energy of a frame, uJ", e->dynamic_uj, f->dynamic_uj);
    weir_text_add(out, "\n");
    print_table(table, out);
}

void weir_report_diff(const weir_record *a, const char *name_a, const weir_record *b,
                      const char *name_b, weir_text *out) {
    weir_text_addf(out, "a: %s\nb: %s\n\n", name_a, name_b);
    add_summary(a, b, out);
    add_frames(a, b, out);
    weir_diff_settings(a, b, out);
    add_processes(a, b, out);
    add_channels(a, b, out);
    add_power(a, b, out);
}
