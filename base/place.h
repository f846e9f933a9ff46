/* Where the program's own files are: data that is installed with it, found from wherever it runs.
 */
#ifndef WEIR_BASE_PLACE_H
#define WEIR_BASE_PLACE_H

#include <limits.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The folder of the program or library that holds this code, absolute: tools are run in folders of
 * their own. */
bool weir_own_folder(char folder[PATH_MAX]);

/* The first of these that exists: `name` beside the program or library, in each of `below` from
 * there (NULL-ended: "/../lib", ...), and then in the folders `built` and `installed`. */
bool weir_place_find(char path[PATH_MAX], const char *name, const char *const *below,
                     const char *built, const char *installed);

#ifdef __cplusplus
}
#endif
#endif
