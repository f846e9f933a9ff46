#include "hls/estimate.h"
#include "hls/estimate_fit.h"
#include "hls/estimate_parameters.h"
#include "hls/op_unrolled.h"
#include "hls/op_weights.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What Yosys goes by (its techmap mul2dsp and memory_libmap for these families): a product of fewer
 * bits than DSP_PRODUCT stays in LUT; a memory goes where its cost is least, LUT memory at 16 a
 * primitive, constants at one for 64 bits. What it takes a RAMB18 and a RAMB36 for is bracketed by
 * memories of the sweep that went the one way or the other. */
enum {
    DSP_PRODUCT = 9,
    DSP_A = 27,
    DSP_B = 18,
    LUTRAM_COST = 16,
    ROM_COST = 129, /* a RAMB18 of constants, and */
    ROM_FIXED = 16, /* what the first one costs more */
    RAMB18_COST = 165,
    RAMB36_COST = 215,
    CONSTANT_BITS = 64,
    LUTRAM_LUT = 8,
    LUTRAM_BITS_32 = 14, /* RAM32M16 */
    LUTRAM_BITS_64 = 7,  /* RAM64M8 */
};

static const char *const feature_names[] = {"one",    "control", "multiply", "add",      "convert",
                                            "select", "store",   "table",    "register", "pipe"};

const char *weir_feature_name(weir_feature feature) {
    return feature_names[feature];
}

/* One module being looked at. */
typedef struct look {
    const weir_operator *op;
    const weir_parameters *p;
    weir_features *f;
} look;

static double get(const look *l, const char *name) {
    return (double)weir_parameter(l->p, name, 0);
}

static void count(const look *l, weir_feature feature, double amount) {
    l->f->value[feature] += amount;
}

static double up(double a, double b) {
    return ceil(a / b);
}

static double log2_up(double n) {
    return n > 1 ? ceil(log2(n)) : 1;
}

/* ------------------------------------------------------------------ what modules are made of */

/* What is left of a product in LUT where one factor never changes. */
#define CONSTANT_FACTOR 0.4

/* `n` products of a and b bits, of which `product` are used; factors need no more than that. */
static void multiply(const look *l, double n, double a, double b, double product) {
    a = fmin(a, product);
    b = fmin(b, product);
    double high = fmax(a, b), low = fmin(a, b);
    if (low < 2 || product < DSP_PRODUCT) {
        count(l, WEIR_FEATURE_MULTIPLY, n * a * b);
        count(l, WEIR_FEATURE_REGISTER, n * product);
        return;
    }
    double each =
        (high > DSP_A ? up(high - 1, DSP_A - 1) : 1) * (low > DSP_B ? up(low - 1, DSP_B - 1) : 1);
    l->f->dsp += (uint64_t)(n * each);
    count(l, WEIR_FEATURE_PIPE, n * product);
}

/* weir_requant's parameters, under the name of a core's own or of its instance. */
static double mode(const look *l, const char *name) {
    char prefixed[32];
    snprintf(prefixed, sizeof prefixed, "OUT_%s", name);
    return (double)weir_parameter(l->p, prefixed, weir_parameter(l->p, name, 0));
}

/* Bits of a number of `width` bits that its conversion looks at: without those that are dropped, or
 * that wrap away. */
static double seen_bits(const look *l, double width, double fraction) {
    double drop = fraction - get(l, "OUT_FRACTION"), out = get(l, "OUT_WIDTH");
    double high = mode(l, "OVERFLOW") != 0 ? width : fmin(width, out + drop);
    double low = mode(l, "ROUNDING") == 0 && drop > 0 ? drop : 0;
    return fmax(high - low, 1);
}

/* Bits of the result that are not copies of one another or zero: what its register holds. */
static double result_bits(const look *l, double width, double fraction) {
    double drop = fraction - get(l, "OUT_FRACTION"), out = get(l, "OUT_WIDTH");
    double high = fmin(width, out + drop), low = fmax(drop, 0);
    double saturates = mode(l, "OVERFLOW") != 0 && width - drop > out;
    return fmin(out, fmax(high - low, 1) + saturates);
}

/* `lanes` conversions of numbers of `width` bits into a register: an addition where they are rounded;
 * where they are saturated and can exceed the type, a look at the bits above it and a choice for each
 * bit. */
static void convert(const look *l, double lanes, double width, double fraction) {
    double drop = fraction - get(l, "OUT_FRACTION"), out = get(l, "OUT_WIDTH");
    double overflow = mode(l, "OVERFLOW"), result = result_bits(l, width, fraction);
    double rounds = drop > 0 && mode(l, "ROUNDING") != 0, kept = width - drop + rounds;
    double varying = fmax(width - fmax(drop, 0), 0) + rounds, bits = 0;
    if (rounds > 0) bits += fmin(overflow != 0 ? kept : out, varying) + up(drop, 6);
    if (overflow != 0 && kept > out)
        bits +=
            (get(l, "OUT_SIGNED") != 0 ? 1 : 0.5) * varying + result * (overflow == 2 ? 0.5 : 1);
    count(l, WEIR_FEATURE_CONVERT, lanes * bits);
    count(l, WEIR_FEATURE_REGISTER, lanes * result);
}

