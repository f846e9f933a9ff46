/* Diagnostics: a list of {level, file, line, text}, collected so that all errors of an input are
 * reported at once. Nothing below cli/ prints; the caller decides what becomes of the list.
 *
 * `file` may be NULL (no file involved) and `line` 0 (the file as a whole). Texts name the object,
 * what was found and what is allowed: `fifo "dense1_out": depth 0, minimum 1`.
 */
#ifndef WEIR_BASE_DIAG_H
#define WEIR_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_level { WEIR_NOTE, WEIR_WARNING, WEIR_ERROR } weir_level;

/* A place in an input file; borrowed, the file name lives as long as what was read from it. */
typedef struct weir_loc {
    const char *file;
    int line;
} weir_loc;

typedef struct weir_diag_item {
    weir_level level;
    const char *file;
    int line;
    const char *text;
} weir_diag_item;

typedef struct weir_diag weir_diag;

weir_diag *weir_diag_new(void);
void weir_diag_free(weir_diag *diag);

void weir_diag_add(weir_diag *diag, weir_level level, weir_loc loc, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Shorthand for an error; always returns false, so that `return weir_error(...)` reads well. */
bool weir_error(weir_diag *diag, weir_loc loc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

size_t weir_diag_count(const weir_diag *diag);
const weir_diag_item *weir_diag_at(const weir_diag *diag, size_t index);
bool weir_diag_has_errors(const weir_diag *diag);

/* One line an item: `file:line: error: text`, without file when there is none. */
void weir_diag_print(const weir_diag *diag, FILE *out);

#define WEIR_NOWHERE ((weir_loc){NULL, 0})

#ifdef __cplusplus
}
#endif
#endif
