/* Capture: events of every port in cycles, the cycle from which they repeat, and the program of both
 * parts.
 *
 * Of a port with b beats a frame the events are t[0], t[1], ... without end; of some on, t[j + b] is
 * t[j] + period. They are kept up to there, `kept` of them. The program repeats from cycle c on if
 * no event from c on lacks its fellow one period later, or, from c + period on, one period earlier.
 */
#include "traces/capture.h"
#include "base/arena.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct port {
    weir_operation operation;
    uint64_t beats, kept; /* kept at least beats */
    int64_t *at;          /* cycles */
} port;

typedef struct events {
    uint32_t n_inputs, n_outputs, n_ports;
    int64_t period;
    port *ports; /* inputs, then outputs, then waits of inputs: room for all of them */
} events;

static events events_new(uint32_t n_inputs, uint32_t n_outputs) {
    return (events){.n_inputs = n_inputs,
                    .n_outputs = n_outputs,
                    .ports = weir_xcalloc(2 * n_inputs + n_outputs + 1, sizeof(port))};
}

static void events_free(events *e) {
    for (uint32_t p = 0; p < e->n_ports; p++)
        free(e->ports[p].at);
    free(e->ports);
}

static int64_t event(const events *e, const port *p, uint64_t index) {
    int64_t rounds = 0;
    if (index >= p->kept) {
        rounds = (int64_t)((index - p->kept) / p->beats + 1);
        index -= (uint64_t)rounds * p->beats;
    }
    return p->at[index] + rounds * e->period;
}

static int64_t first_event(const events *e) {
    int64_t first = INT64_MAX;
    for (uint32_t p = 0; p < e->n_ports; p++)
        if (e->ports[p].at[0] < first) first = e->ports[p].at[0];
    return first;
}

/* The cycle from which the program repeats. */
static int64_t repeats_from(const events *e) {
    int64_t from = first_event(e);
    for (uint32_t i = 0; i < e->n_ports; i++) {
        const port *p = &e->ports[i];
        int64_t last = p->at[p->beats - 1] - e->period; /* the last without a fellow before it */
        uint64_t j = p->kept - p->beats;
        while (j > 0 && p->at[j - 1] + e->period == p->at[j - 1 + p->beats])
            j--;
        if (j > 0 && p->at[j - 1] > last) last = p->at[j - 1];
        if (j > 0 && p->at[j - 1 + p->beats] - e->period > last)
            last = p->at[j - 1 + p->beats] - e->period;
        if (last >= from) from = last + 1;
    }
    return from;
}

/* ------------------------------------------------------------------ events to program */

typedef struct writing {
    const events *events;
    weir_schedule_builder *builder;
    uint64_t *next; /* event of each port */
    int64_t ii;
    uint32_t *due, n_due; /* ports with an event in the cycle that is written */
    uint32_t last_set;    /* of the ports in `last`, not to be looked up again */
    uint32_t *last, n_last;
    weir_operation *operations;
} writing;

static uint32_t set_of(writing *w) {
    if (w->n_due == w->n_last && memcmp(w->due, w->last, w->n_due * sizeof *w->due) == 0)
        return w->last_set;
    for (uint32_t i = 0; i < w->n_due; i++)
        w->operations[i] = w->events->ports[w->due[i]].operation;
    memcpy(w->last, w->due, w->n_due * sizeof *w->due);
    w->n_last = w->n_due;
    w->last_set = weir_schedule_set(w->builder, w->operations, w->n_due);
    return w->last_set;
}

/* Adds the initiations of cycles first .. end - 1. */
static void write_cycles(writing *w, int64_t first, int64_t end) {
    const events *e = w->events;
    while (first < end) {
        int64_t at = end;
        w->n_due = 0;
        for (uint32_t p = 0; p < e->n_ports; p++) {
            int64_t next = event(e, &e->ports[p], w->next[p]);
            if (next < at) at = next, w->n_due = 0;
            if (next == at && at < end) w->due[w->n_due++] = p;
        }
        weir_schedule_add(w->builder, 0, (uint64_t)((at - first) / w->ii));
        if (w->n_due == 0) return;
        weir_schedule_add(w->builder, set_of(w), 1);
        for (uint32_t i = 0; i < w->n_due; i++)
            w->next[w->due[i]]++;
        first = at + w->ii;
    }
}

