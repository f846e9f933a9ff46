/* Turns: layers to parts, by name or where they balance. */
#include "study/turns.h"
#include "base/arena.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Layers that have processes, in the network's order. */
typedef struct assigning {
    const weir_turns_request *request;
    uint32_t n_rows;
    uint32_t *row;   /* of each process */
    uint32_t *layer; /* of each row */
} assigning;

/* ---- layers ---- */

static uint32_t find_layer(const weir_network *network, const char *name) {
    for (uint32_t l = 0; l < weir_network_layers(network); l++)
        if (strcmp(weir_network_layer(network, l)->name, name) == 0) return l;
    return WEIR_NONE;
}

/* What a source feeds, what a sink drains. */
static uint32_t neighbour(const weir_graph *graph, uint32_t process) {
    const weir_process *at = weir_graph_process(graph, process);
    if (at->kind == WEIR_SOURCE && at->n_outputs > 0)
        return weir_graph_channel(graph, weir_graph_output(graph, process, 0))->consumer;
    if (at->kind == WEIR_SINK && at->n_inputs > 0)
        return weir_graph_channel(graph, weir_graph_input(graph, process, 0))->producer;
    return process;
}

static bool find_rows(assigning *a, weir_diag *diag) {
    const weir_graph *graph = a->request->graph;
    const weir_network *network = a->request->network;
    uint32_t layers = weir_network_layers(network), n = weir_graph_processes(graph);
    uint32_t *row_of = weir_xcalloc(layers + 1, sizeof *row_of);
    bool good = true;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t p = 0; p < n && good; p++) {
            const weir_process *process = weir_graph_process(graph, neighbour(graph, p));
            uint32_t layer = find_layer(network, process->layer);
            if (layer == WEIR_NONE)
                good = weir_error(diag, process->loc,
                                  "process \"%s\" is of no layer of the network: it has no part",
                                  process->name);
            else if (pass == 0)
                row_of[layer] = 1;
            else
                a->row[p] = row_of[layer];
        }
        for (uint32_t l = 0; l < layers && pass == 0; l++)
            if (row_of[l]) {
                a->layer[a->n_rows] = l;
                row_of[l] = a->n_rows++;
            }
    }
    free(row_of);
    return good;
}

/* ---- cuts by name ---- */

static bool cut_by_name(const assigning *a, uint32_t *part_of_row, weir_diag *diag) {
    const weir_turns *turns = a->request->turns;
    for (uint32_t r = 0; r < a->n_rows; r++)
        for (uint32_t c = 0; c + 1 < turns->n_parts; c++)
            part_of_row[r] += find_layer(a->request->network, turns->cuts[c]) <= a->layer[r];
    for (uint32_t k = 0; k < turns->n_parts; k++) {
        bool found = false;
        for (uint32_t r = 0; r < a->n_rows; r++)
            found = found || part_of_row[r] == k;
        if (!found)
            return weir_error(
                diag, turns->loc,
                "part %u of %u has no process: cut before layers that have some before "
                "and after them",
                k + 1, turns->n_parts);
    }
    return true;
}

/* ---- cuts that balance ---- */

static double share_of(const weir_device *device, const uint64_t total[WEIR_RESOURCES]) {
    double most = 0;
    for (int r = 0; r < WEIR_RESOURCES; r++) {
        uint64_t has = weir_device_has(device, (weir_resource)r);
        double share = has > 0 ? (double)total[r] / (double)has : 0;
        if (share > most) most = share;
    }
    return most;
}

static void add_cost(uint64_t total[WEIR_RESOURCES], const weir_cost *cost) {
    for (int r = 0; r < WEIR_RESOURCES; r++)
        total[r] += cost->total[r];
}

/* Shares of the device that rows from .. to take together, for each `to`. */
static void shares_from(const assigning *a, uint32_t from, double *share) {
    const weir_turns_request *q = a->request;
    uint64_t total[WEIR_RESOURCES] = {0};
    for (uint32_t to = from; to < a->n_rows; to++) {
        for (uint32_t p = 0; p < weir_graph_processes(q->graph); p++)
            if (a->row[p] == to) add_cost(total, &q->processes[p]);
        for (uint32_t c = 0; c < weir_graph_channels(q->graph); c++) {
            const weir_channel *channel = weir_graph_channel(q->graph, c);
            uint32_t x = a->row[channel->producer], y = a->row[channel->consumer];
            uint32_t first = x < y ? x : y, second = x < y ? y : x;
            /* Counted with the first of its ends that is inside. */
            if (to == (first >= from ? first : second)) add_cost(total, &q->channels[c]);
        }
        share[to] = share_of(q->device, total);
    }
}

/* Bits of a frame that wait where a part begins with a row. */
static double bits_before(const assigning *a, uint32_t row) {
    const weir_graph *graph = a->request->graph;
    double bits = 0;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        if (a->row[channel->producer] < row && a->row[channel->consumer] >= row)
            bits += (double)weir_stream_beats(&channel->stream) * channel->beat_bits;
    }
    return bits;
}

