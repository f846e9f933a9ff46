#include "report/wave.h"
#include "base/arena.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the playing of one channel is. */
typedef struct cursor {
    const weir_trace_channel *channel;
    uint64_t n_written, n_read;
    uint64_t write_falls, read_falls; /* UINT64_MAX: the strobe is low */
    uint64_t next;                    /* time of the next change */
    uint64_t values[3];
} cursor;

static uint64_t write_ps(const cursor *at) {
    const weir_trace_channel *channel = at->channel;
    if (at->n_written == channel->n_writes) return UINT64_MAX;
    return channel->write_phase_ps + channel->writes[at->n_written] * channel->write_period_ps;
}

static uint64_t read_ps(const cursor *at) {
    const weir_trace_channel *channel = at->channel;
    if (at->n_read == channel->n_reads) return UINT64_MAX;
    return channel->read_phase_ps + channel->reads[at->n_read] * channel->read_period_ps;
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void find_next(cursor *at) {
    at->next = least(least(write_ps(at), read_ps(at)), least(at->write_falls, at->read_falls));
}

/* Everything of one channel at time `at->next`. */
static void play_channel(cursor *at, uint32_t index, const weir_wave_writer *writer) {
    const weir_trace_channel *channel = at->channel;
    uint64_t now = at->next, values[3];
    if (at->write_falls == now) at->write_falls = UINT64_MAX;
    if (at->read_falls == now) at->read_falls = UINT64_MAX;
    for (; write_ps(at) == now; at->n_written++)
        at->write_falls = now + channel->write_period_ps;
    for (; read_ps(at) == now; at->n_read++)
        at->read_falls = now + channel->read_period_ps;
    values[0] = at->write_falls != UINT64_MAX;
    values[1] = at->read_falls != UINT64_MAX;
    values[2] = at->n_written > at->n_read ? at->n_written - at->n_read : 0;
    for (uint32_t i = 0; i < 3; i++)
        if (values[i] != at->values[i]) writer->change(writer->context, 3 * index + i, values[i]);
    memcpy(at->values, values, sizeof values);
    find_next(at);
}

/* Heap of channel indices, the earliest next change on top; equal times in order of index. */
static bool earlier(const cursor *cursors, uint32_t a, uint32_t b) {
    if (cursors[a].next != cursors[b].next) return cursors[a].next < cursors[b].next;
    return a < b;
}

static void sift(uint32_t *heap, uint32_t n, uint32_t at, const cursor *cursors) {
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= n) return;
        if (child + 1 < n && earlier(cursors, heap[child + 1], heap[child])) child++;
        if (!earlier(cursors, heap[child], heap[at])) return;
        uint32_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

void weir_wave_play(const weir_trace *trace, const weir_wave_writer *writer) {
    uint32_t n = trace->n_channels;
    if (n == 0) return;
    cursor *cursors = weir_xcalloc(n, sizeof *cursors);
    uint32_t *heap = weir_xcalloc(n, sizeof *heap);
    for (uint32_t i = 0; i < n; i++) {
        cursors[i] = (cursor){
            .channel = &trace->channels[i], .write_falls = UINT64_MAX, .read_falls = UINT64_MAX};
        find_next(&cursors[i]);
        heap[i] = i;
    }
    for (uint32_t i = n / 2; i-- > 0;)
        sift(heap, n, i, cursors);
    uint64_t now = UINT64_MAX;
    while (cursors[heap[0]].next != UINT64_MAX) {
        uint32_t channel = heap[0];
        if (cursors[channel].next != now) {
            now = cursors[channel].next;
            writer->time(writer->context, now);
        }
        play_channel(&cursors[channel], channel, writer);
        sift(heap, n, 0, cursors);
    }
    free(heap);
    free(cursors);
}

/* VCD: an identifier is the signal's number in base 94, printable characters from '!'. */
static void put_identifier(FILE *file, uint32_t signal) {
    do {
        putc('!' + (int)(signal % 94), file);
        signal /= 94;
    } while (signal > 0);
}

/* Time 0 is in the header. */
static void vcd_time(void *context, uint64_t time_ps) {
    if (time_ps > 0) fprintf(context, "#%llu\n", (unsigned long long)time_ps);
}

static void vcd_change(void *context, uint32_t signal, uint64_t value) {
    FILE *file = context;
    if (signal % 3 != 2) {
        putc(value != 0 ? '1' : '0', file);
    } else {
        int bit = WEIR_OCCUPANCY_BITS - 1;
        while (bit > 0 && (value >> bit & 1) == 0)
            bit--;
        putc('b', file);
        for (; bit >= 0; bit--)
            putc('0' + (int)(value >> bit & 1), file);
        putc(' ', file);
    }
    put_identifier(file, signal);
    putc('\n', file);
}

/* A name ends at a blank. */
static void put_scope(FILE *file, const char *name) {
    fputs("$scope module ", file);
    for (; *name != '\0'; name++)
        putc((unsigned char)*name <= ' ' ? '_' : *name, file);
    fputs(" $end\n", file);
}

static void vcd_header(const weir_trace *trace, FILE *file) {
    static const char *const names[] = {"write", "read", "occupancy"};
    fprintf(file, "$version weir %s $end\n$timescale 1 ps $end\n", WEIR_VERSION_TEXT);
    put_scope(file, trace->design);
    for (uint32_t c = 0; c < trace->n_channels; c++) {
        put_scope(file, trace->channels[c].name);
        for (uint32_t i = 0; i < 3; i++) {
            fprintf(file, "$var wire %d ", i == 2 ? WEIR_OCCUPANCY_BITS : 1);
            put_identifier(file, 3 * c + i);
            fprintf(file, " %s $end\n", names[i]);
        }
        fputs("$upscope $end\n", file);
    }
    fputs("$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n", file);
    for (uint32_t signal = 0; signal < 3 * trace->n_channels; signal++)
        vcd_change(file, signal, 0);
    fputs("$end\n", file);
}

bool weir_wave_vcd(const weir_trace *trace, const char *path, weir_diag *diag) {
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return weir_error(diag, (weir_loc){path, 0}, "cannot be written: %s", strerror(errno));
    vcd_header(trace, file);
    weir_wave_writer writer = {file, vcd_time, vcd_change};
    weir_wave_play(trace, &writer);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        int error = errno;
        remove(path);
        return weir_error(diag, (weir_loc){path, 0}, "cannot be written: %s", strerror(error));
    }
    return true;
}
