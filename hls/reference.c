#include "hls/compile.h"
#include "hls/compiled.h"
#include "hls/op_weights.h"
#include "models/graph.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Integer tensors of the frames that channels still ask for. Channels of a pipeline ask for frames
 * that lie close together, so a small window of frames is kept and the oldest is replaced; a frame
 * that is asked for again is computed again, with the same result. */

enum { MEMORY_BUDGET = 1 << 30, MOST_SLOTS = 64, LEAST_SLOTS = 2 };

typedef struct frame_slot {
    uint64_t frame;    /* UINT64_MAX: empty */
    uint64_t used;     /* stamp of the last use */
    int32_t **tensors; /* of each node: what it sends, on every port; of one that deals, what it
                          sends on one after another */
} frame_slot;

struct weir_reference {
    const compiled_owner *owner;
    const float *frames;
    uint64_t n_frames;
    weir_expect expect;
    uint32_t n_slots;
    frame_slot *slots;
    uint64_t stamp;
    uint64_t *elements; /* of each node */
    bool *measured;     /* of each frame: its accuracy has been counted */
    bool asked;         /* a run has asked for beats */
    weir_accuracy accuracy;
};

static const weir_network *network_of(const weir_reference *ref) {
    return ref->owner->compiled.design->network;
}

static uint64_t shape_elements(weir_shape shape) {
    return (uint64_t)shape.rows * shape.columns * shape.channels;
}

/* The frame in our element order. */
static void order_input(const weir_reference *ref, uint64_t frame, float *values) {
    const weir_network *network = network_of(ref);
    uint64_t n = shape_elements(weir_network_layer(network, weir_network_input(network))->out);
    const float *source = ref->frames + frame * n;
    const uint32_t *order = weir_network_input_order(network);
    for (uint64_t i = 0; i < n; i++)
        values[i] = source[order ? order[i] : i];
}

/* Where in a node's tensor what it sends on a port begins. */
static uint64_t port_offset(const weir_plan_node *node, uint32_t port) {
    const weir_operator_kind *kind = node->op.kind;
    uint64_t offset = 0;
    for (uint32_t q = 0; q < port && kind != NULL && (kind->deals || kind->turns); q++)
        offset += weir_stream_elements(&node->op.out[q]);
    return offset;
}

static int32_t *tensor_at(const weir_plan *plan, int32_t **tensors, weir_plan_edge edge) {
    return tensors[edge.node] + port_offset(&plan->nodes[edge.node], edge.port);
}

static bool takes_turns(const weir_plan_node *node) {
    return node->op.kind != NULL && node->op.kind->turns;
}

/* The node's tensor is that of another: it copies its input, or does what the other one does. */
static bool shares(const weir_plan_node *node) {
    return node->same_as > 0 || (node->op.kind != NULL && node->op.kind->copies);
}

static void infer_node(const weir_plan *plan, uint32_t n, int32_t **tensors) {
    const weir_plan_node *node = &plan->nodes[n];
    const int32_t *in[WEIR_MAX_PORTS];
    int32_t *out[WEIR_MAX_PORTS];
    for (uint32_t i = 0; i < node->op.n_inputs; i++)
        in[i] = tensor_at(plan, tensors, node->in[i]);
    for (uint32_t q = 0; q < node->op.n_outputs; q++)
        out[q] = tensor_at(plan, tensors, (weir_plan_edge){n, q});
    node->op.kind->infer(&node->op, in, out);
}

/* Where members take turns, each is inferred as soon as what it reads is there. */
static void infer_turns(const weir_plan *plan, uint32_t from, uint32_t port, int32_t **tensors) {
    for (uint32_t n = 0; n < plan->n_nodes; n++) {
        const weir_plan_node *node = &plan->nodes[n];
        for (uint32_t m = 0; takes_turns(node) && m < node->op.n_inputs; m++) {
            if (node->in[m].node != from || node->in[m].port != port) continue;
            const int32_t *in[WEIR_MAX_PORTS] = {0};
            int32_t *out[WEIR_MAX_PORTS] = {0};
            in[m] = tensor_at(plan, tensors, node->in[m]);
            out[m] = tensor_at(plan, tensors, (weir_plan_edge){n, m});
            node->op.kind->infer(&node->op, in, out);
            infer_turns(plan, n, m, tensors);
        }
    }
}

