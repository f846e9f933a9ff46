/* The stitched top around a vendor's own, and the files of an import.
 *
 * It has the ports and probes that hls/top.h describes. At the border stand weir's FIFOs of the sources'
 * and sinks' channels and the host; all between is the vendor's top, whole, whose FIFOs are probed by
 * name. What a design may change of it, depths and start policy, comes by macros and by parameters
 * set in a copy of the vendor's file (hls/imported_compile.c). */
#include "hls/rtl_library.h"
#include "hls/vitis_parts.h"
#include <string.h>

static void emit_ports(const weir_imported *in, weir_text *sv) {
    weir_text_addf(sv,
                   "module weir_top #(\n    parameter ROM_DIR = \".\"\n) (\n"
                   "    input  logic clk_0,\n    input  logic rst_0,\n"
                   "`ifdef WEIR_PROBES\n    output logic [%u:0] probes,\n`endif\n",
                   4 * in->n_channels - 1);
    uint32_t sources = 0, sinks = 0;
    const char *comma = "";
    for (uint32_t p = 0; p < in->n_processes; p++) {
        weir_process_kind kind = in->processes[p].kind;
        if (kind == WEIR_PROCESS) continue;
        bool source = kind == WEIR_SOURCE;
        uint32_t bits = 0, n = source ? sources++ : sinks++;
        for (uint32_t c = 0; c < in->n_channels; c++)
            if ((source ? in->channels[c].producer : in->channels[c].consumer) == p)
                bits = in->channels[c].bits;
        const char *side = source ? "in" : "out";
        weir_text_addf(sv,
                       "%s    %s logic %s%u_valid, // %s\n    %s logic %s%u_ready,\n"
                       "    %s logic [%u:0] %s%u_data",
                       comma, source ? "input " : "output", side, n, in->processes[p].name,
                       source ? "output" : "input ", side, n, source ? "input " : "output",
                       bits - 1, side, n);
        comma = ",\n";
    }
    weir_text_add(sv, "\n);\n");
}

static uint32_t end_number(const weir_imported *in, uint32_t process) {
    uint32_t number = 0;
    for (uint32_t p = 0; p < process; p++)
        number += in->processes[p].kind == in->processes[process].kind;
    return number;
}

static void emit_border(const weir_imported *in, uint32_t c, weir_text *sv) {
    const weir_imported_channel *channel = &in->channels[c];
    weir_text_addf(sv,
                   "\n    logic w%u_valid, w%u_ready, r%u_valid, r%u_ready;\n"
                   "    logic [%u:0] w%u_data, r%u_data;\n"
                   "    weir_fifo #(.WIDTH(%u), .DEPTH(`WEIR_DEPTH_%u)) fifo_%u (\n"
                   "        .clk(clk_0), .rst(rst_0),\n"
                   "        .in_valid(w%u_valid), .in_ready(w%u_ready), .in_data(w%u_data),\n"
                   "        .out_valid(r%u_valid), .out_ready(r%u_ready), .out_data(r%u_data));\n",
                   c, c, c, c, channel->bits - 1, c, c, channel->bits, c, c, c, c, c, c, c, c);
    if (in->processes[channel->producer].kind == WEIR_SOURCE) {
        uint32_t n = end_number(in, channel->producer);
        weir_text_addf(sv,
                       "    assign w%u_valid = in%u_valid;\n    assign w%u_data = in%u_data;\n"
                       "    assign in%u_ready = w%u_ready;\n",
                       c, n, c, n, n, c);
    }
    if (in->processes[channel->consumer].kind == WEIR_SINK) {
        uint32_t n = end_number(in, channel->consumer);
        weir_text_addf(sv,
                       "    assign out%u_valid = r%u_valid;\n    assign out%u_data = r%u_data;\n"
                       "    assign r%u_ready = out%u_ready;\n",
                       n, c, n, c, c, n);
    }
}

/* The channel of a group's border; WEIR_NONE. */
static uint32_t channel_of(const weir_vitis *v, const weir_top_group *group) {
    const weir_imported *in = v->imported;
    const char *name = group->kind == WEIR_GROUP_START  ? "ap_start"
                       : group->kind == WEIR_GROUP_DONE ? "ap_done"
                                                        : group->name;
    for (uint32_t c = 0; c < in->n_channels; c++)
        if (*in->channels[c].instance == '\0' && strcmp(in->channels[c].name, name) == 0) return c;
    return WEIR_NONE;
}

static void emit_host(const weir_vitis *v, weir_text *sv) {
    uint32_t start = WEIR_NONE, done = WEIR_NONE;
    for (uint32_t g = 0; g < v->n_groups; g++) {
        if (v->groups[g].kind == WEIR_GROUP_START) start = channel_of(v, &v->groups[g]);
        if (v->groups[g].kind == WEIR_GROUP_DONE) done = channel_of(v, &v->groups[g]);
    }
    if (start == WEIR_NONE || done == WEIR_NONE) return;
    weir_text_addf(
        sv,
        "\n    `WEIR_START_MODULE host (.clk(clk_0), .rst(rst_0),\n"
        "        .in0_valid(r%u_valid), .in0_ready(r%u_ready), .in0_data(r%u_data),\n"
        "        .out0_valid(w%u_valid), .out0_ready(w%u_ready), .out0_data(w%u_data));\n",
        done, done, done, start, start, start);
}

