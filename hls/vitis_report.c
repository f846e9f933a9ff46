/* The reports beside a solution's Verilog: which there are, and which of them can be believed.
 *
 * A process's report bears its C name: that of its module without the top's name in front, which newer
 * versions add. Reports are a courtesy: one that is missing is nothing, and one that is damaged, of
 * another top or module, or older than the RTL is a warning, and is not used.
 *
 * Older: the C synthesis writes FF and LUT into the RTL (CORE_GENERATION_INFO), and a report of that
 * run has the same. Vivado's and co-simulation's are younger than the C synthesis by the dates that the
 * texts give. Where neither is there, the times of the files are taken; those of a copied solution are
 * of no order, but all of about the same moment.
 */
#include "hls/vitis_report.h"
#include "hls/vitis_parts.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COPYING_SECONDS 3600

typedef struct gathering {
    weir_vitis *v;
    weir_diag *diag;
    const char *verilog; /* file of the top */
    bool matched;        /* the top's report is that of the RTL, by what the RTL says */
    bool stale;          /* it is not: nor are those of the processes then */
    bool no_summary;     /* csynth.rpt is damaged, and that has been said */
    int64_t date;        /* of the C synthesis; 0: not known */
} gathering;

/* ------------------------------------------------------------------ files */

/* `below` beside the folder of the Verilog: in place of its syn/verilog. */
static const char *beside(const weir_vitis *v, const char *below) {
    const char *folder = v->scan.folder;
    size_t length = strlen(folder);
    for (int cut = 0; cut < 2; cut++)
        while (length > 0 && folder[--length] != '/')
            ;
    return weir_arena_printf(v->arena, "%.*s/%s", (int)length, folder, below);
}

static char *read_quietly(const char *path, size_t *length) {
    weir_diag *ignored = weir_diag_new();
    char *text = weir_file_read(path, length, ignored);
    weir_diag_free(ignored);
    return text;
}

static bool older(const char *path, const char *than) {
    struct stat a, b;
    return stat(path, &a) == 0 && stat(than, &b) == 0 && a.st_mtime + COPYING_SECONDS < b.st_mtime;
}

static const char *file_of(const weir_vitis *v, uint32_t module) {
    return weir_arena_printf(v->arena, "%s/%s", v->scan.folder,
                             v->scan.files[v->scan.modules[module].file]);
}

/* ------------------------------------------------------------------ what is believed */

static void warn(const gathering *g, const char *path, int line, const char *why) {
    weir_diag_add(g->diag, WEIR_WARNING, (weir_loc){weir_arena_strdup(g->v->arena, path), line},
                  "%s: not used", why);
}

static bool is_whole(const gathering *g, const char *path, weir_report_state state,
                     const weir_vendor_report *report) {
    if (state == WEIR_REPORT_DAMAGED)
        warn(g, path, report->line,
             weir_arena_printf(g->v->arena, "damaged report, %s", report->lacks));
    return state == WEIR_REPORT_GOOD;
}

static bool is_of(const gathering *g, const char *path, const weir_vendor_report *report,
                  const char *what, const char *name) {
    if (report->top[0] == '\0' || strcmp(report->top, name) == 0) return true;
    warn(g, path, 0,
         weir_arena_printf(g->v->arena, "report of \"%s\", the %s is \"%s\"", report->top, what,
                           name));
    return false;
}

/* Of C synthesis: does the RTL say the same of itself? */
static bool is_of_rtl(gathering *g, const char *path, const weir_vendor_report *report) {
    char *verilog = read_quietly(g->verilog, NULL);
    uint64_t ff = verilog != NULL ? weir_report_stamp(verilog, "HLS_SYN_FF") : WEIR_NO_FIGURE;
    uint64_t lut = verilog != NULL ? weir_report_stamp(verilog, "HLS_SYN_LUT") : WEIR_NO_FIGURE;
    free(verilog);
    const weir_vendor_figures *f = &report->figures;
    if (ff == WEIR_NO_FIGURE || lut == WEIR_NO_FIGURE || f->ff == WEIR_NO_FIGURE ||
        f->lut == WEIR_NO_FIGURE) {
        g->stale = older(path, g->verilog);
        if (g->stale)
            warn(g, path, 0,
                 weir_arena_printf(g->v->arena, "stale report, older than %s", g->verilog));
        return !g->stale;
    }
    g->matched = ff == f->ff && lut == f->lut;
    g->stale = !g->matched;
    if (g->stale)
        warn(g, path, 0,
             weir_arena_printf(g->v->arena,
                               "stale report, of %llu FF and %llu LUT, and the RTL was written "
                               "with %llu and %llu",
                               (unsigned long long)f->ff, (unsigned long long)f->lut,
                               (unsigned long long)ff, (unsigned long long)lut));
    return g->matched;
}

