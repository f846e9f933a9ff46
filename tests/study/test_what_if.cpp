// Transforms, and points evaluated by them.
extern "C" {
#include "base/cache.h"
#include "study/evaluate.h"
}
#include "study/designs.hpp"
#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <sstream>
#include <unistd.h>

namespace {

using designs::messages;
using designs::Owned;

const char *const digits = WEIR_SOURCE_DIR "/configs/designs/digits.cfg";
const weir_loc here = {"study.cfg", 7};

Owned<weir_design> Load(const char *path = digits, const char *device = nullptr) {
    Owned<weir_diag> diag(weir_diag_new());
    weir_design_options options = {};
    options.device = device;
    Owned<weir_design> design(weir_design_load(path, &options, diag.get()));
    EXPECT_TRUE(design) << messages(diag.get());
    return design;
}

std::string Text(const weir_design *design) {
    weir_text *text = weir_text_new();
    weir_design_text(design, "n.onnx", text);
    std::string copy = weir_text_string(text);
    weir_text_free(text);
    return copy;
}

struct Applied {
    bool good;
    std::string text, changed, said;
};

Applied Apply(const std::vector<std::string> &lines, const char *device = nullptr) {
    Owned<weir_design> base = Load(digits, device);
    Owned<weir_diag> diag(weir_diag_new());
    weir_draft *draft = weir_draft_new(base.get());
    Applied applied = {true, "", "", ""};
    for (const std::string &line : lines)
        applied.good = applied.good && weir_change_apply(draft, line.c_str(), here, diag.get());
    applied.text = Text(draft->design);
    applied.changed = weir_text_string(draft->changed);
    for (size_t i = 0; i < weir_diag_count(diag.get()); i++) {
        EXPECT_EQ(weir_diag_at(diag.get(), i)->line, here.line);
        EXPECT_STREQ(weir_diag_at(diag.get(), i)->file, here.file);
    }
    applied.said = messages(diag.get());
    weir_draft_free(draft);
    EXPECT_EQ(Text(base.get()), Text(Load(digits, device).get())) << "the base has changed";
    return applied;
}

TEST(Transforms, ChangeTheSettingThatTheyName) {
    const struct {
        const char *line, *setting, *changed;
    } cases[] = {
        {"reuse conv2 4", "reuse_factor = 4;", "layer conv2: reuse "},
        {"pe conv2 8", " pe = 8;", "layer conv2: pe 0 -> 8"},
        {"simd conv2 2", " simd = 2;", "layer conv2: simd 0 -> 2"},
        {"target 5000", "target_interval_cycles = 5000L;", "target interval 0 -> 5000 cycles"},
        {"target conv1,conv2 700", "target_interval_cycles = 700L;", "layer conv2: target"},
        {"weights conv2 packed", "weights = \"packed\"", "layer conv2: weights own -> packed"},
        {"precision conv1 ap_fixed<9,3> ap_fixed<7,2>", "precision = \"ap_fixed<9,3>\"",
         "layer conv1: weight precision"},
        {"prune * 0.25 random 9", "prune = 0.25; prune_by = \"random\"; prune_seed = 9;",
         "layer conv1: pruned 0 -> 0.25 by random"},
        {"prune conv1 0.5 filter shrink", "prune_shrink = true", "shrunk"},
        {"split conv2 2 stages", "split = 2; split_by = \"stages\";", "split into 2 by stages"},
        {"replicate conv2 3 rows", "copies = 3; copy_by = \"rows\";", "3 copies, by rows"},
        {"fold conv1 conv2", "share = \"conv1_block\";", "layer conv2: takes turns in conv1_block"},
        {"clock image 100", "name = \"image\"; period_ps = 10000L;", "period 4000 -> 10000 ps"},
        {"clock conv2 400", "name = \"conv2_clock\"; period_ps = 2500L;",
         "layer conv2: domain image -> conv2_clock"},
        {"depth conv1_out 9", "depth = 9;", "FIFO conv1_out: depth 9"},
        {"depth * 5", "fifo_depth = 5;", "FIFOs: depth"},
        {"storage conv1_out bram", "name = \"conv1_out\"; storage = \"bram\"", "storage bram"},
        {"storage * lutram", "storage = \"lutram\"", "FIFOs: storage auto -> lutram"},
        {"arrival 123456", "arrival_period_ps = 123456L", "-> 123456 ps"},
        {"crop 9 10", "crop = { rows = 9; columns = 10; }", "input: 9 x 10"},
        {"io parallel", "io = \"parallel\"", "io: stream -> parallel"},
    };
    for (const auto &c : cases) {
        Applied applied = Apply({c.line});
        EXPECT_TRUE(applied.good) << c.line << ": " << applied.said;
        EXPECT_NE(applied.text.find(c.setting), std::string::npos) << c.line << applied.text;
        EXPECT_NE(applied.changed.find(c.changed), std::string::npos)
            << c.line << ": " << applied.changed;
        EXPECT_EQ(Apply({}).text.find(c.setting), std::string::npos) << c.line << " was so before";
    }
    Applied strategy = Apply({"strategy conv1 resource"});
    EXPECT_EQ(strategy.changed, "layer conv1: strategy latency -> resource\n");
    EXPECT_EQ(strategy.text.find("strategy = \"latency\""), std::string::npos) << "none is left";
    EXPECT_TRUE(Apply({"reconfigure 2 batch 10"}, "xczu7ev").good);
    EXPECT_TRUE(Apply({"reconfigure conv2,dense1"}, "xczu7ev").good);
}

TEST(Transforms, ComposeInOrder) {
    Applied applied = Apply({"clock conv2 400", "reuse conv2 4", "clock conv2_clock 300",
                             "depth conv2_out 3", "depth conv2_out 4"});
    ASSERT_TRUE(applied.good) << applied.said;
    EXPECT_NE(applied.text.find("name = \"conv2_clock\"; period_ps = 3333L;"), std::string::npos);
    EXPECT_NE(applied.text.find("reuse_factor = 4;"), std::string::npos);
    EXPECT_NE(applied.changed.find("FIFO conv2_out: depth 3\nFIFO conv2_out: depth 4\n"),
              std::string::npos);
}

TEST(Transforms, ClocksGetDomainsOfTheirOwn) {
    Applied again = Apply({"clock conv2 400", "clock conv2 300"});
    EXPECT_EQ(again.text.find("period_ps = 2500L"), std::string::npos) << "nothing uses it";
    EXPECT_NE(again.text.find("name = \"conv2_clock\"; period_ps = 3333L;"), std::string::npos);
    Applied two = Apply({"clock conv1,conv2 400", "clock conv1 300"});
    EXPECT_NE(two.text.find("name = \"conv1_clock\"; period_ps = 2500L;"), std::string::npos);
    EXPECT_NE(two.text.find("name = \"conv1_clock_2\"; period_ps = 3333L;"), std::string::npos);
    EXPECT_NE(Apply({"clock * 300"}).text.find("name = \"all_clock\""), std::string::npos);
}

TEST(Transforms, RefuseWithTheLineAndWhatIsAllowed) {
    const struct {
        const char *line, *said;
    } cases[] = {
        {"faster conv1", "change \"faster\" is unknown; there are: arrival, clock, crop, depth"},
        {"", "no words"},
        {"reuse conv2", "usage: reuse LAYER"},
        {"reuse conv2 0", "\"0\", allowed are whole numbers from 1 to"},
        {"reuse conv2 4x", "\"4x\", allowed are whole numbers"},
        {"reuse conv9 4", "layer \"conv9\" is unknown or of another kind; allowed: conv1, conv2"},
        {"reuse relu1 4", "of another kind"},
        {"prune conv1 1.5", "allowed are numbers from 0 to 1"},
        {"prune conv1 0.5 shrink", "only filters and channels can be taken out"},
        {"split conv2 1", "from 2 to 8"},
        {"split conv2 2 ways", "\"ways\", allowed are outputs, stages"},
        {"precision conv1 float", "\"float\", allowed are fixed-point types"},
        {"clock conv2 0", "allowed are numbers from"},
        {"clock conv2 nan", "allowed are numbers from"},
        {"clock nothing 100", "layer \"nothing\" is unknown"},
        {"start pulsed", "only imported designs are started"},
        {"reconfigure 2", "no device is named"},
        {"io both", "\"both\", allowed are stream, parallel"},
        {"storage conv1_out flash", "allowed are auto, srl, lutram, bram, uram"},
    };
    for (const auto &c : cases) {
        Applied applied = Apply({c.line});
        EXPECT_FALSE(applied.good) << c.line;
        EXPECT_NE(applied.said.find(c.said), std::string::npos) << c.line << ": " << applied.said;
    }
}

struct Findings {
    std::vector<weir_finding> all;
    explicit Findings(size_t n) : all(n) {}
    ~Findings() {
        for (weir_finding &finding : all)
            weir_finding_clear(&finding);
    }
};

weir_evaluation Evaluation(const weir_design *base) {
    weir_evaluation evaluation = {};
    evaluation.base = base;
    evaluation.frames = 12;
    evaluation.source = WEIR_COST_ESTIMATE;
    evaluation.threads = 2;
    return evaluation;
}

void Evaluate(const weir_evaluation &evaluation, const std::vector<std::vector<std::string>> &lines,
              Findings &findings) {
    std::vector<std::vector<weir_change>> changes(lines.size());
    std::vector<weir_point> points;
    for (size_t p = 0; p < lines.size(); p++) {
        for (const std::string &line : lines[p])
            changes[p].push_back({line.c_str(), here});
        points.push_back({"", (uint32_t)changes[p].size(), changes[p].data()});
    }
    Owned<weir_diag> diag(weir_diag_new());
    ASSERT_TRUE(weir_evaluate(&evaluation, points.data(), (uint32_t)points.size(),
                              findings.all.data(), diag.get()))
        << messages(diag.get());
}

std::multiset<std::string> Lines(const std::string &text) {
    std::istringstream in(text);
    std::multiset<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.insert(line);
    return lines;
}

/* The point's design, as the base of a study of its own. */
void ExpectSameAlone(const weir_evaluation &evaluation, const std::vector<std::string> &lines,
                     const weir_finding &tuned) {
    std::vector<weir_change> changes;
    for (const std::string &line : lines)
        changes.push_back({line.c_str(), here});
    const weir_point point = {"", (uint32_t)changes.size(), changes.data()};
    Owned<weir_diag> diag(weir_diag_new());
    weir_draft *draft = weir_point_draft(evaluation.base, &point, diag.get());
    if (draft == nullptr) {
        EXPECT_FALSE(tuned.applied);
        return;
    }
    EXPECT_TRUE(tuned.changed != nullptr || !tuned.applied);
    if (tuned.changed != nullptr) {
        EXPECT_EQ(Lines(tuned.changed), Lines(weir_text_string(draft->changed)));
    }
    weir_evaluation own = evaluation;
    own.base = draft->design;
    Findings alone(1);
    Evaluate(own, {{}}, alone);
    EXPECT_EQ(alone.all[0].applied, tuned.applied);
    for (int f = 0; f < WEIR_FIGURES; f++) {
        const char *key = weir_figure_infos[f].key;
        ASSERT_EQ(alone.all[0].source[f] == nullptr, tuned.source[f] == nullptr) << key;
        if (tuned.source[f] == nullptr) continue;
        EXPECT_NEAR(alone.all[0].value[f], tuned.value[f], 1e-9 * std::fabs(tuned.value[f])) << key;
    }
    weir_draft_free(draft);
}

/* Changes of depths, clocks and arrivals among others, in any order. */
std::vector<std::string> RandomChanges(std::mt19937 &random) {
    const char *const fifos[] = {"conv1_window_out", "conv1_out", "conv2_window_out",
                                 "conv2_out",        "pool2_out", "dense1_out"};
    std::vector<std::string> lines;
    auto number = [&](unsigned least, unsigned count) {
        return std::to_string(least + random() % count);
    };
    for (const char *fifo : fifos)
        for (unsigned times = random() % 3; times-- > 0;)
            lines.push_back("depth " + std::string(fifo) + " " +
                            number(1, random() % 4 ? 12 : 200));
    if (random() % 2) lines.push_back("clock image " + number(100, 300));
    if (random() % 2) lines.push_back("clock classes " + number(50, 300));
    if (random() % 5 == 0) lines.push_back("reuse conv2 4");
    if (random() % 4 == 0) lines.push_back("clock conv2 333");
    if (random() % 6 == 0) lines.push_back("clock conv2_clock " + number(100, 300));
    if (random() % 6 == 0) lines.push_back("clock conv1,conv2 250");
    if (random() % 3 == 0) lines.push_back("arrival " + number(1000000, 3000000));
    if (random() % 6 == 0) lines.push_back("weights dense1,dense2 packed");
    if (random() % 6 == 0) lines.push_back("storage * bram");
    if (random() % 6 == 0) lines.push_back("storage conv1_out lutram");
    if (random() % 6 == 0) lines.push_back("depth * " + number(2, 80));
    std::shuffle(lines.begin(), lines.end(), random);
    return lines;
}

void ExpectTuned(const weir_design *base, unsigned seed, int count) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const weir_evaluation evaluation = Evaluation(base);
    std::vector<std::vector<std::string>> points;
    for (int p = 0; p < count; p++)
        points.push_back(RandomChanges(random));
    Findings findings(points.size());
    Evaluate(evaluation, points, findings);
    unsigned applied = 0;
    for (size_t p = 0; p < points.size(); p++) {
        std::string text;
        for (const std::string &line : points[p])
            text += line + "; ";
        SCOPED_TRACE(text);
        ExpectSameAlone(evaluation, points[p], findings.all[p]);
        applied += findings.all[p].applied;
    }
    EXPECT_GT(applied, points.size() / 3);
}

