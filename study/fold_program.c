#include "study/fold_program.h"
#include "base/tool.h"
#include "study/fold_parts.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REPAIRS = 24 };

typedef struct solving {
    weir_fold_program program; /* first: a pointer to it is a pointer to this */
    weir_fold_space space;
    weir_choice choice;
    uint32_t *first;
    weir_option *options;
    uint32_t *picks;
} solving;

/* ---- the choice ---- */

static void make_choice(solving *s) {
    const weir_fold_space *space = &s->space;
    s->first = weir_xcalloc(space->n_groups + 2, sizeof *s->first);
    for (uint32_t g = 0; g < space->n_groups; g++)
        s->first[g + 1] = s->first[g] + space->groups[g].n_options;
    s->options = weir_xcalloc(s->first[space->n_groups] + 1, sizeof *s->options);
    for (uint32_t g = 0; g < space->n_groups; g++)
        memcpy(s->options + s->first[g], space->groups[g].options,
               space->groups[g].n_options * sizeof *s->options);
    s->picks = weir_xcalloc(space->n_groups + 1, sizeof *s->picks);
    s->choice =
        (weir_choice){.n_groups = space->n_groups, .first = s->first, .options = s->options};
    memcpy(s->choice.budget, space->budget, sizeof space->budget);
    memcpy(s->program.budget, space->budget, sizeof space->budget);
    s->program.n_groups = space->n_groups;
    s->program.n_options = s->first[space->n_groups];
}

static const volatile int *stop_of(const solving *s) {
    return s->space.request->evaluation->progress.stop;
}

/* ---- an answer, compiled as a whole ---- */

/* Keys of a design file; those of pe, simd and strategy only where the target does not choose. */
static const char *design_of(const weir_fold_space *space, const weir_fold_setting *settings) {
    weir_text *text = weir_text_new();
    const char *between = "";
    for (uint32_t g = 0; g < space->n_groups; g++)
        if (space->groups[g].is_input)
            weir_text_addf(text, "target_interval_cycles = %" PRIu64 ";\n",
                           settings[g].target_cycles);
    weir_text_add(text, "layers = (\n");
    for (uint32_t g = 0; g < space->n_groups; g++) {
        const weir_fold_setting *setting = &settings[g];
        if (space->groups[g].is_input) continue;
        weir_text_addf(text, "%s    { name = \"%s\"; target_interval_cycles = %" PRIu64 ";",
                       between, space->groups[g].name, setting->target_cycles);
        if (setting->pe > 0) weir_text_addf(text, " pe = %" PRIu64 ";", setting->pe);
        if (setting->simd > 0) weir_text_addf(text, " simd = %" PRIu64 ";", setting->simd);
        if (setting->constants) weir_text_add(text, " strategy = \"latency\";");
        weir_text_add(text, " }");
        between = ",\n";
    }
    weir_text_add(text, "\n);\n");
    const char *copy = weir_arena_strdup(space->arena, weir_text_string(text));
    weir_text_free(text);
    return copy;
}

/* Where an option's rungs leave a choice, the one nearest to the interval of all: streams are then as
 * wide as their neighbours expect. */
static uint64_t limit_of(const weir_fold_setting *setting, uint64_t time_ps) {
    if (time_ps > setting->high_ps) return setting->high_ps;
    return time_ps < setting->low_ps ? setting->low_ps : time_ps;
}

/* What feeds a group becomes as fast as it: a narrow stream may be all that is in its way. */
static void widen(const weir_fold_space *space, const uint64_t *limits, uint64_t *wider) {
    const weir_network *network = space->base->design->network;
    for (uint32_t l = 0; l < weir_network_layers(network); l++) {
        const weir_layer *layer = weir_network_layer(network, l);
        uint32_t to = space->group_of[l];
        for (uint32_t i = 0; i < layer->n_inputs; i++) {
            uint32_t from = space->group_of[layer->inputs[i]];
            if (limits[to] < wider[from]) wider[from] = limits[to];
        }
    }
}

static bool try_limits(solving *s, const uint64_t *limits, weir_fold_setting *settings,
                       weir_fold_trial *trial) {
    weir_fold_space *space = &s->space;
    weir_diag *quiet = weir_diag_new();
    for (uint32_t g = 0; g < space->n_groups; g++)
        settings[g].target_cycles = weir_fold_target(limits[g] / space->groups[g].period_ps);
    bool good = weir_fold_try(space, settings, UINT64_MAX, trial, quiet);
    weir_diag_free(quiet);
    space->n_compiled++;
    return good;
}

static void take_answer(solving *s, const weir_fold_setting *settings, weir_fold_answer *answer) {
    weir_fold_space *space = &s->space;
    answer->changes = weir_fold_changes(space, settings, space->arena, &answer->n_changes);
    answer->design = design_of(space, settings);
}

