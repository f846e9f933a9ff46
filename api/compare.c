/* Runs and points compared, within limits. */
#include "study/compare.h"
#include "api/handles.h"
#include "api/weir_study.h"
#include "report/power.h"
#include "report/resources.h"
#include "study/store.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool parse_limits(const char *const *limits, uint32_t n, weir_worse **out, weir_diag *diag) {
    bool good = true;
    *out = weir_xcalloc(n + 1, sizeof **out);
    for (uint32_t i = 0; i < n; i++)
        good = weir_worse_parse(limits[i], &(*out)[i], diag) && good;
    return good;
}

/* ---- runs ---- */

static void take_costs(const weir_record *record, weir_finding *finding) {
    static const struct {
        weir_figure figure;
        weir_resource resource;
    } costs[] = {{WEIR_FIGURE_LUT, WEIR_LUT},
                 {WEIR_FIGURE_FF, WEIR_FF},
                 {WEIR_FIGURE_DSP, WEIR_DSP},
                 {WEIR_FIGURE_BRAM18, WEIR_BRAM18},
                 {WEIR_FIGURE_URAM, WEIR_URAM}};
    const weir_usage usage = weir_record_usage(record);
    for (size_t i = 0; i < sizeof costs / sizeof *costs && usage.known; i++)
        weir_finding_set(finding, costs[i].figure, (double)usage.total[costs[i].resource],
                         "report");
    const weir_record_power power = weir_power_of_record(record);
    if (!power.known) return;
    weir_finding_set(finding, WEIR_FIGURE_DYNAMIC, power.dynamic.total, "report");
    if (power.static_mw <= 0) return;
    weir_finding_set(finding, WEIR_FIGURE_POWER, power.total_mw, "report");
    if (power.efficiency.frame_uj > 0)
        weir_finding_set(finding, WEIR_FIGURE_ENERGY, power.efficiency.frame_uj, "report");
    if (power.efficiency.pixels_per_watt_second > 0)
        weir_finding_set(finding, WEIR_FIGURE_PIXELS_PER_WATT_SECOND,
                         power.efficiency.pixels_per_watt_second, "report");
}

static void take_record(const weir_record *record, weir_finding *finding) {
    double interval_ps = (double)record->steady_interval_ps;
    if (record->latency.count > 0)
        weir_finding_set(finding, WEIR_FIGURE_LATENCY, (double)record->latency.first_ps,
                         record->engine);
    if (interval_ps > 0) {
        weir_finding_set(finding, WEIR_FIGURE_INTERVAL, interval_ps, record->engine);
        weir_finding_set(finding, WEIR_FIGURE_FPS, 1e12 / interval_ps, record->engine);
    }
    double bits = 0;
    for (uint32_t c = 0; c < record->n_channels; c++)
        bits += (double)record->channels[c].depth * record->channels[c].beat_bits;
    weir_finding_set(finding, WEIR_FIGURE_FIFO_BITS, bits, "graph");
    if (record->has_accuracy && record->accuracy.positions > 0)
        weir_finding_set(finding, WEIR_FIGURE_ACCURACY,
                         (double)record->accuracy.argmax_equal / (double)record->accuracy.positions,
                         "float");
    take_costs(record, finding);
}

weir_status weir_outcome_regressions(const weir_outcome *a, const weir_outcome *b,
                                     const char *const *limits, uint32_t n_limits,
                                     weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    weir_finding first = {0}, second = {0};
    weir_worse *allowed;
    take_record(a->record, &first);
    take_record(b->record, &second);
    bool good = parse_limits(limits, n_limits, &allowed, diag) &&
                weir_compare(&first, &second, allowed, n_limits, diag) == 0;
    free(allowed);
    return good ? WEIR_OK : WEIR_BAD_INPUT;
}

/* ---- points ---- */

typedef struct stored {
    char hash[WEIR_KEY_CHARS];
    char *changes;
    weir_finding finding;
} stored;

