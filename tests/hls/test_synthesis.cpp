// Synthesis: small modules whose cost is known, the cache, the limit of time, and what goes wrong; and
// the counting of cells in netlists written by hand.
#include "base/scratch.h"
#include "hls/compile.h"
#include "hls/onnx_model.h"
#include "hls/synthesis.h"
#include <cstring>
#include <gtest/gtest.h>

using scratch::Lines;

namespace {

const char *const kPorts = "    input logic clk, input logic rst,\n"
                           "    input logic in0_valid, output logic in0_ready,\n"
                           "    input logic [31:0] in0_data, output logic out0_valid,\n"
                           "    input logic out0_ready, output logic [31:0] out0_data\n";

// The synthesis test has a cache of its own, so that "from an empty cache" is what it says.
class Synthesis : public testing::Test {
  protected:
    void SetUp() override {
        const char *had = getenv("XDG_CACHE_HOME");
        before_ = had != nullptr ? had : "";
        setenv("XDG_CACHE_HOME", folder_.Path("cache").c_str(), 1);
    }
    void TearDown() override { setenv("XDG_CACHE_HOME", before_.c_str(), 1); }

    // A module with two 32-bit ports and this body.
    weir_synthesis_request Module(const std::string &name, const std::string &body,
                                  const std::string &parameters = "") {
        std::string text = "module " + name + parameters + " (\n" + kPorts + ");\n" + body +
                           "    assign in0_ready = out0_ready;\n    assign out0_valid = "
                           "in0_valid;\nendmodule\n";
        names_.push_back(std::make_unique<std::string>(name));
        paths_.push_back(std::make_unique<std::string>(folder_.Write(name + ".sv", text)));
        sources_.push_back(std::make_unique<const char *>(paths_.back()->c_str()));
        weir_synthesis_request request = {};
        request.module = names_.back()->c_str();
        request.sources = sources_.back().get();
        request.n_sources = 1;
        request.n_inputs = request.n_outputs = 1;
        request.input_bits[0] = request.output_bits[0] = 32;
        return request;
    }

    bool Run(std::vector<weir_synthesis_request> *requests, double limit = 100,
             const weir_progress *progress = nullptr) {
        return weir_synthesise(requests->data(), (uint32_t)requests->size(), WEIR_XCUP, limit,
                               progress, diag_);
    }

    scratch::Folder folder_;
    scratch::Diag diag_;

