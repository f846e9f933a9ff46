/* What memories cost. The shapes, and where they stand:
 *
 *   SRL     UG474 "Shift registers" (and UG574): one LUT of a SLICEM is a 32 bit shift register with a
 *           readable tap (SRLC32E), or two of 16 bits (SRL16E). The four of a slice chain to 128 bits
 *           through the F7 and F8 multiplexers; beyond, the slices' outputs are selected in LUTs,
 *           four to one in each.
 *   LUTRAM  UG474 "Distributed RAM configuration": 32 x 6 simple dual port (RAM32M) and 64 x 3
 *           (RAM64M) in 4 LUTs, 32 x 1 and 64 x 1 dual port (RAM32X1D, RAM64X1D) in 2. Rows of 64
 *           words are selected in LUTs, four to one in each.
 *   BRAM    UG473 "Block RAM": RAMB18E1 true dual port, 16K x 1 to 1K x 18 (the same in UG573 for
 *           RAMB18E2). 512 x 36 exists as simple dual port only; the FIFOs of vendor HLS do not use
 *           it: its reports give 23 RAMB18 to 64 x 400 and 8 to 16 x 128, ceil(bits / 18).
 *   URAM    UG573 "UltraRAM": 4K x 72, no other shape.
 * Address counters and write-enable decoding are not counted.
 */
#include "models/memory.h"
#include <assert.h>

enum {
    SRL_PAIR_WORDS = 16,
    SRL_WORDS = 32,
    SRL_SLICE_WORDS = 128,
    LUTRAM_LUT = 4,
    RAM32M_WORDS = 32,
    RAM32M_BITS = 6,
    RAM64M_WORDS = 64,
    RAM64M_BITS = 3,
    DUAL_PORT_LUT = 2,
    RAMB18_SHAPES = 6,
    URAM_WORDS = 4096,
    URAM_BITS = 72,
    LUTRAM_BITS_A_LUT = 48, /* RAM64M: 64 x 3 in 4 LUTs */
    RAMB18_LUT = 18 * 1024 / LUTRAM_BITS_A_LUT,
    URAM_LUT = URAM_WORDS * URAM_BITS / LUTRAM_BITS_A_LUT,
};

/* The widest first; that one as simple dual port only. */
static const struct {
    uint32_t words, bits;
} ramb18[RAMB18_SHAPES] = {{512, 36}, {1024, 18}, {2048, 9}, {4096, 4}, {8192, 2}, {16384, 1}};

static uint64_t divide_up(uint64_t a, uint64_t b) {
    return a / b + (a % b != 0);
}

/* LUTs of one bit that select one of `rows`: each takes four and leaves one. */
static uint64_t select_lut(uint64_t rows) {
    return divide_up(rows - 1, 3);
}

static uint64_t srl_lut(uint64_t words, uint32_t bits) {
    if (words <= SRL_PAIR_WORDS) return divide_up(bits, 2);
    uint64_t one = divide_up(words, SRL_WORDS) + select_lut(divide_up(words, SRL_SLICE_WORDS));
    return one * bits;
}

/* One row of one kind of LUTRAM: whole 4-LUT columns, and a 2-LUT one where a single bit is left. */
static uint64_t lutram_row(uint32_t bits, uint32_t width) {
    uint64_t rest = bits % width;
    return (uint64_t)LUTRAM_LUT * (bits / width) + (rest == 0   ? 0
                                                    : rest == 1 ? DUAL_PORT_LUT
                                                                : LUTRAM_LUT);
}

static uint64_t lutram_lut(uint64_t words, uint32_t bits) {
    uint64_t full = words / RAM64M_WORDS, rest = words % RAM64M_WORDS;
    uint64_t lut = full * lutram_row(bits, RAM64M_BITS);
    if (rest > RAM32M_WORDS)
        lut += lutram_row(bits, RAM64M_BITS);
    else if (rest > 0)
        lut += lutram_row(bits, RAM32M_BITS);
    return lut + select_lut(full + (rest > 0)) * bits;
}

/* Two columns of one shape are never cheaper than one of the next wider, which is half as deep; so
 * the narrow shapes stand at most once each, beside as many columns of the widest as fill up. */
uint64_t weir_memory_ramb18(uint64_t words, uint32_t bits, bool simple) {
    uint32_t first = simple ? 0 : 1;
    uint64_t widest = divide_up(words, ramb18[first].words);
    uint32_t rest = bits % ramb18[first].bits;
    uint64_t best = rest ? widest : 0;
    uint32_t narrower = RAMB18_SHAPES - 1 - first;
    for (uint32_t set = 1; set < 1u << narrower && rest > 0; set++) {
        uint64_t count = 0;
        uint32_t covered = 0;
        for (uint32_t s = first + 1; s < RAMB18_SHAPES; s++) {
            if (!(set >> (s - first - 1) & 1)) continue;
            covered += ramb18[s].bits;
            count += divide_up(words, ramb18[s].words);
        }
        if (covered >= rest && count < best) best = count;
    }
    return widest * (bits / ramb18[first].bits) + best;
}

weir_memory_cost weir_memory_of(weir_storage storage, uint64_t words, uint32_t bits) {
    assert(words > 0 && bits > 0);
    weir_memory_cost cost = {0};
    switch (storage) {
    case WEIR_STORAGE_SRL:
        cost.lut = srl_lut(words, bits);
        break;
    case WEIR_STORAGE_LUTRAM:
        cost.lut = lutram_lut(words, bits);
        break;
    case WEIR_STORAGE_BRAM:
        cost.bram18 = weir_memory_ramb18(words, bits, false);
        break;
    case WEIR_STORAGE_URAM:
        cost.uram = divide_up(words, URAM_WORDS) * divide_up(bits, URAM_BITS);
        break;
    case WEIR_STORAGE_AUTO:
        assert(!"storage is resolved before it is costed");
    }
    return cost;
}

uint64_t weir_memory_weight(weir_memory_cost cost) {
    return cost.lut + cost.bram18 * RAMB18_LUT + cost.uram * URAM_LUT;
}

uint64_t weir_memory_step_down(weir_storage storage, uint64_t words, uint32_t bits) {
    uint64_t now = weir_memory_weight(weir_memory_of(storage, words, bits));
    uint64_t less = 0, same = words; /* cost never falls with words */
    while (same - less > 1) {
        uint64_t middle = less + (same - less) / 2;
        if (weir_memory_weight(weir_memory_of(storage, middle, bits)) < now)
            less = middle;
        else
            same = middle;
    }
    return less;
}
