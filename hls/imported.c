/* import.cfg and design.cfg of an imported design: reading, writing, and the graph. */
#include "hls/imported.h"
#include "base/config.h"
#include "hls/design.h"
#include "hls/imported_copies.h"
#include "traces/schedule.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"process", "source", "sink", NULL};
static const char *const carries_names[] = {"data", "start", "done", NULL};
const char *const weir_vivado_stage_names[] = {"none", "synthesis", "implementation", NULL};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STRING_KEY(record, field, required)                                                        \
    { #field, WEIR_KEY_STRING, offsetof(record, field), 0, 0, NULL, required }
#define INT_KEY(record, field, low, high)                                                          \
    { #field, WEIR_KEY_INT, offsetof(record, field), low, high, NULL, false }

/* ------------------------------------------------------------------ writing */

static void add_figure(weir_text *out, const char *name, uint64_t value) {
    if (value != WEIR_NO_FIGURE) weir_text_addf(out, " %s = %" PRIu64 "L;", name, value);
}

static void add_figures(weir_text *out, const char *name, const weir_vendor_figures *f) {
    weir_text_addf(out, " %s = {", name);
    add_figure(out, "latency_min", f->latency_min);
    add_figure(out, "latency_max", f->latency_max);
    add_figure(out, "ii_min", f->ii_min);
    add_figure(out, "ii_max", f->ii_max);
    add_figure(out, "lut", f->lut);
    add_figure(out, "ff", f->ff);
    add_figure(out, "dsp", f->dsp);
    add_figure(out, "bram18", f->bram18);
    add_figure(out, "uram", f->uram);
    weir_text_add(out, " };");
}

static void add_sources(weir_text *out, const char *const *sources, uint32_t n) {
    weir_text_add(out, " sources = (");
    for (uint32_t s = 0; s < n; s++)
        weir_text_addf(out, "%s\"%s\"", s > 0 ? ", " : "", sources[s]);
    weir_text_add(out, ");");
}

static void add_process(weir_text *out, const weir_imported_process *p) {
    weir_text_addf(out,
                   "    { name = \"%s\"; kind = \"%s\"; vendor = \"%s\"; module = \"%s\";\n"
                   "      inputs = %u; outputs = %u; wrapped = %u; roms = %s;\n     ",
                   p->name, kind_names[p->kind], p->vendor, p->module, p->n_inputs, p->n_outputs,
                   p->n_wrapped, p->has_roms ? "true" : "false");
    add_figures(out, "figures", &p->figures);
    add_sources(out, p->sources, p->n_sources);
    weir_text_add(out, " }");
}

static void add_channel(weir_text *out, const weir_imported *in, const weir_imported_channel *c) {
    weir_text_addf(out,
                   "    { name = \"%s\"; carries = \"%s\"; producer = \"%s\"; producer_port = %u;\n"
                   "      consumer = \"%s\"; consumer_port = %u; bits = %u; beats = %" PRIu64 "L;\n"
                   "      depth = %u; storage = \"%s\"; shallow_gap = %u; fifo = \"%s\";\n"
                   "      instance = \"%s\"; depth_less = %d; address_bits = %u; }",
                   c->name, carries_names[c->carries], in->processes[c->producer].name,
                   c->producer_port, in->processes[c->consumer].name, c->consumer_port, c->bits,
                   c->beats, c->depth, weir_storage_names[c->storage], c->shallow_gap, c->fifo,
                   c->instance, c->depth_less, c->address_bits);
}

void weir_imported_text(const weir_imported *in, weir_text *out) {
    weir_text_addf(out,
                   "# What weir found in an HLS solution. Settings are in design.cfg.\n"
                   "name = \"%s\";\ntop = \"%s\";\nperiod_ps = %" PRIu64 "L;\nroms = %s;\n",
                   in->name, in->top, in->period_ps, in->has_roms ? "true" : "false");
    add_figures(out, "figures", &in->figures);
    weir_text_addf(out, "\nvivado_stage = \"%s\";", weir_vivado_stage_names[in->vivado_stage]);
    add_figures(out, "vivado", &in->vivado);
    weir_text_add(out, "\ncosim = {");
    add_figure(out, "latency", in->cosim_latency);
    add_figure(out, "ii", in->cosim_ii);
    weir_text_add(out, " };\n");
    add_sources(out, in->top_sources, in->n_top_sources);
    weir_text_add(out, "\nprocesses = (\n");
    for (uint32_t p = 0; p < in->n_processes; p++) {
        add_process(out, &in->processes[p]);
        weir_text_add(out, p + 1 < in->n_processes ? ",\n" : "\n");
    }
    weir_text_add(out, ");\nchannels = (\n");
    for (uint32_t c = 0; c < in->n_channels; c++) {
        add_channel(out, in, &in->channels[c]);
        weir_text_add(out, c + 1 < in->n_channels ? ",\n" : "\n");
    }
    weir_text_add(out, ");\n");
}

static void add_types(weir_text *out, const weir_imported *in, weir_process_kind kind) {
    const char *comma = "";
    weir_text_add(out, kind == WEIR_SOURCE ? "inputs = (" : "outputs = (");
    for (uint32_t c = 0; c < in->n_channels; c++) {
        const weir_imported_channel *channel = &in->channels[c];
        uint32_t end = kind == WEIR_SOURCE ? channel->producer : channel->consumer;
        if (in->processes[end].kind != kind) continue;
        weir_text_addf(
            out, "%s\n    # %u bits a beat, %" PRIu64 " beats a frame\n    { name = \"%s\"; }",
            comma, channel->bits, channel->beats, in->processes[end].name);
        comma = ",";
    }
    weir_text_add(out, "\n);\n");
}

void weir_imported_design_text(const weir_imported *in, weir_text *out) {
    weir_text_addf(out,
                   "# Settings of an imported design; none of them needs another import.\n"
                   "name = \"%s\";\nimport = \"import.cfg\";\n"
                   "start = \"held\"; # or \"pulsed\": ap_start again after each ap_done\n"
                   "domains = (\n    { name = \"main\"; period_ps = %" PRIu64
                   "L; phase_ps = 0L; }\n"
                   ");\nprocesses = (",
                   in->name, in->period_ps > 0 ? in->period_ps : 5000);
    const char *comma = "";
    for (uint32_t p = 0; p < in->n_processes; p++) {
        if (in->processes[p].kind != WEIR_PROCESS) continue;
        weir_text_addf(out, "%s\n    { name = \"%s\"; domain = \"main\"; }", comma,
                       in->processes[p].name);
        comma = ",";
    }
    weir_text_add(out, "\n);\nfifos = (");
    comma = "";
    for (uint32_t c = 0; c < in->n_channels; c++) {
        const weir_imported_channel *channel = &in->channels[c];
        if (*channel->instance == '\0') continue;
        weir_text_addf(out, "%s\n    { name = \"%s\"; depth = %u; storage = \"%s\"; }", comma,
                       channel->name, channel->depth, weir_storage_names[channel->storage]);
        comma = ",";
    }
    weir_text_add(out,
                  "\n);\nsource = { policy = \"wait\"; arrival_period_ps = 0L; pause = \"\"; };\n"
                  "sink = { pause = \"\"; };\n"
                  "# Values of --stimulus: lanes elements a beat of this type, lowest bits first;\n"
                  "# without them beats are random bits: lanes = 1; type = \"ap_fixed<16,6>\";\n");
    add_types(out, in, WEIR_SOURCE);
    add_types(out, in, WEIR_SINK);
}

/* ------------------------------------------------------------------ reading */

typedef struct loading {
    weir_arena *arena;
    weir_imported *in;
    weir_diag *diag;
    bool good;
} loading;

uint32_t weir_imported_find(const weir_imported *in, const char *name) {
    for (uint32_t p = 0; p < in->n_processes; p++)
        if (strcmp(in->processes[p].name, name) == 0) return p;
    return WEIR_NONE;
}

typedef struct figure_keys {
    int64_t latency_min, latency_max, ii_min, ii_max, lut, ff, dsp, bram18, uram;
} figure_keys;

static void read_figures(loading *l, const weir_config_node *node, weir_vendor_figures *out) {
    static const weir_key keys[] = {
        INT_KEY(figure_keys, latency_min, 0, 0), INT_KEY(figure_keys, latency_max, 0, 0),
        INT_KEY(figure_keys, ii_min, 0, 0),      INT_KEY(figure_keys, ii_max, 0, 0),
        INT_KEY(figure_keys, lut, 0, 0),         INT_KEY(figure_keys, ff, 0, 0),
        INT_KEY(figure_keys, dsp, 0, 0),         INT_KEY(figure_keys, bram18, 0, 0),
        INT_KEY(figure_keys, uram, 0, 0),
    };
    figure_keys f = {-1, -1, -1, -1, -1, -1, -1, -1, -1}; /* -1 is WEIR_NO_FIGURE */
    if (node != NULL) l->good &= weir_config_read(node, "figures", keys, COUNT(keys), &f, l->diag);
    *out =
        (weir_vendor_figures){(uint64_t)f.latency_min, (uint64_t)f.latency_max, (uint64_t)f.ii_min,
                              (uint64_t)f.ii_max,      (uint64_t)f.lut,         (uint64_t)f.ff,
                              (uint64_t)f.dsp,         (uint64_t)f.bram18,      (uint64_t)f.uram};
}

static const char *const *read_sources(loading *l, const weir_config_node *list, uint32_t *n) {
    size_t length = list != NULL ? weir_config_length(list) : 0;
    const char **sources = WEIR_NEW(l->arena, const char *, length + 1);
    for (size_t i = 0; i < length; i++) {
        const char *text = "";
        l->good &= weir_config_item_string(weir_config_item(list, i), &text, l->diag);
        sources[i] = weir_arena_strdup(l->arena, text);
    }
    *n = (uint32_t)length;
    return sources;
}

static void read_process(loading *l, const weir_config_node *node, weir_imported_process *p) {
    typedef struct process_keys {
        const char *name, *vendor, *module;
        int kind;
        int64_t inputs, outputs, wrapped;
        bool roms;
        const weir_config_node *figures, *sources;
    } process_keys;
    static const weir_key keys[] = {
        STRING_KEY(process_keys, name, true),
        STRING_KEY(process_keys, vendor, false),
        STRING_KEY(process_keys, module, false),
        {"kind", WEIR_KEY_CHOICE, offsetof(process_keys, kind), 0, 0, kind_names, true},
        INT_KEY(process_keys, inputs, 0, WEIR_GRAPH_PORTS),
        INT_KEY(process_keys, outputs, 0, WEIR_GRAPH_PORTS),
        INT_KEY(process_keys, wrapped, 0, INT_MAX),
        {"roms", WEIR_KEY_BOOL, offsetof(process_keys, roms), 0, 0, NULL, false},
        {"figures", WEIR_KEY_GROUP, offsetof(process_keys, figures), 0, 0, NULL, false},
        {"sources", WEIR_KEY_LIST, offsetof(process_keys, sources), 0, 0, NULL, false},
    };
    process_keys read = {.name = "", .vendor = "", .module = ""};
    l->good &= weir_config_read(node, "process", keys, COUNT(keys), &read, l->diag);
    *p = (weir_imported_process){.name = weir_arena_strdup(l->arena, read.name),
                                 .vendor = weir_arena_strdup(l->arena, read.vendor),
                                 .module = weir_arena_strdup(l->arena, read.module),
                                 .kind = (weir_process_kind)read.kind,
                                 .n_inputs = (uint32_t)read.inputs,
                                 .n_outputs = (uint32_t)read.outputs,
                                 .n_wrapped = (uint32_t)read.wrapped,
                                 .has_roms = read.roms};
    read_figures(l, read.figures, &p->figures);
    p->sources = read_sources(l, read.sources, &p->n_sources);
}

typedef struct channel_keys {
    const char *name, *producer, *consumer, *fifo, *instance;
    int carries, storage;
    int64_t producer_port, consumer_port, bits, beats, depth, shallow_gap, depth_less, address_bits;
} channel_keys;

static uint32_t find_end(loading *l, const weir_config_node *node, const char *key,
                         const char *name) {
    uint32_t process = weir_imported_find(l->in, name);
    if (process == WEIR_NONE)
        l->good =
            weir_error(l->diag, weir_config_key_loc(node, key), "process \"%s\" is unknown", name);
    return process == WEIR_NONE ? 0 : process;
}

static void read_channel(loading *l, const weir_config_node *node, weir_imported_channel *c) {
    static const weir_key keys[] = {
        STRING_KEY(channel_keys, name, true),
        STRING_KEY(channel_keys, producer, true),
        STRING_KEY(channel_keys, consumer, true),
        STRING_KEY(channel_keys, fifo, false),
        STRING_KEY(channel_keys, instance, false),
        {"carries", WEIR_KEY_CHOICE, offsetof(channel_keys, carries), 0, 0, carries_names, true},
        {"storage", WEIR_KEY_CHOICE, offsetof(channel_keys, storage), 0, 0, weir_storage_names,
         true},
        INT_KEY(channel_keys, producer_port, 0, WEIR_GRAPH_PORTS),
        INT_KEY(channel_keys, consumer_port, 0, WEIR_GRAPH_PORTS),
        INT_KEY(channel_keys, bits, 1, 1 << 20),
        INT_KEY(channel_keys, beats, 1, UINT32_MAX),
        INT_KEY(channel_keys, depth, 1, WEIR_MAX_DEPTH),
        INT_KEY(channel_keys, shallow_gap, 0, 1000),
        INT_KEY(channel_keys, depth_less, INT_MIN, INT_MAX),
        INT_KEY(channel_keys, address_bits, 0, 64),
    };
    channel_keys read = {.name = "",
                         .producer = "",
                         .consumer = "",
                         .fifo = "",
                         .instance = "",
                         .bits = 1,
                         .beats = 1,
                         .depth = 2};
    l->good &= weir_config_read(node, "channel", keys, COUNT(keys), &read, l->diag);
    *c = (weir_imported_channel){.name = weir_arena_strdup(l->arena, read.name),
                                 .carries = (weir_carries)read.carries,
                                 .producer_port = (uint32_t)read.producer_port,
                                 .consumer_port = (uint32_t)read.consumer_port,
                                 .bits = (uint32_t)read.bits,
                                 .beats = (uint64_t)read.beats,
                                 .depth = (uint32_t)read.depth,
                                 .storage = (weir_storage)read.storage,
                                 .shallow_gap = (uint32_t)read.shallow_gap,
                                 .instance = weir_arena_strdup(l->arena, read.instance),
                                 .depth_less = (int32_t)read.depth_less,
                                 .address_bits = (uint32_t)read.address_bits,
                                 .fifo = weir_arena_strdup(l->arena, read.fifo)};
    c->producer = find_end(l, node, "producer", read.producer);
    c->consumer = find_end(l, node, "consumer", read.consumer);
}

typedef struct top_keys {
    const char *name, *top;
    int64_t period_ps;
    bool roms;
    int vivado_stage;
    const weir_config_node *figures, *vivado, *cosim, *sources, *processes, *channels;
} top_keys;

static void read_cosim(loading *l, const weir_config_node *node) {
    typedef struct cosim_keys {
        int64_t latency, ii;
    } cosim_keys;
    static const weir_key keys[] = {INT_KEY(cosim_keys, latency, 0, 0),
                                    INT_KEY(cosim_keys, ii, 0, 0)};
    cosim_keys read = {-1, -1};
    if (node != NULL) l->good &= weir_config_read(node, "cosim", keys, COUNT(keys), &read, l->diag);
    l->in->cosim_latency = (uint64_t)read.latency;
    l->in->cosim_ii = (uint64_t)read.ii;
}

static void read_top(loading *l, const weir_config_node *root) {
    static const weir_key keys[] = {
        STRING_KEY(top_keys, name, true),
        STRING_KEY(top_keys, top, true),
        INT_KEY(top_keys, period_ps, 0, 1000000000000),
        {"roms", WEIR_KEY_BOOL, offsetof(top_keys, roms), 0, 0, NULL, false},
        {"figures", WEIR_KEY_GROUP, offsetof(top_keys, figures), 0, 0, NULL, false},
        {"vivado_stage", WEIR_KEY_CHOICE, offsetof(top_keys, vivado_stage), 0, 0,
         weir_vivado_stage_names, false},
        {"vivado", WEIR_KEY_GROUP, offsetof(top_keys, vivado), 0, 0, NULL, false},
        {"cosim", WEIR_KEY_GROUP, offsetof(top_keys, cosim), 0, 0, NULL, false},
        {"sources", WEIR_KEY_LIST, offsetof(top_keys, sources), 0, 0, NULL, true},
        {"processes", WEIR_KEY_LIST, offsetof(top_keys, processes), 0, 0, NULL, true},
        {"channels", WEIR_KEY_LIST, offsetof(top_keys, channels), 0, 0, NULL, true},
    };
    weir_imported *in = l->in;
    top_keys top = {.name = "", .top = ""};
    l->good = weir_config_read(root, "import", keys, COUNT(keys), &top, l->diag);
    if (!l->good) return;
    in->name = weir_arena_strdup(l->arena, top.name);
    in->top = weir_arena_strdup(l->arena, top.top);
    in->period_ps = (uint64_t)top.period_ps;
    in->has_roms = top.roms;
    read_figures(l, top.figures, &in->figures);
    read_figures(l, top.vivado, &in->vivado);
    in->vivado_stage = (weir_vivado_stage)top.vivado_stage;
    read_cosim(l, top.cosim);
    in->top_sources = read_sources(l, top.sources, &in->n_top_sources);
    size_t n = weir_config_length(top.processes);
    in->processes = WEIR_NEW(l->arena, weir_imported_process, n + 1);
    for (; in->n_processes < n; in->n_processes++)
        read_process(l, weir_config_item(top.processes, in->n_processes),
                     &in->processes[in->n_processes]);
    n = weir_config_length(top.channels);
    in->channels = WEIR_NEW(l->arena, weir_imported_channel, n + 1);
    for (; in->n_channels < n; in->n_channels++)
        read_channel(l, weir_config_item(top.channels, in->n_channels),
                     &in->channels[in->n_channels]);
}

weir_imported *weir_imported_load(weir_arena *arena, const char *path, weir_diag *diag) {
    weir_config *config = weir_config_load(path, diag);
    if (config == NULL) return NULL;
    loading l = {.arena = arena, .in = WEIR_NEW(arena, weir_imported, 1), .diag = diag};
    const char *slash = strrchr(path, '/');
    l.in->folder = weir_arena_printf(arena, "%.*s", slash != NULL ? (int)(slash - path) : 1,
                                     slash != NULL ? path : ".");
    read_top(&l, weir_config_root(config));
    weir_config_free(config);
    return l.good ? l.in : NULL;
}

/* ------------------------------------------------------------------ design.cfg */

static bool read_choice_of(weir_design *design, const weir_config_node *node, uint32_t *domains,
                           uint32_t *copies, weir_loc *locs, weir_diag *diag) {
    typedef struct keys_of {
        const char *name, *domain;
        int64_t copies;
    } keys_of;
    static const weir_key keys[] = {STRING_KEY(keys_of, name, true),
                                    STRING_KEY(keys_of, domain, false),
                                    INT_KEY(keys_of, copies, 1, WEIR_MAX_PORTS)};
    keys_of read = {.name = "", .copies = 1};
    if (!weir_config_read(node, "process", keys, COUNT(keys), &read, diag)) return false;
    uint32_t process = weir_imported_find(design->imported, read.name);
    if (process == WEIR_NONE || design->imported->processes[process].kind != WEIR_PROCESS)
        return weir_error(diag, weir_config_key_loc(node, "name"),
                          "process \"%s\" is unknown: import.cfg lists them", read.name);
    copies[process] = (uint32_t)read.copies;
    locs[process] = weir_config_loc(node);
    for (uint32_t d = 0; d < design->n_domains && read.domain != NULL; d++) {
        if (strcmp(design->domains[d].name, read.domain) != 0) continue;
        domains[process] = d;
        return true;
    }
    return read.domain == NULL ||
           weir_error(diag, weir_config_key_loc(node, "domain"),
                      "process \"%s\": clock domain \"%s\" is unknown", read.name, read.domain);
}

/* Bits of a beat at a source or sink. */
static uint32_t end_bits(const weir_imported *in, uint32_t process) {
    for (uint32_t c = 0; c < in->n_channels; c++)
        if (in->channels[c].producer == process || in->channels[c].consumer == process)
            return in->channels[c].bits;
    return 0;
}

static bool read_type(weir_design *design, const weir_config_node *node, weir_process_kind kind,
                      weir_port_type *types, weir_diag *diag) {
    typedef struct keys_of {
        const char *name, *type;
        int64_t lanes;
    } keys_of;
    static const weir_key keys[] = {STRING_KEY(keys_of, name, true),
                                    STRING_KEY(keys_of, type, false),
                                    INT_KEY(keys_of, lanes, 1, 1 << 20)};
    keys_of read = {.name = "", .lanes = 1};
    if (!weir_config_read(node, "port", keys, COUNT(keys), &read, diag)) return false;
    uint32_t process = weir_imported_find(design->imported, read.name);
    if (process == WEIR_NONE || design->imported->processes[process].kind != kind)
        return weir_error(diag, weir_config_key_loc(node, "name"), "%s \"%s\" is unknown",
                          kind == WEIR_SOURCE ? "input" : "output", read.name);
    if (read.type == NULL) return true;
    weir_fixed fixed;
    if (!weir_fixed_parse(&fixed, read.type))
        return weir_error(diag, weir_config_key_loc(node, "type"),
                          "type: \"%s\" is no fixed-point type, such as \"ap_fixed<16,6>\"",
                          read.type);
    uint32_t bits = end_bits(design->imported, process);
    if (bits % (uint32_t)read.lanes != 0 || bits / (uint32_t)read.lanes > 32 ||
        fixed.width > (int)(bits / (uint32_t)read.lanes))
        return weir_error(
            diag, weir_config_key_loc(node, "lanes"),
            "\"%s\": %lld lanes of %s in beats of %u bits; lanes must divide the bits "
            "into equal parts of at most 32 that hold the type",
            read.name, (long long)read.lanes, read.type, bits);
    types[process] =
        (weir_port_type){(uint32_t)read.lanes, weir_fixed_element(fixed), weir_config_loc(node)};
    return true;
}

bool weir_imported_read_settings(weir_design *design, weir_arena *arena,
                                 const weir_imported_settings *from, weir_diag *diag) {
    uint32_t n = design->imported->n_processes;
    uint32_t *domains = WEIR_NEW(arena, uint32_t, n + 1);
    uint32_t *copies = WEIR_NEW(arena, uint32_t, n + 1);
    weir_loc *locs = WEIR_NEW(arena, weir_loc, n + 1);
    weir_port_type *types = WEIR_NEW(arena, weir_port_type, n + 1);
    bool good = true;
    for (uint32_t p = 0; p < n; p++)
        copies[p] = 1;
    for (size_t i = 0; from->processes != NULL && i < weir_config_length(from->processes); i++)
        good &= read_choice_of(design, weir_config_item(from->processes, i), domains, copies, locs,
                               diag);
    for (size_t i = 0; from->inputs != NULL && i < weir_config_length(from->inputs); i++)
        good &= read_type(design, weir_config_item(from->inputs, i), WEIR_SOURCE, types, diag);
    for (size_t i = 0; from->outputs != NULL && i < weir_config_length(from->outputs); i++)
        good &= read_type(design, weir_config_item(from->outputs, i), WEIR_SINK, types, diag);
    design->process_domains = domains;
    design->process_copies = copies;
    design->process_locs = locs;
    design->port_types = types;
    return good;
}

/* ------------------------------------------------------------------ graph */

/* What weir_start_held and weir_start_pulsed do: a token each cycle, and those of ap_done are taken
 * and forgotten; or one at first, and one for each of ap_done. Nothing writes to what these point to. */
static const weir_operation host_operations[] = {{WEIR_READ, 0}, {WEIR_WRITE, 0}};
static const weir_operation_set host_sets[] = {{0, 0}, {1, 1}, {0, 2}};
static const weir_loop host_loops[] = {{1, 1, 0}, {1, 2, 0}};
static const uint32_t host_drains[] = {WEIR_DRAINED}, host_plain[] = {0};

#define HOST_SCHEDULE(drains, preamble)                                                            \
    {                                                                                              \
        .process = (char *)WEIR_HOST, .timing = WEIR_LOCKSTEP, .stages = 1, .ii_cycles = 1,        \
        .n_inputs = 1, .n_outputs = 1, .read_stage = (uint32_t *)(drains),                         \
        .write_stage = (uint32_t *)host_plain, .n_operations = 2, .n_sets = 2 + (preamble),        \
        .n_preamble = (preamble), .n_loops = 1 + (preamble),                                       \
        .operations = (weir_operation *)host_operations, .sets = (weir_operation_set *)host_sets,  \
        .loops = (weir_loop *)host_loops                                                           \
    }

static const weir_schedule host_held = HOST_SCHEDULE(host_drains, 0);
static const weir_schedule host_pulsed = HOST_SCHEDULE(host_plain, 1);

static void add_rtl(weir_arena *arena, const weir_design *design, const weir_imported_process *p,
                    weir_process *process) {
    const weir_imported *in = design->imported;
    bool host = strcmp(p->name, WEIR_HOST) == 0;
    uint32_t n = host ? 1 : p->n_sources;
    const char **sources = WEIR_NEW(arena, const char *, n + 1);
    for (uint32_t s = 0; s < p->n_sources && !host; s++)
        sources[s] = weir_arena_printf(arena, "%s/%s", in->folder, p->sources[s]);
    if (host) {
        process->rtl.module = design->pulsed ? "weir_start_pulsed" : "weir_start_held";
        sources[0] = weir_arena_printf(arena, "%s/rtl/%s.sv", in->folder, process->rtl.module);
    } else {
        process->rtl.module = p->module;
    }
    process->rtl.sources = sources;
    process->rtl.n_sources = n;
    process->imported = true;
    process->blocking = !host;
    if (host && p->n_inputs == 1 && p->n_outputs == 1)
        process->schedule = design->pulsed ? &host_pulsed : &host_held;
    if (p->has_roms)
        process->rom_folder = weir_arena_printf(arena, "%s/roms/%s", in->folder, p->module);
}

/* Cycles of a frame: as reported, else the beats of its busiest port, which no schedule is below. */
static uint64_t least_steps(const weir_imported *in, uint32_t process) {
    uint64_t steps = in->processes[process].figures.ii_max;
    if (steps != WEIR_NO_FIGURE) return steps;
    steps = 1;
    for (uint32_t c = 0; c < in->n_channels; c++) {
        const weir_imported_channel *channel = &in->channels[c];
        bool beside = channel->producer == process || channel->consumer == process;
        if (beside && channel->beats > steps) steps = channel->beats;
    }
    return steps;
}

static void add_graph_process(weir_arena *arena, const weir_design *design, uint32_t index,
                              uint32_t copy, const weir_schedule *schedule, weir_graph *graph) {
    const weir_imported_process *p = &design->imported->processes[index];
    bool inside = p->kind == WEIR_PROCESS, host = inside && strcmp(p->name, WEIR_HOST) == 0;
    uint64_t steps = least_steps(design->imported, index);
    weir_process process = {
        .name = design->process_copies[index] > 1
                    ? weir_arena_printf(arena, "%s_copy%u", p->name, copy)
                    : p->name,
        .operator_name = p->kind == WEIR_SOURCE ? "source"
                         : p->kind == WEIR_SINK ? "sink"
                         : host                 ? "host"
                                                : "vendor",
        .kind = p->kind,
        .domain = p->kind == WEIR_SOURCE ? design->source_domain
                  : p->kind == WEIR_SINK ? design->sink_domain
                                         : design->process_domains[index],
        .n_inputs = p->n_inputs,
        .n_outputs = p->n_outputs,
        .timing = WEIR_UNKNOWN,
        .ii_cycles = inside ? steps : 1,
        .initiations_per_frame = 1,
        .steps_per_frame = inside ? steps : 0,
        .strategy = "",
        .precision = "",
        .layer = p->vendor,
        .schedule = schedule,
    };
    if (inside) add_rtl(arena, design, p, &process);
    if (process.schedule != NULL) {
        process.timing = process.schedule->timing;
        process.stages = process.schedule->stages;
    }
    weir_graph_add_process(graph, &process);
}

/* Raw bits, or the elements that the design says the port carries. */
static weir_stream stream_of(const weir_design *design, const weir_imported_channel *c) {
    weir_stream stream = {1, 1, c->bits, c->bits, {1, 1, false}};
    stream.rows = (uint32_t)c->beats;
    const weir_imported *in = design->imported;
    uint32_t end = in->processes[c->producer].kind == WEIR_SOURCE ? c->producer
                   : in->processes[c->consumer].kind == WEIR_SINK ? c->consumer
                                                                  : WEIR_NONE;
    if (end == WEIR_NONE || design->port_types[end].lanes == 0) return stream;
    const weir_port_type *type = &design->port_types[end];
    /* Elements may lie in slots of whole bytes: the spare bits are above the value. */
    int slot = (int)(c->bits / type->lanes);
    stream.lanes = stream.channels = type->lanes;
    stream.element = type->element;
    stream.element.integer += slot - type->element.width;
    stream.element.width = slot;
    return stream;
}

static void add_dealer(const weir_design *design, const weir_dealer *dealer, weir_graph *graph) {
    const weir_operator *op = &dealer->op;
    weir_process process = {
        .name = op->name,
        .operator_name = op->kind->name,
        .kind = WEIR_PROCESS,
        .domain = design->process_domains[dealer->process],
        .n_inputs = op->n_inputs,
        .n_outputs = op->n_outputs,
        .timing = WEIR_ELASTIC,
        .stages = op->stages,
        .ii_cycles = op->ii_cycles,
        .initiations_per_frame = op->initiations / op->frames,
        .steps_per_frame = op->steps / op->frames,
        .strategy = "",
        .precision = "",
        .layer = "",
        .rtl = dealer->rtl,
        .schedule = dealer->schedule,
    };
    weir_graph_add_process(graph, &process);
}

static void take_settings(const weir_design *design, weir_channel *channel) {
    for (uint32_t f = 0; f < design->n_fifos; f++) {
        const weir_fifo_settings *fifo = &design->fifos[f];
        if (strcmp(fifo->name, channel->name) != 0) continue;
        if (fifo->depth > 0) channel->depth = fifo->depth;
        if (fifo->storage != WEIR_STORAGE_AUTO) channel->storage = fifo->storage;
        channel->flops = fifo->flops;
        channel->loc = fifo->loc;
    }
}

static void add_graph_channel(const weir_design *design, const weir_dealers *dealers,
                              uint32_t index, weir_graph *graph) {
    const weir_imported *in = design->imported;
    const weir_imported_channel *c = &in->channels[index];
    bool outside = in->processes[c->producer].kind != WEIR_PROCESS ||
                   in->processes[c->consumer].kind != WEIR_PROCESS;
    weir_channel channel = {.name = c->name,
                            .stream = stream_of(design, c),
                            .depth = c->depth,
                            .storage = c->storage,
                            .flops = design->default_flops,
                            .at_port = outside,
                            .drained = c->carries == WEIR_CARRIES_DONE};
    /* A pulsed start comes after the ap_done of the one before, and that not before its ap_ready took the
     * token. */
    if (design->pulsed && strcmp(in->processes[c->producer].name, WEIR_HOST) == 0)
        channel.drained = true;
    channel.producer = weir_channel_end(design, dealers, index, true, &channel.producer_port);
    channel.consumer = weir_channel_end(design, dealers, index, false, &channel.consumer_port);
    take_settings(design, &channel);
    uint32_t from = weir_graph_process(graph, channel.producer)->domain;
    uint32_t to = weir_graph_process(graph, channel.consumer)->domain;
    if (from != to && channel.drained && channel.loc.file == NULL) /* not the designer's depth */
        channel.depth = weir_drained_depth(WEIR_LATENCY_CDC);
    if (from != to)
        channel.storage = WEIR_STORAGE_AUTO;
    else if (channel.depth == 2 && channel.storage == c->storage)
        channel.write_gap = c->shallow_gap;
    else if (channel.storage == c->storage && c->shallow_gap > 1)
        channel.gapless = 3;
    weir_graph_add_channel(graph, &channel);
}

static bool check_fifo_names(const weir_design *design, const weir_graph *graph, weir_diag *diag) {
    bool good = true;
    for (uint32_t f = 0; f < design->n_fifos; f++) {
        bool found = false;
        weir_text *known = weir_text_new();
        for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
            const char *name = weir_graph_channel(graph, c)->name;
            found |= strcmp(name, design->fifos[f].name) == 0;
            weir_text_addf(known, "%s%s", c > 0 ? ", " : "", name);
        }
        if (!found)
            good =
                weir_error(diag, design->fifos[f].loc, "fifo \"%s\" is unknown; the design has: %s",
                           design->fifos[f].name, weir_text_string(known));
        weir_text_free(known);
    }
    return good;
}

weir_graph *weir_imported_graph(const weir_design *design, const weir_dealers *dealers,
                                weir_schedule *const *classes, weir_diag *diag) {
    const weir_imported *in = design->imported;
    weir_arena *arena = weir_arena_new(); /* the graph copies what it is given */
    weir_graph *graph = weir_graph_new(design->name);
    for (uint32_t d = 0; d < design->n_domains; d++)
        weir_graph_add_domain(graph, &design->domains[d]);
    for (uint32_t p = 0; p < in->n_processes; p++)
        add_graph_process(arena, design, p, 0, classes[p], graph);
    for (uint32_t p = 0; p < in->n_processes; p++)
        for (uint32_t k = 1; k < design->process_copies[p]; k++)
            add_graph_process(arena, design, p, k, classes[p], graph);
    for (uint32_t d = 0; d < dealers->n; d++)
        add_dealer(design, &dealers->at[d], graph);
    for (uint32_t c = 0; c < in->n_channels; c++)
        add_graph_channel(design, dealers, c, graph);
    for (uint32_t d = 0; d < dealers->n; d++)
        for (uint32_t k = 0; k < dealers->at[d].op.frames; k++) {
            weir_channel channel = weir_dealer_channel(design, arena, dealers, d, k);
            take_settings(design, &channel);
            weir_graph_add_channel(graph, &channel);
        }
    bool good = check_fifo_names(design, graph, diag);
    good = weir_graph_seal(graph, diag) && good;
    weir_arena_free(arena);
    if (good) return graph;
    weir_graph_free(graph);
    return NULL;
}

bool weir_imported_is_vendors(const weir_design *design, const weir_graph *graph) {
    const weir_imported *in = design->imported;
    if (weir_imported_has_copies(design)) return false;
    for (uint32_t p = 1; p < weir_graph_processes(graph); p++)
        if (weir_graph_process(graph, p)->domain != weir_graph_process(graph, 0)->domain)
            return false;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        bool memory = in->channels[c].storage != WEIR_STORAGE_SRL;
        if (weir_graph_channel(graph, c)->latency !=
            (memory ? WEIR_LATENCY_MEMORY : WEIR_LATENCY_PLAIN))
            return false;
    }
    return true;
}

bool weir_imported_is_unchanged(const weir_design *design, const weir_graph *graph) {
    const weir_imported *in = design->imported;
    bool same =
        weir_graph_channels(graph) == in->n_channels && weir_imported_is_vendors(design, graph);
    for (uint32_t c = 0; c < weir_graph_channels(graph) && same; c++)
        same = weir_graph_channel(graph, c)->depth == in->channels[c].depth &&
               weir_graph_channel(graph, c)->storage == in->channels[c].storage;
    return same;
}
