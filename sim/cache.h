/* What the cache of Verilated models (base/cache.h) knows of a model: `<cache>/<key>/` holds
 * `model.so`, the tools' log and, for a stitched top, its ROM images.
 */
#ifndef WEIR_SIM_CACHE_H
#define WEIR_SIM_CACHE_H

#include "base/cache.h"
#include "sim/build.h"

/* The key of a request; `recipe` is all text that the build is made of besides the sources. */
bool weir_model_key(char key[WEIR_KEY_CHARS], const weir_build_request *request, const char *recipe,
                    weir_diag *diag);
/* Copies a stitched top's ROM images to `path`/rom. */
bool weir_model_copy_roms(const char *path, const weir_build_request *request, weir_diag *diag);

#endif
