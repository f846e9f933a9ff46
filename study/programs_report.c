/* What integer programs of a study have found, for a person and for other programs. */
#include "base/format.h"
#include "study/programs.h"
#include <inttypes.h>
#include <jansson.h>

static const weir_resource budgeted[] = {WEIR_DSP, WEIR_BRAM18, WEIR_URAM, WEIR_LUT, WEIR_FF};
enum { BUDGETED = sizeof budgeted / sizeof *budgeted };

/* How far what was found may be from the least there is. */
static void add_gap(weir_text *out, double found, double bound) {
    double gap = bound > 0 ? (found - bound) / bound * 100 : 0;
    if (gap <= 0)
        weir_text_add(out, "the optimum");
    else
        weir_text_addf(out, "at most %.2f %% above the optimum", gap);
}

static void add_replayed(weir_text *out, const weir_finding *finding) {
    char time[WEIR_FORMAT];
    if (finding == NULL || finding->source[WEIR_FIGURE_INTERVAL] == NULL) return;
    weir_text_addf(out, ", replayed %s",
                   weir_format_time(time, (uint64_t)(finding->value[WEIR_FIGURE_INTERVAL] + 0.5)));
}

/* ---- folding ---- */

static void add_answer(weir_text *out, const char *name, const weir_fold_answer *answer,
                       const weir_finding *finding) {
    char predicted[WEIR_FORMAT], compiled[WEIR_FORMAT];
    if (!answer->found) {
        weir_text_addf(out, "  %s: nothing that fits was found", name);
    } else {
        weir_text_addf(out, "  %s: interval %s predicted, %s as compiled", name,
                       weir_format_time(predicted, answer->predicted_ps),
                       weir_format_time(compiled, answer->interval_ps));
        add_replayed(out, finding);
    }
    if (answer->repairs > 0)
        weir_text_addf(out,
                       "; %u choice%s before it, over the budget or not to be built once compiled",
                       answer->repairs, answer->repairs > 1 ? "s" : "");
    weir_text_add(out, "\n");
}

