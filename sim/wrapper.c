#include "sim/wrapper.h"
#include "models/stream.h"
#include <ctype.h>
#include <string.h>

#include "abi_text.h"

#define ROOT WEIR_MODEL_CLASS "___024root"

/* How often `text` mentions the member `clk`. */
static int clock_mentions(const char *text) {
    static const char member[] = "vlSelf->clk";
    int count = 0;
    for (const char *at = strstr(text, member); at != NULL; at = strstr(at + 1, member)) {
        char next = at[sizeof member - 1];
        if (next != '_' && !isalnum((unsigned char)next)) count++;
    }
    return count;
}

/* Verilator 5.006 names the clock twice where it looks for the edge, and once each where it sets up
 * the remembered level, clears the members, and checks widths in debug builds. Any further mention
 * is a use of the clock as data. */
#define CLOCK_MENTIONS 5

weir_phases weir_wrapper_phases(const weir_build_request *request, const char *header,
                                const char *sources) {
    weir_phases phases = {.direct = false, .has_inputs = true};
    phases.has_inputs = strstr(header, " __VicoTriggered;") != NULL;
    bool one_input_phase =
        !phases.has_inputs || strstr(header, "VlTriggerVec<1> __VicoTriggered;") != NULL;
    const char *previous = strstr(header, " __Vtrigr");
    bool one_clock =
        request->n_clocks == 0 && previous != NULL &&
        strncmp(previous, " __Vtrigrprev__TOP__clk;", 24) == 0 &&
        strstr(previous + 1, " __Vtrigr") == NULL &&
        strstr(sources, "'act' region trigger index 0 is active: @(posedge clk)\\n") != NULL &&
        clock_mentions(sources) == CLOCK_MENTIONS;
    phases.direct = one_clock && one_input_phase &&
                    strstr(header, "VlTriggerVec<1> __VactTriggered;") != NULL &&
                    strstr(header, "VlTriggerVec<1> __VnbaTriggered;") != NULL &&
                    strstr(header, "__VpreTriggered") == NULL &&
                    strstr(header, "Scheduler") == NULL;
    return phases;
}

static bool check_port(const char *module, const char *header, const char *name, uint32_t bits,
                       weir_diag *diag) {
    char pattern[96];
    snprintf(pattern, sizeof pattern, "(%s,", name);
    const char *at = strstr(header, pattern);
    if (at == NULL)
        return weir_error(diag, WEIR_NOWHERE, "module \"%s\": no port \"%s\" of %u bits", module,
                          name, bits);
    int high = -1, low = -1;
    if (sscanf(at + strlen(pattern), "%d,%d", &high, &low) != 2 || high - low + 1 != (int)bits)
        return weir_error(diag, WEIR_NOWHERE, "module \"%s\": port \"%s\" has %d bits, needs %u",
                          module, name, high - low + 1, bits);
    return true;
}

static bool check_stream(const char *module, const char *header, const char *side, uint32_t port,
                         uint32_t bits, weir_diag *diag) {
    char name[64];
    snprintf(name, sizeof name, "%s%u_valid", side, port);
    bool good = check_port(module, header, name, 1, diag);
    snprintf(name, sizeof name, "%s%u_ready", side, port);
    good = check_port(module, header, name, 1, diag) && good;
    snprintf(name, sizeof name, "%s%u_data", side, port);
    return check_port(module, header, name, bits, diag) && good;
}

bool weir_wrapper_check(const weir_build_request *request, const char *header, weir_diag *diag) {
    bool good = true;
    if (request->n_clocks == 0) {
        good = check_port(request->module, header, "clk", 1, diag) &&
               check_port(request->module, header, "rst", 1, diag);
    }
    for (uint32_t d = 0; d < request->n_clocks; d++) {
        char name[64];
        snprintf(name, sizeof name, "clk_%u", d);
        good = check_port(request->module, header, name, 1, diag) && good;
        snprintf(name, sizeof name, "rst_%u", d);
        good = check_port(request->module, header, name, 1, diag) && good;
    }
    for (uint32_t p = 0; p < request->n_inputs; p++)
        good = check_stream(request->module, header, "in", p, request->input_bits[p], diag) && good;
    for (uint32_t q = 0; q < request->n_outputs; q++)
        good =
            check_stream(request->module, header, "out", q, request->output_bits[q], diag) && good;
    if (request->probe_channels > 0)
        good = check_port(request->module, header, "probes", 4 * request->probe_channels, diag) &&
               good;
    return good;
}

