/* The parameters of an operator's module, read from the text that is emitted: the estimate counts what
 * the RTL says, by the names that the RTL gives it (rtl/), and cannot drift apart from it.
 */
#ifndef WEIR_HLS_ESTIMATE_PARAMETERS_H
#define WEIR_HLS_ESTIMATE_PARAMETERS_H

#include "hls/operator.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_MAX_PARAMETERS 64

typedef struct weir_parameters {
    uint32_t n;
    struct {
        char name[32];
        int64_t value;
    } list[WEIR_MAX_PARAMETERS];
    /* What is written out instead, in the latency strategy of a matvec and with every position built:
     * bits of additions (shifted products' too), of registers, and the factors' bits of
     * multiplications (b is 1 where the factor is no constant). */
    uint64_t added, registered, n_multiplied;
    struct {
        uint32_t a, b, y;
    } * multiplied;
    uint64_t joined, held; /* of all instances of weir_reduce: joins of two elements, registers */
    uint64_t wired;        /* of a gather: different elements that it takes */
    uint64_t scaled;       /* instances of weir_average whose factor is no power of two */
} weir_parameters;

weir_parameters *weir_parameters_read(const weir_operator *op);
void weir_parameters_free(weir_parameters *parameters);
/* `otherwise` where the module has no such parameter. */
int64_t weir_parameter(const weir_parameters *parameters, const char *name, int64_t otherwise);

#ifdef __cplusplus
}
#endif
#endif
