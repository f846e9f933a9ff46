#include "hls/design.h"
#include "base/arena.h"
#include "base/config.h"
#include "hls/shrink.h"
#include "hls/unrolled.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const weir_strategy_names[] = {"auto", "latency", "resource", NULL};
const char *const weir_io_names[] = {"stream", "parallel", NULL};
const char *const weir_policy_names[] = {"wait", "drop", NULL};
const char *const weir_start_names[] = {"held", "pulsed", NULL};
const char *const weir_copy_names[] = {"beats", "rows", "frames", NULL};
const char *const weir_split_names[] = {"outputs", "stages", NULL};
const char *const weir_weights_names[] = {"own", "packed", NULL};

enum {
    DEFAULT_PERIOD_PS = 5000,
    DEFAULT_DEPTH = 2,
    DEFAULT_TABLE = 1024, /* entries of an activation table, as hls4ml's default */
    MAX_DEPTH = 1 << 24,
    DEPTH_NOT_GIVEN = INT_MIN,
};

/* The public design first, so that a design pointer is also a pointer to what owns it. */
typedef struct design_owner {
    weir_design design;
    weir_arena *arena;
    weir_config *config;
    weir_network *network;
    int io; /* as the caller's options say, -1: nothing */
    weir_device *device;
} design_owner;

/* What is written in a file, before names are looked up. */
typedef struct design_keys {
    const char *name, *network, *import, *device;
    int start;
    const weir_config_node *processes, *inputs, *outputs;
    const weir_config_node *domains, *defaults, *layers, *fifos, *source, *sink, *crop;
    int64_t target_interval_cycles;
    double target_fps;
} design_keys;

typedef struct layer_keys {
    const char *name, *domain, *precision, *weight_precision, *accumulator_precision;
    int strategy;
    int64_t reuse_factor, pe, simd, table_size, tree_levels, prune_seed;
    double prune;
    int prune_by;
    bool prune_shrink;
    int64_t target_interval_cycles, copies, split;
    int copy_by, split_by, weights;
    const char *share;
    int64_t fifo_depth, cdc_flops; /* of the defaults only */
    int storage, io;
} layer_keys;