/* The text of one bit or port of the top's, `width` of it read from `offset` of the channel's data. */
static void connect(const weir_vitis *v, const weir_vport *port, weir_text *sv) {
    const weir_top_group *group = weir_vitis_group_of(v, port->name);
    if (group == NULL) {
        if (!port->is_output) weir_text_add(sv, "'0");
        return;
    }
    if (group->kind == WEIR_GROUP_CLOCK) weir_text_add(sv, "clk_0");
    if (group->kind == WEIR_GROUP_RESET) weir_text_add(sv, "rst_0");
    if (group->kind == WEIR_GROUP_RESET_N) weir_text_add(sv, "~rst_0");
    if (group->kind == WEIR_GROUP_ONE) weir_text_add(sv, "1'b1");
    uint32_t c = channel_of(v, group);
    if (c == WEIR_NONE) return;
    bool into = group->kind == WEIR_GROUP_START || group->kind == WEIR_GROUP_IN ||
                group->kind == WEIR_GROUP_VALUES_IN;
    uint32_t low = 0;
    for (uint32_t d = 0; d < group->n_data; low += group->data[d++]->n_bits) {
        if (group->data[d] == port && (into || group->kind == WEIR_GROUP_OUT))
            weir_text_addf(sv, "%s%u_data[%u:%u]", into ? "r" : "w", c, low + port->n_bits - 1,
                           low);
        else if (group->data[d] == port)
            weir_text_addf(sv, "value%u_%u", c, d);
        else if (group->strobe[d] == port)
            weir_text_addf(sv, "strobe%u_%u", c, d);
    }
    if (port == group->valid && group->kind == WEIR_GROUP_START)
        weir_text_add(sv, "started");
    else if (port == group->valid)
        weir_text_addf(sv, into ? "r%u_valid" : "w%u_valid", c);
    else if (port == group->ready && group->kind == WEIR_GROUP_START)
        weir_text_add(sv, "taken");
    else if (port == group->ready)
        weir_text_addf(sv, into ? "r%u_ready" : "w%u_ready", c);
}

/* Plain values come with the start and leave with the end, as in the wrappers. */
static void emit_values(const weir_vitis *v, weir_text *sv) {
    uint32_t start = WEIR_NONE, values = WEIR_NONE, done = WEIR_NONE;
    for (uint32_t g = 0; g < v->n_groups; g++) {
        const weir_top_group *group = &v->groups[g];
        uint32_t c = channel_of(v, group);
        if (group->kind == WEIR_GROUP_START) start = c;
        if (group->kind == WEIR_GROUP_DONE) done = c;
        if (group->kind == WEIR_GROUP_VALUES_IN) values = c;
    }
    if (start != WEIR_NONE && values == WEIR_NONE)
        weir_text_addf(sv,
                       "\n    logic started, taken;\n    assign started = r%u_valid;\n"
                       "    assign r%u_ready = taken;\n",
                       start, start);
    else if (start != WEIR_NONE)
        weir_text_addf(sv,
                       "\n    logic started, taken;\n    assign started = r%u_valid & r%u_valid;\n"
                       "    assign r%u_ready = r%u_valid & taken;\n"
                       "    assign r%u_ready = r%u_valid & taken;\n",
                       start, values, start, values, values, start);
    else if (values != WEIR_NONE)
        weir_text_addf(sv, "    assign r%u_ready = 1'b1;\n", values);
    if (done != WEIR_NONE) weir_text_addf(sv, "    assign w%u_data = 1'b1;\n", done);
    for (uint32_t g = 0; g < v->n_groups; g++) {
        const weir_top_group *group = &v->groups[g];
        if (group->kind != WEIR_GROUP_VALUES_OUT) continue;
        uint32_t c = channel_of(v, group), low = 0;
        if (done != WEIR_NONE)
            weir_text_addf(sv, "    assign w%u_valid = w%u_valid;\n", c, done);
        else
            weir_text_addf(sv, "    assign w%u_valid = 1'b1;\n", c);
        for (uint32_t d = 0; d < group->n_data; low += group->data[d++]->n_bits) {
            uint32_t bits = group->data[d]->n_bits;
            weir_text_addf(sv, "    logic [%u:0] value%u_%u, held%u_%u, now%u_%u;\n", bits - 1, c,
                           d, c, d, c, d);
            if (group->strobe[d] != NULL)
                weir_text_addf(sv,
                               "    logic strobe%u_%u;\n"
                               "    assign now%u_%u = strobe%u_%u ? value%u_%u : held%u_%u;\n",
                               c, d, c, d, c, d, c, d, c, d);
            else
                weir_text_addf(sv, "    assign now%u_%u = value%u_%u;\n", c, d, c, d);
            weir_text_addf(sv,
                           "    always @(posedge clk_0) held%u_%u <= now%u_%u;\n"
                           "    assign w%u_data[%u:%u] = now%u_%u;\n",
                           c, d, c, d, c, low + bits - 1, low, c, d);
        }
    }
}

