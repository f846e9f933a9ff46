#include "hls/op_common.h"

#include <math.h>
#include <stdio.h>

#define MAX_TABLE_SIZE (1u << 20)
#define MAX_CHANNELS (1u << 20)
/* Fractions of the exponentials and of the reciprocal: at least so many that a product fits a
 * DSP48's 25 x 18 bits (UG479), at most so many that results stay below 2^61. */
#define MIN_HI_FRACTION 17
#define MAX_HI_FRACTION 24
#define MIN_INVERSE_FRACTION 16
#define MAX_INVERSE_FRACTION 24
#define MAX_RESULT_FRACTION 58

typedef struct softmax_params {
    weir_fixed out;
    int drop, hi_bits, lo_bits; /* of u = maximum - x, from the right: dropped, low, high */
    int hi_fraction, lo_fraction;
    int exponents; /* the sum is below 2^(exponents + 1) */
    int inverse_bits, inverse_fraction;
    int64_t *hi, *lo, *inverse;
    uint32_t folds;
} softmax_params;

static int floor_log2(uint64_t value) {
    return weir_op_bits(value) - 1;
}

static int64_t exponential(const softmax_params *p, int64_t distance) {
    int64_t u = distance >> p->drop, limit = ((int64_t)1 << (p->hi_bits + p->lo_bits)) - 1;
    if (u > limit) u = limit;
    int64_t low = u & (((int64_t)1 << p->lo_bits) - 1);
    return p->hi[u >> p->lo_bits] * p->lo[low] >> p->lo_fraction;
}

static void infer_position(const softmax_params *p, const weir_stream *from, const int32_t *in,
                           int32_t *out) {
    int64_t maximum = weir_op_value(from->element, in[0]), total = 0;
    for (uint32_t c = 1; c < from->channels; c++)
        if (weir_op_value(from->element, in[c]) > maximum)
            maximum = weir_op_value(from->element, in[c]);
    for (uint32_t c = 0; c < from->channels; c++)
        total += exponential(p, maximum - weir_op_value(from->element, in[c]));
    /* The largest element adds exactly 1, so the sum has a leading one at its fraction or above. */
    int top = p->hi_fraction + p->exponents;
    int places = top - floor_log2((uint64_t)total);
    int64_t index = (total << places >> (top - p->inverse_bits)) - ((int64_t)1 << p->inverse_bits);
    for (uint32_t c = 0; c < from->channels; c++) {
        int64_t quotient =
            exponential(p, maximum - weir_op_value(from->element, in[c])) * p->inverse[index];
        out[c] = (int32_t)weir_fixed_convert(
            quotient << places, p->hi_fraction + p->inverse_fraction + p->exponents, p->out);
    }
}

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const weir_stream *from = &op->in[0];
    uint64_t positions = (uint64_t)from->rows * from->columns;
    for (uint64_t at = 0; at < positions; at++)
        infer_position(op->params, from, in[0] + at * from->channels, out[0] + at * from->channels);
}

static unsigned step(const weir_operator *op, uint64_t index) {
    const softmax_params *p = op->params;
    if (p->folds == 1) return WEIR_READS(0) | WEIR_WRITES(0);
    uint64_t pass = index / p->folds % 3;
    return pass == 0 ? WEIR_READS(0) : pass == 2 ? WEIR_WRITES(0) : 0;
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const softmax_params *p = op->params;
    const weir_stream *in = &op->in[0];
    char note[256];
    snprintf(note, sizeof note,
             "//   tables of %d, %d and %d entries, error before conversion at most %.3g\n",
             1 << p->hi_bits, 1 << p->lo_bits, 1 << p->inverse_bits, op->table_error);
    weir_emit_begin(op, module, note, sv);
    weir_emit_pipe(op, sv);
    weir_text_addf(sv,
                   "    logic reads, writes;\n"
                   "    assign start = ~reads | in0_valid;\n"
                   "    assign in0_ready = advance & reads;\n"
                   "    assign out0_valid = valid[%u] & writes;\n"
                   "    assign finish = ~writes | out0_ready;\n\n"
                   "    weir_softmax #(\n",
                   op->stages - 2);
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "LANES", in->lanes);
    weir_emit_int(&list, "FOLDS", p->folds);
    weir_emit_int(&list, "IN_WIDTH", in->element.width);
    weir_emit_int(&list, "IN_SIGNED", in->element.is_signed);
    weir_emit_int(&list, "DROP", p->drop);
    weir_emit_int(&list, "HI_BITS", p->hi_bits);
    weir_emit_int(&list, "LO_BITS", p->lo_bits);
    weir_emit_int(&list, "HI_FRACTION", p->hi_fraction);
    weir_emit_int(&list, "LO_FRACTION", p->lo_fraction);
    weir_emit_int(&list, "EXPONENTS", p->exponents);
    weir_emit_int(&list, "INVERSE_BITS", p->inverse_bits);
    weir_emit_int(&list, "INV_FRACTION", p->inverse_fraction);
    weir_emit_value(&list, "HI_FILE", "ROM_FILE0");
    weir_emit_value(&list, "LO_FILE", "ROM_FILE1");
    weir_emit_value(&list, "INVERSE_FILE", "ROM_FILE2");
    weir_emit_type(&list, "OUT_", p->out);
    weir_text_addf(sv,
                   "\n    ) core (\n"
                   "        .clk, .rst, .fire(fire[%u:0]), .in(in0_data),\n"
                   "        .reads, .writes, .out(out0_data)\n    );\n",
                   op->stages - 2);
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv",
                                      "weir_requant.sv",
                                      "weir_table.sv",
                                      "weir_delay.sv",
                                      "weir_reduce.sv",
                                      "weir_softmax.sv",
                                      NULL};

