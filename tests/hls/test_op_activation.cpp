/* Activations: RTL against C in every cycle, tables against the exact functions. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

#include <algorithm>
#include <cmath>

namespace {

const weir_loc here = {"net.cfg", 7};

struct Case {
    const char *label;
    weir_stream in;
    weir_layer_kind layer;
    double alpha, gamma;
    uint32_t table_size;
    const char *out;
};

bool make(weir_operator *op, weir_arena *arena, weir_diag *diag, const Case &c) {
    return weir_activation_operator(op, arena, c.label, c.in, c.layer, c.alpha, c.gamma,
                                    c.table_size, type_of(c.out), here, diag);
}

double exact(const Case &c, double x) {
    switch (c.layer) {
    case WEIR_LAYER_QUANT:
        return x;
    case WEIR_LAYER_RELU:
        return x > 0 ? x : 0;
    case WEIR_LAYER_LEAKY_RELU:
        return x > 0 ? x : c.alpha * x;
    case WEIR_LAYER_SELU:
        return x > 0 ? c.gamma * x : c.gamma * c.alpha * (std::exp(x) - 1);
    case WEIR_LAYER_SIGMOID:
        return 1 / (1 + std::exp(-x));
    default:
        return std::tanh(x);
    }
}

/* Every value that an input can have, as one frame. */
weir_stream all_values(const char *type) {
    weir_element element = weir_fixed_element(type_of(type));
    return {1, 1u << element.width, 1, 1, element};
}

std::vector<int32_t> all_frame(const weir_stream &in) {
    std::vector<int32_t> values;
    for (int64_t x = weir_op_low(in.element); x <= weir_op_high(in.element); x++)
        values.push_back((int32_t)x);
    return values;
}

/* The largest error over all inputs that are below `limit`. */
double measure(const Case &c, const weir_operator &op, double limit = INFINITY) {
    std::vector<int32_t> in = all_frame(c.in), out = infer_frame(op, in);
    double worst = 0;
    for (size_t i = 0; i < in.size(); i++) {
        double x = real_value(in[i], c.in.element);
        if (x < limit)
            worst = std::max(worst, std::fabs(real_value(out[i], op.out[0].element) - exact(c, x)));
    }
    return worst;
}

const double selu_alpha = 1.67326319217681884765625, selu_gamma = 1.05070102214813232421875;

