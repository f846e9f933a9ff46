/* What a design's hardware costs, as part of an outcome.
 *
 * Costs are asked for before a run and belong to its outcome. With a device (weir_opening) a design that
 * needs more of anything than the device has gives WEIR_NO_FIT, with a message for each resource.
 */
#ifndef WEIR_RESOURCES_H
#define WEIR_RESOURCES_H

#include "api/weir.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* "estimate" (default: takes no time), "synthesis" (Yosys, each module once, minutes), "none". */
weir_status weir_simulation_set_resources(weir_simulation *sim, const char *source,
                                          weir_messages *log);

typedef struct weir_cost_info {
    const char *source; /* "synthesis", "vendor", "estimate"; "none": the rest means nothing */
    double band;        /* of an estimate, relative: 0.2 is +-20 per cent */
    uint64_t lut, lut_memory, ff, dsp, bram18, uram; /* lut_memory are among lut */
} weir_cost_info;

/* Indices as in weir_outcome_process and weir_outcome_channel; source "none" beyond the last. */
weir_cost_info weir_outcome_process_cost(const weir_outcome *outcome, uint32_t index);
weir_cost_info weir_outcome_channel_cost(const weir_outcome *outcome, uint32_t index);
/* Of the whole design; "none" unless every process is known. The source is the least sure one. */
weir_cost_info weir_outcome_cost(const weir_outcome *outcome);

/* What a design draws of its device, mW: the mean over the run, an estimate within low .. high. Known
 * where a device of a known family was named (weir_opening) and all costs are. */
typedef struct weir_power_info {
    bool known; /* else the rest means nothing */
    double dynamic_mw, low_mw, high_mw;
    double clock_mw, lut_mw, lut_memory_mw, ff_mw, dsp_mw, bram18_mw, uram_mw; /* dynamic */
    double static_mw;   /* of the device at rest; 0: not known, and always of a process */
    const char *source; /* of the coefficients */
} weir_power_info;

typedef struct weir_efficiency_info {
    bool known;                                  /* power is, and a steady interval */
    double frames_per_second, pixels_per_second; /* rows x columns; elements of a vector */
    double dynamic_energy_per_frame_uj;
    double energy_per_frame_uj, pixels_per_watt_second; /* 0: static power is not known */
} weir_efficiency_info;

weir_power_info weir_outcome_power(const weir_outcome *outcome);
weir_power_info weir_outcome_process_power(const weir_outcome *outcome, uint32_t index);
weir_efficiency_info weir_outcome_efficiency(const weir_outcome *outcome);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
