// Copies of a process: all engines agree on every frame and port event, no beat is wrong, and the
// interval falls as it should where that process is the bottleneck.
extern "C" {
#include "hls/compile.h"
#include "sim/certify.h"
#include "sim/replay.h"
#include "sim/run.h"
#include "study/bottleneck.h"
#include "study/size.h"
#include "traces/stimulus.h"
}
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Freed {
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
    void operator()(weir_reference *p) const { weir_reference_free(p); }
    void operator()(weir_result *p) const { weir_result_free(p); }
    void operator()(weir_certification *p) const { weir_certification_free(p); }
    void operator()(weir_net *p) const { weir_net_free(p); }
    void operator()(weir_replay *p) const { weir_replay_free(p); }
    void operator()(weir_bottleneck *p) const { weir_bottleneck_free(p); }
    void operator()(weir_size *p) const { weir_size_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Freed>;

struct Copied {
    std::string layer;
    uint32_t copies;
    std::string by;
};

void PrintTo(const Copied &c, std::ostream *out) {
    *out << c.layer << " " << c.copies << " by " << c.by;
}

/* The design of a network of the repo, with settings of its layers and copies of some. */
std::string config_of(const std::string &network, const std::vector<Copied> &copies,
                      const std::string &rest = "", const std::string &layers = "") {
    std::string text = "name = \"copied\";\nnetwork = \"" WEIR_SOURCE_DIR "/configs/networks/" +
                       network + ".onnx\";\n" + rest + "\nlayers = (" + layers;
    for (size_t i = 0; i < copies.size(); i++)
        text += std::string(i > 0 || !layers.empty() ? "," : "") + "\n  { name = \"" +
                copies[i].layer + "\"; copies = " + std::to_string(copies[i].copies) +
                "; copy_by = \"" + copies[i].by + "\"; }";
    return text + ");\n";
}

/* The repo's digits with its foldings, but for the layers that are copied: they get theirs here. */
std::string digits(const std::vector<Copied> &copies) {
    const char *const domains = "domains = ( { name = \"image\"; period_ps = 4000; },\n"
                                "            { name = \"classes\"; period_ps = 7500;\n"
                                "              phase_ps = 1000; } );\n"
                                "defaults = { domain = \"image\"; fifo_depth = 4; };\n";
    const std::pair<const char *, const char *> layers[] = {
        {"conv1", "strategy = \"latency\";"},
        {"conv2", "strategy = \"resource\"; reuse_factor = 36;"},
        {"dense1", "domain = \"classes\"; strategy = \"resource\"; reuse_factor = 32;"},
        {"relu3", "domain = \"classes\";"},
        {"dense2", "domain = \"classes\"; strategy = \"resource\"; reuse_factor = 20;"},
        {"softmax", "domain = \"classes\"; precision = \"ap_ufixed<16,1>\";"}};
    std::string text;
    std::vector<Copied> others = copies;
    for (const auto &[name, settings] : layers) {
        text += std::string(text.empty() ? "" : ",") + "\n  { name = \"" + name + "\"; " + settings;
        for (size_t i = 0; i < others.size(); i++) {
            if (others[i].layer != name) continue;
            text += " copies = " + std::to_string(others[i].copies) + "; copy_by = \"" +
                    others[i].by + "\";";
            others.erase(others.begin() + (long)i--);
        }
        text += " }";
    }
    return config_of("digits", others, domains, text);
}

struct Setting {
    uint64_t frames = 7, arrival_period = 0;
    const char *pause = nullptr, *source_pause = nullptr;
    bool drop = false;
};

class Design {
  public:
    explicit Design(const std::string &config, uint64_t most_frames = 40) : diag_(weir_diag_new()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_copies_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        std::string path = folder_ + "/copied.cfg";
        std::ofstream(path) << config;
        design_.reset(weir_design_load(path.c_str(), nullptr, diag_.get()));
        if (!design_) return;
        compiled_.reset(weir_compile(design_.get(), (folder_ + "/out").c_str(), diag_.get()));
        if (!compiled_) return;
        const weir_layer *input =
            weir_network_layer(design_->network, weir_network_input(design_->network));
        uint64_t elements = (uint64_t)input->out.rows * input->out.columns * input->out.channels;
        weir_frames_random(&frames_, most_frames, elements, 1);
        reference_.reset(weir_reference_new(compiled_.get(), frames_.values, most_frames));
    }
    ~Design() {
        reference_.reset();
        weir_frames_free(&frames_);
        std::filesystem::remove_all(folder_);
    }

    explicit operator bool() const { return compiled_ != nullptr; }
    const weir_graph *graph() const { return compiled_->graph; }
    const weir_compiled *compiled() const { return compiled_.get(); }
    const weir_expect *expect() const { return weir_reference_expect(reference_.get()); }
    weir_diag *diag() const { return diag_.get(); }

    std::string messages() const {
        std::string text;
        for (size_t i = 0; i < weir_diag_count(diag_.get()); i++)
            text += std::string(weir_diag_at(diag_.get(), i)->text) + "\n";
        return text;
    }

    uint32_t process(const std::string &name) const {
        for (uint32_t p = 0; p < weir_graph_processes(graph()); p++)
            if (name == weir_graph_process(graph(), p)->name) return p;
        ADD_FAILURE() << "no process " << name;
        return 0;
    }

    Owned<weir_result> run(weir_engine engine, const Setting &setting, bool trace = true) const {
        weir_run_options options{};
        std::vector<uint64_t> arrival;
        for (uint64_t f = 0; f < setting.frames; f++)
            arrival.push_back(f * setting.arrival_period);
        std::vector<const char *> pauses(weir_graph_processes(graph()), nullptr);
        for (uint32_t p = 0; p < pauses.size(); p++) {
            weir_process_kind kind = weir_graph_process(graph(), p)->kind;
            if (kind != WEIR_PROCESS)
                pauses[p] = kind == WEIR_SINK ? setting.pause : setting.source_pause;
        }
        options.engine = engine;
        options.frames = setting.frames;
        options.arrival_ps = arrival.data();
        options.drop = setting.drop;
        options.pauses = pauses.data();
        options.stimulus = options.expect = expect();
        options.trace = trace;
        options.freeze = true;
        options.stitched_top = compiled_->top;
        options.stitched_sources = compiled_->top_sources;
        options.n_stitched_sources = compiled_->n_top_sources;
        options.rom_folder = compiled_->rom_folder;
        weir_result *result = nullptr;
        EXPECT_EQ(weir_run(graph(), &options, &result, diag_.get()), WEIR_OK) << messages();
        return Owned<weir_result>(result);
    }

    void expect_same(const weir_result &a, const weir_result &b) const {
        EXPECT_EQ(a.mismatches, 0u);
        EXPECT_EQ(b.mismatches, 0u);
        EXPECT_GT(a.beats_checked, 0u);
        EXPECT_EQ(a.end_ps, b.end_ps);
        ASSERT_EQ(a.n_frames, b.n_frames);
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
        for (uint32_t p = 0; p < weir_graph_processes(graph()); p++) {
            const char *name = weir_graph_process(graph(), p)->name;
            EXPECT_EQ(a.processes[p].initiations, b.processes[p].initiations) << name;
            EXPECT_EQ(a.processes[p].busy_cycles, b.processes[p].busy_cycles) << name;
            EXPECT_EQ(a.processes[p].starved_cycles, b.processes[p].starved_cycles) << name;
            EXPECT_EQ(a.processes[p].blocked_cycles, b.processes[p].blocked_cycles) << name;
            EXPECT_EQ(a.processes[p].idle_cycles, b.processes[p].idle_cycles) << name;
        }
        for (uint32_t c = 0; c < weir_graph_channels(graph()); c++) {
            const char *name = weir_graph_channel(graph(), c)->name;
            EXPECT_EQ(a.channels[c].max_occupancy, b.channels[c].max_occupancy) << name;
            EXPECT_EQ(a.channels[c].writes, b.channels[c].writes) << name;
            EXPECT_EQ(a.channels[c].reads, b.channels[c].reads) << name;
        }
    }

    void agree(const Setting &setting = {}) const {
        ASSERT_TRUE(compiled_) << messages();
        auto rtl = run(WEIR_ENGINE_RTL, setting);
        auto stitched = run(WEIR_ENGINE_STITCHED, setting);
        auto replay = run(WEIR_ENGINE_REPLAY, setting);
        ASSERT_TRUE(rtl && stitched && replay);
        if (!setting.drop) {
            EXPECT_EQ(rtl->n_frames, setting.frames);
        }
        expect_same(*rtl, *stitched);
        expect_same(*rtl, *replay);
        replay = run(WEIR_ENGINE_REPLAY, setting, false); // frames may be skipped
        ASSERT_TRUE(replay);
        expect_same(*rtl, *replay);
    }

  private:
    std::string folder_;
    Owned<weir_diag> diag_;
    Owned<weir_design> design_;
    Owned<weir_compiled> compiled_;
    Owned<weir_reference> reference_;
    weir_frames frames_{};
};

/* Replays of a design: its net, clocks, depths. */
struct Replayed {
    Owned<weir_net> net;
    std::vector<weir_domain> domains;
    std::vector<weir_channel_timing> channels;
    weir_replay_parameters parameters{};

    Replayed(const Design &design, uint64_t frames)
        : net(weir_net_of_graph(design.graph(), design.diag())),
          domains(weir_graph_domains(design.graph())),
          channels(weir_graph_channels(design.graph())) {
        weir_replay_of_graph(design.graph(), domains.data(), channels.data());
        parameters.domains = domains.data();
        parameters.channels = channels.data();
        parameters.frames = frames;
    }

    /* In the steady state, ps a frame. */
    double interval(const Design &design) const {
        Owned<weir_replay> replay(weir_replay_new(net.get()));
        const weir_replay_result *result;
        EXPECT_TRUE(
            weir_replay_run(replay.get(), &parameters, WEIR_WANT_TIMES, &result, design.diag()));
        EXPECT_TRUE(result->steady);
        return (double)result->steady_ps / (double)result->steady_frames;
    }
};

// ---------------------------------------------------------------- engines

class Digits : public testing::TestWithParam<std::vector<Copied>> {};

TEST_P(Digits, EnginesAgree) {
    Design(digits(GetParam())).agree();
}

std::string name_of(const testing::TestParamInfo<std::vector<Copied>> &info) {
    std::string name;
    for (const Copied &c : info.param)
        name += (name.empty() ? "" : "_") + c.layer + "_" + std::to_string(c.copies) + "_" + c.by;
    return name;
}

INSTANTIATE_TEST_SUITE_P(Copies, Digits,
                         testing::Values(std::vector<Copied>{{"conv2", 2, "beats"}},
                                         std::vector<Copied>{{"conv2", 3, "beats"}}, // 16 positions
                                         std::vector<Copied>{{"conv2", 3, "rows"}},  // 4 rows
                                         std::vector<Copied>{{"conv2", 2, "frames"}},
                                         std::vector<Copied>{{"conv2", 3, "frames"}},
                                         std::vector<Copied>{
                                             {"dense1", 2, "frames"}}, // between clocks
                                         std::vector<Copied>{{"conv1", 3, "beats"},
                                                             {"pool1", 2, "rows"},
                                                             {"relu2", 5, "beats"},
                                                             {"softmax", 2, "frames"}},
                                         std::vector<Copied>{{"conv2", 2, "frames"},
                                                             {"dense1", 3, "frames"},
                                                             {"pool1", 4, "frames"},
                                                             {"conv1", 2, "rows"}}),
                         name_of);

TEST(DigitsMore, PausesDropsAndArrivals) {
    Setting setting;
    setting.pause = "1101000";
    setting.source_pause = "10111";
    setting.arrival_period = 700000;
    setting.drop = true;
    setting.frames = 20;
    Design(digits({{"conv2", 3, "frames"}, {"dense1", 2, "frames"}})).agree(setting);
}

/* Frames are skipped in the replay, a multiple of what the copies' turns repeat after. */
TEST(DigitsMore, ManyFramesAndManyTurns) {
    Setting setting;
    setting.frames = 40;
    Design design(digits({{"conv2", 2, "frames"}, {"dense2", 3, "frames"}}));
    ASSERT_TRUE(design) << design.messages();
    auto rtl = design.run(WEIR_ENGINE_RTL, setting),
         replay = design.run(WEIR_ENGINE_REPLAY, setting, false);
    ASSERT_TRUE(rtl && replay);
    design.expect_same(*rtl, *replay);
}

class Skip : public testing::TestWithParam<std::vector<Copied>> {};

/* Two inputs, rows that are sent twice, depthwise sums, branches that meet again. */
TEST_P(Skip, EnginesAgree) {
    Setting setting;
    setting.frames = 3;
    Design(config_of("skip", GetParam())).agree(setting);
}

INSTANTIATE_TEST_SUITE_P(Copies, Skip,
                         testing::Values(std::vector<Copied>{{"concat1", 2, "beats"},
                                                             {"resize1", 3, "rows"},
                                                             {"conv3", 2, "beats"},
                                                             {"sum1", 3, "beats"}},
                                         std::vector<Copied>{{"concat1", 2, "frames"},
                                                             {"conv4", 3, "frames"},
                                                             {"resize1", 2, "frames"},
                                                             {"conv1", 2, "rows"}}),
                         [](const auto &info) { return info.index == 0 ? "parts" : "frames"; });

TEST(Parallel, WholeTensorsInTurn) {
    Setting setting;
    setting.frames = 12;
    Design design(config_of("trigger", {{"dense1", 2, "frames"}},
                            "defaults = { io = \"parallel\"; reuse_factor = 2; };"));
    design.agree(setting);
}

/* Layers, ways and numbers of copies at random; what is refused says so. */
TEST(Random, EnginesAgree) {
    uint64_t seed = std::random_device{}();
    if (const char *given = getenv("WEIR_SEED")) seed = strtoull(given, nullptr, 0);
    std::cout << "WEIR_SEED=" << seed << "\n";
    std::mt19937_64 random(seed);
    const char *const layers[] = {"conv1", "relu1",  "pool1", "conv2",  "relu2",
                                  "pool2", "dense1", "relu3", "dense2", "softmax"};
    const char *const ways[] = {"beats", "rows", "frames", "frames"};
    int built = 0;
    for (int trial = 0; trial < 40 && built < 1; trial++) {
        std::vector<Copied> copies;
        std::ostringstream what;
        for (const char *layer : layers)
            if (random() % 4 == 0)
                copies.push_back({layer, 2 + (uint32_t)(random() % 4), ways[random() % 4]});
        for (const Copied &c : copies)
            PrintTo(c, &(what << " "));
        SCOPED_TRACE(what.str());
        Design design(digits(copies));
        if (!design) {
            EXPECT_NE(design.messages().find("is possible"), std::string::npos)
                << design.messages();
            continue;
        }
        built++;
        Setting setting;
        setting.frames = 5 + random() % 5;
        if (random() % 2) setting.pause = "110100";
        design.agree(setting);
    }
    EXPECT_GT(built, 0);
}

// ---------------------------------------------------------------- what it gains

/* conv2 takes 16 x 36 cycles of 4 ns; of its positions and rows the copy with most counts. */
TEST(Interval, FallsAsTheBottleneckIsShared) {
    const struct {
        Copied copied;
        double ps;
    } cases[] = {{{"conv2", 2, "beats"}, 8 * 36 * 4000},
                 {{"conv2", 3, "beats"}, 6 * 36 * 4000},
                 {{"conv2", 2, "rows"}, 8 * 36 * 4000},
                 {{"conv2", 3, "rows"}, 8 * 36 * 4000},
                 {{"conv2", 2, "frames"}, 16 * 36 * 2000}};
    Design once(digits({}), 1);
    EXPECT_EQ(Replayed(once, 200).interval(once), 16 * 36 * 4000);
    for (const auto &c : cases) {
        Design design(digits({c.copied}), 1);
        ASSERT_TRUE(design) << design.messages();
        EXPECT_EQ(Replayed(design, 200).interval(design), c.ps)
            << c.copied.copies << " by " << c.copied.by;
    }
}

/* Three copies are faster than the window before them: 196 cycles a frame. */
TEST(Interval, UntilAnotherProcessBinds) {
    Design design(digits({{"conv2", 3, "frames"}}), 1);
    Replayed replayed(design, 200);
    EXPECT_EQ(weir_net_period(replayed.net.get()), 3u);
    EXPECT_EQ(replayed.interval(design), 196 * 4000);
    Owned<weir_bottleneck> bottleneck(
        weir_bottleneck_find(replayed.net.get(), &replayed.parameters, design.diag()));
    ASSERT_TRUE(bottleneck) << design.messages();
    const weir_critical &interval = bottleneck->interval;
    ASSERT_GT(interval.n_stretches, 0u);
    EXPECT_EQ(interval.ps, interval.frames * 196 * 4000);
    EXPECT_EQ(interval.stretches[0].process, design.process("conv1_window"));
}

TEST(Interval, BottleneckIsTheCopies) {
    Design design(digits({{"conv2", 2, "frames"}}), 1);
    Replayed replayed(design, 200);
    Owned<weir_bottleneck> bottleneck(
        weir_bottleneck_find(replayed.net.get(), &replayed.parameters, design.diag()));
    ASSERT_TRUE(bottleneck) << design.messages();
    const weir_critical &interval = bottleneck->interval;
    ASSERT_GT(interval.n_stretches, 0u);
    EXPECT_EQ(interval.ps, interval.frames * 16 * 36 * 2000);
    EXPECT_EQ(interval.frames % 2, 0u);
    std::string name = weir_graph_process(design.graph(), interval.stretches[0].process)->name;
    EXPECT_EQ(name.substr(0, 10), "conv2_copy");
    EXPECT_EQ(bottleneck->next.kind, WEIR_CHANGE_NONE); // no one copy alone
}

/* The lanes of the batched replay say what the scalar one does. */
TEST(Interval, BatchesAgree) {
    Design design(digits({{"conv2", 3, "frames"}, {"dense1", 2, "frames"}}), 1);
    ASSERT_TRUE(design) << design.messages();
    Replayed replayed(design, 60);
    std::mt19937_64 random(11);
    std::vector<std::vector<weir_channel_timing>> depths(16, replayed.channels);
    std::vector<weir_replay_parameters> sets(16, replayed.parameters);
    for (size_t i = 0; i < sets.size(); i++) {
        for (auto &channel : depths[i])
            channel.depth = 2 + (uint32_t)(random() % (2 * channel.depth));
        sets[i].channels = depths[i].data();
    }
    std::vector<weir_replay_answer> answers(sets.size());
    ASSERT_TRUE(weir_replay_many(replayed.net.get(), sets.data(), (uint32_t)sets.size(), 1,
                                 answers.data(), design.diag()));
    Owned<weir_replay> replay(weir_replay_new(replayed.net.get()));
    for (size_t i = 0; i < sets.size(); i++) {
        const weir_replay_result *result;
        sets[i].no_steady = true;
        ASSERT_TRUE(weir_replay_run(replay.get(), &sets[i], 0, &result, design.diag()));
        EXPECT_EQ(answers[i].n_frames, result->n_frames) << i;
        EXPECT_EQ(answers[i].deadlock, result->deadlock) << i;
        EXPECT_EQ(answers[i].latency_ps, result->latency_ps) << i;
        EXPECT_EQ(answers[i].last_latency_ps, result->last_latency_ps) << i;
        EXPECT_EQ(answers[i].end_ps, result->end_ps) << i;
        if (answers[i].steady) {
            EXPECT_EQ(answers[i].steady_frames % 6, 0u) << i;
        }
    }
}

/* Sizing keeps the interval, and one step less of any depth does not. */
TEST(Interval, IsKeptBySizing) {
    Design design(digits({{"conv2", 2, "frames"}}), 1);
    Replayed replayed(design, 64);
    weir_size_options options{};
    options.goal = WEIR_KEEP_INTERVAL;
    options.stimuli = &replayed.parameters;
    options.n_stimuli = 1;
    options.threads = 1;
    Owned<weir_size> size(
        weir_size_find(replayed.net.get(), design.graph(), &options, design.diag()));
    ASSERT_TRUE(size) << design.messages();
    EXPECT_TRUE(size->reached);
    EXPECT_EQ((double)size->best.interval_ps / (double)size->best.interval_frames, 16 * 36 * 2000);
    for (uint32_t c = 0; c < size->n_channels; c++)
        replayed.channels[c].depth = size->channels[c].depth;
    replayed.parameters.frames = 400;
    EXPECT_EQ(replayed.interval(design), 16 * 36 * 2000);
}

// ---------------------------------------------------------------- alone, and refusals

TEST(Certify, EachProcessAndTheWhole) {
    Design design(digits({{"conv2", 2, "frames"}, {"relu1", 3, "beats"}}), 3);
    ASSERT_TRUE(design) << design.messages();
    weir_certify_options options{};
    options.seed = 1;
    options.cases_alone = 4;
    options.cases_whole = 4;
    options.frames = 3;
    options.expect = design.expect();
    weir_certification *made = nullptr;
    ASSERT_EQ(weir_certify(design.graph(), &options, &made, design.diag()), WEIR_OK)
        << design.messages();
    Owned<weir_certification> result(made);
    for (uint32_t i = 0; i < result->n_processes; i++) {
        const weir_certificate &c = result->processes[i];
        EXPECT_EQ(c.verdict, WEIR_EXACT) << c.name << ": " << (c.difference ? c.difference : "");
        EXPECT_GT(c.events, 0u) << c.name;
    }
    EXPECT_EQ(result->whole.verdict, WEIR_EXACT);
}

TEST(Refused, WithLineAndWhatIsPossible) {
    const struct {
        std::vector<Copied> copies;
        const char *text;
    } cases[] = {
        {{{"dense1", 2, "beats"}},
         "layer \"dense1\": 2 copies by beats, but a frame has shares for 1 at most; copy_by "
         "\"frames\" is possible\n"},
        {{{"conv2", 5, "rows"}},
         "layer \"conv2\": 5 copies by rows, but a frame has shares for 4 at most; copy_by "
         "\"frames\" is possible\n"},
    };
    for (const auto &c : cases) {
        Design design(digits(c.copies), 1);
        EXPECT_FALSE(design);
        EXPECT_EQ(design.messages(), c.text);
        ASSERT_GT(weir_diag_count(design.diag()), 0u);
        EXPECT_GT(weir_diag_at(design.diag(), 0)->line, 0u);
    }
    Design resize(config_of("skip", {{"resize1", 2, "beats"}}), 1);
    EXPECT_FALSE(resize);
    EXPECT_EQ(resize.messages(),
              "layer \"resize1\": copy_by \"beats\", but what its resize process sends depends on "
              "more of the frame, or on where in it that lies; copy_by \"rows\" or \"frames\" is "
              "possible\n");
}

} // namespace
