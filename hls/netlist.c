#include "hls/netlist.h"
#include "base/arena.h"
#include "base/text.h"
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING UINT32_MAX /* a constant, or no cell */
#define LUT_INPUTS 6
#define SHARED_INPUTS 5   /* of a LUT with two outputs */
#define CANDIDATES 64     /* looked at for each input of a LUT that looks for a partner */
#define LONGEST_TRACE 200 /* cells on the way to a name */

typedef enum kind {
    OTHER,
    LUT,
    INVERTER,
    WIDE_MUX,
    CARRY,
    SHIFT,
    LUT_MEMORY,
    FLIP_FLOP,
    DSP,
    BLOCK
} kind;

typedef struct cell_type {
    const char *prefix;
    kind kind;
    uint32_t units; /* LUT of a memory, RAMB18 of a block; URAM: 0 */
} cell_type;

/* The first prefix that fits. */
static const cell_type types[] = {
    {"LUT", LUT, 1},
    {"INV", INVERTER, 0},
    {"MUXF", WIDE_MUX, 0},
    {"CARRY4", CARRY, 0},
    {"SRL16", SHIFT, 0},
    {"SRLC32", LUT_MEMORY, 1},
    {"RAMB18", BLOCK, 1},
    {"RAMB36", BLOCK, 2},
    {"URAM288", BLOCK, 0},
    {"RAM32M16", LUT_MEMORY, 8},
    {"RAM64M8", LUT_MEMORY, 8},
    {"RAM32M", LUT_MEMORY, 4},
    {"RAM64M", LUT_MEMORY, 4},
    {"RAM32X1D", LUT_MEMORY, 2},
    {"RAM64X1D", LUT_MEMORY, 2},
    {"RAM128X1D", LUT_MEMORY, 4},
    {"RAM32X1S", LUT_MEMORY, 1},
    {"RAM64X1S", LUT_MEMORY, 1},
    {"RAM128X1S", LUT_MEMORY, 2},
    {"RAM256X1S", LUT_MEMORY, 4},
    {"RAM256X1D", LUT_MEMORY, 8},
    {"RAM512X1S", LUT_MEMORY, 8},
    {"FD", FLIP_FLOP, 0},
    {"DSP48", DSP, 0},
};

typedef struct cell {
    const cell_type *type; /* NULL: costs nothing */
    const char *name;
    json_t *pins;
    uint32_t in[LUT_INPUTS], n_in; /* of a LUT */
    uint32_t out[4];               /* NOTHING: no such output; of wide ones the first four */
    weir_part part;
    bool placed, visited;
} cell;

typedef struct netlist {
    cell *cells;
    uint32_t n_cells, n_bits;
    uint32_t *driver, *sink; /* of each bit: a cell, preferring one that takes it as data */
    uint64_t *open;          /* keys of the shift registers of 16 whose LUT has room for one more */
    uint32_t n_open;
    int8_t *named; /* of each bit: the part that its name speaks of, or -1 */
    weir_arena *arena;
} netlist;

/* ------------------------------------------------------------------ names */

typedef struct word {
    const char *text;
    weir_part part;
} word;

/* What stands in the names of rtl/ and of the emitted modules; earlier ones count more. */
static const word words[] = {
    {".weights.", WEIR_PART_WEIGHTS},
    {".biases.", WEIR_PART_WEIGHTS},
    {"weight_word", WEIR_PART_WEIGHTS},
    {"bias_word", WEIR_PART_WEIGHTS},
    {"_values.", WEIR_PART_WEIGHTS},
    {".values.", WEIR_PART_WEIGHTS},
    {"table", WEIR_PART_WEIGHTS},
    {".memory.", WEIR_PART_BUFFER},
    {".lines.", WEIR_PART_BUFFER},
    {"row_of_window", WEIR_PART_BUFFER},
    {".again", WEIR_PART_BUFFER},
    {".fresh", WEIR_PART_BUFFER},
    {".accumulator", WEIR_PART_ADDERS},
    {".total", WEIR_PART_ADDERS},
    {"level[0]", WEIR_PART_MULTIPLIERS},
    {".product", WEIR_PART_MULTIPLIERS},
    {".multiply.", WEIR_PART_MULTIPLIERS},
    {".level[", WEIR_PART_ADDERS},
    {".sum", WEIR_PART_ADDERS},
    {"requant", WEIR_PART_CONVERSION},
    {".to_output", WEIR_PART_CONVERSION},
    {".to_accumulator", WEIR_PART_CONVERSION},
    {".converted", WEIR_PART_CONVERSION},
    {".lane[", WEIR_PART_CONVERSION},
    {".tree", WEIR_PART_CONVERSION},
    {".slice", WEIR_PART_BUFFER},
    {".current", WEIR_PART_BUFFER},
    {"out_data", WEIR_PART_CONVERSION},
    {"core.out", WEIR_PART_CONVERSION},
};