/* A hierarchical name as Verilator spells it in the flattened class. */
static void add_name(weir_text *out, const char *name) {
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '.')
            weir_text_add(out, "__DOT__");
        else if (*c == '[')
            weir_text_add(out, "__BRA__");
        else if (*c == ']')
            weir_text_add(out, "__KET__");
        else if (c[0] == '_' && c[1] == '_') {
            weir_text_add(out, "___05F");
            c++;
        } else {
            weir_text_addf(out, "%c", *c);
        }
    }
}

static void add_memory_name(weir_text *out, const weir_build_request *request, uint32_t rom) {
    add_name(out, request->module);
    weir_text_add(out, "__DOT__");
    add_name(out, request->roms[rom].path);
}

static void add_ports(weir_text *out, const char *list, const char *side, uint32_t n,
                      const uint32_t *bits) {
    for (uint32_t p = 0; p < n; p++)
        weir_text_addf(out,
                       "        m->%s[%u] = {&r.%s%u_valid, &r.%s%u_ready, &r.%s%u_data, %u};\n",
                       list, p, side, p, side, p, side, p, weir_beat_bytes(bits[p]));
}

static void add_struct(weir_text *out, const weir_build_request *request) {
    uint32_t clocks = request->n_clocks > 0 ? request->n_clocks : 1;
    weir_text_addf(out,
                   "namespace {\n"
                   "struct Model {\n"
                   "    VerilatedContext context;\n"
                   "    " WEIR_MODEL_CLASS " top{&context, \"top\"};\n"
                   "    weir_rtl_model face{};\n"
                   "    weir_rtl_port inputs[%u]{}, outputs[%u]{};\n"
                   "    weir_rtl_memory memories[%u]{};\n"
                   "    weir_rtl_span spans[%u]{};\n"
                   "    uint8_t *clocks[%u]{}, *resets[%u]{};\n"
                   "};\n"
                   "inline " ROOT " *root(void *self) { return static_cast<" ROOT " *>(self); }\n",
                   request->n_inputs + 1, request->n_outputs + 1, request->n_roms + 1,
                   request->n_roms + 1, clocks, clocks);
}

static void add_steps(weir_text *out, const weir_build_request *request, weir_phases phases) {
    weir_text_add(out, "void eval(void *self) { " ROOT "___eval(root(self)); }\n"
                       "const char *start(void *self) {\n"
                       "    try {\n"
                       "        " ROOT "___eval_static(root(self));\n"
                       "        " ROOT "___eval_initial(root(self));\n"
                       "        " ROOT "___eval_settle(root(self));\n"
                       "        eval(self);\n"
                       "    } catch (const std::exception &error) {\n"
                       "        static thread_local char text[1024];\n"
                       "        snprintf(text, sizeof text, \"%s\", error.what());\n"
                       "        return text;\n"
                       "    }\n"
                       "    return nullptr;\n"
                       "}\n");
    if (phases.direct) {
        weir_text_addf(out,
                       "void settle(void *self) {\n%s}\n"
                       "void tick(void *self) {\n"
                       "    root(self)->__VnbaTriggered.at(0) = 1;\n"
                       "    " ROOT "___eval_nba(root(self));\n"
                       "}\n",
                       phases.has_inputs ? "    root(self)->__VicoTriggered.at(0) = 1;\n"
                                           "    " ROOT "___eval_ico(root(self));\n"
                                         : "    (void)self;\n");
    } else {
        const char *clock = request->n_clocks > 0 ? "clk_0" : "clk";
        weir_text_addf(out,
                       "void settle(void *self) {\n"
                       "    root(self)->%s = 0;\n"
                       "    eval(self);\n"
                       "}\n"
                       "void tick(void *self) {\n"
                       "    root(self)->%s = 1;\n"
                       "    eval(self);\n"
                       "    root(self)->%s = 0;\n"
                       "    eval(self);\n"
                       "}\n",
                       clock, clock, clock);
    }
}

