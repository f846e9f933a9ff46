// Groups of arrays in one memory: which may share, where they lie, what they cost.
#include "models/packing.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace {

weir_array rom(uint64_t words, uint32_t bits, uint32_t domain = 0) {
    weir_array array = {};
    array.name = "rom";
    array.kind = WEIR_ARRAY_ROM;
    array.domain = array.clock = domain;
    array.words = words;
    array.bits = bits;
    return array;
}

weir_array buffer(uint64_t words, uint32_t bits, uint32_t domain = 0) {
    weir_array array = rom(words, bits, domain);
    array.kind = WEIR_ARRAY_BUFFER;
    return array;
}

weir_array fifo(uint64_t words, uint32_t bits, uint32_t domain = 0) {
    weir_array array = rom(words, bits, domain);
    array.kind = WEIR_ARRAY_FIFO;
    return array;
}

struct Planned {
    bool possible;
    weir_memory_group group;
};

Planned plan(const std::vector<weir_array> &arrays, uint32_t memory_clock,
             weir_storage storage = WEIR_STORAGE_BRAM) {
    std::vector<uint32_t> members;
    for (uint32_t i = 0; i < arrays.size(); i++)
        members.push_back(i);
    Planned result = {};
    result.possible = weir_group_plan(arrays.data(), members.data(), (uint32_t)members.size(),
                                      storage, memory_clock, &result.group);
    if (result.possible) {
        EXPECT_EQ(weir_group_fault(arrays.data(), &result.group), nullptr)
            << weir_group_fault(arrays.data(), &result.group);
    }
    return result;
}

uint64_t blocks(const std::vector<weir_array> &arrays, uint32_t memory_clock) {
    Planned result = plan(arrays, memory_clock);
    return result.possible ? result.group.cost.bram18 : 0;
}

TEST(Packing, PortsAtTheClock) {
    // Two ROMs, or one memory that is written: what a block's two ports serve.
    EXPECT_TRUE(plan({rom(8, 8), rom(8, 8)}, 1).possible);
    EXPECT_FALSE(plan({rom(8, 8), rom(8, 8), rom(8, 8)}, 1).possible);
    EXPECT_TRUE(plan({buffer(8, 8)}, 1).possible);
    EXPECT_FALSE(plan({buffer(8, 8), rom(8, 8)}, 1).possible);
    EXPECT_FALSE(plan({buffer(8, 8), fifo(8, 8)}, 1).possible);
}

TEST(Packing, PortsAtTwiceTheClock) {
    EXPECT_TRUE(plan({rom(8, 8), rom(8, 8), rom(8, 8), rom(8, 8)}, 2).possible);
    EXPECT_TRUE(plan({buffer(8, 8), fifo(8, 8)}, 2).possible);
    EXPECT_TRUE(plan({buffer(8, 8), rom(8, 8), rom(8, 8)}, 2).possible);
    EXPECT_FALSE(plan({buffer(8, 8), rom(8, 8), rom(8, 8), rom(8, 8)}, 2).possible);
    EXPECT_FALSE(plan({buffer(8, 8), fifo(8, 8), rom(8, 8)}, 2).possible);
}

TEST(Packing, ClockOnlyAsFastAsNeeded) {
    EXPECT_EQ(plan({rom(8, 8), rom(8, 8)}, 2).group.clock, 1u);
    EXPECT_EQ(plan({rom(8, 8), rom(8, 8), rom(8, 8)}, 2).group.clock, 2u);
    EXPECT_EQ(plan({buffer(8, 8), buffer(8, 8)}, 2).group.clock, 2u);
}

TEST(Packing, Domains) {
    EXPECT_FALSE(plan({rom(8, 8, 0), rom(8, 8, 1)}, 1).possible);
    weir_array equal = rom(8, 8, 1); // another domain of equal edges
    equal.clock = 0;
    EXPECT_TRUE(plan({rom(8, 8, 0), equal}, 1).possible);
    EXPECT_FALSE(plan({buffer(8, 8, 0), equal}, 2).possible);
    weir_array written = buffer(8, 8, 1);
    written.clock = 0;
    EXPECT_FALSE(plan({buffer(8, 8, 0), written}, 2).possible);
}

