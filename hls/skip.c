/* Least depths of reconvergent branches.
 *
 * The arithmetic by example: a fork sends rows of 8 beats straight to port 0 of an addition and
 * through a 3 x 3 window (padded by one) and a matrix-vector product to port 1. The window's first
 * beat is centred on (0, 0) and so reads up to (1, 1), which is beat 9: need(0) = 10. The way to
 * port 0 has no process, so forced(10) = 10, nothing was read before step 0, and port 0 must hold 10
 * beats: one row and two. For step 1 need is 11 with 1 read, 10 again; at the right edge and in the
 * last row the window writes without reading and the number falls. Of two such windows the second
 * wants beat 9 of the first, which is centred on (1, 1) and reads up to (2, 2), beat 18: need(0) is
 * 19, two rows and three. A window without padding alone needs that much: its first beat is centred
 * on (1, 1).
 *
 * The method. One frame of the plan is run without time: a step is done, its reads and writes at
 * once, when each beat that it reads is there and each channel that it writes has room. Every
 * channel starts with room for one beat. When no process can do its next step but some are not
 * done, each of those waits for another, at an empty or at a full channel, and following the waits
 * leads into a cycle. As the plan has no loops the cycle turns somewhere from downstream to
 * upstream: at a join that another process wants to read from its full port while it waits at an
 * empty one. That port's channel gets room for one more beat, and the run goes on.
 *
 * Least: none of the processes on the cycle can do its step before the next one has, whatever was
 * done elsewhere and in whatever order, since the channels' order of beats is fixed. So one channel
 * of the cycle must be deeper; if there is one turn, it is that branch. With several turns the
 * cheapest port in bits is taken: each choice is least in itself. Room that branches have besides,
 * in the stages of their processes or in deeper channels, is left out of account.
 *
 * Enough: the run itself is an order of all steps of a frame within these depths. Hardware may
 * follow another order, but a process never gives up a step it could do, and doing it takes no beat
 * and no room from any other process, every channel having one writer and one reader. So a
 * first step in this order that the hardware never does cannot exist: all before it were done, and
 * thus its beats are there and its room is. An elastic pipeline changes nothing: the last stage of
 * step i waits for nothing that belongs to step i + 1. After a frame all channels are empty and all
 * processes at their first step again, so the order can be repeated frame after frame.
 *
 * Turns. A process whose members take turns writes a whole frame of one member before it reads the
 * first beat of the next, and what the one wrote comes back to it at another port: a loop of full
 * channels, without a join. All that comes to a later port passes the channels between that port and
 * the last fork or join (or shared process) before it; the one of them whose frame has the fewest bits
 * is the frame buffer, and it gets the room. Where a plan has such a process all nodes matter. The
 * argument is the same: a wait at the later port can only end by room before it.
 *
 * Only nodes on a way from a fork to a join can lie on such a cycle; the others are taken as always
 * ready. Time: one call of `step` for each step of a frame, and one walk along the waits for each
 * beat of room. Memory: a few words a channel.
 */
#include "hls/skip.h"
#include "base/arena.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

typedef struct channel {
    uint32_t producer, consumer, port; /* port of the consumer */
    uint32_t held, room;
    bool buffer; /* the frame buffer of a later turn */
} channel;

typedef struct process {
    const weir_operator *op;
    uint64_t step, steps; /* the next; of the frame */
    unsigned next, mask;  /* what the next step does; the ports that matter */
    bool queued, turns;
    uint32_t seen; /* number of the walk that came by last */
    uint32_t in[WEIR_MAX_PORTS], out[WEIR_MAX_PORTS];
} process;

typedef struct run {
    uint32_t n_processes, n_channels, n_queued, walks;
    process *processes;
    channel *channels;
    uint32_t *queue;
} run;

/* ------------------------------------------------------------------ which nodes matter */

static bool takes_turns(const weir_plan_node *node) {
    return node->op.kind && node->op.kind->turns;
}

static bool any_turns(const weir_plan *plan) {
    bool any = false;
    for (uint32_t i = 0; i < plan->n_nodes; i++)
        any |= takes_turns(&plan->nodes[i]);
    return any;
}

