/* The cut: which cells hang together, what is a channel between two that do not.
 *
 * Nodes are the live cells, two sides of each FIFO, and the groups of the top's ports; whatever shares a
 * net is one. A FIFO whose sides stay apart is a channel, any other one is part of its process. Nets of
 * clock, reset and constants join nothing: cells fed by them alone are copied to every process. */
#include "hls/vitis_parts.h"
#include <stdlib.h>
#include <string.h>

typedef struct cutting {
    weir_vitis *v;
    uint32_t n_cells;
    uint32_t *parent; /* nodes: cells, write sides, read sides, groups */
    uint32_t *queue;
    uint32_t *process_of; /* of each node that is a root; WEIR_NONE */
    weir_cut_process *ports;
    weir_imported *out;
    weir_diag *diag;
} cutting;

/* ------------------------------------------------------------------ nodes */

static uint32_t find(cutting *c, uint32_t node) {
    while (c->parent[node] != node)
        node = c->parent[node] = c->parent[c->parent[node]];
    return node;
}

static void join(cutting *c, uint32_t a, uint32_t b) {
    if (a != WEIR_NONE && b != WEIR_NONE) c->parent[find(c, a)] = find(c, b);
}

static bool is_fifo(const cutting *c, uint32_t cell) {
    const weir_vitis *v = c->v;
    return v->fifo_of[cell] != WEIR_NONE && v->fifos[v->fifo_of[cell]].fits;
}

static uint32_t write_side(const cutting *c, uint32_t cell) {
    return c->n_cells + cell;
}

static uint32_t read_side(const cutting *c, uint32_t cell) {
    return 2 * c->n_cells + cell;
}

static uint32_t group_node(const cutting *c, uint32_t group) {
    return 3 * c->n_cells + group;
}

const weir_top_group *weir_vitis_group_of(const weir_vitis *v, const char *port) {
    for (uint32_t g = 0; g < v->n_groups; g++) {
        const weir_top_group *group = &v->groups[g];
        if (group->valid != NULL && strcmp(group->valid->name, port) == 0) return group;
        if (group->ready != NULL && strcmp(group->ready->name, port) == 0) return group;
        for (uint32_t d = 0; d < group->n_data; d++) {
            if (strcmp(group->data[d]->name, port) == 0) return group;
            if (group->strobe[d] != NULL && strcmp(group->strobe[d]->name, port) == 0) return group;
        }
    }
    return NULL;
}

static bool joins_nothing(const weir_top_group *group) {
    return group == NULL || group->kind == WEIR_GROUP_CLOCK || group->kind == WEIR_GROUP_RESET ||
           group->kind == WEIR_GROUP_RESET_N || group->kind == WEIR_GROUP_ONE ||
           group->kind == WEIR_GROUP_IGNORED;
}

/* The node that a net's driver belongs to; WEIR_NONE for constants and what joins nothing. */
static uint32_t driver_node(const cutting *c, int32_t bit) {
    const weir_vitis *v = c->v;
    if (bit < 2 || v->driver[bit] == WEIR_NONE) return WEIR_NONE;
    uint32_t cell = v->driver[bit];
    if (cell == c->n_cells) {
        const weir_top_group *group =
            weir_vitis_group_of(v, v->netlist.ports[v->driver_port[bit]].name);
        return joins_nothing(group) ? WEIR_NONE : group_node(c, (uint32_t)(group - v->groups));
    }
    if (v->global[cell]) return WEIR_NONE;
    if (!is_fifo(c, cell)) return cell;
    const char *port = v->netlist.cells[cell].ports[v->driver_port[bit]].name;
    if (strcmp(port, "if_full_n") == 0) return write_side(c, cell);
    if (strcmp(port, "if_empty_n") == 0 || strcmp(port, "if_dout") == 0) return read_side(c, cell);
    return cell; /* a count: joins both sides, where it is used at all */
}

/* ------------------------------------------------------------------ nets */

