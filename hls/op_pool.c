#include "hls/op_average.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct pool_params {
    uint32_t kernel, lanes;
    bool average;
    int tree; /* stages of weir_reduce */
    weir_average divide;
    /* Kernel rows (columns) that lie inside the tensor, for each output row (column). */
    const uint32_t *rows_inside, *columns_inside;
    uint32_t kernel_rows, kernel_columns;
    const bool *seen_rows, *seen_columns; /* whether such a number of them occurs */
    bool varies;                          /* the divisor depends on the position */
} pool_params;

/* As weir_reduce: joins of four. */
static int tree_stages(uint32_t count) {
    int stages = 1;
    for (uint64_t reach = 4; reach < count; reach *= 4)
        stages++;
    return stages;
}

static uint64_t divisor_at(const pool_params *p, uint32_t row, uint32_t column) {
    return (uint64_t)p->rows_inside[row] * p->columns_inside[column];
}

static void infer(const weir_operator *op, const int32_t *const *in, int32_t *const *out) {
    const pool_params *p = op->params;
    const weir_stream *from = &op->in[0];
    uint32_t folds = from->channels / from->lanes;
    const int32_t *beat = in[0];
    int32_t *result = out[0];
    for (uint32_t row = 0; row < from->rows; row++)
        for (uint32_t column = 0; column < from->columns; column++) {
            uint64_t multiplier =
                p->average ? weir_average_multiplier(&p->divide, divisor_at(p, row, column)) : 0;
            for (uint32_t fold = 0; fold < folds; fold++, beat += from->lanes)
                for (uint32_t lane = 0; lane < p->lanes; lane++) {
                    int64_t sum = 0, best = weir_op_value(from->element, beat[lane]);
                    for (uint32_t k = 0; k < p->kernel; k++) {
                        int64_t x = weir_op_value(from->element, beat[k * p->lanes + lane]);
                        sum += x;
                        if (x > best) best = x;
                    }
                    *result++ =
                        p->average ? weir_average_of(&p->divide, sum, multiplier) : (int32_t)best;
                }
        }
}

/* `case (NAME) ... endcase` that sets NAME_inside, the kernel rows (columns) that count. */
static void emit_inside(weir_text *sv, const char *name, const uint32_t *inside, uint32_t n,
                        int position_bits, int bits) {
    uint32_t usual = inside[n / 2];
    weir_text_addf(sv, "    always_comb\n        case (%s)\n", name);
    for (uint32_t i = 0; i < n; i++)
        if (inside[i] != usual)
            weir_text_addf(sv, "            %d'd%u: %s_inside = %d'd%u;\n", position_bits, i, name,
                           bits, inside[i]);
    weir_text_addf(sv, "            default: %s_inside = %d'd%u;\n        endcase\n", name, bits,
                   usual);
}

static void emit_multiplier_cases(const pool_params *p, int row_bits, int column_bits,
                                  weir_text *sv) {
    weir_text_add(sv, "    always_comb\n        case ({row_inside, column_inside})\n");
    for (uint32_t r = 1; r <= p->kernel_rows; r++)
        for (uint32_t c = 1; c <= p->kernel_columns; c++)
            if (p->seen_rows[r] && p->seen_columns[c])
                weir_text_addf(sv, "            {%d'd%u, %d'd%u}: multiplier = %d'd%" PRIu64 ";\n",
                               row_bits, r, column_bits, c, p->divide.multiplier_bits,
                               weir_average_multiplier(&p->divide, (uint64_t)r * c));
    weir_text_add(sv, "            default: multiplier = '0;\n        endcase\n");
}

