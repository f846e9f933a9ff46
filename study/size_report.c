#include "study/size_report.h"
#include "base/format.h"
#include <jansson.h>
#include <stdlib.h>

static const char *unit_name(const weir_size_options *options) {
    return options->unit == WEIR_UNIT_BITS ? "bits" : "LUT equivalents";
}

static const char *goal_name(const weir_size_options *options) {
    static const char *const names[] = {[WEIR_KEEP_INTERVAL] =
                                            "keep the interval of unbounded FIFOs",
                                        [WEIR_MAX_INTERVAL] = "interval at most",
                                        [WEIR_MAX_LATENCY] = "latency at most",
                                        [WEIR_MAX_MEMORY] = "memory at most"};
    return names[options->goal];
}

static void add_goal(const weir_size_options *options, weir_text *out) {
    char value[WEIR_FORMAT];
    weir_text_addf(out, "goal: %s", goal_name(options));
    if (options->goal == WEIR_MAX_MEMORY)
        weir_text_addf(out, " %s %s", weir_format_count(value, options->limit), unit_name(options));
    else if (options->goal != WEIR_KEEP_INTERVAL)
        weir_text_addf(out, " %s", weir_format_time(value, options->limit));
    weir_text_add(out, "\n");
}

static uint64_t interval_of(const weir_size_point *point) {
    return point->interval_frames > 0 ? point->interval_ps / point->interval_frames : 0;
}

static void add_channels(const weir_size *size, const weir_graph *graph, weir_text *out) {
    static const char *const titles[] = {"channel", "bits", "now",  "alone",
                                         "least",   "most", "cost", "minimal"};
    uint32_t columns = sizeof titles / sizeof *titles;
    weir_table *table = weir_table_new(columns);
    for (uint32_t c = 0; c < columns; c++)
        weir_table_column(table, c, titles[c], c > 0);
    for (uint32_t c = 0; c < size->n_channels; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        const weir_size_channel *found = &size->channels[c];
        const uint64_t counts[] = {channel->beat_bits, channel->depth,   found->alone,
                                   found->depth,       found->unbounded, found->cost};
        char cell[WEIR_FORMAT];
        weir_table_cell(table, channel->name);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            weir_table_cell(table, weir_format_count(cell, counts[i]));
        weir_table_cell(table, found->minimal ? "proved" : "no");
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_front(const weir_size *size, const weir_size_options *options, weir_text *out) {
    if (size->n_front == 0) return;
    static const char *const titles[] = {"memory", "interval, ps", "latency, ps"};
    weir_table *table = weir_table_new(3);
    for (uint32_t c = 0; c < 3; c++)
        weir_table_column(table, c, titles[c], true);
    for (uint32_t i = 0; i < size->n_front; i++) {
        const weir_size_point *point = &size->front[i];
        const uint64_t counts[] = {point->cost, interval_of(point), point->latency_ps};
        char cell[WEIR_FORMAT];
        for (size_t k = 0; k < 3; k++)
            weir_table_cell(table, weir_format_count(cell, counts[k]));
    }
    weir_text_addf(out, "\nfront of interval against memory (%s)\n", unit_name(options));
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

/* "12,345 bits" beside what it is of the cost found. */
static void add_rule(const weir_size *size, const char *what, uint64_t cost, weir_text *out) {
    char count[WEIR_FORMAT];
    weir_text_addf(out, "  %-28s %14s", what, weir_format_count(count, cost));
    if (size->best.cost > 0)
        weir_text_addf(out, "   %.2f x", (double)cost / (double)size->best.cost);
    weir_text_add(out, "\n");
}

void weir_size_text(const weir_size *size, const weir_graph *graph,
                    const weir_size_options *options, weir_text *out) {
    char interval[WEIR_FORMAT], latency[WEIR_FORMAT], count[WEIR_FORMAT], events[WEIR_FORMAT];
    weir_text_addf(out, "%s: FIFO depths\n", weir_graph_name(graph));
    add_goal(options, out);
    weir_text_addf(out, "%s: interval %s, latency of the first frame %s\n",
                   size->reached ? "reached"
                                 : "not to be reached; the best that unbounded FIFOs give",
                   weir_format_time(interval, interval_of(&size->best)),
                   weir_format_time(latency, size->best.latency_ps));
    if (size->partial) weir_text_add(out, "stopped early: not all depths were tried\n");
    if (size->reached) {
        weir_text_addf(out, "\nchannels (cost in %s; most: beats held when all are unbounded)\n",
                       unit_name(options));
        add_channels(size, graph, out);
        weir_text_addf(out, "\nmemory, %s\n", unit_name(options));
        add_rule(size, "found", size->best.cost, out);
        add_rule(size, "no depths can cost less than", size->bound, out);
        add_rule(size, "largest occupancy", size->cost_max_occupancy, out);
        add_rule(size, "the same, powers of two", size->cost_power_of_two, out);
        add_front(size, options, out);
    }
    weir_text_addf(out, "\n%s replays, %s port events\n",
                   weir_format_count(count, size->evaluations),
                   weir_format_count(events, size->events));
}

static json_t *point_json(const weir_size_point *point) {
    return json_pack("{s:I, s:I, s:I, s:I}", "interval_ps", (json_int_t)point->interval_ps,
                     "interval_frames", (json_int_t)point->interval_frames, "latency_ps",
                     (json_int_t)point->latency_ps, "cost", (json_int_t)point->cost);
}

static json_t *channels_json(const weir_size *size, const weir_graph *graph) {
    json_t *channels = json_array();
    for (uint32_t c = 0; c < size->n_channels; c++) {
        const weir_size_channel *found = &size->channels[c];
        json_array_append_new(channels,
                              json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "name",
                                        weir_graph_channel(graph, c)->name, "depth",
                                        (json_int_t)found->depth, "alone", (json_int_t)found->alone,
                                        "unbounded", (json_int_t)found->unbounded, "cost",
                                        (json_int_t)found->cost, "minimal", found->minimal));
    }
    return channels;
}

void weir_size_json(const weir_size *size, const weir_graph *graph,
                    const weir_size_options *options, weir_text *out) {
    json_t *front = json_array();
    for (uint32_t i = 0; i < size->n_front; i++)
        json_array_append_new(front, point_json(&size->front[i]));
    json_t *root = json_pack(
        "{s:s, s:s, s:I, s:s, s:b, s:b, s:o, s:o, s:I, s:I, s:I, s:o, s:I, s:I}", "design",
        weir_graph_name(graph), "goal", goal_name(options), "limit", (json_int_t)options->limit,
        "unit", unit_name(options), "reached", size->reached, "partial", size->partial, "best",
        point_json(&size->best), "channels", channels_json(size, graph), "bound",
        (json_int_t)size->bound, "cost_max_occupancy", (json_int_t)size->cost_max_occupancy,
        "cost_power_of_two", (json_int_t)size->cost_power_of_two, "front", front, "evaluations",
        (json_int_t)size->evaluations, "events", (json_int_t)size->events);
    char *text = json_dumps(root, JSON_INDENT(1));
    weir_text_add(out, text);
    weir_text_add(out, "\n");
    free(text);
    json_decref(root);
}
