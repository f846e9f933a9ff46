#include "hls/synthesis.h"
#include "base/arena.h"
#include "base/cache.h"
#include "base/text.h"
#include "base/tool.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define TOP "weir_wrapped"
#define COST_FILE "cost.json"

/* Additions and subtractions as carry chains, each on its own. */
static const char adders[] =
    "(* techmap_celltype = \"$add $sub\" *)\n"
    "module weir_adder (A, B, Y);\n"
    "    parameter A_SIGNED = 0;\n"
    "    parameter B_SIGNED = 0;\n"
    "    parameter A_WIDTH = 1;\n"
    "    parameter B_WIDTH = 1;\n"
    "    parameter Y_WIDTH = 1;\n"
    "    parameter _TECHMAP_CELLTYPE_ = \"\";\n"
    "    input [A_WIDTH-1:0] A;\n"
    "    input [B_WIDTH-1:0] B;\n"
    "    output [Y_WIDTH-1:0] Y;\n"
    "    localparam SUBTRACT = _TECHMAP_CELLTYPE_ == \"$sub\";\n"
    "    wire [Y_WIDTH-1:0] carries, differences;\n"
    "    \\$alu #(\n"
    "        .A_SIGNED(A_SIGNED && B_SIGNED), .B_SIGNED(A_SIGNED && B_SIGNED),\n"
    "        .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)\n"
    "    ) _TECHMAP_REPLACE_ (\n"
    "        .A(A), .B(B), .Y(Y), .CI(SUBTRACT[0]), .BI(SUBTRACT[0]), .X(differences),\n"
    "        .CO(carries)\n"
    "    );\n"
    "endmodule\n";

typedef struct job {
    weir_synthesis_request *request;
    char key[WEIR_KEY_CHARS];
    char path[4096]; /* private folder */
    int same_as;     /* an earlier job with the same key, or -1 */
    bool late;
} job;

typedef struct synthesiser {
    char folder[4096]; /* the cache */
    char version[256];
    weir_family family;
    double limit_seconds;
    job *jobs;
    weir_job *pool;
    uint32_t n_jobs;
    weir_diag *diag;
} synthesiser;

/* ------------------------------------------------------------------ what Yosys is given */

static void add_port(weir_text *sv, bool input, char which, uint32_t port, uint32_t bits) {
    const char *name = which == 'i' ? "in" : "out";
    weir_text_addf(sv, ",\n    %s logic %s%u_valid", input ? "input" : "output", name, port);
    weir_text_addf(sv, ",\n    %s logic %s%u_ready", input ? "output" : "input", name, port);
    weir_text_addf(sv, ",\n    %s logic [%u:0] %s%u_data", input ? "input" : "output", bits - 1,
                   name, port);
}

/* The module with its images, under one name for all. */
static void write_wrapper(const weir_synthesis_request *r, weir_text *sv) {
    weir_text_add(sv, "module " TOP " (");
    for (uint32_t d = 0; d < r->n_clocks; d++)
        weir_text_addf(sv, "%s\n    input logic clk_%u,\n    input logic rst_%u", d > 0 ? "," : "",
                       d, d);
    if (r->n_clocks == 0) weir_text_add(sv, "\n    input logic clk,\n    input logic rst");
    for (uint32_t p = 0; p < r->n_inputs; p++)
        add_port(sv, true, 'i', p, r->input_bits[p]);
    for (uint32_t q = 0; q < r->n_outputs; q++)
        add_port(sv, false, 'o', q, r->output_bits[q]);
    weir_text_addf(sv, "\n);\n    %s", r->module);
    bool parameters = r->n_roms > 0 || r->rom_folder != NULL;
    if (parameters) weir_text_add(sv, " #(");
    for (uint32_t i = 0; i < r->n_roms; i++) {
        char *path = realpath(r->roms[i].file, NULL);
        weir_text_addf(sv, "%s\n        .ROM_FILE%u(\"%s\")", i > 0 ? "," : "", i,
                       path != NULL ? path : r->roms[i].file);
        free(path);
    }
    if (r->rom_folder != NULL) {
        char *path = realpath(r->rom_folder, NULL);
        weir_text_addf(sv, "\n        .ROM_DIR(\"%s\")", path != NULL ? path : r->rom_folder);
        free(path);
    }
    weir_text_add(sv, parameters ? "\n    ) dut (.*);\nendmodule\n" : " dut (.*);\nendmodule\n");
}

