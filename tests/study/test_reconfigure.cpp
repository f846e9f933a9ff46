// Parts that are loaded in turn: which they are, their times and those of their RTL, batches of all
// sizes, break-even, and the memories between them.
extern "C" {
#include "study/batches.h"
#include "study/explore.h"
#include "study/turns.h"
}
#include "study/designs.hpp"
#include <algorithm>
#include <cmath>
#include <jansson.h>
#include <random>
#include <unistd.h>

namespace {

using designs::messages;
using designs::Owned;

const char *const digits = WEIR_SOURCE_DIR "/configs/designs/digits.cfg";
const char *const skip = WEIR_SOURCE_DIR "/configs/networks/skip.onnx";
const weir_loc here = {"study.cfg", 7};

struct Done {
    void operator()(weir_reconfigured *r) const { weir_reconfigured_free(r); }
    void operator()(weir_batches *b) const { weir_batches_free(b); }
};

// A point of a design, made as a study makes it.
class Point {
  public:
    Point(const char *design, const char *device, const std::vector<std::string> &lines,
          weir_cost_source source = WEIR_COST_ESTIMATE)
        : diag(weir_diag_new()), lines_(lines) {
        weir_design_options options = {};
        options.device = device;
        base.reset(weir_design_load(design, &options, diag.get()));
        EXPECT_TRUE(base) << messages(diag.get());
        for (const std::string &line : lines_)
            changes_.push_back({line.c_str(), here});
        point = {"idea", (uint32_t)changes_.size(), changes_.data()};
        evaluation.base = base.get();
        evaluation.frames = 12;
        evaluation.source = source;
        evaluation.threads = 1;
        made_ = weir_structure_make(&structure, &evaluation, changes_.data(),
                                    (uint32_t)changes_.size(), diag.get());
        if (made_) r.reset(weir_reconfigured_of(&structure, diag.get()));
    }
    ~Point() { weir_structure_free(&structure); }

    // Of one part, replayed alone for so many frames, the long way.
    uint64_t Replayed(uint32_t part, uint64_t frames) {
        const weir_graph *graph = r->turns[part].cut.graph;
        Owned<weir_net> net(weir_net_of_graph(graph, diag.get()));
        Owned<weir_replay> replay(weir_replay_new(net.get()));
        std::vector<weir_domain> domains(weir_graph_domains(graph));
        std::vector<weir_channel_timing> channels(weir_graph_channels(graph));
        weir_replay_of_graph(graph, domains.data(), channels.data());
        weir_replay_parameters parameters = {};
        parameters.domains = domains.data();
        parameters.channels = channels.data();
        parameters.frames = frames;
        parameters.no_steady = true;
        const weir_replay_result *result;
        EXPECT_TRUE(
            weir_replay_run(replay.get(), &parameters, WEIR_WANT_TIMES, &result, diag.get()));
        return result->last_out_ps[frames - 1] - result->first_in_ps[0];
    }

    weir_finding Found() {
        weir_finding finding = {};
        EXPECT_TRUE(weir_evaluate(&evaluation, &point, 1, &finding, diag.get()));
        return finding;
    }

    Owned<weir_diag> diag;
    Owned<weir_design> base;
    weir_evaluation evaluation = {};
    weir_point point = {};
    weir_structure structure = {};
    std::unique_ptr<weir_reconfigured, Done> r;

