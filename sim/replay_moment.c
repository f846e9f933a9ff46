/* Steady state of lanes: the whole state between two frames is that of an earlier one, shifted in
 * time. All lanes share the counts (where each process stands, how many beats each channel holds),
 * so these are compared once, and the times lane by lane. The state is saved after 1, 2, 4, 8, ...
 * frames and every later one compared with it (Brent's way of finding a cycle), which finds the
 * shortest repeat and needs two states only.
 * A gate that lies before anything its process can still do is raised to that: it cannot bind, and
 * slots of a deep FIFO that no frame comes to use would otherwise differ for long. */
#include "base/arena.h"
#include "sim/replay_batch.h"
#include <stdlib.h>
#include <string.h>

#define NOT_LIVE INT64_MIN

static bool affine(const weir_replay_parameters *set) {
    const uint64_t *times = set->arrival_ps;
    for (uint64_t f = 2; times != NULL && f < set->frames; f++)
        if (times[f] - times[f - 1] != times[1] - times[0]) return false;
    return true;
}

static uint64_t arrival_period_ps(const weir_replay_parameters *set) {
    if (set->arrival_ps == NULL) return set->arrival_period_ps;
    return set->frames > 1 ? set->arrival_ps[1] - set->arrival_ps[0] : 0;
}

static void count(weir_lane_moment *moment, uint64_t value) {
    if (moment->n_counts == moment->room_counts) {
        moment->room_counts = moment->room_counts * 2 + 256;
        moment->counts =
            weir_xrealloc(moment->counts, moment->room_counts * sizeof *moment->counts);
    }
    moment->counts[moment->n_counts++] = value;
}

static void *aligned(size_t bytes) {
    void *memory = aligned_alloc(sizeof(weir_lanes), bytes);
    if (memory == NULL) abort();
    return memory;
}

static weir_lanes *new_time(weir_batch *batch, uint32_t domain) {
    weir_lane_moment *moment = &batch->now;
    if (moment->n_times == moment->room_times) {
        uint64_t room = moment->room_times * 2 + 256;
        weir_lanes *times = aligned(room * sizeof *times);
        if (moment->n_times > 0) memcpy(times, moment->times, moment->n_times * sizeof *times);
        free(moment->times);
        moment->times = times;
        moment->room_times = room;
        moment->domains = weir_xrealloc(moment->domains, room * sizeof *moment->domains);
    }
    moment->domains[moment->n_times] = domain;
    return &moment->times[moment->n_times++];
}

/* A time that is raised to what comes after `floor` where it lies before. */
static void put_time(weir_batch *batch, uint32_t domain, const weir_lanes *time,
                     const weir_lanes *floor) {
    weir_lanes *to = new_time(batch, domain);
    for (uint32_t l = 0; l < WEIR_LANES; l++) {
        int64_t t = time->at[l];
        to->at[l] = floor != NULL && t <= floor->at[l] ? floor->at[l] + 1 : t;
    }
}

static void put_cursor(weir_lane_moment *moment, const weir_net_node *node,
                       const weir_net_cursor *at, uint64_t frame) {
    count(moment, weir_net_frame(node, at) - frame);
    count(moment, at->loop);
    count(moment, at->left);
    for (uint32_t i = 0; i < at->level; i++) {
        count(moment, at->levels[i].left);
        count(moment, at->levels[i].loop);
    }
}

static void put_process(weir_batch *batch, weir_lane_actor *a, uint64_t frame) {
    weir_lane_moment *moment = &batch->now;
    uint32_t domain = a->node->domain;
    put_cursor(moment, a->node, &a->at, frame);
    if (a->step == WEIR_STEP_DEEP) {
        put_time(batch, domain, &a->end, NULL);
        count(moment, a->issued - a->ended);
        if (a->issued > a->ended) put_cursor(moment, a->node, &a->exit, frame);
        for (uint64_t i = a->ended; i < a->issued; i++)
            put_time(batch, domain, &a->issues[i & a->mask], NULL);
        for (uint64_t i = a->issued; i < a->ended + (uint64_t)a->length; i++)
            put_time(batch, domain, &a->ends[(i - (uint64_t)a->length) & a->mask], &a->time);
    } else if (a->step == WEIR_STEP_STAGES) {
        uint64_t last = a->passed[a->length];
        for (uint64_t s = 0; s <= (uint64_t)a->length; s++) {
            put_time(batch, domain, &a->ends[s], NULL);
            count(moment, a->passed[s] - last);
        }
        for (uint64_t i = last; i < a->passed[0]; i++)
            count(moment, a->sets[i & a->mask]);
        return;
    }
    put_time(batch, domain, &a->time, NULL);
}

static void put_actor(weir_batch *batch, uint32_t p, uint64_t frame) {
    weir_lane_actor *a = &batch->actors[p];
    if (a->node->kind == WEIR_PROCESS) {
        if (a->node->frame < a->node->end) put_process(batch, a, frame);
        return;
    }
    count(&batch->now, a->frame - frame);
    count(&batch->now, a->beat);
    put_time(batch, a->node->domain, &a->time, NULL);
}

/* What the next operation of a process on a channel certainly comes after; NULL: not known. */
static const weir_lanes *read_floor(const weir_lane_actor *a) {
    if (a->step != WEIR_STEP_STAGES) return &a->time;
    return a->passed[0] == a->passed[a->length] ? &a->ends[0] : NULL;
}

