#include "sim/opened.h"
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

static void make_request(const weir_graph *graph, uint32_t p, weir_build_request *r) {
    const weir_process *process = weir_graph_process(graph, p);
    r->module = process->rtl.module;
    r->sources = process->rtl.sources;
    r->n_sources = process->rtl.n_sources;
    r->roms = process->rtl.roms;
    r->n_roms = process->rtl.n_roms;
    r->rom_folder = process->rom_folder;
    r->imported = process->imported;
    r->n_inputs = process->n_inputs;
    r->n_outputs = process->n_outputs;
    for (uint32_t i = 0; i < r->n_inputs; i++)
        r->input_bits[i] = weir_graph_channel(graph, weir_graph_input(graph, p, i))->beat_bits;
    for (uint32_t q = 0; q < r->n_outputs; q++)
        r->output_bits[q] = weir_graph_channel(graph, weir_graph_output(graph, p, q))->beat_bits;
}

static void open_model(weir_opened *opened, const weir_process *process, const char *object,
                       weir_diag *diag) {
    opened->model = weir_model_open(object, process->rtl.roms, process->rtl.n_roms, diag);
    if (opened->model == NULL) {
        weir_error(diag, process->loc, "process \"%s\": its model cannot be used", process->name);
        return;
    }
    for (uint32_t i = 0; i < opened->model->n_spans; i++)
        opened->bytes += opened->model->spans[i].count;
    opened->snapshot = weir_xcalloc(opened->bytes, 1);
}

weir_opened *weir_opened_new(const weir_graph *graph, weir_book *book,
                             const weir_progress *progress, weir_diag *diag) {
    uint32_t n_processes = weir_graph_processes(graph), n = 0;
    weir_build_request *requests = weir_xcalloc(n_processes + 1, sizeof *requests);
    bool good = true;
    for (uint32_t p = 0; p < n_processes; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (process->kind != WEIR_PROCESS) continue;
        if (process->rtl.module == NULL)
            good = weir_error(diag, process->loc, "process \"%s\": no RTL, the rtl engine needs it",
                              process->name);
        else
            make_request(graph, p, &requests[n++]);
    }
    if (good)
        good = book != NULL ? weir_build_for_run(book, requests, n, diag)
                            : weir_build(requests, n, progress, diag);
    weir_opened *opened = good ? weir_xcalloc(n_processes, sizeof *opened) : NULL;
    n = 0;
    for (uint32_t p = 0; p < n_processes && good; p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (process->kind != WEIR_PROCESS) continue;
        open_model(&opened[p], process, requests[n++].object, diag);
        good = opened[p].model != NULL;
    }
    free(requests);
    if (good) return opened;
    weir_opened_free(opened, n_processes);
    return NULL;
}

void weir_opened_free(weir_opened *opened, uint32_t n_processes) {
    for (uint32_t p = 0; opened != NULL && p < n_processes; p++) {
        weir_model_close(opened[p].model);
        free(opened[p].snapshot);
        free(opened[p].reset);
    }
    free(opened);
}

void weir_opened_reset(weir_opened *opened) {
    weir_rtl_model *model = opened->model;
    if (opened->reset == NULL) {
        *model->rst = 1;
        for (int i = 0; i < WEIR_RESET_CYCLES; i++) {
            model->settle(model->self);
            model->tick(model->self);
        }
        *model->rst = 0;
        model->settle(model->self);
        opened->reset = weir_xcalloc(opened->bytes, 1);
        uint8_t *to = opened->reset;
        for (uint32_t i = 0; i < model->n_spans; i++) {
            memcpy(to, model->spans[i].bytes, model->spans[i].count);
            to += model->spans[i].count;
        }
        return;
    }
    const uint8_t *from = opened->reset;
    for (uint32_t i = 0; i < model->n_spans; i++) {
        memcpy((void *)(uintptr_t)model->spans[i].bytes, from, model->spans[i].count);
        from += model->spans[i].count;
    }
}

weir_status weir_run_opened(const weir_graph *graph, const weir_run_options *options,
                            weir_opened *const *opened, weir_result **result, weir_diag *diag) {
    *result = NULL;
    weir_book *book = weir_book_new(graph, options, diag);
    if (book == NULL) return WEIR_BAD_INPUT;
    book->opened = opened;
    return weir_run_book(book, result, diag);
}
