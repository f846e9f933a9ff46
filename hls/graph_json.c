#include "hls/graph_json.h"
#include <jansson.h>
#include <stdlib.h>

static const char *file_name(const char *path) {
    const char *slash = path;
    for (const char *c = path; *c; c++)
        if (*c == '/') slash = c + 1;
    return slash;
}

static json_t *rtl_json(const weir_rtl *rtl) {
    json_t *sources = json_array(), *roms = json_array();
    for (uint32_t s = 0; s < rtl->n_sources; s++)
        json_array_append_new(sources, json_string(file_name(rtl->sources[s])));
    for (uint32_t r = 0; r < rtl->n_roms; r++)
        json_array_append_new(roms, json_pack("{s:s, s:s, s:I, s:I}", "path", rtl->roms[r].path,
                                              "file", file_name(rtl->roms[r].file), "word_bits",
                                              (json_int_t)rtl->roms[r].word_bits, "words",
                                              (json_int_t)rtl->roms[r].words));
    return json_pack("{s:s, s:o, s:o}", "module", rtl->module, "sources", sources, "roms", roms);
}

static json_t *process_json(const weir_graph *graph, const weir_process *p) {
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "name", p->name, "operator",
                  p->operator_name, "domain", weir_graph_domain(graph, p->domain)->name, "timing",
                  weir_timing_class_name(p->timing), "stages", (json_int_t)p->stages, "ii_cycles",
                  (json_int_t)p->ii_cycles, "initiations_per_frame",
                  (json_int_t)p->initiations_per_frame, "steps_per_frame",
                  (json_int_t)p->steps_per_frame, "multipliers", (json_int_t)p->multipliers);
    json_object_set_new(json, "strategy", json_string(p->strategy));
    json_object_set_new(json, "precision", json_string(p->precision));
    json_object_set_new(json, "layer", json_string(p->layer));
    json_object_set_new(json, "reuse_factor", json_integer((json_int_t)p->reuse_factor));
    json_object_set_new(json, "pe", json_integer((json_int_t)p->pe));
    json_object_set_new(json, "simd", json_integer((json_int_t)p->simd));
    if (p->rtl.module) json_object_set_new(json, "rtl", rtl_json(&p->rtl));
    return json;
}

static json_t *channel_json(const weir_graph *graph, const weir_channel *c) {
    const weir_stream *s = &c->stream;
    json_t *stream =
        json_pack("{s:[I,I,I], s:I, s:I, s:I, s:b}", "rows_columns_channels", (json_int_t)s->rows,
                  (json_int_t)s->columns, (json_int_t)s->channels, "lanes", (json_int_t)s->lanes,
                  "width", (json_int_t)s->element.width, "integer", (json_int_t)s->element.integer,
                  "signed", s->element.is_signed);
    return json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:I, s:o}", "name", c->name, "producer",
        weir_graph_process(graph, c->producer)->name, "consumer",
        weir_graph_process(graph, c->consumer)->name, "beat_bits", (json_int_t)c->beat_bits,
        "depth", (json_int_t)c->depth, "storage", weir_storage_names[c->storage], "latency_class",
        weir_latency_class_name(c->latency), "flops", (json_int_t)c->flops, "stream", stream);
}

void weir_graph_json(const weir_graph *graph, weir_text *out) {
    json_t *domains = json_array(), *processes = json_array(), *channels = json_array();
    for (uint32_t d = 0; d < weir_graph_domains(graph); d++) {
        const weir_domain *domain = weir_graph_domain(graph, d);
        json_array_append_new(domains, json_pack("{s:s, s:I, s:I}", "name", domain->name,
                                                 "period_ps", (json_int_t)domain->period_ps,
                                                 "phase_ps", (json_int_t)domain->phase_ps));
    }
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++)
        json_array_append_new(processes, process_json(graph, weir_graph_process(graph, p)));
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++)
        json_array_append_new(channels, channel_json(graph, weir_graph_channel(graph, c)));
    json_t *root = json_pack("{s:s, s:o, s:o, s:o}", "design", weir_graph_name(graph), "domains",
                             domains, "processes", processes, "channels", channels);
    char *text = json_dumps(root, JSON_INDENT(1));
    weir_text_add(out, text);
    weir_text_add(out, "\n");
    free(text);
    json_decref(root);
}
