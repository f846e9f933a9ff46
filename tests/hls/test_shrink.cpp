// Pruned filters and channels taken out: the shapes that are left, that the numbers stay, and what is
// refused, at the line of the layer that asks.
extern "C" {
#include "hls/shrink.h"
}
#include "hls/design_text.h"
#include "hls/onnx_load.h"
#include <cmath>
#include <map>
#include <random>

namespace {

const weir_pruning kFilters = {0.5, WEIR_PRUNE_FILTER, 1, true};
const weir_pruning kChannels = {0.5, WEIR_PRUNE_CHANNEL, 1, true};

floats some(size_t n, uint64_t seed) {
    std::mt19937_64 random(seed);
    floats list(n);
    for (float &v : list)
        v = ((float)(random() % 20000) - 10000) / 7000;
    return list;
}

// A network pruned with its zeros in place, and shrunk.
struct Shrunk {
    Shrunk(const onnx_model &model, const std::map<std::string, weir_pruning> &asks)
        : zeroed(load(model, &errors)), shrunk(load(model, &errors)) {
        uint32_t n = weir_network_layers(shrunk.get());
        std::vector<weir_layer_settings> settings(n);
        for (uint32_t l = 0; l < n; l++) {
            settings[l].loc = {"net.cfg", (int)l + 1};
            auto ask = asks.find(weir_network_layer(shrunk.get(), l)->name);
            if (ask != asks.end()) settings[l].prune = ask->second;
            weir_network_prune(zeroed.get(), l, &settings[l].prune);
            weir_network_prune(shrunk.get(), l, &settings[l].prune);
        }
        weir_diag *diag = weir_diag_new();
        good = weir_network_shrink(shrunk.get(), settings.data(), diag);
        for (size_t i = 0; i < weir_diag_count(diag); i++)
            errors.push_back(std::to_string(weir_diag_at(diag, i)->line) + ": " +
                             weir_diag_at(diag, i)->text);
        weir_diag_free(diag);
    }
    static floats infer(const weir_network *network) {
        auto size = [&](uint32_t layer) {
            weir_shape shape = weir_network_layer(network, layer)->out;
            return (size_t)shape.rows * shape.columns * shape.channels;
        };
        floats in = some(size(weir_network_input(network)), 5);
        floats out(size(weir_network_output(network)));
        std::vector<float *> values(weir_network_layers(network));
        values[weir_network_output(network)] = out.data();
        weir_network_infer(network, in.data(), values.data());
        return out;
    }
    void expect_same(const texts &shapes) {
        ASSERT_EQ(errors, texts());
        ASSERT_TRUE(good);
        EXPECT_EQ(describe(shrunk.get()), shapes);
        EXPECT_EQ(infer(shrunk.get()), infer(zeroed.get()));
    }

