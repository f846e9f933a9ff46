#include "report/record.h"
#include <string.h>

static const char *const kind_names[] = {
    [WEIR_PROCESS] = "process", [WEIR_SOURCE] = "source", [WEIR_SINK] = "sink"};

static const char *keep(weir_record *record, const char *text) {
    return weir_arena_strdup(record->arena, text != NULL ? text : "");
}

static void add_domains(weir_record *record, const weir_record_source *from) {
    record->n_domains = weir_graph_domains(from->graph);
    record->domains = WEIR_NEW(record->arena, weir_record_domain, record->n_domains);
    for (uint32_t i = 0; i < record->n_domains; i++) {
        const weir_domain *domain = weir_graph_domain(from->graph, i);
        record->domains[i] = (weir_record_domain){keep(record, domain->name), domain->period_ps,
                                                  domain->phase_ps, from->result->domain_cycles[i]};
    }
}

static void add_processes(weir_record *record, const weir_record_source *from) {
    record->n_processes = weir_graph_processes(from->graph);
    record->processes = WEIR_NEW(record->arena, weir_record_process, record->n_processes);
    for (uint32_t i = 0; i < record->n_processes; i++) {
        const weir_process *process = weir_graph_process(from->graph, i);
        const weir_process_stats *stats = &from->result->processes[i];
        record->processes[i] = (weir_record_process){
            .name = keep(record, process->name),
            .kind = kind_names[process->kind],
            .operator_name = keep(record, process->operator_name),
            .domain_name = record->domains[process->domain].name,
            .layer = keep(record, process->layer),
            .strategy = keep(record, process->strategy),
            .precision = keep(record, process->precision),
            .timing = weir_timing_class_name(process->timing),
            .domain = process->domain,
            .stages = process->stages,
            .ii_cycles = process->ii_cycles,
            .initiations_per_frame = process->initiations_per_frame,
            .steps_per_frame = process->steps_per_frame,
            .frame_step = weir_graph_own_step(from->graph, i),
            .reuse_factor = process->reuse_factor,
            .pe = process->pe,
            .simd = process->simd,
            .multipliers = process->multipliers,
            .initiations = stats->initiations,
            .busy_cycles = stats->busy_cycles,
            .starved_cycles = stats->starved_cycles,
            .blocked_cycles = stats->blocked_cycles,
            .idle_cycles = stats->idle_cycles,
            .frozen_cycles = stats->frozen_cycles,
        };
        if (from->processes != NULL) record->processes[i].cost = from->processes[i];
    }
}

static void add_channels(weir_record *record, const weir_record_source *from) {
    record->n_channels = weir_graph_channels(from->graph);
    record->channels = WEIR_NEW(record->arena, weir_record_channel, record->n_channels);
    for (uint32_t i = 0; i < record->n_channels; i++) {
        const weir_channel *channel = weir_graph_channel(from->graph, i);
        const weir_channel_stats *stats = &from->result->channels[i];
        record->channels[i] = (weir_record_channel){
            .name = keep(record, channel->name),
            .producer_name = record->processes[channel->producer].name,
            .consumer_name = record->processes[channel->consumer].name,
            .storage = weir_storage_names[channel->storage],
            .latency_class = weir_latency_class_name(channel->latency),
            .producer = channel->producer,
            .consumer = channel->consumer,
            .beat_bits = channel->beat_bits,
            .depth = channel->depth,
            .max_occupancy = stats->max_occupancy,
            .writes = stats->writes,
            .reads = stats->reads,
        };
        if (from->toggles != NULL) {
            record->channels[i].bit_flips = from->toggles[i].flips;
            record->channels[i].bits_compared = from->toggles[i].bits;
        }
        if (from->channels != NULL) record->channels[i].cost = from->channels[i];
    }
}