static const weir_lanes *write_floor(const weir_lane_actor *a) {
    return a->step == WEIR_STEP_DEEP ? &a->end : read_floor(a);
}

static void put_channel(weir_batch *batch, const weir_lane_channel *c) {
    const weir_lane_actor *producer = &batch->actors[c->producer];
    const weir_lane_actor *consumer = &batch->actors[c->consumer];
    count(&batch->now, c->written - c->taken);
    for (uint64_t k = c->taken; k < c->written; k++)
        put_time(batch, consumer->node->domain, &c->readable[k & c->mask], read_floor(consumer));
    for (uint64_t k = c->written; k < c->taken + c->most; k++) {
        put_time(batch, producer->node->domain, &c->writable[k & c->mask], write_floor(producer));
        weir_lanes *time = &batch->now.times[batch->now.n_times - 1];
        for (uint32_t l = 0; l < WEIR_LANES && !c->even; l++)
            if (k >= c->taken + c->depths[l]) time->at[l] = NOT_LIVE;
    }
    if (c->gaps) put_time(batch, producer->node->domain, &c->next_write, write_floor(producer));
}

/* Does all that is given from outside (clocks, pauses, arrivals) fall upon the frames to come as it
 * did upon those since the saved state? */
static bool outside_repeats(const weir_batch *batch, uint32_t lane, uint64_t shift_ps) {
    const weir_net *net = batch->net;
    const weir_replay_parameters *set = batch->sets[lane];
    for (uint32_t d = 0; d < net->n_domains; d++)
        if (shift_ps % set->domains[d].period_ps != 0) return false;
    uint64_t frames = batch->now.frame - batch->saved.frame;
    uint64_t arrival_shift_ps = frames * arrival_period_ps(set);
    for (uint32_t p = 0; p < net->n_processes; p++) {
        const weir_lane_actor *a = &batch->actors[p];
        if (a->node->kind == WEIR_PROCESS) continue;
        uint64_t edges = shift_ps / set->domains[a->node->domain].period_ps;
        if (a->skip_length[lane] > 0 && edges % a->skip_length[lane] != 0) return false;
        if (a->node->kind == WEIR_SINK || shift_ps == arrival_shift_ps) continue;
        /* Frames leave slower than they arrive: none may have waited to arrive. */
        if (shift_ps < arrival_shift_ps || (uint64_t)a->bound.at[lane] > batch->saved.frame)
            return false;
    }
    return true;
}

static bool times_repeat(const weir_batch *batch, uint32_t lane, uint64_t shift_ps) {
    const weir_lanes *now = batch->now.times, *saved = batch->saved.times;
    const weir_domain *domains = batch->sets[lane]->domains;
    int64_t shift = 0;
    uint32_t domain = WEIR_NONE;
    for (uint64_t i = 0; i < batch->now.n_times; i++) {
        if (batch->now.domains[i] != domain) {
            domain = batch->now.domains[i];
            shift = (int64_t)(shift_ps / domains[domain].period_ps);
        }
        int64_t was = saved[i].at[lane];
        if (now[i].at[lane] != (was == NOT_LIVE ? was : was + shift)) return false;
    }
    return true;
}

static uint32_t compare(const weir_batch *batch, uint64_t shift_ps[WEIR_LANES]) {
    const weir_lane_moment *now = &batch->now, *saved = &batch->saved;
    uint32_t again = 0;
    if (saved->frame == 0 || now->n_counts != saved->n_counts || now->n_times != saved->n_times ||
        memcmp(now->counts, saved->counts, now->n_counts * sizeof *now->counts) != 0)
        return 0;
    for (uint32_t l = 0; l < WEIR_LANES; l++) {
        const weir_replay_parameters *set = batch->sets[l];
        if ((batch->done >> l & 1) != 0 || set->no_steady || !affine(set)) continue;
        uint64_t edges = (uint64_t)(now->times[0].at[l] - saved->times[0].at[l]);
        shift_ps[l] = edges * set->domains[batch->now.domains[0]].period_ps;
        if (outside_repeats(batch, l, shift_ps[l]) && times_repeat(batch, l, shift_ps[l]))
            again |= 1u << l;
    }
    return again;
}

uint32_t weir_moment_take(weir_batch *batch, uint64_t shift_ps[WEIR_LANES]) {
    const weir_net *net = batch->net;
    weir_lane_moment *now = &batch->now;
    now->frame = batch->limit;
    now->n_counts = now->n_times = 0;
    for (uint32_t p = 0; p < net->n_processes; p++)
        put_actor(batch, p, now->frame);
    for (uint32_t c = 0; c < net->n_channels; c++)
        put_channel(batch, &batch->channels[c]);
    return compare(batch, shift_ps);
}

void weir_moment_keep(weir_batch *batch) {
    if (batch->now.frame != batch->next_save) return;
    weir_lane_moment other = batch->saved;
    batch->saved = batch->now;
    batch->now = other;
    batch->next_save *= 2;
}

void weir_moment_free(weir_batch *batch) {
    weir_lane_moment *both[] = {&batch->now, &batch->saved};
    for (int i = 0; i < 2; i++) {
        free(both[i]->counts);
        free(both[i]->times);
        free(both[i]->domains);
    }
}
