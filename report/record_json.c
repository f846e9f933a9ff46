/* result.json: the writer and the reader of a record, both driven by the same field tables. */
#include "report/fields.h"
#include "report/power.h"
#include "report/record.h"
#include "report/resources.h"
#include <stdlib.h>
#include <string.h>

#define TABLE(fields) ((weir_fields){fields, sizeof fields / sizeof *(fields)})

#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record, field) }
static const weir_field run_fields[] = {
    F("weir", STRING, weir),
    F("design", STRING, design),
    F("engine", STRING, engine),
    F("partial", BOOL, partial),
    F("end_ps", U64, end_ps),
    F("frame_pixels", U64, frame_pixels),
    F("arrival_period_ps", U64, arrival_period_ps),
    F("source_pause", STRING, source_pause),
    F("sink_pause", STRING, sink_pause),
    F("stitched", STRING, stitched),
    F("dropped_frames", U64, n_dropped),
};
static const weir_field seconds_fields[] = {
    F("build", REAL, build_seconds),
    F("run", REAL, run_seconds),
};
static const weir_field model_fields[] = {
    F("built", U64, models_built),
    F("cached", U64, models_cached),
};
static const weir_field accuracy_fields[] = {
    F("frames", U64, accuracy.frames),
    F("positions", U64, accuracy.positions),
    F("argmax_equal", U64, accuracy.argmax_equal),
    F("largest_error", REAL, accuracy.largest_error),
};
static const weir_field data_fields[] = {
    F("checked", BOOL, data.checked),
    F("beats", U64, data.beats),
    F("mismatches", U64, data.mismatches),
};
static const weir_field mismatch_fields[] = {
    F("channel", STRING, data.channel),
    F("frame", U64, data.frame),
    F("beat", U64, data.beat),
    F("found", STRING, data.found),
    F("expected", STRING, data.expected),
};
static const weir_field deadlock_fields[] = {
    F("time_ps", U64, deadlock.time_ps),
    F("text", STRING, deadlock.text),
};
static const weir_field bottleneck_fields[] = {
    F("process", STRING, bottleneck.process), F("share", REAL, bottleneck.share),
    F("limit", STRING, bottleneck.limit),     F("why", STRING, bottleneck.why),
    F("hint", STRING, bottleneck.hint),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record_domain, field) }
static const weir_field domain_fields[] = {
    F("name", STRING, name),
    F("period_ps", U64, period_ps),
    F("phase_ps", U64, phase_ps),
    F("cycles", U64, cycles),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_frame_times, field) }
static const weir_field frame_fields[] = {
    F("index", U64, index),
    F("first_in_ps", U64, first_in_ps),
    F("last_out_ps", U64, last_out_ps),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_spread, field) }
static const weir_field spread_fields[] = {
    F("first_ps", U64, first_ps),
    F("min_ps", U64, min_ps),
    F("median_ps", U64, median_ps),
    F("max_ps", U64, max_ps),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record_process, field) }
static const weir_field process_fields[] = {
    F("name", STRING, name),
    F("kind", STRING, kind),
    F("operator", STRING, operator_name),
    F("domain", STRING, domain_name),
    F("layer", STRING, layer),
    F("strategy", STRING, strategy),
    F("precision", STRING, precision),
    F("timing", STRING, timing),
    F("stages", U32, stages),
    F("ii_cycles", U64, ii_cycles),
    F("initiations_per_frame", U64, initiations_per_frame),
    F("steps_per_frame", U64, steps_per_frame),
    F("frame_step", U32, frame_step),
    F("reuse_factor", U64, reuse_factor),
    F("pe", U64, pe),
    F("simd", U64, simd),
    F("multipliers", U64, multipliers),
    F("initiations", U64, initiations),
    F("busy_cycles", U64, busy_cycles),
    F("starved_cycles", U64, starved_cycles),
    F("blocked_cycles", U64, blocked_cycles),
    F("idle_cycles", U64, idle_cycles),
    F("frozen_cycles", U64, frozen_cycles),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record_channel, field) }
static const weir_field channel_fields[] = {
    F("name", STRING, name),
    F("producer", STRING, producer_name),
    F("consumer", STRING, consumer_name),
    F("beat_bits", U32, beat_bits),
    F("depth", U32, depth),
    F("max_occupancy", U32, max_occupancy),
    F("storage", STRING, storage),
    F("latency_class", STRING, latency_class),
    F("writes", U64, writes),
    F("reads", U64, reads),
    F("bit_flips", U64, bit_flips),
    F("bits_compared", U64, bits_compared),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record_step, field) }
static const weir_field step_fields[] = {
    F("process", STRING, process),
    F("channel", STRING, channel),
    F("full", BOOL, full),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record_stretch, field) }
