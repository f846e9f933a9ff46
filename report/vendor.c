#include "report/vendor.h"
#include "base/format.h"
#include "report/fields.h"
#include <string.h>

#define F(name, type)                                                                              \
    { #name, WEIR_FIELD_##type, offsetof(weir_record_vendor, name) }
static const weir_field resource_fields[] = {
    F(lut, MAYBE), F(ff, MAYBE), F(dsp, MAYBE), F(bram18, MAYBE), F(uram, MAYBE),
};
static const weir_field fields[] = {
    F(name, STRING),
    F(source, STRING),
    F(whole, BOOL),
    F(as_run, BOOL),
    F(latency_cycles, MAYBE),
    F(ii_cycles, MAYBE),
    F(seen_latency_cycles, MAYBE),
    F(seen_ii_cycles, MAYBE),
    F(lut, MAYBE),
    F(ff, MAYBE),
    F(dsp, MAYBE),
    F(bram18, MAYBE),
    F(uram, MAYBE),
};
#undef F
static const weir_fields table_of_fields = {fields, sizeof fields / sizeof *fields};

bool weir_vendor_is_vivado(const weir_record_vendor *vendor) {
    return strncmp(vendor->source, "vivado", 6) == 0;
}

const weir_record_vendor *weir_vendor_top(const weir_record_vendor *vendor, uint32_t n) {
    const weir_record_vendor *top = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (!vendor[i].whole || vendor[i].lut == WEIR_UNMEASURED) continue;
        if (top == NULL || (weir_vendor_is_vivado(&vendor[i]) && !weir_vendor_is_vivado(top)))
            top = &vendor[i];
    }
    return top;
}

/* ------------------------------------------------------------------ result.json */

static json_t *difference(uint64_t reported, uint64_t seen) {
    if (reported == WEIR_UNMEASURED || seen == WEIR_UNMEASURED) return json_null();
    return json_integer((json_int_t)(seen - reported));
}

json_t *weir_vendor_resources(const weir_record_vendor *vendor) {
    const weir_fields table = {resource_fields, sizeof resource_fields / sizeof *resource_fields};
    return weir_fields_object(table, vendor);
}

json_t *weir_vendor_json(const weir_record_vendor *vendor, uint32_t n) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < n; i++) {
        const weir_record_vendor *v = &vendor[i];
        json_t *object = weir_fields_object(table_of_fields, v);
        json_object_set_new(object, "latency_difference_cycles",
                            difference(v->latency_cycles, v->seen_latency_cycles));
        json_object_set_new(object, "ii_difference_cycles",
                            difference(v->ii_cycles, v->seen_ii_cycles));
        json_array_append_new(array, object);
    }
    return array;
}

weir_record_vendor *weir_vendor_read(const json_t *root, uint32_t *n, weir_reading *reading) {
    *n = 0;
    if (json_object_get(root, "vendor") == NULL) return NULL;
    const json_t *array = weir_fields_member(root, "", "vendor", JSON_ARRAY, reading);
    size_t count = json_array_size(array);
    weir_record_vendor *vendor = WEIR_NEW(reading->arena, weir_record_vendor, count + 1);
    for (size_t i = 0; i < count; i++) {
        char place[64];
        const json_t *item = json_array_get(array, i);
        snprintf(place, sizeof place, "vendor[%zu]", i);
        if (json_is_object(item)) {
            weir_fields_read(table_of_fields, item, place, &vendor[i], reading);
            continue;
        }
        weir_error(reading->diag, (weir_loc){reading->file, 0}, "%s: an object expected", place);
        reading->failed = true;
    }
    *n = (uint32_t)count;
    return vendor;
}

/* ------------------------------------------------------------------ text */

/* "6,148" and "+2" of what was reported against what was seen. */
static void add_reported(uint64_t reported, uint64_t seen, weir_table *table) {
    char cell[WEIR_FORMAT];
    weir_table_cell(table, reported == WEIR_UNMEASURED ? "-" : weir_format_count(cell, reported));
    weir_table_cell(table, seen == WEIR_UNMEASURED ? "-" : weir_format_count(cell, seen));
    if (reported == WEIR_UNMEASURED || seen == WEIR_UNMEASURED)
        snprintf(cell, sizeof cell, "-");
    else
        snprintf(cell, sizeof cell, "%+lld", (long long)(seen - reported));
    weir_table_cell(table, cell);
}

void weir_vendor_text(const weir_record_vendor *vendor, uint32_t n, weir_text *out) {
    static const char *const titles[] = {"of",  "report",   "latency",   "simulated",
                                         "+/-", "interval", "simulated", "+/-"};
    uint32_t n_columns = sizeof titles / sizeof *titles, rows = 0;
    weir_table *table = weir_table_new(n_columns);
    for (uint32_t c = 0; c < n_columns; c++)
        weir_table_column(table, c, titles[c], c >= 2);
    for (uint32_t i = 0; i < n; i++) {
        const weir_record_vendor *v = &vendor[i];
        if (weir_vendor_is_vivado(v)) continue;
        if (v->latency_cycles == WEIR_UNMEASURED && v->ii_cycles == WEIR_UNMEASURED) continue;
        rows++;
        weir_table_cell(table, v->name);
        weir_table_cell(table, v->source);
        add_reported(v->latency_cycles, v->seen_latency_cycles, table);
        add_reported(v->ii_cycles, v->seen_ii_cycles, table);
    }
    if (rows > 0) {
        weir_text_add(out, "\nvendor's reports (cycles; simulated: first frame, and the least "
                           "between starts)\n");
        weir_table_print(table, 2, out);
    }
    weir_table_free(table);
}
