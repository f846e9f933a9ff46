#include "report/power.h"
#include "report/report.h"
#include <string.h>

typedef unsigned long long ull;

/* A cell and the comma or line end after it. */
static void add_string(weir_text *out, const char *cell, char end) {
    if (cell[strcspn(cell, ",\"\r\n")] == '\0') {
        weir_text_addf(out, "%s%c", cell, end);
        return;
    }
    weir_text_add(out, "\"");
    for (; *cell != '\0'; cell++)
        weir_text_addf(out, *cell == '"' ? "\"\"" : "%c", *cell);
    weir_text_addf(out, "\"%c", end);
}

static void add_count(weir_text *out, uint64_t value, char end) {
    weir_text_addf(out, "%llu%c", (ull)value, end);
}

/* Empty cells where nothing is known. */
static void add_cost(weir_text *out, const weir_cost *cost) {
    static const weir_resource shown[] = {WEIR_LUT, WEIR_LUT_MEMORY, WEIR_FF,
                                          WEIR_DSP, WEIR_BRAM18,     WEIR_URAM};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (cost->source == WEIR_COST_NONE)
            weir_text_add(out, ",");
        else
            add_count(out, cost->total[shown[i]], ',');
    }
    if (cost->band > 0)
        weir_text_addf(out, "%.2f,", cost->band);
    else
        weir_text_add(out, ",");
    add_string(out, weir_cost_source_name(cost->source), '\n');
}

static void add_process(weir_text *out, const weir_record_process *process) {
    const char *const strings[] = {process->name,        process->kind,  process->operator_name,
                                   process->domain_name, process->layer, process->strategy,
                                   process->precision,   process->timing};
    const uint64_t counts[] = {process->stages,
                               process->ii_cycles,
                               process->initiations_per_frame,
                               process->steps_per_frame,
                               process->frame_step,
                               process->reuse_factor,
                               process->pe,
                               process->simd,
                               process->multipliers,
                               process->initiations,
                               process->busy_cycles,
                               process->starved_cycles,
                               process->blocked_cycles,
                               process->idle_cycles,
                               process->frozen_cycles};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        add_string(out, strings[i], ',');
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        add_count(out, counts[i], ',');
    add_cost(out, &process->cost);
}

static void add_power_row(const char *kind, const weir_power_use *use, weir_text *out) {
    add_string(out, kind, ',');
    add_string(out, use->name, ',');
    for (int p = 0; p < WEIR_POWER_PARTS; p++)
        weir_text_addf(out, "%.6g,", use->power.part[p]);
    weir_text_addf(out, "%.6g,%.6g,%.6g\n", use->power.total, use->power.low, use->power.high);
}

/* Power and efficiency; an empty cell is not known. */
static void add_power(const weir_record *record, weir_text *out) {
    weir_record_power power = weir_power_of_record(record);
    if (!power.known) return;
    weir_text_add(out, "\npower,name,");
    for (int p = 0; p < WEIR_POWER_PARTS; p++)
        weir_text_addf(out, "%s_mw,", weir_power_part_key((weir_power_part)p));
    weir_text_add(out, "dynamic_mw,low_mw,high_mw\n");
    for (uint32_t i = 0; i < power.n_processes; i++)
        add_power_row("process", &power.processes[i], out);
    add_power_row("fifos", &power.fifos, out);
    for (uint32_t d = 0; d < power.n_domains; d++)
        add_power_row("domain", &power.domains[d], out);
    add_power_row("design", &(weir_power_use){.name = record->design, .power = power.dynamic}, out);
    const weir_efficiency *of = &power.efficiency;
    const double values[] = {power.static_mw,       power.static_mw > 0 ? power.total_mw : 0,
                             of->frames_per_second, of->pixels_per_second,
                             of->frame_uj,          of->pixels_per_watt_second,
                             of->dynamic_uj};
    weir_text_add(out, "\nstatic_mw,total_mw,frames_per_second,pixels_per_second,"
                       "energy_per_frame_uj,pixels_per_watt_second,dynamic_energy_per_frame_uj\n");
    enum { VALUES = sizeof values / sizeof *values };
    for (int i = 0; i < VALUES; i++) {
        if (values[i] > 0) weir_text_addf(out, "%.6g", values[i]);
        weir_text_add(out, i + 1 < VALUES ? "," : "\n");
    }
}

void weir_report_csv(const weir_record *record, weir_text *out) {
    weir_text_add(out,
                  "process,kind,operator,domain,layer,strategy,precision,timing,stages,"
                  "ii_cycles,initiations_per_frame,steps_per_frame,frame_step,reuse_factor,pe,simd,"
                  "multipliers,initiations,busy_cycles,starved_cycles,blocked_cycles,"
                  "idle_cycles,frozen_cycles,lut,lut_memory,ff,dsp,bram18,uram,band,source\n");
    for (uint32_t i = 0; i < record->n_processes; i++)
        add_process(out, &record->processes[i]);
    weir_text_add(out, "\nchannel,producer,consumer,beat_bits,depth,max_occupancy,storage,"
                       "latency_class,writes,reads,lut,lut_memory,ff,dsp,bram18,uram,band,"
                       "source\n");
    for (uint32_t i = 0; i < record->n_channels; i++) {
        const weir_record_channel *channel = &record->channels[i];
        add_string(out, channel->name, ',');
        add_string(out, channel->producer_name, ',');
        add_string(out, channel->consumer_name, ',');
        add_count(out, channel->beat_bits, ',');
        add_count(out, channel->depth, ',');
        add_count(out, channel->max_occupancy, ',');
        add_string(out, channel->storage, ',');
        add_string(out, channel->latency_class, ',');
        add_count(out, channel->writes, ',');
        add_count(out, channel->reads, ',');
        add_cost(out, &channel->cost);
    }
    add_power(record, out);
}
