// Certification: the repo's designs are exact, timing classes are found on RTL that does not name
// them, and a schedule that is wrong in one place is caught.
#include "bench.hpp"
extern "C" {
#include "hls/compile.h"
#include "sim/certify.h"
#include "traces/schedule.h"
#include "traces/stimulus.h"
}
#include <regex>

using namespace bench;

namespace {

struct Gone {
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
    void operator()(weir_reference *p) const { weir_reference_free(p); }
    void operator()(weir_certification *p) const { weir_certification_free(p); }
    void operator()(weir_schedule *p) const { weir_schedule_free(p); }
    void operator()(weir_graph *p) const { weir_graph_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Gone>;
using Certification = Owned<weir_certification>;

weir_certify_options options_of(const weir_expect *expect, uint32_t alone, uint32_t whole,
                                uint64_t frames = 2) {
    weir_certify_options options{};
    options.seed = 1;
    options.cases_alone = alone;
    options.cases_whole = whole;
    options.frames = frames;
    options.expect = expect;
    return options;
}

Certification certify(const weir_graph *graph, const weir_certify_options &options,
                      weir_status wanted = WEIR_OK) {
    Diag diag(weir_diag_new());
    weir_certification *result = nullptr;
    EXPECT_EQ(weir_certify(graph, &options, &result, diag.get()), wanted) << messages(diag.get());
    return Certification(result);
}

std::string describe(const weir_certificate &c) {
    std::string text = c.name;
    text += c.verdict == WEIR_EXACT       ? ": exact"
            : c.verdict == WEIR_DIFFERENT ? ": different" //
                                          : ": RTL only";
    text += std::string(", ") + weir_timing_class_name(c.timing) + " of " +
            std::to_string(c.stages) + " stages, " + std::to_string(c.cases) + " cases, " +
            std::to_string(c.events) + " events";
    return c.difference != nullptr ? text + "; " + c.difference : text;
}

uint64_t expect_exact(const weir_certification *result) {
    uint64_t events = 0;
    EXPECT_FALSE(result->partial);
    for (uint32_t i = 0; i <= result->n_processes; i++) {
        const weir_certificate &c = i < result->n_processes ? result->processes[i] : result->whole;
        EXPECT_EQ(c.verdict, WEIR_EXACT) << describe(c);
        EXPECT_EQ(c.difference, nullptr) << describe(c);
        EXPECT_GT(c.events, 0u) << describe(c);
        events += c.events;
    }
    return events;
}

// A copy of a graph with other processes.
Owned<weir_graph> copy(const weir_graph *graph,
                       const std::function<void(uint32_t, weir_process &)> &change) {
    Owned<weir_graph> result(weir_graph_new(weir_graph_name(graph)));
    for (uint32_t d = 0; d < weir_graph_domains(graph); d++)
        weir_graph_add_domain(result.get(), weir_graph_domain(graph, d));
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        weir_process process = *weir_graph_process(graph, p);
        change(p, process);
        weir_graph_add_process(result.get(), &process);
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        weir_graph_add_channel(result.get(), weir_graph_channel(graph, c));
    Diag diag(weir_diag_new());
    EXPECT_TRUE(weir_graph_seal(result.get(), diag.get())) << messages(diag.get());
    return result;
}

void forget(weir_process &process) {
    process.schedule = nullptr;
    process.timing = WEIR_UNKNOWN;
    process.stages = 0;
}

// ---------------------------------------------------------------- compiled designs

class Design {
  public:
    explicit Design(const std::string &path, uint64_t frames = 3) : diag_(weir_diag_new()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_certify_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        design_.reset(weir_design_load(path.c_str(), nullptr, diag_.get()));
        if (design_) compiled_.reset(weir_compile(design_.get(), folder_.c_str(), diag_.get()));
        EXPECT_TRUE(compiled_) << messages(diag_.get());
        if (!compiled_) abort();
        const weir_layer *input =
            weir_network_layer(design_->network, weir_network_input(design_->network));
        weir_frames_random(&frames_, frames,
                           (uint64_t)input->out.rows * input->out.columns * input->out.channels, 1);
        reference_.reset(weir_reference_new(compiled_.get(), frames_.values, frames));
    }
    ~Design() {
        weir_frames_free(&frames_);
        std::filesystem::remove_all(folder_);
    }
    const weir_graph *graph() const { return compiled_->graph; }
    const weir_expect *expect() const { return weir_reference_expect(reference_.get()); }
    uint32_t process(const std::string &name) const {
        for (uint32_t p = 0; p < weir_graph_processes(graph()); p++)
            if (name == weir_graph_process(graph(), p)->name) return p;
        ADD_FAILURE() << name;
        return 0;
    }

  private:
    Diag diag_;
    std::string folder_;
    Owned<weir_design> design_;
    Owned<weir_compiled> compiled_;
    Owned<weir_reference> reference_;
    weir_frames frames_{};
};

std::string repo(const std::string &path) {
    return std::string(WEIR_SOURCE_DIR "/") + path;
}

class Repo : public testing::TestWithParam<const char *> {};

TEST_P(Repo, IsExact) {
    Design design(repo(GetParam()));
    weir_certify_options options = options_of(design.expect(), 25, 40);
    Certification result = certify(design.graph(), options);
    ASSERT_TRUE(result);
    uint64_t events = expect_exact(result.get());
    EXPECT_GT(events, 200000u);
    EXPECT_EQ(result->whole.cases, 40u);
    for (uint32_t i = 0; i < result->n_processes; i++) {
        EXPECT_EQ(result->processes[i].timing, WEIR_ELASTIC);
        EXPECT_FALSE(result->processes[i].fitted);
        EXPECT_EQ(result->processes[i].cases, 25u);
    }
}

INSTANTIATE_TEST_SUITE_P(Designs, Repo,
                         testing::Values("configs/designs/chain.cfg", "configs/designs/digits.cfg",
                                         "configs/networks/skip.onnx"));

class Elsewhere : public testing::TestWithParam<const char *> {};

TEST_P(Elsewhere, IsExact) {
    std::string path = repo("../shared/networks/") + GetParam() + ".onnx";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    Design design(path);
    expect_exact(certify(design.graph(), options_of(design.expect(), 25, 40)).get());
}

INSTANTIATE_TEST_SUITE_P(Networks, Elsewhere,
                         testing::Values("conv1d_small_keras", "conv2d_small_keras",
                                         "conv2d_small_mp_keras", "three_layer_keras",
                                         "two_layer_keras"));

TEST(Certify, SeedsRepeat) {
    Design design(repo("configs/designs/digits.cfg"));
    weir_certify_options options = options_of(design.expect(), 5, 5);
    Certification first = certify(design.graph(), options);
    Certification again = certify(design.graph(), options);
    options.seed = 2;
    Certification other = certify(design.graph(), options);
    ASSERT_TRUE(first && again && other);
    EXPECT_EQ(first->whole.events, again->whole.events);
    uint64_t differ = first->whole.events != other->whole.events;
    for (uint32_t i = 0; i < first->n_processes; i++) {
        EXPECT_EQ(first->processes[i].events, again->processes[i].events);
        differ += first->processes[i].events != other->processes[i].events;
    }
    EXPECT_GT(differ, 0u); // frames are lost in other cases
}

// Processes of compiled designs whose schedules are taken away are found again.
class Forgotten : public testing::TestWithParam<const char *> {};

TEST_P(Forgotten, IsFoundAgain) {
    Design design(repo(GetParam()), 3);
    Owned<weir_graph> graph = copy(design.graph(), [](uint32_t, weir_process &p) { forget(p); });
    Certification result = certify(graph.get(), options_of(design.expect(), 60, 20, 3));
    ASSERT_TRUE(result);
    expect_exact(result.get());
    uint32_t next = 0;
    for (uint32_t p = 0; p < weir_graph_processes(graph.get()); p++) {
        const weir_process *process = weir_graph_process(design.graph(), p);
        if (process->kind != WEIR_PROCESS) continue;
        const weir_certificate &c = result->processes[next++];
        EXPECT_TRUE(c.fitted) << describe(c);
        EXPECT_EQ(c.timing, WEIR_ELASTIC) << describe(c);
        EXPECT_EQ(c.stages, process->stages) << describe(c);
        ASSERT_NE(result->fitted[p], nullptr);
        EXPECT_EQ(result->fitted[p]->timing, c.timing);
    }
}

INSTANTIATE_TEST_SUITE_P(Designs, Forgotten,
                         testing::Values("configs/designs/chain.cfg", "configs/designs/digits.cfg",
                                         "configs/networks/skip.onnx"));

// ---------------------------------------------------------------- wrong schedules

using Program = std::vector<std::vector<weir_operation>>; // by initiation, of a frame

Program program_of(const weir_schedule *schedule) {
    Program program;
    weir_schedule_walk *walk = weir_schedule_walk_new(schedule);
    uint64_t n = weir_schedule_initiations(schedule);
    EXPECT_EQ(schedule->n_preamble, 0u);
    while (program.size() < n) {
        uint64_t count = 0;
        uint32_t set = weir_schedule_walk_next(walk, &count);
        const weir_operation *first = schedule->operations + schedule->sets[set].first;
        program.insert(program.end(), count, {first, first + schedule->sets[set].count});
    }
    weir_schedule_walk_free(walk);
    return program;
}

Owned<weir_schedule> schedule_of(const Program &program, const weir_schedule *like,
                                 uint32_t stages) {
    weir_schedule_builder *builder =
        weir_schedule_builder_new(like->process, like->n_inputs, like->n_outputs);
    weir_schedule_end_preamble(builder);
    for (const auto &operations : program)
        weir_schedule_add(
            builder,
            weir_schedule_set(builder, operations.data(), static_cast<uint32_t>(operations.size())),
            1);
    Owned<weir_schedule> schedule(weir_schedule_build(builder));
    schedule->timing = like->timing;
    schedule->stages = stages;
    schedule->ii_cycles = like->ii_cycles;
    schedule->start = like->start;
    for (uint32_t i = 0; i < like->n_inputs; i++)
        schedule->read_stage[i] = like->read_stage[i];
    for (uint32_t q = 0; q < like->n_outputs; q++)
        schedule->write_stage[q] = stages - 1;
    return schedule;
}

void expect_difference(const Design &design, uint32_t at, const weir_schedule *wrong) {
    Owned<weir_graph> graph = copy(design.graph(), [&](uint32_t p, weir_process &process) {
        if (p == at) process.schedule = wrong;
    });
    Certification result = certify(graph.get(), options_of(design.expect(), 10, 10), WEIR_DISAGREE);
    ASSERT_TRUE(result);
    const std::regex readable(
        "channel \"[^\"]+\": (read|write) [0-9]+: [0-9]+ ps against [0-9]+ ps "
        "\\(RTL against replay\\); case [0-9]+ of \"[^\"]+\" with seed 1 and 2 frames: "
        "clock \"[^\"]+\" [0-9]+ ps from [0-9]+ ps.*, depths [0-9]+ to .*");
    const char *name = weir_graph_process(graph.get(), at)->name;
    for (uint32_t i = 0; i < result->n_processes; i++) {
        const weir_certificate &c = result->processes[i];
        EXPECT_EQ(c.verdict, std::string(name) == c.name ? WEIR_DIFFERENT : WEIR_EXACT)
            << describe(c);
        if (c.verdict != WEIR_DIFFERENT) continue;
        EXPECT_TRUE(std::regex_match(c.difference, readable)) << c.difference;
    }
    EXPECT_EQ(result->whole.verdict, WEIR_DIFFERENT);
}

TEST(Wrong, OneOperationOneInitiationLater) {
    Design design(repo("configs/designs/digits.cfg"));
    uint32_t at = design.process("conv1_window");
    const weir_schedule *right = weir_graph_process(design.graph(), at)->schedule;
    ASSERT_NE(right, nullptr);
    Program program = program_of(right);
    // The same program, made anew, is right.
    Owned<weir_schedule> same = schedule_of(program, right, right->stages);
    Owned<weir_graph> graph = copy(design.graph(), [&](uint32_t p, weir_process &process) {
        if (p == at) process.schedule = same.get();
    });
    expect_exact(certify(graph.get(), options_of(design.expect(), 10, 10)).get());
    // A read moves past an initiation that reads nothing.
    for (size_t i = 1; i + 1 < program.size(); i++) {
        auto reads = [](const weir_operation &o) { return o.kind == WEIR_READ; };
        auto found = std::find_if(program[i].begin(), program[i].end(), reads);
        if (found == program[i].end() ||
            std::any_of(program[i + 1].begin(), program[i + 1].end(), reads))
            continue;
        program[i + 1].push_back(*found);
        program[i].erase(found);
        Owned<weir_schedule> wrong = schedule_of(program, right, right->stages);
        expect_difference(design, at, wrong.get());
        return;
    }
    FAIL() << "no initiation to move a read to";
}

TEST(Wrong, OneStageMore) {
    Design design(repo("configs/designs/digits.cfg"));
    for (const char *name : {"conv1", "relu1", "dense2"}) {
        uint32_t at = design.process(name);
        const weir_schedule *right = weir_graph_process(design.graph(), at)->schedule;
        Owned<weir_schedule> wrong = schedule_of(program_of(right), right, right->stages + 1);
        expect_difference(design, at, wrong.get());
    }
}

// The same unhindered times, but one more beat fits into the pipeline: only back-pressure shows it.
TEST(Wrong, WriteEarlierAndOneStageMore) {
    Design design(repo("configs/designs/digits.cfg"));
    uint32_t at = design.process("conv1_window");
    const weir_schedule *right = weir_graph_process(design.graph(), at)->schedule;
    Program program = program_of(right);
    auto writes = [](const weir_operation &o) { return o.kind == WEIR_WRITE; };
    ASSERT_FALSE(std::any_of(program[0].begin(), program[0].end(), writes));
    for (size_t i = 1; i < program.size(); i++) {
        auto found = std::find_if(program[i].begin(), program[i].end(), writes);
        if (found == program[i].end()) continue;
        program[i - 1].push_back(*found);
        program[i].erase(found);
    }
    Owned<weir_schedule> wrong = schedule_of(program, right, right->stages + 1);
    expect_difference(design, at, wrong.get());
}

// ---------------------------------------------------------------- RTL of other classes

// A module of rtl/class_processes.sv between sources and a sink; frames of eight beats.
class Alone {
  public:
    Alone(const char *module, uint32_t n_inputs) : graph_(weir_graph_new(module)) {
        weir_domain clock = domain("clk", 5000, 0);
        weir_graph_add_domain(graph_.get(), &clock);
        static const std::string file = std::string(WEIR_TEST_FOLDER) + "/rtl/class_processes.sv";
        const char *sources[] = {file.c_str()};
        weir_process process{};
        process.name = module;
        process.operator_name = "test";
        process.n_inputs = n_inputs;
        process.n_outputs = 1;
        process.rtl = {module, sources, 1, nullptr, 0};
        uint32_t middle = weir_graph_add_process(graph_.get(), &process);
        for (uint32_t i = 0; i <= n_inputs; i++) {
            bool sink = i == n_inputs;
            std::string name = sink ? "snk" : "src" + std::to_string(i);
            weir_process end{};
            end.name = name.c_str();
            end.operator_name = sink ? "sink" : "source";
            end.kind = sink ? WEIR_SINK : WEIR_SOURCE;
            end.n_inputs = sink;
            end.n_outputs = !sink;
            uint32_t at = weir_graph_add_process(graph_.get(), &end);
            weir_channel channel{};
            std::string channel_name = sink ? "out" : "in" + std::to_string(i);
            channel.name = channel_name.c_str();
            channel.producer = sink ? middle : at;
            channel.consumer = sink ? at : middle;
            channel.consumer_port = sink ? 0 : i;
            channel.stream = {1, 8, 1, 1, {16, 16, false}};
            channel.depth = 2;
            weir_graph_add_channel(graph_.get(), &channel);
        }
        Diag diag(weir_diag_new());
        EXPECT_TRUE(weir_graph_seal(graph_.get(), diag.get())) << messages(diag.get());
        expect_ = {this, [](void *self, uint32_t channel, uint64_t frame, uint64_t first,
                            uint64_t count, uint8_t *out) {
                       static_cast<Alone *>(self)->fill(channel, frame, first, count, out);
                   }};
    }
    const weir_graph *graph() const { return graph_.get(); }
    const weir_expect *expect() const { return &expect_; }

  private:
    void fill(uint32_t channel, uint64_t frame, uint64_t first, uint64_t count, uint8_t *out) {
        uint32_t n_inputs = weir_graph_channels(graph()) - 1;
        for (uint64_t i = first; i < first + count; i++) {
            auto in = [&](uint32_t port) {
                return static_cast<uint16_t>(frame * 1009 + i * 77 + port * 5000);
            };
            uint16_t value = channel < n_inputs ? in(channel)
                             : n_inputs == 1    ? static_cast<uint16_t>(in(0) + 1)
                                                : static_cast<uint16_t>(in(0) + in(1));
            memcpy(out + 2 * (i - first), &value, 2);
        }
    }
    Owned<weir_graph> graph_;
    weir_expect expect_{};
};

struct Class {
    const char *module;
    weir_timing_class timing;
    uint32_t stages;
    uint64_t ii_cycles;
};

void PrintTo(const Class &c, std::ostream *out) {
    *out << c.module;
}

class Classes : public testing::TestWithParam<Class> {};

TEST_P(Classes, AreFound) {
    Alone alone(GetParam().module, 1);
    Certification result = certify(alone.graph(), options_of(alone.expect(), 200, 50, 6));
    ASSERT_TRUE(result);
    expect_exact(result.get());
    const weir_certificate &c = result->processes[0];
    EXPECT_TRUE(c.fitted);
    EXPECT_EQ(c.timing, GetParam().timing) << describe(c);
    EXPECT_EQ(c.stages, GetParam().stages) << describe(c);
    EXPECT_EQ(c.cases, 200u);
    ASSERT_NE(result->fitted[0], nullptr);
    EXPECT_EQ(result->fitted[0]->ii_cycles, GetParam().ii_cycles);
}

INSTANTIATE_TEST_SUITE_P(All, Classes,
                         testing::Values(Class{"class_stall", WEIR_LOCKSTEP, 1, 1},
                                         Class{"class_issue", WEIR_CREDIT, 4, 1},
                                         Class{"class_skid", WEIR_FRP, 4, 1},
                                         Class{"class_skid_slow", WEIR_FRP, 4, 2}),
                         [](const auto &info) { return std::string(info.param.module); });

TEST(Classes, NoneFits) {
    const struct {
        const char *module;
        uint32_t n_inputs;
    } cases[] = {{"class_rigid", 1}, {"class_either", 2}};
    for (auto &c : cases) {
        Alone alone(c.module, c.n_inputs);
        Certification result = certify(alone.graph(), options_of(alone.expect(), 200, 50, 6));
        ASSERT_TRUE(result);
        const weir_certificate &found = result->processes[0];
        EXPECT_EQ(found.verdict, WEIR_RTL_ONLY) << describe(found);
        EXPECT_FALSE(found.fitted);
        EXPECT_EQ(result->fitted[0], nullptr);
        ASSERT_NE(found.difference, nullptr);
        EXPECT_TRUE(std::regex_search(
            found.difference,
            std::regex("^no timing class is exact; the last that was, .* is not in case [0-9]+ "
                       "with seed 1 and 6 frames: channel .*: (read|write) [0-9]+")))
            << found.difference;
        EXPECT_EQ(result->whole.verdict, WEIR_RTL_ONLY);
        EXPECT_EQ(result->whole.cases, 0u);
    }
}

// More ports than the layer compiler gives a process: an imported one may have arrays of streams.
TEST(Classes, TwelveInputs) {
    Alone alone("class_twelve", 12);
    Certification result = certify(alone.graph(), options_of(alone.expect(), 60, 20, 6));
    ASSERT_TRUE(result);
    expect_exact(result.get());
    const weir_schedule *fitted = result->fitted[0];
    ASSERT_NE(fitted, nullptr);
    EXPECT_EQ(fitted->timing, WEIR_LOCKSTEP);
    ASSERT_EQ(fitted->n_inputs, 12u);
    for (uint32_t i = 0; i < 12; i++)
        EXPECT_EQ(weir_schedule_count(fitted, WEIR_READ, i, false), 8u);
    // It comes back from a file as it was.
    Diag diag(weir_diag_new());
    std::string path = testing::TempDir() + "weir_twelve.weir";
    ASSERT_TRUE(weir_schedules_save(&fitted, 1, path.c_str(), diag.get())) << messages(diag.get());
    uint32_t count = 0;
    weir_schedule **loaded = weir_schedules_load(path.c_str(), &count, diag.get());
    std::filesystem::remove(path);
    ASSERT_NE(loaded, nullptr) << messages(diag.get());
    ASSERT_EQ(count, 1u);
    auto text = [](const weir_schedule *schedule) {
        weir_text *out = weir_text_new();
        weir_schedule_dump(schedule, out);
        std::string copy = weir_text_string(out);
        weir_text_free(out);
        return copy;
    };
    EXPECT_EQ(text(loaded[0]), text(fitted));
    weir_schedule_free(loaded[0]);
    free(loaded);
}

// A process of which nothing is seen to leave cannot be captured.
TEST(Classes, MuteProcessIsRtlOnly) {
    Bench b(chain({"sim_mute"}, 1, {domain("clk", 5000, 0)}));
    Certification result = certify(b.graph(), options_of(b.options.expect, 5, 5, 6));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->processes[0].verdict, WEIR_RTL_ONLY);
    ASSERT_NE(result->processes[0].difference, nullptr);
}

// ---------------------------------------------------------------- whole designs

// The small processes of the tests of sim/, across two clocks; their classes are found first. Depths
// below the design's own bring some cases to a deadlock, the same one on both sides.
TEST(Certify, DeadlocksAreTheSame) {
    Shape shape;
    shape.domains = {domain("fast", 4000, 0), domain("slow", 6000, 100)};
    shape.processes = {{"src", "source", 0}, {"fork", "sim_fork", 0}, {"down", "sim_down", 1},
                       {"up", "sim_up", 1},  {"join", "sim_join", 0}, {"snk", "sink", 0}};
    shape.channels = {{"src", 0, "fork", 0}, {"fork", 0, "down", 0}, {"down", 0, "up", 0},
                      {"up", 0, "join", 0},  {"fork", 1, "join", 1}, {"join", 0, "snk", 0}};
    shape.depths["fork_join"] = 8;
    Bench b(shape);
    Certification result = certify(b.graph(), options_of(b.options.expect, 60, 300, 4));
    ASSERT_TRUE(result);
    expect_exact(result.get());
    EXPECT_GT(result->whole.deadlocks, 5u);
    EXPECT_LT(result->whole.deadlocks, 100u);
}

// Data that back-pressure spoils would be a difference too.
TEST(Certify, WrongDataIsADifference) {
    Bench b(chain({"sim_pass"}, 1, {domain("clk", 5000, 0)}));
    b.wrong_channel = b.channel("pass0_snk");
    b.wrong_frame = 1;
    b.wrong_beat = 5;
    Diag diag(weir_diag_new());
    Certification fitted = certify(b.graph(), options_of(b.options.expect, 20, 5, 3));
    ASSERT_TRUE(fitted);
    EXPECT_EQ(fitted->processes[0].verdict, WEIR_RTL_ONLY);
    ASSERT_NE(fitted->processes[0].difference, nullptr);
    EXPECT_NE(strstr(fitted->processes[0].difference,
                     "channel \"pass0_snk\": frame 1, beat 5 of the RTL: "),
              nullptr)
        << fitted->processes[0].difference;
}

TEST(Certify, StopsWhenAsked) {
    Design design(repo("configs/designs/digits.cfg"));
    struct Watch {
        volatile int stop = 0;
        uint64_t reports = 0, done = 0, total = 0;
    } watch;
    weir_certify_options options = options_of(design.expect(), 3000, 3000);
    options.stop = &watch.stop;
    options.progress.context = &watch;
    options.progress.report = [](void *context, const weir_work *work) {
        auto *w = static_cast<Watch *>(context);
        if (std::string(work->what) != "certifying") return;
        w->reports++;
        w->done = work->done;
        w->total = work->total;
        if (work->done > 100) w->stop = 1;
    };
    Certification result = certify(design.graph(), options);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->partial);
    EXPECT_GT(watch.reports, 1u);
    EXPECT_EQ(watch.total, 3000u * (result->n_processes + 1));
    EXPECT_LT(watch.done, watch.total);
    EXPECT_EQ(result->whole.cases, 0u);
    EXPECT_EQ(result->processes[0].verdict, WEIR_EXACT);
}

TEST(Certify, BadInputIsRefused) {
    Alone alone("class_stall", 1);
    weir_certify_options options = options_of(nullptr, 1, 1, 0);
    Diag diag(weir_diag_new());
    weir_certification *result = nullptr;
    EXPECT_EQ(weir_certify(alone.graph(), &options, &result, diag.get()), WEIR_BAD_INPUT);
    EXPECT_EQ(result, nullptr);
    ASSERT_EQ(weir_diag_count(diag.get()), 2u);
    EXPECT_STREQ(weir_diag_at(diag.get(), 0)->text,
                 "certification of \"class_stall\": no stimulus");
    EXPECT_STREQ(weir_diag_at(diag.get(), 1)->text,
                 "certification of \"class_stall\": 0 frames, at least 1");
    Owned<weir_graph> bare =
        copy(alone.graph(), [](uint32_t, weir_process &process) { process.rtl.module = nullptr; });
    options = options_of(alone.expect(), 1, 1);
    diag.reset(weir_diag_new());
    EXPECT_EQ(weir_certify(bare.get(), &options, &result, diag.get()), WEIR_BAD_INPUT);
    ASSERT_EQ(weir_diag_count(diag.get()), 1u);
    EXPECT_STREQ(weir_diag_at(diag.get(), 0)->text,
                 "process \"class_stall\": no RTL, the rtl engine needs it");
}

} // namespace
