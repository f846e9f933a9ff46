/* Reconfiguration: the figures of a point of a study, and what there is to say about it. */
#include "base/format.h"
#include "models/power.h"
#include "study/reconfigure.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

static void describe_part(const weir_reconfigured *r, uint32_t which, weir_text *out) {
    char run[WEIR_FORMAT], load[WEIR_FORMAT];
    const weir_turn *turn = &r->turns[which];
    weir_text_addf(out, "part %u: %s; load %s, run %s%s\n", which + 1, turn->layers,
                   weir_format_time(load, r->region.load_ps),
                   weir_format_time(run, weir_reconfigured_run_ps(turn, r->batch)),
                   turn->exact || r->batch <= turn->n_out ? "" : " (about: not steady)");
}

static void describe_border(const weir_reconfigured *r, const weir_border *border, weir_text *out) {
    char bits[WEIR_FORMAT];
    weir_text_addf(out, "between parts %u and %u: %s, %s bits a frame, ", border->from + 1,
                   border->to + 1, border->name, weir_format_count(bits, border->frame_bits));
    if (border->storage == WEIR_STORAGE_BRAM)
        weir_text_addf(out, "in %" PRIu64 " BRAM18\n", border->bram18);
    else if (border->storage == WEIR_STORAGE_URAM)
        weir_text_addf(out, "in %" PRIu64 " URAM\n", border->uram);
    else
        weir_text_addf(out,
                       "outside the device, which has too little memory for %" PRIu64 " frames\n",
                       r->batch);
}

void weir_reconfigured_describe(const weir_reconfigured *r, weir_text *out) {
    char bits[WEIR_FORMAT], frames[WEIR_FORMAT], share[WEIR_FORMAT];
    const weir_region *region = &r->region;
    for (uint32_t k = 0; k < r->n_turns; k++)
        describe_part(r, k, out);
    weir_text_addf(
        out,
        "region: %" PRIu64 " CLB, %" PRIu64 " DSP, %" PRIu64 " BRAM and %" PRIu64
        " URAM columns of a clock region, %s %% of the device by its %s; bitstream %s bits, "
        "%s frames\n",
        region->clb_columns, region->dsp_columns, region->bram_columns, region->uram_columns,
        weir_format_percent(share, region->part, region->whole),
        weir_resource_title(region->scarcest), weir_format_count(bits, region->bits),
        weir_format_count(frames, region->frames));
    for (uint32_t b = 0; b < r->n_borders; b++)
        describe_border(r, &r->borders[b], out);
    if (r->outside_bits_per_second > 0)
        weir_text_addf(out, "memory outside the device: %.3g Gbit/s in the turn that needs most\n",
                       r->outside_bits_per_second * 1e-9);
}

static void note(const weir_reconfigured *r, weir_finding *finding) {
    weir_text *text = weir_text_new();
    weir_text_add(text, finding->changed != NULL ? finding->changed : "");
    weir_reconfigured_describe(r, text);
    free(finding->changed);
    finding->changed = weir_xcalloc(weir_text_length(text) + 1, 1);
    memcpy(finding->changed, weir_text_string(text), weir_text_length(text));
    weir_text_free(text);
}

/* ---- figures ---- */

/* Load times are estimates, and nearly all of a batch of few frames. */
static void set_times(const weir_reconfigured *r, weir_finding *finding) {
    double interval = weir_reconfigured_interval_ps(r, r->batch);
    weir_finding_set(finding, WEIR_FIGURE_LATENCY,
                     (double)weir_reconfigured_latency(r, r->batch).worst_ps, "estimate");
    weir_finding_set(finding, WEIR_FIGURE_INTERVAL, interval, "estimate");
    weir_finding_set(finding, WEIR_FIGURE_FPS, 1e12 / interval, "estimate");
}

static void set_resources(const weir_reconfigured *r, const weir_structure *s,
                          const weir_evaluation *evaluation, weir_finding *finding) {
    uint64_t total[WEIR_RESOURCES];
    memcpy(total, r->region.total, sizeof total);
    total[WEIR_BRAM18] += r->bram18;
    total[WEIR_URAM] += r->uram;
    weir_finding_resources(finding, total, weir_structure_source(s), evaluation->base->device);
}

/* Memories between the parts: each beat is written once and read once a frame, at the clock of the
 * end that stands for it. */
static double memory_power(const weir_reconfigured *r, const weir_structure *s,
                           const weir_evaluation *evaluation, const weir_tuned_point *point) {
    const weir_device *device = evaluation->base->device;
    const weir_power_model *model = weir_power_model_of(device->static_class);
    double interval = weir_reconfigured_interval_ps(r, r->batch), sum = 0;
    for (uint32_t b = 0; b < r->n_borders; b++) {
        const weir_border *border = &r->borders[b];
        const weir_channel *channel = weir_graph_channel(s->compiled->graph, border->channel);
        uint64_t period_ps =
            point->domains[weir_graph_process(s->compiled->graph, channel->consumer)->domain]
                .period_ps;
        double busy =
            2 * (double)weir_stream_beats(&channel->stream) * (double)period_ps / interval;
        weir_cost cost = {.source = WEIR_COST_ESTIMATE};
        weir_cost_add(&cost, WEIR_PART_BUFFER, WEIR_BRAM18, border->bram18);
        weir_cost_add(&cost, WEIR_PART_BUFFER, WEIR_URAM, border->uram);
        const weir_activity activity = {.period_ps = period_ps,
                                        .vccint_mv = device->supply.vccint_mv,
                                        .busy = busy < 1 ? busy : 1,
                                        .toggle_rate = WEIR_TOGGLE_RATE};
        sum += weir_power_of(model, &cost, &activity).total;
    }
    return sum;
}

/* Each part draws what it draws at its own interval, for its share of the time. */
static void set_power(const weir_reconfigured *r, const weir_structure *s,
                      const weir_evaluation *evaluation, const weir_tuned_point *point,
                      weir_finding *finding) {
    double sum = 0, frames = (double)r->batch;
    double whole = weir_reconfigured_interval_ps(r, r->batch) * frames;
    for (uint32_t k = 0; k < r->n_turns; k++) {
        const weir_section scope = {r->part, k};
        double run = (double)weir_reconfigured_run_ps(&r->turns[k], r->batch), mw;
        if (!weir_structure_dynamic(s, evaluation, point, run / frames, &scope, &mw)) return;
        sum += mw * run / whole;
    }
    sum += memory_power(r, s, evaluation, point);
    weir_finding_power(finding, s, evaluation->base->device, sum);
}

bool weir_reconfigured_point(const weir_structure *s, const weir_evaluation *evaluation,
                             const weir_tuned_point *point, weir_finding *finding,
                             weir_diag *diag) {
    weir_reconfigured *r =
        weir_reconfigured_new(s, point->domains, point->channels, point->tuning.arrival_period_ps,
                              s->arrival_ps != NULL && !point->tuning.periodic, diag);
    if (r == NULL) return false;
    note(r, finding);
    set_times(r, finding);
    set_resources(r, s, evaluation, finding);
    set_power(r, s, evaluation, point, finding);
    weir_reconfigured_free(r);
    return true;
}