/* Of a sum of `width` bits that is converted next: what wraps leaves its high bits out. */
static double kept_bits(const look *l, double width, double fraction) {
    double reach = get(l, "OUT_WIDTH") + fraction - get(l, "OUT_FRACTION");
    if (mode(l, "OVERFLOW") != 0 || reach >= width) return width;
    return reach > 1 ? reach : 1;
}

/* RAMB18 in simple dual port shapes, the last words in a shape of their own. */
static double ramb18(double words, double bits) {
    static const double shapes[][2] = {{512, 36}, {1024, 18}, {2048, 9},
                                       {4096, 4}, {8192, 2},  {16384, 1}};
    double best = INFINITY;
    for (int i = 0; i < 6; i++) {
        double whole = floor(words / shapes[i][0]), rest = words - whole * shapes[i][0];
        double cost = whole * up(bits, shapes[i][1]), last = rest > 0 ? INFINITY : 0;
        for (int k = 0; k < 6 && rest > 0; k++) {
            double more = up(rest, shapes[k][0]) * up(bits, shapes[k][1]);
            if (more < last) last = more;
        }
        if (cost + last < best) best = cost + last;
    }
    return best;
}

static double block_cost(double blocks) {
    return floor(blocks / 2) * RAMB36_COST + fmod(blocks, 2) * RAMB18_COST;
}

/* A memory that is written and read; its read register is the block's own where it is one. */
static void store(const look *l, double words, double bits, bool registered) {
    double rows = up(words, 64);
    double primitives = words <= 32 ? up(bits, LUTRAM_BITS_32) : rows * up(bits, LUTRAM_BITS_64);
    double blocks = ramb18(words, bits);
    if (registered && block_cost(blocks) < primitives * LUTRAM_COST) {
        l->f->bram18 += (uint64_t)blocks;
        return;
    }
    l->f->lut_memory += (uint64_t)(primitives * LUTRAM_LUT);
    count(l, WEIR_FEATURE_STORE, primitives * LUTRAM_LUT);
    if (rows > 1) count(l, WEIR_FEATURE_SELECT, bits * (rows - 1) / 2);
    if (registered) count(l, WEIR_FEATURE_REGISTER, bits);
}

/* Whether constants go into block RAM, one for every two that read them; counts it then. */
static bool in_blocks(const look *l, double words, double bits, double ports) {
    double blocks = ramb18(words, bits);
    if (ROM_FIXED + blocks * ROM_COST >= words * bits / CONSTANT_BITS) return false;
    l->f->bram18 += (uint64_t)(blocks * up(ports, 2));
    return true;
}

/* Constants, read by `ports` at once. */
static void table(const look *l, double words, double bits, double ports) {
    if (in_blocks(l, words, bits, ports)) return;
    /* Up to 64 words are a LUT a bit; of more, Yosys finds less in common than a memory would. */
    double rows = up(words, 64);
    count(l, WEIR_FEATURE_TABLE, words > 1 ? ports * bits * (rows > 1 ? 3 * rows : 1) : 0);
    count(l, WEIR_FEATURE_REGISTER, words > 1 ? ports * bits : 0);
}

/* A ROM of weights, or the register of those that come in a stream. */
static void weights(const look *l, double words, double bits) {
    if (l->op->n_inputs > 1)
        count(l, WEIR_FEATURE_REGISTER, bits);
    else
        table(l, words, bits, 1);
}

/* Levels of additions of n numbers of `bits` bits; a register behind each third. */
static void tree(const look *l, double trees, double n, double bits) {
    for (double level = 1; n > 1; level++) {
        double next = up(n, 2);
        count(l, WEIR_FEATURE_ADD, trees * (n - next) * (bits + level));
        bool last = next <= 1;
        if (fmod(level, 3) == 0 || last)
            count(l, WEIR_FEATURE_REGISTER, trees * next * (bits + level));
        n = next;
    }
}

static double beat_bits(const weir_stream *stream) {
    return (double)weir_stream_beat_bits(stream);
}

/* ------------------------------------------------------------------ one function a kind */

static void look_window(const look *l) {
    double width = get(l, "WIDTH"), folds = get(l, "FOLDS"), rows = get(l, "KERNEL_ROWS");
    double above = (rows - 1) * get(l, "DILATION_ROWS");
    double before = (get(l, "KERNEL_COLUMNS") - 1) * get(l, "DILATION_COLUMNS");
    double columns = get(l, "COLUMNS") + get(l, "PAD_LEFT") + get(l, "PAD_RIGHT");
    if (above > 0) store(l, columns * folds, above * width, true);
    /* Beats back to the window's first column: registers, or shift registers between two folds. */
    double gaps = rows * before, shifts = folds > 2 ? gaps * up(folds, 32) : 0;
    count(l, WEIR_FEATURE_REGISTER, width * (rows + (folds > 2 ? 0 : gaps * folds)) + width);
    double lut = shifts * width * (folds <= 16 ? 0.5 : 1);
    count(l, WEIR_FEATURE_STORE, lut);
    l->f->lut_memory += (uint64_t)lut;
    count(l, WEIR_FEATURE_CONTROL,
          2 * log2_up(columns * folds) + log2_up(get(l, "ROWS") + 4) + log2_up(columns) +
              log2_up(folds));
    bool padded = get(l, "PAD_LEFT") + get(l, "PAD_TOP") + get(l, "PAD_RIGHT") > 0;
    count(l, WEIR_FEATURE_SELECT, padded ? width / 4 : 0);
}

