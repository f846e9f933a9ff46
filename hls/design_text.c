/* A design as configuration text. */
#include "hls/design.h"
#include <stdlib.h>

static void layer_text(const weir_design *design, uint32_t index, weir_text *out) {
    const weir_layer_settings *s = &design->settings[index];
    char precision[48], weights[48], accumulator[48];
    weir_fixed_text(s->precision, precision, sizeof precision);
    weir_fixed_text(s->weight_precision, weights, sizeof weights);
    weir_text_addf(out, "%s\n    { name = \"%s\"; domain = \"%s\"; precision = \"%s\";",
                   index ? "," : "", weir_network_layer(design->network, index)->name,
                   design->domains[s->domain].name, precision);
    weir_text_addf(out, " weight_precision = \"%s\";\n      ", weights);
    if (s->has_accumulator) {
        weir_fixed_text(s->accumulator, accumulator, sizeof accumulator);
        weir_text_addf(out, "accumulator_precision = \"%s\"; ", accumulator);
    }
    weir_text_addf(out, "strategy = \"%s\"; table_size = %u; tree_levels = %u;",
                   weir_strategy_names[s->strategy], s->table_size, s->tree_levels);
    if (s->reuse_factor)
        weir_text_addf(out, " reuse_factor = %llu;", (unsigned long long)s->reuse_factor);
    if (s->prune.share > 0)
        weir_text_addf(out, " prune = %.17g; prune_by = \"%s\"; prune_seed = %llu;", s->prune.share,
                       weir_prune_names[s->prune.by], (unsigned long long)s->prune.seed);
    if (s->prune.share > 0 && s->prune.shrink) weir_text_add(out, " prune_shrink = true;");
    if (s->target_interval_cycles)
        weir_text_addf(out, " target_interval_cycles = %lluL;",
                       (unsigned long long)s->target_interval_cycles);
    if (s->copies > 1)
        weir_text_addf(out, " copies = %u; copy_by = \"%s\";", s->copies,
                       weir_copy_names[s->copy_by]);
    if (s->split > 1)
        weir_text_addf(out, " split = %u; split_by = \"%s\";", s->split,
                       weir_split_names[s->split_by]);
    if (s->share) weir_text_addf(out, " share = \"%s\";", s->share);
    if (s->weights) weir_text_addf(out, " weights = \"%s\";", weir_weights_names[s->weights]);
    if (s->pe) weir_text_addf(out, " pe = %llu;", (unsigned long long)s->pe);
    if (s->simd) weir_text_addf(out, " simd = %llu;", (unsigned long long)s->simd);
    weir_text_add(out, " }");
}

static void fifos_text(const weir_design *design, weir_text *out) {
    weir_text_add(out, "fifos = (");
    for (uint32_t f = 0; f < design->n_fifos; f++) {
        const weir_fifo_settings *fifo = &design->fifos[f];
        weir_text_addf(out, "%s\n    { name = \"%s\"; storage = \"%s\"; flops = %u;", f ? "," : "",
                       fifo->name, weir_storage_names[fifo->storage], fifo->flops);
        if (fifo->depth) weir_text_addf(out, " depth = %u;", fifo->depth);
        weir_text_add(out, " }");
    }
    weir_text_add(out, "\n);\n");
}

static void types_text(const weir_design *design, weir_process_kind kind, weir_text *out) {
    const char *comma = "";
    weir_text_addf(out, "%s = (", kind == WEIR_SOURCE ? "inputs" : "outputs");
    for (uint32_t p = 0; p < design->imported->n_processes; p++) {
        const weir_port_type *type = &design->port_types[p];
        if (design->imported->processes[p].kind != kind || !type->lanes) continue;
        char text[48];
        weir_fixed_text(
            (weir_fixed){type->element.width, type->element.integer, type->element.is_signed, 0, 0},
            text, sizeof text);
        weir_text_addf(out, "%s\n    { name = \"%s\"; lanes = %u; type = \"%s\"; }", comma,
                       design->imported->processes[p].name, type->lanes, text);
        comma = ",";
    }
    weir_text_add(out, "\n);\n");
}

