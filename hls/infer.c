/* Float inference: the plain loops of each layer's definition, sums in double. It is what a fixed
 * point design is compared with, so it is written to be read, not to be fast.
 */
#include "hls/network_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A window position within the input; false if it lies in the padding. */
static bool locate(const weir_layer *layer, uint32_t row, uint32_t column, uint32_t kernel_row,
                   uint32_t kernel_column, size_t *position) {
    const weir_window_shape *w = &layer->window;
    int64_t r = (int64_t)row * w->stride_rows + (int64_t)kernel_row * w->dilation_rows - w->pad_top;
    int64_t c = (int64_t)column * w->stride_columns + (int64_t)kernel_column * w->dilation_columns -
                w->pad_left;
    if (r < 0 || r >= layer->in.rows || c < 0 || c >= layer->in.columns) return false;
    *position = ((size_t)r * layer->in.columns + (size_t)c) * layer->in.channels;
    return true;
}

static void conv_position(const weir_layer *layer, const float *in, uint32_t row, uint32_t column,
                          float *out) {
    const weir_window_shape *w = &layer->window;
    uint32_t outputs = layer->out.channels;
    uint32_t group_in = layer->in.channels / layer->groups, group_out = outputs / layer->groups;
    for (uint32_t o = 0; o < outputs; o++) {
        double sum = layer->bias ? layer->bias[o] : 0;
        const float *weights = layer->weights;
        for (uint32_t kr = 0; kr < w->kernel_rows; kr++)
            for (uint32_t kc = 0; kc < w->kernel_columns; kc++, weights += group_in * outputs) {
                size_t position;
                if (!locate(layer, row, column, kr, kc, &position)) continue;
                const float *element = in + position + o / group_out * group_in;
                for (uint32_t i = 0; i < group_in; i++)
                    sum += (double)element[i] * weights[i * outputs + o];
            }
        out[o] = (float)sum;
    }
}

static void pool_position(const weir_layer *layer, const float *in, uint32_t row, uint32_t column,
                          float *out) {
    const weir_window_shape *w = &layer->window;
    bool average = layer->kind == WEIR_LAYER_AVERAGE_POOL;
    for (uint32_t channel = 0; channel < layer->in.channels; channel++) {
        double sum = 0, max = -INFINITY;
        uint32_t count = 0;
        for (uint32_t kr = 0; kr < w->kernel_rows; kr++)
            for (uint32_t kc = 0; kc < w->kernel_columns; kc++) {
                size_t position;
                if (!locate(layer, row, column, kr, kc, &position)) continue;
                double element = in[position + channel];
                sum += element;
                max = element > max ? element : max;
                count++;
            }
        if (layer->count_include_pad) count = w->kernel_rows * w->kernel_columns;
        out[channel] = (float)(average ? sum / count : max);
    }
}

static void infer_windows(const weir_layer *layer, const float *in, float *out) {
    for (uint32_t row = 0; row < layer->out.rows; row++)
        for (uint32_t column = 0; column < layer->out.columns; column++) {
            if (layer->kind == WEIR_LAYER_CONV)
                conv_position(layer, in, row, column, out);
            else
                pool_position(layer, in, row, column, out);
            out += layer->out.channels;
        }
}

static void infer_dense(const weir_layer *layer, const float *in, float *out) {
    uint32_t outputs = layer->out.channels;
    size_t inputs = weir_shape_elements(layer->in);
    for (uint32_t o = 0; o < outputs; o++) {
        double sum = layer->bias ? layer->bias[o] : 0;
        for (size_t i = 0; i < inputs; i++)
            sum += (double)in[i] * layer->weights[i * outputs + o];
        out[o] = (float)sum;
    }
}

static void infer_global_average(const weir_layer *layer, const float *in, float *out) {
    size_t positions = (size_t)layer->in.rows * layer->in.columns;
    for (uint32_t channel = 0; channel < layer->in.channels; channel++) {
        double sum = 0;
        for (size_t p = 0; p < positions; p++)
            sum += in[p * layer->in.channels + channel];
        out[channel] = (float)(sum / (double)positions);
    }
}

static void infer_softmax(const weir_layer *layer, const float *in, float *out) {
    uint32_t channels = layer->in.channels;
    size_t positions = (size_t)layer->in.rows * layer->in.columns;
    for (; positions-- > 0; in += channels, out += channels) {
        double max = -INFINITY, sum = 0;
        for (uint32_t c = 0; c < channels; c++)
            max = in[c] > max ? in[c] : max;
        for (uint32_t c = 0; c < channels; c++)
            sum += exp(in[c] - max);
        for (uint32_t c = 0; c < channels; c++)
            out[c] = (float)(exp(in[c] - max) / sum);
    }
}

static double activate(const weir_layer *layer, double x, uint32_t channel) {
    switch (layer->kind) {
    case WEIR_LAYER_SCALE:
        return x * layer->weights[channel] + (layer->bias ? layer->bias[channel] : 0);
    case WEIR_LAYER_RELU:
        return x > 0 ? x : 0;
    case WEIR_LAYER_LEAKY_RELU:
        return x < 0 ? x * layer->alpha : x;
    case WEIR_LAYER_SELU:
        return layer->gamma * (x > 0 ? x : layer->alpha * expm1(x));
    case WEIR_LAYER_SIGMOID:
        return 1 / (1 + exp(-x));
    case WEIR_LAYER_TANH:
        return tanh(x);
    default: /* input and output hand their values on */
        return x;
    }
}

static void infer_layer(const weir_layer *layer, const float *in, float *out) {
    switch (layer->kind) {
    case WEIR_LAYER_CONV:
    case WEIR_LAYER_MAX_POOL:
    case WEIR_LAYER_AVERAGE_POOL:
        infer_windows(layer, in, out);
        break;
    case WEIR_LAYER_DENSE:
        infer_dense(layer, in, out);
        break;
    case WEIR_LAYER_GLOBAL_AVERAGE_POOL:
        infer_global_average(layer, in, out);
        break;
    case WEIR_LAYER_SOFTMAX:
        infer_softmax(layer, in, out);
        break;
    default:
        for (size_t i = 0, n = weir_shape_elements(layer->out); i < n; i++)
            out[i] = (float)activate(layer, in[i], (uint32_t)(i % layer->out.channels));
    }
}

void weir_network_infer(const weir_network *network, const float *input, float *const *values) {
    float **results = weir_xcalloc(network->n_layers, sizeof *results);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const weir_layer *layer = &network->layers[l];
        results[l] =
            values[l] ? values[l] : weir_xcalloc(weir_shape_elements(layer->out), sizeof **results);
        infer_layer(layer, layer->n_inputs == 0 ? input : results[layer->inputs[0]], results[l]);
    }
    for (uint32_t l = 0; l < network->n_layers; l++)
        if (!values[l]) free(results[l]);
    free(results);
}
