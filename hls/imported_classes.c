#include "hls/imported_classes.h"
#include "base/cache.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_image(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* The images of a wrapper, in order of their names; a folder that is not there has none. */
static bool hash_images(weir_hash *hash, weir_arena *arena, const weir_imported *in,
                        const weir_imported_process *p, weir_diag *diag) {
    const char *folder = weir_arena_printf(arena, "%s/roms/%s", in->folder, p->module);
    struct dirent **entries;
    bool good = true;
    int n = p->has_roms ? scandir(folder, &entries, is_image, alphasort) : -1;
    for (int i = 0; i < n; i++) {
        weir_hash_text(hash, entries[i]->d_name);
        good = good &&
               weir_hash_file(hash, weir_arena_printf(arena, "%s/%s", folder, entries[i]->d_name),
                              diag);
        free(entries[i]);
    }
    if (n >= 0) free(entries);
    return good;
}

static bool hash_of(const weir_imported *in, const weir_imported_process *p,
                    char key[WEIR_KEY_CHARS], weir_diag *diag) {
    weir_arena *arena = weir_arena_new();
    weir_hash *hash = weir_hash_new();
    bool good = true;
    weir_hash_text(hash, p->module);
    for (uint32_t s = 0; s < p->n_sources && good; s++) {
        weir_hash_text(hash, p->sources[s]);
        good = weir_hash_file(hash, weir_arena_printf(arena, "%s/%s", in->folder, p->sources[s]),
                              diag);
    }
    good = good && hash_images(hash, arena, in, p, diag);
    weir_hash_end(hash, key);
    weir_arena_free(arena);
    return good;
}

/* Splits "PROCESS SHA256" at its last blank; NULL where there is none. */
static const char *split(char *name) {
    char *blank = strrchr(name, ' ');
    if (blank == NULL) return NULL;
    *blank = '\0';
    return blank + 1;
}

/* Gives the schedule to its process, or frees it. */
static void place(const weir_imported *in, weir_schedule *schedule, weir_schedule **all,
                  const char *path, weir_diag *diag) {
    char now[WEIR_KEY_CHARS];
    const char *then = split(schedule->process);
    uint32_t p = weir_imported_find(in, schedule->process);
    if (p != WEIR_NONE && then != NULL && all[p] == NULL &&
        schedule->n_inputs == in->processes[p].n_inputs &&
        schedule->n_outputs == in->processes[p].n_outputs &&
        hash_of(in, &in->processes[p], now, diag) && strcmp(now, then) == 0) {
        all[p] = schedule;
        return;
    }
    weir_diag_add(diag, WEIR_WARNING, (weir_loc){path, 0},
                  "process \"%s\": its RTL has changed since its timing class was found; weir "
                  "certify finds it anew",
                  schedule->process);
    weir_schedule_free(schedule);
}

weir_schedule **weir_imported_classes_load(const weir_imported *in, weir_diag *diag) {
    weir_schedule **all = weir_xcalloc(in->n_processes + 1, sizeof(weir_schedule *));
    weir_arena *arena = weir_arena_new();
    const char *path = weir_arena_printf(arena, "%s/schedules.weir", in->folder);
    weir_diag *refused = weir_diag_new();
    uint32_t count = 0;
    weir_schedule **found =
        access(path, F_OK) == 0 ? weir_schedules_load(path, &count, refused) : NULL;
    for (uint32_t i = 0; found != NULL && i < count; i++)
        place(in, found[i], all, path, diag);
    free(found);
    for (size_t i = 0; i < weir_diag_count(refused); i++)
        weir_diag_add(diag, WEIR_WARNING, (weir_loc){path, 0},
                      "timing classes are left out: %s; weir certify finds them anew",
                      weir_diag_at(refused, i)->text);
    weir_diag_free(refused);
    weir_arena_free(arena);
    return all;
}

bool weir_imported_classes_save(const weir_imported *in, const weir_schedule *const *schedules,
                                weir_diag *diag) {
    weir_arena *arena = weir_arena_new();
    const char *path = weir_arena_printf(arena, "%s/schedules.weir", in->folder);
    const char *fresh = weir_arena_printf(arena, "%s.tmp", path);
    weir_schedule *copies = WEIR_NEW(arena, weir_schedule, in->n_processes + 1);
    const weir_schedule **list = WEIR_NEW(arena, const weir_schedule *, in->n_processes + 1);
    uint32_t count = 0;
    bool good = true;
    for (uint32_t p = 0; p < in->n_processes && good; p++) {
        char key[WEIR_KEY_CHARS];
        if (schedules[p] == NULL) continue;
        good = hash_of(in, &in->processes[p], key, diag);
        copies[count] = *schedules[p];
        copies[count].process = weir_arena_printf(arena, "%s %s", in->processes[p].name, key);
        list[count] = &copies[count];
        count++;
    }
    if (good && count == 0)
        unlink(path);
    else if (good) /* whole, or as it was before */
        good = weir_schedules_save(list, count, fresh, diag) &&
               (rename(fresh, path) == 0 ||
                weir_error(diag, (weir_loc){path, 0}, "cannot be written"));
    weir_arena_free(arena);
    return good;
}
