/* What the size of a batch does, for a person and for other programs. */
#include "base/format.h"
#include "study/batches.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding ---- */

static bool is_reconfiguration(const weir_change *change) {
    const char *name = weir_transform_reconfigure.name;
    const char *line = change->line + strspn(change->line, " \t");
    size_t length = strcspn(line, " \t");
    return length == strlen(name) && memcmp(line, name, length) == 0;
}

bool weir_point_reconfigured(const weir_point *point) {
    for (uint32_t c = 0; c < point->n_changes; c++)
        if (is_reconfiguration(&point->changes[c])) return true;
    return false;
}

/* The same point, never reconfigured. */
static bool find_at_once(weir_batches *b, const weir_evaluation *evaluation,
                         const weir_point *point, weir_diag *diag) {
    weir_change *changes = weir_xcalloc(point->n_changes + 1, sizeof *changes);
    weir_point whole = {point->name, 0, changes};
    for (uint32_t c = 0; c < point->n_changes; c++)
        if (!is_reconfiguration(&point->changes[c])) changes[whole.n_changes++] = point->changes[c];
    bool good = weir_evaluate(evaluation, &whole, 1, &b->at_once, diag);
    free(changes);
    return good;
}

static bool find_reconfigured(weir_batches *b, const weir_evaluation *evaluation,
                              const weir_point *point, weir_diag *diag) {
    weir_structure structure;
    bool good = weir_structure_make(&structure, evaluation, point->changes, point->n_changes, diag);
    if (good) b->reconfigured = weir_reconfigured_of(&structure, diag);
    weir_structure_free(&structure);
    return b->reconfigured != NULL;
}

static uint64_t break_even(const weir_batches *b, double interval_ps) {
    return interval_ps > 0 ? weir_reconfigured_break_even(b->reconfigured, interval_ps) : 0;
}

static double at_once_ps(const weir_batches *b) {
    return b->at_once.source[WEIR_FIGURE_INTERVAL] != NULL ? b->at_once.value[WEIR_FIGURE_INTERVAL]
                                                           : 0;
}

weir_batches *weir_batches_new(const weir_evaluation *evaluation, const weir_point *point,
                               double baseline_ps, weir_diag *diag) {
    weir_batches *b = weir_xcalloc(1, sizeof *b);
    b->baseline_ps = baseline_ps;
    if (!find_reconfigured(b, evaluation, point, diag) ||
        !find_at_once(b, evaluation, point, diag)) {
        weir_batches_free(b);
        return NULL;
    }
    b->against_baseline = break_even(b, baseline_ps);
    b->against_at_once = break_even(b, at_once_ps(b));
    return b;
}

void weir_batches_free(weir_batches *b) {
    if (b == NULL) return;
    weir_reconfigured_free(b->reconfigured);
    weir_finding_clear(&b->at_once);
    free(b);
}

uint64_t weir_batches_next(const weir_batches *b, uint64_t size) {
    if (size == 0) return 1;
    double interval = weir_reconfigured_interval_ps(b->reconfigured, size);
    bool near = interval * 0.99 <= weir_reconfigured_limit_ps(b->reconfigured);
    return near || size >= UINT64_C(1) << 40 ? 0 : 2 * size;
}

/* ---- text ---- */

static double per_second(double interval_ps) {
    return interval_ps > 0 ? 1e12 / interval_ps : 0;
}

static void rate_cell(weir_table *table, double rate) {
    char cell[WEIR_FORMAT];
    if (rate < 1000)
        snprintf(cell, sizeof cell, "%.4g", rate);
    else
        weir_format_count(cell, (uint64_t)(rate + 0.5));
    weir_table_cell(table, cell);
}

