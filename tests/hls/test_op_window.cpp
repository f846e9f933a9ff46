#include "operator_harness.h"

#include <gtest/gtest.h>

namespace {

const weir_window_shape one_by_one = {1, 1, 1, 1, 1, 1, 0, 0, 0, 0};

weir_window_shape kernel(uint32_t rows, uint32_t columns) {
    weir_window_shape shape = one_by_one;
    shape.kernel_rows = rows;
    shape.kernel_columns = columns;
    return shape;
}

weir_window_shape padded(weir_window_shape shape, uint32_t top, uint32_t left, uint32_t bottom,
                         uint32_t right) {
    shape.pad_top = top;
    shape.pad_left = left;
    shape.pad_bottom = bottom;
    shape.pad_right = right;
    return shape;
}

weir_window_shape strided(weir_window_shape shape, uint32_t rows, uint32_t columns) {
    shape.stride_rows = rows;
    shape.stride_columns = columns;
    return shape;
}

weir_window_shape dilated(weir_window_shape shape, uint32_t rows, uint32_t columns) {
    shape.dilation_rows = rows;
    shape.dilation_columns = columns;
    return shape;
}

TEST(Window, RtlEqualsReferenceInEveryCycle) {
    struct {
        const char *label;
        weir_stream in;
        weir_window_shape shape;
        int32_t pad;
    } cases[] = {
        {"plain 3x3", {5, 6, 2, 2, {8, 4, true}}, kernel(3, 3), 0},
        {"same padding, two folds",
         {4, 5, 4, 2, {5, 5, true}},
         padded(kernel(3, 3), 1, 1, 1, 1),
         -3},
        {"stride 2, rows and columns left over",
         {6, 8, 3, 1, {7, 0, false}},
         strided(kernel(3, 3), 2, 2),
         0},
        {"dilation 2 by 3, uneven padding",
         {7, 8, 2, 1, {6, 2, true}},
         padded(dilated(kernel(3, 2), 2, 3), 2, 1, 0, 3),
         5},
        {"one-dimensional, stride 3",
         {1, 17, 3, 3, {16, 6, true}},
         padded(strided(kernel(1, 4), 1, 3), 0, 1, 0, 2),
         0},
        {"kernel covers the input", {3, 4, 2, 2, {9, 1, true}}, kernel(3, 4), 0},
        {"one column, one fold",
         {9, 1, 2, 2, {4, 4, true}},
         strided(padded(kernel(3, 1), 1, 0, 2, 0), 2, 1),
         7},
        {"one by one", {2, 3, 4, 1, {3, 3, false}}, one_by_one, 0},
        {"stride beyond the kernel", {7, 7, 1, 1, {12, 6, true}}, strided(kernel(2, 1), 3, 4), 0},
        {"one row of a column, many columns apart",
         {3, 11, 1, 1, {32, 16, true}},
         dilated(kernel(2, 3), 1, 5),
         -1},
    };
    Harness harness;
    for (const auto &c : cases)
        ASSERT_TRUE(weir_window_operator(harness.add(c.label), harness.arena(), "window", c.in,
                                         c.shape, c.pad, WEIR_NOWHERE, harness.diag()))
            << harness.diagnostics();
    harness.run(11);
}

struct Operator { /* one constructor call and what it said */
    weir_arena *arena = weir_arena_new();
    weir_diag *diag = weir_diag_new();
    weir_operator op = {};
    ~Operator() {
        weir_arena_free(arena);
        weir_diag_free(diag);
    }
    bool build(weir_stream in, weir_window_shape shape, int32_t pad = 0) {
        return weir_window_operator(&op, arena, "w", in, shape, pad, {"net.cfg", 7}, diag);
    }
    std::string message(size_t index) const {
        return index < weir_diag_count(diag) ? weir_diag_at(diag, index)->text : "";
    }
};

TEST(Window, ReferenceByHand) {
    Operator o;
    weir_window_shape shape = padded(strided(kernel(2, 2), 1, 2), 1, 0, 0, 1);
    ASSERT_TRUE(o.build({2, 3, 2, 1, {8, 8, true}}, shape, -9));
    EXPECT_EQ(o.op.out[0].rows, 2u);
    EXPECT_EQ(o.op.out[0].columns, 2u);
    EXPECT_EQ(o.op.out[0].channels, 8u);
    EXPECT_EQ(o.op.out[0].lanes, 4u);
    EXPECT_EQ(o.op.steps, 3u * 4 * 2);
    EXPECT_EQ(o.op.initiations, 4u);
    EXPECT_EQ(o.op.ii_cycles, 6u);
    const int32_t in[] = {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};
    const std::vector<int32_t> expected = {-9, -9, 1,  3,  -9, -9, 2, 4,  -9, -9, 5,
                                           -9, -9, -9, 6,  -9, 1,  3, 11, 13, 2,  4,
                                           12, 14, 5,  -9, 15, -9, 6, -9, 16, -9};
    std::vector<int32_t> out(expected.size());
    const int32_t *from = in;
    int32_t *to = out.data();
    o.op.kind->infer(&o.op, &from, &to);
    EXPECT_EQ(out, expected);
}

TEST(Window, StepsReadAndWriteEveryBeatOnce) {
    Operator o;
    ASSERT_TRUE(o.build({5, 7, 4, 2, {8, 8, true}},
                        padded(strided(dilated(kernel(2, 3), 2, 2), 2, 3), 1, 0, 0, 2)));
    uint64_t reads = 0, writes = 0;
    for (uint64_t i = 0; i < o.op.steps; i++) {
        reads += (o.op.kind->step(&o.op, i) & WEIR_READS(0)) != 0;
        writes += (o.op.kind->step(&o.op, i) & WEIR_WRITES(0)) != 0;
    }
    EXPECT_EQ(reads, weir_stream_beats(&o.op.in[0]));
    EXPECT_EQ(writes, weir_stream_beats(&o.op.out[0]));
}

TEST(Window, RefusesWhatDoesNotFit) {
    const weir_stream in = {4, 4, 2, 2, {8, 8, true}};
    Operator span;
    EXPECT_FALSE(span.build(in, dilated(kernel(3, 1), 2, 1)));
    EXPECT_EQ(span.message(0), "process \"w\": window spans 5 rows, the padded input has 4");
    EXPECT_EQ(weir_diag_at(span.diag, 0)->line, 7);
    Operator fits; /* one row more */
    EXPECT_TRUE(fits.build(in, padded(dilated(kernel(3, 1), 2, 1), 1, 0, 0, 0)));
    Operator both;
    EXPECT_FALSE(both.build(in, strided(kernel(5, 1), 1, 0)));
    EXPECT_EQ(weir_diag_count(both.diag), 2u);
    Operator pad;
    EXPECT_TRUE(pad.build(in, kernel(1, 1), -128));
    EXPECT_FALSE(pad.build(in, kernel(1, 1), -129));
    EXPECT_EQ(pad.message(0), "process \"w\": padding of -129, elements hold -128 to 127");
    Operator lanes;
    EXPECT_FALSE(lanes.build({4, 4, 3, 2, {8, 8, true}}, kernel(1, 1)));
    EXPECT_EQ(lanes.message(0), "process \"w\": input has 2 lanes, must divide its 3 channels");
}

} // namespace