TEST(Evaluation, TuningIsWhatCompilingAnewGives) {
    Owned<weir_design> base = Load(digits, "xczu7ev");
    ExpectTuned(base.get(), 4711, 150);
}

TEST(Evaluation, TuningKeepsArrivalsPausesAndPolicy) {
    Owned<weir_design> base = Load(digits, "xczu7ev");
    std::string file = testing::TempDir() + "weir-arrivals-" + std::to_string(getpid());
    std::ofstream times(file);
    for (int f = 0; f < 12; f++)
        times << 2500000 * f + f % 3 * 40000 << "\n";
    times.close();
    Owned<weir_design> filed(weir_design_copy(base.get())), paused(weir_design_copy(base.get()));
    Owned<weir_design> dropping(weir_design_copy(base.get())), paced(weir_design_copy(base.get()));
    filed->arrival_path = file.c_str();
    paused->source_pause = "110";
    paused->sink_pause = "10100";
    dropping->drop = true;
    dropping->arrival_period_ps = 1300000;
    paced->target_fps = 300000;
    ExpectTuned(filed.get(), 1, 60);
    ExpectTuned(paused.get(), 2, 60);
    ExpectTuned(dropping.get(), 3, 60);
    ExpectTuned(paced.get(), 4, 60);
    const weir_evaluation evaluation = Evaluation(filed.get());
    Findings findings(2);
    Evaluate(evaluation, {{}, {"arrival 9000000"}}, findings);
    EXPECT_EQ(findings.all[1].value[WEIR_FIGURE_INTERVAL], 9000000) << "in place of the file";
    EXPECT_NE(findings.all[0].value[WEIR_FIGURE_INTERVAL], 9000000);
    std::filesystem::remove(file);
}

