// Designs that are written for a test: compiled, with their net, and run as RTL.
#pragma once
extern "C" {
#include "hls/compile.h"
#include "models/cut.h"
#include "sim/replay.h"
#include "sim/run.h"
#include "traces/stimulus.h"
}
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace designs {

struct Freed {
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
    void operator()(weir_reference *p) const { weir_reference_free(p); }
    void operator()(weir_result *p) const { weir_result_free(p); }
    void operator()(weir_net *p) const { weir_net_free(p); }
    void operator()(weir_replay *p) const { weir_replay_free(p); }
    void operator()(weir_graph *p) const { weir_graph_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Freed>;

inline std::string messages(const weir_diag *diag) {
    std::string text;
    for (size_t i = 0; i < weir_diag_count(diag); i++)
        text += std::string(weir_diag_at(diag, i)->text) + "\n";
    return text;
}

inline std::string network(const char *name) {
    return std::string("network = \"" WEIR_SOURCE_DIR "/configs/networks/") + name + ".onnx\";\n";
}

struct Interval {
    uint64_t ps = 0, frames = 0, from = 0; // frames 0: none
    bool operator==(const Interval &o) const {
        return frames && o.frames && ps * o.frames == o.ps * frames;
    }
    bool operator<(const Interval &o) const { return ps * o.frames < o.ps * frames; }
};

inline std::ostream &operator<<(std::ostream &out, const Interval &i) {
    return out << i.ps << " ps / " << i.frames << " frames";
}

inline Interval interval_of(const weir_net *net, const weir_replay_parameters &parameters) {
    Owned<weir_diag> diag(weir_diag_new());
    Owned<weir_replay> replay(weir_replay_new(net));
    const weir_replay_result *result;
    EXPECT_TRUE(weir_replay_run(replay.get(), &parameters, 0, &result, diag.get()))
        << messages(diag.get());
    if (!result->steady || result->deadlock) return {};
    return {result->steady_ps, result->steady_frames, result->steady_from};
}

class Design {
  public:
    explicit Design(const std::string &text) : diag(weir_diag_new()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_study_XXXXXX").string();
        folder = mkdtemp(pattern.data());
        write("design.cfg", text);
    }
    ~Design() { std::filesystem::remove_all(folder); }

    void write(const std::string &name, const std::string &text) const {
        std::ofstream(folder + "/" + name) << text;
    }

    // Compiles what the folder's design.cfg says.
    void compile() {
        design.reset(weir_design_load((folder + "/design.cfg").c_str(), nullptr, diag.get()));
        ASSERT_TRUE(design) << messages(diag.get());
        compiled.reset(weir_compile(design.get(), (folder + "/out").c_str(), diag.get()));
        ASSERT_TRUE(compiled) << messages(diag.get());
        net.reset(weir_net_of_graph(compiled->graph, diag.get()));
        ASSERT_TRUE(net) << messages(diag.get());
        domains.resize(weir_graph_domains(compiled->graph));
        channels.resize(weir_graph_channels(compiled->graph));
        weir_replay_of_graph(compiled->graph, domains.data(), channels.data());
        parameters = weir_replay_parameters{};
        parameters.domains = domains.data();
        parameters.channels = channels.data();
        parameters.frames = 200;
    }

    uint32_t channel(const std::string &name) const {
        for (uint32_t c = 0; c < weir_net_channels(net.get()); c++)
            if (name == weir_net_channel_at(net.get(), c)->name) return c;
        ADD_FAILURE() << name;
        return 0;
    }

    const char *process_name(uint32_t process) const {
        return process == WEIR_NONE ? "-" : weir_net_process_at(net.get(), process)->name;
    }

    // The interval of the RTL over the frames in which a replay is steady.
    Interval rtl(const weir_graph *graph, Interval expected, uint64_t arrival_period = 0) {
        uint64_t frames = expected.from + 2 * expected.frames + 2;
        const weir_layer *input =
            weir_network_layer(design->network, weir_network_input(design->network));
        weir_frames values;
        weir_frames_random(&values, frames,
                           (uint64_t)input->out.rows * input->out.columns * input->out.channels, 3);
        Owned<weir_reference> reference(weir_reference_new(compiled.get(), values.values, frames));
        std::vector<uint64_t> arrival(frames);
        weir_arrival_periodic(arrival.data(), frames, arrival_period);
        weir_run_options options{};
        options.engine = WEIR_ENGINE_RTL;
        options.frames = frames;
        options.arrival_ps = arrival.data();
        options.stimulus = options.expect = weir_reference_expect(reference.get());
        options.freeze = true;
        weir_result *found = nullptr;
        weir_status status = weir_run(graph, &options, &found, diag.get());
        Owned<weir_result> result(found);
        weir_frames_free(&values);
        if (status == WEIR_DEADLOCK) return {};
        EXPECT_EQ(status, WEIR_OK) << messages(diag.get());
        if (!result || result->n_frames < frames) return {};
        uint64_t last = frames - 1, before = last - expected.frames;
        return {result->frames[last].last_out_ps - result->frames[before].last_out_ps,
                expected.frames, expected.from};
    }

    // The same graph with other depths, SRL and block RAM as the depth has it.
    Owned<weir_graph> with_depths(const std::vector<uint32_t> &depths) {
        std::vector<weir_storage> storages;
        for (uint32_t c = 0; c < depths.size(); c++) {
            const weir_channel *channel = weir_graph_channel(compiled->graph, c);
            bool crosses = channel->latency == WEIR_LATENCY_CDC;
            storages.push_back(crosses                       ? channel->storage
                               : depths[c] <= WEIR_SRL_DEPTH ? WEIR_STORAGE_SRL
                                                             : WEIR_STORAGE_BRAM);
        }
        Owned<weir_graph> graph(weir_graph_changed(compiled->graph, nullptr, depths.data(),
                                                   storages.data(), diag.get()));
        EXPECT_TRUE(graph) << messages(diag.get());
        return graph;
    }

    // The interval by replay of a graph made by with_depths.
    Interval replay(const weir_graph *graph) {
        std::vector<weir_channel_timing> timings(channels.size());
        std::vector<weir_domain> clocks(domains.size());
        weir_replay_of_graph(graph, clocks.data(), timings.data());
        weir_replay_parameters changed = parameters;
        changed.domains = clocks.data();
        changed.channels = timings.data();
        return interval_of(net.get(), changed);
    }

    std::string folder;
    Owned<weir_diag> diag;
    Owned<weir_design> design;
    Owned<weir_compiled> compiled;
    Owned<weir_net> net;
    std::vector<weir_domain> domains;
    std::vector<weir_channel_timing> channels;
    weir_replay_parameters parameters{};
};

} // namespace designs
