/* Device: what one FPGA has. Read from a configuration file, one a device, whose comments name the
 * document and table of every value; configs/devices/ has ten.
 *
 *   name = "xczu9eg";  family = "xc7" | "xcu" | "xcup";        # as Yosys calls it
 *   static_class = "28nm_hpl" | "20nm" | "16nm_finfet";
 *   lut; lut_memory; ff; bram36; uram288; slr;
 *   dsp = { count; a_bits; b_bits; sum_bits; };                # a signed a x b multiplier, a sum
 *   grades = ( { name = "-2"; vccint_mv; bram_mhz; uram_mhz; dsp_mhz; }, ... );
 *   configuration = { port = "icap"; width_bits; mhz; bits; frame_words; };
 *                                     # reconfiguration while running: the port; a whole bitstream
 *   power = { static_mw; junction_c; vccint_mv; };             # of the programmable logic, at rest
 * A number that is left out is 0: not known, or (of a block that the device lacks) none. name,
 * family, lut, ff, dsp and bram36 are required. Counts are of the whole device; a BRAM36 is two
 * RAMB18. lut_memory are the LUT that can be shift registers or memory (those of SLICEM). Clock
 * limits are the blocks' own, in MHz: a design's also depend on its logic and wires.
 */
#ifndef WEIR_MODELS_DEVICE_H
#define WEIR_MODELS_DEVICE_H

#include "base/diag.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_family { WEIR_XC7, WEIR_XCU, WEIR_XCUP } weir_family;

const char *weir_family_name(weir_family family); /* "xc7", "xcu", "xcup" */

typedef enum weir_static_class {
    WEIR_STATIC_UNKNOWN,
    WEIR_STATIC_28NM_HPL,
    WEIR_STATIC_20NM,
    WEIR_STATIC_16NM_FINFET,
} weir_static_class;

const char *weir_static_class_name(weir_static_class static_class); /* "unknown", "28nm_hpl", ... */

typedef struct weir_dsp { /* of a device: its number, and the shape of one */
    uint64_t count;
    uint32_t a_bits, b_bits, sum_bits;
} weir_dsp;

typedef struct weir_grade { /* highest clocks of a speed grade; 0: not known, or no such block */
    const char *name;
    uint32_t vccint_mv;
    double bram_mhz, uram_mhz, dsp_mhz;
} weir_grade;

typedef struct weir_configuration_port {
    const char *name; /* NULL: not known */
    uint32_t width_bits;
    double mhz;
    uint64_t bits;        /* of a bitstream of the whole device; 0: not known */
    uint32_t frame_words; /* of a configuration frame, 32 bits each; known where `bits` is */
} weir_configuration_port;

typedef struct weir_supply { /* of the programmable logic */
    double static_mw;        /* at rest, typical process; 0: not known */
    double junction_c;       /* temperature of that figure */
    uint32_t vccint_mv;      /* supply of that figure; 0: the nominal one of the static class */
} weir_supply;

typedef struct weir_device {
    const char *name;
    weir_family family;
    weir_static_class static_class;
    uint64_t lut, lut_memory, ff, bram36, uram288;
    uint32_t slr; /* dies; 0: not known */
    weir_dsp dsp;
    uint32_t n_grades;
    const weir_grade *grades;
    weir_configuration_port configuration;
    weir_supply supply;
} weir_device;

/* `name` is that of a file in the folder of devices ("xczu9eg"), or a path. NULL with diagnostics, at
 * `loc` where there is no such device, with a list of those that there are. */
weir_device *weir_device_load(const char *name, weir_loc loc, weir_diag *diag);
/* It has a slash or ends in ".cfg". */
bool weir_device_is_path(const char *name);
void weir_device_free(weir_device *device);

#ifdef __cplusplus
}
#endif
#endif
