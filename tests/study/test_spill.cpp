// Which weights and FIFOs stay on the chip, against every choice.
#include "study/spill.h"
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace {

struct FreeSpill {
    void operator()(weir_spill *p) const { weir_spill_free(p); }
};
using Spill = std::unique_ptr<weir_spill, FreeSpill>;

weir_array weights(uint64_t words, uint32_t bits, uint64_t reads) {
    weir_array array = {};
    array.name = "weights";
    array.weights = true;
    array.words = words;
    array.bits = bits;
    array.reads_per_frame = reads;
    return array;
}

bool leaves(const weir_array &array) {
    return array.weights || array.kind == WEIR_ARRAY_FIFO;
}

Spill choose(const std::vector<weir_array> &arrays, uint64_t budget) {
    return Spill(weir_spill_choose(arrays.data(), (uint32_t)arrays.size(), budget));
}

TEST(Spill, EqualsEveryChoice) {
    int greedy_worse = 0;
    for (unsigned seed = 1; seed <= 300; seed++) {
        std::mt19937 random(seed);
        std::vector<weir_array> arrays;
        uint64_t all = 0, fixed = 0;
        for (uint32_t i = 0, n = 1 + random() % 10; i < n; i++) {
            arrays.push_back(weights(2 + random() % 50, 1 + random() % 64, random() % 1000));
            arrays.back().weights = random() % 5 != 0;
            if (random() % 5 == 0) {
                arrays.back().kind = WEIR_ARRAY_FIFO;
                arrays.back().weights = false;
            }
            all += arrays.back().words * arrays.back().bits;
            if (!leaves(arrays.back())) fixed += arrays.back().words * arrays.back().bits;
        }
        uint64_t budget = random() % (all + 1), best = UINT64_MAX;
        for (uint32_t set = 0; set < 1u << arrays.size(); set++) {
            uint64_t bits = fixed, bytes = 0;
            for (size_t i = 0; i < arrays.size(); i++) {
                const weir_array &a = arrays[i];
                if (!leaves(a)) continue;
                if (set >> i & 1)
                    bits += a.words * a.bits;
                else
                    bytes += (a.reads_per_frame * a.bits * (a.weights ? 1 : 2) + 7) / 8;
            }
            bool none = (set & ((1u << arrays.size()) - 1)) == 0;
            if (bits <= budget || none) best = std::min(best, bytes);
        }
        Spill found = choose(arrays, budget);
        EXPECT_EQ(found->frame_bytes, best) << "seed " << seed;
        EXPECT_TRUE(found->optimal);
        EXPECT_LE(found->bound_bytes, found->frame_bytes);
        EXPECT_LE(found->frame_bytes, found->greedy_bytes);
        EXPECT_EQ(found->fixed_bits, fixed);
        if (fixed <= budget) {
            EXPECT_LE(found->kept_bits + fixed, budget);
        }
        uint64_t bytes = 0, greedy = 0;
        for (uint32_t i = 0; i < found->n_items; i++) {
            bytes += found->items[i].outside ? found->items[i].frame_bytes : 0;
            greedy += found->items[i].greedy ? found->items[i].frame_bytes : 0;
        }
        EXPECT_EQ(bytes, found->frame_bytes);
        EXPECT_EQ(greedy, found->greedy_bytes);
        greedy_worse += greedy > bytes;
    }
    EXPECT_GT(greedy_worse, 0);
}

TEST(Spill, WhatItCosts) {
    // 1000 words of 8 bits, read 4000 times: 4000 bytes a frame.
    std::vector<weir_array> arrays = {weights(1000, 8, 4000)};
    Spill kept = choose(arrays, 8000), spilled = choose(arrays, 7999);
    EXPECT_EQ(kept->frame_bytes, 0u);
    EXPECT_EQ(spilled->frame_bytes, 4000u);
    spilled->interval_ps = 1000000; // 1 us
    EXPECT_DOUBLE_EQ(weir_spill_needs(spilled.get()), 4e9);
    EXPECT_DOUBLE_EQ(weir_spill_interval(spilled.get()), 1e6);
    spilled->bandwidth = 4e9;
    EXPECT_DOUBLE_EQ(weir_spill_interval(spilled.get()), 1e6);
    spilled->bandwidth = 1e9;
    EXPECT_DOUBLE_EQ(weir_spill_interval(spilled.get()), 4e6);
}

} // namespace
