// Arena: zeroed, aligned, disjoint memory of any size.
#include "base/arena.h"
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <utility>
#include <vector>

TEST(Arena, GivesZeroedAlignedDisjointMemory) {
    std::mt19937_64 random(7);
    weir_arena *arena = weir_arena_new();
    std::vector<std::pair<unsigned char *, size_t>> blocks;
    for (int i = 0; i < 2000; i++) {
        size_t size = i % 97 == 0 ? 20000 + random() % 200000 : random() % 300;
        auto *memory = static_cast<unsigned char *>(weir_arena_alloc(arena, size));
        ASSERT_EQ(reinterpret_cast<uintptr_t>(memory) % 16, 0u) << "seed 7, block " << i;
        for (size_t k = 0; k < size; k++)
            ASSERT_EQ(memory[k], 0) << "seed 7, block " << i;
        std::memset(memory, i & 0xff, size);
        blocks.emplace_back(memory, size);
    }
    for (size_t i = 0; i < blocks.size(); i++)
        for (size_t k = 0; k < blocks[i].second; k++)
            ASSERT_EQ(blocks[i].first[k], i & 0xff) << "seed 7, block " << i << " overwritten";
    weir_arena_free(arena);
}

TEST(Arena, CopiesAndFormatsText) {
    weir_arena *arena = weir_arena_new();
    char text[] = "dense";
    char *copy = weir_arena_strdup(arena, text);
    text[0] = 'x';
    EXPECT_STREQ(copy, "dense");
    EXPECT_STREQ(weir_arena_printf(arena, "%s%d", "conv", 12), "conv12");
    std::string longest(100000, 'a');
    EXPECT_EQ(weir_arena_printf(arena, "%s!", longest.c_str()), longest + "!");
    weir_arena_free(arena);
}

TEST(Arena, HeapHelpersTakeZero) {
    void *memory = weir_xcalloc(0, 8);
    ASSERT_NE(memory, nullptr);
    memory = weir_xrealloc(memory, 0);
    ASSERT_NE(memory, nullptr);
    free(memory);
}
