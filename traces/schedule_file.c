/* Schedule file. Of each schedule: the name, class, stages, ii_cycles, start; the ports with their
 * stages; the sets with their operations, but for set 0, which is empty; then the nodes in preorder:
 * the length, the set where that is 0, and the count.
 */
#include "base/arena.h"
#include "traces/packed.h"
#include "traces/schedule.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#define MAGIC "WEIRSCH1"
#define WHAT "file of schedules"

/* Far above what hardware has, low enough that sums of times fit. */
#define MAX_STAGES (UINT32_C(1) << 24)
#define MAX_CYCLES (UINT64_C(1) << 48)

static void put_stages(weir_packed *out, const uint32_t *stages, uint32_t count) {
    for (uint32_t p = 0; p < count; p++)
        weir_packed_number(out, stages[p]);
}

static void put_schedule(weir_packed *out, const weir_schedule *s) {
    weir_packed_string(out, s->process);
    weir_packed_number(out, s->timing);
    weir_packed_number(out, s->stages);
    weir_packed_number(out, s->ii_cycles);
    weir_packed_number(out, s->start);
    weir_packed_number(out, s->n_inputs);
    weir_packed_number(out, s->n_outputs);
    put_stages(out, s->read_stage, s->n_inputs);
    put_stages(out, s->write_stage, s->n_outputs);
    weir_packed_number(out, s->n_sets);
    for (uint32_t i = 0; i < s->n_sets; i++) {
        const weir_operation *operations = s->operations + s->sets[i].first;
        weir_packed_number(out, s->sets[i].count);
        for (uint32_t o = 0; o < s->sets[i].count; o++) {
            weir_packed_number(out, operations[o].kind);
            weir_packed_number(out, operations[o].port);
        }
    }
    weir_packed_number(out, s->n_preamble);
    weir_packed_number(out, s->n_loops);
    for (uint32_t i = 0; i < s->n_loops; i++) {
        weir_packed_number(out, s->loops[i].length);
        if (s->loops[i].length == 0) weir_packed_number(out, s->loops[i].set);
        weir_packed_number(out, s->loops[i].count);
    }
}

bool weir_schedules_save(const weir_schedule *const *schedules, uint32_t count, const char *path,
                         weir_diag *diag) {
    weir_packed plain = {0};
    weir_packed_number(&plain, count);
    for (uint32_t i = 0; i < count; i++)
        put_schedule(&plain, schedules[i]);
    bool good = weir_packed_save(&plain, MAGIC, WHAT, path, diag);
    free(plain.at);
    return good;
}

/* ------------------------------------------------------------------ loading */

typedef struct loading {
    weir_unpack in;
    const char *process; /* whose schedule is being read */
    weir_loc loc;
    weir_diag *diag;
} loading;

