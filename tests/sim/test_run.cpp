// What a run reports besides times: deadlock, wrong data, interrupts, bad options.
#include "bench.hpp"

using namespace bench;

namespace {

std::vector<weir_domain> one_clock() {
    return {domain("clk", 5000, 0)};
}

class Engines : public testing::TestWithParam<weir_engine> {};
INSTANTIATE_TEST_SUITE_P(Both, Engines, testing::Values(WEIR_ENGINE_RTL, WEIR_ENGINE_STITCHED));

// Four beats enter `down` before one leaves: a skip channel of two cannot hold them. The frame path
// of the diamond has up before down, so here the fork feeds down directly.
Shape stuck_diamond(uint32_t skip_depth) {
    Shape shape;
    shape.domains = one_clock();
    shape.processes = {{"src", "source", 0}, {"fork", "sim_fork", 0}, {"down", "sim_down", 0},
                       {"up", "sim_up", 0},  {"join", "sim_join", 0}, {"snk", "sink", 0}};
    shape.channels = {{"src", 0, "fork", 0}, {"fork", 0, "down", 0}, {"down", 0, "up", 0},
                      {"up", 0, "join", 0},  {"fork", 1, "join", 1}, {"join", 0, "snk", 0}};
    shape.depths["fork_join"] = skip_depth;
    return shape;
}

TEST_P(Engines, DeadlockNamesTheSkipChannel) {
    Bench b(stuck_diamond(2));
    b.options.stall_cycles = 5000;
    Result r = b.run(GetParam(), WEIR_DEADLOCK);
    ASSERT_TRUE(r);
    const weir_deadlock &d = r->deadlock;
    ASSERT_TRUE(d.happened);
    std::string text = d.text;
    EXPECT_NE(
        text.find("process \"fork\" waits to write channel \"fork_join\" (full, 2 of 2 beats; "
                  "bench.cfg:14) for process \"join\"\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("process \"join\" waits to read channel \"up_join\" (empty, 0 of 2 beats; "
                        "bench.cfg:13) for process \"up\"\n"),
              std::string::npos)
        << text;
    ASSERT_EQ(d.n_steps, 4u) << text; // fork, join, up, down
    for (uint32_t i = 0; i < d.n_steps; i++) {
        const weir_channel *c = weir_graph_channel(b.graph(), d.channels[i]);
        uint32_t next = d.processes[(i + 1) % d.n_steps];
        EXPECT_EQ(d.full[i] ? c->producer : c->consumer, d.processes[i]);
        EXPECT_EQ(d.full[i] ? c->consumer : c->producer, next);
    }
    EXPECT_EQ(r->n_frames, 0u);
    EXPECT_LT(d.time_ps, 100u * 5000u);
}

TEST_P(Engines, DepthThatJustSuffices) {
    Bench b(stuck_diamond(4));
    Result r = b.run(GetParam());
    ASSERT_TRUE(r);
    EXPECT_FALSE(r->deadlock.happened);
    EXPECT_EQ(r->n_frames, 12u);
}

// A skip with a process on it around a branch that has a fork and a join of its own: the channel to
// enlarge is the last of the skip whose join waits, whatever else is full behind it.
Shape nested_diamonds(uint32_t outer_depth, uint32_t inner_depth) {
    Shape shape;
    shape.domains = one_clock();
    shape.processes = {{"src", "source", 0},     {"outer", "sim_fork", 0}, {"aside", "sim_slow", 0},
                       {"down1", "sim_down", 0}, {"up1", "sim_up", 0},     {"inner", "sim_fork", 0},
                       {"down2", "sim_down", 0}, {"up2", "sim_up", 0},     {"meet", "sim_join", 0},
                       {"end", "sim_join", 0},   {"snk", "sink", 0}};
    shape.channels = {{"src", 0, "outer", 0},   {"outer", 0, "aside", 0}, {"aside", 0, "end", 1},
                      {"outer", 1, "down1", 0}, {"down1", 0, "up1", 0},   {"up1", 0, "inner", 0},
                      {"inner", 0, "down2", 0}, {"down2", 0, "up2", 0},   {"up2", 0, "meet", 0},
                      {"inner", 1, "meet", 1},  {"meet", 0, "end", 0},    {"end", 0, "snk", 0}};
    shape.depths["outer_aside"] = shape.depths["aside_end"] = outer_depth;
    shape.depths["inner_meet"] = inner_depth;
    return shape;
}

std::string enlarged(const std::string &text) { // the lines that say what to enlarge
    std::string found;
    for (size_t at = text.find("enlarge channel \""); at != std::string::npos;
         at = text.find("enlarge channel \"", at + 1))
        found += text.substr(at, text.find('\n', at) - at) + ";";
    return found;
}

TEST_P(Engines, DeadlockTellsWhatToEnlarge) {
    const struct {
        uint32_t outer, inner;
        const char *text;
    } cases[] = {
        {1, 64,
         "enlarge channel \"aside_end\" (bench.cfg:12): a depth of 1 is too little for this "
         "cycle;"},
        {64, 3,
         "enlarge channel \"inner_meet\" (bench.cfg:19): a depth of 3 is too little for this "
         "cycle;"},
    };
    for (auto &c : cases) {
        Bench b(nested_diamonds(c.outer, c.inner));
        b.options.stall_cycles = 5000;
        Result r = b.run(GetParam(), WEIR_DEADLOCK);
        ASSERT_TRUE(r);
        EXPECT_EQ(enlarged(r->deadlock.text), c.text) << r->deadlock.text;
    }
    Bench b(nested_diamonds(64, 4));
    Result r = b.run(GetParam());
    ASSERT_TRUE(r);
    EXPECT_FALSE(r->deadlock.happened);
}

TEST(Run, DeadlocksAgree) {
    for (uint32_t depth : {1, 2, 3}) {
        Bench b(stuck_diamond(depth));
        b.options.stall_cycles = 5000;
        Result rtl = b.run(WEIR_ENGINE_RTL, WEIR_DEADLOCK);
        Result stitched = b.run(WEIR_ENGINE_STITCHED, WEIR_DEADLOCK);
        ASSERT_TRUE(rtl && stitched);
        EXPECT_EQ(rtl->deadlock.time_ps, stitched->deadlock.time_ps);
        EXPECT_STREQ(rtl->deadlock.text, stitched->deadlock.text);
        char *difference = weir_trace_difference(rtl->trace, stitched->trace);
        EXPECT_EQ(difference, nullptr) << difference;
        free(difference);
    }
}

// The last beats of a frame do not matter to its output, which leaves before they have been sent.
TEST(Run, InputThatOutlastsTheOutputIsNoDeadlock) {
    Shape shape = chain({"sim_pass", "sim_crop"}, 2, one_clock());
    shape.frame_beats = 64;
    Bench b(shape);
    Result rtl = b.run(WEIR_ENGINE_RTL), stitched = b.run(WEIR_ENGINE_STITCHED);
    ASSERT_TRUE(rtl && stitched);
    expect_equal(b.graph(), rtl.get(), stitched.get());
    EXPECT_EQ(rtl->n_frames, 12u);
    EXPECT_EQ(rtl->channels[b.channel("src_pass0")].writes, 12u * 64u);
    EXPECT_EQ(rtl->end_ps, (12u * 64u - 1) * 5000u); // the last beat in
    EXPECT_LT(rtl->frames[11].last_out_ps, rtl->end_ps);
}

// A process that computes for longer than the default allows between two beats is not stuck.
TEST_P(Engines, LongInitiationIsNoDeadlock) {
    Bench b(chain({"sim_age"}, 1, one_clock()), 1);
    Result r = b.run(GetParam());
    ASSERT_TRUE(r);
    EXPECT_FALSE(r->deadlock.happened);
    EXPECT_GT(r->end_ps, 8u * 1100000u * 5000u);
}

// The last process swallows everything: no cycle, the chain of waits ends at the source.
TEST_P(Engines, ChainOfWaitsWithoutCycle) {
    Bench b(chain({"sim_pass", "sim_mute"}, 2, one_clock()));
    b.options.stall_cycles = 5000;
    Result r = b.run(GetParam(), WEIR_DEADLOCK);
    ASSERT_TRUE(r);
    std::string text = r->deadlock.text;
    EXPECT_NE(text.find("process \"snk\" waits to read channel \"mute1_snk\" (empty"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("source \"src\" has no more beats to send\n"), std::string::npos) << text;
}

// RTL that moves for ever and never passes a beat on: found by the number of still cycles.
TEST(Run, StallOfRestlessRtl) {
    Shape shape = stuck_diamond(2);
    shape.processes.insert(shape.processes.begin() + 1, {"busy", "sim_restless", 0});
    shape.channels[0].to = "busy";
    shape.channels.push_back({"busy", 0, "fork", 0});
    Bench b(shape);
    b.options.stall_cycles = 3000;
    Result r = b.run(WEIR_ENGINE_RTL, WEIR_DEADLOCK);
    ASSERT_TRUE(r);
    EXPECT_NE(std::string(r->deadlock.text).find("fork_join"), std::string::npos);
    EXPECT_GE(r->end_ps, r->deadlock.time_ps + 3000u * 5000u);
}

TEST_P(Engines, WrongBeatIsFound) {
    Bench b(
        chain({"sim_pass", "sim_up", "sim_wide"}, 2, {domain("a", 4000, 0), domain("b", 6000, 0)}));
    b.wrong_channel = b.channel("wide2_snk");
    b.wrong_frame = 7;
    b.wrong_beat = 13;
    Result r = b.run(GetParam(), WEIR_DISAGREE);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->mismatches, 1u);
    EXPECT_EQ(r->first_mismatch.channel, b.wrong_channel);
    EXPECT_EQ(r->first_mismatch.frame, 7u);
    EXPECT_EQ(r->first_mismatch.beat, 13u);
    std::string found = r->first_mismatch.found, expected = r->first_mismatch.expected;
    ASSERT_EQ(found.size(), 24u);
    EXPECT_EQ(found.substr(0, 22), expected.substr(0, 22));
    EXPECT_NE(found, expected);
    EXPECT_EQ(r->n_frames, 12u);
}

TEST(Run, WrongBeatWithinIsFoundByTheCoSimulation) {
    Bench b(chain({"sim_pass", "sim_up", "sim_down"}, 2, one_clock()));
    b.wrong_channel = b.channel("up1_down2");
    b.wrong_frame = 3;
    b.wrong_beat = 0;
    Result r = b.run(WEIR_ENGINE_RTL, WEIR_DISAGREE);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->first_mismatch.frame, 3u);
    EXPECT_EQ(r->first_mismatch.beat, 0u);
    EXPECT_EQ(r->beats_checked, 12u * (8 + 32 + 8));
}