  private:
    std::vector<std::string> lines_;
    std::vector<weir_change> changes_;
    bool made_ = false;
};

// Parts of any times, without a design.
struct Made {
    explicit Made(std::mt19937 &random, uint32_t n_turns, uint64_t load) : turns(n_turns) {
        for (weir_turn &turn : turns) {
            uint64_t at = 1000 + random() % 3000, n = 3 + random() % 30;
            outs.emplace_back();
            turn = {};
            turn.steady_frames = 1 + random() % 3;
            n = std::max(n, 2 * turn.steady_frames);
            std::vector<uint64_t> gaps;
            for (uint64_t f = 0; f < n; f++, at += gaps.back()) {
                outs.back().push_back(at);
                gaps.push_back(500 + random() % 1000);
            }
            turn.n_out = n;
            turn.steady_ps = turn.steady_frames * (400 + random() % 1000);
            // The last repeat of those known must not fall.
            turn.steady_ps =
                std::max(turn.steady_ps, outs.back()[n - 1] - outs.back()[n - turn.steady_frames]);
        }
        for (uint32_t k = 0; k < n_turns; k++)
            turns[k].out_ps = outs[k].data();
        r = {};
        r.n_turns = n_turns;
        r.turns = turns.data();
        r.region.load_ps = load;
    }
    uint64_t Out(uint32_t part, uint64_t frame) const {
        const weir_turn &turn = turns[part];
        uint64_t more = 0;
        for (; frame >= turn.n_out; frame -= turn.steady_frames)
            more += turn.steady_ps;
        return turn.out_ps[frame] + more;
    }
    std::vector<weir_turn> turns;
    std::vector<std::vector<uint64_t>> outs;
    weir_reconfigured r;
};

/* ---- which parts ---- */

TEST(Turns, BalanceAsNoOtherCutDoes) {
    for (const char *path : {digits, skip}) {
        for (uint32_t parts : {2u, 3u}) {
            SCOPED_TRACE(std::string(path) + " in " + std::to_string(parts));
            Point point(path, "xczu7ev", {"reconfigure " + std::to_string(parts)});
            ASSERT_TRUE(point.r) << messages(point.diag.get());
            const weir_structure &s = point.structure;
            const weir_design *design = s.draft->design;
            auto most = [&](const std::vector<const char *> &cuts, std::vector<uint32_t> &part) {
                weir_turns turns = {parts, cuts.data(), 1, here};
                weir_turns_request request = {s.compiled->graph, design->network,
                                              design->device,    &turns,
                                              s.processes,       s.channels};
                Owned<weir_diag> diag(weir_diag_new());
                if (!weir_turns_assign(&request, part.data(), diag.get())) return 1e9;
                double share = 0;
                for (uint32_t k = 0; k < parts; k++) {
                    uint64_t need[WEIR_RESOURCES];
                    weir_turns_need(&request, part.data(), k, need);
                    for (int i = 0; i < WEIR_RESOURCES; i++)
                        if (uint64_t has = weir_device_has(design->device, (weir_resource)i))
                            share = std::max(share, (double)need[i] / (double)has);
                }
                return share;
            };
            double best = 1e9, own = 0;
            std::vector<uint32_t> part(weir_graph_processes(s.compiled->graph));
            uint32_t layers = weir_network_layers(design->network), tried = 0;
            for (uint32_t a = 1; a < layers; a++) {
                for (uint32_t b = a + 1; b < layers; b++) {
                    std::vector<const char *> cuts = {weir_network_layer(design->network, a)->name,
                                                      weir_network_layer(design->network, b)->name};
                    if (parts == 2) cuts.pop_back();
                    double share = most(cuts, part);
                    tried += share < 1e9;
                    best = std::min(best, share);
                }
            }
            EXPECT_GT(tried, 5u);
            for (uint32_t k = 0; k < parts; k++)
                for (int i = 0; i < WEIR_RESOURCES; i++)
                    if (uint64_t has = weir_device_has(design->device, (weir_resource)i))
                        own = std::max(own, (double)point.r->turns[k].need[i] / (double)has);
            EXPECT_DOUBLE_EQ(own, best);
        }
    }
}

TEST(Turns, PartsAreCutWhereTheyAreNamed) {
    Point point(digits, "xc7z020", {"reconfigure dense1,conv2 batch 7"});
    ASSERT_TRUE(point.r) << messages(point.diag.get());
    ASSERT_EQ(point.r->n_turns, 3u);
    EXPECT_STREQ(point.r->turns[0].layers, "conv1, relu1, pool1");
    EXPECT_STREQ(point.r->turns[1].layers, "conv2, relu2, pool2");
    EXPECT_STREQ(point.r->turns[2].layers, "dense1, relu3, dense2, softmax");
    EXPECT_EQ(point.r->batch, 7u);
}

TEST(Turns, WhatCannotBeIsRefusedWithTheReason) {
    const struct {
        const char *design, *device;
        std::vector<std::string> lines;
        const char *said;
    } cases[] = {
        {digits, "xc7z020", {"reconfigure 40"}, "40 parts, the network has 10 layers"},
        {digits, "xc7z020", {"reconfigure conv1"}, "part 1 of 2 has no process"},
        {digits, "xc7z020", {"reconfigure conv2,conv2"}, "part 2 of 3 has no process"},
        {digits, "xc7z020", {"reconfigure conv9"}, "layer \"conv9\" is unknown"},
        {digits, "xc7z020", {"reconfigure 1"}, "allowed are whole numbers from 2"},
        {digits, "xc7z020", {"reconfigure 2 batch 0"}, "allowed are whole numbers from 1"},
        {digits, "xc7z020", {"reconfigure 2 batches 3"}, "usage: reconfigure PARTS"},
        {digits, "xck26", {"reconfigure 2"}, "device xck26: the length of its bitstream is not"},
    };
    for (const auto &c : cases) {
        Point point(c.design, c.device, c.lines);
        EXPECT_FALSE(point.r);
        EXPECT_NE(messages(point.diag.get()).find(c.said), std::string::npos)
            << c.lines[0] << ": " << messages(point.diag.get());
        weir_finding finding = point.Found();
        EXPECT_FALSE(finding.applied || finding.feasible);
        EXPECT_NE(std::string(finding.why).find(c.said), std::string::npos) << finding.why;
        EXPECT_EQ(std::string(finding.why).find("study.cfg:7: "), 0u) << finding.why;
        weir_finding_clear(&finding);
    }
    Point free(digits, "xc7z020", {"reconfigure 2"}, WEIR_COST_NONE);
    EXPECT_FALSE(free.r);
    EXPECT_NE(messages(free.diag.get()).find("no costs are asked for"), std::string::npos);
}

TEST(Turns, APartThatDeadlocksIsNamed) {
    Point point(skip, "xczu7ev", {"depth leaky1_grid_fork_out1 2", "reconfigure conv7 batch 3"});
    EXPECT_FALSE(point.r);
    EXPECT_NE(messages(point.diag.get()).find("part 1: deadlock at "), std::string::npos)
        << messages(point.diag.get());
    // The skip cut in two, nothing waits for it.
    Point apart(skip, "xczu7ev", {"depth leaky1_grid_fork_out1 2", "reconfigure conv3 batch 3"});
    EXPECT_TRUE(apart.r) << messages(apart.diag.get());
}

TEST(Turns, ASourceThatDropsIsRefused) {
    std::string path = testing::TempDir() + "weir-drops-" + std::to_string(getpid()) + ".cfg";
    std::ofstream(path) << designs::network("digits")
                        << "source = { policy = \"drop\"; arrival_period_ps = 9000; };\n";
    Point point(path.c_str(), "xc7z020", {"reconfigure 2"});
    EXPECT_FALSE(point.r);
    EXPECT_NE(messages(point.diag.get()).find("a source that drops frames"), std::string::npos);
    std::filesystem::remove(path);
}

TEST(Turns, AFileOfArrivalsIsRefusedUnlessAPeriodIsSet) {
    std::string path = testing::TempDir() + "weir-arrives-" + std::to_string(getpid());
    std::ofstream times(path + ".txt");
    for (int f = 0; f < 12; f++)
        times << f * 5000000 << "\n";
    times.close();
    std::ofstream(path + ".cfg") << designs::network("digits")
                                 << "source = { arrival_file = \"" + path + ".txt\"; };\n";
    Point listed((path + ".cfg").c_str(), "xc7z020", {"reconfigure 2"});
    EXPECT_FALSE(listed.r);
    EXPECT_NE(messages(listed.diag.get()).find("has a file of arrivals"), std::string::npos)
        << messages(listed.diag.get());
    Point periodic((path + ".cfg").c_str(), "xc7z020",
                   {"arrival 9000000000", "reconfigure 2 batch 20"});
    ASSERT_TRUE(periodic.r) << messages(periodic.diag.get());
    weir_finding finding = periodic.Found();
    EXPECT_TRUE(finding.applied) << finding.why;
    EXPECT_EQ(finding.value[WEIR_FIGURE_INTERVAL], 9000000000) << "frames come no faster";
    EXPECT_EQ(finding.value[WEIR_FIGURE_LATENCY],
              (double)weir_reconfigured_latency(periodic.r.get(), 20).worst_ps);
    weir_finding_clear(&finding);
    std::filesystem::remove(path + ".cfg");
    std::filesystem::remove(path + ".txt");
}

/* ---- times ---- */

TEST(Times, RunsAreThoseOfReplaysOfSoManyFrames) {
    for (const char *path : {digits, skip}) {
        Point point(path, "xczu7ev", {"reconfigure 3 batch 100"});
        ASSERT_TRUE(point.r) << messages(point.diag.get());
        for (uint32_t k = 0; k < 3; k++) {
            EXPECT_TRUE(point.r->turns[k].exact);
            for (uint64_t frames : {1, 2, 3, 4, 5, 9, 17, 63, 64, 65, 200, 301})
                EXPECT_EQ(weir_reconfigured_run_ps(&point.r->turns[k], frames),
                          point.Replayed(k, frames))
                    << path << " part " << k + 1 << ", " << frames << " frames";
        }
    }
}

TEST(Times, ABatchIsItsLoadsAndRuns) {
    Point point(digits, "xc7z020", {"reconfigure 2 batch 1000"});
    ASSERT_TRUE(point.r) << messages(point.diag.get());
    const weir_reconfigured *r = point.r.get();
    const weir_configuration_port &port = point.base->device->configuration;
    // Bits over rate, to the picosecond: 32 bits at 100 MHz.
    EXPECT_EQ(r->region.bits % 32, 0u);
    EXPECT_EQ(r->region.load_ps, r->region.bits / 32 * 10000);
    EXPECT_DOUBLE_EQ((double)r->region.load_ps * 1e-12,
                     (double)r->region.bits / (port.width_bits * port.mhz * 1e6));
    for (uint64_t b : {1, 10, 1000, 123456}) {
        uint64_t runs = 0;
        for (uint32_t k = 0; k < r->n_turns; k++)
            runs += weir_reconfigured_run_ps(&r->turns[k], b);
        EXPECT_EQ(weir_reconfigured_batch_ps(r, b) - runs, 2 * r->region.load_ps);
    }
    weir_finding finding = point.Found();
    EXPECT_TRUE(finding.feasible) << finding.why;
    double whole = (double)weir_reconfigured_batch_ps(r, 1000);
    EXPECT_DOUBLE_EQ(finding.value[WEIR_FIGURE_INTERVAL], whole / 1000);
    EXPECT_DOUBLE_EQ(finding.value[WEIR_FIGURE_LATENCY], whole) << "of the last frame";
    EXPECT_DOUBLE_EQ(finding.value[WEIR_FIGURE_FPS], 1e15 / whole);
    EXPECT_STREQ(finding.source[WEIR_FIGURE_INTERVAL], "estimate") << "loads are";
    EXPECT_EQ(finding.value[WEIR_FIGURE_LUT], (double)r->region.total[WEIR_LUT]);
    EXPECT_EQ(finding.value[WEIR_FIGURE_DSP], (double)r->region.total[WEIR_DSP]);
    EXPECT_EQ(finding.value[WEIR_FIGURE_BRAM18],
              (double)(r->region.total[WEIR_BRAM18] + r->bram18));
    EXPECT_GT(finding.value[WEIR_FIGURE_DYNAMIC], 0);
    EXPECT_NE(std::string(finding.changed).find("part 2: "), std::string::npos);
    weir_finding_clear(&finding);
}

TEST(Times, LatenciesAreThoseOfAllFrames) {
    const unsigned seed = 31;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 300; round++) {
        Made made(random, 2 + random() % 3, random() % 100000);
        uint64_t b = 1 + random() % 120;
        made.r.arrival_period_ps = round % 3 == 0 ? 0 : random() % 3000;
        uint64_t before = 0, worst = 0;
        double sum = 0;
        for (uint32_t k = 0; k < made.r.n_turns; k++)
            before += made.r.region.load_ps + (k + 1 < made.r.n_turns ? made.Out(k, b - 1) : 0);
        for (uint64_t f = 0; f < b; f++) {
            uint64_t own =
                before + made.Out(made.r.n_turns - 1, f) + (b - 1 - f) * made.r.arrival_period_ps;
            worst = std::max(worst, own);
            sum += (double)own;
        }
        weir_batch_latency latency = weir_reconfigured_latency(&made.r, b);
        EXPECT_EQ(latency.worst_ps, worst) << round;
        EXPECT_NEAR(latency.mean_ps, sum / (double)b, 1e-9 * sum) << round;
    }
}

