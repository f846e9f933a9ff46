/* Packing of elements into beats. Elements that fill 8, 16 or 32 bits are byte-aligned, so that a
 * beat without padding is a plain array; the rest goes through a 64-bit accumulator. */
#include "models/stream.h"
#include <string.h>

/* True when consecutive beats are one array of whole elements (no unused bits anywhere). */
static bool is_dense(const weir_stream *stream) {
    int width = stream->element.width;
    return (width == 8 || width == 16 || width == 32) &&
           weir_beat_bytes(weir_stream_beat_bits(stream)) * 8 == weir_stream_beat_bits(stream);
}

static void put_bytes(uint8_t *out, uint64_t word, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(word >> (8 * i));
}

static void pack_beat(const weir_stream *stream, const int32_t *elements, uint8_t *out,
                      uint32_t beat_bytes) {
    unsigned width = (unsigned)stream->element.width, held = 0;
    uint64_t mask = (UINT64_C(1) << width) - 1, word = 0;
    uint32_t at = 0;
    for (uint32_t lane = 0; lane < stream->lanes; lane++) {
        word |= ((uint64_t)(uint32_t)elements[lane] & mask) << held;
        held += width;
        while (held >= 8) {
            out[at++] = (uint8_t)word;
            word >>= 8;
            held -= 8;
        }
    }
    if (held > 0) out[at++] = (uint8_t)word;
    memset(out + at, 0, beat_bytes - at);
}

void weir_stream_pack(const weir_stream *stream, const int32_t *elements, uint64_t beats,
                      uint8_t *out) {
    uint32_t beat_bytes = weir_beat_bytes(weir_stream_beat_bits(stream));
    if (!is_dense(stream)) {
        for (uint64_t beat = 0; beat < beats; beat++)
            pack_beat(stream, elements + beat * stream->lanes, out + beat * beat_bytes, beat_bytes);
        return;
    }
    uint64_t count = beats * stream->lanes;
    switch (stream->element.width) {
    case 8:
        for (uint64_t i = 0; i < count; i++)
            out[i] = (uint8_t)elements[i];
        break;
    case 16:
        for (uint64_t i = 0; i < count; i++)
            put_bytes(out + 2 * i, (uint32_t)elements[i], 2);
        break;
    default:
        for (uint64_t i = 0; i < count; i++)
            put_bytes(out + 4 * i, (uint32_t)elements[i], 4);
    }
}

static int32_t extend(uint64_t bits, unsigned width, bool is_signed) {
    uint64_t sign = UINT64_C(1) << (width - 1);
    if (is_signed) bits = (bits ^ sign) - sign;
    return (int32_t)(uint32_t)bits;
}

static void unpack_beat(const weir_stream *stream, const uint8_t *in, int32_t *elements) {
    unsigned width = (unsigned)stream->element.width, held = 0;
    uint64_t mask = (UINT64_C(1) << width) - 1, word = 0;
    for (uint32_t lane = 0; lane < stream->lanes; lane++) {
        while (held < width) {
            word |= (uint64_t)*in++ << held;
            held += 8;
        }
        elements[lane] = extend(word & mask, width, stream->element.is_signed);
        word >>= width;
        held -= width;
    }
}

void weir_stream_unpack(const weir_stream *stream, const uint8_t *in, uint64_t beats,
                        int32_t *elements) {
    if (!is_dense(stream)) {
        uint32_t beat_bytes = weir_beat_bytes(weir_stream_beat_bits(stream));
        for (uint64_t beat = 0; beat < beats; beat++)
            unpack_beat(stream, in + beat * beat_bytes, elements + beat * stream->lanes);
        return;
    }
    uint64_t count = beats * stream->lanes;
    bool is_signed = stream->element.is_signed;
    switch (stream->element.width) {
    case 8:
        for (uint64_t i = 0; i < count; i++)
            elements[i] = extend(in[i], 8, is_signed);
        break;
    case 16:
        for (uint64_t i = 0; i < count; i++)
            elements[i] = extend((uint64_t)in[2 * i] | (uint64_t)in[2 * i + 1] << 8, 16, is_signed);
        break;
    default:
        for (uint64_t i = 0; i < count; i++)
            elements[i] = (int32_t)((uint32_t)in[4 * i] | (uint32_t)in[4 * i + 1] << 8 |
                                    (uint32_t)in[4 * i + 2] << 16 | (uint32_t)in[4 * i + 3] << 24);
    }
}