/* The passes; the sources' paths are put before them. */
static void write_passes(weir_family family, weir_text *script) {
    const char *name = weir_family_name(family);
    static const char synth[] =
        "synth_xilinx -family %s -flatten -noiopad -noclkbuf -nowidelut -top " TOP " -run %s\n";
    weir_text_addf(script, synth, name, "begin:coarse");
    weir_text_add(script, "techmap -map adders.v\n");
    weir_text_addf(script, synth, name, "coarse:");
    weir_text_add(script, "write_json netlist.json\n");
}

static bool save(const char *folder, const char *name, const char *text, weir_diag *diag) {
    char path[4096 + 64];
    snprintf(path, sizeof path, "%.4095s/%s", folder, name);
    return weir_file_write(path, text, strlen(text), diag);
}

static bool write_inputs(const synthesiser *s, const job *j) {
    const weir_synthesis_request *r = j->request;
    weir_text *script = weir_text_new(), *wrapper = weir_text_new();
    weir_text_add(script, "read_verilog -sv -DSYNTHESIS");
    for (uint32_t i = 0; i < r->n_sources; i++) {
        char *path = realpath(r->sources[i], NULL);
        weir_text_addf(script, " \"%s\"", path != NULL ? path : r->sources[i]);
        free(path);
    }
    weir_text_add(script, " wrapper.sv\n");
    write_passes(s->family, script);
    write_wrapper(r, wrapper);
    bool good = save(j->path, "wrapper.sv", weir_text_string(wrapper), s->diag) &&
                save(j->path, "adders.v", adders, s->diag) &&
                save(j->path, "script.ys", weir_text_string(script), s->diag);
    weir_text_free(script);
    weir_text_free(wrapper);
    return good;
}

/* ------------------------------------------------------------------ results in the cache */

static json_t *counts_of(const uint64_t *counts, size_t n) {
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_integer((json_int_t)counts[i]));
    return array;
}

static bool read_counts(const json_t *array, uint64_t *counts, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_integer(item) || json_integer_value(item) < 0) return false;
        counts[i] = (uint64_t)json_integer_value(item);
    }
    return true;
}

#define CELL_COUNTS (sizeof(weir_cells) / sizeof(uint64_t))

static bool save_result(const job *j, weir_diag *diag) {
    const weir_synthesis_request *r = j->request;
    json_t *parts = json_array(), *root;
    for (int p = 0; p < WEIR_PARTS; p++)
        json_array_append_new(parts, counts_of(r->cost.part[p], WEIR_RESOURCES));
    root = json_pack("{s:b, s:o, s:o, s:o}", "late", j->late, "total",
                     counts_of(r->cost.total, WEIR_RESOURCES), "parts", parts, "cells",
                     counts_of((const uint64_t *)&r->cells, CELL_COUNTS));
    char *text = json_dumps(root, JSON_COMPACT);
    bool good = save(j->path, COST_FILE, text, diag);
    free(text);
    json_decref(root);
    return good;
}

static bool load_result(const synthesiser *s, job *j) {
    char path[4096 + WEIR_KEY_CHARS + 32];
    snprintf(path, sizeof path, "%s/%s/" COST_FILE, s->folder, j->key);
    weir_synthesis_request *r = j->request;
    json_t *root = json_load_file(path, 0, NULL), *parts = json_object_get(root, "parts");
    bool good = read_counts(json_object_get(root, "total"), r->cost.total, WEIR_RESOURCES) &&
                read_counts(json_object_get(root, "cells"), (uint64_t *)&r->cells, CELL_COUNTS);
    for (size_t p = 0; p < WEIR_PARTS; p++)
        good = good && read_counts(json_array_get(parts, p), r->cost.part[p], WEIR_RESOURCES);
    j->late = json_is_true(json_object_get(root, "late"));
    r->cost.source = j->late ? WEIR_COST_NONE : WEIR_COST_SYNTHESIS;
    json_decref(root);
    return good;
}

