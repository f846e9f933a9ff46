// Replay: small nets whose times are worked out by hand, deadlocks, what is refused, and long runs
// whose repeats are extrapolated against the same runs computed event by event.
extern "C" {
#include "hls/compile.h"
}
#include "sim/replay.h"
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace {

using Edges = std::vector<uint64_t>;

struct Freed {
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_net *p) const { weir_net_free(p); }
    void operator()(weir_replay *p) const { weir_replay_free(p); }
    void operator()(weir_schedule *p) const { weir_schedule_free(p); }
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Freed>;

struct Run { // initiations in a row with the same operations
    std::vector<weir_operation> operations;
    uint64_t count;
};

const weir_operation kRead = {WEIR_READ, 0}, kWrite = {WEIR_WRITE, 0};

weir_operation read_of(uint16_t port) {
    return {WEIR_READ, port};
}
weir_operation write_of(uint16_t port) {
    return {WEIR_WRITE, port};
}

// A net by hand: processes in order, channels between their ports.
class Net {
  public:
    Net() : diag_(weir_diag_new()) { domain(1, 0); }

    void domain(uint64_t period, uint64_t phase) {
        domains.push_back({"clock", period, phase, {nullptr, 0}});
    }
    uint32_t source(uint32_t in_domain = 0) { return add(WEIR_SOURCE, in_domain, nullptr, 0, 1); }
    uint32_t sink(uint32_t in_domain = 0) { return add(WEIR_SINK, in_domain, nullptr, 1, 0); }
    uint32_t process(weir_timing_class timing, uint32_t stages, uint64_t ii, uint32_t n_inputs,
                     uint32_t n_outputs, const std::vector<Run> &runs, uint32_t in_domain = 0) {
        weir_schedule_builder *builder = weir_schedule_builder_new("p", n_inputs, n_outputs);
        for (const Run &run : runs)
            weir_schedule_add(
                builder,
                weir_schedule_set(builder, run.operations.data(), uint32_t(run.operations.size())),
                run.count);
        Owned<weir_schedule> schedule(weir_schedule_build(builder));
        schedule->timing = timing;
        schedule->stages = stages;
        schedule->ii_cycles = ii;
        for (uint32_t q = 0; q < n_outputs && timing != WEIR_LOCKSTEP; q++)
            schedule->write_stage[q] = stages - 1;
        schedules_.push_back(std::move(schedule));
        return add(WEIR_PROCESS, in_domain, schedules_.back().get(), n_inputs, n_outputs);
    }
    uint32_t channel(uint32_t from, uint32_t from_port, uint32_t to, uint32_t to_port,
                     uint64_t beats, uint32_t depth, uint32_t forward = 1, uint32_t backward = 1,
                     uint32_t initial = 0) {
        uint32_t c = uint32_t(channels_.size());
        names_.push_back("c" + std::to_string(c));
        channels_.push_back(
            {names_.back().c_str(), from, from_port, to, to_port, beats, initial, 0, 0, false});
        timing.push_back({depth, forward, backward, 0});
        outputs_[from].resize(std::max<size_t>(outputs_[from].size(), from_port + 1));
        outputs_[from][from_port] = c;
        inputs_[to].resize(std::max<size_t>(inputs_[to].size(), to_port + 1));
        inputs_[to][to_port] = c;
        return c;
    }

    const weir_replay_result *
    run(uint64_t frames, unsigned want = WEIR_WANT_TIMES | WEIR_WANT_OCCUPANCY | WEIR_WANT_TRACE) {
        if (!net_) {
            for (size_t p = 0; p < processes_.size(); p++) {
                processes_[p].inputs = inputs_[p].data();
                processes_[p].outputs = outputs_[p].data();
            }
            net_.reset(weir_net_new("net", uint32_t(domains.size()), processes_.data(),
                                    uint32_t(processes_.size()), channels_.data(),
                                    uint32_t(channels_.size())));
            replay_.reset(weir_replay_new(net_.get()));
        }
        parameters.domains = domains.data();
        parameters.channels = timing.data();
        parameters.frames = frames;
        const weir_replay_result *result = nullptr;
        weir_replay_run(replay_.get(), &parameters, want, &result, diag_.get());
        return result;
    }
    std::string messages() const {
        std::string text;
        for (size_t i = 0; i < weir_diag_count(diag_.get()); i++)
            text += std::string(weir_diag_at(diag_.get(), i)->text) + "\n";
        return text;
    }

    std::vector<weir_domain> domains;
    std::vector<weir_channel_timing> timing;
    weir_replay_parameters parameters{};

  private:
    uint32_t add(weir_process_kind kind, uint32_t in_domain, const weir_schedule *schedule,
                 uint32_t n_inputs, uint32_t n_outputs) {
        names_.push_back("p" + std::to_string(processes_.size()));
        processes_.push_back({names_.back().c_str(), kind, in_domain, schedule, nullptr, nullptr});
        inputs_.emplace_back(n_inputs);
        outputs_.emplace_back(n_outputs);
        return uint32_t(processes_.size() - 1);
    }

    Owned<weir_diag> diag_;
    Owned<weir_net> net_;
    Owned<weir_replay> replay_;
    std::deque<std::string> names_;
    std::vector<Owned<weir_schedule>> schedules_;
    std::vector<weir_net_process> processes_;
    std::vector<weir_net_channel> channels_;
    std::deque<std::vector<uint32_t>> inputs_, outputs_;
};

Edges writes_of(const weir_replay_result *result, uint32_t c) {
    const weir_trace_channel &channel = result->trace->channels[c];
    return Edges(channel.writes, channel.writes + channel.n_writes);
}

Edges reads_of(const weir_replay_result *result, uint32_t c) {
    const weir_trace_channel &channel = result->trace->channels[c];
    return Edges(channel.reads, channel.reads + channel.n_reads);
}

// ---------------------------------------------------------------- by hand

TEST(ByHand, PlainFifoOfDepthOneTakesABeatEveryOtherCycle) {
    Net net;
    uint32_t c = net.channel(net.source(), 0, net.sink(), 0, 3, 1);
    auto *result = net.run(1);
    ASSERT_TRUE(result) << net.messages();
    EXPECT_EQ(writes_of(result, c), (Edges{0, 2, 4}));
    EXPECT_EQ(reads_of(result, c), (Edges{1, 3, 5}));
    EXPECT_EQ(result->max_occupancy[c], 1u);
    EXPECT_EQ(result->n_frames, 1u);
    EXPECT_EQ(result->first_in_ps[0], 0u);
    EXPECT_EQ(result->last_out_ps[0], 5u);
    EXPECT_EQ(result->end_ps, 5u);
    EXPECT_FALSE(result->deadlock);
}

TEST(ByHand, MemoryFifoIsACycleLater) {
    Net net;
    uint32_t c = net.channel(net.source(), 0, net.sink(), 0, 4, 2, 2, 1);
    auto *result = net.run(1);
    ASSERT_TRUE(result);
    // Two beats in three cycles: a slot is taken at n, read at n + 2, free at n + 3.
    EXPECT_EQ(writes_of(result, c), (Edges{0, 1, 3, 4}));
    EXPECT_EQ(reads_of(result, c), (Edges{2, 3, 5, 6}));
    EXPECT_EQ(result->max_occupancy[c], 2u);
}

TEST(ByHand, ClockCrossing) {
    Net net;
    net.domains.clear();
    net.domain(3, 0);
    net.domain(5, 1);
    uint32_t from = net.source(0), to = net.sink(1);
    uint32_t c = net.channel(from, 0, to, 0, 3, 2, 3, 3);
    auto *result = net.run(1);
    ASSERT_TRUE(result);
    // Written at 0 ps: first edge of 1, 6, 11, .. after it is 0, two flops: edge 2 (11 ps). Written
    // at 3 ps: edge 1 is first, so edge 3. Read at 11 ps: first edge of 0, 3, .. after it is 4, two
    // flops: edge 6 (18 ps), from where edge 4 (21 ps) is first: read at edge 6.
    EXPECT_EQ(writes_of(result, c), (Edges{0, 1, 6}));
    EXPECT_EQ(reads_of(result, c), (Edges{2, 3, 6}));
    EXPECT_EQ(result->last_out_ps[0], 31u);
}

TEST(ByHand, ElasticPipelineFillsBehindAPausingSink) {
    Net net;
    uint32_t source = net.source();
    uint32_t p = net.process(WEIR_ELASTIC, 3, 1, 1, 1, {{{kRead, kWrite}, 6}});
    uint32_t sink = net.sink();
    uint32_t in = net.channel(source, 0, p, 0, 6, 1), out = net.channel(p, 0, sink, 0, 6, 1);
    const char *pauses[] = {nullptr, nullptr, "0000000000001"};
    net.parameters.pauses = pauses;
    auto *result = net.run(1);
    ASSERT_TRUE(result) << net.messages();
    // The sink takes beat 0 at edge 12, then one every 13 cycles. Step 0 ends at 3; steps 1 and 2 wait
    // in the pipeline, step 3 comes in when step 1 has moved on: at the end of step 1, edge 13.
    EXPECT_EQ(reads_of(result, out), (Edges{12, 25, 38, 51, 64, 77}));
    EXPECT_EQ(writes_of(result, out), (Edges{3, 13, 26, 39, 52, 65}));
    EXPECT_EQ(reads_of(result, in), (Edges{1, 3, 5, 13, 26, 39}));
    EXPECT_EQ(writes_of(result, in), (Edges{0, 2, 4, 6, 14, 27}));
}

TEST(ByHand, EchoesPassThroughStepsWithoutOperations) {
    Net net;
    uint32_t source = net.source();
    uint32_t p = net.process(WEIR_ELASTIC, 4, 1, 1, 1,
                             {{{kRead}, 1}, {{}, 2}, {{kWrite}, 1}, {{kRead}, 1}, {{}, 6}});
    uint32_t sink = net.sink();
    uint32_t in = net.channel(source, 0, p, 0, 2, 4), out = net.channel(p, 0, sink, 0, 1, 1);
    const char *pauses[] = {nullptr, nullptr, "00000000000000000001"};
    net.parameters.pauses = pauses;
    auto *result = net.run(3);
    ASSERT_TRUE(result) << net.messages();
    // Steps 0..9 and 11.. without waits: a read at 1, the write issued at 4 leaves at 7, the second
    // read at 5; steps go on to 12, where the next frame reads. Its write (step 14, issued at 15) can
    // leave at 18 but has space from 20 on, as the sink reads at 19 only. That holds up step 17, three
    // later, to 20: it would have been issued at 18. The last frame's first read, step 22, is at 25;
    // its write, issued at 28, leaves at 40, after the read at 39.
    EXPECT_EQ(reads_of(result, out), (Edges{19, 39, 59}));
    EXPECT_EQ(writes_of(result, out), (Edges{7, 20, 40}));
    EXPECT_EQ(reads_of(result, in), (Edges{1, 5, 12, 16, 25, 29}));
}

TEST(ByHand, LockstepWaitsForAllOfItsOperations) {
    Net net;
    uint32_t a = net.source(), b = net.source();
    uint32_t p = net.process(WEIR_LOCKSTEP, 1, 1, 2, 1,
                             {{{read_of(0)}, 1}, {{read_of(0), read_of(1), kWrite}, 1}});
    uint32_t sink = net.sink();
    uint32_t first = net.channel(a, 0, p, 0, 2, 2), second = net.channel(b, 0, p, 1, 1, 1, 4, 1);
    uint32_t out = net.channel(p, 0, sink, 0, 1, 1);
    auto *result = net.run(2);
    ASSERT_TRUE(result) << net.messages();
    EXPECT_EQ(reads_of(result, first), (Edges{1, 4, 5, 9}));
    EXPECT_EQ(reads_of(result, second), (Edges{4, 9})); // written at 0 and at 5
    EXPECT_EQ(writes_of(result, out), (Edges{4, 9}));
}

TEST(ByHand, CreditHoldsBackUntilThereIsSpaceForWhatIsUnderWay) {
    Net net;
    uint32_t source = net.source();
    uint32_t p = net.process(WEIR_CREDIT, 5, 1, 1, 1, {{{kRead, kWrite}, 4}});
    uint32_t sink = net.sink();
    uint32_t in = net.channel(source, 0, p, 0, 4, 4), out = net.channel(p, 0, sink, 0, 4, 2);
    auto *result = net.run(1);
    ASSERT_TRUE(result) << net.messages();
    // Two credits: issued at 1 and 2, written at 5 and 6, read at 6 and 7, credits back at 7 and 8.
    EXPECT_EQ(reads_of(result, in), (Edges{1, 2, 7, 8}));
    EXPECT_EQ(writes_of(result, out), (Edges{5, 6, 11, 12}));
}

TEST(ByHand, FreeRunningPipelineIssuesWhatItsSkidCanHold) {
    Net net;
    uint32_t source = net.source();
    uint32_t p = net.process(WEIR_FRP, 3, 1, 1, 1, {{{kRead, kWrite}, 5}});
    uint32_t sink = net.sink();
    uint32_t in = net.channel(source, 0, p, 0, 5, 8), out = net.channel(p, 0, sink, 0, 5, 1);
    const char *pauses[] = {nullptr, nullptr, "0000000001"};
    net.parameters.pauses = pauses;
    auto *result = net.run(1);
    ASSERT_TRUE(result) << net.messages();
    // Three places. Step 0 leaves at 3, so step 3 comes at 4; step 1 leaves at 10, step 4 comes at 11.
    EXPECT_EQ(reads_of(result, out), (Edges{9, 19, 29, 39, 49}));
    EXPECT_EQ(writes_of(result, out), (Edges{3, 10, 20, 30, 40}));
    EXPECT_EQ(reads_of(result, in), (Edges{1, 2, 3, 4, 11}));
}

TEST(ByHand, InitialBeatsStartALoop) {
    Net net;
    uint32_t p = net.process(WEIR_LOCKSTEP, 1, 1, 1, 2, {{{kRead, write_of(0), write_of(1)}, 3}});
    uint32_t sink = net.sink();
    uint32_t loop = net.channel(p, 0, p, 0, 3, 4, 2, 1, 1), out = net.channel(p, 1, sink, 0, 3, 4);
    auto *result = net.run(1);
    ASSERT_TRUE(result) << net.messages();
    EXPECT_EQ(reads_of(result, loop), (Edges{0, 2, 4}));
    EXPECT_EQ(reads_of(result, out), (Edges{1, 3, 5}));
}

TEST(ByHand, ASourceThatDropsLosesWholeFrames) {
    Net net;
    uint32_t c = net.channel(net.source(), 0, net.sink(), 0, 4, 2);
    const uint64_t arrival[] = {0, 2, 3, 4, 20};
    net.parameters.arrival_ps = arrival;
    net.parameters.drop = true;
    auto *result = net.run(5);
    ASSERT_TRUE(result) << net.messages();
    // Frame 0 is sent from 0 to 3: those that arrive by then are lost.
    EXPECT_EQ(writes_of(result, c), (Edges{0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23}));
    ASSERT_EQ(result->n_frames, 3u);
    EXPECT_EQ(result->n_dropped, 2u);
    EXPECT_EQ(Edges(result->index, result->index + 3), (Edges{0, 3, 4}));
    EXPECT_FALSE(result->deadlock);
}

TEST(ByHand, ATimeLimitEndsTheRunSoonAfterIt) {
    Net net;
    net.channel(net.source(), 0, net.sink(), 0, 10, 2);
    net.parameters.no_steady = true;
    net.parameters.until_ps = 500;
    auto *result = net.run(100000, WEIR_WANT_TIMES);
    ASSERT_TRUE(result);
    EXPECT_GE(result->n_frames, 50u);
    EXPECT_LE(result->n_frames, 52u);
    EXPECT_EQ(result->last_out_ps[49], 500u);
    EXPECT_FALSE(result->deadlock);
}

TEST(ByHand, ARunAfterAnotherIsAsIfItWereTheFirst) {
    Net net;
    uint32_t source = net.source();
    uint32_t p = net.process(WEIR_ELASTIC, 2, 1, 1, 1, {{{kRead, kWrite}, 16}});
    uint32_t sink = net.sink();
    net.channel(source, 0, p, 0, 16, 1), net.channel(p, 0, sink, 0, 16, 1);
    std::vector<uint64_t> ends;
    for (uint32_t depth : {1, 7, 64, 2, 1, 7, 64, 2}) {
        for (weir_channel_timing &timing : net.timing)
            timing.depth = depth;
        auto *result = net.run(9);
        ASSERT_TRUE(result);
        ends.push_back(result->end_ps);
    }
    EXPECT_TRUE(std::equal(ends.begin(), ends.begin() + 4, ends.begin() + 4));
    EXPECT_GT(ends[0], ends[1]);
}

// ---------------------------------------------------------------- deadlock, refusals

// Two branches of a fork; the join reads four beats of one before it reads the other.
struct Diamond : Net {
    Diamond() {
        uint32_t source = Net::source();
        uint32_t fork =
            process(WEIR_LOCKSTEP, 1, 1, 1, 2, {{{kRead, write_of(0), write_of(1)}, 4}});
        uint32_t join = process(WEIR_LOCKSTEP, 1, 1, 2, 1,
                                {{{read_of(0)}, 4}, {{read_of(1)}, 3}, {{read_of(1), kWrite}, 1}});
        uint32_t sink = Net::sink();
        channel(source, 0, fork, 0, 4, 2);
        near = channel(fork, 0, join, 0, 4, 2);
        far = channel(fork, 1, join, 1, 4, 4);
        channel(join, 0, sink, 0, 1, 2);
    }
    uint32_t near, far;
};

TEST(Deadlock, OneBeatTooFewIsOne) {
    Diamond net;
    auto *result = net.run(3);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->deadlock);
    EXPECT_EQ(result->n_frames, 3u);

    net.timing[net.far].depth = 3;
    result = net.run(3);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->deadlock);
    EXPECT_EQ(result->n_frames, 0u);
    EXPECT_EQ(writes_of(result, net.far), (Edges{1, 2, 3}));
    EXPECT_EQ(reads_of(result, net.near), (Edges{2, 3, 4}));
    EXPECT_EQ(result->deadlock_ps, 4u); // the join's last read, the source's last write
    ASSERT_EQ(result->n_waits, 4u);
    EXPECT_EQ(result->waits[0].channel, 0u); // the source, for space
    EXPECT_TRUE(result->waits[0].full);
    EXPECT_EQ(result->waits[1].channel, net.far);
    EXPECT_TRUE(result->waits[1].full);
    EXPECT_EQ(result->waits[2].channel, net.near);
    EXPECT_FALSE(result->waits[2].full);
    EXPECT_EQ(result->waits[3].channel, 3u); // the sink
}