TEST(Run, OutputsAreThoseOfTheFirstSink) {
    Bench b(chain({"sim_pass"}, 1, one_clock()), 3);
    Result r = b.run(WEIR_ENGINE_RTL);
    ASSERT_TRUE(r);
    for (uint64_t f = 0; f < 3; f++)
        for (uint64_t i = 0; i < 8; i++) {
            uint16_t value;
            memcpy(&value, r->outputs + 2 * (8 * f + i), 2);
            EXPECT_EQ(value, f * 1009 + i * 77 + 4);
        }
}

// Frame 0 is sent at edges 0 to 7: one that arrives at edge 7 is lost, one after it is not.
TEST_P(Engines, DropsUpToTheEdgeOfTheLastBeat) {
    for (uint64_t arrival : {35000, 35001}) {
        Bench b(chain({"sim_pass"}, 1, one_clock()), 2);
        const uint64_t times[] = {0, arrival};
        b.options.arrival_ps = times;
        b.options.drop = true;
        Result r = b.run(GetParam());
        ASSERT_TRUE(r);
        bool lost = arrival == 35000;
        EXPECT_EQ(r->n_dropped, lost ? 1u : 0u) << arrival;
        ASSERT_EQ(r->n_frames, lost ? 1u : 2u) << arrival;
        if (!lost) {
            EXPECT_EQ(r->frames[1].first_in_ps, 40000u);
        }
    }
}

