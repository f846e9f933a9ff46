/* weir certify DESIGN: is the arithmetic of the replay engine the RTL's, for every port event. */
#include "api/weir_study.h"
#include "cli/command.h"
#include <stdlib.h>

typedef struct arguments {
    cli_design *design;
    uint64_t cases, whole_cases;
    bool json;
} arguments;

enum { KEY_CASES = 256, KEY_WHOLE, KEY_JSON };

static const struct argp_option options[] = {
    {"cases", KEY_CASES, "N", 0, "Random cases of each process alone (default: 10)", 0},
    {"whole-cases", KEY_WHOLE, "N", 0, "Random cases of the whole design (default: 20)", 0},
    {"json", KEY_JSON, NULL, 0, "Print the result as JSON", 4},
    {0}};

static const struct argp_child children[] = {{&cli_design_parser, 0, NULL, 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->design;
        return 0;
    case KEY_CASES:
        args->cases = cli_count(state, "--cases", text, 1);
        return 0;
    case KEY_WHOLE:
        args->whole_cases = cli_count(state, "--whole-cases", text, 1);
        return 0;
    case KEY_JSON:
        args->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static weir_status certify(const arguments *args, weir_answer **answer, weir_messages *messages) {
    weir_simulation *simulation = cli_design_open(args->design, messages);
    if (simulation == NULL) return WEIR_BAD_INPUT;
    weir_status status = cli_design_apply(args->design, messages);
    if (status == WEIR_OK) status = cli_design_compile(args->design, NULL, messages);
    if (status != WEIR_OK) return status;
    weir_simulation_set_progress(simulation, cli_progress(), NULL);
    const weir_certify_request request = {.seed = cli_design_seed(args->design),
                                          .frames = cli_design_frames(args->design),
                                          .cases = (uint32_t)args->cases,
                                          .whole_cases = (uint32_t)args->whole_cases};
    status = weir_simulation_certify(simulation, &request, answer, messages);
    cli_progress_end();
    return status;
}

int cli_certify(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        NULL,
        "Run each process alone and the whole design, on RTL and as arithmetic, under random gaps, "
        "pauses, depths and clocks, and compare every port event.\v"
        "DESIGN is a design .cfg, a compiled folder or a bare .onnx file; --frames are those of "
        "each case (default: 3). Exit status: 0 all exact, 1 bad input or interrupted, 2 usage, "
        "4 a difference.",
        children,
        NULL,
        NULL};
    arguments args = {.design = cli_design_new()};
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    weir_answer *answer = NULL;
    weir_status status = certify(&args, &answer, messages);
    cli_design_free(args.design, false);
    if (answer != NULL) fputs(weir_answer_form(answer, args.json ? "json" : "text"), stdout);
    weir_answer_free(answer);
    return cli_finish(messages, status);
}
