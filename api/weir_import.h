/* Import of another maker's HLS output: a solution folder in, a design folder out that
 * weir_simulation_open (weir.h) takes like any other.
 *
 * Errors name the file, the module or the instance, what was found and what is allowed; nothing
 * half-written is left in `folder`.
 */
#ifndef WEIR_IMPORT_H
#define WEIR_IMPORT_H

#include "api/weir.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct weir_import {
    const char *top;       /* NULL: found */
    bool whole;            /* the top as one process */
    weir_report_fn report; /* NULL: quiet */
    void *context;
    const volatile int *stop; /* as of weir_simulation_set_stop; or NULL */
} weir_import;
/* Of a Vivado or Vitis HLS solution. */
weir_status weir_import_vitis(const char *solution, const char *folder, const weir_import *options,
                              weir_messages *log);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
