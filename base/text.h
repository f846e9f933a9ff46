/* A growing text buffer: what RTL, JSON and reports are written into before they reach a file, so
 * that a failure leaves nothing half-written. `weir_text_save` writes a temporary file beside
 * `path` and renames it.
 */
#ifndef WEIR_BASE_TEXT_H
#define WEIR_BASE_TEXT_H

#include "base/diag.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_text weir_text;

weir_text *weir_text_new(void);
void weir_text_free(weir_text *text);
void weir_text_addf(weir_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void weir_text_add(weir_text *text, const char *string);
const char *weir_text_string(const weir_text *text);
size_t weir_text_length(const weir_text *text);
bool weir_text_save(const weir_text *text, const char *path, weir_diag *diag);

/* Reads a whole file; the caller frees. NULL and an error when it cannot be read. The text is
 * followed by a NUL that `length` does not count. */
char *weir_file_read(const char *path, size_t *length, weir_diag *diag);

/* Writes a whole file as weir_text_save does: `path` holds the old contents or all of the new. */
bool weir_file_write(const char *path, const void *bytes, size_t length, weir_diag *diag);

/* Removes the files of `folder` whose names end in `suffix`; no folder, nothing to remove. */
void weir_remove_files(const char *folder, const char *suffix);

/* Creates a folder and its parents. */
bool weir_make_folder(const char *path, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
