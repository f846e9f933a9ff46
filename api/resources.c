/* What a simulation's processes and FIFOs cost, from the source that was asked for. */
#include "report/resources.h"
#include "api/handles.h"
#include "api/weir_resources.h"
#include "hls/estimate.h"
#include "hls/synthesis.h"
#include <stdlib.h>
#include <string.h>

weir_status weir_simulation_set_resources(weir_simulation *sim, const char *source,
                                          weir_messages *log) {
    static const weir_cost_source sources[] = {WEIR_COST_NONE, WEIR_COST_SYNTHESIS,
                                               WEIR_COST_ESTIMATE};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (strcmp(weir_cost_source_name(sources[i]), source) != 0) continue;
        sim->resources = sources[i];
        return WEIR_OK;
    }
    weir_error(weir_messages_diag(log), WEIR_NOWHERE,
               "resources \"%s\" is unknown; there are: synthesis, estimate, none", source);
    return WEIR_BAD_INPUT;
}

/* Those that took too long keep their estimate, and are named. */
static bool synthesise(const weir_simulation *sim, weir_cost *costs, weir_diag *diag) {
    const weir_graph *graph = sim->compiled->graph;
    const weir_device *device = sim->design->device;
    uint32_t n = weir_graph_processes(graph);
    weir_synthesis_request *requests = weir_xcalloc(n, sizeof *requests);
    weir_synthesis_requests(graph, requests);
    bool good = weir_synthesise(requests, n, device != NULL ? device->family : WEIR_XCUP,
                                WEIR_SYNTHESIS_SECONDS, &sim->options.progress, diag);
    for (uint32_t p = 0; p < n && good; p++) {
        if (requests[p].module == NULL) continue;
        if (requests[p].cost.source == WEIR_COST_SYNTHESIS)
            costs[p] = requests[p].cost;
        else
            weir_diag_add(diag, WEIR_WARNING, WEIR_NOWHERE,
                          "process \"%s\": synthesis takes more than %d s; its resources are "
                          "estimated",
                          weir_graph_process(graph, p)->name, WEIR_SYNTHESIS_SECONDS);
    }
    free(requests);
    return good;
}

/* What the vendor reported of each process; not by parts, which it does not say. */
static void take_vendor(const weir_simulation *sim, weir_cost *costs) {
    const weir_imported *in = sim->design->imported;
    for (uint32_t p = 0; p < in->n_processes; p++) {
        const weir_vendor_figures *f = &in->processes[p].figures;
        const struct {
            weir_resource resource;
            uint64_t count;
        } counts[] = {{WEIR_LUT, f->lut},
                      {WEIR_FF, f->ff},
                      {WEIR_DSP, f->dsp},
                      {WEIR_BRAM18, f->bram18},
                      {WEIR_URAM, f->uram}};
        if (f->lut == WEIR_NO_FIGURE) continue;
        costs[p].source = WEIR_COST_VENDOR;
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            if (counts[i].count != WEIR_NO_FIGURE)
                costs[p].total[counts[i].resource] = counts[i].count;
    }
}

bool weir_simulation_costs(const weir_simulation *sim, weir_cost **processes, weir_cost **channels,
                           weir_diag *diag) {
    *processes = *channels = NULL;
    if (sim->resources == WEIR_COST_NONE) return true;
    const weir_graph *graph = sim->compiled->graph;
    uint32_t n = weir_graph_processes(graph), m = weir_graph_channels(graph);
    *processes = weir_xcalloc(n, sizeof **processes);
    *channels = weir_xcalloc(m, sizeof **channels);
    for (uint32_t c = 0; c < m; c++)
        weir_channel_cost(weir_graph_channel(graph, c), &(*channels)[c]);
    if (sim->design->imported != NULL) {
        if (sim->resources == WEIR_COST_SYNTHESIS)
            weir_diag_add(diag, WEIR_WARNING, WEIR_NOWHERE,
                          "design \"%s\": imported RTL is not synthesised; resources are the "
                          "vendor's",
                          sim->design->name);
        take_vendor(sim, *processes);
        return true;
    }
    for (uint32_t p = 0; p < n; p++)
        if (weir_graph_process(graph, p)->kind == WEIR_PROCESS)
            weir_estimate(&sim->compiled->operators[p], &(*processes)[p]);
    if (sim->resources != WEIR_COST_SYNTHESIS || synthesise(sim, *processes, diag)) return true;
    free(*processes);
    free(*channels);
    *processes = *channels = NULL;
    return false;
}

weir_status weir_outcome_check_fit(const weir_outcome *outcome, weir_diag *diag) {
    const weir_record *record = outcome->record;
    weir_usage usage = weir_record_usage(record);
    if (usage.fits) return WEIR_OK;
    for (int r = 0; r < WEIR_RESOURCES; r++) {
        char text[128];
        if (usage.over[r] == 0) continue;
        weir_usage_overshoot(record, &usage, (weir_resource)r, text);
        weir_error(diag, WEIR_NOWHERE, "design \"%s\" does not fit %s: %s", record->design,
                   record->device.name, text);
    }
    return WEIR_NO_FIT;
}

static weir_cost_info info_of(const weir_cost *cost) {
    const uint64_t *t = cost->total;
    return (weir_cost_info){.source = weir_cost_source_name(cost->source),
                            .band = cost->band,
                            .lut = t[WEIR_LUT],
                            .lut_memory = t[WEIR_LUT_MEMORY],
                            .ff = t[WEIR_FF],
                            .dsp = t[WEIR_DSP],
                            .bram18 = t[WEIR_BRAM18],
                            .uram = t[WEIR_URAM]};
}

weir_cost_info weir_outcome_process_cost(const weir_outcome *outcome, uint32_t index) {
    const weir_record *record = outcome->record;
    return info_of(index < record->n_processes ? &record->processes[index].cost : &(weir_cost){0});
}

weir_cost_info weir_outcome_channel_cost(const weir_outcome *outcome, uint32_t index) {
    const weir_record *record = outcome->record;
    return info_of(index < record->n_channels ? &record->channels[index].cost : &(weir_cost){0});
}

weir_cost_info weir_outcome_cost(const weir_outcome *outcome) {
    const weir_record *record = outcome->record;
    weir_usage usage = weir_record_usage(record);
    weir_cost cost = {.source = WEIR_COST_NONE};
    if (!usage.known && !usage.top_counts) return info_of(&cost);
    memcpy(cost.total, usage.design, sizeof cost.total);
    if (usage.top_counts) {
        cost.source = WEIR_COST_VENDOR;
        return info_of(&cost);
    }
    cost.band = usage.band;
    /* In the order of the enumeration a later source is a less sure one. */
    for (uint32_t p = 0; p < record->n_processes; p++)
        if (record->processes[p].cost.source > cost.source)
            cost.source = record->processes[p].cost.source;
    return info_of(&cost);
}
