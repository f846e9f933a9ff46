/* Published figures beside Weir's own, each with the ratio of ours to theirs.
 *
 *   tables PUBLISHED.csv CONV1D_SMALL.onnx
 *
 * DSP of a convolutional network at three reuse factors, as trained and with random zeros: counted by
 * hls/multiplications.h. The masks behind the published rows of pruned weights are not known, so
 * ours are the mean, least and most over as many seeds as MASKS.
 * RAMB18 of FIFOs: by the shapes of models/memory.h.
 */
#include "hls/multiplications.h"
#include "hls/prune.h"
#include "models/memory.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MASKS = 20 };

static const weir_fixed precision = {18, 8, true, WEIR_TRN, WEIR_WRAP};

/* DSP of the network with `share` of the weights gone; 0 where it cannot be read. */
static uint64_t count_dsp(const char *path, double share, uint64_t seed, uint64_t reuse,
                          weir_diag *diag) {
    weir_network *network = weir_network_load_onnx(path, diag);
    const weir_pruning pruning = {.share = share, .by = WEIR_PRUNE_RANDOM, .seed = seed};
    uint64_t dsp = 0;
    for (uint32_t l = 0; network != NULL && l < weir_network_layers(network); l++) {
        weir_network_prune(network, l, &pruning);
        dsp += weir_layer_dsp(weir_layer_multiplications(weir_network_layer(network, l), precision),
                              reuse);
    }
    weir_network_free(network);
    return dsp;
}

static void print_dsp(const char *path, double share, unsigned reuse, double published,
                      weir_diag *diag) {
    uint64_t sum = 0, least = UINT64_MAX, most = 0, masks = share > 0 ? MASKS : 1;
    for (uint64_t seed = 1; seed <= masks; seed++) {
        uint64_t dsp = count_dsp(path, share, seed, reuse, diag);
        sum += dsp;
        if (dsp < least) least = dsp;
        if (dsp > most) most = dsp;
    }
    double mean = (double)sum / (double)masks;
    printf("  %3.0f %%  %5u  %9.0f  %7.1f  %5.3f", 100 * share, reuse, published, mean,
           mean / published);
    if (masks > 1) printf("  %llu to %llu", (unsigned long long)least, (unsigned long long)most);
    printf("\n");
}

static void print_fifo(double words, unsigned bits, double published) {
    weir_memory_cost cost = weir_memory_of(WEIR_STORAGE_BRAM, (uint64_t)words, bits);
    printf("  %5.0f  %5u  %9.0f  %4llu  %5.3f\n", words, bits, published,
           (unsigned long long)cost.bram18, (double)cost.bram18 / published);
}

/* Every row of `kind`. */
static void print_rows(FILE *file, const char *kind, const char *network, weir_diag *diag) {
    char line[256], found[16];
    double first, published;
    unsigned second;
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%15[a-z],%lf,%u,%lf", found, &first, &second, &published) != 4 ||
            strcmp(found, kind) != 0)
            continue;
        if (strcmp(kind, "dsp") == 0)
            print_dsp(network, first, second, published, diag);
        else
            print_fifo(first, second, published);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: tables PUBLISHED.csv CONV1D_SMALL.onnx\n");
        return 2;
    }
    FILE *file = fopen(argv[1], "r");
    if (file == NULL) {
        fprintf(stderr, "%s: cannot be opened\n", argv[1]);
        return 1;
    }
    weir_diag *diag = weir_diag_new();
    if (access(argv[2], R_OK) == 0) {
        printf("DSP of KERAS_conv1d_small, ap_fixed<18,8> (hls4ml, io_parallel)\n"
               "  zeros  reuse  published     weir  ratio  over %d masks\n",
               MASKS);
        print_rows(file, "dsp", argv[2], diag);
    } else {
        printf("DSP of KERAS_conv1d_small: left out, %s is not there\n", argv[2]);
    }
    printf("\nRAMB18 of FIFOs (vendor HLS)\n  words   bits  published  weir  ratio\n");
    print_rows(file, "fifo", argv[2], diag);
    fclose(file);
    weir_diag_print(diag, stderr);
    bool good = !weir_diag_has_errors(diag);
    weir_diag_free(diag);
    return good ? 0 : 1;
}
