#include "api/handles.h"
#include "api/weir_stimulus.h"
#include <stdlib.h>
#include <string.h>

void weir_simulation_set_arrival_period(weir_simulation *sim, uint64_t period_ps) {
    sim->design->arrival_period_ps = period_ps;
    sim->design->arrival_path = NULL;
}

void weir_simulation_set_arrival_file(weir_simulation *sim, const char *path) {
    sim->design->arrival_period_ps = 0;
    sim->design->arrival_path = weir_arena_strdup(sim->arena, path);
}

void weir_simulation_set_drop(weir_simulation *sim, bool drop) {
    sim->options.drop = drop;
}

static weir_status take_pause(weir_simulation *sim, const char *end, const char *pattern,
                              const char **pause, weir_messages *log) {
    if (pattern == NULL) pattern = "";
    bool good = strspn(pattern, "01") == strlen(pattern);
    if (!good || (*pattern != '\0' && strchr(pattern, '1') == NULL)) {
        weir_error(weir_messages_diag(log), WEIR_NOWHERE,
                   "%s: pause \"%s\", allowed are '0' (paused) and '1', with one '1' at least", end,
                   pattern);
        return WEIR_BAD_INPUT;
    }
    *pause = weir_arena_strdup(sim->arena, pattern);
    return WEIR_OK;
}

weir_status weir_simulation_set_source_pause(weir_simulation *sim, const char *pattern,
                                             weir_messages *log) {
    return take_pause(sim, "source", pattern, &sim->source_pause, log);
}

weir_status weir_simulation_set_sink_pause(weir_simulation *sim, const char *pattern,
                                           weir_messages *log) {
    return take_pause(sim, "sink", pattern, &sim->options.sink_pause, log);
}

const char **weir_simulation_pauses(const weir_simulation *sim) {
    return weir_graph_pauses(sim->compiled->graph, sim->source_pause, sim->options.sink_pause);
}
