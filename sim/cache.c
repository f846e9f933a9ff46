#include "sim/cache.h"
#include "base/arena.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *walk) {
    (void)info;
    (void)flag;
    (void)walk;
    return remove(path);
}

void weir_cache_discard(const char *path) {
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Removes the private folders of processes that are gone. */
static void remove_stale(const char *folder) {
    DIR *dir = opendir(folder);
    if (dir == NULL) return;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        int pid = 0, number = 0;
        if (sscanf(entry->d_name, "tmp.%d.%d", &pid, &number) != 2 || pid <= 0) continue;
        if (kill(pid, 0) == 0 || errno != ESRCH) continue;
        char path[4096 + 300];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        weir_cache_discard(path);
    }
    closedir(dir);
}

bool weir_cache_open(char folder[4096], weir_diag *diag) {
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length;
    if (cache != NULL && cache[0] == '/')
        length = snprintf(folder, 4096, "%s/weir", cache);
    else if (home != NULL && home[0] != '\0')
        length = snprintf(folder, 4096, "%s/.cache/weir", home);
    else
        return weir_error(diag, WEIR_NOWHERE,
                          "cache of models: neither XDG_CACHE_HOME nor HOME names a folder");
    if (length > 3900)
        return weir_error(diag, WEIR_NOWHERE,
                          "cache of models: path has %d characters, at most 3900", length);
    if (!weir_make_folder(folder, diag)) return false;
    remove_stale(folder);
    return true;
}

static EVP_MD_CTX *begin_hash(void) {
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    return hash;
}

static void end_hash(EVP_MD_CTX *hash, char text[WEIR_KEY_CHARS]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    EVP_DigestFinal_ex(hash, digest, &bytes);
    EVP_MD_CTX_free(hash);
    for (unsigned i = 0; i < bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static bool hash_file(EVP_MD_CTX *hash, const char *path, weir_diag *diag) {
    size_t length = 0;
    char *text = weir_file_read(path, &length, diag);
    if (text == NULL) return false;
    uint64_t count = length;
    EVP_DigestUpdate(hash, &count, sizeof count);
    EVP_DigestUpdate(hash, text, length);
    free(text);
    return true;
}

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
    EVP_DigestUpdate(context, name, strlen(name) + 1);
    return hash_file(context, path, diag);
}

bool weir_cache_key(char key[WEIR_KEY_CHARS], const weir_build_request *request, const char *recipe,
                    weir_diag *diag) {
    EVP_MD_CTX *hash = begin_hash();
    EVP_DigestUpdate(hash, recipe, strlen(recipe) + 1);
    EVP_DigestUpdate(hash, request->module, strlen(request->module) + 1);
    bool good = true;
    for (uint32_t i = 0; i < request->n_sources; i++)
        good = hash_file(hash, request->sources[i], diag) && good;
    good = each_image(request, diag, hash_image, hash) && good;
    end_hash(hash, key);
    return good;
}

bool weir_cache_begin(char path[4096], const char *folder, weir_diag *diag) {
    for (int n = 0;; n++) {
        snprintf(path, 4096, "%.3900s/tmp.%d.%d", folder, (int)getpid(), n);
        if (mkdir(path, 0777) == 0) break;
        if (errno != EEXIST)
            return weir_error(diag, (weir_loc){folder, 0}, "cannot make a folder: %s",
                              strerror(errno));
    }
    char inner[4096 + 8];
    snprintf(inner, sizeof inner, "%s/v", path);
    return weir_make_folder(inner, diag);
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

bool weir_cache_copy_roms(const char *path, const weir_build_request *request, weir_diag *diag) {
    if (request->rom_folder == NULL) return true;
    char inner[4096 + 8];
    snprintf(inner, sizeof inner, "%s/rom", path);
    return weir_make_folder(inner, diag) && each_image(request, diag, copy_image, (void *)path);
}

/* The SHA-256 of `folder`/model.so. */
static bool sum_model(char sum[WEIR_KEY_CHARS], const char *folder, weir_diag *diag) {
    char path[4096 + WEIR_KEY_CHARS + 16];
    snprintf(path, sizeof path, "%s/model.so", folder);
    EVP_MD_CTX *hash = begin_hash();
    bool good = hash_file(hash, path, diag);
    end_hash(hash, sum);
    return good;
}

static bool is_as_built(const char *folder) {
    char path[4096 + WEIR_KEY_CHARS + 16], sum[WEIR_KEY_CHARS];
    snprintf(path, sizeof path, "%s/model.sum", folder);
    weir_diag *unheard = weir_diag_new(); /* what cannot be read is built again */
    size_t length = 0;
    char *noted = weir_file_read(path, &length, unheard);
    bool same = noted != NULL && sum_model(sum, folder, unheard) && strcmp(noted, sum) == 0;
    free(noted);
    weir_diag_free(unheard);
    return same;
}

bool weir_cache_holds(const char *folder, const char *key) {
    char path[4096 + WEIR_KEY_CHARS + 1];
    snprintf(path, sizeof path, "%s/%s", folder, key);
    if (access(path, F_OK) != 0) return false;
    if (is_as_built(path)) return true;
    weir_cache_discard(path);
    return false;
}

static bool note_sum(const char *path, weir_diag *diag) {
    char to[4096 + 16], sum[WEIR_KEY_CHARS];
    if (!sum_model(sum, path, diag)) return false;
    snprintf(to, sizeof to, "%s/model.sum", path);
    weir_text *text = weir_text_new();
    weir_text_add(text, sum);
    bool good = weir_text_save(text, to, diag);
    weir_text_free(text);
    return good;
}

bool weir_cache_commit(const char *path, const char *folder, const char *key, weir_diag *diag) {
    char inner[4096 + 8], to[4096 + WEIR_KEY_CHARS + 1];
    snprintf(inner, sizeof inner, "%s/v", path);
    weir_cache_discard(inner);
    if (!note_sum(path, diag)) {
        weir_cache_discard(path);
        return false;
    }
    snprintf(to, sizeof to, "%s/%s", folder, key);
    if (rename(path, to) == 0) return true;
    int reason = errno;
    weir_cache_discard(path);
    /* Another program may have built the same model meanwhile: the contents are the same. */
    if (reason == EEXIST || reason == ENOTEMPTY) return true;
    return weir_error(diag, (weir_loc){to, 0}, "cannot put a model into the cache: %s",
                      strerror(reason));
}
