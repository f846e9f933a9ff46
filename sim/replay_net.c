#include "sim/replay_net.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

/* A program while it is being compiled. */
typedef struct program {
    const weir_loop *from;
    weir_net_loop *loops;
    uint32_t n;
} program;

/* One more node behind those of the same body, which begin at `first`; `last` is the last of them if
 * that is a leaf. Neighbours with one set become one. */
static void add_leaf(program *p, uint32_t *last, uint32_t set, uint64_t count) {
    if (*last != WEIR_NONE && p->loops[*last].set == set) {
        p->loops[*last].count += count;
        return;
    }
    *last = p->n;
    p->loops[p->n++] = (weir_net_loop){.count = count, .set = set, .end = *last + 1};
}

static void copy_body(program *p, uint32_t from, uint32_t to, uint32_t *last);

/* Inner node: nothing if it is empty, its body if it comes once, one leaf if it is of one. */
static void copy_inner(program *p, uint32_t from, uint32_t *last) {
    const weir_loop *loop = &p->from[from];
    uint32_t body_end = from + 1 + loop->length;
    if (loop->count == 0) return;
    if (loop->count == 1) {
        copy_body(p, from + 1, body_end, last);
        return;
    }
    uint32_t at = p->n++, inner = WEIR_NONE;
    copy_body(p, from + 1, body_end, &inner);
    weir_net_loop *body = &p->loops[at + 1];
    if (p->n == at + 1) {
        p->n = at;
    } else if (body->set != WEIR_NONE && p->n == at + 2) {
        weir_net_loop leaf = *body;
        p->n = at;
        add_leaf(p, last, leaf.set, leaf.count * loop->count);
    } else if (body->set == WEIR_NONE && body->end == p->n) {
        body->count *= loop->count; /* a loop of nothing but a loop */
        memmove(&p->loops[at], body, (p->n - at - 1) * sizeof *body);
        p->n--;
        for (uint32_t i = at; i < p->n; i++)
            p->loops[i].end--;
        *last = WEIR_NONE;
    } else {
        p->loops[at] = (weir_net_loop){.count = loop->count, .set = WEIR_NONE, .end = p->n};
        *last = WEIR_NONE;
    }
}

static void copy_body(program *p, uint32_t from, uint32_t to, uint32_t *last) {
    while (from < to) {
        const weir_loop *loop = &p->from[from];
        if (loop->length > 0)
            copy_inner(p, from, last);
        else if (loop->count > 0)
            add_leaf(p, last, loop->set, loop->count);
        from += 1 + loop->length;
    }
}

/* How many nodes end with each leaf, and the deepest nesting. */
static void count_closes(weir_net_node *node, weir_net_loop *loops) {
    for (uint32_t i = 0; i < node->end; i++) {
        if (loops[i].set == WEIR_NONE) loops[loops[i].end - 1].closes++;
        uint32_t nesting = 0;
        for (uint32_t k = 0; k < i; k++)
            nesting += loops[k].set == WEIR_NONE && loops[k].end > i;
        if (nesting > node->nesting) node->nesting = nesting;
    }
    if (node->nesting == 0) node->nesting = 1;
}

static void compile_program(weir_net *net, weir_net_node *node, const weir_schedule *schedule) {
    program p = {.from = schedule->loops};
    p.loops = WEIR_NEW(net->arena, weir_net_loop, schedule->n_loops + 1);
    uint32_t last = WEIR_NONE;
    copy_body(&p, 0, schedule->n_preamble, &last);
    node->frame = p.n;
    last = WEIR_NONE;
    copy_body(&p, schedule->n_preamble, schedule->n_loops, &last);
    node->end = p.n;
    node->loops = p.loops;
    count_closes(node, p.loops);
}

static bool is_input(unsigned kind) {
    return kind == WEIR_READ || kind == WEIR_ACQUIRE;
}

