/* What a study has found, for a person and for other programs. */
#include "base/format.h"
#include "study/explore.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 132 };   /* of the table for a person: a figure a column */
enum { MOST_ROWS = 40 }; /* of samples in the table for a person; exports have all */

/* ---- text ---- */

static const weir_figure columns[] = {
    WEIR_FIGURE_LATENCY, WEIR_FIGURE_INTERVAL, WEIR_FIGURE_LUT,
    WEIR_FIGURE_FF,      WEIR_FIGURE_DSP,      WEIR_FIGURE_BRAM18,
    WEIR_FIGURE_URAM,    WEIR_FIGURE_POWER,    WEIR_FIGURE_PIXELS_PER_WATT_SECOND,
    WEIR_FIGURE_ACCURACY};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* 88,505,729 as "88.5 M". */
static const char *short_count(char *out, double value) {
    static const char *const units[] = {"", " k", " M", " G", " T"};
    int unit = 0;
    for (; value >= 999.5 && unit < 4; unit++)
        value /= 1000;
    snprintf(out, WEIR_FORMAT, "%.3g%s", value, units[unit]);
    return out;
}

static const char *cell_of(char *out, weir_figure figure, const weir_finding *finding) {
    if (finding->source[figure] == NULL) return "-";
    double value = finding->value[figure];
    if (figure == WEIR_FIGURE_LATENCY || figure == WEIR_FIGURE_INTERVAL)
        return weir_format_time(out, (uint64_t)(value + 0.5));
    if (figure == WEIR_FIGURE_PIXELS_PER_WATT_SECOND) return short_count(out, value);
    if (figure == WEIR_FIGURE_ACCURACY)
        snprintf(out, WEIR_FORMAT, "%.4f", value);
    else
        weir_format_count(out, (uint64_t)(value + 0.5));
    return out;
}

static bool column_used(const weir_exploration *x, weir_figure figure) {
    for (uint32_t i = 0; i < x->n_found; i++)
        if (x->found[i].finding.source[figure] != NULL) return true;
    return false;
}

static const char *rtl_of(const weir_found *found) {
    return !found->confirmation.ran ? "" : found->confirmation.agrees ? "agrees" : "DIFFERS";
}

static void name_of(const weir_exploration *x, const weir_found *found, char *out, size_t size) {
    if (found->point.name[0] != '\0') {
        snprintf(out, size, "%s", found->point.name);
        return;
    }
    out[0] = '\0';
    for (uint32_t c = x->file->n_base; c < found->point.n_changes; c++) {
        size_t length = strlen(out);
        snprintf(out + length, size - length, "%s%s", length > 0 ? "; " : "",
                 found->point.changes[c].line);
    }
}

static void add_row(const weir_exploration *x, const weir_found *found, weir_table *table,
                    const bool *used) {
    char name[256], cell[WEIR_FORMAT];
    name_of(x, found, name, sizeof name);
    weir_table_cell(table, name);
    for (int c = 0; c < COLUMNS; c++)
        if (used[c]) weir_table_cell(table, cell_of(cell, columns[c], &found->finding));
    weir_table_cell(table, found->finding.feasible ? (found->front ? "yes *" : "yes") : "no");
    if (x->file->confirm > 0) weir_table_cell(table, rtl_of(found));
}

static bool is_sample(const weir_found *found) {
    return found->point.name[0] == '\0';
}

/* The baseline and all ideas; of samples those on the front, or else the first. */
static bool in_table(const weir_exploration *x, const weir_found *found, uint32_t shown) {
    if (!is_sample(found)) return true;
    if (shown >= MOST_ROWS) return false;
    return x->file->n_objectives == 0 || found->front || found->confirmation.ran;
}

static uint32_t add_table(const weir_exploration *x, weir_text *out) {
    bool used[COLUMNS];
    uint32_t n = 2 + (x->file->confirm > 0), at = 1, samples = 0;
    for (int c = 0; c < COLUMNS; c++)
        n += used[c] = column_used(x, columns[c]);
    weir_table *table = weir_table_new(n);
    weir_table_column(table, 0, "idea", false);
    for (int c = 0; c < COLUMNS; c++)
        if (used[c]) weir_table_column(table, at++, weir_figure_infos[columns[c]].title, true);
    weir_table_column(table, at++, "feasible", false);
    if (x->file->confirm > 0) weir_table_column(table, at, "RTL", false);
    for (uint32_t i = 0; i < x->n_found; i++) {
        if (!in_table(x, &x->found[i], samples)) continue;
        samples += is_sample(&x->found[i]);
        add_row(x, &x->found[i], table, used);
    }
    weir_table_widest(table, WIDEST);
    weir_table_print(table, 0, out);
    weir_table_free(table);
    return samples;
}

