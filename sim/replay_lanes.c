/* The steps of the batched replay. Compiled once for each instruction set; WEIR_LANES_RUN names the
 * function. The loops over a leaf run for as many initiations as have all their beats and space. */
#include "sim/replay_batch.h"
#include <string.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define WEIR_INLINE static inline __attribute__((always_inline))

/* Eight times as one, two or four vectors, whichever the machine has. */
#if defined(__AVX512F__)
#define PART_BYTES 64
#define EACH(do)                                                                                   \
    do                                                                                             \
    (0)
#elif defined(__AVX2__)
#define PART_BYTES 32
#define EACH(do)                                                                                   \
    do                                                                                             \
    (0) do(1)
#else
#define PART_BYTES 16
#define EACH(do)                                                                                   \
    do                                                                                             \
    (0) do(1) do(2) do(3)
#endif
#define PARTS (64 / PART_BYTES)

typedef int64_t part __attribute__((vector_size(PART_BYTES), may_alias));
typedef double number_part __attribute__((vector_size(PART_BYTES), may_alias));
typedef struct vec {
    part p[PARTS];
} vec;
typedef struct numbers {
    number_part p[PARTS];
} numbers;

WEIR_INLINE vec load(const weir_lanes *from) {
    vec v;
#define ONE(i) v.p[i] = ((const part *)from->at)[i];
    EACH(ONE)
#undef ONE
    return v;
}

WEIR_INLINE void store(weir_lanes *to, vec v) {
#define ONE(i) ((part *)to->at)[i] = v.p[i];
    EACH(ONE)
#undef ONE
}

WEIR_INLINE numbers load_numbers(const weir_lane_numbers *from) {
    numbers v;
#define ONE(i) v.p[i] = ((const number_part *)from->at)[i];
    EACH(ONE)
#undef ONE
    return v;
}

WEIR_INLINE vec add(vec a, vec b) {
#define ONE(i) a.p[i] += b.p[i];
    EACH(ONE)
#undef ONE
    return a;
}

WEIR_INLINE vec plus(vec a, int64_t b) {
#define ONE(i) a.p[i] += b;
    EACH(ONE)
#undef ONE
    return a;
}

WEIR_INLINE part later_part(part a, part b) {
#ifdef __AVX512F__
    return (part)_mm512_max_epi64((__m512i)a, (__m512i)b);
#else
    part greater = a > b;
    return (a & greater) | (b & ~greater);
#endif
}

WEIR_INLINE vec later(vec a, vec b) {
#define ONE(i) a.p[i] = later_part(a.p[i], b.p[i]);
    EACH(ONE)
#undef ONE
    return a;
}

/* Integers up to 2^51 in size become doubles, and back, through the bits of a large double. */
#define LARGE 6755399441055744.0 /* 2^52 + 2^51 */
#define LARGE_BITS INT64_C(0x4338000000000000)

/* Edges of one domain to the first ones of the other strictly after. The quotient is rounded to
 * nearest, then corrected by the sign of the remainder; all products are whole and below 2^53. */
WEIR_INLINE part cross_part(part edge, number_part period, number_part offset, number_part other,
                            number_part inverse) {
    number_part zero = {0};
    number_part ps = ((number_part)(edge + LARGE_BITS) - LARGE) * period + offset;
    number_part quotient = (ps * inverse + LARGE) - LARGE;
    number_part rest = ps - quotient * other;
    part below = (part)(rest < zero), above = (part)(rest >= other);
    part next = (part)(quotient + LARGE) - LARGE_BITS + below - above + 1;
    return next & (part)(ps >= zero);
}

WEIR_INLINE vec cross(const weir_lane_crossing *x, vec edge) {
    numbers period = load_numbers(&x->period), offset = load_numbers(&x->offset);
    numbers other = load_numbers(&x->other), inverse = load_numbers(&x->inverse);
#define ONE(i)                                                                                     \
    edge.p[i] = cross_part(edge.p[i], period.p[i], offset.p[i], other.p[i], inverse.p[i]);
    EACH(ONE)
#undef ONE
    return edge;
}

/* ---- Channels. */

WEIR_INLINE uint64_t beats(const weir_lane_channel *c) {
    return c->written - c->taken;
}

WEIR_INLINE uint64_t space(const weir_lane_channel *c) {
    uint64_t held = beats(c);
    return held < c->depth ? c->depth - held : 0;
}

