#include "report/packing_report.h"
#include "base/arena.h"
#include "base/format.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

typedef unsigned long long ull;

static const char *const storage_titles[] = {"auto", "srl", "LUT", "BRAM", "URAM"};

static const char *clock_name(const weir_packing_view *view, uint32_t array) {
    return weir_graph_domain(view->graph, view->packing->arrays[array].domain)->name;
}

static double domain_mhz(const weir_packing_view *view, uint32_t array) {
    uint32_t domain = view->packing->arrays[array].domain;
    return 1e6 / (double)weir_graph_domain(view->graph, domain)->period_ps;
}

double weir_packing_mhz(const weir_packing_view *view) {
    double most = 0;
    for (uint32_t g = 0; g < view->packing->n_groups; g++) {
        const weir_memory_group *group = &view->packing->groups[g];
        double mhz = group->clock * domain_mhz(view, group->members[0].array);
        if (group->clock > 1 && mhz > most) most = mhz;
    }
    return most;
}

double weir_packing_limit_mhz(const weir_device *device) {
    double most = 0;
    for (uint32_t g = 0; device != NULL && g < device->n_grades; g++)
        if (device->grades[g].bram_mhz > most) most = device->grades[g].bram_mhz;
    return most;
}

static uint64_t bits_of(const weir_packing *packing) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < packing->n_arrays; i++)
        bits += packing->arrays[i].words * packing->arrays[i].bits;
    return bits;
}

/* ------------------------------------------------------------------ text */

static weir_table *table_of(const char *const *titles, uint32_t n, uint32_t left) {
    weir_table *table = weir_table_new(n);
    for (uint32_t c = 0; c < n; c++)
        weir_table_column(table, c, titles[c], !(left >> c & 1));
    return table;
}

static void cell_count(weir_table *table, uint64_t count) {
    char cell[WEIR_FORMAT];
    weir_table_cell(table, weir_format_count(cell, count));
}

