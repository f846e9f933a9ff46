#include "hls/compile.h"
#include "hls/compiled.h"
#include "hls/graph_json.h"
#include "hls/rtl_library.h"
#include "hls/schedule.h"
#include "hls/top.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Passes: lower the design to a plan of operators; emit a module for each shape; write the ROM
 * images and the schedules; build and seal the graph; emit the stitched top; write the design beside
 * it. */

typedef struct compiling {
    const weir_design *design;
    compiled_owner *owner;
    weir_arena *arena;
    const char *folder;
    bool write;                    /* off where the folder's own files are used */
    weir_rtl *rtl;                 /* of each node */
    const char *const **rom_names; /* of each node, NULL-ended */
    const char **top_sources;
    uint32_t n_top_sources;
    weir_diag *diag;
} compiling;

static bool save(compiling *run, const weir_text *text, const char *path) {
    return !run->write || weir_text_save(text, path, run->diag);
}

static const char *rtl_path(compiling *run, const char *file) {
    return weir_arena_printf(run->arena, "%s/rtl/%s", run->folder, file);
}

/* A file of the stitched top, once. */
static bool add_top_source(compiling *run, const char *path) {
    for (uint32_t s = 0; s < run->n_top_sources; s++)
        if (!strcmp(run->top_sources[s], path)) return false;
    run->top_sources[run->n_top_sources++] = path;
    return true;
}

/* What an earlier design left in the folder would go into the stitched model. */
static void remove_old(compiling *run) {
    if (!run->write ||
        access(weir_arena_printf(run->arena, "%s/graph.json", run->folder), F_OK) != 0)
        return;
    weir_remove_files(rtl_path(run, ""), ".sv");
    weir_remove_files(run->owner->compiled.rom_folder, ".mem");
}

static bool write_library(compiling *run) {
    bool ok = true;
    for (const weir_rtl_file *file = weir_rtl_library; file->name; file++) {
        weir_text *text = weir_text_new();
        weir_text_add(text, file->text);
        ok = ok && save(run, text, rtl_path(run, file->name));
        weir_text_free(text);
    }
    return ok;
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo): equal texts share a module, so the name comes from the text.
 */
static uint64_t hash_text(const char *text) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return hash;
}

const char *weir_module_text(const weir_operator *op, weir_arena *arena, weir_text *text) {
    weir_text *probe = weir_text_new();
    op->kind->emit(op, "MODULE", probe);
    const char *name = weir_arena_printf(arena, "%s_%012" PRIx64, op->kind->name,
                                         hash_text(weir_text_string(probe)) >> 16);
    op->kind->emit(op, name, text);
    weir_text_free(probe);
    return name;
}

static bool emit_module(compiling *run, const weir_operator *op, weir_rtl *rtl) {
    weir_text *text = weir_text_new();
    rtl->module = weir_module_text(op, run->arena, text);
    uint32_t n = 0;
    while (op->kind->library[n])
        n++;
    const char **sources = WEIR_NEW(run->arena, const char *, n + 1);
    for (uint32_t s = 0; s < n; s++) {
        sources[s] = rtl_path(run, op->kind->library[s]);
        add_top_source(run, sources[s]);
    }
    sources[n] = weir_arena_printf(run->arena, "%s/rtl/%s.sv", run->folder, rtl->module);
    rtl->sources = sources;
    rtl->n_sources = n + 1;
    bool ok = !add_top_source(run, sources[n]) || save(run, text, sources[n]);
    weir_text_free(text);
    return ok;
}

void weir_image_text(const weir_image *image, weir_text *text) {
    uint32_t bytes = weir_beat_bytes(image->word_bits), digits = (image->word_bits + 3) / 4;
    char *line = weir_xcalloc(digits + 1, 1);
    for (uint32_t w = 0; w < image->words; w++) {
        const uint8_t *word = image->bytes + (size_t)w * bytes;
        for (uint32_t d = 0; d < digits; d++) {
            uint32_t nibble = digits - 1 - d;
            line[d] = "0123456789abcdef"[word[nibble / 2] >> nibble % 2 * 4 & 15];
        }
        weir_text_addf(text, "%s\n", line);
    }
    free(line);
}

