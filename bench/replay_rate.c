/* How many port events a second replay computes on a compiled design, one set of parameters at a time
 * and many at once, by one thread and by all; extrapolation is off, so that every event is computed.
 *
 * usage: replay_rate DESIGN [frames [sets [dump]]]      DESIGN as `weir compile` takes it
 */
#include "base/arena.h"
#include "hls/compile.h"
#include "sim/replay.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of one core while it works for this program, or of the wall where several do. */
static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void say(const char *what, uint64_t events, double took) {
    printf("%-10s %12" PRIu64 " events in %7.3f s: %7.1f million a second\n", what, events, took,
           (double)events / took / 1e6);
}

static bool one_by_one(const weir_net *net, const weir_replay_parameters *parameters,
                       weir_diag *diag) {
    weir_replay *replay = weir_replay_new(net);
    const weir_replay_result *result = NULL;
    bool good = true;
    for (int repeat = 0; repeat < 3 && good; repeat++) {
        double from = seconds(CLOCK_PROCESS_CPUTIME_ID);
        good = weir_replay_run(replay, parameters, 0, &result, diag);
        if (good) say("scalar", result->events, seconds(CLOCK_PROCESS_CPUTIME_ID) - from);
    }
    if (good)
        printf("           %" PRIu64 " frames, end %" PRIu64 " ps\n", result->n_frames,
               result->end_ps);
    weir_replay_free(replay);
    return good;
}

static bool at_once(const weir_net *net, const weir_replay_parameters *parameters, uint32_t n,
                    uint32_t threads, weir_diag *diag) {
    weir_replay_parameters *sets = weir_xcalloc(n, sizeof *sets);
    weir_replay_answer *answers = weir_xcalloc(n, sizeof *answers);
    uint32_t channels = weir_net_channels(net);
    weir_channel_timing *timing = weir_xcalloc((size_t)n * channels, sizeof *timing);
    for (uint32_t s = 0; s < n; s++) {
        sets[s] = *parameters;
        weir_channel_timing *own = timing + (size_t)s * channels;
        memcpy(own, parameters->channels, channels * sizeof *own);
        for (uint32_t c = 0; c < channels; c++)
            own[c].depth += s * (c + 1) % 5;
        sets[s].channels = own;
    }
    clockid_t clock = threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    double from = seconds(clock);
    bool good = weir_replay_many(net, sets, n, threads, answers, diag);
    uint64_t events = 0;
    for (uint32_t s = 0; s < n; s++)
        events += answers[s].events;
    if (good) say(threads == 1 ? "many, 1" : "many", events, seconds(clock) - from);
    free(sets);
    free(answers);
    free(timing);
    return good;
}

static void dump(const weir_net *net) {
    weir_text *text = weir_text_new();
    for (uint32_t p = 0; p < weir_net_processes(net); p++)
        if (weir_net_process_at(net, p)->schedule != NULL)
            weir_schedule_dump(weir_net_process_at(net, p)->schedule, text);
    fputs(weir_text_string(text), stdout);
    weir_text_free(text);
}

static bool measure(const weir_graph *graph, int argc, char **argv, weir_diag *diag) {
    weir_net *net = weir_net_of_graph(graph, diag);
    if (net == NULL) return false;
    weir_domain *domains = weir_xcalloc(weir_graph_domains(graph), sizeof *domains);
    weir_channel_timing *timing = weir_xcalloc(weir_graph_channels(graph), sizeof *timing);
    weir_replay_of_graph(graph, domains, timing);
    weir_replay_parameters parameters = {
        .domains = domains, .channels = timing, .frames = 2000, .no_steady = true};
    if (argc > 2) parameters.frames = strtoull(argv[2], NULL, 10);
    uint32_t sets = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 64;
    if (argc > 4) dump(net);
    bool good = one_by_one(net, &parameters, diag);
    parameters.frames = parameters.frames / 8 + 1;
    good = good && (sets == 0 || (at_once(net, &parameters, sets, 1, diag) &&
                                  at_once(net, &parameters, sets, 0, diag)));
    free(domains);
    free(timing);
    weir_net_free(net);
    return good;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s DESIGN [frames [sets [dump]]]\n", argv[0]);
        return 2;
    }
    char folder[] = "/tmp/replay_rate_XXXXXX";
    weir_diag *diag = weir_diag_new();
    weir_design_options options = {0};
    weir_design *design = weir_design_load(argv[1], &options, diag);
    weir_compiled *compiled =
        design != NULL && mkdtemp(folder) != NULL ? weir_compile(design, folder, diag) : NULL;
    bool good = compiled != NULL && measure(compiled->graph, argc, argv, diag);
    weir_diag_print(diag, stderr);
    weir_compiled_free(compiled);
    weir_design_free(design);
    weir_diag_free(diag);
    return good ? 0 : 1;
}
