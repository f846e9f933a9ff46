#include "study/programs.h"
#include <stdlib.h>

static const char *const kind_names[] = {"none", "folding", "clocks", NULL};

typedef struct program_keys {
    int kind;
    double share, logic;
    int64_t interval_ps, domains, nodes;
    const weir_config_node *mhz;
} program_keys;

static bool read_mhz(weir_program_request *request, const weir_config_node *list, weir_arena *arena,
                     weir_diag *diag) {
    size_t n = list != NULL ? weir_config_length(list) : 0;
    double *mhz = WEIR_NEW(arena, double, n + 1);
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        const weir_config_node *item = weir_config_item(list, i);
        if (!weir_config_item_number(item, &mhz[i]) || !(mhz[i] >= 0.001 && mhz[i] <= 1e6))
            good = weir_error(diag, weir_config_loc(item),
                              "program: mhz must be numbers from 0.001 to 1000000");
    }
    request->mhz = mhz;
    request->n_mhz = (uint32_t)n;
    return good;
}

static bool check_share(double share, const char *key, const weir_config_node *node,
                        weir_diag *diag) {
    return (share > 0 && share <= 1) ||
           weir_error(diag, weir_config_key_loc(node, key),
                      "program: %s %g, must be above 0 and at most 1", key, share);
}

bool weir_program_request_read(weir_program_request *request, const weir_config_node *node,
                               weir_arena *arena, weir_diag *diag) {
    static const weir_key keys[] = {
        {"kind", WEIR_KEY_CHOICE, offsetof(program_keys, kind), 0, 0, kind_names, true},
        {"share", WEIR_KEY_FLOAT, offsetof(program_keys, share), 0, 0, NULL, false},
        {"logic", WEIR_KEY_FLOAT, offsetof(program_keys, logic), 0, 0, NULL, false},
        {"interval_ps", WEIR_KEY_INT, offsetof(program_keys, interval_ps), 1, INT64_MAX, NULL,
         false},
        {"mhz", WEIR_KEY_LIST, offsetof(program_keys, mhz), 0, 0, NULL, false},
        {"domains", WEIR_KEY_INT, offsetof(program_keys, domains), 1, 1024, NULL, false},
        {"nodes", WEIR_KEY_INT, offsetof(program_keys, nodes), 1, 1 << 30, NULL, false}};
    program_keys read = {
        .share = 1, .logic = WEIR_LOGIC_SHARE, .domains = 3, .nodes = WEIR_PROGRAM_NODES};
    *request = (weir_program_request){.kind = WEIR_PROGRAM_NONE};
    if (node == NULL) return true;
    bool good = weir_config_read(node, "program", keys, sizeof keys / sizeof *keys, &read, diag);
    good = check_share(read.share, "share", node, diag) && good;
    good = check_share(read.logic, "logic", node, diag) && good;
    *request = (weir_program_request){.kind = (weir_program_kind)read.kind,
                                      .share = read.share,
                                      .logic = read.logic,
                                      .interval_ps = (uint64_t)read.interval_ps,
                                      .domains = (uint32_t)read.domains,
                                      .nodes = (uint32_t)read.nodes,
                                      .loc = weir_config_loc(node)};
    good = read_mhz(request, read.mhz, arena, diag) && good;
    if (request->kind == WEIR_PROGRAM_CLOCKS && (request->interval_ps == 0 || request->n_mhz == 0))
        good = weir_error(diag, request->loc,
                          "program: clocks need interval_ps and a list of mhz to choose from");
    return good;
}

/* ---- running ---- */

static bool run_folding(weir_programmed *p, const weir_evaluation *evaluation,
                        const weir_change *base, uint32_t n_base, weir_diag *diag) {
    const weir_fold_request request = {.evaluation = evaluation,
                                       .n_base = n_base,
                                       .base = base,
                                       .share = p->request.share,
                                       .logic = p->request.logic,
                                       .nodes = p->request.nodes,
                                       .loc = p->request.loc};
    p->folding = weir_fold_program_solve(&request, diag);
    if (p->folding == NULL) return false;
    const struct {
        const char *name;
        const weir_fold_answer *answer;
    } answers[] = {{"folding (program)", &p->folding->program},
                   {"folding (greedy)", &p->folding->greedy}};
    for (int i = 0; i < 2; i++)
        if (answers[i].answer->found)
            p->points[p->n_points++] = (weir_point){answers[i].name, answers[i].answer->n_changes,
                                                    answers[i].answer->changes};
    return true;
}

static bool run_clocks(weir_programmed *p, const weir_evaluation *evaluation,
                       const weir_change *base, uint32_t n_base, weir_diag *diag) {
    const weir_clock_request request = {.evaluation = evaluation,
                                        .n_base = n_base,
                                        .base = base,
                                        .interval_ps = p->request.interval_ps,
                                        .n_mhz = p->request.n_mhz,
                                        .mhz = p->request.mhz,
                                        .domains = p->request.domains,
                                        .nodes = p->request.nodes,
                                        .loc = p->request.loc};
    p->clocks = weir_clock_program_solve(&request, diag);
    if (p->clocks == NULL) return false;
    p->points[p->n_points++] =
        (weir_point){"clocks (program)", p->clocks->n_changes, p->clocks->changes};
    return true;
}

weir_programmed *weir_programs_run(const weir_program_request *request,
                                   const weir_evaluation *evaluation, const weir_change *base,
                                   uint32_t n_base, weir_diag *diag) {
    weir_programmed *p = weir_xcalloc(1, sizeof *p);
    p->request = *request;
    bool good = true;
    if (request->kind == WEIR_PROGRAM_FOLDING)
        good = run_folding(p, evaluation, base, n_base, diag);
    if (request->kind == WEIR_PROGRAM_CLOCKS) good = run_clocks(p, evaluation, base, n_base, diag);
    if (good) return p;
    weir_programmed_free(p);
    return NULL;
}

void weir_programmed_free(weir_programmed *programmed) {
    if (programmed == NULL) return;
    weir_fold_program_free(programmed->folding);
    weir_clock_program_free(programmed->clocks);
    free(programmed);
}
