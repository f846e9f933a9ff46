// Sources and sinks that pause by patterns of their own: both engines give the same frames, port
// events and classes of cycles, whether nodes sleep or not, and no beat moves in a paused cycle.
#include "bench.hpp"
#include <random>

using namespace bench;

namespace {

using Random = std::mt19937_64;

std::string random_pattern(Random &random) {
    static const size_t lengths[] = {1, 2, 7, 61, 127, 251};
    static const unsigned densities[] = {1, 4, 8, 15}; // sixteenths of cycles that do not pause
    std::string pattern(lengths[random() % 6], '0');
    unsigned density = densities[random() % 4];
    for (char &c : pattern)
        if (random() % 16 < density) c = '1';
    pattern[random() % pattern.size()] = '1';
    return pattern;
}

class Pauses {
  public:
    explicit Pauses(const Bench &bench) : bench_(bench) {
        texts_.resize(weir_graph_processes(bench.graph()));
    }
    void set(const std::string &process, const std::string &pattern) {
        texts_[bench_.process(process)] = pattern;
    }
    void randomise(Random &random) {
        for (uint32_t p = 0; p < texts_.size(); p++)
            if (weir_graph_process(bench_.graph(), p)->kind != WEIR_PROCESS)
                texts_[p] = random() % 4 ? random_pattern(random) : "";
    }
    const char *const *list() {
        pointers_.clear();
        for (const std::string &t : texts_)
            pointers_.push_back(t.empty() ? nullptr : t.c_str());
        return pointers_.data();
    }
    // No beat in a cycle that the pattern marks.
    void check(const weir_result *result) const {
        const weir_graph *g = bench_.graph();
        for (uint32_t c = 0; c < weir_graph_channels(g); c++) {
            const weir_trace_channel &traced = result->trace->channels[c];
            const std::string &from = texts_[weir_graph_channel(g, c)->producer];
            const std::string &to = texts_[weir_graph_channel(g, c)->consumer];
            for (uint64_t k = 0; !from.empty() && k < traced.n_writes; k++)
                ASSERT_EQ(from[traced.writes[k] % from.size()], '1') << traced.name << " " << k;
            for (uint64_t k = 0; !to.empty() && k < traced.n_reads; k++)
                ASSERT_EQ(to[traced.reads[k] % to.size()], '1') << traced.name << " " << k;
        }
    }

