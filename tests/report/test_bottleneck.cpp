#include "report/fixture.h"
#include <gtest/gtest.h>

namespace {

TEST(Bottleneck, IsTheProcessWithMostBusyTime) {
    ToyRun run;
    weir_record *record = run.record();
    EXPECT_STREQ(record->bottleneck.process, "dense");
    EXPECT_STREQ(record->bottleneck.limit, "process");
    /* 400 cycles of 2000 ps in the 830,000 ps from the first beat to the last */
    EXPECT_NEAR(record->bottleneck.share, 800000.0 / 830000.0, 1e-9);
    std::string why = record->bottleneck.why, hint = record->bottleneck.hint;
    EXPECT_NE(why.find("takes 100 cycles at 500 MHz for a frame, 200.000 ns"), std::string::npos)
        << why;
    EXPECT_NE(why.find("(5 initiations of reuse factor 20)"), std::string::npos) << why;
    EXPECT_NE(why.find("conv before it is blocked in 71.2 % of its cycles"), std::string::npos)
        << why;
    EXPECT_NE(why.find("out after it is starved in 95.1 %"), std::string::npos) << why;
    EXPECT_NE(hint.find("The next is conv, 50.000 ns a frame"), std::string::npos) << hint;
}

/* Stopped, or with input that outlasts the output, processes work on after the last frame. */
TEST(Bottleneck, ShareIsOfTheWholeRun) {
    ToyRun run;
    run.processes[2].busy_cycles = 450;
    run.result.end_ps = 1000000;
    EXPECT_NEAR(run.record()->bottleneck.share, 0.9, 1e-9);
    run.result.deadlock.happened = true;
    run.result.deadlock.time_ps = 900000; /* of the last beat; all after it is waiting */
    char text[] = "";
    run.result.deadlock.text = text;
    EXPECT_NEAR(run.record()->bottleneck.share, 1.0, 1e-9);
}

TEST(Bottleneck, CountsTimeNotCycles) {
    ToyRun run;
    run.processes[1].busy_cycles = 500; /* of 1000 ps: less than 400 of 2000 ps */
    EXPECT_STREQ(run.record()->bottleneck.process, "dense");
    run.processes[1].busy_cycles = 830;
    EXPECT_STREQ(run.record()->bottleneck.process, "conv");
}

TEST(Bottleneck, NearlyEqualBusyTimesGoToTheLongerSchedule) {
    ToyRun run;
    run.processes[1].busy_cycles = 805; /* 805,000 ps, more than dense by less than 1/64 */
    EXPECT_STREQ(run.record()->bottleneck.process, "dense");
}

TEST(Bottleneck, OneFrameSpeaksOfLatency) {
    ToyRun run;
    run.frames.resize(1);
    weir_record *record = run.record();
    EXPECT_STREQ(record->bottleneck.limit, "latency");
    EXPECT_NE(strstr(record->bottleneck.why, "with one frame"), nullptr);
}

TEST(Bottleneck, SlowArrivalsAreNamed) {
    ToyRun run;
    run.source.arrival_period_ps = 400000;
    for (uint64_t f = 0; f < 4; f++)
        run.frames[f] = {f, f * 400000, f * 400000 + 230000};
    weir_record *record = run.record();
    EXPECT_STREQ(record->bottleneck.limit, "source");
    EXPECT_STREQ(record->bottleneck.process, "in");
    EXPECT_NEAR(record->bottleneck.share, 1.0, 1e-9);
    EXPECT_NE(strstr(record->bottleneck.why, "Frames arrive every 400.000 ns"), nullptr);
    EXPECT_NE(strstr(record->bottleneck.why, "dense, is busy for 55.9 %"), nullptr)
        << record->bottleneck.why;
}

TEST(Bottleneck, ArrivalsFasterThanTheDesignAreNot) {
    ToyRun run;
    run.source.arrival_period_ps = 199000;
    EXPECT_STREQ(run.record()->bottleneck.limit, "process");
}

TEST(Bottleneck, PausesOfTheSinkAreNamed) {
    ToyRun run;
    run.source.sink_pause = "100000000000000000000000000000"; /* 1 of 30 cycles: 300 ns a frame */
    for (uint64_t f = 0; f < 4; f++)
        run.frames[f] = {f, f * 300000, f * 300000 + 330000};
    weir_record *record = run.record();
    EXPECT_STREQ(record->bottleneck.limit, "sink");
    EXPECT_STREQ(record->bottleneck.process, "out");
}

TEST(Bottleneck, PausesThatCostNothingAreNot) {
    ToyRun run;
    run.source.sink_pause = "10"; /* 20 ns a frame */
    EXPECT_STREQ(run.record()->bottleneck.limit, "process");
}

TEST(Bottleneck, ASourceThatNeverWaitsIsTheLimit) {
    ToyRun run;
    run.processes[0].busy_cycles = 829;
    weir_record *record = run.record();
    EXPECT_STREQ(record->bottleneck.limit, "source");
    EXPECT_NE(strstr(record->bottleneck.why, "sends a beat in almost every cycle"), nullptr);
}

} // namespace
