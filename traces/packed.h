/* Packed file: what the binary files of this folder have in common. Eight bytes of magic, a zlib
 * stream, and the CRC-32 of the uncompressed bytes, low byte first. Whatever is truncated, damaged in
 * any bit, or foreign is refused in one diagnostic with the offset.
 *
 * Inside, numbers are varints: seven bits a byte, lowest first, the top bit says that more follow.
 * Strings are their length and their bytes.
 */
#ifndef WEIR_TRACES_PACKED_H
#define WEIR_TRACES_PACKED_H

#include "base/diag.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_PACKED_MAGIC 8

/* A growing run of bytes; all zero is an empty one. The caller frees `at`. */
typedef struct weir_packed {
    uint8_t *at;
    size_t length, room;
} weir_packed;

void weir_packed_number(weir_packed *packed, uint64_t value);
void weir_packed_string(weir_packed *packed, const char *text); /* NULL: "" */

/* `what` names the contents in diagnostics: "trace". */
bool weir_packed_save(const weir_packed *packed, const char *magic, const char *what,
                      const char *path, weir_diag *diag);
bool weir_packed_load(weir_packed *packed, const char *magic, const char *what, const char *path,
                      weir_diag *diag);

/* What is being read, and how far; `bad` once anything did not fit, from then on all is 0. */
typedef struct weir_unpack {
    const uint8_t *at;
    size_t length, offset;
    bool bad;
} weir_unpack;

uint64_t weir_unpack_number(weir_unpack *unpack);
/* A count of things that take at least `size` bytes each of what is left. */
uint64_t weir_unpack_count(weir_unpack *unpack, size_t size);
char *weir_unpack_string(weir_unpack *unpack); /* the caller frees; never NULL */

#ifdef __cplusplus
}
#endif
#endif
