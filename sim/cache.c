#include "sim/cache.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int is_image(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL &&
           (strcmp(dot, ".hex") == 0 || strcmp(dot, ".mem") == 0 || strcmp(dot, ".dat") == 0);
}

/* Calls for each image of the request's ROM folder, in the order of their names. */
static bool each_image(const weir_build_request *request, weir_diag *diag,
                       bool (*call)(void *context, const char *path, const char *name,
                                    weir_diag *diag),
                       void *context) {
    if (request->rom_folder == NULL) return true;
    struct dirent **entries = NULL;
    int n = scandir(request->rom_folder, &entries, is_image, alphasort);
    if (n < 0)
        return weir_error(diag, (weir_loc){request->rom_folder, 0}, "folder of ROM images: %s",
                          strerror(errno));
    bool good = true;
    for (int i = 0; i < n; i++) {
        char path[4096 + 300];
        snprintf(path, sizeof path, "%s/%s", request->rom_folder, entries[i]->d_name);
        good = call(context, path, entries[i]->d_name, diag) && good;
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool hash_image(void *context, const char *path, const char *name, weir_diag *diag) {
    weir_hash_text(context, name);
    return weir_hash_file(context, path, diag);
}

bool weir_model_key(char key[WEIR_KEY_CHARS], const weir_build_request *request, const char *recipe,
                    weir_diag *diag) {
    weir_hash *hash = weir_hash_new();
    weir_hash_text(hash, recipe);
    weir_hash_text(hash, request->module);
    bool good = true;
    for (uint32_t i = 0; i < request->n_sources; i++)
        good = weir_hash_file(hash, request->sources[i], diag) && good;
    good = each_image(request, diag, hash_image, hash) && good;
    weir_hash_end(hash, key);
    return good;
}

static bool copy_image(void *context, const char *path, const char *name, weir_diag *diag) {
    size_t length = 0;
    char *bytes = weir_file_read(path, &length, diag);
    if (bytes == NULL) return false;
    char to[4096 + 300];
    snprintf(to, sizeof to, "%s/rom/%s", (const char *)context, name);
    FILE *file = fopen(to, "wb");
    bool good = file != NULL && fwrite(bytes, 1, length, file) == length;
    if (file != NULL && fclose(file) != 0) good = false;
    free(bytes);
    return good || weir_error(diag, (weir_loc){path, 0}, "cannot copy to the cache of models: %s",
                              strerror(errno));
}

bool weir_model_copy_roms(const char *path, const weir_build_request *request, weir_diag *diag) {
    if (request->rom_folder == NULL) return true;
    char inner[4096 + 8];
    snprintf(inner, sizeof inner, "%s/rom", path);
    return weir_make_folder(inner, diag) && each_image(request, diag, copy_image, (void *)path);
}
