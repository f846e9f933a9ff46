#include "study/arrays.h"
#include "hls/estimate_parameters.h"
#include <stdlib.h>
#include <string.h>

typedef struct gathering {
    const weir_compiled *compiled;
    weir_arena *arena;
    uint32_t n, room;
    weir_array *list;
    const weir_image **images; /* of each array; NULL: no ROM */
    uint32_t contents;
} gathering;

/* The first domain with the same edges. */
static uint32_t clock_of(const weir_graph *graph, uint32_t domain) {
    const weir_domain *of = weir_graph_domain(graph, domain);
    for (uint32_t d = 0; d < domain; d++) {
        const weir_domain *other = weir_graph_domain(graph, d);
        if (other->period_ps == of->period_ps && other->phase_ps == of->phase_ps) return d;
    }
    return domain;
}

static weir_array *add(gathering *g, weir_array_kind kind, uint32_t process, uint32_t index,
                       uint64_t words, uint32_t bits) {
    if (g->n == g->room) {
        g->room = g->room > 0 ? 2 * g->room : 64;
        g->list = weir_xrealloc(g->list, g->room * sizeof *g->list);
        g->images = weir_xrealloc(g->images, g->room * sizeof *g->images);
    }
    const weir_graph *graph = g->compiled->graph;
    uint32_t domain = weir_graph_process(graph, process)->domain;
    if (weir_graph_process(graph, process)->n_inputs == 0) { /* a port of a memory: its reader's */
        const weir_channel *out = weir_graph_channel(graph, weir_graph_output(graph, process, 0));
        domain = weir_graph_process(graph, out->consumer)->domain;
    }
    weir_array *array = &g->list[g->n];
    *array = (weir_array){.kind = kind,
                          .process = process,
                          .index = index,
                          .domain = domain,
                          .clock = clock_of(graph, domain),
                          .words = words,
                          .bits = bits};
    g->images[g->n++] = NULL;
    return array;
}

/* ------------------------------------------------------------------ ROMs */

/* "core.weights.mem" as "weights". */
static const char *short_path(weir_arena *arena, const char *path) {
    const char *start = strncmp(path, "core.", 5) == 0 ? path + 5 : path;
    size_t length = strlen(start);
    if (length > 4 && strcmp(start + length - 4, ".mem") == 0) length -= 4;
    return weir_arena_printf(arena, "%.*s", (int)length, start);
}

/* Readers of an image: the tables of activations and exponentials have one for each lane. */
static uint32_t readers_of(const weir_operator *op, uint32_t image) {
    bool table = strcmp(op->kind->name, "activation") == 0;
    bool exponential = strcmp(op->kind->name, "softmax") == 0 && image < 2;
    return table || exponential ? op->in[0].lanes : 1;
}

/* Words that leave the ROM in a frame: weights in every step, biases once a group of outputs. */
static uint64_t reads_of(const weir_operator *op, uint32_t image, uint64_t words) {
    if (strcmp(op->kind->name, "matvec") == 0 && image + 1 == op->n_images)
        return words * op->initiations;
    return op->steps;
}

static uint32_t content_of(gathering *g, const weir_image *image) {
    size_t bytes = (size_t)image->words * weir_beat_bytes(image->word_bits);
    for (uint32_t i = 0; i < g->n; i++) {
        const weir_image *other = g->images[i];
        if (other == NULL || other->words != image->words || other->word_bits != image->word_bits ||
            memcmp(other->bytes, image->bytes, bytes) != 0)
            continue;
        if (g->list[i].content == 0) g->list[i].content = ++g->contents;
        return g->list[i].content;
    }
    return 0;
}

/* Its first image; of a layer with packed weights it is their sender's. */
static bool has_weights(const weir_operator *op) {
    bool product =
        strcmp(op->kind->name, "matvec") == 0 || strcmp(op->kind->name, "depthwise") == 0;
    return op->n_inputs == 0 || (product && op->n_inputs == 1);
}

static void add_roms(gathering *g, uint32_t process, const weir_operator *op) {
    for (uint32_t i = 0; i < op->n_images; i++) {
        const weir_image *image = &op->images[i];
        uint32_t readers = readers_of(op, i);
        if (image->words < 2) continue; /* a constant */
        const char *name =
            weir_arena_printf(g->arena, "%s.%s", op->name, short_path(g->arena, image->path));
        for (uint32_t r = 0; r < readers; r++) {
            uint32_t content = content_of(g, image);
            weir_array *array = add(g, WEIR_ARRAY_ROM, process, i, image->words, image->word_bits);
            array->name = readers > 1 ? weir_arena_printf(g->arena, "%s[%u]", name, r) : name;
            array->reader = r;
            array->content = content;
            array->weights = i == 0 && has_weights(op);
            array->reads_per_frame = reads_of(op, i, image->words);
            g->images[g->n - 1] = image;
        }
    }
}

