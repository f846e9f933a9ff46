// Operators with every position built: RTL against C in every cycle, and what is and is not built.
#include "hls/unrolled.h"
#include "operator_harness.h"

#include <gtest/gtest.h>
#include <random>

namespace {

weir_fixed type(int width, int integer, bool is_signed = true, weir_rounding rounding = WEIR_TRN,
                weir_overflow overflow = WEIR_WRAP) {
    return {width, integer, is_signed, rounding, overflow};
}

weir_stream beat(uint32_t elements, weir_element element) {
    return {1, 1, elements, elements, element};
}

/* A convolution's taps, or a window's elements: tap (kernel row, kernel column, channel). */
struct Window {
    uint32_t rows, columns, channels;
    uint32_t kernel_rows, kernel_columns, stride;
    uint32_t pad_before,
        pad_after;    /* of rows and columns alike, rows only where there are several */
    uint32_t outputs; /* channels out; each group of channels in has its own */
    uint32_t groups;
};

struct Lists {
    std::vector<uint32_t> first{0}, inputs, weights; /* weight: index into those of the layer */
    weir_lists lists() const { return {(uint32_t)first.size() - 1, first.data(), inputs.data()}; }
};

Lists conv_lists(const Window &w) {
    Lists lists;
    auto out_size = [&](uint32_t size, uint32_t kernel, bool padded) {
        return (size + (padded ? w.pad_before + w.pad_after : 0) - kernel) / w.stride + 1;
    };
    bool flat = w.rows == 1;
    uint32_t out_rows = out_size(w.rows, w.kernel_rows, !flat);
    uint32_t out_columns = out_size(w.columns, w.kernel_columns, true);
    uint32_t group_in = w.channels / w.groups, group_out = w.outputs / w.groups;
    for (uint32_t r = 0; r < out_rows; r++)
        for (uint32_t c = 0; c < out_columns; c++)
            for (uint32_t n = 0; n < w.outputs; n++) {
                for (uint32_t kr = 0; kr < w.kernel_rows; kr++)
                    for (uint32_t kc = 0; kc < w.kernel_columns; kc++)
                        for (uint32_t i = 0; i < group_in; i++) {
                            int row = (int)(r * w.stride + kr) - (int)(flat ? 0 : w.pad_before);
                            int column = (int)(c * w.stride + kc) - (int)w.pad_before;
                            if (row < 0 || row >= (int)w.rows || column < 0 ||
                                column >= (int)w.columns)
                                continue;
                            uint32_t channel = n / group_out * group_in + i;
                            lists.inputs.push_back(((uint32_t)row * w.columns + (uint32_t)column) *
                                                       w.channels +
                                                   channel);
                            lists.weights.push_back(
                                ((kr * w.kernel_columns + kc) * group_in + i) * w.outputs + n);
                        }
                lists.first.push_back((uint32_t)lists.inputs.size());
            }
    return lists;
}

struct Case {
    std::string label;
    Window window;
    weir_element element;
    weir_fixed weight_type, out;
    uint32_t tree_levels;
    double zeros;
    bool bias;
    const weir_fixed *accumulator;
};

bool build(weir_operator *op, weir_arena *arena, weir_diag *diag, const Case &c, uint64_t reuse,
           std::mt19937_64 &random) {
    const Window &w = c.window;
    int64_t low = weir_fixed_min(c.weight_type), high = weir_fixed_max(c.weight_type);
    std::vector<int32_t> own(w.kernel_rows * w.kernel_columns * w.channels / w.groups * w.outputs);
    for (int32_t &value : own)
        value = (double)(random() % 1000) < c.zeros * 1000
                    ? 0
                    : (int32_t)(low + (int64_t)(random() % (uint64_t)(high - low + 1)));
    own[0] = (int32_t)low;
    own.back() = (int32_t)high;
    Lists lists = conv_lists(w);
    std::vector<int32_t> weights;
    for (uint32_t index : lists.weights)
        weights.push_back(own[index]);
    std::vector<int64_t> bias(lists.first.size() - 1);
    int bits = c.element.width + c.weight_type.width - 1;
    for (int64_t &b : bias)
        b = (int64_t)(random() % ((uint64_t)1 << bits)) - ((int64_t)1 << (bits - 1));
    weir_unrolled_spec spec = {};
    spec.in = beat(w.rows * w.columns * w.channels, c.element);
    spec.lists = lists.lists();
    spec.weights = weights.data();
    spec.weight_type = c.weight_type;
    spec.bias = c.bias ? bias.data() : nullptr;
    spec.accumulator = c.accumulator;
    spec.out = c.out;
    spec.reuse_factor = reuse;
    spec.tree_levels = c.tree_levels;
    return weir_unrolled_operator(op, arena, c.label.c_str(), &spec, WEIR_NOWHERE, diag);
}

void run(const std::vector<Case> &cases, const std::vector<uint64_t> &reuses, uint64_t seed) {
    Harness harness;
    std::mt19937_64 random(seed);
    for (const Case &c : cases)
        for (uint64_t reuse : reuses) {
            std::string label = c.label + ", reuse factor " + std::to_string(reuse);
            ASSERT_TRUE(
                build(harness.add(label), harness.arena(), harness.diag(), c, reuse, random))
                << label << "\n"
                << harness.diagnostics();
        }
    harness.run(seed);
}

const weir_fixed kRounded = type(12, 6, true, WEIR_RND_CONV, WEIR_SAT);

TEST(Unrolled, ConvolutionRtlEqualsReferenceInEveryCycle) {
    run({{"1-D",
          {1, 6, 2, 1, 4, 1, 1, 2, 3, 1},
          {10, 4, true},
          type(9, 3),
          type(18, 8),
          3,
          0,
          true,
          nullptr},
         {"2-D, strided, padded",
          {4, 5, 2, 3, 3, 2, 1, 1, 2, 1},
          {6, 2, true},
          type(5, 1),
          kRounded,
          2,
          0.3,
          true,
          nullptr},
         {"groups",
          {3, 3, 4, 2, 2, 1, 0, 0, 4, 2},
          {5, 5, false},
          type(4, 2),
          type(14, 10),
          1,
          0,
          false,
          nullptr},
         {"depthwise, unsigned weights",
          {3, 4, 3, 3, 3, 1, 1, 1, 3, 3},
          {4, 1, true},
          type(4, 2, false),
          kRounded,
          3,
          0.4,
          true,
          nullptr}},
        {1, 2, 3}, 61);
}

TEST(Unrolled, DenseRtlEqualsReferenceInEveryCycle) {
    const weir_fixed acc = type(14, 7, true, WEIR_RND_INF, WEIR_SAT);
    const weir_fixed unsigned_acc = type(15, 9, false, WEIR_TRN, WEIR_SAT);
    run({{"dense",
          {1, 1, 12, 1, 1, 1, 0, 0, 5, 1},
          {18, 8, true},
          type(18, 8),
          type(18, 8),
          3,
          0,
          true,
          nullptr},
         {"pruned",
          {1, 1, 20, 1, 1, 1, 0, 0, 6, 1},
          {8, 3, true},
          type(7, 2),
          type(16, 8),
          2,
          0.8,
          true,
          nullptr},
         {"own accumulator",
          {1, 1, 9, 1, 1, 1, 0, 0, 3, 1},
          {12, 5, true},
          type(8, 3),
          kRounded,
          4,
          0,
          false,
          &acc},
         {"unsigned accumulator",
          {1, 1, 7, 1, 1, 1, 0, 0, 3, 1},
          {9, 5, false},
          type(6, 3),
          type(12, 8),
          1,
          0,
          true,
          &unsigned_acc}},
        {1, 2, 3, 7}, 62);
}

TEST(Unrolled, ExtremesRtlEqualsReferenceInEveryCycle) {
    run({{"single bits",
          {1, 1, 5, 1, 1, 1, 0, 0, 3, 1},
          {1, 1, true},
          type(1, 1),
          type(5, 5),
          2,
          0.3,
          false,
          nullptr},
         {"nearly all zero",
          {1, 1, 3, 1, 1, 1, 0, 0, 4, 1},
          {8, 3, true},
          type(5, 2),
          type(11, 4),
          3,
          0.95,
          true,
          nullptr},
         {"scale",
          {1, 4, 3, 1, 1, 1, 0, 0, 3, 3},
          {8, 3, true},
          type(6, 2),
          type(12, 6),
          3,
          0,
          true,
          nullptr}},
        {1, 4, 100}, 63);
}

struct Built { /* one operator with all entries given */
    weir_arena *arena = weir_arena_new();
    weir_diag *diag = weir_diag_new();
    weir_operator op = {};
    weir_unrolled_spec spec = {};
    std::vector<uint32_t> first, inputs;
    std::vector<int32_t> weights;
    std::vector<int64_t> bias;

