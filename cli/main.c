#include "cli/command.h"
#include <stdlib.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} command;

static const command commands[] = {
    {"compile", cli_compile, "network to RTL, stitched top and dataflow graph"},
    {"run", cli_run, "simulate, check every beat, name the bottleneck"},
    {"import", cli_import, "another maker's HLS output to a design"},
    {"report", cli_report, "show the folder of a run again"},
    {"diff", cli_diff, "two runs side by side"},
    {"certify", cli_certify, "replay against RTL, every port event"},
    {"size", cli_size, "the smallest FIFO depths that keep the speed"},
    {"pack", cli_pack, "ROMs, buffers and FIFOs in block RAM, several in one"},
    {"study", cli_study, "what-if ideas and axes, in one table"},
};

static const command *find(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static void print_help(FILE *out) {
    fputs("Usage: weir COMMAND [OPTION...]\n"
          "Cycle-accurate simulation of streaming neural-network accelerators.\n\n",
          out);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].what);
    fputs("  help      this list, or the options of a command\n"
          "  version   the version\n\n"
          "First use: weir run NETWORK.onnx\n",
          out);
}

static int run_command(const command *found, int argc, char **argv) {
    char name[64];
    snprintf(name, sizeof name, "weir %s", found->name);
    argv[0] = name; /* what argp calls the program in its messages */
    return found->run(argc, argv);
}

static int help(const char *topic) {
    const command *found = topic != NULL ? find(topic) : NULL;
    if (found != NULL) return run_command(found, 2, (char *[]){NULL, "--help", NULL});
    print_help(stdout);
    return WEIR_OK;
}

int main(int argc, char **argv) {
    argp_err_exit_status = WEIR_USAGE;
    if (argc < 2) {
        print_help(stderr);
        return WEIR_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        printf("weir %s\n", weir_version());
        return WEIR_OK;
    }
    const command *found = find(name);
    if (found != NULL) return run_command(found, argc - 1, argv + 1);
    fprintf(stderr, "weir: unknown command \"%s\"; there are:", name);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stderr, " %s,", commands[i].name);
    fputs(" help, version\n", stderr);
    return WEIR_USAGE;
}
