#include "study/study_file.h"
#include "base/arena.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES = 16, CONFIRM_FRAMES = 3, MOST_VALUES = 1 << 20 };

static const char *const source_names[] = {"estimate", "synthesis", "none", NULL};
static const char *const sample_names[] = {"grid", "random", "sobol", NULL};
static const char *const search_names[] = {"none", "nsga2", NULL};

typedef struct variable {
    const char *name, *value;
} variable;

typedef struct reading {
    weir_study_file file; /* first: a pointer to it is a pointer to this */
    weir_arena *arena;
    weir_config *config;
    const char *folder;
    uint32_t n_variables;
    variable *variables;
    weir_diag *diag;
    bool good;
} reading;

typedef struct study_keys {
    const char *name, *design, *device, *grade;
    const weir_config_node *variables, *base, *ideas, *axes, *sample, *constraints, *objectives,
        *search, *program, *accuracy;
    int64_t frames, confirm, confirm_frames;
    bool confirm_stitched;
    int resources;
} study_keys;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KEY(type, record, field)                                                                   \
    { #field, WEIR_KEY_##type, offsetof(record, field), 0, 0, NULL, false }
#define KEY_INT(record, field, low, high)                                                          \
    { #field, WEIR_KEY_INT, offsetof(record, field), low, high, NULL, false }
#define KEY_CHOICE(record, field, names)                                                           \
    { #field, WEIR_KEY_CHOICE, offsetof(record, field), 0, 0, names, false }

/* ---- variables ---- */

static variable *find_variable(reading *r, const char *name, size_t length) {
    for (uint32_t v = 0; v < r->n_variables; v++)
        if (strlen(r->variables[v].name) == length &&
            memcmp(r->variables[v].name, name, length) == 0)
            return &r->variables[v];
    return NULL;
}

/* `text` with every ${name} replaced. */
static const char *expand(reading *r, const char *text, weir_loc loc) {
    if (text == NULL || strstr(text, "${") == NULL) return text;
    weir_text *out = weir_text_new();
    const char *at = text;
    for (const char *hole; (hole = strstr(at, "${")) != NULL;) {
        const char *end = strchr(hole, '}');
        size_t length = end != NULL ? (size_t)(end - hole - 2) : strlen(hole + 2);
        const variable *found = end != NULL ? find_variable(r, hole + 2, length) : NULL;
        weir_text_addf(out, "%.*s", (int)(hole - at), at);
        if (found == NULL) {
            r->good = weir_error(r->diag, loc,
                                 "\"%s\": variable \"%.*s\" is unknown; the study's `variables` "
                                 "names those there are",
                                 text, (int)length, hole + 2);
            at = hole + 2 + length;
            break;
        }
        weir_text_add(out, found->value);
        at = end + 1;
    }
    weir_text_add(out, at);
    char *copy = weir_arena_strdup(r->arena, weir_text_string(out));
    weir_text_free(out);
    return copy;
}

static void read_variables(reading *r, const weir_config_node *node) {
    size_t n = node != NULL ? weir_config_length(node) : 0;
    r->variables = WEIR_NEW(r->arena, variable, n + 1);
    for (size_t i = 0; i < n; i++) {
        typedef struct variable_keys {
            const char *name, *value;
        } variable_keys;
        static const weir_key keys[] = {
            {"name", WEIR_KEY_STRING, offsetof(variable_keys, name), 0, 0, NULL, true},
            {"value", WEIR_KEY_STRING, offsetof(variable_keys, value), 0, 0, NULL, true}};
        variable_keys read = {"", ""};
        r->good &= weir_config_read(weir_config_item(node, i), "variable", keys, COUNT(keys), &read,
                                    r->diag);
        r->variables[r->n_variables++] = (variable){read.name, read.value};
    }
}

static void set_variables(reading *r, const char *const *settings, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        size_t length = strcspn(settings[i], "=");
        variable *found = find_variable(r, settings[i], length);
        if (settings[i][length] != '=' || found == NULL) {
            weir_text *known = weir_text_new();
            for (uint32_t v = 0; v < r->n_variables; v++)
                weir_text_addf(known, "%s%s", v > 0 ? ", " : "", r->variables[v].name);
            r->good =
                weir_error(r->diag, (weir_loc){r->file.path, 0},
                           "setting \"%s\": allowed is NAME=VALUE of one of the study's "
                           "variables: %s",
                           settings[i], r->n_variables > 0 ? weir_text_string(known) : "none");
            weir_text_free(known);
            continue;
        }
        found->value = weir_arena_strdup(r->arena, settings[i] + length + 1);
    }
}

/* Relative to the study's folder, or, where there is no such file, as it is: a setting of the command
 * line means the folder that it is given in. */
static const char *beside(reading *r, const char *path) {
    if (path == NULL || path[0] == '/') return path;
    const char *near = weir_arena_printf(r->arena, "%s%s", r->folder, path);
    return access(near, F_OK) != 0 && access(path, F_OK) == 0 ? path : near;
}

/* ---- changes ---- */

static const char *item_string(reading *r, const weir_config_node *list, size_t index) {
    const char *text = "";
    const weir_config_node *item = weir_config_item(list, index);
    r->good &= weir_config_item_string(item, &text, r->diag);
    return expand(r, text, weir_config_loc(item));
}

/* A change must at least name a transform with the right number of words. */
static void check_change(reading *r, const char *line, weir_loc loc) {
    weir_words words;
    if (weir_change_parse(line, loc, r->arena, &words, r->diag) == NULL) r->good = false;
}

/* `n` changes of the point at `loc`, and those of the baseline. */
static void check_count(reading *r, const char *what, uint32_t n, weir_loc loc) {
    uint32_t all = n + r->file.n_base;
    if (all > WEIR_POINT_CHANGES)
        r->good = weir_error(r->diag, loc, "%s: %u changes with those of `base`, at most %d", what,
                             all, WEIR_POINT_CHANGES);
}

static const weir_change *read_changes(reading *r, const weir_config_node *list, uint32_t *n) {
    size_t count = list != NULL ? weir_config_length(list) : 0;
    weir_change *changes = WEIR_NEW(r->arena, weir_change, count + 1);
    for (size_t i = 0; i < count; i++) {
        changes[i] =
            (weir_change){item_string(r, list, i), weir_config_loc(weir_config_item(list, i))};
        check_change(r, changes[i].line, changes[i].loc);
    }
    *n = (uint32_t)count;
    return changes;
}

/* Names stand in tables, a row each, and after a store's name. */
static void check_name(reading *r, const char *name, weir_loc loc) {
    if (*name == '\0' || strcmp(name, WEIR_BASELINE) == 0)
        r->good = weir_error(r->diag, loc, "idea \"%s\": the name is %s, another one is needed",
                             name, *name == '\0' ? "empty" : "that of the design without ideas");
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 127)
            r->good =
                weir_error(r->diag, loc, "idea: character %d of the name is a control character",
                           (int)(at - name) + 1);
}

static void read_ideas(reading *r, const weir_config_node *list) {
    typedef struct idea_keys {
        const char *name;
        const weir_config_node *changes;
    } idea_keys;
    static const weir_key keys[] = {
        {"name", WEIR_KEY_STRING, offsetof(idea_keys, name), 0, 0, NULL, true},
        {"changes", WEIR_KEY_LIST, offsetof(idea_keys, changes), 0, 0, NULL, true}};
    size_t n = list != NULL ? weir_config_length(list) : 0;
    weir_point *ideas = WEIR_NEW(r->arena, weir_point, n + 1);
    for (size_t i = 0; i < n; i++) {
        idea_keys read = {.name = ""};
        const weir_config_node *node = weir_config_item(list, i);
        r->good &= weir_config_read(node, "idea", keys, COUNT(keys), &read, r->diag);
        ideas[i].name = read.name;
        ideas[i].changes = read_changes(r, read.changes, &ideas[i].n_changes);
        if (read.changes != NULL) check_name(r, read.name, weir_config_key_loc(node, "name"));
        check_count(r, "idea", ideas[i].n_changes, weir_config_loc(node));
        for (size_t j = 0; j < i; j++)
            if (strcmp(ideas[j].name, read.name) == 0)
                r->good = weir_error(r->diag, weir_config_key_loc(node, "name"),
                                     "idea \"%s\": there is one of this name already", read.name);
    }
    r->file.ideas = ideas;
    r->file.n_ideas = (uint32_t)n;
}

/* ---- axes ---- */

static const char *number_text(reading *r, double value) {
    bool whole = value == floor(value) && fabs(value) < 1e18; /* no exponent in whole numbers */
    return weir_arena_printf(r->arena, whole ? "%.0f" : "%.15g", value);
}

static void read_values(reading *r, const weir_config_node *list, weir_axis *axis) {
    size_t n = weir_config_length(list);
    const char **values = WEIR_NEW(r->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const weir_config_node *item = weir_config_item(list, i);
        double number;
        values[i] = weir_config_item_number(item, &number) ? number_text(r, number)
                                                           : item_string(r, list, i);
    }
    axis->values = values;
    axis->n_values = (uint32_t)n;
}

static void read_range(reading *r, double from, double to, double step, weir_axis *axis) {
    double count = step > 0 && to >= from ? floor((to - from) / step + 1e-9) + 1 : 0;
    if (!(count >= 1) || count > MOST_VALUES) {
        r->good = weir_error(r->diag, axis->loc,
                             "axis \"%s\": from %g to %g by %g is no range of 1 to %d values",
                             axis->change, from, to, step, MOST_VALUES);
        return;
    }
    const char **values = WEIR_NEW(r->arena, const char *, (size_t)count + 1);
    for (uint32_t i = 0; i < (uint32_t)count; i++)
        values[i] = number_text(r, from + i * step);
    axis->values = values;
    axis->n_values = (uint32_t)count;
}

/* Each value makes a change that can be read, or none. */
static void check_axis(reading *r, const weir_axis *axis) {
    const char *hole = strstr(axis->change, "{}");
    if (hole == NULL) {
        r->good = weir_error(r->diag, axis->loc, "axis \"%s\": no {} for its values", axis->change);
        return;
    }
    for (uint32_t v = 0; v < axis->n_values; v++) {
        char *line = weir_arena_printf(r->arena, "%.*s%s%s", (int)(hole - axis->change),
                                       axis->change, axis->values[v], hole + 2);
        if (line[strspn(line, " \t")] != '\0') check_change(r, line, axis->loc);
    }
}

static void read_axes(reading *r, const weir_config_node *list) {
    typedef struct axis_keys {
        const char *change;
        const weir_config_node *values;
        double from, to, step;
    } axis_keys;
    static const weir_key keys[] = {
        {"change", WEIR_KEY_STRING, offsetof(axis_keys, change), 0, 0, NULL, true},
        KEY(LIST, axis_keys, values),
        KEY(FLOAT, axis_keys, from),
        KEY(FLOAT, axis_keys, to),
        KEY(FLOAT, axis_keys, step)};
    static const axis_keys none = {.change = "", .from = 0, .to = -1, .step = 1};
    size_t n = list != NULL ? weir_config_length(list) : 0;
    weir_axis *axes = WEIR_NEW(r->arena, weir_axis, n + 1);
    for (size_t i = 0; i < n; i++) {
        axis_keys read = none;
        const weir_config_node *node = weir_config_item(list, i);
        r->good &= weir_config_read(node, "axis", keys, COUNT(keys), &read, r->diag);
        axes[i].loc = weir_config_loc(node);
        axes[i].change = expand(r, read.change, axes[i].loc);
        bool range = read.from != none.from || read.to != none.to || read.step != none.step;
        if (read.values != NULL && (range || weir_config_length(read.values) == 0))
            r->good = weir_error(r->diag, axes[i].loc, "axis \"%s\": %s", axes[i].change,
                                 range ? "both values and a range, allowed is one of them"
                                       : "values: empty, minimum 1");
        else if (read.values != NULL)
            read_values(r, read.values, &axes[i]);
        else
            read_range(r, read.from, read.to, read.step, &axes[i]);
        check_axis(r, &axes[i]);
    }
    r->file.axes = axes;
    r->file.n_axes = (uint32_t)n;
    if (n > 0) check_count(r, "axes", (uint32_t)n, weir_config_loc(list));
}

/* ---- what is asked ---- */

static weir_figure figure_of(reading *r, const char *key, weir_loc loc) {
    weir_figure figure = weir_figure_find(key);
    if (figure != WEIR_FIGURES) return figure;
    weir_text *known = weir_text_new();
    for (int f = 0; f < WEIR_FIGURES; f++)
        weir_text_addf(known, "%s%s", f > 0 ? ", " : "", weir_figure_infos[f].key);
    r->good = weir_error(r->diag, loc, "figure \"%s\" is unknown; there are: %s", key,
                         weir_text_string(known));
    weir_text_free(known);
    return WEIR_FIGURE_INTERVAL;
}

static void read_limits(reading *r, const weir_config_node *list) {
    size_t n = list != NULL ? weir_config_length(list) : 0;
    weir_limit *limits = WEIR_NEW(r->arena, weir_limit, n + 1);
    for (size_t i = 0; i < n; i++) {
        weir_limit *limit = &limits[i];
        char key[64] = "", relation[3] = "", rest[2] = "";
        limit->loc = weir_config_loc(weir_config_item(list, i));
        limit->text = item_string(r, list, i);
        int read = sscanf(limit->text, "%63s %2s %lf %1s", key, relation, &limit->value, rest);
        limit->at_most = strcmp(relation, "<=") == 0;
        if (read != 3 || !isfinite(limit->value) ||
            (!limit->at_most && strcmp(relation, ">=") != 0))
            r->good = weir_error(r->diag, limit->loc,
                                 "constraint \"%s\": allowed is FIGURE <= NUMBER or FIGURE >= "
                                 "NUMBER",
                                 limit->text);
        else
            limit->figure = figure_of(r, key, limit->loc);
    }
    r->file.limits = limits;
    r->file.n_limits = (uint32_t)n;
}

static void read_objectives(reading *r, const weir_config_node *list) {
    size_t n = list != NULL ? weir_config_length(list) : 0;
    weir_figure *objectives = WEIR_NEW(r->arena, weir_figure, n + 1);
    for (size_t i = 0; i < n; i++)
        objectives[i] =
            figure_of(r, item_string(r, list, i), weir_config_loc(weir_config_item(list, i)));
    r->file.objectives = objectives;
    r->file.n_objectives = (uint32_t)n;
}

static void read_sample(reading *r, const weir_config_node *node) {
    typedef struct sample_keys {
        int method;
        int64_t points, seed;
    } sample_keys;
    static const weir_key keys[] = {KEY_CHOICE(sample_keys, method, sample_names),
                                    KEY_INT(sample_keys, points, 1, 1 << 24),
                                    KEY_INT(sample_keys, seed, 0, INT32_MAX)};
    sample_keys read = {.seed = 1};
    if (node != NULL)
        r->good &= weir_config_read(node, "sample", keys, COUNT(keys), &read, r->diag);
    r->file.sampling = (weir_sampling)read.method;
    r->file.points = (uint64_t)read.points;
    r->file.seed = (uint64_t)read.seed;
    if (r->file.sampling != WEIR_SAMPLE_GRID && r->file.points == 0)
        r->good =
            weir_error(r->diag, weir_config_loc(node),
                       "sample: method %s needs the number of points", sample_names[read.method]);
}

static void read_search(reading *r, const weir_config_node *node) {
    typedef struct search_keys {
        int method;
        int64_t population, generations, seed;
    } search_keys;
    /* pagmo's NSGA-II wants a population that is a multiple of four. */
    static const weir_key keys[] = {
        KEY_CHOICE(search_keys, method, search_names), KEY_INT(search_keys, population, 8, 1 << 16),
        KEY_INT(search_keys, generations, 1, 1 << 20), KEY_INT(search_keys, seed, 0, INT32_MAX)};
    search_keys read = {.population = 64, .generations = 32, .seed = 1};
    if (node != NULL)
        r->good &= weir_config_read(node, "search", keys, COUNT(keys), &read, r->diag);
    if (read.population % 4 != 0)
        r->good = weir_error(r->diag, weir_config_key_loc(node, "population"),
                             "search: population %lld, must be a multiple of 4",
                             (long long)read.population);
    r->file.search = (weir_search_method)read.method;
    r->file.population = (uint64_t)read.population;
    r->file.generations = (uint64_t)read.generations;
    r->file.search_seed = (uint64_t)read.seed;
    if (r->file.search != WEIR_SEARCH_NONE && (r->file.n_objectives < 2 || r->file.n_axes == 0))
        r->good = weir_error(r->diag, weir_config_loc(node),
                             "search: %u axes to search, minimum 1, and %u objectives to search "
                             "for, minimum 2",
                             r->file.n_axes, r->file.n_objectives);
}

static void read_accuracy(reading *r, const weir_config_node *node) {
    typedef struct accuracy_keys {
        const char *features, *labels;
    } accuracy_keys;
    static const weir_key keys[] = {
        {"features", WEIR_KEY_STRING, offsetof(accuracy_keys, features), 0, 0, NULL, true},
        KEY(STRING, accuracy_keys, labels)};
    accuracy_keys read = {NULL, NULL};
    if (node == NULL) return;
    r->good &= weir_config_read(node, "accuracy", keys, COUNT(keys), &read, r->diag);
    r->file.features = beside(r, expand(r, read.features, weir_config_loc(node)));
    r->file.labels = beside(r, expand(r, read.labels, weir_config_loc(node)));
}

static void read_top(reading *r, const char *const *settings, uint32_t n_settings) {
    static const weir_key keys[] = {
        KEY(STRING, study_keys, name),
        {"design", WEIR_KEY_STRING, offsetof(study_keys, design), 0, 0, NULL, true},
        KEY(STRING, study_keys, device),
        KEY(STRING, study_keys, grade),
        KEY(LIST, study_keys, variables),
        KEY(LIST, study_keys, base),
        KEY(LIST, study_keys, ideas),
        KEY(LIST, study_keys, axes),
        KEY(GROUP, study_keys, sample),
        KEY(LIST, study_keys, constraints),
        KEY(LIST, study_keys, objectives),
        KEY(GROUP, study_keys, search),
        KEY(GROUP, study_keys, program),
        KEY(GROUP, study_keys, accuracy),
        KEY_INT(study_keys, frames, 2, 1 << 24),
        KEY_INT(study_keys, confirm, 0, 1 << 16),
        KEY_INT(study_keys, confirm_frames, 1, 1 << 20),
        KEY(BOOL, study_keys, confirm_stitched),
        KEY_CHOICE(study_keys, resources, source_names),
    };
    static const weir_cost_source sources[] = {WEIR_COST_ESTIMATE, WEIR_COST_SYNTHESIS,
                                               WEIR_COST_NONE};
    const weir_config_node *root = weir_config_root(r->config);
    const char *slash = strrchr(r->file.path, '/');
    const char *base = slash != NULL ? slash + 1 : r->file.path, *dot = strrchr(base, '.');
    int length = dot != NULL ? (int)(dot - base) : (int)strlen(base);
    study_keys top = {.name = weir_arena_printf(r->arena, "%.*s", length, base),
                      .frames = FRAMES,
                      .confirm_frames = CONFIRM_FRAMES};
    r->good &= weir_config_read(root, "study", keys, COUNT(keys), &top, r->diag);
    read_variables(r, top.variables);
    set_variables(r, settings, n_settings);
    weir_study_file *file = &r->file;
    file->name = top.name;
    file->design = beside(r, expand(r, top.design, weir_config_key_loc(root, "design")));
    file->device = expand(r, top.device, weir_config_key_loc(root, "device"));
    if (file->device != NULL && weir_device_is_path(file->device))
        file->device = beside(r, file->device);
    file->grade = top.grade;
    file->frames = (uint64_t)top.frames;
    file->source = sources[top.resources];
    file->confirm = (uint64_t)top.confirm;
    file->confirm_frames = (uint64_t)top.confirm_frames;
    file->confirm_stitched = top.confirm_stitched;
    file->base = read_changes(r, top.base, &file->n_base);
    read_ideas(r, top.ideas);
    read_axes(r, top.axes);
    read_limits(r, top.constraints);
    read_objectives(r, top.objectives);
    read_sample(r, top.sample);
    read_search(r, top.search);
    if (file->search != WEIR_SEARCH_NONE && top.sample != NULL)
        r->good = weir_error(r->diag, weir_config_key_loc(root, "sample"),
                             "sample: the axes are searched; allowed is one of sample and search");
    r->good &= weir_program_request_read(&file->program, top.program, r->arena, r->diag);
    read_accuracy(r, top.accuracy);
}

weir_study_file *weir_study_file_load(const char *path, const char *const *settings,
                                      uint32_t n_settings, weir_diag *diag) {
    weir_config *config = weir_config_load(path, diag);
    if (config == NULL) return NULL;
    reading *r = weir_xcalloc(1, sizeof *r);
    const char *slash = strrchr(path, '/');
    r->config = config;
    r->arena = weir_arena_new();
    r->diag = diag;
    r->good = true;
    r->file.path = weir_arena_strdup(r->arena, path);
    r->folder =
        weir_arena_printf(r->arena, "%.*s", slash != NULL ? (int)(slash - path + 1) : 0, path);
    read_top(r, settings, n_settings);
    if (r->good) return &r->file;
    weir_study_file_free(&r->file);
    return NULL;
}

void weir_study_file_free(weir_study_file *file) {
    if (file == NULL) return;
    reading *r = (reading *)file;
    weir_config_free(r->config);
    weir_arena_free(r->arena);
    free(r);
}