  private:
    std::string before_;
    std::vector<std::unique_ptr<std::string>> names_, paths_;
    std::vector<std::unique_ptr<const char *>> sources_;
};

TEST_F(Synthesis, KnownModules) {
    std::vector<weir_synthesis_request> requests = {
        Module("adder", "    logic [15:0] level_sum;\n"
                        "    always_ff @(posedge clk) out0_data <= {16'd0, in0_data[15:0] + "
                        "in0_data[31:16]};\n"),
        Module("tree", "    always_ff @(posedge clk) out0_data <= {24'd0, (in0_data[7:0] + "
                       "in0_data[15:8]) + (in0_data[23:16] + in0_data[31:24])};\n"),
        Module("multiplier", "    logic [31:0] product;\n"
                             "    assign product = in0_data[15:0] * in0_data[31:16];\n"
                             "    always_ff @(posedge clk) out0_data <= product;\n"),
        Module("registers", "    always_ff @(posedge clk) out0_data <= in0_data;\n"),
    };
    ASSERT_TRUE(Run(&requests)) << testing::PrintToString(diag_.Lines());
    const uint64_t expected[][WEIR_RESOURCES] = {{16, 0, 16, 0, 0, 0, 16},
                                                 {24, 0, 8, 0, 0, 0, 24},
                                                 {0, 0, 0, 1, 0, 0, 0},
                                                 {0, 0, 32, 0, 0, 0, 0}};
    for (size_t i = 0; i < requests.size(); i++) {
        EXPECT_EQ(requests[i].cost.source, WEIR_COST_SYNTHESIS);
        EXPECT_FALSE(requests[i].cached);
        for (int r : {WEIR_LUT, WEIR_LUT_MEMORY, WEIR_DSP, WEIR_BRAM18, WEIR_URAM, WEIR_CARRY})
            EXPECT_EQ(requests[i].cost.total[r], expected[i][r])
                << requests[i].module << " " << weir_resource_title((weir_resource)r);
        uint64_t sum[WEIR_RESOURCES] = {};
        for (auto &part : requests[i].cost.part)
            for (int r = 0; r < WEIR_RESOURCES; r++)
                sum[r] += part[r];
        EXPECT_EQ(memcmp(sum, requests[i].cost.total, sizeof sum), 0) << "parts are the whole";
    }
    // What never changes is no register: the upper half of the sum, the upper 24 bits of the tree.
    EXPECT_EQ(requests[0].cost.total[WEIR_FF], 16u);
    EXPECT_EQ(requests[3].cost.total[WEIR_FF], 32u);
    EXPECT_EQ(requests[2].cost.part[WEIR_PART_MULTIPLIERS][WEIR_DSP], 1u);

    weir_cost first = requests[1].cost;
    ASSERT_TRUE(Run(&requests));
    for (auto &request : requests)
        EXPECT_TRUE(request.cached);
    EXPECT_EQ(memcmp(&first, &requests[1].cost, sizeof first), 0);
}

TEST_F(Synthesis, RomsKeepTheirContents) {
    const char *body = "    logic [17:0] mem [0:1023];\n"
                       "    if (ROM_FILE0 != \"\") begin : load\n"
                       "        initial $readmemh(ROM_FILE0, mem);\n    end\n"
                       "    logic [17:0] weight_word;\n"
                       "    always_ff @(posedge clk) weight_word <= mem[in0_data[9:0]];\n"
                       "    assign out0_data = {14'd0, weight_word};\n";
    std::string image;
    for (unsigned w = 0; w < 1024; w++) {
        char line[16];
        snprintf(line, sizeof line, "%05x\n", (w * 2654435761u >> 12) & 0x3ffff);
        image += line;
    }
    std::string file = folder_.Write("image.mem", image);
    weir_rom rom = {"mem", file.c_str(), 18, 1024};
    std::vector<weir_synthesis_request> requests = {
        Module("rom", body, " #(parameter ROM_FILE0 = \"\")"),
        Module("empty_rom", body, " #(parameter ROM_FILE0 = \"\")")};
    requests[0].roms = &rom;
    requests[0].n_roms = 1;
    ASSERT_TRUE(Run(&requests)) << testing::PrintToString(diag_.Lines());
    EXPECT_EQ(requests[0].cost.total[WEIR_BRAM18], 1u);
    EXPECT_EQ(requests[0].cost.part[WEIR_PART_WEIGHTS][WEIR_BRAM18], 1u);
    // Why images are given: contents that nobody knows are taken to be whatever costs nothing.
    EXPECT_EQ(requests[1].cost.total[WEIR_BRAM18] + requests[1].cost.total[WEIR_LUT], 0u);

    folder_.Write("image.mem", "00001\n" + image.substr(6));
    ASSERT_TRUE(Run(&requests));
    EXPECT_FALSE(requests[0].cached) << "other contents, other key";
    EXPECT_TRUE(requests[1].cached);
}

TEST_F(Synthesis, EqualModulesOnce) {
    weir_synthesis_request one =
        Module("same", "    always_ff @(posedge clk) out0_data <= in0_data + 32'd1;\n");
    std::vector<weir_synthesis_request> requests = {one, {}, one};
    uint64_t total = 0;
    auto note = [](void *context, const weir_work *work) {
        EXPECT_STREQ(work->what, "synthesising");
        *(uint64_t *)context = work->total;
    };
    weir_progress progress{&total, note, nullptr};
    ASSERT_TRUE(Run(&requests, 100, &progress));
    EXPECT_EQ(total, 1u);
    EXPECT_EQ(requests[0].cost.total[WEIR_CARRY], 32u);
    EXPECT_EQ(requests[2].cost.total[WEIR_CARRY], 32u);
    EXPECT_EQ(requests[1].cost.source, WEIR_COST_NONE) << "no module, no cost";
}

TEST_F(Synthesis, WhatTakesTooLongHasNoCost) {
    std::vector<weir_synthesis_request> requests = {
        Module("slow", "    always_ff @(posedge clk) out0_data <= in0_data;\n")};
    ASSERT_TRUE(Run(&requests, 0.001));
    EXPECT_EQ(requests[0].cost.source, WEIR_COST_NONE);
    EXPECT_EQ(requests[0].cost.total[WEIR_FF], 0u);
    EXPECT_FALSE(requests[0].cached);
    ASSERT_TRUE(Run(&requests, 0.001));
    EXPECT_TRUE(requests[0].cached) << "that it was too slow is remembered";
    EXPECT_EQ(requests[0].cost.source, WEIR_COST_NONE);
    ASSERT_TRUE(Run(&requests, 100));
    EXPECT_EQ(requests[0].cost.total[WEIR_FF], 32u) << "another limit, another answer";
}

TEST_F(Synthesis, QuotesTheToolsError) {
    std::vector<weir_synthesis_request> requests = {
        Module("wrong", "    assign out0_data = nothing_like_it(in0_data);\n")};
    EXPECT_FALSE(Run(&requests));
    Lines lines = diag_.Lines();
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].find("error: module \"wrong\": yosys: "), 0u) << lines[0];
    EXPECT_NE(lines[0].find("nothing_like_it"), std::string::npos) << lines[0];
}