static void add_resources(const weir_fold_program *p, weir_text *out) {
    weir_table *table = weir_table_new(6);
    static const char *const titles[] = {"", "budget", "program", "(summed)", "greedy", "(summed)"};
    for (uint32_t c = 0; c < 6; c++)
        weir_table_column(table, c, titles[c], c > 0);
    for (int i = 0; i < BUDGETED; i++) {
        weir_resource r = budgeted[i];
        const uint64_t counts[] = {p->budget[r], p->program.cost[r], p->program.predicted[r],
                                   p->greedy.cost[r], p->greedy.predicted[r]};
        char cell[WEIR_FORMAT];
        weir_table_cell(table, weir_resource_title(r));
        for (int c = 0; c < 5; c++)
            weir_table_cell(table, weir_format_count(cell, counts[c]));
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_folding(const weir_programmed *programmed, const weir_finding *const *findings,
                        weir_text *out) {
    const weir_fold_program *p = programmed->folding;
    char bound[WEIR_FORMAT];
    uint32_t at = 0;
    weir_text_addf(out,
                   "folding: %.3g %% of the device's DSP, BRAM18 and URAM, %.3g %% of its LUT and "
                   "FF; %u options of %u groups of layers, %u designs compiled, %.1f s\n",
                   programmed->request.share * 100, programmed->request.logic * 100, p->n_options,
                   p->n_groups, p->n_compiled, p->seconds);
    add_answer(out, "program", &p->program, p->program.found ? findings[at++] : NULL);
    add_answer(out, "greedy", &p->greedy, p->greedy.found ? findings[at++] : NULL);
    if (p->chosen.bound_ps == UINT64_MAX) {
        weir_text_add(out, "  bound: no choice of the options is within the budget\n");
    } else {
        weir_text_addf(out, "  bound: no choice of the options is faster than %s",
                       weir_format_time(bound, p->chosen.bound_ps));
        if (p->program.found) {
            weir_text_add(out, "; the program's is ");
            add_gap(out, (double)p->program.interval_ps, (double)p->chosen.bound_ps);
        }
        weir_text_addf(out,
                       "\n  integer programs: %u, nodes: %u; the least resources of that "
                       "interval %s\n",
                       p->chosen.programs, p->chosen.nodes,
                       p->chosen.cheapest ? "proved" : "not proved");
    }
    if (p->peer_is_better) weir_text_add(out, "  once compiled the greedy folding is the best\n");
    add_resources(p, out);
}

/* ---- clocks ---- */

static void add_clocks(const weir_programmed *programmed, const weir_finding *const *findings,
                       weir_text *out) {
    const weir_clock_program *p = programmed->clocks;
    char asked[WEIR_FORMAT], predicted[WEIR_FORMAT];
    weir_text_addf(out,
                   "clocks: for an interval of %s; %u layers in %u of at most %u domains, %u "
                   "FIFOs between clocks, %.1f s\n",
                   weir_format_time(asked, programmed->request.interval_ps), p->n_layers,
                   p->n_domains, programmed->request.domains, p->n_borders, p->seconds);
    weir_text_addf(out, "  program: interval %s predicted",
                   weir_format_time(predicted, p->predicted_ps));
    add_replayed(out, findings[0]);
    weir_text_addf(out, "; dynamic power %.4g mW", p->mw);
    if (findings[0] != NULL && findings[0]->source[WEIR_FIGURE_DYNAMIC] != NULL)
        weir_text_addf(out, ", as compiled and replayed %.4g mW",
                       findings[0]->value[WEIR_FIGURE_DYNAMIC]);
    weir_text_addf(out, "\n  bound: no assignment takes less than %.4g mW; the program's is ",
                   p->chosen.bound_mw);
    add_gap(out, p->mw, p->chosen.bound_mw);
    weir_text_addf(out, " (%u nodes)\n", p->chosen.branched);
    if (p->repairs > 0)
        weir_text_addf(out,
                       "  solved %u times more, for shorter intervals, as the replay was "
                       "slower than asked for\n",
                       p->repairs);
    if (p->interval_ps > programmed->request.interval_ps)
        weir_text_add(out, "  the replay is slower than asked for: what waits at borders is not in "
                           "the program\n");
}

static void add_changes(const weir_point *point, weir_text *out) {
    weir_text_addf(out, "  %s:\n", point->name);
    for (uint32_t c = 0; c < point->n_changes; c++) {
        weir_text *line = weir_text_new();
        for (const char *at = point->changes[c].line; *at != '\0'; at++)
            weir_text_addf(line, *at == ',' ? ", " : "%c", *at);
        weir_format_paragraph(out, 4, weir_text_string(line));
        weir_text_free(line);
    }
}

void weir_programmed_text(const weir_programmed *programmed, const weir_finding *const *findings,
                          weir_text *out) {
    if (programmed->folding != NULL) add_folding(programmed, findings, out);
    if (programmed->clocks != NULL) add_clocks(programmed, findings, out);
    if (programmed->n_points > 0) add_changes(&programmed->points[0], out);
}

/* ---- JSON ---- */

static json_t *resources_json(const uint64_t *counts) {
    json_t *object = json_object();
    for (int i = 0; i < BUDGETED; i++)
        if (counts[budgeted[i]] != WEIR_NO_LIMIT)
            json_object_set_new(object, weir_resource_key(budgeted[i]),
                                json_integer((json_int_t)counts[budgeted[i]]));
    return object;
}

static json_t *answer_json(const weir_fold_answer *answer) {
    if (!answer->found) return json_null();
    json_t *changes = json_array();
    for (uint32_t c = 0; c < answer->n_changes; c++)
        json_array_append_new(changes, json_string(answer->changes[c].line));
    return json_pack(
        "{s:I, s:I, s:o, s:o, s:I, s:o, s:s}", "predicted_ps", (json_int_t)answer->predicted_ps,
        "interval_ps", (json_int_t)answer->interval_ps, "predicted",
        resources_json(answer->predicted), "resources", resources_json(answer->cost), "repairs",
        (json_int_t)answer->repairs, "changes", changes, "design", answer->design);
}

static json_t *folding_json(const weir_fold_program *p) {
    bool bounded = p->chosen.bound_ps != UINT64_MAX;
    return json_pack("{s:s, s:o, s:o, s:b, s:b, s:o, s:o, s:b}", "kind", "folding", "budget",
                     resources_json(p->budget), "bound_ps",
                     bounded ? json_integer((json_int_t)p->chosen.bound_ps) : json_null(),
                     "optimal", p->chosen.fastest, "cheapest", p->chosen.cheapest, "program",
                     answer_json(&p->program), "greedy", answer_json(&p->greedy), "greedy_is_best",
                     p->peer_is_better);
}

static json_t *clocks_json(const weir_clock_program *p) {
    return json_pack("{s:s, s:f, s:f, s:b, s:I, s:I, s:I, s:I, s:I}", "kind", "clocks",
                     "dynamic_mw", p->mw, "bound_mw", p->chosen.bound_mw, "optimal",
                     p->chosen.optimal, "predicted_ps", (json_int_t)p->predicted_ps, "interval_ps",
                     (json_int_t)p->interval_ps, "domains", (json_int_t)p->n_domains, "borders",
                     (json_int_t)p->n_borders, "repairs", (json_int_t)p->repairs);
}

struct json_t *weir_programmed_json(const weir_programmed *programmed) {
    if (programmed->folding != NULL) return folding_json(programmed->folding);
    if (programmed->clocks != NULL) return clocks_json(programmed->clocks);
    return json_null();
}
