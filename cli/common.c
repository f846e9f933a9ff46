#include "cli/command.h"
#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_CROP (1 << 20) /* as in the file */

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

/* ---- opening ---- */

enum { KEY_CROP = 1024, KEY_INTERVAL, KEY_FPS, KEY_IO, KEY_DEVICE };

static uint32_t crop_size(struct argp_state *state, const char *whole, const char *digits,
                          char end) {
    char *rest = NULL;
    unsigned long value = *digits >= '0' && *digits <= '9' ? strtoul(digits, &rest, 10) : 0;
    if (rest == NULL || *rest != end)
        argp_error(state, "--crop: \"%s\" is not of the form ROWSxCOLUMNS", whole);
    if (value < 1 || value > MAX_CROP)
        argp_error(state, "--crop: \"%s\", both sizes are 1 to %d", whole, MAX_CROP);
    return (uint32_t)value;
}

static error_t parse_opening(int key, char *text, struct argp_state *state) {
    weir_opening *opening = state->input;
    const char *times;
    char *end = NULL;
    switch (key) {
    case KEY_CROP:
        times = strchr(text, 'x');
        opening->crop_rows = crop_size(state, text, text, 'x');
        opening->crop_columns = crop_size(state, text, times + 1, '\0');
        return 0;
    case KEY_INTERVAL:
        opening->target_interval_cycles = cli_count(state, "--target-interval", text, 1);
        return 0;
    case KEY_FPS:
        opening->target_fps = strtod(text, &end);
        if (end == text || *end != '\0' || !(opening->target_fps > 0))
            argp_error(state, "--target-fps: \"%s\" is not a number above 0", text);
        return 0;
    case KEY_IO:
        if (strcmp(text, "stream") != 0 && strcmp(text, "parallel") != 0)
            argp_error(state, "--io: \"%s\", allowed are stream and parallel", text);
        opening->io = text;
        return 0;
    case KEY_DEVICE:
        opening->device = text;
        return 0;
    case ARGP_KEY_END:
        if (opening->target_interval_cycles > 0 && opening->target_fps > 0)
            argp_error(state, "--target-interval and --target-fps exclude each other");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option opening_options[] = {
    {"crop", KEY_CROP, "ROWSxCOLUMNS", 0, "Size of the network's input", 0},
    {"io", KEY_IO, "STYLE", 0, "stream, or parallel: a beat is a whole tensor", 0},
    {"target-interval", KEY_INTERVAL, "CYCLES", 0, "Fold for a frame every so many cycles", 0},
    {"target-fps", KEY_FPS, "F", 0, "Fold for so many frames a second", 0},
    {"device", KEY_DEVICE, "NAME", 0, "FPGA that the design is for, such as xczu9eg", 0},
    {0}};

const struct argp cli_opening_parser = {
    opening_options, parse_opening, NULL, NULL, NULL, NULL, NULL};

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

/* 1234567 as "1.2 M". */
static void short_number(char *out, size_t size, double value) {
    static const char *const units[] = {"", " k", " M", " G", " T"};
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    snprintf(out, size, "%.*f%s", unit > 0 && value < 9.95 ? 1 : 0, value, units[unit]);
}

static void short_time(char *out, size_t size, double seconds) {
    unsigned long whole = seconds < 1e9 ? (unsigned long)(seconds + 0.5) : 1000000000;
    if (whole < 60)
        snprintf(out, size, "%lu s", whole);
    else if (whole < 3600)
        snprintf(out, size, "%lu min %02lu s", whole / 60, whole % 60);
    else
        snprintf(out, size, "%lu h %02lu min", whole / 3600, whole / 60 % 60);
}

/* What stands behind the bar. */
static void describe_work(char *out, size_t size, const weir_work *work) {
    const char *unit = work->cycles > 0                    ? " frames"
                       : strcmp(work->what, "points") == 0 ? "" /* the bar's title says it */
                                                           : " modules";
    int length = snprintf(out, size, "%llu/%llu%s", (unsigned long long)work->done,
                          (unsigned long long)work->total, unit);
    char number[32], speed[32], left[48];
    if (work->cycles > 0 && work->seconds > 0) {
        short_number(number, sizeof number, (double)work->cycles);
        short_number(speed, sizeof speed, (double)work->cycles / work->seconds);
        length += snprintf(out + length, size - (size_t)length, ", %s cycles, %s cycles/s", number,
                           speed);
    }
    /* The first moments tell too little of the whole. */
    if (work->share <= 0 || work->share >= 1 || work->seconds < 0.5) return;
    short_time(left, sizeof left, work->seconds * (1 - work->share) / work->share);
    snprintf(out + length, size - (size_t)length, ", %s left", left);
}

/* One line, never wider than the terminal: a wrapped one could not be written over. */
static void show_progress(void *context, const weir_work *work) {
    (void)context;
    enum { WIDEST = 30 };
    struct winsize window = {0};
    int columns = 80;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        columns = window.ws_col;
    char text[256], bar[WIDEST + 1], line[512];
    describe_work(text, sizeof text, work);
    int width = columns - 1 - (int)(strlen(work->what) + strlen(text) + 4);
    width = width > WIDEST ? WIDEST : width < 0 ? 0 : width;
    int filled = (int)(work->share * width);
    for (int i = 0; i < width; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[width] = '\0';
    if (width > 2)
        snprintf(line, sizeof line, "%s [%s] %s", work->what, bar, text);
    else
        snprintf(line, sizeof line, "%s %s", work->what, text);
    fprintf(stderr, "\r\033[K%.*s", columns - 1, line);
    fflush(stderr);
}

weir_report_fn cli_progress(void) {
    return isatty(STDERR_FILENO) ? show_progress : NULL;
}

void cli_progress_end(void) {
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}

#define SAME_SIGNAL_NS 500000000 /* `timeout` for one sends to the program and to its group */

/* A signal handler has nowhere else to leave its word. */
static volatile int stopped;
static volatile int64_t stopped_at_ns;

static void set_stopped(int number) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    if (stopped == 0) {
        stopped_at_ns = now;
        stopped = 1;
    } else if (now - stopped_at_ns > SAME_SIGNAL_NS) {
        signal(number, SIG_DFL);
        raise(number); /* takes effect as this handler returns */
    }
}

const volatile int *cli_stop_flag(void) {
    struct sigaction action = {.sa_handler = set_stopped, .sa_flags = SA_RESTART};
    /* One at a time: they share their word. */
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGHUP);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL); /* its terminal is gone */
    return &stopped;
}
