// Graph: what is added is copied, a sound graph is resolved, and every problem is one diagnostic.
#include "base/scratch.h"
#include "models/graph.h"
#include <cstring>
#include <functional>
#include <gtest/gtest.h>

using scratch::Lines;

namespace {

// source "in" -> process "conv" -> process "dense" -> sink "out", each line of the "net.cfg" that
// its index says: domains from 1, processes from 11, channels from 21.
struct Net {
    std::vector<weir_domain> domains = {{"main", 5000, 0, {"net.cfg", 1}}};
    std::vector<weir_process> processes;
    std::vector<weir_channel> channels;

    Net() {
        Process("in", WEIR_SOURCE, 0, 1);
        Process("conv", WEIR_PROCESS, 1, 1);
        Process("dense", WEIR_PROCESS, 1, 1);
        Process("out", WEIR_SINK, 1, 0);
        Channel("in_out", 0, 0, 1, 0);
        Channel("conv_out", 1, 0, 2, 0);
        Channel("dense_out", 2, 0, 3, 0);
    }
    void Process(const char *name, weir_process_kind kind, uint32_t inputs, uint32_t outputs) {
        weir_process process = {};
        process.name = name;
        process.kind = kind;
        process.n_inputs = inputs;
        process.n_outputs = outputs;
        process.loc = {"net.cfg", 11 + static_cast<int>(processes.size())};
        processes.push_back(process);
    }
    void Channel(const char *name, uint32_t from, uint32_t from_port, uint32_t to,
                 uint32_t to_port) {
        weir_channel channel = {};
        channel.name = name;
        channel.producer = from;
        channel.producer_port = from_port;
        channel.consumer = to;
        channel.consumer_port = to_port;
        channel.stream = {4, 4, 6, 3, {16, 6, true}};
        channel.depth = 2;
        channel.flops = WEIR_CDC_FLOPS;
        channel.loc = {"net.cfg", 21 + static_cast<int>(channels.size())};
        channels.push_back(channel);
    }
    weir_graph *Build() const {
        weir_graph *graph = weir_graph_new("net");
        for (const auto &domain : domains)
            weir_graph_add_domain(graph, &domain);
        for (const auto &process : processes)
            weir_graph_add_process(graph, &process);
        for (const auto &channel : channels)
            weir_graph_add_channel(graph, &channel);
        return graph;
    }
};

// What sealing says of the net after `change`.
Lines Seal(const std::function<void(Net &)> &change) {
    Net net;
    change(net);
    weir_graph *graph = net.Build();
    scratch::Diag diag;
    bool good = weir_graph_seal(graph, diag);
    EXPECT_EQ(good, !weir_diag_has_errors(diag));
    weir_graph_free(graph);
    return diag.Lines();
}

TEST(Graph, CopiesEverything) {
    weir_graph *graph;
    {
        char name[] = "conv", module[] = "conv_top", source[] = "a.sv", path[] = "rom.mem",
             image[] = "w.mem", file[] = "net.cfg", folder[] = "roms/conv";
        const char *sources[] = {source};
        weir_rom rom = {path, image, 16, 9};
        Net net;
        net.processes[1].name = name;
        net.processes[1].loc.file = file;
        net.processes[1].rtl = {module, sources, 1, &rom, 1};
        net.processes[1].rom_folder = folder;
        graph = net.Build();
        for (char *text : {name, module, source, path, image, file, folder})
            std::memset(text, '?', std::strlen(text));
        sources[0] = nullptr;
        rom = {};
    }
    scratch::Diag diag;
    ASSERT_TRUE(weir_graph_seal(graph, diag));
    const weir_process *process = weir_graph_process(graph, 1);
    EXPECT_STREQ(process->name, "conv");
    EXPECT_STREQ(process->loc.file, "net.cfg");
    EXPECT_STREQ(process->strategy, "");
    EXPECT_STREQ(process->rtl.module, "conv_top");
    EXPECT_STREQ(process->rtl.sources[0], "a.sv");
    EXPECT_STREQ(process->rom_folder, "roms/conv");
    EXPECT_STREQ(process->rtl.roms[0].path, "rom.mem");
    EXPECT_STREQ(process->rtl.roms[0].file, "w.mem");
    EXPECT_EQ(process->rtl.roms[0].words, 9u);
    EXPECT_EQ(weir_graph_process(graph, 2)->rtl.module, nullptr);
    EXPECT_STREQ(weir_graph_name(graph), "net");
    EXPECT_EQ(weir_graph_domains(graph), 1u);
    EXPECT_EQ(weir_graph_processes(graph), 4u);
    EXPECT_EQ(weir_graph_channels(graph), 3u);
    EXPECT_EQ(weir_graph_input(graph, 2, 0), 1u);
    EXPECT_EQ(weir_graph_output(graph, 2, 0), 2u);
    EXPECT_EQ(weir_graph_input(graph, 0, 0), WEIR_NONE);
    EXPECT_EQ(weir_graph_output(graph, 9, 0), WEIR_NONE);
    EXPECT_EQ(weir_graph_channel(graph, 1)->beat_bits, 48u);
    EXPECT_EQ(weir_graph_channel(graph, 1)->beat_bytes, 8u);
    weir_graph_free(graph);
}

TEST(Graph, ResolvesStorageAndLatency) {
    struct Case {
        weir_storage asked;
        uint32_t depth;
        bool crosses;
        weir_storage storage;
        weir_latency_class latency;
    };
    const Case cases[] = {
        {WEIR_STORAGE_AUTO, 1, false, WEIR_STORAGE_SRL, WEIR_LATENCY_PLAIN},
        {WEIR_STORAGE_AUTO, 64, false, WEIR_STORAGE_SRL, WEIR_LATENCY_PLAIN},
        {WEIR_STORAGE_AUTO, 65, false, WEIR_STORAGE_BRAM, WEIR_LATENCY_MEMORY},
        {WEIR_STORAGE_SRL, 500, false, WEIR_STORAGE_SRL, WEIR_LATENCY_PLAIN},
        {WEIR_STORAGE_LUTRAM, 2, false, WEIR_STORAGE_LUTRAM, WEIR_LATENCY_MEMORY},
        {WEIR_STORAGE_URAM, 9, false, WEIR_STORAGE_URAM, WEIR_LATENCY_MEMORY},
        {WEIR_STORAGE_AUTO, 1, true, WEIR_STORAGE_LUTRAM, WEIR_LATENCY_CDC},
        {WEIR_STORAGE_LUTRAM, 900, true, WEIR_STORAGE_LUTRAM, WEIR_LATENCY_CDC},
    };
    for (const Case &c : cases) {
        Net net;
        net.channels[1].storage = c.asked;
        net.channels[1].depth = c.depth;
        net.domains.push_back({"fast", 4000, 0, {"net.cfg", 2}});
        if (c.crosses) net.processes[2].domain = net.processes[3].domain = 1;
        weir_graph *graph = net.Build();
        scratch::Diag diag;
        EXPECT_TRUE(weir_graph_seal(graph, diag));
        EXPECT_EQ(diag.Lines(), Lines{});
        EXPECT_EQ(weir_graph_channel(graph, 1)->storage, c.storage) << c.depth;
        EXPECT_EQ(weir_graph_channel(graph, 1)->latency, c.latency) << c.depth;
        weir_graph_free(graph);
    }
}

TEST(Graph, ChecksDomains) {
    EXPECT_EQ(Seal([](Net &net) { net.domains[0].period_ps = 0; }),
              (Lines{"net.cfg:1: error: domain \"main\": period_ps 0, minimum 1"}));
    EXPECT_EQ(
        Seal([](Net &net) { net.domains[0].period_ps = net.domains[0].phase_ps = 1000000000000; }),
        Lines{});
    EXPECT_EQ(
        Seal([](Net &net) { net.domains[0].period_ps = net.domains[0].phase_ps = 1000000000001; }),
        (Lines{"net.cfg:1: error: domain \"main\": period_ps 1000000000001, maximum "
               "1000000000000",
               "net.cfg:1: error: domain \"main\": phase_ps 1000000000001, maximum "
               "1000000000000"}));
    EXPECT_EQ(Seal([](Net &net) {
                  net.domains.push_back({"main", 9, 0, {"net.cfg", 2}});
              }),
              (Lines{"net.cfg:2: error: domain \"main\": the name is taken by another domain, must "
                     "be unique"}));
    EXPECT_EQ(Seal([](Net &net) { net.processes[1].domain = 1; }),
              (Lines{"net.cfg:12: error: process \"conv\": domain 1 is unknown, the graph has 1"}));
}

TEST(Graph, ChecksProcesses) {
    EXPECT_EQ(Seal([](Net &net) { net.processes[2].name = "conv"; }),
              (Lines{"net.cfg:13: error: process \"conv\": the name is taken by another process, "
                     "must be unique"}));
    EXPECT_EQ(Seal([](Net &net) { net.Process("idle", WEIR_PROCESS, 0, 0); }),
              (Lines{"net.cfg:15: error: process \"idle\": no source reaches it, every process "
                     "needs a path from a source"}));
    EXPECT_EQ(Seal([](Net &net) {
                  net.Process("ring", WEIR_PROCESS, 1, 1);
                  net.Channel("ring_out", 4, 0, 4, 0);
              }),
              (Lines{"net.cfg:15: error: process \"ring\": no source reaches it, every process "
                     "needs a path from a source"}));
    EXPECT_EQ(Seal([](Net &net) {
                  net.processes[3].n_outputs = 1;
                  net.Process("end", WEIR_SINK, 1, 0);
                  net.Channel("on", 3, 0, 4, 0);
              }),
              (Lines{"net.cfg:14: error: sink \"out\": 1 inputs and 1 outputs, must have one input "
                     "and no output"}));
    EXPECT_EQ(Seal([](Net &net) {
                  net.processes[0].kind = WEIR_PROCESS;
                  net.processes[0].n_inputs = 1;
                  net.Channel("round", 0, 1, 0, 0);
                  net.processes[0].n_outputs = 2;
              }),
              (Lines{"error: graph \"net\": 0 sources, minimum 1"}));
    // What has no inputs needs nobody to begin, and reaches others as a source does.
    EXPECT_EQ(Seal([](Net &net) { net.processes[0].kind = WEIR_PROCESS; }), Lines{});
}

TEST(Graph, ChecksPorts) {
    EXPECT_EQ(Seal([](Net &net) { net.processes[2].n_inputs = 2; }),
              (Lines{"net.cfg:13: error: process \"dense\": input 1 has no fifo, needs one"}));
    EXPECT_EQ(Seal([](Net &net) { net.processes[1].n_outputs = 2; }),
              (Lines{"net.cfg:12: error: process \"conv\": output 1 has no fifo, needs one"}));
    EXPECT_EQ(Seal([](Net &net) { net.processes[1].n_inputs = 1025; }).front(),
              "net.cfg:12: error: process \"conv\": 1025 inputs and 1 outputs, maximum 1024 each");
    // Two readers of one stream, then two writers into one input.
    EXPECT_EQ(Seal([](Net &net) {
                  net.processes[3].n_inputs = 1;
                  net.Process("tap", WEIR_SINK, 1, 0);
                  net.Channel("tap_in", 1, 0, 4, 0);
              }),
              (Lines{"net.cfg:24: error: fifo \"tap_in\": output 0 of process \"conv\" already "
                     "writes fifo \"conv_out\", allowed: one"}));
    EXPECT_EQ(Seal([](Net &net) {
                  net.Process("in2", WEIR_SOURCE, 0, 1);
                  net.Channel("in2_out", 4, 0, 2, 0);
              }),
              (Lines{"net.cfg:24: error: fifo \"in2_out\": input 0 of process \"dense\" already "
                     "reads fifo \"conv_out\", allowed: one"}));
    EXPECT_EQ(Seal([](Net &net) { net.Channel("loose", 7, 0, 1, 3); }),
              (Lines{"net.cfg:24: error: fifo \"loose\": producer process 7 is unknown, the graph "
                     "has 4",
                     "net.cfg:24: error: fifo \"loose\": consumer \"conv\" has no input 3, it has "
                     "1"}));
}

TEST(Graph, ChecksChannels) {
    auto with = [](const std::function<void(weir_channel &)> &change) {
        return Seal([&](Net &net) { change(net.channels[1]); });
    };
    EXPECT_EQ(with([](weir_channel &c) { c.depth = 0; }),
              (Lines{"net.cfg:22: error: fifo \"conv_out\": depth 0, minimum 1"}));
    EXPECT_EQ(with([](weir_channel &c) { c.depth = 1; }), Lines{});
    EXPECT_EQ(with([](weir_channel &c) { c.depth = 1, c.storage = WEIR_STORAGE_BRAM; }),
              (Lines{"net.cfg:22: error: fifo \"conv_out\": depth 1, minimum 2 (memory with an "
                     "output register)"}));
    EXPECT_EQ(with([](weir_channel &c) { c.storage = WEIR_STORAGE_BRAM; }), Lines{});
    EXPECT_EQ(with([](weir_channel &c) { c.name = "in_out"; }),
              (Lines{"net.cfg:22: error: fifo \"in_out\": the name is taken by another fifo, must "
                     "be unique"}));
    EXPECT_EQ(with([](weir_channel &c) { c.stream.lanes = 4; }),
              (Lines{"net.cfg:22: error: fifo \"conv_out\": 4 lanes, must divide the stream's 6 "
                     "channels"}));
    EXPECT_EQ(with([](weir_channel &c) { c.stream.lanes = 0; }),
              (Lines{"net.cfg:22: error: fifo \"conv_out\": lanes 0, minimum 1"}));
    EXPECT_EQ(with([](weir_channel &c) { c.stream.rows = 0; }),
              (Lines{"net.cfg:22: error: fifo \"conv_out\": stream of 0 x 4 x 6 elements, minimum "
                     "1 x 1 x 1"}));
    EXPECT_EQ(with([](weir_channel &c) { c.stream.element.width = 33; }),
              (Lines{"net.cfg:22: error: fifo \"conv_out\": element width 33, allowed: 1..32"}));
    EXPECT_EQ(with([](weir_channel &c) { c.flops = 0; }), Lines{}) << "only a CDC FIFO has flops";
    EXPECT_EQ(Seal([](Net &net) {
                  net.domains.push_back({"fast", 4000, 0, {"net.cfg", 2}});
                  net.processes[2].domain = net.processes[3].domain = 1;
                  net.channels[1].flops = 0;
                  net.channels[1].storage = WEIR_STORAGE_BRAM;
              }),
              (Lines{"net.cfg:22: warning: fifo \"conv_out\": storage bram, between clocks it is "
                     "built in lutram",
                     "net.cfg:22: error: fifo \"conv_out\": flops 0, minimum 1"}));
}

TEST(Graph, RefusesADepthOfNoDevice) {
    EXPECT_EQ(Seal([](Net &net) { net.channels[0].depth = 1 << 24; }), Lines{});
    EXPECT_EQ(Seal([](Net &net) { net.channels[0].depth = (1 << 24) + 1; }),
              (Lines{"net.cfg:21: error: fifo \"in_out\": depth 16777217, maximum 16777216"}));
}

/* Frames in turn: a step for all ports of a process that have one, and none at the ends. */
TEST(Graph, RefusesTurnsThatDoNotFit) {
    auto turns = [](weir_channel &channel, uint32_t step, uint32_t first) {
        channel.frame_step = step;
        channel.frame_first = first;
    };
    EXPECT_EQ(Seal([&](Net &net) { turns(net.channels[1], 3, 2); }), Lines{});
    EXPECT_EQ(Seal([&](Net &net) { turns(net.channels[1], 3, 3); }),
              (Lines{"net.cfg:22: error: fifo \"conv_out\": frames from number 3 on in steps of 3, "
                     "must be less"}));
    EXPECT_EQ(
        Seal([&](Net &net) { turns(net.channels[0], 2, 0); }),
        (Lines{"net.cfg:21: error: fifo \"in_out\": frames in steps of 2 at a source, which has "
               "all of them"}));
    EXPECT_EQ(Seal([&](Net &net) {
                  net.Process("more", WEIR_PROCESS, 1, 1);
                  net.channels[2].consumer = 4;
                  net.Channel("more_out", 4, 0, 3, 0);
                  turns(net.channels[1], 2, 0);
                  turns(net.channels[2], 3, 0);
              }),
              (Lines{"net.cfg:23: error: fifo \"dense_out\": frames in steps of 3, other ports of "
                     "\"dense\" have steps of 2"}));
}

TEST(Graph, ReportsAllProblemsAtOnce) {
    EXPECT_EQ(Seal([](Net &net) {
                  net.domains[0].period_ps = 0;
                  net.channels[0].depth = 0;
                  net.channels[2].depth = 0;
                  net.processes[1].n_outputs = 2;
              }),
              (Lines{"net.cfg:1: error: domain \"main\": period_ps 0, minimum 1",
                     "net.cfg:21: error: fifo \"in_out\": depth 0, minimum 1",
                     "net.cfg:23: error: fifo \"dense_out\": depth 0, minimum 1",
                     "net.cfg:12: error: process \"conv\": output 1 has no fifo, needs one"}));
}

TEST(Process, NamesItsTimingClasses) {
    EXPECT_STREQ(weir_timing_class_name(WEIR_UNKNOWN), "unknown");
    EXPECT_STREQ(weir_timing_class_name(WEIR_LOCKSTEP), "lockstep");
    EXPECT_STREQ(weir_timing_class_name(WEIR_ELASTIC), "elastic");
    EXPECT_STREQ(weir_timing_class_name(WEIR_CREDIT), "credit");
    EXPECT_STREQ(weir_timing_class_name(WEIR_FRP), "frp");
}

} // namespace