static void add_arrays(const weir_packing_view *view, weir_text *out) {
    static const char *const titles[] = {"array", "kind",  "clock", "words",
                                         "bits",  "group", "word",  "bit"};
    const weir_packing *packing = view->packing;
    const weir_group_member **places = weir_xcalloc(packing->n_arrays + 1, sizeof *places);
    uint32_t *groups = weir_xcalloc(packing->n_arrays + 1, sizeof *groups);
    for (uint32_t g = 0; g < packing->n_groups; g++)
        for (uint32_t i = 0; i < packing->groups[g].n_members; i++) {
            places[packing->groups[g].members[i].array] = &packing->groups[g].members[i];
            groups[packing->groups[g].members[i].array] = g + 1;
        }
    weir_table *table = table_of(titles, 8, 7);
    for (uint32_t i = 0; i < packing->n_arrays; i++) {
        const weir_array *array = &packing->arrays[i];
        weir_table_cell(table, array->name);
        weir_table_cell(table, weir_array_kind_name(array->kind));
        weir_table_cell(table, clock_name(view, i));
        cell_count(table, array->words);
        cell_count(table, array->bits);
        cell_count(table, groups[i]);
        cell_count(table, places[i]->word);
        cell_count(table, places[i]->bit);
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
    free(places);
    free(groups);
}

static void add_groups(const weir_packing_view *view, weir_text *out) {
    static const char *const titles[] = {"group", "memory", "words", "bits", "arrays",
                                         "clock", "BRAM18", "URAM",  "LUT",  "filled"};
    const weir_packing *packing = view->packing;
    weir_table *table = table_of(titles, 10, 2);
    for (uint32_t g = 0; g < packing->n_groups; g++) {
        const weir_memory_group *group = &packing->groups[g];
        char cell[WEIR_FORMAT];
        cell_count(table, g + 1);
        weir_table_cell(table, storage_titles[group->storage]);
        cell_count(table, group->words);
        cell_count(table, group->bits);
        cell_count(table, group->n_members);
        snprintf(cell, sizeof cell, "%u x", group->clock);
        weir_table_cell(table, cell);
        cell_count(table, group->cost.bram18);
        cell_count(table, group->cost.uram);
        cell_count(table, group->cost.lut);
        uint64_t room = group->cost.bram18 * 18432 + group->cost.uram * 4096 * 72;
        uint64_t bits = weir_group_bits(packing->arrays, group);
        weir_table_cell(table, weir_format_percent(cell, bits, room));
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_row(weir_table *table, const char *what, const weir_memory_cost *cost) {
    weir_table_cell(table, what);
    cell_count(table, cost->bram18);
    cell_count(table, cost->uram);
    cell_count(table, cost->lut);
}

static void add_sums(const weir_packing_view *view, weir_text *out) {
    static const char *const titles[] = {"", "BRAM18", "URAM", "LUT"};
    const weir_packing *packing = view->packing;
    const weir_device *device = view->device;
    weir_table *table = table_of(titles, 4, 1);
    char share[WEIR_FORMAT], other[WEIR_FORMAT];
    add_row(table, "each memory in blocks of its own", &packing->alone);
    add_row(table, "packed", &packing->cost);
    if (device != NULL) {
        weir_memory_cost has = {
            .bram18 = 2 * device->bram36, .uram = device->uram288, .lut = device->lut};
        add_row(table, device->name, &has);
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
    uint64_t saved = packing->alone.bram18 > packing->cost.bram18
                         ? packing->alone.bram18 - packing->cost.bram18
                         : 0;
    weir_text_addf(out, "  saved: %s BRAM18, %s %%\n", weir_format_count(other, saved),
                   weir_format_percent(share, saved, packing->alone.bram18));
    weir_text_addf(out, "  no packing of these arrays takes fewer than %s BRAM18%s\n",
                   weir_format_count(other, packing->bound),
                   packing->optimal ? ": this one is the least" : "");
    weir_text_addf(out, "  heuristic %s", weir_format_count(other, packing->heuristic));
    if (packing->relaxed >= 0)
        weir_text_addf(out, ", linear relaxation %.2f over %s groups", packing->relaxed,
                       weir_format_count(share, packing->n_candidates));
    if (packing->nodes > 0)
        weir_text_addf(out, ", integer program of %s nodes",
                       weir_format_count(share, packing->nodes));
    weir_text_add(out, "\n");
    if (view->lut != UINT64_MAX)
        weir_text_addf(out, "  LUT for memories: at most %s\n",
                       weir_format_count(other, view->lut));
}

static void add_clock(const weir_packing_view *view, weir_text *out) {
    double mhz = weir_packing_mhz(view), limit = weir_packing_limit_mhz(view->device);
    if (mhz == 0) return;
    weir_text_addf(out, "  fastest memory clock: %.6g MHz", mhz);
    if (limit > 0) {
        const char *apart = "; allowed by block RAM of grades ";
        for (uint32_t g = 0; g < view->device->n_grades; g++) {
            const weir_grade *grade = &view->device->grades[g];
            if (grade->bram_mhz < mhz) continue;
            weir_text_addf(out, "%s%s (%.6g)", apart, grade->name, grade->bram_mhz);
            apart = ", ";
        }
        if (mhz > limit) weir_text_addf(out, "; block RAM allows %.6g at most", limit);
    }
    weir_text_add(out, "\n");
}

static void add_items(const weir_spill *spill, weir_text *out) {
    static const char *const titles[] = {"weights or FIFO", "bits", "bytes a frame", "where",
                                         "greedy"};
    weir_table *table = table_of(titles, 5, 25);
    for (uint32_t i = 0; i < spill->n_items; i++) {
        const weir_spill_item *item = &spill->items[i];
        weir_table_cell(table, item->name);
        cell_count(table, item->bits);
        cell_count(table, item->frame_bytes);
        weir_table_cell(table, item->outside ? "outside" : "chip");
        weir_table_cell(table, item->greedy ? "outside" : "chip");
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_spill(const weir_spill *spill, weir_text *out) {
    char a[WEIR_FORMAT], b[WEIR_FORMAT], c[WEIR_FORMAT];
    weir_text_addf(
        out, "\non-chip budget: %s bits; %s must stay (buffers, biases, tables), %s may leave\n",
        weir_format_count(a, spill->budget_bits), weir_format_count(b, spill->fixed_bits),
        weir_format_count(c, spill->free_bits));
    if (spill->n_items > 0) add_items(spill, out);
    weir_text_addf(out,
                   "  to and from outside: %s bytes a frame%s\n  greedy rule %s, no choice takes "
                   "less than %s\n",
                   weir_format_count(a, spill->frame_bytes), spill->optimal ? ", the least" : "",
                   weir_format_count(b, spill->greedy_bytes),
                   weir_format_count(c, spill->bound_bytes));
    if (spill->interval_ps == 0) return;
    weir_text_addf(out, "  at the interval of %s that takes %.3f GB/s\n",
                   weir_format_time(a, spill->interval_ps), weir_spill_needs(spill) / 1e9);
    if (spill->bandwidth > 0)
        weir_text_addf(out, "  with %.3f GB/s the interval is %s\n", spill->bandwidth / 1e9,
                       weir_format_time(a, (uint64_t)(weir_spill_interval(spill) + 0.5)));
}

void weir_packing_text(const weir_packing_view *view, weir_text *out) {
    const weir_packing *packing = view->packing;
    uint32_t of_kind[3] = {0};
    char count[WEIR_FORMAT];
    for (uint32_t i = 0; i < packing->n_arrays; i++)
        of_kind[packing->arrays[i].kind]++;
    weir_text_addf(out, "%s: memories, clocked at most %u x as fast as their domain\n",
                   weir_graph_name(view->graph), packing->memory_clock);
    weir_text_addf(out, "%u readers of ROMs, %u buffers, %u FIFOs; %s bits\n",
                   of_kind[WEIR_ARRAY_ROM], of_kind[WEIR_ARRAY_BUFFER], of_kind[WEIR_ARRAY_FIFO],
                   weir_format_count(count, bits_of(packing)));
    if (view->imported) weir_text_add(out, "memories inside imported processes are not known\n");
    if (packing->n_arrays > 0) {
        weir_text_add(out, "\narrays (word, bit: where in their group)\n");
        add_arrays(view, out);
        weir_text_add(out, "\ngroups\n");
        add_groups(view, out);
    }
    weir_text_add(out, "\nin all\n");
    add_sums(view, out);
    add_clock(view, out);
    if (view->spill != NULL) add_spill(view->spill, out);
}

/* ------------------------------------------------------------------ JSON */

static json_t *cost_json(const weir_memory_cost *cost) {
    return json_pack("{s:I, s:I, s:I}", "bram18", (json_int_t)cost->bram18, "uram",
                     (json_int_t)cost->uram, "lut", (json_int_t)cost->lut);
}

static json_t *arrays_json(const weir_packing_view *view) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < view->packing->n_arrays; i++) {
        const weir_array *array = &view->packing->arrays[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "name", array->name, "kind",
                            weir_array_kind_name(array->kind), "process",
                            weir_graph_process(view->graph, array->process)->name, "clock",
                            clock_name(view, i), "words", (json_int_t)array->words, "bits",
                            (json_int_t)array->bits, "reader", (json_int_t)array->reader,
                            "reads_per_frame", (json_int_t)array->reads_per_frame));
    }
    return list;
}

static json_t *group_json(const weir_packing_view *view, const weir_memory_group *group) {
    json_t *members = json_array(), *cost = cost_json(&group->cost);
    for (uint32_t i = 0; i < group->n_members; i++) {
        const weir_group_member *m = &group->members[i];
        json_array_append_new(members, json_pack("{s:s, s:I, s:I}", "array",
                                                 view->packing->arrays[m->array].name, "word",
                                                 (json_int_t)m->word, "bit", (json_int_t)m->bit));
    }
    return json_pack("{s:s, s:I, s:b, s:I, s:I, s:o, s:o}", "storage",
                     weir_storage_names[group->storage], "clock", (json_int_t)group->clock, "wide",
                     group->wide, "words", (json_int_t)group->words, "bits",
                     (json_int_t)group->bits, "cost", cost, "members", members);
}

static json_t *spill_json(const weir_spill *spill) {
    if (spill == NULL) return json_null();
    json_t *items = json_array();
    for (uint32_t i = 0; i < spill->n_items; i++) {
        const weir_spill_item *item = &spill->items[i];
        json_array_append_new(items, json_pack("{s:s, s:I, s:I, s:b, s:b}", "name", item->name,
                                               "bits", (json_int_t)item->bits, "frame_bytes",
                                               (json_int_t)item->frame_bytes, "outside",
                                               item->outside, "greedy_outside", item->greedy));
    }
    return json_pack("{s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:b, s:I, s:f, s:f, s:f}", "budget_bits",
                     (json_int_t)spill->budget_bits, "fixed_bits", (json_int_t)spill->fixed_bits,
                     "free_bits", (json_int_t)spill->free_bits, "items", items, "frame_bytes",
                     (json_int_t)spill->frame_bytes, "greedy_frame_bytes",
                     (json_int_t)spill->greedy_bytes, "bound_frame_bytes",
                     (json_int_t)spill->bound_bytes, "optimal", spill->optimal, "interval_ps",
                     (json_int_t)spill->interval_ps, "needed_bytes_per_s", weir_spill_needs(spill),
                     "bandwidth_bytes_per_s", spill->bandwidth, "interval_at_bandwidth_ps",
                     weir_spill_interval(spill));
}

void weir_packing_json(const weir_packing_view *view, weir_text *out) {
    const weir_packing *packing = view->packing;
    json_t *groups = json_array(), *arrays = arrays_json(view), *spill = spill_json(view->spill);
    json_t *relaxed = packing->relaxed >= 0 ? json_real(packing->relaxed) : json_null();
    for (uint32_t g = 0; g < packing->n_groups; g++)
        json_array_append_new(groups, group_json(view, &packing->groups[g]));
    json_t *alone = cost_json(&packing->alone), *cost = cost_json(&packing->cost);
    json_t *root = json_pack(
        "{s:s, s:s?, s:I, s:o, s:o, s:o, s:o, s:I, s:b, s:I, s:o, s:I, s:I, s:o}", "design",
        weir_graph_name(view->graph), "device", view->device != NULL ? view->device->name : NULL,
        "memory_clock", (json_int_t)packing->memory_clock, "arrays", arrays, "groups", groups,
        "alone", alone, "packed", cost, "bound_bram18", (json_int_t)packing->bound, "optimal",
        packing->optimal, "heuristic_bram18", (json_int_t)packing->heuristic, "relaxed_bram18",
        relaxed, "candidates", (json_int_t)packing->n_candidates, "nodes",
        (json_int_t)packing->nodes, "on_chip_budget", spill);
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    weir_text_add(out, text);
    weir_text_add(out, "\n");
    free(text);
    json_decref(root);
}