/* Counts the positions of the steps that reach the multiplication, and chooses their divisor. */
static void emit_divisor(const weir_operator *op, weir_text *sv) {
    const pool_params *p = op->params;
    const weir_stream *in = &op->in[0];
    uint32_t folds = in->channels / in->lanes, rows = in->rows, columns = in->columns;
    int fold_bits = weir_op_bits(folds - 1), row_bits = weir_op_bits(rows - 1),
        column_bits = weir_op_bits(columns - 1);
    int row_inside_bits = weir_op_bits(p->kernel_rows);
    int column_inside_bits = weir_op_bits(p->kernel_columns);
    weir_text_addf(sv,
                   "\n    // Padding does not count: the divisor follows the position of the step "
                   "that is at stage %d.\n"
                   "    logic [%d:0] fold;\n    logic [%d:0] row;\n    logic [%d:0] column;\n"
                   "    logic [%d:0] row_inside;\n    logic [%d:0] column_inside;\n"
                   "    logic [%d:0] multiplier;\n",
                   p->tree, fold_bits - 1, row_bits - 1, column_bits - 1, row_inside_bits - 1,
                   column_inside_bits - 1, p->divide.multiplier_bits - 1);
    weir_text_addf(sv,
                   "    always_ff @(posedge clk)\n"
                   "        if (rst) begin\n"
                   "            fold <= '0;\n            row <= '0;\n            column <= '0;\n"
                   "        end else if (fire[%d]) begin\n"
                   "            fold <= fold == %d'd%u ? '0 : fold + 1'b1;\n"
                   "            if (fold == %d'd%u) begin\n"
                   "                column <= column == %d'd%u ? '0 : column + 1'b1;\n"
                   "                if (column == %d'd%u) row <= row == %d'd%u ? '0 : row + 1'b1;\n"
                   "            end\n        end\n",
                   p->tree, fold_bits, folds - 1, fold_bits, folds - 1, column_bits, columns - 1,
                   column_bits, columns - 1, row_bits, rows - 1);
    emit_inside(sv, "row", p->rows_inside, rows, row_bits, row_inside_bits);
    emit_inside(sv, "column", p->columns_inside, columns, column_bits, column_inside_bits);
    emit_multiplier_cases(p, row_inside_bits, column_inside_bits, sv);
}

static void emit(const weir_operator *op, const char *module, weir_text *sv) {
    const pool_params *p = op->params;
    const weir_element element = op->in[0].element;
    char note[256], average[160];
    weir_average_note(&p->divide, average, sizeof average);
    snprintf(note, sizeof note, "//   %s of %u elements in each of %u lanes\n%s",
             p->average ? "average" : "maximum", p->kernel, p->lanes, p->average ? average : "");
    weir_emit_begin(op, module, note, sv);
    weir_emit_pipe(op, sv);
    weir_text_addf(sv,
                   "    assign start = in0_valid;\n"
                   "    assign in0_ready = advance;\n"
                   "    assign out0_valid = valid[%u];\n"
                   "    assign finish = out0_ready;\n",
                   op->stages - 2);
    if (p->varies)
        emit_divisor(op, sv);
    else if (p->divide.multiplier_bits > 0)
        weir_text_addf(sv, "\n    localparam logic [%d:0] multiplier = %d'd%" PRIu64 ";\n",
                       p->divide.multiplier_bits - 1, p->divide.multiplier_bits,
                       weir_average_multiplier(&p->divide, divisor_at(p, 0, 0)));
    weir_text_add(sv, "\n    weir_pool #(\n");
    weir_emit_parameters list = {.sv = sv, .indent = "        "};
    weir_emit_int(&list, "LANES", p->lanes);
    weir_emit_int(&list, "KERNEL", p->kernel);
    weir_emit_int(&list, "IN_WIDTH", element.width);
    weir_emit_int(&list, "IN_SIGNED", element.is_signed);
    weir_emit_int(&list, "AVERAGE", p->average);
    if (p->average)
        weir_average_emit(&p->divide, &list);
    else
        weir_emit_int(&list, "OUT_WIDTH", element.width);
    weir_text_addf(sv,
                   "\n    ) core (\n"
                   "        .clk, .fire(fire[%u:0]), .in(in0_data), .multiplier(%s),\n"
                   "        .out(out0_data)\n    );\n",
                   op->stages - 2, p->divide.multiplier_bits > 0 ? "multiplier" : "1'b0");
    weir_emit_end(sv);
}

static const char *const library[] = {"weir_pipe.sv",    "weir_requant.sv", "weir_reduce.sv",
                                      "weir_average.sv", "weir_pool.sv",    NULL};

static const weir_operator_kind kind = {
    .name = "pool", .infer = infer, .step = weir_op_step_each, .emit = emit, .library = library};

