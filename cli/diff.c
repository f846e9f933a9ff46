/* weir diff DIR DIR */
#include "cli/command.h"
#include <stdlib.h>

typedef struct arguments {
    const char *folders[2];
    int n;
} arguments;

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (args->n == 2) argp_error(state, "more than two folders: \"%s\"", text);
        args->folders[args->n++] = text;
        return 0;
    case ARGP_KEY_END:
        if (args->n < 2) argp_error(state, "two folders are needed, %d given", args->n);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cli_diff(int argc, char **argv) {
    static const struct argp parser = {NULL, parse, "DIR DIR", "Show two runs side by side.",
                                       NULL, NULL,  NULL};
    arguments args = {0};
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    weir_outcome *a = weir_outcome_load(args.folders[0], messages);
    weir_outcome *b = weir_outcome_load(args.folders[1], messages);
    weir_status status = a != NULL && b != NULL ? WEIR_OK : WEIR_BAD_INPUT;
    if (status == WEIR_OK) {
        char *text = weir_outcome_diff(a, args.folders[0], b, args.folders[1]);
        fputs(text, stdout);
        free(text);
    }
    weir_outcome_free(a);
    weir_outcome_free(b);
    return cli_finish(messages, status);
}
