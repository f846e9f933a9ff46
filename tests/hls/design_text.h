/* Designs given as text: compiled without RTL, for tests of what lowering makes of their settings. */
#ifndef WEIR_TESTS_HLS_DESIGN_TEXT_H
#define WEIR_TESTS_HLS_DESIGN_TEXT_H

extern "C" {
#include "hls/compile.h"
#include "hls/compiled.h"
}
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

/* The text of a design of one of the repository's networks: its line 1 names the network, layers begin
 * in line 2. */
inline std::string design_of(const std::string &network, const std::string &layers,
                             const std::string &rest = "") {
    return "network = \"" WEIR_SOURCE_DIR "/configs/networks/" + network + ".onnx\";\nlayers = (" +
           layers + ");\n" + rest;
}

class DesignText {
  public:
    explicit DesignText(const std::string &text) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weir_design_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        path = folder_ + "/design.cfg";
        std::ofstream(path) << text;
        design = weir_design_load(path.c_str(), nullptr, diag_);
        if (design != nullptr) compiled = weir_compile(design, nullptr, diag_);
    }
    ~DesignText() {
        weir_compiled_free(compiled);
        weir_design_free(design);
        weir_diag_free(diag_);
        std::filesystem::remove_all(folder_);
    }
    DesignText(const DesignText &) = delete;

    /* "2: error" a line. */
    std::string errors() const {
        std::string all;
        for (size_t i = 0; i < weir_diag_count(diag_); i++) {
            const weir_diag_item *item = weir_diag_at(diag_, i);
            all += std::to_string(item->line) + ": " + item->text + "\n";
        }
        return all;
    }

    const weir_process *process(const std::string &name) const {
        for (uint32_t p = 0; p < weir_graph_processes(compiled->graph); p++)
            if (name == weir_graph_process(compiled->graph, p)->name)
                return weir_graph_process(compiled->graph, p);
        return nullptr;
    }
    const weir_channel *channel(const std::string &name) const {
        for (uint32_t c = 0; c < weir_graph_channels(compiled->graph); c++)
            if (name == weir_graph_channel(compiled->graph, c)->name)
                return weir_graph_channel(compiled->graph, c);
        return nullptr;
    }

    /* What leaves for `frames` frames of the same made-up input. */
    std::vector<float> outputs(uint64_t frames) const {
        const weir_network *network = design->network;
        auto elements = [&](uint32_t layer) {
            weir_shape shape = weir_network_layer(network, layer)->out;
            return (uint64_t)shape.rows * shape.columns * shape.channels;
        };
        uint64_t in = elements(weir_network_input(network));
        uint64_t out = elements(weir_network_output(network));
        std::vector<float> values(frames * in), results(frames * out);
        for (size_t i = 0; i < values.size(); i++)
            values[i] = (float)std::sin(0.37 * (double)(i * i % 1009));
        weir_reference *reference = weir_reference_new(compiled, values.data(), frames);
        for (uint64_t f = 0; f < frames; f++)
            weir_reference_output(reference, f, &results[f * out]);
        weir_reference_free(reference);
        return results;
    }

    std::string path;
    weir_design *design = nullptr;
    weir_compiled *compiled = nullptr;

  private:
    std::string folder_;
    weir_diag *diag_ = weir_diag_new();
};

#endif
