/* Pooling and global average: RTL against C in every cycle, C against real arithmetic. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

#include <cmath>

namespace {

const weir_loc here = {"net.cfg", 7};

weir_window_shape window(uint32_t rows, uint32_t columns, uint32_t stride = 1, uint32_t pad = 0) {
    return {rows, columns, stride, stride, 1, 1, pad, pad, pad, pad};
}

/* The windows of `tensor` as weir_window_operator sends them, padding 0. */
std::vector<int32_t> windows_of(const std::vector<int32_t> &tensor, weir_shape before,
                                const weir_window_shape &w, const weir_stream &in, uint32_t lanes) {
    std::vector<int32_t> beats;
    for (uint32_t row = 0; row < in.rows; row++)
        for (uint32_t column = 0; column < in.columns; column++)
            for (uint32_t fold = 0; fold < before.channels / lanes; fold++)
                for (uint32_t k = 0; k < w.kernel_rows * w.kernel_columns; k++)
                    for (uint32_t lane = 0; lane < lanes; lane++) {
                        int64_t r = (int64_t)row * w.stride_rows +
                                    k / w.kernel_columns * w.dilation_rows - w.pad_top;
                        int64_t c = (int64_t)column * w.stride_columns +
                                    k % w.kernel_columns * w.dilation_columns - w.pad_left;
                        bool inside = r >= 0 && r < before.rows && c >= 0 && c < before.columns;
                        beats.push_back(inside ? tensor[((size_t)r * before.columns + (size_t)c) *
                                                            before.channels +
                                                        fold * lanes + lane]
                                               : 0);
                    }
    return beats;
}

TEST(OpPool, RtlEqualsReferenceInEveryCycle) {
    Harness h;
    weir_fixed wide = type_of("ap_fixed<16,6>");
    auto pool = [&](const char *label, weir_stream in, weir_window_shape shape, weir_shape before,
                    uint32_t lanes, bool average, bool pad_counts, weir_fixed out) {
        ASSERT_TRUE(weir_pool_operator(h.add(label), h.arena(), label, in, shape, before, lanes,
                                       average, pad_counts, out, here, h.diag()))
            << h.diagnostics();
    };
    pool("maximum 2x2", stream_of(2, 3, 8, 4, "ap_fixed<16,6>"), window(2, 2, 2), {4, 6, 2}, 1,
         false, false, wide);
    pool("maximum of one", stream_of(2, 2, 3, 3, "ap_fixed<5,2>"), window(1, 1), {2, 2, 3}, 3,
         false, false, wide);
    pool("maximum 3x7 unsigned", stream_of(2, 2, 84, 42, "ap_ufixed<32,0>"), window(3, 7),
         {4, 8, 4}, 2, false, false, wide);
    pool("average 2x2", stream_of(2, 2, 16, 8, "ap_fixed<8,3>"), window(2, 2, 2), {4, 4, 4}, 2,
         true, true, type_of("ap_fixed<8,3,AP_RND_CONV,AP_SAT>"));
    pool("average of one", stream_of(1, 3, 2, 2, "ap_fixed<8,3>"), window(1, 1), {1, 3, 2}, 2, true,
         true, type_of("ap_ufixed<4,2,AP_TRN_ZERO,AP_SAT>"));
    pool("average 3x3", stream_of(2, 2, 27, 27, "ap_fixed<16,6>"), window(3, 3, 2, 1), {3, 3, 3}, 3,
         true, true, wide);
    pool("average 3x2 clipped", stream_of(4, 5, 24, 12, "ap_fixed<12,4>"), window(3, 2, 1, 1),
         {4, 4, 4}, 2, true, false, type_of("ap_fixed<14,4,AP_RND>"));
    pool("average 2x2 clipped", stream_of(3, 3, 4, 4, "ap_ufixed<6,6>"), window(2, 2, 2, 1),
         {4, 4, 1}, 1, true, false, type_of("ap_fixed<9,7>"));
    pool("average 5x1 of 32 bits", stream_of(3, 1, 5, 5, "ap_fixed<32,8>"), window(5, 1), {7, 1, 1},
         1, true, true, type_of("ap_fixed<32,8,AP_RND_ZERO>"));
    h.run(20260101);
}