/* One of `parts` slices of `bits` bits: a multiplexer where their places are powers of two, else the
 * shifter that Yosys makes of a place that is computed. */
static double part_select(double bits, double parts) {
    if (parts <= 1) return 0;
    bool aligned = fmod(log2(bits), 1) == 0;
    return bits * (aligned ? (parts - 1) / 2 : log2_up(bits * parts));
}

static void look_matvec(const look *l) {
    double pe = get(l, "PE"), simd = get(l, "SIMD"), in = get(l, "IN_WIDTH");
    double factor = in + (get(l, "IN_SIGNED") == 0), weight_width = get(l, "WEIGHT_WIDTH");
    double weight = weight_width + (get(l, "WEIGHT_SIGNED") == 0);
    double acc = kept_bits(l, get(l, "ACC_WIDTH"), get(l, "ACC_FRACTION"));
    double lanes = get(l, "LANES"), channels = get(l, "CHANNELS"), outputs = get(l, "OUTPUTS");
    double groups = outputs / pe, beats = channels / lanes, parts = lanes / simd;
    multiply(l, pe * simd, factor, weight, factor + weight);
    if (groups * channels == simd) l->f->value[WEIR_FEATURE_MULTIPLY] *= CONSTANT_FACTOR;
    tree(l, pe, simd, factor + weight);
    count(l, WEIR_FEATURE_ADD, pe * acc);
    count(l, WEIR_FEATURE_SELECT, part_select(simd * in, parts) + (groups > 1 ? pe * acc / 4 : 0));
    count(l, WEIR_FEATURE_REGISTER,
          lanes * in + pe * acc + (get(l, "OUT_LANES") - pe) * get(l, "OUT_WIDTH"));
    if (groups > 1 && beats > 1) {
        store(l, beats, lanes * in, true);
        count(l, WEIR_FEATURE_SELECT, lanes * in / 2);
    }
    weights(l, groups * channels / simd, pe * simd * weight_width);
    table(l, groups, pe * acc, 1);
    convert(l, pe, acc, get(l, "ACC_FRACTION"));
    count(l, WEIR_FEATURE_CONTROL,
          4.0 * l->op->stages + log2_up(groups * channels / simd) + log2_up(groups) +
              log2_up(parts));
}

/* One product's datapath for all members; each has its conversion and its output beat, and its own
 * entries of the tables. */
static void look_turns(const look *l) {
    double members = l->op->n_inputs, pe = get(l, "PE"), simd = get(l, "SIMD");
    double factor = get(l, "FACTOR"), weight = get(l, "WEIGHT"), acc = get(l, "ACC_WIDTH");
    double parts = get(l, "MOST_PARTS"), beats = get(l, "MOST_BEATS");
    double groups = get(l, "MOST_GROUPS"), beat = parts * simd * factor, sent = 0;
    double words = get(l, "WEIGHT_WORDS"), fraction = get(l, "IN_FRACTION");
    multiply(l, pe * simd, factor, weight, factor + weight);
    tree(l, pe, simd, factor + weight);
    count(l, WEIR_FEATURE_ADD, pe * acc);
    count(l, WEIR_FEATURE_SELECT,
          part_select(simd * factor, parts) + (groups > 1 ? pe * acc / 4 : 0) +
              (members - 1) * beat / 2);
    for (uint32_t m = 0; m < l->op->n_outputs; m++)
        sent += beat_bits(&l->op->out[m]) - pe * l->op->out[m].element.width;
    count(l, WEIR_FEATURE_REGISTER, beat + pe * acc + sent);
    if (groups > 1 && beats > 1) {
        store(l, beats, beat, true);
        count(l, WEIR_FEATURE_SELECT, beat / 2);
    }
    table(l, words, pe * simd * weight, 1);
    table(l, get(l, "BIAS_WORDS"), pe * acc, 1);
    convert(l, members * pe, acc, fraction);
    double counters = log2_up(words) + log2_up(get(l, "BIAS_WORDS")) + log2_up(parts) +
                      log2_up(beats) + log2_up(groups) + log2_up(get(l, "MOST_POSITIONS"));
    count(l, WEIR_FEATURE_CONTROL, (3.0 + members) * l->op->stages + 2 * counters);
}

static void look_latency(const look *l) {
    count(l, WEIR_FEATURE_ADD, (double)l->p->added);
    count(l, WEIR_FEATURE_REGISTER, (double)l->p->registered);
    for (uint64_t i = 0; i < l->p->n_multiplied; i++)
        multiply(l, 1, l->p->multiplied[i].a, l->p->multiplied[i].b, l->p->multiplied[i].y);
    double outputs = l->op->out[0].lanes;
    convert(l, outputs, get(l, "IN_WIDTH"), get(l, "IN_FRACTION"));
    count(l, WEIR_FEATURE_CONTROL, l->op->stages);
}

