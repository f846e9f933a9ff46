/* Reports as text. Their columns move with the version, so that they are found by their headings;
 * rows are split at '|'. */
#include "hls/vitis_report.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 48
#define CELL 128

const weir_vendor_figures weir_no_figures = {WEIR_NO_FIGURE, WEIR_NO_FIGURE, WEIR_NO_FIGURE,
                                             WEIR_NO_FIGURE, WEIR_NO_FIGURE, WEIR_NO_FIGURE,
                                             WEIR_NO_FIGURE, WEIR_NO_FIGURE, WEIR_NO_FIGURE};

/* ------------------------------------------------------------------ lines */

typedef struct text_row {
    uint32_t n;
    char cells[CELLS][CELL]; /* without the blanks around them */
} text_row;

/* Copies the line at `text` into `line` and returns the next one's beginning; NULL: there is none. */
static const char *next_line(const char *text, char *line, size_t size) {
    if (text == NULL || *text == '\0') return NULL;
    size_t length = strcspn(text, "\r\n");
    snprintf(line, size, "%.*s", (int)length, text);
    text += length;
    return text + (*text == '\r') + (text[*text == '\r'] == '\n');
}

static void trim(char *out, const char *from, size_t length) {
    while (length > 0 && strchr(" \t", *from) != NULL)
        from++, length--;
    while (length > 0 && strchr(" \t", from[length - 1]) != NULL)
        length--;
    snprintf(out, CELL, "%.*s", (int)length, from);
}

/* Of "| a | b |"; no cells in other lines. */
static void split(const char *line, text_row *row) {
    row->n = 0;
    line += strspn(line, " \t");
    if (*line != '|') return;
    for (line++; row->n < CELLS;) {
        const char *end = strchr(line, '|');
        if (end == NULL) return;
        trim(row->cells[row->n++], line, (size_t)(end - line));
        line = end + 1;
    }
}

/* Digits, with a share behind them perhaps: "189 (19%)". */
static uint64_t count_of(const char *cell) {
    size_t digits = strspn(cell, "0123456789");
    if (digits == 0 || digits > 18 || (cell[digits] != '\0' && cell[digits] != ' '))
        return WEIR_NO_FIGURE;
    return strtoull(cell, NULL, 10);
}

/* The text after `label` and blanks, or NULL where the line has none. */
static const char *after(const char *line, const char *label) {
    const char *at = strstr(line, label);
    if (at == NULL) return NULL;
    at += strlen(label);
    return at + strspn(at, " \t");
}

static weir_report_state lacking(weir_vendor_report *out, const char *what) {
    snprintf(out->lacks, sizeof out->lacks, "%s", what);
    return WEIR_REPORT_DAMAGED;
}

/* ------------------------------------------------------------------ dates */

static int month_of(const char *word) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int m = 0; m < 12; m++)
        if (strncmp(word, months + 3 * m, 3) == 0) return m + 1;
    return 0;
}

/* Days from 1 March of year 0, by the rule of the calendar. */
static int64_t days_of(int64_t year, int month, int day) {
    year -= month < 3;
    month += month < 3 ? 9 : -3;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
}

