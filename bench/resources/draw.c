#include "bench/resources/draw.h"
#include "hls/operators.h"
#include "hls/unrolled.h"

typedef struct drawing {
    weir_arena *arena;
    weir_diag *diag;
    uint64_t random; /* xorshift64 (Marsaglia 2003) */
} drawing;

static uint32_t any(drawing *s, uint32_t low, uint32_t high) {
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return low + (uint32_t)((s->random >> 20) % (high - low + 1));
}

static bool chance(drawing *s, uint32_t percent) {
    return any(s, 1, 100) <= percent;
}

static weir_fixed type(drawing *s, int low, int high) {
    int width = (int)any(s, (uint32_t)low, (uint32_t)high);
    weir_fixed t = {.width = width,
                    .integer = (int)any(s, 1, (uint32_t)width / 2 + 1),
                    .is_signed = chance(s, 75)};
    if (chance(s, 40)) t.rounding = (weir_rounding)any(s, 1, 6);
    if (chance(s, 40)) t.overflow = (weir_overflow)any(s, 1, 3);
    return t;
}

/* A stream with `channels` a multiple of its lanes. */
static weir_stream stream(drawing *s, uint32_t most_lanes, uint32_t most_folds) {
    weir_fixed t = type(s, 3, 18);
    uint32_t lanes = any(s, 1, most_lanes), size = any(s, 4, 48);
    return (weir_stream){size, size, lanes * any(s, 1, most_folds), lanes, weir_fixed_element(t)};
}

static int32_t *weights(drawing *s, uint32_t n, weir_fixed t, uint32_t zeros) {
    int32_t *list = WEIR_NEW(s->arena, int32_t, n);
    int64_t low = weir_fixed_min(t), span = weir_fixed_max(t) - low + 1;
    for (uint32_t i = 0; i < n; i++) {
        /* Near to a bell, as trained weights are: the mean of three. */
        int64_t sum = 0;
        for (int k = 0; k < 3; k++)
            sum += low + any(s, 0, (uint32_t)(span - 1));
        list[i] = chance(s, zeros) ? 0 : (int32_t)(sum / 3);
    }
    return list;
}

static int64_t *biases(drawing *s, uint32_t n, int bits) {
    int64_t *list = WEIR_NEW(s->arena, int64_t, n);
    for (uint32_t i = 0; i < n; i++)
        list[i] = (int64_t)any(s, 0, (1u << bits) - 1) - (1 << (bits - 1));
    return list;
}

/* A divisor of n, any one. */
static uint32_t divisor(drawing *s, uint32_t n) {
    uint32_t d = any(s, 1, n);
    while (n % d)
        d--;
    return d;
}

/* ------------------------------------------------------------------ one drawing a kind */

static weir_window_shape shape(drawing *s) {
    uint32_t k = any(s, 1, 5), stride = any(s, 1, 2), pad = chance(s, 50) ? k / 2 : 0;
    if (k == 1) k = 2;
    return (weir_window_shape){
        k, chance(s, 80) ? k : any(s, 1, 4), stride, stride, 1, 1, pad, pad, pad, pad};
}

static bool draw_window(drawing *s, weir_operator *op) {
    weir_stream in = stream(s, 8, 6);
    return weir_window_operator(op, s->arena, "window", in, shape(s), 0, WEIR_NOWHERE, s->diag);
}

static bool draw_matvec(drawing *s, weir_operator *op) {
    uint32_t outputs = any(s, 1, 48), lanes = any(s, 1, 24);
    weir_fixed t = type(s, 3, 16);
    weir_stream in = {any(s, 1, 9), any(s, 1, 9), lanes * any(s, 1, 8), lanes,
                      weir_fixed_element(type(s, 3, 18))};
    weir_matvec_spec spec = {.in = in,
                             .outputs = outputs,
                             .weights = weights(s, in.channels * outputs, t, 20),
                             .weight_type = t,
                             .out = type(s, 4, 18)};
    do {
        spec.pe = divisor(s, outputs);
        spec.simd = divisor(s, lanes);
    } while (spec.pe * spec.simd > 32);
    spec.out_lanes = spec.pe * divisor(s, outputs / spec.pe);
    if (chance(s, 70)) spec.bias = biases(s, outputs, 8);
    return weir_matvec_operator(op, s->arena, "matvec", &spec, WEIR_NOWHERE, s->diag);
}

