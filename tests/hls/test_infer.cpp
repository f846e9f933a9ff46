/* The reader and the float inference together, against the operators' definitions written out on
 * the file's own tensors (channels first), without any layout. */
#include "hls/network.h"
#include "hls/onnx_model.h"

#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <random>

namespace {

using ints = onnx_model::ints;
using floats = onnx_model::floats;
using network_ptr = std::unique_ptr<weir_network, decltype(&weir_network_free)>;

network_ptr load(const onnx_model &model) {
    std::string path = testing::TempDir() + "infer.onnx";
    model.save(path);
    weir_diag *diag = weir_diag_new();
    weir_network *network = weir_network_load_onnx(path.c_str(), diag);
    for (size_t i = 0; i < weir_diag_count(diag); i++)
        ADD_FAILURE() << weir_diag_at(diag, i)->text;
    weir_diag_free(diag);
    return {network, weir_network_free};
}

size_t elements(weir_shape s) {
    return (size_t)s.rows * s.columns * s.channels;
}

/* One frame in the file's orders. */
floats infer(const weir_network *network, const floats &input) {
    const weir_layer *in = weir_network_layer(network, weir_network_input(network));
    const weir_layer *out = weir_network_layer(network, weir_network_output(network));
    EXPECT_EQ(elements(in->out), input.size());
    const uint32_t *input_order = weir_network_input_order(network);
    const uint32_t *output_order = weir_network_output_order(network);
    floats ours(input.size()), result(elements(out->out)), file(result.size());
    for (size_t i = 0; i < ours.size(); i++)
        ours[i] = input[input_order ? input_order[i] : i];
    std::vector<float *> values(weir_network_layers(network));
    values[weir_network_output(network)] = result.data();
    weir_network_infer(network, ours.data(), values.data());
    for (size_t i = 0; i < file.size(); i++)
        file[i] = result[output_order ? output_order[i] : i];
    return file;
}

struct source {
    std::mt19937 random{42}; /* the seed of all data here */
    floats make(size_t count, float from = -1, float to = 1) {
        floats values(count);
        for (float &v : values)
            v = std::uniform_real_distribution<float>(from, to)(random);
        return values;
    }
};

void expect_near(const floats &found, const floats &expected, double tolerance = 1e-5) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); i++)
        ASSERT_NEAR(found[i], expected[i], tolerance) << "element " << i;
}

struct geometry {
    int channels, rows, columns, outputs, groups, kernel_rows, kernel_columns;
    int stride_rows, stride_columns, dilation_rows, dilation_columns;
    int top, left, bottom, right;
    int out_rows() const {
        return (rows + top + bottom - (kernel_rows - 1) * dilation_rows - 1) / stride_rows + 1;
    }
    int out_columns() const {
        return (columns + left + right - (kernel_columns - 1) * dilation_columns - 1) /
                   stride_columns +
               1;
    }
};

/* Calls visit(input index or -1 for padding, kernel row, kernel column). */
template <class F> void window(const geometry &g, int channel, int row, int column, F visit) {
    for (int kr = 0; kr < g.kernel_rows; kr++)
        for (int kc = 0; kc < g.kernel_columns; kc++) {
            int r = row * g.stride_rows - g.top + kr * g.dilation_rows;
            int c = column * g.stride_columns - g.left + kc * g.dilation_columns;
            bool inside = r >= 0 && r < g.rows && c >= 0 && c < g.columns;
            visit(inside ? (channel * g.rows + r) * g.columns + c : -1, kr, kc);
        }
}

floats conv(const geometry &g, const floats &x, const floats &w, const floats &b) {
    floats y;
    int group_in = g.channels / g.groups, group_out = g.outputs / g.groups;
    for (int o = 0; o < g.outputs; o++)
        for (int row = 0; row < g.out_rows(); row++)
            for (int column = 0; column < g.out_columns(); column++) {
                double sum = b[o];
                for (int i = 0; i < group_in; i++)
                    window(
                        g, o / group_out * group_in + i, row, column, [&](int at, int kr, int kc) {
                            if (at >= 0)
                                sum +=
                                    x[at] *
                                    w[((o * group_in + i) * g.kernel_rows + kr) * g.kernel_columns +
                                      kc];
                        });
                y.push_back((float)sum);
            }
    return y;
}

