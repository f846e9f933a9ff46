#include "study/accuracy.h"
#include "base/cache.h"
#include "traces/stimulus.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct known { /* what one set of numbers gives */
    char key[WEIR_KEY_CHARS];
    double accuracy;
    struct known *next;
} known;

struct weir_labelled {
    weir_frames features;
    uint32_t *classes; /* of each frame and position */
    uint64_t positions;
    const char *source;
    pthread_mutex_t lock; /* of the list */
    known *list;
};

static weir_shape shape_of(const weir_network *network, uint32_t layer) {
    return weir_network_layer(network, layer)->out;
}

static uint64_t elements_of(weir_shape shape) {
    return (uint64_t)shape.rows * shape.columns * shape.channels;
}

static uint32_t class_of(const float *values, uint32_t channels) {
    if (channels == 1) return values[0] >= 0.5f;
    uint32_t best = 0;
    for (uint32_t c = 1; c < channels; c++)
        if (values[c] > values[best]) best = c;
    return best;
}

/* From the file's order of elements to channels last, and then classes. */
static void classify(const weir_network *network, const float *values, float *ours,
                     uint32_t *classes) {
    weir_shape shape = shape_of(network, weir_network_output(network));
    const uint32_t *order = weir_network_output_order(network);
    for (uint64_t i = 0; i < elements_of(shape); i++)
        ours[order != NULL ? order[i] : i] = values[i];
    for (uint64_t p = 0; p < (uint64_t)shape.rows * shape.columns; p++)
        classes[p] = class_of(ours + p * shape.channels, shape.channels);
}

/* ---- expected classes ---- */

/* Of a network with one channel a label may also be the value itself. A class that the network lacks
 * ("ignore") is never right. */
static bool take_number(uint32_t *class, float label, bool single, const char *path, uint64_t index,
                        weir_diag *diag) {
    if (single) {
        *class = label >= 0.5f;
        return true;
    }
    *class = label >= 0 && label < 0x1p24f ? (uint32_t)label : 0;
    return (float)*class == label ||
           weir_error(diag, (weir_loc){path, 0},
                      "label %" PRIu64 ": %g, allowed are whole numbers from 0", index, label);
}

static bool take_labels(weir_labelled *l, const weir_network *network, const char *path,
                        weir_diag *diag) {
    uint64_t n = l->features.count, values = l->positions;
    uint64_t elements = elements_of(shape_of(network, weir_network_output(network)));
    weir_frames labels = {0};
    weir_diag *ignored = weir_diag_new();
    bool numbers = weir_frames_load(&labels, path, values, n, ignored), good = true;
    weir_diag_free(ignored);
    l->source = "labels";
    if (numbers) {
        for (uint64_t i = 0; i < n * values && good; i++)
            good = take_number(&l->classes[i], labels.values[i], values == elements, path, i, diag);
    } else {
        if (!weir_frames_load(&labels, path, elements, n, diag)) return false;
        float *ours = weir_xcalloc(elements + 1, sizeof *ours);
        for (uint64_t f = 0; f < n; f++)
            classify(network, labels.values + f * elements, ours, l->classes + f * values);
        free(ours);
    }
    weir_frames_free(&labels);
    return good;
}

static void ask_float(weir_labelled *l, const weir_network *network) {
    uint32_t input = weir_network_input(network), output = weir_network_output(network);
    weir_shape in = shape_of(network, input), out = shape_of(network, output);
    const uint32_t *order = weir_network_input_order(network);
    float *frame = weir_xcalloc(elements_of(in) + 1, sizeof *frame);
    float *answer = weir_xcalloc(elements_of(out) + 1, sizeof *answer);
    float **values = weir_xcalloc(weir_network_layers(network), sizeof *values);
    values[output] = answer;
    l->source = "float";
    for (uint64_t f = 0; f < l->features.count; f++) {
        const float *given = l->features.values + f * l->features.elements;
        for (uint64_t i = 0; i < l->features.elements; i++)
            frame[i] = given[order != NULL ? order[i] : i];
        weir_network_infer(network, frame, values);
        for (uint64_t p = 0; p < l->positions; p++)
            l->classes[f * l->positions + p] = class_of(answer + p * out.channels, out.channels);
    }
    free(frame);
    free(answer);
    free(values);
}