    texts errors;
    network_ptr zeroed, shrunk;
    bool good = false;
};

// conv a (8) - relu - max pool - depthwise d - concat with conv b (4) - conv e - flatten - dense.
onnx_model Branches(bool bias) {
    onnx_model m = start({1, 2, 8, 8});
    m.constant("wa", {8, 2, 3, 3}, some(144, 1));
    m.constant("ba", {8}, some(8, 2));
    m.node("Conv", "a", {"x", "wa", "ba"}, "ya").set("pads", {1, 1, 1, 1});
    m.node("Relu", "relu", {"ya"}, "yr");
    m.node("MaxPool", "pool", {"yr"}, "yp").set("kernel_shape", {2, 2}).set("strides", {2, 2});
    m.constant("wd", {8, 1, 3, 3}, some(72, 3));
    m.constant("bd", {8}, some(8, 4));
    std::vector<std::string> in = {"yp", "wd"};
    if (bias) in.push_back("bd");
    m.node("Conv", "d", in, "yd").set("pads", {1, 1, 1, 1}).set_int("group", 8);
    m.constant("wb", {4, 2, 2, 2}, some(32, 6));
    m.node("Conv", "b", {"x", "wb"}, "yb").set("strides", {2, 2});
    m.node("Concat", "cat", {"yb", "yd"}, "yc").set_int("axis", 1);
    m.constant("we", {6, 12, 1, 1}, some(72, 7));
    m.node("Conv", "e", {"yc", "we"}, "ye");
    m.node("Tanh", "tanh", {"ye"}, "yt");
    m.node("Flatten", "flat", {"yt"}, "yf");
    m.constant("wf", {5, 96}, some(480, 8));
    m.node("Gemm", "dense", {"yf", "wf"}, "y").set_int("transB", 1);
    return m;
}

TEST(Shrink, FiltersGoFromAllThatFollows) {
    Shrunk both(Branches(false), {{"a", kFilters}, {"b", kFilters}, {"e", kFilters}});
    both.expect_same({"input input 8x8x2", "a conv 8x8x4", "relu relu 8x8x4", "pool max_pool 4x4x4",
                      "d conv 4x4x4", "b conv 4x4x2", "cat concat 4x4x6", "e conv 4x4x3",
                      "tanh tanh 4x4x3", "dense dense 1x1x5", "output output 1x1x5"});
    const weir_layer *d = weir_network_layer(both.shrunk.get(), 4);
    EXPECT_EQ(d->groups, 4u);
    EXPECT_EQ(weir_network_layer(both.shrunk.get(), 9)->in.channels *
                  weir_network_layer(both.shrunk.get(), 9)->in.rows *
                  weir_network_layer(both.shrunk.get(), 9)->in.columns,
              48u);
}

// Channels that e does not read: two of b's filters, four of d's and so of a's.
TEST(Shrink, ChannelsGoFromWhatMakesThem) {
    onnx_model m = start({1, 2, 6, 6});
    m.constant("wa", {8, 2, 3, 3}, some(144, 1));
    m.constant("ba", {8}, some(8, 2));
    m.node("Conv", "a", {"x", "wa", "ba"}, "ya");
    m.node("Sigmoid", "sigmoid", {"ya"}, "ys"); // whatever it makes of them
    m.constant("wd", {8, 1, 3, 3}, some(72, 3));
    m.constant("bd", {8}, some(8, 4));
    m.node("Conv", "d", {"ys", "wd", "bd"}, "yd").set_int("group", 8);
    m.constant("we", {6, 8, 1, 1}, some(48, 7));
    m.node("Conv", "e", {"yd", "we"}, "ye");
    m.node("GlobalAveragePool", "average", {"ye"}, "yg");
    m.node("Flatten", "flat", {"yg"}, "yf");
    m.constant("wf", {5, 6}, some(30, 8));
    m.node("Gemm", "dense", {"yf", "wf"}, "y").set_int("transB", 1);
    Shrunk(m, {{"e", kChannels}, {"dense", kChannels}})
        .expect_same({"input input 6x6x2", "a conv 4x4x4", "sigmoid sigmoid 4x4x4", "d conv 2x2x4",
                      "e conv 2x2x3", "average global_average_pool 1x1x3", "dense dense 1x1x5",
                      "output output 1x1x5"});
}

onnx_model Sum(const floats &second) {
    onnx_model m = start({1, 2, 4, 4});
    m.constant("wa", {4, 2, 1, 1}, some(8, 1));
    m.constant("wb", {4, 2, 1, 1}, second);
    m.node("Conv", "a", {"x", "wa"}, "ya");
    m.node("Conv", "b", {"x", "wb"}, "yb");
    m.node("Add", "sum", {"ya", "yb"}, "ys");
    m.constant("we", {3, 4, 1, 1}, some(12, 7));
    m.node("Conv", "e", {"ys", "we"}, "y");
    return m;
}

TEST(Shrink, SumsWhereBothSidesLoseTheSame) {
    Shrunk(Sum(some(8, 1)), {{"a", kFilters}, {"b", kFilters}})
        .expect_same({"input input 4x4x2", "a conv 4x4x2", "b conv 4x4x2", "sum add 4x4x2",
                      "e conv 4x4x3", "output output 4x4x3"});
}

TEST(Shrink, Refusals) {
    const texts sum = {"2: layer \"a\": prune_shrink: \"sum\" joins tensors that would have other "
                       "channels; allowed where all of them lose the same"};
    floats turned = some(8, 1);
    std::rotate(turned.begin(), turned.begin() + 2, turned.end());
    EXPECT_EQ(Shrunk(Sum(some(8, 1)), {{"a", kFilters}}).errors, sum);
    EXPECT_FALSE(Shrunk(Sum(turned), {{"a", kFilters}, {"b", kFilters}}).good);
    EXPECT_EQ(
        Shrunk(Sum(turned), {{"e", kChannels}}).errors,
        texts({"5: layer \"e\": prune_shrink: its channels come from \"sum\", a layer of kind "
               "add, which keeps them; allowed are convolutions without groups and dense "
               "layers"}));
    EXPECT_EQ(Shrunk(Sum(turned), {{"a", kChannels}}).errors,
              texts({"2: layer \"a\": prune_shrink: its channels are those of \"input\", which 2 "
                     "layers read; allowed is one reader"}));
    EXPECT_EQ(
        Shrunk(Sum(turned), {{"e", kFilters}}).errors,
        texts({"5: layer \"e\": prune_shrink: \"output\", a layer of kind output, needs all "
               "channels of \"e\"; allowed are layers before a convolution without groups or a "
               "dense layer"}));
    weir_pruning magnitude = {0.5, WEIR_PRUNE_MAGNITUDE, 1, true},
                 all = {1, WEIR_PRUNE_FILTER, 1, true};
    EXPECT_EQ(Shrunk(Sum(turned), {{"a", magnitude}, {"b", all}}).errors,
              texts({"2: layer \"a\": prune_shrink with prune_by \"magnitude\", allowed are "
                     "\"filter\" and \"channel\"",
                     "3: layer \"b\": prune_shrink of all 4 channels of \"b\", at least 1 must "
                     "stay"}));
    Shrunk biased(Branches(true), {{"a", kFilters}});
    ASSERT_EQ(biased.errors.size(), 1u);
    EXPECT_NE(biased.errors[0].find("\"d\" makes "), std::string::npos) << biased.errors[0];
    EXPECT_EQ(Shrunk(Branches(false), {{"d", kFilters}}).errors,
              texts({"5: layer \"d\": prune_shrink of a convolution in 8 groups, allowed is 1 "
                     "group"}));
    EXPECT_EQ(Shrunk(Branches(false), {{"dense", kChannels}}).errors,
              texts({"10: layer \"dense\": prune_shrink: its 96 inputs are several positions of 6 "
                     "channels, and not all of a channel's are pruned; allowed is prune_by "
                     "\"filter\" of the layer before"}));
    onnx_model sigmoid = start({1, 2, 4, 4});
    sigmoid.constant("wa", {4, 2, 1, 1}, some(8, 1));
    sigmoid.node("Conv", "a", {"x", "wa"}, "ya");
    sigmoid.node("Sigmoid", "s", {"ya"}, "ys");
    sigmoid.constant("we", {3, 4, 1, 1}, some(12, 7));
    sigmoid.node("Conv", "e", {"ys", "we"}, "y");
    std::string error = Shrunk(sigmoid, {{"a", kFilters}}).errors.at(0);
    EXPECT_EQ(error.substr(0, error.find("channel")),
              "2: layer \"a\": prune_shrink: \"s\" makes 0.5 of the zero in ");
}

// ---------------------------------------------------------------- designs

TEST(ShrinkDesign, FixedPointIsThatOfTheZeroedDesign) {
    const struct {
        const char *network, *layers, *channel;
        uint32_t channels;
    } cases[] = {
        {"digits",
         "{ name = \"conv1\"; prune = 0.5; prune_by = \"filter\"; % },"
         "{ name = \"conv2\"; prune = 0.4; prune_by = \"filter\"; % },"
         "{ name = \"dense2\"; prune = 0.25; prune_by = \"channel\"; % }",
         "relu3_out", 12},
        {"turns",
         "{ name = \"conv2\"; prune = 0.5; prune_by = \"filter\"; % },"
         "{ name = \"conv3\"; prune = 0.3; prune_by = \"filter\"; % },"
         "{ name = \"dense2\"; prune = 0.5; prune_by = \"channel\"; % }",
         "dense1_out", 6},
        {"skip", "{ name = \"conv5\"; prune = 0; % }", "conv5_out", 8},
    };
    for (const auto &c : cases) {
        auto with = [&](const std::string &what) {
            std::string text = c.layers;
            for (size_t at; (at = text.find('%')) != std::string::npos;)
                text.replace(at, 1, what);
            return design_of(c.network, text);
        };
        DesignText zeroed(with("")), shrunk(with("prune_shrink = true;"));
        ASSERT_TRUE(zeroed.compiled && shrunk.compiled) << shrunk.errors();
        EXPECT_EQ(shrunk.outputs(4), zeroed.outputs(4)) << c.network;
        EXPECT_EQ(shrunk.channel(c.channel)->stream.channels, c.channels) << c.network;
    }
}

TEST(ShrinkDesign, AReloadShrinksAgain) {
    DesignText text(design_of("digits", "{ name = \"conv1\"; prune = 0.5; prune_by = \"filter\"; "
                                        "prune_shrink = true; }"));
    ASSERT_TRUE(text.compiled) << text.errors();
    weir_diag *diag = weir_diag_new();
    weir_design *copy = weir_design_copy(text.design);
    ASSERT_TRUE(weir_design_reload(copy, diag));
    EXPECT_EQ(describe(copy->network), describe(text.design->network));
    const_cast<weir_layer_settings *>(copy->settings)[1].prune.by = WEIR_PRUNE_RANDOM;
    EXPECT_FALSE(weir_design_reload(copy, diag));
    weir_design_free(copy);
    weir_diag_free(diag);
}

TEST(ShrinkDesign, RefusedAtItsLine) {
    EXPECT_EQ(
        DesignText(design_of("trigger", "{ name = \"dense1\"; },\n{ name = \"conv1\"; prune = "
                                        "0.5; prune_by = \"filter\"; prune_shrink = true; }"))
            .errors(),
        "3: layer \"conv1\": prune_shrink: \"conv2\", a layer of kind conv in groups, needs "
        "all channels of \"relu1\"; allowed are layers before a convolution without groups or "
        "a dense layer\n");
}

} // namespace
