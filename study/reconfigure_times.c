/* Reconfiguration: times of batches of any size, and the size at which they are as good as no
 * reconfiguration. */
#include "study/reconfigure.h"
#include <math.h>

/* Repeats of the parts' steady states that are looked at for the smallest batch; beyond, a design
 * whose parts repeat so seldom together is taken to repeat with the longest of them. */
enum { MOST_PERIOD = 1 << 16 };

static uint64_t out_of(const weir_turn *turn, uint64_t frame) {
    if (frame < turn->n_out) return turn->out_ps[frame];
    uint64_t repeats = (frame - turn->n_out) / turn->steady_frames + 1;
    return turn->out_ps[frame - repeats * turn->steady_frames] + repeats * turn->steady_ps;
}

uint64_t weir_reconfigured_run_ps(const weir_turn *turn, uint64_t frames) {
    return out_of(turn, frames - 1);
}

uint64_t weir_reconfigured_batch_ps(const weir_reconfigured *r, uint64_t frames) {
    uint64_t sum = 0;
    for (uint32_t k = 0; k < r->n_turns; k++)
        sum += r->region.load_ps + weir_reconfigured_run_ps(&r->turns[k], frames);
    return sum;
}

double weir_reconfigured_interval_ps(const weir_reconfigured *r, uint64_t frames) {
    double own = (double)weir_reconfigured_batch_ps(r, frames) / (double)frames;
    double arrivals = (double)r->arrival_period_ps;
    return own > arrivals ? own : arrivals;
}

/* Of the last part's outputs of frames 0 .. frames - 1. */
static double sum_of_outs(const weir_turn *turn, uint64_t frames) {
    double sum = 0;
    for (uint64_t f = 0; f < frames && f < turn->n_out; f++)
        sum += (double)turn->out_ps[f];
    for (uint64_t i = 0; i < turn->steady_frames && turn->n_out + i < frames; i++) {
        double count = (double)((frames - turn->n_out - i - 1) / turn->steady_frames + 1);
        double first = (double)turn->out_ps[turn->n_out - turn->steady_frames + i];
        sum += count * first + (double)turn->steady_ps * count * (count + 1) / 2;
    }
    return sum;
}

weir_batch_latency weir_reconfigured_latency(const weir_reconfigured *r, uint64_t frames) {
    const weir_turn *last = &r->turns[r->n_turns - 1];
    uint64_t whole = weir_reconfigured_batch_ps(r, frames), period = r->arrival_period_ps;
    uint64_t before = whole - weir_reconfigured_run_ps(last, frames); /* the last part's run */
    weir_batch_latency latency = {whole,
                                  (double)before + sum_of_outs(last, frames) / (double)frames};
    if (period == 0) return latency;
    /* A frame waits for those after it. In the steady state that changes by as much with every repeat,
     * so the longest wait is of a frame before it, or of one of the last repeat. */
    latency.mean_ps += (double)(frames - 1) * (double)period / 2;
    uint64_t start = frames < last->n_out ? frames : last->n_out;
    uint64_t end = frames > last->steady_frames ? frames - last->steady_frames : 0;
    for (uint64_t f = 0; f < frames; f = f + 1 == start && start < end ? end : f + 1) {
        uint64_t own = before + out_of(last, f) + (frames - 1 - f) * period;
        if (own > latency.worst_ps) latency.worst_ps = own;
    }
    return latency;
}

double weir_reconfigured_limit_ps(const weir_reconfigured *r) {
    double sum = 0, arrivals = (double)r->arrival_period_ps;
    for (uint32_t k = 0; k < r->n_turns; k++)
        sum += (double)r->turns[k].steady_ps / (double)r->turns[k].steady_frames;
    return sum > arrivals ? sum : arrivals;
}

/* ---- break-even ---- */

/* Intervals that are the same but for rounding are taken as the same. */
#define ALMOST (1 + 1e-12)

static bool as_good(const weir_reconfigured *r, uint64_t frames, double interval_ps) {
    return weir_reconfigured_interval_ps(r, frames) <= interval_ps * ALMOST;
}

static uint64_t common_multiple(uint64_t a, uint64_t b) {
    uint64_t x = a, y = b;
    while (y != 0) {
        uint64_t rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

static uint64_t common_period(const weir_reconfigured *r) {
    uint64_t period = 1, longest = 1;
    for (uint32_t k = 0; k < r->n_turns; k++) {
        uint64_t own = r->turns[k].steady_frames;
        if (own > longest) longest = own;
        if (period <= MOST_PERIOD) period = common_multiple(period, own);
    }
    return period <= MOST_PERIOD ? period : longest;
}

/* The smallest of `from`, from + period, ... that is as good; each step saves `saved` ps more. */
static uint64_t first_of_class(const weir_reconfigured *r, uint64_t from, uint64_t period,
                               double saved, double interval_ps) {
    double lacks = (double)weir_reconfigured_batch_ps(r, from) - (double)from * interval_ps;
    double steps = lacks > 0 ? ceil(lacks / saved) : 0;
    if (steps > 1e15) return UINT64_MAX;
    uint64_t frames = from + (uint64_t)steps * period;
    while (frames >= from + period && as_good(r, frames - period, interval_ps))
        frames -= period;
    while (!as_good(r, frames, interval_ps))
        frames += period;
    return frames;
}

uint64_t weir_reconfigured_break_even(const weir_reconfigured *r, double interval_ps) {
    uint64_t settled = 1, period = common_period(r);
    for (uint32_t k = 0; k < r->n_turns; k++)
        if (r->turns[k].n_out > settled) settled = r->turns[k].n_out;
    for (uint64_t b = 1; b < settled + period; b++)
        if (as_good(r, b, interval_ps)) return b;
    double saved = (interval_ps - weir_reconfigured_limit_ps(r)) * (double)period;
    if (!(saved > interval_ps * 1e-9)) return 0;
    uint64_t best = UINT64_MAX;
    for (uint64_t i = 0; i < period; i++) {
        uint64_t found = first_of_class(r, settled + i, period, saved, interval_ps);
        if (found < best) best = found;
    }
    return best != UINT64_MAX ? best : 0;
}
