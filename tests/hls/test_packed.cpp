// Weights from packed memories: the processes that read and send words, which memories they share, what
// these cost, and what is refused.
#include "operator_harness.h"

extern "C" {
#include "hls/compile.h"
#include "hls/costs.h"
#include "hls/op_weights.h"
#include "hls/synthesis.h"
#include "models/memory.h"
#include "models/packing.h"
}
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <vector>

namespace {

weir_fixed Type(const char *text) {
    weir_fixed type;
    EXPECT_TRUE(weir_fixed_parse(&type, text));
    return type;
}

// ---------------------------------------------------------------- processes

struct Streamed {
    const char *label;
    weir_stream in;
    uint32_t outputs, out_lanes, pe,
        simd; // of a depthwise convolution: kernel in outputs, taps in simd
    bool depthwise, bias;
};

const Streamed kStreamed[] = {
    {"beats over several groups", {2, 2, 8, 4, {8, 4, true}}, 6, 2, 2, 2, false, true},
    {"a beat a step", {1, 3, 6, 3, {5, 5, false}}, 4, 4, 4, 3, false, true},
    {"one word", {3, 2, 4, 4, {7, 3, true}}, 2, 2, 2, 4, false, false},
    {"depthwise, two folds", {3, 2, 36, 18, {8, 4, true}}, 9, 0, 0, 3, true, true},
    {"depthwise, no bias", {2, 2, 8, 4, {6, 2, true}}, 4, 0, 0, 4, true, false},
};

// Every reader has a sender's words at input 1, and every sender sends them.
TEST(Packed, ReadersAndSendersEqualTheReferenceInEveryCycle) {
    Harness h;
    weir_fixed weight = Type("ap_fixed<5,1>"), out = Type("ap_fixed<9,5,AP_RND,AP_SAT>");
    std::mt19937_64 random(11);
    std::vector<std::vector<int32_t>> weights;
    std::vector<std::vector<int64_t>> biases;
    for (const Streamed &s : kStreamed) {
        weights.emplace_back(s.in.channels * (s.depthwise ? 1 : s.outputs));
        for (int32_t &w : weights.back())
            w = static_cast<int32_t>(random() % 32) - 16;
        biases.emplace_back(s.in.channels + s.outputs);
        for (int64_t &b : biases.back())
            b = static_cast<int64_t>(random() % 200) - 100;
        weir_operator *op = h.add(s.label);
        const int64_t *bias = s.bias ? biases.back().data() : nullptr;
        if (s.depthwise) {
            weir_depthwise_spec spec = {s.in, s.outputs, weights.back().data(), weight, bias,
                                        out,  s.simd};
            ASSERT_TRUE(weir_depthwise_operator(op, h.arena(), s.label, &spec, {}, h.diag()));
        } else {
            weir_matvec_spec spec = {};
            spec.in = s.in;
            spec.outputs = s.outputs;
            spec.out_lanes = s.out_lanes;
            spec.weights = weights.back().data();
            spec.weight_type = weight;
            spec.bias = bias;
            spec.out = out;
            spec.pe = s.pe;
            spec.simd = s.simd;
            ASSERT_TRUE(weir_matvec_operator(op, h.arena(), s.label, &spec, {}, h.diag()))
                << h.diagnostics();
        }
        uint32_t images = op->n_images;
        weir_operator *sender = h.add(std::string(s.label) + ", words");
        weir_stream_weights(op, sender, h.arena(), "words", weight);
        EXPECT_EQ(op->n_inputs, 2u);
        EXPECT_EQ(op->n_images, images - 1);
        EXPECT_EQ(sender->steps, op->steps);
        EXPECT_EQ(weir_stream_beats(&sender->out[0]), op->steps);
        EXPECT_EQ(weir_stream_beat_bits(&sender->out[0]), sender->images[0].word_bits);
        h.feed(s.label, &sender->images[0]);
    }
    h.run(31);
}

// ---------------------------------------------------------------- memories

TEST(Packed, FourPortsABlockAndOneClock) {
    const weir_packed_layer layers[] = {{0, 9, 8}, {1, 9, 8}, {0, 9, 8}, {0, 9, 8},
                                        {0, 9, 8}, {0, 9, 8}, {1, 9, 8}, {0, 9, 8}};
    weir_memory_place places[8];
    weir_memory_block blocks[8];
    weir_arena *arena = weir_arena_new();
    EXPECT_EQ(weir_plan_memories(arena, layers, 8, places, blocks), 3u);
    weir_arena_free(arena);
    const uint32_t groups[] = {0, 1, 0, 0, 0, 2, 1, 2}, slots[] = {0, 0, 1, 2, 3, 0, 1, 1};
    for (int i = 0; i < 8; i++) {
        EXPECT_EQ(places[i].group, groups[i]) << i;
        EXPECT_EQ(places[i].slot, slots[i]) << i;
    }
}

weir_array Rom(const weir_packed_layer &layer) {
    weir_array array = {};
    array.kind = WEIR_ARRAY_ROM;
    array.domain = array.clock = layer.domain;
    array.words = layer.words;
    array.bits = layer.bits;
    return array;
}

uint64_t Blocks(const std::vector<weir_array> &arrays, const std::vector<uint32_t> &members) {
    weir_memory_group group;
    EXPECT_TRUE(weir_group_plan(arrays.data(), members.data(), (uint32_t)members.size(),
                                WEIR_STORAGE_BRAM, 2, &group));
    return group.cost.bram18;
}

// Places that are possible, counted by their own shapes, in no more blocks than the layers' order takes
// or a block for each.
void CheckPlan(const std::vector<weir_packed_layer> &layers, uint64_t *planned, uint64_t *ordered,
               uint64_t *alone) {
    uint32_t n = (uint32_t)layers.size();
    std::vector<weir_memory_place> places(n), again(n);
    std::vector<weir_memory_block> blocks(n);
    weir_arena *arena = weir_arena_new();
    uint32_t groups = weir_plan_memories(arena, layers.data(), n, places.data(), blocks.data());
    weir_plan_memories(arena, layers.data(), n, again.data(), blocks.data());
    weir_arena_free(arena);
    std::vector<weir_array> arrays;
    std::vector<std::vector<uint32_t>> members(groups);
    std::map<uint32_t, std::vector<std::vector<uint32_t>>> order;
    *planned = *ordered = *alone = 0;
    for (uint32_t i = 0; i < n; i++) {
        arrays.push_back(Rom(layers[i]));
        ASSERT_LT(places[i].group, groups);
        EXPECT_EQ(places[i].group, again[i].group);
        EXPECT_EQ(places[i].slot, members[places[i].group].size()) << "slots in order of layers";
        members[places[i].group].push_back(i);
        auto &mine = order[layers[i].domain];
        if (mine.empty() || mine.back().size() == WEIR_MEMORY_SLOTS) mine.emplace_back();
        mine.back().push_back(i);
    }
    for (uint32_t i = 0; i < n; i++)
        *alone += Blocks(arrays, {i});
    for (auto &[domain, all] : order)
        for (auto &group : all) {
            *ordered += Blocks(arrays, group);
            uint64_t words = 0;
            uint32_t bits = 0;
            for (uint32_t i : group) {
                words += layers[i].words;
                bits = std::max(bits, layers[i].bits);
            }
            EXPECT_LE(Blocks(arrays, group), weir_memory_of(WEIR_STORAGE_BRAM, words, bits).bram18);
        }
    for (uint32_t g = 0; g < groups; g++) {
        ASSERT_GE(members[g].size(), 1u);
        ASSERT_LE(members[g].size(), (size_t)WEIR_MEMORY_SLOTS);
        weir_memory_group group = {};
        group.storage = WEIR_STORAGE_BRAM;
        group.clock = 2;
        group.words = blocks[g].words;
        group.bits = blocks[g].bits;
        group.cost.bram18 = blocks[g].bram18;
        group.n_members = (uint32_t)members[g].size();
        group.wide = group.n_members <= 2 &&
                     weir_memory_ramb18(group.words, group.bits, false) > group.cost.bram18;
        for (uint32_t m = 0; m < group.n_members; m++) {
            const weir_memory_place &place = places[members[g][m]];
            group.members[m] = {members[g][m], place.word, place.bit};
            EXPECT_EQ(layers[members[g][m]].domain, layers[members[g][0]].domain);
        }
        const char *fault = weir_group_fault(arrays.data(), &group);
        EXPECT_EQ(fault, nullptr) << fault;
        *planned += blocks[g].bram18;
    }
    EXPECT_LE(*planned, *ordered);
    EXPECT_LE(*planned, *alone);
}

TEST(Packed, NeverMoreBlocksThanInOrderOrAlone) {
    uint32_t less = 0, cases = 60;
    for (uint32_t seed = 1; seed <= cases; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        std::vector<weir_packed_layer> layers(1 + random() % 24);
        for (weir_packed_layer &layer : layers) {
            layer.domain = (uint32_t)(random() % 2);
            layer.words = 1 + (uint32_t)(random() % (UINT64_C(1) << random() % 13));
            layer.bits = 1 + (uint32_t)(random() % (UINT64_C(1) << random() % 9));
        }
        uint64_t planned, ordered, alone;
        CheckPlan(layers, &planned, &ordered, &alone);
        less += planned < std::min(ordered, alone);
    }
    EXPECT_GT(less, cases / 2);
}

// Words of very different widths: side by side or apart, never as wide as the widest.
TEST(Packed, WideWordsDoNotWidenNarrowOnes) {
    uint64_t planned, ordered, alone;
    CheckPlan({{0, 64, 288}, {0, 8192, 2}, {0, 64, 288}, {0, 8192, 2}}, &planned, &ordered, &alone);
    EXPECT_EQ(planned, 10u); // 128 x 288 in 8 of 512 x 36, 16384 x 2 in 2
    EXPECT_EQ(alone, 18u);
}

class Design {
  public:
    explicit Design(const std::string &text) {
        std::string pattern = (std::filesystem::temp_directory_path() / "weir_packed_XXXXXX");
        folder = mkdtemp(pattern.data());
        std::ofstream(folder + "/d.cfg")
            << "network = \"" WEIR_SOURCE_DIR "/configs/networks/" << text;
        design = weir_design_load((folder + "/d.cfg").c_str(), nullptr, diag);
        if (design) compiled = weir_compile(design, nullptr, diag);
    }
    ~Design() {
        weir_compiled_free(compiled);
        weir_design_free(design);
        weir_diag_free(diag);
        std::filesystem::remove_all(folder);
    }
    std::string First() const {
        if (weir_diag_count(diag) == 0) return "";
        const weir_diag_item *item = weir_diag_at(diag, 0);
        return "line " + std::to_string(item->line) + ": " + item->text;
    }

