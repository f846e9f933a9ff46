// Folding: which pe, simd and strategy a layer gets, and what is refused.
extern "C" {
#include "hls/lower.h"
}
#include <cstring>
#include <gtest/gtest.h>

namespace {

struct Fold : testing::Test {
    weir_diag *diag = weir_diag_new();
    weir_layer_settings settings{};
    weir_folding folding{};

    ~Fold() override { weir_diag_free(diag); }
    bool fold(uint32_t inputs, uint32_t outputs, uint32_t lanes) {
        settings.fold_loc = {"x.cfg", 7};
        weir_fold_spec spec = {"fc", inputs, outputs, lanes, 1, 0};
        return weir_fold(&spec, &settings, &folding, diag);
    }
    std::string error() {
        if (weir_diag_count(diag) != 1) return "";
        EXPECT_EQ(weir_diag_at(diag, 0)->line, 7);
        return weir_diag_at(diag, 0)->text;
    }
};

TEST_F(Fold, SmallProductsAreBuiltInFull) {
    ASSERT_TRUE(fold(16, 32, 16)); // exactly the limit
    EXPECT_TRUE(folding.latency);
    EXPECT_FALSE(folding.gather);
    ASSERT_TRUE(fold(16, 33, 16));
    EXPECT_FALSE(folding.latency);
}

TEST_F(Fold, LatencyGathersTheVector) {
    ASSERT_TRUE(fold(16, 4, 4));
    EXPECT_TRUE(folding.latency);
    EXPECT_TRUE(folding.gather);
}

TEST_F(Fold, LargeProductsStayWithinTheMultiplierLimit) {
    for (uint32_t inputs : {17u, 64u, 128u, 1000u})
        for (uint32_t outputs : {5u, 64u, 129u}) {
            ASSERT_TRUE(fold(inputs, outputs, inputs));
            if (folding.latency) continue;
            EXPECT_LE(folding.pe * folding.simd, (uint32_t)WEIR_MULTIPLIER_LIMIT);
            EXPECT_EQ(outputs % folding.pe, 0u);
            EXPECT_EQ(inputs % folding.simd, 0u);
        }
}

TEST_F(Fold, ReuseFactorIsMetExactly) {
    for (uint64_t reuse = 2; reuse <= 24 * 10; reuse++) {
        if (24 * 10 % reuse) continue;
        settings.reuse_factor = reuse;
        for (uint32_t lanes : {1u, 4u, 24u}) {
            ASSERT_TRUE(fold(24, 10, lanes));
            EXPECT_FALSE(folding.latency);
            EXPECT_EQ((uint64_t)folding.pe * folding.simd * reuse, 240u);
            EXPECT_EQ(folding.gather, lanes % folding.simd != 0) << reuse << " " << lanes;
        }
    }
}

TEST_F(Fold, ReuseFactorPrefersTheBeatsAsTheyCome) {
    settings.reuse_factor = 12;
    ASSERT_TRUE(fold(24, 12, 2)); // 12 beats a vector: one output group, simd = 2
    EXPECT_EQ(folding.simd, 2u);
    EXPECT_EQ(folding.pe, 12u);
    EXPECT_FALSE(folding.gather);
}

TEST_F(Fold, ReuseFactorThatDoesNotDivide) {
    settings.reuse_factor = 7;
    EXPECT_FALSE(fold(24, 10, 24));
    EXPECT_EQ(error(), "layer \"fc\": reuse_factor 7 does not divide 24 inputs x 10 outputs = 240 "
                       "multiplications; nearest allowed: 6");
}

TEST_F(Fold, PeAndSimdMustDivide) {
    settings.pe = 4;
    EXPECT_FALSE(fold(24, 10, 24));
    EXPECT_EQ(error(), "layer \"fc\": pe 4 does not divide 10 outputs; nearest allowed: 5");
}

TEST_F(Fold, LatencyTakesNoFolding) {
    settings.strategy = WEIR_LATENCY;
    settings.reuse_factor = 2;
    EXPECT_FALSE(fold(24, 10, 24));
    EXPECT_EQ(error(), "layer \"fc\": strategy \"latency\" builds every multiplication; "
                       "reuse_factor 1 is allowed, pe and simd are not");
}

TEST_F(Fold, OneWayToSayIt) {
    settings.reuse_factor = 2;
    settings.simd = 2;
    EXPECT_FALSE(fold(24, 10, 24));
    EXPECT_EQ(error(), "layer \"fc\": reuse_factor and pe or simd say the same thing twice; "
                       "allowed is one of them");
}

TEST_F(Fold, TargetIsMetWithTheFewestMultipliers) {
    for (uint64_t target : {200u, 1000u, 7000u, 24000u}) {
        weir_fold_spec spec = {"fc", 24, 10, 12, 100, target};
        ASSERT_TRUE(weir_fold(&spec, &settings, &folding, diag));
        EXPECT_FALSE(folding.latency);
        uint64_t limit = weir_step_limit(target), chosen = (uint64_t)folding.pe * folding.simd;
        EXPECT_LE(100 * (24 / folding.simd) * (10 / folding.pe), limit);
        for (uint32_t simd : {1u, 2u, 3u, 4u, 6u, 12u})
            for (uint32_t pe : {1u, 2u, 5u, 10u})
                if (100 * (24 / simd) * (10 / pe) <= limit) {
                    EXPECT_GE(pe * simd, chosen);
                }
    }
}

TEST_F(Fold, TargetThatCannotBeMet) {
    settings.loc = {"x.cfg", 7};
    weir_fold_spec spec = {"fc", 24, 10, 12, 100, 150};
    EXPECT_FALSE(weir_fold(&spec, &settings, &folding, diag));
    EXPECT_EQ(error(), "layer \"fc\": an interval of 150 cycles cannot be met with 12 lanes; "
                       "least: 200");
}

TEST(FoldLanes, FewestThatMeetTheTarget) {
    EXPECT_EQ(weir_fold_lanes(32, 1, 1000, 4, 32000), 1u);
    EXPECT_EQ(weir_fold_lanes(32, 1, 1000, 4, 31373), 1u); // 1/50 above the target is met
    EXPECT_EQ(weir_fold_lanes(32, 1, 1000, 4, 31372), 2u);
    EXPECT_EQ(weir_fold_lanes(32, 8, 1000, 4, 32000), 8u);
    EXPECT_EQ(weir_fold_lanes(32, 1, 1000, 4, 980), 0u);
    EXPECT_EQ(weir_fold_lanes(32, 1, 1000, 4, 981), 32u);
}

TEST(FoldLanes, WidthOfABeatLimitsThemWithoutATarget) {
    EXPECT_EQ(weir_fold_lanes(64, 1, 1000, 16, 0), 64u);
    EXPECT_EQ(weir_fold_lanes(64, 1, 1000, 17, 0), 32u);
    EXPECT_EQ(weir_fold_lanes(96, 5, 1000, 32, 0), 5u);
}

} // namespace