  private:
    const Bench &bench_;
    std::vector<std::string> texts_;
    std::vector<const char *> pointers_;
};

const std::vector<std::vector<weir_domain>> clocks = {
    {domain("clk", 5000, 0)},
    {domain("fast", 4000, 100), domain("slow", 6000, 0)},
    {domain("fast", 7519, 0), domain("slow", 4000, 300)},
};

void agree(Bench &b, Pauses &pauses) {
    b.options.pauses = pauses.list();
    b.options.freeze = true;
    Result stitched = b.run(WEIR_ENGINE_STITCHED);
    Result rtl = b.run(WEIR_ENGINE_RTL);
    expect_equal(b.graph(), rtl.get(), stitched.get());
    pauses.check(rtl.get());
    b.options.freeze = false;
    Result awake = b.run(WEIR_ENGINE_RTL);
    expect_equal(b.graph(), rtl.get(), awake.get());
}

TEST(Pauses, EnginesAgreeUnderRandomPatterns) {
    for (uint64_t seed = 1; seed <= 4; seed++) {
        for (const auto &domains : clocks) {
            SCOPED_TRACE("seed " + std::to_string(seed) + ", period of the first clock " +
                         std::to_string(domains[0].period_ps));
            Random random(seed);
            Shape shape = diamond(domains, 8);
            shape.depth = 1 + random() % 4;
            Bench b(shape, 8);
            Pauses pauses(b);
            pauses.randomise(random);
            agree(b, pauses);
            Bench line(chain({"sim_pass", "sim_slow", "sim_up", "sim_down"}, 2, domains), 8);
            Pauses others(line);
            others.randomise(random);
            agree(line, others);
        }
    }
}

TEST(Pauses, WithArrivalsAndLostFrames) {
    Random random(7);
    std::vector<uint64_t> times;
    for (uint64_t f = 0; f < 12; f++)
        times.push_back(f < 6 ? f * 100000 : f * 700000);
    for (bool drop : {false, true}) {
        Bench b(chain({"sim_pass", "sim_slow"}, 1, clocks[1]));
        b.options.arrival_ps = times.data();
        b.options.drop = drop;
        Pauses pauses(b);
        pauses.set("src", "1001011");
        pauses.set("snk", "011");
        agree(b, pauses);
    }
}

// Beat by hand: the source sends at the edges 1, 3, 5, ...; pass has it one edge later and writes two
// after that, at even edges; the sink takes at every third edge.
TEST(Pauses, TimesByHand) {
    Bench b(chain({"sim_pass"}, 1, {domain("clk", 1000, 0)}), 1);
    Pauses pauses(b);
    pauses.set("src", "01");
    pauses.set("snk", "100");
    b.options.pauses = pauses.list();
    for (weir_engine engine : {WEIR_ENGINE_RTL, WEIR_ENGINE_STITCHED}) {
        Result r = b.run(engine);
        ASSERT_TRUE(r);
        const weir_trace_channel *in = &r->trace->channels[0], *out = &r->trace->channels[1];
        for (uint64_t k = 0; k < 4; k++)
            EXPECT_EQ(in->writes[k], 1 + 2 * k) << k;
        EXPECT_EQ(out->writes[0], 4u);
        EXPECT_EQ(out->reads[0], 6u);
        EXPECT_EQ(out->reads[1], 9u);
        EXPECT_EQ(r->frames[0].first_in_ps, 1000u);
        EXPECT_EQ(r->frames[0].last_out_ps, 27000u); // 6 + 3 * 7
    }
}

// A source that pauses is idle, also where it would be blocked: of a chain that takes nothing more,
// half of the source's cycles are of one class, half of the other.
TEST(Pauses, APausedSourceIsIdle) {
    Bench b(chain({"sim_age"}, 1, {domain("clk", 1000, 0)}), 1);
    Pauses pauses(b);
    pauses.set("src", "10");
    b.options.pauses = pauses.list();
    b.options.frames = 1;
    Result asleep = b.run(WEIR_ENGINE_RTL);
    ASSERT_TRUE(asleep);
    const weir_process_stats &stats = asleep->processes[b.process("src")];
    EXPECT_GT(stats.blocked_cycles, 1000000u);
    // All 8 beats are sent once three have left (two in the FIFO): then it has nothing to send.
    EXPECT_GT(stats.idle_cycles, stats.blocked_cycles);
    uint64_t sent = asleep->trace->channels[0].writes[7];
    uint64_t odd = sent / 2; // cycles 1, 3, ... before the last beat
    EXPECT_EQ(stats.blocked_cycles, sent + 1 - odd - 8);
    EXPECT_EQ(stats.busy_cycles, 8u);
}

// Both engines blame the same channels when nothing moves, whatever pauses at that moment.
TEST(Pauses, DeadlockIsFoundWhileEndsPause) {
    // Four beats enter `down` before one leaves: a skip channel of two cannot hold them.
    Shape shape;
    shape.domains = {domain("clk", 5000, 0)};
    shape.processes = {{"src", "source", 0}, {"fork", "sim_fork", 0}, {"down", "sim_down", 0},
                       {"up", "sim_up", 0},  {"join", "sim_join", 0}, {"snk", "sink", 0}};
    shape.channels = {{"src", 0, "fork", 0}, {"fork", 0, "down", 0}, {"down", 0, "up", 0},
                      {"up", 0, "join", 0},  {"fork", 1, "join", 1}, {"join", 0, "snk", 0}};
    Bench b(shape);
    Pauses pauses(b);
    pauses.set("src", "0000001");
    pauses.set("snk", "0000000000001");
    b.options.pauses = pauses.list();
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

TEST(Pauses, BadPatternsAreRefused) {
    Bench b(chain({"sim_pass"}, 1, {domain("clk", 1000, 0)}), 1);
    Pauses pauses(b);
    pauses.set("src", "000");
    pauses.set("pass0", "1");
    pauses.set("snk", "1x1");
    b.options.pauses = pauses.list();
    EXPECT_FALSE(b.run(WEIR_ENGINE_RTL, WEIR_BAD_INPUT));
    ASSERT_EQ(weir_diag_count(b.diag()), 3u);
    EXPECT_STREQ(
        weir_diag_at(b.diag(), 0)->text,
        "source \"src\": pause pattern \"000\": needs digits 0 and 1, with at least one 1");
    EXPECT_STREQ(weir_diag_at(b.diag(), 1)->text,
                 "process \"pass0\": pause pattern \"1\", only sources and sinks pause");
    EXPECT_STREQ(weir_diag_at(b.diag(), 2)->text,
                 "sink \"snk\": pause pattern \"1x1\": needs digits 0 and 1, with at least one 1");
}

// Patterns of the processes come in place of the one for all sinks.
TEST(Pauses, TakeThePlaceOfTheSinkPattern) {
    Bench b(chain({"sim_pass"}, 1, {domain("clk", 1000, 0)}), 2);
    Pauses pauses(b);
    b.options.pauses = pauses.list();
    Result plain = b.run(WEIR_ENGINE_RTL);
    b.options.sink_pause = "1000";
    Result both = b.run(WEIR_ENGINE_RTL);
    expect_equal(b.graph(), plain.get(), both.get());
    b.options.pauses = nullptr;
    Result paused = b.run(WEIR_ENGINE_RTL);
    ASSERT_TRUE(plain && paused);
    EXPECT_GT(paused->end_ps, plain->end_ps);
}

} // namespace
