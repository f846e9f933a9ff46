#include "report/resources.h"
#include "base/format.h"
#include "hls/imported.h"
#include "report/fields.h"
#include <string.h>

typedef unsigned long long ull;

/* What reports show, in this order; carry bits cost nothing of their own. */
static const weir_resource shown[] = {WEIR_LUT, WEIR_LUT_MEMORY, WEIR_FF,
                                      WEIR_DSP, WEIR_BRAM18,     WEIR_URAM};
enum { SHOWN = sizeof shown / sizeof *shown };

/* ------------------------------------------------------------------ sums */

static void add_to(weir_sum *sum, const weir_cost *cost) {
    sum->count++;
    for (int r = 0; r < WEIR_RESOURCES; r++)
        sum->total[r] += cost->total[r];
}

static weir_sum *kind_named(weir_usage *usage, const char *name) {
    for (uint32_t k = 0; k < usage->n_kinds; k++)
        if (strcmp(usage->kinds[k].name, name) == 0) return &usage->kinds[k];
    usage->kinds[usage->n_kinds] = (weir_sum){.name = name};
    return &usage->kinds[usage->n_kinds++];
}

static void consider(weir_usage *usage, const char *name, bool is_fifo, const weir_cost *cost) {
    for (int r = 0; r < WEIR_RESOURCES; r++) {
        weir_consumer *most = &usage->most[r];
        if (cost->total[r] <= most->count) continue;
        *most = (weir_consumer){.name = name, .is_fifo = is_fifo, .count = cost->total[r]};
        for (int p = 0; p < WEIR_PARTS; p++) {
            if (cost->part[p][r] <= most->part_count) continue;
            most->part = (weir_part)p;
            most->part_count = cost->part[p][r];
        }
    }
    if (cost->source == WEIR_COST_ESTIMATE && cost->band > usage->band) usage->band = cost->band;
}

bool weir_is_hardware(const weir_record_process *process) {
    return strcmp(process->kind, "process") == 0 && strcmp(process->operator_name, WEIR_HOST) != 0;
}

static bool all_known(const weir_record *record) {
    bool any = false;
    for (uint32_t i = 0; i < record->n_processes; i++) {
        if (!weir_is_hardware(&record->processes[i])) continue;
        if (record->processes[i].cost.source == WEIR_COST_NONE) return false;
        any = true;
    }
    for (uint32_t i = 0; i < record->n_channels; i++)
        if (record->channels[i].cost.source == WEIR_COST_NONE) return false;
    return any;
}

/* Memory LUT are not among what the vendor says of a top: those of the parts are kept. */
static void take_top(const weir_record *record, weir_usage *usage) {
    const weir_record_vendor *top = usage->top = weir_vendor_top(record->vendor, record->n_vendor);
    memcpy(usage->design, usage->total, sizeof usage->design);
    usage->top_counts = top != NULL && top->as_run && weir_vendor_is_vivado(top);
    if (!usage->top_counts) return;
    usage->design[WEIR_LUT] = top->lut;
    usage->design[WEIR_FF] = top->ff;
    usage->design[WEIR_DSP] = top->dsp;
    usage->design[WEIR_BRAM18] = top->bram18;
    usage->design[WEIR_URAM] = top->uram;
}

static void compare_with_device(const weir_record *record, weir_usage *usage) {
    bool known = usage->known || usage->top_counts;
    for (int s = 0; s < SHOWN && record->device.name != NULL && known; s++) {
        weir_resource r = shown[s];
        uint64_t has = record->device.has[r];
        /* How many LUT can be memory is not known of every device; URAM that it lacks are none. */
        if ((r == WEIR_LUT_MEMORY && has == 0) || usage->design[r] <= has) continue;
        usage->over[r] = usage->design[r] - has;
        usage->fits = false;
    }
}

