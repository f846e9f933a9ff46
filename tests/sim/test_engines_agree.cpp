// The central test: co-simulation, stitched RTL and replay give the same time for every frame and
// every port event, and no wrong beat, on every design, at any depth and any clock ratio.
#include "agreement.hpp"

namespace {

std::string repo(const char *path) {
    return std::string(WEIR_SOURCE_DIR "/") + path;
}

weir_domain clock_of(const char *name, uint64_t period, uint64_t phase) {
    return {name, period, phase, {nullptr, 0}};
}

// ---------------------------------------------------------------- the repo's design

struct Clocks {
    const char *name;
    uint64_t period[2], phase[2];
};

void PrintTo(const Clocks &clocks, std::ostream *out) {
    *out << clocks.name;
}

const Clocks kClocks[] = {
    {"shifted", {5000, 5000}, {0, 1700}},
    {"two_to_one", {4000, 8000}, {0, 0}},
    {"three_to_two", {4000, 6000}, {0, 0}},
    {"mhz_250_to_133", {4000, 7519}, {300, 0}},
};

class Digits : public testing::TestWithParam<std::tuple<Clocks, uint32_t>> {};

TEST_P(Digits, EnginesAgree) {
    const auto &[clocks, depth] = GetParam();
    Setting setting;
    setting.depth = depth;
    setting.domains = {clock_of("a", clocks.period[0], clocks.phase[0]),
                       clock_of("b", clocks.period[1], clocks.phase[1])};
    Agreement(repo("configs/designs/digits.cfg")).agree(setting);
}

INSTANTIATE_TEST_SUITE_P(Clocks, Digits,
                         testing::Combine(testing::ValuesIn(kClocks), testing::Values(1u, 2u, 0u)),
                         [](const auto &info) {
                             uint32_t depth = std::get<1>(info.param);
                             return std::string(std::get<0>(info.param).name) + "_depth_" +
                                    (depth ? std::to_string(depth) : "default");
                         });

TEST(DigitsMore, PausesAndArrivals) {
    Setting setting;
    setting.pause = "1101000";
    setting.arrival_period = 1234567;
    Agreement(repo("configs/designs/digits.cfg")).agree(setting);
}

TEST(DigitsMore, DropsAndPausesOfBothEnds) {
    Setting setting;
    setting.pause = "011";
    setting.source_pause = "1011100";
    setting.arrival_period = 1000000;
    setting.drop = true;
    setting.frames = 40;
    Agreement(repo("configs/designs/digits.cfg")).agree(setting);
}

TEST(DigitsMore, ShufflingProcessesChangesNothing) {
    Setting setting;
    Agreement agreement(repo("configs/designs/digits.cfg"));
    ASSERT_NO_FATAL_FAILURE(agreement.prepare(setting));
    auto plain = agreement.run(WEIR_ENGINE_RTL, setting);
    ASSERT_TRUE(plain);
    for (uint64_t seed : {1, 2, 3, 4, 5}) {
        setting.shuffle = seed;
        auto shuffled = agreement.run(WEIR_ENGINE_RTL, setting);
        ASSERT_TRUE(shuffled);
        agreement.expect_same(*plain, *shuffled);
    }
}

TEST(Chain, EnginesAgree) {
    Agreement(repo("configs/designs/chain.cfg")).agree({});
}

// ---------------------------------------------------------------- packed weights

Setting packed_setting() {
    Setting setting;
    setting.resource = setting.packed = true;
    return setting;
}

const Clocks kEvenClocks[] = {
    {"shifted", {5000, 5000}, {0, 1700}},
    {"two_to_one", {4000, 8000}, {0, 0}},
    {"mhz_250_to_133", {4000, 7518}, {300, 0}},
};

// Deep FIFOs hold several frames of the dense layers' weights ahead.
class Packed : public testing::TestWithParam<std::tuple<Clocks, uint32_t>> {};

TEST_P(Packed, EnginesAgree) {
    const auto &[clocks, depth] = GetParam();
    Setting setting = packed_setting();
    setting.depth = depth;
    setting.domains = {clock_of("a", clocks.period[0], clocks.phase[0]),
                       clock_of("b", clocks.period[1], clocks.phase[1])};
    Agreement agreement(repo("configs/designs/digits.cfg"));
    ASSERT_NO_FATAL_FAILURE(agreement.agree(setting));
    EXPECT_EQ(agreement.processes("weights"), 4u);
}

INSTANTIATE_TEST_SUITE_P(Clocks, Packed,
                         testing::Combine(testing::ValuesIn(kEvenClocks),
                                          testing::Values(1u, 64u, 0u)),
                         [](const auto &info) {
                             uint32_t depth = std::get<1>(info.param);
                             return std::string(std::get<0>(info.param).name) + "_depth_" +
                                    (depth ? std::to_string(depth) : "default");
                         });

TEST(PackedMore, DropsAndPausesOfBothEnds) {
    Setting setting = packed_setting();
    setting.depth = 64;
    setting.pause = "011";
    setting.source_pause = "1011100";
    setting.arrival_period = 1000000;
    setting.drop = true;
    setting.frames = 40;
    Agreement(repo("configs/designs/digits.cfg")).agree(setting);
}

TEST(PackedMore, ShufflingProcessesChangesNothing) {
    Setting setting = packed_setting();
    Agreement agreement(repo("configs/designs/digits.cfg"));
    ASSERT_NO_FATAL_FAILURE(agreement.prepare(setting));
    auto plain = agreement.run(WEIR_ENGINE_RTL, setting);
    setting.shuffle = 3;
    auto shuffled = agreement.run(WEIR_ENGINE_RTL, setting);
    ASSERT_TRUE(plain && shuffled);
    agreement.expect_same(*plain, *shuffled);
}

// Where words and beats meet, the FIFO of the words gives one a cycle: the steady interval is that of
// weights in ROMs, and a frame alone takes no longer than the words' way through their FIFOs.
TEST(PackedMore, IntervalIsThatOfOwnWeights) {
    for (const char *path : {"configs/designs/digits.cfg", "configs/designs/chain.cfg"}) {
        Setting setting = packed_setting();
        Agreement packed(repo(path)), own(repo(path));
        ASSERT_NO_FATAL_FAILURE(packed.agree(setting));
        auto with = packed.run(WEIR_ENGINE_RTL, setting);
        setting.packed = false;
        ASSERT_NO_FATAL_FAILURE(own.prepare(setting));
        EXPECT_EQ(own.processes("weights"), 0u);
        EXPECT_EQ(packed.processes("weights"), packed.processes("matvec"));
        auto without = own.run(WEIR_ENGINE_RTL, setting);
        ASSERT_TRUE(with && without);
        for (uint64_t f = 11; f < with->n_frames; f++)
            EXPECT_EQ(with->frames[f].last_out_ps - with->frames[10].last_out_ps,
                      without->frames[f].last_out_ps - without->frames[10].last_out_ps)
                << path << ", frame " << f;
        EXPECT_GE(with->frames[0].last_out_ps, without->frames[0].last_out_ps);
        EXPECT_LE(with->frames[0].last_out_ps, without->frames[0].last_out_ps + 6 * 4000);
    }
}

TEST(PackedMore, DeadlockIsTheSameInAllEngines) {
    Setting setting = packed_setting();
    setting.frames = 3;
    Agreement(repo("configs/networks/skip.onnx"))
        .deadlock(setting, [](const weir_channel *channel) {
            return strstr(channel->name, "weights") != nullptr ? 40u : 2u;
        });
}

// ---------------------------------------------------------------- two values

TEST(Binary, EnginesAgree) {
    Agreement(repo("configs/networks/binary.onnx")).agree({});
}

// ---------------------------------------------------------------- skip connections

class Skip : public testing::TestWithParam<uint32_t> {};

TEST_P(Skip, EnginesAgree) {
    Setting setting;
    setting.depth = GetParam();
    Agreement(repo("configs/networks/skip.onnx")).agree(setting);
}

INSTANTIATE_TEST_SUITE_P(Depths, Skip, testing::Values(1u, 0u));

TEST(SkipMore, DeadlockIsTheSameInAllEngines) {
    Setting setting;
    setting.frames = 3;
    Agreement(repo("configs/networks/skip.onnx")).deadlock(setting, [](const weir_channel *) {
        return 2u;
    });
}

class Target : public testing::TestWithParam<uint64_t> {};

TEST_P(Target, IsMetWithinFivePerCent) {
    Setting setting;
    setting.frames = 6;
    setting.options.target_interval_cycles = GetParam();
    Agreement agreement(repo("configs/networks/skip.onnx"));
    ASSERT_NO_FATAL_FAILURE(agreement.prepare(setting));
    auto result = agreement.run(WEIR_ENGINE_RTL, setting);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->mismatches, 0u);
    ASSERT_EQ(result->n_frames, setting.frames);
    double cycles =
        (double)(result->frames[5].last_out_ps - result->frames[3].last_out_ps) / 2 / 5000;
    EXPECT_GE(cycles, 0.95 * (double)GetParam());
    EXPECT_LE(cycles, 1.05 * (double)GetParam());
}