int64_t weir_report_date(const char *line) {
    int month = 0, day = 0, hour = -1, minute = 0, second = 0;
    int64_t year = 0;
    bool afternoon = false, halves = false;
    for (const char *at = line; *at != '\0';) {
        at += strspn(at, " \t,");
        size_t length = strcspn(at, " \t,");
        size_t digits = strspn(at, "0123456789");
        int h, m, s;
        if (sscanf(at, "%2d:%2d:%2d", &h, &m, &s) == 3)
            hour = h, minute = m, second = s;
        else if (digits == 4)
            year = strtol(at, NULL, 10);
        else if (digits > 0 && digits < 3 && digits == length)
            day = (int)strtol(at, NULL, 10);
        else if (length >= 3 && month == 0)
            month = month_of(at);
        else if (length == 2 && at[1] == 'M')
            halves = true, afternoon = at[0] == 'P';
        at += length;
    }
    if (month == 0 || day == 0 || year < 1970 || hour < 0) return 0;
    if (halves) hour = hour % 12 + (afternoon ? 12 : 0);
    return ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

/* ------------------------------------------------------------------ csynth */

/* "report for 'name'" or "of 'name'" of a title. */
static void take_title(const char *line, weir_vendor_report *out) {
    const char *name = after(line, "Report for '");
    if (name == NULL) name = after(line, "Report of '");
    if (name != NULL && out->top[0] == '\0')
        snprintf(out->top, sizeof out->top, "%.*s", (int)strcspn(name, "'"), name);
}

static void take_date(const char *line, const char *label, weir_vendor_report *out) {
    const char *date = after(line, label);
    if (date != NULL && out->date == 0) out->date = weir_report_date(date);
}

/* "|ap_clk | 5.00 ns| ..."; older ones give no unit: nanoseconds. */
static void take_clock(const text_row *row, weir_vendor_report *out) {
    char *unit;
    if (row->n < 4 || strncmp(row->cells[0], "ap_clk", 6) != 0) return;
    double value = strtod(row->cells[1], &unit);
    unit += strspn(unit, " ");
    double ps = strncmp(unit, "us", 2) == 0 ? 1e6 : strncmp(unit, "ps", 2) == 0 ? 1 : 1e3;
    if (value > 0 && value * ps < 1e12) out->period_ps = (uint64_t)llround(value * ps);
}

/* Latency and interval by cycles, and between them, from 2019 on, latency by time. */
static bool take_latency(const text_row *row, weir_vendor_figures *f) {
    uint32_t interval = row->n >= 7 ? 4 : 2;
    if (row->n < 5 || row->cells[0][0] == '\0') return false;
    if (strchr("0123456789?-u", row->cells[0][0]) == NULL) return false;
    f->latency_min = count_of(row->cells[0]);
    f->latency_max = count_of(row->cells[1]);
    f->ii_min = count_of(row->cells[interval]);
    f->ii_max = count_of(row->cells[interval + 1]);
    return true;
}

static uint64_t *figure_named(weir_vendor_figures *f, const char *heading) {
    if (strcmp(heading, "LUT") == 0) return &f->lut;
    if (strcmp(heading, "FF") == 0) return &f->ff;
    if (strcmp(heading, "DSP") == 0 || strcmp(heading, "DSP48E") == 0) return &f->dsp;
    if (strcmp(heading, "BRAM_18K") == 0 || strcmp(heading, "BRAM") == 0) return &f->bram18;
    if (strcmp(heading, "URAM") == 0) return &f->uram;
    return NULL;
}

static void take_resources(const text_row *headings, const text_row *row, weir_vendor_figures *f) {
    for (uint32_t c = 0; c < row->n && c < headings->n; c++) {
        uint64_t *figure = figure_named(f, headings->cells[c]);
        if (figure != NULL) *figure = count_of(row->cells[c]);
    }
}

weir_report_state weir_report_csynth_text(const char *text, weir_vendor_report *out) {
    enum { BEFORE, LATENCY, BETWEEN, RESOURCES, ALL } part = BEFORE;
    char line[1024];
    text_row row, headings = {0};
    *out = (weir_vendor_report){.figures = weir_no_figures};
    while (part != ALL && (text = next_line(text, line, sizeof line)) != NULL) {
        take_title(line, out);
        take_date(line, "* Date:", out);
        split(line, &row);
        if (out->period_ps == 0) take_clock(&row, out);
        if (part == BEFORE && strstr(line, "+ Latency") != NULL) part = LATENCY;
        if (part == LATENCY && take_latency(&row, &out->figures)) part = BETWEEN;
        if (strstr(line, "== Utilization Estimates") != NULL) part = RESOURCES;
        if (part != RESOURCES || row.n == 0) continue;
        if (strcmp(row.cells[0], "Name") == 0) headings = row;
        if (strcmp(row.cells[0], "Total") != 0) continue;
        take_resources(&headings, &row, &out->figures);
        part = ALL;
    }
    if (out->top[0] == '\0') return WEIR_REPORT_OTHER;
    if (part == BEFORE || part == LATENCY) return lacking(out, "no latency in it");
    return part == ALL ? WEIR_REPORT_GOOD : lacking(out, "no total of resources in it");
}

/* Headings of the summary take two lines and more. */
static void join_headings(text_row *headings, const text_row *row) {
    if (headings->n == 0) {
        *headings = *row;
        return;
    }
    for (uint32_t c = 0; c < row->n && c < headings->n; c++) {
        size_t length = strlen(headings->cells[c]);
        snprintf(headings->cells[c] + length, CELL - length, "%s%s",
                 length > 0 && row->cells[c][0] != '\0' ? " " : "", row->cells[c]);
    }
}

static void take_summary(const text_row *headings, const text_row *row, weir_vendor_figures *f) {
    *f = weir_no_figures;
    take_resources(headings, row, f);
    uint64_t *figures[] = {&f->lut, &f->ff, &f->dsp, &f->bram18, &f->uram};
    for (uint32_t c = 0; c < row->n && c < headings->n; c++) {
        const char *heading = headings->cells[c];
        bool latency =
            strcmp(heading, "Latency (cycles)") == 0 || strcmp(heading, "Latency(cycles)") == 0;
        if (latency) f->latency_min = f->latency_max = count_of(row->cells[c]);
        if (strcmp(heading, "Interval") == 0) f->ii_min = f->ii_max = count_of(row->cells[c]);
        for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) /* "-" of these is none */
            if (figure_named(f, heading) == figures[i] && strcmp(row->cells[c], "-") == 0)
                *figures[i] = 0;
    }
}