/* The root object without its ROMs, as spans in address order. */
static const char spans_text[] =
    "void make_spans(Model *m, " ROOT " &r) {\n"
    "    const char *at = reinterpret_cast<const char *>(&r);\n"
    "    const char *end = at + sizeof r;\n"
    "    while (at < end) {\n"
    "        const weir_rtl_memory *next = nullptr;\n"
    "        for (uint32_t i = 0; i < m->face.n_memories; i++) {\n"
    "            const weir_rtl_memory *k = &m->memories[i];\n"
    "            if (static_cast<const char *>(k->words) < at) continue;\n"
    "            if (!next || k->words < next->words) next = k;\n"
    "        }\n"
    "        const char *stop = next ? static_cast<const char *>(next->words) : end;\n"
    "        m->spans[m->face.n_spans++] = {at, static_cast<uint64_t>(stop - at)};\n"
    "        at = next ? stop + static_cast<size_t>(next->word_bytes) * next->count : end;\n"
    "    }\n"
    "}\n"
    "void close(weir_rtl_model *face) {\n"
    "    Model *m = reinterpret_cast<Model *>(face->owner);\n"
    "    m->top.final();\n"
    "    /* Scopes leave the thread's context, which is that of whatever model was made last. */\n"
    "    Verilated::threadContextp(&m->context);\n"
    "    delete m;\n"
    "}\n"
    "}\n";

static void add_open(weir_text *out, const weir_build_request *request) {
    weir_text_add(out, "extern \"C\" __attribute__((visibility(\"default\"))) weir_rtl_model "
                       "*weir_rtl_open(void) {\n"
                       "    try {\n"
                       "        Model *m = new Model;\n"
                       "        " ROOT " &r = *m->top.rootp;\n");
    add_ports(out, "inputs", "in", request->n_inputs, request->input_bits);
    add_ports(out, "outputs", "out", request->n_outputs, request->output_bits);
    for (uint32_t i = 0; i < request->n_roms; i++) {
        const weir_rom *rom = &request->roms[i];
        uint32_t bytes = weir_beat_bytes(rom->word_bits);
        weir_text_add(out, "        static_assert(sizeof r.");
        add_memory_name(out, request, i);
        weir_text_addf(out, " == %uul * %u, \"memory %s is not %u words of %u bits\");\n", bytes,
                       rom->words, rom->path, rom->words, rom->word_bits);
        weir_text_addf(out, "        m->memories[%u] = {\"%s\", &r.", i, rom->path);
        add_memory_name(out, request, i);
        weir_text_addf(out, ", %u, %u};\n", bytes, rom->words);
    }
    if (request->n_clocks == 0)
        weir_text_add(out, "        m->clocks[0] = &r.clk;\n        m->resets[0] = &r.rst;\n");
    for (uint32_t d = 0; d < request->n_clocks; d++)
        weir_text_addf(out,
                       "        m->clocks[%u] = &r.clk_%u;\n        m->resets[%u] = &r.rst_%u;\n",
                       d, d, d, d);
    weir_text_addf(
        out,
        "        m->face = weir_rtl_model{WEIR_RTL_ABI_VERSION, &r, start, settle, tick, eval, "
        "close,\n            m->clocks[0], m->resets[0], m->inputs, m->outputs, %u, %u, "
        "m->memories, %u,\n            m->spans, 0, m->clocks, m->resets, %u, %s, %u, m};\n"
        "        make_spans(m, r);\n"
        "        return &m->face;\n"
        "    } catch (...) {\n"
        "        return nullptr;\n"
        "    }\n"
        "}\n",
        request->n_inputs, request->n_outputs, request->n_roms,
        request->n_clocks > 0 ? request->n_clocks : 1,
        request->probe_channels > 0 ? "&r.probes" : "nullptr", 4 * request->probe_channels);
}

void weir_wrapper_write(weir_text *out, const weir_build_request *request, weir_phases phases) {
    weir_text_add(out, "#include <exception>\n#include <cstdio>\n");
    weir_text_add(out, abi_text);
    add_struct(out, request);
    add_steps(out, request, phases);
    weir_text_add(out, spans_text);
    add_open(out, request);
}

void weir_wrapper_control(weir_text *out, const weir_build_request *request) {
    weir_text_add(out, "`verilator_config\n");
    for (uint32_t i = 0; i < request->n_roms; i++) {
        const char *dot = strrchr(request->roms[i].path, '.');
        weir_text_addf(out, "public_flat_rd -module \"*\" -var \"%s\"\n",
                       dot != NULL ? dot + 1 : request->roms[i].path);
    }
}
