#include "study/figure.h"
#include "base/arena.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const weir_figure_info weir_figure_infos[WEIR_FIGURES] = {
    [WEIR_FIGURE_LATENCY] = {"latency_ps", "latency", true},
    [WEIR_FIGURE_INTERVAL] = {"interval_ps", "interval", true},
    [WEIR_FIGURE_LUT] = {"lut", "LUT", true},
    [WEIR_FIGURE_FF] = {"ff", "FF", true},
    [WEIR_FIGURE_DSP] = {"dsp", "DSP", true},
    [WEIR_FIGURE_BRAM18] = {"bram18", "BRAM18", true},
    [WEIR_FIGURE_URAM] = {"uram", "URAM", true},
    [WEIR_FIGURE_FIFO_BITS] = {"fifo_bits", "FIFO bits", true},
    [WEIR_FIGURE_DYNAMIC] = {"dynamic_mw", "dynamic mW", true},
    [WEIR_FIGURE_POWER] = {"power_mw", "mW", true},
    [WEIR_FIGURE_FPS] = {"frames_per_second", "frames/s", false},
    [WEIR_FIGURE_PIXELS_PER_WATT_SECOND] = {"pixels_per_watt_second", "pixels/Ws", false},
    [WEIR_FIGURE_ENERGY] = {"energy_per_frame_uj", "uJ/frame", true},
    [WEIR_FIGURE_ACCURACY] = {"accuracy", "accuracy", false},
};

weir_figure weir_figure_find(const char *key) {
    int f = 0;
    while (f < WEIR_FIGURES && strcmp(weir_figure_infos[f].key, key) != 0)
        f++;
    return (weir_figure)f;
}

void weir_finding_set(weir_finding *finding, weir_figure figure, double value, const char *source) {
    finding->value[figure] = value;
    finding->source[figure] = source;
}

void weir_finding_refuse(weir_finding *finding, const char *format, ...) {
    finding->feasible = false;
    if (finding->why != NULL) return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    finding->why = weir_xstrdup(line);
}

void weir_finding_clear(weir_finding *finding) {
    free(finding->why);
    free(finding->changed);
    *finding = (weir_finding){0};
}
