/* What operators cost, measured: draws modules of every kind, has them synthesised, and writes a line
 * a module: what hls/estimate.h's model is fitted on, and what it is tested on.
 *
 *   sweep FOLDER SEED fit|held N [EARLIER.csv] > sweep.csv
 *
 * N modules a kind (draw.h), to fit the model on, or that the fit never sees. The same seed gives the
 * same modules. The costs of modules that EARLIER.csv has are taken from there instead of synthesising
 * them again, which is for more modules, and for changes of what the estimate looks at. FOLDER receives
 * their RTL. Synthesis is for UltraScale+ and is cached as always.
 * The committed files:  sweep F 7 fit 24 > sweep.csv    sweep F 11 held 8 > held.csv
 */
#include "bench/resources/draw.h"
#include "hls/estimate.h"
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
} sweep;

static bool save_text(sweep *s, const weir_text *text, const char *path) {
    return weir_text_save(text, path, s->diag);
}

static bool prepare(sweep *s, const weir_operator *op, weir_synthesis_request *request) {
    const char *module = op->name;
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
        fprintf(stderr, "usage: sweep FOLDER SEED fit|held N [EARLIER.csv] > sweep.csv\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[2], NULL, 10);
    sweep s = {weir_arena_new(), weir_diag_new(), argv[1]};
    bool held = strcmp(argv[3], "held") == 0;
    uint32_t each = (uint32_t)atoi(argv[4]);
    weir_operator *ops = WEIR_NEW(s.arena, weir_operator, (WEIR_DRAWN_KINDS + 1) * each);
    weir_synthesis_request *requests =
        WEIR_NEW(s.arena, weir_synthesis_request, (WEIR_DRAWN_KINDS + 1) * each);
    bool good = write_library(&s);
    uint32_t n = weir_draw_modules(s.arena, seed, each, ops);
    for (uint32_t i = 0; i < n; i++)
        good = prepare(&s, &ops[i], &requests[i]) && good;
    if (argc == 6) good = good && take_earlier(&s, argv[5], requests, n);
    weir_synthesis_request *missing = WEIR_NEW(s.arena, weir_synthesis_request, n);
    for (uint32_t i = 0; i < n; i++)
        if (requests[i].cost.source == WEIR_COST_NONE) missing[i] = requests[i];
    good = good && weir_synthesise(missing, n, WEIR_XCUP, WEIR_SYNTHESIS_SECONDS, NULL, s.diag);
    for (uint32_t i = 0; i < n; i++)
        if (missing[i].module != NULL) requests[i].cost = missing[i].cost;
    print_header();
    for (uint32_t i = 0; good && i < n; i++)
        if (requests[i].cost.source == WEIR_COST_SYNTHESIS) print_row(&ops[i], &requests[i], held);
    weir_diag_print(s.diag, stderr);
    weir_diag_free(s.diag);
    weir_arena_free(s.arena);
    return good ? 0 : 1;
}
