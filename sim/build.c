#include "sim/build.h"
#include "base/arena.h"
#include "base/text.h"
#include "sim/cache.h"
#include "sim/runtime.h"
#include "sim/wrapper.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define MAX_ARGS 8192 /* a solution may have thousands of files */
#define MODEL_FLAGS "-std=c++17 -O2 -fPIC -shared -fno-gnu-unique -fvisibility=hidden -w"

typedef enum step { STEP_WAITING, STEP_VERILATE, STEP_COMPILE, STEP_DONE } step;

typedef struct job {
    weir_build_request *request;
    char key[WEIR_KEY_CHARS];
    char path[4096]; /* private folder */
    step step;
    pid_t child;
    bool failed;
    int same_as; /* index of an earlier job with the same key, or -1 */
} job;

typedef struct builder {
    char folder[4096];  /* the cache */
    char runtime[4096]; /* libweir_verilated */
    char versions[512]; /* of the tools */
    job *jobs;
    uint32_t n_jobs;
    weir_diag *diag;
} builder;

static bool on_path(const char *program) {
    const char *path = getenv("PATH");
    for (const char *at = path; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ":");
        char full[4096];
        snprintf(full, sizeof full, "%.*s/%s", (int)length, at, program);
        if (access(full, X_OK) == 0) return true;
        at += length + (at[length] == ':');
    }
    return false;
}

static bool find_tools(weir_diag *diag) {
    bool good = true;
    if (!on_path("verilator"))
        good = weir_error(diag, WEIR_NOWHERE,
                          "verilator: not found on PATH; install Debian package verilator");
    if (!on_path("g++"))
        good = weir_error(diag, WEIR_NOWHERE, "g++: not found on PATH; install Debian package g++");
    return good;
}

/* The first line that `command` prints. */
static bool first_line(const char *command, char *line, int size, weir_diag *diag) {
    FILE *pipe = popen(command, "r");
    bool good = pipe != NULL && fgets(line, size, pipe) != NULL;
    if (pipe != NULL && pclose(pipe) != 0) good = false;
    if (!good) return weir_error(diag, WEIR_NOWHERE, "cannot run \"%s\"", command);
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static bool read_versions(builder *b) {
    char verilator[200], compiler[200];
    if (!first_line("verilator --version", verilator, sizeof verilator, b->diag) ||
        !first_line("g++ -dumpfullversion", compiler, sizeof compiler, b->diag))
        return false;
    snprintf(b->versions, sizeof b->versions, "%s\ng++ %s\n", verilator, compiler);
    char found[64] = "";
    sscanf(verilator, "Verilator %63s", found);
    if (strcmp(found, WEIR_VERILATOR_VERSION) != 0)
        return weir_error(b->diag, WEIR_NOWHERE,
                          "verilator: version \"%s\" on PATH, weir was built for version " //
                          WEIR_VERILATOR_VERSION,
                          found);
    return true;
}

/* The environment with another TMPDIR=..., the job's folder: what a killed tool leaves goes with it.
 * The caller frees the array; its strings are borrowed. */
static char **environment(char *temporary) {
    size_t n = 0, kept = 0;
    while (environ[n] != NULL)
        n++;
    char **copy = weir_xcalloc(n + 2, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "TMPDIR=", 7) != 0) copy[kept++] = environ[i];
    copy[kept] = temporary;
    return copy;
}

/* Starts a program in the job's folder, its output going to the job's log. */
static bool start(builder *b, job *j, const char *const *args) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, j->path);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "log", O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    /* A process group of its own, so that whatever the tool starts ends with it. */
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    char temporary[4096 + 8];
    snprintf(temporary, sizeof temporary, "TMPDIR=%s", j->path);
    char **own = environment(temporary);
    int error = posix_spawnp(&j->child, args[0], &actions, &attributes, (char *const *)args, own);
    free(own);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0) return true;
    j->child = 0;
    return weir_error(b->diag, WEIR_NOWHERE, "module \"%s\": cannot start %s: %s",
                      j->request->module, args[0], strerror(error));
}

