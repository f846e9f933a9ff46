/* clock: another frequency for a domain, or a domain of its own for some layers or processes. */
#include "study/transform.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PS_MHZ = 1000000 }; /* period in ps times frequency in MHz */

static bool period_of(const weir_words *words, uint64_t *period_ps, weir_diag *diag) {
    double mhz;
    if (!weir_word_number(words, 2, 0.001, PS_MHZ, &mhz, diag)) return false;
    *period_ps = (uint64_t)llround(PS_MHZ / mhz);
    return true;
}

static void note_period(weir_text *changed, const weir_domain *domain, uint64_t period_ps) {
    weir_text_addf(changed, "domain %s: period %" PRIu64 " -> %" PRIu64 " ps\n", domain->name,
                   domain->period_ps, period_ps);
}

static bool set_domain(weir_draft *draft, const weir_words *words, uint64_t period_ps) {
    weir_design *design = draft->design;
    for (uint32_t d = 0; d < design->n_domains; d++) {
        weir_domain *domain = (weir_domain *)&design->domains[d];
        if (strcmp(domain->name, words->at[1]) != 0) continue;
        note_period(draft->changed, domain, period_ps);
        domain->period_ps = period_ps;
        domain->loc = words->loc;
        return true;
    }
    return false;
}

/* Those that move leave their domain before they get the new one, which may have its name. */
static void move(weir_draft *draft, const char *what, uint32_t *const *domains,
                 const char *const *names, uint32_t n, const char *clock, uint64_t period_ps) {
    weir_design *design = draft->design;
    weir_arena *arena = weir_design_arena(design);
    const char **before = WEIR_NEW(arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        before[i] = *domains[i] != WEIR_NONE ? design->domains[*domains[i]].name : "";
    for (uint32_t i = 0; i < n; i++)
        *domains[i] = WEIR_NONE;
    uint32_t domain = weir_draft_domain(draft, clock, period_ps);
    for (uint32_t i = 0; i < n; i++) {
        *domains[i] = domain;
        weir_draft_note(draft, "%s %s: domain %s -> %s (%" PRIu64 " ps)", what, names[i], before[i],
                        design->domains[domain].name, period_ps);
    }
}

static bool set_processes(weir_draft *draft, const weir_words *words, const char *clock,
                          uint64_t period_ps, weir_diag *diag) {
    weir_design *design = draft->design;
    weir_arena *arena = weir_design_arena(design);
    size_t most = strlen(words->at[1]);
    uint32_t **domains = WEIR_NEW(arena, uint32_t *, most), n = 0;
    const char **names = WEIR_NEW(arena, const char *, most);
    for (const char *at = words->at[1]; *at != '\0';) {
        size_t length = strcspn(at, ",");
        const char *process = weir_arena_printf(arena, "%.*s", (int)length, at);
        uint32_t index = weir_imported_find(design->imported, process);
        if (index == WEIR_NONE || design->imported->processes[index].kind != WEIR_PROCESS)
            return weir_error(diag, words->loc,
                              "\"%s\" is neither a domain nor a process: design.cfg and import.cfg "
                              "list them",
                              process);
        names[n] = process;
        domains[n++] = (uint32_t *)&design->process_domains[index];
        at += length;
        at += *at == ',';
    }
    move(draft, "process", domains, names, n, clock, period_ps);
    return true;
}

static bool set_layers(weir_draft *draft, const weir_words *words, const char *clock,
                       uint64_t period_ps, weir_diag *diag) {
    const uint32_t *layers;
    uint32_t n = weir_draft_layers(draft, words->at[1], NULL, &layers, words->loc, diag);
    weir_arena *arena = weir_design_arena(draft->design);
    uint32_t **domains = WEIR_NEW(arena, uint32_t *, n + 1);
    const char **names = WEIR_NEW(arena, const char *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        settings->loc = words->loc;
        domains[i] = &settings->domain;
        names[i] = weir_network_layer(draft->design->network, layers[i])->name;
    }
    if (n > 0) move(draft, "layer", domains, names, n, clock, period_ps);
    return n > 0;
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t period_ps;
    if (!period_of(words, &period_ps, diag)) return false;
    if (set_domain(draft, words, period_ps)) return true;
    bool all = strcmp(words->at[1], "*") == 0;
    const char *clock = all ? "all_clock"
                            : weir_arena_printf(weir_design_arena(draft->design), "%.*s_clock",
                                                (int)strcspn(words->at[1], ","), words->at[1]);
    return draft->design->imported != NULL ? set_processes(draft, words, clock, period_ps, diag)
                                           : set_layers(draft, words, clock, period_ps, diag);
}

static weir_tuned tune(weir_tuning *tuning, const weir_words *words, weir_diag *diag) {
    uint64_t period_ps;
    /* Frames a second are so many cycles: the folding depends on the clock. So do the clocks of slots
     * in packed memories, which the design does not name. */
    if (tuning->design->target_fps > 0 ||
        weir_graph_domains(tuning->graph) != tuning->design->n_domains)
        return WEIR_NOT_TUNED;
    for (uint32_t d = 0; d < weir_graph_domains(tuning->graph); d++) {
        if (strcmp(weir_graph_domain(tuning->graph, d)->name, words->at[1]) != 0) continue;
        if (!period_of(words, &period_ps, diag)) return WEIR_TUNING_FAILED;
        note_period(tuning->changed, &tuning->domains[d], period_ps);
        tuning->domains[d].period_ps = period_ps;
        return WEIR_TUNED;
    }
    return WEIR_NOT_TUNED; /* another domain means other FIFOs */
}

const weir_transform weir_transform_clock = {
    .name = "clock",
    .usage = "clock DOMAIN|LAYER[,LAYER...]|PROCESS[,PROCESS...] MHZ",
    .what = "another frequency, of a domain or of some processes",
    .least = 2,
    .most = 2,
    .apply = apply,
    .ordered = true,
    .tune = tune,
};
