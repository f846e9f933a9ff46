/* Sources, sinks, lockstep processes and plain elastic ones: what a replay spends its time in. The
 * loops over a leaf run for as many initiations as have all their beats and all their space. */
#include "sim/classes.h"
#include "sim/replay_sets.h"
#include "sim/replay_stats.h"

/* A process while it steps; kept apart from the actor so that it lives in registers. */
typedef struct stand {
    int64_t time, interval, length, lag;
    uint64_t count, echo_until, mask;
    int64_t *echo;
} stand;

/* What one side of a channel needs to move a run of beats. */
typedef struct side {
    const int64_t *gates; /* this side's */
    int64_t *given;       /* the other side's, `ahead` numbers on */
    uint64_t mask, at, ahead;
    int64_t delay;
    bool crosses;
    const weir_crossing *crossing;
    int64_t *log; /* of event `at` */
} side;

WEIR_INLINE side reader_of(const weir_replay_channel *c, bool record) {
    return (side){.gates = c->readable,
                  .given = c->writable,
                  .mask = c->mask,
                  .at = c->taken,
                  .ahead = c->depth,
                  .delay = c->backward,
                  .crosses = c->crosses,
                  .crossing = &c->to_producer,
                  .log = record ? c->reads.edges + (c->taken - c->reads.from) : NULL};
}

WEIR_INLINE side writer_of(const weir_replay_channel *c, bool record) {
    return (side){.gates = c->writable,
                  .given = c->readable,
                  .mask = c->mask,
                  .at = c->written,
                  .delay = c->forward,
                  .crosses = c->crosses,
                  .crossing = &c->to_consumer,
                  .log =
                      record ? c->writes.edges + (c->written - c->initial - c->writes.from) : NULL};
}

WEIR_INLINE int64_t gate(const side *s, uint64_t k) {
    return s->gates[(s->at + k) & s->mask];
}

WEIR_INLINE void give(const side *s, uint64_t k, int64_t t, bool record) {
    if (record) s->log[k] = t;
    s->given[(s->at + k + s->ahead) & s->mask] =
        (s->crosses ? weir_crossing_after(s->crossing, t) : t) + s->delay;
}

/* Without operations nothing but earlier steps' echoes can delay an issue. */
WEIR_INLINE void run_empty(stand *s, uint64_t n, bool deep) {
    uint64_t end = s->count + n;
    if (deep)
        for (; s->count < end && s->count <= s->echo_until; s->count++)
            s->time = weir_later_of(s->time + s->interval, s->echo[s->count & s->mask]);
    s->time += (int64_t)(end - s->count) * s->interval;
    s->count = end;
}

/* An echo may be asked for at any number: what the ring holds for another one is of an older step,
 * and an older step's end never lies after this issue. */
WEIR_INLINE void run_read(stand *s, weir_replay_channel *c, uint64_t n, bool deep, bool record) {
    side in = reader_of(c, record);
    int64_t t = s->time;
    for (uint64_t k = 0; k < n; k++) {
        t = weir_later_of(t + s->interval, gate(&in, k));
        if (deep) t = weir_later_of(t, s->echo[(s->count + k) & s->mask]);
        give(&in, k, t, record);
    }
    s->time = t;
    s->count += n;
    c->taken += n;
    c->last_read = t;
}

/* A step's end, in a process of more than one stage. */
WEIR_INLINE int64_t end_step(stand *s, int64_t issue, int64_t last_end, int64_t write_gate) {
    int64_t exit = issue + s->length;
    int64_t end = weir_later_of(weir_later_of(exit, write_gate), last_end + 1);
    uint64_t echo = s->count + (uint64_t)s->length;
    s->echo[echo & s->mask] = end;
    s->echo_until = end > exit ? echo : s->echo_until;
    return end;
}

WEIR_INLINE void run_write(stand *s, weir_replay_channel *c, uint64_t n, bool deep, bool record) {
    side out = writer_of(c, record);
    int64_t t = s->time, end = s->lag + (int64_t)s->count - 1;
    for (uint64_t k = 0; k < n; k++, s->count++) {
        t += s->interval;
        if (deep) {
            t = weir_later_of(t, s->echo[s->count & s->mask]);
            end = end_step(s, t, end, gate(&out, k));
        } else {
            t = end = weir_later_of(t, gate(&out, k));
        }
        give(&out, k, end, record);
    }
    s->time = t;
    s->lag = end - (int64_t)s->count + 1;
    c->written += n;
    c->last_write = end;
}