/* ------------------------------------------------------------------ jobs */

static bool start(void *context, uint32_t index) {
    synthesiser *s = context;
    job *j = &s->jobs[index];
    char what[256];
    snprintf(what, sizeof what, "module \"%.200s\"", j->request->module);
    static const char *const args[] = {"yosys", "-q", "-s", "script.ys", NULL};
    if (weir_cache_begin(j->path, s->folder, s->diag) && write_inputs(s, j) &&
        weir_tool_start(&s->pool[index].child, j->path, args, what, s->diag))
        return true;
    if (j->path[0] != '\0') weir_cache_discard(j->path);
    return false;
}

/* The first line of the job's log that tells of an error. */
static void report_failure(const synthesiser *s, const job *j) {
    char path[4096 + 8], line[1024], message[1024] = "it ended without a message";
    snprintf(path, sizeof path, "%.4095s/log", j->path);
    FILE *log = fopen(path, "r");
    while (log != NULL && fgets(line, sizeof line, log) != NULL) {
        if (strstr(line, "ERROR") == NULL) continue;
        snprintf(message, sizeof message, "%s", line);
        break;
    }
    if (log != NULL) fclose(log);
    message[strcspn(message, "\n")] = '\0';
    weir_error(s->diag, WEIR_NOWHERE, "module \"%s\": yosys: %s", j->request->module, message);
}

static weir_job_state ended(void *context, uint32_t index, int status, bool late) {
    synthesiser *s = context;
    job *j = &s->jobs[index];
    weir_synthesis_request *r = j->request;
    char path[4096 + 32];
    j->late = late;
    bool good = late || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (!good) report_failure(s, j);
    snprintf(path, sizeof path, "%.4095s/netlist.json", j->path);
    if (good && !late) good = weir_netlist_read(path, TOP, &r->cost, &r->cells, s->diag);
    weir_remove_files(j->path, "netlist.json"); /* large, and not looked at again */
    if (good && save_result(j, s->diag) &&
        weir_cache_commit(j->path, s->folder, j->key, COST_FILE, s->diag))
        return WEIR_JOB_DONE;
    weir_cache_discard(j->path);
    return WEIR_JOB_FAILED;
}

static void hash_ports(weir_hash *hash, const weir_synthesis_request *r, weir_text *passes) {
    for (uint32_t p = 0; p < r->n_inputs; p++)
        weir_text_addf(passes, "in %u\n", r->input_bits[p]);
    for (uint32_t q = 0; q < r->n_outputs; q++)
        weir_text_addf(passes, "out %u\n", r->output_bits[q]);
    weir_text_addf(passes, "clocks %u\n", r->n_clocks);
    weir_hash_text(hash, weir_text_string(passes));
}

/* `counting` is the version of how netlist.c counts cells: a change of that is a change of this. */
static bool make_key(const synthesiser *s, job *j) {
    static const char counting[] = "synthesis, counting 4";
    const weir_synthesis_request *r = j->request;
    weir_hash *hash = weir_hash_new();
    weir_text *passes = weir_text_new();
    weir_hash_text(hash, counting);
    weir_hash_text(hash, s->version);
    weir_hash_text(hash, adders);
    weir_hash_text(hash, r->module);
    write_passes(s->family, passes);
    weir_text_addf(passes, "limit %.0f\n", s->limit_seconds);
    hash_ports(hash, r, passes);
    bool good = true;
    for (uint32_t i = 0; i < r->n_sources; i++)
        good = weir_hash_file(hash, r->sources[i], s->diag) && good;
    for (uint32_t i = 0; i < r->n_roms; i++)
        good = weir_hash_file(hash, r->roms[i].file, s->diag) && good;
    weir_text_free(passes);
    weir_hash_end(hash, j->key);
    return good;
}

