/* weir size DESIGN: the smallest FIFO depths that keep what is asked for. */
#include "api/weir_study.h"
#include "cli/command.h"
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>

#define MAX_FILES 64

typedef struct arguments {
    cli_design *design;
    weir_size_request request;
    const char *files[MAX_FILES];
    const char *out;
    bool json;
} arguments;

enum {
    KEY_INTERVAL = 256,
    KEY_LATENCY,
    KEY_MEMORY,
    KEY_STEPS,
    KEY_PARETO,
    KEY_ALSO,
    KEY_THREADS,
    KEY_JSON,
};

static const struct argp_option options[] = {
    {"max-interval", KEY_INTERVAL, "PS", 0, "At most so many picoseconds a frame", 0},
    {"max-latency", KEY_LATENCY, "PS", 0, "At most such a latency, of every frame", 0},
    {"max-memory", KEY_MEMORY, "N", 0, "At most so much memory, and the best interval with it", 0},
    {"device-steps", KEY_STEPS, NULL, 0,
     "Count memory in the device's LUT, RAMB18 and URAM288, not in bits", 0},
    {"pareto", KEY_PARETO, NULL, 0, "The front of interval against memory as well", 0},
    {"also-arrival", KEY_ALSO, "FILE", 0, "One more stimulus: arrival times, picoseconds", 2},
    {"threads", KEY_THREADS, "N", 0, "Threads (default: all cores)", 5},
    {"output", 'o', "FILE", 0, "Write the depths as a fragment for a design's @include", 4},
    {"json", KEY_JSON, NULL, 0, "Print the result as JSON", 4},
    {0}};

static const struct argp_child children[] = {{&cli_design_parser, 0, NULL, 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    weir_size_request *request = &args->request;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->design;
        return 0;
    case KEY_INTERVAL:
        request->interval_ps = cli_count(state, "--max-interval", text, 1);
        return 0;
    case KEY_LATENCY:
        request->latency_ps = cli_count(state, "--max-latency", text, 1);
        return 0;
    case KEY_MEMORY:
        request->memory = cli_count(state, "--max-memory", text, 1);
        return 0;
    case KEY_STEPS:
        request->device_steps = true;
        return 0;
    case KEY_PARETO:
        request->pareto = true;
        return 0;
    case KEY_ALSO:
        if (request->n_arrival_files == MAX_FILES)
            argp_error(state, "--also-arrival: given more than %d times", MAX_FILES);
        args->files[request->n_arrival_files++] = text;
        return 0;
    case KEY_THREADS:
        request->threads = (uint32_t)cli_count(state, "--threads", text, 1);
        return 0;
    case 'o':
        args->out = text;
        return 0;
    case KEY_JSON:
        args->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A sizing frees and asks for the same large blocks thousands of times: the C library is to keep them
 * rather than give them back and have every page cleared again. */
static void keep_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

static weir_status size(const arguments *args, weir_answer **answer, weir_messages *messages) {
    if (args->out != NULL && !cli_file_writable(args->out)) return WEIR_BAD_INPUT;
    keep_memory();
    weir_simulation *simulation = cli_design_open(args->design, messages);
    if (simulation == NULL) return WEIR_BAD_INPUT;
    weir_status status = cli_design_apply(args->design, messages);
    if (status == WEIR_OK) status = cli_design_compile(args->design, NULL, messages);
    if (status != WEIR_OK) return status;
    weir_simulation_set_progress(simulation, cli_progress(), NULL);
    weir_size_request request = args->request;
    request.frames = cli_design_frames(args->design);
    request.arrival_files = args->files;
    status = weir_simulation_size(simulation, &request, answer, messages);
    cli_progress_end();
    return status;
}

/* The fragment, whole or not at all. */
static weir_status keep(const arguments *args, const weir_answer *answer, weir_messages *messages) {
    const char *fragment = weir_answer_form(answer, "cfg");
    if (args->out == NULL || fragment == NULL) return WEIR_OK;
    return weir_answer_save(answer, "cfg", args->out, messages);
}

int cli_size(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        NULL,
        "Find the smallest FIFO depths that keep the interval of unbounded FIFOs, or the limit "
        "given.\v"
        "DESIGN is a design .cfg, a compiled folder or a bare .onnx file; --frames are the most "
        "that a trial simulates (default: 64). Exit status: 0 found, 1 bad input, interrupted or "
        "not to be reached, 2 usage.",
        children,
        NULL,
        NULL};
    arguments *args = calloc(1, sizeof *args);
    if (args == NULL) return WEIR_BAD_INPUT;
    args->design = cli_design_new();
    argp_parse(&parser, argc, argv, 0, NULL, args);
    weir_messages *messages = weir_messages_new();
    weir_answer *answer = NULL;
    weir_status status = size(args, &answer, messages);
    cli_design_free(args->design, false);
    if (answer != NULL) {
        weir_status kept = keep(args, answer, messages);
        if (status == WEIR_OK) status = kept;
        fputs(weir_answer_form(answer, args->json ? "json" : "text"), stdout);
    }
    weir_answer_free(answer);
    free(args);
    return cli_finish(messages, status);
}