/* Of every node: is it a fork or behind one, and a join or before one? */
static bool *between_fork_and_join(const weir_plan *plan) {
    uint32_t n = plan->n_nodes;
    bool *behind = weir_xcalloc(n + 1, 1), *before = weir_xcalloc(n + 1, 1);
    uint32_t *readers = weir_xcalloc(n + 1, sizeof *readers);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t p = 0; p < plan->nodes[i].op.n_inputs; p++)
            if (plan->nodes[i].in[p].node < n) readers[plan->nodes[i].in[p].node]++;
    for (uint32_t i = 0; i < n; i++) {
        behind[i] = readers[i] > 1;
        for (uint32_t p = 0; p < plan->nodes[i].op.n_inputs; p++)
            if (plan->nodes[i].in[p].node < n) behind[i] |= behind[plan->nodes[i].in[p].node];
    }
    for (uint32_t i = n; i-- > 0;) {
        before[i] |= plan->nodes[i].op.n_inputs > 1;
        for (uint32_t p = 0; p < plan->nodes[i].op.n_inputs && before[i]; p++)
            if (plan->nodes[i].in[p].node < n) before[plan->nodes[i].in[p].node] = true;
    }
    bool all = any_turns(plan);
    for (uint32_t i = 0; i < n; i++)
        behind[i] = ((behind[i] && before[i]) || all) && plan->nodes[i].op.kind != NULL;
    free(before);
    free(readers);
    return behind;
}

/* ------------------------------------------------------------------ frame buffers */

typedef bool port_marks[WEIR_MAX_PORTS];

/* The channel that holds the frame of a later turn, marked at its consumer's port. */
static void mark_buffer(const weir_plan *plan, uint32_t node, uint32_t port, port_marks *marks) {
    uint32_t best = node, best_port = port;
    uint64_t least = UINT64_MAX;
    for (;;) {
        const weir_stream *stream = &plan->nodes[node].op.in[port];
        uint64_t bits = weir_stream_beats(stream) * weir_stream_beat_bits(stream);
        if (bits < least) {
            least = bits;
            best = node;
            best_port = port;
        }
        uint32_t from = plan->nodes[node].in[port].node;
        const weir_operator *op = from < plan->n_nodes ? &plan->nodes[from].op : NULL;
        if (!op || !op->kind || op->n_inputs != 1 || op->n_outputs != 1) break;
        node = from;
        port = 0;
    }
    marks[best][best_port] = true;
}

static port_marks *frame_buffers(const weir_plan *plan) {
    port_marks *marks = weir_xcalloc(plan->n_nodes + 1, sizeof *marks);
    for (uint32_t i = 0; i < plan->n_nodes; i++)
        for (uint32_t p = 1; takes_turns(&plan->nodes[i]) && p < plan->nodes[i].op.n_inputs; p++)
            mark_buffer(plan, i, p, marks);
    return marks;
}

/* Steps of one frame. */
static uint64_t frame_steps(const weir_operator *op) {
    return op->frames > 1 ? op->steps / op->frames : op->steps;
}

static void connect(run *r, const weir_plan *plan, const bool *matters) {
    port_marks *buffers = frame_buffers(plan);
    for (uint32_t i = 0; i < r->n_processes; i++) {
        process *p = &r->processes[i];
        p->op = &plan->nodes[i].op;
        p->turns = takes_turns(&plan->nodes[i]);
        /* Of copies that take whole frames in turn the first has this one. */
        p->steps = plan->nodes[i].frame_first > 0 ? 0 : frame_steps(p->op);
        for (uint32_t port = 0; matters[i] && port < p->op->n_inputs; port++) {
            weir_plan_edge from = plan->nodes[i].in[port];
            p->in[port] = NONE;
            if (from.node >= r->n_processes || !matters[from.node]) continue;
            p->in[port] = r->processes[from.node].out[from.port] = r->n_channels;
            p->mask |= WEIR_READS(port);
            r->processes[from.node].mask |= WEIR_WRITES(from.port);
            r->channels[r->n_channels++] = (channel){from.node, i, port, 0, 1, buffers[i][port]};
        }
    }
    free(buffers);
}

/* ------------------------------------------------------------------ the run */

static void queue(run *r, uint32_t p) {
    if (r->processes[p].queued) return;
    r->processes[p].queued = true;
    r->queue[r->n_queued++] = p;
}