/* ------------------------------------------------------------------ buffers */

typedef struct place { /* of one operator */
    gathering *g;
    uint32_t process, index;
    const weir_operator *op;
    const weir_parameters *parameters;
} place;

static uint64_t get(const place *p, const char *name) {
    return (uint64_t)weir_parameter(p->parameters, name, 0);
}

static void add_buffer(place *p, const char *name, uint64_t words, uint64_t bits) {
    if (words < 2 || bits == 0) return;
    weir_array *array = add(p->g, WEIR_ARRAY_BUFFER, p->process, p->index++, words, (uint32_t)bits);
    array->name = weir_arena_printf(p->g->arena, "%s.%s", p->op->name, name);
    array->reads_per_frame = p->op->steps;
}

static void add_buffers(gathering *g, uint32_t process, const weir_operator *op) {
    const char *kind = op->kind->name;
    bool vector = strcmp(kind, "matvec") == 0 && strcmp(op->strategy, "resource") == 0;
    bool keeps = vector || strcmp(kind, "window") == 0 || strcmp(kind, "resize") == 0 ||
                 strcmp(kind, "softmax") == 0;
    if (!keeps) return;
    weir_parameters *parameters = weir_parameters_read(op);
    place p = {g, process, 0, op, parameters};
    if (vector) {
        uint64_t beats = get(&p, "CHANNELS") / get(&p, "LANES");
        bool again = get(&p, "OUTPUTS") > get(&p, "PE");
        add_buffer(&p, "vector", again ? beats : 0, get(&p, "LANES") * get(&p, "IN_WIDTH"));
    } else if (strcmp(kind, "window") == 0) {
        uint64_t columns = get(&p, "COLUMNS") + get(&p, "PAD_LEFT") + get(&p, "PAD_RIGHT");
        uint64_t above = (get(&p, "KERNEL_ROWS") - 1) * get(&p, "DILATION_ROWS");
        add_buffer(&p, "lines", columns * get(&p, "FOLDS"), above * get(&p, "WIDTH"));
    } else if (strcmp(kind, "resize") == 0) {
        uint64_t rows = get(&p, "ROW_FACTOR"), kept = rows > 1 ? get(&p, "COLUMNS") : 1;
        bool repeats = rows * get(&p, "COLUMN_FACTOR") > 1;
        add_buffer(&p, "row", repeats ? kept * get(&p, "FOLDS") : 0, get(&p, "WIDTH"));
    } else {
        uint64_t folds = get(&p, "FOLDS"), words = folds > 1 ? folds : 0, lanes = get(&p, "LANES");
        add_buffer(&p, "elements", words, lanes * get(&p, "IN_WIDTH"));
        add_buffer(&p, "exponentials", words, lanes * (get(&p, "HI_FRACTION") + 1));
    }
    weir_parameters_free(parameters);
}

/* ------------------------------------------------------------------ all */

static void add_fifo(gathering *g, uint32_t index) {
    const weir_channel *channel = weir_graph_channel(g->compiled->graph, index);
    bool blocks = channel->storage == WEIR_STORAGE_BRAM || channel->storage == WEIR_STORAGE_URAM;
    if (channel->latency != WEIR_LATENCY_MEMORY || !blocks) return;
    uint64_t words = channel->depth > 2 ? channel->depth - 1 : 2;
    weir_array *array =
        add(g, WEIR_ARRAY_FIFO, channel->consumer, index, words, channel->beat_bits);
    array->name = weir_arena_strdup(g->arena, channel->name);
    array->reads_per_frame = weir_stream_beats(&channel->stream);
}

weir_array *weir_arrays_of(const weir_compiled *compiled, weir_arena *arena, uint32_t *n) {
    gathering g = {.compiled = compiled, .arena = arena};
    const weir_graph *graph = compiled->graph;
    for (uint32_t p = 0; p < weir_graph_processes(graph) && compiled->operators != NULL; p++) {
        const weir_operator *op = &compiled->operators[p];
        if (op->kind == NULL) continue;
        add_roms(&g, p, op);
        add_buffers(&g, p, op);
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        add_fifo(&g, c);
    weir_array *list = WEIR_NEW(arena, weir_array, g.n + 1);
    if (g.n > 0) memcpy(list, g.list, g.n * sizeof *list);
    *n = g.n;
    free(g.list);
    free(g.images);
    return list;
}
