/* Why nothing moves: a walk over who waits for whom. */
#include "sim/deadlock.h"
#include "base/arena.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

typedef struct step { /* `process` waits at `channel` for the process at its other end */
    uint32_t process, channel;
    bool full;
} step;

typedef struct walk {
    const weir_book *book;
    const uint8_t *waits;
    const uint32_t *occupancy;
    step *steps; /* of the path being walked */
    uint32_t n_steps;
    uint8_t *state; /* per process: 0 new, 1 on the path, 2 leads to no cycle */
    uint32_t first; /* where the cycle begins in `steps` */
} walk;

static bool visit(walk *w, uint32_t process);

static bool follow(walk *w, uint32_t process, uint32_t channel, bool full, uint32_t other) {
    w->steps[w->n_steps++] = (step){process, channel, full};
    if (w->state[other] == 1) {
        for (w->first = 0; w->steps[w->first].process != other;)
            w->first++;
        return true;
    }
    if (w->state[other] == 0 && visit(w, other)) return true;
    w->n_steps--;
    return false;
}

/* Depth first: does a path of waits from `process` come back upon itself? */
static bool visit(walk *w, uint32_t p) {
    const weir_graph *graph = w->book->graph;
    const weir_process *process = weir_graph_process(graph, p);
    w->state[p] = 1;
    for (uint32_t q = 0; q < process->n_outputs; q++) {
        uint32_t c = weir_graph_output(graph, p, q);
        if ((w->waits[c] & WEIR_WAITS_FULL) &&
            follow(w, p, c, true, weir_graph_channel(graph, c)->consumer))
            return true;
    }
    for (uint32_t i = 0; i < process->n_inputs; i++) {
        uint32_t c = weir_graph_input(graph, p, i);
        if ((w->waits[c] & WEIR_WAITS_EMPTY) &&
            follow(w, p, c, false, weir_graph_channel(graph, c)->producer))
            return true;
    }
    w->state[p] = 2;
    return false;
}

/* The first wait of a process in port order, outputs first; false if it waits for nothing. */
static bool first_wait(const walk *w, uint32_t p, step *found, uint32_t *other) {
    const weir_graph *graph = w->book->graph;
    const weir_process *process = weir_graph_process(graph, p);
    for (uint32_t q = 0; q < process->n_outputs; q++) {
        uint32_t c = weir_graph_output(graph, p, q);
        if (!(w->waits[c] & WEIR_WAITS_FULL)) continue;
        *found = (step){p, c, true};
        *other = weir_graph_channel(graph, c)->consumer;
        return true;
    }
    for (uint32_t i = 0; i < process->n_inputs; i++) {
        uint32_t c = weir_graph_input(graph, p, i);
        if (!(w->waits[c] & WEIR_WAITS_EMPTY)) continue;
        *found = (step){p, c, false};
        *other = weir_graph_channel(graph, c)->producer;
        return true;
    }
    return false;
}

/* No cycle: the chain of waits from a sink to a process that waits for nothing. */
static uint32_t walk_chain(walk *w) {
    uint32_t at = w->book->sinks[0].process;
    for (uint32_t s = 0; s < w->book->n_sinks; s++)
        if (w->book->sinks[s].lane->read_frame < w->book->n_started) at = w->book->sinks[s].process;
    w->n_steps = w->first = 0;
    step found;
    uint32_t other;
    while (w->n_steps < weir_graph_processes(w->book->graph) && first_wait(w, at, &found, &other)) {
        w->steps[w->n_steps++] = found;
        at = other;
    }
    return at;
}

static void describe(const walk *w, weir_text *text, const step *at) {
    const weir_graph *graph = w->book->graph;
    const weir_channel *channel = weir_graph_channel(graph, at->channel);
    uint32_t other = at->full ? channel->consumer : channel->producer;
    weir_text_addf(text, "process \"%s\" waits to %s channel \"%s\" (%s, %u of %u beats",
                   weir_graph_process(graph, at->process)->name, at->full ? "write" : "read",
                   channel->name, at->full ? "full" : "empty", w->occupancy[at->channel],
                   channel->depth);
    if (channel->loc.file != NULL)
        weir_text_addf(text, "; %s:%d", channel->loc.file, channel->loc.line);
    weir_text_addf(text, ") for process \"%s\"\n", weir_graph_process(graph, other)->name);
}