WEIR_INLINE void run_pass(stand *s, weir_replay_channel *from, weir_replay_channel *to, uint64_t n,
                          bool deep, bool record) {
    side in = reader_of(from, record), out = writer_of(to, record);
    int64_t t = s->time, end = s->lag + (int64_t)s->count - 1;
    for (uint64_t k = 0; k < n; k++, s->count++) {
        t = weir_later_of(t + s->interval, gate(&in, k));
        if (deep) {
            t = weir_later_of(t, s->echo[s->count & s->mask]);
            end = end_step(s, t, end, gate(&out, k));
        } else {
            t = end = weir_later_of(t, gate(&out, k));
        }
        give(&in, k, t, record);
        give(&out, k, end, record);
    }
    s->time = t;
    s->lag = end - (int64_t)s->count + 1;
    from->taken += n;
    from->last_read = t;
    to->written += n;
    to->last_write = end;
}

/* Of the edges at which a step offers its beats and cannot send them those on which it shows so: while
 * a single output has no space. */
static void note_end(weir_replay *run, const weir_net_set *set, weir_activity *activity,
                     int64_t offered, int64_t end) {
    int64_t second = 0, last = 0;
    bool moves = false;
    for (uint32_t i = 0; i < set->n_writes; i++) {
        int64_t gate = weir_write_gate(&run->channels[set->writes[i].channel]);
        second = gate > last ? last : weir_later_of(second, gate);
        last = weir_later_of(last, gate);
        moves |= set->writes[i].moves;
    }
    weir_activity_add(&activity->blocked, weir_later_of(offered, second), end, -1);
    if (moves) weir_activity_add(&activity->ends, end, end + 1, -1);
}

static void note_issue(const weir_replay *run, const weir_actor *actor, const weir_net_set *set,
                       int64_t asked, int64_t issue) {
    bool moves = false;
    for (uint32_t i = 0; i < set->n_reads; i++)
        moves |= set->reads[i].moves;
    weir_activity_add(&actor->activity->starved, asked, issue, weir_activity_frame(run, actor));
    if (moves) weir_activity_add(&actor->activity->issues, issue, issue + 1, -1);
}

/* One initiation of any set, all of whose operations are possible. */
WEIR_INLINE void run_general(weir_replay *run, weir_actor *actor, stand *s, const weir_net_set *set,
                             bool deep, bool record) {
    int64_t asked = s->time + s->interval;
    if (deep) asked = weir_later_of(asked, s->echo[s->count & s->mask]);
    int64_t t = weir_reads_gate(run, set, asked), end = t;
    if (record && run->stats && set->n_reads > 0) note_issue(run, actor, set, asked, t);
    if (!deep) {
        end = weir_writes_gate(run, set, t);
        if (record && run->stats && set->n_writes > 0) note_end(run, set, actor->activity, t, end);
        t = end;
    } else if (set->n_writes > 0) {
        int64_t last_end = s->lag + (int64_t)s->count - 1;
        end = end_step(s, t, last_end, weir_writes_gate(run, set, 0));
        s->lag = end - (int64_t)s->count;
        if (record && run->stats)
            note_end(run, set, actor->activity, weir_later_of(t + s->length, last_end + 1), end);
    }
    weir_reads_do(run, set, t, record);
    weir_writes_do(run, set, end, record);
    s->time = t;
    s->count++;
}

/* A half of an initiation: is all of it possible? */
static bool half_possible(weir_replay *run, const weir_net_set *set, bool apart) {
    for (uint32_t i = 0; i < set->n_reads; i++) {
        weir_replay_channel *c = &run->channels[set->reads[i].channel];
        if (set->reads[i].apart != apart || weir_beats(c) > 0) continue;
        c->reader_waits = true;
        return false;
    }
    for (uint32_t i = 0; i < set->n_writes; i++) {
        weir_replay_channel *c = &run->channels[set->writes[i].channel];
        if (set->writes[i].apart != apart || weir_space(c) > 0) continue;
        c->writer_waits = true;
        return false;
    }
    return true;
}

/* `*beats_there`: from when on only space could lack. */
static int64_t do_half(weir_replay *run, const weir_net_set *set, bool apart, int64_t t,
                       int64_t *beats_there) {
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (set->reads[i].apart == apart)
            t = weir_later_of(t, weir_read_gate(&run->channels[set->reads[i].channel]));
    *beats_there = t;
    for (uint32_t i = 0; i < set->n_writes; i++)
        if (set->writes[i].apart == apart)
            t = weir_later_of(t, weir_write_gate(&run->channels[set->writes[i].channel]));
    for (uint32_t i = 0; i < set->n_reads; i++)
        if (set->reads[i].apart == apart && set->reads[i].moves)
            weir_read_at(&run->channels[set->reads[i].channel], t, run->record);
    for (uint32_t i = 0; i < set->n_writes; i++)
        if (set->writes[i].apart == apart && set->writes[i].moves)
            weir_write_at(&run->channels[set->writes[i].channel], t, run->record);
    return t;
}

