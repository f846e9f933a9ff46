// Random nets through replay, scalar and batched, against the registers; ends at the first
// difference. What test_replay_mutations.cpp links mutated engines with.
// usage: SEED NETS      status 0: none differ, 3: one does
#include "sim/random_net.hpp"
#include <cstdio>

using namespace regsim;

static bool batch_differs(const Result &expected, const Translated &translated) {
    std::vector<weir_replay_parameters> sets(2, translated.parameters);
    std::vector<weir_channel_timing> deeper = translated.timing;
    for (weir_channel_timing &timing : deeper)
        timing.depth++; // so that the lanes' depths are not even
    sets[1].channels = deeper.data();
    std::vector<weir_replay_answer> answers(2);
    weir_diag *diag = weir_diag_new();
    bool good = weir_replay_many(translated.net(), sets.data(), 2, 1, answers.data(), diag);
    weir_diag_free(diag);
    uint64_t n = expected.n_frames;
    if (!good || answers[0].n_frames != n || answers[0].deadlock != expected.deadlock) return true;
    if (n == 0) return false;
    return answers[0].end_ps != expected.last_out_ps[n - 1] ||
           answers[0].latency_ps != expected.last_out_ps[0] - expected.first_in_ps[0] ||
           answers[0].last_latency_ps != expected.last_out_ps[n - 1] - expected.first_in_ps[n - 1];
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    uint64_t seed = strtoull(argv[1], nullptr, 0), nets = strtoull(argv[2], nullptr, 0);
    for (uint64_t n = 0; n < nets; n++) {
        Style style;
        style.elastic = n % 3 == 0;
        Net net = random_net(seed, n, style);
        Result expected = simulate(net);
        Translated translated(net, n);
        unsigned record = WEIR_WANT_TIMES | WEIR_WANT_OCCUPANCY | WEIR_WANT_TRACE;
        if (replay_difference(net, expected, translated, record).empty() &&
            replay_difference(net, expected, translated, WEIR_WANT_TIMES).empty() &&
            !batch_differs(expected, translated))
            continue;
        printf("seed %s net %lu\n", argv[1], n);
        return 3;
    }
    return 0;
}
