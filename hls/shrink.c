#include "hls/shrink.h"
#include "hls/network_parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is known of a channel of a tensor: it stays; it is zero; nobody reads it. */
typedef enum mark { STAYS, ZERO, UNREAD } mark;

typedef struct shrinking {
    weir_network *network;
    const weir_layer_settings *settings;
    weir_diag *diag;
    uint32_t *readers;
    uint8_t **marks;   /* of each layer's output: one a channel */
    uint32_t **origin; /* likewise: the layer whose pruning it is */
    bool good;
} shrinking;

static const weir_layer *layer_of(const shrinking *s, uint32_t index) {
    return &s->network->layers[index];
}

static bool has_weights(const weir_layer *layer) {
    return layer->kind == WEIR_LAYER_CONV || layer->kind == WEIR_LAYER_DENSE;
}

static bool is_depthwise(const weir_layer *layer) {
    return layer->kind == WEIR_LAYER_CONV && layer->groups > 1 &&
           layer->groups == layer->in.channels && layer->groups == layer->out.channels;
}

/* Whether each channel of the output is made of the same channel of the input alone. */
static bool is_channelwise(const weir_layer *layer) {
    switch (layer->kind) {
    case WEIR_LAYER_CONV:
        return is_depthwise(layer);
    case WEIR_LAYER_SCALE:
    case WEIR_LAYER_RELU:
    case WEIR_LAYER_LEAKY_RELU:
    case WEIR_LAYER_SELU:
    case WEIR_LAYER_SIGMOID:
    case WEIR_LAYER_TANH:
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_AVERAGE_POOL:
    case WEIR_LAYER_GLOBAL_AVERAGE_POOL:
    case WEIR_LAYER_QUANT:
    case WEIR_LAYER_RESIZE:
        return true;
    default:
        return false;
    }
}

/* Elements that meet one weight each: those of a dense layer's vector, channels of all others. */
static uint32_t inputs_of(const weir_layer *layer) {
    if (layer->kind != WEIR_LAYER_DENSE) return layer->in.channels;
    uint32_t positions = layer->out.rows * layer->out.columns;
    return (uint32_t)(weir_shape_elements(layer->in) / positions);
}

static uint32_t channels_of(const shrinking *s, uint32_t index) {
    return layer_of(s, index)->out.channels;
}

/* Refuses at the line of the layer whose pruning it is. */
#define REFUSE(s, origin, ...)                                                                     \
    ((s)->good = weir_error((s)->diag, (s)->settings[origin].loc, __VA_ARGS__))

static const char *name_of(const shrinking *s, uint32_t index) {
    return layer_of(s, index)->name;
}

/* The first channel of a tensor that goes, WEIR_NONE if all stay. */
static uint32_t first_gone(const shrinking *s, uint32_t index) {
    for (uint32_t c = 0; c < channels_of(s, index); c++)
        if (s->marks[index][c]) return c;
    return WEIR_NONE;
}

static void set_mark(shrinking *s, uint32_t index, uint32_t channel, mark what, uint32_t origin) {
    s->marks[index][channel] = (uint8_t)what;
    s->origin[index][channel] = origin;
}

/* ------------------------------------------------------------------ channels that nobody reads */

/* `unread` has a flag for each channel of what layer `index` sends to its only reader. */
static void give_up(shrinking *s, uint32_t index, const uint8_t *unread, uint32_t origin) {
    for (;;) {
        const weir_layer *layer = layer_of(s, index);
        bool makes = has_weights(layer) && layer->groups <= 1;
        if (s->readers[index] != 1) {
            REFUSE(s, origin,
                   "layer \"%s\": prune_shrink: its channels are those of \"%s\", which %u layers "
                   "read; allowed is one reader",
                   name_of(s, origin), layer->name, s->readers[index]);
            return;
        }
        if (!makes && !is_channelwise(layer)) {
            REFUSE(s, origin,
                   "layer \"%s\": prune_shrink: its channels come from \"%s\", a layer of kind %s, "
                   "which keeps them; allowed are convolutions without groups and dense layers",
                   name_of(s, origin), layer->name, weir_layer_kind_name(layer->kind));
            return;
        }
        for (uint32_t c = 0; c < layer->out.channels; c++)
            if (unread[c]) set_mark(s, index, c, UNREAD, origin);
        if (makes) return;
        if (channels_of(s, layer->inputs[0]) != layer->out.channels) {
            REFUSE(s, origin,
                   "layer \"%s\": prune_shrink: \"%s\" is a reshape of %u channels to %u, which "
                   "must stay the same",
                   name_of(s, origin), layer->name, channels_of(s, layer->inputs[0]),
                   layer->out.channels);
            return;
        }
        index = layer->inputs[0];
    }
}

