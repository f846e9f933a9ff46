/* What operators cost, measured: draws modules of every kind, has them synthesised, and writes a line
 * a module: what hls/estimate.h's model is fitted on, and what it is tested on.
 *
 *   sweep FOLDER SEED FIT HELD [EARLIER.csv] > sweep.csv
 *
 * FIT modules a kind to fit the model on, and HELD more that the fit never sees. The same seed gives
 * the same modules. The costs of modules that EARLIER.csv has are taken from there instead of synthesising
 * them again, which is for more modules, and for changes of what the estimate looks at. FOLDER receives their RTL. Synthesis is for UltraScale+ and is cached as always,
 * so that a second run takes seconds.
 */
#include "hls/estimate.h"
#include "hls/operators.h"
#include "hls/rtl_library.h"
#include "hls/synthesis.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct sweep {
    weir_arena *arena;
    weir_diag *diag;
    const char *folder;
    uint64_t random; /* xorshift64 (Marsaglia 2003) */
} sweep;

static uint32_t any(sweep *s, uint32_t low, uint32_t high) {
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return low + (uint32_t)((s->random >> 20) % (high - low + 1));
}

static bool chance(sweep *s, uint32_t percent) {
    return any(s, 1, 100) <= percent;
}

static weir_fixed type(sweep *s, int low, int high) {
    int width = (int)any(s, (uint32_t)low, (uint32_t)high);
    weir_fixed t = {.width = width,
                    .integer = (int)any(s, 1, (uint32_t)width / 2 + 1),
                    .is_signed = chance(s, 75)};
    if (chance(s, 40)) t.rounding = (weir_rounding)any(s, 1, 6);
    if (chance(s, 40)) t.overflow = (weir_overflow)any(s, 1, 3);
    return t;
}

/* A stream with `channels` a multiple of its lanes. */
static weir_stream stream(sweep *s, uint32_t most_lanes, uint32_t most_folds) {
    weir_fixed t = type(s, 3, 18);
    uint32_t lanes = any(s, 1, most_lanes), size = any(s, 4, 48);
    return (weir_stream){size, size, lanes * any(s, 1, most_folds), lanes, weir_fixed_element(t)};
}

