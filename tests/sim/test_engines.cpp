// Both engines give the same time for every frame and every port event, the same statistics and
// occupancies, at every depth, storage and clock ratio; freezing and the order of processes change
// nothing.
#include "bench.hpp"

using namespace bench;

namespace {

struct Ratio {
    const char *name;
    uint64_t first_ps, first_phase, second_ps, second_phase;
};

const Ratio ratios[] = {
    {"1:1 shifted", 5000, 0, 5000, 1700},
    {"1:1", 5000, 0, 5000, 0},
    {"2:1", 2500, 0, 5000, 0},
    {"3:2", 4000, 100, 6000, 0},
    {"250:133 MHz", 4000, 0, 7519, 0},
};

std::vector<weir_domain> domains(const Ratio &r) {
    return {domain("fast", r.first_ps, r.first_phase), domain("slow", r.second_ps, r.second_phase)};
}

const std::vector<std::string> long_chain = {"sim_pass",   "sim_slow", "sim_up",  "sim_wide",
                                             "sim_lookup", "sim_down", "sim_pass"};

void agree(const Shape &shape, const std::function<void(weir_run_options &)> &set = {}) {
    Bench b(shape);
    if (set) set(b.options);
    Result stitched = b.run(WEIR_ENGINE_STITCHED);
    Result rtl = b.run(WEIR_ENGINE_RTL);
    expect_equal(b.graph(), rtl.get(), stitched.get());
    b.options.freeze = false;
    Result awake = b.run(WEIR_ENGINE_RTL);
    expect_equal(b.graph(), rtl.get(), awake.get());
    b.options.freeze = true;
    for (uint64_t seed : {1, 2, 12345}) {
        b.options.shuffle_seed = seed;
        Result shuffled = b.run(WEIR_ENGINE_RTL);
        expect_equal(b.graph(), rtl.get(), shuffled.get());
    }
    uint64_t frozen = 0, not_frozen = 0;
    for (uint32_t p = 0; p < weir_graph_processes(b.graph()); p++) {
        frozen += rtl->processes[p].frozen_cycles;
        not_frozen += awake->processes[p].frozen_cycles;
    }
    EXPECT_GT(frozen, 0u);
    EXPECT_EQ(not_frozen, 0u);
}

class Depths : public testing::TestWithParam<std::pair<uint32_t, weir_storage>> {};

TEST_P(Depths, ChainAtEveryRatio) {
    for (const Ratio &ratio : ratios) {
        SCOPED_TRACE(ratio.name);
        Shape shape = chain(long_chain, 3, domains(ratio));
        shape.depth = GetParam().first;
        shape.storage = GetParam().second;
        agree(shape);
    }
}

TEST_P(Depths, DiamondAtEveryRatio) {
    for (const Ratio &ratio : ratios) {
        SCOPED_TRACE(ratio.name);
        Shape shape = diamond(domains(ratio), 8);
        shape.depth = GetParam().first;
        shape.storage = GetParam().second;
        agree(shape);
    }
}

TEST_P(Depths, OneClock) {
    Shape shape = diamond({domain("clk", 5000, 0)}, 8);
    shape.depth = GetParam().first;
    shape.storage = GetParam().second;
    agree(shape);
}

INSTANTIATE_TEST_SUITE_P(All, Depths,
                         testing::Values(std::make_pair(1u, WEIR_STORAGE_SRL),
                                         std::make_pair(2u, WEIR_STORAGE_SRL),
                                         std::make_pair(8u, WEIR_STORAGE_SRL),
                                         std::make_pair(2u, WEIR_STORAGE_BRAM),
                                         std::make_pair(8u, WEIR_STORAGE_BRAM)));

TEST(Engines, SinkPauses) {
    agree(chain(long_chain, 3, domains(ratios[3])),
          [](weir_run_options &o) { o.sink_pause = "1100010"; });
}

TEST(Engines, ArrivalsWithWaitingSource) {
    std::vector<uint64_t> times;
    for (uint64_t f = 0; f < 12; f++)
        times.push_back(f * f * 50001 / 2);
    agree(diamond(domains(ratios[4]), 8),
          [&](weir_run_options &o) { o.arrival_ps = times.data(); });
}

TEST(Engines, DropsFramesThatArriveTooEarly) {
    std::vector<uint64_t> times;
    for (uint64_t f = 0; f < 12; f++)
        times.push_back(f < 6 ? f * 100000 : f * 1000000);
    agree(chain(long_chain, 3, domains(ratios[2])), [&](weir_run_options &o) {
        o.arrival_ps = times.data();
        o.drop = true;
    });
    Bench b(chain({"sim_slow"}, 1, {domain("clk", 5000, 0)}));
    b.options.arrival_ps = times.data();
    b.options.drop = true;
    Result r = b.run(WEIR_ENGINE_RTL);
    // A frame keeps the source for some 8 * 8 cycles of 5 ns: 320 ns, less what the FIFOs hold.
    EXPECT_EQ(r->n_dropped + r->n_frames, 12u);
    EXPECT_GE(r->n_dropped, 3u);
    EXPECT_EQ(r->frames[0].index, 0u);
    EXPECT_GT(r->frames[1].index, 1u);
    EXPECT_EQ(r->frames[r->n_frames - 1].index, 11u);
}

// A module that no short cut fits (it uses both edges) and that never freezes.
TEST(Engines, RestlessModule) {
    Bench b(chain({"sim_restless", "sim_slow", "sim_restless"}, 2, domains(ratios[0])));
    Result stitched = b.run(WEIR_ENGINE_STITCHED);
    Result rtl = b.run(WEIR_ENGINE_RTL);
    expect_equal(b.graph(), rtl.get(), stitched.get());
    EXPECT_EQ(rtl->processes[1].frozen_cycles, 0u);
    EXPECT_EQ(rtl->processes[3].frozen_cycles, 0u);
}

// The frame times of a chain that can be counted by hand. Edge 0: the source writes its first beat;
// pass reads it at 1 and writes at 3, the sink reads at 4; the last of 8 beats follows 7 later.
TEST(Engines, TimesByHand) {
    Bench b(chain({"sim_pass"}, 1, {domain("clk", 1000, 300)}), 2);
    for (weir_engine engine : {WEIR_ENGINE_RTL, WEIR_ENGINE_STITCHED}) {
        Result r = b.run(engine);
        ASSERT_TRUE(r);
        EXPECT_EQ(r->frames[0].first_in_ps, 300u);
        EXPECT_EQ(r->frames[0].last_out_ps, 300u + 1000 * (4 + 7));
        EXPECT_EQ(r->frames[1].first_in_ps, 300u + 1000 * 8);
        EXPECT_EQ(r->end_ps, 300u + 1000 * (4 + 15));
        EXPECT_EQ(r->domain_cycles[0], 20u);
        EXPECT_EQ(r->processes[b.process("snk")].busy_cycles, 16u);
        EXPECT_EQ(r->processes[b.process("snk")].idle_cycles, 4u);
        EXPECT_EQ(r->processes[b.process("src")].idle_cycles, 4u);
        EXPECT_EQ(r->processes[1].initiations, 16u);
    }
}

} // namespace
