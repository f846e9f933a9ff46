#include "hls/costs.h"
#include "hls/estimate.h"
#include "hls/op_weights.h"
#include "hls/synthesis.h"
#include <stdlib.h>

/* Those that took too long keep their estimate, and are named. */
static bool synthesise(const weir_compiled *compiled, const weir_progress *progress,
                       weir_cost *costs, weir_diag *diag) {
    const weir_graph *graph = compiled->graph;
    const weir_device *device = compiled->design->device;
    uint32_t n = weir_graph_processes(graph);
    weir_synthesis_request *requests = weir_xcalloc(n, sizeof *requests);
    weir_synthesis_requests(graph, requests);
    for (uint32_t p = 0; p < n; p++) /* they share their blocks, which no module shows */
        if (weir_is_weights(&compiled->operators[p])) requests[p].module = NULL;
    bool good = weir_synthesise(requests, n, device != NULL ? device->family : WEIR_XCUP,
                                WEIR_SYNTHESIS_SECONDS, progress, diag);
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
static void take_vendor(const weir_design *design, const weir_graph *graph, weir_cost *costs) {
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        uint32_t origin = weir_imported_origin(design, p);
        if (origin == WEIR_NONE) continue;
        const weir_vendor_figures *f = &design->imported->processes[origin].figures;
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

bool weir_compiled_costs(const weir_compiled *compiled, weir_cost_source source,
                         const weir_progress *progress, weir_cost *processes, weir_cost *channels,
                         weir_diag *diag) {
    const weir_graph *graph = compiled->graph;
    const weir_design *design = compiled->design;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        weir_channel_cost(weir_graph_channel(graph, c), &channels[c]);
    if (design->imported) {
        if (source == WEIR_COST_SYNTHESIS)
            weir_diag_add(diag, WEIR_WARNING, WEIR_NOWHERE,
                          "design \"%s\": imported RTL is not synthesised; resources are the "
                          "vendor's",
                          design->name);
        take_vendor(design, graph, processes);
        for (uint32_t p = 0; compiled->operators && p < weir_graph_processes(graph); p++)
            if (compiled->operators[p].kind) weir_estimate(&compiled->operators[p], &processes[p]);
        return true;
    }
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        if (weir_graph_process(graph, p)->kind == WEIR_PROCESS)
            weir_estimate(&compiled->operators[p], &processes[p]);
    return source != WEIR_COST_SYNTHESIS || synthesise(compiled, progress, processes, diag);
}
