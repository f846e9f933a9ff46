#!/usr/bin/env python3
"""Fits the model of hls/estimate.h on a sweep, and says how well it holds.

Reads bench/resources/sweep.csv and held.csv (written by `sweep`), writes hls/estimate_fit.h and
bench/resources/residuals.csv. For each kind of module and for LUT and FF alike: coefficients that are
not negative and make the sum of squared relative errors least, by coordinate descent, with a pull to
what the features mean. How strong the pull is, and the band, come from leaving one module out at a
time: the pull with the least mean error of the module that was left out, and the error that nine in
ten of them keep. The modules marked `held` take no part in it: how many of them lie within the band is
printed, and the residuals of all modules are in residuals.csv.

usage: bench/resources/fit.py [--check]     --check: write nothing, fail if under 90 % are held
"""
import csv
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SLACK = 12  # WEIR_ESTIMATE_SLACK
FEATURES = ("one", "control", "multiply", "add", "convert", "select", "store", "table", "register",
            "pipe")
LEAST_BAND = 0.05
EXPECTED = {  # in the order of FEATURES: one LUT a bit of adder, one FF a bit of register, ...
    "lut": (4, 1.5, 1.2, 1, 1, 1, 1, 0.9, 0, 0),
    "ff": (1, 1, 0, 0, 0, 0, 0, 0, 1, 0.2),
}
PULLS = (0.01, 0.03, 0.1, 0.3, 1.0)
FIGURES = ("lut", "ff")


def load():
    rows = []
    for name in ("sweep.csv", "held.csv"):
        with open(os.path.join(HERE, name), newline="") as file:
            rows += list(csv.DictReader(file))
    return rows


def weight(row, figure):
    """Errors count relative to the size of the module, small ones as if they were larger."""
    return 1 / (float(row[figure]) + 2 * SLACK)


def fit(rows, figure, strength):
    """Non-negative weighted least squares, one coefficient at a time until none moves. The pull to what
    the features mean (EXPECTED) keeps those that say the same thing from playing against each other,
    and decides where a kind has few modules; what none of them has is taken at its meaning."""
    expected = EXPECTED[figure]
    xs = [[float(row[name]) * weight(row, figure) for name in FEATURES] for row in rows]
    ys = [float(row[figure]) * weight(row, figure) for row in rows]
    scale = [max(sum(x[f] ** 2 for x in xs), 1e-30) for f in range(len(FEATURES))]
    values = [0.0 if scale[f] > 1e-29 else float(expected[f]) for f in range(len(FEATURES))]
    errors = list(ys)
    for _ in range(2000):
        moved = 0.0
        for f in range(len(FEATURES)):
            if scale[f] <= 1e-29:
                continue
            pull = strength * scale[f] * (expected[f] - values[f])
            step = (sum(x[f] * e for x, e in zip(xs, errors)) + pull) / (scale[f] * (1 + strength))
            step = max(step, -values[f])
            if step == 0:
                continue
            values[f] += step
            errors = [e - step * x[f] for x, e in zip(xs, errors)]
            moved = max(moved, abs(step) * math.sqrt(scale[f]))
        if moved < 1e-6:
            break
    return values


def estimate(row, values):
    return sum(float(row[name]) * value for name, value in zip(FEATURES, values))


def error(row, figure, values):
    """Relative to the estimate, 0 within the slack: what the band is about."""
    guess = max(estimate(row, values), 1.0)
    off = abs(float(row[figure]) - guess)
    return 0.0 if off <= SLACK else off / guess


def worst(row, model):
    return max(error(row, figure, model[figure]) for figure in FIGURES)


def left_out_errors(rows, strength):
    errors = []
    for out in range(len(rows)):
        rest = rows[:out] + rows[out + 1:]
        errors.append(worst(rows[out], {f: fit(rest, f, strength) for f in FIGURES}))
    return sorted(errors)


