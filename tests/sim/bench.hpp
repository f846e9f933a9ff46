// Small graphs over the processes of rtl/sim_processes.sv, a stitched top for any of them, and the
// beats that each channel should carry.
#pragma once
extern "C" {
#include "base/diag.h"
#include "models/graph.h"
#include "models/stream.h"
#include "sim/run.h"
}
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bench {

using Values = std::vector<uint16_t>;

// What a process makes of one frame.
using Transform = std::function<std::vector<Values>(const std::vector<Values> &)>;

struct Freed {
    void operator()(weir_diag *p) const { weir_diag_free(p); }
    void operator()(weir_graph *p) const { weir_graph_free(p); }
    void operator()(weir_result *p) const { weir_result_free(p); }
};
using Diag = std::unique_ptr<weir_diag, Freed>;
using Result = std::unique_ptr<weir_result, Freed>;

inline std::string messages(const weir_diag *diag) {
    std::string text;
    for (size_t i = 0; i < weir_diag_count(diag); i++)
        text += std::string(weir_diag_at(diag, i)->text) + "\n";
    return text;
}

inline uint16_t rom_word(unsigned index) {
    return static_cast<uint16_t>(index * 37 + 5);
}

inline Values mapped(const Values &in, const std::function<uint16_t(uint16_t)> &f) {
    Values out;
    for (uint16_t x : in)
        out.push_back(f(x));
    return out;
}

inline Transform transform_of(const std::string &module) {
    using In = const std::vector<Values> &;
    using Out = std::vector<Values>;
    auto each = [](std::function<uint16_t(uint16_t)> f) {
        return [f](In in) { return Out{mapped(in[0], f)}; };
    };
    if (module == "sim_pass") return each([](uint16_t x) { return x + 1; });
    if (module == "sim_slow") return each([](uint16_t x) { return 3 * x; });
    if (module == "sim_restless") return each([](uint16_t x) { return x ^ 0x5555; });
    if (module == "sim_fork")
        return [](In in) { return Out{in[0], mapped(in[0], [](uint16_t x) { return x + 7; })}; };
    if (module == "sim_join")
        return [](In in) {
            Values sum = in[0];
            for (size_t i = 0; i < sum.size(); i++)
                sum[i] += in[1][i];
            return Out{sum};
        };
    if (module == "sim_up")
        return [](In in) {
            Values out;
            for (uint16_t x : in[0])
                for (int i = 0; i < 4; i++)
                    out.push_back(x + i);
            return Out{out};
        };
    if (module == "sim_down")
        return [](In in) {
            Values out;
            for (size_t i = 0; i < in[0].size(); i += 4)
                out.push_back(in[0][i] + in[0][i + 1] + in[0][i + 2] + in[0][i + 3]);
            return Out{out};
        };
    if (module == "sim_crop")
        return [](In in) { return Out{Values(in[0].begin(), in[0].begin() + 32)}; };
    if (module == "sim_wide")
        return [](In in) {
            Values out;
            for (uint16_t x : in[0])
                for (int i = 0; i < 5; i++)
                    out.push_back(x + 100 * i);
            return Out{out};
        };
    if (module == "sim_lookup")
        return [](In in) {
            Values out;
            for (size_t i = 4; i < in[0].size(); i += 5)
                out.push_back(in[0][i] + rom_word(in[0][i] & 15));
            return Out{out};
        };
    if (module == "sim_mute" || module == "sim_age") return [](In in) { return Out{in[0]}; };
    ADD_FAILURE() << module;
    return {};
}

struct Process {
    std::string name, module; // module "source" or "sink": the outside
    uint32_t domain;
};

struct Channel {
    std::string from;
    uint32_t from_port;
    std::string to;
    uint32_t to_port;
    uint32_t lanes = 1;
};

struct Shape {
    std::vector<weir_domain> domains;
    std::vector<Process> processes; // each after those it reads from
    std::vector<Channel> channels;
    std::map<std::string, uint32_t> depths; // by channel "from_to"; else `depth`
    uint32_t depth = 2;
    weir_storage storage = WEIR_STORAGE_SRL;
    uint64_t frame_beats = 8; // of the source
};

inline weir_domain domain(const char *name, uint64_t period, uint64_t phase) {
    weir_domain d{};
    d.name = name;
    d.period_ps = period;
    d.phase_ps = phase;
    return d;
}

// A chain of modules, the first `first_half` of them in domain 0, the others in domain 1 (or 0).
inline Shape chain(const std::vector<std::string> &modules, size_t first_half,
                   std::vector<weir_domain> domains) {
    Shape shape;
    uint32_t last = static_cast<uint32_t>(domains.size()) - 1;
    shape.domains = std::move(domains);
    shape.processes.push_back({"src", "source", 0});
    for (size_t i = 0; i < modules.size(); i++)
        shape.processes.push_back(
            {modules[i].substr(4) + std::to_string(i), modules[i], i < first_half ? 0 : last});
    shape.processes.push_back({"snk", "sink", last});
    for (size_t i = 0; i + 1 < shape.processes.size(); i++)
        shape.channels.push_back({shape.processes[i].name, 0, shape.processes[i + 1].name, 0,
                                  shape.processes[i].module == "sim_wide" ? 5u : 1u});
    return shape;
}

// src - fork - (slow path) - join - snk, with a skip channel from fork to join.
inline Shape diamond(std::vector<weir_domain> domains, uint32_t skip_depth) {
    Shape shape;
    uint32_t last = static_cast<uint32_t>(domains.size()) - 1;
    shape.domains = std::move(domains);
    shape.processes = {{"src", "source", 0},       {"fork", "sim_fork", 0},
                       {"up", "sim_up", last},     {"down", "sim_down", last},
                       {"slow", "sim_slow", last}, {"join", "sim_join", 0},
                       {"snk", "sink", last}};
    shape.channels = {{"src", 0, "fork", 0},  {"fork", 0, "up", 0},   {"up", 0, "down", 0},
                      {"down", 0, "slow", 0}, {"slow", 0, "join", 0}, {"fork", 1, "join", 1},
                      {"join", 0, "snk", 0}};
    shape.depths["fork_join"] = skip_depth;
    return shape;
}

class Bench {
  public:
    explicit Bench(const Shape &shape, uint64_t frames = 12) : shape_(shape), frames_(frames) {
        diag_.reset(weir_diag_new());
        folder_ = std::filesystem::temp_directory_path() / "weir_sim_XXXXXX";
        std::string pattern = folder_.string();
        folder_ = mkdtemp(pattern.data());
        std::ofstream rom(folder_ / "lookup.hex");
        for (unsigned i = 0; i < 16; i++) {
            char word[8];
            snprintf(word, sizeof word, "%04x\n", rom_word(i));
            rom << word;
        }
        rom.close();
        rom_file_ = (folder_ / "lookup.hex").string();
        build_graph();
        std::ofstream(folder_ / "top.sv") << top();
        stimulus_ = {this,
                     [](void *self, uint32_t c, uint64_t f, uint64_t first, uint64_t n,
                        uint8_t *out) { static_cast<Bench *>(self)->fill(c, f, first, n, out); }};
        expect_ = {
            this, [](void *self, uint32_t c, uint64_t f, uint64_t first, uint64_t n, uint8_t *out) {
                auto *bench = static_cast<Bench *>(self);
                bench->fill(c, f, first, n, out);
                if (c == bench->wrong_channel && f == bench->wrong_frame &&
                    first <= bench->wrong_beat && bench->wrong_beat < first + n)
                    out[(bench->wrong_beat - first) *
                        weir_graph_channel(bench->graph(), c)->beat_bytes] ^= 1;
            }};
        options.frames = frames;
        options.stimulus = &stimulus_;
        options.expect = &expect_;
        options.trace = true;
        options.freeze = true;
        options.stitched_top = "sim_top";
        options.rom_folder = folder_.c_str();
        sources_text_ = {rtl("weir_pipe"),
                         rtl("weir_fifo"),
                         rtl("weir_fifo_memory"),
                         rtl("weir_fifo_cdc"),
                         own(),
                         (folder_ / "top.sv").string()};
        for (const std::string &s : sources_text_)
            sources_.push_back(s.c_str());
        options.stitched_sources = sources_.data();
        options.n_stitched_sources = static_cast<uint32_t>(sources_.size());
    }
    ~Bench() { std::filesystem::remove_all(folder_); }

    const weir_graph *graph() const { return graph_.get(); }
    weir_diag *diag() const { return diag_.get(); }

    Result run(weir_engine engine, weir_status wanted = WEIR_OK) {
        options.engine = engine;
        weir_result *result = nullptr;
        EXPECT_EQ(weir_run(graph(), &options, &result, diag()), wanted) << messages(diag());
        return Result(result);
    }

    uint32_t channel(const std::string &name) const {
        for (uint32_t c = 0; c < weir_graph_channels(graph()); c++)
            if (name == weir_graph_channel(graph(), c)->name) return c;
        ADD_FAILURE() << name;
        return 0;
    }
    uint32_t process(const std::string &name) const {
        for (uint32_t p = 0; p < weir_graph_processes(graph()); p++)
            if (name == weir_graph_process(graph(), p)->name) return p;
        ADD_FAILURE() << name;
        return 0;
    }

    weir_run_options options{};
    uint32_t wrong_channel = UINT32_MAX;
    uint64_t wrong_frame = 0, wrong_beat = 0;

    static std::string rtl(const std::string &name) {
        return std::string(WEIR_RTL_FOLDER) + "/" + name + ".sv";
    }
    static std::string own() { return std::string(WEIR_TEST_FOLDER) + "/rtl/sim_processes.sv"; }

  private:
    void build_graph() {
        graph_.reset(weir_graph_new("bench"));
        for (const weir_domain &d : shape_.domains)
            weir_graph_add_domain(graph_.get(), &d);
        process_sources_text_ = {rtl("weir_pipe"), own()};
        const char *sources[2] = {process_sources_text_[0].c_str(),
                                  process_sources_text_[1].c_str()};
        std::map<std::string, uint32_t> index;
        std::map<std::string, uint64_t> beats; // out of each process
        for (const Process &p : shape_.processes) {
            weir_process process{};
            process.name = p.name.c_str();
            process.operator_name = p.module.c_str();
            process.kind = p.module == "source" ? WEIR_SOURCE
                           : p.module == "sink" ? WEIR_SINK
                                                : WEIR_PROCESS;
            process.domain = p.domain;
            for (const Channel &c : shape_.channels) {
                if (c.to == p.name) process.n_inputs++, beats[p.name] = beats[c.from];
                if (c.from == p.name) process.n_outputs++;
            }
            if (process.kind == WEIR_SOURCE) beats[p.name] = shape_.frame_beats;
            process.initiations_per_frame = beats[p.name];
            if (p.module == "sim_up") beats[p.name] *= 4;
            if (p.module == "sim_down") beats[p.name] /= 4;
            if (p.module == "sim_crop") beats[p.name] /= 2;
            weir_rom rom{"mem", rom_file_.c_str(), 16, 16};
            if (process.kind == WEIR_PROCESS) {
                process.timing = WEIR_ELASTIC;
                process.stages = 2;
                process.ii_cycles = p.module == "sim_age" ? 1100002 : 1;
                process.rtl = {p.module.c_str(), sources, 2, &rom, p.module == "sim_lookup"};
            }
            index[p.name] = weir_graph_add_process(graph_.get(), &process);
        }
        for (const Channel &c : shape_.channels) {
            weir_channel channel{};
            std::string name = c.from + "_" + c.to;
            channel.name = name.c_str();
            channel.producer = index[c.from];
            channel.producer_port = c.from_port;
            channel.consumer = index[c.to];
            channel.consumer_port = c.to_port;
            channel.stream = {
                1, static_cast<uint32_t>(beats[c.from]), c.lanes, c.lanes, {16, 16, false}};
            channel.depth = shape_.depths.count(name) ? shape_.depths[name] : shape_.depth;
            channel.storage = shape_.storage;
            channel.flops = WEIR_CDC_FLOPS;
            channel.loc = {"bench.cfg", static_cast<int>(&c - shape_.channels.data()) + 10};
            weir_graph_add_channel(graph_.get(), &channel);
        }
        EXPECT_TRUE(weir_graph_seal(graph_.get(), diag())) << messages(diag());
    }

    std::string top() const {
        std::string ports, body, probes;
        auto add = [](std::string &to, const char *format, auto... args) {
            char text[1024];
            snprintf(text, sizeof text, format, args...);
            to += text;
        };
        const weir_graph *g = graph();
        for (uint32_t d = 0; d < weir_graph_domains(g); d++)
            add(ports, "    input logic clk_%u, input logic rst_%u,\n", d, d);
        for (uint32_t c = 0; c < weir_graph_channels(g); c++) {
            const weir_channel *ch = weir_graph_channel(g, c);
            uint32_t from = weir_graph_process(g, ch->producer)->domain;
            uint32_t to = weir_graph_process(g, ch->consumer)->domain;
            add(body, "    logic wv%u, wr%u, rv%u, rr%u; logic [%u:0] wd%u, rd%u;\n", c, c, c, c,
                ch->beat_bits - 1, c, c);
            if (ch->latency == WEIR_LATENCY_CDC)
                add(body,
                    "    weir_fifo_cdc #(.WIDTH(%u), .DEPTH(%u), .FLOPS(%u)) f%u (.in_clk(clk_%u), "
                    ".in_rst(rst_%u), .out_clk(clk_%u), .out_rst(rst_%u),",
                    ch->beat_bits, ch->depth, ch->flops, c, from, from, to, to);
            else
                add(body, "    %s #(.WIDTH(%u), .DEPTH(%u)) f%u (.clk(clk_%u), .rst(rst_%u),",
                    ch->latency == WEIR_LATENCY_MEMORY ? "weir_fifo_memory" : "weir_fifo",
                    ch->beat_bits, ch->depth, c, from, from);
            add(body,
                " .in_valid(wv%u), .in_ready(wr%u), .in_data(wd%u), .out_valid(rv%u), "
                ".out_ready(rr%u), .out_data(rd%u));\n",
                c, c, c, c, c, c);
            add(probes, "    assign probes[%u:%u] = {rr%u, rv%u, wr%u, wv%u};\n", 4 * c + 3, 4 * c,
                c, c, c, c);
        }
        uint32_t sources = 0, sinks = 0;
        for (uint32_t p = 0; p < weir_graph_processes(g); p++) {
            const weir_process *process = weir_graph_process(g, p);
            if (process->kind == WEIR_SOURCE) {
                uint32_t s = sources++, c = weir_graph_output(g, p, 0);
                add(ports,
                    "    input logic in%u_valid, output logic in%u_ready, input logic [%u:0] "
                    "in%u_data,\n",
                    s, s, weir_graph_channel(g, c)->beat_bits - 1, s);
                add(body,
                    "    assign wv%u = in%u_valid; assign in%u_ready = wr%u; assign wd%u = "
                    "in%u_data;\n",
                    c, s, s, c, c, s);
            } else if (process->kind == WEIR_SINK) {
                uint32_t s = sinks++, c = weir_graph_input(g, p, 0);
                add(ports,
                    "    output logic out%u_valid, input logic out%u_ready, output logic [%u:0] "
                    "out%u_data,\n",
                    s, s, weir_graph_channel(g, c)->beat_bits - 1, s);
                add(body,
                    "    assign out%u_valid = rv%u; assign rr%u = out%u_ready; assign out%u_data = "
                    "rd%u;\n",
                    s, c, c, s, s, c);
            } else {
                add(body, "    %s %sp%u (.clk(clk_%u), .rst(rst_%u)", process->rtl.module,
                    process->rtl.n_roms ? "#(.ROM_FILE0({ROM_DIR, \"/lookup.hex\"})) " : "", p,
                    process->domain, process->domain);
                for (uint32_t i = 0; i < process->n_inputs; i++) {
                    uint32_t c = weir_graph_input(g, p, i);
                    add(body, ", .in%u_valid(rv%u), .in%u_ready(rr%u), .in%u_data(rd%u)", i, c, i,
                        c, i, c);
                }
                for (uint32_t q = 0; q < process->n_outputs; q++) {
                    uint32_t c = weir_graph_output(g, p, q);
                    add(body, ", .out%u_valid(wv%u), .out%u_ready(wr%u), .out%u_data(wd%u)", q, c,
                        q, c, q, c);
                }
                body += ");\n";
            }
        }
        add(ports, "    output logic [%u:0] probes\n", 4 * weir_graph_channels(g) - 1);
        return "module sim_top #(parameter ROM_DIR = \".\") (\n" + ports + ");\n" + body + probes +
               "endmodule\n";
    }

    // All channels of a frame, by channel index.
    const std::vector<Values> &frame(uint64_t f) {
        auto found = computed_.find(f);
        if (found != computed_.end()) return found->second;
        const weir_graph *g = graph();
        std::vector<Values> values(weir_graph_channels(g));
        for (uint32_t p = 0; p < weir_graph_processes(g); p++) {
            const weir_process *process = weir_graph_process(g, p);
            if (process->kind == WEIR_SINK) continue;
            std::vector<Values> in, out;
            for (uint32_t i = 0; i < process->n_inputs; i++)
                in.push_back(values[weir_graph_input(g, p, i)]);
            if (process->kind == WEIR_SOURCE) {
                out.emplace_back();
                for (uint64_t i = 0; i < shape_.frame_beats; i++)
                    out[0].push_back(static_cast<uint16_t>(f * 1009 + i * 77 + 3));
            } else {
                out = transform_of(process->rtl.module)(in);
            }
            for (uint32_t q = 0; q < process->n_outputs; q++)
                values[weir_graph_output(g, p, q)] = out[q];
        }
        return computed_[f] = values;
    }

    void fill(uint32_t c, uint64_t f, uint64_t first, uint64_t count, uint8_t *out) {
        const weir_stream &stream = weir_graph_channel(graph(), c)->stream;
        const Values &values = frame(f)[c];
        std::vector<int32_t> elements;
        for (uint64_t i = first * stream.lanes; i < (first + count) * stream.lanes; i++)
            elements.push_back(values.at(i));
        weir_stream_pack(&stream, elements.data(), count, out);
    }

    Shape shape_;
    uint64_t frames_;
    Diag diag_;
    std::unique_ptr<weir_graph, Freed> graph_;
    std::filesystem::path folder_;
    std::string rom_file_;
    std::vector<std::string> sources_text_, process_sources_text_;
    std::vector<const char *> sources_;
    weir_expect stimulus_{}, expect_{};
    std::map<uint64_t, std::vector<Values>> computed_;
};

// Equal in everything that the semantics fix: times, events, statistics, occupancies.
inline void expect_equal(const weir_graph *graph, const weir_result *a, const weir_result *b) {
    ASSERT_TRUE(a && b);
    ASSERT_EQ(a->n_frames, b->n_frames);
    EXPECT_EQ(a->n_dropped, b->n_dropped);
    EXPECT_EQ(a->end_ps, b->end_ps);
    EXPECT_EQ(a->mismatches, 0u);
    EXPECT_EQ(b->mismatches, 0u);
    EXPECT_GT(a->beats_checked, 0u);
    EXPECT_GT(b->beats_checked, 0u);
    for (uint64_t f = 0; f < a->n_frames; f++) {
        EXPECT_EQ(a->frames[f].index, b->frames[f].index) << f;
        EXPECT_EQ(a->frames[f].first_in_ps, b->frames[f].first_in_ps) << f;
        EXPECT_EQ(a->frames[f].last_out_ps, b->frames[f].last_out_ps) << f;
    }
    if (a->trace && b->trace) {
        char *difference = weir_trace_difference(a->trace, b->trace);
        EXPECT_EQ(difference, nullptr) << difference;
        free(difference);
    }
    for (uint32_t d = 0; d < weir_graph_domains(graph); d++)
        EXPECT_EQ(a->domain_cycles[d], b->domain_cycles[d]) << d;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process_stats &x = a->processes[p], &y = b->processes[p];
        const weir_process *process = weir_graph_process(graph, p);
        EXPECT_EQ(x.initiations, y.initiations) << process->name;
        EXPECT_EQ(x.busy_cycles, y.busy_cycles) << process->name;
        EXPECT_EQ(x.starved_cycles, y.starved_cycles) << process->name;
        EXPECT_EQ(x.blocked_cycles, y.blocked_cycles) << process->name;
        EXPECT_EQ(x.idle_cycles, y.idle_cycles) << process->name;
        EXPECT_EQ(x.busy_cycles + x.starved_cycles + x.blocked_cycles + x.idle_cycles,
                  a->domain_cycles[process->domain])
            << process->name;
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const char *name = weir_graph_channel(graph, c)->name;
        EXPECT_EQ(a->channels[c].writes, b->channels[c].writes) << name;
        EXPECT_EQ(a->channels[c].reads, b->channels[c].reads) << name;
        EXPECT_EQ(a->channels[c].max_occupancy, b->channels[c].max_occupancy) << name;
    }
}

} // namespace bench
