/* Schedule: the builder that finds the repeats, counting, the walk and the dump.
 *
 * The builder keeps the program so far as a list of trees (runs and loops) and folds its end after
 * each run that is complete: if the last k nodes equal the body of the loop before them, the loop
 * does one more round; if they equal the k nodes before them, both become a loop of two. What is
 * folded may fold again, which is how loops nest. While a loop's next round is coming in just as
 * the last ones did, its runs are only compared (the cursor), not appended: a frame of millions of
 * runs costs a comparison for each.
 */
#include "traces/schedule.h"
#include "base/arena.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The longest body that is looked for: a run's cost without a cursor rises with it. */
#define LONGEST_BODY 64

typedef struct node {
    uint64_t count;
    uint64_t hash; /* of set and body; the count is not in it */
    struct node *body;
    uint32_t set, length; /* nodes of the body; 0: a run */
} node;

/* Where the next round of the last loop stands: one level for each loop that it is in. */
typedef struct level {
    const node *loop;
    uint32_t at;   /* node of its body that comes next */
    uint64_t done; /* its rounds before this one; of the last loop of the list: 0 */
} level;

typedef struct nodes {
    node *at;
    uint32_t count, room;
} nodes;

struct weir_schedule_builder {
    weir_schedule *schedule;
    nodes preamble, list; /* what came before the frame; what is being built */
    level cursor[WEIR_SCHEDULE_NESTING];
    uint32_t levels;  /* 0: no round is under way */
    uint64_t pending; /* initiations with `pending_set`: the run may go on */
    uint32_t pending_set;
    uint32_t operation_room, set_room;
};

weir_schedule_builder *weir_schedule_builder_new(const char *process, uint32_t n_inputs,
                                                 uint32_t n_outputs) {
    weir_schedule_builder *builder = weir_xcalloc(1, sizeof *builder);
    weir_schedule *schedule = weir_xcalloc(1, sizeof *schedule);
    builder->schedule = schedule;
    *schedule = (weir_schedule){.process = strdup(process),
                                .timing = WEIR_LOCKSTEP,
                                .stages = 1,
                                .ii_cycles = 1,
                                .n_inputs = n_inputs,
                                .n_outputs = n_outputs,
                                .n_sets = 1};
    schedule->read_stage = weir_xcalloc(n_inputs, sizeof *schedule->read_stage);
    schedule->write_stage = weir_xcalloc(n_outputs, sizeof *schedule->write_stage);
    builder->set_room = 16;
    schedule->sets = weir_xcalloc(builder->set_room, sizeof *schedule->sets);
    return builder;
}

/* ------------------------------------------------------------------ sets */

static int by_kind_and_port(const void *a, const void *b) {
    const weir_operation *x = a, *y = b;
    return x->kind != y->kind ? x->kind - y->kind : x->port - y->port;
}

static uint32_t set_of(weir_schedule_builder *builder, const weir_operation *sorted,
                       uint32_t count) {
    weir_schedule *s = builder->schedule;
    for (uint32_t i = 0; i < s->n_sets; i++)
        if (s->sets[i].count == count && (count == 0 || !memcmp(&s->operations[s->sets[i].first],
                                                                sorted, count * sizeof *sorted)))
            return i;
    if (s->n_sets == builder->set_room) {
        builder->set_room *= 2;
        s->sets = weir_xrealloc(s->sets, builder->set_room * sizeof *s->sets);
    }
    while (s->n_operations + count > builder->operation_room) {
        builder->operation_room = 2 * builder->operation_room + 16;
        s->operations =
            weir_xrealloc(s->operations, builder->operation_room * sizeof *s->operations);
    }
    memcpy(s->operations + s->n_operations, sorted, count * sizeof *sorted);
    s->sets[s->n_sets] = (weir_operation_set){s->n_operations, count};
    s->n_operations += count;
    return s->n_sets++;
}

uint32_t weir_schedule_set(weir_schedule_builder *builder, const weir_operation *operations,
                           uint32_t count) {
    if (count == 0) return 0;
    weir_operation *sorted = weir_xcalloc(count, sizeof *sorted);
    memcpy(sorted, operations, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_kind_and_port);
    uint32_t different = 1;
    for (uint32_t i = 1; i < count; i++)
        if (by_kind_and_port(&sorted[i - 1], &sorted[i]) != 0) sorted[different++] = sorted[i];
    for (uint32_t i = 0; i < different; i++) {
        bool reads = sorted[i].kind == WEIR_READ || sorted[i].kind == WEIR_ACQUIRE;
        assert(sorted[i].port <
               (reads ? builder->schedule->n_inputs : builder->schedule->n_outputs));
        (void)reads;
    }
    uint32_t set = set_of(builder, sorted, different);
    free(sorted);
    return set;
}