static void add_reasons(const weir_exploration *x, weir_text *out) {
    for (uint32_t i = 0; i < x->n_found; i++) {
        const weir_found *found = &x->found[i];
        if (is_sample(found) || found->finding.why == NULL) continue;
        char line[768];
        snprintf(line, sizeof line, "%s: %s", found->point.name, found->finding.why);
        weir_format_paragraph(out, 2, line);
    }
    for (uint32_t i = 0; i < x->n_found; i++) {
        const weir_confirmation *confirmation = &x->found[i].confirmation;
        char name[256];
        if (confirmation->text == NULL) continue;
        name_of(x, &x->found[i], name, sizeof name);
        weir_text_addf(out, "  on RTL, %s: %s\n", name, confirmation->text);
    }
}

static void add_programmed(const weir_exploration *x, weir_text *out) {
    const weir_finding *findings[WEIR_PROGRAM_POINTS] = {NULL};
    if (x->programmed == NULL) return; /* it was stopped before */
    for (uint32_t i = 0; i < x->programmed->n_points; i++)
        findings[i] = &x->found[x->first_programmed + i].finding;
    weir_programmed_text(x->programmed, findings, out);
}

/* Which source each column has, where all rows that know it agree. */
static void add_sources(const weir_exploration *x, weir_text *out) {
    char line[512] = "sources:";
    for (int f = 0; f < WEIR_FIGURES; f++) {
        const char *source = NULL;
        bool mixed = false;
        for (uint32_t i = 0; i < x->n_found; i++) {
            const char *own = x->found[i].finding.source[f];
            if (own == NULL) continue;
            mixed = mixed || (source != NULL && strcmp(source, own) != 0);
            source = own;
        }
        size_t length = strlen(line);
        if (source != NULL)
            snprintf(line + length, sizeof line - length, "%s %s %s",
                     length > strlen("sources:") ? "," : "", weir_figure_infos[f].title,
                     mixed ? "several (see the export)" : source);
    }
    if (strchr(line, ' ') != NULL) weir_format_paragraph(out, 0, line);
}

void weir_exploration_text(const weir_exploration *x, weir_text *out) {
    uint32_t feasible = 0, samples = 0, front = 0;
    for (uint32_t i = 0; i < x->n_found; i++) {
        feasible += x->found[i].finding.feasible;
        samples += is_sample(&x->found[i]);
        front += x->found[i].front && x->found[i].first == i;
    }
    weir_text_addf(out, "study %s of %s", x->file->name, x->base->name);
    if (x->base->device != NULL) weir_text_addf(out, " on %s", x->base->device->name);
    weir_text_add(out, "\n\n");
    uint32_t shown = add_table(x, out);
    weir_text_add(out, "\n");
    if (x->file->n_objectives > 0)
        weir_text_addf(out, "* on the front of %u points that none beats\n", front);
    if (shown < samples)
        weir_text_addf(out, "%u of %u samples shown; --export has all\n", shown, samples);
    add_reasons(x, out);
    add_programmed(x, out);
    for (uint32_t i = 0; i < x->n_found; i++)
        if (x->found[i].batches != NULL)
            weir_batches_text(x->found[i].batches, x->found[i].point.name, out);
    add_sources(x, out);
    if (x->enumerated)
        weir_text_add(out, "the axes have so few points that all were tried: the front is exact\n");
    weir_text_addf(out, "%u points, %u feasible; %u evaluated now in %.2f s, %u from the store",
                   x->n_found, feasible, x->n_fresh, x->seconds, x->n_stored);
    uint32_t repeats = x->n_found - x->n_fresh - x->n_stored;
    if (repeats > 0) weir_text_addf(out, ", %u the same as another", repeats);
    weir_text_add(out, "\n");
}

/* ---- exports ---- */

/* Of a text that may be no UTF-8, such as a path, with '?' for what is none. NULL: null. */
static json_t *text_json(const char *text) {
    json_t *string = text != NULL ? json_string(text) : json_null();
    if (string != NULL) return string;
    size_t length = strlen(text);
    char *ascii = weir_xcalloc(length + 1, 1);
    for (size_t i = 0; i < length; i++)
        ascii[i] = (unsigned char)text[i] < 128 ? text[i] : '?';
    string = json_string(ascii);
    free(ascii);
    return string;
}