/* Of what is done with the RTL: is it younger? */
static bool is_younger(const gathering *g, const char *path, const weir_vendor_report *report) {
    bool dated = report->date > 0 && g->date > 0;
    if (dated ? report->date >= g->date : !older(path, g->verilog)) return true;
    warn(g, path, 0,
         weir_arena_printf(g->v->arena, "stale report, older than %s",
                           dated ? "the C synthesis" : g->verilog));
    return false;
}

/* ------------------------------------------------------------------ csynth */

/* The first of a module's reports that is there: `name` as reports call it. Path of what was read. */
static const char *read_csynth(gathering *g, const char *name, weir_vendor_report *out) {
    const weir_vitis *v = g->v;
    const char *folder = beside(v, "syn/report");
    bool is_top = strcmp(name, v->imported->top) == 0;
    const char *paths[] = {
        weir_arena_printf(v->arena, "%s/%s_csynth.xml", folder, name),
        is_top ? weir_arena_printf(v->arena, "%s/csynth.xml", folder) : NULL,
        weir_arena_printf(v->arena, "%s/%s_csynth.rpt", folder, name),
        weir_arena_printf(v->arena, "%s/csynth.rpt", folder),
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        size_t length;
        if (i == 3 && g->no_summary) continue;
        char *text = paths[i] != NULL ? read_quietly(paths[i], &length) : NULL;
        if (text == NULL) continue;
        weir_report_state state = i < 2    ? weir_report_csynth_xml(text, length, out)
                                  : i == 2 ? weir_report_csynth_text(text, out)
                                           : weir_report_csynth_summary(text, name, out);
        free(text);
        g->no_summary |= i == 3 && state == WEIR_REPORT_DAMAGED;
        if (!is_whole(g, paths[i], state, out)) continue;
        if (i < 3 && !is_of(g, paths[i], out, is_top ? "top" : "module", name)) continue;
        if (i == 3 && !is_of(g, paths[i], out, "top", v->imported->top)) continue;
        return paths[i];
    }
    return NULL;
}

/* XML has no date; the texts beside it have. */
static int64_t synthesis_date(const gathering *g) {
    const weir_vitis *v = g->v;
    const char *folder = beside(v, "syn/report");
    weir_vendor_report report = {.date = 0};
    char *text = read_quietly(
        weir_arena_printf(v->arena, "%s/%s_csynth.rpt", folder, v->imported->top), NULL);
    if (text != NULL) weir_report_csynth_text(text, &report);
    free(text);
    int64_t date = report.date;
    text =
        date == 0 ? read_quietly(weir_arena_printf(v->arena, "%s/csynth.rpt", folder), NULL) : NULL;
    if (text != NULL) {
        weir_report_csynth_summary(text, v->imported->top, &report);
        date = report.date;
    }
    free(text);
    return date;
}

static void read_top(gathering *g) {
    weir_imported *in = g->v->imported;
    weir_vendor_report report;
    const char *path = read_csynth(g, in->top, &report);
    if (path == NULL) {
        weir_diag_add(g->diag, WEIR_WARNING, (weir_loc){beside(g->v, "syn/report"), 0},
                      "no csynth.xml of \"%s\": no reported latency and resources; the clock is "
                      "taken as 5000 ps",
                      in->top);
        return;
    }
    in->period_ps = report.period_ps; /* a change of the clock is a matter of settings */
    if (is_of_rtl(g, path, &report)) in->figures = report.figures;
}

static void read_process(gathering *g, weir_imported_process *process) {
    const weir_vitis *v = g->v;
    size_t head = strlen(v->imported->top);
    const char *name = process->vendor;
    weir_vendor_report report;
    const char *path = read_csynth(g, name, &report);
    if (path == NULL && strncmp(name, v->imported->top, head) == 0 && name[head] == '_')
        path = read_csynth(g, name + head + 1, &report);
    if (path == NULL) return;
    uint32_t module = weir_vscan_find(&v->scan, name);
    const char *verilog = module != WEIR_NONE ? file_of(v, module) : g->verilog;
    if (!g->matched && older(path, verilog))
        warn(g, path, 0, weir_arena_printf(v->arena, "stale report, older than %s", verilog));
    else
        process->figures = report.figures;
}

/* ------------------------------------------------------------------ cosim and Vivado */

