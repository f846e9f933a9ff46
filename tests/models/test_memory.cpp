// What memories cost: published FIFOs, the edges of every shape, and an exhaustive search.
#include "models/memory.h"
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <vector>

namespace {

uint64_t lut(weir_storage storage, uint64_t words, uint32_t bits) {
    weir_memory_cost cost = weir_memory_of(storage, words, bits);
    EXPECT_EQ(cost.bram18, 0u);
    EXPECT_EQ(cost.uram, 0u);
    return cost.lut;
}

uint64_t bram(uint64_t words, uint32_t bits) {
    weir_memory_cost cost = weir_memory_of(WEIR_STORAGE_BRAM, words, bits);
    EXPECT_EQ(cost.lut, 0u);
    EXPECT_EQ(cost.uram, 0u);
    return cost.bram18;
}

// FIFO rows of a published report of vendor HLS.
TEST(Memory, PublishedFifos) {
    EXPECT_EQ(bram(576, 132), 8u);
    EXPECT_EQ(bram(576, 48), 3u);
    EXPECT_EQ(bram(64, 400), 23u);
    EXPECT_EQ(bram(16, 128), 8u);
}

TEST(Memory, BramShapeEdges) {
    const struct {
        uint64_t words;
        uint32_t bits;
    } shapes[] = {{1024, 18}, {2048, 9}, {4096, 4}, {8192, 2}, {16384, 1}};
    for (auto &shape : shapes) {
        EXPECT_EQ(bram(shape.words, shape.bits), 1u) << shape.words;
        EXPECT_EQ(bram(shape.words + 1, shape.bits), 2u) << shape.words;
        EXPECT_EQ(bram(shape.words, shape.bits + 1), 2u) << shape.words;
    }
    EXPECT_EQ(bram(4096, 5), 2u);  // 4K x 4 beside 16K x 1
    EXPECT_EQ(bram(4096, 13), 3u); // 2K x 9 twice beside 4K x 4
}

// Every set of columns of at most `columns` shapes that covers the bits.
uint64_t search(uint64_t words, int bits, int columns) {
    static const int shapes[][2] = {{1024, 18}, {2048, 9}, {4096, 4}, {8192, 2}, {16384, 1}};
    if (bits <= 0) return 0;
    uint64_t best = UINT64_MAX / 2;
    if (columns == 0) return best;
    for (auto &shape : shapes)
        best = std::min(best, (words + shape[0] - 1) / shape[0] +
                                  search(words, bits - shape[1], columns - 1));
    return best;
}

TEST(Memory, BramIsTheCheapestTiling) {
    for (uint64_t words :
         {1, 700, 1024, 1025, 2048, 2049, 3000, 4096, 5000, 8192, 9000, 20000, 70000})
        for (int bits = 1; bits <= 40; bits++)
            EXPECT_EQ(bram(words, (uint32_t)bits), search(words, bits, 6))
                << words << " x " << bits;
}

TEST(Memory, ShiftRegisters) {
    EXPECT_EQ(lut(WEIR_STORAGE_SRL, 1, 9), 5u);
    EXPECT_EQ(lut(WEIR_STORAGE_SRL, 16, 8), 4u);
    EXPECT_EQ(lut(WEIR_STORAGE_SRL, 17, 8), 8u);
    EXPECT_EQ(lut(WEIR_STORAGE_SRL, 32, 8), 8u);
    EXPECT_EQ(lut(WEIR_STORAGE_SRL, 33, 8), 16u);
    EXPECT_EQ(lut(WEIR_STORAGE_SRL, 128, 8), 32u);
    EXPECT_EQ(lut(WEIR_STORAGE_SRL, 129, 8), 48u); // five SRL32 and a LUT that selects
}

TEST(Memory, LutRam) {
    EXPECT_EQ(lut(WEIR_STORAGE_LUTRAM, 32, 6), 4u);
    EXPECT_EQ(lut(WEIR_STORAGE_LUTRAM, 32, 7), 6u);
    EXPECT_EQ(lut(WEIR_STORAGE_LUTRAM, 32, 8), 8u);
    EXPECT_EQ(lut(WEIR_STORAGE_LUTRAM, 33, 6), 8u);
    EXPECT_EQ(lut(WEIR_STORAGE_LUTRAM, 64, 4), 6u);
    EXPECT_EQ(lut(WEIR_STORAGE_LUTRAM, 65, 6), 8u + 4 + 6);
}

TEST(Memory, UltraRam) {
    EXPECT_EQ(weir_memory_of(WEIR_STORAGE_URAM, 4096, 72).uram, 1u);
    EXPECT_EQ(weir_memory_of(WEIR_STORAGE_URAM, 4097, 72).uram, 2u);
    EXPECT_EQ(weir_memory_of(WEIR_STORAGE_URAM, 4096, 73).uram, 2u);
}

TEST(Memory, WeightCountsBits) {
    EXPECT_EQ(weir_memory_weight({7, 0, 0}), 7u);
    EXPECT_EQ(weir_memory_weight({0, 1, 0}), 18432u / 48);
    EXPECT_EQ(weir_memory_weight({1, 2, 3}), 1u + 2 * 384 + 3 * 6144);
}

TEST(Memory, StepDownIsTheLargestThatCostsLess) {
    for (weir_storage storage :
         {WEIR_STORAGE_SRL, WEIR_STORAGE_LUTRAM, WEIR_STORAGE_BRAM, WEIR_STORAGE_URAM})
        for (uint32_t bits : {1u, 8u, 17u, 40u}) {
            uint64_t before = 0, cheaper = 0;
            for (uint64_t words = 1; words < 5000; words++) {
                uint64_t weight = weir_memory_weight(weir_memory_of(storage, words, bits));
                ASSERT_GE(weight, before) << words;
                if (weight > before) cheaper = words - 1;
                before = weight;
                if (words % 7 < 2 || cheaper == words - 1) {
                    ASSERT_EQ(weir_memory_step_down(storage, words, bits), cheaper)
                        << weir_storage_names[storage] << " " << words << " x " << bits;
                }
            }
        }
    EXPECT_EQ(weir_memory_step_down(WEIR_STORAGE_BRAM, 1025, 18), 1024u);
    EXPECT_EQ(weir_memory_step_down(WEIR_STORAGE_BRAM, 1024, 18), 0u);
}

} // namespace
