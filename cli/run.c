/* weir run DESIGN: open the design, change what the options say, compile, simulate, report. Without
 * -o everything is made in a temporary folder that is gone at the end. */
#include "api/weir_resources.h"
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FRAMES 10
#define MAX_CHANGES 256

typedef struct change { /* NAME=NUMBER */
    char name[256];
    uint64_t value;
} change;

typedef struct arguments {
    weir_opening opening;
    const char *design, *out, *engine, *stimulus, *arrival_file, *sink_pause, *vcd, *fst,
        *resources;
    uint64_t frames, seed, arrival_period, shuffle, stall;
    bool has_period, drop, json, no_trace, no_freeze;
    change fifos[MAX_CHANGES], clocks[MAX_CHANGES];
    int n_fifos, n_clocks;
} arguments;

enum {
    KEY_ENGINE = 256,
    KEY_STIMULUS,
    KEY_PERIOD,
    KEY_ARRIVAL_FILE,
    KEY_DROP,
    KEY_PAUSE,
    KEY_JSON,
    KEY_VCD,
    KEY_FST,
    KEY_NO_TRACE,
    KEY_SHUFFLE,
    KEY_NO_FREEZE,
    KEY_STALL,
    KEY_FIFO,
    KEY_CLOCK,
    KEY_RESOURCES,
};

static const struct argp_option options[] = {
    {"engine", KEY_ENGINE, "ENGINE", 0,
     "rtl (default: one Verilated model a process) or stitched (one Verilated top)", 1},
    {"frames", 'n', "N", 0, "Frames (default: 10, or all of the stimulus file)", 1},
    {"seed", 's', "S", 0, "Seed of random frames (default: 1)", 1},
    {"stimulus", KEY_STIMULUS, "FILE", 0, "Frames from a .npy or text file", 1},
    {"arrival-period", KEY_PERIOD, "PS", 0, "Picoseconds between frames", 2},
    {"arrival-file", KEY_ARRIVAL_FILE, "FILE", 0, "Arrival times, picoseconds, one a frame", 2},
    {"drop", KEY_DROP, NULL, 0, "Lose frames that arrive while the last one is still sent", 2},
    {"sink-pause", KEY_PAUSE, "PATTERN", 0, "0 marks a cycle in which the sink takes nothing", 2},
    {"fifo", KEY_FIFO, "NAME=DEPTH", 0, "Depth of a FIFO", 3},
    {"clock", KEY_CLOCK, "DOMAIN=PS", 0, "Period of a clock domain", 3},
    {"output", 'o', "DIR", 0, "Keep result.json, trace.weir and design/ in DIR", 4},
    {"resources", KEY_RESOURCES, "SOURCE", 0,
     "What the hardware costs: estimate (default), synthesis (Yosys, takes minutes) or none", 4},
    {"json", KEY_JSON, NULL, 0, "Print the result as JSON", 4},
    {"vcd", KEY_VCD, "FILE", 0, "Write the handshakes of every channel as VCD", 4},
    {"fst", KEY_FST, "FILE", 0, "The same as FST", 4},
    {"no-trace", KEY_NO_TRACE, NULL, 0, "Record no event trace", 5},
    {"shuffle", KEY_SHUFFLE, "SEED", 0, "Shuffle the order of processes (changes nothing)", 5},
    {"no-freeze", KEY_NO_FREEZE, NULL, 0, "Evaluate processes that stand still, too", 5},
    {"stall-cycles", KEY_STALL, "N", 0, "Cycles without a beat that count as a deadlock", 5},
    {0}};

static void add_change(struct argp_state *state, const char *option, const char *text,
                       change *changes, int *n) {
    if (*n == MAX_CHANGES) argp_error(state, "%s: given more than %d times", option, MAX_CHANGES);
    change *next = &changes[*n];
    next->value = cli_named_count(state, option, text, next->name, sizeof next->name, 0);
    (*n)++;
}