static void add_sizes(const weir_batches *b, weir_text *out) {
    static const char *const titles[] = {"batch",   "frames/s",      "of baseline",
                                         "a batch", "latency, mean", "worst"};
    enum { TITLES = sizeof titles / sizeof *titles };
    weir_table *table = weir_table_new(TITLES);
    for (uint32_t t = 0; t < TITLES; t++)
        weir_table_column(table, t, titles[t], true);
    for (uint64_t n = 0; (n = weir_batches_next(b, n)) != 0;) {
        char cell[WEIR_FORMAT];
        double interval = weir_reconfigured_interval_ps(b->reconfigured, n);
        weir_batch_latency latency = weir_reconfigured_latency(b->reconfigured, n);
        weir_table_cell(table, weir_format_count(cell, n));
        rate_cell(table, per_second(interval));
        snprintf(cell, sizeof cell, b->baseline_ps > 0 ? "%.3g %%" : "-",
                 100 * b->baseline_ps / interval);
        weir_table_cell(table, cell);
        weir_table_cell(table,
                        weir_format_time(cell, weir_reconfigured_batch_ps(b->reconfigured, n)));
        weir_table_cell(table, weir_format_time(cell, (uint64_t)(latency.mean_ps + 0.5)));
        weir_table_cell(table, weir_format_time(cell, latency.worst_ps));
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_break_even(const weir_batches *b, const char *against, double interval_ps,
                           uint64_t found, weir_text *out) {
    char frames[WEIR_FORMAT], most[WEIR_FORMAT], limit[WEIR_FORMAT], line[512];
    if (!(interval_ps > 0)) return;
    weir_format_count(most, (uint64_t)(per_second(interval_ps) + 0.5));
    weir_format_count(limit,
                      (uint64_t)(per_second(weir_reconfigured_limit_ps(b->reconfigured)) + 0.5));
    if (found > 0)
        snprintf(line, sizeof line, "break-even with %s, %s frames/s: %s frames a batch", against,
                 most, weir_format_count(frames, found));
    else
        snprintf(line, sizeof line,
                 "break-even with %s, %s frames/s: never; batches of any size stay below %s",
                 against, most, limit);
    weir_format_paragraph(out, 2, line);
}

static void add_load(const weir_reconfigured *r, weir_text *out) {
    char line[512], bits[WEIR_FORMAT], load[WEIR_FORMAT];
    const weir_configuration_port *port = &r->device->configuration;
    snprintf(
        line, sizeof line,
        "each load: %s bits through %s, %u bits at %.6g MHz, %s (an estimate: the region's share "
        "of the device's bitstream)",
        weir_format_count(bits, r->region.bits), port->name, port->width_bits, port->mhz,
        weir_format_time(load, r->region.load_ps));
    weir_format_paragraph(out, 2, line);
}

static void add_description(const weir_reconfigured *r, weir_text *out) {
    weir_text *lines = weir_text_new();
    weir_reconfigured_describe(r, lines);
    const char *at = weir_text_string(lines);
    for (const char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        char line[768];
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        weir_format_paragraph(out, 2, line);
    }
    weir_text_free(lines);
}

void weir_batches_text(const weir_batches *b, const char *idea, weir_text *out) {
    const weir_reconfigured *r = b->reconfigured;
    char whole[256];
    weir_text_addf(out, "%s: batches of %" PRIu64 " frames through %u parts\n", idea, r->batch,
                   r->n_turns);
    add_description(r, out);
    add_load(r, out);
    add_sizes(b, out);
    add_break_even(b, "the baseline", b->baseline_ps, b->against_baseline, out);
    snprintf(whole, sizeof whole, "all parts at once (%s%.200s)",
             b->at_once.feasible ? "feasible" : "not feasible: ",
             b->at_once.why != NULL ? b->at_once.why : "");
    add_break_even(b, whole, at_once_ps(b), b->against_at_once, out);
    weir_text_add(out, "\n");
}

/* ---- JSON ---- */

static json_t *resources_json(const uint64_t total[WEIR_RESOURCES]) {
    json_t *object = json_object();
    for (int i = 0; i < WEIR_RESOURCES; i++)
        if (i != WEIR_CARRY)
            json_object_set_new(object, weir_resource_key((weir_resource)i),
                                json_integer((json_int_t)total[i]));
    return object;
}

static json_t *region_json(const weir_reconfigured *r) {
    const weir_region *region = &r->region;
    return json_pack("{s:o, s:s, s:f, s:I, s:I, s:I, s:I}", "resources",
                     resources_json(region->total), "scarcest", weir_resource_key(region->scarcest),
                     "share", (double)region->part / (double)region->whole, "frames",
                     (json_int_t)region->frames, "bitstream_bits", (json_int_t)region->bits,
                     "load_cycles", (json_int_t)region->load_cycles, "load_ps",
                     (json_int_t)region->load_ps);
}

static json_t *parts_json(const weir_reconfigured *r) {
    json_t *list = json_array();
    for (uint32_t k = 0; k < r->n_turns; k++) {
        const weir_turn *turn = &r->turns[k];
        json_array_append_new(list, json_pack("{s:s, s:o, s:I, s:f, s:b}", "layers", turn->layers,
                                              "resources", resources_json(turn->need), "run_ps",
                                              (json_int_t)weir_reconfigured_run_ps(turn, r->batch),
                                              "interval_ps",
                                              (double)turn->steady_ps / (double)turn->steady_frames,
                                              "steady", turn->exact));
    }
    return list;
}

static json_t *borders_json(const weir_reconfigured *r) {
    json_t *list = json_array();
    for (uint32_t b = 0; b < r->n_borders; b++) {
        const weir_border *border = &r->borders[b];
        const char *place =
            border->storage == WEIR_STORAGE_AUTO ? "outside" : weir_storage_names[border->storage];
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:I, s:I, s:s, s:I, s:I}", "name", border->name, "from",
                            (json_int_t)border->from + 1, "to", (json_int_t)border->to + 1,
                            "frame_bits", (json_int_t)border->frame_bits, "memory", place, "bram18",
                            (json_int_t)border->bram18, "uram", (json_int_t)border->uram));
    }
    return list;
}

