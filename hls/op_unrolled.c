#include "hls/op_unrolled.h"
#include "hls/multiplications.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const weir_unrolled *p = op->params;
    for (uint32_t o = 0; o < p->outputs; o++) {
        int64_t sum = p->bias[o];
        for (uint32_t k = p->first[o]; k < p->first[o + 1]; k++)
            sum += weir_op_value(op->in[0].element, in[0][p->products[k].input]) *
                   p->products[k].weight;
        out[0][o] = (int32_t)weir_sum_convert(&p->sums, sum);
    }
}

static unsigned step(const weir_operator *op, uint64_t index) {
    return (index == 0 ? WEIR_READS(0) : 0) | (index == op->steps - 1 ? WEIR_WRITES(0) : 0);
}

static const char *const library[] = {"weir_pipe.sv", "weir_requant.sv", NULL};

static const weir_operator_kind kind = {.name = "unrolled",
                                        .infer = infer,
                                        .step = step,
                                        .emit = weir_unrolled_emit,
                                        .library = library};

/* ------------------------------------------------------------------ checks */

static bool check_weights(const char *name, const weir_unrolled_spec *spec, weir_loc loc,
                          weir_diag *diag) {
    int64_t low = weir_fixed_min(spec->weight_type), high = weir_fixed_max(spec->weight_type);
    for (uint32_t k = 0; k < spec->lists.first[spec->lists.outputs]; k++) {
        int64_t w =
            spec->weight_type.is_signed ? spec->weights[k] : (int64_t)(uint32_t)spec->weights[k];
        if (w < low || w > high)
            return weir_error(diag, loc,
                              "process \"%s\": weight %" PRId64 "; its type holds %" PRId64
                              " to %" PRId64,
                              name, w, low, high);
        if (spec->lists.inputs[k] >= spec->in.channels)
            return weir_error(diag, loc, "process \"%s\": element %u of an input of %u", name,
                              spec->lists.inputs[k], spec->in.channels);
    }
    return true;
}

static bool check_types(const char *name, const weir_unrolled_spec *spec, weir_loc loc,
                        weir_diag *diag) {
    bool fine = weir_op_check_type(spec->weight_type, name, "weight", loc, diag);
    fine &= weir_op_check_type(spec->out, name, "output", loc, diag);
    const weir_fixed *acc = spec->accumulator;
    int most = acc && acc->is_signed ? 63 : 62;
    if (acc && (acc->width < 1 || acc->width > most))
        fine = weir_error(diag, loc, "process \"%s\": accumulator type of %d bits, 1 to %d allowed",
                          name, acc->width, most);
    if (spec->tree_levels < 1 || spec->tree_levels > WEIR_MAX_TREE_LEVELS)
        fine = weir_error(diag, loc, "process \"%s\": %u adder levels a stage, 1 to %d allowed",
                          name, spec->tree_levels, WEIR_MAX_TREE_LEVELS);
    return fine;
}

/* Partial sums need no more bits than whole ones: each product's range includes 0. */
static bool check_sums(const char *name, const weir_unrolled *p, weir_element element, weir_loc loc,
                       weir_diag *diag) {
    for (uint32_t o = 0; o < p->outputs; o++) {
        __int128 low = p->bias[o], high = low;
        for (uint32_t k = p->first[o]; k < p->first[o + 1]; k++) {
            int64_t w = p->products[k].weight;
            low += (__int128)w * (w < 0 ? weir_op_high(element) : weir_op_low(element));
            high += (__int128)w * (w < 0 ? weir_op_low(element) : weir_op_high(element));
        }
        if (low <= -WEIR_SUM_LIMIT || high >= WEIR_SUM_LIMIT)
            return weir_error(diag, loc,
                              "process \"%s\": the sum of output %u needs more than 63 bits; at "
                              "most 63 are allowed, narrow the input or the weights",
                              name, o);
    }
    return true;
}

/* ------------------------------------------------------------------ building */

/* The products with weights that are not zero. */
static void keep_products(weir_unrolled *p, weir_arena *arena, const weir_unrolled_spec *spec) {
    const weir_lists *lists = &spec->lists;
    uint32_t *first = WEIR_NEW(arena, uint32_t, p->outputs + 1), n = 0;
    for (uint32_t k = 0; k < lists->first[p->outputs]; k++)
        n += spec->weights[k] != 0;
    weir_product *products = WEIR_NEW(arena, weir_product, n + 1);
    n = 0;
    for (uint32_t o = 0; o < p->outputs; o++) {
        for (uint32_t k = lists->first[o]; k < lists->first[o + 1]; k++) {
            int32_t w = spec->weights[k];
            if (w == 0) continue;
            int64_t weight = spec->weight_type.is_signed ? w : (int64_t)(uint32_t)w;
            products[n++] = (weir_product){lists->inputs[k], weight};
        }
        first[o + 1] = n;
    }
    p->first = first;
    p->products = products;
    p->n_products = n;
}

