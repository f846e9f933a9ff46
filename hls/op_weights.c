#include "hls/op_weights.h"
#include "hls/op_common.h"
#include <string.h>

static unsigned step(const weir_operator *op, uint64_t index) {
    (void)op, (void)index;
    return WEIR_WRITES(0);
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const weir_weights_params *p = op->params;
    weir_emit_begin(op, module, "// ROM_FILE0 has the words, which never change.\n", sv);
    weir_text_add(sv, "    weir_weight_stream #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "WIDTH", p->bits);
    weir_emit_int(&list, "WORDS", p->words);
    weir_emit_value(&list, "FILE", "ROM_FILE0");
    weir_text_add(sv, "\n    ) core (\n"
                      "        .clk,\n"
                      "        .rst,\n"
                      "        .out_valid(out0_valid),\n"
                      "        .out_ready(out0_ready),\n"
                      "        .out_data (out0_data)\n"
                      "    );\n");
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv", "weir_rom.sv", "weir_weight_stream.sv", NULL};

/* Nothing to infer: without inputs, what it sends is its image (hls/reference.c). */
static const weir_operator_kind kind = {
    .name = "weights", .step = step, .emit = emit, .library = library};

bool weir_is_weights(const weir_operator *op) {
    return op->kind == &kind;
}

void weir_stream_weights(weir_operator *reader, weir_operator *weights, weir_arena *arena,
                         const char *name, weir_fixed type) {
    weir_image *image = WEIR_NEW(arena, weir_image, 1);
    weir_weights_params *p = WEIR_NEW(arena, weir_weights_params, 1);
    *image = reader->images[0];
    image->path = "core.weights.mem";
    *p = (weir_weights_params){.words = image->words, .bits = image->word_bits};
    uint32_t lanes = (uint32_t)(reader->pe * reader->simd);
    weir_stream stream = {.rows = reader->in[0].rows,
                          .columns = reader->in[0].columns,
                          .channels = image->words * lanes,
                          .lanes = lanes,
                          .element = weir_fixed_element(type)};
    *weights = (weir_operator){
        .kind = &kind,
        .name = weir_arena_strdup(arena, name),
        .n_outputs = 1,
        .stages = 2,
        .steps = reader->steps,
        .ii_cycles = image->words,
        .initiations = reader->steps / image->words,
        .strategy = "",
        .n_images = 1,
        .images = image,
        .params = p,
    };
    weights->out[0] = stream;
    reader->n_inputs = 2;
    reader->in[1] = stream;
    reader->images++;
    reader->n_images--;
}

/* Counted on rtl/weir_packed_memory.sv: a port's registers are its word, its address and two flags; its
 * logic is an increment, a comparison, the wrap and a half of the choice between two addresses, five
 * LUT for two bits of address as Yosys builds them. */
void weir_weights_cost(const weir_operator *op, weir_cost *cost) {
    const weir_weights_params *p = op->params;
    uint64_t bits = p->block.words > 1 ? (uint64_t)weir_op_bits(p->block.words - 1) : 1;
    memset(cost, 0, sizeof *cost);
    cost->source = WEIR_COST_ESTIMATE;
    cost->band = WEIR_FIFO_BAND;
    weir_cost_add(cost, WEIR_PART_REGISTERS, WEIR_FF, p->bits);
    weir_cost_add(cost, WEIR_PART_CONTROL, WEIR_FF, bits + 2);
    weir_cost_add(cost, WEIR_PART_CONTROL, WEIR_LUT, 5 * bits / 2);
    if (p->first) weir_cost_add(cost, WEIR_PART_WEIGHTS, WEIR_BRAM18, p->block.bram18);
}