static bool draw_latency(drawing *s, weir_operator *op) {
    uint32_t channels = any(s, 2, 30), outputs = any(s, 1, 10);
    weir_fixed t = type(s, 3, 14);
    weir_stream in = {1, any(s, 1, 9), channels, channels, weir_fixed_element(type(s, 3, 18))};
    weir_matvec_spec spec = {.in = in,
                             .outputs = outputs,
                             .out_lanes = outputs,
                             .weights = weights(s, channels * outputs, t, any(s, 0, 70)),
                             .weight_type = t,
                             .out = type(s, 4, 18),
                             .latency = true};
    if (chance(s, 70)) spec.bias = biases(s, outputs, 8);
    return weir_matvec_operator(op, s->arena, "latency", &spec, WEIR_NOWHERE, s->diag);
}

static bool draw_width(drawing *s, weir_operator *op) {
    uint32_t few = any(s, 1, 8), many = few * any(s, 2, 8);
    weir_stream in = stream(s, 1, 1);
    bool wider = chance(s, 50);
    in.channels = many * any(s, 1, 3);
    in.lanes = wider ? few : many;
    return weir_width_operator(op, s->arena, "width", in, wider ? many : few, WEIR_NOWHERE,
                               s->diag);
}

static bool draw_pool(drawing *s, weir_operator *op) {
    weir_stream before = stream(s, 8, 4);
    weir_window_shape w = shape(s);
    bool average = chance(s, 50);
    weir_operator window = {0};
    if (!weir_window_operator(&window, s->arena, "before", before, w, 0, WEIR_NOWHERE, s->diag))
        return false;
    return weir_pool_operator(op, s->arena, average ? "average" : "maximum", window.out[0], w,
                              (weir_shape){before.rows, before.columns, before.channels},
                              before.lanes, average, chance(s, 50), type(s, 4, 18), WEIR_NOWHERE,
                              s->diag);
}

static bool draw_global_pool(drawing *s, weir_operator *op) {
    return weir_global_pool_operator(op, s->arena, "global_pool", stream(s, 12, 6), type(s, 4, 18),
                                     WEIR_NOWHERE, s->diag);
}

static bool draw_activation(drawing *s, weir_operator *op) {
    static const weir_layer_kind kinds[] = {
        WEIR_LAYER_RELU, WEIR_LAYER_LEAKY_RELU, WEIR_LAYER_SELU, WEIR_LAYER_SIGMOID,
        WEIR_LAYER_TANH, WEIR_LAYER_QUANT,      WEIR_LAYER_RELU};
    weir_layer_kind kind = kinds[any(s, 0, 6)];
    bool table = kind == WEIR_LAYER_SELU || kind == WEIR_LAYER_SIGMOID || kind == WEIR_LAYER_TANH;
    return weir_activation_operator(op, s->arena, "activation", stream(s, table ? 8 : 24, 4), kind,
                                    kind == WEIR_LAYER_SELU ? 1.6733 : 0.3, 1.0507,
                                    1u << any(s, 7, 11), type(s, 4, 18), WEIR_NOWHERE, s->diag);
}

static bool draw_scale(drawing *s, weir_operator *op) {
    weir_stream in = stream(s, 10, 8);
    weir_fixed t = type(s, 3, 16);
    return weir_scale_operator(op, s->arena, "scale", in, weights(s, in.channels, t, 0), t,
                               biases(s, in.channels, 10), type(s, 4, 18), WEIR_NOWHERE, s->diag);
}

