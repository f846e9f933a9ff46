// io "parallel": the same numbers as io "stream", what is built, what is refused.
extern "C" {
#include "hls/compile.h"
}
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

std::string repo(const char *path) {
    return std::string(WEIR_SOURCE_DIR "/") + path;
}

/* A design compiled into a folder that is gone afterwards. */
struct Net {
    fs::path folder;
    weir_diag *diag = weir_diag_new();
    weir_design *design = nullptr;
    weir_compiled *compiled = nullptr;

    explicit Net(const std::string &path, const weir_design_options &options = {}) {
        std::string pattern = (fs::temp_directory_path() / "weir_parallel_XXXXXX").string();
        folder = mkdtemp(pattern.data());
        design = weir_design_load(path.c_str(), &options, diag);
        if (design) compiled = weir_compile(design, (folder / "out").c_str(), diag);
    }
    Net(const Net &) = delete;
    ~Net() {
        weir_compiled_free(compiled);
        weir_design_free(design);
        weir_diag_free(diag);
        fs::remove_all(folder);
    }

    std::vector<std::string> errors() const {
        std::vector<std::string> all;
        for (size_t i = 0; i < weir_diag_count(diag); i++)
            all.push_back(weir_diag_at(diag, i)->text);
        return all;
    }
    const weir_process *process(const std::string &name) const {
        for (uint32_t p = 0; compiled && p < weir_graph_processes(compiled->graph); p++)
            if (name == weir_graph_process(compiled->graph, p)->name)
                return weir_graph_process(compiled->graph, p);
        return nullptr;
    }
    uint64_t elements(uint32_t layer) const {
        weir_shape out = weir_network_layer(design->network, layer)->out;
        return (uint64_t)out.rows * out.columns * out.channels;
    }
    std::vector<float> outputs(uint64_t frames) const {
        uint64_t in = elements(weir_network_input(design->network));
        uint64_t out = elements(weir_network_output(design->network));
        std::vector<float> values(frames * in), results(frames * out);
        for (size_t i = 0; i < values.size(); i++)
            values[i] = (float)std::sin(1.7 * (double)i);
        weir_reference *reference = weir_reference_new(compiled, values.data(), frames);
        for (uint64_t f = 0; f < frames; f++)
            weir_reference_output(reference, f, &results[f * out]);
        weir_reference_free(reference);
        return results;
    }
};

/* A design file of the text, beside nothing. */
struct Written {
    fs::path path =
        fs::temp_directory_path() / ("weir_parallel_" + std::to_string(getpid()) + ".cfg");
    explicit Written(const std::string &network, const std::string &rest) {
        std::ofstream(path) << "network = \"" << repo(network.c_str()) << "\";\n" << rest;
    }
    ~Written() { fs::remove(path); }
};

// ---------------------------------------------------------------- the numbers

struct Crop {
    const char *network;
    uint32_t rows, columns; // 0: as the network says
};

class SameNumbers : public testing::TestWithParam<Crop> {};

TEST_P(SameNumbers, AsAStream) {
    weir_design_options options{};
    options.crop_rows = GetParam().rows;
    options.crop_columns = GetParam().columns;
    Net stream(repo(GetParam().network), options);
    options.io = "parallel";
    Net parallel(repo(GetParam().network), options);
    ASSERT_EQ(stream.errors(), std::vector<std::string>());
    ASSERT_EQ(parallel.errors(), std::vector<std::string>());
    for (uint32_t c = 0; c < weir_graph_channels(parallel.compiled->graph); c++)
        EXPECT_EQ(weir_stream_beats(&weir_graph_channel(parallel.compiled->graph, c)->stream), 1u);
    EXPECT_EQ(stream.outputs(20), parallel.outputs(20));
}

/* Grids with and without powers of two, channels with scales of their own, thresholds, forks and
 * joins, every kind of pooling. */
INSTANTIATE_TEST_SUITE_P(Networks, SameNumbers,
                         testing::Values(Crop{"configs/networks/digits.onnx", 0, 0},
                                         Crop{"configs/networks/skip.onnx", 4, 6},
                                         Crop{"configs/networks/binary.onnx", 0, 0},
                                         Crop{"configs/networks/trigger.onnx", 0, 0}),
                         [](const auto &info) { return fs::path(info.param.network).stem(); });

// ---------------------------------------------------------------- what is built

/* conv1: kernel rows meet 2 and 3 of the 6 rows at the 3 output rows (stride 2, one row of padding),
 * kernel columns 5 columns but one each at the ends: (2 + 3 + 3) (2 + 3 + 3 + 3 + 2) taps a pair of
 * channels. conv2: 3 x 13 taps, 2 of 4 channels in for each of 4 out. Weights that are zero by
 * rounding to 1/256 are counted from the network. */
TEST(LowerParallel, PaddingZerosAndShiftsAreNotMultipliers) {
    for (uint64_t reuse : {1, 2, 3}) {
        Written file("configs/networks/trigger.onnx",
                     "defaults = { io = \"parallel\"; reuse_factor = " + std::to_string(reuse) +
                         "; };\n");
        Net net(file.path);
        ASSERT_EQ(net.errors(), std::vector<std::string>());
        std::map<std::string, uint64_t> positions = {
            {"conv1", 8 * 13 * 2 * 4}, {"conv2", 3 * 13 * 2 * 4}, {"dense1", 24 * 5}};
        for (const auto &[name, n] : positions) {
            const weir_process *process = net.process(name);
            ASSERT_NE(process, nullptr) << name;
            EXPECT_EQ(process->ii_cycles, reuse) << name;
            EXPECT_EQ(process->steps_per_frame, reuse) << name;
            EXPECT_GT(process->multipliers, 0u);
            uint64_t most = name == "dense1" ? n * 2 / 3 : n; /* one in three is zero */
            EXPECT_LE(process->multipliers, (most + reuse - 1) / reuse) << name;
            if (reuse > 1) {
                EXPECT_GE(process->multipliers, (most * 98 / 100 + reuse - 1) / reuse) << name;
            }
        }
    }
}

