/* A sizing (study/size.h) as text for a person and as JSON. */
#ifndef WEIR_STUDY_SIZE_REPORT_H
#define WEIR_STUDY_SIZE_REPORT_H

#include "base/text.h"
#include "study/size.h"

#ifdef __cplusplus
extern "C" {
#endif

void weir_size_text(const weir_size *size, const weir_graph *graph,
                    const weir_size_options *options, weir_text *out);
void weir_size_json(const weir_size *size, const weir_graph *graph,
                    const weir_size_options *options, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