WEIR_INLINE vec read_gate(const weir_lane_channel *c, uint64_t number) {
    return load(&c->readable[number & c->mask]);
}

WEIR_INLINE vec write_gate(const weir_lane_channel *c, uint64_t number) {
    vec gate = load(&c->writable[number & c->mask]);
    return c->gaps ? later(gate, load(&c->next_write)) : gate;
}

/* Beat `number` was taken: in each lane that frees the slot of the beat `depth` further on. */
WEIR_INLINE void freed(weir_lane_channel *c, uint64_t number, vec edge) {
    vec from = add(c->crosses ? cross(&c->to_producer, edge) : edge, load(&c->backward));
    if (c->even) {
        store(&c->writable[(number + c->depth) & c->mask], from);
        return;
    }
    weir_lanes each;
    store(&each, from);
    weir_lanes *ring = c->writable;
    uint64_t mask = c->mask;
    const uint64_t *depths = c->depths;
#define ONE(l) ring[(number + depths[l]) & mask].at[l] = each.at[l];
    ONE(0) ONE(1) ONE(2) ONE(3) ONE(4) ONE(5) ONE(6) ONE(7)
#undef ONE
}

WEIR_INLINE void sent(weir_lane_channel *c, uint64_t number, vec edge) {
    vec from = add(c->crosses ? cross(&c->to_consumer, edge) : edge, load(&c->forward));
    store(&c->readable[number & c->mask], from);
    if (c->gaps) store(&c->next_write, add(edge, load(&c->gap)));
}

WEIR_INLINE void wake(weir_batch *batch, uint32_t actor) {
    batch->ready[actor / 64] |= UINT64_C(1) << (actor % 64);
}

WEIR_INLINE void taken(weir_batch *batch, weir_lane_channel *c, uint64_t n) {
    c->taken += n;
    batch->events += n;
    if (!c->writer_waits || space(c) == 0) return;
    c->writer_waits = false;
    wake(batch, c->producer);
}

WEIR_INLINE void written(weir_batch *batch, weir_lane_channel *c, uint64_t n) {
    c->written += n;
    batch->events += n;
    if (!c->reader_waits || beats(c) == 0) return;
    c->reader_waits = false;
    wake(batch, c->consumer);
}

WEIR_INLINE uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* How many times in a row a beat can be read, written, or both; `n` at most. 0: who is waited for
 * is told so. */
WEIR_INLINE uint64_t possible(weir_lane_channel *in, weir_lane_channel *out, uint64_t n) {
    if (in != NULL && in == out) n = least(n, 1);
    if (in != NULL) {
        n = least(n, beats(in));
        if (n == 0) in->reader_waits = true;
    }
    if (out != NULL && n > 0) {
        n = least(n, space(out));
        if (n == 0) out->writer_waits = true;
    }
    return n;
}

static bool can_read(weir_batch *batch, const weir_net_set *set, uint32_t stage, bool every) {
    for (uint32_t i = 0; i < set->n_reads; i++) {
        weir_lane_channel *c = &batch->channels[set->reads[i].channel];
        if ((!every && set->reads[i].stage != stage) || beats(c) > 0) continue;
        c->reader_waits = true;
        return false;
    }
    return true;
}

static bool can_write(weir_batch *batch, const weir_net_set *set, uint32_t stage, bool every) {
    for (uint32_t i = 0; i < set->n_writes; i++) {
        weir_lane_channel *c = &batch->channels[set->writes[i].channel];
        if ((!every && set->writes[i].stage != stage) || space(c) > 0) continue;
        c->writer_waits = true;
        return false;
    }
    return true;
}

WEIR_INLINE vec reads_gate(const weir_batch *batch, const weir_net_set *set, uint32_t stage,
                           bool every, vec t) {
    for (uint32_t i = 0; i < set->n_reads; i++) {
        const weir_lane_channel *c = &batch->channels[set->reads[i].channel];
        if (every || set->reads[i].stage == stage) t = later(t, read_gate(c, c->taken));
    }
    return t;
}

WEIR_INLINE vec writes_gate(const weir_batch *batch, const weir_net_set *set, uint32_t stage,
                            bool every, vec t) {
    for (uint32_t i = 0; i < set->n_writes; i++) {
        const weir_lane_channel *c = &batch->channels[set->writes[i].channel];
        if (every || set->writes[i].stage == stage) t = later(t, write_gate(c, c->written));
    }
    return t;
}