    Built() {
        spec.in = beat(4, {8, 8, true});
        spec.weight_type = type(8, 8);
        spec.out = type(16, 16);
        spec.reuse_factor = 1;
        spec.tree_levels = 3;
        /* 7 and 20 have two signed digits, 11 and -45 more; 1 has one. */
        first = {0, 4, 6};
        inputs = {0, 1, 2, 3, 0, 3};
        weights = {7, 11, 0, -45, 20, 1};
        bias = {100, -7};
    }
    ~Built() {
        weir_arena_free(arena);
        weir_diag_free(diag);
    }
    bool build() {
        spec.lists = {(uint32_t)first.size() - 1, first.data(), inputs.data()};
        spec.weights = weights.data();
        spec.bias = bias.data();
        return weir_unrolled_operator(&op, arena, "u", &spec, {"net.cfg", 3}, diag);
    }
    std::string message() const { return weir_diag_count(diag) ? weir_diag_at(diag, 0)->text : ""; }
    std::string text() const {
        weir_text *sv = weir_text_new();
        op.kind->emit(&op, "module_name", sv);
        std::string text = weir_text_string(sv);
        weir_text_free(sv);
        return text;
    }
};

size_t count(const std::string &text, const std::string &what) {
    size_t n = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        n++;
    return n;
}

TEST(Unrolled, ReferenceByHand) {
    const int32_t in[] = {1, -2, 3, 4};
    for (uint64_t reuse : {1, 2, 3, 5}) {
        Built b;
        b.spec.reuse_factor = reuse;
        ASSERT_TRUE(b.build()) << b.message();
        int32_t out[2];
        const int32_t *from = in;
        int32_t *to = out;
        b.op.kind->infer(&b.op, &from, &to);
        EXPECT_EQ(out[0], 7 - 22 - 180 + 100);
        EXPECT_EQ(out[1], 20 + 4 - 7);
        EXPECT_EQ(b.op.ii_cycles, reuse);
        EXPECT_EQ(b.op.steps, reuse);
        EXPECT_EQ(b.op.initiations, 1u);
    }
}

TEST(Unrolled, ShiftsAndZerosNeedNoMultiplierAndReuseSharesThem) {
    Built each;
    ASSERT_TRUE(each.build()) << each.message();
    EXPECT_EQ(each.op.multipliers, 2u);
    EXPECT_EQ(count(each.text(), " * "), 2u);
    for (uint64_t reuse : {2, 3, 5}) {
        Built b;
        b.spec.reuse_factor = reuse;
        ASSERT_TRUE(b.build()) << b.message();
        EXPECT_EQ(b.op.multipliers, (5 + reuse - 1) / reuse);
        EXPECT_EQ(count(b.text(), " * "), b.op.multipliers);
    }
}

TEST(Unrolled, AReuseFactorAboveTheProductsIsTheirNumber) {
    Built b;
    b.spec.reuse_factor = 6;
    ASSERT_TRUE(b.build()) << b.message();
    EXPECT_EQ(b.op.reuse_factor, 5u);
    EXPECT_EQ(b.op.multipliers, 1u);
}

/* Sixteen products and a bias: one stage of four levels is too little, one of five enough. */
TEST(Unrolled, AdderLevelsAStageSetTheDepth) {
    const uint32_t stages[] = {5, 3, 2, 2, 1};
    for (uint32_t levels = 1; levels <= 5; levels++)
        for (bool bias : {true, false}) {
            Built b;
            b.spec.in = beat(16, {8, 8, true});
            b.first = {0, 16};
            b.inputs.clear();
            for (uint32_t i = 0; i < 16; i++)
                b.inputs.push_back(i);
            b.weights.assign(16, 11);
            b.bias = {bias ? 3 : 0};
            b.spec.tree_levels = levels;
            ASSERT_TRUE(b.build()) << b.message();
            uint32_t without = (4 + levels - 1) / levels;
            EXPECT_EQ(b.op.stages, 3 + (bias ? stages[levels - 1] : without)) << levels;
        }
}

TEST(Unrolled, RefusesWhatCannotBeBuilt) {
    Built levels;
    levels.spec.tree_levels = 0;
    EXPECT_FALSE(levels.build());
    EXPECT_EQ(levels.message(), "process \"u\": 0 adder levels a stage, 1 to 8 allowed");
    Built lanes;
    lanes.spec.in.lanes = 2;
    EXPECT_FALSE(lanes.build());
    EXPECT_EQ(lanes.message(), "process \"u\": a frame of 2 beats, must be one beat");
    Built weight;
    weight.spec.weight_type = type(6, 6);
    EXPECT_FALSE(weight.build());
    EXPECT_EQ(weight.message(), "process \"u\": weight -45; its type holds -32 to 31");
    for (uint32_t n : {WEIR_UNROLL_LIMIT, WEIR_UNROLL_LIMIT + 1}) {
        Built many;
        many.first = {0, n};
        many.inputs.assign(n, 1);
        many.weights.assign(n, 3);
        many.bias = {0};
        EXPECT_EQ(many.build(), n == WEIR_UNROLL_LIMIT) << many.message();
    }
}

// ---------------------------------------------------------------- pooling, wires

TEST(UnrolledPool, RtlEqualsReferenceInEveryCycle) {
    Harness harness;
    struct Pool {
        const char *label;
        Window window;
        weir_element element;
        bool average;
        weir_fixed out;
    };
    const Pool pools[] = {
        {"maximum", {4, 4, 2, 2, 2, 2, 0, 0, 2, 2}, {6, 3, true}, false, type(6, 3)},
        {"maximum, padded", {3, 3, 1, 3, 3, 1, 1, 1, 1, 1}, {5, 3, false}, false, type(5, 3)},
        {"average of four", {4, 2, 2, 2, 2, 2, 0, 0, 2, 2}, {6, 3, true}, true, type(8, 4)},
        {"average, padded", {3, 3, 1, 3, 3, 1, 1, 1, 1, 1}, {5, 3, false}, true, kRounded},
        {"average of all", {5, 5, 2, 5, 5, 1, 0, 0, 2, 2}, {6, 3, true}, true, kRounded},
    };
    for (const Pool &pool : pools) {
        Lists lists = conv_lists(pool.window);
        weir_lists given = lists.lists();
        std::vector<uint64_t> divisors;
        for (uint32_t o = 0; o < given.outputs; o++)
            divisors.push_back(lists.first[o + 1] - lists.first[o]);
        const Window &w = pool.window;
        ASSERT_TRUE(weir_unrolled_pool_operator(
            harness.add(pool.label), harness.arena(), pool.label,
            beat(w.rows * w.columns * w.channels, pool.element), &given, pool.average,
            divisors.data(), pool.out, WEIR_NOWHERE, harness.diag()))
            << harness.diagnostics();
    }
    /* Of nothing, as a window that lies in the padding: the lowest value, and zero. */
    const uint32_t first[] = {0, 0, 2}, inputs[] = {2, 0};
    const weir_lists some = {2, first, inputs};
    const uint64_t divisors[] = {4, 2};
    for (bool average : {false, true})
        ASSERT_TRUE(weir_unrolled_pool_operator(
            harness.add(average ? "average of none" : "maximum of none"), harness.arena(), "none",
            beat(3, {4, 2, true}), &some, average, divisors, type(6, 2), WEIR_NOWHERE,
            harness.diag()))
            << harness.diagnostics();
    harness.run(64);
}

TEST(Gather, RtlEqualsReferenceInEveryCycle) {
    Harness harness;
    const weir_stream in[] = {beat(3, {6, 2, true}), beat(2, {4, 3, false}), beat(4, {8, 4, true})};
    const weir_wire wires[] = {{0, 2}, {1, 0}, {2, 3}, {2, 0}, {0, 2}, {1, 1}};
    for (uint32_t n : {1u, 2u, 3u}) {
        uint32_t outputs = n == 1 ? 1 : n == 2 ? 2 : 6;
        std::string label = std::to_string(n) + " inputs";
        ASSERT_TRUE(weir_gather_operator(harness.add(label), harness.arena(), label.c_str(), in, n,
                                         wires, outputs, n == 1 ? type(6, 2) : kRounded,
                                         WEIR_NOWHERE, harness.diag()))
            << harness.diagnostics();
    }
    const weir_stream positions[] = {{3, 4, 3, 3, {6, 2, true}}, {3, 4, 4, 4, {8, 4, true}}};
    const weir_wire some[] = {{1, 3}, {0, 2}, {0, 0}, {1, 0}};
    ASSERT_TRUE(weir_gather_operator(harness.add("positions"), harness.arena(), "positions",
                                     positions, 2, some, 4, kRounded, WEIR_NOWHERE, harness.diag()))
        << harness.diagnostics();
    harness.run(65);
}

TEST(Gather, RefusesPositionsOfSeveralBeats) {
    Built b;
    const weir_stream in[] = {{3, 4, 3, 3, {6, 2, true}}, {3, 4, 4, 2, {8, 4, true}}};
    const weir_wire wire = {0, 0};
    EXPECT_FALSE(weir_gather_operator(&b.op, b.arena, "g", in, 2, &wire, 1, type(6, 2),
                                      WEIR_NOWHERE, b.diag));
    EXPECT_EQ(b.message(),
              "process \"g\": input 1 has 3 x 4 positions of 2 beats, must be 3 x 4 of one");
}

TEST(Gather, RefusesAnElementThatIsNotThere) {
    Built b;
    const weir_stream in[] = {beat(3, {6, 2, true})};
    const weir_wire wire = {0, 3};
    EXPECT_FALSE(weir_gather_operator(&b.op, b.arena, "g", in, 1, &wire, 1, type(6, 2),
                                      WEIR_NOWHERE, b.diag));
    EXPECT_EQ(b.message(), "process \"g\": no element 3 of input 0");
}

} // namespace
