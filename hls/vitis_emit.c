/* Wrappers: the cells of a process between ports named in<p>_* and out<q>_*.
 *
 * Signals of local cell k are w<k>_<port>. A bit of the netlist is named by its driver: a cell of the
 * process, a FIFO beyond a port, a port of the top. Instances are numbered, not named, so that equal
 * processes have equal text, and share a model. */
#include "hls/vitis_parts.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct emitting {
    weir_vitis *v;
    uint32_t process;
    const weir_cut_process *ports;
    uint32_t *local; /* number of each cell here; WEIR_NONE */
    weir_text *sv;
    bool good;
    weir_diag *diag;
} emitting;

typedef struct named_bit { /* `base`[`index`], or the text `base` alone where index < 0 */
    char base[96];
    int64_t index;
} named_bit;

/* ------------------------------------------------------------------ bits */

static uint32_t port_of_cell(const weir_cut_port *ports, uint32_t n, uint32_t cell) {
    for (uint32_t p = 0; p < n; p++)
        if (ports[p].cell == cell) return p;
    return WEIR_NONE;
}

static uint32_t port_of_group(const weir_cut_port *ports, uint32_t n, uint32_t group) {
    for (uint32_t p = 0; p < n; p++)
        if (ports[p].cell == WEIR_NONE && ports[p].group == group) return p;
    return WEIR_NONE;
}

static void set_text(named_bit *bit, const char *text) {
    snprintf(bit->base, sizeof bit->base, "%s", text);
    bit->index = -1;
}

static void name_fifo_bit(const emitting *e, uint32_t cell, int32_t net, named_bit *bit) {
    const weir_vitis *v = e->v;
    const char *port = v->netlist.cells[cell].ports[v->driver_port[net]].name;
    uint32_t in = port_of_cell(e->ports->inputs, e->ports->n_inputs, cell);
    uint32_t out = port_of_cell(e->ports->outputs, e->ports->n_outputs, cell);
    set_text(bit, "1'b0"); /* counts, which nothing looks at */
    if (strcmp(port, "if_full_n") == 0 && out != WEIR_NONE)
        snprintf(bit->base, sizeof bit->base, "out%u_ready", out);
    else if (strcmp(port, "if_empty_n") == 0 && in != WEIR_NONE)
        snprintf(bit->base, sizeof bit->base, "in%u_valid", in);
    else if (strcmp(port, "if_dout") == 0 && in != WEIR_NONE) {
        snprintf(bit->base, sizeof bit->base, "in%u_data", in);
        bit->index = v->driver_bit[net];
    }
}

/* Bits of the group's data before port `name`. */
static uint32_t data_offset(const weir_top_group *group, const char *name) {
    uint32_t offset = 0;
    for (uint32_t d = 0; d < group->n_data && strcmp(group->data[d]->name, name) != 0; d++)
        offset += group->data[d]->n_bits;
    return offset;
}

static uint32_t values_port(const emitting *e) {
    for (uint32_t p = 0; p < e->ports->n_inputs; p++)
        if (e->ports->inputs[p].cell == WEIR_NONE &&
            e->v->groups[e->ports->inputs[p].group].kind == WEIR_GROUP_VALUES_IN)
            return p;
    return WEIR_NONE;
}

static void name_top_bit(const emitting *e, int32_t net, named_bit *bit) {
    const weir_vitis *v = e->v;
    const char *port = v->netlist.ports[v->driver_port[net]].name;
    const weir_top_group *group = weir_vitis_group_of(v, port);
    set_text(bit, "1'b0");
    if (group == NULL) return;
    uint32_t number = (uint32_t)(group - v->groups);
    uint32_t in = port_of_group(e->ports->inputs, e->ports->n_inputs, number);
    uint32_t out = port_of_group(e->ports->outputs, e->ports->n_outputs, number);
    if (group->kind == WEIR_GROUP_CLOCK) set_text(bit, "clk");
    if (group->kind == WEIR_GROUP_RESET) set_text(bit, "rst");
    if (group->kind == WEIR_GROUP_RESET_N) set_text(bit, "~rst");
    if (group->kind == WEIR_GROUP_ONE) set_text(bit, "1'b1");
    bool valid = group->valid != NULL && strcmp(group->valid->name, port) == 0;
    bool ready = group->ready != NULL && strcmp(group->ready->name, port) == 0;
    if (group->kind == WEIR_GROUP_START && valid && values_port(e) != WEIR_NONE)
        snprintf(bit->base, sizeof bit->base, "(in%u_valid & in%u_valid)", in, values_port(e));
    else if (in != WEIR_NONE && valid)
        snprintf(bit->base, sizeof bit->base, "in%u_valid", in);
    else if (out != WEIR_NONE && ready)
        snprintf(bit->base, sizeof bit->base, "out%u_ready", out);
    else if (in != WEIR_NONE) {
        snprintf(bit->base, sizeof bit->base, "in%u_data", in);
        bit->index = data_offset(group, port) + v->driver_bit[net];
    }
}

