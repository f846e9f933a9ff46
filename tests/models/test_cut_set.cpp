// Cuts of sets of processes: what stays, what ends at the border, and that sets put together again
// are the whole.
#include "base/scratch.h"
extern "C" {
#include "models/cut_set.h"
}
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>

namespace {

using Graph = std::unique_ptr<weir_graph, decltype(&weir_graph_free)>;

void Add(weir_graph *graph, const std::string &name, weir_process_kind kind, uint32_t domain,
         uint32_t inputs, uint32_t outputs) {
    weir_process process = {};
    process.name = name.c_str();
    process.kind = kind;
    process.domain = domain;
    process.n_inputs = inputs;
    process.n_outputs = outputs;
    weir_graph_add_process(graph, &process);
}

void Join(weir_graph *graph, const std::string &name, uint32_t from, uint32_t out, uint32_t to,
          uint32_t in, uint32_t depth) {
    weir_channel channel = {};
    channel.name = name.c_str();
    channel.producer = from;
    channel.producer_port = out;
    channel.consumer = to;
    channel.consumer_port = in;
    channel.stream = {2, 3, 4, 2, {8, 3, true}};
    channel.depth = depth;
    channel.flops = 3;
    weir_graph_add_channel(graph, &channel);
}

// in (a) -> fork (b) -> left (b), and by a skip -> join (c) -> out (c); domain d has no process. One
// process has the name that a new end would have.
Graph Make() {
    Graph graph(weir_graph_new("net"), weir_graph_free);
    const weir_domain domains[] = {
        {"d", 7000, 0, {}}, {"a", 1000, 1, {}}, {"b", 2000, 2, {}}, {"c", 3000, 3, {}}};
    for (auto &domain : domains)
        weir_graph_add_domain(graph.get(), &domain);
    Add(graph.get(), "in", WEIR_SOURCE, 1, 0, 1);
    Add(graph.get(), "fork", WEIR_PROCESS, 2, 1, 2);
    Add(graph.get(), "skip_sink", WEIR_PROCESS, 2, 1, 1);
    Add(graph.get(), "join", WEIR_PROCESS, 3, 2, 1);
    Add(graph.get(), "out", WEIR_SINK, 3, 1, 0);
    Join(graph.get(), "first", 0, 0, 1, 0, 4);
    Join(graph.get(), "left", 1, 0, 2, 0, 3);
    Join(graph.get(), "skip", 1, 1, 3, 1, 90);
    Join(graph.get(), "right", 2, 0, 3, 0, 5);
    Join(graph.get(), "last", 3, 0, 4, 0, 6);
    scratch::Diag diag;
    EXPECT_TRUE(weir_graph_seal(graph.get(), diag));
    return graph;
}

uint32_t Find(const weir_graph *graph, const std::string &name) {
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        if (name == weir_graph_process(graph, p)->name) return p;
    ADD_FAILURE() << name;
    return 0;
}

TEST(CutSet, EndsStandForNeighbours) {
    Graph graph = Make();
    const bool inside[] = {true, true, true, false, false};
    weir_cut_set cut;
    scratch::Diag diag;
    ASSERT_TRUE(weir_cut_processes(graph.get(), inside, "front", &cut, diag));
    graph.reset();
    EXPECT_STREQ(weir_graph_name(cut.graph), "front");
    ASSERT_EQ(cut.n_processes, 5u);
    ASSERT_EQ(cut.n_channels, 4u);
    EXPECT_EQ(cut.n_channels, weir_graph_channels(cut.graph));
    EXPECT_EQ(cut.n_processes, weir_graph_processes(cut.graph));
    ASSERT_EQ(cut.n_domains, 3u);
    EXPECT_EQ(cut.n_domains, weir_graph_domains(cut.graph));
    // The name skip_sink is taken.
    uint32_t skip = Find(cut.graph, "skip_sink_"), right = Find(cut.graph, "right_sink");
    EXPECT_EQ(cut.process[skip], WEIR_NONE);
    EXPECT_EQ(weir_graph_process(cut.graph, skip)->kind, WEIR_SINK);
    EXPECT_EQ(cut.process[Find(cut.graph, "skip_sink")], 2u);
    const weir_process *end = weir_graph_process(cut.graph, right);
    EXPECT_STREQ(weir_graph_domain(cut.graph, end->domain)->name, "c") << "of the neighbour";
    EXPECT_EQ(end->steps_per_frame, 12u);
    for (uint32_t c = 0; c < cut.n_channels; c++) {
        const weir_channel *channel = weir_graph_channel(cut.graph, c);
        if (cut.channel[c] != 2) continue;
        EXPECT_EQ(channel->depth, 90u);
        EXPECT_EQ(channel->latency, WEIR_LATENCY_CDC) << "it crossed clocks";
        EXPECT_EQ(channel->flops, 3u);
        EXPECT_EQ(channel->consumer, skip);
    }
    weir_cut_set_free(&cut);
}

TEST(CutSet, ASetWithoutProcessesIsRefused) {
    Graph graph = Make();
    const bool inside[] = {true, false, false, false, true};
    weir_cut_set cut;
    scratch::Diag diag;
    EXPECT_FALSE(weir_cut_processes(graph.get(), inside, "ends", &cut, diag));
    EXPECT_EQ(diag.Lines(), scratch::Lines{"error: graph \"net\": \"ends\" has no process of it"});
    EXPECT_EQ(cut.graph, nullptr);
}

TEST(CutSet, PartsTogetherAreTheWhole) {
    const unsigned seed = 20;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 40; round++) {
        // A chain with skips that go forward, three domains.
        Graph graph(weir_graph_new("net"), weir_graph_free);
        const weir_domain domains[] = {{"a", 1000, 1, {}}, {"b", 2000, 2, {}}, {"c", 3000, 3, {}}};
        for (auto &domain : domains)
            weir_graph_add_domain(graph.get(), &domain);
        uint32_t n = 4 + random() % 8;
        std::vector<uint32_t> ins(n, 1), outs(n, 1);
        std::vector<std::pair<uint32_t, uint32_t>> skips;
        ins[0] = outs[n - 1] = 0;
        for (uint32_t s = random() % 4; s > 0; s--) {
            uint32_t from = 1 + random() % (n - 2), to = 1 + random() % (n - 2);
            if (from >= to) continue;
            skips.emplace_back(from, to);
        }
        for (auto [from, to] : skips)
            outs[from]++, ins[to]++;
        for (uint32_t p = 0; p < n; p++)
            Add(graph.get(), "p" + std::to_string(p),
                p == 0       ? WEIR_SOURCE
                : p == n - 1 ? WEIR_SINK
                             : WEIR_PROCESS,
                random() % 3, ins[p], outs[p]);
        for (uint32_t p = 0; p + 1 < n; p++)
            Join(graph.get(), "c" + std::to_string(p), p, 0, p + 1, 0, 2 + random() % 100);
        std::vector<uint32_t> in(n, 1), out(n, 1);
        for (auto [from, to] : skips)
            Join(graph.get(), "s" + std::to_string(from) + "_" + std::to_string(out[from]), from,
                 out[from]++, to, in[to]++, 2 + random() % 9);
        scratch::Diag diag;
        ASSERT_TRUE(weir_graph_seal(graph.get(), diag));
        // Two parts, each with a process.
        uint32_t border = 2 + random() % (n - 3);
        std::map<uint32_t, int> processes, channels;
        for (int which = 0; which < 2; which++) {
            bool inside[16] = {};
            for (uint32_t p = 0; p < n; p++)
                inside[p] = (p >= border) == (which == 1);
            weir_cut_set cut;
            ASSERT_TRUE(weir_cut_processes(graph.get(), inside, "part", &cut, diag));
            for (uint32_t p = 0; p < cut.n_processes; p++)
                if (cut.process[p] != WEIR_NONE) processes[cut.process[p]]++;
            for (uint32_t c = 0; c < cut.n_channels; c++) {
                channels[cut.channel[c]]++;
                const weir_channel *own = weir_graph_channel(cut.graph, c);
                const weir_channel *whole = weir_graph_channel(graph.get(), cut.channel[c]);
                EXPECT_EQ(own->depth, whole->depth);
                EXPECT_EQ(own->latency, whole->latency) << whole->name;
                EXPECT_EQ(own->storage, whole->storage);
                for (bool from : {true, false}) {
                    uint32_t mine = from ? own->producer : own->consumer;
                    uint32_t theirs = from ? whole->producer : whole->consumer;
                    const weir_process *end = weir_graph_process(cut.graph, mine);
                    EXPECT_EQ(cut.process[mine], inside[theirs] ? theirs : WEIR_NONE);
                    EXPECT_EQ(cut.domain[end->domain],
                              weir_graph_process(graph.get(), theirs)->domain);
                }
            }
            weir_cut_set_free(&cut);
        }
        for (uint32_t p = 0; p < n; p++)
            EXPECT_EQ(processes[p], 1);
        for (uint32_t c = 0; c < weir_graph_channels(graph.get()); c++) {
            const weir_channel *channel = weir_graph_channel(graph.get(), c);
            bool crosses = (channel->producer >= border) != (channel->consumer >= border);
            EXPECT_EQ(channels[c], crosses ? 2 : 1) << channel->name;
        }
    }
}

} // namespace
