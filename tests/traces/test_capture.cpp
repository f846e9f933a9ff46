// Capture: events at the times that a class gives a known program come back as that program.
#include "base/scratch.h"
#include "traces/capture.h"
#include <gtest/gtest.h>
#include <memory>
#include <random>

using scratch::Lines;

namespace {

using Schedule = std::unique_ptr<weir_schedule, decltype(&weir_schedule_free)>;
using Steps = std::vector<unsigned>; // of each step a bit for each port, inputs first

// A process whose step i happens at start + ii * i, with reads then and writes stages - 1 later.
struct Process {
    uint32_t inputs = 1, outputs = 1;
    Steps steps;
    uint64_t start = 5, stages = 1, ii = 1;

    std::vector<std::vector<uint64_t>> Events(uint64_t frames) const {
        std::vector<std::vector<uint64_t>> events(inputs + outputs);
        for (uint64_t i = 0; i < frames * steps.size(); i++)
            for (uint32_t p = 0; p < inputs + outputs; p++)
                if (steps[i % steps.size()] >> p & 1)
                    events[p].push_back(start + ii * i + (p < inputs ? 0 : stages - 1));
        return events;
    }
    // The steps of an endless run from the first that does anything.
    Steps Endless(uint64_t count) const {
        Steps endless;
        for (uint64_t i = Lead(); endless.size() < count; i++)
            endless.push_back(steps[i % steps.size()]);
        return endless;
    }
    uint64_t Lead() const {
        uint64_t lead = 0;
        while (steps[lead] == 0)
            lead++;
        return lead;
    }
};

Schedule Capture(const Process &process, const std::vector<std::vector<uint64_t>> &events,
                 uint64_t frames, weir_diag *diag) {
    std::vector<weir_capture_port> ports;
    for (auto &port : events)
        ports.push_back({port.data(), port.size()});
    return {weir_capture("p", ports.data(), process.inputs, ports.data() + process.inputs,
                         process.outputs, frames, diag),
            weir_schedule_free};
}

Schedule As(const Schedule &captured, weir_timing_class timing, uint32_t stages, uint64_t ii = 1) {
    return {weir_capture_as(captured.get(), timing, stages, ii), weir_schedule_free};
}

// The operations of the first `count` initiations, ports as in Steps.
Steps Walked(const weir_schedule *schedule, uint64_t count) {
    Steps steps;
    weir_schedule_walk *walk = weir_schedule_walk_new(schedule);
    while (steps.size() < count) {
        uint64_t run;
        const weir_operation_set &set = schedule->sets[weir_schedule_walk_next(walk, &run)];
        unsigned ports = 0;
        for (uint32_t o = set.first; o < set.first + set.count; o++) {
            const weir_operation &operation = schedule->operations[o];
            ports |=
                1u << (operation.port + (operation.kind == WEIR_WRITE ? schedule->n_inputs : 0));
        }
        for (; run > 0 && steps.size() < count; run--)
            steps.push_back(ports);
    }
    weir_schedule_walk_free(walk);
    return steps;
}

// Every port is used, and steps come in runs as they do in hardware.
Process Random(std::mt19937_64 &random) {
    Process p;
    p.inputs = 1 + static_cast<uint32_t>(random() % 3);
    p.outputs = 1 + static_cast<uint32_t>(random() % 2);
    for (uint64_t runs = 1 + random() % 12; runs > 0; runs--)
        p.steps.insert(p.steps.end(), 1 + random() % 5,
                       static_cast<unsigned>(random() % (1u << (p.inputs + p.outputs))));
    p.steps[random() % p.steps.size()] = (1u << (p.inputs + p.outputs)) - 1;
    p.stages = 1 + random() % 8;
    p.start = p.stages + random() % 20;
    p.ii = random() % 3 ? 1 : 1 + random() % 4;
    return p;
}

TEST(Capture, GivesTheLocalCyclesOfLockstep) {
    uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 500; round++) {
        Process p = Random(random);
        scratch::Diag diag;
        auto events = p.Events(3);
        Schedule captured = Capture(p, events, 3, diag);
        ASSERT_NE(captured, nullptr);
        EXPECT_EQ(captured->timing, WEIR_LOCKSTEP);
        uint64_t first = UINT64_MAX, period = p.ii * p.steps.size();
        for (auto &port : events)
            first = std::min(first, port[0]);
        EXPECT_EQ(captured->start, first);
        EXPECT_EQ(weir_schedule_initiations(captured.get()), period);
        // Five frames are enough to see any preamble: a pipeline holds less than one frame or 32
        // cycles.
        Steps expected(5 * period + 64);
        auto many = p.Events(5 + 64);
        for (uint32_t port = 0; port < p.inputs + p.outputs; port++)
            for (uint64_t edge : many[port])
                if (edge - first < expected.size()) expected[edge - first] |= 1u << port;
        ASSERT_EQ(Walked(captured.get(), expected.size()), expected) << round;
    }
}

