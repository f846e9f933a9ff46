/* One folding of a design: its groups of layers, the changes that give each its setting, and what the
 * whole takes when it is compiled. */
#include "hls/costs.h"
#include "study/fold_parts.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More multiplications than these a vector are not built of constants. */
enum { MOST_CONSTANTS = 2048 };

/* ---- groups ---- */

/* Layers that ask for an interval of their own; the others take a stream as wide as it comes. */
static bool has_pace(const weir_layer *layer) {
    switch (layer->kind) {
    case WEIR_LAYER_INPUT:
    case WEIR_LAYER_CONV:
    case WEIR_LAYER_DENSE:
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_AVERAGE_POOL:
    case WEIR_LAYER_ADD:
    case WEIR_LAYER_MUL:
    case WEIR_LAYER_CONCAT:
    case WEIR_LAYER_RESIZE:
        return true;
    default:
        return false;
    }
}

static bool small_enough(const weir_layer *layer, const weir_layer_settings *settings) {
    if (!weir_layer_has_weights(layer) || settings->strategy == WEIR_RESOURCE) return false;
    uint64_t inputs =
        (uint64_t)layer->window.kernel_rows * layer->window.kernel_columns * layer->in.channels;
    if (layer->kind == WEIR_LAYER_DENSE)
        inputs = (uint64_t)layer->in.rows * layer->in.columns * layer->in.channels;
    return inputs * layer->out.channels <= MOST_CONSTANTS;
}

static void make_groups(weir_fold_space *space) {
    const weir_design *design = space->base->design;
    uint32_t n = weir_network_layers(design->network);
    space->groups = WEIR_NEW(space->arena, weir_fold_group, n);
    space->group_of = WEIR_NEW(space->arena, uint32_t, n);
    for (uint32_t l = 0; l < n; l++) {
        const weir_layer *layer = weir_network_layer(design->network, l);
        if (!has_pace(layer)) {
            space->group_of[l] = space->group_of[layer->inputs[0]];
            continue;
        }
        bool is_input = layer->kind == WEIR_LAYER_INPUT;
        uint32_t domain = is_input ? design->source_domain : design->settings[l].domain;
        space->group_of[l] = space->n_groups;
        space->groups[space->n_groups++] = (weir_fold_group){
            .layer = l,
            .name = layer->name,
            .is_input = is_input,
            .may_be_constants = small_enough(layer, &design->settings[l]),
            .period_ps = design->domains[domain].period_ps,
            .outputs = layer->out.channels,
        };
    }
}

/* ---- the budget ---- */

static void set_budget(weir_fold_space *space, const weir_device *device) {
    const weir_fold_request *request = space->request;
    for (int r = 0; r < WEIR_RESOURCES; r++)
        space->budget[r] = WEIR_NO_LIMIT;
    const struct {
        weir_resource resource;
        double share;
    } limited[] = {{WEIR_DSP, request->share},
                   {WEIR_BRAM18, request->share},
                   {WEIR_URAM, request->share},
                   {WEIR_LUT, request->logic},
                   {WEIR_FF, request->logic}};
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        space->budget[limited[i].resource] = (uint64_t)floor(
            limited[i].share * (double)weir_device_has(device, limited[i].resource) + 1e-9);
}

bool weir_fold_space_make(weir_fold_space *space, const weir_fold_request *request,
                          weir_diag *diag) {
    const weir_evaluation *evaluation = request->evaluation;
    const weir_point before = {"", request->n_base, request->base};
    *space = (weir_fold_space){.request = request, .arena = weir_arena_new()};
    if (evaluation->base->network == NULL)
        return weir_error(diag, request->loc,
                          "program: design \"%s\" is imported, its folding is done",
                          evaluation->base->name);
    if (evaluation->base->device == NULL)
        return weir_error(diag, request->loc,
                          "program: the study names no device, whose resources are the budget");
    space->base = weir_point_draft(evaluation->base, &before, diag);
    if (space->base == NULL) return false;
    if (space->base->design->io == WEIR_IO_PARALLEL)
        return weir_error(diag, request->loc,
                          "program: design \"%s\" has io \"parallel\", which builds every position "
                          "of a layer; folding is for \"stream\"",
                          evaluation->base->name);
    make_groups(space);
    set_budget(space, evaluation->base->device);
    return true;
}