static const weir_field stretch_fields[] = {
    F("cause", STRING, cause), F("process", STRING, process), F("channel", STRING, channel),
    F("ps", U64, ps),          F("share", REAL, share),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record_path, field) }
static const weir_field path_fields[] = {
    F("ps", U64, ps),
    F("frames", U64, frames),
};
#undef F
#define F(name, type, field)                                                                       \
    { name, WEIR_FIELD_##type, offsetof(weir_record_next, field) }
static const weir_field next_fields[] = {
    F("kind", STRING, kind),       F("process", STRING, process),
    F("channel", STRING, channel), F("then", STRING, then),
    F("from", U64, from),          F("value", U64, value),
    F("frames", U64, frames),      F("interval_ps", U64, interval_ps),
};
#undef F

static json_t *array_of(weir_fields table, const void *items, size_t n, size_t stride) {
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, weir_fields_object(table, (const char *)items + i * stride));
    return array;
}

static json_t *processes_of(const weir_record *record) {
    json_t *array = array_of(TABLE(process_fields), record->processes, record->n_processes,
                             sizeof *record->processes);
    for (uint32_t i = 0; i < record->n_processes; i++)
        json_object_set_new(json_array_get(array, i), "resources",
                            weir_cost_json(&record->processes[i].cost));
    return array;
}

static json_t *channels_of(const weir_record *record) {
    json_t *array = array_of(TABLE(channel_fields), record->channels, record->n_channels,
                             sizeof *record->channels);
    for (uint32_t i = 0; i < record->n_channels; i++)
        json_object_set_new(json_array_get(array, i), "resources",
                            weir_cost_json(&record->channels[i].cost));
    return array;
}

static json_t *deadlock_of(const weir_record *record) {
    if (!record->deadlock.happened) return json_null();
    json_t *object = weir_fields_object(TABLE(deadlock_fields), record);
    json_object_set_new(object, "cycle",
                        array_of(TABLE(step_fields), record->deadlock.steps,
                                 record->deadlock.n_steps, sizeof *record->deadlock.steps));
    return object;
}

static json_t *data_of(const weir_record *record) {
    json_t *object = weir_fields_object(TABLE(data_fields), record);
    json_object_set_new(object, "first_mismatch",
                        record->data.channel == NULL
                            ? json_null()
                            : weir_fields_object(TABLE(mismatch_fields), record));
    return object;
}

static json_t *path_of(const weir_record_path *path) {
    json_t *object = weir_fields_object(TABLE(path_fields), path);
    json_object_set_new(object, "stretches",
                        array_of(TABLE(stretch_fields), path->stretches, path->n_stretches,
                                 sizeof *path->stretches));
    return object;
}

static json_t *critical_of(const weir_record *record) {
    const weir_record_critical *critical = record->critical;
    if (critical == NULL) return json_null();
    return json_pack("{s:o, s:o, s:o}", "latency", path_of(&critical->latency), "interval",
                     path_of(&critical->interval), "next",
                     weir_fields_object(TABLE(next_fields), &critical->next));
}

static json_t *spread_of(const weir_spread *spread) {
    return spread->count == 0 ? json_null() : weir_fields_object(TABLE(spread_fields), spread);
}

void weir_record_json(const weir_record *record, weir_text *out) {
    json_t *root = weir_fields_object(TABLE(run_fields), record);
    json_object_set_new(root, "domains",
                        array_of(TABLE(domain_fields), record->domains, record->n_domains,
                                 sizeof *record->domains));
    json_object_set_new(
        root, "frames",
        array_of(TABLE(frame_fields), record->frames, record->n_frames, sizeof *record->frames));
    json_object_set_new(root, "latency", spread_of(&record->latency));
    json_t *interval = spread_of(&record->interval);
    if (json_is_object(interval))
        json_object_set_new(interval, "steady_ps",
                            json_integer((json_int_t)record->steady_interval_ps));
    json_object_set_new(root, "interval", interval);
    json_object_set_new(root, "data", data_of(record));
    json_object_set_new(root, "accuracy",
                        record->has_accuracy ? weir_fields_object(TABLE(accuracy_fields), record)
                                             : json_null());
    json_object_set_new(root, "deadlock", deadlock_of(record));
    json_object_set_new(root, "processes", processes_of(record));
    json_object_set_new(root, "channels", channels_of(record));
    weir_usage_json(record, root);
    weir_power_json(record, root);
    json_object_set_new(root, "bottleneck",
                        record->bottleneck.process == NULL
                            ? json_null()
                            : weir_fields_object(TABLE(bottleneck_fields), record));
    json_object_set_new(root, "critical", critical_of(record));
    if (record->n_vendor > 0)
        json_object_set_new(root, "vendor", weir_vendor_json(record->vendor, record->n_vendor));
    json_object_set_new(root, "seconds", weir_fields_object(TABLE(seconds_fields), record));
    json_object_set_new(root, "models", weir_fields_object(TABLE(model_fields), record));
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    weir_text_add(out, text);
    weir_text_add(out, "\n");
    free(text);
    json_decref(root);
}