// Sixteen rows with padding cost a small image more than a large one: its least targets are far off.
INSTANTIATE_TEST_SUITE_P(Cycles, Target, testing::Values(16384u, 32768u, 49152u));

// ---------------------------------------------------------------- a beat is a whole tensor

/* The interval in cycles, once the pipeline is full, is the reuse factor. */
void expect_interval(const weir_result &result, uint64_t cycles) {
    for (uint64_t f = 1; f < result.n_frames; f++)
        EXPECT_EQ(result.frames[f].last_out_ps - result.frames[f - 1].last_out_ps, cycles * 5000);
}

class Parallel : public testing::TestWithParam<uint64_t> {};

TEST_P(Parallel, EnginesAgreeAndAFrameLeavesEveryReuseFactor) {
    Setting setting;
    setting.reuse = GetParam();
    Agreement agreement(repo("configs/designs/trigger.cfg"));
    ASSERT_NO_FATAL_FAILURE(agreement.prepare(setting));
    auto rtl = agreement.run(WEIR_ENGINE_RTL, setting);
    auto stitched = agreement.run(WEIR_ENGINE_STITCHED, setting);
    ASSERT_TRUE(rtl && stitched);
    agreement.expect_same(*rtl, *stitched);
    expect_interval(*rtl, GetParam());
}