static void find_drivers(cutting *c) {
    weir_vitis *v = c->v;
    size_t n = (size_t)v->netlist.n_nets + 1;
    v->driver = WEIR_NEW(v->arena, uint32_t, n);
    v->driver_port = WEIR_NEW(v->arena, uint32_t, n);
    v->driver_bit = WEIR_NEW(v->arena, uint32_t, n);
    memset(v->driver, 0xff, n * sizeof *v->driver);
    for (uint32_t k = 0; k <= c->n_cells; k++) {
        bool top = k == c->n_cells;
        uint32_t n_ports = top ? v->netlist.n_ports : v->netlist.cells[k].n_ports;
        const weir_vport *ports = top ? v->netlist.ports : v->netlist.cells[k].ports;
        for (uint32_t p = 0; p < n_ports; p++) {
            if (ports[p].is_output == top) continue;
            for (uint32_t b = 0; b < ports[p].n_bits; b++) {
                int32_t bit = ports[p].bits[b];
                if (bit < 2) continue;
                v->driver[bit] = k;
                v->driver_port[bit] = p;
                v->driver_bit[bit] = b;
            }
        }
    }
}

/* An output of a child that no body of the readers looks at: a FIFO's counts, tied off. */
static bool is_unused_count(const cutting *c, const weir_vcell *reader, const weir_vport *port) {
    const char *tail = strstr(port->name, "_num_data_valid");
    if (tail == NULL) tail = strstr(port->name, "_fifo_cap");
    if (tail == NULL || *reader->type == '$') return false;
    uint32_t module = weir_vscan_find(&c->v->scan, reader->type);
    return module != WEIR_NONE && weir_vscan_mentions(&c->v->scan.modules[module], port->name) <= 2;
}

static bool reads(const cutting *c, uint32_t cell, const weir_vport *port) {
    return !port->is_output && !is_unused_count(c, &c->v->netlist.cells[cell], port);
}

/* Live: from where a needed output of the top can be reached. */
static void mark(cutting *c, const weir_vport *port, uint32_t *tail) {
    weir_vitis *v = c->v;
    for (uint32_t b = 0; port != NULL && b < port->n_bits; b++) {
        int32_t bit = port->bits[b];
        if (bit < 2 || v->driver[bit] == WEIR_NONE || v->driver[bit] == c->n_cells) continue;
        uint32_t cell = v->driver[bit];
        if (v->live[cell]) continue;
        v->live[cell] = true;
        c->queue[(*tail)++] = cell;
    }
}

static void find_live(cutting *c) {
    weir_vitis *v = c->v;
    uint32_t head = 0, tail = 0;
    for (uint32_t g = 0; g < v->n_groups; g++) {
        const weir_top_group *group = &v->groups[g];
        if (joins_nothing(group)) continue;
        if (group->valid != NULL && group->valid->is_output) mark(c, group->valid, &tail);
        if (group->ready != NULL && group->ready->is_output) mark(c, group->ready, &tail);
        for (uint32_t d = 0; d < group->n_data; d++) {
            if (group->data[d]->is_output) mark(c, group->data[d], &tail);
            if (group->strobe[d] != NULL) mark(c, group->strobe[d], &tail);
        }
    }
    while (head < tail) {
        uint32_t cell = c->queue[head++];
        const weir_vcell *at = &v->netlist.cells[cell];
        for (uint32_t p = 0; p < at->n_ports; p++)
            if (reads(c, cell, &at->ports[p])) mark(c, &at->ports[p], &tail);
    }
}

static bool is_global(const cutting *c, uint32_t cell) {
    const weir_vitis *v = c->v;
    const weir_vcell *at = &v->netlist.cells[cell];
    if (at->type[0] != '$') return false;
    for (uint32_t p = 0; p < at->n_ports; p++) {
        for (uint32_t b = 0; !at->ports[p].is_output && b < at->ports[p].n_bits; b++) {
            int32_t bit = at->ports[p].bits[b];
            if (bit < 2) continue;
            uint32_t driver = v->driver[bit];
            if (driver == WEIR_NONE) continue;
            bool good = driver == c->n_cells ? joins_nothing(weir_vitis_group_of(
                                                   v, v->netlist.ports[v->driver_port[bit]].name))
                                             : v->global[driver];
            if (!good) return false;
        }
    }
    return true;
}

static void find_global(cutting *c) {
    for (bool more = true; more;) {
        more = false;
        for (uint32_t cell = 0; cell < c->n_cells; cell++) {
            if (c->v->global[cell] || !is_global(c, cell)) continue;
            c->v->global[cell] = more = true;
        }
    }
}

