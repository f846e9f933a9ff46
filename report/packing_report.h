/* A packing (models/packing.h), and what a budget of memory makes leave the chip (models/spill.h),
 * as text for a person and as JSON.
 */
#ifndef WEIR_REPORT_PACKING_REPORT_H
#define WEIR_REPORT_PACKING_REPORT_H

#include "base/text.h"
#include "models/device.h"
#include "models/packing.h"
#include "models/spill.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_packing_view {
    const weir_graph *graph;
    const weir_device *device; /* NULL: none named */
    const weir_packing *packing;
    const weir_spill *spill; /* NULL: no budget */
    uint64_t lut;            /* limit of memories in LUT; UINT64_MAX: none */
    bool imported;           /* memories inside processes are not known */
} weir_packing_view;

void weir_packing_text(const weir_packing_view *view, weir_text *out);
void weir_packing_json(const weir_packing_view *view, weir_text *out);

/* The fastest memory clock of groups that need one faster than their domain, MHz; 0: none does. */
double weir_packing_mhz(const weir_packing_view *view);
/* The highest that any speed grade's block RAM allows; 0: not known. */
double weir_packing_limit_mhz(const weir_device *device);

#ifdef __cplusplus
}
#endif
#endif
