// FIFO sizing: goals are met, on RTL too, and one step less of any FIFO misses them.
#include "study/designs.hpp"
extern "C" {
#include "study/size.h"
}
#include <algorithm>
#include <random>

namespace {

using designs::Design;
using designs::Interval;
using designs::interval_of;
using designs::messages;
using designs::Owned;

struct SizeFreed {
    void operator()(weir_size *p) const { weir_size_free(p); }
    void operator()(weir_text *p) const { weir_text_free(p); }
};
using Size = std::unique_ptr<weir_size, SizeFreed>;

const char *const digits =
    "domains = ({name = \"image\"; period_ps = 4000;}, {name = \"classes\"; period_ps = 7500;\n"
    "phase_ps = 1000;}); defaults = {domain = \"image\"; fifo_depth = 4;};\n"
    "layers = ({name = \"conv1\"; strategy = \"latency\";},\n"
    "{name = \"conv2\"; strategy = \"resource\"; reuse_factor = 36;},\n"
    "{name = \"dense1\"; domain = \"classes\"; strategy = \"resource\"; reuse_factor = 32;},\n"
    "{name = \"relu3\"; domain = \"classes\";},\n"
    "{name = \"dense2\"; domain = \"classes\"; strategy = \"resource\"; reuse_factor = 20;},\n"
    "{name = \"softmax\"; domain = \"classes\"; precision = \"ap_ufixed<16,1>\";});\n";
const char *const chain = "defaults = {strategy = \"resource\"; reuse_factor = 4;};\n"
                          "layers = ({name = \"conv4\"; reuse_factor = 32;});\n";
const char *const even = "defaults = {strategy = \"latency\"; fifo_depth = 4;};\n";

std::string text_of(const char *name, const char *rest) {
    return designs::network(name) + rest;
}

weir_size_options options_of(const Design &d, weir_size_goal goal, uint64_t limit) {
    weir_size_options options{};
    options.goal = goal;
    options.limit = limit;
    options.stimuli = &d.parameters;
    options.n_stimuli = 1;
    return options;
}

Size find(Design &d, const weir_size_options &options) {
    Size found(weir_size_find(d.net.get(), d.compiled->graph, &options, d.diag.get()));
    EXPECT_TRUE(found) << messages(d.diag.get());
    return found;
}

std::vector<uint32_t> depths_of(const weir_size &size) {
    return std::vector<uint32_t>(size.best.depths, size.best.depths + size.n_channels);
}

// The interval that FIFOs of two frames give.
Interval unbounded(Design &d) {
    std::vector<uint32_t> depths;
    for (uint32_t c = 0; c < d.channels.size(); c++) {
        const weir_net_channel *channel = weir_net_channel_at(d.net.get(), c);
        const weir_net_process *producer = weir_net_process_at(d.net.get(), channel->producer);
        uint64_t beats = producer->kind == WEIR_SOURCE
                             ? channel->frame_beats
                             : weir_schedule_count(producer->schedule, WEIR_WRITE,
                                                   channel->producer_port, false);
        depths.push_back((uint32_t)(2 * beats + 64));
    }
    auto graph = d.with_depths(depths);
    return d.replay(graph.get());
}

uint64_t bits_of(const Design &d, const std::vector<uint32_t> &depths) {
    uint64_t bits = 0;
    for (uint32_t c = 0; c < depths.size(); c++)
        bits += (uint64_t)depths[c] * weir_graph_channel(d.compiled->graph, c)->beat_bits;
    return bits;
}

uint32_t floor_of(const Design &d, uint32_t c) {
    return weir_graph_channel(d.compiled->graph, c)->latency == WEIR_LATENCY_MEMORY ? 2 : 1;
}

struct Case {
    const char *name, *network, *text;
};
void PrintTo(const Case &c, std::ostream *out) {
    *out << c.name;
}
const Case cases[] = {{"digits", "digits", digits},
                      {"chain", "chain", chain},
                      {"chain_even", "chain", even},
                      {"skip", "skip", ""},
                      {"skip_even", "skip", even}};

class Sized : public testing::TestWithParam<Case> {};

TEST_P(Sized, KeepsTheIntervalAndNothingIsToSpare) {
    Design d(text_of(GetParam().network, GetParam().text));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    Interval best = unbounded(d);
    Size size = find(d, options_of(d, WEIR_KEEP_INTERVAL, 0));
    ASSERT_TRUE(size && size->reached && !size->partial);
    EXPECT_EQ((Interval{size->best.interval_ps, size->best.interval_frames}), best);
    std::vector<uint32_t> depths = depths_of(*size);
    EXPECT_EQ(size->best.cost, bits_of(d, depths));
    EXPECT_LE(size->bound, size->best.cost);
    EXPECT_LE(size->best.cost, size->cost_max_occupancy + 16 * 1024);
    EXPECT_LE(size->cost_max_occupancy, size->cost_power_of_two);
    auto graph = d.with_depths(depths);
    Interval replayed = d.replay(graph.get());
    EXPECT_EQ(replayed, best);
    EXPECT_EQ(d.rtl(graph.get(), replayed), best);
    unsigned tried = 0;
    for (uint32_t c = 0; c < depths.size(); c++) {
        const char *name = weir_net_channel_at(d.net.get(), c)->name;
        EXPECT_EQ(size->channels[c].depth, depths[c]);
        EXPECT_LE(size->channels[c].alone, depths[c]) << name;
        EXPECT_TRUE(size->channels[c].minimal) << name;
        if (depths[c] <= floor_of(d, c)) continue;
        std::vector<uint32_t> less = depths;
        less[c]--;
        auto smaller = d.with_depths(less);
        Interval then = d.replay(smaller.get());
        EXPECT_TRUE(then.frames == 0 || best < then) << name << ": " << then;
        /* On RTL the frames of the best interval are enough to see the loss. */
        Interval look = then.frames > 0 ? then : best;
        Interval built = d.rtl(smaller.get(), look);
        EXPECT_TRUE(built.frames == 0 || best < built) << name << ": " << built;
        tried++;
    }
    if (std::string(GetParam().network) == "skip") {
        EXPECT_GT(tried, 4u);
    }
}

INSTANTIATE_TEST_SUITE_P(Designs, Sized, testing::ValuesIn(cases),
                         [](const auto &info) { return std::string(info.param.name); });

// The own minima, with all other FIFOs as deep as two frames but as fast as shift registers.
TEST(Size, OwnMinimaAreTrue) {
    Design d(text_of("skip", even));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    Size size = find(d, options_of(d, WEIR_KEEP_INTERVAL, 0));
    ASSERT_TRUE(size);
    Interval best = unbounded(d);
    unsigned tried = 0;
    for (uint32_t c = 0; c < size->n_channels; c++) {
        uint32_t alone = size->channels[c].alone;
        if (alone > WEIR_SRL_DEPTH) continue; // that one would be a memory
        std::vector<weir_channel_timing> timings = d.channels;
        for (auto &timing : timings) {
            weir_channel_timing_set(&timing, WEIR_LATENCY_PLAIN, 0);
            timing.depth = 3000;
        }
        weir_replay_parameters changed = d.parameters;
        changed.channels = timings.data();
        changed.arrival_period_ps = best.ps / best.frames; // nothing fills up
        timings[c].depth = alone;
        EXPECT_EQ(interval_of(d.net.get(), changed), best) << c;
        if (alone == 1) continue;
        timings[c].depth = alone - 1;
        Interval less = interval_of(d.net.get(), changed);
        EXPECT_TRUE(less.frames == 0 || best < less) << c << ": " << less;
        tried++;
    }
    EXPECT_GT(tried, 1u);
}

TEST(Size, IntervalLimit) {
    Design d(text_of("skip", ""));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    Interval best = unbounded(d);
    Size tight = find(d, options_of(d, WEIR_KEEP_INTERVAL, 0));
    uint64_t limit = best.ps / best.frames * 5 / 4;
    Size loose = find(d, options_of(d, WEIR_MAX_INTERVAL, limit));
    ASSERT_TRUE(tight && loose && loose->reached);
    EXPECT_LT(loose->best.cost, tight->best.cost);
    EXPECT_LE(loose->best.interval_ps, limit * loose->best.interval_frames);
    std::vector<uint32_t> depths = depths_of(*loose);
    for (uint32_t c = 0; c < depths.size(); c++) {
        if (depths[c] <= floor_of(d, c)) continue;
        depths[c]--;
        Interval then = d.replay(d.with_depths(depths).get());
        EXPECT_TRUE(then.frames == 0 || then.ps > limit * then.frames) << c;
        depths[c]++;
    }
    Size never = find(d, options_of(d, WEIR_MAX_INTERVAL, best.ps / best.frames / 2));
    ASSERT_TRUE(never);
    EXPECT_FALSE(never->reached);
    EXPECT_EQ((Interval{never->best.interval_ps, never->best.interval_frames}), best);
}

TEST(Size, LatencyLimit) {
    Design d(text_of("skip", ""));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    Size fast = find(d, options_of(d, WEIR_MAX_LATENCY, 1));
    ASSERT_TRUE(fast);
    EXPECT_FALSE(fast->reached);
    uint64_t limit = fast->best.latency_ps + 200000;
    Size size = find(d, options_of(d, WEIR_MAX_LATENCY, limit));
    ASSERT_TRUE(size && size->reached);
    EXPECT_LE(size->best.latency_ps, limit);
    EXPECT_LT(size->best.cost, fast->best.cost);
    Owned<weir_replay> replay(weir_replay_new(d.net.get()));
    std::vector<uint32_t> depths = depths_of(*size);
    for (uint32_t c = 0; c < depths.size(); c++) {
        if (depths[c] <= floor_of(d, c)) continue;
        depths[c]--;
        auto graph = d.with_depths(depths);
        std::vector<weir_channel_timing> timings(depths.size());
        weir_replay_of_graph(graph.get(), d.domains.data(), timings.data());
        weir_replay_parameters one = d.parameters;
        one.channels = timings.data();
        one.frames = 1;
        const weir_replay_result *result;
        ASSERT_TRUE(weir_replay_run(replay.get(), &one, 0, &result, d.diag.get()));
        EXPECT_TRUE(result->deadlock || result->latency_ps > limit) << c;
        depths[c]++;
    }
}

TEST(Size, MemoryBudgetAndFront) {
    Design d(text_of("skip", ""));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    weir_size_options options = options_of(d, WEIR_KEEP_INTERVAL, 0);
    options.pareto = true;
    Size size = find(d, options);
    ASSERT_TRUE(size);
    ASSERT_GT(size->n_front, 2u);
    for (uint32_t i = 1; i < size->n_front; i++) {
        const weir_size_point &a = size->front[i - 1], &b = size->front[i];
        EXPECT_LT(a.cost, b.cost);
        EXPECT_GT(a.interval_ps * b.interval_frames, b.interval_ps * a.interval_frames);
    }
    const weir_size_point &middle = size->front[size->n_front / 2];
    Size budget = find(d, options_of(d, WEIR_MAX_MEMORY, middle.cost));
    ASSERT_TRUE(budget && budget->reached);
    EXPECT_LE(budget->best.cost, middle.cost);
    EXPECT_LE(budget->best.interval_ps * middle.interval_frames,
              middle.interval_ps * budget->best.interval_frames);
    Size nothing = find(d, options_of(d, WEIR_MAX_MEMORY, 1));
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing->reached);
}

