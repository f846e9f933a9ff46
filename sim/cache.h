/* The cache of Verilated models on disc: `<cache>/<key>/` holds `model.so`, its SHA-256 in
 * `model.sum`, the tools' log and, for a stitched top, its ROM images. A folder is filled as
 * `<cache>/tmp.<pid>.<n>` and renamed when it is whole, so that nothing half-made ever has a key's
 * name; folders left by dead processes go at the next start. What a crash, a full disc or a copy of
 * the cache has damaged is no longer what its sum says: it is thrown away and built again.
 */
#ifndef WEIR_SIM_CACHE_H
#define WEIR_SIM_CACHE_H

#include "sim/build.h"

#define WEIR_KEY_CHARS 65 /* SHA-256 in hexadecimal and a NUL */

/* $XDG_CACHE_HOME/weir or ~/.cache/weir, made if need be and cleared of stale folders. */
bool weir_cache_open(char folder[4096], weir_diag *diag);

/* The key of a request; `recipe` is all text that the build is made of besides the sources. */
bool weir_cache_key(char key[WEIR_KEY_CHARS], const weir_build_request *request, const char *recipe,
                    weir_diag *diag);

/* A fresh private folder, with `v/` in it for Verilator's output. */
bool weir_cache_begin(char path[4096], const char *folder, weir_diag *diag);
/* Copies a stitched top's ROM images to `path`/rom. */
bool weir_cache_copy_roms(const char *path, const weir_build_request *request, weir_diag *diag);
/* Is the model of this key there, and as it was built? If not, nothing of that name is left. */
bool weir_cache_holds(const char *folder, const char *key);
/* Drops the intermediate files, notes the model's sum, and gives the folder its key's name. */
bool weir_cache_commit(const char *path, const char *folder, const char *key, weir_diag *diag);
void weir_cache_discard(const char *path);

#endif
