#include "hls/imported_copies.h"
#include <string.h>

/* Tokens of done that can wait for their turn: whoever writes them does not ask for space, and no copy
 * gets further ahead than the frames between the dealers allow, which is about two. */
#define DONE_ROOM 16

bool weir_imported_has_copies(const weir_design *design) {
    for (uint32_t p = 0; p < design->imported->n_processes; p++)
        if (design->process_copies[p] > 1) return true;
    return false;
}

uint32_t weir_copy_number(const weir_design *design, uint32_t process, uint32_t copy) {
    uint32_t number = design->imported->n_processes;
    if (copy == 0) return process;
    for (uint32_t p = 0; p < process; p++)
        number += design->process_copies[p] - 1;
    return number + copy - 1;
}

uint32_t weir_dealer_number(const weir_design *design, uint32_t dealer) {
    return weir_copy_number(design, design->imported->n_processes, 1) + dealer;
}

uint32_t weir_imported_origin(const weir_design *design, uint32_t process) {
    uint32_t n = design->imported->n_processes;
    if (process < n) return process;
    for (uint32_t p = 0; p < n; p++)
        for (uint32_t c = 1; c < design->process_copies[p]; c++)
            if (weir_copy_number(design, p, c) == process) return p;
    return WEIR_NONE;
}

uint32_t weir_channel_end(const weir_design *design, const weir_dealers *dealers, uint32_t channel,
                          bool producer, uint32_t *port) {
    const weir_imported_channel *c = &design->imported->channels[channel];
    for (uint32_t d = 0; d < dealers->n; d++)
        if (dealers->at[d].channel == channel && dealers->at[d].collects == producer) {
            *port = 0;
            return weir_dealer_number(design, d);
        }
    *port = producer ? c->producer_port : c->consumer_port;
    return producer ? c->producer : c->consumer;
}

static bool check_process(const weir_design *design, uint32_t p, weir_diag *diag) {
    const weir_imported *in = design->imported;
    const char *name = in->processes[p].name;
    uint32_t copies = design->process_copies[p];
    if (copies < 2) return true;
    weir_loc loc = design->process_locs[p];
    if (strcmp(name, WEIR_HOST) == 0)
        return weir_error(
            diag, loc, "process \"%s\": %u copies, but it is the testbench that starts the design",
            name, copies);
    bool good = true;
    for (uint32_t c = 0; c < in->n_channels; c++)
        if (in->channels[c].producer == p && in->channels[c].consumer == p)
            good = weir_error(diag, loc,
                              "process \"%s\": %u copies, but it reads what it sent before through "
                              "\"%s\": each copy would have frames of its own only",
                              name, copies, in->channels[c].name);
    return good;
}

static bool add_dealer(const weir_design *design, weir_arena *arena, weir_dealers *dealers,
                       uint32_t channel, bool collects, weir_diag *diag) {
    const weir_imported_channel *c = &design->imported->channels[channel];
    uint32_t process = collects ? c->producer : c->consumer;
    uint32_t copies = design->process_copies[process];
    if (copies < 2) return true;
    /* Beats are bits here, whatever lies in them. */
    weir_deal deal = {.whole = {(uint32_t)c->beats, 1, c->bits, c->bits, {1, 1, false}},
                      .copies = copies};
    const char *name =
        weir_arena_printf(arena, "%s_%s", c->name, collects ? "collect" : "distribute");
    weir_dealer *dealer = &dealers->at[dealers->n++];
    *dealer = (weir_dealer){.channel = channel, .process = process, .collects = collects};
    weir_loc loc = design->process_locs[process];
    return collects ? weir_collect_operator(&dealer->op, arena, name, &deal, loc, diag)
                    : weir_distribute_operator(&dealer->op, arena, name, &deal, loc, diag);
}

bool weir_dealers_make(const weir_design *design, weir_arena *arena, weir_dealers *dealers,
                       weir_diag *diag) {
    const weir_imported *in = design->imported;
    bool good = true;
    *dealers = (weir_dealers){.at = WEIR_NEW(arena, weir_dealer, 2 * in->n_channels + 1)};
    for (uint32_t p = 0; p < in->n_processes; p++)
        good = check_process(design, p, diag) && good;
    for (uint32_t c = 0; c < in->n_channels && good; c++)
        good = add_dealer(design, arena, dealers, c, true, diag) &&
               add_dealer(design, arena, dealers, c, false, diag);
    return good;
}

weir_channel weir_dealer_channel(const weir_design *design, weir_arena *arena,
                                 const weir_dealers *dealers, uint32_t dealer, uint32_t part) {
    const weir_dealer *d = &dealers->at[dealer];
    const weir_imported_channel *c = &design->imported->channels[d->channel];
    uint32_t own = weir_dealer_number(design, dealer);
    uint32_t copy = weir_copy_number(design, d->process, part);
    /* A frame fits, so that the copies can work side by side. */
    uint64_t depth = c->carries == WEIR_CARRIES_DONE ? DONE_ROOM : c->beats;
    if (depth < 2) depth = 2;
    return (weir_channel){
        .name = weir_arena_printf(arena, "%s_%s%u", c->name, d->collects ? "from" : "to", part),
        .producer = d->collects ? copy : own,
        .producer_port = d->collects ? c->producer_port : part,
        .consumer = d->collects ? own : copy,
        .consumer_port = d->collects ? part : c->consumer_port,
        .stream = d->op.in[0],
        .depth = depth < WEIR_MAX_DEPTH ? (uint32_t)depth : WEIR_MAX_DEPTH,
        .storage = WEIR_STORAGE_AUTO,
        .flops = design->default_flops,
        .frame_step = d->op.frames,
        .frame_first = part,
        .drained = c->carries == WEIR_CARRIES_DONE && d->collects};
}
