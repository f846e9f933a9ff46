/* weir pack DESIGN: which memories the design's ROMs, buffers and FIFOs take, several in one. */
#include "api/weir_packing.h"
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    cli_design *design;
    weir_pack_request request;
    const char *format;
} arguments;

enum { KEY_CLOCK = 256, KEY_BUDGET, KEY_BANDWIDTH, KEY_LUT };

static const struct argp_option options[] = {
    {"memory-clock", KEY_CLOCK, "N", 0, "Clock memories N times as fast as their domain: 1 or 2",
     0},
    {"lut", KEY_LUT, "N", 0, "At most so many LUT for memories", 0},
    {"budget", KEY_BUDGET, "SIZE", 0, "On-chip memory, such as 2MB; what it cannot hold leaves", 0},
    {"bandwidth", KEY_BANDWIDTH, "F", 0, "Of outside memory, in GB/s", 0},
    {"format", 'f', "FORMAT", 0, "text (default) or json", 4},
    {0}};

static const struct argp_child children[] = {{&cli_design_parser, 0, NULL, 0}, {0}};

/* "2MB", "512KB" or "4096B" as bits. */
static uint64_t size_bits(struct argp_state *state, const char *text) {
    static const char *const units[] = {"B", "KB", "MB", "GB"};
    char *end = NULL;
    double value = *text >= '0' && *text <= '9' ? strtod(text, &end) : -1;
    for (size_t u = 0; u < 4 && end != NULL; u++, value *= 1024) {
        if (strcmp(end, units[u]) != 0) continue;
        if (value * 8 >= 1 && value * 8 < 1e18) return (uint64_t)(value * 8);
        break;
    }
    argp_error(state, "--budget: \"%s\" is not a size such as 512KB or 2MB", text);
    return 0;
}

static double gigabytes(struct argp_state *state, const char *text) {
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0 && value < 1e9))
        argp_error(state, "--bandwidth: \"%s\" is not a number above 0", text);
    return value * 1e9;
}

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    weir_pack_request *request = &args->request;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->design;
        return 0;
    case KEY_CLOCK:
        if (strcmp(text, "1") != 0 && strcmp(text, "2") != 0)
            argp_error(state, "--memory-clock: \"%s\", allowed are 1 and 2", text);
        request->memory_clock = (uint32_t)(*text - '0');
        return 0;
    case KEY_LUT:
        request->lut = cli_count(state, "--lut", text, 0);
        request->limit_lut = true;
        return 0;
    case KEY_BUDGET:
        request->on_chip_bits = size_bits(state, text);
        return 0;
    case KEY_BANDWIDTH:
        request->bandwidth = gigabytes(state, text);
        return 0;
    case 'f':
        if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0)
            argp_error(state, "--format: \"%s\" is unknown; there are: text, json", text);
        args->format = text;
        return 0;
    case ARGP_KEY_END:
        if (request->bandwidth > 0 && request->on_chip_bits == 0)
            argp_error(state, "--bandwidth needs --budget");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static weir_status pack(arguments *args, weir_answer **answer, weir_messages *messages) {
    weir_simulation *simulation = cli_design_open(args->design, messages);
    if (simulation == NULL) return WEIR_BAD_INPUT;
    weir_status status = cli_design_apply(args->design, messages);
    if (status == WEIR_OK) status = cli_design_compile(args->design, NULL, messages);
    if (status != WEIR_OK) return status;
    args->request.seed = cli_design_seed(args->design);
    return weir_simulation_pack(simulation, &args->request, answer, messages);
}

int cli_pack(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        NULL,
        "Place ROMs, buffers and FIFOs in block RAM, UltraRAM and LUT, several in one where ports "
        "allow.\v"
        "DESIGN is a design .cfg, a compiled folder or a bare .onnx file. Exit status: 0 fine, 1 "
        "bad input, 2 usage, 5 it does not fit the device or the budget.",
        children,
        NULL,
        NULL};
    arguments args = {.format = "text"};
    args.design = cli_design_new();
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    weir_answer *answer = NULL;
    weir_status status = pack(&args, &answer, messages);
    cli_design_free(args.design, false);
    if (answer != NULL) fputs(weir_answer_form(answer, args.format), stdout);
    weir_answer_free(answer);
    return cli_finish(messages, status);
}
