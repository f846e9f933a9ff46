// Stimulus: every format and element type, and every way for a file to be wrong.
#include "base/scratch.h"
#include "traces/stimulus.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using scratch::Lines;

namespace {

std::string Npy(const std::string &descr, const std::string &shape, const std::string &data,
                int major = 1, const std::string &order = "False") {
    std::string header =
        "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
    header.resize((header.size() + 10 + 63) / 64 * 64 - 10, ' ');
    header.back() = '\n';
    std::string file = "\x93NUMPY";
    file += static_cast<char>(major);
    file += '\0';
    for (int i = 0; i < (major == 1 ? 2 : 4); i++)
        file += static_cast<char>(header.size() >> (8 * i));
    return file + header + data;
}

template <typename T> std::string Bytes(std::initializer_list<T> values) {
    std::string bytes;
    for (T value : values) {
        char raw[sizeof value];
        std::memcpy(raw, &value, sizeof value);
        bytes.append(raw, sizeof value);
    }
    return bytes;
}

struct Loaded {
    bool good;
    uint64_t count;
    std::vector<float> values;
    Lines lines;
};

Loaded Load(const std::string &bytes, uint64_t elements, uint64_t limit = 0) {
    scratch::Folder folder;
    scratch::Diag diag;
    weir_frames frames;
    Loaded loaded = {};
    loaded.good =
        weir_frames_load(&frames, folder.Write("x.in", bytes).c_str(), elements, limit, diag);
    EXPECT_EQ(loaded.good, !weir_diag_has_errors(diag));
    if (loaded.good) {
        loaded.count = frames.count;
        loaded.values.assign(frames.values, frames.values + frames.count * frames.elements);
    } else {
        EXPECT_EQ(frames.values, nullptr);
    }
    weir_frames_free(&frames);
    loaded.lines = diag.Lines();
    return loaded;
}

using Floats = std::vector<float>;

TEST(Npy, ReadsEveryElementType) {
    const std::pair<std::string, std::string> cases[] = {
        {"<f4", Bytes<float>({-3, 100})},   {"<f8", Bytes<double>({-3, 100})},
        {"|i1", Bytes<int8_t>({-3, 100})},  {"<i2", Bytes<int16_t>({-3, 100})},
        {"<i4", Bytes<int32_t>({-3, 100})}, {"<i8", Bytes<int64_t>({-3, 100})},
    };
    for (const auto &[descr, data] : cases) {
        Loaded loaded = Load(Npy(descr, "(2,)", data), 2);
        EXPECT_EQ(loaded.values, (Floats{-3, 100})) << descr;
    }
    EXPECT_EQ(Load(Npy("|u1", "(2,)", Bytes<uint8_t>({3, 200})), 2).values, (Floats{3, 200}));
    EXPECT_EQ(Load(Npy("<u2", "(2,)", Bytes<uint16_t>({3, 65535})), 2).values, (Floats{3, 65535}));
}

TEST(Npy, ReadsEveryVersionAndShape) {
    std::string data = Bytes<int8_t>({1, 2, 3, 4, 5, 6});
    for (int major = 1; major <= 3; major++)
        EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data, major), 3).count, 2u) << major;
    EXPECT_EQ(Load(Npy("|i1", "(1, 2, 3)", data), 6).count, 1u);
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data), 6).count, 1u);
    EXPECT_EQ(Load(Npy("|i1", "(3, 1, 2, 1)", data), 2).count, 3u);
    EXPECT_EQ(Load(Npy("|i1", "(6,)", data), 1).count, 6u);
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data), 3, 1).values, (Floats{1, 2, 3}));
}

TEST(Npy, RefusesWhatItCannotUse) {
    std::string data = Bytes<int8_t>({1, 2, 3, 4, 5, 6});
    EXPECT_EQ(Load(Npy(">f4", "(2,)", data), 2).lines,
              (Lines{"x.in: error: element type \">f4\"; allowed: <f4, <f8, |i1, <i2, <i4, <i8, "
                     "|u1, <u2, <u4"}));
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data), 4).lines,
              (Lines{"x.in: error: shape (2, 3) does not hold frames of 4 values, must be one "
                     "frame or have a leading frame axis"}));
    EXPECT_EQ(Load(Npy("|i1", "(0, 3)", ""), 3).lines,
              (Lines{"x.in: error: shape (0, 3) does not hold frames of 3 values, must be one "
                     "frame or have a leading frame axis"}));
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data.substr(1)), 3).lines,
              (Lines{"x.in: error: 5 bytes of data, shape (2, 3) of 1-byte values needs 6"}));
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data + "x"), 3).lines,
              (Lines{"x.in: error: 7 bytes of data, shape (2, 3) of 1-byte values needs 6"}));
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data), 3, 3).lines,
              (Lines{"x.in: error: 2 frames, 3 asked for"}));
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data, 1, "True"), 3).lines,
              (Lines{"x.in: error: Fortran order; allowed: C order"}));
    EXPECT_EQ(Load(Npy("|i1", "(2, 3)", data, 4), 3).lines,
              (Lines{"x.in: error: .npy version 4.0; allowed: 1.0, 2.0, 3.0"}));
    EXPECT_EQ(Load(Npy("|i1", "(2, x)", data), 3).lines,
              (Lines{"x.in: error: the header's 'shape' is damaged near \"x), }   \", must be a "
                     "list of integers"}));
    EXPECT_EQ(Load(Npy("<f4", "(2, 2)", Bytes<float>({0, 1, 2, NAN})), 2).lines,
              (Lines{"x.in: error: frame 1, value 1: nan, must be a finite float"}));
    EXPECT_EQ(Load(Npy("<f8", "(2,)", Bytes<double>({1e300, 0})), 2).lines,
              (Lines{"x.in: error: frame 0, value 0: 1e+300, must be a finite float"}));
    EXPECT_EQ(Load(Npy("<i8", "(4294967296, 4294967296, 4)", ""), 4).good, false);
}