/* "dut.p3_44" is a product, "dut.s0_1_0" a sum of the latency strategy. */
static bool is_numbered(const char *name, char letter) {
    const char *at = strncmp(name, "dut.", 4) == 0 ? name + 4 : name;
    if (*at++ != letter || !isdigit((unsigned char)*at)) return false;
    while (isdigit((unsigned char)*at))
        at++;
    return *at == '_' && isdigit((unsigned char)at[1]);
}

/* Rank of the part in a name: smaller counts more; the number of words and 2 where it has none. */
static size_t rank_of(const char *name, weir_part *part) {
    size_t n = sizeof words / sizeof *words;
    for (size_t w = 0; w < n; w++) {
        if (strstr(name, words[w].text) == NULL) continue;
        *part = words[w].part;
        return w;
    }
    *part = is_numbered(name, 'p')   ? WEIR_PART_MULTIPLIERS
            : is_numbered(name, 's') ? WEIR_PART_ADDERS
                                     : WEIR_PART_CONTROL;
    return *part == WEIR_PART_CONTROL ? n + 1 : n;
}

/* ------------------------------------------------------------------ reading */

static const cell_type *type_of(const char *name) {
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        if (strncmp(name, types[t].prefix, strlen(types[t].prefix)) == 0) return &types[t];
    return NULL;
}

static uint32_t bit_at(const json_t *bits, size_t index) {
    const json_t *bit = json_array_get(bits, index);
    return json_is_integer(bit) ? (uint32_t)json_integer_value(bit) : NOTHING;
}

static bool is_output(const char *pin) {
    static const char *const outputs[] = {"O", "Q", "P", "CO", "Q15", "Q31"};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (strcmp(pin, outputs[i]) == 0) return true;
    return strncmp(pin, "DO", 2) == 0 || strncmp(pin, "DOUT", 4) == 0;
}

/* What a pin takes is data unless it clocks, enables or resets. */
static bool is_data(const char *pin) {
    static const char *const others[] = {"C", "CE", "R", "S", "CLR", "PRE", "CLK", "WCLK", "WE"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(pin, others[i]) == 0) return false;
    return true;
}

static void add_pin(netlist *net, uint32_t index, const char *pin, const json_t *bits,
                    bool directed_out, uint8_t *as_data) {
    cell *c = &net->cells[index];
    bool output = directed_out || is_output(pin);
    bool lut = c->type != NULL && c->type->kind == LUT;
    bool chain = c->type != NULL && (c->type->kind == CARRY || c->type->kind == WIDE_MUX);
    for (size_t b = 0; b < json_array_size(bits); b++) {
        uint32_t bit = bit_at(bits, b);
        if (bit == NOTHING || bit >= net->n_bits) continue;
        if (output) {
            net->driver[bit] = index;
            bool named = b < 4 && c->out[b] != NOTHING && net->named[c->out[b]] >= 0;
            if (b < 4 && !named && strcmp(pin, "CO") != 0) c->out[b] = bit;
            continue;
        }
        if (lut && c->n_in < LUT_INPUTS) c->in[c->n_in++] = bit;
        bool data = chain || is_data(pin);
        if (net->sink[bit] == NOTHING || (data && !as_data[bit])) net->sink[bit] = index;
        as_data[bit] |= data;
    }
}

