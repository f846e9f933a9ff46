/* Power and efficiency of a run's record: what switches by process, FIFOs and clock domain, the
 * device at rest, and what a frame costs.
 *
 * Worked out from the record alone by the rules of models/power.h, where a device of a known class
 * was named and all costs are known. Activity is the run's: a process's busy share of the cycles, a
 * FIFO's beats a cycle of its consumer's clock; bit flips as counted in the last frames, of a process
 * those of its channels. Power is the mean over the run, mW; `low` and `high` are its band.
 * Rates are of the steady interval, so there are none of a single frame.
 */
#ifndef WEIR_REPORT_POWER_H
#define WEIR_REPORT_POWER_H

#include "models/power.h"
#include "report/record.h"
#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_power_use { /* of a process, of all FIFOs, of a clock domain */
    const char *name;
    bool has_activity; /* of a process alone: */
    double busy, toggle_rate;
    weir_power power;
} weir_power_use;

typedef enum weir_toggle_source {
    WEIR_TOGGLES_DEFAULT, /* no beats were known */
    WEIR_TOGGLES_PARTLY,
    WEIR_TOGGLES_MEASURED,
} weir_toggle_source;

typedef struct weir_efficiency {
    bool known; /* a steady interval is; else the rest means nothing */
    double frames_per_second, pixels_per_second;
    double dynamic_uj;                       /* a frame */
    double frame_uj, pixels_per_watt_second; /* with the device at rest; 0 if that is not known */
} weir_efficiency;

typedef struct weir_record_power {
    bool known; /* else the rest means nothing */
    const weir_power_model *model;
    uint32_t vccint_mv;
    weir_static_power at_rest;
    double static_mw; /* of it; 0: not known, and then the total neither */
    weir_power dynamic;
    double total_mw, low_mw, high_mw; /* static power within its own figure */
    weir_toggle_source toggles;
    uint32_t n_processes, n_domains;
    weir_power_use *processes, *domains, fifos;
    weir_efficiency efficiency;
} weir_record_power;

/* Its arrays are of the record's arena. */
weir_record_power weir_power_of_record(const weir_record *record);

/* Members "power" and "efficiency" of result.json. */
void weir_power_json(const weir_record *record, json_t *root);
/* The report's section; nothing where nothing is known. */
void weir_power_text(const weir_record *record, weir_text *out);

/* "0.123", "12.3", "1,234": three digits, as far as they go. */
const char *weir_format_mw(char *out, double mw);

#ifdef __cplusplus
}
#endif
#endif