static void name_bit(const emitting *e, int32_t net, named_bit *bit) {
    const weir_vitis *v = e->v;
    set_text(bit, net == WEIR_BIT_1 ? "1'b1" : "1'b0");
    if (net < 2 || v->driver[net] == WEIR_NONE) return;
    uint32_t cell = v->driver[net];
    if (cell == v->netlist.n_cells) {
        name_top_bit(e, net, bit);
    } else if (v->channel_fifo[cell]) {
        name_fifo_bit(e, cell, net, bit);
    } else if (e->local[cell] != WEIR_NONE) {
        snprintf(bit->base, sizeof bit->base, "w%u_%.64s", e->local[cell],
                 v->netlist.cells[cell].ports[v->driver_port[net]].name);
        bit->index = v->driver_bit[net];
    }
}

/* The bits as an expression: slices where they follow one another. */
static void add_bits(const emitting *e, const weir_vport *port) {
    weir_text_add(e->sv, port->n_bits == 1 ? "" : "{");
    for (uint32_t b = port->n_bits; b > 0;) {
        named_bit high, low, next;
        name_bit(e, port->bits[b - 1], &high);
        low = high;
        b--;
        while (b > 0 && high.index >= 0) {
            name_bit(e, port->bits[b - 1], &next);
            if (next.index != low.index - 1 || strcmp(next.base, high.base) != 0) break;
            low = next;
            b--;
        }
        if (high.index < 0)
            weir_text_add(e->sv, high.base);
        else if (high.index == low.index)
            weir_text_addf(e->sv, "%s[%" PRId64 "]", high.base, high.index);
        else
            weir_text_addf(e->sv, "%s[%" PRId64 ":%" PRId64 "]", high.base, high.index, low.index);
        weir_text_add(e->sv, b > 0 ? ", " : "");
    }
    weir_text_add(e->sv, port->n_bits == 1 ? "" : "}");
}

/* ------------------------------------------------------------------ cells */

static const struct {
    const char *type, *operator_text;
    int operands;
} operators[] = {
    {"$not", "~", 1},         {"$pos", "", 1},         {"$neg", "-", 1},
    {"$logic_not", "!", 1},   {"$reduce_and", "&", 1}, {"$reduce_or", "|", 1},
    {"$reduce_bool", "|", 1}, {"$reduce_xor", "^", 1}, {"$and", "&", 2},
    {"$or", "|", 2},          {"$xor", "^", 2},        {"$xnor", "~^", 2},
    {"$logic_and", "&&", 2},  {"$logic_or", "||", 2},  {"$eq", "==", 2},
    {"$ne", "!=", 2},         {"$lt", "<", 2},         {"$le", "<=", 2},
    {"$gt", ">", 2},          {"$ge", ">=", 2},        {"$add", "+", 2},
    {"$sub", "-", 2},         {"$eqx", "==", 2},       {"$nex", "!=", 2},
};

static void add_operand(const emitting *e, const weir_vcell *cell, const char *name) {
    char key[16];
    snprintf(key, sizeof key, "%s_SIGNED", name);
    bool is_signed = weir_vcell_parameter(cell, key, 0) == 1;
    weir_text_add(e->sv, is_signed ? "$signed({" : "(");
    add_bits(e, weir_vcell_port(cell, name));
    weir_text_add(e->sv, is_signed ? "})" : ")");
}

static bool emit_operator(const emitting *e, const weir_vcell *cell, uint32_t k) {
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (strcmp(operators[i].type, cell->type) != 0) continue;
        weir_text_addf(e->sv, "    assign w%u_Y = ", k);
        if (operators[i].operands == 2) add_operand(e, cell, "A");
        weir_text_addf(e->sv, " %s ", operators[i].operator_text);
        add_operand(e, cell, operators[i].operands == 2 ? "B" : "A");
        weir_text_add(e->sv, ";\n");
        return true;
    }
    return false;
}