static void read_cells(netlist *net, json_t *cells) {
    uint8_t *as_data = WEIR_NEW(net->arena, uint8_t, net->n_bits);
    const char *name;
    json_t *item;
    uint32_t index = 0;
    json_object_foreach(cells, name, item) {
        cell *c = &net->cells[index];
        *c = (cell){.name = name,
                    .type = type_of(json_string_value(json_object_get(item, "type"))),
                    .pins = json_object_get(item, "connections"),
                    .out = {NOTHING, NOTHING, NOTHING, NOTHING}};
        json_t *directions = json_object_get(item, "port_directions"), *bits;
        const char *pin;
        json_object_foreach(c->pins, pin, bits) {
            const char *way = json_string_value(json_object_get(directions, pin));
            add_pin(net, index, pin, bits, way != NULL && strcmp(way, "output") == 0, as_data);
        }
        index++;
    }
}

/* The part of each named bit: of all its names the one that counts most. */
static void read_names(netlist *net, json_t *names) {
    uint8_t *ranks = WEIR_NEW(net->arena, uint8_t, net->n_bits);
    memset(ranks, UINT8_MAX, net->n_bits);
    memset(net->named, -1, net->n_bits);
    const char *name;
    json_t *item;
    json_object_foreach(names, name, item) {
        if (json_integer_value(json_object_get(item, "hide_name")) != 0) continue;
        weir_part part;
        size_t rank = rank_of(name, &part);
        const json_t *bits = json_object_get(item, "bits");
        for (size_t b = 0; b < json_array_size(bits); b++) {
            uint32_t bit = bit_at(bits, b);
            if (bit >= net->n_bits || rank >= ranks[bit]) continue;
            ranks[bit] = (uint8_t)rank;
            net->named[bit] = (int8_t)part;
        }
    }
}

static uint32_t count_bits(const json_t *names) {
    uint32_t most = 1;
    const char *name;
    json_t *item;
    json_object_foreach((json_t *)names, name, item) {
        const json_t *bits = json_object_get(item, "bits");
        for (size_t b = 0; b < json_array_size(bits); b++) {
            uint32_t bit = bit_at(bits, b);
            if (bit != NOTHING && bit > most) most = bit;
        }
    }
    return most + 1;
}

/* ------------------------------------------------------------------ parts */

static weir_part part_of(netlist *net, uint32_t index, int depth) {
    cell *c = &net->cells[index];
    if (c->placed) return c->part;
    weir_part part = WEIR_PART_CONTROL, found;
    if (c->type != NULL && c->type->kind == DSP) {
        part = WEIR_PART_MULTIPLIERS;
    } else if (c->type != NULL && (c->type->kind == BLOCK || c->type->kind == LUT_MEMORY) &&
               rank_of(c->name, &found) < sizeof words / sizeof *words) {
        part = found;
    } else if (!c->visited && depth < LONGEST_TRACE) {
        c->visited = true; /* combinational cells make no loop, but the netlist is not ours */
        bool done = false;
        for (int o = 0; o < 4 && !done; o++) {
            if (c->out[o] == NOTHING || net->named[c->out[o]] < 0) continue;
            part = (weir_part)net->named[c->out[o]];
            done = true;
        }
        for (int o = 0; o < 4 && !done; o++) {
            if (c->out[o] == NOTHING || net->sink[c->out[o]] == NOTHING) continue;
            part = part_of(net, net->sink[c->out[o]], depth + 1);
            done = true;
        }
        c->visited = false;
    }
    c->placed = true;
    c->part = part;
    return part;
}

/* ------------------------------------------------------------------ pairs */

/* LUT that take each bit, in one array with the ends of each bit's part. */
typedef struct takers {
    uint32_t *end, *lut;
} takers;

static takers list_takers(const netlist *net) {
    takers list = {WEIR_NEW(net->arena, uint32_t, net->n_bits + 1), NULL};
    uint32_t total = 0;
    for (uint32_t c = 0; c < net->n_cells; c++)
        for (uint32_t i = 0; i < net->cells[c].n_in; i++, total++)
            list.end[net->cells[c].in[i]]++;
    list.lut = WEIR_NEW(net->arena, uint32_t, total + 1);
    for (uint32_t b = 1; b <= net->n_bits; b++)
        list.end[b] += list.end[b - 1];
    uint32_t *at = WEIR_NEW(net->arena, uint32_t, net->n_bits + 1);
    for (uint32_t b = 1; b <= net->n_bits; b++)
        at[b] = list.end[b - 1];
    for (uint32_t c = 0; c < net->n_cells; c++)
        for (uint32_t i = 0; i < net->cells[c].n_in; i++)
            list.lut[at[net->cells[c].in[i]]++] = c;
    return list;
}

