#include "models/expect.h"

static uint64_t mixed(uint64_t z) { /* splitmix64's finish */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void weir_random_beats_fill(void *context, uint32_t channel, uint64_t frame, uint64_t first,
                            uint64_t count, uint8_t *out) {
    const weir_random_beats *random = context;
    const weir_channel *c = weir_graph_channel(random->graph, channel);
    uint64_t beats = weir_stream_beats(&c->stream);
    for (uint64_t b = 0; b < count; b++) {
        uint64_t state = mixed(mixed(random->seed + 1) ^ mixed(channel + 1) ^
                               (frame * beats + first + b) * 0x9e3779b97f4a7c15u);
        uint8_t *beat = out + b * c->beat_bytes;
        for (uint32_t i = 0; i < c->beat_bytes; i++) {
            if (i % 8 == 0) state = mixed(state + 0x9e3779b97f4a7c15u);
            beat[i] = 8 * i >= c->beat_bits ? 0 : (uint8_t)(state >> (i % 8 * 8));
        }
        if (c->beat_bits % 8 != 0)
            beat[c->beat_bits / 8] &= (uint8_t)((1u << c->beat_bits % 8) - 1);
    }
}
