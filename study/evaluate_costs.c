/* What a point of a study costs, whether that fits, and whether its clocks can be. */
#include "hls/imported.h"
#include "hls/op_weights.h"
#include "models/power.h"
#include "study/evaluate_parts.h"
#include <inttypes.h>
#include <string.h>

static const struct {
    weir_figure figure;
    weir_resource resource;
} shown[] = {{WEIR_FIGURE_LUT, WEIR_LUT},
             {WEIR_FIGURE_FF, WEIR_FF},
             {WEIR_FIGURE_DSP, WEIR_DSP},
             {WEIR_FIGURE_BRAM18, WEIR_BRAM18},
             {WEIR_FIGURE_URAM, WEIR_URAM}};
enum { SHOWN = sizeof shown / sizeof *shown };

/* How many LUT can be memory is not known of every device; URAM that it lacks are none. Carry bits lie
 * beside LUT. */
static void check_fit(const weir_device *device, const uint64_t *total, weir_finding *finding) {
    for (int i = 0; i < WEIR_RESOURCES; i++) {
        weir_resource r = (weir_resource)i;
        uint64_t has = weir_device_has(device, r);
        if (r == WEIR_CARRY || (r == WEIR_LUT_MEMORY && has == 0)) continue;
        if (total[r] > has)
            weir_finding_refuse(finding, "does not fit %s: %s %" PRIu64 " of %" PRIu64,
                                device->name, weir_resource_title(r), total[r], has);
    }
}

const weir_grade *weir_evaluation_grade(const weir_evaluation *evaluation) {
    const weir_device *device = evaluation->base->device;
    const weir_grade *found = NULL;
    for (uint32_t g = 0; g < device->n_grades; g++) {
        const weir_grade *grade = &device->grades[g];
        if (evaluation->grade != NULL) {
            if (strcmp(grade->name, evaluation->grade) == 0) found = grade;
        } else if (found == NULL ||
                   grade->dsp_mhz + grade->bram_mhz < found->dsp_mhz + found->bram_mhz) {
            found = grade;
        }
    }
    return found;
}

static double mhz_of(const weir_domain *domain) {
    return 1e6 / (double)domain->period_ps;
}

static void check_clock(double mhz, const weir_cost *cost, const char *what,
                        const weir_grade *grade, weir_finding *finding) {
    const struct {
        weir_resource resource;
        double mhz;
    } limits[] = {
        {WEIR_DSP, grade->dsp_mhz}, {WEIR_BRAM18, grade->bram_mhz}, {WEIR_URAM, grade->uram_mhz}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (cost->total[limits[i].resource] > 0 && limits[i].mhz > 0 && mhz > limits[i].mhz)
            weir_finding_refuse(finding, "clock of %s: %.6g MHz, its %s allow %.6g (grade %s)",
                                what, mhz, weir_resource_title(limits[i].resource), limits[i].mhz,
                                grade->name);
}

static void check_clocks(const weir_structure *s, const weir_evaluation *evaluation,
                         const weir_tuned_point *point, weir_finding *finding) {
    const weir_graph *graph = s->compiled->graph;
    const weir_grade *grade = weir_evaluation_grade(evaluation);
    if (grade == NULL) return;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        double mhz = mhz_of(&point->domains[process->domain]);
        /* Packed memories have twice the clock of those that they serve. */
        if (s->compiled->operators != NULL && weir_is_weights(&s->compiled->operators[p])) mhz *= 2;
        check_clock(mhz, &s->processes[p], process->name, grade, finding);
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        const uint32_t ends[] = {channel->producer, channel->consumer};
        for (int e = 0; e < 2; e++)
            check_clock(mhz_of(&point->domains[weir_graph_process(graph, ends[e])->domain]),
                        &s->channels[c], channel->name, grade, finding);
    }
}

/* The least sure source of the processes, a later one of the enumeration; NULL where the costs of one
 * are not known, as then no sum is. */