static uint32_t common_inputs(const cell *a, const cell *b) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_in; i++)
        for (uint32_t k = 0; k < b->n_in; k++)
            n += a->in[i] == b->in[k];
    return n;
}

static uint32_t best_partner(const netlist *net, const takers *list, const uint8_t *taken,
                             uint32_t index) {
    const cell *c = &net->cells[index];
    uint32_t best = NOTHING, most = 0;
    for (uint32_t i = 0; i < c->n_in; i++) {
        uint32_t from = c->in[i] > 0 ? list->end[c->in[i] - 1] : 0, to = list->end[c->in[i]];
        if (to - from > CANDIDATES) to = from + CANDIDATES;
        for (uint32_t k = from; k < to; k++) {
            uint32_t other = list->lut[k];
            const cell *d = &net->cells[other];
            if (other == index || taken[other]) continue;
            uint32_t common = common_inputs(c, d);
            if (c->n_in + d->n_in - common > SHARED_INPUTS || common <= most) continue;
            most = common;
            best = other;
        }
    }
    return best;
}

static void count_pairs(netlist *net, weir_cost *cost, weir_cells *cells) {
    takers list = list_takers(net);
    uint8_t *taken = WEIR_NEW(net->arena, uint8_t, net->n_cells + 1);
    for (uint32_t size = SHARED_INPUTS; size > 0; size--) {
        for (uint32_t c = 0; c < net->n_cells; c++) {
            if (net->cells[c].n_in != size || taken[c]) continue;
            uint32_t partner = best_partner(net, &list, taken, c);
            if (partner == NOTHING) continue;
            taken[c] = taken[partner] = 1;
            cells->pairs++;
            weir_part part = part_of(net, partner, 0);
            cost->total[WEIR_LUT]--;
            cost->part[part][WEIR_LUT]--;
        }
    }
}

/* ------------------------------------------------------------------ counting */

static bool drives_lut_or_register(const netlist *net, const cell *c) {
    if (c->out[0] == NOTHING || net->sink[c->out[0]] == NOTHING) return true;
    const cell_type *type = net->cells[net->sink[c->out[0]]].type;
    return type != NULL && (type->kind == LUT || type->kind == CARRY || type->kind == FLIP_FLOP);
}

/* Carry bits that are used, and those whose S comes past no LUT. */
static void count_carry(netlist *net, const cell *c, weir_part part, weir_cost *cost,
                        weir_cells *cells) {
    const json_t *select = json_object_get(c->pins, "S");
    for (size_t b = 0; b < json_array_size(select); b++) {
        uint32_t bit = bit_at(select, b);
        if (bit == NOTHING) continue;
        weir_cost_add(cost, part, WEIR_CARRY, 1);
        uint32_t from = net->driver[bit];
        if (from != NOTHING && net->cells[from].type != NULL && net->cells[from].type->kind == LUT)
            continue;
        cells->routes++;
        weir_cost_add(cost, part, WEIR_LUT, 1);
    }
}

/* Address, enable and clock of a shift register of 16 (FNV-1a over their bits). */
static uint64_t shift_key(const cell *c) {
    static const char *const pins[] = {"A0", "A1", "A2", "A3", "CE", "CLK"};
    uint64_t key = UINT64_C(0xcbf29ce484222325);
    for (size_t p = 0; p < sizeof pins / sizeof *pins; p++) {
        const json_t *bits = json_object_get(c->pins, pins[p]);
        const char *constant = json_string_value(json_array_get(bits, 0));
        uint32_t value = constant != NULL ? (uint32_t)constant[0] << 24 : bit_at(bits, 0);
        key = (key ^ value) * UINT64_C(0x100000001b3);
    }
    return key;
}

/* Takes the second half of a LUT whose first half has the same address and enable, if there is one;
 * else its own LUT has a half to give. */
static bool joins_open(netlist *net, const cell *c) {
    uint64_t key = shift_key(c);
    for (uint32_t i = 0; i < net->n_open; i++) {
        if (net->open[i] != key) continue;
        net->open[i] = net->open[--net->n_open];
        return true;
    }
    net->open[net->n_open++] = key;
    return false;
}

