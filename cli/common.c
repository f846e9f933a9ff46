#include "cli/command.h"
#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t cli_count(struct argp_state *state, const char *option, const char *text, uint64_t least) {
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > INT64_MAX)
        argp_error(state, "%s: \"%s\" is not a whole number", option, text);
    if (value < least)
        argp_error(state, "%s: %s, minimum %llu", option, text, (unsigned long long)least);
    return value;
}

uint64_t cli_named_count(struct argp_state *state, const char *option, const char *text, char *name,
                         size_t size, uint64_t least) {
    const char *equals = strchr(text, '=');
    size_t length = equals != NULL ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= size)
        argp_error(state, "%s: \"%s\" is not of the form NAME=NUMBER", option, text);
    memcpy(name, text, length);
    name[length] = '\0';
    return cli_count(state, option, equals + 1, least);
}

int cli_finish(weir_messages *messages, weir_status status) {
    bool good = fflush(stdout) == 0 && !ferror(stdout);
    int error = errno;
    weir_messages_print(messages, stderr);
    weir_messages_free(messages);
    if (!good) fprintf(stderr, "standard output: error: cannot be written: %s\n", strerror(error));
    return !good && status == WEIR_OK ? WEIR_BAD_INPUT : (int)status;
}

/* ---- folders ---- */

bool cli_folder_exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

static bool refuse(const char *path, const char *why) {
    fprintf(stderr, "%s: error: cannot be written: %s\n", path, why);
    return false;
}

bool cli_folder_make(cli_folder *folder, const char *path) {
    memset(folder, 0, sizeof *folder);
    if (*path == '\0' || strlen(path) >= sizeof folder->path)
        return refuse(path, *path == '\0' ? "empty name" : strerror(ENAMETOOLONG));
    strcpy(folder->path, path);
    for (char *at = folder->path + 1;; at++) {
        if (*at != '/' && *at != '\0') continue;
        char kept = *at;
        *at = '\0';
        bool made = mkdir(folder->path, 0777) == 0;
        int error = errno;
        if (made && folder->created[0] == '\0') strcpy(folder->created, folder->path);
        *at = kept;
        if (!made && error != EEXIST) {
            cli_folder_remove(folder);
            return refuse(path, strerror(error));
        }
        if (kept == '\0') break;
    }
    struct stat info;
    bool good = stat(folder->path, &info) == 0 && S_ISDIR(info.st_mode);
    if (good && access(folder->path, W_OK | X_OK) == 0) return true;
    refuse(path, good ? strerror(errno) : strerror(ENOTDIR));
    cli_folder_remove(folder);
    return false;
}

bool cli_folder_temporary(cli_folder *folder) {
    memset(folder, 0, sizeof *folder);
    const char *base = getenv("TMPDIR");
    snprintf(folder->path, sizeof folder->path, "%s/weir-XXXXXX",
             base != NULL && *base != '\0' ? base : "/tmp");
    if (mkdtemp(folder->path) == NULL) return refuse(folder->path, strerror(errno));
    strcpy(folder->created, folder->path);
    return true;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)type;
    (void)walk;
    remove(path);
    return 0;
}

void cli_folder_remove(cli_folder *folder) {
    if (folder->created[0] != '\0') nftw(folder->created, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    folder->created[0] = '\0';
}

bool cli_file_writable(const char *path) {
    struct stat info;
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode)) return refuse(path, strerror(EISDIR));
        return access(path, W_OK) == 0 || refuse(path, strerror(errno));
    }
    char *copy = strdup(path);
    const char *folder = dirname(copy);
    bool good = stat(folder, &info) == 0 && S_ISDIR(info.st_mode) && access(folder, W_OK) == 0;
    int error = errno;
    if (stat(folder, &info) == 0 && !S_ISDIR(info.st_mode)) error = ENOTDIR;
    free(copy);
    return good || refuse(path, strerror(error));
}

/* ---- progress and interruption ---- */

static void show_progress(void *context, const char *what, uint64_t done, uint64_t total) {
    (void)context;
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    uint64_t filled = total == 0 ? 0 : (done > total ? total : done) * WIDTH / total;
    for (uint64_t i = 0; i < WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r\033[K%s [%s] %llu/%llu", what, bar, (unsigned long long)done,
            (unsigned long long)total);
    fflush(stderr);
}

weir_report_fn cli_progress(void) {
    return isatty(STDERR_FILENO) ? show_progress : NULL;
}

void cli_progress_end(void) {
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}

/* A signal handler has nowhere else to leave its word. */
static volatile int stopped;

static void set_stopped(int signal) {
    (void)signal;
    stopped = 1;
}

const volatile int *cli_stop_flag(void) {
    struct sigaction action = {.sa_handler = set_stopped, .sa_flags = SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL); /* its terminal is gone */
    return &stopped;
}