static const char *source_of(const weir_structure *s) {
    weir_cost_source least = WEIR_COST_NONE;
    const weir_graph *graph = s->compiled->graph;
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (process->kind != WEIR_PROCESS || strcmp(process->operator_name, WEIR_HOST) == 0)
            continue;
        if (s->processes[p].source == WEIR_COST_NONE) return NULL;
        if (s->processes[p].source > least) least = s->processes[p].source;
    }
    return least == WEIR_COST_NONE ? NULL : weir_cost_source_name(least);
}

void weir_finding_resources(weir_finding *finding, const uint64_t *total, const char *source,
                            const weir_device *device) {
    for (int i = 0; i < SHOWN; i++)
        weir_finding_set(finding, shown[i].figure, (double)total[shown[i].resource], source);
    if (device != NULL) check_fit(device, total, finding);
}

const char *weir_structure_source(const weir_structure *s) {
    return s->processes != NULL ? source_of(s) : NULL;
}

void weir_structure_costs(const weir_structure *s, const weir_evaluation *evaluation,
                          const weir_tuned_point *point, weir_finding *finding) {
    const weir_graph *graph = s->compiled->graph;
    uint64_t total[WEIR_RESOURCES], bits = s->fifo_bits;
    memcpy(total, s->total.total, sizeof total);
    uint32_t words = (weir_graph_channels(graph) + 63) / 64;
    for (uint32_t w = 0; w < words; w++) {
        for (uint64_t left = point->tuning.deepened[w]; left != 0; left &= left - 1) {
            uint32_t c = w * 64 + (uint32_t)__builtin_ctzll(left);
            weir_channel channel = *weir_graph_channel(graph, c);
            bits -= (uint64_t)channel.depth * channel.beat_bits;
            channel.depth = point->channels[c].depth;
            bits += (uint64_t)channel.depth * channel.beat_bits;
            if (s->processes == NULL) continue;
            weir_cost cost;
            weir_channel_cost(&channel, &cost);
            for (int r = 0; r < WEIR_RESOURCES; r++)
                total[r] += cost.total[r] - s->channels[c].total[r];
        }
    }
    weir_finding_set(finding, WEIR_FIGURE_FIFO_BITS, (double)bits, "graph");
    const char *source = weir_structure_source(s);
    if (source == NULL) return;
    /* Of parts loaded in turn the device never has all at once. */
    if (s->draft->turns.n_parts == 0)
        weir_finding_resources(finding, total, source, evaluation->base->device);
    if (evaluation->base->device != NULL) check_clocks(s, evaluation, point, finding);
}

/* ---- power ---- */

static double share_of(double cycles, uint64_t period_ps, double interval_ps) {
    double share = cycles * (double)period_ps / interval_ps;
    return share < 1 ? share : 1;
}

/* At the point's own depth. */
static weir_cost cost_of_fifo(const weir_structure *s, const weir_tuned_point *point, uint32_t c) {
    if ((point->tuning.deepened[c / 64] >> c % 64 & 1) == 0) return s->channels[c];
    weir_channel channel = *weir_graph_channel(s->compiled->graph, c);
    weir_cost cost;
    channel.depth = point->channels[c].depth;
    weir_channel_cost(&channel, &cost);
    return cost;
}

static bool there(const weir_section *scope, uint32_t process) {
    return scope->part == NULL || scope->part[process] == scope->which;
}

/* A process is busy for its steps, a FIFO for its beats; bits flip as often as the coefficients
 * suppose, as a replay sees no data. */