static void infer_integers(const weir_reference *ref, const float *input, int32_t **tensors) {
    const compiled_owner *owner = ref->owner;
    for (uint32_t n = 0; n < owner->plan.n_nodes; n++) {
        const weir_plan_node *node = &owner->plan.nodes[n];
        if (node->kind == WEIR_SOURCE) {
            for (uint64_t i = 0; i < ref->elements[n]; i++)
                tensors[n][i] = (int32_t)weir_fixed_from_double(input[i], node->type);
        } else if (takes_turns(node)) {
            continue;
        } else if (node->kind == WEIR_PROCESS && node->op.n_inputs > 0 && !shares(node)) {
            infer_node(&owner->plan, n, tensors);
        }
        for (uint32_t q = 0; q < node->op.n_outputs; q++)
            infer_turns(&owner->plan, n, q, tensors);
    }
}

/* ------------------------------------------------------------------ accuracy */

/* What leaves the network: the sink is the last of the plan. */
static const int32_t *last_tensor(const weir_reference *ref, int32_t **tensors) {
    const weir_plan *plan = &ref->owner->plan;
    return tensor_at(plan, tensors, plan->nodes[plan->n_nodes - 1].in[0]);
}

/* One class: the decision is whether the value reaches one half. */
static uint32_t decide(const float *values, uint32_t channels) {
    if (channels == 1) return values[0] >= 0.5f;
    uint32_t best = 0;
    for (uint32_t c = 1; c < channels; c++)
        if (values[c] > values[best]) best = c;
    return best;
}

static void measure(weir_reference *ref, uint64_t frame, const float *input, int32_t **tensors) {
    const weir_network *network = network_of(ref);
    uint32_t output = weir_network_output(network);
    weir_shape shape = weir_network_layer(network, output)->out;
    uint64_t n = shape_elements(shape);
    const int32_t *integers = last_tensor(ref, tensors);
    float **values = weir_xcalloc(weir_network_layers(network), sizeof *values);
    float *exact = values[output] = weir_xcalloc(n, sizeof(float));
    float *fixed = weir_xcalloc(n, sizeof(float));
    weir_network_infer(network, input, values);
    weir_accuracy *sum = &ref->accuracy;
    for (uint64_t i = 0; i < n; i++) {
        fixed[i] = (float)weir_compiled_output(&ref->owner->compiled, i, integers[i]);
        sum->largest_error = fmax(sum->largest_error, fabs((double)fixed[i] - exact[i]));
    }
    for (uint64_t i = 0; i < n; i += shape.channels) {
        sum->positions++;
        sum->argmax_equal += decide(fixed + i, shape.channels) == decide(exact + i, shape.channels);
    }
    sum->frames++;
    ref->measured[frame] = true;
    free(exact);
    free(fixed);
    free(values);
}

/* ------------------------------------------------------------------ frames */

static frame_slot *compute(weir_reference *ref, uint64_t frame) {
    frame_slot *slot = &ref->slots[0];
    for (uint32_t s = 0; s < ref->n_slots; s++) {
        frame_slot *candidate = &ref->slots[s];
        if (candidate->frame == frame) {
            candidate->used = ++ref->stamp;
            return candidate;
        }
        if (candidate->used < slot->used) slot = candidate;
    }
    float *input = weir_xcalloc(ref->elements[0], sizeof(float));
    order_input(ref, frame, input);
    infer_integers(ref, input, slot->tensors);
    if (!ref->measured[frame]) measure(ref, frame, input, slot->tensors);
    free(input);
    slot->frame = frame;
    slot->used = ++ref->stamp;
    return slot;
}

/* A source's beats need no inference, only the input brought to its type. */
static void fill_source(const weir_reference *ref, const weir_channel *channel, uint64_t frame,
                        uint64_t first, uint64_t count, uint8_t *out) {
    const weir_plan_node *node = &ref->owner->plan.nodes[channel->producer];
    const uint32_t *order = weir_network_input_order(network_of(ref));
    const float *values = ref->frames + frame * ref->elements[channel->producer];
    uint64_t start = first * channel->stream.lanes, n = count * channel->stream.lanes;
    int32_t *integers = weir_xcalloc(n + 1, sizeof *integers);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = start + i;
        integers[i] = (int32_t)weir_fixed_from_double(values[order ? order[at] : at], node->type);
    }
    weir_stream_pack(&channel->stream, integers, count, out);
    free(integers);
}

/* Without inputs, a process sends the words of its first image again and again. */
static void fill_words(const weir_image *image, uint64_t first, uint64_t count, uint8_t *out) {
    uint32_t bytes = weir_beat_bytes(image->word_bits);
    for (uint64_t k = 0; k < count; k++)
        memcpy(out + k * bytes, image->bytes + (first + k) % image->words * bytes, bytes);
}

