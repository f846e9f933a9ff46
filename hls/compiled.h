/* Inside the layer compiler: a compiled design together with the plan it was made from, which the
 * reference inference walks. The public part comes first: a pointer to one is a pointer to both.
 */
#ifndef WEIR_HLS_COMPILED_H
#define WEIR_HLS_COMPILED_H

#include "hls/compile.h"
#include "hls/lower.h"
#include "traces/schedule.h"

typedef struct compiled_owner {
    weir_compiled compiled;
    weir_plan plan;
    weir_schedule **schedules; /* of each node, or process of an imported design; NULL: none */
    uint32_t n_schedules;
} compiled_owner;

/* The operator's module, whose name is made of its text: equal texts share one. */
const char *weir_module_text(const weir_operator *op, weir_arena *arena, weir_text *text);

#endif
