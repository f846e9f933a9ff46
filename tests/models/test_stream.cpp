// Streams: packing against a bit-by-bit rendering, and unpacking as its inverse.
#include "models/stream.h"
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

void CheckRoundTrip(int width, bool is_signed, uint32_t lanes, std::mt19937_64 &random) {
    weir_stream stream = {1, 1, lanes, lanes, {width, width, is_signed}};
    const uint64_t beats = 5;
    uint32_t beat_bytes = weir_beat_bytes(weir_stream_beat_bits(&stream));
    std::vector<int32_t> elements(beats * lanes), back(beats * lanes);
    uint64_t mask = (uint64_t{1} << width) - 1;
    for (auto &element : elements) {
        uint64_t bits = random() & mask;
        if (is_signed && (bits >> (width - 1)) != 0) bits |= ~mask;
        element = static_cast<int32_t>(static_cast<uint32_t>(bits));
    }
    std::vector<uint8_t> expected(beats * beat_bytes, 0);
    for (uint64_t i = 0; i < beats * lanes; i++)
        for (int bit = 0; bit < width; bit++) {
            uint64_t place = (i / lanes) * beat_bytes * 8 + (i % lanes) * width + bit;
            if (static_cast<uint32_t>(elements[i]) >> bit & 1)
                expected[place / 8] |= static_cast<uint8_t>(1 << place % 8);
        }
    std::vector<uint8_t> packed(beats * beat_bytes, 0xa5);
    weir_stream_pack(&stream, elements.data(), beats, packed.data());
    ASSERT_EQ(packed, expected) << "width " << width << " lanes " << lanes;
    weir_stream_unpack(&stream, packed.data(), beats, back.data());
    ASSERT_EQ(back, elements) << "width " << width << " signed " << is_signed << " lanes " << lanes;
}

TEST(Stream, PacksEveryWidthAndUnpacksIt) {
    std::mt19937_64 random(3);
    for (int width = 1; width <= 32; width++)
        for (uint32_t lanes : {1u, 2u, 3u, 4u, 5u, 8u, 16u, 27u})
            for (bool is_signed : {false, true})
                CheckRoundTrip(width, is_signed, lanes, random);
}

TEST(Stream, IgnoresBitsAboveTheElement) {
    weir_stream stream = {1, 1, 2, 2, {4, 4, true}};
    const int32_t elements[] = {-1, 0x7f0000f3};
    uint8_t packed = 0;
    weir_stream_pack(&stream, elements, 1, &packed);
    EXPECT_EQ(packed, 0x3f);
}

TEST(Stream, CountsBeatsAndBytes) {
    weir_stream stream = {4, 5, 6, 3, {16, 6, true}};
    EXPECT_EQ(weir_stream_elements(&stream), 120u);
    EXPECT_EQ(weir_stream_beats(&stream), 40u);
    EXPECT_EQ(weir_stream_beat_bits(&stream), 48u);
    const uint32_t bits[] = {1, 8, 9, 16, 17, 32, 33, 64, 65, 96, 97};
    const uint32_t bytes[] = {1, 1, 2, 2, 4, 4, 8, 8, 12, 12, 16};
    for (int i = 0; i < 11; i++)
        EXPECT_EQ(weir_beat_bytes(bits[i]), bytes[i]) << bits[i];
}

} // namespace
