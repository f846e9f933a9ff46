/* Typed reader of libconfig files. A weir_config_node is libconfig's setting; the root's hook holds
 * the path, as libconfig keeps no source file for it. */
#include "base/config.h"
#include "base/arena.h"
#include "base/text.h"
#include <errno.h>
#include <libconfig.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct weir_config {
    config_t settings;
    char *path;
};

static const config_setting_t *setting_of(const weir_config_node *node) {
    return (const config_setting_t *)node;
}

static const weir_config_node *node_of(const config_setting_t *setting) {
    return (const weir_config_node *)setting;
}

static const char *type_name(const config_setting_t *setting) {
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return "an integer";
    case CONFIG_TYPE_FLOAT:
        return "a floating-point number";
    case CONFIG_TYPE_STRING:
        return "a string";
    case CONFIG_TYPE_BOOL:
        return "a boolean";
    case CONFIG_TYPE_GROUP:
        return "a group";
    case CONFIG_TYPE_ARRAY:
        return "an array";
    case CONFIG_TYPE_LIST:
        return "a list";
    default:
        return "nothing";
    }
}

#define INCLUDE_DEPTH 10 /* libconfig's own limit */
#define INCLUDE_FILES 256

/* libconfig's scanner ends the program when it is made to read a folder, so that one must never get
 * there: looks at what `path` is and at all that it includes. `from` is where it was asked for. */
static bool check_is_file(const char *path, const char *folder, weir_loc from, int depth,
                          int *files, weir_diag *diag) {
    struct stat info;
    if (stat(path, &info) != 0) return true; /* reported when it is opened */
    if (S_ISDIR(info.st_mode))
        return weir_error(diag, from, "\"%s\" is a folder, must be a configuration file", path);
    if (++*files > INCLUDE_FILES)
        return weir_error(diag, from, "more than %d included files, maximum %d", INCLUDE_FILES,
                          INCLUDE_FILES);
    size_t length;
    char *text = depth < INCLUDE_DEPTH ? weir_file_read(path, &length, diag) : NULL;
    if (text == NULL) return depth >= INCLUDE_DEPTH;
    bool good = true;
    weir_loc here = {path, 0};
    for (char *line = text, *next; line != NULL && good; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) *next++ = '\0';
        here.line++;
        char name[4096], *full = NULL;
        if (sscanf(line, " @include \"%4095[^\"]", name) != 1) continue;
        if (asprintf(&full, "%s%s%s", *name == '/' ? "" : folder, *name == '/' ? "" : "/", name) <
            0)
            continue;
        good = check_is_file(full, folder, here, depth + 1, files, diag);
        free(full);
    }
    free(text);
    return good;
}

weir_config *weir_config_load(const char *path, weir_diag *diag) {
    if (access(path, R_OK) != 0) {
        weir_error(diag, (weir_loc){path, 0}, "cannot open: %s", strerror(errno));
        return NULL;
    }
    int files = 0;
    char *copy = strdup(path);
    const char *folder = dirname(copy);
    if (!check_is_file(path, folder, (weir_loc){path, 0}, 0, &files, diag)) {
        free(copy);
        return NULL;
    }
    weir_config *config = weir_xcalloc(1, sizeof *config);
    config->path = strdup(path);
    config_init(&config->settings);
    config_set_include_dir(&config->settings, folder);
    free(copy);
    if (config_read_file(&config->settings, path) == CONFIG_TRUE) {
        config_setting_set_hook(config_root_setting(&config->settings), config->path);
        return config;
    }
    if (config_error_type(&config->settings) == CONFIG_ERR_FILE_IO) {
        weir_error(diag, (weir_loc){path, 0}, "cannot read: %s", strerror(errno));
    } else {
        const char *file = config_error_file(&config->settings);
        weir_error(diag, (weir_loc){file ? file : path, config_error_line(&config->settings)}, "%s",
                   config_error_text(&config->settings));
    }
    weir_config_free(config);
    return NULL;
}

void weir_config_free(weir_config *config) {
    if (config == NULL) return;
    config_destroy(&config->settings);
    free(config->path);
    free(config);
}

const weir_config_node *weir_config_root(const weir_config *config) {
    return node_of(config_root_setting(&config->settings));
}

