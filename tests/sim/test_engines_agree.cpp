// The central test: co-simulation, stitched RTL and replay give the same time for every frame and
// every port event, and no wrong beat, on every design, at any depth and any clock ratio.
extern "C" {
#include "hls/compile.h"
#include "models/cut.h"
#include "sim/run.h"
#include "traces/stimulus.h"
}
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace {

struct Freed {
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
    void operator()(weir_reference *p) const { weir_reference_free(p); }
    void operator()(weir_result *p) const { weir_result_free(p); }
    void operator()(weir_graph *p) const { weir_graph_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Freed>;

struct Setting {
    std::vector<weir_domain> domains; // empty: as the design has them
    uint32_t depth = 0;               // 0: as the design has it
    uint64_t shuffle = 0;
    uint64_t arrival_period = 0;
    const char *pause = nullptr;
    const char *source_pause = nullptr;
    bool drop = false;
    uint64_t frames = 20;
    weir_design_options options{};   // crop, target, io
    uint64_t reuse = 0;              // of all layers; 0: as the design has it
    const char *precision = nullptr; // of values and weights
    bool resource = false;           // strategy of all layers of products
    bool packed = false;             // and their weights
};

class Agreement {
  public:
    explicit Agreement(const std::string &path) : path_(path), diag_(weir_diag_new()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_agree_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~Agreement() { std::filesystem::remove_all(folder_); }

    void prepare(const Setting &setting) {
        design_.reset(weir_design_load(path_.c_str(), &setting.options, diag_.get()));
        ASSERT_TRUE(design_) << messages();
        domains_ = setting.domains;
        if (!domains_.empty()) {
            ASSERT_EQ(domains_.size(), design_->n_domains);
            design_->domains = domains_.data();
        }
        if (setting.depth) {
            design_->default_depth = setting.depth;
            design_->n_fifos = 0;
        }
        change_layers(setting);
        compiled_.reset(weir_compile(design_.get(), folder_.c_str(), diag_.get()));
        ASSERT_TRUE(compiled_) << messages();
        const weir_layer *input =
            weir_network_layer(design_->network, weir_network_input(design_->network));
        uint64_t elements = (uint64_t)input->out.rows * input->out.columns * input->out.channels;
        weir_frames_random(&frames_, setting.frames, elements, 1);
        reference_.reset(weir_reference_new(compiled_.get(), frames_.values, setting.frames));
        for (uint64_t f = 0; f < setting.frames; f++)
            arrival_.push_back(f * setting.arrival_period);
    }

    Owned<weir_result> run(weir_engine engine, const Setting &setting, bool trace = true) {
        weir_run_options options{};
        options.engine = engine;
        options.frames = setting.frames;
        options.arrival_ps = arrival_.data();
        options.drop = setting.drop;
        options.sink_pause = setting.pause;
        std::vector<const char *> pauses(weir_graph_processes(graph()), nullptr);
        for (uint32_t p = 0; p < pauses.size(); p++)
            if (weir_graph_process(graph(), p)->kind == WEIR_SOURCE)
                pauses[p] = setting.source_pause;
            else if (weir_graph_process(graph(), p)->kind == WEIR_SINK)
                pauses[p] = setting.pause;
        if (setting.source_pause != nullptr) options.pauses = pauses.data();
        options.stimulus = options.expect = weir_reference_expect(reference_.get());
        options.trace = trace;
        options.freeze = true;
        options.shuffle_seed = setting.shuffle;
        options.stitched_top = compiled_->top;
        options.stitched_sources = compiled_->top_sources;
        options.n_stitched_sources = compiled_->n_top_sources;
        options.rom_folder = compiled_->rom_folder;
        weir_result *result = nullptr;
        weir_status status = weir_run(graph(), &options, &result, diag_.get());
        EXPECT_EQ(status, changed_ != nullptr ? WEIR_DEADLOCK : WEIR_OK) << messages();
        return Owned<weir_result>(result);
    }

    void expect_same(const weir_result &a, const weir_result &b) {
        EXPECT_EQ(a.mismatches, 0u);
        EXPECT_EQ(b.mismatches, 0u);
        EXPECT_GT(a.beats_checked, 0u);
        if (b.engine != WEIR_ENGINE_REPLAY) {
            EXPECT_GT(b.beats_checked, 0u);
        }
        EXPECT_EQ(a.end_ps, b.end_ps);
        ASSERT_EQ(a.n_frames + a.n_dropped, frames_.count);
        ASSERT_EQ(b.n_frames, a.n_frames);
        ASSERT_EQ(b.n_dropped, a.n_dropped);
        for (uint64_t f = 0; f < a.n_frames; f++) {
            EXPECT_EQ(a.frames[f].index, b.frames[f].index) << "frame " << f;
            EXPECT_EQ(a.frames[f].first_in_ps, b.frames[f].first_in_ps) << "frame " << f;
            EXPECT_EQ(a.frames[f].last_out_ps, b.frames[f].last_out_ps) << "frame " << f;
        }
        if (a.trace != nullptr && b.trace != nullptr) {
            char *difference = weir_trace_difference(a.trace, b.trace);
            EXPECT_EQ(difference, nullptr) << difference;
            free(difference);
        }
        for (uint32_t p = 0; p < weir_graph_processes(compiled_->graph); p++) {
            const char *name = weir_graph_process(compiled_->graph, p)->name;
            EXPECT_EQ(a.processes[p].initiations, b.processes[p].initiations) << name;
            EXPECT_EQ(a.processes[p].busy_cycles, b.processes[p].busy_cycles) << name;
            EXPECT_EQ(a.processes[p].starved_cycles, b.processes[p].starved_cycles) << name;
            EXPECT_EQ(a.processes[p].blocked_cycles, b.processes[p].blocked_cycles) << name;
            EXPECT_EQ(a.processes[p].idle_cycles, b.processes[p].idle_cycles) << name;
        }
        for (uint32_t c = 0; c < weir_graph_channels(compiled_->graph); c++) {
            const char *name = weir_graph_channel(compiled_->graph, c)->name;
            EXPECT_EQ(a.channels[c].max_occupancy, b.channels[c].max_occupancy) << name;
            EXPECT_EQ(a.channels[c].writes, b.channels[c].writes) << name;
            EXPECT_EQ(a.channels[c].reads, b.channels[c].reads) << name;
        }
        for (uint32_t d = 0; d < weir_graph_domains(compiled_->graph); d++)
            EXPECT_EQ(a.domain_cycles[d], b.domain_cycles[d]) << d;
    }

    void agree(const Setting &setting) {
        ASSERT_NO_FATAL_FAILURE(prepare(setting));
        auto rtl = run(WEIR_ENGINE_RTL, setting);
        auto stitched = run(WEIR_ENGINE_STITCHED, setting);
        auto replay = run(WEIR_ENGINE_REPLAY, setting);
        ASSERT_TRUE(rtl && stitched && replay);
        expect_same(*rtl, *stitched);
        expect_same(*rtl, *replay);
        replay = run(WEIR_ENGINE_REPLAY, setting, false); // without a trace, frames may be skipped
        ASSERT_TRUE(replay);
        expect_same(*rtl, *replay);
    }

    // Depths as given by `depth_of` stop the design: all engines say so in the same words.
    template <class Depth> void deadlock(const Setting &setting, Depth depth_of) {
        ASSERT_NO_FATAL_FAILURE(prepare(setting));
        std::vector<uint32_t> depths;
        for (uint32_t c = 0; c < weir_graph_channels(graph()); c++)
            depths.push_back(depth_of(weir_graph_channel(graph(), c)));
        changed_.reset(
            weir_graph_changed(compiled_->graph, nullptr, depths.data(), nullptr, diag_.get()));
        ASSERT_TRUE(changed_) << messages();
        auto rtl = run(WEIR_ENGINE_RTL, setting);
        for (bool trace : {true, false}) {
            auto replay = run(WEIR_ENGINE_REPLAY, setting, trace);
            ASSERT_TRUE(rtl && replay);
            ASSERT_TRUE(rtl->deadlock.happened);
            ASSERT_TRUE(replay->deadlock.happened);
            EXPECT_EQ(rtl->deadlock.time_ps, replay->deadlock.time_ps);
            EXPECT_STREQ(rtl->deadlock.text, replay->deadlock.text);
            EXPECT_EQ(rtl->n_frames, replay->n_frames);
            for (uint32_t c = 0; c < weir_graph_channels(graph()); c++) {
                EXPECT_EQ(rtl->channels[c].writes, replay->channels[c].writes) << c;
                EXPECT_EQ(rtl->channels[c].max_occupancy, replay->channels[c].max_occupancy) << c;
            }
            if (!trace) continue;
            char *difference = weir_trace_difference(rtl->trace, replay->trace);
            EXPECT_EQ(difference, nullptr) << difference;
            free(difference);
        }
    }

    uint32_t processes(const std::string &kind) const {
        uint32_t n = 0;
        for (uint32_t p = 0; p < weir_graph_processes(compiled_->graph); p++)
            n += kind == weir_graph_process(compiled_->graph, p)->operator_name;
        return n;
    }

    uint64_t multipliers(const std::string &kind) const {
        uint64_t sum = 0;
        for (uint32_t p = 0; p < weir_graph_processes(compiled_->graph); p++) {
            const weir_process *process = weir_graph_process(compiled_->graph, p);
            if (kind == process->operator_name) sum += process->multipliers;
        }
        return sum;
    }

  private:
    const weir_graph *graph() const { return changed_ ? changed_.get() : compiled_->graph; }

    void change_layers(const Setting &setting) {
        const weir_layer_settings *given = design_->settings;
        settings_.assign(given, given + weir_network_layers(design_->network));
        for (weir_layer_settings &layer : settings_) {
            if (setting.reuse) layer.reuse_factor = setting.reuse;
            weir_layer_kind kind =
                weir_network_layer(design_->network, (uint32_t)(&layer - settings_.data()))->kind;
            if (setting.resource && (kind == WEIR_LAYER_CONV || kind == WEIR_LAYER_DENSE)) {
                layer.strategy = WEIR_RESOURCE;
                if (setting.packed) layer.weights = WEIR_WEIGHTS_PACKED;
            }
            if (!setting.precision) continue;
            ASSERT_TRUE(weir_fixed_parse(&layer.precision, setting.precision));
            layer.weight_precision = layer.precision;
        }
        design_->settings = settings_.data();
    }

    std::string messages() const {
        std::string text;
        for (size_t i = 0; i < weir_diag_count(diag_.get()); i++)
            text += std::string(weir_diag_at(diag_.get(), i)->text) + "\n";
        return text;
    }

    std::string path_, folder_;
    Owned<weir_diag> diag_;
    Owned<weir_design> design_;
    Owned<weir_compiled> compiled_;
    Owned<weir_reference> reference_;
    Owned<weir_graph> changed_;
    std::vector<weir_domain> domains_;
    std::vector<weir_layer_settings> settings_;
    std::vector<uint64_t> arrival_;
    weir_frames frames_{};
};

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
