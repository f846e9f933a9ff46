/* Sums of many terms as the operators with constants in the logic write them: registered stages of
 * balanced adders, and what brings the last sum to the output's type.
 *
 * A stage turns each group of addends into one register, exact: its width comes from what the
 * addends can be. Addends count plus or minus in their sum; a sum is always plus. The caller puts the
 * statements of a stage under that stage's clock enable.
 */
#ifndef WEIR_HLS_ADDERS_H
#define WEIR_HLS_ADDERS_H

#include "hls/op_common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_addend { /* a signal, with what it can be and how it counts in its sum */
    char name[40];
    bool minus;
    int64_t low, high; /* of the signal */
} weir_addend;

typedef struct weir_adder_stage {
    uint32_t output, stage; /* registers s<output>_<stage>_<group> */
    uint32_t group;         /* addends a sum */
    int64_t bias;           /* added to each sum of the stage: of a last stage, which has one */
    const weir_addend *as;  /* range of the sum, where more than its addends is known; NULL: none */
} weir_adder_stage;

/* Appends the stage's registers to `declare` and its assignments to `add`; `addends` become those
 * of the next stage. Returns their number. */
uint32_t weir_emit_adder_stage(const weir_adder_stage *stage, weir_text *declare, weir_text *add,
                               weir_addend *addends, uint32_t count);

/* What an exact sum becomes: the output's type, by way of the accumulator's where there is one. */
typedef struct weir_sum_type {
    int fraction; /* of the exact sum */
    bool has_accumulator;
    weir_fixed accumulator, out;
} weir_sum_type;

int64_t weir_sum_convert(const weir_sum_type *type, int64_t sum);
/* Declares y<output>, the bits of the output: the conversion of `sum`, or of the constant `bias`
 * where `sum` is NULL. */
void weir_emit_sum_conversion(const weir_sum_type *type, weir_text *sv, uint32_t output,
                              const weir_addend *sum, int64_t bias);

/* The largest magnitude of a sum, exclusive: what weir_fixed_convert takes; sums of 63 bits. */
#define WEIR_SUM_LIMIT ((__int128)1 << 62)

#ifdef __cplusplus
}
#endif
#endif