/* The operations of a set on inputs (or outputs), each port once, in order of port. */
static const weir_net_operation *resolve(weir_net *net, const weir_net_node *node,
                                         const weir_schedule *schedule,
                                         const weir_operation_set *set, bool inputs, uint32_t *n) {
    uint32_t ports = inputs ? node->n_inputs : node->n_outputs;
    const uint32_t *channels = inputs ? node->inputs : node->outputs;
    const uint32_t *stages = inputs ? schedule->read_stage : schedule->write_stage;
    weir_net_operation *found = WEIR_NEW(net->arena, weir_net_operation, set->count + 1);
    for (uint32_t port = 0; port < ports; port++) {
        bool any = false, moves = false, apart = false;
        for (uint32_t i = 0; i < set->count; i++) {
            const weir_operation *o = &schedule->operations[set->first + i];
            if (is_input(o->kind) != inputs || o->port != port) continue;
            any = true;
            bool waits = o->kind == WEIR_ACQUIRE || o->kind == WEIR_RESERVE;
            moves |= !waits;
            apart |= o->kind == WEIR_POST || o->kind == WEIR_LEAD || o->kind == WEIR_ACQUIRE;
        }
        uint32_t stage = stages == NULL || node->timing == WEIR_LOCKSTEP || node->timing == WEIR_FRP
                             ? 0
                             : stages[port];
        if (any)
            found[(*n)++] = (weir_net_operation){
                .channel = channels[port], .stage = stage, .moves = moves, .apart = apart};
    }
    return found;
}

static bool has(const weir_schedule *schedule, const weir_operation_set *set,
                weir_operation_kind kind) {
    for (uint32_t i = 0; i < set->count; i++)
        if (schedule->operations[set->first + i].kind == kind) return true;
    return false;
}

static void compile_sets(weir_net *net, weir_net_node *node, const weir_schedule *schedule) {
    weir_net_set *sets = WEIR_NEW(net->arena, weir_net_set, schedule->n_sets + 1);
    node->plain = node->timing == WEIR_ELASTIC;
    for (uint32_t s = 0; s < schedule->n_sets; s++) {
        weir_net_set *set = &sets[s];
        const weir_operation_set *from = &schedule->sets[s];
        set->reads = resolve(net, node, schedule, from, true, &set->n_reads);
        set->writes = resolve(net, node, schedule, from, false, &set->n_writes);
        for (uint32_t i = 0; i < set->n_reads; i++)
            node->plain &= set->reads[i].stage == 0;
        for (uint32_t i = 0; i < set->n_writes; i++)
            node->plain &= set->writes[i].stage + 1 == node->stages;
        set->leads = node->timing == WEIR_LOCKSTEP && has(schedule, from, WEIR_LEAD);
        set->halves =
            set->leads || (node->timing == WEIR_LOCKSTEP && has(schedule, from, WEIR_POST));
        node->reads |= set->n_reads > 0;
        net->scalar |= set->halves;
        bool read = set->n_reads == 1 && set->reads[0].moves;
        bool write = set->n_writes == 1 && set->writes[0].moves;
        set->in = read ? set->reads[0].channel : WEIR_NONE;
        set->out = write ? set->writes[0].channel : WEIR_NONE;
        set->shape = set->n_reads + set->n_writes == 0      ? WEIR_SHAPE_EMPTY
                     : set->halves                          ? WEIR_SHAPE_GENERAL
                     : read && write && set->in != set->out ? WEIR_SHAPE_PASS
                     : read && set->n_writes == 0           ? WEIR_SHAPE_READ
                     : write && set->n_reads == 0           ? WEIR_SHAPE_WRITE
                                                            : WEIR_SHAPE_GENERAL;
    }
    node->sets = sets;
    node->n_sets = schedule->n_sets;
}

/* A lockstep process's stages are its slices. */
static void find_slices(weir_net *net, weir_net_node *node, const weir_schedule *schedule) {
    if (schedule->timing != WEIR_LOCKSTEP) return;
    for (uint32_t i = 0; i < node->n_inputs && schedule->read_stage != NULL; i++) {
        net->slice_in[node->inputs[i]] =
            schedule->read_stage[i] == WEIR_DRAINED ? UINT32_MAX : schedule->read_stage[i];
        net->scalar |= schedule->read_stage[i] > 0;
        node->unbound |= schedule->read_stage[i] == WEIR_DRAINED && !node->reads;
    }
    for (uint32_t q = 0; q < node->n_outputs && schedule->write_stage != NULL; q++) {
        net->slice_out[node->outputs[q]] = schedule->write_stage[q];
        net->scalar |= schedule->write_stage[q] > 0;
    }
}

