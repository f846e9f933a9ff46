#include "hls/multiplications.h"

uint32_t weir_signed_digits(uint64_t magnitude, weir_digit digits[WEIR_MAX_DIGITS]) {
    uint32_t n = 0;
    for (uint32_t shift = 0; magnitude != 0; shift++, magnitude >>= 1) {
        if ((magnitude & 1) == 0) continue;
        /* ...11 is ...+100 - 1: a digit is minus where the next bit is set too. */
        bool minus = (magnitude & 2) != 0;
        digits[n++] = (weir_digit){shift, minus};
        magnitude = minus ? magnitude + 1 : magnitude - 1;
    }
    return n;
}

bool weir_is_shifts(uint64_t magnitude) {
    weir_digit digits[WEIR_MAX_DIGITS];
    return weir_signed_digits(magnitude, digits) <= WEIR_SHIFT_DIGITS;
}

/* Positions of the output at which kernel element `k` of an axis meets the input, not padding. */
static uint64_t inside(uint32_t k, uint32_t size, uint32_t out, uint32_t stride, uint32_t dilation,
                       uint32_t pad) {
    uint64_t n = 0;
    for (uint32_t o = 0; o < out; o++) {
        int64_t at = (int64_t)o * stride + (int64_t)k * dilation - pad;
        n += at >= 0 && at < size;
    }
    return n;
}

static void count_weight(weir_multiplications *counts, float weight, weir_fixed type,
                         uint64_t positions) {
    int64_t value = weir_fixed_from_double(weight, type);
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    counts->positions += positions;
    if (magnitude == 0) return;
    counts->built += positions;
    if (!weir_is_shifts(magnitude)) counts->dsp += positions;
}

static weir_multiplications of_conv(const weir_layer *layer, weir_fixed type) {
    weir_multiplications counts = {0};
    const weir_window_shape *w = &layer->window;
    uint32_t weights = layer->in.channels / layer->groups * layer->out.channels;
    const float *at = layer->weights;
    for (uint32_t r = 0; r < w->kernel_rows; r++) {
        uint64_t rows = inside(r, layer->in.rows, layer->out.rows, w->stride_rows, w->dilation_rows,
                               w->pad_top);
        for (uint32_t c = 0; c < w->kernel_columns; c++) {
            uint64_t columns = inside(c, layer->in.columns, layer->out.columns, w->stride_columns,
                                      w->dilation_columns, w->pad_left);
            for (uint32_t i = 0; i < weights; i++)
                count_weight(&counts, *at++, type, rows * columns);
        }
    }
    return counts;
}

static weir_multiplications of_dense(const weir_layer *layer, weir_fixed type) {
    weir_multiplications counts = {0};
    uint64_t vectors = (uint64_t)layer->out.rows * layer->out.columns;
    uint64_t elements = (uint64_t)layer->in.rows * layer->in.columns * layer->in.channels;
    uint64_t weights = elements / vectors * layer->out.channels;
    for (uint64_t i = 0; i < weights; i++)
        count_weight(&counts, layer->weights[i], type, vectors);
    return counts;
}

weir_multiplications weir_layer_multiplications(const weir_layer *layer, weir_fixed type) {
    if (layer->kind == WEIR_LAYER_CONV) return of_conv(layer, type);
    if (layer->kind == WEIR_LAYER_DENSE) return of_dense(layer, type);
    return (weir_multiplications){0};
}

uint64_t weir_layer_dsp(weir_multiplications counts, uint64_t reuse) {
    return reuse <= 1 ? counts.dsp : (counts.built + reuse - 1) / reuse;
}
