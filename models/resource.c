#include "models/resource.h"
#include "models/memory.h"
#include <string.h>

static const char *const titles[] = {"LUT", "LUT memory", "FF", "DSP", "BRAM18", "URAM", "carry"};
static const char *const keys[] = {"lut", "lut_memory", "ff", "dsp", "bram18", "uram", "carry"};
static const char *const parts[] = {"multipliers", "adders",    "conversion", "buffer",
                                    "weights",     "registers", "control",    "fifo"};
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

/* Bits that count 0 .. largest; 0 for none. */
static uint64_t bits_of(uint64_t largest) {
    uint64_t bits = 0;
    for (; largest > 0; largest >>= 1)
        bits++;
    return bits;
}

static void add(weir_cost *cost, weir_resource resource, uint64_t count) {
    weir_cost_add(cost, WEIR_PART_FIFO, resource, count);
}

static void add_memory(weir_cost *cost, weir_storage storage, uint64_t words, uint32_t bits) {
    weir_memory_cost memory = weir_memory_of(storage, words, bits);
    add(cost, WEIR_LUT, memory.lut);
    add(cost, WEIR_LUT_MEMORY, memory.lut);
    add(cost, WEIR_BRAM18, memory.bram18);
    add(cost, WEIR_URAM, memory.uram);
}

/* The LUT of counters and flags a counter bit, as Yosys builds them. */
static uint64_t tenths(uint64_t bits, uint64_t factor) {
    return (bits * factor + 5) / 10;
}

void weir_channel_cost(const weir_channel *channel, weir_cost *cost) {
    uint64_t depth = channel->depth, bits = channel->beat_bits, count = bits_of(depth);
    memset(cost, 0, sizeof *cost);
    cost->source = WEIR_COST_ESTIMATE;
    cost->band = WEIR_FIFO_BAND;
    if (channel->latency == WEIR_LATENCY_CDC) {
        uint64_t words = UINT64_C(1) << bits_of(depth - 1);
        add_memory(cost, channel->storage, words, channel->beat_bits);
        add(cost, WEIR_FF, (4 + 2 * (uint64_t)channel->flops) * count - 2);
        add(cost, WEIR_LUT, tenths(count, 46));
    } else if (channel->latency == WEIR_LATENCY_MEMORY) {
        uint64_t words = depth > 2 ? depth - 1 : 2, address = bits_of(words - 1);
        add_memory(cost, channel->storage, words, channel->beat_bits);
        /* Block memories have the output register in them. */
        add(cost, WEIR_FF, 2 * address + 2 * count + 1);
        if (channel->storage == WEIR_STORAGE_LUTRAM) add(cost, WEIR_FF, bits);
        add(cost, WEIR_LUT, tenths(2 * address + 2 * count, 22));
    } else if (depth <= 2) {
        add(cost, WEIR_FF, depth * bits + (depth == 1 ? 3 : 5));
        add(cost, WEIR_LUT, depth == 1 ? 2 : (bits + 1) / 2 + 5);
    } else {
        uint64_t counters = count + bits_of(depth - 1);
        add_memory(cost, channel->storage, depth, channel->beat_bits);
        add(cost, WEIR_FF, counters + 2);
        add(cost, WEIR_LUT, tenths(counters, 24));
    }
}
