/* The ports of a vendor's top, grouped: AXI-Stream, FIFO ports, control, plain values. */
#include "hls/vitis_parts.h"
#include <string.h>

typedef struct grouping {
    weir_vitis *vitis;
    bool *taken; /* of the top's ports */
    bool good;
    weir_diag *diag;
} grouping;

static bool ends_with(const char *name, const char *suffix) {
    size_t length = strlen(name), tail = strlen(suffix);
    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static const char *stem(grouping *g, const char *name, const char *suffix) {
    return weir_arena_printf(g->vitis->arena, "%.*s", (int)(strlen(name) - strlen(suffix)), name);
}

static const weir_vport *take(grouping *g, const char *base, const char *suffix) {
    weir_vitis *v = g->vitis;
    char name[1024];
    snprintf(name, sizeof name, "%s%s", base, suffix);
    const weir_vport *port = weir_vtop_port(&v->netlist, name);
    if (port != NULL) g->taken[port - v->netlist.ports] = true;
    return port;
}

static weir_top_group *add_group(grouping *g, weir_group_kind kind, const char *name) {
    weir_vitis *v = g->vitis;
    weir_top_group *group = &v->groups[v->n_groups++];
    group->kind = kind;
    group->name = name;
    group->data = WEIR_NEW(v->arena, const weir_vport *, v->netlist.n_ports + 1);
    group->strobe = WEIR_NEW(v->arena, const weir_vport *, v->netlist.n_ports + 1);
    return group;
}

static void add_data(weir_top_group *group, const weir_vport *port, const weir_vport *strobe) {
    if (port == NULL) return;
    group->data[group->n_data] = port;
    group->strobe[group->n_data++] = strobe;
    group->bits += port->n_bits;
}

static void group_axis(grouping *g, const char *base) {
    static const char *const sides[] = {"_TKEEP", "_TSTRB", "_TUSER", "_TLAST", "_TID", "_TDEST"};
    const weir_vport *valid = take(g, base, "_TVALID");
    weir_top_group *group = add_group(g, valid->is_output ? WEIR_GROUP_OUT : WEIR_GROUP_IN, base);
    group->valid = valid;
    group->ready = take(g, base, "_TREADY");
    add_data(group, take(g, base, "_TDATA"), NULL);
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++)
        add_data(group, take(g, base, sides[i]), NULL);
}

static void group_fifo(grouping *g, const char *base, bool is_output) {
    weir_top_group *group = add_group(g, is_output ? WEIR_GROUP_OUT : WEIR_GROUP_IN, base);
    add_data(group, take(g, base, is_output ? "_din" : "_dout"), NULL);
    if (is_output) {
        group->valid = take(g, base, "_write");
        group->ready = take(g, base, "_full_n");
    } else {
        group->valid = take(g, base, "_empty_n");
        group->ready = take(g, base, "_read");
    }
    take(g, base, "_num_data_valid");
    take(g, base, "_fifo_cap");
}

static void group_control(grouping *g) {
    static const struct {
        const char *name;
        weir_group_kind kind;
    } fixed[] = {{"ap_clk", WEIR_GROUP_CLOCK},
                 {"ap_rst", WEIR_GROUP_RESET},
                 {"ap_rst_n", WEIR_GROUP_RESET_N},
                 {"ap_ce", WEIR_GROUP_ONE},
                 {"ap_idle", WEIR_GROUP_IGNORED},
                 {"ap_local_block", WEIR_GROUP_IGNORED},
                 {"ap_local_deadlock", WEIR_GROUP_IGNORED}};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        const weir_vport *port = take(g, fixed[i].name, "");
        if (port != NULL) add_data(add_group(g, fixed[i].kind, fixed[i].name), port, NULL);
    }
    const weir_vport *start = take(g, "ap_start", ""), *done = take(g, "ap_done", "");
    const weir_vport *ready = take(g, "ap_ready", ""), *onward = take(g, "ap_continue", "");
    if (start != NULL) {
        weir_top_group *group = add_group(g, WEIR_GROUP_START, "start");
        group->valid = start;
        group->ready = ready != NULL ? ready : done;
        group->bits = 1;
    }
    if (done != NULL) {
        weir_top_group *group = add_group(g, WEIR_GROUP_DONE, "done");
        group->valid = done;
        group->ready = onward;
        group->bits = 1;
    }
}

/* Ports without a stream's handshake: the inputs together, the outputs together. */
static void group_values(grouping *g) {
    const weir_vnetlist *netlist = &g->vitis->netlist;
    weir_top_group *in = NULL, *out = NULL;
    for (uint32_t p = 0; p < netlist->n_ports; p++) {
        const weir_vport *port = &netlist->ports[p];
        if (g->taken[p]) continue;
        g->taken[p] = true;
        if (ends_with(port->name, "_ap_vld")) {
            if (!port->is_output) add_data(add_group(g, WEIR_GROUP_ONE, port->name), port, NULL);
            continue;
        }
        const weir_vport *strobe = take(g, port->name, "_ap_vld");
        if (port->is_output) {
            if (out == NULL) out = add_group(g, WEIR_GROUP_VALUES_OUT, "values_out");
            add_data(out, port, strobe);
        } else {
            if (in == NULL) in = add_group(g, WEIR_GROUP_VALUES_IN, "values_in");
            add_data(in, port, NULL);
            if (strobe != NULL) add_data(add_group(g, WEIR_GROUP_ONE, strobe->name), strobe, NULL);
        }
    }
}

static void refuse(grouping *g, const char *port, const char *what) {
    g->good = weir_error(g->diag, WEIR_NOWHERE,
                         "top \"%s\": port \"%s\" is %s; allowed are AXI-Stream, FIFO and plain "
                         "ports, and ap_ctrl_none, ap_ctrl_hs or ap_ctrl_chain",
                         g->vitis->scan.modules[g->vitis->top].name, port, what);
}

bool weir_vitis_group_ports(weir_vitis *v, weir_diag *diag) {
    const weir_vnetlist *netlist = &v->netlist;
    grouping g = {.vitis = v, .good = true, .diag = diag};
    g.taken = WEIR_NEW(v->arena, bool, netlist->n_ports + 1);
    v->groups = WEIR_NEW(v->arena, weir_top_group, netlist->n_ports + 1);
    v->n_groups = 0;
    group_control(&g);
    for (uint32_t p = 0; p < netlist->n_ports && g.good; p++) {
        const char *name = netlist->ports[p].name;
        if (g.taken[p]) continue;
        if (strncmp(name, "m_axi_", 6) == 0)
            refuse(&g, name, "of an AXI memory master (m_axi)");
        else if (strncmp(name, "s_axi_", 6) == 0)
            refuse(&g, name, "of AXI4-Lite (s_axilite)");
        else if (ends_with(name, "_TVALID"))
            group_axis(&g, stem(&g, name, "_TVALID"));
        else if (ends_with(name, "_empty_n"))
            group_fifo(&g, stem(&g, name, "_empty_n"), false);
        else if (ends_with(name, "_full_n"))
            group_fifo(&g, stem(&g, name, "_full_n"), true);
    }
    if (g.good) group_values(&g);
    return g.good;
}
