/* What the vendor's reports say: *_csynth.xml of the top and of each process, *_cosim.rpt.
 *
 * A process's report bears its C name: that of its module without the top's name in front, which newer
 * versions add. Latency and interval may be "undef", "?" or "-", resources "~0": then nothing is known.
 * Reports are a courtesy: one that is missing, truncated or of another top is a warning at most. */
#include "hls/vitis_parts.h"
#include <dirent.h>
#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    weir_vendor_figures figures;
    uint64_t period_ps;
    char top[512];
    char text[512]; /* of the element that is open */
    size_t length;
    bool resources, latency; /* inside their elements */
} reading;

static const weir_vendor_figures unknown = {WEIR_NO_FIGURE, WEIR_NO_FIGURE, WEIR_NO_FIGURE,
                                            WEIR_NO_FIGURE, WEIR_NO_FIGURE, WEIR_NO_FIGURE,
                                            WEIR_NO_FIGURE, WEIR_NO_FIGURE, WEIR_NO_FIGURE};

/* ------------------------------------------------------------------ csynth.xml */

static void XMLCALL opened(void *context, const XML_Char *name, const XML_Char **attributes) {
    (void)attributes;
    reading *r = context;
    r->length = 0;
    r->resources |= strcmp(name, "Resources") == 0;
    r->latency |= strcmp(name, "SummaryOfOverallLatency") == 0;
}

static void XMLCALL letters(void *context, const XML_Char *text, int length) {
    reading *r = context;
    for (int i = 0; i < length && r->length + 1 < sizeof r->text; i++)
        if (strchr(" \t\r\n", text[i]) == NULL) r->text[r->length++] = text[i];
}

static void set_count(uint64_t *figure, const char *text) {
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && digits < 19 && text[digits] == '\0') *figure = strtoull(text, NULL, 10);
}

static void XMLCALL closed(void *context, const XML_Char *name) {
    reading *r = context;
    weir_vendor_figures *f = &r->figures;
    const struct {
        const char *name;
        bool inside;
        uint64_t *figure;
    } elements[] = {
        {"Best-caseLatency", r->latency, &f->latency_min},
        {"Worst-caseLatency", r->latency, &f->latency_max},
        {"Interval-min", r->latency, &f->ii_min},
        {"Interval-max", r->latency, &f->ii_max},
        {"LUT", r->resources, &f->lut},
        {"FF", r->resources, &f->ff},
        {"DSP", r->resources, &f->dsp},
        {"DSP48E", r->resources, &f->dsp}, /* until 2020.1 */
        {"BRAM_18K", r->resources, &f->bram18},
        {"URAM", r->resources, &f->uram},
    };
    r->text[r->length] = '\0';
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        if (elements[i].inside && strcmp(elements[i].name, name) == 0)
            set_count(elements[i].figure, r->text);
    if (strcmp(name, "TopModelName") == 0) snprintf(r->top, sizeof r->top, "%s", r->text);
    if (strcmp(name, "TargetClockPeriod") == 0) {
        double ns = strtod(r->text, NULL);
        if (ns > 0 && ns < 1e9) r->period_ps = (uint64_t)llround(ns * 1000);
    }
    r->resources &= strcmp(name, "Resources") != 0;
    r->latency &= strcmp(name, "SummaryOfOverallLatency") != 0;
    r->length = 0;
}