/* The operations happen at `t`, or `stage` cycles after it where `offsets`. */
WEIR_INLINE void do_reads(weir_batch *batch, const weir_net_set *set, uint32_t stage, bool every,
                          bool offsets, vec t) {
    for (uint32_t i = 0; i < set->n_reads; i++) {
        const weir_net_operation *o = &set->reads[i];
        weir_lane_channel *c = &batch->channels[o->channel];
        if (!o->moves || (!every && o->stage != stage)) continue;
        freed(c, c->taken, offsets ? plus(t, o->stage) : t);
        taken(batch, c, 1);
    }
}

WEIR_INLINE void do_writes(weir_batch *batch, const weir_net_set *set, uint32_t stage, bool every,
                           bool offsets, vec t) {
    for (uint32_t i = 0; i < set->n_writes; i++) {
        const weir_net_operation *o = &set->writes[i];
        weir_lane_channel *c = &batch->channels[o->channel];
        if (!o->moves || (!every && o->stage != stage)) continue;
        sent(c, c->written, offsets ? plus(t, o->stage) : t);
        written(batch, c, 1);
    }
}

/* ---- Processes whose gates all bind the issue. */

WEIR_INLINE vec run_moves(weir_batch *batch, weir_lane_channel *in, weir_lane_channel *out,
                          uint64_t n, int64_t interval, int64_t in_stage, int64_t out_stage,
                          vec t) {
    uint64_t r = in != NULL ? in->taken : 0, w = out != NULL ? out->written : 0;
    for (uint64_t k = 0; k < n; k++) {
        t = plus(t, interval);
        if (in != NULL) t = later(t, read_gate(in, r + k));
        if (out != NULL) t = later(t, write_gate(out, w + k));
        if (in != NULL) freed(in, r + k, plus(t, in_stage));
        if (out != NULL) sent(out, w + k, plus(t, out_stage));
    }
    if (in != NULL) taken(batch, in, n);
    if (out != NULL) written(batch, out, n);
    return t;
}

WEIR_INLINE bool may_issue(const weir_batch *batch, const weir_net_node *node,
                           const weir_net_cursor *at) {
    return weir_net_frame(node, at) < batch->limit && node->end > 0 &&
           (at->frame == 0 || node->frame < node->end);
}

static bool issue_general(weir_batch *batch, weir_lane_actor *a, const weir_net_set *set) {
    if (!can_read(batch, set, 0, true) || !can_write(batch, set, 0, true)) return false;
    vec t = plus(load(&a->time), a->interval);
    t = writes_gate(batch, set, 0, true, reads_gate(batch, set, 0, true, t));
    store(&a->time, t);
    do_reads(batch, set, 0, true, true, t);
    do_writes(batch, set, 0, true, true, t);
    return true;
}

static void step_single(weir_batch *batch, weir_lane_actor *a) {
    const weir_net_node *node = a->node;
    while (may_issue(batch, node, &a->at)) {
        const weir_net_set *set = &node->sets[node->loops[a->at.loop].set];
        weir_lane_channel *in = &batch->channels[set->in], *out = &batch->channels[set->out];
        uint64_t n = a->at.left;
        vec t = load(&a->time);
        switch (set->shape) {
        case WEIR_SHAPE_EMPTY:
            t = plus(t, (int64_t)n * a->interval);
            break;
        case WEIR_SHAPE_READ:
            n = possible(in, NULL, n);
            t = run_moves(batch, in, NULL, n, a->interval, set->reads[0].stage, 0, t);
            break;
        case WEIR_SHAPE_WRITE:
            n = possible(NULL, out, n);
            t = run_moves(batch, NULL, out, n, a->interval, 0, set->writes[0].stage, t);
            break;
        case WEIR_SHAPE_PASS:
            n = possible(in, out, n);
            t = run_moves(batch, in, out, n, a->interval, set->reads[0].stage, set->writes[0].stage,
                          t);
            break;
        case WEIR_SHAPE_GENERAL:
            n = issue_general(batch, a, set) ? 1 : 0;
            t = load(&a->time);
            break;
        }
        if (n == 0) return;
        store(&a->time, t);
        a->at.left -= n;
        if (a->at.left == 0) weir_net_next(node, &a->at);
    }
}