TEST(Times, BreakEvenIsTheSmallestOfAllBatches) {
    const unsigned seed = 32;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    int found = 0, never = 0, late = 0;
    for (int round = 0; round < 400; round++) {
        Made made(random, 1 + random() % 3, random() % 200000);
        double limit = weir_reconfigured_limit_ps(&made.r);
        double interval = limit * (0.9 + (random() % 1000) * 1e-3);
        // Far beyond where it must have happened, if at all.
        uint64_t brute = 0, most = 400000;
        for (uint64_t b = 1; b <= most && brute == 0; b++) {
            double whole = (double)weir_reconfigured_batch_ps(&made.r, b);
            if (whole <= interval * (double)b) brute = b;
        }
        uint64_t own = weir_reconfigured_break_even(&made.r, interval);
        if (own > most) { // not looked at
            late++;
            continue;
        }
        EXPECT_EQ(own, brute) << round << ": interval " << interval << ", limit " << limit;
        (own > 0 ? found : never)++;
    }
    EXPECT_GT(found, 200);
    EXPECT_GT(never, 20);
    EXPECT_LT(late, 20);
}

/* ---- RTL ---- */

void ExpectConfirmed(Point &point, uint64_t frames) {
    std::string folder = testing::TempDir() + "weir-turns-" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    point.evaluation.scratch = folder.c_str();
    ASSERT_TRUE(point.r) << messages(point.diag.get());
    weir_confirmation confirmation;
    ASSERT_TRUE(
        weir_confirm(&point.evaluation, &point.point, frames, &confirmation, point.diag.get()))
        << messages(point.diag.get());
    EXPECT_TRUE(confirmation.agrees) << confirmation.text;
    EXPECT_EQ(confirmation.frames, frames);
    EXPECT_EQ(confirmation.mismatches, 0u);
    EXPECT_EQ(confirmation.latency_ps, weir_reconfigured_batch_ps(point.r.get(), frames))
        << "a batch of so many frames, its runs on RTL";
    free(confirmation.text);
    std::filesystem::remove_all(folder);
}

