/* What can be said of a graph before any node is read. */
#include "hls/onnx_reader.h"
#include "models/process.h"

#include <stdlib.h>
#include <string.h>

#define OPSET_MIN 6
#define OPSET_MAX 17

/* A set of names, small enough for a linear search. */
typedef struct names {
    const char **items;
    size_t count;
} names;

static bool names_has(const names *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i], name) == 0) return true;
    return false;
}

static void names_add(names *set, const char *name) {
    set->items = weir_xrealloc(set->items, (set->count + 1) * sizeof *set->items);
    set->items[set->count++] = name;
}

static bool is_initializer(const OnnxGraph *graph, const char *name) {
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (graph->initializer[i]->name && strcmp(graph->initializer[i]->name, name) == 0)
            return true;
    return false;
}

/* From ir version 4 on initializers are no longer listed among the inputs; before, they are. */
static size_t count_inputs(const OnnxGraph *graph, const OnnxValue **first) {
    size_t count = 0;
    for (size_t i = graph->n_input; i-- > 0;)
        if (graph->input[i]->name && !is_initializer(graph, graph->input[i]->name)) {
            *first = graph->input[i];
            count++;
        }
    return count;
}

const OnnxValue *weir_onnx_graph_input(const OnnxGraph *graph) {
    const OnnxValue *first = NULL;
    count_inputs(graph, &first);
    return first;
}

static bool check_opset(weir_onnx_reader *reader, const OnnxModel *model) {
    for (size_t i = 0; i < model->n_opset_import; i++)
        if (weir_onnx_default_domain(model->opset_import[i]->domain))
            reader->opset = model->opset_import[i]->version;
    if (reader->opset >= OPSET_MIN && reader->opset <= OPSET_MAX) return true;
    return weir_error(reader->diag, reader->loc, "opset %lld, supported are %d to %d",
                      (long long)reader->opset, OPSET_MIN, OPSET_MAX);
}

static bool check_ends(weir_onnx_reader *reader) {
    const OnnxGraph *graph = reader->graph;
    const OnnxValue *first;
    size_t n_inputs = count_inputs(graph, &first);
    if (n_inputs != 1)
        weir_error(reader->diag, reader->loc, "graph: %zu inputs, exactly 1 is supported",
                   n_inputs);
    if (graph->n_output != 1 || !graph->output[0]->name)
        return weir_error(reader->diag, reader->loc, "graph: %zu outputs, exactly 1 is supported",
                          graph->n_output);
    return n_inputs == 1;
}

static void find_live(weir_onnx_reader *reader) {
    const OnnxGraph *graph = reader->graph;
    names needed = {NULL, 0};
    reader->live = WEIR_NEW(reader->arena, bool, graph->n_node);
    names_add(&needed, graph->output[0]->name);
    for (size_t n = graph->n_node; n-- > 0;) {
        const OnnxNode *node = graph->node[n];
        for (size_t o = 0; o < node->n_output; o++)
            reader->live[n] |= *node->output[o] && names_has(&needed, node->output[o]);
        for (size_t i = 0; reader->live[n] && i < node->n_input; i++)
            if (*node->input[i]) names_add(&needed, node->input[i]);
    }
    free(needed.items);
}

static bool same_operator(const OnnxNode *a, const OnnxNode *b) {
    bool default_a = weir_onnx_default_domain(a->domain),
         default_b = weir_onnx_default_domain(b->domain);
    if (default_a != default_b || (!default_a && strcmp(a->domain, b->domain) != 0)) return false;
    return a->op_type && b->op_type && strcmp(a->op_type, b->op_type) == 0;
}

