#include "base/arena.h"
#include "report/wave.h"
#include <errno.h>
#include <fstapi.h>
#include <stdlib.h>
#include <string.h>

typedef struct fst_file {
    void *context; /* of fstapi */
    fstHandle *handles;
} fst_file;

static void fst_time(void *context, uint64_t time_ps) {
    if (time_ps > 0) fstWriterEmitTimeChange(((fst_file *)context)->context, time_ps);
}

static void fst_change(void *context, uint32_t signal, uint64_t value) {
    const fst_file *file = context;
    uint32_t bits = signal % 3 == 2 ? WEIR_OCCUPANCY_BITS : 1;
    fstWriterEmitValueChange64(file->context, file->handles[signal], bits, value);
}

static void fst_header(const weir_trace *trace, fst_file *file) {
    static const char *const names[] = {"write", "read", "occupancy"};
    fstWriterSetPackType(file->context, FST_WR_PT_LZ4);
    fstWriterSetTimescaleFromString(file->context, "1ps");
    fstWriterSetVersion(file->context, "weir " WEIR_VERSION_TEXT);
    fstWriterSetScope(file->context, FST_ST_VCD_MODULE, trace->design, NULL);
    for (uint32_t c = 0; c < trace->n_channels; c++) {
        fstWriterSetScope(file->context, FST_ST_VCD_MODULE, trace->channels[c].name, NULL);
        for (uint32_t i = 0; i < 3; i++)
            file->handles[3 * c + i] =
                fstWriterCreateVar(file->context, FST_VT_VCD_WIRE, FST_VD_IMPLICIT,
                                   i == 2 ? WEIR_OCCUPANCY_BITS : 1, names[i], 0);
        fstWriterSetUpscope(file->context);
    }
    fstWriterSetUpscope(file->context);
}

bool weir_wave_fst(const weir_trace *trace, const char *path, weir_diag *diag) {
    fst_file file = {fstWriterCreate(path, 1), NULL};
    if (file.context == NULL)
        return weir_error(diag, (weir_loc){path, 0}, "cannot be written: %s", strerror(errno));
    file.handles = weir_xcalloc(3 * (size_t)trace->n_channels + 1, sizeof *file.handles);
    fst_header(trace, &file);
    fstWriterEmitTimeChange(file.context, 0);
    for (uint32_t signal = 0; signal < 3 * trace->n_channels; signal++)
        fst_change(&file, signal, 0);
    weir_wave_writer writer = {&file, fst_time, fst_change};
    weir_wave_play(trace, &writer);
    fstWriterClose(file.context);
    free(file.handles);
    return true;
}
