/* A growing text buffer. */
#include "base/text.h"
#include "base/arena.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct weir_text {
    char *bytes; /* always NUL-ended */
    size_t length, capacity;
};

static void reserve(weir_text *text, size_t more) {
    size_t need = text->length + more + 1;
    if (need <= text->capacity) return;
    text->capacity = need > 2 * text->capacity ? need : 2 * text->capacity;
    text->bytes = weir_xrealloc(text->bytes, text->capacity);
}

weir_text *weir_text_new(void) {
    weir_text *text = weir_xcalloc(1, sizeof *text);
    reserve(text, 255);
    text->bytes[0] = '\0';
    return text;
}

void weir_text_free(weir_text *text) {
    if (text == NULL) return;
    free(text->bytes);
    free(text);
}

void weir_text_addf(weir_text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = text->capacity - text->length;
    int length = vsnprintf(text->bytes + text->length, room, format, args);
    va_end(args);
    if (length > 0 && (size_t)length >= room) {
        reserve(text, (size_t)length);
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
    }
    va_end(again);
    if (length > 0) text->length += (size_t)length;
    text->bytes[text->length] = '\0';
}

void weir_text_add(weir_text *text, const char *string) {
    size_t length = strlen(string);
    reserve(text, length);
    memcpy(text->bytes + text->length, string, length + 1);
    text->length += length;
}

const char *weir_text_string(const weir_text *text) {
    return text->bytes;
}

size_t weir_text_length(const weir_text *text) {
    return text->length;
}

bool weir_text_save(const weir_text *text, const char *path, weir_diag *diag) {
    return weir_file_write(path, text->bytes, text->length, diag);
}