#define KEY(type, record, field)                                                                   \
    { #field, WEIR_KEY_##type, offsetof(record, field), 0, 0, NULL, false }
#define KEY_INT(record, field, low, high)                                                          \
    { #field, WEIR_KEY_INT, offsetof(record, field), low, high, NULL, false }
#define KEY_CHOICE(record, field, names)                                                           \
    { #field, WEIR_KEY_CHOICE, offsetof(record, field), 0, 0, names, false }
#define PRUNE_KEYS                                                                                 \
    {"prune", WEIR_KEY_FLOAT, offsetof(layer_keys, prune), 0, 1, NULL, false},                     \
        KEY_CHOICE(layer_keys, prune_by, weir_prune_names),                                        \
        KEY_INT(layer_keys, prune_seed, 0, INT_MAX), KEY(BOOL, layer_keys, prune_shrink)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------ settings of one layer */

static bool read_fixed(const weir_config_node *node, const char *key, const char *text, int widest,
                       weir_fixed *out, weir_diag *diag) {
    if (!text) return true;
    weir_loc loc = weir_config_key_loc(node, key);
    weir_fixed parsed;
    if (!weir_fixed_parse(&parsed, text))
        return weir_error(
            diag, loc, "%s: \"%s\" is no fixed-point type, such as \"ap_fixed<16,6>\"", key, text);
    if (parsed.width > widest)
        return weir_error(diag, loc, "%s: %d bits, maximum %d", key, parsed.width, widest);
    *out = parsed;
    return true;
}

static bool find_domain(const weir_design *design, const char *name, weir_loc loc, uint32_t *index,
                        weir_diag *diag) {
    weir_text *known = weir_text_new();
    bool found = false;
    for (uint32_t d = 0; d < design->n_domains; d++) {
        weir_text_addf(known, "%s%s", d ? ", " : "", design->domains[d].name);
        if (strcmp(design->domains[d].name, name)) continue;
        *index = d;
        found = true;
        break;
    }
    if (!found)
        weir_error(diag, loc, "clock domain \"%s\" is unknown; defined: %s", name,
                   weir_text_string(known));
    weir_text_free(known);
    return found;
}

static bool apply_keys(const weir_design *design, const weir_config_node *node,
                       const layer_keys *keys, weir_layer_settings *settings, weir_diag *diag) {
    bool ok = read_fixed(node, "precision", keys->precision, 32, &settings->precision, diag);
    ok &= read_fixed(node, "weight_precision", keys->weight_precision, 32,
                     &settings->weight_precision, diag);
    ok &= read_fixed(node, "accumulator_precision", keys->accumulator_precision, 63,
                     &settings->accumulator, diag);
    if (keys->accumulator_precision) settings->has_accumulator = true;
    if (keys->domain)
        ok &= find_domain(design, keys->domain, weir_config_key_loc(node, "domain"),
                          &settings->domain, diag);
    if (keys->table_size & (keys->table_size - 1))
        ok = weir_error(diag, weir_config_key_loc(node, "table_size"),
                        "table_size %lld, must be a power of two", (long long)keys->table_size);
    settings->strategy = (weir_strategy)keys->strategy;
    settings->reuse_factor = (uint64_t)keys->reuse_factor;
    settings->pe = (uint64_t)keys->pe;
    settings->simd = (uint64_t)keys->simd;
    settings->table_size = (uint32_t)keys->table_size;
    settings->tree_levels = (uint32_t)keys->tree_levels;
    settings->prune = (weir_pruning){keys->prune, (weir_prune_by)keys->prune_by,
                                     (uint64_t)keys->prune_seed, keys->prune_shrink};
    settings->target_interval_cycles = (uint64_t)keys->target_interval_cycles;
    settings->copies = (uint32_t)keys->copies;
    settings->copy_by = (weir_copy_by)keys->copy_by;
    settings->split = (uint32_t)keys->split;
    settings->split_by = (weir_split_by)keys->split_by;
    settings->share = keys->share && *keys->share ? keys->share : NULL;
    settings->weights = (weir_weights)keys->weights;
    settings->loc = weir_config_loc(node);
    const char *fold = keys->reuse_factor ? "reuse_factor" : keys->pe ? "pe" : "simd";
    settings->fold_loc = weir_config_key_loc(node, fold);
    return ok;
}

static void keys_from_settings(const weir_layer_settings *settings, layer_keys *keys) {
    memset(keys, 0, sizeof *keys);
    keys->strategy = settings->strategy;
    keys->reuse_factor = (int64_t)settings->reuse_factor;
    keys->pe = (int64_t)settings->pe;
    keys->simd = (int64_t)settings->simd;
    keys->table_size = settings->table_size;
    keys->tree_levels = settings->tree_levels;
    keys->prune = settings->prune.share;
    keys->prune_by = settings->prune.by;
    keys->prune_seed = (int64_t)settings->prune.seed;
    keys->prune_shrink = settings->prune.shrink;
    keys->target_interval_cycles = (int64_t)settings->target_interval_cycles;
    keys->copies = settings->copies;
    keys->copy_by = settings->copy_by;
    keys->split = settings->split;
    keys->split_by = settings->split_by;
    keys->share = settings->share;
    keys->weights = settings->weights;
}

/* ------------------------------------------------------------------ the sections of a file */

static bool read_domains(design_owner *owner, const weir_config_node *list, weir_diag *diag) {
    typedef struct domain_keys {
        const char *name;
        int64_t period_ps, phase_ps;
    } domain_keys;
    static const weir_key keys[] = {
        {"name", WEIR_KEY_STRING, offsetof(domain_keys, name), 0, 0, NULL, true},
        {"period_ps", WEIR_KEY_INT, offsetof(domain_keys, period_ps), 1, 1000000000000, NULL, true},
        KEY_INT(domain_keys, phase_ps, 0, 1000000000000),
    };
    size_t n = list ? weir_config_length(list) : 0;
    if (list && n == 0) return weir_error(diag, weir_config_loc(list), "domains: empty, minimum 1");
    weir_domain *domains = WEIR_NEW(owner->arena, weir_domain, n ? n : 1);
    owner->design.domains = domains;
    owner->design.n_domains = n ? (uint32_t)n : 1;
    if (!n) domains[0] = (weir_domain){"main", DEFAULT_PERIOD_PS, 0, WEIR_NOWHERE};
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        const weir_config_node *node = weir_config_item(list, i);
        domain_keys read = {"", DEFAULT_PERIOD_PS, 0};
        ok &= weir_config_read(node, "domain", keys, COUNT(keys), &read, diag);
        domains[i] = (weir_domain){read.name, (uint64_t)read.period_ps, (uint64_t)read.phase_ps,
                                   weir_config_loc(node)};
    }
    return ok;
}

static bool read_defaults(design_owner *owner, const weir_config_node *node,
                          weir_layer_settings *settings, weir_diag *diag) {
    static const weir_key keys[] = {
        KEY_CHOICE(layer_keys, io, weir_io_names),
        KEY(STRING, layer_keys, domain),
        KEY(STRING, layer_keys, precision),
        KEY(STRING, layer_keys, weight_precision),
        KEY_CHOICE(layer_keys, strategy, weir_strategy_names),
        KEY_INT(layer_keys, reuse_factor, 1, INT_MAX),
        KEY_INT(layer_keys, table_size, 2, 1 << 20),
        KEY_INT(layer_keys, tree_levels, 1, WEIR_MAX_TREE_LEVELS),
        PRUNE_KEYS,
        KEY_CHOICE(layer_keys, weights, weir_weights_names),
        KEY_INT(layer_keys, fifo_depth, 1, MAX_DEPTH),
        KEY_CHOICE(layer_keys, storage, weir_storage_names),
        KEY_INT(layer_keys, cdc_flops, 1, 8),
    };
    weir_design *design = &owner->design;
    int given_io = owner->io;
    layer_keys read = {.table_size = DEFAULT_TABLE,
                       .tree_levels = WEIR_TREE_LEVELS,
                       .io = WEIR_IO_STREAM,
                       .fifo_depth = DEFAULT_DEPTH,
                       .cdc_flops = WEIR_CDC_FLOPS,
                       .storage = WEIR_STORAGE_AUTO,
                       .prune_seed = 1,
                       .copies = 1,
                       .split = 1};
    bool ok = true;
    if (node) {
        ok = weir_config_read(node, "defaults", keys, COUNT(keys), &read, diag);
        ok &= apply_keys(design, node, &read, settings, diag);
    }
    /* A folder's RTL is of the style that its file names. */
    if (given_io >= 0 && read.io != given_io) design->folder = NULL;
    design->io = given_io >= 0 ? (weir_io)given_io : (weir_io)read.io;
    design->default_depth = (uint32_t)read.fifo_depth;
    design->default_flops = (uint32_t)read.cdc_flops;
    design->default_storage = (weir_storage)read.storage;
    return ok;
}

static bool read_layers(design_owner *owner, const weir_config_node *list,
                        weir_layer_settings *settings, weir_diag *diag) {
    static const weir_key keys[] = {
        {"name", WEIR_KEY_STRING, offsetof(layer_keys, name), 0, 0, NULL, true},
        KEY(STRING, layer_keys, domain),
        KEY(STRING, layer_keys, precision),
        KEY(STRING, layer_keys, weight_precision),
        KEY(STRING, layer_keys, accumulator_precision),
        KEY_CHOICE(layer_keys, strategy, weir_strategy_names),
        KEY_INT(layer_keys, reuse_factor, 1, INT_MAX),
        KEY_INT(layer_keys, pe, 1, INT_MAX),
        KEY_INT(layer_keys, simd, 1, INT_MAX),
        KEY_INT(layer_keys, table_size, 2, 1 << 20),
        KEY_INT(layer_keys, tree_levels, 1, WEIR_MAX_TREE_LEVELS),
        PRUNE_KEYS,
        KEY_INT(layer_keys, target_interval_cycles, 0, INT64_C(1) << 48),
        KEY_INT(layer_keys, copies, 1, WEIR_MAX_PORTS),
        KEY_CHOICE(layer_keys, copy_by, weir_copy_names),
        KEY_INT(layer_keys, split, 1, WEIR_MAX_PORTS),
        KEY_CHOICE(layer_keys, split_by, weir_split_names),
        KEY(STRING, layer_keys, share),
        KEY_CHOICE(layer_keys, weights, weir_weights_names),
    };
    const weir_network *network = owner->network;
    uint32_t n_layers = weir_network_layers(network);
    bool ok = true;
    for (size_t i = 0; list && i < weir_config_length(list); i++) {
        const weir_config_node *node = weir_config_item(list, i);
        layer_keys name_only = {.name = ""};
        weir_diag *ignored = weir_diag_new(); /* the full read below reports */
        weir_config_read(node, "layer", keys, COUNT(keys), &name_only, ignored);
        weir_diag_free(ignored);
        uint32_t l = 0;
        while (l < n_layers && strcmp(weir_network_layer(network, l)->name, name_only.name))
            l++;
        if (l == n_layers && name_only.name[0]) {
            weir_text *known = weir_text_new();
            for (uint32_t k = 0; k < n_layers; k++)
                weir_text_addf(known, "%s%s", k ? ", " : "", weir_network_layer(network, k)->name);
            ok = weir_error(diag, weir_config_key_loc(node, "name"),
                            "layer \"%s\" is unknown; the network has: %s", name_only.name,
                            weir_text_string(known));
            weir_text_free(known);
        }
        weir_layer_settings *target = l < n_layers ? &settings[l] : &(weir_layer_settings){0};
        layer_keys read;
        keys_from_settings(target, &read);
        char *what = weir_arena_printf(owner->arena, "layer \"%s\"", name_only.name);
        ok &= weir_config_read(node, what, keys, COUNT(keys), &read, diag);
        ok &= apply_keys(&owner->design, node, &read, target, diag);
    }
    return ok;
}

static bool read_fifos(design_owner *owner, const weir_config_node *list, weir_diag *diag) {
    typedef struct fifo_keys {
        const char *name;
        int64_t depth, flops;
        int storage;
    } fifo_keys;
    static const weir_key keys[] = {
        {"name", WEIR_KEY_STRING, offsetof(fifo_keys, name), 0, 0, NULL, true},
        KEY_INT(fifo_keys, depth, INT_MIN, MAX_DEPTH), /* the graph knows the least depth */
        KEY_INT(fifo_keys, flops, 1, 8),
        KEY_CHOICE(fifo_keys, storage, weir_storage_names),
    };
    weir_design *design = &owner->design;
    size_t n = list ? weir_config_length(list) : 0;
    weir_fifo_settings *fifos = WEIR_NEW(owner->arena, weir_fifo_settings, n + 1);
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        const weir_config_node *node = weir_config_item(list, i);
        fifo_keys read = {"", DEPTH_NOT_GIVEN, design->default_flops, design->default_storage};
        ok &= weir_config_read(node, "fifo", keys, COUNT(keys), &read, diag);
        weir_loc loc = weir_config_key_loc(node, "depth");
        if (read.depth == DEPTH_NOT_GIVEN)
            read.depth = 0;
        else if (read.depth < 1)
            ok = weir_error(diag, loc, "fifo \"%s\": depth %lld, minimum 1", read.name,
                            (long long)read.depth);
        fifos[i] = (weir_fifo_settings){read.name, (uint32_t)read.depth, (uint32_t)read.flops,
                                        (weir_storage)read.storage, loc};
    }
    design->fifos = fifos;
    design->n_fifos = (uint32_t)n;
    return ok;
}

static bool check_pause(const weir_config_node *node, const char *end, const char *pause,
                        weir_diag *diag) {
    if (!pause || !*pause) return true;
    if (strspn(pause, "01") == strlen(pause) && strchr(pause, '1')) return true;
    return weir_error(diag, weir_config_key_loc(node, "pause"),
                      "%s: pause \"%s\", allowed are '0' (paused) and '1', with one '1' at least",
                      end, pause);
}

static const char *beside(design_owner *owner, const char *folder, const char *path) {
    return path[0] == '/' ? path : weir_arena_printf(owner->arena, "%s%s", folder, path);
}

/* The first layer after the input and the last before the output lend their domains to the source
 * and the sink, unless the file names others. */
static bool read_ends(design_owner *owner, const design_keys *top, const char *folder,
                      weir_diag *diag) {
    typedef struct end_keys {
        const char *domain, *arrival_file, *pause, *expected_file;
        int policy;
        int64_t arrival_period_ps;
    } end_keys;
    static const weir_key source_keys[] = {
        KEY(STRING, end_keys, domain),
        KEY_CHOICE(end_keys, policy, weir_policy_names),
        KEY_INT(end_keys, arrival_period_ps, 0, 1000000000000000),
        KEY(STRING, end_keys, arrival_file),
        KEY(STRING, end_keys, pause),
    };
    static const weir_key sink_keys[] = {KEY(STRING, end_keys, domain),
                                         KEY(STRING, end_keys, pause),
                                         KEY(STRING, end_keys, expected_file)};
    weir_design *design = &owner->design;
    uint32_t n_layers = owner->network ? weir_network_layers(owner->network) : 0;
    if (n_layers > 0) {
        design->source_domain = design->settings[n_layers > 1 ? 1 : 0].domain;
        design->sink_domain = design->settings[n_layers > 1 ? n_layers - 2 : 0].domain;
    }
    end_keys source = {0}, sink = {0};
    bool ok = true;
    if (top->source) {
        ok &=
            weir_config_read(top->source, "source", source_keys, COUNT(source_keys), &source, diag);
        if (source.domain)
            ok &= find_domain(design, source.domain, weir_config_key_loc(top->source, "domain"),
                              &design->source_domain, diag);
        ok &= check_pause(top->source, "source", source.pause, diag);
    }
    if (top->sink) {
        ok &= weir_config_read(top->sink, "sink", sink_keys, COUNT(sink_keys), &sink, diag);
        if (sink.domain)
            ok &= find_domain(design, sink.domain, weir_config_key_loc(top->sink, "domain"),
                              &design->sink_domain, diag);
        ok &= check_pause(top->sink, "sink", sink.pause, diag);
    }
    design->drop = source.policy == 1;
    design->arrival_period_ps = (uint64_t)source.arrival_period_ps;
    if (source.arrival_file)
        design->arrival_path =
            source.arrival_file[0] == '/'
                ? source.arrival_file
                : weir_arena_printf(owner->arena, "%s%s", folder, source.arrival_file);
    design->source_pause = source.pause && *source.pause ? source.pause : NULL;
    design->sink_pause = sink.pause && *sink.pause ? sink.pause : NULL;
    if (sink.expected_file && !design->imported)
        ok = weir_error(
            diag, weir_config_key_loc(top->sink, "expected_file"),
            "sink: expected_file is for imported designs; the reference inference checks "
            "this one");
    if (sink.expected_file && *sink.expected_file)
        design->expected_path = beside(owner, folder, sink.expected_file);
    return ok;
}

/* ------------------------------------------------------------------ loading */

/* "a/b/c.cfg" gives "a/b/"; no folder gives "". */
static char *folder_of(weir_arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    return weir_arena_printf(arena, "%.*s", slash ? (int)(slash - path) + 1 : 0, path);
}

static char *stem_of(weir_arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return weir_arena_printf(arena, "%.*s", dot ? (int)(dot - base) : (int)strlen(base), base);
}

static bool load_network(design_owner *owner, const char *path, weir_diag *diag) {
    const weir_design *design = &owner->design;
    owner->network =
        weir_network_load_onnx_crop(path, design->crop_rows, design->crop_columns, diag);
    owner->design.network = owner->network;
    owner->design.network_path = weir_arena_strdup(owner->arena, path);
    return owner->network != NULL;
}

static bool prune_network(design_owner *owner, weir_diag *diag) {
    for (uint32_t l = 0; l < weir_network_layers(owner->network); l++)
        weir_network_prune(owner->network, l, &owner->design.settings[l].prune);
    return weir_network_shrink(owner->network, owner->design.settings, diag);
}

static bool fill_design(design_owner *owner, const design_keys *top, const char *folder,
                        weir_diag *diag) {
    weir_design *design = &owner->design;
    uint32_t n = weir_network_layers(owner->network);
    weir_layer_settings *settings = WEIR_NEW(owner->arena, weir_layer_settings, n);
    weir_layer_settings defaults = {
        .table_size = DEFAULT_TABLE,
        .tree_levels = WEIR_TREE_LEVELS,
        .strategy = WEIR_AUTO,
        .prune = {.seed = 1},
        .copies = 1,
        .split = 1,
    };
    weir_fixed_parse(&defaults.precision, "ap_fixed<16,6>");
    defaults.weight_precision = defaults.precision;
    design->settings = settings;
    bool ok = read_domains(owner, top->domains, diag);
    ok &= read_defaults(owner, top->defaults, &defaults, diag);
    for (uint32_t l = 0; l < n; l++)
        settings[l] = defaults;
    ok &= read_layers(owner, top->layers, settings, diag);
    ok &= prune_network(owner, diag);
    ok &= read_fifos(owner, top->fifos, diag);
    return read_ends(owner, top, folder, diag) && ok;
}

/* What makes no sense without a network. */
static bool check_imported_keys(design_owner *owner, const design_keys *top, weir_diag *diag) {
    const struct {
        const char *name;
        bool given;
    } keys[] = {
        {"network", top->network != NULL},
        {"layers", top->layers != NULL},
        {"crop", top->crop != NULL || owner->design.crop_rows || owner->design.crop_columns},
        {"target_interval_cycles",
         top->target_interval_cycles || owner->design.target_interval_cycles},
        {"target_fps", top->target_fps > 0 || owner->design.target_fps > 0}};
    const weir_config_node *root = weir_config_root(owner->config);
    bool ok = true;
    for (size_t i = 0; i < COUNT(keys); i++)
        if (keys[i].given)
            ok = weir_error(diag, weir_config_key_loc(root, keys[i].name),
                            "%s: an imported design has its RTL, there is no network to change",
                            keys[i].name);
    return ok;
}

static bool load_imported(design_owner *owner, const design_keys *top, const char *folder,
                          weir_diag *diag) {
    weir_design *design = &owner->design;
    design->imported = weir_imported_load(owner->arena, beside(owner, folder, top->import), diag);
    if (!design->imported) return false;
    design->pulsed = top->start == 1;
    weir_layer_settings unused = {.table_size = DEFAULT_TABLE};
    const weir_imported_settings settings = {top->processes, top->inputs, top->outputs};
    bool ok = check_imported_keys(owner, top, diag);
    ok &= read_domains(owner, top->domains, diag);
    ok &= read_defaults(owner, top->defaults, &unused, diag);
    ok &= read_fifos(owner, top->fifos, diag);
    ok &= weir_imported_read_settings(design, owner->arena, &settings, diag);
    return read_ends(owner, top, folder, diag) && ok;
}

/* What the caller's options did not say already. */
static bool read_targets(design_owner *owner, const design_keys *top, weir_diag *diag) {
    typedef struct crop_keys {
        int64_t rows, columns;
    } crop_keys;
    static const weir_key keys[] = {KEY_INT(crop_keys, rows, 1, 1 << 20),
                                    KEY_INT(crop_keys, columns, 1, 1 << 20)};
    weir_design *design = &owner->design;
    crop_keys crop = {0};
    bool ok = !top->crop || weir_config_read(top->crop, "crop", keys, COUNT(keys), &crop, diag);
    if (!design->crop_rows && !design->crop_columns) {
        design->crop_rows = (uint32_t)crop.rows;
        design->crop_columns = (uint32_t)crop.columns;
    }
    if (top->target_interval_cycles && top->target_fps > 0)
        ok = weir_error(diag, weir_config_key_loc(weir_config_root(owner->config), "target_fps"),
                        "target_interval_cycles and target_fps say the same thing twice; allowed "
                        "is one of them");
    if (!design->target_interval_cycles && !(design->target_fps > 0)) {
        design->target_interval_cycles = (uint64_t)top->target_interval_cycles;
        design->target_fps = top->target_fps;
    }
    bool same_crop =
        design->crop_rows == (uint32_t)crop.rows && design->crop_columns == (uint32_t)crop.columns;
    bool same_target = design->target_interval_cycles == (uint64_t)top->target_interval_cycles &&
                       design->target_fps == top->target_fps;
    if (!same_crop || !same_target) design->folder = NULL; /* its RTL is of another design */
    return ok;
}

/* The device that the options name, else the file's, whose path may be relative to `folder`. */
static bool load_device(design_owner *owner, const char *in_file, const char *folder, weir_loc loc,
                        weir_diag *diag) {
    const char *name = owner->design.device_name;
    if (!name && in_file)
        name = weir_device_is_path(in_file) && in_file[0] != '/'
                   ? weir_arena_printf(owner->arena, "%s%s", folder, in_file)
                   : in_file;
    if (!name) return true;
    owner->design.device_name = name;
    owner->device = weir_device_load(name, loc, diag);
    owner->design.device = owner->device;
    return owner->device != NULL;
}

static bool load_config(design_owner *owner, const char *path, weir_diag *diag) {
    static const weir_key keys[] = {
        KEY(STRING, design_keys, name),
        KEY(STRING, design_keys, device),
        KEY(STRING, design_keys, network),
        KEY(STRING, design_keys, import),
        KEY_CHOICE(design_keys, start, weir_start_names),
        KEY(LIST, design_keys, processes),
        KEY(LIST, design_keys, inputs),
        KEY(LIST, design_keys, outputs),
        KEY(LIST, design_keys, domains),
        KEY(GROUP, design_keys, defaults),
        KEY(LIST, design_keys, layers),
        KEY(LIST, design_keys, fifos),
        KEY(GROUP, design_keys, source),
        KEY(GROUP, design_keys, sink),
        KEY(GROUP, design_keys, crop),
        KEY_INT(design_keys, target_interval_cycles, 1, INT64_C(1) << 48),
        {"target_fps", WEIR_KEY_FLOAT, offsetof(design_keys, target_fps), 0, 1000000000000, NULL,
         false},
    };
    owner->config = weir_config_load(path, diag);
    if (!owner->config) return false;
    const weir_config_node *root = weir_config_root(owner->config);
    design_keys top = {.name = stem_of(owner->arena, path)};
    bool ok = weir_config_read(root, "design", keys, COUNT(keys), &top, diag);
    const char *folder = folder_of(owner->arena, path);
    owner->design.name = top.name;
    ok &= load_device(owner, top.device, folder, weir_config_key_loc(root, "device"), diag);
    if (top.import) return load_imported(owner, &top, folder, diag) && ok;
    if (!top.network)
        return weir_error(diag, weir_config_key_loc(root, "network"),
                          "design: key \"network\" is missing");
    const char *network = beside(owner, folder, top.network);
    ok &= read_targets(owner, &top, diag);
    if (!load_network(owner, network, diag)) return false;
    return fill_design(owner, &top, folder, diag) && ok;
}

static bool read_options(design_owner *owner, const weir_design_options *options, weir_diag *diag) {
    owner->io = -1;
    if (!options) return true;
    owner->design.crop_rows = options->crop_rows;
    owner->design.crop_columns = options->crop_columns;
    owner->design.target_interval_cycles = options->target_interval_cycles;
    owner->design.target_fps = options->target_fps;
    if (options->device)
        owner->design.device_name = weir_arena_strdup(owner->arena, options->device);
    for (int i = 0; options->io && weir_io_names[i]; i++)
        if (!strcmp(options->io, weir_io_names[i])) owner->io = i;
    return !options->io || owner->io >= 0 ||
           weir_error(diag, WEIR_NOWHERE, "io \"%s\", allowed are stream, parallel", options->io);
}

weir_design *weir_design_load(const char *path, const weir_design_options *options,
                              weir_diag *diag) {
    design_owner *owner = weir_xcalloc(1, sizeof *owner);
    owner->arena = weir_arena_new();
    struct stat status;
    size_t length = strlen(path);
    bool ok = read_options(owner, options, diag);
    if (!ok) {
        /* said already */
    } else if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        owner->design.folder = weir_arena_strdup(owner->arena, path);
        ok = load_config(owner, weir_arena_printf(owner->arena, "%s/design.cfg", path), diag);
    } else if (length > 4 && !strcmp(path + length - 4, ".cfg")) {
        ok = load_config(owner, path, diag);
    } else {
        owner->design.name = stem_of(owner->arena, path);
        ok = load_device(owner, NULL, "", WEIR_NOWHERE, diag);
        ok = load_network(owner, path, diag) && fill_design(owner, &(design_keys){0}, "", diag) &&
             ok;
    }
    if (ok) return &owner->design;
    weir_design_free(&owner->design);
    return NULL;
}

