/* What the commands of `weir` share. A command parses its own arguments with argp (a wrong command
 * line ends the program with status 2) and returns the exit status: 0 fine, 1 bad input or stopped
 * early, 2 usage, 3 deadlock, 4 the engines or the data disagree, 5 it does not fit the device.
 * Reports go to the standard output, messages and progress to the standard error.
 */
#ifndef WEIR_CLI_COMMAND_H
#define WEIR_CLI_COMMAND_H

#include "api/weir.h"
#include <argp.h>

int cli_compile(int argc, char **argv);
int cli_run(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_diff(int argc, char **argv);
int cli_certify(int argc, char **argv);
int cli_size(int argc, char **argv);
int cli_pack(int argc, char **argv);
int cli_study(int argc, char **argv);

/* Whole numbers from `least` up; anything else is a usage error naming the option. */
uint64_t cli_count(struct argp_state *state, const char *option, const char *text, uint64_t least);
/* "NAME=NUMBER", at least `least`; `name` (the caller's, `size` bytes) receives the left part. */
uint64_t cli_named_count(struct argp_state *state, const char *option, const char *text, char *name,
                         size_t size, uint64_t least);

/* The options that decide how a design is opened, as a child of a command's parser; its input is a
 * weir_opening. */
extern const struct argp cli_opening_parser;

/* ---- a design and what the options change in it ---- */
/* Which DESIGN, --frames, --seed, --stimulus, arrivals, pauses, --fifo, --clock and the options of
 * its opening, as a child of a command's parser; its input is a cli_design. */
typedef struct cli_design cli_design;
extern const struct argp cli_design_parser;
cli_design *cli_design_new(void);
/* The design's own; NULL: messages say why. Interrupts stop its work from here on. */
weir_simulation *cli_design_open(cli_design *design, weir_messages *messages);
uint64_t cli_design_frames(const cli_design *design); /* 0: not given */
uint64_t cli_design_seed(const cli_design *design);
/* All that the options change; every wrong one adds its message. */
weir_status cli_design_apply(const cli_design *design, weir_messages *messages);
/* Into the folder that it came from, `inside`, or, where that is NULL, a temporary folder. */
weir_status cli_design_compile(cli_design *design, const char *inside, weir_messages *messages);
/* What it was compiled into goes too, unless it is to be kept. */
void cli_design_free(cli_design *design, bool keep);

/* Prints what the messages hold, and returns `status` as an exit status. */
int cli_finish(weir_messages *messages, weir_status status);

/* ---- folders ---- */
typedef struct cli_folder {
    char path[4096];
    char created[4096]; /* the topmost folder that was made for it; "": it was all there */
} cli_folder;

/* Makes `path` and its parents and checks that files can be made in it; says why not, if not. */
bool cli_folder_make(cli_folder *folder, const char *path);
/* A new folder for temporary files. */
bool cli_folder_temporary(cli_folder *folder);
/* Removes what was created, with all that is in it. */
void cli_folder_remove(cli_folder *folder);
bool cli_folder_exists(const char *path);
/* Whether a file of this name could be written; says why not, if not. */
bool cli_file_writable(const char *path);

/* ---- progress and interruption ---- */
/* A bar on the standard error if it is a terminal; NULL otherwise. */
weir_report_fn cli_progress(void);
void cli_progress_end(void);
/* The flag that the first SIGINT or SIGTERM sets; a second one, half a second later or more, ends
 * the program. */
const volatile int *cli_stop_flag(void);

#endif