/* The cycles of an initiation are those of its later half: until its beats are there it is starved, then
 * blocked. In the cycle of the earlier half something moved. */
static void note_halves(const weir_replay *run, const weir_actor *actor, int64_t asked,
                        int64_t beats_there, int64_t end, int64_t earlier) {
    weir_activity *activity = actor->activity;
    weir_activity_add(&activity->starved, asked, beats_there, weir_activity_frame(run, actor));
    weir_activity_add(&activity->blocked, beats_there, end, -1);
    weir_activity_add(&activity->issues, earlier, earlier + 1, -1);
    weir_activity_add(&activity->ends, earlier, earlier + 1, -1);
    if (end == earlier) return;
    weir_activity_add(&activity->issues, end, end + 1, -1);
    weir_activity_add(&activity->ends, end, end + 1, -1);
}

/* One initiation whose halves do not wait for each other; the next one waits for both. */
static bool run_halves(weir_replay *run, weir_actor *actor, stand *s, const weir_net_set *set) {
    for (unsigned half = 1; half <= 2; half++) {
        bool follows = set->leads && half == 2;
        int64_t there;
        if (actor->half == half || (follows && actor->half == 0)) continue;
        if (!half_possible(run, set, half == 1)) continue;
        int64_t t = do_half(run, set, half == 1, follows ? actor->half_time : s->time + 1, &there);
        if (actor->half != 0) {
            int64_t end = weir_later_of(t, actor->half_time);
            if (run->stats)
                note_halves(run, actor, s->time + 1, end == t ? there : actor->half_beats, end,
                            end == t ? actor->half_time : t);
            s->time = end;
            s->count++;
            actor->half = 0;
            return true;
        }
        actor->half = half;
        actor->half_time = t;
        actor->half_beats = there;
    }
    return false;
}

/* Initiations of a set whose operations are all possible now, `n` at most. */
WEIR_INLINE uint64_t run_set(weir_replay *run, weir_actor *actor, stand *s, const weir_net_set *set,
                             uint64_t n, bool deep, bool record) {
    weir_net_shape shape = set->shape;
    if (shape == WEIR_SHAPE_EMPTY) {
        run_empty(s, n, deep);
        return n;
    }
    if (shape == WEIR_SHAPE_GENERAL || actor->gapped || (record && run->stats)) {
        if (!deep && set->halves) return run_halves(run, actor, s, set);
        if (!weir_reads_possible(run, set)) return 0;
        if (!weir_writes_possible(run, set)) {
            if (deep) weir_enqueue_later(run, actor);
            return 0;
        }
        run_general(run, actor, s, set, deep, record);
        return 1;
    }
    weir_replay_channel *in = &run->channels[set->in], *out = &run->channels[set->out];
    if (shape != WEIR_SHAPE_WRITE) {
        uint64_t beats = weir_held(in);
        if (beats == 0) {
            in->reader_waits = true;
            return 0;
        }
        n = beats < n ? beats : n;
        if (shape == WEIR_SHAPE_READ) {
            run_read(s, in, n, deep, record);
            return n;
        }
    }
    uint64_t space = weir_free(out);
    if (space == 0) {
        out->writer_waits = true;
        if (deep) weir_enqueue_later(run, actor);
        return 0;
    }
    n = space < n ? space : n;
    if (shape == WEIR_SHAPE_WRITE)
        run_write(s, out, n, deep, record);
    else
        run_pass(s, in, out, n, deep, record);
    return n;
}

static stand stand_of(const weir_actor *actor) {
    return (stand){.time = actor->time,
                   .interval = actor->interval,
                   .length = actor->length,
                   .lag = actor->lag,
                   .count = actor->count,
                   .echo_until = actor->echo_until,
                   .mask = actor->ring_mask,
                   .echo = actor->echo};
}

static void keep(weir_actor *actor, const stand *s) {
    actor->time = s->time;
    actor->lag = s->lag;
    actor->count = s->count;
    actor->echo_until = s->echo_until;
}

