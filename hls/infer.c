/* Float inference: the plain loops of each layer's definition, sums in double. It is what a fixed
 * point design is compared with. The innermost loops run over channels, which lie side by side, so
 * that a network of megapixels takes a second and not a minute.
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

/* sums[o] += in[i] * weights[i][o], over the inputs of each group of outputs. */
static void multiply(const float *in, uint32_t inputs, const float *weights, uint32_t outputs,
                     uint32_t groups, double *sums) {
    uint32_t group_in = inputs / groups, group_out = outputs / groups;
    if (group_in == 1 && group_out == 1) {
        for (uint32_t c = 0; c < outputs; c++)
            sums[c] += (double)in[c] * weights[c];
        return;
    }
    for (uint32_t g = 0; g < groups; g++, in += group_in, weights += group_out, sums += group_out)
        for (uint32_t i = 0; i < group_in; i++) {
            const float *row = weights + (size_t)i * outputs;
            double x = in[i];
            for (uint32_t o = 0; o < group_out; o++)
                sums[o] += x * row[o];
        }
}

static void conv_position(const weir_layer *layer, const float *in, uint32_t row, uint32_t column,
                          double *sums) {
    const weir_window_shape *w = &layer->window;
    uint32_t outputs = layer->out.channels;
    size_t tap = (size_t)(layer->in.channels / layer->groups) * outputs;
    const float *weights = layer->weights;
    for (uint32_t o = 0; o < outputs; o++)
        sums[o] = layer->bias ? layer->bias[o] : 0;
    for (uint32_t kr = 0; kr < w->kernel_rows; kr++)
        for (uint32_t kc = 0; kc < w->kernel_columns; kc++, weights += tap) {
            size_t position;
            if (locate(layer, row, column, kr, kc, &position))
                multiply(in + position, layer->in.channels, weights, outputs, layer->groups, sums);
        }
}

static void pool_position(const weir_layer *layer, const float *in, uint32_t row, uint32_t column,
                          double *results) {
    const weir_window_shape *w = &layer->window;
    bool average = layer->kind == WEIR_LAYER_AVERAGE_POOL;
    uint32_t channels = layer->in.channels, count = 0;
    for (uint32_t c = 0; c < channels; c++)
        results[c] = average ? 0 : -INFINITY;
    for (uint32_t kr = 0; kr < w->kernel_rows; kr++)
        for (uint32_t kc = 0; kc < w->kernel_columns; kc++) {
            size_t position;
            if (!locate(layer, row, column, kr, kc, &position)) continue;
            const float *element = in + position;
            count++;
            for (uint32_t c = 0; c < channels; c++)
                if (average)
                    results[c] += element[c];
                else if (element[c] > results[c])
                    results[c] = element[c];
        }
    if (layer->count_include_pad) count = w->kernel_rows * w->kernel_columns;
    for (uint32_t c = 0; average && c < channels; c++)
        results[c] /= count;
}

static void infer_windows(const weir_layer *layer, const float *in, float *out) {
    uint32_t channels = layer->out.channels;
    double *results = weir_xcalloc(channels, sizeof *results);
    for (uint32_t row = 0; row < layer->out.rows; row++)
        for (uint32_t column = 0; column < layer->out.columns; column++) {
            if (layer->kind == WEIR_LAYER_CONV)
                conv_position(layer, in, row, column, results);
            else
                pool_position(layer, in, row, column, results);
            for (uint32_t c = 0; c < channels; c++)
                *out++ = (float)results[c];
        }
    free(results);
}

