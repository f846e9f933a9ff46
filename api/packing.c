#include "study/packing.h"
#include "api/answer.h"
#include "api/handles.h"
#include "api/weir_packing.h"
#include "hls/costs.h"
#include "report/packing_report.h"
#include "study/arrays.h"
#include "study/spill.h"
#include <stdlib.h>

#define INTERVAL_FRAMES 8
#define LUT_PER_BRAM18 384 /* without a device: as many as hold the same bits (models/memory.h) */

typedef unsigned long long ull;

/* LUT of the design without its processes' memories; those of FIFOs in block RAM have none. */
static bool other_lut(const weir_simulation *sim, uint64_t *lut, weir_diag *diag) {
    const weir_graph *graph = sim->compiled->graph;
    uint32_t n = weir_graph_processes(graph), m = weir_graph_channels(graph);
    weir_cost *processes = weir_xcalloc(n + 1, sizeof *processes);
    weir_cost *channels = weir_xcalloc(m + 1, sizeof *channels);
    bool good = weir_compiled_costs(sim->compiled, WEIR_COST_ESTIMATE, &sim->options.progress,
                                    processes, channels, diag);
    *lut = 0;
    for (uint32_t i = 0; i < n; i++)
        *lut += processes[i].total[WEIR_LUT] - processes[i].part[WEIR_PART_BUFFER][WEIR_LUT] -
                processes[i].part[WEIR_PART_WEIGHTS][WEIR_LUT];
    for (uint32_t i = 0; i < m; i++)
        *lut += channels[i].total[WEIR_LUT];
    free(processes);
    free(channels);
    return good;
}

/* Limits, and what leaving block RAM is worth: by the device's own shares. */
static bool options_of(const weir_simulation *sim, const weir_pack_request *request,
                       weir_packing_options *options, weir_diag *diag) {
    const weir_device *device = sim->design->device;
    *options = (weir_packing_options){.memory_clock = request->memory_clock,
                                      .lut = UINT64_MAX,
                                      .lut_per_bram18 = LUT_PER_BRAM18,
                                      .seed = request->seed,
                                      .stop = sim->options.stop};
    if (options->memory_clock == 0) options->memory_clock = 1;
    if (options->memory_clock > 2)
        return weir_error(diag, WEIR_NOWHERE, "memory clock %u, allowed are 1 and 2",
                          options->memory_clock);
    if (!(request->bandwidth >= 0 && request->bandwidth < 1e18))
        return weir_error(diag, WEIR_NOWHERE, "bandwidth %g bytes/s, allowed are 0 to 1e18",
                          request->bandwidth);
    if (device != NULL) {
        uint64_t lut;
        if (!other_lut(sim, &lut, diag)) return false;
        options->lut = device->lut > lut ? device->lut - lut : 0;
        options->uram = device->uram288;
        options->lut_per_bram18 = (double)device->lut / (2.0 * (double)device->bram36);
        if (device->uram288 > 0)
            options->bram18_per_uram = 2.0 * (double)device->bram36 / (double)device->uram288;
    }
    if (request->limit_lut) options->lut = request->lut;
    return true;
}

/* Between two of the last frames of a replay. */
static uint64_t interval_in(const weir_replay_result *result) {
    uint64_t n = result->n_frames, from = n / 2;
    if (result->deadlock || n < 2) return 0;
    if (result->steady) return result->steady_ps / result->steady_frames;
    return (result->last_out_ps[n - 1] - result->last_out_ps[from - 1]) / (n - from);
}

/* Of the design as it is; 0: not known. */
static uint64_t interval_of(weir_simulation *sim, weir_diag *diag) {
    uint64_t interval = 0, *arrivals = NULL;
    weir_net *net = weir_net_of_graph(sim->compiled->graph, diag);
    if (net == NULL) return 0;
    weir_replay_setup setup;
    weir_replay *replay = weir_replay_new(net);
    const weir_replay_result *result;
    sim->n_frames = INTERVAL_FRAMES;
    weir_replay_setup_make(&setup, sim, sim->n_frames);
    bool good = sim->design->arrival_path == NULL || weir_simulation_arrivals(sim, &arrivals, diag);
    setup.parameters.arrival_ps = arrivals;
    if (good && weir_replay_run(replay, &setup.parameters, WEIR_WANT_TIMES, &result, diag))
        interval = interval_in(result);
    free(arrivals);
    weir_replay_setup_free(&setup);
    weir_replay_free(replay);
    weir_net_free(net);
    return interval;
}