TEST(Evaluation, ChangesThatOnlyTogetherCanBeBuilt) {
    Owned<weir_design> base = Load(digits, "xczu7ev");
    const weir_evaluation evaluation = Evaluation(base.get());
    const std::vector<std::string> lines = {"depth * 1", "storage conv1_out lutram",
                                            "depth conv1_out 3"};
    Findings findings(2);
    Evaluate(evaluation, {lines, {lines[0], lines[1]}}, findings);
    EXPECT_TRUE(findings.all[0].applied) << findings.all[0].why;
    ExpectSameAlone(evaluation, lines, findings.all[0]);
    EXPECT_FALSE(findings.all[1].applied);
    EXPECT_NE(std::string(findings.all[1].why).find("minimum 2"), std::string::npos);
}

TEST(Evaluation, WhatNoChangeIsToBlameForEndsIt) {
    Owned<weir_design> base = Load(), copy(weir_design_copy(base.get()));
    copy->arrival_path = "no/such/file";
    const weir_evaluation evaluation = Evaluation(copy.get());
    const weir_point point = {"", 0, nullptr};
    Findings findings(1);
    Owned<weir_diag> diag(weir_diag_new());
    EXPECT_FALSE(weir_evaluate(&evaluation, &point, 1, findings.all.data(), diag.get()));
    ASSERT_EQ(weir_diag_count(diag.get()), 1u);
    EXPECT_STREQ(weir_diag_at(diag.get(), 0)->file, "no/such/file");
}