TEST(Rtl, PartsRunAsTheyAreReplayed) {
    Point point(digits, "xc7z020", {"clock conv2 333", "reconfigure conv2,dense1 batch 5"});
    ExpectConfirmed(point, 5);
}

TEST(Rtl, ASkipAcrossTheCutIsBuffered) {
    Point point(skip, "xczu7ev", {"reconfigure conv3,resize1 batch 50"});
    ASSERT_TRUE(point.r) << messages(point.diag.get());
    // The skip leaves the first part, passes by the second, and ends in the third.
    const weir_reconfigured *r = point.r.get();
    bool passes = false;
    uint64_t bram18 = 0;
    ASSERT_GE(r->n_borders, 3u);
    for (uint32_t b = 0; b < r->n_borders; b++) {
        const weir_border &border = r->borders[b];
        passes = passes || (border.from == 0 && border.to == 2);
        EXPECT_LT(border.from, border.to);
        EXPECT_EQ(border.storage, WEIR_STORAGE_BRAM);
        EXPECT_GE(border.bram18 * 18432, border.frame_bits * r->batch) << border.name;
        bram18 += border.bram18;
    }
    EXPECT_TRUE(passes);
    EXPECT_EQ(r->bram18, bram18);
    ExpectConfirmed(point, 3);
}

