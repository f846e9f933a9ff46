// Batched replay: every answer is the one that the scalar replay gives, with each instruction set
// that this machine has.
#include "hls/compile.h"
#include "sim/random_net.hpp"
#include "sim/replay_batch.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>

using namespace regsim;

namespace {

struct Counts {
    uint64_t sets = 0, deadlocks = 0, steady = 0;
};

std::string unlike(const char *what, uint64_t batched, uint64_t scalar) {
    return std::string(what) + ": " + std::to_string(batched) + ", scalar " +
           std::to_string(scalar);
}

// Where the answers differ, in words. Which frames a repeat was found in is each engine's own
// business; how long a frame takes is not.
std::string difference(const weir_replay_answer &batched, const weir_replay_result &scalar) {
    if (batched.n_frames != scalar.n_frames)
        return unlike("frames", batched.n_frames, scalar.n_frames);
    if (batched.deadlock != scalar.deadlock)
        return unlike("deadlock", batched.deadlock, scalar.deadlock);
    if (batched.latency_ps != scalar.latency_ps)
        return unlike("latency_ps", batched.latency_ps, scalar.latency_ps);
    if (batched.last_latency_ps != scalar.last_latency_ps)
        return unlike("last_latency_ps", batched.last_latency_ps, scalar.last_latency_ps);
    if (batched.end_ps != scalar.end_ps) return unlike("end_ps", batched.end_ps, scalar.end_ps);
    if (batched.steady && scalar.steady &&
        batched.steady_ps * scalar.steady_frames != scalar.steady_ps * batched.steady_frames)
        return unlike("steady_ps", batched.steady_ps, scalar.steady_ps) + " of " +
               std::to_string(batched.steady_frames) + " and " +
               std::to_string(scalar.steady_frames) + " frames";
    return "";
}

std::vector<weir_lanes_fn> instruction_sets() {
    std::vector<weir_lanes_fn> all = {weir_lanes_run_plain};
#ifdef __x86_64__
    if (weir_lanes_have_avx2()) all.push_back(weir_lanes_run_avx2);
    if (weir_lanes_have_avx512()) all.push_back(weir_lanes_run_avx512);
#endif
    return all;
}

void compare(const weir_net *net, const std::vector<weir_replay_parameters> &sets, uint32_t threads,
             Counts &counts, const std::string &what) {
    weir_diag *diag = weir_diag_new();
    uint32_t n = uint32_t(sets.size());
    std::vector<std::vector<weir_replay_answer>> answers;
    for (weir_lanes_fn lanes : instruction_sets()) {
        answers.emplace_back(n);
        ASSERT_TRUE(
            weir_replay_many_by(lanes, net, sets.data(), n, threads, answers.back().data(), diag))
            << what << weir_diag_at(diag, 0)->text;
    }
    weir_replay *replay = weir_replay_new(net);
    for (uint32_t i = 0; i < n; i++) {
        const weir_replay_result *scalar = nullptr;
        ASSERT_TRUE(weir_replay_run(replay, &sets[i], 0, &scalar, diag));
        for (size_t v = 0; v < answers.size(); v++)
            ASSERT_EQ(difference(answers[v][i], *scalar), "")
                << "set " << i << ", instruction set " << v << "\n"
                << what;
        counts.sets++;
        counts.deadlocks += scalar->deadlock;
        counts.steady += answers[0][i].steady;
    }
    weir_replay_free(replay);
    weir_diag_free(diag);
}

// One net, many sets of depths, cycles, clocks, arrivals and pauses.
struct Variants {
    std::vector<std::vector<weir_domain>> domains;
    std::vector<std::vector<weir_channel_timing>> timing;
    std::vector<std::vector<uint64_t>> arrivals;
    std::vector<weir_replay_parameters> sets;

