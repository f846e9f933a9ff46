/* Power: what a design's resources draw of a device, from their clock and how busy they are.
 *
 * Static power is the device's (models/device.h). Dynamic power of a part of the design is
 *   mW = sum over resources of count * nW per MHz * MHz * activity * (VCCINT / nominal VCCINT)^2 / 10^6
 *   clock              activity 1: the clock tree is not gated, what waits pays for it too (counted
 *                      by flip-flops)
 *   LUT, LUT memory, FF, DSP    busy share * toggle rate / 12.5 %
 *   BRAM18, URAM       busy share: an access costs the same whatever the data
 * The toggle rate is bit flips a bit and beat: measured where the beats are known, else 12.5 %, what
 * the coefficients' sources suppose. Wires are in the figure of LUT.
 * Coefficients come from published power reports of the vendor's tool on routed designs
 * (bench/power/reports.csv; power.c says how): the geometric mean, and the least and largest of them
 * as the band. They are estimates of estimates: good for comparing designs, not for a supply.
 */
#ifndef WEIR_MODELS_POWER_H
#define WEIR_MODELS_POWER_H

#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_power_part {
    WEIR_POWER_CLOCK,
    WEIR_POWER_LUT, /* as logic */
    WEIR_POWER_LUT_MEMORY,
    WEIR_POWER_FF,
    WEIR_POWER_DSP,
    WEIR_POWER_BRAM18,
    WEIR_POWER_URAM,
    WEIR_POWER_PARTS,
} weir_power_part;

const char *weir_power_part_key(weir_power_part part);   /* "clock", "lut", "lut_memory", ... */
const char *weir_power_part_title(weir_power_part part); /* "clock", "LUT", "LUT memory", ... */

typedef struct weir_coefficient { /* nW per MHz of one, at full activity, with its band */
    double typical, low, high;
} weir_coefficient;

typedef struct weir_power_model {
    const char *name;   /* of the static class: "16nm_finfet" */
    uint32_t vccint_mv; /* nominal: what the coefficients are for */
    weir_coefficient part[WEIR_POWER_PARTS];
    const char *source; /* of the coefficients, for a footnote */
} weir_power_model;

/* NULL for WEIR_STATIC_UNKNOWN. */
const weir_power_model *weir_power_model_of(weir_static_class static_class);

/* Power at rest, mW. Where the device's file has none it is derived from the class's other devices, by
 * their milliwatts a thousand LUT: geometric mean, least and largest. All 0: not known. */
typedef struct weir_static_power {
    double mw, low, high;
    bool derived;
} weir_static_power;
weir_static_power weir_power_static(weir_static_class static_class, double static_mw, uint64_t lut);

#define WEIR_TOGGLE_RATE 0.125 /* UG907 "default toggle rate": what the coefficients suppose */

typedef struct weir_activity {
    uint64_t period_ps; /* of its clock; not 0 */
    uint32_t vccint_mv; /* 0: nominal */
    double busy;        /* share of the cycles, 0 .. 1 */
    double toggle_rate; /* bit flips a bit and beat, 0 .. 1 */
} weir_activity;

typedef struct weir_power { /* mW, by part and in all, within low .. high */
    double part[WEIR_POWER_PARTS];
    double total, low, high;
} weir_power;

/* Dynamic power of resources with this activity. The band of an estimated cost widens that of the
 * coefficients. */
weir_power weir_power_of(const weir_power_model *model, const weir_cost *cost,
                         const weir_activity *activity);
void weir_power_add(weir_power *sum, const weir_power *more);

/* Bit flips between beats that follow one another on a channel. All zero: none seen. */
typedef struct weir_toggles {
    uint64_t flips, bits; /* bits compared, so flips / bits is the toggle rate */
} weir_toggles;

/* Of `count` beats in order, packed as models/stream.h says. */
void weir_toggles_count(weir_toggles *toggles, const uint8_t *beats, uint64_t count,
                        uint32_t beat_bits);

#ifdef __cplusplus
}
#endif
#endif
