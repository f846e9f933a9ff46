// Clock: N(t), the first edge strictly after t, against a search over edges.
#include "models/clock.h"
#include <gtest/gtest.h>
#include <random>

TEST(Clock, FindsTheFirstEdgeStrictlyAfter) {
    std::mt19937_64 random(11);
    for (int i = 0; i < 3000; i++) {
        weir_domain domain = {"d", 1 + random() % 20, random() % 50, {}};
        uint64_t time = random() % 300, after = 0, at_or_after = 0;
        while (weir_clock_edge_ps(&domain, after) <= time)
            after++;
        while (weir_clock_edge_ps(&domain, at_or_after) < time)
            at_or_after++;
        ASSERT_EQ(weir_clock_after(&domain, time), after)
            << "seed 11: period " << domain.period_ps << " phase " << domain.phase_ps << " time "
            << time;
        ASSERT_EQ(weir_clock_at_or_after(&domain, time), at_or_after) << "seed 11, time " << time;
    }
}

TEST(Clock, ChangesExactlyAtAnEdge) {
    weir_domain domain = {"d", 10, 3, {}};
    EXPECT_EQ(weir_clock_after(&domain, 2), 0u);
    EXPECT_EQ(weir_clock_after(&domain, 3), 1u);
    EXPECT_EQ(weir_clock_after(&domain, 12), 1u);
    EXPECT_EQ(weir_clock_after(&domain, 13), 2u);
    EXPECT_EQ(weir_clock_at_or_after(&domain, 13), 1u);
    EXPECT_EQ(weir_clock_at_or_after(&domain, 14), 2u);
}
