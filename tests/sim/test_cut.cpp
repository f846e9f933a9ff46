// A process cut out of a design runs alone: its RTL sends the beats that the whole design expects
// of it, and what is captured from its port events is the program that the layer compiler wrote.
extern "C" {
#include "hls/compile.h"
#include "models/cut.h"
#include "sim/run.h"
#include "traces/capture.h"
#include "traces/stimulus.h"
}
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace {

struct Freed {
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
    void operator()(weir_reference *p) const { weir_reference_free(p); }
    void operator()(weir_result *p) const { weir_result_free(p); }
    void operator()(weir_graph *p) const { weir_graph_free(p); }
    void operator()(weir_schedule *p) const { weir_schedule_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Freed>;

constexpr uint64_t kFrames = 4;

// The whole design's beats, asked for by a cut's channels.
struct Mapped {
    const weir_expect *whole;
    const uint32_t *channel;
    static void Fill(void *context, uint32_t channel, uint64_t frame, uint64_t first,
                     uint64_t count, uint8_t *out) {
        const Mapped *mapped = static_cast<const Mapped *>(context);
        mapped->whole->fill(mapped->whole->context, mapped->channel[channel], frame, first, count,
                            out);
    }
};

// The sets of operations of the first `count` initiations that are no idle ones at the beginning;
// how many those were.
using Sets = std::vector<std::vector<std::pair<int, int>>>;

uint64_t Walked(const weir_schedule *schedule, uint64_t count, Sets &sets) {
    uint64_t lead = 0;
    weir_schedule_walk *walk = weir_schedule_walk_new(schedule);
    while (sets.size() < count) {
        uint64_t run;
        const weir_operation_set set = schedule->sets[weir_schedule_walk_next(walk, &run)];
        std::vector<std::pair<int, int>> operations;
        for (uint32_t o = set.first; o < set.first + set.count; o++)
            operations.emplace_back(schedule->operations[o].kind, schedule->operations[o].port);
        if (sets.empty() && operations.empty())
            lead += run;
        else
            sets.insert(sets.end(), std::min(run, count - sets.size()), operations);
    }
    weir_schedule_walk_free(walk);
    return lead;
}

class Cut : public testing::TestWithParam<const char *> {
  protected:
    Cut() : diag_(weir_diag_new()) {
        std::string pattern = (std::filesystem::temp_directory_path() / "weir_cut_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~Cut() override {
        std::filesystem::remove_all(folder_);
        weir_frames_free(&frames_);
    }

    void SetUp() override {
        std::string path = std::string(WEIR_SOURCE_DIR "/configs/") + GetParam();
        design_.reset(weir_design_load(path.c_str(), nullptr, diag_.get()));
        ASSERT_TRUE(design_) << Messages();
        compiled_.reset(weir_compile(design_.get(), folder_.c_str(), diag_.get()));
        ASSERT_TRUE(compiled_) << Messages();
        const weir_layer *input =
            weir_network_layer(design_->network, weir_network_input(design_->network));
        weir_frames_random(&frames_, kFrames,
                           (uint64_t)input->out.rows * input->out.columns * input->out.channels, 7);
        reference_.reset(weir_reference_new(compiled_.get(), frames_.values, kFrames));
    }

    Owned<weir_result> Run(const weir_graph *graph, const weir_cut &cut) {
        Mapped mapped{weir_reference_expect(reference_.get()), cut.channel};
        const weir_expect expect{&mapped, Mapped::Fill};
        weir_run_options options{};
        options.engine = WEIR_ENGINE_RTL;
        options.frames = kFrames;
        options.stimulus = options.expect = &expect;
        options.trace = true;
        options.freeze = true;
        weir_result *result = nullptr;
        EXPECT_EQ(weir_run(graph, &options, &result, diag_.get()), WEIR_OK) << Messages();
        return Owned<weir_result>(result);
    }

    // The same with one clock and room for all beats: nothing waits.
    Owned<weir_graph> Unhindered(const weir_cut &cut) {
        std::vector<weir_domain> domains(weir_graph_domains(cut.graph));
        for (auto &domain : domains)
            domain.period_ps = 1000;
        std::vector<uint32_t> depths;
        for (uint32_t c = 0; c < cut.n_channels; c++)
            depths.push_back(static_cast<uint32_t>(
                kFrames * weir_stream_beats(&weir_graph_channel(cut.graph, c)->stream) + 1));
        return Owned<weir_graph>(
            weir_graph_changed(cut.graph, domains.data(), depths.data(), nullptr, diag_.get()));
    }

    static Owned<weir_schedule> Capture(const weir_cut &cut, const weir_trace *trace,
                                        weir_diag *diag) {
        const weir_process *process = weir_graph_process(cut.graph, cut.process);
        std::vector<weir_capture_port> ports;
        for (uint32_t p = 0; p < process->n_inputs; p++) {
            const auto &at = trace->channels[weir_graph_input(cut.graph, cut.process, p)];
            ports.push_back({at.reads, at.n_reads});
        }
        for (uint32_t q = 0; q < process->n_outputs; q++) {
            const auto &at = trace->channels[weir_graph_output(cut.graph, cut.process, q)];
            ports.push_back({at.writes, at.n_writes});
        }
        return Owned<weir_schedule>(weir_capture(process->name, ports.data(), process->n_inputs,
                                                 ports.data() + process->n_inputs,
                                                 process->n_outputs, kFrames, diag));
    }

    // Edge from which the first step's beats can be read, the sources sending at edge 0.
    static uint64_t Gate(const weir_graph *graph, uint32_t process, const Sets &sets) {
        uint64_t gate = 0;
        for (auto [kind, port] : sets[0]) {
            if (kind != WEIR_READ) continue;
            const weir_channel *channel =
                weir_graph_channel(graph, weir_graph_input(graph, process, (uint32_t)port));
            uint64_t forward = channel->latency == WEIR_LATENCY_CDC      ? 1 + channel->flops
                               : channel->latency == WEIR_LATENCY_MEMORY ? 2
                                                                         : 1;
            gate = std::max(gate, forward);
        }
        return gate;
    }

    std::string Messages() const {
        std::string text;
        for (size_t i = 0; i < weir_diag_count(diag_.get()); i++)
            text += std::string(weir_diag_at(diag_.get(), i)->text) + "\n";
        return text;
    }

    std::string folder_;
    Owned<weir_diag> diag_;
    Owned<weir_design> design_;
    Owned<weir_compiled> compiled_;
    Owned<weir_reference> reference_;
    weir_frames frames_{};
};

TEST_P(Cut, EveryProcessAloneIsAsInTheDesign) {
    const weir_graph *graph = compiled_->graph;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (process->kind != WEIR_PROCESS) continue;
        SCOPED_TRACE(process->name);
        weir_cut cut;
        ASSERT_TRUE(weir_cut_process(graph, p, &cut, diag_.get())) << Messages();
        auto result = Run(cut.graph, cut);
        ASSERT_TRUE(result);
        EXPECT_EQ(result->n_frames, kFrames);
        EXPECT_EQ(result->mismatches, 0u);
        uint64_t beats = 0;
        for (uint32_t c = process->n_inputs; c < cut.n_channels; c++)
            beats += kFrames * weir_stream_beats(&weir_graph_channel(cut.graph, c)->stream);
        EXPECT_EQ(result->beats_checked, beats);

        Owned<weir_graph> unhindered = Unhindered(cut);
        ASSERT_TRUE(unhindered) << Messages();
        result = Run(unhindered.get(), cut);
        ASSERT_TRUE(result);
        auto captured = Capture(cut, result->trace, diag_.get());
        ASSERT_TRUE(captured) << Messages();
        Owned<weir_schedule> as(weir_capture_as(captured.get(), WEIR_ELASTIC, process->stages, 1));
        ASSERT_TRUE(as);
        const weir_schedule *written = process->schedule;
        ASSERT_NE(written, nullptr);
        EXPECT_EQ(written->timing, WEIR_ELASTIC);
        EXPECT_EQ(written->stages, process->stages);
        EXPECT_EQ(weir_schedule_initiations(written), process->steps_per_frame);
        EXPECT_EQ(weir_schedule_initiations(as.get()), process->steps_per_frame);
        EXPECT_EQ(as->n_preamble, 0u);
        Sets expected, found;
        uint64_t lead = Walked(written, 3 * process->steps_per_frame, expected);
        EXPECT_EQ(Walked(as.get(), 3 * process->steps_per_frame, found), 0u);
        EXPECT_TRUE(found == expected);
        EXPECT_EQ(as->start, std::max(lead, Gate(unhindered.get(), cut.process, expected)));
        weir_cut_free(&cut);
    }
}

INSTANTIATE_TEST_SUITE_P(Designs, Cut,
                         testing::Values("designs/digits.cfg", "designs/chain.cfg",
                                         "networks/skip.onnx"),
                         [](const auto &info) {
                             std::string name = std::filesystem::path(info.param).stem().string();
                             return name;
                         });

} // namespace
