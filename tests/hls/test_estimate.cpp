// Estimates: what is read from a module's text, what is counted, how the parts add up; the model against
// the committed sweep, and against synthesis here and now.
#include "base/scratch.h"
#include "bench/resources/draw.h"
#include "hls/estimate.h"
#include "hls/estimate_fit.h"
#include "hls/estimate_parameters.h"
#include "hls/operators.h"
#include "hls/rtl_library.h"
#include "hls/synthesis.h"
#include "hls/unrolled.h"
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <sstream>

namespace {

weir_fixed Type(int width, int integer, weir_rounding rounding = WEIR_TRN,
                weir_overflow overflow = WEIR_WRAP) {
    return {width, integer, true, rounding, overflow};
}

struct Operators {
    weir_arena *arena = weir_arena_new();
    scratch::Diag diag;
    ~Operators() { weir_arena_free(arena); }

    weir_stream Stream(uint32_t channels, uint32_t lanes, int width) {
        return {8, 8, channels, lanes, {width, width / 2, true}};
    }

    weir_operator Matvec(bool latency, uint32_t pe, uint32_t simd, int width,
                         std::vector<int32_t> weights, uint32_t outputs) {
        weir_operator op = {};
        uint32_t channels = (uint32_t)weights.size() / outputs;
        weir_matvec_spec spec = {};
        spec.in = Stream(channels, latency ? channels : simd, width);
        spec.outputs = outputs;
        spec.out_lanes = latency ? outputs : pe;
        spec.weights = weights.data();
        spec.weight_type = Type(8, 4);
        spec.out = Type(width, width / 2);
        spec.latency = latency;
        spec.pe = pe;
        spec.simd = simd;
        EXPECT_TRUE(weir_matvec_operator(&op, arena, "matvec", &spec, WEIR_NOWHERE, diag))
            << testing::PrintToString(diag.Lines());
        return op;
    }
};

TEST(Estimate, ReadsTheModulesParameters) {
    Operators make;
    weir_operator op = make.Matvec(false, 2, 4, 16, std::vector<int32_t>(32, 3), 4);
    weir_parameters *p = weir_parameters_read(&op);
    EXPECT_EQ(weir_parameter(p, "PE", 0), 2);
    EXPECT_EQ(weir_parameter(p, "SIMD", 0), 4);
    EXPECT_EQ(weir_parameter(p, "CHANNELS", 0), 8);
    EXPECT_EQ(weir_parameter(p, "WEIGHT_WIDTH", 0), 8);
    EXPECT_EQ(weir_parameter(p, "NOTHING_LIKE_IT", -7), -7);
    weir_parameters_free(p);
}

// 3 = 4 - 1 is an addition, 4 a shift, 11 a multiplication, 0 nothing.
TEST(Estimate, CountsTheLatencyStrategysArithmetic) {
    Operators make;
    weir_operator op = make.Matvec(true, 1, 1, 16, {3, 4, 11, 0}, 1);
    weir_parameters *p = weir_parameters_read(&op);
    EXPECT_EQ(p->n_multiplied, 1u);
    EXPECT_EQ(p->multiplied[0].a, 16u);
    EXPECT_EQ(p->multiplied[0].b, 5u) << "11 and its sign";
    // x*3 of 18 bits is one addition, the sum of three products two of 22 bits or less.
    EXPECT_GE(p->added, 18u + 2 * 20);
    EXPECT_LE(p->added, 18u + 2 * 22);
    weir_parameters_free(p);
    weir_features features;
    weir_estimate_features(&op, &features);
    EXPECT_STREQ(features.kind, "matvec_latency");
    EXPECT_EQ(features.dsp, 1u);
}

TEST(Estimate, DspOfResourceStrategyAreItsMultipliers) {
    Operators make;
    for (uint32_t pe : {1, 2, 4})
        for (uint32_t simd : {1, 2, 4}) {
            weir_operator op = make.Matvec(false, pe, simd, 16, std::vector<int32_t>(32, 3), 4);
            weir_cost cost;
            weir_estimate(&op, &cost);
            EXPECT_EQ(cost.total[WEIR_DSP], pe * simd);
        }
    weir_operator narrow = make.Matvec(false, 2, 2, 2, std::vector<int32_t>(16, 1), 4);
    weir_features features;
    weir_estimate_features(&narrow, &features);
    EXPECT_EQ(features.dsp, narrow.multipliers) << "2 x 8 bits is ten bits: a DSP";
}

TEST(Estimate, PartsAddUpForEveryKind) {
    Operators make;
    weir_operator ops[5] = {};
    weir_stream in = make.Stream(8, 4, 12);
    weir_window_shape shape = {3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
    ASSERT_TRUE(
        weir_window_operator(&ops[0], make.arena, "w", in, shape, 0, WEIR_NOWHERE, make.diag));
    ASSERT_TRUE(weir_width_operator(&ops[1], make.arena, "n", in, 1, WEIR_NOWHERE, make.diag));
    ASSERT_TRUE(weir_fork_operator(&ops[2], make.arena, "f", in, 3, WEIR_NOWHERE, make.diag));
    ASSERT_TRUE(weir_resize_operator(&ops[3], make.arena, "r", in, 2, 2, WEIR_NOWHERE, make.diag));
    ASSERT_TRUE(weir_activation_operator(&ops[4], make.arena, "a", in, WEIR_LAYER_TANH, 0, 0, 1024,
                                         Type(10, 2), WEIR_NOWHERE, make.diag));
    for (const weir_operator &op : ops) {
        weir_cost cost;
        weir_estimate(&op, &cost);
        EXPECT_EQ(cost.source, WEIR_COST_ESTIMATE);
        EXPECT_GT(cost.band, 0);
        EXPECT_LT(cost.band, 1) << op.kind->name;
        EXPECT_GT(cost.total[WEIR_FF], 0u) << op.kind->name;
        for (int r = 0; r < WEIR_RESOURCES; r++) {
            uint64_t sum = 0;
            for (auto &part : cost.part)
                sum += part[r];
            EXPECT_EQ(sum, cost.total[r]) << op.kind->name;
        }
    }
}

// Every position built: 3 and 4 need no multiplier, 11 and 13 do, and a zero is nothing at all.
TEST(Estimate, OperatorsOfWholeTensors) {
    Operators make;
    const uint32_t first[] = {0, 3, 6}, inputs[] = {0, 1, 2, 1, 2, 3};
    const int32_t weights[] = {3, 4, 11, 13, 0, 4};
    weir_unrolled_spec spec = {};
    spec.in = {1, 1, 4, 4, {16, 8, true}};
    spec.lists = {2, first, inputs};
    spec.weights = weights;
    spec.weight_type = Type(8, 4);
    spec.out = Type(16, 8);
    spec.reuse_factor = 1;
    spec.tree_levels = 3;
    weir_operator ops[4] = {};
    ASSERT_TRUE(weir_unrolled_operator(&ops[0], make.arena, "u", &spec, WEIR_NOWHERE, make.diag));
    spec.reuse_factor = 2;
    ASSERT_TRUE(weir_unrolled_operator(&ops[1], make.arena, "s", &spec, WEIR_NOWHERE, make.diag));
    ASSERT_TRUE(weir_unrolled_pool_operator(&ops[2], make.arena, "p", spec.in, &spec.lists, false,
                                            nullptr, spec.out, WEIR_NOWHERE, make.diag));
    const weir_wire wires[] = {{0, 3}, {0, 1}};
    ASSERT_TRUE(weir_gather_operator(&ops[3], make.arena, "g", &spec.in, 1, wires, 2, spec.out,
                                     WEIR_NOWHERE, make.diag));
    const uint64_t dsp[] = {2, 3, 0, 0};
    for (int i = 0; i < 4; i++) {
        weir_cost cost;
        weir_estimate(&ops[i], &cost);
        EXPECT_EQ(cost.source, WEIR_COST_ESTIMATE) << ops[i].name;
        EXPECT_EQ(cost.total[WEIR_DSP], dsp[i]) << ops[i].name;
        EXPECT_EQ(cost.total[WEIR_DSP], ops[i].multipliers) << ops[i].name;
        EXPECT_GT(cost.total[WEIR_FF], 0u) << ops[i].name;
    }
    weir_parameters *pool = weir_parameters_read(&ops[2]);
    EXPECT_EQ(pool->joined, 4u);
    EXPECT_EQ(pool->held, 2u) << "each maximum of three is one join";
    weir_parameters_free(pool);
    weir_features gather;
    weir_estimate_features(&ops[3], &gather);
    EXPECT_EQ(gather.value[WEIR_FEATURE_REGISTER], 32);
}

// ---- the committed sweep of modules that no fit has seen

struct Row {
    std::map<std::string, std::string> cells;
    double Number(const std::string &name) const { return std::stod(cells.at(name)); }
};

/* Rows by module. */
std::map<std::string, Row> Held() {
    std::ifstream file(WEIR_SOURCE_DIR "/bench/resources/held.csv");
    std::vector<std::string> names;
    std::map<std::string, Row> rows;
    for (std::string line; std::getline(file, line);) {
        std::istringstream cells(line);
        Row row;
        size_t i = 0;
        bool header = names.empty();
        for (std::string cell; std::getline(cells, cell, ','); i++) {
            if (header)
                names.push_back(cell);
            else
                row.cells[names.at(i)] = cell;
        }
        if (!header) rows[row.cells.at("module")] = row;
    }
    return rows;
}

TEST(Estimate, EveryBandIsBelowTheEstimate) {
    for (const weir_fit &fit : weir_fits) {
        EXPECT_GE(fit.band, 0.05) << fit.kind;
        EXPECT_LT(fit.band, 1) << fit.kind;
    }
}

/* Drawn here as bench/resources/sweep draws them, and estimated here; only what synthesis found is
 * from the file. */
TEST(Estimate, HoldsOnModulesThatTheFitHasNotSeen) {
    const uint64_t seed = 11; /* of held.csv; the fit's is another */
    const uint32_t each = 8;
    Operators make;
    std::vector<weir_operator> ops((WEIR_DRAWN_KINDS + 1) * each);
    ops.resize(weir_draw_modules(make.arena, seed, each, ops.data()));
    std::map<std::string, Row> rows = Held();
    size_t held = 0, within = 0, exact = 0;
    for (const weir_operator &op : ops) {
        ASSERT_EQ(rows.count(op.name), 1u) << op.name;
        const Row &row = rows[op.name];
        weir_cost cost;
        weir_estimate(&op, &cost);
        auto holds = [&](weir_resource resource) {
            double guess = (double)cost.total[resource];
            double off = std::fabs(row.Number(weir_resource_key(resource)) - guess);
            return off <= WEIR_ESTIMATE_SLACK || off <= cost.band * guess;
        };
        bool good = holds(WEIR_LUT) && holds(WEIR_FF);
        if (!good)
            std::cout << op.name << " is outside its band of " << 100 * cost.band << " %: LUT "
                      << cost.total[WEIR_LUT] << ", synthesis " << row.cells.at("lut") << "; FF "
                      << cost.total[WEIR_FF] << ", synthesis " << row.cells.at("ff") << "\n";
        held++;
        within += good;
        exact += row.Number("dsp") == (double)cost.total[WEIR_DSP] &&
                 row.Number("bram18") == (double)cost.total[WEIR_BRAM18];
    }
    EXPECT_GE(held, 50u);
    EXPECT_GE(within, 0.9 * (double)held);
    EXPECT_GE(exact, 0.9 * (double)held) << "what is counted, not fitted";
    RecordProperty("held", (int)held);
    RecordProperty("within", (int)within);
}

// ---- synthesis here and now

TEST(Estimate, AgreesWithSynthesis) {
    Operators make;
    scratch::Folder folder;
    std::string before = getenv("XDG_CACHE_HOME") ? getenv("XDG_CACHE_HOME") : "";
    weir_operator ops[3] = {};
    weir_stream in = make.Stream(12, 6, 14), both[2] = {in, in};
    ASSERT_TRUE(weir_width_operator(&ops[0], make.arena, "narrow", in, 2, WEIR_NOWHERE, make.diag));
    ASSERT_TRUE(weir_add_operator(&ops[1], make.arena, "add", both, 2, false,
                                  Type(12, 6, WEIR_RND, WEIR_SAT), WEIR_NOWHERE, make.diag));
    ops[2] = make.Matvec(true, 1, 1, 12, {3, 4, 11, 0, -7, 90, 45, 1, 17, 2, 5, 6}, 3);
    std::vector<std::string> texts;
    std::vector<std::vector<std::string>> paths(3);
    std::vector<std::vector<const char *>> sources(3);
    std::vector<weir_synthesis_request> requests(3);
    const char *const modules[] = {"narrow", "add", "latency"};
    for (const weir_rtl_file *file = weir_rtl_library; file->name; file++)
        folder.Write(file->name, file->text);
    for (size_t i = 0; i < 3; i++) {
        weir_text *text = weir_text_new();
        ops[i].kind->emit(&ops[i], modules[i], text);
        for (const char *const *name = ops[i].kind->library; *name; name++)
            paths[i].push_back(folder.Path(*name));
        paths[i].push_back(folder.Write(std::string(modules[i]) + ".sv", weir_text_string(text)));
        weir_text_free(text);
        for (auto &path : paths[i])
            sources[i].push_back(path.c_str());
        requests[i].module = modules[i];
        requests[i].sources = sources[i].data();
        requests[i].n_sources = (uint32_t)sources[i].size();
        requests[i].n_inputs = ops[i].n_inputs;
        requests[i].n_outputs = ops[i].n_outputs;
        for (uint32_t p = 0; p < ops[i].n_inputs; p++)
            requests[i].input_bits[p] = weir_stream_beat_bits(&ops[i].in[p]);
        for (uint32_t q = 0; q < ops[i].n_outputs; q++)
            requests[i].output_bits[q] = weir_stream_beat_bits(&ops[i].out[q]);
    }
    setenv("XDG_CACHE_HOME", folder.Path("cache").c_str(), 1);
    ASSERT_TRUE(weir_synthesise(requests.data(), 3, WEIR_XCUP, 200, nullptr, make.diag))
        << testing::PrintToString(make.diag.Lines());
    setenv("XDG_CACHE_HOME", before.c_str(), 1);
    for (size_t i = 0; i < 3; i++) {
        weir_cost guess;
        weir_estimate(&ops[i], &guess);
        const weir_cost &found = requests[i].cost;
        for (weir_resource r : {WEIR_LUT, WEIR_FF}) {
            double slack =
                std::max((double)WEIR_ESTIMATE_SLACK, guess.band * (double)guess.total[r]);
            EXPECT_NEAR((double)found.total[r], (double)guess.total[r], slack)
                << modules[i] << " " << weir_resource_title(r);
        }
        EXPECT_EQ(found.total[WEIR_DSP], guess.total[WEIR_DSP]) << modules[i];
        EXPECT_EQ(found.total[WEIR_BRAM18], guess.total[WEIR_BRAM18]) << modules[i];
    }
}

} // namespace