TEST(Deadlock, OfALaterFrameKeepsTheFramesBefore) {
    // Each frame takes two beats from a loop and gives one back: the fifth finds one of five.
    Net net;
    uint32_t source = net.source();
    uint32_t p = net.process(
        WEIR_LOCKSTEP, 1, 1, 2, 2,
        {{{read_of(0), read_of(1)}, 1}, {{read_of(1), write_of(0)}, 1}, {{write_of(1)}, 1}});
    uint32_t sink = net.sink();
    net.channel(source, 0, p, 0, 1, 2), net.channel(p, 0, sink, 0, 1, 2);
    uint32_t loop = net.channel(p, 1, p, 1, 0, 5, 1, 1, 5);
    auto *result = net.run(1000000, WEIR_WANT_TIMES);
    ASSERT_TRUE(result) << net.messages();
    EXPECT_TRUE(result->deadlock);
    EXPECT_EQ(result->n_frames, 4u);
    EXPECT_EQ(result->reads[loop], 9u);
    EXPECT_EQ(result->last_out_ps[3], 12u);
}

TEST(Refused, WithWhatIsAllowed) {
    Net net;
    net.channel(net.source(), 0, net.sink(), 0, 4, 0);
    EXPECT_EQ(net.run(1), nullptr);
    EXPECT_NE(net.messages().find("channel \"c0\": depth 0, 1 to"), std::string::npos)
        << net.messages();
    net.timing[0].depth = 1;
    const char *pauses[] = {nullptr, "000"};
    net.parameters.pauses = pauses;
    EXPECT_EQ(net.run(1), nullptr);
    EXPECT_NE(net.messages().find("with at least one 1"), std::string::npos) << net.messages();
    net.parameters.pauses = nullptr;
    const uint64_t arrival[] = {5, 4};
    net.parameters.arrival_ps = arrival;
    EXPECT_EQ(net.run(2), nullptr);
    EXPECT_NE(net.messages().find("earlier than the frame before it"), std::string::npos);
    net.parameters.arrival_ps = nullptr;
    net.domains[0].period_ps = 0;
    EXPECT_EQ(net.run(2), nullptr);
    EXPECT_NE(net.messages().find("period 0 ps"), std::string::npos);
    net.domains[0].period_ps = 1;
    EXPECT_NE(net.run(2), nullptr);
}

