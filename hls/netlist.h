/* Netlist: what a design that Yosys has mapped to a Xilinx family takes of a device.
 *
 * Read from write_json's file of one flattened module. How cells become device units:
 *   LUT1-6     one LUT; two of them share one (LUT6_2: UG953, two functions of the same five inputs)
 *              where they have a common input and at most five inputs together. Pairs are looked for
 *              greedily, largest first, the partner with the most inputs in common, as LUT combining
 *              in vendor tools does.
 *   INV        goes into what it drives; one LUT where that is no LUT, carry chain or flip-flop
 *   CARRY4     four carry bits; one LUT for each bit whose S is driven by no LUT (a route-through)
 *   SRL16E     half a LUT where another one has the same address and enable (UG474), else one
 *   SRLC32E    one LUT          RAM32M, RAM64M: 4; RAM32M16, RAM64M8: 8 LUT (UG474, UG574)
 *   MUXF7-9    nothing: they lie beside the LUT
 *   FD*        one FF           DSP48E1, DSP48E2: one DSP
 *   RAMB18*    one RAMB18       RAMB36*: two          URAM288: one
 * A cell belongs to the part that the nearest name on its way to a register or port speaks of
 * (netlist.c has the names); what speaks of none is control, or, of a flip-flop without reset, a
 * register of the pipeline.
 */
#ifndef WEIR_HLS_NETLIST_H
#define WEIR_HLS_NETLIST_H

#include "models/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_cells { /* as they are in the netlist */
    uint64_t lut[7];        /* by inputs, 1..6 */
    uint64_t pairs;         /* of these that share a LUT */
    uint64_t inverters;     /* that need a LUT of their own */
    uint64_t routes;        /* carry bits that need one */
    uint64_t srl, ram_lut;  /* shift registers; LUT that are memory */
    uint64_t wide_mux;
} weir_cells;

/* Fills `cost` (but for its band) and `cells` from module `module` of the file. */
bool weir_netlist_read(const char *path, const char *module, weir_cost *cost, weir_cells *cells,
                       weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