static bool write_image(compiling *run, const weir_image *image, const char *path) {
    weir_text *text = weir_text_new();
    weir_image_text(image, text);
    bool ok = save(run, text, path);
    weir_text_free(text);
    return ok;
}

static bool write_images(compiling *run, uint32_t node, const weir_operator *op, weir_rtl *rtl) {
    weir_rom *roms = WEIR_NEW(run->arena, weir_rom, op->n_images + 1);
    const char **names = WEIR_NEW(run->arena, const char *, op->n_images + 1);
    bool ok = true;
    for (uint32_t i = 0; i < op->n_images; i++) {
        const weir_image *image = &op->images[i];
        names[i] = weir_arena_printf(run->arena, "%s_%u.mem", op->name, i);
        roms[i] = (weir_rom){
            image->path,
            weir_arena_printf(run->arena, "%s/%s", run->owner->compiled.rom_folder, names[i]),
            image->word_bits, image->words};
        ok = ok && write_image(run, image, roms[i].file);
    }
    rtl->roms = roms;
    rtl->n_roms = op->n_images;
    run->rom_names[node] = names;
    return ok;
}

static bool write_schedules(compiling *run) {
    compiled_owner *owner = run->owner;
    const weir_schedule **all = WEIR_NEW(run->arena, const weir_schedule *, owner->plan.n_nodes);
    uint32_t count = 0;
    for (uint32_t n = 0; n < owner->plan.n_nodes; n++) {
        if (owner->plan.nodes[n].kind != WEIR_PROCESS) continue;
        owner->schedules[n] = weir_operator_schedule(&owner->plan.nodes[n].op);
        all[count++] = owner->schedules[n];
    }
    if (!run->write) return true;
    const char *path = weir_arena_printf(run->arena, "%s/schedules.weir", run->folder);
    return weir_schedules_save(all, count, path, run->diag);
}

/* ------------------------------------------------------------------ graph */

static void add_process(compiling *run, uint32_t node) {
    const weir_plan_node *n = &run->owner->plan.nodes[node];
    const weir_layer_settings *settings = &run->design->settings[n->layer];
    const weir_operator *op = &n->op;
    char precision[48] = "";
    weir_element element = op->out[0].element;
    uint32_t frames = op->frames > 1 ? op->frames : 1;
    if (op->n_outputs)
        weir_fixed_text((weir_fixed){element.width, element.integer, element.is_signed, 0, 0},
                        precision, sizeof precision);
    weir_process process = {
        .name = op->name,
        .operator_name = n->kind == WEIR_SOURCE ? "source"
                         : n->kind == WEIR_SINK ? "sink"
                                                : op->kind->name,
        .kind = n->kind,
        .domain = n->domain,
        .n_inputs = op->n_inputs,
        .n_outputs = op->n_outputs,
        .timing = n->kind == WEIR_PROCESS ? WEIR_ELASTIC : WEIR_UNKNOWN,
        .stages = op->stages,
        .ii_cycles = op->ii_cycles,
        .initiations_per_frame = op->initiations / frames,
        .steps_per_frame = op->steps / frames,
        .reuse_factor = op->reuse_factor,
        .pe = op->pe,
        .simd = op->simd,
        .strategy = op->strategy ? op->strategy : "",
        .precision = precision,
        .layer = weir_network_layer(run->design->network, n->layer)->name,
        .multipliers = op->multipliers,
        .rtl = run->rtl[node],
        .schedule = run->owner->schedules[node],
        .loc = settings->loc,
    };
    weir_graph_add_process(run->owner->compiled.graph, &process);
}

/* Named after the producer; a fork's are numbered, a shared block's have its members' names. */
static const char *channel_name(compiling *run, weir_plan_edge edge) {
    const weir_plan_node *node = &run->owner->plan.nodes[edge.node];
    const weir_operator *op = &node->op;
    if (node->output_names)
        return weir_arena_printf(run->arena, "%s_out", node->output_names[edge.port]);
    return op->n_outputs == 1 ? weir_arena_printf(run->arena, "%s_out", op->name)
                              : weir_arena_printf(run->arena, "%s_out%u", op->name, edge.port);
}

