/* Resources of a run's record: sums, shares of the device, main consumers, and what does not fit.
 *
 * Everything is worked out from the record alone, so that a report of a folder and the one at the end
 * of a run are the same. A record may know the cost of all its processes and channels or of none;
 * sources and sinks cost nothing. Sums are by process, by FIFO, by operator kind and by clock domain
 * (a FIFO belongs to its consumer's) and of the whole design.
 */
#ifndef WEIR_REPORT_RESOURCES_H
#define WEIR_REPORT_RESOURCES_H

#include "report/record.h"
#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_sum {
    const char *name; /* of the kind or domain */
    uint64_t count;   /* processes or FIFOs in it */
    uint64_t total[WEIR_RESOURCES];
} weir_sum;

typedef struct weir_consumer { /* who takes most of a resource; name NULL: nobody takes any */
    const char *name;
    bool is_fifo;
    uint64_t count;
    weir_part part; /* what in it takes most, and how much; 0: the source does not say */
    uint64_t part_count;
} weir_consumer;

typedef struct weir_usage {
    bool known; /* are the parts? Else the rest means nothing but what is said of the top */
    uint64_t total[WEIR_RESOURCES], fifos[WEIR_RESOURCES];
    const struct weir_record_vendor *top; /* what the vendor says of the whole top; NULL: nothing */
    bool top_counts;                 /* that is after Vivado, and what ran: it is the design's */
    uint64_t design[WEIR_RESOURCES]; /* the top's where it counts, else the total */
    uint32_t n_kinds, n_domains;
    weir_sum *kinds, *domains;
    weir_consumer most[WEIR_RESOURCES];
    uint64_t
        over[WEIR_RESOURCES]; /* what the device lacks; all 0: it fits, or there is no device */
    bool fits;
    double band; /* the widest of the estimates in it; 0: none is estimated */
} weir_usage;

/* Neither a source or sink nor the host of an imported design, which stands for its testbench. */
bool weir_is_hardware(const weir_record_process *process);

/* Its arrays are of the record's arena. */
weir_usage weir_record_usage(const weir_record *record);

/* "DSP 547 of 360 (152 %): 187 too many"; `text` has room for 128 characters. */
void weir_usage_overshoot(const weir_record *record, const weir_usage *usage,
                          weir_resource resource, char text[128]);

/* Members "device" and "resources" of result.json, and the reader of "device"; costs of processes
 * and channels are written and read where these are. */
void weir_usage_json(const weir_record *record, json_t *root);
json_t *weir_cost_json(const weir_cost *cost);
struct weir_reading;
void weir_cost_read(const json_t *owner, const char *place, weir_cost *cost,
                    struct weir_reading *reading);
void weir_device_read(weir_record *record, const json_t *root, struct weir_reading *reading);

/* The report's section; nothing where nothing is known. */
void weir_usage_text(const weir_record *record, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