static void look_width(const look *l) {
    double in = get(l, "IN_BITS"), out = get(l, "OUT_BITS");
    count(l, WEIR_FEATURE_REGISTER, in > out ? in : out);
    count(l, WEIR_FEATURE_SELECT, in > out ? in : 0);
    count(l, WEIR_FEATURE_CONTROL, log2_up(in > out ? in / out : out / in));
}

static void average(const look *l, double lanes, double sum) {
    double multiplier = get(l, "MULTIPLIER_WIDTH");
    if (multiplier > 0)
        multiply(l, lanes, sum, multiplier + 1, kept_bits(l, sum + multiplier, get(l, "FRACTION")));
    convert(l, lanes, sum + multiplier, get(l, "FRACTION"));
}

static void look_pool(const look *l) {
    double lanes = get(l, "LANES"), kernel = get(l, "KERNEL"), in = get(l, "IN_WIDTH");
    bool sums = get(l, "AVERAGE") != 0;
    double bits = sums ? get(l, "SUM_WIDTH") : in, left = kernel;
    count(l, WEIR_FEATURE_ADD, lanes * (kernel - 1) * (sums ? bits : in));
    if (!sums) count(l, WEIR_FEATURE_SELECT, lanes * (kernel - 1) * in);
    while (left > 1) {
        left = up(left, 4);
        count(l, WEIR_FEATURE_REGISTER, lanes * left * bits);
    }
    if (sums) average(l, lanes, bits);
    count(l, WEIR_FEATURE_CONTROL, l->op->stages);
}

static void look_global_pool(const look *l) {
    double lanes = get(l, "LANES"), sum = get(l, "SUM_WIDTH"), folds = get(l, "FOLDS");
    count(l, WEIR_FEATURE_ADD, lanes * sum);
    count(l, WEIR_FEATURE_REGISTER, lanes * sum);
    if (folds > 1) store(l, folds, lanes * sum, false);
    average(l, lanes, sum);
    count(l, WEIR_FEATURE_CONTROL, log2_up(get(l, "POSITIONS")) + log2_up(folds));
}

enum { BLOCK_WORDS = 64 }; /* what a LUT can tell apart */

/* The column of a bit over some words of an image. */
static uint64_t column(const weir_image *image, uint32_t bit, uint32_t block) {
    uint32_t word_bytes = weir_beat_bytes(image->word_bits);
    uint64_t bits = 0;
    for (uint32_t i = 0; i < BLOCK_WORDS; i++) {
        uint32_t w = block * BLOCK_WORDS + i;
        if (w < image->words)
            bits |= (uint64_t)(image->bytes[(size_t)w * word_bytes + bit / 8] >> bit % 8 & 1) << i;
    }
    return bits;
}

/* Of a bit's columns, those that vary, equal ones once; 1 if none does and they are not all alike. */
static uint32_t different_blocks(const weir_image *image, uint32_t bit) {
    uint32_t n = (image->words + BLOCK_WORDS - 1) / BLOCK_WORDS, different = 0;
    uint64_t all = image->words < BLOCK_WORDS ? (UINT64_C(1) << image->words) - 1 : UINT64_MAX;
    bool zeros = false, ones = false;
    for (uint32_t b = 0; b < n; b++) {
        uint64_t bits = column(image, bit, b);
        bool seen = bits == 0 || bits == all;
        zeros = zeros || bits == 0;
        ones = ones || bits == all;
        for (uint32_t earlier = 0; earlier < b && !seen; earlier++)
            seen = column(image, bit, earlier) == bits;
        different += !seen;
    }
    return different == 0 && zeros && ones ? 1 : different;
}

/* A bit of a table is a LUT for each 64 words of it that are neither all the same nor the same as
 * others, which of tanh and its like are few. Shared by all that read it where it is block RAM. */
static void image_table(const look *l, const weir_image *image, double ports) {
    if (in_blocks(l, image->words, image->word_bits, ports)) return;
    double luts = 0, varying = 0;
    for (uint32_t b = 0; b < image->word_bits; b++) {
        uint32_t different = different_blocks(image, b);
        luts += different;
        varying += different > 0;
    }
    count(l, WEIR_FEATURE_TABLE, ports * luts);
    count(l, WEIR_FEATURE_REGISTER, ports * varying);
}

/* What a line through the origin makes: `bits` bits, without a sign where it is never negative, with
 * as many fraction bits. As convert(), but of a positive number nothing is below the range, and what
 * rounds it shares LUT with what chooses it. */