TEST(OpActivation, RtlEqualsReferenceInEveryCycle) {
    Harness h;
    const Case cases[] = {
        {"relu", stream_of(3, 3, 6, 3, "ap_fixed<16,6>"), WEIR_LAYER_RELU, 0, 0, 0,
         "ap_fixed<16,6>"},
        {"relu narrower", stream_of(5, 5, 2, 2, "ap_fixed<16,6>"), WEIR_LAYER_RELU, 0, 0, 0,
         "ap_ufixed<6,3,AP_RND_CONV,AP_SAT>"},
        {"relu unsigned", stream_of(5, 5, 1, 1, "ap_ufixed<8,4>"), WEIR_LAYER_RELU, 0, 0, 0,
         "ap_fixed<7,3>"},
        {"relu one bit", stream_of(4, 4, 2, 2, "ap_int<1>"), WEIR_LAYER_RELU, 0, 0, 0,
         "ap_fixed<3,2>"},
        {"quant", stream_of(4, 4, 6, 3, "ap_fixed<16,6>"), WEIR_LAYER_QUANT, 0, 0, 0,
         "ap_fixed<4,2,AP_RND_CONV,AP_SAT_SYM>"},
        {"quant unsigned to signed", stream_of(5, 5, 2, 1, "ap_ufixed<8,-1>"), WEIR_LAYER_QUANT, 0,
         0, 0, "ap_fixed<6,-2,AP_RND,AP_SAT>"},
        {"quant one bit", stream_of(4, 4, 2, 2, "ap_int<1>"), WEIR_LAYER_QUANT, 0, 0, 0,
         "ap_fixed<3,3>"},
        {"quant 32 bits", stream_of(6, 6, 1, 1, "ap_ufixed<32,30>"), WEIR_LAYER_QUANT, 0, 0, 0,
         "ap_ufixed<32,31,AP_RND_ZERO,AP_SAT>"},
        {"quant narrow", stream_of(5, 5, 4, 2, "ap_fixed<8,4>"), WEIR_LAYER_QUANT, 0, 0, 0,
         "ap_ufixed<3,2,AP_RND_CONV,SAT_NARROW>"},
        {"sign", stream_of(5, 5, 6, 3, "ap_fixed<7,3>"), WEIR_LAYER_QUANT, 0, 0, 0,
         "ap_fixed<2,4,AP_TRN,SIGN>"},
        {"sign of two bits", stream_of(4, 4, 2, 2, "ap_fixed<2,0>"), WEIR_LAYER_QUANT, 0, 0, 0,
         "ap_fixed<2,2,AP_RND,SIGN>"},
        {"sign unsigned", stream_of(4, 4, 2, 1, "ap_ufixed<5,3>"), WEIR_LAYER_QUANT, 0, 0, 0,
         "ap_fixed<2,2,AP_TRN,SIGN>"},
        {"sign of leaky", stream_of(5, 5, 2, 1, "ap_fixed<6,3>"), WEIR_LAYER_LEAKY_RELU, -0.25, 0,
         0, "ap_fixed<2,2,AP_TRN,SIGN>"},
        {"sign of tanh", stream_of(6, 6, 2, 1, "ap_fixed<12,3>"), WEIR_LAYER_TANH, 0, 0, 16,
         "ap_fixed<2,2,AP_TRN,SIGN>"},
        {"leaky", stream_of(6, 6, 4, 2, "ap_fixed<16,6>"), WEIR_LAYER_LEAKY_RELU, 0.1, 0, 0,
         "ap_fixed<18,6,AP_RND>"},
        {"leaky short", stream_of(6, 6, 2, 1, "ap_fixed<8,8>"), WEIR_LAYER_LEAKY_RELU, -0.25, 0, 0,
         "ap_fixed<8,4,AP_TRN,AP_SAT_SYM>"},
        {"leaky 32 bits", stream_of(6, 6, 1, 1, "ap_ufixed<32,4>"), WEIR_LAYER_LEAKY_RELU, 1e-9, 0,
         0, "ap_fixed<32,5>"},
        {"selu", stream_of(8, 8, 6, 3, "ap_fixed<10,4>"), WEIR_LAYER_SELU, selu_alpha, selu_gamma,
         128, "ap_fixed<12,5,AP_RND,AP_SAT>"},
        {"selu one bit", stream_of(4, 4, 1, 1, "ap_fixed<1,1>"), WEIR_LAYER_SELU, selu_alpha,
         selu_gamma, 64, "ap_fixed<8,3>"},
        {"selu unsigned", stream_of(4, 4, 2, 1, "ap_ufixed<6,3>"), WEIR_LAYER_SELU, selu_alpha,
         selu_gamma, 64, "ap_fixed<12,5>"},
        {"sigmoid", stream_of(9, 9, 10, 5, "ap_fixed<12,5>"), WEIR_LAYER_SIGMOID, 0, 0, 256,
         "ap_fixed<16,6>"},
        {"sigmoid own entries", stream_of(6, 6, 2, 2, "ap_fixed<5,3>"), WEIR_LAYER_SIGMOID, 0, 0,
         1024, "ap_ufixed<8,0>"},
        {"sigmoid unsigned", stream_of(9, 9, 1, 1, "ap_ufixed<9,4>"), WEIR_LAYER_SIGMOID, 0, 0, 64,
         "ap_fixed<10,1>"},
        {"tanh", stream_of(9, 9, 4, 1, "ap_fixed<16,6>"), WEIR_LAYER_TANH, 0, 0, 1024,
         "ap_fixed<16,6>"},
        {"tanh 32 bits", stream_of(9, 9, 2, 1, "ap_fixed<32,4>"), WEIR_LAYER_TANH, 0, 0, 16,
         "ap_fixed<20,1>"},
    };
    for (const Case &c : cases)
        ASSERT_TRUE(make(h.add(c.label), h.arena(), h.diag(), c)) << h.diagnostics();
    h.run(20260103);
}

TEST(OpActivation, TableErrorIsExactlyTheLargestOne) {
    Workshop shop;
    for (const char *in : {"ap_fixed<16,6>", "ap_fixed<18,8>", "ap_fixed<12,3>", "ap_ufixed<14,4>",
                           "ap_fixed<8,2>", "ap_fixed<9,-1>", "ap_fixed<6,9>"})
        for (const char *out : {"ap_fixed<16,6>", "ap_fixed<24,2>", "ap_fixed<6,2>"})
            for (uint32_t size : {64u, 1024u})
                for (weir_layer_kind layer : {WEIR_LAYER_SIGMOID, WEIR_LAYER_TANH}) {
                    Case c = {"a", all_values(in), layer, 0, 0, size, out};
                    weir_operator op;
                    ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
                    EXPECT_NEAR(measure(c, op), op.table_error, 1e-12)
                        << in << " " << out << " " << size << " " << layer;
                }
}

