/* A light scan of Verilog: where modules begin and end, which other modules their text names, which
 * images they read. No expression is understood; a name that happens to be a module's costs no more
 * than a file that is loaded in vain. */
#include "hls/vitis_parts.h"
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

typedef struct scanning {
    weir_vscan *scan;
    weir_arena *arena;
    uint32_t room;
    weir_diag *diag;
} scanning;

static bool is_name(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* Comments become blanks; strings stay. */
static void blank_comments(char *text) {
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            for (at++; *at != '\0' && *at != '"' && *at != '\n'; at++)
                if (*at == '\\' && at[1] != '\0') at++;
            if (*at == '\0') return;
        } else if (at[0] == '/' && at[1] == '/') {
            while (*at != '\0' && *at != '\n')
                *at++ = ' ';
            if (*at == '\0') return;
        } else if (at[0] == '/' && at[1] == '*') {
            char *end = strstr(at + 2, "*/");
            char *stop = end != NULL ? end + 2 : at + strlen(at);
            for (; at < stop; at++)
                if (*at != '\n') *at = ' ';
            at--;
        }
    }
}

/* The next identifier at or after `at`, before `end`; NULL when there is none. Names that follow a dot
 * or a digit's quote are skipped: ports and constants. `text` does not begin after a dot. */
static const char *next_name(const char *text, const char *end, size_t *length) {
    const char *at = text;
    while (at < end) {
        if (*at == '"') {
            for (at++; at < end && *at != '"'; at++)
                ;
            at++;
        } else if (isalpha((unsigned char)*at) || *at == '_' || *at == '$') {
            const char *from = at;
            bool port = from > text && from[-1] == '.';
            while (at < end && is_name(*at))
                at++;
            if (port) continue;
            *length = (size_t)(at - from);
            return from;
        } else if (isdigit((unsigned char)*at) || *at == '\'') {
            while (at < end && (is_name(*at) || *at == '\''))
                at++;
        } else {
            at++;
        }
    }
    return NULL;
}

static bool equals(const char *text, size_t length, const char *word) {
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static weir_vmodule *add_module(scanning *s) {
    weir_vscan *scan = s->scan;
    if (scan->n_modules == s->room) {
        s->room = s->room > 0 ? 2 * s->room : 256;
        scan->modules = weir_xrealloc(scan->modules, s->room * sizeof *scan->modules);
    }
    weir_vmodule *module = &scan->modules[scan->n_modules++];
    memset(module, 0, sizeof *module);
    return module;
}

static void find_modules(scanning *s, uint32_t file, const char *text) {
    const char *end = text + strlen(text);
    weir_vmodule *open = NULL;
    size_t length;
    for (const char *at = next_name(text, end, &length); at != NULL;
         at = next_name(at + length, end, &length)) {
        if (equals(at, length, "endmodule") && open != NULL) {
            open->length = (size_t)(at - open->text);
            open = NULL;
        } else if (equals(at, length, "module") && open == NULL) {
            const char *name = next_name(at + length, end, &length);
            if (name == NULL) return;
            open = add_module(s);
            open->name = weir_arena_printf(s->arena, "%.*s", (int)length, name);
            open->file = file;
            open->text = at;
            open->length = (size_t)(end - at);
            at = name;
        }
    }
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const weir_vmodule *)a)->name, ((const weir_vmodule *)b)->name);
}

uint32_t weir_vscan_find(const weir_vscan *scan, const char *name) {
    uint32_t low = 0, high = scan->n_modules;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = strcmp(scan->modules[middle].name, name);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return WEIR_NONE;
}

/* The file name between the quotes after a $readmem, without its folder. */
static const char *image_name(weir_arena *arena, const char *at, const char *end) {
    while (at < end && *at != '"' && *at != ';')
        at++;
    if (at >= end || *at != '"') return NULL;
    const char *from = ++at;
    while (at < end && *at != '"')
        at++;
    for (const char *c = from; c < at; c++)
        if (*c == '/') from = c + 1;
    return weir_arena_printf(arena, "%.*s", (int)(at - from), from);
}

static void find_children(scanning *s, weir_vmodule *module, uint32_t *seen, uint32_t own) {
    weir_vscan *scan = s->scan;
    uint32_t room = 0;
    size_t length;
    const char *end = module->text + module->length;
    char name[1024];
    for (const char *at = next_name(module->text, end, &length); at != NULL;
         at = next_name(at + length, end, &length)) {
        if (length >= sizeof name) continue;
        memcpy(name, at, length);
        name[length] = '\0';
        if (strncmp(name, "$readmem", 8) == 0) {
            const char *image = image_name(s->arena, at, end);
            const char **grown = WEIR_NEW(s->arena, const char *, module->n_images + 1);
            for (uint32_t i = 0; i < module->n_images; i++)
                grown[i] = module->images[i];
            module->images = grown;
            if (image != NULL) grown[module->n_images++] = image;
            continue;
        }
        uint32_t child = weir_vscan_find(scan, name);
        if (child == WEIR_NONE || child == own || seen[child] == own + 1) continue;
        seen[child] = own + 1;
        if (module->n_children == room) {
            uint32_t *grown = WEIR_NEW(s->arena, uint32_t, room = room > 0 ? 2 * room : 16);
            if (module->n_children > 0)
                memcpy(grown, module->children, module->n_children * sizeof *grown);
            module->children = grown;
        }
        module->children[module->n_children++] = child;
        scan->modules[child].referenced = true;
    }
}

