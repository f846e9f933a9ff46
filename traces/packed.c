/* Packed file: varints, and the envelope of magic, zlib stream and checksum. */
#include "traces/packed.h"
#include "base/arena.h"
#include "base/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CRC_BYTES 4

static void reserve(weir_packed *p, size_t more) {
    if (p->room - p->length >= more) return;
    p->room = p->length + more > 2 * p->room ? p->length + more : 2 * p->room;
    p->at = weir_xrealloc(p->at, p->room);
}

void weir_packed_number(weir_packed *packed, uint64_t value) {
    reserve(packed, 10);
    while (value >= 0x80) {
        packed->at[packed->length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    packed->at[packed->length++] = (uint8_t)value;
}

void weir_packed_string(weir_packed *packed, const char *text) {
    size_t length = text ? strlen(text) : 0;
    weir_packed_number(packed, length);
    reserve(packed, length);
    if (length > 0) memcpy(packed->at + packed->length, text, length);
    packed->length += length;
}

static uint32_t checksum(const weir_packed *packed) {
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), packed->at, packed->length);
}

bool weir_packed_save(const weir_packed *packed, const char *magic, const char *what,
                      const char *path, weir_diag *diag) {
    uLongf length = compressBound(packed->length);
    uint8_t *file = weir_xcalloc(WEIR_PACKED_MAGIC + length + CRC_BYTES, 1);
    memcpy(file, magic, WEIR_PACKED_MAGIC);
    bool good = compress2(file + WEIR_PACKED_MAGIC, &length, packed->at, packed->length, 6) == Z_OK;
    uint32_t crc = checksum(packed);
    for (int i = 0; i < CRC_BYTES; i++)
        file[WEIR_PACKED_MAGIC + length + (size_t)i] = (uint8_t)(crc >> (8 * i));
    if (good)
        good = weir_file_write(path, file, WEIR_PACKED_MAGIC + length + CRC_BYTES, diag);
    else
        weir_error(diag, (weir_loc){path, 0}, "cannot compress the %s", what);
    free(file);
    return good;
}

/* The bits after the last block, up to the end of its byte: nothing reads them, so no checksum knows
 * of them. They must be 0. */
static bool padded_with_zeros(const z_stream *z) {
    unsigned unused = (unsigned)z->data_type & 7;
    bool ended = (z->data_type & 64) && (z->data_type & 128);
    return !ended || unused == 0 || z->next_in[-1] >> (8 - unused) == 0;
}

/* Inflates the whole stream into `plain`; *used is its length in the file. Returns zlib's code. */
static int inflate_all(const uint8_t *file, size_t length, weir_packed *plain, size_t *used) {
    z_stream z = {0};
    uint64_t most = weir_memory_bytes() / 2;
    int code = inflateInit(&z);
    *used = 0;
    /* Stopping at the end of a block may look like no progress while input is left. */
    while (code == Z_OK || (code == Z_BUF_ERROR && *used < length)) {
        size_t chunk = length - *used < (1u << 30) ? length - *used : 1u << 30;
        reserve(plain, 1 << 16);
        size_t room = plain->room - plain->length;
        if (room > 1u << 30) room = 1u << 30;
        z.next_in = (Bytef *)(uintptr_t)(file + *used);
        z.avail_in = (uInt)chunk;
        z.next_out = plain->at + plain->length;
        z.avail_out = (uInt)room;
        code = inflate(&z, Z_BLOCK);
        *used += chunk - z.avail_in;
        plain->length += room - z.avail_out;
        if (*used > 0 && code == Z_OK && !padded_with_zeros(&z)) code = Z_DATA_ERROR;
        if (plain->length > most) code = Z_MEM_ERROR;
    }
    inflateEnd(&z);
    return code;
}

static uint32_t stored_crc(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool unpack_file(const uint8_t *file, size_t length, weir_packed *packed, const char *magic,
                        const char *what, weir_loc loc, weir_diag *diag) {
    if (length < WEIR_PACKED_MAGIC || memcmp(file, magic, WEIR_PACKED_MAGIC) != 0)
        return weir_error(diag, loc, "offset 0: not a %s, must begin with \"%.*s\"", what,
                          WEIR_PACKED_MAGIC, magic);
    size_t used = 0;
    int code = inflate_all(file + WEIR_PACKED_MAGIC, length - WEIR_PACKED_MAGIC, packed, &used);
    used += WEIR_PACKED_MAGIC;
    if (code == Z_BUF_ERROR || (code == Z_STREAM_END && length - used < CRC_BYTES))
        return weir_error(diag, loc, "offset %zu: the %s is truncated", length, what);
    if (code == Z_MEM_ERROR)
        return weir_error(diag, loc,
                          "offset %zu: the %s is larger than half of the machine's memory", used,
                          what);
    if (code != Z_STREAM_END)
        return weir_error(diag, loc, "offset %zu: the %s is damaged", used, what);
    if (length - used > CRC_BYTES)
        return weir_error(diag, loc, "offset %zu: %zu bytes follow the %s, allowed: none",
                          used + CRC_BYTES, length - used - CRC_BYTES, what);
    if (checksum(packed) != stored_crc(file + used))
        return weir_error(diag, loc, "offset %zu: the checksum does not match, the %s is damaged",
                          used, what);
    return true;
}

bool weir_packed_load(weir_packed *packed, const char *magic, const char *what, const char *path,
                      weir_diag *diag) {
    size_t length;
    uint8_t *file = (uint8_t *)weir_file_read(path, &length, diag);
    *packed = (weir_packed){0};
    if (file == NULL) return false;
    bool good = unpack_file(file, length, packed, magic, what, (weir_loc){path, 0}, diag);
    free(file);
    if (good) return true;
    free(packed->at);
    *packed = (weir_packed){0};
    return false;
}

uint64_t weir_unpack_number(weir_unpack *unpack) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && unpack->offset < unpack->length && !unpack->bad;
         shift += 7) {
        uint8_t byte = unpack->at[unpack->offset++];
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    unpack->bad = true;
    return 0;
}

uint64_t weir_unpack_count(weir_unpack *unpack, size_t size) {
    uint64_t count = weir_unpack_number(unpack);
    if (count > (unpack->length - unpack->offset) / size) unpack->bad = true;
    return unpack->bad ? 0 : count;
}

char *weir_unpack_string(weir_unpack *unpack) {
    size_t length = weir_unpack_count(unpack, 1);
    char *text = weir_xcalloc(length + 1, 1);
    if (length > 0) memcpy(text, unpack->at + unpack->offset, length);
    unpack->offset += length;
    return text;
}