/* Reads array `name` into new memory of the record's arena; 0 items if it is not there. */
static void *read_array(weir_fields table, const json_t *parent, const char *path, const char *name,
                        size_t stride, size_t *n, weir_reading *reading) {
    json_t *array = weir_fields_member(parent, path, name, JSON_ARRAY, reading);
    *n = json_array_size(array);
    char *items = weir_arena_alloc(reading->arena, (*n + 1) * stride);
    for (size_t i = 0; i < *n; i++) {
        char place[128];
        snprintf(place, sizeof place, "%s%s%s[%zu]", path, *path != '\0' ? "." : "", name, i);
        const json_t *item = json_array_get(array, i);
        if (json_is_object(item)) {
            weir_fields_read(table, item, place, items + i * stride, reading);
        } else {
            weir_error(reading->diag, (weir_loc){reading->file, 0}, "%s: an object expected",
                       place);
            reading->failed = true;
        }
    }
    return items;
}

/* A member that is null or an object; NULL for null (and for errors, which are reported). */
static const json_t *optional(const json_t *root, const char *name, weir_reading *reading) {
    if (json_is_null(json_object_get(root, name))) return NULL;
    return weir_fields_member(root, "", name, JSON_OBJECT, reading);
}

static void read_processes(weir_record *record, const json_t *root, weir_reading *reading) {
    size_t n;
    record->processes = read_array(TABLE(process_fields), root, "", "processes",
                                   sizeof *record->processes, &n, reading);
    record->n_processes = (uint32_t)n;
    const json_t *array = json_object_get(root, "processes");
    for (size_t i = 0; i < n; i++) {
        char place[64];
        snprintf(place, sizeof place, "processes[%zu]", i);
        weir_cost_read(json_array_get(array, i), place, &record->processes[i].cost, reading);
    }
}

static void read_channels(weir_record *record, const json_t *root, weir_reading *reading) {
    size_t n;
    record->channels = read_array(TABLE(channel_fields), root, "", "channels",
                                  sizeof *record->channels, &n, reading);
    record->n_channels = (uint32_t)n;
    const json_t *array = json_object_get(root, "channels");
    for (size_t i = 0; i < n; i++) {
        char place[64];
        snprintf(place, sizeof place, "channels[%zu]", i);
        weir_cost_read(json_array_get(array, i), place, &record->channels[i].cost, reading);
    }
}

static void unknown(weir_reading *reading, const char *array, size_t index, const char *key,
                    const char *name) {
    weir_error(reading->diag, (weir_loc){reading->file, 0},
               "%s[%zu].%s: \"%s\" is not in this file", array, index, key, name);
    reading->failed = true;
}

static uint32_t process_index(const weir_record *record, const char *name) {
    uint32_t i = 0;
    while (i < record->n_processes && strcmp(record->processes[i].name, name) != 0)
        i++;
    return i;
}

/* Names to indices, once every field is there. */
static void resolve(weir_record *record, weir_reading *reading) {
    for (uint32_t i = 0; i < record->n_domains; i++) {
        if (record->domains[i].period_ps > 0) continue;
        weir_error(reading->diag, (weir_loc){reading->file, 0},
                   "domains[%u].period_ps: 0, minimum 1", i);
        reading->failed = true;
    }
    for (uint32_t i = 0; i < record->n_processes; i++) {
        weir_record_process *process = &record->processes[i];
        uint32_t d = 0;
        while (d < record->n_domains && strcmp(record->domains[d].name, process->domain_name) != 0)
            d++;
        if (d == record->n_domains)
            unknown(reading, "processes", i, "domain", process->domain_name);
        process->domain = d;
    }
    for (uint32_t i = 0; i < record->n_channels; i++) {
        weir_record_channel *channel = &record->channels[i];
        channel->producer = process_index(record, channel->producer_name);
        channel->consumer = process_index(record, channel->consumer_name);
        if (channel->producer == record->n_processes)
            unknown(reading, "channels", i, "producer", channel->producer_name);
        if (channel->consumer == record->n_processes)
            unknown(reading, "channels", i, "consumer", channel->consumer_name);
    }
    for (uint64_t i = 0; i < record->n_frames; i++) {
        if (record->frames[i].first_in_ps <= record->frames[i].last_out_ps) continue;
        weir_error(reading->diag, (weir_loc){reading->file, 0},
                   "frames[%llu]: last_out_ps is before first_in_ps", (unsigned long long)i);
        reading->failed = true;
    }
}

