/* weir compile DESIGN [-o DIR] */
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    weir_opening opening;
    const char *design, *out;
} arguments;

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Folder to compile into (default: NAME.design)", 0}, {0}};

static const struct argp_child children[] = {{&cli_opening_parser, 0, NULL, 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &args->opening;
        return 0;
    case 'o':
        args->out = text;
        return 0;
    case ARGP_KEY_ARG:
        if (args->design != NULL) argp_error(state, "more than one DESIGN: \"%s\"", text);
        args->design = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "DESIGN is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static weir_status compile(const arguments *args, weir_messages *messages) {
    cli_folder folder;
    if (args->out != NULL && !cli_folder_make(&folder, args->out)) return WEIR_BAD_INPUT;
    weir_simulation *simulation = weir_simulation_open_with(args->design, &args->opening, messages);
    weir_status status = simulation != NULL ? WEIR_OK : WEIR_BAD_INPUT;
    if (args->out == NULL) {
        char name[4096];
        if (status == WEIR_OK) {
            snprintf(name, sizeof name, "%s.design", weir_simulation_name(simulation));
            if (!cli_folder_make(&folder, name)) status = WEIR_BAD_INPUT;
        }
        if (status != WEIR_OK) {
            weir_simulation_close(simulation);
            return status;
        }
    }
    if (status == WEIR_OK) status = weir_simulation_compile(simulation, folder.path, messages);
    if (status == WEIR_OK)
        printf("%s: compiled to %s\n", weir_simulation_name(simulation), folder.path);
    else
        cli_folder_remove(&folder);
    weir_simulation_close(simulation);
    return status;
}

int cli_compile(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        "DESIGN",
        "Compile a network to RTL, a stitched top and a dataflow graph.\v"
        "DESIGN is a design .cfg, a compiled folder or a bare .onnx file.",
        children,
        NULL,
        NULL};
    arguments args = {0};
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    weir_status status = compile(&args, messages);
    return cli_finish(messages, status);
}
