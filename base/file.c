/* Files and folders: whole-file reading, writing that leaves the old file or the new one. */
#include "base/arena.h"
#include "base/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static weir_loc whole(const char *path) {
    return (weir_loc){path, 0};
}

char *weir_file_read(const char *path, size_t *length, weir_diag *diag) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        weir_error(diag, whole(path), "cannot open: %s", strerror(errno));
        return NULL;
    }
    struct stat info;
    size_t capacity = 65536, used = 0;
    if (fstat(file, &info) == 0 && info.st_size > 0) capacity = (size_t)info.st_size + 1;
    char *bytes = weir_xrealloc(NULL, capacity + 1);
    for (;;) {
        ssize_t got = read(file, bytes + used, capacity - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            weir_error(diag, whole(path), "cannot read: %s", strerror(errno));
            free(bytes);
            close(file);
            return NULL;
        }
        if (got == 0) break;
        used += (size_t)got;
        if (used == capacity) {
            capacity *= 2;
            bytes = weir_xrealloc(bytes, capacity + 1);
        }
    }
    close(file);
    bytes[used] = '\0';
    if (length != NULL) *length = used;
    return bytes;
}

/* A new file beside `path`; its name goes to *name, which the caller frees. */
static int open_temporary(const char *path, char **name) {
    for (unsigned attempt = 0; attempt < 1000; attempt++) {
        if (asprintf(name, "%s.%ld.%u.tmp", path, (long)getpid(), attempt) < 0) break;
        int file = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0) return file;
        free(*name);
        if (errno != EEXIST) break;
    }
    *name = NULL;
    return -1;
}

static bool write_all(int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t put = write(file, bytes, length);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        bytes += put;
        length -= (size_t)put;
    }
    return true;
}

bool weir_file_write(const char *path, const void *bytes, size_t length, weir_diag *diag) {
    char *name;
    int file = open_temporary(path, &name);
    if (file < 0) return weir_error(diag, whole(path), "cannot create: %s", strerror(errno));
    bool good = write_all(file, bytes, length);
    int why = errno;
    if (close(file) != 0 && good) {
        good = false;
        why = errno;
    }
    if (good && rename(name, path) != 0) {
        good = false;
        why = errno;
    }
    if (!good) {
        unlink(name);
        weir_error(diag, whole(path), "cannot write: %s", strerror(why));
    }
    free(name);
    return good;
}

static bool make_one(const char *path) {
    struct stat info;
    if (mkdir(path, 0777) == 0) return true;
    if (errno != EEXIST) return false;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) return true;
    errno = ENOTDIR;
    return false;
}

bool weir_make_folder(const char *path, weir_diag *diag) {
    size_t length = strlen(path);
    char *part = weir_xcalloc(length + 1, 1);
    bool good = length > 0;
    errno = ENOENT;
    for (size_t i = 0; good && i < length; i++) {
        part[i] = path[i];
        bool ends = path[i + 1] == '\0' || (path[i + 1] == '/' && path[i] != '/');
        if (ends) good = make_one(part);
    }
    if (!good) weir_error(diag, whole(path), "cannot create folder: %s", strerror(errno));
    free(part);
    return good;
}

void weir_remove_files(const char *folder, const char *suffix) {
    DIR *entries = opendir(folder);
    if (entries == NULL) return;
    size_t tail = strlen(suffix);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length > tail && strcmp(entry->d_name + length - tail, suffix) == 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
}