TEST_F(Synthesis, StopsWhenTold) {
    std::vector<weir_synthesis_request> requests = {
        Module("stopped", "    always_ff @(posedge clk) out0_data <= in0_data;\n")};
    volatile int stop = 1;
    weir_progress progress{nullptr, nullptr, &stop};
    EXPECT_FALSE(Run(&requests, 100, &progress));
    EXPECT_EQ(diag_.Lines(), Lines{"error: interrupted while modules were synthesised"});
}

TEST_F(Synthesis, NeedsYosys) {
    std::string path = getenv("PATH");
    std::vector<weir_synthesis_request> requests = {Module("any", "")};
    setenv("PATH", folder_.Path("").c_str(), 1);
    EXPECT_FALSE(Run(&requests));
    setenv("PATH", path.c_str(), 1);
    EXPECT_EQ(diag_.Lines(), Lines{"error: yosys: not found on PATH; install Debian package yosys, "
                                   "or have resources estimated"});
}

// The stitched top whole against the sum of its processes and FIFOs: what little optimisation finds
// between them must not exceed a tenth.
TEST_F(Synthesis, StitchedTopIsTheSumOfItsParts) {
    onnx_model m;
    m.input("x", {1, 6});
    m.output("y");
    onnx_model::floats weights(24), biases = {0.5f, -0.25f, 1, 0};
    for (size_t i = 0; i < weights.size(); i++)
        weights[i] = (float)(i * 37 % 64) / 32 - 1;
    m.constant("w", {6, 4}, weights);
    m.constant("b", {4}, biases);
    m.node("Gemm", "dense", {"x", "w", "b"}, "d");
    m.node("Relu", "relu", {"d"}, "y");
    m.save(folder_.Path("network.onnx"));
    std::string config = folder_.Write(
        "design.cfg", "network = \"network.onnx\";\n"
                      "defaults = { precision = \"ap_fixed<10,4>\"; fifo_depth = 20; };\n"
                      "layers = ( { name = \"dense\"; pe = 2; simd = 3; } );\n");
    weir_design *design = weir_design_load(config.c_str(), nullptr, diag_);
    ASSERT_NE(design, nullptr) << testing::PrintToString(diag_.Lines());
    weir_compiled *compiled = weir_compile(design, folder_.Path("out").c_str(), diag_);
    ASSERT_NE(compiled, nullptr) << testing::PrintToString(diag_.Lines());
    uint32_t n = weir_graph_processes(compiled->graph);
    std::vector<weir_synthesis_request> requests(n + 1);
    weir_synthesis_requests(compiled->graph, requests.data());
    weir_synthesis_request &top = requests[n];
    top = {};
    top.module = compiled->top;
    top.sources = compiled->top_sources;
    top.n_sources = compiled->n_top_sources;
    top.rom_folder = compiled->rom_folder;
    top.n_clocks = weir_graph_domains(compiled->graph);
    for (uint32_t p = 0; p < n; p++) {
        const weir_process *process = weir_graph_process(compiled->graph, p);
        if (process->kind == WEIR_SOURCE)
            top.input_bits[top.n_inputs++] =
                weir_graph_channel(compiled->graph, weir_graph_output(compiled->graph, p, 0))
                    ->beat_bits;
        if (process->kind == WEIR_SINK)
            top.output_bits[top.n_outputs++] =
                weir_graph_channel(compiled->graph, weir_graph_input(compiled->graph, p, 0))
                    ->beat_bits;
    }
    ASSERT_TRUE(Run(&requests, 300)) << testing::PrintToString(diag_.Lines());
    uint64_t sum[WEIR_RESOURCES] = {};
    for (uint32_t p = 0; p < n; p++)
        for (int r = 0; r < WEIR_RESOURCES; r++)
            sum[r] += requests[p].cost.total[r];
    for (uint32_t c = 0; c < weir_graph_channels(compiled->graph); c++) {
        weir_cost cost;
        weir_channel_cost(weir_graph_channel(compiled->graph, c), &cost);
        for (int r = 0; r < WEIR_RESOURCES; r++)
            sum[r] += cost.total[r];
    }
    for (weir_resource r : {WEIR_LUT, WEIR_FF}) {
        EXPECT_NEAR((double)top.cost.total[r], (double)sum[r], 0.1 * (double)sum[r])
            << weir_resource_title(r);
        RecordProperty(weir_resource_key(r),
                       std::to_string(top.cost.total[r]) + " of " + std::to_string(sum[r]));
    }
    for (weir_resource r : {WEIR_DSP, WEIR_BRAM18, WEIR_URAM})
        EXPECT_EQ(top.cost.total[r], sum[r]) << weir_resource_title(r);
    weir_compiled_free(compiled);
    weir_design_free(design);
}