TEST(Evaluation, SaysWhyAPointIsNotFeasible) {
    Owned<weir_design> base = Load(digits, "xc7a100t");
    const weir_evaluation evaluation = Evaluation(base.get());
    Findings findings(6);
    Evaluate(evaluation,
             {{},
              {"reuse conv2 7"},
              {"clock image 900"},
              {"nonsense 3"},
              {"depth nothing 3"},
              {"precision * ap_fixed<32,16> ap_fixed<32,16>", "reuse * 1"}},
             findings);
    const char *const why[] = {nullptr,
                               "study.cfg:7: layer \"conv2\": ",
                               "MHz, its ",
                               "change \"nonsense\" is unknown",
                               "fifo \"nothing\" is unknown",
                               "does not fit xc7a100t: "};
    const bool applied[] = {true, false, true, false, false, true};
    for (int p = 0; p < 6; p++) {
        EXPECT_EQ(findings.all[p].applied, applied[p]) << p;
        EXPECT_EQ(findings.all[p].feasible, why[p] == nullptr) << p;
        if (why[p] == nullptr)
            EXPECT_EQ(findings.all[p].why, nullptr);
        else
            EXPECT_NE(std::string(findings.all[p].why).find(why[p]), std::string::npos)
                << findings.all[p].why;
    }
    EXPECT_EQ(findings.all[1].source[WEIR_FIGURE_INTERVAL], nullptr);
    EXPECT_STREQ(findings.all[0].source[WEIR_FIGURE_INTERVAL], "replay");
    EXPECT_STREQ(findings.all[0].source[WEIR_FIGURE_LUT], "estimate");
}

