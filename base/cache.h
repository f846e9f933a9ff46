/* A cache of built things on disc: `<cache>/<key>/` holds them, `<name>.sum` the SHA-256 of the one
 * file that counts, `<name>.<ending>`. A folder is filled as `<cache>/tmp.<pid>.<n>` and renamed when
 * it is whole, so that nothing half-made ever has a key's name; folders left by dead processes go
 * at the next start. What a crash, a full disc or a copy of the cache has damaged is no longer what
 * its sum says: it is thrown away and built again.
 *
 * A key is the SHA-256 of all that the thing is made of.
 */
#ifndef WEIR_BASE_CACHE_H
#define WEIR_BASE_CACHE_H

#include "base/diag.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_KEY_CHARS 65 /* SHA-256 in hexadecimal and a NUL */

/* $XDG_CACHE_HOME/weir or ~/.cache/weir, made if need be and cleared of stale folders. */
bool weir_cache_open(char folder[4096], weir_diag *diag);

typedef struct weir_hash weir_hash;

weir_hash *weir_hash_new(void);
void weir_hash_text(weir_hash *hash, const char *text); /* its NUL too, so that texts stay apart */
bool weir_hash_file(weir_hash *hash, const char *path, weir_diag *diag); /* its contents */
void weir_hash_end(weir_hash *hash, char key[WEIR_KEY_CHARS]);           /* frees it */

/* A fresh private folder. */
bool weir_cache_begin(char path[4096], const char *folder, weir_diag *diag);
/* Is `file` of this key there, and as it was built? If not, nothing of that key is left. */
bool weir_cache_holds(const char *folder, const char *key, const char *file);
/* Notes the sum of `file` in `path` and gives the folder its key's name. */
bool weir_cache_commit(const char *path, const char *folder, const char *key, const char *file,
                       weir_diag *diag);
void weir_cache_discard(const char *path);

#ifdef __cplusplus
}
#endif
#endif
