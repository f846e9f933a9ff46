// Shared frame buffers, against every placement of small cases.
#include "study/sharing.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace {

struct FreeSharing {
    void operator()(weir_sharing *p) const { weir_sharing_free(p); }
};
using Sharing = std::unique_ptr<weir_sharing, FreeSharing>;
using Buffers = std::vector<weir_lifetime>;

Sharing share(const Buffers &buffers, uint64_t period = 0, uint64_t nodes = 0) {
    return Sharing(weir_share(buffers.data(), (uint32_t)buffers.size(), period, nodes));
}

// Whether both live in some unit of time: counted, not reasoned.
bool meet(const weir_lifetime &a, const weir_lifetime &b, uint64_t period) {
    for (uint64_t s = a.from; s < a.to; s++)
        for (uint64_t t = b.from; t < b.to; t++)
            if (period > 0 ? s % period == t % period : s == t) return true;
    return false;
}

void check(const Buffers &buffers, const weir_sharing *found, uint64_t period) {
    uint64_t top = 0;
    for (size_t i = 0; i < buffers.size(); i++) {
        top = std::max(top, found->first[i] + buffers[i].words);
        for (size_t j = 0; j < i; j++) {
            bool apart = found->first[i] + buffers[i].words <= found->first[j] ||
                         found->first[j] + buffers[j].words <= found->first[i];
            EXPECT_TRUE(apart || !meet(buffers[i], buffers[j], period)) << i << " and " << j;
        }
    }
    EXPECT_EQ(top, found->words);
    EXPECT_LE(found->bound, found->words);
    EXPECT_LE(found->words, found->separate);
    EXPECT_EQ(found->optimal, found->bound == found->words);
}

// Whether a memory of `words` will do: every first word of every buffer.
bool fits(const Buffers &buffers, uint64_t words, uint64_t period, std::vector<uint64_t> &first) {
    size_t i = first.size();
    if (i == buffers.size()) return true;
    for (uint64_t at = 0; at + buffers[i].words <= words; at++) {
        bool good = true;
        for (size_t j = 0; j < i && good; j++)
            good = at + buffers[i].words <= first[j] || first[j] + buffers[j].words <= at ||
                   !meet(buffers[i], buffers[j], period);
        if (!good) continue;
        first.push_back(at);
        if (fits(buffers, words, period, first)) return true;
        first.pop_back();
    }
    return false;
}

uint64_t smallest(const Buffers &buffers, uint64_t period) {
    for (uint64_t words = 0;; words++) {
        std::vector<uint64_t> first;
        if (fits(buffers, words, period, first)) return words;
    }
}

TEST(Sharing, EqualsEveryPlacement) {
    int beyond_bound = 0;
    for (unsigned seed = 1; seed <= 400; seed++) {
        std::mt19937 random(seed);
        Buffers buffers;
        uint64_t period = seed % 2 ? 12 : 0;
        for (uint32_t i = 0, n = 1 + random() % 6; i < n; i++) {
            uint64_t from = random() % 12;
            buffers.push_back({from, from + 1 + random() % 8, 1 + random() % 4});
        }
        Sharing found = share(buffers, period);
        check(buffers, found.get(), period);
        uint64_t least = smallest(buffers, period), alive = 0;
        EXPECT_EQ(found->words, least) << "seed " << seed;
        EXPECT_TRUE(found->optimal) << "seed " << seed;
        for (uint64_t t = 0; t < 20; t++) {
            uint64_t now = 0;
            for (auto &b : buffers)
                now += meet(b, {t, t + 1, 1}, period) ? b.words : 0;
            alive = std::max(alive, now);
        }
        EXPECT_GE(found->words, alive);
        beyond_bound += found->words > alive;
    }
    EXPECT_GT(beyond_bound, 0); // else the search was never needed
}

TEST(Sharing, EqualSizesTakeAsManyPlacesAsLiveAtOnce) {
    for (unsigned seed = 1; seed <= 50; seed++) {
        std::mt19937 random(seed);
        Buffers buffers;
        for (uint32_t i = 0; i < 60; i++) {
            uint64_t from = random() % 1000;
            buffers.push_back({from, from + 1 + random() % 200, 4096});
        }
        Sharing found = share(buffers, 0, 1);
        check(buffers, found.get(), 0);
        EXPECT_TRUE(found->optimal) << "seed " << seed;
    }
}

TEST(Sharing, Ends) {
    // One ends in the moment in which the other begins: they may share.
    EXPECT_EQ(share({{0, 10, 5}, {10, 20, 7}})->words, 7u);
    EXPECT_EQ(share({{0, 11, 5}, {10, 20, 7}})->words, 12u);
    // Around the end of the period.
    EXPECT_EQ(share({{90, 110, 5}, {10, 20, 7}}, 100)->words, 7u);
    EXPECT_EQ(share({{90, 111, 5}, {10, 20, 7}}, 100)->words, 12u);
    // As long as the period: always.
    EXPECT_EQ(share({{30, 130, 5}, {10, 20, 7}}, 100)->words, 12u);
    EXPECT_EQ(share({})->words, 0u);
}

TEST(Sharing, OutOfNodesIsNoProof) {
    std::mt19937 random(3);
    Buffers buffers;
    for (int i = 0; i < 40; i++) {
        uint64_t from = random() % 100;
        buffers.push_back({from, from + 1 + random() % 40, 1 + random() % 1000});
    }
    Sharing found = share(buffers, 0, 10);
    check(buffers, found.get(), 0);
}

// Two frames of three beats: written at 4, 6, 8 and 20, 22, 24, read at 7, 10, 13 and 22, 25, 28.
TEST(Sharing, LifetimesOfARun) {
    uint64_t writes[] = {2, 3, 4, 10, 11, 12}, reads[] = {2, 3, 4, 7, 8, 9};
    weir_trace_channel channel = {};
    channel.n_writes = channel.n_reads = 6;
    channel.writes = writes;
    channel.reads = reads;
    channel.write_period_ps = 2;
    channel.read_period_ps = 3;
    channel.read_phase_ps = 1;
    weir_lifetime first, second;
    ASSERT_TRUE(weir_lifetime_of_channel(&channel, 3, 0, &first));
    EXPECT_EQ(first.from, 4u);
    EXPECT_EQ(first.to, 14u); // the last is read at 13
    EXPECT_EQ(first.words, 2u);
    ASSERT_TRUE(weir_lifetime_of_channel(&channel, 3, 1, &second));
    EXPECT_EQ(second.from, 20u);
    EXPECT_EQ(second.to, 29u);
    EXPECT_EQ(second.words, 2u);
    EXPECT_FALSE(weir_lifetimes_overlap(&first, &second, 0));
    EXPECT_FALSE(weir_lifetime_of_channel(&channel, 3, 2, &second));
    // Two beats, the first read as the second is written: never two at once.
    channel.writes = writes + 3;
    channel.reads = reads + 3;
    channel.n_writes = channel.n_reads = 2;
    ASSERT_TRUE(weir_lifetime_of_channel(&channel, 2, 0, &second));
    EXPECT_EQ(second.words, 1u);
    channel.n_reads = 1;
    EXPECT_FALSE(weir_lifetime_of_channel(&channel, 2, 0, &second));
}

} // namespace
