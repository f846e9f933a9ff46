#include "operator_harness.h"

#include <gtest/gtest.h>

namespace {

TEST(Width, RtlEqualsReferenceInEveryCycle) {
    struct {
        const char *label;
        weir_stream in;
        uint32_t lanes;
    } cases[] = {
        {"gather 1 to 4", {3, 4, 8, 1, {5, 3, true}}, 4},
        {"gather 2 to 6", {1, 7, 6, 2, {16, 6, true}}, 6},
        {"gather to a wide beat", {2, 2, 12, 3, {32, 16, false}}, 12},
        {"split 4 to 1", {3, 3, 4, 4, {7, 7, false}}, 1},
        {"split 12 to 4", {1, 5, 12, 12, {9, -2, true}}, 4},
        {"same", {1, 1, 10, 2, {3, 1, true}}, 2},
        {"single bits", {1, 1, 8, 8, {1, 1, false}}, 1},
    };
    Harness harness;
    for (const auto &c : cases)
        ASSERT_TRUE(weir_width_operator(harness.add(c.label), harness.arena(), "width", c.in,
                                        c.lanes, WEIR_NOWHERE, harness.diag()))
            << harness.diagnostics();
    harness.run(12);
}

TEST(Width, CountsAndRefusals) {
    weir_arena *arena = weir_arena_new();
    weir_diag *diag = weir_diag_new();
    weir_operator op;
    ASSERT_TRUE(
        weir_width_operator(&op, arena, "w", {2, 3, 12, 12, {8, 8, true}}, 4, WEIR_NOWHERE, diag));
    EXPECT_EQ(op.steps, 18u);
    EXPECT_EQ(op.initiations, 6u);
    EXPECT_EQ(op.ii_cycles, 3u);
    EXPECT_EQ(op.out[0].lanes, 4u);
    EXPECT_FALSE(
        weir_width_operator(&op, arena, "w", {2, 3, 12, 6, {8, 8, true}}, 4, WEIR_NOWHERE, diag));
    EXPECT_STREQ(weir_diag_at(diag, 0)->text,
                 "process \"w\": 6 lanes to 4, one number must divide the other");
    EXPECT_FALSE(
        weir_width_operator(&op, arena, "w", {2, 3, 12, 6, {8, 8, true}}, 24, WEIR_NOWHERE, diag));
    EXPECT_STREQ(weir_diag_at(diag, 1)->text,
                 "process \"w\": output has 24 lanes, must divide its 12 channels");
    weir_diag_free(diag);
    weir_arena_free(arena);
}

} // namespace
