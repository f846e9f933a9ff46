/* weir import vitis SOLUTION -o DIR: RTL that another maker's HLS wrote, as a design to run. */
#include "api/weir_import.h"
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    weir_import import;
    const char *maker, *solution, *out;
} arguments;

enum { KEY_TOP = 256, KEY_WHOLE };

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Folder for the design (required)", 1},
    {"top", KEY_TOP, "MODULE", 0, "Top module (default: as the reports say, else found)", 1},
    {"whole", KEY_WHOLE, NULL, 0, "Run the top as one process, not taken apart", 1},
    {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case 'o':
        args->out = text;
        return 0;
    case KEY_TOP:
        args->import.top = text;
        return 0;
    case KEY_WHOLE:
        args->import.whole = true;
        return 0;
    case ARGP_KEY_ARG:
        if (args->maker == NULL)
            args->maker = text;
        else if (args->solution == NULL)
            args->solution = text;
        else
            argp_error(state, "more than one SOLUTION: \"%s\"", text);
        return 0;
    case ARGP_KEY_END:
        if (args->maker == NULL || args->solution == NULL)
            argp_error(state, "needs: import vitis SOLUTION -o DIR");
        if (strcmp(args->maker, "vitis") != 0)
            argp_error(state, "\"%s\" cannot be imported; there is: vitis", args->maker);
        if (args->out == NULL) argp_error(state, "--output is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cli_import(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        "vitis SOLUTION",
        "Take an HLS solution's Verilog apart into processes and FIFOs.\v"
        "SOLUTION is a Vivado or Vitis HLS solution folder, after C synthesis. DIR is a design "
        "then: "
        "weir run DIR; its settings are in DIR/design.cfg.",
        NULL,
        NULL,
        NULL};
    arguments args = {0};
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    cli_folder folder = {0};
    weir_status status = WEIR_BAD_INPUT;
    if (cli_folder_make(&folder, args.out)) {
        args.import.report = cli_progress();
        args.import.stop = cli_stop_flag();
        status = weir_import_vitis(args.solution, folder.path, &args.import, messages);
        cli_progress_end();
        if (status == WEIR_OK)
            printf("%s: imported to %s\n", args.solution, args.out);
        else
            cli_folder_remove(&folder);
    }
    return cli_finish(messages, status);
}