/* Block RAM of xczu7ev's slowest grade goes up to 516 MHz; packed it has twice the clock. */
TEST(Evaluation, PackedMemoriesHaveTwiceTheClock) {
    Owned<weir_design> base = Load(digits, "xczu7ev");
    const weir_evaluation evaluation = Evaluation(base.get());
    Findings findings(2);
    Evaluate(evaluation,
             {{"clock classes 312.5"}, {"clock classes 312.5", "weights dense1,dense2 packed"}},
             findings);
    EXPECT_TRUE(findings.all[0].feasible) << findings.all[0].why;
    EXPECT_FALSE(findings.all[1].feasible);
    ASSERT_NE(findings.all[1].why, nullptr);
    EXPECT_NE(std::string(findings.all[1].why).find("625 MHz, its BRAM18 allow"), std::string::npos)
        << findings.all[1].why;
}

TEST(Evaluation, DeadlockNamesWhoWaits) {
    const char *path = WEIR_SOURCE_DIR "/configs/networks/skip.onnx";
    Owned<weir_design> base = Load(path);
    const weir_evaluation evaluation = Evaluation(base.get());
    Owned<weir_diag> diag(weir_diag_new());
    weir_compiled *compiled = weir_compile(base.get(), nullptr, diag.get());
    ASSERT_NE(compiled, nullptr);
    std::string deepest;
    uint32_t depth = 0;
    for (uint32_t c = 0; c < weir_graph_channels(compiled->graph); c++) {
        const weir_channel *channel = weir_graph_channel(compiled->graph, c);
        if (channel->depth > depth) depth = channel->depth, deepest = channel->name;
    }
    weir_compiled_free(compiled);
    Findings findings(1);
    Evaluate(evaluation, {{"depth " + deepest + " 2"}}, findings);
    ASSERT_NE(findings.all[0].why, nullptr) << deepest;
    EXPECT_FALSE(findings.all[0].applied);
    EXPECT_NE(std::string(findings.all[0].why).find("deadlock at "), std::string::npos);
    EXPECT_NE(std::string(findings.all[0].why).find(deepest), std::string::npos)
        << findings.all[0].why;
}