static weir_schedule *program(const events *e, const char *process, uint64_t ii_cycles) {
    int64_t ii = (int64_t)ii_cycles, first = first_event(e), from = repeats_from(e);
    from = first + (from - first + ii - 1) / ii * ii;
    writing w = {.events = e,
                 .builder = weir_schedule_builder_new(process, e->n_inputs, e->n_outputs),
                 .ii = ii};
    w.next = weir_xcalloc(e->n_ports + 1, sizeof *w.next);
    w.due = weir_xcalloc(e->n_ports + 1, sizeof *w.due);
    w.last = weir_xcalloc(e->n_ports + 1, sizeof *w.last);
    w.operations = weir_xcalloc(e->n_ports + 1, sizeof *w.operations);
    write_cycles(&w, first, from);
    weir_schedule_end_preamble(w.builder);
    write_cycles(&w, from, from + e->period);
    free(w.next);
    free(w.due);
    free(w.last);
    free(w.operations);
    weir_schedule *schedule = weir_schedule_build(w.builder);
    schedule->start = (uint64_t)first;
    return schedule;
}

/* ------------------------------------------------------------------ from a trace */

static bool check_port(const char *process, const char *kind, uint32_t index,
                       const weir_capture_port *from, uint64_t frames, weir_diag *diag) {
    if (from->count == 0 || from->count % frames != 0)
        return weir_error(diag, WEIR_NOWHERE,
                          "process \"%s\": %s %u: %" PRIu64 " beats in %" PRIu64
                          " frames, must be a multiple of the frames",
                          process, kind, index, from->count, frames);
    for (uint64_t j = 0; j < from->count; j++)
        if (from->edges[j] > INT64_MAX / 4 || (j > 0 && from->edges[j] <= from->edges[j - 1]))
            return weir_error(diag, WEIR_NOWHERE,
                              "process \"%s\": %s %u: beat %" PRIu64 " at edge %" PRIu64
                              ", must come after the one before",
                              process, kind, index, j, from->edges[j]);
    return true;
}

/* All frames after the first must be as far apart, in every beat. */
static bool check_frames(const char *process, const char *kind, uint32_t index,
                         const weir_capture_port *from, uint64_t frames, uint64_t period,
                         weir_diag *diag) {
    uint64_t beats = from->count / frames;
    for (uint64_t j = beats; j + beats < from->count; j++)
        if (from->edges[j + beats] - from->edges[j] != period)
            return weir_error(diag, WEIR_NOWHERE,
                              "process \"%s\": %s %u: beat %" PRIu64 " of frame %" PRIu64
                              " comes %" PRIu64 " cycles after that of the frame before, must be "
                              "%" PRIu64 ": frames are not alike",
                              process, kind, index, j % beats, j / beats + 1,
                              from->edges[j + beats] - from->edges[j], period);
    return true;
}

static void take_port(events *e, weir_operation operation, const weir_capture_port *from,
                      uint64_t frames) {
    port *p = &e->ports[e->n_ports++];
    uint64_t beats = from->count / frames;
    *p = (port){operation, beats, 2 * beats, weir_xcalloc(2 * beats, sizeof *p->at)};
    for (uint64_t j = 0; j < p->kept; j++)
        p->at[j] = (int64_t)from->edges[j];
}