/* ------------------------------------------------------------------ folding */

/* One round of splitmix64's finaliser (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t hash_of(uint32_t set, const node *body, uint32_t length) {
    uint64_t hash = mix(set + UINT64_C(1));
    for (uint32_t i = 0; i < length; i++)
        hash = mix(hash ^ mix(body[i].hash + body[i].count));
    return hash;
}

static bool equal(const node *a, const node *b, uint32_t count);

/* Equal but for how often. */
static bool alike(const node *a, const node *b) {
    return a->hash == b->hash && a->set == b->set && a->length == b->length &&
           equal(a->body, b->body, a->length);
}

static bool equal(const node *a, const node *b, uint32_t count) {
    for (uint32_t i = count; i-- > 0;)
        if (a[i].count != b[i].count || !alike(&a[i], &b[i])) return false;
    return true;
}

static void drop(node *at, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        drop(at[i].body, at[i].length);
        free(at[i].body);
    }
}

static void push(nodes *list, node added) {
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 64;
        list->at = weir_xrealloc(list->at, list->room * sizeof *list->at);
    }
    list->at[list->count++] = added;
}

/* The last `k` nodes are one more round of the loop before them. */
static bool extends(const nodes *list, uint32_t k) {
    if (list->count < k + 1) return false;
    const node *loop = &list->at[list->count - k - 1];
    return loop->length == k && equal(loop->body, loop + 1, k);
}

/* The last `k` nodes are those before them. */
static bool repeats(const nodes *list, uint32_t k) {
    if (list->count < 2 * k) return false;
    const node *last = &list->at[list->count - k];
    return equal(last - k, last, k);
}

/* Makes the last 2k nodes a loop of two rounds. */
static void make_loop(nodes *list, uint32_t k) {
    list->count -= k;
    drop(list->at + list->count, k);
    list->count -= k;
    node loop = {.count = 2, .length = k, .body = weir_xcalloc(k, sizeof(node))};
    memcpy(loop.body, list->at + list->count, k * sizeof(node));
    loop.hash = hash_of(0, loop.body, k);
    push(list, loop);
}