/* Rows 0 .. r - 1 as k parts, at best: the smallest largest share where `most` < 0, else the fewest
 * bits that wait while no share is above `most`. `back`: where the last of them begins. The first of
 * equals is taken, so that the same design is always cut the same. Returns that best of all rows. */
static double cut_at_best(const assigning *a, const double *share, const double *bits, double most,
                          uint32_t *back) {
    uint32_t n = a->n_rows, parts = a->request->turns->n_parts, width = n + 1;
    double *least = weir_xcalloc((size_t)(parts + 1) * width, sizeof *least);
    for (size_t i = 1; i < (size_t)(parts + 1) * width; i++)
        least[i] = INFINITY;
    for (uint32_t k = 1; k <= parts; k++)
        for (uint32_t r = k; r <= n; r++)
            for (uint32_t from = k - 1; from < r; from++) {
                double before = least[(size_t)(k - 1) * width + from];
                double own = share[(size_t)from * n + r - 1], value;
                if (most < 0)
                    value = before > own ? before : own;
                else
                    value = own <= most ? before + bits[from] : INFINITY;
                if (!(value < least[(size_t)k * width + r])) continue;
                least[(size_t)k * width + r] = value;
                back[(size_t)k * width + r] = from;
            }
    double best = least[(size_t)parts * width + n];
    free(least);
    return best;
}

static void cut_balanced(const assigning *a, uint32_t *part_of_row) {
    uint32_t n = a->n_rows, parts = a->request->turns->n_parts, width = n + 1;
    double *share = weir_xcalloc((size_t)n * n + 1, sizeof *share);
    double *bits = weir_xcalloc(n + 1, sizeof *bits);
    uint32_t *back = weir_xcalloc((size_t)(parts + 1) * width, sizeof *back);
    for (uint32_t from = 0; from < n; from++) {
        shares_from(a, from, share + (size_t)from * n);
        bits[from] = bits_before(a, from);
    }
    double most = cut_at_best(a, share, bits, -1, back);
    cut_at_best(a, share, bits, most, back);
    uint32_t end = n;
    for (uint32_t k = parts; k > 0; k--) {
        uint32_t from = back[(size_t)k * width + end];
        for (uint32_t r = from; r < end; r++)
            part_of_row[r] = k - 1;
        end = from;
    }
    free(share);
    free(bits);
    free(back);
}

/* ---- both ---- */

static bool check_order(const weir_turns_request *request, const uint32_t *part, weir_diag *diag) {
    const weir_graph *graph = request->graph;
    bool good = true;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        if (part[channel->producer] < part[channel->consumer] && channel->frame_step > 1)
            good =
                weir_error(diag, channel->loc,
                           "fifo \"%s\" has not all frames, and goes from part %u to part %u: "
                           "copies of a process must be in one part",
                           channel->name, part[channel->producer] + 1, part[channel->consumer] + 1);
        if (part[channel->producer] <= part[channel->consumer]) continue;
        good =
            weir_error(diag, channel->loc,
                       "fifo \"%s\" goes from part %u back to part %u: layers that share a block "
                       "must be in one part",
                       channel->name, part[channel->producer] + 1, part[channel->consumer] + 1);
    }
    return good;
}

bool weir_turns_assign(const weir_turns_request *request, uint32_t *part, weir_diag *diag) {
    const weir_turns *turns = request->turns;
    uint32_t processes = weir_graph_processes(request->graph);
    uint32_t layers = weir_network_layers(request->network);
    assigning a = {request, 0, weir_xcalloc(processes + 1, sizeof *a.row),
                   weir_xcalloc(layers + 1, sizeof *a.layer)};
    uint32_t *part_of_row = weir_xcalloc(layers + 1, sizeof *part_of_row);
    bool good = find_rows(&a, diag);
    if (good && turns->n_parts > a.n_rows)
        good = weir_error(diag, turns->loc, "%u parts, the network has %u layers with processes",
                          turns->n_parts, a.n_rows);
    if (good && turns->cuts != NULL)
        good = cut_by_name(&a, part_of_row, diag);
    else if (good)
        cut_balanced(&a, part_of_row);
    for (uint32_t p = 0; p < processes && good; p++)
        part[p] = part_of_row[a.row[p]];
    free(a.row);
    free(a.layer);
    free(part_of_row);
    return good && check_order(request, part, diag);
}

void weir_turns_need(const weir_turns_request *request, const uint32_t *part, uint32_t which,
                     uint64_t need[WEIR_RESOURCES]) {
    const weir_graph *graph = request->graph;
    memset(need, 0, WEIR_RESOURCES * sizeof *need);
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        if (part[p] == which) add_cost(need, &request->processes[p]);
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        if (part[channel->producer] == which || part[channel->consumer] == which)
            add_cost(need, &request->channels[c]);
    }
}