TEST(OpGlobalPool, RtlEqualsReferenceInEveryCycle) {
    Harness h;
    auto pool = [&](const char *label, weir_stream in, const char *out) {
        ASSERT_TRUE(weir_global_pool_operator(h.add(label), h.arena(), label, in, type_of(out),
                                              here, h.diag()))
            << h.diagnostics();
    };
    pool("3x3, one fold", stream_of(3, 3, 2, 2, "ap_fixed<16,6>"), "ap_fixed<16,6>");
    pool("4x2, three folds", stream_of(4, 2, 6, 2, "ap_fixed<8,3>"), "ap_fixed<10,3,AP_RND>");
    pool("one position", stream_of(1, 1, 4, 1, "ap_fixed<8,3>"), "ap_fixed<6,2,AP_TRN,AP_SAT>");
    pool("unsigned, 5x1", stream_of(5, 1, 4, 2, "ap_ufixed<7,7>"), "ap_ufixed<9,7,AP_RND_INF>");
    pool("32 bits, 7x3", stream_of(7, 3, 2, 1, "ap_fixed<32,16>"), "ap_fixed<32,16>");
    h.run(20260102);
}

TEST(OpPool, MaximumKeepsTheElements) {
    Workshop shop;
    weir_operator op;
    weir_stream in = stream_of(1, 2, 8, 8, "ap_fixed<8,3>");
    ASSERT_TRUE(weir_pool_operator(&op, shop.arena, "p", in, window(2, 2), {2, 4, 2}, 2, false,
                                   false, type_of("ap_fixed<4,4>"), here, shop.diag));
    EXPECT_EQ(op.out[0].element.width, 8);
    EXPECT_EQ(op.out[0].channels, 2u);
    EXPECT_EQ(op.out[0].lanes, 2u);
    EXPECT_EQ(op.steps, 2u);
    EXPECT_EQ(infer_frame(op, {1, -9, 5, -8, -3, -7, 2, -128, -1, 0, -2, 0, -3, 127, -4, 0}),
              (std::vector<int32_t>{5, -7, -1, 127}));
}

TEST(OpPool, AverageByAPowerOfTwoRoundsExactly) {
    Workshop shop;
    std::mt19937_64 random(5);
    weir_stream in = stream_of(4, 4, 16, 8, "ap_fixed<16,6>");
    for (const char *out : {"ap_fixed<16,6>", "ap_fixed<12,6,AP_RND_CONV>", "ap_fixed<18,6>",
                            "ap_fixed<9,6,AP_RND_MIN_INF,AP_SAT>"}) {
        weir_operator op;
        ASSERT_TRUE(weir_pool_operator(&op, shop.arena, "p", in, window(2, 2, 2), {8, 8, 4}, 2,
                                       true, true, type_of(out), here, shop.diag));
        EXPECT_EQ(op.table_error, 0);
        EXPECT_EQ(op.multipliers, 0u);
        std::vector<int32_t> beats = random_frame(in, random), got = infer_frame(op, beats);
        for (size_t i = 0; i < got.size(); i++) {
            double sum = 0;
            for (size_t k = 0; k < 4; k++)
                sum += real_value(beats[i / 2 * 8 + k * 2 + i % 2], in.element);
            EXPECT_EQ(got[i], weir_fixed_from_double(sum / 4, type_of(out))) << out << " " << i;
        }
    }
}

TEST(OpPool, AverageStaysWithinItsBound) {
    Workshop shop;
    std::mt19937_64 random(6);
    for (uint32_t kernel : {3u, 5u, 7u, 9u, 49u}) {
        weir_stream in = stream_of(1, 200, kernel, kernel, "ap_fixed<16,6>");
        weir_fixed out = type_of("ap_fixed<32,6,AP_RND>"); /* fine enough to show the error */
        weir_operator op;
        ASSERT_TRUE(weir_pool_operator(&op, shop.arena, "p", in, window(1, kernel),
                                       {1, 199 + kernel, 1}, 1, true, true, out, here, shop.diag));
        EXPECT_GT(op.table_error, 0);
        EXPECT_LE(op.table_error, step_of(op.out[0].element) / 16);
        std::vector<int32_t> beats = random_frame(in, random), got = infer_frame(op, beats);
        for (size_t i = 0; i < got.size(); i++) {
            double sum = 0;
            for (size_t k = 0; k < kernel; k++)
                sum += real_value(beats[i * kernel + k], in.element);
            EXPECT_NEAR(real_value(got[i], op.out[0].element), sum / kernel,
                        op.table_error + step_of(op.out[0].element) / 2);
        }
    }
}

