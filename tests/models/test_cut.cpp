// Cut: one process with ends of its own, and copies of a graph with other parameters.
#include "base/scratch.h"
#include "models/cut.h"
#include <gtest/gtest.h>
#include <memory>

using scratch::Lines;

namespace {

using Graph = std::unique_ptr<weir_graph, decltype(&weir_graph_free)>;

const weir_schedule *const kSchedule = reinterpret_cast<const weir_schedule *>(8);

weir_process Process(const char *name, weir_process_kind kind, uint32_t domain, uint32_t inputs,
                     uint32_t outputs) {
    weir_process process = {};
    process.name = name;
    process.kind = kind;
    process.domain = domain;
    process.n_inputs = inputs;
    process.n_outputs = outputs;
    process.loc = {"net.cfg", static_cast<int>(name[0])};
    return process;
}

// in (clock a) -> fork (b) -> left (b), right (c) -> join (c) -> out (c); domain d has no process.
Graph Make() {
    Graph graph(weir_graph_new("net"), weir_graph_free);
    const weir_domain domains[] = {
        {"d", 7000, 0, {}}, {"a", 1000, 1, {}}, {"b", 2000, 2, {}}, {"c", 3000, 3, {}}};
    for (auto &domain : domains)
        weir_graph_add_domain(graph.get(), &domain);
    weir_process processes[] = {
        Process("in", WEIR_SOURCE, 1, 0, 1),    Process("fork", WEIR_PROCESS, 2, 1, 2),
        Process("left", WEIR_PROCESS, 2, 1, 1), Process("right", WEIR_PROCESS, 3, 1, 1),
        Process("join", WEIR_PROCESS, 3, 2, 1), Process("out", WEIR_SINK, 3, 1, 0)};
    const char *const source[] = {"join.sv"};
    const weir_rom rom = {"core.rom", "join.mem", 9, 4};
    processes[4].rtl = {"join_1", source, 1, &rom, 1};
    processes[4].schedule = kSchedule;
    processes[4].stages = 5;
    for (auto &process : processes)
        weir_graph_add_process(graph.get(), &process);
    const struct {
        const char *name;
        uint32_t from, out, to, in, depth;
        weir_storage storage;
    } channels[] = {
        {"a", 0, 0, 1, 0, 4, WEIR_STORAGE_AUTO},  {"l", 1, 0, 2, 0, 3, WEIR_STORAGE_AUTO},
        {"r", 1, 1, 3, 0, 5, WEIR_STORAGE_AUTO},  {"lj", 2, 0, 4, 1, 6, WEIR_STORAGE_AUTO},
        {"rj", 3, 0, 4, 0, 7, WEIR_STORAGE_BRAM}, {"b", 4, 0, 5, 0, 8, WEIR_STORAGE_AUTO}};
    for (auto &c : channels) {
        weir_channel channel = {};
        channel.name = c.name;
        channel.producer = c.from;
        channel.producer_port = c.out;
        channel.consumer = c.to;
        channel.consumer_port = c.in;
        channel.stream = {2, 3, 4, 2, {8, 3, true}};
        channel.depth = c.depth;
        channel.storage = c.storage;
        channel.flops = 3;
        weir_graph_add_channel(graph.get(), &channel);
    }
    scratch::Diag diag;
    EXPECT_TRUE(weir_graph_seal(graph.get(), diag));
    return graph;
}

TEST(Cut, AProcessHasAnEndAtEachPort) {
    Graph graph = Make();
    scratch::Diag diag;
    weir_cut cut;
    ASSERT_TRUE(weir_cut_process(graph.get(), 4, &cut, diag));
    graph.reset();
    EXPECT_EQ(diag.Lines(), Lines{});
    EXPECT_STREQ(weir_graph_name(cut.graph), "join");
    ASSERT_EQ(weir_graph_processes(cut.graph), 4u);
    const weir_process *join = weir_graph_process(cut.graph, cut.process);
    EXPECT_STREQ(join->name, "join");
    EXPECT_STREQ(join->rtl.module, "join_1");
    EXPECT_STREQ(join->rtl.sources[0], "join.sv");
    EXPECT_STREQ(join->rtl.roms[0].path, "core.rom");
    EXPECT_EQ(join->stages, 5u);
    EXPECT_EQ(join->schedule, kSchedule);
    // Port 0 reads rj, port 1 lj, which comes from another clock.
    ASSERT_EQ(cut.n_channels, 3u);
    ASSERT_EQ(weir_graph_channels(cut.graph), 3u);
    const char *const names[] = {"rj", "lj", "b"};
    const uint32_t index[] = {4, 3, 5}, depth[] = {7, 6, 8};
    const char *const ends[] = {"rj_source", "lj_source", "b_sink"};
    const char *const clocks[] = {"c", "b", "c"};
    const weir_latency_class latency[] = {WEIR_LATENCY_MEMORY, WEIR_LATENCY_CDC,
                                          WEIR_LATENCY_PLAIN};
    for (uint32_t c = 0; c < 3; c++) {
        const weir_channel *channel = weir_graph_channel(cut.graph, c);
        EXPECT_EQ(cut.channel[c], index[c]);
        EXPECT_STREQ(channel->name, names[c]);
        EXPECT_EQ(channel->depth, depth[c]);
        EXPECT_EQ(channel->latency, latency[c]);
        EXPECT_EQ(channel->flops, 3u);
        EXPECT_EQ(channel->beat_bits, 16u);
        uint32_t far = c < 2 ? channel->producer : channel->consumer;
        EXPECT_EQ(c < 2 ? channel->consumer : channel->producer, cut.process);
        EXPECT_EQ(c < 2 ? channel->consumer_port : channel->producer_port, c % 2);
        const weir_process *end = weir_graph_process(cut.graph, far);
        EXPECT_STREQ(end->name, ends[c]);
        EXPECT_EQ(end->kind, c < 2 ? WEIR_SOURCE : WEIR_SINK);
        EXPECT_STREQ(weir_graph_domain(cut.graph, end->domain)->name, clocks[c]);
    }
    ASSERT_EQ(weir_graph_domains(cut.graph), 2u);
    EXPECT_EQ(weir_graph_domain(cut.graph, join->domain)->period_ps, 3000u);
    EXPECT_EQ(weir_graph_domain(cut.graph, join->domain)->phase_ps, 3u);
    weir_cut_free(&cut);
}

// in -> deal -> copy0, copy1, copy2 -> gather -> out: every third frame each.
TEST(Cut, FramesThatAreTakenInTurn) {
    Graph graph(weir_graph_new("turns"), weir_graph_free);
    weir_domain domain = {"a", 1000, 0, {}};
    weir_graph_add_domain(graph.get(), &domain);
    const weir_process processes[] = {
        Process("in", WEIR_SOURCE, 0, 0, 1),     Process("deal", WEIR_PROCESS, 0, 1, 3),
        Process("copy0", WEIR_PROCESS, 0, 1, 1), Process("copy1", WEIR_PROCESS, 0, 1, 1),
        Process("copy2", WEIR_PROCESS, 0, 1, 1), Process("gather", WEIR_PROCESS, 0, 3, 1),
        Process("out", WEIR_SINK, 0, 1, 0)};
    for (auto process : processes) {
        process.steps_per_frame = 10;
        weir_graph_add_process(graph.get(), &process);
    }
    auto join = [&](const std::string &name, uint32_t from, uint32_t from_port, uint32_t to,
                    uint32_t to_port, uint32_t step, uint32_t first) {
        weir_channel channel = {};
        channel.name = name.c_str();
        channel.producer = from;
        channel.producer_port = from_port;
        channel.consumer = to;
        channel.consumer_port = to_port;
        channel.stream = {2, 5, 1, 1, {8, 3, true}};
        channel.depth = channel.flops = 2;
        channel.frame_step = step;
        channel.frame_first = first;
        weir_graph_add_channel(graph.get(), &channel);
    };
    join("whole", 0, 0, 1, 0, 0, 0);
    for (uint32_t c = 0; c < 3; c++) {
        join("to" + std::to_string(c), 1, c, 2 + c, 0, 3, c);
        join("from" + std::to_string(c), 2 + c, 0, 5, c, 3, c);
    }
    join("back", 5, 0, 6, 0, 1, 0);
    scratch::Diag diag;
    ASSERT_TRUE(weir_graph_seal(graph.get(), diag)) << diag.Lines()[0];
    const uint32_t turns[] = {1, 3, 3, 3, 3, 3, 1}, own[] = {1, 1, 3, 3, 3, 1, 1};
    for (uint32_t p = 0; p < 7; p++) {
        EXPECT_EQ(weir_graph_turns(graph.get(), p), turns[p]) << p;
        EXPECT_EQ(weir_graph_own_step(graph.get(), p), own[p]) << p;
    }
    weir_cut copy, deal;
    ASSERT_TRUE(weir_cut_process(graph.get(), 3, &copy, diag));
    ASSERT_TRUE(weir_cut_process(graph.get(), 1, &deal, diag));
    for (uint32_t c = 0; c < 2;
         c++) { // a frame of the copy is one of the whole, from the second on
        const weir_channel *channel = weir_graph_channel(copy.graph, c);
        EXPECT_EQ(weir_stream_beats(&channel->stream), 10u);
        EXPECT_LT(channel->frame_step, 2u);
        EXPECT_EQ(weir_cut_parts(&copy, graph.get(), c), 1u);
        EXPECT_EQ(weir_cut_frame(&copy, graph.get(), c, 0, 0), 1u);
        EXPECT_EQ(weir_cut_frame(&copy, graph.get(), c, 2, 0), 7u);
    }
    EXPECT_EQ(weir_graph_process(copy.graph, copy.process)->steps_per_frame, 10u);
    for (uint32_t c = 0; c < 4; c++) { // one of the dealer is three, of which each output has one
        const weir_channel *channel = weir_graph_channel(deal.graph, c);
        EXPECT_EQ(weir_stream_beats(&channel->stream), c == 0 ? 30u : 10u);
        EXPECT_EQ(weir_cut_parts(&deal, graph.get(), c), c == 0 ? 3u : 1u);
        EXPECT_EQ(weir_cut_frame(&deal, graph.get(), c, 2, 0), c == 0 ? 6u : 5 + c);
    }
    EXPECT_EQ(weir_cut_frame(&deal, graph.get(), 0, 2, 2), 8u);
    EXPECT_EQ(weir_graph_process(deal.graph, deal.process)->steps_per_frame, 30u);
    weir_cut_free(&copy);
    weir_cut_free(&deal);
}

TEST(Cut, EndsAndWhatIsNotThereAreRefused) {
    Graph graph = Make();
    scratch::Diag diag;
    weir_cut cut;
    EXPECT_FALSE(weir_cut_process(graph.get(), 0, &cut, diag));
    EXPECT_FALSE(weir_cut_process(graph.get(), 5, &cut, diag));
    EXPECT_FALSE(weir_cut_process(graph.get(), 6, &cut, diag));
    EXPECT_EQ(cut.graph, nullptr);
    EXPECT_EQ(diag.Lines(),
              (Lines{"net.cfg:105: error: process \"in\": it is a source, only what lies between "
                     "the ends can be cut out",
                     "net.cfg:111: error: process \"out\": it is a sink, only what lies between "
                     "the ends can be cut out",
                     "error: graph \"net\": process 6 is unknown, it has 6"}));
}

TEST(Cut, NamesOfEndsGiveWay) {
    Graph graph(weir_graph_new("net"), weir_graph_free);
    const weir_domain domain = {"main", 1000, 0, {}};
    weir_graph_add_domain(graph.get(), &domain);
    // A process called as its source would be, that also feeds itself.
    const weir_process processes[] = {Process("in", WEIR_SOURCE, 0, 0, 1),
                                      Process("a_source", WEIR_PROCESS, 0, 2, 2),
                                      Process("out", WEIR_SINK, 0, 1, 0)};
    for (auto &process : processes)
        weir_graph_add_process(graph.get(), &process);
    auto between = [](const char *name, uint32_t producer, uint32_t producer_port,
                      uint32_t consumer, uint32_t consumer_port) {
        weir_channel channel = {};
        channel.name = name;
        channel.producer = producer;
        channel.producer_port = producer_port;
        channel.consumer = consumer;
        channel.consumer_port = consumer_port;
        channel.stream = {1, 1, 1, 1, {8, 3, true}};
        channel.depth = 2;
        channel.flops = 2;
        return channel;
    };
    const weir_channel channels[] = {between("a", 0, 0, 1, 0), between("loop", 1, 0, 1, 1),
                                     between("b", 1, 1, 2, 0)};
    for (auto &channel : channels)
        weir_graph_add_channel(graph.get(), &channel);
    scratch::Diag diag;
    ASSERT_TRUE(weir_graph_seal(graph.get(), diag));
    weir_cut cut;
    ASSERT_TRUE(weir_cut_process(graph.get(), 1, &cut, diag)) << diag.Lines()[0];
    EXPECT_STREQ(weir_graph_process(cut.graph, 0)->name, "a_source_");
    EXPECT_EQ(std::vector<uint32_t>(cut.channel, cut.channel + 4),
              (std::vector<uint32_t>{0, 1, 1, 2}));
    EXPECT_STREQ(weir_graph_channel(cut.graph, 2)->name, "loop_written");
    weir_cut_free(&cut);
}

TEST(Changed, ParametersAreTheNewOnes) {
    Graph graph = Make();
    scratch::Diag diag;
    Graph same(weir_graph_changed(graph.get(), nullptr, nullptr, nullptr, diag), weir_graph_free);
    ASSERT_NE(same, nullptr);
    weir_domain domains[4] = {};
    for (uint64_t d = 0; d < 4; d++)
        domains[d].period_ps = 100 + d, domains[d].phase_ps = d;
    uint32_t depths[6] = {9, 200, 9, 9, 9, 9};
    weir_storage storages[6] = {}; // auto
    Graph changed(weir_graph_changed(graph.get(), domains, depths, storages, diag),
                  weir_graph_free);
    ASSERT_NE(changed, nullptr);
    EXPECT_EQ(diag.Lines(), Lines{});
    for (uint32_t d = 0; d < 4; d++) {
        EXPECT_STREQ(weir_graph_domain(same.get(), d)->name,
                     weir_graph_domain(graph.get(), d)->name);
        EXPECT_EQ(weir_graph_domain(same.get(), d)->period_ps,
                  weir_graph_domain(graph.get(), d)->period_ps);
        EXPECT_STREQ(weir_graph_domain(changed.get(), d)->name,
                     weir_graph_domain(graph.get(), d)->name);
        EXPECT_EQ(weir_graph_domain(changed.get(), d)->period_ps, 100 + d);
        EXPECT_EQ(weir_graph_domain(changed.get(), d)->phase_ps, d);
    }
    for (uint32_t c = 0; c < 6; c++) {
        const weir_channel *was = weir_graph_channel(graph.get(), c);
        const weir_channel *is = weir_graph_channel(same.get(), c);
        EXPECT_STREQ(is->name, was->name);
        EXPECT_EQ(is->depth, was->depth);
        EXPECT_EQ(is->storage, was->storage);
        EXPECT_EQ(is->latency, was->latency);
        EXPECT_EQ(weir_graph_channel(changed.get(), c)->depth, depths[c]);
    }
    EXPECT_EQ(weir_graph_channel(changed.get(), 1)->storage, WEIR_STORAGE_BRAM);
    EXPECT_EQ(weir_graph_channel(changed.get(), 4)->storage, WEIR_STORAGE_SRL);
    EXPECT_STREQ(weir_graph_process(changed.get(), 4)->rtl.module, "join_1");
    depths[2] = 0;
    EXPECT_EQ(weir_graph_changed(graph.get(), nullptr, depths, nullptr, diag), nullptr);
    EXPECT_EQ(diag.Lines(), Lines{"error: fifo \"r\": depth 0, minimum 1"});
}

} // namespace