static void add_channel(compiling *run, uint32_t node, uint32_t port) {
    const weir_design *design = run->design;
    const weir_plan_node *n = &run->owner->plan.nodes[node];
    weir_plan_edge edge = n->in[port];
    const weir_plan_node *from = &run->owner->plan.nodes[edge.node];
    uint32_t least = n->depth[port];
    const weir_plan_node *of = from->frame_step > 1 ? from : n; /* at one end, of copies */
    weir_channel channel = {
        .name = channel_name(run, edge),
        .producer = edge.node,
        .producer_port = edge.port,
        .consumer = node,
        .consumer_port = port,
        .stream = from->op.out[edge.port],
        .depth = least > design->default_depth ? least : design->default_depth,
        /* A CDC FIFO has one kind of memory: the design's default is not for it. */
        .storage = from->domain == n->domain ? design->default_storage : WEIR_STORAGE_AUTO,
        .flops = design->default_flops,
        .frame_step = of->frame_step,
        .frame_first = of->frame_first,
        .loc = design->settings[from->layer].loc,
    };
    for (uint32_t f = 0; f < design->n_fifos; f++) {
        const weir_fifo_settings *fifo = &design->fifos[f];
        if (strcmp(fifo->name, channel.name)) continue;
        if (fifo->depth) channel.depth = fifo->depth;
        channel.storage = fifo->storage;
        channel.flops = fifo->flops;
        channel.loc = fifo->loc;
    }
    weir_graph_add_channel(run->owner->compiled.graph, &channel);
}

static bool check_fifo_names(compiling *run) {
    const weir_plan *plan = &run->owner->plan;
    bool ok = true;
    for (uint32_t f = 0; f < run->design->n_fifos; f++) {
        const weir_fifo_settings *fifo = &run->design->fifos[f];
        weir_text *known = weir_text_new();
        bool found = false;
        for (uint32_t n = 0; n < plan->n_nodes && !found; n++) {
            for (uint32_t q = 0; q < plan->nodes[n].op.n_outputs; q++) {
                const char *name = channel_name(run, (weir_plan_edge){n, q});
                found |= !strcmp(name, fifo->name);
                weir_text_addf(known, "%s%s", n || q ? ", " : "", name);
            }
        }
        if (!found)
            ok = weir_error(run->diag, fifo->loc, "fifo \"%s\" is unknown; the design has: %s",
                            fifo->name, weir_text_string(known));
        weir_text_free(known);
    }
    return ok;
}

static bool build_graph(compiling *run) {
    const weir_plan *plan = &run->owner->plan;
    weir_graph *graph = weir_graph_new(run->design->name);
    run->owner->compiled.graph = graph;
    for (uint32_t d = 0; d < plan->n_domains; d++)
        weir_graph_add_domain(graph, &plan->domains[d]);
    for (uint32_t n = 0; n < plan->n_nodes; n++)
        add_process(run, n);
    for (uint32_t n = 0; n < plan->n_nodes; n++)
        for (uint32_t i = 0; i < plan->nodes[n].op.n_inputs; i++)
            add_channel(run, n, i);
    return weir_graph_seal(graph, run->diag);
}

/* ------------------------------------------------------------------ the folder */

static bool emit_top(compiling *run) {
    const weir_graph *graph = run->owner->compiled.graph;
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        add_top_source(run,
                       rtl_path(run, weir_top_fifo_file(weir_graph_channel(graph, c)->latency)));
    const char *top = "weir_top";
    const char *path = rtl_path(run, "weir_top.sv");
    weir_text *text = weir_text_new();
    weir_top_emit(graph, top, run->rom_names, text);
    bool ok = save(run, text, path);
    weir_text_free(text);
    add_top_source(run, path);
    run->owner->compiled.top = top;
    run->owner->compiled.top_sources = run->top_sources;
    run->owner->compiled.n_top_sources = run->n_top_sources;
    return ok;
}

static bool write_design(compiling *run) {
    if (!run->write) return true;
    size_t length;
    char *network = weir_file_read(run->design->network_path, &length, run->diag);
    if (!network) return false;
    bool ok = weir_file_write(weir_arena_printf(run->arena, "%s/network.onnx", run->folder),
                              network, length, run->diag);
    free(network);
    weir_text *design = weir_text_new(), *json = weir_text_new();
    weir_design_text(run->design, "network.onnx", design);
    weir_graph_json(run->owner->compiled.graph, json);
    ok = ok && save(run, design, weir_arena_printf(run->arena, "%s/design.cfg", run->folder)) &&
         save(run, json, weir_arena_printf(run->arena, "%s/graph.json", run->folder));
    weir_text_free(design);
    weir_text_free(json);
    return ok;
}