/* Inputs of a layer that are pruned: a channel goes where all its positions do. */
static void shrink_channels(shrinking *s, uint32_t index, const uint8_t *gone) {
    const weir_layer *layer = layer_of(s, index);
    uint32_t from = layer->inputs[0], channels = channels_of(s, from), inputs = inputs_of(layer);
    uint8_t *unread = weir_xcalloc(channels, 1);
    bool whole = inputs % channels == 0;
    for (uint32_t i = 0; i < channels && whole; i++)
        unread[i] = gone[i];
    for (uint32_t i = 0; i < inputs && whole; i++)
        whole = gone[i] == unread[i % channels];
    if (whole)
        give_up(s, from, unread, index);
    else
        REFUSE(
            s, index,
            "layer \"%s\": prune_shrink: its %u inputs are several positions of %u channels, and "
            "not all of a channel's are pruned; allowed is prune_by \"filter\" of the layer "
            "before",
            layer->name, inputs, channels);
    free(unread);
}

/* ------------------------------------------------------------------ what zero becomes */

/* What a layer makes of a zero in `channel`. */
static double of_zero(const weir_layer *layer, uint32_t channel) {
    const weir_quant *quant = layer->quant;
    uint32_t q;
    switch (layer->kind) {
    case WEIR_LAYER_CONV:
    case WEIR_LAYER_SCALE:
        return layer->bias ? (double)layer->bias[channel] : 0;
    case WEIR_LAYER_SIGMOID:
        return 0.5;
    case WEIR_LAYER_QUANT:
        q = quant->channels > 1 ? channel : 0;
        return (weir_quant_integer(quant, q, 0) - (double)quant->zero_point[q]) *
               (double)quant->scale[q];
    default:
        return 0;
    }
}

static void hand_on(shrinking *s, uint32_t index) {
    const weir_layer *layer = layer_of(s, index);
    uint32_t from = layer->inputs[0], channels = channels_of(s, from);
    if (first_gone(s, from) == WEIR_NONE) return;
    uint32_t origin = s->origin[from][first_gone(s, from)];
    if (layer->out.channels % channels) {
        REFUSE(
            s, origin,
            "layer \"%s\": prune_shrink: \"%s\" is a reshape of %u channels to %u, which must be "
            "a multiple",
            name_of(s, origin), layer->name, channels, layer->out.channels);
        return;
    }
    for (uint32_t c = 0; c < layer->out.channels; c++) {
        mark what = (mark)s->marks[from][c % channels];
        if (!what) continue;
        origin = s->origin[from][c % channels];
        if (what == ZERO && of_zero(layer, c) != 0) {
            REFUSE(s, origin,
                   "layer \"%s\": prune_shrink: \"%s\" makes %g of the zero in channel %u; allowed "
                   "are layers that keep it zero",
                   name_of(s, origin), layer->name, of_zero(layer, c), c);
            return;
        }
        set_mark(s, index, c, what, origin);
    }
}

/* Sums and products. */
static void hand_on_all(shrinking *s, uint32_t index) {
    const weir_layer *layer = layer_of(s, index);
    uint32_t first = layer->inputs[0], channels = layer->out.channels;
    for (uint32_t i = 0; i < layer->n_inputs; i++) {
        uint32_t from = layer->inputs[i];
        for (uint32_t c = 0; c < channels; c++) {
            bool same = channels_of(s, from) == channels && channels_of(s, first) == channels &&
                        !s->marks[from][c] == !s->marks[first][c];
            uint32_t gone = first_gone(s, from) == WEIR_NONE ? first : from;
            if (same || first_gone(s, gone) == WEIR_NONE) continue;
            uint32_t origin = s->origin[gone][first_gone(s, gone)];
            REFUSE(s, origin,
                   "layer \"%s\": prune_shrink: \"%s\" joins tensors that would have other "
                   "channels; allowed where all of them lose the same",
                   name_of(s, origin), layer->name);
            return;
        }
    }
    for (uint32_t c = 0; c < channels; c++)
        if (s->marks[first][c % channels_of(s, first)])
            set_mark(s, index, c, ZERO, s->origin[first][c]);
}

