#include "sim/build.h"
#include "base/arena.h"
#include "base/text.h"
#include "base/tool.h"
#include "sim/cache.h"
#include "sim/runtime.h"
#include "sim/wrapper.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ARGS 8192 /* a solution may have thousands of files */
#define MODEL_FILE "model.so"
#define MODEL_FLAGS "-std=c++17 -O2 -fPIC -shared -fno-gnu-unique -fvisibility=hidden -w"

typedef enum step { STEP_VERILATE, STEP_COMPILE } step;

typedef struct job {
    weir_build_request *request;
    char key[WEIR_KEY_CHARS];
    char path[4096]; /* private folder */
    step step;
    int same_as; /* index of an earlier job with the same key, or -1 */
} job;

typedef struct builder {
    char folder[4096];  /* the cache */
    char runtime[4096]; /* libweir_verilated */
    char versions[512]; /* of the tools */
    job *jobs;
    weir_job *pool; /* their programs */
    uint32_t n_jobs;
    weir_diag *diag;
} builder;

static bool find_tools(weir_diag *diag) {
    bool good = true;
    if (!weir_tool_on_path("verilator"))
        good = weir_error(diag, WEIR_NOWHERE,
                          "verilator: not found on PATH; install Debian package verilator");
    if (!weir_tool_on_path("g++"))
        good = weir_error(diag, WEIR_NOWHERE, "g++: not found on PATH; install Debian package g++");
    return good;
}

static bool read_versions(builder *b) {
    char verilator[200], compiler[200];
    if (!weir_tool_first_line("verilator --version", verilator, sizeof verilator, b->diag) ||
        !weir_tool_first_line("g++ -dumpfullversion", compiler, sizeof compiler, b->diag))
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

/* Starts a program in the job's folder. */
static bool start(builder *b, job *j, const char *const *args) {
    char what[256];
    snprintf(what, sizeof what, "module \"%.200s\"", j->request->module);
    return weir_tool_start(&b->pool[j - b->jobs].child, j->path, args, what, b->diag);
}

static bool start_verilator(builder *b, job *j) {
    const weir_build_request *r = j->request;
    char control[4096 + 16], rom_dir[4096 + WEIR_KEY_CHARS + 32], macro[sizeof rom_dir + 32];
    if (!weir_cache_begin(j->path, b->folder, b->diag)) return false;
    snprintf(control, sizeof control, "%s/v", j->path);
    if (!weir_make_folder(control, b->diag)) return false;
    if (!weir_model_copy_roms(j->path, r, b->diag)) return false;
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
    snprintf(j->request->object, sizeof j->request->object, "%.3900s/%s/" MODEL_FILE, b->folder,
             j->key);
}

static void drop_intermediate(const job *j) {
    char path[4096 + 8];
    snprintf(path, sizeof path, "%s/v", j->path);
    weir_cache_discard(path);
}

/* Takes a job one step on after its child has ended. */
static weir_job_state next_step(void *context, uint32_t index, int status, bool late) {
    builder *b = context;
    job *j = &b->jobs[index];
    (void)late; /* there is no limit */
    if (status == 0 && j->step == STEP_VERILATE && start_compiler(b, j)) return WEIR_JOB_RUNNING;
    if (status == 0 && j->step == STEP_COMPILE) {
        drop_intermediate(j);
        bool kept = weir_cache_commit(j->path, b->folder, j->key, MODEL_FILE, b->diag);
        return kept ? WEIR_JOB_DONE : WEIR_JOB_FAILED;
    }
    if (status != 0) report_failure(b, j);
    weir_cache_discard(j->path);
    return WEIR_JOB_FAILED;
}

static bool start_job(void *context, uint32_t index) {
    builder *b = context;
    job *j = &b->jobs[index];
    if (start_verilator(b, j)) return true;
    if (j->path[0] != '\0') weir_cache_discard(j->path);
    return false;
}

/* After a failure no new job starts. */
static bool run_jobs(builder *b, const weir_progress *progress) {
    weir_pool pool = {.jobs = b->pool,
                      .n_jobs = b->n_jobs,
                      .context = b,
                      .start = start_job,
                      .ended = next_step,
                      .what = "verilating"};
    if (!weir_pool_run(&pool, progress)) {
        for (uint32_t i = 0; i < b->n_jobs; i++)
            if (b->pool[i].state == WEIR_JOB_FAILED && b->jobs[i].path[0] != '\0')
                weir_cache_discard(b->jobs[i].path);
        return weir_error(b->diag, WEIR_NOWHERE, "interrupted while models were built");
    }
    bool good = true;
    for (uint32_t i = 0; i < b->n_jobs; i++)
        good = good && b->pool[i].state == WEIR_JOB_DONE;
    return good;
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
        bool keyed = weir_model_key(j->key, j->request, text, b->diag);
        free(text);
        good = good && keyed;
        if (!keyed) continue;
        set_object(b, j);
        j->request->cached = weir_cache_holds(b->folder, j->key, MODEL_FILE);
        if (j->request->cached) b->pool[i].state = WEIR_JOB_DONE;
        for (uint32_t k = 0; k < i && j->same_as < 0; k++)
            if (strcmp(b->jobs[k].key, j->key) == 0) j->same_as = (int)k;
        if (j->same_as >= 0) b->pool[i].state = WEIR_JOB_DONE;
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
    b->pool = weir_xcalloc(n, sizeof *b->pool);
    bool good = find_tools(diag) && read_versions(b) && weir_runtime_find(b->runtime, diag) &&
                weir_cache_open(b->folder, diag) && plan(b, requests);
    good = good && run_jobs(b, progress);
    free(b->pool);
    free(b->jobs);
    free(b);
    return good;
}
