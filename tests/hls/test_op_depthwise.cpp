/* Depthwise convolution: RTL against C in every cycle, C against the sum written out. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

#include <cmath>

namespace {

const weir_loc here = {"net.cfg", 7};

/* Window beats of `lanes` of `channels` channels, `kernel` elements of each. */
weir_stream windows(uint32_t rows, uint32_t columns, uint32_t channels, uint32_t lanes,
                    uint32_t kernel, const char *type) {
    return stream_of(rows, columns, channels * kernel, lanes * kernel, type);
}

struct Case {
    const char *label;
    weir_stream in;
    uint32_t kernel, taps;
    const char *weight;
    int bias_bits; /* 0: no bias */
    const char *out;
};

struct Constants {
    std::vector<int32_t> weights;
    std::vector<int64_t> bias;
};

Constants constants(const Case &c, uint64_t seed) {
    std::mt19937_64 random(seed);
    uint32_t channels = c.in.channels / c.kernel;
    weir_stream as_stream = stream_of(1, c.kernel, channels, 1, c.weight);
    Constants k = {random_frame(as_stream, random), {}};
    k.weights.front() = (int32_t)weir_op_low(as_stream.element);
    k.weights.back() = (int32_t)weir_op_high(as_stream.element);
    for (uint32_t i = 0; i < channels; i++)
        k.bias.push_back(c.bias_bits ? (int64_t)random() >> (64 - c.bias_bits) : 0);
    return k;
}

bool make(weir_operator *op, weir_arena *arena, weir_diag *diag, const Case &c,
          const Constants &k) {
    weir_depthwise_spec spec = {};
    spec.in = c.in;
    spec.kernel = c.kernel;
    spec.weights = k.weights.data();
    spec.weight_type = type_of(c.weight);
    spec.bias = c.bias_bits ? k.bias.data() : nullptr;
    spec.out = type_of(c.out);
    spec.taps = c.taps;
    return weir_depthwise_operator(op, arena, "d", &spec, here, diag);
}

TEST(OpDepthwise, RtlEqualsReferenceInEveryCycle) {
    const Case cases[] = {
        {"three groups, two folds", windows(3, 4, 4, 2, 9, "ap_fixed<8,4>"), 9, 3, "ap_fixed<6,2>",
         14, "ap_fixed<8,4,AP_RND,AP_SAT>"},
        {"all taps, one fold", windows(5, 3, 3, 3, 9, "ap_ufixed<4,4>"), 9, 9, "ap_int<4>", 10,
         "ap_ufixed<4,6,AP_RND_CONV,AP_SAT>"},
        {"one tap, three folds, no bias", windows(3, 3, 3, 1, 4, "ap_fixed<5,-2>"), 4, 1,
         "ap_ufixed<3,0>", 0, "ap_fixed<12,1>"},
        {"all taps, four folds, no bias", windows(2, 5, 8, 2, 25, "ap_int<4>"), 25, 25,
         "ap_fixed<4,1>", 0, "ap_fixed<9,9,AP_TRN_ZERO>"},
        {"wide elements, 2 taps of 6", windows(4, 4, 2, 1, 6, "ap_fixed<28,6>"), 6, 2,
         "ap_fixed<29,9>", 58, "ap_fixed<32,18,AP_RND_INF,AP_SAT_SYM>"},
        {"32 bits unsigned, kernel of one", windows(4, 4, 2, 2, 1, "ap_ufixed<32,20>"), 1, 1,
         "ap_int<1>", 33, "ap_fixed<32,26>"},
        {"single bits", windows(4, 4, 3, 1, 9, "ap_int<1>"), 9, 3, "ap_uint<1>", 3, "ap_int<5>"},
        {"far fractions", windows(4, 4, 2, 2, 3, "ap_fixed<4,-6>"), 3, 3, "ap_fixed<4,20>", 7,
         "ap_ufixed<7,16,AP_RND_MIN_INF,AP_SAT_ZERO>"},
    };
    Harness h;
    uint64_t seed = 1;
    for (const Case &c : cases)
        ASSERT_TRUE(make(h.add(c.label), h.arena(), h.diag(), c, constants(c, seed++)))
            << h.diagnostics();
    h.run(20260201);
}

TEST(OpDepthwise, ComputesTheSumOfEachChannel) {
    Workshop shop;
    const Case c = {
        "d", windows(3, 2, 6, 2, 4, "ap_fixed<8,3>"), 4, 2, "ap_fixed<7,2>", 11, "ap_fixed<30,12>"};
    Constants k = constants(c, 5);
    weir_operator op;
    ASSERT_TRUE(make(&op, shop.arena, shop.diag, c, k)) << shop.errors();
    std::mt19937_64 random(6);
    std::vector<int32_t> in = random_frame(c.in, random), out = infer_frame(op, in);
    for (uint32_t position = 0; position < 6; position++)
        for (uint32_t channel = 0; channel < 6; channel++) {
            double sum = std::ldexp((double)k.bias[channel], -10);
            for (uint32_t e = 0; e < 4; e++) {
                uint32_t at = position * 24 + channel / 2 * 8 + e * 2 + channel % 2;
                sum += real_value(in[at], c.in.element) *
                       std::ldexp((double)k.weights[e * 6 + channel], -5);
            }
            EXPECT_EQ(real_value(out[position * 6 + channel], op.out[0].element), sum)
                << position << " " << channel;
        }
}