TEST_P(Engines, StopFlagEndsEarly) {
    Bench b(chain({"sim_pass"}, 1, one_clock()), 3000);
    volatile int stop = 1;
    b.options.stop = &stop;
    Result r = b.run(GetParam());
    ASSERT_TRUE(r);
    EXPECT_TRUE(r->partial);
    EXPECT_LT(r->n_frames, 3000u);
    stop = 0;
    r = b.run(GetParam());
    ASSERT_TRUE(r);
    EXPECT_FALSE(r->partial);
    EXPECT_EQ(r->n_frames, 3000u);
}

TEST_P(Engines, NoFrames) {
    Bench b(chain({"sim_pass"}, 1, one_clock()), 0);
    Result r = b.run(GetParam());
    ASSERT_TRUE(r);
    EXPECT_EQ(r->n_frames, 0u);
    EXPECT_EQ(r->end_ps, 0u);
    EXPECT_EQ(r->domain_cycles[0], 0u);
}

TEST_P(Engines, ProgressEndsWithTheWhole) {
    Bench b(chain({"sim_pass"}, 1, one_clock()));
    std::map<std::string, weir_work> last;
    b.options.progress.context = &last;
    b.options.progress.report = [](void *to, const weir_work *work) {
        (*static_cast<decltype(last) *>(to))[work->what] = *work;
    };
    Result r = b.run(GetParam());
    ASSERT_TRUE(r);
    const weir_work &work = last["simulating"];
    EXPECT_EQ(work.done, 12u);
    EXPECT_EQ(work.total, 12u);
    EXPECT_EQ(work.share, 1);
    EXPECT_EQ(work.cycles, r->domain_cycles[0]);
}