TEST(Packing, Shapes) {
    // 512 x 36 serves one reader and one writer an edge, and no FIFO.
    EXPECT_EQ(blocks({rom(512, 36)}, 1), 1u);
    EXPECT_EQ(blocks({buffer(512, 36)}, 1), 1u);
    EXPECT_EQ(blocks({fifo(512, 36)}, 1), 2u);
    EXPECT_EQ(blocks({rom(512, 37)}, 1), 2u);
    EXPECT_EQ(blocks({rom(513, 36)}, 1), 2u);
    // Stacked: 256 + 256 words need two readers; a simple dual port has them at twice the clock.
    EXPECT_EQ(blocks({rom(256, 36), rom(256, 36)}, 1), 2u);
    EXPECT_EQ(blocks({rom(256, 36), rom(256, 36)}, 2), 1u);
    EXPECT_EQ(blocks({rom(512, 18), rom(512, 18)}, 1), 1u);
    EXPECT_EQ(blocks({rom(512, 18), rom(513, 18)}, 1), 2u);
    // Side by side: 27 + 9 bits fill two columns of 18; stacked they would take three of 2K x 9.
    EXPECT_EQ(blocks({rom(1024, 27), rom(1024, 9)}, 1), 2u);
    // Both: two of 9 bits on one another beside one of 9.
    EXPECT_EQ(blocks({rom(512, 9), rom(512, 9), rom(1024, 9)}, 2), 1u);
}

TEST(Packing, WritesKeepToWriteEnables) {
    // 10 bits beside 10 bits: of ROMs 20 bits; of what is written the second begins at bit 18.
    Planned roms = plan({rom(1024, 10), rom(1024, 8)}, 2),
            written = plan({buffer(1024, 10), buffer(1024, 8)}, 2);
    EXPECT_EQ(roms.group.cost.bram18, 1u);
    EXPECT_EQ(roms.group.bits, 18u);
    ASSERT_TRUE(written.possible);
    for (uint32_t i = 0; i < 2; i++)
        EXPECT_EQ(written.group.members[i].bit % 9, 0u);
    // 10 bits at bit 9 behind 8 bits at bit 0: 19 bits, so one column more.
    EXPECT_EQ(written.group.cost.bram18, 2u);
}

TEST(Packing, EqualContentsNeedOneCopy) {
    std::vector<weir_array> readers(4, rom(1024, 18));
    EXPECT_EQ(blocks(readers, 2), 4u);
    for (auto &reader : readers)
        reader.content = 7;
    EXPECT_EQ(blocks(readers, 2), 1u);
    readers[3].content = 8;
    EXPECT_EQ(blocks(readers, 2), 2u);
}

TEST(Packing, UltraRamHasNoContents) {
    EXPECT_FALSE(plan({rom(4096, 72)}, 1, WEIR_STORAGE_URAM).possible);
    Planned one = plan({buffer(4096, 72)}, 1, WEIR_STORAGE_URAM);
    ASSERT_TRUE(one.possible);
    EXPECT_EQ(one.group.cost.uram, 1u);
    EXPECT_FALSE(plan({buffer(2048, 72), rom(8, 8)}, 2, WEIR_STORAGE_URAM).possible);
    EXPECT_EQ(plan({buffer(2048, 72), fifo(2048, 72)}, 2, WEIR_STORAGE_URAM).group.cost.uram, 1u);
}

TEST(Packing, LutOfConstants) {
    const struct {
        uint64_t words;
        uint32_t bits;
        uint64_t lut;
    } cases[] = {{32, 1, 1}, {32, 3, 2},  {33, 3, 3}, {64, 1, 1},
                 {65, 1, 2}, {256, 1, 4}, {257, 1, 6}};
    for (auto &c : cases)
        EXPECT_EQ(plan({rom(c.words, c.bits)}, 1, WEIR_STORAGE_LUTRAM).group.cost.lut, c.lut)
            << c.words << " x " << c.bits;
    EXPECT_FALSE(plan({rom(8, 8), rom(8, 8)}, 2, WEIR_STORAGE_LUTRAM).possible);
}

