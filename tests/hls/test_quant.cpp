/* Grids of values: the rounding cases of QONNX's operator documents, and what the reader makes of
 * Quant, BipolarQuant and Trunc. */
#include "hls/onnx_load.h"

extern "C" {
#include "hls/lower_parts.h"
}

#include <cmath>
#include <limits>
#include <random>

namespace {

const weir_quant_rounding all_modes[] = {
    WEIR_QUANT_ROUND, WEIR_QUANT_CEIL,    WEIR_QUANT_FLOOR,     WEIR_QUANT_UP,
    WEIR_QUANT_DOWN,  WEIR_QUANT_HALF_UP, WEIR_QUANT_HALF_DOWN,
};
const char *const mode_names[] = {"ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN"};

struct grid {
    floats scale = {1}, zero = {0};
    weir_quant quant = {};
    explicit grid(int bits, bool is_signed = true, bool narrow = false) {
        quant.bits = bits;
        quant.is_signed = is_signed;
        quant.narrow = narrow;
    }
    double integer(double value, uint32_t channel = 0) {
        quant.channels = (uint32_t)scale.size();
        zero.resize(scale.size(), zero[0]);
        quant.scale = scale.data();
        quant.zero_point = zero.data();
        return weir_quant_integer(&quant, channel, value);
    }
};

/* --- arithmetic --- */

struct rounding_case {
    double value;
    int expected[7]; /* in the order of all_modes */
};

/* The table of the IntQuant document, and what it leaves out between. */
const rounding_case rounding_cases[] = {
    {5.5, {6, 6, 5, 6, 5, 6, 5}},         {2.5, {2, 3, 2, 3, 2, 3, 2}},
    {1.6, {2, 2, 1, 2, 1, 2, 2}},         {1.1, {1, 2, 1, 2, 1, 1, 1}},
    {1.0, {1, 1, 1, 1, 1, 1, 1}},         {-1.0, {-1, -1, -1, -1, -1, -1, -1}},
    {-1.1, {-1, -1, -2, -2, -1, -1, -1}}, {-1.6, {-2, -1, -2, -2, -1, -2, -2}},
    {-2.5, {-2, -2, -3, -3, -2, -3, -2}}, {-5.5, {-6, -5, -6, -6, -5, -6, -5}},
    {0.5, {0, 1, 0, 1, 0, 1, 0}},         {-0.5, {0, 0, -1, -1, 0, -1, 0}},
    {1.5, {2, 2, 1, 2, 1, 2, 1}},         {-1.5, {-2, -1, -2, -2, -1, -2, -1}},
    {0.0, {0, 0, 0, 0, 0, 0, 0}},         {-3.0, {-3, -3, -3, -3, -3, -3, -3}},
};

TEST(quant, documented_rounding_cases) {
    for (const rounding_case &test : rounding_cases)
        for (int m = 0; m < 7; m++) {
            grid g(8);
            g.quant.rounding = all_modes[m];
            EXPECT_EQ(g.integer(test.value), test.expected[m])
                << mode_names[m] << " of " << test.value;
            EXPECT_FALSE(std::signbit(g.integer(test.value)) && test.expected[m] == 0);
        }
}

/* A power-of-two scale moves the cases and changes nothing else; zero points move them back. */
TEST(quant, rounding_cases_on_other_grids) {
    for (float scale : {0.0625f, 0.25f, 8.0f})
        for (float zero : {0.0f, 3.0f, -2.0f})
            for (const rounding_case &test : rounding_cases)
                for (int m = 0; m < 7; m++) {
                    grid g(8);
                    g.scale = {scale};
                    g.zero = {zero};
                    g.quant.rounding = all_modes[m];
                    double exact = (float)test.value; /* what is rounded, the zero point included */
                    EXPECT_EQ(g.integer((exact - zero) * scale), test.expected[m])
                        << mode_names[m] << " of " << test.value << " scale " << scale;
                }
}

TEST(quant, just_beside_a_half) {
    for (int sign : {1, -1})
        for (int whole = 0; whole < 4; whole++)
            for (int m = 0; m < 7; m++) {
                grid g(8);
                g.scale = {0.125f};
                g.quant.rounding = all_modes[m];
                float half = (float)whole + 0.5f;
                float below = std::nextafter(half, 0.0f), above = std::nextafter(half, 9.0f);
                bool nearest = m == 0 || m >= 5;
                bool away = all_modes[m] == WEIR_QUANT_UP ||
                            all_modes[m] == (sign > 0 ? WEIR_QUANT_CEIL : WEIR_QUANT_FLOOR);
                int low = nearest ? whole : away ? whole + 1 : whole;
                int high = nearest || away ? whole + 1 : whole;
                EXPECT_EQ(g.integer(sign * below * 0.125f), sign * low) << mode_names[m];
                EXPECT_EQ(g.integer(sign * above * 0.125f), sign * high) << mode_names[m];
            }
}

struct range {
    int bits;
    bool is_signed, narrow;
    double min, max;
};

TEST(quant, ranges_clamp_whatever_the_rounding) {
    const range ranges[] = {
        {4, true, false, -8, 7},
        {4, true, true, -7, 7},
        {4, false, false, 0, 15},
        {4, false, true, 0, 14},
        {8, true, false, -128, 127},
        {8, true, true, -127, 127},
        {8, false, false, 0, 255},
        {8, false, true, 0, 254},
        {1, false, false, 0, 1},
        {2, true, true, -1, 1},
        {32, true, false, -2147483648.0, 2147483647.0},
        {32, false, false, 0, 4294967295.0},
    };
    for (const range &r : ranges)
        for (int m = 0; m < 7; m++) {
            grid g(r.bits, r.is_signed, r.narrow);
            g.quant.rounding = all_modes[m];
            EXPECT_EQ(weir_quant_min(&g.quant), r.min);
            EXPECT_EQ(weir_quant_max(&g.quant), r.max);
            for (double beyond : {0.25, 0.5, 1.0, 1e4, 1e30, HUGE_VAL}) {
                EXPECT_EQ(g.integer(r.max + beyond), r.max) << r.bits << " " << mode_names[m];
                EXPECT_EQ(g.integer(r.min - beyond), r.min) << r.bits << " " << mode_names[m];
            }
            if (r.bits > 8) continue;
            EXPECT_EQ(g.integer(r.max), r.max);
            EXPECT_EQ(g.integer(r.min), r.min);
            EXPECT_EQ(g.integer(r.max - 1), r.max - 1);
            EXPECT_EQ(g.integer(r.min + 1), r.min + 1);
            EXPECT_EQ(g.integer(NAN), r.min);
        }
}

/* What the integer inference and the RTL do with a grid whose scale is a power of two. */
TEST(quant, fixed_point_types_convert_as_grids_do) {
    int compared = 0;
    for (int bits : {2, 4, 8})
        for (int kind = 0; kind < 4; kind++) /* unsigned, signed, each narrow */
            for (int exponent : {-3, 0, 2})
                for (int m = 0; m < 7; m++) {
                    grid g(bits, kind % 2 == 1, kind >= 2);
                    g.scale = {(float)std::ldexp(1, exponent)};
                    g.quant.rounding = all_modes[m];
                    g.integer(0);
                    weir_fixed type;
                    ASSERT_TRUE(weir_grid_fixed(&g.quant, &type));
                    for (int k = -(9 << bits); k <= 9 << bits; k++, compared++)
                        ASSERT_EQ(weir_fixed_convert(k, 3 - exponent, type),
                                  (int64_t)g.integer(std::ldexp(k, exponent - 3)))
                            << mode_names[m] << ", " << bits << " bits, " << k << "/8 of a step";
                }
    EXPECT_GT(compared, 100000);
}

TEST(quant, a_bipolar_grid_is_the_type_of_signs) {
    for (int exponent : {-3, 0, 2}) {
        grid g(1);
        g.quant.bipolar = true;
        g.scale = {(float)std::ldexp(1, exponent)};
        g.integer(0);
        weir_fixed type;
        ASSERT_TRUE(weir_grid_fixed(&g.quant, &type));
        EXPECT_EQ(weir_fixed_to_double(1, type), g.scale[0]);
        for (int k = -20; k <= 20; k++)
            EXPECT_EQ(weir_fixed_convert(k, 3, type), (int64_t)g.integer(k / 8.0)) << k;
    }
}

TEST(quant, grids_that_are_no_types) {
    weir_fixed type;
    grid third(4), shifted(4), bipolar(1), one_value(1, false, true);
    third.scale = {0.3f};
    shifted.zero = {1};
    bipolar.quant.bipolar = true;
    bipolar.zero = {1};
    for (grid *g : {&third, &shifted, &bipolar, &one_value}) {
        g->integer(0);
        EXPECT_FALSE(weir_grid_fixed(&g->quant, &type));
    }
}

TEST(quant, a_zero_point_moves_the_range) {
    grid g(4, false);
    g.scale = {0.5f};
    g.zero = {6};
    EXPECT_EQ(g.integer(0), 6);
    EXPECT_EQ(g.integer(-3), 0);
    EXPECT_EQ(g.integer(-3.5), 0);
    EXPECT_EQ(g.integer(4.5), 15);
    EXPECT_EQ(g.integer(5), 15);
    EXPECT_EQ(g.integer(0.25), 6);  /* 6.5, to even */
    EXPECT_EQ(g.integer(0.75), 8);  /* 7.5 */
    EXPECT_EQ(g.integer(-0.25), 6); /* 5.5 */
}

TEST(quant, each_channel_has_its_own) {
    grid g(8);
    g.scale = {1, 0.5f, 4};
    g.zero = {0, 1, -1};
    EXPECT_EQ(g.integer(6, 0), 6);
    EXPECT_EQ(g.integer(6, 1), 13);
    EXPECT_EQ(g.integer(6, 2), 0); /* 0.5, to even */
}

/* In double precision the quotient of these floats is a little below 7. */
TEST(quant, divides_in_single_precision) {
    grid g(8);
    g.scale = {0.1f};
    g.quant.rounding = WEIR_QUANT_FLOOR;
    EXPECT_LT((double)0.7f / (double)0.1f, 7);
    EXPECT_EQ(g.integer(0.7f), 7);
}

TEST(quant, bipolar_has_no_zero) {
    grid g(1);
    g.quant.bipolar = true;
    g.scale = {0.5f};
    EXPECT_EQ(weir_quant_min(&g.quant), -1);
    EXPECT_EQ(weir_quant_max(&g.quant), 1);
    for (double value : {0.0, -0.0, 1e-9, 0.5, 99.0})
        EXPECT_EQ(g.integer(value), 1) << value;
    for (double value : {-1e-9, -0.5, -99.0})
        EXPECT_EQ(g.integer(value), -1) << value;
    g.scale = {1e30f}; /* a quotient would be zero */
    EXPECT_EQ(g.integer(-1e-20), -1);
    EXPECT_EQ(g.integer(1e-20), 1);
    EXPECT_EQ(g.integer(NAN), -1);
}

TEST(quant, trunc_rounds_twice) {
    grid g(4);
    g.quant.places = 2; /* the input's steps are quarters */
    g.quant.rounding = WEIR_QUANT_FLOOR;
    EXPECT_EQ(g.integer(1.999), 2); /* nearest quarter: 2 */
    EXPECT_EQ(g.integer(1.75), 1);
    EXPECT_EQ(g.integer(-0.1), 0);
    EXPECT_EQ(g.integer(-0.25), -1);
    EXPECT_EQ(g.integer(1.875), 2); /* between 7 and 8 quarters: to the even 8 */
    EXPECT_EQ(g.integer(1.625), 1);
    g.quant.rounding = WEIR_QUANT_ROUND;
    EXPECT_EQ(g.integer(0.5), 0);
    EXPECT_EQ(g.integer(0.6), 0); /* 0.6 is half, and half goes to the even 0 */
    EXPECT_EQ(g.integer(0.7), 1);
}

/* --- the reader --- */

network_ptr load(const onnx_model &model) {
    texts errors;
    network_ptr network = load(model, &errors);
    EXPECT_EQ(errors, texts());
    return network;
}

/* Names of the layers between input and output. */
texts layers_of(const weir_network *network) {
    texts names;
    for (uint32_t l = 1; network && l + 1 < weir_network_layers(network); l++)
        names.push_back(weir_network_layer(network, l)->name);
    return names;
}

const weir_layer *layer_of(const weir_network *network, const std::string &name) {
    for (uint32_t l = 0; l < weir_network_layers(network); l++)
        if (weir_network_layer(network, l)->name == name) return weir_network_layer(network, l);
    ADD_FAILURE() << "no layer " << name;
    return weir_network_layer(network, 0);
}

floats infer(const weir_network *network, const floats &input) {
    const weir_layer *out = weir_network_layer(network, weir_network_output(network));
    floats result((size_t)out->out.rows * out->out.columns * out->out.channels);
    std::vector<float *> values(weir_network_layers(network));
    values[weir_network_output(network)] = result.data();
    weir_network_infer(network, input.data(), values.data());
    return result;
}

/* A Quant node with constants of its own. */
onnx_model::node_type &quant(onnx_model &m, const char *name, const char *from, const char *to,
                             float scale, float bits, float zero = 0) {
    std::string s = std::string(name) + ".s", z = std::string(name) + ".z",
                b = std::string(name) + ".b";
    m.constant(s.c_str(), {}, {scale});
    m.constant(z.c_str(), {}, {zero});
    m.constant(b.c_str(), {}, {bits});
    return m.node("Quant", name, {from, s, z, b}, to).in_domain("qonnx.custom_op.general");
}

TEST(quant, weights_and_bias_fold) {
    onnx_model m = start({1, 2, 1, 2});
    m.constant("w", {2, 2, 1, 1}, {0.3f, -9, 0.26f, 0.25f});
    m.constant("b", {2}, {0.1f, -0.2f});
    quant(m, "qw", "w", "wq", 0.5f, 4).set_int("narrow", 1);
    quant(m, "qb", "b", "bq", 0.0625f, 8);
    quant(m, "unused", "b", "nothing", 0.0625f, 99);
    m.node("Conv", "c", {"x", "wq", "bq"}, "y");
    network_ptr network = load(m);
    ASSERT_TRUE(network);
    EXPECT_EQ(layers_of(network.get()), texts{"c"});
    const weir_layer *conv = layer_of(network.get(), "c");
    EXPECT_EQ(floats(conv->weights, conv->weights + 4), (floats{0.5f, 0.5f, -3.5f, 0}));
    EXPECT_EQ(floats(conv->bias, conv->bias + 2), (floats{0.125f, -0.1875f}));
    ASSERT_TRUE(conv->weight_quant && conv->bias_quant);
    EXPECT_EQ(conv->weight_quant->channels, 1u);
    EXPECT_EQ(conv->weight_quant->scale[0], 0.5f);
    EXPECT_EQ(conv->weight_quant->bits, 4);
    EXPECT_TRUE(conv->weight_quant->narrow && conv->weight_quant->is_signed);
    EXPECT_EQ(conv->bias_quant->scale[0], 0.0625f);
    EXPECT_FALSE(conv->bias_quant->narrow);
    EXPECT_EQ(conv->quant, nullptr);
}

TEST(quant, scales_along_the_output_channels) {
    for (int form = 0; form < 3; form++) {
        onnx_model m = start({1, 3});
        m.constant("b", {}, {4});
        m.constant("z", {}, {1});
        floats weights = {1, 2, 3, 4, 5, 6};
        ints rows_first = {1, 2}, columns_first = {2, 1};
        m.constant("w", form == 0 ? ints{3, 2} : ints{2, 3}, weights);
        m.constant("s", form == 0 ? rows_first : columns_first, {1, 2});
        m.node("Quant", "q", {"w", "s", "z", "b"}, "wq").in_domain("onnx.brevitas");
        if (form == 1) {
            m.node("Gemm", "d", {"x", "wq"}, "y").set_int("transB", 1);
        } else if (form == 2) {
            m.node("Transpose", "t", {"wq"}, "wt");
            m.node("MatMul", "d", {"x", "wt"}, "y");
        } else {
            m.node("MatMul", "d", {"x", "wq"}, "y");
        }
        network_ptr network = load(m);
        ASSERT_TRUE(network) << form;
        const weir_layer *dense = layer_of(network.get(), "d");
        ASSERT_TRUE(dense->weight_quant);
        ASSERT_EQ(dense->weight_quant->channels, 2u);
        EXPECT_EQ(dense->weight_quant->scale[1], 2);
        EXPECT_EQ(dense->weight_quant->zero_point[1], 1);
        /* Halves of 2 and the zero point: 2, 4, 6 stay; 4 / 2 + 1, 5 / 2 + 1 = 3.5 goes to 4. */
        floats expected = form == 0 ? floats{1, 2, 3, 4, 5, 6} : floats{1, 4, 2, 6, 3, 6};
        EXPECT_EQ(floats(dense->weights, dense->weights + 6), expected) << form;
    }
}

TEST(quant, equal_scales_are_one) {
    onnx_model m = start({1, 3});
    m.constant("w", {3, 2}, floats(6, 1));
    m.constant("s", {3, 1}, {2, 2, 2});
    m.constant("z", {3, 1}, {0, 0, 0});
    m.constant_ints("b", {5});
    m.node("IntQuant", "q", {"w", "s", "z", "b"}, "wq").in_domain("finn.custom_op.general");
    m.node("MatMul", "d", {"x", "wq"}, "y");
    network_ptr network = load(m);
    ASSERT_TRUE(network);
    EXPECT_EQ(layer_of(network.get(), "d")->weight_quant->channels, 1u);
    EXPECT_EQ(layer_of(network.get(), "d")->weight_quant->bits, 5);
}

/* What moves weights off their grid becomes a layer of its own; a quantised bias may be added. */
TEST(quant, quantised_weights_keep_their_grid) {
    onnx_model m = start({1, 3});
    m.constant("w", {3, 2}, floats(6, 1));
    m.constant("c", {2}, {0.3f, 0.6f});
    m.constant("k", {2}, {3, 5});
    quant(m, "qw", "w", "wq", 0.5f, 4);
    quant(m, "qc", "c", "cq", 0.25f, 4);
    m.node("MatMul", "d", {"x", "wq"}, "p");
    m.node("Add", "a", {"p", "cq"}, "q");
    m.node("Mul", "scaled", {"q", "k"}, "r");
    m.node("Add", "again", {"r", "c"}, "y");
    network_ptr network = load(m);
    ASSERT_TRUE(network);
    EXPECT_EQ(layers_of(network.get()), (texts{"d", "scaled"}));
    const weir_layer *dense = layer_of(network.get(), "d");
    ASSERT_TRUE(dense->weight_quant && dense->bias_quant);
    EXPECT_EQ(dense->bias_quant->scale[0], 0.25f);
    EXPECT_EQ(floats(dense->bias, dense->bias + 2), (floats{0.25f, 0.5f}));
    EXPECT_EQ(infer(network.get(), {1, 2, 3}), (floats{3 * 6.25f + 0.3f, 5 * 6.5f + 0.6f}));
}

TEST(quant, on_activations_it_is_a_layer) {
    onnx_model m = start({1, 2, 1, 2});
    m.constant("s", {1, 2, 1, 1}, {0.5f, 1});
    m.constant("z", {}, {1});
    m.constant("b", {}, {3});
    m.node("Quant", "q", {"x", "s", "z", "b"}, "y")
        .in_domain("qonnx.custom_op.general")
        .set_int("signed", 0)
        .set_text("rounding_mode", "half_down");
    network_ptr network = load(m);
    ASSERT_TRUE(network);
    const weir_layer *layer = layer_of(network.get(), "q");
    ASSERT_EQ(layer->kind, WEIR_LAYER_QUANT);
    EXPECT_STREQ(weir_layer_kind_name(layer->kind), "quant");
    ASSERT_EQ(layer->quant->channels, 2u);
    EXPECT_EQ(layer->quant->scale[1], 1);
    EXPECT_EQ(layer->quant->rounding, WEIR_QUANT_HALF_DOWN);
    EXPECT_FALSE(layer->quant->is_signed);
    EXPECT_EQ(layer->out.channels, 2u);
    /* our order: both channels of a column side by side */
    EXPECT_EQ(infer(network.get(), {0.75f, 0.5f, -4, 99}), (floats{0.5f, 0, -0.5f, 6}));
}

TEST(quant, rounding_modes_by_name) {
    const char *names[] = {"round", "Ceil", "FLOOR", "up", "DOWN", "Half_Up", "HALF_DOWN"};
    for (int m = 0; m < 7; m++) {
        onnx_model model = start({1, 4});
        quant(model, "q", "x", "y", 1, 4).set_text("rounding_mode", names[m]);
        network_ptr network = load(model);
        ASSERT_TRUE(network);
        EXPECT_EQ(layer_of(network.get(), "q")->quant->rounding, all_modes[m]) << names[m];
    }
}

TEST(quant, one_signed_bit_is_bipolar) {
    onnx_model m = start({1, 4});
    m.constant("s", {}, {0.25f});
    quant(m, "q", "x", "a", 0.5f, 1);
    m.node("BipolarQuant", "p", {"a", "s"}, "y").in_domain("qonnx.custom_op.general");
    network_ptr network = load(m);
    ASSERT_TRUE(network);
    EXPECT_EQ(layers_of(network.get()), (texts{"q", "p"}));
    EXPECT_TRUE(layer_of(network.get(), "q")->quant->bipolar);
    EXPECT_TRUE(layer_of(network.get(), "p")->quant->bipolar);
    EXPECT_EQ(infer(network.get(), {-3, -0.1f, 0, 7}), (floats{-0.25f, -0.25f, 0.25f, 0.25f}));
}

/* --- a Quant without effect --- */

struct drop_case {
    const char *what;
    std::function<void(onnx_model &)> build; /* from tensor "a", which is on 0.25 of 4 bits, to y */
    texts layers;                            /* behind the first Quant */
};

TEST(quant, no_layer_where_values_stay_as_they_are) {
    const drop_case cases[] = {
        {"the same grid", [](onnx_model &m) { quant(m, "q", "a", "y", 0.25f, 4); }, {}},
        {"a finer grid that holds all",
         [](onnx_model &m) { quant(m, "q", "a", "y", 0.125f, 5); },
         {}},
        {"another rounding",
         [](onnx_model &m) {
             quant(m, "q", "a", "y", 0.25f, 6).set_text("rounding_mode", "FLOOR");
         },
         {}},
        {"a zero point that is compensated",
         [](onnx_model &m) { quant(m, "q", "a", "y", 0.25f, 4, 8).set_int("signed", 0); },
         {}},
        {"max pool",
         [](onnx_model &m) {
             m.node("MaxPool", "p", {"a"}, "b")
                 .set("kernel_shape", {2, 2})
                 .set("pads", {1, 0, 0, 0});
             quant(m, "q", "b", "y", 0.25f, 4);
         },
         {"p"}},
        {"resize",
         [](onnx_model &m) {
             m.node("Resize", "r", {"a", "", "twice"}, "b");
             quant(m, "q", "b", "y", 0.25f, 4);
         },
         {"r"}},
        {"concat",
         [](onnx_model &m) {
             m.node("MaxPool", "p", {"a"}, "b").set("kernel_shape", {1, 1});
             m.node("Concat", "c", {"a", "b"}, "d").set_int("axis", 1);
             quant(m, "q", "d", "y", 0.25f, 4);
         },
         {"p", "c"}},
        {"relu",
         [](onnx_model &m) {
             m.node("Relu", "r", {"a"}, "b");
             quant(m, "q", "b", "y", 0.25f, 3).set_int("signed", 0);
         },
         {"r", "q"}}, /* 0 to 7, but the proof takes the whole grid before the Relu */
        {"relu on the same grid",
         [](onnx_model &m) {
             m.node("Relu", "r", {"a"}, "b");
             quant(m, "q", "b", "y", 0.25f, 4);
         },
         {"r"}},
        {"a coarser grid", [](onnx_model &m) { quant(m, "q", "a", "y", 0.5f, 4); }, {"q"}},
        {"a finer grid of too few bits",
         [](onnx_model &m) { quant(m, "q", "a", "y", 0.125f, 4); },
         {"q"}},
        {"narrow",
         [](onnx_model &m) { quant(m, "q", "a", "y", 0.25f, 4).set_int("narrow", 1); },
         {"q"}},
        {"unsigned",
         [](onnx_model &m) { quant(m, "q", "a", "y", 0.25f, 4).set_int("signed", 0); },
         {"q"}},
        {"another zero point", [](onnx_model &m) { quant(m, "q", "a", "y", 0.25f, 4, 1); }, {"q"}},
        {"average pool",
         [](onnx_model &m) {
             m.node("AveragePool", "p", {"a"}, "b").set("kernel_shape", {2, 2});
             quant(m, "q", "b", "y", 0.25f, 4);
         },
         {"p", "q"}},
        {"concat with another grid",
         [](onnx_model &m) {
             quant(m, "f", "x", "b", 0.125f, 4);
             m.node("Concat", "c", {"a", "b"}, "d").set_int("axis", 1);
             quant(m, "q", "d", "y", 0.25f, 4);
         },
         {"f", "c", "q"}},
        {"concat with a nested grid",
         [](onnx_model &m) {
             quant(m, "f", "x", "b", 0.5f, 3);
             m.node("Concat", "c", {"a", "b"}, "d").set_int("axis", 1);
             quant(m, "q", "d", "y", 0.25f, 4);
         },
         {"f", "c"}},
    };
    for (const drop_case &test : cases) {
        onnx_model m = start({1, 2, 4, 4});
        m.opset = 11;
        m.constant("twice", {4}, {1, 1, 2, 2});
        quant(m, "first", "x", "a", 0.25f, 4);
        test.build(m);
        network_ptr network = load(m);
        texts expected = test.layers;
        expected.insert(expected.begin(), "first");
        EXPECT_EQ(layers_of(network.get()), expected) << test.what;
    }
}

TEST(quant, grids_of_channels_meet_through_a_concat) {
    for (float last : {1.0f, 0.5f}) {
        onnx_model m = start({1, 2, 1, 3});
        m.constant("s", {1, 2, 1, 1}, {0.5f, 1});
        m.constant("t", {1, 4, 1, 1}, {0.5f, 1, 0.5f, last});
        m.constant("z", {}, {0});
        m.constant("b", {}, {4});
        m.node("Quant", "p", {"x", "s", "z", "b"}, "a").in_domain("qonnx.custom_op.general");
        m.node("Concat", "c", {"a", "a"}, "d").set_int("axis", -3);
        m.node("Quant", "q", {"d", "t", "z", "b"}, "y").in_domain("qonnx.custom_op.general");
        network_ptr network = load(m);
        EXPECT_EQ(layers_of(network.get()), last == 1 ? (texts{"p", "c"}) : (texts{"p", "c", "q"}));
    }
}

/* --- Trunc --- */

onnx_model trunc_model(const floats &constants, const char *mode, float in_scale, float in_bits) {
    onnx_model m = start({1, 6});
    texts inputs = {"a"};
    for (size_t i = 0; i < constants.size(); i++) {
        inputs.push_back("t" + std::to_string(i));
        m.constant(inputs.back().c_str(), {}, {constants[i]});
    }
    if (in_scale > 0)
        quant(m, "q", "x", "a", in_scale, in_bits);
    else
        m.node("Identity", "", {"x"}, "a");
    auto &node = m.node("Trunc", "t", inputs, "y").in_domain("qonnx.custom_op.general");
    if (mode) node.set_text("rounding_mode", mode);
    return m;
}

TEST(quant, trunc_of_five_inputs_keeps_the_scale) {
    /* scale 0.5, zero point 0, 6 bits to 4: integers divided by 4 */
    network_ptr network = load(trunc_model({0.5f, 0, 6, 4}, nullptr, 0.5f, 6));
    ASSERT_TRUE(network);
    EXPECT_EQ(layers_of(network.get()), (texts{"q", "t", "t_2"}));
    EXPECT_EQ(layer_of(network.get(), "t")->kind, WEIR_LAYER_SCALE);
    EXPECT_EQ(layer_of(network.get(), "t_2")->quant->places, 2);
    /* integers 3, -3, 31, -32, 6, -6 */
    EXPECT_EQ(infer(network.get(), {1.5f, -1.5f, 15.5f, -16, 3, -3}),
              (floats{0, -0.5f, 3.5f, -4, 0.5f, -1}));
    network = load(trunc_model({0.5f, 0, 6, 4}, "CEIL", 0.5f, 6));
    EXPECT_EQ(infer(network.get(), {1.5f, -1.5f, 15.5f, -16, 3, -3}),
              (floats{0.5f, 0, 4, -4, 1, -0.5f}));
    network = load(trunc_model({0.5f, 0, 6, 4}, "round", 0.5f, 6));
    EXPECT_EQ(infer(network.get(), {1.5f, -1.5f, 15.5f, -16, 3, -3}),
              (floats{0.5f, -0.5f, 4, -4, 1, -1})); /* 1.5 goes to the even 2 */
    /* A zero point z: (floor((n + z) / 4) - z) * 0.5 */
    network = load(trunc_model({0.5f, 2, 6, 4}, nullptr, 0, 0));
    EXPECT_EQ(layers_of(network.get()), (texts{"t", "t_2", "t_3"}));
    EXPECT_EQ(infer(network.get(), {1.5f, -1.5f, 0, -16, 3, 0.6f}),
              (floats{-0.5f, -1.5f, -1, -5, 0, -1}));
}

TEST(quant, trunc_of_six_inputs_has_a_coarser_grid) {
    /* scale 0.5, zero point 0, 8 bits, then scale 2 of 3 bits */
    network_ptr network = load(trunc_model({0.5f, 0, 8, 2, 3}, nullptr, 0.5f, 8));
    ASSERT_TRUE(network);
    EXPECT_EQ(layers_of(network.get()), (texts{"q", "t"}));
    const weir_quant *grid = layer_of(network.get(), "t")->quant;
    EXPECT_EQ(grid->places, 2);
    EXPECT_EQ(grid->scale[0], 2);
    EXPECT_EQ(grid->bits, 3);
    EXPECT_EQ(infer(network.get(), {1.5f, -0.5f, 5.5f, -9, 99, -3}), (floats{0, -2, 4, -8, 6, -4}));
    onnx_model m = trunc_model({0.5f, 4, 8, 2, 3}, "UP", 0, 0);
    m.nodes.back().set_int("signed", 0).set_int("narrow", 1);
    network = load(m);
    ASSERT_TRUE(network);
    /* integers n + 4 over 4, away from zero, 0 to 6, less 1 */
    EXPECT_EQ(infer(network.get(), {0, 0.5f, -2, 2, 99, -99}), (floats{0, 2, -2, 2, 10, -2}));
    EXPECT_EQ(layer_of(network.get(), "t_2")->quant->zero_point[0], 1);
}

/* Scales that are no powers of two: floats are inexact, the result is not. */
TEST(quant, trunc_is_exact_on_any_scale) {
    const unsigned seed = 5;
    std::mt19937 random(seed);
    for (int round = 0; round < 50; round++) {
        float scale = std::uniform_real_distribution<float>(0.01f, 2)(random);
        network_ptr network = load(trunc_model({scale, 0, 8, scale * 4, 6}, nullptr, scale, 8));
        ASSERT_TRUE(network);
        floats input, expected;
        for (int i = 0; i < 6; i++) {
            int n = (int)(random() % 256) - 128;
            input.push_back((float)n * scale);
            expected.push_back((float)std::floor(n / 4.0) * (scale * 4));
        }
        EXPECT_EQ(infer(network.get(), input), expected) << "seed " << seed << " round " << round;
    }
}

TEST(quant, trunc_of_weights) {
    onnx_model m = start({1, 2});
    m.constant("w", {2, 1}, {1.5f, -1.5f});
    floats constants[] = {{0.5f}, {0}, {6}, {2}, {4}};
    for (int i = 0; i < 5; i++)
        m.constant(std::string(1, (char)('a' + i)).c_str(), {}, constants[i]);
    m.node("Trunc", "t", {"w", "a", "b", "c", "d", "e"}, "wq").in_domain("onnx.brevitas");
    m.node("MatMul", "m", {"x", "wq"}, "y");
    network_ptr network = load(m);
    ASSERT_TRUE(network);
    const weir_layer *dense = layer_of(network.get(), "m");
    EXPECT_EQ(floats(dense->weights, dense->weights + 2), (floats{0, -2}));
    EXPECT_EQ(dense->weight_quant->scale[0], 2);
}

/* --- refusals --- */

onnx_model quant_model(std::function<void(onnx_model &)> change) {
    onnx_model m = start({1, 2, 3, 4});
    quant(m, "q", "x", "y", 0.5f, 4);
    change(m);
    return m;
}

void resize_constant(onnx_model &m, const char *name, ints dims, floats values) {
    for (auto &tensor : m.tensors)
        if (tensor.name == name) {
            tensor.dims = dims;
            tensor.values = values;
        }
}

TEST(quant, refusals) {
    struct refused {
        const char *expected;
        std::function<onnx_model()> make;
    };
    const refused refusals[] = {
        {"node \"q\" (Quant): scale -0.5 of channel 0, it must be above 0",
         [] { return quant_model([](onnx_model &m) { resize_constant(m, "q.s", {}, {-0.5f}); }); }},
        {"node \"q\" (Quant): scale 0 of channel 1, it must be above 0",
         [] {
             return quant_model([](onnx_model &m) {
                 resize_constant(m, "q.s", {1, 2, 1, 1}, {1, 0});
             });
         }},
        {"node \"q\" (Quant): \"q.s\" must be a single value or run along one dimension of what it "
         "quantises",
         [] {
             return quant_model([](onnx_model &m) {
                 resize_constant(m, "q.s", {2, 3, 1}, {1, 2, 3, 4, 5, 6});
             });
         }},
        {"node \"q\" (Quant): \"q.s\" must be a single value or run along one dimension of what it "
         "quantises",
         [] { return quant_model([](onnx_model &m) {
                  resize_constant(m, "q.s", {2}, {1, 2});
              }); }},
        {"node \"q\" (Quant): scale and zero point run along dimensions 1 and 3",
         [] {
             return quant_model([](onnx_model &m) {
                 resize_constant(m, "q.s", {2, 1, 1}, {1, 2});
                 resize_constant(m, "q.z", {4}, {1, 2, 3, 4});
             });
         }},
        {"node \"q\" (Quant): bit width 3.5, it must be a whole number from 1 to 32",
         [] { return quant_model([](onnx_model &m) { resize_constant(m, "q.b", {}, {3.5f}); }); }},
        {"node \"q\" (Quant): bit width 33, it must be a whole number from 1 to 32",
         [] { return quant_model([](onnx_model &m) { resize_constant(m, "q.b", {}, {33}); }); }},
        {"node \"q\" (Quant): bit widths 3 and 4, they must be the same for all channels",
         [] {
             return quant_model([](onnx_model &m) {
                 resize_constant(m, "q.b", {2, 1, 1}, {3, 4});
             });
         }},
        {"node \"q\" (Quant): input \"q.b\" has no elements",
         [] { return quant_model([](onnx_model &m) { resize_constant(m, "q.b", {0}, {}); }); }},
        {"node \"q\" (Quant): has no input 3",
         [] { return quant_model([](onnx_model &m) { m.nodes[0].in.pop_back(); }); }},
        {"node \"q\" (Quant): rounding_mode \"STOCHASTIC\", it may be ROUND, CEIL, FLOOR, UP, "
         "DOWN, "
         "HALF_UP or HALF_DOWN",
         [] {
             return quant_model(
                 [](onnx_model &m) { m.nodes[0].set_text("rounding_mode", "STOCHASTIC"); });
         }},
        {"node \"q\" (FloatQuant): operator \"FloatQuant\" of domain \"qonnx.custom_op.general\" "
         "is "
         "not supported",
         [] { return quant_model([](onnx_model &m) { m.nodes[0].op = "FloatQuant"; }); }},
        {"node \"q\" (Quant): operator \"Quant\" is not supported",
         [] { return quant_model([](onnx_model &m) { m.nodes[0].domain = ""; }); }},
        {"node \"q\" (Quant): joins 2 computed tensors, only Add, Mul and Concat may",
         [] { return quant_model([](onnx_model &m) { m.nodes[0].in[1] = "x"; }); }},
        {"node \"c\" (Conv): \"w\" is quantised by scales along its dimension 1, only one scale "
         "or "
         "scales along the output channels (dimension 0) are supported",
         [] {
             onnx_model m = start({1, 2, 3, 4});
             m.constant("w", {3, 2, 1, 1}, floats(6, 1));
             quant(m, "q", "w", "wq", 0.5f, 4);
             resize_constant(m, "q.s", {2, 1, 1}, {1, 2});
             m.node("Conv", "c", {"x", "wq"}, "y");
             return m;
         }},
        {"node \"r\" (Reshape): regroups what \"w\" is quantised along",
         [] {
             onnx_model m = start({1, 3});
             m.constant("w", {2, 3}, floats(6, 1));
             m.constant_ints("s", {3, 2});
             quant(m, "q", "w", "wq", 0.5f, 4);
             resize_constant(m, "q.s", {2, 1}, {1, 2});
             m.node("Reshape", "r", {"wq", "s"}, "v");
             m.node("MatMul", "m", {"x", "v"}, "y");
             return m;
         }},
        {"node \"t\" (Trunc): from 4 to 6 bits, there must be fewer after",
         [] {
             return trunc_model({1, 0, 4, 6}, nullptr, 0, 0);
         }},
        {"node \"t\" (Trunc): zero point 3 with scale 0.75: only a zero point of 0, or a scale "
         "that "
         "is a power of two, is supported",
         [] {
             return trunc_model({0.75f, 3, 6, 4}, nullptr, 0, 0);
         }},
        {"node \"t\" (Trunc): \"t3\" must be one scale: 1, 2, 4 or another power of two times the "
         "scale 0.5 before",
         [] {
             return trunc_model({0.5f, 0, 6, 1.5f, 4}, nullptr, 0, 0);
         }},
        {"node \"t\" (Trunc): 6 scales or zero points, only one is supported",
         [] {
             onnx_model m = trunc_model({1, 0, 6, 4}, nullptr, 0, 0);
             resize_constant(m, "t0", {6}, {1, 2, 3, 4, 5, 6});
             return m;
         }},
    };
    for (const refused &test : refusals) {
        texts errors;
        EXPECT_EQ(load(test.make(), &errors), nullptr) << test.expected;
        EXPECT_EQ(errors, texts{test.expected});
    }
}

} // namespace
