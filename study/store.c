#include "study/store.h"
#include "base/arena.h"
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LAYOUT = 2, APPLICATION = 0x57656972 /* "Weir" */, WAIT_MS = 10000 };

struct weir_store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *find_point, *find_figures, *add_point, *add_figure, *find_confirmation,
        *add_confirmation, *note, *forget, *name;
};

static const char layout[] =
    "CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE named (study TEXT NOT NULL, name TEXT NOT NULL, point TEXT NOT NULL,"
    "  PRIMARY KEY (study, name)) WITHOUT ROWID;"
    "CREATE TABLE point (hash TEXT PRIMARY KEY, changes TEXT NOT NULL, applied INTEGER NOT NULL,"
    "  feasible INTEGER NOT NULL, why TEXT, changed TEXT);"
    "CREATE TABLE figure (point TEXT NOT NULL REFERENCES point (hash), key TEXT NOT NULL,"
    "  value REAL NOT NULL, source TEXT NOT NULL, PRIMARY KEY (point, key)) WITHOUT ROWID;"
    "CREATE TABLE confirmation (point TEXT NOT NULL REFERENCES point (hash),"
    "  frames INTEGER NOT NULL, stitched INTEGER NOT NULL, agrees INTEGER NOT NULL,"
    "  mismatches INTEGER NOT NULL,"
    "  latency_ps INTEGER NOT NULL, interval_ps INTEGER NOT NULL, text TEXT,"
    "  PRIMARY KEY (point, frames, stitched)) WITHOUT ROWID;";

static bool failed(const weir_store *store, const char *what, weir_diag *diag) {
    return weir_error(diag, (weir_loc){store->path, 0}, "%s: %s", what,
                      store->db != NULL ? sqlite3_errmsg(store->db) : "out of memory");
}

static bool execute(weir_store *store, const char *sql, weir_diag *diag) {
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           failed(store, "the store cannot be written", diag);
}

static int pragma(weir_store *store, const char *sql) {
    sqlite3_stmt *statement;
    int value = -1;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK) return -1;
    if (sqlite3_step(statement) == SQLITE_ROW) value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* Nothing is in it yet. */
static bool is_empty(weir_store *store) {
    return pragma(store, "PRAGMA application_id") == 0 &&
           pragma(store, "SELECT count(*) FROM sqlite_master") == 0;
}