static bool ends_in(const char *name, const char *tail) {
    size_t length = strlen(name), n = strlen(tail);
    return length >= n && strcmp(name + length - n, tail) == 0;
}

static void take_cosim(const gathering *g, const char *path, const char *file) {
    weir_imported *in = g->v->imported;
    weir_vendor_report report;
    char *text = read_quietly(path, NULL);
    if (text == NULL) return;
    weir_report_state state = weir_report_cosim(text, &report);
    free(text);
    if (!is_whole(g, path, state, &report)) return;
    snprintf(report.top, sizeof report.top, "%.*s", (int)(strlen(file) - strlen("_cosim.rpt")),
             file);
    if (!is_of(g, path, &report, "top", in->top) || !is_younger(g, path, &report)) return;
    if (report.failed) {
        warn(g, path, 0, "co-simulation did not pass");
        return;
    }
    in->cosim_latency = report.figures.latency_min;
    in->cosim_ii = report.figures.ii_max;
}

/* One of Vivado's: the first of the latest stage counts. */
static void take_vivado(const gathering *g, const char *path, const char *file) {
    weir_imported *in = g->v->imported;
    weir_vendor_report report;
    size_t length;
    char *text = read_quietly(path, &length);
    if (text == NULL) return;
    weir_report_state state;
    if (ends_in(file, ".xml"))
        state = weir_report_export_xml(text, length, &report);
    else if (strstr(file, "export") != NULL)
        state = weir_report_export_text(text, &report);
    else
        state = weir_report_utilisation(text, &report);
    free(text);
    if (strcmp(file, "export_impl.xml") == 0) report.stage = WEIR_VIVADO_IMPLEMENTATION;
    if (strcmp(file, "export_syn.xml") == 0) report.stage = WEIR_VIVADO_SYNTHESIS;
    if (ends_in(file, "_export.rpt"))
        snprintf(report.top, sizeof report.top, "%.*s", (int)(strlen(file) - strlen("_export.rpt")),
                 file);
    /* The export flow puts the top into a block design of its own. */
    if (strncmp(report.top, "bd_0", 4) == 0) report.top[0] = '\0';
    if (!is_whole(g, path, state, &report) || !is_of(g, path, &report, "top", in->top) ||
        !is_younger(g, path, &report) || in->vivado_stage >= report.stage)
        return;
    in->vivado_stage = report.stage;
    in->vivado = report.figures;
}

static int is_cosim(const struct dirent *entry) {
    return ends_in(entry->d_name, "_cosim.rpt");
}

/* export_impl.xml, export_syn.rpt, TOP_export.rpt, TOP_utilization_synth.rpt, ... */
static int is_vivado(const struct dirent *entry) {
    const char *name = entry->d_name;
    bool exported = strncmp(name, "export_", 7) == 0 || ends_in(name, "_export.rpt");
    if (ends_in(name, ".xml")) return exported;
    return ends_in(name, ".rpt") && (exported || strstr(name, "_utilization") != NULL);
}

static void take_all(const gathering *g, const char *folder, int (*which)(const struct dirent *),
                     void (*take)(const gathering *, const char *, const char *)) {
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, which, alphasort);
    for (int i = 0; i < n; i++) {
        take(g, weir_arena_printf(g->v->arena, "%s/%s", folder, entries[i]->d_name),
             entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

void weir_vitis_read_reports(weir_vitis *v, weir_diag *diag) {
    weir_imported *in = v->imported;
    gathering g = {.v = v, .diag = diag, .verilog = file_of(v, v->top)};
    in->figures = in->vivado = weir_no_figures;
    in->cosim_latency = in->cosim_ii = WEIR_NO_FIGURE;
    g.date = synthesis_date(&g);
    read_top(&g);
    for (uint32_t p = 0; p < in->n_processes; p++) {
        in->processes[p].figures = weir_no_figures;
        if (in->processes[p].n_wrapped == 1 && !g.stale) read_process(&g, &in->processes[p]);
    }
    take_all(&g, beside(v, "sim/report"), is_cosim, take_cosim);
    static const char *const folders[] = {"impl/report/verilog", "impl/verilog/report",
                                          "impl/verilog/project.runs/impl_1",
                                          "impl/verilog/project.runs/synth_1", "."};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        take_all(&g, beside(v, folders[i]), is_vivado, take_vivado);
    /* Beside the project, where hls4ml's script leaves it. */
    take_vivado(&g, beside(v, "../../vivado_synth.rpt"), "vivado_synth.rpt");
}