static void convert_line(const look *l, double lanes, double bits, bool positive, bool chooses,
                         double fraction) {
    if (!positive) {
        convert(l, lanes, bits, fraction);
        return;
    }
    double overflow = mode(l, "OVERFLOW"), is_signed = get(l, "OUT_SIGNED") != 0;
    double drop = fraction - get(l, "OUT_FRACTION"), most = get(l, "OUT_WIDTH") - is_signed;
    double kept = bits - drop + (drop > 0 && mode(l, "ROUNDING") > WEIR_TRN_ZERO);
    double result = fmin(fmax(bits - fmax(drop, 0), 1), overflow != 0 ? most : most + is_signed);
    /* A limit of zero is a reset; with another one a flip-flop has both a set and a reset. */
    double limit = !chooses ? result : overflow == WEIR_SAT_ZERO ? 0 : 3 * result;
    if (overflow != 0 && kept > most)
        count(l, WEIR_FEATURE_SELECT, lanes * (up(kept - most, 6) + limit));
    count(l, WEIR_FEATURE_REGISTER, lanes * result);
}

static void look_lines(const look *l, bool half) {
    double lanes = l->op->in[0].lanes, in = l->op->in[0].element.width;
    bool is_signed = l->op->in[0].element.is_signed;
    double negative = get(l, "NEGATIVE"), above = get(l, "POSITIVE"), slope = get(l, "SLOPE_WIDTH");
    double fraction = get(l, "IN_FRACTION") + get(l, "SLOPE_FRACTION");
    bool chooses = is_signed && negative != above;
    bool multiplies = get(l, "MULTIPLY") != 0 || (half && above > 1);
    /* Of a product nothing shows that it is never negative, unless its factors are not. */
    bool positive = !is_signed || (negative == 0 && !multiplies);
    double bits = in - (is_signed && positive);
    if (multiplies) {
        bits += slope - positive;
        multiply(l, lanes, in + 1, slope, kept_bits(l, bits, fraction));
        count(l, WEIR_FEATURE_REGISTER, lanes * seen_bits(l, bits, fraction));
    }
    if (chooses) count(l, WEIR_FEATURE_SELECT, lanes * fmin(fmin(in, get(l, "OUT_WIDTH")), bits));
    convert_line(l, lanes, bits, positive, chooses, fraction);
}

static void look_activation(const look *l) {
    double lanes = l->op->in[0].lanes, in = l->op->in[0].element.width;
    double address = get(l, "ADDRESS_WIDTH");
    bool half = get(l, "HALF") != 0;
    count(l, WEIR_FEATURE_CONTROL, l->op->stages);
    if (address > 0) {
        image_table(l, &l->op->images[0], lanes);
        count(l, WEIR_FEATURE_REGISTER, lanes * address);
        bool limits = half || in - get(l, "SHIFT") > address;
        if (limits) count(l, WEIR_FEATURE_SELECT, lanes * (address + in / 4));
        if (half) count(l, WEIR_FEATURE_SELECT, lanes * get(l, "OUT_WIDTH"));
    }
    if (address == 0 || half) look_lines(l, half);
}

static void look_scale(const look *l) {
    double lanes = get(l, "LANES"), in = get(l, "IN_WIDTH"), scale = get(l, "SCALE_WIDTH");
    double bias = get(l, "BIAS_WIDTH"), sum = get(l, "SUM_WIDTH"), folds = get(l, "FOLDS");
    double kept = kept_bits(l, sum, get(l, "FRACTION"));
    multiply(l, lanes, in + (get(l, "IN_SIGNED") == 0), scale + (get(l, "SCALE_SIGNED") == 0),
             fmin(in + scale, kept));
    table(l, folds, lanes * (scale + bias), 1);
    count(l, WEIR_FEATURE_ADD, lanes * kept);
    count(l, WEIR_FEATURE_REGISTER, lanes * (in + (folds > 1 ? fmin(bias, kept) : 0)));
    convert(l, lanes, sum, get(l, "FRACTION"));
    count(l, WEIR_FEATURE_CONTROL, l->op->stages + log2_up(folds));
}

static void look_depthwise(const look *l) {
    double lanes = get(l, "LANES"), taps = get(l, "TAPS"), kernel = get(l, "KERNEL");
    double in = get(l, "IN_WIDTH"), factor = in + (get(l, "IN_SIGNED") == 0);
    double width = get(l, "WEIGHT_WIDTH"), weight = width + (get(l, "WEIGHT_SIGNED") == 0);
    double acc = kept_bits(l, get(l, "ACC_WIDTH"), get(l, "ACC_FRACTION"));
    double folds = get(l, "FOLDS"), groups = kernel / taps;
    multiply(l, lanes * taps, factor, weight, factor + weight);
    if (folds * groups == 1) l->f->value[WEIR_FEATURE_MULTIPLY] *= CONSTANT_FACTOR;
    tree(l, lanes, taps, factor + weight);
    weights(l, folds * groups, taps * lanes * width);
    count(l, WEIR_FEATURE_ADD, lanes * acc);
    count(l, WEIR_FEATURE_SELECT, groups > 1 ? (kernel - taps) * lanes * in + lanes * acc / 4 : 0);
    count(l, WEIR_FEATURE_REGISTER, kernel * lanes * in + lanes * acc);
    if (l->op->n_images + l->op->n_inputs > 2) table(l, folds, lanes * acc, 1); /* biases */
    convert(l, lanes, acc, get(l, "ACC_FRACTION"));
    count(l, WEIR_FEATURE_CONTROL, 3.0 * l->op->stages + log2_up(folds * groups) + log2_up(groups));
}