static void check_arguments(struct argp_state *state, const arguments *args) {
    if (args->design == NULL) argp_error(state, "DESIGN is missing");
    if (args->no_trace && (args->vcd != NULL || args->fst != NULL))
        argp_error(state, "--no-trace leaves nothing for --vcd or --fst to draw");
    if (args->has_period && args->arrival_file != NULL)
        argp_error(state, "--arrival-period and --arrival-file exclude each other");
}

/* Opening options stand with those that change the design. */
static const struct argp_child children[] = {{&cli_opening_parser, 0, NULL, 3}, {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &args->opening;
        return 0;
    case KEY_ENGINE:
        args->engine = text;
        return 0;
    case 'n':
        args->frames = cli_count(state, "--frames", text, 1);
        return 0;
    case 's':
        args->seed = cli_count(state, "--seed", text, 0);
        return 0;
    case KEY_STIMULUS:
        args->stimulus = text;
        return 0;
    case KEY_PERIOD:
        args->arrival_period = cli_count(state, "--arrival-period", text, 0);
        args->has_period = true;
        return 0;
    case KEY_ARRIVAL_FILE:
        args->arrival_file = text;
        return 0;
    case KEY_DROP:
        args->drop = true;
        return 0;
    case KEY_PAUSE:
        args->sink_pause = text;
        return 0;
    case KEY_FIFO:
        add_change(state, "--fifo", text, args->fifos, &args->n_fifos);
        return 0;
    case KEY_CLOCK:
        add_change(state, "--clock", text, args->clocks, &args->n_clocks);
        return 0;
    case 'o':
        args->out = text;
        return 0;
    case KEY_RESOURCES:
        args->resources = text;
        return 0;
    case KEY_JSON:
        args->json = true;
        return 0;
    case KEY_VCD:
        args->vcd = text;
        return 0;
    case KEY_FST:
        args->fst = text;
        return 0;
    case KEY_NO_TRACE:
        args->no_trace = true;
        return 0;
    case KEY_SHUFFLE:
        args->shuffle = cli_count(state, "--shuffle", text, 1);
        return 0;
    case KEY_NO_FREEZE:
        args->no_freeze = true;
        return 0;
    case KEY_STALL:
        args->stall = cli_count(state, "--stall-cycles", text, 1);
        return 0;
    case ARGP_KEY_ARG:
        if (args->design != NULL) argp_error(state, "more than one DESIGN: \"%s\"", text);
        args->design = text;
        return 0;
    case ARGP_KEY_END:
        check_arguments(state, args);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* All that the options change; every wrong one adds its message. */
static weir_status apply(weir_simulation *simulation, const arguments *args,
                         weir_messages *messages) {
    weir_status failed = WEIR_OK;
    if (args->engine != NULL)
        failed |= weir_simulation_set_engine(simulation, args->engine, messages);
    if (args->resources != NULL)
        failed |= weir_simulation_set_resources(simulation, args->resources, messages);
    for (int i = 0; i < args->n_fifos; i++) {
        uint64_t depth = args->fifos[i].value;
        failed |=
            weir_simulation_set_depth(simulation, args->fifos[i].name,
                                      depth > UINT32_MAX ? UINT32_MAX : (uint32_t)depth, messages);
    }
    for (int i = 0; i < args->n_clocks; i++)
        failed |= weir_simulation_set_period(simulation, args->clocks[i].name,
                                             args->clocks[i].value, messages);
    if (args->sink_pause != NULL)
        failed |= weir_simulation_set_sink_pause(simulation, args->sink_pause, messages);
    if (args->stimulus != NULL)
        failed |= weir_simulation_load_frames(simulation, args->stimulus, args->frames, messages);
    else
        failed |= weir_simulation_random_frames(
            simulation, args->frames > 0 ? args->frames : DEFAULT_FRAMES, args->seed, messages);
    if (args->has_period) weir_simulation_set_arrival_period(simulation, args->arrival_period);
    if (args->arrival_file != NULL)
        weir_simulation_set_arrival_file(simulation, args->arrival_file);
    if (args->drop) weir_simulation_set_drop(simulation, true);
    if (args->stall > 0) weir_simulation_set_stall(simulation, args->stall);
    weir_simulation_set_shuffle(simulation, args->shuffle);
    weir_simulation_set_trace(simulation, !args->no_trace);
    weir_simulation_set_freeze(simulation, !args->no_freeze);
    return failed == WEIR_OK ? WEIR_OK : WEIR_BAD_INPUT;
}

static weir_status keep(const weir_outcome *outcome, const arguments *args,
                        weir_messages *messages) {
    weir_status status = WEIR_OK;
    if (args->out != NULL) status = weir_outcome_save(outcome, args->out, messages);
    if (args->vcd != NULL && status == WEIR_OK)
        status = weir_outcome_wave(outcome, "vcd", args->vcd, messages);
    if (args->fst != NULL && status == WEIR_OK)
        status = weir_outcome_wave(outcome, "fst", args->fst, messages);
    return status;
}

/* `*report` is what to print once there is an outcome, whatever it is: then what was asked to be
 * kept stays. */
static weir_status simulate(weir_simulation *simulation, const arguments *args, const char *folder,
                            char **report, weir_messages *messages) {
    weir_status status = weir_simulation_compile(simulation, folder, messages);
    if (status != WEIR_OK) return status;
    weir_simulation_set_progress(simulation, cli_progress(), NULL);
    weir_outcome *outcome = NULL;
    status = weir_simulation_run(simulation, &outcome, messages);
    cli_progress_end();
    if (outcome == NULL) return status;
    weir_status kept = keep(outcome, args, messages);
    *report = weir_outcome_report(outcome, args->json ? "json" : "text");
    if (status == WEIR_OK) status = kept;
    if (status == WEIR_OK && weir_outcome_summary(outcome).partial) status = WEIR_BAD_INPUT;
    weir_outcome_free(outcome);
    return status;
}

/* Where to compile to: the folder that the design came from, DIR/design, or a temporary one. */
static weir_status run(const arguments *args, const char *out, char **report,
                       weir_messages *messages) {
    weir_simulation *simulation = weir_simulation_open_with(args->design, &args->opening, messages);
    if (simulation == NULL) return WEIR_BAD_INPUT;
    weir_simulation_set_stop(simulation, cli_stop_flag());
    weir_status status = apply(simulation, args, messages);
    const char *own = weir_simulation_folder(simulation);
    cli_folder work = {0};
    if (status == WEIR_OK && own == NULL) {
        char inside[sizeof work.path + 8];
        snprintf(inside, sizeof inside, "%s/design", out);
        bool made =
            args->out != NULL ? cli_folder_make(&work, inside) : cli_folder_temporary(&work);
        if (!made) status = WEIR_BAD_INPUT;
    }
    if (status == WEIR_OK)
        status = simulate(simulation, args, own != NULL ? own : work.path, report, messages);
    if (args->out == NULL || *report == NULL) cli_folder_remove(&work);
    weir_simulation_close(simulation);
    return status;
}

int cli_run(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        "DESIGN",
        "Simulate a design, check every beat against the reference inference, and name the "
        "bottleneck.\v"
        "DESIGN is a design .cfg, a compiled folder or a bare .onnx file. Exit status: 0 fine, "
        "1 bad input or interrupted, 2 usage, 3 deadlock, 4 wrong data, 5 it does not fit the "
        "device.",
        children,
        NULL,
        NULL};
    arguments *args = calloc(1, sizeof *args);
    if (args == NULL) return WEIR_BAD_INPUT;
    args->seed = 1;
    argp_parse(&parser, argc, argv, 0, NULL, args);
    weir_messages *messages = weir_messages_new();
    cli_folder out = {0};
    weir_status status = WEIR_BAD_INPUT;
    char *report = NULL;
    bool good = args->out == NULL || cli_folder_make(&out, args->out);
    good = good && (args->vcd == NULL || cli_file_writable(args->vcd));
    good = good && (args->fst == NULL || cli_file_writable(args->fst));
    if (good) status = run(args, out.path, &report, messages);
    if (report == NULL) cli_folder_remove(&out);
    /* Last, as whoever reads it may be gone and end this program with it. */
    if (report != NULL) fputs(report, stdout);
    free(report);
    free(args);
    return cli_finish(messages, status);
}
