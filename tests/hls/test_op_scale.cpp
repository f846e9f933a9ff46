/* Per-channel scale: RTL against C in every cycle, C against real arithmetic. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

#include <cmath>

namespace {

const weir_loc here = {"net.cfg", 7};

struct Constants {
    std::vector<int32_t> scale;
    std::vector<int64_t> bias;
};

Constants constants(uint32_t channels, const char *type, int bias_bits, uint64_t seed) {
    std::mt19937_64 random(seed);
    weir_stream as_stream = stream_of(1, 1, channels, 1, type);
    Constants c = {random_frame(as_stream, random), {}};
    c.scale[0] = (int32_t)weir_op_low(as_stream.element);
    c.scale[channels - 1] = (int32_t)weir_op_high(as_stream.element);
    for (uint32_t i = 0; i < channels; i++)
        c.bias.push_back((int64_t)random() >> (64 - bias_bits));
    return c;
}

TEST(OpScale, RtlEqualsReferenceInEveryCycle) {
    Harness h;
    const struct {
        const char *label;
        weir_stream in;
        const char *weight;
        int bias_bits; /* 0: no bias */
        const char *out;
    } cases[] = {
        {"one fold", stream_of(4, 4, 3, 3, "ap_fixed<16,6>"), "ap_fixed<16,6>", 30,
         "ap_fixed<16,6>"},
        {"four folds", stream_of(3, 3, 8, 2, "ap_fixed<8,3>"), "ap_fixed<6,1>", 12,
         "ap_fixed<10,4,AP_RND_CONV,AP_SAT>"},
        {"three folds, no bias", stream_of(5, 5, 3, 1, "ap_ufixed<7,7>"), "ap_ufixed<5,0>", 0,
         "ap_ufixed<9,5,AP_RND>"},
        {"wide", stream_of(6, 6, 2, 1, "ap_fixed<29,6>"), "ap_fixed<29,3>", 48,
         "ap_fixed<32,12,AP_RND_INF>"},
        {"thresholds", stream_of(4, 4, 6, 3, "ap_fixed<6,2>"), "ap_int<2>", 6,
         "ap_fixed<2,1,AP_TRN,SIGN>"},
        {"one bit", stream_of(4, 4, 2, 2, "ap_int<1>"), "ap_int<1>", 1, "ap_int<3>"},
    };
    uint64_t seed = 1;
    for (const auto &c : cases) {
        Constants k = constants(c.in.channels, c.weight, c.bias_bits ? c.bias_bits : 1, seed++);
        ASSERT_TRUE(weir_scale_operator(h.add(c.label), h.arena(), c.label, c.in, k.scale.data(),
                                        type_of(c.weight), c.bias_bits ? k.bias.data() : nullptr,
                                        type_of(c.out), here, h.diag()))
            << h.diagnostics();
    }
    h.run(20260104);
}

TEST(OpScale, ComputesScaleAndBias) {
    Workshop shop;
    std::mt19937_64 random(3);
    weir_stream in = stream_of(8, 8, 4, 2, "ap_fixed<12,4>");
    Constants k = constants(4, "ap_fixed<10,2>", 18, 9);
    weir_operator op;
    ASSERT_TRUE(weir_scale_operator(&op, shop.arena, "s", in, k.scale.data(),
                                    type_of("ap_fixed<10,2>"), k.bias.data(),
                                    type_of("ap_fixed<14,7,AP_RND_CONV>"), here, shop.diag));
    EXPECT_EQ(op.multipliers, 2u);
    EXPECT_EQ(op.images[0].words, 2u);
    std::vector<int32_t> values = random_frame(in, random), got = infer_frame(op, values);
    for (size_t i = 0; i < values.size(); i++) {
        double want = std::ldexp(k.scale[i % 4], -8) * real_value(values[i], in.element) +
                      std::ldexp((double)k.bias[i % 4], -16);
        ASSERT_EQ(got[i], weir_fixed_from_double(want, type_of("ap_fixed<14,7,AP_RND_CONV>")));
    }
}

TEST(OpScale, EqualShapesGiveEqualTextAndTheirOwnImages) {
    Harness h;
    weir_stream in = stream_of(1, 1, 4, 2, "ap_fixed<8,3>");
    weir_operator *made[2];
    for (int i = 0; i < 2; i++) {
        Constants k = constants(4, "ap_fixed<8,2>", 14, 20 + (uint64_t)i);
        made[i] = h.add(i ? "b" : "a");
        ASSERT_TRUE(weir_scale_operator(made[i], h.arena(), "s", in, k.scale.data(),
                                        type_of("ap_fixed<8,2>"), k.bias.data(),
                                        type_of("ap_fixed<8,3>"), here, h.diag()));
    }
    EXPECT_EQ(h.text("a"), h.text("b"));
    size_t bytes = made[0]->images[0].words * weir_beat_bytes(made[0]->images[0].word_bits);
    EXPECT_NE(memcmp(made[0]->images[0].bytes, made[1]->images[0].bytes, bytes), 0);
}

TEST(OpScale, RefusesSumsThatDoNotFit) {
    Workshop shop;
    weir_operator op;
    int32_t scale = 1;
    EXPECT_FALSE(weir_scale_operator(&op, shop.arena, "s", stream_of(1, 1, 1, 1, "ap_fixed<32,4>"),
                                     &scale, type_of("ap_fixed<32,4>"), nullptr,
                                     type_of("ap_fixed<8,3>"), here, shop.diag));
    EXPECT_EQ(shop.errors(), "7: process \"s\": 32-bit elements times 32-bit scales plus 8-bit "
                             "biases need 66 bits, at most 62\n");
}

} // namespace
