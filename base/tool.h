/* Running the programs that Weir builds on (Verilator, g++, Yosys): one, or as many at once as there
 * are processors.
 *
 * A program runs in a folder of its own and in a process group of its own, so that whatever it
 * starts ends with it; its output is added to `log` in that folder, its temporary files lie there.
 */
#ifndef WEIR_BASE_TOOL_H
#define WEIR_BASE_TOOL_H

#include "base/diag.h"
#include "base/progress.h"
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

bool weir_tool_on_path(const char *program);
/* The first line that a shell command prints. */
bool weir_tool_first_line(const char *command, char *line, int size, weir_diag *diag);
/* Starts args[0]; `what` names the work in messages: `module "matvec"`. */
bool weir_tool_start(pid_t *child, const char *folder, const char *const *args, const char *what,
                     weir_diag *diag);
double weir_tool_seconds(void); /* of a steady clock */

/* What became of a job: WAITING, its program RUNNING, or its end. */
typedef enum weir_job_state {
    WEIR_JOB_WAITING,
    WEIR_JOB_RUNNING,
    WEIR_JOB_DONE,
    WEIR_JOB_FAILED
} weir_job_state;

typedef struct weir_job {
    weir_job_state state; /* the caller's to set before: DONE is left alone */
    pid_t child;
    double started; /* its current program, on the steady clock */
} weir_job;

typedef struct weir_pool {
    weir_job *jobs;
    uint32_t n_jobs;
    void *context;
    /* Starts the job's program into job->child; false: it failed. */
    bool (*start)(void *context, uint32_t job);
    /* Its program ended with `status` (as waitpid gives it), `late` if it was ended for taking more
     * than `limit_seconds`. Returns what the job is now; RUNNING: another program was started. */
    weir_job_state (*ended)(void *context, uint32_t job, int status, bool late);
    double limit_seconds; /* of one program; 0: none */
    bool go_on;           /* after a failure; else no new job starts */
    const char *what;     /* for the progress, "verilating" */
} weir_pool;

/* Runs all waiting jobs. False if it was told to stop: then no program of the pool runs, and the
 * unfinished jobs have FAILED. */
bool weir_pool_run(weir_pool *pool, const weir_progress *progress);

#ifdef __cplusplus
}
#endif
#endif
