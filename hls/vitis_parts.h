/* Inside the importer of vendor HLS: what its files share.
 *
 * A netlist is that of the top alone. A bit is a net's number from 2 on, or one of the constants below.
 * Cells are black boxes (children of the top), FIFOs among them, and Yosys's own cells ("$and").
 */
#ifndef WEIR_HLS_VITIS_PARTS_H
#define WEIR_HLS_VITIS_PARTS_H

#include "hls/vitis.h"

/* ------------------------------------------------------------------ scan */

typedef struct weir_vmodule {
    const char *name;
    uint32_t file;       /* index of the scan's files */
    const char *text;    /* from `module` on, without comments */
    size_t length;       /* up to `endmodule` */
    uint32_t *children;  /* modules that it names */
    uint32_t n_children; /* each once */
    bool referenced;     /* by another module */
    const char **images; /* of $readmemh and $readmemb */
    uint32_t n_images;
} weir_vmodule;

typedef struct weir_vscan {
    const char *folder; /* of the Verilog */
    uint32_t n_files, n_modules;
    const char **files; /* names */
    weir_vmodule *modules;
} weir_vscan;

/* Indexes all modules of the folder's .v files. False with diagnostics. */
bool weir_vscan_read(weir_vscan *scan, weir_arena *arena, const char *folder, weir_diag *diag);
uint32_t weir_vscan_find(const weir_vscan *scan, const char *name); /* WEIR_NONE: none */
/* Marks `module` and all below it in `reached` (one entry a module). */
void weir_vscan_reach(const weir_vscan *scan, uint32_t module, bool *reached);
/* How often an identifier stands in a module's text. */
uint32_t weir_vscan_mentions(const weir_vmodule *module, const char *identifier);
/* Copies the files of the reached modules to `to`; reads of images go through WEIR_ROM_DIR, and the
 * images to `roms`. */
bool weir_vscan_copy(const weir_vscan *scan, weir_arena *arena, const bool *reached, const char *to,
                     const char *roms, weir_diag *diag);

/* ------------------------------------------------------------------ netlist */

enum { WEIR_BIT_0 = -1, WEIR_BIT_1 = -2, WEIR_BIT_X = -3 };

typedef struct weir_vport { /* of a cell or of the top, seen from it */
    const char *name;
    bool is_output;
    uint32_t n_bits;
    int32_t *bits;
} weir_vport;

typedef struct weir_vcell {
    const char *name, *type;
    uint32_t n_ports;
    weir_vport *ports;
    uint32_t n_parameters;
    const char **parameters; /* names */
    int64_t *values;
} weir_vcell;

typedef struct weir_vnetlist {
    uint32_t n_cells, n_ports;
    weir_vcell *cells;
    weir_vport *ports;
    int32_t n_nets; /* above every bit */
} weir_vnetlist;

bool weir_vnetlist_read(weir_vnetlist *netlist, weir_arena *arena, const weir_vscan *scan,
                        uint32_t top, const char *folder, weir_diag *diag);
const weir_vport *weir_vcell_port(const weir_vcell *cell, const char *name); /* NULL: none */
const weir_vport *weir_vtop_port(const weir_vnetlist *netlist, const char *name);
int64_t weir_vcell_parameter(const weir_vcell *cell, const char *name, int64_t otherwise);

/* ------------------------------------------------------------------ cut */

typedef enum weir_group_kind {
    WEIR_GROUP_NONE,
    WEIR_GROUP_CLOCK,
    WEIR_GROUP_RESET,   /* active high */
    WEIR_GROUP_RESET_N, /* active low */
    WEIR_GROUP_START,   /* ap_start, ap_ready */
    WEIR_GROUP_DONE,    /* ap_done, ap_continue */
    WEIR_GROUP_ONE,     /* inputs that are always 1: ap_ce */
    WEIR_GROUP_IN,      /* a stream */
    WEIR_GROUP_OUT,
    WEIR_GROUP_VALUES_IN, /* all plain inputs together: they come with the start */
    WEIR_GROUP_VALUES_OUT,
    WEIR_GROUP_IGNORED,
} weir_group_kind;

typedef struct weir_top_group {
    weir_group_kind kind;
    const char *name;
    const weir_vport *valid, *ready; /* in the top's list; NULL where there is none */
    const weir_vport **data;         /* lowest bits first */
    const weir_vport **strobe;       /* of plain outputs: the _ap_vld of each, or NULL */
    uint32_t n_data, bits;
} weir_top_group;

struct weir_vitis {
    weir_arena *arena;
    const char *solution, *folder; /* where it is, where it goes */
    weir_vitis_options options;
    weir_vscan scan;
    uint32_t top; /* module */
    weir_vnetlist netlist;
    weir_top_group *groups;
    uint32_t n_groups;
    weir_vitis_fifo *fifos;
    uint32_t n_fifos;
    uint32_t *fifo_of; /* of each cell; WEIR_NONE */
    weir_imported *imported;
    /* of the cut: */
    bool *live, *global;                         /* of each cell */
    bool *channel_fifo;                          /* of each cell: a FIFO between two processes */
    uint32_t *cluster;                           /* of each cell, process index or WEIR_NONE */
    uint32_t *driver, *driver_port, *driver_bit; /* of each net: cell, or n_cells for the top */
};

bool weir_vitis_group_ports(weir_vitis *vitis, weir_diag *diag);
/* Group of a top port's net; NULL. */
const weir_top_group *weir_vitis_group_of(const weir_vitis *vitis, const char *port);

/* Ports of a process while it is cut: what stands behind each. */
typedef struct weir_cut_port {
    uint32_t cell;  /* FIFO; WEIR_NONE: a group of the top */
    uint32_t group; /* of the top */
    uint32_t channel;
} weir_cut_port;

typedef struct weir_cut_process {
    weir_cut_port *inputs, *outputs;
    uint32_t n_inputs, n_outputs;
} weir_cut_process;

/* The wrapper of a process whose cells are those of cluster `index`; sets module and sources. */
bool weir_vitis_emit_process(weir_vitis *vitis, uint32_t index, const weir_cut_process *ports,
                             weir_diag *diag);
/* Wrappers for probing a FIFO module. */
bool weir_vitis_emit_probe(weir_vitis *vitis, weir_vitis_fifo *fifo, weir_diag *diag);
/* The stitched top around the vendor's own. */
void weir_vitis_emit_top(const weir_vitis *vitis, weir_text *sv);

void weir_vitis_read_reports(weir_vitis *vitis, weir_diag *diag);

#endif
