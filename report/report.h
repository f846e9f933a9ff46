/* Reports: a record as text for a person, as CSV for a spreadsheet, and two records side by side.
 *
 * Text is at most 100 columns wide, plain ASCII, and the same for the same record: no date, no
 * colour, no locale. Counts have thousands separators; times have the unit that keeps them short.
 * A bar shows the cycles of a process: '#' busy, '>' blocked, '<' starved, '.' idle.
 * CSV is two tables with a header line each, processes and channels, with an empty line between
 * them; numbers are bare, cells are quoted where RFC 4180 asks for it.
 */
#ifndef WEIR_REPORT_REPORT_H
#define WEIR_REPORT_REPORT_H

#include "report/record.h"

#ifdef __cplusplus
extern "C" {
#endif

void weir_report_text(const weir_record *record, weir_text *out);
void weir_report_csv(const weir_record *record, weir_text *out);
void weir_report_diff(const weir_record *a, const char *name_a, const weir_record *b,
                      const char *name_b, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
