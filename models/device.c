#include "models/device.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/place.h"
#include "base/text.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const family_names[] = {"xc7", "xcu", "xcup", NULL};
static const char *const static_names[] = {"unknown", "28nm_hpl", "20nm", "16nm_finfet", NULL};

const char *weir_family_name(weir_family family) {
    return family_names[family];
}

const char *weir_static_class_name(weir_static_class static_class) {
    return static_names[static_class];
}

/* The public device first, so that a device pointer is also a pointer to what owns it. */
typedef struct device_owner {
    weir_device device;
    weir_arena *arena;
    weir_config *config;
} device_owner;

typedef struct device_keys {
    const char *name;
    int family, static_class;
    int64_t lut, lut_memory, ff, bram36, uram288, slr;
    const weir_config_node *dsp, *grades, *configuration, *power;
} device_keys;

typedef struct dsp_keys {
    int64_t count, a_bits, b_bits, sum_bits;
} dsp_keys;

typedef struct grade_keys {
    const char *name;
    int64_t vccint_mv;
    double bram_mhz, uram_mhz, dsp_mhz;
} grade_keys;

typedef struct port_keys {
    const char *port;
    int64_t width_bits, bits, frame_words;
    double mhz;
} port_keys;

typedef struct power_keys {
    double static_mw, junction_c;
    int64_t vccint_mv;
} power_keys;

enum { MOST = 1 << 30, MOST_FRAME = 4096, MOST_MHZ = 100000, MOST_MW = 1000000, MOST_C = 150 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KEY_INT(record, field, most, required)                                                     \
    { #field, WEIR_KEY_INT, offsetof(record, field), 0, most, NULL, required }
#define KEY_MHZ(record, field)                                                                     \
    { #field, WEIR_KEY_FLOAT, offsetof(record, field), 0, MOST_MHZ, NULL, false }

static bool read_dsp(weir_device *device, const weir_config_node *node, weir_diag *diag) {
    static const weir_key keys[] = {
        KEY_INT(dsp_keys, count, MOST, true),
        KEY_INT(dsp_keys, a_bits, 64, true),
        KEY_INT(dsp_keys, b_bits, 64, true),
        KEY_INT(dsp_keys, sum_bits, 128, true),
    };
    dsp_keys read = {0};
    if (node == NULL) return false; /* required: reported */
    bool good = weir_config_read(node, "dsp", keys, COUNT(keys), &read, diag);
    device->dsp = (weir_dsp){(uint64_t)read.count, (uint32_t)read.a_bits, (uint32_t)read.b_bits,
                             (uint32_t)read.sum_bits};
    return good;
}

static bool read_grades(device_owner *owner, const weir_config_node *list, weir_diag *diag) {
    static const weir_key keys[] = {
        {"name", WEIR_KEY_STRING, offsetof(grade_keys, name), 0, 0, NULL, true},
        KEY_INT(grade_keys, vccint_mv, 10000, false),
        KEY_MHZ(grade_keys, bram_mhz),
        KEY_MHZ(grade_keys, uram_mhz),
        KEY_MHZ(grade_keys, dsp_mhz),
    };
    size_t n = list != NULL ? weir_config_length(list) : 0;
    weir_grade *grades = WEIR_NEW(owner->arena, weir_grade, n + 1);
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        grade_keys read = {.name = ""};
        good &=
            weir_config_read(weir_config_item(list, i), "grade", keys, COUNT(keys), &read, diag);
        grades[i] = (weir_grade){read.name, (uint32_t)read.vccint_mv, read.bram_mhz, read.uram_mhz,
                                 read.dsp_mhz};
    }
    owner->device.grades = grades;
    owner->device.n_grades = (uint32_t)n;
    return good;
}

static bool read_port(weir_device *device, const weir_config_node *node, weir_diag *diag) {
    static const weir_key keys[] = {
        {"port", WEIR_KEY_STRING, offsetof(port_keys, port), 0, 0, NULL, true},
        {"width_bits", WEIR_KEY_INT, offsetof(port_keys, width_bits), 1, 1024, NULL, true},
        {"mhz", WEIR_KEY_FLOAT, offsetof(port_keys, mhz), 0, MOST_MHZ, NULL, true},
        {"bits", WEIR_KEY_INT, offsetof(port_keys, bits), 0, INT64_C(1) << 40, NULL, false},
        {"frame_words", WEIR_KEY_INT, offsetof(port_keys, frame_words), 0, MOST_FRAME, NULL, false},
    };
    port_keys read = {0};
    if (node == NULL) return true;
    bool good = weir_config_read(node, "configuration", keys, COUNT(keys), &read, diag);
    device->configuration =
        (weir_configuration_port){read.port, (uint32_t)read.width_bits, read.mhz,
                                  (uint64_t)read.bits, (uint32_t)read.frame_words};
    if ((read.bits > 0) != (read.frame_words > 0))
        good = weir_error(diag, weir_config_loc(node),
                          "configuration: bits %lld and frame_words %lld, allowed are both or "
                          "neither",
                          (long long)read.bits, (long long)read.frame_words);
    return good;
}

static bool read_power(weir_device *device, const weir_config_node *node, weir_diag *diag) {
    static const weir_key keys[] = {
        {"static_mw", WEIR_KEY_FLOAT, offsetof(power_keys, static_mw), 0, MOST_MW, NULL, true},
        {"junction_c", WEIR_KEY_FLOAT, offsetof(power_keys, junction_c), 0, MOST_C, NULL, true},
        KEY_INT(power_keys, vccint_mv, 10000, false),
    };
    power_keys read = {0};
    if (node == NULL) return true;
    bool good = weir_config_read(node, "power", keys, COUNT(keys), &read, diag);
    device->supply = (weir_supply){read.static_mw, read.junction_c, (uint32_t)read.vccint_mv};
    return good;
}

static bool read_device(device_owner *owner, weir_diag *diag) {
    static const weir_key keys[] = {
        {"name", WEIR_KEY_STRING, offsetof(device_keys, name), 0, 0, NULL, true},
        {"family", WEIR_KEY_CHOICE, offsetof(device_keys, family), 0, 0, family_names, true},
        {"static_class", WEIR_KEY_CHOICE, offsetof(device_keys, static_class), 0, 0, static_names,
         false},
        KEY_INT(device_keys, lut, MOST, true),
        KEY_INT(device_keys, lut_memory, MOST, false),
        KEY_INT(device_keys, ff, MOST, true),
        KEY_INT(device_keys, bram36, MOST, true),
        KEY_INT(device_keys, uram288, MOST, false),
        KEY_INT(device_keys, slr, 64, false),
        {"dsp", WEIR_KEY_GROUP, offsetof(device_keys, dsp), 0, 0, NULL, true},
        {"grades", WEIR_KEY_LIST, offsetof(device_keys, grades), 0, 0, NULL, false},
        {"configuration", WEIR_KEY_GROUP, offsetof(device_keys, configuration), 0, 0, NULL, false},
        {"power", WEIR_KEY_GROUP, offsetof(device_keys, power), 0, 0, NULL, false},
    };
    device_keys read = {.name = ""};
    const weir_config_node *root = weir_config_root(owner->config);
    bool good = weir_config_read(root, "device", keys, COUNT(keys), &read, diag);
    weir_device *device = &owner->device;
    device->name = read.name;
    device->family = (weir_family)read.family;
    device->static_class = (weir_static_class)read.static_class;
    device->lut = (uint64_t)read.lut;
    device->lut_memory = (uint64_t)read.lut_memory;
    device->ff = (uint64_t)read.ff;
    device->bram36 = (uint64_t)read.bram36;
    device->uram288 = (uint64_t)read.uram288;
    device->slr = (uint32_t)read.slr;
    good = read_dsp(device, read.dsp, diag) && good;
    good = read_grades(owner, read.grades, diag) && good;
    good = read_port(device, read.configuration, diag) && good;
    good = read_power(device, read.power, diag) && good;
    if (read.lut_memory > read.lut)
        good = weir_error(diag, weir_config_key_loc(root, "lut_memory"),
                          "device: lut_memory %lld, maximum %lld (lut)", (long long)read.lut_memory,
                          (long long)read.lut);
    return good;
}

/* ------------------------------------------------------------------ finding */

bool weir_device_is_path(const char *name) {
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".cfg") == 0);
}