static void look_fork(const look *l) {
    count(l, WEIR_FEATURE_REGISTER, beat_bits(&l->op->in[0]));
    count(l, WEIR_FEATURE_CONTROL, l->op->n_outputs);
}

/* A held beat, whose turn it is and, where shares have several beats or end unevenly, counters. */
static void look_deal(const look *l) {
    const weir_operator *op = l->op;
    double ports = op->n_inputs > 1 ? op->n_inputs : op->n_outputs, bits = beat_bits(&op->out[0]);
    count(l, WEIR_FEATURE_REGISTER, bits);
    if (op->n_inputs > 1) count(l, WEIR_FEATURE_SELECT, bits * (ports - 1));
    count(l, WEIR_FEATURE_CONTROL, ports * (op->n_outputs > 1 ? 2 : 1));
    if (op->ii_cycles > 1) count(l, WEIR_FEATURE_CONTROL, log2_up((double)op->ii_cycles));
    if (op->initiations % (uint64_t)ports != 0)
        count(l, WEIR_FEATURE_CONTROL, log2_up((double)op->initiations));
}

static void look_add(const look *l) {
    double lanes = get(l, "LANES"), a = get(l, "A_WIDTH"), b = get(l, "B_WIDTH");
    double value = kept_bits(l, get(l, "VALUE_WIDTH"), get(l, "FRACTION"));
    if (get(l, "PRODUCT") != 0)
        multiply(l, lanes, a + (get(l, "A_SIGNED") == 0), b + (get(l, "B_SIGNED") == 0), value);
    else
        count(l, WEIR_FEATURE_ADD, lanes * value);
    if (get(l, "PRODUCT") == 0)
        count(l, WEIR_FEATURE_REGISTER,
              lanes * seen_bits(l, get(l, "VALUE_WIDTH"), get(l, "FRACTION")));
    convert(l, lanes, get(l, "VALUE_WIDTH"), get(l, "FRACTION"));
    count(l, WEIR_FEATURE_CONTROL, l->op->stages);
}

static void look_concat(const look *l) {
    double folds = 0;
    for (uint32_t i = 0; i < l->op->n_inputs; i++) {
        const weir_stream *in = &l->op->in[i];
        if ((double)(in->channels / in->lanes) > folds) folds = in->channels / in->lanes;
    }
    /* One register, for the widest of the inputs' results. */
    double before = l->f->value[WEIR_FEATURE_REGISTER], most = 0, lanes = l->op->out[0].lanes;
    weir_element to = l->op->out[0].element;
    for (uint32_t i = 0; i < l->op->n_inputs; i++) {
        weir_element e = l->op->in[i].element;
        double width = e.width + !e.is_signed, fraction = e.width - e.integer;
        bool same = e.width == to.width && e.integer == to.integer && e.is_signed == to.is_signed;
        if (!same) convert(l, lanes, width, fraction);
        most = fmax(most, same ? e.width : result_bits(l, width, fraction));
    }
    l->f->value[WEIR_FEATURE_REGISTER] = before + lanes * most;
    count(l, WEIR_FEATURE_SELECT, lanes * most * (l->op->n_inputs - 1));
    count(l, WEIR_FEATURE_CONTROL, log2_up(folds) + l->op->n_inputs);
}

static void look_resize(const look *l) {
    double width = get(l, "WIDTH"), folds = get(l, "FOLDS"), columns = get(l, "COLUMNS");
    double rows = get(l, "ROW_FACTOR"), along = get(l, "COLUMN_FACTOR");
    double kept = (rows > 1 ? columns : 1) * folds;
    count(l, WEIR_FEATURE_REGISTER, width);
    count(l, WEIR_FEATURE_CONTROL, log2_up(kept) + log2_up(folds) + log2_up(rows) + log2_up(along));
    if (rows * along <= 1 || kept <= 1) return;
    count(l, WEIR_FEATURE_SELECT, width);
    /* One address for both: memories of LUT with one port. */
    double lut = width * up(kept, 64) * (kept <= 32 ? 0.6 : 1);
    double blocks = ramb18(kept, width);
    if (ROM_FIXED + blocks * ROM_COST < lut * 2) {
        l->f->bram18 += (uint64_t)blocks;
        return;
    }
    l->f->lut_memory += (uint64_t)lut;
    count(l, WEIR_FEATURE_STORE, lut);
    count(l, WEIR_FEATURE_REGISTER, width);
}