/* ---- memories ---- */

TEST(Memories, AreOnTheChipWhileItHasRoom) {
    // 2,304 bits a frame: 144 beats of 16 bits.
    const struct {
        const char *device;
        uint64_t batch;
        weir_storage storage;
    } cases[] = {{"xc7z020", 8, WEIR_STORAGE_BRAM},
                 {"xc7z020", 20000, WEIR_STORAGE_AUTO},
                 {"xczu7ev", 8, WEIR_STORAGE_BRAM},
                 {"xczu7ev", 10000, WEIR_STORAGE_URAM},
                 {"xczu7ev", 1000000, WEIR_STORAGE_AUTO}};
    for (const auto &c : cases) {
        SCOPED_TRACE(std::string(c.device) + " " + std::to_string(c.batch));
        Point point(digits, c.device, {"reconfigure conv2 batch " + std::to_string(c.batch)});
        ASSERT_TRUE(point.r) << messages(point.diag.get());
        ASSERT_EQ(point.r->n_borders, 1u);
        const weir_border &border = point.r->borders[0];
        EXPECT_STREQ(border.name, "pool1_out");
        EXPECT_EQ(border.frame_bits, 2304u);
        EXPECT_EQ(border.storage, c.storage);
        EXPECT_EQ(border.bram18 > 0, c.storage == WEIR_STORAGE_BRAM);
        EXPECT_EQ(border.uram > 0, c.storage == WEIR_STORAGE_URAM);
        double rate = 0; // the faster part's
        for (uint32_t k = 0; k < 2; k++)
            rate =
                std::max(rate, 2304e12 * (double)c.batch /
                                   (double)weir_reconfigured_run_ps(&point.r->turns[k], c.batch));
        if (c.storage == WEIR_STORAGE_AUTO)
            EXPECT_DOUBLE_EQ(point.r->outside_bits_per_second, rate);
        else
            EXPECT_EQ(point.r->outside_bits_per_second, 0);
        weir_finding finding = point.Found();
        EXPECT_TRUE(finding.feasible) << finding.why;
        weir_finding_clear(&finding);
    }
}

