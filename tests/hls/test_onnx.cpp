/* The ONNX reader: what it makes of models, and the exact words with which it refuses them. */
#include "hls/onnx_load.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

namespace {

namespace fs = std::filesystem;

/* --- what is read --- */

TEST(onnx, names_are_unique_identifiers) {
    onnx_model m = start({1, 4});
    m.constant("w", {4, 4}, floats(16, 0.5f));
    const char *names[] = {"Dense__", "", "/block/Gemm.1/", "dense", "", "3rd", "input", "__"};
    std::string last = "x";
    for (size_t i = 0; i < 8; i++) {
        std::string next = i == 7 ? "y" : "t" + std::to_string(i);
        m.node("Gemm", names[i], {last, "w"}, next.c_str());
        last = next;
    }
    EXPECT_EQ(describe(m),
              (texts{"input input 1x1x4", "dense dense 1x1x4", "gemm1 dense 1x1x4",
                     "block_gemm_1 dense 1x1x4", "dense_2 dense 1x1x4", "gemm2 dense 1x1x4",
                     "gemm_3rd dense 1x1x4", "input_2 dense 1x1x4", "gemm3 dense 1x1x4",
                     "output output 1x1x4"}));
}

TEST(onnx, channels_first_input_and_output_are_reordered) {
    onnx_model m = start({-1, 2, 1, 3});
    m.constant("w", {2, 2, 1, 1}, {1, 0, 0, 1});
    m.node("Conv", "c", {"x", "w"}, "y");
    texts errors;
    network_ptr network = load(m, &errors);
    ASSERT_EQ(errors, texts());
    const uint32_t *in = weir_network_input_order(network.get());
    const uint32_t *out = weir_network_output_order(network.get());
    ASSERT_TRUE(in && out);
    /* ours: column by column, both channels; the file: channel by channel */
    EXPECT_EQ(std::vector<uint32_t>(in, in + 6), (std::vector<uint32_t>{0, 3, 1, 4, 2, 5}));
    EXPECT_EQ(std::vector<uint32_t>(out, out + 6), (std::vector<uint32_t>{0, 2, 4, 1, 3, 5}));
    EXPECT_EQ(weir_network_layer(network.get(), 0)->out.columns, 3u);
}

TEST(onnx, channels_last_input_and_output_stay_as_they_are) {
    onnx_model m = start({0, 4, 3, 2});
    m.constant("w", {5, 2, 1, 1}, floats(10, 1));
    m.node("Relu", "r", {"x"}, "a");
    m.node("Transpose", "t", {"a"}, "b").set("perm", {0, 3, 1, 2});
    m.node("Conv", "c", {"b", "w"}, "d");
    m.node("Transpose", "u", {"d"}, "y").set("perm", {0, 2, 3, 1});
    texts errors;
    network_ptr network = load(m, &errors);
    ASSERT_EQ(errors, texts());
    EXPECT_EQ(weir_network_input_order(network.get()), nullptr);
    EXPECT_EQ(weir_network_output_order(network.get()), nullptr);
    EXPECT_EQ(describe(network.get()),
              (texts{"input input 4x3x2", "r relu 4x3x2", "c conv 4x3x5", "output output 4x3x5"}));
}

TEST(onnx, a_flat_input_may_become_an_image) {
    onnx_model m = start({1, 24});
    m.constant_ints("shape", {1, 2, 3, -1});
    m.constant("w", {1, 2, 1, 1}, {1, 1});
    m.node("Reshape", "s", {"x", "shape"}, "a");
    m.node("Conv", "c", {"a", "w"}, "y");
    EXPECT_EQ(describe(m), (texts{"input input 3x4x2", "c conv 3x4x1", "output output 3x4x1"}));
}

/* Weights reach the layer in [row][column][input][output], whatever stores them. */
TEST(onnx, constants_in_every_form) {
    floats weights = {1, 2, 3, 4, 5, 6};
    for (int form = 0; form < 4; form++) {
        onnx_model m = start({1, 1, 3});
        auto &w = m.constant("w", {2, 1, 3}, weights);
        if (form == 1) w.raw = true;
        if (form == 2) { /* ir version 3 lists initializers as inputs too */
            m.ir = 3;
            m.inputs.push_front({"w", {2, 1, 3}});
        }
        m.node("Conv", "c", {"x", form == 3 ? "v" : "w"}, "y");
        if (form == 3) {
            m.node("Identity", "i", {"w"}, "v");
            std::swap(m.nodes[0], m.nodes[1]);
        }
        texts errors;
        network_ptr network = load(m, &errors);
        ASSERT_EQ(errors, texts()) << form;
        const weir_layer *layer = weir_network_layer(network.get(), 1);
        EXPECT_EQ(floats(layer->weights, layer->weights + 6), (floats{1, 4, 2, 5, 3, 6}));
        EXPECT_EQ(layer->bias, nullptr);
    }
}

TEST(onnx, double_and_half_weights) {
    onnx_model m = start({1, 2});
    auto &w = m.constant("w", {2, 2}, {});
    w.data_type = 10;
    w.raw = true;
    /* 1.0, -2.0, 2^-24 and 65504 as halves, in two 32-bit words' bytes */
    uint16_t halves[] = {0x3c00, 0xc000, 0x0001, 0x7bff};
    w.values.resize(2);
    memcpy(w.values.data(), halves, 8);
    double doubles[] = {0.5, -0.25};
    auto &b = m.constant("b", {2}, floats(4));
    b.data_type = 11;
    b.raw = true;
    memcpy(b.values.data(), doubles, 16);
    m.node("Gemm", "g", {"x", "w", "b"}, "y");
    texts errors;
    network_ptr network = load(m, &errors);
    ASSERT_EQ(errors, texts());
    const weir_layer *layer = weir_network_layer(network.get(), 1);
    EXPECT_EQ(floats(layer->weights, layer->weights + 4), (floats{1, -2, 1.0f / 16777216, 65504}));
    EXPECT_EQ(floats(layer->bias, layer->bias + 2), (floats{0.5f, -0.25f}));
}

TEST(onnx, nodes_that_nothing_needs_are_left_out) {
    onnx_model m = start({1, 4});
    m.node("Relu", "r", {"x"}, "y");
    m.node("Unheard", "u", {"x"}, "z");
    EXPECT_EQ(describe(m), (texts{"input input 1x1x4", "r relu 1x1x4", "output output 1x1x4"}));
}

TEST(onnx, shapes_change_for_nothing) {
    onnx_model m = start({1, 3, 4, 5});
    m.constant_ints("axes", {2});
    m.constant_ints("all", {1, -1});
    m.node("GlobalAveragePool", "p", {"x"}, "a");
    m.node("Squeeze", "q", {"a", "axes"}, "b");
    m.node("Unsqueeze", "u", {"b", "axes"}, "c");
    m.node("Flatten", "f", {"c"}, "d").set_int("axis", 0);
    m.node("Reshape", "r", {"d", "all"}, "e");
    m.node("Sigmoid", "s", {"e"}, "y");
    EXPECT_EQ(describe(m), (texts{"input input 4x5x3", "p global_average_pool 1x1x3",
                                  "s sigmoid 1x1x3", "output output 1x1x3"}));
}

/* --- what is refused --- */

onnx_model conv_model(ints shape, ints weights, std::function<void(onnx_model &)> change) {
    onnx_model m = start(shape);
    int64_t count = 1;
    for (int64_t size : weights)
        count *= size;
    m.constant("w", weights, floats((size_t)count, 0.5f));
    m.node("Conv", "conv1", {"x", "w"}, "y");
    change(m);
    return m;
}

onnx_model unary_model(ints shape, const char *op, std::function<void(onnx_model &)> change) {
    onnx_model m = start(shape);
    m.node(op, "n", {"x"}, "y");
    change(m);
    return m;
}

const char rearranged[] = "its input would have to be rearranged: a Transpose or Reshape before it "
                          "does more than to change the layout";

std::vector<refusal> graph_refusals() {
    return {
        {"operators, each once",
         [] {
             onnx_model m = start({1, 4});
             m.node("LSTM", "rnn", {"x"}, "a");
             m.node("LSTM", "rnn2", {"a"}, "b");
             m.node("Relu", "", {"b"}, "y").domain = "qonnx.custom_op.general";
             return m;
         },
         {"node \"rnn\" (LSTM): operator \"LSTM\" is not supported (2 nodes have it)",
          "node with output \"y\" (Relu): operator \"Relu\" of domain "
          "\"qonnx.custom_op.general\" is not supported"}},
        {"opset",
         [] {
             return unary_model({1, 4}, "Relu", [](onnx_model &m) { m.opset = 18; });
         },
         {"opset 18, supported are 6 to 17"}},
        {"two inputs",
         [] {
             return unary_model({1, 4}, "Relu", [](onnx_model &m) { m.input("z", {1}); });
         },
         {"graph: 2 inputs, exactly 1 is supported"}},
        {"no input and two outputs",
         [] {
             return unary_model({1, 4}, "Relu", [](onnx_model &m) {
                 m.inputs.clear();
                 m.output("z");
             });
         },
         {"graph: 0 inputs, exactly 1 is supported", "graph: 2 outputs, exactly 1 is supported"}},
        {"missing shape",
         [] {
             return unary_model({1, 4}, "Relu", [](onnx_model &m) { m.inputs[0].shape = false; });
         },
         {"input \"x\": has no shape"}},
        {"unknown dimension",
         [] {
             return unary_model({-1, 4, -2}, "Relu", nothing);
         },
         {"input \"x\": dimension 2 is unknown, only the batch may be"}},
        {"batch",
         [] {
             return unary_model({2, 4}, "Relu", nothing);
         },
         {"input \"x\": a batch of 2, only 1 is supported"}},
        {"input type",
         [] {
             return unary_model({1, 4}, "Relu", [](onnx_model &m) { m.inputs[0].type = 7; });
         },
         {"input \"x\": data type 7, only 1 (float), 10 (float16) and 11 (double) are supported"}},
        {"input size",
         [] {
             return unary_model({1, 65536, 65536}, "Relu", nothing);
         },
         {"input \"x\": more than 268435456 elements"}},
        {"a join",
         [] {
             onnx_model m = start({1, 4});
             m.node("Relu", "r", {"x"}, "a");
             m.node("Sub", "difference", {"a", "x"}, "y");
             return m;
         },
         {"node \"difference\" (Sub): joins 2 computed tensors, only Add, Mul and Concat may"}},
        {"too wide a join",
         [] {
             onnx_model m = start({1, 4});
             m.node("Relu", "r", {"x"}, "a");
             m.node("Concat", "c", {"a", "x", "a", "x", "a", "x", "a", "x", "a"}, "y")
                 .set_int("axis", 1);
             return m;
         },
         {"node \"c\" (Concat): joins 9 computed tensors, at most 8 are supported"}},
        {"constant output",
         [] {
             onnx_model m = start({1, 4});
             m.constant("w", {4}, floats(4));
             m.node("Relu", "r", {"w"}, "y");
             return m;
         },
         {"output \"y\": does not depend on the input \"x\""}},
        {"second outputs",
         [] {
             onnx_model m = start({1, 4});
             m.node("Dropout", "d", {"x"}, "a").out.push_back("mask");
             m.node("Relu", "r", {"mask"}, "y");
             return m;
         },
         {"node \"r\" (Relu): input \"mask\" is a second output, only first ones are supported"}},
        {"no nodes",
         [] {
             return start({1, 4});
         },
         {"graph: has no nodes"}},
        {"an input that nothing computes",
         [] {
             onnx_model m = start({1, 4});
             m.node("Gemm", "g", {"x", "nowhere"}, "y");
             return m;
         },
         {"node \"g\" (Gemm): input \"nowhere\" is not computed by any node before it"}},
    };
}

std::vector<refusal> weight_refusals() {
    auto dense = [](std::function<void(onnx_model &)> change) {
        onnx_model m = start({1, 2});
        m.constant("w", {2, 2}, {1, 2, 3, 4});
        m.constant("b", {2}, {1, 2});
        m.node("Gemm", "g", {"x", "w", "b"}, "y");
        change(m);
        return m;
    };
    return {
        {"NaN and infinity, all of them",
         [=] {
             return dense([](onnx_model &m) {
                 m.tensors[0].values[2] = NAN;
                 m.tensors[1].values[1] = -INFINITY;
             });
         },
         {"initializer \"w\": element 2 is NaN, weights must be finite",
          "initializer \"b\": element 1 is infinite, weights must be finite"}},
        {"external data",
         [=] { return dense([](onnx_model &m) { m.tensors[0].external = true; }); },
         {"initializer \"w\": its data is in another file, which is not supported"}},
        {"data type",
         [=] { return dense([](onnx_model &m) { m.tensors[0].data_type = 9; }); },
         {"initializer \"w\": data type 9, only 1 (float), 6 (int32), 7 (int64), 10 (float16) and "
          "11 (double) are supported"}},
        {"too little data",
         [=] { return dense([](onnx_model &m) {
                   m.tensors[0].dims = {3, 2};
               }); },
         {"initializer \"w\": 4 elements of data, its shape has 6"}},
        {"negative dimension",
         [=] { return dense([](onnx_model &m) {
                   m.tensors[0].dims = {-2, -2};
               }); },
         {"initializer \"w\": dimension 0 is -2, the elements must be 0 to 268435456"}},
        {"bias length",
         [=] {
             return dense([](onnx_model &m) {
                 m.tensors[1].dims = {1, 3};
                 m.tensors[1].values = {1, 2, 3};
             });
         },
         {"node \"g\" (Gemm): bias \"b\" of 3 elements, it must be 1 or 2"}},
        {"inputs of the matrix",
         [=] { return dense([](onnx_model &m) {
                   m.inputs[0].dims = {1, 3};
               }); },
         {"node \"g\" (Gemm): 3 inputs do not fit weights \"w\" of 2 x 2"}},
        {"rank of the matrix",
         [=] { return dense([](onnx_model &m) {
                   m.tensors[0].dims = {2, 2, 1};
               }); },
         {"node \"g\" (Gemm): weights \"w\" of 3 dimensions, they must be 2"}},
        {"transA",
         [=] { return dense([](onnx_model &m) { m.nodes[0].set_int("transA", 1); }); },
         {"node \"g\" (Gemm): transA is not supported"}},
        {"computed weights",
         [=] { return dense([](onnx_model &m) {
                   m.nodes[0].in = {"w", "x"};
               }); },
         {"node \"g\" (Gemm): input \"w\" is a constant, which is not supported here"}},
        {"division by zero",
         [] {
             onnx_model m = start({1, 2});
             m.constant("w", {2}, {1, 0});
             m.node("Div", "d", {"x", "w"}, "y");
             return m;
         },
         {"node \"d\" (Div): scales channel 1 by inf and shifts it by 0"}},
        {"division of a constant",
         [] {
             onnx_model m = start({1, 2});
             m.constant("w", {2}, {1, 2});
             m.node("Div", "d", {"w", "x"}, "y");
             return m;
         },
         {"node \"d\" (Div): division of a constant is not supported"}},
        {"a constant of two dimensions",
         [] {
             onnx_model m = start({1, 2, 2});
             m.constant("w", {2, 2}, {1, 2, 3, 4});
             m.node("Add", "a", {"x", "w"}, "y");
             return m;
         },
         {"node \"a\" (Add): constant \"w\" must be a single value or run along one dimension of "
          "its other input"}},
        {"axis of an old broadcast",
         [] {
             onnx_model m = start({1, 2});
             m.opset = 6;
             m.constant("w", {2}, {1, 2});
             m.node("Add", "a", {"x", "w"}, "y").set_int("axis", -4);
             return m;
         },
         {"node \"a\" (Add): axis -4 for a constant of 1 and a tensor of 2 dimensions"}},
        {"batch normalisation",
         [] {
             return unary_model({1, 2, 3}, "BatchNormalization", [](onnx_model &m) {
                 m.constant("w", {3}, {1, 2, 3});
                 m.nodes[0].in = {"x", "w", "w", "w", "w"};
             });
         },
         {"node \"n\" (BatchNormalization): \"w\" has 3 elements for 2 channels"}},
    };
}

std::vector<refusal> window_refusals() {
    auto pool = [](std::function<void(onnx_model &)> change) {
        return unary_model({1, 1, 5, 5}, "MaxPool", change);
    };
    return {
        {"groups",
         [] {
             return conv_model({1, 4, 5, 5}, {6, 2, 3, 3},
                               [](onnx_model &m) { m.nodes[0].set_int("group", 4); });
         },
         {"node \"conv1\" (Conv): 4 input channels in 4 groups do not fit weights \"w\" of 6 x 2 "
          "channels"}},
        {"rank",
         [] {
             return conv_model({1, 4}, {6, 4, 3}, nothing);
         },
         {"node \"conv1\" (Conv): an input of 2 dimensions, it must be 3 or 4"}},
        {"rank of the weights",
         [] {
             return conv_model({1, 4, 5}, {6, 4, 3, 3}, nothing);
         },
         {"node \"conv1\" (Conv): weights \"w\" of 4 dimensions, they must be 3"}},
        {"kernel larger than its input",
         [] {
             return conv_model({1, 1, 2}, {1, 1, 3}, nothing);
         },
         {"node \"conv1\" (Conv): a kernel of 3 over an input of 2, padding included"}},
        {"pads",
         [] {
             return conv_model({1, 1, 5}, {1, 1, 3},
                               [](onnx_model &m) { m.nodes[0].set("pads", {1}); });
         },
         {"node \"conv1\" (Conv): pads has 1 entries, it needs 2"}},
        {"negative pads",
         [] {
             return conv_model({1, 1, 5}, {1, 1, 3}, [](onnx_model &m) {
                 m.nodes[0].set("pads", {0, -1});
             });
         },
         {"node \"conv1\" (Conv): pads -1, it must be 0 to 65536"}},
        {"stride",
         [] {
             return conv_model({1, 1, 5}, {1, 1, 3},
                               [](onnx_model &m) { m.nodes[0].set("strides", {0}); });
         },
         {"node \"conv1\" (Conv): strides 0, it must be 1 to 65536"}},
        {"auto_pad",
         [] {
             return conv_model({1, 1, 5}, {1, 1, 3},
                               [](onnx_model &m) { m.nodes[0].set_text("auto_pad", "SAME"); });
         },
         {"node \"conv1\" (Conv): auto_pad \"SAME\", it may be NOTSET, SAME_UPPER, SAME_LOWER or "
          "VALID"}},
        {"kernel_shape",
         [] {
             return conv_model({1, 1, 5}, {1, 1, 3},
                               [](onnx_model &m) { m.nodes[0].set("kernel_shape", {2}); });
         },
         {"node \"conv1\" (Conv): kernel_shape differs from that of weights \"w\""}},
        {"no kernel_shape",
         [=] { return pool(nothing); },
         {"node \"n\" (MaxPool): kernel_shape 0, it must be 1 to 65536"}},
        {"padding over the window",
         [=] {
             return pool([](onnx_model &m) {
                 m.nodes[0].set("kernel_shape", {2, 2}).set("pads", {0, 2, 0, 0});
             });
         },
         {"node \"n\" (MaxPool): padding 0, 2, 0, 0 reaches over the window of 2 x 2"}},
        {"ceil_mode",
         [=] {
             return pool([](onnx_model &m) {
                 m.nodes[0].set("kernel_shape", {2, 2}).set("strides", {2, 2});
                 m.nodes[0].set_int("ceil_mode", 1);
             });
         },
         {"node \"n\" (MaxPool): ceil_mode is not supported where it adds a window"}},
    };
}

std::vector<refusal> layout_refusals() {
    return {
        {"a transpose that moves data",
         [] {
             onnx_model m = start({1, 2, 4, 4});
             m.constant("w", {2, 2, 3, 3}, floats(36));
             m.node("Conv", "c", {"x", "w"}, "a");
             m.node("Transpose", "t", {"a"}, "b").set("perm", {0, 1, 3, 2});
             m.node("MaxPool", "p", {"b"}, "y").set("kernel_shape", {1, 2});
             return m;
         },
         {std::string("node \"p\" (MaxPool): ") + rearranged}},
        {"softmax over a row",
         [] {
             onnx_model m = start({1, 2, 4, 4});
             m.constant("w", {2, 2, 3, 3}, floats(36));
             m.node("Conv", "c", {"x", "w"}, "a");
             m.node("Softmax", "s", {"a"}, "y");
             return m;
         },
         {std::string("node \"s\" (Softmax): ") + rearranged}},
        {"axis",
         [] {
             return unary_model({1, 4}, "Softmax",
                                [](onnx_model &m) { m.nodes[0].set_int("axis", 2); });
         },
         {"node \"n\" (Softmax): axis 2 of a tensor of 2 dimensions"}},
        {"perm",
         [] {
             return unary_model({1, 4}, "Transpose", [](onnx_model &m) {
                 m.nodes[0].set("perm", {0, 0});
             });
         },
         {"node \"n\" (Transpose): perm is no permutation of 2 dimensions"}},
        {"reshape",
         [] {
             onnx_model m = start({1, 4});
             m.constant_ints("s", {1, 3, -1});
             m.node("Reshape", "r", {"x", "s"}, "y");
             return m;
         },
         {"node \"r\" (Reshape): 4 elements do not fit its shape of 3"}},
        {"reshape to nothing",
         [] {
             onnx_model m = start({1, 4});
             m.constant_ints("s", {1, -4});
             m.node("Reshape", "r", {"x", "s"}, "y");
             return m;
         },
         {"node \"r\" (Reshape): dimension 1 of its shape is -4"}},
        {"reshape by floats",
         [] {
             onnx_model m = start({1, 4});
             m.constant("s", {2}, {1, 4});
             m.node("Reshape", "r", {"x", "s"}, "y");
             return m;
         },
         {"node \"r\" (Reshape): input \"s\" must be a constant of integers"}},
        {"squeeze",
         [] {
             return unary_model({1, 4}, "Squeeze", [](onnx_model &m) {
                 m.opset = 11;
                 m.nodes[0].set("axes", {-1});
             });
         },
         {"node \"n\" (Squeeze): dimension 1 is 4, it must be 1"}},
    };
}

TEST(onnx, refusals) {
    for (auto &list : {graph_refusals(), weight_refusals(), window_refusals(), layout_refusals()})
        expect_refusals(list);
}

/* --- files that are no model --- */

TEST(onnx, no_file) {
    texts errors;
    EXPECT_EQ(load_file(scratch("absent.onnx"), &errors), nullptr);
    EXPECT_EQ(errors.size(), 1u);
}

TEST(onnx, not_a_model) {
    const std::string path = scratch("broken.onnx");
    for (const char *content : {"", "name = \"mlp\";\n", "\x89PNG\r\n", "PK\x03\x04"}) {
        texts errors;
        std::ofstream(path, std::ios::binary) << content;
        EXPECT_EQ(load_file(path, &errors), nullptr);
        EXPECT_EQ(errors, texts{"not a complete ONNX model"}) << content;
    }
    unlink(path.c_str());
}

std::string a_model() {
    onnx_model m = start({1, 2, 4, 4});
    m.constant("w", {2, 2, 3, 3}, floats(36));
    m.constant("b", {2}, floats(2)).raw = true;
    m.constant_ints("s", {1, -1});
    m.constant("scale", {}, {0.25f});
    m.constant("zero", {}, {0});
    m.constant("bits", {}, {4});
    m.constant("twice", {4}, {1, 1, 2, 2});
    m.node("Quant", "q", {"w", "scale", "zero", "bits"}, "wq").in_domain("onnx.brevitas");
    m.node("Conv", "c", {"x", "wq", "b"}, "a").set("pads", {1, 1, 1, 1});
    m.node("Quant", "k", {"a", "scale", "zero", "bits"}, "e").in_domain("onnx.brevitas");
    m.node("Concat", "j", {"e", "x"}, "f").set_int("axis", 1);
    m.node("Resize", "z", {"f", "", "twice"}, "g");
    m.node("Add", "p", {"g", "g"}, "h");
    m.node("Reshape", "r", {"h", "s"}, "d");
    m.node("Softmax", "t", {"d"}, "y").set_int("axis", -1);
    return m.bytes();
}

TEST(onnx, every_truncation_is_refused) {
    const std::string path = scratch("truncated.onnx"), whole = a_model();
    for (size_t length = 0; length < whole.size(); length++) {
        texts errors;
        std::ofstream(path, std::ios::binary) << whole.substr(0, length);
        ASSERT_EQ(load_file(path, &errors), nullptr) << length;
        ASSERT_EQ(errors.size(), 1u) << length;
    }
    unlink(path.c_str());
}

/* Whatever the bytes, the reader returns, with errors or with a network. */
TEST(onnx, damaged_bytes_never_harm) {
    const unsigned seed = 11;
    const std::string path = scratch("damaged.onnx"), whole = a_model();
    std::mt19937 random(seed);
    unsigned refused = 0;
    for (int round = 0; round < 1500; round++) {
        std::string bytes = whole;
        for (int flips = 1 + (int)(random() % 4); flips > 0; flips--)
            bytes[random() % bytes.size()] = (char)random();
        std::ofstream(path, std::ios::binary) << bytes;
        texts errors;
        SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
        refused += load_file(path, &errors) == nullptr;
    }
    EXPECT_GT(refused, 0u);
    unlink(path.c_str());
}

/* --- networks in files --- */

struct known {
    const char *file;
    texts layers;
};

TEST(onnx, shared_networks) {
    const fs::path folder = fs::path(WEIR_SOURCE_DIR).parent_path() / "shared" / "networks";
    if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there";
    const known networks[] = {
        {"conv1d_small_keras.onnx",
         {"input input 1x10x4", "conv1d conv 1x10x3", "relu relu 1x10x3", "conv1d_1 conv 1x10x2",
          "relu1 relu 1x10x2", "conv1d_2 conv 1x10x1", "relu2 relu 1x10x1", "gemm1 dense 1x1x5",
          "relu3 relu 1x1x5", "gemm2 dense 1x1x5", "softmax softmax 1x1x5", "output output 1x1x5"}},
        {"conv2d_small_keras.onnx",
         {"input input 8x8x1", "conv2d conv 8x8x2", "relu relu 8x8x2", "gemm1 dense 1x1x10",
          "softmax softmax 1x1x10", "output output 1x1x10"}},
        {"conv2d_small_mp_keras.onnx",
         {"input input 25x25x1", "conv2d_1 conv 13x13x5", "selu selu 13x13x5",
          "batchnormalization_1 scale 13x13x5", "conv2d_2 conv 7x7x2", "selu1 selu 7x7x2",
          "maxpool2d_1 max_pool 3x3x2", "gemm1 dense 1x1x10", "selu2 selu 1x1x10",
          "gemm2 dense 1x1x5", "softmax softmax 1x1x5", "output output 1x1x5"}},
        {"three_layer_keras.onnx",
         {"input input 1x1x16", "class_keras_layers_core_dense dense 1x1x64", "relu relu 1x1x64",
          "class_keras_layers_core_dense_1 dense 1x1x32", "relu1 relu 1x1x32",
          "class_keras_layers_core_dense_2 dense 1x1x32", "relu2 relu 1x1x32",
          "class_keras_layers_core_dense_3 dense 1x1x5", "softmax softmax 1x1x5",
          "output output 1x1x5"}},
        {"two_layer_keras.onnx",
         {"input input 1x1x10", "class_keras_layers_core_dense dense 1x1x32", "relu relu 1x1x32",
          "class_keras_layers_core_dense_1 dense 1x1x1", "sigmoid sigmoid 1x1x1",
          "output output 1x1x1"}},
    };
    for (const known &expected : networks) {
        texts errors;
        network_ptr network = load_file(folder / expected.file, &errors);
        ASSERT_EQ(errors, texts()) << expected.file;
        EXPECT_EQ(describe(network.get()), expected.layers);
        /* The exporter wraps a channels-last network: no order differs. */
        EXPECT_EQ(weir_network_input_order(network.get()), nullptr);
        EXPECT_EQ(weir_network_output_order(network.get()), nullptr);
    }
}

/* Quantised networks with skip connections, in QONNX. */
TEST(onnx, shared_segmentation_networks) {
    const fs::path folder = fs::path(WEIR_SOURCE_DIR).parent_path() / "shared" / "networks";
    if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there";
    struct expectation {
        const char *file;
        uint32_t layers, convs, quants, joins;
    };
    const expectation files[] = {{"tiny_unet_ch_last.onnx", 118, 40, 45, 4},
                                 {"branched_model_ch_last.onnx", 40, 14, 15, 1}};
    for (const expectation &expected : files) {
        texts errors;
        network_ptr network = load_file(folder / expected.file, &errors);
        ASSERT_EQ(errors, texts()) << expected.file;
        uint32_t convs = 0, quants = 0, joins = 0;
        for (uint32_t l = 0; l < weir_network_layers(network.get()); l++) {
            const weir_layer *layer = weir_network_layer(network.get(), l);
            convs += layer->kind == WEIR_LAYER_CONV;
            quants += layer->kind == WEIR_LAYER_QUANT;
            joins += layer->kind == WEIR_LAYER_CONCAT;
            if (layer->kind != WEIR_LAYER_CONV) continue;
            ASSERT_NE(layer->weight_quant, nullptr) << layer->name;
            EXPECT_EQ(layer->weight_quant->bits, 4);
            EXPECT_EQ(layer->bias != nullptr, layer->bias_quant != nullptr) << layer->name;
        }
        EXPECT_EQ(weir_network_layers(network.get()), expected.layers) << expected.file;
        EXPECT_EQ(convs, expected.convs) << expected.file;
        EXPECT_EQ(quants, expected.quants) << expected.file;
        EXPECT_EQ(joins, expected.joins) << expected.file;
        EXPECT_EQ(weir_network_input_order(network.get()), nullptr);
        EXPECT_EQ(weir_network_output_order(network.get()), nullptr);
        texts lines = describe(network.get());
        EXPECT_EQ(lines.front(), "input input 256x256x3");
        EXPECT_EQ(lines.back(), "output output 256x256x2");
    }
}

std::string content(const fs::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(onnx, own_networks) {
    const fs::path folder = fs::path(WEIR_SOURCE_DIR) / "configs" / "networks";
    texts errors;
    network_ptr digits = load_file(folder / "digits.onnx", &errors);
    network_ptr chain = load_file(folder / "chain.onnx", &errors);
    ASSERT_EQ(errors, texts());
    EXPECT_STREQ(weir_network_name(digits.get()), "digits");
    EXPECT_EQ(describe(digits.get()),
              (texts{"input input 12x12x1", "conv1 conv 12x12x4", "relu1 relu 12x12x4",
                     "pool1 max_pool 6x6x4", "conv2 conv 4x4x8", "relu2 relu 4x4x8",
                     "pool2 average_pool 2x2x8", "dense1 dense 1x1x16", "relu3 relu 1x1x16",
                     "dense2 dense 1x1x10", "softmax softmax 1x1x10", "output output 1x1x10"}));
    EXPECT_EQ(weir_network_layers(chain.get()), 14u);
}

TEST(onnx, own_networks_are_what_the_script_writes) {
    if (std::system("python3 -c pass >/dev/null 2>&1") != 0) GTEST_SKIP() << "no python3";
    const fs::path folder = fs::path(WEIR_SOURCE_DIR) / "configs" / "networks";
    const fs::path made = scratch("made");
    fs::remove_all(made);
    fs::create_directories(made);
    std::string command =
        "python3 -B '" + (folder / "make_networks.py").string() + "' '" + made.string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);
    for (const char *name :
         {"digits.onnx", "chain.onnx", "skip.onnx", "binary.onnx", "turns.onnx"}) {
        ASSERT_FALSE(content(made / name).empty());
        EXPECT_TRUE(content(made / name) == content(folder / name)) << name;
    }
    fs::remove_all(made);
}

} // namespace
