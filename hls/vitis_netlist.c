/* The netlist of a dataflow top: Yosys as a program of its own, its JSON taken apart. */
#include "hls/vitis_parts.h"
#include <fcntl.h>
#include <jansson.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

const weir_vport *weir_vcell_port(const weir_vcell *cell, const char *name) {
    for (uint32_t p = 0; p < cell->n_ports; p++)
        if (strcmp(cell->ports[p].name, name) == 0) return &cell->ports[p];
    return NULL;
}

const weir_vport *weir_vtop_port(const weir_vnetlist *netlist, const char *name) {
    for (uint32_t p = 0; p < netlist->n_ports; p++)
        if (strcmp(netlist->ports[p].name, name) == 0) return &netlist->ports[p];
    return NULL;
}

int64_t weir_vcell_parameter(const weir_vcell *cell, const char *name, int64_t otherwise) {
    for (uint32_t p = 0; p < cell->n_parameters; p++)
        if (strcmp(cell->parameters[p], name) == 0) return cell->values[p];
    return otherwise;
}

/* ------------------------------------------------------------------ JSON */

typedef struct reading {
    weir_vnetlist *netlist;
    weir_arena *arena;
} reading;

static void read_bits(reading *r, const json_t *list, weir_vport *port) {
    port->n_bits = (uint32_t)json_array_size(list);
    port->bits = WEIR_NEW(r->arena, int32_t, port->n_bits + 1);
    for (uint32_t b = 0; b < port->n_bits; b++) {
        const json_t *bit = json_array_get(list, b);
        const char *constant = json_string_value(bit);
        if (constant != NULL)
            port->bits[b] = *constant == '0'   ? WEIR_BIT_0
                            : *constant == '1' ? WEIR_BIT_1
                                               : WEIR_BIT_X;
        else
            port->bits[b] = (int32_t)json_integer_value(bit);
        if (port->bits[b] >= r->netlist->n_nets) r->netlist->n_nets = port->bits[b] + 1;
    }
}

/* A parameter of digits 0 and 1, most significant first, or a number, or text. */
static int64_t parameter_value(const json_t *value) {
    const char *text = json_string_value(value);
    if (text == NULL) return (int64_t)json_integer_value(value);
    if (text[strspn(text, "01")] != '\0') return -1;
    int64_t number = 0;
    for (const char *c = text; *c != '\0'; c++)
        number = (int64_t)((uint64_t)number << 1 | (uint64_t)(*c - '0'));
    return number;
}

static void read_cell(reading *r, const char *name, const json_t *from, weir_vcell *cell) {
    const json_t *directions = json_object_get(from, "port_directions");
    json_t *connections = json_object_get(from, "connections");
    json_t *parameters = json_object_get(from, "parameters");
    const char *type = json_string_value(json_object_get(from, "type"));
    cell->name = weir_arena_strdup(r->arena, name);
    cell->type = weir_arena_strdup(r->arena, type != NULL ? type : "");
    cell->ports = WEIR_NEW(r->arena, weir_vport, json_object_size(connections) + 1);
    const char *key;
    json_t *value;
    json_object_foreach(connections, key, value) {
        weir_vport *port = &cell->ports[cell->n_ports++];
        const char *direction = json_string_value(json_object_get(directions, key));
        port->name = weir_arena_strdup(r->arena, key);
        port->is_output = direction != NULL && strcmp(direction, "output") == 0;
        read_bits(r, value, port);
    }
    size_t n = json_object_size(parameters);
    cell->parameters = WEIR_NEW(r->arena, const char *, n + 1);
    cell->values = WEIR_NEW(r->arena, int64_t, n + 1);
    json_object_foreach(parameters, key, value) {
        cell->parameters[cell->n_parameters] = weir_arena_strdup(r->arena, key);
        cell->values[cell->n_parameters++] = parameter_value(value);
    }
}

