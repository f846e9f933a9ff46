/* Timing classes of imported processes: what a certification found, kept beside import.cfg.
 *
 * `schedules.weir` (traces/schedule.h) holds a schedule of each process whose class is known, under the
 * name "PROCESS SHA256": the hash is that of what gives the process its times, the sources of its
 * wrapper, the wrapper's name and the images that they read. A schedule whose hash is not that of the
 * files there now belongs to RTL that has changed: it is left out, with a warning that names the process.
 * So is a file that cannot be read. The host's schedule is known without any file (hls/imported.c).
 */
#ifndef WEIR_HLS_IMPORTED_CLASSES_H
#define WEIR_HLS_IMPORTED_CLASSES_H

#include "hls/imported.h"
#include "traces/schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One entry a process of `imported`, NULL where its class is not known. The caller frees each, and the
 * array. */
weir_schedule **weir_imported_classes_load(const weir_imported *imported, weir_diag *diag);

/* One entry a process, NULL where it has none; without any the file goes. False with diagnostics. */
bool weir_imported_classes_save(const weir_imported *imported,
                                const weir_schedule *const *schedules, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
