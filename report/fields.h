/* Field tables: one table a struct says how its members are named in JSON; writing and reading go
 * through the same table, so that the two cannot drift apart. Reading checks presence, type and
 * range, and reports every problem with its path in the document.
 */
#ifndef WEIR_REPORT_FIELDS_H
#define WEIR_REPORT_FIELDS_H

#include "base/arena.h"
#include "base/diag.h"
#include <jansson.h>
#include <stdint.h>

typedef enum weir_field_type {
    WEIR_FIELD_STRING, /* const char * */
    WEIR_FIELD_BOOL,   /* bool */
    WEIR_FIELD_U32,    /* uint32_t */
    WEIR_FIELD_U64,    /* uint64_t, up to INT64_MAX in the file */
    WEIR_FIELD_MAYBE,  /* uint64_t; UINT64_MAX is null in the file */
    WEIR_FIELD_REAL,   /* double, not negative */
    WEIR_FIELD_KNOWN,  /* the same; 0 is null in the file */
} weir_field_type;

typedef struct weir_field {
    const char *name;
    weir_field_type type;
    size_t offset;
} weir_field;

typedef struct weir_fields {
    const weir_field *fields;
    size_t n;
} weir_fields;

typedef struct weir_reading { /* where the reader is, for messages */
    const char *file;
    weir_arena *arena;
    weir_diag *diag;
    bool failed;
} weir_reading;

void weir_fields_write(weir_fields table, const void *record, json_t *object);
json_t *weir_fields_object(weir_fields table, const void *record);

/* `path` is the object's own: "processes[3]", or "" for the document. */
void weir_fields_read(weir_fields table, const json_t *object, const char *path, void *record,
                      weir_reading *reading);
/* Member `name`, NULL and an error if it is absent or not of `type`. */
json_t *weir_fields_member(const json_t *object, const char *path, const char *name, json_type type,
                           weir_reading *reading);

#endif