static void read_module(reading *r, const json_t *module) {
    weir_vnetlist *netlist = r->netlist;
    json_t *ports = json_object_get(module, "ports"), *cells = json_object_get(module, "cells");
    netlist->ports = WEIR_NEW(r->arena, weir_vport, json_object_size(ports) + 1);
    netlist->cells = WEIR_NEW(r->arena, weir_vcell, json_object_size(cells) + 1);
    netlist->n_nets = 2;
    const char *key;
    json_t *value;
    json_object_foreach(ports, key, value) {
        weir_vport *port = &netlist->ports[netlist->n_ports++];
        const char *direction = json_string_value(json_object_get(value, "direction"));
        port->name = weir_arena_strdup(r->arena, key);
        port->is_output = direction != NULL && strcmp(direction, "output") == 0;
        read_bits(r, json_object_get(value, "bits"), port);
    }
    json_object_foreach(cells, key, value)
        read_cell(r, key, value, &netlist->cells[netlist->n_cells++]);
}

static bool read_json(weir_vnetlist *netlist, weir_arena *arena, const char *path, const char *top,
                      weir_diag *diag) {
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL)
        return weir_error(diag, WEIR_NOWHERE, "netlist of \"%s\": line %d: %s", top, error.line,
                          error.text);
    const json_t *module = json_object_get(json_object_get(root, "modules"), top);
    bool good = module != NULL;
    if (good)
        read_module(&(reading){netlist, arena}, module);
    else
        weir_error(diag, WEIR_NOWHERE, "netlist of \"%s\": yosys wrote no such module", top);
    json_decref(root);
    return good;
}

/* ------------------------------------------------------------------ Yosys */

/* The script, and with it what is read: the top, and its children as black boxes. */
static void write_script(weir_text *script, const weir_vscan *scan, uint32_t top,
                         const char *json) {
    const weir_vmodule *module = &scan->modules[top];
    bool *done = weir_xcalloc(scan->n_files + 1, sizeof *done);
    done[module->file] = true;
    weir_text_addf(script, "read_verilog \"%s/%s\"\n", scan->folder, scan->files[module->file]);
    for (uint32_t c = 0; c < module->n_children; c++) {
        uint32_t file = scan->modules[module->children[c]].file;
        if (!done[file])
            weir_text_addf(script, "read_verilog -lib \"%s/%s\"\n", scan->folder,
                           scan->files[file]);
        done[file] = true;
    }
    weir_text_addf(script, "hierarchy -top \\%s\nproc\nopt_clean\nwrite_json \"%s\"\n",
                   module->name, json);
    free(done);
}

/* The last line of the log that says ERROR, without that word. */
static void report_log(const char *path, const char *top, weir_diag *diag) {
    char line[1024], message[1024] = "no message";
    FILE *log = fopen(path, "r");
    while (log != NULL && fgets(line, sizeof line, log) != NULL) {
        const char *error = strstr(line, "ERROR: ");
        if (error != NULL) snprintf(message, sizeof message, "%s", error + 7);
    }
    if (log != NULL) fclose(log);
    message[strcspn(message, "\n")] = '\0';
    weir_error(diag, WEIR_NOWHERE, "top \"%s\": yosys: %s", top, message);
}

static bool run_yosys(const char *script, const char *log, const char *top, weir_diag *diag) {
    const char *args[] = {"yosys", "-q", "-s", script, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child;
    int error = posix_spawnp(&child, args[0], &actions, NULL, (char *const *)args, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return weir_error(diag, WEIR_NOWHERE,
                          "yosys: cannot be started (%s); install Debian package yosys",
                          strerror(error));
    int status = 0;
    waitpid(child, &status, 0);
    if (status == 0) return true;
    report_log(log, top, diag);
    return false;
}

bool weir_vnetlist_read(weir_vnetlist *netlist, weir_arena *arena, const weir_vscan *scan,
                        uint32_t top, const char *folder, weir_diag *diag) {
    const char *name = scan->modules[top].name;
    const char *script = weir_arena_printf(arena, "%s/netlist.ys", folder);
    const char *json = weir_arena_printf(arena, "%s/netlist.json", folder);
    const char *log = weir_arena_printf(arena, "%s/netlist.log", folder);
    weir_text *text = weir_text_new();
    write_script(text, scan, top, json);
    bool good = weir_text_save(text, script, diag) && run_yosys(script, log, name, diag) &&
                read_json(netlist, arena, json, name, diag);
    weir_text_free(text);
    unlink(script);
    unlink(json);
    unlink(log);
    return good;
}