def fit_kind(rows):
    tries = [(left_out_errors(rows, strength), strength) for strength in PULLS]
    errors, strength = min(tries, key=lambda t: sum(min(e, 1.0) for e in t[0]))
    model = {figure: fit(rows, figure, strength) for figure in FIGURES}
    # The quantile that holds for one more module drawn like these (conformal prediction).
    band = errors[min(len(errors) - 1, math.ceil(0.9 * (len(errors) + 1)) - 1)]
    model["band"] = max(LEAST_BAND, math.ceil(band * 100) / 100)
    return model


def held_lines(rows, models):
    good, lines = 0, []
    for row in rows:
        model = models[row["kind"]]
        within = worst(row, model) <= model["band"]
        counted = all(row["counted_" + name] == row[name] for name in ("dsp", "bram18"))
        good += within
        lines.append((row["kind"], row["module"], within, counted))
    return good, lines


def write_header(models):
    path = os.path.join(TOP, "hls", "estimate_fit.h")
    with open(path, "w") as out:
        out.write("/* Made by bench/resources/fit.py from bench/resources/sweep.csv: coefficients of "
                  "hls/estimate.h, LUT\n * and FF a unit of each feature in its order, and the error "
                  "band of each kind. */\n"
                  "#ifndef WEIR_HLS_ESTIMATE_FIT_H\n#define WEIR_HLS_ESTIMATE_FIT_H\n\n"
                  "#include \"hls/estimate.h\"\n\n"
                  "typedef struct weir_fit {\n    const char *kind;\n    double band;\n"
                  "    double lut[WEIR_FEATURES], ff[WEIR_FEATURES];\n} weir_fit;\n\n"
                  "// clang-format off\nstatic const weir_fit weir_fits[] = {\n")
        for kind, model in sorted(models.items()):
            out.write("    {\"%s\", %.2f,\n" % (kind, model["band"]))
            for figure in FIGURES:
                numbers = ", ".join("%.4g" % value for value in model[figure])
                out.write("     {%s}%s\n" % (numbers, "," if figure == "lut" else "},"))
        out.write("};\n// clang-format on\n\n#endif\n")


def write_residuals(rows, models):
    with open(os.path.join(HERE, "residuals.csv"), "w") as out:
        out.write("set,kind,module,lut,lut_estimate,ff,ff_estimate,dsp,dsp_counted,bram18,"
                  "bram18_counted,error,band\n")
        for row in rows:
            model = models[row["kind"]]
            out.write("%s,%s,%s,%s,%.0f,%s,%.0f,%s,%s,%s,%s,%.3f,%.2f\n" % (
                row["set"], row["kind"], row["module"], row["lut"],
                estimate(row, model["lut"]), row["ff"], estimate(row, model["ff"]), row["dsp"],
                row["counted_dsp"], row["bram18"], row["counted_bram18"], worst(row, model),
                model["band"]))


def main():
    rows = load()
    kinds = sorted({row["kind"] for row in rows})
    models = {kind: fit_kind([r for r in rows if r["kind"] == kind and r["set"] == "fit"])
              for kind in kinds}
    held = [row for row in rows if row["set"] == "held"]
    good, lines = held_lines(held, models)
    if "--check" not in sys.argv[1:]:
        write_header(models)
        write_residuals(rows, models)
    for kind in kinds:
        inside = sum(within for k, _, within, _ in lines if k == kind)
        total = sum(1 for k, _, _, _ in lines if k == kind)
        exact = sum(counted for k, _, _, counted in lines if k == kind)
        print("%-16s band %3.0f %%  held out %d/%d within, DSP and RAMB18 exact in %d" %
              (kind, 100 * models[kind]["band"], inside, total, exact))
    print("held out: %d of %d modules within the band (%.1f %%)" %
          (good, len(held), 100 * good / max(1, len(held))))
    return 0 if good >= 0.9 * len(held) else 1


if __name__ == "__main__":
    sys.exit(main())