/* What an imported design has in place of layers. */
static void imported_text(const weir_design *design, weir_text *out) {
    const weir_imported *in = design->imported;
    const char *comma = "";
    weir_text_addf(out, "start = \"%s\";\nprocesses = (", weir_start_names[design->pulsed]);
    for (uint32_t p = 0; p < in->n_processes; p++) {
        if (in->processes[p].kind != WEIR_PROCESS) continue;
        weir_text_addf(out, "%s\n    { name = \"%s\"; domain = \"%s\"; copies = %u; }", comma,
                       in->processes[p].name, design->domains[design->process_domains[p]].name,
                       design->process_copies[p]);
        comma = ",";
    }
    weir_text_add(out, "\n);\n");
    types_text(design, WEIR_SOURCE, out);
    types_text(design, WEIR_SINK, out);
}

/* The folder of the import, absolute, so that a design elsewhere finds it. */
static void add_import_path(const weir_design *design, weir_text *out) {
    char *absolute = realpath(design->imported->folder, NULL);
    weir_text_addf(out, "import = \"%s/import.cfg\";\n",
                   absolute ? absolute : design->imported->folder);
    free(absolute);
}

/* A path holds from any folder. */
static void device_text(const char *name, weir_text *out) {
    char *absolute = weir_device_is_path(name) ? realpath(name, NULL) : NULL;
    weir_text_addf(out, "device = \"%s\";\n", absolute ? absolute : name);
    free(absolute);
}

void weir_design_text(const weir_design *design, const char *network_path, weir_text *out) {
    weir_text_addf(out, "name = \"%s\";\n", design->name);
    if (design->imported)
        add_import_path(design, out);
    else
        weir_text_addf(out, "network = \"%s\";\n", network_path);
    weir_text_add(out, "domains = (");
    for (uint32_t d = 0; d < design->n_domains; d++)
        weir_text_addf(out, "%s\n    { name = \"%s\"; period_ps = %lluL; phase_ps = %lluL; }",
                       d ? "," : "", design->domains[d].name,
                       (unsigned long long)design->domains[d].period_ps,
                       (unsigned long long)design->domains[d].phase_ps);
    weir_text_addf(
        out,
        "\n);\ndefaults = { io = \"%s\"; fifo_depth = %u; storage = \"%s\"; cdc_flops = %u; };\n",
        weir_io_names[design->io], design->default_depth,
        weir_storage_names[design->default_storage], design->default_flops);
    if (design->crop_rows || design->crop_columns) weir_text_add(out, "crop = {");
    if (design->crop_rows) weir_text_addf(out, " rows = %u;", design->crop_rows);
    if (design->crop_columns) weir_text_addf(out, " columns = %u;", design->crop_columns);
    if (design->crop_rows || design->crop_columns) weir_text_add(out, " };\n");
    if (design->target_interval_cycles)
        weir_text_addf(out, "target_interval_cycles = %lluL;\n",
                       (unsigned long long)design->target_interval_cycles);
    if (design->device) device_text(design->device_name, out);
    if (design->target_fps > 0) weir_text_addf(out, "target_fps = %.17g;\n", design->target_fps);
    if (design->imported) {
        imported_text(design, out);
    } else {
        weir_text_add(out, "layers = (");
        for (uint32_t l = 0; l < weir_network_layers(design->network); l++)
            layer_text(design, l, out);
        weir_text_add(out, "\n);\n");
    }
    fifos_text(design, out);
    weir_text_addf(out, "source = { domain = \"%s\"; policy = \"%s\"; arrival_period_ps = %lluL;",
                   design->domains[design->source_domain].name, weir_policy_names[design->drop],
                   (unsigned long long)design->arrival_period_ps);
    if (design->source_pause) weir_text_addf(out, " pause = \"%s\";", design->source_pause);
    if (design->arrival_path) weir_text_addf(out, " arrival_file = \"%s\";", design->arrival_path);
    weir_text_addf(out, " };\nsink = { domain = \"%s\"; pause = \"%s\";",
                   design->domains[design->sink_domain].name,
                   design->sink_pause ? design->sink_pause : "");
    if (design->expected_path)
        weir_text_addf(out, " expected_file = \"%s\";", design->expected_path);
    weir_text_add(out, " };\n");
}
