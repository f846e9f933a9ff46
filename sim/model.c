#include "base/place.h"
#include "base/text.h"
#include "models/stream.h"
#include "sim/build.h"
#include "sim/runtime.h"
#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

bool weir_runtime_find(char path[4096], weir_diag *diag) {
    static const char *const below[] = {"/../lib", "/../lib/x86_64-linux-gnu", NULL};
    return weir_place_find(path, WEIR_VERILATED_NAME, below, WEIR_VERILATED_BUILT,
                           WEIR_VERILATED_INSTALLED) ||
           weir_error(diag, WEIR_NOWHERE,
                      "Verilated runtime: no " WEIR_VERILATED_NAME
                      " beside the program, in " WEIR_VERILATED_BUILT
                      " or in " WEIR_VERILATED_INSTALLED);
}

static int digit_value(int c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* One hexadecimal word (digits of `text`, `length` of them) into a memory word of `bits` bits. */
static bool fill_word(uint8_t *word, uint32_t bytes, uint32_t bits, const char *text, size_t length,
                      weir_loc loc, const char *rom, weir_diag *diag) {
    memset(word, 0, bytes);
    uint32_t nibble = 0;
    for (size_t i = length; i-- > 0;) {
        if (text[i] == '_') continue;
        int value = digit_value((unsigned char)text[i]);
        if (value < 0)
            return weir_error(diag, loc, "ROM \"%s\": \"%.*s\" is not a hexadecimal word", rom,
                              (int)(length < 40 ? length : 40), text);
        uint32_t high = 4 * nibble + (value > 7 ? 4 : value > 3 ? 3 : value > 1 ? 2 : value > 0);
        if (value != 0 && high > bits)
            return weir_error(diag, loc, "ROM \"%s\": word \"%.*s\" has more than %u bits", rom,
                              (int)(length < 40 ? length : 40), text, bits);
        if (value != 0) word[nibble / 2] |= (uint8_t)(value << (nibble % 2 * 4));
        nibble++;
    }
    return true;
}

static bool fill_memory(const weir_rtl_memory *memory, const weir_rom *rom, weir_diag *diag) {
    size_t length = 0;
    char *text = weir_file_read(rom->file, &length, diag);
    if (text == NULL) return false;
    bool good = true;
    int line = 1;
    uint32_t count = 0;
    for (const char *at = text; *at != '\0' && good;) {
        if (at[0] == '/' && at[1] == '/') at += strcspn(at, "\n");
        if (*at == '\n') line++;
        if (*at == '\0') break;
        if (isspace((unsigned char)*at)) {
            at++;
            continue;
        }
        size_t word = strcspn(at, " \t\r\n");
        weir_loc loc = {rom->file, line};
        if (count >= memory->count)
            good =
                weir_error(diag, loc, "ROM \"%s\": more than %u words", rom->path, memory->count);
        else
            good = fill_word((uint8_t *)memory->words + (size_t)count * memory->word_bytes,
                             memory->word_bytes, rom->word_bits, at, word, loc, rom->path, diag);
        count++;
        at += word;
    }
    free(text);
    if (good && count < memory->count)
        good = weir_error(diag, (weir_loc){rom->file, line}, "ROM \"%s\": %u words, needs %u",
                          rom->path, count, memory->count);
    return good;
}

static bool fill_memories(weir_rtl_model *model, const weir_rom *roms, uint32_t n_roms,
                          weir_diag *diag) {
    bool good = true;
    for (uint32_t i = 0; i < n_roms; i++) {
        const weir_rtl_memory *memory = NULL;
        for (uint32_t k = 0; k < model->n_memories; k++)
            if (strcmp(model->memories[k].path, roms[i].path) == 0) memory = &model->memories[k];
        if (memory == NULL)
            good = weir_error(diag, WEIR_NOWHERE, "ROM \"%s\": the model has no such memory",
                              roms[i].path);
        else if (memory->word_bytes != weir_beat_bytes(roms[i].word_bits) ||
                 memory->count != roms[i].words)
            good = weir_error(diag, (weir_loc){roms[i].file, 0},
                              "ROM \"%s\": %u words of %u bits, the model was built with %u words "
                              "of %u bytes",
                              roms[i].path, roms[i].words, roms[i].word_bits, memory->count,
                              memory->word_bytes);
        else
            good = fill_memory(memory, &roms[i], diag) && good;
    }
    return good;
}

weir_rtl_model *weir_model_open(const char *object, const weir_rom *roms, uint32_t n_roms,
                                weir_diag *diag) {
    /* The runtime is loaded first, by path: the object names it by soname alone, so that the cache
     * holds nothing of where weir is installed. */
    char runtime[4096];
    if (!weir_runtime_find(runtime, diag)) return NULL;
    void *handle = NULL;
    if (dlopen(runtime, RTLD_NOW | RTLD_LOCAL) != NULL)
        handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        weir_error(diag, WEIR_NOWHERE, "cannot load model: %s", dlerror());
        return NULL;
    }
    weir_rtl_open_fn open = (weir_rtl_open_fn)(uintptr_t)dlsym(handle, "weir_rtl_open");
    weir_rtl_model *model = open != NULL ? open() : NULL;
    if (model == NULL || model->version != WEIR_RTL_ABI_VERSION) {
        weir_error(diag, (weir_loc){object, 0}, "not a model of ABI version %d",
                   WEIR_RTL_ABI_VERSION);
        return NULL;
    }
    bool good = fill_memories(model, roms, n_roms, diag);
    const char *failure = good ? model->start(model->self) : NULL;
    if (failure != NULL) good = weir_error(diag, WEIR_NOWHERE, "model does not start: %s", failure);
    if (good) return model;
    weir_model_close(model);
    return NULL;
}

void weir_model_close(weir_rtl_model *model) {
    if (model != NULL) model->close(model);
}
