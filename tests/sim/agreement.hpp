/* One design on three engines: compiles a design with a setting and asserts that co-simulation,
 * stitched RTL and replay give the same time for every frame and every port event, and no wrong beat.
 */
#ifndef WEIR_TESTS_SIM_AGREEMENT_HPP
#define WEIR_TESTS_SIM_AGREEMENT_HPP

extern "C" {
#include "hls/compile.h"
#include "models/cut.h"
#include "sim/certify.h"
#include "sim/run.h"
#include "traces/stimulus.h"
}
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

struct Freed {
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_design *p) const { weir_design_free(p); }
    void operator()(weir_compiled *p) const { weir_compiled_free(p); }
    void operator()(weir_reference *p) const { weir_reference_free(p); }
    void operator()(weir_result *p) const { weir_result_free(p); }
    void operator()(weir_graph *p) const { weir_graph_free(p); }
};
template <class T> using Owned = std::unique_ptr<T, Freed>;

struct Setting {
    std::vector<weir_domain> domains; // empty: as the design has them
    uint32_t depth = 0;               // 0: as the design has it
    uint64_t shuffle = 0;
    uint64_t arrival_period = 0;
    const char *pause = nullptr;
    const char *source_pause = nullptr;
    bool drop = false;
    uint64_t frames = 20;
    weir_design_options options{};   // crop, target, io
    uint64_t reuse = 0;              // of all layers; 0: as the design has it
    const char *precision = nullptr; // of values and weights
    bool resource = false;           // strategy of all layers of products
    bool packed = false;             // and their weights
};

