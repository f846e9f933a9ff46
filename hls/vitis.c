/* Finding a solution's Verilog, its top, and the FIFOs in it. */
#include "hls/vitis_parts.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool has_suffix(const char *folder, const char *suffix) {
    DIR *entries = opendir(folder);
    bool found = false;
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        size_t length = strlen(entry->d_name), tail = strlen(suffix);
        found |= length > tail && strcmp(entry->d_name + length - tail, suffix) == 0;
    }
    if (entries != NULL) closedir(entries);
    return found;
}

/* SOLUTION/syn/verilog, else impl/verilog; the solution may also be a folder above one. */
static const char *find_verilog(weir_vitis *v, weir_diag *diag) {
    static const char *const below[] = {"syn/verilog", "impl/verilog", "hls/syn/verilog",
                                        "hls/impl/verilog"};
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        const char *path = weir_arena_printf(v->arena, "%s/%s", v->solution, below[i]);
        if (is_folder(path) && has_suffix(path, ".v")) return path;
    }
    if (!is_folder(v->solution))
        weir_error(diag, (weir_loc){v->solution, 0}, "no such folder; needs an HLS solution");
    else if (is_folder(weir_arena_printf(v->arena, "%s/syn/vhdl", v->solution)))
        weir_error(diag, (weir_loc){v->solution, 0},
                   "VHDL only (syn/vhdl); needs syn/verilog: synthesise again, which writes both");
    else
        weir_error(
            diag, (weir_loc){v->solution, 0},
            "no syn/verilog or impl/verilog with .v files in it; needs an HLS solution after "
            "C synthesis");
    return NULL;
}

/* ------------------------------------------------------------------ top */

/* <TopModelName> of the reports; NULL. */
static const char *reported_top(weir_vitis *v) {
    static const char *const below[] = {"syn/report/csynth.xml", "hls/syn/report/csynth.xml"};
    const char *name = NULL;
    for (size_t i = 0; i < sizeof below / sizeof below[0] && name == NULL; i++) {
        weir_diag *ignored = weir_diag_new();
        char *text = weir_file_read(weir_arena_printf(v->arena, "%s/%s", v->solution, below[i]),
                                    NULL, ignored);
        weir_diag_free(ignored);
        const char *at = text != NULL ? strstr(text, "<TopModelName>") : NULL;
        if (at != NULL) {
            at += strlen("<TopModelName>");
            name = weir_arena_printf(v->arena, "%.*s", (int)strcspn(at, "<"), at);
        }
        free(text);
    }
    return name;
}

static uint32_t size_below(const weir_vscan *scan, uint32_t module) {
    bool *reached = weir_xcalloc(scan->n_modules + 1, sizeof *reached);
    weir_vscan_reach(scan, module, reached);
    uint32_t count = 0;
    for (uint32_t m = 0; m < scan->n_modules; m++)
        count += reached[m];
    free(reached);
    return count;
}

/* The named one, the reported one, or the unreferenced one with a clock that reaches the most. */
static bool find_top(weir_vitis *v, weir_diag *diag) {
    const weir_vscan *scan = &v->scan;
    if (v->options.top != NULL) {
        v->top = weir_vscan_find(scan, v->options.top);
        if (v->top != WEIR_NONE) return true;
        return weir_error(diag, (weir_loc){scan->folder, 0}, "no module \"%s\", asked for as top",
                          v->options.top);
    }
    const char *reported = reported_top(v);
    v->top = reported != NULL ? weir_vscan_find(scan, reported) : WEIR_NONE;
    uint32_t most = 0;
    for (uint32_t m = 0; m < scan->n_modules && (reported == NULL || v->top == WEIR_NONE); m++) {
        if (scan->modules[m].referenced || weir_vscan_mentions(&scan->modules[m], "ap_clk") == 0)
            continue;
        uint32_t size = size_below(scan, m);
        if (size > most) v->top = m;
        if (size > most) most = size;
    }
    if (v->top != WEIR_NONE) return true;
    return weir_error(diag, (weir_loc){scan->folder, 0},
                      "no top: every module with a clock (ap_clk) is part of another");
}

/* A module that the top names, and that none of the files holds, would be found by Yosys much later;
 * here its instance is known too. */
