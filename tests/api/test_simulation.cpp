/* The library through its public header alone. */
#include "api/weir.h"
#include "api/weir_resources.h"
#include "api/weir_stimulus.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

const std::string design = WEIR_SOURCE_DIR "/configs/designs/digits.cfg";

class Simulation : public testing::Test {
  protected:
    weir_messages *log = weir_messages_new();
    weir_simulation *simulation = nullptr;
    weir_outcome *outcome = nullptr;
    std::string folder = testing::TempDir() + "weir-api-" + std::to_string(getpid());

    void open() {
        simulation = weir_simulation_open(design.c_str(), log);
        ASSERT_NE(simulation, nullptr) << messages();
    }
    void run() {
        ASSERT_EQ(weir_simulation_compile(simulation, (folder + "/design").c_str(), log), WEIR_OK)
            << messages();
        ASSERT_EQ(weir_simulation_run(simulation, &outcome, log), WEIR_OK) << messages();
    }
    std::string messages() {
        std::string text;
        for (size_t i = 0; i < weir_messages_count(log); i++)
            text += std::string(weir_messages_at(log, i).text) + "\n";
        return text;
    }
    ~Simulation() override {
        weir_outcome_free(outcome);
        weir_simulation_close(simulation);
        weir_messages_free(log);
        std::filesystem::remove_all(folder);
    }
};

TEST_F(Simulation, PowerAndEfficiency) {
    for (const char *name : {"xck26", "xcku115"}) {
        weir_opening opening = {};
        opening.device = name;
        simulation = weir_simulation_open_with(design.c_str(), &opening, log);
        ASSERT_NE(simulation, nullptr) << messages();
        weir_simulation_set_engine(simulation, "replay", log);
        run();
        weir_power_info power = weir_outcome_power(outcome);
        weir_efficiency_info efficiency = weir_outcome_efficiency(outcome);
        ASSERT_TRUE(power.known && efficiency.known);
        EXPECT_LT(power.low_mw, power.dynamic_mw);
        EXPECT_GT(power.high_mw, power.dynamic_mw);
        EXPECT_NEAR(power.clock_mw + power.lut_mw + power.lut_memory_mw + power.ff_mw +
                        power.dsp_mw + power.bram18_mw + power.uram_mw,
                    power.dynamic_mw, 1e-9);
        bool at_rest = std::string(name) == "xck26";
        EXPECT_EQ(power.static_mw > 0, at_rest);
        EXPECT_EQ(efficiency.energy_per_frame_uj > efficiency.dynamic_energy_per_frame_uj, at_rest);
        EXPECT_NEAR(efficiency.dynamic_energy_per_frame_uj * efficiency.frames_per_second,
                    1e3 * power.dynamic_mw, 1e-6 * power.dynamic_mw);
        EXPECT_EQ(efficiency.pixels_per_second, 144 * efficiency.frames_per_second);
        double processes = 0;
        for (uint32_t p = 0; p < weir_outcome_processes(outcome); p++) {
            weir_power_info one = weir_outcome_process_power(outcome, p);
            EXPECT_EQ(one.known, p > 0 && p + 1 < weir_outcome_processes(outcome)) << p;
            processes += one.dynamic_mw;
        }
        EXPECT_GT(processes, 0);
        EXPECT_LT(processes, power.dynamic_mw) << "the FIFOs draw some";
        EXPECT_FALSE(weir_outcome_process_power(outcome, 1000).known);
        weir_outcome_free(outcome);
        weir_simulation_close(simulation);
        outcome = nullptr;
        simulation = nullptr;
    }
    open();
    weir_simulation_set_engine(simulation, "replay", log);
    run();
    EXPECT_FALSE(weir_outcome_power(outcome).known) << "no device";
    EXPECT_FALSE(weir_outcome_efficiency(outcome).known);
}

