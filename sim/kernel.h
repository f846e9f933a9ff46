/* The SystemC kernel behind a plain C face: one SC_METHOD per clock domain, woken by one event.
 *
 * SystemC elaborates once in the life of a program, so a kernel spawns its methods on whatever is
 * elaborated already and counts its time from where SystemC's stands; any number of kernels may run
 * one after the other. One at a time: SystemC's scheduler is global to the program. Time is
 * integer picoseconds from the kernel's start; SystemC's resolution must be 1 ps, its default.
 * Errors: another simulation is running, SystemC reports one of its own. No exception leaves.
 */
#ifndef WEIR_SIM_KERNEL_H
#define WEIR_SIM_KERNEL_H

#include "base/diag.h"
#include "models/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_kernel weir_kernel;

/* Called at edge `edge` of `domain`; returns the next edge to be called at, UINT64_MAX to sleep. */
typedef uint64_t (*weir_kernel_edge_fn)(void *context, uint32_t domain, uint64_t edge);

/* The first call of each domain is at its edge 0. */
weir_kernel *weir_kernel_new(const weir_domain *const *domains, uint32_t n_domains,
                             weir_kernel_edge_fn edge, void *context, weir_diag *diag);
void weir_kernel_free(weir_kernel *kernel);

/* From within an edge function: `domain` is to be called at `edge`, or earlier if it already is. */
void weir_kernel_wake(weir_kernel *kernel, uint32_t domain, uint64_t edge);
/* From within an edge function: ends the run after this instant, other domains' edges included. */
void weir_kernel_stop(weir_kernel *kernel);

/* For a kernel that is part of a larger simulation: its edges run with that simulation's time from
 * now on. weir_kernel_stop then ends its edges and leaves the rest alone. */
bool weir_kernel_begin(weir_kernel *kernel, weir_diag *diag);
/* Runs until stopped, or until every domain sleeps. */
bool weir_kernel_run(weir_kernel *kernel, weir_diag *diag);
uint64_t weir_kernel_now_ps(const weir_kernel *kernel); /* time of the latest edge */

#ifdef __cplusplus
}
#endif
#endif
