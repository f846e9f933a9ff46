// Study files, samples, fronts, the store, and studies that are interrupted.
extern "C" {
#include "study/explore.h"
#include "study/sample.h"
}
#include "study/designs.hpp"
#include <cmath>
#include <random>
#include <set>
#include <unistd.h>

namespace {

using designs::messages;
using designs::Owned;

class Study : public testing::Test {
  protected:
    std::string folder = testing::TempDir() + "weir-study-" + std::to_string(getpid());
    Owned<weir_diag> diag{weir_diag_new()};

    Study() { std::filesystem::create_directories(folder); }
    ~Study() override { std::filesystem::remove_all(folder); }

    weir_study_file *Read(const std::string &text, std::vector<const char *> settings = {}) {
        std::ofstream(folder + "/s.cfg") << text;
        return weir_study_file_load((folder + "/s.cfg").c_str(), settings.data(),
                                    (uint32_t)settings.size(), diag.get());
    }
    std::string Messages() const {
        std::string text;
        for (size_t i = 0; i < weir_diag_count(diag.get()); i++) {
            const weir_diag_item *item = weir_diag_at(diag.get(), i);
            text += std::to_string(item->line) + ": " + item->text + "\n";
        }
        return text;
    }
};

const std::string top = "design = \"" WEIR_SOURCE_DIR "/configs/designs/digits.cfg\";\n";

TEST_F(Study, FileIsRead) {
    weir_study_file *file =
        Read("variables = ( { name = \"mhz\"; value = \"300\"; } );\n" + top +
                 "device = \"xczu7ev\"; frames = 9; resources = \"none\"; confirm = 2;\n"
                 "base = ( \"depth * 3\" );\n"
                 "ideas = ( { name = \"fast\"; changes = ( \"clock conv2 ${mhz}\", \"reuse conv2 "
                 "4\" ); } );\n"
                 "axes = ( { change = \"depth conv1_out {}\"; values = [ 2, 4, 8 ]; },\n"
                 "  { change = \"clock image {}\"; from = 100; to = 200; step = 25.5; },\n"
                 "  { change = \"{}\"; values = ( \"\", \"reuse conv2 2\" ); } );\n"
                 "constraints = ( \"interval_ps <= 5e6\", \"accuracy >= 0.5\" );\n"
                 "objectives = ( \"interval_ps\", \"dsp\" );\n",
             {"mhz=333"});
    ASSERT_NE(file, nullptr) << Messages();
    EXPECT_EQ(file->n_ideas, 1u);
    EXPECT_STREQ(file->ideas[0].changes[0].line, "clock conv2 333");
    EXPECT_EQ(file->n_axes, 3u);
    EXPECT_EQ(file->axes[1].n_values, 4u);
    EXPECT_STREQ(file->axes[1].values[3], "176.5");
    EXPECT_EQ(file->n_limits, 2u);
    EXPECT_TRUE(file->limits[0].at_most && !file->limits[1].at_most);
    EXPECT_EQ(file->objectives[1], WEIR_FIGURE_DSP);
    uint32_t *indices, n;
    ASSERT_TRUE(weir_sample(file, &indices, &n, diag.get()));
    EXPECT_EQ(n, 3u * 4 * 2);
    weir_arena *arena = weir_arena_new();
    weir_point first = weir_sample_point(file, indices, arena);
    ASSERT_EQ(first.n_changes, 2u) << "an empty change is none";
    EXPECT_STREQ(first.changes[0].line, "depth conv1_out 2");
    EXPECT_STREQ(first.changes[1].line, "clock image 100");
    weir_point last = weir_sample_point(file, indices + 3 * (n - 1), arena);
    ASSERT_EQ(last.n_changes, 3u);
    EXPECT_STREQ(last.changes[2].line, "reuse conv2 2");
    weir_arena_free(arena);
    free(indices);
    weir_study_file_free(file);
}

TEST_F(Study, BadFilesSayWhereAndWhy) {
    const struct {
        const char *text;
        const char *said;
    } cases[] = {
        {"ideas = ( { name = \"a\"; changes = ( \"fast 3\" ); } );\n",
         "2: change \"fast\" is unknown"},
        {"ideas = ( { name = \"a\"; changes = ( ); },\n { name = \"a\"; changes = ( ); } );\n",
         "3: idea \"a\": there is one of this name already"},
        {"axes = ( { change = \"depth a 3\"; values = [ 1 ]; } );\n",
         "2: axis \"depth a 3\": no {}"},
        {"axes = ( { change = \"depth a {}\"; from = 4; to = 2; } );\n", "is no range of 1 to"},
        {"axes = ( { change = \"depth a {}\"; } );\n", "is no range of 1 to"},
        {"constraints = ( \"interval_ps < 4\" );\n",
         "allowed is FIGURE <= NUMBER or FIGURE >= NUMBER"},
        {"objectives = ( \"speed\" );\n", "figure \"speed\" is unknown; there are: latency_ps,"},
        {"sample = { method = \"sobol\"; };\n", "method sobol needs the number of points"},
        {"search = { method = \"nsga2\"; };\n",
         "0 axes to search, minimum 1, and 0 objectives to search for, minimum 2"},
        {"search = { population = 10; };\n", "population 10, must be a multiple of 4"},
        {"ideas = ( { name = \"\"; changes = ( ); } );\n", "2: idea \"\": the name is empty"},
        {"ideas = ( { name = \"baseline\"; changes = ( ); } );\n",
         "the name is that of the design without ideas"},
        {"ideas = ( { name = \"a\\nb\"; changes = ( ); } );\n",
         "2: idea: character 2 of the name is a control character"},
        {"axes = ( { change = \"depth a {}\"; values = [ ]; } );\n", "values: empty, minimum 1"},
        {"axes = ( { change = \"depth a {}\"; values = [ 1 ]; to = 4; } );\n",
         "both values and a range, allowed is one of them"},
        {"constraints = ( \"interval_ps <= nan\" );\n", "allowed is FIGURE <= NUMBER"},
        {"constraints = \"interval_ps <= 3\";\n", "constraints"},
        {"objectives = [ \"lut\", \"dsp\" ];\naxes = ( { change = \"depth a {}\"; values = [ 1 ]; "
         "} );\n"
         "search = { method = \"nsga2\"; };\nsample = { points = 3; };\n",
         "5: sample: the axes are searched; allowed is one of sample and search"},
        {"device = \"${which}\";\n", "variable \"which\" is unknown"},
        {"speed = 3;\n", "unknown key \"speed\""},
    };
    for (const auto &c : cases) {
        diag.reset(weir_diag_new());
        weir_study_file *file = Read(top + c.text);
        EXPECT_EQ(file, nullptr) << c.text;
        EXPECT_NE(Messages().find(c.said), std::string::npos) << c.text << Messages();
        weir_study_file_free(file);
    }
    std::string many;
    for (int c = 0; c < 64; c++)
        many += (c > 0 ? ", \"depth a " : "\"depth a ") + std::to_string(c + 1) + "\"";
    diag.reset(weir_diag_new());
    weir_study_file *most =
        Read(top + "ideas = ( { name = \"a\"; changes = [ " + many + " ]; } );\n");
    EXPECT_NE(most, nullptr) << Messages();
    weir_study_file_free(most);
    EXPECT_EQ(Read(top + "base = [ \"depth * 3\" ];\nideas = ( { name = \"a\"; changes = [ " +
                   many + " ]; } );\n"),
              nullptr);
    EXPECT_NE(Messages().find("3: idea: 65 changes with those of `base`, at most 64"),
              std::string::npos)
        << Messages();
    diag.reset(weir_diag_new());
    EXPECT_EQ(Read(top, {"nothing=3"}), nullptr);
    EXPECT_NE(Messages().find("setting \"nothing=3\""), std::string::npos);
}

TEST_F(Study, SamplesAreDistinctInBoundsAndTheSameForASeed) {
    for (const char *method : {"random", "sobol"}) {
        std::string text = top +
                           "axes = ( { change = \"depth a {}\"; from = 1; to = 16; },"
                           " { change = \"depth b {}\"; from = 1; to = 16; } );\n"
                           "sample = { method = \"" +
                           method + "\"; points = 128; seed = 5; };\n";
        std::vector<uint32_t> before;
        for (int round = 0; round < 2; round++) {
            weir_study_file *file = Read(text);
            ASSERT_NE(file, nullptr) << Messages();
            uint32_t *indices, n;
            ASSERT_TRUE(weir_sample(file, &indices, &n, diag.get()));
            std::set<std::pair<uint32_t, uint32_t>> seen;
            std::set<uint32_t> first;
            for (uint32_t i = 0; i < n; i++) {
                EXPECT_LT(indices[2 * i], 16u);
                EXPECT_LT(indices[2 * i + 1], 16u);
                EXPECT_TRUE(seen.insert({indices[2 * i], indices[2 * i + 1]}).second);
                first.insert(indices[2 * i]);
            }
            EXPECT_EQ(first.size(), 16u) << "every value is tried";
            EXPECT_GT(n, 90u);
            std::vector<uint32_t> now(indices, indices + 2 * n);
            if (round) {
                EXPECT_EQ(now, before);
            }
            before = now;
            free(indices);
            weir_study_file_free(file);
        }
    }
}

TEST(Pareto, IsWhatComparingAllWithAllGives) {
    const unsigned seed = 99;
    std::mt19937 random(seed);
    for (int round = 0; round < 300; round++) {
        uint32_t n = 1 + random() % 40, m = 1 + random() % 3;
        std::vector<double> values(n * m);
        for (double &value : values)
            value = random() % 12 == 0 ? NAN : random() % 8;
        auto known = [&](uint32_t i) {
            for (uint32_t o = 0; o < m; o++)
                if (std::isnan(values[i * m + o])) return false;
            return true;
        };
        auto front = std::make_unique<bool[]>(n);
        weir_pareto(values.data(), n, m, front.get());
        for (uint32_t i = 0; i < n; i++) {
            bool beaten = !known(i);
            for (uint32_t k = 0; k < n && !beaten; k++) {
                bool worse = false, better = false;
                for (uint32_t o = 0; o < m; o++) {
                    worse |= values[k * m + o] > values[i * m + o];
                    better |= values[k * m + o] < values[i * m + o];
                }
                beaten = known(k) && !worse && better;
            }
            EXPECT_EQ(front[i], !beaten) << "seed " << seed << " round " << round << " row " << i;
        }
    }
}

TEST_F(Study, StoreKeepsWhatIsFound) {
    std::string path = folder + "/a.sqlite";
    weir_store *store = weir_store_open(path.c_str(), diag.get());
    ASSERT_NE(store, nullptr) << Messages();
    char hashes[2][WEIR_KEY_CHARS] = {"aa", "bb"};
    weir_change change = {"depth a 3", WEIR_NOWHERE};
    weir_point points[2] = {{"one", 1, &change}, {"", 0, nullptr}};
    weir_finding findings[2] = {};
    findings[0].applied = findings[0].feasible = true;
    weir_finding_set(&findings[0], WEIR_FIGURE_INTERVAL, 1234567.25, "replay");
    weir_finding_set(&findings[0], WEIR_FIGURE_DSP, 12, "synthesis");
    weir_finding_refuse(&findings[1], "no \"way\" %d", 3);
    ASSERT_TRUE(weir_store_add(store, hashes, points, findings, 2, diag.get())) << Messages();
    weir_confirmation rtl = {}, back = {};
    rtl.ran = true;
    rtl.frames = 5;
    rtl.latency_ps = UINT64_C(1) << 60;
    ASSERT_TRUE(weir_store_confirm(store, hashes[0], &rtl, diag.get()));
    weir_store_close(store);

    store = weir_store_open(path.c_str(), diag.get());
    ASSERT_NE(store, nullptr) << Messages();
    weir_finding found;
    ASSERT_TRUE(weir_store_find(store, hashes[0], &found));
    EXPECT_TRUE(found.applied && found.feasible);
    EXPECT_EQ(found.value[WEIR_FIGURE_INTERVAL], 1234567.25);
    EXPECT_STREQ(found.source[WEIR_FIGURE_DSP], "synthesis");
    EXPECT_EQ(found.source[WEIR_FIGURE_LUT], nullptr);
    weir_finding_clear(&found);
    ASSERT_TRUE(weir_store_find(store, hashes[1], &found));
    EXPECT_STREQ(found.why, "no \"way\" 3");
    weir_finding_clear(&found);
    EXPECT_FALSE(weir_store_find(store, "cc", &found));
    EXPECT_TRUE(weir_store_find_confirmation(store, hashes[0], 5, false, &back));
    EXPECT_EQ(back.latency_ps, rtl.latency_ps);
    EXPECT_FALSE(weir_store_find_confirmation(store, hashes[0], 5, true, &back)) << "not stitched";
    EXPECT_FALSE(weir_store_find_confirmation(store, hashes[0], 6, false, &back))
        << "of other frames";
    EXPECT_FALSE(weir_store_find_confirmation(store, hashes[1], 5, false, &back));
    weir_store_close(store);
    weir_finding_clear(&findings[1]);
}

TEST_F(Study, AForeignStoreIsRefused) {
    std::string path = folder + "/foreign";
    std::ofstream(path) << "this is no database, whatever its name says, and long enough to tell";
    EXPECT_EQ(weir_store_open(path.c_str(), diag.get()), nullptr);
    EXPECT_NE(Messages().find("this is no store of a study"), std::string::npos) << Messages();
}

struct Explored {
    weir_exploration *found = nullptr;
    weir_status status = WEIR_OK;
    std::string csv;
    ~Explored() { weir_exploration_free(found); }
};

void Explore(Explored &out, const weir_study_file *file, const weir_design *base,
             const std::string &store, weir_diag *diag, const volatile int *stop = nullptr) {
    weir_explore_options options = {};
    options.store = store.empty() ? nullptr : store.c_str();
    options.threads = 2;
    options.progress.stop = stop;
    out.status = weir_explore(file, base, &options, &out.found, diag);
    weir_text *text = weir_text_new();
    weir_exploration_csv(out.found, text);
    out.csv = weir_text_string(text);
    weir_text_free(text);
}

const std::string small =
    top + "ideas = ( { name = \"fast\"; changes = ( \"clock conv2 400\" ); } );\n"
          "axes = ( { change = \"reuse conv2 {}\"; values = [ 2, 3, 4, 8, 16 ]; },\n"
          "         { change = \"depth conv1_out {}\"; from = 1; to = 9; } );\n"
          "objectives = ( \"interval_ps\", \"dsp\" );\n";

TEST_F(Study, NothingIsEvaluatedTwice) {
    weir_study_file *file = Read(small);
    ASSERT_NE(file, nullptr) << Messages();
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    Explored alone, first, again;
    Explore(alone, file, base.get(), "", diag.get());
    Explore(first, file, base.get(), folder + "/s.sqlite", diag.get());
    Explore(again, file, base.get(), folder + "/s.sqlite", diag.get());
    ASSERT_EQ(first.status, WEIR_OK) << Messages();
    EXPECT_EQ(first.found->n_found, 2u + 45);
    EXPECT_EQ(first.found->n_fresh, 2u + 45);
    EXPECT_EQ(again.found->n_fresh, 0u);
    EXPECT_EQ(first.csv, alone.csv);
    EXPECT_EQ(first.csv, again.csv);
    weir_study_file_free(file);
    /* Other frames are another study. */
    file = Read(small + "frames = 5;\n");
    Explored other;
    Explore(other, file, base.get(), folder + "/s.sqlite", diag.get());
    EXPECT_EQ(other.found->n_fresh, 2u + 45);
    weir_study_file_free(file);
}

TEST_F(Study, ConstraintsAreNotTheStores) {
    weir_study_file *file = Read(small);
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    Explored open, limited;
    Explore(open, file, base.get(), folder + "/s.sqlite", diag.get());
    weir_study_file_free(file);
    file = Read(small + "constraints = ( \"interval_ps <= 1500000\" );\n");
    ASSERT_NE(file, nullptr) << Messages();
    Explore(limited, file, base.get(), folder + "/s.sqlite", diag.get());
    EXPECT_EQ(limited.found->n_fresh, 0u);
    uint32_t refused = 0;
    for (uint32_t i = 0; i < limited.found->n_found; i++) {
        const weir_finding &finding = limited.found->found[i].finding;
        bool slow = finding.value[WEIR_FIGURE_INTERVAL] > 1500000;
        if (!finding.applied) continue;
        EXPECT_EQ(finding.feasible, !slow);
        refused += slow;
    }
    EXPECT_GT(refused, 0u);
    weir_study_file_free(file);
}

std::set<std::pair<double, double>> Front(const Explored &of) {
    std::set<std::pair<double, double>> values;
    for (uint32_t i = 0; i < of.found->n_found; i++)
        if (of.found->found[i].front)
            values.insert({of.found->found[i].finding.value[WEIR_FIGURE_INTERVAL],
                           of.found->found[i].finding.value[WEIR_FIGURE_DSP]});
    return values;
}

TEST_F(Study, SearchOfASmallGridTriesAllOfIt) {
    weir_study_file *file = Read(small);
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    Explored all, searched;
    Explore(all, file, base.get(), "", diag.get());
    weir_study_file_free(file);
    file = Read(small + "search = { method = \"nsga2\"; population = 8; generations = 1; };\n");
    ASSERT_NE(file, nullptr) << Messages();
    Explore(searched, file, base.get(), "", diag.get());
    ASSERT_EQ(searched.status, WEIR_OK) << Messages();
    EXPECT_TRUE(searched.found->enumerated);
    EXPECT_EQ(searched.csv, all.csv);
    EXPECT_GE(Front(all).size(), 2u);
    weir_study_file_free(file);
}

TEST_F(Study, SearchOfALargeGridFindsTheFrontAndRepeatsNothing) {
    /* 5 * 9 * 120 points; the last axis is of no use to any objective. */
    std::string large = small;
    large.replace(large.find(" );\nobjectives"), 3,
                  ",\n  { change = \"depth dense2_out {}\"; from = 1; to = 120; } );");
    weir_study_file *file = Read(small);
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    Explored all, searched, again;
    Explore(all, file, base.get(), "", diag.get());
    weir_study_file_free(file);
    file = Read(large + "constraints = ( \"dsp <= 150\" );\n"
                        "search = { method = \"nsga2\"; population = 40; generations = 16; };\n");
    ASSERT_NE(file, nullptr) << Messages();
    Explore(searched, file, base.get(), folder + "/s.sqlite", diag.get());
    Explore(again, file, base.get(), folder + "/s.sqlite", diag.get());
    ASSERT_EQ(searched.status, WEIR_OK) << Messages();
    EXPECT_FALSE(searched.found->enumerated);
    EXPECT_EQ(again.found->n_fresh, 0u);
    EXPECT_EQ(again.csv, searched.csv);
    std::set<std::string> hashes;
    for (uint32_t i = 0; i < searched.found->n_found; i++)
        EXPECT_TRUE(hashes.insert(searched.found->found[i].hash).second) << "twice";
    std::set<std::pair<double, double>> within;
    for (const auto &point : Front(all))
        if (point.second <= 150) within.insert(point);
    EXPECT_EQ(Front(searched), within);
    weir_study_file_free(file);
}

TEST_F(Study, EqualPointsAreEvaluatedOnce) {
    weir_study_file *file =
        Read(top + "ideas = ( { name = \"a\"; changes = [ \"depth conv1_out 3\" ]; },\n"
                   "          { name = \"b\"; changes = [ \"depth conv1_out 3\" ]; },\n"
                   "          { name = \"none\"; changes = [ ]; } );\n"
                   "axes = ( { change = \"depth conv1_out {}\"; values = [ 2, 3 ]; } );\n");
    ASSERT_NE(file, nullptr) << Messages();
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    Explored once;
    Explore(once, file, base.get(), folder + "/s.sqlite", diag.get());
    EXPECT_EQ(once.found->n_found, 6u);
    EXPECT_EQ(once.found->n_fresh, 3u);
    EXPECT_EQ(once.found->n_stored, 0u);
    const uint32_t first[] = {0, 1, 1, 0, 4, 1};
    for (int i = 0; i < 6; i++) {
        const weir_found &found = once.found->found[i];
        EXPECT_EQ(found.first, first[i]);
        EXPECT_TRUE(found.finding.feasible);
        EXPECT_EQ(found.finding.value[WEIR_FIGURE_LUT],
                  once.found->found[first[i]].finding.value[WEIR_FIGURE_LUT]);
    }
    weir_study_file_free(file);
}

/* The same project in another place, under other names; then with other contents. */
TEST_F(Study, PointsGoByContentsNotByPlaces) {
    Explored found[5];
    auto write = [&](const std::string &place, const char *device, const char *times) {
        std::filesystem::create_directories(place);
        std::filesystem::copy_file(WEIR_SOURCE_DIR "/configs/networks/digits.onnx",
                                   place + "/n.onnx",
                                   std::filesystem::copy_options::overwrite_existing);
        std::ofstream(place + "/d.cfg") << "network = \"n.onnx\"; device = \"device.cfg\";\n"
                                           "source = { arrival_file = \"t.txt\"; };\n";
        std::filesystem::copy_file(std::string(WEIR_SOURCE_DIR "/configs/devices/") + device,
                                   place + "/device.cfg",
                                   std::filesystem::copy_options::overwrite_existing);
        std::ofstream(place + "/t.txt") << times;
        std::ofstream(place + "/s.cfg") << "design = \"d.cfg\"; frames = 3;\n";
    };
    auto explore = [&](const std::string &place, Explored &out) {
        weir_study_file *file =
            weir_study_file_load((place + "/s.cfg").c_str(), nullptr, 0, diag.get());
        Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
        ASSERT_TRUE(base) << Messages();
        Explore(out, file, base.get(), folder + "/s.sqlite", diag.get());
        EXPECT_EQ(out.status, WEIR_OK) << Messages();
        weir_exploration_free(out.found);
        out.found = nullptr;
        weir_study_file_free(file);
    };
    std::string one = folder + "/one", two = folder + "/two/deeper";
    write(one, "xczu7ev.cfg", "0 9000000 18000000\n");
    write(two, "xczu7ev.cfg", "0 9000000 18000000\n");
    explore(one, found[0]);
    explore(two, found[1]);
    EXPECT_EQ(found[0].csv, found[1].csv) << "the hash too";
    write(two, "xczu9eg.cfg", "0 9000000 18000000\n");
    explore(two, found[2]);
    write(two, "xczu7ev.cfg", "0 9000000 19000000\n");
    explore(two, found[3]);
    std::ofstream(two + "/d.cfg", std::ios::app)
        << "fifos = ( { name = \"conv1_out\"; depth = 9; } );\n";
    explore(two, found[4]);
    std::set<std::string> different;
    for (const Explored &each : found)
        different.insert(each.csv);
    EXPECT_EQ(different.size(), 4u);
}

TEST_F(Study, StoreKnowsTheNamesOfTheLastRun) {
    std::string path = folder + "/s.sqlite";
    const std::string start = top + "ideas = ( { name = \"";
    weir_study_file *file = Read(start + "a\"; changes = [ \"depth conv1_out 3\" ]; } );\n");
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    Explored before, renamed;
    Explore(before, file, base.get(), path, diag.get());
    weir_study_file_free(file);
    file = Read(start + "b\"; changes = [ \"depth conv1_out 3\" ]; } );\n");
    Explore(renamed, file, base.get(), path, diag.get());
    EXPECT_EQ(renamed.found->n_fresh, 0u);
    EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
    weir_study_file_free(file);

    weir_store *store = weir_store_open_existing(path.c_str(), diag.get());
    ASSERT_NE(store, nullptr) << Messages();
    char hash[WEIR_KEY_CHARS];
    char *changes;
    weir_finding finding;
    const std::string known = renamed.found->found[1].hash;
    for (const std::string &name : {std::string("b"), known, known.substr(0, 12)}) {
        ASSERT_TRUE(weir_store_named(store, name.c_str(), hash, &changes, &finding, diag.get()))
            << Messages();
        EXPECT_EQ(hash, known);
        EXPECT_STREQ(changes, "depth conv1_out 3");
        free(changes);
        weir_finding_clear(&finding);
    }
    EXPECT_FALSE(weir_store_named(store, "a", hash, &changes, &finding, diag.get()) &&
                 std::string(hash) == known)
        << "no longer its name";
    EXPECT_FALSE(weir_store_named(store, "xyz", hash, &changes, &finding, diag.get()));
    EXPECT_FALSE(weir_store_named(store, "", hash, &changes, &finding, diag.get()));
    EXPECT_NE(Messages().find("point \"xyz\" is unknown; names there are: b, baseline"),
              std::string::npos)
        << Messages();
    weir_store_close(store);
}

TEST_F(Study, GradesAreThoseOfTheDevice) {
    const struct {
        const char *text, *said;
    } cases[] = {
        {"device = \"xczu7ev\"; grade = \"-9\";\n", "grade \"-9\" is unknown; xczu7ev has: "},
        {"grade = \"-2\";\n", "grade \"-2\": no device is named"}};
    for (const auto &c : cases) {
        weir_study_file *file = Read(top + c.text);
        ASSERT_NE(file, nullptr) << Messages();
        weir_design_options options = {};
        options.device = file->device;
        Owned<weir_design> base(weir_design_load(file->design, &options, diag.get()));
        Explored out;
        Explore(out, file, base.get(), "", diag.get());
        EXPECT_EQ(out.status, WEIR_BAD_INPUT);
        EXPECT_NE(Messages().find(c.said), std::string::npos) << Messages();
        weir_study_file_free(file);
    }
}

TEST_F(Study, ExportsKeepNamesOfAnyBytes) {
    weir_study_file *file =
        Read(top +
             "name = \"l\xe4nge\";\n"
             "ideas = ( { name = \"\\\"a\\\", \xe4; b\"; changes = [ \"depth no\xe4 3\" ]; } );\n");
    ASSERT_NE(file, nullptr) << Messages();
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    Explored out;
    Explore(out, file, base.get(), "", diag.get());
    EXPECT_NE(out.csv.find("\n\"\"\"a\"\", \xe4; b\","), std::string::npos) << out.csv;
    weir_text *text = weir_text_new();
    weir_exploration_json(out.found, text);
    std::string json = weir_text_string(text);
    EXPECT_NE(json.find("\"study\": \"l?nge\""), std::string::npos) << json;
    EXPECT_NE(json.find("\"name\": \"\\\"a\\\", ?; b\""), std::string::npos) << json;
    weir_text_free(text);
    weir_study_file_free(file);
}

TEST_F(Study, StopsAndGoesOn) {
    weir_study_file *file = Read(small);
    Owned<weir_design> base(weir_design_load(file->design, nullptr, diag.get()));
    const volatile int stop = 1;
    Explored stopped, rest, whole;
    Explore(stopped, file, base.get(), folder + "/s.sqlite", diag.get(), &stop);
    EXPECT_EQ(stopped.status, WEIR_BAD_INPUT);
    EXPECT_TRUE(stopped.found->partial);
    Explore(rest, file, base.get(), folder + "/s.sqlite", diag.get());
    Explore(whole, file, base.get(), "", diag.get());
    EXPECT_EQ(rest.csv, whole.csv);
    weir_study_file_free(file);
}

} // namespace