static bool emit_register(const emitting *e, const weir_vcell *cell, uint32_t k) {
    bool asynchronous = strcmp(cell->type, "$adff") == 0;
    if (strcmp(cell->type, "$dff") != 0 && !asynchronous) return false;
    const char *edge = weir_vcell_parameter(cell, "CLK_POLARITY", 1) == 0 ? "negedge" : "posedge";
    weir_text_addf(e->sv, "    always @(%s ", edge);
    add_bits(e, weir_vcell_port(cell, "CLK"));
    weir_text_addf(e->sv, ") w%u_Q <= ", k);
    if (asynchronous) { /* the wrapper's reset is synchronous, and long enough */
        weir_text_add(e->sv, weir_vcell_parameter(cell, "ARST_POLARITY", 1) == 0 ? "!" : "");
        add_bits(e, weir_vcell_port(cell, "ARST"));
        weir_text_addf(e->sv, " ? %" PRId64 " : ", weir_vcell_parameter(cell, "ARST_VALUE", 0));
    }
    add_bits(e, weir_vcell_port(cell, "D"));
    weir_text_add(e->sv, ";\n");
    return true;
}

static bool emit_choice(const emitting *e, const weir_vcell *cell, uint32_t k) {
    bool many = strcmp(cell->type, "$pmux") == 0;
    if (strcmp(cell->type, "$mux") != 0 && !many) return false;
    const weir_vport *s = weir_vcell_port(cell, "S"), *b = weir_vcell_port(cell, "B");
    const weir_vport *a = weir_vcell_port(cell, "A");
    weir_text_addf(e->sv, "    assign w%u_Y = ", k);
    for (uint32_t i = 0; i < s->n_bits; i++) {
        add_bits(e, &(weir_vport){.n_bits = 1, .bits = s->bits + i});
        weir_text_add(e->sv, " ? ");
        add_bits(e, &(weir_vport){.n_bits = a->n_bits, .bits = b->bits + i * a->n_bits});
        weir_text_add(e->sv, " : ");
    }
    add_bits(e, a);
    weir_text_add(e->sv, ";\n");
    return true;
}

static void emit_instance(const emitting *e, const weir_vcell *cell, uint32_t k) {
    weir_text_addf(e->sv, "    %s", cell->type);
    const char *comma = " #(";
    for (uint32_t p = 0; p < cell->n_parameters; p++) {
        if (cell->values[p] < 0) continue;
        weir_text_addf(e->sv, "%s.%s(%" PRId64 ")", comma, cell->parameters[p], cell->values[p]);
        comma = ", ";
    }
    weir_text_addf(e->sv, "%s u%u (", *comma == ',' ? ")" : "", k);
    comma = "";
    for (uint32_t p = 0; p < cell->n_ports; p++) {
        const weir_vport *port = &cell->ports[p];
        weir_text_addf(e->sv, "%s\n        .%s(", comma, port->name);
        if (port->is_output)
            weir_text_addf(e->sv, "w%u_%.64s", k, port->name);
        else
            add_bits(e, port);
        weir_text_add(e->sv, ")");
        comma = ",";
    }
    weir_text_add(e->sv, ");\n");
}

static void declare_outputs(const emitting *e, const weir_vcell *cell, uint32_t k) {
    for (uint32_t p = 0; p < cell->n_ports; p++)
        if (cell->ports[p].is_output && cell->ports[p].n_bits > 0)
            weir_text_addf(e->sv, "    logic [%u:0] w%u_%.64s;\n", cell->ports[p].n_bits - 1, k,
                           cell->ports[p].name);
}

static void emit_cells(emitting *e) {
    const weir_vitis *v = e->v;
    for (uint32_t cell = 0; cell < v->netlist.n_cells; cell++)
        if (e->local[cell] != WEIR_NONE)
            declare_outputs(e, &v->netlist.cells[cell], e->local[cell]);
    for (uint32_t c = 0; c < v->netlist.n_cells; c++) {
        const weir_vcell *cell = &v->netlist.cells[c];
        uint32_t k = e->local[c];
        if (k == WEIR_NONE) continue;
        if (cell->type[0] != '$')
            emit_instance(e, cell, k);
        else if (!emit_operator(e, cell, k) && !emit_register(e, cell, k) &&
                 !emit_choice(e, cell, k))
            e->good = weir_error(e->diag, WEIR_NOWHERE,
                                 "top \"%s\": a cell of type %s between processes; allowed are "
                                 "gates, multiplexers and flip-flops",
                                 v->imported->top, cell->type);
    }
}

