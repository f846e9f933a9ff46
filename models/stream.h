/* Stream type: what one channel carries.
 *
 * A frame is a tensor of rows x columns x channels, sent in that order (channels fastest), with
 * `lanes` elements a beat; lanes divides channels. A window stream has channels = kernel rows x
 * kernel columns x input channels, in the order that its producer sends them.
 * An element is fixed point: `width` bits, of which `integer` lie left of the binary point (sign
 * included), hls4ml's ap_fixed<width, integer>. In a beat, element 0 is in the lowest bits.
 */
#ifndef WEIR_MODELS_STREAM_H
#define WEIR_MODELS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_element {
    int width;   /* bits, 1..32 */
    int integer; /* bits left of the binary point; fraction bits are width - integer */
    bool is_signed;
} weir_element;

typedef struct weir_stream {
    uint32_t rows, columns, channels;
    uint32_t lanes;
    weir_element element;
} weir_stream;

static inline uint64_t weir_stream_elements(const weir_stream *stream) {
    return (uint64_t)stream->rows * stream->columns * stream->channels;
}

static inline uint64_t weir_stream_beats(const weir_stream *stream) {
    return weir_stream_elements(stream) / stream->lanes;
}

static inline uint32_t weir_stream_beat_bits(const weir_stream *stream) {
    return stream->lanes * (uint32_t)stream->element.width;
}

/* Bytes of one beat in memory, little endian, unused high bits zero: 1, 2, 4, 8 or a multiple of
 * 4, which is how Verilator stores a port of that many bits. */
static inline uint32_t weir_beat_bytes(uint32_t bits) {
    if (bits <= 8) return 1;
    if (bits <= 16) return 2;
    if (bits <= 32) return 4;
    if (bits <= 64) return 8;
    return (bits + 31) / 32 * 4;
}

/* Packs `beats` beats, element values as integers (value * 2^fraction), into `out`, which has
 * beats * weir_beat_bytes(...) bytes. */
void weir_stream_pack(const weir_stream *stream, const int32_t *elements, uint64_t beats,
                      uint8_t *out);
/* The inverse of weir_stream_pack, sign-extending signed elements. */
void weir_stream_unpack(const weir_stream *stream, const uint8_t *in, uint64_t beats,
                        int32_t *elements);

#ifdef __cplusplus
}
#endif
#endif