/* ------------------------------------------------------------------ joining */

static void join_port(cutting *c, uint32_t node, const weir_vport *port) {
    for (uint32_t b = 0; port != NULL && b < port->n_bits; b++)
        join(c, node, driver_node(c, port->bits[b]));
}

static void join_cell(cutting *c, uint32_t cell) {
    const weir_vcell *at = &c->v->netlist.cells[cell];
    for (uint32_t p = 0; p < at->n_ports; p++) {
        const weir_vport *port = &at->ports[p];
        if (!reads(c, cell, port)) continue;
        uint32_t node = cell;
        if (is_fifo(c, cell))
            node = strncmp(port->name, "if_read", 7) == 0 ? read_side(c, cell)
                   : strcmp(port->name, "clk") == 0 || strcmp(port->name, "reset") == 0
                       ? WEIR_NONE
                       : write_side(c, cell);
        if (node != WEIR_NONE) join_port(c, node, port);
    }
}

static void join_all(cutting *c) {
    weir_vitis *v = c->v;
    bool *counted = weir_xcalloc(c->n_cells + 1, sizeof *counted);
    for (uint32_t cell = 0; cell < c->n_cells; cell++) {
        if (!v->live[cell] || v->global[cell]) continue;
        join_cell(c, cell);
        /* Whoever looks at a FIFO's counts has it inside. */
        const weir_vcell *at = &v->netlist.cells[cell];
        for (uint32_t p = 0; p < at->n_ports; p++)
            for (uint32_t b = 0; reads(c, cell, &at->ports[p]) && b < at->ports[p].n_bits; b++) {
                uint32_t node = driver_node(c, at->ports[p].bits[b]);
                if (node < c->n_cells && is_fifo(c, node)) counted[node] = true;
            }
    }
    for (uint32_t g = 0; g < v->n_groups; g++) {
        const weir_top_group *group = &v->groups[g];
        if (joins_nothing(group)) continue;
        if (group->valid != NULL && group->valid->is_output)
            join_port(c, group_node(c, g), group->valid);
        if (group->ready != NULL && group->ready->is_output)
            join_port(c, group_node(c, g), group->ready);
        for (uint32_t d = 0; d < group->n_data; d++) {
            if (group->data[d]->is_output) join_port(c, group_node(c, g), group->data[d]);
            if (group->strobe[d] != NULL) join_port(c, group_node(c, g), group->strobe[d]);
        }
    }
    for (uint32_t cell = 0; cell < c->n_cells; cell++) {
        if (!is_fifo(c, cell) || !v->live[cell]) continue;
        if (counted[cell]) join(c, write_side(c, cell), read_side(c, cell));
    }
    free(counted);
    /* Values come with the start and leave with the end: such a top has no streams to wait for. */
    uint32_t start = WEIR_NONE, done = WEIR_NONE;
    for (uint32_t g = 0; g < v->n_groups; g++) {
        if (v->groups[g].kind == WEIR_GROUP_START) start = group_node(c, g);
        if (v->groups[g].kind == WEIR_GROUP_DONE) done = group_node(c, g);
    }
    for (uint32_t g = 0; g < v->n_groups; g++) {
        if (v->groups[g].kind == WEIR_GROUP_VALUES_IN) join(c, group_node(c, g), start);
        if (v->groups[g].kind == WEIR_GROUP_VALUES_OUT) join(c, group_node(c, g), done);
    }
}

/* FIFOs with both sides in one process are cells of it. */
static void settle_fifos(cutting *c) {
    weir_vitis *v = c->v;
    for (uint32_t cell = 0; cell < c->n_cells; cell++) {
        if (!v->live[cell] || !is_fifo(c, cell)) continue;
        uint32_t from = find(c, write_side(c, cell)), to = find(c, read_side(c, cell));
        v->channel_fifo[cell] = from != to;
        if (from == to) join(c, cell, from);
    }
}

/* ------------------------------------------------------------------ processes */