TEST(OpDepthwise, CountsAndFolding) {
    Workshop shop;
    const Case c = {
        "d", windows(3, 5, 8, 4, 9, "ap_fixed<8,3>"), 9, 3, "ap_fixed<8,2>", 11, "ap_fixed<8,3>"};
    weir_operator op;
    ASSERT_TRUE(make(&op, shop.arena, shop.diag, c, constants(c, 1))) << shop.errors();
    EXPECT_EQ(op.reuse_factor, 3u);
    EXPECT_EQ(op.ii_cycles, 3u);
    EXPECT_EQ(op.initiations, 3u * 5 * 2);
    EXPECT_EQ(op.steps, op.initiations * 3);
    EXPECT_EQ(op.pe, 4u);
    EXPECT_EQ(op.simd, 3u);
    EXPECT_EQ(op.multipliers, 12u);
    EXPECT_EQ(op.stages, 6u);
    EXPECT_EQ(op.out[0].channels, 8u);
    EXPECT_EQ(op.out[0].lanes, 4u);
    EXPECT_EQ(op.kind->step(&op, 3), WEIR_READS(0));
    EXPECT_EQ(op.kind->step(&op, 4), 0u);
    EXPECT_EQ(op.kind->step(&op, 5), WEIR_WRITES(0));
    ASSERT_EQ(op.n_images, 2u);
    EXPECT_STREQ(op.images[0].path, "weights.mem");
    EXPECT_EQ(op.images[0].words, 6u);
    EXPECT_EQ(op.images[0].word_bits, 12u * 8);
    EXPECT_STREQ(op.images[1].path, "biases.mem");
    EXPECT_EQ(op.images[1].words, 2u);
}

TEST(OpDepthwise, EqualShapesGiveEqualModules) {
    Harness h;
    const Case c = {
        "d", windows(3, 5, 8, 4, 9, "ap_fixed<8,3>"), 9, 3, "ap_fixed<8,2>", 11, "ap_fixed<8,3>"};
    weir_operator *a = h.add("a"), *b = h.add("b");
    ASSERT_TRUE(make(a, h.arena(), h.diag(), c, constants(c, 1)));
    ASSERT_TRUE(make(b, h.arena(), h.diag(), c, constants(c, 2)));
    EXPECT_EQ(h.text("a"), h.text("b"));
    size_t bytes = a->images[0].words * weir_beat_bytes(a->images[0].word_bits);
    EXPECT_NE(memcmp(a->images[0].bytes, b->images[0].bytes, bytes), 0);
}

TEST(OpDepthwise, RefusesWhatDoesNotFit) {
    Case c = {
        "d", windows(1, 1, 2, 2, 9, "ap_fixed<8,3>"), 9, 2, "ap_fixed<8,2>", 0, "ap_fixed<8,3>"};
    Constants k = constants(c, 1);
    weir_operator op;
    Workshop taps;
    EXPECT_FALSE(make(&op, taps.arena, taps.diag, c, k));
    EXPECT_EQ(taps.errors(), "7: process \"d\": 2 taps, must divide the 9 kernel elements\n");

    Workshop kernel;
    c.kernel = 4;
    EXPECT_FALSE(make(&op, kernel.arena, kernel.diag, c, k));
    EXPECT_EQ(kernel.errors(),
              "7: process \"d\": kernel of 4 elements, must divide the 18 input lanes\n");

    Workshop weight;
    c.kernel = c.taps = 9;
    k.weights[3] = 128;
    EXPECT_FALSE(make(&op, weight.arena, weight.diag, c, k));
    EXPECT_EQ(weight.errors(), "7: process \"d\": weight 128 of kernel element 1, channel 1; its "
                               "type holds -128 to 127\n");

    /* The limit itself: sums of 2^62 - 1 and of 2^62. */
    Case edge = {"d", windows(1, 1, 1, 1, 1, "ap_uint<1>"), 1, 1, "ap_int<2>", 1, "ap_int<8>"};
    Constants one = {{1}, {((int64_t)1 << 62) - 2}};
    Workshop fits;
    EXPECT_TRUE(make(&op, fits.arena, fits.diag, edge, one)) << fits.errors();
    one.bias[0]++;
    EXPECT_FALSE(make(&op, fits.arena, fits.diag, edge, one));
    EXPECT_EQ(fits.errors(), "7: process \"d\": the sum of channel 0 needs more than 63 bits; at "
                             "most 63 are allowed, narrow the input or the weights\n");
}

} // namespace