static json_t *changes_json(const weir_point *point) {
    json_t *list = json_array();
    for (uint32_t c = 0; c < point->n_changes; c++)
        json_array_append_new(list, text_json(point->changes[c].line));
    return list;
}

static json_t *confirmation_json(const weir_confirmation *confirmation) {
    if (!confirmation->ran) return json_null();
    return json_pack(
        "{s:b, s:I, s:I, s:I, s:I, s:o}", "agrees", confirmation->agrees, "frames",
        (json_int_t)confirmation->frames, "mismatches", (json_int_t)confirmation->mismatches,
        "latency_ps", (json_int_t)confirmation->latency_ps, "interval_ps",
        (json_int_t)confirmation->interval_ps, "difference", text_json(confirmation->text));
}

static json_t *found_json(const weir_found *found) {
    const weir_finding *finding = &found->finding;
    json_t *figures = json_object();
    for (int f = 0; f < WEIR_FIGURES; f++)
        if (finding->source[f] != NULL)
            json_object_set_new(
                figures, weir_figure_infos[f].key,
                json_pack("{s:f, s:s}", "value", finding->value[f], "source", finding->source[f]));
    json_t *batches = found->batches != NULL ? weir_batches_json(found->batches) : json_null();
    return json_pack("{s:o, s:s, s:o, s:b, s:b, s:o, s:o, s:b, s:o, s:o, s:o}", "name",
                     text_json(found->point.name), "hash", found->hash, "changes",
                     changes_json(&found->point), "applied", finding->applied, "feasible",
                     finding->feasible, "why", text_json(finding->why), "changed",
                     text_json(finding->changed), "front", found->front, "figures", figures, "rtl",
                     confirmation_json(&found->confirmation), "batches", batches);
}

void weir_exploration_json(const weir_exploration *x, weir_text *out) {
    json_t *points = json_array();
    for (uint32_t i = 0; i < x->n_found; i++)
        json_array_append_new(points, found_json(&x->found[i]));
    json_t *root =
        json_pack("{s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:b, s:o, s:o}", "weir", WEIR_VERSION_TEXT,
                  "study", text_json(x->file->name), "design", text_json(x->base->name), "device",
                  text_json(x->base->device != NULL ? x->base->device->name : NULL), "frames",
                  (json_int_t)x->file->frames, "sample_seed", (json_int_t)x->file->seed,
                  "search_seed", (json_int_t)x->file->search_seed, "partial", x->partial, "program",
                  x->programmed != NULL ? weir_programmed_json(x->programmed) : json_null(),
                  "points", points);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    weir_text_add(out, text);
    weir_text_add(out, "\n");
    free(text);
    json_decref(root);
}

static void csv_text(weir_text *out, const char *text) {
    weir_text_add(out, "\"");
    for (; text != NULL && *text != '\0'; text++)
        if (*text == '"')
            weir_text_add(out, "\"\"");
        else
            weir_text_addf(out, "%c", *text == '\n' ? ';' : *text);
    weir_text_add(out, "\"");
}

void weir_exploration_csv(const weir_exploration *x, weir_text *out) {
    weir_text_add(out, "name,hash,changes,applied,feasible,why,front,rtl");
    for (int f = 0; f < WEIR_FIGURES; f++)
        weir_text_addf(out, ",%s,%s_source", weir_figure_infos[f].key, weir_figure_infos[f].key);
    weir_text_add(out, "\n");
    for (uint32_t i = 0; i < x->n_found; i++) {
        const weir_found *found = &x->found[i];
        const weir_finding *finding = &found->finding;
        weir_text *changes = weir_text_new();
        for (uint32_t c = 0; c < found->point.n_changes; c++)
            weir_text_addf(changes, "%s%s", c > 0 ? "; " : "", found->point.changes[c].line);
        csv_text(out, found->point.name);
        weir_text_addf(out, ",%s,", found->hash);
        csv_text(out, weir_text_string(changes));
        weir_text_addf(out, ",%d,%d,", finding->applied, finding->feasible);
        csv_text(out, finding->why);
        weir_text_addf(out, ",%d,%s", found->front, rtl_of(found));
        for (int f = 0; f < WEIR_FIGURES; f++) {
            if (finding->source[f] != NULL)
                weir_text_addf(out, ",%.15g,%s", finding->value[f], finding->source[f]);
            else
                weir_text_add(out, ",,");
        }
        weir_text_add(out, "\n");
        weir_text_free(changes);
    }
}