class Agreement {
  public:
    explicit Agreement(const std::string &path) : path_(path), diag_(weir_diag_new()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_agree_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~Agreement() { std::filesystem::remove_all(folder_); }

    void prepare(const Setting &setting) {
        design_.reset(weir_design_load(path_.c_str(), &setting.options, diag_.get()));
        ASSERT_TRUE(design_) << messages();
        domains_ = setting.domains;
        if (!domains_.empty()) {
            ASSERT_EQ(domains_.size(), design_->n_domains);
            design_->domains = domains_.data();
        }
        if (setting.depth) {
            design_->default_depth = setting.depth;
            design_->n_fifos = 0;
        }
        change_layers(setting);
        compiled_.reset(weir_compile(design_.get(), folder_.c_str(), diag_.get()));
        ASSERT_TRUE(compiled_) << messages();
        const weir_layer *input =
            weir_network_layer(design_->network, weir_network_input(design_->network));
        uint64_t elements = (uint64_t)input->out.rows * input->out.columns * input->out.channels;
        weir_frames_random(&frames_, setting.frames, elements, 1);
        reference_.reset(weir_reference_new(compiled_.get(), frames_.values, setting.frames));
        for (uint64_t f = 0; f < setting.frames; f++)
            arrival_.push_back(f * setting.arrival_period);
    }

    Owned<weir_result> run(weir_engine engine, const Setting &setting, bool trace = true) {
        weir_run_options options{};
        options.engine = engine;
        options.frames = setting.frames;
        options.arrival_ps = arrival_.data();
        options.drop = setting.drop;
        options.sink_pause = setting.pause;
        std::vector<const char *> pauses(weir_graph_processes(graph()), nullptr);
        for (uint32_t p = 0; p < pauses.size(); p++)
            if (weir_graph_process(graph(), p)->kind == WEIR_SOURCE)
                pauses[p] = setting.source_pause;
            else if (weir_graph_process(graph(), p)->kind == WEIR_SINK)
                pauses[p] = setting.pause;
        if (setting.source_pause != nullptr) options.pauses = pauses.data();
        options.stimulus = options.expect = weir_reference_expect(reference_.get());
        options.trace = trace;
        options.freeze = true;
        options.shuffle_seed = setting.shuffle;
        options.stitched_top = compiled_->top;
        options.stitched_sources = compiled_->top_sources;
        options.n_stitched_sources = compiled_->n_top_sources;
        options.rom_folder = compiled_->rom_folder;
        weir_result *result = nullptr;
        weir_status status = weir_run(graph(), &options, &result, diag_.get());
        EXPECT_EQ(status, changed_ != nullptr ? WEIR_DEADLOCK : WEIR_OK) << messages();
        return Owned<weir_result>(result);
    }

    void expect_same(const weir_result &a, const weir_result &b) {
        EXPECT_EQ(a.mismatches, 0u);
        EXPECT_EQ(b.mismatches, 0u);
        EXPECT_GT(a.beats_checked, 0u);
        if (b.engine != WEIR_ENGINE_REPLAY) {
            EXPECT_GT(b.beats_checked, 0u);
        }
        EXPECT_EQ(a.end_ps, b.end_ps);
        ASSERT_EQ(a.n_frames + a.n_dropped, frames_.count);
        ASSERT_EQ(b.n_frames, a.n_frames);
        ASSERT_EQ(b.n_dropped, a.n_dropped);
        for (uint64_t f = 0; f < a.n_frames; f++) {
            EXPECT_EQ(a.frames[f].index, b.frames[f].index) << "frame " << f;
            EXPECT_EQ(a.frames[f].first_in_ps, b.frames[f].first_in_ps) << "frame " << f;
            EXPECT_EQ(a.frames[f].last_out_ps, b.frames[f].last_out_ps) << "frame " << f;
        }
        if (a.trace != nullptr && b.trace != nullptr) {
            char *difference = weir_trace_difference(a.trace, b.trace);
            EXPECT_EQ(difference, nullptr) << difference;
            free(difference);
        }
        for (uint32_t p = 0; p < weir_graph_processes(compiled_->graph); p++) {
            const char *name = weir_graph_process(compiled_->graph, p)->name;
            EXPECT_EQ(a.processes[p].initiations, b.processes[p].initiations) << name;
            EXPECT_EQ(a.processes[p].busy_cycles, b.processes[p].busy_cycles) << name;
            EXPECT_EQ(a.processes[p].starved_cycles, b.processes[p].starved_cycles) << name;
            EXPECT_EQ(a.processes[p].blocked_cycles, b.processes[p].blocked_cycles) << name;
            EXPECT_EQ(a.processes[p].idle_cycles, b.processes[p].idle_cycles) << name;
        }
        for (uint32_t c = 0; c < weir_graph_channels(compiled_->graph); c++) {
            const char *name = weir_graph_channel(compiled_->graph, c)->name;
            EXPECT_EQ(a.channels[c].max_occupancy, b.channels[c].max_occupancy) << name;
            EXPECT_EQ(a.channels[c].writes, b.channels[c].writes) << name;
            EXPECT_EQ(a.channels[c].reads, b.channels[c].reads) << name;
        }
        for (uint32_t d = 0; d < weir_graph_domains(compiled_->graph); d++)
            EXPECT_EQ(a.domain_cycles[d], b.domain_cycles[d]) << d;
    }

    void agree(const Setting &setting) {
        ASSERT_NO_FATAL_FAILURE(prepare(setting));
        auto rtl = run(WEIR_ENGINE_RTL, setting);
        auto stitched = run(WEIR_ENGINE_STITCHED, setting);
        auto replay = run(WEIR_ENGINE_REPLAY, setting);
        ASSERT_TRUE(rtl && stitched && replay);
        expect_same(*rtl, *stitched);
        expect_same(*rtl, *replay);
        replay = run(WEIR_ENGINE_REPLAY, setting, false); // without a trace, frames may be skipped
        ASSERT_TRUE(replay);
        expect_same(*rtl, *replay);
    }

    // Depths as given by `depth_of` stop the design: all engines say so in the same words.
    template <class Depth> void deadlock(const Setting &setting, Depth depth_of) {
        ASSERT_NO_FATAL_FAILURE(prepare(setting));
        std::vector<uint32_t> depths;
        for (uint32_t c = 0; c < weir_graph_channels(graph()); c++)
            depths.push_back(depth_of(weir_graph_channel(graph(), c)));
        changed_.reset(
            weir_graph_changed(compiled_->graph, nullptr, depths.data(), nullptr, diag_.get()));
        ASSERT_TRUE(changed_) << messages();
        auto rtl = run(WEIR_ENGINE_RTL, setting);
        for (bool trace : {true, false}) {
            auto replay = run(WEIR_ENGINE_REPLAY, setting, trace);
            ASSERT_TRUE(rtl && replay);
            ASSERT_TRUE(rtl->deadlock.happened);
            ASSERT_TRUE(replay->deadlock.happened);
            EXPECT_EQ(rtl->deadlock.time_ps, replay->deadlock.time_ps);
            EXPECT_STREQ(rtl->deadlock.text, replay->deadlock.text);
            EXPECT_EQ(rtl->n_frames, replay->n_frames);
            for (uint32_t c = 0; c < weir_graph_channels(graph()); c++) {
                EXPECT_EQ(rtl->channels[c].writes, replay->channels[c].writes) << c;
                EXPECT_EQ(rtl->channels[c].max_occupancy, replay->channels[c].max_occupancy) << c;
            }
            if (!trace) continue;
            char *difference = weir_trace_difference(rtl->trace, replay->trace);
            EXPECT_EQ(difference, nullptr) << difference;
            free(difference);
        }
    }

    uint32_t processes(const std::string &kind) const {
        uint32_t n = 0;
        for (uint32_t p = 0; p < weir_graph_processes(compiled_->graph); p++)
            n += kind == weir_graph_process(compiled_->graph, p)->operator_name;
        return n;
    }

    // Replay is certified for each process and for the design prepared last.
    void certify(uint32_t alone, uint32_t whole) {
        weir_certify_options options{};
        options.seed = 1;
        options.cases_alone = alone;
        options.cases_whole = whole;
        options.frames = 3;
        options.expect = weir_reference_expect(reference_.get());
        weir_certification *result = nullptr;
        EXPECT_EQ(weir_certify(compiled_->graph, &options, &result, diag_.get()), WEIR_OK)
            << messages();
        ASSERT_NE(result, nullptr);
        for (uint32_t p = 0; p < result->n_processes; p++)
            EXPECT_EQ(result->processes[p].verdict, WEIR_EXACT)
                << result->processes[p].name << ": " << result->processes[p].difference;
        EXPECT_EQ(result->whole.verdict, WEIR_EXACT) << result->whole.difference;
        EXPECT_EQ(result->whole.cases, whole);
        weir_certification_free(result);
    }

    uint64_t multipliers(const std::string &kind) const {
        uint64_t sum = 0;
        for (uint32_t p = 0; p < weir_graph_processes(compiled_->graph); p++) {
            const weir_process *process = weir_graph_process(compiled_->graph, p);
            if (kind == process->operator_name) sum += process->multipliers;
        }
        return sum;
    }

  private:
    const weir_graph *graph() const { return changed_ ? changed_.get() : compiled_->graph; }

    void change_layers(const Setting &setting) {
        const weir_layer_settings *given = design_->settings;
        settings_.assign(given, given + weir_network_layers(design_->network));
        for (weir_layer_settings &layer : settings_) {
            if (setting.reuse) layer.reuse_factor = setting.reuse;
            weir_layer_kind kind =
                weir_network_layer(design_->network, (uint32_t)(&layer - settings_.data()))->kind;
            if (setting.resource && (kind == WEIR_LAYER_CONV || kind == WEIR_LAYER_DENSE)) {
                layer.strategy = WEIR_RESOURCE;
                if (setting.packed) layer.weights = WEIR_WEIGHTS_PACKED;
            }
            if (!setting.precision) continue;
            ASSERT_TRUE(weir_fixed_parse(&layer.precision, setting.precision));
            layer.weight_precision = layer.precision;
        }
        design_->settings = settings_.data();
    }

    std::string messages() const {
        std::string text;
        for (size_t i = 0; i < weir_diag_count(diag_.get()); i++)
            text += std::string(weir_diag_at(diag_.get(), i)->text) + "\n";
        return text;
    }

    std::string path_, folder_;
    Owned<weir_diag> diag_;
    Owned<weir_design> design_;
    Owned<weir_compiled> compiled_;
    Owned<weir_reference> reference_;
    Owned<weir_graph> changed_;
    std::vector<weir_domain> domains_;
    std::vector<weir_layer_settings> settings_;
    std::vector<uint64_t> arrival_;
    weir_frames frames_{};
};

#endif