/* "conv_2d_cl_array_ap_fixed_..._config2_U0" becomes "conv_2d_cl_config2". */
static const char *short_name(weir_arena *arena, const char *name) {
    size_t length = strlen(name);
    if (length > 3 && strcmp(name + length - 3, "_U0") == 0) length -= 3;
    if (length > 2 && strcmp(name + length - 2, "_U") == 0) length -= 2;
    const char *middle = strstr(name, "_array_"), *config = NULL;
    if (middle == NULL) middle = strstr(name, "_ap_");
    for (const char *at = name; (at = strstr(at, "config")) != NULL; at++)
        config = at;
    if (length > 32 && middle != NULL && config != NULL && middle < config &&
        config < name + length) {
        size_t digits = strspn(config + 6, "0123456789");
        return weir_arena_printf(arena, "%.*s_%.*s", (int)(middle - name), name, (int)(6 + digits),
                                 config);
    }
    return weir_arena_printf(arena, "%.*s", (int)length, name);
}

static bool is_taken(const weir_imported *out, const char *name) {
    for (uint32_t p = 0; p < out->n_processes; p++)
        if (strcmp(out->processes[p].name, name) == 0) return true;
    for (uint32_t k = 0; k < out->n_channels; k++)
        if (strcmp(out->channels[k].name, name) == 0) return true;
    return false;
}

static const char *free_name(cutting *c, const char *name) {
    const char *tried = name;
    for (uint32_t n = 1; is_taken(c->out, tried); n++)
        tried = weir_arena_printf(c->v->arena, "%s_%u", name, n);
    return tried;
}

static uint32_t add_process(cutting *c, const char *name, weir_process_kind kind) {
    weir_imported *out = c->out;
    weir_imported_process *process = &out->processes[out->n_processes];
    const uint64_t none = WEIR_NO_FIGURE;
    *process = (weir_imported_process){.vendor = "", .module = "", .kind = kind};
    process->figures = (weir_vendor_figures){none, none, none, none, none, none, none, none, none};
    process->name = free_name(c, name);
    return out->n_processes++;
}

/* The process of a node, made when first asked for. */
static uint32_t process_of(cutting *c, uint32_t node) {
    uint32_t root = find(c, node);
    if (c->process_of[root] == WEIR_NONE) {
        const weir_vitis *v = c->v;
        const char *name = "glue";
        uint32_t wrapped = 0, first = WEIR_NONE;
        for (uint32_t cell = 0; cell < c->n_cells; cell++) {
            const weir_vcell *at = &v->netlist.cells[cell];
            if (!v->live[cell] || v->channel_fifo[cell] || v->fifo_of[cell] != WEIR_NONE) continue;
            if (at->type[0] == '$' || find(c, cell) != root) continue;
            if (first == WEIR_NONE) first = cell;
            wrapped++;
        }
        if (first != WEIR_NONE) name = short_name(v->arena, v->netlist.cells[first].name);
        uint32_t made = add_process(c, name, WEIR_PROCESS);
        c->out->processes[made].n_wrapped = wrapped;
        if (first != WEIR_NONE) c->out->processes[made].vendor = v->netlist.cells[first].type;
        c->process_of[root] = made;
    }
    return c->process_of[root];
}

/* Processes in the order in which data reaches them. */
static void order_processes(cutting *c) {
    const weir_vitis *v = c->v;
    for (uint32_t g = 0; g < v->n_groups; g++)
        if (v->groups[g].kind == WEIR_GROUP_IN || v->groups[g].kind == WEIR_GROUP_VALUES_IN)
            process_of(c, group_node(c, g));
    for (uint32_t p = 0; p < c->out->n_processes; p++)
        for (uint32_t cell = 0; cell < c->n_cells; cell++)
            if (v->channel_fifo[cell] && c->process_of[find(c, write_side(c, cell))] == p)
                process_of(c, read_side(c, cell));
}

static void make_processes(cutting *c) {
    weir_vitis *v = c->v;
    order_processes(c);
    for (uint32_t cell = 0; cell < c->n_cells; cell++) {
        v->cluster[cell] = WEIR_NONE;
        if (!v->live[cell] || v->global[cell] || v->channel_fifo[cell]) continue;
        v->cluster[cell] = process_of(c, cell);
    }
}

/* ------------------------------------------------------------------ channels */