static void fill(void *context, uint32_t channel, uint64_t frame, uint64_t first, uint64_t count,
                 uint8_t *out) {
    weir_reference *ref = context;
    const weir_graph *graph = ref->owner->compiled.graph;
    const weir_channel *c = weir_graph_channel(graph, channel);
    if (weir_graph_process(graph, c->producer)->kind == WEIR_SOURCE) {
        fill_source(ref, c, frame, first, count, out);
        return;
    }
    const weir_operator *op = &ref->owner->plan.nodes[c->producer].op;
    if (op->n_inputs == 0) {
        fill_words(&op->images[0], first, count, out);
        return;
    }
    const frame_slot *slot = compute(ref, frame);
    ref->asked = true;
    const int32_t *tensor = tensor_at(&ref->owner->plan, slot->tensors,
                                      (weir_plan_edge){c->producer, c->producer_port});
    weir_stream_pack(&c->stream, tensor + first * c->stream.lanes, count, out);
}

static void make_slot(const weir_reference *ref, frame_slot *slot) {
    const weir_plan *plan = &ref->owner->plan;
    slot->frame = UINT64_MAX;
    slot->tensors = weir_xcalloc(plan->n_nodes, sizeof(int32_t *));
    for (uint32_t n = 0; n < plan->n_nodes; n++) {
        const weir_plan_node *node = &plan->nodes[n];
        if (node->same_as > 0)
            slot->tensors[n] = slot->tensors[node->same_as - 1];
        else if (shares(node))
            slot->tensors[n] = tensor_at(plan, slot->tensors, node->in[0]);
        else
            slot->tensors[n] = weir_xcalloc(ref->elements[n] + 1, sizeof(int32_t));
    }
}

static void free_slot(const weir_reference *ref, frame_slot *slot) {
    const weir_plan *plan = &ref->owner->plan;
    for (uint32_t n = 0; n < plan->n_nodes; n++)
        if (!shares(&plan->nodes[n])) free(slot->tensors[n]);
    free(slot->tensors);
}

weir_reference *weir_reference_new(const weir_compiled *compiled, const float *frames,
                                   uint64_t n_frames) {
    weir_reference *ref = weir_xcalloc(1, sizeof *ref);
    ref->owner = (const compiled_owner *)compiled;
    ref->frames = frames;
    ref->n_frames = n_frames;
    ref->expect = (weir_expect){ref, fill};
    ref->measured = weir_xcalloc(n_frames + 1, sizeof *ref->measured);
    const weir_plan *plan = &ref->owner->plan;
    ref->elements = weir_xcalloc(plan->n_nodes, sizeof *ref->elements);
    uint64_t bytes = 1;
    for (uint32_t n = 0; n < plan->n_nodes; n++) {
        const weir_operator *op = &plan->nodes[n].op;
        if (!op->n_outputs || (op->kind && weir_is_weights(op))) continue;
        uint32_t last = op->n_outputs - 1;
        ref->elements[n] =
            port_offset(&plan->nodes[n], last) + weir_stream_elements(&op->out[last]);
        if (!shares(&plan->nodes[n])) bytes += ref->elements[n] * sizeof(int32_t);
    }
    uint64_t slots = MEMORY_BUDGET / bytes;
    slots = slots < LEAST_SLOTS ? LEAST_SLOTS : slots > MOST_SLOTS ? MOST_SLOTS : slots;
    ref->n_slots = (uint32_t)(slots > n_frames && n_frames ? n_frames : slots);
    ref->slots = weir_xcalloc(ref->n_slots, sizeof *ref->slots);
    for (uint32_t s = 0; s < ref->n_slots; s++)
        make_slot(ref, &ref->slots[s]);
    return ref;
}

void weir_reference_free(weir_reference *ref) {
    if (!ref) return;
    for (uint32_t s = 0; s < ref->n_slots; s++)
        free_slot(ref, &ref->slots[s]);
    free(ref->slots);
    free(ref->elements);
    free(ref->measured);
    free(ref);
}

const weir_expect *weir_reference_expect(weir_reference *ref) {
    return &ref->expect;
}

weir_accuracy weir_reference_accuracy(weir_reference *ref) {
    /* What a run has asked for has been measured; without a run, all frames are. */
    for (uint64_t f = 0; f < ref->n_frames && !ref->asked; f++)
        compute(ref, f);
    return ref->accuracy;
}

void weir_reference_output(weir_reference *ref, uint64_t frame, float *values) {
    const int32_t *tensor = last_tensor(ref, compute(ref, frame)->tensors);
    const weir_network *network = network_of(ref);
    const uint32_t *order = weir_network_output_order(network);
    uint64_t n = shape_elements(weir_network_layer(network, weir_network_output(network))->out);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = order ? order[i] : i;
        values[i] = (float)weir_compiled_output(&ref->owner->compiled, at, tensor[at]);
    }
}