weir_report_state weir_report_csynth_summary(const char *text, const char *module,
                                             weir_vendor_report *out) {
    char line[1024];
    text_row row, headings = {0};
    bool rows = false;
    *out = (weir_vendor_report){.figures = weir_no_figures};
    while ((text = next_line(text, line, sizeof line)) != NULL) {
        take_title(line, out);
        take_date(line, "* Date:", out);
        split(line, &row);
        if (row.n < 8) {
            if (rows && strstr(line, "+--") != NULL) return WEIR_REPORT_OTHER;
            continue;
        }
        const char *name = row.cells[0];
        bool is_module = *name == '+';
        if (!rows && !is_module) join_headings(&headings, &row);
        rows |= is_module;
        if (!is_module) continue;
        name += 1 + strspn(name + 1, " ");
        size_t length = strcspn(name, "*");
        if (strlen(module) != length || strncmp(name, module, length) != 0) continue;
        take_summary(&headings, &row, &out->figures);
        return WEIR_REPORT_GOOD;
    }
    if (out->top[0] == '\0') return WEIR_REPORT_OTHER;
    return lacking(out, "its table has no end");
}

/* ------------------------------------------------------------------ cosim */

weir_report_state weir_report_cosim(const char *text, weir_vendor_report *out) {
    char line[1024];
    text_row row;
    *out = (weir_vendor_report){.figures = weir_no_figures};
    while ((text = next_line(text, line, sizeof line)) != NULL) {
        take_date(line, "Report time", out);
        split(line, &row);
        if (row.n < 8 || strcmp(row.cells[0], "Verilog") != 0) continue;
        out->failed = strcmp(row.cells[1], "Fail") == 0;
        if (strcmp(row.cells[1], "Pass") != 0) return WEIR_REPORT_GOOD;
        out->figures.latency_min = count_of(row.cells[2]);
        out->figures.latency_max = count_of(row.cells[4]);
        out->figures.ii_min = count_of(row.cells[5]);
        out->figures.ii_max = count_of(row.cells[6]);
        return WEIR_REPORT_GOOD;
    }
    return lacking(out, "no row of Verilog in it");
}

/* ------------------------------------------------------------------ export */

weir_report_state weir_report_export_text(const char *text, weir_vendor_report *out) {
    char line[1024];
    bool inside = false;
    *out = (weir_vendor_report){.figures = weir_no_figures};
    while ((text = next_line(text, line, sizeof line)) != NULL) {
        take_date(line, "Report date:", out);
        bool title =
            strstr(line, "Resource usage") != NULL || strstr(line, "Resource Summary") != NULL;
        if (title) {
            bool placed = strstr(line, "Implementation") != NULL || strstr(line, "Route") != NULL;
            out->stage = placed ? WEIR_VIVADO_IMPLEMENTATION : WEIR_VIVADO_SYNTHESIS;
            inside = true;
            continue;
        }
        const char *name = line + strspn(line, " \t"), *colon = strchr(name, ':');
        inside = inside && strstr(line, "Timing") == NULL && strstr(line, "timing") == NULL;
        if (!inside || colon == NULL) continue;
        char heading[CELL], count[CELL];
        trim(heading, name, (size_t)(colon - name));
        trim(count, colon + 1, strlen(colon + 1));
        uint64_t *figure = figure_named(&out->figures, heading);
        if (figure != NULL) *figure = count_of(count);
    }
    if (out->stage == WEIR_VIVADO_NONE) return WEIR_REPORT_OTHER;
    const weir_vendor_figures *f = &out->figures;
    if (f->lut == WEIR_NO_FIGURE) return lacking(out, "no LUT in it");
    if (f->ff == WEIR_NO_FIGURE) return lacking(out, "no FF in it");
    if (f->dsp == WEIR_NO_FIGURE) return lacking(out, "no DSP in it");
    if (f->bram18 == WEIR_NO_FIGURE) return lacking(out, "no BRAM in it");
    if (f->uram == WEIR_NO_FIGURE) out->figures.uram = 0; /* devices without any */
    return WEIR_REPORT_GOOD;
}

/* ------------------------------------------------------------------ utilisation */