/* ---- Plain elastic processes: step i is issued at I(i) and ends at X(i),
 *   I(i) = max(I(i-1) + II, read gates, X(i - L + 1)),  X(i) = max(I(i) + L - 1, X(i-1) + 1, write
 * gates): a stage that cannot be left holds up the issue of the step L - 1 later. */

WEIR_INLINE vec echo(const weir_lane_actor *a, uint64_t step) {
    return load(&a->ends[(step - (uint64_t)a->length) & a->mask]);
}

/* Issue and end together, step after step. */
WEIR_INLINE void run_both(weir_batch *batch, weir_lane_actor *a, weir_lane_channel *in,
                          weir_lane_channel *out, uint64_t n) {
    uint64_t r = in != NULL ? in->taken : 0, w = out != NULL ? out->written : 0, i = a->issued;
    vec t = load(&a->time), x = load(&a->end);
    for (uint64_t k = 0; k < n; k++, i++) {
        t = later(plus(t, a->interval), echo(a, i));
        if (in != NULL) t = later(t, read_gate(in, r + k));
        x = later(plus(x, 1), plus(t, a->length));
        if (out != NULL) x = later(x, write_gate(out, w + k));
        store(&a->ends[i & a->mask], x);
        if (in != NULL) freed(in, r + k, t);
        if (out != NULL) sent(out, w + k, x);
    }
    store(&a->time, t);
    store(&a->end, x);
    a->issued = a->ended = i;
    if (in != NULL) taken(batch, in, n);
    if (out != NULL) written(batch, out, n);
}

/* Steps without operations: once the last one passed without being held up, so do all after it, and
 * only the last `length` ends need to be known. */
static void run_empty(weir_batch *batch, weir_lane_actor *a, uint64_t n) {
    uint64_t first = least(n, 1);
    run_both(batch, a, NULL, NULL, first);
    n -= first;
    uint64_t keep = (uint64_t)a->length + 1;
    bool free_flow = true;
    for (uint32_t l = 0; l < WEIR_LANES; l++)
        free_flow = free_flow && a->end.at[l] == a->time.at[l] + a->length;
    if (free_flow && n > keep) {
        store(&a->time, plus(load(&a->time), (int64_t)(n - keep) * a->interval));
        store(&a->end, plus(load(&a->time), a->length));
        a->issued = a->ended = a->issued + n - keep;
        /* Their ends lie before the issues that would wait for them. */
        n = keep;
        for (uint64_t k = 1; k <= (uint64_t)a->length; k++)
            store(&a->ends[(a->issued - k) & a->mask],
                  plus(load(&a->end), -(int64_t)(k - 1) * a->interval));
    }
    run_both(batch, a, NULL, NULL, n);
}

static bool both_general(weir_batch *batch, weir_lane_actor *a, const weir_net_set *set) {
    if (!can_read(batch, set, 0, true) || !can_write(batch, set, 0, true)) return false;
    vec t = later(plus(load(&a->time), a->interval), echo(a, a->issued));
    t = reads_gate(batch, set, 0, true, t);
    vec x = later(plus(load(&a->end), 1), plus(t, a->length));
    x = writes_gate(batch, set, 0, true, x);
    store(&a->time, t);
    store(&a->end, x);
    store(&a->ends[a->issued++ & a->mask], x);
    a->ended = a->issued;
    do_reads(batch, set, 0, true, false, t);
    do_writes(batch, set, 0, true, false, x);
    return true;
}

static void copy_cursor(const weir_net_node *node, weir_net_cursor *to,
                        const weir_net_cursor *from) {
    weir_net_level *levels = to->levels;
    *to = *from;
    to->levels = levels;
    memcpy(levels, from->levels, node->nesting * sizeof *levels);
}

/* An issue ahead of steps that have not ended. */
static bool issue_ahead(weir_batch *batch, weir_lane_actor *a) {
    const weir_net_node *node = a->node;
    if (!may_issue(batch, node, &a->at) || a->issued - a->ended >= (uint64_t)a->length)
        return false;
    const weir_net_set *set = &node->sets[node->loops[a->at.loop].set];
    if (!can_read(batch, set, 0, true)) return false;
    if (a->issued == a->ended) copy_cursor(node, &a->exit, &a->at);
    vec t = later(plus(load(&a->time), a->interval), echo(a, a->issued));
    t = reads_gate(batch, set, 0, true, t);
    store(&a->time, t);
    store(&a->issues[a->issued++ & a->mask], t);
    do_reads(batch, set, 0, true, false, t);
    if (--a->at.left == 0) weir_net_next(node, &a->at);
    return true;
}