/* One message for each operator that is not supported, at the first node that has it. */
static bool check_operators(weir_onnx_reader *reader) {
    const OnnxGraph *graph = reader->graph;
    bool fine = true;
    for (size_t n = 0; n < graph->n_node; n++) {
        const OnnxNode *node = graph->node[n];
        if (!reader->live[n]) continue;
        if (weir_onnx_find_handler(node)) continue;
        size_t before = 0, all = 0;
        for (size_t m = 0; m < graph->n_node; m++)
            if (reader->live[m] && same_operator(graph->node[m], node)) {
                before += m < n;
                all++;
            }
        fine = false;
        if (before > 0) continue;
        const char *domain =
            weir_onnx_default_domain(node->domain)
                ? ""
                : weir_arena_printf(reader->arena, " of domain \"%s\"", node->domain);
        const char *more =
            all < 2 ? "" : weir_arena_printf(reader->arena, " (%zu nodes have it)", all);
        weir_onnx_refuse(reader, node, "operator \"%s\"%s is not supported%s",
                         node->op_type ? node->op_type : "", domain, more);
    }
    return fine;
}

/* Only the first output of a node is a tensor of the graph: masks and indices are not. */
static bool check_outputs(weir_onnx_reader *reader) {
    const OnnxGraph *graph = reader->graph;
    bool fine = true;
    names extra = {NULL, 0};
    for (size_t n = 0; n < graph->n_node; n++) {
        const OnnxNode *node = graph->node[n];
        if (!reader->live[n]) continue;
        for (size_t i = 0; i < node->n_input; i++)
            if (names_has(&extra, node->input[i]))
                fine = weir_onnx_refuse(reader, node,
                                        "input \"%s\" is a second output, only first ones are "
                                        "supported",
                                        node->input[i]);
        for (size_t o = 1; o < node->n_output; o++)
            if (*node->output[o]) names_add(&extra, node->output[o]);
    }
    const char *output = graph->output[0]->name;
    if (names_has(&extra, output))
        fine = weir_error(reader->diag, reader->loc,
                          "output \"%s\": a node's second output, only first ones are supported",
                          output);
    free(extra.items);
    return fine;
}

static bool joins(const OnnxNode *node) {
    return weir_onnx_default_domain(node->domain) &&
           (strcmp(node->op_type, "Add") == 0 || strcmp(node->op_type, "Mul") == 0 ||
            strcmp(node->op_type, "Concat") == 0);
}

/* Most nodes may have one input that depends on the network's. */
static bool check_joins(weir_onnx_reader *reader) {
    const OnnxGraph *graph = reader->graph;
    names computed = {NULL, 0};
    bool fine = true;
    names_add(&computed, weir_onnx_graph_input(graph)->name);
    for (size_t n = 0; n < graph->n_node; n++) {
        const OnnxNode *node = graph->node[n];
        size_t count = 0;
        if (!reader->live[n]) continue;
        for (size_t i = 0; i < node->n_input; i++)
            count += names_has(&computed, node->input[i]);
        if (count > 1 && !joins(node))
            fine = weir_onnx_refuse(
                reader, node, "joins %zu computed tensors, only Add, Mul and Concat may", count);
        else if (count > WEIR_MAX_PORTS)
            fine = weir_onnx_refuse(reader, node,
                                    "joins %zu computed tensors, at most %d are supported", count,
                                    WEIR_MAX_PORTS);
        for (size_t o = 0; count > 0 && o < node->n_output; o++)
            if (*node->output[o]) names_add(&computed, node->output[o]);
    }
    const char *output = graph->output[0]->name;
    if (fine && !names_has(&computed, output))
        fine = weir_error(reader->diag, reader->loc,
                          "output \"%s\": does not depend on the input \"%s\"", output,
                          weir_onnx_graph_input(graph)->name);
    free(computed.items);
    return fine;
}

bool weir_onnx_check(weir_onnx_reader *reader, const OnnxModel *model) {
    bool fine = check_opset(reader, model);
    if (!check_ends(reader)) return false;
    find_live(reader);
    /* An unknown operator may well be the join: one message for one cause. */
    return check_operators(reader) && check_outputs(reader) && check_joins(reader) && fine;
}
