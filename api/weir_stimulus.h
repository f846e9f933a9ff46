/* When frames come and when beats move at the ends of a simulation (weir.h); left alone, all of this is
 * as the design's file says.
 *
 * Arrival times are picoseconds and hold for all sources. A pause is a pattern of '0' and '1', one digit
 * a cycle of the end's own clock, counted from its first edge and repeated for ever: at edge n digit n
 * modulo the length counts. In a cycle with '0' a source sends nothing, within a frame too, and a sink
 * takes nothing. Every engine follows them to the cycle. NULL and "" are without pauses; a pattern
 * without any '1' or with another character is refused, and what was set before stays.
 */
#ifndef WEIR_STIMULUS_H
#define WEIR_STIMULUS_H

#include "api/weir.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void weir_simulation_set_arrival_period(weir_simulation *sim, uint64_t period_ps);
void weir_simulation_set_arrival_file(weir_simulation *sim, const char *path);
/* Frames that arrive while the one before is still sent are lost and counted, or they wait. */
void weir_simulation_set_drop(weir_simulation *sim, bool drop);

/* Of all sources, and of all sinks. */
weir_status weir_simulation_set_source_pause(weir_simulation *sim, const char *pattern,
                                             weir_messages *log);
weir_status weir_simulation_set_sink_pause(weir_simulation *sim, const char *pattern,
                                           weir_messages *log);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