static bool end_oldest(weir_batch *batch, weir_lane_actor *a) {
    const weir_net_node *node = a->node;
    const weir_net_set *set = &node->sets[node->loops[a->exit.loop].set];
    if (!can_write(batch, set, 0, true)) return false;
    vec t = load(&a->issues[a->ended & a->mask]);
    vec x = later(plus(load(&a->end), 1), plus(t, a->length));
    x = writes_gate(batch, set, 0, true, x);
    store(&a->end, x);
    store(&a->ends[a->ended++ & a->mask], x);
    do_writes(batch, set, 0, true, false, x);
    if (--a->exit.left == 0) weir_net_next(node, &a->exit);
    return true;
}

static uint64_t run_deep(weir_batch *batch, weir_lane_actor *a) {
    const weir_net_node *node = a->node;
    const weir_net_set *set = &node->sets[node->loops[a->at.loop].set];
    weir_lane_channel *in = &batch->channels[set->in], *out = &batch->channels[set->out];
    uint64_t n = a->at.left;
    switch (set->shape) {
    case WEIR_SHAPE_EMPTY:
        run_empty(batch, a, n);
        return n;
    case WEIR_SHAPE_READ:
        n = possible(in, NULL, n);
        run_both(batch, a, in, NULL, n);
        return n;
    case WEIR_SHAPE_WRITE:
        n = possible(NULL, out, n);
        run_both(batch, a, NULL, out, n);
        return n;
    case WEIR_SHAPE_PASS:
        n = possible(in, out, n);
        run_both(batch, a, in, out, n);
        return n;
    case WEIR_SHAPE_GENERAL:
        return both_general(batch, a, set) ? 1 : 0;
    }
    return 0;
}

static void step_deep(weir_batch *batch, weir_lane_actor *a) {
    for (;;) {
        while (a->ended < a->issued && end_oldest(batch, a)) {
        }
        if (a->ended == a->issued) {
            if (!may_issue(batch, a->node, &a->at)) return;
            uint64_t n = run_deep(batch, a);
            a->at.left -= n;
            if (a->at.left == 0) weir_net_next(a->node, &a->at);
            if (n > 0) continue;
        }
        if (!issue_ahead(batch, a)) return;
    }
}

/* ---- Elastic processes with operations anywhere, stage by stage:
 *   E(i,s) = max(E(i,s-1) + 1, E(i-1,s) + 1, E(i-1,s+1), gates). */

static bool pass_stage(weir_batch *batch, weir_lane_actor *a, uint32_t s) {
    const weir_net_node *node = a->node;
    uint64_t i = a->passed[s];
    bool last = s == (uint32_t)a->length;
    if (!last && a->passed[s + 1] < i) return false;
    if (s > 0 && a->passed[s - 1] == i) return false;
    if (s == 0 && !may_issue(batch, node, &a->at)) return false;
    uint32_t number = s > 0 ? a->sets[i & a->mask] : node->loops[a->at.loop].set;
    const weir_net_set *set = &node->sets[number];
    if (!can_read(batch, set, s, false) || !can_write(batch, set, s, false)) return false;
    vec t = plus(load(&a->ends[s]), s == 0 ? a->interval : 1);
    if (s > 0) t = later(t, plus(load(&a->ends[s - 1]), 1));
    if (!last && i > 0) t = later(t, load(&a->ends[s + 1]));
    t = writes_gate(batch, set, s, false, reads_gate(batch, set, s, false, t));
    store(&a->ends[s], t);
    if (s == 0) {
        a->sets[i & a->mask] = number;
        if (--a->at.left == 0) weir_net_next(node, &a->at);
    }
    a->passed[s]++;
    do_reads(batch, set, s, false, false, t);
    do_writes(batch, set, s, false, false, t);
    return true;
}

static void step_stages(weir_batch *batch, weir_lane_actor *a) {
    bool moved = true;
    while (moved) {
        moved = false;
        for (uint32_t s = (uint32_t)a->length + 1; s-- > 0;)
            moved = pass_stage(batch, a, s) || moved;
    }
}

/* ---- Ends. */

