/* Why nothing moves: the cycle of processes that wait for one another, and what to enlarge. Fills
 * result->deadlock of the book. `waits[c]`, changed on the way: the producer of channel c offers a
 * beat and has no space (FULL); its consumer asks for a beat and there is none (EMPTY). `occupancy`:
 * beats held by each channel.
 */
#ifndef WEIR_SIM_DEADLOCK_H
#define WEIR_SIM_DEADLOCK_H

#include "sim/book.h"

#define WEIR_WAITS_FULL 1
#define WEIR_WAITS_EMPTY 2
void weir_explain_deadlock(weir_book *book, uint8_t *waits, const uint32_t *occupancy);

#endif
