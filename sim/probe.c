#include "sim/probe.h"
#include "base/arena.h"
#include "base/random.h"
#include "models/stream.h"
#include "sim/build.h"
#include "sim/engines.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BEATS (1u << 20) /* a FIFO that takes more is none */
#define SETTLED_CYCLES 16     /* so long not ready: it is full */
#define PHASES 48
#define PHASE_CYCLES 400

typedef struct candidate {
    weir_latency_class latency;
    uint32_t gap;
} candidate;

static const candidate candidates[] = {
    {WEIR_LATENCY_PLAIN, 0}, {WEIR_LATENCY_MEMORY, 0}, {WEIR_LATENCY_MEMORY, 2}};

#define CANDIDATES (sizeof candidates / sizeof candidates[0])

static void reset(weir_rtl_model *model) {
    *model->inputs[0].valid = *model->outputs[0].ready = 0;
    *model->rst = 1;
    for (int i = 0; i < WEIR_RESET_CYCLES; i++) {
        model->settle(model->self);
        model->tick(model->self);
    }
    *model->rst = 0;
    model->settle(model->self);
}

/* Beats taken until it is full for good; 0: it never is. */
static uint32_t capacity_of(weir_rtl_model *model) {
    reset(model);
    *model->inputs[0].valid = 1;
    uint32_t taken = 0;
    for (int closed = 0; taken < MOST_BEATS;) {
        model->settle(model->self);
        bool ready = *model->inputs[0].ready != 0;
        taken += ready;
        closed = ready ? 0 : closed + 1;
        if (closed == SETTLED_CYCLES) return taken;
        model->tick(model->self);
    }
    return 0;
}

static void random_beat(uint64_t *state, uint8_t *beat, uint32_t bytes, uint32_t bits) {
    for (uint32_t i = 0; i < bytes; i++)
        beat[i] = 8 * i >= bits ? 0 : (uint8_t)weir_random(state);
    if (bits % 8 != 0 && bits / 8 < bytes) beat[bits / 8] &= (uint8_t)((1u << bits % 8) - 1);
}

/* Which candidates have shown what the model shows, in every cycle so far. */
typedef struct comparison {
    weir_rtl_model *model;
    weir_fifo *fifos[CANDIDATES];
    bool good[CANDIDATES];
    uint32_t bytes, bits;
    uint8_t *beat;
    uint64_t seed;
} comparison;

static void compare_cycle(comparison *c, uint64_t edge, bool write, bool read) {
    weir_rtl_port *in = &c->model->inputs[0], *out = &c->model->outputs[0];
    random_beat(&c->seed, c->beat, c->bytes, c->bits);
    memcpy(in->data, c->beat, c->bytes);
    *in->valid = write;
    *out->ready = read;
    c->model->settle(c->model->self);
    bool ready = *in->ready != 0, valid = *out->valid != 0;
    for (size_t k = 0; k < CANDIDATES; k++) {
        if (!c->good[k]) continue;
        weir_fifo *fifo = c->fifos[k];
        c->good[k] = weir_fifo_can_write(fifo, edge) == ready &&
                     weir_fifo_can_read(fifo, edge) == valid &&
                     (!valid || memcmp(weir_fifo_head(fifo), out->data, c->bytes) == 0);
        if (!c->good[k]) continue;
        if (ready && write) weir_fifo_write(fifo, edge, c->beat);
        if (valid && read) weir_fifo_read(fifo, edge);
    }
    c->model->tick(c->model->self);
}

static void compare(comparison *c, uint32_t capacity) {
    uint64_t edge = 0;
    /* Full and empty once from end to end, then at all paces around both. */
    for (uint32_t i = 0; i < capacity + SETTLED_CYCLES; i++)
        compare_cycle(c, edge++, true, false);
    for (uint32_t i = 0; i < capacity + SETTLED_CYCLES; i++)
        compare_cycle(c, edge++, false, true);
    for (int phase = 0; phase < PHASES; phase++) {
        uint64_t writes = weir_random(&c->seed) % 17, reads = weir_random(&c->seed) % 17;
        for (int i = 0; i < PHASE_CYCLES; i++) {
            bool write = weir_random(&c->seed) % 16 < writes;
            compare_cycle(c, edge++, write, weir_random(&c->seed) % 16 < reads);
        }
        if (phase % 8 != 7) continue;
        for (uint32_t i = 0; i < capacity + 4; i++)
            compare_cycle(c, edge++, true, weir_random(&c->seed) % 16 < 2);
    }
}

static void fit(weir_fifo_probe *probe, weir_rtl_model *model) {
    probe->fits = false;
    probe->capacity = capacity_of(model);
    if (probe->capacity == 0) return;
    comparison c = {.model = model, .bits = probe->bits, .seed = 1};
    c.bytes = weir_beat_bytes(probe->bits);
    c.beat = weir_xcalloc(c.bytes, 1);
    for (size_t k = 0; k < CANDIDATES; k++) {
        c.good[k] = candidates[k].latency != WEIR_LATENCY_MEMORY || probe->capacity >= 2;
        const weir_fifo_spec spec = {.depth = probe->capacity,
                                     .beat_bytes = c.bytes,
                                     .latency = candidates[k].latency,
                                     .write_gap = candidates[k].gap};
        c.fifos[k] = weir_fifo_new(&spec);
    }
    reset(model);
    compare(&c, probe->capacity);
    for (size_t k = CANDIDATES; k > 0; k--) {
        weir_fifo_free(c.fifos[k - 1]);
        if (!c.good[k - 1]) continue;
        probe->fits = true;
        probe->latency = candidates[k - 1].latency;
        probe->write_gap = candidates[k - 1].gap;
    }
    free(c.beat);
}

bool weir_probe_fifos(weir_fifo_probe *probes, uint32_t n, const weir_progress *progress,
                      weir_diag *diag) {
    weir_build_request *requests = weir_xcalloc(n + 1, sizeof *requests);
    for (uint32_t i = 0; i < n; i++) {
        requests[i] = (weir_build_request){.module = probes[i].module,
                                           .sources = probes[i].sources,
                                           .n_sources = probes[i].n_sources,
                                           .n_inputs = 1,
                                           .n_outputs = 1,
                                           .imported = true};
        requests[i].input_bits[0] = requests[i].output_bits[0] = probes[i].bits;
    }
    bool good = weir_build(requests, n, progress, diag);
    for (uint32_t i = 0; i < n && good; i++) {
        weir_rtl_model *model = weir_model_open(requests[i].object, NULL, 0, diag);
        good = model != NULL;
        if (good) fit(&probes[i], model);
        weir_model_close(model);
    }
    free(requests);
    return good;
}