TEST(Run, ModelsAreCountedOnceEach) {
    Bench b(chain({"sim_pass", "sim_up", "sim_pass", "sim_pass"}, 1, one_clock()));
    Result r = b.run(WEIR_ENGINE_RTL);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->models_built + r->models_cached, 2u);
    r = b.run(WEIR_ENGINE_RTL);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->models_built, 0u);
    EXPECT_EQ(r->models_cached, 2u);
}

struct BadOption {
    const char *message;
    std::function<void(Bench &)> set;
};

TEST(Run, BadOptionsAreRefused) {
    static const uint64_t times[12] = {0, 10, 5};
    static const std::vector<uint64_t> late(12, UINT64_MAX);
    const BadOption cases[] = {
        {"run of \"bench\": no stimulus", [](Bench &b) { b.options.stimulus = nullptr; }},
        {"sink pause pattern \"12\": needs digits 0 and 1, with at least one 1",
         [](Bench &b) { b.options.sink_pause = "12"; }},
        {"sink pause pattern \"00\": needs digits 0 and 1, with at least one 1",
         [](Bench &b) { b.options.sink_pause = "00"; }},
        {"arrival of frame 2: 5 ps, earlier than the frame before it (10 ps)",
         [](Bench &b) { b.options.arrival_ps = times; }},
        {"arrival of frame 11: 18446744073709551615 ps, at most 4611686018427387904",
         [](Bench &b) { b.options.arrival_ps = late.data(); }},
    };
    Bench large(chain({"sim_pass"}, 1, one_clock()));
    large.options.frames = UINT64_MAX;
    EXPECT_FALSE(large.run(WEIR_ENGINE_RTL, WEIR_BAD_INPUT));
    EXPECT_EQ(
        messages(large.diag())
            .rfind("run of \"bench\": 18446744073709551615 frames, this machine's memory and an "
                   "event trace allow ",
                   0),
        0u);
    for (const BadOption &c : cases) {
        Bench b(chain({"sim_pass"}, 1, one_clock()));
        c.set(b);
        Result r = b.run(WEIR_ENGINE_RTL, WEIR_BAD_INPUT);
        EXPECT_FALSE(r);
        EXPECT_EQ(messages(b.diag()), std::string(c.message) + "\n");
    }
}

} // namespace