static void read_path(const json_t *parent, const char *name, weir_record_path *path,
                      weir_reading *reading) {
    char place[64];
    snprintf(place, sizeof place, "critical.%s", name);
    const json_t *object = weir_fields_member(parent, "critical", name, JSON_OBJECT, reading);
    if (object == NULL) return;
    size_t n;
    weir_fields_read(TABLE(path_fields), object, place, path, reading);
    path->stretches = read_array(TABLE(stretch_fields), object, place, "stretches",
                                 sizeof *path->stretches, &n, reading);
    path->n_stretches = (uint32_t)n;
}

static void read_critical(weir_record *record, const json_t *root, weir_reading *reading) {
    const json_t *object = optional(root, "critical", reading);
    if (object == NULL) return;
    weir_record_critical *critical = WEIR_NEW(record->arena, weir_record_critical, 1);
    read_path(object, "latency", &critical->latency, reading);
    read_path(object, "interval", &critical->interval, reading);
    const json_t *next = weir_fields_member(object, "critical", "next", JSON_OBJECT, reading);
    if (next != NULL)
        weir_fields_read(TABLE(next_fields), next, "critical.next", &critical->next, reading);
    record->critical = critical;
}

static void read_outcome(weir_record *record, const json_t *root, weir_reading *reading) {
    const json_t *object = weir_fields_member(root, "", "data", JSON_OBJECT, reading);
    if (object != NULL) {
        weir_fields_read(TABLE(data_fields), object, "data", record, reading);
        const json_t *first = json_object_get(object, "first_mismatch");
        if (json_is_object(first))
            weir_fields_read(TABLE(mismatch_fields), first, "data.first_mismatch", record, reading);
    }
    object = optional(root, "accuracy", reading);
    record->has_accuracy = object != NULL;
    if (object != NULL)
        weir_fields_read(TABLE(accuracy_fields), object, "accuracy", record, reading);
    object = optional(root, "deadlock", reading);
    record->deadlock.happened = object != NULL;
    if (object != NULL) {
        size_t n;
        weir_fields_read(TABLE(deadlock_fields), object, "deadlock", record, reading);
        record->deadlock.steps = read_array(TABLE(step_fields), object, "deadlock", "cycle",
                                            sizeof *record->deadlock.steps, &n, reading);
        record->deadlock.n_steps = (uint32_t)n;
    }
    read_critical(record, root, reading);
    object = weir_fields_member(root, "", "seconds", JSON_OBJECT, reading);
    if (object != NULL) weir_fields_read(TABLE(seconds_fields), object, "seconds", record, reading);
    object = weir_fields_member(root, "", "models", JSON_OBJECT, reading);
    if (object != NULL) weir_fields_read(TABLE(model_fields), object, "models", record, reading);
}

static void read_record(weir_record *record, const json_t *root, weir_reading *reading) {
    size_t n;
    weir_fields_read(TABLE(run_fields), root, "", record, reading);
    record->domains =
        read_array(TABLE(domain_fields), root, "", "domains", sizeof *record->domains, &n, reading);
    record->n_domains = (uint32_t)n;
    record->frames =
        read_array(TABLE(frame_fields), root, "", "frames", sizeof *record->frames, &n, reading);
    record->n_frames = n;
    read_processes(record, root, reading);
    read_channels(record, root, reading);
    weir_device_read(record, root, reading);
    record->vendor = weir_vendor_read(root, &record->n_vendor, reading);
    read_outcome(record, root, reading);
    if (!reading->failed) resolve(record, reading);
}

weir_record *weir_record_load(const char *path, weir_diag *diag) {
    size_t length;
    char *text = weir_file_read(path, &length, diag);
    if (text == NULL) return NULL;
    json_error_t error;
    json_t *root = json_loadb(text, length, 0, &error);
    free(text);
    if (!json_is_object(root)) {
        weir_error(diag, (weir_loc){path, root == NULL ? error.line : 1}, "not a result: %s",
                   root == NULL ? error.text : "an object expected");
        json_decref(root);
        return NULL;
    }
    weir_arena *arena = weir_arena_new();
    weir_record *record = WEIR_NEW(arena, weir_record, 1);
    record->arena = arena;
    weir_reading reading = {path, arena, diag, false};
    read_record(record, root, &reading);
    json_decref(root);
    if (reading.failed) {
        weir_record_free(record);
        return NULL;
    }
    weir_record_analyse(record);
    return record;
}
