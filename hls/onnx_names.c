/* Names of layers, and of nodes in messages. */
#include "hls/onnx_reader.h"

#include <ctype.h>
#include <string.h>

/* `text` as an identifier, empty if nothing of it can be used. */
static char *identifier(weir_arena *arena, const char *text) {
    char *name = weir_arena_strdup(arena, text), *end = name;
    for (; *text; text++) {
        if (isalnum((unsigned char)*text))
            *end++ = (char)tolower((unsigned char)*text);
        else if (end != name && end[-1] != '_')
            *end++ = '_';
    }
    if (end != name && end[-1] == '_') end--;
    *end = '\0';
    return name;
}

static bool taken(const weir_onnx_reader *reader, const char *name) {
    if (strcmp(name, "input") == 0 || strcmp(name, "output") == 0) return true;
    for (uint32_t l = 0; l < reader->n_drafts; l++)
        if (strcmp(reader->drafts[l].layer.name, name) == 0) return true;
    return false;
}

const char *weir_onnx_layer_name(weir_onnx_reader *reader, const OnnxNode *node) {
    const char *operator= identifier(reader->arena, node->op_type);
    const char *base = identifier(reader->arena, node->name ? node->name : "");
    bool numbered = !*base;
    if (numbered)
        base = operator;
    else if (isdigit((unsigned char)*base))
        base = weir_arena_printf(reader->arena, "%s_%s", operator, base);
    const char *name = numbered ? weir_arena_printf(reader->arena, "%s1", base) : base;
    for (unsigned n = 2; taken(reader, name); n++)
        name = weir_arena_printf(reader->arena, numbered ? "%s%u" : "%s_%u", base, n);
    return name;
}

const char *weir_onnx_node_text(weir_onnx_reader *reader, const OnnxNode *node) {
    if (node->name && *node->name)
        return weir_arena_printf(reader->arena, "node \"%s\" (%s)", node->name, node->op_type);
    return weir_arena_printf(reader->arena, "node with output \"%s\" (%s)",
                             node->n_output ? node->output[0] : "", node->op_type);
}
