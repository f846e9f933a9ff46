#include "sim/run.h"
#include "sim/engines.h"
#include <stdlib.h>
#include <string.h>

const char *weir_engine_name(weir_engine engine) {
    return engine == WEIR_ENGINE_RTL ? "rtl" : engine == WEIR_ENGINE_REPLAY ? "replay" : "stitched";
}

/* Equal requests are of one model. */
static bool is_repeat(const weir_build_request *requests, uint32_t i) {
    for (uint32_t k = 0; k < i; k++)
        if (strcmp(requests[k].object, requests[i].object) == 0) return true;
    return false;
}

bool weir_build_for_run(weir_book *book, weir_build_request *requests, uint32_t n,
                        weir_diag *diag) {
    double started = weir_seconds();
    if (!weir_build(requests, n, &book->options->progress, diag)) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (is_repeat(requests, i)) continue;
        if (requests[i].cached)
            book->result->models_cached++;
        else
            book->result->models_built++;
    }
    book->result->build_seconds = weir_seconds() - started;
    return true;
}

uint64_t weir_stall_cycles(const weir_book *book) {
    if (book->options->stall_cycles != 0) return book->options->stall_cycles;
    const weir_graph *graph = book->graph;
    uint32_t n_domains = weir_graph_domains(graph);
    uint64_t fastest = UINT64_MAX, longest_ps = 0;
    for (uint32_t d = 0; d < n_domains; d++)
        if (weir_graph_domain(graph, d)->period_ps < fastest)
            fastest = weir_graph_domain(graph, d)->period_ps;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        uint64_t ps = (process->ii_cycles + process->stages) *
                      weir_graph_domain(graph, process->domain)->period_ps;
        if (ps > longest_ps) longest_ps = ps;
    }
    /* Edges of any clock may be what is counted. */
    return 1000000 + 2 * n_domains * (longest_ps / fastest + 1);
}

weir_status weir_run(const weir_graph *graph, const weir_run_options *options, weir_result **result,
                     weir_diag *diag) {
    *result = NULL;
    weir_book *book = weir_book_new(graph, options, diag);
    return book != NULL ? weir_run_book(book, result, diag) : WEIR_BAD_INPUT;
}

weir_status weir_run_book(weir_book *book, weir_result **result, weir_diag *diag) {
    const weir_run_options *options = book->options;
    uint64_t end_ps = 0;
    bool good = options->engine == WEIR_ENGINE_RTL      ? weir_run_rtl(book, &end_ps, diag)
                : options->engine == WEIR_ENGINE_REPLAY ? weir_run_replay(book, &end_ps, diag)
                                                        : weir_run_stitched(book, &end_ps, diag);
    weir_status status = WEIR_BAD_INPUT;
    if (good) {
        *result = weir_book_finish(book, end_ps);
        status = (*result)->deadlock.happened ? WEIR_DEADLOCK
                 : (*result)->mismatches > 0  ? WEIR_DISAGREE
                                              : WEIR_OK;
    }
    weir_book_free(book);
    return status;
}

void weir_result_free(weir_result *result) {
    if (result == NULL) return;
    free(result->frames);
    free(result->domain_cycles);
    free(result->processes);
    free(result->channels);
    free(result->first_mismatch.found);
    free(result->first_mismatch.expected);
    free(result->deadlock.processes);
    free(result->deadlock.channels);
    free(result->deadlock.full);
    free(result->deadlock.text);
    weir_trace_free(result->trace);
    free(result->outputs);
    free(result);
}