static weir_power dynamic_power(const weir_structure *s, const weir_power_model *model,
                                uint32_t vccint_mv, const weir_tuned_point *point,
                                double interval_ps, const weir_section *scope) {
    const weir_graph *graph = s->compiled->graph;
    weir_power sum = {0};
    for (uint32_t p = 0; p < weir_graph_processes(graph); p++) {
        const weir_process *process = weir_graph_process(graph, p);
        if (process->kind != WEIR_PROCESS || !there(scope, p)) continue;
        uint64_t period_ps = point->domains[process->domain].period_ps;
        const weir_activity activity = {
            .period_ps = period_ps,
            .vccint_mv = vccint_mv,
            .busy = share_of((double)process->steps_per_frame / weir_graph_own_step(graph, p),
                             period_ps, interval_ps),
            .toggle_rate = WEIR_TOGGLE_RATE};
        weir_power power = weir_power_of(model, &s->processes[p], &activity);
        weir_power_add(&sum, &power);
    }
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        if (!there(scope, channel->producer) && !there(scope, channel->consumer)) continue;
        uint64_t period_ps =
            point->domains[weir_graph_process(graph, channel->consumer)->domain].period_ps;
        double beats = (double)weir_stream_beats(&channel->stream);
        if (channel->frame_step > 1) beats /= channel->frame_step;
        const weir_activity activity = {.period_ps = period_ps,
                                        .vccint_mv = vccint_mv,
                                        .busy = share_of(beats, period_ps, interval_ps),
                                        .toggle_rate = WEIR_TOGGLE_RATE};
        const weir_cost cost = cost_of_fifo(s, point, c);
        weir_power power = weir_power_of(model, &cost, &activity);
        weir_power_add(&sum, &power);
    }
    return sum;
}

/* Positions of an input image, or elements of an input vector. */
static double frame_pixels(const weir_network *network) {
    if (network == NULL) return 0;
    const weir_shape shape = weir_network_layer(network, weir_network_input(network))->out;
    double positions = (double)shape.rows * shape.columns;
    return positions > 1 ? positions : shape.channels;
}

static const weir_power_model *power_model(const weir_device *device, uint32_t *vccint_mv) {
    const weir_power_model *model = weir_power_model_of(device->static_class);
    if (model != NULL)
        *vccint_mv = device->supply.vccint_mv > 0 ? device->supply.vccint_mv : model->vccint_mv;
    return model;
}

bool weir_structure_dynamic(const weir_structure *s, const weir_evaluation *evaluation,
                            const weir_tuned_point *point, double interval_ps,
                            const weir_section *scope, double *mw) {
    const weir_device *device = evaluation->base->device;
    uint32_t vccint_mv = 0;
    const weir_power_model *model = device != NULL ? power_model(device, &vccint_mv) : NULL;
    if (model == NULL || weir_structure_source(s) == NULL) return false;
    *mw = dynamic_power(s, model, vccint_mv, point, interval_ps, scope).total;
    return true;
}

void weir_finding_power(weir_finding *finding, const weir_structure *s, const weir_device *device,
                        double dynamic_mw) {
    double interval_ps = finding->value[WEIR_FIGURE_INTERVAL];
    weir_static_power at_rest =
        weir_power_static(device->static_class, device->supply.static_mw, device->lut);
    weir_finding_set(finding, WEIR_FIGURE_DYNAMIC, dynamic_mw, "estimate");
    if (!(at_rest.mw > 0)) return;
    double total = at_rest.mw + dynamic_mw, pixels = frame_pixels(s->draft->design->network);
    weir_finding_set(finding, WEIR_FIGURE_POWER, total, "estimate");
    /* mW times ps is 10^-15 J. */
    weir_finding_set(finding, WEIR_FIGURE_ENERGY, total * interval_ps * 1e-9, "estimate");
    if (pixels > 0)
        weir_finding_set(finding, WEIR_FIGURE_PIXELS_PER_WATT_SECOND,
                         pixels / (total * interval_ps * 1e-15), "estimate");
}

void weir_structure_power(const weir_structure *s, const weir_evaluation *evaluation,
                          const weir_tuned_point *point, weir_finding *finding) {
    const weir_section all = {NULL, 0};
    double interval_ps = finding->value[WEIR_FIGURE_INTERVAL], dynamic_mw;
    if (finding->source[WEIR_FIGURE_INTERVAL] == NULL || !(interval_ps > 0)) return;
    if (weir_structure_dynamic(s, evaluation, point, interval_ps, &all, &dynamic_mw))
        weir_finding_power(finding, s, evaluation->base->device, dynamic_mw);
}
