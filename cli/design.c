/* A design on the command line: which one, and what the options change in it. */
#include "api/weir_stimulus.h"
#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FRAMES 10
#define DEFAULT_SEED 1
#define MAX_CHANGES 256

typedef struct change { /* NAME=NUMBER */
    char name[256];
    uint64_t value;
} change;

struct cli_design {
    weir_opening opening;
    const char *path, *stimulus, *arrival_file, *source_pause, *sink_pause;
    uint64_t frames, seed, arrival_period;
    bool has_period, drop;
    change fifos[MAX_CHANGES], clocks[MAX_CHANGES];
    int n_fifos, n_clocks;
    weir_simulation *simulation;
    cli_folder work; /* what it was compiled into */
};

enum {
    KEY_STIMULUS = 2048,
    KEY_PERIOD,
    KEY_ARRIVAL_FILE,
    KEY_DROP,
    KEY_SOURCE_PAUSE,
    KEY_PAUSE,
    KEY_FIFO,
    KEY_CLOCK,
};

static const struct argp_option options[] = {
    {"frames", 'n', "N", 0, "Frames (default: 10, or all of the stimulus file)", 1},
    {"seed", 's', "S", 0, "Seed of all that is random (default: 1)", 1},
    {"stimulus", KEY_STIMULUS, "FILE", 0, "Frames from a .npy or text file", 1},
    {"arrival-period", KEY_PERIOD, "PS", 0, "Picoseconds between frames", 2},
    {"arrival-file", KEY_ARRIVAL_FILE, "FILE", 0, "Arrival times, picoseconds, one a frame", 2},
    {"drop", KEY_DROP, NULL, 0, "Lose frames that arrive while the last one is still sent", 2},
    {"source-pause", KEY_SOURCE_PAUSE, "PATTERN", 0,
     "0 marks a cycle in which the source sends nothing", 2},
    {"sink-pause", KEY_PAUSE, "PATTERN", 0, "0 marks a cycle in which the sink takes nothing", 2},
    {"fifo", KEY_FIFO, "NAME=DEPTH", 0, "Depth of a FIFO", 3},
    {"clock", KEY_CLOCK, "DOMAIN=PS", 0, "Period of a clock domain", 3},
    {0}};

cli_design *cli_design_new(void) {
    cli_design *design = calloc(1, sizeof *design);
    if (design == NULL) abort();
    design->seed = DEFAULT_SEED;
    return design;
}

static void add_change(struct argp_state *state, const char *option, const char *text,
                       change *changes, int *n) {
    if (*n == MAX_CHANGES) argp_error(state, "%s: given more than %d times", option, MAX_CHANGES);
    change *next = &changes[*n];
    next->value = cli_named_count(state, option, text, next->name, sizeof next->name, 0);
    (*n)++;
}

static void check(struct argp_state *state, const cli_design *design) {
    if (design->path == NULL) argp_error(state, "DESIGN is missing");
    if (design->has_period && design->arrival_file != NULL)
        argp_error(state, "--arrival-period and --arrival-file exclude each other");
}

/* Opening options stand with those that change the design. */
static const struct argp_child children[] = {{&cli_opening_parser, 0, NULL, 3}, {0}};

static error_t parse(int key, char *text, struct argp_state *state) {
    cli_design *design = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &design->opening;
        return 0;
    case 'n':
        design->frames = cli_count(state, "--frames", text, 1);
        return 0;
    case 's':
        design->seed = cli_count(state, "--seed", text, 0);
        return 0;
    case KEY_STIMULUS:
        design->stimulus = text;
        return 0;
    case KEY_PERIOD:
        design->arrival_period = cli_count(state, "--arrival-period", text, 0);
        design->has_period = true;
        return 0;
    case KEY_ARRIVAL_FILE:
        design->arrival_file = text;
        return 0;
    case KEY_DROP:
        design->drop = true;
        return 0;
    case KEY_SOURCE_PAUSE:
        design->source_pause = text;
        return 0;
    case KEY_PAUSE:
        design->sink_pause = text;
        return 0;
    case KEY_FIFO:
        add_change(state, "--fifo", text, design->fifos, &design->n_fifos);
        return 0;
    case KEY_CLOCK:
        add_change(state, "--clock", text, design->clocks, &design->n_clocks);
        return 0;
    case ARGP_KEY_ARG:
        if (design->path != NULL) argp_error(state, "more than one DESIGN: \"%s\"", text);
        design->path = text;
        return 0;
    case ARGP_KEY_END:
        check(state, design);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_design_parser = {options, parse, "DESIGN", NULL, children, NULL, NULL};

weir_simulation *cli_design_open(cli_design *design, weir_messages *messages) {
    design->simulation = weir_simulation_open_with(design->path, &design->opening, messages);
    if (design->simulation != NULL) weir_simulation_set_stop(design->simulation, cli_stop_flag());
    return design->simulation;
}

uint64_t cli_design_frames(const cli_design *design) {
    return design->frames;
}

uint64_t cli_design_seed(const cli_design *design) {
    return design->seed;
}

weir_status cli_design_apply(const cli_design *design, weir_messages *messages) {
    weir_simulation *simulation = design->simulation;
    weir_status failed = WEIR_OK;
    for (int i = 0; i < design->n_fifos; i++) {
        uint64_t depth = design->fifos[i].value;
        failed |=
            weir_simulation_set_depth(simulation, design->fifos[i].name,
                                      depth > UINT32_MAX ? UINT32_MAX : (uint32_t)depth, messages);
    }
    for (int i = 0; i < design->n_clocks; i++)
        failed |= weir_simulation_set_period(simulation, design->clocks[i].name,
                                             design->clocks[i].value, messages);
    if (design->source_pause != NULL)
        failed |= weir_simulation_set_source_pause(simulation, design->source_pause, messages);
    if (design->sink_pause != NULL)
        failed |= weir_simulation_set_sink_pause(simulation, design->sink_pause, messages);
    if (design->stimulus != NULL)
        failed |=
            weir_simulation_load_frames(simulation, design->stimulus, design->frames, messages);
    else
        failed |= weir_simulation_random_frames(
            simulation, design->frames > 0 ? design->frames : DEFAULT_FRAMES, design->seed,
            messages);
    if (design->has_period) weir_simulation_set_arrival_period(simulation, design->arrival_period);
    if (design->arrival_file != NULL)
        weir_simulation_set_arrival_file(simulation, design->arrival_file);
    if (design->drop) weir_simulation_set_drop(simulation, true);
    return failed == WEIR_OK ? WEIR_OK : WEIR_BAD_INPUT;
}

weir_status cli_design_compile(cli_design *design, const char *inside, weir_messages *messages) {
    const char *own = weir_simulation_folder(design->simulation);
    if (own == NULL) {
        bool made = inside != NULL ? cli_folder_make(&design->work, inside)
                                   : cli_folder_temporary(&design->work);
        if (!made) return WEIR_BAD_INPUT;
    }
    return weir_simulation_compile(design->simulation, own != NULL ? own : design->work.path,
                                   messages);
}

void cli_design_free(cli_design *design, bool keep) {
    if (!keep) cli_folder_remove(&design->work);
    weir_simulation_close(design->simulation);
    free(design);
}