/* The arrays without those that lie outside. */
static uint32_t leave_out(weir_array *arrays, uint32_t n, const weir_spill *spill) {
    uint32_t kept = 0, item = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool listed = item < spill->n_items && spill->items[item].array == i;
        bool outside = listed && spill->items[item].outside;
        item += listed;
        if (!outside) arrays[kept++] = arrays[i];
    }
    return kept;
}

static weir_status check_fit(const weir_packing_view *view, weir_diag *diag) {
    const weir_memory_cost *cost = &view->packing->cost;
    const char *name = weir_graph_name(view->graph);
    const weir_device *device = view->device;
    const weir_spill *spill = view->spill;
    bool fits = true;
    if (spill != NULL && spill->fixed_bits > spill->budget_bits)
        fits = weir_error(diag, WEIR_NOWHERE,
                          "design \"%s\" does not fit the budget: %llu bits must stay, %llu "
                          "allowed",
                          name, (ull)spill->fixed_bits, (ull)spill->budget_bits);
    if (device == NULL) return fits ? WEIR_OK : WEIR_NO_FIT;
    if (cost->bram18 > 2 * device->bram36)
        fits = weir_error(diag, WEIR_NOWHERE,
                          "design \"%s\" does not fit %s: BRAM18 %llu of %llu: %llu too many", name,
                          device->name, (ull)cost->bram18, (ull)(2 * device->bram36),
                          (ull)(cost->bram18 - 2 * device->bram36));
    double mhz = weir_packing_mhz(view), limit = weir_packing_limit_mhz(device);
    if (limit > 0 && mhz > limit)
        fits = weir_error(diag, WEIR_NOWHERE,
                          "design \"%s\" does not fit %s: memory clock %.6g MHz, block RAM allows "
                          "%.6g",
                          name, device->name, mhz, limit);
    return fits ? WEIR_OK : WEIR_NO_FIT;
}

weir_status weir_simulation_pack(weir_simulation *sim, const weir_pack_request *request,
                                 weir_answer **answer, weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    *answer = NULL;
    if (sim->compiled == NULL) {
        weir_error(diag, WEIR_NOWHERE, "design \"%s\" is not compiled", sim->design->name);
        return WEIR_USAGE;
    }
    weir_packing_options options;
    if (!options_of(sim, request, &options, diag)) return WEIR_BAD_INPUT;
    weir_arena *arena = weir_arena_new();
    uint32_t n;
    weir_array *arrays = weir_arrays_of(sim->compiled, arena, &n);
    weir_spill *spill = NULL;
    if (request->on_chip_bits > 0) {
        spill = weir_spill_choose(arrays, n, request->on_chip_bits);
        spill->interval_ps = interval_of(sim, diag);
        spill->bandwidth = request->bandwidth;
        n = leave_out(arrays, n, spill);
    }
    weir_packing *packing = weir_pack(arrays, n, &options);
    weir_packing_view view = {.graph = sim->compiled->graph,
                              .device = sim->design->device,
                              .packing = packing,
                              .spill = spill,
                              .lut = options.lut,
                              .imported = sim->design->imported != NULL};
    *answer = weir_answer_new();
    weir_packing_text(&view, weir_answer_add(*answer, "text"));
    weir_packing_json(&view, weir_answer_add(*answer, "json"));
    weir_status status = check_fit(&view, diag);
    if (options.stop != NULL && *options.stop != 0) {
        weir_error(diag, WEIR_NOWHERE, "packing: stopped before it was finished");
        status = WEIR_BAD_INPUT;
    }
    weir_packing_free(packing);
    weir_spill_free(spill);
    weir_arena_free(arena);
    return status;
}
