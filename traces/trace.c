/* Event trace: the arrays, the file format and the comparison. */
#include "traces/trace.h"
#include "base/arena.h"
#include "traces/packed.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "WEIRTRC1"

weir_trace *weir_trace_new(const char *design, uint32_t n_channels) {
    weir_trace *trace = weir_xcalloc(1, sizeof *trace);
    trace->design = strdup(design);
    trace->n_channels = n_channels;
    trace->channels = weir_xcalloc(n_channels, sizeof *trace->channels);
    for (uint32_t i = 0; i < n_channels; i++)
        trace->channels[i].name = strdup("");
    return trace;
}

void weir_trace_reserve(weir_trace *trace, uint32_t index, const char *name, uint64_t capacity) {
    weir_trace_channel *channel = &trace->channels[index];
    free(channel->name);
    free(channel->writes);
    free(channel->reads);
    *channel = (weir_trace_channel){.name = strdup(name), .capacity = capacity};
    channel->writes = weir_xcalloc(capacity, sizeof *channel->writes);
    channel->reads = weir_xcalloc(capacity, sizeof *channel->reads);
}

void weir_trace_free(weir_trace *trace) {
    if (trace == NULL) return;
    for (uint32_t i = 0; i < trace->n_channels; i++) {
        free(trace->channels[i].name);
        free(trace->channels[i].writes);
        free(trace->channels[i].reads);
    }
    free(trace->channels);
    free(trace->design);
    free(trace);
}

static void put_edges(weir_packed *packed, const uint64_t *edges, uint64_t count) {
    uint64_t last = 0;
    for (uint64_t i = 0; i < count; i++) {
        weir_packed_number(packed, edges[i] - last);
        last = edges[i];
    }
}

bool weir_trace_save(const weir_trace *trace, const char *path, weir_diag *diag) {
    weir_packed plain = {0};
    weir_packed_string(&plain, trace->design);
    weir_packed_number(&plain, trace->n_channels);
    for (uint32_t i = 0; i < trace->n_channels; i++) {
        const weir_trace_channel *channel = &trace->channels[i];
        weir_packed_string(&plain, channel->name);
        weir_packed_number(&plain, channel->write_period_ps);
        weir_packed_number(&plain, channel->write_phase_ps);
        weir_packed_number(&plain, channel->read_period_ps);
        weir_packed_number(&plain, channel->read_phase_ps);
        weir_packed_number(&plain, channel->n_writes);
        weir_packed_number(&plain, channel->n_reads);
    }
    for (uint32_t i = 0; i < trace->n_channels; i++) {
        put_edges(&plain, trace->channels[i].writes, trace->channels[i].n_writes);
        put_edges(&plain, trace->channels[i].reads, trace->channels[i].n_reads);
    }
    bool good = weir_packed_save(&plain, MAGIC, "trace", path, diag);
    free(plain.at);
    return good;
}

static void get_edges(weir_unpack *r, uint64_t *edges, uint64_t count) {
    uint64_t last = 0;
    for (uint64_t i = 0; i < count && !r->bad; i++)
        edges[i] = last += weir_unpack_number(r);
}

static weir_trace *parse(weir_unpack *r) {
    weir_trace *trace = weir_xcalloc(1, sizeof *trace);
    trace->design = weir_unpack_string(r);
    uint64_t channels = weir_unpack_count(r, 7);
    if (channels > UINT32_MAX) r->bad = true;
    trace->n_channels = r->bad ? 0 : (uint32_t)channels;
    trace->channels = weir_xcalloc(trace->n_channels, sizeof *trace->channels);
    for (uint32_t i = 0; i < trace->n_channels; i++) {
        weir_trace_channel *channel = &trace->channels[i];
        channel->name = weir_unpack_string(r);
        channel->write_period_ps = weir_unpack_number(r);
        channel->write_phase_ps = weir_unpack_number(r);
        channel->read_period_ps = weir_unpack_number(r);
        channel->read_phase_ps = weir_unpack_number(r);
        channel->n_writes = weir_unpack_count(r, 1);
        channel->n_reads = weir_unpack_count(r, 1);
        channel->capacity =
            channel->n_writes > channel->n_reads ? channel->n_writes : channel->n_reads;
    }
    for (uint32_t i = 0; i < trace->n_channels && !r->bad; i++) {
        weir_trace_channel *channel = &trace->channels[i];
        channel->writes = weir_xcalloc(channel->capacity, sizeof *channel->writes);
        channel->reads = weir_xcalloc(channel->capacity, sizeof *channel->reads);
        get_edges(r, channel->writes, channel->n_writes);
        get_edges(r, channel->reads, channel->n_reads);
    }
    if (r->offset != r->length) r->bad = true;
    return trace;
}

