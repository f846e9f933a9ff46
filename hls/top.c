#include "hls/top.h"

/* Signals of channel c: the FIFO's write side is w<c>_*, its read side r<c>_*. */

const char *weir_top_fifo_file(weir_latency_class latency) {
    switch (latency) {
    case WEIR_LATENCY_MEMORY:
        return "weir_fifo_memory.sv";
    case WEIR_LATENCY_CDC:
        return "weir_fifo_cdc.sv";
    default:
        return "weir_fifo.sv";
    }
}

bool weir_top_has_gap(const weir_channel *channel) {
    return channel->write_gap > 1 && channel->latency != WEIR_LATENCY_CDC;
}

/* Number of the source (or sink) `process` among those of its kind. */
static uint32_t end_number(const weir_graph *graph, uint32_t process) {
    uint32_t number = 0;
    weir_process_kind kind = weir_graph_process(graph, process)->kind;
    for (uint32_t p = 0; p < process; p++)
        number += weir_graph_process(graph, p)->kind == kind;
    return number;
}

static void emit_ports(const weir_graph *graph, weir_text *sv) {
    for (uint32_t d = 0; d < weir_graph_domains(graph); d++)
        weir_text_addf(sv, "    input  logic clk_%u, // %s\n    input  logic rst_%u,\n", d,
                       weir_graph_domain(graph, d)->name, d);
    weir_text_addf(sv, "`ifdef WEIR_PROBES\n    output logic [%u:0] probes,\n`endif\n",
                   4 * weir_graph_channels(graph) - 1);
    const char *comma = "";
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (process->kind == WEIR_PROCESS) continue;
        bool source = process->kind == WEIR_SOURCE;
        uint32_t c = source ? weir_graph_output(graph, p, 0) : weir_graph_input(graph, p, 0);
        const char *name = source ? "in" : "out", *to = source ? "input " : "output";
        const char *back = source ? "output" : "input ";
        uint32_t n = end_number(graph, p);
        weir_text_addf(sv, "%s    %s logic %s%u_valid, // %s\n", comma, to, name, n, process->name);
        weir_text_addf(sv, "    %s logic %s%u_ready,\n    %s logic [%u:0] %s%u_data", back, name, n,
                       to, weir_graph_channel(graph, c)->beat_bits - 1, name, n);
        comma = ",\n";
    }
    weir_text_add(sv, "\n);\n");
}

/* The value of the ram_style attribute (AMD UG901, "RAM_STYLE") for a storage. */
static const char *ram_style(weir_storage storage) {
    switch (storage) {
    case WEIR_STORAGE_BRAM:
        return "block";
    case WEIR_STORAGE_URAM:
        return "ultra";
    case WEIR_STORAGE_LUTRAM:
        return "distributed";
    default:
        return "auto";
    }
}

/* The write side of a FIFO with a gap is behind one more handshake, g<c>_*. */
static void emit_gap(const weir_channel *channel, uint32_t c, uint32_t domain, weir_text *sv) {
    weir_text_addf(
        sv,
        "\n    logic g%u_valid, g%u_ready;\n"
        "    weir_fifo_gap #(.GAP(%u)) gap_%s (\n"
        "        .clk(clk_%u), .rst(rst_%u), .in_valid(w%u_valid), .in_ready(w%u_ready),\n"
        "        .out_valid(g%u_valid), .out_ready(g%u_ready));\n",
        c, c, channel->write_gap, channel->name, domain, domain, c, c, c, c);
}