/* False: it cannot be built. */
static bool compile_picks(solving *s, const uint32_t *picks, weir_fold_answer *answer) {
    weir_fold_space *space = &s->space;
    uint32_t n = space->n_groups;
    weir_fold_setting *settings = weir_xcalloc(n + 1, sizeof *settings);
    uint64_t *limits = weir_xcalloc(n + 1, sizeof *limits);
    uint64_t *wider = weir_xcalloc(n + 1, sizeof *wider);
    answer->predicted_ps = weir_choice_time(&s->choice, picks);
    weir_choice_cost(&s->choice, picks, answer->predicted);
    for (uint32_t g = 0; g < n; g++) {
        settings[g] = space->groups[g].settings[picks[g] - s->first[g]];
        limits[g] = wider[g] = limit_of(&settings[g], answer->predicted_ps);
    }
    widen(space, limits, wider);
    weir_fold_trial trial;
    bool good = try_limits(s, limits, settings, &trial) || try_limits(s, wider, settings, &trial);
    if (good) {
        answer->interval_ps = trial.time_ps;
        memcpy(answer->cost, trial.cost, sizeof answer->cost);
        take_answer(s, settings, answer);
        weir_fold_trial_free(&trial);
    }
    free(settings);
    free(limits);
    free(wider);
    return good;
}

/* The peer's rung was compiled as a whole already. */
static void take_peer(solving *s, weir_fold_answer *answer) {
    weir_fold_space *space = &s->space;
    weir_fold_setting *settings = weir_xcalloc(space->n_groups + 1, sizeof *settings);
    answer->found = space->peer.found && weir_fold_targets(space, space->peer.limit_ps, settings);
    if (answer->found) {
        answer->predicted_ps = answer->interval_ps = space->peer.time_ps;
        memcpy(answer->predicted, space->peer.cost, sizeof answer->predicted);
        memcpy(answer->cost, space->peer.cost, sizeof answer->cost);
        take_answer(s, settings, answer);
    }
    free(settings);
}

/* What the whole takes beyond the sum is taken off the budget of the next program. */
static void tighten(weir_choice *choice, const weir_fold_space *space,
                    const weir_fold_answer *answer) {
    for (int r = 0; r < WEIR_RESOURCES; r++) {
        if (space->budget[r] == WEIR_NO_LIMIT || answer->cost[r] <= space->budget[r]) continue;
        uint64_t more = answer->cost[r] - answer->predicted[r]; /* the sum was within it */
        uint64_t left = space->budget[r] > more ? space->budget[r] - more : 0;
        choice->budget[r] = left < choice->budget[r] ? left : choice->budget[r];
    }
}

/* Picks, compiles, and picks again where the whole is over the budget or cannot be built. */
static void settle(solving *s, weir_fold_answer *answer) {
    weir_fold_space *space = &s->space;
    const uint32_t n = space->n_groups, nodes = space->request->nodes;
    weir_choice choice = s->choice;
    uint32_t *forbidden = weir_xcalloc((size_t)(MOST_REPAIRS + 1) * n + 1, sizeof *forbidden);
    choice.forbidden = forbidden;
    while (!answer->found && answer->repairs <= MOST_REPAIRS) {
        weir_chosen chosen = weir_choice_fastest(&choice, nodes, stop_of(s), s->picks);
        if (choice.n_forbidden == 0) s->program.chosen = chosen;
        if (!chosen.found) break;
        bool built = compile_picks(s, s->picks, answer);
        answer->found = built && weir_choice_fits(&s->choice, answer->cost);
        if (answer->found) break;
        if (built) tighten(&choice, space, answer);
        memcpy(forbidden + (size_t)choice.n_forbidden++ * n, s->picks, n * sizeof *forbidden);
        answer->repairs++;
    }
    free(forbidden);
}

/* ---- both answers ---- */

static bool is_better(const solving *s, const weir_fold_answer *a, const weir_fold_answer *b) {
    if (!a->found || !b->found) return a->found;
    if (a->interval_ps != b->interval_ps) return a->interval_ps < b->interval_ps;
    return weir_choice_share(&s->choice, a->cost) < weir_choice_share(&s->choice, b->cost);
}

static bool solve(solving *s, const weir_fold_request *request, weir_diag *diag) {
    if (!weir_fold_space_make(&s->space, request, diag) || !weir_fold_gather(&s->space, diag))
        return false;
    make_choice(s);
    weir_fold_program *program = &s->program;
    take_peer(s, &program->greedy);
    settle(s, &program->program);
    /* Two foldings of one sum may differ once compiled. */
    program->peer_is_better = is_better(s, &program->greedy, &program->program);
    if (program->peer_is_better) {
        uint32_t repairs = program->program.repairs;
        program->program = program->greedy;
        program->program.repairs = repairs;
    }
    program->n_compiled = s->space.n_compiled;
    return true;
}

weir_fold_program *weir_fold_program_solve(const weir_fold_request *request, weir_diag *diag) {
    solving *s = weir_xcalloc(1, sizeof *s);
    double began = weir_tool_seconds();
    bool good = solve(s, request, diag);
    s->program.seconds = weir_tool_seconds() - began;
    if (good) return &s->program;
    weir_fold_program_free(&s->program);
    return NULL;
}

void weir_fold_program_free(weir_fold_program *program) {
    if (program == NULL) return;
    solving *s = (solving *)program;
    weir_fold_space_free(&s->space);
    free(s->first);
    free(s->options);
    free(s->picks);
    free(s);
}
