// The builder and its cache: what a model is, what is refused, and what is left behind.
extern "C" {
#include "base/diag.h"
#include "sim/build.h"
}
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;

// A cache of its own, in a folder that goes with the test.
class Build : public testing::Test {
  protected:
    Build() : diag_(weir_diag_new()) {
        std::string pattern = (fs::temp_directory_path() / "weir_build_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        for (const char *name : {"PATH", "XDG_CACHE_HOME", "TMPDIR"})
            if (getenv(name) != nullptr)
                saved_.emplace_back(name, getenv(name));
            else
                unset_.push_back(name);
        setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
        sources_ = {pipe_.c_str(), own_.c_str()};
    }
    ~Build() override {
        for (const auto &[name, value] : saved_)
            setenv(name.c_str(), value.c_str(), 1);
        for (const std::string &name : unset_)
            unsetenv(name.c_str());
        fs::remove_all(folder_);
        weir_diag_free(diag_);
    }

    fs::path cache() const { return folder_ / "weir"; }

    weir_build_request pass() const {
        weir_build_request r{};
        r.module = "sim_pass";
        r.sources = sources_.data();
        r.n_sources = 2;
        r.n_inputs = r.n_outputs = 1;
        r.input_bits[0] = r.output_bits[0] = 16;
        return r;
    }

    std::string messages() const {
        std::string text;
        for (size_t i = 0; i < weir_diag_count(diag_); i++) {
            const weir_diag_item *item = weir_diag_at(diag_, i);
            if (item->file != nullptr)
                text += fs::path(item->file).filename().string() + ":" +
                        std::to_string(item->line) + ": ";
            text += std::string(item->text) + "\n";
        }
        return text;
    }

    std::vector<std::string> left_behind() const {
        std::vector<std::string> names;
        if (fs::exists(cache()))
            for (const auto &entry : fs::directory_iterator(cache()))
                names.push_back(entry.path().filename());
        return names;
    }

    fs::path write(const std::string &name, const std::string &text) const {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }

    weir_diag *diag_;
    fs::path folder_;
    std::vector<std::pair<std::string, std::string>> saved_;
    std::vector<std::string> unset_;
    std::string pipe_ = std::string(WEIR_RTL_FOLDER) + "/weir_pipe.sv";
    std::string own_ = std::string(WEIR_TEST_FOLDER) + "/rtl/sim_processes.sv";
    std::vector<const char *> sources_;
};

std::string state(const weir_rtl_model *model) {
    std::string bytes;
    for (uint32_t i = 0; i < model->n_spans; i++)
        bytes.append(static_cast<const char *>(model->spans[i].bytes), model->spans[i].count);
    return bytes;
}

TEST_F(Build, EqualRequestsAreBuiltOnceAndThenCached) {
    weir_build_request requests[3] = {pass(), pass(), pass()};
    requests[2].module = "sim_up";
    uint64_t total = 0;
    weir_progress progress{};
    progress.context = &total;
    progress.report = [](void *to, const weir_work *work) {
        *static_cast<uint64_t *>(to) = work->total;
    };
    ASSERT_TRUE(weir_build(requests, 3, &progress, diag_)) << messages();
    EXPECT_EQ(total, 2u);
    EXPECT_STREQ(requests[0].object, requests[1].object);
    EXPECT_STRNE(requests[0].object, requests[2].object);
    EXPECT_FALSE(requests[0].cached);
    EXPECT_EQ(left_behind().size(), 2u);
    auto built = fs::last_write_time(requests[0].object);
    ASSERT_TRUE(weir_build(requests, 3, &progress, diag_)) << messages();
    for (const weir_build_request &r : requests)
        EXPECT_TRUE(r.cached);
    EXPECT_EQ(fs::last_write_time(requests[0].object), built);
}

// What a full disc or a copy of the cache can do to a model.
TEST_F(Build, DamagedModelsAreBuiltAgain) {
    const std::function<void(const fs::path &)> damages[] = {
        [](const fs::path &object) { fs::resize_file(object, 5000); },
        [](const fs::path &object) { fs::remove(object); },
        [](const fs::path &object) { std::fstream(object, std::ios::in | std::ios::out) << "?"; },
        [](const fs::path &object) { fs::remove(object.parent_path() / "model.sum"); },
    };
    weir_build_request r = pass();
    ASSERT_TRUE(weir_build(&r, 1, nullptr, diag_)) << messages();
    for (const auto &damage : damages) {
        damage(r.object);
        ASSERT_TRUE(weir_build(&r, 1, nullptr, diag_)) << messages();
        EXPECT_FALSE(r.cached);
        weir_rtl_model *model = weir_model_open(r.object, nullptr, 0, diag_);
        ASSERT_NE(model, nullptr) << messages();
        weir_model_close(model);
        EXPECT_EQ(left_behind().size(), 1u);
        ASSERT_TRUE(weir_build(&r, 1, nullptr, diag_)) << messages();
        EXPECT_TRUE(r.cached);
    }
}

TEST_F(Build, ChangedSourceIsAnotherModel) {
    weir_build_request first = pass(), second = pass();
    fs::path changed = write("changed.sv", [this] {
        std::ifstream in(own_);
        return std::string(std::istreambuf_iterator<char>(in), {}) + "// more\n";
    }());
    const char *sources[] = {pipe_.c_str(), changed.c_str()};
    second.sources = sources;
    ASSERT_TRUE(weir_build(&first, 1, nullptr, diag_)) << messages();
    ASSERT_TRUE(weir_build(&second, 1, nullptr, diag_)) << messages();
    EXPECT_STRNE(first.object, second.object);
}

// A cycle that moves the model changes its state; one in which nothing can move does not.
TEST_F(Build, StateTellsWhetherTheModelMoved) {
    weir_build_request r = pass();
    ASSERT_TRUE(weir_build(&r, 1, nullptr, diag_)) << messages();
    weir_rtl_model *model = weir_model_open(r.object, nullptr, 0, diag_);
    ASSERT_NE(model, nullptr) << messages();
    auto cycle = [&] {
        model->settle(model->self);
        std::string before = state(model);
        model->tick(model->self);
        EXPECT_EQ(*model->clk, 0);
        return before == state(model);
    };
    *model->rst = 1;
    for (int i = 0; i < 4; i++)
        cycle();
    *model->rst = 0;
    EXPECT_TRUE(cycle()); // empty
    *model->inputs[0].valid = 1;
    memcpy(model->inputs[0].data, "\x34\x12", 2);
    EXPECT_FALSE(cycle()); // the beat enters the first stage
    EXPECT_FALSE(cycle()); // and the second, another behind it
    EXPECT_TRUE(cycle());  // full, and the output is not taken
    EXPECT_EQ(*model->inputs[0].ready, 0);
    *model->outputs[0].ready = 1;
    memcpy(model->inputs[0].data, "\x78\x56", 2);
    model->settle(model->self);
    EXPECT_EQ(*model->inputs[0].ready, 1);
    EXPECT_EQ(*model->outputs[0].valid, 1);
    EXPECT_EQ(memcmp(model->outputs[0].data, "\x35\x12", 2), 0);
    EXPECT_FALSE(cycle());
    weir_model_close(model);
}

TEST_F(Build, InstancesOfOneObjectAreApart) {
    weir_build_request r = pass();
    ASSERT_TRUE(weir_build(&r, 1, nullptr, diag_)) << messages();
    weir_rtl_model *a = weir_model_open(r.object, nullptr, 0, diag_);
    weir_rtl_model *b = weir_model_open(r.object, nullptr, 0, diag_);
    ASSERT_TRUE(a != nullptr && b != nullptr && a->self != b->self);
    *a->inputs[0].valid = 1;
    EXPECT_EQ(*b->inputs[0].valid, 0);
    weir_model_close(a);
    weir_model_close(b);
}

TEST_F(Build, MissingToolsAreNamed) {
    setenv("PATH", folder_.c_str(), 1);
    weir_build_request r = pass();
    EXPECT_FALSE(weir_build(&r, 1, nullptr, diag_));
    EXPECT_EQ(messages(), "verilator: not found on PATH; install Debian package verilator\n"
                          "g++: not found on PATH; install Debian package g++\n");
    EXPECT_TRUE(left_behind().empty());
}

TEST_F(Build, VerilatorErrorNamesTheModuleAndQuotesTheFirstMessage) {
    fs::path bad = write("bad.sv", "module bad (input logic clk);\n  assign x = ;\nendmodule\n");
    const char *sources[] = {bad.c_str()};
    weir_build_request r = pass();
    r.module = "bad";
    r.sources = sources;
    r.n_sources = 1;
    EXPECT_FALSE(weir_build(&r, 1, nullptr, diag_));
    EXPECT_EQ(messages().rfind("module \"bad\": verilator: %Error: ", 0), 0u) << messages();
    EXPECT_NE(messages().find("bad.sv:2:"), std::string::npos) << messages();
    EXPECT_TRUE(left_behind().empty());
}

TEST_F(Build, PortsMustBeThereWithTheirWidths) {
    weir_build_request r = pass();
    r.input_bits[0] = 17;
    r.n_outputs = 2;
    r.output_bits[1] = 8;
    EXPECT_FALSE(weir_build(&r, 1, nullptr, diag_));
    EXPECT_EQ(messages(), "module \"sim_pass\": port \"in0_data\" has 16 bits, needs 17\n"
                          "module \"sim_pass\": no port \"out1_valid\" of 1 bits\n"
                          "module \"sim_pass\": no port \"out1_ready\" of 1 bits\n"
                          "module \"sim_pass\": no port \"out1_data\" of 8 bits\n");
    EXPECT_TRUE(left_behind().empty());
}

TEST_F(Build, MissingSourceIsReported) {
    const char *sources[] = {"/nowhere/none.sv"};
    weir_build_request r = pass();
    r.sources = sources;
    r.n_sources = 1;
    EXPECT_FALSE(weir_build(&r, 1, nullptr, diag_));
    EXPECT_NE(messages().find("none.sv"), std::string::npos) << messages();
}

TEST_F(Build, StaleFoldersGoAndLiveOnesStay) {
    pid_t dead = fork();
    if (dead == 0) _exit(0);
    waitpid(dead, nullptr, 0);
    fs::path stale = cache() / ("tmp." + std::to_string(dead) + ".0");
    fs::path live = cache() / ("tmp." + std::to_string(getpid()) + ".0");
    fs::create_directories(stale / "v");
    fs::create_directories(live);
    weir_build_request r = pass();
    ASSERT_TRUE(weir_build(&r, 1, nullptr, diag_)) << messages();
    EXPECT_FALSE(fs::exists(stale));
    EXPECT_TRUE(fs::exists(live));
}

TEST_F(Build, StopEndsTheBuildAndLeavesNothing) {
    static volatile int stop = 1;
    weir_progress progress{};
    progress.stop = &stop;
    weir_build_request r = pass();
    EXPECT_FALSE(weir_build(&r, 1, &progress, diag_));
    EXPECT_TRUE(weir_diag_has_errors(diag_));
    EXPECT_TRUE(left_behind().empty());
}

// A compiler that is killed cannot tidy up after itself.
TEST_F(Build, StopWhileCompilingLeavesNoTemporaryFiles) {
    fs::path temporary = folder_ / "tmp";
    fs::create_directory(temporary);
    setenv("TMPDIR", temporary.c_str(), 1);
    volatile int stop = 0;
    std::atomic<bool> over{false};
    std::thread stopper([&] {
        for (bool compiling = false; !compiling && !over;) {
            for (const std::string &name : left_behind())
                compiling |= fs::exists(cache() / name / "v" / "model.cpp");
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        stop = 1;
    });
    weir_progress progress{};
    progress.stop = &stop;
    weir_build_request r = pass();
    bool built = weir_build(&r, 1, &progress, diag_);
    over = true;
    stopper.join();
    EXPECT_FALSE(built);
    EXPECT_TRUE(left_behind().empty());
    EXPECT_TRUE(fs::is_empty(temporary));
}

struct Image {
    const char *text, *message;
};

TEST_F(Build, RomImages) {
    std::string good;
    for (int i = 0; i < 16; i++)
        good += "12_3" + std::string(1, "0123456789abcdef"[i]) + " // w\n";
    const weir_rom rom{"mem", "", 16, 16};
    weir_build_request r = pass();
    r.module = "sim_lookup";
    r.input_bits[0] = 80;
    r.roms = &rom;
    r.n_roms = 1;
    ASSERT_TRUE(weir_build(&r, 1, nullptr, diag_)) << messages();
    const Image cases[] = {
        {"1\n2\n3g\n", "image.hex:3: ROM \"mem\": \"3g\" is not a hexadecimal word\n"},
        {"1\n2\n", "image.hex:3: ROM \"mem\": 2 words, needs 16\n"},
        {"1\n12345\n", "image.hex:2: ROM \"mem\": word \"12345\" has more than 16 bits\n"},
        {"0 1 2 3 4 5 6 7 8 9 a b c d e f\n\n10\n",
         "image.hex:3: ROM \"mem\": more than 16 words\n"},
    };
    for (const Image &c : cases) {
        fs::path file = write("image.hex", c.text);
        weir_rom filled = rom;
        filled.file = file.c_str();
        weir_diag_free(diag_);
        diag_ = weir_diag_new();
        EXPECT_EQ(weir_model_open(r.object, &filled, 1, diag_), nullptr);
        EXPECT_EQ(messages(), c.message);
    }
    fs::path file = write("image.hex", good);
    weir_rom filled = rom;
    filled.file = file.c_str();
    weir_rtl_model *model = weir_model_open(r.object, &filled, 1, diag_);
    ASSERT_NE(model, nullptr) << messages();
    ASSERT_EQ(model->n_memories, 1u);
    const uint16_t *stored = static_cast<const uint16_t *>(model->memories[0].words);
    EXPECT_EQ(stored[0], 0x1230);
    EXPECT_EQ(stored[15], 0x123f);
    for (uint32_t i = 0; i < model->n_spans; i++) { // a ROM is not part of what a cycle changes
        const char *from = static_cast<const char *>(model->spans[i].bytes);
        EXPECT_TRUE(from + model->spans[i].count <= reinterpret_cast<const char *>(stored) ||
                    from >= reinterpret_cast<const char *>(stored + 16));
    }
    weir_model_close(model);
}

} // namespace
