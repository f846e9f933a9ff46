/* What the vendor of an imported design reported of a process, or of the whole top, beside what was
 * seen: latency of the first frame, least cycles between starts. WEIR_UNMEASURED: not known.
 *
 * Reports, in `source`: "csynth" (C synthesis: latency, interval and resources, all estimates), "cosim"
 * (latency and interval), "vivado synthesis" and "vivado implementation" (resources of the whole top as
 * it was imported). Resources are in the units of models/resource.h.
 * Everything belongs to the record's arena.
 */
#ifndef WEIR_REPORT_VENDOR_H
#define WEIR_REPORT_VENDOR_H

#include "base/text.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_UNMEASURED UINT64_MAX

typedef struct weir_record_vendor {
    const char *name, *source;
    bool whole;  /* of the top */
    bool as_run; /* resources are of what ran: depths, storage and clocks were as imported */
    uint64_t latency_cycles, ii_cycles, seen_latency_cycles, seen_ii_cycles;
    uint64_t lut, ff, dsp, bram18, uram;
} weir_record_vendor;

/* Of the whole top, Vivado's latest, else C synthesis's; NULL: nothing is known of its resources. */
const weir_record_vendor *weir_vendor_top(const weir_record_vendor *vendor, uint32_t n);
bool weir_vendor_is_vivado(const weir_record_vendor *vendor);

/* Its resources alone, null where not reported. */
json_t *weir_vendor_resources(const weir_record_vendor *vendor);

/* Member "vendor" of result.json; differences are simulated less reported. */
json_t *weir_vendor_json(const weir_record_vendor *vendor, uint32_t n);
struct weir_reading;
weir_record_vendor *weir_vendor_read(const json_t *root, uint32_t *n, struct weir_reading *reading);

/* The report's section on time; nothing where nothing was reported of it. */
void weir_vendor_text(const weir_record_vendor *vendor, uint32_t n, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
