/* Imported designs: per process, and as the vendor's own top, every event at the same time. */
#include "api/weir_import.h"
#include "api/weir_stimulus.h"
#include "api/weir_study.h"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

std::string Read(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void Write(const fs::path &path, const std::string &text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

struct Log {
    weir_messages *log = weir_messages_new();
    ~Log() { weir_messages_free(log); }
    operator weir_messages *() { return log; }
    std::string Text() {
        std::string text;
        for (size_t i = 0; i < weir_messages_count(log); i++) {
            weir_message message = weir_messages_at(log, i);
            text += std::string(message.level) + ": " +
                    (message.file ? std::string(message.file) + ": " : "") + message.text + "\n";
        }
        return text;
    }
};

struct Setting {
    std::string start = "held", pause, gaps;
    uint64_t arrival_ps = 0;
    uint32_t depth = 0; /* of all data FIFOs; 0: as imported */
    uint64_t clock_ps = 0;
    uint64_t frames = 6, seed = 1;

    Setting &Pulsed() { return start = "pulsed", *this; }
    Setting &Pause(const char *pattern) { return pause = pattern, *this; }
    Setting &Gaps(const char *pattern) { return gaps = pattern, *this; }
    Setting &Arrival(uint64_t ps) { return arrival_ps = ps, *this; }
    Setting &Depth(uint32_t beats) { return depth = beats, *this; }
    Setting &Frames(uint64_t count) { return frames = count, *this; }
    Setting &Seed(uint64_t number) { return seed = number, *this; }
};

/* What one run gave. */
struct Outcome {
    weir_status status = WEIR_OK;
    std::string trace, messages;
    std::vector<uint64_t> times;
    std::vector<float> values;
    uint64_t frames = 0, interval_ps = 0, latency_ps = 0;
    bool deadlock = false;
    std::string bottleneck;
};

class Import : public testing::Test {
  protected:
    fs::path scratch = testing::TempDir() + "weir-import-" + std::to_string(getpid());

    ~Import() override { fs::remove_all(scratch); }

    static fs::path Own(const std::string &name) {
        return fs::path(WEIR_SOURCE_DIR) / "tests/hls/vitis" / name;
    }

    /* Imports and returns what was said. */
    std::string Take(const fs::path &solution, bool whole = false, weir_status wanted = WEIR_OK) {
        Log log;
        weir_import options = {};
        options.whole = whole;
        EXPECT_EQ(weir_import_vitis(solution.c_str(), Design().c_str(), &options, log), wanted)
            << log.Text();
        return log.Text();
    }
    std::string Design() const { return (scratch / "design").string(); }

    void Change(const std::string &pattern, const std::string &by) {
        fs::path path = scratch / "design/design.cfg";
        Write(path, std::regex_replace(Read(path), std::regex(pattern), by));
    }

    Outcome Simulate(const char *engine, const Setting &setting) {
        Log log;
        Outcome run;
        Change("start = \"[a-z]*\"", "start = \"" + setting.start + "\"");
        weir_simulation *simulation = weir_simulation_open(Design().c_str(), log);
        EXPECT_NE(simulation, nullptr) << log.Text();
        if (simulation == nullptr) return run;
        weir_simulation_set_engine(simulation, engine, log);
        weir_simulation_random_frames(simulation, setting.frames, setting.seed, log);
        weir_simulation_set_arrival_period(simulation, setting.arrival_ps);
        weir_simulation_set_sink_pause(simulation, setting.pause.c_str(), log);
        weir_simulation_set_source_pause(simulation, setting.gaps.c_str(), log);
        weir_simulation_set_stall(simulation, 20000);
        if (setting.clock_ps > 0)
            weir_simulation_set_period(simulation, "main", setting.clock_ps, log);
        for (const std::string &fifo : setting.depth > 0 ? fifos : std::vector<std::string>{})
            weir_simulation_set_depth(simulation, fifo.c_str(), setting.depth, log);
        std::string compiled = (scratch / "compiled").string();
        EXPECT_EQ(weir_simulation_compile(simulation, compiled.c_str(), log), WEIR_OK)
            << log.Text();
        weir_outcome *outcome = nullptr;
        run.status = weir_simulation_run(simulation, &outcome, log);
        run.messages = log.Text();
        if (outcome != nullptr) Keep(outcome, run);
        weir_outcome_free(outcome);
        weir_simulation_close(simulation);
        return run;
    }

    void Keep(weir_outcome *outcome, Outcome &run) {
        Log log;
        weir_outcome_save(outcome, (scratch / "run").c_str(), log);
        run.trace = Read(scratch / "run/trace.weir");
        weir_summary summary = weir_outcome_summary(outcome);
        run.frames = summary.frames;
        run.deadlock = summary.deadlock;
        run.interval_ps = summary.steady_interval_ps;
        run.bottleneck = summary.bottleneck != nullptr ? summary.bottleneck : "";
        for (uint64_t f = 0; f < summary.frames; f++) {
            weir_frame_info frame = weir_outcome_frame(outcome, f);
            run.times.push_back(frame.first_in_ps);
            run.times.push_back(frame.last_out_ps);
            const float *values = weir_outcome_values(outcome, f);
            for (uint64_t v = 0; values != nullptr && v < outputs; v++)
                run.values.push_back(values[v]);
        }
        if (!run.times.empty()) run.latency_ps = run.times[1] - run.times[0];
    }

    void ExpectAgreement(const Setting &setting, uint64_t frames, bool deadlock) {
        SCOPED_TRACE("start " + setting.start + ", gaps " + setting.gaps + ", pause " +
                     setting.pause + ", depth " + std::to_string(setting.depth) + ", arrival " +
                     std::to_string(setting.arrival_ps));
        Outcome rtl = Simulate("rtl", setting), stitched = Simulate("stitched", setting);
        EXPECT_EQ(rtl.frames, frames) << rtl.messages;
        EXPECT_EQ(rtl.deadlock, deadlock);
        EXPECT_EQ(rtl.deadlock, stitched.deadlock);
        EXPECT_EQ(rtl.times, stitched.times);
        EXPECT_FALSE(rtl.trace.empty());
        EXPECT_TRUE(rtl.trace == stitched.trace);
        EXPECT_EQ(rtl.values.size(), outputs * frames);
        EXPECT_EQ(rtl.values, stitched.values);
    }

    std::vector<std::string> fifos;
    uint64_t outputs = 0;
};

TEST_F(Import, ForkAndJoinAgreeWithTheVendorsTop) {
    EXPECT_EQ(Take(Own("branches")), "");
    Change("name = \"y_sink\";", "name = \"y_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    fifos = {"a", "b", "c", "d"};
    outputs = 12;
    ExpectAgreement(Setting().Pulsed(), 6, false);
    ExpectAgreement(Setting().Pulsed().Pause("1001011").Seed(7), 6, false);
    ExpectAgreement(Setting().Pulsed().Pause("001").Arrival(170000), 6, false);
    ExpectAgreement(Setting().Pulsed().Pause("101").Depth(2), 6, false);
    /* The pipeline that does not flush keeps the last frame for ever. */
    ExpectAgreement(Setting(), 5, true);
    ExpectAgreement(Setting().Pause("10011").Depth(2), 5, true);
}

TEST_F(Import, GlueAndUnknownFifosStayRtl) {
    std::string said = Take(Own("pair"));
    EXPECT_NE(said.find("warning: FIFO module \"pr_fifo_w16_d4_lazy\": fits no latency class"),
              std::string::npos)
        << said;
    Change("name = \"z_sink\";", "name = \"z_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    fifos = {"l", "r"};
    outputs = 15;
    ExpectAgreement(Setting(), 6, false);
    ExpectAgreement(Setting().Pause("01101").Seed(3), 6, false);
    ExpectAgreement(Setting().Pulsed().Pause("1101"), 6, false);
    ExpectAgreement(Setting().Pulsed().Arrival(95000).Depth(5), 6, false);
}

TEST_F(Import, TheWholeTopIsOneProcess) {
    EXPECT_EQ(Take(Own("branches"), true), "");
    Change("name = \"y_sink\";", "name = \"y_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    outputs = 12;
    ExpectAgreement(Setting().Pulsed().Pause("1011"), 6, false);
}

/* A pattern of any share of ones, never without. */
std::string RandomPattern(std::mt19937 &random) {
    unsigned ones = 1 + random() % 7;
    std::string pattern(4 + random() % 120, '0');
    for (char &cell : pattern)
        cell = random() % 8 < ones ? '1' : '0';
    pattern[random() % pattern.size()] = '1';
    return pattern;
}

/* Sources that stop within a frame, sinks that pause: per process and whole, at the least depth and as
 * given, under both policies. */
TEST_F(Import, RandomGapsAndPausesAgreeWithTheVendorsTop) {
    const struct {
        const char *solution, *sink;
        std::vector<std::string> fifos;
        uint64_t outputs;
        bool flushes; /* under `held` */
    } designs[] = {{"branches", "y_sink", {"a", "b", "c", "d"}, 12, false},
                   {"pair", "z_sink", {"l", "r"}, 15, true}};
    unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (const auto &design : designs) {
        Take(Own(design.solution));
        Change(std::string("name = \"") + design.sink + "\";",
               std::string("name = \"") + design.sink +
                   "\"; lanes = 1; type = \"ap_fixed<16,16>\";");
        fifos = design.fifos;
        outputs = design.outputs;
        for (int draw = 0; draw < 12; draw++) {
            bool pulsed = draw % 2 == 1, keeps = !pulsed && !design.flushes;
            std::string gaps = RandomPattern(random), pause = RandomPattern(random);
            Setting setting;
            setting.Gaps(gaps.c_str()).Seed(random() % 1000).Depth(draw % 4 < 2 ? 0 : 2);
            if (draw % 3 != 0) setting.Pause(pause.c_str());
            if (pulsed) setting.Pulsed();
            ExpectAgreement(setting, keeps ? 5 : 6, keeps);
        }
    }
}

/* A gap within a frame is no gap between frames: the same beats take longer, by what the pattern says. */
TEST_F(Import, GapsAreWithinFrames) {
    Take(Own("pair"));
    Outcome without = Simulate("rtl", Setting());
    Outcome with = Simulate("rtl", Setting().Gaps("100"));
    ASSERT_EQ(with.frames, 6u);
    EXPECT_GT(with.latency_ps, without.latency_ps);
    EXPECT_EQ(with.interval_ps, 3 * 9 * 5000u); /* 9 beats a frame, one of three cycles each */
    EXPECT_NE(with.trace, without.trace);
}

/* Values go in and come out by the types that the design gives; the adder's sum is 6 less a factor. */
TEST_F(Import, ValuesAreComparedWithThoseExpected) {
    Take(Own("branches"));
    Change("start = \"held\"", "start = \"pulsed\"");
    Change("name = \"x_source\";", "name = \"x_source\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    Change("name = \"y_sink\";", "name = \"y_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    Change("sink = \\{ pause = \"\";", "sink = { expected_file = \"expected.dat\";");
    Write(scratch / "design/expected.dat",
          "3 1 -1 -5 3 1 -1 -5 3 1 -1 -5\n3 1 -1 -5 3 1 -1 -5 3 1 -1 "
          "-7\n");
    Write(scratch / "frames.dat", "1 2 3 4 5 6 7 8 9 10 11 12\n-1 0 99 -99 5 4 3 2 1 0 7 8\n");
    Log log;
    weir_simulation *simulation = weir_simulation_open(Design().c_str(), log);
    ASSERT_NE(simulation, nullptr) << log.Text();
    EXPECT_EQ(weir_simulation_inputs(simulation), 12u);
    EXPECT_EQ(weir_simulation_outputs(simulation), 12u);
    EXPECT_EQ(weir_simulation_load_frames(simulation, (scratch / "frames.dat").c_str(), 0, log),
              WEIR_OK)
        << log.Text();
    EXPECT_EQ(weir_simulation_compile(simulation, (scratch / "compiled").c_str(), log), WEIR_OK);
    weir_outcome *outcome = nullptr;
    EXPECT_EQ(weir_simulation_run(simulation, &outcome, log), WEIR_OK) << log.Text();
    ASSERT_NE(outcome, nullptr);
    char *report = weir_outcome_report(outcome, "text");
    EXPECT_NE(std::string(report).find("over 2 frames: arg-max equal in 2/2, largest error 2\n"),
              std::string::npos)
        << report;
    free(report);
    const float *values = weir_outcome_values(outcome, 1);
    ASSERT_NE(values, nullptr);
    EXPECT_EQ(std::vector<float>(values, values + 4), (std::vector<float>{3, 1, -1, -5}));
    weir_outcome_free(outcome);
    weir_simulation_close(simulation);
}

/* Plain values: all inputs with the start, each output of the cycle of its own strobe. */
TEST_F(Import, PlainValuesAreOneBeat) {
    fs::path solution = scratch / "values";
    Write(solution / "syn/verilog/values.v",
          "module values (input wire ap_clk, input wire ap_rst, input wire ap_start,\n"
          " output wire ap_done, output wire ap_idle, output wire ap_ready, input wire [31:0] x,\n"
          " input wire x_ap_vld, output wire [15:0] y, output wire y_ap_vld,\n"
          " output wire [15:0] z, output wire z_ap_vld);\n"
          " reg [3:0] state = 1; reg [15:0] a, b;\n"
          " assign ap_idle = state[0] & ~ap_start; assign ap_done = state[3];\n"
          " assign ap_ready = state[3]; assign y = a; assign y_ap_vld = state[2];\n"
          " assign z = a + b; assign z_ap_vld = state[3];\n"
          " always @(posedge ap_clk) begin\n"
          "  if (ap_rst) state <= 1;\n"
          "  else if (state[0] ? ap_start & x_ap_vld : 1'b1) state <= {state[2:0], state[3]};\n"
          "  if (state[0]) {b, a} <= x;\n"
          "  if (state[2]) a <= 16'h0100;\n"
          " end\nendmodule\n");
    std::string said = Take(solution, true);
    EXPECT_NE(said.find("values/syn/report: no csynth.xml of \"values\""), std::string::npos)
        << said;
    Change("name = \"values_out_sink\";",
           "name = \"values_out_sink\"; lanes = 2; type = \"ap_fixed<16,16>\";");
    outputs = 2;
    ExpectAgreement(Setting(), 6, false);
    ExpectAgreement(Setting().Pulsed().Seed(5), 6, false);
    EXPECT_EQ(Simulate("rtl", Setting()).interval_ps, 4 * 5000u);
}

/* A faster process behind CDC FIFOs: the stitched top is weir's then, and agrees too. */
TEST_F(Import, AProcessGetsAClockOfItsOwn) {
    Take(Own("branches"));
    Change("name = \"y_sink\";", "name = \"y_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    Change("\\{ name = \"main\";", "{ name = \"fast\"; period_ps = 1700L; }, { name = \"main\";");
    Outcome before = Simulate("rtl", Setting().Pulsed());
    Change("name = \"slow\"; domain = \"main\"", "name = \"slow\"; domain = \"fast\"");
    outputs = 12;
    ExpectAgreement(Setting().Pulsed().Pause("1101"), 6, false);
    Outcome after = Simulate("rtl", Setting().Pulsed());
    EXPECT_LT(after.interval_ps, before.interval_ps);
}

/* Two copies of the slow stage take frames in turn, its tokens of start and of the next one's too. The
 * stitched top is weir's then; the values are those of the design as it was imported. */
TEST_F(Import, CopiesTakeFramesInTurn) {
    Take(Own("branches"));
    Change("name = \"y_sink\";", "name = \"y_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    outputs = 12;
    Outcome once = Simulate("rtl", Setting().Frames(9)), alone = Simulate("stitched", Setting());
    EXPECT_EQ(alone.messages.find("not the vendor's"), std::string::npos) << alone.messages;
    Change("name = \"slow\"; domain = \"main\"", "name = \"slow\"; domain = \"main\"; copies = 2");
    ExpectAgreement(Setting().Pulsed().Pause("1001011").Seed(7), 6, false);
    ExpectAgreement(Setting().Pulsed().Pause("001").Arrival(170000), 6, false);
    Outcome twice = Simulate("rtl", Setting().Frames(9)), own = Simulate("stitched", Setting());
    EXPECT_NE(own.messages.find("weir's own FIFOs, distributors and collectors, not the vendor's"),
              std::string::npos)
        << own.messages;
    /* The one takes 36 cycles; the pipeline that does not flush keeps the last frame for ever. */
    ASSERT_GT(twice.times.size(), 11u);
    EXPECT_EQ(once.times[11] - once.times[7], 2 * 36 * 4000u); /* out of frames 3 to 5 */
    EXPECT_EQ(twice.times[11] - twice.times[7], 51 * 4000u);   /* others bind then */
    EXPECT_EQ(once.frames, 8u);
    size_t values = std::min(once.values.size(), twice.values.size());
    EXPECT_GE(values, 7u * outputs);
    for (size_t v = 0; v < values; v++)
        EXPECT_EQ(once.values[v], twice.values[v]) << v;
}

/* Copies of every process but the host, three of one of them: channels between two that are copied. */
TEST_F(Import, CopiesOfAllProcesses) {
    Take(Own("branches"));
    Change("name = \"y_sink\";", "name = \"y_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    outputs = 12;
    Outcome once = Simulate("rtl", Setting().Pulsed());
    Change("(name = \"(split|slow|merge)\"); domain", "$1; copies = 2; domain");
    Change("(name = \"fast\"); domain", "$1; copies = 3; domain");
    ExpectAgreement(Setting().Pulsed().Pause("1101"), 6, false);
    EXPECT_EQ(Simulate("rtl", Setting().Pulsed()).values, once.values);
    Change("name = \"host\"; domain", "name = \"host\"; copies = 2; domain");
    Log log;
    weir_simulation *simulation = weir_simulation_open(Design().c_str(), log);
    ASSERT_NE(simulation, nullptr) << log.Text();
    EXPECT_EQ(weir_simulation_compile(simulation, (scratch / "compiled").c_str(), log),
              WEIR_BAD_INPUT);
    EXPECT_NE(log.Text().find("process \"host\": 2 copies, but it is the testbench"),
              std::string::npos)
        << log.Text();
    weir_simulation_close(simulation);
}

/* A FIFO that takes no two words in a row, and a process that would write them: the vendor's top has it
 * as it is, weir's, where storage differs, has it too. */
TEST_F(Import, AGapBetweenWritesIsInEveryTop) {
    fs::path copy = scratch / "copy";
    fs::create_directories(copy);
    fs::copy(Own("branches"), copy,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::path top = copy / "syn/verilog/branches.v";
    Write(top, std::regex_replace(Read(top), std::regex("II\\(3\\)"), "II(1)"));
    Take(copy);
    Change("name = \"y_sink\";", "name = \"y_sink\"; lanes = 1; type = \"ap_fixed<16,16>\";");
    EXPECT_NE(Read(scratch / "design/import.cfg").find("shallow_gap = 2"), std::string::npos);
    outputs = 12;
    ExpectAgreement(Setting().Pulsed().Pause("0001"), 6, false);
    Change("\\{ name = \"b\"; depth = 4; storage = \"srl\"",
           "{ name = \"b\"; depth = 4; storage = \"bram\"");
    ExpectAgreement(Setting().Pulsed(), 6, false);
    ExpectAgreement(Setting().Pulsed().Gaps("1110").Pause("000000000001111"), 6, false);
    EXPECT_NE(Read(scratch / "compiled/rtl/weir_top.sv").find("weir_fifo_gap #(.GAP(2)) gap_c"),
              std::string::npos);
}

TEST_F(Import, BadInputIsNamed) {
    auto fails = [&](const fs::path &solution) { return Take(solution, false, WEIR_BAD_INPUT); };
    auto has = [](const std::string &text, const std::string &part) {
        EXPECT_NE(text.find(part), std::string::npos) << text;
    };
    fs::path copy = scratch / "copy";
    has(fails(copy), "no such folder; needs an HLS solution");
    fs::create_directories(copy / "syn/vhdl");
    has(fails(copy), "VHDL only (syn/vhdl)");
    fs::remove_all(copy);
    fs::create_directories(copy / "impl");
    has(fails(copy), "no syn/verilog or impl/verilog");

    fs::copy(Own("branches"), copy,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::path verilog = copy / "syn/verilog";
    fs::remove(verilog / "br_factors.dat");
    has(fails(copy), "br_factors.dat: module \"br_factors\" reads its memory from this file");
    Write(verilog / "br_factors.dat", Read(Own("branches") / "syn/verilog/br_factors.dat"));
    fs::remove(verilog / "br_merge.v");
    has(fails(copy), "module \"br_merge\" of instance \"merge_U0\": none of the files holds it");

    Write(copy / "syn/verilog/branches.v",
          "module branches (input wire ap_clk, input wire ap_rst, input wire ap_start,\n"
          " output wire ap_done, output wire m_axi_gmem_AWVALID, input wire [7:0] x);\n"
          " assign ap_done = ap_start; assign m_axi_gmem_AWVALID = x[0];\nendmodule\n");
    has(fails(copy), "port \"m_axi_gmem_AWVALID\" is of an AXI memory master (m_axi)");
    Write(copy / "syn/verilog/branches.v",
          "module branches (input wire ap_clk, input wire ap_rst, input wire ap_start,\n"
          " output reg ap_done, output wire ap_ready, input wire [7:0] x, output reg [7:0] y);\n"
          " reg [2:0] ap_CS_fsm; assign ap_ready = ap_done;\n"
          " always @(posedge ap_clk) begin ap_CS_fsm <= ap_start; ap_done <= ap_CS_fsm[0];\n"
          " y <= x; end\nendmodule\n");
    has(fails(copy), "top \"branches\" is no dataflow region");
}

/* What a certification says of each process: "name verdict". */
std::string Certified(const std::string &design, uint32_t cases, uint32_t whole_cases) {
    Log log;
    weir_simulation *simulation = weir_simulation_open(design.c_str(), log);
    EXPECT_NE(simulation, nullptr) << log.Text();
    if (simulation == nullptr) return "";
    EXPECT_EQ(weir_simulation_compile(simulation, (design + "/compiled").c_str(), log), WEIR_OK)
        << log.Text();
    weir_certify_request request = {};
    request.seed = 5;
    request.frames = 4;
    request.cases = cases;
    request.whole_cases = whole_cases;
    weir_answer *answer = nullptr;
    EXPECT_EQ(weir_simulation_certify(simulation, &request, &answer, log), WEIR_OK) << log.Text();
    std::string text = answer != nullptr ? weir_answer_form(answer, "text") : "";
    weir_answer_free(answer);
    weir_simulation_close(simulation);
    std::string said;
    std::istringstream lines(text);
    std::smatch m;
    for (std::string line; std::getline(lines, line);)
        if (std::regex_match(line, m, std::regex("  (\\w+) +(exact|RTL only|different) .*")))
            said += m[1].str() + " " + m[2].str() + "; ";
    return said;
}

/* Tokens that are waited for and taken later, starts that are handed on ahead of data, register slices
 * at the border. A pipeline that does not collapse bubbles fits no class, nor does one that drains
 * between frames alone. */
TEST_F(Import, ClassesAreFitted) {
    Take(Own("branches"));
    EXPECT_EQ(Certified(Design(), 100, 5),
              "split exact; slow RTL only; fast RTL only; merge exact; host exact; branches RTL "
              "only; ");
    Change("start = \"held\"", "start = \"pulsed\"");
    EXPECT_EQ(Certified(Design(), 100, 5),
              "split exact; slow RTL only; fast RTL only; merge exact; host exact; branches RTL "
              "only; ");
}

/* Copies, and what deals to them, alone as well: what the copies have is a frame of theirs. */
TEST_F(Import, ClassesOfCopiesAreFitted) {
    Take(Own("branches"));
    Change("(name = \"merge\"); domain", "$1; copies = 2; domain");
    EXPECT_EQ(
        Certified(Design(), 20, 1),
        "split exact; slow RTL only; fast RTL only; merge_copy0 exact; host exact; merge_copy1 "
        "exact; c_distribute exact; d_distribute exact; start_merge_distribute exact; "
        "ap_done_collect exact; y_collect exact; branches RTL only; ");
}

/* Classes that were found are there when the design is opened again, for replay under other settings. */
TEST_F(Import, ReplayIsTheRtlOnceClassesAreFound) {
    Take(Own("sums"));
    Outcome refused = Simulate("replay", Setting());
    EXPECT_EQ(refused.status, WEIR_BAD_INPUT);
    for (const char *process : {"split", "scale", "merge"})
        EXPECT_NE(refused.messages.find("error: process \"" + std::string(process) +
                                        "\": its timing class is not known"),
                  std::string::npos)
            << refused.messages;
    ASSERT_EQ(Certified(Design(), 100, 20),
              "split exact; scale exact; merge exact; host exact; sums exact; ");
    auto agree = [&](const Setting &setting) {
        SCOPED_TRACE("start " + setting.start + ", gaps " + setting.gaps + ", pause " +
                     setting.pause + ", depth " + std::to_string(setting.depth));
        Outcome rtl = Simulate("rtl", setting), replay = Simulate("replay", setting);
        EXPECT_EQ(replay.status, WEIR_OK) << replay.messages;
        EXPECT_EQ(rtl.frames, setting.frames);
        EXPECT_EQ(rtl.times, replay.times);
        EXPECT_FALSE(rtl.trace.empty());
        EXPECT_TRUE(rtl.trace == replay.trace);
        return rtl.interval_ps;
    };
    fifos = {"a", "b", "c"};
    auto all = [&] {
        agree(Setting());
        agree(Setting().Frames(40).Seed(3));
        agree(Setting().Pulsed().Pause("1001011").Gaps("10110"));
        agree(Setting().Depth(2).Gaps("1101").Pause("011"));
        agree(Setting().Pulsed().Depth(9).Arrival(170000));
    };
    all();
    uint64_t before = agree(Setting());
    Change("\\{ name = \"main\";", "{ name = \"fast\"; period_ps = 1700L; }, { name = \"main\";");
    Change("name = \"scale\"; domain = \"main\"", "name = \"scale\"; domain = \"fast\"");
    all();
    EXPECT_LT(agree(Setting()), before) << "the faster clock matters";
}

/* Copies have the class of what they are copies of, and what deals their frames out has its own. */
TEST_F(Import, CopiesAreReplayed) {
    Take(Own("sums"));
    Certified(Design(), 100, 1);
    Change("name = \"scale\"; domain = \"main\"",
           "name = \"scale\"; domain = \"main\"; copies = 2");
    EXPECT_EQ(Simulate("rtl", Setting().Frames(9)).times,
              Simulate("replay", Setting().Frames(9)).times);
    EXPECT_EQ(Certified(Design(), 40, 20),
              "split exact; scale_copy0 exact; merge exact; host exact; scale_copy1 exact; "
              "a_distribute exact; c_collect exact; start_scale_distribute exact; sums exact; ");
    for (const char *pause : {"", "1011", "001"}) {
        Setting setting;
        setting.Frames(9).Pause(pause).Gaps("110");
        Outcome rtl = Simulate("rtl", setting), replay = Simulate("replay", setting);
        EXPECT_EQ(rtl.frames, 9u);
        EXPECT_EQ(rtl.times, replay.times) << replay.messages;
        EXPECT_TRUE(rtl.trace == replay.trace);
    }
}

TEST_F(Import, ClassesBelongToTheRtlTheyWereFoundOn) {
    Take(Own("sums"));
    ASSERT_EQ(Certified(Design(), 100, 20),
              "split exact; scale exact; merge exact; host exact; sums exact; ");
    fs::path changed;
    for (const auto &entry : fs::recursive_directory_iterator(scratch / "design/rtl"))
        if (entry.path().filename() == "su_scale.v") changed = entry.path();
    ASSERT_FALSE(changed.empty());
    std::string text = Read(changed);
    Write(changed, text + "// changed\n");
    Outcome refused = Simulate("replay", Setting());
    EXPECT_EQ(refused.status, WEIR_BAD_INPUT);
    for (const char *said :
         {"process \"scale\": its RTL has changed since its timing class was found",
          "error: process \"scale\": its timing class is not known"})
        EXPECT_NE(refused.messages.find(said), std::string::npos) << refused.messages;
    EXPECT_EQ(refused.messages.find("split"), std::string::npos) << refused.messages;
    Write(changed, text);
    EXPECT_EQ(Simulate("replay", Setting()).status, WEIR_OK);
    /* A file that is no such file is one without classes. */
    Write(scratch / "design/schedules.weir", "no schedules");
    refused = Simulate("replay", Setting());
    EXPECT_EQ(refused.status, WEIR_BAD_INPUT);
    EXPECT_NE(refused.messages.find("warning: "), std::string::npos) << refused.messages;
    EXPECT_NE(refused.messages.find("timing classes are left out"), std::string::npos);
}

TEST_F(Import, SizedDepthsKeepTheInterval) {
    Take(Own("sums"));
    ASSERT_EQ(Certified(Design(), 100, 20),
              "split exact; scale exact; merge exact; host exact; sums exact; ");
    Log log;
    weir_simulation *simulation = weir_simulation_open(Design().c_str(), log);
    ASSERT_NE(simulation, nullptr) << log.Text();
    ASSERT_EQ(weir_simulation_compile(simulation, (scratch / "compiled").c_str(), log), WEIR_OK);
    weir_size_request request = {};
    weir_answer *answer = nullptr;
    EXPECT_EQ(weir_simulation_size(simulation, &request, &answer, log), WEIR_OK) << log.Text();
    ASSERT_NE(answer, nullptr);
    std::string sized = weir_answer_form(answer, "cfg");
    weir_answer_free(answer);
    weir_simulation_close(simulation);
    uint64_t before = Simulate("rtl", Setting().Frames(30)).interval_ps;
    std::regex list("fifos = \\([^)]*\\);");
    std::smatch fifos_of;
    ASSERT_TRUE(std::regex_search(sized, fifos_of, list)) << sized;
    std::string path = (scratch / "design/design.cfg").string();
    std::string design = Read(path);
    Write(path, std::regex_replace(design, list, fifos_of[0].str()));
    Outcome rtl = Simulate("rtl", Setting().Frames(30));
    EXPECT_EQ(rtl.interval_ps, before) << rtl.messages;
    EXPECT_EQ(rtl.times, Simulate("replay", Setting().Frames(30)).times);
}

TEST_F(Import, FetchedDesignIsExactThroughout) {
    const char *folder = std::getenv("WEIR_CNN4HW");
    if (folder == nullptr)
        GTEST_SKIP() << "set WEIR_CNN4HW to a copy of the public repository albertc9/CNN4HW";
    Take(fs::path(folder) / "hls_cnn_2d_100s_1.0/hls_cnn_2d_100s_prj/solution1");
    const char *exact = "conv_2d_cl_config2 exact; relu_config3 exact; conv_2d_cl_config4 exact; "
                        "relu_config5 exact; dense_config7 exact; sigmoid_config8 exact; host "
                        "exact; hls_cnn_2d_100s exact; ";
    EXPECT_EQ(Certified(Design(), 60, 40), exact);
    Change("start = \"held\"", "start = \"pulsed\"");
    EXPECT_EQ(Certified(Design(), 60, 40), exact);
    /* Two of the first convolution: half the interval, and the whole is exact still. */
    Change("(name = \"conv_2d_cl_config2\"); domain", "$1; copies = 2; domain");
    for (const char *start : {"held", "pulsed"}) {
        Change("start = \"[a-z]*\"", std::string("start = \"") + start + "\"");
        std::string all = Certified(Design(), 10, 40);
        EXPECT_NE(all.find("hls_cnn_2d_100s exact; "), std::string::npos) << all;
        EXPECT_EQ(all.find("only"), std::string::npos) << all;
    }
    Outcome twice = Simulate("rtl", Setting().Frames(8));
    EXPECT_EQ(twice.times[13] - twice.times[9], 5000u * 6146); /* out of frames 4 to 6 */
}

/* Designs of others are fetched by whoever tests them, and are not part of this repository. */
TEST_F(Import, FetchedDesignGivesItsCosimulatedTimes) {
    const char *folder = std::getenv("WEIR_CNN4HW");
    if (folder == nullptr)
        GTEST_SKIP() << "set WEIR_CNN4HW to a copy of the public repository albertc9/CNN4HW";
    const struct {
        const char *version;
        uint64_t latency_cycles;
    } designs[] = {{"1.0", 7197}, {"1.1", 9173}};
    for (const auto &design : designs) {
        std::string name = std::string("hls_cnn_2d_100s_") + design.version;
        Take(fs::path(folder) / name / "hls_cnn_2d_100s_prj/solution1");
        Outcome rtl = Simulate("rtl", Setting().Frames(5));
        EXPECT_EQ(rtl.latency_ps, 5000 * design.latency_cycles);
        EXPECT_EQ(rtl.interval_ps, 5000u * 6146);
        EXPECT_EQ(rtl.bottleneck, "conv_2d_cl_config2");
        fifos = {"layer2_out", "layer3_out", "layer4_out", "layer5_out"};
        /* Parameter DEPTH 2 of the vendor's memory FIFOs: with the output register, 3 beats. */
        if (design.latency_cycles == 7197) {
            EXPECT_EQ(Simulate("rtl", Setting().Depth(3).Frames(5)).interval_ps, 5000u * 7072);
        }
        Outcome stitched = Simulate("stitched", Setting().Frames(5));
        EXPECT_EQ(rtl.times, stitched.times);
        EXPECT_TRUE(rtl.trace == stitched.trace);
    }
}

} // namespace
