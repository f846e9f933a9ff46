/* An imported design made ready to run: its graph, and a stitched top. That is the vendor's own, whole,
 * where only depths differ from what was imported: a copy of its file sets its FIFOs' parameters.
 * Other storage and clocks and copies of a process are not the vendor's to have: then it is weir's
 * top, of the wrappers and weir's FIFOs, distributors and collectors. */
#include "hls/compile.h"
#include "hls/compiled.h"
#include "hls/imported_classes.h"
#include "hls/imported_copies.h"
#include "hls/rtl_library.h"
#include "hls/schedule.h"
#include "hls/top.h"
#include <stdlib.h>
#include <string.h>

typedef struct stitching {
    const weir_design *design;
    const weir_imported *in;
    weir_compiled *compiled;
    const char *folder;
    const char **sources;
    uint32_t n_sources;
    weir_diag *diag;
} stitching;

static bool add_source(stitching *s, const char *path) {
    for (uint32_t i = 0; i < s->n_sources; i++)
        if (strcmp(s->sources[i], path) == 0) return true;
    s->sources[s->n_sources++] = path;
    return true;
}

static const char *own_path(stitching *s, const char *file) {
    return weir_arena_printf(s->compiled->arena, "%s/rtl/%s", s->folder, file);
}

static const char *imported_path(stitching *s, const char *file) {
    return weir_arena_printf(s->compiled->arena, "%s/%s", s->in->folder, file);
}

static uint32_t bits_for(int64_t words) {
    uint32_t bits = 1;
    while (((int64_t)1 << bits) < words)
        bits++;
    return bits;
}

/* Where `MODULE INSTANCE` or `MODULE #(...) INSTANCE` begins: just after the module's name. */
static const char *find_instance(const char *text, const weir_imported_channel *channel) {
    size_t length = strlen(channel->fifo);
    for (const char *at = text; (at = strstr(at, channel->fifo)) != NULL; at += length) {
        const char *name = at + length + strspn(at + length, " \t\r\n");
        size_t tail = strlen(channel->instance);
        if (strncmp(name, channel->instance, tail) == 0 &&
            (name[tail] == '(' || name[tail] == ' ' || name[tail] == '\n' || name[tail] == '\r'))
            return at + length;
    }
    return NULL;
}

/* The vendor's file with other depths; false (no error) where an instance has parameters already. */
static bool set_depths(stitching *s, const char *text, weir_text *out) {
    typedef struct change {
        const char *at;
        int64_t depth;
        uint32_t address_bits;
    } change;
    uint32_t n = 0, channels = weir_graph_channels(s->compiled->graph);
    change *changes = weir_xcalloc(channels + 1, sizeof *changes);
    bool good = true;
    for (uint32_t c = 0; c < channels; c++) {
        const weir_imported_channel *channel = &s->in->channels[c];
        uint32_t depth = weir_graph_channel(s->compiled->graph, c)->depth;
        if (*channel->instance == '\0' || depth == channel->depth) continue;
        int64_t parameter = (int64_t)depth - channel->depth_less;
        uint32_t address = bits_for(parameter);
        if (address < channel->address_bits) address = channel->address_bits;
        const char *at = find_instance(text, channel);
        good = good && at != NULL && parameter >= 1;
        uint32_t i = n++;
        for (; i > 0 && changes[i - 1].at > at; i--)
            changes[i] = changes[i - 1];
        changes[i] = (change){at, parameter, channel->address_bits > 0 ? address : 0};
    }
    const char *from = text;
    for (uint32_t i = 0; i < n && good; i++) {
        weir_text_addf(out, "%.*s #(.DEPTH(%lld)", (int)(changes[i].at - from), from,
                       (long long)changes[i].depth);
        if (changes[i].address_bits > 0)
            weir_text_addf(out, ", .ADDR_WIDTH(%u)", changes[i].address_bits);
        weir_text_add(out, ")");
        from = changes[i].at;
    }
    weir_text_add(out, from);
    free(changes);
    return good;
}

