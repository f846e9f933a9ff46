/* Sum, product, concatenation and fork: RTL against C in every cycle, C against real arithmetic. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

#include <cmath>

namespace {

const weir_loc here = {"net.cfg", 7};

using Streams = std::vector<weir_stream>;

/* One frame of several inputs. */
std::vector<int32_t> infer_all(const weir_operator &op,
                               const std::vector<std::vector<int32_t>> &in) {
    std::vector<int32_t> out(weir_stream_elements(&op.out[0]));
    std::vector<const int32_t *> from;
    for (const auto &frame : in)
        from.push_back(frame.data());
    int32_t *to = out.data();
    op.kind->infer(&op, from.data(), &to);
    return out;
}

TEST(OpAdd, RtlEqualsReferenceInEveryCycle) {
    const struct {
        const char *label;
        uint32_t rows, columns, channels, lanes;
        const char *a, *b;
        bool product;
        const char *out;
    } cases[] = {
        {"sum, same types", 4, 4, 6, 3, "ap_fixed<8,3>", "ap_fixed<8,3>", false, "ap_fixed<9,4>"},
        {"sum, signed and unsigned", 4, 4, 4, 2, "ap_fixed<6,2>", "ap_ufixed<9,-1>", false,
         "ap_fixed<7,3,AP_RND_CONV,AP_SAT>"},
        {"sum, negative fraction", 4, 4, 2, 2, "ap_fixed<5,9>", "ap_fixed<12,4>", false,
         "ap_ufixed<10,8,AP_RND_ZERO,AP_SAT_ZERO>"},
        {"sum, 32 bits", 5, 5, 1, 1, "ap_ufixed<32,20>", "ap_fixed<32,28>", false,
         "ap_fixed<32,28,AP_RND_INF,AP_SAT_SYM>"},
        {"sum, single bits", 4, 4, 2, 1, "ap_int<1>", "ap_uint<1>", false, "ap_int<2>"},
        {"product", 4, 4, 6, 2, "ap_fixed<8,3>", "ap_ufixed<6,0>", true,
         "ap_fixed<10,3,AP_RND,AP_SAT>"},
        {"product, wide", 5, 5, 2, 1, "ap_ufixed<32,10>", "ap_fixed<30,-5>", true,
         "ap_fixed<32,4>"},
        {"product, single bits", 4, 4, 3, 3, "ap_uint<1>", "ap_int<1>", true, "ap_int<2>"},
    };
    Harness h;
    for (const auto &c : cases) {
        const weir_stream in[2] = {stream_of(c.rows, c.columns, c.channels, c.lanes, c.a),
                                   stream_of(c.rows, c.columns, c.channels, c.lanes, c.b)};
        ASSERT_TRUE(weir_add_operator(h.add(c.label), h.arena(), "a", in, 2, c.product,
                                      type_of(c.out), here, h.diag()))
            << h.diagnostics();
    }
    h.run(20260203);
}

TEST(OpAdd, IsExactBeforeConversion) {
    Workshop shop;
    std::mt19937_64 random(3);
    const weir_stream in[2] = {stream_of(8, 8, 4, 2, "ap_fixed<12,4>"),
                               stream_of(8, 8, 4, 2, "ap_ufixed<9,7>")};
    for (bool product : {false, true}) {
        weir_operator op;
        ASSERT_TRUE(weir_add_operator(&op, shop.arena, "a", in, 2, product,
                                      type_of("ap_fixed<32,14>"), here, shop.diag));
        std::vector<int32_t> a = random_frame(in[0], random), b = random_frame(in[1], random);
        std::vector<int32_t> out = infer_all(op, {a, b});
        for (size_t i = 0; i < out.size(); i++) {
            double x = real_value(a[i], in[0].element), y = real_value(b[i], in[1].element);
            EXPECT_EQ(real_value(out[i], op.out[0].element), product ? x * y : x + y);
        }
        EXPECT_EQ(op.multipliers, product ? 2u : 0u);
    }
}