void weir_design_free(weir_design *design) {
    if (!design) return;
    design_owner *owner = (design_owner *)design;
    weir_network_free(owner->network);
    weir_device_free(owner->device);
    weir_config_free(owner->config);
    weir_arena_free(owner->arena);
    free(owner);
}

/* ------------------------------------------------------------------ copying */

static void *copy_of(weir_arena *arena, const void *from, size_t bytes) {
    if (!from) return NULL;
    char *to = WEIR_NEW(arena, char, bytes + 1);
    return memcpy(to, from, bytes);
}

weir_design *weir_design_copy(const weir_design *base) {
    design_owner *owner = weir_xcalloc(1, sizeof *owner);
    weir_arena *arena = owner->arena = weir_arena_new();
    weir_design *design = &owner->design;
    *design = *base;
    design->folder = NULL;
    design->domains = copy_of(arena, base->domains, base->n_domains * sizeof *base->domains);
    design->fifos = copy_of(arena, base->fifos, base->n_fifos * sizeof *base->fifos);
    if (base->network)
        design->settings = copy_of(arena, base->settings,
                                   weir_network_layers(base->network) * sizeof *base->settings);
    size_t processes = base->imported ? base->imported->n_processes * sizeof(uint32_t) : 0;
    design->process_domains = copy_of(arena, base->process_domains, processes);
    design->process_copies = copy_of(arena, base->process_copies, processes);
    return design;
}

weir_arena *weir_design_arena(weir_design *design) {
    return ((design_owner *)design)->arena;
}

bool weir_design_reload(weir_design *design, weir_diag *diag) {
    design_owner *owner = (design_owner *)design;
    weir_network_free(owner->network);
    return load_network(owner, design->network_path, diag) && prune_network(owner, diag);
}
