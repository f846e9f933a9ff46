#include "hls/lower.h"
#include <inttypes.h>

uint64_t weir_common_divisor(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* SIMD lanes are taken from one beat, so the beat must be a multiple of them. */
static void set_folding(weir_folding *folding, uint32_t lanes, uint32_t pe, uint32_t simd) {
    folding->latency = false;
    folding->pe = pe;
    folding->simd = simd;
    folding->gather = lanes % simd != 0;
}

/* The divisor of `number` nearest to `wish`, for messages. */
static uint64_t nearest_divisor(uint64_t number, uint64_t wish) {
    uint64_t best = 1;
    for (uint64_t d = 1; d <= number; d++) {
        uint64_t now = d > wish ? d - wish : wish - d;
        uint64_t old = best > wish ? best - wish : wish - best;
        if (number % d == 0 && now < old) best = d;
    }
    return best;
}

static bool fold_by_reuse(const weir_fold_spec *spec, const weir_layer_settings *settings,
                          weir_folding *folding, weir_diag *diag) {
    uint32_t inputs = spec->inputs, outputs = spec->outputs, lanes = spec->lanes;
    uint64_t product = (uint64_t)inputs * outputs, reuse = settings->reuse_factor;
    if (product % reuse)
        return weir_error(diag, settings->fold_loc,
                          "layer \"%s\": reuse_factor %" PRIu64 " does not divide %u inputs x %u "
                          "outputs = %" PRIu64 " multiplications; nearest allowed: %" PRIu64,
                          spec->layer, reuse, inputs, outputs, product,
                          nearest_divisor(product, reuse));
    /* First a split whose SIMD fits the beats as they come, with as few output groups as it takes.
     */
    for (uint64_t nf = 1; nf <= reuse && nf <= outputs; nf++) {
        if (reuse % nf || outputs % nf) continue;
        uint64_t sf = reuse / nf;
        if (sf > inputs || inputs % sf || lanes % (inputs / sf)) continue;
        set_folding(folding, lanes, outputs / (uint32_t)nf, inputs / (uint32_t)sf);
        return true;
    }
    uint64_t sf = weir_common_divisor(reuse, inputs);
    set_folding(folding, lanes, outputs / (uint32_t)(reuse / sf), inputs / (uint32_t)sf);
    return true;
}

static bool fold_by_parallelism(const weir_fold_spec *spec, const weir_layer_settings *settings,
                                weir_folding *folding, weir_diag *diag) {
    uint32_t inputs = spec->inputs, outputs = spec->outputs;
    uint64_t pe = settings->pe ? settings->pe : 1, simd = settings->simd ? settings->simd : 1;
    bool ok = true;
    if (pe > outputs || outputs % pe)
        ok = weir_error(diag, settings->fold_loc,
                        "layer \"%s\": pe %" PRIu64 " does not divide %u outputs; nearest allowed: "
                        "%" PRIu64,
                        spec->layer, pe, outputs, nearest_divisor(outputs, pe));
    if (simd > inputs || inputs % simd)
        ok =
            weir_error(diag, settings->fold_loc,
                       "layer \"%s\": simd %" PRIu64 " does not divide %u inputs; nearest allowed: "
                       "%" PRIu64,
                       spec->layer, simd, inputs, nearest_divisor(inputs, simd));
    if (ok) set_folding(folding, spec->lanes, (uint32_t)pe, (uint32_t)simd);
    return ok;
}

/* The smallest reuse factor within the multiplier limit; of equal ones the widest SIMD. */
static void fold_by_size(uint32_t inputs, uint32_t outputs, uint32_t lanes, weir_folding *folding) {
    uint64_t best = UINT64_MAX;
    for (uint32_t simd = lanes; simd >= 1; simd--) {
        if (lanes % simd) continue;
        for (uint32_t pe = outputs; pe >= 1; pe--) {
            uint64_t multipliers = (uint64_t)pe * simd;
            if (outputs % pe || multipliers > WEIR_MULTIPLIER_LIMIT) continue;
            uint64_t reuse = (uint64_t)inputs * outputs / multipliers;
            if (reuse < best) {
                best = reuse;
                set_folding(folding, lanes, pe, simd);
            }
            break;
        }
    }
}

uint64_t weir_step_limit(uint64_t target_cycles) {
    return target_cycles ? target_cycles + target_cycles / 50 : UINT64_MAX;
}

/* The fewest multipliers that meet the target; of equal ones the widest SIMD, which needs the fewest
 * accumulators. */
static bool fold_by_target(const weir_fold_spec *spec, const weir_layer_settings *settings,
                           weir_folding *folding, weir_diag *diag) {
    uint64_t least = UINT64_MAX, limit = weir_step_limit(spec->target_cycles);
    for (uint32_t simd = spec->lanes; simd >= 1; simd--) {
        if (spec->lanes % simd) continue;
        for (uint32_t pe = 1; pe <= spec->outputs; pe++) {
            uint64_t steps = spec->vectors * (spec->inputs / simd) * (spec->outputs / pe);
            if (spec->outputs % pe || steps > limit || (uint64_t)pe * simd >= least) continue;
            least = (uint64_t)pe * simd;
            set_folding(folding, spec->lanes, pe, simd);
        }
    }
    if (least != UINT64_MAX) return true;
    return weir_error(diag, settings->loc,
                      "layer \"%s\": an interval of %" PRIu64
                      " cycles cannot be met with %u lanes; "
                      "least: %" PRIu64,
                      spec->layer, spec->target_cycles, spec->lanes,
                      spec->vectors * (spec->inputs / spec->lanes));
}

bool weir_fold(const weir_fold_spec *spec, const weir_layer_settings *settings,
               weir_folding *folding, weir_diag *diag) {
    uint64_t product = (uint64_t)spec->inputs * spec->outputs;
    bool folded = settings->reuse_factor > 1 || settings->pe || settings->simd;
    if (settings->strategy == WEIR_LATENCY && folded)
        return weir_error(diag, settings->fold_loc,
                          "layer \"%s\": strategy \"latency\" builds every multiplication; "
                          "reuse_factor 1 is allowed, pe and simd are not",
                          spec->layer);
    if (settings->reuse_factor && (settings->pe || settings->simd))
        return weir_error(diag, settings->fold_loc,
                          "layer \"%s\": reuse_factor and pe or simd say the same thing twice; "
                          "allowed is one of them",
                          spec->layer);
    bool small = spec->target_cycles == 0 && product <= WEIR_LATENCY_LIMIT;
    if (settings->strategy == WEIR_LATENCY ||
        (settings->strategy == WEIR_AUTO && !folded && (small || settings->reuse_factor == 1))) {
        *folding = (weir_folding){true, spec->lanes != spec->inputs, spec->outputs, spec->inputs};
        return true;
    }
    if (settings->reuse_factor) return fold_by_reuse(spec, settings, folding, diag);
    if (folded) return fold_by_parallelism(spec, settings, folding, diag);
    if (spec->target_cycles) return fold_by_target(spec, settings, folding, diag);
    fold_by_size(spec->inputs, spec->outputs, spec->lanes, folding);
    return true;
}

uint32_t weir_fold_lanes(uint32_t channels, uint32_t unit, uint64_t positions, int width,
                         uint64_t target_cycles) {
    if (target_cycles) {
        for (uint32_t lanes = unit; lanes <= channels; lanes += unit)
            if (channels % lanes == 0 &&
                positions * (channels / lanes) <= weir_step_limit(target_cycles))
                return lanes;
        return 0;
    }
    for (uint32_t lanes = channels; lanes > unit; lanes--)
        if (channels % lanes == 0 && lanes % unit == 0 &&
            (uint64_t)lanes * (uint32_t)width <= WEIR_BEAT_LIMIT)
            return lanes;
    return unit;
}