TEST(Memories, OutsideReadsCountAsWritesDo) {
    Point point(digits, "xc7z020", {"reconfigure dense1 batch 100000"});
    ASSERT_TRUE(point.r) << messages(point.diag.get());
    ASSERT_EQ(point.r->n_borders, 1u);
    uint64_t writes = weir_reconfigured_run_ps(&point.r->turns[0], 100000);
    uint64_t reads = weir_reconfigured_run_ps(&point.r->turns[1], 100000);
    ASSERT_LT(reads, writes);
    EXPECT_DOUBLE_EQ(point.r->outside_bits_per_second,
                     (double)point.r->borders[0].frame_bits * 1e17 / (double)reads);
}

TEST(Memories, ARegionThatIsLargerThanTheDeviceDoesNotFit) {
    Point point(digits, "xc7z020", {"reuse conv2,dense1 1", "reconfigure 2 batch 10"});
    ASSERT_TRUE(point.r) << messages(point.diag.get());
    weir_finding finding = point.Found();
    EXPECT_TRUE(finding.applied);
    EXPECT_FALSE(finding.feasible);
    EXPECT_NE(std::string(finding.why).find("does not fit xc7z020: "), std::string::npos);
    weir_finding_clear(&finding);
}

/* ---- the report ---- */

TEST(Report, BreakEvenOfTheDesignIsThatOfBruteForce) {
    Point whole(digits, "xc7z020", {});
    weir_finding baseline = whole.Found();
    double interval = baseline.value[WEIR_FIGURE_INTERVAL];
    weir_finding_clear(&baseline);
    Point point(digits, "xc7z020", {"reuse conv2,dense1 4", "reconfigure 2 batch 9"});
    ASSERT_TRUE(point.r) << messages(point.diag.get());
    uint64_t brute = 1;
    while ((double)weir_reconfigured_batch_ps(point.r.get(), brute) > interval * (double)brute)
        ASSERT_LT(brute++, 100000u);
    std::unique_ptr<weir_batches, Done> batches(
        weir_batches_new(&point.evaluation, &point.point, interval, point.diag.get()));
    ASSERT_TRUE(batches) << messages(point.diag.get());
    EXPECT_EQ(batches->against_baseline, brute);
    EXPECT_EQ(batches->against_at_once, 0u) << "the same folding, its loads and nothing gained";
    EXPECT_FALSE(batches->at_once.feasible);

    json_t *json = weir_batches_json(batches.get());
    json_t *even = json_object_get(json, "break_even");
    EXPECT_EQ((uint64_t)json_integer_value(json_object_get(even, "baseline")), brute);
    EXPECT_TRUE(json_is_null(json_object_get(even, "all_at_once")));
    json_t *sizes = json_object_get(json, "sizes");
    double limit = json_real_value(json_object_get(json, "limit_frames_per_second"));
    size_t n = json_array_size(sizes);
    ASSERT_GT(n, 10u);
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array_get(sizes, i);
        uint64_t b = (uint64_t)json_integer_value(json_object_get(row, "batch"));
        double rate = json_real_value(json_object_get(row, "frames_per_second"));
        EXPECT_EQ(b, UINT64_C(1) << i);
        EXPECT_DOUBLE_EQ(rate,
                         (double)b * 1e12 / (double)weir_reconfigured_batch_ps(point.r.get(), b));
        EXPECT_EQ(rate >= 0.99 * limit, i + 1 == n) << "up to a hundredth of the limit";
    }
    json_decref(json);

    weir_text *text = weir_text_new();
    weir_batches_text(batches.get(), "faster", text);
    char count[64];
    snprintf(count, sizeof count, ": %llu,%03llu frames a batch", (unsigned long long)brute / 1000,
             (unsigned long long)brute % 1000);
    std::string said = weir_text_string(text);
    EXPECT_NE(said.find(count), std::string::npos) << said;
    EXPECT_NE(said.find("never; batches of any"), std::string::npos) << said;
    EXPECT_NE(said.find("not feasible: does not fit xc7z020: DSP"), std::string::npos) << said;
    weir_text_free(text);
}