static void add_outcome(weir_record *record, const weir_record_source *from) {
    const weir_result *result = from->result;
    record->n_frames = result->n_frames;
    record->n_dropped = result->n_dropped;
    record->frames = WEIR_NEW(record->arena, weir_frame_times, result->n_frames + 1);
    if (result->n_frames > 0)
        memcpy(record->frames, result->frames, result->n_frames * sizeof *record->frames);

    record->data = (weir_record_data){
        .checked = from->checked, .beats = result->beats_checked, .mismatches = result->mismatches};
    if (result->mismatches > 0) {
        const weir_mismatch *first = &result->first_mismatch;
        record->data.channel = record->channels[first->channel].name;
        record->data.frame = first->frame;
        record->data.beat = first->beat;
        record->data.found = keep(record, first->found);
        record->data.expected = keep(record, first->expected);
    }

    const weir_deadlock *deadlock = &result->deadlock;
    record->deadlock.happened = deadlock->happened;
    if (!deadlock->happened) return;
    record->deadlock.time_ps = deadlock->time_ps;
    record->deadlock.n_steps = deadlock->n_steps;
    record->deadlock.text = keep(record, deadlock->text);
    record->deadlock.steps = WEIR_NEW(record->arena, weir_record_step, deadlock->n_steps + 1);
    for (uint32_t i = 0; i < deadlock->n_steps; i++)
        record->deadlock.steps[i] =
            (weir_record_step){record->processes[deadlock->processes[i]].name,
                               record->channels[deadlock->channels[i]].name, deadlock->full[i]};
}

/* Of what the first source sends. */
static uint64_t frame_pixels(const weir_graph *graph) {
    for (uint32_t c = 0; c < weir_graph_channels(graph); c++) {
        const weir_channel *channel = weir_graph_channel(graph, c);
        if (weir_graph_process(graph, channel->producer)->kind != WEIR_SOURCE) continue;
        uint64_t positions = (uint64_t)channel->stream.rows * channel->stream.columns;
        return positions > 1 ? positions : channel->stream.channels;
    }
    return 0;
}

static void add_vendor(weir_record *record, const weir_record_source *from) {
    record->n_vendor = from->n_vendor;
    record->vendor = WEIR_NEW(record->arena, weir_record_vendor, from->n_vendor + 1);
    for (uint32_t i = 0; i < from->n_vendor; i++) {
        record->vendor[i] = from->vendor[i];
        record->vendor[i].name = keep(record, from->vendor[i].name);
        record->vendor[i].source = keep(record, from->vendor[i].source);
    }
}

weir_record *weir_record_new(const weir_record_source *source) {
    weir_arena *arena = weir_arena_new();
    weir_record *record = WEIR_NEW(arena, weir_record, 1);
    record->arena = arena;
    record->weir = WEIR_VERSION_TEXT;
    record->design = keep(record, weir_graph_name(source->graph));
    record->engine = weir_engine_name(source->result->engine);
    record->arrival_period_ps = source->arrival_period_ps;
    record->source_pause = keep(record, source->source_pause);
    record->stitched = keep(record, source->stitched);
    record->sink_pause = keep(record, source->sink_pause);
    record->end_ps = source->result->end_ps;
    record->frame_pixels = frame_pixels(source->graph);
    record->partial = source->result->partial;
    record->build_seconds = source->result->build_seconds;
    record->run_seconds = source->result->run_seconds;
    record->models_built = source->result->models_built;
    record->models_cached = source->result->models_cached;
    add_domains(record, source);
    add_processes(record, source);
    add_channels(record, source);
    add_outcome(record, source);
    add_vendor(record, source);
    record->has_accuracy = source->accuracy != NULL;
    if (source->accuracy != NULL) record->accuracy = *source->accuracy;
    if (source->device != NULL) {
        record->device.name = keep(record, source->device->name);
        for (int r = 0; r < WEIR_RESOURCES; r++)
            record->device.has[r] = weir_device_has(source->device, (weir_resource)r);
        record->device.static_class = source->device->static_class;
        record->device.supply = source->device->supply;
    }
    weir_record_analyse(record);
    return record;
}

void weir_record_free(weir_record *record) {
    if (record != NULL) weir_arena_free(record->arena);
}