// ---- netlists

struct Pin {
    const char *name;
    std::vector<int> bits; // below 2: the constants "0" and "1"
};

std::string Cell(const char *name, const char *type, const std::vector<Pin> &pins) {
    std::string text =
        std::string("\"") + name + "\": {\"type\": \"" + type + "\", \"connections\": {";
    for (size_t p = 0; p < pins.size(); p++) {
        text += std::string(p ? ", " : "") + "\"" + pins[p].name + "\": [";
        for (size_t b = 0; b < pins[p].bits.size(); b++)
            text += (b ? ", " : "") + (pins[p].bits[b] < 2
                                           ? "\"" + std::to_string(pins[p].bits[b]) + "\""
                                           : std::to_string(pins[p].bits[b]));
        text += "]";
    }
    return text + "}}";
}

std::string Net(const char *name, std::vector<int> bits, bool hidden = false) {
    std::string text =
        std::string("\"") + name + "\": {\"hide_name\": " + (hidden ? "1" : "0") + ", \"bits\": [";
    for (size_t b = 0; b < bits.size(); b++)
        text += (b ? ", " : "") + std::to_string(bits[b]);
    return text + "]}";
}

struct Counted {
    weir_cost cost;
    weir_cells cells;
};

Counted Count(const std::vector<std::string> &cells, const std::vector<std::string> &nets) {
    auto join = [](const std::vector<std::string> &list) {
        std::string all;
        for (auto &item : list)
            all += (all.empty() ? "" : ", ") + item;
        return all;
    };
    scratch::Folder folder;
    scratch::Diag diag;
    std::string path = folder.Write("n.json", "{\"modules\": {\"m\": {\"cells\": {" + join(cells) +
                                                  "}, \"netnames\": {" + join(nets) + "}}}}");
    Counted counted;
    EXPECT_TRUE(weir_netlist_read(path.c_str(), "m", &counted.cost, &counted.cells, diag))
        << testing::PrintToString(diag.Lines());
    return counted;
}