/* Kernel elements inside 0 .. size - 1 for each of `n` output positions, at least 1. */
static const uint32_t *count_inside(weir_arena *arena, uint32_t n, uint32_t kernel, uint32_t stride,
                                    uint32_t dilation, uint32_t pad, uint32_t size, bool all) {
    uint32_t *inside = WEIR_NEW(arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < kernel; k++) {
            int64_t at = (int64_t)i * stride + (int64_t)k * dilation - pad;
            if (all || (at >= 0 && at < size)) inside[i]++;
        }
        if (inside[i] == 0) inside[i] = 1; /* nothing but padding: 0 / 1 */
    }
    return inside;
}

static bool init_average(weir_operator *op, pool_params *p, weir_arena *arena,
                         weir_window_shape shape, weir_shape before, bool count_include_pad,
                         weir_fixed out) {
    const weir_stream *in = &op->in[0];
    p->rows_inside =
        count_inside(arena, in->rows, shape.kernel_rows, shape.stride_rows, shape.dilation_rows,
                     shape.pad_top, before.rows, count_include_pad);
    p->columns_inside =
        count_inside(arena, in->columns, shape.kernel_columns, shape.stride_columns,
                     shape.dilation_columns, shape.pad_left, before.columns, count_include_pad);
    /* All products of a row count and a column count that occur. */
    uint64_t *divisors = WEIR_NEW(arena, uint64_t, p->kernel);
    bool *seen_rows = WEIR_NEW(arena, bool, shape.kernel_rows + 1);
    bool *seen_columns = WEIR_NEW(arena, bool, shape.kernel_columns + 1);
    uint32_t n = 0;
    p->kernel_rows = shape.kernel_rows;
    p->kernel_columns = shape.kernel_columns;
    p->seen_rows = seen_rows;
    p->seen_columns = seen_columns;
    for (uint32_t r = 0; r < in->rows; r++)
        seen_rows[p->rows_inside[r]] = true;
    for (uint32_t c = 0; c < in->columns; c++)
        seen_columns[p->columns_inside[c]] = true;
    for (uint32_t r = 1; r <= shape.kernel_rows; r++)
        for (uint32_t c = 1; c <= shape.kernel_columns; c++)
            if (seen_rows[r] && seen_columns[c]) divisors[n++] = (uint64_t)r * c;
    for (uint32_t i = 1; i < n; i++)
        if (divisors[i] != divisors[0]) p->varies = true;
    return weir_average_init(&p->divide, in->element, p->kernel, divisors, n, out);
}

bool weir_pool_operator(weir_operator *op, weir_arena *arena, const char *name, weir_stream in,
                        weir_window_shape shape, weir_shape before, uint32_t lanes, bool average,
                        bool count_include_pad, weir_fixed out, weir_loc loc, weir_diag *diag) {
    if (!weir_op_check_stream(&in, name, "input", loc, diag)) return false;
    if (average && !weir_op_check_type(out, name, "output", loc, diag)) return false;
    uint64_t kernel = (uint64_t)shape.kernel_rows * shape.kernel_columns;
    if (kernel == 0 || lanes == 0 || kernel * lanes != in.lanes)
        return weir_error(diag, loc,
                          "process \"%s\": %u elements a beat, must be a window of %u x %u times "
                          "%u lanes",
                          name, in.lanes, shape.kernel_rows, shape.kernel_columns, lanes);
    pool_params *p = WEIR_NEW(arena, pool_params, 1);
    p->kernel = (uint32_t)kernel;
    p->lanes = lanes;
    p->average = average;
    p->tree = tree_stages(p->kernel);
    weir_stream to = in;
    to.channels = in.channels / p->kernel;
    to.lanes = lanes;
    if (average) to.element = weir_fixed_element(out);
    weir_op_begin(op, &kind, arena, name, in, to);
    if (average && !init_average(op, p, arena, shape, before, count_include_pad, out))
        return weir_error(diag, loc,
                          "process \"%s\": sum of %u elements of %d bits, at most 48 bits", name,
                          p->kernel, in.element.width);
    op->params = p;
    op->scope = p->varies ? WEIR_SCOPE_FRAME : WEIR_SCOPE_BEAT;
    op->steps = op->initiations = weir_stream_beats(&in);
    op->ii_cycles = 1;
    op->stages = (uint32_t)p->tree + 1;
    if (average) op->stages += p->divide.multiplier_bits > 0 ? 2 : 1;
    op->multipliers = p->divide.multiplier_bits > 0 ? lanes : 0;
    op->table_error = p->divide.error;
    return true;
}