/* Ends the steps that were issued ahead, as far as there is space. True if none is left. */
static bool end_pending(weir_replay *run, weir_actor *actor, stand *s) {
    uint64_t issued = s->count;
    while (actor->n_pending > 0) {
        const weir_pending *step = &actor->pending[actor->pending_head & actor->ring_mask];
        const weir_net_set *set = &actor->node->sets[step->set];
        if (!weir_writes_possible(run, set)) break;
        s->count = step->count;
        int64_t last_end = s->lag + (int64_t)s->count - 1;
        int64_t end = end_step(s, step->exit - s->length, last_end, weir_writes_gate(run, set, 0));
        s->lag = end - (int64_t)s->count;
        if (run->stats)
            note_end(run, set, actor->activity, weir_later_of(step->exit, last_end + 1), end);
        weir_writes_do(run, set, end, run->record);
        actor->pending_head++;
        actor->n_pending--;
    }
    s->count = issued;
    return actor->n_pending == 0;
}

WEIR_INLINE void step_plain(weir_replay *run, weir_actor *actor, bool deep, bool record) {
    const weir_net_node *node = actor->node;
    stand s = stand_of(actor);
    if (deep && actor->n_pending > 0 && !end_pending(run, actor, &s)) {
        weir_enqueue_later(run, actor);
    } else if (weir_may_issue(run, node, &actor->at)) {
        weir_net_cursor at = actor->at;
        for (;;) {
            const weir_net_set *set = &node->sets[node->loops[at.loop].set];
            uint64_t n = run_set(run, actor, &s, set, at.left, deep, record);
            at.left -= n;
            if (at.left > 0) {
                if (n == 0) break;
                continue;
            }
            if (weir_net_next(node, &at) && !weir_may_issue(run, node, &at)) break;
        }
        actor->at = at;
    }
    keep(actor, &s);
    weir_wake_peers(run, actor);
}

/* Issues steps although earlier ones cannot end yet: as many as the pipeline holds. */
void weir_replay_step_ahead(weir_replay *run, weir_actor *actor) {
    const weir_net_node *node = actor->node;
    stand s = stand_of(actor);
    end_pending(run, actor, &s);
    while (weir_may_issue(run, node, &actor->at)) {
        uint64_t n = actor->at.left;
        if (actor->n_pending > 0) {
            uint64_t first = actor->pending[actor->pending_head & actor->ring_mask].count;
            uint64_t room = first + (uint64_t)s.length - s.count;
            n = room < n ? room : n;
        }
        if (n == 0) break;
        uint32_t index = node->loops[actor->at.loop].set;
        const weir_net_set *set = &node->sets[index];
        if (set->shape == WEIR_SHAPE_EMPTY) {
            run_empty(&s, n, true);
        } else {
            n = 1;
            if (!weir_reads_possible(run, set)) break;
            int64_t asked = weir_later_of(s.time + s.interval, s.echo[s.count & s.mask]);
            int64_t t = weir_reads_gate(run, set, asked);
            if (run->stats && set->n_reads > 0) note_issue(run, actor, set, asked, t);
            weir_reads_do(run, set, t, run->record);
            if (set->n_writes > 0)
                actor->pending[(actor->pending_head + actor->n_pending++) & actor->ring_mask] =
                    (weir_pending){.exit = t + s.length, .count = s.count, .set = index};
            s.time = t;
            s.count++;
            end_pending(run, actor, &s);
        }
        actor->at.left -= n;
        if (actor->at.left == 0) weir_net_next(node, &actor->at);
    }
    keep(actor, &s);
    weir_wake_peers(run, actor);
}

WEIR_INLINE int64_t unpaused(const weir_actor *actor, int64_t edge) {
    if (actor->pause_length > 0)
        while (actor->pause[(uint64_t)edge % actor->pause_length] == '0')
            edge++;
    return edge;
}

static uint64_t arrival_of(const weir_replay *run, uint64_t frame) {
    if (run->affine) return run->first_arrival_ps + frame * run->arrival_period_ps;
    return run->parameters->arrival_ps[frame];
}

void weir_replay_set_arrival(weir_replay *run, weir_actor *source) {
    const weir_domain *domain = &run->parameters->domains[source->node->domain];
    source->arrival =
        source->stimulus < run->parameters->frames
            ? (int64_t)weir_clock_at_or_after(domain, arrival_of(run, source->stimulus))
            : -1;
}

/* The source has sent a frame's last beat: on to the next, past those that are lost. */
static void next_frame(weir_replay *run, weir_actor *source) {
    weir_replay_frame *frame = &run->frames[source->at.frame - run->skipped];
    uint64_t ps = weir_replay_edge_ps(run, source, source->time);
    if (ps > frame->done_ps) frame->done_ps = ps;
    source->beat = 0;
    source->at.frame++;
    source->stimulus++;
    weir_replay_set_arrival(run, source);
    while (run->parameters->drop && source->arrival >= 0 && source->arrival <= source->time) {
        source->stimulus++;
        weir_replay_set_arrival(run, source);
    }
}

