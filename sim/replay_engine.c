/* Replay as an engine of weir_run: a run's options in, its result out, like those of the RTL engines
 * in everything but data. They record what happens up to the instant in which the last beat that they
 * wait for moves, and so does the book here: later events are known, and left out. */
#include "base/arena.h"
#include "base/text.h"
#include "sim/deadlock.h"
#include "sim/engines.h"
#include "sim/replay_sets.h"
#include "sim/replay_stats.h"
#include <stdlib.h>
#include <string.h>

typedef struct replay_run {
    weir_book *book;
    weir_net *net;
    weir_replay *replay;
    weir_domain *domains;
    weir_channel_timing *channels;
    const char **pauses;
    uint64_t end_ps;
} replay_run;

static bool check(const weir_book *book, weir_diag *diag) {
    if (book->options->outside == NULL) return true;
    return weir_error(diag, WEIR_NOWHERE,
                      "run of \"%s\": the replay engine has no data to exchange with the outside; "
                      "use the rtl engine",
                      weir_graph_name(book->graph));
}

static weir_replay_parameters parameters_of(replay_run *r) {
    const weir_graph *graph = r->book->graph;
    const weir_run_options *options = r->book->options;
    uint32_t n = weir_graph_processes(graph);
    r->domains = weir_xcalloc(weir_graph_domains(graph) + 1, sizeof *r->domains);
    r->channels = weir_xcalloc(weir_graph_channels(graph) + 1, sizeof *r->channels);
    r->pauses = weir_xcalloc(n + 1, sizeof *r->pauses);
    weir_replay_of_graph(graph, r->domains, r->channels);
    for (uint32_t p = 0; p < n; p++) {
        weir_process_kind kind = weir_graph_process(graph, p)->kind;
        if (kind == WEIR_PROCESS) continue;
        if (options->pauses != NULL)
            r->pauses[p] = options->pauses[p];
        else if (kind == WEIR_SINK)
            r->pauses[p] = options->sink_pause;
    }
    return (weir_replay_parameters){.domains = r->domains,
                                    .channels = r->channels,
                                    .frames = options->frames,
                                    .arrival_ps = options->arrival_ps,
                                    .drop = options->drop,
                                    .pauses = r->pauses};
}

/* Of `count` logged events those up to the end. */
static uint64_t until_end(const replay_run *r, const weir_event_log *log, uint64_t count,
                          uint32_t process) {
    const weir_actor *actor = &r->replay->actors[process];
    while (count > log->from &&
           weir_replay_edge_ps(r->replay, actor, log->edges[count - 1 - log->from]) > r->end_ps)
        count--;
    return count;
}

static void fill_lane(replay_run *r, uint32_t c) {
    weir_book *book = r->book;
    weir_lane *lane = &book->lanes[c];
    const weir_replay_channel *channel = &r->replay->channels[c];
    uint64_t writes = until_end(r, &channel->writes, channel->written, channel->producer);
    uint64_t reads = until_end(r, &channel->reads, channel->taken, channel->consumer);
    if (lane->traced != NULL) {
        uint64_t n = lane->traced->n_writes = writes < lane->room ? writes : lane->room;
        if (n > 0) memcpy(lane->traced->writes, channel->writes.edges, n * sizeof(uint64_t));
        n = lane->traced->n_reads = reads < lane->room ? reads : lane->room;
        if (n > 0) memcpy(lane->traced->reads, channel->reads.edges, n * sizeof(uint64_t));
    }
    lane->writes = writes + channel->skipped;
    lane->reads = reads + channel->skipped;
    if (lane->frame_beats > 0) {
        lane->write_frame = lane->writes / lane->frame_beats;
        lane->write_beat = lane->writes % lane->frame_beats;
        lane->read_frame = lane->reads / lane->frame_beats;
        lane->read_beat = lane->reads % lane->frame_beats;
    }
    book->beats += lane->writes + lane->reads;
    book->result->channels[c].max_occupancy = r->replay->result.max_occupancy[c];
}

/* Bits of all channels where a process stands still, as its RTL would show them. */
static void find_waits(const replay_run *r, const weir_actor *actor, uint8_t *waits) {
    const weir_net_node *node = actor->node;
    const weir_replay_channel *channels = r->replay->channels;
    const weir_net_set *ends = NULL, *asks = NULL;
    if (node->kind == WEIR_SOURCE && actor->arrival >= 0 &&
        weir_space(&channels[node->outputs[0]]) == 0)
        waits[node->outputs[0]] |= WEIR_WAITS_FULL;
    if (node->kind == WEIR_SINK && weir_beats(&channels[node->inputs[0]]) == 0)
        waits[node->inputs[0]] |= WEIR_WAITS_EMPTY;
    if (node->kind != WEIR_PROCESS) return;
    bool room = true;
    if (actor->n_pending > 0) {
        const weir_pending *step = &actor->pending[actor->pending_head & actor->ring_mask];
        ends = &node->sets[step->set];
        room = step->count + (uint64_t)actor->length > actor->count;
    }
    if (room && weir_may_issue(r->replay, node, &actor->at)) {
        asks = &node->sets[node->loops[actor->at.loop].set];
        if (ends == NULL && actor->length == 0) ends = asks;
    }
    unsigned full = 0;
    for (uint32_t i = 0; ends != NULL && i < ends->n_writes; i++)
        full += weir_space(&channels[ends->writes[i].channel]) == 0;
    for (uint32_t i = 0; ends != NULL && full == 1 && i < ends->n_writes; i++)
        if (weir_space(&channels[ends->writes[i].channel]) == 0)
            waits[ends->writes[i].channel] |= WEIR_WAITS_FULL;
    for (uint32_t i = 0; asks != NULL && i < asks->n_reads; i++)
        if (weir_beats(&channels[asks->reads[i].channel]) == 0)
            waits[asks->reads[i].channel] |= WEIR_WAITS_EMPTY;
}

