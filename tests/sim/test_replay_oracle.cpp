// Replay against the register-level simulator: every event of every channel of random nets.
//
// WEIR_ORACLE_NETS: how many nets instead of the number that fits into `make test`.
// WEIR_ORACLE_SEED, WEIR_ORACLE_CASE: one seed; one case of it, which is then described in full.
#include "sim/random_net.hpp"
#include <gtest/gtest.h>
#include <iostream>

using namespace regsim;

namespace {

constexpr unsigned everything = WEIR_WANT_TIMES | WEIR_WANT_OCCUPANCY | WEIR_WANT_TRACE;

struct Tally {
    uint64_t nets = 0, events = 0, deadlocks = 0, different = 0, smallest = UINT64_MAX;
    std::string report; // of the smallest net that differs
};

void one_case(uint64_t seed, uint64_t number, Tally &tally) {
    Net net = random_net(seed, number);
    Result expected = simulate(net);
    ASSERT_FALSE(expected.broken) << "seed " << seed << " case " << number << "\n" << describe(net);
    Translated translated(net, seed ^ number);
    tally.nets++;
    tally.events += expected.events;
    tally.deadlocks += expected.deadlock;
    std::string text = replay_difference(net, expected, translated, everything);
    if (text.empty()) // without a record, as fast as it goes, and with repeats
        text = replay_difference(net, expected, translated, WEIR_WANT_TIMES);
    if (text.empty()) return;
    tally.different++;
    if (expected.events >= tally.smallest) return;
    tally.smallest = expected.events;
    tally.report = "WEIR_ORACLE_SEED=" + std::to_string(seed) +
                   " WEIR_ORACLE_CASE=" + std::to_string(number) + "\n" + text + "\n" +
                   describe(net);
}

void run_seed(uint64_t seed, uint64_t nets) {
    Tally tally;
    uint64_t first = setting("WEIR_ORACLE_CASE", 0);
    if (getenv("WEIR_ORACLE_CASE") != nullptr) {
        nets = 1;
        std::cout << describe(random_net(seed, first));
    }
    for (uint64_t n = first; n < first + nets && !::testing::Test::HasFatalFailure(); n++)
        one_case(seed, n, tally);
    std::cout << "seed " << seed << ": " << tally.nets << " nets, " << tally.events << " events, "
              << tally.deadlocks << " deadlocks, " << tally.different << " differ\n";
    EXPECT_EQ(tally.different, 0u) << tally.report;
}

TEST(ReplayOracle, EveryEventIsTheRegistersOwn) {
    uint64_t nets = setting("WEIR_ORACLE_NETS", 40000);
    if (getenv("WEIR_ORACLE_SEED") != nullptr) {
        run_seed(setting("WEIR_ORACLE_SEED", 0), nets);
        return;
    }
    const uint64_t seeds = 4;
    for (uint64_t seed = 1; seed < seeds; seed++)
        run_seed(seed, nets / seeds);
    run_seed(std::random_device()(), nets / seeds); // printed, so that it can be run again
}

// Many frames of balanced nets: what is extrapolated is what the registers do.
TEST(ReplayOracle, ExtrapolatedFramesAreTheRegistersOwn) {
    uint64_t seed = setting("WEIR_ORACLE_SEED", 5), steady = 0, saved = 0;
    uint64_t nets = setting("WEIR_ORACLE_NETS", 40000) / 40;
    std::cout << "seed " << seed << "\n";
    Style style;
    style.balanced = true;
    style.most_processes = 4;
    for (uint64_t n = 0; n < nets; n++) {
        Net net = random_net(seed, n, style);
        net.drop = false;
        net.arrival_ps.clear();
        net.frames = 70;
        Result expected = simulate(net);
        ASSERT_FALSE(expected.broken);
        Translated translated(net, n);
        weir_replay_result answer{};
        std::string text = replay_difference(net, expected, translated, WEIR_WANT_TIMES, &answer);
        ASSERT_EQ(text, "") << "case " << n << "\n" << describe(net);
        steady += answer.steady;
        saved += answer.events < expected.events;
    }
    std::cout << nets << " nets, " << steady << " steady, " << saved << " of them cut short\n";
    EXPECT_GT(steady, nets / 3);
    EXPECT_GT(saved, nets / 4);
}

// ---- Parameters off by one are seen: no parameter is read and then without effect.

using Mutation = bool (*)(Translated &, const Net &, std::mt19937_64 &);

bool change(uint32_t &value, std::mt19937_64 &random, uint32_t least) {
    if (random() % 2 == 0 && value > least)
        value--;
    else
        value++;
    return true;
}

weir_channel_timing *any_channel(Translated &t, const Net &net, std::mt19937_64 &random,
                                 bool crossing) {
    size_t first = random() % net.channels.size();
    for (size_t i = 0; i < net.channels.size(); i++) {
        size_t c = (first + i) % net.channels.size();
        const Channel &x = net.channels[c];
        bool crosses = net.processes[x.producer].domain != net.processes[x.consumer].domain;
        if (crosses == crossing) return &t.timing[c];
    }
    return nullptr;
}

weir_schedule *any_schedule(Translated &t, std::mt19937_64 &random, weir_timing_class timing) {
    size_t first = random() % t.programs.size();
    for (size_t i = 0; i < t.programs.size(); i++) {
        Program *program = t.programs[(first + i) % t.programs.size()].get();
        if (program != nullptr && program->schedule.timing == timing) return &program->schedule;
    }
    return nullptr;
}

template <bool crossing> bool forward(Translated &t, const Net &net, std::mt19937_64 &random) {
    weir_channel_timing *timing = any_channel(t, net, random, crossing);
    return timing != nullptr && change(timing->forward, random, 1);
}

template <bool crossing> bool backward(Translated &t, const Net &net, std::mt19937_64 &random) {
    weir_channel_timing *timing = any_channel(t, net, random, crossing);
    return timing != nullptr && change(timing->backward, random, 1);
}

template <bool crossing> bool depth(Translated &t, const Net &net, std::mt19937_64 &random) {
    weir_channel_timing *timing = any_channel(t, net, random, crossing);
    return timing != nullptr && change(timing->depth, random, 4);
}

bool write_gap(Translated &t, const Net &net, std::mt19937_64 &random) {
    weir_channel_timing *timing = any_channel(t, net, random, false);
    if (timing == nullptr) return false;
    if (timing->write_gap == 0) timing->write_gap = 1;
    timing->write_gap++;
    return true;
}

template <weir_timing_class timing>
bool start(Translated &t, const Net &, std::mt19937_64 &random) {
    weir_schedule *schedule = any_schedule(t, random, timing);
    if (schedule == nullptr) return false;
    schedule->start++;
    return true;
}

// Stages of the pipeline together with the ports at its end.
template <weir_timing_class timing>
bool stages(Translated &t, const Net &, std::mt19937_64 &random) {
    weir_schedule *schedule = any_schedule(t, random, timing);
    if (schedule == nullptr) return false;
    for (uint32_t q = 0; q < schedule->n_outputs; q++)
        if (schedule->write_stage[q] + 1 == schedule->stages) schedule->write_stage[q]++;
    schedule->stages++;
    return true;
}

template <weir_timing_class timing, bool input>
bool port_stage(Translated &t, const Net &, std::mt19937_64 &random) {
    weir_schedule *schedule = any_schedule(t, random, timing);
    if (schedule == nullptr) return false;
    uint32_t ports = input ? schedule->n_inputs : schedule->n_outputs;
    uint32_t *stage = input ? schedule->read_stage : schedule->write_stage;
    for (uint32_t p = 0; p < ports; p++) {
        if (stage[p] + 1 == schedule->stages) continue;
        stage[p]++;
        return true;
    }
    return false;
}

template <weir_timing_class timing>
bool interval(Translated &t, const Net &, std::mt19937_64 &random) {
    weir_schedule *schedule = any_schedule(t, random, timing);
    if (schedule == nullptr) return false;
    schedule->ii_cycles++;
    return true;
}

// One leaf is an initiation longer, the next one as much shorter.
template <weir_timing_class timing>
bool moved_operation(Translated &t, const Net &, std::mt19937_64 &random) {
    weir_schedule *schedule = any_schedule(t, random, timing);
    if (schedule == nullptr) return false;
    for (uint32_t l = schedule->n_preamble; l + 1 < schedule->n_loops; l++) {
        weir_loop &a = schedule->loops[l], &b = schedule->loops[l + 1];
        if (a.length > 0 || b.length > 0 || a.count > 1 || b.count > 1) continue;
        std::swap(a.set, b.set);
        return true;
    }
    return false;
}

bool phase(Translated &t, const Net &, std::mt19937_64 &random) {
    t.domains[random() % t.domains.size()].phase_ps++;
    return true;
}

bool period(Translated &t, const Net &, std::mt19937_64 &random) {
    t.domains[random() % t.domains.size()].period_ps++;
    return true;
}

bool arrival(Translated &t, const Net &, std::mt19937_64 &) {
    if (t.arrivals.empty()) return false;
    for (uint64_t &at : t.arrivals)
        at++;
    return true;
}

bool arrival_period(Translated &t, const Net &, std::mt19937_64 &) {
    if (!t.arrivals.empty()) return false;
    t.parameters.arrival_period_ps++;
    return true;
}

bool drop(Translated &t, const Net &net, std::mt19937_64 &) {
    if (!net.drop) return false;
    t.parameters.drop = false;
    return true;
}

template <bool source> bool pause(Translated &t, const Net &net, std::mt19937_64 &) {
    for (size_t p = 0; p < net.processes.size(); p++) {
        if (net.processes[p].kind != (source ? Kind::source : Kind::sink)) continue;
        if (t.pauses[p] == nullptr) continue;
        std::string &pattern = t.patterns[p];
        std::rotate(pattern.begin(), pattern.begin() + 1, pattern.end());
        t.pauses[p] = pattern.c_str();
        return true;
    }
    return false;
}

struct NamedMutation {
    const char *name;
    Mutation apply;
};

const NamedMutation mutations[] = {
    {"forward", forward<false>},
    {"forward across clocks", forward<true>},
    {"backward", backward<false>},
    {"backward across clocks", backward<true>},
    {"depth", depth<false>},
    {"depth across clocks", depth<true>},
    {"write gap", write_gap},
    {"start, lockstep", start<WEIR_LOCKSTEP>},
    {"start, elastic", start<WEIR_ELASTIC>},
    {"start, credit", start<WEIR_CREDIT>},
    {"start, frp", start<WEIR_FRP>},
    {"stages, elastic", stages<WEIR_ELASTIC>},
    {"stages, credit", stages<WEIR_CREDIT>},
    {"stages and skid, frp", stages<WEIR_FRP>},
    {"stage of a read, elastic", port_stage<WEIR_ELASTIC, true>},
    {"stage of a write, elastic", port_stage<WEIR_ELASTIC, false>},
    {"stage of a read, credit", port_stage<WEIR_CREDIT, true>},
    {"stage of a write, credit", port_stage<WEIR_CREDIT, false>},
    {"interval, elastic", interval<WEIR_ELASTIC>},
    {"interval, credit", interval<WEIR_CREDIT>},
    {"interval and skid, frp", interval<WEIR_FRP>},
    {"operation one initiation off, lockstep", moved_operation<WEIR_LOCKSTEP>},
    {"operation one initiation off, elastic", moved_operation<WEIR_ELASTIC>},
    {"operation one initiation off, credit", moved_operation<WEIR_CREDIT>},
    {"operation one initiation off, frp", moved_operation<WEIR_FRP>},
    {"phase", phase},
    {"period", period},
    {"arrival", arrival},
    {"arrival period", arrival_period},
    {"drop", drop},
    {"pause of a source", pause<true>},
    {"pause of a sink", pause<false>},
};

TEST(ReplayOracle, EachParameterOffByOneIsSeen) {
    std::cout << "seed 7\n";
    std::mt19937_64 random(7);
    for (const NamedMutation &mutation : mutations) {
        uint64_t applied = 0, seen = 0;
        for (uint64_t n = 0; n < 400 && seen < 10; n++) {
            Net net = random_net(7, n);
            Translated translated(net, n);
            if (!mutation.apply(translated, net, random)) continue;
            translated.rebuild(); // a net is compiled from its schedules when it is made
            applied++;
            seen += !replay_difference(net, simulate(net), translated, everything).empty();
        }
        EXPECT_GT(seen, 0u) << mutation.name << ": none of " << applied << " cases";
    }
}

} // namespace