TEST(Size, SeveralStimuli) {
    Design d(text_of("skip", ""));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    std::vector<weir_replay_parameters> stimuli(2, d.parameters);
    std::vector<const char *> pauses(weir_net_processes(d.net.get()));
    for (uint32_t p = 0; p < pauses.size(); p++)
        if (weir_net_process_at(d.net.get(), p)->kind == WEIR_SINK) pauses[p] = "1100";
    stimuli[1].pauses = pauses.data();
    weir_size_options options = options_of(d, WEIR_KEEP_INTERVAL, 0);
    Size one = find(d, options);
    options.stimuli = stimuli.data();
    options.n_stimuli = 2;
    Size both = find(d, options);
    ASSERT_TRUE(one && both && both->reached);
    EXPECT_GE(both->best.cost, one->best.cost);
    std::vector<uint32_t> depths = depths_of(*both);
    auto graph = d.with_depths(depths);
    EXPECT_EQ(d.replay(graph.get()), unbounded(d));
    d.parameters.pauses = pauses.data();
    EXPECT_EQ(d.replay(graph.get()), unbounded(d));
}

TEST(Size, DeviceSteps) {
    Design d(text_of("skip", ""));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    weir_size_options options = options_of(d, WEIR_KEEP_INTERVAL, 0);
    options.unit = WEIR_UNIT_DEVICE;
    Size size = find(d, options);
    ASSERT_TRUE(size && size->reached);
    Interval best = unbounded(d);
    std::vector<uint32_t> depths = depths_of(*size);
    EXPECT_EQ(d.replay(d.with_depths(depths).get()), best);
    uint64_t cost = 0;
    for (uint32_t c = 0; c < depths.size(); c++) {
        uint32_t bits = weir_graph_channel(d.compiled->graph, c)->beat_bits;
        ASSERT_LE(depths[c], 64u); // of this design none needs block RAM
        cost += weir_memory_weight(weir_memory_of(WEIR_STORAGE_SRL, depths[c], bits));
        uint64_t down = weir_memory_step_down(WEIR_STORAGE_SRL, depths[c], bits);
        if (down == 0) continue;
        std::vector<uint32_t> less = depths;
        less[c] = (uint32_t)down;
        Interval then = d.replay(d.with_depths(less).get());
        EXPECT_TRUE(then.frames == 0 || best < then) << c;
    }
    EXPECT_EQ(cost, size->best.cost);
}

