#include "base/place.h"
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program found on PATH is known by its bare name only. */
bool weir_own_folder(char folder[PATH_MAX]) {
    Dl_info info;
    if (dladdr((void *)(uintptr_t)weir_own_folder, &info) == 0 || info.dli_fname == NULL)
        return false;
    bool bare = strchr(info.dli_fname, '/') == NULL;
    if (realpath(bare ? "/proc/self/exe" : info.dli_fname, folder) == NULL) return false;
    *strrchr(folder, '/') = '\0';
    return true;
}

static bool is_there(char path[PATH_MAX], const char *folder, const char *below, const char *name) {
    int length = snprintf(path, PATH_MAX, "%s%s/%s", folder, below, name);
    return length < PATH_MAX && access(path, R_OK) == 0;
}

bool weir_place_find(char path[PATH_MAX], const char *name, const char *const *below,
                     const char *built, const char *installed) {
    char here[PATH_MAX];
    if (weir_own_folder(here)) {
        if (is_there(path, here, "", name)) return true;
        for (; *below != NULL; below++)
            if (is_there(path, here, *below, name)) return true;
    }
    return is_there(path, built, "", name) || is_there(path, installed, "", name);
}