/* Folds the end of the list once; false when there is nothing to fold. */
static bool fold(nodes *list) {
    node *last = &list->at[list->count - 1];
    if (list->count >= 2 && alike(last - 1, last)) {
        last[-1].count += last->count;
        drop(last, 1);
        list->count--;
        return true;
    }
    for (uint32_t k = 1; k <= LONGEST_BODY && k < list->count; k++) {
        const node *before = last - k;
        if (before->length == k && extends(list, k)) {
            list->at[list->count - 1 - k].count++;
            list->count -= k;
            drop(list->at + list->count, k);
            return true;
        }
        if (before->hash == last->hash && repeats(list, k)) {
            make_loop(list, k);
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ the cursor */

static void start_cursor(weir_schedule_builder *builder) {
    const nodes *list = &builder->list;
    const node *loop = &list->at[list->count - 1];
    builder->levels = 0;
    while (loop->length > 0 && builder->levels < WEIR_SCHEDULE_NESTING) {
        builder->cursor[builder->levels++] = (level){.loop = loop};
        loop = loop->body;
    }
    if (loop->length > 0) builder->levels = 0;
}

/* Goes on after the run that just came; true when a round of the outermost loop is complete. */
static bool move_cursor(weir_schedule_builder *builder) {
    while (builder->levels > 0) {
        level *top = &builder->cursor[builder->levels - 1];
        if (++top->at < top->loop->length) break;
        if (builder->levels == 1) return true;
        top->at = 0;
        if (++top->done < top->loop->count) break;
        builder->levels--;
    }
    for (;;) {
        const level *top = &builder->cursor[builder->levels - 1];
        const node *next = &top->loop->body[top->at];
        if (next->length == 0) return false;
        builder->cursor[builder->levels++] = (level){.loop = next};
    }
}

static node copied(const node *from) {
    node copy = *from;
    if (copy.length == 0) return copy;
    copy.body = weir_xcalloc(copy.length, sizeof *copy.body);
    for (uint32_t i = 0; i < copy.length; i++)
        copy.body[i] = copied(&from->body[i]);
    return copy;
}

static void append(nodes *list, node added) {
    push(list, added);
    while (fold(list)) {
    }
}

/* The round that was under way ends otherwise: what came of it becomes nodes of the list. */
static void end_cursor(weir_schedule_builder *builder) {
    uint32_t levels = builder->levels, n = 0;
    nodes came = {0};
    builder->levels = 0;
    for (uint32_t l = 0; l < levels; l++) {
        const level *at = &builder->cursor[l];
        if (at->done > 0) {
            push(&came, copied(at->loop));
            came.at[came.count - 1].count = at->done;
            if (at->done == 1) { /* a loop of one round is its body */
                node loop = came.at[--came.count];
                for (uint32_t i = 0; i < loop.length; i++)
                    push(&came, loop.body[i]);
                free(loop.body);
            }
        }
        for (uint32_t i = 0; i < at->at; i++)
            push(&came, copied(&at->loop->body[i]));
    }
    for (n = 0; n < came.count; n++)
        append(&builder->list, came.at[n]);
    free(came.at);
}

/* A run that is complete. */
static void add_run(weir_schedule_builder *builder, uint32_t set, uint64_t count) {
    nodes *list = &builder->list;
    if (builder->levels > 0) {
        const level *top = &builder->cursor[builder->levels - 1];
        const node *next = &top->loop->body[top->at];
        if (next->set == set && next->count == count) {
            if (!move_cursor(builder)) return;
            list->at[list->count - 1].count++;
            while (fold(list)) {
            }
            start_cursor(builder);
            return;
        }
        end_cursor(builder);
    }
    append(list, (node){.count = count, .set = set, .hash = hash_of(set, NULL, 0)});
    start_cursor(builder);
}

static void flush(weir_schedule_builder *builder) {
    if (builder->pending > 0) add_run(builder, builder->pending_set, builder->pending);
    builder->pending = 0;
    if (builder->levels > 0) end_cursor(builder);
}

void weir_schedule_add(weir_schedule_builder *builder, uint32_t set, uint64_t count) {
    assert(set < builder->schedule->n_sets);
    if (count == 0) return;
    if (builder->pending > 0 && builder->pending_set != set) {
        add_run(builder, builder->pending_set, builder->pending);
        builder->pending = 0;
    }
    builder->pending_set = set;
    builder->pending += count;
}

void weir_schedule_end_preamble(weir_schedule_builder *builder) {
    flush(builder);
    assert(builder->preamble.count == 0);
    builder->preamble = builder->list;
    builder->list = (nodes){0};
}

/* ------------------------------------------------------------------ the finished program */

static uint32_t size_of(const node *at, uint32_t count) {
    uint32_t size = count;
    for (uint32_t i = 0; i < count; i++)
        size += size_of(at[i].body, at[i].length);
    return size;
}

/* Writes the trees in preorder; returns where the next one goes. */
static weir_loop *flatten(weir_loop *out, const node *at, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        weir_loop *loop = out++;
        out = flatten(out, at[i].body, at[i].length);
        *loop = (weir_loop){at[i].count, at[i].set, (uint32_t)(out - loop - 1)};
    }
    return out;
}

weir_schedule *weir_schedule_build(weir_schedule_builder *builder) {
    flush(builder);
    weir_schedule *s = builder->schedule;
    const nodes *preamble = &builder->preamble, *frame = &builder->list;
    s->n_preamble = size_of(preamble->at, preamble->count);
    s->n_loops = s->n_preamble + size_of(frame->at, frame->count);
    s->loops = weir_xcalloc(s->n_loops, sizeof *s->loops);
    flatten(flatten(s->loops, preamble->at, preamble->count), frame->at, frame->count);
    drop(preamble->at, preamble->count);
    drop(frame->at, frame->count);
    free(preamble->at);
    free(frame->at);
    free(builder);
    return s;
}

void weir_schedule_free(weir_schedule *schedule) {
    if (schedule == NULL) return;
    free(schedule->process);
    free(schedule->read_stage);
    free(schedule->write_stage);
    free(schedule->operations);
    free(schedule->sets);
    free(schedule->loops);
    free(schedule);
}

/* Sum over the runs of nodes first .. end - 1 of how often each comes times `weight` of its set (all
 * sets weigh 1 where that is NULL). */
static uint64_t total(const weir_schedule *s, uint32_t first, uint32_t end, const uint8_t *weight) {
    uint64_t sum = 0;
    for (uint32_t i = first; i < end; i += s->loops[i].length + 1) {
        const weir_loop *loop = &s->loops[i];
        uint64_t once = loop->length > 0 ? total(s, i + 1, i + 1 + loop->length, weight)
                                         : (weight ? weight[loop->set] : 1);
        sum += loop->count * once;
    }
    return sum;
}

uint64_t weir_schedule_initiations(const weir_schedule *schedule) {
    return total(schedule, schedule->n_preamble, schedule->n_loops, NULL);
}

uint64_t weir_schedule_before(const weir_schedule *schedule) {
    return total(schedule, 0, schedule->n_preamble, NULL);
}

uint64_t weir_schedule_count(const weir_schedule *schedule, weir_operation_kind kind, uint32_t port,
                             bool preamble) {
    uint8_t *weight = weir_xcalloc(schedule->n_sets, sizeof *weight);
    for (uint32_t i = 0; i < schedule->n_sets; i++) {
        const weir_operation *operations = schedule->operations + schedule->sets[i].first;
        for (uint32_t o = 0; o < schedule->sets[i].count; o++)
            weight[i] |= operations[o].kind == kind && operations[o].port == port;
    }
    uint64_t count = preamble ? total(schedule, 0, schedule->n_preamble, weight)
                              : total(schedule, schedule->n_preamble, schedule->n_loops, weight);
    free(weight);
    return count;
}

/* ------------------------------------------------------------------ walk */

struct weir_schedule_walk {
    const weir_schedule *schedule;
    uint32_t at;
    uint32_t levels;
    struct {
        uint32_t loop;
        uint64_t left; /* rounds, this one included */
    } level[WEIR_SCHEDULE_NESTING];
};

weir_schedule_walk *weir_schedule_walk_new(const weir_schedule *schedule) {
    weir_schedule_walk *walk = weir_xcalloc(1, sizeof *walk);
    walk->schedule = schedule;
    return walk;
}

void weir_schedule_walk_free(weir_schedule_walk *walk) {
    free(walk);
}

uint32_t weir_schedule_walk_next(weir_schedule_walk *walk, uint64_t *count) {
    const weir_schedule *s = walk->schedule;
    if (s->n_preamble == s->n_loops && walk->at == s->n_loops) { /* a frame without initiations */
        *count = UINT64_MAX;
        return 0;
    }
    for (;;) {
        while (walk->levels > 0) {
            uint32_t loop = walk->level[walk->levels - 1].loop;
            if (walk->at <= loop + s->loops[loop].length) break;
            if (--walk->level[walk->levels - 1].left > 0)
                walk->at = loop + 1;
            else
                walk->levels--;
        }
        if (walk->at == s->n_loops) walk->at = s->n_preamble;
        const weir_loop *node = &s->loops[walk->at];
        if (node->length == 0) {
            walk->at++;
            *count = node->count;
            return node->set;
        }
        assert(walk->levels < WEIR_SCHEDULE_NESTING);
        walk->level[walk->levels].loop = walk->at++;
        walk->level[walk->levels++].left = node->count;
    }
}

/* ------------------------------------------------------------------ dump */

static const char *const operation_names[] = {"read",    "write", "acquire",
                                              "reserve", "post",  "lead"};

static void dump_set(const weir_schedule *s, uint32_t set, weir_text *out) {
    const weir_operation *operations = s->operations + s->sets[set].first;
    if (s->sets[set].count == 0) weir_text_add(out, " nothing");
    for (uint32_t o = 0; o < s->sets[set].count; o++)
        weir_text_addf(out, "%s %s %u", o > 0 ? "," : "", operation_names[operations[o].kind],
                       operations[o].port);
    weir_text_add(out, "\n");
}

static void dump_nodes(const weir_schedule *s, uint32_t first, uint32_t end, int indent,
                       weir_text *out) {
    for (uint32_t i = first; i < end; i += s->loops[i].length + 1) {
        const weir_loop *loop = &s->loops[i];
        weir_text_addf(out, "%*s%" PRIu64 " x", indent, "", loop->count);
        if (loop->length == 0) {
            dump_set(s, loop->set, out);
            continue;
        }
        weir_text_add(out, " repeat\n");
        dump_nodes(s, i + 1, i + 1 + loop->length, indent + 2, out);
    }
}

void weir_schedule_dump(const weir_schedule *s, weir_text *out) {
    weir_text_addf(out,
                   "process \"%s\": %s, %u stage%s, ii_cycles %" PRIu64 ", start %" PRIu64 "\n",
                   s->process, weir_timing_class_name(s->timing), s->stages,
                   s->stages == 1 ? "" : "s", s->ii_cycles, s->start);
    for (uint32_t p = 0; p < s->n_inputs; p++)
        weir_text_addf(out, "  input %u at stage %u\n", p, s->read_stage[p]);
    for (uint32_t q = 0; q < s->n_outputs; q++)
        weir_text_addf(out, "  output %u at stage %u\n", q, s->write_stage[q]);
    if (s->n_preamble > 0)
        weir_text_addf(out, "  preamble, %" PRIu64 " initiations\n", weir_schedule_before(s));
    dump_nodes(s, 0, s->n_preamble, 4, out);
    weir_text_addf(out, "  frame, %" PRIu64 " initiations\n", weir_schedule_initiations(s));
    dump_nodes(s, s->n_preamble, s->n_loops, 4, out);
}