static bool stitch_vendors(stitching *s, bool *possible) {
    char *vendor = weir_file_read(imported_path(s, s->in->top_sources[0]), NULL, s->diag);
    char *around = weir_file_read(imported_path(s, "rtl/stitched.sv"), NULL, s->diag);
    weir_text *copy = weir_text_new(), *top = weir_text_new();
    bool good = vendor != NULL && around != NULL;
    *possible = good && set_depths(s, vendor, copy);
    weir_text_addf(top, "`define WEIR_START_MODULE %s\n",
                   s->design->pulsed ? "weir_start_pulsed" : "weir_start_held");
    for (uint32_t c = 0; c < weir_graph_channels(s->compiled->graph); c++)
        weir_text_addf(top, "`define WEIR_DEPTH_%u %u\n", c,
                       weir_graph_channel(s->compiled->graph, c)->depth);
    if (good && *possible) {
        weir_text_add(top, around);
        good = weir_text_save(copy, own_path(s, "vendor_top.v"), s->diag) &&
               weir_text_save(top, own_path(s, "weir_top.sv"), s->diag);
        add_source(s, own_path(s, "vendor_top.v"));
        for (uint32_t i = 1; i < s->in->n_top_sources; i++)
            add_source(s, imported_path(s, s->in->top_sources[i]));
        add_source(s, imported_path(s, "rtl/weir_fifo.sv"));
        add_source(s, imported_path(s, s->design->pulsed ? "rtl/weir_start_pulsed.sv"
                                                         : "rtl/weir_start_held.sv"));
        add_source(s, own_path(s, "weir_top.sv"));
    }
    free(vendor);
    free(around);
    weir_text_free(copy);
    weir_text_free(top);
    return good;
}

static bool stitch_own(stitching *s) {
    const weir_graph *graph = s->compiled->graph;
    uint32_t n = weir_graph_processes(graph);
    for (uint32_t p = 0; p < n; p++) {
        const weir_rtl *rtl = &weir_graph_process(graph, p)->rtl;
        for (uint32_t i = 0; i < rtl->n_sources; i++)
            add_source(s, rtl->sources[i]);
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const char *file = weir_top_fifo_file(weir_graph_channel(graph, c)->latency);
        add_source(s, imported_path(s, weir_arena_printf(s->compiled->arena, "rtl/%s", file)));
        if (weir_top_has_gap(weir_graph_channel(graph, c)))
            add_source(s, imported_path(s, "rtl/weir_fifo_gap.sv"));
    }
    const char *const **none = weir_xcalloc(n + 1, sizeof *none);
    weir_text *sv = weir_text_new();
    weir_top_emit(graph, "weir_top", none, sv);
    bool good = weir_text_save(sv, own_path(s, "weir_top.sv"), s->diag);
    add_source(s, own_path(s, "weir_top.sv"));
    weir_text_free(sv);
    free(none);
    return good;
}

static bool write_settings(stitching *s) {
    if (strcmp(s->folder, s->in->folder) == 0) return true;
    weir_text *text = weir_text_new();
    weir_design_text(s->design, NULL, text);
    bool good = weir_text_save(
        text, weir_arena_printf(s->compiled->arena, "%s/design.cfg", s->folder), s->diag);
    weir_text_free(text);
    return good;
}

/* ------------------------------------------------------------------ copies */

/* A file of the library, into the folder. */
static bool write_library_file(const char *name, const char *path, weir_diag *diag) {
    const weir_rtl_file *file = weir_rtl_library;
    while (strcmp(file->name, name) != 0)
        file++;
    weir_text *text = weir_text_new();
    weir_text_add(text, file->text);
    bool good = weir_text_save(text, path, diag);
    weir_text_free(text);
    return good;
}

static bool write_dealer(weir_arena *arena, const char *folder, weir_dealer *dealer,
                         weir_diag *diag) {
    const weir_operator *op = &dealer->op;
    weir_text *text = weir_text_new();
    uint32_t n = 0;
    bool good = true;
    dealer->rtl.module = weir_module_text(op, arena, text);
    while (op->kind->library[n] != NULL)
        n++;
    const char **sources = WEIR_NEW(arena, const char *, n + 1);
    for (uint32_t s = 0; s < n; s++) {
        sources[s] = weir_arena_printf(arena, "%s/rtl/%s", folder, op->kind->library[s]);
        good = good && write_library_file(op->kind->library[s], sources[s], diag);
    }
    sources[n] = weir_arena_printf(arena, "%s/rtl/%s.sv", folder, dealer->rtl.module);
    good = good && weir_text_save(text, sources[n], diag);
    dealer->rtl.sources = sources;
    dealer->rtl.n_sources = n + 1;
    weir_text_free(text);
    return good;
}

