/* Resource: what a process or a FIFO takes of a device, in all and by what in it takes it.
 *
 * Units are the device's own: LUT (six inputs, with memory LUT among them), FF, DSP slices, RAMB18
 * (a RAMB36 is two), URAM288, and carry bits (which lie beside LUT and cost nothing more). Every
 * figure has a source:
 *   synthesis  Yosys, on the very module          vendor     the vendor's own report, as imported
 *   estimate   a model, within +-`band` of what synthesis gives for nine modules in ten
 * and "none" where nothing is known; then the numbers mean nothing.
 */
#ifndef WEIR_MODELS_RESOURCE_H
#define WEIR_MODELS_RESOURCE_H

#include "models/device.h"
#include "models/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_resource {
    WEIR_LUT,
    WEIR_LUT_MEMORY, /* of these: shift registers and LUT memory */
    WEIR_FF,
    WEIR_DSP,
    WEIR_BRAM18,
    WEIR_URAM,
    WEIR_CARRY,
    WEIR_RESOURCES,
} weir_resource;

/* "LUT", "LUT as memory", ...; "lut", "lut_memory", ... as keys. */
const char *weir_resource_title(weir_resource resource);
const char *weir_resource_key(weir_resource resource);

typedef enum weir_part {
    WEIR_PART_MULTIPLIERS,
    WEIR_PART_ADDERS,
    WEIR_PART_CONVERSION, /* rounding, saturation, activation tables' logic, comparisons */
    WEIR_PART_BUFFER,     /* line buffers, windows, rows and vectors that are kept */
    WEIR_PART_WEIGHTS,    /* weights, biases, tables */
    WEIR_PART_REGISTERS,  /* between the stages of a pipeline */
    WEIR_PART_CONTROL,    /* handshakes, counters, selection */
    WEIR_PART_FIFO,
    WEIR_PARTS,
} weir_part;

const char *weir_part_name(weir_part part); /* "multipliers", ... */

typedef enum weir_cost_source {
    WEIR_COST_NONE,
    WEIR_COST_SYNTHESIS,
    WEIR_COST_VENDOR,
    WEIR_COST_ESTIMATE,
} weir_cost_source;

const char *weir_cost_source_name(weir_cost_source source); /* "none", "synthesis", ... */

typedef struct weir_cost {
    weir_cost_source source;
    double band; /* of an estimate, relative; 0: exact, or not known */
    uint64_t total[WEIR_RESOURCES];
    uint64_t part[WEIR_PARTS][WEIR_RESOURCES]; /* their sum is the total */
} weir_cost;

void weir_cost_add(weir_cost *cost, weir_part part, weir_resource resource, uint64_t count);

/* What the FIFO of a channel of a sealed graph takes: memory by the shapes of models/memory.h, and its
 * counters and flags as rtl/weir_fifo*.sv have them (WEIR_FIFO_BAND is theirs: synthesis of twenty
 * FIFOs of all classes lies within it). One or two beats are kept in registers. */
#define WEIR_FIFO_BAND 0.25
void weir_channel_cost(const weir_channel *channel, weir_cost *cost);

/* What the device has; 0: not known, or none. Carry bits are not counted in devices. */
uint64_t weir_device_has(const weir_device *device, weir_resource resource);

#ifdef __cplusplus
}
#endif
#endif