static json_t *sizes_json(const weir_batches *b) {
    json_t *list = json_array();
    for (uint64_t n = 0; (n = weir_batches_next(b, n)) != 0;) {
        weir_batch_latency latency = weir_reconfigured_latency(b->reconfigured, n);
        json_array_append_new(
            list,
            json_pack("{s:I, s:f, s:I, s:f, s:I}", "batch", (json_int_t)n, "frames_per_second",
                      per_second(weir_reconfigured_interval_ps(b->reconfigured, n)), "batch_ps",
                      (json_int_t)weir_reconfigured_batch_ps(b->reconfigured, n), "latency_mean_ps",
                      latency.mean_ps, "latency_worst_ps", (json_int_t)latency.worst_ps));
    }
    return list;
}

static json_t *even_json(uint64_t frames) {
    return frames > 0 ? json_integer((json_int_t)frames) : json_null();
}

json_t *weir_batches_json(const weir_batches *b) {
    const weir_reconfigured *r = b->reconfigured;
    json_t *even = json_pack("{s:o, s:o}", "baseline", even_json(b->against_baseline),
                             "all_at_once", even_json(b->against_at_once));
    return json_pack(
        "{s:I, s:o, s:o, s:o, s:f, s:f, s:f, s:b, s:o, s:o}", "batch", (json_int_t)r->batch,
        "region", region_json(r), "parts", parts_json(r), "tensors", borders_json(r),
        "outside_bits_per_second", r->outside_bits_per_second, "limit_frames_per_second",
        per_second(weir_reconfigured_limit_ps(r)), "all_at_once_interval_ps", at_once_ps(b),
        "all_at_once_feasible", b->at_once.feasible, "break_even", even, "sizes", sizes_json(b));
}