static void hand_on_parts(shrinking *s, uint32_t index) {
    const weir_layer *layer = layer_of(s, index);
    uint32_t at = 0;
    for (uint32_t i = 0; i < layer->n_inputs; i++) {
        uint32_t from = layer->inputs[i];
        for (uint32_t c = 0; c < channels_of(s, from) && at < layer->out.channels; c++, at++)
            if (s->marks[from][c])
                set_mark(s, index, at, (mark)s->marks[from][c], s->origin[from][c]);
    }
}

/* A layer with weights reads what stays; nothing goes past a layer that needs all its channels. */
static void end(shrinking *s, uint32_t index) {
    const weir_layer *layer = layer_of(s, index);
    uint32_t from = layer->inputs[0], gone = first_gone(s, from);
    if (gone == WEIR_NONE) return;
    uint32_t origin = s->origin[from][gone];
    if (!has_weights(layer) || layer->groups > 1)
        REFUSE(s, origin,
               "layer \"%s\": prune_shrink: \"%s\", a layer of kind %s%s, needs all channels of "
               "\"%s\"; allowed are layers before a convolution without groups or a dense layer",
               name_of(s, origin), layer->name, weir_layer_kind_name(layer->kind),
               layer->groups > 1 ? " in groups" : "", name_of(s, from));
    else if (inputs_of(layer) % channels_of(s, from))
        REFUSE(
            s, origin,
            "layer \"%s\": prune_shrink: the %u inputs of \"%s\" are no positions of %u channels",
            name_of(s, origin), inputs_of(layer), layer->name, channels_of(s, from));
}

static void follow(shrinking *s, uint32_t index) {
    const weir_layer *layer = layer_of(s, index);
    if (layer->n_inputs == 0) return;
    if (layer->kind == WEIR_LAYER_CONCAT)
        hand_on_parts(s, index);
    else if (layer->kind == WEIR_LAYER_ADD || layer->kind == WEIR_LAYER_MUL)
        hand_on_all(s, index);
    else if (is_channelwise(layer))
        hand_on(s, index);
    else
        end(s, index);
}

/* ------------------------------------------------------------------ what is asked for */

static void ask(shrinking *s, uint32_t index) {
    const weir_layer *layer = layer_of(s, index);
    const weir_pruning *pruning = &s->settings[index].prune;
    if (!pruning->shrink || !(pruning->share > 0) || !has_weights(layer)) return;
    if (pruning->by != WEIR_PRUNE_FILTER && pruning->by != WEIR_PRUNE_CHANNEL) {
        REFUSE(s, index,
               "layer \"%s\": prune_shrink with prune_by \"%s\", allowed are \"filter\" and "
               "\"channel\"",
               layer->name, weir_prune_names[pruning->by]);
        return;
    }
    if (layer->groups > 1) {
        REFUSE(s, index,
               "layer \"%s\": prune_shrink of a convolution in %u groups, allowed is 1 group",
               layer->name, layer->groups);
        return;
    }
    uint64_t n;
    uint8_t *gone = weir_network_pruned(s->network, index, pruning, &n);
    bool filters = pruning->by == WEIR_PRUNE_FILTER, any = memchr(gone, 1, n) != NULL;
    if (any && !filters) shrink_channels(s, index, gone);
    for (uint32_t o = 0; filters && o < n; o++)
        if (gone[o]) set_mark(s, index, o, ZERO, index);
    free(gone);
}

static void keep_one(shrinking *s, uint32_t index) {
    uint32_t gone = first_gone(s, index), channels = channels_of(s, index);
    if (gone == WEIR_NONE || memchr(s->marks[index], STAYS, channels)) return;
    REFUSE(s, s->origin[index][gone],
           "layer \"%s\": prune_shrink of all %u channels of \"%s\", at least 1 must stay",
           name_of(s, s->origin[index][gone]), channels, name_of(s, index));
}

/* ------------------------------------------------------------------ cutting */

static uint32_t staying(const uint8_t *marks, uint32_t channels, uint32_t n) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += !marks[i % channels];
    return count;
}

/* The values of `n` of channels of which those marked go; `values` may be NULL. */
static const float *cut(weir_arena *arena, const float *values, const uint8_t *marks, uint32_t n) {
    if (!values) return NULL;
    float *left = WEIR_NEW(arena, float, n + 1);
    for (uint32_t i = 0, at = 0; i < n; i++)
        if (!marks[i]) left[at++] = values[i];
    return left;
}

