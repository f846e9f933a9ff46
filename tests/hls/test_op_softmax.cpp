/* Softmax: RTL against C in every cycle, C against real arithmetic within the stated bound. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

#include <cmath>

namespace {

const weir_loc here = {"net.cfg", 7};

bool make(weir_operator *op, weir_arena *arena, weir_diag *diag, weir_stream in,
          uint32_t table_size, const char *out) {
    return weir_softmax_operator(op, arena, "s", in, table_size, type_of(out), here, diag);
}

std::vector<double> exact(const std::vector<int32_t> &in, weir_element element) {
    std::vector<double> values;
    double largest = -INFINITY, sum = 0;
    for (int32_t x : in)
        largest = std::max(largest, real_value(x, element));
    for (int32_t x : in)
        values.push_back(std::exp(real_value(x, element) - largest));
    for (double e : values)
        sum += e;
    for (double &e : values)
        e /= sum;
    return values;
}

/* Largest error over `frames` positions whose elements lie within `spread` of one another, the
 * hardest case among them: equal elements, and one that stands out. */
double measure(const weir_operator &op, double spread, int frames, uint64_t seed) {
    std::mt19937_64 random(seed);
    weir_element element = op.in[0].element;
    int64_t low = weir_op_low(element), high = weir_op_high(element);
    int64_t reach = (int64_t)(spread / step_of(element));
    reach = std::max<int64_t>(1, std::min(reach, high - low));
    double worst = 0;
    for (int f = 0; f < frames; f++) {
        std::vector<int32_t> in(op.in[0].channels);
        int64_t base = low + (int64_t)(random() % (uint64_t)(high - low - reach + 1));
        for (int32_t &x : in)
            x = (int32_t)(base + (int64_t)(random() % (uint64_t)(reach + 1)));
        if (f % 4 == 1) std::fill(in.begin(), in.end(), (int32_t)base);
        if (f % 4 == 2) std::fill(in.begin() + 1, in.end(), (int32_t)(base + (f & 4 ? reach : 0)));
        std::vector<int32_t> got = infer_frame(op, in);
        std::vector<double> want = exact(in, element);
        for (size_t c = 0; c < in.size(); c++)
            worst = std::max(worst, std::fabs(real_value(got[c], op.out[0].element) - want[c]));
    }
    return worst;
}

double measure_all(const weir_operator &op) {
    double worst = 0;
    for (double spread : {0.01, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 100.0})
        worst = std::max(worst, measure(op, spread, 400, 11));
    return worst;
}

TEST(OpSoftmax, RtlEqualsReferenceInEveryCycle) {
    Harness h;
    const struct {
        const char *label;
        weir_stream in;
        uint32_t table_size;
        const char *out;
    } cases[] = {
        {"ten at once", stream_of(3, 3, 10, 10, "ap_fixed<16,6>"), 1024, "ap_fixed<16,6>"},
        {"ten one by one", stream_of(1, 2, 10, 1, "ap_fixed<12,4>"), 1024, "ap_fixed<16,6>"},
        {"two folds", stream_of(2, 2, 6, 3, "ap_fixed<8,3>"), 256, "ap_ufixed<8,0,AP_RND>"},
        {"twenty in fours", stream_of(2, 1, 20, 5, "ap_fixed<9,4>"), 64, "ap_fixed<16,1>"},
        {"seventeen lanes", stream_of(1, 2, 34, 17, "ap_fixed<10,4>"), 128,
         "ap_fixed<18,2,AP_RND_CONV>"},
        {"one channel", stream_of(2, 3, 1, 1, "ap_fixed<8,3>"), 16, "ap_fixed<8,1>"},
        {"unsigned pair", stream_of(4, 4, 2, 2, "ap_ufixed<6,3>"), 1024, "ap_ufixed<8,1>"},
        {"32 bits, small tables", stream_of(2, 2, 4, 2, "ap_fixed<32,5>"), 4, "ap_fixed<32,2>"},
        {"integers", stream_of(3, 3, 3, 1, "ap_int<4>"), 1024, "ap_fixed<16,6>"},
        {"one bit", stream_of(4, 4, 2, 1, "ap_uint<1>"), 2, "ap_fixed<16,6>"},
    };
    for (const auto &c : cases)
        ASSERT_TRUE(make(h.add(c.label), h.arena(), h.diag(), c.in, c.table_size, c.out))
            << h.diagnostics();
    h.run(20260105);
}

