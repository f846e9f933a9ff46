/* Store: what a study has found, in one SQLite file, so that nothing is evaluated twice.
 *
 *   study(key, value)                     of the study that ran last: version, design, seeds
 *   named(study, name, point)             which points each study's ideas were when it ran last
 *   point(hash, changes, applied, feasible, why, changed)
 *   figure(point, key, value, source)
 *   confirmation(point, frames, stitched, agrees, mismatches, latency_ps, interval_ps, text)
 * A point's hash is the SHA-256 of all that its figures depend on: version, contents of design and
 * network, device, settings, changes. Points are written in batches, each of which is there whole or
 * not at all after any interruption. A file of another kind or of another layout is refused.
 */
#ifndef WEIR_STUDY_STORE_H
#define WEIR_STUDY_STORE_H

#include "base/cache.h"
#include "study/evaluate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_store weir_store;

weir_store *weir_store_open(const char *path, weir_diag *diag); /* made where absent */
/* For reading alone: an error where there is none. */
weir_store *weir_store_open_existing(const char *path, weir_diag *diag);
void weir_store_close(weir_store *store);
/* What the study is of; a later call with another value replaces it. */
bool weir_store_note(weir_store *store, const char *key, const char *value, weir_diag *diag);

/* Fills a finding from the store; false: it is not there. Sources are of static storage. */
bool weir_store_find(weir_store *store, const char hash[WEIR_KEY_CHARS], weir_finding *finding);
/* Points that have names now, in place of those that this study had before. */
bool weir_store_names(weir_store *store, const char *study, const char *const *names,
                      const char *const *hashes, uint32_t n, weir_diag *diag);
/* The point of this name, or whose hash begins so: its hash, changes (a line each, the caller's) and
 * finding. False with an error that lists the names there are. */
bool weir_store_named(weir_store *store, const char *name, char hash[WEIR_KEY_CHARS],
                      char **changes, weir_finding *finding, weir_diag *diag);
/* All of them or none. */
bool weir_store_add(weir_store *store, const char (*hashes)[WEIR_KEY_CHARS],
                    const weir_point *points, const weir_finding *findings, uint32_t n,
                    weir_diag *diag);
/* Of a run of so many frames, on the stitched top too where that is asked for. */
bool weir_store_find_confirmation(weir_store *store, const char hash[WEIR_KEY_CHARS],
                                  uint64_t frames, bool stitched, weir_confirmation *confirmation);
bool weir_store_confirm(weir_store *store, const char hash[WEIR_KEY_CHARS],
                        const weir_confirmation *confirmation, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
