#include "api/handles.h"

static const weir_diag *diag_of(const weir_messages *log) {
    return (const weir_diag *)log;
}

const char *weir_version(void) {
    return WEIR_VERSION_TEXT;
}

weir_messages *weir_messages_new(void) {
    return (weir_messages *)weir_diag_new();
}

void weir_messages_free(weir_messages *log) {
    if (log != NULL) weir_diag_free(weir_messages_diag(log));
}

size_t weir_messages_count(const weir_messages *log) {
    return weir_diag_count(diag_of(log));
}

weir_message weir_messages_at(const weir_messages *log, size_t index) {
    static const char *const levels[] = {
        [WEIR_NOTE] = "note", [WEIR_WARNING] = "warning", [WEIR_ERROR] = "error"};
    if (index >= weir_messages_count(log)) return (weir_message){0};
    const weir_diag_item *item = weir_diag_at(diag_of(log), index);
    return (weir_message){levels[item->level], item->file, item->line, item->text};
}

void weir_messages_print(const weir_messages *log, FILE *out) {
    weir_diag_print(diag_of(log), out);
}
