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

void weir_report_csv(const weir_record *record, weir_text *out) {
    weir_text_add(out, "process,kind,operator,domain,layer,strategy,precision,timing,stages,"
                       "ii_cycles,initiations_per_frame,steps_per_frame,reuse_factor,pe,simd,"
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
}
