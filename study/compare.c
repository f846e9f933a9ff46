#include "study/compare.h"
#include "base/format.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool weir_worse_parse(const char *text, weir_worse *worse, weir_diag *diag) {
    char key[64];
    size_t length = strcspn(text, "=");
    snprintf(key, sizeof key, "%.*s", (int)length, text);
    worse->figure = weir_figure_find(key);
    char *end = NULL;
    worse->percent = text[length] == '=' ? strtod(text + length + 1, &end) : NAN;
    bool number = end != NULL && end != text + length + 1 && *end == '\0';
    if (worse->figure != WEIR_FIGURES && number && worse->percent >= 0) return true;
    weir_text *known = weir_text_new();
    for (int f = 0; f < WEIR_FIGURES; f++)
        weir_text_addf(known, "%s%s", f > 0 ? ", " : "", weir_figure_infos[f].key);
    weir_error(diag, WEIR_NOWHERE, "limit \"%s\": allowed is FIGURE=PERCENT, of these figures: %s",
               text, weir_text_string(known));
    weir_text_free(known);
    return false;
}

/* Per cent of `a` that `b` is worse by; negative: better. */
static double worse_by(weir_figure figure, double a, double b) {
    double more = weir_figure_infos[figure].least ? b - a : a - b;
    if (more == 0) return 0;
    return a != 0 ? 100 * more / fabs(a) : more > 0 ? INFINITY : -INFINITY;
}

uint32_t weir_compare(const weir_finding *a, const weir_finding *b, const weir_worse *allowed,
                      uint32_t n_allowed, weir_diag *diag) {
    uint32_t regressions = 0;
    for (uint32_t i = 0; i < n_allowed; i++) {
        weir_figure f = allowed[i].figure;
        const char *key = weir_figure_infos[f].key;
        if (a->source[f] == NULL || b->source[f] == NULL) {
            weir_error(diag, WEIR_NOWHERE, "%s: not known of %s, and a limit is set for it", key,
                       a->source[f] == NULL ? "a" : "b");
            regressions++;
            continue;
        }
        double by = worse_by(f, a->value[f], b->value[f]);
        if (by <= allowed[i].percent) continue;
        weir_error(diag, WEIR_NOWHERE, "%s: %.10g to %.10g, worse by %.4g %%; %.4g %% are allowed",
                   key, a->value[f], b->value[f], by, allowed[i].percent);
        regressions++;
    }
    return regressions;
}

static const char *value_text(char *out, const weir_finding *finding, int figure) {
    if (finding->source[figure] == NULL) return "-";
    snprintf(out, WEIR_FORMAT, "%.10g", finding->value[figure]);
    return out;
}

void weir_compare_text(const weir_finding *a, const weir_finding *b, weir_text *out) {
    weir_table *table = weir_table_new(5);
    static const char *const titles[] = {"figure", "a", "b", "change", "source"};
    for (uint32_t c = 0; c < 5; c++)
        weir_table_column(table, c, titles[c], c > 0 && c < 4);
    for (int f = 0; f < WEIR_FIGURES; f++) {
        char text[WEIR_FORMAT], change[WEIR_FORMAT] = "", source[2 * WEIR_FORMAT];
        const char *x = a->source[f], *y = b->source[f];
        if (x == NULL && y == NULL) continue;
        bool both = x != NULL && y != NULL;
        double p = a->value[f], q = b->value[f];
        if (both && p == q)
            snprintf(change, sizeof change, "=");
        else if (both && p != 0)
            snprintf(change, sizeof change, "%+.1f %%", 100 * (q - p) / fabs(p));
        if (both && strcmp(x, y) != 0)
            snprintf(source, sizeof source, "%s, %s", x, y);
        else
            snprintf(source, sizeof source, "%s", x != NULL ? x : y);
        weir_table_cell(table, weir_figure_infos[f].key);
        weir_table_cell(table, value_text(text, a, f));
        weir_table_cell(table, value_text(text, b, f));
        weir_table_cell(table, change);
        weir_table_cell(table, source);
    }
    weir_table_print(table, 2, out);
    weir_table_free(table);
}