/* The graph alone, for its times and costs: what its processes do, without their RTL. */
static bool build_alone(compiling *run) {
    compiled_owner *owner = run->owner;
    weir_operator *operators = WEIR_NEW(run->arena, weir_operator, owner->plan.n_nodes);
    owner->compiled.operators = operators;
    for (uint32_t n = 0; n < owner->plan.n_nodes; n++)
        operators[n] = owner->plan.nodes[n].op;
    return write_schedules(run) && build_graph(run);
}

static bool emit_all(compiling *run) {
    compiled_owner *owner = run->owner;
    const weir_plan *plan = &owner->plan;
    if (!run->folder) return build_alone(run);
    if (run->write && !(weir_make_folder(rtl_path(run, ""), run->diag) &&
                        weir_make_folder(owner->compiled.rom_folder, run->diag)))
        return false;
    remove_old(run);
    bool ok = write_library(run);
    weir_operator *operators = WEIR_NEW(run->arena, weir_operator, plan->n_nodes);
    for (uint32_t n = 0; n < plan->n_nodes && ok; n++) {
        operators[n] = plan->nodes[n].op;
        if (plan->nodes[n].kind != WEIR_PROCESS) continue;
        ok = emit_module(run, &operators[n], &run->rtl[n]) &&
             write_images(run, n, &operators[n], &run->rtl[n]);
    }
    owner->compiled.operators = operators;
    return ok && write_schedules(run) && build_graph(run) && emit_top(run) && write_design(run);
}

weir_compiled *weir_compile(const weir_design *design, const char *folder, weir_diag *diag) {
    if (design->imported) return weir_compile_imported(design, folder, diag);
    compiled_owner *owner = weir_xcalloc(1, sizeof *owner);
    weir_arena *arena = weir_arena_new();
    owner->compiled.arena = arena;
    owner->compiled.design = design;
    if (folder) owner->compiled.rom_folder = weir_arena_printf(arena, "%s/roms", folder);
    compiling run = {.design = design,
                     .owner = owner,
                     .arena = arena,
                     .folder = folder ? weir_arena_strdup(arena, folder) : NULL,
                     .write = folder && (!design->folder || strcmp(design->folder, folder)),
                     .diag = diag};
    bool ok = weir_lower(design, arena, &owner->plan, diag);
    if (owner->plan.n_nodes) owner->compiled.input_type = owner->plan.nodes[0].type;
    uint32_t n = owner->plan.n_nodes;
    uint32_t library = 0;
    while (weir_rtl_library[library].name)
        library++;
    owner->schedules = WEIR_NEW(arena, weir_schedule *, n + 1);
    owner->n_schedules = n;
    run.rtl = WEIR_NEW(arena, weir_rtl, n + 1);
    run.rom_names = WEIR_NEW(arena, const char *const *, n + 1);
    run.top_sources = WEIR_NEW(arena, const char *, n + library + 2);
    ok = check_fifo_names(&run) && ok;
    if (ok && emit_all(&run)) return &owner->compiled;
    weir_compiled_free(&owner->compiled);
    return NULL;
}

double weir_compiled_output(const weir_compiled *compiled, uint64_t index, int32_t value) {
    const weir_plan *plan = &((const compiled_owner *)compiled)->plan;
    const weir_stream *stream = &plan->nodes[plan->n_nodes - 1].op.in[0];
    int64_t wide = stream->element.is_signed ? value : (int64_t)(uint32_t)value;
    double number = ldexp((double)wide, stream->element.integer - stream->element.width);
    double scale = plan->output_scale ? plan->output_scale[index % stream->channels] : 1;
    return scale * (number - plan->output_zero);
}

void weir_compiled_free(weir_compiled *compiled) {
    if (!compiled) return;
    const compiled_owner *owner = (const compiled_owner *)compiled;
    weir_graph_free(compiled->graph);
    for (uint32_t n = 0; owner->schedules && n < owner->n_schedules; n++)
        weir_schedule_free(owner->schedules[n]);
    weir_arena_free(compiled->arena);
    free(compiled);
}