// What is wrong is found: the tests of packings go by it.
TEST(Packing, Faults) {
    std::vector<weir_array> arrays = {rom(100, 10), rom(100, 10), rom(100, 10), buffer(10, 10)};
    uint32_t members[] = {0, 1};
    weir_memory_group good;
    ASSERT_TRUE(weir_group_plan(arrays.data(), members, 2, WEIR_STORAGE_BRAM, 1, &good));
    auto fault = [&](auto change) {
        weir_memory_group bad = good;
        change(bad);
        const char *text = weir_group_fault(arrays.data(), &bad);
        return std::string(text != nullptr ? text : "");
    };
    EXPECT_EQ(fault([](auto &) {}), "");
    EXPECT_EQ(fault([](auto &g) { g.members[1] = g.members[0]; }),
              "an array is twice in the group");
    EXPECT_EQ(fault([](auto &g) {
                  g.members[1].word = g.members[0].word = 0;
                  g.members[1].bit = g.members[0].bit = 0;
              }),
              "two members overlap");
    EXPECT_EQ(fault([](auto &g) {
                  g.members[1].word += 1;
                  g.members[0].word += 1;
              }),
              "a member lies beyond the group");
    EXPECT_EQ(fault([](auto &g) { g.cost.bram18 = 0; }), "cost is not that of the shape");
    EXPECT_EQ(fault([](auto &g) { g.members[1].array = 3; }), "too few ports");
    EXPECT_EQ(fault([](auto &g) { g.n_members = 5; }), "number of members");
    arrays[1].clock = arrays[1].domain = 1;
    EXPECT_EQ(fault([](auto &) {}), "different clocks");
}

// The ways to lay two or three ROMs out, written down one by one.
uint64_t cheapest(const std::vector<weir_array> &a, bool wide) {
    auto cost = [&](uint64_t words, uint32_t bits) {
        return weir_memory_ramb18(words, bits, wide);
    };
    if (a.size() == 1) return cost(a[0].words, a[0].bits);
    if (a.size() == 2)
        return std::min(cost(a[0].words + a[1].words, std::max(a[0].bits, a[1].bits)),
                        cost(std::max(a[0].words, a[1].words), a[0].bits + a[1].bits));
    uint64_t best = UINT64_MAX;
    for (int odd = 0; odd < 3; odd++) {
        const weir_array &x = a[odd], &y = a[(odd + 1) % 3], &z = a[(odd + 2) % 3];
        for (bool stacked : {true, false}) {
            uint64_t words = stacked ? y.words + z.words : std::max(y.words, z.words);
            uint32_t bits = stacked ? std::max(y.bits, z.bits) : y.bits + z.bits;
            best = std::min({best, cost(words + x.words, std::max(bits, x.bits)),
                             cost(std::max(words, x.words), bits + x.bits)});
        }
    }
    return best;
}

TEST(Packing, RandomGroups) {
    unsigned seed = 20;
    std::mt19937 random(seed);
    for (int i = 0; i < 20000; i++) {
        std::vector<weir_array> arrays;
        uint32_t n = 1 + random() % 4, clock = 1 + random() % 2;
        uint64_t bits = 0;
        bool roms = true;
        for (uint32_t k = 0; k < n; k++) {
            uint64_t words = 2 + random() % (random() % 2 ? 100 : 3000);
            uint32_t width = 1 + random() % 80;
            arrays.push_back(random() % 3 ? rom(words, width) : buffer(words, width));
            roms = roms && arrays.back().kind == WEIR_ARRAY_ROM;
            bits += words * width;
        }
        Planned found = plan(arrays, clock);
        if (!found.possible) continue;
        ASSERT_GE(found.group.cost.bram18 * 18432, bits) << "seed " << seed << " case " << i;
        if (!roms || n > 3) continue;
        ASSERT_EQ(found.group.cost.bram18, cheapest(arrays, n <= clock))
            << "seed " << seed << " case " << i;
    }
}

} // namespace