TEST(OpActivation, SeluBelowZeroIsWithinTheTableError) {
    Workshop shop;
    for (const char *in : {"ap_fixed<16,6>", "ap_fixed<12,3>", "ap_fixed<8,2>"}) {
        Case c = {"a",        all_values(in), WEIR_LAYER_SELU, selu_alpha,
                  selu_gamma, 1024,           "ap_fixed<24,8>"};
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
        double below = measure(c, op, 0), all = measure(c, op);
        EXPECT_LE(below, op.table_error + 1e-12);
        EXPECT_LE(all, op.table_error + step_of(op.out[0].element));
        EXPECT_GE(all, op.table_error / 8) << in;
    }
}

/* A table of few entries, too, knows the side of zero, and keeps a type's own limits. */
TEST(OpActivation, TablesEndInSignsAndNarrowTypes) {
    Workshop shop;
    for (weir_layer_kind layer : {WEIR_LAYER_TANH, WEIR_LAYER_SIGMOID, WEIR_LAYER_SELU}) {
        Case c = {"a", all_values("ap_fixed<12,3>"), layer, 1.5, 1, 16, "ap_fixed<2,5,TRN,SIGN>"};
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
        std::vector<int32_t> in = all_frame(c.in), out = infer_frame(op, in);
        for (size_t i = 0; i < in.size(); i++)
            ASSERT_EQ(out[i], exact(c, real_value(in[i], c.in.element)) < 0 ? -1 : 1)
                << in[i] << " " << layer;
        EXPECT_EQ(op.table_error, 0);
    }
    const struct {
        const char *out;
        int32_t lowest, highest;
    } types[] = {{"ap_fixed<4,1,TRN,SAT>", -8, 7},
                 {"ap_fixed<4,1,TRN,SAT_SYM>", -7, 7},
                 {"ap_fixed<4,1,TRN,WRAP>", -8, 7},
                 {"ap_ufixed<4,0,TRN,SAT_NARROW>", 0, 14}};
    for (const auto &type : types) {
        Case c = {"a", all_values("ap_fixed<12,5>"), WEIR_LAYER_TANH, 0, 0, 1024, type.out};
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
        std::vector<int32_t> out = infer_frame(op, all_frame(c.in));
        EXPECT_EQ(*std::min_element(out.begin(), out.end()), type.lowest) << type.out;
        EXPECT_EQ(*std::max_element(out.begin(), out.end()), type.highest) << type.out;
    }
}

/* What the designer of a default network gets: ap_fixed<16,6> and 1024 entries. */
TEST(OpActivation, DefaultTablesAreFine) {
    Workshop shop;
    const struct {
        weir_layer_kind layer;
        double error; /* half a table step times the largest slope, and half an output step */
    } expected[] = {{WEIR_LAYER_SIGMOID, 0.25 / 128 + 0.0005},
                    {WEIR_LAYER_TANH, 1.0 / 256 + 0.0005}};
    for (const auto &e : expected) {
        Case c = {"a", all_values("ap_fixed<16,6>"), e.layer, 0, 0, 1024, "ap_fixed<16,6>"};
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
        EXPECT_LE(op.table_error, e.error);
        EXPECT_GE(op.table_error, e.error / 4);
    }
}

TEST(OpActivation, FewInputsHaveTheirOwnEntries) {
    Workshop shop;
    for (weir_layer_kind layer : {WEIR_LAYER_SIGMOID, WEIR_LAYER_TANH}) {
        Case c = {"a", all_values("ap_fixed<10,4>"), layer, 0, 0, 1024, "ap_fixed<12,2>"};
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
        EXPECT_EQ(op.images[0].words, 1024u);
        EXPECT_LE(op.table_error, step_of(op.out[0].element) / 2);
    }
}

TEST(OpActivation, ReluIsExact) {
    Workshop shop;
    for (const char *out :
         {"ap_fixed<16,6>", "ap_fixed<8,2,AP_RND_CONV,AP_SAT>", "ap_ufixed<5,5>"}) {
        Case c = {"a", all_values("ap_fixed<12,4>"), WEIR_LAYER_RELU, 0, 0, 0, out};
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
        std::vector<int32_t> in = all_frame(c.in), got = infer_frame(op, in);
        for (size_t i = 0; i < in.size(); i++)
            ASSERT_EQ(got[i], weir_fixed_from_double(exact(c, real_value(in[i], c.in.element)),
                                                     type_of(out)))
                << in[i];
    }
}

