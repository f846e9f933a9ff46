/* Reading models in tests: a network or the errors' words, and what to compare them with. */
#ifndef WEIR_TESTS_ONNX_LOAD_H
#define WEIR_TESTS_ONNX_LOAD_H

#include "hls/network.h"
#include "hls/onnx_model.h"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <unistd.h>

using ints = onnx_model::ints;
using floats = onnx_model::floats;
using network_ptr = std::unique_ptr<weir_network, decltype(&weir_network_free)>;
using texts = std::vector<std::string>;

/* A file of the running process's and test's own: programs with tests of one name run side by side. */
inline std::string scratch(const char *name) {
    const char *test = testing::UnitTest::GetInstance()->current_test_info()->name();
    return testing::TempDir() + "weir_" + std::to_string(getpid()) + "_" + test + "_" + name;
}

inline network_ptr load_file(const std::string &path, texts *errors) {
    weir_diag *diag = weir_diag_new();
    weir_network *network = weir_network_load_onnx(path.c_str(), diag);
    for (size_t i = 0; i < weir_diag_count(diag); i++) {
        const weir_diag_item *item = weir_diag_at(diag, i);
        EXPECT_EQ(item->level, WEIR_ERROR);
        EXPECT_EQ(item->line, 0);
        errors->push_back(item->text);
    }
    EXPECT_EQ(network == nullptr, weir_diag_has_errors(diag));
    weir_diag_free(diag);
    return {network, weir_network_free};
}

inline network_ptr load(const onnx_model &model, texts *errors) {
    std::string path = scratch("case.onnx");
    model.save(path);
    network_ptr network = load_file(path, errors);
    unlink(path.c_str());
    return network;
}

/* One line a layer: name, kind, output shape. */
inline texts describe(const weir_network *network) {
    texts lines;
    for (uint32_t l = 0; l < weir_network_layers(network); l++) {
        const weir_layer *layer = weir_network_layer(network, l);
        std::ostringstream line;
        line << layer->name << " " << weir_layer_kind_name(layer->kind) << " " << layer->out.rows
             << "x" << layer->out.columns << "x" << layer->out.channels;
        lines.push_back(line.str());
    }
    return lines;
}

inline texts describe(const onnx_model &model) {
    texts errors;
    network_ptr network = load(model, &errors);
    EXPECT_EQ(errors, texts());
    return network ? describe(network.get()) : texts();
}

inline onnx_model start(ints shape) {
    onnx_model m;
    m.input("x", shape);
    m.output("y");
    return m;
}

struct refusal {
    const char *what;
    std::function<onnx_model()> make;
    texts expected;
};

inline void expect_refusals(const std::vector<refusal> &list) {
    for (const refusal &test : list) {
        texts errors;
        EXPECT_EQ(load(test.make(), &errors), nullptr) << test.what;
        EXPECT_EQ(errors, test.expected) << test.what;
    }
}

inline void nothing(onnx_model &) {}

#endif