static int is_verilog(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot != NULL && (strcmp(dot, ".v") == 0 || strcmp(dot, ".sv") == 0);
}

static bool scan_file(scanning *s, uint32_t file, const char *name) {
    s->scan->files[file] = weir_arena_strdup(s->arena, name);
    char *text =
        weir_file_read(weir_arena_printf(s->arena, "%s/%s", s->scan->folder, name), NULL, s->diag);
    if (text == NULL) return false;
    char *kept = weir_arena_strdup(s->arena, text);
    free(text);
    blank_comments(kept);
    find_modules(s, file, kept);
    return true;
}

bool weir_vscan_read(weir_vscan *scan, weir_arena *arena, const char *folder, weir_diag *diag) {
    scanning s = {.scan = scan, .arena = arena, .diag = diag};
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_verilog, alphasort);
    bool good = true;
    scan->folder = folder;
    scan->files = WEIR_NEW(arena, const char *, (size_t)(n > 0 ? n : 0) + 1);
    for (int i = 0; i < n; i++) {
        good = scan_file(&s, scan->n_files++, entries[i]->d_name) && good;
        free(entries[i]);
    }
    free(entries);
    weir_vmodule *modules = WEIR_NEW(arena, weir_vmodule, scan->n_modules + 1);
    if (scan->n_modules > 0) memcpy(modules, scan->modules, scan->n_modules * sizeof *modules);
    free(scan->modules);
    scan->modules = modules;
    qsort(modules, scan->n_modules, sizeof *modules, by_name);
    uint32_t *seen = weir_xcalloc(scan->n_modules + 1, sizeof *seen);
    for (uint32_t m = 0; m < scan->n_modules; m++)
        find_children(&s, &modules[m], seen, m);
    free(seen);
    return good;
}

void weir_vscan_reach(const weir_vscan *scan, uint32_t module, bool *reached) {
    if (reached[module]) return;
    reached[module] = true;
    for (uint32_t c = 0; c < scan->modules[module].n_children; c++)
        weir_vscan_reach(scan, scan->modules[module].children[c], reached);
}

uint32_t weir_vscan_mentions(const weir_vmodule *module, const char *identifier) {
    uint32_t count = 0;
    size_t length;
    const char *end = module->text + module->length;
    for (const char *at = next_name(module->text, end, &length); at != NULL;
         at = next_name(at + length, end, &length))
        count += equals(at, length, identifier);
    return count;
}

/* ------------------------------------------------------------------ copying */

/* `"./x.dat"` of each $readmem becomes `{`WEIR_ROM_DIR, "/x.dat"}`. */
static void redirect_images(const char *text, weir_text *out) {
    const char *from = text;
    for (const char *at = strstr(text, "$readmem"); at != NULL; at = strstr(at, "$readmem")) {
        const char *quote = at + strcspn(at, "\";\n");
        if (*quote != '"') {
            at = quote;
            continue;
        }
        const char *name = quote + 1, *end = name + strcspn(name, "\"\n");
        for (const char *c = name; c < end; c++)
            if (*c == '/') name = c + 1;
        weir_text_addf(out, "%.*s{`WEIR_ROM_DIR, \"/%.*s\"}", (int)(quote - from), from,
                       (int)(end - name), name);
        at = from = *end == '"' ? end + 1 : end;
    }
    weir_text_add(out, from);
}

static bool copy_file(const weir_vscan *scan, weir_arena *arena, uint32_t file, const char *to,
                      weir_diag *diag) {
    char *text = weir_file_read(weir_arena_printf(arena, "%s/%s", scan->folder, scan->files[file]),
                                NULL, diag);
    if (text == NULL) return false;
    weir_text *out = weir_text_new();
    redirect_images(text, out);
    bool good = weir_text_save(out, weir_arena_printf(arena, "%s/%s", to, scan->files[file]), diag);
    weir_text_free(out);
    free(text);
    return good;
}

static bool copy_image(const weir_vscan *scan, weir_arena *arena, const weir_vmodule *module,
                       const char *image, const char *roms, weir_diag *diag) {
    weir_diag *ignored = weir_diag_new();
    size_t length;
    char *bytes =
        weir_file_read(weir_arena_printf(arena, "%s/%s", scan->folder, image), &length, ignored);
    weir_diag_free(ignored);
    if (bytes == NULL)
        return weir_error(
            diag, (weir_loc){weir_arena_printf(arena, "%s/%s", scan->folder, image), 0},
            "module \"%s\" reads its memory from this file, which is missing", module->name);
    bool good =
        weir_file_write(weir_arena_printf(arena, "%s/%s", roms, image), bytes, length, diag);
    free(bytes);
    return good;
}

bool weir_vscan_copy(const weir_vscan *scan, weir_arena *arena, const bool *reached, const char *to,
                     const char *roms, weir_diag *diag) {
    bool *wanted = weir_xcalloc(scan->n_files + 1, sizeof *wanted);
    bool good = true;
    for (uint32_t m = 0; m < scan->n_modules; m++) {
        if (!reached[m]) continue;
        const weir_vmodule *module = &scan->modules[m];
        if (to != NULL && !wanted[module->file])
            good = copy_file(scan, arena, module->file, to, diag) && good;
        wanted[module->file] = true;
        for (uint32_t i = 0; i < module->n_images; i++)
            good = copy_image(scan, arena, module, module->images[i], roms, diag) && good;
    }
    free(wanted);
    return good;
}