TEST_F(Simulation, CostsAndWhatDoesNotFit) {
    std::filesystem::create_directories(folder);
    std::string device = folder + "/small.cfg";
    std::ofstream(device)
        << "name = \"small\"; family = \"xcup\"; lut = 90000; ff = 90000; bram36 = "
           "9;\ndsp = { count = 100; a_bits = 27; b_bits = 18; sum_bits = 48; };\n";
    weir_opening opening = {};
    opening.device = device.c_str();
    simulation = weir_simulation_open_with(design.c_str(), &opening, log);
    ASSERT_NE(simulation, nullptr) << messages();
    EXPECT_EQ(weir_simulation_set_resources(simulation, "magic", log), WEIR_BAD_INPUT);
    EXPECT_EQ(messages(), "resources \"magic\" is unknown; there are: synthesis, estimate, none\n");
    weir_simulation_random_frames(simulation, 1, 1, log);
    ASSERT_EQ(weir_simulation_compile(simulation, (folder + "/design").c_str(), log), WEIR_OK);
    EXPECT_EQ(weir_simulation_run(simulation, &outcome, log), WEIR_NO_FIT);
    ASSERT_NE(outcome, nullptr) << "the run itself was fine";
    EXPECT_EQ(weir_messages_count(log), 2u);
    EXPECT_NE(messages().find("design \"digits\" does not fit small: DSP 101 of 100 (101.0 %): 1 "
                              "too many"),
              std::string::npos)
        << messages();
    weir_cost_info whole = weir_outcome_cost(outcome), sum = {};
    for (uint32_t p = 0; p < weir_outcome_processes(outcome); p++) {
        weir_cost_info cost = weir_outcome_process_cost(outcome, p);
        sum.lut += cost.lut;
        sum.ff += cost.ff;
        sum.dsp += cost.dsp;
    }
    for (uint32_t c = 0; c < weir_outcome_channels(outcome); c++) {
        sum.lut += weir_outcome_channel_cost(outcome, c).lut;
        sum.ff += weir_outcome_channel_cost(outcome, c).ff;
    }
    EXPECT_STREQ(whole.source, "estimate");
    EXPECT_EQ(whole.dsp, 101u);
    EXPECT_EQ(whole.lut, sum.lut);
    EXPECT_EQ(whole.ff, sum.ff);
    EXPECT_STREQ(weir_outcome_process_cost(outcome, 9999).source, "none");
    EXPECT_STREQ(weir_outcome_process_cost(outcome, 0).source, "none") << "a source costs nothing";
}

TEST_F(Simulation, RunsTheCallersFrames) {
    open();
    EXPECT_STREQ(weir_simulation_name(simulation), "digits");
    ASSERT_EQ(weir_simulation_inputs(simulation), 144u);
    ASSERT_EQ(weir_simulation_outputs(simulation), 10u);
    std::vector<float> frames(3 * 144, 0.25f);
    ASSERT_EQ(weir_simulation_set_frames(simulation, frames.data(), 3, log), WEIR_OK);
    run();
    weir_summary summary = weir_outcome_summary(outcome);
    EXPECT_EQ(summary.frames, 3u);
    EXPECT_EQ(summary.mismatches, 0u);
    EXPECT_EQ(summary.beats_checked, 3u * 564);
    EXPECT_STREQ(summary.bottleneck, "conv2");
    EXPECT_FALSE(summary.deadlock);
    for (uint64_t f = 0; f < 3; f++) { /* equal frames give equal probabilities, of sum 1 */
        const float *values = weir_outcome_values(outcome, f);
        ASSERT_NE(values, nullptr);
        float sum = 0;
        for (int i = 0; i < 10; i++) {
            EXPECT_EQ(values[i], weir_outcome_values(outcome, 0)[i]);
            sum += values[i];
        }
        EXPECT_NEAR(sum, 1, 0.02);
        EXPECT_GT(weir_outcome_frame(outcome, f).last_out_ps,
                  weir_outcome_frame(outcome, f).first_in_ps);
    }
    EXPECT_EQ(weir_outcome_values(outcome, 3), nullptr);
    EXPECT_EQ(weir_outcome_processes(outcome), weir_outcome_channels(outcome) + 1);
    EXPECT_EQ(weir_outcome_process(outcome, 1000).name, nullptr);
}

