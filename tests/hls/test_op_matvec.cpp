#include "operator_harness.h"

#include <gtest/gtest.h>
#include <random>

namespace {

struct Case {
    const char *label;
    weir_stream in;
    uint32_t outputs, out_lanes;
    weir_fixed weight_type;
    weir_fixed out;
    bool latency;
    uint32_t pe, simd;
    double zeros; /* share of weights that are zero */
    const weir_fixed *accumulator;
    bool bias;
};

/* Random weights and biases; what is built must live as long as the call only. */
bool build(weir_operator *op, weir_arena *arena, weir_diag *diag, const Case &c,
           std::mt19937_64 &random) {
    int64_t low = weir_fixed_min(c.weight_type), high = weir_fixed_max(c.weight_type);
    std::vector<int32_t> weights(c.in.channels * c.outputs);
    std::vector<int64_t> bias(c.outputs);
    for (int32_t &w : weights)
        w = (double)(random() % 1000) < c.zeros * 1000
                ? 0
                : (int32_t)(low + (int64_t)(random() % (uint64_t)(high - low + 1)));
    weights[0] = (int32_t)low;
    weights.back() = (int32_t)high;
    int bits = c.in.element.width + c.weight_type.width - 1;
    for (int64_t &b : bias)
        b = (int64_t)(random() % ((uint64_t)1 << bits)) - ((int64_t)1 << (bits - 1));
    weir_matvec_spec spec = {};
    spec.in = c.in;
    spec.outputs = c.outputs;
    spec.out_lanes = c.out_lanes;
    spec.weights = weights.data();
    spec.weight_type = c.weight_type;
    spec.bias = c.bias ? bias.data() : nullptr;
    spec.accumulator = c.accumulator;
    spec.out = c.out;
    spec.latency = c.latency;
    spec.pe = c.pe;
    spec.simd = c.simd;
    return weir_matvec_operator(op, arena, c.label, &spec, WEIR_NOWHERE, diag);
}

weir_fixed type(int width, int integer, bool is_signed = true, weir_rounding rounding = WEIR_TRN,
                weir_overflow overflow = WEIR_WRAP) {
    return {width, integer, is_signed, rounding, overflow};
}

void run(const std::vector<Case> &cases, uint64_t seed) {
    Harness harness;
    std::mt19937_64 random(seed);
    for (const Case &c : cases)
        ASSERT_TRUE(build(harness.add(c.label), harness.arena(), harness.diag(), c, random))
            << c.label << "\n"
            << harness.diagnostics();
    harness.run(seed);
}

TEST(Matvec, ResourceRtlEqualsReferenceInEveryCycle) {
    const weir_fixed narrow = type(14, 9, true, WEIR_RND, WEIR_SAT);
    const weir_fixed unsigned_acc = type(18, 10, false, WEIR_RND_CONV, WEIR_SAT_SYM);
    run(
        {
            {"one multiplier",
             {1, 3, 4, 2, {16, 6, true}},
             3,
             3,
             type(16, 6),
             type(16, 6),
             false,
             1,
             1,
             0,
             nullptr,
             true},
            {"folded both ways",
             {2, 2, 8, 4, {8, 4, true}},
             6,
             4 / 2,
             type(6, 1),
             type(8, 5, true, WEIR_RND_CONV, WEIR_SAT),
             false,
             2,
             2,
             0.2,
             nullptr,
             true},
            {"whole input at once",
             {1, 4, 6, 6, {5, 5, false}},
             4,
             4,
             type(4, 0),
             type(9, 8, true, WEIR_RND_ZERO, WEIR_SAT_SYM),
             false,
             2,
             6,
             0,
             nullptr,
             true},
            {"reuse factor 1",
             {3, 2, 4, 4, {7, 3, true}},
             2,
             2,
             type(9, -1, false),
             type(12, 2, true, WEIR_TRN_ZERO),
             false,
             2,
             4,
             0,
             nullptr,
             false},
            {"own accumulator",
             {1, 5, 9, 3, {12, 5, true}},
             4,
             2,
             type(10, 4),
             type(10, 8, false, WEIR_RND_INF, WEIR_SAT),
             false,
             1,
             3,
             0,
             &narrow,
             true},
            {"unsigned accumulator, negative fraction",
             {1, 3, 2, 1, {8, 10, true}},
             4,
             4,
             type(8, 9, false),
             type(20, 6, true, WEIR_RND_MIN_INF, WEIR_SAT_ZERO),
             false,
             4,
             1,
             0,
             &unsigned_acc,
             true},
            {"wide numbers",
             {1, 2, 2, 2, {30, 10, true}},
             2,
             1,
             type(30, 12),
             type(32, 20),
             false,
             1,
             2,
             0,
             nullptr,
             false},
            {"deep adder tree",
             {1, 3, 72, 36, {6, 2, true}},
             2,
             2,
             type(6, 2),
             type(16, 10),
             false,
             1,
             36,
             0.3,
             nullptr,
             true},
        },
        21);
}

TEST(Matvec, LatencyRtlEqualsReferenceInEveryCycle) {
    const weir_fixed acc = type(16, 8, true, WEIR_RND_INF, WEIR_SAT);
    const weir_fixed unsigned_acc = type(15, 12, false, WEIR_TRN, WEIR_SAT);
    run(
        {
            {"dense",
             {2, 3, 5, 5, {16, 6, true}},
             4,
             4,
             type(16, 6),
             type(16, 6),
             true,
             0,
             0,
             0,
             nullptr,
             true},
            {"sparse",
             {1, 7, 12, 12, {8, 3, true}},
             6,
             6,
             type(7, 2),
             type(8, 4, true, WEIR_RND, WEIR_SAT),
             true,
             0,
             0,
             0.8,
             nullptr,
             true},
            {"unsigned input",
             {1, 4, 10, 10, {4, 4, false}},
             3,
             3,
             type(3, 1),
             type(6, 5, true, WEIR_RND_CONV, WEIR_SAT_SYM),
             true,
             0,
             0,
             0.3,
             nullptr,
             true},
            {"only biases",
             {1, 3, 3, 3, {8, 3, true}},
             8,
             8,
             type(5, 2),
             type(11, 4),
             true,
             0,
             0,
             0.95,
             nullptr,
             true},
            {"own accumulator",
             {1, 5, 9, 9, {12, 5, true}},
             4,
             4,
             type(10, 4),
             type(10, 8, false, WEIR_RND_INF, WEIR_SAT),
             true,
             0,
             0,
             0,
             &acc,
             true},
            {"unsigned accumulator",
             {1, 5, 3, 3, {12, 5, true}},
             4,
             4,
             type(10, 4, false),
             type(10, 8, true, WEIR_RND_ZERO, WEIR_SAT_ZERO),
             true,
             0,
             0,
             0,
             &unsigned_acc,
             false},
            {"single bits",
             {1, 6, 5, 5, {1, 1, true}},
             3,
             3,
             type(1, 1),
             type(5, 5),
             true,
             0,
             0,
             0.3,
             nullptr,
             false},
            {"three stages of adders",
             {1, 3, 70, 70, {6, 2, true}},
             3,
             3,
             type(8, 2),
             type(16, 9),
             true,
             0,
             0,
             0.02,
             nullptr,
             true},
        },
        22);
}

struct Built { /* one operator with all weights given */
    weir_arena *arena = weir_arena_new();
    weir_diag *diag = weir_diag_new();
    weir_operator op = {};
    weir_matvec_spec spec = {};
    ~Built() {
        weir_arena_free(arena);
        weir_diag_free(diag);
    }
    bool build() { return weir_matvec_operator(&op, arena, "m", &spec, {"net.cfg", 3}, diag); }
    std::string message(size_t index) const {
        return index < weir_diag_count(diag) ? weir_diag_at(diag, index)->text : "";
    }
    std::string text() const {
        weir_text *sv = weir_text_new();
        op.kind->emit(&op, "module_name", sv);
        std::string text = weir_text_string(sv);
        weir_text_free(sv);
        return text;
    }
};

const int32_t weights_3x2[] = {1, -2, 0, 3, 5, 0};
const int64_t bias_2[] = {100, -7};

weir_matvec_spec spec_3x2() {
    weir_matvec_spec spec = {};
    spec.in = {1, 2, 3, 3, {8, 8, true}};
    spec.outputs = 2;
    spec.out_lanes = 2;
    spec.weights = weights_3x2;
    spec.weight_type = type(4, 4);
    spec.bias = bias_2;
    spec.out = type(16, 16);
    spec.latency = true;
    spec.pe = 1;
    spec.simd = 1;
    return spec;
}

TEST(Matvec, ReferenceByHand) {
    const int32_t in[] = {1, 2, 3, -4, 5, -6};
    const std::vector<int32_t> expected = {1 + 15 + 100, -2 + 6 - 7, -4 - 30 + 100, 8 + 15 - 7};
    for (bool latency : {true, false}) {
        Built b;
        b.spec = spec_3x2();
        b.spec.latency = latency;
        ASSERT_TRUE(b.build()) << b.message(0);
        std::vector<int32_t> out(4);
        const int32_t *from = in;
        int32_t *to = out.data();
        b.op.kind->infer(&b.op, &from, &to);
        EXPECT_EQ(out, expected);
        EXPECT_EQ(b.op.multipliers, latency ? 4u : 1u);
        EXPECT_EQ(b.op.reuse_factor, latency ? 1u : 6u);
        EXPECT_EQ(b.op.ii_cycles, latency ? 1u : 6u);
        EXPECT_EQ(b.op.initiations, 2u);
        EXPECT_EQ(b.op.steps, latency ? 2u : 12u);
        EXPECT_STREQ(b.op.strategy, latency ? "latency" : "resource");
    }
}

TEST(Matvec, ZerosAreNotBuiltAndEqualProductsShared) {
    Built b;
    b.spec = spec_3x2();
    const int32_t weights[] = {3, -3, 0, 0, 0, 1};
    b.spec.weights = weights;
    ASSERT_TRUE(b.build()) << b.message(0);
    std::string text = b.text();
    EXPECT_EQ(b.op.multipliers, 3u);
    EXPECT_NE(text.find("p0_3 <= "), std::string::npos);
    EXPECT_NE(text.find("p2_1 <= "), std::string::npos);
    EXPECT_EQ(text.find("x1 <= "), std::string::npos);
    size_t products = 0;
    for (size_t at = text.find("\n            p"); at != std::string::npos;
         at = text.find("\n            p", at + 1))
        products++;
    EXPECT_EQ(products, 2u);
}

TEST(Matvec, LayersOfOneShapeShareTheirModule) {
    Built a, b;
    a.spec = b.spec = spec_3x2();
    a.spec.latency = b.spec.latency = false;
    const int32_t other[] = {-8, 7, 7, 7, -1, 0};
    b.spec.weights = other;
    b.spec.bias = nullptr;
    ASSERT_TRUE(a.build());
    ASSERT_TRUE(b.build());
    EXPECT_EQ(a.text(), b.text());
    ASSERT_EQ(a.op.n_images, 2u);
    EXPECT_EQ(a.op.images[0].words, 6u);
    EXPECT_EQ(a.op.images[0].word_bits, 4u);
    /* Output group outer, input group inner. */
    const std::vector<uint8_t> words(a.op.images[0].bytes, a.op.images[0].bytes + 6);
    EXPECT_EQ(words, (std::vector<uint8_t>{1, 0, 5, 14, 3, 0}));
}

TEST(Matvec, RefusesWhatCannotBeBuilt) {
    Built lanes;
    lanes.spec = spec_3x2();
    lanes.spec.in.lanes = 1;
    lanes.spec.out_lanes = 1;
    EXPECT_FALSE(lanes.build());
    EXPECT_EQ(lanes.message(0), "process \"m\": 1 input lanes, the latency strategy needs all 3 "
                                "channels in one beat");
    EXPECT_EQ(weir_diag_count(lanes.diag), 2u);
    EXPECT_STREQ(weir_diag_at(lanes.diag, 0)->file, "net.cfg");

    Built folding;
    folding.spec = spec_3x2();
    folding.spec.latency = false;
    folding.spec.pe = 3;
    folding.spec.simd = 2;
    EXPECT_FALSE(folding.build());
    EXPECT_EQ(folding.message(0), "process \"m\": PE 3, must divide the 2 outputs");
    EXPECT_EQ(folding.message(1), "process \"m\": SIMD 2, must divide the 3 input lanes");

    Built weight;
    weight.spec = spec_3x2();
    weight.spec.weight_type = type(3, 3);
    EXPECT_FALSE(weight.build());
    EXPECT_EQ(weight.message(0), "process \"m\": weight 5 of input 2, output 0; its type holds -4 "
                                 "to 3");
}

TEST(Matvec, SumsOf63BitsAreTheLimit) {
    const int32_t largest[] = {INT32_MAX};
    const int64_t fits = ((int64_t)1 << 31) - 1; /* 2^31 (2^31 - 1) + this = 2^62 - 1 */
    for (bool within : {true, false}) {
        Built b;
        b.spec = spec_3x2();
        b.spec.in = {1, 1, 1, 1, {32, 32, true}};
        b.spec.outputs = b.spec.out_lanes = 1;
        b.spec.weights = largest;
        b.spec.weight_type = type(32, 32);
        /* The lowest input gives -(2^62 - 2^31); a bias of -2^31 would make it -2^62. */
        int64_t bias = -(within ? fits : fits + 1);
        b.spec.bias = &bias;
        EXPECT_EQ(b.build(), within) << b.message(0);
    }
}

} // namespace