/* The channels at a process's ports, which the channels themselves tell. */
static const uint32_t *find_ports(weir_net *net, uint32_t p, bool inputs, uint32_t *n) {
    uint32_t *ports = WEIR_NEW(net->arena, uint32_t, net->n_channels + 1);
    for (uint32_t c = 0; c < net->n_channels; c++) {
        const weir_net_channel *channel = &net->channels[c];
        if ((inputs ? channel->consumer : channel->producer) != p) continue;
        uint32_t port = inputs ? channel->consumer_port : channel->producer_port;
        if (port >= net->n_channels) continue;
        ports[port] = c;
        if (port >= *n) *n = port + 1;
    }
    return ports;
}

static const uint32_t *copy_ports(weir_net *net, const uint32_t *from, uint32_t n) {
    uint32_t *ports = WEIR_NEW(net->arena, uint32_t, n + 1);
    if (n > 0) memcpy(ports, from, n * sizeof *ports);
    return ports;
}

static void compile_node(weir_net *net, uint32_t p) {
    weir_net_node *node = &net->nodes[p];
    weir_net_process *process = &net->processes[p];
    const weir_schedule *schedule = process->schedule;
    *node = (weir_net_node){.kind = process->kind, .domain = process->domain};
    if (node->kind == WEIR_PROCESS && process->inputs != NULL) {
        node->n_inputs = schedule->n_inputs;
        node->inputs = copy_ports(net, process->inputs, node->n_inputs);
    } else {
        node->inputs = find_ports(net, p, true, &node->n_inputs);
    }
    if (node->kind == WEIR_PROCESS && process->outputs != NULL) {
        node->n_outputs = schedule->n_outputs;
        node->outputs = copy_ports(net, process->outputs, node->n_outputs);
    } else {
        node->outputs = find_ports(net, p, false, &node->n_outputs);
    }
    process->inputs = node->inputs;
    process->outputs = node->outputs;
    if (node->kind == WEIR_SOURCE) net->sources[net->n_sources++] = p;
    if (node->kind == WEIR_SINK) net->sinks[net->n_sinks++] = p;
    if (node->kind != WEIR_PROCESS) return;
    node->timing = schedule->timing == WEIR_UNKNOWN ? WEIR_LOCKSTEP : schedule->timing;
    node->stages = schedule->stages > 0 && node->timing != WEIR_LOCKSTEP ? schedule->stages : 1;
    node->ii_cycles =
        schedule->ii_cycles > 0 && node->timing != WEIR_LOCKSTEP ? schedule->ii_cycles : 1;
    node->start = schedule->start;
    compile_program(net, node, schedule);
    compile_sets(net, node, schedule);
    find_slices(net, node, schedule);
}

/* What the steps of its channels say of a process. */
static void find_turns(weir_net *net, weir_net_node *node) {
    bool all = false;
    node->turns = node->own = 1;
    for (uint32_t p = 0; p < node->n_inputs + node->n_outputs; p++) {
        uint32_t c = p < node->n_inputs ? node->inputs[p] : node->outputs[p - node->n_inputs];
        const weir_net_channel *channel = &net->channels[c];
        all |= channel->frame_step < 2;
        if (channel->frame_step <= node->turns) continue;
        node->turns = channel->frame_step;
        node->first = channel->frame_first;
    }
    if (!all || node->turns == 1) return;
    node->own = node->turns;
    node->first = 0;
    node->unbound = true;
}

/* How often a channel is written and read by each pass of a process's program. */
static void count_node(weir_net *net, const weir_net_node *node) {
    uint64_t *times = weir_xcalloc(node->end + 1, sizeof *times);
    for (uint32_t i = 0; i < node->end; i++)
        times[i] = 1;
    for (uint32_t i = 0; i < node->end; i++) {
        const weir_net_loop *loop = &node->loops[i];
        times[i] *= loop->count;
        if (loop->set == WEIR_NONE) {
            for (uint32_t k = i + 1; k < loop->end; k++)
                times[k] *= loop->count;
            continue;
        }
        const weir_net_set *set = &node->sets[loop->set];
        bool preamble = i < node->frame;
        for (uint32_t r = 0; r < set->n_reads; r++)
            if (set->reads[r].moves)
                (preamble ? net->preamble_reads : net->frame_reads)[set->reads[r].channel] +=
                    times[i];
        for (uint32_t w = 0; w < set->n_writes; w++)
            if (set->writes[w].moves)
                (preamble ? net->preamble_writes : net->frame_writes)[set->writes[w].channel] +=
                    times[i];
    }
    free(times);
}