TEST_F(Simulation, SavesAndLoads) {
    open();
    ASSERT_EQ(weir_simulation_random_frames(simulation, 2, 9, log), WEIR_OK);
    run();
    ASSERT_EQ(weir_outcome_save(outcome, folder.c_str(), log), WEIR_OK) << messages();
    weir_outcome *again = weir_outcome_load(folder.c_str(), log);
    ASSERT_NE(again, nullptr) << messages();
    for (const char *format : {"text", "json", "csv"}) {
        char *a = weir_outcome_report(outcome, format), *b = weir_outcome_report(again, format);
        EXPECT_STREQ(a, b);
        free(a);
        free(b);
    }
    EXPECT_EQ(weir_outcome_report(again, "pdf"), nullptr);
    EXPECT_EQ(weir_outcome_values(again, 0), nullptr);
    std::string vcd = folder + "/a.vcd";
    EXPECT_EQ(weir_outcome_wave(again, "vcd", vcd.c_str(), log), WEIR_OK) << messages();
    EXPECT_GT(std::filesystem::file_size(vcd), 1000u);
    EXPECT_EQ(weir_outcome_wave(again, "svg", vcd.c_str(), log), WEIR_BAD_INPUT);
    weir_outcome_free(again);
}

TEST_F(Simulation, ChangesOfTheDesignTakeEffect) {
    open();
    ASSERT_EQ(weir_simulation_random_frames(simulation, 4, 1, log), WEIR_OK);
    run();
    uint64_t before = weir_outcome_summary(outcome).steady_interval_ps;
    weir_outcome_free(outcome);
    ASSERT_EQ(weir_simulation_set_period(simulation, "image", 2000, log), WEIR_OK);
    ASSERT_EQ(weir_simulation_set_depth(simulation, "conv1_out", 9, log), WEIR_OK);
    EXPECT_EQ(weir_simulation_run(simulation, &outcome, log), WEIR_USAGE) << "not compiled again";
    run();
    EXPECT_NEAR((double)weir_outcome_summary(outcome).steady_interval_ps, before / 2.0,
                before * 0.01);
    for (uint32_t c = 0; c < weir_outcome_channels(outcome); c++)
        if (std::string(weir_outcome_channel(outcome, c).name) == "conv1_out") {
            EXPECT_EQ(weir_outcome_channel(outcome, c).depth, 9u);
        }
}

TEST_F(Simulation, BothEnginesAgree) {
    open();
    run();
    weir_outcome *other = nullptr;
    ASSERT_EQ(weir_simulation_set_engine(simulation, "stitched", log), WEIR_OK);
    ASSERT_EQ(weir_simulation_run(simulation, &other, log), WEIR_OK) << messages();
    ASSERT_EQ(weir_outcome_summary(other).frames, 10u);
    for (uint64_t f = 0; f < 10; f++) {
        EXPECT_EQ(weir_outcome_frame(outcome, f).first_in_ps,
                  weir_outcome_frame(other, f).first_in_ps);
        EXPECT_EQ(weir_outcome_frame(outcome, f).last_out_ps,
                  weir_outcome_frame(other, f).last_out_ps);
    }
    weir_outcome_free(other);
}

TEST_F(Simulation, StopsWhenAskedTo) {
    open();
    volatile int stop = 0;
    weir_simulation_set_stop(simulation, &stop);
    run(); /* builds what is missing */
    weir_outcome_free(outcome);
    outcome = nullptr;
    stop = 1;
    ASSERT_EQ(weir_simulation_random_frames(simulation, 2000, 1, log), WEIR_OK);
    weir_status status = weir_simulation_run(simulation, &outcome, log);
    if (outcome != nullptr) {
        EXPECT_TRUE(weir_outcome_summary(outcome).partial);
        EXPECT_LT(weir_outcome_summary(outcome).frames, 2000u);
    } else {
        EXPECT_EQ(status, WEIR_BAD_INPUT);
    }
}

const std::string skip = WEIR_SOURCE_DIR "/configs/networks/skip.onnx";

TEST_F(Simulation, OpensWithACropAndATarget) {
    simulation = weir_simulation_open(skip.c_str(), log);
    ASSERT_NE(simulation, nullptr) << messages();
    uint64_t inputs = weir_simulation_inputs(simulation);
    weir_simulation_close(simulation);
    weir_opening opening{};
    opening.crop_rows = opening.crop_columns = 8;
    opening.target_fps = 100000;
    simulation = weir_simulation_open_with(skip.c_str(), &opening, log);
    ASSERT_NE(simulation, nullptr) << messages();
    EXPECT_EQ(weir_simulation_inputs(simulation), inputs / 4);
    ASSERT_EQ(weir_simulation_compile(simulation, folder.c_str(), log), WEIR_OK) << messages();
    weir_simulation_close(simulation);
    /* The folder keeps what it was opened with; another crop makes it another design. */
    simulation = weir_simulation_open_with(folder.c_str(), &opening, log);
    ASSERT_NE(simulation, nullptr) << messages();
    EXPECT_STREQ(weir_simulation_folder(simulation), folder.c_str());
    EXPECT_EQ(weir_simulation_inputs(simulation), inputs / 4);
    weir_simulation_close(simulation);
    opening.crop_rows = 16;
    simulation = weir_simulation_open_with(folder.c_str(), &opening, log);
    ASSERT_NE(simulation, nullptr) << messages();
    EXPECT_EQ(weir_simulation_folder(simulation), nullptr);
    EXPECT_EQ(weir_simulation_inputs(simulation), inputs / 2);
}