static void add_parts(const weir_record *record, weir_usage *into) {
    weir_usage usage = *into;
    usage.kinds = WEIR_NEW(record->arena, weir_sum, record->n_processes + 1);
    usage.domains = WEIR_NEW(record->arena, weir_sum, record->n_domains);
    usage.n_domains = record->n_domains;
    for (uint32_t d = 0; d < record->n_domains; d++)
        usage.domains[d].name = record->domains[d].name;
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_record_process *process = &record->processes[i];
        if (!weir_is_hardware(process)) continue;
        add_to(kind_named(&usage, process->operator_name), &process->cost);
        add_to(&usage.domains[process->domain], &process->cost);
        consider(&usage, process->name, false, &process->cost);
    }
    weir_sum *fifos = kind_named(&usage, "fifo");
    for (uint32_t i = 0; i < record->n_channels; i++) {
        const weir_record_channel *channel = &record->channels[i];
        add_to(fifos, &channel->cost);
        add_to(&usage.domains[record->processes[channel->consumer].domain], &channel->cost);
        consider(&usage, channel->name, true, &channel->cost);
    }
    memcpy(usage.fifos, fifos->total, sizeof usage.fifos);
    for (uint32_t k = 0; k < usage.n_kinds; k++)
        for (int r = 0; r < WEIR_RESOURCES; r++)
            usage.total[r] += usage.kinds[k].total[r];
    *into = usage;
}

weir_usage weir_record_usage(const weir_record *record) {
    weir_usage usage = {.known = all_known(record), .fits = true};
    if (usage.known) add_parts(record, &usage);
    take_top(record, &usage);
    compare_with_device(record, &usage);
    return usage;
}

void weir_usage_overshoot(const weir_record *record, const weir_usage *usage,
                          weir_resource resource, char text[128]) {
    uint64_t has = record->device.has[resource], total = usage->design[resource];
    char share[WEIR_FORMAT + 8] = "", percent[WEIR_FORMAT];
    if (has > 0)
        snprintf(share, sizeof share, " (%s %%)", weir_format_percent(percent, total, has));
    snprintf(text, 128, "%s %llu of %llu%s: %llu too many", weir_resource_title(resource),
             (ull)total, (ull)has, share, (ull)usage->over[resource]);
}

/* ------------------------------------------------------------------ result.json */

static json_t *counts_json(const uint64_t *counts, bool known) {
    json_t *object = json_object();
    for (int s = 0; s < SHOWN; s++)
        json_object_set_new(object, weir_resource_key(shown[s]),
                            known ? json_integer((json_int_t)counts[shown[s]]) : json_null());
    return object;
}

json_t *weir_cost_json(const weir_cost *cost) {
    bool known = cost->source != WEIR_COST_NONE;
    json_t *object = counts_json(cost->total, known), *parts = json_object();
    json_object_set_new(object, "source", json_string(weir_cost_source_name(cost->source)));
    json_object_set_new(object, "band", json_real(cost->band));
    for (int p = 0; p < WEIR_PARTS && known; p++) {
        json_t *part = json_object();
        for (int s = 0; s < SHOWN; s++)
            if (cost->part[p][shown[s]] > 0)
                json_object_set_new(part, weir_resource_key(shown[s]),
                                    json_integer((json_int_t)cost->part[p][shown[s]]));
        if (json_object_size(part) > 0)
            json_object_set_new(parts, weir_part_name((weir_part)p), part);
        else
            json_decref(part);
    }
    json_object_set_new(object, "parts", parts);
    return object;
}

static void read_counts(const json_t *object, const char *place, uint64_t *counts,
                        weir_reading *reading) {
    for (int s = 0; s < SHOWN; s++) {
        const weir_field field = {weir_resource_key(shown[s]), WEIR_FIELD_MAYBE,
                                  shown[s] * sizeof *counts};
        weir_fields_read((weir_fields){&field, 1}, object, place, counts, reading);
        if (counts[shown[s]] == UINT64_MAX) counts[shown[s]] = 0;
    }
}

/* Members of parts are what is there; a part or resource of another name is refused. */
static void read_parts(const json_t *parts, const char *place, weir_cost *cost,
                       weir_reading *reading) {
    size_t known = 0;
    for (int p = 0; p < WEIR_PARTS; p++) {
        const json_t *part = json_object_get(parts, weir_part_name((weir_part)p));
        known += part != NULL;
        for (int s = 0; s < SHOWN; s++) {
            const json_t *count = json_object_get(part, weir_resource_key(shown[s]));
            if (count == NULL) continue;
            if (json_is_integer(count) && json_integer_value(count) >= 0) {
                cost->part[p][shown[s]] = (uint64_t)json_integer_value(count);
                continue;
            }
            weir_error(reading->diag, (weir_loc){reading->file, 0}, "%s.parts.%s.%s: not a count",
                       place, weir_part_name((weir_part)p), weir_resource_key(shown[s]));
            reading->failed = true;
        }
    }
    if (known == json_object_size(parts)) return;
    weir_error(reading->diag, (weir_loc){reading->file, 0}, "%s.parts: unknown part", place);
    reading->failed = true;
}

