/* Memory packing: which block RAM, UltraRAM and LUT a compiled design's ROMs, buffers and FIFOs
 * take, each in memories of its own and several in one; and, under a budget of on-chip memory,
 * which weights and FIFOs lie outside.
 *
 * The answer has the forms "text" and "json". WEIR_NO_FIT and messages where the device
 * (weir_opening) has too little block RAM or none fast enough, or where the budget is too small for
 * what must stay.
 */
#ifndef WEIR_PACKING_H
#define WEIR_PACKING_H

#include "api/weir_study.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct weir_pack_request {
    uint32_t
        memory_clock; /* memories clocked so many times as fast as their domain: 1 or 2; 0: 1 */
    bool limit_lut;   /* memories in LUT take at most `lut`; else what the device has left */
    uint64_t lut;
    uint64_t on_chip_bits; /* budget of all memories; 0: none */
    double bandwidth;      /* of outside memory, bytes a second; 0: not given */
    uint64_t seed;         /* of the heuristic */
} weir_pack_request;
weir_status weir_simulation_pack(weir_simulation *sim, const weir_pack_request *request,
                                 weir_answer **answer, weir_messages *log);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