/* The multiplications of a public network, counted from its weights floored to 10 fraction bits:
 * with 795 of them, 547 constants have more than two signed digits; a reuse factor shares them. */
TEST(LowerParallel, MultipliersOfAPublicNetworkAreThePublishedOnes) {
    const std::string path = repo("../shared/networks/conv1d_small_keras.onnx");
    if (!fs::exists(path)) GTEST_SKIP() << path << " is not there";
    const std::vector<std::vector<uint64_t>> published = {
        {295, 126, 62, 41, 23}, {216, 108, 36, 25, 13}, {144, 72, 24, 17, 9}};
    for (uint64_t reuse : {1, 2, 3}) {
        Written file("../shared/networks/conv1d_small_keras.onnx",
                     "defaults = { io = \"parallel\"; precision = \"ap_fixed<18,8>\"; "
                     "weight_precision = \"ap_fixed<18,8>\"; reuse_factor = " +
                         std::to_string(reuse) + "; };\n");
        Net net(file.path);
        ASSERT_EQ(net.errors(), std::vector<std::string>());
        std::vector<uint64_t> built;
        for (uint32_t p = 0; p < weir_graph_processes(net.compiled->graph); p++) {
            const weir_process *process = weir_graph_process(net.compiled->graph, p);
            if (!strcmp(process->operator_name, "unrolled")) built.push_back(process->multipliers);
        }
        EXPECT_EQ(built, published[reuse - 1]);
    }
}

TEST(LowerParallel, ATargetIsTheReuseFactorWhereNoneIsSet) {
    weir_design_options options{};
    options.io = "parallel";
    options.target_interval_cycles = 5;
    Net free(repo("configs/networks/trigger.onnx"), options);
    ASSERT_EQ(free.errors(), std::vector<std::string>());
    EXPECT_EQ(free.process("conv1")->ii_cycles, 5u);
    Net set(repo("configs/designs/trigger.cfg"), options);
    ASSERT_EQ(set.errors(), std::vector<std::string>());
    EXPECT_EQ(set.process("conv1")->ii_cycles, 2u);
}

TEST(LowerParallel, ReadsBackToTheSameDesign) {
    Net net(repo("configs/designs/trigger.cfg"));
    ASSERT_EQ(net.errors(), std::vector<std::string>());
    EXPECT_EQ(net.design->io, WEIR_IO_PARALLEL);
    Net again(net.folder / "out");
    ASSERT_EQ(again.errors(), std::vector<std::string>());
    EXPECT_EQ(again.design->io, WEIR_IO_PARALLEL);
    EXPECT_NE(again.design->folder, nullptr);
    ASSERT_EQ(weir_graph_processes(net.compiled->graph),
              weir_graph_processes(again.compiled->graph));
    for (uint32_t p = 0; p < weir_graph_processes(net.compiled->graph); p++) {
        const weir_process *a = weir_graph_process(net.compiled->graph, p);
        const weir_process *b = weir_graph_process(again.compiled->graph, p);
        EXPECT_STREQ(a->rtl.module, b->rtl.module) << a->name;
    }
    /* Its RTL is of another design once the style is another. */
    weir_design_options options{};
    options.io = "stream";
    weir_design *changed = weir_design_load((net.folder / "out").c_str(), &options, net.diag);
    ASSERT_NE(changed, nullptr);
    EXPECT_EQ(changed->io, WEIR_IO_STREAM);
    EXPECT_EQ(changed->folder, nullptr);
    weir_design_free(changed);
}

// ---------------------------------------------------------------- what is refused

TEST(LowerParallel, RefusalsNameTheLayer) {
    Written resource("configs/networks/trigger.onnx",
                     "defaults = { io = \"parallel\"; };\n"
                     "layers = ( { name = \"conv2\"; strategy = \"resource\"; },\n"
                     "           { name = \"dense1\"; pe = 5; } );\n");
    Net folded(resource.path);
    EXPECT_EQ(folded.compiled, nullptr);
    const std::string why = "\": io \"parallel\" has its weights in the logic and is folded by "
                            "reuse_factor; strategy \"resource\", pe and simd are not allowed";
    EXPECT_EQ(folded.errors(),
              (std::vector<std::string>{"layer \"conv2" + why, "layer \"dense1" + why}));
    EXPECT_EQ(weir_diag_at(folded.diag, 0)->line, 3);
    EXPECT_EQ(weir_diag_at(folded.diag, 1)->line, 4);

    weir_design_options options{};
    options.io = "parallel";
    Net large(repo("configs/networks/skip.onnx"), options);
    EXPECT_EQ(large.compiled, nullptr);
    ASSERT_EQ(large.errors().size(), 1u);
    EXPECT_NE(large.errors()[0].find("layer \"conv6\": "), std::string::npos) << large.errors()[0];
    EXPECT_NE(large.errors()[0].find("multiplications, at most 65536"), std::string::npos);

    options.io = "serial";
    Net unknown(repo("configs/networks/skip.onnx"), options);
    EXPECT_EQ(unknown.errors(),
              std::vector<std::string>{"io \"serial\", allowed are stream, parallel"});
}

} // namespace