static void look_softmax(const look *l) {
    double lanes = get(l, "LANES"), folds = get(l, "FOLDS"), in = get(l, "IN_WIDTH");
    double hi_bits = get(l, "HI_BITS"), lo_bits = get(l, "LO_BITS");
    double hi = get(l, "HI_FRACTION") + 1, lo = get(l, "LO_FRACTION") + 1;
    double inverse = get(l, "INV_FRACTION") + 1, exponents = get(l, "EXPONENTS");
    double levels = lanes <= 4 ? 1 : up(log2_up(lanes), 2), total = hi + exponents;
    multiply(l, lanes, hi + 1, lo + 1, hi + lo);
    multiply(l, lanes, hi + 1, inverse + 1, hi + inverse);
    table(l, ldexp(1, (int)hi_bits), hi, lanes);
    table(l, ldexp(1, (int)lo_bits), lo, lanes);
    table(l, ldexp(1, (int)get(l, "INVERSE_BITS")), inverse, 1);
    if (folds > 1) {
        store(l, folds, lanes * in, true);
        store(l, folds, lanes * hi, true);
    }
    double result = hi + inverse + exponents + 1;
    count(l, WEIR_FEATURE_ADD, lanes * (2 * in + hi) + in + total);
    count(l, WEIR_FEATURE_SELECT,
          lanes * (in + hi_bits + lo_bits + result * log2_up(exponents + 1)) + total);
    count(l, WEIR_FEATURE_REGISTER,
          lanes * (in * (2 + levels) + hi_bits + lo_bits + hi * (levels + 3) + result) + 2 * total +
              in);
    convert(l, lanes, result, get(l, "HI_FRACTION") + get(l, "INV_FRACTION") + exponents);
    count(l, WEIR_FEATURE_CONTROL, 4.0 * l->op->stages + 2 * log2_up(folds));
}

/* Bits of the constants that a multiplier has. */
static int constant_bits(const weir_unrolled *p, uint32_t multiplier) {
    int64_t low = 0, high = 0;
    uint32_t first = multiplier * p->reuse;
    for (uint32_t k = first; k < first + p->reuse && k < p->n_products; k++) {
        if (p->products[k].weight < low) low = p->products[k].weight;
        if (p->products[k].weight > high) high = p->products[k].weight;
    }
    return weir_op_signed_bits(low, high);
}

/* With a reuse factor above 1: multipliers with a selector of elements and one of constants. */
static void look_shared(const look *l) {
    const weir_unrolled *p = l->op->params;
    double factor = l->op->in[0].element.width + !l->op->in[0].element.is_signed;
    for (uint32_t m = 0; m < p->multipliers; m++) {
        double bits = constant_bits(p, m);
        multiply(l, 1, factor, bits, factor + bits);
        table(l, p->reuse, bits, 1);
        count(l, WEIR_FEATURE_SELECT, factor * (p->reuse - 1) / 2);
        count(l, WEIR_FEATURE_REGISTER, factor);
    }
    count(l, WEIR_FEATURE_ADD, (double)l->p->added);
    count(l, WEIR_FEATURE_REGISTER, (double)l->p->registered + beat_bits(&l->op->out[0]));
    convert(l, l->op->out[0].lanes, get(l, "IN_WIDTH"), get(l, "IN_FRACTION"));
    count(l, WEIR_FEATURE_CONTROL, 3.0 * l->op->stages + log2_up(p->reuse));
}

static void look_unrolled_pool(const look *l) {
    double joined = (double)l->p->joined, bits = get(l, "OUT_WIDTH"); /* of weir_reduce */
    bool sums = get(l, "SUM") != 0;
    count(l, WEIR_FEATURE_ADD, joined * bits);
    if (!sums) count(l, WEIR_FEATURE_SELECT, joined * bits);
    count(l, WEIR_FEATURE_REGISTER, (double)l->p->held * bits);
    if (sums) {
        /* A factor that is a power of two is no more than wires. */
        double multiplier = get(l, "MULTIPLIER_WIDTH"), fraction = get(l, "FRACTION");
        double kept = kept_bits(l, bits + multiplier, fraction);
        multiply(l, (double)l->p->scaled, bits, multiplier + 1, kept);
        count(l, WEIR_FEATURE_REGISTER,
              multiplier > 0 ? (l->op->out[0].lanes - (double)l->p->scaled) * bits : 0);
        convert(l, l->op->out[0].lanes, bits + multiplier, fraction);
    }
    count(l, WEIR_FEATURE_CONTROL, l->op->stages);
}

static void look_gather(const look *l) {
    double wired = (double)l->p->wired, width = get(l, "IN_WIDTH");
    bool clips = mode(l, "OVERFLOW") != 0 && get(l, "OUT_SIGNED") == 0; /* what is below zero */
    if (width > 0) {
        convert(l, wired, width, get(l, "IN_FRACTION"));
        if (clips && l->op->in[0].element.is_signed)
            count(l, WEIR_FEATURE_SELECT, wired * result_bits(l, width, get(l, "IN_FRACTION")));
    } else /* what goes out is of the type that comes in */
        count(l, WEIR_FEATURE_REGISTER, wired * l->op->out[0].element.width);
    count(l, WEIR_FEATURE_CONTROL, l->op->n_inputs);
}

/* ------------------------------------------------------------------ from features to costs */

typedef struct looker {
    const char *kind;
    void (*look)(const look *l);
} looker;