/* ------------------------------------------------------------------ ports */

static void assign_port(const emitting *e, const char *side, uint32_t p, const char *what,
                        const weir_vport *port) {
    weir_text_addf(e->sv, "    assign %s%u_%s = ", side, p, what);
    if (port == NULL)
        weir_text_add(e->sv, "1'b1");
    else
        add_bits(e, port);
    weir_text_add(e->sv, ";\n");
}

static void assign_gated(const emitting *e, const char *side, uint32_t p, const char *what,
                         const weir_vport *port, const weir_vport *enable) {
    weir_text_addf(e->sv, "    assign %s%u_%s = ", side, p, what);
    add_bits(e, port);
    if (enable != NULL) {
        weir_text_add(e->sv, " & ");
        add_bits(e, enable);
    }
    weir_text_add(e->sv, ";\n");
}

/* Plain outputs are those of the cycle of their strobe, and leave with the end of the initiation. */
static void emit_values_out(const emitting *e, uint32_t q, const weir_top_group *group) {
    uint32_t low = 0;
    for (uint32_t d = 0; d < group->n_data; d++) {
        uint32_t bits = group->data[d]->n_bits;
        weir_text_addf(e->sv, "    logic [%u:0] held%u_%u, value%u_%u;\n    assign value%u_%u = ",
                       bits - 1, q, d, q, d, q, d);
        if (group->strobe[d] != NULL) {
            add_bits(e, group->strobe[d]);
            weir_text_addf(e->sv, " == 1'b0 ? held%u_%u : ", q, d);
        }
        add_bits(e, group->data[d]);
        weir_text_addf(e->sv,
                       ";\n    always @(posedge clk) held%u_%u <= value%u_%u;\n"
                       "    assign out%u_data[%u:%u] = value%u_%u;\n",
                       q, d, q, d, q, low + bits - 1, low, q, d);
        low += bits;
    }
}

static const weir_top_group *group_of_kind(const weir_vitis *v, weir_group_kind kind) {
    for (uint32_t g = 0; g < v->n_groups; g++)
        if (v->groups[g].kind == kind) return &v->groups[g];
    return NULL;
}

static void emit_input(const emitting *e, uint32_t p) {
    const weir_vitis *v = e->v;
    const weir_cut_port *port = &e->ports->inputs[p];
    if (port->cell != WEIR_NONE) {
        const weir_vcell *fifo = &v->netlist.cells[port->cell];
        assign_gated(e, "in", p, "ready", weir_vcell_port(fifo, "if_read"),
                     weir_vcell_port(fifo, "if_read_ce"));
        return;
    }
    const weir_top_group *group = &v->groups[port->group];
    const weir_top_group *start = group_of_kind(v, WEIR_GROUP_START);
    uint32_t values = values_port(e);
    if (group->kind == WEIR_GROUP_VALUES_IN) group = start != NULL ? start : group;
    if (group->kind == WEIR_GROUP_START && values != WEIR_NONE)
        weir_text_addf(e->sv, "    assign in%u_ready = in%u_valid & ", p,
                       p == values ? port_of_group(e->ports->inputs, e->ports->n_inputs,
                                                   (uint32_t)(start - v->groups))
                                   : values);
    else
        weir_text_addf(e->sv, "    assign in%u_ready = ", p);
    if (group->ready == NULL)
        weir_text_add(e->sv, "1'b1");
    else
        add_bits(e, group->ready);
    weir_text_add(e->sv, ";\n");
}

