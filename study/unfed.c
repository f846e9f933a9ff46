/* A process by itself, without what others only send for it: nets in which nobody sends a layer's
 * weights, as if it had them. */
#include "base/arena.h"
#include "study/pace.h"
#include <stdlib.h>
#include <string.h>

/* Does a process without inputs, and with one output, write the channel? */
static bool is_feed(const weir_net *net, uint32_t channel) {
    const weir_net_process *producer =
        weir_net_process_at(net, weir_net_channel_at(net, channel)->producer);
    return producer->kind == WEIR_PROCESS && producer->schedule->n_inputs == 0 &&
           producer->schedule->n_outputs == 1;
}

static void add_run(weir_schedule_builder *builder, const weir_schedule *from, uint32_t set,
                    uint64_t count, const bool *dropped) {
    const weir_operation_set *s = &from->sets[set];
    weir_operation *kept = weir_xcalloc(s->count + 1, sizeof *kept);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const weir_operation *o = &from->operations[s->first + i];
        bool input = o->kind == WEIR_READ || o->kind == WEIR_ACQUIRE;
        if (!input || !dropped[o->port]) kept[n++] = *o;
    }
    weir_schedule_add(builder, weir_schedule_set(builder, kept, n), count);
    free(kept);
}

/* The schedule without its reads at the dropped inputs. */
static weir_schedule *without(const weir_schedule *from, const bool *dropped) {
    weir_schedule_builder *builder =
        weir_schedule_builder_new(from->process, from->n_inputs, from->n_outputs);
    weir_schedule_walk *walk = weir_schedule_walk_new(from);
    const uint64_t lengths[] = {weir_schedule_before(from), weir_schedule_initiations(from)};
    for (int part = 0; part < 2; part++) {
        for (uint64_t left = lengths[part], count; left > 0; left -= count) {
            uint32_t set = weir_schedule_walk_next(walk, &count);
            add_run(builder, from, set, count, dropped);
        }
        if (part == 0 && lengths[0] > 0) weir_schedule_end_preamble(builder);
    }
    weir_schedule_walk_free(walk);
    weir_schedule *made = weir_schedule_build(builder);
    made->timing = from->timing;
    made->stages = from->stages;
    made->ii_cycles = from->ii_cycles;
    made->start = from->start;
    memcpy(made->read_stage, from->read_stage, from->n_inputs * sizeof *made->read_stage);
    memcpy(made->write_stage, from->write_stage, from->n_outputs * sizeof *made->write_stage);
    return made;
}

/* One that never does anything. */
static weir_schedule *nothing(const weir_schedule *from) {
    return weir_schedule_build(
        weir_schedule_builder_new(from->process, from->n_inputs, from->n_outputs));
}

static void reschedule(weir_unfed *unfed, uint32_t process, weir_schedule *schedule) {
    weir_net *net = weir_net_rescheduled(unfed->net, process, schedule);
    if (unfed->n_schedules > 0) weir_net_free(unfed->net);
    unfed->net = net;
    unfed->schedules[unfed->n_schedules++] = schedule;
}

weir_unfed *weir_net_unfed(const weir_net *net, uint32_t process) {
    const weir_net_process *p = weir_net_process_at(net, process);
    bool any = false, *dropped = weir_xcalloc(p->schedule->n_inputs + 1, sizeof *dropped);
    for (uint32_t i = 0; i < p->schedule->n_inputs; i++)
        any |= dropped[i] = is_feed(net, p->inputs[i]);
    weir_unfed *unfed = NULL;
    if (any) {
        unfed = weir_xcalloc(1, sizeof *unfed);
        unfed->net = (weir_net *)net;
        unfed->schedules = weir_xcalloc(p->schedule->n_inputs + 1, sizeof *unfed->schedules);
        reschedule(unfed, process, without(p->schedule, dropped));
    }
    for (uint32_t i = 0; i < p->schedule->n_inputs; i++) {
        if (!dropped[i]) continue;
        uint32_t sender = weir_net_channel_at(net, p->inputs[i])->producer;
        reschedule(unfed, sender, nothing(weir_net_process_at(net, sender)->schedule));
    }
    free(dropped);
    return unfed;
}

void weir_unfed_free(weir_unfed *unfed) {
    if (unfed == NULL) return;
    weir_net_free(unfed->net);
    for (uint32_t i = 0; i < unfed->n_schedules; i++)
        weir_schedule_free(unfed->schedules[i]);
    free(unfed->schedules);
    free(unfed);
}