/* Looks up what the next step does at the ports that matter, passing over steps that do nothing
 * there. */
static void look_ahead(process *p) {
    uint64_t steps = p->steps;
    p->next = 0;
    while (p->step < steps && (p->next = p->op->kind->step(p->op, p->step) & p->mask) == 0)
        p->step++;
}

/* The channel at which the next step has to wait, NONE if at none. */
static uint32_t waits_at(const run *r, const process *p, bool *full) {
    for (unsigned reads = p->next & 0xffff; reads; reads &= reads - 1) {
        uint32_t c = p->in[__builtin_ctz(reads)];
        *full = false;
        if (r->channels[c].held == 0) return c;
    }
    for (unsigned writes = p->next >> 16; writes; writes &= writes - 1) {
        uint32_t c = p->out[__builtin_ctz(writes)];
        *full = true;
        if (r->channels[c].held == r->channels[c].room) return c;
    }
    return NONE;
}

/* All steps that a process can do now; queues the processes that waited for them. */
static void advance(run *r, process *p) {
    bool full;
    while (p->next && waits_at(r, p, &full) == NONE) {
        for (unsigned reads = p->next & 0xffff; reads; reads &= reads - 1) {
            channel *c = &r->channels[p->in[__builtin_ctz(reads)]];
            if (c->held-- == c->room) queue(r, c->producer);
        }
        for (unsigned writes = p->next >> 16; writes; writes &= writes - 1) {
            channel *c = &r->channels[p->out[__builtin_ctz(writes)]];
            if (c->held++ == 0) queue(r, c->consumer);
        }
        p->step++;
        look_ahead(p);
    }
}

static void settle(run *r) {
    while (r->n_queued) {
        process *p = &r->processes[r->queue[--r->n_queued]];
        p->queued = false;
        advance(r, p);
    }
}

/* Whom a process waits for; NONE if it is done. */
static uint32_t waits_for(const run *r, uint32_t p, uint32_t *at, bool *full) {
    if (!r->processes[p].next) return NONE;
    *at = waits_at(r, &r->processes[p], full);
    if (*at == NONE) return NONE;
    return *full ? r->channels[*at].consumer : r->channels[*at].producer;
}

static uint64_t bits_with_one_more(const run *r, const channel *c) {
    return (c->room + UINT64_C(1)) *
           weir_stream_beat_bits(&r->processes[c->consumer].op->in[c->port]);
}

/* Follows the waits from `start` into their cycle and makes room at its cheapest turn. False if they
 * end at a process that is done, which no plan of whole streams has. */
static bool make_room(run *r, uint32_t start) {
    uint32_t at = NONE, p = start;
    bool full = false;
    r->walks++;
    while (r->processes[p].seen != r->walks) {
        r->processes[p].seen = r->walks;
        p = waits_for(r, p, &at, &full);
        if (p == NONE) return false;
    }
    channel *cheapest = NULL;
    uint32_t first = p;
    bool once = false; /* round the cycle once, and on to its second process for the last turn */
    for (uint32_t before = NONE;; once |= p == first) {
        bool at_turns = r->processes[p].turns;
        p = waits_for(r, p, &at, &full);
        channel *c = before != NONE ? &r->channels[before] : NULL;
        bool helps = c && (c->buffer || (!full && !at_turns));
        if (helps && (!cheapest || bits_with_one_more(r, c) < bits_with_one_more(r, cheapest)))
            cheapest = c;
        before = full ? at : NONE;
        if (once) break;
    }
    if (!cheapest) return false;
    cheapest->room++;
    queue(r, cheapest->producer);
    return true;
}

