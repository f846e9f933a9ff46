// FIFO model: each timing rule at N-1 (refused) and N (accepted), and random traffic against the
// gates of the timing chapter, computed from the recorded times alone.
#include "models/fifo.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace {

using Fifo = std::unique_ptr<weir_fifo, decltype(&weir_fifo_free)>;

const weir_domain kMain = {"main", 1000, 0, {}};

Fifo Make(weir_latency_class latency, uint32_t depth, uint32_t flops = 0,
          const weir_domain *in = &kMain, const weir_domain *out = &kMain,
          uint32_t beat_bytes = 4) {
    weir_fifo_spec spec = {depth, beat_bytes, latency, flops, in, out, 0};
    return {weir_fifo_new(&spec), weir_fifo_free};
}

void Write(weir_fifo *fifo, uint64_t edge, uint32_t beat = 0) {
    weir_fifo_write(fifo, edge, &beat);
}

TEST(Fifo, PlainIsReadableAndFreeOneEdgeLater) {
    Fifo fifo = Make(WEIR_LATENCY_PLAIN, 1);
    EXPECT_TRUE(weir_fifo_can_write(fifo.get(), 0));
    EXPECT_FALSE(weir_fifo_can_read(fifo.get(), 0));
    EXPECT_EQ(weir_fifo_readable_from(fifo.get()), UINT64_MAX);
    Write(fifo.get(), 5);
    EXPECT_FALSE(weir_fifo_can_read(fifo.get(), 5));
    EXPECT_TRUE(weir_fifo_can_read(fifo.get(), 6));
    EXPECT_EQ(weir_fifo_writable_from(fifo.get()), UINT64_MAX);
    weir_fifo_read(fifo.get(), 6);
    EXPECT_FALSE(weir_fifo_can_write(fifo.get(), 6)) << "full, although a read goes with it";
    EXPECT_TRUE(weir_fifo_can_write(fifo.get(), 7));
    EXPECT_EQ(weir_fifo_writable_from(fifo.get()), 7u);
}

TEST(Fifo, MemoryIsReadableTwoEdgesLaterAndFreeOneLater) {
    Fifo fifo = Make(WEIR_LATENCY_MEMORY, 2);
    Write(fifo.get(), 5);
    EXPECT_FALSE(weir_fifo_can_read(fifo.get(), 6));
    EXPECT_TRUE(weir_fifo_can_read(fifo.get(), 7));
    Write(fifo.get(), 6);
    EXPECT_FALSE(weir_fifo_can_write(fifo.get(), 7));
    weir_fifo_read(fifo.get(), 7);
    EXPECT_FALSE(weir_fifo_can_write(fifo.get(), 7));
    EXPECT_TRUE(weir_fifo_can_write(fifo.get(), 8));
}

TEST(Fifo, CdcCountsFlopsFromTheEdgeStrictlyAfter) {
    const weir_domain in = {"in", 10, 0, {}}, out = {"out", 10, 0, {}};
    for (uint32_t flops = 1; flops <= 3; flops++) {
        Fifo fifo = Make(WEIR_LATENCY_CDC, 1, flops, &in, &out);
        Write(fifo.get(), 4); // at 40 ps; the consumer's next edge is 5
        EXPECT_FALSE(weir_fifo_can_read(fifo.get(), 5 + flops - 1));
        EXPECT_TRUE(weir_fifo_can_read(fifo.get(), 5 + flops));
        weir_fifo_read(fifo.get(), 20);
        EXPECT_FALSE(weir_fifo_can_write(fifo.get(), 21 + flops - 1));
        EXPECT_TRUE(weir_fifo_can_write(fifo.get(), 21 + flops));
    }
    const weir_domain late = {"late", 7, 1000, {}};
    Fifo fifo = Make(WEIR_LATENCY_CDC, 4, 2, &in, &late);
    Write(fifo.get(), 0);
    EXPECT_EQ(weir_fifo_readable_from(fifo.get()), 2u) << "counted from the late side's edge 0";
}