TEST(OpSoftmax, StaysWithinItsBoundAndTheBoundIsNotLoose) {
    Workshop shop;
    for (const char *in : {"ap_fixed<16,6>", "ap_fixed<8,3>", "ap_ufixed<12,4>", "ap_fixed<24,4>"})
        for (uint32_t channels : {2u, 3u, 10u, 64u})
            for (uint32_t size : {64u, 1024u}) {
                weir_operator op;
                /* An output fine enough to show the error itself. */
                ASSERT_TRUE(make(&op, shop.arena, shop.diag, stream_of(1, 1, channels, 1, in), size,
                                 "ap_fixed<28,2>"));
                double error = measure_all(op);
                EXPECT_LE(error, op.table_error + step_of(op.out[0].element))
                    << in << " " << channels << " " << size;
                EXPECT_GE(error, op.table_error / 8) << in << " " << channels << " " << size;
            }
}

TEST(OpSoftmax, DroppedBitsAreWithinTheBoundToo) {
    Workshop shop;
    for (uint32_t size : {4u, 8u, 16u}) {
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, stream_of(1, 1, 2, 1, "ap_fixed<16,6>"), size,
                         "ap_fixed<24,2>"));
        double error = measure_all(op);
        EXPECT_LE(error, op.table_error + step_of(op.out[0].element)) << size;
        EXPECT_GE(error, op.table_error / 8) << size;
    }
}

/* The default of a network: within two steps of float softmax, tables and rounding together. */
TEST(OpSoftmax, DefaultIsWithinTwoOutputSteps) {
    Workshop shop;
    for (uint32_t channels : {2u, 5u, 10u, 100u}) {
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag,
                         stream_of(1, 1, channels, channels, "ap_fixed<16,6>"), 1024,
                         "ap_fixed<16,6>"));
        EXPECT_LE(op.table_error, step_of(op.out[0].element)) << channels;
        EXPECT_LE(measure_all(op), 2 * step_of(op.out[0].element)) << channels;
    }
}

TEST(OpSoftmax, OneDoesNotWrap) {
    Workshop shop;
    weir_operator op;
    ASSERT_TRUE(make(&op, shop.arena, shop.diag, stream_of(1, 1, 1, 1, "ap_fixed<8,3>"), 1024,
                     "ap_ufixed<8,0>"));
    EXPECT_GE(infer_frame(op, {5})[0], 254);
}

TEST(OpSoftmax, StepsAreThreePassesUnlessABeatIsAPosition) {
    Workshop shop;
    weir_operator op;
    ASSERT_TRUE(make(&op, shop.arena, shop.diag, stream_of(2, 1, 6, 3, "ap_fixed<8,3>"), 64,
                     "ap_fixed<8,3>"));
    EXPECT_EQ(op.steps, 12u);
    EXPECT_EQ(op.ii_cycles, 6u);
    const unsigned r = WEIR_READS(0), w = WEIR_WRITES(0), expected[] = {r, r, 0, 0, w, w};
    for (uint64_t i = 0; i < op.steps; i++)
        EXPECT_EQ(op.kind->step(&op, i), expected[i % 6]) << i;
    ASSERT_TRUE(make(&op, shop.arena, shop.diag, stream_of(2, 1, 6, 6, "ap_fixed<8,3>"), 64,
                     "ap_fixed<8,3>"));
    EXPECT_EQ(op.steps, 2u);
    EXPECT_EQ(op.kind->step(&op, 1), r | w);
}

TEST(OpSoftmax, RefusesWhatItCannotBuild) {
    Workshop shop;
    weir_operator op;
    EXPECT_FALSE(make(&op, shop.arena, shop.diag, stream_of(1, 1, 6, 4, "ap_fixed<8,3>"), 63,
                      "ap_fixed<8,3>"));
    EXPECT_EQ(shop.errors(),
              "7: process \"s\": input has 4 lanes, must divide its 6 channels\n"
              "7: process \"s\": table of 63 entries, must be a power of two from 2 to 1048576\n");
}

} // namespace