/* Site types by family: "Slice LUTs" of series 7, "CLB LUTs" since; '*' leads to a note. */
static bool is_site(const char *cell, const char *const *names) {
    size_t length = strcspn(cell, "*");
    while (length > 0 && cell[length - 1] == ' ')
        length--;
    for (; *names != NULL; names++)
        if (strlen(*names) == length && strncmp(cell, *names, length) == 0) return true;
    return false;
}

enum { SITE_LUT, SITE_FF, SITE_DSP, SITE_RAMB36, SITE_RAMB18, SITE_URAM, SITES };

static void take_site(const text_row *row, uint64_t *sites) {
    static const char *const names[SITES][6] = {
        {"Slice LUTs", "CLB LUTs", "LUTs", NULL},
        {"Slice Registers", "CLB Registers", "Registers", NULL},
        {"DSPs", "DSP Slices", NULL},
        {"RAMB36/FIFO", "RAMB36", "RAMB36E5", "RAMB36E2", "RAMB36E1", NULL},
        {"RAMB18", "RAMB18E5", "RAMB18E2", "RAMB18E1", NULL},
        {"URAM", NULL},
    };
    for (int s = 0; s < SITES && row->n > 1; s++)
        if (sites[s] == WEIR_NO_FIGURE && is_site(row->cells[0], names[s]))
            sites[s] = count_of(row->cells[1]);
}

static void take_state(const char *line, weir_vendor_report *out) {
    const char *state = after(line, "| Design State");
    const char *design = after(line, "| Design ");
    if (state != NULL)
        out->stage = strstr(state, "Synthesized") != NULL || strstr(state, "Optimized") != NULL
                         ? WEIR_VIVADO_SYNTHESIS
                         : WEIR_VIVADO_IMPLEMENTATION;
    else if (design != NULL && *design == ':' && out->top[0] == '\0')
        snprintf(out->top, sizeof out->top, "%.*s", (int)strcspn(design + 2, " "), design + 2);
}

weir_report_state weir_report_utilisation(const char *text, weir_vendor_report *out) {
    uint64_t sites[SITES];
    char line[1024];
    text_row row;
    *out = (weir_vendor_report){.figures = weir_no_figures};
    /* Of clocks, of control sets, or by hierarchy: other reports with names alike. */
    if (strstr(text, "Utilization Design Information") == NULL ||
        strstr(text, "Utilization by Hierarchy") != NULL)
        return WEIR_REPORT_OTHER;
    for (int s = 0; s < SITES; s++)
        sites[s] = WEIR_NO_FIGURE;
    while ((text = next_line(text, line, sizeof line)) != NULL) {
        take_date(line, "| Date", out);
        take_state(line, out);
        split(line, &row);
        take_site(&row, sites);
    }
    if (sites[SITE_LUT] == WEIR_NO_FIGURE) return lacking(out, "no LUTs in it");
    if (sites[SITE_FF] == WEIR_NO_FIGURE) return lacking(out, "no registers in it");
    if (sites[SITE_RAMB36] == WEIR_NO_FIGURE || sites[SITE_RAMB18] == WEIR_NO_FIGURE)
        return lacking(out, "no RAMB36 and RAMB18 in it");
    if (sites[SITE_DSP] == WEIR_NO_FIGURE) return lacking(out, "no DSPs in it");
    out->figures.lut = sites[SITE_LUT];
    out->figures.ff = sites[SITE_FF];
    out->figures.dsp = sites[SITE_DSP];
    out->figures.bram18 = 2 * sites[SITE_RAMB36] + sites[SITE_RAMB18];
    out->figures.uram = sites[SITE_URAM] == WEIR_NO_FIGURE ? 0 : sites[SITE_URAM];
    return WEIR_REPORT_GOOD;
}

/* ------------------------------------------------------------------ RTL */

uint64_t weir_report_stamp(const char *verilog, const char *key) {
    const char *info = strstr(verilog, "CORE_GENERATION_INFO");
    if (info == NULL) return WEIR_NO_FIGURE;
    size_t length = strcspn(info, "\r\n"), name = strlen(key);
    for (const char *at = info; (at = strstr(at, key)) != NULL && at < info + length; at += name) {
        if (at[name] != '=' || strchr("{,", at[-1]) == NULL) continue;
        const char *value = at + name + 1;
        size_t digits = strspn(value, "0123456789");
        return digits > 0 && digits < 19 && strchr(",}", value[digits]) != NULL
                   ? strtoull(value, NULL, 10)
                   : WEIR_NO_FIGURE;
    }
    return WEIR_NO_FIGURE;
}