weir_trace *weir_trace_load(const char *path, weir_diag *diag) {
    weir_packed plain;
    if (!weir_packed_load(&plain, MAGIC, "trace", path, diag)) return NULL;
    weir_unpack r = {.at = plain.at, .length = plain.length};
    weir_trace *trace = parse(&r);
    if (r.bad) {
        weir_error(diag, (weir_loc){path, 0}, "offset %zu of the uncompressed trace: damaged",
                   r.offset);
        weir_trace_free(trace);
        trace = NULL;
    }
    free(plain.at);
    return trace;
}

/* One side (writes or reads) of one channel in one trace. */
typedef struct events {
    const uint64_t *edges;
    uint64_t count, period_ps, phase_ps;
} events;

static uint64_t time_of(const events *e, uint64_t index) {
    return e->phase_ps + e->edges[index] * e->period_ps;
}

/* The earliest difference found so far. */
typedef struct difference {
    bool found;
    uint64_t time_ps;
    char *text;
} difference;

static void compare_events(difference *d, const char *channel, const char *kind, const events *a,
                           const events *b) {
    uint64_t both = a->count < b->count ? a->count : b->count, i = 0;
    while (i < both && time_of(a, i) == time_of(b, i))
        i++;
    if (i == both && a->count == b->count) return;
    bool in_a = i < a->count, in_b = i < b->count;
    uint64_t time_a = in_a ? time_of(a, i) : UINT64_MAX;
    uint64_t time_b = in_b ? time_of(b, i) : UINT64_MAX;
    uint64_t time = time_a < time_b ? time_a : time_b;
    if (d->found && d->time_ps <= time) return;
    char found_a[32] = "none", found_b[32] = "none";
    if (in_a) snprintf(found_a, sizeof found_a, "%" PRIu64 " ps", time_a);
    if (in_b) snprintf(found_b, sizeof found_b, "%" PRIu64 " ps", time_b);
    free(d->text);
    if (asprintf(&d->text, "channel \"%s\": %s %" PRIu64 ": %s against %s", channel, kind, i,
                 found_a, found_b) < 0)
        abort();
    d->found = true;
    d->time_ps = time;
}

static char *sentence(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *sentence(const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text;
    if (vasprintf(&text, format, args) < 0) abort();
    va_end(args);
    return text;
}

char *weir_trace_difference(const weir_trace *a, const weir_trace *b) {
    if (strcmp(a->design, b->design) != 0)
        return sentence("design \"%s\" against \"%s\"", a->design, b->design);
    if (a->n_channels != b->n_channels)
        return sentence("%u channels against %u", a->n_channels, b->n_channels);
    difference first = {0};
    for (uint32_t i = 0; i < a->n_channels; i++) {
        const weir_trace_channel *x = &a->channels[i], *y = &b->channels[i];
        if (strcmp(x->name, y->name) != 0) {
            free(first.text);
            return sentence("channel %u: \"%s\" against \"%s\"", i, x->name, y->name);
        }
        events wx = {x->writes, x->n_writes, x->write_period_ps, x->write_phase_ps};
        events wy = {y->writes, y->n_writes, y->write_period_ps, y->write_phase_ps};
        compare_events(&first, x->name, "write", &wx, &wy);
        events rx = {x->reads, x->n_reads, x->read_period_ps, x->read_phase_ps};
        events ry = {y->reads, y->n_reads, y->read_period_ps, y->read_phase_ps};
        compare_events(&first, x->name, "read", &rx, &ry);
    }
    return first.text;
}
