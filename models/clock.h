/* Clock domain: edge n is at E(n) = phase + n * period, in integer picoseconds.
 *
 * weir_clock_after(d, t) is N(t), the first edge strictly after t: what happens at time t in one
 * domain is seen by another from its next edge on, also when both edges fall on the same instant.
 */
#ifndef WEIR_MODELS_CLOCK_H
#define WEIR_MODELS_CLOCK_H

#include "base/diag.h"
#include <stdint.h>

typedef struct weir_domain {
    const char *name;
    uint64_t period_ps; /* at least 1 */
    uint64_t phase_ps;  /* of edge 0 */
    weir_loc loc;
} weir_domain;

static inline uint64_t weir_clock_edge_ps(const weir_domain *domain, uint64_t edge) {
    return domain->phase_ps + edge * domain->period_ps;
}

static inline uint64_t weir_clock_after(const weir_domain *domain, uint64_t time_ps) {
    if (time_ps < domain->phase_ps) return 0;
    return (time_ps - domain->phase_ps) / domain->period_ps + 1;
}

/* The first edge at or after a time: when a beat that arrives at `time_ps` can be taken. */
static inline uint64_t weir_clock_at_or_after(const weir_domain *domain, uint64_t time_ps) {
    return time_ps == 0 ? 0 : weir_clock_after(domain, time_ps - 1);
}

#endif