const std::string kAll = Net("all", {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 40}, true);

TEST(Netlist, LutsShareUpToFiveInputs) {
    // Five inputs in all: one LUT.
    Counted shared =
        Count({Cell("a", "LUT3", {{"I0", {2}}, {"I1", {3}}, {"I2", {4}}, {"O", {10}}}),
               Cell("b", "LUT3", {{"I0", {4}}, {"I1", {5}}, {"I2", {6}}, {"O", {11}}})},
              {kAll});
    EXPECT_EQ(shared.cost.total[WEIR_LUT], 1u);
    EXPECT_EQ(shared.cells.pairs, 1u);
    EXPECT_EQ(shared.cells.lut[3], 2u);
    // Six: two LUT.
    Counted six =
        Count({Cell("a", "LUT4", {{"I0", {2}}, {"I1", {3}}, {"I2", {7}}, {"I3", {4}}, {"O", {10}}}),
               Cell("b", "LUT3", {{"I0", {4}}, {"I1", {5}}, {"I2", {6}}, {"O", {11}}})},
              {kAll});
    EXPECT_EQ(six.cost.total[WEIR_LUT], 2u);
    // Nothing in common: two LUT, though five inputs would do.
    Counted apart = Count({Cell("a", "LUT2", {{"I0", {2}}, {"I1", {3}}, {"O", {10}}}),
                           Cell("b", "LUT3", {{"I0", {4}}, {"I1", {5}}, {"I2", {6}}, {"O", {11}}})},
                          {kAll});
    EXPECT_EQ(apart.cost.total[WEIR_LUT], 2u);
    // Three that could share in twos: one pair.
    Counted three = Count({Cell("a", "LUT2", {{"I0", {2}}, {"I1", {3}}, {"O", {10}}}),
                           Cell("b", "LUT2", {{"I0", {2}}, {"I1", {3}}, {"O", {11}}}),
                           Cell("c", "LUT2", {{"I0", {2}}, {"I1", {3}}, {"O", {12}}})},
                          {kAll});
    EXPECT_EQ(three.cost.total[WEIR_LUT], 2u);
}

TEST(Netlist, MemoriesAndShiftRegisters) {
    auto shift = [](const char *name, int enable) {
        return Cell(name, "SRL16E",
                    {{"A0", {1}},
                     {"A1", {1}},
                     {"A2", {0}},
                     {"A3", {0}},
                     {"CE", {enable}},
                     {"CLK", {3}},
                     {"D", {4}},
                     {"Q", {40}}});
    };
    Counted c = Count(
        {shift("a", 5), shift("b", 5), shift("c", 6), shift("d", 5),
         Cell("e", "SRLC32E", {{"Q", {10}}}), Cell("f", "RAM32M16", {{"DOA", {11}}}),
         Cell("g", "RAM64M", {{"DOA", {12}}}), Cell("h", "RAMB18E2", {{"DOUTADOUT", {13}}}),
         Cell("i", "RAMB36E2", {{"DOUTADOUT", {14}}}), Cell("j", "URAM288", {{"DOUT_A", {15}}}),
         Cell("k", "DSP48E2", {{"P", {16}}}), Cell("l", "FDRE", {{"D", {2}}, {"Q", {7}}}),
         Cell("m", "MUXF7", {{"I0", {2}}, {"O", {8}}})},
        {kAll});
    EXPECT_EQ(c.cells.srl, 5u);
    EXPECT_EQ(c.cost.total[WEIR_LUT_MEMORY], 3u + 1 + 8 + 4) << "a and b share, c and d do not";
    EXPECT_EQ(c.cost.total[WEIR_LUT], c.cost.total[WEIR_LUT_MEMORY]);
    EXPECT_EQ(c.cost.total[WEIR_BRAM18], 3u);
    EXPECT_EQ(c.cost.total[WEIR_URAM], 1u);
    EXPECT_EQ(c.cost.total[WEIR_DSP], 1u);
    EXPECT_EQ(c.cost.total[WEIR_FF], 1u);
    EXPECT_EQ(c.cells.wide_mux, 1u);
}