static const weir_quant *cut_grid(weir_arena *arena, const weir_quant *grid, const uint8_t *marks) {
    if (!grid || grid->channels <= 1) return grid;
    weir_quant *left = WEIR_NEW(arena, weir_quant, 1);
    *left = *grid;
    left->scale = cut(arena, grid->scale, marks, grid->channels);
    left->zero_point = cut(arena, grid->zero_point, marks, grid->channels);
    left->channels = staying(marks, grid->channels, grid->channels);
    return left;
}

/* Weights are [taps][inputs][outputs]; input i is of channel i modulo those of the tensor. */
static const float *cut_weights(const shrinking *s, uint32_t index) {
    const weir_layer *layer = layer_of(s, index);
    uint32_t from = layer->inputs[0], channels = channels_of(s, from), taps = 1;
    uint32_t inputs = is_depthwise(layer) ? 1 : inputs_of(layer), outputs = layer->out.channels;
    if (layer->kind == WEIR_LAYER_CONV)
        taps = layer->window.kernel_rows * layer->window.kernel_columns;
    float *left = WEIR_NEW(s->network->arena, float, (size_t)taps *inputs *outputs + 1);
    size_t at = 0;
    for (uint32_t t = 0; t < taps; t++)
        for (uint32_t i = 0; i < inputs; i++)
            for (uint32_t o = 0; o < outputs; o++)
                if ((inputs == 1 || !s->marks[from][i % channels]) && !s->marks[index][o])
                    left[at++] = layer->weights[((size_t)t * inputs + i) * outputs + o];
    return left;
}

/* Shapes last: the others are cut by the shapes as they were. */
static void cut_layer(const shrinking *s, uint32_t index, weir_layer *out) {
    const weir_layer *layer = layer_of(s, index);
    weir_arena *arena = s->network->arena;
    const uint8_t *marks = s->marks[index];
    uint32_t channels = layer->out.channels;
    if (layer->n_inputs == 0) return;
    bool weighted = has_weights(layer);
    if (weighted)
        out->weights = cut_weights(s, index);
    else
        out->weights = cut(arena, layer->weights, marks, channels);
    out->bias = cut(arena, layer->bias, marks, channels);
    out->quant = cut_grid(arena, layer->quant, marks);
    out->weight_quant = cut_grid(arena, layer->weight_quant, marks);
    out->bias_quant = cut_grid(arena, layer->bias_quant, marks);
    uint32_t from = layer->inputs[0];
    bool joins = layer->kind == WEIR_LAYER_CONCAT;
    out->in.channels = joins ? staying(s->marks[from], channels_of(s, from), channels_of(s, from))
                             : staying(s->marks[from], channels_of(s, from), layer->in.channels);
    out->out.channels = staying(marks, channels, channels);
    if (is_depthwise(layer)) out->groups = out->out.channels;
}

static void cut_all(shrinking *s) {
    uint32_t n = s->network->n_layers;
    weir_layer *layers = WEIR_NEW(s->network->arena, weir_layer, n);
    memcpy(layers, s->network->layers, n * sizeof *layers);
    for (uint32_t l = 0; l < n; l++)
        cut_layer(s, l, &layers[l]);
    s->network->layers = layers;
}

bool weir_network_shrink(weir_network *network, const weir_layer_settings *settings,
                         weir_diag *diag) {
    uint32_t n = network->n_layers;
    shrinking s = {.network = network, .settings = settings, .diag = diag, .good = true};
    s.readers = weir_xcalloc(n, sizeof *s.readers);
    s.marks = weir_xcalloc(n, sizeof *s.marks);
    s.origin = weir_xcalloc(n, sizeof *s.origin);
    for (uint32_t l = 0; l < n; l++) {
        const weir_layer *layer = layer_of(&s, l);
        s.marks[l] = weir_xcalloc(layer->out.channels + 1, 1);
        s.origin[l] = weir_xcalloc(layer->out.channels + 1, sizeof **s.origin);
        for (uint32_t i = 0; i < layer->n_inputs; i++)
            s.readers[layer->inputs[i]]++;
    }
    bool any = false;
    for (uint32_t l = 0; l < n; l++)
        ask(&s, l);
    for (uint32_t l = 0; l < n; l++)
        keep_one(&s, l);
    for (uint32_t l = 0; l < n && s.good; l++)
        follow(&s, l);
    for (uint32_t l = 0; l < n; l++)
        any |= first_gone(&s, l) != WEIR_NONE;
    if (any && s.good) cut_all(&s);
    for (uint32_t l = 0; l < n; l++) {
        free(s.marks[l]);
        free(s.origin[l]);
    }
    free(s.readers);
    free(s.marks);
    free(s.origin);
    return s.good;
}