weir_schedule *weir_capture(const char *process, const weir_capture_port *inputs, uint32_t n_inputs,
                            const weir_capture_port *outputs, uint32_t n_outputs, uint64_t frames,
                            weir_diag *diag) {
    if (frames < 3 || n_inputs + n_outputs == 0 || n_inputs > WEIR_GRAPH_PORTS ||
        n_outputs > WEIR_GRAPH_PORTS) {
        weir_error(diag, WEIR_NOWHERE,
                   "process \"%s\": %" PRIu64 " frames of %u inputs and %u outputs to capture; at "
                   "least 3 frames, 1 port, at most %d ports each",
                   process, frames, n_inputs, n_outputs, WEIR_GRAPH_PORTS);
        return NULL;
    }
    bool good = true;
    for (uint32_t p = 0; p < n_inputs; p++)
        good = check_port(process, "input", p, &inputs[p], frames, diag) && good;
    for (uint32_t q = 0; q < n_outputs; q++)
        good = check_port(process, "output", q, &outputs[q], frames, diag) && good;
    if (!good) return NULL;
    const weir_capture_port *any = n_inputs > 0 ? &inputs[0] : &outputs[0];
    uint64_t beats = any->count / frames, period = any->edges[2 * beats] - any->edges[beats];
    for (uint32_t p = 0; p < n_inputs; p++)
        good = check_frames(process, "input", p, &inputs[p], frames, period, diag) && good;
    for (uint32_t q = 0; q < n_outputs; q++)
        good = check_frames(process, "output", q, &outputs[q], frames, period, diag) && good;
    if (!good) return NULL;
    events e = events_new(n_inputs, n_outputs);
    e.period = (int64_t)period;
    for (uint32_t p = 0; p < n_inputs; p++)
        take_port(&e, (weir_operation){WEIR_READ, (uint16_t)p}, &inputs[p], frames);
    for (uint32_t q = 0; q < n_outputs; q++)
        take_port(&e, (weir_operation){WEIR_WRITE, (uint16_t)q}, &outputs[q], frames);
    weir_schedule *schedule = program(&e, process, 1);
    events_free(&e);
    return schedule;
}

/* ------------------------------------------------------------------ as another class */

#define NO_PORT UINT32_MAX

/* The number of an operation's port among the events; NO_PORT: it is of a kind that has none. */
static uint32_t port_of(const weir_schedule *s, weir_operation o) {
    return o.kind == WEIR_READ      ? o.port
           : o.kind == WEIR_WRITE   ? s->n_inputs + o.port
           : o.kind == WEIR_ACQUIRE ? s->n_inputs + s->n_outputs + o.port
                                    : NO_PORT;
}

/* Drops the ports, at the end, that have no events, and puts what has some in their place. */
static void drop_empty(events *e, uint32_t from) {
    uint32_t kept = from;
    for (uint32_t p = from; p < e->n_ports; p++) {
        if (e->ports[p].beats > 0)
            e->ports[kept++] = e->ports[p];
        else
            free(e->ports[p].at);
    }
    e->n_ports = kept;
}

/* The port's operations, none so far; false where they are of another kind. */
static bool make_ports(const weir_schedule *s, events *e) {
    e->n_ports = 2 * s->n_inputs + s->n_outputs;
    for (uint32_t i = 0; i < s->n_operations; i++) {
        weir_operation o = s->operations[i];
        uint32_t p = port_of(s, o);
        if (p == NO_PORT) return false;
        port *made = &e->ports[p];
        if (made->at != NULL) continue;
        made->operation = o;
        made->beats = weir_schedule_count(s, o.kind, o.port, false);
        uint64_t all = made->beats + weir_schedule_count(s, o.kind, o.port, true);
        made->at = weir_xcalloc(all + 1, sizeof *made->at);
    }
    for (uint32_t p = 0; p < s->n_inputs + s->n_outputs; p++)
        if (e->ports[p].beats == 0) return false;
    return true;
}

/* The events of a captured program, writes `earlier` cycles before their time; false where it has
 * operations of another kind. */