static void describe_top(const weir_vitis *v, weir_diag *diag) {
    const weir_vmodule *top = &v->scan.modules[v->top];
    bool machine = weir_vscan_mentions(top, "ap_CS_fsm") > 0;
    weir_error(
        diag, (weir_loc){v->scan.files[top->file], 0},
        "top \"%s\" is no dataflow region: no FIFO between its %u parts%s; --whole runs it as "
        "one process",
        top->name, v->netlist.n_cells,
        machine ? ", which a state machine (ap_CS_fsm) controls" : "");
}

/* ------------------------------------------------------------------ FIFOs */

static bool has_fifo_ports(const weir_vcell *cell) {
    static const char *const names[] = {"if_empty_n", "if_read",  "if_dout",
                                        "if_full_n",  "if_write", "if_din"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (weir_vcell_port(cell, names[i]) == NULL) return false;
    return true;
}

/* The value of `NAME = number` among a module's parameters; -1. */
static int64_t default_parameter(const weir_vmodule *module, const char *name) {
    size_t length = strlen(name);
    const char *end = module->text + module->length;
    for (const char *at = module->text; (at = strstr(at, name)) != NULL && at < end; at += length) {
        const char *value = at + length + strspn(at + length, " \t\r\n");
        if (*value != '=' || value[1] == '=') continue;
        value += 1 + strspn(value + 1, " \t\r\n");
        const char *quote = strchr(value, '\'');
        size_t digits = strspn(value, "0123456789");
        if (digits == 0) return -1;
        if (quote == value + digits) { /* 32'd2 */
            if (quote[1] != 'd') return -1;
            value = quote + 2;
        }
        return strtoll(value, NULL, 10);
    }
    return -1;
}

static const char *const *probe_sources(weir_vitis *v, uint32_t module, const char *wrapper,
                                        uint32_t *n) {
    const weir_vscan *scan = &v->scan;
    bool *reached = weir_xcalloc(scan->n_modules + 1, sizeof *reached);
    bool *files = weir_xcalloc(scan->n_files + 1, sizeof *files);
    weir_vscan_reach(scan, module, reached);
    const char **sources = WEIR_NEW(v->arena, const char *, scan->n_files + 2);
    *n = 0;
    for (uint32_t m = 0; m < scan->n_modules; m++) {
        if (!reached[m] || files[scan->modules[m].file]) continue;
        files[scan->modules[m].file] = true;
        sources[(*n)++] = weir_arena_printf(v->arena, "%s/rtl/vendor/%s", v->folder,
                                            scan->files[scan->modules[m].file]);
    }
    sources[(*n)++] = weir_arena_printf(v->arena, "%s/rtl/%s.sv", v->folder, wrapper);
    free(reached);
    free(files);
    return sources;
}

static bool add_fifo(weir_vitis *v, uint32_t index, weir_diag *diag) {
    const weir_vcell *cell = &v->netlist.cells[index];
    uint32_t module = weir_vscan_find(&v->scan, cell->type);
    if (module == WEIR_NONE) return true;
    weir_vitis_fifo fifo = {.module = cell->type};
    fifo.bits = weir_vcell_port(cell, "if_din")->n_bits;
    const weir_vmodule *text = &v->scan.modules[module];
    fifo.depth_parameter = weir_vcell_parameter(cell, "DEPTH", default_parameter(text, "DEPTH"));
    fifo.address_bits =
        weir_vcell_parameter(cell, "ADDR_WIDTH", default_parameter(text, "ADDR_WIDTH"));
    for (uint32_t f = 0; f < v->n_fifos; f++) {
        const weir_vitis_fifo *other = &v->fifos[f];
        if (strcmp(other->module, fifo.module) != 0 || other->bits != fifo.bits ||
            other->depth_parameter != fifo.depth_parameter)
            continue;
        v->fifo_of[index] = f;
        return true;
    }
    fifo.wrapper = weir_arena_printf(v->arena, "probe_%u", v->n_fifos);
    fifo.sources = probe_sources(v, module, fifo.wrapper, &fifo.n_sources);
    if (fifo.depth_parameter > 1 && fifo.address_bits >= 0) {
        fifo.shallow = weir_arena_printf(v->arena, "probe_%u_shallow", v->n_fifos);
        fifo.shallow_sources = probe_sources(v, module, fifo.shallow, &fifo.n_sources);
    }
    v->fifo_of[index] = v->n_fifos;
    v->fifos[v->n_fifos++] = fifo;
    return weir_vitis_emit_probe(v, &v->fifos[v->n_fifos - 1], diag);
}

static bool find_fifos(weir_vitis *v, weir_diag *diag) {
    uint32_t n = v->netlist.n_cells;
    v->fifos = WEIR_NEW(v->arena, weir_vitis_fifo, n + 1);
    v->fifo_of = WEIR_NEW(v->arena, uint32_t, n + 1);
    bool good = true;
    for (uint32_t c = 0; c < n; c++) {
        v->fifo_of[c] = WEIR_NONE;
        if (!v->options.whole && has_fifo_ports(&v->netlist.cells[c]))
            good = add_fifo(v, c, diag) && good;
    }
    return good;
}

weir_vitis_fifo *weir_vitis_fifos(weir_vitis *vitis, uint32_t *count) {
    *count = vitis->n_fifos;
    return vitis->fifos;
}

/* ------------------------------------------------------------------ opening */

static bool make_folders(weir_vitis *v, weir_diag *diag) {
    const char *vendor = weir_arena_printf(v->arena, "%s/rtl/vendor", v->folder);
    const char *roms = weir_arena_printf(v->arena, "%s/roms", v->folder);
    if (!weir_make_folder(vendor, diag) || !weir_make_folder(roms, diag)) return false;
    weir_remove_files(vendor, ".v");
    weir_remove_files(weir_arena_printf(v->arena, "%s/rtl", v->folder), ".sv");
    return true;
}

static bool copy_sources(weir_vitis *v, weir_diag *diag) {
    bool *reached = weir_xcalloc(v->scan.n_modules + 1, sizeof *reached);
    weir_vscan_reach(&v->scan, v->top, reached);
    bool good = weir_vscan_copy(&v->scan, v->arena, reached,
                                weir_arena_printf(v->arena, "%s/rtl/vendor", v->folder),
                                weir_arena_printf(v->arena, "%s/roms", v->folder), diag);
    free(reached);
    return good;
}

/* For a top that is to be one process: it is the only cell of a netlist around it. */
static void wrap_netlist(weir_vitis *v) {
    weir_vnetlist *netlist = &v->netlist;
    weir_vcell *cell = WEIR_NEW(v->arena, weir_vcell, 1);
    netlist->n_nets = 2;
    for (uint32_t p = 0; p < netlist->n_ports; p++)
        for (uint32_t b = 0; b < netlist->ports[p].n_bits; b++)
            netlist->ports[p].bits[b] = netlist->n_nets++;
    cell->name = cell->type = v->scan.modules[v->top].name;
    cell->n_ports = netlist->n_ports;
    cell->ports = netlist->ports;
    netlist->cells = cell;
    netlist->n_cells = 1;
}

weir_vitis *weir_vitis_open(const char *solution, const char *folder,
                            const weir_vitis_options *options, weir_diag *diag) {
    weir_arena *arena = weir_arena_new();
    weir_vitis *v = WEIR_NEW(arena, weir_vitis, 1);
    v->arena = arena;
    v->solution = weir_arena_strdup(arena, solution);
    v->folder = weir_arena_strdup(arena, folder);
    if (options != NULL) v->options = *options;
    const char *verilog = find_verilog(v, diag);
    bool good = verilog != NULL && weir_vscan_read(&v->scan, arena, verilog, diag) &&
                find_top(v, diag) && make_folders(v, diag) && copy_sources(v, diag) &&
                weir_vnetlist_read(&v->netlist, arena, &v->scan, v->top, folder, diag);
    if (good && v->options.whole) wrap_netlist(v);
    good = good && weir_vitis_group_ports(v, diag) && find_fifos(v, diag);
    if (good && v->n_fifos == 0 && !v->options.whole) {
        describe_top(v, diag);
        good = false;
    }
    if (good) return v;
    weir_vitis_free(v);
    return NULL;
}

void weir_vitis_free(weir_vitis *vitis) {
    if (vitis != NULL) weir_arena_free(vitis->arena);
}
