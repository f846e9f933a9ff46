/* Loads a network, simulates it on two frames of its own making, and reads the result.
 *
 *   cc run_network.c $(pkg-config --cflags --libs weir) -o run_network
 *   ./run_network NETWORK.onnx FOLDER
 */
#include "weir.h"
#include <stdlib.h>

static int show(const weir_simulation *simulation, const weir_outcome *outcome) {
    weir_summary summary = weir_outcome_summary(outcome);
    printf("%s: %llu frames, %llu beats checked, %llu wrong\n", weir_simulation_name(simulation),
           (unsigned long long)summary.frames, (unsigned long long)summary.beats_checked,
           (unsigned long long)summary.mismatches);
    for (uint64_t f = 0; f < summary.frames; f++) {
        weir_frame_info frame = weir_outcome_frame(outcome, f);
        const float *values = weir_outcome_values(outcome, f);
        uint64_t largest = 0;
        for (uint64_t i = 1; i < weir_simulation_outputs(simulation); i++)
            if (values[i] > values[largest]) largest = i;
        printf("frame %llu: %llu ps, class %llu\n", (unsigned long long)f,
               (unsigned long long)(frame.last_out_ps - frame.first_in_ps),
               (unsigned long long)largest);
    }
    for (uint32_t p = 0; p < weir_outcome_processes(outcome); p++) {
        weir_process_info process = weir_outcome_process(outcome, p);
        printf("%s: %llu busy cycles\n", process.name, (unsigned long long)process.busy_cycles);
    }
    printf("bottleneck: %s\n", summary.bottleneck);
    return summary.mismatches == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s NETWORK FOLDER\n", argv[0]);
        return EXIT_FAILURE;
    }
    int status = EXIT_FAILURE;
    weir_messages *messages = weir_messages_new();
    weir_outcome *outcome = NULL;
    float *frames = NULL;
    weir_simulation *simulation = weir_simulation_open(argv[1], messages);
    if (simulation == NULL) goto done;

    /* Two frames: all values 0.5, then a ramp from 0 to 1. */
    uint64_t inputs = weir_simulation_inputs(simulation);
    frames = malloc(2 * inputs * sizeof *frames);
    if (frames == NULL) goto done;
    for (uint64_t i = 0; i < inputs; i++) {
        frames[i] = 0.5f;
        frames[inputs + i] = (float)i / (float)inputs;
    }
    if (weir_simulation_set_frames(simulation, frames, 2, messages) == WEIR_OK &&
        weir_simulation_compile(simulation, argv[2], messages) == WEIR_OK &&
        weir_simulation_run(simulation, &outcome, messages) == WEIR_OK)
        status = show(simulation, outcome);

done:
    weir_messages_print(messages, stderr);
    free(frames);
    weir_outcome_free(outcome);
    weir_simulation_close(simulation);
    weir_messages_free(messages);
    return status;
}
