#!/usr/bin/env python3
"""Fits the model of hls/estimate.h on a sweep, and says how well it holds.

Reads bench/resources/sweep.csv (written by `sweep`), writes hls/estimate_fit.h and
bench/resources/residuals.csv. For each kind of module and for LUT and FF alike: coefficients that are
not negative and make the sum of squared relative errors least, by coordinate descent; then the band,
the error that nine in ten of the fitted modules keep, a tenth wider for what the fit has taken from
them. The modules marked `held` take no part in it: how many of them lie within the band is printed,
and the residuals of all modules are in residuals.csv.

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
FIGURES = ("lut", "ff")


def load():
    with open(os.path.join(HERE, "sweep.csv"), newline="") as file:
        return list(csv.DictReader(file))


def weight(row, figure):
    """Errors count relative to the size of the module, small ones as if they were larger."""
    return 1 / (float(row[figure]) + 2 * SLACK)


def fit(rows, figure):
    """Non-negative weighted least squares, one coefficient at a time until none moves; a little pull
    to 0 keeps features that say the same thing from playing against each other."""
    xs = [[float(row[name]) * weight(row, figure) for name in FEATURES] for row in rows]
    ys = [float(row[figure]) * weight(row, figure) for row in rows]
    scale = [max(sum(x[f] ** 2 for x in xs), 1e-30) for f in range(len(FEATURES))]
    values = [0.0] * len(FEATURES)
    errors = list(ys)
    for _ in range(20000):
        moved = 0.0
        for f in range(len(FEATURES)):
            if scale[f] <= 1e-29:
                continue
            step = sum(x[f] * e for x, e in zip(xs, errors)) / (scale[f] * 1.002)
            step = max(step, -values[f])
            if step == 0:
                continue
            values[f] += step
            errors = [e - step * x[f] for x, e in zip(xs, errors)]
            moved = max(moved, abs(step) * math.sqrt(scale[f]))
        if moved < 1e-9:
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


def fit_kind(rows):
    model = {figure: fit(rows, figure) for figure in FIGURES}
    errors = sorted(worst(row, model) for row in rows)
    band = 1.1 * errors[min(len(errors) - 1, math.ceil(0.9 * len(errors)) - 1)]
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