TEST_F(Simulation, OpeningsAreChecked) {
    weir_opening opening{};
    opening.target_fps = 5;
    opening.target_interval_cycles = 5;
    EXPECT_EQ(weir_simulation_open_with(skip.c_str(), &opening, log), nullptr);
    opening.target_fps = -1;
    EXPECT_EQ(weir_simulation_open_with(skip.c_str(), &opening, log), nullptr);
    opening.target_fps = 0;
    opening.target_interval_cycles = UINT64_MAX;
    EXPECT_EQ(weir_simulation_open_with(skip.c_str(), &opening, log), nullptr);
    EXPECT_EQ(weir_messages_count(log), 3u) << messages();
}

TEST_F(Simulation, ReportsProgress) {
    open();
    ASSERT_EQ(weir_simulation_random_frames(simulation, 2, 1, log), WEIR_OK);
    std::vector<weir_work> works;
    weir_simulation_set_progress(
        simulation,
        [](void *to, const weir_work *work) {
            static_cast<std::vector<weir_work> *>(to)->push_back(*work);
        },
        &works);
    run();
    uint64_t cycles = 0;
    for (const weir_work &work : works) {
        EXPECT_LE(work.done, work.total);
        EXPECT_GE(work.share, 0);
        EXPECT_LE(work.share, 1);
        EXPECT_GE(work.cycles, cycles);
        cycles = work.cycles;
    }
    ASSERT_FALSE(works.empty());
    EXPECT_STREQ(works.back().what, "simulating");
    EXPECT_EQ(works.back().done, 2u);
    EXPECT_EQ(works.back().share, 1);
    EXPECT_GT(cycles, 0u);
}

TEST_F(Simulation, BadInputIsReported) {
    EXPECT_EQ(weir_simulation_open("/nowhere/x.onnx", log), nullptr);
    EXPECT_EQ(weir_outcome_load("/nowhere", log), nullptr);
    open();
    EXPECT_EQ(weir_simulation_set_depth(simulation, "conv1_out", 0, log), WEIR_BAD_INPUT);
    EXPECT_EQ(weir_simulation_set_period(simulation, "main", 100, log), WEIR_BAD_INPUT);
    EXPECT_EQ(weir_simulation_set_engine(simulation, "quick", log), WEIR_BAD_INPUT);
    EXPECT_EQ(weir_simulation_set_sink_pause(simulation, "0", log), WEIR_BAD_INPUT);
    EXPECT_EQ(weir_simulation_set_sink_pause(simulation, "12", log), WEIR_BAD_INPUT);
    EXPECT_EQ(weir_simulation_set_source_pause(simulation, "00", log), WEIR_BAD_INPUT);
    EXPECT_EQ(weir_simulation_random_frames(simulation, 0, 1, log), WEIR_BAD_INPUT);
    EXPECT_EQ(weir_simulation_run(simulation, &outcome, log), WEIR_USAGE);
    EXPECT_EQ(outcome, nullptr);
    ASSERT_EQ(weir_messages_count(log), 10u) << messages();
    EXPECT_STREQ(weir_messages_at(log, 0).level, "error");
    EXPECT_STREQ(weir_messages_at(log, 0).file, "/nowhere/x.onnx");
    EXPECT_STREQ(weir_messages_at(log, 3).text,
                 "clock domain \"main\" is unknown; defined: image, classes");
    EXPECT_EQ(weir_messages_at(log, 99).text, nullptr);
}

TEST(Version, IsThatOfTheProject) {
    EXPECT_STREQ(weir_version(), "0.1.0");
}

} // namespace