static void count_beats(weir_net *net) {
    net->frame_writes = WEIR_NEW(net->arena, uint64_t, net->n_channels + 1);
    net->frame_reads = WEIR_NEW(net->arena, uint64_t, net->n_channels + 1);
    net->preamble_writes = WEIR_NEW(net->arena, uint64_t, net->n_channels + 1);
    net->preamble_reads = WEIR_NEW(net->arena, uint64_t, net->n_channels + 1);
    for (uint32_t p = 0; p < net->n_processes; p++)
        if (net->nodes[p].kind == WEIR_PROCESS) count_node(net, &net->nodes[p]);
    for (uint32_t c = 0; c < net->n_channels; c++) {
        const weir_net_channel *channel = &net->channels[c];
        if (net->nodes[channel->producer].kind == WEIR_SOURCE)
            net->frame_writes[c] = channel->frame_beats;
        if (net->slice_in[c] == UINT32_MAX) {
            net->frame_reads[c] = net->frame_writes[c] / net->nodes[channel->producer].turns;
            net->preamble_reads[c] = net->preamble_writes[c];
        }
        if (net->nodes[channel->consumer].kind == WEIR_SINK)
            net->frame_reads[c] = channel->frame_beats;
    }
}

weir_net *weir_net_new(const char *name, uint32_t n_domains, const weir_net_process *processes,
                       uint32_t n_processes, const weir_net_channel *channels,
                       uint32_t n_channels) {
    weir_arena *arena = weir_arena_new();
    weir_net *net = WEIR_NEW(arena, weir_net, 1);
    net->arena = arena;
    net->name = weir_arena_strdup(arena, name);
    net->n_domains = n_domains;
    net->n_processes = n_processes;
    net->n_channels = n_channels;
    net->processes = WEIR_NEW(arena, weir_net_process, n_processes + 1);
    net->channels = WEIR_NEW(arena, weir_net_channel, n_channels + 1);
    net->nodes = WEIR_NEW(arena, weir_net_node, n_processes + 1);
    net->slice_in = WEIR_NEW(arena, uint32_t, n_channels + 1);
    net->slice_out = WEIR_NEW(arena, uint32_t, n_channels + 1);
    net->sources = WEIR_NEW(arena, uint32_t, n_processes + 1);
    net->sinks = WEIR_NEW(arena, uint32_t, n_processes + 1);
    for (uint32_t c = 0; c < n_channels; c++) {
        net->channels[c] = channels[c];
        net->channels[c].name = weir_arena_strdup(arena, channels[c].name);
    }
    for (uint32_t p = 0; p < n_processes; p++) {
        net->processes[p] = processes[p];
        net->processes[p].name = weir_arena_strdup(arena, processes[p].name);
        compile_node(net, p);
        find_turns(net, &net->nodes[p]);
    }
    count_beats(net);
    return net;
}

void weir_net_free(weir_net *net) {
    if (net != NULL) weir_arena_free(net->arena);
}

uint32_t weir_net_channels(const weir_net *net) {
    return net->n_channels;
}

uint32_t weir_net_processes(const weir_net *net) {
    return net->n_processes;
}

const weir_net_process *weir_net_process_at(const weir_net *net, uint32_t index) {
    return &net->processes[index];
}

const weir_net_channel *weir_net_channel_at(const weir_net *net, uint32_t index) {
    return &net->channels[index];
}

bool weir_net_crosses(const weir_net *net, uint32_t channel) {
    return net->nodes[net->channels[channel].producer].domain !=
           net->nodes[net->channels[channel].consumer].domain;
}

uint32_t weir_net_turns(const weir_net *net, uint32_t process) {
    return net->nodes[process].turns;
}

uint32_t weir_net_period(const weir_net *net) {
    uint64_t period = 1;
    for (uint32_t p = 0; p < net->n_processes; p++) {
        uint64_t turns = net->nodes[p].turns, common = period;
        while (common % turns != 0 && common < UINT32_MAX)
            common += period;
        period = common;
    }
    return period < UINT32_MAX ? (uint32_t)period : UINT32_MAX;
}