void weir_fold_space_free(weir_fold_space *space) {
    for (uint32_t g = 0; g < space->n_groups; g++) {
        free(space->groups[g].options);
        free(space->groups[g].settings);
    }
    weir_draft_free(space->base);
    weir_arena_free(space->arena);
}

/* ---- changes ---- */

/* "NAME a,b,c VALUE" of the groups from `from` on that have the value; those are then done. */
static const char *line_of(const weir_fold_space *space, weir_arena *arena, const char *change,
                           const uint64_t *values, uint32_t from, bool *done) {
    weir_text *line = weir_text_new();
    weir_text_addf(line, "%s ", change);
    for (uint32_t g = from; g < space->n_groups; g++) {
        if (done[g] || values[g] != values[from]) continue;
        weir_text_addf(line, "%s%s", g > from ? "," : "", space->groups[g].name);
        done[g] = true;
    }
    weir_text_addf(line, " %" PRIu64, values[from]);
    const char *copy = weir_arena_strdup(arena, weir_text_string(line));
    weir_text_free(line);
    return copy;
}

typedef struct lines {
    const weir_fold_space *space;
    weir_arena *arena;
    weir_change *changes;
    uint32_t n;
} lines;

static void add_line(lines *out, const char *line) {
    out->changes[out->n++] = (weir_change){line, out->space->request->loc};
}

/* A line for each value there is; groups with value 0 have none. */
static void add_lines(lines *out, const char *change, const uint64_t *values, const bool *skip) {
    uint32_t n = out->space->n_groups;
    bool *done = weir_xcalloc(n + 1, sizeof *done);
    for (uint32_t g = 0; g < n; g++)
        done[g] = values[g] == 0 || (skip != NULL && skip[g]);
    for (uint32_t g = 0; g < n; g++)
        if (!done[g]) add_line(out, line_of(out->space, out->arena, change, values, g, done));
    free(done);
}

static void add_constants(lines *out, const weir_fold_setting *settings) {
    weir_text *names = weir_text_new();
    for (uint32_t g = 0; g < out->space->n_groups; g++)
        if (settings[g].constants)
            weir_text_addf(names, "%s%s", weir_text_length(names) > 0 ? "," : "",
                           out->space->groups[g].name);
    if (weir_text_length(names) > 0)
        add_line(out,
                 weir_arena_printf(out->arena, "strategy %s latency", weir_text_string(names)));
    weir_text_free(names);
}

weir_change *weir_fold_changes(const weir_fold_space *space, const weir_fold_setting *settings,
                               weir_arena *arena, uint32_t *n_changes) {
    uint32_t n = space->n_groups;
    uint64_t *values = weir_xcalloc(n + 1, sizeof *values);
    bool *is_input = weir_xcalloc(n + 1, sizeof *is_input);
    lines out = {space, arena, WEIR_NEW(arena, weir_change, 3 * (size_t)n + 2), 0};
    for (uint32_t g = 0; g < n; g++) {
        is_input[g] = space->groups[g].is_input;
        values[g] = settings[g].target_cycles;
        if (is_input[g]) add_line(&out, weir_arena_printf(arena, "target %" PRIu64, values[g]));
    }
    add_lines(&out, "target", values, is_input);
    for (uint32_t g = 0; g < n; g++)
        values[g] = settings[g].pe;
    add_lines(&out, "pe", values, NULL);
    for (uint32_t g = 0; g < n; g++)
        values[g] = settings[g].simd;
    add_lines(&out, "simd", values, NULL);
    add_constants(&out, settings);
    free(values);
    free(is_input);
    *n_changes = out.n;
    return out.changes;
}

/* ---- compiling ---- */

static uint32_t group_of_process(const weir_fold_space *space, const weir_process *process) {
    const weir_network *network = space->base->design->network;
    for (uint32_t l = 0; l < weir_network_layers(network); l++)
        if (strcmp(weir_network_layer(network, l)->name, process->layer) == 0)
            return space->group_of[l];
    return 0;
}