// ---------------------------------------------------------------- repeats

class Compiled {
  public:
    explicit Compiled(const std::string &path) : diag_(weir_diag_new()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_replay_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        weir_design_options options{};
        design_.reset(
            weir_design_load((WEIR_SOURCE_DIR "/" + path).c_str(), &options, diag_.get()));
        if (design_) compiled_.reset(weir_compile(design_.get(), folder_.c_str(), diag_.get()));
        if (compiled_) net_.reset(weir_net_of_graph(compiled_->graph, diag_.get()));
        if (!net_) return;
        replay_.reset(weir_replay_new(net_.get()));
        domains.resize(weir_graph_domains(compiled_->graph));
        timing.resize(weir_net_channels(net_.get()));
        weir_replay_of_graph(compiled_->graph, domains.data(), timing.data());
        parameters.domains = domains.data();
        parameters.channels = timing.data();
    }
    ~Compiled() { std::filesystem::remove_all(folder_); }

    bool good() const { return net_ != nullptr; }
    const weir_net *net() const { return net_.get(); }
    const weir_replay_result *run(unsigned want) {
        const weir_replay_result *result = nullptr;
        weir_replay_run(replay_.get(), &parameters, want, &result, diag_.get());
        return result;
    }

    // The same run twice, extrapolated and the long way. Returns the repeat's length in frames.
    uint64_t compare() {
        const unsigned want = WEIR_WANT_TIMES | WEIR_WANT_OCCUPANCY;
        parameters.no_steady = true;
        auto *result = run(want);
        if (result == nullptr) return 0;
        uint64_t n = result->n_frames, dropped = result->n_dropped, end = result->end_ps;
        uint64_t events = result->events, last_latency = result->last_latency_ps;
        EXPECT_FALSE(result->steady);
        EXPECT_FALSE(result->deadlock);
        EXPECT_EQ(n + dropped, parameters.frames);
        Edges index(result->index, result->index + n),
            first(result->first_in_ps, result->first_in_ps + n);
        Edges last(result->last_out_ps, result->last_out_ps + n);
        uint32_t channels = weir_net_channels(net_.get());
        std::vector<uint32_t> held(result->max_occupancy, result->max_occupancy + channels);
        Edges writes(result->writes, result->writes + channels);
        parameters.no_steady = false;
        result = run(want);
        EXPECT_TRUE(result->steady);
        EXPECT_LT(result->events, events / 2);
        EXPECT_EQ(result->n_frames, n);
        EXPECT_EQ(result->n_dropped, dropped);
        EXPECT_EQ(result->end_ps, end);
        EXPECT_EQ(result->last_latency_ps, last_latency);
        EXPECT_EQ(Edges(result->index, result->index + n), index);
        EXPECT_EQ(Edges(result->first_in_ps, result->first_in_ps + n), first);
        EXPECT_EQ(Edges(result->last_out_ps, result->last_out_ps + n), last);
        EXPECT_EQ(std::vector<uint32_t>(result->max_occupancy, result->max_occupancy + channels),
                  held);
        EXPECT_EQ(Edges(result->writes, result->writes + channels), writes);
        for (uint64_t f = result->steady_from; f + result->steady_frames < n; f++)
            if (last[f + result->steady_frames] - last[f] != result->steady_ps) {
                ADD_FAILURE() << "frame " << f;
                break;
            }
        return result->steady_frames;
    }