static const weir_operator_kind kind = {
    .name = "softmax", .infer = infer, .step = step, .emit = emit, .library = library};

static int limited(int value, int low, int high) {
    return value < low ? low : value > high ? high : value;
}

/* Fractions by what the output's step and the number of channels ask for; then as many bits of
 * u = maximum - x as matter: beyond them exp(-u) is 0 to the fraction kept. */
static void choose_formats(softmax_params *p, const weir_stream *in, int table_bits) {
    int out_fraction = weir_fixed_fraction(p->out), in_fraction = weir_op_fraction(in->element);
    p->exponents = floor_log2(in->channels);
    p->hi_fraction = limited(out_fraction + 4 + p->exponents, MIN_HI_FRACTION, MAX_HI_FRACTION);
    p->lo_fraction = p->hi_fraction - 1;
    p->inverse_fraction = limited(out_fraction + 2, MIN_INVERSE_FRACTION, MAX_INVERSE_FRACTION);
    int room = MAX_RESULT_FRACTION - p->hi_fraction - p->exponents;
    if (p->inverse_fraction > room) p->inverse_fraction = room;
    double reach = ldexp((p->hi_fraction + 1) * log(2), in_fraction);
    int bits = 2; /* each table has an address */
    while (bits < in->element.width && ldexp(1, bits) - 1 < reach)
        bits++;
    p->hi_bits = limited((bits + 1) / 2, 1, table_bits);
    p->lo_bits = limited(bits - p->hi_bits, 1, table_bits);
    p->drop = bits - p->hi_bits - p->lo_bits;
    p->inverse_bits = limited(table_bits, 1, p->hi_fraction + p->exponents);
}

static void fill_tables(softmax_params *p, weir_arena *arena, int in_fraction) {
    int64_t n_hi = (int64_t)1 << p->hi_bits, n_lo = (int64_t)1 << p->lo_bits;
    int64_t n_inverse = (int64_t)1 << p->inverse_bits;
    p->hi = WEIR_NEW(arena, int64_t, (size_t)n_hi);
    p->lo = WEIR_NEW(arena, int64_t, (size_t)n_lo);
    p->inverse = WEIR_NEW(arena, int64_t, (size_t)n_inverse);
    for (int64_t i = 0; i < n_hi; i++)
        p->hi[i] = llrint(
            ldexp(exp(-ldexp((double)i, p->lo_bits + p->drop - in_fraction)), p->hi_fraction));
    for (int64_t i = 0; i < n_lo; i++)
        p->lo[i] = llrint(ldexp(exp(-ldexp((double)i, p->drop - in_fraction)), p->lo_fraction));
    /* Halfway between the reciprocals of an entry's two ends. */
    bool exact = p->inverse_bits == p->hi_fraction + p->exponents;
    for (int64_t i = 0; i < n_inverse; i++) {
        double low = 1 + ldexp((double)i, -p->inverse_bits);
        double high = exact ? low : 1 + ldexp((double)i + 1, -p->inverse_bits);
        p->inverse[i] = llrint(ldexp((1 / low + 1 / high) / 2, p->inverse_fraction));
    }
}

