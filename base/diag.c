/* Diagnostics: an array of items; texts and file names are copied, so that they outlive the input.
 */
#include "base/diag.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

struct weir_diag {
    weir_arena *arena;
    weir_diag_item *items;
    size_t count, capacity, errors;
};

weir_diag *weir_diag_new(void) {
    weir_diag *diag = weir_xcalloc(1, sizeof *diag);
    diag->arena = weir_arena_new();
    return diag;
}

void weir_diag_free(weir_diag *diag) {
    if (diag == NULL) return;
    weir_arena_free(diag->arena);
    free(diag->items);
    free(diag);
}

static void add(weir_diag *diag, weir_level level, weir_loc loc, const char *format, va_list args) {
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) text = NULL;
    if (diag->count == diag->capacity) {
        diag->capacity = diag->capacity ? 2 * diag->capacity : 16;
        diag->items = weir_xrealloc(diag->items, diag->capacity * sizeof *diag->items);
    }
    weir_diag_item *item = &diag->items[diag->count++];
    item->level = level;
    item->file = loc.file ? weir_arena_strdup(diag->arena, loc.file) : NULL;
    item->line = loc.line;
    item->text = weir_arena_strdup(diag->arena, text ? text : format);
    if (level == WEIR_ERROR) diag->errors++;
    free(text);
}

void weir_diag_add(weir_diag *diag, weir_level level, weir_loc loc, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(diag, level, loc, format, args);
    va_end(args);
}

bool weir_error(weir_diag *diag, weir_loc loc, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(diag, WEIR_ERROR, loc, format, args);
    va_end(args);
    return false;
}

size_t weir_diag_count(const weir_diag *diag) {
    return diag->count;
}

const weir_diag_item *weir_diag_at(const weir_diag *diag, size_t index) {
    return index < diag->count ? &diag->items[index] : NULL;
}

bool weir_diag_has_errors(const weir_diag *diag) {
    return diag->errors > 0;
}

void weir_diag_print(const weir_diag *diag, FILE *out) {
    static const char *const levels[] = {"note", "warning", "error"};
    for (size_t i = 0; i < diag->count; i++) {
        const weir_diag_item *item = &diag->items[i];
        if (item->file && item->line > 0)
            fprintf(out, "%s:%d: %s: %s\n", item->file, item->line, levels[item->level],
                    item->text);
        else if (item->file)
            fprintf(out, "%s: %s: %s\n", item->file, levels[item->level], item->text);
        else
            fprintf(out, "%s: %s\n", levels[item->level], item->text);
    }
}