TEST(Capture, AsTheTrueClassIsTheTrueProgram) {
    uint64_t seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const weir_timing_class classes[] = {WEIR_ELASTIC, WEIR_CREDIT, WEIR_FRP};
    for (int round = 0; round < 500; round++) {
        Process p = Random(random);
        scratch::Diag diag;
        Schedule captured = Capture(p, p.Events(3), 3, diag);
        ASSERT_NE(captured, nullptr);
        weir_timing_class timing = classes[random() % 3];
        Schedule as = As(captured, timing, static_cast<uint32_t>(p.stages), p.ii);
        ASSERT_NE(as, nullptr);
        EXPECT_EQ(as->timing, timing);
        EXPECT_EQ(as->stages, p.stages);
        EXPECT_EQ(as->ii_cycles, p.ii);
        EXPECT_EQ(as->write_stage[0], p.stages - 1);
        EXPECT_EQ(as->read_stage[0], 0u);
        EXPECT_EQ(as->start, p.start + p.Lead() * p.ii);
        EXPECT_EQ(weir_schedule_initiations(as.get()), p.steps.size());
        EXPECT_EQ(as->n_preamble, 0u);
        ASSERT_EQ(Walked(as.get(), 4 * p.steps.size()), p.Endless(4 * p.steps.size())) << round;
    }
}

TEST(Capture, OverlappingFramesHaveAPreamble) {
    Process p;
    p.steps = Steps(10, 3); // read and write in each of ten steps
    p.stages = 4;
    scratch::Diag diag;
    Schedule captured = Capture(p, p.Events(3), 3, diag);
    ASSERT_NE(captured, nullptr);
    EXPECT_EQ(captured->n_preamble, 1u);
    EXPECT_EQ(captured->loops[0].count, 3u);
    EXPECT_EQ(captured->n_loops, 2u);
    EXPECT_EQ(captured->loops[1].count, 10u);
    EXPECT_EQ(weir_schedule_before(captured.get()), 3u);
    EXPECT_EQ(As(captured, WEIR_ELASTIC, 4)->n_loops, 1u);
    EXPECT_EQ(As(captured, WEIR_ELASTIC, 3)->n_preamble, 1u); // writes are a step late
    EXPECT_EQ(As(captured, WEIR_LOCKSTEP, 1)->n_preamble, 1u);
    // A write cannot come before edge 0 (the first read is at edge 5, the first write at 8), but
    // before the first read it can.
    EXPECT_EQ(As(captured, WEIR_ELASTIC, 9)->start, 0u);
    EXPECT_EQ(As(captured, WEIR_ELASTIC, 10), nullptr);
    // Two cycles an initiation: that is not what happened.
    EXPECT_EQ(As(captured, WEIR_CREDIT, 4, 2), nullptr);
    EXPECT_EQ(As(captured, WEIR_LOCKSTEP, 2), nullptr);
    EXPECT_EQ(As(captured, WEIR_UNKNOWN, 1), nullptr);
    EXPECT_EQ(As(As(captured, WEIR_ELASTIC, 4), WEIR_ELASTIC, 4), nullptr);
}

TEST(Capture, TheFirstFrameMayDiffer) {
    Process p;
    p.steps = {1, 0, 1, 2, 2, 0};
    auto events = p.Events(4);
    events[0][0] -= 3; // begins earlier and then waits
    scratch::Diag diag;
    Schedule captured = Capture(p, events, 4, diag);
    ASSERT_NE(captured, nullptr);
    EXPECT_EQ(captured->start, 2u);
    EXPECT_EQ(Walked(captured.get(), 21),
              (Steps{1, 0, 0, 0, 0, 1, 2, 2, 0, 1, 0, 1, 2, 2, 0, 1, 0, 1, 2, 2, 0}));
}

TEST(Capture, WhatIsNoProgramIsRefused) {
    Process p;
    p.steps = {1, 0, 1, 2};
    auto events = p.Events(4);
    auto refused = [&](uint64_t frames) {
        scratch::Diag diag;
        EXPECT_EQ(Capture(p, events, frames, diag), nullptr);
        return diag.Lines();
    };
    EXPECT_EQ(refused(2), (Lines{"error: process \"p\": 2 frames of 1 inputs and 1 outputs to "
                                 "capture; at least 3 frames, 1 port, at most 1024 ports each"}));
    events[0].pop_back();
    events[1].clear();
    EXPECT_EQ(refused(4), (Lines{"error: process \"p\": input 0: 7 beats in 4 frames, must be a "
                                 "multiple of the frames",
                                 "error: process \"p\": output 0: 0 beats in 4 frames, must be a "
                                 "multiple of the frames"}));
    events = p.Events(4);
    events[1][2] = events[1][1];
    EXPECT_EQ(refused(4), (Lines{"error: process \"p\": output 0: beat 2 at edge 12, must come "
                                 "after the one before"}));
    events = p.Events(4);
    events[0][5] += 1;
    EXPECT_EQ(
        refused(4),
        (Lines{"error: process \"p\": input 0: beat 1 of frame 2 comes 5 cycles after that of "
               "the frame before, must be 4: frames are not alike"}));
    events = p.Events(4);
    for (size_t i = 6; i < 8; i++)
        events[0][i] += 2;
    EXPECT_EQ(refused(4).size(), 1u);
}

} // namespace
