#include "report/fields.h"
#include <string.h>

static const char *type_name(json_type type) {
    switch (type) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "unknown";
}

static json_t *value_of(const weir_field *field, const void *record) {
    const char *at = (const char *)record + field->offset;
    switch (field->type) {
    case WEIR_FIELD_STRING: {
        const char *string = *(const char *const *)at;
        return json_string(string != NULL ? string : "");
    }
    case WEIR_FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case WEIR_FIELD_U32:
        return json_integer(*(const uint32_t *)at);
    case WEIR_FIELD_U64:
        return json_integer((json_int_t)(*(const uint64_t *)at));
    case WEIR_FIELD_MAYBE: {
        uint64_t value = *(const uint64_t *)at;
        return value == UINT64_MAX ? json_null() : json_integer((json_int_t)value);
    }
    case WEIR_FIELD_REAL:
        return json_real(*(const double *)at);
    case WEIR_FIELD_KNOWN:
        return *(const double *)at > 0 ? json_real(*(const double *)at) : json_null();
    }
    return json_null();
}

void weir_fields_write(weir_fields table, const void *record, json_t *object) {
    for (size_t i = 0; i < table.n; i++)
        json_object_set_new(object, table.fields[i].name, value_of(&table.fields[i], record));
}

json_t *weir_fields_object(weir_fields table, const void *record) {
    json_t *object = json_object();
    weir_fields_write(table, record, object);
    return object;
}

static void fail(weir_reading *reading, const char *path, const char *name, const char *found,
                 const char *allowed) {
    weir_error(reading->diag, (weir_loc){reading->file, 0}, "%s%s%s: %s, %s expected", path,
               *path != '\0' ? "." : "", name, found, allowed);
    reading->failed = true;
}

json_t *weir_fields_member(const json_t *object, const char *path, const char *name, json_type type,
                           weir_reading *reading) {
    json_t *member = json_object_get(object, name);
    if (member == NULL) {
        fail(reading, path, name, "missing", type_name(type));
        return NULL;
    }
    if (json_typeof(member) != type) {
        fail(reading, path, name, type_name(json_typeof(member)), type_name(type));
        return NULL;
    }
    return member;
}

static void read_integer(const weir_field *field, const json_t *value, const char *path, void *at,
                         weir_reading *reading) {
    json_int_t limit = field->type == WEIR_FIELD_U32 ? UINT32_MAX : INT64_MAX;
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value))
        fail(reading, path, field->name, type_name(json_typeof(value)), "an integer");
    else if (number < 0 || number > limit)
        fail(reading, path, field->name, number < 0 ? "negative" : "too large",
             "an unsigned integer");
    else if (field->type == WEIR_FIELD_U32)
        *(uint32_t *)at = (uint32_t)number;
    else
        *(uint64_t *)at = (uint64_t)number;
}

static void read_value(const weir_field *field, const json_t *value, const char *path, void *at,
                       weir_reading *reading) {
    const char *found = type_name(json_typeof(value));
    switch (field->type) {
    case WEIR_FIELD_STRING:
        if (!json_is_string(value))
            fail(reading, path, field->name, found, "a string");
        else
            *(const char **)at = weir_arena_strdup(reading->arena, json_string_value(value));
        break;
    case WEIR_FIELD_BOOL:
        if (!json_is_boolean(value))
            fail(reading, path, field->name, found, "a boolean");
        else
            *(bool *)at = json_is_true(value);
        break;
    case WEIR_FIELD_MAYBE:
        if (json_is_null(value)) {
            *(uint64_t *)at = UINT64_MAX;
            break;
        }
        read_integer(field, value, path, at, reading);
        break;
    case WEIR_FIELD_U32:
    case WEIR_FIELD_U64:
        read_integer(field, value, path, at, reading);
        break;
    case WEIR_FIELD_KNOWN:
        if (json_is_null(value)) {
            *(double *)at = 0;
            break;
        }
        /* fall through */
    case WEIR_FIELD_REAL:
        if (!json_is_number(value) || json_number_value(value) < 0)
            fail(reading, path, field->name, json_is_number(value) ? "negative" : found,
                 "a number of at least 0");
        else
            *(double *)at = json_number_value(value);
        break;
    }
}

void weir_fields_read(weir_fields table, const json_t *object, const char *path, void *record,
                      weir_reading *reading) {
    for (size_t i = 0; i < table.n; i++) {
        const weir_field *field = &table.fields[i];
        json_t *value = json_object_get(object, field->name);
        if (value == NULL)
            fail(reading, path, field->name, "missing", "a value");
        else
            read_value(field, value, path, (char *)record + field->offset, reading);
    }
}