/* The edges, those that pause left out, on which a source has a beat to send and no space. */
static void note_source(weir_actor *actor, int64_t offered, int64_t edge) {
    uint64_t *blocked = &actor->activity->cycles[WEIR_BLOCKED];
    if (actor->pause_length == 0 && edge > offered) *blocked += (uint64_t)(edge - offered);
    if (actor->pause_length == 0) return;
    for (int64_t e = offered; e < edge; e++)
        *blocked += actor->pause[(uint64_t)e % actor->pause_length] == '1';
}

static void send_beat(weir_replay *run, weir_actor *actor, weir_replay_channel *c) {
    int64_t offered = actor->time + 1, gate = weir_write_gate(c);
    if (actor->beat == 0) {
        if (actor->arrival > weir_later_of(offered, gate)) actor->bound_frame = actor->at.frame + 1;
        offered = weir_later_of(offered, actor->arrival);
    }
    int64_t t = unpaused(actor, weir_later_of(offered, gate));
    if (run->stats) note_source(actor, offered, t);
    if (actor->beat == 0) {
        weir_replay_frame *frame = &run->frames[actor->at.frame - run->skipped];
        uint64_t ps = weir_replay_edge_ps(run, actor, t);
        frame->index = actor->stimulus;
        if (c->begins == NULL && ps < frame->first_in_ps) frame->first_in_ps = ps;
    }
    actor->time = t;
    actor->beat++;
    weir_write_at(c, t, run->record);
}

static void step_source(weir_replay *run, weir_actor *actor) {
    weir_replay_channel *c = &run->channels[actor->node->outputs[0]];
    while (actor->at.frame < run->limit && actor->arrival >= 0) {
        if (weir_space(c) == 0) {
            c->writer_waits = true;
            break;
        }
        send_beat(run, actor, c);
        if (actor->beat == actor->frame_beats) next_frame(run, actor);
    }
    weir_wake_peers(run, actor);
}

/* The edges before a sink's next beat is there, and those after on which it pauses. */
static void note_sink(weir_actor *actor, int64_t gate, bool between_frames) {
    int64_t from = actor->time + 1, there = weir_later_of(from, gate);
    uint64_t *cycles = actor->activity->cycles;
    cycles[between_frames ? WEIR_IDLE : WEIR_STARVED] += (uint64_t)(there - from);
    cycles[WEIR_BLOCKED] += (uint64_t)(unpaused(actor, there) - there);
}

static void step_sink(weir_replay *run, weir_actor *actor) {
    weir_replay_channel *c = &run->channels[actor->node->inputs[0]];
    while (actor->at.frame < run->limit) {
        if (weir_beats(c) == 0) {
            c->reader_waits = true;
            break;
        }
        int64_t gate = weir_read_gate(c);
        if (run->stats) note_sink(actor, gate, actor->beat == 0);
        actor->time = unpaused(actor, weir_later_of(actor->time + 1, gate));
        weir_read_at(c, actor->time, run->record);
        if (++actor->beat < actor->frame_beats) continue;
        weir_replay_frame *frame = &run->frames[actor->at.frame - run->skipped];
        uint64_t ps = weir_replay_edge_ps(run, actor, actor->time);
        if (c->ends == NULL && ps > frame->last_out_ps) frame->last_out_ps = ps;
        if (ps > frame->done_ps) frame->done_ps = ps;
        actor->beat = 0;
        actor->at.frame++;
    }
    weir_wake_peers(run, actor);
}

void weir_replay_step(weir_replay *run, weir_actor *actor) {
    const weir_net_node *node = actor->node;
    if (node->kind == WEIR_SOURCE)
        step_source(run, actor);
    else if (node->kind == WEIR_SINK)
        step_sink(run, actor);
    else if (node->timing == WEIR_CREDIT)
        weir_step_credit(run, actor);
    else if (node->timing == WEIR_FRP)
        weir_step_frp(run, actor);
    else if (node->timing == WEIR_ELASTIC && !node->plain)
        weir_step_stages(run, actor);
    else if (actor->length > 0 && run->record)
        step_plain(run, actor, true, true);
    else if (actor->length > 0)
        step_plain(run, actor, true, false);
    else if (run->record)
        step_plain(run, actor, false, true);
    else
        step_plain(run, actor, false, false);
}