    std::vector<weir_domain> domains;
    std::vector<weir_channel_timing> timing;
    weir_replay_parameters parameters{};

  private:
    std::string folder_;
    Owned<weir_diag> diag_;
    Owned<weir_design> design_;
    Owned<weir_compiled> compiled_;
    Owned<weir_net> net_;
    Owned<weir_replay> replay_;
};

struct Clocks {
    uint64_t period[2], phase[2];
};
const Clocks kClocks[] = {{{4000, 7500}, {0, 1000}},
                          {{5000, 5000}, {0, 1700}},
                          {{4000, 8000}, {0, 0}},
                          {{40, 63}, {7, 11}}};

TEST(Repeats, DigitsAtSeveralClocks) {
    Compiled digits("configs/designs/digits.cfg");
    ASSERT_TRUE(digits.good());
    digits.parameters.frames = 10000;
    for (const Clocks &clocks : kClocks) {
        SCOPED_TRACE(std::to_string(clocks.period[0]) + " to " + std::to_string(clocks.period[1]));
        for (int d = 0; d < 2; d++) {
            digits.domains[d].period_ps = clocks.period[d];
            digits.domains[d].phase_ps = clocks.phase[d];
        }
        EXPECT_GT(digits.compare(), 0u);
    }
}

// The bottleneck takes 576 cycles of 4000 ps a frame; 7519 is a prime number.
TEST(Repeats, OnlyAfterThousandsOfFrames) {
    Compiled digits("configs/designs/digits.cfg");
    ASSERT_TRUE(digits.good());
    digits.parameters.frames = 40000;
    digits.domains[1].period_ps = 7519;
    EXPECT_EQ(digits.compare(), 7519u);
}