TEST(OpActivation, LeakySlopeIsExactOrWithinItsError) {
    Workshop shop;
    const char *out = "ap_fixed<32,6,AP_RND>";
    for (double alpha : {0.25, 0.1, 0.01, 0.3333, -0.7, 3.0, 0.0}) {
        Case c = {"a", all_values("ap_fixed<16,6>"), WEIR_LAYER_LEAKY_RELU, alpha, 0, 0, out};
        weir_operator op;
        ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
        bool is_short = alpha == 0.25 || alpha == 3 || alpha == 0;
        EXPECT_EQ(op.table_error == 0, is_short) << alpha;
        Case inside = c; /* |alpha x| stays in the output's range */
        inside.in = all_values("ap_fixed<12,2>");
        weir_operator narrow;
        ASSERT_TRUE(make(&narrow, shop.arena, shop.diag, inside)) << shop.errors();
        double error = measure(inside, narrow);
        EXPECT_LE(error, narrow.table_error + step_of(narrow.out[0].element) / 2);
        EXPECT_GE(error, narrow.table_error / 8);
    }
}

TEST(OpActivation, QuantConvertsAlone) {
    Workshop shop;
    weir_operator op;
    Case c = {"q", all_values("ap_fixed<6,4>"),       WEIR_LAYER_QUANT, 0, 0,
              0,   "ap_fixed<3,3,AP_RND_CONV,AP_SAT>"};
    ASSERT_TRUE(make(&op, shop.arena, shop.diag, c)) << shop.errors();
    std::vector<int32_t> in = all_frame(c.in), out = infer_frame(op, in);
    for (size_t i = 0; i < in.size(); i++)
        EXPECT_EQ(out[i], std::clamp(std::nearbyint(in[i] / 4.0), -4.0, 3.0)) << in[i];
    EXPECT_EQ(op.table_error, 0);
    EXPECT_EQ(op.multipliers, 0u);
}

TEST(OpActivation, RefusesWhatItCannotBuild) {
    Workshop shop;
    weir_operator op;
    weir_stream in = stream_of(1, 1, 4, 2, "ap_fixed<8,4>");
    Case bad[] = {
        {"a", in, WEIR_LAYER_SIGMOID, 0, 0, 1000, "ap_fixed<8,4>"},
        {"b", in, WEIR_LAYER_LEAKY_RELU, NAN, 0, 0, "ap_fixed<8,4>"},
        {"c", in, WEIR_LAYER_SOFTMAX, 0, 0, 64, "ap_fixed<8,4>"},
        {"d", in, WEIR_LAYER_TANH, 0, 0, 64, "ap_fixed<33,4>"},
        {"e", in, WEIR_LAYER_SELU, 1e6, 1, 1, "ap_fixed<8,4>"},
    };
    for (const Case &c : bad)
        EXPECT_FALSE(make(&op, shop.arena, shop.diag, c)) << c.label;
    EXPECT_EQ(shop.errors(),
              "7: process \"a\": table of 1000 entries, must be a power of two from 2 to 1048576\n"
              "7: process \"b\": alpha is nan, must be between -65536 and 65536\n"
              "7: process \"c\": activation softmax, must be relu, leaky_relu, selu, sigmoid, tanh "
              "or quant\n"
              "7: process \"d\": output type of 33 bits, 1 to 32 allowed\n"
              "7: process \"e\": alpha is 1e+06, must be between -65536 and 65536\n"
              "7: process \"e\": table of 1 entries, must be a power of two from 2 to 1048576\n");
}

TEST(OpActivation, TextStatesTheTableError) {
    Harness h;
    Case c = {"t",
              stream_of(1, 1, 4, 2, "ap_fixed<16,6>"),
              WEIR_LAYER_TANH,
              0,
              0,
              1024,
              "ap_fixed<16,6>"};
    weir_operator *op = h.add("t");
    ASSERT_TRUE(make(op, h.arena(), h.diag(), c));
    char error[96];
    snprintf(error, sizeof error, "table of 1024 entries of 8 input steps each, error at most %.3g",
             op->table_error);
    EXPECT_NE(h.text("t").find(error), std::string::npos) << h.text("t");
}

} // namespace
