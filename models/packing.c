#include "models/packing.h"
#include <assert.h>
#include <string.h>

enum {
    BYTE_BITS = 9, /* of a write enable */
    ROM_PAIR_WORDS = 32,
    ROM_WORDS = 64,
    ROM_ROWS = 4, /* that the F7 and F8 multiplexers of a slice select from */
    SUBSETS = 1 << WEIR_GROUP_ARRAYS,
    SHAPES = 120, /* of four parts: 4 x 12 and 3 x 4 pairs of shapes, each joined in two ways */
};

static const char *const kind_names[] = {"rom", "buffer", "fifo"};

const char *weir_array_kind_name(weir_array_kind kind) {
    return kind_names[kind];
}

static uint64_t divide_up(uint64_t a, uint64_t b) {
    return a / b + (a % b != 0);
}

static uint64_t rom_lut(uint64_t words, uint32_t bits) {
    if (words <= ROM_PAIR_WORDS) return divide_up(bits, 2);
    uint64_t rows = divide_up(words, ROM_WORDS), slices = divide_up(rows, ROM_ROWS);
    return (rows + divide_up(slices - 1, 3)) * bits;
}

/* ------------------------------------------------------------------ layouts */

/* A rectangle that some of the parts fit into: one part, or two rectangles, one on the other or
 * side by side. */
typedef struct shape {
    uint64_t words;
    uint32_t bits;
    uint8_t left, left_at, right, right_at; /* subsets, and which of their shapes */
    bool beside;
} shape;

typedef struct shapes {
    uint32_t n;
    shape list[SHAPES];
} shapes;

typedef struct part {
    uint64_t words;
    uint32_t bits;
    uint64_t word; /* where it comes to lie */
    uint32_t bit;
} part;

typedef struct layout {
    uint32_t n;
    bool written;
    part parts[WEIR_GROUP_ARRAYS];
    shapes of[SUBSETS];
} layout;

/* Keeps only shapes that no other is at most as deep and as wide as. */
static void add_shape(shapes *all, const shape *more) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all->n; i++)
        if (all->list[i].words <= more->words && all->list[i].bits <= more->bits) return;
    for (uint32_t i = 0; i < all->n; i++)
        if (all->list[i].words < more->words || all->list[i].bits < more->bits)
            all->list[kept++] = all->list[i];
    assert(kept < SHAPES);
    all->list[kept] = *more;
    all->n = kept + 1;
}

static shape join(const layout *l, uint8_t left, uint8_t i, uint8_t right, uint8_t j, bool beside) {
    const shape *a = &l->of[left].list[i], *b = &l->of[right].list[j];
    shape both = {.left = left, .left_at = i, .right = right, .right_at = j, .beside = beside};
    uint64_t deeper = a->words > b->words ? a->words : b->words;
    uint32_t wider = a->bits > b->bits ? a->bits : b->bits;
    uint32_t start = l->written ? (uint32_t)divide_up(a->bits, BYTE_BITS) * BYTE_BITS : a->bits;
    both.words = beside ? deeper : a->words + b->words;
    both.bits = beside ? start + b->bits : wider;
    return both;
}

/* All shapes of a subset that are worth having. Its first part is always in `left`; with written
 * arrays beside one another the order matters, so both are tried. */
static void join_subset(layout *l, uint8_t subset) {
    uint8_t first = subset & (uint8_t)-subset;
    for (uint8_t left = subset; left > 0; left = (uint8_t)((left - 1) & subset)) {
        uint8_t right = subset & (uint8_t)~left;
        if (right == 0 || !(left & first)) continue;
        for (uint8_t i = 0; i < l->of[left].n; i++)
            for (uint8_t j = 0; j < l->of[right].n; j++) {
                shape stacked = join(l, left, i, right, j, false);
                shape beside = join(l, left, i, right, j, true);
                shape turned = join(l, right, j, left, i, true);
                add_shape(&l->of[subset], &stacked);
                add_shape(&l->of[subset], beside.bits <= turned.bits ? &beside : &turned);
            }
    }
}

static void place(layout *l, uint8_t subset, uint8_t at, uint64_t word, uint32_t bit) {
    const shape *s = &l->of[subset].list[at];
    if ((subset & (subset - 1)) == 0) {
        for (uint32_t i = 0; i < l->n; i++)
            if (subset == 1u << i) {
                l->parts[i].word = word;
                l->parts[i].bit = bit;
            }
        return;
    }
    const shape *left = &l->of[s->left].list[s->left_at];
    uint32_t unit = l->written ? BYTE_BITS : 1;
    place(l, s->left, s->left_at, word, bit);
    place(l, s->right, s->right_at, s->beside ? word : word + left->words,
          s->beside ? bit + (uint32_t)divide_up(left->bits, unit) * unit : bit);
}