weir_labelled *weir_labelled_load(const weir_network *network, const char *features,
                                  const char *labels, weir_diag *diag) {
    weir_labelled *l = weir_xcalloc(1, sizeof *l);
    weir_shape out = shape_of(network, weir_network_output(network));
    l->positions = (uint64_t)out.rows * out.columns;
    pthread_mutex_init(&l->lock, NULL);
    bool good =
        weir_frames_load(&l->features, features,
                         elements_of(shape_of(network, weir_network_input(network))), 0, diag);
    if (good) {
        l->classes = weir_xcalloc(l->features.count * l->positions + 1, sizeof *l->classes);
        if (labels != NULL)
            good = take_labels(l, network, labels, diag);
        else
            ask_float(l, network);
    }
    if (good) return l;
    weir_labelled_free(l);
    return NULL;
}

void weir_labelled_free(weir_labelled *l) {
    if (l == NULL) return;
    for (known *k = l->list, *next; k != NULL; k = next) {
        next = k->next;
        free(k);
    }
    pthread_mutex_destroy(&l->lock);
    weir_frames_free(&l->features);
    free(l->classes);
    free(l);
}

/* ---- a point's classes ---- */

/* All that the numbers depend on: types, tables and weights of each layer, not how it is built. */
static void numbers_key(const weir_design *design, char key[WEIR_KEY_CHARS]) {
    weir_hash *hash = weir_hash_new();
    char line[256], type[48];
    for (uint32_t i = 0; i < weir_network_layers(design->network); i++) {
        const weir_layer_settings *s = &design->settings[i];
        snprintf(line, sizeof line, "%u %.17g %d %llu %d %d", s->table_size, s->prune.share,
                 (int)s->prune.by, (unsigned long long)s->prune.seed, s->prune.shrink,
                 s->has_accumulator);
        weir_hash_text(hash, line);
        const weir_fixed types[] = {s->precision, s->weight_precision, s->accumulator};
        for (int t = 0; t < 2 + s->has_accumulator; t++) {
            weir_fixed_text(types[t], type, sizeof type);
            weir_hash_text(hash, type);
        }
    }
    weir_hash_end(hash, key);
}

static bool look_up(weir_labelled *l, const char *key, double *accuracy) {
    pthread_mutex_lock(&l->lock);
    const known *k = l->list;
    while (k != NULL && strcmp(k->key, key) != 0)
        k = k->next;
    if (k != NULL) *accuracy = k->accuracy;
    pthread_mutex_unlock(&l->lock);
    return k != NULL;
}

static void remember(weir_labelled *l, const char *key, double accuracy) {
    known *k = weir_xcalloc(1, sizeof *k);
    strcpy(k->key, key);
    k->accuracy = accuracy;
    pthread_mutex_lock(&l->lock);
    k->next = l->list;
    l->list = k;
    pthread_mutex_unlock(&l->lock);
}

double weir_labelled_accuracy(weir_labelled *l, const weir_compiled *compiled,
                              const char **source) {
    const weir_network *network = compiled->design->network;
    char key[WEIR_KEY_CHARS];
    double accuracy;
    *source = l->source;
    numbers_key(compiled->design, key);
    if (look_up(l, key, &accuracy)) return accuracy;
    uint64_t elements = elements_of(shape_of(network, weir_network_output(network)));
    float *values = weir_xcalloc(2 * elements + 1, sizeof *values);
    uint32_t *classes = weir_xcalloc(l->positions + 1, sizeof *classes);
    weir_reference *reference = weir_reference_new(compiled, l->features.values, l->features.count);
    uint64_t right = 0;
    for (uint64_t f = 0; f < l->features.count; f++) {
        weir_reference_output(reference, f, values);
        classify(network, values, values + elements, classes);
        for (uint64_t p = 0; p < l->positions; p++)
            right += classes[p] == l->classes[f * l->positions + p];
    }
    weir_reference_free(reference);
    free(values);
    free(classes);
    accuracy = (double)right / (double)(l->features.count * l->positions);
    remember(l, key, accuracy);
    return accuracy;
}
