/* Inside the packer: kinds of arrays, the groups that could be used, and the heuristic's state. */
#ifndef WEIR_STUDY_PACKING_PARTS_H
#define WEIR_STUDY_PACKING_PARTS_H

#include "base/arena.h"
#include "study/packing.h"
#include "study/program.h"

typedef struct kind { /* arrays that may stand for one another */
    uint32_t n;
    uint32_t *arrays;
    bool is_rom;
} kind;

typedef struct candidate { /* a group of kinds */
    uint32_t bram18, uram;
    uint64_t lut;
    weir_storage storage;
    uint32_t n;
    uint32_t kinds[WEIR_GROUP_ARRAYS]; /* not falling */
    bool in_program;
} candidate;

typedef struct packer {
    const weir_array *arrays;
    uint32_t n_arrays;
    const weir_packing_options *options;
    double *worth; /* RAMB18 that each array would take without packing */
    weir_memory_cost alone;
    uint32_t n_kinds;
    kind *kinds;
    uint32_t *singles; /* RAMB18 of one array of each kind */
    uint32_t *pairs;   /* of two kinds, together or apart, n_kinds x n_kinds */
    uint64_t n_candidates, room;
    candidate *candidates;
    uint64_t tried;
    bool complete; /* no group that saves anything is missing */
} packer;

/* What each memory takes in blocks of its own, within the limits: `worth` and `alone`. */
void weir_packer_alone(packer *p);

/* Whether the limits' exchange rates let such a group leave block RAM. */
bool weir_packer_leaves(const packer *p, const weir_memory_group *group);

/* Finds the kinds and all groups of theirs that take less than their parts. */
void weir_packer_enumerate(packer *p);

/* Index of each array of a kind in turn: members of a candidate. */
void weir_packer_members(const packer *p, const uint32_t *kinds, uint32_t n, uint32_t *members);

/* ---- programs over the candidates ---- */
typedef struct master {
    weir_program *program;
    uint32_t lut_row, uram_row; /* behind one row for each kind */
    uint64_t *columns;          /* the candidate of each column */
    uint32_t n_columns, room;
    double *prices; /* of all rows, after weir_master_relax */
} master;

master *weir_master_new(const packer *p);
void weir_master_free(master *m);
void weir_master_add(const packer *p, master *m, uint64_t candidate, bool whole);
/* The relaxation over all candidates, of which only those come in that could lower it. Negative:
 * it could not be solved. */
double weir_master_relax(packer *p, master *m);
/* What a group costs less what its arrays are worth at the prices. */
double weir_master_reduced(const master *m, const candidate *c);

typedef struct packed {
    uint32_t n_groups;
    weir_memory_group *groups; /* room for one an array */
    weir_memory_cost cost;
} packed;

bool weir_packed_better(const weir_memory_cost *a, const weir_memory_cost *b);
void weir_packed_add(packed *all, const weir_memory_group *group);
/* Fits the arrays of `waiting` in their order. */
void weir_packed_fit(const packer *p, packed *all, const uint32_t *waiting, uint32_t n);
/* Best fit by size, then trials; ends early at `bound` RAMB18 and neither URAM nor LUT. Goes on
 * from what is in `all` if there is anything. */
void weir_packed_search(const packer *p, packed *all, uint64_t bound);

#endif
