// Pruning: how many weights, which ones, and that nothing else changes.
#include "hls/onnx_load.h"
#include "hls/prune.h"
#include <cmath>
#include <random>

namespace {

// conv 2 -> 4 channels of 3 x 3, dense on its 16 outputs.
onnx_model Model(uint64_t seed) {
    std::mt19937_64 random(seed);
    auto some = [&](size_t n) {
        floats list(n);
        for (float &v : list)
            v = ((float)(random() % 20000) - 10000) / 7000;
        return list;
    };
    onnx_model m = start({1, 2, 4, 4});
    m.constant("w", {4, 2, 3, 3}, some(72));
    m.constant("b", {4}, some(4));
    m.node("Conv", "conv", {"x", "w", "b"}, "c");
    m.node("Flatten", "flat", {"c"}, "f");
    m.constant("v", {5, 16}, some(80));
    m.constant("d", {5}, some(5));
    m.node("Gemm", "dense", {"f", "v", "d"}, "y").set_int("transB", 1);
    return m;
}

struct Pruned {
    explicit Pruned(const weir_pruning &pruning, uint64_t seed = 3) : network(nullptr, nullptr) {
        texts errors;
        onnx_model model = Model(seed);
        network = load(model, &errors);
        EXPECT_EQ(errors, texts());
        for (uint32_t l = 0; l < weir_network_layers(network.get()); l++) {
            const weir_layer *layer = weir_network_layer(network.get(), l);
            if (std::string(layer->name) == "conv") conv = l;
            if (std::string(layer->name) == "dense") dense = l;
        }
        before = Weights(conv, 72);
        before_dense = Weights(dense, 80);
        for (uint32_t l = 0; l < weir_network_layers(network.get()); l++)
            weir_network_prune(network.get(), l, &pruning);
        after = Weights(conv, 72);
    }
    floats Weights(uint32_t layer, size_t n) {
        const float *list = weir_network_layer(network.get(), layer)->weights;
        return floats(list, list + n);
    }
    // Weights are [rows][columns][inputs][outputs].
    size_t Zeros() const { return (size_t)std::count(after.begin(), after.end(), 0.0f); }

    network_ptr network;
    uint32_t conv = 0, dense = 0;
    floats before, before_dense, after;
};

TEST(Prune, MagnitudeTakesTheSmallest) {
    Pruned p({0.25, WEIR_PRUNE_MAGNITUDE, 0, false});
    EXPECT_EQ(p.Zeros(), 18u);
    float largest_gone = 0, smallest_kept = 100;
    for (size_t i = 0; i < 72; i++) {
        float size = std::fabs(p.before[i]);
        if (p.after[i] == 0)
            largest_gone = std::max(largest_gone, size);
        else {
            smallest_kept = std::min(smallest_kept, size);
            EXPECT_EQ(p.after[i], p.before[i]);
        }
    }
    EXPECT_LE(largest_gone, smallest_kept);
    EXPECT_EQ(std::count(p.before_dense.begin(), p.before_dense.end(), 0.0f), 0);
    floats dense = p.Weights(p.dense, 80);
    EXPECT_EQ(std::count(dense.begin(), dense.end(), 0.0f), 20);
}

TEST(Prune, RandomIsTheSeeds) {
    Pruned a({0.5, WEIR_PRUNE_RANDOM, 7, false}), b({0.5, WEIR_PRUNE_RANDOM, 7, false}),
        c({0.5, WEIR_PRUNE_RANDOM, 8, false});
    EXPECT_EQ(a.Zeros(), 36u);
    EXPECT_EQ(a.after, b.after);
    EXPECT_NE(a.after, c.after);
    Pruned all({1, WEIR_PRUNE_RANDOM, 7, false}), none({0, WEIR_PRUNE_RANDOM, 7, false});
    EXPECT_EQ(all.Zeros(), 72u);
    EXPECT_EQ(none.Zeros(), 0u);
}

TEST(Prune, FiltersGoWithTheirBiases) {
    Pruned p({0.5, WEIR_PRUNE_FILTER, 0, false});
    EXPECT_EQ(p.Zeros(), 36u);
    const float *bias = weir_network_layer(p.network.get(), p.conv)->bias;
    double kept = 1e9, gone = 0;
    for (size_t o = 0; o < 4; o++) {
        double norm = 0;
        size_t zeros = 0;
        for (size_t i = o; i < 72; i += 4) {
            norm += std::fabs(p.before[i]);
            zeros += p.after[i] == 0;
        }
        ASSERT_TRUE(zeros == 0 || zeros == 18) << "a filter whole or not at all";
        EXPECT_EQ(bias[o] == 0, zeros == 18);
        (zeros ? gone : kept) = zeros ? std::max(gone, norm) : std::min(kept, norm);
    }
    EXPECT_LE(gone, kept);
}

TEST(Prune, ChannelsAreInputs) {
    Pruned p({0.5, WEIR_PRUNE_CHANNEL, 0, false});
    EXPECT_EQ(p.Zeros(), 36u);
    for (size_t i = 0; i < 2; i++) {
        size_t zeros = 0;
        for (size_t tap = 0; tap < 9; tap++)
            for (size_t o = 0; o < 4; o++)
                zeros += p.after[(tap * 2 + i) * 4 + o] == 0;
        EXPECT_TRUE(zeros == 0 || zeros == 36);
    }
}

TEST(Prune, CountsRoundToTheNearest) {
    EXPECT_EQ(Pruned({0.0069, WEIR_PRUNE_MAGNITUDE, 0, false}).Zeros(), 0u) << "0.497 weights";
    EXPECT_EQ(Pruned({0.0070, WEIR_PRUNE_MAGNITUDE, 0, false}).Zeros(), 1u) << "0.504 weights";
}

} // namespace
