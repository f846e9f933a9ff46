/* clock: another frequency for a domain, or a domain of its own for some layers or processes. */
#include "study/transform.h"
#include <math.h>
#include <string.h>

enum { PS_MHZ = 1000000 }; /* period in ps times frequency in MHz */

static bool period_of(const weir_words *words, uint64_t *period_ps, weir_diag *diag) {
    double mhz;
    if (!weir_word_number(words, 2, 0.001, PS_MHZ, &mhz, diag)) return false;
    *period_ps = (uint64_t)llround(PS_MHZ / mhz);
    return true;
}

static bool set_domain(weir_draft *draft, const weir_words *words, uint64_t period_ps) {
    weir_design *design = draft->design;
    for (uint32_t d = 0; d < design->n_domains; d++) {
        weir_domain *domain = (weir_domain *)&design->domains[d];
        if (strcmp(domain->name, words->at[1]) != 0) continue;
        weir_draft_note(draft, "domain %s: period %llu -> %llu ps", domain->name,
                        (unsigned long long)domain->period_ps, (unsigned long long)period_ps);
        domain->period_ps = period_ps;
        domain->loc = words->loc;
        return true;
    }
    return false;
}

static bool set_processes(weir_draft *draft, const weir_words *words, const char *name,
                          uint64_t period_ps, weir_diag *diag) {
    weir_design *design = draft->design;
    uint32_t domain = weir_draft_domain(draft, name, period_ps);
    for (const char *at = words->at[1]; *at != '\0';) {
        size_t length = strcspn(at, ",");
        const char *process = weir_arena_printf(weir_design_arena(design), "%.*s", (int)length, at);
        uint32_t index = weir_imported_find(design->imported, process);
        if (index == WEIR_NONE || design->imported->processes[index].kind != WEIR_PROCESS)
            return weir_error(diag, words->loc,
                              "\"%s\" is neither a domain nor a process: design.cfg and import.cfg "
                              "list them",
                              process);
        weir_draft_note(draft, "process %s: domain %s -> %s (%llu ps)", process,
                        design->domains[design->process_domains[index]].name, name,
                        (unsigned long long)period_ps);
        ((uint32_t *)design->process_domains)[index] = domain;
        at += length;
        at += *at == ',';
    }
    return true;
}

static bool apply(weir_draft *draft, const weir_words *words, weir_diag *diag) {
    uint64_t period_ps;
    if (!period_of(words, &period_ps, diag)) return false;
    if (set_domain(draft, words, period_ps)) return true;
    weir_design *design = draft->design;
    const char *name = weir_arena_printf(weir_design_arena(design), "%.*s_clock",
                                         (int)strcspn(words->at[1], ","), words->at[1]);
    if (design->imported != NULL) return set_processes(draft, words, name, period_ps, diag);
    const uint32_t *layers;
    uint32_t n = weir_draft_layers(draft, words->at[1], NULL, &layers, words->loc, diag);
    if (n == 0) return false;
    uint32_t domain = weir_draft_domain(draft, name, period_ps);
    for (uint32_t i = 0; i < n; i++) {
        weir_layer_settings *settings = weir_draft_settings(draft, layers[i]);
        weir_draft_note(draft, "layer %s: domain %s -> %s (%llu ps)",
                        weir_network_layer(design->network, layers[i])->name,
                        design->domains[settings->domain].name, name,
                        (unsigned long long)period_ps);
        settings->domain = domain;
        settings->loc = words->loc;
    }
    return true;
}

static weir_tuned tune(weir_tuning *tuning, const weir_words *words, weir_diag *diag) {
    uint64_t period_ps;
    for (uint32_t d = 0; d < weir_graph_domains(tuning->graph); d++) {
        if (strcmp(weir_graph_domain(tuning->graph, d)->name, words->at[1]) != 0) continue;
        if (!period_of(words, &period_ps, diag)) return WEIR_TUNING_FAILED;
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
    .tune = tune,
};