/* Another study may be about to make them too. */
static bool make_tables(weir_store *store, weir_diag *diag) {
    char sql[sizeof layout + 128];
    snprintf(sql, sizeof sql, "%sPRAGMA application_id=%d;PRAGMA user_version=%d", layout,
             APPLICATION, LAYOUT);
    if (!execute(store, "BEGIN IMMEDIATE", diag)) return false;
    if ((!is_empty(store) || execute(store, sql, diag)) && execute(store, "COMMIT", diag))
        return true;
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static bool check_layout(weir_store *store, weir_diag *diag) {
    int application = pragma(store, "PRAGMA application_id");
    int version = pragma(store, "PRAGMA user_version");
    if (application < 0 && sqlite3_errcode(store->db) != SQLITE_NOTADB)
        return failed(store, "the store cannot be read", diag);
    if (application != APPLICATION)
        return weir_error(diag, (weir_loc){store->path, 0},
                          "this is no store of a study; name another file, or remove this one");
    return version == LAYOUT ||
           weir_error(
               diag, (weir_loc){store->path, 0},
               "a store of layout %d, this version of weir has %d; export it with the version "
               "that wrote it, or begin a new one",
               version, LAYOUT);
}

static bool prepare(weir_store *store, weir_diag *diag) {
    const struct {
        sqlite3_stmt **statement;
        const char *sql;
    } all[] = {
        {&store->find_point, "SELECT applied, feasible, why, changed FROM point WHERE hash = ?"},
        {&store->find_figures, "SELECT key, value, source FROM figure WHERE point = ?"},
        {&store->add_point, "INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?, ?)"},
        {&store->add_figure, "INSERT OR REPLACE INTO figure VALUES (?, ?, ?, ?)"},
        {&store->find_confirmation,
         "SELECT frames, stitched, agrees, mismatches, latency_ps, interval_ps,"
         " text FROM confirmation WHERE point = ? AND frames = ?"
         " AND stitched >= ? ORDER BY stitched DESC LIMIT 1"},
        {&store->add_confirmation,
         "INSERT OR REPLACE INTO confirmation VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
        {&store->note, "INSERT OR REPLACE INTO study VALUES (?, ?)"},
        {&store->forget, "DELETE FROM named WHERE study = ?"},
        {&store->name, "INSERT OR REPLACE INTO named VALUES (?, ?, ?)"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (sqlite3_prepare_v2(store->db, all[i].sql, -1, all[i].statement, NULL) != SQLITE_OK)
            return failed(store, "the store cannot be read", diag);
    return true;
}

static weir_store *open_store(const char *path, int flags, weir_diag *diag) {
    weir_store *store = weir_xcalloc(1, sizeof *store);
    store->path = weir_xstrdup(path);
    bool good = sqlite3_open_v2(path, &store->db, flags, NULL) == SQLITE_OK ||
                failed(store, "the store cannot be opened", diag);
    if (good) sqlite3_busy_timeout(store->db, WAIT_MS);
    if (good && flags & SQLITE_OPEN_CREATE && is_empty(store)) good = make_tables(store, diag);
    if (good && check_layout(store, diag) && prepare(store, diag)) return store;
    weir_store_close(store);
    return NULL;
}

/* With SQLite's own rollback journal a batch is there whole or not at all, also after a power cut, and
 * the store is one file that can be read from anywhere. */
weir_store *weir_store_open(const char *path, weir_diag *diag) {
    return open_store(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, diag);
}

weir_store *weir_store_open_existing(const char *path, weir_diag *diag) {
    /* Writable where it can be: what an interruption left half-written is undone first. */
    if (access(path, R_OK) == 0) return open_store(path, SQLITE_OPEN_READWRITE, diag);
    weir_error(diag, (weir_loc){path, 0}, "there is no such store: %s", strerror(errno));
    return NULL;
}

void weir_store_close(weir_store *store) {
    if (store == NULL) return;
    sqlite3_stmt *all[] = {store->find_point,
                           store->find_figures,
                           store->add_point,
                           store->add_figure,
                           store->find_confirmation,
                           store->add_confirmation,
                           store->note,
                           store->forget,
                           store->name};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sqlite3_finalize(all[i]);
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text) {
    if (text == NULL)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static bool step(weir_store *store, sqlite3_stmt *statement, weir_diag *diag) {
    int status = sqlite3_step(statement);
    sqlite3_reset(statement);
    return status == SQLITE_DONE || failed(store, "the store cannot be written", diag);
}

bool weir_store_note(weir_store *store, const char *key, const char *value, weir_diag *diag) {
    bind_text(store->note, 1, key);
    bind_text(store->note, 2, value);
    return step(store, store->note, diag);
}

static char *column_copy(sqlite3_stmt *statement, int column) {
    return weir_xstrdup((const char *)sqlite3_column_text(statement, column));
}

static const char *known_source(const char *text) {
    static const char *const names[] = {"replay",   "rtl",    "graph", "synthesis", "vendor",
                                        "estimate", "labels", "float", NULL};
    for (int i = 0; text != NULL && names[i] != NULL; i++)
        if (strcmp(names[i], text) == 0) return names[i];
    return NULL;
}

bool weir_store_find(weir_store *store, const char hash[WEIR_KEY_CHARS], weir_finding *finding) {
    *finding = (weir_finding){0};
    sqlite3_stmt *point = store->find_point, *figures = store->find_figures;
    bind_text(point, 1, hash);
    bool found = sqlite3_step(point) == SQLITE_ROW;
    if (found) {
        finding->applied = sqlite3_column_int(point, 0) != 0;
        finding->feasible = sqlite3_column_int(point, 1) != 0;
        finding->why = column_copy(point, 2);
        finding->changed = column_copy(point, 3);
        bind_text(figures, 1, hash);
        while (sqlite3_step(figures) == SQLITE_ROW) {
            const char *key = (const char *)sqlite3_column_text(figures, 0);
            weir_figure figure = weir_figure_find(key != NULL ? key : "");
            const char *source = known_source((const char *)sqlite3_column_text(figures, 2));
            if (figure != WEIR_FIGURES)
                weir_finding_set(finding, figure, sqlite3_column_double(figures, 1), source);
        }
        sqlite3_reset(figures);
    }
    sqlite3_reset(point);
    return found;
}

bool weir_store_names(weir_store *store, const char *study, const char *const *names,
                      const char *const *hashes, uint32_t n, weir_diag *diag) {
    if (!execute(store, "BEGIN IMMEDIATE", diag)) return false;
    bind_text(store->forget, 1, study);
    bool good = step(store, store->forget, diag);
    for (uint32_t i = 0; i < n && good; i++) {
        bind_text(store->name, 1, study);
        bind_text(store->name, 2, names[i]);
        bind_text(store->name, 3, hashes[i]);
        good = step(store, store->name, diag);
    }
    if (good && execute(store, "COMMIT", diag)) return true;
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static bool no_point(weir_store *store, const char *name, int found, weir_diag *diag) {
    sqlite3_stmt *names = NULL;
    weir_text *known = weir_text_new();
    sqlite3_prepare_v2(store->db,
                       "SELECT DISTINCT name FROM named JOIN point ON point = hash"
                       " ORDER BY name LIMIT 64",
                       -1, &names, NULL);
    while (sqlite3_step(names) == SQLITE_ROW)
        weir_text_addf(known, "%s%s", weir_text_length(known) > 0 ? ", " : "",
                       (const char *)sqlite3_column_text(names, 0));
    sqlite3_finalize(names);
    weir_error(diag, (weir_loc){store->path, 0},
               "point \"%s\" %s; names there are: %s; others go by the beginning of their hash",
               name, found > 1 ? "is more than one" : "is unknown",
               weir_text_length(known) > 0 ? weir_text_string(known) : "none");
    weir_text_free(known);
    return false;
}

bool weir_store_named(weir_store *store, const char *name, char hash[WEIR_KEY_CHARS],
                      char **changes, weir_finding *finding, weir_diag *diag) {
    sqlite3_stmt *find = NULL;
    int found = 0;
    *changes = NULL;
    /* A name before hashes that begin so. */
    sqlite3_prepare_v2(store->db,
                       "SELECT DISTINCT hash, changes, 1 AS exact FROM point"
                       " WHERE hash IN (SELECT point FROM named WHERE name = ?1) UNION "
                       "SELECT hash, changes, 0 FROM point WHERE ?1 <> ''"
                       " AND substr(hash, 1, length(?1)) = ?1 ORDER BY exact DESC LIMIT 2",
                       -1, &find, NULL);
    bind_text(find, 1, name);
    for (int exact = 0; sqlite3_step(find) == SQLITE_ROW; found++) {
        if (found > 0 && sqlite3_column_int(find, 2) != exact) break;
        exact = sqlite3_column_int(find, 2);
        snprintf(hash, WEIR_KEY_CHARS, "%s", (const char *)sqlite3_column_text(find, 0));
        if (found == 0) *changes = column_copy(find, 1);
    }
    sqlite3_finalize(find);
    if (found == 1 && weir_store_find(store, hash, finding)) return true;
    free(*changes);
    *changes = NULL;
    return no_point(store, name, found, diag);
}

static bool add_one(weir_store *store, const char *hash, const weir_point *point,
                    const weir_finding *finding, weir_diag *diag) {
    weir_text *changes = weir_text_new();
    for (uint32_t c = 0; c < point->n_changes; c++)
        weir_text_addf(changes, "%s%s", c > 0 ? "\n" : "", point->changes[c].line);
    sqlite3_stmt *add = store->add_point;
    bind_text(add, 1, hash);
    bind_text(add, 2, weir_text_string(changes));
    sqlite3_bind_int(add, 3, finding->applied);
    sqlite3_bind_int(add, 4, finding->feasible);
    bind_text(add, 5, finding->why);
    bind_text(add, 6, finding->changed);
    weir_text_free(changes);
    bool good = step(store, add, diag);
    for (int f = 0; f < WEIR_FIGURES && good; f++) {
        if (finding->source[f] == NULL) continue;
        bind_text(store->add_figure, 1, hash);
        bind_text(store->add_figure, 2, weir_figure_infos[f].key);
        sqlite3_bind_double(store->add_figure, 3, finding->value[f]);
        bind_text(store->add_figure, 4, finding->source[f]);
        good = step(store, store->add_figure, diag);
    }
    return good;
}

bool weir_store_add(weir_store *store, const char (*hashes)[WEIR_KEY_CHARS],
                    const weir_point *points, const weir_finding *findings, uint32_t n,
                    weir_diag *diag) {
    if (!execute(store, "BEGIN IMMEDIATE", diag)) return false;
    bool good = true;
    for (uint32_t i = 0; i < n && good; i++)
        good = add_one(store, hashes[i], &points[i], &findings[i], diag);
    if (good) return execute(store, "COMMIT", diag);
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool weir_store_find_confirmation(weir_store *store, const char hash[WEIR_KEY_CHARS],
                                  uint64_t frames, bool stitched, weir_confirmation *confirmation) {
    *confirmation = (weir_confirmation){0};
    sqlite3_stmt *find = store->find_confirmation;
    bind_text(find, 1, hash);
    sqlite3_bind_int64(find, 2, (sqlite3_int64)frames);
    sqlite3_bind_int(find, 3, stitched);
    bool found = sqlite3_step(find) == SQLITE_ROW;
    if (found)
        *confirmation = (weir_confirmation){.ran = true,
                                            .frames = (uint64_t)sqlite3_column_int64(find, 0),
                                            .stitched = sqlite3_column_int(find, 1) != 0,
                                            .agrees = sqlite3_column_int(find, 2) != 0,
                                            .mismatches = (uint64_t)sqlite3_column_int64(find, 3),
                                            .latency_ps = (uint64_t)sqlite3_column_int64(find, 4),
                                            .interval_ps = (uint64_t)sqlite3_column_int64(find, 5),
                                            .text = column_copy(find, 6)};
    sqlite3_reset(find);
    return found;
}

bool weir_store_confirm(weir_store *store, const char hash[WEIR_KEY_CHARS],
                        const weir_confirmation *confirmation, weir_diag *diag) {
    sqlite3_stmt *add = store->add_confirmation;
    bind_text(add, 1, hash);
    sqlite3_bind_int64(add, 2, (sqlite3_int64)confirmation->frames);
    sqlite3_bind_int(add, 3, confirmation->stitched);
    sqlite3_bind_int(add, 4, confirmation->agrees);
    sqlite3_bind_int64(add, 5, (sqlite3_int64)confirmation->mismatches);
    sqlite3_bind_int64(add, 6, (sqlite3_int64)confirmation->latency_ps);
    sqlite3_bind_int64(add, 7, (sqlite3_int64)confirmation->interval_ps);
    bind_text(add, 8, confirmation->text);
    return step(store, add, diag);
}