/* What breaks a cycle: more room where it turns, in a full channel whose reader waits at an empty
 * one. That is the last channel of a branch, into the join; others that are full on the way to it
 * only back up from there. */
static void describe_turns(const walk *w, weir_text *text) {
    const step *steps = w->steps + w->first;
    uint32_t n = w->n_steps - w->first;
    for (uint32_t i = 0; i < n; i++) {
        if (!steps[i].full || steps[(i + 1) % n].full) continue;
        const weir_channel *channel = weir_graph_channel(w->book->graph, steps[i].channel);
        weir_text_addf(text, "enlarge channel \"%s\"", channel->name);
        if (channel->loc.file != NULL)
            weir_text_addf(text, " (%s:%d)", channel->loc.file, channel->loc.line);
        weir_text_addf(text, ": a depth of %u is too little for this cycle\n", channel->depth);
    }
}

/* What is wrong with the process at which a chain without a cycle ends. */
static void describe_end(const walk *w, weir_text *text, uint32_t p) {
    const weir_process *process = weir_graph_process(w->book->graph, p);
    if (process->kind == WEIR_SOURCE)
        weir_text_addf(text, "source \"%s\" has no more beats to send\n", process->name);
    else
        weir_text_addf(text, "process \"%s\" neither reads nor writes any more\n", process->name);
}

/* A process that shows no wait at its ports, as one that writes several outputs in one step need not
 * while all of them are full, waits for whatever channel of its own cannot move. */
static void infer_waits(const weir_graph *graph, uint8_t *waits, const uint32_t *occupancy) {
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        unsigned shown = 0, full = 0;
        for (uint32_t i = 0; i < process->n_inputs; i++)
            shown |= waits[weir_graph_input(graph, p, i)] & WEIR_WAITS_EMPTY;
        for (uint32_t q = 0; q < process->n_outputs; q++)
            shown |= waits[weir_graph_output(graph, p, q)] & WEIR_WAITS_FULL;
        if (shown != 0 || process->kind != WEIR_PROCESS) continue;
        for (uint32_t q = 0; q < process->n_outputs; q++) {
            uint32_t c = weir_graph_output(graph, p, q);
            if (occupancy[c] < weir_graph_channel(graph, c)->depth) continue;
            waits[c] |= WEIR_WAITS_FULL;
            full++;
        }
        for (uint32_t i = 0; i < process->n_inputs && full == 0; i++) {
            uint32_t c = weir_graph_input(graph, p, i);
            if (occupancy[c] == 0) waits[c] |= WEIR_WAITS_EMPTY;
        }
    }
}

void weir_explain_deadlock(weir_book *book, uint8_t *waits, const uint32_t *occupancy) {
    uint32_t n = weir_graph_processes(book->graph);
    infer_waits(book->graph, waits, occupancy);
    walk w = {.book = book, .waits = waits, .occupancy = occupancy};
    w.steps = weir_xcalloc(n + 1, sizeof *w.steps);
    w.state = weir_xcalloc(n, 1);
    bool cycle = false;
    for (uint32_t p = 0; p < n && !cycle; p++)
        cycle = w.state[p] == 0 && visit(&w, p);
    uint32_t end = cycle ? 0 : walk_chain(&w);
    weir_deadlock *dead = &book->result->deadlock;
    dead->happened = true;
    dead->time_ps = book->last_beat_ps;
    dead->n_steps = w.n_steps - w.first;
    dead->processes = weir_xcalloc(dead->n_steps + 1, sizeof *dead->processes);
    dead->channels = weir_xcalloc(dead->n_steps + 1, sizeof *dead->channels);
    dead->full = weir_xcalloc(dead->n_steps + 1, sizeof *dead->full);
    weir_text *text = weir_text_new();
    for (uint32_t i = 0; i < dead->n_steps; i++) {
        const step *at = &w.steps[w.first + i];
        dead->processes[i] = at->process;
        dead->channels[i] = at->channel;
        dead->full[i] = at->full;
        describe(&w, text, at);
    }
    if (cycle)
        describe_turns(&w, text);
    else
        describe_end(&w, text, end);
    dead->text = strdup(weir_text_string(text));
    weir_text_free(text);
    free(w.steps);
    free(w.state);
}