static int is_config(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".cfg") == 0;
}

static bool unknown_device(const char *name, const char *folder, weir_loc loc, weir_diag *diag) {
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_config, alphasort);
    weir_text *known = weir_text_new();
    for (int i = 0; i < n; i++) {
        weir_text_addf(known, "%s%.*s", i > 0 ? ", " : "", (int)strlen(entries[i]->d_name) - 4,
                       entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    weir_error(diag, loc, "device \"%s\" is unknown; there are: %s; or the path of a .cfg", name,
               weir_text_string(known));
    weir_text_free(known);
    return false;
}

/* The path of the device's file, of the arena; NULL with an error. */
static const char *find_file(const char *name, weir_arena *arena, weir_loc loc, weir_diag *diag) {
    static const char *const below[] = {"/../share/weir", "/../../share/weir", NULL};
    if (weir_device_is_path(name)) return weir_arena_strdup(arena, name);
    char folder[PATH_MAX];
    if (!weir_place_find(folder, "devices", below, WEIR_CONFIGS_BUILT, WEIR_CONFIGS_INSTALLED)) {
        weir_error(diag, loc, "device \"%s\": no folder of devices beside the program, in %s or %s",
                   name, WEIR_CONFIGS_BUILT, WEIR_CONFIGS_INSTALLED);
        return NULL;
    }
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_config, alphasort);
    const char *found = NULL;
    for (int i = 0; i < n; i++) {
        size_t length = strlen(entries[i]->d_name) - 4;
        if (strlen(name) == length && strncasecmp(name, entries[i]->d_name, length) == 0)
            found = weir_arena_printf(arena, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (found == NULL) unknown_device(name, folder, loc, diag);
    return found;
}

weir_device *weir_device_load(const char *name, weir_loc loc, weir_diag *diag) {
    device_owner *owner = weir_xcalloc(1, sizeof *owner);
    owner->arena = weir_arena_new();
    const char *path = find_file(name, owner->arena, loc, diag);
    if (path != NULL) owner->config = weir_config_load(path, diag);
    if (owner->config != NULL && read_device(owner, diag)) return &owner->device;
    weir_device_free(&owner->device);
    return NULL;
}

void weir_device_free(weir_device *device) {
    if (device == NULL) return;
    device_owner *owner = (device_owner *)device;
    weir_config_free(owner->config);
    weir_arena_free(owner->arena);
    free(owner);
}