TEST(OpAdd, Refusals) {
    weir_operator op;
    weir_fixed out = type_of("ap_fixed<8,3>");
    Workshop count, shape, product, sum;
    const Streams bytes(3, stream_of(2, 2, 4, 2, "ap_int<8>"));
    EXPECT_FALSE(
        weir_add_operator(&op, count.arena, "a", bytes.data(), 3, false, out, here, count.diag));
    EXPECT_EQ(count.errors(), "7: process \"a\": sum of 3 streams, must be 2\n");

    const Streams lanes = {stream_of(2, 2, 4, 2, "ap_int<8>"), stream_of(2, 2, 4, 4, "ap_int<8>")};
    EXPECT_FALSE(
        weir_add_operator(&op, shape.arena, "a", lanes.data(), 2, false, out, here, shape.diag));
    EXPECT_EQ(shape.errors(), "7: process \"a\": inputs of 2 x 2 x 4 with 2 lanes and 2 x 2 x 4 "
                              "with 4 lanes, must be the same\n");

    /* (-2^31)^2 = 2^62 is one too many; 31 by 32 bits fit. */
    Streams wide = {stream_of(1, 1, 1, 1, "ap_int<31>"), stream_of(1, 1, 1, 1, "ap_int<32>")};
    EXPECT_TRUE(
        weir_add_operator(&op, product.arena, "a", wide.data(), 2, true, out, here, product.diag));
    wide[0] = wide[1];
    EXPECT_FALSE(
        weir_add_operator(&op, product.arena, "a", wide.data(), 2, true, out, here, product.diag));
    EXPECT_EQ(product.errors(), "7: process \"a\": the exact product of 32-bit elements with 0 "
                                "fraction bits and 32-bit elements with 0 needs more than the 63 "
                                "bits allowed\n");

    Streams far = {stream_of(1, 1, 1, 1, "ap_uint<8>"), stream_of(1, 1, 1, 1, "ap_fixed<8,-46>")};
    EXPECT_TRUE(weir_add_operator(&op, sum.arena, "a", far.data(), 2, false, out, here, sum.diag))
        << sum.errors();
    far[1].element.integer -= 1;
    EXPECT_FALSE(weir_add_operator(&op, sum.arena, "a", far.data(), 2, false, out, here, sum.diag));
    EXPECT_EQ(sum.errors(),
              "7: process \"a\": the exact sum of 8-bit elements with 0 fraction bits "
              "and 8-bit elements with 55 needs more than the 63 bits allowed\n");
}

TEST(OpConcat, RtlEqualsReferenceInEveryCycle) {
    const struct {
        const char *label;
        Streams in;
        const char *out;
    } cases[] = {
        {"two ports, other types",
         {stream_of(3, 4, 4, 2, "ap_fixed<8,3>"), stream_of(3, 4, 6, 2, "ap_ufixed<5,4>")},
         "ap_fixed<7,4,AP_RND,AP_SAT>"},
        {"two ports, one fold each, one type",
         {stream_of(4, 4, 3, 3, "ap_int<4>"), stream_of(4, 4, 3, 3, "ap_int<4>")},
         "ap_int<4>"},
        {"same type, symmetric",
         {stream_of(4, 4, 2, 1, "ap_int<4>"), stream_of(4, 4, 1, 1, "ap_int<4>")},
         "ap_fixed<4,4,AP_TRN,AP_SAT_SYM>"},
        {"same type, narrow",
         {stream_of(4, 4, 2, 1, "ap_uint<2>"), stream_of(4, 4, 1, 1, "ap_uint<2>")},
         "ap_ufixed<2,2,AP_TRN,SAT_NARROW>"},
        {"same type, signs",
         {stream_of(4, 4, 2, 1, "ap_int<2>"), stream_of(4, 4, 1, 1, "ap_int<2>")},
         "ap_fixed<2,2,AP_TRN,SIGN>"},
        {"three ports",
         {stream_of(3, 3, 2, 2, "ap_fixed<32,8>"), stream_of(3, 3, 10, 2, "ap_fixed<6,-3>"),
          stream_of(3, 3, 4, 2, "ap_ufixed<32,30>")},
         "ap_ufixed<32,12,AP_RND_MIN_INF,AP_SAT>"},
        {"eight ports",
         {stream_of(2, 3, 1, 1, "ap_int<1>"), stream_of(2, 3, 2, 1, "ap_uint<1>"),
          stream_of(2, 3, 3, 1, "ap_int<2>"), stream_of(2, 3, 1, 1, "ap_uint<2>"),
          stream_of(2, 3, 1, 1, "ap_int<3>"), stream_of(2, 3, 5, 1, "ap_fixed<4,9>"),
          stream_of(2, 3, 2, 1, "ap_fixed<7,2>"), stream_of(2, 3, 1, 1, "ap_int<8>")},
         "ap_int<3>"},
    };
    Harness h;
    for (const auto &c : cases)
        ASSERT_TRUE(weir_concat_operator(h.add(c.label), h.arena(), "c", c.in.data(),
                                         (uint32_t)c.in.size(), type_of(c.out), here, h.diag()))
            << h.diagnostics();
    h.run(20260204);
}