static void infer_dense(const weir_layer *layer, const float *in, float *out) {
    uint32_t outputs = layer->out.channels;
    double *sums = weir_xcalloc(outputs, sizeof *sums);
    for (uint32_t o = 0; o < outputs; o++)
        sums[o] = layer->bias ? layer->bias[o] : 0;
    multiply(in, (uint32_t)weir_shape_elements(layer->in), layer->weights, outputs, 1, sums);
    for (uint32_t o = 0; o < outputs; o++)
        out[o] = (float)sums[o];
    free(sums);
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

/* QONNX: scale * (integer - zero point). */
static void infer_quant(const weir_layer *layer, const float *in, float *out) {
    const weir_quant *quant = layer->quant;
    size_t positions = (size_t)layer->out.rows * layer->out.columns;
    for (; positions-- > 0; in += layer->out.channels, out += layer->out.channels)
        for (uint32_t c = 0; c < layer->out.channels; c++) {
            uint32_t q = quant->channels == 1 ? 0 : c;
            double integer = weir_quant_integer(quant, q, in[c]);
            out[c] = (float)((integer - quant->zero_point[q]) * quant->scale[q]);
        }
}

/* Add and Mul. */
static void infer_join(const weir_layer *layer, float *const *results, float *out) {
    for (size_t e = 0, n = weir_shape_elements(layer->out); e < n; e++) {
        double result = results[layer->inputs[0]][e];
        for (uint32_t i = 1; i < layer->n_inputs; i++) {
            double operand = results[layer->inputs[i]][e];
            result = layer->kind == WEIR_LAYER_ADD ? result + operand : result * operand;
        }
        out[e] = (float)result;
    }
}

static void infer_concat(const weir_network *network, const weir_layer *layer,
                         float *const *results, float *out) {
    size_t positions = (size_t)layer->out.rows * layer->out.columns;
    for (uint32_t i = 0; i < layer->n_inputs; i++) {
        uint32_t input = layer->inputs[i];
        size_t channels = weir_shape_elements(network->layers[input].out) / positions;
        for (size_t p = 0; p < positions; p++)
            memcpy(out + p * layer->out.channels, results[input] + p * channels,
                   channels * sizeof *out);
        out += channels;
    }
}

static void infer_resize(const weir_layer *layer, const float *in, float *out) {
    uint32_t channels = layer->out.channels;
    for (uint32_t row = 0; row < layer->out.rows; row++)
        for (uint32_t column = 0; column < layer->out.columns; column++, out += channels) {
            size_t from = (size_t)(row / layer->resize_rows) * layer->in.columns +
                          column / layer->resize_columns;
            memcpy(out, in + from * channels, channels * sizeof *out);
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
    case WEIR_LAYER_QUANT:
        infer_quant(layer, in, out);
        break;
    case WEIR_LAYER_RESIZE:
        infer_resize(layer, in, out);
        break;
    default:
        for (size_t i = 0, n = weir_shape_elements(layer->out); i < n; i++)
            out[i] = (float)activate(layer, in[i], (uint32_t)(i % layer->out.channels));
    }
}

/* The last layer that reads each layer's output. */
static uint32_t *last_readers(const weir_network *network) {
    uint32_t *last = weir_xcalloc(network->n_layers, sizeof *last);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        last[l] = l;
        for (uint32_t i = 0; i < network->layers[l].n_inputs; i++)
            last[network->layers[l].inputs[i]] = l;
    }
    return last;
}

void weir_network_infer(const weir_network *network, const float *input, float *const *values) {
    float **results = weir_xcalloc(network->n_layers, sizeof *results);
    uint32_t *last = last_readers(network);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const weir_layer *layer = &network->layers[l];
        results[l] =
            values[l] ? values[l] : weir_xcalloc(weir_shape_elements(layer->out), sizeof **results);
        if (layer->kind == WEIR_LAYER_ADD || layer->kind == WEIR_LAYER_MUL)
            infer_join(layer, results, results[l]);
        else if (layer->kind == WEIR_LAYER_CONCAT)
            infer_concat(network, layer, results, results[l]);
        else
            infer_layer(layer, layer->n_inputs == 0 ? input : results[layer->inputs[0]],
                        results[l]);
        for (uint32_t r = 0; r <= l; r++) {
            if (last[r] != l || values[r]) continue;
            free(results[r]);
            results[r] = NULL;
        }
    }
    free(last);
    free(results);
}