static bool draw_depthwise(drawing *s, weir_operator *op) {
    uint32_t kernel = any(s, 1, 3) * any(s, 1, 4), lanes = any(s, 1, 5), folds = any(s, 1, 8);
    weir_fixed t = type(s, 3, 14);
    weir_depthwise_spec spec = {.in = {any(s, 4, 30), any(s, 4, 30), kernel * lanes * folds,
                                       kernel * lanes, weir_fixed_element(type(s, 3, 16))},
                                .kernel = kernel,
                                .weights = weights(s, kernel * lanes * folds, t, 10),
                                .weight_type = t,
                                .out = type(s, 4, 18),
                                .taps = divisor(s, kernel)};
    if (chance(s, 60)) spec.bias = biases(s, lanes * folds, 8);
    return weir_depthwise_operator(op, s->arena, "depthwise", &spec, WEIR_NOWHERE, s->diag);
}

static bool draw_fork(drawing *s, weir_operator *op) {
    return weir_fork_operator(op, s->arena, "fork", stream(s, 24, 2), any(s, 2, 4), WEIR_NOWHERE,
                              s->diag);
}

static bool draw_add(drawing *s, weir_operator *op) {
    weir_stream in[2] = {stream(s, 16, 3)};
    in[1] = in[0];
    in[1].element = weir_fixed_element(type(s, 3, 18));
    return weir_add_operator(op, s->arena, "add", in, 2, chance(s, 25), type(s, 4, 18),
                             WEIR_NOWHERE, s->diag);
}

static bool draw_concat(drawing *s, weir_operator *op) {
    weir_stream in[3] = {stream(s, 16, 3)};
    uint32_t n = any(s, 2, 3);
    for (uint32_t i = 1; i < n; i++) {
        in[i] = in[0];
        in[i].channels = in[0].lanes * any(s, 1, 4);
        if (chance(s, 50)) in[i].element = weir_fixed_element(type(s, 3, 18));
    }
    return weir_concat_operator(op, s->arena, "concat", in, n, type(s, 4, 18), WEIR_NOWHERE,
                                s->diag);
}

static bool draw_resize(drawing *s, weir_operator *op) {
    return weir_resize_operator(op, s->arena, "resize", stream(s, 12, 6), any(s, 1, 3),
                                any(s, 1, 3), WEIR_NOWHERE, s->diag);
}

static bool draw_softmax(drawing *s, weir_operator *op) {
    weir_stream in = stream(s, 4, 4);
    in.rows = in.columns = 1;
    if (in.channels < 2) in.channels = 2;
    weir_fixed out = {.width = (int)any(s, 8, 18), .integer = 1};
    return weir_softmax_operator(op, s->arena, "softmax", in, 1u << any(s, 8, 10), out,
                                 WEIR_NOWHERE, s->diag);
}

/* ------------------------------------------------------------------ whole tensors */

static weir_stream whole(drawing *s, uint32_t least, uint32_t most, weir_fixed t) {
    uint32_t n = any(s, least, most);
    return (weir_stream){1, 1, n, n, weir_fixed_element(t)};
}

/* Of each output `taps` neighbours, as a convolution has them. */
static weir_lists lists(drawing *s, uint32_t inputs, uint32_t outputs, uint32_t taps) {
    uint32_t *first = WEIR_NEW(s->arena, uint32_t, outputs + 1);
    uint32_t *list = WEIR_NEW(s->arena, uint32_t, outputs * taps);
    for (uint32_t o = 0; o < outputs; o++) {
        first[o + 1] = first[o] + taps;
        for (uint32_t k = 0; k < taps; k++)
            list[first[o] + k] = (o + k) % inputs;
    }
    return (weir_lists){outputs, first, list};
}

