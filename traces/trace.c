/* Event trace: the arrays, the file format and the comparison. */
#include "traces/trace.h"
#include "base/arena.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC "WEIRTRC1"
#define MAGIC_BYTES 8
#define CRC_BYTES 4

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

/* A growing run of bytes. */
typedef struct bytes {
    uint8_t *at;
    size_t length, room;
} bytes;

static void reserve(bytes *b, size_t more) {
    if (b->room - b->length >= more) return;
    b->room = b->length + more > 2 * b->room ? b->length + more : 2 * b->room;
    b->at = weir_xrealloc(b->at, b->room);
}

/* Seven bits a byte, lowest first, the top bit says that more follow. */
static void put_varint(bytes *b, uint64_t value) {
    reserve(b, 10);
    while (value >= 0x80) {
        b->at[b->length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    b->at[b->length++] = (uint8_t)value;
}

static void put_string(bytes *b, const char *text) {
    size_t length = text ? strlen(text) : 0;
    put_varint(b, length);
    reserve(b, length);
    if (length > 0) memcpy(b->at + b->length, text, length);
    b->length += length;
}

static void put_edges(bytes *b, const uint64_t *edges, uint64_t count) {
    uint64_t last = 0;
    for (uint64_t i = 0; i < count; i++) {
        put_varint(b, edges[i] - last);
        last = edges[i];
    }
}

bool weir_trace_save(const weir_trace *trace, const char *path, weir_diag *diag) {
    bytes plain = {0};
    put_string(&plain, trace->design);
    put_varint(&plain, trace->n_channels);
    for (uint32_t i = 0; i < trace->n_channels; i++) {
        const weir_trace_channel *channel = &trace->channels[i];
        put_string(&plain, channel->name);
        put_varint(&plain, channel->write_period_ps);
        put_varint(&plain, channel->write_phase_ps);
        put_varint(&plain, channel->read_period_ps);
        put_varint(&plain, channel->read_phase_ps);
        put_varint(&plain, channel->n_writes);
        put_varint(&plain, channel->n_reads);
    }
    for (uint32_t i = 0; i < trace->n_channels; i++) {
        put_edges(&plain, trace->channels[i].writes, trace->channels[i].n_writes);
        put_edges(&plain, trace->channels[i].reads, trace->channels[i].n_reads);
    }
    uLongf packed = compressBound(plain.length);
    uint8_t *file = weir_xcalloc(MAGIC_BYTES + packed + CRC_BYTES, 1);
    memcpy(file, MAGIC, MAGIC_BYTES);
    bool good = compress2(file + MAGIC_BYTES, &packed, plain.at, plain.length, 6) == Z_OK;
    uLong crc = crc32_z(crc32_z(0, NULL, 0), plain.at, plain.length);
    for (int i = 0; i < CRC_BYTES; i++)
        file[MAGIC_BYTES + packed + (size_t)i] = (uint8_t)(crc >> (8 * i));
    if (good)
        good = weir_file_write(path, file, MAGIC_BYTES + packed + CRC_BYTES, diag);
    else
        weir_error(diag, (weir_loc){path, 0}, "cannot compress the trace");
    free(file);
    free(plain.at);
    return good;
}

/* What is being read, and how far; `bad` once anything did not fit. */
typedef struct reader {
    const uint8_t *at;
    size_t length, offset;
    bool bad;
} reader;

static uint64_t get_varint(reader *r) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && r->offset < r->length; shift += 7) {
        uint8_t byte = r->at[r->offset++];
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    r->bad = true;
    return 0;
}

/* A count of things that take at least `size` bytes each of what is left. */
static uint64_t get_count(reader *r, size_t size) {
    uint64_t count = get_varint(r);
    if (count > (r->length - r->offset) / size) r->bad = true;
    return r->bad ? 0 : count;
}

static char *get_string(reader *r) {
    size_t length = get_count(r, 1);
    char *text = weir_xcalloc(length + 1, 1);
    memcpy(text, r->at + r->offset, length);
    r->offset += length;
    return text;
}

static void get_edges(reader *r, uint64_t *edges, uint64_t count) {
    uint64_t last = 0;
    for (uint64_t i = 0; i < count && !r->bad; i++)
        edges[i] = last += get_varint(r);
}

static weir_trace *parse(reader *r) {
    weir_trace *trace = weir_xcalloc(1, sizeof *trace);
    trace->design = get_string(r);
    uint64_t channels = get_count(r, 7);
    if (channels > UINT32_MAX) r->bad = true;
    trace->n_channels = r->bad ? 0 : (uint32_t)channels;
    trace->channels = weir_xcalloc(trace->n_channels, sizeof *trace->channels);
    for (uint32_t i = 0; i < trace->n_channels; i++) {
        weir_trace_channel *channel = &trace->channels[i];
        channel->name = get_string(r);
        channel->write_period_ps = get_varint(r);
        channel->write_phase_ps = get_varint(r);
        channel->read_period_ps = get_varint(r);
        channel->read_phase_ps = get_varint(r);
        channel->n_writes = get_count(r, 1);
        channel->n_reads = get_count(r, 1);
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

/* Inflates the whole stream into `plain`; *used is its length in the file. Returns zlib's code. */
static int inflate_all(const uint8_t *packed, size_t length, bytes *plain, size_t *used) {
    z_stream z = {0};
    int code = inflateInit(&z);
    *used = 0;
    while (code == Z_OK) {
        size_t chunk = length - *used < (1u << 30) ? length - *used : 1u << 30;
        reserve(plain, 1 << 16);
        size_t room = plain->room - plain->length;
        if (room > 1u << 30) room = 1u << 30;
        z.next_in = (Bytef *)(uintptr_t)(packed + *used);
        z.avail_in = (uInt)chunk;
        z.next_out = plain->at + plain->length;
        z.avail_out = (uInt)room;
        code = inflate(&z, Z_NO_FLUSH);
        *used += chunk - z.avail_in;
        plain->length += room - z.avail_out;
    }
    inflateEnd(&z);
    return code;
}

static uint32_t stored_crc(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

weir_trace *weir_trace_load(const char *path, weir_diag *diag) {
    weir_loc loc = {path, 0};
    size_t length, used = 0;
    uint8_t *file = (uint8_t *)weir_file_read(path, &length, diag);
    if (file == NULL) return NULL;
    bytes plain = {0};
    weir_trace *trace = NULL;
    if (length < MAGIC_BYTES || memcmp(file, MAGIC, MAGIC_BYTES) != 0) {
        weir_error(diag, loc, "offset 0: not a trace, must begin with \"" MAGIC "\"");
        goto done;
    }
    int code = inflate_all(file + MAGIC_BYTES, length - MAGIC_BYTES, &plain, &used);
    used += MAGIC_BYTES;
    if (code == Z_BUF_ERROR || (code == Z_STREAM_END && length - used < CRC_BYTES)) {
        weir_error(diag, loc, "offset %zu: the trace is truncated", length);
    } else if (code != Z_STREAM_END) {
        weir_error(diag, loc, "offset %zu: the trace is damaged", used);
    } else if (length - used > CRC_BYTES) {
        weir_error(diag, loc, "offset %zu: %zu bytes follow the trace, allowed: none",
                   used + CRC_BYTES, length - used - CRC_BYTES);
    } else if (crc32_z(crc32_z(0, NULL, 0), plain.at, plain.length) != stored_crc(file + used)) {
        weir_error(diag, loc, "offset %zu: the checksum does not match, the trace is damaged",
                   used);
    } else {
        reader r = {.at = plain.at, .length = plain.length};
        trace = parse(&r);
        if (r.bad) {
            weir_error(diag, loc, "offset %zu of the uncompressed trace: damaged", r.offset);
            weir_trace_free(trace);
            trace = NULL;
        }
    }
done:
    free(plain.at);
    free(file);
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
