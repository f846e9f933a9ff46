#include "base/cache.h"
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

#define FOLDER_CHARS 3900 /* at most, so that what lies below fits into 4096 */

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
                          "cache: neither XDG_CACHE_HOME nor HOME names a folder");
    if (length > FOLDER_CHARS)
        return weir_error(diag, WEIR_NOWHERE, "cache: path has %d characters, at most %d", length,
                          FOLDER_CHARS);
    if (!weir_make_folder(folder, diag)) return false;
    remove_stale(folder);
    return true;
}

struct weir_hash {
    EVP_MD_CTX *context;
};

weir_hash *weir_hash_new(void) {
    weir_hash *hash = weir_xcalloc(1, sizeof *hash);
    hash->context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL);
    return hash;
}

void weir_hash_text(weir_hash *hash, const char *text) {
    EVP_DigestUpdate(hash->context, text, strlen(text) + 1);
}

bool weir_hash_file(weir_hash *hash, const char *path, weir_diag *diag) {
    size_t length = 0;
    char *text = weir_file_read(path, &length, diag);
    if (text == NULL) return false;
    uint64_t count = length;
    EVP_DigestUpdate(hash->context, &count, sizeof count);
    EVP_DigestUpdate(hash->context, text, length);
    free(text);
    return true;
}

void weir_hash_end(weir_hash *hash, char key[WEIR_KEY_CHARS]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    EVP_DigestFinal_ex(hash->context, digest, &bytes);
    EVP_MD_CTX_free(hash->context);
    free(hash);
    for (unsigned i = 0; i < bytes; i++)
        snprintf(key + 2 * i, 3, "%02x", digest[i]);
}

bool weir_cache_begin(char path[4096], const char *folder, weir_diag *diag) {
    for (int n = 0;; n++) {
        snprintf(path, 4096, "%.3900s/tmp.%d.%d", folder, (int)getpid(), n);
        if (mkdir(path, 0777) == 0) return true;
        if (errno != EEXIST)
            return weir_error(diag, (weir_loc){folder, 0}, "cannot make a folder: %s",
                              strerror(errno));
    }
}

/* "model.so" of `folder` has its sum in "model.sum". */
static void sum_path(char path[4096 + 256], const char *folder, const char *file) {
    snprintf(path, 4096 + 256, "%.4095s/%.*s.sum", folder, (int)strcspn(file, "."), file);
}

static bool sum_file(char sum[WEIR_KEY_CHARS], const char *folder, const char *file,
                     weir_diag *diag) {
    char path[4096 + 256];
    snprintf(path, sizeof path, "%.4095s/%s", folder, file);
    weir_hash *hash = weir_hash_new();
    bool good = weir_hash_file(hash, path, diag);
    weir_hash_end(hash, sum);
    return good;
}

static bool is_as_built(const char *folder, const char *file) {
    char path[4096 + 256], sum[WEIR_KEY_CHARS];
    sum_path(path, folder, file);
    weir_diag *unheard = weir_diag_new(); /* what cannot be read is built again */
    size_t length = 0;
    char *noted = weir_file_read(path, &length, unheard);
    bool same = noted != NULL && sum_file(sum, folder, file, unheard) && strcmp(noted, sum) == 0;
    free(noted);
    weir_diag_free(unheard);
    return same;
}

bool weir_cache_holds(const char *folder, const char *key, const char *file) {
    char path[4096 + WEIR_KEY_CHARS + 1];
    snprintf(path, sizeof path, "%s/%s", folder, key);
    if (access(path, F_OK) != 0) return false;
    if (is_as_built(path, file)) return true;
    weir_cache_discard(path);
    return false;
}

static bool note_sum(const char *path, const char *file, weir_diag *diag) {
    char to[4096 + 256], sum[WEIR_KEY_CHARS];
    if (!sum_file(sum, path, file, diag)) return false;
    sum_path(to, path, file);
    return weir_file_write(to, sum, strlen(sum), diag);
}

bool weir_cache_commit(const char *path, const char *folder, const char *key, const char *file,
                       weir_diag *diag) {
    char to[4096 + WEIR_KEY_CHARS + 1];
    if (!note_sum(path, file, diag)) {
        weir_cache_discard(path);
        return false;
    }
    snprintf(to, sizeof to, "%s/%s", folder, key);
    if (rename(path, to) == 0) return true;
    int reason = errno;
    weir_cache_discard(path);
    /* Another program may have built the same thing meanwhile: the contents are the same. */
    if (reason == EEXIST || reason == ENOTEMPTY) return true;
    return weir_error(diag, (weir_loc){to, 0}, "cannot put it into the cache: %s",
                      strerror(reason));
}
