/* Arena: memory that is freed all at once with its owner (a network, a design, a graph).
 * Allocation never returns NULL: out of memory ends the program with a message, as no caller can do
 * better. Memory is zeroed and aligned to 16 bytes.
 */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_arena weir_arena;

weir_arena *weir_arena_new(void);
void weir_arena_free(weir_arena *arena);
void *weir_arena_alloc(weir_arena *arena, size_t bytes);
char *weir_arena_strdup(weir_arena *arena, const char *text);
char *weir_arena_printf(weir_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The heap outside an arena, with the same promise. */
void *weir_xcalloc(size_t count, size_t bytes);
void *weir_xrealloc(void *memory, size_t bytes);
char *weir_xstrdup(const char *text); /* NULL of NULL */
/* Bytes of this machine's memory: what a caller may ask for, checked before it does. */
uint64_t weir_memory_bytes(void);

#define WEIR_NEW(arena, type, count) ((type *)weir_arena_alloc((arena), (count) * sizeof(type)))

#ifdef __cplusplus
}
#endif
#endif
