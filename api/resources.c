/* What a simulation's processes and FIFOs cost, from the source that was asked for. */
#include "report/resources.h"
#include "api/handles.h"
#include "api/weir_resources.h"
#include "hls/costs.h"
#include "report/power.h"
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

bool weir_simulation_costs(const weir_simulation *sim, weir_cost **processes, weir_cost **channels,
                           weir_diag *diag) {
    *processes = *channels = NULL;
    if (sim->resources == WEIR_COST_NONE) return true;
    *processes = weir_xcalloc(weir_graph_processes(sim->compiled->graph), sizeof **processes);
    *channels = weir_xcalloc(weir_graph_channels(sim->compiled->graph), sizeof **channels);
    if (weir_compiled_costs(sim->compiled, sim->resources, &sim->options.progress, *processes,
                            *channels, diag))
        return true;
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

static weir_power_info power_info(const weir_record_power *of, const weir_power *power) {
    const double *part = power->part;
    return (weir_power_info){.known = true,
                             .dynamic_mw = power->total,
                             .low_mw = power->low,
                             .high_mw = power->high,
                             .clock_mw = part[WEIR_POWER_CLOCK],
                             .lut_mw = part[WEIR_POWER_LUT],
                             .lut_memory_mw = part[WEIR_POWER_LUT_MEMORY],
                             .ff_mw = part[WEIR_POWER_FF],
                             .dsp_mw = part[WEIR_POWER_DSP],
                             .bram18_mw = part[WEIR_POWER_BRAM18],
                             .uram_mw = part[WEIR_POWER_URAM],
                             .source = of->model->source};
}

weir_power_info weir_outcome_power(const weir_outcome *outcome) {
    weir_record_power power = weir_power_of_record(outcome->record);
    if (!power.known) return (weir_power_info){.known = false};
    weir_power_info info = power_info(&power, &power.dynamic);
    info.static_mw = power.static_mw;
    return info;
}

weir_power_info weir_outcome_process_power(const weir_outcome *outcome, uint32_t index) {
    const weir_record *record = outcome->record;
    weir_record_power power = weir_power_of_record(record);
    for (uint32_t i = 0; power.known && index < record->n_processes && i < power.n_processes; i++)
        if (strcmp(power.processes[i].name, record->processes[index].name) == 0)
            return power_info(&power, &power.processes[i].power);
    return (weir_power_info){.known = false};
}

weir_efficiency_info weir_outcome_efficiency(const weir_outcome *outcome) {
    weir_record_power power = weir_power_of_record(outcome->record);
    const weir_efficiency *of = &power.efficiency;
    if (!power.known || !of->known) return (weir_efficiency_info){.known = false};
    return (weir_efficiency_info){.known = true,
                                  .frames_per_second = of->frames_per_second,
                                  .pixels_per_second = of->pixels_per_second,
                                  .dynamic_energy_per_frame_uj = of->dynamic_uj,
                                  .energy_per_frame_uj = of->frame_uj,
                                  .pixels_per_watt_second = of->pixels_per_watt_second};
}
