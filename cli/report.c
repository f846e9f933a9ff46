/* weir report DIR [--format text|json|csv] [--vcd FILE] [--fst FILE] */
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *folder, *format, *vcd, *fst;
} arguments;

enum { KEY_VCD = 256, KEY_FST };

static const struct argp_option options[] = {
    {"format", 'f', "FORMAT", 0, "text (default), json or csv", 0},
    {"vcd", KEY_VCD, "FILE", 0, "Write the handshakes of every channel as VCD", 0},
    {"fst", KEY_FST, "FILE", 0, "The same as FST", 0},
    {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case 'f':
        if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0 && strcmp(text, "csv") != 0)
            argp_error(state, "--format: \"%s\" is unknown; there are: text, json, csv", text);
        args->format = text;
        return 0;
    case KEY_VCD:
        args->vcd = text;
        return 0;
    case KEY_FST:
        args->fst = text;
        return 0;
    case ARGP_KEY_ARG:
        if (args->folder != NULL) argp_error(state, "more than one DIR: \"%s\"", text);
        args->folder = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "DIR is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static weir_status report(const arguments *args, weir_messages *messages) {
    if (args->vcd != NULL && !cli_file_writable(args->vcd)) return WEIR_BAD_INPUT;
    if (args->fst != NULL && !cli_file_writable(args->fst)) return WEIR_BAD_INPUT;
    weir_outcome *outcome = weir_outcome_load(args->folder, messages);
    if (outcome == NULL) return WEIR_BAD_INPUT;
    weir_status status = WEIR_OK;
    if (args->vcd != NULL) status = weir_outcome_wave(outcome, "vcd", args->vcd, messages);
    if (args->fst != NULL && status == WEIR_OK)
        status = weir_outcome_wave(outcome, "fst", args->fst, messages);
    char *text = weir_outcome_report(outcome, args->format);
    fputs(text, stdout);
    free(text);
    weir_outcome_free(outcome);
    return status;
}

int cli_report(int argc, char **argv) {
    static const struct argp parser = {
        options, parse, "DIR", "Show what `weir run -o DIR` left in DIR.", NULL, NULL, NULL};
    arguments args = {.format = "text"};
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    weir_status status = report(&args, messages);
    return cli_finish(messages, status);
}
