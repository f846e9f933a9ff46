/* Grids on computed tensors, lowered: which processes there are, and that their integers are the
 * values of float inference, to the bit of the sign where a grid has two values. */
#include "hls/onnx_load.h"

extern "C" {
#include "hls/compile.h"
}

#include <cmath>
#include <filesystem>
#include <random>

namespace {

namespace fs = std::filesystem;

/* A model, compiled into a folder that is gone afterwards. */
struct lowered {
    fs::path folder = scratch("lowered");
    weir_diag *diag = weir_diag_new();
    weir_design *design = nullptr;
    weir_compiled *compiled = nullptr;

    explicit lowered(const onnx_model &model) {
        fs::remove_all(folder);
        fs::create_directories(folder);
        std::string path = folder / "net.onnx";
        model.save(path);
        design = weir_design_load(path.c_str(), nullptr, diag);
        if (design) compiled = weir_compile(design, (folder / "out").c_str(), diag);
    }
    lowered(const lowered &) = delete;
    ~lowered() {
        weir_compiled_free(compiled);
        weir_design_free(design);
        weir_diag_free(diag);
        fs::remove_all(folder);
    }

    texts errors() const {
        texts all;
        for (size_t i = 0; i < weir_diag_count(diag); i++)
            all.push_back(weir_diag_at(diag, i)->text);
        return all;
    }
    /* "name operator" of each process between source and sink. */
    texts processes() const {
        texts all;
        for (uint32_t p = 0; compiled && p < weir_graph_processes(compiled->graph); p++)
            if (compiled->operators[p].kind)
                all.push_back(std::string(weir_graph_process(compiled->graph, p)->name) + " " +
                              compiled->operators[p].kind->name);
        return all;
    }
    double largest_error(const floats &frames) const {
        const weir_layer *in =
            weir_network_layer(design->network, weir_network_input(design->network));
        size_t elements = (size_t)in->out.rows * in->out.columns * in->out.channels;
        weir_reference *reference =
            weir_reference_new(compiled, frames.data(), frames.size() / elements);
        weir_accuracy accuracy = weir_reference_accuracy(reference);
        EXPECT_EQ(accuracy.frames, frames.size() / elements);
        weir_reference_free(reference);
        return accuracy.largest_error;
    }
};

const char *const general = "qonnx.custom_op.general";

onnx_model::node_type &quant(onnx_model &m, const char *name, const char *from, const char *to,
                             floats scale, float bits, floats zero = {0}) {
    std::string s = std::string(name) + ".s", z = std::string(name) + ".z",
                b = std::string(name) + ".b";
    ints along = {(int64_t)scale.size(), 1, 1}, zeros = {(int64_t)zero.size(), 1, 1};
    m.constant(s.c_str(), scale.size() > 1 ? along : ints{}, scale);
    m.constant(z.c_str(), zero.size() > 1 ? zeros : ints{}, zero);
    m.constant(b.c_str(), {}, {bits});
    return m.node("Quant", name, {from, s, z, b}, to).in_domain(general);
}

void bipolar(onnx_model &m, const char *name, const char *from, const char *to, floats scale) {
    std::string s = std::string(name) + ".s";
    ints along = {(int64_t)scale.size(), 1, 1};
    m.constant(s.c_str(), scale.size() > 1 ? along : ints{}, scale);
    m.node("BipolarQuant", name, {from, s}, to).in_domain(general);
}

/* Variance 1, so that the gains are what they say. */
void batch_norm(onnx_model &m, const char *name, const char *from, const char *to, floats gain,
                floats shift) {
    int64_t n = (int64_t)gain.size();
    m.constant("gain", {n}, gain);
    m.constant("shift", {n}, shift);
    m.constant("mean", {n}, floats(gain.size(), 0.25f));
    m.constant("variance", {n}, floats(gain.size(), 1));
    m.node("BatchNormalization", name, {from, "gain", "shift", "mean", "variance"}, to)
        .set_float("epsilon", 0);
}

const uint32_t kFrames = 40, kElements = 4 * 6 * 6;

/* Multiples of a step from -8 to 8, many of them small and one in eight zero. */
floats frames_on(double step, unsigned seed) {
    std::mt19937 random(seed);
    floats values(kFrames * kElements);
    for (float &value : values) {
        int reach = random() % 2 ? 4 : (int)(8 / step);
        int k = (int)(random() % (unsigned)(2 * reach + 1)) - reach;
        value = random() % 8 == 0 ? 0 : (float)(k * step);
    }
    return values;
}

struct network_case {
    const char *what;
    std::function<void(onnx_model &)> build; /* from "x", 4 x 6 x 6, to "y" */
    texts processes;
    double error; /* largest that is allowed */
};

void expect_exact(const std::vector<network_case> &cases) {
    const unsigned seed = 11;
    for (const network_case &test : cases) {
        SCOPED_TRACE(test.what);
        onnx_model m = start({1, 4, 6, 6});
        test.build(m);
        lowered net(m);
        ASSERT_EQ(net.errors(), texts());
        EXPECT_EQ(net.processes(), test.processes);
        for (double step : {0.125, 1.0 / 1024})
            EXPECT_LE(net.largest_error(frames_on(step, seed)), test.error)
                << "step " << step << " seed " << seed;
    }
}

/* --- two values --- */

TEST(lower_quant, bipolar_is_the_output_type_of_what_comes_before) {
    expect_exact({
        {"input", [](onnx_model &m) { bipolar(m, "q", "x", "y", {0.5f}); }, {}, 0},
        {"quantised convolution",
         [](onnx_model &m) {
             m.constant("w", {4, 4, 1, 1}, {1, -2, 3, 0, -1, 1, 2, 2, 0, 0, 1, -1, 3, -3, 1, 1});
             m.constant("b", {4}, {0.0f, -0.5f, 0.25f, 1});
             quant(m, "g", "w", "wq", {1}, 4);
             quant(m, "i", "x", "a", {0.125f}, 8);
             m.node("Conv", "c", {"a", "wq", "b"}, "d");
             bipolar(m, "q", "d", "y", {2});
         },
         {"c matvec"},
         0},
        {"relu",
         [](onnx_model &m) {
             m.node("Relu", "r", {"x"}, "a");
             bipolar(m, "q", "a", "y", {1});
         },
         {"r activation"},
         0},
        {"tanh",
         [](onnx_model &m) {
             m.node("Tanh", "t", {"x"}, "a");
             bipolar(m, "q", "a", "y", {1});
         },
         {"t activation"},
         0},
        {"average",
         [](onnx_model &m) {
             m.node("AveragePool", "p", {"x"}, "a").set("kernel_shape", {3, 3});
             bipolar(m, "q", "a", "y", {1});
         },
         {"p_window window", "p pool"},
         0},
        {"sum and concatenation",
         [](onnx_model &m) {
             quant(m, "f", "x", "a", {0.25f}, 5);
             quant(m, "g", "x", "b", {0.5f}, 4);
             m.node("Add", "s", {"a", "b"}, "d");
             bipolar(m, "p", "d", "e", {0.5f});
             m.node("Concat", "c", {"b", "e"}, "h").set_int("axis", 1);
             bipolar(m, "q", "h", "y", {4});
         },
         {"input_fork fork", "f activation", "g activation", "g_fork fork", "s add", "c concat"},
         0},
    });
}

TEST(lower_quant, bipolar_is_a_process_where_it_must_be) {
    expect_exact({
        {"scale is no power of two",
         [](onnx_model &m) { bipolar(m, "q", "x", "y", {0.3f}); },
         {"q activation"},
         1e-7},
        {"scales of channels",
         [](onnx_model &m) {
             bipolar(m, "q", "x", "y", {0.5f, 1, 2, 0.75f});
         },
         {"q activation"},
         1e-7},
        {"maximum before, padding and maximum after",
         [](onnx_model &m) {
             m.node("MaxPool", "p", {"x"}, "a").set("kernel_shape", {2, 2});
             bipolar(m, "q", "a", "b", {0.5f});
             m.constant("w", {2, 4, 3, 3}, floats(72, -1));
             bipolar(m, "g", "w", "wq", {0.5f});
             m.node("Conv", "c", {"b", "wq"}, "d").set("pads", {1, 1, 1, 1});
             m.node("MaxPool", "r", {"d"}, "y").set("kernel_shape", {2, 2});
         },
         {"p_window window", "p pool", "q activation", "c_window window", "c matvec",
          "r_window window", "r pool"},
         0},
        {"a grid with a unit of its own before",
         [](onnx_model &m) {
             quant(m, "f", "x", "a", {0.3f, 0.7f, 0.1f, 1}, 6);
             bipolar(m, "q", "a", "y", {1});
         },
         {"f scale", "q activation"},
         0},
        {"a zero point before",
         [](onnx_model &m) {
             quant(m, "f", "x", "a", {0.3f}, 6, {5}).set_int("signed", 0);
             bipolar(m, "q", "a", "y", {1});
         },
         {"f scale", "q scale"},
         0},
        {"one bit with a zero point",
         [](onnx_model &m) { quant(m, "q", "x", "y", {0.5f}, 1, {1}); },
         {"q scale"},
         1e-7},
        {"two readers",
         [](onnx_model &m) {
             m.node("Relu", "r", {"x"}, "a");
             quant(m, "f", "a", "b", {0.25f}, 6);
             bipolar(m, "q", "a", "c", {1});
             m.node("Add", "s", {"b", "c"}, "y");
         },
         {"r activation", "r_fork fork", "f activation", "q activation", "s_width width",
          "s_width2 width", "s add"},
         0},
    });
}

/* Gains of either sign and of zero; with steps that meet the thresholds exactly. */
TEST(lower_quant, a_scale_before_bipolar_becomes_thresholds) {
    const floats gains = {0.75f, -1.5f, 0, 3}, shifts = {0.1875f, 0.375f, -1, -0.75f};
    expect_exact({
        {"of the input",
         [&](onnx_model &m) {
             quant(m, "f", "x", "a", {0.125f}, 8);
             batch_norm(m, "n", "a", "b", gains, shifts);
             bipolar(m, "q", "b", "y", {1});
         },
         {"q scale"},
         0},
        {"of sums with a unit, scale no power of two",
         [&](onnx_model &m) {
             m.constant("w", {4, 4, 1, 1}, {1, -1, 1, 1, 1, -1, 0, 0, 1, 1, 1, 1, -1, -1, 1, 0});
             quant(m, "f", "x", "a", {1}, 6);
             quant(m, "g", "w", "wq", {0.4375f}, 3);
             m.node("Conv", "c", {"a", "wq"}, "d");
             batch_norm(m, "n", "d", "b", gains, {0.1875f, 0.375f, 0, -0.75f});
             bipolar(m, "q", "b", "y", {0.3f});
         },
         {"c matvec", "q scale"},
         1e-7},
        {"pooled in between: no thresholds",
         [&](onnx_model &m) {
             quant(m, "f", "x", "a", {0.125f}, 8);
             batch_norm(m, "n", "a", "b", gains, shifts);
             m.node("MaxPool", "p", {"b"}, "c").set("kernel_shape", {2, 2});
             bipolar(m, "q", "c", "y", {1});
         },
         {"n scale", "p_window window", "p pool", "q activation"},
         0},
    });
}

/* --- unsigned narrow grids --- */

TEST(lower_quant, unsigned_narrow_grids) {
    expect_exact({
        {"type of the process before",
         [](onnx_model &m) {
             m.node("Relu", "r", {"x"}, "a");
             quant(m, "q", "a", "y", {0.5f}, 3).set_int("signed", 0).set_int("narrow", 1);
         },
         {"r activation"},
         0},
        {"as wide as the stream, yet without its largest",
         [](onnx_model &m) {
             quant(m, "f", "x", "a", {0.5f}, 3).set_int("signed", 0);
             quant(m, "q", "a", "y", {0.5f}, 3).set_int("signed", 0).set_int("narrow", 1);
         },
         {"q activation"},
         0},
        {"type of a concatenation of the same bits",
         [](onnx_model &m) {
             quant(m, "f", "x", "a", {0.5f}, 3).set_int("signed", 0);
             m.node("Concat", "c", {"a", "a"}, "b").set_int("axis", 1);
             quant(m, "q", "b", "y", {0.5f}, 3).set_int("signed", 0).set_int("narrow", 1);
         },
         {"f_fork fork", "c concat"},
         0},
        {"scale is no power of two",
         [](onnx_model &m) {
             quant(m, "q", "x", "y", {0.7f}, 2).set_int("signed", 0).set_int("narrow", 1);
         },
         {"q scale"},
         1e-7},
    });
}

/* --- Trunc --- */

/* Real fixed point lies a little beside the grid that is rounded to first. */
TEST(lower_quant, trunc_rounds_twice) {
    floats frames;
    for (uint32_t i = 0; i < kElements; i++)
        frames.push_back((float)std::floor(((int)(i % 64) - 32) * 0.3 * 1024) / 1024);
    for (const char *mode : {"FLOOR", "CEIL", "ROUND"}) {
        onnx_model m = start({1, 4, 6, 6});
        floats constants[] = {{0.3f}, {0}, {6}, {4}};
        texts inputs = {"x"};
        for (const floats &value : constants) {
            inputs.push_back("t" + std::to_string(inputs.size()));
            m.constant(inputs.back().c_str(), {}, value);
        }
        m.node("Trunc", "t", inputs, "y").in_domain(general).set_text("rounding_mode", mode);
        lowered net(m);
        ASSERT_EQ(net.errors(), texts());
        EXPECT_EQ(net.processes(), (texts{"t scale", "t_2_scale scale", "t_2 scale",
                                          "t_3_places scale", "t_3 scale"}));
        EXPECT_LE(net.largest_error(frames), 1e-6) << mode;
    }
}

/* --- refusals --- */

TEST(lower_quant, refusals) {
    const struct {
        std::function<void(onnx_model &)> build;
        texts expected;
    } refusals[] = {
        {[](onnx_model &m) {
             quant(m, "q", "x", "y", {0.5f}, 4, {0, 1, 2, 2});
         },
         {"layer \"q\": zero points 0 of channel 0 and 1 of channel 1 on a computed tensor, they "
          "must be the same"}},
        {[](onnx_model &m) {
             quant(m, "q", "x", "y", {0.5f}, 1, {1, 1, 1, 0});
         },
         {"layer \"q\": zero points 1 of channel 0 and 0 of channel 3 on a computed tensor, they "
          "must be the same"}},
        {[](onnx_model &m) {
             quant(m, "q", "x", "y", {0.5f}, 1).set_int("signed", 0).set_int("narrow", 1);
         },
         {"layer \"q\": a narrow grid of 1 bit has one value only, at least 2 bits are allowed"}},
        {[](onnx_model &m) {
             quant(m, "q", "x", "a", {0.5f}, 4, {1.5f});
             m.constant("w", {2, 4, 3, 3}, floats(72, 1));
             quant(m, "g", "w", "wq", {1}, 4);
             m.node("Conv", "c", {"a", "wq"}, "y").set("pads", {1, 1, 1, 1});
         },
         {"layer \"c\": padding with zero, which the grid of its input does not have: zero point "
          "1.5, "
          "must be an integer"}},
        {[](onnx_model &m) {
             quant(m, "q", "x", "a", {0.5f}, 1, {3});
             m.constant("w", {2, 4, 3, 3}, floats(72, 1));
             quant(m, "g", "w", "wq", {1}, 4);
             m.node("Conv", "c", {"a", "wq"}, "y").set("pads", {1, 1, 1, 1});
         },
         {"process \"c_window\": padding of 3, elements hold -2 to 1"}},
    };
    for (const auto &test : refusals) {
        onnx_model m = start({1, 4, 6, 6});
        test.build(m);
        lowered net(m);
        EXPECT_EQ(net.compiled, nullptr);
        EXPECT_EQ(net.errors(), test.expected);
    }
}

/* --- a whole network --- */

TEST(lower_quant, binarised_network_equals_float_inference) {
    std::string path = WEIR_SOURCE_DIR "/configs/networks/binary.onnx";
    weir_diag *diag = weir_diag_new();
    weir_design *design = weir_design_load(path.c_str(), nullptr, diag);
    ASSERT_NE(design, nullptr);
    weir_compiled *compiled = weir_compile(design, scratch("binary").c_str(), diag);
    ASSERT_NE(compiled, nullptr);
    std::mt19937 random(5);
    floats frames(100 * 144);
    for (float &value : frames)
        value = (float)((int)(random() % 64) - 32) / 32;
    weir_reference *reference = weir_reference_new(compiled, frames.data(), 100);
    weir_accuracy accuracy = weir_reference_accuracy(reference);
    EXPECT_EQ(accuracy.frames, 100u);
    EXPECT_EQ(accuracy.argmax_equal, 100u);
    EXPECT_EQ(accuracy.largest_error, 0);
    weir_reference_free(reference);
    weir_compiled_free(compiled);
    weir_design_free(design);
    weir_diag_free(diag);
    fs::remove_all(scratch("binary"));
}

} // namespace
