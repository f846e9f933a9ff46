#include "study/program.h"
#include "base/arena.h"
#include <glpk.h>
#include <math.h>
#include <stdlib.h>

struct weir_program {
    glp_prob *problem;
    bool whole; /* the last solution is weir_program_whole's */
    uint32_t node_limit, nodes;
    double enough, bound;
    const volatile int *stop;
};

weir_program *weir_program_new(void) {
    weir_program *program = weir_xcalloc(1, sizeof *program);
    glp_term_out(GLP_OFF);
    program->problem = glp_create_prob();
    glp_set_obj_dir(program->problem, GLP_MIN);
    return program;
}

void weir_program_free(weir_program *program) {
    if (program == NULL) return;
    glp_delete_prob(program->problem);
    free(program);
}

static int bounds_of(double low, double high) {
    if (isinf(low) && isinf(high)) return GLP_FR;
    if (isinf(low)) return GLP_UP;
    if (isinf(high)) return GLP_LO;
    return low == high ? GLP_FX : GLP_DB;
}

uint32_t weir_program_row(weir_program *program, double low, double high) {
    int row = glp_add_rows(program->problem, 1);
    glp_set_row_bnds(program->problem, row, bounds_of(low, high), low, high);
    return (uint32_t)row - 1;
}

uint32_t weir_program_column(weir_program *program, double cost, double most, bool whole,
                             const weir_term *terms, uint32_t n_terms) {
    glp_prob *problem = program->problem;
    int column = glp_add_cols(problem, 1);
    int *rows = weir_xcalloc(n_terms + 1, sizeof *rows); /* GLPK counts from 1 */
    double *factors = weir_xcalloc(n_terms + 1, sizeof *factors);
    for (uint32_t i = 0; i < n_terms; i++) {
        rows[i + 1] = (int)terms[i].row + 1;
        factors[i + 1] = terms[i].factor;
    }
    glp_set_mat_col(problem, column, (int)n_terms, rows, factors);
    glp_set_obj_coef(problem, column, cost);
    glp_set_col_bnds(problem, column, isinf(most) ? GLP_LO : most > 0 ? GLP_DB : GLP_FX, 0, most);
    glp_set_col_kind(problem, column, whole ? GLP_IV : GLP_CV);
    free(rows);
    free(factors);
    return (uint32_t)column - 1;
}

bool weir_program_relax(weir_program *program, double *value) {
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    program->whole = false;
    bool solved =
        glp_simplex(program->problem, &how) == 0 && glp_get_status(program->problem) == GLP_OPT;
    if (!solved) { /* a basis gone bad numerically: once more from the standard one */
        glp_std_basis(program->problem);
        solved =
            glp_simplex(program->problem, &how) == 0 && glp_get_status(program->problem) == GLP_OPT;
    }
    if (solved) *value = glp_get_obj_val(program->problem);
    return solved;
}

bool weir_program_impossible(const weir_program *program) {
    return glp_get_status(program->problem) == GLP_NOFEAS;
}

double weir_program_price(const weir_program *program, uint32_t row) {
    return glp_get_row_dual(program->problem, (int)row + 1);
}

double weir_program_value(const weir_program *program, uint32_t column) {
    return program->whole ? glp_mip_col_val(program->problem, (int)column + 1)
                          : glp_get_col_prim(program->problem, (int)column + 1);
}

/* Counts the nodes that are looked at, and keeps the bound of what is left. */
static void watch(glp_tree *tree, void *context) {
    weir_program *program = context;
    int best = glp_ios_best_node(tree);
    if (best != 0) program->bound = glp_ios_node_bound(tree, best);
    if (glp_ios_reason(tree) != GLP_ISELECT) return;
    bool stopped = program->stop != NULL && *program->stop != 0;
    bool done = program->bound >= program->enough - WEIR_PROGRAM_SLACK;
    if (program->nodes >= program->node_limit || stopped || done)
        glp_ios_terminate(tree);
    else
        program->nodes++;
}

weir_whole weir_program_whole(weir_program *program, double enough, uint32_t nodes,
                              const volatile int *stop) {
    glp_iocp how;
    glp_init_iocp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.cb_func = watch;
    how.cb_info = program;
    how.fp_heur = GLP_ON;
    how.mir_cuts = GLP_ON;
    how.clq_cuts = GLP_ON;
    program->enough = enough;
    program->node_limit = nodes;
    program->nodes = 0;
    program->stop = stop;
    program->bound = glp_get_obj_val(program->problem);
    int ended = glp_intopt(program->problem, &how);
    int status = glp_mip_status(program->problem);
    program->whole = status == GLP_OPT || status == GLP_FEAS;
    weir_whole found = {.found = program->whole, .bound = program->bound, .nodes = program->nodes};
    found.optimal = ended == 0 && (status == GLP_OPT || status == GLP_NOFEAS);
    if (found.found) found.value = glp_mip_obj_val(program->problem);
    if (found.found && found.optimal) found.bound = found.value;
    return found;
}