TEST(Netlist, CarryBitsWithoutTheirLut) {
    Counted c = Count({Cell("l", "LUT2", {{"I0", {2}}, {"I1", {3}}, {"O", {10}}}),
                       Cell("i", "INV", {{"I", {4}}, {"O", {11}}}),
                       Cell("c", "CARRY4",
                            {{"S", {10, 11, 5, 0}},
                             {"DI", {2, 4, 5, 0}},
                             {"O", {12, 13, 14, 15}},
                             {"CO", {16, 6, 7, 8}}}),
                       Cell("d", "INV", {{"I", {4}}, {"O", {9}}}),
                       Cell("p", "DSP48E2", {{"A", {9}}, {"P", {40}}})},
                      {kAll});
    EXPECT_EQ(c.cost.total[WEIR_CARRY], 3u) << "a constant S is a bit that is not used";
    EXPECT_EQ(c.cells.routes, 2u);
    EXPECT_EQ(c.cells.inverters, 1u) << "the one before the DSP";
    EXPECT_EQ(c.cost.total[WEIR_LUT], 1u + 2 + 1);
}

TEST(Netlist, PartsFollowNames) {
    Counted c = Count({Cell("l", "LUT2", {{"I0", {2}}, {"I1", {3}}, {"O", {10}}}),
                       Cell("m", "LUT2", {{"I0", {4}}, {"I1", {5}}, {"O", {11}}}),
                       Cell("f", "FDRE", {{"D", {10}}, {"CE", {11}}, {"Q", {12}}}),
                       Cell("dut.core.weights.mem.0", "RAMB18E2", {{"DOUTADOUT", {13}}}),
                       Cell("k", "DSP48E2", {{"P", {14}}})},
                      {kAll, Net("dut.core.pe[0].accumulator", {12}),
                       Net("dut.core.pe[0].to_output.value", {12}), Net("dut.core.fire", {11})});
    EXPECT_EQ(c.cost.part[WEIR_PART_ADDERS][WEIR_LUT], 1u) << "it feeds the accumulator";
    EXPECT_EQ(c.cost.part[WEIR_PART_ADDERS][WEIR_FF], 1u) << "the name that counts most";
    EXPECT_EQ(c.cost.part[WEIR_PART_CONTROL][WEIR_LUT], 1u) << "an enable is control";
    EXPECT_EQ(c.cost.part[WEIR_PART_WEIGHTS][WEIR_BRAM18], 1u);
    EXPECT_EQ(c.cost.part[WEIR_PART_MULTIPLIERS][WEIR_DSP], 1u);
}

TEST(Netlist, SaysWhatIsNoNetlist) {
    scratch::Folder folder;
    scratch::Diag diag;
    weir_cost cost;
    weir_cells cells;
    EXPECT_FALSE(
        weir_netlist_read(folder.Write("a.json", "{\n]").c_str(), "m", &cost, &cells, diag));
    EXPECT_FALSE(weir_netlist_read(folder.Write("b.json", "{\"modules\": {}}").c_str(), "m", &cost,
                                   &cells, diag));
    Lines lines = diag.Lines();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].find("a.json:2: error: not a netlist: "), 0u) << lines[0];
    EXPECT_EQ(lines[1], "b.json: error: not a netlist: no cells of module \"m\"");
}

} // namespace