static void count_memory_lut(weir_cost *cost, weir_part part, uint64_t lut) {
    weir_cost_add(cost, part, WEIR_LUT, lut);
    weir_cost_add(cost, part, WEIR_LUT_MEMORY, lut);
}

/* Handshakes and counters start from somewhere; data does not. */
static bool is_reset(const cell *c) {
    static const char *const pins[] = {"R", "S", "CLR", "PRE"};
    for (size_t p = 0; p < sizeof pins / sizeof *pins; p++)
        if (bit_at(json_object_get(c->pins, pins[p]), 0) != NOTHING) return true;
    return false;
}

static void count_cell(netlist *net, uint32_t index, weir_cost *cost, weir_cells *cells) {
    const cell *c = &net->cells[index];
    if (c->type == NULL) return;
    weir_part part = part_of(net, index, 0);
    switch (c->type->kind) {
    case LUT:
        cells->lut[c->n_in > 0 ? c->n_in : 1]++;
        weir_cost_add(cost, part, WEIR_LUT, 1);
        break;
    case INVERTER:
        if (drives_lut_or_register(net, c)) break;
        cells->inverters++;
        weir_cost_add(cost, part, WEIR_LUT, 1);
        break;
    case WIDE_MUX:
        cells->wide_mux++;
        break;
    case CARRY:
        count_carry(net, c, part, cost, cells);
        break;
    case LUT_MEMORY:
        cells->ram_lut += c->type->units;
        cells->srl += strncmp(c->type->prefix, "SRL", 3) == 0;
        count_memory_lut(cost, part, c->type->units);
        break;
    case SHIFT:
        cells->srl++;
        if (!joins_open(net, c)) count_memory_lut(cost, part, 1);
        break;
    case FLIP_FLOP:
        if (part == WEIR_PART_CONTROL && !is_reset(c)) part = WEIR_PART_REGISTERS;
        weir_cost_add(cost, part, WEIR_FF, 1);
        break;
    case DSP:
        weir_cost_add(cost, part, WEIR_DSP, 1);
        break;
    case BLOCK:
        weir_cost_add(cost, part, c->type->units > 0 ? WEIR_BRAM18 : WEIR_URAM,
                      c->type->units > 0 ? c->type->units : 1);
        break;
    case OTHER:
        break;
    }
}

static bool take_module(json_t *root, const char *module, json_t **cells, json_t **names) {
    json_t *object = json_object_get(json_object_get(root, "modules"), module);
    *cells = json_object_get(object, "cells");
    *names = json_object_get(object, "netnames");
    return json_is_object(*cells) && json_is_object(*names);
}

bool weir_netlist_read(const char *path, const char *module, weir_cost *cost, weir_cells *cells,
                       weir_diag *diag) {
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *items, *names;
    if (root == NULL)
        return weir_error(diag, (weir_loc){path, error.line}, "not a netlist: %s", error.text);
    if (!take_module(root, module, &items, &names)) {
        json_decref(root);
        return weir_error(diag, (weir_loc){path, 0}, "not a netlist: no cells of module \"%s\"",
                          module);
    }
    weir_arena *arena = weir_arena_new();
    netlist net = {
        .arena = arena, .n_cells = (uint32_t)json_object_size(items), .n_bits = count_bits(names)};
    net.cells = WEIR_NEW(arena, cell, net.n_cells + 1);
    net.open = WEIR_NEW(arena, uint64_t, net.n_cells + 1);
    net.driver = WEIR_NEW(arena, uint32_t, net.n_bits);
    net.sink = WEIR_NEW(arena, uint32_t, net.n_bits);
    net.named = WEIR_NEW(arena, int8_t, net.n_bits);
    memset(net.driver, 0xff, net.n_bits * sizeof *net.driver);
    memset(net.sink, 0xff, net.n_bits * sizeof *net.sink);
    read_names(&net, names);
    read_cells(&net, items);
    memset(cost, 0, sizeof *cost);
    memset(cells, 0, sizeof *cells);
    cost->source = WEIR_COST_SYNTHESIS;
    for (uint32_t c = 0; c < net.n_cells; c++)
        count_cell(&net, c, cost, cells);
    count_pairs(&net, cost, cells);
    json_decref(root);
    weir_arena_free(arena);
    return true;
}