/* The store's path and the point's name may have the mark too: the first path that there is. */
static const char *find_mark(const char *name, char *path) {
    const char *first = NULL;
    for (const char *mark = strchr(name, '#'); mark != NULL; mark = strchr(mark + 1, '#')) {
        if (mark == name) continue;
        if (first == NULL) first = mark;
        memcpy(path, name, (size_t)(mark - name));
        path[mark - name] = '\0';
        if (access(path, F_OK) == 0) return mark;
    }
    if (first != NULL) path[first - name] = '\0';
    return first;
}

static bool take_point(const char *name, stored *point, weir_diag *diag) {
    char *path = weir_xcalloc(strlen(name) + 1, 1);
    const char *mark = find_mark(name, path);
    if (mark == NULL) {
        free(path);
        return weir_error(diag, WEIR_NOWHERE,
                          "point \"%s\": allowed is STORE#NAME, or # and the beginning of its hash",
                          name);
    }
    weir_store *store = weir_store_open_existing(path, diag);
    bool good = store != NULL && weir_store_named(store, mark + 1, point->hash, &point->changes,
                                                  &point->finding, diag);
    weir_store_close(store);
    free(path);
    return good;
}

static bool has_line(const char *lines, const char *line, size_t length) {
    for (const char *at = lines; *at != '\0';) {
        size_t own = strcspn(at, "\n");
        if (own == length && memcmp(at, line, length) == 0) return true;
        at += own + (at[own] == '\n');
    }
    return false;
}

/* Lines of `lines` that `others` does not have. */
static uint32_t add_changes(const char *lines, const char *others, const char *sign,
                            weir_text *out) {
    uint32_t n = 0;
    for (const char *at = lines; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        if (!has_line(others, at, length)) {
            weir_text_addf(out, "  %s %.*s\n", sign, (int)length, at);
            n++;
        }
        at += length + (at[length] == '\n');
    }
    return n;
}

static void add_point(const char *sign, const char *name, const weir_finding *finding,
                      weir_text *out) {
    weir_text_addf(out, "%s: %s, %s\n", sign, name,
                   finding->feasible ? "feasible"
                   : finding->why    ? finding->why
                                     : "not feasible");
}

static char *points_text(const char *a, const stored *x, const char *b, const stored *y) {
    weir_text *out = weir_text_new();
    add_point("a", a, &x->finding, out);
    add_point("b", b, &y->finding, out);
    weir_text_add(out, "\nchanges of one of them alone\n");
    if (add_changes(x->changes, y->changes, "a", out) +
            add_changes(y->changes, x->changes, "b", out) ==
        0)
        weir_text_add(out, "  none\n");
    weir_text_add(out, "\n");
    weir_compare_text(&x->finding, &y->finding, out);
    char *copy = weir_xstrdup(weir_text_string(out));
    weir_text_free(out);
    return copy;
}

/* Worse beyond its limits, or no longer feasible. */
static bool is_regression(const stored *x, const stored *y, const weir_worse *allowed, uint32_t n,
                          weir_diag *diag) {
    bool lost = n > 0 && x->finding.feasible && !y->finding.feasible;
    if (lost)
        weir_error(diag, WEIR_NOWHERE, "b is not feasible, as a is: %s",
                   y->finding.why != NULL ? y->finding.why : "no reason is known");
    return weir_compare(&x->finding, &y->finding, allowed, n, diag) > 0 || lost;
}

weir_status weir_point_diff(const char *a, const char *b, const char *const *limits,
                            uint32_t n_limits, char **text, weir_messages *log) {
    weir_diag *diag = weir_messages_diag(log);
    stored x = {.changes = NULL}, y = {.changes = NULL};
    weir_status status = WEIR_BAD_INPUT;
    weir_worse *allowed;
    *text = NULL;
    if (parse_limits(limits, n_limits, &allowed, diag) && take_point(a, &x, diag) &&
        take_point(b, &y, diag)) {
        *text = points_text(a, &x, b, &y);
        if (!is_regression(&x, &y, allowed, n_limits, diag)) status = WEIR_OK;
    }
    free(allowed);
    free(x.changes);
    free(y.changes);
    weir_finding_clear(&x.finding);
    weir_finding_clear(&y.finding);
    return status;
}
