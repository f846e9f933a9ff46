/* graph.json: the dataflow graph for other tools. Domains, processes (with RTL module, sources and
 * ROM images) and channels under the names that models/graph.h gives their fields.
 */
#ifndef WEIR_HLS_GRAPH_JSON_H
#define WEIR_HLS_GRAPH_JSON_H

#include "base/text.h"
#include "models/graph.h"

void weir_graph_json(const weir_graph *graph, weir_text *out);

#endif