    Variants(const Net &net, const Translated &first, size_t n, std::mt19937_64 &random)
        : domains(n, first.domains), timing(n, first.timing), arrivals(n, first.arrivals),
          sets(n, first.parameters) {
        bool same_clocks = random() % 2 == 0, same_depths = random() % 4 == 0;
        for (size_t i = 0; i < n; i++) {
            for (weir_domain &domain : domains[i]) {
                if (same_clocks) continue;
                domain.period_ps = 1 + random() % 12;
                domain.phase_ps = random() % 20;
            }
            for (size_t c = 0; c < net.channels.size(); c++) {
                if (same_depths) continue;
                timing[i][c].depth += uint32_t(random() % 6);
                if (random() % 4 == 0) timing[i][c].forward = uint32_t(1 + random() % 4);
                if (random() % 4 == 0) timing[i][c].backward = uint32_t(1 + random() % 3);
            }
            for (uint64_t &at : arrivals[i])
                at = at * (1 + i % 3);
            sets[i].domains = domains[i].data();
            sets[i].channels = timing[i].data();
            if (!arrivals[i].empty()) sets[i].arrival_ps = arrivals[i].data();
            if (random() % 2 == 0) sets[i].arrival_period_ps += random() % 50;
            if (random() % 3 == 0) sets[i].pauses = nullptr;
            sets[i].no_steady = random() % 8 == 0;
        }
    }
};

void compare_nets(uint64_t seed, uint64_t nets, const Style &style, uint64_t frames,
                  uint32_t threads) {
    std::cout << "seed " << seed << "\n";
    Counts counts;
    std::mt19937_64 random(seed);
    for (uint64_t n = 0; n < nets && !::testing::Test::HasFatalFailure(); n++) {
        Net net = random_net(seed, n, style);
        if (frames > 0) {
            net.arrival_ps.clear();
            net.drop = false;
            net.frames = frames;
        }
        Translated translated(net, n);
        Variants variants(net, translated, 1 + random() % 20, random);
        compare(translated.net(), variants.sets, threads, counts,
                "case " + std::to_string(n) + "\n" + describe(net));
    }
    std::cout << counts.sets << " sets, " << counts.deadlocks << " deadlocks, " << counts.steady
              << " steady\n";
}

TEST(ReplayBatch, AnswersOfRandomNetsAreTheScalarOnes) {
    compare_nets(11, 3000, Style(), 0, 1);
}

TEST(ReplayBatch, AnswersOfManyFramesAreTheScalarOnes) {
    Style style;
    style.balanced = true;
    style.frp = false;
    compare_nets(12, 300, style, 200, 2);
}

// A compiled design, with the net of its graph.
struct Design {
    weir_diag *diag = weir_diag_new();
    std::string folder = ::testing::TempDir() + "weir_replay_batch_XXXXXX";
    weir_design *design = nullptr;
    weir_compiled *compiled = nullptr;
    weir_net *net = nullptr;

    explicit Design(const std::string &path) {
        weir_design_options options = {};
        design = weir_design_load(path.c_str(), &options, diag);
        if (design != nullptr && mkdtemp(folder.data()) != nullptr)
            compiled = weir_compile(design, folder.c_str(), diag);
        if (compiled != nullptr) net = weir_net_of_graph(compiled->graph, diag);
        weir_diag_print(diag, stderr);
    }
    ~Design() {
        weir_net_free(net);
        weir_compiled_free(compiled);
        weir_design_free(design);
        weir_diag_free(diag);
        std::filesystem::remove_all(folder);
    }
};

// Depths around those of the design: some sets are too shallow to go on, most are not.
TEST(ReplayBatch, AnswersOfADesignAreTheScalarOnes) {
    Design digits(WEIR_SOURCE_DIR "/configs/designs/digits.cfg");
    ASSERT_NE(digits.net, nullptr);
    const weir_graph *graph = digits.compiled->graph;
    std::mt19937_64 random(13);
    size_t n = 90;
    std::vector<std::vector<weir_domain>> domains(n);
    std::vector<std::vector<weir_channel_timing>> timing(n);
    std::vector<weir_replay_parameters> sets(n);
    for (size_t i = 0; i < n; i++) {
        domains[i].resize(weir_graph_domains(graph));
        timing[i].resize(weir_graph_channels(graph));
        weir_replay_of_graph(graph, domains[i].data(), timing[i].data());
        for (weir_domain &domain : domains[i]) {
            domain.period_ps += random() % 3000;
            domain.phase_ps = random() % 5000;
        }
        for (weir_channel_timing &channel : timing[i])
            channel.depth = uint32_t(1 + random() % (i % 2 == 0 ? 40 : 4));
        sets[i].domains = domains[i].data();
        sets[i].channels = timing[i].data();
        sets[i].frames = 12;
        if (i % 3 == 0) sets[i].arrival_period_ps = 1000000 + random() % 4000000;
    }
    Counts counts;
    compare(digits.net, sets, 2, counts, "digits");
    std::cout << counts.sets << " sets, " << counts.steady << " steady\n";
}

TEST(ReplayBatch, RefusesWhatTheScalarReplayRefuses) {
    Net net = random_net(14, 0);
    Translated translated(net, 0);
    std::vector<weir_replay_parameters> sets(3, translated.parameters);
    std::vector<weir_channel_timing> timing = translated.timing;
    timing[0].depth = 0;
    sets[1].channels = timing.data();
    sets[2].frames++;
    sets[2].arrival_ps = nullptr;
    std::vector<weir_replay_answer> answers(3);
    weir_diag *diag = weir_diag_new();
    EXPECT_FALSE(weir_replay_many(translated.net(), sets.data(), 3, 1, answers.data(), diag));
    ASSERT_EQ(weir_diag_count(diag), 2u);
    EXPECT_NE(std::string(weir_diag_at(diag, 0)->text).find("depth 0"), std::string::npos);
    EXPECT_NE(std::string(weir_diag_at(diag, 1)->text).find("parameter set 2"), std::string::npos);
    weir_diag_free(diag);
}

} // namespace
