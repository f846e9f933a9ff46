/* weir_fixed against a slow formulation: real numbers, candidates and distances. */
#include "hls/fixed.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace {

/* The integer that mode `rounding` picks for the real number x, by the words of the definition. */
double slow_round(double x, weir_rounding rounding) {
    double below = std::floor(x), above = std::ceil(x);
    if (rounding == WEIR_TRN) return below;
    if (rounding == WEIR_TRN_ZERO) return x < 0 ? above : below;
    if (rounding == WEIR_CEIL) return above;
    if (rounding == WEIR_UP) return x < 0 ? below : above;
    if (x - below < above - x) return below;
    if (x - below > above - x) return above;
    double near_zero = std::fabs(below) < std::fabs(above) ? below : above;
    double far = near_zero == below ? above : below;
    switch (rounding) {
    case WEIR_RND:
        return above;
    case WEIR_RND_ZERO:
        return near_zero;
    case WEIR_RND_MIN_INF:
        return below;
    case WEIR_RND_INF:
        return far;
    default:
        return std::fmod(below, 2) == 0 ? below : above;
    }
}

double slow_fit(double x, weir_fixed to) {
    double range = std::ldexp(1, to.width);
    double max = to.is_signed ? range / 2 - 1 : range - 1, min = to.is_signed ? -range / 2 : 0;
    if (to.overflow == WEIR_SAT_SYM && to.is_signed && to.width > 1) min = -max;
    if (to.overflow == WEIR_SAT_NARROW) max--;
    if (x >= min && x <= max) return x;
    if (to.overflow == WEIR_SAT_ZERO) return 0;
    if (to.overflow != WEIR_WRAP) return x < min ? min : max;
    while (x > max)
        x -= range;
    while (x < min)
        x += range;
    return x;
}

TEST(fixed, every_mode_equals_the_slow_formulation) {
    long checked = 0;
    for (int rounding = WEIR_TRN; rounding <= WEIR_UP; rounding++)
        for (int overflow = WEIR_WRAP; overflow <= WEIR_SIGN; overflow++)
            for (int is_signed = 0; is_signed < 2; is_signed++)
                for (int width = 1; width <= 5; width++)
                    for (int integer = -3; integer <= width + 3; integer++) {
                        weir_fixed to = {width, integer, is_signed != 0, (weir_rounding)rounding,
                                         (weir_overflow)overflow};
                        if (!weir_fixed_valid(to)) continue;
                        for (int fraction = -2; fraction <= 5; fraction++)
                            for (int value = -70; value <= 70; value++, checked++) {
                                double x = std::ldexp(value, weir_fixed_fraction(to) - fraction);
                                double expected = slow_fit(slow_round(x, to.rounding), to);
                                if (overflow == WEIR_SIGN) expected = x < 0 ? -1 : 1;
                                char text[64];
                                weir_fixed_text(to, text, sizeof text);
                                ASSERT_EQ(weir_fixed_convert(value, fraction, to),
                                          (int64_t)expected)
                                    << value << " * 2^-" << fraction << " to " << text;
                            }
                    }
    EXPECT_GT(checked, 1000000);
}

/* Wide values need 128 bits to shift: compare with them, where nothing overflows. */
TEST(fixed, wide_values_keep_every_bit) {
    const unsigned seed = 7;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 200000; i++) {
        int64_t value = (int64_t)(random() >> 2) >> (random() % 62);
        if (random() & 1) value = -value;
        int fraction = (int)(random() % 60), width = 1 + (int)(random() % 63);
        int target = (int)(random() % 60);
        weir_fixed to = {width, width - target, (random() & 1) != 0, WEIR_TRN, WEIR_SAT};
        __int128 shifted = value;
        shifted = target >= fraction ? shifted * ((__int128)1 << (target - fraction))
                                     : shifted >> (fraction - target);
        __int128 expected = shifted;
        if (shifted > weir_fixed_max(to)) expected = weir_fixed_max(to);
        if (shifted < weir_fixed_min(to)) expected = weir_fixed_min(to);
        ASSERT_EQ(weir_fixed_convert(value, fraction, to), (int64_t)expected)
            << "seed " << seed << ", value " << value << ", fraction " << fraction << ", width "
            << width << ", target fraction " << target;
        to.overflow = WEIR_WRAP;
        unsigned __int128 mask = ((unsigned __int128)1 << width) - 1;
        __int128 low = (__int128)((unsigned __int128)shifted & mask);
        if (to.is_signed && low > weir_fixed_max(to)) low -= (__int128)1 << width;
        ASSERT_EQ(weir_fixed_convert(value, fraction, to), (int64_t)low) << "seed " << seed;
    }
}

