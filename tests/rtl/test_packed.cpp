// The shared block of rtl/weir_packed_memory.sv against four processes weir_weight_stream in the clocks
// of its slots: at every edge of a slot the same valid and, with it, the same word, whatever takes them.
#include "Vpacked_bench.h"
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

namespace {

uint64_t Seed() {
    const char *given = std::getenv("WEIR_TEST_SEED");
    return given ? std::strtoull(given, nullptr, 0) : 20261120;
}

uint64_t Word(const VlWide<5> &data, int port) {
    uint64_t word = 0;
    for (int bit = 0; bit < 40; bit++) {
        int at = 40 * port + bit;
        word |= static_cast<uint64_t>(data[at / 32] >> at % 32 & 1) << bit;
    }
    return word;
}

uint64_t Expected(int port, uint64_t number) {
    constexpr uint64_t kBases[] = {0, 5, 33, 20}, kCounts[] = {5, 28, 1, 37};
    return (kBases[port] + number % kCounts[port] + 1) * 0x9E3779B97Fu & 0xFFFFFFFFFFu;
}

class Bench {
  public:
    Bench() {
        // Reset over whole cycles of the slots; the edge that follows is slot 0's first.
        top_.rst = 1;
        top_.slot_rst = 3;
        for (int edge = 0; edge < 4; edge++)
            Edge(edge % 2);
        top_.rst = 0;
        top_.slot_rst = 0;
        top_.eval();
    }
    ~Bench() { top_.final(); }

    void Edge(int slot) {
        top_.clk = 1;
        top_.slot_clk = slot == 0 ? 1 : 2;
        top_.eval();
        top_.clk = 0;
        top_.slot_clk = 0;
        top_.eval();
    }

    Vpacked_bench &top() { return top_; }

  private:
    Vpacked_bench top_;
};

TEST(Packed, PortsAreStreamsOfTheirSlots) {
    uint64_t seed = Seed();
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::mt19937_64 random(seed);
    for (int percent : {100, 90, 50, 10}) {
        Bench bench;
        uint64_t taken[4] = {};
        for (int cycle = 0; cycle < 20000; cycle++) {
            int slot = cycle % 2;
            for (int port = slot; port < 4; port += 2) {
                unsigned ready = random() % 100 < static_cast<unsigned>(percent);
                bench.top().ready = (bench.top().ready & ~(1u << port)) | ready << port;
            }
            bench.top().eval();
            for (int port = slot; port < 4; port += 2) {
                unsigned valid = bench.top().packed_valid >> port & 1;
                ASSERT_EQ(valid, bench.top().stream_valid >> port & 1u) << cycle;
                ASSERT_EQ(valid, cycle >= 2) << "a word in every cycle of the layers' clock";
                if (!valid) continue;
                uint64_t word = Word(bench.top().packed_data, port);
                ASSERT_EQ(word, Word(bench.top().stream_data, port)) << cycle << ", " << port;
                ASSERT_EQ(word, Expected(port, taken[port])) << cycle << ", " << port;
                taken[port] += bench.top().ready >> port & 1;
            }
            bench.Edge(slot);
        }
        for (uint64_t count : taken)
            EXPECT_GT(count, 10000u * percent / 100 / 2);
    }
}

} // namespace
