#include "report/certify_report.h"
#include "base/format.h"
#include <jansson.h>
#include <stdlib.h>

static const char *verdict_name(weir_verdict verdict) {
    static const char *const names[] = {
        [WEIR_EXACT] = "exact", [WEIR_DIFFERENT] = "different", [WEIR_RTL_ONLY] = "RTL only"};
    return names[verdict];
}

static void add_row(const weir_certificate *certificate, bool whole, weir_table *table) {
    char cell[WEIR_FORMAT];
    weir_table_cell(table, certificate->name);
    weir_table_cell(table, verdict_name(certificate->verdict));
    weir_table_cell(table, whole ? "" : weir_timing_class_name(certificate->timing));
    snprintf(cell, sizeof cell, "%u", certificate->stages);
    weir_table_cell(table, whole ? "" : cell);
    weir_table_cell(table, certificate->fitted ? "fitted" : "");
    weir_table_cell(table, weir_format_count(cell, certificate->cases));
    weir_table_cell(table, weir_format_count(cell, certificate->deadlocks));
    weir_table_cell(table, weir_format_count(cell, certificate->events));
}

static void add_difference(const weir_certificate *certificate, weir_text *out) {
    if (certificate->difference == NULL) return;
    weir_text_addf(out, "\n%s: %s\n", certificate->name, verdict_name(certificate->verdict));
    weir_format_paragraph(out, 2, certificate->difference);
}

static void add_conclusion(const weir_certification *all, weir_text *out) {
    uint64_t cases = all->whole.cases, events = all->whole.events;
    uint32_t exact = 0, rtl_only = 0;
    for (uint32_t p = 0; p < all->n_processes; p++) {
        cases += all->processes[p].cases;
        events += all->processes[p].events;
        exact += all->processes[p].verdict == WEIR_EXACT;
        rtl_only += all->processes[p].verdict == WEIR_RTL_ONLY;
    }
    char count[WEIR_FORMAT], total[WEIR_FORMAT];
    weir_text_addf(out, "\n%u of %u processes exact, whole design %s: %s cases, %s port events\n",
                   exact, all->n_processes, verdict_name(all->whole.verdict),
                   weir_format_count(count, cases), weir_format_count(total, events));
    if (rtl_only > 0)
        weir_text_addf(out, "no timing class describes %u of them: only RTL gives their times\n",
                       rtl_only);
    if (all->partial) weir_text_add(out, "stopped early: what is shown is the part that ran\n");
}

void weir_certify_text(const weir_certification *certification, weir_text *out) {
    static const char *const titles[] = {"process", "replay", "class",    "stages",
                                         "",        "cases",  "deadlock", "events"};
    uint32_t columns = sizeof titles / sizeof *titles;
    weir_table *table = weir_table_new(columns);
    for (uint32_t c = 0; c < columns; c++)
        weir_table_column(table, c, titles[c], c == 3 || c > 4);
    for (uint32_t p = 0; p < certification->n_processes; p++)
        add_row(&certification->processes[p], false, table);
    add_row(&certification->whole, true, table);
    weir_text_addf(out, "%s: replay against RTL\n", certification->whole.name);
    weir_table_print(table, 2, out);
    weir_table_free(table);
    for (uint32_t p = 0; p < certification->n_processes; p++)
        add_difference(&certification->processes[p], out);
    add_difference(&certification->whole, out);
    add_conclusion(certification, out);
}

static json_t *certificate_json(const weir_certificate *certificate) {
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:I, s:b, s:I, s:I, s:I}", "name", certificate->name, "verdict",
        verdict_name(certificate->verdict), "timing", weir_timing_class_name(certificate->timing),
        "stages", (json_int_t)certificate->stages, "fitted", certificate->fitted, "cases",
        (json_int_t)certificate->cases, "deadlocks", (json_int_t)certificate->deadlocks, "events",
        (json_int_t)certificate->events);
    json_object_set_new(json, "difference",
                        certificate->difference != NULL ? json_string(certificate->difference)
                                                        : json_null());
    return json;
}

void weir_certify_json(const weir_certification *certification, weir_text *out) {
    json_t *processes = json_array();
    for (uint32_t p = 0; p < certification->n_processes; p++)
        json_array_append_new(processes, certificate_json(&certification->processes[p]));
    json_t *root = json_pack("{s:b, s:o, s:o}", "partial", certification->partial, "processes",
                             processes, "whole", certificate_json(&certification->whole));
    char *text = json_dumps(root, JSON_INDENT(1));
    weir_text_add(out, text);
    weir_text_add(out, "\n");
    free(text);
    json_decref(root);
}