static void emit_output(const emitting *e, uint32_t q) {
    const weir_vitis *v = e->v;
    const weir_cut_port *port = &e->ports->outputs[q];
    if (port->cell != WEIR_NONE) {
        const weir_vcell *fifo = &v->netlist.cells[port->cell];
        assign_gated(e, "out", q, "valid", weir_vcell_port(fifo, "if_write"),
                     weir_vcell_port(fifo, "if_write_ce"));
        assign_port(e, "out", q, "data", weir_vcell_port(fifo, "if_din"));
        return;
    }
    const weir_top_group *group = &v->groups[port->group];
    const weir_top_group *done = group_of_kind(v, WEIR_GROUP_DONE);
    if (group->kind == WEIR_GROUP_VALUES_OUT) {
        assign_port(e, "out", q, "valid", done != NULL ? done->valid : NULL);
        emit_values_out(e, q, group);
        return;
    }
    assign_port(e, "out", q, "valid", group->valid);
    if (group->kind == WEIR_GROUP_DONE) {
        assign_port(e, "out", q, "data", NULL);
        return;
    }
    weir_text_addf(e->sv, "    assign out%u_data = {", q);
    for (uint32_t d = group->n_data; d > 0; d--) {
        add_bits(e, group->data[d - 1]);
        weir_text_add(e->sv, d > 1 ? ", " : "};\n");
    }
}

static uint32_t bits_of(const emitting *e, const weir_cut_port *port) {
    return e->v->imported->channels[port->channel].bits;
}

static void emit_header(const emitting *e) {
    weir_text_add(e->sv, " #(\n    parameter ROM_DIR = \".\"\n) (\n    input  logic clk,\n"
                         "    input  logic rst");
    for (uint32_t p = 0; p < e->ports->n_inputs; p++)
        weir_text_addf(e->sv,
                       ",\n    input  logic in%u_valid,\n    output logic in%u_ready,\n"
                       "    input  logic [%u:0] in%u_data",
                       p, p, bits_of(e, &e->ports->inputs[p]) - 1, p);
    for (uint32_t q = 0; q < e->ports->n_outputs; q++)
        weir_text_addf(e->sv,
                       ",\n    output logic out%u_valid,\n    input  logic out%u_ready,\n"
                       "    output logic [%u:0] out%u_data",
                       q, q, bits_of(e, &e->ports->outputs[q]) - 1, q);
    weir_text_add(e->sv, "\n);\n");
}

/* ------------------------------------------------------------------ a process */

