/* Numbers and paragraphs for people. Every function that fills `out` needs WEIR_FORMAT bytes and
 * returns `out`, so that it can stand in an argument list. Results depend on the arguments only,
 * not on the locale.
 */
#ifndef WEIR_BASE_FORMAT_H
#define WEIR_BASE_FORMAT_H

#include "base/text.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_FORMAT 48
#define WEIR_REPORT_COLUMNS 100

const char *weir_format_count(char *out, uint64_t value);                  /* 1,234,567 */
const char *weir_format_time(char *out, uint64_t ps);                      /* 850 ps, 12.345 us */
const char *weir_format_percent(char *out, uint64_t part, uint64_t whole); /* 12.3 %, - of 0 */
const char *weir_format_mhz(char *out, uint64_t period_ps); /* 125 MHz, 133.333 MHz */

/* Adds words broken at WEIR_REPORT_COLUMNS, each line after `indent` spaces, and a newline. */
void weir_format_paragraph(weir_text *out, int indent, const char *words);

/* A table whose columns are as wide as their widest cell. Cells are copied. A table wider than
 * WEIR_REPORT_COLUMNS gets its widest left-aligned columns narrowed; "~" stands for the middle of
 * a cell that is cut. */
typedef struct weir_table weir_table;
weir_table *weir_table_new(uint32_t columns);
/* `right` aligns the column's cells to the right. */
void weir_table_column(weir_table *table, uint32_t column, const char *title, bool right);
void weir_table_cell(weir_table *table, const char *cell); /* row after row, left to right */
/* In place of WEIR_REPORT_COLUMNS. */
void weir_table_widest(weir_table *table, int columns);
void weir_table_print(weir_table *table, int indent, weir_text *out);
void weir_table_free(weir_table *table);

#ifdef __cplusplus
}
#endif
#endif