/* Dealers of the copies, with their schedules and, where there is a folder, their RTL. */
static bool make_dealers(compiled_owner *owner, const char *folder, weir_dealers *dealers,
                         weir_diag *diag) {
    weir_compiled *compiled = &owner->compiled;
    weir_arena *arena = compiled->arena;
    if (!weir_dealers_make(compiled->design, arena, dealers, diag)) return false;
    if (dealers->n == 0) return true;
    bool good =
        folder == NULL || weir_make_folder(weir_arena_printf(arena, "%s/rtl/", folder), diag);
    uint32_t first = weir_dealer_number(compiled->design, 0);
    weir_operator *operators = WEIR_NEW(arena, weir_operator, first + dealers->n);
    weir_schedule **schedules = WEIR_NEW(arena, weir_schedule *, owner->n_schedules + dealers->n);
    memcpy(schedules, owner->schedules, owner->n_schedules * sizeof *schedules);
    owner->schedules = schedules; /* those of the import's processes come first */
    for (uint32_t d = 0; d < dealers->n && good; d++) {
        weir_dealer *dealer = &dealers->at[d];
        if (folder != NULL) good = write_dealer(arena, folder, dealer, diag);
        dealer->schedule = weir_operator_schedule(&dealer->op);
        owner->schedules[owner->n_schedules++] = dealer->schedule;
        operators[first + d] = dealer->op;
    }
    compiled->operators = operators;
    return good;
}

/* What the stitched top is made of, and that itself. */
static bool stitch(weir_compiled *compiled, const char *folder, weir_diag *diag) {
    const weir_design *design = compiled->design;
    const weir_graph *graph = compiled->graph;
    stitching s = {.design = design, .in = design->imported, .compiled = compiled, .diag = diag};
    s.folder = weir_arena_strdup(compiled->arena, folder);
    uint32_t room = s.in->n_top_sources + 8;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        room += weir_graph_process(graph, p)->rtl.n_sources;
    s.sources = WEIR_NEW(compiled->arena, const char *, room);
    compiled->rom_folder = weir_arena_printf(compiled->arena, "%s/roms", s.in->folder);
    compiled->top = "weir_top";
    bool vendors = false;
    bool good = weir_make_folder(own_path(&s, ""), diag) && write_settings(&s) &&
                (!weir_imported_is_vendors(design, graph) || stitch_vendors(&s, &vendors)) &&
                (vendors || stitch_own(&s));
    compiled->top_is_vendors = vendors;
    compiled->top_sources = s.sources;
    compiled->n_top_sources = s.n_sources;
    return good;
}

/* What a certification found of the processes. */
static void take_classes(compiled_owner *owner, weir_diag *diag) {
    const weir_imported *in = owner->compiled.design->imported;
    weir_schedule **classes = weir_imported_classes_load(in, diag);
    owner->n_schedules = in->n_processes;
    owner->schedules = WEIR_NEW(owner->compiled.arena, weir_schedule *, in->n_processes + 1);
    memcpy(owner->schedules, classes, in->n_processes * sizeof *classes);
    free(classes);
}

weir_compiled *weir_compile_imported(const weir_design *design, const char *folder,
                                     weir_diag *diag) {
    compiled_owner *owner = weir_xcalloc(1, sizeof *owner);
    weir_compiled *compiled = &owner->compiled;
    weir_dealers dealers;
    compiled->design = design;
    compiled->arena = weir_arena_new();
    take_classes(owner, diag);
    bool good = make_dealers(owner, folder, &dealers, diag);
    if (good) compiled->graph = weir_imported_graph(design, &dealers, owner->schedules, diag);
    if (compiled->graph != NULL && (folder == NULL || stitch(compiled, folder, diag)))
        return compiled;
    weir_compiled_free(compiled);
    return NULL;
}