TEST(Report, AStudyHasATableOfEachReconfiguredIdea) {
    Owned<weir_diag> diag(weir_diag_new());
    weir_study_file *file = weir_study_file_load(WEIR_SOURCE_DIR "/configs/studies/reconfigure.cfg",
                                                 nullptr, 0, diag.get());
    ASSERT_NE(file, nullptr) << messages(diag.get());
    weir_design_options design = {};
    design.device = file->device;
    Owned<weir_design> base(weir_design_load(file->design, &design, diag.get()));
    std::string folder = testing::TempDir() + "weir-tables-" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    std::string store = folder + "/store.sqlite", texts[2];
    for (int round = 0; round < 2; round++) {
        weir_explore_options options = {};
        options.threads = 1;
        options.scratch = folder.c_str();
        options.store = store.c_str();
        weir_exploration *found;
        ASSERT_EQ(weir_explore(file, base.get(), &options, &found, diag.get()), WEIR_OK)
            << messages(diag.get());
        EXPECT_EQ(found->n_fresh, round == 0 ? 4u : 0u);
        for (uint32_t i = 0; i < found->n_found; i++)
            EXPECT_EQ(found->found[i].batches != nullptr, i > 0);
        weir_text *text = weir_text_new();
        weir_exploration_text(found, text);
        texts[round] = weir_text_string(text);
        texts[round].resize(texts[round].find("points, ")); // then seconds
        weir_text_free(text);
        weir_exploration_free(found);
    }
    EXPECT_EQ(texts[0], texts[1]) << "from the store as when it was found";
    EXPECT_NE(texts[0].find("faster_parts: batches of 20000 frames through 2 parts"),
              std::string::npos);
    weir_study_file_free(file);
    std::filesystem::remove_all(folder);
}

} // namespace
