/* A certification (sim/certify.h) as text for a person and as JSON. */
#ifndef WEIR_REPORT_CERTIFY_REPORT_H
#define WEIR_REPORT_CERTIFY_REPORT_H

#include "base/text.h"
#include "sim/certify.h"

#ifdef __cplusplus
extern "C" {
#endif

void weir_certify_text(const weir_certification *certification, weir_text *out);
void weir_certify_json(const weir_certification *certification, weir_text *out);

#ifdef __cplusplus
}
#endif
#endif