static uint32_t add_port(cutting *c, uint32_t process, bool output, uint32_t cell, uint32_t group) {
    weir_cut_process *ports = &c->ports[process];
    weir_cut_port port = {.cell = cell, .group = group, .channel = c->out->n_channels};
    weir_imported_process *made = &c->out->processes[process];
    if (output) {
        ports->outputs =
            weir_xrealloc(ports->outputs, (ports->n_outputs + 1) * sizeof *ports->outputs);
        ports->outputs[ports->n_outputs++] = port;
        return made->n_outputs++;
    }
    ports->inputs = weir_xrealloc(ports->inputs, (ports->n_inputs + 1) * sizeof *ports->inputs);
    ports->inputs[ports->n_inputs++] = port;
    return made->n_inputs++;
}

/* Does its read come from an ap_ready: a start FIFO. */
static bool is_start(const cutting *c, uint32_t cell) {
    const weir_vitis *v = c->v;
    const weir_vcell *at = &v->netlist.cells[cell];
    if (weir_vcell_port(at, "if_din")->n_bits != 1) return false;
    int32_t bit = weir_vcell_port(at, "if_read")->bits[0];
    if (bit < 2 || v->driver[bit] >= c->n_cells) return false;
    const weir_vcell *reader = &v->netlist.cells[v->driver[bit]];
    return strcmp(reader->ports[v->driver_port[bit]].name, "ap_ready") == 0;
}

static void add_fifo_channel(cutting *c, uint32_t cell) {
    weir_vitis *v = c->v;
    const weir_vcell *at = &v->netlist.cells[cell];
    const weir_vitis_fifo *fifo = &v->fifos[v->fifo_of[cell]];
    uint32_t from = process_of(c, write_side(c, cell)), to = process_of(c, read_side(c, cell));
    bool start = is_start(c, cell);
    const char *name = start ? weir_arena_printf(v->arena, "start_%s", c->out->processes[to].name)
                             : short_name(v->arena, at->name);
    weir_imported_channel channel = {
        .name = free_name(c, name),
        .carries = start ? WEIR_CARRIES_START : WEIR_CARRIES_DATA,
        .producer = from,
        .consumer = to,
        .bits = fifo->bits,
        .beats = 1,
        .depth = fifo->capacity,
        .storage = fifo->latency == WEIR_LATENCY_PLAIN ? WEIR_STORAGE_SRL : WEIR_STORAGE_BRAM,
        .shallow_gap = fifo->shallow_gap,
        .instance = at->name,
        .fifo = fifo->module,
    };
    channel.depth_less = (int32_t)((int64_t)fifo->capacity - fifo->depth_parameter);
    channel.address_bits = fifo->address_bits > 0 ? (uint32_t)fifo->address_bits : 0;
    channel.producer_port = add_port(c, from, true, cell, WEIR_NONE);
    channel.consumer_port = add_port(c, to, false, cell, WEIR_NONE);
    c->out->channels[c->out->n_channels++] = channel;
}

/* A channel between the outside (a source, a sink, the host) and a process. */
static void add_border_channel(cutting *c, uint32_t group, uint32_t outside, bool into) {
    const weir_vitis *v = c->v;
    uint32_t inside = process_of(c, group_node(c, group));
    weir_group_kind kind = v->groups[group].kind;
    weir_imported_channel channel = {
        .carries = kind == WEIR_GROUP_START  ? WEIR_CARRIES_START
                   : kind == WEIR_GROUP_DONE ? WEIR_CARRIES_DONE
                                             : WEIR_CARRIES_DATA,
        .producer = into ? outside : inside,
        .consumer = into ? inside : outside,
        .bits = v->groups[group].bits,
        .beats = 1,
        .depth = 2,
        .storage = WEIR_STORAGE_SRL,
        .instance = "",
        .fifo = "",
    };
    channel.name = free_name(c, kind == WEIR_GROUP_START  ? "ap_start"
                                : kind == WEIR_GROUP_DONE ? "ap_done"
                                                          : v->groups[group].name);
    channel.producer_port = add_port(c, channel.producer, true, WEIR_NONE, group);
    channel.consumer_port = add_port(c, channel.consumer, false, WEIR_NONE, group);
    c->out->channels[c->out->n_channels++] = channel;
}