onnx_model window_model(const geometry &g, const char *op) {
    onnx_model m;
    m.input("x", {1, g.channels, g.rows, g.columns});
    m.output("y");
    m.node(op, "", {"x"}, "y")
        .set("kernel_shape", {g.kernel_rows, g.kernel_columns})
        .set("strides", {g.stride_rows, g.stride_columns})
        .set("pads", {g.top, g.left, g.bottom, g.right});
    return m;
}

const geometry convolutions[] = {
    {3, 7, 6, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, {2, 8, 5, 3, 1, 3, 2, 2, 1, 1, 2, 0, 2, 1, 0},
    {4, 6, 6, 4, 4, 3, 3, 1, 2, 2, 1, 2, 0, 1, 1}, {4, 5, 9, 6, 2, 1, 4, 1, 3, 1, 1, 0, 3, 0, 2},
    {1, 4, 4, 2, 1, 4, 4, 1, 1, 1, 1, 0, 0, 0, 0}, {4, 6, 5, 8, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1},
};

TEST(infer, convolution_2d) {
    source data;
    for (const geometry &g : convolutions) {
        onnx_model m = window_model(g, "Conv");
        floats w = data.make(g.outputs * g.channels / g.groups * g.kernel_rows * g.kernel_columns);
        floats b = data.make(g.outputs), x = data.make(g.channels * g.rows * g.columns);
        m.constant("w", {g.outputs, g.channels / g.groups, g.kernel_rows, g.kernel_columns}, w);
        m.constant("b", {g.outputs}, b).raw = true;
        m.nodes[0].in = {"x", "w", "b"};
        m.nodes[0].set("dilations", {g.dilation_rows, g.dilation_columns});
        m.nodes[0].set_int("group", g.groups);
        expect_near(infer(load(m).get(), x), conv(g, x, w, b));
    }
}

TEST(infer, convolution_1d) {
    source data;
    geometry g = {4, 1, 10, 3, 1, 1, 4, 1, 2, 1, 1, 0, 1, 0, 2};
    floats w = data.make(3 * 4 * 4), x = data.make(40);
    onnx_model m;
    m.input("x", {-1, 4, 10});
    m.output("y");
    m.constant("w", {3, 4, 4}, w);
    m.node("Conv", "c", {"x", "w"}, "y").set("strides", {2}).set("pads", {1, 2});
    expect_near(infer(load(m).get(), x), conv(g, x, w, floats(3)));
}

TEST(infer, auto_pad) {
    source data;
    struct {
        const char *mode;
        int top, left, bottom, right;
    } modes[] = {{"SAME_UPPER", 0, 1, 1, 2}, {"SAME_LOWER", 1, 2, 0, 1}, {"VALID", 0, 0, 0, 0}};
    for (auto &mode : modes) {
        geometry g = {2, 6, 7, 3,        1,         3,           4,         2,
                      1, 1, 1, mode.top, mode.left, mode.bottom, mode.right};
        floats w = data.make(3 * 2 * 12), x = data.make(84);
        onnx_model m;
        m.input("x", {1, 2, 6, 7});
        m.output("y");
        m.constant("w", {3, 2, 3, 4}, w);
        m.node("Conv", "c", {"x", "w"}, "y").set("strides", {2, 1}).set_text("auto_pad", mode.mode);
        expect_near(infer(load(m).get(), x), conv(g, x, w, floats(3)));
    }
}

TEST(infer, pooling) {
    source data;
    geometry g = {3, 7, 6, 3, 1, 3, 2, 2, 1, 1, 1, 1, 1, 2, 0};
    floats x = data.make(3 * 42);
    for (int mode = 0; mode < 3; mode++) { /* maximum, average, average with padding */
        onnx_model m = window_model(g, mode == 0 ? "MaxPool" : "AveragePool");
        if (mode == 2) m.nodes[0].set_int("count_include_pad", 1);
        floats y;
        for (int c = 0; c < g.channels; c++)
            for (int row = 0; row < g.out_rows(); row++)
                for (int column = 0; column < g.out_columns(); column++) {
                    double sum = 0, max = -1e9;
                    int count = 0;
                    window(g, c, row, column, [&](int at, int, int) {
                        count += at >= 0 || mode == 2;
                        if (at < 0) return;
                        sum += x[at];
                        max = std::max(max, (double)x[at]);
                    });
                    y.push_back((float)(mode == 0 ? max : sum / count));
                }
        expect_near(infer(load(m).get(), x), y);
    }
}

TEST(infer, global_average_pool) {
    source data;
    floats x = data.make(3 * 20), y(3);
    for (int i = 0; i < 60; i++)
        y[i / 20] += x[i] / 20;
    onnx_model m;
    m.input("x", {1, 3, 4, 5});
    m.output("y");
    m.node("GlobalAveragePool", "", {"x"}, "y");
    expect_near(infer(load(m).get(), x), y);
}

/* conv -> flatten -> gemm: the rows of the matrix follow the file's channels-first order. */
TEST(infer, dense_behind_a_flattened_image) {
    source data;
    geometry g = convolutions[0];
    floats w = data.make(4 * 27), b = data.make(4), x = data.make(126), matrix = data.make(5 * 168);
    floats bias = data.make(5);
    for (int transposed = 0; transposed < 2; transposed++)
        for (const char *flatten : {"Flatten", "Reshape"}) {
            onnx_model m;
            m.input("x", {1, 3, 7, 6});
            m.output("y");
            m.constant("w", {4, 3, 3, 3}, w);
            m.constant("b", {4}, b);
            m.constant("m", transposed ? ints{5, 168} : ints{168, 5}, matrix);
            m.constant("n", {5}, bias);
            m.constant_ints("shape", {0, -1}).raw = true;
            m.node("Conv", "", {"x", "w", "b"}, "c").set("pads", {1, 1, 1, 1});
            m.node(flatten, "", {"c"}, "f");
            if (flatten[0] == 'R') m.nodes.back().in.push_back("shape");
            m.node("Gemm", "", {"f", "m", "n"}, "y")
                .set_int("transB", transposed)
                .set_float("alpha", 0.5f)
                .set_float("beta", 2);
            floats image = conv(g, x, w, b), y;
            for (int o = 0; o < 5; o++) {
                double sum = 2 * bias[o];
                for (int i = 0; i < 168; i++)
                    sum += 0.5 * image[i] * matrix[transposed ? o * 168 + i : i * 5 + o];
                y.push_back((float)sum);
            }
            expect_near(infer(load(m).get(), x), y);
        }
}

/* A product at each of several positions, and a softmax over the last dimension. */
TEST(infer, matmul_of_a_sequence) {
    source data;
    floats x = data.make(6 * 4), w = data.make(4 * 3), b = data.make(3), y;
    for (int t = 0; t < 6; t++) {
        double e[3], sum = 0;
        for (int o = 0; o < 3; o++) {
            e[o] = b[o];
            for (int i = 0; i < 4; i++)
                e[o] += x[t * 4 + i] * w[i * 3 + o];
            sum += e[o] = std::exp(e[o]);
        }
        for (double v : e)
            y.push_back((float)(v / sum));
    }
    onnx_model m;
    m.input("x", {1, 6, 4});
    m.output("y");
    m.constant("w", {4, 3}, w);
    m.constant("b", {3}, b);
    m.node("MatMul", "", {"x", "w"}, "p");
    m.node("Add", "", {"b", "p"}, "q");
    m.node("Softmax", "", {"q"}, "y");
    network_ptr network = load(m);
    expect_near(infer(network.get(), x), y);
    const weir_layer *layer = weir_network_layer(network.get(), 1);
    EXPECT_EQ(layer->kind, WEIR_LAYER_CONV);
    EXPECT_EQ(layer->out.columns, 6u);
}

/* Before opset 13 softmax took all dimensions from its axis on as one. */
TEST(infer, softmax_of_old_opsets) {
    source data;
    floats x = data.make(12), y(12);
    double sum = 0;
    for (float v : x)
        sum += std::exp(v);
    for (int i = 0; i < 12; i++)
        y[i] = (float)(std::exp(x[i]) / sum);
    onnx_model m;
    m.opset = 12;
    m.input("x", {1, 3, 4});
    m.output("y");
    m.node("Softmax", "", {"x"}, "y");
    expect_near(infer(load(m).get(), x), y);
}

TEST(infer, batch_norm_folds_into_what_is_before_it) {
    source data;
    geometry g = convolutions[0];
    floats w = data.make(4 * 27), b = data.make(4), x = data.make(126);
    floats scale = data.make(4), shift = data.make(4), mean = data.make(4);
    floats variance = data.make(4, 0.5f, 2);
    onnx_model m;
    m.opset = 8;
    m.input("x", {1, 3, 7, 6});
    m.output("y");
    m.constant("w", {4, 3, 3, 3}, w);
    m.constant("b", {4}, b);
    m.constant("s", {4}, scale);
    m.constant("t", {4}, shift);
    m.constant("m", {4}, mean);
    m.constant("v", {4}, variance);
    m.node("Conv", "", {"x", "w", "b"}, "c").set("pads", {1, 1, 1, 1});
    m.node("BatchNormalization", "", {"c", "s", "t", "m", "v"}, "n").set_float("epsilon", 0.125f);
    m.node("Relu", "", {"n"}, "r");
    m.node("BatchNormalization", "", {"r", "s", "t", "m", "v"}, "y").set_float("epsilon", 0.125f);
    auto normalise = [&](float value, size_t i) {
        size_t c = i / 42;
        return (float)((value - mean[c]) / std::sqrt(variance[c] + 0.125) * scale[c] + shift[c]);
    };
    floats y = conv(g, x, w, b);
    for (size_t i = 0; i < y.size(); i++)
        y[i] = normalise(std::max(normalise(y[i], i), 0.0f), i);
    network_ptr network = load(m);
    expect_near(infer(network.get(), x), y);
    /* input, conv with the first one, relu, the second as a layer of its own, output */
    ASSERT_EQ(weir_network_layers(network.get()), 5u);
    EXPECT_EQ(weir_network_layer(network.get(), 3)->kind, WEIR_LAYER_SCALE);
}

TEST(infer, arithmetic_with_constants) {
    source data;
    floats x = data.make(24), c = data.make(2, 0.5f, 2), one = {0.75f};
    struct {
        const char *op;
        bool swapped;
        float (*apply)(float, float);
    } cases[] = {
        {"Add", false, [](float a, float b) { return a + b; }},
        {"Sub", false, [](float a, float b) { return a - b; }},
        {"Sub", true, [](float a, float b) { return b - a; }},
        {"Mul", true, [](float a, float b) { return a * b; }},
        {"Div", false, [](float a, float b) { return a / b; }},
    };
    for (auto &test : cases) {
        onnx_model m;
        m.input("x", {1, 2, 3, 4});
        m.output("y");
        m.constant("one", {}, one);
        m.constant("c", {2, 1, 1}, c);
        auto operands = [&](const char *value, const char *constant) {
            return test.swapped ? std::vector<std::string>{constant, value}
                                : std::vector<std::string>{value, constant};
        };
        m.node(test.op, "", operands("x", "one"), "s");
        m.node(test.op, "", operands("s", "c"), "y");
        floats y;
        for (int i = 0; i < 24; i++)
            y.push_back(test.apply(test.apply(x[i], one[0]), c[i / 12]));
        network_ptr network = load(m);
        expect_near(infer(network.get(), x), y);
        EXPECT_EQ(weir_network_layers(network.get()), 3u) << "both in one SCALE layer";
    }
}

/* Until opset 6 a constant said by `axis` where it begins. */
TEST(infer, broadcast_from_an_axis) {
    source data;
    floats x = data.make(24), c = data.make(2), y;
    onnx_model m;
    m.opset = 6;
    m.input("x", {1, 2, 3, 4});
    m.output("y");
    m.constant("c", {2}, c);
    m.node("Add", "", {"x", "c"}, "y").set_int("broadcast", 1).set_int("axis", 1);
    for (int i = 0; i < 24; i++)
        y.push_back(x[i] + c[i / 12]);
    expect_near(infer(load(m).get(), x), y);
}

TEST(infer, activations) {
    source data;
    floats x = data.make(40, -4, 4);
    struct {
        const char *op;
        float (*apply)(double);
    } cases[] = {
        {"Relu", [](double v) { return (float)(v > 0 ? v : 0); }},
        {"LeakyRelu", [](double v) { return (float)(v > 0 ? v : 0.01 * v); }},
        {"Selu",
         [](double v) {
             return (float)(1.0507009873554805 *
                            (v > 0 ? v : 1.6732632423543772 * (std::exp(v) - 1)));
         }},
        {"Sigmoid", [](double v) { return (float)(std::exp(v) / (std::exp(v) + 1)); }},
        {"Tanh", [](double v) { return (float)((std::exp(2 * v) - 1) / (std::exp(2 * v) + 1)); }},
        {"Identity", [](double v) { return (float)v; }},
        {"Dropout", [](double v) { return (float)v; }},
    };
    for (auto &test : cases) {
        onnx_model m;
        m.input("x", {1, 40});
        m.output("y");
        m.node(test.op, "", {"x"}, "y");
        floats y;
        for (float v : x)
            y.push_back(test.apply(v));
        expect_near(infer(load(m).get(), x), y);
    }
}

/* Every layer's values are there for the asking. */
TEST(infer, inner_values) {
    onnx_model m;
    m.input("x", {1, 3});
    m.output("y");
    m.constant("w", {3, 1}, {1, 2, 3});
    m.node("Relu", "", {"x"}, "r");
    m.node("MatMul", "", {"r", "w"}, "y");
    network_ptr network = load(m);
    floats x = {-1, 2, 3}, relu(3), y(1);
    std::vector<float *> values = {nullptr, relu.data(), nullptr, y.data()};
    weir_network_infer(network.get(), x.data(), values.data());
    EXPECT_EQ(relu, (floats{0, 2, 3}));
    EXPECT_EQ(y, floats{13});
}

/* --- graphs --- */

/* A channels-first tensor as the file sees a channels-last one, and back. */
floats to_last(const floats &x, int channels, int rows, int columns) {
    floats y;
    for (int p = 0; p < rows * columns; p++)
        for (int c = 0; c < channels; c++)
            y.push_back(x[c * rows * columns + p]);
    return y;
}

const geometry same = {3, 5, 4, 3, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1};

/* y = (conv(relu(x)) + x) * relu(x), beside x itself; the input is read three times before its
 * first convolution tells rows from channels. */
TEST(infer, forks_and_joins) {
    source data;
    floats w = data.make(81), b = data.make(3), x = data.make(60), r = x;
    for (float &v : r)
        v = v > 0 ? v : 0;
    floats c = conv(same, r, w, b), expected;
    for (size_t i = 0; i < x.size(); i++)
        expected.push_back((c[i] + x[i]) * r[i]);
    expected.insert(expected.end(), x.begin(), x.end());
    onnx_model m;
    m.input("x", {1, 3, 5, 4});
    m.output("y");
    m.constant("w", {3, 3, 3, 3}, w);
    m.constant("b", {3}, b);
    m.node("Relu", "", {"x"}, "r");
    m.node("Conv", "", {"r", "w", "b"}, "c").set("pads", {1, 1, 1, 1});
    m.node("Add", "", {"c", "x"}, "s");
    m.node("Mul", "", {"s", "r"}, "p");
    m.node("Concat", "", {"p", "x"}, "y").set_int("axis", 1);
    expect_near(infer(load(m).get(), x), expected);
}

/* The same in an exporter's channels-last network, whose convolutions stand between Transposes. */
TEST(infer, forks_before_a_transpose) {
    source data;
    floats w = data.make(81), b = data.make(3), x = data.make(60), c = conv(same, x, w, b), sum;
    for (size_t i = 0; i < x.size(); i++)
        sum.push_back(c[i] + x[i]);
    onnx_model m;
    m.input("x", {1, 5, 4, 3});
    m.output("y");
    m.constant("w", {3, 3, 3, 3}, w);
    m.constant("b", {3}, b);
    m.node("Transpose", "", {"x"}, "t").set("perm", {0, 3, 1, 2});
    m.node("Conv", "", {"t", "w", "b"}, "c").set("pads", {1, 1, 1, 1});
    m.node("Transpose", "", {"c"}, "u").set("perm", {0, 2, 3, 1});
    m.node("Add", "", {"u", "x"}, "y");
    expect_near(infer(load(m).get(), to_last(x, 3, 5, 4)), to_last(sum, 3, 5, 4));
}

/* A flat input that two branches see as an image, one of them behind a Reshape of its own. */
TEST(infer, forks_before_a_reshape) {
    source data;
    floats w = data.make(81), b = data.make(3), x = data.make(60), c = conv(same, x, w, b), sum;
    for (size_t i = 0; i < x.size(); i++)
        sum.push_back(c[i] + std::tanh(x[i]));
    onnx_model m;
    m.input("x", {1, 60});
    m.output("y");
    m.constant("w", {3, 3, 3, 3}, w);
    m.constant("b", {3}, b);
    m.constant_ints("s", {1, 3, 5, 4});
    m.node("Tanh", "", {"x"}, "h");
    m.node("Reshape", "", {"x", "s"}, "i");
    m.node("Conv", "", {"i", "w", "b"}, "c").set("pads", {1, 1, 1, 1});
    m.node("Reshape", "", {"h", "s"}, "j");
    m.node("Add", "", {"c", "j"}, "y");
    expect_near(infer(load(m).get(), x), sum);
}

TEST(infer, vectors_join_too) {
    source data;
    floats x = data.make(5), a = data.make(20), b = data.make(15), expected;
    auto product = [&](const floats &w, int outputs) {
        for (int o = 0; o < outputs; o++) {
            double sum = 0;
            for (int i = 0; i < 5; i++)
                sum += x[i] * w[i * outputs + o];
            expected.push_back((float)sum);
        }
    };
    product(a, 4);
    product(b, 3);
    onnx_model m;
    m.input("x", {1, 5});
    m.output("y");
    m.constant("a", {5, 4}, a);
    m.constant("b", {5, 3}, b);
    m.node("MatMul", "", {"x", "a"}, "p");
    m.node("MatMul", "", {"x", "b"}, "q");
    m.node("Concat", "", {"p", "q"}, "y").set_int("axis", -1);
    expect_near(infer(load(m).get(), x), expected);
}

TEST(infer, resize) {
    source data;
    const int channels = 2, rows = 3, columns = 4;
    for (int up = 1; up <= 3; up++)
        for (int across = 1; across <= 3; across++) {
            floats x = data.make(channels * rows * columns), expected;
            for (int c = 0; c < channels; c++)
                for (int row = 0; row < rows * up; row++)
                    for (int column = 0; column < columns * across; column++)
                        expected.push_back(x[(c * rows + row / up) * columns + column / across]);
            onnx_model m;
            m.opset = 11;
            m.input("x", {1, channels, rows, columns});
            m.output("y");
            m.constant("s", {4}, {1, 1, (float)up, (float)across});
            m.node("Resize", "", {"x", "", "s"}, "r");
            m.node("MaxPool", "", {"r"}, "y").set("kernel_shape", {1, 1});
            expect_near(infer(load(m).get(), x), expected, 0);
        }
}

/* A separable convolution of channels-last nodes with QONNX's arithmetic, step by step. */
TEST(infer, quantised_channels_last) {
    source data;
    const char *last = "qonnx.custom_op.channels_last", *general = "qonnx.custom_op.general";
    const geometry depth = {3, 5, 4, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
    const geometry point = {3, 5, 4, 2, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0};
    floats x = data.make(60), w = data.make(27), v = data.make(6), none(3);
    auto round_to = [](const floats &values, float scale, float low, float high) {
        floats result;
        for (float value : values)
            result.push_back(std::nearbyint(std::min(std::max(value / scale, low), high)) * scale);
        return result;
    };
    floats a = conv(depth, round_to(x, 0.125f, -8, 7), round_to(w, 0.25f, -7, 7), none);
    for (float &value : a)
        value = value < 0 ? value * 0.25f : value;
    floats y = conv(point, round_to(a, 0.0625f, -32, 31), round_to(v, 0.25f, -7, 7), none);
    onnx_model m;
    m.input("x", {1, 5, 4, 3});
    m.output("y");
    m.constant("w", {3, 3, 3, 1}, w); /* one input each: the same as channels first */
    m.constant("v", {2, 1, 1, 3}, v);
    m.constant("z", {}, {0});
    m.constant("four", {}, {4});
    m.constant("six", {}, {6});
    m.constant("s8", {}, {0.125f});
    m.constant("s4", {}, {0.25f});
    m.constant("s16", {}, {0.0625f});
    m.node("Quant", "", {"w", "s4", "z", "four"}, "wq").in_domain(general).set_int("narrow", 1);
    m.node("Quant", "", {"v", "s4", "z", "four"}, "vq").in_domain(general).set_int("narrow", 1);
    m.node("Quant", "", {"x", "s8", "z", "four"}, "xq").in_domain(general);
    m.node("Conv", "", {"xq", "wq"}, "a")
        .in_domain(last)
        .set_int("group", 3)
        .set("pads", {1, 1, 1, 1});
    m.node("LeakyRelu", "", {"a"}, "b").set_float("alpha", 0.25f);
    m.node("Quant", "", {"b", "s16", "z", "six"}, "bq").in_domain(general);
    m.node("Conv", "", {"bq", "vq"}, "y").in_domain(last);
    expect_near(infer(load(m).get(), to_last(x, 3, 5, 4)), to_last(y, 2, 5, 4), 0);
}

} // namespace