void weir_skip_least_depths(const weir_plan *plan, weir_port_depths *least) {
    uint32_t n = plan->n_nodes;
    run r = {.n_processes = n};
    r.processes = weir_xcalloc(n + 1, sizeof *r.processes);
    r.channels = weir_xcalloc((size_t)n * WEIR_MAX_PORTS + 1, sizeof *r.channels);
    r.queue = weir_xcalloc(n + 1, sizeof *r.queue);
    bool *matters = between_fork_and_join(plan);
    connect(&r, plan, matters);
    for (uint32_t p = n; p-- > 0;) {
        if (!r.processes[p].mask) continue;
        look_ahead(&r.processes[p]);
        queue(&r, p);
    }
    /* The last process is done last or, if not, waits for one that is not done. */
    for (uint32_t last = n; last > 0;) {
        settle(&r);
        if (!r.processes[last - 1].next)
            last--;
        else if (!make_room(&r, last - 1))
            break;
    }
    memset(least, 0, n * sizeof *least);
    for (uint32_t c = 0; c < r.n_channels; c++)
        least[r.channels[c].consumer][r.channels[c].port] = r.channels[c].room;
    free(matters);
    free(r.processes);
    free(r.channels);
    free(r.queue);
}

/* ------------------------------------------------------------------ room for time */

/* Cycles from the fork's write to the read at each node, at most: a process takes stages - 1, a
 * channel 2 (a memory FIFO shows a beat after two edges). 0: the fork does not reach it. */
static void delays(const weir_plan *plan, uint32_t fork, uint32_t *delay) {
    for (uint32_t i = 0; i < plan->n_nodes; i++) {
        const weir_plan_node *node = &plan->nodes[i];
        delay[i] = i == fork;
        for (uint32_t p = 0; p < node->op.n_inputs && i != fork; p++) {
            uint32_t from = node->in[p].node < i ? delay[node->in[p].node] : 0;
            if (from && from + node->op.stages + 1 > delay[i])
                delay[i] = from + node->op.stages + 1;
        }
    }
}

/* Cycles of a frame at the pace of the slowest process. */
static uint64_t frame_cycles(const weir_plan *plan) {
    uint64_t most = 1;
    for (uint32_t i = 0; i < plan->n_nodes; i++) {
        uint32_t copies = plan->nodes[i].frame_step;
        uint64_t steps = frame_steps(&plan->nodes[i].op) / (copies > 1 ? copies : 1);
        if (steps > most) most = steps;
    }
    return most;
}

static uint64_t frame_beats(const weir_stream *stream) {
    return stream->lanes ? weir_stream_beats(stream) : 1;
}

/* Cycles that folding and row buffers add at that pace: a process holds its data for an initiation,
 * a channel that was given room for a row for that row. 0: the fork does not reach the node. */
static void folded_delays(const weir_plan *plan, uint32_t fork, uint32_t *delay) {
    uint64_t frame = frame_cycles(plan);
    for (uint32_t i = 0; i < plan->n_nodes; i++) {
        const weir_plan_node *node = &plan->nodes[i];
        delay[i] = i == fork;
        for (uint32_t p = 0; p < node->op.n_inputs && i != fork; p++) {
            if (node->in[p].node >= i || !delay[node->in[p].node]) continue;
            uint64_t beats = frame_beats(&node->op.in[p]);
            uint64_t room = beats ? node->depth[p] * frame / beats : 0;
            uint64_t sum = delay[node->in[p].node] + room + node->op.ii_cycles;
            if (sum > delay[i]) delay[i] = (uint32_t)sum;
        }
    }
}

enum { LOW_ROWS = 100 }; /* a row is more than a hundredth of the frame */

/* How far the reads of port p within an initiation stray from an even pace, in beats: a folded
 * matrix-vector product reads its vector for the first group of outputs and nothing for the rest. */
static uint32_t read_burst(const weir_operator *op, uint32_t p) {
    if (!op->kind || op->kind->turns || op->ii_cycles < 2) return 0;
    uint64_t reads = 0, seen = 0;
    double most = 0;
    for (uint64_t i = 0; i < op->ii_cycles; i++)
        reads += (op->kind->step(op, i) >> p) & 1;
    for (uint64_t i = 0; i < op->ii_cycles; i++) {
        seen += (op->kind->step(op, i) >> p) & 1;
        double even = (double)reads * (double)(i + 1) / (double)op->ii_cycles;
        most = fmax(most, fabs((double)seen - even));
    }
    return (uint32_t)ceil(most);
}

/* A strided window sends a row's worth of beats in one row and none in the next, and an enlargement
 * reads none while it repeats a row. Where what follows (comes before) is as slow as the target
 * allows, it can only keep its pace with that row in between. */