static const looker lookers[] = {
    {"window", look_window},
    {"matvec", look_matvec},
    {"shared_matvec", look_turns},
    {"width", look_width},
    {"pool", look_pool},
    {"global_pool", look_global_pool},
    {"activation", look_activation},
    {"scale", look_scale},
    {"depthwise", look_depthwise},
    {"fork", look_fork},
    {"distribute", look_deal},
    {"collect", look_deal},
    {"add", look_add},
    {"multiply", look_add},
    {"concat", look_concat},
    {"resize", look_resize},
    {"softmax", look_softmax},
    {"unrolled", look_shared},
    {"gather", look_gather},
    {"unrolled_pool", look_unrolled_pool},
};

/* The model of an operator: that of its kind and of how it is built. */
static const char *model_of(const weir_operator *op) {
    const char *kind = op->kind->name;
    if (strcmp(kind, "matvec") == 0 && strcmp(op->strategy, "latency") == 0)
        return "matvec_latency";
    if (strcmp(kind, "unrolled") == 0) return op->reuse_factor > 1 ? "unrolled_shared" : kind;
    if (strcmp(kind, "shared_matvec") == 0) return "matvec";
    bool selects = strcmp(kind, "distribute") == 0 || strcmp(kind, "collect") == 0;
    return selects ? "concat" : kind;
}

void weir_estimate_features(const weir_operator *op, weir_features *features) {
    weir_parameters *parameters = weir_parameters_read(op);
    memset(features, 0, sizeof *features);
    features->kind = model_of(op);
    look l = {op, parameters, features};
    bool latency =
        strcmp(features->kind, "matvec_latency") == 0 || strcmp(features->kind, "unrolled") == 0;
    for (size_t k = 0; k < sizeof lookers / sizeof *lookers; k++)
        if (strcmp(lookers[k].kind, op->kind->name) == 0 && !latency) lookers[k].look(&l);
    if (latency) look_latency(&l);
    features->value[WEIR_FEATURE_ONE] = 1;
    weir_parameters_free(parameters);
}

static const weir_fit *fit_of(const char *kind) {
    size_t n = sizeof weir_fits / sizeof *weir_fits;
    for (size_t k = 0; k < n; k++)
        if (strcmp(weir_fits[k].kind, kind) == 0) return &weir_fits[k];
    return NULL;
}

/* The part that a feature is of. */
static weir_part part_of(weir_feature feature, const char *kind) {
    bool keeps = strcmp(kind, "window") == 0 || strcmp(kind, "resize") == 0;
    switch (feature) {
    case WEIR_FEATURE_MULTIPLY:
    case WEIR_FEATURE_PIPE:
        return WEIR_PART_MULTIPLIERS;
    case WEIR_FEATURE_ADD:
        return strstr(kind, "pool") != NULL && strcmp(kind, "global_pool") != 0
                   ? WEIR_PART_CONVERSION
                   : WEIR_PART_ADDERS;
    case WEIR_FEATURE_CONVERT:
        return WEIR_PART_CONVERSION;
    case WEIR_FEATURE_STORE:
        return WEIR_PART_BUFFER;
    case WEIR_FEATURE_TABLE:
        return WEIR_PART_WEIGHTS;
    case WEIR_FEATURE_REGISTER:
    case WEIR_FEATURE_SELECT:
        if (keeps) return WEIR_PART_BUFFER;
        return feature == WEIR_FEATURE_REGISTER ? WEIR_PART_REGISTERS : WEIR_PART_CONTROL;
    default:
        return WEIR_PART_CONTROL;
    }
}

/* Adds `resource` feature by feature; rounding goes to the last. */
static void add_fitted(weir_cost *cost, const weir_features *f, const double *coefficients,
                       weir_resource resource) {
    double exact = 0;
    uint64_t given = 0;
    for (int i = 0; i < WEIR_FEATURES; i++) {
        exact += coefficients[i] * f->value[i];
        uint64_t up_to_here = (uint64_t)(exact + 0.5);
        weir_cost_add(cost, part_of((weir_feature)i, f->kind), resource, up_to_here - given);
        given = up_to_here;
    }
}

void weir_estimate(const weir_operator *op, weir_cost *cost) {
    weir_features f;
    memset(cost, 0, sizeof *cost);
    if (weir_is_weights(op)) {
        weir_weights_cost(op, cost);
        return;
    }
    weir_estimate_features(op, &f);
    const weir_fit *fit = fit_of(f.kind);
    if (fit == NULL) return;
    cost->source = WEIR_COST_ESTIMATE;
    cost->band = fit->band;
    add_fitted(cost, &f, fit->lut, WEIR_LUT);
    add_fitted(cost, &f, fit->ff, WEIR_FF);
    weir_cost_add(cost, WEIR_PART_BUFFER, WEIR_LUT_MEMORY, f.lut_memory);
    weir_cost_add(cost, WEIR_PART_MULTIPLIERS, WEIR_DSP, f.dsp);
    bool keeps = strcmp(f.kind, "window") == 0 || strcmp(f.kind, "resize") == 0;
    weir_cost_add(cost, keeps ? WEIR_PART_BUFFER : WEIR_PART_WEIGHTS, WEIR_BRAM18, f.bram18);
}
