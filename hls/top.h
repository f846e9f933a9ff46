/* The stitched top: every process and every FIFO of a graph as one synthesisable module.
 *
 * Ports: clk_<d> and rst_<d> (active high, synchronous to it) per clock domain; in<s>_{valid,ready,
 * data} per source, in its domain, into the source's FIFO; out<s>_{valid,ready,data} per sink, from
 * the sink's FIFO. Parameter ROM_DIR is the folder of the ROM images. With WEIR_PROBES defined
 * there is one more output, probes: per channel c the bits 4c..4c+3 = write_valid, write_ready,
 * read_valid, read_ready of its FIFO, from which a simulation reads every port event.
 */
#ifndef WEIR_HLS_TOP_H
#define WEIR_HLS_TOP_H

#include "base/text.h"
#include "models/graph.h"

/* Library file of a channel's FIFO: one a latency class. */
const char *weir_top_fifo_file(weir_latency_class latency);
/* Whether weir_fifo_gap.sv stands before it. */
bool weir_top_has_gap(const weir_channel *channel);

/* `rom_names[p]` is process p's NULL-ended list of image file names, in the order of its ROM_FILE
 * parameters; NULL for none. */
void weir_top_emit(const weir_graph *graph, const char *module, const char *const *const *rom_names,
                   weir_text *sv);

#endif