static const shapes *make_shapes(layout *l) {
    uint8_t all = (uint8_t)((1u << l->n) - 1);
    for (uint8_t subset = 1; subset <= all; subset++) {
        l->of[subset].n = 0;
        if ((subset & (subset - 1)) != 0) {
            join_subset(l, subset);
            continue;
        }
        for (uint32_t i = 0; i < l->n; i++)
            if (subset == 1u << i) {
                shape single = {.words = l->parts[i].words, .bits = l->parts[i].bits};
                add_shape(&l->of[subset], &single);
            }
    }
    return &l->of[all];
}

/* ------------------------------------------------------------------ groups */

typedef struct use { /* what the members ask of a block's ports */
    uint32_t reads, writes;
    bool roms_only, fifos;
} use;

static use use_of(const weir_array *arrays, const uint32_t *members, uint32_t n) {
    use all = {.roms_only = true};
    for (uint32_t i = 0; i < n; i++) {
        weir_array_kind kind = arrays[members[i]].kind;
        all.reads++;
        all.writes += kind != WEIR_ARRAY_ROM;
        all.roms_only = all.roms_only && kind == WEIR_ARRAY_ROM;
        all.fifos = all.fifos || kind == WEIR_ARRAY_FIFO;
    }
    return all;
}

static bool of_one_clock(const weir_array *arrays, const uint32_t *members, uint32_t n, use all) {
    for (uint32_t i = 1; i < n; i++) {
        const weir_array *a = &arrays[members[0]], *b = &arrays[members[i]];
        if (all.roms_only ? a->clock != b->clock : a->domain != b->domain) return false;
    }
    return true;
}

/* Whether the ports of a block suffice: of a true dual port one, of a simple one. */
static bool ports_suffice(use all, uint32_t clock, bool wide) {
    if (wide) return all.reads <= clock && all.writes <= clock && !all.fifos;
    return all.reads + all.writes <= 2 * clock;
}

static bool same_content(const weir_array *a, const weir_array *b) {
    return a->content != 0 && a->content == b->content;
}

/* The first of the members that holds the same as member i. */
static uint32_t first_of(const weir_array *arrays, const uint32_t *members, uint32_t i) {
    uint32_t first = 0;
    while (first < i && !same_content(&arrays[members[first]], &arrays[members[i]]))
        first++;
    return first;
}

static void make_parts(const weir_array *arrays, const uint32_t *members, uint32_t n, layout *l,
                       uint32_t part_of[]) {
    l->n = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t first = first_of(arrays, members, i);
        part_of[i] = first < i ? part_of[first] : l->n;
        if (first < i) continue;
        const weir_array *array = &arrays[members[i]];
        l->parts[l->n++] = (part){.words = array->words, .bits = array->bits};
    }
}

static weir_memory_cost block_cost(weir_storage storage, uint64_t words, uint32_t bits, bool wide) {
    if (storage == WEIR_STORAGE_URAM) return weir_memory_of(storage, words, bits);
    return (weir_memory_cost){.bram18 = weir_memory_ramb18(words, bits, wide)};
}

static weir_memory_cost lut_cost(const weir_array *array) {
    if (array->kind != WEIR_ARRAY_ROM)
        return weir_memory_of(WEIR_STORAGE_LUTRAM, array->words, array->bits);
    return (weir_memory_cost){.lut = rom_lut(array->words, array->bits)};
}

static bool plan_alone(const weir_array *arrays, uint32_t member, weir_memory_group *group) {
    const weir_array *array = &arrays[member];
    *group = (weir_memory_group){.storage = WEIR_STORAGE_LUTRAM,
                                 .clock = 1,
                                 .words = array->words,
                                 .bits = array->bits,
                                 .cost = lut_cost(array),
                                 .n_members = 1,
                                 .members = {{.array = member}}};
    return true;
}

/* The cheapest shape, at the slowest clock that allows it. */
static bool choose(const shapes *all, weir_storage storage, use ports, uint32_t memory_clock,
                   weir_memory_group *group) {
    uint64_t best = UINT64_MAX;
    uint32_t at = 0;
    for (uint32_t clock = 1; clock <= memory_clock; clock++)
        for (uint32_t wide = 0; wide <= (storage == WEIR_STORAGE_BRAM); wide++) {
            if (!ports_suffice(ports, clock, wide)) continue;
            for (uint32_t i = 0; i < all->n; i++) {
                const shape *s = &all->list[i];
                weir_memory_cost cost = block_cost(storage, s->words, s->bits, wide);
                if (cost.bram18 + cost.uram >= best) continue;
                best = cost.bram18 + cost.uram;
                at = i;
                group->cost = cost;
                group->clock = clock;
                group->wide = wide;
                group->words = s->words;
                group->bits = s->bits;
            }
        }
    if (best == UINT64_MAX) return false;
    group->storage = storage;
    group->n_members = at; /* the caller's to look up */
    return true;
}