static bool unrolled(drawing *s, weir_operator *op, const char *name, uint32_t reuse) {
    weir_fixed t = type(s, 3, 14);
    weir_stream in = whole(s, 2, 40, type(s, 3, 18));
    uint32_t outputs = any(s, 1, 16), taps = any(s, 1, in.lanes < 20 ? in.lanes : 20);
    weir_unrolled_spec spec = {.in = in,
                               .lists = lists(s, in.lanes, outputs, taps),
                               .weights = weights(s, outputs * taps, t, any(s, 0, 50)),
                               .weight_type = t,
                               .out = type(s, 4, 18),
                               .reuse_factor = reuse,
                               .tree_levels = any(s, 1, 4)};
    if (chance(s, 70)) spec.bias = biases(s, outputs, 8);
    return weir_unrolled_operator(op, s->arena, name, &spec, WEIR_NOWHERE, s->diag);
}

static bool draw_unrolled(drawing *s, weir_operator *op) {
    return unrolled(s, op, "unrolled", 1);
}

static bool draw_shared(drawing *s, weir_operator *op) {
    return unrolled(s, op, "shared", any(s, 2, 6));
}

static bool draw_unrolled_pool(drawing *s, weir_operator *op) {
    weir_stream in = whole(s, 4, 48, type(s, 3, 18));
    uint32_t outputs = any(s, 1, 20), taps = any(s, 2, in.lanes < 9 ? in.lanes : 9);
    weir_lists joined = lists(s, in.lanes, outputs, taps);
    bool average = chance(s, 50);
    uint64_t *divisors = WEIR_NEW(s->arena, uint64_t, outputs);
    for (uint32_t o = 0; o < outputs; o++)
        divisors[o] = taps;
    return weir_unrolled_pool_operator(op, s->arena, average ? "whole_average" : "whole_maximum",
                                       in, &joined, average, divisors, type(s, 4, 18), WEIR_NOWHERE,
                                       s->diag);
}

static bool draw_gather(drawing *s, weir_operator *op) {
    weir_stream in[2] = {whole(s, 4, 40, type(s, 3, 18)), whole(s, 4, 40, type(s, 3, 18))};
    uint32_t n = any(s, 1, 2), outputs = any(s, 4, 60);
    weir_wire *wires = WEIR_NEW(s->arena, weir_wire, outputs);
    if (chance(s, 50)) in[1].element = in[0].element;
    for (uint32_t o = 0; o < outputs; o++) {
        wires[o].port = any(s, 0, n - 1);
        wires[o].element = any(s, 0, in[wires[o].port].lanes - 1);
    }
    return weir_gather_operator(op, s->arena, "gather", in, n, wires, outputs, type(s, 4, 18),
                                WEIR_NOWHERE, s->diag);
}

static bool (*const draws[])(drawing *s, weir_operator *op) = {
    draw_window,      draw_matvec,        draw_latency, draw_width,     draw_pool,
    draw_global_pool, draw_activation,    draw_scale,   draw_depthwise, draw_fork,
    draw_add,         draw_concat,        draw_resize,  draw_softmax,   draw_unrolled,
    draw_shared,      draw_unrolled_pool, draw_gather};

enum { FIRST_WHOLE = 14 };

_Static_assert(sizeof draws / sizeof *draws == WEIR_DRAWN_KINDS, "one drawing a kind");

uint32_t weir_draw_modules(weir_arena *arena, uint64_t seed, uint32_t each, weir_operator *ops) {
    uint32_t n = 0;
    for (uint32_t k = 0; k < WEIR_DRAWN_KINDS; k++) {
        uint32_t wanted = draws[k] == draw_activation ? 2 * each
                          : k < FIRST_WHOLE           ? each
                                                      : each / 2;
        for (uint32_t i = 0, tries = 0; i < wanted; tries++) {
            /* Its own numbers, so that more modules of a kind change no other. */
            drawing s = {arena, weir_diag_new(),
                         (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
                             ((uint64_t)k << 32 | tries) * UINT64_C(0xbf58476d1ce4e5b9)};
            for (int warm = 0; warm < 8; warm++)
                any(&s, 0, 1);
            bool built = draws[k](&s, &ops[n]);
            weir_diag_free(s.diag); /* what cannot be built is drawn again, unheard */
            if (!built) continue;
            ops[n].name = weir_arena_printf(arena, "%s_%u", ops[n].name, i++);
            n++;
        }
    }
    return n;
}