static bool start_verilator(builder *b, job *j) {
    const weir_build_request *r = j->request;
    if (!weir_cache_begin(j->path, b->folder, b->diag)) return false;
    if (!weir_cache_copy_roms(j->path, r, b->diag)) return false;
    char control[4096 + 16], rom_dir[4096 + WEIR_KEY_CHARS + 32], macro[sizeof rom_dir + 32];
    const char *args[MAX_ARGS];
    uint32_t n = 0;
    static const char *const fixed[] = {
        "verilator",   "--cc",           "--flatten",  "-O3",       "--x-assign",  "fast",
        "--x-initial", "fast",           "-Wno-fatal", "-Wno-lint", "-Wno-style",  "--no-timing",
        "--prefix",    WEIR_MODEL_CLASS, "-Mdir",      "v",         "--top-module"};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        args[n++] = fixed[i];
    args[n++] = r->module;
    if (r->probe_channels > 0) args[n++] = "-DWEIR_PROBES";
    if (r->rom_folder != NULL) {
        snprintf(rom_dir, sizeof rom_dir, "-GROM_DIR=\"%s/%s/rom\"", b->folder, j->key);
        args[n++] = rom_dir;
        snprintf(macro, sizeof macro, "-DWEIR_ROM_DIR=%s", strchr(rom_dir, '=') + 1);
        args[n++] = macro;
    }
    static const char *const unroll[] = {"--unroll-count", "1024", "--unroll-stmts", "1000000"};
    for (size_t i = 0; i < sizeof unroll / sizeof unroll[0] && r->imported; i++)
        args[n++] = unroll[i];
    if (r->n_roms > 0) {
        weir_text *text = weir_text_new();
        weir_wrapper_control(text, r);
        snprintf(control, sizeof control, "%s/v/roms.vlt", j->path);
        bool saved = weir_text_save(text, control, b->diag);
        weir_text_free(text);
        if (!saved) return false;
        args[n++] = "v/roms.vlt";
    }
    if (n + r->n_sources >= MAX_ARGS)
        return weir_error(b->diag, WEIR_NOWHERE, "module \"%s\": %u source files, at most %u",
                          r->module, r->n_sources, MAX_ARGS - n - 1);
    char *absolute[MAX_ARGS];
    for (uint32_t i = 0; i < r->n_sources; i++)
        args[n++] = absolute[i] = realpath(r->sources[i], NULL);
    args[n] = NULL;
    bool good = start(b, j, args);
    for (uint32_t i = 0; i < r->n_sources; i++)
        free(absolute[i]);
    j->step = STEP_VERILATE;
    return good;
}

static int is_cpp(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".cpp") == 0;
}

