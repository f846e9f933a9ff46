#include "base/tool.h"
#include "base/arena.h"
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

#define POLL_NS 3000000
#define REPORT_SECONDS 0.1

bool weir_tool_on_path(const char *program) {
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

bool weir_tool_first_line(const char *command, char *line, int size, weir_diag *diag) {
    FILE *pipe = popen(command, "r");
    bool good = pipe != NULL && fgets(line, size, pipe) != NULL;
    if (pipe != NULL && pclose(pipe) != 0) good = false;
    if (!good) return weir_error(diag, WEIR_NOWHERE, "cannot run \"%s\"", command);
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* The environment with another TMPDIR=..., so that what a killed tool leaves goes with its folder.
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

bool weir_tool_start(pid_t *child, const char *folder, const char *const *args, const char *what,
                     weir_diag *diag) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "log", O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    char temporary[4096 + 8];
    snprintf(temporary, sizeof temporary, "TMPDIR=%.4095s", folder);
    char **own = environment(temporary);
    int error = posix_spawnp(child, args[0], &actions, &attributes, (char *const *)args, own);
    free(own);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0) return true;
    *child = 0;
    return weir_error(diag, WEIR_NOWHERE, "%s: cannot start %s: %s", what, args[0],
                      strerror(error));
}

double weir_tool_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- the pool ---- */

static void end_child(weir_job *job, int *status) {
    kill(-job->child, SIGKILL);
    waitpid(job->child, status, 0);
    job->child = 0;
}

static bool stop_all(weir_pool *pool, const weir_progress *progress) {
    if (progress == NULL || progress->stop == NULL || *progress->stop == 0) return false;
    for (uint32_t i = 0; i < pool->n_jobs; i++) {
        weir_job *job = &pool->jobs[i];
        int status;
        if (job->child > 0) end_child(job, &status);
        if (job->state != WEIR_JOB_DONE) job->state = WEIR_JOB_FAILED;
    }
    return true;
}

/* Takes the job on if its program has ended, or has run for too long. */
static void look_after(weir_pool *pool, uint32_t index) {
    weir_job *job = &pool->jobs[index];
    if (job->child <= 0) return;
    int status = 0;
    bool late = false;
    if (waitpid(job->child, &status, WNOHANG) == 0) {
        if (pool->limit_seconds <= 0 || weir_tool_seconds() - job->started < pool->limit_seconds)
            return;
        end_child(job, &status);
        late = true;
    }
    job->child = 0;
    job->state = pool->ended(pool->context, index, status, late);
    job->started = weir_tool_seconds();
}

static void start_next(weir_pool *pool, uint32_t index) {
    weir_job *job = &pool->jobs[index];
    job->started = weir_tool_seconds();
    job->state = pool->start(pool->context, index) ? WEIR_JOB_RUNNING : WEIR_JOB_FAILED;
}

static void report(const weir_pool *pool, const weir_progress *progress, uint64_t done,
                   uint64_t total, double seconds) {
    const weir_work work = {.what = pool->what,
                            .done = done,
                            .total = total,
                            .share = (double)done / (double)total,
                            .seconds = seconds};
    progress->report(progress->context, &work);
}

static uint32_t count(const weir_pool *pool, weir_job_state state) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < pool->n_jobs; i++)
        n += pool->jobs[i].state == state;
    return n;
}

bool weir_pool_run(weir_pool *pool, const weir_progress *progress) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t limit = processors > 1 ? (uint32_t)processors : 1;
    uint32_t total = count(pool, WEIR_JOB_WAITING);
    double begun = weir_tool_seconds(), reported = 0;
    for (bool active = total > 0; active;) {
        if (stop_all(pool, progress)) return false;
        for (uint32_t i = 0; i < pool->n_jobs; i++)
            look_after(pool, i);
        bool broken = !pool->go_on && count(pool, WEIR_JOB_FAILED) > 0;
        for (uint32_t i = 0; i < pool->n_jobs && !broken; i++)
            if (pool->jobs[i].state == WEIR_JOB_WAITING && count(pool, WEIR_JOB_RUNNING) < limit)
                start_next(pool, i);
        uint32_t running = count(pool, WEIR_JOB_RUNNING), waiting = count(pool, WEIR_JOB_WAITING);
        active = running > 0 || (waiting > 0 && !broken);
        double now = weir_tool_seconds();
        if (progress != NULL && progress->report != NULL &&
            (now - reported > REPORT_SECONDS || !active)) {
            reported = now;
            report(pool, progress, total - running - waiting, total, now - begun);
        }
        if (active) nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
    return true;
}
