// The critical path and cycle, and what takes over next, against replays and RTL.
#include "study/designs.hpp"
extern "C" {
#include "study/bottleneck.h"
#include "traces/schedule.h"
}
#include <algorithm>
#include <iostream>
#include <random>

namespace {

using designs::Design;
using designs::Interval;
using designs::interval_of;
using designs::messages;
using designs::Owned;

struct BottleneckFreed {
    void operator()(weir_bottleneck *p) const { weir_bottleneck_free(p); }
    void operator()(weir_schedule *p) const { weir_schedule_free(p); }
};
using Bottleneck = std::unique_ptr<weir_bottleneck, BottleneckFreed>;
using Schedule = std::unique_ptr<weir_schedule, BottleneckFreed>;

Bottleneck find(const weir_net *net, const weir_replay_parameters &parameters) {
    Owned<weir_diag> diag(weir_diag_new());
    Bottleneck found(weir_bottleneck_find(net, &parameters, diag.get()));
    EXPECT_TRUE(found) << messages(diag.get());
    return found;
}

void expect_sums(const weir_critical &critical) {
    uint64_t ps = 0;
    double share = 0;
    for (uint32_t i = 0; i < critical.n_stretches; i++) {
        ps += critical.stretches[i].ps;
        share += critical.stretches[i].share;
        if (i > 0) {
            EXPECT_LE(critical.stretches[i].ps, critical.stretches[i - 1].ps);
        }
    }
    EXPECT_EQ(ps, critical.ps);
    if (critical.ps > 0) {
        EXPECT_NEAR(share, 1, 1e-9);
    }
}

// Latency and interval of the analysis are those of the replay, to the picosecond.
void expect_exact(const weir_net *net, const weir_replay_parameters &parameters,
                  const weir_bottleneck &found) {
    Owned<weir_diag> diag(weir_diag_new());
    Owned<weir_replay> replay(weir_replay_new(net));
    const weir_replay_result *result;
    ASSERT_TRUE(weir_replay_run(replay.get(), &parameters, 0, &result, diag.get()));
    EXPECT_EQ(found.latency.frames, 1u);
    EXPECT_EQ(found.latency.ps, result->latency_ps);
    expect_sums(found.latency);
    ASSERT_TRUE(result->steady);
    ASSERT_GT(found.interval.frames, 0u);
    EXPECT_EQ(found.interval.ps * result->steady_frames, result->steady_ps * found.interval.frames);
    expect_sums(found.interval);
}

// ---------------------------------------------------------------- random nets

struct RandomNet {
    std::vector<Schedule> schedules;
    std::vector<std::vector<uint32_t>> inputs, outputs;
    std::vector<std::string> names;
    std::vector<weir_net_process> processes;
    std::vector<weir_net_channel> channels;
    std::vector<weir_channel_timing> timings;
    std::vector<weir_domain> domains;
    std::vector<const char *> pauses;
    Owned<weir_net> net;
    weir_replay_parameters parameters{};

    explicit RandomNet(std::mt19937_64 &rng) {
        auto any = [&](uint32_t low, uint32_t high) {
            return low + (uint32_t)(rng() % (high - low + 1));
        };
        uint32_t n = any(3, 7), n_domains = any(1, 2);
        for (uint32_t d = 0; d < n_domains; d++)
            domains.push_back({"d", any(2, 5) * 500, any(0, 3) * 250, {nullptr, 0}});
        names.resize(n);
        inputs.resize(n);
        outputs.resize(n);
        std::vector<uint32_t> domain(n);
        for (uint32_t i = 0; i < n; i++) {
            names[i] = "p" + std::to_string(i);
            domain[i] = any(0, n_domains - 1);
        }
        auto connect = [&](uint32_t from, uint32_t to, uint32_t initial) {
            uint32_t c = (uint32_t)channels.size(), depth = any(1, 6) + initial;
            channels.push_back({"c", from, (uint32_t)outputs[from].size(), to,
                                (uint32_t)inputs[to].size(), any(2, 9), initial, 0, 0, false});
            outputs[from].push_back(c);
            inputs[to].push_back(c);
            bool crosses = domain[from] != domain[to];
            timings.push_back({depth, any(crosses ? 2 : 1, 3), any(crosses ? 2 : 1, 3), 0});
        };
        connect(0, 1, 0);
        for (uint32_t i = 2; i < n; i++)
            connect(i + 1 < n ? any(1, i - 1) : i - 1, i, 0);
        for (uint32_t k = any(0, 2); k > 0 && n > 4; k--) {
            uint32_t from = any(1, n - 3);
            connect(from, any(from + 1, n - 2), 0);
        }
        if (any(0, 3) == 0 && n > 4) connect(n - 2, any(1, n - 3), any(1, 12));
        for (uint32_t i = 0; i < n; i++)
            add_process(rng, i, n, domain[i]);
        processes.front().kind = WEIR_SOURCE;
        for (uint32_t i = 0; i < n; i++) {
            processes[i].inputs = inputs[i].data();
            processes[i].outputs = outputs[i].data();
            pauses.push_back(nullptr);
        }
        if (any(0, 4) == 0) pauses[n - 1] = "110";
        if (any(0, 4) == 0) pauses[0] = "10110";
        net.reset(weir_net_new("random", n_domains, processes.data(), n, channels.data(),
                               (uint32_t)channels.size()));
        parameters.domains = domains.data();
        parameters.channels = timings.data();
        parameters.frames = 400;
        parameters.pauses = pauses.data();
        if (any(0, 2) == 0) parameters.arrival_period_ps = any(1, 80) * 500;
    }

