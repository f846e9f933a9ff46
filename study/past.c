/* Past: a mark every BLOCK rows keeps the cursor, the beat counts and the rows that the next one
 * depends on; a block is worked out again from its mark when it is asked for, and two are kept. */
#include "study/past.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, KEPT = 2 };

/* frp: the `depth` latest releases so far of one output, earliest first. */
typedef struct release {
    uint32_t edge, row, beat;
} release;

typedef struct state { /* between two rows */
    weir_net_cursor cursor;
    uint32_t *beats;   /* of each slot */
    release *releases; /* of each output `depth` of them */
    bool ended;
} state;

typedef struct block {
    uint64_t number; /* UINT64_MAX: nothing in it */
    uint64_t used;
    uint32_t rows;
    uint32_t *values; /* reach + BLOCK rows */
    uint32_t *beats, *sets;
    uint32_t *issue_row, *issue_beat;
} block;

struct past {
    const past_source *source;
    const weir_net_node *node;
    weir_arena *arena;
    past_set *sets;
    uint32_t n_nodes, *stages, reach, n_slots, depth;
    uint64_t preamble_rows, frame_rows, rows; /* rows: those that are known, in all */
    /* marks */
    uint64_t n_marks;
    weir_net_cursor *cursors;
    weir_net_level *levels;
    uint32_t *beats, *values;
    release *releases;
    state state;
    block blocks[KEPT];
    uint64_t clock;
};

/* ------------------------------------------------------------------ gates */

uint32_t past_moved(const past_source *source, uint32_t channel, bool reads, uint64_t beat) {
    const weir_trace_channel *c = &source->trace->channels[channel];
    if (beat >= (reads ? c->n_reads : c->n_writes)) return UNKNOWN_EDGE;
    return (uint32_t)(reads ? c->reads : c->writes)[beat];
}

/* `edge` of the domain of `from`, seen `cycles` later in the domain of `to`. */
static uint32_t seen(const past_source *source, uint32_t from, uint32_t to, uint32_t edge,
                     uint32_t cycles) {
    const weir_net_node *nodes = source->net->nodes;
    if (edge == UNKNOWN_EDGE) return edge;
    if (nodes[from].domain == nodes[to].domain) return edge + cycles;
    const weir_domain *a = &source->parameters->domains[nodes[from].domain];
    const weir_domain *b = &source->parameters->domains[nodes[to].domain];
    return (uint32_t)(weir_clock_after(b, weir_clock_edge_ps(a, edge)) + cycles - 1);
}

uint32_t past_gate(const past_source *source, uint32_t channel, bool reads, uint64_t beat,
                   uint64_t *other) {
    const weir_net_channel *c = &source->net->channels[channel];
    const weir_channel_timing *timing = &source->parameters->channels[channel];
    *other = UINT64_MAX;
    if (reads) {
        if (beat < c->initial) return 0;
        *other = beat - c->initial;
        return seen(source, c->producer, c->consumer, past_moved(source, channel, false, *other),
                    timing->forward);
    }
    if (beat + c->initial < timing->depth) return 0;
    *other = beat + c->initial - timing->depth;
    return seen(source, c->consumer, c->producer, past_moved(source, channel, true, *other),
                timing->backward);
}

/* ------------------------------------------------------------------ what is fixed */

static uint64_t rows_of(const weir_net_loop *loops, uint32_t first, uint32_t end) {
    uint64_t rows = 0;
    for (uint32_t i = first; i < end; i = loops[i].end)
        rows +=
            loops[i].count * (loops[i].set == WEIR_NONE ? rows_of(loops, i + 1, loops[i].end) : 1);
    return rows;
}