TEST(Size, ConfigIsIncluded) {
    Design d(text_of("digits", digits));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    Size size = find(d, options_of(d, WEIR_KEEP_INTERVAL, 0));
    ASSERT_TRUE(size);
    std::unique_ptr<weir_text, SizeFreed> text(weir_text_new());
    weir_size_config(size.get(), d.compiled->graph, text.get());
    Design sized(text_of("digits", digits) + "@include \"fifos.cfg\"\n");
    sized.write("fifos.cfg", weir_text_string(text.get()));
    ASSERT_NO_FATAL_FAILURE(sized.compile());
    for (uint32_t c = 0; c < size->n_channels; c++)
        EXPECT_EQ(sized.channels[c].depth, size->channels[c].depth) << c;
    Interval then = interval_of(sized.net.get(), sized.parameters);
    EXPECT_EQ(then, (Interval{size->best.interval_ps, size->best.interval_frames}));
    EXPECT_EQ(sized.rtl(sized.compiled->graph, then), then);
}

TEST(Size, RemovesADeadlock) {
    Design d(text_of("skip", "fifos = ({name = \"leaky1_grid_fork_out1\"; depth = 3;});\n"));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    uint32_t channel = WEIR_NONE, depth = 0;
    ASSERT_TRUE(
        weir_size_remove_deadlock(d.net.get(), &d.parameters, &channel, &depth, d.diag.get()))
        << messages(d.diag.get());
    EXPECT_EQ(channel, d.channel("leaky1_grid_fork_out1"));
    std::vector<uint32_t> depths;
    for (auto &timing : d.channels)
        depths.push_back(timing.depth);
    EXPECT_EQ(d.rtl(d.compiled->graph, {1, 1, 0}).frames, 0u); // it is one on RTL
    depths[channel] = depth;
    Interval then = d.replay(d.with_depths(depths).get());
    ASSERT_GT(then.frames, 0u);
    EXPECT_EQ(d.rtl(d.with_depths(depths).get(), then), then);
    depths[channel]--;
    EXPECT_EQ(d.rtl(d.with_depths(depths).get(), {1, 1, 0}).frames, 0u);
}

TEST(Size, BadInput) {
    Design d(text_of("digits", digits));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    weir_size_options options = options_of(d, WEIR_KEEP_INTERVAL, 0);
    options.n_stimuli = 0;
    EXPECT_FALSE(weir_size_find(d.net.get(), d.compiled->graph, &options, d.diag.get()));
    EXPECT_NE(messages(d.diag.get()).find("0 stimuli, minimum 1"), std::string::npos);
    volatile int stop = 1;
    options.n_stimuli = 1;
    options.stop = &stop;
    EXPECT_FALSE(weir_size_find(d.net.get(), d.compiled->graph, &options, d.diag.get()));
    EXPECT_NE(messages(d.diag.get()).find("stopped"), std::string::npos);
}

} // namespace