static bool events_of(const weir_schedule *s, int64_t earlier, events *e) {
    *e = events_new(s->n_inputs, s->n_outputs);
    e->period = (int64_t)weir_schedule_initiations(s);
    if (!make_ports(s, e)) return false;
    uint64_t cycles = 0, initiations, end = weir_schedule_before(s) + (uint64_t)e->period;
    weir_schedule_walk *walk = weir_schedule_walk_new(s);
    while (cycles < end) {
        uint32_t set = weir_schedule_walk_next(walk, &initiations);
        const weir_operation *operations = s->operations + s->sets[set].first;
        for (uint32_t o = 0; o < s->sets[set].count; o++) {
            bool write = operations[o].kind == WEIR_WRITE;
            port *p = &e->ports[port_of(s, operations[o])];
            for (uint64_t n = 0; n < initiations; n++)
                p->at[p->kept++] = (int64_t)(s->start + cycles + n) - (write ? earlier : 0);
        }
        cycles += initiations;
    }
    weir_schedule_walk_free(walk);
    drop_empty(e, s->n_inputs + s->n_outputs);
    return true;
}

/* Every operation, and the period, at a multiple of ii from the first. */
static bool on_initiations(const events *e, int64_t ii) {
    int64_t first = first_event(e);
    if (e->period % ii != 0) return false;
    for (uint32_t i = 0; i < e->n_ports; i++)
        for (uint64_t j = 0; j < e->ports[i].kept; j++)
            if ((e->ports[i].at[j] - first) % ii != 0) return false;
    return true;
}

weir_schedule *weir_capture_as(const weir_schedule *captured, weir_timing_class timing,
                               uint32_t stages, uint64_t ii_cycles) {
    bool lockstep = timing == WEIR_LOCKSTEP;
    if (captured->timing != WEIR_LOCKSTEP || timing == WEIR_UNKNOWN || stages == 0 ||
        ii_cycles == 0 || ii_cycles > INT64_MAX || (lockstep && (stages > 1 || ii_cycles > 1)))
        return NULL;
    events e;
    weir_schedule *schedule = NULL;
    if (events_of(captured, stages - 1, &e) && first_event(&e) >= 0 &&
        on_initiations(&e, (int64_t)ii_cycles)) {
        schedule = program(&e, captured->process, ii_cycles);
        schedule->timing = timing;
        schedule->stages = stages;
        schedule->ii_cycles = ii_cycles;
        for (uint32_t q = 0; q < schedule->n_outputs; q++)
            schedule->write_stage[q] = stages - 1;
    }
    events_free(&e);
    return schedule;
}

/* ------------------------------------------------------------------ waits */

/* Sets are of the first 64 ports. */
static bool is_in(uint64_t set, uint32_t port) {
    return port < 64 && (set >> port & 1) != 0;
}

weir_schedule *weir_capture_waiting(const weir_schedule *captured, uint64_t inputs,
                                    uint64_t outputs, weir_operation_kind kind, uint64_t after) {
    events e = {0};
    weir_schedule *schedule = NULL;
    bool good = inputs != 0 && events_of(captured, 0, &e) &&
                e.n_ports == e.n_inputs + e.n_outputs && after > 0 && after < (uint64_t)e.period;
    for (uint32_t i = 0; good && i < e.n_inputs; i++) {
        if (!is_in(inputs, i)) continue;
        const port *reads = &e.ports[i];
        port *waits = &e.ports[e.n_ports++];
        *waits = (port){{WEIR_ACQUIRE, (uint16_t)i},
                        reads->beats,
                        reads->kept,
                        weir_xcalloc(reads->kept, sizeof *waits->at)};
        for (uint64_t j = 0; j < reads->kept; j++)
            waits->at[j] = reads->at[j] - e.period + (int64_t)after;
        good = reads->beats == 1;
    }
    for (uint32_t q = 0; good && q < e.n_outputs; q++) {
        if (!is_in(outputs, q)) continue;
        port *posts = &e.ports[e.n_inputs + q];
        posts->operation.kind = (uint16_t)kind;
        /* In the first frame it may have come before the rest of its cycle. */
        const port *waits = &e.ports[e.n_ports - 1];
        good = posts->beats == 1 && event(&e, posts, 1) == event(&e, waits, 1);
        if (posts->at[0] < waits->at[0]) posts->at[0] = waits->at[0];
    }
    if (good && first_event(&e) >= 0) schedule = program(&e, captured->process, 1);
    events_free(&e);
    return schedule;
}