void weir_cost_read(const json_t *owner, const char *place, weir_cost *cost,
                    weir_reading *reading) {
    const json_t *object = weir_fields_member(owner, place, "resources", JSON_OBJECT, reading);
    if (object == NULL) return;
    char inner[96];
    snprintf(inner, sizeof inner, "%s.resources", place);
    typedef struct head {
        const char *source;
        double band;
    } head;
    static const weir_field fields[] = {
        {"source", WEIR_FIELD_STRING, offsetof(head, source)},
        {"band", WEIR_FIELD_REAL, offsetof(head, band)},
    };
    head read = {.source = "none"};
    weir_fields_read((weir_fields){fields, 2}, object, inner, &read, reading);
    int source = WEIR_COST_NONE;
    while (source <= WEIR_COST_ESTIMATE &&
           strcmp(read.source, weir_cost_source_name((weir_cost_source)source)) != 0)
        source++;
    if (source > WEIR_COST_ESTIMATE) {
        weir_error(reading->diag, (weir_loc){reading->file, 0},
                   "%s.source: \"%s\"; allowed: none, synthesis, vendor, estimate", inner,
                   read.source);
        reading->failed = true;
        return;
    }
    cost->source = (weir_cost_source)source;
    cost->band = read.band;
    read_counts(object, inner, cost->total, reading);
    const json_t *parts = weir_fields_member(object, inner, "parts", JSON_OBJECT, reading);
    if (parts != NULL) read_parts(parts, inner, cost, reading);
}

static json_t *sums_json(const weir_sum *sums, uint32_t n) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < n; i++) {
        json_t *object = counts_json(sums[i].total, true);
        json_object_set_new(object, "name", json_string(sums[i].name));
        json_object_set_new(object, "count", json_integer((json_int_t)sums[i].count));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *consumers_json(const weir_usage *usage) {
    json_t *object = json_object();
    for (int s = 0; s < SHOWN; s++) {
        const weir_consumer *most = &usage->most[shown[s]];
        if (most->name == NULL) continue;
        json_object_set_new(object, weir_resource_key(shown[s]),
                            json_pack("{s:s, s:I, s:s?, s:I}", "name", most->name, "count",
                                      (json_int_t)most->count, "part",
                                      most->part_count > 0 ? weir_part_name(most->part) : NULL,
                                      "part_count", (json_int_t)most->part_count));
    }
    return object;
}

/* What the vendor says of the whole top: the design's own where nothing was changed. */
static json_t *top_json(const weir_usage *usage) {
    const weir_record_vendor *top = usage->top;
    if (top == NULL) return json_null();
    json_t *object = weir_vendor_resources(top);
    json_object_set_new(object, "source", json_string("vendor"));
    json_object_set_new(object, "report", json_string(top->source));
    json_object_set_new(object, "as_run", json_boolean(top->as_run));
    json_object_set_new(object, "counts", json_boolean(usage->top_counts));
    return object;
}

static const weir_field supply_fields[] = {
    {"static_mw", WEIR_FIELD_KNOWN, offsetof(weir_supply, static_mw)},
    {"junction_c", WEIR_FIELD_REAL, offsetof(weir_supply, junction_c)},
    {"vccint_mv", WEIR_FIELD_U32, offsetof(weir_supply, vccint_mv)},
};
enum { SUPPLY_FIELDS = sizeof supply_fields / sizeof *supply_fields };

void weir_usage_json(const weir_record *record, json_t *root) {
    weir_usage usage = weir_record_usage(record);
    json_t *device = json_null(), *resources = json_null();
    if (record->device.name != NULL) {
        device = counts_json(record->device.has, true);
        json_object_set_new(device, "name", json_string(record->device.name));
        json_object_set_new(device, "static_class",
                            json_string(weir_static_class_name(record->device.static_class)));
        weir_fields_write((weir_fields){supply_fields, SUPPLY_FIELDS}, &record->device.supply,
                          device);
    }
    if (usage.known || usage.top != NULL) {
        resources = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "total",
                              counts_json(usage.total, usage.known), "top", top_json(&usage),
                              "operators", sums_json(usage.kinds, usage.n_kinds), "domains",
                              sums_json(usage.domains, usage.n_domains), "main_consumers",
                              consumers_json(&usage), "too_many", counts_json(usage.over, true));
        json_object_set_new(resources, "fits",
                            record->device.name != NULL && (usage.known || usage.top_counts)
                                ? json_boolean(usage.fits)
                                : json_null());
    }
    json_object_set_new(root, "device", device);
    json_object_set_new(root, "resources", resources);
}

