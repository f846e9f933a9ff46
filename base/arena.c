/* Arena: a list of chunks, the newest first; large requests get a chunk of their own. */
#include "base/arena.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES 65536
#define ALIGNMENT 16

typedef struct chunk {
    struct chunk *next;
    size_t size, used; /* of the memory behind this header */
} chunk;

_Static_assert(sizeof(chunk) <= 2 * ALIGNMENT, "the chunk header fits the space left for it");
#define HEADER_BYTES ((size_t)(2 * ALIGNMENT))

struct weir_arena {
    chunk *chunks;
};

static void out_of_memory(void) {
    fputs("weir: out of memory\n", stderr);
    abort();
}

void *weir_xcalloc(size_t count, size_t bytes) {
    void *memory = calloc(count ? count : 1, bytes ? bytes : 1);
    if (memory == NULL) out_of_memory();
    return memory;
}

void *weir_xrealloc(void *memory, size_t bytes) {
    memory = realloc(memory, bytes ? bytes : 1);
    if (memory == NULL) out_of_memory();
    return memory;
}

char *weir_xstrdup(const char *text) {
    if (text == NULL) return NULL;
    size_t bytes = strlen(text) + 1;
    return memcpy(weir_xcalloc(bytes, 1), text, bytes);
}

uint64_t weir_memory_bytes(void) {
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

weir_arena *weir_arena_new(void) {
    return weir_xcalloc(1, sizeof(weir_arena));
}

void weir_arena_free(weir_arena *arena) {
    if (arena == NULL) return;
    for (chunk *at = arena->chunks; at != NULL;) {
        chunk *next = at->next;
        free(at);
        at = next;
    }
    free(arena);
}

void *weir_arena_alloc(weir_arena *arena, size_t bytes) {
    if (bytes > SIZE_MAX - HEADER_BYTES - ALIGNMENT) out_of_memory();
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    chunk *head = arena->chunks;
    if (head == NULL || head->size - head->used < bytes) {
        size_t size = bytes > CHUNK_BYTES / 4 ? bytes : CHUNK_BYTES;
        chunk *fresh = weir_xcalloc(1, HEADER_BYTES + size);
        fresh->size = size;
        if (head != NULL && size == bytes) { /* keep filling the chunk that has room */
            fresh->next = head->next;
            head->next = fresh;
        } else {
            fresh->next = head;
            arena->chunks = fresh;
        }
        head = fresh;
    }
    void *memory = (char *)head + HEADER_BYTES + head->used;
    head->used += bytes;
    return memory;
}

char *weir_arena_strdup(weir_arena *arena, const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(weir_arena_alloc(arena, size), text, size);
}

char *weir_arena_printf(weir_arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = weir_arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
    if (length >= 0) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