/* The one diagnostic of a file; false. */
static bool refuse(loading *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(loading *l, const char *format, ...) {
    char *what;
    va_list args;
    va_start(args, format);
    if (vasprintf(&what, format, args) < 0) abort();
    va_end(args);
    weir_error(l->diag, l->loc, "offset %zu of the uncompressed schedules: %s%s%s%s", l->in.offset,
               l->process ? "process \"" : "", l->process ? l->process : "",
               l->process ? "\": " : "", what);
    free(what);
    return false;
}

/* A number between `least` and `most`. */
static bool get(loading *l, const char *what, uint64_t least, uint64_t most, uint64_t *value) {
    *value = weir_unpack_number(&l->in);
    if (l->in.bad) return refuse(l, "%s is cut off", what);
    if (*value >= least && *value <= most) return true;
    return refuse(l, "%s %" PRIu64 ", allowed: %" PRIu64 "..%" PRIu64, what, *value, least, most);
}

static bool get32(loading *l, const char *what, uint32_t least, uint32_t most, uint32_t *value) {
    uint64_t wide;
    if (!get(l, what, least, most, &wide)) return false;
    *value = (uint32_t)wide;
    return true;
}

/* A count of things that take at least `size` bytes each. */
static bool get_count(loading *l, const char *what, uint32_t least, size_t size, uint32_t *count) {
    uint64_t room = (l->in.length - l->in.offset) / size;
    return get32(l, what, least, room < UINT32_MAX ? (uint32_t)room : UINT32_MAX, count);
}

static bool get_stages(loading *l, const weir_schedule *s, const char *what, uint32_t *stages,
                       uint32_t count, uint32_t slices) {
    uint32_t most = s->timing == WEIR_LOCKSTEP ? slices : s->stages - 1;
    for (uint32_t p = 0; p < count; p++)
        if (!get32(l, what, 0, most, &stages[p])) return false;
    return true;
}

static bool get_head(loading *l, weir_schedule *s) {
    uint64_t timing;
    s->process = weir_unpack_string(&l->in);
    if (l->in.bad) return refuse(l, "a name is cut off");
    l->process = s->process;
    if (!get(l, "timing class", WEIR_LOCKSTEP, WEIR_FRP, &timing)) return false;
    s->timing = (weir_timing_class)timing;
    bool lockstep = s->timing == WEIR_LOCKSTEP;
    if (!get32(l, "stages", 1, lockstep ? 1 : MAX_STAGES, &s->stages) ||
        !get(l, "ii_cycles", 1, lockstep ? 1 : MAX_CYCLES, &s->ii_cycles) ||
        !get(l, "start", 0, MAX_CYCLES, &s->start) ||
        !get32(l, "inputs", 0, WEIR_GRAPH_PORTS, &s->n_inputs) ||
        !get32(l, "outputs", 0, WEIR_GRAPH_PORTS, &s->n_outputs))
        return false;
    s->read_stage = weir_xcalloc(s->n_inputs, sizeof *s->read_stage);
    s->write_stage = weir_xcalloc(s->n_outputs, sizeof *s->write_stage);
    return get_stages(l, s, "stage of an input", s->read_stage, s->n_inputs, WEIR_DRAINED) &&
           get_stages(l, s, "stage of an output", s->write_stage, s->n_outputs, WEIR_MOST_SLICE);
}

/* The operations of a set, in the order that the builder gives them, each once. */
static bool get_operations(loading *l, weir_schedule *s, uint32_t count, uint32_t *room) {
    if (s->n_operations + count > *room) {
        *room = 2 * *room + count;
        s->operations = weir_xrealloc(s->operations, *room * sizeof *s->operations);
    }
    for (uint32_t o = 0; o < count; o++) {
        uint32_t kind, port;
        uint32_t last = s->timing == WEIR_LOCKSTEP ? WEIR_LEAD : WEIR_RESERVE;
        if (!get32(l, "kind of operation", WEIR_READ, last, &kind)) return false;
        uint32_t ports = kind == WEIR_READ || kind == WEIR_ACQUIRE ? s->n_inputs : s->n_outputs;
        if (ports == 0) return refuse(l, "operation %u on a port, the process has none", kind);
        if (!get32(l, "port", 0, ports - 1, &port)) return false;
        bool input = kind == WEIR_READ || kind == WEIR_ACQUIRE;
        if (input && s->timing == WEIR_LOCKSTEP && s->read_stage[port] == WEIR_DRAINED)
            return refuse(l, "an operation on input %u, whose beats are taken as they come", port);
        weir_operation *added = &s->operations[s->n_operations];
        *added = (weir_operation){(uint16_t)kind, (uint16_t)port};
        if (o > 0 && (added[-1].kind > kind || (added[-1].kind == kind && added[-1].port >= port)))
            return refuse(l, "operations of a set out of order, each comes once");
        s->n_operations++;
    }
    return true;
}

static bool get_sets(loading *l, weir_schedule *s) {
    uint32_t room = 0;
    if (!get_count(l, "sets", 1, 1, &s->n_sets)) return false;
    s->sets = weir_xcalloc(s->n_sets, sizeof *s->sets);
    for (uint32_t i = 0; i < s->n_sets; i++) {
        uint32_t count, first = s->n_operations;
        uint32_t most = i == 0 ? 0 : 2 * s->n_inputs + 4 * s->n_outputs;
        if (!get32(l, "operations of a set", 0, most, &count) ||
            !get_operations(l, s, count, &room))
            return false;
        s->sets[i] = (weir_operation_set){first, count};
    }
    return true;
}

/* Checks nodes first .. end - 1, which are `deep` loops down; their initiations into *total. */
static bool check_nodes(loading *l, const weir_schedule *s, uint32_t first, uint32_t end,
                        uint32_t deep, uint64_t *total) {
    *total = 0;
    for (uint32_t i = first; i < end; i += s->loops[i].length + 1) {
        const weir_loop *node = &s->loops[i];
        uint64_t once = 1;
        if (node->length > end - i - 1)
            return refuse(l, "node %u: length %u, maximum %u", i, node->length, end - i - 1);
        if (node->length > 0) {
            if (deep + 1 > WEIR_SCHEDULE_NESTING)
                return refuse(l, "node %u: nested %u deep, maximum %d", i, deep + 1,
                              WEIR_SCHEDULE_NESTING);
            if (!check_nodes(l, s, i + 1, i + 1 + node->length, deep + 1, &once)) return false;
        }
        if (once > MAX_CYCLES / node->count || *total + once * node->count > MAX_CYCLES)
            return refuse(l, "node %u: the initiations are more than %" PRIu64, i, MAX_CYCLES);
        *total += once * node->count;
    }
    return true;
}

static bool get_nodes(loading *l, weir_schedule *s) {
    uint64_t initiations;
    if (!get_count(l, "nodes of the preamble", 0, 2, &s->n_preamble) ||
        !get_count(l, "nodes", 1, 2, &s->n_loops))
        return false;
    if (s->n_loops <= s->n_preamble)
        return refuse(l, "%u nodes, %u of them the preamble's: the frame has none", s->n_loops,
                      s->n_preamble);
    s->loops = weir_xcalloc(s->n_loops, sizeof *s->loops);
    for (uint32_t i = 0; i < s->n_loops; i++) {
        weir_loop *node = &s->loops[i];
        if (!get32(l, "length of a node", 0, s->n_loops - i - 1, &node->length) ||
            (node->length == 0 && !get32(l, "set", 0, s->n_sets - 1, &node->set)) ||
            !get(l, "count of a node", 1, MAX_CYCLES, &node->count))
            return false;
    }
    return check_nodes(l, s, 0, s->n_preamble, 0, &initiations) &&
           check_nodes(l, s, s->n_preamble, s->n_loops, 0, &initiations);
}

static bool get_all(loading *l, weir_schedule ***schedules, uint32_t *count) {
    if (!get_count(l, "schedules", 0, 12, count)) return false;
    *schedules = weir_xcalloc((size_t)*count + 1, sizeof **schedules);
    for (uint32_t i = 0; i < *count; i++) {
        weir_schedule *s = (*schedules)[i] = weir_xcalloc(1, sizeof *s);
        if (!get_head(l, s) || !get_sets(l, s) || !get_nodes(l, s)) return false;
    }
    l->process = NULL;
    if (l->in.offset == l->in.length) return true;
    return refuse(l, "%zu bytes follow the last one, allowed: none", l->in.length - l->in.offset);
}

weir_schedule **weir_schedules_load(const char *path, uint32_t *count, weir_diag *diag) {
    weir_packed plain;
    weir_schedule **schedules = NULL;
    *count = 0;
    if (!weir_packed_load(&plain, MAGIC, WHAT, path, diag)) return NULL;
    loading l = {.in = {.at = plain.at, .length = plain.length}, .loc = {path, 0}, .diag = diag};
    if (!get_all(&l, &schedules, count)) {
        for (uint32_t i = 0; schedules && i < *count; i++)
            weir_schedule_free(schedules[i]);
        free(schedules);
        schedules = NULL;
        *count = 0;
    }
    free(plain.at);
    return schedules;
}