TEST(Npy, RefusesEveryTruncation) {
    std::string whole = Npy("<i2", "(2, 3)", Bytes<int16_t>({1, 2, 3, 4, 5, 6}), 2);
    ASSERT_TRUE(Load(whole, 3).good);
    for (size_t length = 0; length < whole.size(); length++) {
        Loaded loaded = Load(whole.substr(0, length), 3);
        ASSERT_FALSE(loaded.good) << length;
        ASSERT_EQ(loaded.lines.size(), 1u) << length;
    }
}

TEST(Text, ReadsOneFrameALine) {
    Loaded loaded = Load("1 2.5 -3e1\r\n\n \t4\t5  6 \n", 3);
    EXPECT_EQ(loaded.count, 2u);
    EXPECT_EQ(loaded.values, (Floats{1, 2.5, -30, 4, 5, 6}));
    EXPECT_EQ(Load("1 2\n3 4\n5 6\nx", 2, 2).values, (Floats{1, 2, 3, 4})) << "first 2 only";
}

TEST(Text, PlacesEachError) {
    EXPECT_EQ(
        Load("1 2\n1\n\n1 2 3\n1 x\n1 inf\n1,2\n", 2).lines,
        (Lines{"x.in:2: error: 1 values, a frame has 2", "x.in:4: error: 3 values, a frame has 2",
               "x.in:5: error: value 2: \"x\", must be a number",
               "x.in:6: error: value 2: inf, must be a finite float",
               "x.in:7: error: value 1: \"1,2\", must be a number"}));
    EXPECT_EQ(Load("", 2).lines, (Lines{"x.in: error: no frames, minimum 1"}));
    EXPECT_EQ(Load("1 2\n", 2, 2).lines, (Lines{"x.in: error: 1 frames, 2 asked for"}));
    EXPECT_EQ(Load(std::string("PK\0\1", 4), 2).lines,
              (Lines{"x.in: error: neither .npy nor text; allowed: a NumPy .npy file, or text with "
                     "one frame a line"}));
    std::string many;
    for (int i = 0; i < 100; i++)
        many += "1\n";
    EXPECT_EQ(Load(many, 2).lines.size(), 11u) << "ten errors and a note";
}

TEST(Random, IsTheSameEverywhere) {
    weir_frames frames, again;
    weir_frames_random(&frames, 20, 50, 1);
    weir_frames_random(&again, 20, 50, 1);
    EXPECT_EQ(std::memcmp(frames.values, again.values, 1000 * sizeof(float)), 0);
    // splitmix64 of seed 1 begins 910a2dec89025cc1 beeb8da1658eec67.
    EXPECT_EQ(frames.values[0], 0x910a2d * 0x1p-23f - 1);
    EXPECT_EQ(frames.values[1], 0xbeeb8d * 0x1p-23f - 1);
    double sum = 0;
    for (int i = 0; i < 1000; i++) {
        ASSERT_GE(frames.values[i], -1);
        ASSERT_LT(frames.values[i], 1);
        sum += frames.values[i];
    }
    EXPECT_LT(std::fabs(sum / 1000), 0.1);
    weir_frames_free(&frames);
    weir_frames_free(&again);
}

TEST(Arrival, IsPeriodicOrRead) {
    scratch::Folder folder;
    scratch::Diag diag;
    uint64_t times[3];
    weir_arrival_periodic(times, 3, 250);
    EXPECT_EQ(std::vector<uint64_t>(times, times + 3), (std::vector<uint64_t>{0, 250, 500}));
    weir_arrival_periodic(times, 3, UINT64_MAX / 2 + 1); /* no wrapping round */
    EXPECT_EQ(times[1], UINT64_MAX / 2 + 1);
    EXPECT_EQ(times[2], UINT64_MAX);
    auto load = [&](const std::string &text) {
        return weir_arrival_load(times, 3, folder.Write("t.txt", text).c_str(), diag);
    };
    EXPECT_TRUE(load("5\n\n5 70000000000\n1\n"));
    EXPECT_EQ(std::vector<uint64_t>(times, times + 3), (std::vector<uint64_t>{5, 5, 70000000000}));
    EXPECT_FALSE(load("5\n6\n"));
    EXPECT_FALSE(load("5\n4\n6"));
    EXPECT_FALSE(load("5\n\n-4\n6"));
    EXPECT_FALSE(load("1.5 2 3"));
    EXPECT_FALSE(load("99999999999999999999 2 3"));
    EXPECT_EQ(diag.Lines(),
              (Lines{"t.txt: error: 2 arrival times, 3 frames asked for",
                     "t.txt:2: error: arrival time 4 ps, minimum 5 (the time before it)",
                     "t.txt:3: error: arrival time \"-4\", must be whole picoseconds",
                     "t.txt:1: error: arrival time \"1.5\", must be whole picoseconds",
                     "t.txt:1: error: arrival time \"99999999999999999999\", must be whole "
                     "picoseconds"}));
}

} // namespace
