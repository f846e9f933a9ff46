/* Copies of an imported process: they take whole frames in turn.
 *
 * At each of its ports, tokens of start and done among them, a dealer hands frame n to copy n modulo
 * the copies, or takes it from there. The graph keeps the import's numbers: the first copy has the
 * process's own, then come the other copies of each process in order, then the dealers; a channel of
 * the import that a dealer is at ends there, and those between dealer and copies come after all of
 * the import's: CHANNEL_to0, ... and CHANNEL_from0, ...
 */
#ifndef WEIR_HLS_IMPORTED_COPIES_H
#define WEIR_HLS_IMPORTED_COPIES_H

#include "hls/design.h"
#include "hls/operators.h"

struct weir_schedule;

typedef struct weir_dealer { /* a distributor or a collector */
    weir_operator op;
    uint32_t channel, process; /* of the import: which it is at, whose copies */
    bool collects;
    weir_rtl rtl; /* module NULL: none was written */
    struct weir_schedule *schedule;
} weir_dealer;

typedef struct weir_dealers {
    uint32_t n;
    weir_dealer *at;
} weir_dealers;

/* The dealers of a design, their operators alone; all memory from the arena. False with diagnostics
 * where a process cannot have copies. */
bool weir_dealers_make(const weir_design *design, weir_arena *arena, weir_dealers *dealers,
                       weir_diag *diag);
bool weir_imported_has_copies(const weir_design *design);

/* Numbers in the graph: of a copy of a process, of a dealer; of the process at an end of a channel of
 * the import, a dealer with port 0 where there is one. */
uint32_t weir_copy_number(const weir_design *design, uint32_t process, uint32_t copy);
uint32_t weir_dealer_number(const weir_design *design, uint32_t dealer);
uint32_t weir_channel_end(const weir_design *design, const weir_dealers *dealers, uint32_t channel,
                          bool producer, uint32_t *port);
/* Channel `part` of a dealer, between it and that copy. */
weir_channel weir_dealer_channel(const weir_design *design, weir_arena *arena,
                                 const weir_dealers *dealers, uint32_t dealer, uint32_t part);

#endif