TEST(OpPool, PaddingIsLeftOutOfTheDivisor) {
    Workshop shop;
    std::mt19937_64 random(7);
    weir_shape before = {5, 4, 2};
    weir_window_shape shape = {3, 3, 2, 1, 1, 2, 1, 2, 1, 1}; /* strides and dilations differ */
    weir_stream in = stream_of(3, 3, 18, 9, "ap_fixed<10,4>");
    std::vector<int32_t> tensor = random_frame(stream_of(5, 4, 2, 1, "ap_fixed<10,4>"), random);
    for (bool pad_counts : {false, true}) {
        weir_operator op;
        ASSERT_TRUE(weir_pool_operator(&op, shop.arena, "p", in, shape, before, 1, true, pad_counts,
                                       type_of("ap_fixed<20,4,AP_RND>"), here, shop.diag));
        std::vector<int32_t> got = infer_frame(op, windows_of(tensor, before, shape, in, 1));
        size_t index = 0;
        for (int row = 0; row < 3; row++)
            for (int column = 0; column < 3; column++)
                for (int channel = 0; channel < 2; channel++, index++) {
                    double sum = 0, count = 0;
                    for (int kr = 0; kr < 3; kr++)
                        for (int kc = 0; kc < 3; kc++) {
                            int r = row * 2 + kr - 1, c = column + kc * 2 - 2;
                            bool inside = r >= 0 && r < 5 && c >= 0 && c < 4;
                            if (inside)
                                sum += real_value(tensor[(size_t)((r * 4 + c) * 2 + channel)],
                                                  in.element);
                            count += inside || pad_counts;
                        }
                    EXPECT_NEAR(real_value(got[index], op.out[0].element), sum / count,
                                op.table_error + step_of(op.out[0].element) / 2)
                        << row << " " << column << " " << channel << " " << pad_counts;
                }
    }
}

TEST(OpGlobalPool, AveragesEachChannel) {
    Workshop shop;
    std::mt19937_64 random(8);
    for (uint32_t rows : {1u, 4u, 7u}) {
        weir_stream in = stream_of(rows, 2, 6, 3, "ap_fixed<16,6>");
        weir_operator op;
        ASSERT_TRUE(weir_global_pool_operator(&op, shop.arena, "g", in,
                                              type_of("ap_fixed<24,6,AP_RND>"), here, shop.diag));
        EXPECT_EQ(op.steps, rows * 4);
        EXPECT_EQ(op.kind->step(&op, op.steps - 1), WEIR_READS(0) | WEIR_WRITES(0));
        EXPECT_EQ(op.kind->step(&op, op.steps - 2), WEIR_READS(0) | WEIR_WRITES(0));
        EXPECT_EQ(op.kind->step(&op, op.steps - 3), WEIR_READS(0));
        std::vector<int32_t> values = random_frame(in, random), got = infer_frame(op, values);
        ASSERT_EQ(got.size(), 6u);
        for (size_t c = 0; c < 6; c++) {
            double sum = 0;
            for (size_t at = 0; at < rows * 2; at++)
                sum += real_value(values[at * 6 + c], in.element);
            EXPECT_NEAR(real_value(got[c], op.out[0].element), sum / (rows * 2),
                        op.table_error + step_of(op.out[0].element) / 2);
        }
    }
}

TEST(OpPool, RefusesWhatDoesNotFit) {
    Workshop shop;
    weir_operator op;
    weir_fixed out = type_of("ap_fixed<16,6>");
    EXPECT_FALSE(weir_pool_operator(&op, shop.arena, "p", stream_of(1, 1, 8, 8, "ap_fixed<8,3>"),
                                    window(3, 3), {3, 3, 1}, 1, false, false, out, here,
                                    shop.diag));
    EXPECT_FALSE(weir_global_pool_operator(&op, shop.arena, "g",
                                           stream_of(1 << 10, 1 << 10, 1, 1, "ap_fixed<32,3>"), out,
                                           here, shop.diag));
    EXPECT_EQ(shop.errors(),
              "7: process \"p\": 8 elements a beat, must be a window of 3 x 3 times 1 lanes\n"
              "7: process \"g\": sum of 1048576 elements of 32 bits, at most 48 bits\n");
}

TEST(OpPool, EqualShapesGiveEqualText) {
    Harness h;
    for (const char *name : {"first", "second"})
        ASSERT_TRUE(weir_pool_operator(h.add(name), h.arena(), name,
                                       stream_of(4, 5, 24, 12, "ap_fixed<12,4>"),
                                       window(3, 2, 1, 1), {4, 4, 4}, 2, true, false,
                                       type_of("ap_fixed<14,4>"), here, h.diag()));
    EXPECT_EQ(h.text("first"), h.text("second"));
    EXPECT_NE(h.text("first").find("Timing class ELASTIC"), std::string::npos);
}

} // namespace