TEST(OpConcat, ReferenceByHand) {
    Workshop shop;
    weir_operator op;
    const Streams in = {stream_of(1, 2, 1, 1, "ap_int<4>"), stream_of(1, 2, 2, 1, "ap_fixed<5,4>")};
    ASSERT_TRUE(weir_concat_operator(&op, shop.arena, "c", in.data(), 2, type_of("ap_fixed<6,4>"),
                                     here, shop.diag));
    EXPECT_EQ(op.out[0].channels, 3u);
    EXPECT_EQ(op.steps, 6u);
    EXPECT_EQ(op.ii_cycles, 3u);
    EXPECT_EQ(op.initiations, 2u);
    EXPECT_EQ(infer_all(op, {{1, -2}, {3, 4, -5, 6}}),
              (std::vector<int32_t>{4, 6, 8, -8, -10, 12}));
    const unsigned reads[] = {WEIR_READS(0), WEIR_READS(1), WEIR_READS(1)};
    for (uint64_t i = 0; i < op.steps; i++)
        EXPECT_EQ(op.kind->step(&op, i), reads[i % 3] | WEIR_WRITES(0));
}

TEST(OpConcat, Refusals) {
    weir_operator op;
    weir_fixed out = type_of("ap_fixed<8,3>");
    Workshop count, shape;
    Streams in(9, stream_of(2, 2, 4, 2, "ap_int<8>"));
    EXPECT_TRUE(weir_concat_operator(&op, count.arena, "c", in.data(), 8, out, here, count.diag));
    EXPECT_FALSE(weir_concat_operator(&op, count.arena, "c", in.data(), 9, out, here, count.diag));
    EXPECT_FALSE(weir_concat_operator(&op, count.arena, "c", in.data(), 1, out, here, count.diag));
    EXPECT_EQ(count.errors(), "7: process \"c\": concat of 9 streams, 2 to 8 allowed\n"
                              "7: process \"c\": concat of 1 streams, 2 to 8 allowed\n");
    in[1].rows = 3;
    in[2].lanes = 4;
    EXPECT_FALSE(weir_concat_operator(&op, shape.arena, "c", in.data(), 3, out, here, shape.diag));
    EXPECT_EQ(shape.errors(),
              "7: process \"c\": input 1 of 3 x 2 positions with 2 lanes, must be 2 "
              "x 2 with 2 lanes as input 0\n"
              "7: process \"c\": input 2 of 2 x 2 positions with 4 lanes, must be 2 "
              "x 2 with 2 lanes as input 0\n");
}

TEST(OpFork, RtlEqualsReferenceInEveryCycle) {
    const struct {
        const char *label;
        weir_stream in;
        uint32_t outputs;
    } cases[] = {
        {"two", stream_of(4, 4, 4, 2, "ap_fixed<7,3>"), 2},
        {"three", stream_of(4, 4, 3, 1, "ap_int<1>"), 3},
        {"eight", stream_of(4, 4, 4, 4, "ap_ufixed<32,3>"), 8},
        {"two, one beat", stream_of(1, 1, 9, 9, "ap_int<15>"), 2},
        {"five", stream_of(5, 5, 2, 2, "ap_uint<4>"), 5},
    };
    Harness h;
    for (const auto &c : cases)
        ASSERT_TRUE(
            weir_fork_operator(h.add(c.label), h.arena(), "f", c.in, c.outputs, here, h.diag()))
            << h.diagnostics();
    h.run(20260205);
}

TEST(OpFork, CountsAndRefusals) {
    Workshop shop;
    weir_operator op;
    weir_stream in = stream_of(2, 3, 4, 2, "ap_int<8>");
    ASSERT_TRUE(weir_fork_operator(&op, shop.arena, "f", in, 3, here, shop.diag));
    EXPECT_EQ(op.steps, 12u);
    EXPECT_EQ(op.kind->step(&op, 0),
              WEIR_READS(0) | WEIR_WRITES(0) | WEIR_WRITES(1) | WEIR_WRITES(2));
    EXPECT_FALSE(weir_fork_operator(&op, shop.arena, "f", in, 1, here, shop.diag));
    EXPECT_FALSE(weir_fork_operator(&op, shop.arena, "f", in, 9, here, shop.diag));
    EXPECT_EQ(shop.errors(), "7: process \"f\": fork to 1 streams, 2 to 8 allowed\n"
                             "7: process \"f\": fork to 9 streams, 2 to 8 allowed\n");
}

} // namespace
