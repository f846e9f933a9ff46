/* Region: a part of a device that is configured anew while the rest runs, and how long that takes.
 *
 * A region is made of whole columns, as high as a clock region, of one kind each: partial bitstreams
 * hold no less (UG909, "Configuration Frames"). Its share of the device is that of the kind of which
 * it has the largest share: a rectangle that has so much of one kind has at least about so much of
 * the others. Its bitstream is that share of the device's configuration, in whole frames:
 *   frames = ceil(share * bits of the device / bits of a frame),  load = frames * bits of a frame / port
 * with the port at its full width and rate and no gap. What this leaves out: commands and checksum of
 * the bitstream (some hundred words), compression (never here), that columns do not lie evenly (a
 * rectangle may have more or fewer frames than its share), frames that routing pulls in, and a source
 * of the bitstream that is slower than the port. Nor are a device's dies told apart. So a load time is
 * an estimate.
 * Units: the resources' own (models/resource.h), bits, ps.
 */
#ifndef WEIR_MODELS_REGION_H
#define WEIR_MODELS_REGION_H

#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_column { /* what a column of one kind holds; 0: there is no such column */
    uint32_t clb, lut, ff;   /* of configurable logic blocks */
    uint32_t dsp, bram18, uram;
} weir_column;

const weir_column *weir_column_of(weir_family family);

typedef struct weir_region {
    uint64_t total[WEIR_RESOURCES]; /* in whole columns */
    uint64_t clb_columns, dsp_columns, bram_columns, uram_columns;
    weir_resource scarcest;            /* has the largest share */
    uint64_t part, whole;              /* the share: part / whole of it */
    uint64_t frames, frame_bits, bits; /* of the bitstream */
    uint64_t load_cycles, load_ps;     /* of the port; both rounded up */
} weir_region;

/* The smallest region that holds `need`; larger than the device it may be: who asks compares. Refused
 * where the device's configuration is not known, at `loc`. */
bool weir_region_of(const weir_device *device, const uint64_t need[WEIR_RESOURCES], weir_loc loc,
                    weir_region *region, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