static void explain(const replay_run *r) {
    uint32_t n = weir_graph_channels(r->book->graph);
    uint8_t *waits = weir_xcalloc(n + 1, sizeof *waits);
    uint32_t *occupancy = weir_xcalloc(n + 1, sizeof *occupancy);
    for (uint32_t p = 0; p < r->net->n_processes; p++)
        find_waits(r, &r->replay->actors[p], waits);
    for (uint32_t c = 0; c < n; c++)
        occupancy[c] = (uint32_t)weir_held(&r->replay->channels[c]);
    weir_explain_deadlock(r->book, waits, occupancy);
    free(waits);
    free(occupancy);
}

/* Every source is through, and every sink with all that was sent. */
static bool ended(const replay_run *r) {
    const weir_book *book = r->book;
    for (uint32_t s = 0; s < r->net->n_sources; s++)
        if (r->replay->actors[r->net->sources[s]].arrival >= 0) return false;
    for (uint32_t s = 0; s < book->n_sinks; s++)
        if (book->sinks[s].lane->read_frame < book->n_started) return false;
    return true;
}

static void fill_result(replay_run *r) {
    weir_book *book = r->book;
    weir_result *result = book->result;
    const weir_replay_result *found = &r->replay->result;
    for (uint32_t c = 0; c < r->net->n_channels; c++)
        fill_lane(r, c);
    result->n_dropped = found->n_dropped;
    for (uint32_t s = 0; s < r->net->n_sources; s++) {
        const weir_actor *source = &r->replay->actors[r->net->sources[s]];
        uint64_t started = source->at.frame + (source->beat > 0);
        if (started > book->n_started) book->n_started = started;
    }
    for (uint64_t f = 0; f < book->n_started; f++) {
        weir_replay_frame frame = weir_replay_frame_at(r->replay, f);
        result->frames[f] = (weir_frame_times){.index = frame.index,
                                               .first_in_ps = frame.first_in_ps,
                                               .last_out_ps = frame.last_out_ps};
    }
    book->last_beat_ps = r->end_ps;
    bool any = book->beats > 0 || book->options->frames > 0;
    for (uint32_t d = 0; d < r->net->n_domains; d++)
        result->domain_cycles[d] = any ? weir_clock_after(&r->domains[d], r->end_ps) : 0;
    for (uint32_t p = 0; p < r->net->n_processes; p++) {
        uint64_t cycles[4];
        weir_replay_stats_close(r->replay, p, result->domain_cycles[r->net->nodes[p].domain],
                                cycles);
        for (int class_ = WEIR_BUSY; class_ <= WEIR_IDLE; class_++)
            weir_stats_add(&result->processes[p], (weir_class)class_, cycles[class_]);
    }
    free(result->outputs);
    result->outputs = NULL;
}

/* What a process with a register slice at a port is counted to do is what it does behind the slice. */
static void warn_of_slices(const weir_net *net, weir_diag *diag) {
    weir_text *names = weir_text_new();
    for (uint32_t p = 0; p < net->n_processes; p++) {
        const weir_net_node *node = &net->nodes[p];
        bool any = false;
        for (uint32_t i = 0; i < node->n_inputs; i++)
            any |= net->slice_in[node->inputs[i]] > 0;
        for (uint32_t q = 0; q < node->n_outputs; q++)
            any |= net->slice_out[node->outputs[q]] > 0;
        if (!any) continue;
        weir_text_addf(names, "%s\"%s\"", *weir_text_string(names) != '\0' ? ", " : "",
                       net->processes[p].name);
    }
    if (*weir_text_string(names) != '\0')
        weir_diag_add(diag, WEIR_WARNING, WEIR_NOWHERE,
                      "cycles of %s are counted behind the register slices at their ports; the rtl "
                      "engine counts at the ports",
                      weir_text_string(names));
    weir_text_free(names);
}

static bool run(replay_run *r, weir_diag *diag) {
    weir_book *book = r->book;
    r->net = weir_net_of_graph(book->graph, diag);
    if (r->net == NULL) return false;
    warn_of_slices(r->net, diag);
    r->replay = weir_replay_new(r->net);
    r->replay->stop = book->options->stop;
    weir_replay_parameters parameters = parameters_of(r);
    const weir_replay_result *found = NULL;
    unsigned want = WEIR_WANT_OCCUPANCY | WEIR_WANT_CYCLES;
    if (book->options->trace) want |= WEIR_WANT_TRACE;
    if (!weir_replay_run(r->replay, &parameters, want, &found, diag)) return false;
    r->end_ps = weir_replay_end_ps(r->replay);
    fill_result(r);
    if (r->replay->cut_short)
        book->ended = book->result->partial = true;
    else if (!ended(r))
        explain(r);
    else
        book->ended = true;
    return true;
}

bool weir_run_replay(weir_book *book, uint64_t *end_ps, weir_diag *diag) {
    replay_run r = {.book = book};
    book->started_at = weir_seconds();
    bool good = check(book, diag) && run(&r, diag);
    *end_ps = r.end_ps;
    weir_replay_free(r.replay);
    weir_net_free(r.net);
    free(r.domains);
    free(r.channels);
    free(r.pauses);
    return good;
}