static uint64_t hash_text(const char *text) { /* FNV-1a, as the layer compiler's */
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* Files below the folder of all that the process holds, its images to a folder of their own. */
static bool gather_sources(emitting *e, weir_imported_process *process) {
    weir_vitis *v = e->v;
    const weir_vscan *scan = &v->scan;
    bool *reached = weir_xcalloc(scan->n_modules + 1, sizeof *reached);
    bool *files = weir_xcalloc(scan->n_files + 1, sizeof *files);
    for (uint32_t cell = 0; cell < v->netlist.n_cells; cell++) {
        if (e->local[cell] == WEIR_NONE) continue;
        uint32_t module = weir_vscan_find(scan, v->netlist.cells[cell].type);
        if (module != WEIR_NONE) weir_vscan_reach(scan, module, reached);
    }
    const char **sources = WEIR_NEW(v->arena, const char *, scan->n_files + 2);
    for (uint32_t m = 0; m < scan->n_modules; m++) {
        if (!reached[m]) continue;
        process->has_roms |= scan->modules[m].n_images > 0;
        if (files[scan->modules[m].file]) continue;
        files[scan->modules[m].file] = true;
        sources[process->n_sources++] =
            weir_arena_printf(v->arena, "rtl/vendor/%s", scan->files[scan->modules[m].file]);
    }
    sources[process->n_sources++] = weir_arena_printf(v->arena, "rtl/%s.sv", process->module);
    process->sources = sources;
    bool good = true;
    if (process->has_roms) {
        v->imported->has_roms = true;
        const char *roms = weir_arena_printf(v->arena, "%s/roms/%s", v->folder, process->module);
        good = weir_make_folder(roms, e->diag) &&
               weir_vscan_copy(scan, v->arena, reached, NULL, roms, e->diag);
    }
    free(reached);
    free(files);
    return good;
}

bool weir_vitis_emit_process(weir_vitis *v, uint32_t index, const weir_cut_process *ports,
                             weir_diag *diag) {
    uint32_t n = v->netlist.n_cells, next = 0;
    emitting e = {.v = v, .process = index, .ports = ports, .good = true, .diag = diag};
    e.sv = weir_text_new();
    e.local = weir_xcalloc(n + 1, sizeof *e.local);
    for (uint32_t cell = 0; cell < n; cell++)
        e.local[cell] =
            v->cluster[cell] == index || (v->live[cell] && v->global[cell]) ? next++ : WEIR_NONE;
    emit_header(&e);
    emit_cells(&e);
    for (uint32_t p = 0; p < ports->n_inputs; p++)
        emit_input(&e, p);
    for (uint32_t q = 0; q < ports->n_outputs; q++)
        emit_output(&e, q);
    weir_text_add(e.sv, "endmodule\n");
    weir_imported_process *process = &v->imported->processes[index];
    process->module =
        weir_arena_printf(v->arena, "wrap_%012" PRIx64, hash_text(weir_text_string(e.sv)) >> 16);
    weir_text *file = weir_text_new();
    weir_text_addf(file, "module %s%s", process->module, weir_text_string(e.sv));
    e.good = e.good &&
             weir_text_save(file,
                            weir_arena_printf(v->arena, "%s/rtl/%s.sv", v->folder, process->module),
                            diag) &&
             gather_sources(&e, process);
    weir_text_free(file);
    weir_text_free(e.sv);
    free(e.local);
    return e.good;
}

/* ------------------------------------------------------------------ probing */

/* Parameters as instantiated; `shallow`: of the smallest memory. */
static void add_probe_parameters(const weir_vcell *cell, bool shallow, weir_text *sv) {
    const char *comma = " #(";
    for (uint32_t p = 0; p < cell->n_parameters; p++) {
        const char *name = cell->parameters[p];
        bool size = strcmp(name, "DEPTH") == 0 || strcmp(name, "ADDR_WIDTH") == 0;
        if (cell->values[p] < 0 || (shallow && size)) continue;
        weir_text_addf(sv, "%s.%s(%" PRId64 ")", comma, name, cell->values[p]);
        comma = ", ";
    }
    if (shallow) weir_text_addf(sv, "%s.DEPTH(1), .ADDR_WIDTH(1)", comma);
    weir_text_add(sv, shallow || *comma == ',' ? ")" : "");
}

static bool emit_one_probe(weir_vitis *v, const weir_vitis_fifo *fifo, const char *name,
                           bool shallow, weir_diag *diag) {
    static const char *const joins[][2] = {{"clk", "clk"},
                                           {"reset", "rst"},
                                           {"if_write", "in0_valid"},
                                           {"if_din", "in0_data"},
                                           {"if_write_ce", "1'b1"},
                                           {"if_full_n", "in0_ready"},
                                           {"if_read", "out0_ready"},
                                           {"if_dout", "out0_data"},
                                           {"if_read_ce", "1'b1"},
                                           {"if_empty_n", "out0_valid"}};
    const weir_vcell *cell = NULL;
    for (uint32_t c = 0; c < v->netlist.n_cells && cell == NULL; c++)
        if (strcmp(v->netlist.cells[c].type, fifo->module) == 0) cell = &v->netlist.cells[c];
    weir_text *sv = weir_text_new();
    weir_text_addf(sv,
                   "module %s (\n    input  logic clk,\n    input  logic rst,\n"
                   "    input  logic in0_valid,\n    output logic in0_ready,\n"
                   "    input  logic [%u:0] in0_data,\n    output logic out0_valid,\n"
                   "    input  logic out0_ready,\n    output logic [%u:0] out0_data\n);\n    %s",
                   name, fifo->bits - 1, fifo->bits - 1, fifo->module);
    add_probe_parameters(cell, shallow, sv);
    weir_text_add(sv, " fifo (");
    const char *comma = "";
    for (size_t i = 0; i < sizeof joins / sizeof joins[0]; i++) {
        if (weir_vcell_port(cell, joins[i][0]) == NULL) continue;
        weir_text_addf(sv, "%s\n        .%s(%s)", comma, joins[i][0], joins[i][1]);
        comma = ",";
    }
    weir_text_add(sv, ");\nendmodule\n");
    bool good =
        weir_text_save(sv, weir_arena_printf(v->arena, "%s/rtl/%s.sv", v->folder, name), diag);
    weir_text_free(sv);
    return good;
}

bool weir_vitis_emit_probe(weir_vitis *v, weir_vitis_fifo *fifo, weir_diag *diag) {
    return emit_one_probe(v, fifo, fifo->wrapper, false, diag) &&
           (fifo->shallow == NULL || emit_one_probe(v, fifo, fifo->shallow, true, diag));
}