static bool plan(synthesiser *s, weir_synthesis_request *requests) {
    bool good = true;
    for (uint32_t i = 0; i < s->n_jobs; i++) {
        job *j = &s->jobs[i];
        j->request = &requests[i];
        j->same_as = -1;
        s->pool[i].state = WEIR_JOB_DONE;
        if (j->request->module == NULL) continue;
        if (!make_key(s, j)) {
            good = false;
            continue;
        }
        for (uint32_t k = 0; k < i && j->same_as < 0; k++)
            if (strcmp(s->jobs[k].key, j->key) == 0) j->same_as = (int)k;
        j->request->cached =
            j->same_as < 0 && weir_cache_holds(s->folder, j->key, COST_FILE) && load_result(s, j);
        if (j->same_as < 0 && !j->request->cached) s->pool[i].state = WEIR_JOB_WAITING;
    }
    return good;
}

static bool run(synthesiser *s, const weir_progress *progress) {
    weir_pool pool = {.jobs = s->pool,
                      .n_jobs = s->n_jobs,
                      .context = s,
                      .start = start,
                      .ended = ended,
                      .limit_seconds = s->limit_seconds,
                      .what = "synthesising"};
    bool whole = weir_pool_run(&pool, progress), good = whole;
    for (uint32_t i = 0; i < s->n_jobs; i++) {
        job *j = &s->jobs[i];
        good = good && s->pool[i].state == WEIR_JOB_DONE;
        if (!whole && s->pool[i].state == WEIR_JOB_FAILED && j->path[0] != '\0')
            weir_cache_discard(j->path);
        if (j->same_as < 0) continue;
        const weir_synthesis_request *first = s->jobs[j->same_as].request;
        j->request->cost = first->cost;
        j->request->cells = first->cells;
        j->request->cached = true;
    }
    if (!whole)
        return weir_error(s->diag, WEIR_NOWHERE, "interrupted while modules were synthesised");
    return good;
}

bool weir_synthesise(weir_synthesis_request *requests, uint32_t n, weir_family family,
                     double limit_seconds, const weir_progress *progress, weir_diag *diag) {
    if (n == 0) return true;
    if (!weir_tool_on_path("yosys"))
        return weir_error(diag, WEIR_NOWHERE,
                          "yosys: not found on PATH; install Debian package yosys, or have "
                          "resources estimated");
    synthesiser s = {.family = family, .limit_seconds = limit_seconds, .n_jobs = n, .diag = diag};
    s.jobs = weir_xcalloc(n, sizeof *s.jobs);
    s.pool = weir_xcalloc(n, sizeof *s.pool);
    bool good = weir_tool_first_line("yosys -V", s.version, sizeof s.version, diag) &&
                weir_cache_open(s.folder, diag) && plan(&s, requests) && run(&s, progress);
    free(s.jobs);
    free(s.pool);
    return good;
}

void weir_synthesis_requests(const weir_graph *graph, weir_synthesis_request *requests) {
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        requests[p] = (weir_synthesis_request){0};
        if (process->rtl.module == NULL) continue;
        weir_synthesis_request *r = &requests[p];
        r->module = process->rtl.module;
        r->sources = process->rtl.sources;
        r->n_sources = process->rtl.n_sources;
        r->roms = process->rtl.roms;
        r->n_roms = process->rtl.n_roms;
        r->n_inputs = process->n_inputs;
        r->n_outputs = process->n_outputs;
        for (uint32_t i = 0; i < process->n_inputs; i++)
            r->input_bits[i] = weir_graph_channel(graph, weir_graph_input(graph, p, i))->beat_bits;
        for (uint32_t q = 0; q < process->n_outputs; q++)
            r->output_bits[q] =
                weir_graph_channel(graph, weir_graph_output(graph, p, q))->beat_bits;
    }
}