    // Beats of each port at random initiations, and idle ones between.
    void add_process(std::mt19937_64 &rng, uint32_t i, uint32_t n, uint32_t domain) {
        weir_net_process process{};
        process.name = names[i].c_str();
        process.kind = i == 0 ? WEIR_SOURCE : i + 1 == n ? WEIR_SINK : WEIR_PROCESS;
        process.domain = domain;
        if (process.kind == WEIR_PROCESS) {
            static const weir_timing_class classes[] = {WEIR_LOCKSTEP, WEIR_ELASTIC, WEIR_CREDIT,
                                                        WEIR_FRP};
            uint32_t n_in = (uint32_t)inputs[i].size(), n_out = (uint32_t)outputs[i].size();
            uint32_t most = 1;
            for (uint32_t c : inputs[i])
                most = std::max<uint32_t>(most, (uint32_t)channels[c].frame_beats);
            for (uint32_t c : outputs[i])
                most = std::max<uint32_t>(most, (uint32_t)channels[c].frame_beats);
            uint32_t steps = most + (uint32_t)(rng() % 12);
            std::vector<std::vector<weir_operation>> operations(steps);
            auto spread = [&](uint32_t beats, weir_operation operation) {
                std::vector<uint32_t> at(steps);
                for (uint32_t k = 0; k < steps; k++)
                    at[k] = k;
                std::shuffle(at.begin(), at.end(), rng);
                for (uint32_t k = 0; k < beats; k++)
                    operations[at[k]].push_back(operation);
            };
            for (uint16_t p = 0; p < n_in; p++)
                spread((uint32_t)channels[inputs[i][p]].frame_beats, {WEIR_READ, p});
            for (uint16_t q = 0; q < n_out; q++)
                spread((uint32_t)channels[outputs[i][q]].frame_beats, {WEIR_WRITE, q});
            weir_schedule_builder *builder = weir_schedule_builder_new(process.name, n_in, n_out);
            for (auto &step : operations)
                weir_schedule_add(
                    builder, weir_schedule_set(builder, step.data(), (uint32_t)step.size()), 1);
            Schedule schedule(weir_schedule_build(builder));
            schedule->timing = classes[rng() % 4];
            if (schedule->timing != WEIR_LOCKSTEP) {
                schedule->stages = 1 + (uint32_t)(rng() % 6);
                schedule->ii_cycles = 1 + rng() % 3;
                bool ends = schedule->timing == WEIR_FRP;
                for (uint32_t p = 0; p < n_in; p++)
                    schedule->read_stage[p] = ends ? 0 : (uint32_t)(rng() % schedule->stages);
                for (uint32_t q = 0; q < n_out; q++)
                    schedule->write_stage[q] =
                        ends ? schedule->stages - 1 : (uint32_t)(rng() % schedule->stages);
            }
            schedule->start = rng() % 4;
            process.schedule = schedule.get();
            schedules.push_back(std::move(schedule));
        }
        processes.push_back(process);
    }
};

TEST(Bottleneck, RandomNetsAreExact) {
    uint64_t seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    std::mt19937_64 rng(seed);
    unsigned exact = 0, stopped = 0;
    for (unsigned k = 0; k < 600; k++) {
        RandomNet random(rng);
        Owned<weir_diag> diag(weir_diag_new());
        Owned<weir_replay> replay(weir_replay_new(random.net.get()));
        const weir_replay_result *result;
        ASSERT_TRUE(weir_replay_run(replay.get(), &random.parameters, 0, &result, diag.get()))
            << messages(diag.get());
        if (result->deadlock || !result->steady) {
            stopped++;
            continue;
        }
        Bottleneck found = find(random.net.get(), random.parameters);
        ASSERT_TRUE(found) << "net " << k;
        expect_exact(random.net.get(), random.parameters, *found);
        if (HasFailure()) FAIL() << "net " << k;
        exact++;
    }
    EXPECT_GT(exact, 100u);
    std::cout << exact << " nets exact, " << stopped << " without a steady state\n";
}

// ---------------------------------------------------------------- paced schedules

TEST(Paced, KeepsOperationsAndOrder) {
    weir_schedule_builder *builder = weir_schedule_builder_new("p", 1, 1);
    const weir_operation read = {WEIR_READ, 0}, write = {WEIR_WRITE, 0};
    uint32_t reads = weir_schedule_set(builder, &read, 1);
    uint32_t writes = weir_schedule_set(builder, &write, 1);
    weir_schedule_add(builder, writes, 2);
    weir_schedule_end_preamble(builder);
    for (int i = 0; i < 6; i++) {
        weir_schedule_add(builder, reads, 2);
        weir_schedule_add(builder, 0, 5);
        weir_schedule_add(builder, writes, 1);
    }
    Schedule schedule(weir_schedule_build(builder));
    ASSERT_EQ(weir_schedule_initiations(schedule.get()), 48u);
    EXPECT_EQ(weir_schedule_paced(schedule.get(), 17), nullptr);
    for (uint64_t cycles : {18, 19, 24, 30, 47, 48, 49, 100}) {
        Schedule paced(weir_schedule_paced(schedule.get(), cycles));
        ASSERT_TRUE(paced);
        EXPECT_EQ(weir_schedule_initiations(paced.get()), cycles);
        EXPECT_EQ(weir_schedule_count(paced.get(), WEIR_WRITE, 0, true), 2u);
        std::string order;
        weir_schedule_walk *walk = weir_schedule_walk_new(paced.get());
        uint64_t longest = 0, left = 2 + cycles;
        while (left > 0) {
            uint64_t count;
            uint32_t set = weir_schedule_walk_next(walk, &count);
            left -= count;
            const weir_operation_set *s = &paced->sets[set];
            if (s->count == 0) longest = std::max(longest, count);
            for (; s->count > 0 && count > 0; count--)
                order += paced->operations[s->first].kind == WEIR_READ ? 'r' : 'w';
        }
        weir_schedule_walk_free(walk);
        EXPECT_EQ(order, "wwrrwrrwrrwrrwrrwrrw") << cycles;
        EXPECT_LE(longest, (cycles - 18 + 5) / 6) << cycles; // evenly
    }
}

TEST(Paced, ShortensTheInterval) {
    weir_schedule_builder *builder = weir_schedule_builder_new("p", 1, 1);
    const weir_operation both[] = {{WEIR_READ, 0}, {WEIR_WRITE, 0}};
    weir_schedule_add(builder, weir_schedule_set(builder, both, 2), 10);
    Schedule schedule(weir_schedule_build(builder));
    schedule->timing = WEIR_CREDIT;
    schedule->stages = 3;
    schedule->write_stage[0] = 2;
    schedule->ii_cycles = 4;
    Schedule faster(weir_schedule_paced(schedule.get(), 25)),
        fastest(weir_schedule_paced(schedule.get(), 10));
    ASSERT_TRUE(faster && fastest);
    EXPECT_EQ(weir_schedule_initiations(faster.get()) * faster->ii_cycles, 24u);
    EXPECT_EQ(weir_schedule_initiations(fastest.get()) * fastest->ii_cycles, 10u);
    EXPECT_EQ(fastest->stages, 3u);
    EXPECT_EQ(weir_schedule_paced(schedule.get(), 9), nullptr);
}

// ---------------------------------------------------------------- designs

struct Case {
    const char *name, *network, *text;
    weir_change_kind kind;
    const char *what;  // process or fifo that is to be changed; nullptr: any
    const char *layer; // of a process: the layer whose folding is changed; nullptr: not tried
    uint64_t arrival_period;
};

void PrintTo(const Case &c, std::ostream *out) {
    *out << c.name;
}

const Case cases[] = {
    {"digits", "digits",
     "domains = ({name = \"image\"; period_ps = 4000;}, {name = \"classes\"; period_ps = 7500;\n"
     "phase_ps = 1000;}); defaults = {domain = \"image\"; fifo_depth = 4;};\n"
     "layers = ({name = \"conv1\"; strategy = \"latency\";},\n"
     "{name = \"dense1\"; domain = \"classes\"; strategy = \"resource\"; reuse_factor = 32;},\n"
     "{name = \"relu3\"; domain = \"classes\";},\n"
     "{name = \"dense2\"; domain = \"classes\"; strategy = \"resource\"; reuse_factor = 20;},\n"
     "{name = \"softmax\"; domain = \"classes\"; precision = \"ap_ufixed<16,1>\";},\n"
     "{name = \"conv2\"; strategy = \"resource\"; reuse_factor = 36;});\n",
     WEIR_CHANGE_PROCESS, "conv2", "conv2", 0},
    // With fewer steps conv2 needs fewer words: they do not hold it.
    {"digits_packed", "digits",
     "defaults = {fifo_depth = 4;};\n"
     "layers = ({name = \"conv1\"; strategy = \"latency\";},\n"
     "{name = \"conv2\"; strategy = \"resource\"; reuse_factor = 36; weights = \"packed\";},\n"
     "{name = \"dense1\"; strategy = \"resource\"; weights = \"packed\";});\n",
     WEIR_CHANGE_PROCESS, "conv2", "conv2", 0},
    // Here they do: of six places on their way there are three.
    {"digits_words", "digits",
     "defaults = {fifo_depth = 4;};\n"
     "layers = ({name = \"conv1\"; strategy = \"latency\";},\n"
     "{name = \"conv2\"; strategy = \"resource\"; reuse_factor = 36; weights = \"packed\";});\n"
     "fifos = ({name = \"conv2_weights_out\"; depth = 3;});\n",
     WEIR_CHANGE_DEPTH, "conv2_weights_out", nullptr, 0},
    {"chain", "chain",
     "defaults = {strategy = \"resource\"; reuse_factor = 4;};\n"
     "layers = ({name = \"conv4\"; reuse_factor = 32;});\n",
     WEIR_CHANGE_PROCESS, "conv4", "conv4", 0},
    {"chain_arrivals", "chain", "defaults = {strategy = \"resource\"; reuse_factor = 4;};\n",
     WEIR_CHANGE_SOURCE, nullptr, nullptr, 3000000},
    {"chain_register", "chain",
     "defaults = {strategy = \"latency\"; fifo_depth = 2;};\n"
     "fifos = ({name = \"relu3_out\"; depth = 1;});\n",
     WEIR_CHANGE_DEPTH, "relu3_out", nullptr, 0},
    {"skip", "skip",
     "layers = ({name = \"conv6\"; strategy = \"resource\"; reuse_factor = 24;});\n",
     WEIR_CHANGE_PROCESS, "conv6", "conv6", 0},
    {"skip_register", "skip",
     "defaults = {strategy = \"latency\"; fifo_depth = 4;};\n"
     "fifos = ({name = \"conv1_out\"; depth = 1;});\n",
     WEIR_CHANGE_DEPTH, "conv1_out", nullptr, 0},
    {"digits_dense", "digits",
     "domains = ({name = \"image\"; period_ps = 4000;}, {name = \"classes\"; period_ps = 3000;});\n"
     "defaults = {domain = \"image\"; fifo_depth = 4;};\n"
     "layers = ({name = \"dense1\"; domain = \"classes\"; strategy = \"resource\"; reuse_factor = "
     "512;},\n"
     "{name = \"relu3\"; domain = \"classes\";}, {name = \"dense2\"; domain = \"classes\";},\n"
     "{name = \"softmax\"; domain = \"classes\"; precision = \"ap_ufixed<16,1>\";});\n",
     WEIR_CHANGE_PROCESS, "dense1", "dense1", 0},
};

class Next : public testing::TestWithParam<Case> {};

std::string design_text(const Case &c) {
    return designs::network(c.network) + c.text;
}

// The folding of `layer` in a design's text, replaced.
std::string folded(const Case &c, uint64_t reuse) {
    std::string text = design_text(c), name = std::string("\"") + c.layer + "\"";
    size_t at = text.find("reuse_factor", text.find(name));
    size_t end = text.find(';', at);
    return text.replace(at, end - at, "reuse_factor = " + std::to_string(reuse));
}

uint64_t cycles_of(const Design &d, const char *process) {
    for (uint32_t p = 0; p < weir_net_processes(d.net.get()); p++)
        if (std::string(process) == d.process_name(p))
            return weir_schedule_initiations(weir_net_process_at(d.net.get(), p)->schedule);
    ADD_FAILURE() << process;
    return 0;
}

// The folding of the case's layer in its text.
uint64_t reuse_of(const Case &c) {
    std::string text = c.text, name = std::string("\"") + c.layer + "\"";
    return std::stoull(
        text.substr(text.find("= ", text.find("reuse_factor", text.find(name))) + 2));
}

// The largest folding that keeps the process within the cycles, compiled and run.
void try_folding(const Case &c, const weir_next &next) {
    for (uint64_t reuse = reuse_of(c) - 1; reuse > 0; reuse--) {
        if (reuse_of(c) % reuse != 0) continue;
        Design changed(folded(c, reuse));
        Owned<weir_diag> quiet(weir_diag_new());
        Owned<weir_design> probe(
            weir_design_load((changed.folder + "/design.cfg").c_str(), nullptr, quiet.get()));
        if (!probe) continue;
        Owned<weir_compiled> fits(
            weir_compile(probe.get(), (changed.folder + "/probe").c_str(), quiet.get()));
        if (!fits) continue;
        ASSERT_NO_FATAL_FAILURE(changed.compile());
        if (cycles_of(changed, c.what) > next.value) continue;
        Interval then = interval_of(changed.net.get(), changed.parameters);
        EXPECT_EQ(then, (Interval{next.interval_ps, next.frames})) << "reuse factor " << reuse;
        EXPECT_EQ(changed.rtl(changed.compiled->graph, then), then) << "reuse factor " << reuse;
        return;
    }
    FAIL() << "no folding of " << c.layer << " takes at most " << next.value << " cycles";
}

TEST_P(Next, ComesTrue) {
    const Case &c = GetParam();
    Design d(design_text(c));
    ASSERT_NO_FATAL_FAILURE(d.compile());
    d.parameters.arrival_period_ps = c.arrival_period;
    Bottleneck found = find(d.net.get(), d.parameters);
    ASSERT_TRUE(found);
    expect_exact(d.net.get(), d.parameters, *found);
    Interval now = interval_of(d.net.get(), d.parameters);
    EXPECT_EQ(d.rtl(d.compiled->graph, now, c.arrival_period), now);

    const weir_next &next = found->next;
    Interval then = {next.interval_ps, next.frames};
    ASSERT_EQ(next.kind, c.kind);
    EXPECT_TRUE(then < now) << then << " against " << now;
    EXPECT_NE(next.next_process, WEIR_NONE);
    weir_replay_parameters changed = d.parameters;
    if (next.kind == WEIR_CHANGE_PROCESS) {
        EXPECT_STREQ(d.process_name(next.process), c.what);
        EXPECT_EQ(next.from, cycles_of(d, c.what));
        ASSERT_NO_FATAL_FAILURE(try_folding(c, next));
    } else if (next.kind == WEIR_CHANGE_DEPTH) {
        EXPECT_EQ(next.channel, d.channel(c.what));
        EXPECT_EQ(next.from, d.channels[next.channel].depth);
        std::vector<uint32_t> depths;
        for (auto &channel : d.channels)
            depths.push_back(channel.depth);
        depths[next.channel] = (uint32_t)next.value;
        auto deeper = d.with_depths(depths);
        Interval replayed = d.replay(deeper.get());
        EXPECT_EQ(replayed, then);
        EXPECT_EQ(d.rtl(deeper.get(), replayed), then);
        depths[next.channel]--; // one less does not do
        auto less = d.with_depths(depths);
        EXPECT_TRUE(then < d.replay(less.get()));
    } else {
        ASSERT_EQ(next.kind, WEIR_CHANGE_SOURCE);
        EXPECT_EQ(next.from, c.arrival_period);
        changed.arrival_period_ps = next.value;
        Interval replayed = interval_of(d.net.get(), changed);
        EXPECT_EQ(replayed, then);
        EXPECT_EQ(d.rtl(d.compiled->graph, replayed, next.value), then);
        changed.arrival_period_ps += 5000; // a cycle more
        EXPECT_TRUE(then < interval_of(d.net.get(), changed));
    }
}

INSTANTIATE_TEST_SUITE_P(Designs, Next, testing::ValuesIn(cases),
                         [](const auto &info) { return std::string(info.param.name); });

TEST(Bottleneck, DeadlockIsRefused) {
    Design d(designs::network("skip") +
             "fifos = ({name = \"leaky1_grid_fork_out1\"; depth = 1;});\n");
    ASSERT_NO_FATAL_FAILURE(d.compile());
    Owned<weir_diag> diag(weir_diag_new());
    Bottleneck found(weir_bottleneck_find(d.net.get(), &d.parameters, diag.get()));
    EXPECT_FALSE(found);
    EXPECT_NE(messages(diag.get()).find("deadlock"), std::string::npos);
}

} // namespace