TEST(fixed, the_distance_between_the_points_has_no_limit) {
    weir_fixed plain = {16, 6, true, WEIR_TRN, WEIR_WRAP};
    EXPECT_EQ(weir_fixed_convert(-1, 1000, plain), -1);
    EXPECT_EQ(weir_fixed_convert(1, 1000, plain), 0);
    EXPECT_EQ(weir_fixed_convert(1, -1000, plain), 0); /* all bits are beyond the 16 */
    weir_fixed rounded = {16, 6, true, WEIR_RND_MIN_INF, WEIR_SAT};
    EXPECT_EQ(weir_fixed_convert(-1, 1000, rounded), 0);
    EXPECT_EQ(weir_fixed_convert(-1, -1000, rounded), -32768);
    EXPECT_EQ(weir_fixed_convert(0, -1000, rounded), 0);
    /* One half at the far end: 2^61 / 2^62. */
    EXPECT_EQ(weir_fixed_convert((int64_t)1 << 61, 62, {8, 8, true, WEIR_RND, WEIR_SAT}), 1);
    EXPECT_EQ(weir_fixed_convert((int64_t)1 << 61, 62, {8, 8, true, WEIR_RND_CONV, WEIR_SAT}), 0);
    EXPECT_EQ(weir_fixed_convert((int64_t)1 << 61, 63, {8, 8, true, WEIR_RND, WEIR_SAT}), 0);
}

TEST(fixed, doubles_go_both_ways) {
    weir_fixed type = {16, 6, true, WEIR_TRN, WEIR_SAT};
    for (int64_t i = weir_fixed_min(type); i <= weir_fixed_max(type); i++)
        ASSERT_EQ(weir_fixed_from_double(weir_fixed_to_double(i, type), type), i);
    EXPECT_EQ(weir_fixed_from_double(-1.0 / 2048, type), -1);
    EXPECT_EQ(weir_fixed_from_double(1e300, type), 32767);
    EXPECT_EQ(weir_fixed_from_double(-INFINITY, type), -32768);
    EXPECT_EQ(weir_fixed_from_double(5e-324, type), 0);
    EXPECT_EQ(weir_fixed_from_double(-5e-324, type), -1);
    EXPECT_EQ(weir_fixed_from_double(NAN, type), 0);
    type = {2, 5, true, WEIR_TRN, WEIR_SIGN};
    for (double above : {0.0, -0.0, 5e-324, 1e-9, 3.0, 1e300, HUGE_VAL})
        EXPECT_EQ(weir_fixed_from_double(above, type), 1) << above;
    for (double below : {-5e-324, -1e-9, -3.0, -1e300, -HUGE_VAL, (double)NAN})
        EXPECT_EQ(weir_fixed_from_double(below, type), -1) << below;
    EXPECT_EQ(weir_fixed_to_double(-3, {8, 10, true, WEIR_TRN, WEIR_WRAP}), -12.0);
    EXPECT_EQ(weir_fixed_to_double(3, {4, -2, true, WEIR_TRN, WEIR_WRAP}), 3.0 / 64);
}