/* Stages of adders, each joining up to 2^levels: as many as the output with the most addends needs.
 * Its last stage adds the bias too, or what has been summed in earlier steps. */
static uint32_t tree_stages(const weir_unrolled *p) {
    uint64_t group = (uint64_t)1 << p->tree_levels;
    uint32_t most = 1;
    for (uint32_t o = 0; o < p->outputs; o++) {
        uint32_t begin, end, stages = 1;
        weir_unrolled_span(p, o, &begin, &end);
        uint64_t addends = end - begin, own = p->reuse > 1 || p->bias[o] != 0;
        for (; addends + own > group && addends > 1; stages++)
            addends = weir_op_ceil_div(addends, group);
        if (stages > most) most = stages;
    }
    return most;
}

static void finish(weir_operator *op, weir_unrolled *p, const weir_unrolled_spec *spec) {
    uint64_t most = p->n_products > 0 ? p->n_products : 1;
    uint64_t reuse = spec->reuse_factor < most ? spec->reuse_factor : most;
    p->reuse = reuse > 0 ? (uint32_t)reuse : 1;
    p->multipliers = (uint32_t)weir_op_ceil_div(p->n_products, p->reuse);
    p->tree_stages = tree_stages(p);
    p->converts = p->sums.has_accumulator || spec->out.rounding != WEIR_TRN ||
                  spec->out.overflow != WEIR_WRAP;
    op->multipliers = p->multipliers;
    for (uint32_t k = 0; k < p->n_products && p->reuse == 1; k++) {
        int64_t w = p->products[k].weight;
        op->multipliers -= weir_is_shifts((uint64_t)(w < 0 ? -w : w));
    }
    op->stages = 3 + p->tree_stages + p->converts;
    op->reuse_factor = op->ii_cycles = op->steps = p->reuse;
    op->initiations = 1;
    op->strategy = "parallel";
}

bool weir_unrolled_operator(weir_operator *op, weir_arena *arena, const char *name,
                            const weir_unrolled_spec *spec, weir_loc loc, weir_diag *diag) {
    uint32_t outputs = spec->lists.outputs;
    weir_stream out = {1, 1, outputs, outputs, weir_fixed_element(spec->out)};
    bool fine = weir_op_check_stream(&spec->in, name, "input", loc, diag);
    fine &= check_types(name, spec, loc, diag);
    if (fine) fine = weir_op_check_stream(&out, name, "output", loc, diag);
    if (fine && weir_stream_beats(&spec->in) != 1)
        fine =
            weir_error(diag, loc, "process \"%s\": a frame of %" PRIu64 " beats, must be one beat",
                       name, weir_stream_beats(&spec->in));
    if (!fine || !check_weights(name, spec, loc, diag)) return false;
    weir_unrolled *p = WEIR_NEW(arena, weir_unrolled, 1);
    int64_t *bias = WEIR_NEW(arena, int64_t, outputs);
    if (spec->bias) memcpy(bias, spec->bias, outputs * sizeof *bias);
    *p = (weir_unrolled){
        .outputs = outputs,
        .bias = bias,
        .tree_levels = spec->tree_levels,
        .sums = {.fraction =
                     weir_op_fraction(spec->in.element) + weir_fixed_fraction(spec->weight_type),
                 .has_accumulator = spec->accumulator != NULL,
                 .out = spec->out},
    };
    if (spec->accumulator) p->sums.accumulator = *spec->accumulator;
    keep_products(p, arena, spec);
    if (p->n_products > WEIR_UNROLL_LIMIT)
        return weir_error(diag, loc,
                          "process \"%s\": %u multiplications, at most %u can be built each in its "
                          "own place",
                          name, p->n_products, WEIR_UNROLL_LIMIT);
    if (!check_sums(name, p, spec->in.element, loc, diag)) return false;
    weir_op_begin(op, &kind, arena, name, spec->in, out);
    op->params = p;
    finish(op, p, spec);
    return true;
}
