// Multiplications: signed digits against their definition, counts against a walk over every position,
// and the published DSP counts of a network.
#include "hls/multiplications.h"
#include "hls/onnx_load.h"
#include <cmath>
#include <filesystem>
#include <random>

namespace fs = std::filesystem;

namespace {

int64_t sum_of(const weir_digit *digits, uint32_t n) {
    int64_t sum = 0;
    for (uint32_t d = 0; d < n; d++)
        sum += digits[d].minus ? -(INT64_C(1) << digits[d].shift) : INT64_C(1) << digits[d].shift;
    return sum;
}

// The fewest signed powers of two that add up to m, by trying: 0 to 3, else 4.
uint32_t fewest(int64_t m, int bits, uint32_t most = 3) {
    if (m == 0) return 0;
    for (uint32_t n = 1; n <= most; n++)
        for (int s = 0; s <= bits; s++)
            for (int64_t power : {INT64_C(1) << s, -(INT64_C(1) << s)})
                if (n == 1 ? m == power : fewest(m - power, bits, n - 1) <= n - 1) return n;
    return most + 1;
}

TEST(Multiplications, DigitsAreTheFewest) {
    weir_digit digits[WEIR_MAX_DIGITS];
    EXPECT_EQ(weir_signed_digits(0, digits), 0u);
    for (uint64_t m = 1; m < 512; m++) {
        uint32_t n = weir_signed_digits(m, digits);
        EXPECT_EQ(sum_of(digits, n), (int64_t)m);
        EXPECT_EQ(std::min(n, 4u), fewest((int64_t)m, 10)) << m;
        for (uint32_t d = 1; d < n; d++)
            EXPECT_GT(digits[d].shift, digits[d - 1].shift + 1) << m << ": digits side by side";
    }
    for (uint64_t m : {UINT64_C(0x5555555555555555), UINT64_C(0x7fffffffffffffff)}) {
        uint32_t n = weir_signed_digits(m, digits);
        EXPECT_EQ(n, m == UINT64_C(0x7fffffffffffffff) ? 2u : 32u);
    }
}

TEST(Multiplications, DigitsOfKnownNumbers) {
    weir_digit digits[WEIR_MAX_DIGITS];
    EXPECT_EQ(weir_signed_digits(7, digits), 2u); // 8 - 1
    EXPECT_TRUE(digits[0].minus);
    EXPECT_EQ(digits[1].shift, 3u);
    EXPECT_EQ(weir_signed_digits(11, digits), 3u);
    EXPECT_EQ(weir_signed_digits(40, digits), 2u);
    EXPECT_EQ(weir_signed_digits(64, digits), 1u);
}

// A random convolution, counted position by position.
TEST(Multiplications, CountsPositionsInsideTheTensor) {
    const uint64_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    auto any = [&](uint32_t low, uint32_t high) {
        return low + (uint32_t)(random() % (high - low + 1));
    };
    weir_fixed type{8, 3, true, WEIR_TRN, WEIR_WRAP};
    for (int round = 0; round < 40; round++) {
        weir_layer layer = {};
        layer.kind = WEIR_LAYER_CONV;
        layer.groups = any(1, 2);
        layer.in = {any(1, 6), any(1, 6), 2 * any(1, 2)};
        weir_window_shape &w = layer.window;
        w = {any(1, 3), any(1, 3), any(1, 2), any(1, 2), any(1, 2),
             any(1, 2), any(0, 2), any(0, 2), any(0, 2), any(0, 2)};
        int rows = (int)(layer.in.rows + w.pad_top + w.pad_bottom) -
                   (int)(w.dilation_rows * (w.kernel_rows - 1) + 1);
        int columns = (int)(layer.in.columns + w.pad_left + w.pad_right) -
                      (int)(w.dilation_columns * (w.kernel_columns - 1) + 1);
        if (rows < 0 || columns < 0) continue;
        layer.out = {(uint32_t)rows / w.stride_rows + 1, (uint32_t)columns / w.stride_columns + 1,
                     2 * any(1, 2)};
        uint32_t taps = layer.in.channels / layer.groups * layer.out.channels;
        std::vector<float> weights(w.kernel_rows * w.kernel_columns * taps);
        for (float &value : weights)
            value = random() % 3 == 0 ? 0 : (float)((int64_t)(random() % 255) - 127) / 40;
        layer.weights = weights.data();

        weir_multiplications expected = {};
        weir_digit digits[WEIR_MAX_DIGITS];
        for (uint32_t r = 0; r < layer.out.rows; r++)
            for (uint32_t c = 0; c < layer.out.columns; c++)
                for (uint32_t k = 0; k < w.kernel_rows * w.kernel_columns; k++) {
                    int row = (int)(r * w.stride_rows + k / w.kernel_columns * w.dilation_rows) -
                              (int)w.pad_top;
                    int column =
                        (int)(c * w.stride_columns + k % w.kernel_columns * w.dilation_columns) -
                        (int)w.pad_left;
                    if (row < 0 || column < 0 || row >= (int)layer.in.rows ||
                        column >= (int)layer.in.columns)
                        continue;
                    for (uint32_t i = 0; i < taps; i++) {
                        int64_t value = (int64_t)std::floor(weights[k * taps + i] * 32);
                        expected.positions++;
                        expected.built += value != 0;
                        expected.dsp += weir_signed_digits((uint64_t)std::abs(value), digits) > 2;
                    }
                }
        weir_multiplications found = weir_layer_multiplications(&layer, type);
        EXPECT_EQ(found.positions, expected.positions);
        EXPECT_EQ(found.built, expected.built);
        EXPECT_EQ(found.dsp, expected.dsp);
    }
}

TEST(Multiplications, DenseLayerAndReuse) {
    // 2 x 3 weights of ap_fixed<6,2>: 4 fraction bits. 1/32 is floored to 0, -1/32 to -1/16.
    const float weights[] = {0.0f, 1.0f, 0.03125f, -0.03125f, 0.6875f, 1.3125f};
    weir_layer layer = {};
    layer.kind = WEIR_LAYER_DENSE;
    layer.in = {1, 1, 2};
    layer.out = {1, 1, 3};
    layer.weights = weights;
    weir_multiplications counts =
        weir_layer_multiplications(&layer, {6, 2, true, WEIR_TRN, WEIR_WRAP});
    EXPECT_EQ(counts.positions, 6u);
    EXPECT_EQ(counts.built, 4u);
    EXPECT_EQ(counts.dsp, 2u) << "0.6875 is 11/16, 1.3125 is 21/16: three digits each";
    EXPECT_EQ(weir_layer_dsp(counts, 1), 2u);
    EXPECT_EQ(weir_layer_dsp(counts, 2), 2u);
    EXPECT_EQ(weir_layer_dsp(counts, 3), 2u);
    EXPECT_EQ(weir_layer_dsp(counts, 4), 1u);
    layer.kind = WEIR_LAYER_RELU;
    EXPECT_EQ(weir_layer_multiplications(&layer, {6, 2, true, WEIR_TRN, WEIR_WRAP}).built, 0u);
}

// hls4ml issue 56: DSP 547, 398, 266 at reuse factors 1, 2, 3.
TEST(Multiplications, PublishedNetwork) {
    fs::path file =
        fs::path(WEIR_SOURCE_DIR).parent_path() / "shared" / "networks" / "conv1d_small_keras.onnx";
    if (!fs::exists(file)) GTEST_SKIP() << file << " is not there";
    texts errors;
    network_ptr network = load_file(file, &errors);
    ASSERT_NE(network, nullptr);
    std::vector<uint64_t> built, dsp;
    uint64_t totals[4] = {};
    for (uint32_t l = 0; l < weir_network_layers(network.get()); l++) {
        weir_multiplications counts = weir_layer_multiplications(
            weir_network_layer(network.get(), l), {18, 8, true, WEIR_TRN, WEIR_WRAP});
        if (counts.built == 0) continue;
        built.push_back(counts.built);
        dsp.push_back(counts.dsp);
        for (uint64_t reuse = 1; reuse <= 3; reuse++)
            totals[reuse] += weir_layer_dsp(counts, reuse);
    }
    EXPECT_EQ(built, (std::vector<uint64_t>{432, 216, 72, 50, 25}));
    EXPECT_EQ(dsp, (std::vector<uint64_t>{295, 126, 62, 41, 23}));
    EXPECT_EQ(totals[1], 547u);
    EXPECT_EQ(totals[2], 398u);
    EXPECT_EQ(totals[3], 266u);
}

} // namespace