TEST(Repeats, DigitsWithArrivalsPausesAndDrops) {
    Compiled digits("configs/designs/digits.cfg");
    ASSERT_TRUE(digits.good());
    digits.parameters.frames = 10000;
    uint64_t interval = 0;
    {
        digits.compare();
        auto *result = digits.run(0);
        interval = result->steady_ps / result->steady_frames;
    }
    for (uint64_t period : {interval / 2, interval, interval + 1500, 3 * interval}) {
        SCOPED_TRACE(period);
        digits.parameters.arrival_period_ps = period / 500 * 500;
        EXPECT_GT(digits.compare(), 0u);
    }
    digits.parameters.arrival_period_ps = interval / 3 / 500 * 500;
    digits.parameters.drop = true;
    EXPECT_GT(digits.compare(), 0u);
    digits.parameters.drop = false;
    digits.parameters.arrival_period_ps = 0;
    std::vector<const char *> pauses(weir_net_processes(digits.net()), nullptr);
    for (uint32_t p = 0; p < pauses.size(); p++) {
        weir_process_kind kind = weir_net_process_at(digits.net(), p)->kind;
        pauses[p] = kind == WEIR_SOURCE ? "1100101" : kind == WEIR_SINK ? "00010" : nullptr;
    }
    digits.parameters.pauses = pauses.data();
    EXPECT_GT(digits.compare(), 0u);
}

