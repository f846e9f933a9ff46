/* weir run DESIGN: open the design, change what the options say, compile, simulate, report. Without
 * -o everything is made in a temporary folder that is gone at the end. */
#include "api/weir_resources.h"
#include "api/weir_study.h"
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    cli_design *design;
    const char *out, *engine, *vcd, *fst, *resources;
    uint64_t shuffle, stall;
    bool json, no_trace, no_freeze, critical;
} arguments;

enum {
    KEY_ENGINE = 256,
    KEY_JSON,
    KEY_VCD,
    KEY_FST,
    KEY_NO_TRACE,
    KEY_SHUFFLE,
    KEY_NO_FREEZE,
    KEY_STALL,
    KEY_CRITICAL,
    KEY_RESOURCES,
};

static const struct argp_option options[] = {
    {"engine", KEY_ENGINE, "ENGINE", 0,
     "rtl (default: one Verilated model a process), stitched (one Verilated top) or replay "
     "(arithmetic; times only)",
     1},
    {"output", 'o', "DIR", 0, "Keep result.json, trace.weir and design/ in DIR", 4},
    {"resources", KEY_RESOURCES, "SOURCE", 0,
     "What the hardware costs: estimate (default), synthesis (Yosys, takes minutes) or none", 4},
    {"json", KEY_JSON, NULL, 0, "Print the result as JSON", 4},
    {"vcd", KEY_VCD, "FILE", 0, "Write the handshakes of every channel as VCD", 4},
    {"fst", KEY_FST, "FILE", 0, "The same as FST", 4},
    {"critical", KEY_CRITICAL, NULL, 0,
     "Look for the critical cycle of large frames too (takes minutes)", 4},
    {"no-trace", KEY_NO_TRACE, NULL, 0, "Record no event trace", 5},
    {"shuffle", KEY_SHUFFLE, "SEED", 0, "Shuffle the order of processes (changes nothing)", 5},
    {"no-freeze", KEY_NO_FREEZE, NULL, 0, "Evaluate processes that stand still, too", 5},
    {"stall-cycles", KEY_STALL, "N", 0, "Cycles without a beat that count as a deadlock", 5},
    {0}};

static void check_arguments(struct argp_state *state, const arguments *args) {
    if (args->no_trace && (args->vcd != NULL || args->fst != NULL))
        argp_error(state, "--no-trace leaves nothing for --vcd or --fst to draw");
}

static const struct argp_child children[] = {{&cli_design_parser, 0, NULL, 0}, {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->design;
        return 0;
    case KEY_ENGINE:
        args->engine = text;
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
    case KEY_CRITICAL:
        args->critical = true;
        return 0;
    case KEY_STALL:
        args->stall = cli_count(state, "--stall-cycles", text, 1);
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
        failed = weir_simulation_set_engine(simulation, args->engine, messages);
    if (args->resources != NULL &&
        weir_simulation_set_resources(simulation, args->resources, messages) != WEIR_OK)
        failed = WEIR_BAD_INPUT;
    if (cli_design_apply(args->design, messages) != WEIR_OK) failed = WEIR_BAD_INPUT;
    if (args->stall > 0) weir_simulation_set_stall(simulation, args->stall);
    weir_simulation_set_shuffle(simulation, args->shuffle);
    weir_simulation_set_critical(simulation, args->critical);
    /* A replay goes on for millions of frames where nobody wants the events. */
    bool replay = args->engine != NULL && strcmp(args->engine, "replay") == 0;
    bool wanted = args->out != NULL || args->vcd != NULL || args->fst != NULL;
    weir_simulation_set_trace(simulation, !args->no_trace && (wanted || !replay));
    weir_simulation_set_freeze(simulation, !args->no_freeze);
    return failed;
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
static weir_status simulate(weir_simulation *simulation, const arguments *args, char **report,
                            weir_messages *messages) {
    weir_simulation_set_progress(simulation, cli_progress(), NULL);
    weir_outcome *outcome = NULL;
    weir_status status = weir_simulation_run(simulation, &outcome, messages);
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
    weir_simulation *simulation = cli_design_open(args->design, messages);
    if (simulation == NULL) return WEIR_BAD_INPUT;
    char inside[sizeof(cli_folder)];
    snprintf(inside, sizeof inside, "%s/design", out);
    weir_status status = apply(simulation, args, messages);
    if (status == WEIR_OK)
        status = cli_design_compile(args->design, args->out != NULL ? inside : NULL, messages);
    if (status == WEIR_OK) status = simulate(simulation, args, report, messages);
    return status;
}

int cli_run(int argc, char **argv) {
    static const struct argp parser = {
        options,
        parse,
        NULL,
        "Simulate a design, check every beat against the reference inference, and name the "
        "bottleneck.\v"
        "DESIGN is a design .cfg, a compiled folder or a bare .onnx file. Exit status: 0 fine, "
        "1 bad input or interrupted, 2 usage, 3 deadlock, 4 wrong data, 5 it does not fit the "
        "device.",
        children,
        NULL,
        NULL};
    arguments args = {.design = cli_design_new()};
    argp_parse(&parser, argc, argv, 0, NULL, &args);
    weir_messages *messages = weir_messages_new();
    cli_folder out = {0};
    weir_status status = WEIR_BAD_INPUT;
    char *report = NULL;
    bool good = args.out == NULL || cli_folder_make(&out, args.out);
    good = good && (args.vcd == NULL || cli_file_writable(args.vcd));
    good = good && (args.fst == NULL || cli_file_writable(args.fst));
    if (good) status = run(&args, out.path, &report, messages);
    cli_design_free(args.design, args.out != NULL && report != NULL);
    if (report == NULL) cli_folder_remove(&out);
    /* Last, as whoever reads it may be gone and end this program with it. */
    if (report != NULL) fputs(report, stdout);
    free(report);
    return cli_finish(messages, status);
}
