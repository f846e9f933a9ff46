/* Inside the comparison of two runs. */
#ifndef WEIR_REPORT_DIFF_H
#define WEIR_REPORT_DIFF_H

#include "base/format.h"
#include "report/record.h"

/* A table of all settings that are not the same in both. */
void weir_diff_settings(const weir_record *a, const weir_record *b, weir_text *out);

/* A row for each resource, where both know their costs. */
typedef void (*weir_diff_row)(weir_table *table, const char *name, uint64_t a, uint64_t b);
void weir_diff_costs(const weir_record *a, const weir_record *b, weir_table *table,
                     weir_diff_row row);

#endif
