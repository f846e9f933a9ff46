/* How many what-ifs a second a study answers: other depths of all FIFOs and other clocks of all
 * domains, each with its times, costs and power, by one thread and by all.
 *
 * usage: what_if_rate DESIGN [points [frames [ROWS COLUMNS]]]      a crop, where its size is given
 */
#include "study/evaluate.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { POINTS = 4096, FRAMES = 8 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Depths within a quarter of what the FIFO has, so that most points run to their end; clocks of half
 * to double. */
static weir_point make_point(const weir_graph *graph, uint32_t number, weir_arena *arena) {
    uint32_t channels = weir_graph_channels(graph), domains = weir_graph_domains(graph);
    uint32_t n = channels < 48 ? channels : 48, c = 0;
    weir_change *changes = WEIR_NEW(arena, weir_change, n + domains);
    uint64_t state = (uint64_t)number * 0x9e3779b97f4a7c15u + 1;
    for (; c < n; c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t most = channel->depth / 4 + 1;
        uint64_t depth = channel->depth + (state >> 33) % most;
        if (channel->depth <= WEIR_SRL_DEPTH && depth > WEIR_SRL_DEPTH) depth = WEIR_SRL_DEPTH;
        changes[c].line = weir_arena_printf(arena, "depth %s %" PRIu64, channel->name, depth);
    }
    for (uint32_t d = 0; d < domains; d++) {
        const weir_domain *domain = weir_graph_domain(graph, d);
        state = state * 6364136223846793005u + 1442695040888963407u;
        double mhz = 1e6 / (double)domain->period_ps * (0.5 + (double)(state >> 40) / 0xaaaaaa);
        changes[c++].line = weir_arena_printf(arena, "clock %s %.1f", domain->name, mhz);
    }
    return (weir_point){"", c, changes};
}

static bool measure(const weir_evaluation *evaluation, const weir_point *points, uint32_t n,
                    const char *what, weir_diag *diag) {
    weir_finding *findings = weir_xcalloc(n, sizeof *findings);
    double from = seconds();
    bool good = weir_evaluate(evaluation, points, n, findings, diag);
    double took = seconds() - from;
    uint32_t known = 0;
    for (uint32_t i = 0; i < n; i++) {
        known += findings[i].source[WEIR_FIGURE_INTERVAL] != NULL;
        weir_finding_clear(&findings[i]);
    }
    free(findings);
    if (good)
        printf("%-12s %u what-ifs (%u ran to their end) in %.3f s: %.0f a second\n", what, n, known,
               took, n / took);
    return good;
}

static uint64_t events_of(const weir_graph *graph) {
    uint64_t events = 0;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        events += 2 * weir_stream_beats(&weir_graph_channel(graph, c)->stream);
    return events;
}

static bool run(const weir_design *design, uint32_t n, uint64_t frames, weir_diag *diag) {
    weir_compiled *compiled = weir_compile(design, NULL, diag);
    if (compiled == NULL) return false;
    const weir_graph *graph = compiled->graph;
    printf("%s: %u FIFOs, %" PRIu64 " port events a frame, %" PRIu64 " frames\n", design->name,
           weir_graph_channels(graph), events_of(graph), frames);
    weir_arena *arena = weir_arena_new();
    weir_point *points = weir_xcalloc(n, sizeof *points);
    for (uint32_t i = 0; i < n; i++)
        points[i] = make_point(graph, i, arena);
    weir_evaluation evaluation = {
        .base = design, .frames = frames, .source = WEIR_COST_ESTIMATE, .threads = 1};
    bool good = measure(&evaluation, points, n, "one thread", diag);
    evaluation.threads = 0;
    good = good && measure(&evaluation, points, n, "all threads", diag);
    free(points);
    weir_arena_free(arena);
    weir_compiled_free(compiled);
    return good;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: what_if_rate DESIGN [points [frames [ROWS COLUMNS]]]\n", stderr);
        return 2;
    }
    uint32_t n = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : POINTS;
    uint64_t frames = argc > 3 ? strtoull(argv[3], NULL, 10) : FRAMES;
    weir_design_options options = {.device = "xczu7ev"};
    if (argc > 5) {
        options.crop_rows = (uint32_t)strtoul(argv[4], NULL, 10);
        options.crop_columns = (uint32_t)strtoul(argv[5], NULL, 10);
    }
    weir_diag *diag = weir_diag_new();
    weir_design *design = weir_design_load(argv[1], &options, diag);
    bool good = n > 0 && frames > 1 && design != NULL && run(design, n, frames, diag);
    weir_diag_print(diag, stderr);
    weir_design_free(design);
    weir_diag_free(diag);
    return good ? 0 : 1;
}
