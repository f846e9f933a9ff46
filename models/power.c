/* The coefficients, and where they come from.
 *
 * Vendors publish no power of a single LUT: their data sheets have quiescent currents, and the rest is
 * inside their estimators. What is public is the estimators' output on real designs: the tables
 * "1.1 On-Chip Components" of report_power, for twelve routed designs on six devices that run on one
 * clock (but for "fir", whose filters do, and debug clocks), kept in bench/power/reports.csv with the place of each. They suppose inputs that toggle in 12.5 %
 * of the cycles (UG907, "Default Toggle Rate") and were not made from recorded activity.
 * Each report gives power / (count * MHz), brought to the nominal VCCINT by its square:
 *   clock       "Clocks" by flip-flops            lut    "LUT as Logic", carry, multiplexers and
 *   ff          "Register"                               "Signals" by LUT as logic
 *   bram18      "Block RAM" by tiles, halved      lut_memory, dsp    their rows
 * `typical` is the geometric mean, `low` and `high` the least and largest; a test works them out again.
 * Where no report has a figure:
 *   28 nm LUT memory   the 16 nm figure; low: 4.4, as 3162 LUT at 142.86 MHz stay below the 2 mW that
 *                      the report of "aes" resolves
 *   28 nm DSP          one report ("hls4ml": 6 mW for 9 slices), so low is the least of 16 nm and
 *                      high twice the figure
 *   16 nm URAM         as 4 RAMB18, which have its 72 bits of port; low as one, high as the 16 that
 *                      hold its bits
 *   20 nm              no report with one clock: the geometric mean of 28 nm and 16 nm, low and high
 *                      the outer ones of both
 */
#include "models/power.h"
#include <string.h>

static const char *const keys[] = {"clock", "lut", "lut_memory", "ff", "dsp", "bram18", "uram"};
static const char *const titles[] = {"clock", "LUT", "LUT memory", "FF", "DSP", "BRAM18", "URAM"};

const char *weir_power_part_key(weir_power_part part) {
    return keys[part];
}

const char *weir_power_part_title(weir_power_part part) {
    return titles[part];
}

#define SOURCE "vendor power reports of public routed designs (bench/power/reports.csv)"

static const weir_power_model models[] = {
    [WEIR_STATIC_28NM_HPL] = {.name = "28nm_hpl",
                              .vccint_mv = 1000,
                              .part = {[WEIR_POWER_CLOCK] = {27.54, 17.43, 41.15},
                                       [WEIR_POWER_LUT] = {35.99, 10.66, 187.4},
                                       [WEIR_POWER_LUT_MEMORY] = {128.4, 4.4, 252.8},
                                       [WEIR_POWER_FF] = {0.711, 0.433, 1.168},
                                       [WEIR_POWER_DSP] = {6667, 1031, 13333},
                                       [WEIR_POWER_BRAM18] = {3896, 714.3, 15000}},
                              .source = "five " SOURCE "; LUT memory as on 16 nm"},
    [WEIR_STATIC_20NM] = {.name = "20nm",
                          .vccint_mv = 950,
                          .part = {[WEIR_POWER_CLOCK] = {28.22, 17.43, 53.82},
                                   [WEIR_POWER_LUT] = {41.98, 10.66, 187.4},
                                   [WEIR_POWER_LUT_MEMORY] = {128.4, 4.4, 252.8},
                                   [WEIR_POWER_FF] = {1.374, 0.433, 3.890},
                                   [WEIR_POWER_DSP] = {3479, 1031, 13333},
                                   [WEIR_POWER_BRAM18] = {4074, 714.3, 15000}},
                          .source = "between 28 nm and 16 nm, no report is known; those are "
                                    "from " SOURCE},
    [WEIR_STATIC_16NM_FINFET] = {.name = "16nm_finfet",
                                 .vccint_mv = 850,
                                 .part = {[WEIR_POWER_CLOCK] = {28.92, 20.39, 53.82},
                                          [WEIR_POWER_LUT] = {48.97, 27.77, 82.25},
                                          [WEIR_POWER_LUT_MEMORY] = {128.4, 57.04, 252.8},
                                          [WEIR_POWER_FF] = {2.656, 2.110, 3.890},
                                          [WEIR_POWER_DSP] = {1815, 1031, 3197},
                                          [WEIR_POWER_BRAM18] = {4261, 2206, 7413},
                                          [WEIR_POWER_URAM] = {17044, 2206, 118608}},
                                 .source = "seven " SOURCE "; URAM from block RAM by its ports"},
};