static void add_cost(weir_fold_trial *trial, uint32_t group, const weir_cost *cost) {
    for (int r = 0; r < WEIR_RESOURCES; r++) {
        trial->groups[group].cost[r] += cost->total[r];
        trial->cost[r] += cost->total[r];
    }
}

static void add_time(weir_fold_trial *trial, uint32_t group, uint64_t time_ps, uint64_t limit_ps) {
    if (time_ps > trial->groups[group].time_ps) trial->groups[group].time_ps = time_ps;
    if (time_ps > trial->time_ps) trial->time_ps = time_ps;
    if (time_ps <= limit_ps && time_ps > trial->below_ps) trial->below_ps = time_ps;
}

/* A source and a sink pass a beat a cycle. */
static uint64_t steps_of(const weir_graph *graph, uint32_t process) {
    const weir_process *p = weir_graph_process(graph, process);
    uint32_t channel = p->kind == WEIR_SOURCE ? weir_graph_output(graph, process, 0)
                       : p->kind == WEIR_SINK ? weir_graph_input(graph, process, 0)
                                              : WEIR_NONE;
    return channel == WEIR_NONE ? p->steps_per_frame
                                : weir_stream_beats(&weir_graph_channel(graph, channel)->stream);
}

static bool take(const weir_fold_space *space, const weir_compiled *compiled, uint64_t limit_ps,
                 weir_fold_trial *trial, weir_diag *diag) {
    const weir_graph *graph = compiled->graph;
    uint32_t n = weir_graph_processes(graph);
    weir_cost *processes = weir_xcalloc(n + 1, sizeof *processes);
    weir_cost *channels = weir_xcalloc(weir_graph_channels(graph) + 1, sizeof *channels);
    uint32_t *groups = weir_xcalloc(n + 1, sizeof *groups);
    const weir_progress quiet = {0};
    bool good =
        weir_compiled_costs(compiled, WEIR_COST_ESTIMATE, &quiet, processes, channels, diag);
    for (uint32_t p = 0; p < n && good; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        uint32_t g = groups[p] = group_of_process(space, process);
        uint64_t period_ps = weir_graph_domain(graph, process->domain)->period_ps;
        add_time(trial, g, steps_of(graph, p) * period_ps, limit_ps);
        add_cost(trial, g, &processes[p]);
        if (strcmp(process->operator_name, "matvec") == 0 &&
            strcmp(process->name, space->groups[g].name) == 0) {
            trial->folded[g].pe = process->pe;
            trial->folded[g].simd = process->simd;
        }
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph) && good; c++)
        add_cost(trial, groups[weir_graph_channel(graph, c)->consumer], &channels[c]);
    free(processes);
    free(channels);
    free(groups);
    return good;
}

bool weir_fold_try(const weir_fold_space *space, const weir_fold_setting *settings,
                   uint64_t limit_ps, weir_fold_trial *trial, weir_diag *diag) {
    *trial = (weir_fold_trial){.groups = weir_xcalloc(space->n_groups + 1, sizeof *trial->groups),
                               .folded = weir_xcalloc(space->n_groups + 1, sizeof *trial->folded)};
    weir_arena *arena = weir_arena_new();
    weir_point point = {.name = ""};
    point.changes = weir_fold_changes(space, settings, arena, &point.n_changes);
    weir_draft *draft = weir_point_draft(space->base->design, &point, diag);
    weir_compiled *compiled = draft != NULL ? weir_compile(draft->design, NULL, diag) : NULL;
    bool good = compiled != NULL && take(space, compiled, limit_ps, trial, diag);
    weir_compiled_free(compiled);
    weir_draft_free(draft);
    weir_arena_free(arena);
    if (!good) weir_fold_trial_free(trial);
    return good;
}

void weir_fold_trial_free(weir_fold_trial *trial) {
    free(trial->groups);
    free(trial->folded);
    *trial = (weir_fold_trial){0};
}