TEST(Fifo, KeepsBeatsOfAnySizeInOrder) {
    for (uint32_t bytes : {1u, 2u, 4u, 8u, 12u, 288u}) {
        Fifo fifo = Make(WEIR_LATENCY_PLAIN, 3, 0, &kMain, &kMain, bytes);
        std::vector<uint8_t> beat(bytes);
        for (uint64_t edge = 0; edge < 20; edge++) {
            if (edge > 0) {
                std::fill(beat.begin(), beat.end(), static_cast<uint8_t>(edge - 1));
                ASSERT_EQ(std::memcmp(weir_fifo_head(fifo.get()), beat.data(), bytes), 0) << bytes;
                weir_fifo_read(fifo.get(), edge);
            }
            std::fill(beat.begin(), beat.end(), static_cast<uint8_t>(edge));
            weir_fifo_write(fifo.get(), edge, beat.data());
        }
        EXPECT_EQ(weir_fifo_written(fifo.get()), 20u);
        EXPECT_EQ(weir_fifo_was_read(fifo.get()), 19u);
    }
}

TEST(Fifo, OccupancyDoesNotSeeTheOrderWithinAnInstant) {
    for (bool write_first : {true, false}) {
        Fifo fifo = Make(WEIR_LATENCY_PLAIN, 4);
        Write(fifo.get(), 0);
        for (uint64_t edge = 1; edge < 9; edge++) {
            if (write_first) Write(fifo.get(), edge);
            weir_fifo_read(fifo.get(), edge);
            if (!write_first) Write(fifo.get(), edge);
        }
        EXPECT_EQ(weir_fifo_max_occupancy(fifo.get()), 1u) << write_first;
        Write(fifo.get(), 9);
        EXPECT_EQ(weir_fifo_max_occupancy(fifo.get()), 2u) << write_first;
        weir_fifo_read(fifo.get(), 10);
        EXPECT_EQ(weir_fifo_max_occupancy(fifo.get()), 2u) << write_first;
    }
    const weir_domain in = {"in", 10, 0, {}}, out = {"out", 15, 0, {}};
    for (bool write_first : {true, false}) { // both at 90 ps
        Fifo fifo = Make(WEIR_LATENCY_CDC, 4, 2, &in, &out);
        Write(fifo.get(), 0);
        if (write_first) Write(fifo.get(), 9);
        weir_fifo_read(fifo.get(), 6);
        if (!write_first) Write(fifo.get(), 9);
        EXPECT_EQ(weir_fifo_max_occupancy(fifo.get()), 1u) << write_first;
    }
}

TEST(Fifo, ResetForgetsEverything) {
    const weir_domain in = {"in", 7, 3, {}}, out = {"out", 11, 0, {}};
    Fifo fifo = Make(WEIR_LATENCY_CDC, 2, 2, &in, &out);
    Write(fifo.get(), 1000);
    Write(fifo.get(), 1001);
    weir_fifo_read(fifo.get(), 2000);
    weir_fifo_reset(fifo.get());
    EXPECT_EQ(weir_fifo_writable_from(fifo.get()), 0u);
    EXPECT_EQ(weir_fifo_readable_from(fifo.get()), UINT64_MAX);
    EXPECT_EQ(weir_fifo_max_occupancy(fifo.get()), 0u);
    EXPECT_EQ(weir_fifo_written(fifo.get()) + weir_fifo_was_read(fifo.get()), 0u);
    Write(fifo.get(), 0); // at 3 ps: consumer's next edge is 1
    EXPECT_EQ(weir_fifo_readable_from(fifo.get()), 3u);
}

TEST(Fifo, NamesItsClasses) {
    EXPECT_STREQ(weir_latency_class_name(WEIR_LATENCY_PLAIN), "plain");
    EXPECT_STREQ(weir_latency_class_name(WEIR_LATENCY_MEMORY), "memory");
    EXPECT_STREQ(weir_latency_class_name(WEIR_LATENCY_CDC), "cdc");
}

// The gates of read k and write j, from the times of the operations before them; UINT64_MAX where
// the other side has not got so far.
struct Gates {
    weir_fifo_spec spec;
    std::vector<uint64_t> writes, reads;

