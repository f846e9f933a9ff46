/* Typed reader of libconfig files. It follows `@include`, refuses unknown keys and wrong types with
 * file:line, and is the only place that includes <libconfig.h>.
 *
 * A group is read by a table of keys. Each key names its type and the field of the caller's struct
 * that it fills; keys that the file leaves out keep the value the struct had. Strings live as long
 * as the weir_config. WEIR_KEY_NODE hands a group or a list on, to be read by its own table.
 */
#ifndef WEIR_BASE_CONFIG_H
#define WEIR_BASE_CONFIG_H

#include "base/diag.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_config weir_config;
typedef struct weir_config_node weir_config_node; /* a setting: borrowed from its weir_config */

typedef enum weir_key_type {
    WEIR_KEY_BOOL,   /* bool */
    WEIR_KEY_INT,    /* int64_t, checked against min..max */
    WEIR_KEY_FLOAT,  /* double; an integer is taken too */
    WEIR_KEY_STRING, /* const char * */
    WEIR_KEY_CHOICE, /* int: index into the NULL-ended `choices` */
    WEIR_KEY_GROUP,  /* const weir_config_node *: `{ ... }` */
    WEIR_KEY_LIST,   /* const weir_config_node *: `( ... )` or `[ ... ]` */
} weir_key_type;

typedef struct weir_key {
    const char *name;
    weir_key_type type;
    size_t offset;    /* of the field in the struct */
    int64_t min, max; /* of an integer or float; both 0: any value */
    const char *const *choices;
    bool required;
} weir_key;

weir_config *weir_config_load(const char *path, weir_diag *diag); /* NULL on errors */
void weir_config_free(weir_config *config);
const weir_config_node *weir_config_root(const weir_config *config);

/* Reads the group `node` into `record`; false if anything was wrong (all of it is reported).
 * `what` names the object in messages: `layer "conv1"`. */
bool weir_config_read(const weir_config_node *node, const char *what, const weir_key *keys,
                      size_t n_keys, void *record, weir_diag *diag);

size_t weir_config_length(const weir_config_node *node); /* of a group, list or array */
const weir_config_node *weir_config_item(const weir_config_node *node, size_t index);
weir_loc weir_config_loc(const weir_config_node *node);
/* Location of key `name` in group `node`, or of the group where the key is absent. */
weir_loc weir_config_key_loc(const weir_config_node *node, const char *name);
/* A scalar item of a list; false (and an error) on a wrong type. */
bool weir_config_item_int(const weir_config_node *node, int64_t *value, weir_diag *diag);
/* False, and no error, where it is no number. */
bool weir_config_item_number(const weir_config_node *node, double *value);
bool weir_config_item_string(const weir_config_node *node, const char **value, weir_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