static void emit_vendor(const weir_vitis *v, weir_text *sv) {
    weir_text_addf(sv, "\n    %s dut (", v->imported->top);
    const char *comma = "";
    for (uint32_t p = 0; p < v->netlist.n_ports; p++) {
        weir_text_addf(sv, "%s\n        .%s(", comma, v->netlist.ports[p].name);
        connect(v, &v->netlist.ports[p], sv);
        weir_text_add(sv, ")");
        comma = ",";
    }
    weir_text_add(sv, ");\n");
}

static void emit_probes(const weir_imported *in, weir_text *sv) {
    weir_text_add(sv, "\n`ifdef WEIR_PROBES\n");
    for (uint32_t c = 0; c < in->n_channels; c++) {
        const char *at = in->channels[c].instance;
        if (*at == '\0')
            weir_text_addf(sv,
                           "    assign probes[%u:%u] = {r%u_ready, r%u_valid, w%u_ready, "
                           "w%u_valid};\n",
                           4 * c + 3, 4 * c, c, c, c, c);
        else
            weir_text_addf(sv,
                           "    assign probes[%u:%u] = {dut.%s.if_read, dut.%s.if_empty_n, "
                           "dut.%s.if_full_n, dut.%s.if_write};\n",
                           4 * c + 3, 4 * c, at, at, at, at);
    }
    weir_text_add(sv, "`endif\nendmodule\n");
}

void weir_vitis_emit_top(const weir_vitis *v, weir_text *sv) {
    const weir_imported *in = v->imported;
    emit_ports(in, sv);
    for (uint32_t c = 0; c < in->n_channels; c++)
        if (*in->channels[c].instance == '\0') emit_border(in, c, sv);
    emit_host(v, sv);
    emit_values(v, sv);
    emit_vendor(v, sv);
    emit_probes(in, sv);
}

/* ------------------------------------------------------------------ files */

static bool save_text(weir_vitis *v, const weir_text *text, const char *name, weir_diag *diag) {
    return weir_text_save(text, weir_arena_printf(v->arena, "%s/%s", v->folder, name), diag);
}

static bool save_library(weir_vitis *v, weir_diag *diag) {
    bool good = true;
    for (const weir_rtl_file *file = weir_rtl_library; file->name != NULL; file++) {
        if (strncmp(file->name, "weir_fifo", 9) != 0 && strncmp(file->name, "weir_start", 10) != 0)
            continue;
        weir_text *text = weir_text_new();
        weir_text_add(text, file->text);
        good = save_text(v, text, weir_arena_printf(v->arena, "rtl/%s", file->name), diag) && good;
        weir_text_free(text);
    }
    return good;
}

static void list_top_sources(weir_vitis *v) {
    const weir_vscan *scan = &v->scan;
    bool *reached = WEIR_NEW(v->arena, bool, scan->n_modules + 1);
    bool *files = WEIR_NEW(v->arena, bool, scan->n_files + 1);
    weir_vscan_reach(scan, v->top, reached);
    const char **sources = WEIR_NEW(v->arena, const char *, scan->n_files + 1);
    v->imported->n_top_sources = 0;
    /* The file of the top comes first: a design with other depths has a copy of it. */
    sources[v->imported->n_top_sources++] =
        weir_arena_printf(v->arena, "rtl/vendor/%s", scan->files[scan->modules[v->top].file]);
    files[scan->modules[v->top].file] = true;
    for (uint32_t m = 0; m < scan->n_modules; m++) {
        if (!reached[m] || files[scan->modules[m].file]) continue;
        files[scan->modules[m].file] = true;
        sources[v->imported->n_top_sources++] =
            weir_arena_printf(v->arena, "rtl/vendor/%s", scan->files[scan->modules[m].file]);
        v->imported->has_roms |= scan->modules[m].n_images > 0;
    }
    v->imported->top_sources = sources;
}

bool weir_vitis_save(weir_vitis *v, weir_diag *diag) {
    list_top_sources(v);
    weir_text *top = weir_text_new(), *facts = weir_text_new(), *design = weir_text_new();
    weir_vitis_emit_top(v, top);
    weir_imported_text(v->imported, facts);
    weir_imported_design_text(v->imported, design);
    bool good = save_library(v, diag) && save_text(v, top, "rtl/stitched.sv", diag) &&
                save_text(v, facts, "import.cfg", diag) && save_text(v, design, "design.cfg", diag);
    weir_text_free(top);
    weir_text_free(facts);
    weir_text_free(design);
    return good;
}