    std::string folder;
    weir_diag *diag = weir_diag_new();
    weir_design *design = nullptr;
    weir_compiled *compiled = nullptr;
};

// The block of each group is counted once, at its first layer.
TEST(Packed, LayersShareBlocks) {
    Design d("digits.onnx\";\n"
             "defaults = { strategy = \"resource\"; };\n"
             "layers = ( { name = \"conv1\"; pe = 1; simd = 1; weights = \"packed\"; },\n"
             "  { name = \"conv2\"; pe = 1; simd = 1; weights = \"packed\"; },\n"
             "  { name = \"dense1\"; pe = 1; simd = 1; weights = \"packed\"; } );\n");
    ASSERT_NE(d.compiled, nullptr) << d.First();
    const weir_graph *graph = d.compiled->graph;
    uint32_t n = weir_graph_processes(graph), c = weir_graph_channels(graph), seen = 0, words = 0;
    std::vector<weir_cost> costs(n), channels(c);
    ASSERT_TRUE(weir_compiled_costs(d.compiled, WEIR_COST_ESTIMATE, nullptr, costs.data(),
                                    channels.data(), d.diag));
    uint64_t blocks = 0;
    for (uint32_t p = 0; p < n; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (strcmp(process->operator_name, "weights") != 0) continue;
        const weir_domain *domain = weir_graph_domain(graph, process->domain);
        EXPECT_STREQ(domain->name, seen % 2 ? "main_slot1" : "main_slot0");
        EXPECT_EQ(domain->period_ps, 5000u);
        EXPECT_EQ(domain->phase_ps, seen % 2 * 2500);
        EXPECT_EQ(costs[p].source, WEIR_COST_ESTIMATE);
        EXPECT_EQ(costs[p].total[WEIR_BRAM18] > 0, seen == 0);
        blocks += costs[p].total[WEIR_BRAM18];
        words += d.compiled->operators[p].images[0].words;
        uint32_t channel = weir_graph_output(graph, p, 0);
        EXPECT_EQ(weir_graph_channel(graph, channel)->latency, WEIR_LATENCY_CDC);
        EXPECT_GE(weir_graph_channel(graph, channel)->depth, 2u * (WEIR_CDC_FLOPS + 1));
        EXPECT_GT(channels[channel].total[WEIR_LUT], 0u);
        seen++;
    }
    EXPECT_EQ(seen, 3u);
    EXPECT_EQ(blocks, weir_memory_of(WEIR_STORAGE_BRAM, words, 16).bram18);
}

TEST(Packed, MoreFlopsGetMoreDepth) {
    Design d("digits.onnx\";\n"
             "layers = ( { name = \"conv2\"; strategy = \"resource\"; weights = \"packed\"; } );\n"
             "fifos = ( { name = \"conv2_weights_out\"; flops = 4; } );\n");
    ASSERT_NE(d.compiled, nullptr) << d.First();
    const weir_graph *graph = d.compiled->graph;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        if (!strcmp(weir_graph_channel(graph, c)->name, "conv2_weights_out")) {
            EXPECT_EQ(weir_graph_channel(graph, c)->depth, 10u);
        }
}

TEST(Packed, RefusesWhatCannotBe) {
    EXPECT_EQ(
        Design("digits.onnx\";\ndomains = ( { name = \"odd\"; period_ps = 4001; } );\n"
               "layers = ( { name = \"conv2\"; strategy = \"resource\";\n"
               "             weights = \"packed\"; } );\n")
            .First(),
        "line 3: layer \"conv2\": weights \"packed\" need a memory at twice its clock; domain "
        "\"odd\" has period_ps 4001, must be even");
    EXPECT_EQ(Design("digits.onnx\";\n"
                     "layers = ( { name = \"conv1\"; strategy = \"latency\";\n"
                     "             weights = \"packed\"; } );\n")
                  .First(),
              "line 2: layer \"conv1\": weights \"packed\" needs strategy \"resource\", it has "
              "\"latency\"");
    EXPECT_EQ(Design("digits.onnx\";\nlayers = ( { name = \"relu1\"; weights = \"packed\"; } );\n")
                  .First(),
              "line 2: layer \"relu1\": weights is not available for a relu layer");
}

// ---------------------------------------------------------------- costs

// The block itself as Yosys builds it, with four ports, and with two that are one port of 512 x 36:
// registers exactly, blocks exactly, LUT within the band.
TEST(Packed, EstimateIsWhatIsSynthesised) {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir_block_XXXXXX");
    std::string folder = mkdtemp(pattern.data());
    std::string block = WEIR_SOURCE_DIR "/rtl/weir_packed_memory.sv";
    struct {
        uint32_t words, bits, ports;
    } shapes[] = {{1024, 36, 4}, {4096, 9, 4}, {512, 36, 2}};
    for (auto [words, bits, ports] : shapes) {
        uint32_t each = words / ports;
        std::string source = folder + "/block.sv";
        std::mt19937_64 random(5);
        std::ofstream image(folder + "/block.mem");
        for (uint32_t k = 0; k < words; k++)
            image << std::hex << random() % (UINT64_C(1) << bits) << "\n";
        image.close();
        std::ofstream text(source);
        text << "module block #(parameter ROM_FILE0 = \"\") (input logic clk, input logic rst";
        for (int p = 0; p < 4; p++)
            text << ", output logic out" << p << "_valid, input logic out" << p
                 << "_ready, output logic [" << bits - 1 << ":0] out" << p << "_data";
        text << ");\nweir_packed_memory #(.WIDTH(" << bits << "), .DEPTH(" << words
             << "), .BASES({";
        for (uint32_t p = 4; p-- > 0;)
            text << "32'd" << (p < ports ? p * each : 0) << (p ? ", " : "}), .COUNTS({");
        for (uint32_t p = 4; p-- > 0;)
            text << "32'd" << (p < ports ? each : 0) << (p ? ", " : "})");
        text
            << ", .FILE(ROM_FILE0)) shared (.clk, .rst,\n.out_valid({out3_valid, "
            << "out2_valid, out1_valid, out0_valid}), .out_ready({out3_ready, out2_ready, "
            << "out1_ready, out0_ready}), .out_data({out3_data, out2_data, out1_data, out0_data}));"
            << "\nendmodule\n";
        text.close();
        std::string image_path = folder + "/block.mem";
        const weir_rom rom = {"shared.mem", image_path.c_str(), bits, words};
        const char *sources[] = {block.c_str(), source.c_str()};
        weir_synthesis_request request = {};
        request.module = "block";
        request.sources = sources;
        request.n_sources = 2;
        request.roms = &rom;
        request.n_roms = 1;
        request.n_outputs = 4;
        for (uint32_t &out : request.output_bits)
            out = bits;
        weir_diag *diag = weir_diag_new();
        ASSERT_TRUE(weir_synthesise(&request, 1, WEIR_XCUP, 600, nullptr, diag));
        weir_diag_free(diag);
        uint64_t total[WEIR_RESOURCES] = {};
        uint32_t blocks = (uint32_t)weir_memory_ramb18(words, bits, ports == 2);
        for (uint32_t p = 0; p < ports; p++) {
            weir_weights_params params = {
                each, bits, {0, p, p * each, 0}, {words, bits, blocks}, p == 0};
            weir_operator op = {};
            op.params = &params;
            weir_cost cost;
            weir_weights_cost(&op, &cost);
            for (int r = 0; r < WEIR_RESOURCES; r++)
                total[r] += cost.total[r];
        }
        const uint64_t *found = request.cost.total;
        EXPECT_EQ(total[WEIR_BRAM18], found[WEIR_BRAM18]);
        EXPECT_NEAR((double)total[WEIR_FF], (double)found[WEIR_FF], 4);
        EXPECT_NEAR((double)total[WEIR_LUT], (double)found[WEIR_LUT],
                    WEIR_FIFO_BAND * (double)found[WEIR_LUT]);
    }
    std::filesystem::remove_all(folder);
}

} // namespace
