#include "report/critical.h"
#include "base/format.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

#define LINES 6 /* of a path; the rest is summed up */

static const char *cause_text(const weir_record_stretch *stretch) {
    static const struct {
        const char *cause, *text;
    } texts[] = {{"compute", "work of"},
                 {"transfer", "transfer through"},
                 {"space", "waiting for space in"},
                 {"crossing", "clock crossing in"},
                 {"outside", "outside:"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].cause, stretch->cause) == 0) return texts[i].text;
    return stretch->cause;
}

static const char *where_text(const weir_record_stretch *stretch) {
    bool of_process = strcmp(stretch->cause, "compute") == 0 ||
                      strcmp(stretch->cause, "outside") == 0 || *stretch->channel == '\0';
    return of_process ? stretch->process : stretch->channel;
}

static void add_row(weir_table *table, double share, uint64_t ps, const char *what) {
    char cell[WEIR_FORMAT];
    snprintf(cell, sizeof cell, "%.1f %%", 100 * share);
    weir_table_cell(table, cell);
    weir_table_cell(table, weir_format_time(cell, ps));
    weir_table_cell(table, what);
}

static void add_path(const weir_record_path *path, weir_text *out) {
    weir_table *table = weir_table_new(3);
    weir_table_column(table, 0, "share", true);
    weir_table_column(table, 1, "time", true);
    weir_table_column(table, 2, "what", false);
    double share = 0;
    uint64_t ps = 0;
    for (uint32_t i = 0; i < path->n_stretches; i++) {
        const weir_record_stretch *stretch = &path->stretches[i];
        if (i >= LINES) {
            share += stretch->share;
            ps += stretch->ps;
            continue;
        }
        weir_text *what = weir_text_new();
        weir_text_addf(what, "%s %s", cause_text(stretch), where_text(stretch));
        add_row(table, stretch->share, stretch->ps, weir_text_string(what));
        weir_text_free(what);
    }
    char rest[WEIR_FORMAT];
    snprintf(rest, sizeof rest, "%u more", path->n_stretches - LINES);
    if (path->n_stretches > LINES) add_row(table, share, ps, rest);
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

void weir_critical_text(const weir_record_critical *critical, weir_text *out) {
    char time[WEIR_FORMAT];
    const weir_record_path *interval = &critical->interval, *latency = &critical->latency;
    if (interval->frames == 1)
        weir_text_addf(out, "\nwhat the interval of %s is made of\n",
                       weir_format_time(time, interval->ps));
    else if (interval->frames > 1)
        weir_text_addf(out, "\nwhat the interval is made of: %llu frames take %s\n",
                       (ull)interval->frames, weir_format_time(time, interval->ps));
    if (interval->frames > 0) add_path(interval, out);
    weir_text_addf(out, "\nwhat the first frame's latency of %s is made of\n",
                   weir_format_time(time, latency->ps));
    add_path(latency, out);
}

void weir_critical_why(const weir_record_critical *critical, weir_text *out) {
    const weir_record_path *path =
        critical->interval.frames > 0 ? &critical->interval : &critical->latency;
    if (path->n_stretches == 0) return;
    const weir_record_stretch *most = &path->stretches[0];
    bool outside = strcmp(most->cause, "outside") == 0;
    weir_text_addf(out, "%.1f %% of the %s is %s %s.", 100 * most->share,
                   path == &critical->interval ? "critical cycle" : "first frame's latency",
                   outside ? "the outside," : cause_text(most), where_text(most));
}

void weir_critical_hint(const weir_record_critical *critical, weir_text *out) {
    const weir_record_next *next = &critical->next;
    char from[WEIR_FORMAT], value[WEIR_FORMAT], time[WEIR_FORMAT];
    if (critical->interval.frames == 0) return;
    if (strcmp(next->kind, "none") == 0) {
        weir_text_add(out,
                      "No single change of a process, a depth or the source is known to help.");
        return;
    }
    weir_format_count(from, next->from);
    weir_format_count(value, next->value);
    if (strcmp(next->kind, "process") == 0)
        weir_text_addf(out, "With at most %s cycles a frame in %s (now %s)", value, next->process,
                       from);
    else if (strcmp(next->kind, "depth") == 0)
        weir_text_addf(out, "With depth %s of channel %s (now %s)", value, next->channel, from);
    else
        weir_text_addf(out, "With a frame arriving every %s ps (now %s)", value, from);
    uint64_t frames = next->frames > 0 ? next->frames : 1;
    double before = (double)critical->interval.ps / (double)critical->interval.frames;
    double after = (double)next->interval_ps / (double)frames;
    weir_text_addf(out, ", %s takes over: a frame every %s, %.2f times as fast.",
                   *next->then != '\0' ? next->then : "the outside",
                   weir_format_time(time, next->interval_ps / frames),
                   after > 0 ? before / after : 1.0);
}