/* A bound of |computed - exact softmax| before conversion, for any input.
 *
 * Let E_j <= 1 be the exact exponentials, S >= 1 their sum, p = E_i / S. The computed ones are
 * E_j (1 + r_j) + t_j with 0 <= r_j <= rho (dropped bits of u) and |t_j| <= tau (rounding of the two
 * tables and of their product; what lies beyond the table's end), save for the largest, which is
 * exactly 1. So their sum is at least 1 and at least S - (C - 1) tau, and the quotient differs by
 * at most rho p (1 - p) (1 + (C - 1) tau) + tau max(1, C - 1). The reciprocal adds a relative error
 * of at most kappa of a quotient that is at most 1. */
static double error_bound(const softmax_params *p, const weir_stream *in) {
    int in_fraction = weir_op_fraction(in->element);
    int u_bits = p->drop + p->hi_bits + p->lo_bits;
    double others = in->channels - 1.0;
    double rho = expm1(ldexp(ldexp(1, p->drop) - 1, -in_fraction));
    double hi_step = ldexp(1, -p->hi_fraction), lo_step = ldexp(1, -p->lo_fraction);
    double tau = hi_step / 2 + lo_step / 2 + hi_step * lo_step / 4 + hi_step;
    if (u_bits < in->element.width) /* the last entry stands for all beyond it */
        tau += exp(-ldexp(ldexp(1, u_bits) - ldexp(1, p->drop), -in_fraction));
    double sum_error =
        in->channels > 1 ? rho / 4 * (1 + others * tau) + tau * (others > 1 ? others : 1) : 0;
    double kappa = 0;
    bool exact = p->inverse_bits == p->hi_fraction + p->exponents;
    for (int64_t i = 0; i < (int64_t)1 << p->inverse_bits; i++) {
        double low = 1 + ldexp((double)i, -p->inverse_bits);
        double high = exact ? low : 1 + ldexp((double)i + 1, -p->inverse_bits);
        double entry = ldexp((double)p->inverse[i], -p->inverse_fraction);
        kappa = fmax(kappa, fmax(fabs(entry * low - 1), fabs(entry * high - 1)));
    }
    return sum_error + kappa;
}

static void make_images(weir_operator *op, weir_arena *arena, const softmax_params *p) {
    weir_image *images = WEIR_NEW(arena, weir_image, 3);
    weir_op_image(arena, &images[0], "core.hi_values.mem", p->hi, 1u << p->hi_bits, 1,
                  p->hi_fraction + 1);
    weir_op_image(arena, &images[1], "core.lo_values.mem", p->lo, 1u << p->lo_bits, 1,
                  p->lo_fraction + 1);
    weir_op_image(arena, &images[2], "core.inverse_values.mem", p->inverse, 1u << p->inverse_bits,
                  1, p->inverse_fraction + 1);
    op->images = images;
    op->n_images = 3;
}

bool weir_softmax_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                           uint32_t table_size, weir_fixed out, weir_loc loc, weir_diag *diag) {
    bool fine = weir_op_check_stream(&in, name, "input", loc, diag);
    fine = weir_op_check_type(out, name, "output", loc, diag) && fine;
    if (in.channels > MAX_CHANNELS)
        fine = weir_error(diag, loc, "process \"%s\": softmax over %u channels, at most %u", name,
                          in.channels, MAX_CHANNELS);
    if (table_size < 2 || table_size > MAX_TABLE_SIZE || (table_size & (table_size - 1)) != 0)
        fine = weir_error(
            diag, loc, "process \"%s\": table of %u entries, must be a power of two from 2 to %u",
            name, table_size, MAX_TABLE_SIZE);
    if (!fine) return false;
    softmax_params *p = WEIR_NEW(arena, softmax_params, 1);
    p->out = out;
    /* A probability of 1 never wraps to nothing. */
    if (out.overflow == WEIR_WRAP) p->out.overflow = WEIR_SAT;
    p->folds = in.channels / in.lanes;
    weir_stream to = in;
    to.element = weir_fixed_element(out);
    weir_op_begin(op, &kind, arena, name, in, to);
    choose_formats(p, &in, floor_log2(table_size));
    fill_tables(p, arena, weir_op_fraction(in.element));
    op->params = p;
    op->table_error = error_bound(p, &in);
    make_images(op, arena, p);
    op->initiations = (uint64_t)in.rows * in.columns;
    op->ii_cycles = p->folds == 1 ? 1 : 3 * (uint64_t)p->folds;
    op->scope = WEIR_SCOPE_POSITION;
    op->steps = op->initiations * op->ii_cycles;
    uint32_t tree = 1; /* stages of weir_reduce */
    for (uint64_t reach = 4; reach < in.lanes; reach *= 4)
        tree++;
    op->stages = 2 * tree + 12;
    op->multipliers = 2 * in.lanes; /* products of tables, divisions */
    return true;
}