TEST(Repeats, OtherDesigns) {
    for (const char *path : {"configs/designs/chain.cfg", "configs/networks/skip.onnx"}) {
        SCOPED_TRACE(path);
        Compiled design(path);
        ASSERT_TRUE(design.good());
        design.parameters.frames = 1000;
        EXPECT_GT(design.compare(), 0u);
        for (weir_channel_timing &timing : design.timing)
            timing.depth += 3;
        EXPECT_GT(design.compare(), 0u);
    }
}

TEST(Repeats, AMillionFramesCostWhatAHundredDo) {
    Compiled digits("configs/designs/digits.cfg");
    ASSERT_TRUE(digits.good());
    auto measure = [&](uint64_t frames, uint64_t *events) {
        digits.parameters.frames = frames;
        double best = 1e9;
        for (int repeat = 0; repeat < 3; repeat++) {
            auto from = std::chrono::steady_clock::now();
            auto *result = digits.run(0);
            std::chrono::duration<double> took = std::chrono::steady_clock::now() - from;
            if (took.count() < best) best = took.count();
            EXPECT_EQ(result->n_frames, frames);
            *events = result->events;
        }
        return best;
    };
    uint64_t few = 0, many = 0;
    double hundred = measure(100, &few), million = measure(1000000, &many);
    std::cout << "100 frames: " << few << " events, " << 1e6 * hundred
              << " us; 1000000 frames: " << many << " events, " << 1e6 * million << " us\n";
    EXPECT_LE(many, 3 * few);
    EXPECT_LE(million, 3 * hundred + 0.001);
}

} // namespace