const weir_power_model *weir_power_model_of(weir_static_class static_class) {
    return static_class == WEIR_STATIC_UNKNOWN ? NULL : &models[static_class];
}

weir_static_power weir_power_static(weir_static_class static_class, double static_mw,
                                    uint64_t lut) {
    /* xcvu9p 2472 mW, xczu7ev 623, xck26 302 and xczu3eg 239, by their thousand LUT: configs/devices
     * has the reports. The other classes' devices all have figures, or none has. */
    static const weir_coefficient finfet = {.typical = 2.651, .low = 2.091, .high = 3.387};
    if (static_mw > 0) return (weir_static_power){static_mw, static_mw, static_mw, false};
    if (static_class != WEIR_STATIC_16NM_FINFET) return (weir_static_power){.derived = true};
    double thousands = (double)lut / 1000;
    return (weir_static_power){finfet.typical * thousands, finfet.low * thousands,
                               finfet.high * thousands, true};
}

static uint64_t count_of(const weir_cost *cost, weir_power_part part) {
    const uint64_t *total = cost->total;
    switch (part) {
    case WEIR_POWER_CLOCK:
    case WEIR_POWER_FF:
        return total[WEIR_FF];
    case WEIR_POWER_LUT:
        return total[WEIR_LUT] - (total[WEIR_LUT_MEMORY] < total[WEIR_LUT] ? total[WEIR_LUT_MEMORY]
                                                                           : total[WEIR_LUT]);
    case WEIR_POWER_LUT_MEMORY:
        return total[WEIR_LUT_MEMORY];
    case WEIR_POWER_DSP:
        return total[WEIR_DSP];
    case WEIR_POWER_BRAM18:
        return total[WEIR_BRAM18];
    case WEIR_POWER_URAM:
        return total[WEIR_URAM];
    default:
        return 0;
    }
}

static double share_of(const weir_activity *activity, weir_power_part part) {
    if (part == WEIR_POWER_CLOCK) return 1;
    if (part == WEIR_POWER_BRAM18 || part == WEIR_POWER_URAM) return activity->busy;
    return activity->busy * activity->toggle_rate / WEIR_TOGGLE_RATE;
}

weir_power weir_power_of(const weir_power_model *model, const weir_cost *cost,
                         const weir_activity *activity) {
    weir_power power = {.total = 0};
    double volts = activity->vccint_mv > 0 ? (double)activity->vccint_mv / model->vccint_mv : 1;
    double mhz = 1e6 / (double)activity->period_ps;
    double less = cost->band < 1 ? 1 - cost->band : 0, more = 1 + cost->band;
    for (int p = 0; p < WEIR_POWER_PARTS; p++) {
        const weir_coefficient *nw = &model->part[p];
        double scale = (double)count_of(cost, (weir_power_part)p) * mhz *
                       share_of(activity, (weir_power_part)p) * volts * volts / 1e6;
        power.part[p] = scale * nw->typical;
        power.total += power.part[p];
        power.low += scale * nw->low * less;
        power.high += scale * nw->high * more;
    }
    return power;
}

void weir_power_add(weir_power *sum, const weir_power *more) {
    for (int p = 0; p < WEIR_POWER_PARTS; p++)
        sum->part[p] += more->part[p];
    sum->total += more->total;
    sum->low += more->low;
    sum->high += more->high;
}

static uint64_t flips_between(const uint8_t *a, const uint8_t *b, uint32_t bytes) {
    uint64_t flips = 0;
    uint32_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
        uint64_t x, y;
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        flips += (uint64_t)__builtin_popcountll(x ^ y);
    }
    for (; i < bytes; i++)
        flips += (uint64_t)__builtin_popcount((unsigned)(a[i] ^ b[i]));
    return flips;
}

void weir_toggles_count(weir_toggles *toggles, const uint8_t *beats, uint64_t count,
                        uint32_t beat_bits) {
    uint32_t bytes = weir_beat_bytes(beat_bits); /* the high bits that are not used stay zero */
    for (uint64_t i = 1; i < count; i++)
        toggles->flips += flips_between(beats + (i - 1) * bytes, beats + i * bytes, bytes);
    if (count > 1) toggles->bits += (count - 1) * beat_bits;
}