TEST(Evaluation, RtlConfirmsAPoint) {
    Owned<weir_design> base = Load();
    std::string folder = testing::TempDir() + "weir-confirm-" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    weir_evaluation evaluation = Evaluation(base.get());
    evaluation.scratch = folder.c_str();
    const std::vector<std::string> lines = {"clock conv2 333", "depth conv1_out 3",
                                            "arrival 2000000"};
    Findings findings(1);
    Evaluate(evaluation, {lines}, findings);
    std::vector<weir_change> changes;
    for (const std::string &line : lines)
        changes.push_back({line.c_str(), here});
    const weir_point point = {"", (uint32_t)changes.size(), changes.data()};
    weir_confirmation confirmation;
    Owned<weir_diag> diag(weir_diag_new());
    ASSERT_TRUE(weir_confirm(&evaluation, &point, 6, &confirmation, diag.get()))
        << messages(diag.get());
    EXPECT_TRUE(confirmation.ran);
    EXPECT_TRUE(confirmation.agrees) << confirmation.text;
    EXPECT_EQ(confirmation.frames, 6u);
    EXPECT_EQ((double)confirmation.latency_ps, findings.all[0].value[WEIR_FIGURE_LATENCY]);
    const volatile int stop = 1;
    evaluation.progress.stop = &stop;
    EXPECT_FALSE(weir_confirm(&evaluation, &point, 6, &confirmation, diag.get()));
    EXPECT_FALSE(confirmation.ran) << "half a run says nothing";
    EXPECT_NE(messages(diag.get()).find("stopped before it was finished"), std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST(Accuracy, IsThatOfTheReferenceAndOfTheLabels) {
    Owned<weir_design> base = Load();
    std::string folder = testing::TempDir() + "weir-accuracy-" + std::to_string(getpid());
    std::filesystem::create_directories(folder);
    std::mt19937 random(5);
    std::ofstream features(folder + "/x.txt"), wrong(folder + "/wrong.txt");
    for (int f = 0; f < 40; f++, features << "\n") {
        for (int i = 0; i < 144; i++)
            features << (double)(random() % 2001) / 1000 - 1 << " ";
        wrong << 99 << "\n"; /* no class of ten */
    }
    features.close();
    wrong.close();
    Owned<weir_diag> diag(weir_diag_new());
    const struct {
        const char *labels, *source;
    } cases[] = {{nullptr, "float"}, {"/wrong.txt", "labels"}};
    for (const auto &c : cases) {
        std::string labels = c.labels != nullptr ? folder + c.labels : "";
        weir_labelled *labelled =
            weir_labelled_load(base->network, (folder + "/x.txt").c_str(),
                               c.labels != nullptr ? labels.c_str() : nullptr, diag.get());
        ASSERT_NE(labelled, nullptr) << messages(diag.get());
        weir_evaluation evaluation = Evaluation(base.get());
        evaluation.labelled = labelled;
        Findings findings(3);
        Evaluate(evaluation, {{}, {"precision * ap_fixed<4,2> ap_fixed<4,2>"}, {"depth * 9"}},
                 findings);
        EXPECT_STREQ(findings.all[0].source[WEIR_FIGURE_ACCURACY], c.source);
        double own = findings.all[0].value[WEIR_FIGURE_ACCURACY];
        double narrow = findings.all[1].value[WEIR_FIGURE_ACCURACY];
        EXPECT_EQ(findings.all[2].value[WEIR_FIGURE_ACCURACY], own) << "the same numbers";
        if (c.labels != nullptr) {
            EXPECT_EQ(own, 0);
        } else {
            EXPECT_GT(own, 0.9);
            EXPECT_LT(narrow, own);
        }
        weir_labelled_free(labelled);
    }
    std::ofstream half(folder + "/half.txt");
    for (int f = 0; f < 40; f++)
        half << (f == 7 ? "2.5" : "3") << "\n";
    half.close();
    EXPECT_EQ(weir_labelled_load(base->network, (folder + "/x.txt").c_str(),
                                 (folder + "/half.txt").c_str(), diag.get()),
              nullptr);
    EXPECT_NE(messages(diag.get()).find("label 7: 2.5, allowed are whole numbers from 0"),
              std::string::npos);
    std::filesystem::remove_all(folder);
}

} // namespace
