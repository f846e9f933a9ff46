#include "hls/schedule.h"

/* The set of a step's ports. */
static uint32_t set_of(weir_schedule_builder *builder, const weir_operator *op, unsigned ports) {
    weir_operation operations[2 * WEIR_MAX_PORTS];
    uint32_t count = 0;
    for (uint32_t p = 0; p < op->n_inputs; p++)
        if (ports & WEIR_READS(p)) operations[count++] = (weir_operation){WEIR_READ, (uint16_t)p};
    for (uint32_t q = 0; q < op->n_outputs; q++)
        if (ports & WEIR_WRITES(q)) operations[count++] = (weir_operation){WEIR_WRITE, (uint16_t)q};
    return weir_schedule_set(builder, operations, count);
}

weir_schedule *weir_operator_schedule(const weir_operator *op) {
    weir_schedule_builder *builder =
        weir_schedule_builder_new(op->name, op->n_inputs, op->n_outputs);
    unsigned ports = op->kind->step(op, 0);
    for (uint64_t first = 0, step = 1; first < op->steps; first = step++) {
        unsigned next = 0;
        while (step < op->steps && (next = op->kind->step(op, step)) == ports)
            step++;
        weir_schedule_add(builder, set_of(builder, op, ports), step - first);
        ports = next;
    }
    weir_schedule *schedule = weir_schedule_build(builder);
    schedule->timing = WEIR_ELASTIC;
    schedule->stages = op->stages;
    for (uint32_t q = 0; q < op->n_outputs; q++)
        schedule->write_stage[q] = op->stages - 1;
    return schedule;
}