static int compare_stages(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The stages that matter; one where all happens at once. */
static void find_stages(past *p) {
    const weir_net_node *node = p->node;
    uint32_t count = 0, all = 2;
    for (uint32_t s = 0; s < node->n_sets; s++)
        all += node->sets[s].n_reads + node->sets[s].n_writes;
    p->stages = WEIR_NEW(p->arena, uint32_t, all);
    p->stages[count++] = 0;
    bool staged = node->timing == WEIR_ELASTIC || node->timing == WEIR_CREDIT;
    if (node->timing == WEIR_ELASTIC) p->stages[count++] = node->stages - 1;
    for (uint32_t s = 0; s < node->n_sets && staged; s++) {
        for (uint32_t o = 0; o < node->sets[s].n_reads; o++)
            p->stages[count++] = node->sets[s].reads[o].stage;
        for (uint32_t o = 0; o < node->sets[s].n_writes; o++)
            p->stages[count++] = node->sets[s].writes[o].stage;
    }
    qsort(p->stages, count, sizeof *p->stages, compare_stages);
    p->n_nodes = 1;
    for (uint32_t i = 1; i < count; i++)
        if (p->stages[i] != p->stages[p->n_nodes - 1]) p->stages[p->n_nodes++] = p->stages[i];
    p->reach = 1;
    for (uint32_t n = 1; n < p->n_nodes; n++) {
        uint32_t gap = p->stages[n] - p->stages[n - 1];
        if (gap > p->reach) p->reach = gap;
    }
}

static void add_operation(past *p, past_operation *out, const weir_net_operation *from,
                          bool reads) {
    const weir_net_node *node = p->node;
    const uint32_t *ports = reads ? node->inputs : node->outputs;
    uint32_t port = 0, at = 0;
    while (ports[port] != from->channel)
        port++;
    while (at + 1 < p->n_nodes && p->stages[at] != from->stage)
        at++;
    *out = (past_operation){from->channel, from->stage, at, reads ? port : node->n_inputs + port,
                            from->moves,   reads};
}

static void resolve_sets(past *p) {
    const weir_net_node *node = p->node;
    p->sets = WEIR_NEW(p->arena, past_set, node->n_sets);
    for (uint32_t s = 0; s < node->n_sets; s++) {
        const weir_net_set *set = &node->sets[s];
        uint32_t count = set->n_reads + set->n_writes;
        past_operation *operations = WEIR_NEW(p->arena, past_operation, count);
        for (uint32_t o = 0; o < set->n_reads; o++)
            add_operation(p, &operations[o], &set->reads[o], true);
        for (uint32_t o = 0; o < set->n_writes; o++)
            add_operation(p, &operations[set->n_reads + o], &set->writes[o], false);
        p->sets[s] = (past_set){operations, count};
    }
}

/* ------------------------------------------------------------------ rows */

static uint32_t later(uint32_t a, uint32_t b) {
    return a > b ? a : b; /* UNKNOWN_EDGE is the largest */
}

static uint32_t plus(uint32_t edge, uint64_t cycles) {
    return edge == UNKNOWN_EDGE ? edge : (uint32_t)(edge + cycles);
}

/* Of an operation: its edge where it moved a beat, else what its gate says. */
static uint32_t edge_of(const past *p, const past_operation *o, const uint32_t *beats) {
    uint64_t other;
    if (o->moves) return past_moved(p->source, o->channel, o->reads, beats[o->slot]);
    return past_gate(p->source, o->channel, o->reads, beats[o->slot], &other);
}

static void row_lockstep(const past *p, const past_set *set, const uint32_t *beats, bool first,
                         uint32_t *values) {
    uint32_t edge = first ? (uint32_t)p->node->start : plus(values[-1], 1);
    for (uint32_t o = 0; o < set->count; o++)
        edge = later(edge, edge_of(p, &set->operations[o], beats));
    values[0] = edge;
}

static void row_elastic(const past *p, const past_set *set, const uint32_t *beats, uint64_t row,
                        uint32_t *values) {
    uint32_t n = p->n_nodes;
    uint64_t ii = p->node->ii_cycles > 0 ? p->node->ii_cycles : 1;
    for (uint32_t k = 0; k < n; k++) {
        const uint32_t *before = values - n;
        uint32_t edge =
            k > 0 ? plus(values[k - 1], p->stages[k] - p->stages[k - 1]) : (uint32_t)p->node->start;
        if (row > 0) edge = later(edge, plus(before[k], k == 0 ? ii : 1));
        if (k + 1 < n) {
            uint32_t gap = p->stages[k + 1] - p->stages[k];
            if (row >= gap) edge = later(edge, values[(ptrdiff_t)(k + 1) - (ptrdiff_t)(gap * n)]);
        }
        for (uint32_t o = 0; o < set->count; o++)
            if (set->operations[o].node == k)
                edge = later(edge, edge_of(p, &set->operations[o], beats));
        values[k] = edge;
    }
}

static void row_credit(const past *p, const past_set *set, const uint32_t *beats, bool first,
                       uint32_t *values) {
    uint32_t n = p->n_nodes;
    uint32_t edge = first ? (uint32_t)p->node->start : plus(*(values - n), p->node->ii_cycles);
    for (uint32_t o = 0; o < set->count; o++) {
        uint32_t at = edge_of(p, &set->operations[o], beats);
        bool moved = set->operations[o].moves && at != UNKNOWN_EDGE;
        edge = later(edge, moved ? at - set->operations[o].stage : at);
    }
    for (uint32_t k = 0; k < n; k++)
        values[k] = plus(edge, p->stages[k]);
}

static void add_release(release *list, uint32_t depth, release added) {
    uint32_t at = 0;
    if (added.edge < list[0].edge) return;
    while (at + 1 < depth && list[at + 1].edge <= added.edge) {
        list[at] = list[at + 1];
        at++;
    }
    list[at] = added;
}

/* The edges in a list count from 1, so that an entry of 0 is none. */
static void row_frp(past *p, block *b, const past_set *set, uint64_t row, uint32_t *values) {
    const weir_net_node *node = p->node;
    uint32_t r = (uint32_t)(row % BLOCK), outputs = node->n_outputs;
    uint32_t edge = row == 0 ? (uint32_t)node->start : plus(values[-1], node->ii_cycles);
    for (uint32_t q = 0; q < outputs; q++) {
        const release *least = &p->state.releases[q * p->depth];
        bool any = least->edge > 0;
        b->issue_row[r * outputs + q] = any ? least->row : UNKNOWN_EDGE;
        b->issue_beat[r * outputs + q] = any ? least->beat : UNKNOWN_EDGE;
        if (any) edge = later(edge, least->edge); /* 1 + its edge */
    }
    for (uint32_t o = 0; o < set->count; o++)
        if (set->operations[o].reads)
            edge = later(edge, edge_of(p, &set->operations[o], p->state.beats));
    values[0] = edge;
    for (uint32_t q = 0; q < outputs; q++) {
        release added = {plus(edge, node->stages), (uint32_t)row, UNKNOWN_EDGE};
        for (uint32_t o = 0; o < set->count; o++) {
            const past_operation *operation = &set->operations[o];
            if (operation->slot != node->n_inputs + q || !operation->moves) continue;
            added.beat = p->state.beats[operation->slot];
            added.edge = plus(edge_of(p, operation, p->state.beats), 1);
        }
        add_release(&p->state.releases[q * p->depth], p->depth, added);
    }
}

static void next_row(past *p, const past_set *set) {
    state *s = &p->state;
    for (uint32_t o = 0; o < set->count; o++)
        s->beats[set->operations[o].slot] += set->operations[o].moves;
    if (--s->cursor.left > 0) return;
    if (weir_net_next(p->node, &s->cursor))
        s->ended = weir_net_frame(p->node, &s->cursor) >= p->source->frames ||
                   p->node->frame == p->node->end;
}

/* Rows from the state on; values of the rows before are in the block already. */
static void fill(past *p, block *b, uint64_t number) {
    uint32_t n = p->n_nodes;
    b->number = number;
    b->rows = 0;
    while (b->rows < BLOCK && !p->state.ended) {
        uint32_t r = b->rows++;
        uint64_t row = number * BLOCK + r;
        uint32_t *values = b->values + (size_t)(p->reach + r) * n;
        uint32_t index = p->node->loops[p->state.cursor.loop].set;
        const past_set *set = &p->sets[index];
        b->sets[r] = index;
        memcpy(b->beats + (size_t)r * p->n_slots, p->state.beats, p->n_slots * sizeof *b->beats);
        if (p->node->timing == WEIR_ELASTIC)
            row_elastic(p, set, p->state.beats, row, values);
        else if (p->node->timing == WEIR_CREDIT)
            row_credit(p, set, p->state.beats, row == 0, values);
        else if (p->node->timing == WEIR_FRP)
            row_frp(p, b, set, row, values);
        else
            row_lockstep(p, set, p->state.beats, row == 0, values);
        if (values[0] == UNKNOWN_EDGE) { /* never issued, nor was any after it */
            p->state.ended = true;
            b->rows--;
            return;
        }
        next_row(p, set);
    }
}

/* ------------------------------------------------------------------ marks and blocks */

static void save_mark(past *p, uint64_t number, const uint32_t *values) {
    uint32_t nesting = p->node->nesting, outputs = p->node->n_outputs;
    p->cursors[number] = p->state.cursor;
    memcpy(p->levels + number * nesting, p->state.cursor.levels, nesting * sizeof *p->levels);
    memcpy(p->beats + number * p->n_slots, p->state.beats, p->n_slots * sizeof *p->beats);
    memcpy(p->values + number * p->reach * p->n_nodes, values,
           (size_t)p->reach * p->n_nodes * sizeof *p->values);
    if (p->depth > 0)
        memcpy(p->releases + number * p->depth * outputs, p->state.releases,
               (size_t)p->depth * outputs * sizeof *p->releases);
}

static void load_mark(past *p, uint64_t number, uint32_t *values) {
    uint32_t nesting = p->node->nesting, outputs = p->node->n_outputs;
    weir_net_level *levels = p->state.cursor.levels;
    p->state.cursor = p->cursors[number];
    p->state.cursor.levels = levels;
    p->state.ended = false;
    memcpy(levels, p->levels + number * nesting, nesting * sizeof *p->levels);
    memcpy(p->state.beats, p->beats + number * p->n_slots, p->n_slots * sizeof *p->beats);
    memcpy(values, p->values + number * p->reach * p->n_nodes,
           (size_t)p->reach * p->n_nodes * sizeof *p->values);
    if (p->depth > 0)
        memcpy(p->state.releases, p->releases + number * p->depth * outputs,
               (size_t)p->depth * outputs * sizeof *p->releases);
}

static void first_pass(past *p) {
    block *b = &p->blocks[0];
    size_t kept = (size_t)p->reach * p->n_nodes;
    if (p->node->end == 0)
        p->state.ended = true;
    else
        weir_net_start(p->node, &p->state.cursor);
    while (!p->state.ended) {
        uint64_t number = p->n_marks++;
        save_mark(p, number, b->values);
        fill(p, b, number);
        p->rows += b->rows;
        /* What is kept may lie partly before the block. */
        memmove(b->values, b->values + (size_t)b->rows * p->n_nodes, kept * sizeof *b->values);
    }
    b->number = UINT64_MAX; /* its first rows are gone */
}

static const block *block_at(past *p, uint64_t number) {
    block *oldest = &p->blocks[0];
    for (uint32_t i = 0; i < KEPT; i++) {
        block *b = &p->blocks[i];
        if (b->number == number) {
            b->used = ++p->clock;
            return b;
        }
        if (b->used < oldest->used) oldest = b;
    }
    load_mark(p, number, oldest->values);
    fill(p, oldest, number);
    oldest->used = ++p->clock;
    return oldest;
}

past *past_new(const past_source *source, uint32_t process) {
    weir_arena *arena = weir_arena_new();
    past *p = WEIR_NEW(arena, past, 1);
    const weir_net_node *node = &source->net->nodes[process];
    p->arena = arena;
    p->source = source;
    p->node = node;
    find_stages(p);
    resolve_sets(p);
    p->n_slots = node->n_inputs + node->n_outputs;
    if (node->timing == WEIR_FRP)
        p->depth = (uint32_t)((node->stages + node->ii_cycles - 1) / node->ii_cycles);
    p->preamble_rows = rows_of(node->loops, 0, node->frame);
    p->frame_rows = rows_of(node->loops, node->frame, node->end);
    uint64_t room = (p->preamble_rows + p->frame_rows * source->frames) / BLOCK + 1;
    size_t releases = (size_t)p->depth * node->n_outputs, row = p->n_nodes;
    p->cursors = WEIR_NEW(arena, weir_net_cursor, room);
    p->levels = WEIR_NEW(arena, weir_net_level, room * node->nesting);
    p->beats = WEIR_NEW(arena, uint32_t, room * p->n_slots);
    p->values = WEIR_NEW(arena, uint32_t, room * p->reach * row);
    p->releases = WEIR_NEW(arena, release, room * releases);
    p->state.beats = WEIR_NEW(arena, uint32_t, p->n_slots + 1);
    p->state.cursor.levels = WEIR_NEW(arena, weir_net_level, node->nesting);
    p->state.releases = WEIR_NEW(arena, release, releases);
    for (uint32_t i = 0; i < KEPT; i++) {
        block *b = &p->blocks[i];
        b->number = UINT64_MAX;
        b->values = WEIR_NEW(arena, uint32_t, (p->reach + BLOCK) * row);
        b->sets = WEIR_NEW(arena, uint32_t, BLOCK);
        b->beats = WEIR_NEW(arena, uint32_t, BLOCK * p->n_slots);
        if (p->depth == 0) continue;
        b->issue_row = WEIR_NEW(arena, uint32_t, BLOCK * node->n_outputs);
        b->issue_beat = WEIR_NEW(arena, uint32_t, BLOCK * node->n_outputs);
    }
    first_pass(p);
    return p;
}

void past_free(past *p) {
    if (p != NULL) weir_arena_free(p->arena);
}

const weir_net_node *past_node(const past *p) {
    return p->node;
}
uint32_t past_nodes(const past *p) {
    return p->n_nodes;
}
const uint32_t *past_stages(const past *p) {
    return p->stages;
}
uint64_t past_frame_rows(const past *p) {
    return p->frame_rows;
}
uint64_t past_preamble_rows(const past *p) {
    return p->preamble_rows;
}

past_row past_row_at(past *p, uint64_t index) {
    const block *b = block_at(p, index / BLOCK);
    uint32_t r = (uint32_t)(index % BLOCK), outputs = p->node->n_outputs;
    past_row row = {.index = index};
    row.values = b->values + (size_t)(p->reach + r) * p->n_nodes;
    row.beats = b->beats + (size_t)r * p->n_slots;
    row.set = &p->sets[b->sets[r]];
    if (p->depth > 0) {
        row.issue_row = b->issue_row + (size_t)r * outputs;
        row.issue_beat = b->issue_beat + (size_t)r * outputs;
    }
    return row;
}

uint64_t past_row_of(past *p, uint32_t slot, uint64_t beat) {
    uint64_t low = 0, high = p->n_marks; /* the last mark that has at most `beat` beats before it */
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        if (p->beats[middle * p->n_slots + slot] <= beat)
            low = middle;
        else
            high = middle;
    }
    const block *b = block_at(p, low);
    uint32_t first = 0, end = b->rows;
    while (end - first > 1) {
        uint32_t middle = (first + end) / 2;
        if (b->beats[(size_t)middle * p->n_slots + slot] <= beat)
            first = middle;
        else
            end = middle;
    }
    return low * BLOCK + first;
}
