/* weir diff: two runs, or two points of studies. */
#include "api/weir_study.h"
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

#define MAX_LIMITS 32

typedef struct arguments {
    const char *sides[2];
    int n;
    const char *limits[MAX_LIMITS];
    uint32_t n_limits;
} arguments;

enum { KEY_LIMIT = 256 };

static const struct argp_option options[] = {
    {"limit", KEY_LIMIT, "FIGURE=PERCENT", 0,
     "Fail if a figure of the second is worse by more: interval_ps=2", 0},
    {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case KEY_LIMIT:
        if (args->n_limits == MAX_LIMITS)
            argp_error(state, "--limit: given more than %d times", MAX_LIMITS);
        args->limits[args->n_limits++] = text;
        return 0;
    case ARGP_KEY_ARG:
        if (args->n == 2) argp_error(state, "more than two folders: \"%s\"", text);
        args->sides[args->n++] = text;
        return 0;
    case ARGP_KEY_END:
        if (args->n < 2) argp_error(state, "two folders are needed, %d given", args->n);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static weir_status diff_runs(const arguments *args, weir_messages *messages) {
    weir_outcome *a = weir_outcome_load(args->sides[0], messages);
    weir_outcome *b = weir_outcome_load(args->sides[1], messages);
    weir_status status = a != NULL && b != NULL ? WEIR_OK : WEIR_BAD_INPUT;
    if (status == WEIR_OK) {
        char *text = weir_outcome_diff(a, args->sides[0], b, args->sides[1]);
        fputs(text, stdout);
        free(text);
        status = weir_outcome_regressions(a, b, args->limits, args->n_limits, messages);
    }
    weir_outcome_free(a);
    weir_outcome_free(b);
    return status;
}

static weir_status diff_points(const arguments *args, weir_messages *messages) {
    char *text = NULL;
    weir_status status = weir_point_diff(args->sides[0], args->sides[1], args->limits,
                                         args->n_limits, &text, messages);
    if (text != NULL) fputs(text, stdout);
    free(text);
    return status;
}

int cli_diff(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        "DIR DIR\nSTORE#POINT STORE#POINT",
        "Show two runs side by side, or two points of studies.\v"
        "A point goes by its idea's name, or the beginning of its hash. Exit status: 0 fine, 1 bad "
        "input or a figure beyond its limit, 2 usage.",
        NULL,
        NULL,
        NULL};
    arguments args = {0};
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    bool points = !cli_folder_exists(args.sides[0]) && strchr(args.sides[0], '#') != NULL;
    weir_status status = points ? diff_points(&args, messages) : diff_runs(&args, messages);
    return cli_finish(messages, status);
}
