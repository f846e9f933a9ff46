#include "hls/op_common.h"

#include <math.h>
#include <stdio.h>

#define MAX_SLOPE_BITS 17     /* magnitude: one factor of a DSP48's 18 x 25 bits, UG479 */
#define MAX_SLOPE_FRACTION 28 /* so that x * slope stays below 2^61 */
#define MAX_TABLE_SIZE (1u << 20)

typedef enum table_use { TABLE_NONE, TABLE_ALL, TABLE_NEGATIVE } table_use;

typedef struct activation_params {
    weir_layer_kind layer;
    double alpha, gamma;
    weir_fixed out;
    table_use table;
    int shift, address_bits; /* of the table: entry x >> shift, limited to address_bits */
    int64_t low, high;       /* of that entry */
    int64_t *entries;        /* by the entry's low address_bits */
    bool multiply;
    int64_t positive, negative; /* slopes */
    int slope_fraction;
} activation_params;

static double function(const activation_params *p, double x) {
    switch (p->layer) {
    case WEIR_LAYER_SIGMOID:
        return 1 / (1 + exp(-x));
    case WEIR_LAYER_TANH:
        return tanh(x);
    default: /* SELU below 0 */
        return p->gamma * p->alpha * expm1(x);
    }
}

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

static size_t address_of(const activation_params *p, int64_t index) {
    return (size_t)index & (((size_t)1 << p->address_bits) - 1);
}

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const activation_params *p = op->params;
    weir_element element = op->in[0].element;
    int fraction = weir_op_fraction(element) + p->slope_fraction;
    uint64_t n = weir_stream_elements(&op->in[0]);
    for (uint64_t i = 0; i < n; i++) {
        int64_t x = weir_op_value(element, in[0][i]), result;
        if (p->table == TABLE_ALL || (p->table == TABLE_NEGATIVE && x < 0))
            result = p->entries[address_of(p, clamp(x >> p->shift, p->low, p->high))];
        else
            result = weir_fixed_convert(x * (x < 0 ? p->negative : p->positive), fraction, p->out);
        out[0][i] = (int32_t)result;
    }
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const activation_params *p = op->params;
    const weir_stream *in = &op->in[0];
    char note[320] = "", error[80] = "";
    if (op->table_error > 0) snprintf(error, sizeof error, ", error at most %.3g", op->table_error);
    if (p->table != TABLE_NONE)
        snprintf(note, sizeof note, "//   %s, table of %d entries of %d input step%s each%s\n",
                 weir_layer_kind_name(p->layer), 1 << p->address_bits, 1 << p->shift,
                 p->shift > 0 ? "s" : "", error);
    else
        snprintf(note, sizeof note, "//   %s%s before conversion\n", weir_layer_kind_name(p->layer),
                 error[0] ? error : ", exact");
    weir_emit_begin(op, module, note, sv);
    weir_emit_pipe(op, sv);
    weir_text_addf(sv,
                   "    assign start = in0_valid;\n"
                   "    assign in0_ready = advance;\n"
                   "    assign out0_valid = valid[%u];\n"
                   "    assign finish = out0_ready;\n\n"
                   "    %s #(\n",
                   op->stages - 2, p->table == TABLE_NONE ? "weir_lines" : "weir_activation");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "LANES", in->lanes);
    weir_emit_int(&list, "IN_WIDTH", in->element.width);
    weir_emit_int(&list, "IN_FRACTION", weir_op_fraction(in->element));
    weir_emit_int(&list, "IN_SIGNED", in->element.is_signed);
    if (p->table != TABLE_NONE) weir_emit_int(&list, "HALF", p->table == TABLE_NEGATIVE);
    if (p->table != TABLE_ALL) {
        int64_t low = p->positive < p->negative ? p->positive : p->negative;
        int64_t high = p->positive > p->negative ? p->positive : p->negative;
        if (p->table == TABLE_NONE) {
            weir_emit_int(&list, "MULTIPLY", p->multiply);
            weir_emit_int(&list, "NEGATIVE", p->negative);
        }
        weir_emit_int(&list, "POSITIVE", p->positive);
        weir_emit_int(&list, "SLOPE_FRACTION", p->slope_fraction);
        weir_emit_int(&list, "SLOPE_WIDTH", weir_op_signed_bits(low, high));
    }
    if (p->table != TABLE_NONE) {
        weir_emit_int(&list, "SHIFT", p->shift);
        weir_emit_int(&list, "ADDRESS_WIDTH", p->address_bits);
        weir_emit_value(&list, "FILE", "ROM_FILE0");
    }
    weir_emit_type(&list, "OUT_", p->out);
    weir_text_addf(sv, "\n    ) core (.clk, .fire(fire[%u:0]), .in(in0_data), .out(out0_data));\n",
                   op->stages - 2);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv",
                                      "weir_requant.sv",
                                      "weir_table.sv",
                                      "weir_delay.sv",
                                      "weir_lines.sv",
                                      "weir_activation.sv",
                                      NULL};

