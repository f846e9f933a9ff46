#include "models/resource.h"

static const char *const titles[] = {"LUT", "LUT memory", "FF", "DSP", "BRAM18", "URAM", "carry"};
static const char *const keys[] = {"lut", "lut_memory", "ff", "dsp", "bram18", "uram", "carry"};
static const char *const parts[] = {"multipliers", "adders",  "conversion", "buffer",
                                    "weights",     "control", "fifo"};
static const char *const sources[] = {"none", "synthesis", "vendor", "estimate"};

const char *weir_resource_title(weir_resource resource) {
    return titles[resource];
}

const char *weir_resource_key(weir_resource resource) {
    return keys[resource];
}

const char *weir_part_name(weir_part part) {
    return parts[part];
}

const char *weir_cost_source_name(weir_cost_source source) {
    return sources[source];
}

void weir_cost_add(weir_cost *cost, weir_part part, weir_resource resource, uint64_t count) {
    cost->total[resource] += count;
    cost->part[part][resource] += count;
}

uint64_t weir_device_has(const weir_device *device, weir_resource resource) {
    switch (resource) {
    case WEIR_LUT:
        return device->lut;
    case WEIR_LUT_MEMORY:
        return device->lut_memory;
    case WEIR_FF:
        return device->ff;
    case WEIR_DSP:
        return device->dsp.count;
    case WEIR_BRAM18:
        return 2 * device->bram36;
    case WEIR_URAM:
        return device->uram288;
    default:
        return 0;
    }
}
