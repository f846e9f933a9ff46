// The layer compiler from the outside: what a compiled folder holds, that it reads back to the same
// design, that the stitched top is accepted by the synthesis and simulation tools, and that the
// reference inference gives the same beats however it is asked.
extern "C" {
#include "hls/compile.h"
}
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

std::string read(const fs::path &path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

struct Compile : testing::Test {
    weir_diag *diag = weir_diag_new();
    fs::path folder;
    weir_design *design = nullptr;
    weir_compiled *compiled = nullptr;

    Compile() {
        std::string pattern = (fs::temp_directory_path() / "weir_compile_XXXXXX").string();
        folder = mkdtemp(pattern.data());
    }
    ~Compile() override {
        weir_compiled_free(compiled);
        weir_design_free(design);
        weir_diag_free(diag);
        fs::remove_all(folder);
    }
    void load(const std::string &path) {
        design = weir_design_load(path.c_str(), nullptr, diag);
        ASSERT_NE(design, nullptr) << weir_diag_at(diag, 0)->text;
        compiled = weir_compile(design, (folder / "a").c_str(), diag);
        ASSERT_NE(compiled, nullptr) << weir_diag_at(diag, 0)->text;
    }
    void digits() { load(WEIR_SOURCE_DIR "/configs/designs/digits.cfg"); }
};

TEST_F(Compile, FolderHoldsWhatItSays) {
    ASSERT_NO_FATAL_FAILURE(digits());
    for (const char *file :
         {"design.cfg", "network.onnx", "graph.json", "schedules.weir", "rtl/weir_top.sv"})
        EXPECT_TRUE(fs::exists(folder / "a" / file)) << file;
    for (uint32_t p = 0; p < weir_graph_processes(compiled->graph); p++) {
        const weir_process *process = weir_graph_process(compiled->graph, p);
        if (process->kind != WEIR_PROCESS) continue;
        for (uint32_t s = 0; s < process->rtl.n_sources; s++)
            EXPECT_TRUE(fs::exists(process->rtl.sources[s])) << process->rtl.sources[s];
        for (uint32_t r = 0; r < process->rtl.n_roms; r++) {
            std::string text = read(process->rtl.roms[r].file);
            EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), process->rtl.roms[r].words);
        }
    }
}

TEST_F(Compile, FolderReadsBackToTheSameDesign) {
    ASSERT_NO_FATAL_FAILURE(digits());
    weir_design *again = weir_design_load((folder / "a").c_str(), nullptr, diag);
    ASSERT_NE(again, nullptr) << weir_diag_at(diag, 0)->text;
    weir_compiled *twice = weir_compile(again, (folder / "b").c_str(), diag);
    ASSERT_NE(twice, nullptr) << weir_diag_at(diag, 0)->text;
    uint64_t files = 0;
    for (const auto &entry : fs::recursive_directory_iterator(folder / "a")) {
        if (!entry.is_regular_file()) continue;
        fs::path other = folder / "b" / fs::relative(entry.path(), folder / "a");
        EXPECT_EQ(read(entry.path()), read(other)) << other;
        files++;
    }
    EXPECT_GT(files, 10u);
    weir_compiled_free(twice);
    weir_design_free(again);
}

TEST_F(Compile, CompilingAFolderIntoItselfKeepsItsFiles) {
    ASSERT_NO_FATAL_FAILURE(digits());
    fs::path top = folder / "a" / "rtl" / "weir_top.sv";
    std::ofstream(top, std::ios::app) << "// edited\n";
    weir_design *again = weir_design_load((folder / "a").c_str(), nullptr, diag);
    ASSERT_NE(again, nullptr);
    weir_compiled *same = weir_compile(again, (folder / "a").c_str(), diag);
    ASSERT_NE(same, nullptr);
    EXPECT_NE(read(top).find("// edited"), std::string::npos);
    weir_compiled_free(same);
    weir_design_free(again);
}

TEST_F(Compile, AnotherDesignLeavesNothingOfTheFirst) {
    ASSERT_NO_FATAL_FAILURE(digits());
    std::ofstream(folder / "a" / "rtl" / "stale.sv") << "module stale; endmodule\n";
    std::ofstream(folder / "a" / "roms" / "stale.mem") << "0\n";
    std::ofstream(folder / "a" / "notes.txt") << "kept\n";
    weir_compiled *again = weir_compile(design, (folder / "a").c_str(), diag);
    ASSERT_NE(again, nullptr);
    EXPECT_FALSE(fs::exists(folder / "a" / "rtl" / "stale.sv"));
    EXPECT_FALSE(fs::exists(folder / "a" / "roms" / "stale.mem"));
    EXPECT_TRUE(fs::exists(folder / "a" / "notes.txt"));
    weir_compiled_free(again);
}

TEST_F(Compile, VerilatorAndYosysAcceptTheTop) {
    ASSERT_NO_FATAL_FAILURE(digits());
    std::string files;
    for (uint32_t s = 0; s < compiled->n_top_sources; s++)
        files += std::string(" ") + compiled->top_sources[s];
    if (std::system("command -v verilator yosys > /dev/null"))
        GTEST_SKIP() << "verilator or yosys is not on PATH";
    EXPECT_EQ(
        std::system(("verilator --lint-only -Wall -Wno-DECLFILENAME --top-module weir_top" + files)
                        .c_str()),
        0);
    std::string script = "read_verilog -sv" + files + "; chparam -set ROM_DIR \"" +
                         compiled->rom_folder +
                         "\" weir_top; hierarchy -check -top weir_top; proc; check -assert";
    EXPECT_EQ(std::system(("yosys -q -p '" + script + "'").c_str()), 0);
}

TEST_F(Compile, ReferenceGivesTheSameBeatsInAnyOrderAndPiece) {
    ASSERT_NO_FATAL_FAILURE(digits());
    const weir_channel *last =
        weir_graph_channel(compiled->graph, weir_graph_channels(compiled->graph) - 1);
    uint64_t beats = weir_stream_beats(&last->stream);
    std::vector<float> frames(3 * 144);
    for (size_t i = 0; i < frames.size(); i++)
        frames[i] = std::sin((float)i);
    auto all = [&](std::vector<uint64_t> order) {
        weir_reference *reference = weir_reference_new(compiled, frames.data(), 3);
        const weir_expect *expect = weir_reference_expect(reference);
        std::vector<uint8_t> out(3 * beats * last->beat_bytes);
        for (uint64_t f : order)
            for (uint64_t b = 0; b < beats; b++)
                expect->fill(expect->context, weir_graph_channels(compiled->graph) - 1, f, b, 1,
                             &out[(f * beats + b) * last->beat_bytes]);
        weir_reference_free(reference);
        return out;
    };
    EXPECT_EQ(all({0, 1, 2}), all({2, 0, 1, 2}));
}

TEST_F(Compile, FixedPointIsCloseToFloat) {
    ASSERT_NO_FATAL_FAILURE(digits());
    std::vector<float> frames(50 * 144);
    for (size_t i = 0; i < frames.size(); i++)
        frames[i] = std::sin(0.37f * (float)(i * i % 1009));
    weir_reference *reference = weir_reference_new(compiled, frames.data(), 50);
    weir_accuracy accuracy = weir_reference_accuracy(reference);
    EXPECT_EQ(accuracy.frames, 50u);
    EXPECT_GE(accuracy.argmax_equal, 45u);
    EXPECT_LT(accuracy.largest_error, 0.1);
    EXPECT_GT(accuracy.largest_error, 0.0);
    weir_reference_free(reference);
}

} // namespace