bool weir_group_plan(const weir_array *arrays, const uint32_t *members, uint32_t n,
                     weir_storage storage, uint32_t memory_clock, weir_memory_group *group) {
    assert(n >= 1 && n <= WEIR_GROUP_ARRAYS);
    use all = use_of(arrays, members, n);
    if (storage == WEIR_STORAGE_LUTRAM) return n == 1 && plan_alone(arrays, members[0], group);
    if (storage == WEIR_STORAGE_URAM && all.reads != all.writes) return false;
    if (!ports_suffice(all, memory_clock, false) || !of_one_clock(arrays, members, n, all))
        return false;
    layout l; /* large: only what is used is set */
    l.written = !all.roms_only;
    uint32_t part_of[WEIR_GROUP_ARRAYS];
    make_parts(arrays, members, n, &l, part_of);
    memset(group, 0, sizeof *group);
    const shapes *whole = make_shapes(&l);
    if (!choose(whole, storage, all, memory_clock, group)) return false;
    place(&l, (uint8_t)((1u << l.n) - 1), (uint8_t)group->n_members, 0, 0);
    group->n_members = n;
    for (uint32_t i = 0; i < n; i++) {
        const part *p = &l.parts[part_of[i]];
        group->members[i] = (weir_group_member){members[i], p->word, p->bit};
    }
    return true;
}

uint64_t weir_group_bits(const weir_array *arrays, const weir_memory_group *group) {
    uint32_t members[WEIR_GROUP_ARRAYS];
    uint64_t bits = 0;
    for (uint32_t i = 0; i < group->n_members; i++) {
        members[i] = group->members[i].array;
        if (first_of(arrays, members, i) == i)
            bits += arrays[members[i]].words * arrays[members[i]].bits;
    }
    return bits;
}

/* ------------------------------------------------------------------ checking */

static bool apart(const weir_array *arrays, const weir_group_member *a,
                  const weir_group_member *b) {
    const weir_array *x = &arrays[a->array], *y = &arrays[b->array];
    if (same_content(x, y) && a->word == b->word && a->bit == b->bit) return true;
    return a->word + x->words <= b->word || b->word + y->words <= a->word ||
           a->bit + x->bits <= b->bit || b->bit + y->bits <= a->bit;
}

static const char *place_fault(const weir_array *arrays, const weir_memory_group *group,
                               bool written) {
    for (uint32_t i = 0; i < group->n_members; i++) {
        const weir_group_member *m = &group->members[i];
        const weir_array *array = &arrays[m->array];
        if (m->word + array->words > group->words || m->bit + array->bits > group->bits)
            return "a member lies beyond the group";
        if (written && m->bit % BYTE_BITS != 0) return "a place between two write enables";
        for (uint32_t j = 0; j < i; j++) {
            if (group->members[j].array == m->array) return "an array is twice in the group";
            if (!apart(arrays, &group->members[j], m)) return "two members overlap";
        }
    }
    return NULL;
}

const char *weir_group_fault(const weir_array *arrays, const weir_memory_group *group) {
    uint32_t members[WEIR_GROUP_ARRAYS];
    if (group->n_members < 1 || group->n_members > WEIR_GROUP_ARRAYS) return "number of members";
    for (uint32_t i = 0; i < group->n_members; i++)
        members[i] = group->members[i].array;
    use all = use_of(arrays, members, group->n_members);
    const char *fault = place_fault(arrays, group, !all.roms_only);
    if (fault != NULL) return fault;
    weir_memory_cost cost;
    if (group->storage == WEIR_STORAGE_LUTRAM) {
        if (group->n_members > 1) return "several arrays in LUT";
        cost = lut_cost(&arrays[members[0]]);
    } else {
        if (!of_one_clock(arrays, members, group->n_members, all)) return "different clocks";
        if (!ports_suffice(all, group->clock, group->wide)) return "too few ports";
        if (group->storage == WEIR_STORAGE_URAM && all.reads != all.writes) return "a ROM in URAM";
        cost = block_cost(group->storage, group->words, group->bits, group->wide);
    }
    bool same = cost.lut == group->cost.lut && cost.bram18 == group->cost.bram18 &&
                cost.uram == group->cost.uram;
    return same ? NULL : "cost is not that of the shape";
}