size_t weir_config_length(const weir_config_node *node) {
    return (size_t)config_setting_length(setting_of(node));
}

const weir_config_node *weir_config_item(const weir_config_node *node, size_t index) {
    return node_of(config_setting_get_elem(setting_of(node), (unsigned)index));
}

weir_loc weir_config_loc(const weir_config_node *node) {
    const config_setting_t *setting = setting_of(node);
    if (config_setting_is_root(setting))
        return (weir_loc){(const char *)config_setting_get_hook(setting), 0};
    return (weir_loc){config_setting_source_file(setting),
                      (int)config_setting_source_line(setting)};
}

static const config_setting_t *find(const config_setting_t *group, const char *name) {
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *item = config_setting_get_elem(group, (unsigned)i);
        const char *found = config_setting_name(item);
        if (found != NULL && strcmp(found, name) == 0) return item;
    }
    return NULL;
}

weir_loc weir_config_key_loc(const weir_config_node *node, const char *name) {
    const config_setting_t *group = setting_of(node);
    const config_setting_t *item = config_setting_is_group(group) ? find(group, name) : NULL;
    return weir_config_loc(item ? node_of(item) : node);
}

/* One key being read: what messages need. */
typedef struct reading {
    const config_setting_t *setting;
    const weir_key *key;
    const char *what, *colon; /* object and what parts it from the text; both may be "" */
    weir_diag *diag;
} reading;

static bool wrong_type(const reading *r, const char *allowed) {
    return weir_error(r->diag, weir_config_loc(node_of(r->setting)), "%s%s%s is %s, must be %s",
                      r->what, r->colon, r->key->name, type_name(r->setting), allowed);
}

static bool read_int(const reading *r, int64_t *value) {
    const weir_key *key = r->key;
    int type = config_setting_type(r->setting);
    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) return wrong_type(r, "an integer");
    int64_t found = config_setting_get_int64(r->setting);
    if ((key->min != 0 || key->max != 0) && (found < key->min || found > key->max)) {
        bool low = found < key->min;
        return weir_error(r->diag, weir_config_loc(node_of(r->setting)), "%s%s%s %lld, %s %lld",
                          r->what, r->colon, key->name, (long long)found,
                          low ? "minimum" : "maximum", (long long)(low ? key->min : key->max));
    }
    *value = found;
    return true;
}