void weir_device_read(weir_record *record, const json_t *root, weir_reading *reading) {
    const json_t *device = json_object_get(root, "device");
    if (json_is_null(device)) return;
    device = weir_fields_member(root, "", "device", JSON_OBJECT, reading);
    if (device == NULL) return;
    typedef struct head {
        const char *name, *static_class;
    } head;
    static const weir_field fields[] = {
        {"name", WEIR_FIELD_STRING, offsetof(head, name)},
        {"static_class", WEIR_FIELD_STRING, offsetof(head, static_class)},
    };
    head read = {.static_class = "unknown"};
    weir_fields_read((weir_fields){fields, 2}, device, "device", &read, reading);
    weir_fields_read((weir_fields){supply_fields, SUPPLY_FIELDS}, device, "device",
                     &record->device.supply, reading);
    record->device.name = read.name;
    int of = WEIR_STATIC_UNKNOWN;
    while (of <= WEIR_STATIC_16NM_FINFET &&
           strcmp(read.static_class, weir_static_class_name((weir_static_class)of)) != 0)
        of++;
    if (of <= WEIR_STATIC_16NM_FINFET) {
        record->device.static_class = (weir_static_class)of;
    } else {
        weir_error(reading->diag, (weir_loc){reading->file, 0},
                   "device.static_class: \"%s\"; allowed: unknown, 28nm_hpl, 20nm, 16nm_finfet",
                   read.static_class);
        reading->failed = true;
    }
    read_counts(device, "device", record->device.has, reading);
}

/* ------------------------------------------------------------------ text */

static void add_counts(weir_table *table, const uint64_t *counts) {
    char cell[WEIR_FORMAT];
    for (int s = 0; s < SHOWN; s++)
        weir_table_cell(table, weir_format_count(cell, counts[shown[s]]));
}

static weir_table *counts_table(const char *first, const char *second) {
    weir_table *table = weir_table_new(SHOWN + (second != NULL ? 2 : 1));
    weir_table_column(table, 0, first, false);
    for (uint32_t s = 0; s < SHOWN; s++)
        weir_table_column(table, s + 1, weir_resource_title(shown[s]), true);
    if (second != NULL) weir_table_column(table, SHOWN + 1, second, false);
    return table;
}

static void add_shares(const weir_record *record, const weir_usage *usage, weir_table *table) {
    char cell[WEIR_FORMAT];
    weir_table_cell(table, record->device.name);
    add_counts(table, record->device.has);
    weir_table_cell(table, "-");
    weir_table_cell(table, "per cent");
    for (int s = 0; s < SHOWN; s++)
        weir_table_cell(table, weir_format_percent(cell, usage->design[shown[s]],
                                                   record->device.has[shown[s]]));
    weir_table_cell(table, "-");
}

/* Of the whole top; a figure that the report lacks is "-". */
static void add_top(const weir_usage *usage, weir_table *table) {
    const weir_record_vendor *top = usage->top;
    if (top == NULL) return;
    char cell[96];
    const uint64_t counts[SHOWN] = {top->lut, WEIR_UNMEASURED, top->ff,
                                    top->dsp, top->bram18,     top->uram};
    weir_table_cell(table, usage->top_counts ? "design" : "whole top");
    for (int s = 0; s < SHOWN; s++)
        weir_table_cell(table,
                        counts[s] == WEIR_UNMEASURED ? "-" : weir_format_count(cell, counts[s]));
    snprintf(cell, sizeof cell, "vendor: %s%s", top->source, top->as_run ? "" : ", as imported");
    weir_table_cell(table, cell);
}