static void add_border(cutting *c) {
    const weir_vitis *v = c->v;
    uint32_t host = WEIR_NONE;
    for (uint32_t g = 0; g < v->n_groups; g++) {
        weir_group_kind kind = v->groups[g].kind;
        bool control = kind == WEIR_GROUP_START || kind == WEIR_GROUP_DONE;
        bool in = kind == WEIR_GROUP_IN || kind == WEIR_GROUP_VALUES_IN;
        bool out = kind == WEIR_GROUP_OUT || kind == WEIR_GROUP_VALUES_OUT;
        if (control && host == WEIR_NONE) host = add_process(c, WEIR_HOST, WEIR_PROCESS);
        if (control) add_border_channel(c, g, host, kind == WEIR_GROUP_START);
        if (!in && !out) continue;
        const char *name =
            weir_arena_printf(v->arena, "%s_%s", v->groups[g].name, in ? "source" : "sink");
        uint32_t outside = add_process(c, name, in ? WEIR_SOURCE : WEIR_SINK);
        add_border_channel(c, g, outside, in);
    }
}

/* ------------------------------------------------------------------ all of it */

static bool check_cells(const weir_vitis *v, weir_diag *diag) {
    bool good = true;
    for (uint32_t k = 0; k < v->netlist.n_cells; k++) {
        const weir_vcell *cell = &v->netlist.cells[k];
        if (cell->type[0] != '$' && weir_vscan_find(&v->scan, cell->type) == WEIR_NONE)
            good = weir_error(diag, (weir_loc){v->scan.folder, 0},
                              "module \"%s\" of instance \"%s\": none of the files holds it",
                              cell->type, cell->name);
    }
    return good;
}

static void prepare(cutting *c) {
    weir_vitis *v = c->v;
    uint32_t n = c->n_cells, nodes = 3 * n + v->n_groups;
    v->live = WEIR_NEW(v->arena, bool, n + 1);
    v->global = WEIR_NEW(v->arena, bool, n + 1);
    v->channel_fifo = WEIR_NEW(v->arena, bool, n + 1);
    v->cluster = WEIR_NEW(v->arena, uint32_t, n + 1);
    c->queue = WEIR_NEW(v->arena, uint32_t, n + 1);
    c->parent = WEIR_NEW(v->arena, uint32_t, nodes + 1);
    c->process_of = WEIR_NEW(v->arena, uint32_t, nodes + 1);
    for (uint32_t i = 0; i < nodes; i++) {
        c->parent[i] = i;
        c->process_of[i] = WEIR_NONE;
    }
    uint32_t room = n + 2 * v->n_groups + 2;
    c->ports = WEIR_NEW(v->arena, weir_cut_process, room);
    c->out = v->imported = WEIR_NEW(v->arena, weir_imported, 1);
    c->out->processes = WEIR_NEW(v->arena, weir_imported_process, room);
    c->out->channels = WEIR_NEW(v->arena, weir_imported_channel, room);
    c->out->name = c->out->top = v->scan.modules[v->top].name;
    c->out->folder = v->folder;
}

static bool emit_all(cutting *c) {
    bool good = true;
    for (uint32_t p = 0; p < c->out->n_processes; p++) {
        if (good && c->out->processes[p].kind == WEIR_PROCESS &&
            strcmp(c->out->processes[p].name, WEIR_HOST) != 0)
            good = weir_vitis_emit_process(c->v, p, &c->ports[p], c->diag);
        free(c->ports[p].inputs);
        free(c->ports[p].outputs);
    }
    return good;
}

weir_imported *weir_vitis_cut(weir_vitis *v, weir_diag *diag) {
    cutting c = {.v = v, .n_cells = v->netlist.n_cells, .diag = diag};
    if (!check_cells(v, diag)) return NULL;
    prepare(&c);
    find_drivers(&c);
    find_live(&c);
    find_global(&c);
    join_all(&c);
    settle_fifos(&c);
    make_processes(&c);
    for (uint32_t cell = 0; cell < c.n_cells; cell++)
        if (v->channel_fifo[cell]) add_fifo_channel(&c, cell);
    add_border(&c);
    bool sources = false;
    for (uint32_t p = 0; p < c.out->n_processes; p++)
        sources |= c.out->processes[p].kind == WEIR_SOURCE;
    bool good = emit_all(&c);
    if (!sources)
        good = weir_error(diag, WEIR_NOWHERE, "top \"%s\": no input that data could come by",
                          c.out->top);
    weir_vitis_read_reports(v, diag);
    return good ? v->imported : NULL;
}
