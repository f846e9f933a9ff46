/* A design inside a SystemC platform gives the values and the times that it gives on its own.
 * SystemC elaborates once in the life of a program, so there is one test. */
#include "api/weir_stimulus.h"
#include "api/weir_systemc.h"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

const unsigned n_frames = 4;
const std::string path = WEIR_SOURCE_DIR "/configs/designs/digits.cfg";

struct pusher : sc_core::sc_module {
    sc_core::sc_fifo_out<weir::beat> out;
    std::vector<weir::beat> beats;

    explicit pusher(sc_core::sc_module_name name) : sc_core::sc_module(name), out("out") {
        SC_HAS_PROCESS(pusher);
        SC_THREAD(run);
    }
    void run() {
        for (const weir::beat &beat : beats)
            out.write(beat);
    }
};

struct puller : sc_core::sc_module {
    sc_core::sc_fifo_in<weir::beat> in;
    std::vector<weir::beat> beats;
    std::vector<uint64_t> times;
    size_t wanted = 0;

    explicit puller(sc_core::sc_module_name name) : sc_core::sc_module(name), in("in") {
        SC_HAS_PROCESS(puller);
        SC_THREAD(run);
    }
    void run() {
        while (beats.size() < wanted) {
            beats.push_back(in.read());
            times.push_back(sc_core::sc_time_stamp().value());
        }
        sc_core::sc_pause();
    }
};

TEST(Embedding, EqualsTheDesignOnItsOwn) {
    std::string folder = testing::TempDir() + "weir-embedding-" + std::to_string(getpid());
    EXPECT_THROW(weir::design_module("wrong", "/nowhere.onnx", folder), std::runtime_error);

    sc_core::sc_fifo<weir::beat> input("input", 64), output("output", 4);
    weir::design_module design("design", path, folder);
    pusher pusher("pusher");
    puller puller("puller");
    pusher.out(input);
    design.in(input);
    design.out(output);
    puller.in(output);
    std::vector<float> frames(n_frames * design.inputs());
    for (size_t i = 0; i < frames.size(); i++)
        frames[i] = (float)(i * 37 % 101) / 101.0f - 0.3f;
    for (unsigned f = 0; f < n_frames; f++) {
        auto at = frames.begin() + f * design.inputs();
        for (weir::beat &beat : design.split({at, at + design.inputs()}))
            pusher.beats.push_back(beat);
    }
    const size_t frame_beats = design.outputs() / design.out_lanes();
    puller.wanted = n_frames * frame_beats;
    sc_core::sc_start();
    ASSERT_EQ(puller.beats.size(), puller.wanted);
    weir_outcome *inside = design.finish();
    ASSERT_NE(inside, nullptr);

    weir_messages *log = weir_messages_new();
    weir_simulation *alone = weir_simulation_open(path.c_str(), log);
    ASSERT_NE(alone, nullptr);
    weir_outcome *outcome = nullptr;
    /* The platform's first beat is there a delta cycle after edge 0: in time for edge 1. */
    std::string arrivals = folder + "/arrivals.txt";
    std::ofstream(arrivals) << "4000\n4000\n4000\n4000\n";
    weir_simulation_set_arrival_file(alone, arrivals.c_str());
    weir_simulation_set_frames(alone, frames.data(), n_frames, log);
    ASSERT_EQ(weir_simulation_compile(alone, folder.c_str(), log), WEIR_OK);
    ASSERT_EQ(weir_simulation_run(alone, &outcome, log), WEIR_OK);
    EXPECT_EQ(weir_outcome_summary(inside).frames, n_frames);
    for (unsigned f = 0; f < n_frames; f++) {
        auto at = puller.beats.begin() + (std::ptrdiff_t)(f * frame_beats);
        std::vector<float> values = design.join({at, at + (std::ptrdiff_t)frame_beats});
        for (size_t i = 0; i < values.size(); i++)
            EXPECT_EQ(values[i], weir_outcome_values(outcome, f)[i]) << f << " " << i;
        uint64_t last = weir_outcome_frame(outcome, f).last_out_ps;
        EXPECT_EQ(puller.times[(f + 1) * frame_beats - 1], last);
        EXPECT_EQ(weir_outcome_frame(inside, f).last_out_ps, last);
        EXPECT_EQ(weir_outcome_frame(inside, f).first_in_ps,
                  weir_outcome_frame(outcome, f).first_in_ps);
    }
    weir_outcome_free(inside);
    weir_outcome_free(outcome);
    weir_simulation_close(alone);
    weir_messages_free(log);
    std::filesystem::remove_all(folder);
}

} // namespace
