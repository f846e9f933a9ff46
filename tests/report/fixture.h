/* A small graph and a hand-made result of it: source -> conv -> dense -> sink, dense on a clock of
 * its own, four frames. dense is the slowest: 100 cycles of 2000 ps a frame. */
#ifndef WEIR_TESTS_REPORT_FIXTURE_H
#define WEIR_TESTS_REPORT_FIXTURE_H

#include "report/record.h"
#include <cstring>
#include <string>
#include <vector>

struct ToyRun {
    weir_graph *graph = weir_graph_new("toy");
    weir_result result = {};
    std::vector<weir_frame_times> frames;
    std::vector<uint64_t> domain_cycles = {800, 410};
    std::vector<weir_process_stats> processes;
    std::vector<weir_channel_stats> channels;
    weir_accuracy accuracy = {4, 4, 3, 0.0125};
    weir_record_source source = {};
    weir_diag *diag = weir_diag_new();
    std::vector<weir_record *> records;

    weir_process process(const char *name, const char *op, weir_process_kind kind, uint32_t domain,
                         uint64_t steps) {
        weir_process p = {};
        p.name = name;
        p.operator_name = op;
        p.kind = kind;
        p.domain = domain;
        p.n_inputs = kind != WEIR_SOURCE;
        p.n_outputs = kind != WEIR_SINK;
        p.timing = kind == WEIR_PROCESS ? WEIR_ELASTIC : WEIR_UNKNOWN;
        p.stages = 3;
        p.ii_cycles = 1;
        p.steps_per_frame = steps;
        p.initiations_per_frame = steps;
        p.strategy = p.precision = p.layer = "";
        return p;
    }

    void channel(const char *name, uint32_t from, uint32_t to, uint32_t beats) {
        weir_channel c = {};
        c.name = name;
        c.producer = from;
        c.consumer = to;
        c.stream = {1, 1, beats, 1, {16, 6, true}};
        c.depth = 4;
        c.flops = WEIR_CDC_FLOPS;
        weir_graph_add_channel(graph, &c);
    }

    ToyRun() {
        weir_domain fast = {"fast", 1000, 0, WEIR_NOWHERE},
                    slow = {"slow", 2000, 500, WEIR_NOWHERE};
        weir_graph_add_domain(graph, &fast);
        weir_graph_add_domain(graph, &slow);
        weir_process in = process("in", "source", WEIR_SOURCE, 0, 10);
        weir_process conv = process("conv", "matvec", WEIR_PROCESS, 0, 50);
        weir_process dense = process("dense", "matvec", WEIR_PROCESS, 1, 100);
        weir_process out = process("out", "sink", WEIR_SINK, 1, 5);
        dense.initiations_per_frame = 5;
        dense.reuse_factor = 20;
        dense.pe = 1;
        dense.simd = 4;
        dense.strategy = "resource";
        for (const weir_process *p : {&in, &conv, &dense, &out})
            weir_graph_add_process(graph, p);
        channel("in_out", 0, 1, 10);
        channel("conv_out", 1, 2, 10);
        channel("dense_out", 2, 3, 5);
        for (uint64_t f = 0; f < 4; f++)
            frames.push_back({f, f * 200000, 230000 + f * 200000});
        processes = {{40, 40, 0, 700, 60, 0},
                     {200, 200, 10, 570, 20, 500},
                     {20, 400, 8, 0, 2, 0},
                     {20, 20, 390, 0, 0, 0}};
        channels = {{40, 40, 4}, {40, 40, 4}, {20, 20, 1}};
        result.engine = WEIR_ENGINE_RTL;
        result.beats_checked = 60;
        result.end_ps = 830000;
        result.build_seconds = 1.5;
        result.run_seconds = 0.25;
        result.models_built = 1;
        result.models_cached = 1;
        source.graph = graph;
        source.checked = true;
        source.accuracy = &accuracy;
    }

    ~ToyRun() {
        for (weir_record *record : records)
            weir_record_free(record);
        weir_graph_free(graph);
        weir_diag_free(diag);
    }

    weir_record *record() {
        if (!sealed) sealed = weir_graph_seal(graph, diag);
        result.n_frames = frames.size();
        result.frames = frames.data();
        result.domain_cycles = domain_cycles.data();
        result.processes = processes.data();
        result.channels = channels.data();
        source.result = &result;
        records.push_back(weir_record_new(&source));
        return records.back();
    }

    bool sealed = false;
};

/* What a writer wrote. */
template <typename Writer> std::string text_of(Writer writer) {
    weir_text *text = weir_text_new();
    writer(text);
    std::string copy = weir_text_string(text);
    weir_text_free(text);
    return copy;
}

inline std::string json_of(const weir_record *record) {
    return text_of([&](weir_text *text) { weir_record_json(record, text); });
}

#endif