/* The first edges from `t` on without pause. */
static vec unpaused(const weir_lane_actor *a, vec t) {
    weir_lanes each;
    store(&each, t);
    for (uint32_t l = 0; l < WEIR_LANES; l++)
        if (a->skip_length[l] > 0)
            each.at[l] += a->skip[l][(uint64_t)each.at[l] % a->skip_length[l]];
    return load(&each);
}

static void arrivals(weir_batch *batch, weir_lane_actor *a, weir_lanes *edges) {
    for (uint32_t l = 0; l < WEIR_LANES; l++) {
        const weir_replay_parameters *set = batch->sets[l];
        uint64_t ps =
            set->arrival_ps != NULL ? set->arrival_ps[a->frame] : a->frame * set->arrival_period_ps;
        edges->at[l] = (int64_t)weir_clock_at_or_after(&set->domains[a->node->domain], ps);
    }
}

static void record(weir_lane_actor *a, vec t) {
    store(&a->history[a->frame & a->history_mask], t);
    if (a->frame == 0) store(&a->first, t);
}

/* One beat of a source or sink, with all that can hold it. */
static void end_beat(weir_batch *batch, weir_lane_actor *a, weir_lane_channel *c, bool source) {
    vec t = plus(load(&a->time), 1);
    t = later(t, source ? write_gate(c, c->written) : read_gate(c, c->taken));
    if (source && a->beat == 0) {
        weir_lanes edges, before;
        arrivals(batch, a, &edges);
        store(&before, t);
        t = later(t, load(&edges));
        for (uint32_t l = 0; l < WEIR_LANES; l++)
            if (edges.at[l] > before.at[l]) a->bound.at[l] = (int64_t)a->frame + 1;
    }
    if (a->pauses) t = unpaused(a, t);
    store(&a->time, t);
    if (source && a->beat == 0) record(a, t);
    if (source) {
        sent(c, c->written, t);
        written(batch, c, 1);
    } else {
        freed(c, c->taken, t);
        taken(batch, c, 1);
    }
}

static void step_source(weir_batch *batch, weir_lane_actor *a) {
    weir_lane_channel *out = &batch->channels[a->node->outputs[0]];
    while (a->frame < batch->limit) {
        uint64_t n = possible(NULL, out, a->frame_beats - a->beat);
        if (n == 0) return;
        if (a->beat == 0 || a->pauses) {
            n = 1;
            end_beat(batch, a, out, true);
        } else {
            store(&a->time, run_moves(batch, NULL, out, n, 1, 0, 0, load(&a->time)));
        }
        a->beat += n;
        if (a->beat < a->frame_beats) continue;
        a->beat = 0;
        a->frame++;
    }
}

static void step_sink(weir_batch *batch, weir_lane_actor *a) {
    weir_lane_channel *in = &batch->channels[a->node->inputs[0]];
    while (a->frame < batch->limit) {
        uint64_t n = possible(in, NULL, a->frame_beats - a->beat);
        if (n == 0) return;
        if (a->pauses) {
            n = 1;
            end_beat(batch, a, in, false);
        } else {
            store(&a->time, run_moves(batch, in, NULL, n, 1, 0, 0, load(&a->time)));
        }
        a->beat += n;
        if (a->beat < a->frame_beats) continue;
        record(a, load(&a->time));
        a->beat = 0;
        a->frame++;
    }
}

static void step(weir_batch *batch, weir_lane_actor *a) {
    switch (a->step) {
    case WEIR_STEP_SINGLE:
        step_single(batch, a);
        break;
    case WEIR_STEP_DEEP:
        step_deep(batch, a);
        break;
    case WEIR_STEP_STAGES:
        step_stages(batch, a);
        break;
    case WEIR_STEP_SOURCE:
        step_source(batch, a);
        break;
    case WEIR_STEP_SINK:
        step_sink(batch, a);
        break;
    }
}

void WEIR_LANES_RUN(weir_batch *batch) {
    bool any = true;
    while (any) {
        any = false;
        for (uint32_t w = 0; w < batch->n_words; w++) {
            while (batch->ready[w] != 0) {
                uint32_t bit = (uint32_t)__builtin_ctzll(batch->ready[w]);
                batch->ready[w] &= ~(UINT64_C(1) << bit);
                any = true;
                step(batch, &batch->actors[w * 64 + bit]);
            }
        }
    }
}
