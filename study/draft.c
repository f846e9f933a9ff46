#include "study/draft.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

weir_draft *weir_draft_new(const weir_design *base) {
    weir_draft *draft = weir_xcalloc(1, sizeof *draft);
    draft->design = weir_design_copy(base);
    draft->changed = weir_text_new();
    return draft;
}

void weir_draft_free(weir_draft *draft) {
    if (draft == NULL) return;
    weir_design_free(draft->design);
    weir_text_free(draft->changed);
    free(draft);
}

void weir_draft_note(weir_draft *draft, const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    weir_text_addf(draft->changed, "%s\n", line);
}

/* ---- layers ---- */

bool weir_layer_has_weights(const weir_layer *layer) {
    return layer->kind == WEIR_LAYER_CONV || layer->kind == WEIR_LAYER_DENSE;
}

static bool has_settings(const weir_layer *layer) {
    return layer->kind != WEIR_LAYER_INPUT && layer->kind != WEIR_LAYER_OUTPUT;
}

static uint32_t find_layer(const weir_network *network, const char *name, size_t length) {
    for (uint32_t l = 0; l < weir_network_layers(network); l++) {
        const char *known = weir_network_layer(network, l)->name;
        if (strlen(known) == length && memcmp(known, name, length) == 0) return l;
    }
    return WEIR_NONE;
}

static bool unknown_layer(const weir_network *network, const char *name, size_t length,
                          weir_layer_test kinds, weir_loc loc, weir_diag *diag) {
    weir_text *known = weir_text_new();
    for (uint32_t l = 0; l < weir_network_layers(network); l++)
        if (kinds(weir_network_layer(network, l)))
            weir_text_addf(known, "%s%s", weir_text_length(known) > 0 ? ", " : "",
                           weir_network_layer(network, l)->name);
    weir_error(diag, loc, "layer \"%.*s\" is unknown or of another kind; allowed: %s", (int)length,
               name, weir_text_length(known) > 0 ? weir_text_string(known) : "none");
    weir_text_free(known);
    return false;
}

uint32_t weir_draft_layers(weir_draft *draft, const char *names, weir_layer_test kinds,
                           const uint32_t **layers, weir_loc loc, weir_diag *diag) {
    const weir_network *network = draft->design->network;
    if (network == NULL) {
        weir_error(diag, loc, "\"%s\": design \"%s\" is imported, it has processes and no layers",
                   names, draft->design->name);
        return 0;
    }
    if (kinds == NULL) kinds = has_settings;
    uint32_t n = weir_network_layers(network), count = 0;
    uint32_t *list = WEIR_NEW(weir_design_arena(draft->design), uint32_t, n + 1);
    *layers = list;
    if (strcmp(names, "*") == 0) {
        for (uint32_t l = 0; l < n; l++)
            if (kinds(weir_network_layer(network, l))) list[count++] = l;
        return count > 0 ? count : unknown_layer(network, names, 1, kinds, loc, diag);
    }
    for (const char *at = names; *at != '\0';) {
        size_t length = strcspn(at, ",");
        uint32_t layer = find_layer(network, at, length);
        if (layer == WEIR_NONE || !kinds(weir_network_layer(network, layer)) || count == n)
            return unknown_layer(network, at, length, kinds, loc, diag);
        list[count++] = layer;
        at += length;
        at += *at == ',';
    }
    return count > 0 ? count : unknown_layer(network, names, 0, kinds, loc, diag);
}

weir_layer_settings *weir_draft_settings(weir_draft *draft, uint32_t layer) {
    /* A copy's arrays are its own. */
    return (weir_layer_settings *)&draft->design->settings[layer];
}

/* ---- domains and FIFOs ---- */

static bool is_used(const weir_design *design, uint32_t domain) {
    bool used = design->source_domain == domain || design->sink_domain == domain;
    uint32_t layers = design->network != NULL ? weir_network_layers(design->network) : 0;
    for (uint32_t l = 0; l < layers && !used; l++)
        used = design->settings[l].domain == domain;
    uint32_t processes = design->imported != NULL ? design->imported->n_processes : 0;
    for (uint32_t p = 0; p < processes && !used; p++)
        used = design->process_domains[p] == domain;
    return used;
}

static uint32_t domain_named(const weir_design *design, const char *name) {
    for (uint32_t d = 0; d < design->n_domains; d++)
        if (strcmp(design->domains[d].name, name) == 0) return d;
    return WEIR_NONE;
}

static uint32_t add_domain(weir_design *design, const char *name, uint64_t period_ps) {
    weir_arena *arena = weir_design_arena(design);
    weir_domain *domains = WEIR_NEW(arena, weir_domain, design->n_domains + 1);
    memcpy(domains, design->domains, design->n_domains * sizeof *domains);
    domains[design->n_domains] =
        (weir_domain){weir_arena_strdup(arena, name), period_ps, 0, WEIR_NOWHERE};
    design->domains = domains;
    return design->n_domains++;
}

uint32_t weir_draft_domain(weir_draft *draft, const char *name, uint64_t period_ps) {
    weir_design *design = draft->design;
    const char *wanted = name;
    for (uint32_t number = 2;; number++) {
        uint32_t d = domain_named(design, wanted);
        if (d == WEIR_NONE) return add_domain(design, wanted, period_ps);
        weir_domain *domain = (weir_domain *)&design->domains[d]; /* a copy's arrays are its own */
        if (!is_used(design, d)) domain->period_ps = period_ps;
        if (domain->period_ps == period_ps) return d;
        wanted = weir_arena_printf(weir_design_arena(design), "%s_%u", name, number);
    }
}

weir_fifo_settings *weir_draft_fifo(weir_draft *draft, const char *name, weir_loc loc) {
    weir_design *design = draft->design;
    weir_arena *arena = weir_design_arena(design);
    weir_fifo_settings *fifos = WEIR_NEW(arena, weir_fifo_settings, design->n_fifos + 1);
    weir_fifo_settings found = {.name = weir_arena_strdup(arena, name),
                                .flops = design->default_flops,
                                .storage = design->imported != NULL ? WEIR_STORAGE_AUTO
                                                                    : design->default_storage};
    for (uint32_t f = 0; f < design->n_fifos; f++) {
        fifos[f] = design->fifos[f];
        if (strcmp(fifos[f].name, name) == 0) found = fifos[f];
    }
    found.loc = loc;
    /* The last entry of a name counts. */
    weir_fifo_settings *last = &fifos[design->n_fifos++];
    *last = found;
    design->fifos = fifos;
    return last;
}