static int32_t *weights(sweep *s, uint32_t n, weir_fixed t, uint32_t zeros) {
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

static int64_t *biases(sweep *s, uint32_t n, int bits) {
    int64_t *list = WEIR_NEW(s->arena, int64_t, n);
    for (uint32_t i = 0; i < n; i++)
        list[i] = (int64_t)any(s, 0, (1u << bits) - 1) - (1 << (bits - 1));
    return list;
}

/* A divisor of n, any one. */
static uint32_t divisor(sweep *s, uint32_t n) {
    uint32_t d = any(s, 1, n);
    while (n % d)
        d--;
    return d;
}

/* ------------------------------------------------------------------ one drawing a kind */

static weir_window_shape shape(sweep *s) {
    uint32_t k = any(s, 1, 5), stride = any(s, 1, 2), pad = chance(s, 50) ? k / 2 : 0;
    if (k == 1) k = 2;
    return (weir_window_shape){
        k, chance(s, 80) ? k : any(s, 1, 4), stride, stride, 1, 1, pad, pad, pad, pad};
}

static bool draw_window(sweep *s, weir_operator *op) {
    weir_stream in = stream(s, 8, 6);
    return weir_window_operator(op, s->arena, "window", in, shape(s), 0, WEIR_NOWHERE, s->diag);
}

static bool draw_matvec(sweep *s, weir_operator *op) {
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

static bool draw_latency(sweep *s, weir_operator *op) {
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

static bool draw_width(sweep *s, weir_operator *op) {
    uint32_t few = any(s, 1, 8), many = few * any(s, 2, 8);
    weir_stream in = stream(s, 1, 1);
    bool wider = chance(s, 50);
    in.channels = many * any(s, 1, 3);
    in.lanes = wider ? few : many;
    return weir_width_operator(op, s->arena, "width", in, wider ? many : few, WEIR_NOWHERE,
                               s->diag);
}

static bool draw_pool(sweep *s, weir_operator *op) {
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

static bool draw_global_pool(sweep *s, weir_operator *op) {
    return weir_global_pool_operator(op, s->arena, "global_pool", stream(s, 12, 6), type(s, 4, 18),
                                     WEIR_NOWHERE, s->diag);
}

static bool draw_activation(sweep *s, weir_operator *op) {
    static const weir_layer_kind kinds[] = {
        WEIR_LAYER_RELU, WEIR_LAYER_LEAKY_RELU, WEIR_LAYER_SELU, WEIR_LAYER_SIGMOID,
        WEIR_LAYER_TANH, WEIR_LAYER_QUANT,      WEIR_LAYER_RELU};
    weir_layer_kind kind = kinds[any(s, 0, 6)];
    bool table = kind == WEIR_LAYER_SELU || kind == WEIR_LAYER_SIGMOID || kind == WEIR_LAYER_TANH;
    return weir_activation_operator(op, s->arena, "activation", stream(s, table ? 8 : 24, 4), kind,
                                    kind == WEIR_LAYER_SELU ? 1.6733 : 0.3, 1.0507,
                                    1u << any(s, 7, 11), type(s, 4, 18), WEIR_NOWHERE, s->diag);
}

static bool draw_scale(sweep *s, weir_operator *op) {
    weir_stream in = stream(s, 10, 8);
    weir_fixed t = type(s, 3, 16);
    return weir_scale_operator(op, s->arena, "scale", in, weights(s, in.channels, t, 0), t,
                               biases(s, in.channels, 10), type(s, 4, 18), WEIR_NOWHERE, s->diag);
}

static bool draw_depthwise(sweep *s, weir_operator *op) {
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

static bool draw_fork(sweep *s, weir_operator *op) {
    return weir_fork_operator(op, s->arena, "fork", stream(s, 24, 2), any(s, 2, 4), WEIR_NOWHERE,
                              s->diag);
}

static bool draw_add(sweep *s, weir_operator *op) {
    weir_stream in[2] = {stream(s, 16, 3)};
    in[1] = in[0];
    in[1].element = weir_fixed_element(type(s, 3, 18));
    return weir_add_operator(op, s->arena, "add", in, 2, chance(s, 25), type(s, 4, 18),
                             WEIR_NOWHERE, s->diag);
}

static bool draw_concat(sweep *s, weir_operator *op) {
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

static bool draw_resize(sweep *s, weir_operator *op) {
    return weir_resize_operator(op, s->arena, "resize", stream(s, 12, 6), any(s, 1, 3),
                                any(s, 1, 3), WEIR_NOWHERE, s->diag);
}

static bool draw_softmax(sweep *s, weir_operator *op) {
    weir_stream in = stream(s, 4, 4);
    in.rows = in.columns = 1;
    if (in.channels < 2) in.channels = 2;
    weir_fixed out = {.width = (int)any(s, 8, 18), .integer = 1};
    return weir_softmax_operator(op, s->arena, "softmax", in, 1u << any(s, 8, 10), out,
                                 WEIR_NOWHERE, s->diag);
}

/* ------------------------------------------------------------------ synthesis and output */

static bool (*const draws[])(sweep *s, weir_operator *op) = {
    draw_window,      draw_matvec,     draw_latency, draw_width,     draw_pool,
    draw_global_pool, draw_activation, draw_scale,   draw_depthwise, draw_fork,
    draw_add,         draw_concat,     draw_resize,  draw_softmax};

enum { KINDS = sizeof draws / sizeof *draws };

static bool save_text(sweep *s, const weir_text *text, const char *path) {
    return weir_text_save(text, path, s->diag);
}

static bool prepare(sweep *s, const weir_operator *op, uint32_t number,
                    weir_synthesis_request *request) {
    const char *module = weir_arena_printf(s->arena, "%s_%u", op->name, number);
    uint32_t n = 0;
    while (op->kind->library[n])
        n++;
    const char **sources = WEIR_NEW(s->arena, const char *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        sources[i] = weir_arena_printf(s->arena, "%s/%s", s->folder, op->kind->library[i]);
    sources[n] = weir_arena_printf(s->arena, "%s/%s.sv", s->folder, module);
    weir_text *text = weir_text_new();
    op->kind->emit(op, module, text);
    bool good = save_text(s, text, sources[n]);
    weir_text_free(text);
    weir_rom *roms = WEIR_NEW(s->arena, weir_rom, op->n_images + 1);
    for (uint32_t i = 0; i < op->n_images; i++) {
        roms[i] = (weir_rom){op->images[i].path,
                             weir_arena_printf(s->arena, "%s/%s_%u.mem", s->folder, module, i),
                             op->images[i].word_bits, op->images[i].words};
        text = weir_text_new();
        weir_image_text(&op->images[i], text);
        good = good && save_text(s, text, roms[i].file);
        weir_text_free(text);
    }
    *request = (weir_synthesis_request){.module = module,
                                        .sources = sources,
                                        .n_sources = n + 1,
                                        .roms = roms,
                                        .n_roms = op->n_images,
                                        .n_inputs = op->n_inputs,
                                        .n_outputs = op->n_outputs};
    for (uint32_t p = 0; p < op->n_inputs; p++)
        request->input_bits[p] = weir_stream_beat_bits(&op->in[p]);
    for (uint32_t q = 0; q < op->n_outputs; q++)
        request->output_bits[q] = weir_stream_beat_bits(&op->out[q]);
    return good;
}

static bool write_library(sweep *s) {
    bool good = weir_make_folder(s->folder, s->diag);
    for (const weir_rtl_file *file = weir_rtl_library; file->name && good; file++) {
        char *path = weir_arena_printf(s->arena, "%s/%s", s->folder, file->name);
        good = weir_file_write(path, file->text, strlen(file->text), s->diag);
    }
    return good;
}

static const struct {
    const char *name;
    weir_resource resource;
} measured[] = {{"lut", WEIR_LUT},
                {"lut_memory", WEIR_LUT_MEMORY},
                {"ff", WEIR_FF},
                {"dsp", WEIR_DSP},
                {"bram18", WEIR_BRAM18}};
enum { MEASURED = sizeof measured / sizeof *measured, CELLS = 64 };

static void print_header(void) {
    printf("set,kind,module");
    for (int f = 0; f < WEIR_FEATURES; f++)
        printf(",%s", weir_feature_name((weir_feature)f));
    printf(",counted_lut_memory,counted_dsp,counted_bram18,lut,lut_memory,ff,dsp,bram18\n");
}

static void print_row(const weir_operator *op, const weir_synthesis_request *r, bool held) {
    weir_features features;
    weir_estimate_features(op, &features);
    printf("%s,%s,%s", held ? "held" : "fit", features.kind, r->module);
    for (int f = 0; f < WEIR_FEATURES; f++)
        printf(",%.10g", features.value[f]);
    printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64, features.lut_memory, features.dsp, features.bram18);
    for (int m = 0; m < MEASURED; m++)
        printf(",%" PRIu64, r->cost.total[measured[m].resource]);
    printf("\n");
}

static int split(char *line, char *cells[CELLS]) {
    int n = 0;
    for (char *at = line; n < CELLS && at != NULL;)
        cells[n++] = strsep(&at, ",\n");
    return n;
}

/* The costs of the modules that the file has a line of. */
static bool take_earlier(sweep *s, const char *path, weir_synthesis_request *requests, uint32_t n) {
    FILE *file = fopen(path, "r");
    if (file == NULL) return weir_error(s->diag, (weir_loc){path, 0}, "cannot be opened");
    char line[2048], *cells[CELLS];
    int column[MEASURED + 1] = {0};
    bool header = true;
    while (fgets(line, sizeof line, file) != NULL) {
        int count = split(line, cells);
        for (int c = 0; header && c < count; c++) {
            if (strcmp(cells[c], "module") == 0) column[MEASURED] = c;
            for (int m = 0; m < MEASURED; m++)
                if (strcmp(cells[c], measured[m].name) == 0) column[m] = c;
        }
        for (uint32_t i = 0; i < n && !header; i++) {
            if (strcmp(requests[i].module, cells[column[MEASURED]]) != 0) continue;
            requests[i].cost.source = WEIR_COST_SYNTHESIS;
            for (int m = 0; m < MEASURED; m++)
                requests[i].cost.total[measured[m].resource] = strtoull(cells[column[m]], NULL, 10);
        }
        header = false;
    }
    fclose(file);
    return true;
}

int main(int argc, char **argv) {
    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: sweep FOLDER SEED FIT HELD [EARLIER.csv] > sweep.csv\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[2], NULL, 10);
    sweep s = {weir_arena_new(), weir_diag_new(), argv[1], 1};
    uint32_t fit = (uint32_t)atoi(argv[3]), each = fit + (uint32_t)atoi(argv[4]), n = 0;
    weir_operator *ops = WEIR_NEW(s.arena, weir_operator, KINDS * each);
    weir_synthesis_request *requests = WEIR_NEW(s.arena, weir_synthesis_request, KINDS * each);
    bool good = write_library(&s);
    for (uint32_t k = 0; k < KINDS; k++)
        for (uint32_t i = 0, tries = 0; i < each; tries++) {
            /* Its own numbers, so that more modules of a kind change no other. */
            s.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
                       ((uint64_t)k << 32 | tries) * UINT64_C(0xbf58476d1ce4e5b9);
            for (int warm = 0; warm < 8; warm++)
                any(&s, 0, 1);
            weir_diag *unheard = weir_diag_new(); /* what cannot be built is drawn again */
            weir_diag *heard = s.diag;
            s.diag = unheard;
            bool built = draws[k](&s, &ops[n]);
            s.diag = heard;
            weir_diag_free(unheard);
            if (!built) continue;
            good = prepare(&s, &ops[n], i, &requests[n]) && good;
            n++;
            i++;
        }
    if (argc == 6) good = good && take_earlier(&s, argv[5], requests, n);
    weir_synthesis_request *missing = WEIR_NEW(s.arena, weir_synthesis_request, n);
    for (uint32_t i = 0; i < n; i++)
        if (requests[i].cost.source == WEIR_COST_NONE) missing[i] = requests[i];
    good = good && weir_synthesise(missing, n, WEIR_XCUP, WEIR_SYNTHESIS_SECONDS, NULL, s.diag);
    for (uint32_t i = 0; i < n; i++)
        if (missing[i].module != NULL) requests[i].cost = missing[i].cost;
    print_header();
    for (uint32_t i = 0; good && i < n; i++)
        if (requests[i].cost.source == WEIR_COST_SYNTHESIS)
            print_row(&ops[i], &requests[i], i % each >= fit);
    weir_diag_print(s.diag, stderr);
    weir_diag_free(s.diag);
    weir_arena_free(s.arena);
    return good ? 0 : 1;
}