static bool read_float(const reading *r, double *value) {
    const weir_key *key = r->key;
    double found;
    switch (config_setting_type(r->setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        found = (double)config_setting_get_int64(r->setting);
        break;
    case CONFIG_TYPE_FLOAT:
        found = config_setting_get_float(r->setting);
        break;
    default:
        return wrong_type(r, "a number");
    }
    if ((key->min != 0 || key->max != 0) &&
        !(found >= (double)key->min && found <= (double)key->max)) {
        bool low = found < (double)key->min;
        return weir_error(r->diag, weir_config_loc(node_of(r->setting)), "%s%s%s %g, %s %lld",
                          r->what, r->colon, key->name, found, low ? "minimum" : "maximum",
                          (long long)(low ? key->min : key->max));
    }
    *value = found;
    return true;
}

static bool read_choice(const reading *r, int *value) {
    if (config_setting_type(r->setting) != CONFIG_TYPE_STRING) return wrong_type(r, "a string");
    const char *found = config_setting_get_string(r->setting);
    weir_text *allowed = weir_text_new();
    bool good = false;
    for (int i = 0; !good && r->key->choices[i] != NULL; i++) {
        good = strcmp(found, r->key->choices[i]) == 0;
        if (good) *value = i;
        weir_text_addf(allowed, "%s%s", i ? ", " : "", r->key->choices[i]);
    }
    if (!good)
        weir_error(r->diag, weir_config_loc(node_of(r->setting)), "%s%s%s \"%s\"; allowed: %s",
                   r->what, r->colon, r->key->name, found, weir_text_string(allowed));
    weir_text_free(allowed);
    return good;
}

static bool read_key(const reading *r, void *record) {
    void *field = (char *)record + r->key->offset;
    int type = config_setting_type(r->setting);
    switch (r->key->type) {
    case WEIR_KEY_BOOL:
        if (type != CONFIG_TYPE_BOOL) return wrong_type(r, "true or false");
        *(bool *)field = config_setting_get_bool(r->setting) == CONFIG_TRUE;
        return true;
    case WEIR_KEY_INT:
        return read_int(r, field);
    case WEIR_KEY_FLOAT:
        return read_float(r, field);
    case WEIR_KEY_STRING:
        if (type != CONFIG_TYPE_STRING) return wrong_type(r, "a string");
        *(const char **)field = config_setting_get_string(r->setting);
        return true;
    case WEIR_KEY_CHOICE:
        return read_choice(r, field);
    case WEIR_KEY_GROUP:
        if (type != CONFIG_TYPE_GROUP) return wrong_type(r, "a group { ... }");
        *(const weir_config_node **)field = node_of(r->setting);
        return true;
    case WEIR_KEY_LIST:
        if (type != CONFIG_TYPE_LIST && type != CONFIG_TYPE_ARRAY)
            return wrong_type(r, "a list ( ... )");
        *(const weir_config_node **)field = node_of(r->setting);
        return true;
    }
    return false;
}

static bool unknown_key(const reading *r, const weir_key *keys, size_t n_keys) {
    weir_text *allowed = weir_text_new();
    for (size_t i = 0; i < n_keys; i++)
        weir_text_addf(allowed, "%s%s", i ? ", " : "", keys[i].name);
    weir_error(r->diag, weir_config_loc(node_of(r->setting)), "%s%sunknown key \"%s\"; allowed: %s",
               r->what, r->colon, config_setting_name(r->setting), weir_text_string(allowed));
    weir_text_free(allowed);
    return false;
}

bool weir_config_read(const weir_config_node *node, const char *what, const weir_key *keys,
                      size_t n_keys, void *record, weir_diag *diag) {
    const config_setting_t *group = setting_of(node);
    reading r = {.what = what ? what : "", .colon = what && *what ? ": " : "", .diag = diag};
    if (!config_setting_is_group(group))
        return weir_error(diag, weir_config_loc(node), "%s%sis %s, must be a group { ... }", r.what,
                          *r.what ? " " : "", type_name(group));
    bool good = true;
    for (int i = 0; i < config_setting_length(group); i++) {
        r.setting = config_setting_get_elem(group, (unsigned)i);
        r.key = NULL;
        for (size_t k = 0; k < n_keys && r.key == NULL; k++)
            if (strcmp(config_setting_name(r.setting), keys[k].name) == 0) r.key = &keys[k];
        bool fine = r.key ? read_key(&r, record) : unknown_key(&r, keys, n_keys);
        good = good && fine;
    }
    for (size_t k = 0; k < n_keys; k++)
        if (keys[k].required && find(group, keys[k].name) == NULL)
            good = weir_error(diag, weir_config_loc(node), "%s%smissing required key \"%s\"",
                              r.what, r.colon, keys[k].name);
    return good;
}

static bool wrong_item(const config_setting_t *item, const char *allowed, weir_diag *diag) {
    const config_setting_t *parent = config_setting_parent(item);
    const char *name = parent ? config_setting_name(parent) : NULL;
    return weir_error(diag, weir_config_loc(node_of(item)), "%s: item %d is %s, must be %s",
                      name ? name : "list", config_setting_index(item), type_name(item), allowed);
}

bool weir_config_item_int(const weir_config_node *node, int64_t *value, weir_diag *diag) {
    int type = config_setting_type(setting_of(node));
    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
        return wrong_item(setting_of(node), "an integer", diag);
    *value = config_setting_get_int64(setting_of(node));
    return true;
}

bool weir_config_item_number(const weir_config_node *node, double *value) {
    const config_setting_t *setting = setting_of(node);
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        *value = (double)config_setting_get_int64(setting);
        return true;
    case CONFIG_TYPE_FLOAT:
        *value = config_setting_get_float(setting);
        return true;
    default:
        return false;
    }
}

bool weir_config_item_string(const weir_config_node *node, const char **value, weir_diag *diag) {
    if (config_setting_type(setting_of(node)) != CONFIG_TYPE_STRING)
        return wrong_item(setting_of(node), "a string", diag);
    *value = config_setting_get_string(setting_of(node));
    return true;
}