TEST_P(Parallel, EnginesAgreeWithPausesAndArrivals) {
    Setting setting;
    setting.reuse = GetParam();
    setting.depth = 1;
    setting.pause = "1101000";
    setting.arrival_period = 23456;
    Agreement(repo("configs/designs/trigger.cfg")).agree(setting);
}

TEST_P(Parallel, PublicNetworkHasThePublishedIntervalAndMultipliers) {
    std::string path = repo("../shared/networks/conv1d_small_keras.onnx");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    const uint64_t published[] = {547, 398, 266};
    Setting setting;
    setting.reuse = GetParam();
    setting.precision = "ap_fixed<18,8>";
    setting.options.io = "parallel";
    Agreement agreement(path);
    ASSERT_NO_FATAL_FAILURE(agreement.prepare(setting));
    auto rtl = agreement.run(WEIR_ENGINE_RTL, setting);
    auto stitched = agreement.run(WEIR_ENGINE_STITCHED, setting);
    ASSERT_TRUE(rtl && stitched);
    agreement.expect_same(*rtl, *stitched);
    expect_interval(*rtl, GetParam());
    EXPECT_EQ(agreement.multipliers("unrolled"), published[GetParam() - 1]);
    uint64_t latency = (rtl->frames[0].last_out_ps - rtl->frames[0].first_in_ps) / 5000;
    printf("reuse factor %lu: latency %lu cycles, hls4ml's %d\n", (unsigned long)GetParam(),
           (unsigned long)latency,
           GetParam() == 1   ? 24
           : GetParam() == 2 ? 26
                             : 30);
}

INSTANTIATE_TEST_SUITE_P(Reuse, Parallel, testing::Values(1u, 2u, 3u));

/* Forks and joins: the depths that are computed keep a frame every cycle. */
TEST(ParallelMore, BranchesKeepAFrameEveryCycle) {
    Setting setting;
    setting.options.io = "parallel";
    setting.options.crop_rows = setting.options.crop_columns = 2;
    Agreement agreement(repo("configs/networks/skip.onnx"));
    ASSERT_NO_FATAL_FAILURE(agreement.prepare(setting));
    auto rtl = agreement.run(WEIR_ENGINE_RTL, setting);
    auto stitched = agreement.run(WEIR_ENGINE_STITCHED, setting);
    ASSERT_TRUE(rtl && stitched);
    agreement.expect_same(*rtl, *stitched);
    expect_interval(*rtl, 1);
}

// ---------------------------------------------------------------- networks from elsewhere

class Elsewhere : public testing::TestWithParam<const char *> {};

TEST_P(Elsewhere, EnginesAgree) {
    std::string path = repo("../shared/networks/") + GetParam() + ".onnx";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    Agreement(path).agree({});
}

TEST(ElsewhereMore, BranchedNetworkAgreesOnACrop) {
    std::string path = repo("../shared/networks/branched_model_ch_last.onnx");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    Setting setting;
    setting.frames = 3;
    setting.options.crop_rows = 32;
    setting.options.crop_columns = 48;
    Agreement(path).agree(setting);
}

INSTANTIATE_TEST_SUITE_P(Networks, Elsewhere,
                         testing::Values("conv1d_small_keras", "conv2d_small_keras",
                                         "conv2d_small_mp_keras", "three_layer_keras",
                                         "two_layer_keras"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
