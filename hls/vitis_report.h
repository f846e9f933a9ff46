/* What one report of a vendor's says, whatever its kind: text in, figures out; no files.
 *
 * Kinds, as written by Vivado HLS 2019.2 to Vitis HLS 2025 and by Vivado beside them:
 *   csynth xml      <module>_csynth.xml, csynth.xml: C synthesis, latency and resources
 *   csynth text     <module>_csynth.rpt: the same as tables
 *   csynth summary  csynth.rpt: one row a module, of all of them
 *   cosim           <top>_cosim.rpt: C/RTL co-simulation, latency and interval
 *   export          export_syn.rpt, export_impl.rpt, <top>_export.rpt: "LUT: 12" lines; export_*.xml
 *   utilisation     *_utilization*.rpt of Vivado's report_utilization: tables by site type
 * Latencies and intervals are cycles; memories count in RAMB18 (a RAMB36 is two). A figure that is not
 * said, or is "undef", "?", "NA" or a range, stays WEIR_NO_FIGURE.
 * A report that ends too early is DAMAGED, with what it lacks; text of another kind is OTHER.
 */
#ifndef WEIR_HLS_VITIS_REPORT_H
#define WEIR_HLS_VITIS_REPORT_H

#include "hls/imported.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_report_state {
    WEIR_REPORT_GOOD,
    WEIR_REPORT_OTHER,
    WEIR_REPORT_DAMAGED,
} weir_report_state;

typedef struct weir_vendor_report {
    weir_vendor_figures figures;
    uint64_t period_ps; /* of the target clock; 0: not said */
    char top[512];      /* module that it is of; "": not said */
    int64_t date;       /* seconds, of the clock on the wall where it was made; 0: not said */
    weir_vivado_stage stage;
    bool failed;     /* of co-simulation: it did not pass */
    char lacks[128]; /* DAMAGED: what */
    int line;        /* DAMAGED: where; 0: at the end */
} weir_vendor_report;

extern const weir_vendor_figures weir_no_figures; /* WEIR_NO_FIGURE throughout */

weir_report_state weir_report_csynth_xml(const char *text, size_t length, weir_vendor_report *out);
weir_report_state weir_report_csynth_text(const char *text, weir_vendor_report *out);
/* `top` is the name in its title, the figures are those of the row of `module`; OTHER: no such row. */
weir_report_state weir_report_csynth_summary(const char *text, const char *module,
                                             weir_vendor_report *out);
/* latency_min is the least latency of a run, ii_max the mean interval. */
weir_report_state weir_report_cosim(const char *text, weir_vendor_report *out);
weir_report_state weir_report_export_xml(const char *text, size_t length, weir_vendor_report *out);
weir_report_state weir_report_export_text(const char *text, weir_vendor_report *out);
weir_report_state weir_report_utilisation(const char *text, weir_vendor_report *out);

/* Of a line such as "Date: Sat Mar 11 17:46:36 2023" or "Thu 12 May 2022 05:24:39 PM CDT"; 0: none.
 * Zones are left out: reports of one solution come from one place. */
int64_t weir_report_date(const char *line);

/* What the C synthesis wrote of itself into the RTL, HLS_SYN_FF and so on; WEIR_NO_FIGURE. */
uint64_t weir_report_stamp(const char *verilog, const char *key);

#ifdef __cplusplus
}
#endif
#endif