TEST(fixed, limits_and_element) {
    EXPECT_EQ(weir_fixed_min({63, 1, true, WEIR_TRN, WEIR_WRAP}), -((int64_t)1 << 62));
    EXPECT_EQ(weir_fixed_max({63, 1, false, WEIR_TRN, WEIR_WRAP}), INT64_MAX);
    EXPECT_EQ(weir_fixed_min({8, 8, true, WEIR_TRN, WEIR_SAT_SYM}), -127);
    EXPECT_EQ(weir_fixed_max({8, 8, false, WEIR_TRN, WEIR_SAT_NARROW}), 254);
    EXPECT_EQ(weir_fixed_min({2, 4, true, WEIR_TRN, WEIR_SIGN}), -1);
    EXPECT_EQ(weir_fixed_max({2, 4, true, WEIR_TRN, WEIR_SIGN}), 1);
    EXPECT_TRUE(weir_fixed_whole({8, 8, true, WEIR_TRN, WEIR_SAT}));
    EXPECT_TRUE(weir_fixed_whole({8, 8, false, WEIR_TRN, WEIR_SAT_SYM}));
    EXPECT_FALSE(weir_fixed_whole({8, 8, true, WEIR_TRN, WEIR_SAT_SYM}));
    EXPECT_FALSE(weir_fixed_whole({8, 8, false, WEIR_TRN, WEIR_SAT_NARROW}));
    EXPECT_FALSE(weir_fixed_whole({2, 2, true, WEIR_TRN, WEIR_SIGN}));
    weir_element element = weir_fixed_element({12, -3, false, WEIR_RND, WEIR_SAT});
    EXPECT_EQ(element.width, 12);
    EXPECT_EQ(element.integer, -3);
    EXPECT_FALSE(element.is_signed);
}

std::string canonical(const char *text) {
    weir_fixed fixed;
    char out[48];
    if (!weir_fixed_parse(&fixed, text)) return "no";
    weir_fixed_text(fixed, out, sizeof out);
    return out;
}

TEST(fixed, text) {
    EXPECT_EQ(canonical("ap_fixed<16,6>"), "ap_fixed<16,6>");
    EXPECT_EQ(canonical(" fixed < 16 , -6 > "), "ap_fixed<16,-6>");
    EXPECT_EQ(canonical("ufixed<8,0,RND,SAT>"), "ap_ufixed<8,0,AP_RND,AP_SAT>");
    EXPECT_EQ(canonical("ap_ufixed<8,0,AP_RND_CONV>"), "ap_ufixed<8,0,AP_RND_CONV>");
    EXPECT_EQ(canonical("ap_fixed<8,4,AP_TRN,AP_SAT_SYM,0>"), "ap_fixed<8,4,AP_TRN,AP_SAT_SYM>");
    EXPECT_EQ(canonical("ap_fixed<63,-1024,AP_RND_MIN_INF,AP_SAT_ZERO>"),
              "ap_fixed<63,-1024,AP_RND_MIN_INF,AP_SAT_ZERO>");
    EXPECT_EQ(canonical("ufixed<3,1,AP_RND,SAT_NARROW>"), "ap_ufixed<3,1,AP_RND,SAT_NARROW>");
    EXPECT_EQ(canonical("ap_fixed<2,1,TRN,SIGN>"), "ap_fixed<2,1,AP_TRN,SIGN>");
    EXPECT_EQ(canonical("ap_int<8>"), "ap_fixed<8,8>");
    EXPECT_EQ(canonical("ap_uint<4>"), "ap_ufixed<4,4>");
    for (const char *bad : {"",
                            "fixed",
                            "ap_fixed<>",
                            "ap_fixed<16>",
                            "ap_fixed<0,0>",
                            "ap_fixed<64,6>",
                            "ap_fixed<16,6",
                            "ap_fixed<16,6>x",
                            "ap_fixed<16,6,AP_SAT>",
                            "ap_fixed<16,6,AP_RND,AP_RND>",
                            "ap_fixed<16,6,AP_TRN,AP_WRAP_SM>",
                            "ap_fixed<16,6,AP_TRN,SIGN>",
                            "ap_ufixed<2,2,AP_TRN,SIGN>",
                            "ap_fixed<4,4,AP_TRN,SAT_NARROW>",
                            "ap_fixed<16,6,AP_TRN,AP_WRAP,1>",
                            "ap_int<8,8>",
                            "ap_fixed<16,2000>",
                            "ap_fixed<+16,6>",
                            "float",
                            "int8"})
        EXPECT_EQ(canonical(bad), "no") << bad;
}

} // namespace