/* False: there is no such file, or (with a warning) it is damaged. */
static bool read_csynth(weir_vitis *v, const char *path, reading *r, weir_diag *diag) {
    *r = (reading){.figures = unknown};
    size_t length;
    weir_diag *ignored = weir_diag_new();
    char *text = weir_file_read(path, &length, ignored);
    weir_diag_free(ignored);
    if (text == NULL) return false;
    XML_Parser parser = XML_ParserCreate(NULL);
    XML_SetUserData(parser, r);
    XML_SetElementHandler(parser, opened, closed);
    XML_SetCharacterDataHandler(parser, letters);
    bool good = XML_Parse(parser, text, (int)length, 1) == XML_STATUS_OK;
    if (!good)
        weir_diag_add(
            diag, WEIR_WARNING,
            (weir_loc){weir_arena_strdup(v->arena, path), (int)XML_GetCurrentLineNumber(parser)},
            "damaged report, not used: %s", XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    free(text);
    return good;
}

/* A folder of reports beside the Verilog's: `below` in place of its syn/verilog. */
static const char *report_folder(const weir_vitis *v, const char *below) {
    const char *folder = v->scan.folder;
    size_t length = strlen(folder);
    for (int cut = 0; cut < 2; cut++)
        while (length > 0 && folder[--length] != '/')
            ;
    return weir_arena_printf(v->arena, "%.*s/%s", (int)length, folder, below);
}

static void read_top(weir_vitis *v, weir_diag *diag) {
    const char *top = v->imported->top;
    const char *names[] = {weir_arena_printf(v->arena, "%s_csynth.xml", top), "csynth.xml"};
    for (size_t i = 0; i < 2; i++) {
        const char *path =
            weir_arena_printf(v->arena, "%s/%s", report_folder(v, "syn/report"), names[i]);
        reading r;
        if (!read_csynth(v, path, &r, diag)) continue;
        if (r.top[0] != '\0' && strcmp(r.top, top) != 0) {
            weir_diag_add(diag, WEIR_WARNING, (weir_loc){path, 0},
                          "report of \"%s\", the top is \"%s\": not used", r.top, top);
            continue;
        }
        v->imported->figures = r.figures;
        v->imported->period_ps = r.period_ps;
        return;
    }
    weir_diag_add(
        diag, WEIR_WARNING, (weir_loc){report_folder(v, "syn/report"), 0},
        "no csynth.xml of \"%s\": no reported latency and resources; the clock is taken as "
        "5000 ps",
        top);
}

static void read_process(weir_vitis *v, weir_imported_process *process, weir_diag *diag) {
    size_t head = strlen(v->imported->top);
    const char *names[] = {process->vendor, process->vendor};
    if (strncmp(process->vendor, v->imported->top, head) == 0 && process->vendor[head] == '_')
        names[1] = process->vendor + head + 1;
    for (size_t i = 0; i < 2; i++) {
        reading r;
        const char *path = weir_arena_printf(v->arena, "%s/%s_csynth.xml",
                                             report_folder(v, "syn/report"), names[i]);
        if (!read_csynth(v, path, &r, diag)) continue;
        process->figures = r.figures;
        return;
    }
}

/* ------------------------------------------------------------------ cosim.rpt */

static int is_cosim(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 10 && strcmp(entry->d_name + length - 10, "_cosim.rpt") == 0;
}

/* "| Verilog | Pass | min | avg | max | min | avg | max |": latency, then interval. */
static void read_cosim_line(weir_imported *in, char *line) {
    uint64_t columns[6];
    uint32_t n = 0;
    char *rest = NULL;
    bool verilog = false, pass = false;
    for (char *cell = strtok_r(line, "| \t", &rest); cell != NULL;
         cell = strtok_r(NULL, "| \t", &rest)) {
        if (strcmp(cell, "Verilog") == 0)
            verilog = true;
        else if (verilog && !pass)
            pass = strcmp(cell, "Pass") == 0;
        else if (pass && n < 6) {
            columns[n] = WEIR_NO_FIGURE;
            set_count(&columns[n++], cell);
        }
    }
    if (n < 6) return;
    in->cosim_latency = columns[0];
    in->cosim_ii = columns[4];
}

static void read_cosim(weir_vitis *v) {
    const char *folder = report_folder(v, "sim/report");
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_cosim, alphasort);
    for (int i = 0; i < n; i++) {
        weir_diag *ignored = weir_diag_new();
        char *text = weir_file_read(
            weir_arena_printf(v->arena, "%s/%s", folder, entries[i]->d_name), NULL, ignored);
        weir_diag_free(ignored);
        char *rest = NULL;
        for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL;
             line = strtok_r(NULL, "\n", &rest))
            if (strstr(line, "Verilog") != NULL) read_cosim_line(v->imported, line);
        free(text);
        free(entries[i]);
    }
    free(entries);
}

void weir_vitis_read_reports(weir_vitis *v, weir_diag *diag) {
    weir_imported *in = v->imported;
    in->figures = unknown;
    in->cosim_latency = in->cosim_ii = WEIR_NO_FIGURE;
    read_top(v, diag);
    for (uint32_t p = 0; p < in->n_processes; p++)
        if (in->processes[p].n_wrapped == 1) read_process(v, &in->processes[p], diag);
    read_cosim(v);
}
