/* weir study STUDY.cfg: what-if ideas and axes, each point's times and costs in one table. */
#include "api/weir_study.h"
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

#define MAX_SETTINGS 64

typedef struct arguments {
    const char *study, *store, *export, *out;
    const char *settings[MAX_SETTINGS];
    weir_study_request request;
    bool keep_nothing;
} arguments;

enum { KEY_SET = 256, KEY_STORE, KEY_NO_STORE, KEY_EXPORT, KEY_THREADS };

static const struct argp_option options[] = {
    {"set", KEY_SET, "NAME=VALUE", 0, "Value of a variable of the study", 1},
    {"store", KEY_STORE, "FILE", 0, "SQLite file of what was found (default: STUDY.sqlite here)",
     2},
    {"no-store", KEY_NO_STORE, NULL, 0, "Keep nothing", 2},
    {"export", KEY_EXPORT, "FORMAT", 0, "Print all points as csv or json, not the table", 3},
    {"output", 'o', "FILE", 0, "Write to a file what would be printed", 3},
    {"threads", KEY_THREADS, "N", 0, "Threads (default: all cores)", 4},
    {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case KEY_SET:
        if (args->request.n_settings == MAX_SETTINGS)
            argp_error(state, "--set: given more than %d times", MAX_SETTINGS);
        args->settings[args->request.n_settings++] = text;
        return 0;
    case KEY_STORE:
        args->store = text;
        return 0;
    case KEY_NO_STORE:
        args->keep_nothing = true;
        return 0;
    case KEY_EXPORT:
        if (strcmp(text, "csv") != 0 && strcmp(text, "json") != 0)
            argp_error(state, "--export: \"%s\", allowed are csv, json", text);
        args->export = text;
        return 0;
    case 'o':
        args->out = text;
        return 0;
    case KEY_THREADS:
        args->request.threads = (uint32_t)cli_count(state, "--threads", text, 1);
        return 0;
    case ARGP_KEY_ARG:
        if (args->study != NULL) argp_error(state, "more than one STUDY");
        args->study = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no STUDY given");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* "a/b/unet.cfg" gives "unet.sqlite". */
static void default_store(const char *study, char *path, size_t size) {
    const char *slash = strrchr(study, '/');
    const char *base = slash != NULL ? slash + 1 : study;
    const char *dot = strrchr(base, '.');
    int length = dot != NULL ? (int)(dot - base) : (int)strlen(base);
    snprintf(path, size, "%.*s.sqlite", length, base);
}

static weir_status study(arguments *args, weir_messages *messages) {
    char store[4096];
    cli_folder scratch;
    default_store(args->study, store, sizeof store);
    args->request.settings = args->settings;
    if (!args->keep_nothing) args->request.store = args->store != NULL ? args->store : store;
    if (args->request.store != NULL && !cli_file_writable(args->request.store))
        return WEIR_BAD_INPUT;
    if (args->out != NULL && !cli_file_writable(args->out)) return WEIR_BAD_INPUT;
    if (!cli_folder_temporary(&scratch)) return WEIR_BAD_INPUT;
    args->request.scratch = scratch.path;
    args->request.progress = (weir_progress){.report = cli_progress(), .stop = cli_stop_flag()};
    weir_answer *answer = NULL;
    weir_status status = weir_study(args->study, &args->request, &answer, messages);
    cli_progress_end();
    cli_folder_remove(&scratch);
    if (answer == NULL) return status;
    const char *form = args->export != NULL ? args->export : "text";
    if (args->out == NULL)
        fputs(weir_answer_form(answer, form), stdout);
    else if (weir_answer_save(answer, form, args->out, messages) != WEIR_OK)
        status = WEIR_BAD_INPUT;
    weir_answer_free(answer);
    return status;
}

int cli_study(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        "STUDY.cfg",
        "Evaluate the ideas and axes of a study: times by replay, costs, what is feasible.\v"
        "An interrupted study goes on from its store. Exit status: 0 fine, 1 bad input or "
        "interrupted, 2 usage, 4 RTL did not confirm a point.",
        NULL,
        NULL,
        NULL};
    arguments *args = calloc(1, sizeof *args);
    if (args == NULL) return WEIR_BAD_INPUT;
    argp_parse(&parser, argc, argv, 0, NULL, args);
    weir_messages *messages = weir_messages_new();
    weir_status status = study(args, messages);
    free(args);
    return cli_finish(messages, status);
}