static void emit_channel(const weir_graph *graph, uint32_t c, weir_text *sv) {
    const weir_channel *channel = weir_graph_channel(graph, c);
    char side = weir_top_has_gap(channel) ? 'g' : 'w';
    uint32_t from = weir_graph_process(graph, channel->producer)->domain;
    uint32_t to = weir_graph_process(graph, channel->consumer)->domain;
    weir_text_addf(sv, "\n    logic w%u_valid, w%u_ready, r%u_valid, r%u_ready;\n", c, c, c, c);
    weir_text_addf(sv, "    logic [%u:0] w%u_data, r%u_data;\n", channel->beat_bits - 1, c, c);
    if (side == 'g') emit_gap(channel, c, from, sv);
    weir_text_add(sv, "    ");
    if (channel->latency == WEIR_LATENCY_CDC)
        weir_text_addf(
            sv,
            "weir_fifo_cdc #(.WIDTH(%u), .DEPTH(%u), .FLOPS(%u)) fifo_%s (\n"
            "        .in_clk(clk_%u), .in_rst(rst_%u), .out_clk(clk_%u), .out_rst(rst_%u),\n",
            channel->beat_bits, channel->depth, channel->flops, channel->name, from, from, to, to);
    else if (channel->latency == WEIR_LATENCY_MEMORY)
        weir_text_addf(sv,
                       "weir_fifo_memory #(.WIDTH(%u), .DEPTH(%u), .STYLE(\"%s\")) fifo_%s (\n"
                       "        .clk(clk_%u), .rst(rst_%u),\n",
                       channel->beat_bits, channel->depth, ram_style(channel->storage),
                       channel->name, from, from);
    else
        weir_text_addf(sv,
                       "weir_fifo #(.WIDTH(%u), .DEPTH(%u)) fifo_%s (\n"
                       "        .clk(clk_%u), .rst(rst_%u),\n",
                       channel->beat_bits, channel->depth, channel->name, from, from);
    weir_text_addf(sv,
                   "        .in_valid(%c%u_valid), .in_ready(%c%u_ready), .in_data(w%u_data),\n"
                   "        .out_valid(r%u_valid), .out_ready(r%u_ready), .out_data(r%u_data));\n",
                   side, c, side, c, c, c, c, c);
}

static void emit_process(const weir_graph *graph, uint32_t p, const char *const *rom_names,
                         weir_text *sv) {
    const weir_process *process = weir_graph_process(graph, p);
    weir_text_addf(sv, "\n    %s", process->rtl.module);
    for (uint32_t r = 0; rom_names && rom_names[r]; r++)
        weir_text_addf(sv, "%s.ROM_FILE%u({ROM_DIR, \"/%s\"})", r ? ", " : " #(", r, rom_names[r]);
    weir_text_addf(sv, "%s process_%s (\n        .clk(clk_%u), .rst(rst_%u)",
                   rom_names && rom_names[0] ? ")" : "", process->name, process->domain,
                   process->domain);
    for (uint32_t i = 0; i < process->n_inputs; i++) {
        uint32_t c = weir_graph_input(graph, p, i);
        weir_text_addf(
            sv, ",\n        .in%u_valid(r%u_valid), .in%u_ready(r%u_ready), .in%u_data(r%u_data)",
            i, c, i, c, i, c);
    }
    for (uint32_t i = 0; i < process->n_outputs; i++) {
        uint32_t c = weir_graph_output(graph, p, i);
        weir_text_addf(
            sv,
            ",\n        .out%u_valid(w%u_valid), .out%u_ready(w%u_ready), .out%u_data(w%u_data)", i,
            c, i, c, i, c);
    }
    weir_text_add(sv, ");\n");
}

static void emit_end(const weir_graph *graph, uint32_t p, weir_text *sv) {
    uint32_t n = end_number(graph, p);
    if (weir_graph_process(graph, p)->kind == WEIR_SOURCE) {
        uint32_t c = weir_graph_output(graph, p, 0);
        weir_text_addf(sv,
                       "\n    assign w%u_valid = in%u_valid;\n    assign w%u_data = in%u_data;\n"
                       "    assign in%u_ready = w%u_ready;\n",
                       c, n, c, n, n, c);
    } else {
        uint32_t c = weir_graph_input(graph, p, 0);
        weir_text_addf(sv,
                       "\n    assign out%u_valid = r%u_valid;\n    assign out%u_data = r%u_data;\n"
                       "    assign r%u_ready = out%u_ready;\n",
                       n, c, n, c, c, n);
    }
}

void weir_top_emit(const weir_graph *graph, const char *module, const char *const *const *rom_names,
                   weir_text *sv) {
    weir_text_addf(
        sv, "// Stitched top of design \"%s\": its processes, and a FIFO for each channel.\n",
        weir_graph_name(graph));
    weir_text_addf(sv, "module %s #(\n    parameter ROM_DIR = \".\"\n) (\n", module);
    emit_ports(graph, sv);
    uint32_t channels = weir_graph_channels(graph);
    for (uint32_t c = 0; c < channels; c++)
        emit_channel(graph, c, sv);
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        if (weir_graph_process(graph, p)->kind == WEIR_PROCESS)
            emit_process(graph, p, rom_names[p], sv);
        else
            emit_end(graph, p, sv);
    }
    weir_text_add(sv, "\n`ifdef WEIR_PROBES\n");
    for (uint32_t c = 0; c < channels; c++)
        weir_text_addf(sv,
                       "    assign probes[%u:%u] = {r%u_ready, r%u_valid, w%u_ready, w%u_valid};\n",
                       4 * c + 3, 4 * c, c, c, c, c);
    weir_text_add(sv, "`endif\nendmodule\n");
}