    uint64_t Read(size_t k) const {
        if (k >= writes.size()) return UINT64_MAX;
        if (spec.latency == WEIR_LATENCY_PLAIN) return writes[k] + 1;
        if (spec.latency == WEIR_LATENCY_MEMORY) return writes[k] + 2;
        uint64_t flops_plus_one = spec.flops + 1; // n_f
        return weir_clock_after(spec.consumer, weir_clock_edge_ps(spec.producer, writes[k])) +
               flops_plus_one - 1;
    }
    uint64_t Write(size_t j) const {
        uint64_t gap = j > 0 && j <= writes.size() ? writes[j - 1] + spec.write_gap : 0;
        return std::max(gap, Space(j));
    }
    uint64_t Space(size_t j) const {
        if (j < spec.depth) return 0;
        if (j - spec.depth >= reads.size()) return UINT64_MAX;
        uint64_t read = reads[j - spec.depth];
        if (spec.latency != WEIR_LATENCY_CDC) return read + 1;
        uint64_t flops_plus_one = spec.flops + 1; // n_b
        return weir_clock_after(spec.producer, weir_clock_edge_ps(spec.consumer, read)) +
               flops_plus_one - 1;
    }
};

TEST(Fifo, FollowsTheGatesUnderRandomTraffic) {
    const char *given = std::getenv("WEIR_TEST_SEED");
    uint64_t seed = given ? std::strtoull(given, nullptr, 0) : 4711;
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::mt19937_64 random(seed);
    for (int net = 0; net < 300; net++) {
        weir_domain in = {"in", 1 + random() % 40, random() % 90, {}};
        weir_domain out = {"out", 1 + random() % 40, random() % 90, {}};
        auto latency = static_cast<weir_latency_class>(random() % 3);
        if (latency != WEIR_LATENCY_CDC) out = in;
        auto depth = static_cast<uint32_t>(random() % 9 + (latency == WEIR_LATENCY_MEMORY ? 2 : 1));
        Gates gates = {
            {depth, 4, latency, static_cast<uint32_t>(1 + random() % 3), &in, &out, 0}, {}, {}};
        if (latency != WEIR_LATENCY_CDC) gates.spec.write_gap = random() % 4;
        Fifo fifo{weir_fifo_new(&gates.spec), weir_fifo_free};
        unsigned write_percent = random() % 101, read_percent = random() % 101;
        uint64_t next_in = 0, next_out = 0;
        for (int step = 0; step < 400; step++) {
            if (random() % 50 == 0) next_in += random() % 100; // long pauses too
            uint64_t in_ps = weir_clock_edge_ps(&in, next_in);
            uint64_t out_ps = weir_clock_edge_ps(&out, next_out);
            uint64_t now = std::min(in_ps, out_ps);
            for (int side = static_cast<int>(random() & 1), n = 0; n < 2; n++, side ^= 1) {
                if (side == 0 && in_ps == now) {
                    size_t j = gates.writes.size();
                    bool open = next_in >= gates.Write(j);
                    ASSERT_EQ(weir_fifo_can_write(fifo.get(), next_in), open)
                        << "seed " << seed << " net " << net << " write " << j;
                    ASSERT_EQ(weir_fifo_writable_from(fifo.get()), gates.Write(j));
                    if (open && random() % 100 < write_percent) {
                        Write(fifo.get(), next_in, static_cast<uint32_t>(j));
                        gates.writes.push_back(next_in);
                    }
                    next_in++;
                }
                if (side == 1 && out_ps == now) {
                    size_t k = gates.reads.size();
                    bool open = next_out >= gates.Read(k);
                    ASSERT_EQ(weir_fifo_can_read(fifo.get(), next_out), open)
                        << "seed " << seed << " net " << net << " read " << k;
                    ASSERT_EQ(weir_fifo_readable_from(fifo.get()), gates.Read(k));
                    if (open && random() % 100 < read_percent) {
                        uint32_t beat;
                        std::memcpy(&beat, weir_fifo_head(fifo.get()), sizeof beat);
                        ASSERT_EQ(beat, k) << "seed " << seed << " net " << net;
                        weir_fifo_read(fifo.get(), next_out);
                        gates.reads.push_back(next_out);
                    }
                    next_out++;
                }
            }
        }
    }
}

} // namespace