void weir_burst_depths(weir_plan *plan) {
    for (uint32_t i = 0; i < plan->n_nodes; i++) {
        weir_plan_node *node = &plan->nodes[i];
        for (uint32_t p = 0; p < node->op.n_inputs; p++) {
            if (node->depth[p] > 0) continue; /* a share's room, of copies */
            const weir_operator *from = &plan->nodes[node->in[p].node].op;
            const weir_stream *stream = &node->op.in[p];
            uint32_t row = stream->columns * (stream->channels / stream->lanes);
            bool strided = from->n_inputs == 1 && from->out[0].rows * 2 <= from->in[0].rows;
            bool enlarged = node->op.n_outputs == 1 && node->op.n_inputs == 1 &&
                            node->op.out[0].rows >= stream->rows * 2;
            uint32_t burst = read_burst(&node->op, p);
            if (burst > 1) node->depth[p] = burst + 2;
            /* A padded window reads nothing at the foot of a frame and sends nothing at its head:
             * what comes before goes on with the next frame. Worth it where frames are low. */
            bool padded = node->op.kind && !strcmp(node->op.kind->name, "window") &&
                          node->op.steps > frame_beats(stream) && stream->rows < LOW_ROWS;
            if (strided || enlarged || padded) node->depth[p] = row + 2;
        }
    }
}

/* How much later than at port p a beat of the fork may come to the join's other ports. A port that
 * needs no room is the late one, so it is compared with its like only. */
static void compare(const weir_plan *plan, uint32_t join, const uint32_t *delay,
                    const uint32_t *least, uint32_t *later) {
    const weir_plan_node *node = &plan->nodes[join];
    for (uint32_t p = 0; p < node->op.n_inputs; p++)
        for (uint32_t q = 0; q < node->op.n_inputs; q++) {
            if (!least[p] || !least[q] || (least[p] == 1 && least[q] > 1)) continue;
            uint32_t own = delay[node->in[p].node], other = delay[node->in[q].node];
            if (own && other > own && other - own > later[p]) later[p] = other - own;
        }
}

static void compare_joins(const weir_plan *plan, uint32_t fork, const uint32_t *delay,
                          const weir_port_depths *least, weir_port_depths *later) {
    for (uint32_t join = fork + 1; join < plan->n_nodes; join++)
        if (plan->nodes[join].op.n_inputs > 1 && !takes_turns(&plan->nodes[join]))
            compare(plan, join, delay, least[join], later[join]);
}

void weir_skip_depths(weir_plan *plan) {
    uint32_t n = plan->n_nodes;
    weir_port_depths *least = weir_xcalloc(n + 1, sizeof *least);
    weir_port_depths *later = weir_xcalloc(n + 1, sizeof *later);
    weir_port_depths *folded = weir_xcalloc(n + 1, sizeof *folded);
    uint32_t *delay = weir_xcalloc(n + 1, sizeof *delay);
    port_marks *buffers = frame_buffers(plan);
    uint64_t frame = frame_cycles(plan);
    weir_skip_least_depths(plan, least);
    for (uint32_t fork = 0; fork < n; fork++) {
        if (plan->nodes[fork].op.n_outputs < 2) continue;
        if (takes_turns(&plan->nodes[fork])) continue;
        delays(plan, fork, delay);
        compare_joins(plan, fork, delay, least, later);
        folded_delays(plan, fork, delay);
        compare_joins(plan, fork, delay, least, folded);
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t p = 0; p < plan->nodes[i].op.n_inputs; p++) {
            if (buffers[i][p] && least[i][p] > plan->nodes[i].depth[p])
                plan->nodes[i].depth[p] = least[i][p];
            if (buffers[i][p] || (least[i][p] <= 1 && !later[i][p])) continue;
            uint64_t beats = frame_beats(&plan->nodes[i].op.in[p]);
            uint64_t pace = (folded[i][p] * beats + frame - 1) / frame;
            /* and 2 for the channel of the late port itself */
            uint32_t depth = least[i][p] + later[i][p] + (uint32_t)pace + 2;
            if (depth > plan->nodes[i].depth[p]) plan->nodes[i].depth[p] = depth;
        }
    free(buffers);
    free(folded);
    free(least);
    free(later);
    free(delay);
}