static void add_totals(const weir_record *record, const weir_usage *usage, weir_table *table) {
    char cell[96];
    snprintf(cell, sizeof cell, "%u FIFOs", record->n_channels);
    weir_table_cell(table, cell);
    add_counts(table, usage->fifos);
    snprintf(cell, sizeof cell, "shapes +-%.0f %%", 100 * WEIR_FIFO_BAND);
    weir_table_cell(table, cell);
    weir_table_cell(table, usage->top_counts ? "sum" : "design");
    add_counts(table, usage->total);
    weir_table_cell(table, "-");
}

static void add_processes(const weir_record *record, const weir_usage *usage, weir_text *out) {
    weir_table *table = counts_table("process", "source");
    char cell[96];
    for (uint32_t i = 0; i < record->n_processes && usage->known; i++) {
        const weir_record_process *process = &record->processes[i];
        if (!weir_is_hardware(process)) continue;
        weir_table_cell(table, process->name);
        add_counts(table, process->cost.total);
        if (process->cost.band > 0)
            snprintf(cell, sizeof cell, "%s +-%.0f %%", weir_cost_source_name(process->cost.source),
                     100 * process->cost.band);
        else
            snprintf(cell, sizeof cell, "%s", weir_cost_source_name(process->cost.source));
        weir_table_cell(table, cell);
    }
    if (usage->known) add_totals(record, usage, table);
    add_top(usage, table);
    if (record->device.name != NULL && (usage->known || usage->top_counts))
        add_shares(record, usage, table);
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_sums(const char *title, const weir_sum *sums, uint32_t n, weir_text *out) {
    weir_table *table = counts_table(title, NULL);
    char cell[WEIR_FORMAT + 64];
    for (uint32_t i = 0; i < n; i++) {
        snprintf(cell, sizeof cell, "%s (%llu)", sums[i].name, (ull)sums[i].count);
        weir_table_cell(table, cell);
        add_counts(table, sums[i].total);
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
}

static void add_consumers(const weir_record *record, const weir_usage *usage, weir_text *out) {
    char words[256], count[WEIR_FORMAT], share[WEIR_FORMAT], part[WEIR_FORMAT];
    (void)record;
    for (int s = 0; s < SHOWN; s++) {
        const weir_consumer *most = &usage->most[shown[s]];
        if (most->name == NULL) continue;
        snprintf(words, sizeof words, "most %s: %s%.80s, %s (%s %%)", weir_resource_title(shown[s]),
                 most->is_fifo ? "FIFO " : "", most->name, weir_format_count(count, most->count),
                 weir_format_percent(share, most->count, usage->total[shown[s]]));
        size_t length = strlen(words);
        if (!most->is_fifo && most->part_count > 0)
            snprintf(words + length, sizeof words - length, ", of which %s are %s",
                     weir_format_count(part, most->part_count), weir_part_name(most->part));
        weir_format_paragraph(out, 2, words);
    }
}

static void add_kinds(const weir_record *record, const weir_usage *usage, weir_text *out) {
    weir_text_add(out, "\n");
    add_sums("operator", usage->kinds, usage->n_kinds, out);
    if (usage->n_domains > 1) {
        weir_text_add(out, "\n");
        add_sums("clock", usage->domains, usage->n_domains, out);
    }
    weir_text_add(out, "\n");
    add_consumers(record, usage, out);
}

static void add_fit(const weir_record *record, const weir_usage *usage, weir_text *out) {
    if (usage->fits) {
        weir_text_addf(out, "  fits %s\n", record->device.name);
        return;
    }
    for (int s = 0; s < SHOWN; s++) {
        char text[128];
        if (usage->over[shown[s]] == 0) continue;
        weir_usage_overshoot(record, usage, shown[s], text);
        weir_text_addf(out, "  does not fit %s: %s\n", record->device.name, text);
    }
}

void weir_usage_text(const weir_record *record, weir_text *out) {
    weir_usage usage = weir_record_usage(record);
    if (!usage.known && usage.top == NULL) return;
    weir_text_add(out, "\nresources (units of the device; LUT memory is among LUT)\n");
    add_processes(record, &usage, out);
    if (usage.known) add_kinds(record, &usage, out);
    if (record->device.name == NULL || (!usage.known && !usage.top_counts)) return;
    add_fit(record, &usage, out);
}