static const weir_operator_kind kind = {.name = "activation",
                                        .infer = infer,
                                        .step = weir_op_step_each,
                                        .emit = emit,
                                        .library = library};

/* The entry of all inputs first .. last: halfway between the function's values there, which has the
 * smallest largest error as the function is monotone; to nearest, and saturated within the type's
 * values, as a constant has no reason to wrap. Returns that largest error. */
static double make_entry(const activation_params *p, int fraction, int64_t first, int64_t last,
                         int64_t *entry) {
    weir_fixed nearest = p->out;
    nearest.rounding = WEIR_RND_CONV;
    if (nearest.overflow < WEIR_SAT_SYM) nearest.overflow = WEIR_SAT;
    double a = function(p, ldexp((double)first, -fraction));
    double b = function(p, ldexp((double)last, -fraction));
    *entry = weir_fixed_from_double((a + b) / 2, nearest);
    /* All these inputs lie on one side of zero, and so do the function's values. */
    if (p->out.overflow == WEIR_SIGN) return 0;
    double value = weir_fixed_to_double(*entry, p->out);
    return fmax(fabs(value - a), fabs(value - b));
}

/* Fills p->entries for p->shift; returns the largest error over all inputs. */
static double fill_table(activation_params *p, weir_element element) {
    int64_t smallest = weir_op_low(element);
    int64_t largest = p->table == TABLE_NEGATIVE ? -1 : weir_op_high(element);
    double worst = 0;
    for (int64_t index = p->low; index <= p->high; index++) {
        int64_t first = index * ((int64_t)1 << p->shift);
        int64_t last = first + ((int64_t)1 << p->shift) - 1;
        /* The outermost entries stand for all that lies beyond them too. */
        if (index == p->low || first < smallest) first = smallest;
        if (index == p->high || last > largest) last = largest;
        int64_t *entry = &p->entries[address_of(p, index)];
        *entry = 0;
        if (first <= last)
            worst = fmax(worst, make_entry(p, weir_op_fraction(element), first, last, entry));
    }
    return worst;
}

/* Chooses the range that the table covers: the power of two with the smallest largest error. */
static double make_table(activation_params *p, weir_arena *arena, weir_element element,
                         uint32_t table_size) {
    int width = element.width - (p->table == TABLE_NEGATIVE);
    int bits = weir_op_bits(table_size) - 1;
    p->address_bits = bits < width ? bits : width > 0 ? width : 1;
    int64_t size = (int64_t)1 << p->address_bits;
    p->low = p->table == TABLE_NEGATIVE ? -size : element.is_signed ? -size / 2 : 0;
    p->high = p->low + size - 1;
    p->entries = WEIR_NEW(arena, int64_t, (size_t)size);
    int best = 0;
    double least = INFINITY;
    for (p->shift = 0; p->shift == 0 || p->shift <= width - p->address_bits; p->shift++) {
        double error = fill_table(p, element);
        if (error < least) {
            least = error;
            best = p->shift;
        }
    }
    p->shift = best;
    return fill_table(p, element);
}

/* The slope as an integer with up to MAX_SLOPE_FRACTION fraction bits, as many as MAX_SLOPE_BITS
 * allow, without trailing zeros: exact when its binary expansion is short. */
static int64_t quantise_slope(double slope, int *fraction) {
    int exponent;
    frexp(slope, &exponent); /* |slope| < 2^exponent */
    *fraction = MAX_SLOPE_BITS - exponent;
    if (*fraction > MAX_SLOPE_FRACTION) *fraction = MAX_SLOPE_FRACTION;
    int64_t value = llrint(ldexp(slope, *fraction));
    while (*fraction > 0 && value % 2 == 0) {
        value /= 2;
        --*fraction;
    }
    return value;
}

