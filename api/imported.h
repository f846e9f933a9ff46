/* Runs of imported designs: they have no reference inference. Beats of a source are those of the
 * stimulus's values, where the design says how values lie in them, or random bits, the same for the
 * same seed. What comes out is compared only where expected values are given.
 */
#ifndef WEIR_API_IMPORTED_H
#define WEIR_API_IMPORTED_H

#include "api/handles.h"

/* Values of a frame: of all sources (sinks) of known type, one after the other. */
uint64_t weir_imported_values(const weir_design *design, weir_process_kind kind);

/* What the vendor reported, beside what the run showed: for a record. Arrays of the arena. */
void weir_imported_reports(const weir_simulation *simulation, const weir_result *result,
                           weir_arena *arena, weir_record_source *source);

/* The first sink's beats as values, where their type is known. */
void weir_imported_take_values(weir_outcome *outcome, const weir_simulation *simulation,
                               const weir_result *result);

weir_status weir_simulation_run_imported(weir_simulation *simulation, const uint64_t *arrival_ps,
                                         weir_outcome **outcome, weir_diag *diag);

#endif