/* Puts the #include lines of Verilator's files into `unit`, and their text into `all`. */
static bool gather_sources(builder *b, job *j, weir_text *unit, weir_text *all) {
    char folder[4096 + 8];
    snprintf(folder, sizeof folder, "%s/v", j->path);
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_cpp, alphasort);
    bool good = n > 0;
    for (int i = 0; i < n; i++) {
        char path[4096 + 300];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        char *text = weir_file_read(path, NULL, b->diag);
        if (text == NULL)
            good = false;
        else
            weir_text_add(all, text);
        free(text);
        weir_text_addf(unit, "#include \"v/%s\"\n", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return good || weir_error(b->diag, WEIR_NOWHERE, "module \"%s\": verilator wrote no C++",
                              j->request->module);
}

static bool write_unit(builder *b, job *j) {
    char path[4096 + 32];
    snprintf(path, sizeof path, "%s/v/" WEIR_MODEL_CLASS "___024root.h", j->path);
    char *header = weir_file_read(path, NULL, b->diag);
    if (header == NULL) return false;
    weir_text *unit = weir_text_new(), *all = weir_text_new();
    bool good = weir_wrapper_check(j->request, header, b->diag) && gather_sources(b, j, unit, all);
    if (good) {
        weir_phases phases = weir_wrapper_phases(j->request, header, weir_text_string(all));
        weir_wrapper_write(unit, j->request, phases);
        snprintf(path, sizeof path, "%s/v/model.cpp", j->path);
        good = weir_text_save(unit, path, b->diag);
    }
    weir_text_free(unit);
    weir_text_free(all);
    free(header);
    return good;
}

static bool start_compiler(builder *b, job *j) {
    if (!write_unit(b, j)) return false;
    char flags[] = MODEL_FLAGS;
    const char *args[MAX_ARGS];
    uint32_t n = 0;
    args[n++] = "g++";
    char *rest = NULL;
    for (char *flag = strtok_r(flags, " ", &rest); flag != NULL; flag = strtok_r(NULL, " ", &rest))
        args[n++] = flag;
    static const char *const fixed[] = {"-I.",
                                        "-isystem",
                                        WEIR_VERILATOR_INCLUDE,
                                        "-isystem",
                                        WEIR_VERILATOR_INCLUDE "/vltstd",
                                        "v/model.cpp",
                                        "-o",
                                        "model.so"};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        args[n++] = fixed[i];
    args[n++] = b->runtime;
    args[n] = NULL;
    j->step = STEP_COMPILE;
    return start(b, j, args);
}

/* The first line of the job's log that tells of an error, or the first line at all. */
static void report_failure(builder *b, const job *j) {
    char path[4096 + 8], line[1024], message[1024] = "no message";
    snprintf(path, sizeof path, "%s/log", j->path);
    FILE *log = fopen(path, "r");
    bool found = false;
    for (int n = 0; log != NULL && !found && fgets(line, sizeof line, log) != NULL; n++) {
        found = strncmp(line, "%Error", 6) == 0 || strstr(line, "error:") != NULL;
        if (found || n == 0) snprintf(message, sizeof message, "%s", line);
    }
    if (log != NULL) fclose(log);
    message[strcspn(message, "\n")] = '\0';
    weir_error(b->diag, WEIR_NOWHERE, "module \"%s\": %s: %s", j->request->module,
               j->step == STEP_VERILATE ? "verilator" : "g++", message);
}

static void set_object(const builder *b, job *j) {
    snprintf(j->request->object, sizeof j->request->object, "%.3900s/%s/model.so", b->folder,
             j->key);
}

static void fail(job *j) {
    j->failed = true;
    j->step = STEP_DONE;
    if (j->path[0] != '\0') weir_cache_discard(j->path);
}

/* Takes a job one step on after its child has ended. */
static void next_step(builder *b, job *j, int status) {
    j->child = 0;
    if (status != 0) {
        report_failure(b, j);
        fail(j);
    } else if (j->step == STEP_VERILATE) {
        if (!start_compiler(b, j)) fail(j);
    } else {
        j->failed = !weir_cache_commit(j->path, b->folder, j->key, b->diag);
        j->step = STEP_DONE;
    }
}

/* Ends every job that runs or waits; true if it was asked for. */
static bool stop_jobs(builder *b, const weir_progress *progress) {
    if (progress == NULL || progress->stop == NULL || *progress->stop == 0) return false;
    for (uint32_t i = 0; i < b->n_jobs; i++) {
        job *j = &b->jobs[i];
        if (j->child > 0) {
            kill(-j->child, SIGKILL);
            waitpid(j->child, NULL, 0);
            j->child = 0;
        }
        if (j->step != STEP_DONE) fail(j);
    }
    weir_error(b->diag, WEIR_NOWHERE, "interrupted while models were built");
    return true;
}

static double now_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void report_models(const weir_progress *progress, uint64_t done, uint64_t total,
                          double seconds) {
    const weir_work work = {.what = "verilating",
                            .done = done,
                            .total = total,
                            .share = (double)done / (double)total,
                            .seconds = seconds};
    progress->report(progress->context, &work);
}

/* Runs as many jobs at once as there are processors, until none is left. After a failure no new job
 * starts. */
static void run_jobs(builder *b, const weir_progress *progress) {
    long limit = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t total = 0;
    double begun = now_seconds(), reported = 0;
    for (uint32_t i = 0; i < b->n_jobs; i++)
        total += b->jobs[i].step == STEP_WAITING;
    for (bool broken = false, active = total > 0; active;) {
        if (stop_jobs(b, progress)) return;
        long running = 0;
        uint64_t left = 0;
        active = false;
        for (uint32_t i = 0; i < b->n_jobs; i++) {
            job *j = &b->jobs[i];
            int status = 0;
            if (j->child > 0 && waitpid(j->child, &status, WNOHANG) != 0) next_step(b, j, status);
            running += j->child > 0;
            broken |= j->failed;
        }
        for (uint32_t i = 0; i < b->n_jobs; i++) {
            job *j = &b->jobs[i];
            if (j->step == STEP_WAITING && running < limit && !broken) {
                if (start_verilator(b, j))
                    running++;
                else
                    fail(j);
            }
            left += j->step != STEP_DONE;
            active |= j->child > 0 || (j->step == STEP_WAITING && !broken);
        }
        double now = now_seconds();
        if (progress != NULL && progress->report != NULL && (now - reported > 0.1 || !active)) {
            reported = now;
            report_models(progress, total - left, total, now - begun);
        }
        if (active) nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    }
}

/* What the object is made of besides the sources: the wrapper (and with it ABI, ports, memories),
 * flags, and tools. */
static char *recipe(const builder *b, const weir_build_request *request) {
    weir_text *text = weir_text_new();
    weir_text_addf(text, "%s" MODEL_FLAGS "\n%u %u %u%s\n", b->versions, request->n_clocks,
                   request->probe_channels, request->rom_folder != NULL,
                   request->imported ? " imported" : "");
    weir_wrapper_write(text, request, (weir_phases){true, true});
    weir_wrapper_control(text, request);
    for (uint32_t p = 0; p < request->n_inputs; p++)
        weir_text_addf(text, "in %u\n", request->input_bits[p]);
    for (uint32_t q = 0; q < request->n_outputs; q++)
        weir_text_addf(text, "out %u\n", request->output_bits[q]);
    /* The object names its runtime by soname and its images by path. */
    weir_text_addf(text, "%s\n", request->rom_folder != NULL ? b->folder : "");
    size_t length = weir_text_length(text);
    char *copy = weir_xcalloc(length + 1, 1);
    memcpy(copy, weir_text_string(text), length);
    weir_text_free(text);
    return copy;
}

static bool plan(builder *b, weir_build_request *requests) {
    bool good = true;
    for (uint32_t i = 0; i < b->n_jobs; i++) {
        job *j = &b->jobs[i];
        j->request = &requests[i];
        j->same_as = -1;
        char *text = recipe(b, j->request);
        bool keyed = weir_cache_key(j->key, j->request, text, b->diag);
        free(text);
        good = good && keyed;
        if (!keyed) continue;
        set_object(b, j);
        j->request->cached = weir_cache_holds(b->folder, j->key);
        if (j->request->cached) j->step = STEP_DONE;
        for (uint32_t k = 0; k < i && j->same_as < 0; k++)
            if (strcmp(b->jobs[k].key, j->key) == 0) j->same_as = (int)k;
        if (j->same_as >= 0) j->step = STEP_DONE;
    }
    return good;
}

bool weir_build(weir_build_request *requests, uint32_t n, const weir_progress *progress,
                weir_diag *diag) {
    if (n == 0) return true;
    builder *b = weir_xcalloc(1, sizeof *b);
    b->diag = diag;
    b->n_jobs = n;
    b->jobs = weir_xcalloc(n, sizeof *b->jobs);
    bool good = find_tools(diag) && read_versions(b) && weir_runtime_find(b->runtime, diag) &&
                weir_cache_open(b->folder, diag) && plan(b, requests);
    if (good) {
        run_jobs(b, progress);
        for (uint32_t i = 0; i < n; i++)
            good = good && !b->jobs[i].failed;
    }
    free(b->jobs);
    free(b);
    return good;
}