/* Returns the largest error that the slopes make before conversion. */
static double make_slopes(activation_params *p, weir_element element) {
    double low = ldexp(-(double)weir_op_low(element), -weir_op_fraction(element));
    double high = ldexp((double)weir_op_high(element), -weir_op_fraction(element));
    p->positive = 1;
    if (p->layer == WEIR_LAYER_QUANT) p->negative = 1;
    if (p->layer == WEIR_LAYER_LEAKY_RELU) {
        p->negative = quantise_slope(p->alpha, &p->slope_fraction);
        p->positive = (int64_t)1 << p->slope_fraction;
        p->multiply = true;
        return low * fabs(ldexp((double)p->negative, -p->slope_fraction) - p->alpha);
    }
    if (p->layer == WEIR_LAYER_SELU) {
        p->positive = quantise_slope(p->gamma, &p->slope_fraction);
        p->multiply = true;
        return high * fabs(ldexp((double)p->positive, -p->slope_fraction) - p->gamma);
    }
    return 0;
}

static bool check_slope(double slope, const char *what, const char *name, weir_loc loc,
                        weir_diag *diag) {
    if (fabs(slope) < 1 << (MAX_SLOPE_BITS - 1)) return true; /* and not NaN */
    return weir_error(diag, loc, "process \"%s\": %s is %g, must be between -65536 and 65536", name,
                      what, slope);
}

static bool check(const char *name, weir_layer_kind layer, double alpha, double gamma,
                  uint32_t table_size, weir_loc loc, weir_diag *diag) {
    bool fine = true;
    switch (layer) {
    case WEIR_LAYER_RELU:
    case WEIR_LAYER_QUANT:
        return true;
    case WEIR_LAYER_LEAKY_RELU:
        return check_slope(alpha, "alpha", name, loc, diag);
    case WEIR_LAYER_SELU:
        fine = check_slope(alpha, "alpha", name, loc, diag);
        fine = check_slope(gamma, "gamma", name, loc, diag) && fine;
        break;
    case WEIR_LAYER_SIGMOID:
    case WEIR_LAYER_TANH:
        break;
    default:
        return weir_error(diag, loc,
                          "process \"%s\": activation %s, must be relu, leaky_relu, selu, "
                          "sigmoid, tanh or quant",
                          name, weir_layer_kind_name(layer));
    }
    if (table_size < 2 || table_size > MAX_TABLE_SIZE || (table_size & (table_size - 1)) != 0)
        fine = weir_error(
            diag, loc, "process \"%s\": table of %u entries, must be a power of two from 2 to %u",
            name, table_size, MAX_TABLE_SIZE);
    return fine;
}

bool weir_activation_operator(weir_operator *op, weir_arena *arena, const char *name,
                              weir_stream in, weir_layer_kind layer, double alpha, double gamma,
                              uint32_t table_size, weir_fixed out, weir_loc loc, weir_diag *diag) {
    bool fine = weir_op_check_stream(&in, name, "input", loc, diag);
    fine = weir_op_check_type(out, name, "output", loc, diag) && fine;
    fine = check(name, layer, alpha, gamma, table_size, loc, diag) && fine;
    if (!fine) return false;
    activation_params *p = WEIR_NEW(arena, activation_params, 1);
    *p = (activation_params){.layer = layer, .alpha = alpha, .gamma = gamma, .out = out};
    weir_stream to = in;
    to.element = weir_fixed_element(out);
    weir_op_begin(op, &kind, arena, name, in, to);
    if (layer == WEIR_LAYER_SIGMOID || layer == WEIR_LAYER_TANH)
        p->table = TABLE_ALL;
    else if (layer == WEIR_LAYER_SELU && in.element.is_signed)
        p->table = TABLE_NEGATIVE;
    if (p->table != TABLE_ALL) op->table_error = make_slopes(p, in.element);
    if (p->table != TABLE_NONE) {
        op->table_error = fmax(op->table_error, make_table(p, arena, in.element, table_size));
        weir_image *image = WEIR_NEW(arena, weir_image, 1);
        weir_op_image(arena, image, "core.values.mem", p->entries, 1u << p->address_bits, 1,
                      out.width);
        op->images = image;
        op->n_images = 1;
    }
    op->params = p;
    op->scope = WEIR_SCOPE_BEAT;
    op->steps = op->initiations = weir_stream_beats(&in);
    op->ii_cycles = 1;
    op->stages = p->table != TABLE_NONE || p->multiply ? 3 : 2;
    op->multipliers = p->multiply ? in.lanes : 0;
    return true;
}
