/* Enlargement: RTL against C in every cycle. */
#include "hls/operator_harness.h"
#include "hls/operator_infer.h"

namespace {

const weir_loc here = {"net.cfg", 7};

TEST(OpResize, RtlEqualsReferenceInEveryCycle) {
    const struct {
        const char *label;
        weir_stream in;
        uint32_t rows, columns;
    } cases[] = {
        {"2 x 2, two folds", stream_of(3, 4, 4, 2, "ap_fixed<7,3>"), 2, 2},
        {"2 x 2, one fold", stream_of(3, 5, 2, 2, "ap_ufixed<4,4>"), 2, 2},
        {"3 x 1", stream_of(2, 3, 3, 1, "ap_int<1>"), 3, 1},
        {"1 x 3, folds", stream_of(3, 3, 6, 2, "ap_fixed<9,-1>"), 1, 3},
        {"1 x 2, one fold", stream_of(2, 4, 3, 3, "ap_fixed<32,8>"), 1, 2},
        {"1 x 1", stream_of(3, 3, 4, 2, "ap_int<5>"), 1, 1},
        {"one position", stream_of(1, 1, 1, 1, "ap_uint<3>"), 4, 5},
        {"one column, 4 x 3, folds", stream_of(4, 1, 3, 1, "ap_uint<11>"), 4, 3},
    };
    Harness h;
    for (const auto &c : cases)
        ASSERT_TRUE(weir_resize_operator(h.add(c.label), h.arena(), "r", c.in, c.rows, c.columns,
                                         here, h.diag()))
            << h.diagnostics();
    h.run(20260202);
}

TEST(OpResize, ReferenceByHand) {
    Workshop shop;
    weir_operator op;
    ASSERT_TRUE(weir_resize_operator(&op, shop.arena, "r", stream_of(2, 2, 2, 1, "ap_int<8>"), 2, 3,
                                     here, shop.diag));
    EXPECT_EQ(op.out[0].rows, 4u);
    EXPECT_EQ(op.out[0].columns, 6u);
    EXPECT_EQ(op.steps, 4u * 6 * 2);
    EXPECT_EQ(op.initiations * op.ii_cycles, op.steps);
    const std::vector<int32_t> above = {1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4};
    const std::vector<int32_t> below = {5, 6, 5, 6, 5, 6, 7, 8, 7, 8, 7, 8};
    std::vector<int32_t> expected;
    for (const auto &row : {above, above, below, below})
        expected.insert(expected.end(), row.begin(), row.end());
    EXPECT_EQ(infer_frame(op, {1, 2, 3, 4, 5, 6, 7, 8}), expected);
    uint64_t reads = 0, writes = 0;
    for (uint64_t i = 0; i < op.steps; i++) {
        reads += (op.kind->step(&op, i) & WEIR_READS(0)) != 0;
        writes += (op.kind->step(&op, i) & WEIR_WRITES(0)) != 0;
    }
    EXPECT_EQ(reads, weir_stream_beats(&op.in[0]));
    EXPECT_EQ(writes, op.steps);
}

TEST(OpResize, Refusals) {
    Workshop none, rows, all;
    weir_operator op;
    EXPECT_FALSE(weir_resize_operator(&op, none.arena, "r", stream_of(2, 2, 2, 1, "ap_int<8>"), 0,
                                      2, here, none.diag));
    EXPECT_EQ(none.errors(), "7: process \"r\": enlargement by 0 rows and 2 columns, each must be "
                             "at least 1\n");
    EXPECT_FALSE(weir_resize_operator(&op, rows.arena, "r", stream_of(2, 2, 2, 1, "ap_int<8>"),
                                      0x80000000u, 2, here, rows.diag));
    EXPECT_EQ(rows.errors(), "7: process \"r\": output of 4294967296 rows and 4 columns, at most "
                             "268435456 each\n");
    EXPECT_TRUE(weir_resize_operator(&op, all.arena, "r", stream_of(1, 1, 1, 1, "ap_int<8>"),
                                     1u << 14, 1u << 14, here, all.diag));
    EXPECT_FALSE(weir_resize_operator(&op, all.arena, "r", stream_of(1, 2, 1, 1, "ap_int<8>"),
                                      1u << 14, 1u << 14, here, all.diag));
    EXPECT_EQ(all.errors(), "7: process \"r\": output of 16384 x 32768 x 1 elements, at most "
                            "268435456\n");
}

} // namespace
